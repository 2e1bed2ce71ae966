/* Writing whole slices by a list of indices along one dimension; tables of embeddings in bags; known index lists. */
#include "convert/formula.h"

#include <math.h>
#include <string.h>

/* ---- index_add, index_copy, index_fill, index_reduce ---- */

typedef struct slices {
    tt_tensor *x, *index; /* x of rank 1 at least, index [k] int64 */
    int64_t axis;
    tt_dim dims[TT_MAX_RANK_NET]; /* of what is written: x's, with k along the axis */
} slices;

static ttrt_status read_slices(tt_convert *c, const tt_node *n, slices *s)
{
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), &s->x));
    TT_TRY(tt_arg_axis(n, 1, 0, s->x->rank, &s->axis));
    TT_TRY(tt_net_rank_at_least(c->net, s->x, 1, &s->x));
    TT_TRY(tt_arg_tensor_as(c, n, 2, TTRT_DTYPE_INT64, &s->index));
    TT_TRY(tt_net_rank_at_least(c->net, s->index, 1, &s->index));
    if (s->index->rank != 1)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: an index of rank %d", n->op->name, s->index->rank);
    memcpy(s->dims, s->x->dims, sizeof *s->dims * (size_t)s->x->rank);
    s->dims[s->axis] = s->index->dims[0];
    return TTRT_OK;
}

/* The source, of x's rank also where it is one element. */
static ttrt_status read_source(tt_convert *c, const tt_node *n, const slices *s, tt_tensor **out)
{
    TT_TRY(tt_arg_operand(c, n, 3, tt_out_dtype(n), s->x->rank, out));
    return tt_net_expand(c->net, *out, s->x->rank, s->dims, out);
}

static ttrt_status put_slices(tt_convert *c, const tt_node *n, slices *s, tt_tensor *source, bool accumulate,
                              tt_tensor **out)
{
    tt_index_put_attrs attrs = {.axes = {1, &s->axis}, .position = s->axis, .accumulate = accumulate};
    tt_tensor *x = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_INDEX_PUT, &attrs, (tt_tensor *[]){s->x, source, s->index}, 3, &x));
    return tt_finish(c, n, 0, x, out);
}

/* Adds alpha times the source. Truth values are added as numbers: true where any is. */
ttrt_status tt_convert_index_add(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    slices s;
    tt_tensor *source = NULL, *alpha = NULL;
    TT_TRY(read_slices(c, n, &s));
    TT_TRY(read_source(c, n, &s, &source));
    TT_TRY(tt_arg_operand(c, n, 4, tt_out_dtype(n), 0, &alpha));
    source = tt_f_binary(c, TT_ELEMENTWISE_PROD, source, alpha);
    if (s.x->dtype == TTRT_DTYPE_BOOL) {
        s.x = tt_f_cast(c, s.x, TTRT_DTYPE_INT32);
        source = tt_f_cast(c, source, TTRT_DTYPE_INT32);
    }
    return s.x && source ? put_slices(c, n, &s, source, true, out) : ttrt_last_error()->status;
}

/* index_copy, index_fill: a number, or a tensor of one, fills. */
ttrt_status tt_convert_index_copy(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    slices s;
    tt_tensor *source = NULL;
    TT_TRY(read_slices(c, n, &s));
    TT_TRY(read_source(c, n, &s, &source));
    return put_slices(c, n, &s, source, false, out);
}

ttrt_status tt_convert_index_reduce(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    slices s;
    tt_tensor *source = NULL, *index = NULL, *x = NULL;
    tt_dim apart[TT_MAX_RANK_NET];
    TT_TRY(read_slices(c, n, &s));
    TT_TRY(read_source(c, n, &s, &source));
    for (int d = 0; d < s.x->rank; d++)
        apart[d] = d == s.axis ? s.dims[d] : tt_dim_const(1);
    index = tt_f_expand(c, tt_f_reshape(c, s.index, s.x->rank, apart), s.x->rank, s.dims);
    if (index == NULL)
        return ttrt_last_error()->status;
    tt_scatter_attrs attrs = {
        .mode = tt_scatter_mode(tt_arg_string(n, 4, "")), .axis = s.axis, .include_self = tt_arg_bool(n, 5, true)};
    TT_TRY(tt_net_add(c->net, TT_LAYER_SCATTER, &attrs, (tt_tensor *[]){s.x, index, source}, 3, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- put, masked_scatter: of the flattened tensor ---- */

ttrt_status tt_convert_put(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *in[3] = {NULL}, *x = NULL;
    bool accumulate = tt_arg_bool(n, 3, false);
    tt_index_put_attrs attrs = {.axes = {1, &(int64_t){0}}, .accumulate = accumulate};
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 2, &in[1]));
    TT_TRY(tt_arg_tensor_as(c, n, 1, TTRT_DTYPE_INT64, &in[2]));
    TT_TRY(tt_flatten(c, x, &in[0]));
    for (int i = 1; i < 3; i++)
        TT_TRY(tt_flatten(c, in[i], &in[i]));
    for (int i = 0; i < 2 && accumulate && x->dtype == TTRT_DTYPE_BOOL; i++)
        TT_TRY(tt_net_cast(c->net, in[i], TTRT_DTYPE_INT32, &in[i]));
    tt_tensor *y = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_INDEX_PUT, &attrs, in, 3, &y));
    return tt_f_finish(c, n, 0, tt_f_reshape(c, y, x->rank, x->dims), out);
}

/* masked_scatter: the k-th place where the mask is true takes the k-th element of the source. */
ttrt_status tt_convert_masked_scatter(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *mask = NULL, *source = NULL, *order = NULL;
    tt_cumulative_attrs attrs = {.operation = TT_CUMULATIVE_SUM, .axis = 0};
    int rank = tt_out_rank(n);
    const tt_dim *dims = n->outs[0]->dims;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &mask));
    TT_TRY(tt_arg_tensor(c, n, 2, &source));
    TT_TRY(tt_net_expand(c->net, mask, rank, dims, &mask));
    TT_TRY(tt_flatten(c, source, &source));
    if (tt_dim_is(source->dims[0], 0)) /* the mask is false everywhere, or eager fails */
        return tt_finish(c, n, 0, x, out);
    TT_TRY(tt_flatten(c, mask, &order));
    TT_TRY(tt_net_cast(c->net, order, TTRT_DTYPE_INT64, &order));
    TT_TRY(tt_net_add(c->net, TT_LAYER_CUMULATIVE, &attrs, &order, 1, &order));
    tt_tensor *place = tt_f_with(c, TT_ELEMENTWISE_MAX, tt_f_with(c, TT_ELEMENTWISE_SUB, order, 1), 0);
    tt_tensor *taken = tt_f_gather(c, TT_GATHER_DEFAULT, source, place, 0, false);
    taken = tt_f_reshape(c, taken, rank, dims);
    return tt_f_finish(c, n, 0, tt_f_select(c, mask, taken, x), out);
}

/* ---- embedding_bag ---- */

/* Which bag each index is in: bags start at the offsets, so it is the number of offsets up to it, less one. */
static tt_tensor *bag_of_index(tt_convert *c, tt_tensor *offsets, tt_dim n_indices)
{
    tt_dim places = tt_dim_add(c->net->dims, n_indices, tt_dim_const(1)); /* the last bags may start past the end */
    tt_cumulative_attrs sum = {.operation = TT_CUMULATIVE_SUM};
    tt_tensor *zeros = tt_f_expand(c, tt_f_dim(c, tt_dim_const(0), TTRT_DTYPE_INT64), 1, &places);
    tt_tensor *ones = tt_f_expand(c, tt_f_dim(c, tt_dim_const(1), TTRT_DTYPE_INT64), 1, offsets->dims);
    tt_tensor *starts = tt_f_scatter(c, TT_SCATTER_ADD, zeros, offsets, ones, 0);
    if (!starts || tt_net_add(c->net, TT_LAYER_CUMULATIVE, &sum, &starts, 1, &starts) != TTRT_OK)
        return NULL;
    return tt_f_with(c, TT_ELEMENTWISE_SUB, tt_f_slice(c, starts, 0, tt_dim_const(0), n_indices, 1), 1);
}

/* Adds, or takes the maximum of, rows [n, d] by their bag; other bags are zeros. */
static tt_tensor *by_bag(tt_convert *c, tt_tensor *rows, tt_tensor *bag, tt_dim n_bags, tt_enum_scatter mode)
{
    if (!rows || !bag)
        return NULL;
    tt_dim made[2] = {n_bags, rows->dims[1]};
    tt_scatter_attrs attrs = {.mode = mode, .include_self = mode == TT_SCATTER_ADD};
    tt_tensor *in[3] = {
        tt_f_expand(c, tt_f_scalar(c, 0, rows), 2, made),
        tt_f_expand(c, tt_f_reshape(c, bag, 2, (tt_dim[]){rows->dims[0], tt_dim_const(1)}), 2, rows->dims), rows};
    tt_tensor *out = NULL;
    return in[0] && in[1] && tt_net_add(c->net, TT_LAYER_SCATTER, &attrs, in, 3, &out) == TTRT_OK ? out : NULL;
}

enum { BAG_SUM = 0, BAG_MEAN = 1, BAG_MAX = 2 };

bool tt_embedding_bag_accepts(const tt_node *n, tt_reason *why)
{
    for (size_t i = 1; i < n->n_outs; i++)
        if (tt_value_uses(n->graph, n->outs[i]) > 0)
            return tt_refuse(why, "its offsets, sizes and places of maxima are used");
    return true;
}

/* The row that counts as padding. None is -1, except that embedding_bag itself says None, and counts -1 from the end.
 */
static ttrt_status padding_row(const tt_node *n, const tt_tensor *weight, int64_t *out)
{
    *out = tt_arg_int(n, 8, -1);
    if (*out >= 0 || tt_arg_is_none(n, 8) || n->op->id != TT_OP_aten_embedding_bag_padding_idx)
        return TTRT_OK;
    if (!tt_dim_is_const(weight->dims[0]))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: a negative padding_idx and a table of symbolic size", n->op->name);
    *out += weight->dims[0].value;
    return TTRT_OK;
}

/* weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding_idx.
 * Indices that are padding count in no bag; a bag of none is zeros. */
ttrt_status tt_convert_embedding_bag(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    int64_t mode = tt_arg_int(n, 4, 0), padding = 0;
    tt_tensor *weight = NULL, *index = NULL, *offsets = NULL, *scale = NULL, *rows = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &weight));
    TT_TRY(tt_arg_tensor_as(c, n, 1, TTRT_DTYPE_INT64, &index));
    TT_TRY(tt_arg_tensor_as(c, n, 2, TTRT_DTYPE_INT64, &offsets));
    TT_TRY(tt_arg_tensor_as(c, n, 6, dtype, &scale));
    if (index->rank != 1 || offsets->rank != 1 || weight->rank != 2)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: ranks %d, %d and %d", n->op->name, weight->rank, index->rank, offsets->rank);
    TT_TRY(padding_row(n, weight, &padding));
    tt_dim n_indices = index->dims[0], n_bags, column[2] = {n_indices, tt_dim_const(1)};
    TT_TRY(tt_out_dim(n, 0, &n_bags));
    if (tt_arg_bool(n, 7, false)) /* the last offset is the end of the last bag */
        TT_TRY(tt_net_slice(c->net, offsets, 0, tt_dim_const(0), n_bags, 1, &offsets));
    TT_TRY(tt_net_gather(c->net, TT_GATHER_DEFAULT, weight, index, 0, false, &rows));
    TT_TRY(tt_net_cast(c->net, rows, dtype, &rows));
    if (scale)
        rows = tt_f_binary(c, TT_ELEMENTWISE_PROD, rows, tt_f_reshape(c, scale, 2, column));
    /* No padding is -1, which no index is. */
    tt_tensor *counts = tt_f_reshape(c, tt_f_with(c, TT_ELEMENTWISE_NOT_EQUAL, index, (double)padding), 2, column);
    tt_tensor *bag = bag_of_index(c, offsets, n_indices);
    rows = tt_f_select(c, counts, rows, rows ? tt_f_scalar(c, mode == BAG_MAX ? -INFINITY : 0, rows) : NULL);
    tt_tensor *x = by_bag(c, rows, bag, n_bags, mode == BAG_MAX ? TT_SCATTER_MAX : TT_SCATTER_ADD);
    if (mode == BAG_SUM)
        return tt_f_finish(c, n, 0, x, out);
    tt_tensor *size = by_bag(c, tt_f_cast(c, counts, dtype), bag, n_bags, TT_SCATTER_ADD);
    if (mode == BAG_MEAN)
        x = tt_f_binary(c, TT_ELEMENTWISE_DIV, x, tt_f_with(c, TT_ELEMENTWISE_MAX, size, 1));
    else
        x = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_EQUAL, size, 0), x ? tt_f_scalar(c, 0, x) : NULL, x);
    return tt_f_finish(c, n, 0, x, out);
}

/* ---- lists of indices known now ---- */

enum { MAX_PLACES = 1 << 24 }; /* of a matrix that a constant lists, and its rows */

/* A row's part of a triangle: the columns from `begin` on, before `end`. */
typedef struct columns {
    int64_t begin, end;
} columns;

static int64_t clamp(int64_t v, int64_t low, int64_t high) { return v < low ? low : v > high ? high : v; }

static columns columns_of(bool upper, int64_t cols, int64_t diagonal)
{
    return upper ? (columns){clamp(diagonal, 0, cols), cols} : (columns){0, clamp(diagonal + 1, 0, cols)};
}

/* tril_indices, triu_indices (parameter 1): rows and columns of a triangle, row by row. */
ttrt_status tt_convert_triangle_indices(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool upper = tt_converter_parameter(n) == 1;
    int64_t rows = 0, cols = 0, offset = 0, count = 0, at = 0;
    TT_TRY(tt_arg_now(n, 0, 0, &rows));
    TT_TRY(tt_arg_now(n, 1, 0, &cols));
    TT_TRY(tt_arg_now(n, 2, 0, &offset));
    if (rows < 0 || cols < 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of %lld x %lld", n->op->name, (long long)rows, (long long)cols);
    bool fits = rows <= MAX_PLACES && cols <= MAX_PLACES;
    offset = clamp(offset, -MAX_PLACES - 1, MAX_PLACES);
    for (int64_t r = 0; fits && r < rows; r++) {
        columns k = columns_of(upper, cols, r + offset);
        count += k.end - k.begin;
        fits = count <= MAX_PLACES;
    }
    if (!fits)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of %lld x %lld: at most %d places", n->op->name, (long long)rows,
                (long long)cols, MAX_PLACES);
    int64_t *places = tt_arena_array(c->net->arena, 2 * (size_t)count + 1, sizeof *places);
    if (places == NULL)
        return TTRT_ERR_MEMORY;
    for (int64_t r = 0; r < rows; r++) {
        columns k = columns_of(upper, cols, r + offset);
        for (int64_t col = k.begin; col < k.end; col++, at++) {
            places[at] = r;
            places[count + at] = col;
        }
    }
    tt_tensor *x = NULL;
    TT_TRY(tt_net_constant_ref(c->net, places, TTRT_DTYPE_INT64, 2, (int64_t[]){2, count}, NULL, &x));
    return tt_finish(c, n, 0, x, out);
}
