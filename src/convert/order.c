/* Sorting, and what is read off a sorted row. A 0-d tensor is a row of one: tt_finish brings it back. */
#include "convert/formula.h"

static ttrt_status read_row(tt_convert *c, const tt_node *n, size_t dim_at, int64_t fallback, tt_tensor **x,
                            int64_t *axis)
{
    TT_TRY(tt_arg_tensor(c, n, 0, x));
    TT_TRY(tt_arg_axis(n, dim_at, fallback, (*x)->rank, axis));
    return tt_net_rank_at_least(c->net, *x, 1, x);
}

static ttrt_status sorted(tt_convert *c, tt_tensor *x, int64_t axis, bool descending, tt_tensor **values_and_indices)
{
    tt_sort_attrs attrs = {.axis = axis, .descending = descending, .stable = true};
    return tt_net_add(c->net, TT_LAYER_SORT, &attrs, &x, 1, values_and_indices);
}

/* ---- sort, topk ---- */

/* sort, argsort, msort; the parameter is the output of the layer that is the node's first. */
ttrt_status tt_convert_sort(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    size_t dim = tt_arg_find(n, "dim");
    tt_tensor *x = NULL, *made[2];
    int64_t axis = 0;
    TT_TRY(read_row(c, n, dim, dim < n->n_args ? -1 : 0, &x, &axis));
    TT_TRY(sorted(c, x, axis, tt_arg_bool(n, tt_arg_find(n, "descending"), false), made));
    for (size_t i = 0; i < n->n_outs; i++)
        TT_TRY(tt_finish(c, n, i, made[i + (size_t)tt_converter_parameter(n)], &out[i]));
    return TTRT_OK;
}

ttrt_status tt_convert_topk(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_topk_attrs attrs = {
        .k = tt_arg_dim(n, 1, 1), .largest = tt_arg_bool(n, 3, true), .sorted = tt_arg_bool(n, 4, true)};
    tt_tensor *x = NULL, *made[2];
    TT_TRY(read_row(c, n, 2, -1, &x, &attrs.axis));
    TT_TRY(tt_net_add(c->net, TT_LAYER_TOPK, &attrs, &x, 1, made));
    TT_TRY(tt_finish(c, n, 0, made[0], &out[0]));
    return tt_finish(c, n, 1, made[1], &out[1]);
}

/* ---- one element of the sorted row ---- */

/* Values and indices at a place of the row, the axis dropped where the result has fewer dimensions. */
static ttrt_status picked(tt_convert *c, const tt_node *n, tt_tensor **from, tt_tensor *place, int64_t axis,
                          tt_tensor **out)
{
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_tensor *x = NULL;
        TT_TRY(tt_net_gather(c->net, TT_GATHER_ELEMENT, from[i], place, axis, false, &x));
        if (tt_out_rank(n) < x->rank)
            TT_TRY(tt_squeeze_at(c, x, (int)axis, &x));
        TT_TRY(tt_finish(c, n, i, x, &out[i]));
    }
    return TTRT_OK;
}

/* A place known now, for each row. */
static tt_tensor *same_place(tt_convert *c, const tt_tensor *x, int64_t axis, tt_dim place)
{
    tt_dim dims[TT_MAX_RANK_NET];
    for (int d = 0; d < x->rank; d++)
        dims[d] = d == axis ? tt_dim_const(1) : x->dims[d];
    return tt_f_expand(c, tt_f_dim(c, place, TTRT_DTYPE_INT64), x->rank, dims);
}

ttrt_status tt_convert_kthvalue(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *made[2];
    int64_t axis = 0;
    TT_TRY(read_row(c, n, 2, -1, &x, &axis));
    TT_TRY(sorted(c, x, axis, false, made));
    tt_tensor *place = same_place(c, x, axis, tt_dim_sub(c->net->dims, tt_arg_dim(n, 1, 1), tt_dim_const(1)));
    return place ? picked(c, n, made, place, axis, out) : ttrt_last_error()->status;
}

/* The lower middle of what is no NaN. NaN sort last: for median one of them is the result, where there is any. */
static tt_tensor *middle(tt_convert *c, tt_tensor *x, tt_tensor *values, int64_t axis, bool ignore_nan)
{
    tt_dims *t = c->net->dims;
    tt_dim last = tt_dim_sub(t, x->dims[axis], tt_dim_const(1));
    tt_tensor *half = same_place(c, x, axis, tt_dim_floordiv(t, last, tt_dim_const(2)));
    if (!tt_dtype_is_float(x->dtype))
        return half;
    tt_tensor *is_nan = tt_f_unary(c, TT_UNARY_ISNAN, values);
    tt_tensor *nans = tt_f_reduce(c, TT_REDUCE_SUM, tt_f_cast(c, is_nan, TTRT_DTYPE_INT64), 1, &axis, true, 0);
    tt_tensor *n = tt_f_dim(c, x->dims[axis], TTRT_DTYPE_INT64), *numbers = tt_f_binary(c, TT_ELEMENTWISE_SUB, n, nans);
    if (!ignore_nan)
        return tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_EQUAL, nans, 0), half, numbers); /* the first NaN */
    tt_tensor *place = tt_f_with(c, TT_ELEMENTWISE_FLOOR_DIV, tt_f_with(c, TT_ELEMENTWISE_SUB, numbers, 1), 2);
    return tt_f_with(c, TT_ELEMENTWISE_MAX, place, 0); /* all are NaN */
}

/* median, nanmedian (parameter 1); of the flattened tensor without a dim. */
ttrt_status tt_convert_median(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *made[2];
    int64_t axis = 0;
    if (n->n_args > 1) {
        TT_TRY(read_row(c, n, 1, -1, &x, &axis));
    } else {
        TT_TRY(tt_arg_tensor(c, n, 0, &x));
        TT_TRY(tt_flatten(c, x, &x));
    }
    if (tt_dim_is(x->dims[axis], 0))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of no elements", n->op->name);
    TT_TRY(sorted(c, x, axis, false, made));
    tt_tensor *place = middle(c, x, made[0], axis, tt_converter_parameter(n) == 1);
    return place ? picked(c, n, made, place, axis, out) : ttrt_last_error()->status;
}

/* ---- searchsorted, bucketize ---- */

static bool is_right(const tt_node *n)
{
    const char *side = tt_arg_string(n, tt_arg_find(n, "side"), NULL);
    return side ? side[0] == 'r' : tt_arg_bool(n, tt_arg_find(n, "right"), false);
}

/* Boundaries [..., m], values [..., k] of as many dimensions, or any shape for one row of boundaries. */
static ttrt_status search(tt_convert *c, const tt_node *n, size_t row_at, size_t values_at, tt_tensor **out)
{
    const size_t args[] = {row_at, values_at};
    tt_dtype dtype = tt_result_dtype(n, 2, args);
    size_t sorter_at = tt_arg_find(n, "sorter");
    tt_tensor *row = NULL, *values = NULL, *sorter = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, row_at, dtype, &row));
    TT_TRY(tt_arg_operand(c, n, values_at, dtype, 0, &values));
    TT_TRY(tt_arg_tensor(c, n, sorter_at, &sorter));
    if (sorter)
        TT_TRY(tt_net_gather(c->net, TT_GATHER_ELEMENT, row, sorter, row->rank - 1, false, &row));
    return tt_f_finish(c, n, 0, tt_f_search(c, row, values, is_right(n)), out);
}

ttrt_status tt_convert_searchsorted(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return search(c, n, 0, 1, out);
}

ttrt_status tt_convert_bucketize(tt_convert *c, const tt_node *n, tt_tensor **out) { return search(c, n, 1, 0, out); }

/* ---- isin ---- */

enum { FEW = 32 }; /* test elements: as many comparisons take less than a search */

static tt_tensor *is_any_of(tt_convert *c, tt_tensor *x, tt_tensor *set)
{
    tt_tensor *row = NULL;
    if (tt_unsqueeze_at(c, x, x->rank, &row) != TTRT_OK)
        return NULL;
    return tt_f_reduce(c, TT_REDUCE_ANY, tt_f_binary(c, TT_ELEMENTWISE_EQUAL, row, set), 1, &(int64_t){x->rank}, false,
                       0);
}

/* More elements of the set are at most x than are less. A NaN equals nothing and must not lead the search past what x
 * equals: the negated set, sorted with its NaN first, is in order for it. */
static tt_tensor *is_found_in(tt_convert *c, tt_tensor *x, tt_tensor *set)
{
    bool negate = tt_dtype_is_float(set->dtype);
    tt_tensor *made[2];
    if (sorted(c, set, 0, negate, made) != TTRT_OK)
        return NULL;
    tt_tensor *row = negate ? tt_f_unary(c, TT_UNARY_NEG, made[0]) : made[0];
    tt_tensor *value = negate ? tt_f_unary(c, TT_UNARY_NEG, x) : x;
    return tt_f_binary(c, TT_ELEMENTWISE_GREATER, tt_f_search(c, row, value, true), tt_f_search(c, row, value, false));
}

/* Whether an element is any of the test elements; with `invert` none of them. */
ttrt_status tt_convert_isin(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_result_dtype(n, 2, (const size_t[]){0, 1});
    tt_tensor *x = NULL, *set = tt_f_arg(c, n, 1, dtype, 1);
    TT_TRY(tt_arg_operand(c, n, 0, dtype, 0, &x));
    if (set == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_flatten(c, set, &set));
    bool few = tt_dim_is_const(set->dims[0]) && set->dims[0].value <= FEW;
    tt_tensor *y = few ? is_any_of(c, x, set) : is_found_in(c, x, set);
    return tt_f_finish(c, n, 0, tt_arg_bool(n, 3, false) ? tt_f_unary(c, TT_UNARY_NOT, y) : y, out);
}
