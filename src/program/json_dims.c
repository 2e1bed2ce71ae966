/* Symbolic integers on their way to JSON: as sympy's srepr, and as the name of a node that computes them. */
#include "program/pt2_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- srepr ---- */

static void srepr(tt_str *s, const tt_expr *e);

static void srepr_call(tt_str *s, const char *name, const tt_expr *e)
{
    tt_str_addf(s, "%s(", name);
    for (size_t i = 0; i < e->n_args; i++) {
        tt_str_add(s, i > 0 ? ", " : "");
        srepr(s, e->args[i]);
    }
    tt_str_add(s, ")");
}

/* PyTorch's Mod asks for operands that are not negative. */
static const char *mod_name(const tt_expr *e)
{
    int64_t low, high, divisor_low, divisor_high;
    tt_dim_range((tt_dim){.expr = e->args[0]}, &low, &high);
    if (e->args[1]->kind == TT_EXPR_CONST)
        divisor_low = e->args[1]->value;
    else
        tt_dim_range((tt_dim){.expr = e->args[1]}, &divisor_low, &divisor_high);
    return low >= 0 && divisor_low > 0 ? "Mod" : "PythonMod";
}

static void srepr_select(tt_str *s, const tt_expr *e)
{
    tt_str_add(s, "Piecewise(ExprCondPair(");
    srepr(s, e->args[1]);
    tt_str_add(s, ", ");
    srepr(s, e->args[0]);
    tt_str_add(s, "), ExprCondPair(");
    srepr(s, e->args[2]);
    tt_str_add(s, ", true))");
}

/* The factor's digits read back as the same double. */
static void srepr_scaled(tt_str *s, const tt_expr *e)
{
    static const char *const names[] = {
        [TT_ROUND_ZERO] = "TruncToInt", [TT_ROUND_DOWN] = "FloorToInt", [TT_ROUND_UP] = "CeilToInt"};
    double factor = ldexp((double)e->args[1]->value, (int)-e->args[2]->value);
    tt_str_addf(s, "%s(Mul(Float('%.17g', precision=53), ToFloat(", names[e->n_args == 4 ? e->args[3]->value : 0],
                factor);
    srepr(s, e->args[0]);
    tt_str_add(s, ")))");
}

static void srepr(tt_str *s, const tt_expr *e)
{
    static const char *const names[] = {
        [TT_EXPR_ADD] = "Add",     [TT_EXPR_MUL] = "Mul",       [TT_EXPR_FLOORDIV] = "FloorDiv",
        [TT_EXPR_MAX] = "Max",     [TT_EXPR_MIN] = "Min",       [TT_EXPR_POW] = "PowByNatural",
        [TT_EXPR_EQ] = "Equality", [TT_EXPR_NE] = "Unequality", [TT_EXPR_LT] = "StrictLessThan",
        [TT_EXPR_LE] = "LessThan", [TT_EXPR_AND] = "And",       [TT_EXPR_OR] = "Or",
        [TT_EXPR_NOT] = "Not",
    };
    switch (e->kind) {
    case TT_EXPR_SYMBOL:
        tt_str_addf(s, "Symbol('%s', %sinteger=True)", e->symbol->name,
                    !e->symbol->unbacked && e->symbol->min > 0 ? "positive=True, " : "");
        break;
    case TT_EXPR_CONST:
        tt_str_addf(s, "Integer(%lld)", (long long)e->value);
        break;
    case TT_EXPR_MOD:
        srepr_call(s, mod_name(e), e);
        break;
    case TT_EXPR_SELECT:
        srepr_select(s, e);
        break;
    case TT_EXPR_SCALED:
        srepr_scaled(s, e);
        break;
    default:
        srepr_call(s, names[e->kind], e);
        break;
    }
}

json_t *tt_pt2_dim_json(tt_pt2_writer *w, tt_dim d, bool truth)
{
    tt_str text = {0};
    int64_t hint;

    if (d.expr == NULL)
        return tt_pt2_one(w, truth ? "as_bool" : "as_int", truth ? json_boolean(d.value != 0) : json_integer(d.value));
    srepr(&text, d.expr);
    json_t *expr = json_object();
    tt_pt2_set(w, expr, "expr_str", text.failed ? NULL : json_string(tt_str_text(&text)));
    tt_str_dispose(&text);
    bool known = !truth && tt_dim_eval(d, w->hints, &hint);
    tt_pt2_set(w, expr, "hint", known ? tt_pt2_one(w, "as_int", json_integer(hint)) : json_null());
    return tt_pt2_one(w, "as_expr", expr);
}

/* ---- nodes that compute ---- */

static ttrt_status add_known(tt_pt2_writer *w, struct tt_pt2_known known)
{
    TT_TRY(tt_arena_grow(w->arena, &w->known, &w->cap_known, w->n_known, sizeof *w->known));
    w->known[w->n_known++] = known;
    return TTRT_OK;
}

void tt_pt2_know(tt_pt2_writer *w, const tt_value *v)
{
    bool number = v->kind == TT_VALUE_INT || v->kind == TT_VALUE_BOOL;
    if (w->status == TTRT_OK && (v->kind == TT_VALUE_TENSOR || (number && v->dim.expr)))
        w->status = add_known(w, (struct tt_pt2_known){number ? NULL : v, number ? v->dim.expr : NULL, v->name});
}

const char *tt_pt2_fresh_name(tt_pt2_writer *w, const char *base)
{
    for (size_t i = 1;; i++) {
        char *name = tt_arena_printf(w->arena, "%s_%zu", base, i);
        if (name != NULL && tt_map_has(w->names, name))
            continue;
        w->status = name ? tt_map_put(w->names, name, name) : TTRT_ERR_MEMORY;
        return w->status == TTRT_OK ? name : NULL;
    }
}

static json_t *named_arg(tt_pt2_writer *w, const char *name, json_t *arg)
{
    json_t *object = json_object();
    tt_pt2_set(w, object, "name", json_string(name));
    tt_pt2_set(w, object, "arg", arg);
    tt_pt2_set(w, object, "kind", json_integer(1));
    return object;
}

/* A node of one number. `inputs` is taken over. */
static const char *add_node(tt_pt2_writer *w, const char *target, json_t *inputs, tt_dim value)
{
    const char *name = tt_pt2_fresh_name(w, "computed_size");
    json_t *node = json_object(), *outputs = json_array();
    bool truth = value.expr && value.expr->kind >= TT_EXPR_EQ && value.expr->kind <= TT_EXPR_NOT;

    if (name == NULL) {
        json_decref(inputs);
        json_decref(node);
        json_decref(outputs);
        return NULL;
    }
    tt_pt2_push(w, outputs,
                tt_pt2_one(w, truth ? "as_sym_bool" : "as_sym_int", tt_pt2_one(w, "as_name", json_string(name))));
    tt_pt2_set(w, node, "target", json_string(target));
    tt_pt2_set(w, node, "inputs", inputs);
    tt_pt2_set(w, node, "outputs", outputs);
    tt_pt2_set(w, node, "metadata", json_object());
    tt_pt2_set(w, node, "is_hop_single_tensor_return", json_null());
    tt_pt2_set(w, node, "name", json_string(name));
    tt_pt2_push(w, w->nodes, node);
    tt_pt2_set(w, truth ? w->sym_bools : w->sym_ints, name, tt_pt2_dim_json(w, value, truth));
    if (value.expr && w->status == TTRT_OK)
        w->status = add_known(w, (struct tt_pt2_known){NULL, value.expr, name});
    return w->status == TTRT_OK ? name : NULL;
}

static json_t *operand(tt_pt2_writer *w, tt_dim d)
{
    if (d.expr == NULL)
        return tt_pt2_one(w, "as_int", json_integer(d.value));
    const char *name = tt_pt2_dim_name(w, d.expr);
    bool truth = d.expr->kind >= TT_EXPR_EQ && d.expr->kind <= TT_EXPR_NOT;
    return tt_pt2_one(w, truth ? "as_sym_bool" : "as_sym_int",
                      tt_pt2_one(w, "as_name", name ? json_string(name) : NULL));
}

static const char *add_call(tt_pt2_writer *w, const char *target, const tt_dim *args, size_t n, tt_dim value)
{
    static const char *const names[] = {"a", "b", "c"};
    json_t *inputs = json_array();
    for (size_t i = 0; i < n; i++)
        tt_pt2_push(w, inputs, named_arg(w, names[i], operand(w, args[i])));
    return add_node(w, target, inputs, value);
}

static const char *add_size(tt_pt2_writer *w, const tt_value *tensor, size_t dim)
{
    json_t *inputs = json_array();
    tt_pt2_push(w, inputs,
                named_arg(w, "self", tt_pt2_one(w, "as_tensor", tt_pt2_one(w, "name", json_string(tensor->name)))));
    tt_pt2_push(w, inputs, named_arg(w, "dim", tt_pt2_one(w, "as_int", json_integer((json_int_t)dim))));
    return add_node(w, "torch.ops.aten.sym_size.int", inputs, tensor->dims[dim]);
}

/* d = k * symbol + c with constants k > 0 and c. */
static bool is_linear(tt_dims *t, tt_dim d, tt_dim symbol, tt_dim *k, tt_dim *c)
{
    const tt_expr *e = d.expr, *term = e;
    *c = tt_dim_const(0);
    if (e->kind == TT_EXPR_ADD && e->n_args == 2 && e->args[1]->kind == TT_EXPR_CONST) {
        *c = tt_dim_const(e->args[1]->value);
        term = e->args[0];
    }
    return tt_dim_divide_exact(t, (tt_dim){.expr = term}, symbol, k) && !k->expr && k->value > 0;
}

/* A symbol is some tensor's size, or follows from one: s0 = (size - c) // k. */
static const char *symbol_name(tt_pt2_writer *w, const tt_expr *e)
{
    tt_dim symbol = {.expr = e}, k, c;

    for (size_t i = 0; i < w->n_known; i++)
        for (size_t d = 0; w->known[i].value && d < w->known[i].value->rank; d++)
            if (w->known[i].value->dims[d].expr == e)
                return add_size(w, w->known[i].value, d);
    for (size_t i = 0; i < w->n_known; i++) {
        const tt_value *v = w->known[i].value;
        for (size_t d = 0; v && d < v->rank; d++) {
            if (!v->dims[d].expr || !is_linear(w->g->dims, v->dims[d], symbol, &k, &c))
                continue;
            if (add_size(w, v, d) == NULL)
                return NULL;
            tt_dim multiple = tt_dim_sub(w->g->dims, v->dims[d], c);
            if (!tt_dim_is(c, 0) && add_call(w, "_operator.sub", (tt_dim[]){v->dims[d], c}, 2, multiple) == NULL)
                return NULL;
            return add_call(w, "_operator.floordiv", (tt_dim[]){multiple, k}, 2, symbol);
        }
    }
    if (w->status == TTRT_OK)
        w->status = tt_fail(TTRT_ERR_UNSUPPORTED, "no tensor's size gives the value of the symbol %s", e->symbol->name);
    return NULL;
}

static const char *const TARGETS[] = {
    [TT_EXPR_ADD] = "_operator.add", [TT_EXPR_MUL] = "_operator.mul", [TT_EXPR_FLOORDIV] = "_operator.floordiv",
    [TT_EXPR_MOD] = "_operator.mod", [TT_EXPR_MAX] = "torch.sym_max", [TT_EXPR_MIN] = "torch.sym_min",
    [TT_EXPR_POW] = "_operator.pow", [TT_EXPR_EQ] = "_operator.eq",   [TT_EXPR_NE] = "_operator.ne",
    [TT_EXPR_LT] = "_operator.lt",   [TT_EXPR_LE] = "_operator.le",   [TT_EXPR_AND] = "_operator.and_",
    [TT_EXPR_OR] = "_operator.or_",  [TT_EXPR_NOT] = "torch.sym_not", [TT_EXPR_SELECT] = "torch.sym_ite",
};

static tt_dim dim_of(const tt_expr *e)
{
    return e->kind == TT_EXPR_CONST ? tt_dim_const(e->value) : (tt_dim){.expr = e};
}

const char *tt_pt2_dim_name(tt_pt2_writer *w, const tt_expr *e)
{
    for (size_t i = 0; i < w->n_known; i++)
        if (w->known[i].expr == e)
            return w->known[i].name;
    if (w->status != TTRT_OK)
        return NULL;
    if (e->kind == TT_EXPR_SYMBOL)
        return symbol_name(w, e);
    if (e->kind == TT_EXPR_SCALED) {
        w->status = tt_fail(TTRT_ERR_UNSUPPORTED, "no node computes a size that is scaled by a float");
        return NULL;
    }
    tt_dim first = dim_of(e->args[0]), last = dim_of(e->args[e->n_args - 1]), value = {.expr = e};
    if (e->kind == TT_EXPR_SELECT)
        return add_call(w, TARGETS[e->kind], (tt_dim[]){first, dim_of(e->args[1]), last}, 3, value);
    if (e->kind == TT_EXPR_NOT)
        return add_call(w, TARGETS[e->kind], &first, 1, value);
    /* n-ary ones two by two: all but the last, then the last. */
    for (size_t i = 1; i + 1 < e->n_args; i++)
        first = tt_dim_op(w->g->dims, e->kind, 2, (tt_dim[]){first, dim_of(e->args[i])});
    return add_call(w, TARGETS[e->kind], (tt_dim[]){first, last}, 2, value);
}
