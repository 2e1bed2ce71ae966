/* Shared by the dim_*.c files only: the table's inside and polynomials. */
#ifndef TT_DIM_IMPL_H
#define TT_DIM_IMPL_H

#include "graph/dim.h"

/* What hostile text could otherwise blow up: terms of one sum, factors of one product, nesting, and the count of all
 * nodes of an expression written out as a tree. */
enum { TT_DIM_MAX_TERMS = 512, TT_DIM_MAX_FACTORS = 64, TT_DIM_MAX_DEPTH = 256, TT_DIM_MAX_SIZE = 20000 };

struct tt_dims {
    size_t refs;
    tt_arena *arena;
    tt_arena *scratch; /* of the operation that runs */
    size_t scratch_users;
    tt_symbol **symbols;
    size_t n_symbols, cap_symbols;
    tt_map *by_name;
    const tt_expr **table; /* open addressing; a power of two */
    size_t n_exprs, table_cap;
    ttrt_status status; /* of the first failure since tt_dims_status was asked */
    char what[256];
};

/* Marks the table failed and returns 0. */
tt_dim tt_dims_fail(tt_dims *t, ttrt_status status, const char *fmt, ...) TT_PRINTF(3, 4);

/* The one expression of this form; NULL: failed. Arguments are copied. Does no simplification. */
const tt_expr *tt_expr_intern(tt_dims *t, tt_expr_kind kind, int64_t value, tt_symbol *symbol,
                              const tt_expr *const *args, size_t n_args);
const tt_expr *tt_dim_expr(tt_dims *t, tt_dim d); /* constants become CONST nodes */
tt_dim tt_dim_of_expr(const tt_expr *e);          /* NULL gives 0 */
/* A total order that does not depend on addresses or on history. */
int tt_expr_compare(const tt_expr *a, const tt_expr *b);
bool tt_expr_is_truth(const tt_expr *e); /* 0 or 1 by its kind */

/* Scratch memory lives from the outermost begin to its end. */
bool tt_dims_scratch_begin(tt_dims *t);
void tt_dims_scratch_end(tt_dims *t);

/* A polynomial with integer coefficients over all that is neither sum nor product. In scratch memory. */
typedef struct tt_term {
    int64_t coef;
    size_t n_factors;              /* 0: the constant term */
    const tt_expr *const *factors; /* sorted, repeated for powers */
} tt_term;
typedef struct tt_poly {
    tt_term *terms;
    size_t n, cap;
} tt_poly;

/* All return false after marking the table failed. */
bool tt_poly_of(tt_dims *t, tt_dim d, tt_poly *out); /* sorted: leading term first, the constant last */
bool tt_poly_add_term(tt_dims *t, tt_poly *p, int64_t coef, const tt_expr *const *factors, size_t n_factors);
void tt_poly_sort(tt_poly *p); /* also drops zeros */
tt_dim tt_poly_dim(tt_dims *t, tt_poly *p);
/* m / d where every factor of d is in m; false where not, without marking. */
bool tt_term_divide(tt_dims *t, const tt_term *m, const tt_term *d, tt_term *out);
bool tt_poly_divide_exact(tt_dims *t, const tt_poly *a, const tt_poly *b, tt_poly *quotient);

int64_t tt_floordiv_i64(int64_t a, int64_t b); /* b > 0 */

typedef struct tt_scale {
    double factor;
    tt_rounding rounding;
} tt_scale;
/* Of a SCALED expression. */
tt_scale tt_scale_of(const tt_expr *e);
/* (double)a * factor, rounded; false where 64 bits do not hold it. */
bool tt_scale_i64(int64_t a, tt_scale s, int64_t *out);

#endif
