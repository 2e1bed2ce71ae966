/* See formula.h. */
#include "engine/tensorrt/formula.h"

tt_dtype tt_trt_f_dtype(const ITensor *x)
{
    static const tt_dtype known[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT16, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_INT64,
                                     TTRT_DTYPE_INT32,   TTRT_DTYPE_INT8,    TTRT_DTYPE_UINT8,    TTRT_DTYPE_BOOL};

    for (size_t i = 0; i < TT_COUNT(known); i++)
        if (tt_trt_dtype(known[i]) == trt_ITensor_getType(x))
            return known[i];
    return TT_DTYPE_NONE;
}

bool tt_trt_f_is_float(const ITensor *x) { return x && tt_dtype_is_float(tt_trt_f_dtype(x)); }

/* ---- types ---- */

static bool is_narrow(tt_dtype d) { return d == TTRT_DTYPE_INT8 || d == TTRT_DTYPE_UINT8; }

ITensor *tt_trt_f_cast(tt_trt_map *m, ITensor *x, tt_dtype to)
{
    return x && tt_trt_cast(m, x, to, &x) == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_wide(tt_trt_map *m, ITensor *x)
{
    tt_dtype d = x ? tt_trt_f_dtype(x) : TT_DTYPE_NONE;

    if (d == TTRT_DTYPE_FLOAT16 || d == TTRT_DTYPE_BFLOAT16)
        return tt_trt_f_cast(m, x, TTRT_DTYPE_FLOAT32);
    if (is_narrow(d) || d == TTRT_DTYPE_BOOL)
        return tt_trt_f_cast(m, x, TTRT_DTYPE_INT32);
    return x;
}

/* The 8 low bits of an integer. TensorRT does not say whether its own casts keep them or the nearest number. */
static ITensor *low_bits(tt_trt_map *m, ITensor *x, tt_dtype to)
{
    const double below = to == TTRT_DTYPE_INT8 ? 128 : 0;

    x = f_add_number(m, x, below);
    x = f_sub(m, x, f_mul_number(m, f_floor_div_number(m, x, 256), 256));
    return tt_trt_f_cast(m, f_sub_number(m, x, below), tt_trt_carrier(to));
}

ITensor *tt_trt_f_convert(tt_trt_map *m, ITensor *x, tt_dtype to)
{
    tt_dtype from = x ? tt_trt_f_dtype(x) : TT_DTYPE_NONE;

    if (from == to || from == TTRT_DTYPE_BOOL || (to != TTRT_DTYPE_BOOL && !is_narrow(to)))
        return tt_trt_f_cast(m, x, tt_trt_carrier(to));
    if (is_narrow(from))
        x = tt_trt_f_cast(m, x, TTRT_DTYPE_INT32);
    if (to == TTRT_DTYPE_BOOL)
        return f_not(m, f_equal_number(m, x, 0));
    return low_bits(m, tt_trt_f_is_float(x) ? tt_trt_f_cast(m, x, TTRT_DTYPE_INT64) : x, to);
}

ttrt_status tt_trt_f_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *x)
{
    x = tt_trt_f_convert(m, x, l->out[i]->dtype);
    return x ? tt_trt_set_out(m, l, i, x) : ttrt_last_error()->status;
}

/* ---- layers ---- */

static int64_t nearest_integer(double v) { return v >= 0x1p63 ? INT64_MAX : v >= -0x1p63 ? (int64_t)v : INT64_MIN; }

ITensor *tt_trt_f_number(tt_trt_map *m, double v, const ITensor *like)
{
    ITensor *x = NULL;
    int rank = like ? tt_trt_rank(like) : 0;
    ttrt_status status;

    if (!like)
        return NULL;
    tt_dtype d = tt_trt_f_dtype(like);
    if (rank < 0)
        status = tt_trt_added(m, NULL, &x);
    else if (tt_dtype_is_float(d))
        status = tt_trt_scalar(m, v, d, rank, &x);
    else
        status = tt_trt_scalar_i64(m, nearest_integer(v), d, rank, &x);
    return status == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_unary(tt_trt_map *m, int32_t operation, ITensor *x)
{
    return x && tt_trt_unary(m, operation, x, &x) == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_activation(tt_trt_map *m, int32_t type, ITensor *x)
{
    return x && tt_trt_activation(m, type, 0, 0, x, &x) == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_binary(tt_trt_map *m, int32_t operation, ITensor *a, ITensor *b)
{
    return a && b && tt_trt_binary(m, operation, a, b, &a) == TTRT_OK ? a : NULL;
}

ITensor *tt_trt_f_with(tt_trt_map *m, int32_t operation, ITensor *x, double number)
{
    return tt_trt_f_binary(m, operation, x, tt_trt_f_number(m, number, x));
}

ITensor *tt_trt_f_number_with(tt_trt_map *m, int32_t operation, double number, ITensor *x)
{
    return tt_trt_f_binary(m, operation, tt_trt_f_number(m, number, x), x);
}

ITensor *tt_trt_f_select(tt_trt_map *m, ITensor *condition, ITensor *a, ITensor *b)
{
    return condition && a && b && tt_trt_select(m, condition, a, b, &a) == TTRT_OK ? a : NULL;
}

ITensor *tt_trt_f_keep_nan(tt_trt_map *m, ITensor *x, ITensor *y)
{
    return tt_trt_f_is_float(x) ? tt_trt_f_select(m, f_is_nan(m, x), x, y) : y;
}

ITensor *tt_trt_f_polynomial(tt_trt_map *m, ITensor *x, int n, const double *c)
{
    ITensor *y = f_mul_number(m, x, c[n - 1]);

    for (int i = n - 2; i > 0; i--)
        y = f_mul(m, f_add_number(m, y, c[i]), x);
    return f_add_number(m, y, c[0]);
}

ITensor *tt_trt_f_reduce(tt_trt_map *m, int32_t operation, ITensor *x, uint32_t axes)
{
    return x && tt_trt_reduce(m, operation, x, axes, true, &x) == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_reshape(tt_trt_map *m, ITensor *x, int rank, const tt_dim *dims)
{
    return x && tt_trt_reshape(m, x, rank, dims, &x) == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_unsqueeze(tt_trt_map *m, ITensor *x, const tt_tensor *t, int at)
{
    tt_dim dims[TT_TRT_RANK];

    for (int i = 0; i <= t->rank; i++)
        dims[i] = i < at ? t->dims[i] : i == at ? tt_dim_const(1) : t->dims[i - 1];
    return tt_trt_f_reshape(m, x, t->rank + 1, dims);
}

ITensor *tt_trt_f_expand(tt_trt_map *m, ITensor *x, int rank, const tt_dim *from, const tt_dim *dims)
{
    return x && tt_trt_expand(m, x, rank, from, dims, &x) == TTRT_OK ? x : NULL;
}

ITensor *tt_trt_f_size(tt_trt_map *m, tt_dim d, int rank)
{
    ITensor *x;

    return tt_trt_dim(m, d, &x) == TTRT_OK ? tt_trt_f_reshape(m, x, rank, tt_trt_ones) : NULL;
}

ITensor *tt_trt_f_iota(tt_trt_map *m, tt_dim n, int rank, int axis)
{
    tt_dim dims[TT_TRT_RANK];
    ITensor *x;

    for (int i = 0; i < rank; i++)
        dims[i] = i == axis ? n : tt_dim_const(1);
    return tt_trt_count(m, n, &x) == TTRT_OK ? tt_trt_f_reshape(m, x, rank, dims) : NULL;
}
