/* See combine.h. TensorRT's scatter keeps one of several writes to a place. Here each place looks for its own:
 *
 *     is_here[a, j] = index[j] == a         a along the axis, j along the next dimension
 *     y[a]          = data[a] + the sum over j of (is_here[a, j] ? updates[j] : 0)
 */
#include "engine/tensorrt/combine.h"

#include <math.h>

#define MOST_PAIRS 0x1p26 /* if TensorRT writes them to memory, a quarter of a GiB in float32 */

bool tt_trt_can_combine(int rank, int axis, const tt_dim *data, const tt_dim *updates, tt_reason *why)
{
    double pairs = (double)tt_trt_longest(updates[axis]);

    if (rank == TT_TRT_RANK)
        return tt_refuse(why, "TensorRT combines writes of less than %d dimensions", TT_TRT_RANK);
    for (int i = 0; i < rank; i++)
        pairs *= (double)tt_trt_longest(data[i]);
    return pairs <= MOST_PAIRS ||
           tt_refuse(why, "TensorRT would compare %.3g pairs of places and indices, at most %.3g", pairs, MOST_PAIRS);
}

static ITensor *unsqueezed(tt_trt_map *m, ITensor *x, const tt_trt_writes *w, const tt_dim *of, int at)
{
    tt_dim dims[TT_TRT_RANK];

    for (int i = 0; i <= w->rank; i++)
        dims[i] = i == at ? tt_dim_const(1) : of[i < at ? i : i - 1];
    return tt_trt_f_reshape(m, x, w->rank + 1, dims);
}

/* Where the updates are fewer than the data, more of them that go nowhere: their index is -1. */
static bool fill_up(tt_trt_map *m, const tt_trt_writes *w, tt_dim *dims, ITensor **index, ITensor **updates)
{
    tt_dim none[TT_TRT_RANK] = {{0}}, more[TT_TRT_RANK];
    bool fewer = false;

    for (int i = 0; i < w->rank; i++) {
        dims[i] = i == w->axis ? w->updates[i] : w->data[i];
        more[i] = tt_dim_sub(m->net->dims, dims[i], w->updates[i]);
        fewer = fewer || !tt_dim_is(more[i], 0);
    }
    if (tt_dims_status(m->net->dims) != TTRT_OK || !*index || !*updates)
        return false;
    return !fewer || (tt_trt_padded(m, *index, TTRT_DTYPE_INT64, w->rank, w->updates, none, more, TRT_SampleMode_kFILL,
                                    -1, index) == TTRT_OK &&
                      tt_trt_padded(m, *updates, tt_trt_f_dtype(*updates), w->rank, w->updates, none, more,
                                    TRT_SampleMode_kFILL, 0, updates) == TTRT_OK);
}

/* What changes nothing. */
static ITensor *neutral(tt_trt_map *m, tt_enum_scatter mode, const ITensor *like)
{
    const bool is_max = mode == TT_SCATTER_MAX, extreme = is_max || mode == TT_SCATTER_MIN;
    const tt_dtype d = tt_trt_f_dtype(like);
    const int64_t least = d == TTRT_DTYPE_INT32 ? INT32_MIN : INT64_MIN,
                  most = d == TTRT_DTYPE_INT32 ? INT32_MAX : INT64_MAX;
    ITensor *x;

    if (!extreme)
        return tt_trt_f_number(m, mode == TT_SCATTER_MUL, like);
    if (tt_dtype_is_float(d))
        return tt_trt_f_number(m, is_max ? -(double)INFINITY : (double)INFINITY, like);
    return tt_trt_scalar_i64(m, is_max ? least : most, d, tt_trt_rank(like), &x) == TTRT_OK ? x : NULL;
}

static ITensor *reduced(tt_trt_map *m, tt_enum_scatter mode, const tt_trt_writes *w, ITensor *x)
{
    static const int32_t operations[] = {[TT_SCATTER_ADD] = TRT_ReduceOperation_kSUM,
                                         [TT_SCATTER_MEAN] = TRT_ReduceOperation_kSUM,
                                         [TT_SCATTER_MUL] = TRT_ReduceOperation_kPROD,
                                         [TT_SCATTER_MAX] = TRT_ReduceOperation_kMAX,
                                         [TT_SCATTER_MIN] = TRT_ReduceOperation_kMIN};

    return x && tt_trt_reduce(m, operations[mode], x, 2u << w->axis, false, &x) == TTRT_OK ? x : NULL;
}

static ITensor *with_self(tt_trt_map *m, tt_enum_scatter mode, ITensor *data, ITensor *y)
{
    switch (mode) {
    case TT_SCATTER_MUL:
        return f_mul(m, data, y);
    case TT_SCATTER_MAX:
        return tt_trt_f_maximum(m, data, y);
    case TT_SCATTER_MIN:
        return tt_trt_f_minimum(m, data, y);
    default:
        return f_add(m, data, y);
    }
}

/* Quotients of integers round down. */
static ITensor *mean_of(tt_trt_map *m, ITensor *sum, ITensor *count)
{
    if (!tt_trt_f_is_float(sum))
        return f_floor_div(m, sum, count);
    return f_div(m, sum, count);
}

ITensor *tt_trt_combine(tt_trt_map *m, tt_enum_scatter mode, bool include_self, const tt_trt_writes *w, ITensor *data,
                        ITensor *index, ITensor *updates)
{
    tt_dim dims[TT_TRT_RANK], index_dims[TT_TRT_RANK];

    data = tt_trt_f_wide(m, data);
    updates = tt_trt_f_wide(m, updates);
    index = tt_trt_f_cast(m, index, TTRT_DTYPE_INT64);
    if (!data || !fill_up(m, w, dims, &index, &updates))
        return NULL;
    for (int i = 0; i < w->rank; i++)
        index_dims[i] = tt_dim_equal(w->index[i], w->updates[i]) ? dims[i] : w->index[i];
    ITensor *place = tt_trt_f_iota(m, w->data[w->axis], w->rank + 1, w->axis);
    ITensor *is_here = f_equal(m, unsqueezed(m, index, w, index_dims, w->axis), place);
    ITensor *x = unsqueezed(m, updates, w, dims, w->axis);
    ITensor *y = reduced(m, mode, w, tt_trt_f_select(m, is_here, x, neutral(m, mode, x)));
    if (include_self && mode != TT_SCATTER_MEAN)
        return with_self(m, mode, data, y);
    ITensor *count = reduced(m, TT_SCATTER_ADD, w, tt_trt_f_cast(m, is_here, tt_trt_f_dtype(data)));
    if (include_self)
        return mean_of(m, f_add(m, data, y), f_add_number(m, count, 1));
    if (mode == TT_SCATTER_MEAN)
        y = mean_of(m, y, f_max_number(m, count, 1));
    return tt_trt_f_select(m, f_greater_number(m, count, 0), y, data);
}
