/* Attention without the score matrix. The result lies as [b, q, h, d] in memory, so that putting heads together again
 * moves nothing. */
#include <string.h>

#include "engine/cpu/kernels/attention.h"
#include "engine/cpu/plan.h"

static ttrt_status run_attention(const tt_step *s, const tt_run *r)
{
    tt_attention_run(r->kernels, r->threads, s->args, tt_at(r, s->out[0]), tt_at(r, s->in[0]), tt_at(r, s->in[1]),
                     tt_at(r, s->in[2]), s->n_in > 3 ? tt_at(r, s->in[3]) : NULL, tt_scratch(r, s));
    return TTRT_OK;
}

ttrt_status tt_plan_attention(tt_builder *b, const tt_layer *l)
{
    static const int heads_inside[] = {0, 2, 1, 3};
    const tt_attention_attrs *x = &l->attrs.attention;
    tt_operand at[4];
    tt_view views[4];
    tt_attention bound, *a;
    tt_place *p, *to;
    tt_step *s;

    for (int i = 0; i < l->n_in; i++) {
        TT_TRY(tt_plan_materialize(b, l->in[i], &p));
        at[i] = p->at;
        views[i] = p->view;
    }
    TT_TRY(tt_plan_allocate(b, l->out[0], tt_place_of(b, l->out[0])->forced ? NULL : heads_inside, &to));
    TT_TRY(tt_attention_bind(&to->view, &views[0], &views[1], &views[2], l->n_in > 3 ? &views[3] : NULL, x->is_causal,
                             x->scale, b->n_workers, &bound));
    TT_TRY(tt_plan_step(b, l, "attention", run_attention, 1, l->n_in, tt_attention_scratch(&bound), sizeof *a, &s, &a));
    *a = bound;
    memcpy(s->in, at, sizeof *at * (size_t)l->n_in);
    s->out[0] = to->at;
    return TTRT_OK;
}
