/* Products of narrow integers are taken in int64, of which the low bits are the same: sums and products wrap.
 *
 *   %y: i32 = matrix_multiply(%a, %b)     becomes   %y: i32 = cast(matrix_multiply(i64 %a, i64 %b)) */
#include "engine/cpu/optimize/optimize.h"

#include "engine/cpu/weights.h"

ttrt_status tt_cpu_pass_widen_products(tt_network *net)
{
    TT_EACH_LAYER (net, l) {
        tt_tensor *in[3], *y;

        if (l->kind != TT_LAYER_MATRIX_MULTIPLY || !tt_dtype_is_integer(l->in[0]->dtype) ||
            tt_gemm_format_of(l->in[0]->dtype) != TT_PACK_NONE)
            continue;
        net->before = l;
        net->label = l->name;
        for (int i = 0; i < l->n_in; i++)
            TT_TRY(tt_net_cast(net, l->in[i], TTRT_DTYPE_INT64, &in[i]));
        TT_TRY(tt_net_add(net, l->kind, &l->attrs, in, l->n_in, &y));
        TT_TRY(tt_net_cast(net, y, l->out[0]->dtype, &y));
        tt_net_replace(net, l->out[0], y);
        net->before = NULL;
        net->label = NULL;
    }
    return TTRT_OK;
}
