/* Steps that move elements: concatenation, padding, progressions, gather, scatter and their kin. */
#include <string.h>

#include "engine/cpu/kernels/copy.h"
#include "engine/cpu/kernels/fill.h"
#include "engine/cpu/kernels/gather.h"
#include "engine/cpu/kernels/search.h"
#include "engine/cpu/plan.h"

/* ---- concatenation ---- */

typedef struct concat_args {
    int axis;
    tt_view to;
    tt_view *from;
} concat_args;

static ttrt_status run_concat(const tt_step *s, const tt_run *r)
{
    const concat_args *a = s->args;
    const void *stack[16], **src = s->n_in <= 16 ? stack : tt_alloc((size_t)s->n_in * sizeof *src);

    if (!src)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < s->n_in; i++)
        src[i] = tt_at(r, s->in[i]);
    tt_concat_run(r->kernels, r->threads, a->axis, &a->to, tt_at(r, s->out[0]), s->n_in, a->from, src);
    if (src != stack)
        tt_free(src);
    return TTRT_OK;
}

ttrt_status tt_plan_concatenation(tt_builder *b, const tt_layer *l)
{
    tt_place *to, *from;
    tt_step *s;
    concat_args *a;
    tt_view *views = tt_arena_array(b->plan->arena, (size_t)l->n_in, sizeof *views);
    tt_operand *at = tt_arena_array(b->plan->arena, (size_t)l->n_in, sizeof *at);

    if (!views || !at)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < l->n_in; i++) {
        TT_TRY(tt_plan_materialize(b, l->in[i], &from));
        views[i] = from->view;
        at[i] = from->at;
    }
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_plan_step(b, l, "concat", run_concat, 1, l->n_in, 0, sizeof *a, &s, &a));
    *a = (concat_args){(int)l->attrs.concatenation.axis, to->view, views};
    memcpy(s->in, at, sizeof *at * (size_t)l->n_in);
    s->out[0] = to->at;
    return TTRT_OK;
}

/* ---- pad ---- */

typedef struct pad_args {
    tt_pad_mode mode;
    tt_view to, from;
    int64_t before[TT_CPU_RANK];
    char value[16];
} pad_args;

static ttrt_status run_pad(const tt_step *s, const tt_run *r)
{
    const pad_args *a = s->args;

    tt_pad_run(r->threads, a->mode, &a->to, tt_at(r, s->out[0]), &a->from, tt_at(r, s->in[0]), a->before, a->value);
    return TTRT_OK;
}

/* A circle closes around what negative amounts leave: they crop the source first. */
static void crop_circle(const tt_builder *b, const tt_pad_attrs *p, pad_args *a, tt_operand *src)
{
    for (int i = 0; i < a->from.rank; i++) {
        const int64_t after = tt_plan_dim(b, p->post_padding.v[i]);
        if (a->before[i] < 0) {
            a->from.dims[i] += a->before[i];
            src->offset -= a->before[i] * a->from.strides[i] * (int64_t)ttrt_dtype_size(a->from.dtype);
            a->before[i] = 0;
        }
        if (after < 0)
            a->from.dims[i] += after;
    }
}

ttrt_status tt_plan_pad(tt_builder *b, const tt_layer *l)
{
    static const tt_pad_mode modes[] = {[TT_PAD_CONSTANT] = TT_PAD_MODE_CONSTANT,
                                        [TT_PAD_REFLECT] = TT_PAD_MODE_REFLECT,
                                        [TT_PAD_REPLICATE] = TT_PAD_MODE_EDGE,
                                        [TT_PAD_CIRCULAR] = TT_PAD_MODE_CIRCULAR};
    tt_place *to, *from;
    tt_step *s;
    pad_args *a;
    int order[TT_CPU_RANK];

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    tt_view_memory_order(&from->view, order);
    TT_TRY(tt_plan_allocate(b, l->out[0], tt_place_of(b, l->out[0])->forced ? NULL : order, &to));
    TT_TRY(tt_plan_step(b, l, "pad", run_pad, 1, 1, 0, sizeof *a, &s, &a));
    a->mode = modes[l->attrs.pad.mode];
    a->to = to->view;
    a->from = from->view;
    for (int i = 0; i < from->rank; i++)
        a->before[i] = tt_plan_dim(b, l->attrs.pad.pre_padding.v[i]);
    tt_store_f64(a->value, l->in[0]->dtype, l->attrs.pad.value);
    s->in[0] = from->at;
    s->out[0] = to->at;
    if (a->mode == TT_PAD_MODE_CIRCULAR)
        crop_circle(b, &l->attrs.pad, a, &s->in[0]);
    return TTRT_OK;
}

/* ---- fill: arange (constants are expressions) ---- */

typedef struct fill_args {
    tt_view to;
    bool is_integer;
    double start, step;
    int64_t start_int, step_int;
} fill_args;

static ttrt_status run_fill(const tt_step *s, const tt_run *r)
{
    const fill_args *a = s->args;

    if (a->is_integer)
        tt_fill_arange_i64(r->threads, &a->to, tt_at(r, s->out[0]), a->start_int, a->step_int);
    else
        tt_fill_arange_f64(r->threads, &a->to, tt_at(r, s->out[0]), a->start, a->step);
    return TTRT_OK;
}

ttrt_status tt_plan_fill(tt_builder *b, const tt_layer *l)
{
    const tt_fill_attrs *f = &l->attrs.fill;
    tt_place *to;
    tt_step *s;
    fill_args *a;

    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_plan_step(b, l, "arange", run_fill, 1, 0, 0, sizeof *a, &s, &a));
    *a = (fill_args){to->view, tt_dtype_is_integer(f->to_type), f->alpha, f->beta, f->alpha_int, f->beta_int};
    s->out[0] = to->at;
    return TTRT_OK;
}

/* ---- gather ---- */

typedef struct gather_args {
    bool by_element;
    int axis;
    tt_view to, from, index;
} gather_args;

static ttrt_status run_gather(const tt_step *s, const tt_run *r)
{
    const gather_args *a = s->args;
    ttrt_status status = (a->by_element ? tt_gather_run : tt_take_run)(
        r->threads, a->axis, &a->to, tt_at(r, s->out[0]), &a->from, tt_at(r, s->in[0]), &a->index, tt_at(r, s->in[1]));

    return status == TTRT_OK ? status : tt_fail_where("layer '%s'", s->name);
}

typedef struct index_args {
    int n, axes[TT_CPU_RANK];
    bool accumulate;
    tt_view to, from, index[TT_CPU_RANK];
} index_args;

static ttrt_status run_index(const tt_step *s, const tt_run *r)
{
    const index_args *a = s->args;
    const void *index[TT_CPU_RANK];

    for (int i = 0; i < a->n; i++)
        index[i] = tt_at(r, s->in[1 + i]);
    ttrt_status status = tt_index_get_run(r->threads, a->n, a->axes, a->index, index, &a->to, tt_at(r, s->out[0]),
                                          &a->from, tt_at(r, s->in[0]));
    return status == TTRT_OK ? status : tt_fail_where("layer '%s'", s->name);
}

/* Places all inputs and the output; sets operands. */
static ttrt_status plan_operands(tt_builder *b, const tt_layer *l, const char *kind,
                                 ttrt_status (*run)(const tt_step *, const tt_run *), size_t args_bytes, tt_view *views,
                                 tt_view *to_view, tt_step **out, void *args)
{
    tt_operand at[2 + TT_CPU_RANK];
    tt_place *p, *to;
    tt_step *s;

    for (int i = 0; i < l->n_in; i++) {
        TT_TRY(tt_plan_materialize(b, l->in[i], &p));
        views[i] = p->view;
        at[i] = p->at;
    }
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_plan_step(b, l, kind, run, 1, l->n_in, 0, args_bytes, &s, args));
    memcpy(s->in, at, sizeof *at * (size_t)l->n_in);
    s->out[0] = to->at;
    *to_view = to->view;
    *out = s;
    return TTRT_OK;
}

ttrt_status tt_plan_index(tt_builder *b, const tt_layer *l)
{
    const tt_index_attrs *x = &l->attrs.index;
    tt_view views[2 + TT_CPU_RANK], to;
    tt_step *s;
    index_args *a;

    TT_TRY(plan_operands(b, l, "index", run_index, sizeof *a, views, &to, &s, &a));
    a->n = x->axes.n;
    a->from = views[0];
    a->to = to;
    for (int i = 0; i < a->n; i++) {
        a->axes[i] = (int)x->axes.v[i];
        a->index[i] = views[1 + i];
    }
    return TTRT_OK;
}

/* Negative indices count from the end: the kernel of advanced indexing does that. */
static ttrt_status plan_wrapping_gather(tt_builder *b, const tt_layer *l)
{
    tt_view views[2], to;
    tt_step *s;
    index_args *a;

    TT_TRY(plan_operands(b, l, "index", run_index, sizeof *a, views, &to, &s, &a));
    a->n = 1;
    a->axes[0] = (int)l->attrs.gather.axis;
    a->from = views[0];
    a->index[0] = views[1];
    a->to = to;
    return TTRT_OK;
}

ttrt_status tt_plan_gather(tt_builder *b, const tt_layer *l)
{
    const tt_gather_attrs *g = &l->attrs.gather;
    tt_view views[2], to;
    tt_step *s;
    gather_args *a;

    if (g->wrap && g->mode == TT_GATHER_DEFAULT)
        return plan_wrapping_gather(b, l);
    TT_TRY(plan_operands(b, l, "gather", run_gather, sizeof *a, views, &to, &s, &a));
    *a = (gather_args){g->mode == TT_GATHER_ELEMENT, (int)g->axis, to, views[0], views[1]};
    return TTRT_OK;
}

/* ---- scatter: the data is copied, then written to ---- */

typedef struct scatter_args {
    tt_scatter_op op;
    bool include_self;
    int axis;
    tt_view to, data, index, from;
} scatter_args;

static ttrt_status run_scatter(const tt_step *s, const tt_run *r)
{
    const scatter_args *a = s->args;
    void *dst = tt_at(r, s->out[0]), *scratch = tt_scratch(r, s);

    tt_copy_run(r->kernels, r->threads, &a->to, dst, &a->data, tt_at(r, s->in[0]));
    ttrt_status status = tt_scatter_run(r->threads, a->op, a->include_self, a->axis, &a->to, dst, &a->index,
                                        tt_at(r, s->in[1]), &a->from, tt_at(r, s->in[2]), scratch);
    return status == TTRT_OK ? status : tt_fail_where("layer '%s'", s->name);
}

static const tt_scatter_op scatter_ops[] = {
    [TT_SCATTER_SET] = TT_SCATTER_OP_SET, [TT_SCATTER_ADD] = TT_SCATTER_OP_ADD, [TT_SCATTER_MUL] = TT_SCATTER_OP_MUL,
    [TT_SCATTER_MAX] = TT_SCATTER_OP_MAX, [TT_SCATTER_MIN] = TT_SCATTER_OP_MIN, [TT_SCATTER_MEAN] = TT_SCATTER_OP_MEAN};

ttrt_status tt_plan_scatter(tt_builder *b, const tt_layer *l)
{
    const tt_scatter_attrs *x = &l->attrs.scatter;
    tt_view views[3], to;
    tt_step *s;
    scatter_args *a;

    TT_TRY(plan_operands(b, l, "scatter", run_scatter, sizeof *a, views, &to, &s, &a));
    *a = (scatter_args){scatter_ops[x->mode], x->include_self, (int)x->axis, to, views[0], views[1], views[2]};
    size_t scratch = tt_scatter_scratch_bytes(a->op, &to);
    return scratch ? tt_plan_buffer(b, scratch, &s->scratch.buffer) : TTRT_OK;
}

static ttrt_status run_index_put(const tt_step *s, const tt_run *r)
{
    const index_args *a = s->args;
    const void *index[TT_CPU_RANK];
    void *dst = tt_at(r, s->out[0]);

    for (int i = 0; i < a->n; i++)
        index[i] = tt_at(r, s->in[2 + i]);
    tt_copy_run(r->kernels, r->threads, &a->to, dst, &a->index[a->n], tt_at(r, s->in[0]));
    ttrt_status status = tt_index_put_run(r->threads, a->accumulate ? TT_SCATTER_OP_ADD : TT_SCATTER_OP_SET, a->n,
                                          a->axes, a->index, index, &a->to, dst, &a->from, tt_at(r, s->in[1]));
    return status == TTRT_OK ? status : tt_fail_where("layer '%s'", s->name);
}

ttrt_status tt_plan_index_put(tt_builder *b, const tt_layer *l)
{
    const tt_index_put_attrs *x = &l->attrs.index_put;
    tt_view views[2 + TT_CPU_RANK], to;
    tt_step *s;
    index_args *a;

    TT_TRY(plan_operands(b, l, "index_put", run_index_put, sizeof *a, views, &to, &s, &a));
    a->n = x->axes.n;
    a->accumulate = x->accumulate;
    a->to = to;
    a->from = views[1];
    for (int i = 0; i < a->n; i++) {
        a->axes[i] = (int)x->axes.v[i];
        a->index[i] = views[2 + i];
    }
    a->index[a->n] = views[0]; /* the data's view stands behind the indices'; supports() keeps n below the bound */
    return TTRT_OK;
}

/* ---- one_hot ---- */

typedef struct one_hot_args {
    tt_view to, index;
} one_hot_args;

static ttrt_status run_one_hot(const tt_step *s, const tt_run *r)
{
    const one_hot_args *a = s->args;
    ttrt_status status = tt_one_hot_run(r->threads, &a->to, tt_at(r, s->out[0]), &a->index, tt_at(r, s->in[0]));

    return status == TTRT_OK ? status : tt_fail_where("layer '%s'", s->name);
}

ttrt_status tt_plan_one_hot(tt_builder *b, const tt_layer *l)
{
    tt_view views[1], to;
    tt_step *s;
    one_hot_args *a;

    TT_TRY(plan_operands(b, l, "one_hot", run_one_hot, sizeof *a, views, &to, &s, &a));
    a->to = to;
    a->index = views[0];
    return TTRT_OK;
}

/* ---- search ---- */

typedef struct search_args {
    bool right;
    tt_view to, row, values;
} search_args;

static ttrt_status run_search(const tt_step *s, const tt_run *r)
{
    const search_args *a = s->args;

    tt_search_run(r->threads, a->right, &a->to, tt_at(r, s->out[0]), &a->row, tt_at(r, s->in[0]), &a->values,
                  tt_at(r, s->in[1]));
    return TTRT_OK;
}

ttrt_status tt_plan_search(tt_builder *b, const tt_layer *l)
{
    tt_view views[2], to;
    tt_step *s;
    search_args *a;

    TT_TRY(plan_operands(b, l, "search", run_search, sizeof *a, views, &to, &s, &a));
    *a = (search_args){l->attrs.search.right, to, views[0], views[1]};
    return TTRT_OK;
}

/* ---- check ---- */

typedef struct check_args {
    const char *message;
} check_args;

static ttrt_status run_check(const tt_step *s, const tt_run *r)
{
    const check_args *a = s->args;
    const bool *holds = tt_at(r, s->in[0]);

    *(bool *)tt_at(r, s->out[0]) = *holds;
    if (!*holds)
        TT_FAIL(TTRT_ERR_ARGUMENT, "layer '%s': %s", s->name, a->message);
    return TTRT_OK;
}

ttrt_status tt_plan_check(tt_builder *b, const tt_layer *l)
{
    tt_view views[1], to;
    tt_step *s;
    check_args *a;

    TT_TRY(plan_operands(b, l, "check", run_check, sizeof *a, views, &to, &s, &a));
    a->message = l->attrs.check.message;
    return TTRT_OK;
}
