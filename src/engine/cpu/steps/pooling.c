/* Pooling, in the layout that the input has. */
#include "engine/cpu/kernels/pool.h"
#include "engine/cpu/plan.h"

static ttrt_status run_pool(const tt_step *s, const tt_run *r)
{
    tt_pool_run(r->kernels, r->threads, s->args, tt_at(r, s->out[0]), s->n_out > 1 ? tt_at(r, s->out[1]) : NULL,
                tt_at(r, s->in[0]));
    return TTRT_OK;
}

static bool channels_are_inner(const tt_place *p) { return p->rank > 2 && p->dims[1] > 1 && p->view.strides[1] == 1; }

static ttrt_status plan_pool(tt_builder *b, const tt_layer *l, bool is_max, tt_pool **out)
{
    tt_place *from, *to, *index = NULL;
    int order[TT_CPU_RANK];
    tt_step *s;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    tt_channels_last_order(from->rank, order);
    const int *layout = channels_are_inner(from) && !tt_place_of(b, l->out[0])->forced ? order : NULL;
    TT_TRY(tt_plan_allocate(b, l->out[0], layout, &to));
    if (l->n_out > 1)
        TT_TRY(tt_plan_allocate(b, l->out[1], NULL, &index));
    TT_TRY(tt_plan_step(b, l, "pool", run_pool, l->n_out, 1, 0, sizeof **out, &s, out));
    s->in[0] = from->at;
    s->out[0] = to->at;
    if (index)
        s->out[1] = index->at;
    return tt_pool_init(*out, is_max, &to->view, index ? &index->view : NULL, &from->view);
}

ttrt_status tt_plan_pooling(tt_builder *b, const tt_layer *l)
{
    const tt_pooling_attrs *a = &l->attrs.pooling;
    tt_pool *p;
    int first = 3 - a->window_size.n; /* the kernel's first spatial dimensions stay at 1 */

    TT_TRY(plan_pool(b, l, a->type == TT_POOLING_MAX, &p));
    for (int i = 0; i < a->window_size.n; i++) {
        p->kernel[first + i] = a->window_size.v[i];
        p->stride[first + i] = a->stride.v[i];
        p->pad[first + i] = a->pre_padding.v[i];
        p->pad_after[first + i] = a->post_padding.v[i];
        p->dilation[first + i] = a->dilation.v[i];
    }
    p->count_include_pad = !a->average_count_excludes_padding;
    p->divisor = a->divisor;
    return TTRT_OK;
}

ttrt_status tt_plan_adaptive_pooling(tt_builder *b, const tt_layer *l)
{
    tt_pool *p;

    TT_TRY(plan_pool(b, l, l->attrs.adaptive_pooling.type == TT_POOLING_MAX, &p));
    p->is_adaptive = true;
    return TTRT_OK;
}
