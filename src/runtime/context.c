/* Contexts: the memory that one thread needs to run a program. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/checked.h"

static void weight_io(const tt_weight *w, tt_io *io)
{
    io->dtype = w->dtype;
    io->rank = (int)w->rank;
    io->data = (void *)(w->data + w->storage_offset * (int64_t)ttrt_dtype_size(w->dtype));
    io->device_type = TTRT_DEVICE_CPU;
    io->device_index = 0;
    memcpy(io->dims, w->dims, w->rank * sizeof *io->dims);
    memcpy(io->strides, w->strides, w->rank * sizeof *io->strides);
}

/* Buffers that no run writes are read in place; the others start as a copy, where the program's tensors are. */
static ttrt_status place_weight(ttrt_context *c, size_t i)
{
    const tt_slot *slot = &c->exec->slots[i];
    tt_io *io = &c->slots[i], from;
    size_t bytes;

    weight_io(slot->weight, &from);
    *io = from;
    if (!slot->mutated)
        return TTRT_OK;
    if (!tt_tensor_bytes(io->dtype, io->rank, io->dims, &bytes))
        TT_FAIL(TTRT_ERR_FORMAT, "buffer '%s': its size overflows", slot->weight->fqn);
    io->device_type = c->exec->device_type;
    io->device_index = c->device_index;
    TT_TRY(tt_scratch_reserve(&c->scratch[i], io->device_type, io->device_index, bytes));
    io->data = c->scratch[i].data;
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    return tt_io_move(io, &from, NULL);
}

ttrt_status tt_context_settle(ttrt_context *c, int device_index)
{
    if (c->device_index == device_index)
        return TTRT_OK;
    if (c->device_index >= 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "the context has run on GPU %d and stays there; the inputs are on GPU %d",
                c->device_index, device_index);
    c->device_index = device_index;
    for (size_t i = 0; i < c->exec->n_slots; i++) {
        ttrt_status status = c->exec->slots[i].weight ? place_weight(c, i) : TTRT_OK;
        if (status != TTRT_OK) {
            c->device_index = -1;
            return status;
        }
    }
    return TTRT_OK;
}

static ttrt_status allocate(ttrt_context *c)
{
    const tt_exec *e = c->exec;
    size_t wide_in = 0, wide_out = 0;

    for (size_t i = 0; i < e->n_steps; i++) {
        wide_in = e->steps[i].n_in > wide_in ? e->steps[i].n_in : wide_in;
        wide_out = e->steps[i].n_out > wide_out ? e->steps[i].n_out : wide_out;
    }
    c->values = tt_calloc(tt_dims_count(c->program->graph->dims) + 1, sizeof *c->values);
    c->pairs = tt_calloc(e->n_binds + 1, sizeof *c->pairs);
    c->slots = tt_calloc(e->n_slots + 1, sizeof *c->slots);
    c->scratch = tt_calloc(e->n_slots + 1, sizeof *c->scratch);
    c->moved = tt_calloc(e->n_slots + 1, sizeof *c->moved);
    c->numbers = tt_calloc(e->n_slots + 1, sizeof *c->numbers);
    c->ins = tt_calloc(wide_in + 1, sizeof *c->ins);
    c->outs = tt_calloc(wide_out + 1, sizeof *c->outs);
    c->aside = tt_calloc(e->n_backs + 1, sizeof *c->aside);
    c->back = tt_calloc(e->n_backs + 1, sizeof *c->back);
    c->results = tt_calloc(c->program->n_outputs + 1, sizeof *c->results);
    if (!c->values || !c->pairs || !c->slots || !c->scratch || !c->moved || !c->numbers || !c->ins || !c->outs ||
        !c->aside || !c->back || !c->results)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < e->n_binds; i++)
        c->pairs[i].declared = e->bind_dims[i];
    c->device_index = -1;
    /* Which GPU is told by the first run. */
    return e->device_type == TTRT_DEVICE_CPU ? tt_context_settle(c, 0) : TTRT_OK;
}

ttrt_status ttrt_context_new(ttrt_program *program, ttrt_context **out)
{
    const tt_exec *exec;

    TT_CHECK_ARG(program != NULL && out != NULL);
    if (!ttrt_program_is_compiled(program)) {
        tt_fail(TTRT_ERR_ARGUMENT, "the program is not compiled");
        return tt_fail_hint("compile it first: ttrt_program_compile(), or torchtrtc compile");
    }
    TT_TRY(tt_program_exec(program, &exec));
    ttrt_context *c = tt_calloc(1, sizeof *c);
    if (!c)
        return TTRT_ERR_MEMORY;
    c->program = ttrt_program_ref(program);
    c->exec = exec;
    c->threads = *tt_pool_threads(0);
    ttrt_status status = allocate(c);
    if (status != TTRT_OK) {
        ttrt_context_free(c);
        return status;
    }
    *out = c;
    return TTRT_OK;
}

void ttrt_context_free(ttrt_context *context)
{
    if (!context)
        return;
    for (size_t i = 0; context->scratch && i < context->exec->n_slots; i++)
        tt_scratch_dispose(&context->scratch[i]);
    for (size_t i = 0; context->moved && i < context->exec->n_slots; i++)
        tt_scratch_dispose(&context->moved[i].memory);
    for (size_t i = 0; context->aside && i < context->exec->n_backs; i++)
        tt_scratch_dispose(&context->aside[i]);
    tt_free(context->values);
    tt_free(context->pairs);
    tt_free(context->slots);
    tt_free(context->scratch);
    tt_free(context->moved);
    tt_free(context->numbers);
    tt_free(context->ins);
    tt_free(context->outs);
    tt_free(context->aside);
    tt_free(context->back);
    tt_free(context->results);
    ttrt_program_unref(context->program);
    tt_free(context);
}

ttrt_status ttrt_context_set_num_threads(ttrt_context *context, int n)
{
    TT_CHECK_ARG(context != NULL && n >= 0 && n <= 4096);
    context->threads = *tt_pool_threads(n);
    return TTRT_OK;
}

ttrt_status ttrt_context_set_threads(ttrt_context *context, const ttrt_threads *threads)
{
    TT_CHECK_ARG(context != NULL && threads != NULL && threads->n_workers >= 1 && threads->parallel_for != NULL);
    context->threads = (tt_threads){threads->n_workers, threads->parallel_for, threads->self};
    return TTRT_OK;
}
