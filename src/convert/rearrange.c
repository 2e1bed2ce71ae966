/* Operators that move elements in other ways than views do: flips, rolls, diagonals, windows, shuffles of channels. */
#include "convert/formula.h"

#include <string.h>

/* ---- flips and rolls ---- */

static tt_tensor *flipped(tt_convert *c, tt_tensor *x, int64_t axis)
{
    if (!x || x->rank == 0)
        return x;
    tt_dim last = tt_dim_sub(c->net->dims, x->dims[axis], tt_dim_const(1));
    return tt_f_slice(c, x, (int)axis, last, x->dims[axis], -1);
}

ttrt_status tt_convert_flip(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (tt_arg_count(n, 1) > 0) /* no dims: nothing, where other operators mean all */
        TT_TRY(tt_arg_axes(n, 1, x->rank, axes, &n_axes));
    for (int i = 0; i < n_axes; i++)
        x = flipped(c, x, axes[i]);
    return tt_f_finish(c, n, 0, x, out);
}

/* fliplr, flipud: the parameter is the axis. */
ttrt_status tt_convert_flip_axis(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (tt_converter_parameter(n) >= x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, x->rank);
    return tt_f_finish(c, n, 0, flipped(c, x, tt_converter_parameter(n)), out);
}

/* A quarter turn swaps the two dimensions and reverses one of them; a half turn reverses both. */
ttrt_status tt_convert_rot90(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t turns = 0, dims[2], permutation[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_now(n, 1, 1, &turns));
    if (tt_arg_count(n, 2) != 2 || tt_arg_is_symbolic(n, 2))
        TT_FAIL(TTRT_ERR_FORMAT, "%s: dims are not two numbers", n->op->name);
    for (int i = 0; i < 2; i++)
        dims[i] = tt_wrap_dim(tt_arg_dim_at(n, 2, (size_t)i).value, x->rank);
    if (dims[0] == dims[1] || dims[0] < 0 || dims[1] < 0 || dims[0] >= x->rank || dims[1] >= x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: dims do not fit a tensor of rank %d", n->op->name, x->rank);
    turns = (turns % 4 + 4) % 4;
    if (turns == 1 || turns == 2)
        x = flipped(c, x, dims[1]);
    if (turns == 2 || turns == 3)
        x = flipped(c, x, dims[0]);
    if (x && turns % 2 == 1) {
        for (int d = 0; d < x->rank; d++)
            permutation[d] = d == dims[0] ? dims[1] : d == dims[1] ? dims[0] : d;
        x = tt_f_transpose(c, x, permutation);
    }
    return tt_f_finish(c, n, 0, x, out);
}

/* The last `shift` elements of a dimension go first. */
static ttrt_status rolled(tt_convert *c, tt_tensor *x, tt_dim shift, int axis, tt_tensor **out)
{
    tt_dims *t = c->net->dims;
    tt_dim size = x->dims[axis];
    tt_tensor *parts[2];
    *out = x;
    if (tt_dim_is(size, 0))
        return TTRT_OK;
    tt_dim first = tt_dim_mod(t, shift, size), start = tt_dim_sub(t, size, first);
    if (tt_dim_is(first, 0))
        return TTRT_OK;
    TT_TRY(tt_net_slice(c->net, x, axis, start, first, 1, &parts[0]));
    TT_TRY(tt_net_slice(c->net, x, axis, tt_dim_const(0), start, 1, &parts[1]));
    return tt_net_concat(c->net, 2, parts, axis, out);
}

/* Without dims the tensor is rolled as one row. */
ttrt_status tt_convert_roll(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    size_t count = tt_arg_count(n, 1);
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (tt_arg_count(n, 2) == 0) {
        TT_TRY(tt_flatten(c, x, &x));
        TT_TRY(rolled(c, x, tt_arg_dim_at(n, 1, 0), 0, &x));
        return tt_f_finish(c, n, 0, tt_f_reshape(c, x, tt_out_rank(n), n->outs[0]->dims), out);
    }
    if (count != tt_arg_count(n, 2))
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %zu shifts, %zu dims", n->op->name, count, tt_arg_count(n, 2));
    for (size_t i = 0; i < count; i++) {
        int64_t axis = tt_wrap_dim(tt_arg_dim_at(n, 2, i).value, x->rank);
        if (axis < 0 || axis >= (x->rank ? x->rank : 1))
            TT_FAIL(TTRT_ERR_FORMAT, "%s: dims do not fit a tensor of rank %d", n->op->name, x->rank);
        if (x->rank > 0)
            TT_TRY(rolled(c, x, tt_arg_dim_at(n, 1, i), (int)axis, &x));
    }
    return tt_finish(c, n, 0, x, out);
}

/* ---- diagonals ---- */

typedef struct plane { /* two dimensions of a tensor, and a diagonal of them */
    int64_t row, col;
    tt_dim offset;
} plane;

/* A number whose negative is one too. */
static ttrt_status read_offset(const tt_node *n, size_t at, tt_dim *out)
{
    *out = tt_arg_dim(n, at, 0);
    if (!tt_dim_is_const(*out) || out->value == INT64_MIN)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of a diagonal that is not known, or out of range", n->op->name);
    return TTRT_OK;
}

static ttrt_status read_plane(const tt_node *n, size_t offset_at, int rank, plane *p)
{
    TT_TRY(tt_arg_axis(n, tt_arg_find(n, "dim1"), 0, rank, &p->row));
    TT_TRY(tt_arg_axis(n, tt_arg_find(n, "dim2"), 1, rank, &p->col));
    TT_TRY(read_offset(n, offset_at, &p->offset));
    if (rank < 2 || p->row == p->col)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of dimensions %lld and %lld of rank %d", n->op->name, (long long)p->row,
                (long long)p->col, rank);
    return TTRT_OK;
}

/* The order of dimensions in which the plane is the last two. */
static void plane_last(int rank, const plane *p, int64_t *permutation)
{
    int k = 0;
    for (int d = 0; d < rank; d++)
        if (d != p->row && d != p->col)
            permutation[k++] = d;
    permutation[k++] = p->row;
    permutation[k] = p->col;
}

static void inverted(int rank, const int64_t *permutation, int64_t *out)
{
    for (int d = 0; d < rank; d++)
        out[permutation[d]] = d;
}

/* Where element i of a diagonal lies in the plane as one row: it starts at (max(0, -offset), max(0, offset)) and steps
 * by a row and a column. Not negative: a diagonal outside the plane has no elements. */
static tt_dim diagonal_start(tt_dims *t, tt_dim n_cols, int64_t offset)
{
    return offset >= 0 ? tt_dim_const(offset) : tt_dim_mul(t, n_cols, tt_dim_const(-offset));
}

static tt_dim diagonal_size(tt_dims *t, tt_dim n_rows, tt_dim n_cols, int64_t offset)
{
    tt_dim rows = offset < 0 ? tt_dim_add(t, n_rows, tt_dim_const(offset)) : n_rows;
    tt_dim cols = offset > 0 ? tt_dim_sub(t, n_cols, tt_dim_const(offset)) : n_cols;
    return tt_dim_max(t, tt_dim_min(t, rows, cols), tt_dim_const(0));
}

static ttrt_status take_diagonal(tt_convert *c, tt_tensor *x, const plane *p, tt_tensor **out)
{
    tt_dims *t = c->net->dims;
    int64_t permutation[TT_MAX_RANK_NET];
    int last = x->rank - 2;
    plane_last(x->rank, p, permutation);
    TT_TRY(tt_net_transpose(c->net, x, permutation, &x));
    tt_dim n_rows = x->dims[last], n_cols = x->dims[last + 1], dims[TT_MAX_RANK_NET];
    tt_dim size = diagonal_size(t, n_rows, n_cols, p->offset.value);
    memcpy(dims, x->dims, sizeof *dims * (size_t)last);
    if (tt_dim_is(size, 0)) {
        /* A slice of nothing, wherever it would have started. */
        TT_TRY(tt_net_slice(c->net, x, last, tt_dim_const(0), size, 1, &x));
        dims[last] = size;
        return tt_net_reshape(c->net, x, last + 1, dims, out);
    }
    tt_dim start = diagonal_start(t, n_cols, p->offset.value);
    dims[last] = tt_dim_mul(t, n_rows, n_cols);
    TT_TRY(tt_net_reshape(c->net, x, last + 1, dims, &x));
    if (tt_dim_is_const(n_cols))
        return tt_net_slice(c->net, x, last, start, size, n_cols.value + 1, out);
    tt_tensor *step = tt_f_dim(c, tt_dim_add(t, n_cols, tt_dim_const(1)), TTRT_DTYPE_INT64);
    tt_tensor *at = tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_arange(c, size), step);
    at = tt_f_binary(c, TT_ELEMENTWISE_SUM, at, tt_f_dim(c, start, TTRT_DTYPE_INT64));
    *out = tt_f_gather(c, TT_GATHER_DEFAULT, x, at, last, false);
    return *out ? TTRT_OK : ttrt_last_error()->status;
}

ttrt_status tt_diagonal_of(tt_convert *c, tt_tensor *x, int64_t row, int64_t col, tt_tensor **out)
{
    return take_diagonal(c, x, &(plane){row, col, tt_dim_const(0)}, out);
}

ttrt_status tt_convert_diagonal(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    plane p;
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(read_plane(n, 1, x->rank, &p));
    TT_TRY(take_diagonal(c, x, &p, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_trace(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    plane p = {0, 1, tt_dim_const(0)};
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &x));
    if (x->rank != 2)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, x->rank);
    TT_TRY(take_diagonal(c, x, &p, &x));
    return tt_f_finish(c, n, 0, tt_f_reduce(c, TT_REDUCE_SUM, x, 1, (int64_t[]){0}, false, 0), out);
}

/* True on a diagonal of an n_rows x n_cols plane: column = row + offset. */
static tt_tensor *on_diagonal(tt_convert *c, tt_dim n_rows, tt_dim n_cols, int64_t offset)
{
    tt_tensor *row = tt_f_with(c, TT_ELEMENTWISE_SUM, tt_f_arange(c, n_rows), (double)offset);
    row = tt_f_reshape(c, row, 2, (tt_dim[]){n_rows, tt_dim_const(1)});
    return tt_f_binary(c, TT_ELEMENTWISE_EQUAL, row, tt_f_arange(c, n_cols));
}

/* A tensor whose last dimension becomes a diagonal of a square of zeros, in place of it. */
static tt_tensor *embedded(tt_convert *c, tt_tensor *x, int64_t offset)
{
    tt_dims *t = c->net->dims;
    int64_t before = offset < 0 ? -offset : 0;
    tt_dim side = tt_dim_add(t, x->dims[x->rank - 1], tt_dim_const(offset < 0 ? -offset : offset));
    /* Row i holds element i - before: padded to the side, each element is broadcast along its row. */
    tt_dim pre[TT_MAX_RANK_NET], post[TT_MAX_RANK_NET];
    for (int d = 0; d < x->rank; d++)
        pre[d] = post[d] = tt_dim_const(0);
    pre[x->rank - 1] = tt_dim_const(before);
    post[x->rank - 1] = tt_dim_const(offset > 0 ? offset : 0);
    tt_pad_attrs attrs = {
        .pre_padding = {x->rank, pre}, .post_padding = {x->rank, post}, .mode = TT_PAD_CONSTANT, .value = 0};
    tt_tensor *padded = x, *column = NULL;
    if (offset != 0 && tt_net_add(c->net, TT_LAYER_PAD, &attrs, &x, 1, &padded) != TTRT_OK)
        return NULL;
    if (tt_unsqueeze_at(c, padded, padded->rank, &column) != TTRT_OK)
        return NULL;
    return tt_f_select(c, on_diagonal(c, side, side, offset), column, tt_f_scalar(c, 0, column));
}

ttrt_status tt_convert_diag_embed(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    plane p;
    tt_tensor *x = NULL;
    int64_t permutation[TT_MAX_RANK_NET], back[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    TT_TRY(read_plane(n, 1, x->rank + 1, &p));
    if ((x = embedded(c, x, p.offset.value)) == NULL)
        return ttrt_last_error()->status;
    plane_last(x->rank, &p, permutation);
    inverted(x->rank, permutation, back);
    TT_TRY(tt_net_transpose(c->net, x, back, &x));
    return tt_finish(c, n, 0, x, out);
}

/* diag: a vector becomes a matrix, a matrix gives its diagonal. diagflat (parameter 1): any tensor is a vector. */
ttrt_status tt_convert_diag(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    const bool flat = tt_converter_parameter(n) == 1;
    plane p = {.row = 0, .col = 1};
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(read_offset(n, 1, &p.offset));
    if (!flat && x->rank != 1 && x->rank != 2)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of a tensor of rank %d", n->op->name, x->rank);
    if (flat) {
        TT_TRY(tt_flatten(c, x, &x));
    }
    if (x->rank < 2)
        return tt_f_finish(c, n, 0, embedded(c, x, p.offset.value), out);
    TT_TRY(take_diagonal(c, x, &p, &x));
    return tt_finish(c, n, 0, x, out);
}

/* Where the plane's diagonal is, src: spread as diag_embed does, cut to the plane. */
ttrt_status tt_convert_diagonal_scatter(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    plane p;
    tt_tensor *x = NULL, *src = NULL;
    int64_t permutation[TT_MAX_RANK_NET], back[TT_MAX_RANK_NET];
    tt_dim zero = tt_dim_const(0), pre[TT_MAX_RANK_NET], post[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &src));
    TT_TRY(read_plane(n, 2, x->rank, &p));
    if (src->rank != x->rank - 1)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: a source of rank %d for a tensor of rank %d", n->op->name, src->rank, x->rank);
    plane_last(x->rank, &p, permutation);
    inverted(x->rank, permutation, back);
    TT_TRY(tt_net_transpose(c->net, x, permutation, &x));
    tt_dim n_rows = x->dims[x->rank - 2], n_cols = x->dims[x->rank - 1];
    /* One element a row of the plane, those before and after the diagonal never looked at. */
    int64_t before = p.offset.value < 0 ? -p.offset.value : 0;
    for (int d = 0; d < src->rank; d++)
        pre[d] = post[d] = zero;
    pre[src->rank - 1] = tt_dim_const(before);
    post[src->rank - 1] =
        tt_dim_sub(c->net->dims, tt_dim_sub(c->net->dims, n_rows, src->dims[src->rank - 1]), pre[src->rank - 1]);
    tt_pad_attrs attrs = {.pre_padding = {src->rank, pre}, .post_padding = {src->rank, post}, .mode = TT_PAD_CONSTANT};
    if (!tt_dim_is(pre[src->rank - 1], 0) || !tt_dim_is(post[src->rank - 1], 0))
        TT_TRY(tt_net_add(c->net, TT_LAYER_PAD, &attrs, &src, 1, &src));
    TT_TRY(tt_unsqueeze_at(c, src, src->rank, &src));
    x = tt_f_select(c, on_diagonal(c, n_rows, n_cols, p.offset.value), src, x);
    return tt_f_finish(c, n, 0, tt_f_transpose(c, x, back), out);
}

/* ---- windows ---- */

/* [n, size]: i * step + j */
static tt_tensor *window_places(tt_convert *c, tt_dim n, tt_dim size, tt_dim step)
{
    tt_tensor *start = tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_arange(c, n), tt_f_dim(c, step, TTRT_DTYPE_INT64));
    start = tt_f_reshape(c, start, 2, (tt_dim[]){n, tt_dim_const(1)});
    return tt_f_binary(c, TT_ELEMENTWISE_SUM, start, tt_f_arange(c, size));
}

/* Tensor.unfold: the windows of a dimension in its place, their elements last. */
ttrt_status tt_convert_unfold(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0, permutation[TT_MAX_RANK_NET];
    tt_dim size = tt_arg_dim(n, 2, 1), step = tt_arg_dim(n, 3, 1);
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    tt_dim n_windows;
    TT_TRY(tt_out_dim(n, axis, &n_windows));
    tt_tensor *places = window_places(c, n_windows, size, step);
    if (tt_out_rank(n) != x->rank + 1) /* of a 0-d tensor: one window of one element, [1] */
        return tt_f_finish(c, n, 0, x, out);
    x = tt_f_gather(c, TT_GATHER_DEFAULT, x, places, axis, false);
    for (int d = 0; x && d < x->rank; d++)
        permutation[d] = d == x->rank - 1 ? axis + 1 : d <= axis ? d : d + 1;
    return tt_f_finish(c, n, 0, tt_f_transpose(c, x, permutation), out);
}

/* im2col, and col2im (parameter 1): of an image with a batch or without. */
ttrt_status tt_convert_fold(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool inverse = tt_converter_parameter(n) == 1;
    int64_t window[2], dilation[2], padding[2], stride[2];
    tt_dim size[TT_MAX_RANK_NET];
    int n_size = 0;
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "kernel_size"), 1, 2, window));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "dilation"), 1, 2, dilation));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "padding"), 0, 2, padding));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "stride"), 1, 2, stride));
    if (inverse)
        TT_TRY(tt_arg_dims(n, 1, size, &n_size));
    bool unbatched = x->rank == (inverse ? 2 : 3);
    if (unbatched)
        TT_TRY(tt_unsqueeze_at(c, x, 0, &x));
    tt_fold_attrs attrs = {.inverse = inverse,
                           .output_size = {n_size, size},
                           .window_size = {2, window},
                           .dilation = {2, dilation},
                           .padding = {2, padding},
                           .stride = {2, stride}};
    TT_TRY(tt_net_add(c->net, TT_LAYER_FOLD, &attrs, &x, 1, &x));
    if (unbatched)
        TT_TRY(tt_squeeze_at(c, x, 0, &x));
    return tt_finish(c, n, 0, x, out);
}

/* as_strided: elements of the tensor's memory, which here is row-major, so the graph must say that it is. */
static bool is_row_major(const tt_node *n)
{
    const tt_value *v = n->args[0].value;
    tt_dim expected = tt_dim_const(1);
    for (size_t d = v->rank; v->strides && d-- > 0;) {
        if (!tt_dim_is(v->dims[d], 1) && !tt_dim_equal(v->strides[d], expected))
            return false;
        expected = tt_dim_mul(n->graph->dims, expected, v->dims[d]);
    }
    return v->strides != NULL;
}

bool tt_as_strided_accepts(const tt_node *n, tt_reason *why)
{
    return is_row_major(n) || tt_refuse(why, "of a tensor that is not row-major in memory");
}

ttrt_status tt_convert_as_strided(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *places = NULL;
    tt_dim size[TT_MAX_RANK_NET], stride[TT_MAX_RANK_NET];
    int rank = 0, n_strides = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_dims(n, 1, size, &rank));
    TT_TRY(tt_arg_dims(n, 2, stride, &n_strides));
    if (rank != n_strides)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %d sizes, %d strides", n->op->name, rank, n_strides);
    TT_TRY(tt_flatten(c, x, &x));
    places = tt_f_dim(c, tt_arg_dim(n, 3, 0), TTRT_DTYPE_INT64);
    for (int d = 0; d < rank; d++) {
        tt_dim apart[TT_MAX_RANK_NET];
        for (int k = 0; k < rank - d; k++)
            apart[k] = k == 0 ? size[d] : tt_dim_const(1);
        tt_tensor *at =
            tt_f_binary(c, TT_ELEMENTWISE_PROD, tt_f_arange(c, size[d]), tt_f_dim(c, stride[d], TTRT_DTYPE_INT64));
        places = tt_f_binary(c, TT_ELEMENTWISE_SUM, places, tt_f_reshape(c, at, rank - d, apart));
    }
    return tt_f_finish(c, n, 0, tt_f_gather(c, TT_GATHER_DEFAULT, x, places, 0, false), out);
}

/* ---- shuffles ---- */

/* A dimension apart, the pieces permuted, and joined again to what the graph says. */
static ttrt_status shuffled(tt_convert *c, const tt_node *n, tt_tensor *x, int rank, const tt_dim *apart,
                            const int64_t *permutation, tt_tensor **out)
{
    x = tt_f_transpose(c, tt_f_reshape(c, x, rank, apart), permutation);
    return tt_f_finish(c, n, 0, tt_f_reshape(c, x, tt_out_rank(n), n->outs[0]->dims), out);
}

/* pixel_shuffle [.., c*r*r, h, w] -> [.., c, h*r, w*r], and pixel_unshuffle (parameter 1) back. */
ttrt_status tt_convert_pixel_shuffle(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool inverse = tt_converter_parameter(n) == 1;
    tt_tensor *x = NULL;
    int64_t factor = 1, permutation[TT_MAX_RANK_NET + 2];
    tt_dim apart[TT_MAX_RANK_NET + 2];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_now(n, 1, 1, &factor));
    int lead = x->rank - 3;
    if (lead < 0 || tt_out_rank(n) != x->rank || factor < 1 || x->rank + 2 > TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s by %lld of rank %d", n->op->name, (long long)factor, x->rank);
    const tt_dim *small = (inverse ? n->outs[0]->dims : x->dims) + lead + 1, r = tt_dim_const(factor);
    const tt_dim shuffle[5] = {n->outs[0]->dims[lead], r, r, small[0], small[1]};
    const tt_dim unshuffle[5] = {x->dims[lead], small[0], r, small[1], r};
    static const int8_t order[2][5] = {{0, 3, 1, 4, 2}, {0, 2, 4, 1, 3}};
    for (int d = 0; d < lead; d++) {
        apart[d] = x->dims[d];
        permutation[d] = d;
    }
    for (int k = 0; k < 5; k++) {
        apart[lead + k] = inverse ? unshuffle[k] : shuffle[k];
        permutation[lead + k] = lead + order[inverse][k];
    }
    return shuffled(c, n, x, lead + 5, apart, permutation, out);
}

/* [n, groups * k, ...] -> [n, k * groups, ...] */
ttrt_status tt_convert_channel_shuffle(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t groups = 1, permutation[TT_MAX_RANK_NET];
    tt_dim apart[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_now(n, 1, 1, &groups));
    if (x->rank < 2 || x->rank >= TT_MAX_RANK_NET || groups < 1)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of rank %d in %lld groups", n->op->name, x->rank, (long long)groups);
    apart[0] = x->dims[0];
    apart[1] = tt_dim_const(groups);
    apart[2] = tt_dim_floordiv(c->net->dims, x->dims[1], apart[1]);
    memcpy(apart + 3, x->dims + 2, sizeof *apart * (size_t)(x->rank - 2));
    for (int d = 0; d <= x->rank; d++)
        permutation[d] = d == 1 ? 2 : d == 2 ? 1 : d;
    return shuffled(c, n, x, x->rank + 1, apart, permutation, out);
}

/* ---- copies of elements side by side, and products of ranges ---- */

/* repeat_interleave by one number: each element becomes a row of copies. */
ttrt_status tt_convert_repeat_interleave(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    tt_dim times = tt_arg_dim(n, 1, 1), dims[TT_MAX_RANK_NET];
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (tt_arg_is_none(n, 2)) {
        TT_TRY(tt_flatten(c, x, &x));
    } else {
        TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &axis));
        TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    }
    memcpy(dims, x->dims, sizeof *dims * (size_t)x->rank);
    dims[axis] = tt_dim_mul(c->net->dims, dims[axis], times);
    int rank = x->rank;
    TT_TRY(tt_unsqueeze_at(c, x, (int)axis + 1, &x));
    tt_dim expanded[TT_MAX_RANK_NET];
    memcpy(expanded, x->dims, sizeof *expanded * (size_t)x->rank);
    expanded[axis + 1] = times;
    x = tt_f_expand(c, x, x->rank, expanded);
    return tt_f_finish(c, n, 0, tt_f_reshape(c, x, rank, dims), out);
}

/* One dimension of the grid each: item i varies along dimension i. With "xy" the first two change places. */
static ttrt_status meshed(tt_convert *c, const tt_node *n, size_t i, int count, bool swap, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim apart[TT_MAX_RANK_NET];
    int at = swap && count > 1 && i < 2 ? 1 - (int)i : (int)i;
    TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 0, i), &x));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    for (int d = 0; d < count; d++)
        apart[d] = d == at ? x->dims[0] : tt_dim_const(1);
    if (n->outs[i]->rank != (size_t)count)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of %d gives rank %zu", n->op->name, count, n->outs[i]->rank);
    x = tt_f_reshape(c, x, count, apart);
    x = tt_f_expand(c, x, count, n->outs[i]->dims);
    return tt_f_finish(c, n, i, x, out);
}

ttrt_status tt_convert_meshgrid(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int count = (int)tt_arg_count(n, 0);
    bool swap = strcmp(tt_arg_string(n, 1, "ij"), "xy") == 0;
    if (count > TT_MAX_RANK_NET || (size_t)count != n->n_outs)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of %d tensors", n->op->name, count);
    for (int i = 0; i < count; i++)
        TT_TRY(meshed(c, n, (size_t)i, count, swap, &out[i]));
    return TTRT_OK;
}

/* cartesian_prod: the grid of all tensors as rows; of one tensor it is that tensor. */
ttrt_status tt_convert_cartesian_prod(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int count = (int)tt_arg_count(n, 0);
    tt_dim grid[TT_MAX_RANK_NET], apart[TT_MAX_RANK_NET];
    tt_tensor *columns[TT_MAX_RANK_NET], *x = NULL;
    if (count < 1 || count >= TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of %d tensors", n->op->name, count);
    for (int i = 0; i < count; i++) {
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 0, (size_t)i), &columns[i]));
        if (columns[i]->rank != 1)
            TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, columns[i]->rank);
        grid[i] = columns[i]->dims[0];
    }
    if (count == 1)
        return tt_finish(c, n, 0, columns[0], out);
    tt_dim column[2] = {tt_dim_product(c->net->dims, grid, (size_t)count), tt_dim_const(1)};
    for (int i = 0; i < count; i++) {
        for (int d = 0; d < count; d++)
            apart[d] = d == i ? grid[d] : tt_dim_const(1);
        columns[i] = tt_f_expand(c, tt_f_reshape(c, columns[i], count, apart), count, grid);
        columns[i] = tt_f_reshape(c, columns[i], 2, column);
        if (!columns[i])
            return ttrt_last_error()->status;
    }
    TT_TRY(tt_net_concat(c->net, count, columns, 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* block_diag: each matrix padded with zeros to the full width, one below the other. */
ttrt_status tt_convert_block_diag(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dims *t = c->net->dims;
    size_t count = tt_arg_count(n, 0);
    tt_dim left = tt_dim_const(0), width, zero = tt_dim_const(0);
    TT_TRY(tt_out_dim(n, 1, &width));
    tt_tensor **rows = tt_arena_array(c->net->arena, count + 1, sizeof *rows), *x = NULL;
    if (rows == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 0, i), &x));
        TT_TRY(tt_net_cast(c->net, x, tt_out_dtype(n), &x));
        TT_TRY(tt_net_rank_at_least(c->net, x, 2, &x));
        tt_dim right = tt_dim_add(t, left, x->dims[1]);
        tt_dim pre[2] = {zero, left}, post[2] = {zero, tt_dim_sub(t, width, right)};
        tt_pad_attrs attrs = {.pre_padding = {2, pre}, .post_padding = {2, post}, .mode = TT_PAD_CONSTANT};
        TT_TRY(tt_net_add(c->net, TT_LAYER_PAD, &attrs, &x, 1, &rows[i]));
        left = right;
    }
    if (count == 0)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of no tensors", n->op->name);
    TT_TRY(tt_net_concat(c->net, (int)count, rows, 0, &x));
    return tt_finish(c, n, 0, x, out);
}
