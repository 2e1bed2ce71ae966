/* softmax and log_softmax. */
#include "convert/formula.h"

#include <math.h>

/* A 0-d tensor takes dim 0 or -1, the layer wants rank >= 1; filling with 1 instead would lose NaN. */
static ttrt_status softmax_input(tt_convert *c, const tt_node *n, tt_tensor **x, int64_t *axis)
{
    /* PyTorch casts before the reduction: exp() of a half would saturate. */
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_out_dtype(n), x));
    TT_TRY(tt_arg_axis(n, 1, 0, (*x)->rank, axis));
    return tt_net_rank_at_least(c->net, *x, 1, x);
}

/* The parameter is 1 for the logarithms. */
ttrt_status tt_convert_softmax(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0;
    TT_TRY(softmax_input(c, n, &x, &axis));
    TT_TRY(tt_net_softmax(c->net, x, axis, tt_converter_parameter(n) == 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* 0 instead of NaN where all inputs of a softmax are -inf: rows that a mask hides. */
ttrt_status tt_convert_safe_softmax(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *y = NULL;
    int64_t axis = 0;
    TT_TRY(softmax_input(c, n, &x, &axis));
    TT_TRY(tt_net_softmax(c->net, x, axis, false, &y));
    tt_tensor *hidden =
        tt_f_reduce(c, TT_REDUCE_ALL, tt_f_with(c, TT_ELEMENTWISE_EQUAL, x, -INFINITY), 1, &axis, true, 0);
    return tt_f_finish(c, n, 0, tt_f_select(c, hidden, tt_f_scalar(c, 0, y), y), out);
}
