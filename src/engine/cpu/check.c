/* The rules of layers once more, for the dimensions at hand. Where dimensions are symbols, inference takes two as equal
 * that it cannot tell apart; kernels rely on what it says, so a plan is made only once the numbers bear it out.
 *
 *   layer over symbols ─► the same layer over numbers ─► inference ─► what the plan has for its outputs? */
#include <string.h>

#include "engine/cpu/plan.h"
#include "network/infer.h"

typedef struct checker {
    const tt_builder *b;
    tt_network net;     /* arena and table of the layers over numbers */
    tt_tensor *tensors; /* by id */
} checker;

static ttrt_status numbers(checker *c, const tt_tensor *t)
{
    const tt_place *p = tt_place_of(c->b, t);
    tt_dim *dims = tt_arena_array(c->net.arena, (size_t)t->rank + 1, sizeof *dims);

    if (!dims)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < t->rank; i++)
        dims[i] = tt_dim_const(p->dims[i]);
    c->tensors[t->id] = *t;
    c->tensors[t->id].dims = dims;
    return TTRT_OK;
}

static ttrt_status evaluate(const checker *c, const tt_layer *l, tt_dim *d)
{
    int64_t v;

    if (!tt_dim_eval(*d, c->b->values, &v))
        TT_FAIL(TTRT_ERR_SHAPE, "layer '%s': an attribute has no value for these input shapes", l->name ? l->name : "");
    *d = tt_dim_const(v);
    return TTRT_OK;
}

static ttrt_status evaluate_attributes(checker *c, tt_layer *l)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    for (int i = 0; i < info->n_attrs; i++) {
        void *field = (char *)&l->attrs + info->attrs[i].offset;
        tt_attr_dims *list = field;
        if (info->attrs[i].type == TT_ATTR_dim)
            TT_TRY(evaluate(c, l, field));
        if (info->attrs[i].type != TT_ATTR_dims)
            continue;
        tt_dim *copy = tt_arena_array(c->net.arena, (size_t)list->n + 1, sizeof *copy);
        if (!copy)
            return TTRT_ERR_MEMORY;
        for (int k = 0; k < list->n; k++) {
            copy[k] = list->v[k];
            TT_TRY(evaluate(c, l, &copy[k]));
        }
        list->v = copy;
    }
    return TTRT_OK;
}

static ttrt_status check_output(const checker *c, const tt_tensor *t, const tt_infer_type *is)
{
    const tt_place *p = tt_place_of(c->b, t);

    for (int i = 0; i < t->rank; i++)
        if (t->rank != is->rank || !tt_dim_is(is->dims[i], p->dims[i]))
            TT_FAIL(TTRT_ERR_SHAPE, "tensor '%s': dimension %d is %lld for these input shapes, its layer makes another",
                    t->name ? t->name : "", i, (long long)p->dims[i]);
    return TTRT_OK;
}

static bool broadcasts(const tt_layer *l)
{
    return l->kind == TT_LAYER_ELEMENTWISE || l->kind == TT_LAYER_SELECT || l->kind == TT_LAYER_EXPAND;
}

/* A size that is 1 only now does not broadcast: PyTorch took it for equal to the others when it exported. */
static ttrt_status check_broadcast(const checker *c, const tt_layer *l)
{
    const tt_place *to = tt_place_of(c->b, l->out[0]);

    for (int i = 0; i < l->n_in; i++) {
        const tt_place *p = tt_place_of(c->b, l->in[i]);
        for (int d = 0; d < p->rank; d++)
            if (p->dims[d] != to->dims[d] && !tt_dim_is(l->in[i]->dims[d], 1))
                TT_FAIL(TTRT_ERR_SHAPE, "%s '%s': dimension %d of an operand is %lld, of another %lld",
                        tt_layer_info_of(l->kind)->name, l->name ? l->name : "", d, (long long)p->dims[d],
                        (long long)to->dims[d]);
    }
    return TTRT_OK;
}

static ttrt_status check_layer(checker *c, const tt_layer *l)
{
    tt_layer copy = *l;
    tt_infer inferred;

    copy.in = tt_arena_array(c->net.arena, (size_t)l->n_in + 1, sizeof *copy.in);
    if (!copy.in)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < l->n_in; i++)
        copy.in[i] = &c->tensors[l->in[i]->id];
    TT_TRY(evaluate_attributes(c, &copy));
    ttrt_status status = tt_infer_run(&c->net, &copy, &inferred);
    if (status == TTRT_ERR_UNSUPPORTED) { /* a rule that these shapes break */
        tt_error_text e;
        tt_error_save(&e);
        e.status = TTRT_ERR_SHAPE;
        return tt_error_restore(&e);
    }
    TT_TRY(status);
    for (int i = 0; i < l->n_out; i++) {
        const tt_infer_type is = tt_infer_type_of(&inferred, i);
        TT_TRY(check_output(c, l->out[i], &is));
        TT_TRY(numbers(c, l->out[i]));
    }
    return broadcasts(l) ? check_broadcast(c, l) : TTRT_OK;
}

static ttrt_status check_network(checker *c)
{
    const tt_network *net = c->b->net;

    for (int i = 0; i < net->n_inputs; i++)
        TT_TRY(numbers(c, net->inputs[i]));
    TT_EACH_LAYER (net, l)
        TT_TRY(check_layer(c, l));
    return TTRT_OK;
}

ttrt_status tt_plan_check_shapes(const tt_builder *b, int n_tensors)
{
    checker c = {.b = b};
    ttrt_status status = TTRT_ERR_MEMORY;

    if (tt_dims_count(b->net->dims) == 0)
        return TTRT_OK; /* inference had the numbers */
    c.net.arena = tt_arena_new();
    c.net.dims = tt_dims_new();
    c.tensors = c.net.arena ? tt_arena_array(c.net.arena, (size_t)n_tensors + 1, sizeof *c.tensors) : NULL;
    if (c.tensors && c.net.dims)
        status = check_network(&c);
    tt_dims_unref(c.net.dims);
    tt_arena_free(c.net.arena);
    return status;
}
