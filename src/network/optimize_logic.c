/* Comparisons of positions whose answer is known. Attention masks that models build for every case leave them behind:
 * "arange(n) + 0 >= 0" for padding on the left, "true and ..." for no mask of a kind. */
#include "network/affine.h"
#include "network/optimize.h"

/* A comparison's answer: 1 true, 0 false, -1 unknown. */
static int answer(tt_network *net, const tt_layer *l)
{
    tt_affine difference;
    int64_t min, max;

    if (l->kind != TT_LAYER_ELEMENTWISE || l->out[0]->dtype != TTRT_DTYPE_BOOL ||
        !tt_affine_difference(net, l, &difference))
        return -1;
    tt_affine_range(&difference, &min, &max);
    switch (l->attrs.elementwise.operation) {
    case TT_ELEMENTWISE_LESS:
        return max < 0 ? 1 : min >= 0 ? 0 : -1;
    case TT_ELEMENTWISE_LESS_EQUAL:
        return max <= 0 ? 1 : min > 0 ? 0 : -1;
    case TT_ELEMENTWISE_GREATER:
        return min > 0 ? 1 : max <= 0 ? 0 : -1;
    case TT_ELEMENTWISE_GREATER_EQUAL:
        return min >= 0 ? 1 : max < 0 ? 0 : -1;
    case TT_ELEMENTWISE_EQUAL:
        return min == 0 && max == 0 ? 1 : min > 0 || max < 0 ? 0 : -1;
    case TT_ELEMENTWISE_NOT_EQUAL:
        return min == 0 && max == 0 ? 0 : min > 0 || max < 0 ? 1 : -1;
    default:
        return -1;
    }
}

/* x of x & true or x | false, also where the answer repeats x. */
static tt_tensor *other_than_neutral(const tt_layer *l)
{
    if (l->kind != TT_LAYER_ELEMENTWISE || l->out[0]->dtype != TTRT_DTYPE_BOOL)
        return NULL;
    int64_t op = l->attrs.elementwise.operation;
    if (op != TT_ELEMENTWISE_AND && op != TT_ELEMENTWISE_OR)
        return NULL;
    for (int i = 0; i < 2; i++)
        if (tt_uniform_is(l->in[1 - i], op == TT_ELEMENTWISE_AND))
            return l->in[i];
    return NULL;
}

/*  %1: i64[s0] = fill() {LINSPACE, alpha_int=0, beta_int=1}
 *  %2 = elementwise(%1, 0) {GREATER_EQUAL}      becomes   %2 = fill() {CONSTANT, alpha_int=1} */
ttrt_status tt_opt_comparisons(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_tensor *x = other_than_neutral(l), *t = l->out[0];
        int known = x ? -1 : answer(net, l);
        if (!x && known < 0)
            continue;
        tt_opt_at(net, l);
        if (x) {
            TT_TRY(tt_net_expand(net, x, t->rank, t->dims, &x));
        } else {
            tt_fill_attrs a = {.operation = TT_FILL_CONSTANT,
                               .dimensions = {t->rank, t->dims},
                               .to_type = TTRT_DTYPE_BOOL,
                               .alpha = known,
                               .alpha_int = known};
            TT_TRY(tt_net_add(net, TT_LAYER_FILL, &a, NULL, 0, &x));
        }
        tt_opt_replace(net, l, x, changes);
    }
    return TTRT_OK;
}
