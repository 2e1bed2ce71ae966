/* Dimensions from sympy's srepr, as PyTorch's export schema writes them:
 *     Mul(Integer(768), Symbol('s50', positive=True, integer=True))
 * Values are kept as fractions, so that floor(Mul(Rational(1, 2), s0)) and CeilToInt(IntTrueDiv(s0, 2)) come out
 * exactly. A Float makes a value inexact: TruncToInt(Mul(Float('1.7', precision=53), ToFloat(s0))) is computed in
 * double, as PyTorch computes it. Any other integer that is rounded from floats is a symbol of its own, named by the
 * text: whoever runs the node that computes it knows its value. */
#include "graph/dim_impl.h"

#include "base/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NESTING = 64, MAX_ARGS = 64, MAX_NAME = 64, MAX_TEXT = 1 << 16 };

typedef struct fraction {
    tt_dim num, den;
    double factor; /* not 0: the value is this times num / den, rounded to double */
} fraction;

typedef struct reader {
    tt_dims *t;
    const char *text, *at, *end;
    int nesting;
} reader;

typedef ttrt_status (*call_fn)(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out);

static ttrt_status fail_at(const reader *r, const char *what)
{
    return tt_fail(TTRT_ERR_FORMAT, "%s at offset %zu of the expression \"%.160s\"", what, (size_t)(r->at - r->text),
                   r->text);
}

static fraction whole(tt_dim d) { return (fraction){.num = d, .den = tt_dim_const(1)}; }

static ttrt_status inexact(const reader *r, const char *name)
{
    return tt_fail(TTRT_ERR_UNSUPPORTED, "'%s' of a floating-point value in the expression \"%.160s\"", name, r->text);
}

static ttrt_status integer(reader *r, const char *name, const fraction *f, tt_dim *out)
{
    if (f->factor != 0)
        return inexact(r, name);
    if (tt_dim_is(f->den, 1)) {
        *out = f->num;
        return TTRT_OK;
    }
    if (tt_dim_divide_exact(r->t, f->num, f->den, out))
        return TTRT_OK;
    return tt_fail(TTRT_ERR_UNSUPPORTED, "'%s' of a value that is no integer in the expression \"%.160s\"", name,
                   r->text);
}

static ttrt_status call_sum(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    tt_dims *t = r->t;
    *out = whole(tt_dim_const(kind == TT_EXPR_ADD ? 0 : 1));
    for (size_t i = 0; i < n; i++) {
        const fraction *f = &args[i];
        if (f->factor != 0 && (kind == TT_EXPR_ADD || out->factor != 0))
            return inexact(r, name);
        if (f->factor != 0)
            out->factor = f->factor;
        if (kind == TT_EXPR_MUL)
            out->num = tt_dim_mul(t, out->num, f->num);
        else if (tt_dim_equal(out->den, f->den)) {
            out->num = tt_dim_add(t, out->num, f->num);
            continue;
        } else
            out->num = tt_dim_add(t, tt_dim_mul(t, out->num, f->den), tt_dim_mul(t, f->num, out->den));
        out->den = tt_dim_mul(t, out->den, f->den);
    }
    tt_dim quotient;
    if (!tt_dim_is(out->den, 1) && tt_dim_divide_exact(t, out->num, out->den, &quotient)) {
        out->num = quotient;
        out->den = tt_dim_const(1);
    }
    return TTRT_OK;
}

static ttrt_status call_power(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    tt_dim exponent;
    TT_TRY(integer(r, name, &args[1], &exponent));
    bool invert = !exponent.expr && exponent.value < 0 && exponent.value > INT64_MIN;
    if (invert)
        exponent = tt_dim_const(-exponent.value);
    tt_dim num = tt_dim_op(r->t, TT_EXPR_POW, 2, (tt_dim[]){args[0].num, exponent});
    tt_dim den =
        tt_dim_is(args[0].den, 1) ? args[0].den : tt_dim_op(r->t, TT_EXPR_POW, 2, (tt_dim[]){args[0].den, exponent});
    *out = invert ? (fraction){.num = den, .den = num} : (fraction){.num = num, .den = den};
    return args[0].factor == 0 ? TTRT_OK : inexact(r, name);
}

enum { FLOOR, CEIL, TRUNC, NEAREST };

/* Down is towards zero where nothing is negative. */
static ttrt_status round_inexact(reader *r, const char *name, int kind, const fraction *f, fraction *out)
{
    int64_t low, high;
    tt_dim_range(f->num, &low, &high);
    if (!tt_dim_is(f->den, 1))
        return inexact(r, name);
    bool to_zero = kind == TRUNC || (kind == FLOOR && low >= 0 && f->factor >= 0);
    tt_rounding rounding = to_zero ? TT_ROUND_ZERO : kind == FLOOR ? TT_ROUND_DOWN : TT_ROUND_UP;
    *out = whole(tt_dim_scaled(r->t, f->num, f->factor, rounding));
    return TTRT_OK;
}

static ttrt_status call_round(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    if (kind == NEAREST) /* the half goes to the even one */
        return tt_dim_is(args[0].den, 1) && args[0].factor == 0 ? (*out = args[0], TTRT_OK) : inexact(r, name);
    tt_dims *t = r->t;
    tt_dim num = args[0].num, den = args[0].den, floor, ceil;
    int64_t low, high, den_low, den_high;

    if (args[0].factor != 0)
        return round_inexact(r, name, kind, &args[0], out);
    if (tt_dim_is(den, 1)) {
        *out = args[0];
        return TTRT_OK;
    }
    if (kind != TRUNC) {
        *out = whole(kind == FLOOR ? tt_dim_floordiv(t, num, den) : tt_dim_ceildiv(t, num, den));
        return TTRT_OK;
    }
    floor = tt_dim_floordiv(t, num, den);
    tt_dim_range(num, &low, &high);
    tt_dim_range(den, &den_low, &den_high);
    if (low >= 0 && den_low >= 0) {
        *out = whole(floor);
        return TTRT_OK;
    }
    ceil = tt_dim_ceildiv(t, num, den);
    tt_dim negative = tt_dim_op(t, TT_EXPR_LT, 2, (tt_dim[]){floor, tt_dim_const(0)});
    *out = whole(tt_dim_op(t, TT_EXPR_SELECT, 3, (tt_dim[]){negative, ceil, floor}));
    return TTRT_OK;
}

/* Operations of integers; `kind` is the expression's. */
static ttrt_status call_integers(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    tt_dim dims[MAX_ARGS];
    for (size_t i = 0; i < n; i++)
        TT_TRY(integer(r, name, &args[i], &dims[i]));
    *out = whole(tt_dim_op(r->t, (tt_expr_kind)kind, n, dims));
    return TTRT_OK;
}

static ttrt_status call_swapped(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    return call_integers(r, name, kind, (fraction[]){args[1], args[0]}, 2, out);
}

static ttrt_status call_ratio(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    if (args[0].factor != 0 || args[1].factor != 0)
        return inexact(r, name);
    *out = (fraction){.num = tt_dim_mul(r->t, args[0].num, args[1].den),
                      .den = tt_dim_mul(r->t, args[0].den, args[1].num)};
    return tt_dim_is(out->den, 0) ? tt_fail(TTRT_ERR_FORMAT, "division by 0 in the expression \"%.160s\"", r->text)
                                  : TTRT_OK;
}

static ttrt_status call_ceildiv(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    fraction ratio = {.num = {0}};
    TT_TRY(call_ratio(r, name, kind, args, n, &ratio));
    return call_round(r, name, CEIL, &ratio, 1, out);
}

/* ModularIndexing(x, d, m) = (x // d) % m */
static ttrt_status call_modular(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    fraction quotient;
    TT_TRY(call_integers(r, name, TT_EXPR_FLOORDIV, args, 2, &quotient));
    return call_integers(r, name, TT_EXPR_MOD, (fraction[]){quotient, args[2]}, 2, out);
}

static ttrt_status call_same(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    *out = args[0];
    return TTRT_OK;
}

/* Where(c, a, b); an ExprCondPair comes as two items of its Piecewise. */
static ttrt_status call_piecewise(reader *r, const char *name, int kind, const fraction *args, size_t n, fraction *out)
{
    if (n % 2 != 0)
        return fail_at(r, "a Piecewise of incomplete pairs");
    TT_TRY(call_same(r, name, 0, &args[n - 2], 1, out));
    for (size_t i = n - 2; i >= 2; i -= 2)
        TT_TRY(call_integers(r, name, TT_EXPR_SELECT, (fraction[]){args[i - 1], args[i - 2], *out}, 3, out));
    return TTRT_OK;
}

typedef struct function {
    const char *name;
    call_fn call;
    int kind;
    size_t min_args, max_args;
} function;

static const function FUNCTIONS[] = {
    {"Add", call_sum, TT_EXPR_ADD, 0, MAX_ARGS},
    {"Mul", call_sum, TT_EXPR_MUL, 0, MAX_ARGS},
    {"Pow", call_power, 0, 2, 2},
    {"PowByNatural", call_power, 0, 2, 2},
    {"FloorDiv", call_integers, TT_EXPR_FLOORDIV, 2, 2},
    {"CleanDiv", call_integers, TT_EXPR_FLOORDIV, 2, 2},
    {"CeilDiv", call_ceildiv, 0, 2, 2},
    {"IntTrueDiv", call_ratio, 0, 2, 2},
    {"ModularIndexing", call_modular, 0, 3, 3},
    {"Mod", call_integers, TT_EXPR_MOD, 2, 2},
    {"PythonMod", call_integers, TT_EXPR_MOD, 2, 2},
    {"Max", call_integers, TT_EXPR_MAX, 1, MAX_ARGS},
    {"Min", call_integers, TT_EXPR_MIN, 1, MAX_ARGS},
    {"floor", call_round, FLOOR, 1, 1},
    {"ceiling", call_round, CEIL, 1, 1},
    {"trunc", call_round, TRUNC, 1, 1},
    {"FloorToInt", call_round, FLOOR, 1, 1},
    {"CeilToInt", call_round, CEIL, 1, 1},
    {"TruncToInt", call_round, TRUNC, 1, 1},
    {"RoundToInt", call_round, NEAREST, 1, 1},
    {"ToFloat", call_same, 0, 1, 1},
    {"Identity", call_same, 0, 1, 1},
    {"Eq", call_integers, TT_EXPR_EQ, 2, 2},
    {"Equality", call_integers, TT_EXPR_EQ, 2, 2},
    {"Ne", call_integers, TT_EXPR_NE, 2, 2},
    {"Unequality", call_integers, TT_EXPR_NE, 2, 2},
    {"Lt", call_integers, TT_EXPR_LT, 2, 2},
    {"StrictLessThan", call_integers, TT_EXPR_LT, 2, 2},
    {"Le", call_integers, TT_EXPR_LE, 2, 2},
    {"LessThan", call_integers, TT_EXPR_LE, 2, 2},
    {"Gt", call_swapped, TT_EXPR_LT, 2, 2},
    {"StrictGreaterThan", call_swapped, TT_EXPR_LT, 2, 2},
    {"Ge", call_swapped, TT_EXPR_LE, 2, 2},
    {"GreaterThan", call_swapped, TT_EXPR_LE, 2, 2},
    {"And", call_integers, TT_EXPR_AND, 1, MAX_ARGS},
    {"Or", call_integers, TT_EXPR_OR, 1, MAX_ARGS},
    {"Not", call_integers, TT_EXPR_NOT, 1, 1},
    {"Where", call_integers, TT_EXPR_SELECT, 3, 3},
    {"Piecewise", call_piecewise, 0, 2, MAX_ARGS},
};

static void skip_space(reader *r)
{
    while (r->at < r->end && *r->at == ' ')
        r->at++;
}

static bool accept(reader *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

static ttrt_status read_name(reader *r, char name[MAX_NAME])
{
    size_t n = 0;
    skip_space(r);
    for (; r->at < r->end && is_name_char(*r->at); r->at++) {
        if (n + 1 == MAX_NAME)
            return fail_at(r, "a name is too long");
        name[n++] = *r->at;
    }
    name[n] = 0;
    return n > 0 && !(name[0] >= '0' && name[0] <= '9') ? TTRT_OK : fail_at(r, "no name");
}

static ttrt_status read_int(reader *r, int64_t *out)
{
    int64_t v = 0;
    bool negative = accept(r, '-');
    skip_space(r);
    const char *start = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *r->at - '0', &v))
            return fail_at(r, "a number exceeds 64 bits");
    if (r->at == start || (!negative && v == INT64_MIN))
        return fail_at(r, "no number of 64 bits");
    *out = negative ? v : -v;
    return TTRT_OK;
}

/* Symbol('s0', positive=True, integer=True): the assumptions say nothing that range_constraints do not say better. */
static ttrt_status read_symbol(reader *r, fraction *out)
{
    char name[MAX_NAME], word[MAX_NAME];
    char quote = r->at < r->end ? *r->at : 0;
    if (quote != '\'' && quote != '"')
        return fail_at(r, "no symbol's name");
    r->at++;
    TT_TRY(read_name(r, name));
    if (!accept(r, quote))
        return fail_at(r, "no symbol's name");
    while (accept(r, ',')) {
        TT_TRY(read_name(r, word));
        if (!accept(r, '='))
            return fail_at(r, "an assumption without value");
        TT_TRY(read_name(r, word));
    }
    *out = whole(tt_dim_symbol(r->t, name));
    return accept(r, ')') ? TTRT_OK : fail_at(r, "no closing bracket");
}

static ttrt_status read_integer_call(reader *r, bool rational, fraction *out)
{
    int64_t num, den = 1;
    TT_TRY(read_int(r, &num));
    if (rational && accept(r, ','))
        TT_TRY(read_int(r, &den));
    if (den <= 0)
        return fail_at(r, "a denominator that is not positive");
    *out = (fraction){.num = tt_dim_const(num), .den = tt_dim_const(den)};
    return accept(r, ')') ? TTRT_OK : fail_at(r, "no closing bracket");
}

/* Float('1.7', precision=53). One that is an integer is exact. */
static ttrt_status read_float_call(reader *r, fraction *out)
{
    char digits[64], word[MAX_NAME], *end = NULL;
    size_t n = 0;
    int64_t bits;

    if (!accept(r, '\''))
        return fail_at(r, "no digits of a Float");
    while (r->at < r->end && *r->at != '\'' && n + 1 < sizeof digits)
        digits[n++] = *r->at++;
    digits[n] = 0;
    double v = strtod(digits, &end);
    if (n == 0 || *end || !isfinite(v) || !accept(r, '\''))
        return fail_at(r, "a Float that is no number");
    if (accept(r, ',')) {
        TT_TRY(read_name(r, word));
        if (!accept(r, '='))
            return fail_at(r, "a precision without value");
        TT_TRY(read_int(r, &bits));
    }
    *out = whole(tt_dim_const(1));
    if (v == trunc(v) && fabs(v) < 0x1p53)
        out->num = tt_dim_const((int64_t)v);
    else
        out->factor = v;
    return accept(r, ')') ? TTRT_OK : fail_at(r, "no closing bracket");
}

static ttrt_status read_expr(reader *r, fraction *out);

static ttrt_status read_args(reader *r, fraction *args, size_t *n)
{
    char word[MAX_NAME];
    if (accept(r, ')'))
        return TTRT_OK;
    do {
        if (*n == MAX_ARGS)
            return fail_at(r, "too many arguments");
        const char *start = r->at;
        /* evaluate=False and the like */
        skip_space(r);
        if (r->at < r->end && *r->at != '-' && !(*r->at >= '0' && *r->at <= '9')) {
            TT_TRY(read_name(r, word));
            if (accept(r, '=')) {
                TT_TRY(read_name(r, word));
                continue;
            }
            r->at = start;
            if (strcmp(word, "ExprCondPair") == 0) {
                skip_space(r);
                r->at += strlen(word);
                if (!accept(r, '('))
                    return fail_at(r, "no arguments");
                TT_TRY(read_args(r, args, n));
                continue;
            }
        }
        TT_TRY(read_expr(r, &args[(*n)++]));
    } while (accept(r, ','));
    return accept(r, ')') ? TTRT_OK : fail_at(r, "no closing bracket");
}

static bool read_constant(const char *name, fraction *out)
{
    static const struct {
        const char *name;
        int64_t num, den;
    } constants[] = {
        {"true", 1, 1}, {"false", 0, 1}, {"True", 1, 1},         {"False", 0, 1},          {"One", 1, 1},
        {"Zero", 0, 1}, {"Half", 1, 2},  {"NegativeOne", -1, 1}, {"int_oo", INT64_MAX, 1},
    };
    for (size_t i = 0; i < TT_COUNT(constants); i++) {
        if (strcmp(name, constants[i].name) == 0) {
            *out = (fraction){.num = tt_dim_const(constants[i].num), .den = tt_dim_const(constants[i].den)};
            return true;
        }
    }
    return false;
}

static const function *function_of(const char *name)
{
    for (size_t i = 0; i < TT_COUNT(FUNCTIONS); i++)
        if (strcmp(name, FUNCTIONS[i].name) == 0)
            return &FUNCTIONS[i];
    return NULL;
}

static ttrt_status read_known(reader *r, const char *name, const function *f, fraction *out)
{
    if (f == NULL)
        return tt_fail(TTRT_ERR_UNSUPPORTED, "'%s' in the expression \"%.160s\"", name, r->text);
    fraction args[MAX_ARGS];
    size_t n = 0;
    TT_TRY(read_args(r, args, &n));
    if (n < f->min_args || n > f->max_args)
        return fail_at(r, "wrong number of arguments");
    return f->call(r, name, f->kind, args, n, out);
}

/* `start`: behind the opening bracket. */
static ttrt_status read_opaque(reader *r, const char *name, const char *start, fraction *out)
{
    uint64_t hash[2];
    char symbol_name[2 * MAX_NAME];
    int depth = 1;

    for (r->at = start; r->at < r->end && depth > 0; r->at++)
        depth += (*r->at == '(') - (*r->at == ')');
    if (depth > 0)
        return fail_at(r, "no closing bracket");
    tt_hash128(start, (size_t)(r->at - start), (uint8_t *)hash);
    snprintf(symbol_name, sizeof symbol_name, "u_%s_%016llx", name, (unsigned long long)hash[0]);
    tt_dim d = tt_dim_symbol(r->t, symbol_name);
    if (d.expr) {
        d.expr->symbol->opaque = true;
        d.expr->symbol->min = INT64_MIN;
    }
    *out = whole(d);
    return TTRT_OK;
}

static ttrt_status read_call(reader *r, const char *name, fraction *out)
{
    const function *f = function_of(name);
    const char *start = r->at;
    int nesting = r->nesting;

    ttrt_status status = read_known(r, name, f, out);
    if (status != TTRT_ERR_UNSUPPORTED || !f || f->call != call_round || tt_dims_status(r->t) != TTRT_OK)
        return status;
    r->nesting = nesting;
    return read_opaque(r, name, start, out);
}

static ttrt_status read_expr(reader *r, fraction *out)
{
    char name[MAX_NAME];
    int64_t v;

    skip_space(r);
    if (r->at < r->end && (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))) {
        TT_TRY(read_int(r, &v));
        *out = whole(tt_dim_const(v));
        return TTRT_OK;
    }
    TT_TRY(read_name(r, name));
    if (!accept(r, '(')) {
        if (read_constant(name, out))
            return TTRT_OK;
        return tt_fail(TTRT_ERR_UNSUPPORTED, "'%s' in the expression \"%.160s\"", name, r->text);
    }
    if (strcmp(name, "Symbol") == 0)
        return read_symbol(r, out);
    if (strcmp(name, "Float") == 0)
        return read_float_call(r, out);
    if (strcmp(name, "Integer") == 0 || strcmp(name, "Rational") == 0)
        return read_integer_call(r, name[0] == 'R', out);
    if (read_constant(name, out))
        return accept(r, ')') ? TTRT_OK : fail_at(r, "no closing bracket");
    if (++r->nesting > MAX_NESTING)
        return fail_at(r, "too much nesting");
    ttrt_status status = read_call(r, name, out);
    r->nesting--;
    return status;
}

ttrt_status tt_dim_parse_srepr(tt_dims *t, const char *text, tt_dim *out)
{
    size_t n = strnlen(text, MAX_TEXT);
    reader r = {.t = t, .text = text, .at = text, .end = text + n};
    fraction f;
    tt_dim d = {0};

    if (n == MAX_TEXT)
        return tt_fail(TTRT_ERR_FORMAT, "an expression of more than %d characters", MAX_TEXT - 1);
    TT_TRY(read_expr(&r, &f));
    skip_space(&r);
    if (r.at != r.end)
        return fail_at(&r, "text left over");
    TT_TRY(tt_dims_status(t));
    TT_TRY(integer(&r, "value", &f, &d));
    *out = d;
    return tt_dims_status(t);
}
