/* Products of matrices. */
#include "engine/tensorrt/formula.h"

static ITensor *transposed(tt_trt_map *m, ITensor *x, int rank, bool swap)
{
    int64_t order[TT_TRT_RANK];

    for (int i = 0; i < rank; i++)
        order[i] = swap && i >= rank - 2 ? 2 * rank - 3 - i : i;
    return !swap || (x && tt_trt_transpose(m, x, rank, order, &x) == TTRT_OK) ? x : NULL;
}

static ITensor *float_product(tt_trt_map *m, const tt_layer *l)
{
    const tt_matrix_multiply_attrs *a = &l->attrs.matrix_multiply;
    ITensor *x;

    return tt_trt_matmul(m, tt_trt_in(m, l, 0), a->transpose_a, tt_trt_in(m, l, 1), a->transpose_b, &x) == TTRT_OK
               ? x
               : NULL;
}

/* [..., m, k, 1] times [..., 1, k, n], summed over k: TensorRT has products of floats alone, and those are not exact.
 */
static ITensor *integer_product(tt_trt_map *m, const tt_layer *l)
{
    const tt_matrix_multiply_attrs *at = &l->attrs.matrix_multiply;
    const int rank = l->out[0]->rank;
    tt_dim inner = l->in[0]->dims[at->transpose_a ? rank - 2 : rank - 1], a_dims[TT_TRT_RANK], b_dims[TT_TRT_RANK];

    for (int d = 0; d < rank - 2; d++) {
        a_dims[d] = l->in[0]->dims[d];
        b_dims[d] = l->in[1]->dims[d];
    }
    a_dims[rank - 2] = l->out[0]->dims[rank - 2];
    a_dims[rank - 1] = b_dims[rank - 1] = inner;
    a_dims[rank] = b_dims[rank - 2] = tt_dim_const(1);
    b_dims[rank] = l->out[0]->dims[rank - 1];
    ITensor *a = transposed(m, tt_trt_f_wide(m, tt_trt_in(m, l, 0)), rank, at->transpose_a);
    ITensor *b = transposed(m, tt_trt_f_wide(m, tt_trt_in(m, l, 1)), rank, at->transpose_b);
    ITensor *terms = f_mul(m, tt_trt_f_reshape(m, a, rank + 1, a_dims), tt_trt_f_reshape(m, b, rank + 1, b_dims));
    ITensor *sums = tt_trt_f_reduce(m, TRT_ReduceOperation_kSUM, terms, 1u << (rank - 1));
    return tt_trt_f_reshape(m, sums, rank, l->out[0]->dims);
}

#define MOST_TERMS (1 << 26) /* of integer products, which may all lie in memory */

bool tt_trt_accepts_matrix_multiply(const tt_layer *l, tt_reason *why)
{
    const int rank = l->out[0]->rank;
    double terms = (double)tt_trt_longest(l->in[0]->dims[l->attrs.matrix_multiply.transpose_a ? rank - 2 : rank - 1]);

    if (tt_dtype_is_float(l->in[0]->dtype))
        return true;
    for (int d = 0; d < rank; d++)
        terms *= (double)tt_trt_longest(l->out[0]->dims[d]);
    if (rank == TT_TRT_RANK)
        return tt_refuse(why, "TensorRT multiplies matrices of integers in less than %d dimensions", TT_TRT_RANK);
    return terms <= MOST_TERMS || tt_refuse(why, "TensorRT has no products of integers, and these are %g terms", terms);
}

/* Bias [n] is added to [..., m, n]. */
static ITensor *with_bias(tt_trt_map *m, const tt_layer *l, ITensor *x)
{
    const int rank = l->out[0]->rank;
    tt_dim dims[TT_TRT_RANK];

    for (int i = 0; i < rank; i++)
        dims[i] = i == rank - 1 ? l->in[2]->dims[0] : tt_dim_const(1);
    ITensor *bias = tt_dtype_is_float(l->in[2]->dtype) ? tt_trt_in(m, l, 2) : tt_trt_f_wide(m, tt_trt_in(m, l, 2));
    return f_add(m, x, tt_trt_f_reshape(m, bias, rank, dims));
}

ttrt_status tt_trt_map_matrix_multiply(tt_trt_map *m, const tt_layer *l)
{
    ITensor *x = tt_dtype_is_float(l->in[0]->dtype) ? float_product(m, l) : integer_product(m, l);

    return tt_trt_f_out(m, l, 0, l->n_in == 3 ? with_bias(m, l, x) : x);
}
