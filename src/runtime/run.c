/* One run of a program:
 *
 *   inputs ─► checked, symbols bound ─► steps (engines write outputs in place where they can)
 *   ─► copies of what is returned twice or unchanged ─► mutations written back ─► results handed over */
#include "runtime/runtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

tt_run_options tt_run_options_read(const ttrt_run_options *given, const tt_threads *threads)
{
    tt_run_options o = {.threads = threads};

    if (given && given->size >= sizeof *given) {
        o.profile = given->profile;
        o.profile_user = given->profile_user;
    }
    return o;
}

typedef struct {
    ttrt_context *c;
    const tt_exec_step *step;
    const ttrt_tensor *in;
    ttrt_tensor *out;
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
    if (!t->data && ttrt_tensor_count(t) != 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "input '%s' has no data", name);
    return TTRT_OK;
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
    return tt_dims_bind(c->program->graph->dims, c->pairs, e->n_binds, bind_label, r, c->values);
}

/* ---- steps ---- */

static ttrt_status place_in_scratch(ttrt_context *c, uint32_t slot, tt_io *io)
{
    size_t bytes;

    if (!tt_tensor_bytes(io->dtype, io->rank, io->dims, &bytes))
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' is too large for this machine's addresses", c->exec->slots[slot].value->name);
    TT_TRY(tt_scratch_reserve(&c->scratch[slot], bytes));
    io->data = c->scratch[slot].data;
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    return TTRT_OK;
}

static ttrt_status place_output(void *user, int i, tt_io *io)
{
    running *r = user;
    uint32_t slot = r->step->out[i], output = r->c->exec->slots[slot].output;

    if (output != TT_NO_SLOT)
        TT_TRY(tt_tensor_place(&r->c->results[output], output, io));
    else
        TT_TRY(place_in_scratch(r->c, slot, io));
    r->c->slots[slot] = *io;
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

static ttrt_status run_engine(running *r, const tt_run_options *options)
{
    const tt_exec_step *s = r->step;
    ttrt_context *c = r->c;
    const tt_output_alloc alloc = {place_output, r};

    for (size_t i = 0; i < s->n_in; i++)
        c->ins[i] = c->slots[s->in[i]];
    TT_TRY(tt_engine_run(s->engine, c->outs, &alloc, c->ins, options));
    bind_outputs(r);
    return TTRT_OK;
}

static ttrt_status run_scalar(running *r)
{
    uint32_t slot = r->step->out[0];
    ttrt_context *c = r->c;

    if (!tt_dim_eval(r->step->dim, c->values, &c->numbers[slot]))
        TT_FAIL(TTRT_ERR_SHAPE, "the integer of '%s' cannot be computed from the inputs", r->step->name);
    c->slots[slot] = (tt_io){.data = &c->numbers[slot], .dtype = TTRT_DTYPE_INT64};
    return TTRT_OK;
}

static void run_item(running *r)
{
    const tt_symbol *s;

    if (tt_dim_is_symbol(r->step->dim, &s))
        memcpy(&r->c->values[s->index], r->c->slots[r->step->in[0]].data, sizeof(int64_t));
}

static ttrt_status run_steps(running *r, const tt_run_options *options)
{
    for (size_t i = 0; i < r->c->exec->n_steps; i++) {
        r->step = &r->c->exec->steps[i];
        if (r->step->kind == TT_EXEC_ENGINE)
            TT_TRY(run_engine(r, options));
        else if (r->step->kind == TT_EXEC_SCALAR)
            TT_TRY(run_scalar(r));
        else
            run_item(r);
    }
    return TTRT_OK;
}

/* ---- outputs ---- */

static bool made_in_place(const tt_exec *e, const tt_result *r)
{
    const tt_slot *s = &e->slots[r->slot];

    return r->first && !s->weight && s->input == TT_NO_SLOT && s->value->def &&
           s->value->def->op->id == TT_OP_tensorrt_execute_engine_default;
}

static ttrt_status copy_result(running *r, size_t i, const tt_io *from)
{
    tt_io to = *from;

    TT_TRY(tt_tensor_place(&r->c->results[i], i, &to));
    tt_io_copy(&to, from);
    return TTRT_OK;
}

static ttrt_status number_result(running *r, size_t i, tt_dtype dtype)
{
    const tt_result *result = &r->c->exec->results[i];
    int64_t number = 0;
    uint8_t element[8];

    if (dtype == TTRT_DTYPE_FLOAT64) {
        tt_store_f64(element, dtype, result->number);
    } else {
        if (!tt_dim_eval(result->dim, r->c->values, &number))
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "output %zu is an integer that depends on data and that no engine returns",
                    i);
        tt_store_i64(element, dtype, number);
    }
    return copy_result(r, i, &(tt_io){.data = element, .dtype = dtype});
}

static ttrt_status fill_results(running *r)
{
    const tt_exec *e = r->c->exec;

    for (size_t i = 0; i < r->c->program->n_outputs; i++) {
        const tt_result *result = &e->results[i];
        if (result->kind == TT_RESULT_TENSOR && !made_in_place(e, result))
            TT_TRY(copy_result(r, i, &r->c->slots[result->slot]));
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
static ttrt_status set_aside(ttrt_context *c, size_t i, tt_io *io)
{
    const tt_io from = *io;
    size_t bytes;

    if (!tt_tensor_bytes(io->dtype, io->rank, io->dims, &bytes))
        TT_FAIL(TTRT_ERR_SHAPE, "'%s' is too large for this machine's addresses",
                c->exec->slots[c->exec->backs[i].from].value->name);
    TT_TRY(tt_scratch_reserve(&c->aside[i], bytes));
    io->data = c->aside[i].data;
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    tt_io_copy(io, &from);
    return TTRT_OK;
}

static ttrt_status write_back(running *r)
{
    ttrt_context *c = r->c;
    const tt_exec *e = c->exec;

    for (size_t i = 0; i < e->n_backs; i++) {
        const tt_io *to = &c->slots[e->backs[i].to];
        c->back[i] = c->slots[e->backs[i].from];
        if (memcmp(to->dims, c->back[i].dims, (size_t)to->rank * sizeof *to->dims))
            TT_FAIL(TTRT_ERR_FORMAT, "the new value of '%s' has another shape", e->slots[e->backs[i].to].value->name);
        if (!is_made_by_step(&e->slots[e->backs[i].from]))
            TT_TRY(set_aside(c, i, &c->back[i]));
    }
    for (size_t i = 0; i < e->n_backs; i++)
        tt_io_copy(&c->slots[e->backs[i].to], &c->back[i]);
    return TTRT_OK;
}

/* ---- the call ---- */

static ttrt_status run(running *r, const tt_run_options *options)
{
    TT_TRY(take_inputs(r));
    TT_TRY(run_steps(r, options));
    TT_TRY(fill_results(r));
    return write_back(r);
}

static void give_up(running *r)
{
    for (size_t i = 0; i < r->c->program->n_outputs; i++) {
        ttrt_tensor *result = &r->c->results[i];
        if (r->out[i].data)
            r->out[i].capacity_bytes = result->capacity_bytes;
        else
            tt_free_aligned(result->owner);
    }
}

ttrt_status ttrt_context_run(ttrt_context *context, ttrt_tensor *out, size_t n_out, const ttrt_tensor *in, size_t n_in,
                             const ttrt_run_options *options)
{
    TT_CHECK_ARG(context != NULL && (out != NULL || n_out == 0) && (in != NULL || n_in == 0));
    const ttrt_program *p = context->program;
    if (n_in != p->n_inputs || n_out != p->n_outputs)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%zu inputs and %zu outputs given, the program has %zu and %zu", n_in, n_out,
                p->n_inputs, p->n_outputs);
    running r = {.c = context, .in = in, .out = out};
    tt_run_options o = tt_run_options_read(options, &context->threads);

    for (size_t i = 0; i < n_out; i++) {
        context->results[i].data = out[i].data;
        context->results[i].owner = out[i].data ? out[i].owner : NULL;
        context->results[i].capacity_bytes = out[i].capacity_bytes;
        context->results[i].rank = 0;
    }
    ttrt_status status = run(&r, &o);
    if (status != TTRT_OK) {
        give_up(&r);
        return status;
    }
    for (size_t i = 0; i < n_out; i++) {
        const ttrt_tensor *result = &context->results[i];
        size_t n = result->rank > 0 ? (size_t)result->rank : 0;
        out[i].data = result->data;
        out[i].owner = result->owner;
        out[i].capacity_bytes = result->capacity_bytes;
        out[i].dtype = result->dtype;
        out[i].rank = result->rank;
        memcpy(out[i].dims, result->dims, n * sizeof *out[i].dims);
        memcpy(out[i].strides, result->strides, n * sizeof *out[i].strides);
    }
    return TTRT_OK;
}
