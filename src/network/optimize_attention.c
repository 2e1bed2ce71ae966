/* Attention, as models spell it out and as PyTorch's decomposition leaves it:
 *
 *   q * a ─┐
 *          ├ matrix_multiply ─ (* c) ─ (+ mask) ─ softmax ─ (rows of -inf alone: 0) ─ matrix_multiply ─ out
 *   k * b ─┘ transposed                                                          v ──┘                     */
#include "network/affine.h"
#include "network/infer.h"
#include "network/optimize.h"

#include <math.h>

typedef struct scores {
    tt_tensor *q, *k, *v, *mask;
    bool q_transposed, k_transposed, v_transposed; /* last two dimensions swapped against what the layer takes */
    double scale;
} scores;

/* ---- operands ---- */

static bool take_scale(tt_tensor **t, double *scale)
{
    double v;

    if (tt_is_with_value(*t, TT_ELEMENTWISE_PROD, t, &v))
        *scale *= v;
    else if (tt_is_with_value(*t, TT_ELEMENTWISE_DIV, t, &v))
        *scale /= v;
    else
        return false;
    return true;
}

static bool take_transpose(tt_tensor **t, bool *transposed)
{
    if (!tt_swaps_last_two((*t)->layer))
        return false;
    *t = (*t)->layer->in[0];
    *transposed = !*transposed;
    return true;
}

static void take_operand(tt_tensor **t, bool *transposed, double *scale)
{
    while (take_scale(t, scale) || take_transpose(t, transposed)) {
    }
}

/* Query times key, scaled anywhere. */
static bool is_product(tt_tensor *t, scores *s)
{
    s->scale = 1;
    while (take_scale(&t, &s->scale)) {
    }
    const tt_layer *l = tt_made_by(t, TT_LAYER_MATRIX_MULTIPLY);
    if (!l || l->n_in != 2 || t->rank != 4)
        return false;
    s->q = l->in[0];
    s->q_transposed = l->attrs.matrix_multiply.transpose_a;
    s->k = l->in[1];
    s->k_transposed = !l->attrs.matrix_multiply.transpose_b;
    take_operand(&s->q, &s->q_transposed, &s->scale);
    take_operand(&s->k, &s->k_transposed, &s->scale);
    return isfinite(s->scale);
}

/* The layer takes masks that broadcast, and no others. */
static bool fits_scores(const tt_tensor *mask, const tt_tensor *t)
{
    for (int i = 0; i < 4; i++)
        if (!tt_dim_is(mask->dims[i], 1) && !tt_dim_equal(mask->dims[i], t->dims[i]))
            return false;
    return true;
}

static bool is_scores(tt_tensor *t, scores *s)
{
    tt_tensor *in[2];

    if (t->rank != 4 || !tt_infer_is_float(t->dtype))
        return false;
    if (is_product(t, s))
        return true;
    if (!tt_is_elementwise(t, TT_ELEMENTWISE_SUM, &in[0], &in[1]))
        return false;
    for (int i = 0; i < 2; i++)
        if (tt_same_dims(in[i], t) && fits_scores(in[1 - i], t) && is_product(in[i], s)) {
            s->mask = in[1 - i];
            return true;
        }
    return false;
}

/* ---- softmax ---- */

/* not any(not (t == -inf)) over the last dimension: a row that nobody may look at */
static bool is_row_of_infinity(const tt_tensor *condition, const tt_tensor *t)
{
    tt_tensor *any, *some, *equal, *x;
    double v;

    if (!tt_is_unary(condition, TT_UNARY_NOT, &any))
        return false;
    const tt_layer *reduce = tt_made_by(any, TT_LAYER_REDUCE);
    if (!reduce || reduce->attrs.reduce.operation != TT_REDUCE_ANY || reduce->attrs.reduce.axes.n != 1 ||
        reduce->attrs.reduce.axes.v[0] != 3)
        return false;
    some = reduce->in[0];
    if (tt_is_elementwise(some, TT_ELEMENTWISE_NOT_EQUAL, &x, &equal))
        return x == t && tt_uniform_is(equal, -INFINITY);
    if (!tt_is_unary(some, TT_UNARY_NOT, &equal))
        return false;
    const tt_layer *l = tt_made_by(equal, TT_LAYER_ELEMENTWISE);
    return l && l->attrs.elementwise.operation == TT_ELEMENTWISE_EQUAL && l->in[0] == t &&
           tt_uniform_value(l->in[1], &v) && v == -INFINITY;
}

/* Whether a mask never forbids a whole row: there softmax alone gives NaN, the layer 0. */
static bool is_finite(const tt_tensor *t, int depth)
{
    const tt_layer *l = t->layer;
    double v;

    if (!l || depth > 16)
        return false;
    if (tt_uniform_value(t, &v))
        return isfinite(v);
    switch (l->kind) {
    case TT_LAYER_RESHAPE:
    case TT_LAYER_EXPAND:
    case TT_LAYER_TRANSPOSE:
    case TT_LAYER_SLICE:
        return is_finite(l->in[0], depth + 1);
    case TT_LAYER_SELECT:
        return is_finite(l->in[1], depth + 1) && is_finite(l->in[2], depth + 1);
    case TT_LAYER_CAST:
        return !tt_dtype_is_float(l->in[0]->dtype);
    default:
        return false;
    }
}

/* Half models compute softmax in f32: a cast before and one back after. */
static tt_tensor *before_cast(tt_tensor *t)
{
    const tt_layer *l = tt_made_by(t, TT_LAYER_CAST);

    return l && tt_infer_is_float(l->in[0]->dtype) ? l->in[0] : t;
}

static bool is_softmax(const tt_tensor *t, tt_tensor **x)
{
    const tt_layer *l = tt_made_by(t, TT_LAYER_SOFTMAX);

    if (!l || l->attrs.softmax.axis != 3 || t->rank != 4 || l->attrs.softmax.is_log)
        return false;
    *x = l->in[0];
    return true;
}

/* Weights of attention: the softmax of scores, in either form. */
static bool is_weights(tt_tensor *t, scores *s)
{
    tt_dtype dtype = t->dtype;
    tt_tensor *x;

    t = before_cast(t);
    const tt_layer *select = tt_made_by(t, TT_LAYER_SELECT);
    if (select) {
        if (!tt_uniform_is(select->in[1], 0) || !is_softmax(select->in[2], &x) || !is_row_of_infinity(select->in[0], x))
            return false;
    } else if (!is_softmax(t, &x)) {
        return false;
    }
    x = x->dtype == dtype ? x : before_cast(x);
    return x->dtype == dtype && is_scores(x, s) && (select || !s->mask || is_finite(s->mask, 0));
}

/* ---- the layer ---- */

static bool fits_layer(const scores *s, const tt_tensor *out)
{
    const tt_tensor *q = s->q, *k = s->k, *v = s->v;

    if (q->rank != 4 || k->rank != 4 || v->rank != 4 || q->dtype != out->dtype ||
        (s->mask && s->mask->dtype != out->dtype))
        return false;
    return tt_dim_equal(q->dims[0], k->dims[0]) && tt_dim_equal(q->dims[0], v->dims[0]) &&
           tt_dim_equal(k->dims[1], v->dims[1]) && (tt_dim_equal(q->dims[1], k->dims[1]) || tt_dim_is(k->dims[1], 1)) &&
           tt_dim_equal(out->dims[0], q->dims[0]) && tt_dim_equal(out->dims[1], q->dims[1]) &&
           tt_dim_equal(out->dims[2], q->dims[s->q_transposed ? 3 : 2]) &&
           tt_dim_equal(out->dims[3], v->dims[s->v_transposed ? 2 : 3]);
}

static bool is_attention(const tt_network *net, const tt_layer *l, scores *s)
{
    if (l->kind != TT_LAYER_MATRIX_MULTIPLY || l->n_in != 2 || l->out[0]->rank != 4 ||
        l->attrs.matrix_multiply.transpose_a)
        return false;
    s->v = l->in[1];
    s->v_transposed = l->attrs.matrix_multiply.transpose_b;
    /* Weights that somebody else reads are computed anyway. */
    return is_weights(l->in[0], s) && fits_layer(s, l->out[0]) && tt_net_uses(net, l->in[0]) == 1;
}

static ttrt_status untranspose(tt_network *net, tt_tensor *x, bool transposed, tt_tensor **out)
{
    static const int64_t swap[4] = {0, 1, 3, 2};

    *out = x;
    return transposed ? tt_net_transpose(net, x, swap, out) : TTRT_OK;
}

ttrt_status tt_opt_attention(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        scores s = {0};
        tt_tensor *y;
        if (!is_attention(net, l, &s))
            continue;
        tt_opt_at(net, l);
        TT_TRY(untranspose(net, s.q, s.q_transposed, &s.q));
        TT_TRY(untranspose(net, s.k, s.k_transposed, &s.k));
        TT_TRY(untranspose(net, s.v, s.v_transposed, &s.v));
        tt_attention_attrs a = {.scale = s.scale};
        TT_TRY(tt_net_add(net, TT_LAYER_ATTENTION, &a, (tt_tensor *[]){s.q, s.k, s.v, s.mask}, s.mask ? 4 : 3, &y));
        tt_opt_replace(net, l, y, changes);
    }
    return TTRT_OK;
}

/* ---- its mask ---- */

static bool is_no_mask(const tt_tensor *mask) { return tt_uniform_is(mask, mask->dtype == TTRT_DTYPE_BOOL ? 1 : 0); }

/* The comparison "key position <= query position", the positions counted from the same number. */
static bool is_causal(tt_network *net, const tt_tensor *mask)
{
    const tt_layer *l = mask->layer;
    tt_affine a;

    while (l && l->kind == TT_LAYER_EXPAND)
        l = l->in[0]->layer;
    if (!l || l->kind != TT_LAYER_ELEMENTWISE || mask->dtype != TTRT_DTYPE_BOOL || !tt_affine_difference(net, l, &a))
        return false;
    bool less = l->attrs.elementwise.operation == TT_ELEMENTWISE_LESS_EQUAL;
    if (!less && l->attrs.elementwise.operation != TT_ELEMENTWISE_GREATER_EQUAL)
        return false;
    int64_t sign = less ? 1 : -1;
    return a.rank == 4 && tt_dim_is(a.c, 0) && a.step[0] == 0 && a.step[1] == 0 && a.step[2] == -sign &&
           a.step[3] == sign;
}

/*  attention(q, k, v, select(%c, 0, -inf))   becomes   attention(q, k, v, %c);   a mask that allows all is left out,
 * and one that allows what came before is the layer's own */
ttrt_status tt_opt_attention_mask(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        if (l->kind != TT_LAYER_ATTENTION || l->n_in != 4)
            continue;
        const tt_layer *select = tt_made_by(l->in[3], TT_LAYER_SELECT);
        if (is_no_mask(l->in[3])) {
            l->n_in = 3;
            ++*changes;
        } else if (is_causal(net, l->in[3])) {
            l->attrs.attention.is_causal = true;
            l->n_in = 3;
            ++*changes;
        } else if (select && tt_uniform_is(select->in[1], 0) && tt_uniform_is(select->in[2], -INFINITY)) {
            l->in[3] = select->in[0];
            ++*changes;
        } else if (select && tt_uniform_is(select->in[2], 0) && tt_uniform_is(select->in[1], -INFINITY)) {
            tt_opt_at(net, l);
            TT_TRY(tt_net_unary(net, TT_UNARY_NOT, select->in[0], &l->in[3]));
            ++*changes;
        }
    }
    return TTRT_OK;
}

/* ---- its heads ---- */

/* [b, heads, 1, l, d] of which t, [b, heads * n, l, d], repeats each head n times; NULL for anything else. */
static tt_tensor *repeated_heads(const tt_tensor *t)
{
    const tt_layer *reshape = tt_made_by(t, TT_LAYER_RESHAPE);
    const tt_layer *expand = reshape ? tt_made_by(reshape->in[0], TT_LAYER_EXPAND) : NULL;

    if (!expand || expand->in[0]->rank != 5)
        return NULL;
    tt_tensor *x = expand->in[0];
    const tt_dim *to = expand->out[0]->dims;
    bool fits = tt_dim_is(x->dims[2], 1) && tt_dim_is_const(to[1]) && tt_dim_is_const(to[2]) &&
                tt_dim_is_const(t->dims[1]) && t->dims[1].value == to[1].value * to[2].value;
    for (int i = 0; i < 5 && fits; i++)
        fits = i == 2 || tt_dim_equal(x->dims[i], to[i]);
    return fits && tt_dim_equal(t->dims[0], to[0]) && tt_dim_equal(t->dims[2], to[3]) && tt_dim_equal(t->dims[3], to[4])
               ? x
               : NULL;
}

static ttrt_status drop_group(tt_network *net, tt_tensor *x, tt_tensor **out)
{
    tt_dim dims[4] = {x->dims[0], x->dims[1], x->dims[3], x->dims[4]};

    return tt_net_reshape(net, x, 4, dims, out);
}

/* Keys and values repeated for groups of query heads: the layer knows groups. */
ttrt_status tt_opt_attention_heads(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        if (l->kind != TT_LAYER_ATTENTION)
            continue;
        tt_tensor *k = repeated_heads(l->in[1]), *v = repeated_heads(l->in[2]);
        if (!k || !v || !tt_dim_equal(k->dims[1], v->dims[1]))
            continue;
        tt_opt_at(net, l);
        TT_TRY(drop_group(net, k, &k));
        TT_TRY(drop_group(net, v, &v));
        l->in[1] = k;
        l->in[2] = v;
        ++*changes;
    }
    return TTRT_OK;
}
