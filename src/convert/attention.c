/* Scaled dot product attention, whole: the layer takes [batch, heads, length, size].
 *
 * Operands of other ranks are brought there: leading dimensions but the heads' become the batch, missing ones become 1.
 */
#include "convert/formula.h"

#include <math.h>

typedef struct operands {
    tt_tensor *q, *k, *v, *mask;
    int rank;                      /* of the result */
    tt_dim batch[TT_MAX_RANK_NET]; /* leading dimensions, without the heads' */
} operands;

static size_t mask_position(const tt_node *n)
{
    size_t i = tt_arg_find(n, "attn_mask");
    return i < n->n_args ? i : tt_arg_find(n, "attn_bias");
}

bool tt_attention_accepts(const tt_node *n, tt_reason *why)
{
    for (size_t i = 1; i < n->n_outs; i++)
        if (tt_value_uses(n->graph, n->outs[i]) > 0)
            return tt_refuse(why, "output %zu is for the backward pass only, but used", i);
    if (tt_arg_float(n, tt_arg_find(n, "dropout_p"), 0) != 0)
        return tt_refuse(why, "random with dropout_p %g", tt_arg_float(n, tt_arg_find(n, "dropout_p"), 0));
    if (!tt_arg_is_none(n, tt_arg_find(n, "dropout_mask")) || !tt_arg_is_none(n, tt_arg_find(n, "q_descale")))
        return tt_refuse(why, "takes a dropout mask or quantized operands");
    for (size_t i = 0; i < 3; i++)
        if (n->args[i].value->rank < 2)
            return tt_refuse(why, "query, key and value of ranks %zu, %zu, %zu", n->args[0].value->rank,
                             n->args[1].value->rank, n->args[2].value->rank);
    return true;
}

/* Whether expanding to `to` would repeat anything; symbolic dimensions are equal if PyTorch took them. */
static bool is_repeated(tt_dim from, tt_dim to) { return tt_dim_is(from, 1) && !tt_dim_is(to, 1); }

/* Query, key and value may broadcast in their batch; the layer's do not. The last `kept` dimensions stay. */
static ttrt_status expand_batch(tt_convert *c, const operands *o, int kept, tt_tensor **x)
{
    tt_dim dims[TT_MAX_RANK_NET];
    bool repeats = false;
    for (int d = 0; d < (*x)->rank; d++) {
        bool in_batch = d < (*x)->rank - kept;
        dims[d] = in_batch ? o->batch[d] : (*x)->dims[d];
        repeats = repeats || (in_batch && is_repeated((*x)->dims[d], dims[d]));
    }
    return repeats ? tt_net_expand(c->net, *x, (*x)->rank, dims, x) : TTRT_OK;
}

/* Heads of one tensor repeated where the others have more; grouped heads are the layer's own business. */
static ttrt_status expand_heads(tt_convert *c, tt_dim heads, tt_tensor **x)
{
    tt_dim dims[TT_MAX_RANK_NET];
    int at = (*x)->rank - 3;
    if (at < 0 || !is_repeated((*x)->dims[at], heads))
        return TTRT_OK;
    for (int d = 0; d < (*x)->rank; d++)
        dims[d] = d == at ? heads : (*x)->dims[d];
    return tt_net_expand(c->net, *x, (*x)->rank, dims, x);
}

static tt_dim more_telling(tt_dim a, tt_dim b) { return tt_dim_is(a, 1) ? b : a; }

static ttrt_status broadcast_operands(tt_convert *c, operands *o)
{
    int n_batch = o->rank > 3 ? o->rank - 3 : 0;
    for (int d = 0; d < n_batch; d++)
        o->batch[d] = more_telling(o->q->dims[d], more_telling(o->k->dims[d], o->v->dims[d]));
    if (o->rank >= 3) {
        tt_dim of_keys = more_telling(o->k->dims[o->rank - 3], o->v->dims[o->rank - 3]);
        TT_TRY(expand_heads(c, of_keys, &o->k));
        TT_TRY(expand_heads(c, of_keys, &o->v));
        TT_TRY(expand_heads(c, of_keys, &o->q));
    }
    tt_tensor **all[] = {&o->q, &o->k, &o->v};
    for (int i = 0; i < 3 && n_batch; i++)
        TT_TRY(expand_batch(c, o, 3, all[i]));
    return TTRT_OK;
}

/* To rank 4. Of rank 3, [n, l, e], the first dimension is taken as heads. */
static ttrt_status to_rank_4(tt_convert *c, tt_tensor **x)
{
    const tt_tensor *t = *x;
    if (t->rank == 4)
        return TTRT_OK;
    if (t->rank < 4)
        return tt_net_rank_at_least(c->net, *x, 4, x);
    int n_batch = t->rank - 3;
    tt_dim dims[4] = {tt_dim_product(c->net->dims, t->dims, (size_t)n_batch), t->dims[n_batch], t->dims[n_batch + 1],
                      t->dims[n_batch + 2]};
    return tt_net_reshape(c->net, *x, 4, dims, x);
}

static ttrt_status mask_to_rank_4(tt_convert *c, operands *o)
{
    if (o->mask == NULL)
        return TTRT_OK;
    TT_TRY(tt_net_rank_at_least(c->net, o->mask, o->rank, &o->mask));
    bool batched = false;
    for (int d = 0; d < o->rank - 3; d++)
        batched = batched || !tt_dim_is(o->mask->dims[d], 1);
    /* Several batch dimensions become one, which a mask must have whole or not at all. */
    if (batched && o->rank > 4)
        TT_TRY(expand_batch(c, o, 3, &o->mask));
    return to_rank_4(c, &o->mask);
}

static ttrt_status read_operands(tt_convert *c, const tt_node *n, operands *o)
{
    tt_dtype dtype = tt_out_dtype(n);
    TT_TRY(tt_arg_tensor_as(c, n, 0, dtype, &o->q));
    TT_TRY(tt_arg_tensor_as(c, n, 1, dtype, &o->k));
    TT_TRY(tt_arg_tensor_as(c, n, 2, dtype, &o->v));
    if (!tt_arg_is_none(n, mask_position(n)))
        TT_TRY(tt_arg_tensor(c, n, mask_position(n), &o->mask));
    o->rank = (int)n->outs[0]->rank;
    tt_tensor **all[] = {&o->q, &o->k, &o->v};
    for (int i = 0; i < 3; i++) {
        if ((*all[i])->rank > o->rank)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: operands of rank %d give a result of rank %d", n->op->name, (*all[i])->rank,
                    o->rank);
        TT_TRY(tt_net_rank_at_least(c->net, *all[i], o->rank, all[i]));
    }
    if (o->mask == NULL)
        return TTRT_OK;
    if (o->mask->rank > o->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: a mask of rank %d for a result of rank %d", n->op->name, o->mask->rank, o->rank);
    return o->mask->dtype == TTRT_DTYPE_BOOL ? TTRT_OK : tt_net_cast(c->net, o->mask, dtype, &o->mask);
}

ttrt_status tt_convert_attention(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    operands o = {0};
    TT_TRY(read_operands(c, n, &o));
    tt_dim size = o.q->dims[o.rank - 1], dims[TT_MAX_RANK_NET];
    bool is_scaled = !tt_arg_is_none(n, tt_arg_find(n, "scale"));
    if (!is_scaled && !tt_dim_is_const(size)) /* then the query is what is scaled */
        o.q = tt_f_binary(c, TT_ELEMENTWISE_DIV, o.q, tt_f_unary(c, TT_UNARY_SQRT, tt_f_dim(c, size, o.q->dtype)));
    if (o.q == NULL)
        return ttrt_last_error()->status;
    TT_TRY(broadcast_operands(c, &o));
    for (int d = 0; d < o.rank; d++)
        dims[d] = d == o.rank - 1 ? o.v->dims[d] : o.q->dims[d];
    TT_TRY(mask_to_rank_4(c, &o));
    TT_TRY(to_rank_4(c, &o.q));
    TT_TRY(to_rank_4(c, &o.k));
    TT_TRY(to_rank_4(c, &o.v));
    tt_attention_attrs attrs = {.is_causal = tt_arg_bool(n, tt_arg_find(n, "is_causal"), false)};
    double usual = tt_dim_is_const(size) && size.value > 0 ? 1 / sqrt((double)size.value) : 1;
    attrs.scale = tt_arg_float(n, tt_arg_find(n, "scale"), usual);
    tt_tensor *x = NULL, *in[] = {o.q, o.k, o.v, o.mask};
    TT_TRY(tt_net_add(c->net, TT_LAYER_ATTENTION, &attrs, in, o.mask ? 4 : 3, &x));
    TT_TRY(tt_net_reshape(c->net, x, o.rank, dims, &x));
    return tt_finish(c, n, 0, x, out);
}
