/* Compiling a program:
 *
 *   read again ─► narrow shapes ─► lower ─► partition ─► build each segment's engine ─► a graph of execute_engine nodes
 *
 * In pure C nothing can be left to PyTorch: what engine tensorrt does not take, engine cpu runs, and a program compiles
 * as a whole or the call names what stands in the way. */
#include "runtime/runtime.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "lower/pass.h"

typedef struct {
    tt_graph *src, *dst;
    tt_choice choice;
    const ttrt_compile_options *o;
    tt_profiles profiles;
    tt_partition *partition;
    tt_built *built; /* one for each segment; bytes NULL: given to the new graph */
    uint64_t start_ns;
} compiler;

static ttrt_status step(const compiler *c, const char *phase, double share)
{
    if (c->o->progress && !c->o->progress(c->o->progress_user, phase, share))
        TT_FAIL(TTRT_ERR_CANCELLED, "cancelled during %s", phase);
    return TTRT_OK;
}

/* ---- values of the new graph ---- */

/* An old value's data: its new value, or this mark where it will need one. */
static char used;

static tt_value *new_of(const tt_value *old) { return old && old->data != &used ? old->data : NULL; }

static ttrt_status copy_value(compiler *c, tt_value *old, tt_value **out)
{
    tt_value *v = tt_graph_value(c->dst, old->name, old->kind);

    if (!v)
        return TTRT_ERR_MEMORY;
    v->dtype = old->dtype;
    v->rank = old->rank;
    v->dim = old->dim;
    v->dims = tt_arena_copy(c->dst->arena, old->dims, old->rank * sizeof *old->dims);
    if (old->device && !(v->device = tt_arena_strdup(c->dst->arena, old->device)))
        return TTRT_ERR_MEMORY;
    if (!v->dims)
        return TTRT_ERR_MEMORY;
    if (old->strides && !(v->strides = tt_arena_copy(c->dst->arena, old->strides, old->rank * sizeof *old->strides)))
        return TTRT_ERR_MEMORY;
    old->data = v;
    *out = v;
    return TTRT_OK;
}

static ttrt_status copy_weight(compiler *c, const tt_weight *old, tt_weight **out)
{
    tt_arena *a = c->dst->arena;
    tt_weight *w = tt_arena_copy(a, old, sizeof *old);

    if (!w)
        return TTRT_ERR_MEMORY;
    w->fqn = tt_arena_strdup(a, old->fqn);
    w->dims = tt_arena_copy(a, old->dims, old->rank * sizeof *old->dims);
    w->strides = tt_arena_copy(a, old->strides, old->rank * sizeof *old->strides);
    if (!w->fqn || !w->dims || !w->strides)
        return TTRT_ERR_MEMORY;
    *out = w;
    return old->owner ? tt_graph_hold(c->dst, old->owner) : TTRT_OK;
}

static char *copy_text(compiler *c, const char *text) { return text ? tt_arena_strdup(c->dst->arena, text) : NULL; }

/* Constants of the signature are plain numbers and strings. */
static ttrt_status copy_constant(compiler *c, const tt_arg *old, tt_arg *out)
{
    *out = *old;
    if ((old->kind == TT_ARG_STRING || old->kind == TT_ARG_DEVICE) && !(out->string = copy_text(c, old->string)))
        return TTRT_ERR_MEMORY;
    switch (old->kind) {
    case TT_ARG_VALUE:
    case TT_ARG_VALUES:
    case TT_ARG_INTS:
    case TT_ARG_FLOATS:
    case TT_ARG_BOOLS:
    case TT_ARG_GRAPH:
    case TT_ARG_STRINGS:
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "the signature has a constant that is a list or a function");
    default:
        return TTRT_OK;
    }
}

/* ---- inputs ---- */

/* What engines do not hold as a constant: read by an engine as an input, returned, or written. */
static void mark_used(compiler *c)
{
    tt_graph_clear_data(c->src);
    for (size_t s = 0; s < c->partition->n_segments; s++)
        for (size_t i = 0; i < c->partition->segments[s].io.n_inputs; i++)
            c->partition->segments[s].io.inputs[i]->data = &used;
    for (size_t i = 0; i < c->src->n_outputs; i++)
        if (c->src->outputs[i].arg.kind == TT_ARG_VALUE)
            c->src->outputs[i].arg.value->data = &used;
}

static ttrt_status copy_input(compiler *c, const tt_graph_input *old)
{
    tt_graph_input in = *old;
    const tt_weight *weight = old->value ? old->value->weight : NULL;

    if (old->kind != TT_INPUT_USER && !old->value->data && !tt_graph_is_written(c->src, old))
        return TTRT_OK;
    if (!(in.name = copy_text(c, old->name)) || (old->target && !(in.target = copy_text(c, old->target))))
        return TTRT_ERR_MEMORY;
    if (!old->value)
        TT_TRY(copy_constant(c, &old->constant, &in.constant));
    else
        TT_TRY(copy_value(c, old->value, &in.value));
    if (weight)
        TT_TRY(copy_weight(c, weight, &in.value->weight));
    return tt_graph_add_input(c->dst, in);
}

static void free_bytes(void *user) { tt_free_aligned(user); }

/* The engine's bytes as a uint8 constant of the new graph, which owns them from here on. */
static ttrt_status add_engine_constant(compiler *c, size_t i, tt_value **out)
{
    const tt_segment *s = &c->partition->segments[i];
    tt_arena *a = c->dst->arena;
    tt_dim *dims = tt_arena_array(a, 1, sizeof *dims), *strides = tt_arena_array(a, 1, sizeof *strides);
    int64_t *numbers = tt_arena_array(a, 2, sizeof *numbers);
    tt_weight *w = tt_arena_alloc(a, sizeof *w);
    const char *fqn = tt_arena_printf(a, "%s_engine", s->name[0] == '_' ? s->name + 1 : s->name);
    const char *name = fqn ? tt_graph_fresh_name(c->dst, tt_arena_printf(a, "c_%s", fqn)) : NULL;
    tt_value *v = name ? tt_graph_value(c->dst, name, TT_VALUE_TENSOR) : NULL;

    if (!dims || !strides || !numbers || !w || !v)
        return TTRT_ERR_MEMORY;
    numbers[0] = (int64_t)c->built[i].size;
    numbers[1] = 1;
    *w = (tt_weight){.fqn = fqn,
                     .dtype = TTRT_DTYPE_UINT8,
                     .rank = 1,
                     .dims = numbers,
                     .strides = numbers + 1,
                     .data = c->built[i].bytes,
                     .bytes = c->built[i].size};
    TT_TRY(tt_mapping_wrap(w->data, w->bytes, free_bytes, c->built[i].bytes, &w->owner));
    c->built[i].bytes = NULL;
    ttrt_status status = tt_graph_hold(c->dst, w->owner);
    tt_mapping_unref(w->owner);
    TT_TRY(status);
    dims[0] = tt_dim_const(numbers[0]);
    strides[0] = tt_dim_const(1);
    v->dtype = TTRT_DTYPE_UINT8;
    v->rank = 1;
    v->dims = dims;
    v->strides = strides;
    v->device = "cpu";
    v->weight = w;
    *out = v;
    return tt_graph_add_input(c->dst,
                              (tt_graph_input){.kind = TT_INPUT_CONSTANT, .value = v, .name = v->name, .target = fqn});
}

/* ---- nodes ---- */

ttrt_status tt_value_contiguous(tt_graph *g, tt_value *v)
{
    tt_dim *strides = tt_arena_array(g->arena, v->rank, sizeof *strides), step_size = tt_dim_const(1);

    if (!strides)
        return TTRT_ERR_MEMORY;
    for (size_t d = v->rank; d-- > 0;) {
        strides[d] = step_size;
        /* PyTorch counts empty dimensions as 1 in strides; a symbol is never 0 where strides matter. */
        if (!tt_dim_is(v->dims[d], 0))
            step_size = tt_dim_mul(g->dims, step_size, v->dims[d]);
    }
    v->strides = strides;
    return tt_dims_status(g->dims);
}

static ttrt_status number_tensor(compiler *c, const char *base, tt_value **out)
{
    const char *name = tt_graph_fresh_name(c->dst, base);
    tt_value *v = name ? tt_graph_value(c->dst, name, TT_VALUE_TENSOR) : NULL;

    if (!v)
        return TTRT_ERR_MEMORY;
    v->dtype = TTRT_DTYPE_INT64;
    v->device = "cpu";
    *out = v;
    return tt_value_contiguous(c->dst, v);
}

/* Its arguments and outputs are set before it goes into the list. */
static ttrt_status new_node(compiler *c, int op, const char *base, size_t n_outs, tt_node **out)
{
    const char *name = tt_graph_fresh_name(c->dst, base);

    *out = name ? tt_node_new(c->dst, tt_op_at(op), name, n_outs) : NULL;
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

/* An integer that an engine takes travels as a 0-d tensor: aten.scalar_tensor. */
static ttrt_status add_scalar(compiler *c, const tt_value *number, tt_value **out)
{
    tt_node *n;
    tt_value *v;

    TT_TRY(number_tensor(c, "engine_number", &v));
    TT_TRY(new_node(c, TT_OP_aten_scalar_tensor_default, v->name, 1, &n));
    n->args[0] = (tt_arg){.kind = TT_ARG_INT, .dim = number->dim};
    n->args[1] = (tt_arg){.kind = TT_ARG_DTYPE, .dtype = TTRT_DTYPE_INT64};
    n->outs[0] = v;
    tt_node_insert(c->dst, n, NULL);
    *out = v;
    return TTRT_OK;
}

/* An integer that an engine read from data comes back through aten.item. */
static ttrt_status add_item(compiler *c, tt_value *old, tt_value *tensor)
{
    tt_value *v;
    tt_node *n;

    TT_TRY(copy_value(c, old, &v));
    TT_TRY(new_node(c, TT_OP_aten_item_default, "engine_item", 1, &n));
    n->args[0] = (tt_arg){.kind = TT_ARG_VALUE, .value = tensor};
    n->outs[0] = v;
    tt_node_insert(c->dst, n, NULL);
    return TTRT_OK;
}

static ttrt_status set_engine_inputs(compiler *c, const tt_segment_io *io, tt_arg *out)
{
    tt_value **values = tt_arena_array(c->dst->arena, io->n_inputs, sizeof *values);

    if (!values)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < io->n_inputs; i++) {
        if (io->inputs[i]->kind == TT_VALUE_INT)
            TT_TRY(add_scalar(c, io->inputs[i], &values[i]));
        else
            values[i] = new_of(io->inputs[i]);
        TT_INVARIANT(values[i] != NULL);
    }
    *out = (tt_arg){.kind = TT_ARG_VALUES, .n = io->n_inputs, .values = values};
    return TTRT_OK;
}

static ttrt_status set_engine_outputs(compiler *c, const tt_segment_io *io, tt_node *n)
{
    for (size_t i = 0; i < io->n_outputs; i++) {
        tt_value *v, *old = io->outputs[i];
        if (old->kind == TT_VALUE_INT) {
            TT_TRY(number_tensor(c, "engine_number", &v)); /* the name is the number's, below */
        } else {
            TT_TRY(copy_value(c, old, &v));
            TT_TRY(tt_value_contiguous(c->dst, v));
        }
        n->outs[i] = v;
    }
    n->outs_are_list = true;
    tt_node_insert(c->dst, n, NULL);
    for (size_t i = 0; i < io->n_outputs; i++)
        if (io->outputs[i]->kind == TT_VALUE_INT)
            TT_TRY(add_item(c, io->outputs[i], n->outs[i]));
    return TTRT_OK;
}

static ttrt_status add_engine_node(compiler *c, size_t i, tt_value *constant)
{
    const tt_segment *s = &c->partition->segments[i];
    tt_node *n;
    tt_arg inputs;

    TT_TRY(set_engine_inputs(c, &s->io, &inputs));
    TT_TRY(new_node(c, TT_OP_tensorrt_execute_engine_default, "execute_engine", s->io.n_outputs, &n));
    n->args[0] = inputs;
    n->args[1] = (tt_arg){.kind = TT_ARG_VALUE, .value = constant};
    n->args[2] = (tt_arg){.kind = TT_ARG_STRING, .string = copy_text(c, c->built[i].signature)};
    if (!n->args[2].string)
        return TTRT_ERR_MEMORY;
    return set_engine_outputs(c, &s->io, n);
}

/* ---- outputs ---- */

static bool is_written_already(const compiler *c, const tt_value *v)
{
    for (size_t i = 0; i < c->dst->n_outputs; i++) {
        const tt_graph_output *o = &c->dst->outputs[i];
        if (o->kind != TT_OUTPUT_USER && o->arg.kind == TT_ARG_VALUE && o->arg.value == v)
            return true;
    }
    return false;
}

static ttrt_status add_alias(compiler *c, tt_value *v, tt_value **out)
{
    const char *name = tt_graph_fresh_name(c->dst, v->name);
    tt_value *alias = name ? tt_graph_value(c->dst, name, TT_VALUE_TENSOR) : NULL;
    tt_node *n;

    if (!alias)
        return TTRT_ERR_MEMORY;
    alias->dtype = v->dtype;
    alias->rank = v->rank;
    alias->dims = v->dims;
    alias->strides = v->strides;
    alias->device = v->device;
    TT_TRY(new_node(c, TT_OP_aten_alias_default, alias->name, 1, &n));
    n->args[0] = (tt_arg){.kind = TT_ARG_VALUE, .value = v};
    n->outs[0] = alias;
    tt_node_insert(c->dst, n, NULL);
    *out = alias;
    return TTRT_OK;
}

static ttrt_status copy_output(compiler *c, const tt_graph_output *old)
{
    tt_graph_output o = {.kind = old->kind};

    if (old->target && !(o.target = copy_text(c, old->target)))
        return TTRT_ERR_MEMORY;
    if (old->arg.kind != TT_ARG_VALUE) {
        TT_TRY(copy_constant(c, &old->arg, &o.arg));
    } else if (new_of(old->arg.value)) {
        o.arg = (tt_arg){.kind = TT_ARG_VALUE, .value = new_of(old->arg.value)};
        /* PyTorch tells mutations apart by the name of what they write. */
        if (o.kind != TT_OUTPUT_USER && is_written_already(c, o.arg.value))
            TT_TRY(add_alias(c, o.arg.value, &o.arg.value));
    } else if (old->arg.value->kind == TT_VALUE_INT) {
        o.arg = (tt_arg){.kind = TT_ARG_INT, .dim = old->arg.value->dim};
    } else {
        TT_FAIL(TTRT_ERR_INTERNAL, "output '%s' is in no engine", old->arg.value->name);
    }
    return tt_graph_add_output(c->dst, o);
}

/* ---- the whole ---- */

/* Integers that the inputs' shapes tell need no engine to compute them. */
static void drop_known_integers(tt_segment_io *io)
{
    size_t n = 0;

    for (size_t i = 0; i < io->n_outputs; i++) {
        const tt_value *v = io->outputs[i];
        if (v->kind == TT_VALUE_TENSOR || tt_dim_mentions_unbacked(v->dim))
            io->outputs[n++] = io->outputs[i];
    }
    io->n_outputs = n;
}

static ttrt_status partition(compiler *c)
{
    const tt_engine_iface *cpu = tt_engine_find("cpu");
    const bool alone = c->choice.engine == cpu || c->o->require_full_compilation;
    const tt_partition_options options = {
        .engine = c->choice.engine,
        .fallback = alone ? NULL : cpu,
        .min_block_size = alone ? 1 : c->o->min_block_size,
        .require_full_compilation = true,
        .torch_executed_ops = c->o->torch_executed_ops,
        .n_torch_executed_ops = c->o->n_torch_executed_ops,
        .partitioner = c->o->use_fast_partitioner ? TT_PARTITION_FAST : TT_PARTITION_GLOBAL,
    };

    if (c->o->truncate_double && c->choice.engine->lacks_f64)
        tt_log_once(TTRT_LOG_WARNING, "compile", "truncate_double is not honoured here: engine cpu computes float64");
    if (c->o->fallback_data_dependent_ops)
        tt_log_once(TTRT_LOG_WARNING, "compile",
                    "fallback_data_dependent_ops is not honoured here: there is no PyTorch");
    tt_compile_options_name_unknown(c->o, c->src);
    TT_TRY(step(c, "lower", 0));
    TT_TRY(tt_lower_graph(c->src));
    TT_TRY(step(c, "partition", 0));
    TT_TRY(tt_partition_graph(c->src, &options, &c->partition));
    for (size_t i = 0; i < c->partition->n_segments; i++)
        if (c->partition->segments[i].is_engine)
            drop_known_integers(&c->partition->segments[i].io);
    return TTRT_OK;
}

static ttrt_status build(compiler *c)
{
    c->built = tt_arena_array(c->src->arena, c->partition->n_segments, sizeof *c->built);
    if (!c->built)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < c->partition->n_segments; i++)
        if (c->partition->segments[i].is_engine)
            TT_TRY(tt_segment_build(c->src, &c->partition->segments[i], c->o, &c->profiles, &c->built[i]));
    return TTRT_OK;
}

static ttrt_status assemble(compiler *c)
{
    tt_value **constants = tt_arena_array(c->src->arena, c->partition->n_segments, sizeof *constants);

    c->dst = tt_graph_new(c->src->dims);
    if (!constants || !c->dst)
        return TTRT_ERR_MEMORY;
    mark_used(c);
    for (size_t i = 0; i < c->src->n_inputs; i++)
        if (c->src->inputs[i].kind != TT_INPUT_USER)
            TT_TRY(copy_input(c, &c->src->inputs[i]));
    for (size_t i = 0; i < c->partition->n_segments; i++)
        if (c->partition->segments[i].is_engine)
            TT_TRY(add_engine_constant(c, i, &constants[i]));
    for (size_t i = 0; i < c->src->n_inputs; i++)
        if (c->src->inputs[i].kind == TT_INPUT_USER)
            TT_TRY(copy_input(c, &c->src->inputs[i]));
    for (size_t i = 0; i < c->partition->n_segments; i++)
        if (c->partition->segments[i].is_engine)
            TT_TRY(add_engine_node(c, i, constants[i]));
    for (size_t i = 0; i < c->src->n_outputs; i++)
        TT_TRY(copy_output(c, &c->src->outputs[i]));
    return tt_program_name_sizes(c->dst);
}

static ttrt_status copy_texts(compiler *c, const char *const *old, size_t n, const char ***out)
{
    const char **texts = tt_arena_array(c->dst->arena, n, sizeof *texts);

    if (!texts)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!(texts[i] = copy_text(c, old[i])))
            return TTRT_ERR_MEMORY;
    *out = texts;
    return TTRT_OK;
}

static ttrt_status copy_info(compiler *c, const tt_pt2_info *old, tt_pt2_info **out)
{
    tt_pt2_info *info = tt_arena_copy(c->dst->arena, old, sizeof *old);

    if (!info)
        return TTRT_ERR_MEMORY;
    const struct {
        const char *from, **to;
    } texts[] = {
        {old->model_name, &info->model_name},
        {old->torch_version, &info->torch_version},
        {old->in_spec, &info->in_spec},
        {old->out_spec, &info->out_spec},
        {old->namedtuple_fields_json, &info->namedtuple_fields_json},
    };
    for (size_t i = 0; i < TT_COUNT(texts); i++)
        if (texts[i].from && !(*texts[i].to = copy_text(c, texts[i].from)))
            return TTRT_ERR_MEMORY;
    TT_TRY(copy_texts(c, old->forward_arg_names, old->n_forward_arg_names, &info->forward_arg_names));
    TT_TRY(copy_texts(c, old->guards, old->n_guards, &info->guards));
    *out = info;
    return TTRT_OK;
}

/* What was done, as JSON: kept by the program, shown by describe. */
static ttrt_status write_report(const compiler *c, char **out)
{
    tt_str s = {0};
    const char *separator = "";

    tt_str_add(&s, "{\"engine\": ");
    tt_str_add_json(&s, c->choice.engine->name);
    tt_str_add(&s, ", \"chosen\": ");
    tt_str_add_json(&s, c->choice.reason);
    tt_str_addf(
        &s, ", \"precision\": \"%s\", \"optimization_level\": %d, \"nodes\": %zu, \"seconds\": %.3f, \"segments\": [",
        ttrt_dtype_name(c->o->precision), c->o->optimization_level, c->partition->n_total,
        (double)(tt_time_ns() - c->start_ns) * 1e-9);
    for (size_t i = 0; i < c->partition->n_segments; i++) {
        const tt_segment *segment = &c->partition->segments[i];
        if (!segment->is_engine)
            continue;
        tt_str_addf(&s, "%s{\"name\": ", separator);
        tt_str_add_json(&s, segment->name);
        tt_str_addf(&s, ", \"engine\": \"%s\", \"nodes\": %zu, \"layers\": %d, \"bytes\": %zu", segment->engine->name,
                    segment->n_nodes, c->built[i].n_layers, c->built[i].size);
        if (c->built[i].precision) {
            tt_str_add(&s, ", \"precision\": ");
            tt_str_add_json(&s, c->built[i].precision);
        }
        tt_str_add(&s, "}");
        separator = ", ";
    }
    tt_str_add(&s, "], \"moved\": ");
    tt_refusals_describe(c->partition->moved, c->partition->n_moved, &s);
    tt_str_add(&s, "}");
    ttrt_status status = tt_str_status(&s);
    if (status == TTRT_OK)
        *out = tt_str_take(&s);
    tt_str_dispose(&s);
    return status;
}

static ttrt_status compile(compiler *c, const tt_pt2_info *info, tt_pt2_info **new_info, char **report)
{
    TT_TRY(tt_shapes_apply(c->src, c->o->shapes, c->o->n_shapes, &c->profiles));
    TT_TRY(partition(c));
    TT_TRY(build(c));
    TT_TRY(assemble(c));
    TT_TRY(copy_info(c, info, new_info));
    TT_TRY(write_report(c, report));
    return step(c, "done", 1);
}

ttrt_status ttrt_program_compile(ttrt_program *program, const ttrt_compile_options *options, ttrt_program **out)
{
    ttrt_compile_options o;
    compiler c = {.o = &o, .start_ns = tt_time_ns()};
    tt_pt2_info *info, *new_info = NULL;
    char *report = NULL;

    TT_CHECK_ARG(program != NULL && out != NULL);
    TT_TRY(tt_compile_options_read(options, &o));
    if (program->n_engine_nodes)
        TT_FAIL(TTRT_ERR_ARGUMENT, "the program is compiled already");
    TT_TRY(tt_program_choose(program, &o, TT_USE_HERE, &c.choice));
    TT_TRY(step(&c, "read", 0));
    TT_TRY(tt_program_reread(program, &c.src, &info));

    ttrt_status status = compile(&c, info, &new_info, &report);
    for (size_t i = 0; c.built && i < c.partition->n_segments; i++)
        tt_free_aligned(c.built[i].bytes);
    tt_graph_free(c.src);
    if (status != TTRT_OK) {
        tt_graph_free(c.dst);
        tt_free(report);
        return tt_source_blame(program->source, status);
    }
    return tt_program_new(c.dst, new_info, NULL, report, out);
}
