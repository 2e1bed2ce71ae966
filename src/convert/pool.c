/* Pooling. An input without a batch gets one of 1. */
#include "convert/formula.h"

#include <string.h>

enum { MAX_SPATIAL = 3 };

/* The input as [n, c, spatial...]. */
static ttrt_status pool_input(tt_convert *c, const tt_node *n, int spatial, tt_tensor **x, bool *unbatched)
{
    TT_TRY(tt_arg_tensor(c, n, 0, x));
    *unbatched = (*x)->rank == spatial + 1;
    if (*unbatched)
        return tt_unsqueeze_at(c, *x, 0, x);
    if ((*x)->rank != spatial + 2)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of a tensor of rank %d", n->op->name, (*x)->rank);
    return TTRT_OK;
}

static ttrt_status finish_pool(tt_convert *c, const tt_node *n, bool unbatched, tt_tensor **made, tt_tensor **out)
{
    for (size_t i = 0; i < n->n_outs && made[i]; i++) {
        if (unbatched)
            TT_TRY(tt_squeeze_at(c, made[i], 0, &made[i]));
        TT_TRY(tt_finish(c, n, i, made[i], &out[i]));
    }
    return TTRT_OK;
}

typedef struct window {
    int64_t size[MAX_SPATIAL], stride[MAX_SPATIAL], padding[MAX_SPATIAL], dilation[MAX_SPATIAL];
} window;

/* No stride given means the window's size. */
static ttrt_status read_window(const tt_node *n, int spatial, window *w)
{
    TT_TRY(tt_arg_ints_now(n, 1, 1, spatial, w->size));
    TT_TRY(tt_arg_ints_now(n, 2, 1, spatial, w->stride));
    if (tt_arg_count(n, 2) == 0)
        memcpy(w->stride, w->size, sizeof w->stride);
    TT_TRY(tt_arg_ints_now(n, 3, 0, spatial, w->padding));
    return tt_arg_ints_now(n, tt_arg_find(n, "dilation"), 1, spatial, w->dilation);
}

/* The parameter is the number of spatial dimensions. */
static ttrt_status pool(tt_convert *c, const tt_node *n, tt_pooling_attrs *attrs, tt_tensor **out)
{
    int spatial = tt_converter_parameter(n);
    window w = {0};
    bool unbatched = false;
    tt_tensor *x = NULL, *made[2] = {NULL, NULL};
    TT_TRY(pool_input(c, n, spatial, &x, &unbatched));
    /* Means of integers are cut towards zero, as the cast back does; doubles hold them exactly. */
    if (attrs->type == TT_POOLING_AVERAGE && !tt_dtype_is_float(x->dtype))
        TT_TRY(tt_net_cast(c->net, x, TTRT_DTYPE_FLOAT64, &x));
    TT_TRY(read_window(n, spatial, &w));
    attrs->window_size = (tt_attr_ints){spatial, w.size};
    attrs->stride = (tt_attr_ints){spatial, w.stride};
    attrs->pre_padding = attrs->post_padding = (tt_attr_ints){spatial, w.padding};
    attrs->dilation = (tt_attr_ints){spatial, w.dilation};
    attrs->ceil_mode = tt_arg_bool(n, tt_arg_find(n, "ceil_mode"), false);
    TT_TRY(tt_net_add(c->net, TT_LAYER_POOLING, attrs, &x, 1, made));
    return finish_pool(c, n, unbatched, made, out);
}

/* Indices cost the layer its fast kernels: only where somebody reads them. */
static bool wants_indices(const tt_node *n) { return n->n_outs == 2 && tt_value_uses(n->graph, n->outs[1]) > 0; }

ttrt_status tt_convert_max_pool(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_pooling_attrs attrs = {.type = TT_POOLING_MAX, .has_indices = wants_indices(n)};
    return pool(c, n, &attrs, out);
}

ttrt_status tt_convert_avg_pool(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_pooling_attrs attrs = {.type = TT_POOLING_AVERAGE};
    attrs.average_count_excludes_padding = !tt_arg_bool(n, 5, true);
    TT_TRY(tt_arg_now(n, 6, 0, &attrs.divisor));
    if (!tt_arg_is_none(n, 6) && attrs.divisor == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: divisor_override is 0", n->op->name);
    return pool(c, n, &attrs, out);
}

/* ---- adaptive ---- */

static ttrt_status output_size(const tt_node *n, int spatial, tt_dim *size)
{
    size_t given = tt_arg_count(n, 1);
    if (given != 1 && given != (size_t)spatial)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: output_size has %zu items", n->op->name, given);
    for (int i = 0; i < spatial; i++)
        size[i] = tt_arg_dim_at(n, 1, given == 1 ? 0 : (size_t)i);
    return TTRT_OK;
}

/* Windows are equal and do not overlap where the sizes divide: ordinary pooling. */
static bool divides(const tt_tensor *x, int spatial, const tt_dim *size, int64_t *window_size)
{
    for (int i = 0; i < spatial; i++) {
        tt_dim in = x->dims[2 + i];
        if (!tt_dim_is_const(in) || !tt_dim_is_const(size[i]) || size[i].value <= 0 || in.value <= 0 ||
            in.value % size[i].value)
            return false;
        window_size[i] = in.value / size[i].value;
    }
    return true;
}

static bool is_global(int spatial, const tt_dim *size)
{
    for (int i = 0; i < spatial; i++)
        if (!tt_dim_is(size[i], 1))
            return false;
    return true;
}

static ttrt_status adaptive(tt_convert *c, tt_tensor *x, int spatial, const tt_dim *size, tt_enum_pooling type,
                            bool indices, tt_tensor **made)
{
    static const int64_t zeros[MAX_SPATIAL], ones[MAX_SPATIAL] = {1, 1, 1}, axes[MAX_SPATIAL] = {2, 3, 4};
    int64_t window_size[MAX_SPATIAL];
    if (!indices && is_global(spatial, size))
        return tt_net_reduce(c->net, type == TT_POOLING_MAX ? TT_REDUCE_MAX : TT_REDUCE_AVG, x, spatial, axes, true, 0,
                             made);
    if (divides(x, spatial, size, window_size)) {
        tt_attr_ints none = {spatial, zeros}, by_one = {spatial, ones}, sizes = {spatial, window_size};
        tt_pooling_attrs attrs = {.type = type,
                                  .window_size = sizes,
                                  .stride = sizes,
                                  .pre_padding = none,
                                  .post_padding = none,
                                  .dilation = by_one,
                                  .has_indices = indices};
        return tt_net_add(c->net, TT_LAYER_POOLING, &attrs, &x, 1, made);
    }
    tt_adaptive_pooling_attrs attrs = {.type = type, .output_size = {spatial, size}, .has_indices = indices};
    return tt_net_add(c->net, TT_LAYER_ADAPTIVE_POOLING, &attrs, &x, 1, made);
}

static ttrt_status adaptive_pool(tt_convert *c, const tt_node *n, tt_enum_pooling type, tt_tensor **out)
{
    int spatial = tt_converter_parameter(n);
    bool unbatched = false;
    tt_dim size[MAX_SPATIAL];
    tt_tensor *x = NULL, *made[2] = {NULL, NULL};
    TT_TRY(pool_input(c, n, spatial, &x, &unbatched));
    TT_TRY(output_size(n, spatial, size));
    TT_TRY(adaptive(c, x, spatial, size, type, type == TT_POOLING_MAX && wants_indices(n), made));
    return finish_pool(c, n, unbatched, made, out);
}

ttrt_status tt_convert_adaptive_avg_pool(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return adaptive_pool(c, n, TT_POOLING_AVERAGE, out);
}

ttrt_status tt_convert_adaptive_max_pool(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return adaptive_pool(c, n, TT_POOLING_MAX, out);
}

/* ---- unpooling ---- */

/* max_unpool2d, 3d: each value goes to its place in a plane of zeros. The parameter is the number of spatial
 * dimensions. */
ttrt_status tt_convert_max_unpool(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int spatial = tt_converter_parameter(n);
    tt_tensor *x = NULL, *index = NULL;
    tt_dim size[MAX_SPATIAL], planes[TT_MAX_RANK_NET], places[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &index));
    int lead = x->rank - spatial;
    if (lead < 1 || tt_arg_count(n, 2) != (size_t)spatial || index->rank != x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, x->rank);
    for (int i = 0; i < spatial; i++)
        size[i] = tt_arg_dim_at(n, 2, (size_t)i);
    memcpy(planes, x->dims, sizeof *planes * (size_t)lead);
    memcpy(places, x->dims, sizeof *places * (size_t)lead);
    planes[lead] = tt_dim_product(c->net->dims, size, (size_t)spatial);
    places[lead] = tt_dim_product(c->net->dims, x->dims + lead, (size_t)spatial);
    tt_tensor *zeros = tt_f_expand(c, tt_f_dim(c, tt_dim_const(0), x->dtype), lead + 1, planes);
    x = tt_f_scatter(c, TT_SCATTER_SET, zeros, tt_f_reshape(c, index, lead + 1, places),
                     tt_f_reshape(c, x, lead + 1, places), lead);
    memcpy(planes + lead, size, sizeof *size * (size_t)spatial);
    return tt_f_finish(c, n, 0, tt_f_reshape(c, x, lead + spatial, planes), out);
}
