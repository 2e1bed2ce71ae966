/* What is known of an expression's values: bounds from the symbols' ranges, and the value once symbols are bound. */
#include "graph/dim_impl.h"

typedef struct interval {
    int64_t min, max; /* INT64_MIN and INT64_MAX stand for "no bound" */
} interval;

static const interval ANY = {INT64_MIN, INT64_MAX};

static bool no_bound(int64_t v) { return v == INT64_MIN || v == INT64_MAX; }

static int64_t clamp128(__int128 v) { return v <= INT64_MIN ? INT64_MIN : v >= INT64_MAX ? INT64_MAX : (int64_t)v; }

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

static interval add(interval a, interval b)
{
    interval r;
    r.min = a.min == INT64_MIN || b.min == INT64_MIN ? INT64_MIN : clamp128((__int128)a.min + b.min);
    r.max = a.max == INT64_MAX || b.max == INT64_MAX ? INT64_MAX : clamp128((__int128)a.max + b.max);
    return r;
}

static int64_t mul_bound(int64_t a, int64_t b)
{
    if (a == 0 || b == 0)
        return 0;
    if (no_bound(a) || no_bound(b))
        return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
    return clamp128((__int128)a * b);
}

static interval mul(interval a, interval b)
{
    int64_t c[4] = {mul_bound(a.min, b.min), mul_bound(a.min, b.max), mul_bound(a.max, b.min), mul_bound(a.max, b.max)};
    return (interval){min64(min64(c[0], c[1]), min64(c[2], c[3])), max64(max64(c[0], c[1]), max64(c[2], c[3]))};
}

int64_t tt_floordiv_i64(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }

/* a // b for b > 0 where either may be "no bound". */
static int64_t div_bound(int64_t a, int64_t b)
{
    if (no_bound(a))
        return a;
    if (b == INT64_MAX)
        return a < 0 ? -1 : 0;
    return tt_floordiv_i64(a, b);
}

static interval floordiv(interval a, interval b)
{
    if (b.min <= 0)
        return ANY;
    int64_t low = min64(div_bound(a.min, b.min), div_bound(a.min, b.max));
    int64_t high = max64(div_bound(a.max, b.min), div_bound(a.max, b.max));
    return (interval){low, high};
}

static interval mod(interval a, interval b)
{
    if (b.min > 0) {
        int64_t high = b.max == INT64_MAX ? INT64_MAX : b.max - 1;
        return (interval){0, a.min >= 0 ? min64(a.max, high) : high};
    }
    return b.max < 0 ? (interval){b.min == INT64_MIN ? INT64_MIN : b.min + 1, 0} : ANY;
}

static interval range(const tt_expr *e);

static interval pow_range(const tt_expr *e)
{
    interval base = range(e->args[0]), exponent = range(e->args[1]);
    if (base.min < 0 || exponent.min < 0)
        return ANY;
    return (interval){base.min > 0 ? 1 : 0, INT64_MAX};
}

static interval scaled_range(const tt_expr *e)
{
    interval x = range(e->args[0]), r;
    const tt_scale s = tt_scale_of(e);
    if (s.factor < 0)
        return ANY;
    if (x.min == INT64_MIN || !tt_scale_i64(x.min, s, &r.min))
        r.min = x.min < 0 ? INT64_MIN : INT64_MAX;
    if (x.max == INT64_MAX || !tt_scale_i64(x.max, s, &r.max))
        r.max = x.max < 0 ? INT64_MIN : INT64_MAX;
    return r;
}

static interval range(const tt_expr *e)
{
    interval r;
    switch (e->kind) {
    case TT_EXPR_SYMBOL:
        return (interval){e->symbol->min, e->symbol->max};
    case TT_EXPR_CONST:
        return (interval){e->value, e->value};
    case TT_EXPR_FLOORDIV:
        return floordiv(range(e->args[0]), range(e->args[1]));
    case TT_EXPR_MOD:
        return mod(range(e->args[0]), range(e->args[1]));
    case TT_EXPR_POW:
        return pow_range(e);
    case TT_EXPR_ADD:
    case TT_EXPR_MUL:
    case TT_EXPR_MAX:
    case TT_EXPR_MIN:
        r = range(e->args[0]);
        for (size_t i = 1; i < e->n_args; i++) {
            interval s = range(e->args[i]);
            if (e->kind == TT_EXPR_ADD)
                r = add(r, s);
            else if (e->kind == TT_EXPR_MUL)
                r = mul(r, s);
            else if (e->kind == TT_EXPR_MAX)
                r = (interval){max64(r.min, s.min), max64(r.max, s.max)};
            else
                r = (interval){min64(r.min, s.min), min64(r.max, s.max)};
        }
        return r;
    case TT_EXPR_SELECT: {
        interval yes = range(e->args[1]), no = range(e->args[2]);
        return (interval){min64(yes.min, no.min), max64(yes.max, no.max)};
    }
    case TT_EXPR_SCALED:
        return scaled_range(e);
    case TT_EXPR_EQ:
    case TT_EXPR_NE:
    case TT_EXPR_LT:
    case TT_EXPR_LE:
    case TT_EXPR_AND:
    case TT_EXPR_OR:
    case TT_EXPR_NOT:
        return (interval){0, 1};
    }
    return ANY;
}

void tt_dim_range(tt_dim d, int64_t *min, int64_t *max)
{
    interval r = d.expr ? range(d.expr) : (interval){d.value, d.value};
    *min = r.min;
    *max = r.max;
}

static bool eval(const tt_expr *e, const int64_t *values, int64_t *out);

static bool eval_pow(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t r = 1;
    if (exponent < 0)
        return false;
    if (exponent > 64 && base >= -1 && base <= 1)
        exponent = 64 + exponent % 2;
    for (int64_t i = 0; i < exponent; i++)
        if (__builtin_mul_overflow(r, base, &r))
            return false;
    *out = r;
    return true;
}

static bool eval_divide(bool remainder, int64_t a, int64_t b, int64_t *out)
{
    if (b == 0 || (b == -1 && a == INT64_MIN))
        return false;
    int64_t r = a % b;
    bool down = r != 0 && (r < 0) != (b < 0);
    *out = remainder ? (down ? r + b : r) : a / b - down;
    return true;
}

static bool eval_two(const tt_expr *e, int64_t a, int64_t b, int64_t *out)
{
    switch (e->kind) {
    case TT_EXPR_ADD:
        return !__builtin_add_overflow(a, b, out);
    case TT_EXPR_MUL:
        return !__builtin_mul_overflow(a, b, out);
    case TT_EXPR_FLOORDIV:
    case TT_EXPR_MOD:
        return eval_divide(e->kind == TT_EXPR_MOD, a, b, out);
    case TT_EXPR_POW:
        return eval_pow(a, b, out);
    case TT_EXPR_MAX:
        return *out = max64(a, b), true;
    case TT_EXPR_MIN:
        return *out = min64(a, b), true;
    case TT_EXPR_EQ:
        return *out = a == b, true;
    case TT_EXPR_NE:
        return *out = a != b, true;
    case TT_EXPR_LT:
        return *out = a < b, true;
    case TT_EXPR_LE:
        return *out = a <= b, true;
    case TT_EXPR_AND:
        return *out = a && b, true;
    case TT_EXPR_OR:
        return *out = a || b, true;
    default:
        return false;
    }
}

static bool eval(const tt_expr *e, const int64_t *values, int64_t *out)
{
    int64_t r, next;

    if (e->kind == TT_EXPR_CONST)
        return *out = e->value, true;
    if (e->kind == TT_EXPR_SYMBOL)
        return *out = values[e->symbol->index], *out != TT_DIM_UNBOUND;
    if (!eval(e->args[0], values, &r))
        return false;
    if (e->kind == TT_EXPR_NOT)
        return *out = !r, true;
    if (e->kind == TT_EXPR_SCALED)
        return tt_scale_i64(r, tt_scale_of(e), out);
    if (e->kind == TT_EXPR_SELECT) /* the other branch may well be undefined */
        return eval(e->args[r ? 1 : 2], values, out);
    for (size_t i = 1; i < e->n_args; i++)
        if (!eval(e->args[i], values, &next) || !eval_two(e, r, next, &r))
            return false;
    *out = r;
    return true;
}

bool tt_dim_eval(tt_dim d, const int64_t *values, int64_t *out)
{
    if (d.expr != NULL)
        return eval(d.expr, values, out);
    *out = d.value;
    return true;
}
