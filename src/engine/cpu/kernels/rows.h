/* Softmax, normalization and scans. Views may have any strides; contiguous rows are fast. Inputs are any float (scans:
 * any number); f16, bf16 and f8 are computed in f32, f64 in f64. in and out of one call may be the same memory with the
 * same strides. `bind` checks shapes and types, `scratch` tells the bytes that `run` needs. Reductions: reduce.h. */
#ifndef TT_CPU_ROWS_H
#define TT_CPU_ROWS_H

#include "engine/cpu/kernels/lines.h"
#include "engine/cpu/kernels/reduce.h"

typedef struct tt_softmax {
    tt_lines lines;
    bool log;
    double scale;
} tt_softmax;

/* softmax(scale * in) along `axis`, or its logarithm. */
ttrt_status tt_softmax_bind(const tt_view *out, const tt_view *in, int axis, bool log, double scale, tt_softmax *s);
size_t tt_softmax_scratch(const tt_softmax *s, int n_workers);
void tt_softmax_run(const tt_kernels *k, const tt_threads *threads, const tt_softmax *s, void *out, const void *in,
                    void *scratch);

typedef struct tt_norm {
    tt_lines lines;
    bool rms;
    double eps;
    tt_dtype weight_dtype, bias_dtype; /* TT_DTYPE_NONE: absent */
    int64_t n_params;                  /* elements of weight and bias */
    int64_t groups;                    /* group norm: of the channels; 0: layer norm */
    int64_t group_channels;
    bool columns; /* group norm over channels-last f32 memory: a matrix of positions x channels for each image */
    int64_t images, positions, in_row, out_row, in_image, out_image; /* its sizes and strides */
} tt_norm;

/* Over the last n_axes dimensions; weight and bias are contiguous with their shape. rms: x / sqrt(mean(x^2) + eps) *
 * weight, else (x - mean) / sqrt(var + eps) * weight + bias. */
ttrt_status tt_layer_norm_bind(const tt_view *out, const tt_view *in, int n_axes, bool rms, double eps,
                               tt_dtype weight_dtype, tt_dtype bias_dtype, tt_norm *n);
/* Dimension 1 holds the channels, `groups` divides them; weight and bias have one value a channel. Instance norm: a
 * group each. */
ttrt_status tt_group_norm_bind(const tt_view *out, const tt_view *in, int64_t groups, double eps, tt_dtype weight_dtype,
                               tt_dtype bias_dtype, tt_norm *n);
size_t tt_norm_scratch(const tt_norm *n, int n_workers);
void tt_norm_run(const tt_kernels *k, const tt_threads *threads, const tt_norm *n, void *out, const void *in,
                 const void *weight, const void *bias, void *scratch);

typedef enum tt_scan_op {
    TT_SCAN_SUM,
    TT_SCAN_PROD,
    TT_SCAN_MAX, /* NaN wins and stays */
    TT_SCAN_MIN,
    TT_SCAN_LOGSUMEXP /* floats only */
} tt_scan_op;

typedef struct tt_scan {
    tt_lines lines;
    tt_scan_op op;
} tt_scan;

/* Inclusive, along `axis`; floats accumulate in double, integers wrap. bool is cast to an integer before. */
ttrt_status tt_scan_bind(const tt_view *out, const tt_view *in, int axis, tt_scan_op op, tt_scan *s);
size_t tt_scan_scratch(const tt_scan *s, int n_workers);
void tt_scan_run(const tt_kernels *k, const tt_threads *threads, const tt_scan *s, void *out, const void *in,
                 void *scratch);

#endif
