/* Convolutions of 1 to 3 spatial dimensions, transposed ones too. An input without a batch gets one of 1. */
#include "convert/formula.h"

#include <string.h>

#include "base/checked.h"

enum { MAX_SPATIAL = 3 };

typedef struct conv {
    tt_tensor *in[3]; /* input, kernel, bias */
    int n_in, spatial;
    bool unbatched;
    int64_t stride[MAX_SPATIAL], pre[MAX_SPATIAL], post[MAX_SPATIAL], dilation[MAX_SPATIAL],
        output_padding[MAX_SPATIAL];
    int64_t groups;
} conv;

static ttrt_status read_tensors(tt_convert *c, const tt_node *n, conv *v)
{
    tt_tensor *bias = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &v->in[0]));
    TT_TRY(tt_arg_tensor(c, n, 1, &v->in[1]));
    TT_TRY(tt_arg_tensor(c, n, tt_arg_find(n, "bias"), &bias));
    v->spatial = v->in[1]->rank - 2;
    if (v->spatial < 1 || v->spatial > MAX_SPATIAL)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: a kernel of rank %d", n->op->name, v->in[1]->rank);
    v->unbatched = v->in[0]->rank == v->spatial + 1;
    if (v->unbatched)
        TT_TRY(tt_unsqueeze_at(c, v->in[0], 0, &v->in[0]));
    v->n_in = bias ? 3 : 2;
    v->in[2] = bias;
    return TTRT_OK;
}

/* "same" pads what keeps the size at stride 1; the odd one goes to the end. */
static ttrt_status read_padding(const tt_node *n, size_t at, conv *v)
{
    if (n->args[at].kind != TT_ARG_STRING) {
        TT_TRY(tt_arg_ints_now(n, at, 0, v->spatial, v->pre));
        memcpy(v->post, v->pre, sizeof v->post);
        return TTRT_OK;
    }
    bool same = strcmp(n->args[at].string, "same") == 0;
    for (int i = 0; i < v->spatial; i++) {
        tt_dim kernel = v->in[1]->dims[2 + i];
        if (same && !tt_dim_is_const(kernel))
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: padding 'same' with a kernel of symbolic size", n->op->name);
        int64_t total = 0;
        if (same && !tt_mul_i64(v->dilation[i], kernel.value - 1, &total))
            TT_FAIL(TTRT_ERR_FORMAT, "%s: a dilation of %lld", n->op->name, (long long)v->dilation[i]);
        v->pre[i] = total / 2;
        v->post[i] = total - v->pre[i];
    }
    return TTRT_OK;
}

static ttrt_status read_conv(tt_convert *c, const tt_node *n, conv *v)
{
    TT_TRY(read_tensors(c, n, v));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "stride"), 1, v->spatial, v->stride));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "dilation"), 1, v->spatial, v->dilation));
    TT_TRY(tt_arg_ints_now(n, tt_arg_find(n, "output_padding"), 0, v->spatial, v->output_padding));
    TT_TRY(tt_arg_now(n, tt_arg_find(n, "groups"), 1, &v->groups));
    return read_padding(n, tt_arg_find(n, "padding"), v);
}

static ttrt_status finish_conv(tt_convert *c, const tt_node *n, const conv *v, tt_tensor *x, tt_tensor **out)
{
    if (v->unbatched)
        TT_TRY(tt_squeeze_at(c, x, 0, &x));
    return tt_finish(c, n, 0, x, out);
}

static ttrt_status forward(tt_convert *c, const tt_node *n, conv *v, tt_tensor **out)
{
    tt_convolution_attrs attrs = {
        .stride = {v->spatial, v->stride},
        .pre_padding = {v->spatial, v->pre},
        .post_padding = {v->spatial, v->post},
        .dilation = {v->spatial, v->dilation},
        .groups = v->groups,
    };
    tt_tensor *x = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_CONVOLUTION, &attrs, v->in, v->n_in, &x));
    return finish_conv(c, n, v, x, out);
}

static ttrt_status transposed(tt_convert *c, const tt_node *n, conv *v, tt_tensor **out)
{
    tt_deconvolution_attrs attrs = {
        .stride = {v->spatial, v->stride},
        .pre_padding = {v->spatial, v->pre},
        .post_padding = {v->spatial, v->post},
        .output_padding = {v->spatial, v->output_padding},
        .dilation = {v->spatial, v->dilation},
        .groups = v->groups,
    };
    tt_tensor *x = NULL;
    TT_TRY(tt_net_add(c->net, TT_LAYER_DECONVOLUTION, &attrs, v->in, v->n_in, &x));
    return finish_conv(c, n, v, x, out);
}

/* conv1d..3d and convolution, which says itself whether it is transposed. */
ttrt_status tt_convert_conv(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    conv v = {0};
    TT_TRY(read_conv(c, n, &v));
    return tt_arg_bool(n, tt_arg_find(n, "transposed"), false) ? transposed(c, n, &v, out) : forward(c, n, &v, out);
}

ttrt_status tt_convert_conv_transpose(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    conv v = {0};
    TT_TRY(read_conv(c, n, &v));
    return transposed(c, n, &v, out);
}
