/* Formulas of several layers, written as expressions: x * tanh(softplus(x)) is
 *     tt_f(c, PROD, x, tt_f_activation(c, TANH, tt_f_activation(c, SOFTPLUS, x, 1, 1), 0, 0))
 * A failure gives NULL, and NULL in gives NULL out, so that only the end is checked: tt_f_finish(). Arguments are
 * borrowed. */
#ifndef TT_FORMULA_H
#define TT_FORMULA_H

#include "convert/families.h"

/* An argument as a tensor of `dtype`; numbers become constants of rank `rank`. The argument must not be None. */
tt_tensor *tt_f_arg(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype, int rank);
/* The first argument in the type that PyTorch computes a formula of this result in. */
tt_tensor *tt_f_input(tt_convert *c, const tt_node *n);
tt_tensor *tt_f_scalar(tt_convert *c, double v, const tt_tensor *like); /* of like's dtype and rank */
tt_tensor *tt_f_cast(tt_convert *c, tt_tensor *x, tt_dtype to);
tt_tensor *tt_f_unary(tt_convert *c, tt_enum_unary op, tt_tensor *x);
tt_tensor *tt_f_activation(tt_convert *c, tt_enum_activation type, tt_tensor *x, double alpha, double beta);
tt_tensor *tt_f_binary(tt_convert *c, tt_enum_elementwise op, tt_tensor *a, tt_tensor *b);
tt_tensor *tt_f_with(tt_convert *c, tt_enum_elementwise op, tt_tensor *x, double number);        /* x op number */
tt_tensor *tt_f_number_with(tt_convert *c, tt_enum_elementwise op, double number, tt_tensor *x); /* number op x */
tt_tensor *tt_f_select(tt_convert *c, tt_tensor *condition, tt_tensor *a, tt_tensor *b);
tt_tensor *tt_f_reduce(tt_convert *c, tt_enum_reduce op, tt_tensor *x, int n_axes, const int64_t *axes, bool keep,
                       double parameter);
/* A symbolic integer as a 0-d tensor; the integers from 0 to n - 1, int64. */
tt_tensor *tt_f_dim(tt_convert *c, tt_dim v, tt_dtype dtype);
tt_tensor *tt_f_arange(tt_convert *c, tt_dim n);
tt_tensor *tt_f_reshape(tt_convert *c, tt_tensor *x, int rank, const tt_dim *dims);
tt_tensor *tt_f_expand(tt_convert *c, tt_tensor *x, int rank, const tt_dim *dims);
tt_tensor *tt_f_transpose(tt_convert *c, tt_tensor *x, const int64_t *permutation);
tt_tensor *tt_f_slice(tt_convert *c, tt_tensor *x, int axis, tt_dim start, tt_dim size, int64_t stride);
tt_tensor *tt_f_gather(tt_convert *c, tt_enum_gather mode, tt_tensor *x, tt_tensor *index, int64_t axis, bool wrap);
/* How many elements of the sorted row come before each value, with `right` also its equals (TT_LAYER_SEARCH). */
tt_tensor *tt_f_search(tt_convert *c, tt_tensor *row, tt_tensor *values, bool right);
/* x with the updates, one for each index, put in by `mode`. */
tt_tensor *tt_f_scatter(tt_convert *c, tt_enum_scatter mode, tt_tensor *x, tt_tensor *index, tt_tensor *updates,
                        int64_t axis);
/* tt_finish() of output i, or the failure that made x NULL. */
ttrt_status tt_f_finish(tt_convert *c, const tt_node *n, size_t i, tt_tensor *x, tt_tensor **out);

#endif
