/* Simplifications that hold for every engine; run on a network after conversion. And what their patterns are made of.
 */
#ifndef TT_OPTIMIZE_H
#define TT_OPTIMIZE_H

#include "network/network.h"

/* Runs the passes of optimize.def until none changes anything. Printed and verified as TTRT_PRINT_AFTER and TTRT_VERIFY
 * say. */
ttrt_status tt_network_optimize(tt_network *net);
/* One pass by its name, once, and what is dead afterwards removed: for tests. TTRT_ERR_ARGUMENT: no such pass. */
ttrt_status tt_network_optimize_one(tt_network *net, const char *pass, int *changes);

#define PASS(name) ttrt_status tt_opt_##name(tt_network *net, int *changes);
#include "network/optimize.def"
#undef PASS

/* Constants that a loop reads go inside, for passes that make some. */
ttrt_status tt_loops_take_constants(tt_network *net, int *changes);

/* ---- patterns ---- */

/* The layer that makes t, where it is of this kind. */
tt_layer *tt_made_by(const tt_tensor *t, tt_layer_kind kind);
bool tt_is_unary(const tt_tensor *t, tt_enum_unary op, tt_tensor **x);
bool tt_is_activation(const tt_tensor *t, tt_enum_activation type, tt_tensor **x);
/* op(a, b); and with one operand that has one value everywhere and leaves the other's shape as it is: op(x, v). For SUM
 * and PROD the operands may stand in either order. */
bool tt_is_elementwise(const tt_tensor *t, tt_enum_elementwise op, tt_tensor **a, tt_tensor **b);
bool tt_is_with_value(const tt_tensor *t, tt_enum_elementwise op, tt_tensor **x, double *v);
/* x is one operand of op(a, b); the other one. */
bool tt_is_with_operand(const tt_tensor *t, tt_enum_elementwise op, const tt_tensor *x, tt_tensor **other);
/* The value of a tensor whose elements are known and all the same: a constant without a name, a fill, and views of
 * them. */
bool tt_uniform_value(const tt_tensor *t, double *v);
bool tt_uniform_is(const tt_tensor *t, double v);
bool tt_same_dims(const tt_tensor *a, const tt_tensor *b);
bool tt_swaps_last_two(const tt_layer *l); /* a transpose that does just that */

/* Layers made from now on stand before l and bear its name; NULL: an end to it. */
void tt_opt_at(tt_network *net, tt_layer *l);
/* `to` takes the place of l's only output. Their types agree. Removes l. */
void tt_opt_replace(tt_network *net, tt_layer *l, tt_tensor *to, int *changes);

#endif
