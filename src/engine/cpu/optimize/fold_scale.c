/* A scale layer (inference batch norm) right after a convolution goes into its weights.
 *
 *   %2 = convolution(%x, %w, %b)
 *   %3 = scale(%2, %s, %t)         becomes   %3 = convolution(%x, w[o] * s[o], b[o] * s[o] + t[o]) */
#include "engine/cpu/optimize/optimize.h"

static int64_t count(const tt_tensor *t)
{
    int64_t n = 1;

    for (int i = 0; i < t->rank; i++)
        n *= t->dims[i].value;
    return n;
}

static bool is_candidate(const tt_network *net, const tt_layer *l)
{
    const tt_layer *c = l->in[0]->layer;
    int64_t dims[TT_MAX_RANK_NET];

    return c && c->kind == TT_LAYER_CONVOLUTION && tt_net_uses(net, c->out[0]) == 1 && tt_constant_weights(c->in[1]) &&
           tt_constant_dims(c->in[1], dims) && (c->n_in == 2 || tt_constant_weights(c->in[2])) &&
           tt_constant_weights(l->in[1]) && tt_constant_weights(l->in[2]) && tt_dtype_is_float(c->out[0]->dtype);
}

static double at(const tt_tensor *t, int64_t i)
{
    const tt_net_weights *w = tt_constant_weights(t);

    return tt_load_f64((const char *)w->data + (size_t)i * ttrt_dtype_size(w->dtype), w->dtype);
}

static ttrt_status scaled_kernel(tt_network *net, const tt_layer *c, const tt_layer *l, tt_net_weights *out)
{
    const tt_tensor *kernel = c->in[1];
    int64_t n_out = kernel->dims[0].value, inner = n_out ? count(kernel) / n_out : 0;
    size_t size = ttrt_dtype_size(kernel->dtype);
    const char *src = tt_constant_weights(kernel)->data;
    char *dst = tt_arena_array(net->arena, (size_t)count(kernel), size);

    if (!dst)
        return TTRT_ERR_MEMORY;
    for (int64_t o = 0; o < n_out; o++) {
        double s = at(l->in[1], o);
        if (kernel->dtype == TTRT_DTYPE_FLOAT32) {
            for (int64_t i = o * inner; i < (o + 1) * inner; i++)
                ((float *)dst)[i] = (float)(((const float *)src)[i] * s);
            continue;
        }
        for (int64_t i = o * inner; i < (o + 1) * inner; i++)
            tt_store_f64(dst + (size_t)i * size, kernel->dtype, tt_load_f64(src + (size_t)i * size, kernel->dtype) * s);
    }
    *out = (tt_net_weights){.data = dst, .bytes = (size_t)count(kernel) * size, .dtype = kernel->dtype};
    return TTRT_OK;
}

static ttrt_status scaled_bias(tt_network *net, const tt_layer *c, const tt_layer *l, tt_net_weights *out)
{
    tt_dtype d = c->in[1]->dtype;
    int64_t n = c->in[1]->dims[0].value;
    size_t size = ttrt_dtype_size(d);
    char *dst = tt_arena_array(net->arena, (size_t)n, size);

    if (!dst)
        return TTRT_ERR_MEMORY;
    for (int64_t o = 0; o < n; o++)
        tt_store_f64(dst + (size_t)o * size, d,
                     (c->n_in == 3 ? at(c->in[2], o) : 0) * at(l->in[1], o) + at(l->in[2], o));
    *out = (tt_net_weights){.data = dst, .bytes = (size_t)n * size, .dtype = d};
    return TTRT_OK;
}

static ttrt_status fold(tt_network *net, tt_layer *l)
{
    const tt_layer *c = l->in[0]->layer;
    tt_constant_attrs kernel = {0}, bias = {0};
    int64_t dims[TT_MAX_RANK_NET];
    tt_tensor *in[3] = {c->in[0]}, *out;

    TT_TRY(scaled_kernel(net, c, l, &kernel.weights));
    TT_TRY(scaled_bias(net, c, l, &bias.weights));
    tt_constant_dims(c->in[1], dims);
    kernel.dimensions = (tt_attr_ints){c->in[1]->rank, dims};
    bias.dimensions = (tt_attr_ints){1, dims};
    net->label = c->name;
    net->source = c->source;
    TT_TRY(tt_net_add_before(net, l, TT_LAYER_CONSTANT, &kernel, NULL, 0, &in[1]));
    TT_TRY(tt_net_add_before(net, l, TT_LAYER_CONSTANT, &bias, NULL, 0, &in[2]));
    TT_TRY(tt_net_add_before(net, l, TT_LAYER_CONVOLUTION, &c->attrs, in, 3, &out));
    tt_net_replace(net, l->out[0], out);
    return TTRT_OK;
}

ttrt_status tt_cpu_pass_fold_scale(tt_network *net)
{
    TT_EACH_LAYER (net, l)
        if (l->kind == TT_LAYER_SCALE && is_candidate(net, l))
            TT_TRY(fold(net, l));
    return TTRT_OK;
}
