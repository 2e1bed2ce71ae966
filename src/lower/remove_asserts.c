/*  _ = aten._assert_tensor_metadata(%0, ...)
 *  %1 = aten.relu(%0)                            becomes   %1 = aten.relu(%0)
 *
 * What these assert was proven when the program was exported, or is checked when inputs and data are bound: ranges of
 * symbols, and sizes that are to be equal. Other conditions on numbers from data are not checked. */
#include "lower/pass.h"

static bool is_assert(const tt_op *op)
{
    switch (op->id) {
    case TT_OP_aten__assert_async_default:
    case TT_OP_aten__assert_async_msg:
    case TT_OP_aten__assert_scalar_default:
    case TT_OP_aten__assert_tensor_metadata_default:
    case TT_OP_aten_sym_constrain_range_default:
    case TT_OP_aten_sym_constrain_range_for_size_default:
        return true;
    default:
        return false;
    }
}

ttrt_status tt_pass_remove_asserts(tt_graph *g, tt_pass_stats *stats)
{
    TT_EACH_NODE (g, n) {
        if (!is_assert(n->op))
            continue;
        tt_node_remove(g, n);
        stats->changes++;
    }
    return TTRT_OK;
}
