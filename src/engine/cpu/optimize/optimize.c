/* Runs the passes of passes.def. */
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "engine/cpu/optimize/optimize.h"

static const struct {
    const char *name;
    ttrt_status (*run)(tt_network *net);
} passes[] = {
#define CPU_PASS(name) {#name, tt_cpu_pass_##name},
#include "engine/cpu/optimize/passes.def"
#undef CPU_PASS
};

const tt_net_weights *tt_constant_weights(const tt_tensor *t)
{
    const tt_layer *l = t->layer;

    return l && l->kind == TT_LAYER_CONSTANT && !l->attrs.constant.weights.format ? &l->attrs.constant.weights : NULL;
}

bool tt_constant_dims(const tt_tensor *t, int64_t *dims)
{
    for (int i = 0; i < t->rank; i++) {
        if (!tt_dim_is_const(t->dims[i]))
            return false;
        dims[i] = t->dims[i].value;
    }
    return true;
}

static ttrt_status print_after(const tt_network *net, const char *pass)
{
    const char *wanted = tt_env_get()->print_after;
    tt_str text = {0};

    if (!wanted || (strcmp(wanted, "all") != 0 && strcmp(wanted, pass) != 0))
        return TTRT_OK;
    ttrt_status status = tt_network_print(net, &text);
    if (status == TTRT_OK)
        tt_log(TTRT_LOG_ERROR, "cpu", "after %s:\n%s", pass, tt_str_text(&text));
    tt_str_dispose(&text);
    return status;
}

static bool has_scale(const tt_network *net)
{
    TT_EACH_LAYER (net, l)
        if (l->kind == TT_LAYER_SCALE)
            return true;
    return false;
}

ttrt_status tt_cpu_prepare(tt_network *net)
{
    TT_EACH_LAYER (net, l)
        TT_EACH_NETWORK_OF (l, sub)
            TT_TRY(tt_cpu_prepare(sub));
    if (!has_scale(net))
        return TTRT_OK;
    TT_TRY(tt_cpu_pass_fold_constants(net));
    TT_TRY(tt_cpu_pass_fold_scale(net));
    tt_net_remove_dead(net);
    return TTRT_OK;
}

ttrt_status tt_cpu_optimize(tt_network *net, const tt_build_options *options)
{
    for (size_t i = 0; i < TT_COUNT(passes); i++) {
        if (options && options->progress &&
            !options->progress(options->progress_user, passes[i].name, (double)i / TT_COUNT(passes)))
            TT_FAIL(TTRT_ERR_CANCELLED, "the build was cancelled");
        TT_TRY(passes[i].run(net));
        tt_net_remove_dead(net);
        TT_TRY(print_after(net, passes[i].name));
        if (tt_env_get()->verify)
            TT_TRY(tt_network_verify(net));
    }
    return TTRT_OK;
}
