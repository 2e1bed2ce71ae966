/* A transpose of the last two dimensions before a matrix multiply becomes its flag; packing reads either order.
 *
 *   %t = transpose(%w) {[1,0]}
 *   %y = matrix_multiply(%x, %t)     becomes   %y = matrix_multiply(%x, %w) {transpose_b} */
#include "engine/cpu/optimize/optimize.h"

static bool swaps_last_two(const tt_layer *l)
{
    if (!l || l->kind != TT_LAYER_TRANSPOSE)
        return false;
    const tt_attr_ints *p = &l->attrs.transpose.permutation;
    if (p->n < 2 || p->v[p->n - 1] != p->n - 2 || p->v[p->n - 2] != p->n - 1)
        return false;
    for (int i = 0; i + 2 < p->n; i++)
        if (p->v[i] != i)
            return false;
    return true;
}

ttrt_status tt_cpu_pass_absorb_transposes(tt_network *net)
{
    TT_EACH_LAYER (net, l) {
        if (l->kind != TT_LAYER_MATRIX_MULTIPLY || !swaps_last_two(l->in[1]->layer))
            continue;
        l->in[1] = l->in[1]->layer->in[0];
        l->attrs.matrix_multiply.transpose_b = !l->attrs.matrix_multiply.transpose_b;
        TT_TRY(tt_layer_infer(net, l));
    }
    return TTRT_OK;
}
