/* Formulas of several TensorRT layers, written as expressions: x * sigmoid(x) is
 *     f_mul(m, x, tt_trt_f_activation(m, TRT_ActivationType_kSIGMOID, x))
 * A failure gives NULL, and NULL in gives NULL out, so that only the end is checked: tt_trt_f_out(). */
#ifndef TT_TENSORRT_FORMULA_H
#define TT_TENSORRT_FORMULA_H

#include "engine/tensorrt/map.h"

tt_dtype tt_trt_f_dtype(const ITensor *x);
bool tt_trt_f_is_float(const ITensor *x);

/* In the type that formulas compute in: halves as f32, of which the end rounds once, as PyTorch does; i8, u8 and bool,
 * which TensorRT does no arithmetic on, as i32. Others stay. */
ITensor *tt_trt_f_wide(tt_trt_map *m, ITensor *x);
ITensor *tt_trt_f_cast(tt_trt_map *m, ITensor *x, tt_dtype to);
/* PyTorch's conversion: all but 0 is true, integers keep their low bits. */
ITensor *tt_trt_f_convert(tt_trt_map *m, ITensor *x, tt_dtype to);
/* x, converted, is output i of the layer; or the failure that made it NULL. */
ttrt_status tt_trt_f_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *x);

ITensor *tt_trt_f_number(tt_trt_map *m, double v, const ITensor *like); /* of like's type and rank */
ITensor *tt_trt_f_unary(tt_trt_map *m, int32_t operation, ITensor *x);
ITensor *tt_trt_f_activation(tt_trt_map *m, int32_t type, ITensor *x);
ITensor *tt_trt_f_binary(tt_trt_map *m, int32_t operation, ITensor *a, ITensor *b);
ITensor *tt_trt_f_with(tt_trt_map *m, int32_t operation, ITensor *x, double number);        /* x operation number */
ITensor *tt_trt_f_number_with(tt_trt_map *m, int32_t operation, double number, ITensor *x); /* number operation x */
ITensor *tt_trt_f_select(tt_trt_map *m, ITensor *condition, ITensor *a, ITensor *b);
/* y, but x where x is NaN: TensorRT's maxima and clips lose it. */
ITensor *tt_trt_f_keep_nan(tt_trt_map *m, ITensor *x, ITensor *y);
/* PyTorch's: NaN wins. */
ITensor *tt_trt_f_maximum(tt_trt_map *m, ITensor *a, ITensor *b);
ITensor *tt_trt_f_minimum(tt_trt_map *m, ITensor *a, ITensor *b);
/* c[0] + c[1] x + ... + c[n - 1] x^(n - 1) */
ITensor *tt_trt_f_polynomial(tt_trt_map *m, ITensor *x, int n, const double *c);
ITensor *tt_trt_f_log1p(tt_trt_map *m, ITensor *x); /* digits kept where x is small */
ITensor *tt_trt_f_reduce(tt_trt_map *m, int32_t operation, ITensor *x, uint32_t axes); /* dimensions become 1 */
ITensor *tt_trt_f_reshape(tt_trt_map *m, ITensor *x, int rank, const tt_dim *dims);
/* x, which is of t's shape, with a dimension of 1 put in at position `at`. */
ITensor *tt_trt_f_unsqueeze(tt_trt_map *m, ITensor *x, const tt_tensor *t, int at);
ITensor *tt_trt_f_expand(tt_trt_map *m, ITensor *x, int rank, const tt_dim *from, const tt_dim *dims);
ITensor *tt_trt_f_size(tt_trt_map *m, tt_dim d, int rank); /* [1] * rank, i64 */
/* 0, 1, ..., n - 1 as i64 along `axis`, the other dimensions 1. */
ITensor *tt_trt_f_iota(tt_trt_map *m, tt_dim n, int rank, int axis);

/* Shorthands. */
#define BINARY(name, operation)                                                                                        \
    static inline ITensor *f_##name(tt_trt_map *m, ITensor *a, ITensor *b)                                             \
    {                                                                                                                  \
        return tt_trt_f_binary(m, TRT_ElementWiseOperation_k##operation, a, b);                                        \
    }                                                                                                                  \
    static inline ITensor *f_##name##_number(tt_trt_map *m, ITensor *x, double number)                                 \
    {                                                                                                                  \
        return tt_trt_f_with(m, TRT_ElementWiseOperation_k##operation, x, number);                                     \
    }
BINARY(add, SUM)
BINARY(sub, SUB)
BINARY(mul, PROD)
BINARY(div, DIV)
BINARY(max, MAX)
BINARY(min, MIN)
BINARY(floor_div, FLOOR_DIV)
BINARY(pow, POW)
BINARY(equal, EQUAL)
BINARY(less, LESS)
BINARY(greater, GREATER)
#undef BINARY
static inline ITensor *f_and(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_binary(m, TRT_ElementWiseOperation_kAND, a, b);
}
static inline ITensor *f_or(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_binary(m, TRT_ElementWiseOperation_kOR, a, b);
}
static inline ITensor *f_xor(tt_trt_map *m, ITensor *a, ITensor *b)
{
    return tt_trt_f_binary(m, TRT_ElementWiseOperation_kXOR, a, b);
}
#define UNARY(name, operation)                                                                                         \
    static inline ITensor *f_##name(tt_trt_map *m, ITensor *x)                                                         \
    {                                                                                                                  \
        return tt_trt_f_unary(m, TRT_UnaryOperation_k##operation, x);                                                  \
    }
UNARY(not, NOT)
UNARY(neg, NEG)
UNARY(abs, ABS)
UNARY(exp, EXP)
UNARY(log, LOG)
UNARY(sqrt, SQRT)
UNARY(recip, RECIP)
UNARY(floor, FLOOR)
UNARY(is_nan, ISNAN)
UNARY(is_inf, ISINF)
#undef UNARY

#endif
