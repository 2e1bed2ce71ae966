/* The settings of a build, read so that callers compiled against an older struct keep working. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/log.h"
#include "engine/settings.h"
#include "graph/graph.h"

static ttrt_status check_names(const char *list, const char *const *names, size_t n)
{
    if (n && !names)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%s has a count and no items", list);
    for (size_t i = 0; i < n; i++)
        if (!names[i])
            TT_FAIL(TTRT_ERR_ARGUMENT, "%s[%zu] is NULL", list, i);
    return TTRT_OK;
}

ttrt_status tt_compile_options_read(const ttrt_compile_options *given, ttrt_compile_options *out)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    if (given) {
        if (given->size < offsetof(ttrt_compile_options, precision) || given->size > 4096)
            TT_FAIL(TTRT_ERR_ARGUMENT, "compile options of %zu bytes: start with TTRT_COMPILE_OPTIONS_INIT",
                    given->size);
        memcpy(&o, given, given->size < sizeof o ? given->size : sizeof o);
        o.size = sizeof o;
    }
    TT_TRY(tt_settings_check(&o));
    TT_TRY(check_names("torch_executed_ops", o.torch_executed_ops, o.n_torch_executed_ops));
    TT_TRY(check_names("backends", o.backends, o.n_backends));
    TT_TRY(check_names("float32_nodes", o.float32_nodes, o.n_float32_nodes));
    if (o.n_shapes && !o.shapes)
        TT_FAIL(TTRT_ERR_ARGUMENT, "shapes has a count and no items");
    *out = o;
    return TTRT_OK;
}

static bool has_node(const tt_graph *g, const char *name)
{
    for (const tt_node *n = g->first; n; n = n->next) {
        if (n->name && strcmp(n->name, name) == 0)
            return true;
        for (size_t i = 0; i < n->n_args; i++)
            if (n->args[i].kind == TT_ARG_GRAPH && has_node(n->args[i].graph, name))
                return true;
    }
    return false;
}

void tt_compile_options_name_unknown(const ttrt_compile_options *o, const tt_graph *g)
{
    for (size_t i = 0; i < o->n_float32_nodes; i++)
        if (!has_node(g, o->float32_nodes[i]))
            tt_log(TTRT_LOG_WARNING, "compile", "float32_nodes: the program has no node '%s'", o->float32_nodes[i]);
}
