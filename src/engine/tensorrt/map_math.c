/* Contractions and reductions. */
#include "engine/tensorrt/map.h"

/* Bias [n] is added to [..., m, n]. */
static ttrt_status add_bias(tt_trt_map *m, const tt_layer *l, ITensor *x, ITensor **out)
{
    tt_dim dims[TT_TRT_RANK];
    ITensor *bias;
    int rank = l->out[0]->rank;

    for (int i = 0; i < rank; i++)
        dims[i] = i == rank - 1 ? l->in[2]->dims[0] : tt_dim_const(1);
    TT_TRY(tt_trt_reshape(m, tt_trt_in(m, l, 2), rank, dims, &bias));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kSUM, x, bias, out);
}

ttrt_status tt_trt_map_matrix_multiply(tt_trt_map *m, const tt_layer *l)
{
    const tt_matrix_multiply_attrs *a = &l->attrs.matrix_multiply;
    ITensor *x;

    TT_TRY(tt_trt_matmul(m, tt_trt_in(m, l, 0), a->transpose_a, tt_trt_in(m, l, 1), a->transpose_b, &x));
    if (l->n_in == 3)
        TT_TRY(add_bias(m, l, x, &x));
    return tt_trt_set_out(m, l, 0, x);
}
