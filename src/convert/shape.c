/* Operators that only move elements: views, permutations, slices, joins.
 *
 * What is computed here from arguments wins where it is a number; where it would be a long expression (a slice clamped
 * to a symbolic size), the graph's own dimension is taken: PyTorch's guards have simplified it, and the engine checks
 * it. */
#include "convert/formula.h"

#include <inttypes.h>
#include <string.h>

static ttrt_status finish_reshape(tt_convert *c, const tt_node *n, tt_tensor *x, int rank, const tt_dim *dims,
                                  tt_tensor **out)
{
    TT_TRY(tt_net_reshape(c->net, x, rank, dims, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- reshape ---- */

/* Replaces the one -1: by exact division, else by what the graph says it is. */
static void resolve_rest(tt_convert *c, tt_dim total, const tt_dim *known, int n_dims, tt_dim *dims)
{
    tt_dim others = tt_dim_const(1);
    int rest = -1;
    for (int d = 0; d < n_dims; d++) {
        if (tt_dim_is(dims[d], -1))
            rest = d;
        else
            others = tt_dim_mul(c->net->dims, others, dims[d]);
    }
    if (rest >= 0 && (tt_dim_is(others, 0) || !tt_dim_divide_exact(c->net->dims, total, others, &dims[rest])))
        dims[rest] = known[rest];
}

ttrt_status tt_convert_reshape(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    int rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_dims(n, 1, dims, &rank));
    if (rank != tt_out_rank(n))
        TT_FAIL(TTRT_ERR_FORMAT, "%s to rank %d gives rank %d", n->op->name, rank, tt_out_rank(n));
    resolve_rest(c, tt_dim_product(c->net->dims, x->dims, (size_t)x->rank), n->outs[0]->dims, rank, dims);
    return finish_reshape(c, n, x, rank, dims, out);
}

ttrt_status tt_convert_reshape_as(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *like = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &like));
    return finish_reshape(c, n, x, like->rank, like->dims, out);
}

/* flatten, ravel, prims.collapse: dimensions first to last become one. */
ttrt_status tt_convert_flatten(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    int64_t first = 0, last = 0;
    int rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &first));
    TT_TRY(tt_arg_axis(n, 2, -1, x->rank, &last));
    if (first > last)
        TT_FAIL(TTRT_ERR_FORMAT, "%s from dimension %" PRId64 " to %" PRId64, n->op->name, first, last);
    for (int d = 0; d < x->rank; d++) {
        if (d > first && d <= last)
            dims[rank - 1] = tt_dim_mul(c->net->dims, dims[rank - 1], x->dims[d]);
        else
            dims[rank++] = x->dims[d];
    }
    return finish_reshape(c, n, x, rank, dims, out);
}

ttrt_status tt_convert_unflatten(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim dims[TT_MAX_RANK_NET], sizes[TT_MAX_RANK_NET];
    int64_t axis = 0;
    int n_sizes = 0, rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    TT_TRY(tt_arg_dims(n, 2, sizes, &n_sizes));
    if (x->rank == 0 || x->rank - 1 + n_sizes != tt_out_rank(n))
        TT_FAIL(TTRT_ERR_FORMAT, "%s of rank %d into %d sizes gives rank %d", n->op->name, x->rank, n_sizes,
                tt_out_rank(n));
    resolve_rest(c, x->dims[axis], n->outs[0]->dims + axis, n_sizes, sizes);
    for (int d = 0; d < x->rank; d++) {
        if (d != axis) {
            dims[rank++] = x->dims[d];
            continue;
        }
        for (int i = 0; i < n_sizes; i++)
            dims[rank++] = sizes[i];
    }
    return finish_reshape(c, n, x, rank, dims, out);
}

ttrt_status tt_convert_unsqueeze(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank + 1, &axis));
    TT_TRY(tt_unsqueeze_at(c, x, (int)axis, &x));
    return tt_finish(c, n, 0, x, out);
}

/* All dimensions, one, or several; those of another size stay. A symbolic one is not 1: PyTorch exports it so. */
ttrt_status tt_convert_squeeze(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes = 0, rank = 0;
    bool drop[TT_MAX_RANK_NET] = {false};
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (n->n_args == 1 || tt_arg_count(n, 1) > 0)
        TT_TRY(tt_arg_axes(n, 1, x->rank, axes, &n_axes));
    for (int i = 0; i < n_axes; i++)
        drop[axes[i]] = tt_dim_is(x->dims[axes[i]], 1);
    for (int d = 0; d < x->rank; d++)
        if (!drop[d])
            dims[rank++] = x->dims[d];
    return finish_reshape(c, n, x, rank, dims, out);
}

/* Shape of atleast_1d, 2d, 3d. */
static ttrt_status at_least(tt_convert *c, tt_tensor *x, int rank, tt_tensor **out)
{
    if (rank == 3 && (x->rank == 1 || x->rank == 2)) {
        TT_TRY(tt_unsqueeze_at(c, x, x->rank, &x)); /* [n] -> [1, n, 1], [h, w] -> [h, w, 1] */
        return tt_net_rank_at_least(c->net, x, 3, out);
    }
    return tt_net_rank_at_least(c->net, x, rank, out);
}

/* The parameter is the rank. */
ttrt_status tt_convert_at_least(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_tensor *x = NULL;
        TT_TRY(n->args[0].kind == TT_ARG_VALUES ? tt_value_tensor(c, tt_arg_value_at(n, 0, i), &x)
                                                : tt_arg_tensor(c, n, 0, &x));
        TT_TRY(at_least(c, x, tt_converter_parameter(n), &x));
        TT_TRY(tt_finish(c, n, i, x, &out[i]));
    }
    return TTRT_OK;
}

/* ---- permutations ---- */

static ttrt_status finish_transpose(tt_convert *c, const tt_node *n, tt_tensor *x, const int64_t *permutation,
                                    tt_tensor **out)
{
    TT_TRY(tt_net_transpose(c->net, x, permutation, &x));
    return tt_finish(c, n, 0, x, out);
}

static ttrt_status axes_in_order(const tt_node *n, size_t arg, int rank, int64_t *axes)
{
    if (tt_arg_is_symbolic(n, arg))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s with symbolic dims", n->op->name);
    bool seen[TT_MAX_RANK_NET] = {false};
    for (size_t i = 0; i < tt_arg_count(n, arg); i++) {
        int64_t axis = tt_wrap_dim(tt_arg_dim_at(n, arg, i).value, rank);
        if (axis < 0 || axis >= (rank ? rank : 1) || seen[axis])
            TT_FAIL(TTRT_ERR_FORMAT, "%s: dims do not fit a tensor of rank %d", n->op->name, rank);
        seen[axis] = true;
        axes[i] = axis;
    }
    return TTRT_OK;
}

ttrt_status tt_convert_permute(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t permutation[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (tt_arg_count(n, 1) != (size_t)x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %zu dims of a tensor of rank %d", n->op->name, tt_arg_count(n, 1), x->rank);
    TT_TRY(axes_in_order(n, 1, x->rank, permutation));
    return finish_transpose(c, n, x, permutation, out);
}

static ttrt_status swap(tt_convert *c, const tt_node *n, tt_tensor *x, int64_t a, int64_t b, tt_tensor **out)
{
    int64_t permutation[TT_MAX_RANK_NET];
    for (int d = 0; d < x->rank; d++)
        permutation[d] = d == a ? b : d == b ? a : d;
    return finish_transpose(c, n, x, permutation, out);
}

ttrt_status tt_convert_transpose(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t a = 0, b = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &a));
    TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &b));
    return swap(c, n, x, a, b, out);
}

/* t, mT, mH, adjoint: the last two; t leaves vectors as they are. */
ttrt_status tt_convert_matrix_transpose(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    return x->rank < 2 ? tt_finish(c, n, 0, x, out) : swap(c, n, x, x->rank - 2, x->rank - 1, out);
}

ttrt_status tt_convert_reverse_dims(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t permutation[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    for (int d = 0; d < x->rank; d++)
        permutation[d] = x->rank - 1 - d;
    return finish_transpose(c, n, x, permutation, out);
}

ttrt_status tt_convert_movedim(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t from[TT_MAX_RANK_NET], to[TT_MAX_RANK_NET], permutation[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    size_t count = tt_arg_count(n, 1);
    if (count != tt_arg_count(n, 2) || count > (size_t)x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: source and destination do not fit", n->op->name);
    TT_TRY(axes_in_order(n, 1, x->rank, from));
    TT_TRY(axes_in_order(n, 2, x->rank, to));
    bool moved[TT_MAX_RANK_NET] = {false}, taken[TT_MAX_RANK_NET] = {false};
    for (size_t i = 0; i < count; i++) {
        permutation[to[i]] = from[i];
        moved[from[i]] = taken[to[i]] = true;
    }
    for (int d = 0, next = 0; d < x->rank; d++) {
        if (taken[d])
            continue;
        while (moved[next])
            next++;
        permutation[d] = next++;
    }
    return finish_transpose(c, n, x, permutation, out);
}

/* ---- expand and repeat ---- */

ttrt_status tt_convert_expand(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    int rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_dims(n, 1, dims, &rank));
    if (rank < x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of rank %d to rank %d", n->op->name, x->rank, rank);
    for (int d = 0; d < rank; d++)
        if (tt_dim_is(dims[d], -1))
            dims[d] = d >= rank - x->rank ? x->dims[d - (rank - x->rank)] : tt_dim_const(1);
    TT_TRY(tt_net_expand(c->net, x, rank, dims, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_expand_as(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *like = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &like));
    TT_TRY(tt_net_expand(c->net, x, like->rank, like->dims, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_broadcast_tensors(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_tensor *x = NULL;
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 0, i), &x));
        TT_TRY(tt_net_expand(c->net, x, (int)n->outs[i]->rank, n->outs[i]->dims, &x));
        TT_TRY(tt_finish(c, n, i, x, &out[i]));
    }
    return TTRT_OK;
}

ttrt_status tt_convert_broadcast_in_dim(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim dims[TT_MAX_RANK_NET], shape[TT_MAX_RANK_NET];
    int rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_dims(n, 1, shape, &rank));
    for (int d = 0; d < rank; d++)
        dims[d] = tt_dim_const(1);
    for (size_t i = 0; i < tt_arg_count(n, 2); i++) {
        tt_dim at = tt_arg_dim_at(n, 2, i);
        if (!tt_dim_is_const(at) || at.value < 0 || at.value >= rank || i >= (size_t)x->rank)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: broadcast_dimensions do not fit", n->op->name);
        dims[at.value] = x->dims[i];
    }
    TT_TRY(tt_net_reshape(c->net, x, rank, dims, &x));
    TT_TRY(tt_net_expand(c->net, x, rank, shape, &x));
    return tt_finish(c, n, 0, x, out);
}

/* repeat, tile: each repeated dimension d becomes [1, d], is expanded to [times, d], and joined again. */
ttrt_status tt_convert_repeat(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim times[TT_MAX_RANK_NET], apart[2 * TT_MAX_RANK_NET], expanded[2 * TT_MAX_RANK_NET], joined[TT_MAX_RANK_NET];
    int n_times = 0, rank = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_dims(n, 1, times, &n_times));
    int out_rank = n_times > x->rank ? n_times : x->rank;
    TT_TRY(tt_net_rank_at_least(c->net, x, out_rank, &x));
    for (int d = 0; d < out_rank; d++) {
        /* tile's list may be the shorter one: ones are put before it. */
        tt_dim by = d < out_rank - n_times ? tt_dim_const(1) : times[d - (out_rank - n_times)];
        joined[d] = tt_dim_mul(c->net->dims, by, x->dims[d]);
        if (!tt_dim_is(by, 1) && !tt_dim_is(x->dims[d], 1)) {
            apart[rank] = tt_dim_const(1);
            expanded[rank++] = by;
            by = tt_dim_const(1);
        }
        apart[rank] = x->dims[d];
        expanded[rank++] = tt_dim_mul(c->net->dims, by, x->dims[d]);
    }
    if (rank > TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of rank %d", n->op->name, out_rank);
    TT_TRY(tt_net_reshape(c->net, x, rank, apart, &x));
    TT_TRY(tt_net_expand(c->net, x, rank, expanded, &x));
    return finish_reshape(c, n, x, out_rank, joined, out);
}

/* ---- slices ---- */

/* What the graph says, unless the computed one is a number. */
static tt_dim better_known(tt_dim computed, tt_dim graph) { return tt_dim_is_const(computed) ? computed : graph; }

/* An index that may count from the end. */
static tt_dim wrapped_index(tt_dims *t, tt_dim i, tt_dim size)
{
    int64_t min = 0, max = 0;
    tt_dim_range(i, &min, &max);
    if (min >= 0)
        return i;
    tt_dim from_end = tt_dim_add(t, i, size);
    if (max < 0)
        return from_end;
    tt_dim is_negative = tt_dim_op(t, TT_EXPR_LT, 2, (tt_dim[]){i, tt_dim_const(0)});
    return tt_dim_op(t, TT_EXPR_SELECT, 3, (tt_dim[]){is_negative, from_end, i});
}

static tt_dim clamped_index(tt_dims *t, tt_dim i, tt_dim size)
{
    /* sys.maxsize means the end, and must not enter any arithmetic. */
    if (tt_dim_is_const(i) && i.value > INT64_MAX / 2)
        return size;
    if (tt_dim_is_const(i) && i.value < -(INT64_MAX / 2))
        return tt_dim_const(0);
    tt_dim low = tt_dim_min(t, wrapped_index(t, i, size), size);
    return tt_dim_max(t, low, tt_dim_const(0));
}

typedef struct span {
    tt_dim start, size, end;
    int64_t step, axis;
} span;

/* Python's slice of a dimension. */
static ttrt_status read_span(tt_convert *c, const tt_node *n, size_t first_arg, const tt_tensor *x, span *s)
{
    tt_dims *t = c->net->dims;
    TT_TRY(tt_arg_axis(n, first_arg, 0, x->rank, &s->axis));
    TT_TRY(tt_arg_now(n, first_arg + 3, 1, &s->step));
    if (x->rank == 0 || s->step < 1)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: step %" PRId64 " on a tensor of rank %d", n->op->name, s->step, x->rank);
    tt_dim all = x->dims[s->axis];
    s->start = clamped_index(t, tt_arg_dim(n, first_arg + 1, 0), all);
    s->end = tt_dim_max(t, s->start, clamped_index(t, tt_arg_dim(n, first_arg + 2, INT64_MAX), all));
    s->size = tt_dim_ceildiv(t, tt_dim_sub(t, s->end, s->start), tt_dim_const(s->step));
    return TTRT_OK;
}

ttrt_status tt_convert_slice(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    span s;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(read_span(c, n, 1, x, &s));
    tt_dim told = tt_dim_const(0);
    TT_TRY(tt_out_dim(n, s.axis, &told));
    TT_TRY(tt_bind_size(c, told, s.size));
    s.size = better_known(s.size, told);
    if (tt_dim_is(s.start, 0) && s.step == 1 && tt_dim_equal(s.size, x->dims[s.axis]))
        return tt_finish(c, n, 0, x, out);
    TT_TRY(tt_net_slice(c->net, x, (int)s.axis, s.start, s.size, s.step, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_select(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    if (x->rank == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a 0-d tensor", n->op->name);
    tt_dim index = wrapped_index(c->net->dims, tt_arg_dim(n, 2, 0), x->dims[axis]);
    TT_TRY(tt_net_slice(c->net, x, (int)axis, index, tt_dim_const(1), 1, &x));
    TT_TRY(tt_squeeze_at(c, x, (int)axis, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_narrow(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    if (x->rank == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a 0-d tensor", n->op->name);
    tt_dim start = wrapped_index(c->net->dims, tt_arg_dim(n, 2, 0), x->dims[axis]);
    TT_TRY(tt_net_slice(c->net, x, (int)axis, start, tt_arg_dim(n, 3, 0), 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* split, chunk, tensor_split into sections: pieces of a dimension one after the other, as long as the graph says. */
ttrt_status tt_convert_split(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    tt_dim start = tt_dim_const(0);
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &axis));
    for (size_t i = 0; i < n->n_outs; i++) {
        if (n->outs[i]->rank != (size_t)x->rank || x->rank == 0)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: pieces of another rank", n->op->name);
        tt_dim size = n->outs[i]->dims[axis];
        tt_tensor *piece = NULL;
        TT_TRY(tt_net_slice(c->net, x, (int)axis, start, size, 1, &piece));
        TT_TRY(tt_finish(c, n, i, piece, &out[i]));
        start = tt_dim_add(c->net->dims, start, size);
    }
    return TTRT_OK;
}

/* tensor_split.indices, hsplit, vsplit, dsplit: Python slices between the indices, which may cross. The parameter is
 * the axis of the [hvd]split, -1 where it is an argument. */
static ttrt_status split_axis(const tt_node *n, int rank, int64_t *axis)
{
    int given = tt_converter_parameter(n);
    if (given < 0)
        return tt_arg_axis(n, 2, 0, rank, axis);
    *axis = given == 1 && rank == 1 ? 0 : given;
    if (*axis >= rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, rank);
    return TTRT_OK;
}

/* Indices in a tensor: one less than the pieces. */
bool tt_split_at_accepts(const tt_node *n, tt_reason *why)
{
    const tt_value *at = n->args[1].kind == TT_ARG_VALUE ? n->args[1].value : NULL;
    return !at || at->kind != TT_VALUE_TENSOR || (at->rank == 1 && tt_dim_is(at->dims[0], (int64_t)n->n_outs - 1)) ||
           tt_refuse(why, "is told a number of pieces by a tensor");
}

ttrt_status tt_convert_split_at(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *indices = NULL;
    tt_dims *t = c->net->dims;
    int64_t axis = 0;
    bool by_sections = n->args[1].kind == TT_ARG_INT;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(split_axis(n, x->rank, &axis));
    if (n->args[1].kind == TT_ARG_VALUE && n->args[1].value->kind == TT_VALUE_TENSOR)
        TT_TRY(tt_arg_tensor_as(c, n, 1, TTRT_DTYPE_INT64, &indices));
    tt_dim start = tt_dim_const(0);
    for (size_t i = 0; i < n->n_outs; i++) {
        if (n->outs[i]->rank != (size_t)x->rank || x->rank == 0)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: pieces of another rank", n->op->name);
        bool is_last = i + 1 == n->n_outs;
        tt_dim end = x->dims[axis], size = n->outs[i]->dims[axis];
        tt_tensor *piece = NULL;
        if (!by_sections) {
            tt_dim index = tt_dim_const(0);
            if (indices && !is_last)
                TT_TRY(tt_number_at(c, indices, (int64_t)i, &index));
            else if (!is_last)
                index = tt_arg_dim_at(n, 1, i);
            end = is_last ? end : clamped_index(t, index, end);
            tt_dim computed = tt_dim_max(t, tt_dim_sub(t, end, start), tt_dim_const(0));
            TT_TRY(tt_bind_size(c, size, computed));
            size = better_known(computed, size);
        }
        TT_TRY(tt_net_slice(c->net, x, (int)axis, start, size, 1, &piece));
        TT_TRY(tt_finish(c, n, i, piece, &out[i]));
        start = by_sections ? tt_dim_add(t, start, size) : end;
    }
    return TTRT_OK;
}

ttrt_status tt_convert_unbind(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    if (x->rank == 0 || !tt_dim_is(x->dims[axis], (int64_t)n->n_outs))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of a dimension that is not %zu", n->op->name, n->n_outs);
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_tensor *piece = NULL;
        TT_TRY(tt_net_slice(c->net, x, (int)axis, tt_dim_const((int64_t)i), tt_dim_const(1), 1, &piece));
        TT_TRY(tt_squeeze_at(c, piece, (int)axis, &piece));
        TT_TRY(tt_finish(c, n, i, piece, &out[i]));
    }
    return TTRT_OK;
}

/* ---- joins ---- */

/* PyTorch has always let tensors of shape [0] join any others. */
static bool is_legacy_empty(const tt_tensor *x) { return x->rank == 1 && tt_dim_is(x->dims[0], 0); }

static ttrt_status join(tt_convert *c, const tt_node *n, int count, tt_tensor **x, int64_t axis, tt_tensor **out)
{
    tt_tensor *y = count == 1 ? x[0] : NULL;
    if (count != 1)
        TT_TRY(tt_net_concat(c->net, count, x, axis, &y));
    return tt_finish(c, n, 0, y, out);
}

static ttrt_status list_of(tt_convert *c, const tt_node *n, int *count, tt_tensor ***out)
{
    *count = (int)tt_arg_count(n, 0);
    *out = tt_arena_array(c->net->arena, (size_t)*count + 1, sizeof **out);
    if (*out == NULL)
        return TTRT_ERR_MEMORY;
    if (*count == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of no tensors", n->op->name);
    for (int i = 0; i < *count; i++) {
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 0, (size_t)i), &(*out)[i]));
        TT_TRY(tt_net_cast(c->net, (*out)[i], tt_out_dtype(n), &(*out)[i]));
    }
    return TTRT_OK;
}

ttrt_status tt_convert_cat(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor **x = NULL;
    int count = 0, kept = 0;
    int64_t axis = 0;
    TT_TRY(list_of(c, n, &count, &x));
    for (int i = 0; i < count; i++)
        if (tt_out_rank(n) == 1 || !is_legacy_empty(x[i]))
            x[kept++] = x[i];
    if (kept == 0)
        kept = 1;
    TT_TRY(tt_arg_axis(n, 1, 0, x[0]->rank, &axis));
    return join(c, n, kept, x, axis, out);
}

ttrt_status tt_convert_stack(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor **x = NULL;
    int count = 0;
    int64_t axis = 0;
    TT_TRY(list_of(c, n, &count, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x[0]->rank + 1, &axis));
    for (int i = 0; i < count; i++)
        TT_TRY(tt_unsqueeze_at(c, x[i], (int)axis, &x[i]));
    return join(c, n, count, x, axis, out);
}

/* hstack, vstack, dstack (parameter 1, 2, 3: the rank wanted at least). */
ttrt_status tt_convert_stack_at_least(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor **x = NULL;
    int count = 0, rank = tt_converter_parameter(n);
    TT_TRY(list_of(c, n, &count, &x));
    for (int i = 0; i < count; i++)
        TT_TRY(at_least(c, x[i], rank, &x[i]));
    int64_t axis = rank == 3 ? 2 : rank == 2 || x[0]->rank == 1 ? 0 : 1;
    return join(c, n, count, x, axis, out);
}

/* Vectors are columns. */
ttrt_status tt_convert_column_stack(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor **x = NULL;
    int count = 0;
    TT_TRY(list_of(c, n, &count, &x));
    for (int i = 0; i < count; i++) {
        TT_TRY(tt_net_rank_at_least(c->net, x[i], 1, &x[i]));
        if (x[i]->rank == 1)
            TT_TRY(tt_unsqueeze_at(c, x[i], 1, &x[i]));
    }
    return join(c, n, count, x, 1, out);
}

/* ---- writing into slices ---- */

/* [0, start) of x, src, [end, size) of x */
static ttrt_status spliced(tt_convert *c, tt_tensor *x, tt_tensor *src, int axis, tt_dim start, tt_dim end,
                           tt_tensor **out)
{
    tt_tensor *parts[3];
    int n = 0;
    if (!tt_dim_is(start, 0))
        TT_TRY(tt_net_slice(c->net, x, axis, tt_dim_const(0), start, 1, &parts[n++]));
    parts[n++] = src;
    tt_dim rest = tt_dim_sub(c->net->dims, x->dims[axis], end);
    if (!tt_dim_is(rest, 0))
        TT_TRY(tt_net_slice(c->net, x, axis, end, rest, 1, &parts[n++]));
    *out = src;
    return n == 1 ? TTRT_OK : tt_net_concat(c->net, n, parts, axis, out);
}

/* Positions start, start + step, ... of a dimension. */
static ttrt_status put_at_steps(tt_convert *c, tt_tensor *x, tt_tensor *src, const span *s, tt_tensor **out)
{
    tt_tensor *index = NULL, *first = NULL;
    tt_fill_attrs steps = {.operation = TT_FILL_LINSPACE,
                           .dimensions = {1, &src->dims[s->axis]},
                           .to_type = TTRT_DTYPE_INT64,
                           .beta = (double)s->step,
                           .beta_int = s->step};
    TT_TRY(tt_net_add(c->net, TT_LAYER_FILL, &steps, NULL, 0, &index));
    TT_TRY(tt_net_dim_tensor(c->net, s->start, TTRT_DTYPE_INT64, 1, &first));
    TT_TRY(tt_net_elementwise(c->net, TT_ELEMENTWISE_SUM, index, first, &index));
    tt_index_put_attrs put = {.axes = {1, &s->axis}, .position = s->axis};
    return tt_net_add(c->net, TT_LAYER_INDEX_PUT, &put, (tt_tensor *[]){x, src, index}, 3, out);
}

ttrt_status tt_convert_slice_scatter(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *src = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    span s;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &src));
    TT_TRY(read_span(c, n, 2, x, &s));
    for (int d = 0; d < x->rank; d++)
        dims[d] = d == s.axis ? s.size : x->dims[d];
    TT_TRY(tt_net_expand(c->net, src, x->rank, dims, &src));
    if (s.step == 1)
        TT_TRY(spliced(c, x, src, (int)s.axis, s.start, s.end, &x));
    else
        TT_TRY(put_at_steps(c, x, src, &s, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_select_scatter(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *src = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &src));
    TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &axis));
    if (x->rank == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a 0-d tensor", n->op->name);
    tt_dim start = wrapped_index(c->net->dims, tt_arg_dim(n, 3, 0), x->dims[axis]);
    for (int d = 0; d < x->rank; d++)
        dims[d] = d == axis ? tt_dim_const(1) : x->dims[d];
    TT_TRY(tt_net_reshape(c->net, src, x->rank, dims, &src));
    TT_TRY(spliced(c, x, src, (int)axis, start, tt_dim_add(c->net->dims, start, tt_dim_const(1)), &x));
    return tt_finish(c, n, 0, x, out);
}
