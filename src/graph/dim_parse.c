/* Dimensions from our own text. The reader of sympy's form is dim_srepr.c. */
#include "graph/dim_impl.h"

#include <string.h>

enum { MAX_NESTING = 64, MAX_NAME = 64 };
enum { MAX_TEXT = TT_DIM_MAX_SIZE * (MAX_NAME + 16) }; /* that of the largest dimension */

typedef struct reader {
    tt_dims *t;
    const char *at, *end;
    int nesting;
} reader;

static void skip_space(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool is_name_char(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static bool accept(reader *r, const char *sign)
{
    size_t n = strlen(sign);
    skip_space(r);
    if ((size_t)(r->end - r->at) < n || strncmp(r->at, sign, n) != 0)
        return false;
    if (is_name_char(sign[0], true) && n < (size_t)(r->end - r->at) && is_name_char(r->at[n], false))
        return false;
    r->at += n;
    return true;
}

static ttrt_status fail_at(const reader *r, const char *what)
{
    return tt_fail(TTRT_ERR_FORMAT, "%s in a dimension at '%.24s'", what, r->at);
}

static ttrt_status parse_level(reader *r, int level, tt_dim *out);

static ttrt_status parse_number(reader *r, tt_dim *out)
{
    int64_t v = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *r->at - '0', &v))
            return fail_at(r, "a number exceeds 64 bits");
    /* Read as a negative one, so that the least of all numbers, too, comes back. */
    *out = tt_dim_const(v);
    return TTRT_OK;
}

enum { MAX_ARGS = 64 };

static const struct {
    const char *name;
    uint8_t kind, min_args, max_args;
} CALLS[] = {
    {"max", TT_EXPR_MAX, 2, MAX_ARGS},
    {"min", TT_EXPR_MIN, 2, MAX_ARGS},
    {"select", TT_EXPR_SELECT, 3, 3},
    {"scaled", TT_EXPR_SCALED, 3, 4},
};

static ttrt_status parse_call(reader *r, const char *name, tt_dim *out)
{
    tt_dim args[MAX_ARGS];
    size_t n = 0;
    do {
        if (n == TT_COUNT(args))
            return fail_at(r, "too many arguments");
        TT_TRY(parse_level(r, 0, &args[n++]));
    } while (accept(r, ","));
    if (!accept(r, ")"))
        return fail_at(r, "no closing bracket");
    for (size_t i = 0; i < TT_COUNT(CALLS); i++) {
        if (strcmp(name, CALLS[i].name) != 0)
            continue;
        if (n < CALLS[i].min_args || n > CALLS[i].max_args)
            return fail_at(r, "wrong number of arguments");
        *out = tt_dim_op(r->t, (tt_expr_kind)CALLS[i].kind, n, args);
    }
    return TTRT_OK;
}

static ttrt_status parse_name(reader *r, tt_dim *out)
{
    static const char *const reserved[] = {"and", "or", "not"};
    char name[MAX_NAME];
    size_t n = 0;

    for (; r->at < r->end && is_name_char(*r->at, n == 0); r->at++) {
        if (n + 1 == sizeof name)
            return fail_at(r, "a name is too long");
        name[n++] = *r->at;
    }
    name[n] = 0;
    for (size_t i = 0; i < TT_COUNT(reserved); i++)
        if (strcmp(name, reserved[i]) == 0)
            return fail_at(r, "a reserved word");
    for (size_t i = 0; i < TT_COUNT(CALLS); i++)
        if (strcmp(name, CALLS[i].name) == 0)
            return accept(r, "(") ? parse_call(r, name, out) : fail_at(r, "a reserved word");
    *out = tt_dim_symbol(r->t, name);
    return TTRT_OK;
}

static ttrt_status parse_atom(reader *r, bool *is_number, tt_dim *out)
{
    *is_number = false;
    skip_space(r);
    if (r->at == r->end)
        return tt_fail(TTRT_ERR_FORMAT, "a dimension ends too early");
    if (accept(r, "(")) {
        TT_TRY(parse_level(r, 0, out));
        return accept(r, ")") ? TTRT_OK : fail_at(r, "no closing bracket");
    }
    if (*r->at >= '0' && *r->at <= '9') {
        *is_number = true;
        return parse_number(r, out);
    }
    return is_name_char(*r->at, true) ? parse_name(r, out) : fail_at(r, "neither number nor name");
}

static ttrt_status parse_power(reader *r, tt_dim *out)
{
    bool is_number, negative = false;
    tt_dim exponent;

    while (accept(r, "-"))
        negative = !negative;
    TT_TRY(parse_atom(r, &is_number, out));
    if (accept(r, "**")) {
        *out = is_number ? tt_dim_sub(r->t, tt_dim_const(0), *out) : *out;
        is_number = false;
        TT_TRY(parse_atom(r, &is_number, &exponent));
        *out = tt_dim_op(r->t, TT_EXPR_POW, 2,
                         (tt_dim[]){*out, is_number ? tt_dim_sub(r->t, tt_dim_const(0), exponent) : exponent});
        is_number = false;
    }
    if (negative != is_number)
        *out = tt_dim_sub(r->t, tt_dim_const(0), *out);
    return TTRT_OK;
}

typedef struct sign {
    const char *text;
    uint8_t level, kind;
    bool swap; /* a > b is b < a */
} sign;

enum { OR, AND, NOT, COMPARE, SUM, PRODUCT, POWER, MINUS = 100 };

/* Longer ones first where one begins another. */
static const sign SIGNS[] = {
    {"or", OR, TT_EXPR_OR, false},      {"and", AND, TT_EXPR_AND, false},         {"==", COMPARE, TT_EXPR_EQ, false},
    {"!=", COMPARE, TT_EXPR_NE, false}, {"<=", COMPARE, TT_EXPR_LE, false},       {">=", COMPARE, TT_EXPR_LE, true},
    {"<", COMPARE, TT_EXPR_LT, false},  {">", COMPARE, TT_EXPR_LT, true},         {"+", SUM, TT_EXPR_ADD, false},
    {"-", SUM, MINUS, false},           {"//", PRODUCT, TT_EXPR_FLOORDIV, false}, {"*", PRODUCT, TT_EXPR_MUL, false},
    {"%", PRODUCT, TT_EXPR_MOD, false},
};

static const sign *accept_sign(reader *r, int level)
{
    for (size_t i = 0; i < TT_COUNT(SIGNS); i++)
        if (SIGNS[i].level == level && accept(r, SIGNS[i].text))
            return &SIGNS[i];
    return NULL;
}

static ttrt_status parse_infix(reader *r, int level, tt_dim *out)
{
    const sign *s;
    TT_TRY(parse_level(r, level + 1, out));
    while ((s = accept_sign(r, level)) != NULL) {
        tt_dim right;
        TT_TRY(parse_level(r, level + 1, &right));
        if (s->kind == MINUS)
            *out = tt_dim_sub(r->t, *out, right);
        else
            *out =
                tt_dim_op(r->t, (tt_expr_kind)s->kind, 2, s->swap ? (tt_dim[]){right, *out} : (tt_dim[]){*out, right});
        if (level == COMPARE)
            break;
    }
    return TTRT_OK;
}

static ttrt_status parse_level(reader *r, int level, tt_dim *out)
{
    if (++r->nesting > MAX_NESTING * POWER)
        return fail_at(r, "too much nesting");
    ttrt_status status;
    if (level == POWER)
        status = parse_power(r, out);
    else if (level == NOT && accept(r, "not")) {
        status = parse_level(r, NOT, out);
        if (status == TTRT_OK)
            *out = tt_dim_op(r->t, TT_EXPR_NOT, 1, out);
    } else
        status = level == NOT ? parse_level(r, COMPARE, out) : parse_infix(r, level, out);
    r->nesting--;
    return status;
}

ttrt_status tt_dim_parse(tt_dims *t, const char **text, tt_dim *out)
{
    reader r = {.t = t, .at = *text, .end = *text + strnlen(*text, MAX_TEXT)};
    tt_dim d = {0};

    TT_TRY(parse_level(&r, OR, &d));
    TT_TRY(tt_dims_status(t));
    *text = r.at;
    *out = d;
    return TTRT_OK;
}
