/* Loops on engine cpu: networks as text, results beside plain C. */
#include "../network/network_test.h"

#include "engine/engine.h"

static tt_engine *opened(const char *text)
{
    tt_network *net = parsed(text);
    tt_writer blob = {0};
    tt_engine *e = NULL;
    tt_mapping *owner;

    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, NULL, &blob));
    tt_network_free(net);
    expect_ok(tt_mapping_wrap(blob.data, blob.size, tt_free_aligned, blob.data, &owner));
    expect_ok(tt_engine_open(blob.data, blob.size, owner, true, &e));
    tt_mapping_unref(owner);
    return e;
}

/* Output i goes to user[i]. */
static ttrt_status use(void *user, int i, tt_io *io)
{
    io->data = ((void **)user)[i];
    for (int64_t d = io->rank - 1, step = 1; d >= 0; step *= io->dims[d--])
        io->strides[d] = step;
    return TTRT_OK;
}

static tt_io scalar(int64_t *v) { return (tt_io){.data = v, .dtype = TTRT_DTYPE_INT64}; }

static tt_io vector(float *v, int64_t n)
{
    return (tt_io){.data = v, .dtype = TTRT_DTYPE_FLOAT32, .rank = 1, .dims = {n}, .strides = {1}};
}

/* i, x = i + 1, x + w, while i < n */
#define TYPES "%i: i64[], %x: f32[3], %n: i64[]"
#define COUNT                                                                                                          \
    "network \"count\"(" TYPES ") %w = constant() {weights=f32 {1, 2, -3}, dimensions=[3]}"                            \
    "%1, %2 = loop(%i, %x, %n, %w) {condition={network \"c\"(" TYPES ", %w: f32[3])"                                   \
    "%1 = elementwise(%i, %n) {operation=LESS} return %1}, body={network \"b\"(" TYPES ", %w: f32[3])"                 \
    "%one = constant() {weights=i64 {1}, dimensions=[]} %1 = elementwise(%i, %one) {operation=SUM}"                    \
    "%2 = elementwise(%x, %w) {operation=SUM} return %1, %2}} return %1, %2"

static ttrt_status run_count(tt_engine *e, int64_t start, int64_t n, int64_t *i, float *x)
{
    float first[3] = {0, 100, 7};
    tt_io ins[] = {scalar(&start), vector(first, 3), scalar(&n)}, outs[2] = {0};

    return tt_engine_run(e, outs, &(tt_output_alloc){use, (void *[]){i, x}}, ins, NULL);
}

static void counts(void **state)
{
    static const int64_t rounds[] = {0, 1, 2, 3, 10000, -5, 1};
    tt_engine *e = opened(COUNT);
    int64_t i;
    float x[3];

    for (size_t k = 0; k < TT_COUNT(rounds); k++) {
        const int64_t n = rounds[k] > 0 ? rounds[k] : 0;
        expect_ok(run_count(e, 4, rounds[k] + 4, &i, x));
        assert_int_equal(i, 4 + n);
        assert_true(x[0] == (float)n && x[1] == (float)(100 + 2 * n) && x[2] == (float)(7 - 3 * n));
    }
    tt_engine_unref(e);
}

/* The first allocation whose failure a run does not notice. */
static uint64_t allocations(tt_engine *e, int64_t rounds)
{
    int64_t i;
    float x[3];
    ttrt_status status = TTRT_ERR_MEMORY;
    uint64_t n = 0;

    while (status != TTRT_OK) {
        tt_alloc_fail_at(++n);
        status = run_count(e, 0, rounds, &i, x);
        tt_alloc_fail_at(0);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
    }
    return n;
}

/* Every allocation of a first run may fail; those after it make none in their rounds. */
static void allocates_nothing(const char *text)
{
    tt_engine *e = opened(text);

    assert_true(allocations(e, 3) > 1);
    uint64_t few = allocations(e, 3);
    assert_int_equal(allocations(e, 10000), few);
    tt_engine_unref(e);
}

/* Nor where the counter is a symbol, on which no size depends. */
#define COUNT_BY_SYMBOL                                                                                                \
    "symbol u0 in [0, inf] network \"count\"(" TYPES ") %w = constant() {weights=f32 {1, 2, -3}, dimensions=[3]}"      \
    "%1, %2 = loop(%i, %x, %n, %w) {condition={network \"c\"(" TYPES ", %w: f32[3])"                                   \
    "%1 = elementwise(%i, %n) {operation=LESS} return %1}, body={network \"b\"(" TYPES ", %w: f32[3])"                 \
    "%u = item(%i) {value=u0} %one = constant() {weights=i64 {1}, dimensions=[]}"                                      \
    "%1 = elementwise(%u, %one) {operation=SUM} %2 = elementwise(%x, %w) {operation=SUM} return %1, %2}} return %1, "  \
    "%2"

static void allocates_nothing_in_rounds(void **state)
{
    allocates_nothing(COUNT);
    allocates_nothing(COUNT_BY_SYMBOL);
}

/* Opening fails cleanly at each allocation. */
static void no_memory(void **state)
{
    tt_network *net = parsed(COUNT);
    tt_writer blob = {0};
    tt_engine *e = NULL;
    ttrt_status status = TTRT_ERR_MEMORY;

    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, NULL, &blob));
    tt_network_free(net);
    for (uint64_t n = 1; status != TTRT_OK; n++) {
        tt_alloc_fail_at(n);
        status = tt_engine_open(blob.data, blob.size, NULL, true, &e);
        tt_alloc_fail_at(0);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
    }
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

/* Triangles: the sum over i < n of the sum over j < i of 1, by a loop in a loop that takes i as a size:
 * the inner one adds up a vector of ones of i elements. */
static void nested(void **state)
{
    tt_engine *e = opened(
        "symbol u0 in [0, inf] network \"t\"(%n: i64[]) %zero = constant() {weights=i64 {0}, dimensions=[]}"
        "%1, %2 = loop(%zero, %zero, %n) {condition={network \"c\"(%i: i64[], %s: i64[], %n: i64[])"
        "%1 = elementwise(%i, %n) {operation=LESS} return %1},"
        "body={network \"b\"(%i: i64[], %s: i64[], %n: i64[]) %one = constant() {weights=i64 {1}, dimensions=[]}"
        "%u = item(%i) {value=u0} %ones = fill() {operation=CONSTANT, dimensions=[u0], to_type=i64, alpha_int=1}"
        "%sum = reduce(%ones) {operation=SUM, axes=[0]} %sum0 = reshape(%sum) {dimensions=[]}"
        "%zero = constant() {weights=i64 {0}, dimensions=[]}"
        "%j, %r = loop(%zero, %s, %sum0) {condition={network \"c\"(%j: i64[], %r: i64[], %k: i64[])"
        "%1 = elementwise(%j, %k) {operation=LESS} return %1}, body={network \"b\"(%j: i64[], %r: i64[], %k: i64[])"
        "%one = constant() {weights=i64 {1}, dimensions=[]} %1 = elementwise(%j, %one) {operation=SUM}"
        "%2 = elementwise(%r, %one) {operation=SUM} return %1, %2}}"
        "%next = elementwise(%u, %one) {operation=SUM} return %next, %r}} return %1, %2");

    for (int64_t n = 0; n < 40; n += 13) {
        int64_t i, sum;
        tt_io in = scalar(&n), outs[2] = {0};
        expect_ok(tt_engine_run(e, outs, &(tt_output_alloc){use, (void *[]){&i, &sum}}, &in, NULL));
        assert_int_equal(i, n);
        assert_int_equal(sum, n > 0 ? n * (n - 1) / 2 : 0);
    }
    tt_engine_unref(e);
}

/* The places of what is not zero are carried: as many in each round, or the run fails. */
static void other_sizes(void **state)
{
    tt_engine *e = opened(
        "symbol u0 in [0, inf] symbol u1 in [0, inf] network \"t\"(%x: f32[3], %y: f32[3]) %p = non_zero(%x) {count=u0}"
        "%no = constant() {weights=b8 {1}, dimensions=[]}"
        "%1, %2 = loop(%p, %no, %y) {condition={network \"c\"(%p: i64[u0,1], %go: b8[], %y: f32[3]) return %go},"
        "body={network \"b\"(%p: i64[u0,1], %go: b8[], %y: f32[3]) %q = non_zero(%y) {count=u1}"
        "%stop = constant() {weights=b8 {0}, dimensions=[]} return %q, %stop}} return %1");
    float x[3] = {1, 0, 1}, y[3] = {0, 5, 6};
    int64_t places[3];
    tt_io ins[] = {vector(x, 3), vector(y, 3)}, out = {0};
    const tt_output_alloc alloc = {use, (void *[]){places}};

    expect_ok(tt_engine_run(e, &out, &alloc, ins, NULL));
    assert_true(out.dims[0] == 2 && places[0] == 1 && places[1] == 2);
    y[0] = 1;
    assert_int_equal(tt_engine_run(e, &out, &alloc, ins, NULL), TTRT_ERR_SHAPE);
    assert_non_null(strstr(ttrt_last_error()->what, "dimension 0 of carried value 0 is 2, its body makes it 3"));
    tt_engine_unref(e);
}

/* A network inside may not take its input for larger than it is. */
static void sizes_that_differ(void **state)
{
    tt_engine *e = opened("symbol s0 in [0, 8] symbol s1 in [0, 8] network \"t\"(%x: f32[s0], %y: f32[s1])"
                          "%go = constant() {weights=b8 {1}, dimensions=[]}"
                          "%1, %2 = loop(%x, %go) {condition={network \"c\"(%x: f32[s1], %go: b8[]) return %go},"
                          "body={network \"b\"(%x: f32[s1], %go: b8[]) %1 = unary(%x) {operation=NEG}"
                          "%stop = constant() {weights=b8 {0}, dimensions=[]} return %1, %stop}} return %1");
    float x[8] = {1, 2, 3}, y[8] = {0};
    tt_io ins[] = {vector(x, 3), vector(y, 3)}, out = {0};
    const tt_output_alloc alloc = {use, (void *[]){y}};

    expect_ok(tt_engine_run(e, &out, &alloc, ins, NULL));
    assert_true(y[0] == -1 && y[2] == -3);
    ins[1] = vector(y, 8);
    assert_int_equal(tt_engine_run(e, &out, &alloc, ins, NULL), TTRT_ERR_SHAPE);
    assert_non_null(strstr(ttrt_last_error()->what, "which it does not take"));
    tt_engine_unref(e);

    /* Nor may it give a size of its own to one that its input has. */
    e = opened("symbol u0 in [0, inf] network \"t\"(%x: f32[3]) %p = non_zero(%x) {count=u0}"
               "%1 = loop(%p) {condition={network \"c\"(%p: i64[u0,1]) %t = constant() {weights=b8 {1}, dimensions=[]}"
               "return %t}, body={network \"b\"(%p: i64[u0,1]) %n = constant() {weights=i64 {3}, dimensions=[]}"
               "%u = item(%n) {value=u0} %1 = unary(%p) {operation=NEG} return %1}} return %1");
    assert_int_equal(tt_engine_run(e, &out, &alloc, ins, NULL), TTRT_ERR_SHAPE);
    tt_engine_unref(e);
}

static void inspected(void **state)
{
    tt_engine *e = opened(COUNT);
    tt_str json = {0};

    expect_ok(tt_engine_kind(e)->inspect(tt_engine_payload(e), &json));
    assert_non_null(strstr(tt_str_text(&json), "{\"layers\": [{\"kind\": \"loop\", \"name\": \"\"}, "
                                               "{\"kind\": \"elementwise\", \"name\": \"\"}, {"));
    tt_str_dispose(&json);
    tt_engine_unref(e);
}

static void refused_by_tensorrt(void **state)
{
    tt_network *net = parsed(COUNT);
    tt_reason why;

    assert_false(tt_engine_find("tensorrt")->supports(net->last, &why));
    assert_non_null(strstr(why.text, "loop"));
    tt_network_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),      cmocka_unit_test(allocates_nothing_in_rounds),
        cmocka_unit_test(no_memory),   cmocka_unit_test(nested),
        cmocka_unit_test(other_sizes), cmocka_unit_test(sizes_that_differ),
        cmocka_unit_test(inspected),   cmocka_unit_test(refused_by_tensorrt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
