/* Resizing of images, and sampling at points. */
#include "convert/formula.h"

enum { MAX_SPATIAL = 3 };

/* ---- interpolate ---- */

/* The scales that the caller gave, 0 for one that was not: PyTorch then takes the quotient of the sizes. Overloads .vec
 * have a list of them, the others one argument a dimension, the last ones. */
static int given_scales(const tt_node *n, int spatial, double *scales)
{
    size_t list = tt_arg_find(n, "scale_factors");
    bool any = false;
    for (int i = 0; i < spatial; i++) {
        size_t at = n->n_args - (size_t)spatial + (size_t)i;
        if (list < n->n_args)
            scales[i] =
                n->args[list].kind == TT_ARG_FLOATS && (size_t)i < n->args[list].n ? n->args[list].floats[i] : 0;
        else
            scales[i] = tt_arg_float(n, at, 0);
        any = any || scales[i] > 0;
    }
    return any ? spatial : 0;
}

static ttrt_status resized(tt_convert *c, const tt_node *n, bool antialias, tt_tensor **out)
{
    double scales[MAX_SPATIAL];
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    int spatial = x->rank - 2;
    if (spatial < 1 || spatial > MAX_SPATIAL || tt_out_rank(n) != x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, x->rank);
    tt_resize_attrs attrs = {.mode = tt_converter_parameter(n),
                             .output_size = {spatial, n->outs[0]->dims + 2},
                             .align_corners = tt_arg_bool(n, tt_arg_find(n, "align_corners"), false),
                             .antialias = antialias};
    attrs.scales = (tt_attr_floats){given_scales(n, spatial, scales), scales};
    TT_TRY(tt_net_add(c->net, TT_LAYER_RESIZE, &attrs, &x, 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* The parameter is the mode. */
ttrt_status tt_convert_resize(tt_convert *c, const tt_node *n, tt_tensor **out) { return resized(c, n, false, out); }

ttrt_status tt_convert_resize_antialias(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return resized(c, n, true, out);
}

/* ---- grid_sample ---- */

ttrt_status tt_convert_grid_sample(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    /* In the order of PyTorch's numbers. */
    static const tt_enum_interpolation modes[] = {TT_INTERPOLATION_LINEAR, TT_INTERPOLATION_NEAREST,
                                                  TT_INTERPOLATION_CUBIC};
    static const tt_enum_sample paddings[] = {TT_SAMPLE_ZEROS, TT_SAMPLE_CLAMP, TT_SAMPLE_REFLECT};
    int64_t mode = tt_arg_int(n, 2, -1), padding = tt_arg_int(n, 3, -1);
    tt_tensor *in[2] = {NULL}, *x = NULL;
    if (mode < 0 || mode >= (int64_t)TT_COUNT(modes) || padding < 0 || padding >= (int64_t)TT_COUNT(paddings))
        TT_FAIL(TTRT_ERR_FORMAT, "%s: mode %lld, padding %lld", n->op->name, (long long)mode, (long long)padding);
    TT_TRY(tt_arg_tensor(c, n, 0, &in[0]));
    TT_TRY(tt_arg_tensor(c, n, 1, &in[1]));
    tt_grid_sample_attrs attrs = {
        .interpolation_mode = modes[mode], .sample_mode = paddings[padding], .align_corners = tt_arg_bool(n, 4, false)};
    TT_TRY(tt_net_add(c->net, TT_LAYER_GRID_SAMPLE, &attrs, in, 2, &x));
    return tt_finish(c, n, 0, x, out);
}

/* Positions of a dimension in [-1, 1]: its ends with align_corners (0 for a single one), else its places' centers. */
static tt_tensor *positions(tt_convert *c, tt_dim size, tt_dtype dtype, bool align_corners)
{
    tt_tensor *i = tt_f_cast(c, tt_f_arange(c, size), dtype), *n = tt_f_dim(c, size, dtype);
    if (align_corners) {
        tt_tensor *steps = tt_f_with(c, TT_ELEMENTWISE_SUB, n, 1), *is_one = tt_f_with(c, TT_ELEMENTWISE_EQUAL, n, 1);
        tt_tensor *at = tt_f_binary(c, TT_ELEMENTWISE_DIV, tt_f_with(c, TT_ELEMENTWISE_PROD, i, 2), steps);
        return tt_f_select(c, is_one, tt_f_scalar(c, 0, at), tt_f_with(c, TT_ELEMENTWISE_SUB, at, 1));
    }
    tt_tensor *odd = tt_f_with(c, TT_ELEMENTWISE_SUM, tt_f_with(c, TT_ELEMENTWISE_PROD, i, 2), 1);
    return tt_f_with(c, TT_ELEMENTWISE_SUB, tt_f_binary(c, TT_ELEMENTWISE_DIV, odd, n), 1);
}

/* One coordinate of each place of the grid, in the grid's shape with a last dimension of 1. */
static tt_tensor *coordinate(tt_convert *c, int spatial, const tt_dim *size, int axis, tt_dtype dtype, bool corners)
{
    tt_dim apart[MAX_SPATIAL + 1], full[MAX_SPATIAL + 1];
    for (int d = 0; d < spatial; d++) {
        apart[d] = d == axis ? size[d] : tt_dim_const(1);
        full[d] = size[d];
    }
    apart[spatial] = full[spatial] = tt_dim_const(1);
    tt_tensor *x = tt_f_reshape(c, positions(c, size[axis], dtype, corners), spatial + 1, apart);
    return tt_f_expand(c, x, spatial + 1, full);
}

/* affine_grid: theta times (x, y, [z,] 1) of each place, x along the last dimension. */
ttrt_status tt_convert_affine_grid(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *theta = NULL, *parts[MAX_SPATIAL + 1], *grid = NULL;
    tt_dim size[TT_MAX_RANK_NET];
    int rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &theta));
    TT_TRY(tt_arg_dims(n, 1, size, &rank));
    int spatial = rank - 2;
    if (spatial < 2 || spatial > MAX_SPATIAL || theta->rank != 3)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: sizes of rank %d", n->op->name, rank);
    for (int k = 0; k < spatial; k++) {
        parts[k] = coordinate(c, spatial, size + 2, spatial - 1 - k, theta->dtype, tt_arg_bool(n, 2, false));
        if (!parts[k])
            return ttrt_last_error()->status;
    }
    parts[spatial] = tt_f_expand(c, tt_f_scalar(c, 1, theta), parts[0]->rank, parts[0]->dims);
    if (!parts[spatial])
        return ttrt_last_error()->status;
    TT_TRY(tt_net_concat(c->net, spatial + 1, parts, spatial, &grid));
    tt_dim places[2] = {tt_dim_product(c->net->dims, size + 2, (size_t)spatial), tt_dim_const(spatial + 1)};
    TT_TRY(tt_net_reshape(c->net, grid, 2, places, &grid));
    TT_TRY(tt_net_matmul(c->net, grid, false, theta, true, NULL, &grid));
    return tt_f_finish(c, n, 0, tt_f_reshape(c, grid, tt_out_rank(n), n->outs[0]->dims), out);
}
