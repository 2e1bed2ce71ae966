/* See profile.h. Every symbol at its minimum, its hint, its maximum gives the three shapes of each input. */
#include "engine/tensorrt/profile.h"

#include <inttypes.h>

#include "base/log.h"

static bool is_size(const tt_network *net, const tt_symbol *s)
{
    for (int i = 0; i < net->n_inputs; i++)
        for (int d = 0; d < net->inputs[i]->rank; d++)
            if (tt_dim_mentions(net->inputs[i]->dims[d], s))
                return true;
    return false;
}

static tt_size_range range_of(const tt_symbol *s, const tt_profiles *profiles, int profile)
{
    if (profile < profiles->n && (size_t)s->index < profiles->n_symbols)
        return profiles->ranges[(size_t)profile * profiles->n_symbols + s->index];
    return (tt_size_range){s->min, s->hint, s->max};
}

static int64_t at(const tt_network *net, const tt_symbol *s, tt_size_range r, int32_t selector)
{
    /* TensorRT takes no empty inputs; a number may be 0 or less. */
    int64_t min = r.min < 1 && is_size(net, s) ? 1 : r.min, max = r.max > min ? r.max : min;

    if (selector == TRT_OptProfileSelector_kMIN)
        return min;
    if (selector == TRT_OptProfileSelector_kMAX)
        return max;
    return r.opt >= min && r.opt <= max ? r.opt : min / 2 + max / 2;
}

static bool is_dynamic(const tt_tensor *t)
{
    for (int d = 0; d < t->rank; d++)
        if (!tt_dim_is_const(t->dims[d]))
            return true;
    return t->is_dim;
}

/* Without an upper bound TensorRT would have nothing to plan with; Torch-TensorRT's answer is 4096 times the minimum.
 */
static void bound(const tt_dims *dims, const tt_expr *e, const char *input, int d)
{
    for (size_t i = 0; i < e->n_args; i++)
        bound(dims, e->args[i], input, d);
    if (e->kind != TT_EXPR_SYMBOL || e->symbol->max != TT_DIM_NO_MAX)
        return;
    tt_symbol *s = tt_dims_at(dims, e->symbol->index);
    s->max = (s->min > 1 ? s->min : 1) * 4096;
    tt_log(TTRT_LOG_WARNING, "tensorrt",
           "input '%s', dimension %d: %s has no upper bound, and TensorRT needs one: %" PRId64
           " is taken. Give the range: --shapes NAME:1..8..64x..., torch_tensorrt.Input(min_shape=..., opt_shape=..., "
           "max_shape=...), or torch.export.Dim(\"n\", max=64)",
           input, d, s->name, s->max);
}

void tt_trt_bound_symbols(const tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++) {
        const tt_tensor *t = net->inputs[i];
        for (int d = 0; d < t->rank; d++)
            if (t->dims[d].expr)
                bound(net->dims, t->dims[d].expr, t->name, d);
        if (t->is_dim && t->value.expr)
            bound(net->dims, t->value.expr, t->name, 0);
    }
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

static ttrt_status fill_profile(IOptimizationProfile *p, const tt_network *net, const tt_profiles *profiles,
                                int profile, int64_t *values, tt_trt_errors *errors)
{
    for (int32_t selector = TRT_OptProfileSelector_kMIN; selector <= TRT_OptProfileSelector_kMAX; selector++) {
        for (size_t i = 0; i < tt_dims_count(net->dims); i++) {
            const tt_symbol *s = tt_dims_at(net->dims, i);
            values[i] = at(net, s, range_of(s, profiles, profile), selector);
        }
        for (int i = 0; i < net->n_inputs; i++)
            if (is_dynamic(net->inputs[i]))
                TT_TRY(set_dims(p, net->inputs[i], selector, values, errors));
    }
    return TTRT_OK;
}

static ttrt_status add_profile(IBuilder *builder, IBuilderConfig *config, const tt_network *net,
                               const tt_profiles *profiles, int profile, tt_trt_errors *errors)
{
    int64_t *values = tt_calloc(tt_dims_count(net->dims) + 1, sizeof *values);
    IOptimizationProfile *p = trt_IBuilder_createOptimizationProfile(builder);
    ttrt_status status = values ? fill_profile(p, net, profiles, profile, values, errors) : TTRT_ERR_MEMORY;

    tt_free(values);
    if (status == TTRT_OK && trt_IBuilderConfig_addOptimizationProfile(config, p) < 0)
        return tt_trt_fail(errors, TTRT_ERR_SHAPE, "the ranges of the inputs");
    return status;
}

static bool any_dynamic(const tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        if (is_dynamic(net->inputs[i]))
            return true;
    return false;
}

ttrt_status tt_trt_add_profiles(IBuilder *builder, IBuilderConfig *config, const tt_network *net,
                                const tt_profiles *profiles, tt_trt_errors *errors)
{
    int n = !any_dynamic(net) ? 0 : profiles->n ? profiles->n : 1;

    for (int profile = 0; profile < n; profile++)
        TT_TRY(add_profile(builder, config, net, profiles, profile, errors));
    return TTRT_OK;
}

void tt_trt_print_profiles(const tt_dims *dims, const tt_profiles *profiles, tt_str *out)
{
    for (int p = 0; p < profiles->n; p++) {
        const char *separator = p ? "; " : "";
        for (size_t i = 0; i < profiles->n_symbols; i++) {
            const tt_symbol *s = tt_dims_at(dims, i);
            if (s->unbacked)
                continue;
            const tt_size_range r = range_of(s, profiles, p);
            tt_str_addf(out, "%s%s=%" PRId64 "..%" PRId64 "..%" PRId64, separator, s->name, r.min, r.opt, r.max);
            separator = ", ";
        }
    }
}
