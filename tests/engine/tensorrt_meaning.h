/* What the mappers write must be what the layers are: a layer becomes TensorRT's layers, those are read back by their
 * documented meaning (tensorrt_reader.h), and engine cpu computes both. Needs the library, no GPU. */
#ifndef TENSORRT_MEANING_H
#define TENSORRT_MEANING_H

#include "tensorrt_reader.h"
#include "tensorrt_test.h"

#include <math.h>

#include "engine/tensorrt/map.h"

/* ---- values ---- */

static const double float_values[] = {
    0.0, -0.0,  1.0,  -1.0,  0.5,  -0.5,  2.5,  -2.5,  1e-3,  -1e-3,  0.125, -0.125, 0.24,     -0.26,     3.0, -3.0,
    7.0, -7.75, 11.5, -19.0, 30.0, -30.0, 88.0, -88.0, 255.0, -129.0, 1e4,   -1e4,   INFINITY, -INFINITY, NAN, 0.9};
static const double integer_values[] = {1,   -1,   2,   -2,   3,   -3,  7, -8, 15, 16, -17, 31, 32, -33, 63, 64,
                                        100, -100, 127, -128, 120, -90, 5, -6, 9,  10, 11,  12, 13, 14,  60, 62};
_Static_assert(TT_COUNT(float_values) == 32 && TT_COUNT(integer_values) == 32, "");

/* Tame: small numbers, some of them equal. */
static bool are_tame;

static inline double meaning_value(tt_dtype d, int64_t i)
{
    if (d == TTRT_DTYPE_BOOL)
        return (double)(i % 3 == 0);
    double v = are_tame               ? (double)(i * 7 % 11) / 2 - 2
               : tt_dtype_is_float(d) ? float_values[i % 32]
                                      : integer_values[i % 32];
    return d == TTRT_DTYPE_UINT8 ? fabs(v) : v;
}

/* Whether t says where a layer reads or writes, and whether it may count from the end. */
static inline bool is_index(const tt_network *net, const tt_tensor *t, bool *wraps)
{
    TT_EACH_LAYER (net, l) {
        const int first = l->kind == TT_LAYER_INDEX_PUT ? 2
                          : l->kind == TT_LAYER_GATHER || l->kind == TT_LAYER_INDEX || l->kind == TT_LAYER_SCATTER
                              ? 1
                              : l->n_in;
        const int end = l->kind == TT_LAYER_SCATTER ? 2 : l->n_in;
        for (int i = first; i < end; i++)
            if (l->in[i] == t) {
                *wraps = l->kind == TT_LAYER_GATHER ? l->attrs.gather.wrap : l->kind != TT_LAYER_SCATTER;
                return true;
            }
    }
    return false;
}

/* Valid for dimensions of 3 and more. */
static inline double index_value(int64_t i, bool wraps) { return (double)(i * 5 % 3 - (wraps && i % 2 ? 3 : 0)); }

static inline tt_io values_of(const tt_network *net, const tt_tensor *t)
{
    bool wraps = false, indexes = is_index(net, t, &wraps);
    tt_io io = {.dtype = t->dtype, .rank = t->rank};
    int64_t n = 1;

    for (int d = t->rank - 1; d >= 0; d--) {
        io.dims[d] = t->dims[d].value;
        io.strides[d] = n;
        n *= io.dims[d];
    }
    io.data = tt_alloc_aligned((size_t)n * ttrt_dtype_size(t->dtype) + 1);
    assert_non_null(io.data);
    for (int64_t i = 0; i < n; i++)
        tt_store_f64((char *)io.data + (size_t)i * ttrt_dtype_size(t->dtype), t->dtype,
                     indexes             ? index_value(i, wraps)
                     : is_update(net, t) ? 3
                                         : meaning_value(t->dtype, i));
    return io;
}

/* ---- both ways ---- */

static inline ttrt_status allocate(void *user, int i, tt_io *io)
{
    size_t n = ttrt_dtype_size(io->dtype);

    for (int d = 0; d < io->rank; d++)
        n *= (size_t)io->dims[d];
    io->data = tt_alloc_aligned(n + 1);
    return io->data ? TTRT_OK : TTRT_ERR_MEMORY;
}

static inline void compute(tt_network *net, const tt_io *ins, tt_io *outs)
{
    static const tt_output_alloc alloc = {allocate, NULL};
    tt_writer blob = {0};
    tt_engine *e = NULL;

    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, NULL, &blob));
    expect_ok(tt_engine_open(blob.data, blob.size, NULL, true, &e));
    expect_ok(tt_engine_run(e, outs, &alloc, ins, NULL));
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

/* Maps the network, and reads it back. */
static inline tt_network *there_and_back(tt_network *net)
{
    const tt_trt_library *library;
    tt_trt_errors errors;

    expect_ok(tt_trt_library_get(&library));
    tt_trt_errors_init(&errors);
    IBuilder *builder = library->create_builder(tt_trt_logger(), library->version);
    INetworkDefinition *trt =
        trt_IBuilder_createNetworkV2(builder, 1u << TRT_NetworkDefinitionCreationFlag_kSTRONGLY_TYPED);
    trt_INetworkDefinition_setErrorRecorder(trt, tt_trt_errors_recorder(&errors));
    tt_trt_map m = {.net = net, .trt = trt, .errors = &errors, .arena = tt_arena_new()};
    expect_ok(tt_trt_map_network(&m));
    tt_network *back = read_network(trt, net);
    tt_arena_free(m.arena);
    trt_delete(trt);
    trt_delete(builder);
    tt_trt_errors_dispose(&errors);
    return back;
}

/* Below it errors are absolute. Sums whose terms cancel need more of it. */
static double small_value = 1e-3;

static inline double error_allowed(tt_dtype d)
{
    return d == TTRT_DTYPE_FLOAT32 ? 1e-5 : d == TTRT_DTYPE_FLOAT16 ? 2e-3 : d == TTRT_DTYPE_BFLOAT16 ? 1.6e-2 : 0;
}

static inline void expect_close(const tt_io *is, const tt_io *should, const tt_io *ins, const char *text)
{
    const double tolerance = error_allowed(is->dtype);
    const size_t size = ttrt_dtype_size(is->dtype);
    int64_t n = 1;

    assert_int_equal(is->dtype, should->dtype);
    assert_int_equal(is->rank, should->rank);
    for (int d = 0; d < is->rank; d++) {
        assert_int_equal(is->dims[d], should->dims[d]);
        n *= is->dims[d];
    }
    for (int64_t i = 0; i < n; i++) {
        double p = tt_load_f64((char *)is->data + (size_t)i * size, is->dtype),
               q = tt_load_f64((char *)should->data + (size_t)i * size, is->dtype);
        bool same = p == q || (isnan(p) && isnan(q)) ||
                    (isfinite(p) && isfinite(q) && fabs(p - q) <= tolerance * fabs(q) + tolerance * small_value);
        if (!same)
            fail_msg("element %lld is %.9g, should be %.9g\n%s", (long long)i, p, q, text);
    }
}

/* What `text` becomes computes what `reference`, a network of the same inputs, does. */
static inline void expect_meaning_of(const char *text, const char *reference)
{
    tt_network *mapped = parsed(text), *net = parsed(reference), *back = there_and_back(mapped);
    tt_io ins[8], is[4] = {{0}}, should[4] = {{0}};
    const int n_in = net->n_inputs, n_out = net->n_outputs;

    for (int i = 0; i < n_in; i++)
        ins[i] = values_of(net, net->inputs[i]);
    compute(net, ins, should);
    compute(back, ins, is);
    for (int i = 0; i < n_out; i++)
        expect_close(&is[i], &should[i], ins, text);
    for (int i = 0; i < n_in; i++)
        tt_free_aligned(ins[i].data);
    for (int i = 0; i < n_out; i++) {
        tt_free_aligned(is[i].data);
        tt_free_aligned(should[i].data);
    }
    tt_network_free(mapped);
    tt_network_free(net);
    tt_network_free(back);
}

/* Each case with each data type that is listed. */
static inline void expect_meanings(const char *symbols, int n, const trt_case *cases)
{
    static const char *const dtypes[] = {"f32", "f16", "bf16", "i64", "i32", "i8", "u8", "b8"};
    int tried = 0;

    need_library();
    for (int i = 0; i < n; i++)
        for (size_t t = 0; t < TT_COUNT(dtypes); t++) {
            if (!is_listed(cases[i].types, dtypes[t]))
                continue;
            char *text = case_text(symbols, cases[i].text, dtypes[t]);
            expect_meaning_of(text, text);
            tt_free(text);
            tried++;
        }
    assert_true(tried > 0);
}

/* The symbols of a table, and the sizes of s0, s1, ... where meanings are compared. */
typedef struct trt_symbols {
    const char *text, *sizes[2];
} trt_symbols;

/* Images of any number, height and width. */
static const trt_symbols IMAGES = {"symbol s0 in [1, 64] hint 4 symbol s1 in [8, 32] hint 16", {"2", "9"}};

static inline void expect_meanings_at(const trt_symbols *symbols, int n, const trt_case *cases)
{
    trt_case *bound = tt_calloc((size_t)n, sizeof *bound);

    assert_non_null(bound);
    for (int i = 0; i < n; i++) {
        tt_str s = {0};
        for (const char *at = cases[i].text; *at; at++)
            if (at[0] == 's' && at[1] >= '0' && at[1] <= '9')
                tt_str_add(&s, symbols->sizes[*++at - '0']);
            else
                tt_str_add_n(&s, at, 1);
        bound[i] = (trt_case){cases[i].types, tt_str_take(&s)};
    }
    expect_meanings("", n, bound);
    for (int i = 0; i < n; i++)
        tt_free((char *)bound[i].text);
    tt_free(bound);
}

/* Taken as the table says and built with symbols; what is taken means what the layers do. */
static inline void expect_all(const trt_symbols *symbols, int n, const trt_case *cases)
{
    expect_cases(symbols->text, n, cases);
    expect_meanings_at(symbols, n, cases);
}

#endif
