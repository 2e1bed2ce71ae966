/* What the patterns of optimize_*.c are made of. */
#include "network/optimize.h"

#include <math.h>
#include <string.h>

tt_layer *tt_made_by(const tt_tensor *t, tt_layer_kind kind)
{
    return t->layer && t->layer->kind == kind ? t->layer : NULL;
}

bool tt_is_unary(const tt_tensor *t, tt_enum_unary op, tt_tensor **x)
{
    const tt_layer *l = tt_made_by(t, TT_LAYER_UNARY);

    if (!l || l->attrs.unary.operation != op)
        return false;
    *x = l->in[0];
    return true;
}

bool tt_is_activation(const tt_tensor *t, tt_enum_activation type, tt_tensor **x)
{
    const tt_layer *l = tt_made_by(t, TT_LAYER_ACTIVATION);

    if (!l || l->attrs.activation.type != type)
        return false;
    *x = l->in[0];
    return true;
}

bool tt_is_elementwise(const tt_tensor *t, tt_enum_elementwise op, tt_tensor **a, tt_tensor **b)
{
    const tt_layer *l = tt_made_by(t, TT_LAYER_ELEMENTWISE);

    if (!l || l->attrs.elementwise.operation != op)
        return false;
    *a = l->in[0];
    *b = l->in[1];
    return true;
}

bool tt_is_with_operand(const tt_tensor *t, tt_enum_elementwise op, const tt_tensor *x, tt_tensor **other)
{
    tt_tensor *a, *b;

    if (!tt_is_elementwise(t, op, &a, &b) || (a != x && b != x))
        return false;
    *other = a == x ? b : a;
    return true;
}

bool tt_same_dims(const tt_tensor *a, const tt_tensor *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (!tt_dim_equal(a->dims[i], b->dims[i]))
            return false;
    return true;
}

bool tt_is_with_value(const tt_tensor *t, tt_enum_elementwise op, tt_tensor **x, double *v)
{
    bool commutes = op == TT_ELEMENTWISE_SUM || op == TT_ELEMENTWISE_PROD;
    tt_tensor *a, *b;

    if (!tt_is_elementwise(t, op, &a, &b))
        return false;
    for (int i = 0; i < (commutes ? 2 : 1); i++) {
        tt_tensor *x_i = i ? b : a, *v_i = i ? a : b;
        if (tt_same_dims(x_i, t) && tt_uniform_value(v_i, v)) {
            *x = x_i;
            return true;
        }
    }
    return false;
}

/* Parameters have names, and a refit may change what they hold. */
static bool constant_value(const tt_net_weights *w, double *v)
{
    size_t size = ttrt_dtype_size(w->dtype);

    if (w->name || w->format || w->bytes == 0 || tt_dtype_is_complex(w->dtype) ||
        memcmp(w->data, (const char *)w->data + size, w->bytes - size) != 0)
        return false;
    *v = tt_load_f64(w->data, w->dtype);
    return true;
}

/* As an element of this type holds it; false for what C leaves undefined. */
static bool as_element(tt_dtype dtype, double *v)
{
    uint64_t element = 0;

    if (tt_dtype_is_float(dtype))
        tt_store_f64(&element, dtype, *v);
    else if (*v == trunc(*v) && fabs(*v) <= 0x1p53)
        tt_store_i64(&element, dtype, (int64_t)*v);
    else
        return false;
    *v = tt_load_f64(&element, dtype);
    return true;
}

static bool fill_value(const tt_fill_attrs *a, double *v)
{
    if (a->operation != TT_FILL_CONSTANT)
        return false;
    *v = tt_dtype_is_float(a->to_type) ? a->alpha : (double)a->alpha_int;
    return as_element(a->to_type, v);
}

bool tt_uniform_value(const tt_tensor *t, double *v)
{
    const tt_layer *l = t->layer;

    if (!l)
        return false;
    switch (l->kind) {
    case TT_LAYER_CONSTANT:
        return constant_value(&l->attrs.constant.weights, v);
    case TT_LAYER_FILL:
        return fill_value(&l->attrs.fill, v);
    case TT_LAYER_RESHAPE:
    case TT_LAYER_EXPAND:
        return tt_uniform_value(l->in[0], v);
    case TT_LAYER_CAST:
        return tt_uniform_value(l->in[0], v) && as_element(t->dtype, v);
    default:
        return false;
    }
}

bool tt_uniform_is(const tt_tensor *t, double v)
{
    double is;

    return tt_uniform_value(t, &is) && is == v;
}

bool tt_swaps_last_two(const tt_layer *l)
{
    if (!l || l->kind != TT_LAYER_TRANSPOSE || l->out[0]->rank < 2)
        return false;
    tt_attr_ints p = l->attrs.transpose.permutation;
    for (int i = 0; i < p.n - 2; i++)
        if (p.v[i] != i)
            return false;
    return p.v[p.n - 1] == p.n - 2;
}

void tt_opt_at(tt_network *net, tt_layer *l)
{
    net->before = l;
    net->label = l ? l->name : NULL;
    net->source = l ? l->source : NULL;
}

void tt_opt_replace(tt_network *net, tt_layer *l, tt_tensor *to, int *changes)
{
    tt_net_replace(net, l->out[0], to);
    tt_net_remove(net, l);
    ++*changes;
}
