/* See product.h. */
#include "engine/cpu/steps/product.h"

int tt_fusion_operands(const tt_fusion *f) { return f && !f->plain ? f->program.n_in - 1 : 0; }

void tt_fusion_store(const tt_fusion *f, int64_t out_row, tt_step *s, int first, tt_step_epilogue *e)
{
    e->used = f && !f->plain;
    if (!e->used)
        return;
    e->first = first;
    e->epilogue.program = f->program;
    e->epilogue.out_row = out_row;
    for (int i = 1; i < f->program.n_in; i++) {
        s->in[first + i - 1] = f->in[i];
        e->epilogue.in_row[i] = f->in_row[i];
        e->epilogue.in_col[i] = f->in_col[i];
    }
}

const tt_epilogue *tt_fusion_load(const tt_step *s, const tt_run *r, const tt_step_epilogue *e, tt_epilogue *memory)
{
    if (!e->used)
        return NULL;
    *memory = e->epilogue;
    for (int i = 1; i < memory->program.n_in; i++)
        memory->in[i] = tt_at(r, s->in[e->first + i - 1]);
    memory->out = tt_at(r, s->out[0]);
    return memory;
}
