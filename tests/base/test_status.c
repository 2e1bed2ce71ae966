#include "base_test.h"

#include <pthread.h>

static void test_names(void **state)
{
    assert_string_equal(ttrt_status_name(TTRT_OK), "TTRT_OK");
    assert_string_equal(ttrt_status_name(TTRT_ERR_ARGUMENT), "TTRT_ERR_ARGUMENT");
    assert_string_equal(ttrt_status_name(TTRT_ERR_INTERNAL), "TTRT_ERR_INTERNAL");
    for (int i = 0; i <= 13; i++)
        assert_int_not_equal(strcmp(ttrt_status_name((ttrt_status)i), "TTRT_ERR_UNKNOWN"), 0);
    assert_string_equal(ttrt_status_name((ttrt_status)14), "TTRT_ERR_UNKNOWN");
    assert_string_equal(ttrt_status_name((ttrt_status)-1), "TTRT_ERR_UNKNOWN");
    assert_string_equal(ttrt_version(), "0.1.0");
}

static void test_texts(void **state)
{
    assert_int_equal(tt_fail(TTRT_ERR_SHAPE, "x is %d", 3), TTRT_ERR_SHAPE);
    assert_int_equal(tt_fail_where("node %s", "a"), TTRT_ERR_SHAPE);
    assert_int_equal(tt_fail_hint("do b"), TTRT_ERR_SHAPE);
    assert_int_equal(tt_fail_where("file f"), TTRT_ERR_SHAPE);
    const ttrt_error *e = ttrt_last_error();
    assert_int_equal(e->status, TTRT_ERR_SHAPE);
    assert_string_equal(e->what, "x is 3");
    assert_string_equal(e->where, "node a; file f");
    assert_string_equal(e->hint, "do b");

    tt_fail(TTRT_ERR_IO, "again: %s", ttrt_last_error()->what); /* reads the text that it replaces */
    assert_string_equal(ttrt_last_error()->what, "again: x is 3");
    assert_string_equal(ttrt_last_error()->where, "");
    assert_string_equal(ttrt_last_error()->hint, "");

    tt_fail(TTRT_ERR_IO, "a\nb\x1b[c\x7f");
    assert_string_equal(ttrt_last_error()->what, "a?b?[c?");
}

static void test_cut(void **state)
{
    char text[3000];

    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        tt_fail(TTRT_ERR_IO, "%s", text);
        const char *what = ttrt_last_error()->what, *gap = strstr(what, " ... ");
        size_t len = strlen(what);
        assert_non_null(gap);
        assert_true(len > 1000 && (size_t)(gap - what - shift) % 3 == 0 && strlen(gap + 5) % 3 == 0);
        for (int i = 0; i < 3; i++) {
            tt_fail_where("%s", text);
            tt_fail_hint("%s", text);
        }
        assert_true(strlen(ttrt_last_error()->where) < 512);
    }
}

/* The reason stands behind a name of any length. */
static void test_long_name(void **state)
{
    static char name[100000];

    memset(name, 'n', sizeof name - 1);
    tt_fail(TTRT_ERR_FORMAT, "input '%s' has 3 dimensions", name);
    const char *what = ttrt_last_error()->what;
    assert_int_equal(strncmp(what, "input 'nnn", 10), 0);
    assert_string_equal(what + strlen(what) - 21, "nnn' has 3 dimensions");
}

static void *other_thread(void *arg)
{
    assert_int_equal(ttrt_last_error()->status, TTRT_OK);
    assert_string_equal(ttrt_last_error()->what, "");
    tt_fail(TTRT_ERR_INDEX, "theirs");
    tt_fail_where("there");
    tt_error_save(arg);
    return NULL;
}

static void test_threads(void **state)
{
    tt_error_text text;
    pthread_t thread;

    tt_fail(TTRT_ERR_IO, "mine");
    assert_int_equal(pthread_create(&thread, NULL, other_thread, &text), 0);
    pthread_join(thread, NULL);
    assert_string_equal(ttrt_last_error()->what, "mine");
    assert_int_equal(tt_error_restore(&text), TTRT_ERR_INDEX);
    assert_string_equal(ttrt_last_error()->what, "theirs");
    assert_string_equal(ttrt_last_error()->where, "there");
}

static ttrt_status try_it(bool good, bool *reached)
{
    TT_TRY(good ? TTRT_OK : tt_fail(TTRT_ERR_DTYPE, "no"));
    *reached = true;
    return TTRT_OK;
}

static ttrt_status check_it(const void *p)
{
    TT_CHECK_ARG(p);
    return TTRT_OK;
}

static void test_macros(void **state)
{
    bool reached = false;

    assert_fails(TTRT_ERR_DTYPE, "no", try_it(false, &reached));
    assert_false(reached);
    assert_ok(try_it(true, &reached));
    assert_true(reached);
    assert_fails(TTRT_ERR_ARGUMENT, "check_it", check_it(NULL));
    assert_ok(check_it(&reached));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),     cmocka_unit_test(test_texts),   cmocka_unit_test(test_cut),
        cmocka_unit_test(test_long_name), cmocka_unit_test(test_threads), cmocka_unit_test(test_macros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
