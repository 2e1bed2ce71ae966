/* Dimensions as text; dim_parse.c reads it back. */
#include "graph/dim_impl.h"

/* Binding strength, as in Python. */
enum { P_OR = 1, P_AND, P_NOT, P_COMPARE, P_SUM, P_PRODUCT, P_NEGATIVE, P_POWER, P_ATOM };

static void print(tt_str *s, const tt_expr *e, int outer);

static const tt_expr *scale_of(const tt_expr *e)
{
    const tt_expr *last = e->kind == TT_EXPR_MUL ? e->args[e->n_args - 1] : NULL;
    return last && last->kind == TT_EXPR_CONST ? last : NULL;
}

/* |coef|*a*b; the sign is the sum's. */
static void print_product(tt_str *s, const tt_expr *e)
{
    const tt_expr *scale = scale_of(e);
    uint64_t size = !scale ? 1 : scale->value < 0 ? 0 - (uint64_t)scale->value : (uint64_t)scale->value;
    size_t n = e->n_args - (scale != NULL);
    if (size != 1)
        tt_str_addf(s, "%llu*", (unsigned long long)size);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            tt_str_add(s, "*");
        print(s, e->args[i], P_PRODUCT + 1);
    }
}

static void print_term(tt_str *s, const tt_expr *e, bool first)
{
    const tt_expr *scale = scale_of(e);
    bool negative = (e->kind == TT_EXPR_CONST && e->value < 0) || (scale && scale->value < 0);
    if (first)
        tt_str_add(s, negative ? "-" : "");
    else
        tt_str_add(s, negative ? " - " : " + ");
    if (e->kind == TT_EXPR_CONST)
        tt_str_addf(s, "%llu", (unsigned long long)(e->value < 0 ? 0 - (uint64_t)e->value : (uint64_t)e->value));
    else if (e->kind == TT_EXPR_MUL)
        print_product(s, e);
    else
        print(s, e, P_SUM + 1);
}

static void print_infix(tt_str *s, const tt_expr *e, const char *sign, int left, int right)
{
    for (size_t i = 0; i < e->n_args; i++) {
        if (i > 0)
            tt_str_add(s, sign);
        print(s, e->args[i], i > 0 ? right : left);
    }
}

static void print_call(tt_str *s, const tt_expr *e, const char *name)
{
    tt_str_addf(s, "%s(", name);
    print_infix(s, e, ", ", 0, 0);
    tt_str_add(s, ")");
}

static int strength(const tt_expr *e)
{
    switch (e->kind) {
    case TT_EXPR_OR:
        return P_OR;
    case TT_EXPR_AND:
        return P_AND;
    case TT_EXPR_NOT:
        return P_NOT;
    case TT_EXPR_EQ:
    case TT_EXPR_NE:
    case TT_EXPR_LT:
    case TT_EXPR_LE:
        return P_COMPARE;
    case TT_EXPR_ADD:
        return P_SUM;
    case TT_EXPR_MUL:
        return scale_of(e) && scale_of(e)->value < 0 ? P_SUM : P_PRODUCT;
    case TT_EXPR_FLOORDIV:
    case TT_EXPR_MOD:
        return P_PRODUCT;
    case TT_EXPR_POW:
        return P_POWER;
    case TT_EXPR_CONST:
        return e->value < 0 ? P_SUM : P_ATOM;
    default:
        return P_ATOM;
    }
}

static void print_inner(tt_str *s, const tt_expr *e)
{
    switch (e->kind) {
    case TT_EXPR_SYMBOL:
        tt_str_add(s, e->symbol->name);
        break;
    case TT_EXPR_CONST:
    case TT_EXPR_MUL:
        print_term(s, e, true);
        break;
    case TT_EXPR_ADD:
        for (size_t i = 0; i < e->n_args; i++)
            print_term(s, e->args[i], i == 0);
        break;
    case TT_EXPR_FLOORDIV:
        print_infix(s, e, "//", P_PRODUCT, P_PRODUCT + 1);
        break;
    case TT_EXPR_MOD:
        print_infix(s, e, " % ", P_PRODUCT, P_PRODUCT + 1);
        break;
    case TT_EXPR_POW:
        print_infix(s, e, "**", P_ATOM, P_ATOM);
        break;
    case TT_EXPR_MAX:
        print_call(s, e, "max");
        break;
    case TT_EXPR_MIN:
        print_call(s, e, "min");
        break;
    case TT_EXPR_SELECT:
        print_call(s, e, "select");
        break;
    case TT_EXPR_SCALED:
        print_call(s, e, "scaled");
        break;
    case TT_EXPR_EQ:
        print_infix(s, e, " == ", P_SUM, P_SUM);
        break;
    case TT_EXPR_NE:
        print_infix(s, e, " != ", P_SUM, P_SUM);
        break;
    case TT_EXPR_LT:
        print_infix(s, e, " < ", P_SUM, P_SUM);
        break;
    case TT_EXPR_LE:
        print_infix(s, e, " <= ", P_SUM, P_SUM);
        break;
    case TT_EXPR_AND:
        print_infix(s, e, " and ", P_NOT, P_NOT);
        break;
    case TT_EXPR_OR:
        print_infix(s, e, " or ", P_AND, P_AND);
        break;
    case TT_EXPR_NOT:
        tt_str_add(s, "not ");
        print(s, e->args[0], P_NOT);
        break;
    }
}

static void print(tt_str *s, const tt_expr *e, int outer)
{
    bool brackets = strength(e) < outer;
    tt_str_add(s, brackets ? "(" : "");
    print_inner(s, e);
    tt_str_add(s, brackets ? ")" : "");
}

void tt_dim_print(tt_str *s, tt_dim d)
{
    if (d.expr)
        print(s, d.expr, 0);
    else
        tt_str_addf(s, "%lld", (long long)d.value);
}
