/* One segment of a graph to the bytes of its engine: convert ─► optimize ─► precision ─► build. */
#include "runtime/runtime.h"

#include <string.h>

#include "network/optimize.h"
#include "network/precision.h"
#include "network/rewrite.h"

static bool report_progress(void *user, const char *phase, double share)
{
    const ttrt_compile_options *o = user;
    return o->progress(o->progress_user, phase, share) != 0;
}

static void release_source(void *graph) { tt_graph_release_pages(graph); }

static ttrt_status cancelled_at(const ttrt_compile_options *o, const char *phase, double share)
{
    if (o->progress && !o->progress(o->progress_user, phase, share))
        TT_FAIL(TTRT_ERR_CANCELLED, "cancelled during %s", phase);
    return TTRT_OK;
}

/* The strides that a host sees are those of fresh contiguous tensors of the graph's types: the network must agree. */
static ttrt_status check_outputs(const tt_network *net, const tt_segment *segment)
{
    const tt_segment_io *io = &segment->io;

    TT_INVARIANT((size_t)net->n_inputs == io->n_inputs && (size_t)net->n_outputs == io->n_outputs);
    for (size_t i = 0; i < io->n_outputs; i++) {
        const tt_value *v = io->outputs[i];
        const tt_tensor *t = net->outputs[i];
        const tt_dtype wanted = segment->truncates ? tt_truncated(v->dtype) : v->dtype;
        if (v->kind == TT_VALUE_TENSOR && (t->dtype != wanted || (size_t)t->rank != v->rank))
            TT_FAIL(TTRT_ERR_INTERNAL, "'%s' became %s of rank %d, the program has %s of rank %zu", v->name,
                    ttrt_dtype_name(t->dtype), t->rank, ttrt_dtype_name(v->dtype), v->rank);
    }
    return TTRT_OK;
}

/* Which layers compute in the lower precision, and why the others do not: text for the report. */
static ttrt_status lower_precision(tt_graph *g, tt_network *net, const tt_engine_iface *engine,
                                   const ttrt_compile_options *o, tt_built *built)
{
    const tt_precision_options options = {.type = o->precision,
                                          .takes = engine->supports,
                                          .float32_nodes = o->float32_nodes,
                                          .n_float32_nodes = o->n_float32_nodes};
    tt_str text = {0};

    if (o->precision == TTRT_DTYPE_FLOAT32)
        return TTRT_OK;
    ttrt_status status = engine->prepare ? engine->prepare(net) : TTRT_OK;
    if (status == TTRT_OK)
        status = tt_network_precision(net, &options, &text);
    if (status == TTRT_OK)
        status = tt_str_status(&text);
    if (status == TTRT_OK) {
        built->precision = tt_arena_strdup(g->arena, tt_str_text(&text));
        status = built->precision ? tt_network_optimize(net) : TTRT_ERR_MEMORY;
    }
    tt_str_dispose(&text);
    return status;
}

/* Engine cpu adds up in float32 in any case. */
static ttrt_status rewrite(tt_network *net, const tt_engine_iface *engine, const ttrt_compile_options *o)
{
    if (o->decompose_attention)
        TT_TRY(tt_network_decompose_attention(net));
    if (o->use_fp32_acc && engine != tt_engine_find("cpu"))
        TT_TRY(tt_network_widen_products(net));
    return TTRT_OK;
}

static ttrt_status make_network(tt_graph *g, const tt_segment *segment, const ttrt_compile_options *o, tt_built *built,
                                tt_network **out)
{
    tt_network *net;

    TT_TRY(cancelled_at(o, "convert", 0));
    TT_TRY(tt_convert_segment(g, segment->number, &segment->io, segment->name, &net));
    ttrt_status status = segment->truncates ? tt_network_truncate_double(net) : TTRT_OK;
    if (status == TTRT_OK)
        status = check_outputs(net, segment);
    if (status == TTRT_OK)
        status = tt_network_optimize(net);
    if (status == TTRT_OK)
        status = lower_precision(g, net, segment->engine, o, built);
    if (status == TTRT_OK)
        status = rewrite(net, segment->engine, o);
    if (status == TTRT_OK)
        status = check_outputs(net, segment);
    if (status != TTRT_OK) {
        tt_network_free(net);
        return status;
    }
    *out = net;
    return TTRT_OK;
}

static ttrt_status print_signature(tt_graph *g, const tt_segment *segment, char **out)
{
    tt_str s = {0};
    ttrt_status status = tt_signature_print(&segment->io, segment->truncates, g->dims, &s);

    if (status == TTRT_OK) {
        *out = tt_arena_strdup(g->arena, tt_str_text(&s));
        status = *out ? TTRT_OK : TTRT_ERR_MEMORY;
    }
    tt_str_dispose(&s);
    return status;
}

ttrt_status tt_segment_build(tt_graph *g, const tt_segment *segment, const ttrt_compile_options *o,
                             const tt_profiles *profiles, tt_built *out)
{
    tt_network *net = NULL;
    tt_writer blob = {0};
    tt_built built = {0};
    ttrt_status status;
    const tt_build_options options = {
        .threads = tt_pool_threads(o->num_threads),
        .settings = o,
        .profiles = *profiles,
        .progress = o->progress ? report_progress : NULL,
        .progress_user = (void *)o,
        .stored = release_source,
        .stored_user = g,
    };

    TT_TRY_DONE(make_network(g, segment, o, &built, &net));
    built.n_layers = net->n_layers;
    TT_TRY_DONE(print_signature(g, segment, &built.signature));
    TT_TRY_DONE(cancelled_at(o, "build", 0));
    status = tt_blob_build(segment->engine, net, &options, &blob);
    if (status != TTRT_OK && !ttrt_last_error()->where[0])
        tt_fail_where("segment '%s', %zu operators on engine %s", segment->name, segment->n_nodes,
                      segment->engine->name);
    TT_TRY_DONE(status);
    tt_network_free(net);
    net = NULL;
    TT_TRY_DONE(tt_writer_status(&blob));
    built.bytes = blob.data; /* aligned, and used in place from here on */
    built.size = blob.size;
    blob = (tt_writer){0};
    *out = built;
done:
    tt_network_free(net);
    tt_writer_dispose(&blob);
    return status;
}
