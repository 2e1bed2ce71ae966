/* Views: sharing, replay, and write-back. */
#include "lower/view_chain.h"

#include <string.h>

tt_value *tt_emit_op(const tt_emit *e, int op_id, const tt_value *like, size_t n_args, const tt_arg *args)
{
    const tt_op *op = tt_op_at(op_id);
    const char *dot = strchr(op->name, '.') + 1;
    char base[64];

    size_t length = strcspn(dot, ".");
    length = length < sizeof base ? length : sizeof base - 1;
    memcpy(base, dot, length);
    base[length] = 0;
    tt_value *v = tt_value_like(e->g, like, base);
    tt_node *n = v ? tt_node_new(e->g, op, v->name, 1) : NULL;
    if (n == NULL)
        return NULL;
    for (size_t i = 0; i < op->n_args; i++) {
        if (i < n_args)
            n->args[i] = args[i];
        else if (tt_op_arg_default(e->g, &op->args[i], &n->args[i]) != TTRT_OK)
            return NULL;
    }
    n->outs[0] = v;
    n->source = e->origin ? e->origin->source : NULL;
    n->module = e->origin ? e->origin->module : NULL;
    tt_node_insert(e->g, n, e->before);
    return v;
}

/* ---- sharing ---- */

/* Unknown strides count as contiguous: only PyTorch's own graphs have views of other tensors, and they tell all
 * strides. PyTorch counts an empty dimension as one element. */
static bool is_contiguous(tt_dims *t, const tt_value *v)
{
    tt_dim stride = tt_dim_const(1), one = stride;
    for (size_t i = v->rank; v->strides && i-- > 0;) {
        if (!tt_dim_is(v->dims[i], 1) && !tt_dim_equal(v->strides[i], stride))
            return false;
        stride = tt_dim_mul(t, stride, tt_dim_max(t, one, v->dims[i]));
    }
    return true;
}

/* PyTorch's computeStride: whether `in` can be seen in the shape of `out` without a copy. Dimensions that join must lie
 * behind one another. */
static bool can_view(tt_dims *t, const tt_value *in, const tt_value *out)
{
    if (is_contiguous(t, in))
        return true;
    size_t o = out->rank;
    tt_dim chunk_stride = in->strides[in->rank - 1], in_count = tt_dim_const(1), out_count = tt_dim_const(1);
    for (size_t d = in->rank; d-- > 0;) {
        in_count = tt_dim_mul(t, in_count, in->dims[d]);
        bool joined = d > 0 && (tt_dim_is(in->dims[d - 1], 1) ||
                                tt_dim_equal(in->strides[d - 1], tt_dim_mul(t, in_count, chunk_stride)));
        if (joined)
            continue;
        while (o > 0 && (!tt_dim_equal(in_count, out_count) || tt_dim_is(out->dims[o - 1], 1)))
            out_count = tt_dim_mul(t, out_count, out->dims[--o]);
        if (!tt_dim_equal(in_count, out_count))
            return false;
        if (d > 0)
            chunk_stride = in->strides[d - 1];
        in_count = out_count = tt_dim_const(1);
    }
    return o == 0;
}

static bool same_device(const tt_value *a, const tt_value *b)
{
    return a->device == NULL || b->device == NULL || strcmp(a->device, b->device) == 0;
}

/* to(), contiguous() and type_as() return their input where there is nothing to do. */
static bool returns_input(const tt_node *n, size_t copy_arg, size_t format_arg)
{
    const tt_value *in = tt_arg_value(n, 0), *out = n->outs[0];
    enum { PRESERVE = 1 };
    bool format_ok = tt_arg_is_none(n, format_arg) || n->args[format_arg].number == PRESERVE ||
                     (n->args[format_arg].number == 0 && is_contiguous(n->graph->dims, in));
    return in->dtype == out->dtype && same_device(in, out) && format_ok && !tt_arg_bool(n, copy_arg, false);
}

static bool shares(const tt_node *n, const tt_value *in)
{
    enum { NO_ARG = 99 };
    switch (n->op->id) {
    case TT_OP_aten_reshape_default:
    case TT_OP_aten_reshape_as_default:
    case TT_OP_aten_flatten_using_ints:
    case TT_OP_aten_ravel_default:
        return can_view(n->graph->dims, in, n->outs[0]);
    case TT_OP_aten_contiguous_default:
        return returns_input(n, NO_ARG, 1);
    case TT_OP_aten_to_dtype:
    case TT_OP_aten_to_other:
        return returns_input(n, 3, 4);
    case TT_OP_aten_to_device:
        return returns_input(n, 4, 5);
    case TT_OP_aten_to_dtype_layout:
        return returns_input(n, 6, 7);
    case TT_OP_aten_type_as_default:
        return returns_input(n, NO_ARG, NO_ARG);
    case TT_OP_aten_dropout_default:
    case TT_OP_aten_alpha_dropout_default:
    case TT_OP_aten_feature_dropout_default:
    case TT_OP_aten_feature_alpha_dropout_default:
        return !tt_arg_bool(n, 2, true) || tt_arg_float(n, 1, 1) == 0;
    case TT_OP_aten_atleast_1d_default:
    case TT_OP_aten_atleast_2d_default:
    case TT_OP_aten_atleast_3d_default:
        return true;
    default:
        break;
    }
    return n->op->id >= 0 && n->op->out_alias[0] != 0 && !tt_op_is_inplace(n->op);
}

int tt_view_arg(const tt_node *n)
{
    size_t at = 0;
    if (n->n_outs == 0 || n->op->id < 0)
        return -1;
    for (size_t i = 0; i < n->op->n_args; i++)
        if (n->op->args[i].alias != 0 && n->op->args[i].alias == n->op->out_alias[0])
            at = i;
    const tt_value *in = tt_arg_value(n, at);
    return in && in->kind == TT_VALUE_TENSOR && n->outs[0]->kind == TT_VALUE_TENSOR && shares(n, in) ? (int)at : -1;
}

/* ---- replay ---- */

ttrt_status tt_view_replay(const tt_emit *e, const tt_node *n, size_t arg, tt_value *base, tt_node **out)
{
    /* view() asks for strides that the new base need not have. */
    const tt_op *op = n->op->id == TT_OP_aten_view_default ? tt_op_at(TT_OP_aten_reshape_default) : n->op;
    tt_value **outs = tt_arena_array(e->g->arena, n->n_outs + 1, sizeof *outs);
    if (outs == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n->n_outs; i++) {
        outs[i] = tt_value_like(e->g, n->outs[i], n->outs[i]->name);
        if (outs[i] == NULL)
            return TTRT_ERR_MEMORY;
    }
    bool single = n->n_outs == 1 && !n->outs_are_list;
    const char *name = single ? outs[0]->name : tt_graph_fresh_name(e->g, n->name);
    tt_node *copy = name ? tt_node_new(e->g, op, name, n->n_outs) : NULL;
    if (copy == NULL)
        return TTRT_ERR_MEMORY;
    memcpy(copy->args, n->args, n->n_args * sizeof *n->args);
    copy->args[arg].value = base;
    copy->outs = outs;
    copy->outs_are_list = n->outs_are_list;
    copy->source = n->source;
    copy->module = n->module;
    tt_node_insert(e->g, copy, e->before);
    *out = copy;
    return TTRT_OK;
}

/* ---- write-back ---- */

typedef struct writer {
    const tt_emit *e;
    const tt_node *view;
    size_t i;
    tt_value *base, *part;
} writer;

static tt_value *emit(const writer *w, int op, size_t n_args, const tt_arg *args)
{
    return tt_emit_op(w->e, op, w->base, n_args, args);
}

static tt_value *reshape(const writer *w)
{
    return emit(w, TT_OP_aten_reshape_default, 2,
                (tt_arg[]){tt_arg_of_value(w->part), tt_arg_of_dims(w->base->dims, w->base->rank)});
}

static int64_t wrap(int64_t dim, size_t rank) { return dim < 0 ? dim + (int64_t)rank : dim; }

static tt_value *transpose(const writer *w, int64_t a, int64_t b)
{
    return emit(w, TT_OP_aten_transpose_int, 3,
                (tt_arg[]){tt_arg_of_value(w->part), tt_arg_of_int(a), tt_arg_of_int(b)});
}

/* `order[k]` is the dimension of the base that dimension k of the view shows. */
static tt_value *unpermute(const writer *w, const int64_t *order)
{
    size_t rank = w->base->rank;
    tt_dim *inverse = tt_arena_array(w->e->g->arena, rank + 1, sizeof *inverse);
    if (inverse == NULL)
        return NULL;
    for (size_t k = 0; k < rank; k++)
        inverse[order[k]] = tt_dim_const((int64_t)k);
    return emit(w, TT_OP_aten_permute_default, 2, (tt_arg[]){tt_arg_of_value(w->part), tt_arg_of_dims(inverse, rank)});
}

static tt_value *unpermute_node(const writer *w)
{
    int64_t order[TT_MAX_RANK];
    size_t rank = w->base->rank;
    for (size_t k = 0; k < rank; k++)
        order[k] = w->view->op->id == TT_OP_aten_numpy_T_default ? (int64_t)(rank - 1 - k)
                                                                 : wrap(tt_arg_dim_at(w->view, 1, k).value, rank);
    return unpermute(w, order);
}

static tt_value *unmove(const writer *w)
{
    int op = w->view->op->id;
    return emit(w, op, 3, (tt_arg[]){tt_arg_of_value(w->part), w->view->args[2], w->view->args[1]});
}

static tt_value *scatter_slice(const writer *w, tt_arg dim, tt_arg start, tt_arg end, tt_arg step)
{
    return emit(w, TT_OP_aten_slice_scatter_default, 6,
                (tt_arg[]){tt_arg_of_value(w->base), tt_arg_of_value(w->part), dim, start, end, step});
}

static tt_value *scatter_narrow(const writer *w)
{
    tt_dims *t = w->e->g->dims;
    tt_dim start = tt_arg_dim(w->view, 2, 0), length = tt_arg_dim(w->view, 3, 0);
    size_t dim = (size_t)wrap(tt_arg_int(w->view, 1, 0), w->base->rank);
    if (!start.expr && start.value < 0 && dim < w->base->rank)
        start = tt_dim_add(t, start, w->base->dims[dim]);
    return scatter_slice(w, tt_arg_of_int((int64_t)dim), tt_arg_of_dim(start),
                         tt_arg_of_dim(tt_dim_add(t, start, length)), tt_arg_of_int(1));
}

/* Output i of split, chunk and the like begins where the ones before it end. */
static tt_value *scatter_split(const writer *w, size_t dim_arg)
{
    tt_dims *t = w->e->g->dims;
    size_t dim = (size_t)wrap(tt_arg_int(w->view, dim_arg, 0), w->base->rank);
    tt_dim start = tt_dim_const(0);
    if (dim >= w->base->rank)
        return NULL;
    for (size_t k = 0; k < w->i; k++)
        start = tt_dim_add(t, start, w->view->outs[k]->dims[dim]);
    tt_dim end = tt_dim_add(t, start, w->part->dims[dim]);
    return scatter_slice(w, tt_arg_of_int((int64_t)dim), tt_arg_of_dim(start), tt_arg_of_dim(end), tt_arg_of_int(1));
}

static tt_value *scatter_select(const writer *w, tt_arg dim, tt_arg index)
{
    return emit(w, TT_OP_aten_select_scatter_default, 4,
                (tt_arg[]){tt_arg_of_value(w->base), tt_arg_of_value(w->part), dim, index});
}

static tt_value *scatter_diagonal(const writer *w)
{
    const tt_arg *a = w->view->args;
    return emit(w, TT_OP_aten_diagonal_scatter_default, 5,
                (tt_arg[]){tt_arg_of_value(w->base), tt_arg_of_value(w->part), a[1], a[2], a[3]});
}

static bool same_shape(const tt_value *a, const tt_value *b)
{
    bool same = a->rank == b->rank;
    for (size_t i = 0; same && i < a->rank; i++)
        same = tt_dim_equal(a->dims[i], b->dims[i]);
    return same;
}

/* NULL: without memory, or, with *known false, for a view that nothing here can write through. */
static tt_value *write_back(const writer *w, bool *known)
{
    const tt_node *n = w->view;
    *known = true;
    switch (n->op->id) {
    case TT_OP_aten_alias_default:
    case TT_OP_aten_detach_default:
    case TT_OP_aten_lift_fresh_default:
    case TT_OP_aten_contiguous_default:
    case TT_OP_aten_to_dtype:
    case TT_OP_aten_to_other:
    case TT_OP_aten_to_device:
    case TT_OP_aten_to_dtype_layout:
    case TT_OP_aten_type_as_default:
    case TT_OP_aten_dropout_default:
    case TT_OP_aten_alpha_dropout_default:
    case TT_OP_aten_feature_dropout_default:
    case TT_OP_aten_feature_alpha_dropout_default:
    case TT_OP_aten_positive_default:
    case TT_OP_aten_resolve_conj_default:
    case TT_OP_aten_resolve_neg_default:
        return w->part;
    case TT_OP_aten_view_default:
    case TT_OP_aten_view_as_default:
    case TT_OP_aten_reshape_default:
    case TT_OP_aten_reshape_as_default:
    case TT_OP_aten__reshape_alias_default:
    case TT_OP_aten_flatten_using_ints:
    case TT_OP_aten_unflatten_int:
    case TT_OP_aten_ravel_default:
    case TT_OP_aten_squeeze_default:
    case TT_OP_aten_squeeze_dim:
    case TT_OP_aten_squeeze_dims:
    case TT_OP_aten_unsqueeze_default:
    case TT_OP_aten_atleast_1d_default:
    case TT_OP_aten_atleast_2d_default:
    case TT_OP_aten_atleast_3d_default:
        return reshape(w);
    case TT_OP_aten_expand_default:
    case TT_OP_aten_expand_as_default:
    case TT_OP_aten_broadcast_to_default:
        /* What is really expanded shows one element in many places. */
        if (same_shape(w->part, w->base))
            return w->part;
        break;
    case TT_OP_aten_permute_default:
    case TT_OP_aten_numpy_T_default:
        return unpermute_node(w);
    case TT_OP_aten_transpose_int:
    case TT_OP_aten_swapaxes_default:
    case TT_OP_aten_swapdims_default:
        return transpose(w, tt_arg_int(n, 1, 0), tt_arg_int(n, 2, 0));
    case TT_OP_aten_t_default:
        return w->base->rank < 2 ? w->part : transpose(w, 0, 1);
    case TT_OP_aten_mT_default:
        return transpose(w, -2, -1);
    case TT_OP_aten_adjoint_default:
    case TT_OP_aten_mH_default:
    case TT_OP_aten_matrix_H_default:
        if (!tt_dtype_is_complex(w->base->dtype))
            return transpose(w, -2, -1);
        break;
    case TT_OP_aten_movedim_int:
    case TT_OP_aten_movedim_intlist:
    case TT_OP_aten_moveaxis_int:
    case TT_OP_aten_moveaxis_intlist:
        return unmove(w);
    case TT_OP_aten_select_int:
        return scatter_select(w, n->args[1], n->args[2]);
    case TT_OP_aten_unbind_int:
        return scatter_select(w, n->args[1], tt_arg_of_int((int64_t)w->i));
    case TT_OP_aten_slice_Tensor:
        return scatter_slice(w, n->args[1], n->args[2], n->args[3], n->args[4]);
    case TT_OP_aten_narrow_default:
        return scatter_narrow(w);
    case TT_OP_aten_split_Tensor:
    case TT_OP_aten_split_sizes:
    case TT_OP_aten_split_with_sizes_default:
    case TT_OP_aten_chunk_default:
    case TT_OP_aten_tensor_split_sections:
    case TT_OP_aten_tensor_split_indices:
        return scatter_split(w, 2);
    case TT_OP_aten_diagonal_default:
        return scatter_diagonal(w);
    case TT_OP_aten_view_as_real_default:
        return emit(w, TT_OP_aten_view_as_complex_default, 1, (tt_arg[]){tt_arg_of_value(w->part)});
    case TT_OP_aten_view_as_complex_default:
        return emit(w, TT_OP_aten_view_as_real_default, 1, (tt_arg[]){tt_arg_of_value(w->part)});
    default:
        break;
    }
    *known = false;
    return NULL;
}

ttrt_status tt_view_write_back(const tt_emit *e, const tt_node *n, size_t i, tt_value *base, tt_value *part,
                               tt_value **out)
{
    writer w = {e, n, i, base, part};
    bool known;

    *out = write_back(&w, &known);
    TT_TRY(tt_dims_status(e->g->dims));
    if (*out != NULL)
        return TTRT_OK;
    if (known)
        return TTRT_ERR_MEMORY;
    tt_fail(TTRT_ERR_UNSUPPORTED,
            "node '%s' changes memory through the view '%s' (%s), whose base cannot be computed from it",
            e->origin->name, n->name, n->op->name);
    if (e->origin->source)
        tt_fail_where("%s", e->origin->source);
    return tt_fail_hint("change a copy instead: clone() the tensor first");
}
