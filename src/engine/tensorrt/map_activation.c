/* Activations: one table. TensorRT's own layers keep halves as they are, so that they join the product before them. */
#include "engine/tensorrt/formula.h"

#include <math.h>

typedef ITensor *activation_formula(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x);

static ITensor *native(tt_trt_map *m, int32_t type, double alpha, double beta, ITensor *x)
{
    return x && tt_trt_activation(m, type, alpha, beta, x, &x) == TTRT_OK ? x : NULL;
}

/* Of integers: by comparison. Bounds outside of the type's range bound nothing. */
static ITensor *clip_integers(tt_trt_map *m, double low, double high, ITensor *x)
{
    const double range = tt_trt_f_dtype(x) == TTRT_DTYPE_INT64 ? 0x1p63 : 0x1p31;

    if (low > -range)
        x = f_max_number(m, x, low < range ? trunc(low) : range - 1);
    if (high < range - 1)
        x = f_min_number(m, x, high > -range ? trunc(high) : -range);
    return x;
}

/* Whether it is a convolution's result, or one scaled by channels. */
static bool is_convolved(const tt_tensor *t)
{
    const tt_layer *l = t->layer;

    if (l && l->kind == TT_LAYER_SCALE)
        l = l->in[0]->layer;
    return l && (l->kind == TT_LAYER_CONVOLUTION || l->kind == TT_LAYER_DECONVOLUTION);
}

/* The upper bound wins where the bounds cross. TensorRT's layer has no infinite bounds. It joins the kernel of a
 * convolution before it, which the selection that keeps NaN does not: there NaN is what TensorRT makes of it. */
static ITensor *clip(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    ITensor *y;

    if (!tt_trt_f_is_float(x))
        return clip_integers(m, a->alpha, a->beta, tt_trt_f_wide(m, x));
    if (isinf(a->alpha))
        y = f_min_number(m, x, a->beta);
    else if (isinf(a->beta))
        y = f_max_number(m, x, a->alpha);
    else
        y = native(m, TRT_ActivationType_kCLIP, fmin(a->alpha, a->beta), a->beta, x);
    return is_convolved(m->layer->in[0]) ? y : tt_trt_f_keep_nan(m, x, y);
}

static ITensor *relu(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    if (!tt_trt_f_is_float(x))
        x = tt_trt_f_wide(m, x);
    return native(m, TRT_ActivationType_kRELU, 0, 0, x);
}

static ITensor *hard_sigmoid(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    return tt_trt_f_keep_nan(m, x, native(m, TRT_ActivationType_kHARD_SIGMOID, a->alpha, a->beta, x));
}

static ITensor *silu(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    return f_mul(m, x, tt_trt_f_activation(m, TRT_ActivationType_kSIGMOID, x));
}

static ITensor *hard_swish(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    return f_mul(m, x, native(m, TRT_ActivationType_kHARD_SIGMOID, 1.0 / 6, 0.5, x));
}

/* x tanh(log(1 + e)) = x n / (n + 2) with n = e (e + 2), e = exp(x); from 20 on the quotient is 1. */
static ITensor *mish(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    x = tt_trt_f_wide(m, x);
    ITensor *e = f_exp(m, f_min_number(m, x, 20));
    ITensor *n = f_mul(m, e, f_add_number(m, e, 2));
    return f_mul(m, x, f_div(m, n, f_add_number(m, n, 2)));
}

/* log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)): nothing overflows, and small results keep their digits. NaN is in
 * the second term. */
static ITensor *softplus_of(tt_trt_map *m, ITensor *x)
{
    return f_add(m, f_max_number(m, x, 0), tt_trt_f_log1p(m, f_exp(m, f_neg(m, f_abs(m, x)))));
}

static ITensor *softplus(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    x = tt_trt_f_wide(m, x);
    if (a->beta != 1)
        x = f_mul_number(m, x, a->beta);
    x = softplus_of(m, x);
    return a->alpha != 1 ? f_mul_number(m, x, a->alpha) : x;
}

static ITensor *log_sigmoid(tt_trt_map *m, const tt_activation_attrs *a, ITensor *x)
{
    return f_neg(m, softplus_of(m, f_neg(m, tt_trt_f_wide(m, x))));
}

#define LAYER(type) .layer = TRT_ActivationType_k##type + 1
static const struct {
    int32_t layer; /* TensorRT's type + 1, or 0: the formula */
    activation_formula *formula;
} activation[TT_ACTIVATION_COUNT] = {
    [TT_ACTIVATION_RELU] = {.formula = relu},
    [TT_ACTIVATION_SIGMOID] = {LAYER(SIGMOID)},
    [TT_ACTIVATION_TANH] = {LAYER(TANH)},
    [TT_ACTIVATION_LEAKY_RELU] = {LAYER(LEAKY_RELU)},
    [TT_ACTIVATION_ELU] = {LAYER(ELU)},
    [TT_ACTIVATION_SELU] = {LAYER(SELU)},
    [TT_ACTIVATION_SOFTSIGN] = {LAYER(SOFTSIGN)},
    [TT_ACTIVATION_SOFTPLUS] = {.formula = softplus},
    [TT_ACTIVATION_CLIP] = {.formula = clip},
    [TT_ACTIVATION_HARD_SIGMOID] = {.formula = hard_sigmoid},
    [TT_ACTIVATION_SCALED_TANH] = {LAYER(SCALED_TANH)},
    [TT_ACTIVATION_THRESHOLDED_RELU] = {LAYER(THRESHOLDED_RELU)},
    [TT_ACTIVATION_GELU_ERF] = {LAYER(GELU_ERF)},
    [TT_ACTIVATION_GELU_TANH] = {LAYER(GELU_TANH)},
    [TT_ACTIVATION_SILU] = {.formula = silu},
    [TT_ACTIVATION_MISH] = {.formula = mish},
    [TT_ACTIVATION_HARD_SWISH] = {.formula = hard_swish},
    [TT_ACTIVATION_LOG_SIGMOID] = {.formula = log_sigmoid},
};
#undef LAYER

/* TensorRT keeps its own default where a parameter is infinite or NaN. */
bool tt_trt_accepts_activation(const tt_layer *l, tt_reason *why)
{
    const tt_activation_attrs *a = &l->attrs.activation;

    return !activation[a->type].layer || (isfinite(a->alpha) && isfinite(a->beta)) ||
           tt_refuse(why, "TensorRT takes finite parameters of %s, not %g and %g", tt_enum_name("activation", a->type),
                     a->alpha, a->beta);
}

ttrt_status tt_trt_map_activation(tt_trt_map *m, const tt_layer *l)
{
    const tt_activation_attrs *a = &l->attrs.activation;
    ITensor *x = tt_trt_in(m, l, 0);

    return tt_trt_f_out(m, l, 0,
                        activation[a->type].layer ? native(m, activation[a->type].layer - 1, a->alpha, a->beta, x)
                                                  : activation[a->type].formula(m, a, x));
}
