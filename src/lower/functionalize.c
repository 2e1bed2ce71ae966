/* In-place operators become functional ones; what they change is written back to the memory's other names, and to the
 * signature.
 *
 *   graph(%x: f32[4,3], %b: f32[3] = buffer "b")
 *     %1 = aten.select.int(%x, 0, 0)
 *     %2 = aten.add_.Tensor(%1, %b)           becomes   %add = aten.add.Tensor(%1, %b)
 *                                                       %select_scatter = aten.select_scatter.default(%x, %add, 0, 0)
 *     %3 = aten.mul_.Tensor(%b, 2)                      %mul = aten.mul.Tensor(%b, 2)
 *     %4 = aten.sum.default(%x)                         %4 = aten.sum.default(%select_scatter)
 *     return %4                                         return mutate buffer "b" = %mul, mutate input "x" =
 * %select_scatter, %4
 *
 * Each tensor value is an alias of one storage: its base, or a view of another alias. An in-place operator computes the
 * new contents of its alias; going up, each alias gets its new contents from those of its view, until the base has
 * them. The storage counts these changes; an alias that is read later and is behind takes its view again from its
 * parent. */
#include "lower/pass.h"
#include "lower/view_chain.h"

#include <string.h>

typedef struct storage {
    size_t changes;
} storage;

typedef struct alias {
    storage *memory;
    struct alias *parent; /* NULL: the base */
    const tt_node *view;  /* of the parent: output `out_index` of this node, whose argument `arg` the parent is */
    size_t out_index, arg;
    tt_value *now; /* the contents after the first `seen` changes */
    size_t seen;
} alias;

typedef struct pass {
    tt_graph *g;
    tt_emit emit; /* before the node being looked at */
    size_t changes;
} pass;

static ttrt_status refuse(const tt_node *n, const char *why)
{
    tt_fail(TTRT_ERR_UNSUPPORTED, "node '%s' (%s) %s", n->name, n->op->name, why);
    if (n->source)
        tt_fail_where("%s", n->source);
    return tt_fail_hint("change a copy instead: clone() the tensor first");
}

/* ---- aliases ---- */

static alias *alias_of(const tt_value *v) { return v->data; }

static ttrt_status new_base(pass *p, tt_value *v)
{
    alias *a = tt_arena_alloc(p->g->arena, sizeof *a);
    storage *s = tt_arena_alloc(p->g->arena, sizeof *s);
    if (a == NULL || s == NULL)
        return TTRT_ERR_MEMORY;
    *a = (alias){.memory = s, .now = v};
    v->data = a;
    return TTRT_OK;
}

static ttrt_status new_view(pass *p, const tt_node *view, size_t i, size_t arg, alias *parent)
{
    alias *a = tt_arena_alloc(p->g->arena, sizeof *a);
    if (a == NULL)
        return TTRT_ERR_MEMORY;
    *a = (alias){.memory = parent->memory,
                 .parent = parent,
                 .view = view,
                 .out_index = i,
                 .arg = arg,
                 .now = view->outs[i],
                 .seen = parent->memory->changes};
    view->outs[i]->data = a;
    return TTRT_OK;
}

/* `again` is the view node of `a`, taken again: news for `a` and for the other outputs of the node that are behind. */
static void take_outputs(alias *a, const tt_node *again)
{
    for (size_t i = 0; i < again->n_outs; i++) {
        alias *other = i == a->out_index ? a : alias_of(a->view->outs[i]);
        if (other && other->view == a->view && other->seen != a->memory->changes) {
            other->now = again->outs[i];
            other->seen = a->memory->changes;
        }
    }
}

/* The contents of an alias now. */
static ttrt_status current(pass *p, alias *a, tt_value **out)
{
    tt_value *base;
    tt_node *again;

    if (a->seen != a->memory->changes) {
        TT_TRY(current(p, a->parent, &base));
        TT_TRY(tt_view_replay(&p->emit, a->view, a->arg, base, &again));
        take_outputs(a, again);
    }
    *out = a->now;
    return TTRT_OK;
}

/* The alias gets new contents; so do all that it is a view of. */
static ttrt_status change(pass *p, alias *a, tt_value *now)
{
    tt_value *before;

    if (a->parent != NULL) {
        tt_value *whole;
        TT_TRY(current(p, a->parent, &before));
        TT_TRY(tt_view_write_back(&p->emit, a->view, a->out_index, before, now, &whole));
        TT_TRY(change(p, a->parent, whole));
    } else {
        a->memory->changes++;
    }
    a->now = now;
    a->seen = a->memory->changes;
    return TTRT_OK;
}

/* ---- from in-place to functional ---- */

/* "aten.add_.Tensor" -> "aten.add.Tensor", "aten.__iand__.Scalar" -> "aten.__and__.Scalar" */
static const tt_op *functional_op(const tt_op *op)
{
    static const struct {
        int in_place, functional;
    } others[] = {
        {TT_OP_aten_normal__default, TT_OP_aten_normal_functional_default},
        {TT_OP_aten_bernoulli__float, TT_OP_aten_bernoulli_p},
        {TT_OP_aten_pow__Scalar, TT_OP_aten_pow_Tensor_Scalar},
        {TT_OP_aten_pow__Tensor, TT_OP_aten_pow_Tensor_Tensor},
        {TT_OP_aten_float_power__Scalar, TT_OP_aten_float_power_Tensor_Scalar},
        {TT_OP_aten_float_power__Tensor, TT_OP_aten_float_power_Tensor_Tensor},
        {TT_OP_aten_xlogy__Scalar_Other, TT_OP_aten_xlogy_Scalar_Other},
        {TT_OP_aten__native_batch_norm_legit_default, TT_OP_aten__native_batch_norm_legit_functional_default},
        {TT_OP_aten__batch_norm_with_update_default, TT_OP_aten__batch_norm_with_update_functional_default},
    };
    char name[128];
    for (size_t i = 0; i < TT_COUNT(others); i++)
        if (others[i].in_place == op->id)
            return tt_op_at(others[i].functional);
    const char *overload = strrchr(op->name, '.'), *dunder = strstr(op->name, ".__i");
    size_t n = (size_t)(overload - op->name);
    if (strlen(op->name) >= sizeof name)
        return NULL;
    if (dunder != NULL) {
        size_t before = (size_t)(dunder + 3 - op->name);
        memcpy(name, op->name, before);
        strcpy(name + before, op->name + before + 1);
    } else {
        if (op->name[n - 1] != '_')
            return NULL;
        memcpy(name, op->name, n - 1);
        strcpy(name + n - 1, overload);
    }
    return tt_op_find(name);
}

static int find_arg(const tt_op *op, const char *name)
{
    for (size_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* `n` with the functional operator, by argument names (self and input mean the same). Its first output is like `like`.
 */
static ttrt_status functional_node(pass *p, const tt_node *n, const tt_op *op, const tt_value *like, tt_node **out)
{
    const char *base = strchr(op->name, '.') + 1;
    char *name = tt_arena_strndup(p->g->arena, base, strcspn(base, "."));
    tt_value *v = name ? tt_value_like(p->g, like, name) : NULL;
    const char *node_name = v && op->n_outs > 1 ? tt_graph_fresh_name(p->g, name) : v ? v->name : NULL;
    tt_node *f = node_name ? tt_node_new(p->g, op, node_name, op->n_outs) : NULL;

    if (f == NULL)
        return TTRT_ERR_MEMORY;
    f->outs[0] = v;
    for (size_t i = 0; i < op->n_args; i++) {
        int from = find_arg(n->op, op->args[i].name);
        if (from < 0 && i == 0)
            from = 0;
        if (from >= 0)
            f->args[i] = n->args[from];
        else
            TT_TRY(tt_op_arg_default(p->g, &op->args[i], &f->args[i]));
    }
    f->source = n->source;
    f->module = n->module;
    *out = f;
    return TTRT_OK;
}

/* ---- data types of functional results ---- */

/* The name between namespace and overload is one of these. */
static bool is_one_of(const tt_op *op, const char *const *names)
{
    const char *name = strchr(op->name, '.') + 1;
    size_t n = strcspn(name, ".");
    for (; *names; names++)
        if (strlen(*names) == n && strncmp(*names, name, n) == 0)
            return true;
    return false;
}

static const char *const GIVES_BOOL[] = {"eq",
                                         "ne",
                                         "lt",
                                         "le",
                                         "gt",
                                         "ge",
                                         "not_equal",
                                         "less",
                                         "less_equal",
                                         "greater",
                                         "greater_equal",
                                         "logical_and",
                                         "logical_or",
                                         "logical_xor",
                                         "logical_not",
                                         NULL};
/* Operators whose operands' types are promoted; all others give their first operand's type. */
static const char *const PROMOTES[] = {"add",
                                       "sub",
                                       "subtract",
                                       "mul",
                                       "multiply",
                                       "div",
                                       "divide",
                                       "true_divide",
                                       "floor_divide",
                                       "remainder",
                                       "fmod",
                                       "pow",
                                       "addcmul",
                                       "addcdiv",
                                       "atan2",
                                       "arctan2",
                                       "hypot",
                                       "copysign",
                                       "xlogy",
                                       "gcd",
                                       "lcm",
                                       "clamp",
                                       "clip",
                                       "clamp_min",
                                       "clamp_max",
                                       "bitwise_and",
                                       "bitwise_or",
                                       "bitwise_xor",
                                       "bitwise_left_shift",
                                       "bitwise_right_shift",
                                       "__and__",
                                       "__or__",
                                       "__xor__",
                                       "__lshift__",
                                       "__rshift__",
                                       "heaviside",
                                       "nextafter",
                                       "ldexp",
                                       NULL};

static int category(tt_dtype d)
{
    return tt_dtype_is_complex(d) ? 3 : tt_dtype_is_float(d) ? 2 : tt_dtype_is_integer(d) ? 1 : 0;
}

static tt_dtype join(tt_dtype a, tt_dtype b)
{
    return a == TT_DTYPE_NONE ? b : b == TT_DTYPE_NONE ? a : tt_dtype_promote(a, b);
}

/* alpha and value scale an operand; they do not promote. */
static bool is_operand(const tt_op_arg *a)
{
    return (a->type == TT_TYPE_TENSOR || a->type == TT_TYPE_SCALAR) && strcmp(a->name, "alpha") != 0 &&
           strcmp(a->name, "value") != 0;
}

/* torch.result_type: tensors with dimensions count first, then 0-d ones, then numbers, each only where of a higher
 * category. */
static tt_dtype result_type(const tt_node *n)
{
    tt_dtype dimmed = TT_DTYPE_NONE, scalar = TT_DTYPE_NONE, number = TT_DTYPE_NONE;
    for (size_t i = 0; i < n->n_args; i++) {
        const tt_arg *a = &n->args[i];
        bool tensor = a->kind == TT_ARG_VALUE && a->value->kind == TT_VALUE_TENSOR;
        if (tensor && a->value->rank > 0)
            dimmed = join(dimmed, a->value->dtype);
        else if (tensor)
            scalar = join(scalar, a->value->dtype);
        else if (!is_operand(&n->op->args[i]))
            continue;
        else if (a->kind == TT_ARG_COMPLEX)
            number = TTRT_DTYPE_COMPLEX64;
        else if (a->kind == TT_ARG_FLOAT)
            number = join(number, TTRT_DTYPE_FLOAT32);
        else if (a->kind == TT_ARG_INT)
            number = join(number, TTRT_DTYPE_INT64);
    }
    tt_dtype r = dimmed;
    if (scalar != TT_DTYPE_NONE && (r == TT_DTYPE_NONE || category(scalar) > category(r)))
        r = join(r, scalar);
    if (number != TT_DTYPE_NONE && (r == TT_DTYPE_NONE || category(number) > category(r)))
        r = join(r, number);
    return r;
}

static tt_dtype functional_dtype(const tt_node *f, const tt_value *self)
{
    static const char *const float_power[] = {"float_power", NULL};
    static const char *const true_divides[] = {"div", "divide", "true_divide", NULL};
    if (is_one_of(f->op, GIVES_BOOL))
        return TTRT_DTYPE_BOOL;
    if (is_one_of(f->op, float_power))
        return tt_dtype_is_complex(self->dtype) ? TTRT_DTYPE_COMPLEX128 : TTRT_DTYPE_FLOAT64;
    if (!is_one_of(f->op, PROMOTES))
        return self->dtype;
    tt_dtype r = result_type(f);
    int mode = find_arg(f->op, "rounding_mode");
    if (is_one_of(f->op, true_divides) && category(r) < 2 && (mode < 0 || tt_arg_is_none(f, (size_t)mode)))
        return TTRT_DTYPE_FLOAT32; /* the default dtype */
    return r;
}

static ttrt_status cast(pass *p, tt_value *v, const tt_value *like, tt_value **out)
{
    tt_arg args[] = {tt_arg_of_value(v), {.kind = TT_ARG_DTYPE, .dtype = like->dtype}};
    tt_value type = *v;

    *out = v;
    if (v->dtype == like->dtype)
        return TTRT_OK;
    type.dtype = like->dtype;
    *out = tt_emit_op(&p->emit, TT_OP_aten__to_copy_default, &type, TT_COUNT(args), args);
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static bool same_shape(const tt_value *a, const tt_value *b)
{
    bool same = a->rank == b->rank;
    for (size_t i = 0; same && i < a->rank; i++)
        same = tt_dim_equal(a->dims[i], b->dims[i]);
    return same;
}

static ttrt_status expand_to(pass *p, tt_value *v, const tt_value *like, tt_value **out)
{
    *out = same_shape(v, like) ? v
                               : tt_emit_op(&p->emit, TT_OP_aten_expand_default, like, 2,
                                            (tt_arg[]){tt_arg_of_value(v), tt_arg_of_dims(like->dims, like->rank)});
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

/* ---- in-place operators ---- */

/* The new contents are another tensor, cast and broadcast: copy_ and fill_ with a tensor. */
static ttrt_status copied(pass *p, const tt_node *n, const tt_value *self, tt_value **out)
{
    tt_value *src = tt_arg_value(n, 1);
    if (src == NULL) {
        *out = tt_emit_op(&p->emit, TT_OP_aten_full_like_default, self, 2, (tt_arg[]){n->args[0], n->args[1]});
        return *out ? TTRT_OK : TTRT_ERR_MEMORY;
    }
    TT_TRY(cast(p, src, self, &src));
    return expand_to(p, src, self, out);
}

static ttrt_status computed(pass *p, const tt_node *n, const tt_value *self, tt_value **out)
{
    const tt_op *op = functional_op(n->op);
    tt_node *f;

    if (op == NULL || op->n_outs != 1 || tt_op_is_inplace(op))
        return refuse(n, "has no functional form");
    TT_TRY(functional_node(p, n, op, self, &f));
    f->outs[0]->dtype = functional_dtype(f, self);
    tt_node_insert(p->g, f, p->emit.before);
    return cast(p, f->outs[0], self, out);
}

/* `n` writes to its first argument, whose alias is `a`, and returns it. */
static ttrt_status write_self(pass *p, tt_node *n, alias *a)
{
    const tt_value *self = a->now;
    tt_value *now = NULL;

    if (!same_shape(self, n->outs[0]) || n->op->id == TT_OP_aten_as_strided__default)
        return refuse(n, "changes the shape of a tensor in place");
    switch (n->op->id) {
    case TT_OP_aten_copy__default:
    case TT_OP_aten_fill__Scalar:
    case TT_OP_aten_fill__Tensor:
        TT_TRY(copied(p, n, self, &now));
        break;
    case TT_OP_aten_zero__default:
        now = tt_emit_op(&p->emit, TT_OP_aten_zeros_like_default, self, 1, n->args);
        if (now == NULL)
            return TTRT_ERR_MEMORY;
        break;
    default:
        TT_TRY(computed(p, n, self, &now));
        break;
    }
    return change(p, a, now);
}

/* squeeze_() and the like: from now on the name means a view of what it meant. */
static const tt_op *view_in_place(const tt_op *op)
{
    switch (op->id) {
    case TT_OP_aten_squeeze__default:
    case TT_OP_aten_squeeze__dim:
    case TT_OP_aten_squeeze__dims:
    case TT_OP_aten_unsqueeze__default:
    case TT_OP_aten_transpose__default:
    case TT_OP_aten_swapaxes__default:
    case TT_OP_aten_swapdims__default:
    case TT_OP_aten_t__default:
    case TT_OP_aten_detach__default:
        return op->id == TT_OP_aten_transpose__default ? tt_op_at(TT_OP_aten_transpose_int) : functional_op(op);
    default:
        return NULL;
    }
}

static ttrt_status rename_self(pass *p, tt_node *n, const tt_op *op, tt_value *named)
{
    tt_node *view;
    alias *parent = alias_of(named);

    if (parent->parent == NULL && tt_value_is_input(parent->now) && op->id != TT_OP_aten_detach_default)
        return refuse(n, "changes the shape of an input in place");
    TT_TRY(functional_node(p, n, op, n->outs[0], &view));
    tt_node_insert(p->g, view, p->emit.before);
    TT_TRY(new_view(p, view, 0, 0, parent));
    named->data = n->outs[0]->data = view->outs[0]->data;
    return TTRT_OK;
}

/* Statistics of training: the functional operator returns the new ones after its other results. */
static ttrt_status batch_norm(pass *p, tt_node *n, alias *mean, alias *var)
{
    bool plain = n->op->id == TT_OP_aten_batch_norm_default;
    const tt_op *op = plain ? tt_op_at(TT_OP_aten__native_batch_norm_legit_functional_default) : functional_op(n->op);
    tt_value *stats[2];
    tt_node *f;

    TT_TRY(current(p, mean, &stats[0]));
    TT_TRY(current(p, var, &stats[1]));
    TT_TRY(functional_node(p, n, op, n->outs[0], &f));
    for (size_t i = 1; i < op->n_outs; i++) {
        bool keeps = i + 2 >= op->n_outs, replaces = i < n->n_outs;
        const tt_value *like = keeps ? stats[i + 2 - op->n_outs] : replaces ? n->outs[i] : stats[0];
        f->outs[i] = tt_value_like(p->g, like, replaces ? n->outs[i]->name : f->outs[0]->name);
        if (f->outs[i] == NULL)
            return TTRT_ERR_MEMORY;
    }
    tt_node_insert(p->g, f, p->emit.before);
    for (size_t i = 0; i < f->n_outs; i++)
        TT_TRY(new_base(p, f->outs[i]));
    for (size_t i = 0; i < n->n_outs; i++)
        n->outs[i]->data = f->outs[i]->data;
    TT_TRY(change(p, mean, f->outs[op->n_outs - 2]));
    return change(p, var, f->outs[op->n_outs - 1]);
}

/* The statistics that a batch norm updates, though batch_norm's schema does not say so. */
static bool batch_norm_stats(const tt_node *n, alias **mean, alias **var)
{
    bool plain = n->op->id == TT_OP_aten_batch_norm_default && tt_arg_bool(n, 5, false);
    if (!plain && n->op->id != TT_OP_aten__native_batch_norm_legit_default &&
        n->op->id != TT_OP_aten__batch_norm_with_update_default)
        return false;
    const tt_value *m = tt_arg_value(n, 3), *v = tt_arg_value(n, 4);
    *mean = m ? alias_of(m) : NULL;
    *var = v ? alias_of(v) : NULL;
    return m && v;
}

/* ---- the walk ---- */

static ttrt_status refresh(pass *p, tt_value **v)
{
    alias *a = *v ? alias_of(*v) : NULL;
    return a ? current(p, a, v) : TTRT_OK;
}

static ttrt_status refresh_arg(pass *p, tt_arg *a)
{
    if (a->kind == TT_ARG_VALUE)
        return refresh(p, &a->value);
    for (size_t i = 0; a->kind == TT_ARG_VALUES && i < a->n; i++)
        TT_TRY(refresh(p, &a->values[i]));
    return TTRT_OK;
}

static ttrt_status refresh_args(pass *p, tt_node *n)
{
    for (size_t i = 0; i < n->n_args; i++)
        TT_TRY(refresh_arg(p, &n->args[i]));
    return TTRT_OK;
}

static ttrt_status visit_in_place(pass *p, tt_node *n)
{
    tt_value *named = n->n_args > 0 ? tt_arg_value(n, 0) : NULL;
    const tt_op *renamed = view_in_place(n->op);

    if (named == NULL || named->kind != TT_VALUE_TENSOR || !n->op->args[0].writes || n->n_outs != 1)
        return refuse(n, "writes to its arguments in a way that has no functional form");
    alias *a = alias_of(named);
    TT_TRY(refresh_args(p, n));
    if (renamed != NULL) {
        TT_TRY(rename_self(p, n, renamed, named));
    } else {
        TT_TRY(write_self(p, n, a));
        n->outs[0]->data = a;
    }
    tt_node_remove(p->g, n);
    p->changes++;
    return TTRT_OK;
}

static ttrt_status visit(pass *p, tt_node *n)
{
    alias *mean, *var;

    p->emit.before = n;
    p->emit.origin = n;
    if (batch_norm_stats(n, &mean, &var)) {
        TT_TRY(refresh_args(p, n));
        TT_TRY(batch_norm(p, n, mean, var));
        tt_node_remove(p->g, n);
        p->changes++;
        return TTRT_OK;
    }
    if (n->op->id >= 0 && tt_op_is_inplace(n->op))
        return visit_in_place(p, n);
    /* What shares memory is told by the values as they were exported; their strides are still those. */
    int arg = tt_view_arg(n);
    tt_value *viewed = arg >= 0 ? tt_arg_value(n, (size_t)arg) : NULL;
    alias *parent = viewed ? alias_of(viewed) : NULL;
    TT_TRY(refresh_args(p, n));
    for (size_t i = 0; i < n->n_outs; i++) {
        if (n->outs[i]->kind != TT_VALUE_TENSOR)
            continue;
        TT_TRY(parent ? new_view(p, n, i, (size_t)arg, parent) : new_base(p, n->outs[i]));
    }
    return TTRT_OK;
}

/* ---- the signature ---- */

static bool has_mutation(const tt_graph *g, tt_output_kind kind, const char *target)
{
    for (size_t i = 0; i < g->n_outputs; i++)
        if (g->outputs[i].kind == kind && strcmp(g->outputs[i].target, target) == 0)
            return true;
    return false;
}

/* Another input whose bytes lie in the same storage would not see the change. */
static const tt_graph_input *twin(const tt_graph *g, const tt_graph_input *in)
{
    const tt_weight *w = in->value->weight;
    for (size_t i = 0; w && w->data && i < g->n_inputs; i++) {
        const tt_graph_input *other = &g->inputs[i];
        if (other != in && other->value && other->value->weight && other->value->weight->data == w->data)
            return other;
    }
    return NULL;
}

static ttrt_status fail_input(const tt_graph_input *in, const char *why)
{
    return tt_fail(TTRT_ERR_UNSUPPORTED, "the program changes '%s' in place, %s", in->target ? in->target : in->name,
                   why);
}

static ttrt_status mutation_of(const tt_graph *g, const tt_graph_input *in, tt_value *now, tt_graph_output *out)
{
    static const tt_output_kind kinds[] = {[TT_INPUT_USER] = TT_OUTPUT_INPUT_MUTATION,
                                           [TT_INPUT_PARAM] = TT_OUTPUT_PARAM_MUTATION,
                                           [TT_INPUT_BUFFER] = TT_OUTPUT_BUFFER_MUTATION};
    if (g->parent)
        return fail_input(in, "which is an input of a sub-graph");
    if (in->kind == TT_INPUT_CONSTANT)
        return fail_input(in, "which is a constant of the program");
    const tt_graph_input *other = twin(g, in);
    if (other != NULL)
        return tt_fail(TTRT_ERR_UNSUPPORTED, "the program changes '%s' in place, which shares its storage with '%s'",
                       in->target, other->target);
    *out = (tt_graph_output){.kind = kinds[in->kind],
                             .arg = tt_arg_of_value(now),
                             .target = in->kind == TT_INPUT_USER ? in->name : in->target};
    return TTRT_OK;
}

/* Mutations stand before the other outputs, those of buffers first, as PyTorch has it. */
static ttrt_status add_mutations(tt_graph *g)
{
    size_t n_before = g->n_outputs;

    for (int user = 0; user < 2; user++) {
        for (size_t i = 0; i < g->n_inputs; i++) {
            const tt_graph_input *in = &g->inputs[i];
            tt_graph_output out;
            if (in->value == NULL || in->value->kind != TT_VALUE_TENSOR || (in->kind == TT_INPUT_USER) != (user == 1))
                continue;
            const alias *a = alias_of(in->value);
            while (a->parent != NULL) /* detach_() gave the name to a view */
                a = a->parent;
            if (a->now == in->value)
                continue;
            TT_TRY(mutation_of(g, in, a->now, &out));
            if (!has_mutation(g, out.kind, out.target))
                TT_TRY(tt_graph_add_output(g, out));
        }
    }
    size_t n_new = g->n_outputs - n_before;
    if (n_new == 0)
        return TTRT_OK;
    tt_graph_output *moved = tt_arena_copy(g->arena, g->outputs, g->n_outputs * sizeof *moved);
    if (moved == NULL)
        return TTRT_ERR_MEMORY;
    memcpy(g->outputs, moved + n_before, n_new * sizeof *moved);
    memcpy(g->outputs + n_new, moved, n_before * sizeof *moved);
    return TTRT_OK;
}

/* Views that only changed memory was seen through. */
static void drop_unused_views(tt_graph *g)
{
    for (tt_node *n = g->last, *prev; n; n = prev) {
        const alias *a = n->n_outs > 0 && n->outs[0]->kind == TT_VALUE_TENSOR ? alias_of(n->outs[0]) : NULL;
        bool used = a == NULL || a->parent == NULL || a->memory->changes == 0;
        prev = n->prev;
        for (size_t i = 0; i < n->n_outs && !used; i++)
            used = tt_value_uses(g, n->outs[i]) > 0;
        if (!used)
            tt_node_remove(g, n);
    }
}

static ttrt_status functionalize(tt_graph *g, size_t *changes)
{
    pass p = {.g = g, .emit = {.g = g}};

    for (size_t i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].value && g->inputs[i].value->kind == TT_VALUE_TENSOR)
            TT_TRY(new_base(&p, g->inputs[i].value));
    TT_EACH_NODE (g, n)
        TT_TRY(visit(&p, n));
    if (p.changes > 0) {
        p.emit.before = NULL;
        for (size_t i = 0; i < g->n_outputs; i++)
            TT_TRY(refresh_arg(&p, &g->outputs[i].arg));
        TT_TRY(add_mutations(g));
        drop_unused_views(g);
    }
    *changes += p.changes;
    return TTRT_OK;
}

ttrt_status tt_pass_functionalize(tt_graph *g, tt_pass_stats *stats)
{
    ttrt_status status = functionalize(g, &stats->changes);
    tt_graph_clear_data(g);
    return status;
}
