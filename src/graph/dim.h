/* Symbolic integers: dimensions of tensors and integers computed from them. Expressions are interned in a tt_dims table
 * and kept in a canonical form (sums of products, constants last), so that equal ones are the same pointer.
 *
 * Text form, which reads back: 4   s0   2*s0 + 1   (s0 - 1)//2   s0 % 4   max(1, s0)   min(s0, 8)   s0 == 1
 * scaled(s0, 3, 1) */
#ifndef TT_DIM_H
#define TT_DIM_H

#include "base/str.h"

#define TT_DIM_NO_MAX INT64_MAX

typedef enum tt_expr_kind {
    TT_EXPR_SYMBOL,
    TT_EXPR_CONST, /* only inside other expressions */
    TT_EXPR_ADD,   /* n-ary */
    TT_EXPR_MUL,   /* n-ary */
    TT_EXPR_FLOORDIV,
    TT_EXPR_MOD, /* Python's: sign of the divisor */
    TT_EXPR_MAX,
    TT_EXPR_MIN,
    TT_EXPR_POW,
    TT_EXPR_EQ, /* comparisons give 0 or 1 */
    TT_EXPR_NE,
    TT_EXPR_LT,
    TT_EXPR_LE,
    TT_EXPR_AND,
    TT_EXPR_OR,
    TT_EXPR_NOT,
    TT_EXPR_SELECT, /* arg 0 ? arg 1 : arg 2 */
    TT_EXPR_SCALED  /* arg 0 times the double arg 1 / 2**arg 2, computed in double, rounded as arg 3 says */
} tt_expr_kind;

/* How SCALED rounds; arg 3 is left out for ZERO. */
typedef enum tt_rounding { TT_ROUND_ZERO, TT_ROUND_DOWN, TT_ROUND_UP } tt_rounding;

typedef struct tt_symbol {
    const char *name; /* "s0"; unbacked ones (read from data) "u0" */
    size_t index;     /* in the table */
    int64_t min, max; /* declared range, both inclusive; max TT_DIM_NO_MAX: none */
    int64_t hint;     /* the example's value, the `opt` shape; -1: none */
    bool unbacked;
    bool opaque; /* stands for an expression over floats that none here can hold; a node of the program computes it */
} tt_symbol;

typedef struct tt_expr {
    tt_expr_kind kind;
    int64_t value;     /* CONST */
    tt_symbol *symbol; /* SYMBOL */
    size_t n_args;
    const struct tt_expr **args;
} tt_expr;

/* An integer known now (expr NULL) or later. Compare with tt_dim_equal. */
typedef struct tt_dim {
    const tt_expr *expr;
    int64_t value;
} tt_dim;

/* The table. Counted (not atomically: building is single-threaded): a graph and the networks made from it share one. */
typedef struct tt_dims tt_dims;
tt_dims *tt_dims_new(void);
tt_dims *tt_dims_ref(tt_dims *t);
void tt_dims_unref(tt_dims *t);
size_t tt_dims_count(const tt_dims *t); /* symbols */
tt_symbol *tt_dims_at(const tt_dims *t, size_t i);
tt_symbol *tt_dims_find(const tt_dims *t, const char *name); /* NULL */
/* Finds or adds: a new one has min 0, no max, no hint; unbacked where the name starts with 'u'. NULL without memory. */
tt_symbol *tt_dims_symbol(tt_dims *t, const char *name);

/* The least value it may have when a program runs. PyTorch writes [2, no end] for a dimension that has no bounds (it
 * would specialize on 0 and 1), and runs such a program at 0 and 1 all the same. */
int64_t tt_symbol_least(const tt_symbol *s);

static inline tt_dim tt_dim_const(int64_t v) { return (tt_dim){NULL, v}; }
static inline bool tt_dim_is_const(tt_dim d) { return d.expr == NULL; }
static inline bool tt_dim_is(tt_dim d, int64_t v) { return d.expr == NULL && d.value == v; }
static inline bool tt_dim_equal(tt_dim a, tt_dim b) { return a.expr == b.expr && (a.expr || a.value == b.value); }
tt_dim tt_dim_symbol(tt_dims *t, const char *name);
bool tt_dim_is_symbol(tt_dim d, const tt_symbol **out); /* a bare symbol */
bool tt_dim_mentions(tt_dim d, const tt_symbol *s);
bool tt_dim_mentions_unbacked(tt_dim d); /* a symbol whose value only data tell */
/* Each symbol as often as the expression has it. */
typedef void tt_symbol_visitor(void *user, const tt_symbol *s);
void tt_dim_each_symbol(tt_dim d, tt_symbol_visitor *visit, void *user);

/* Arithmetic. Without memory, or when a constant overflows, the table is marked failed and the result is 0: check
 * tt_dims_status() once at the end of a row of operations. Division by a constant zero fails likewise. */
tt_dim tt_dim_add(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_sub(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_mul(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_floordiv(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_ceildiv(tt_dims *t, tt_dim a, tt_dim b); /* -((-a) // b) */
tt_dim tt_dim_mod(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_max(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_min(tt_dims *t, tt_dim a, tt_dim b);
tt_dim tt_dim_op(tt_dims *t, tt_expr_kind kind, size_t n_args, const tt_dim *args); /* any kind */
/* (double)a * factor, rounded: trunc for the size of an image that PyTorch scales by a float. Not finite: fails. */
tt_dim tt_dim_scaled(tt_dims *t, tt_dim a, double factor, tt_rounding rounding);
tt_dim tt_dim_product(tt_dims *t, const tt_dim *dims, size_t n);
ttrt_status tt_dims_status(tt_dims *t);

/* Bounds from the symbols' ranges; conservative. */
void tt_dim_range(tt_dim d, int64_t *min, int64_t *max);
/* True where it is certain: a == b always; the divisor always divides. */
bool tt_dim_known_equal(tt_dims *t, tt_dim a, tt_dim b);
/* Exact quotient a / b where it is certain that b divides a (by polynomial division, as reshape(-1) needs). */
bool tt_dim_divide_exact(tt_dims *t, tt_dim a, tt_dim b, tt_dim *out);

/* Value with symbols bound: values[symbol->index]; false when a symbol's value is TT_DIM_UNBOUND, on overflow or x //
 * 0. */
#define TT_DIM_UNBOUND INT64_MIN
bool tt_dim_eval(tt_dim d, const int64_t *values, int64_t *out);

void tt_dim_print(tt_str *s, tt_dim d);
/* Reads the text form at *text and moves it past. Symbols are found or added. Nesting and length are limited. */
ttrt_status tt_dim_parse(tt_dims *t, const char **text, tt_dim *out);
/* Reads sympy's srepr form: "Mul(Integer(768), Symbol('s50', positive=True, integer=True))" with Add, Mul, Pow,
 * FloorDiv, CleanDiv, Mod, PythonMod, Max, Min, ceiling/floor/trunc of integers, Eq, Ne, Lt, Le, Gt, Ge (and the sympy
 * class names), And, Or, Not, Piecewise, Integer, NegativeOne, One, Zero, true, false. Others are refused by name
 * (TTRT_ERR_UNSUPPORTED). */
ttrt_status tt_dim_parse_srepr(tt_dims *t, const char *text, tt_dim *out);

/* d = a * s + b with constants a != 0 and b; false where it is not of this form. */
bool tt_dim_linear(tt_dims *t, tt_dim d, tt_symbol **s, int64_t *a, int64_t *b);

/* Binds symbols from actual shapes. For each (declared, actual, label) in order: a bare symbol not yet bound takes the
 * value; a linear expression in one unbound symbol is solved; then all are evaluated and compared, and ranges are
 * checked. `label(user, i)` names item i for errors, as "input 'x', dimension 0". values: tt_dims_count() items, all
 * set here first. TTRT_ERR_SHAPE names label, value and range. */
typedef struct tt_dim_pair {
    tt_dim declared;
    int64_t actual;
} tt_dim_pair;
ttrt_status tt_dims_bind(const tt_dims *t, const tt_dim_pair *pairs, size_t n,
                         const char *(*label)(void *user, size_t i, char *buffer, size_t size), void *user,
                         int64_t *values);

#endif
