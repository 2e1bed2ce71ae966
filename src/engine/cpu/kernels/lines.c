/* Lines of a tensor: see lines.h. */
#include <string.h>

#include "engine/cpu/kernels/lines.h"
#include "engine/cpu/kernels/table.h"

#define CHUNK 128 /* elements that are converted at a time on the slow path */

static void add_dim(int *n, int64_t *dims, int64_t *in, int64_t *out, int64_t dim, int64_t in_stride,
                    int64_t out_stride)
{
    int last = *n - 1;

    if (dim == 1)
        return;
    if (last >= 0 && in[last] == in_stride * dim && out[last] == out_stride * dim) {
        dims[last] *= dim;
        in[last] = in_stride;
        out[last] = out_stride;
        return;
    }
    dims[*n] = dim;
    in[*n] = in_stride;
    out[*n] = out_stride;
    (*n)++;
}

ttrt_status tt_lines_bind(const tt_view *out, const tt_view *in, uint32_t axes, tt_lines *l)
{
    if (in->rank < 0 || in->rank > TT_CPU_RANK || (out && out->rank != in->rank))
        TT_FAIL(TTRT_ERR_INTERNAL, "lines of rank %d", in->rank);
    *l = (tt_lines){.in_dtype = in->dtype, .out_dtype = out ? out->dtype : in->dtype, .n_lines = 1, .length = 1};
    for (int d = 0; d < in->rank; d++) {
        int64_t dim = in->dims[d], out_stride = out ? out->strides[d] : 0;
        if (out && out->dims[d] != dim)
            TT_FAIL(TTRT_ERR_INTERNAL, "dimension %d is %lld and %lld", d, (long long)dim, (long long)out->dims[d]);
        if (axes >> d & 1) {
            l->length *= dim;
            add_dim(&l->n_axes, l->axes, l->in_axes, l->out_axes, dim, in->strides[d], out_stride);
        } else {
            l->n_lines *= dim;
            add_dim(&l->n_kept, l->kept, l->in_kept, l->out_kept, dim, in->strides[d], out_stride);
        }
    }
    if (l->n_axes == 0) {
        l->axes[l->n_axes++] = 1;
        l->in_axes[0] = l->out_axes[0] = 1;
    }
    if (l->n_kept == 0)
        l->kept[l->n_kept++] = 1;
    /* Not a multiple of the page: the lines of a tile would fall into the same cache sets. */
    l->pitch = ((l->length + 15) & ~(int64_t)15) + 16;
    return TTRT_OK;
}

static bool contiguous(int n_axes, const int64_t *strides) { return n_axes == 1 && strides[0] == 1; }

bool tt_lines_are_across(const tt_lines *l)
{
    return !contiguous(l->n_axes, l->in_axes) && l->in_kept[l->n_kept - 1] == 1;
}

int64_t tt_lines_per_tile(const tt_lines *l)
{
    bool out_across = !contiguous(l->n_axes, l->out_axes) && l->out_kept[l->n_kept - 1] == 1;

    return tt_lines_are_across(l) || out_across ? TT_LINES : 1;
}

static int64_t tiles_of_last(const tt_lines *l)
{
    int64_t per_tile = tt_lines_per_tile(l);
    return (l->kept[l->n_kept - 1] + per_tile - 1) / per_tile;
}

int64_t tt_lines_tiles(const tt_lines *l)
{
    int64_t n = tiles_of_last(l);
    for (int d = 0; d < l->n_kept - 1; d++)
        n *= l->kept[d];
    return n;
}

static bool direct(tt_dtype d, int n_axes, const int64_t *strides)
{
    return tt_is_register_form(d) && contiguous(n_axes, strides);
}

size_t tt_lines_buffer_bytes(const tt_lines *l)
{
    if (direct(l->in_dtype, l->n_axes, l->in_axes) && direct(l->out_dtype, l->n_axes, l->out_axes))
        return 0;
    return (size_t)(tt_lines_per_tile(l) * l->pitch * 8);
}

static void gather_bytes(char *dst, const char *src, int64_t n, int64_t stride, size_t size)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(dst + (size_t)i * size, src + i * stride * (int64_t)size, size);
}

static void gather(void *dst, const char *src, int64_t n, int64_t stride, size_t size)
{
    switch (size) { /* constant sizes become plain moves */
    case 1:
        gather_bytes(dst, src, n, stride, 1);
        break;
    case 2:
        gather_bytes(dst, src, n, stride, 2);
        break;
    case 4:
        gather_bytes(dst, src, n, stride, 4);
        break;
    default:
        gather_bytes(dst, src, n, stride, 8);
        break;
    }
}

static void scatter_bytes(char *dst, const char *src, int64_t n, int64_t stride, size_t size)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(dst + i * stride * (int64_t)size, src + (size_t)i * size, size);
}

static void scatter(char *dst, const void *src, int64_t n, int64_t stride, size_t size)
{
    switch (size) {
    case 1:
        scatter_bytes(dst, src, n, stride, 1);
        break;
    case 2:
        scatter_bytes(dst, src, n, stride, 2);
        break;
    case 4:
        scatter_bytes(dst, src, n, stride, 4);
        break;
    default:
        scatter_bytes(dst, src, n, stride, 8);
        break;
    }
}

void tt_line_gather(const tt_kernels *k, const tt_lines *l, void *dst, const char *src, int64_t n, int64_t stride)
{
    size_t size = ttrt_dtype_size(l->in_dtype), wide = tt_type_size(tt_own_type(l->in_dtype));
    tt_convert_fn convert = k->convert.load[l->in_dtype];
    uint64_t chunk[CHUNK];

    if (stride == 1) {
        convert(dst, src, n);
        return;
    }
    for (int64_t i = 0; i < n; i += CHUNK) {
        int64_t m = n - i < CHUNK ? n - i : CHUNK;
        gather(chunk, src + i * stride * (int64_t)size, m, stride, size);
        convert((char *)dst + (size_t)i * wide, chunk, m);
    }
}

static void load_line(const tt_kernels *k, const tt_lines *l, char *dst, const char *src)
{
    size_t size = ttrt_dtype_size(l->in_dtype), wide = tt_type_size(tt_own_type(l->in_dtype));
    int64_t run = l->axes[l->n_axes - 1], stride = l->in_axes[l->n_axes - 1];
    tt_axis_cursor c = {{0}, 0};

    for (int64_t at = 0; at < l->length; at += run, tt_next_run(l, l->in_axes, &c))
        tt_line_gather(k, l, dst + (size_t)at * wide, src + c.offset * (int64_t)size, run, stride);
}

static void store_line(const tt_kernels *k, const tt_lines *l, char *dst, const char *src)
{
    size_t size = ttrt_dtype_size(l->out_dtype), wide = tt_type_size(tt_own_type(l->out_dtype));
    int64_t run = l->axes[l->n_axes - 1], stride = l->out_axes[l->n_axes - 1];
    tt_convert_fn convert = k->convert.store[l->out_dtype];
    uint64_t chunk[CHUNK];
    tt_axis_cursor c = {{0}, 0};

    for (int64_t done = 0; done < l->length; done += run, src += (size_t)run * wide) {
        char *to = dst + c.offset * (int64_t)size;
        if (stride == 1)
            convert(to, src, run);
        for (int64_t i = 0; stride != 1 && i < run; i += CHUNK) {
            int64_t n = run - i < CHUNK ? run - i : CHUNK;
            convert(chunk, src + (size_t)i * wide, n);
            scatter(to + i * stride * (int64_t)size, chunk, n, stride, size);
        }
        tt_next_run(l, l->out_axes, &c);
    }
}

/* Position by position, n_lines elements at once. */
void tt_lines_gather(const tt_kernels *k, const tt_lines *l, void *dst, int64_t pitch, const char *src, int64_t n_lines,
                     int64_t n, int64_t stride)
{
    size_t size = ttrt_dtype_size(l->in_dtype), wide = tt_type_size(tt_own_type(l->in_dtype));
    uint64_t lanes[TT_LINES];

    for (int64_t i = 0; i < n; i++) {
        k->convert.load[l->in_dtype](lanes, src + i * stride * (int64_t)size, n_lines);
        scatter((char *)dst + (size_t)i * wide, lanes, n_lines, pitch, wide);
    }
}

static void load_across(const tt_kernels *k, const tt_lines *l, char *buffer, const char *src, int64_t n)
{
    size_t size = ttrt_dtype_size(l->in_dtype), wide = tt_type_size(tt_own_type(l->in_dtype));
    int64_t run = l->axes[l->n_axes - 1], stride = l->in_axes[l->n_axes - 1];
    tt_axis_cursor c = {{0}, 0};

    for (int64_t at = 0; at < l->length; at += run, tt_next_run(l, l->in_axes, &c))
        tt_lines_gather(k, l, buffer + (size_t)at * wide, l->pitch, src + c.offset * (int64_t)size, n, run, stride);
}

static void store_across(const tt_kernels *k, const tt_lines *l, char *dst, const char *buffer, int64_t n)
{
    size_t size = ttrt_dtype_size(l->out_dtype), wide = tt_type_size(tt_own_type(l->out_dtype));
    int64_t run = l->axes[l->n_axes - 1], stride = l->out_axes[l->n_axes - 1];
    tt_axis_cursor c = {{0}, 0};
    uint64_t lanes[TT_LINES];

    for (int64_t at = 0; at < l->length; tt_next_run(l, l->out_axes, &c))
        for (int64_t i = 0; i < run; i++, at++) {
            gather(lanes, buffer + (size_t)at * wide, n, l->pitch, wide);
            k->convert.store[l->out_dtype](dst + (c.offset + i * stride) * (int64_t)size, lanes, n);
        }
}

void tt_lines_seek(const tt_lines *l, int64_t tile, void *out, const void *in, tt_line_tile *t)
{
    int64_t per_tile = tt_lines_per_tile(l), of_last = tiles_of_last(l), last = l->n_kept - 1;
    int64_t at = tile % of_last * per_tile, outer = tile / of_last;
    int64_t from = at * l->in_kept[last], to = at * l->out_kept[last];

    t->n = l->kept[last] - at < per_tile ? l->kept[last] - at : per_tile;
    t->first = outer * l->kept[last] + at;
    for (int64_t d = last - 1; d >= 0; d--) {
        from += outer % l->kept[d] * l->in_kept[d];
        to += outer % l->kept[d] * l->out_kept[d];
        outer /= l->kept[d];
    }
    t->in = (const char *)in + from * (int64_t)ttrt_dtype_size(l->in_dtype);
    t->out = out ? (char *)out + to * (int64_t)ttrt_dtype_size(l->out_dtype) : NULL;
}

void tt_lines_load(const tt_kernels *k, const tt_lines *l, int64_t tile, void *out, const void *in, void *buffer,
                   tt_line_tile *t)
{
    size_t in_size = ttrt_dtype_size(l->in_dtype), out_size = ttrt_dtype_size(l->out_dtype);
    size_t wide = tt_type_size(tt_own_type(l->in_dtype)), out_wide = tt_type_size(tt_own_type(l->out_dtype));
    bool in_direct = direct(l->in_dtype, l->n_axes, l->in_axes),
         out_direct = direct(l->out_dtype, l->n_axes, l->out_axes);
    bool across = tt_lines_are_across(l);
    int last = l->n_kept - 1;

    tt_lines_seek(l, tile, out, in, t);
    if (across)
        load_across(k, l, buffer, t->in, t->n);
    for (int64_t i = 0; i < t->n; i++) {
        const char *src = t->in + i * l->in_kept[last] * (int64_t)in_size;
        char *own = buffer ? (char *)buffer + (size_t)(i * l->pitch) * wide : NULL;
        if (!in_direct && !across)
            load_line(k, l, own, src);
        t->line[i] = in_direct ? (const void *)src : own;
        if (out)
            t->target[i] = out_direct ? t->out + i * l->out_kept[last] * (int64_t)out_size
                                      : (char *)buffer + (size_t)(i * l->pitch) * out_wide;
    }
}

void tt_lines_store(const tt_kernels *k, const tt_lines *l, const tt_line_tile *t)
{
    size_t size = ttrt_dtype_size(l->out_dtype);
    int last = l->n_kept - 1;

    if (direct(l->out_dtype, l->n_axes, l->out_axes))
        return;
    if (t->n > 1 && l->out_kept[last] == 1) {
        store_across(k, l, t->out, t->target[0], t->n);
        return;
    }
    for (int64_t i = 0; i < t->n; i++)
        store_line(k, l, t->out + i * l->out_kept[last] * (int64_t)size, t->target[i]);
}
