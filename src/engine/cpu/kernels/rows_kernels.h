/* The per-level entries of softmax, normalization and reductions: loops over one contiguous line. */
#ifndef TT_CPU_ROWS_KERNELS_H
#define TT_CPU_ROWS_KERNELS_H

#include "engine/cpu/kernels/kernels.h"

/* What a reduction adds up over the pieces of a line. */
typedef struct tt_accumulator {
    double f;      /* sums, products; the best value so far */
    int64_t i;     /* the same for integers */
    int64_t index; /* of the best; -1: no element yet */
} tt_accumulator;

/* n elements, the first of which is number `at` of its line. `param`: the mean of VAR, the p of NORM_P. */
typedef void (*tt_reduce_fn)(tt_accumulator *acc, const void *x, int64_t n, int64_t at, double param);

typedef enum tt_reduce_op {
    TT_REDUCE_OP_SUM,
    TT_REDUCE_OP_MEAN,
    TT_REDUCE_OP_PROD,
    TT_REDUCE_OP_MAX,
    TT_REDUCE_OP_MIN,
    TT_REDUCE_OP_ARGMAX,
    TT_REDUCE_OP_ARGMIN,
    TT_REDUCE_OP_ANY,
    TT_REDUCE_OP_ALL,
    TT_REDUCE_OP_NORM_0,
    TT_REDUCE_OP_NORM_1,
    TT_REDUCE_OP_NORM_2,
    TT_REDUCE_OP_NORM_INF,
    TT_REDUCE_OP_NORM_NINF,
    TT_REDUCE_OP_NORM_P,
    TT_REDUCE_OP_VAR,
    TT_REDUCE_OP_STD,
    TT_REDUCE_OP_COUNT
} tt_reduce_op;

struct tt_rows_kernels {
    /* out may be x. out[i] = softmax(scale * x)[i], or its logarithm. */
    void (*softmax_f32)(float *out, const float *x, int64_t n, float scale, bool log);
    void (*softmax_f64)(double *out, const double *x, int64_t n, double scale, bool log);
    /* Sums over a line, in blocks: the error does not grow with the length. */
    double (*sum_f32)(const float *x, int64_t n);
    double (*sum_squares_f32)(const float *x, int64_t n, float center); /* of x - center */
    /* out[i] = (x[i] - shift) * scale * weight[i] + bias[i]; weight and bias may be NULL. out may be x. */
    void (*affine_f32)(float *out, const float *x, int64_t n, float shift, float scale, const float *weight,
                       const float *bias);
    /* out[i] = (x[i] - center[i]) * scale[i] + bias[i]. out may be x. */
    void (*affine_columns_f32)(float *out, const float *x, int64_t n, const float *center, const float *scale,
                               const float *bias);
    /* sums[c] += x[r * ld + c] - center[c], or its square; center may be NULL. At most TT_COLUMNS columns. */
    void (*add_columns_f32)(double *sums, const float *x, int64_t ld, int64_t n_rows, int64_t n_cols,
                            const float *center, bool square);
    tt_reduce_fn reduce[TT_REDUCE_OP_COUNT][4]; /* by tt_pw_type; NULL: not for this type */
};

#define TT_COLUMNS 256

#endif
