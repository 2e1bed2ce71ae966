/* One run of a program:
 *
 *   inputs ─► checked, symbols bound ─► steps (engines write outputs in place where they can)
 *   ─► copies of what is returned twice or unchanged ─► mutations written back ─► results handed over */
#include "runtime/runtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

ttrt_status tt_run_options_read(const ttrt_run_options *given, ttrt_run_options *out)
{
    *out = (ttrt_run_options)TTRT_RUN_OPTIONS_INIT;
    if (!given)
        return TTRT_OK;
    if (given->size < sizeof given->size || given->size > 4096)
        TT_FAIL(TTRT_ERR_ARGUMENT, "run options of %zu bytes: start with TTRT_RUN_OPTIONS_INIT", given->size);
    memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    if ((int)out->cuda_graphs < TTRT_CUDA_GRAPHS_OFF || out->cuda_graphs > TTRT_CUDA_GRAPHS_WHOLE)
        TT_FAIL(TTRT_ERR_ARGUMENT, "cuda_graphs is %d; 0 and 1 are known", (int)out->cuda_graphs);
    if ((int)out->specialization < TTRT_SPECIALIZATION_LAZY || out->specialization > TTRT_SPECIALIZATION_NONE)
        TT_FAIL(TTRT_ERR_ARGUMENT, "specialization is %d; 0 to 2 are known", (int)out->specialization);
    return TTRT_OK;
}

tt_run_options tt_run_options_of(const ttrt_run_options *o, const tt_threads *threads)
{
    return (tt_run_options){.threads = threads,
                            .profile = o->profile,
                            .profile_user = o->profile_user,
                            .device_index = o->device_index,
                            .stream = o->stream,
                            .cuda_graphs = o->cuda_graphs == TTRT_CUDA_GRAPHS_WHOLE,
                            .specialization = (int)o->specialization};
}

typedef struct {
    ttrt_context *c;
    const tt_exec_step *step;
    const ttrt_tensor *in;
    ttrt_tensor *out;
    tt_run_options options;
} running;

/* ---- inputs ---- */

static ttrt_status check_tensor(const ttrt_program *p, size_t i, const ttrt_tensor *t)
{
    const tt_value *v = p->inputs[i].value;
    const char *name = p->inputs[i].name;
    tt_dtype dtype = v->kind == TT_VALUE_TENSOR ? v->dtype : TTRT_DTYPE_INT64;
    size_t rank = v->kind == TT_VALUE_TENSOR ? v->rank : 0;

    if (t->dtype != dtype)
        TT_FAIL(TTRT_ERR_DTYPE, "input '%s' is %s, the program wants %s", name, ttrt_dtype_name(t->dtype),
                ttrt_dtype_name(dtype));
    if (t->rank < 0 || (size_t)t->rank != rank)
        TT_FAIL(TTRT_ERR_SHAPE, "input '%s' has rank %d, the program wants %zu: %s", name, (int)t->rank, rank,
                p->inputs[i].shape);
    return tt_tensor_check_memory(t, name);
}

/* Tensors are on the program's device, integers in host memory. */
static ttrt_status check_device(const ttrt_context *c, size_t i, const ttrt_tensor *t)
{
    bool is_tensor = c->program->inputs[i].value->kind == TT_VALUE_TENSOR;
    int type = is_tensor ? c->exec->device_type : TTRT_DEVICE_CPU;
    char is[32];

    if ((int)t->device_type == type)
        return TTRT_OK;
    tt_fail(TTRT_ERR_ARGUMENT, "input '%s' is %s; the program wants it %s", c->program->inputs[i].name,
            tt_device_text((int)t->device_type, t->device_index, is, sizeof is),
            type == TTRT_DEVICE_CPU ? "in host memory" : "on a GPU");
    return tt_fail_hint("copy it there with ttrt_tensor_to()");
}

/* All on one GPU, which the first tensor tells. */
static ttrt_status settle(running *r)
{
    const ttrt_program *p = r->c->program;
    const ttrt_tensor *first = NULL;

    if (r->c->exec->device_type == TTRT_DEVICE_CPU)
        return TTRT_OK;
    for (size_t i = 0; i < p->n_inputs; i++) {
        const ttrt_tensor *t = &r->in[i];
        if (!p->inputs[i].value || t->device_type != TTRT_DEVICE_CUDA)
            continue;
        if (first && t->device_index != first->device_index)
            TT_FAIL(TTRT_ERR_ARGUMENT, "input '%s' is on GPU %d, an input before it on GPU %d", p->inputs[i].name,
                    t->device_index, first->device_index);
        first = first ? first : t;
    }
    if (first)
        r->options.device_index = first->device_index;
    return tt_context_settle(r->c, r->options.device_index);
}

static const char *bind_label(void *user, size_t i, char *buffer, size_t size)
{
    const running *r = user;
    const tt_bind *b = &r->c->exec->binds[i];
    const char *name = r->c->program->inputs[b->input].name;

    if (b->dim < 0)
        snprintf(buffer, size, "input '%s'", name);
    else
        snprintf(buffer, size, "input '%s', dimension %d", name, (int)b->dim);
    return buffer;
}

static ttrt_status take_inputs(running *r)
{
    ttrt_context *c = r->c;
    const tt_exec *e = c->exec;

    for (size_t i = 0; i < c->program->n_inputs; i++) {
        if (!c->program->inputs[i].value)
            continue;
        TT_TRY(check_device(c, i, &r->in[i]));
        TT_TRY(check_tensor(c->program, i, &r->in[i]));
        if (e->input_slots[i] != TT_NO_SLOT)
            tt_io_from_tensor(&r->in[i], &c->slots[e->input_slots[i]]);
    }
    for (size_t i = 0; i < e->n_binds; i++) {
        const ttrt_tensor *t = &r->in[e->binds[i].input];
        if (e->binds[i].dim >= 0)
            c->pairs[i].actual = t->dims[e->binds[i].dim];
        else
            memcpy(&c->pairs[i].actual, t->data, sizeof c->pairs[i].actual);
    }
    TT_TRY(tt_dims_bind(c->program->graph->dims, c->pairs, e->n_binds, bind_label, r, c->values));
    return settle(r);
}

/* ---- steps ---- */

static ttrt_status place_in_scratch(ttrt_context *c, uint32_t slot, tt_io *io)
{
    size_t bytes;

    if (!tt_tensor_bytes(io->dtype, io->rank, io->dims, &bytes))
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' is too large for this machine's addresses", c->exec->slots[slot].value->name);
    TT_TRY(tt_scratch_reserve(&c->scratch[slot], io->device_type, io->device_index, bytes));
    io->data = c->scratch[slot].data;
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    return TTRT_OK;
}

static ttrt_status place_output(void *user, int i, tt_io *io)
{
    running *r = user;
    uint32_t slot = r->step->out[i], output = r->c->exec->slots[slot].output;

    if (output != TT_NO_SLOT && io->device_type == r->c->exec->device_type)
        TT_TRY(tt_tensor_place(&r->c->results[output], output, io));
    else
        TT_TRY(place_in_scratch(r->c, slot, io));
    tt_io_assign(&r->c->slots[slot], io);
    return TTRT_OK;
}

/* Sizes that only the data tell are known from here on. */
static void bind_outputs(running *r)
{
    const tt_symbol *s;

    for (size_t i = 0; i < r->step->n_out; i++) {
        const tt_value *v = r->c->exec->slots[r->step->out[i]].value;
        for (size_t d = 0; d < v->rank; d++)
            if (tt_dim_is_symbol(v->dims[d], &s) && r->c->values[s->index] == TT_DIM_UNBOUND)
                r->c->values[s->index] = r->c->slots[r->step->out[i]].dims[d];
    }
}

/* A slot's value on the device where a step wants it; what no run changes is copied once. */
static ttrt_status bring(running *r, uint32_t slot, int device_type, tt_io *out)
{
    ttrt_context *c = r->c;
    const tt_slot *s = &c->exec->slots[slot];
    tt_moved *m = &c->moved[slot];
    size_t bytes;

    tt_io_assign(out, &c->slots[slot]);
    if (out->device_type == device_type)
        return TTRT_OK;
    if (!m->run || (m->run != c->run && (!s->weight || s->mutated))) {
        m->run = 0;
        tt_io_assign(&m->io, out);
        m->io.device_type = device_type;
        m->io.device_index = device_type == TTRT_DEVICE_CPU ? 0 : c->device_index;
        if (!tt_tensor_bytes(out->dtype, out->rank, out->dims, &bytes))
            TT_FAIL(TTRT_ERR_SHAPE, "'%s' is too large for this machine's addresses", s->value->name);
        TT_TRY(tt_scratch_reserve(&m->memory, m->io.device_type, m->io.device_index, bytes));
        m->io.data = m->memory.data;
        tt_contiguous_strides(m->io.rank, m->io.dims, m->io.strides);
        TT_TRY(tt_io_move(&m->io, out, r->options.stream));
        m->run = c->run;
    }
    tt_io_assign(out, &m->io);
    return TTRT_OK;
}

static ttrt_status run_engine(running *r)
{
    const tt_exec_step *s = r->step;
    const int device_type = tt_engine_kind(s->engine)->device_type;
    ttrt_context *c = r->c;
    const tt_output_alloc alloc = {place_output, r};
    tt_engine_info info;

    tt_engine_get_info(s->engine, &info);
    for (size_t i = 0; i < s->n_in; i++)
        TT_TRY(bring(r, s->in[i], info.inputs[i]->is_dim ? TTRT_DEVICE_CPU : device_type, &c->ins[i]));
    TT_TRY(tt_engine_run(s->engine, c->outs, &alloc, c->ins, &r->options));
    bind_outputs(r);
    return TTRT_OK;
}

static void number_io(tt_io *io, void *number, tt_dtype dtype)
{
    io->data = number;
    io->dtype = dtype;
    io->rank = 0;
    io->device_type = TTRT_DEVICE_CPU;
    io->device_index = 0;
}

static ttrt_status run_scalar(running *r)
{
    uint32_t slot = r->step->out[0];
    ttrt_context *c = r->c;

    if (!tt_dim_eval(r->step->dim, c->values, &c->numbers[slot]))
        TT_FAIL(TTRT_ERR_SHAPE, "the integer of '%s' cannot be computed from the inputs", r->step->name);
    number_io(&c->slots[slot], &c->numbers[slot], TTRT_DTYPE_INT64);
    return TTRT_OK;
}

static ttrt_status run_item(running *r)
{
    const tt_symbol *s;
    tt_io number;

    if (!tt_dim_is_symbol(r->step->dim, &s))
        return TTRT_OK;
    TT_TRY(bring(r, r->step->in[0], TTRT_DEVICE_CPU, &number));
    memcpy(&r->c->values[s->index], number.data, sizeof(int64_t));
    return TTRT_OK;
}

static ttrt_status run_steps(running *r)
{
    r->c->run++;
    for (size_t i = 0; i < r->c->exec->n_steps; i++) {
        r->step = &r->c->exec->steps[i];
        if (r->step->kind == TT_EXEC_ENGINE)
            TT_TRY(run_engine(r));
        else if (r->step->kind == TT_EXEC_SCALAR)
            TT_TRY(run_scalar(r));
        else
            TT_TRY(run_item(r));
    }
    return TTRT_OK;
}

/* ---- outputs ---- */

static bool made_in_place(const ttrt_context *c, const tt_result *r)
{
    const tt_slot *s = &c->exec->slots[r->slot];

    return r->first && !s->weight && s->input == TT_NO_SLOT && s->value->def &&
           s->value->def->op->id == TT_OP_tensorrt_execute_engine_default &&
           c->slots[r->slot].device_type == c->exec->device_type;
}

static ttrt_status copy_result(running *r, size_t i, const tt_io *from, int device_type)
{
    tt_io to;

    tt_io_assign(&to, from);
    to.device_type = device_type;
    to.device_index = device_type == TTRT_DEVICE_CPU ? 0 : r->c->device_index;
    TT_TRY(tt_tensor_place(&r->c->results[i], i, &to));
    return tt_io_move(&to, from, r->options.stream);
}

static ttrt_status number_result(running *r, size_t i, tt_dtype dtype)
{
    const tt_result *result = &r->c->exec->results[i];
    int64_t number = 0;
    uint8_t element[8];
    tt_io io;

    if (dtype == TTRT_DTYPE_FLOAT64) {
        tt_store_f64(element, dtype, result->number);
    } else {
        if (!tt_dim_eval(result->dim, r->c->values, &number))
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "output %zu is an integer that depends on data and that no engine returns",
                    i);
        tt_store_i64(element, dtype, number);
    }
    number_io(&io, element, dtype);
    return copy_result(r, i, &io, TTRT_DEVICE_CPU);
}

static ttrt_status fill_results(running *r)
{
    const tt_exec *e = r->c->exec;

    for (size_t i = 0; i < r->c->program->n_outputs; i++) {
        const tt_result *result = &e->results[i];
        if (result->kind == TT_RESULT_TENSOR && !made_in_place(r->c, result))
            TT_TRY(copy_result(r, i, &r->c->slots[result->slot], e->device_type));
        else if (result->kind == TT_RESULT_INT)
            TT_TRY(number_result(r, i, TTRT_DTYPE_INT64));
        else if (result->kind == TT_RESULT_BOOL)
            TT_TRY(number_result(r, i, TTRT_DTYPE_BOOL));
        else if (result->kind == TT_RESULT_FLOAT)
            TT_TRY(number_result(r, i, TTRT_DTYPE_FLOAT64));
        else if (result->kind == TT_RESULT_NOTHING)
            r->c->results[i].rank = -1;
    }
    return TTRT_OK;
}

/* ---- mutations ---- */

static bool is_made_by_step(const tt_slot *s) { return !s->weight && s->input == TT_NO_SLOT; }

/* A mutation may read what another one writes (two buffers that change places): such values are set aside first. */
static ttrt_status set_aside(running *r, size_t i, tt_io *io)
{
    ttrt_context *c = r->c;
    const tt_io from = *io;
    size_t bytes;

    if (!tt_tensor_bytes(io->dtype, io->rank, io->dims, &bytes))
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' is too large for this machine's addresses",
                c->exec->slots[c->exec->backs[i].from].value->name);
    TT_TRY(tt_scratch_reserve(&c->aside[i], io->device_type, io->device_index, bytes));
    io->data = c->aside[i].data;
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    return tt_io_move(io, &from, r->options.stream);
}

static ttrt_status another_shape(const char *name, const tt_io *to, const tt_io *from)
{
    tt_str is = {0}, expected = {0};

    tt_str_add_dims(&is, from->dims, (size_t)from->rank);
    tt_str_add_dims(&expected, to->dims, (size_t)to->rank);
    tt_fail(TTRT_ERR_FORMAT, "the new value of '%s' has the shape %s, expected %s", name, tt_str_text(&is),
            tt_str_text(&expected));
    tt_str_dispose(&is);
    tt_str_dispose(&expected);
    return TTRT_ERR_FORMAT;
}

static ttrt_status write_back(running *r)
{
    ttrt_context *c = r->c;
    const tt_exec *e = c->exec;

    for (size_t i = 0; i < e->n_backs; i++) {
        const tt_io *to = &c->slots[e->backs[i].to];
        c->back[i] = c->slots[e->backs[i].from];
        if (memcmp(to->dims, c->back[i].dims, (size_t)to->rank * sizeof *to->dims))
            return another_shape(e->slots[e->backs[i].to].value->name, to, &c->back[i]);
        if (!is_made_by_step(&e->slots[e->backs[i].from]))
            TT_TRY(set_aside(r, i, &c->back[i]));
    }
    for (size_t i = 0; i < e->n_backs; i++)
        TT_TRY(tt_io_move(&c->slots[e->backs[i].to], &c->back[i], r->options.stream));
    return TTRT_OK;
}

/* ---- the call ---- */

static ttrt_status run(running *r)
{
    TT_TRY(run_steps(r));
    TT_TRY(fill_results(r));
    return write_back(r);
}

static ttrt_status run_timed(running *r, double *device_ms)
{
    tt_timer timer = {0};
    ttrt_status status;

    TT_TRY(take_inputs(r));
    if (device_ms)
        *device_ms = 0;
    if (!device_ms || r->c->exec->device_type == TTRT_DEVICE_CPU)
        return run(r);
    TT_TRY_DONE(tt_timer_start(&timer, r->c->device_index, r->options.stream));
    TT_TRY_DONE(run(r));
    status = tt_timer_stop(&timer, device_ms);
done:
    tt_timer_dispose(&timer);
    return status;
}

ttrt_status ttrt_context_run(ttrt_context *context, ttrt_tensor *out, size_t n_out, const ttrt_tensor *in, size_t n_in,
                             const ttrt_run_options *options)
{
    TT_CHECK_ARG(context != NULL && (out != NULL || n_out == 0) && (in != NULL || n_in == 0));
    const ttrt_program *p = context->program;
    if (n_in != p->n_inputs || n_out != p->n_outputs)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%zu inputs and %zu outputs given, the program has %zu and %zu", n_in, n_out,
                p->n_inputs, p->n_outputs);
    ttrt_run_options given;
    TT_TRY(tt_run_options_read(options, &given));
    running r = {.c = context, .in = in, .out = out, .options = tt_run_options_of(&given, &context->threads)};

    for (size_t i = 0; i < n_out; i++)
        tt_result_start(&context->results[i], &out[i]);
    ttrt_status status = run_timed(&r, given.device_ms);
    if (status != TTRT_OK) {
        for (size_t i = 0; i < n_out; i++)
            tt_result_give_up(&context->results[i], &out[i]);
        return status;
    }
    for (size_t i = 0; i < n_out; i++) {
        const ttrt_tensor *result = &context->results[i];
        size_t n = result->rank > 0 ? (size_t)result->rank : 0;
        out[i].data = result->data;
        out[i].owner = result->owner;
        out[i].capacity_bytes = result->capacity_bytes;
        out[i].device_type = result->device_type;
        out[i].device_index = result->device_index;
        out[i].dtype = result->dtype;
        out[i].rank = result->rank;
        memcpy(out[i].dims, result->dims, n * sizeof *out[i].dims);
        memcpy(out[i].strides, result->strides, n * sizeof *out[i].strides);
    }
    return TTRT_OK;
}
