/* See binders.h. */
#include "engine/cpu/binders.h"

#include <string.h>

#include "engine/cpu/kernels/nonzero.h"
#include "engine/cpu/plan.h"

/* The ranges that exporting proved or the program demands (torch._check); a symbol that an input gives too is one. */
static ttrt_status set_symbol(const tt_binder *b, int64_t value, int64_t *values)
{
    const tt_symbol *s = b->symbol;
    const char *name = b->layer->name ? b->layer->name : "";

    if (value < s->min && s->max == TT_DIM_NO_MAX)
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' gives %lld, the program allows %lld and more", name, (long long)value,
                (long long)s->min);
    if (value < s->min || value > s->max)
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' gives %lld, the program allows %lld to %lld", name, (long long)value,
                (long long)s->min, (long long)s->max);
    if (values[s->index] != TT_DIM_UNBOUND && values[s->index] != value)
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' gives %s = %lld, an input gives %lld", name, s->name, (long long)value,
                (long long)values[s->index]);
    values[s->index] = value;
    return TTRT_OK;
}

ttrt_status tt_binder_bind(const tt_binder *b, const tt_view *from, const void *src, const tt_threads *threads,
                           int64_t *values, tt_view *to)
{
    if (b->layer->kind == TT_LAYER_ITEM) {
        tt_view_contiguous(to, from->dtype, 0, NULL);
        return set_symbol(b, tt_load_i64(src, from->dtype), values);
    }
    int64_t count = tt_nonzero_count(threads, from, src);
    tt_view_contiguous(to, TTRT_DTYPE_INT64, 2, (int64_t[]){count, from->rank});
    return set_symbol(b, count, values);
}

void tt_binder_write(const tt_binder *b, const tt_view *to, void *dst, const tt_view *from, const void *src)
{
    if (b->layer->kind == TT_LAYER_ITEM)
        memcpy(dst, src, sizeof(int64_t));
    else
        tt_nonzero_write(from, src, dst, from->rank, 1, to->dims[0]);
}
