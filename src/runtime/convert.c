/* A whole program as one engine, for hosts that run it with the engine's own library: read again ─► narrow shapes ─►
 * lower ─► one segment whose inputs and outputs are the program's ─► build. */
#include "runtime/runtime.h"

#include <string.h>

#include "lower/pass.h"

/* What the program writes comes in as an input, and the new value goes out. */
static ttrt_status find_inputs(tt_graph *g, tt_segment_io *io)
{
    if (!(io->inputs = tt_arena_array(g->arena, g->n_inputs + 1, sizeof *io->inputs)))
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < g->n_inputs; i++) {
        const tt_graph_input *in = &g->inputs[i];
        if (!in->value || (in->kind != TT_INPUT_USER && !tt_graph_is_written(g, in)))
            continue;
        if (in->value->kind != TT_VALUE_TENSOR && in->value->kind != TT_VALUE_INT)
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "input '%s' is neither a tensor nor an integer", in->name);
        io->inputs[io->n_inputs++] = in->value;
    }
    return TTRT_OK;
}

/* An output's value; a number gets one. NULL: None, which takes no tensor. */
static ttrt_status output_value(tt_graph *g, size_t i, tt_value **out)
{
    const tt_arg *a = &g->outputs[i].arg;

    *out = a->kind == TT_ARG_VALUE ? a->value : NULL;
    if (a->kind == TT_ARG_NONE || (*out && ((*out)->kind == TT_VALUE_TENSOR || (*out)->kind == TT_VALUE_INT)))
        return TTRT_OK;
    if (a->kind != TT_ARG_INT)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "output %zu is neither a tensor nor an integer", i);
    const char *name = tt_graph_fresh_name(g, "number");
    if (!name || !(*out = tt_graph_value(g, name, TT_VALUE_INT)))
        return TTRT_ERR_MEMORY;
    (*out)->dim = a->dim;
    return TTRT_OK;
}

static ttrt_status find_outputs(tt_graph *g, tt_segment_io *io)
{
    if (!(io->outputs = tt_arena_array(g->arena, g->n_outputs + 1, sizeof *io->outputs)))
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < g->n_outputs; i++) {
        tt_value *v;
        TT_TRY(output_value(g, i, &v));
        if (v)
            io->outputs[io->n_outputs++] = v;
    }
    return TTRT_OK;
}

static ttrt_status build(tt_graph *g, const char *name, const tt_engine_iface *engine, const ttrt_compile_options *o,
                         tt_built *out)
{
    tt_segment segment = {.is_engine = true,
                          .engine = engine,
                          .name = name,
                          .truncates = o->truncate_double && engine->lacks_f64,
                          .number = TT_SEGMENT_ALL};
    const tt_partition_options options = {
        .engine = engine,
        .min_block_size = 1,
        .require_full_compilation = true,
        .truncate_double = o->truncate_double,
        .torch_executed_ops = o->torch_executed_ops,
        .n_torch_executed_ops = o->n_torch_executed_ops,
    };
    tt_partition *partition;
    tt_profiles profiles;

    TT_TRY(tt_shapes_apply(g, o->shapes, o->n_shapes, &profiles));
    tt_compile_options_name_unknown(o, g);
    TT_TRY(tt_lower_graph(g));
    TT_TRY(tt_partition_graph(g, &options, &partition));
    TT_TRY(find_inputs(g, &segment.io));
    TT_TRY(find_outputs(g, &segment.io));
    return tt_segment_build(g, &segment, o, &profiles, out);
}

ttrt_status ttrt_program_convert(ttrt_program *program, const ttrt_compile_options *options, ttrt_engine **out)
{
    ttrt_compile_options o;
    tt_choice choice;
    tt_graph *g;
    tt_pt2_info *info;
    tt_built built = {0};

    TT_CHECK_ARG(program != NULL && out != NULL);
    TT_TRY(tt_compile_options_read(options, &o));
    TT_TRY(tt_program_choose(program, &o, TT_USE_ELSEWHERE, &choice));
    TT_TRY(tt_program_reread(program, &g, &info));
    ttrt_status status = build(g, info->model_name ? info->model_name : "forward", choice.engine, &o, &built);
    tt_graph_free(g);
    if (status != TTRT_OK)
        return status;
    status = ttrt_engine_open(built.bytes, built.size, tt_free_aligned, built.bytes, out);
    if (status != TTRT_OK)
        tt_free_aligned(built.bytes);
    return status;
}
