#include "base_test.h"

#include <pthread.h>

#include "base/env.h"
#include "base/log.h"

static char lines[20][3000];
static ttrt_log_level levels[20];
static int n_lines;

static void sink(void *user, ttrt_log_level level, const char *room, const char *text)
{
    assert_ptr_equal(user, lines);
    if (n_lines < 20) {
        levels[n_lines] = level;
        snprintf(lines[n_lines++], sizeof lines[0], "%s|%s", room, text);
    }
    tt_log(TTRT_LOG_ERROR, "sink", "a sink that logs must not come back");
}

static int setup(void **state)
{
    n_lines = 0;
    ttrt_set_log(sink, lines, TTRT_LOG_WARNING);
    return 0;
}

static void test_env(void **state)
{
    const tt_env *env = tt_env_get();

    assert_ptr_equal(env, tt_env_get());
    assert_string_equal(env->log, "convert:debug,cpu:error,info,wrong,x:wrong");
    assert_int_equal(env->num_threads, 3);
    assert_int_equal(env->verify, 0); /* "1x" is no number */
    assert_int_equal(env->alloc_fail, 0);
    assert_null(env->print_after);
    assert_null(env->cpu_isa); /* set, but empty */
    setenv("TTRT_LOG", "error", 1);
    assert_string_equal(env->log, "convert:debug,cpu:error,info,wrong,x:wrong");
}

static void test_levels(void **state)
{
    assert_true(tt_log_on(TTRT_LOG_DEBUG, "convert")); /* rooms named in TTRT_LOG keep their level */
    assert_false(tt_log_on(TTRT_LOG_WARNING, "cpu"));
    assert_true(tt_log_on(TTRT_LOG_ERROR, "cpu"));
    assert_true(tt_log_on(TTRT_LOG_WARNING, "read"));
    assert_false(tt_log_on(TTRT_LOG_INFO, "read"));
    ttrt_set_log(sink, lines, TTRT_LOG_DEBUG);
    assert_true(tt_log_on(TTRT_LOG_DEBUG, "read"));
    assert_false(tt_log_on(TTRT_LOG_DEBUG, "cpu"));
}

static void test_lines(void **state)
{
    tt_log(TTRT_LOG_WARNING, "read", "value %d", 5);
    tt_log(TTRT_LOG_INFO, "read", "not this one");
    tt_log(TTRT_LOG_DEBUG, "convert", "a\nb\n\nc\n");
    tt_log(TTRT_LOG_ERROR, "read", "%2500d", 7);
    tt_log(TTRT_LOG_WARNING, "read", "%s", "");
    assert_int_equal(n_lines, 6);
    assert_string_equal(lines[0], "read|value 5");
    assert_int_equal(levels[0], TTRT_LOG_WARNING);
    assert_string_equal(lines[1], "convert|a");
    assert_string_equal(lines[2], "convert|b");
    assert_string_equal(lines[3], "convert|c");
    assert_int_equal(strlen(lines[4]), 5 + 2500);
    assert_string_equal(lines[5], "read|");
}

static void test_once(void **state)
{
    for (int i = 0; i < 6; i++)
        tt_log_once(TTRT_LOG_WARNING, "read", "only %d", i % 2);
    tt_log_once(TTRT_LOG_WARNING, "convert", "only 0");
    assert_int_equal(n_lines, 3);
    n_lines = 0;
    for (int i = 0; i < 3000; i++) /* more than the table holds: told, if not once */
        tt_log_once(TTRT_LOG_WARNING, "read", "many %d", i);
    assert_int_equal(n_lines, 20);
}

static void *log_much(void *arg)
{
    for (int i = 0; i < 200; i++) {
        tt_log(TTRT_LOG_WARNING, "read", "line %d", i);
        tt_log_once(TTRT_LOG_WARNING, "read", "once from all");
    }
    return arg;
}

static void test_in_threads(void **state)
{
    pthread_t threads[4];

    for (size_t i = 0; i < TT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, NULL), 0);
    for (size_t i = 0; i < TT_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(n_lines, 20);
}

/* What standard error gets. */
static void test_stderr(void **state)
{
    char text[6000] = "";
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fflush(stderr);
    int old = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    ttrt_set_log(NULL, NULL, TTRT_LOG_WARNING);
    tt_log(TTRT_LOG_WARNING, "read", "hello");
    tt_log(TTRT_LOG_ERROR, "read", "%3000d", 7);
    dup2(old, STDERR_FILENO);
    close(old);
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], text + n, sizeof text - 1 - n)) > 0;)
        n += (size_t)got;
    close(ends[0]);
    const char *first = "torchtrt: warning: [read] hello\ntorchtrt: error: [read]  ";
    assert_memory_equal(text, first, strlen(first));
    assert_int_equal(text[n - 1], '\n');
}

/* Complaints about the variables themselves come with the first line of log. */
static void test_complaints(void **state)
{
    char text[2000] = "";
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fflush(stderr);
    int old = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    assert_true(tt_log_on(TTRT_LOG_INFO, "read"));
    dup2(old, STDERR_FILENO);
    close(old);
    close(ends[1]);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(n > 0);
    assert_non_null(strstr(text, "TTRT_VERIFY is not an integer"));
    assert_non_null(strstr(text, "x:wrong"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complaints), /* first: nothing has been logged yet */
        cmocka_unit_test_setup(test_env, setup),
        cmocka_unit_test_setup(test_levels, setup),
        cmocka_unit_test_setup(test_lines, setup),
        cmocka_unit_test_setup(test_once, setup),
        cmocka_unit_test_setup(test_in_threads, setup),
        cmocka_unit_test_setup(test_stderr, setup),
    };

    setenv("TTRT_LOG", "convert:debug,cpu:error,info,wrong,x:wrong", 1);
    setenv("TTRT_NUM_THREADS", "3", 1);
    setenv("TTRT_VERIFY", "1x", 1);
    setenv("TTRT_CPU_ISA", "", 1);
    unsetenv("TTRT_PRINT_AFTER");
    unsetenv("TTRT_ALLOC_FAIL");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
