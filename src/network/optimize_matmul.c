/* Matrix multiplies: brought to the fewest dimensions that tell what they do. */
#include "network/optimize.h"

/* x whose leading dimensions a reshape to [product, m, k] merged; NULL for anything else. */
static tt_tensor *unmerged(const tt_tensor *t)
{
    const tt_layer *l = tt_made_by(t, TT_LAYER_RESHAPE);
    tt_tensor *x = l ? l->in[0] : NULL;

    if (!x || t->rank != 3 || x->rank <= 3)
        return NULL;
    for (int i = 1; i <= 2; i++)
        if (!tt_dim_equal(t->dims[3 - i], x->dims[x->rank - i]))
            return NULL;
    return x;
}

/* The operand that tells what the batch was made of. */
static const tt_tensor *batched(const tt_layer *l)
{
    const tt_tensor *a = unmerged(l->in[0]), *b = unmerged(l->in[1]);

    if (!tt_dim_equal(l->in[0]->dims[0], l->in[1]->dims[0]))
        return NULL;
    return a && (!b || a->rank <= b->rank) ? a : b;
}

/* t with its first dimension as x has its first ones. */
static ttrt_status split_batch(tt_network *net, tt_tensor *t, const tt_tensor *x, tt_tensor **out)
{
    tt_dim dims[TT_MAX_RANK_NET];

    for (int i = 0; i < x->rank; i++)
        dims[i] = i < x->rank - 2 ? x->dims[i] : t->dims[i - (x->rank - 3)];
    return tt_net_reshape(net, t, x->rank, dims, out);
}

/* What torch.bmm makes of a multiply over several batch dimensions:
 *  %1 = reshape(%a: [b,h,m,k]) [b*h,m,k]; %2 = reshape(%b: [b,h,k,n]) [b*h,k,n]
 *  %3 = matrix_multiply(%1, %2)     becomes   reshape(matrix_multiply(%a, %b)) */
ttrt_status tt_opt_batched_matmul(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        const tt_tensor *x = l->kind == TT_LAYER_MATRIX_MULTIPLY ? batched(l) : NULL;
        if (!x)
            continue;
        tt_tensor *in[3] = {NULL, NULL, l->n_in == 3 ? l->in[2] : NULL}, *y;
        tt_opt_at(net, l);
        TT_TRY(split_batch(net, l->in[0], x, &in[0]));
        TT_TRY(split_batch(net, l->in[1], x, &in[1]));
        TT_TRY(tt_net_add(net, TT_LAYER_MATRIX_MULTIPLY, &l->attrs, in, l->n_in, &y));
        TT_TRY(tt_net_reshape(net, y, 3, l->out[0]->dims, &y));
        tt_opt_replace(net, l, y, changes);
    }
    return TTRT_OK;
}

/* The right side is one matrix for the whole batch. */
static bool is_linear(const tt_layer *l)
{
    if (l->kind != TT_LAYER_MATRIX_MULTIPLY || l->in[0]->rank < 3 || l->attrs.matrix_multiply.transpose_a)
        return false;
    for (int i = 0; i < l->in[1]->rank - 2; i++)
        if (!tt_dim_is(l->in[1]->dims[i], 1))
            return false;
    return true;
}

/*  matrix_multiply(%x: [b,m,k], %w: [1,k,n])   becomes   reshape(matrix_multiply(reshape(%x) [b*m,k], reshape(%w)
 * [k,n])) */
ttrt_status tt_opt_linear(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        if (!is_linear(l))
            continue;
        tt_tensor *w, *y;
        const tt_tensor *right = l->in[1];
        tt_opt_at(net, l);
        TT_TRY(tt_net_reshape(net, l->in[1], 2, right->dims + right->rank - 2, &w));
        TT_TRY(tt_net_matmul(net, l->in[0], false, w, l->attrs.matrix_multiply.transpose_b,
                             l->n_in == 3 ? l->in[2] : NULL, &y));
        tt_opt_replace(net, l, y, changes);
    }
    return TTRT_OK;
}

/*  matrix_multiply(%x, transpose(%w))   becomes   matrix_multiply(%x, %w) {transpose_b} */
ttrt_status tt_opt_transposed_operands(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        if (l->kind != TT_LAYER_MATRIX_MULTIPLY)
            continue;
        bool *flags[2] = {&l->attrs.matrix_multiply.transpose_a, &l->attrs.matrix_multiply.transpose_b};
        for (int i = 0; i < 2; i++)
            if (tt_swaps_last_two(l->in[i]->layer)) {
                l->in[i] = l->in[i]->layer->in[0];
                *flags[i] = !*flags[i];
                ++*changes;
            }
    }
    return TTRT_OK;
}

/* The multiply without a bias that t is, or whose rows t only groups anew. */
static tt_layer *without_bias(const tt_network *net, tt_tensor *t)
{
    const tt_layer *reshape = tt_made_by(t, TT_LAYER_RESHAPE);
    tt_tensor *y = reshape ? reshape->in[0] : t;
    tt_layer *l = tt_made_by(y, TT_LAYER_MATRIX_MULTIPLY);

    if (!l || l->n_in != 2 || t->rank < 1 || !tt_dim_equal(t->dims[t->rank - 1], y->dims[y->rank - 1]))
        return NULL;
    return tt_net_uses(net, y) == 1 && tt_net_uses(net, t) == 1 ? l : NULL;
}

/* One number for each column: [1, ..., 1, n]. */
static bool is_row(const tt_tensor *t, tt_dim columns)
{
    for (int i = 0; i < t->rank - 1; i++)
        if (!tt_dim_is(t->dims[i], 1))
            return false;
    return t->rank > 0 && tt_dim_equal(t->dims[t->rank - 1], columns);
}

static tt_layer *unbiased(const tt_network *net, const tt_layer *l, tt_tensor **bias)
{
    if (l->kind != TT_LAYER_ELEMENTWISE || l->attrs.elementwise.operation != TT_ELEMENTWISE_SUM)
        return NULL;
    for (int i = 0; i < 2; i++) {
        tt_tensor *t = l->in[i];
        *bias = l->in[1 - i];
        if (t->rank > 0 && tt_same_dims(t, l->out[0]) && is_row(*bias, t->dims[t->rank - 1])) {
            tt_layer *multiply = without_bias(net, t);
            if (multiply)
                return multiply;
        }
    }
    return NULL;
}

/*  %1 = matrix_multiply(%x, %w)
 *  %2 = %1 + %b                 becomes   %2 = matrix_multiply(%x, %w, %b) */
ttrt_status tt_opt_bias(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_tensor *bias, *y;
        const tt_layer *multiply = unbiased(net, l, &bias);
        if (!multiply)
            continue;
        tt_opt_at(net, l);
        TT_TRY(tt_net_reshape(net, bias, 1, bias->dims + bias->rank - 1, &bias));
        tt_tensor *in[3] = {multiply->in[0], multiply->in[1], bias};
        TT_TRY(tt_net_add(net, TT_LAYER_MATRIX_MULTIPLY, &multiply->attrs, in, 3, &y));
        TT_TRY(tt_net_reshape(net, y, l->out[0]->rank, l->out[0]->dims, &y));
        tt_opt_replace(net, l, y, changes);
    }
    return TTRT_OK;
}
