/* On a machine with a GPU: what engine tensorrt computes, beside engine cpu. Inputs are made from the network's own
 * types: small numbers of both signs, integers that are valid indices, bools. */
#ifndef TENSORRT_COMPARE_H
#define TENSORRT_COMPARE_H

#include <math.h>

#include "../network/network_test.h"

#include "engine/engine.h"
#include "engine/tensorrt/cuda.h"
#include "torchtrt/torchtrt.h"

extern const tt_engine_iface tt_engine_tensorrt, tt_engine_cpu;

static inline bool gpu_is_here(void)
{
    const tt_cuda *cuda;

    return tt_cuda_get(&cuda) == TTRT_OK;
}

/* Symbols are 3, or the end of their range that is nearest to it. */
static inline int64_t size_of(const tt_network *net, tt_dim d)
{
    int64_t values[64], v = 0;

    assert_true(tt_dims_count(net->dims) <= TT_COUNT(values));
    for (size_t i = 0; i < tt_dims_count(net->dims); i++) {
        const tt_symbol *s = tt_dims_at(net->dims, i);
        values[i] = s->min > 3 ? s->min : s->max < 3 ? s->max : 3;
    }
    assert_true(tt_dim_eval(d, values, &v));
    return v;
}

/* Special ones (NaN, infinities, halves) where the test asks for them. */
typedef enum compare_values { VALUES_PLAIN, VALUES_SPECIAL, VALUES_COUNT } compare_values;
#ifdef TRT_COMPARE_SPECIAL
#define TRT_VALUES VALUES_COUNT
#else
#define TRT_VALUES VALUES_SPECIAL
#endif

static inline double value_at(tt_dtype dtype, int64_t i, compare_values how)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 1e-3, 3e4};

    if (dtype == TTRT_DTYPE_BOOL)
        return i % 3 == 0;
    if (!tt_dtype_is_float(dtype))
        return how == VALUES_PLAIN ? (double)(i * 5 % 3) : (double)(i * 7 % 11 - 5);
    return how == VALUES_SPECIAL ? special[i % (int64_t)TT_COUNT(special)] : (double)(i * 7 % 23) / 8 - 1.25;
}

/* Which of several updates of one place wins is left open: they are equal. */
static inline bool is_update(const tt_network *net, const tt_tensor *t)
{
    TT_EACH_LAYER (net, l)
        if ((l->kind == TT_LAYER_INDEX_PUT && !l->attrs.index_put.accumulate && l->in[1] == t) ||
            (l->kind == TT_LAYER_SCATTER && l->attrs.scatter.mode == TT_SCATTER_SET && l->in[2] == t))
            return true;
    return false;
}

static inline ttrt_tensor make_argument(const tt_network *net, const tt_tensor *t, compare_values how)
{
    const bool equal = is_update(net, t);
    ttrt_tensor x;
    int64_t dims[TTRT_MAX_RANK];

    for (int d = 0; d < t->rank; d++)
        dims[d] = size_of(net, t->dims[d]);
    expect_ok(ttrt_tensor_new(t->dtype, t->rank, dims, &x));
    for (int64_t i = 0; i < ttrt_tensor_count(&x); i++)
        tt_store_f64((char *)x.data + (size_t)i * ttrt_dtype_size(t->dtype), t->dtype,
                     value_at(t->dtype, equal ? 3 : i, how));
    if (t->is_dim)
        *(int64_t *)x.data = size_of(net, t->value);
    return x;
}

#define MOST_IO 64

typedef struct answer {
    ttrt_tensor out[MOST_IO];
} answer;

/* The answers lie in host memory. */
static inline ttrt_status answer_of(const tt_engine_iface *iface, const char *text, compare_values how, answer *a)
{
    const tt_build_options options = {0};
    ttrt_tensor in[MOST_IO] = {{0}}, out[MOST_IO] = {{0}};
    tt_writer blob = {0};
    ttrt_engine *engine = NULL;
    tt_network *net = parsed(text);
    int n_in = net->n_inputs, n_out = net->n_outputs;
    ttrt_status status;

    assert_true(n_in <= MOST_IO && n_out <= MOST_IO);
    for (int i = 0; i < n_in; i++) {
        in[i] = make_argument(net, net->inputs[i], how);
        if (iface->device_type == TTRT_DEVICE_CUDA && !net->inputs[i]->is_dim) {
            ttrt_tensor there = {0};
            expect_ok(ttrt_tensor_to(&in[i], TTRT_DEVICE_CUDA, 0, &there));
            ttrt_tensor_dispose(&in[i]);
            in[i] = there;
        }
    }
    TT_TRY_DONE(tt_blob_build(iface, net, &options, &blob));
    TT_TRY_DONE(ttrt_engine_open(blob.data, blob.size, NULL, NULL, &engine));
    TT_TRY_DONE(ttrt_engine_run(engine, out, (size_t)n_out, in, (size_t)n_in, NULL, NULL));
    for (int i = 0; i < n_out; i++)
        TT_TRY_DONE(ttrt_tensor_to(&out[i], TTRT_DEVICE_CPU, 0, &a->out[i]));
done:
    for (int i = 0; i < n_in; i++)
        ttrt_tensor_dispose(&in[i]);
    for (int i = 0; i < n_out; i++)
        ttrt_tensor_dispose(&out[i]);
    ttrt_engine_unref(engine);
    tt_writer_dispose(&blob);
    tt_network_free(net);
    return status;
}

/* Of the output's scale. TensorRT may multiply float32 as TF32: 10 bits of mantissa. */
static inline double tolerance_of(tt_dtype dtype)
{
    switch (dtype) {
    case TTRT_DTYPE_FLOAT32:
        return 2e-3;
    case TTRT_DTYPE_FLOAT16:
        return 1e-2;
    case TTRT_DTYPE_BFLOAT16:
        return 4e-2;
    default:
        return 0;
    }
}

static inline double element(const ttrt_tensor *t, int64_t i)
{
    return tt_load_f64((const char *)t->data + (size_t)i * ttrt_dtype_size(t->dtype), t->dtype);
}

/* Appends what differs. */
static inline void compare_tensors(const ttrt_tensor *got, const ttrt_tensor *wanted, int index, tt_str *failures)
{
    double scale = 1e-3;

    if (got->rank != wanted->rank || memcmp(got->dims, wanted->dims, sizeof(int64_t) * (size_t)got->rank)) {
        tt_str_addf(failures, "  output %d has another shape\n", index);
        return;
    }
    for (int64_t i = 0; i < ttrt_tensor_count(wanted); i++)
        if (isfinite(element(wanted, i)) && fabs(element(wanted, i)) > scale)
            scale = fabs(element(wanted, i));
    for (int64_t i = 0; i < ttrt_tensor_count(wanted); i++) {
        double a = element(got, i), b = element(wanted, i);
        if (a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance_of(wanted->dtype) * scale)
            continue;
        tt_str_addf(failures, "  output %d, element %lld: %g, engine cpu has %g\n", index, (long long)i, a, b);
        return;
    }
}

/* Both engines on the same inputs; what engine cpu refuses to run (an index out of range) is not compared. */
static inline void compare_engines(const char *text, tt_str *failures)
{
    for (compare_values how = VALUES_PLAIN; how < TRT_VALUES; how++) {
        answer wanted = {{{0}}}, got = {{{0}}};
        tt_str found = {0};

        if (answer_of(&tt_engine_cpu, text, how, &wanted) == TTRT_OK) {
            if (answer_of(&tt_engine_tensorrt, text, how, &got) != TTRT_OK)
                tt_str_addf(&found, "  %s\n", ttrt_last_error()->what);
            for (int i = 0; !found.len && i < MOST_IO && wanted.out[i].data; i++)
                compare_tensors(&got.out[i], &wanted.out[i], i, &found);
        }
        if (found.len)
            tt_str_addf(failures, "%s (%s)\n%s", text, how == VALUES_PLAIN ? "plain" : "special", tt_str_text(&found));
        for (int i = 0; i < MOST_IO; i++) {
            ttrt_tensor_dispose(&wanted.out[i]);
            ttrt_tensor_dispose(&got.out[i]);
        }
        tt_str_dispose(&found);
    }
}

#endif
