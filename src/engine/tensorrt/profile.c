/* See profile.h. Every symbol at its minimum, its hint, its maximum gives the three shapes of each input. */
#include "engine/tensorrt/profile.h"

#include <inttypes.h>

static bool mentions(const tt_expr *e, const tt_symbol *s)
{
    if (e->kind == TT_EXPR_SYMBOL)
        return e->symbol == s;
    for (size_t i = 0; i < e->n_args; i++)
        if (mentions(e->args[i], s))
            return true;
    return false;
}

static bool is_size(const tt_network *net, const tt_symbol *s)
{
    for (int i = 0; i < net->n_inputs; i++)
        for (int d = 0; d < net->inputs[i]->rank; d++)
            if (net->inputs[i]->dims[d].expr && mentions(net->inputs[i]->dims[d].expr, s))
                return true;
    return false;
}

static int64_t at(const tt_network *net, const tt_symbol *s, int32_t selector)
{
    /* TensorRT takes no empty inputs; a number may be 0 or less. */
    int64_t min = s->min < 1 && is_size(net, s) ? 1 : s->min;

    if (selector == TRT_OptProfileSelector_kMIN)
        return min;
    if (selector == TRT_OptProfileSelector_kMAX)
        return s->max;
    return s->hint >= min && s->hint <= s->max ? s->hint : min / 2 + s->max / 2;
}

static bool is_dynamic(const tt_tensor *t)
{
    for (int d = 0; d < t->rank; d++)
        if (!tt_dim_is_const(t->dims[d]))
            return true;
    return t->is_dim;
}

static const tt_symbol *unbounded(const tt_expr *e)
{
    if (e->kind == TT_EXPR_SYMBOL)
        return e->symbol->max == TT_DIM_NO_MAX ? e->symbol : NULL;
    for (size_t i = 0; i < e->n_args; i++)
        if (unbounded(e->args[i]))
            return unbounded(e->args[i]);
    return NULL;
}

static ttrt_status check_bounds(const tt_tensor *t)
{
    for (int d = 0; d < t->rank; d++) {
        const tt_symbol *s = t->dims[d].expr ? unbounded(t->dims[d].expr) : NULL;
        if (!s)
            continue;
        tt_fail(TTRT_ERR_SHAPE, "input '%s', dimension %d: %s has no upper bound, and TensorRT needs one", t->name, d,
                s->name);
        return tt_fail_hint(
            "give the range: --shapes NAME:1..8..64x..., torch_tensorrt.Input(min_shape=..., opt_shape=..., "
            "max_shape=...), or torch.export.Dim(\"n\", max=64)");
    }
    return TTRT_OK;
}

static ttrt_status set_dims(IOptimizationProfile *p, const tt_tensor *t, int32_t selector, const int64_t *values,
                            tt_trt_errors *errors)
{
    Dims64 dims = {.nbDims = t->rank};
    int64_t number;

    if (t->is_dim) {
        if (tt_dim_eval(t->value, values, &number) &&
            trt_IOptimizationProfile_setShapeValuesV2(p, t->name, selector, &number, 1))
            return TTRT_OK;
        return tt_trt_fail(errors, TTRT_ERR_SHAPE, "the range of the number '%s'", t->name);
    }
    for (int d = 0; d < t->rank; d++)
        if (!tt_dim_eval(t->dims[d], values, &dims.d[d]))
            TT_FAIL(TTRT_ERR_SHAPE, "input '%s', dimension %d: its range cannot be told", t->name, d);
    if (!trt_IOptimizationProfile_setDimensions(p, t->name, selector, &dims))
        return tt_trt_fail(errors, TTRT_ERR_SHAPE, "the range of input '%s'", t->name);
    return TTRT_OK;
}

static ttrt_status fill_profile(IOptimizationProfile *p, const tt_network *net, int64_t *values, tt_trt_errors *errors)
{
    for (int32_t selector = TRT_OptProfileSelector_kMIN; selector <= TRT_OptProfileSelector_kMAX; selector++) {
        for (size_t i = 0; i < tt_dims_count(net->dims); i++)
            values[i] = at(net, tt_dims_at(net->dims, i), selector);
        for (int i = 0; i < net->n_inputs; i++)
            if (is_dynamic(net->inputs[i]))
                TT_TRY(set_dims(p, net->inputs[i], selector, values, errors));
    }
    return TTRT_OK;
}

ttrt_status tt_trt_add_profiles(IBuilder *builder, IBuilderConfig *config, const tt_network *net, tt_trt_errors *errors)
{
    bool dynamic = false;

    for (int i = 0; i < net->n_inputs; i++) {
        TT_TRY(check_bounds(net->inputs[i]));
        dynamic = dynamic || is_dynamic(net->inputs[i]);
    }
    if (!dynamic)
        return TTRT_OK;
    int64_t *values = tt_calloc(tt_dims_count(net->dims) + 1, sizeof *values);
    IOptimizationProfile *p = trt_IBuilder_createOptimizationProfile(builder);
    ttrt_status status = values ? fill_profile(p, net, values, errors) : TTRT_ERR_MEMORY;
    tt_free(values);
    TT_TRY(status);
    if (trt_IBuilderConfig_addOptimizationProfile(config, p) < 0)
        return tt_trt_fail(errors, TTRT_ERR_SHAPE, "the ranges of the inputs");
    return TTRT_OK;
}
