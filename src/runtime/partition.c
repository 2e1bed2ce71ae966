/* Partitions for hosts that run the rest themselves: which nodes go where, and the engines, one at a time. */
#include "runtime/runtime.h"

#include <string.h>

#include "lower/pass.h"

struct ttrt_partition {
    tt_graph *graph;
    tt_partition *p;
    tt_choice choice;
    tt_profiles profiles;
    char *description;
};

static ttrt_status make(ttrt_partition *p, ttrt_program *program, const ttrt_compile_options *given)
{
    ttrt_compile_options o;
    tt_pt2_info *info;
    tt_pass_stats stats = {0};

    TT_TRY(tt_compile_options_read(given, &o));
    TT_TRY(tt_program_choose(program, &o, TT_USE_HERE, &p->choice));
    TT_TRY(tt_program_reread(program, &p->graph, &info));
    TT_TRY(tt_shapes_apply(p->graph, o.shapes, o.n_shapes, &p->profiles));
    TT_TRY(tt_lower_subgraphs(p->graph));
    TT_TRY(tt_pass_functionalize(p->graph, &stats));
    const tt_partition_options options = {
        .engine = p->choice.engine,
        .min_block_size = o.min_block_size,
        .require_full_compilation = o.require_full_compilation,
        .torch_executed_ops = o.torch_executed_ops,
        .n_torch_executed_ops = o.n_torch_executed_ops,
        .partitioner = o.use_fast_partitioner ? TT_PARTITION_FAST : TT_PARTITION_GLOBAL,
        .truncate_double = o.truncate_double,
        .fallback_data_dependent_ops = o.fallback_data_dependent_ops,
        .backends = o.backends,
        .n_backends = o.n_backends,
    };
    return tt_partition_graph(p->graph, &options, &p->p);
}

ttrt_status ttrt_partition_new(ttrt_program *program, const ttrt_compile_options *options, ttrt_partition **out)
{
    TT_CHECK_ARG(program != NULL && out != NULL);
    ttrt_partition *p = tt_calloc(1, sizeof *p);
    if (!p)
        return TTRT_ERR_MEMORY;
    ttrt_status status = make(p, program, options);
    if (status != TTRT_OK) {
        ttrt_partition_free(p);
        return status;
    }
    *out = p;
    return TTRT_OK;
}

void ttrt_partition_free(ttrt_partition *partition)
{
    if (!partition)
        return;
    tt_graph_free(partition->graph);
    tt_free(partition->description);
    tt_free(partition);
}

/* ---- description ---- */

static void add_names(tt_str *s, const char *key, tt_value *const *values, size_t n)
{
    tt_str_addf(s, ", \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        tt_str_add(s, i ? ", " : "");
        tt_str_add_json(s, values[i]->name);
    }
    tt_str_add(s, "]");
}

static void add_segment(tt_str *s, const tt_segment *segment)
{
    tt_str_add(s, "{\"name\": ");
    tt_str_add_json(s, segment->name);
    tt_str_addf(s, ", \"engine\": %s, \"truncates\": %s, \"nodes\": [", segment->is_engine ? "true" : "false",
                segment->truncates ? "true" : "false");
    for (size_t i = 0; i < segment->n_nodes; i++) {
        tt_str_add(s, i ? ", " : "");
        tt_str_add_json(s, segment->nodes[i]->name);
    }
    tt_str_add(s, "]");
    add_names(s, "inputs", segment->io.inputs, segment->io.n_inputs);
    add_names(s, "outputs", segment->io.outputs, segment->io.n_outputs);
    tt_str_add(s, "}");
}

void tt_refusals_describe(const tt_refusal *refusals, size_t count, tt_str *s)
{
    tt_str_add(s, "[");
    for (size_t i = 0; i < count; i++) {
        const tt_node *n = refusals[i].node;
        tt_str_add(s, i ? ", {\"node\": " : "{\"node\": ");
        tt_str_add_json(s, n->name);
        tt_str_add(s, ", \"operator\": ");
        tt_str_add_json(s, n->op->name);
        tt_str_add(s, ", \"reason\": ");
        tt_str_add_json(s, refusals[i].reason);
        tt_str_add(s, ", \"source\": ");
        tt_str_add_json(s, n->source ? n->source : "");
        tt_str_add(s, "}");
    }
    tt_str_add(s, "]");
}

ttrt_status ttrt_partition_describe(ttrt_partition *partition, const char **json)
{
    tt_str s = {0};

    TT_CHECK_ARG(partition != NULL && json != NULL);
    if (!partition->description) {
        const tt_partition *p = partition->p;
        tt_str_addf(&s, "{\"engine\": \"%s\", \"chosen\": ", partition->choice.engine->name);
        tt_str_add_json(&s, partition->choice.reason);
        tt_str_addf(&s, ", \"total\": %zu, \"supported\": %zu, \"segments\": [", p->n_total, p->n_supported);
        for (size_t i = 0; i < p->n_segments; i++) {
            tt_str_add(&s, i ? ", " : "");
            add_segment(&s, &p->segments[i]);
        }
        tt_str_add(&s, "], \"refusals\": ");
        tt_refusals_describe(p->refusals, p->n_refusals, &s);
        tt_str_add(&s, "}");
        ttrt_status status = tt_str_status(&s);
        if (status == TTRT_OK)
            partition->description = tt_str_take(&s);
        tt_str_dispose(&s);
        TT_TRY(status);
    }
    *json = partition->description;
    return TTRT_OK;
}

/* ---- engines ---- */

static ttrt_status find_segment(const ttrt_partition *partition, const char *name, const tt_segment **out)
{
    for (size_t i = 0; i < partition->p->n_segments; i++) {
        const tt_segment *s = &partition->p->segments[i];
        if (strcmp(s->name, name))
            continue;
        if (!s->is_engine)
            TT_FAIL(TTRT_ERR_ARGUMENT, "segment '%s' is left to the host", name);
        *out = s;
        return TTRT_OK;
    }
    TT_FAIL(TTRT_ERR_ARGUMENT, "the partition has no segment '%s'", name);
}

ttrt_status ttrt_partition_build(ttrt_partition *partition, const char *name, const ttrt_compile_options *options,
                                 void **blob, size_t *blob_bytes, const char **signature)
{
    ttrt_compile_options o;
    const tt_segment *segment = NULL;
    tt_built built;

    TT_CHECK_ARG(partition != NULL && name != NULL && blob != NULL && blob_bytes != NULL && signature != NULL);
    TT_TRY(tt_compile_options_read(options, &o));
    TT_TRY(find_segment(partition, name, &segment));
    TT_TRY(tt_segment_build(partition->graph, segment, &o, &partition->profiles, &built));
    *blob = built.bytes;
    *blob_bytes = built.size;
    *signature = built.signature;
    return TTRT_OK;
}

void ttrt_bytes_free(void *bytes) { tt_free_aligned(bytes); }
