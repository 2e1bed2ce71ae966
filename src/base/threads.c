/* The thread pool.
 *
 * A pool runs one loop at a time: its owner publishes the loop and opens the gate; threads that come while it is open
 * join and take pieces; the owner takes pieces too, closes the gate when none are left, and waits for those who joined.
 * A thread that sleeps too long misses the loop, nobody waits for it.
 *
 * The range is cut into pieces, the pieces into one share for each worker. A worker takes its own share first, then
 * helps with the others': rows of loops over the same data find it in the same core's cache. */
#include "base/threads.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"

#define MAX_WORKERS       1024
#define SPIN_NS           50000
#define PIECES_PER_WORKER 4

/* The gate: the loop's number in the upper half, a bit for open, and how many threads are inside. */
#define GATE_OPEN  0x8000u
#define GATE_COUNT 0x7fffu
#define GATE_LOOP  0x10000u

/* Who is woken: futex bits. */
#define WAKE_THREADS 1u
#define WAKE_OWNER   2u

typedef struct share {
    _Alignas(64) _Atomic int64_t next; /* the first piece that nobody has taken */
    int64_t end;
} share;

typedef struct pool {
    tt_threads threads;
    struct pool *next;
    int n_started; /* threads beside the owner; only an owner starts them */
    bool tried;    /* starting them */
    uint64_t spin_ns;
    /* The loop, written by the owner while the gate is closed. */
    int64_t n, piece, n_pieces;
    tt_loop_fn fn;
    void *ctx;
    share *shares;
    _Alignas(64) _Atomic bool owned;
    _Alignas(64) _Atomic uint32_t gate;
    _Atomic uint32_t n_asleep;
    _Atomic bool owner_asleep;
} pool;

typedef struct start {
    pool *pool;
    int worker;
} start;

static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static pool *pools;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static _Thread_local bool in_loop; /* loops inside a loop run inline */

uint64_t tt_time_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int tt_cpu_count(void)
{
    /* The kernel refuses a mask smaller than its own. */
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (!set)
            break;
        size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
        int n = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (n > 0)
            return n;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online <= INT_MAX ? (int)online : 1;
}

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory"); /* "yield" is a no-op on most cores */
#endif
}

static void gate_wait(pool *p, uint32_t seen, uint32_t who)
{
    syscall(SYS_futex, &p->gate, FUTEX_WAIT_BITSET_PRIVATE, seen, NULL, NULL, who);
}

static void gate_wake(pool *p, int n, uint32_t who)
{
    syscall(SYS_futex, &p->gate, FUTEX_WAKE_BITSET_PRIVATE, n, NULL, NULL, who);
}

/* The next piece of a share, or -1. The look before keeps the counter from running on. */
static int64_t take(share *s)
{
    if (atomic_load_explicit(&s->next, memory_order_relaxed) >= s->end)
        return -1;
    int64_t i = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
    return i < s->end ? i : -1;
}

static void do_pieces(pool *p, int worker)
{
    int n_workers = p->threads.n_workers;

    for (int k = 0; k < n_workers; k++) {
        share *s = &p->shares[(worker + k) % n_workers];
        for (int64_t i = take(s); i >= 0; i = take(s)) {
            /* The last piece takes the rest along: no piece is smaller than the grain. */
            int64_t begin = i * p->piece, end = i == p->n_pieces - 1 ? p->n : begin + p->piece;
            p->fn(p->ctx, begin, end, worker);
        }
    }
}

/* True where the thread got in. */
static bool enter(pool *p, uint32_t gate)
{
    while (gate & GATE_OPEN)
        if (atomic_compare_exchange_weak_explicit(&p->gate, &gate, gate + 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
    return false;
}

static void leave(pool *p)
{
    uint32_t gate = atomic_fetch_sub(&p->gate, 1) - 1;

    if (!(gate & (GATE_OPEN | GATE_COUNT)) && atomic_load(&p->owner_asleep))
        gate_wake(p, 1, WAKE_OWNER);
}

/* Whether there is a loop for a thread that has last seen loop number `seen`. */
static bool is_new(uint32_t gate, uint32_t seen) { return (gate & GATE_OPEN) && gate / GATE_LOOP != seen; }

/* Returns with the gate as it was when a new loop was open. */
static uint32_t wait_for_loop(pool *p, uint32_t seen)
{
    uint32_t gate = atomic_load_explicit(&p->gate, memory_order_relaxed);

    for (uint64_t since = tt_time_ns(); !is_new(gate, seen) && tt_time_ns() - since < p->spin_ns;)
        for (int i = 0; i < 8 && !is_new(gate, seen); i++) {
            relax();
            gate = atomic_load_explicit(&p->gate, memory_order_relaxed);
        }
    if (is_new(gate, seen))
        return gate;
    /* Counted before the gate is looked at again: an owner opens first and looks at the count then, so one sees the
     * other. */
    atomic_fetch_add(&p->n_asleep, 1);
    while (gate = atomic_load(&p->gate), !is_new(gate, seen))
        gate_wait(p, gate, WAKE_THREADS);
    atomic_fetch_sub(&p->n_asleep, 1);
    return gate;
}

static void *thread_main(void *arg)
{
    start s = *(start *)arg;
    uint32_t seen = UINT32_MAX;
    char name[16];

    tt_free(arg);
    snprintf(name, sizeof name, "ttrt-%d", s.worker);
    pthread_setname_np(pthread_self(), name);
    in_loop = true;
    for (;;) {
        uint32_t gate = wait_for_loop(s.pool, seen);
        if (!enter(s.pool, gate))
            continue;
        /* While this thread is inside, the number stands still. */
        seen = atomic_load_explicit(&s.pool->gate, memory_order_relaxed) / GATE_LOOP;
        do_pieces(s.pool, s.worker);
        leave(s.pool);
    }
    return NULL;
}

/* Fewer threads than wished for is no error: the owner does what they would have done. */
static void start_threads(pool *p)
{
    sigset_t all, old;
    pthread_attr_t attr;

    p->tried = true;
    if (pthread_attr_init(&attr) != 0)
        return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the host's threads */
    for (int i = 1; i < p->threads.n_workers; i++) {
        pthread_t thread;
        start *s = tt_alloc(sizeof *s);
        if (!s)
            break;
        *s = (start){.pool = p, .worker = i};
        if (pthread_create(&thread, &attr, thread_main, s) != 0) {
            tt_free(s);
            break;
        }
        p->n_started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (p->n_started < p->threads.n_workers - 1)
        tt_log_once(TTRT_LOG_WARNING, "threads", "%d of %d threads could be started", p->n_started,
                    p->threads.n_workers - 1);
}

static void publish(pool *p, int64_t n, int64_t grain, tt_loop_fn fn, void *ctx)
{
    int n_workers = p->threads.n_workers;
    int64_t grains = n / grain / n_workers / PIECES_PER_WORKER;

    p->n = n;
    p->piece = grain * (grains > 1 ? grains : 1);
    p->n_pieces = n / p->piece;
    p->fn = fn;
    p->ctx = ctx;
    int64_t each = p->n_pieces / n_workers, rest = p->n_pieces % n_workers, begin = 0;
    for (int i = 0; i < n_workers; i++) {
        int64_t end = begin + each + (i < rest);
        atomic_store_explicit(&p->shares[i].next, begin, memory_order_relaxed);
        p->shares[i].end = end;
        begin = end;
    }
}

static void open_gate(pool *p)
{
    uint32_t gate = atomic_load_explicit(&p->gate, memory_order_relaxed);

    atomic_store(&p->gate, (gate & ~(GATE_LOOP - 1)) + GATE_LOOP + GATE_OPEN);
    if (atomic_load(&p->n_asleep) != 0) {
        int64_t useful = p->n_pieces - 1;
        gate_wake(p, useful < p->n_started ? (int)useful : p->n_started, WAKE_THREADS);
    }
}

static void close_gate(pool *p)
{
    uint32_t gate = atomic_fetch_and(&p->gate, ~GATE_OPEN) & ~GATE_OPEN;

    for (uint64_t since = tt_time_ns(); (gate & GATE_COUNT) && tt_time_ns() - since < p->spin_ns;)
        for (int i = 0; i < 8 && (gate & GATE_COUNT); i++) {
            relax();
            gate = atomic_load_explicit(&p->gate, memory_order_acquire);
        }
    if (!(gate & GATE_COUNT))
        return;
    atomic_store(&p->owner_asleep, true);
    while (gate = atomic_load(&p->gate), gate & GATE_COUNT)
        gate_wait(p, gate, WAKE_OWNER);
    atomic_store(&p->owner_asleep, false);
}

static void pool_parallel_for(void *self, int64_t n, int64_t grain, tt_loop_fn fn, void *ctx)
{
    pool *p = self;

    /* Inside a loop, or with the pool in another thread's hands, waiting could last for ever or long: the caller does
     * it all. */
    if (in_loop || atomic_exchange_explicit(&p->owned, true, memory_order_acquire)) {
        fn(ctx, 0, n, 0);
        return;
    }
    if (!p->tried)
        start_threads(p);
    publish(p, n, grain, fn, ctx);
    in_loop = true;
    open_gate(p);
    do_pieces(p, 0);
    close_gate(p);
    in_loop = false;
    atomic_store_explicit(&p->owned, false, memory_order_release);
}

void tt_parallel_for(const tt_threads *threads, int64_t n, int64_t grain, tt_loop_fn fn, void *ctx)
{
    if (n <= 0)
        return;
    grain = grain > 0 ? grain : 1;
    /* Below twice the grain there is one piece. */
    if (!threads || threads->n_workers <= 1 || n / grain < 2)
        fn(ctx, 0, n, 0);
    else
        threads->parallel_for(threads->self, n, grain, fn, ctx);
}

static void before_fork(void) { pthread_mutex_lock(&pools_lock); }

static void after_fork_in_parent(void) { pthread_mutex_unlock(&pools_lock); }

/* The child has the calling thread alone: loops of other threads, and the pools' threads, are gone. */
static void after_fork_in_child(void)
{
    for (pool *p = pools; p; p = p->next) {
        p->n_started = 0;
        p->tried = false;
        atomic_store(&p->owned, false);
        atomic_store(&p->gate, 0);
        atomic_store(&p->n_asleep, 0);
        atomic_store(&p->owner_asleep, false);
    }
    pthread_mutex_unlock(&pools_lock);
}

static void watch_forks(void) { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

static pool *pool_new(int n_workers)
{
    pool *p = tt_alloc_aligned(sizeof *p);
    share *shares = tt_alloc_aligned((size_t)n_workers * sizeof *shares);

    if (!p || !shares) {
        tt_free_aligned(p);
        tt_free_aligned(shares);
        return NULL;
    }
    memset(p, 0, sizeof *p);
    memset(shares, 0, (size_t)n_workers * sizeof *shares);
    p->threads = (tt_threads){.n_workers = n_workers, .parallel_for = pool_parallel_for, .self = p};
    p->shares = shares;
    /* With more threads than processors, one that spins keeps another from its work. */
    p->spin_ns = n_workers <= tt_cpu_count() ? SPIN_NS : 0;
    return p;
}

const tt_threads *tt_pool_threads(int n)
{
    /* Also what is handed out when there is no memory for a pool. */
    static const tt_threads alone = {.n_workers = 1, .parallel_for = NULL};

    if (n <= 0) {
        int64_t wished = tt_env_get()->num_threads;
        n = wished > 0 ? (int)(wished < MAX_WORKERS ? wished : MAX_WORKERS) : tt_cpu_count();
    }
    n = n < MAX_WORKERS ? n : MAX_WORKERS;
    if (n == 1)
        return &alone;
    pthread_once(&fork_once, watch_forks);
    pthread_mutex_lock(&pools_lock);
    pool *p = pools;
    while (p && p->threads.n_workers != n)
        p = p->next;
    if (!p && (p = pool_new(n))) {
        p->next = pools;
        pools = p;
    }
    pthread_mutex_unlock(&pools_lock);
    return p ? &p->threads : &alone;
}
