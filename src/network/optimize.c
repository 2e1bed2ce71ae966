#include "network/optimize.h"

#include "base/env.h"
#include "base/log.h"

#include <string.h>

/* Each round may open the way for another; a network that needs more rounds than this is left as it is then. */
#define MAX_ROUNDS 8

typedef struct pass {
    const char *name;
    ttrt_status (*run)(tt_network *net, int *changes);
} pass;

static const pass passes[] = {
#define PASS(name) {#name, tt_opt_##name},
#include "network/optimize.def"
#undef PASS
};

static bool wants_print(const char *name)
{
    const char *which = tt_env_get()->print_after;

    return which && (strcmp(which, "all") == 0 || strcmp(which, name) == 0);
}

static ttrt_status print_after(const tt_network *net, const char *name)
{
    tt_str s = {0};
    ttrt_status status = tt_network_print(net, &s);

    if (status == TTRT_OK)
        tt_log(TTRT_LOG_WARNING, "network", "after %s:\n%s", name, tt_str_text(&s));
    tt_str_dispose(&s);
    return status;
}

static bool wants_verify(void)
{
#ifdef TT_DEBUG
    return true;
#else
    return tt_env_get()->verify != 0;
#endif
}

static ttrt_status run_pass(tt_network *net, const pass *p, int *changes)
{
    *changes = 0;
    ttrt_status status = p->run(net, changes);
    tt_opt_at(net, NULL);
    TT_TRY(status);
    TT_TRY(tt_dims_status(net->dims));
    if (*changes == 0)
        return TTRT_OK;
    tt_net_remove_dead(net);
    tt_log(TTRT_LOG_DEBUG, "network", "%s: %d changes in \"%s\"", p->name, *changes, net->name);
    if (wants_verify())
        TT_TRY(tt_network_verify(net));
    return wants_print(p->name) ? print_after(net, p->name) : TTRT_OK;
}

ttrt_status tt_network_optimize(tt_network *net)
{
    tt_net_remove_dead(net);
    for (int round = 0, total = 1; round < MAX_ROUNDS && total > 0; round++) {
        total = 0;
        for (size_t i = 0; i < TT_COUNT(passes); i++) {
            int changes;
            TT_TRY(run_pass(net, &passes[i], &changes));
            total += changes;
        }
    }
    return TTRT_OK;
}

ttrt_status tt_network_optimize_one(tt_network *net, const char *name, int *changes)
{
    for (size_t i = 0; i < TT_COUNT(passes); i++)
        if (strcmp(passes[i].name, name) == 0)
            return run_pass(net, &passes[i], changes);
    TT_FAIL(TTRT_ERR_ARGUMENT, "no pass over networks is called '%s'", name);
}
