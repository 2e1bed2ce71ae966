/* Dependencies between nodes, integers included. Arguments hold symbolic integers as expressions, not as values: a node
 * depends on the first value in the graph that has the expression, as in fx, where the value stands in the argument. */
#ifndef TT_SEGMENT_IO_H
#define TT_SEGMENT_IO_H

#include "graph/graph.h"

typedef struct tt_int_values { /* of a graph, in its order: inputs, then nodes' outputs; known ones are left out */
    tt_value **items;
    size_t n, cap;
} tt_int_values;

ttrt_status tt_int_values_find(tt_graph *g, tt_int_values *out);  /* in the graph's arena */
tt_value *tt_int_values_get(const tt_int_values *ints, tt_dim d); /* NULL where no value has it */
/* Each value that the node reads, tensors and integers, in the order of its arguments within each of the two. */
void tt_node_each_dependency(const tt_int_values *ints, const tt_node *n, void (*fn)(void *user, tt_value *v),
                             void *user);

#endif
