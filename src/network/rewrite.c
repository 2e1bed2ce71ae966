/* See rewrite.h. */
#include "network/rewrite.h"

#include <math.h>
#include <string.h>

/* Layers made from now on stand in l's place and bear its name; NULL: an end to it. */
static void stand_at(tt_network *net, tt_layer *l)
{
    net->before = l;
    net->label = l ? l->name : NULL;
    net->source = l ? l->source : NULL;
}

static void replace(tt_network *net, tt_layer *l, tt_tensor *to)
{
    tt_net_replace(net, l->out[0], to);
    tt_net_remove(net, l);
}

/* ---- attention ---- */

/* [b, hk, s, d] to [b, h, s, d]: each head serves h / hk queries. */
static ttrt_status repeat_heads(tt_network *net, tt_tensor *x, tt_dim heads, tt_tensor **out)
{
    tt_dim grouped[5] = {x->dims[0], x->dims[1], tt_dim_const(1), x->dims[2], x->dims[3]};
    const tt_dim all[4] = {x->dims[0], heads, x->dims[2], x->dims[3]};

    *out = x;
    if (tt_dim_equal(x->dims[1], heads))
        return TTRT_OK;
    TT_TRY(tt_net_reshape(net, x, 5, grouped, &x));
    grouped[2] = tt_dim_floordiv(net->dims, heads, grouped[1]);
    TT_TRY(tt_net_expand(net, x, 5, grouped, &x));
    return tt_net_reshape(net, x, 4, all, out);
}

/* 0, 1, ... along one of the last two of four dimensions. */
static ttrt_status positions(tt_network *net, tt_dim n, int axis, tt_tensor **out)
{
    const tt_fill_attrs attrs = {
        .operation = TT_FILL_LINSPACE, .dimensions = {1, &n}, .to_type = TTRT_DTYPE_INT64, .beta = 1, .beta_int = 1};
    tt_dim dims[4] = {tt_dim_const(1), tt_dim_const(1), tt_dim_const(1), tt_dim_const(1)};
    tt_tensor *x;

    dims[axis] = n;
    TT_TRY(tt_net_add(net, TT_LAYER_FILL, &attrs, NULL, 0, &x));
    return tt_net_reshape(net, x, 4, dims, out);
}

static ttrt_status forbid(tt_network *net, tt_tensor *allowed, tt_tensor *scores, tt_tensor **out)
{
    tt_tensor *never;

    TT_TRY(tt_net_scalar(net, -INFINITY, scores->dtype, 4, &never));
    return tt_net_select(net, allowed, scores, never, out);
}

static ttrt_status mask_scores(tt_network *net, const tt_layer *l, tt_tensor *scores, tt_tensor **out)
{
    tt_tensor *mask = l->n_in == 4 ? l->in[3] : NULL, *queries, *keys, *seen;

    if (mask && mask->dtype == TTRT_DTYPE_BOOL) {
        TT_TRY(forbid(net, mask, scores, &scores));
    } else if (mask) {
        TT_TRY(tt_net_cast(net, mask, scores->dtype, &mask));
        TT_TRY(tt_net_elementwise(net, TT_ELEMENTWISE_SUM, scores, mask, &scores));
    }
    if (l->attrs.attention.is_causal) {
        TT_TRY(positions(net, l->in[0]->dims[2], 2, &queries));
        TT_TRY(positions(net, l->in[1]->dims[2], 3, &keys));
        TT_TRY(tt_net_elementwise(net, TT_ELEMENTWISE_LESS_EQUAL, keys, queries, &seen));
        TT_TRY(forbid(net, seen, scores, &scores));
    }
    *out = scores;
    return TTRT_OK;
}

/* A query that sees no key has zeros, as in PyTorch, where softmax alone would give NaN. */
static ttrt_status weights_of(tt_network *net, const tt_layer *l, tt_tensor *scores, tt_tensor **out)
{
    const int64_t keys = 3;
    tt_tensor *weights, *highest, *never, *sees_none, *zero;

    TT_TRY(tt_net_softmax(net, scores, keys, false, &weights));
    if (l->n_in == 4) {
        const tt_reduce_attrs most = {.operation = TT_REDUCE_MAX, .axes = {1, &keys}};
        TT_TRY(tt_net_add(net, TT_LAYER_REDUCE, &most, &scores, 1, &highest));
        TT_TRY(tt_net_scalar(net, -INFINITY, scores->dtype, 4, &never));
        TT_TRY(tt_net_elementwise(net, TT_ELEMENTWISE_EQUAL, highest, never, &sees_none));
        TT_TRY(tt_net_scalar(net, 0, scores->dtype, 4, &zero));
        TT_TRY(tt_net_select(net, sees_none, zero, weights, &weights));
    }
    *out = weights;
    return TTRT_OK;
}

static ttrt_status decompose(tt_network *net, tt_layer *l)
{
    tt_tensor *query = l->in[0], *key, *value, *scores, *scale, *y;

    TT_TRY(repeat_heads(net, l->in[1], query->dims[1], &key));
    TT_TRY(repeat_heads(net, l->in[2], query->dims[1], &value));
    TT_TRY(tt_net_scalar(net, l->attrs.attention.scale, query->dtype, 4, &scale));
    TT_TRY(tt_net_elementwise(net, TT_ELEMENTWISE_PROD, query, scale, &query));
    TT_TRY(tt_net_matmul(net, query, false, key, true, NULL, &scores));
    TT_TRY(mask_scores(net, l, scores, &scores));
    TT_TRY(weights_of(net, l, scores, &scores));
    TT_TRY(tt_net_matmul(net, scores, false, value, false, NULL, &y));
    replace(net, l, y);
    return TTRT_OK;
}

ttrt_status tt_network_decompose_attention(tt_network *net)
{
    ttrt_status status = TTRT_OK;

    TT_EACH_LAYER (net, l) {
        TT_EACH_NETWORK_OF (l, sub) {
            if (status == TTRT_OK)
                status = tt_network_decompose_attention(sub);
        }
        if (l->kind != TT_LAYER_ATTENTION || status != TTRT_OK)
            continue;
        stand_at(net, l);
        status = decompose(net, l);
    }
    stand_at(net, NULL);
    return status;
}

/* ---- products ---- */

static ttrt_status widen(tt_network *net, tt_layer *l)
{
    tt_tensor *in[3], *y;

    for (int i = 0; i < l->n_in; i++)
        TT_TRY(tt_net_cast(net, l->in[i], TTRT_DTYPE_FLOAT32, &in[i]));
    TT_TRY(tt_net_add(net, l->kind, &l->attrs, in, l->n_in, &y));
    TT_TRY(tt_net_cast(net, y, TTRT_DTYPE_FLOAT16, &y));
    replace(net, l, y);
    return TTRT_OK;
}

ttrt_status tt_network_widen_products(tt_network *net)
{
    ttrt_status status = TTRT_OK;

    TT_EACH_LAYER (net, l) {
        TT_EACH_NETWORK_OF (l, sub) {
            if (status == TTRT_OK)
                status = tt_network_widen_products(sub);
        }
        if (l->kind != TT_LAYER_MATRIX_MULTIPLY || l->out[0]->dtype != TTRT_DTYPE_FLOAT16 || status != TTRT_OK)
            continue;
        stand_at(net, l);
        status = widen(net, l);
    }
    stand_at(net, NULL);
    return status;
}

/* ---- float64 ---- */

static void truncate(tt_dtype *dtype) { *dtype = tt_truncated(*dtype); }

static ttrt_status truncate_weights(tt_network *net, tt_net_weights *w)
{
    const size_t n = w->bytes / sizeof(double);
    const char *from = w->data;
    double v;

    if (w->dtype != TTRT_DTYPE_FLOAT64)
        return TTRT_OK;
    float *to = tt_arena_array(net->arena, n + 1, sizeof *to);
    if (!to)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        memcpy(&v, from + i * sizeof v, sizeof v);
        to[i] = (float)v;
    }
    *w = (tt_net_weights){.data = to, .bytes = n * sizeof *to, .name = w->name, .dtype = TTRT_DTYPE_FLOAT32};
    return TTRT_OK;
}

static ttrt_status truncate_attributes(tt_network *net, tt_layer *l)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    for (int i = 0; i < info->n_attrs; i++) {
        void *field = (char *)&l->attrs + info->attrs[i].offset;
        if (info->attrs[i].type == TT_ATTR_dtype)
            truncate(field);
        else if (info->attrs[i].type == TT_ATTR_weights)
            TT_TRY(truncate_weights(net, field));
    }
    return TTRT_OK;
}

ttrt_status tt_network_truncate_double(tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        truncate(&net->inputs[i]->dtype);
    TT_EACH_LAYER (net, l) {
        TT_TRY(truncate_attributes(net, l));
        TT_EACH_NETWORK_OF (l, sub)
            TT_TRY(tt_network_truncate_double(sub));
        for (int i = 0; i < l->n_out; i++)
            truncate(&l->out[i]->dtype);
    }
    return TTRT_OK;
}
