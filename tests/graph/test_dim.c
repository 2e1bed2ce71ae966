/* Symbolic dimensions: one form for what is equal, exact division, ranges, text, srepr, binding, and hostile text. */
#include "graph/dim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static tt_dims *new_table(void)
{
    tt_dims *t = tt_dims_new();
    assert_non_null(t);
    tt_dims_symbol(t, "s0")->min = 1;
    tt_dims_symbol(t, "s1")->min = 2;
    tt_dims_symbol(t, "s1")->max = 512;
    tt_dims_symbol(t, "u0")->min = -8;
    return t;
}

static tt_dim parse(tt_dims *t, const char *text)
{
    tt_dim d = {0};
    const char *at = text;
    if (tt_dim_parse(t, &at, &d) || *at) {
        print_error("%s: %s (left over: '%s')\n", text, ttrt_last_error()->what, at);
        fail();
    }
    return d;
}

static void expect(tt_dims *t, const char *in, tt_dim d, const char *wanted)
{
    tt_str s = {0};
    tt_dim_print(&s, d);
    if (strcmp(tt_str_text(&s), wanted) != 0) {
        print_error("%s gives %s, expected %s\n", in, tt_str_text(&s), wanted);
        fail();
    }
    tt_str_dispose(&s);
    /* what is printed reads back as the same */
    assert_true(tt_dim_equal(parse(t, wanted), d));
}

static void test_canonical(void **state)
{
    static const char *const cases[][2] = {
        {"4", "4"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"s0", "s0"},
        {"1 + 2*s0 - 1", "2*s0"},
        {"s0 + s0", "2*s0"},
        {"s0 - s0", "0"},
        {"s1 + s0", "s0 + s1"},
        {"s1*s0", "s0*s1"},
        {"(s0 + 1)*(s0 - 1)", "s0*s0 - 1"},
        {"-(s0 + 1)", "-s0 - 1"},
        {"-s0*3 + s1", "-3*s0 + s1"},
        {"s0**3", "s0*s0*s0"},
        {"s0**s1", "s0**s1"},
        {"2**s1 * s0", "s0*2**s1"},
        {"(768*s0*s1)//(12*64)", "s0*s1"},
        {"(s0*s1)//s1", "s0"},
        {"(s0*s1*4)//(2*s1)", "2*s0"},
        {"(s0*s1 + s1)//(s0 + 1)", "s1"},
        {"(s0*s1 + s0)//s1", "s0 + s0//s1"},
        {"(s0 + 3)//4", "(s0 + 3)//4"},
        {"-((-s0)//4)", "(s0 + 3)//4"},
        {"(s0 + 7)//4", "(s0 + 3)//4 + 1"},
        {"(4*s0 + s1)//4", "s0 + s1//4"},
        {"(5*s0)//4", "s0 + s0//4"},
        {"(2*s0 + 5)//8", "(s0 + 2)//4"},
        {"(s0//2)//3", "s0//6"},
        {"((s0 + 1)//2 + 1)//2", "(s0 + 3)//4"},
        {"(s0 - 1)//2 + 1", "(s0 + 1)//2"},
        {"s1//1024", "0"},
        {"(s1 + 1024)//1024", "1"},
        {"s0//s1*s1", "s1*(s0//s1)"},
        {"s0 % 1", "0"},
        {"(4*s0 + 1) % 4", "1"},
        {"(5*s0) % 4", "s0 % 4"},
        {"(-s0) % 4", "3*s0 % 4"},
        {"(2*s0) % 4", "2*(s0 % 2)"},
        {"(2*s0 + 3) % 4", "2*((s0 + 1) % 2) + 1"},
        {"(s0 % 8) % 4", "s0 % 4"},
        {"s1 % 1024", "s1"},
        {"(s0*s1) % s1", "0"},
        {"(s0*s1 + 1) % s1", "1"},
        {"s0 % -4", "-(3*s0 % 4)"},
        {"max(1, s0)", "s0"},
        {"max(1, s1, 2)", "s1"},
        {"max(3, s1)", "max(s1, 3)"},
        {"max(s0, s0 + 1)", "s0 + 1"},
        {"min(s0, 9223372036854775807)", "s0"},
        {"min(s1, 512)", "s1"},
        {"min(8, s0)", "min(s0, 8)"},
        {"min(min(s0, 8), min(4, s1))", "min(s0, s1, 4)"},
        {"max(s0, s0)", "s0"},
        {"s0 == 0", "0"},
        {"s0 == 1", "s0 == 1"},
        {"1 == s0", "s0 == 1"},
        {"s0 - 1 == 0", "s0 == 1"},
        {"s0 + s1 == s1 + 1", "s0 == 1"},
        {"s1 <= 512", "1"},
        {"s1 < 2", "0"},
        {"s0 >= 3", "3 <= s0"},
        {"not s0 == 1", "s0 != 1"},
        {"not s0 < 5", "5 <= s0"},
        {"not not u0 < 5", "u0 < 5"},
        {"s0 == 1 and s1 == 2", "s0 == 1 and s1 == 2"},
        {"s0 == 1 or (s1 == 2 and u0 == 3)", "s0 == 1 or s1 == 2 and u0 == 3"},
        {"(s0 == 1 or s1 == 2) and u0 == 3", "u0 == 3 and (s0 == 1 or s1 == 2)"},
        {"s0 == 1 and s0 == 0", "0"},
        {"not (s0 == 1 and s1 == 2)", "not (s0 == 1 and s1 == 2)"},
        {"select(s0 == 1, 4, s1)", "select(s0 == 1, 4, s1)"},
        {"select(s0 == 0, 4, s1)", "s1"},
        {"select(s0 == 1, 1, 0)", "s0 == 1"},
        {"scaled(s0, 3, 1)", "scaled(s0, 3, 1)"},
        {"scaled(s0, 3, 0)", "3*s0"},
        {"scaled(5, 3, 1)", "7"},
        {"scaled(-5, 3, 1)", "-7"},
        {"scaled(s0, 3, 1, 2)", "scaled(s0, 3, 1, 2)"},
        {"scaled(5, 3, 1, 1)", "7"},
        {"scaled(5, 3, 1, 2)", "8"},
        {"scaled(-5, 3, 1, 1)", "-8"},
        {"scaled(-5, 3, 1, 2)", "-7"},
    };
    tt_dims *t = new_table();
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        expect(t, cases[i][0], parse(t, cases[i][0]), cases[i][1]);
    tt_dims_unref(t);
}

/* Each form has the value that plain arithmetic gives. */
static void test_values(void **state)
{
    static const char *const cases[] = {
        "(s0 + 7)//4",
        "(5*s0 + 3*s1)//4",
        "-((-s0)//4)",
        "(2*s0 + 5)//8",
        "((s0 + 1)//2 + 1)//2",
        "(7 - 3*u0)//5",
        "u0//-3",
        "(2*u0 + 3) % 4",
        "(-u0) % 6",
        "u0 % -4",
        "(4*u0 + 6*s0) % 8",
        "(s0*s1 + s0)//s1",
        "(s0*s1 + 3) % s1",
        "max(u0, s0 - 3, 2)",
        "min(u0*u0, s0)",
        "select(u0 < 0, -u0, u0)",
        "scaled(u0 + s1, 5404319552844595, 53)",
        "(u0 % 12) % 4",
        "(6*s0*s1)//(4*s1)",
        "(3*u0 + 1)//2*2 + (3*u0 + 1) % 2",
    };
    tt_dims *t = new_table();
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_dim d = parse(t, cases[i]);
        for (int64_t s0 = 1; s0 < 12; s0++)
            for (int64_t u0 = -8; u0 < 9; u0++) {
                /* The same text with numbers in the symbols' places goes through constants only. */
                char text[256];
                size_t n = 0;
                for (const char *c = cases[i]; *c; c++) {
                    if ((*c == 's' || *c == 'u') && (c[1] == '0' || c[1] == '1')) {
                        int64_t v = *c == 'u' ? u0 : c[1] == '0' ? s0 : 5;
                        n += (size_t)sprintf(text + n, "(%lld)", (long long)v);
                        c++;
                    } else
                        text[n++] = *c;
                }
                text[n] = 0;
                int64_t values[] = {s0, 5, u0}, got, min, max;
                tt_dim wanted = parse(t, text);
                assert_true(tt_dim_is_const(wanted));
                assert_true(tt_dim_eval(d, values, &got));
                if (got != wanted.value) {
                    print_error("%s with s0 = %d, s1 = 5, u0 = %d: %d, expected %d\n", cases[i], (int)s0, (int)u0,
                                (int)got, (int)wanted.value);
                    fail();
                }
                tt_dim_range(d, &min, &max);
                assert_true(min <= got && got <= max);
            }
    }
    tt_dims_unref(t);
}

/* 5 * 0.6 is 3 in double, though 0.6 lies below the fraction: that is what PyTorch gets too. */
static void test_scaled(void **state)
{
    tt_dims *t = new_table();
    tt_dim x = tt_dim_scaled(t, parse(t, "s0"), 0.6, TT_ROUND_ZERO);
    int64_t got;
    assert_true(tt_dim_eval(x, (int64_t[]){5, 0, 0}, &got) && got == 3);
    assert_true(tt_dim_eval(x, (int64_t[]){4, 0, 0}, &got) && got == 2);
    /* Rounded up, too: what is whole in double stays. */
    tt_dim up = tt_dim_scaled(t, parse(t, "s0"), 0.6, TT_ROUND_UP);
    assert_true(tt_dim_eval(up, (int64_t[]){5, 0, 0}, &got) && got == 3);
    assert_true(tt_dim_eval(up, (int64_t[]){4, 0, 0}, &got) && got == 3);
    assert_false(
        tt_dim_eval(tt_dim_scaled(t, parse(t, "s0"), 1e15 + 0.5, TT_ROUND_ZERO), (int64_t[]){INT64_MAX, 0, 0}, &got));
    assert_int_equal(tt_dims_status(t), TTRT_OK);
    tt_dim_scaled(t, parse(t, "s0"), 1e300, TT_ROUND_ZERO);
    assert_int_equal(tt_dims_status(t), TTRT_ERR_UNSUPPORTED);
    tt_dims_unref(t);
}

static void test_divide_exact(void **state)
{
    tt_dims *t = new_table();
    tt_dim q;
    assert_true(tt_dim_divide_exact(t, parse(t, "768*s0*s1"), parse(t, "12*64*s0"), &q));
    expect(t, "768*s0*s1/768/s0", q, "s1");
    assert_true(tt_dim_divide_exact(t, parse(t, "s0*s0 + 2*s0*s1 + s1*s1"), parse(t, "s0 + s1"), &q));
    expect(t, "square", q, "s0 + s1");
    assert_false(tt_dim_divide_exact(t, parse(t, "s0 + 1"), parse(t, "2"), &q));
    assert_false(tt_dim_divide_exact(t, parse(t, "s0"), parse(t, "0"), &q));
    assert_false(tt_dim_divide_exact(t, tt_dim_const(INT64_MIN), tt_dim_const(-1), &q));
    assert_int_equal(tt_dims_status(t), TTRT_OK);
    assert_true(tt_dim_known_equal(t, parse(t, "s0"), parse(t, "4*(s0//4) + s0 % 4")));
    assert_false(tt_dim_known_equal(t, parse(t, "s0"), parse(t, "s1")));
    assert_int_equal(tt_dims_status(t), TTRT_OK);
    tt_dims_unref(t);
}

static void test_failures(void **state)
{
    tt_dims *t = new_table();
    tt_dim_add(t, tt_dim_const(INT64_MAX), tt_dim_const(1));
    assert_int_equal(tt_dims_status(t), TTRT_ERR_UNSUPPORTED);
    assert_int_equal(tt_dims_status(t), TTRT_OK);
    tt_dim_floordiv(t, parse(t, "s0"), tt_dim_const(0));
    assert_int_equal(tt_dims_status(t), TTRT_ERR_UNSUPPORTED);
    tt_dim_mul(t, parse(t, "4611686018427387904*s0"), parse(t, "4*s1"));
    assert_int_equal(tt_dims_status(t), TTRT_ERR_UNSUPPORTED);
    tt_dim_op(t, TT_EXPR_POW, 2, (tt_dim[]){parse(t, "s0"), tt_dim_const(1000)});
    assert_int_equal(tt_dims_status(t), TTRT_ERR_UNSUPPORTED);
    tt_dim_op(t, TT_EXPR_SELECT, 2, (tt_dim[]){{0}, {0}});
    assert_int_equal(tt_dims_status(t), TTRT_ERR_ARGUMENT);
    tt_dims_unref(t);
}

static void test_srepr(void **state)
{
    static const char *const cases[][2] = {
        {"Symbol('s0', positive=True, integer=True)", "s0"},
        {"Mul(Integer(768), Symbol('s0', positive=True, integer=True))", "768*s0"},
        {"Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(-1))", "2*s0 - 1"},
        {"Add(Integer(1), FloorDiv(Add(Symbol('s0'), Integer(-1)), Integer(2)))", "(s0 + 1)//2"},
        {"Pow(Symbol('s0'), Integer(2))", "s0*s0"},
        {"Mul(Integer(4), Pow(Symbol('s0'), Integer(-1)), Symbol('s0'))", "4"},
        {"floor(Mul(Rational(1, 2), Symbol('s0')))", "s0//2"},
        {"CeilToInt(IntTrueDiv(Symbol('s0'), Integer(2)))", "(s0 + 1)//2"},
        {"TruncToInt(IntTrueDiv(Symbol('s0'), Integer(2)))", "s0//2"},
        {"TruncToInt(IntTrueDiv(Symbol('u0'), Integer(2)))", "select(u0//2 < 0, (u0 + 1)//2, u0//2)"},
        {"Max(Integer(1), Symbol('s0'))", "s0"},
        {"Min(Integer(4), Symbol('s0'))", "min(s0, 4)"},
        {"Mod(Symbol('s0'), Integer(2))", "s0 % 2"},
        {"PythonMod(Symbol('u0'), Integer(2))", "u0 % 2"},
        {"ModularIndexing(Symbol('s0'), Integer(2), Integer(3))", "s0//2 % 3"},
        {"Equality(Symbol('s0'), Integer(4))", "s0 == 4"},
        {"StrictGreaterThan(Symbol('u0'), Integer(4))", "4 < u0"},
        {"And(Eq(Symbol('s0'), Integer(4)), Ne(Symbol('s1'), Integer(8)))", "s0 == 4 and s1 != 8"},
        {"Not(Eq(Symbol('s0'), Integer(4)))", "s0 != 4"},
        {"Piecewise(ExprCondPair(Integer(1), Eq(Symbol('s0'), Integer(4))), ExprCondPair(Integer(2), true))",
         "select(s0 == 4, 1, 2)"},
        {"Add(Symbol('s0'), Symbol('s1'), evaluate=False)", "s0 + s1"},
        {"TruncToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s0'))))", "scaled(s0, 3, 1)"},
        {"FloorToInt(Mul(Float('0.59999999999999998', precision=53), ToFloat(Symbol('s0'))))",
         "scaled(s0, 5404319552844595, 53)"},
        {"TruncToInt(Mul(Float('2.0', precision=53), ToFloat(Symbol('s0'))))", "2*s0"},
        {"CeilToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s0'))))", "scaled(s0, 3, 1, 2)"},
        {"CeilToInt(Mul(Float('2.0', precision=53), ToFloat(Symbol('s0'))))", "2*s0"},
        {"FloorToInt(Mul(Float('-1.5', precision=53), Symbol('s0')))", "scaled(s0, -3, 1, 1)"},
        {"TruncToInt(Mul(Float('-1.5', precision=53), Symbol('s0')))", "scaled(s0, -3, 1)"},
        {"true", "1"},
        {"Integer(9223372036854775807)", "9223372036854775807"},
        {"Integer(-9223372036854775808)", "-9223372036854775808"},
        {"S_one", NULL},
        {"Float('1.5', precision=53)", NULL},
        {"Float('nan', precision=53)", NULL},
        {"Float('1.5x', precision=53)", NULL},
        {"TruncToInt(Float('1e300', precision=53))", NULL},
        {"Add(Float('1.5', precision=53), Symbol('s0'))", NULL},
        {"Symbol(s0)", NULL},
        {"Symbol('s0'", NULL},
        {"Add(Symbol('s0')) x", NULL},
        {"Integer(9223372036854775808)", NULL},
        {"Mul(Rational(1, 2), Symbol('s0'))", NULL},
        {"FloorDiv(Symbol('s0'), Integer(0))", NULL},
        {"Rational(1, 0)", NULL},
        {"FloorDiv(Symbol('s0'))", NULL},
        {"Piecewise(Integer(1), Integer(1), Integer(2))", NULL},
        {"", NULL},
        {"(", NULL},
        {"Add(,)", NULL},
    };
    tt_dims *t = new_table();
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_dim d = {0};
        ttrt_status status = tt_dim_parse_srepr(t, cases[i][0], &d);
        if ((status == TTRT_OK) != (cases[i][1] != NULL)) {
            print_error("%s: %s\n", cases[i][0], status ? ttrt_last_error()->what : "accepted");
            fail();
        }
        if (cases[i][1])
            expect(t, cases[i][0], d, cases[i][1]);
    }
    tt_dims_unref(t);
}

/* A rounded float that is no product with a size is a symbol, the same one for the same text. */
static void test_opaque(void **state)
{
    static const char *const texts[] = {
        "CeilToInt(Add(Mul(Float('1.5', precision=53), ToFloat(Symbol('s0'))), Float('0.5', precision=53)))",
        "CeilToInt(FloatTrueDiv(ToFloat(Symbol('s0')), Float('0.29999999999999999', precision=53)))",
        "RoundToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s0'))))",
        "RoundToInt(IntTrueDiv(Symbol('s0'), Integer(2)))",
    };
    tt_dims *t = new_table();
    tt_dim d[4], again, more;
    const tt_symbol *symbol;

    for (size_t i = 0; i < TT_COUNT(texts); i++) {
        assert_int_equal(tt_dim_parse_srepr(t, texts[i], &d[i]), TTRT_OK);
        assert_true(tt_dim_is_symbol(d[i], &symbol) && symbol->opaque && symbol->unbacked);
        assert_int_equal(tt_dim_parse_srepr(t, texts[i], &again), TTRT_OK);
        assert_true(tt_dim_equal(d[i], again));
        for (size_t k = 0; k < i; k++)
            assert_false(tt_dim_equal(d[k], d[i]));
    }
    assert_int_equal(tt_dim_parse_srepr(t, "Add(Integer(1), RoundToInt(IntTrueDiv(Symbol('s0'), Integer(2))))", &more),
                     TTRT_OK);
    assert_true(tt_dim_equal(tt_dim_sub(t, more, d[3]), tt_dim_const(1)));
    assert_int_equal(tt_dim_parse_srepr(t, "RoundToInt(Symbol('s0'))", &more), TTRT_OK);
    expect(t, "RoundToInt(s0)", more, "s0");
    assert_int_equal(tt_dim_parse_srepr(t, "CeilToInt(FloatTrueDiv(Symbol('s0'), Float('1.5')", &more),
                     TTRT_ERR_FORMAT);
    tt_dims_unref(t);
}

static void test_hostile(void **state)
{
    static const char *const cases[] = {
        "",
        "(",
        ")",
        "s0 +",
        "s0 + * 2",
        "max(",
        "max(1)",
        "scaled(s0, 3)",
        "scaled(s0, 3, 1, 0)",
        "scaled(s0, 3, 1, 3)",
        "scaled(s0, 3, 1, s0)",
        "scaled(s0, s0, 1)",
        "scaled(s0, 1, -1)",
        "scaled(s0, 9223372036854775807, 1)",
        "max(1,",
        "select(1, 2)",
        "and",
        "max",
        "99999999999999999999",
        "9223372036854775808",
        "s0 ** -1",
        "s0 // 0",
        "s0 % 0",
        "-",
        "not",
        "s0 == ",
        "#",
    };
    tt_dims *t = new_table();
    tt_dim d;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        const char *at = cases[i];
        if (tt_dim_parse(t, &at, &d) == TTRT_OK && *at == 0) {
            print_error("'%s' was accepted\n", cases[i]);
            fail();
        }
    }
    char text[8192];
    const char *at = text;
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_int_equal(tt_dim_parse(t, &at, &d), TTRT_ERR_FORMAT);
    memset(text, 'a', sizeof text - 1);
    at = text;
    assert_int_equal(tt_dim_parse(t, &at, &d), TTRT_ERR_FORMAT);
    at = "(a + b + c + d + e + f + g + h + i + j)**40";
    assert_int_equal(tt_dim_parse(t, &at, &d), TTRT_ERR_UNSUPPORTED);
    size_t n = 0;
    while (n + 32 < sizeof text)
        n += (size_t)sprintf(text + n, "Add(");
    assert_int_not_equal(tt_dim_parse_srepr(t, text, &d), TTRT_OK);
    tt_dims_unref(t);
}

static const char *label(void *user, size_t i, char *buffer, size_t size)
{
    snprintf(buffer, size, "input 'x', dimension %zu", i);
    return buffer;
}

static ttrt_status bind(tt_dims *t, const char *declared, const int64_t *actual, int64_t *values)
{
    tt_dim_pair pairs[8];
    size_t n = 0;
    for (const char *at = declared; *at; n++) {
        assert_int_equal(tt_dim_parse(t, &at, &pairs[n].declared), TTRT_OK);
        pairs[n].actual = actual[n];
        at += *at == ',';
    }
    return tt_dims_bind(t, pairs, n, label, NULL, values);
}

static void test_bind(void **state)
{
    tt_dims *t = new_table();
    int64_t v[8];
    assert_int_equal(bind(t, "s0, 3, s1, s0*s1", (int64_t[]){4, 3, 5, 20}, v), TTRT_OK);
    assert_int_equal(v[0], 4);
    assert_int_equal(v[1], 5);
    assert_int_equal(bind(t, "2*s0 + 1, s1 - s0", (int64_t[]){7, 9}, v), TTRT_OK);
    assert_int_equal(v[0], 3);
    assert_int_equal(v[1], 12);
    assert_int_equal(bind(t, "10 - s0", (int64_t[]){7}, v), TTRT_OK);
    assert_int_equal(v[0], 3);
    assert_int_equal(bind(t, "s0, 3", (int64_t[]){4, 5}, v), TTRT_ERR_SHAPE);
    assert_string_equal(ttrt_last_error()->what, "input 'x', dimension 1 is 5, expected 3");
    assert_int_equal(bind(t, "s0, s0 + 1", (int64_t[]){4, 6}, v), TTRT_ERR_SHAPE);
    assert_string_equal(ttrt_last_error()->what, "input 'x', dimension 1 is 6, expected s0 + 1 = 5");
    assert_int_equal(bind(t, "s0, s1", (int64_t[]){4, 513}, v), TTRT_ERR_SHAPE);
    assert_string_equal(ttrt_last_error()->what, "input 'x', dimension 1 is 513: s1 = 513, expected in [2, 512]");
    assert_int_equal(bind(t, "s0", (int64_t[]){0}, v), TTRT_ERR_SHAPE);
    assert_int_equal(bind(t, "2*s0", (int64_t[]){3}, v), TTRT_ERR_SHAPE);
    assert_int_equal(bind(t, "u0 + 1", (int64_t[]){3}, v), TTRT_OK);
    assert_int_equal(v[2], 2);
    assert_int_equal(bind(t, "s0", (int64_t[]){INT64_MIN}, v), TTRT_ERR_SHAPE);
    tt_symbol *s1 = tt_dims_find(t, "s1");
    assert_int_equal(bind(t, "s1", (int64_t[]){1}, v), TTRT_ERR_SHAPE);
    s1->max = TT_DIM_NO_MAX; /* [2, no end]: what PyTorch writes for a dimension without bounds */
    assert_int_equal(bind(t, "s1", (int64_t[]){1}, v), TTRT_OK);
    assert_int_equal(bind(t, "s1", (int64_t[]){0}, v), TTRT_OK);
    assert_int_equal(bind(t, "s1", (int64_t[]){-1}, v), TTRT_ERR_SHAPE);
    tt_dims_unref(t);
}

static void test_no_memory(void **state)
{
    const char *text = "max((s0*s1 + s2)//(s3 + 1), s4 % 8)";
    for (uint64_t n = 1;; n++) {
        tt_alloc_fail_at(n);
        tt_dims *t = tt_dims_new();
        const char *at = text;
        tt_dim d;
        ttrt_status status = t ? tt_dim_parse(t, &at, &d) : TTRT_ERR_MEMORY;
        tt_alloc_fail_at(0);
        tt_dims_unref(t);
        if (status == TTRT_OK)
            break;
        assert_int_equal(status, TTRT_ERR_MEMORY);
        assert_true(n < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical), cmocka_unit_test(test_values),  cmocka_unit_test(test_divide_exact),
        cmocka_unit_test(test_failures),  cmocka_unit_test(test_scaled),  cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_srepr),     cmocka_unit_test(test_hostile), cmocka_unit_test(test_bind),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("dim", tests, NULL, NULL);
}
