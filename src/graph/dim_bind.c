/* Symbols get their values from the shapes at hand. Allocates nothing: it runs with every call of a program. */
#include "graph/dim_impl.h"

#include <stdio.h>

#include "base/checked.h"

typedef struct binder {
    const tt_dim_pair *pairs;
    size_t n;
    const char *(*label)(void *user, size_t i, char *buffer, size_t size);
    void *user;
    int64_t *values;
} binder;

/* One summand of a linear expression: a known value, or a multiple of the one unbound symbol. */
static bool add_summand(const tt_expr *e, const int64_t *values, const tt_symbol **unknown, int64_t *coef,
                        int64_t *rest)
{
    const tt_expr *atom = e, *scale = NULL;
    int64_t v;

    if (tt_dim_eval((tt_dim){.expr = e}, values, &v))
        return !__builtin_add_overflow(*rest, v, rest);
    if (e->kind == TT_EXPR_MUL && e->n_args == 2) {
        bool first = e->args[0]->kind == TT_EXPR_SYMBOL && values[e->args[0]->symbol->index] == TT_DIM_UNBOUND;
        atom = e->args[first ? 0 : 1];
        scale = e->args[first ? 1 : 0];
    }
    if (atom->kind != TT_EXPR_SYMBOL || (*unknown != NULL && *unknown != atom->symbol))
        return false;
    v = 1;
    if (scale != NULL && !tt_dim_eval((tt_dim){.expr = scale}, values, &v))
        return false;
    *unknown = atom->symbol;
    return !__builtin_add_overflow(*coef, v, coef);
}

/* coef * s + rest == actual */
static bool solve(const tt_expr *e, int64_t actual, int64_t *values)
{
    const tt_symbol *unknown = NULL;
    int64_t coef = 0, rest = 0, difference;
    size_t n = e->kind == TT_EXPR_ADD ? e->n_args : 1;

    for (size_t i = 0; i < n; i++)
        if (!add_summand(e->kind == TT_EXPR_ADD ? e->args[i] : e, values, &unknown, &coef, &rest))
            return false;
    if (unknown == NULL || coef == 0 || __builtin_sub_overflow(actual, rest, &difference) || difference == INT64_MIN ||
        difference % coef != 0)
        return false;
    values[unknown->index] = difference / coef;
    return true;
}

static void bind_all(const binder *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const tt_symbol *s;
        if (tt_dim_is_symbol(b->pairs[i].declared, &s) && b->values[s->index] == TT_DIM_UNBOUND)
            b->values[s->index] = b->pairs[i].actual;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < b->n; i++) {
            int64_t v;
            if (!tt_dim_is_const(b->pairs[i].declared) && !tt_dim_eval(b->pairs[i].declared, b->values, &v))
                more |= solve(b->pairs[i].declared.expr, b->pairs[i].actual, b->values);
        }
    }
}

static ttrt_status fail_mismatch(const binder *b, size_t i, int64_t wanted)
{
    char label[256];
    tt_str text = {0};

    tt_dim_print(&text, b->pairs[i].declared);
    const char *what = b->label(b->user, i, label, sizeof label);
    if (tt_dim_is_const(b->pairs[i].declared))
        tt_fail(TTRT_ERR_SHAPE, "%s is %lld, expected %lld", what, (long long)b->pairs[i].actual, (long long)wanted);
    else
        tt_fail(TTRT_ERR_SHAPE, "%s is %lld, expected %s = %lld", what, (long long)b->pairs[i].actual,
                tt_str_text(&text), (long long)wanted);
    tt_str_dispose(&text);
    return TTRT_ERR_SHAPE;
}

static ttrt_status fail_unsolved(const binder *b, size_t i)
{
    char label[256];
    tt_str text = {0};

    tt_dim_print(&text, b->pairs[i].declared);
    tt_fail(TTRT_ERR_SHAPE, "%s is %lld, from which %s cannot be solved", b->label(b->user, i, label, sizeof label),
            (long long)b->pairs[i].actual, tt_str_text(&text));
    tt_str_dispose(&text);
    return TTRT_ERR_SHAPE;
}

int64_t tt_symbol_least(const tt_symbol *s)
{
    return s->min == 2 && s->max == TT_DIM_NO_MAX && !s->unbacked ? 0 : s->min;
}

static ttrt_status check_range(const binder *b, const tt_symbol *s)
{
    int64_t v = b->values[s->index], least = tt_symbol_least(s);
    char label[256], range[64];

    if (v == TT_DIM_UNBOUND || (v >= least && v <= s->max))
        return TTRT_OK;
    if (s->max == TT_DIM_NO_MAX)
        snprintf(range, sizeof range, "at least %lld", (long long)least);
    else
        snprintf(range, sizeof range, "in [%lld, %lld]", (long long)least, (long long)s->max);
    for (size_t i = 0; i < b->n; i++) {
        if (tt_dim_mentions(b->pairs[i].declared, s)) {
            const char *what = b->label(b->user, i, label, sizeof label);
            return tt_fail(TTRT_ERR_SHAPE, "%s is %lld: %s = %lld, expected %s", what, (long long)b->pairs[i].actual,
                           s->name, (long long)v, range);
        }
    }
    return tt_fail(TTRT_ERR_SHAPE, "%s = %lld, expected %s", s->name, (long long)v, range);
}

static bool any_unbound(const tt_expr *e, const int64_t *values)
{
    if (e->kind == TT_EXPR_SYMBOL)
        return values[e->symbol->index] == TT_DIM_UNBOUND;
    for (size_t i = 0; i < e->n_args; i++)
        if (any_unbound(e->args[i], values))
            return true;
    return false;
}

static bool all_unbacked(const tt_expr *e, const int64_t *values)
{
    if (e->kind == TT_EXPR_SYMBOL)
        return values[e->symbol->index] != TT_DIM_UNBOUND || e->symbol->unbacked;
    for (size_t i = 0; i < e->n_args; i++)
        if (!all_unbacked(e->args[i], values))
            return false;
    return true;
}

static ttrt_status check_pair(const binder *b, size_t i)
{
    const tt_dim_pair *p = &b->pairs[i];
    int64_t v;

    if (tt_dim_eval(p->declared, b->values, &v))
        return v == p->actual ? TTRT_OK : fail_mismatch(b, i, v);
    /* A size that only the data will tell is not for the shapes to check. */
    if (any_unbound(p->declared.expr, b->values) && all_unbacked(p->declared.expr, b->values))
        return TTRT_OK;
    return fail_unsolved(b, i);
}

ttrt_status tt_dims_bind(const tt_dims *t, const tt_dim_pair *pairs, size_t n,
                         const char *(*label)(void *user, size_t i, char *buffer, size_t size), void *user,
                         int64_t *values)
{
    binder b = {pairs, n, label, user, values};

    for (size_t i = 0; i < t->n_symbols; i++)
        values[i] = TT_DIM_UNBOUND;
    bind_all(&b);
    for (size_t i = 0; i < n; i++)
        TT_TRY(check_pair(&b, i));
    for (size_t i = 0; i < t->n_symbols; i++)
        TT_TRY(check_range(&b, t->symbols[i]));
    return TTRT_OK;
}

/* ---- linear expressions ---- */

static void only_symbol(const tt_expr *e, tt_symbol **s, bool *one)
{
    if (e->kind == TT_EXPR_SYMBOL) {
        *one = *one && (*s == NULL || *s == e->symbol);
        *s = e->symbol;
    }
    for (size_t i = 0; i < e->n_args; i++)
        only_symbol(e->args[i], s, one);
}

bool tt_dim_linear(tt_dims *t, tt_dim d, tt_symbol **s, int64_t *a, int64_t *b)
{
    int64_t at_zero, at_one;
    bool one = true, linear = false;

    *s = NULL;
    if (tt_dim_is_const(d))
        return false;
    only_symbol(d.expr, s, &one);
    if (!*s || !one)
        return false;
    int64_t *values = tt_alloc(tt_dims_count(t) * sizeof *values);
    if (!values)
        return false;
    values[(*s)->index] = 0;
    linear = tt_dim_eval(d, values, &at_zero);
    values[(*s)->index] = 1;
    linear = linear && tt_dim_eval(d, values, &at_one) && tt_sub_i64(at_one, at_zero, a) && *a != 0;
    tt_free(values);
    if (!linear)
        return false;
    *b = at_zero;
    /* Two points make a line; canonical forms tell whether the expression is that line. */
    tt_dim line = tt_dim_add(t, tt_dim_mul(t, tt_dim_const(*a), tt_dim_symbol(t, (*s)->name)), tt_dim_const(*b));
    return tt_dims_status(t) == TTRT_OK && tt_dim_equal(line, d);
}
