/* What depends on the order or the place of elements: top-k, sorting, search, one-hot, triangles. */
#include "engine/tensorrt/formula.h"

#define MOST_OF_TOPK 3840

/* ---- top-k ---- */

/* [before the axis, the axis, after it]: TensorRT takes two dimensions or more, and an axis among the last four. */
static void as_rows(tt_trt_map *m, const tt_tensor *t, int64_t axis, tt_dim *dims)
{
    tt_dims *table = m->net->dims;

    dims[0] = tt_dim_product(table, t->dims, (size_t)axis);
    dims[1] = t->dims[axis];
    dims[2] = tt_dim_product(table, t->dims + axis + 1, (size_t)(t->rank - axis - 1));
}

/* The k largest or smallest, best first. */
static ttrt_status topk(tt_trt_map *m, const tt_layer *l, tt_dim k, int64_t axis, bool largest)
{
    const tt_tensor *t = l->in[0];
    const bool reshapes = t->rank == 1 || axis < t->rank - 4;
    ITensor *x = tt_trt_in(m, l, 0), *symbolic = NULL, *out[2];
    tt_dim rows[3];

    if (!tt_dtype_is_float(t->dtype))
        x = tt_trt_f_wide(m, x);
    if (reshapes) {
        as_rows(m, t, axis, rows);
        TT_TRY(tt_dims_status(m->net->dims));
        x = tt_trt_f_reshape(m, x, 3, rows);
    }
    if (!tt_dim_is_const(k))
        symbolic = tt_trt_f_size(m, k, 0);
    if (!x || (!tt_dim_is_const(k) && !symbolic))
        return ttrt_last_error()->status;
    ITopKLayer *best = trt_INetworkDefinition_addTopKV2(
        m->trt, x, largest ? TRT_TopKOperation_kMAX : TRT_TopKOperation_kMIN, symbolic ? 1 : (int32_t)k.value,
        reshapes ? 2u : 1u << axis, TRT_DataType_kINT64);
    if (best && symbolic)
        trt_ILayer_setInput((ILayer *)best, 1, symbolic);
    for (int i = 0; i < 2; i++) {
        TT_TRY(tt_trt_added_at(m, best, i, &out[i]));
        TT_TRY(tt_trt_f_out(m, l, i, reshapes ? tt_trt_f_reshape(m, out[i], t->rank, l->out[i]->dims) : out[i]));
    }
    return TTRT_OK;
}

static bool accepts_count(tt_dim k, tt_reason *why)
{
    return tt_trt_longest(k) <= MOST_OF_TOPK || tt_refuse(why, "TensorRT orders at most %d elements", MOST_OF_TOPK);
}

bool tt_trt_accepts_topk(const tt_layer *l, tt_reason *why) { return accepts_count(l->attrs.topk.k, why); }

ttrt_status tt_trt_map_topk(tt_trt_map *m, const tt_layer *l)
{
    const tt_topk_attrs *a = &l->attrs.topk;

    return topk(m, l, a->k, a->axis, a->largest);
}

/* ---- sorting ---- */

#define MOST_OF_STABLE 512 /* squared, the comparisons of a row */

bool tt_trt_accepts_sort(const tt_layer *l, tt_reason *why)
{
    const tt_sort_attrs *a = &l->attrs.sort;
    tt_dim n = l->in[0]->dims[a->axis];

    if (!a->stable)
        return accepts_count(n, why);
    if (l->in[0]->rank == TT_TRT_RANK)
        return tt_refuse(why, "TensorRT has stable sorts of less than %d dimensions", TT_TRT_RANK);
    return tt_trt_longest(n) <= MOST_OF_STABLE ||
           tt_refuse(why, "TensorRT has stable sorts of at most %d elements", MOST_OF_STABLE);
}

/* Whether a comes before b, or is its equal and `is_first`. NaN is larger than all. */
static ITensor *comes_before(tt_trt_map *m, bool descending, ITensor *a, ITensor *b, ITensor *is_first)
{
    ITensor *before = descending ? f_greater(m, a, b) : f_less(m, a, b), *same = f_equal(m, a, b);

    if (tt_trt_f_is_float(a)) {
        ITensor *a_is = f_is_nan(m, a), *b_is = f_is_nan(m, b);
        before = f_or(m, before, descending ? f_and(m, a_is, f_not(m, b_is)) : f_and(m, b_is, f_not(m, a_is)));
        same = f_or(m, same, f_and(m, a_is, b_is));
    }
    return f_or(m, before, f_and(m, same, is_first));
}

/* TopK promises no order of equals. Here each element counts those that come before it, which is its place; each place
 * then finds the element that has it.
 *     place[i] = sum over j of before(x[j], x[i])        index[p] = sum over i of i where place[i] == p */
static ttrt_status stable_sort(tt_trt_map *m, const tt_layer *l, int axis, bool descending)
{
    const tt_tensor *t = l->in[0];
    const int rank = t->rank + 1;
    ITensor *first = tt_trt_f_iota(m, t->dims[axis], rank, axis);
    ITensor *second = tt_trt_f_iota(m, t->dims[axis], rank, axis + 1);
    ITensor *x = tt_dtype_is_float(t->dtype) ? tt_trt_in(m, l, 0) : tt_trt_f_wide(m, tt_trt_in(m, l, 0));
    ITensor *before = comes_before(m, descending, tt_trt_f_unsqueeze(m, x, t, axis + 1),
                                   tt_trt_f_unsqueeze(m, x, t, axis), f_less(m, first, second));
    ITensor *place =
        tt_trt_f_reduce(m, TRT_ReduceOperation_kSUM, tt_trt_f_cast(m, before, TTRT_DTYPE_INT64), 1u << axis);
    ITensor *index = tt_trt_f_select(m, f_equal(m, place, first), second, tt_trt_f_number(m, 0, second));

    index = tt_trt_f_reduce(m, TRT_ReduceOperation_kSUM, index, 2u << axis);
    index = tt_trt_f_reshape(m, index, t->rank, t->dims);
    if (!x || !index)
        return ttrt_last_error()->status;
    IGatherLayer *g = trt_INetworkDefinition_addGatherV2(m->trt, x, index, TRT_GatherMode_kELEMENT);
    trt_IGatherLayer_setGatherAxis(g, axis);
    TT_TRY(tt_trt_added(m, g, &x));
    TT_TRY(tt_trt_f_out(m, l, 0, x));
    return tt_trt_f_out(m, l, 1, index);
}

ttrt_status tt_trt_map_sort(tt_trt_map *m, const tt_layer *l)
{
    const tt_sort_attrs *a = &l->attrs.sort;

    if (a->stable)
        return stable_sort(m, l, (int)a->axis, a->descending);
    return topk(m, l, l->in[0]->dims[a->axis], a->axis, a->descending);
}

/* ---- search ---- */

bool tt_trt_accepts_search(const tt_layer *l, tt_reason *why)
{
    return l->in[1]->rank < TT_TRT_RANK ||
           tt_refuse(why, "TensorRT searches for values of less than %d dimensions", TT_TRT_RANK);
}

/* Counts the elements of the row that are not behind the value. */
ttrt_status tt_trt_map_search(tt_trt_map *m, const tt_layer *l)
{
    const tt_tensor *row = l->in[0], *values = l->in[1];
    const int rank = values->rank;
    ITensor *v = tt_trt_f_unsqueeze(m, tt_trt_f_wide(m, tt_trt_in(m, l, 1)), values, rank);
    ITensor *r = tt_trt_f_wide(m, tt_trt_in(m, l, 0));
    tt_dim dims[TT_TRT_RANK];

    for (int d = 0; d < rank; d++)
        dims[d] = row->rank == 1 || d == rank - 1 ? tt_dim_const(1) : row->dims[d];
    dims[rank] = row->dims[row->rank - 1];
    r = tt_trt_f_reshape(m, r, rank + 1, dims);
    ITensor *after = f_greater(m, r, v);
    if (!l->attrs.search.right)
        after = f_or(m, after, f_equal(m, r, v));
    ITensor *before = tt_trt_f_cast(m, f_not(m, after), TTRT_DTYPE_INT64);
    ITensor *count = tt_trt_f_reduce(m, TRT_ReduceOperation_kSUM, before, 1u << rank);
    return tt_trt_f_out(m, l, 0, tt_trt_f_reshape(m, count, rank, values->dims));
}

/* ---- places ---- */

ttrt_status tt_trt_map_one_hot(tt_trt_map *m, const tt_layer *l)
{
    const tt_tensor *t = l->in[0];
    ITensor *x = tt_trt_f_unsqueeze(m, tt_trt_in(m, l, 0), t, t->rank);

    return tt_trt_f_out(m, l, 0, f_equal(m, x, tt_trt_f_iota(m, l->attrs.one_hot.depth, t->rank + 1, t->rank)));
}

/* Column - row against the diagonal. */
ttrt_status tt_trt_map_trilu(tt_trt_map *m, const tt_layer *l)
{
    const tt_trilu_attrs *a = &l->attrs.trilu;
    const tt_tensor *t = l->in[0];
    ITensor *x = tt_trt_in(m, l, 0);

    if (ttrt_dtype_size(t->dtype) == 1)
        x = tt_trt_f_wide(m, x);
    ITensor *diagonal = tt_trt_f_size(m, a->diagonal, t->rank);
    ITensor *rows = tt_trt_f_iota(m, t->dims[t->rank - 2], t->rank, t->rank - 2);
    ITensor *columns = tt_trt_f_iota(m, t->dims[t->rank - 1], t->rank, t->rank - 1);
    ITensor *off = f_sub(m, columns, rows);
    ITensor *goes = a->upper ? f_less(m, off, diagonal) : f_greater(m, off, diagonal);
    return tt_trt_f_out(m, l, 0, tt_trt_f_select(m, goes, tt_trt_f_number(m, 0, x), x));
}
