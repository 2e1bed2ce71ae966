#include "base_test.h"

#include <math.h>
#include <pthread.h>

#include "base/json.h"

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    assert_ok(tt_json_parse(text, strlen(text), "doc", &value));
    return value;
}

static ttrt_status parse_status(const char *text)
{
    json_t *value = NULL;
    ttrt_status status = tt_json_parse(text, strlen(text), "doc.json", &value);
    assert_int_equal(status == TTRT_OK, value != NULL);
    json_decref(value);
    return status;
}

static void test_parse_errors(void **state)
{
    assert_fails(TTRT_ERR_FORMAT, "line 2, column 4, byte 10", parse_status("{\"a\":\n 1 x}"));
    assert_fails(TTRT_ERR_FORMAT, "doc.json", parse_status(""));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("{\"a\": 1,}"));
    assert_fails(TTRT_ERR_FORMAT, "duplicate", parse_status("{\"a\": 1, \"a\": 2}"));
    assert_fails(TTRT_ERR_FORMAT, "too big", parse_status("[9223372036854775808]"));
    assert_fails(TTRT_ERR_FORMAT, "overflow", parse_status("[1e999]"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("[NaN]"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("[Infinity]"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("[\"\\u0000\"]"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("[\"\xff\"]"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("{} {}"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("[\"open"));
    assert_fails(TTRT_ERR_FORMAT, "bad JSON", parse_status("[\"open\\"));
    assert_ok(parse_status("[9223372036854775807, -9223372036854775808]"));
    assert_fails(TTRT_ERR_FORMAT, "at most", tt_json_parse("", ((size_t)1 << 30) + 1, "d", &(json_t *){NULL}));
}

static void test_depth(void **state)
{
    char text[700];

    for (size_t depth = 255; depth <= 257; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = 0;
        if (depth <= 256)
            assert_ok(parse_status(text));
        else
            assert_fails(TTRT_ERR_FORMAT, "deeper than 256", parse_status(text));
    }
    memset(text, '[', 600); /* brackets in strings do not count */
    memcpy(text, "[\"\\\"", 4);
    memcpy(text + 600, "\"]", 3);
    assert_ok(parse_status(text));
}

static void test_access(void **state)
{
    json_t *doc = parse(
        "{\"i\": 3, \"f\": 1.5, \"s\": \"text\", \"t\": true, \"n\": null, \"inf\": \"Infinity\","
        " \"ninf\": \"-Infinity\", \"nan\": \"NaN\", \"a\": [1, {\"b\": [true, \"x\"]}], \"u\": {\"as_int\": 7}}");
    tt_json root = tt_json_root(doc, "model.pt2: models/model.json"), v, item, b, inner;
    const char *text;
    int64_t i64;
    double f64;
    bool flag;
    size_t n;

    assert_ok(tt_json_object(&root));
    assert_ok(tt_json_get(&root, "i", &v));
    assert_ok(tt_json_i64(&v, &i64));
    assert_ok(tt_json_f64(&v, &f64));
    assert_true(i64 == 3 && f64 == 3);
    assert_fails(TTRT_ERR_FORMAT, "i: a string wanted, found an integer", tt_json_str(&v, &text));
    assert_ok(tt_json_get(&root, "f", &v));
    assert_ok(tt_json_f64(&v, &f64));
    assert_true(f64 == 1.5);
    assert_fails(TTRT_ERR_FORMAT, "f: an integer wanted", tt_json_i64(&v, &i64));
    assert_ok(tt_json_get(&root, "s", &v));
    assert_ok(tt_json_str(&v, &text));
    assert_string_equal(text, "text");
    assert_fails(TTRT_ERR_FORMAT, "found the string \"text\"", tt_json_f64(&v, &f64));
    assert_ok(tt_json_get(&root, "t", &v));
    assert_ok(tt_json_bool(&v, &flag));
    assert_true(flag);
    assert_fails(TTRT_ERR_FORMAT, "t: a number wanted, found true", tt_json_f64(&v, &f64));
    assert_ok(tt_json_get(&root, "inf", &v));
    assert_ok(tt_json_f64(&v, &f64));
    assert_true(f64 == INFINITY);
    assert_ok(tt_json_get(&root, "ninf", &v));
    assert_ok(tt_json_f64(&v, &f64));
    assert_true(f64 == -INFINITY);
    assert_ok(tt_json_get(&root, "nan", &v));
    assert_ok(tt_json_f64(&v, &f64));
    assert_true(isnan(f64));
    assert_ok(tt_json_get(&root, "n", &v));
    assert_fails(TTRT_ERR_FORMAT, "n: an object wanted, found null", tt_json_object(&v));
    assert_false(tt_json_find(&root, "n", &v));
    assert_false(tt_json_find(&root, "none", &v));
    assert_true(tt_json_find(&root, "a", &v));
    assert_false(tt_json_find(&v, "a", &inner));
    assert_fails(TTRT_ERR_FORMAT, "member \"none\" is missing", tt_json_get(&root, "none", &inner));
    assert_ok(tt_json_array(&v, &n));
    assert_int_equal(n, 2);
    item = tt_json_item(&v, 1);
    assert_ok(tt_json_get(&item, "b", &b));
    assert_ok(tt_json_array(&b, &n));
    inner = tt_json_item(&b, 1);
    assert_fails(TTRT_ERR_FORMAT, "a[1].b[1]: true or false wanted, found a string", tt_json_bool(&inner, &flag));
    assert_string_equal(ttrt_last_error()->where, "model.pt2: models/model.json");
    assert_fails(TTRT_ERR_FORMAT, "a[1].b[1]: no 5", tt_json_fail(&inner, "no %d", 5));
    assert_fails(TTRT_ERR_FORMAT, "a[1]: an array wanted", tt_json_array(&item, &n));
    assert_ok(tt_json_get(&root, "u", &v));
    assert_ok(tt_json_union(&v, &text, &inner));
    assert_string_equal(text, "as_int");
    assert_ok(tt_json_i64(&inner, &i64));
    assert_int_equal(i64, 7);
    assert_fails(TTRT_ERR_FORMAT, "found 10 members", tt_json_union(&root, &text, &inner));
    assert_fails(TTRT_ERR_FORMAT, "an object wanted", tt_json_union(&inner, &text, &v));
    json_decref(doc);
}

static void test_nul_and_root(void **state)
{
    json_t *doc = json_stringn("a\0b", 3);
    tt_json root = tt_json_root(doc, NULL);
    const char *text;

    assert_fails(TTRT_ERR_FORMAT, "holds a NUL", tt_json_str(&root, &text));
    assert_string_equal(ttrt_last_error()->where, "JSON");
    json_decref(doc);
    doc = json_object();
    root = tt_json_root(doc, "d");
    assert_fails(TTRT_ERR_FORMAT, "found 0 members", tt_json_union(&root, &text, &root));
    json_decref(doc);
}

/* Strings that make the lexer's buffer grow at every place, numbers cut in two by it, objects that rehash. */
static char *long_text(void)
{
    const char *filling = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
    char *text = calloc(1, 16384), *at = text;

    at += sprintf(at, "{");
    for (int i = 0; i < 40; i++)
        at += sprintf(at, "%s\"key%d%.*s\": {\"n\": [%d, 1.5, \"%.*s\"], \"\\u00e9\": null}", i ? ", " : "", i, i,
                      filling, 1000000000 + i, i * 3 % 70, filling);
    sprintf(at, "}");
    return text;
}

static void test_allocation_failures(void **state)
{
    char *text = long_text();
    json_t *wanted = parse(text), *value = NULL, *doc = parse("{\"a\": [1]}");
    tt_json root = tt_json_root(doc, "d"), a;
    ttrt_status status = TTRT_ERR_MEMORY;
    uint64_t n = 0;

    while (status != TTRT_OK) {
        tt_alloc_fail_at(++n);
        status = tt_json_parse(text, strlen(text), "d", &value);
        tt_alloc_fail_at(0);
        assert_true(status == TTRT_OK || status == TTRT_ERR_MEMORY);
        assert_true(status == TTRT_OK || strstr(ttrt_last_error()->what, "no memory for JSON"));
    }
    assert_true(json_equal(value, wanted));
    assert_true(n > 400);
    assert_ok(tt_json_get(&root, "a", &a));
    for (n = 1; n < 4; n++) { /* the path may be lost, the message is not */
        tt_alloc_fail_at(n);
        assert_fails(TTRT_ERR_FORMAT, "what is wrong", tt_json_fail(&a, "what is wrong"));
    }
    tt_alloc_fail_at(0);
    json_decref(doc);
    json_decref(value);
    json_decref(wanted);
    free(text);
}

/* A document is freed by another thread than read it, and in any order. */
static void *free_document(void *document)
{
    json_decref(document);
    return NULL;
}

static void test_documents_are_independent(void **state)
{
    json_t *first = parse("[1, \"two\", {\"three\": [4]}]"), *second = parse("{\"a\": \"b\"}"), *moved = json_array();
    pthread_t thread;

    json_array_append_new(moved, json_string("built"));
    json_array_append(moved, json_array_get(first, 2)); /* outlives the rest of its document */
    json_decref(first);
    assert_int_equal(pthread_create(&thread, NULL, free_document, second), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(json_array_get(moved, 1), "three"), 0)), 4);
    json_decref(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_nul_and_root),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_documents_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
