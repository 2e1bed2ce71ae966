/* One program in eight threads, each with a context of its own, for SOAK_SECONDS (default 2); and a program compiled,
 * run and freed again and again, which leaves memory as it was. */
#include <pthread.h>
#include <stdatomic.h>

#include "runtime_test.h"

enum { THREADS = 8, BATCHES = 6, CYCLES = 1000 };

static ttrt_program *compile_two(void)
{
    ttrt_program *p, *compiled;
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    o.engine = "cpu";
    o.num_threads = 1;
    assert_ok(ttrt_program_open(data_path("two.pt2"), &p));
    assert_ok(ttrt_program_compile(p, &o, &compiled));
    ttrt_program_unref(p);
    return compiled;
}

static float input(int batch, int i) { return (float)((i * 7 + batch * 5) % 11) - 5; }

/* Runs the program for a batch; the first output, [batch, 3]. False where a call fails. */
static bool run(ttrt_context *c, int batch, float *y)
{
    ttrt_tensor in[3] = {TTRT_TENSOR_INIT}, out[6] = {TTRT_TENSOR_INIT};
    float x[16 * 6], scale = 2;

    for (int i = 0; i < batch * 6; i++)
        x[i] = input(batch, i);
    bool ok = ttrt_tensor_wrap(x, TTRT_DTYPE_FLOAT32, 2, (int64_t[]){batch, 6}, &in[0]) == TTRT_OK &&
              ttrt_tensor_wrap(&scale, TTRT_DTYPE_FLOAT32, 1, (int64_t[]){1}, &in[1]) == TTRT_OK &&
              ttrt_context_run(c, out, 6, in, 3, NULL) == TTRT_OK;
    if (ok)
        memcpy(y, out[0].data, (size_t)batch * 3 * sizeof *y);
    for (int i = 0; i < 6; i++)
        ttrt_tensor_dispose(&out[i]);
    return ok;
}

/* ---- threads ---- */

typedef struct soak {
    ttrt_program *program;
    float wanted[BATCHES][16 * 3]; /* what one thread alone computes */
    atomic_bool stop, failed;
    atomic_int n_runs;
} soak;

static void *soak_thread(void *arg)
{
    soak *s = arg;
    ttrt_context *c = NULL;
    float y[16 * 3];
    bool ok = ttrt_context_new(s->program, &c) == TTRT_OK && ttrt_context_set_num_threads(c, 1) == TTRT_OK;

    for (int k = 0; ok && !atomic_load(&s->stop); k++) {
        int batch = 1 + k % BATCHES;
        ok = run(c, batch, y) && memcmp(y, s->wanted[batch - 1], (size_t)batch * 3 * sizeof *y) == 0;
        atomic_fetch_add(&s->n_runs, 1);
    }
    if (!ok)
        atomic_store(&s->failed, true);
    ttrt_context_free(c);
    return NULL;
}

static void test_threads(void **state)
{
    static soak s;
    const char *text = getenv("SOAK_SECONDS");
    pthread_t threads[THREADS];
    ttrt_context *c;

    s.program = compile_two();
    assert_ok(ttrt_context_new(s.program, &c));
    assert_ok(ttrt_context_set_num_threads(c, 1));
    for (int batch = 1; batch <= BATCHES; batch++)
        assert_true(run(c, batch, s.wanted[batch - 1]));
    ttrt_context_free(c);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, soak_thread, &s), 0);
    for (int i = 0; i < (text ? atoi(text) : 2) * 10 && !atomic_load(&s.failed); i++)
        usleep(100000);
    atomic_store(&s.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    print_message("%d runs\n", atomic_load(&s.n_runs));
    assert_false(atomic_load(&s.failed));
    assert_true(atomic_load(&s.n_runs) > THREADS);
    ttrt_program_unref(s.program);
}

/* ---- memory ---- */

static long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void test_memory(void **state)
{
    long early = 0;

    for (int i = 0; i < CYCLES; i++) {
        ttrt_program *p = compile_two();
        ttrt_context *c;
        float y[16 * 3];
        assert_ok(ttrt_context_new(p, &c));
        assert_true(run(c, 1 + i % BATCHES, y));
        ttrt_context_free(c);
        ttrt_program_unref(p);
        if (i == CYCLES / 10)
            early = resident_bytes();
    }
    long late = resident_bytes();
    print_message("resident: %ld kB after %d cycles, %ld kB after %d\n", early / 1024, CYCLES / 10, late / 1024,
                  CYCLES);
    /* 900 cycles more; one that lost 300 bytes would show. */
    assert_true(late < early + 256 * 1024);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* freed memory is kept for a while; leaks are told by the sanitizer */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
#ifndef SANITIZED
        cmocka_unit_test(test_memory),
#endif
    };
    (void)test_memory;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
