/* Reductions, the places of extrema, running sums and products. */
#include "engine/tensorrt/formula.h"

#include <math.h>

static uint32_t mask_of(tt_attr_ints axes)
{
    uint32_t mask = 0;

    for (int i = 0; i < axes.n; i++)
        mask |= 1u << axes.v[i];
    return mask;
}

static ITensor *sum_of(tt_trt_map *m, ITensor *x, uint32_t axes)
{
    return tt_trt_f_reduce(m, TRT_ReduceOperation_kSUM, x, axes);
}

/* ---- reductions ---- */

/* (sum |x|^p)^(1/p) and its limits. */
static ITensor *norm_of(tt_trt_map *m, ITensor *x, double p, uint32_t axes)
{
    ITensor *size = f_abs(m, x);

    if (p == 0)
        return sum_of(m, tt_trt_f_cast(m, f_not(m, f_equal_number(m, x, 0)), TTRT_DTYPE_FLOAT32), axes);
    if (isinf(p))
        return tt_trt_f_reduce(m, p > 0 ? TRT_ReduceOperation_kMAX : TRT_ReduceOperation_kMIN, size, axes);
    if (p == 1)
        return sum_of(m, size, axes);
    if (p == 2)
        return f_sqrt(m, sum_of(m, f_mul(m, x, x), axes));
    return f_pow_number(m, sum_of(m, f_pow_number(m, size, p), axes), 1 / p);
}

/* How many elements are reduced into one, less `correction`, as numbers of x's type and rank. */
static ITensor *degrees_of_freedom(tt_trt_map *m, const tt_layer *l, const ITensor *x)
{
    const tt_reduce_attrs *a = &l->attrs.reduce;
    tt_dim count = tt_dim_const(1);

    for (int i = 0; i < a->axes.n; i++)
        count = tt_dim_mul(m->net->dims, count, l->in[0]->dims[a->axes.v[i]]);
    if (tt_dims_status(m->net->dims) != TTRT_OK)
        return NULL;
    if (tt_dim_is_const(count))
        return tt_trt_f_number(m, fmax(0, (double)count.value - a->parameter), x);
    ITensor *n = tt_trt_f_cast(m, tt_trt_f_size(m, count, l->in[0]->rank), TTRT_DTYPE_FLOAT32);
    return f_max_number(m, f_add_number(m, n, -a->parameter), 0);
}

static ITensor *variance_of(tt_trt_map *m, const tt_layer *l, ITensor *x, uint32_t axes)
{
    ITensor *off = f_sub(m, x, tt_trt_f_reduce(m, TRT_ReduceOperation_kAVG, x, axes));

    if (l->attrs.reduce.parameter == 0)
        return tt_trt_f_reduce(m, TRT_ReduceOperation_kAVG, f_mul(m, off, off), axes);
    return f_div(m, sum_of(m, f_mul(m, off, off), axes), degrees_of_freedom(m, l, x));
}

/* NaN wins in PyTorch; TensorRT leaves it out. */
static ITensor *extremum_of(tt_trt_map *m, int32_t operation, ITensor *x, uint32_t axes)
{
    ITensor *best = tt_trt_f_reduce(m, operation, x, axes);

    if (!tt_trt_f_is_float(x))
        return best;
    ITensor *has_nan = tt_trt_f_reduce(m, TRT_ReduceOperation_kMAX, tt_trt_f_wide(m, f_is_nan(m, x)), axes);
    return tt_trt_f_select(m, f_greater_number(m, has_nan, 0), tt_trt_f_number(m, NAN, best), best);
}

static ITensor *reduced(tt_trt_map *m, const tt_layer *l, ITensor *x, uint32_t axes)
{
    const tt_reduce_attrs *a = &l->attrs.reduce;

    switch (a->operation) {
    case TT_REDUCE_SUM:
        return sum_of(m, x, axes);
    case TT_REDUCE_PROD:
        return tt_trt_f_reduce(m, TRT_ReduceOperation_kPROD, x, axes);
    case TT_REDUCE_MAX:
    case TT_REDUCE_ANY:
        return extremum_of(m, TRT_ReduceOperation_kMAX, x, axes);
    case TT_REDUCE_MIN:
    case TT_REDUCE_ALL:
        return extremum_of(m, TRT_ReduceOperation_kMIN, x, axes);
    case TT_REDUCE_AVG:
        return tt_trt_f_reduce(m, TRT_ReduceOperation_kAVG, x, axes);
    case TT_REDUCE_NORM:
        return norm_of(m, x, a->parameter, axes);
    default:
        return variance_of(m, l, x, axes);
    }
}

static bool is_extremum(const tt_reduce_attrs *a)
{
    return a->operation == TT_REDUCE_MAX || a->operation == TT_REDUCE_MIN;
}

bool tt_trt_accepts_reduce(const tt_layer *l, tt_reason *why)
{
    const tt_reduce_attrs *a = &l->attrs.reduce;

    return a->axes.n > 0 || (a->operation != TT_REDUCE_NORM && a->operation != TT_REDUCE_VARIANCE) ||
           tt_refuse(why, "TensorRT reduces one axis at least");
}

/* Sums of halves are sums of float32; what only compares stays as it is. */
ttrt_status tt_trt_map_reduce(tt_trt_map *m, const tt_layer *l)
{
    const tt_reduce_attrs *a = &l->attrs.reduce;
    ITensor *x = tt_trt_in(m, l, 0);

    if (a->axes.n == 0)
        return tt_trt_f_out(m, l, 0, x);
    if (!is_extremum(a) || !tt_dtype_is_float(l->in[0]->dtype))
        x = tt_trt_f_wide(m, x);
    return tt_trt_f_out(m, l, 0, reduced(m, l, x, mask_of(a->axes)));
}

/* ---- places of extrema ---- */

/* The first of equals, and the first NaN before all: the smallest of
 *     i         where x[i] is NaN
 *     i + 2^31  where x[i] is the extremum
 *     2^62      elsewhere
 * TopK would find one too, but promises no order of equals. */
ttrt_status tt_trt_map_arg_reduce(tt_trt_map *m, const tt_layer *l)
{
    const tt_arg_reduce_attrs *a = &l->attrs.arg_reduce;
    const tt_tensor *t = l->in[0];
    const uint32_t axis = 1u << a->axis;
    ITensor *x = tt_trt_in(m, l, 0), *is_nan = NULL;

    if (!tt_dtype_is_float(t->dtype)) {
        x = tt_trt_f_wide(m, x);
    } else { /* an extremum of what is no NaN, whatever TensorRT makes of it */
        is_nan = f_is_nan(m, x);
        x = tt_trt_f_select(m, is_nan, tt_trt_f_number(m, a->is_max ? -INFINITY : INFINITY, x), x);
    }
    ITensor *best = tt_trt_f_reduce(m, a->is_max ? TRT_ReduceOperation_kMAX : TRT_ReduceOperation_kMIN, x, axis);
    ITensor *place = tt_trt_f_iota(m, t->dims[a->axis], t->rank, (int)a->axis);
    ITensor *key =
        tt_trt_f_select(m, f_equal(m, x, best), f_add_number(m, place, 0x1p31), tt_trt_f_number(m, 0x1p62, place));
    if (is_nan)
        key = tt_trt_f_select(m, is_nan, place, key);
    key = tt_trt_f_reduce(m, TRT_ReduceOperation_kMIN, key, axis);
    return tt_trt_f_out(m, l, 0, tt_trt_f_select(m, f_less_number(m, key, 0x1p31), key, f_add_number(m, key, -0x1p31)));
}

/* ---- running sums and products ---- */

#define MOST_OF_A_TRIANGLE 1024 /* squared, the work of a running product */

bool tt_trt_accepts_cumulative(const tt_layer *l, tt_reason *why)
{
    const tt_cumulative_attrs *a = &l->attrs.cumulative;

    if (a->operation == TT_CUMULATIVE_SUM)
        return true;
    if (a->operation != TT_CUMULATIVE_PROD)
        return tt_refuse(why, "TensorRT has no running %s", tt_enum_name("cumulative", a->operation));
    if (l->in[0]->rank == TT_TRT_RANK)
        return tt_refuse(why, "TensorRT has running products of less than %d dimensions", TT_TRT_RANK);
    return tt_trt_longest(l->in[0]->dims[a->axis]) <= MOST_OF_A_TRIANGLE ||
           tt_refuse(why, "TensorRT has running products of at most %d elements", MOST_OF_A_TRIANGLE);
}

static ttrt_status running_sum(tt_trt_map *m, ITensor *x, int64_t axis, ITensor **out)
{
    ITensor *number;

    TT_TRY(tt_trt_scalar_i64(m, axis, TTRT_DTYPE_INT64, 0, &number));
    return tt_trt_added(
        m, trt_INetworkDefinition_addCumulative(m->trt, x, number, TRT_CumulativeOperation_kSUM, false, false), out);
}

/* y[i] = the product of x[j] with j <= i: a new dimension of i after that of j, where later ones count as 1. */
static ITensor *running_product(tt_trt_map *m, const tt_tensor *t, ITensor *x, int axis)
{
    const int rank = t->rank + 1;
    ITensor *j = tt_trt_f_iota(m, t->dims[axis], rank, axis), *i = tt_trt_f_iota(m, t->dims[axis], rank, axis + 1);

    x = tt_trt_f_unsqueeze(m, x, t, axis + 1);
    x = tt_trt_f_select(m, f_greater(m, j, i), tt_trt_f_number(m, 1, x), x);
    return tt_trt_f_reshape(m, tt_trt_f_reduce(m, TRT_ReduceOperation_kPROD, x, 1u << axis), t->rank, t->dims);
}

ttrt_status tt_trt_map_cumulative(tt_trt_map *m, const tt_layer *l)
{
    const tt_cumulative_attrs *a = &l->attrs.cumulative;
    ITensor *x = tt_trt_f_wide(m, tt_trt_in(m, l, 0));

    if (a->operation == TT_CUMULATIVE_PROD)
        return tt_trt_f_out(m, l, 0, running_product(m, l->in[0], x, (int)a->axis));
    if (x)
        TT_TRY(running_sum(m, x, a->axis, &x));
    return tt_trt_f_out(m, l, 0, x);
}
