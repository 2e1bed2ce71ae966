/* Reading and writing by indices. */
#include "convert/formula.h"

#include <string.h>

/* ---- gather ---- */

/* Indices are out of range when negative in embedding, gather and index_select; they count from the end in x[index]. */
ttrt_status tt_convert_embedding(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *table = NULL, *index = NULL, *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &table));
    TT_TRY(tt_arg_tensor(c, n, 1, &index));
    TT_TRY(tt_net_gather(c->net, TT_GATHER_DEFAULT, table, index, 0, false, &x));
    return tt_finish(c, n, 0, x, out);
}

/* Layers take indices of 32 and 64 bits. */
static ttrt_status index_arg(tt_convert *c, const tt_node *n, size_t i, tt_tensor **out)
{
    TT_TRY(tt_arg_tensor(c, n, i, out));
    bool fits = (*out)->dtype == TTRT_DTYPE_INT32 || (*out)->dtype == TTRT_DTYPE_INT64;
    return fits ? TTRT_OK : tt_net_cast(c->net, *out, TTRT_DTYPE_INT64, out);
}

ttrt_status tt_convert_gather(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *index = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(index_arg(c, n, 2, &index));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    TT_TRY(tt_net_rank_at_least(c->net, index, 1, &index));
    TT_TRY(tt_net_gather(c->net, TT_GATHER_ELEMENT, x, index, axis, false, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_index_select(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *index = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(index_arg(c, n, 2, &index));
    TT_TRY(tt_arg_axis(n, 1, 0, x->rank, &axis));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    TT_TRY(tt_net_rank_at_least(c->net, index, 1, &index));
    TT_TRY(tt_net_gather(c->net, TT_GATHER_DEFAULT, x, index, axis, false, &x));
    return tt_finish(c, n, 0, x, out);
}

ttrt_status tt_convert_take(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *index = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &index));
    TT_TRY(tt_flatten(c, x, &x));
    TT_TRY(tt_net_gather(c->net, TT_GATHER_DEFAULT, x, index, 0, true, &x));
    return tt_finish(c, n, 0, x, out);
}

/* Expands a tensor to the broadcast of both in every dimension but the axis. */
static ttrt_status broadcast_but(tt_convert *c, tt_tensor *x, const tt_tensor *other, int64_t axis, tt_tensor **out)
{
    tt_dim dims[TT_MAX_RANK_NET];
    for (int d = 0; d < x->rank; d++)
        dims[d] = d != axis && tt_dim_is(x->dims[d], 1) ? other->dims[d] : x->dims[d];
    return tt_net_expand(c->net, x, x->rank, dims, out);
}

ttrt_status tt_convert_take_along_dim(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *index = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &index));
    if (tt_arg_is_none(n, 2)) {
        TT_TRY(tt_flatten(c, x, &x));
        TT_TRY(tt_flatten(c, index, &index));
    } else {
        TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &axis));
        if (x->rank != index->rank)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: ranks %d and %d", n->op->name, x->rank, index->rank);
        tt_tensor *before = x;
        TT_TRY(broadcast_but(c, x, index, axis, &x));
        TT_TRY(broadcast_but(c, index, before, axis, &index));
    }
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    TT_TRY(tt_net_rank_at_least(c->net, index, 1, &index));
    /* Negative indices count from the end, unlike gather's. */
    tt_tensor *size = tt_f_dim(c, x->dims[axis], index->dtype);
    index = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_LESS, index, 0), tt_f_binary(c, TT_ELEMENTWISE_SUM, index, size),
                        index);
    if (index == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_net_gather(c->net, TT_GATHER_ELEMENT, x, index, axis, false, &x));
    if (n->outs[0]->rank == 0)
        TT_TRY(tt_net_reshape(c->net, x, 0, NULL, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- x[i, :, j] ---- */

typedef struct indexing {
    tt_tensor *index[TT_MAX_RANK_NET]; /* i64, of one shape */
    int64_t axes[TT_MAX_RANK_NET];
    int n;
    int64_t position; /* of the indices' dimensions in the result */
} indexing;

static bool is_mask(const tt_value *v) { return v->dtype == TTRT_DTYPE_BOOL || v->dtype == TTRT_DTYPE_UINT8; }

/* A mask gives the positions where it is set, one list for each of its dimensions. */
static ttrt_status positions_of_mask(tt_convert *c, const tt_value *v, tt_dim count, indexing *i, int64_t first_axis)
{
    tt_tensor *mask = NULL, *positions = NULL;
    TT_TRY(tt_value_tensor(c, v, &mask));
    TT_TRY(tt_positions(c, mask, count, &positions));
    for (size_t d = 0; d < v->rank; d++) {
        i->axes[i->n] = first_axis + (int64_t)d;
        TT_TRY(tt_positions_along(c, positions, (int)d, &i->index[i->n++]));
    }
    return TTRT_OK;
}

/* One whose bytes are known gives constants. */
static ttrt_status positions_of_weight(tt_convert *c, const tt_weight *w, indexing *i, int64_t first_axis)
{
    int64_t total = 1, count = 0;
    for (size_t d = 0; d < w->rank; d++)
        total *= w->dims[d];
    for (int64_t k = 0; k < total; k++)
        count += tt_weight_i64(w, k) != 0;
    int64_t *found = tt_arena_array(c->net->arena, (size_t)count * w->rank + 1, sizeof *found);
    if (found == NULL)
        return TTRT_ERR_MEMORY;
    for (int64_t k = 0, at = 0; k < total; k++) {
        if (tt_weight_i64(w, k) == 0)
            continue;
        int64_t rest = k;
        for (size_t d = w->rank; d-- > 0; rest /= w->dims[d])
            found[(int64_t)d * count + at] = rest % w->dims[d];
        at++;
    }
    for (size_t d = 0; d < w->rank; d++) {
        i->axes[i->n] = first_axis + (int64_t)d;
        TT_TRY(tt_net_constant_ref(c->net, found + (int64_t)d * count, TTRT_DTYPE_INT64, 1, &count, NULL,
                                   &i->index[i->n++]));
    }
    return TTRT_OK;
}

/* All indices to the shape that they broadcast to. */
static ttrt_status broadcast_indices(tt_convert *c, indexing *i)
{
    int rank = 0;
    tt_dim dims[TT_MAX_RANK_NET];
    for (int k = 0; k < i->n; k++)
        rank = i->index[k]->rank > rank ? i->index[k]->rank : rank;
    for (int k = 0; k < i->n; k++)
        TT_TRY(tt_net_rank_at_least(c->net, i->index[k], rank, &i->index[k]));
    for (int d = 0; d < rank; d++) {
        dims[d] = tt_dim_const(1);
        for (int k = 0; k < i->n; k++)
            if (tt_dim_is(dims[d], 1))
                dims[d] = i->index[k]->dims[d];
    }
    for (int k = 0; k < i->n; k++)
        TT_TRY(tt_net_expand(c->net, i->index[k], rank, dims, &i->index[k]));
    return TTRT_OK;
}

/* NumPy's rule: the indexed dimensions are replaced in place where they stand together, else by leading ones. */
static int64_t result_position(const indexing *i)
{
    for (int k = 1; k < i->n; k++)
        if (i->axes[k] != i->axes[k - 1] + 1)
            return 0;
    return i->n ? i->axes[0] : 0;
}

/* The size that the program has for the number of a mask's positions: of the first dimension of x[mask]'s result that
 * only the data tell. A constant where there is none. */
static tt_dim count_of_mask(const tt_node *n)
{
    const tt_value *x = n->args[0].value, *y = n->outs[0];
    const tt_symbol *s;
    for (size_t d = 0; d < y->rank; d++) {
        bool is_new = tt_dim_is_symbol(y->dims[d], &s) && s->unbacked;
        for (size_t k = 0; is_new && k < x->rank; k++)
            is_new = !tt_dim_equal(x->dims[k], y->dims[d]);
        if (is_new)
            return y->dims[d];
    }
    return tt_dim_const(0);
}

static ttrt_status read_indices(tt_convert *c, const tt_node *n, int rank, indexing *i)
{
    int64_t axis = 0;
    *i = (indexing){0};
    for (size_t k = 0; k < tt_arg_count(n, 1); k++) {
        const tt_value *v = tt_arg_value_at(n, 1, k);
        if (v == NULL) {
            axis++;
            continue;
        }
        if (axis + (is_mask(v) ? (int64_t)v->rank : 1) > rank)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: too many indices for rank %d", n->op->name, rank);
        if (is_mask(v)) {
            bool is_known = v->weight && v->weight->data;
            TT_TRY(is_known ? positions_of_weight(c, v->weight, i, axis)
                            : positions_of_mask(c, v, count_of_mask(n), i, axis));
            axis += (int64_t)v->rank;
            continue;
        }
        TT_TRY(tt_value_tensor(c, v, &i->index[i->n]));
        TT_TRY(tt_net_cast(c->net, i->index[i->n], TTRT_DTYPE_INT64, &i->index[i->n]));
        i->axes[i->n++] = axis++;
    }
    i->position = result_position(i);
    return broadcast_indices(c, i);
}

ttrt_status tt_convert_index(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *in[TT_MAX_RANK_NET + 1];
    indexing i;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(read_indices(c, n, x->rank, &i));
    if (i.n == 0)
        return tt_finish(c, n, 0, x, out);
    if (i.n == 1) {
        TT_TRY(tt_net_gather(c->net, TT_GATHER_DEFAULT, x, i.index[0], i.axes[0], true, &x));
        return tt_finish(c, n, 0, x, out);
    }
    in[0] = x;
    memcpy(in + 1, i.index, (size_t)i.n * sizeof *in);
    tt_index_attrs attrs = {.axes = {i.n, i.axes}, .position = i.position};
    TT_TRY(tt_net_add(c->net, TT_LAYER_INDEX, &attrs, in, i.n + 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* x's dimensions with the indexed ones replaced by the indices', which stand at `position`. */
static int indexed_dims(const tt_tensor *x, const indexing *i, tt_dim *dims)
{
    int rank = 0;
    uint64_t indexed = 0;
    for (int k = 0; k < i->n; k++)
        indexed |= (uint64_t)1 << i->axes[k];
    for (int d = 0; d <= x->rank; d++) {
        /* No dimension before the position is indexed. */
        for (int k = 0; d == i->position && k < i->index[0]->rank; k++)
            dims[rank++] = i->index[0]->dims[k];
        if (d < x->rank && !(indexed >> d & 1))
            dims[rank++] = x->dims[d];
    }
    return rank;
}

static ttrt_status put(tt_convert *c, tt_tensor *x, const indexing *i, tt_tensor *values, bool accumulate,
                       tt_tensor **out)
{
    tt_tensor *in[TT_MAX_RANK_NET + 2] = {x};
    tt_dim dims[2 * TT_MAX_RANK_NET];
    int rank = indexed_dims(x, i, dims);
    if (rank > TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "indexing gives rank %d", rank);
    TT_TRY(tt_net_expand(c->net, values, rank, dims, &in[1]));
    memcpy(in + 2, i->index, (size_t)i->n * sizeof *in);
    tt_index_put_attrs attrs = {.axes = {i->n, i->axes}, .position = i->position, .accumulate = accumulate};
    return tt_net_add(c->net, TT_LAYER_INDEX_PUT, &attrs, in, i->n + 2, out);
}

/* x[mask] = one number needs no positions. */
static bool is_masked_number(const tt_node *n)
{
    const tt_value *values = n->args[2].value, *mask = tt_arg_value_at(n, 1, 0);
    for (size_t d = 0; d < values->rank; d++)
        if (!tt_dim_is(values->dims[d], 1))
            return false;
    return tt_arg_count(n, 1) == 1 && mask && is_mask(mask) && !tt_arg_bool(n, 3, false);
}

static ttrt_status put_masked_number(tt_convert *c, const tt_node *n, tt_tensor *x, tt_tensor *value, tt_tensor **out)
{
    tt_tensor *mask = NULL;
    tt_dim dims[TT_MAX_RANK_NET];
    TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 1, 0), &mask));
    TT_TRY(tt_net_cast(c->net, mask, TTRT_DTYPE_BOOL, &mask));
    if (mask->rank > x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: a mask of rank %d for rank %d", n->op->name, mask->rank, x->rank);
    for (int d = 0; d < x->rank; d++)
        dims[d] = d < mask->rank ? mask->dims[d] : tt_dim_const(1);
    TT_TRY(tt_net_reshape(c->net, mask, x->rank, dims, &mask));
    TT_TRY(tt_net_reshape(c->net, value, 0, NULL, &value));
    return tt_net_select(c->net, mask, value, x, out);
}

ttrt_status tt_convert_index_put(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *values = NULL;
    indexing i;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor_as(c, n, 2, tt_out_dtype(n), &values));
    if (is_masked_number(n)) {
        TT_TRY(put_masked_number(c, n, x, values, &x));
        return tt_finish(c, n, 0, x, out);
    }
    TT_TRY(read_indices(c, n, x->rank, &i));
    if (i.n == 0) {
        tt_tensor *all = NULL;
        TT_TRY(tt_net_expand(c->net, values, x->rank, x->dims, &all));
        return tt_f_finish(c, n, 0, tt_arg_bool(n, 3, false) ? tt_f_binary(c, TT_ELEMENTWISE_SUM, x, all) : all, out);
    }
    TT_TRY(put(c, x, &i, values, tt_arg_bool(n, 3, false), &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- scatter ---- */

tt_enum_scatter tt_scatter_mode(const char *name)
{
    static const struct {
        const char *name;
        tt_enum_scatter mode;
    } modes[] = {
        {"add", TT_SCATTER_ADD},  {"multiply", TT_SCATTER_MUL}, {"sum", TT_SCATTER_ADD},   {"prod", TT_SCATTER_MUL},
        {"amax", TT_SCATTER_MAX}, {"amin", TT_SCATTER_MIN},     {"mean", TT_SCATTER_MEAN},
    };
    for (size_t i = 0; i < TT_COUNT(modes); i++)
        if (strcmp(name, modes[i].name) == 0)
            return modes[i].mode;
    return TT_SCATTER_SET;
}

/* src may be larger than the indices: its first part counts. */
static ttrt_status updates_of(tt_convert *c, const tt_node *n, const tt_tensor *index, tt_tensor **out)
{
    tt_tensor *src = NULL;
    TT_TRY(tt_arg_operand(c, n, 3, tt_out_dtype(n), index->rank, &src));
    if (n->args[3].kind != TT_ARG_VALUE)
        return tt_net_expand(c->net, src, index->rank, index->dims, out);
    TT_TRY(tt_net_rank_at_least(c->net, src, 1, &src));
    if (src->rank != index->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: ranks %d and %d", n->op->name, src->rank, index->rank);
    for (int d = 0; d < index->rank; d++)
        if (!tt_dim_known_equal(c->net->dims, src->dims[d], index->dims[d]))
            TT_TRY(tt_net_slice(c->net, src, d, tt_dim_const(0), index->dims[d], 1, &src));
    *out = src;
    return TTRT_OK;
}

/* scatter.*, scatter_add (parameter: ADD), scatter_reduce */
ttrt_status tt_convert_scatter(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    size_t reduce = tt_arg_find(n, "reduce");
    tt_tensor *in[3] = {NULL}, *x = NULL;
    tt_scatter_attrs attrs = {.mode = tt_converter_parameter(n),
                              .include_self = tt_arg_bool(n, tt_arg_find(n, "include_self"), true)};
    if (reduce < n->n_args)
        attrs.mode = tt_scatter_mode(tt_arg_string(n, reduce, ""));
    TT_TRY(tt_arg_tensor(c, n, 0, &in[0]));
    TT_TRY(index_arg(c, n, 2, &in[1]));
    TT_TRY(tt_arg_axis(n, 1, 0, in[0]->rank, &attrs.axis));
    TT_TRY(tt_net_rank_at_least(c->net, in[0], 1, &in[0]));
    TT_TRY(tt_net_rank_at_least(c->net, in[1], 1, &in[1]));
    TT_TRY(updates_of(c, n, in[1], &in[2]));
    TT_TRY(tt_net_add(c->net, TT_LAYER_SCATTER, &attrs, in, 3, &x));
    return tt_finish(c, n, 0, x, out);
}

bool tt_one_hot_accepts(const tt_node *n, tt_reason *why)
{
    if (!tt_arg_is_symbolic(n, 1) && tt_arg_int(n, 1, -1) < 0)
        return tt_refuse(why, "the number of classes is read from data");
    return n->args[0].value->dtype == TTRT_DTYPE_INT64 ||
           tt_refuse(why, "of %s", tt_dtype_short(n->args[0].value->dtype));
}

ttrt_status tt_convert_one_hot(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_one_hot_attrs attrs = {.depth = tt_arg_dim(n, 1, -1)};
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_net_add(c->net, TT_LAYER_ONE_HOT, &attrs, &x, 1, &x));
    return tt_finish(c, n, 0, x, out);
}
