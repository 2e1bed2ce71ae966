/* What engine cpu takes. Anything else is refused with its reason. */
#include "engine/cpu/plan.h"
#include "engine/cpu/pointwise_layers.h"
#include "engine/cpu/weights.h"

static bool dtype_fits(const tt_tensor *t, tt_reason *why)
{
    if (tt_dtype_is_complex(t->dtype))
        return tt_refuse(why, "engine cpu has no complex numbers (%s)", tt_dtype_short(t->dtype));
    return t->rank <= TT_CPU_RANK ||
           tt_refuse(why, "engine cpu takes at most %d dimensions, this tensor has %d", TT_CPU_RANK, t->rank);
}

static bool wants_float(const tt_layer *l, tt_reason *why)
{
    return tt_dtype_is_float(l->in[0]->dtype) ||
           tt_refuse(why, "engine cpu computes %s in floating point, not in %s", tt_layer_info_of(l->kind)->name,
                     tt_dtype_short(l->in[0]->dtype));
}

static bool networks_fit(const tt_layer *owner, tt_reason *why)
{
    TT_EACH_NETWORK_OF (owner, sub)
        TT_EACH_LAYER (sub, l)
            if (!tt_cpu_supports(l, why))
                return false;
    return true;
}

bool tt_cpu_supports(const tt_layer *l, tt_reason *why)
{
    for (int i = 0; i < l->n_in; i++)
        if (!dtype_fits(l->in[i], why))
            return false;
    for (int i = 0; i < l->n_out; i++)
        if (!dtype_fits(l->out[i], why))
            return false;
    if (tt_layer_is_pointwise(l))
        return tt_pointwise_supports(l, why);
    switch (l->kind) {
    case TT_LAYER_CONSTANT:
    case TT_LAYER_NON_ZERO:
    case TT_LAYER_ITEM:
        return true;
    case TT_LAYER_LOOP:
        return networks_fit(l, why);
    case TT_LAYER_MATRIX_MULTIPLY:
        return tt_gemm_format_of(l->in[0]->dtype) != TT_PACK_NONE || tt_dtype_is_integer(l->in[0]->dtype) ||
               tt_refuse(why, "engine cpu multiplies no matrices of %s", tt_dtype_short(l->in[0]->dtype));
    case TT_LAYER_CONVOLUTION:
    case TT_LAYER_DECONVOLUTION:
        return tt_gemm_format_of(l->in[0]->dtype) != TT_PACK_NONE ||
               tt_refuse(why, "engine cpu has no convolution of %s", tt_dtype_short(l->in[0]->dtype));
    case TT_LAYER_ATTENTION:
    case TT_LAYER_RECURRENT:
    case TT_LAYER_SOFTMAX:
    case TT_LAYER_NORMALIZATION:
    case TT_LAYER_GRID_SAMPLE:
        return wants_float(l, why);
    case TT_LAYER_RESIZE: /* the nearest ones move elements */
        return l->attrs.resize.mode <= TT_RESIZE_NEAREST_EXACT || wants_float(l, why);
    case TT_LAYER_INDEX_PUT:
        return l->n_in < TT_CPU_RANK || tt_refuse(why, "engine cpu takes fewer than %d indices", TT_CPU_RANK);
    default:
        return tt_layer_is_view(l) || tt_layer_has_step(l->kind) ||
               tt_refuse(why, "engine cpu has no %s", tt_layer_info_of(l->kind)->name);
    }
}
