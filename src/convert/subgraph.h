/* What operators with sub-graphs share. */
#ifndef TT_SUBGRAPH_H
#define TT_SUBGRAPH_H

#include "convert/families.h"

/* `what` names a sub-graph in reasons: "true branch", "body". */

/* Bool of one element, or a truth value that shapes tell. */
bool tt_is_truth(const tt_arg *a);
bool tt_same_type(const tt_value *a, const tt_value *b);
/* Operands are a list of values, or of integers where all are that. */
bool tt_is_operands(const tt_arg *a);
/* Inputs from `first` on are what the operands give. */
bool tt_operands_accepted(const tt_graph *g, size_t first, const tt_arg *operands, const char *what, tt_reason *why);
bool tt_nodes_accepted(const tt_graph *g, const char *what, tt_reason *why);

/* Converting a sub-graph into `net`: its values have names of their own. */
ttrt_status tt_subgraph_start(tt_network *net, const tt_graph *g, tt_convert *out);
/* Operand `i` of a list; integers as 0-d i64. */
ttrt_status tt_operand_tensor(tt_convert *c, const tt_arg *operands, size_t i, tt_tensor **out);
/* One truth value as a 0-d bool. */
ttrt_status tt_truth_tensor(tt_convert *c, const tt_arg *a, tt_tensor **out);

#endif
