/* Inference of layers that move elements: layout, slices, indexing. */
#include "network/infer.h"

ttrt_status tt_infer_layer_reshape(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];
    tt_attr_dims to = c->layer->attrs.reshape.dimensions;

    TT_TRY(tt_infer_equal(c, "element counts before and after", tt_dim_product(c->dims, x->dims, (size_t)x->rank),
                          tt_dim_product(c->dims, to.v, (size_t)to.n), NULL));
    tt_infer_add(c, x->dtype, to.n, to.v);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_transpose(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];
    tt_attr_ints perm = c->layer->attrs.transpose.permutation;
    uint64_t set;

    TT_RULE(perm.n == x->rank, "permutation has %d items, expected %d", perm.n, x->rank);
    TT_TRY(tt_infer_axes(c, perm, x->rank, &set));
    tt_infer_out *out = tt_infer_like(c, x);
    for (int i = 0; i < x->rank; i++)
        out->dims[i] = x->dims[perm.v[i]];
    return TTRT_OK;
}

ttrt_status tt_infer_layer_expand(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];
    tt_attr_dims to = c->layer->attrs.expand.dimensions;

    TT_RULE(to.n == x->rank, "dimensions has %d items, expected %d", to.n, x->rank);
    for (int i = 0; i < to.n; i++)
        if (!tt_dim_is(x->dims[i], 1))
            TT_TRY(tt_infer_equal(c, "dimensions before and after", x->dims[i], to.v[i], NULL));
    tt_infer_add(c, x->dtype, to.n, to.v);
    return TTRT_OK;
}

/* The elements read lie at start, start + stride, ..., all in [0, n). */
static ttrt_status check_slice(tt_infer *c, tt_dim n, tt_dim start, tt_dim size, int64_t stride)
{
    TT_RULE(stride != 0, "stride 0");
    if (!tt_dim_is_const(start) || !tt_dim_is_const(size) || size.value == 0)
        return TTRT_OK;
    TT_RULE(size.value > 0, "size %lld", (long long)size.value);
    tt_dim steps = tt_dim_mul(c->dims, tt_dim_const(size.value - 1), tt_dim_const(stride));
    int64_t last = tt_dim_add(c->dims, start, steps).value;
    TT_TRY(tt_dims_status(c->dims));
    TT_RULE(start.value >= 0 && last >= 0, "start %lld, last element %lld", (long long)start.value, (long long)last);
    TT_RULE(!tt_dim_is_const(n) || (start.value < n.value && last < n.value), "elements %lld to %lld of %lld",
            (long long)start.value, (long long)last, (long long)n.value);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_slice(tt_infer *c)
{
    const tt_slice_attrs *a = &c->layer->attrs.slice;
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(a->start.n == x->rank && a->size.n == x->rank && a->stride.n == x->rank,
            "start, size and stride have %d, %d and %d items, expected %d", a->start.n, a->size.n, a->stride.n,
            x->rank);
    for (int i = 0; i < x->rank; i++)
        TT_TRY(check_slice(c, x->dims[i], a->start.v[i], a->size.v[i], a->stride.v[i]));
    tt_infer_add(c, x->dtype, x->rank, a->size.v);
    return TTRT_OK;
}

/* How much of a dimension a mode can mirror, repeat or wrap. */
static ttrt_status check_pad(tt_infer *c, int64_t mode, tt_dim n, tt_dim amount)
{
    if (!tt_dim_is_const(n) || !tt_dim_is_const(amount) || amount.value <= 0)
        return TTRT_OK;
    switch (mode) {
    case TT_PAD_REFLECT:
        TT_RULE(amount.value < n.value, "REFLECT by %lld of %lld", (long long)amount.value, (long long)n.value);
        break;
    case TT_PAD_REPLICATE:
        TT_RULE(n.value > 0, "REPLICATE of nothing");
        break;
    case TT_PAD_CIRCULAR:
        TT_RULE(amount.value <= n.value, "CIRCULAR by %lld of %lld", (long long)amount.value, (long long)n.value);
        break;
    }
    return TTRT_OK;
}

/* A circle closes around what negative amounts leave, and around nothing there is none. */
static ttrt_status check_circle(tt_infer *c, tt_dim n, tt_dim pre, tt_dim post)
{
    if (!tt_dim_is_const(n) || !tt_dim_is_const(pre) || !tt_dim_is_const(post) || (pre.value <= 0 && post.value <= 0))
        return TTRT_OK;
    TT_RULE(pre.value > -n.value && post.value > -n.value, "CIRCULAR by %lld and %lld of %lld", (long long)pre.value,
            (long long)post.value, (long long)n.value);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_pad(tt_infer *c)
{
    const tt_pad_attrs *a = &c->layer->attrs.pad;
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(a->pre_padding.n == x->rank && a->post_padding.n == x->rank, "paddings have %d and %d items, expected %d",
            a->pre_padding.n, a->post_padding.n, x->rank);
    tt_infer_out *out = tt_infer_like(c, x);
    for (int i = 0; i < x->rank; i++) {
        TT_TRY(check_pad(c, a->mode, x->dims[i], a->pre_padding.v[i]));
        TT_TRY(check_pad(c, a->mode, x->dims[i], a->post_padding.v[i]));
        if (a->mode == TT_PAD_CIRCULAR)
            TT_TRY(check_circle(c, x->dims[i], a->pre_padding.v[i], a->post_padding.v[i]));
        out->dims[i] = tt_dim_add(c->dims, tt_dim_add(c->dims, x->dims[i], a->pre_padding.v[i]), a->post_padding.v[i]);
    }
    return TTRT_OK;
}

ttrt_status tt_infer_layer_concatenation(tt_infer *c)
{
    tt_tensor *const *in = c->layer->in;
    int64_t axis = c->layer->attrs.concatenation.axis;

    TT_TRY(tt_infer_axis(c, axis, in[0]->rank));
    tt_infer_out *out = tt_infer_like(c, in[0]);
    for (int k = 1; k < c->layer->n_in; k++) {
        TT_TRY(tt_infer_same_dtype(c, in[0], in[k]));
        TT_RULE(in[k]->rank == out->rank, "ranks %d and %d", out->rank, in[k]->rank);
        for (int i = 0; i < out->rank; i++)
            if (i == axis)
                out->dims[i] = tt_dim_add(c->dims, out->dims[i], in[k]->dims[i]);
            else
                TT_TRY(tt_infer_equal(c, "dimensions", out->dims[i], in[k]->dims[i], &out->dims[i]));
    }
    return TTRT_OK;
}

static ttrt_status check_index(tt_infer *c, const tt_tensor *x)
{
    TT_RULE(tt_infer_is_index(x->dtype), "indices are %s, expected int64 or int32", ttrt_dtype_name(x->dtype));
    return TTRT_OK;
}

/* torch.gather and scatter read only a part of the other dimensions: the indices' one is at most the data's. */
static ttrt_status check_element_index(tt_infer *c, const tt_tensor *data, const tt_tensor *index, int64_t axis)
{
    TT_RULE(index->rank == data->rank, "data of rank %d, indices of rank %d", data->rank, index->rank);
    for (int i = 0; i < data->rank; i++) {
        int64_t min, max, min_index, max_index;
        tt_dim_range(data->dims[i], &min, &max);
        tt_dim_range(index->dims[i], &min_index, &max_index);
        TT_RULE(i == axis || min_index <= max, "dimension %d of the indices is larger than the data's", i);
    }
    return TTRT_OK;
}

ttrt_status tt_infer_layer_gather(tt_infer *c)
{
    const tt_gather_attrs *a = &c->layer->attrs.gather;
    const tt_tensor *data = c->layer->in[0], *index = c->layer->in[1];

    TT_TRY(check_index(c, index));
    TT_TRY(tt_infer_axis(c, a->axis, data->rank));
    if (a->mode == TT_GATHER_ELEMENT) {
        TT_RULE(!a->wrap, "ELEMENT with wrap");
        TT_TRY(check_element_index(c, data, index, a->axis));
        tt_infer_add(c, data->dtype, index->rank, index->dims);
        return TTRT_OK;
    }
    int rank = data->rank - 1 + index->rank, n = 0;
    TT_RULE(rank <= TT_MAX_RANK_NET, "output of rank %d", rank);
    tt_infer_out *out = tt_infer_add(c, data->dtype, 0, NULL);
    out->rank = rank;
    for (int i = 0; i < a->axis; i++)
        out->dims[n++] = data->dims[i];
    for (int i = 0; i < index->rank; i++)
        out->dims[n++] = index->dims[i];
    for (int i = (int)a->axis + 1; i < data->rank; i++)
        out->dims[n++] = data->dims[i];
    return TTRT_OK;
}

/* data, and the shape of index tensors in[first]...: what data[..., indices, ...] gives. */
static ttrt_status indexed(tt_infer *c, tt_attr_ints axes, int64_t position, int first, tt_infer_out *out)
{
    const tt_tensor *data = c->layer->in[0], *index = c->layer->in[first];
    uint64_t set;
    int n = 0;

    TT_RULE(axes.n >= 1 && c->layer->n_in == first + axes.n, "%d axes, %d index tensors", axes.n,
            c->layer->n_in - first);
    TT_TRY(tt_infer_axes(c, axes, data->rank, &set));
    bool neighbours = true;
    for (int i = 1; i < axes.n; i++) {
        TT_RULE(axes.v[i] > axes.v[i - 1], "axes are not in order");
        neighbours = neighbours && axes.v[i] == axes.v[i - 1] + 1;
    }
    int kept = data->rank - axes.n, rank = kept + index->rank;
    int64_t place = neighbours ? axes.v[0] : 0;
    TT_RULE(position == place, "position %lld, expected %lld: the first of neighbours, else 0", (long long)position,
            (long long)place);
    TT_RULE(rank <= TT_MAX_RANK_NET, "output of rank %d", rank);
    tt_dim shape[TT_MAX_RANK_NET];
    for (int i = 0; i < index->rank; i++)
        shape[i] = index->dims[i];
    for (int k = first; k < c->layer->n_in; k++) {
        TT_RULE(c->layer->in[k]->dtype == TTRT_DTYPE_INT64, "indices are %s, expected int64",
                ttrt_dtype_name(c->layer->in[k]->dtype));
        TT_RULE(c->layer->in[k]->rank == index->rank, "index tensors of rank %d and %d", index->rank,
                c->layer->in[k]->rank);
        for (int i = 0; i < index->rank; i++)
            TT_TRY(tt_infer_equal(c, "dimensions of index tensors", shape[i], c->layer->in[k]->dims[i], &shape[i]));
    }
    for (int i = 0, seen = 0; i <= data->rank; i++) {
        if (seen == position && n == seen)
            for (int k = 0; k < index->rank; k++)
                out->dims[n++] = shape[k];
        if (i < data->rank && !(set >> i & 1)) {
            out->dims[n++] = data->dims[i];
            seen++;
        }
    }
    out->dtype = data->dtype;
    out->rank = rank;
    return TTRT_OK;
}

ttrt_status tt_infer_layer_index(tt_infer *c)
{
    const tt_index_attrs *a = &c->layer->attrs.index;

    return indexed(c, a->axes, a->position, 1, tt_infer_add(c, c->layer->in[0]->dtype, 0, NULL));
}

ttrt_status tt_infer_layer_index_put(tt_infer *c)
{
    const tt_index_put_attrs *a = &c->layer->attrs.index_put;
    const tt_tensor *values = c->layer->in[1];
    tt_infer_out *out = tt_infer_add(c, values->dtype, 0, NULL);

    TT_TRY(tt_infer_same_dtype(c, c->layer->in[0], values));
    TT_TRY(indexed(c, a->axes, a->position, 2, out));
    TT_RULE(values->rank == out->rank, "values of rank %d, expected %d", values->rank, out->rank);
    for (int i = 0; i < out->rank; i++)
        TT_TRY(tt_infer_equal(c, "dimensions of values and indexed data", out->dims[i], values->dims[i], NULL));
    c->n_out = 0;
    tt_infer_like(c, c->layer->in[0]);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_scatter(tt_infer *c)
{
    const tt_scatter_attrs *a = &c->layer->attrs.scatter;
    const tt_tensor *data = c->layer->in[0], *index = c->layer->in[1], *updates = c->layer->in[2];

    TT_TRY(check_index(c, index));
    TT_TRY(tt_infer_same_dtype(c, data, updates));
    TT_RULE(a->mode == TT_SCATTER_SET || tt_infer_is_number(data->dtype), "%s of %s", tt_enum_name("scatter", a->mode),
            ttrt_dtype_name(data->dtype));
    TT_TRY(tt_infer_axis(c, a->axis, data->rank));
    TT_TRY(check_element_index(c, data, index, a->axis));
    TT_RULE(updates->rank == index->rank, "updates of rank %d, expected %d", updates->rank, index->rank);
    for (int i = 0; i < index->rank; i++)
        TT_TRY(tt_infer_equal(c, "dimensions of indices and updates", index->dims[i], updates->dims[i], NULL));
    tt_infer_like(c, data);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_one_hot(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(x->dtype == TTRT_DTYPE_INT64, "input is %s, expected int64", ttrt_dtype_name(x->dtype));
    TT_RULE(x->rank < TT_MAX_RANK_NET, "input of rank %d", x->rank);
    tt_infer_out *out = tt_infer_like(c, x);
    out->dims[out->rank++] = c->layer->attrs.one_hot.depth;
    return TTRT_OK;
}

ttrt_status tt_infer_layer_non_zero(tt_infer *c)
{
    tt_dim count = c->layer->attrs.non_zero.count;
    const tt_tensor *x = c->layer->in[0];
    const tt_symbol *symbol;

    TT_RULE(tt_dim_is_symbol(count, &symbol) && symbol->unbacked, "count is no unbacked symbol");
    TT_RULE(tt_infer_is_number(x->dtype) || x->dtype == TTRT_DTYPE_BOOL, "input is %s", ttrt_dtype_name(x->dtype));
    tt_infer_add(c, TTRT_DTYPE_INT64, 2, (tt_dim[]){count, tt_dim_const(x->rank)});
    return TTRT_OK;
}

ttrt_status tt_infer_layer_item(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];
    const tt_symbol *symbol;

    TT_RULE(tt_dim_is_symbol(c->layer->attrs.item.value, &symbol) && symbol->unbacked, "value is no unbacked symbol");
    TT_RULE(x->dtype == TTRT_DTYPE_INT64 && x->rank == 0, "input is %s of rank %d, expected int64 of rank 0",
            ttrt_dtype_name(x->dtype), x->rank);
    tt_infer_like(c, x);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_trilu(tt_infer *c)
{
    TT_RULE(c->layer->in[0]->rank >= 2, "input of rank %d, expected 2 or more", c->layer->in[0]->rank);
    tt_infer_like(c, c->layer->in[0]);
    return TTRT_OK;
}
