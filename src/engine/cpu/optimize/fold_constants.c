/* Layers that read constants alone become constants.
 *
 *   %3 = unary(%1) {RSQRT}     with %1 a constant, becomes   %3 = constant
 *
 * Views of large constants stay: they cost nothing when run. So do results much larger than what they are made from. */
#include <string.h>

#include "engine/cpu/optimize/optimize.h"
#include "engine/cpu/plan.h"

#define SMALL_BYTES ((int64_t)1 << 16)

static int64_t bytes_of(const tt_tensor *t)
{
    int64_t bytes = (int64_t)ttrt_dtype_size(t->dtype), dims[TT_MAX_RANK_NET];

    if (!tt_constant_dims(t, dims))
        return -1;
    for (int i = 0; i < t->rank; i++)
        if (__builtin_mul_overflow(bytes, dims[i], &bytes))
            return -1;
    return bytes;
}

static bool is_foldable(const tt_layer *l)
{
    int64_t in_bytes = 0, out_bytes;

    if (l->kind == TT_LAYER_CONSTANT || l->n_out != 1 || l->n_in == 0 || tt_layer_binds(l) || tt_layer_is_symbolic(l) ||
        tt_layer_network_after(l, NULL) || !tt_cpu_supports(l, NULL))
        return false;
    for (int i = 0; i < l->n_in; i++) {
        if (!tt_constant_weights(l->in[i]) || bytes_of(l->in[i]) < 0)
            return false;
        in_bytes += bytes_of(l->in[i]);
    }
    out_bytes = bytes_of(l->out[0]);
    if (out_bytes < 0)
        return false;
    if (out_bytes <= SMALL_BYTES)
        return true;
    return !tt_layer_is_view(l) && tt_layer_is_pointwise(l) && out_bytes <= in_bytes;
}

/* A network of this layer alone. */
static ttrt_status isolate(const tt_layer *l, tt_network **out)
{
    tt_network *net = tt_network_new("fold", NULL);
    tt_tensor **in = net ? tt_arena_array(net->arena, (size_t)l->n_in, sizeof *in) : NULL, *result;
    ttrt_status status = in ? TTRT_OK : TTRT_ERR_MEMORY;

    for (int i = 0; i < l->n_in && status == TTRT_OK; i++) {
        const tt_net_weights *w = tt_constant_weights(l->in[i]);
        int64_t dims[TT_MAX_RANK_NET];

        tt_constant_dims(l->in[i], dims);
        status = tt_net_constant_ref(net, w->data, w->dtype, l->in[i]->rank, dims, NULL, &in[i]);
    }
    if (status == TTRT_OK)
        status = tt_net_add(net, l->kind, &l->attrs, in, l->n_in, &result);
    if (status == TTRT_OK)
        status = tt_network_output(net, result, NULL);
    if (status != TTRT_OK) {
        tt_network_free(net);
        return status;
    }
    *out = net;
    return TTRT_OK;
}

static ttrt_status fold(tt_network *net, tt_layer *l)
{
    tt_network *alone;
    void *data;
    tt_tensor *constant;
    int64_t *dims = tt_arena_array(net->arena, (size_t)l->out[0]->rank + 1, sizeof *dims);

    if (!dims)
        return TTRT_ERR_MEMORY;
    TT_TRY(isolate(l, &alone));
    ttrt_status status = tt_cpu_evaluate(alone, net->arena, &data);
    tt_network_free(alone);
    TT_TRY(status);
    tt_constant_dims(l->out[0], dims);
    tt_constant_attrs a = {.weights = {.data = data, .bytes = (size_t)bytes_of(l->out[0]), .dtype = l->out[0]->dtype},
                           .dimensions = {l->out[0]->rank, dims}};
    net->label = l->name;
    TT_TRY(tt_net_add_before(net, l, TT_LAYER_CONSTANT, &a, NULL, 0, &constant));
    tt_net_replace(net, l->out[0], constant);
    return TTRT_OK;
}

ttrt_status tt_cpu_pass_fold_constants(tt_network *net)
{
    TT_EACH_LAYER (net, l)
        if (is_foldable(l))
            TT_TRY(fold(net, l));
    return TTRT_OK;
}
