/* Activation functions, and dropout, which does nothing when a program is run. */
#include "convert/formula.h"

#include <inttypes.h>
#include <string.h>

static ttrt_status one_layer(tt_convert *c, const tt_node *n, tt_enum_activation type, double alpha, double beta,
                             tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    return tt_f_finish(c, n, 0, tt_f_activation(c, type, x, alpha, beta), out);
}

/* Those without parameters. */
ttrt_status tt_convert_activation(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return one_layer(c, n, tt_converter_parameter(n), 0, 0, out);
}

ttrt_status tt_convert_gelu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    bool is_tanh = strcmp(tt_arg_string(n, 1, "none"), "tanh") == 0;
    return one_layer(c, n, is_tanh ? TT_ACTIVATION_GELU_TANH : TT_ACTIVATION_GELU_ERF, 0, 0, out);
}

ttrt_status tt_convert_relu6(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return one_layer(c, n, TT_ACTIVATION_CLIP, 0, 6, out);
}

ttrt_status tt_convert_hardtanh(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return one_layer(c, n, TT_ACTIVATION_CLIP, tt_arg_float(n, 1, -1), tt_arg_float(n, 2, 1), out);
}

ttrt_status tt_convert_leaky_relu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return one_layer(c, n, TT_ACTIVATION_LEAKY_RELU, tt_arg_float(n, 1, 0.01), 0, out);
}

ttrt_status tt_convert_hardsigmoid(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return one_layer(c, n, TT_ACTIVATION_HARD_SIGMOID, 1.0 / 6, 0.5, out);
}

ttrt_status tt_convert_selu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return one_layer(c, n, TT_ACTIVATION_SELU, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946,
                     out);
}

/* x > 0 ? scale * x : scale * alpha * (exp(input_scale * x) - 1) */
static tt_tensor *elu(tt_convert *c, tt_tensor *x, double alpha, double scale, double input_scale)
{
    tt_tensor *below = tt_f_unary(c, TT_UNARY_EXPM1, tt_f_with(c, TT_ELEMENTWISE_PROD, x, input_scale));
    below = tt_f_with(c, TT_ELEMENTWISE_PROD, below, alpha * scale);
    tt_tensor *above = scale == 1 ? x : tt_f_with(c, TT_ELEMENTWISE_PROD, x, scale);
    return tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_GREATER, x, 0), above, below);
}

ttrt_status tt_convert_elu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double alpha = tt_arg_float(n, 1, 1), scale = tt_arg_float(n, 2, 1), input_scale = tt_arg_float(n, 3, 1);
    if (scale == 1 && input_scale == 1)
        return one_layer(c, n, TT_ACTIVATION_ELU, alpha, 0, out);
    return tt_f_finish(c, n, 0, elu(c, tt_f_input(c, n), alpha, scale, input_scale), out);
}

ttrt_status tt_convert_celu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double alpha = tt_arg_float(n, 1, 1);
    return tt_f_finish(c, n, 0, elu(c, tt_f_input(c, n), alpha, 1, 1 / alpha), out);
}

ttrt_status tt_convert_softplus(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double beta = tt_arg_float(n, 1, 1), threshold = tt_arg_float(n, 2, 20);
    if (beta == 1 && threshold == 20)
        return one_layer(c, n, TT_ACTIVATION_SOFTPLUS, 1, 1, out);
    tt_tensor *x = tt_f_input(c, n);
    tt_tensor *scaled = tt_f_with(c, TT_ELEMENTWISE_PROD, x, beta);
    tt_tensor *y = tt_f_unary(c, TT_UNARY_LOG1P, tt_f_unary(c, TT_UNARY_EXP, scaled));
    y = tt_f_with(c, TT_ELEMENTWISE_DIV, y, beta);
    return tt_f_finish(c, n, 0, tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_GREATER, scaled, threshold), x, y), out);
}

ttrt_status tt_convert_threshold(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0);
    tt_tensor *limit = tt_f_arg(c, n, 1, tt_out_dtype(n), tt_out_rank(n));
    tt_tensor *value = tt_f_arg(c, n, 2, tt_out_dtype(n), tt_out_rank(n));
    return tt_f_finish(c, n, 0, tt_f_select(c, tt_f_binary(c, TT_ELEMENTWISE_LESS_EQUAL, x, limit), value, x), out);
}

/* NaN is not inside the band and stays. */
ttrt_status tt_convert_hardshrink(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_input(c, n);
    tt_tensor *in_band =
        tt_f_with(c, TT_ELEMENTWISE_LESS_EQUAL, tt_f_unary(c, TT_UNARY_ABS, x), tt_arg_float(n, 1, 0.5));
    return tt_f_finish(c, n, 0, tt_f_select(c, in_band, tt_f_scalar(c, 0, x), x), out);
}

ttrt_status tt_convert_softshrink(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double lambda = tt_arg_float(n, 1, 0.5);
    tt_tensor *x = tt_f_input(c, n);
    tt_tensor *inside = tt_f_with(c, TT_ELEMENTWISE_PROD, x, 0); /* 0, or NaN */
    tt_tensor *below = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_LESS, x, -lambda),
                                   tt_f_with(c, TT_ELEMENTWISE_SUM, x, lambda), inside);
    tt_tensor *above = tt_f_with(c, TT_ELEMENTWISE_GREATER, x, lambda);
    return tt_f_finish(c, n, 0, tt_f_select(c, above, tt_f_with(c, TT_ELEMENTWISE_SUB, x, lambda), below), out);
}

/* prelu has one weight, or one for each channel of dimension 1; _prelu_kernel's broadcasts already. */
ttrt_status tt_convert_prelu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = tt_f_arg(c, n, 0, tt_out_dtype(n), 0), *w = tt_f_arg(c, n, 1, tt_out_dtype(n), 0);
    if (x && w && w->rank == 1 && !tt_dim_is(w->dims[0], 1)) {
        tt_dim dims[TT_MAX_RANK_NET];
        for (int d = 0; d < x->rank; d++)
            dims[d] = d == 1 ? w->dims[0] : tt_dim_const(1);
        /* An input of rank 1 is [channels]. */
        if (x->rank > 1)
            TT_TRY(tt_net_reshape(c->net, w, x->rank, dims, &w));
    }
    tt_tensor *above = tt_f_with(c, TT_ELEMENTWISE_GREATER, x, 0);
    return tt_f_finish(c, n, 0, tt_f_select(c, above, x, tt_f_binary(c, TT_ELEMENTWISE_PROD, w, x)), out);
}

ttrt_status tt_convert_glu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *a = NULL, *b = NULL;
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_axis(n, 1, -1, x->rank, &axis));
    if (x->rank == 0)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of a 0-d tensor", n->op->name);
    tt_dim half = tt_dim_floordiv(c->net->dims, x->dims[axis], tt_dim_const(2));
    TT_TRY(tt_net_slice(c->net, x, (int)axis, tt_dim_const(0), half, 1, &a));
    TT_TRY(tt_net_slice(c->net, x, (int)axis, half, half, 1, &b));
    return tt_f_finish(c, n, 0,
                       tt_f_binary(c, TT_ELEMENTWISE_PROD, a, tt_f_activation(c, TT_ACTIVATION_SIGMOID, b, 0, 0)), out);
}

bool tt_rrelu_accepts(const tt_node *n, tt_reason *why)
{
    return !tt_arg_bool(n, 3, false) || tt_refuse(why, "random when training");
}

/* The middle of its range when not training. */
ttrt_status tt_convert_rrelu(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    double slope = (tt_arg_float(n, 1, 1.0 / 8) + tt_arg_float(n, 2, 1.0 / 3)) / 2;
    return one_layer(c, n, TT_ACTIVATION_LEAKY_RELU, slope, 0, out);
}

/* The second output is what the backward pass wants. */
bool tt_log_sigmoid_forward_accepts(const tt_node *n, tt_reason *why)
{
    return tt_value_uses(n->graph, n->outs[1]) == 0 || tt_refuse(why, "its buffer is used");
}

bool tt_dropout_accepts(const tt_node *n, tt_reason *why)
{
    bool drops = tt_arg_bool(n, 2, true) && tt_arg_float(n, 1, 0.5) != 0;
    return !drops || tt_refuse(why, "random when training: export the model in eval mode");
}

ttrt_status tt_convert_dropout(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_finish(c, n, 0, x, &out[0]));
    if (n->n_outs < 2)
        return TTRT_OK;
    tt_arg kept = {.kind = TT_ARG_BOOL, .b = true}; /* native_dropout's mask */
    return tt_filled(c, x->rank, x->dims, n->outs[1]->dtype, &kept, &out[1]);
}
