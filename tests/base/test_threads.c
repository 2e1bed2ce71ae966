#include "base_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#include "base/threads.h"

/* A loop that counts how often each item is done, and checks that no worker number is used twice at once. */
typedef struct counts {
    const tt_threads *threads;
    int64_t n, grain;
    _Atomic int *done;
    _Atomic int busy[64];
    _Atomic int faults, pieces;
    bool slow;
} counts;

static void count(void *ctx, int64_t begin, int64_t end, int worker)
{
    counts *c = ctx;
    int n_workers = c->threads ? c->threads->n_workers : 1;

    if (worker < 0 || worker >= n_workers || begin < 0 || begin >= end || end > c->n ||
        (end - begin < c->grain && end - begin < c->n)) {
        c->faults++;
        return;
    }
    if (c->busy[worker]++ != 0)
        c->faults++;
    for (int64_t i = begin; i < end; i++)
        c->done[i]++;
    if (c->slow)
        nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    c->pieces++;
    c->busy[worker]--;
}

static void check_loop(const tt_threads *threads, int64_t n, int64_t grain, bool slow)
{
    counts *c = tt_calloc(1, sizeof *c);

    c->threads = threads;
    c->n = n;
    c->grain = grain;
    c->slow = slow;
    c->done = tt_calloc((size_t)(n > 0 ? n : 0), sizeof *c->done);
    tt_parallel_for(threads, n, grain, count, c);
    assert_int_equal(c->faults, 0);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(c->done[i], 1);
    if (n > 0 && n <= grain)
        assert_int_equal(c->pieces, 1);
    tt_free(c->done);
    tt_free(c);
}

static void test_sizes(void **state)
{
    const int workers[] = {1, 2, 3, 7};
    const int64_t sizes[] = {-1, 0, 1, 2, 3, 7, 15, 16, 17, 100, 1000, 4099}, grains[] = {-5, 0, 1, 2, 7, 16, 5000};

    for (size_t w = 0; w < TT_COUNT(workers); w++)
        for (size_t s = 0; s < TT_COUNT(sizes); s++)
            for (size_t g = 0; g < TT_COUNT(grains); g++)
                check_loop(tt_pool_threads(workers[w]), sizes[s], grains[g], false);
    check_loop(NULL, 100, 3, false);
}

static void test_pools(void **state)
{
    assert_ptr_equal(tt_pool_threads(2), tt_pool_threads(2));
    assert_ptr_not_equal(tt_pool_threads(2), tt_pool_threads(3));
    assert_int_equal(tt_pool_threads(2)->n_workers, 2);
    assert_int_equal(tt_pool_threads(1)->n_workers, 1);
    assert_int_equal(tt_pool_threads(1000000)->n_workers, 1024);
    assert_int_equal(tt_pool_threads(0)->n_workers, 3); /* TTRT_NUM_THREADS, see main */
    assert_int_equal(tt_pool_threads(-1)->n_workers, 3);
    assert_true(tt_cpu_count() >= 1);
    uint64_t t = tt_time_ns();
    assert_true(tt_time_ns() >= t && t > 0);
    tt_alloc_fail_at(1);
    assert_int_equal(tt_pool_threads(61)->n_workers, 1); /* no memory: the caller alone */
    tt_alloc_fail_at(2);
    assert_int_equal(tt_pool_threads(61)->n_workers, 1);
    tt_alloc_fail_at(0);
    assert_int_equal(tt_pool_threads(61)->n_workers, 61);
}

/* Both workers really take part when the items are long. */
static void mark_worker(void *ctx, int64_t begin, int64_t end, int worker)
{
    _Atomic int *seen = ctx;
    seen[worker]++;
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void test_takes_part(void **state)
{
    _Atomic int seen[4] = {0};

    for (int i = 0; i < 5; i++)
        tt_parallel_for(tt_pool_threads(4), 16, 1, mark_worker, seen);
    for (int i = 0; i < 4; i++)
        assert_true(seen[i] > 0);
}

static void test_sleeping(void **state)
{
    for (int i = 0; i < 40; i++) { /* long enough apart that the threads sleep */
        check_loop(tt_pool_threads(3), 24, 1, i % 2);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}

static void test_stress(void **state)
{
    for (int i = 0; i < 20000; i++)
        check_loop(tt_pool_threads(2 + i % 3), 1 + i % 50, 1 + i % 4, false);
}

static void nested(void *ctx, int64_t begin, int64_t end, int worker)
{
    _Atomic int64_t *sum = ctx;

    for (int64_t i = begin; i < end; i++) {
        check_loop(tt_pool_threads(2), 10, 1, false);
        check_loop(tt_pool_threads(3), 10, 1, false); /* another pool too */
        *sum += i;
    }
}

static void test_nested(void **state)
{
    _Atomic int64_t sum = 0;

    tt_parallel_for(tt_pool_threads(3), 100, 1, nested, (void *)&sum);
    assert_int_equal(sum, 4950);
}

static void *use_pool(void *arg)
{
    for (int i = 0; i < 2000; i++)
        check_loop(tt_pool_threads(3), 64, 2, i % 200 == 0);
    return arg;
}

static void test_many_users(void **state)
{
    pthread_t users[4];

    for (size_t i = 0; i < TT_COUNT(users); i++)
        assert_int_equal(pthread_create(&users[i], NULL, use_pool, NULL), 0);
    for (size_t i = 0; i < TT_COUNT(users); i++)
        pthread_join(users[i], NULL);
}

static void host_for(void *self, int64_t n, int64_t grain, tt_loop_fn fn, void *ctx)
{
    ++*(int *)self;
    for (int64_t i = 0; i < n; i += grain)
        fn(ctx, i, i + grain < n ? i + grain : n, 1);
}

static void sum_items(void *ctx, int64_t begin, int64_t end, int worker)
{
    for (int64_t i = begin; i < end; i++)
        *(int64_t *)ctx += i;
}

static void test_host(void **state)
{
    int calls = 0;
    int64_t sum = 0;
    const tt_threads host = {.n_workers = 2, .parallel_for = host_for, .self = &calls};

    tt_parallel_for(&host, 100, 7, sum_items, &sum);
    tt_parallel_for(&host, 10, 10, sum_items, &sum); /* one piece: not worth a call */
    assert_int_equal(sum, 4950 + 45);
    assert_int_equal(calls, 1);
}

/* The thread sanitizer does not go on in a child with threads, and the address sanitizer's allocator may have been
 * locked by a thread that the child does not have. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define NO_FORK
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define NO_FORK
#endif
#endif

#ifndef NO_FORK

static void check_child(void)
{
    _Atomic int seen[4] = {0};

    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        for (int i = 0; i < 5; i++)
            tt_parallel_for(tt_pool_threads(4), 16, 1, mark_worker, seen);
        for (int i = 0; i < 300; i++)
            check_loop(tt_pool_threads(2 + i % 3), 40, 1, false);
        _exit(seen[0] && seen[1] && seen[2] && seen[3] ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void *use_until(void *arg)
{
    while (!atomic_load((_Atomic bool *)arg))
        check_loop(tt_pool_threads(4), 64, 1, false);
    return NULL;
}

static void test_fork(void **state)
{
    _Atomic bool stop = false;
    pthread_t user;

    check_loop(tt_pool_threads(4), 100, 1, false);
    check_child();
    check_loop(tt_pool_threads(4), 100, 1, false);
    /* While another thread is in the middle of loops. */
    assert_int_equal(pthread_create(&user, NULL, use_until, (void *)&stop), 0);
    for (int i = 0; i < 10; i++)
        check_child();
    atomic_store(&stop, true);
    pthread_join(user, NULL);
    check_loop(tt_pool_threads(4), 100, 1, false);
}

#else

static void test_fork(void **state) { skip(); }

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),      cmocka_unit_test(test_pools),  cmocka_unit_test(test_takes_part),
        cmocka_unit_test(test_sleeping),   cmocka_unit_test(test_stress), cmocka_unit_test(test_nested),
        cmocka_unit_test(test_many_users), cmocka_unit_test(test_host),   cmocka_unit_test(test_fork),
    };

    setenv("TTRT_NUM_THREADS", "3", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
