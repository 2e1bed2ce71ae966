/* Facts about a program as JSON: signature, dimensions, operators and whether engines take them, weights, operations;
 * for a compiled program its engines and the report of its build. */
#include "runtime/runtime.h"

#include <inttypes.h>
#include <string.h>

#include "base/checked.h"
#include "lower/pass.h"

/* ---- signature ---- */

static const char *const output_kinds[] = {
    [TT_OUTPUT_USER] = "user",
    [TT_OUTPUT_BUFFER_MUTATION] = "buffer",
    [TT_OUTPUT_INPUT_MUTATION] = "input",
    [TT_OUTPUT_PARAM_MUTATION] = "parameter",
};

static void add_bounds(tt_str *s, const char *key, const int64_t *v, int rank)
{
    tt_str_addf(s, ", \"%s\": [", key);
    for (int d = 0; d < rank; d++) {
        tt_str_add(s, d ? ", " : "");
        if (v[d] == INT64_MAX)
            tt_str_add(s, "null");
        else
            tt_str_addf(s, "%" PRId64, v[d]);
    }
    tt_str_add(s, "]");
}

static void add_io(tt_str *s, const ttrt_io_info *io)
{
    tt_str_add(s, "{\"name\": ");
    tt_str_add_json(s, io->name);
    tt_str_addf(s, ", \"kind\": \"%s\"", io->is_tensor ? "tensor" : io->rank < 0 ? "constant" : "number");
    if (io->rank >= 0) {
        tt_str_addf(s, ", \"dtype\": \"%s\", \"shape\": ", ttrt_dtype_name(io->dtype));
        tt_str_add_json(s, io->shape);
        add_bounds(s, "min", io->min, io->rank);
        add_bounds(s, "opt", io->opt, io->rank);
        add_bounds(s, "max", io->max, io->rank);
    }
    tt_str_add(s, "}");
}

/* What a run writes besides its outputs. Only a functionalized graph tells all of it. */
static void add_mutations(tt_str *s, const tt_graph *g)
{
    const char *separator = "";

    tt_str_add(s, ", \"mutations\": [");
    for (size_t i = 0; i < g->n_outputs; i++) {
        const tt_graph_output *o = &g->outputs[i];
        if (o->kind == TT_OUTPUT_USER)
            continue;
        tt_str_addf(s, "%s{\"kind\": \"%s\", \"target\": ", separator, output_kinds[o->kind]);
        tt_str_add_json(s, o->target ? o->target : "");
        tt_str_add(s, "}");
        separator = ", ";
    }
    tt_str_add(s, "]");
}

static ttrt_status add_signature(tt_str *s, const ttrt_program *p)
{
    ttrt_io_info io;

    tt_str_add(s, ", \"inputs\": [");
    for (size_t i = 0; i < p->n_inputs; i++) {
        TT_TRY(ttrt_program_input(p, i, &io));
        tt_str_add(s, i ? ", " : "");
        add_io(s, &io);
    }
    tt_str_add(s, "], \"outputs\": [");
    for (size_t i = 0; i < p->n_outputs; i++) {
        TT_TRY(ttrt_program_output(p, i, &io));
        tt_str_add(s, i ? ", " : "");
        add_io(s, &io);
    }
    tt_str_add(s, "]");
    return TTRT_OK;
}

static void add_symbols(tt_str *s, const tt_dims *dims)
{
    tt_str_add(s, ", \"symbols\": [");
    for (size_t i = 0; i < tt_dims_count(dims); i++) {
        const tt_symbol *symbol = tt_dims_at(dims, i);
        tt_str_add(s, i ? ", {\"name\": " : "{\"name\": ");
        tt_str_add_json(s, symbol->name);
        tt_str_addf(s, ", \"min\": %" PRId64 ", \"max\": ", symbol->min);
        if (symbol->max == TT_DIM_NO_MAX)
            tt_str_add(s, "null");
        else
            tt_str_addf(s, "%" PRId64, symbol->max);
        tt_str_addf(s, ", \"unbacked\": %s}", symbol->unbacked ? "true" : "false");
    }
    tt_str_add(s, "]");
}

/* ---- weights ---- */

static void add_weights(tt_str *s, const tt_graph *g)
{
    size_t count = 0, params = 0, bytes = 0;

    for (size_t i = 0; i < g->n_inputs; i++) {
        const tt_weight *w = g->inputs[i].value ? g->inputs[i].value->weight : NULL;
        int64_t n;
        if (!w || !tt_count_elems(w->dims, w->rank, &n))
            continue;
        count++;
        bytes += (size_t)n * ttrt_dtype_size(w->dtype);
        params += g->inputs[i].kind == TT_INPUT_PARAM ? (size_t)n : 0;
    }
    tt_str_addf(s, ", \"weights\": {\"tensors\": %zu, \"bytes\": %zu, \"parameters\": %zu}", count, bytes, params);
}

/* ---- floating-point operations ---- */

static double dim_hint(tt_dim d, const int64_t *values)
{
    int64_t v;
    return tt_dim_eval(d, values, &v) ? (double)v : 1;
}

static double count_hint(const tt_value *v, const int64_t *values)
{
    double n = 1;

    for (size_t d = 0; v && d < v->rank; d++)
        n *= dim_hint(v->dims[d], values);
    return n;
}

static double last_dim(const tt_value *v, size_t from_end, const int64_t *values)
{
    return v && v->rank >= from_end ? dim_hint(v->dims[v->rank - from_end], values) : 1;
}

static double conv_flops(const tt_node *n, bool transposed, const int64_t *values)
{
    const tt_value *w = tt_arg_value(n, 1);
    double per_channel = w && w->rank ? count_hint(w, values) / dim_hint(w->dims[0], values) : 1;

    return 2 * per_channel * count_hint(transposed ? tt_arg_value(n, 0) : n->outs[0], values);
}

static double attention_flops(const tt_node *n, const int64_t *values)
{
    double keys = last_dim(tt_arg_value(n, 1), 2, values);

    return 2 * keys * (count_hint(tt_arg_value(n, 0), values) + count_hint(n->outs[0], values));
}

/* Two for each multiplication with its addition; what is not a product counts nothing. */
static double node_flops(const tt_node *n, const int64_t *values)
{
    if (n->n_outs == 0 || n->outs[0] == NULL || n->outs[0]->kind != TT_VALUE_TENSOR || n->n_args < 2)
        return 0;
    double out = count_hint(n->outs[0], values);

    switch (n->op->id) {
    case TT_OP_aten_linear_default:
    case TT_OP_aten_mm_default:
    case TT_OP_aten_bmm_default:
    case TT_OP_aten_matmul_default:
        return 2 * out * last_dim(tt_arg_value(n, 0), 1, values);
    case TT_OP_aten_addmm_default:
    case TT_OP_aten_baddbmm_default:
        return 2 * out * last_dim(tt_arg_value(n, 1), 1, values);
    case TT_OP_aten_conv1d_default:
    case TT_OP_aten_conv1d_padding:
    case TT_OP_aten_conv2d_default:
    case TT_OP_aten_conv2d_padding:
    case TT_OP_aten_conv3d_default:
    case TT_OP_aten_conv3d_padding:
        return conv_flops(n, false, values);
    case TT_OP_aten_conv_transpose1d_default:
    case TT_OP_aten_conv_transpose2d_input:
    case TT_OP_aten_conv_transpose3d_input:
        return conv_flops(n, true, values);
    case TT_OP_aten_convolution_default:
        return conv_flops(n, tt_arg_bool(n, 6, false), values);
    case TT_OP_aten_scaled_dot_product_attention_default:
        return attention_flops(n, values);
    default:
        return 0;
    }
}

/* Of operators with sub-graphs all are counted: of a branch too, whether it is taken or not. */
static double graph_flops(const tt_graph *g, const int64_t *values)
{
    double flops = 0;

    for (const tt_node *n = g->first; n; n = n->next) {
        flops += node_flops(n, values);
        for (size_t i = 0; i < n->n_args; i++)
            if (n->args[i].kind == TT_ARG_GRAPH)
                flops += graph_flops(n->args[i].graph, values);
    }
    return flops;
}

static ttrt_status add_flops(tt_str *s, tt_graph *g)
{
    size_t n = tt_dims_count(g->dims);
    int64_t *values = tt_alloc((n + 1) * sizeof *values);

    if (!values)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const tt_symbol *symbol = tt_dims_at(g->dims, i);
        values[i] = symbol->hint >= 0 ? symbol->hint : symbol->min > 0 ? symbol->min : 1;
    }
    tt_str_addf(s, ", \"flops\": %.0f", graph_flops(g, values));
    tt_free(values);
    return TTRT_OK;
}

/* ---- operators ---- */

typedef struct {
    const char *name;
    size_t count, refused;
    const char *reason; /* the first refusal's */
} op_count;

static ttrt_status count_operators(tt_arena *a, tt_graph *g, tt_map *map, op_count ***out, size_t *n_out)
{
    size_t cap = 0, n_ops = 0;
    op_count **ops = NULL;

    TT_EACH_NODE (g, n) {
        op_count *c = tt_map_get(map, n->op->name);
        if (!c) {
            if (!(c = tt_arena_alloc(a, sizeof *c)))
                return TTRT_ERR_MEMORY;
            c->name = n->op->name;
            TT_TRY(tt_arena_grow(a, &ops, &cap, n_ops, sizeof *ops));
            ops[n_ops++] = c;
            TT_TRY(tt_map_put(map, c->name, c));
        }
        c->count++;
    }
    *out = ops;
    *n_out = n_ops;
    return TTRT_OK;
}

static void count_refusals(tt_map *map, const tt_partition *p)
{
    for (size_t i = 0; i < p->n_refusals; i++) {
        op_count *c = tt_map_get(map, p->refusals[i].node->op->name);
        if (!c)
            continue;
        c->refused++;
        if (!c->reason)
            c->reason = p->refusals[i].reason;
    }
}

static ttrt_status add_operators(tt_str *s, tt_arena *a, tt_graph *g, const tt_partition *p)
{
    tt_map *map = tt_map_new(a);
    op_count **ops;
    size_t n_ops;

    if (!map)
        return TTRT_ERR_MEMORY;
    TT_TRY(count_operators(a, g, map, &ops, &n_ops));
    if (p)
        count_refusals(map, p);
    tt_str_add(s, ", \"operators\": [");
    for (size_t i = 0; i < n_ops; i++) {
        tt_str_add(s, i ? ", {\"name\": " : "{\"name\": ");
        tt_str_add_json(s, ops[i]->name);
        tt_str_addf(s, ", \"count\": %zu", ops[i]->count);
        if (p) {
            tt_str_addf(s, ", \"refused\": %zu, \"reason\": ", ops[i]->refused);
            tt_str_add_json(s, ops[i]->reason ? ops[i]->reason : "");
        }
        tt_str_add(s, "}");
    }
    tt_str_add(s, "]");
    return TTRT_OK;
}

/* ---- support ---- */

/* What a compile would say, without building: on a graph of its own. */
static ttrt_status try_support(tt_graph *g, const tt_choice *choice, const ttrt_compile_options *o, tt_partition **out)
{
    const tt_engine_iface *cpu = tt_engine_find("cpu");
    const tt_partition_options options = {
        .engine = choice->engine,
        .fallback = choice->engine == cpu || o->require_full_compilation ? NULL : cpu,
        .min_block_size = 1,
        .torch_executed_ops = o->torch_executed_ops,
        .n_torch_executed_ops = o->n_torch_executed_ops,
    };
    tt_profiles profiles;

    TT_TRY(tt_shapes_apply(g, o->shapes, o->n_shapes, &profiles));
    TT_TRY(tt_lower_graph(g));
    return tt_partition_graph(g, &options, out);
}

static void add_error(tt_str *s)
{
    const ttrt_error *e = ttrt_last_error();

    tt_str_add(s, ", \"error\": {\"what\": ");
    tt_str_add_json(s, e->what);
    tt_str_add(s, ", \"where\": ");
    tt_str_add_json(s, e->where);
    tt_str_add(s, "}");
}

/* A program that cannot be compiled is described too: that is when people ask. */
static ttrt_status add_uncompiled(tt_str *s, ttrt_program *p, const ttrt_compile_options *o)
{
    tt_graph *g;
    tt_pt2_info *info;
    tt_choice choice;
    tt_partition *partition = NULL;

    TT_TRY(tt_program_choose(p, o, TT_USE_HERE, &choice));
    tt_str_addf(s, ", \"engine\": \"%s\", \"chosen\": ", choice.engine->name);
    tt_str_add_json(s, choice.reason);
    TT_TRY(tt_program_reread(p, &g, &info));
    ttrt_status status = try_support(g, &choice, o, &partition);
    if (status == TTRT_ERR_MEMORY) {
        tt_graph_free(g);
        return status;
    }
    if (status != TTRT_OK)
        add_error(s);
    add_mutations(s, status == TTRT_OK ? g : p->graph);
    status = add_operators(s, g->arena, p->graph, status == TTRT_OK ? partition : NULL);
    if (status == TTRT_OK && partition) {
        tt_str_addf(s, ", \"nodes\": %zu, \"supported\": %zu, \"refusals\": ", partition->n_total,
                    partition->n_supported);
        tt_refusals_describe(partition->refusals, partition->n_refusals, s);
        tt_str_add(s, ", \"moved\": ");
        tt_refusals_describe(partition->moved, partition->n_moved, s);
    }
    tt_graph_free(g);
    return status == TTRT_OK ? add_flops(s, p->graph) : status;
}

/* ---- engines ---- */

static ttrt_status add_engine(tt_str *s, const tt_node *n)
{
    tt_engine *e;

    TT_TRY(tt_open_node_engine(n, &e));
    tt_str_add(s, "{\"node\": ");
    tt_str_add_json(s, n->name);
    tt_str_add(s, ", \"signature\": ");
    tt_str_add_json(s, tt_arg_string(n, 2, ""));
    tt_str_add(s, ", \"facts\": ");
    ttrt_status status = tt_engine_describe(e, (size_t)tt_arg_value(n, 1)->weight->dims[0], s);
    tt_str_add(s, "}");
    tt_engine_unref(e);
    return status;
}

static ttrt_status add_compiled(tt_str *s, ttrt_program *p)
{
    const char *separator = "";
    tt_arena *a = tt_arena_new();

    if (!a)
        return TTRT_ERR_MEMORY;
    ttrt_status status = add_operators(s, a, p->graph, NULL);
    add_mutations(s, p->graph);
    tt_arena_free(a);
    TT_TRY(status);
    tt_str_add(s, ", \"engines\": [");
    TT_EACH_NODE (p->graph, n) {
        if (n->op->id != TT_OP_tensorrt_execute_engine_default)
            continue;
        tt_str_add(s, separator);
        TT_TRY(add_engine(s, n));
        separator = ", ";
    }
    tt_str_add(s, "]");
    if (p->report) {
        tt_str_add(s, ", \"report\": ");
        tt_str_add(s, p->report);
    }
    return TTRT_OK;
}

static ttrt_status write_description(ttrt_program *p, const ttrt_compile_options *o, tt_str *s)
{
    tt_str_addf(s, "{\"compiled\": %s, \"torch_version\": ", ttrt_program_is_compiled(p) ? "true" : "false");
    tt_str_add_json(s, p->info->torch_version ? p->info->torch_version : "");
    tt_str_addf(s, ", \"schema\": \"%" PRId64 ".%" PRId64 "\"", p->info->schema_major, p->info->schema_minor);
    TT_TRY(add_signature(s, p));
    add_symbols(s, p->graph->dims);
    add_weights(s, p->graph);
    TT_TRY(p->n_engine_nodes || !p->source ? add_compiled(s, p) : add_uncompiled(s, p, o));
    tt_str_add(s, "}");
    return tt_str_status(s);
}

/* Under the program's lock. */
static ttrt_status describe(ttrt_program *p, const ttrt_compile_options *o, char **out)
{
    tt_str s = {0};
    ttrt_status status = write_description(p, o, &s);

    if (status == TTRT_OK) {
        tt_free(*out);
        *out = tt_str_take(&s);
    }
    tt_str_dispose(&s);
    return status;
}

ttrt_status ttrt_program_describe(ttrt_program *program, const char **json)
{
    const ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    ttrt_status status = TTRT_OK;

    TT_CHECK_ARG(program != NULL && json != NULL);
    pthread_mutex_lock(&program->lock);
    if (!program->description)
        status = describe(program, &o, &program->description);
    if (status == TTRT_OK)
        *json = program->description;
    pthread_mutex_unlock(&program->lock);
    return status;
}

ttrt_status ttrt_program_describe_for(ttrt_program *program, const ttrt_compile_options *options, const char **json)
{
    ttrt_compile_options o;

    TT_CHECK_ARG(program != NULL && json != NULL);
    TT_TRY(tt_compile_options_read(options, &o));
    pthread_mutex_lock(&program->lock);
    ttrt_status status = describe(program, &o, &program->description_for);
    if (status == TTRT_OK)
        *json = program->description_for;
    pthread_mutex_unlock(&program->lock);
    return status;
}
