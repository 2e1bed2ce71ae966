/* Reading and writing by indices. Several indexed dimensions become one, whose index is computed:
 *
 *     x[:, i, j]    ─►  x as [n, h * w], gathered along dimension 1 by i * w + j
 *
 * so that dimensions which stand together need no transposition. PyTorch fails on an index out of range; TensorRT reads
 * a zero or any element there. */
#include "base/checked.h"
#include "engine/tensorrt/combine.h"

#include "network/affine.h"
#include "network/optimize.h"

/* ---- indices below 0 ---- */

static bool constant_is_never_negative(const tt_net_weights *w)
{
    const size_t size = ttrt_dtype_size(w->dtype);

    for (size_t at = 0; at < w->bytes; at += size)
        if (tt_load_i64((const char *)w->data + at, w->dtype) < 0)
            return false;
    return true;
}

/* A named constant is a parameter, which a refit may change. */
static bool is_never_negative(const tt_trt_map *m, const tt_tensor *index)
{
    const tt_layer *l = tt_made_by(index, TT_LAYER_CONSTANT);
    tt_affine a;
    int64_t min, max;

    if (l)
        return !l->attrs.constant.weights.name && constant_is_never_negative(&l->attrs.constant.weights);
    if (!tt_affine_of(m->net, index, &a))
        return false;
    tt_affine_range(&a, &min, &max);
    return min >= 0;
}

/* A size as a tensor of dimensions of 1. */
static ttrt_status size_of(tt_trt_map *m, tt_dim size, tt_dtype dtype, int rank, ITensor **out)
{
    tt_dim ones[TT_TRT_RANK];

    if (tt_dim_is_const(size))
        return tt_trt_scalar_i64(m, size.value, dtype, rank, out);
    for (int i = 0; i < rank; i++)
        ones[i] = tt_dim_const(1);
    TT_TRY(tt_trt_dim(m, size, out));
    TT_TRY(tt_trt_cast(m, *out, dtype, out));
    return tt_trt_reshape(m, *out, rank, ones, out);
}

static ttrt_status times(tt_trt_map *m, ITensor *index, tt_dim size, tt_dtype dtype, int rank, ITensor **out)
{
    ITensor *n;

    *out = index;
    if (tt_dim_is(size, 1))
        return TTRT_OK;
    TT_TRY(size_of(m, size, dtype, rank, &n));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kPROD, index, n, out);
}

/* Negative indices count from the end of a dimension of this size. */
static ttrt_status wrapped(tt_trt_map *m, const tt_tensor *index, tt_dim size, ITensor **out)
{
    ITensor *zero, *n, *negative, *moved;

    *out = m->tensors[index->id];
    if (is_never_negative(m, index))
        return TTRT_OK;
    TT_TRY(tt_trt_scalar_i64(m, 0, index->dtype, index->rank, &zero));
    TT_TRY(size_of(m, size, index->dtype, index->rank, &n));
    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kLESS, *out, zero, &negative));
    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kSUM, *out, n, &moved));
    return tt_trt_select(m, negative, moved, *out, out);
}

/* ---- gather ---- */

/* torch.gather reads the first part of the dimensions along which the indices are fewer. */
static ttrt_status as_far_as_indexed(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor **out)
{
    static const int64_t ones[TT_TRT_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    const tt_tensor *data = l->in[0], *index = l->in[1];
    tt_dim start[TT_TRT_RANK] = {{0}}, size[TT_TRT_RANK];
    bool is_less = false;

    for (int i = 0; i < data->rank; i++) {
        size[i] = i == l->attrs.gather.axis ? data->dims[i] : index->dims[i];
        is_less = is_less || !tt_dim_known_equal(m->net->dims, size[i], data->dims[i]);
    }
    *out = x;
    if (!is_less)
        return TTRT_OK;
    return tt_trt_slice(m, x, data->rank, start, size, ones, TRT_SampleMode_kSTRICT_BOUNDS, NULL, out);
}

ttrt_status tt_trt_map_gather(tt_trt_map *m, const tt_layer *l)
{
    const tt_gather_attrs *a = &l->attrs.gather;
    ITensor *x, *index = tt_trt_in(m, l, 1);

    x = tt_trt_in(m, l, 0);
    if (a->wrap)
        TT_TRY(wrapped(m, l->in[1], l->in[0]->dims[a->axis], &index));
    if (a->mode == TT_GATHER_DEFAULT) {
        TT_TRY(tt_trt_gather(m, x, index, (int)a->axis, &x));
        return tt_trt_set_carried_out(m, l, 0, x);
    }
    TT_TRY(as_far_as_indexed(m, l, x, &x));
    IGatherLayer *g = trt_INetworkDefinition_addGatherV2(m->trt, x, index, TRT_GatherMode_kELEMENT);
    trt_IGatherLayer_setGatherAxis(g, (int32_t)a->axis);
    TT_TRY(tt_trt_added(m, g, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

/* ---- several indexed dimensions as one ---- */

typedef struct indexing {
    const tt_tensor *data;
    tt_attr_ints axes;
    int64_t position;           /* of the indices' dimensions in what is read */
    tt_tensor *const *indices;  /* one for each axis */
    int64_t order[TT_TRT_RANK]; /* the data's dimensions, the indexed ones together ... */
    int at;                     /* ... from here on */
    tt_dim one;                 /* the size of all indexed dimensions as one */
} indexing;

/* Dimensions that stand together stay where they are, unless they have to come first; others come first. */
static ttrt_status start_indexing(tt_trt_map *m, bool first, indexing *x)
{
    uint64_t set = 0;
    tt_dim sizes[TT_TRT_RANK];
    int n = 0;
    bool together = !first || x->axes.v[0] == 0;

    for (int k = 0; k < x->axes.n; k++) {
        together = together && (k == 0 || x->axes.v[k] == x->axes.v[k - 1] + 1);
        set |= (uint64_t)1 << x->axes.v[k];
        sizes[k] = x->data->dims[x->axes.v[k]];
    }
    x->at = together ? (int)x->axes.v[0] : 0;
    for (int k = 0; k < x->axes.n; k++)
        x->order[x->at + k] = x->axes.v[k];
    for (int i = 0; i < x->data->rank; i++) {
        n += n == x->at ? x->axes.n : 0;
        if (!(set >> i & 1))
            x->order[n++] = i;
    }
    x->one = tt_dim_product(m->net->dims, sizes, (size_t)x->axes.n);
    return tt_dims_status(m->net->dims);
}

static bool is_in_order(const indexing *x)
{
    for (int i = 0; i < x->data->rank; i++)
        if (x->order[i] != i)
            return false;
    return true;
}

/* The data in that order with the indexed dimensions as one; its dimensions, as many as are returned. */
static int joined_dims(const indexing *x, tt_dim *dims)
{
    int n = 0;

    for (int i = 0; i < x->data->rank; i += i == x->at ? x->axes.n : 1)
        dims[n++] = i == x->at ? x->one : x->data->dims[x->order[i]];
    return n;
}

static ttrt_status join(tt_trt_map *m, const indexing *x, ITensor *data, ITensor **out)
{
    tt_dim dims[TT_TRT_RANK];

    *out = data;
    if (!is_in_order(x))
        TT_TRY(tt_trt_transpose(m, data, x->data->rank, x->order, out));
    if (x->axes.n == 1)
        return TTRT_OK;
    return tt_trt_reshape(m, *out, joined_dims(x, dims), dims, out);
}

/* ((i0 * n1) + i1) * n2 + i2 ... */
static ttrt_status joined_index(tt_trt_map *m, const indexing *x, ITensor **out)
{
    ITensor *index;

    TT_TRY(wrapped(m, x->indices[0], x->data->dims[x->axes.v[0]], out));
    for (int k = 1; k < x->axes.n; k++) {
        const tt_dim n = x->data->dims[x->axes.v[k]];
        TT_TRY(wrapped(m, x->indices[k], n, &index));
        TT_TRY(times(m, *out, n, TTRT_DTYPE_INT64, x->indices[k]->rank, out));
        TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kSUM, *out, index, out));
    }
    return TTRT_OK;
}

/* Moves n dimensions of a tensor from one place to another. */
static ttrt_status move_dims(tt_trt_map *m, ITensor *x, int rank, int n, int from, int to, ITensor **out)
{
    int64_t order[TT_TRT_RANK];
    int k = from == 0 ? n : 0;

    *out = x;
    if (from == to || n == 0)
        return TTRT_OK;
    for (int i = 0; i < rank; i++)
        if (i >= to && i < to + n) {
            order[i] = from + i - to;
        } else {
            order[i] = k++;
            k += k == from ? n : 0;
        }
    return tt_trt_transpose(m, x, rank, order, out);
}

ttrt_status tt_trt_map_index(tt_trt_map *m, const tt_layer *l)
{
    const tt_index_attrs *a = &l->attrs.index;
    indexing i = {.data = l->in[0], .axes = a->axes, .position = a->position, .indices = l->in + 1};
    ITensor *x, *index;

    TT_TRY(start_indexing(m, false, &i));
    x = tt_trt_in(m, l, 0);
    TT_TRY(join(m, &i, x, &x));
    TT_TRY(joined_index(m, &i, &index));
    TT_TRY(tt_trt_gather(m, x, index, i.at, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

/* ---- index_put ---- */

/* Back from join(). */
static ttrt_status split(tt_trt_map *m, const indexing *x, ITensor *data, ITensor **out)
{
    tt_dim dims[TT_TRT_RANK];
    int64_t back[TT_TRT_RANK];

    *out = data;
    for (int i = 0; i < x->data->rank; i++) {
        dims[i] = x->data->dims[x->order[i]];
        back[x->order[i]] = i;
    }
    if (x->axes.n > 1)
        TT_TRY(tt_trt_reshape(m, data, x->data->rank, dims, out));
    return is_in_order(x) ? TTRT_OK : tt_trt_transpose(m, *out, x->data->rank, back, out);
}

/* The indices as a list of rows, [n, 1], and the values that go there, [n, rest of the data...]. */
static ttrt_status rows(tt_trt_map *m, const tt_layer *l, const indexing *x, ITensor **index, ITensor **values)
{
    const tt_tensor *shape = x->indices[0];
    tt_dim dims[TT_TRT_RANK], joined[TT_TRT_RANK];
    const int rank = joined_dims(x, joined);
    const tt_dim n = tt_dim_product(m->net->dims, shape->dims, (size_t)shape->rank), pair[] = {n, tt_dim_const(1)};

    TT_TRY(tt_dims_status(m->net->dims));
    TT_TRY(joined_index(m, x, index));
    TT_TRY(tt_trt_reshape(m, *index, 2, pair, index));
    *values = tt_trt_in(m, l, 1);
    TT_TRY(move_dims(m, *values, l->in[1]->rank, shape->rank, (int)x->position, 0, values));
    for (int i = 0; i < rank; i++)
        dims[i] = i == 0 ? n : joined[i];
    return shape->rank == 1 ? TTRT_OK : tt_trt_reshape(m, *values, rank, dims, values);
}

/* [places, rest of the data] as seen by combine.h. */
static void flat_sizes(tt_dims *t, const indexing *x, tt_dim *data, tt_dim *updates)
{
    tt_dim joined[TT_TRT_RANK];
    const int rank = joined_dims(x, joined);

    data[0] = joined[0];
    data[1] = updates[1] = tt_dim_product(t, joined + 1, (size_t)rank - 1);
    updates[0] = tt_dim_product(t, x->indices[0]->dims, (size_t)x->indices[0]->rank);
}

static ttrt_status accumulate(tt_trt_map *m, const indexing *x, ITensor *data, ITensor *index, ITensor *values,
                              ITensor **out)
{
    tt_dim sizes[2], update_sizes[2], index_sizes[2], dims[TT_TRT_RANK];
    const int rank = joined_dims(x, dims);

    flat_sizes(m->net->dims, x, sizes, update_sizes);
    TT_TRY(tt_dims_status(m->net->dims));
    index_sizes[0] = update_sizes[0];
    index_sizes[1] = tt_dim_const(1);
    const tt_trt_writes w = {2, 0, sizes, update_sizes, index_sizes};
    TT_TRY(tt_trt_reshape(m, data, 2, sizes, &data));
    TT_TRY(tt_trt_reshape(m, values, 2, update_sizes, &values));
    *out = tt_trt_f_reshape(m, tt_trt_combine(m, TT_SCATTER_ADD, true, &w, data, index, values), rank, dims);
    return *out ? TTRT_OK : ttrt_last_error()->status;
}

/* An upper bound from the layer alone: every place of the data with every index. */
bool tt_trt_accepts_index_put(const tt_layer *l, tt_reason *why)
{
    const tt_tensor *index = l->in[2];
    int64_t pairs = 1, places = 1;

    if (!l->attrs.index_put.accumulate)
        return true;
    for (int i = 0; i < index->rank; i++)
        if (!tt_mul_i64(pairs, tt_trt_longest(index->dims[i]), &pairs))
            pairs = INT64_MAX;
    for (int i = 0; i < l->in[0]->rank; i++)
        if (!tt_mul_i64(places, tt_trt_longest(l->in[0]->dims[i]), &places))
            places = INT64_MAX;
    const tt_dim data[] = {tt_dim_const(places)}, updates[] = {tt_dim_const(pairs)};
    return tt_trt_can_combine(1, 0, data, updates, why);
}

ttrt_status tt_trt_map_index_put(tt_trt_map *m, const tt_layer *l)
{
    const tt_index_put_attrs *a = &l->attrs.index_put;
    indexing i = {.data = l->in[0], .axes = a->axes, .position = a->position, .indices = l->in + 2};
    ITensor *x, *index, *values;

    TT_TRY(start_indexing(m, true, &i));
    x = tt_trt_in(m, l, 0);
    TT_TRY(join(m, &i, x, &x));
    TT_TRY(rows(m, l, &i, &index, &values));
    if (a->accumulate)
        TT_TRY(accumulate(m, &i, x, index, values, &x));
    else
        TT_TRY(tt_trt_added(m, trt_INetworkDefinition_addScatter(m->trt, x, index, values, TRT_ScatterMode_kND), &x));
    TT_TRY(split(m, &i, x, &x));
    return tt_trt_f_out(m, l, 0, x);
}

/* ---- scatter ---- */

bool tt_trt_accepts_scatter(const tt_layer *l, tt_reason *why)
{
    return l->attrs.scatter.mode == TT_SCATTER_SET ||
           tt_trt_can_combine(l->in[0]->rank, (int)l->attrs.scatter.axis, l->in[0]->dims, l->in[2]->dims, why);
}

/* TensorRT's elements take at most as many indices along the axis as the data has places. */
static bool fits_elements(const tt_layer *l)
{
    const int64_t axis = l->attrs.scatter.axis;
    int64_t least, most, ignored;

    tt_dim_range(l->in[0]->dims[axis], &least, &ignored);
    tt_dim_range(l->in[1]->dims[axis], &ignored, &most);
    return most <= least || tt_dim_equal(l->in[0]->dims[axis], l->in[1]->dims[axis]);
}

static ttrt_status scatter_elements(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor *updates, ITensor **out)
{
    IScatterLayer *s =
        trt_INetworkDefinition_addScatter(m->trt, x, tt_trt_in(m, l, 1), updates, TRT_ScatterMode_kELEMENT);

    trt_IScatterLayer_setAxis(s, (int32_t)l->attrs.scatter.axis);
    return tt_trt_added(m, s, out);
}

/* How far along dimension d each update's place lies, in elements of the flat data: the index, or a count. */
static ttrt_status way_along(tt_trt_map *m, const tt_layer *l, int d, ITensor **out)
{
    const tt_tensor *data = l->in[0], *index = l->in[1];
    const tt_dim step = tt_dim_product(m->net->dims, data->dims + d + 1, (size_t)(data->rank - d - 1));
    tt_dim dims[TT_TRT_RANK];

    TT_TRY(tt_dims_status(m->net->dims));
    if (d == l->attrs.scatter.axis) {
        TT_TRY(tt_trt_cast(m, tt_trt_in(m, l, 1), TTRT_DTYPE_INT64, out));
    } else {
        for (int i = 0; i < data->rank; i++)
            dims[i] = i == d ? index->dims[i] : tt_dim_const(1);
        TT_TRY(tt_trt_count(m, index->dims[d], out));
        TT_TRY(tt_trt_reshape(m, *out, data->rank, dims, out));
    }
    return times(m, *out, step, TTRT_DTYPE_INT64, data->rank, out);
}

/* The data as one row, and the places in it. */
static ttrt_status scatter_flat(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor *updates, ITensor **out)
{
    const tt_tensor *data = l->in[0], *index = l->in[1];
    const tt_dim total = tt_dim_product(m->net->dims, data->dims, (size_t)data->rank),
                 n = tt_dim_product(m->net->dims, index->dims, (size_t)index->rank), pair[] = {n, tt_dim_const(1)};
    ITensor *places = NULL, *way;

    TT_TRY(tt_dims_status(m->net->dims));
    for (int d = 0; d < data->rank; d++) {
        TT_TRY(way_along(m, l, d, &way));
        if (places)
            TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kSUM, places, way, &way));
        places = way;
    }
    TT_TRY(tt_trt_reshape(m, places, 2, pair, &places));
    TT_TRY(tt_trt_reshape(m, updates, 1, &n, &updates));
    TT_TRY(tt_trt_reshape(m, x, 1, &total, &x));
    TT_TRY(tt_trt_added(m, trt_INetworkDefinition_addScatter(m->trt, x, places, updates, TRT_ScatterMode_kND), &x));
    return tt_trt_reshape(m, x, data->rank, data->dims, out);
}

ttrt_status tt_trt_map_scatter(tt_trt_map *m, const tt_layer *l)
{
    const tt_scatter_attrs *a = &l->attrs.scatter;
    ITensor *x = tt_trt_in(m, l, 0), *updates = tt_trt_in(m, l, 2);

    if (a->mode != TT_SCATTER_SET) {
        const tt_trt_writes w = {l->in[0]->rank, (int)a->axis, l->in[0]->dims, l->in[2]->dims, l->in[2]->dims};
        x = tt_trt_combine(m, (tt_enum_scatter)a->mode, a->include_self, &w, x, tt_trt_in(m, l, 1), updates);
        return tt_trt_f_out(m, l, 0, x);
    }
    TT_TRY((fits_elements(l) ? scatter_elements : scatter_flat)(m, l, x, updates, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}
