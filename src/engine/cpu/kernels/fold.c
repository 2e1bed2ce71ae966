#include "engine/cpu/kernels/fold.h"

#include <string.h>

#include "engine/cpu/kernels/element.h"
#include "engine/cpu/kernels/walk.h"

void tt_fold_windows(tt_fold *f, int64_t height, int64_t width)
{
    const int64_t extent[2] = {height, width};

    for (int d = 0; d < 2; d++) {
        int64_t room = extent[d] + 2 * f->pad[d] - f->dilation[d] * (f->kernel[d] - 1) - 1;
        f->windows[d] = room >= 0 ? room / f->stride[d] + 1 : 0;
    }
}

typedef struct fold_job {
    const tt_fold *f;
    const tt_view *columns, *image;
    char *dst;
    const char *src;
    int64_t size;
} fold_job;

/* Windows whose place `k` lies inside an extent: begin .. end. */
static void windows_inside(const tt_fold *f, int d, int64_t k, int64_t extent, int64_t *begin, int64_t *end)
{
    const int64_t offset = k * f->dilation[d] - f->pad[d], stride = f->stride[d];
    int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    int64_t last = extent - 1 - offset >= 0 ? (extent - 1 - offset) / stride + 1 : 0;

    *end = last < f->windows[d] ? last : f->windows[d];
    *begin = first < *end ? first : *end;
}

static void unfold_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    static const uint8_t zero[TT_ELEMENT_MAX];
    const fold_job *job = ctx;
    const tt_fold *f = job->f;
    const tt_view *image = job->image, *columns = job->columns;
    const int64_t to_step = columns->strides[2] * job->size, from_step = image->strides[3] * f->stride[1] * job->size;

    /* item = ((n * c + c) * kernel place) * windows down + oh: a row of windows of one column. */
    for (int64_t item = begin; item < end; item++) {
        int64_t oh = item % f->windows[0], column = item / f->windows[0] % columns->dims[1];
        int64_t n = item / f->windows[0] / columns->dims[1];
        int64_t kw = column % f->kernel[1], kh = column / f->kernel[1] % f->kernel[0],
                c = column / (f->kernel[1] * f->kernel[0]);
        int64_t h = oh * f->stride[0] - f->pad[0] + kh * f->dilation[0], first = 0, last = 0;
        char *dst = job->dst + (n * columns->strides[0] + column * columns->strides[1] +
                                oh * f->windows[1] * columns->strides[2]) *
                                   job->size;

        if (h >= 0 && h < image->dims[2])
            windows_inside(f, 1, kw, image->dims[3], &first, &last);
        int64_t w = first * f->stride[1] - f->pad[1] + kw * f->dilation[1];
        const char *src = job->src + (n * image->strides[0] + c * image->strides[1]) * job->size;
        tt_move_row(dst, to_step, zero, 0, first, job->size);
        if (last > first)
            tt_move_row(dst + first * to_step, to_step,
                        src + (h * image->strides[2] + w * image->strides[3]) * job->size, from_step, last - first,
                        job->size);
        tt_move_row(dst + last * to_step, to_step, zero, 0, f->windows[1] - last, job->size);
    }
}

void tt_unfold_run(const tt_threads *threads, const tt_fold *f, const tt_view *columns, void *dst, const tt_view *image,
                   const void *src)
{
    fold_job job = {.f = f,
                    .columns = columns,
                    .image = image,
                    .dst = dst,
                    .src = src,
                    .size = (int64_t)ttrt_dtype_size(image->dtype)};

    if (tt_view_count(columns) > 0)
        tt_parallel_for(threads, columns->dims[0] * columns->dims[1] * f->windows[0],
                        tt_move_grain(f->windows[1] * job.size), unfold_rows, &job);
}

/* Kernel places that put some window over pixel `p` of a dimension: k and the window o with o * stride - pad + k *
 * dilation = p. */
static bool window_over(const tt_fold *f, int d, int64_t p, int64_t k, int64_t *o)
{
    const int64_t at = p + f->pad[d] - k * f->dilation[d];

    *o = at / f->stride[d];
    return at >= 0 && at % f->stride[d] == 0 && *o < f->windows[d];
}

#define DEFINE_FOLD(name, T, S, LOAD, STORE)                                                                           \
    static void fold_##name(void *ctx, int64_t begin, int64_t end, int worker)                                         \
    {                                                                                                                  \
        const fold_job *job = ctx;                                                                                     \
        const tt_fold *f = job->f;                                                                                     \
        const tt_view *to = job->image, *from = job->columns;                                                          \
        for (int64_t item = begin; item < end; item++) {                                                               \
            int64_t h = item % to->dims[2], c = item / to->dims[2] % to->dims[1],                                      \
                    n = item / to->dims[2] / to->dims[1];                                                              \
            T *dst = (T *)job->dst + n * to->strides[0] + c * to->strides[1] + h * to->strides[2];                     \
            const T *src = (const T *)job->src + n * from->strides[0];                                                 \
            for (int64_t w = 0; w < to->dims[3]; w++) {                                                                \
                S sum = 0;                                                                                             \
                int64_t oh, ow;                                                                                        \
                for (int64_t kh = 0; kh < f->kernel[0]; kh++) {                                                        \
                    if (!window_over(f, 0, h, kh, &oh))                                                                \
                        continue;                                                                                      \
                    for (int64_t kw = 0; kw < f->kernel[1]; kw++)                                                      \
                        if (window_over(f, 1, w, kw, &ow))                                                             \
                            sum += LOAD(src[((c * f->kernel[0] + kh) * f->kernel[1] + kw) * from->strides[1] +         \
                                            (oh * f->windows[1] + ow) * from->strides[2]]);                            \
                }                                                                                                      \
                dst[w * to->strides[3]] = (T)STORE(sum);                                                               \
            }                                                                                                          \
        }                                                                                                              \
    }
#define SAME(v) (v)
DEFINE_FOLD(f32, float, float, SAME, SAME)
DEFINE_FOLD(f64, double, double, SAME, SAME)
DEFINE_FOLD(f16, uint16_t, float, tt_f16_to_f32, tt_f32_to_f16)
DEFINE_FOLD(bf16, uint16_t, float, tt_bf16_to_f32, tt_f32_to_bf16)
/* Signed and unsigned sums have the same low bits. */
DEFINE_FOLD(b1, uint8_t, uint64_t, SAME, SAME)
DEFINE_FOLD(b2, uint16_t, uint64_t, SAME, SAME)
DEFINE_FOLD(b4, uint32_t, uint64_t, SAME, SAME)
DEFINE_FOLD(b8, uint64_t, uint64_t, SAME, SAME)

static tt_loop_fn fold_of(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT32:
        return fold_f32;
    case TTRT_DTYPE_FLOAT64:
        return fold_f64;
    case TTRT_DTYPE_FLOAT16:
        return fold_f16;
    case TTRT_DTYPE_BFLOAT16:
        return fold_bf16;
    default:
        break;
    }
    if (!tt_dtype_is_integer(d))
        return NULL;
    switch (ttrt_dtype_size(d)) {
    case 1:
        return fold_b1;
    case 2:
        return fold_b2;
    case 4:
        return fold_b4;
    default:
        return fold_b8;
    }
}

ttrt_status tt_fold_run(const tt_threads *threads, const tt_fold *f, const tt_view *image, void *dst,
                        const tt_view *columns, const void *src)
{
    fold_job job = {.f = f, .columns = columns, .image = image, .dst = dst, .src = src};
    const tt_loop_fn fold = fold_of(image->dtype);

    if (!fold)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "fold has no kernel for %s", ttrt_dtype_name(image->dtype));
    if (tt_view_count(image) > 0)
        tt_parallel_for(threads, image->dims[0] * image->dims[1] * image->dims[2],
                        tt_move_grain(image->dims[3] * f->kernel[0] * f->kernel[1] * 16), fold, &job);
    return TTRT_OK;
}
