/* Max and average pooling over one to three spatial dimensions, in any layout: fastest where the channels are
 * contiguous (channels-last), then where the rows are. Types: f32, f16, bf16 (both in f32), f64, and signed integers
 * and u8. */
#ifndef TT_CPU_POOL_H
#define TT_CPU_POOL_H

#include "engine/cpu/kernels/kernels.h"

typedef struct tt_pool {
    bool is_max;      /* else average */
    bool is_adaptive; /* output o sees [floor(o * in / out), ceil((o + 1) * in / out)); kernel and the rest are not used
                       */
    /* By depth, height, width; fewer dimensions leave the first ones at their defaults. Positions before `pad` and
     * after the input are padding. The extents of the output are those of its view: ceil_mode and asymmetric padding
     * show only there (and in pad_after). */
    int64_t kernel[3], stride[3], pad[3], dilation[3];
    /* Averages divide by `divisor` where it is not 0, else by the places of the window inside the input, padding
     * counted where count_include_pad: up to pad_after places behind the input, as PyTorch does. */
    int64_t pad_after[3];
    bool count_include_pad;
    int64_t divisor;
    /* [n, c, depth, height, width], filled by tt_pool_init. */
    tt_view to, from, index;
} tt_pool;

/* Views are [n, c, spatial...], rank 3 to 5, whatever the layout. `index`: of the int64 positions of maxima, NULL: not
 * wanted. Sets kernel, stride, dilation to 1, all else to 0; the caller then sets what differs. TTRT_ERR_UNSUPPORTED: a
 * type that has no kernel. */
ttrt_status tt_pool_init(tt_pool *p, bool is_max, const tt_view *to, const tt_view *index, const tt_view *from);

/* index: NULL without an index view. A position is flat in the plane of one channel; the first maximum is taken, and
 * NaN wins over all (of several, the last). A window that lies in padding altogether gives 0, for a maximum the lowest
 * value. */
void tt_pool_run(const tt_kernels *k, const tt_threads *threads, const tt_pool *p, void *dst, int64_t *index,
                 const void *src);

#endif
