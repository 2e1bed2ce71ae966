/* Activations and normalizations that models spell out. */
#include "network/optimize.h"

#include <math.h>

/* ---- activations ---- */

static ttrt_status become_activation(tt_network *net, tt_layer *l, tt_enum_activation type, tt_tensor *x, int *changes)
{
    tt_tensor *y;

    tt_opt_at(net, l);
    TT_TRY(tt_net_activation(net, type, 0, 0, x, &y));
    tt_opt_replace(net, l, y, changes);
    return TTRT_OK;
}

/* x * sigmoid(x) */
static bool is_silu(const tt_tensor *t, tt_tensor **x)
{
    tt_tensor *in[2], *of;

    if (!tt_is_elementwise(t, TT_ELEMENTWISE_PROD, &in[0], &in[1]))
        return false;
    for (int i = 0; i < 2; i++)
        if (tt_is_activation(in[1 - i], TT_ACTIVATION_SIGMOID, &of) && of == in[i]) {
            *x = of;
            return true;
        }
    return false;
}

ttrt_status tt_opt_silu(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_tensor *x;
        if (l->n_out == 1 && is_silu(l->out[0], &x))
            TT_TRY(become_activation(net, l, TT_ACTIVATION_SILU, x, changes));
    }
    return TTRT_OK;
}

/* Constants of formulas pass through f32, or bf16 in half models. */
static bool is_about(double v, double expected, tt_dtype dtype)
{
    return fabs(v - expected) <= fabs(expected) * (ttrt_dtype_size(dtype) > 2 ? 1e-6 : 4e-3);
}

static bool is_with_about(const tt_tensor *t, tt_enum_elementwise op, double expected, tt_tensor **x)
{
    double v;

    return tt_is_with_value(t, op, x, &v) && is_about(v, expected, t->dtype);
}

static bool is_square(const tt_tensor *t, const tt_tensor *x)
{
    tt_tensor *a, *b;
    double v;

    if (tt_is_elementwise(t, TT_ELEMENTWISE_PROD, &a, &b))
        return a == x && b == x;
    return tt_is_with_value(t, TT_ELEMENTWISE_POW, &a, &v) && a == x && v == 2;
}

static bool is_cube(const tt_tensor *t, const tt_tensor *x)
{
    tt_tensor *other;
    double v;

    if (tt_is_with_operand(t, TT_ELEMENTWISE_PROD, x, &other))
        return is_square(other, x);
    return tt_is_with_value(t, TT_ELEMENTWISE_POW, &other, &v) && other == x && v == 3;
}

/* tanh(0.79788 * (x + 0.044715 * x^3)) */
static bool is_gelu_tanh(const tt_tensor *t, const tt_tensor *x)
{
    tt_tensor *scaled, *sum, *term, *cube;

    return tt_is_activation(t, TT_ACTIVATION_TANH, &scaled) &&
           is_with_about(scaled, TT_ELEMENTWISE_PROD, 0.7978845608028654, &sum) &&
           tt_is_with_operand(sum, TT_ELEMENTWISE_SUM, x, &term) &&
           is_with_about(term, TT_ELEMENTWISE_PROD, 0.044715, &cube) && is_cube(cube, x);
}

/* erf(x / sqrt(2)) */
static bool is_gelu_erf(const tt_tensor *t, const tt_tensor *x)
{
    tt_tensor *scaled, *of;

    if (!tt_is_unary(t, TT_UNARY_ERF, &scaled))
        return false;
    return (is_with_about(scaled, TT_ELEMENTWISE_PROD, 0.7071067811865476, &of) ||
            is_with_about(scaled, TT_ELEMENTWISE_DIV, 1.4142135623730951, &of)) &&
           of == x;
}

/* x * (1 + inner(x)), once the 0.5 is taken away. */
static bool is_gelu_product(tt_tensor *a, tt_tensor *b, tt_enum_activation *type)
{
    tt_tensor *inner;

    if (!is_with_about(b, TT_ELEMENTWISE_SUM, 1, &inner))
        return false;
    *type = is_gelu_tanh(inner, a) ? TT_ACTIVATION_GELU_TANH : TT_ACTIVATION_GELU_ERF;
    return *type == TT_ACTIVATION_GELU_TANH || is_gelu_erf(inner, a);
}

/* (0.5 * x) * (1 + i), x * (0.5 * (1 + i)) or 0.5 * (x * (1 + i)), factors in any order. */
static bool is_gelu(const tt_tensor *t, tt_tensor **x, tt_enum_activation *type)
{
    tt_tensor *in[2], *half, *whole;
    bool outer = is_with_about(t, TT_ELEMENTWISE_PROD, 0.5, &whole);

    if (!tt_is_elementwise(outer ? whole : t, TT_ELEMENTWISE_PROD, &in[0], &in[1]))
        return false;
    for (int i = 0; i < 2; i++) {
        tt_tensor *a = in[i], *b = in[1 - i];
        *x = a;
        if (outer && is_gelu_product(a, b, type))
            return true;
        if (!outer && is_with_about(a, TT_ELEMENTWISE_PROD, 0.5, &half) && is_gelu_product(half, b, type)) {
            *x = half;
            return true;
        }
        if (!outer && is_with_about(b, TT_ELEMENTWISE_PROD, 0.5, &half) && is_gelu_product(a, half, type))
            return true;
    }
    return false;
}

ttrt_status tt_opt_gelu(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_enum_activation type;
        tt_tensor *x;
        if (l->kind == TT_LAYER_ELEMENTWISE && is_gelu(l->out[0], &x, &type))
            TT_TRY(become_activation(net, l, type, x, changes));
    }
    return TTRT_OK;
}

/* ---- RMS norm ---- */

static bool are_last_axes(tt_attr_ints axes, int rank)
{
    for (int i = 0; i < axes.n; i++)
        if (axes.v[i] != rank - axes.n + i)
            return false;
    return axes.n > 0;
}

/* mean(x * x) + eps over the last axes */
static bool is_mean_square(const tt_tensor *t, const tt_tensor *x, tt_normalization_attrs *a)
{
    tt_tensor *mean;

    if (!tt_is_with_value(t, TT_ELEMENTWISE_SUM, &mean, &a->eps))
        return false;
    const tt_layer *reduce = tt_made_by(mean, TT_LAYER_REDUCE);
    if (!reduce || reduce->attrs.reduce.operation != TT_REDUCE_AVG || !is_square(reduce->in[0], x))
        return false;
    a->axes = reduce->attrs.reduce.axes;
    return are_last_axes(a->axes, x->rank) && a->eps >= 0;
}

/* x * rsqrt(m), or x / sqrt(m) */
static bool is_rms_norm(const tt_tensor *t, tt_tensor **x, tt_normalization_attrs *a)
{
    tt_tensor *in[2], *m;

    if (tt_is_elementwise(t, TT_ELEMENTWISE_DIV, &in[0], &in[1])) {
        *x = in[0];
        return tt_is_unary(in[1], TT_UNARY_SQRT, &m) && is_mean_square(m, in[0], a);
    }
    if (!tt_is_elementwise(t, TT_ELEMENTWISE_PROD, &in[0], &in[1]))
        return false;
    for (int i = 0; i < 2; i++)
        if (tt_is_unary(in[1 - i], TT_UNARY_RSQRT, &m) && is_mean_square(m, in[i], a)) {
            *x = in[i];
            return true;
        }
    return false;
}

/*  %1 = x * x; %2 = mean(%1); %3 = %2 + eps; %4 = rsqrt(%3)
 *  %5 = x * %4                   becomes   %5 = normalization(x) {RMS}
 * Half types stay as they are: there each step was rounded, and the model may rely on it. */
ttrt_status tt_opt_rms_norm(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_normalization_attrs a = {.kind = TT_NORMALIZATION_RMS};
        tt_tensor *x, *y;
        if (l->kind != TT_LAYER_ELEMENTWISE || ttrt_dtype_size(l->out[0]->dtype) < 4 || !is_rms_norm(l->out[0], &x, &a))
            continue;
        tt_opt_at(net, l);
        TT_TRY(tt_net_add(net, TT_LAYER_NORMALIZATION, &a, &x, 1, &y));
        tt_opt_replace(net, l, y, changes);
    }
    return TTRT_OK;
}

/* ---- scale and bias of a normalization ---- */

/* w is [1, ..., 1, the normalized dimensions]. */
static bool fits_axes(const tt_tensor *w, const tt_tensor *x, int n_axes)
{
    if (w->rank != x->rank)
        return false;
    for (int i = 0; i < x->rank; i++)
        if (i < x->rank - n_axes ? !tt_dim_is(w->dims[i], 1) : !tt_dim_equal(w->dims[i], x->dims[i]))
            return false;
    return true;
}

/* The normalization whose missing scale (PROD) or bias (SUM) one operand is, when nobody else sees it without. */
static tt_layer *unscaled(const tt_network *net, const tt_layer *l, tt_tensor **w)
{
    bool is_scale = l->kind == TT_LAYER_ELEMENTWISE && l->attrs.elementwise.operation == TT_ELEMENTWISE_PROD;
    bool is_bias = l->kind == TT_LAYER_ELEMENTWISE && l->attrs.elementwise.operation == TT_ELEMENTWISE_SUM;

    for (int i = 0; (is_scale || is_bias) && i < 2; i++) {
        tt_layer *norm = tt_made_by(l->in[i], TT_LAYER_NORMALIZATION);
        if (!norm || norm->n_in != (is_scale ? 1 : 2) || norm->attrs.normalization.has_bias_only ||
            norm->attrs.normalization.kind == TT_NORMALIZATION_GROUP)
            continue;
        *w = l->in[1 - i];
        if (fits_axes(*w, norm->out[0], norm->attrs.normalization.axes.n) && tt_net_uses(net, norm->out[0]) == 1)
            return norm;
    }
    return NULL;
}

/*  %1 = normalization(%x)
 *  %2 = %1 * %w                  becomes   %2 = normalization(%x, %w) */
ttrt_status tt_opt_norm_scale(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_tensor *w, *y;
        const tt_layer *norm = unscaled(net, l, &w);
        if (!norm)
            continue;
        int n_axes = norm->attrs.normalization.axes.n;
        tt_opt_at(net, l);
        TT_TRY(tt_net_reshape(net, w, n_axes, w->dims + w->rank - n_axes, &w));
        tt_tensor *in[3] = {norm->in[0], norm->n_in == 2 ? norm->in[1] : w, w};
        TT_TRY(tt_net_add(net, TT_LAYER_NORMALIZATION, &norm->attrs, in, norm->n_in + 1, &y));
        tt_opt_replace(net, l, y, changes);
    }
    return TTRT_OK;
}
