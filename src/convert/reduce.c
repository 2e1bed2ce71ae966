/* Reductions, and the running sums and products of a dimension. */
#include "convert/formula.h"

#include <math.h>

/* The input in the type to reduce in, of rank 1 at least, and what to reduce over. */
typedef struct reduction {
    tt_tensor *x;
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes;
    bool keep;
} reduction;

/* dim (dims in prims) and keepdim are found by name; without them all is reduced. A 0-d tensor is one of one element:
 * tt_finish brings it back. */
static ttrt_status read_reduction(tt_convert *c, const tt_node *n, tt_dtype dtype, reduction *r)
{
    size_t dim = tt_arg_find(n, "dim");
    if (dim == n->n_args)
        dim = tt_arg_find(n, "dims");
    TT_TRY(tt_arg_tensor_as(c, n, 0, dtype, &r->x));
    TT_TRY(tt_arg_axes(n, dim, r->x->rank, r->axes, &r->n_axes));
    r->keep = tt_arg_bool(n, tt_arg_find(n, "keepdim"), false);
    if (r->x->rank == 0) {
        TT_TRY(tt_net_rank_at_least(c->net, r->x, 1, &r->x));
        r->axes[r->n_axes++] = 0;
    }
    return TTRT_OK;
}

static tt_tensor *reduced(tt_convert *c, tt_enum_reduce op, const reduction *r, double parameter)
{
    return tt_f_reduce(c, op, r->x, r->n_axes, r->axes, r->keep, parameter);
}

/* sum, prod, mean, amax, amin: in the result's type; PyTorch sums integers and bool as int64. */
ttrt_status tt_convert_reduce(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    reduction r = {0};
    TT_TRY(read_reduction(c, n, tt_out_dtype(n), &r));
    return tt_f_finish(c, n, 0, reduced(c, tt_converter_parameter(n), &r, 0), out);
}

/* any, all: of what is not 0. */
ttrt_status tt_convert_reduce_bool(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    reduction r = {0};
    TT_TRY(read_reduction(c, n, TTRT_DTYPE_BOOL, &r));
    return tt_f_finish(c, n, 0, reduced(c, tt_converter_parameter(n), &r, 0), out);
}

/* nansum, nanmean (parameter 1): NaN counts as nothing. */
ttrt_status tt_convert_nan_reduce(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool is_mean = tt_converter_parameter(n) == 1;
    reduction r = {0}, present = {0};
    TT_TRY(read_reduction(c, n, tt_compute_dtype(tt_out_dtype(n)), &r));
    if (!tt_dtype_is_float(r.x->dtype))
        return tt_f_finish(c, n, 0, reduced(c, TT_REDUCE_SUM, &r, 0), out);
    present = r;
    tt_tensor *is_nan = tt_f_unary(c, TT_UNARY_ISNAN, r.x);
    r.x = tt_f_select(c, is_nan, tt_f_scalar(c, 0, r.x), r.x);
    tt_tensor *sum = reduced(c, TT_REDUCE_SUM, &r, 0);
    if (!is_mean)
        return tt_f_finish(c, n, 0, sum, out);
    present.x = tt_f_cast(c, tt_f_unary(c, TT_UNARY_NOT, is_nan), present.x->dtype);
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_DIV, sum, reduced(c, TT_REDUCE_SUM, &present, 0)), out);
}

/* ---- extrema and where they are ---- */

/* The layer has no order for truth values. */
static tt_tensor *ordered(tt_convert *c, tt_tensor *x)
{
    return x && x->dtype == TTRT_DTYPE_BOOL ? tt_f_cast(c, x, TTRT_DTYPE_INT32) : x;
}

static ttrt_status position(tt_convert *c, const tt_node *n, size_t i, tt_tensor *x, int64_t axis, bool is_max,
                            tt_tensor **out)
{
    tt_arg_reduce_attrs attrs = {.is_max = is_max, .axis = axis};
    tt_tensor *y = ordered(c, x);
    if (y == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_net_add(c->net, TT_LAYER_ARG_REDUCE, &attrs, &y, 1, &y));
    if (tt_out_rank(n) < x->rank)
        TT_TRY(tt_squeeze_at(c, y, (int)axis, &y));
    return tt_finish(c, n, i, y, out);
}

/* max.dim, min.dim: values and indices. */
ttrt_status tt_convert_extremum_dim(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool is_max = tt_converter_parameter(n) == TT_REDUCE_MAX;
    reduction r = {0};
    TT_TRY(read_reduction(c, n, tt_out_dtype(n), &r));
    TT_TRY(tt_f_finish(c, n, 0, reduced(c, tt_converter_parameter(n), &r, 0), &out[0]));
    return position(c, n, 1, r.x, r.axes[0], is_max, &out[1]);
}

/* argmax, argmin (parameter 0): of the flattened tensor where no dim is given. */
ttrt_status tt_convert_arg_extremum(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (tt_arg_is_none(n, 1)) {
        TT_TRY(tt_flatten(c, x, &x));
    } else {
        TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
        TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    }
    tt_arg_reduce_attrs attrs = {.is_max = tt_converter_parameter(n) == 1, .axis = axis};
    if ((x = ordered(c, x)) == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_net_add(c->net, TT_LAYER_ARG_REDUCE, &attrs, &x, 1, &x));
    if (!tt_arg_is_none(n, 1) && !tt_arg_bool(n, 2, false))
        TT_TRY(tt_squeeze_at(c, x, (int)axis, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_aminmax(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    reduction r = {0};
    TT_TRY(read_reduction(c, n, tt_out_dtype(n), &r));
    TT_TRY(tt_f_finish(c, n, 0, reduced(c, TT_REDUCE_MIN, &r, 0), &out[0]));
    return tt_f_finish(c, n, 1, reduced(c, TT_REDUCE_MAX, &r, 0), &out[1]);
}

/* ---- variance ---- */

/* `correction` may be None, which is 1; older forms have `unbiased`. */
static double correction_of(const tt_node *n)
{
    size_t unbiased = tt_arg_find(n, "unbiased");
    return unbiased < n->n_args ? (double)tt_arg_bool(n, unbiased, true)
                                : tt_arg_float(n, tt_arg_find(n, "correction"), 1);
}

/* var, std, var_mean, std_mean; the parameter is 1 where the root is wanted. */
ttrt_status tt_convert_variance(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    reduction r = {0};
    TT_TRY(read_reduction(c, n, tt_compute_dtype(tt_out_dtype(n)), &r));
    tt_tensor *y = reduced(c, TT_REDUCE_VARIANCE, &r, correction_of(n));
    if (tt_converter_parameter(n) == 1)
        y = tt_f_unary(c, TT_UNARY_SQRT, y);
    TT_TRY(tt_f_finish(c, n, 0, y, &out[0]));
    return n->n_outs > 1 ? tt_f_finish(c, n, 1, reduced(c, TT_REDUCE_AVG, &r, 0), &out[1]) : TTRT_OK;
}

/* ---- norms ---- */

static tt_tensor *norm_of(tt_convert *c, reduction *r, double order)
{
    if (isinf(order)) {
        r->x = tt_f_unary(c, TT_UNARY_ABS, r->x);
        return reduced(c, order > 0 ? TT_REDUCE_MAX : TT_REDUCE_MIN, r, 0);
    }
    if (order == 0) {
        r->x = tt_f_cast(c, tt_f_with(c, TT_ELEMENTWISE_NOT_EQUAL, r->x, 0), r->x->dtype);
        return reduced(c, TT_REDUCE_SUM, r, 0);
    }
    return reduced(c, TT_REDUCE_NORM, r, order);
}

/* linalg_vector_norm, norm: the order is argument `ord` or `p`, 2 where it is None. */
ttrt_status tt_convert_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    size_t order = tt_arg_find(n, "ord");
    reduction r = {0};
    if (order == n->n_args)
        order = tt_arg_find(n, "p");
    TT_TRY(read_reduction(c, n, tt_compute_dtype(tt_out_dtype(n)), &r));
    return tt_f_finish(c, n, 0, norm_of(c, &r, tt_arg_float(n, order, 2)), out);
}

/* log(sum(exp(x - max))) + max; an infinite maximum is not subtracted, as it would give NaN. */
ttrt_status tt_convert_logsumexp(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    reduction r = {0};
    TT_TRY(read_reduction(c, n, tt_compute_dtype(tt_out_dtype(n)), &r));
    tt_tensor *max = tt_f_reduce(c, TT_REDUCE_MAX, r.x, r.n_axes, r.axes, true, 0);
    max = tt_f_select(c, tt_f_unary(c, TT_UNARY_ISINF, max), tt_f_scalar(c, 0, max), max);
    tt_tensor *y = tt_f_unary(c, TT_UNARY_EXP, tt_f_binary(c, TT_ELEMENTWISE_SUB, r.x, max));
    y = tt_f_unary(c, TT_UNARY_LOG, tt_f_reduce(c, TT_REDUCE_SUM, y, r.n_axes, r.axes, true, 0));
    y = tt_f_binary(c, TT_ELEMENTWISE_SUM, y, max);
    /* Dimensions of 1 go: the maximum of one element is itself. */
    if (!r.keep)
        y = tt_f_reduce(c, TT_REDUCE_MAX, y, r.n_axes, r.axes, false, 0);
    return tt_f_finish(c, n, 0, y, out);
}

ttrt_status tt_convert_count_nonzero(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    reduction r = {0};
    TT_TRY(read_reduction(c, n, TTRT_DTYPE_BOOL, &r));
    r.x = tt_f_cast(c, r.x, TTRT_DTYPE_INT64);
    return tt_f_finish(c, n, 0, reduced(c, TT_REDUCE_SUM, &r, 0), out);
}

/* Sums away what a broadcast from `size` would have made. */
ttrt_status tt_convert_sum_to_size(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim size[TT_MAX_RANK_NET];
    int64_t axes[TT_MAX_RANK_NET];
    int rank = 0, n_axes = 0;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &x));
    TT_TRY(tt_arg_dims(n, 1, size, &rank));
    int lead = x->rank - rank;
    if (lead < 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of rank %d to rank %d", n->op->name, x->rank, rank);
    for (int d = 0; d < x->rank; d++)
        if (d < lead || (tt_dim_is(size[d - lead], 1) && !tt_dim_is(x->dims[d], 1)))
            axes[n_axes++] = d;
    if (n_axes > 0)
        TT_TRY(tt_net_reduce(c->net, TT_REDUCE_SUM, x, n_axes, axes, true, 0, &x));
    TT_TRY(tt_net_reshape(c->net, x, rank, size, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- running ---- */

/* cumsum, cumprod; one element is its own sum. */
ttrt_status tt_convert_cumulative(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_cumulative_attrs attrs = {.operation = tt_converter_parameter(n)};
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &attrs.axis));
    if (x->rank > 0)
        TT_TRY(tt_net_add(c->net, TT_LAYER_CUMULATIVE, &attrs, &x, 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* cummax, cummin: the index is that of the last element up to here that equals the extremum, or of the last NaN. */
ttrt_status tt_convert_cumulative_extremum(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_cumulative_attrs attrs = {.operation = tt_converter_parameter(n)}, latest = {.operation = TT_CUMULATIVE_MAX};
    tt_tensor *x = NULL, *best = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &attrs.axis));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    if ((x = ordered(c, x)) == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_net_add(c->net, TT_LAYER_CUMULATIVE, &attrs, &x, 1, &best));
    TT_TRY(tt_finish(c, n, 0, best, &out[0]));
    tt_tensor *is_best = tt_f_binary(c, TT_ELEMENTWISE_EQUAL, x, best);
    if (tt_dtype_is_float(x->dtype))
        is_best = tt_f_binary(c, TT_ELEMENTWISE_OR, is_best, tt_f_unary(c, TT_UNARY_ISNAN, x));
    for (int d = 0; d < x->rank; d++)
        dims[d] = d == attrs.axis ? x->dims[d] : tt_dim_const(1);
    tt_tensor *place = tt_f_reshape(c, tt_f_arange(c, x->dims[attrs.axis]), x->rank, dims);
    place = tt_f_select(c, is_best, place, place ? tt_f_scalar(c, 0, place) : NULL);
    if (place == NULL)
        return ttrt_last_error()->status;
    latest.axis = attrs.axis;
    TT_TRY(tt_net_add(c->net, TT_LAYER_CUMULATIVE, &latest, &place, 1, &place));
    return tt_finish(c, n, 1, place, &out[1]);
}

/* x[1:] - x[:-1] along a dimension, n times, with tensors put before and after first. */
static ttrt_status difference(tt_convert *c, tt_tensor *x, int axis, tt_tensor **out)
{
    tt_dim fewer = tt_dim_max(c->net->dims, tt_dim_sub(c->net->dims, x->dims[axis], tt_dim_const(1)), tt_dim_const(0));
    tt_tensor *later = NULL, *earlier = NULL;
    /* Of nothing there is no second element to start from. */
    tt_dim first = tt_dim_is(x->dims[axis], 0) ? tt_dim_const(0) : tt_dim_const(1);
    TT_TRY(tt_net_slice(c->net, x, axis, first, fewer, 1, &later));
    TT_TRY(tt_net_slice(c->net, x, axis, tt_dim_const(0), fewer, 1, &earlier));
    tt_enum_elementwise op = x->dtype == TTRT_DTYPE_BOOL ? TT_ELEMENTWISE_XOR : TT_ELEMENTWISE_SUB;
    return tt_net_elementwise(c->net, op, later, earlier, out);
}

ttrt_status tt_convert_diff(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *parts[3], *x = NULL;
    int n_parts = 0;
    int64_t times = 0, axis = 0;
    TT_TRY(tt_arg_now(n, 1, 1, &times));
    for (size_t i = 0; i < 3; i++) {
        size_t at = (const size_t[]){3, 0, 4}[i];
        TT_TRY(tt_arg_tensor_as(c, n, at, tt_out_dtype(n), &x));
        if (x)
            parts[n_parts++] = x;
    }
    TT_TRY(tt_arg_axis(n, 2, -1, parts[0]->rank, &axis));
    if (parts[0]->rank == 0 || times < 0 || times > 64)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s, %lld times, of rank %d", n->op->name, (long long)times, parts[0]->rank);
    x = parts[0];
    if (n_parts > 1 && times > 0)
        TT_TRY(tt_net_concat(c->net, n_parts, parts, axis, &x));
    else if (n_parts > 1)
        TT_TRY(tt_arg_tensor(c, n, 0, &x));
    for (int64_t i = 0; i < times; i++)
        TT_TRY(difference(c, x, (int)axis, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- counts ---- */

enum { MAX_BINS = 1 << 23 }; /* a float32 tells them apart */

typedef struct range {
    tt_tensor *low, *high;
} range;

/* The extremum of a row; of an empty one `none`. */
static tt_tensor *extremum_or(tt_convert *c, tt_enum_reduce op, tt_tensor *x, double none)
{
    tt_tensor *parts[2] = {x, tt_f_scalar(c, none, x)};
    if (!parts[1] || tt_net_concat(c->net, 2, parts, 0, &x) != TTRT_OK)
        return NULL;
    return tt_f_reduce(c, op, x, 1, &(int64_t){0}, false, 0);
}

/* Of the elements themselves; around it where all are equal. It must be finite. */
static ttrt_status range_of_elements(tt_convert *c, tt_tensor *x, range *r)
{
    tt_check_attrs attrs = {.message = "histc: the range of the elements is not finite"};
    tt_tensor *low = extremum_or(c, TT_REDUCE_MIN, x, INFINITY), *high = extremum_or(c, TT_REDUCE_MAX, x, -INFINITY);
    tt_tensor *width = tt_f_binary(c, TT_ELEMENTWISE_SUB, high, low);
    tt_tensor *same = tt_f_cast(c, tt_f_with(c, TT_ELEMENTWISE_EQUAL, width, 0), x->dtype);
    tt_tensor *is_finite = tt_f_with(c, TT_ELEMENTWISE_LESS, width, INFINITY);
    r->low = tt_f_binary(c, TT_ELEMENTWISE_SUB, low, same);
    r->high = tt_f_binary(c, TT_ELEMENTWISE_SUM, high, same);
    if (!is_finite || !r->low || !r->high)
        return ttrt_last_error()->status;
    return tt_net_add(c->net, TT_LAYER_CHECK, &attrs, &is_finite, 1, &is_finite);
}

/* histc: how many elements lie in each of the equal parts of a range. */
ttrt_status tt_convert_histc(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double low = tt_arg_float(n, 2, 0), high = tt_arg_float(n, 3, 0);
    int64_t bins = 0;
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_now(n, 1, 100, &bins));
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), &x));
    TT_TRY(tt_flatten(c, x, &x));
    if (!tt_dtype_is_float(x->dtype) || bins < 1 || bins > MAX_BINS || !(low <= high))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of %s: %lld bins from %g to %g", n->op->name, ttrt_dtype_name(x->dtype),
                (long long)bins, low, high);
    range r = {tt_f_scalar(c, low, x), tt_f_scalar(c, high, x)};
    if (low == high)
        TT_TRY(range_of_elements(c, x, &r));
    tt_tensor *from_low = tt_f_with(c, TT_ELEMENTWISE_PROD, tt_f_binary(c, TT_ELEMENTWISE_SUB, x, r.low), (double)bins);
    tt_tensor *bin = tt_f_binary(c, TT_ELEMENTWISE_DIV, from_low, tt_f_binary(c, TT_ELEMENTWISE_SUB, r.high, r.low));
    bin = tt_f_with(c, TT_ELEMENTWISE_MIN, bin, (double)(bins - 1)); /* the last one has its end */
    tt_tensor *is_inside = tt_f_binary(c, TT_ELEMENTWISE_AND, tt_f_binary(c, TT_ELEMENTWISE_GREATER_EQUAL, x, r.low),
                                       tt_f_binary(c, TT_ELEMENTWISE_LESS_EQUAL, x, r.high));
    bin =
        tt_f_select(c, is_inside, bin, tt_f_scalar(c, (double)bins, x)); /* what lies outside: a count to be dropped */
    tt_dim n_counts = tt_dim_const(bins + 1);
    tt_tensor *zeros = tt_f_expand(c, tt_f_scalar(c, 0, x), 1, &n_counts);
    tt_tensor *ones = tt_f_expand(c, tt_f_scalar(c, 1, x), 1, x->dims);
    tt_tensor *counts = tt_f_scatter(c, TT_SCATTER_ADD, zeros, tt_f_cast(c, bin, TTRT_DTYPE_INT64), ones, 0);
    return tt_f_finish(c, n, 0, tt_f_slice(c, counts, 0, tt_dim_const(0), tt_dim_const(bins), 1), out);
}
