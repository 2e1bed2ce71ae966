/* Steps on images and matrices: resize, grid sampling, columns of windows, triangles. */
#include "engine/cpu/kernels/fold.h"
#include "engine/cpu/kernels/grid_sample.h"
#include "engine/cpu/kernels/resize.h"
#include "engine/cpu/kernels/trilu.h"
#include "engine/cpu/plan.h"

/* ---- resize ---- */

typedef struct resize_args {
    tt_resize resize;
    const void *tables;
} resize_args;

static ttrt_status run_resize(const tt_step *s, const tt_run *r)
{
    const resize_args *a = s->args;

    tt_resize_run(r->kernels, r->threads, &a->resize, tt_at(r, s->out[0]), tt_at(r, s->in[0]), a->tables,
                  tt_scratch(r, s));
    return TTRT_OK;
}

ttrt_status tt_plan_resize(tt_builder *b, const tt_layer *l)
{
    static const tt_resize_mode modes[] = {[TT_RESIZE_NEAREST] = TT_RESIZE_MODE_NEAREST,
                                           [TT_RESIZE_NEAREST_EXACT] = TT_RESIZE_MODE_NEAREST_EXACT,
                                           [TT_RESIZE_LINEAR] = TT_RESIZE_MODE_LINEAR,
                                           [TT_RESIZE_CUBIC] = TT_RESIZE_MODE_CUBIC};
    const tt_resize_attrs *x = &l->attrs.resize;
    tt_resize resize = {.mode = modes[x->mode], .align_corners = x->align_corners, .antialias = x->antialias};
    tt_place *from, *to;
    int order[TT_CPU_RANK];
    tt_step *s;
    resize_args *a;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    bool channels_inner = from->dims[1] > 1 && from->view.strides[1] == 1;
    tt_channels_last_order(from->rank, order);
    TT_TRY(tt_plan_allocate(b, l->out[0], channels_inner && !tt_place_of(b, l->out[0])->forced ? order : NULL, &to));
    for (int i = 0; i < x->scales.n; i++)
        resize.scale[3 - x->scales.n + i] = x->scales.v[i];
    TT_TRY(tt_resize_init(&resize, &to->view, &from->view, b->n_workers));
    void *tables = tt_arena_alloc(b->plan->arena, resize.tables_bytes + 8);
    if (!tables)
        return TTRT_ERR_MEMORY;
    tt_resize_tables(&resize, tables);
    TT_TRY(tt_plan_step(b, l, "resize", run_resize, 1, 1, resize.scratch_bytes, sizeof *a, &s, &a));
    *a = (resize_args){resize, tables};
    s->in[0] = from->at;
    s->out[0] = to->at;
    return TTRT_OK;
}

/* ---- the others: operands as views, one call ---- */

typedef struct view_args {
    tt_view to, from, grid;
    tt_grid_mode mode;
    tt_grid_padding padding;
    bool flag; /* align_corners, upper, inverse */
    int64_t diagonal;
    tt_fold fold;
} view_args;

static ttrt_status plan_views(tt_builder *b, const tt_layer *l, const char *kind,
                              ttrt_status (*run)(const tt_step *, const tt_run *), view_args **out)
{
    tt_place *from, *grid = NULL, *to;
    tt_step *s;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    if (l->n_in > 1)
        TT_TRY(tt_plan_materialize(b, l->in[1], &grid));
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_plan_step(b, l, kind, run, 1, l->n_in, 0, sizeof **out, &s, out));
    (*out)->from = from->view;
    (*out)->to = to->view;
    s->in[0] = from->at;
    s->out[0] = to->at;
    if (grid) {
        (*out)->grid = grid->view;
        s->in[1] = grid->at;
    }
    return TTRT_OK;
}

static ttrt_status run_grid_sample(const tt_step *s, const tt_run *r)
{
    const view_args *a = s->args;

    return tt_grid_sample_run(r->threads, a->mode, a->padding, a->flag, &a->to, tt_at(r, s->out[0]), &a->from,
                              tt_at(r, s->in[0]), &a->grid, tt_at(r, s->in[1]));
}

ttrt_status tt_plan_grid_sample(tt_builder *b, const tt_layer *l)
{
    static const tt_grid_mode modes[] = {[TT_INTERPOLATION_NEAREST] = TT_GRID_NEAREST,
                                         [TT_INTERPOLATION_LINEAR] = TT_GRID_LINEAR,
                                         [TT_INTERPOLATION_CUBIC] = TT_GRID_CUBIC};
    static const tt_grid_padding paddings[] = {[TT_SAMPLE_ZEROS] = TT_GRID_ZEROS,
                                               [TT_SAMPLE_CLAMP] = TT_GRID_BORDER,
                                               [TT_SAMPLE_REFLECT] = TT_GRID_REFLECTION};
    view_args *a;

    TT_TRY(plan_views(b, l, "grid_sample", run_grid_sample, &a));
    a->mode = modes[l->attrs.grid_sample.interpolation_mode];
    a->padding = paddings[l->attrs.grid_sample.sample_mode];
    a->flag = l->attrs.grid_sample.align_corners;
    return TTRT_OK;
}

static ttrt_status run_trilu(const tt_step *s, const tt_run *r)
{
    const view_args *a = s->args;

    tt_trilu_run(r->threads, a->flag, a->diagonal, &a->to, tt_at(r, s->out[0]), &a->from, tt_at(r, s->in[0]));
    return TTRT_OK;
}

ttrt_status tt_plan_trilu(tt_builder *b, const tt_layer *l)
{
    view_args *a;

    TT_TRY(plan_views(b, l, "trilu", run_trilu, &a));
    a->flag = l->attrs.trilu.upper;
    a->diagonal = tt_plan_dim(b, l->attrs.trilu.diagonal);
    return TTRT_OK;
}

static ttrt_status run_fold(const tt_step *s, const tt_run *r)
{
    const view_args *a = s->args;

    if (a->flag)
        return tt_fold_run(r->threads, &a->fold, &a->to, tt_at(r, s->out[0]), &a->from, tt_at(r, s->in[0]));
    tt_unfold_run(r->threads, &a->fold, &a->to, tt_at(r, s->out[0]), &a->from, tt_at(r, s->in[0]));
    return TTRT_OK;
}

ttrt_status tt_plan_fold(tt_builder *b, const tt_layer *l)
{
    const tt_fold_attrs *x = &l->attrs.fold;
    view_args *a;

    TT_TRY(plan_views(b, l, "fold", run_fold, &a));
    a->flag = x->inverse;
    for (int i = 0; i < 2; i++) {
        a->fold.kernel[i] = x->window_size.v[i];
        a->fold.stride[i] = x->stride.v[i];
        a->fold.pad[i] = x->padding.v[i];
        a->fold.dilation[i] = x->dilation.v[i];
    }
    const tt_view *image = a->flag ? &a->to : &a->from;
    tt_fold_windows(&a->fold, image->dims[2], image->dims[3]);
    return TTRT_OK;
}
