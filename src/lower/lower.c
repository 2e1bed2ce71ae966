/* The pass manager: runs the passes of passes.def in order; times, prints and verifies after each. */
#include "lower/pass.h"

#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "base/threads.h"

static const tt_pass passes[] = {
#define PASS(pass) {.name = #pass, .run = tt_pass_##pass},
#include "lower/passes.def"
#undef PASS
};

const tt_pass *tt_pass_find(const char *name)
{
    for (size_t i = 0; i < TT_COUNT(passes); i++)
        if (strcmp(passes[i].name, name) == 0)
            return &passes[i];
    return NULL;
}

/* A line of log for each line of text: a log line holds no newline. */
static void log_lines(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        tt_log(TTRT_LOG_WARNING, "lower", "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static ttrt_status print_after(const tt_graph *g, const tt_pass *pass)
{
    const char *wanted = tt_env_get()->print_after;
    if (wanted == NULL || (strcmp(wanted, pass->name) != 0 && strcmp(wanted, "all") != 0))
        return TTRT_OK;
    tt_str text = {0};
    ttrt_status status = tt_graph_print(g, &text);
    if (status == TTRT_OK) {
        tt_log(TTRT_LOG_WARNING, "lower", "after %s:", pass->name);
        log_lines(tt_str_text(&text));
    }
    tt_str_dispose(&text);
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

static ttrt_status verify(const tt_graph *g) { return wants_verify() ? tt_graph_verify(g) : TTRT_OK; }

static ttrt_status run_pass(tt_graph *g, const tt_pass *pass)
{
    tt_pass_stats stats = {0};
    uint64_t start = tt_time_ns();
    TT_TRY(pass->run(g, &stats));
    tt_graph_clear_data(g);
    tt_log(TTRT_LOG_DEBUG, "lower", "%s: %zu changes, %.2f ms", pass->name, stats.changes,
           (double)(tt_time_ns() - start) * 1e-6);
    TT_TRY(print_after(g, pass));
    return verify(g);
}

static ttrt_status run_passes(tt_graph *g)
{
    TT_TRY(tt_lower_subgraphs(g));
    for (size_t i = 0; i < TT_COUNT(passes); i++)
        TT_TRY(run_pass(g, &passes[i]));
    return TTRT_OK;
}

ttrt_status tt_lower_subgraphs(tt_graph *g)
{
    for (tt_node *n = g->first; n; n = n->next)
        for (size_t i = 0; i < n->n_args; i++)
            if (n->args[i].kind == TT_ARG_GRAPH)
                TT_TRY(run_passes(n->args[i].graph));
    return TTRT_OK;
}

ttrt_status tt_lower_graph(tt_graph *g)
{
    const char **names;

    TT_TRY(tt_output_names_get(g, &names));
    TT_TRY(run_passes(g));
    TT_TRY(tt_output_names_restore(g, names));
    return verify(g);
}
