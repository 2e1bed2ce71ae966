/*  %1 = aten.detach(%0)
 *  %2 = aten.relu(%1)        becomes   %2 = aten.relu(%0)
 *
 * Runs after functionalize: nothing is written in place any more, so that a copy is as good as what it copies. */
#include "lower/pass.h"

#include <string.h>

static bool same_type(const tt_node *n)
{
    const tt_value *from = n->args[0].value, *to = n->outs[0];
    bool same_device = !from->device || !to->device || strcmp(from->device, to->device) == 0;
    return from->dtype == to->dtype && from->rank == to->rank && same_device;
}

static bool is_identity(const tt_node *n)
{
    switch (n->op->id) {
    case TT_OP_aten_alias_default:
    case TT_OP_aten_clone_default:
    case TT_OP_aten_contiguous_default:
    case TT_OP_aten_detach_default:
    case TT_OP_aten_lift_default:
    case TT_OP_aten_lift_fresh_default:
    case TT_OP_aten_lift_fresh_copy_default:
    case TT_OP_aten_positive_default:
    case TT_OP_aten__to_copy_default:
    case TT_OP_aten_to_dtype:
    case TT_OP_aten_to_dtype_layout:
    case TT_OP_aten_to_device:
    case TT_OP_aten_to_other:
    case TT_OP_aten_type_as_default:
        return same_type(n);
    case TT_OP_aten_dropout_default:
    case TT_OP_aten_alpha_dropout_default:
    case TT_OP_aten_feature_dropout_default:
    case TT_OP_aten_feature_alpha_dropout_default:
        return !tt_arg_bool(n, 2, true);
    default:
        return false;
    }
}

/* Who gets both as outputs, or gives one and gets the other, expects two tensors. */
static bool must_be_two(const tt_graph *g, const tt_value *in, const tt_value *out)
{
    return tt_value_is_output(g, out) && (tt_value_is_input(in) || tt_value_is_output(g, in));
}

ttrt_status tt_pass_drop_identity(tt_graph *g, tt_pass_stats *stats)
{
    TT_EACH_NODE (g, n) {
        tt_value *in = tt_arg_value(n, 0); /* a file may give a number instead */
        if (in == NULL || !is_identity(n) || must_be_two(g, in, n->outs[0]))
            continue;
        tt_value_replace(g, n->outs[0], in);
        tt_node_remove(g, n);
        stats->changes++;
    }
    return TTRT_OK;
}
