/* Programs: opening, counting, and what their inputs and outputs are. */
#include "runtime/runtime.h"

#include "base/str.h"
#include "lower/pass.h"

static bool is_engine_node(const tt_node *n) { return n->op->id == TT_OP_tensorrt_execute_engine_default; }

/* ---- inputs and outputs ---- */

static ttrt_status shape_text(tt_graph *g, const tt_value *v, const char **out)
{
    tt_str s = {0};

    tt_str_add(&s, "[");
    for (size_t d = 0; d < v->rank; d++) {
        tt_str_add(&s, d ? ", " : "");
        tt_dim_print(&s, v->dims[d]);
    }
    tt_str_add(&s, "]");
    ttrt_status status = tt_str_status(&s);
    if (status == TTRT_OK) {
        *out = tt_arena_strdup(g->arena, tt_str_text(&s));
        status = *out ? TTRT_OK : TTRT_ERR_MEMORY;
    }
    tt_str_dispose(&s);
    return status;
}

static ttrt_status fill_io(tt_graph *g, size_t index, const char *name, const tt_value *v, tt_user_io *io)
{
    io->index = index;
    io->name = name;
    io->value = v;
    io->shape = "[]";
    return v && v->kind == TT_VALUE_TENSOR ? shape_text(g, v, &io->shape) : TTRT_OK;
}

static ttrt_status find_user_io(ttrt_program *p)
{
    tt_graph *g = p->graph;

    p->inputs = tt_arena_array(g->arena, g->n_inputs, sizeof *p->inputs);
    p->outputs = tt_arena_array(g->arena, g->n_outputs, sizeof *p->outputs);
    if (!p->inputs || !p->outputs)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].kind == TT_INPUT_USER)
            TT_TRY(fill_io(g, i, g->inputs[i].name, g->inputs[i].value, &p->inputs[p->n_inputs++]));
    for (size_t i = 0; i < g->n_outputs; i++) {
        const tt_arg *arg = &g->outputs[i].arg;
        if (g->outputs[i].kind != TT_OUTPUT_USER)
            continue;
        const tt_value *v = arg->kind == TT_ARG_VALUE ? arg->value : NULL;
        const char *name = v ? v->name : tt_arena_printf(g->arena, "output_%zu", p->n_outputs);
        if (!name)
            return TTRT_ERR_MEMORY;
        TT_TRY(fill_io(g, i, name, v, &p->outputs[p->n_outputs++]));
    }
    return TTRT_OK;
}

static void count_nodes(ttrt_program *p)
{
    TT_EACH_NODE (p->graph, n) {
        if (is_engine_node(n))
            p->n_engine_nodes++;
        else
            p->n_other_nodes++;
    }
}

ttrt_status tt_program_new(tt_graph *graph, tt_pt2_info *info, tt_source *source, char *report, ttrt_program **out)
{
    ttrt_program *p = tt_calloc(1, sizeof *p);

    if (!p) {
        tt_graph_free(graph);
        tt_source_free(source);
        tt_free(report);
        return TTRT_ERR_MEMORY;
    }
    atomic_init(&p->refs, 1);
    pthread_mutex_init(&p->lock, NULL);
    p->graph = graph;
    p->info = info;
    p->source = source;
    p->report = report;
    count_nodes(p);
    ttrt_status status = find_user_io(p);
    if (status != TTRT_OK) {
        ttrt_program_unref(p);
        return status;
    }
    *out = p;
    return TTRT_OK;
}

/* A compiled program that PyTorch wrote ends in copy_ to the buffers and inputs that it changes. Where that is all that
 * it has beside engines, the copies become mutations of the signature, which a run knows. */
static ttrt_status lift_copies(tt_graph *g)
{
    bool any_engine = false, any_copy = false;
    tt_pass_stats stats = {0};

    TT_EACH_NODE (g, n) {
        bool copy = n->op->id == TT_OP_aten_copy__default;
        if (!copy && !tt_exec_takes(n))
            return TTRT_OK;
        any_copy |= copy;
        any_engine |= is_engine_node(n);
    }
    return any_engine && any_copy ? tt_pass_functionalize(g, &stats) : TTRT_OK;
}

static ttrt_status new_from_source(tt_source *source, ttrt_program **out)
{
    tt_graph *graph = NULL;
    tt_pt2_info *info;
    ttrt_status status = tt_source_read(source, &graph, &info);

    if (status == TTRT_OK)
        status = lift_copies(graph);
    if (status != TTRT_OK) {
        tt_graph_free(graph);
        tt_source_free(source);
        return status;
    }
    return tt_program_new(graph, info, source, NULL, out);
}

static ttrt_status open_mapping(tt_mapping *m, ttrt_program **out)
{
    tt_source *source;

    TT_TRY(tt_source_from_mapping(m, &source));
    return new_from_source(source, out);
}

ttrt_status ttrt_program_open(const char *path, ttrt_program **out)
{
    tt_mapping *m;

    TT_CHECK_ARG(path != NULL && out != NULL);
    TT_TRY(tt_mapping_open(path, &m));
    ttrt_status status = open_mapping(m, out);
    tt_mapping_unref(m);
    return status;
}

ttrt_status ttrt_program_open_memory(const void *data, size_t size, void (*release)(void *user), void *user,
                                     ttrt_program **out)
{
    tt_mapping *m;
    tt_lent *lent;

    TT_CHECK_ARG(data != NULL && out != NULL);
    TT_TRY(tt_lent_wrap(data, size, release, user, &m, &lent));
    ttrt_status status = open_mapping(m, out);
    if (status == TTRT_OK)
        tt_lent_arm(lent);
    tt_mapping_unref(m);
    return status;
}

ttrt_status ttrt_program_from_json(const char *json, size_t size, ttrt_weight_fn weight, void *user, ttrt_program **out)
{
    tt_source *source;

    TT_CHECK_ARG(json != NULL && weight != NULL && out != NULL);
    TT_TRY(tt_source_from_json(json, size, weight, user, &source));
    return new_from_source(source, out);
}

ttrt_program *ttrt_program_ref(ttrt_program *program)
{
    if (program)
        atomic_fetch_add_explicit(&program->refs, 1, memory_order_relaxed);
    return program;
}

void ttrt_program_unref(ttrt_program *program)
{
    if (!program || atomic_fetch_sub_explicit(&program->refs, 1, memory_order_acq_rel) != 1)
        return;
    tt_exec_free(program->exec);
    tt_free(program->description);
    tt_free(program->description_for);
    tt_free(program->report);
    tt_graph_free(program->graph);
    tt_source_free(program->source);
    pthread_mutex_destroy(&program->lock);
    tt_free(program);
}

ttrt_status tt_program_reread(ttrt_program *p, tt_graph **graph, tt_pt2_info **info)
{
    if (!p->source) {
        tt_fail(TTRT_ERR_ARGUMENT, "the program is compiled already");
        return tt_fail_hint("start again from the exported program");
    }
    return tt_source_read(p->source, graph, info);
}

ttrt_status tt_program_exec(ttrt_program *p, const tt_exec **out)
{
    ttrt_status status = TTRT_OK;

    pthread_mutex_lock(&p->lock);
    if (!p->exec)
        status = tt_source_blame(p->source, tt_exec_new(p, &p->exec));
    if (status == TTRT_OK)
        *out = p->exec;
    pthread_mutex_unlock(&p->lock);
    return status;
}

size_t ttrt_program_n_inputs(const ttrt_program *program) { return program ? program->n_inputs : 0; }

size_t ttrt_program_n_outputs(const ttrt_program *program) { return program ? program->n_outputs : 0; }

int ttrt_program_is_compiled(const ttrt_program *program)
{
    /* A program without nodes returns what it got: it runs as it is. */
    return program && (program->n_engine_nodes > 0 || program->n_other_nodes == 0);
}

ttrt_status ttrt_program_device(ttrt_program *program, ttrt_device_type *out)
{
    const tt_exec *exec;

    TT_CHECK_ARG(program != NULL && out != NULL);
    *out = TTRT_DEVICE_CPU;
    if (!ttrt_program_is_compiled(program))
        return TTRT_OK;
    TT_TRY(tt_program_exec(program, &exec));
    *out = (ttrt_device_type)exec->device_type;
    return TTRT_OK;
}

/* ---- what is told of an input or output ---- */

/* The example's value of a dimension, or one inside its range. */
static int64_t dim_opt(const tt_graph *g, tt_dim d, int64_t min, int64_t max)
{
    int64_t stack[64], *values = stack, opt = min;
    size_t n = tt_dims_count(g->dims);

    if (tt_dim_is_const(d))
        return d.value;
    if (n > TT_COUNT(stack) && !(values = tt_alloc(n * sizeof *values)))
        return min;
    for (size_t i = 0; i < n; i++) {
        const tt_symbol *s = tt_dims_at(g->dims, i);
        values[i] = s->hint >= 0 ? s->hint : TT_DIM_UNBOUND;
    }
    if (!tt_dim_eval(d, values, &opt) || opt < min || opt > max)
        opt = min;
    if (values != stack)
        tt_free(values);
    return opt;
}

static void value_info(const tt_graph *g, const tt_value *v, ttrt_io_info *out)
{
    out->is_tensor = v->kind == TT_VALUE_TENSOR;
    if (!out->is_tensor) {
        out->dtype = v->kind == TT_VALUE_BOOL    ? TTRT_DTYPE_BOOL
                     : v->kind == TT_VALUE_FLOAT ? TTRT_DTYPE_FLOAT64
                                                 : TTRT_DTYPE_INT64;
        out->rank = v->kind == TT_VALUE_NONE || v->kind == TT_VALUE_OTHER ? -1 : 0;
        return;
    }
    out->dtype = v->dtype;
    out->rank = (int32_t)v->rank;
    for (size_t d = 0; d < v->rank; d++) {
        tt_dim_range(v->dims[d], &out->min[d], &out->max[d]);
        out->opt[d] = dim_opt(g, v->dims[d], out->min[d], out->max[d]);
    }
}

static void constant_info(const tt_arg *arg, ttrt_io_info *out)
{
    out->dtype = arg->kind == TT_ARG_BOOL    ? TTRT_DTYPE_BOOL
                 : arg->kind == TT_ARG_FLOAT ? TTRT_DTYPE_FLOAT64
                                             : TTRT_DTYPE_INT64;
    if (arg->kind != TT_ARG_BOOL && arg->kind != TT_ARG_FLOAT && arg->kind != TT_ARG_INT)
        out->rank = -1;
}

ttrt_status ttrt_program_input(const ttrt_program *program, size_t i, ttrt_io_info *out)
{
    TT_CHECK_ARG(program != NULL && out != NULL && i < program->n_inputs);
    const tt_user_io *io = &program->inputs[i];
    ttrt_io_info info = {.name = io->name, .shape = io->shape};
    if (io->value) {
        value_info(program->graph, io->value, &info);
    } else {
        constant_info(&program->graph->inputs[io->index].constant, &info);
        info.rank = -1;
    }
    *out = info;
    return TTRT_OK;
}

ttrt_status ttrt_program_output(const ttrt_program *program, size_t i, ttrt_io_info *out)
{
    TT_CHECK_ARG(program != NULL && out != NULL && i < program->n_outputs);
    const tt_user_io *io = &program->outputs[i];
    ttrt_io_info info = {.name = io->name, .shape = io->shape};
    if (io->value)
        value_info(program->graph, io->value, &info);
    else
        constant_info(&program->graph->outputs[io->index].arg, &info);
    *out = info;
    return TTRT_OK;
}
