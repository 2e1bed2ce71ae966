/* im2col and col2im, one dimension after the other:
 *
 *     [n, c, h, w]  ─►  [n, c, kh, oh, w]  ─►  [n, c, kh, oh, kw, ow]  ─►  [n, c * kh * kw, oh * ow]
 *
 * Each row of windows reads its rows of the image; the other way, each row of the image adds up those that read it. */
#include "engine/tensorrt/formula.h"
#include "engine/tensorrt/window.h"

/* Windows along one of the two dimensions of an image. */
typedef struct windows {
    int64_t size, dilation, padding, stride;
    tt_dim image, n;
} windows;

static windows windows_of(tt_dims *t, const tt_fold_attrs *a, const tt_dim *image, int i)
{
    windows w = {a->window_size.v[i], a->dilation.v[i], a->padding.v[i], a->stride.v[i], image[i]};
    const int64_t room = 2 * w.padding - w.dilation * (w.size - 1) - 1;

    w.n = tt_dim_floordiv(t, tt_dim_add(t, w.image, tt_dim_const(room)), tt_dim_const(w.stride));
    w.n = tt_dim_add(t, w.n, tt_dim_const(1));
    return w;
}

/* ---- im2col ---- */

/* [size, n]: the padded image's row that place k of window o reads, k * dilation + o * stride. */
static ttrt_status rows_read(tt_trt_map *m, const windows *w, ITensor **out)
{
    const int64_t dims[] = {w->size, w->n.value}, count = dims[0] * dims[1];

    if (!tt_dim_is_const(w->n)) {
        ITensor *place = f_mul_number(m, tt_trt_f_iota(m, tt_dim_const(w->size), 2, 0), (double)w->dilation);
        *out = f_add(m, place, f_mul_number(m, tt_trt_f_iota(m, w->n, 2, 1), (double)w->stride));
        return *out ? TTRT_OK : ttrt_last_error()->status;
    }
    int64_t *rows = tt_arena_array(m->arena, (size_t)count, sizeof *rows);
    if (!rows)
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        rows[i] = i / dims[1] * w->dilation + i % dims[1] * w->stride;
    return tt_trt_constant(m, rows, TTRT_DTYPE_INT64, 2, dims, out);
}

static ttrt_status unfold(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor **out)
{
    static const int64_t order[] = {0, 1, 2, 4, 3, 5};
    const tt_fold_attrs *a = &l->attrs.fold;
    const tt_tensor *image = l->in[0];
    const windows h = windows_of(m->net->dims, a, image->dims + 2, 0),
                  w = windows_of(m->net->dims, a, image->dims + 2, 1);
    const tt_dim padding[] = {{0}, {0}, tt_dim_const(h.padding), tt_dim_const(w.padding)};
    ITensor *rows;

    TT_TRY(tt_dims_status(m->net->dims));
    if (h.padding || w.padding)
        TT_TRY(tt_trt_padded(m, x, tt_trt_carrier(image->dtype), 4, image->dims, padding, padding, TRT_SampleMode_kFILL,
                             0, &x));
    TT_TRY(rows_read(m, &h, &rows));
    TT_TRY(tt_trt_gather(m, x, rows, 2, &x));
    TT_TRY(rows_read(m, &w, &rows));
    TT_TRY(tt_trt_gather(m, x, rows, 4, &x));
    TT_TRY(tt_trt_transpose(m, x, 6, order, &x));
    return tt_trt_reshape(m, x, 3, l->out[0]->dims, out);
}

/* ---- col2im ---- */

/* Place k of window o reads row o * stride - padding + k * dilation; for each row, all k * n + o that do. */
static ttrt_status rows_that_read(tt_trt_map *m, const windows *w, tt_trt_taps *t)
{
    const int64_t image = w->image.value, n = w->n.value;
    int64_t *count = tt_arena_array(m->arena, (size_t)image, sizeof *count), *places;

    if (!count)
        return TTRT_ERR_MEMORY;
    *t = (tt_trt_taps){.n = image, .taps = 1};
    for (int64_t i = 0; i < w->size * n; i++) {
        int64_t row = i % n * w->stride - w->padding + i / n * w->dilation;
        if (row >= 0 && row < image && ++count[row] > t->taps)
            t->taps = count[row];
    }
    if (!(places = tt_arena_array(m->arena, (size_t)(image * t->taps), sizeof *places)))
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < image * t->taps; i++)
        places[i] = -1;
    for (int64_t i = w->size * n - 1; i >= 0; i--) {
        int64_t row = i % n * w->stride - w->padding + i / n * w->dilation;
        if (row >= 0 && row < image)
            places[row * t->taps + --count[row]] = i;
    }
    t->places = places;
    return TTRT_OK;
}

static ttrt_status add_rows(tt_trt_map *m, const windows *w, tt_dtype dtype, tt_dim *dims, int axis, ITensor **x)
{
    tt_trt_taps t;

    TT_TRY(rows_that_read(m, w, &t));
    TT_TRY(tt_trt_gather_taps(m, *x, dtype, 4, dims, axis, &t, x));
    dims[axis] = w->image;
    return t.taps == 1 ? TTRT_OK : tt_trt_reduce(m, TRT_ReduceOperation_kSUM, *x, 2u << axis, false, x);
}

static ttrt_status fold(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor **out)
{
    static const int64_t order[] = {0, 1, 2, 4, 3, 5};
    const tt_fold_attrs *a = &l->attrs.fold;
    const tt_tensor *image = l->out[0];
    tt_dims *t = m->net->dims;
    const windows h = windows_of(t, a, image->dims + 2, 0), w = windows_of(t, a, image->dims + 2, 1);
    const tt_dim apart[] = {image->dims[0], image->dims[1], tt_dim_const(h.size), tt_dim_const(w.size), h.n, w.n};
    tt_dim dims[] = {image->dims[0], image->dims[1], tt_dim_mul(t, apart[2], h.n), tt_dim_mul(t, apart[3], w.n)};
    const tt_dtype dtype = tt_trt_f_dtype(x);

    TT_TRY(tt_dims_status(t));
    TT_TRY(tt_trt_reshape(m, x, 6, apart, &x));
    TT_TRY(tt_trt_transpose(m, x, 6, order, &x));
    TT_TRY(tt_trt_reshape(m, x, 4, dims, &x));
    TT_TRY(add_rows(m, &h, dtype, dims, 2, &x));
    TT_TRY(add_rows(m, &w, dtype, dims, 3, &x));
    *out = x;
    return TTRT_OK;
}

bool tt_trt_accepts_fold(const tt_layer *l, tt_reason *why)
{
    const tt_attr_dims size = l->attrs.fold.output_size;

    return !l->attrs.fold.inverse || (tt_dim_is_const(size.v[0]) && tt_dim_is_const(size.v[1])) ||
           tt_refuse(why, "TensorRT folds into images of a size that is known");
}

ttrt_status tt_trt_map_fold(tt_trt_map *m, const tt_layer *l)
{
    ITensor *x;

    if (l->attrs.fold.inverse) {
        if (!(x = tt_trt_f_wide(m, tt_trt_in(m, l, 0))))
            return ttrt_last_error()->status;
        TT_TRY(fold(m, l, x, &x));
        return tt_trt_f_out(m, l, 0, x);
    }
    x = tt_trt_in(m, l, 0);
    TT_TRY(unfold(m, l, x, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}
