/* Division, comparison and choice of dimensions, simplified as far as the symbols' ranges allow. */
#include "graph/dim_impl.h"

#include <math.h>
#include <string.h>

static tt_dim intern(tt_dims *t, tt_expr_kind kind, const tt_dim *args, size_t n)
{
    const tt_expr *exprs[4];
    for (size_t i = 0; i < n; i++)
        exprs[i] = tt_dim_expr(t, args[i]);
    return tt_dim_of_expr(tt_expr_intern(t, kind, 0, NULL, exprs, n));
}

static tt_dim intern2(tt_dims *t, tt_expr_kind kind, tt_dim a, tt_dim b)
{
    return intern(t, kind, (tt_dim[]){a, b}, 2);
}

static tt_dim negate(tt_dims *t, tt_dim a) { return tt_dim_sub(t, tt_dim_const(0), a); }

static uint64_t magnitude(int64_t v) { return v < 0 ? 0 - (uint64_t)v : (uint64_t)v; }

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Of the coefficients of all terms but the constant one. */
static uint64_t coefs_gcd(const tt_poly *p, uint64_t start)
{
    uint64_t g = start;
    for (size_t i = 0; i < p->n; i++)
        if (p->terms[i].n_factors > 0)
            g = gcd(g, magnitude(p->terms[i].coef));
    return g;
}

/* ---- division by a positive constant ---- */

/* (x // d + c) // b = (x + c*d) // (d*b); true where `p` has that form. */
static bool floordiv_nested(tt_dims *t, const tt_poly *p, int64_t b, tt_dim *out)
{
    const tt_term *first = &p->terms[0];
    int64_t c = p->n == 2 ? p->terms[1].coef : 0, shift, divisor;
    if (p->n == 0 || p->n > 2 || first->coef != 1 || first->n_factors != 1 || (p->n == 2 && p->terms[1].n_factors > 0))
        return false;
    const tt_expr *atom = first->factors[0];
    if (atom->kind != TT_EXPR_FLOORDIV || atom->args[1]->kind != TT_EXPR_CONST || atom->args[1]->value <= 0)
        return false;
    if (__builtin_mul_overflow(c, atom->args[1]->value, &shift) ||
        __builtin_mul_overflow(b, atom->args[1]->value, &divisor))
        return false;
    tt_dim x = tt_dim_add(t, tt_dim_of_expr(atom->args[0]), tt_dim_const(shift));
    *out = tt_dim_floordiv(t, x, tt_dim_const(divisor));
    return true;
}

/* Moves what `b` divides from `p` to `whole`: 5*s0 + 7 over 4 gives s0 + 1 and s0 + 3. */
static bool split_by(tt_dims *t, const tt_poly *p, int64_t b, tt_poly *whole, tt_poly *rest)
{
    *whole = *rest = (tt_poly){0};
    for (size_t i = 0; i < p->n; i++) {
        const tt_term *m = &p->terms[i];
        int64_t q = m->n_factors == 0 ? tt_floordiv_i64(m->coef, b) : m->coef / b;
        if ((q != 0 && !tt_poly_add_term(t, whole, q, m->factors, m->n_factors)) ||
            !tt_poly_add_term(t, rest, m->coef - q * b, m->factors, m->n_factors))
            return false;
    }
    tt_poly_sort(whole);
    tt_poly_sort(rest);
    return true;
}

/* Divides `p`'s terms by g, the constant one downwards. */
static bool shrink(tt_dims *t, const tt_poly *p, int64_t g, tt_poly *out)
{
    *out = (tt_poly){0};
    for (size_t i = 0; i < p->n; i++)
        if (!tt_poly_add_term(t, out, tt_floordiv_i64(p->terms[i].coef, g), p->terms[i].factors, p->terms[i].n_factors))
            return false;
    tt_poly_sort(out);
    return true;
}

static tt_dim floordiv_rest(tt_dims *t, tt_poly *rest, int64_t b)
{
    tt_poly small;
    int64_t g = (int64_t)coefs_gcd(rest, (uint64_t)b), min, max;
    if (g > 1) {
        if (!shrink(t, rest, g, &small))
            return tt_dim_const(0);
        rest = &small;
        b /= g;
    }
    tt_dim x = tt_poly_dim(t, rest), out;
    if (b == 1 || x.expr == NULL)
        return tt_dim_floordiv(t, x, tt_dim_const(b));
    tt_dim_range(x, &min, &max);
    if (min > INT64_MIN && max < INT64_MAX && tt_floordiv_i64(min, b) == tt_floordiv_i64(max, b))
        return tt_dim_const(tt_floordiv_i64(min, b));
    if (floordiv_nested(t, rest, b, &out))
        return out;
    return intern2(t, TT_EXPR_FLOORDIV, x, tt_dim_const(b));
}

static tt_dim floordiv_const(tt_dims *t, const tt_poly *p, int64_t b)
{
    tt_poly whole, rest;

    if (!split_by(t, p, b, &whole, &rest))
        return tt_dim_const(0);
    if (whole.n > 0) {
        tt_dim x = tt_dim_floordiv(t, tt_poly_dim(t, &rest), tt_dim_const(b));
        return tt_dim_add(t, tt_poly_dim(t, &whole), x);
    }
    if (rest.n > 0 && rest.terms[0].n_factors > 0 && rest.terms[0].coef < 0) {
        /* -x // b = -((x + b - 1) // b): one form for what rounds up. */
        tt_dim x = tt_dim_add(t, negate(t, tt_poly_dim(t, &rest)), tt_dim_const(b - 1));
        return negate(t, tt_dim_floordiv(t, x, tt_dim_const(b)));
    }
    return floordiv_rest(t, &rest, b);
}

/* ---- division by an expression ---- */

/* The greatest term that divides every term of `a` and of `b`. */
static tt_term common_term(tt_dims *t, const tt_poly *a, const tt_poly *b)
{
    const tt_poly *both[] = {a, b};
    uint64_t g = 0;
    size_t n = 0;
    const tt_expr **common = tt_arena_array(t->scratch, b->terms[0].n_factors + 1, sizeof *common);
    if (common == NULL) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return (tt_term){1, 0, NULL};
    }
    if (b->terms[0].n_factors > 0)
        memcpy(common, b->terms[0].factors, b->terms[0].n_factors * sizeof *common);
    n = b->terms[0].n_factors;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < both[k]->n; i++) {
            const tt_term *m = &both[k]->terms[i];
            size_t kept = 0, at = 0;
            for (size_t j = 0; j < n; j++) {
                while (at < m->n_factors && tt_expr_compare(m->factors[at], common[j]) < 0)
                    at++;
                if (at < m->n_factors && m->factors[at] == common[j]) {
                    common[kept++] = common[j];
                    at++;
                }
            }
            n = kept;
            g = gcd(g, magnitude(m->coef));
        }
    }
    return (tt_term){g <= INT64_MAX ? (int64_t)g : 1, n, common};
}

static bool divide_terms(tt_dims *t, const tt_poly *p, const tt_term *by, tt_poly *out)
{
    *out = (tt_poly){0};
    for (size_t i = 0; i < p->n; i++) {
        tt_term q;
        if (!tt_term_divide(t, &p->terms[i], by, &q) || !tt_poly_add_term(t, out, q.coef, q.factors, q.n_factors))
            return false;
    }
    return true;
}

/* Terms that the single term `b` divides go to `whole`, divided. */
static bool split_by_term(tt_dims *t, const tt_poly *p, const tt_term *b, tt_poly *whole, tt_poly *rest)
{
    *whole = *rest = (tt_poly){0};
    for (size_t i = 0; i < p->n; i++) {
        const tt_term *m = &p->terms[i];
        tt_term q;
        bool divides = tt_term_divide(t, m, b, &q);
        if (divides ? !tt_poly_add_term(t, whole, q.coef, q.factors, q.n_factors)
                    : !tt_poly_add_term(t, rest, m->coef, m->factors, m->n_factors))
            return false;
    }
    return true;
}

/* 0 <= a < b for all values of the symbols. */
static bool is_below(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t min, max;
    tt_dim_range(a, &min, &max);
    if (min < 0)
        return false;
    tt_dim_range(tt_dim_sub(t, b, a), &min, &max);
    return min > 0;
}

static tt_dim floordiv_poly(tt_dims *t, tt_dim a, tt_dim b, const tt_poly *p, const tt_poly *q)
{
    tt_poly x, y;
    tt_term common = common_term(t, p, q);

    if (common.coef > 1 || common.n_factors > 0) {
        if (!divide_terms(t, p, &common, &x) || !divide_terms(t, q, &common, &y))
            return tt_dim_const(0);
        return tt_dim_floordiv(t, tt_poly_dim(t, &x), tt_poly_dim(t, &y));
    }
    if (q->terms[0].coef < 0 && q->n == 1)
        return tt_dim_floordiv(t, negate(t, a), negate(t, b));
    if (q->n == 1) {
        if (!split_by_term(t, p, &q->terms[0], &x, &y))
            return tt_dim_const(0);
        if (x.n > 0)
            return tt_dim_add(t, tt_poly_dim(t, &x), tt_dim_floordiv(t, tt_poly_dim(t, &y), b));
    }
    if (is_below(t, a, b))
        return tt_dim_const(0);
    return intern2(t, TT_EXPR_FLOORDIV, a, b);
}

tt_dim tt_dim_floordiv(tt_dims *t, tt_dim a, tt_dim b)
{
    tt_poly p, q;
    tt_dim out = tt_dim_const(0);

    if (tt_dim_is(b, 0))
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "division of a dimension by 0");
    if (tt_dim_is(b, 1) || tt_dim_is(a, 0))
        return a;
    if (!b.expr && b.value < 0) {
        if (b.value == INT64_MIN)
            return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "division of a dimension by %lld", (long long)b.value);
        return tt_dim_floordiv(t, negate(t, a), tt_dim_const(-b.value));
    }
    if (!a.expr && !b.expr)
        return tt_dim_const(tt_floordiv_i64(a.value, b.value));
    if (tt_dim_divide_exact(t, a, b, &out) || !tt_dims_scratch_begin(t))
        return out;
    if (tt_poly_of(t, a, &p) && tt_poly_of(t, b, &q))
        out = b.expr ? floordiv_poly(t, a, b, &p, &q) : floordiv_const(t, &p, b.value);
    tt_dims_scratch_end(t);
    return out;
}

tt_dim tt_dim_ceildiv(tt_dims *t, tt_dim a, tt_dim b)
{
    if (!b.expr && b.value > 0)
        return tt_dim_floordiv(t, tt_dim_add(t, a, tt_dim_const(b.value - 1)), b);
    return negate(t, tt_dim_floordiv(t, negate(t, a), b));
}

/* ---- remainder ---- */

/* Coefficients modulo b, into [0, b); (x % d) with b | d becomes x. */
static bool mod_terms(tt_dims *t, const tt_poly *p, int64_t b, tt_poly *out, bool *again)
{
    *out = (tt_poly){0};
    *again = false;
    for (size_t i = 0; i < p->n; i++) {
        const tt_term *m = &p->terms[i];
        int64_t c = m->coef % b;
        c += c < 0 ? b : 0;
        const tt_expr *atom = m->n_factors == 1 ? m->factors[0] : NULL;
        if (atom && atom->kind == TT_EXPR_MOD && atom->args[1]->kind == TT_EXPR_CONST &&
            atom->args[1]->value % b == 0) {
            tt_dim inner = tt_dim_mul(t, tt_dim_of_expr(atom->args[0]), tt_dim_const(c));
            tt_poly terms;
            if (!tt_poly_of(t, inner, &terms))
                return false;
            for (size_t j = 0; j < terms.n; j++)
                if (!tt_poly_add_term(t, out, terms.terms[j].coef, terms.terms[j].factors, terms.terms[j].n_factors))
                    return false;
            *again = true;
        } else if (!tt_poly_add_term(t, out, c, m->factors, m->n_factors)) {
            return false;
        }
    }
    tt_poly_sort(out);
    return true;
}

static tt_dim mod_const(tt_dims *t, const tt_poly *p, int64_t b)
{
    tt_poly rest, small;
    bool again;
    int64_t min, max;

    if (!mod_terms(t, p, b, &rest, &again))
        return tt_dim_const(0);
    tt_dim x = tt_poly_dim(t, &rest);
    if (again || x.expr == NULL)
        return tt_dim_mod(t, x, tt_dim_const(b));
    int64_t g = (int64_t)coefs_gcd(&rest, (uint64_t)b);
    if (g > 1) {
        /* (g*x + c) % (g*b) = g * ((x + c // g) % b) + c % g */
        const tt_term *last = &rest.terms[rest.n - 1];
        int64_t c = last->n_factors == 0 ? last->coef : 0;
        if (!shrink(t, &rest, g, &small))
            return tt_dim_const(0);
        tt_dim inner = tt_dim_mod(t, tt_poly_dim(t, &small), tt_dim_const(b / g));
        return tt_dim_add(t, tt_dim_mul(t, inner, tt_dim_const(g)), tt_dim_const(c % g));
    }
    tt_dim_range(x, &min, &max);
    if (min >= 0 && max < b)
        return x;
    return intern2(t, TT_EXPR_MOD, x, tt_dim_const(b));
}

static tt_dim mod_poly(tt_dims *t, tt_dim a, tt_dim b, const tt_poly *p, const tt_poly *q)
{
    tt_poly whole, rest;

    if (q->n == 1) {
        if (!split_by_term(t, p, &q->terms[0], &whole, &rest))
            return tt_dim_const(0);
        if (whole.n > 0)
            return tt_dim_mod(t, tt_poly_dim(t, &rest), b);
    }
    if (is_below(t, a, b))
        return a;
    return intern2(t, TT_EXPR_MOD, a, b);
}

tt_dim tt_dim_mod(tt_dims *t, tt_dim a, tt_dim b)
{
    tt_poly p, q;
    tt_dim out = tt_dim_const(0), exact;

    if (tt_dim_is(b, 0))
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "remainder of a dimension by 0");
    if (!b.expr && b.value < 0) {
        if (b.value == INT64_MIN)
            return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "remainder of a dimension by %lld", (long long)b.value);
        return negate(t, tt_dim_mod(t, negate(t, a), tt_dim_const(-b.value)));
    }
    if (!a.expr && !b.expr) {
        const int64_t rest = a.value % b.value;
        return tt_dim_const(rest < 0 ? rest + b.value : rest);
    }
    if (tt_dim_is(b, 1) || tt_dim_divide_exact(t, a, b, &exact) || !tt_dims_scratch_begin(t))
        return out;
    if (tt_poly_of(t, a, &p) && tt_poly_of(t, b, &q))
        out = b.expr ? mod_poly(t, a, b, &p, &q) : mod_const(t, &p, b.value);
    tt_dims_scratch_end(t);
    return out;
}

/* ---- maximum and minimum ---- */

enum { MAX_PICKED = 64 };

/* a >= b for all values of the symbols. */
static bool is_at_least(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t min, max, low, high;
    tt_dim_range(a, &min, &max);
    tt_dim_range(b, &low, &high);
    if (min >= high)
        return true;
    if (min == INT64_MIN && max == INT64_MAX && !b.expr)
        return false;
    ttrt_status before = t->status;
    tt_dim difference = tt_dim_sub(t, a, b);
    if (before == TTRT_OK && t->status == TTRT_ERR_UNSUPPORTED) {
        t->status = TTRT_OK; /* the difference overflows: not known, but no fault of the operands */
        return false;
    }
    tt_dim_range(difference, &min, &max);
    return min >= 0;
}

static size_t flatten(tt_expr_kind kind, tt_dim d, tt_dim *items, size_t n)
{
    if (d.expr == NULL || d.expr->kind != kind) {
        if (n < MAX_PICKED)
            items[n] = d;
        return n + 1;
    }
    for (size_t i = 0; i < d.expr->n_args; i++)
        n = flatten(kind, tt_dim_of_expr(d.expr->args[i]), items, n);
    return n;
}

static void sort_exprs(const tt_expr **exprs, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && exprs[j] && exprs[j - 1] && tt_expr_compare(exprs[j - 1], exprs[j]) > 0; j--) {
            const tt_expr *swap = exprs[j];
            exprs[j] = exprs[j - 1];
            exprs[j - 1] = swap;
        }
}

/* Constants stand last in what prints as max(s0, 1). */
static tt_dim intern_sorted(tt_dims *t, tt_expr_kind kind, const tt_dim *items, size_t n)
{
    const tt_expr *exprs[MAX_PICKED];
    size_t k = 0, n_symbolic;
    for (size_t i = 0; i < n; i++)
        if (items[i].expr)
            exprs[k++] = items[i].expr;
    n_symbolic = k;
    for (size_t i = 0; i < n; i++)
        if (!items[i].expr)
            exprs[k++] = tt_dim_expr(t, items[i]);
    sort_exprs(exprs, n_symbolic);
    return tt_dim_of_expr(tt_expr_intern(t, kind, 0, NULL, exprs, n));
}

static bool wins(tt_dims *t, tt_expr_kind kind, tt_dim a, tt_dim b)
{
    return kind == TT_EXPR_MAX ? is_at_least(t, a, b) : is_at_least(t, b, a);
}

/* Another item is always as good; of two that always tie the first stays. */
static bool is_beaten(tt_dims *t, tt_expr_kind kind, const tt_dim *items, size_t n, size_t i)
{
    for (size_t j = 0; j < n; j++)
        if (j != i && wins(t, kind, items[j], items[i]) && (j < i || !wins(t, kind, items[i], items[j])))
            return true;
    return false;
}

static tt_dim pick(tt_dims *t, tt_expr_kind kind, tt_dim a, tt_dim b)
{
    tt_dim items[MAX_PICKED];
    size_t n = flatten(kind, b, items, flatten(kind, a, items, 0));

    if (n > MAX_PICKED)
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a symbolic maximum or minimum of more than %d items", MAX_PICKED);
    for (size_t i = 0; i < n;) {
        if (!is_beaten(t, kind, items, n, i)) {
            i++;
            continue;
        }
        memmove(&items[i], &items[i + 1], (n - i - 1) * sizeof *items);
        n--;
    }
    return n == 1 ? items[0] : intern_sorted(t, kind, items, n);
}

tt_dim tt_dim_max(tt_dims *t, tt_dim a, tt_dim b)
{
    return a.expr || b.expr ? pick(t, TT_EXPR_MAX, a, b) : a.value > b.value ? a : b;
}

tt_dim tt_dim_min(tt_dims *t, tt_dim a, tt_dim b)
{
    return a.expr || b.expr ? pick(t, TT_EXPR_MIN, a, b) : a.value < b.value ? a : b;
}

/* ---- powers, comparisons, logic, choice ---- */

static tt_dim power(tt_dims *t, tt_dim a, tt_dim b)
{
    if (b.expr)
        return intern2(t, TT_EXPR_POW, a, b);
    if (b.value < 0)
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a dimension to the power of %lld is no integer",
                            (long long)b.value);
    if (!a.expr && a.value >= -1 && a.value <= 1)
        return tt_dim_const(b.value == 0 ? 1 : a.value == -1 ? (b.value % 2 ? -1 : 1) : a.value);
    tt_dim out = tt_dim_const(1);
    for (int64_t i = 0; i < b.value && t->status == TTRT_OK; i++)
        out = tt_dim_mul(t, out, a);
    return out;
}

/* Positive terms of a - b go left, the others right, so that s0 - 1 == 0 and s0 == 1 are one. */
static bool sides(tt_dims *t, tt_dim difference, tt_dim *left, tt_dim *right)
{
    tt_poly p, l = {0}, r = {0};
    bool ok = false;

    if (!tt_dims_scratch_begin(t))
        return false;
    if (!tt_poly_of(t, difference, &p))
        goto done;
    for (size_t i = 0; i < p.n; i++) {
        const tt_term *m = &p.terms[i];
        if (m->coef == INT64_MIN) {
            tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a coefficient of a symbolic condition exceeds 64 bits");
            goto done;
        }
        if (m->coef > 0 ? !tt_poly_add_term(t, &l, m->coef, m->factors, m->n_factors)
                        : !tt_poly_add_term(t, &r, -m->coef, m->factors, m->n_factors))
            goto done;
    }
    *left = tt_poly_dim(t, &l);
    *right = tt_poly_dim(t, &r);
    ok = true;
done:
    tt_dims_scratch_end(t);
    return ok;
}

static tt_dim compare(tt_dims *t, tt_expr_kind kind, tt_dim a, tt_dim b)
{
    int64_t min, max;
    bool equality = kind == TT_EXPR_EQ || kind == TT_EXPR_NE;
    if (kind == TT_EXPR_LE && is_at_least(t, b, a))
        return tt_dim_const(1);
    tt_dim d = tt_dim_sub(t, a, b), left = a, right = b;

    tt_dim_range(d, &min, &max);
    if (equality && (min > 0 || max < 0 || (min == 0 && max == 0)))
        return tt_dim_const((kind == TT_EXPR_EQ) == (min == 0 && max == 0));
    if (kind == TT_EXPR_LT && (max < 0 || min >= 0))
        return tt_dim_const(max < 0);
    if (kind == TT_EXPR_LE && (max <= 0 || min > 0))
        return tt_dim_const(max <= 0);
    /* An equality has no direction: the leading term stands on the left. */
    if (equality && d.expr) {
        const tt_expr *lead = d.expr->kind == TT_EXPR_ADD ? d.expr->args[0] : d.expr;
        const tt_expr *scale = lead->kind == TT_EXPR_MUL ? lead->args[lead->n_args - 1] : NULL;
        if (scale && scale->kind == TT_EXPR_CONST && scale->value < 0)
            d = negate(t, d);
    }
    if (!sides(t, d, &left, &right))
        return tt_dim_const(0);
    return intern2(t, kind, left, right);
}

static tt_dim truth(tt_dims *t, tt_dim a)
{
    if (a.expr && tt_expr_is_truth(a.expr))
        return a;
    return a.expr ? compare(t, TT_EXPR_NE, a, tt_dim_const(0)) : tt_dim_const(a.value != 0);
}

static tt_dim negation(tt_dims *t, tt_dim a)
{
    static const uint8_t opposite[] = {
        [TT_EXPR_EQ] = TT_EXPR_NE, [TT_EXPR_NE] = TT_EXPR_EQ, [TT_EXPR_LT] = TT_EXPR_LE, [TT_EXPR_LE] = TT_EXPR_LT};

    a = truth(t, a);
    if (!a.expr)
        return tt_dim_const(!a.value);
    if (a.expr->kind == TT_EXPR_NOT)
        return tt_dim_of_expr(a.expr->args[0]);
    if (a.expr->kind > TT_EXPR_LE)
        return intern(t, TT_EXPR_NOT, &a, 1);
    tt_dim left = tt_dim_of_expr(a.expr->args[0]), right = tt_dim_of_expr(a.expr->args[1]);
    bool swap = a.expr->kind == TT_EXPR_LT || a.expr->kind == TT_EXPR_LE;
    return compare(t, (tt_expr_kind)opposite[a.expr->kind], swap ? right : left, swap ? left : right);
}

static tt_dim logic(tt_dims *t, tt_expr_kind kind, tt_dim a, tt_dim b)
{
    tt_dim items[MAX_PICKED];
    bool is_and = kind == TT_EXPR_AND;

    a = truth(t, a);
    b = truth(t, b);
    if (!a.expr || !b.expr) {
        tt_dim known = a.expr ? b : a, other = a.expr ? a : b;
        return (known.value != 0) == is_and ? other : known;
    }
    size_t n = flatten(kind, b, items, flatten(kind, a, items, 0)), kept = 0;
    if (n > MAX_PICKED)
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a symbolic condition of more than %d parts", MAX_PICKED);
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t j = 0; j < kept; j++)
            seen |= tt_dim_equal(items[j], items[i]);
        if (!seen)
            items[kept++] = items[i];
    }
    return kept == 1 ? items[0] : intern_sorted(t, kind, items, kept);
}

static tt_dim choose(tt_dims *t, tt_dim condition, tt_dim yes, tt_dim no)
{
    condition = truth(t, condition);
    if (!condition.expr)
        return condition.value ? yes : no;
    if (tt_dim_equal(yes, no))
        return yes;
    if (tt_dim_is(yes, 1) && tt_dim_is(no, 0))
        return condition;
    return intern(t, TT_EXPR_SELECT, (tt_dim[]){condition, yes, no}, 3);
}

/* ---- scaling by a float ---- */

tt_scale tt_scale_of(const tt_expr *e)
{
    return (tt_scale){.factor = ldexp((double)e->args[1]->value, (int)-e->args[2]->value),
                      .rounding = e->n_args == 4 ? (tt_rounding)e->args[3]->value : TT_ROUND_ZERO};
}

bool tt_scale_i64(int64_t a, tt_scale s, int64_t *out)
{
    double v = (double)a * s.factor;
    v = s.rounding == TT_ROUND_ZERO ? trunc(v) : s.rounding == TT_ROUND_DOWN ? floor(v) : ceil(v);
    if (!(v > -0x1p63 && v < 0x1p63))
        return false;
    *out = (int64_t)v;
    return true;
}

static bool is_scale(const tt_dim *args, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (args[i].expr)
            return false;
    return args[1].value > -(INT64_C(1) << 53) && args[1].value < INT64_C(1) << 53 && args[2].value >= 0 &&
           args[2].value <= 1074 && (n == 3 || (args[3].value > TT_ROUND_ZERO && args[3].value <= TT_ROUND_UP));
}

/* Both the size and the factor as integers: text needs no floating point. */
static tt_dim scaled(tt_dims *t, const tt_dim *args, size_t n)
{
    int64_t value;
    if (!is_scale(args, n))
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a dimension scaled by what is no number");
    if (args[2].value == 0)
        return tt_dim_mul(t, args[0], args[1]);
    if (args[0].expr)
        return intern(t, TT_EXPR_SCALED, args, n);
    const tt_scale s = {.factor = ldexp((double)args[1].value, (int)-args[2].value),
                        .rounding = n == 4 ? (tt_rounding)args[3].value : TT_ROUND_ZERO};
    if (!tt_scale_i64(args[0].value, s, &value))
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a scaled dimension exceeds 64 bits");
    return tt_dim_const(value);
}

tt_dim tt_dim_scaled(tt_dims *t, tt_dim a, double factor, tt_rounding rounding)
{
    int exponent;
    if (!isfinite(factor) || fabs(factor) >= 0x1p53)
        return tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a dimension times %g", factor);
    int64_t mantissa = (int64_t)ldexp(frexp(factor, &exponent), 53);
    int64_t shift = 53 - exponent;
    while (shift > 0 && mantissa % 2 == 0) {
        mantissa /= 2;
        shift--;
    }
    const tt_dim args[] = {a, tt_dim_const(mantissa), tt_dim_const(shift), tt_dim_const(rounding)};
    return scaled(t, args, rounding == TT_ROUND_ZERO ? 3 : 4);
}

static tt_dim op2(tt_dims *t, tt_expr_kind kind, tt_dim a, tt_dim b)
{
    switch (kind) {
    case TT_EXPR_ADD:
        return tt_dim_add(t, a, b);
    case TT_EXPR_MUL:
        return tt_dim_mul(t, a, b);
    case TT_EXPR_FLOORDIV:
        return tt_dim_floordiv(t, a, b);
    case TT_EXPR_MOD:
        return tt_dim_mod(t, a, b);
    case TT_EXPR_MAX:
        return tt_dim_max(t, a, b);
    case TT_EXPR_MIN:
        return tt_dim_min(t, a, b);
    case TT_EXPR_POW:
        return power(t, a, b);
    case TT_EXPR_AND:
    case TT_EXPR_OR:
        return logic(t, kind, a, b);
    default:
        return compare(t, kind, a, b);
    }
}

tt_dim tt_dim_op(tt_dims *t, tt_expr_kind kind, size_t n_args, const tt_dim *args)
{
    bool n_ary = kind == TT_EXPR_ADD || kind == TT_EXPR_MUL || kind == TT_EXPR_MAX || kind == TT_EXPR_MIN ||
                 kind == TT_EXPR_AND || kind == TT_EXPR_OR;

    if (kind == TT_EXPR_SELECT && n_args == 3)
        return choose(t, args[0], args[1], args[2]);
    if (kind == TT_EXPR_SCALED && (n_args == 3 || n_args == 4))
        return scaled(t, args, n_args);
    if (kind == TT_EXPR_NOT && n_args == 1)
        return negation(t, args[0]);
    if (kind <= TT_EXPR_CONST || kind >= TT_EXPR_NOT || n_args == 0 || (!n_ary && n_args != 2))
        return tt_dims_fail(t, TTRT_ERR_ARGUMENT, "expression kind %d does not take %zu arguments", (int)kind, n_args);
    tt_dim out = args[0];
    for (size_t i = 1; i < n_args; i++)
        out = op2(t, kind, out, args[i]);
    return out;
}

/* x % b as x - b * (x // b) */
static tt_dim without_mod(tt_dims *t, tt_dim d)
{
    const tt_expr *e = d.expr;
    if (e == NULL || e->kind == TT_EXPR_SYMBOL)
        return d;
    if (e->kind == TT_EXPR_MOD) {
        tt_dim x = tt_dim_of_expr(e->args[0]), b = tt_dim_of_expr(e->args[1]);
        return tt_dim_sub(t, x, tt_dim_mul(t, b, tt_dim_floordiv(t, x, b)));
    }
    if (e->kind != TT_EXPR_ADD && e->kind != TT_EXPR_MUL)
        return d;
    tt_dim out = without_mod(t, tt_dim_of_expr(e->args[0]));
    for (size_t i = 1; i < e->n_args; i++)
        out = op2(t, e->kind, out, without_mod(t, tt_dim_of_expr(e->args[i])));
    return out;
}

bool tt_dim_known_equal(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t min, max;
    ttrt_status before = t->status;

    if (tt_dim_equal(a, b))
        return true;
    if (!a.expr && !b.expr)
        return false;
    tt_dim d = tt_dim_sub(t, a, b);
    tt_dim_range(d, &min, &max);
    bool equal = (min == 0 && max == 0) || tt_dim_is(without_mod(t, d), 0);
    if (before == TTRT_OK && t->status != TTRT_OK) {
        t->status = TTRT_OK; /* what cannot be computed is not known */
        return false;
    }
    return equal;
}
