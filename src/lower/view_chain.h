/* Views for functionalize.c: which values share memory, a view taken again from a new base, and a base with a view's
 * new contents. */
#ifndef TT_VIEW_CHAIN_H
#define TT_VIEW_CHAIN_H

#include "graph/graph.h"

/* Where new nodes go, and the node that they stand for (its source line and module are theirs too). */
typedef struct tt_emit {
    tt_graph *g;
    tt_node *before; /* NULL: at the end */
    const tt_node *origin;
} tt_emit;

/* A node of one output with the type of `like`; arguments after the given ones take their defaults. NULL without
 * memory. */
tt_value *tt_emit_op(const tt_emit *e, int op, const tt_value *like, size_t n_args, const tt_arg *args);

static inline tt_arg tt_arg_of_value(tt_value *v) { return (tt_arg){.kind = TT_ARG_VALUE, .value = v}; }
static inline tt_arg tt_arg_of_dim(tt_dim d) { return (tt_arg){.kind = TT_ARG_INT, .dim = d}; }
static inline tt_arg tt_arg_of_int(int64_t v) { return tt_arg_of_dim(tt_dim_const(v)); }
static inline tt_arg tt_arg_of_dims(const tt_dim *dims, size_t n)
{
    return (tt_arg){.kind = TT_ARG_INTS, .n = n, .dims = (tt_dim *)(uintptr_t)dims};
}

/* The argument that the outputs of `n` share memory with in PyTorch's eager mode, as the values' strides tell; -1:
 * none. */
int tt_view_arg(const tt_node *n);
/* The view `n` of another base, which takes the place of argument `arg`; its outputs have the types of the old ones. */
ttrt_status tt_view_replay(const tt_emit *e, const tt_node *n, size_t arg, tt_value *base, tt_node **out);
/* `base` with the part that output `i` of `n` shows replaced by `part`. TTRT_ERR_UNSUPPORTED names the node. */
ttrt_status tt_view_write_back(const tt_emit *e, const tt_node *n, size_t i, tt_value *base, tt_value *part,
                               tt_value **out);

#endif
