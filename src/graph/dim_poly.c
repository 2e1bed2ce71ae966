/* Polynomials: how sums and products of dimensions get their one form, and exact division. */
#include "graph/dim_impl.h"

#include <stdlib.h>
#include <string.h>

/* Graded, then lexicographic; compatible with multiplication, as division needs. The greater monomial stands first. */
static int compare_monomials(const tt_term *a, const tt_term *b)
{
    if (a->n_factors != b->n_factors)
        return a->n_factors > b->n_factors ? -1 : 1;
    for (size_t i = 0; i < a->n_factors; i++) {
        int order = tt_expr_compare(a->factors[i], b->factors[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static int compare_for_qsort(const void *a, const void *b) { return compare_monomials(a, b); }

void tt_poly_sort(tt_poly *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->terms[i].coef != 0)
            p->terms[n++] = p->terms[i];
    p->n = n;
    if (n > 1)
        qsort(p->terms, n, sizeof *p->terms, compare_for_qsort);
}

static bool same_monomial(const tt_term *term, const tt_expr *const *factors, size_t n_factors)
{
    return term->n_factors == n_factors &&
           (n_factors == 0 || memcmp(term->factors, factors, n_factors * sizeof *factors) == 0);
}

bool tt_poly_add_term(tt_dims *t, tt_poly *p, int64_t coef, const tt_expr *const *factors, size_t n_factors)
{
    for (size_t i = 0; i < p->n; i++) {
        if (!same_monomial(&p->terms[i], factors, n_factors))
            continue;
        if (__builtin_add_overflow(p->terms[i].coef, coef, &p->terms[i].coef)) {
            tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a coefficient of a symbolic dimension exceeds 64 bits");
            return false;
        }
        return true;
    }
    if (p->n == TT_DIM_MAX_TERMS || n_factors > TT_DIM_MAX_FACTORS) {
        tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a symbolic dimension has more than %d terms or %d factors",
                     TT_DIM_MAX_TERMS, TT_DIM_MAX_FACTORS);
        return false;
    }
    if (tt_arena_grow(t->scratch, &p->terms, &p->cap, p->n, sizeof *p->terms)) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return false;
    }
    p->terms[p->n++] = (tt_term){coef, n_factors, factors};
    return true;
}

static bool add_expr_term(tt_dims *t, tt_poly *p, const tt_expr *e)
{
    if (e->kind == TT_EXPR_CONST)
        return tt_poly_add_term(t, p, e->value, NULL, 0);
    if (e->kind == TT_EXPR_MUL) {
        const tt_expr *last = e->args[e->n_args - 1];
        bool scaled = last->kind == TT_EXPR_CONST;
        return tt_poly_add_term(t, p, scaled ? last->value : 1, e->args, e->n_args - scaled);
    }
    const tt_expr **slot = tt_arena_alloc(t->scratch, sizeof *slot);
    if (slot == NULL) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return false;
    }
    *slot = e;
    return tt_poly_add_term(t, p, 1, slot, 1);
}

bool tt_poly_of(tt_dims *t, tt_dim d, tt_poly *out)
{
    *out = (tt_poly){0};
    if (d.expr == NULL)
        return d.value == 0 || tt_poly_add_term(t, out, d.value, NULL, 0);
    if (d.expr->kind != TT_EXPR_ADD)
        return add_expr_term(t, out, d.expr);
    for (size_t i = 0; i < d.expr->n_args; i++)
        if (!add_expr_term(t, out, d.expr->args[i]))
            return false;
    return true; /* the table keeps sums sorted */
}

static const tt_expr *term_expr(tt_dims *t, const tt_term *term)
{
    const tt_expr *factors[TT_DIM_MAX_FACTORS + 1];
    size_t n = term->n_factors;
    if (n == 0)
        return tt_dim_expr(t, tt_dim_const(term->coef));
    memcpy(factors, term->factors, n * sizeof *factors);
    if (term->coef != 1)
        factors[n++] = tt_dim_expr(t, tt_dim_const(term->coef));
    return n == 1 ? factors[0] : tt_expr_intern(t, TT_EXPR_MUL, 0, NULL, factors, n);
}

tt_dim tt_poly_dim(tt_dims *t, tt_poly *p)
{
    tt_poly_sort(p);
    if (p->n == 0)
        return tt_dim_const(0);
    if (p->n == 1)
        return p->terms[0].n_factors == 0 ? tt_dim_const(p->terms[0].coef) : tt_dim_of_expr(term_expr(t, &p->terms[0]));
    const tt_expr *terms[TT_DIM_MAX_TERMS];
    for (size_t i = 0; i < p->n; i++)
        terms[i] = term_expr(t, &p->terms[i]);
    return tt_dim_of_expr(tt_expr_intern(t, TT_EXPR_ADD, 0, NULL, terms, p->n));
}

bool tt_term_divide(tt_dims *t, const tt_term *m, const tt_term *d, tt_term *out)
{
    if (d->n_factors > m->n_factors || d->coef == 0 || (d->coef == -1 && m->coef == INT64_MIN) ||
        m->coef % d->coef != 0)
        return false;
    size_t n = m->n_factors - d->n_factors, at = 0, k = 0;
    const tt_expr **rest = tt_arena_array(t->scratch, n + 1, sizeof *rest);
    if (rest == NULL) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return false;
    }
    for (size_t i = 0; i < m->n_factors; i++) {
        if (at < d->n_factors && m->factors[i] == d->factors[at])
            at++;
        else if (k == n)
            return false;
        else
            rest[k++] = m->factors[i];
    }
    *out = (tt_term){m->coef / d->coef, n, rest};
    return true;
}

/* p += scale * a * b for one term each. */
static bool add_product(tt_dims *t, tt_poly *p, int64_t scale, const tt_term *a, const tt_term *b)
{
    int64_t coef;
    if (__builtin_mul_overflow(a->coef, b->coef, &coef) || __builtin_mul_overflow(coef, scale, &coef)) {
        tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a coefficient of a symbolic dimension exceeds 64 bits");
        return false;
    }
    size_t n = a->n_factors + b->n_factors, i = 0, j = 0, k = 0;
    const tt_expr **factors = tt_arena_array(t->scratch, n + 1, sizeof *factors);
    if (factors == NULL) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return false;
    }
    while (i < a->n_factors || j < b->n_factors) {
        bool first = j == b->n_factors || (i < a->n_factors && tt_expr_compare(a->factors[i], b->factors[j]) <= 0);
        factors[k++] = first ? a->factors[i++] : b->factors[j++];
    }
    return tt_poly_add_term(t, p, coef, factors, n);
}

bool tt_poly_divide_exact(tt_dims *t, const tt_poly *a, const tt_poly *b, tt_poly *quotient)
{
    *quotient = (tt_poly){0};
    tt_poly rest = {0};
    for (size_t i = 0; i < a->n; i++)
        if (!tt_poly_add_term(t, &rest, a->terms[i].coef, a->terms[i].factors, a->terms[i].n_factors))
            return false;
    for (tt_poly_sort(&rest); rest.n > 0; tt_poly_sort(&rest)) {
        tt_term q;
        if (b->n == 0 || !tt_term_divide(t, &rest.terms[0], &b->terms[0], &q) ||
            !tt_poly_add_term(t, quotient, q.coef, q.factors, q.n_factors))
            return false;
        for (size_t i = 0; i < b->n; i++)
            if (!add_product(t, &rest, -1, &q, &b->terms[i]))
                return false;
    }
    return true;
}

static tt_dim combine(tt_dims *t, tt_dim a, tt_dim b, int64_t scale)
{
    tt_poly p, q;
    tt_dim out = tt_dim_const(0);
    static const tt_term one = {1, 0, NULL};

    if (!tt_dims_scratch_begin(t))
        return out;
    bool ok = tt_poly_of(t, a, &p) && tt_poly_of(t, b, &q);
    for (size_t i = 0; ok && i < q.n; i++)
        ok = add_product(t, &p, scale, &q.terms[i], &one);
    if (ok)
        out = tt_poly_dim(t, &p);
    tt_dims_scratch_end(t);
    return out;
}

tt_dim tt_dim_add(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t sum;
    if (tt_dim_is(b, 0) || tt_dim_is(a, 0))
        return tt_dim_is(b, 0) ? a : b;
    if (a.expr || b.expr)
        return combine(t, a, b, 1);
    if (__builtin_add_overflow(a.value, b.value, &sum))
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "%lld + %lld exceeds 64 bits", (long long)a.value,
                            (long long)b.value);
    return tt_dim_const(sum);
}

tt_dim tt_dim_sub(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t difference;
    if (tt_dim_is(b, 0))
        return a;
    if (a.expr || b.expr)
        return combine(t, a, b, -1);
    if (__builtin_sub_overflow(a.value, b.value, &difference))
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "%lld - %lld exceeds 64 bits", (long long)a.value,
                            (long long)b.value);
    return tt_dim_const(difference);
}

tt_dim tt_dim_mul(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t product;
    tt_poly p, q, r = {0};
    tt_dim out = tt_dim_const(0);

    if (tt_dim_is(a, 0) || tt_dim_is(b, 0))
        return out;
    if (tt_dim_is(a, 1) || tt_dim_is(b, 1))
        return tt_dim_is(a, 1) ? b : a;
    if (!a.expr && !b.expr) {
        if (__builtin_mul_overflow(a.value, b.value, &product))
            return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "%lld * %lld exceeds 64 bits", (long long)a.value,
                                (long long)b.value);
        return tt_dim_const(product);
    }
    if (!tt_dims_scratch_begin(t))
        return out;
    bool ok = tt_poly_of(t, a, &p) && tt_poly_of(t, b, &q);
    for (size_t i = 0; ok && i < p.n; i++)
        for (size_t j = 0; ok && j < q.n; j++)
            ok = add_product(t, &r, 1, &p.terms[i], &q.terms[j]);
    if (ok)
        out = tt_poly_dim(t, &r);
    tt_dims_scratch_end(t);
    return out;
}

tt_dim tt_dim_product(tt_dims *t, const tt_dim *dims, size_t n)
{
    tt_dim out = tt_dim_const(1);
    for (size_t i = 0; i < n; i++)
        out = tt_dim_mul(t, out, dims[i]);
    return out;
}

bool tt_dim_divide_exact(tt_dims *t, tt_dim a, tt_dim b, tt_dim *out)
{
    tt_poly p, q, quotient;
    ttrt_status before = t->status;

    if (tt_dim_is(b, 0))
        return false;
    if (!a.expr && !b.expr) {
        if ((b.value == -1 && a.value == INT64_MIN) || a.value % b.value != 0)
            return false;
        *out = tt_dim_const(a.value / b.value);
        return true;
    }
    if (!tt_dims_scratch_begin(t))
        return false;
    bool exact = tt_poly_of(t, a, &p) && tt_poly_of(t, b, &q) && tt_poly_divide_exact(t, &p, &q, &quotient);
    if (exact)
        *out = tt_poly_dim(t, &quotient);
    else if (before == TTRT_OK && t->status == TTRT_ERR_UNSUPPORTED)
        t->status = TTRT_OK; /* a quotient whose coefficients overflow is no exact one; the operands are well */
    tt_dims_scratch_end(t);
    return exact;
}
