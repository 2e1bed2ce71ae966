/* Conversion: nodes of a graph to layers of a network. converters.def lists every operator that has a converter; one
 * family of operators is one file. */
#ifndef TT_CONVERT_H
#define TT_CONVERT_H

#include "engine/engine.h"
#include "graph/graph.h"
#include "network/network.h"

typedef struct tt_convert {
    tt_network *net;
    const tt_graph *graph;
    tt_map *tensors; /* value's name -> tt_tensor */
} tt_convert;

/* Writes as many tensors to `out` as the node has outputs (NULL for one that nobody uses). */
typedef ttrt_status (*tt_converter_fn)(tt_convert *c, const tt_node *n, tt_tensor **out);
/* Whether the converter takes this node, by its arguments, dtypes and ranks alone. */
typedef bool (*tt_accepts_fn)(const tt_node *n, tt_reason *why);

typedef struct tt_converter {
    int op;           /* TT_OP_..., -1: an operator with sub-graphs, which ops.def does not list */
    const char *name; /* of such a one; else NULL */
    tt_converter_fn convert;
    tt_accepts_fn accepts; /* NULL: always */
    bool dynamic;          /* takes symbolic dimensions */
    const char *family;    /* the function's name, for `torchtrtc ops` */
    int parameter;         /* of the row: the layer operation of one family ("TT_UNARY_EXP") */
} tt_converter;
const tt_converter *tt_converter_find(const tt_op *op); /* NULL */
const tt_converter *tt_converter_at(size_t i);          /* NULL past the last */
int tt_converter_parameter(const tt_node *n);           /* of the node's row */

/* Marks the floats on their way from one integer to another, both expressions, as in trunc(float(size) * 1.7): nobody
 * needs their values. To be called before nodes are checked. */
void tt_find_passing_floats(tt_graph *g);
/* The converter's own check, of a node by itself. */
bool tt_node_accepted(const tt_node *n, tt_reason *why);
/* A node's support by an engine: the converter's own check, then a trial conversion into a scratch network whose layers
 * the engine must accept; truncate_double: with float32 in float64's place. */
bool tt_node_supported(const tt_graph *g, const tt_node *n, const tt_engine_iface *engine, bool truncate_double,
                       tt_reason *why);

/* The network of one segment (nodes with n->segment == segment), or of the whole graph for TT_SEGMENT_ALL. Inputs: the
 * values read that are made outside, in order of first use, weights becoming constants (not copied). Outputs:
 * `outputs`, in this order. */
#define TT_SEGMENT_ALL (-2)
typedef struct tt_segment_io {
    tt_value **inputs, **outputs;
    size_t n_inputs, n_outputs;
} tt_segment_io;
ttrt_status tt_segment_io_find(tt_graph *g, int segment, tt_segment_io *io); /* arrays in the graph's arena */
ttrt_status tt_convert_segment(tt_graph *g, int segment, const tt_segment_io *io, const char *name, tt_network **out);

/* For converters. The tensor of a value argument; a symbolic integer argument becomes a 0-d i64 tensor; NULL for None.
 */
ttrt_status tt_arg_tensor(tt_convert *c, const tt_node *n, size_t i, tt_tensor **out);
/* The same for Scalar or Tensor arguments: a number becomes a constant of `dtype` with `rank` dimensions of 1. */
ttrt_status tt_arg_operand(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype, int rank, tt_tensor **out);
int64_t tt_wrap_dim(int64_t dim, int64_t rank); /* negative dims from the end; rank 0 counts as 1 */
/* Casts to the node's output dtype and reshapes to its rank where they differ. */
ttrt_status tt_finish(tt_convert *c, const tt_node *n, size_t i, tt_tensor *x, tt_tensor **out);

#endif
