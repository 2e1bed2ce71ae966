/* Steps that work along an axis: reductions, softmax, normalization, scans, sorting. */
#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/rows.h"
#include "engine/cpu/kernels/sort.h"
#include "engine/cpu/plan.h"

/* ---- reductions ---- */

static ttrt_status run_reduce(const tt_step *s, const tt_run *r)
{
    tt_reduce_run(r->kernels, r->threads, s->args, tt_at(r, s->out[0]), tt_at(r, s->in[0]));
    return TTRT_OK;
}

static tt_reduce_op norm_op(double p)
{
    if (p == 0)
        return TT_REDUCE_OP_NORM_0;
    if (p == 1)
        return TT_REDUCE_OP_NORM_1;
    if (p == 2)
        return TT_REDUCE_OP_NORM_2;
    if (isinf(p))
        return p > 0 ? TT_REDUCE_OP_NORM_INF : TT_REDUCE_OP_NORM_NINF;
    return TT_REDUCE_OP_NORM_P;
}

static tt_reduce_op reduce_op(const tt_reduce_attrs *a)
{
    switch (a->operation) {
    case TT_REDUCE_SUM:
        return TT_REDUCE_OP_SUM;
    case TT_REDUCE_PROD:
        return TT_REDUCE_OP_PROD;
    case TT_REDUCE_MAX:
        return TT_REDUCE_OP_MAX;
    case TT_REDUCE_MIN:
        return TT_REDUCE_OP_MIN;
    case TT_REDUCE_AVG:
        return TT_REDUCE_OP_MEAN;
    case TT_REDUCE_ANY:
        return TT_REDUCE_OP_ANY;
    case TT_REDUCE_ALL:
        return TT_REDUCE_OP_ALL;
    case TT_REDUCE_VARIANCE:
        return TT_REDUCE_OP_VAR;
    default:
        return norm_op(a->parameter);
    }
}

static ttrt_status plan_reduction(tt_builder *b, const tt_layer *l, const bool *axes, tt_reduce_op op, double parameter)
{
    tt_place *from, *to;
    tt_step *s;
    tt_reduce *a;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_plan_step(b, l, "reduce", run_reduce, 1, 1, 0, sizeof *a, &s, &a));
    s->in[0] = from->at;
    s->out[0] = to->at;
    return tt_reduce_bind(&from->view, axes, op, l->out[0]->dtype, parameter, a);
}

ttrt_status tt_plan_reduce(tt_builder *b, const tt_layer *l)
{
    const tt_reduce_attrs *x = &l->attrs.reduce;
    bool axes[TT_CPU_RANK] = {false};

    for (int i = 0; i < x->axes.n; i++)
        axes[x->axes.v[i]] = true;
    return plan_reduction(b, l, axes, reduce_op(x), x->parameter);
}

ttrt_status tt_plan_arg_reduce(tt_builder *b, const tt_layer *l)
{
    bool axes[TT_CPU_RANK] = {false};

    axes[l->attrs.arg_reduce.axis] = true;
    return plan_reduction(b, l, axes, l->attrs.arg_reduce.is_max ? TT_REDUCE_OP_ARGMAX : TT_REDUCE_OP_ARGMIN, 0);
}

/* ---- softmax, scan: one input, one output, an axis ---- */

static ttrt_status run_softmax(const tt_step *s, const tt_run *r)
{
    tt_softmax_run(r->kernels, r->threads, s->args, tt_at(r, s->out[0]), tt_at(r, s->in[0]), tt_scratch(r, s));
    return TTRT_OK;
}

ttrt_status tt_plan_softmax(tt_builder *b, const tt_layer *l)
{
    tt_place *from, *to;
    tt_step *s;
    tt_softmax bound, *a;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_softmax_bind(&to->view, &from->view, (int)l->attrs.softmax.axis, l->attrs.softmax.is_log, 1, &bound));
    TT_TRY(
        tt_plan_step(b, l, "softmax", run_softmax, 1, 1, tt_softmax_scratch(&bound, b->n_workers), sizeof *a, &s, &a));
    *a = bound;
    s->in[0] = from->at;
    s->out[0] = to->at;
    return TTRT_OK;
}

static ttrt_status run_scan(const tt_step *s, const tt_run *r)
{
    tt_scan_run(r->kernels, r->threads, s->args, tt_at(r, s->out[0]), tt_at(r, s->in[0]), tt_scratch(r, s));
    return TTRT_OK;
}

ttrt_status tt_plan_cumulative(tt_builder *b, const tt_layer *l)
{
    tt_place *from, *to;
    tt_step *s;
    tt_scan bound, *a;
    static const tt_scan_op ops[] = {[TT_CUMULATIVE_SUM] = TT_SCAN_SUM,
                                     [TT_CUMULATIVE_PROD] = TT_SCAN_PROD,
                                     [TT_CUMULATIVE_MAX] = TT_SCAN_MAX,
                                     [TT_CUMULATIVE_MIN] = TT_SCAN_MIN,
                                     [TT_CUMULATIVE_LOGSUMEXP] = TT_SCAN_LOGSUMEXP};

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &to));
    TT_TRY(tt_scan_bind(&to->view, &from->view, (int)l->attrs.cumulative.axis, ops[l->attrs.cumulative.operation],
                        &bound));
    TT_TRY(tt_plan_step(b, l, "scan", run_scan, 1, 1, tt_scan_scratch(&bound, b->n_workers), sizeof *a, &s, &a));
    *a = bound;
    s->in[0] = from->at;
    s->out[0] = to->at;
    return TTRT_OK;
}

/* ---- normalization ---- */

typedef struct norm_args {
    tt_norm norm;
    bool has_weight, has_bias;
} norm_args;

static ttrt_status run_norm(const tt_step *s, const tt_run *r)
{
    const norm_args *a = s->args;

    tt_norm_run(r->kernels, r->threads, &a->norm, tt_at(r, s->out[0]), tt_at(r, s->in[0]),
                a->has_weight ? tt_at(r, s->in[1]) : NULL, a->has_bias ? tt_at(r, s->in[1 + a->has_weight]) : NULL,
                tt_scratch(r, s));
    return TTRT_OK;
}

ttrt_status tt_plan_normalization(tt_builder *b, const tt_layer *l)
{
    const tt_normalization_attrs *x = &l->attrs.normalization;
    bool has_weight = l->n_in > 1 && !(l->n_in == 2 && x->has_bias_only),
         has_bias = l->n_in == 3 || (l->n_in == 2 && x->has_bias_only);
    tt_dtype weight = has_weight ? l->in[1]->dtype : TT_DTYPE_NONE,
             bias = has_bias ? l->in[l->n_in - 1]->dtype : TT_DTYPE_NONE;
    tt_place *from, *to, *p;
    tt_operand parameters[2] = {{0}};
    int order[TT_CPU_RANK];
    tt_norm norm;
    tt_step *s;
    norm_args *a;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    for (int i = 1; i < l->n_in; i++) {
        TT_TRY(tt_plan_contiguous(b, l->in[i], &p));
        parameters[i - 1] = p->at;
    }
    bool channels_inner =
        x->kind == TT_NORMALIZATION_GROUP && from->rank > 2 && from->dims[1] > 1 && from->view.strides[1] == 1;
    if (channels_inner)
        tt_channels_last_order(from->rank, order);
    TT_TRY(tt_plan_allocate(b, l->out[0], channels_inner && !tt_place_of(b, l->out[0])->forced ? order : NULL, &to));
    if (x->kind == TT_NORMALIZATION_GROUP)
        TT_TRY(tt_group_norm_bind(&to->view, &from->view, x->num_groups, x->eps, weight, bias, &norm));
    else
        TT_TRY(tt_layer_norm_bind(&to->view, &from->view, x->axes.n, x->kind == TT_NORMALIZATION_RMS, x->eps, weight,
                                  bias, &norm));
    TT_TRY(tt_plan_step(b, l, "normalization", run_norm, 1, l->n_in, tt_norm_scratch(&norm, b->n_workers), sizeof *a,
                        &s, &a));
    *a = (norm_args){norm, has_weight, has_bias};
    s->in[0] = from->at;
    for (int i = 1; i < l->n_in; i++)
        s->in[i] = parameters[i - 1];
    s->out[0] = to->at;
    return TTRT_OK;
}

/* ---- sorting ---- */

typedef struct sort_args {
    tt_view values, index, from;
    bool is_topk, descending;
} sort_args;

static ttrt_status run_sort(const tt_step *s, const tt_run *r)
{
    const sort_args *a = s->args;

    (a->is_topk ? tt_topk_run : tt_sort_run)(r->threads, a->descending, &a->values, tt_at(r, s->out[0]), &a->index,
                                             tt_at(r, s->out[1]), &a->from, tt_at(r, s->in[0]), tt_scratch(r, s));
    return TTRT_OK;
}

/* Kernels sort along the last dimension. */
static void move_axis_last(tt_view *v, int64_t axis)
{
    int64_t dim, stride;

    if (v->rank == 0) {
        v->rank = 1;
        v->dims[0] = 1;
        v->strides[0] = 1;
        return;
    }
    dim = v->dims[axis];
    stride = v->strides[axis];
    for (int i = (int)axis; i + 1 < v->rank; i++) {
        v->dims[i] = v->dims[i + 1];
        v->strides[i] = v->strides[i + 1];
    }
    v->dims[v->rank - 1] = dim;
    v->strides[v->rank - 1] = stride;
}

static ttrt_status plan_sorted(tt_builder *b, const tt_layer *l, int64_t axis, bool is_topk, bool descending)
{
    tt_place *from, *values, *index;
    tt_step *s;
    sort_args *a;

    TT_TRY(tt_plan_materialize(b, l->in[0], &from));
    TT_TRY(tt_plan_allocate(b, l->out[0], NULL, &values));
    TT_TRY(tt_plan_allocate(b, l->out[1], NULL, &index));
    int64_t n = from->rank ? from->dims[axis] : 1;
    TT_TRY(tt_plan_step(b, l, is_topk ? "topk" : "sort", run_sort, 2, 1,
                        tt_sort_scratch_bytes(l->in[0]->dtype, n, b->n_workers) + 64, sizeof *a, &s, &a));
    *a = (sort_args){values->view, index->view, from->view, is_topk, descending};
    move_axis_last(&a->values, axis);
    move_axis_last(&a->index, axis);
    move_axis_last(&a->from, axis);
    s->in[0] = from->at;
    s->out[0] = values->at;
    s->out[1] = index->at;
    return TTRT_OK;
}

ttrt_status tt_plan_sort(tt_builder *b, const tt_layer *l)
{
    return plan_sorted(b, l, l->attrs.sort.axis, false, l->attrs.sort.descending);
}

ttrt_status tt_plan_topk(tt_builder *b, const tt_layer *l)
{
    return plan_sorted(b, l, l->attrs.topk.axis, true, l->attrs.topk.largest);
}
