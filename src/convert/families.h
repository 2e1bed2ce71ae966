/* What the families of converters share: arguments as tensors and constants, PyTorch's type promotion, and the
 * declarations of all converters, from converters.def. */
#ifndef TT_FAMILIES_H
#define TT_FAMILIES_H

#include "convert/convert.h"

#define CONVERTER(op, function, accepts, dynamic)                                                                      \
    ttrt_status tt_convert_##function(tt_convert *c, const tt_node *n, tt_tensor **out);                               \
    bool tt_##accepts(const tt_node *n, tt_reason *why);
#define CONVERTER_P(op, function, accepts, dynamic, parameter)                                                         \
    ttrt_status tt_convert_##function(tt_convert *c, const tt_node *n, tt_tensor **out);                               \
    bool tt_##accepts(const tt_node *n, tt_reason *why);
#define CONVERTER_H(name, function, accepts, dynamic) CONVERTER(name, function, accepts, dynamic)
#include "convert/converters.def"
#undef CONVERTER
#undef CONVERTER_P
#undef CONVERTER_H

/* The layers of one node, its results by their names in c->tensors: for operators with sub-graphs. */
ttrt_status tt_convert_node(tt_convert *c, const tt_node *n);

/* ---- arguments ---- */

/* Position of an argument in the operator's schema; n_args where it has none of that name. */
size_t tt_arg_find(const tt_node *n, const char *name);
/* Whether an argument, or an item of it, is an integer known only when the program runs. */
bool tt_arg_is_symbolic(const tt_node *n, size_t i);
bool tt_arg_is_known(const tt_node *n, size_t i);       /* neither that nor a tensor: numbers, lists of them, None */
ttrt_status tt_arg_unknown(const tt_node *n, size_t i); /* the error of an argument that must be known now */
/* Integers that a layer needs now: TTRT_ERR_UNSUPPORTED names the argument where it is symbolic. */
ttrt_status tt_arg_now(const tt_node *n, size_t i, int64_t fallback, int64_t *out);
/* `count` integers of a list that may also be one integer or a list of one, used for all; `fallback` for None and [].
 */
ttrt_status tt_arg_ints_now(const tt_node *n, size_t i, int64_t fallback, int count, int64_t *out);
/* A dimension's number, wrapped and in [0, rank); TTRT_ERR_FORMAT where it is out of range. Rank 0 counts as 1. */
ttrt_status tt_arg_axis(const tt_node *n, size_t i, int64_t fallback, int rank, int64_t *out);
/* The axes of a dim argument that is an int, a list, or None; None and [] mean all. Distinct, ascending.
 * axes: room for TT_MAX_RANK_NET. For rank 0 there are none. */
ttrt_status tt_arg_axes(const tt_node *n, size_t i, int rank, int64_t *axes, int *n_axes);
/* The dims of an INTS argument; room for TT_MAX_RANK_NET. */
ttrt_status tt_arg_dims(const tt_node *n, size_t i, tt_dim *dims, int *n_dims);
/* A tensor argument cast to a dtype; NULL for None. */
ttrt_status tt_arg_tensor_as(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype, tt_tensor **out);
/* The tensor of a value, made a constant where it is a weight. */
ttrt_status tt_value_tensor(tt_convert *c, const tt_value *v, tt_tensor **out);
/* The element of a weight at a row-major index. */
int64_t tt_weight_i64(const tt_weight *w, int64_t index);

/* ---- types ---- */

static inline tt_dtype tt_out_dtype(const tt_node *n) { return n->outs[0]->dtype; }
static inline int tt_out_rank(const tt_node *n) { return (int)n->outs[0]->rank; }

/* Dimension `d` of the first result, as the graph tells it; a file may tell a result without one. */
static inline ttrt_status tt_out_dim(const tt_node *n, int64_t d, tt_dim *out)
{
    if (d >= tt_out_rank(n))
        TT_FAIL(TTRT_ERR_FORMAT, "%s gives rank %d", n->op->name, tt_out_rank(n));
    *out = n->outs[0]->dims[d];
    return TTRT_OK;
}
/* torch.result_type over the given arguments: tensors, then 0-d tensors, then numbers decide. */
tt_dtype tt_result_dtype(const tt_node *n, size_t n_args, const size_t *args);
/* The type PyTorch's CPU kernels accumulate in: f32 for f16 and bf16. */
tt_dtype tt_compute_dtype(tt_dtype d);
/* torch.get_default_dtype() for numbers that a float is wanted of: integers and bool become f32. */
tt_dtype tt_float_dtype(tt_dtype d);

/* ---- layers ---- */

/* A constant of PyTorch's value `number` (INT, FLOAT, BOOL, symbolic too), shape [1] * rank. */
ttrt_status tt_number(tt_convert *c, const tt_arg *number, tt_dtype dtype, int rank, tt_tensor **out);
/* A tensor filled with a number. */
ttrt_status tt_filled(tt_convert *c, int rank, const tt_dim *dims, tt_dtype dtype, const tt_arg *number,
                      tt_tensor **out);
/* Removes or adds dimensions of 1. */
ttrt_status tt_squeeze_at(tt_convert *c, tt_tensor *x, int axis, tt_tensor **out);
ttrt_status tt_unsqueeze_at(tt_convert *c, tt_tensor *x, int axis, tt_tensor **out);
ttrt_status tt_flatten(tt_convert *c, tt_tensor *x, tt_tensor **out); /* to one dimension */
/* "sum", "amax", ... as scatter's argument names them (gather.c). */
tt_enum_scatter tt_scatter_mode(const char *name);
/* Where x is not zero (data_sizes.c): [count, rank] int64, and a column of it, [count]. `wanted`: the symbol that the
 * program has for the count, a constant for none. */
ttrt_status tt_positions(tt_convert *c, tt_tensor *x, tt_dim wanted, tt_tensor **out);
ttrt_status tt_positions_along(tt_convert *c, tt_tensor *positions, int axis, tt_tensor **out);
/* An unbacked symbol that neither a layer nor an input of this network, or of those around it, gives. */
bool tt_is_new_size(const tt_network *net, tt_dim d);
/* A size that is computed here, and that the program tells by a symbol of its own (data_sizes.c): the run gives the
 * symbol its value. Nothing where the symbol is known, or the program tells something else. */
ttrt_status tt_bind_size(tt_convert *c, tt_dim told, tt_dim size);
/* Element i of a row of int64 as a size, or what sizes are made of: the run reads it. */
ttrt_status tt_number_at(tt_convert *c, tt_tensor *x, int64_t i, tt_dim *out);
/* The diagonal of two dimensions, which are replaced by a last one (rearrange.c). */
ttrt_status tt_diagonal_of(tt_convert *c, tt_tensor *x, int64_t row, int64_t col, tt_tensor **out);

#endif
