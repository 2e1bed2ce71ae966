/* Inference's frame, and the layers that work element by element. The families are in infer_math.c (contractions,
 * reductions, normalization), infer_window.c (convolution, pooling, resize) and infer_move.c (layout, indexing).
 *
 * Two symbolic dimensions that a rule needs equal are taken to be equal unless that can be disproved: PyTorch's own
 * guards proved it, and the engine checks it when it plans. */
#include "network/infer.h"

#include "base/checked.h"

#include <stdio.h>
#include <string.h>

ttrt_status tt_infer_fail(tt_infer *c, const char *fmt, ...)
{
    const tt_layer *l = c->layer;
    char text[768];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ttrt_status status = tt_fail(TTRT_ERR_UNSUPPORTED, "%s: %s", tt_layer_info_of(l->kind)->name, text);
    return l->name ? tt_fail_where("layer \"%s\"%s%s", l->name, l->source ? ", " : "", l->source ? l->source : "")
                   : status;
}

tt_infer_out *tt_infer_add(tt_infer *c, tt_dtype dtype, int rank, const tt_dim *dims)
{
    tt_infer_out *out = &c->out[c->n_out++];

    out->dtype = dtype;
    out->rank = rank;
    for (int i = 0; i < rank; i++)
        out->dims[i] = dims[i];
    return out;
}

tt_infer_type tt_infer_type_of(const tt_infer *c, int i)
{
    if (c->passes) {
        const tt_tensor *x = c->layer->in[i];
        return (tt_infer_type){x->dtype, x->rank, x->dims};
    }
    return (tt_infer_type){c->out[i].dtype, c->out[i].rank, c->out[i].dims};
}

tt_infer_out *tt_infer_like(tt_infer *c, const tt_tensor *x) { return tt_infer_add(c, x->dtype, x->rank, x->dims); }

bool tt_infer_may_equal(tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t min_a, max_a, min_b, max_b;

    if (tt_dim_is_const(a) && tt_dim_is_const(b))
        return a.value == b.value;
    tt_dim_range(a, &min_a, &max_a);
    tt_dim_range(b, &min_b, &max_b);
    if (max_a < min_b || max_b < min_a)
        return false;
    tt_dim d = tt_dim_sub(t, a, b);
    return !tt_dim_is_const(d) || d.value == 0;
}

static const char *dim_text(tt_dim d, char *buffer, size_t size)
{
    tt_str s = {0};

    tt_dim_print(&s, d);
    snprintf(buffer, size, "%s", tt_str_text(&s));
    tt_str_dispose(&s);
    return buffer;
}

ttrt_status tt_infer_equal(tt_infer *c, const char *what, tt_dim a, tt_dim b, tt_dim *out)
{
    char text_a[128], text_b[128];

    TT_RULE(tt_infer_may_equal(c->dims, a, b), "%s differ: %s and %s", what, dim_text(a, text_a, sizeof text_a),
            dim_text(b, text_b, sizeof text_b));
    if (out)
        *out = tt_dim_is_const(b) ? b : a;
    return TTRT_OK;
}

bool tt_infer_broadcast(tt_dims *t, tt_dim a, tt_dim b, tt_dim *out)
{
    if (tt_dim_equal(a, b) || tt_dim_is(b, 1))
        *out = a;
    else if (tt_dim_is(a, 1))
        *out = b;
    else if (tt_infer_may_equal(t, a, b))
        *out = tt_dim_is_const(b) ? b : a;
    else
        return false;
    return true;
}

ttrt_status tt_infer_ints(tt_infer *c, const char *what, tt_attr_ints list, int n, int64_t min)
{
    TT_RULE(list.n == n, "%s has %d items, expected %d", what, list.n, n);
    for (int i = 0; i < n; i++)
        TT_RULE(list.v[i] >= min, "%s[%d] is %lld, at least %lld", what, i, (long long)list.v[i], (long long)min);
    return TTRT_OK;
}

ttrt_status tt_infer_axis(tt_infer *c, int64_t axis, int rank)
{
    TT_RULE(axis >= 0 && axis < rank, "axis %lld of a tensor of rank %d", (long long)axis, rank);
    return TTRT_OK;
}

ttrt_status tt_infer_axes(tt_infer *c, tt_attr_ints axes, int rank, uint64_t *set)
{
    *set = 0;
    for (int i = 0; i < axes.n; i++) {
        TT_TRY(tt_infer_axis(c, axes.v[i], rank));
        TT_RULE(!(*set >> axes.v[i] & 1), "axis %lld is named twice", (long long)axes.v[i]);
        *set |= (uint64_t)1 << axes.v[i];
    }
    return TTRT_OK;
}

bool tt_infer_is_float(tt_dtype d) { return tt_dtype_is_float(d) && ttrt_dtype_size(d) > 1; }

bool tt_infer_is_number(tt_dtype d) { return tt_dtype_is_integer(d) || tt_infer_is_float(d); }

bool tt_infer_is_index(tt_dtype d) { return d == TTRT_DTYPE_INT32 || d == TTRT_DTYPE_INT64; }

ttrt_status tt_infer_float(tt_infer *c, const tt_tensor *x)
{
    TT_RULE(tt_infer_is_float(x->dtype), "input is %s, expected a floating type", ttrt_dtype_name(x->dtype));
    return TTRT_OK;
}

ttrt_status tt_infer_same_dtype(tt_infer *c, const tt_tensor *a, const tt_tensor *b)
{
    TT_RULE(a->dtype == b->dtype, "inputs are %s and %s, expected one type", ttrt_dtype_name(a->dtype),
            ttrt_dtype_name(b->dtype));
    return TTRT_OK;
}

/* ---- element by element ---- */

ttrt_status tt_infer_layer_constant(tt_infer *c)
{
    const tt_constant_attrs *a = &c->layer->attrs.constant;
    int64_t n;
    size_t bytes;

    TT_TRY(tt_infer_ints(c, "dimensions", a->dimensions, a->dimensions.n, 0));
    TT_RULE(tt_dtype_is_known((int)a->weights.dtype), "dtype number %d", (int)a->weights.dtype);
    TT_RULE(tt_count_elems(a->dimensions.v, (size_t)a->dimensions.n, &n) &&
                tt_mul_size((size_t)n, ttrt_dtype_size(a->weights.dtype), &bytes),
            "too many elements");
    TT_RULE(a->weights.format || a->weights.bytes == bytes, "%zu bytes given for %zu", a->weights.bytes, bytes);
    tt_infer_out *out = tt_infer_add(c, a->weights.dtype, 0, NULL);
    out->rank = a->dimensions.n;
    for (int i = 0; i < out->rank; i++)
        out->dims[i] = tt_dim_const(a->dimensions.v[i]);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_cast(tt_infer *c)
{
    tt_infer_like(c, c->layer->in[0])->dtype = c->layer->attrs.cast.to_type;
    return TTRT_OK;
}

ttrt_status tt_infer_layer_unary(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];
    int64_t op = c->layer->attrs.unary.operation;
    tt_infer_out *out = tt_infer_like(c, x);
    bool ok;

    switch (op) {
    case TT_UNARY_NOT:
        ok = x->dtype == TTRT_DTYPE_BOOL;
        break;
    case TT_UNARY_BITWISE_NOT:
        ok = x->dtype == TTRT_DTYPE_BOOL || tt_dtype_is_integer(x->dtype);
        break;
    case TT_UNARY_ABS:
    case TT_UNARY_NEG:
    case TT_UNARY_SIGN:
    case TT_UNARY_CEIL:
    case TT_UNARY_FLOOR:
    case TT_UNARY_ROUND:
    case TT_UNARY_TRUNC:
        ok = tt_infer_is_number(x->dtype);
        break;
    case TT_UNARY_ISINF:
    case TT_UNARY_ISNAN:
        out->dtype = TTRT_DTYPE_BOOL; /* fallthrough */
    default:
        ok = tt_infer_is_float(x->dtype);
    }
    TT_RULE(ok, "%s of %s", tt_enum_name("unary", op), ttrt_dtype_name(x->dtype));
    return TTRT_OK;
}

ttrt_status tt_infer_layer_activation(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];
    int64_t type = c->layer->attrs.activation.type;
    bool whole = type == TT_ACTIVATION_RELU || type == TT_ACTIVATION_CLIP;

    TT_RULE(whole ? tt_infer_is_number(x->dtype) : tt_infer_is_float(x->dtype), "%s of %s",
            tt_enum_name("activation", type), ttrt_dtype_name(x->dtype));
    tt_infer_like(c, x);
    return TTRT_OK;
}

static bool is_comparison(int64_t op)
{
    switch (op) {
    case TT_ELEMENTWISE_EQUAL:
    case TT_ELEMENTWISE_NOT_EQUAL:
    case TT_ELEMENTWISE_GREATER:
    case TT_ELEMENTWISE_GREATER_EQUAL:
    case TT_ELEMENTWISE_LESS:
    case TT_ELEMENTWISE_LESS_EQUAL:
        return true;
    default:
        return false;
    }
}

static bool takes_dtype(int64_t op, tt_dtype d)
{
    switch (op) {
    case TT_ELEMENTWISE_AND:
    case TT_ELEMENTWISE_OR:
    case TT_ELEMENTWISE_XOR:
        return d == TTRT_DTYPE_BOOL || tt_dtype_is_integer(d);
    case TT_ELEMENTWISE_LEFT_SHIFT:
    case TT_ELEMENTWISE_RIGHT_SHIFT:
        return tt_dtype_is_integer(d);
    case TT_ELEMENTWISE_DIV:
    case TT_ELEMENTWISE_ATAN2:
    case TT_ELEMENTWISE_COPYSIGN:
    case TT_ELEMENTWISE_HYPOT:
    case TT_ELEMENTWISE_NEXTAFTER:
        return tt_infer_is_float(d);
    default:
        return tt_infer_is_number(d) || (d == TTRT_DTYPE_BOOL && is_comparison(op));
    }
}

ttrt_status tt_infer_layer_elementwise(tt_infer *c)
{
    const tt_tensor *a = c->layer->in[0], *b = c->layer->in[1];
    int64_t op = c->layer->attrs.elementwise.operation;

    TT_TRY(tt_infer_same_dtype(c, a, b));
    TT_RULE(takes_dtype(op, a->dtype), "%s of %s", tt_enum_name("elementwise", op), ttrt_dtype_name(a->dtype));
    TT_RULE(a->rank == b->rank, "ranks %d and %d", a->rank, b->rank);
    tt_infer_out *out = tt_infer_like(c, a);
    for (int i = 0; i < a->rank; i++)
        if (!tt_infer_broadcast(c->dims, a->dims[i], b->dims[i], &out->dims[i]))
            return tt_infer_equal(c, "dimensions", a->dims[i], b->dims[i], NULL);
    if (is_comparison(op))
        out->dtype = TTRT_DTYPE_BOOL;
    return TTRT_OK;
}

ttrt_status tt_infer_layer_select(tt_infer *c)
{
    tt_tensor *const *in = c->layer->in;

    TT_RULE(in[0]->dtype == TTRT_DTYPE_BOOL, "condition is %s, expected bool", ttrt_dtype_name(in[0]->dtype));
    TT_TRY(tt_infer_same_dtype(c, in[1], in[2]));
    TT_RULE(in[0]->rank == in[1]->rank && in[0]->rank == in[2]->rank, "ranks %d, %d and %d", in[0]->rank, in[1]->rank,
            in[2]->rank);
    tt_infer_out *out = tt_infer_like(c, in[1]);
    for (int i = 0; i < out->rank; i++)
        for (int k = 0; k <= 2; k += 2)
            if (!tt_infer_broadcast(c->dims, in[k]->dims[i], out->dims[i], &out->dims[i]))
                return tt_infer_equal(c, "dimensions", in[k]->dims[i], out->dims[i], NULL);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_check(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(x->dtype == TTRT_DTYPE_BOOL, "input is %s, expected bool", ttrt_dtype_name(x->dtype));
    for (int i = 0; i < x->rank; i++)
        TT_RULE(tt_dim_is(x->dims[i], 1), "input has more than one element");
    tt_infer_like(c, x);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_fill(tt_infer *c)
{
    const tt_fill_attrs *a = &c->layer->attrs.fill;

    TT_RULE(a->operation != TT_FILL_LINSPACE || a->dimensions.n == 1, "LINSPACE of %d dimensions", a->dimensions.n);
    TT_RULE(tt_infer_is_number(a->to_type) || a->operation == TT_FILL_CONSTANT, "LINSPACE of %s",
            ttrt_dtype_name(a->to_type));
    tt_infer_add(c, a->to_type, a->dimensions.n, a->dimensions.v);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_dimension(tt_infer *c)
{
    tt_infer_add(c, TTRT_DTYPE_INT64, 0, NULL);
    return TTRT_OK;
}

/* ---- the frame ---- */

static ttrt_status (*const infer_layer[])(tt_infer *c) = {
#define LAYER(name, NAME, lo, hi, outs, attrs) tt_infer_layer_##name,
#include "network/layers.def"
#undef LAYER
};

/* What holds for attributes of any layer. */
static ttrt_status check_attrs(tt_infer *c, const tt_layer_info *info)
{
    for (int i = 0; i < info->n_attrs; i++) {
        const tt_attr_info *a = &info->attrs[i];
        const void *field = (const char *)&c->layer->attrs + a->offset;
        if (a->type == TT_ATTR_enum) {
            int64_t v = *(const tt_attr_i64 *)field;
            TT_RULE(tt_enum_name(a->enumeration, v), "%s number %lld", a->enumeration, (long long)v);
        } else if (a->type == TT_ATTR_dtype) {
            tt_dtype d = *(const tt_attr_dtype *)field;
            TT_RULE(tt_dtype_is_known((int)d) && !tt_dtype_is_complex(d), "%s is %s", a->name, ttrt_dtype_name(d));
        }
    }
    return TTRT_OK;
}

static ttrt_status check_out(tt_infer *c, const tt_infer_type *out)
{
    int64_t elems = 1;

    TT_RULE(!tt_dtype_is_complex(out->dtype), "output is %s; networks hold pairs of reals",
            ttrt_dtype_name(out->dtype));
    TT_RULE(out->rank <= TT_MAX_RANK_NET, "output of rank %d, at most %d", out->rank, TT_MAX_RANK_NET);
    for (int i = 0; i < out->rank; i++) {
        int64_t n, max;
        tt_dim_range(out->dims[i], &n, &max);
        TT_RULE(max >= 0, "dimension %d of the output would be %lld", i, (long long)max);
        if (tt_dim_is_const(out->dims[i]) && n > 0)
            TT_RULE(tt_mul_i64(elems, n, &elems) && elems < INT64_MAX / 16, "output is too big");
    }
    return TTRT_OK;
}

ttrt_status tt_infer_run(tt_network *net, const tt_layer *l, tt_infer *c)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    c->dims = net->dims;
    c->layer = l;
    c->n_out = 0;
    c->passes = false;
    TT_TRY(check_attrs(c, info));
    ttrt_status status = infer_layer[l->kind](c);
    /* Arithmetic that failed comes first: it explains the rule that seems broken, and must not be left to others. */
    TT_TRY(tt_dims_status(net->dims));
    TT_TRY(status);
    TT_INVARIANT(info->n_out < 0 || c->n_out == info->n_out);
    for (int i = 0; i < c->n_out; i++) {
        const tt_infer_type out = tt_infer_type_of(c, i);
        TT_TRY(check_out(c, &out));
    }
    return TTRT_OK;
}

static bool is_same(const tt_tensor *t, const tt_infer_type *out)
{
    if (!t->dims || t->dtype != out->dtype || t->rank != out->rank)
        return false;
    for (int i = 0; i < t->rank; i++)
        if (!tt_dim_equal(t->dims[i], out->dims[i]))
            return false;
    return true;
}

static ttrt_status set_tensor(tt_network *net, tt_tensor *t, const tt_infer_type *out)
{
    if (is_same(t, out))
        return TTRT_OK;
    tt_dim *dims = tt_arena_array(net->arena, (size_t)out->rank, sizeof *dims);
    if (!dims)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < out->rank; i++)
        dims[i] = out->dims[i];
    t->dtype = out->dtype;
    t->rank = out->rank;
    t->dims = dims;
    return TTRT_OK;
}

static ttrt_status make_outs(tt_network *net, tt_layer *l, int n)
{
    tt_tensor **outs = tt_arena_array(net->arena, (size_t)n, sizeof *outs);

    for (int i = 0; outs && i < n; i++) {
        if (!(outs[i] = tt_arena_alloc(net->arena, sizeof **outs)))
            return TTRT_ERR_MEMORY;
        outs[i]->layer = l;
        outs[i]->out_index = i;
    }
    if (!outs)
        return TTRT_ERR_MEMORY;
    l->out = outs;
    l->n_out = n;
    return TTRT_OK;
}

ttrt_status tt_layer_infer(tt_network *net, tt_layer *l)
{
    tt_infer c;

    TT_TRY(tt_infer_run(net, l, &c));
    if (!l->out)
        TT_TRY(make_outs(net, l, c.n_out));
    TT_INVARIANT(l->n_out == c.n_out);
    for (int i = 0; i < c.n_out; i++) {
        const tt_infer_type out = tt_infer_type_of(&c, i);
        TT_TRY(set_tensor(net, l->out[i], &out));
    }
    return TTRT_OK;
}

ttrt_status tt_broadcast_dims(tt_network *net, const tt_tensor *a, const tt_tensor *b, tt_dim *out)
{
    char text_a[128], text_b[128];

    TT_INVARIANT(a->rank == b->rank);
    for (int i = 0; i < a->rank; i++)
        if (!tt_infer_broadcast(net->dims, a->dims[i], b->dims[i], &out[i]))
            TT_FAIL(TTRT_ERR_SHAPE, "dimension %d: %s and %s do not broadcast", i,
                    dim_text(a->dims[i], text_a, sizeof text_a), dim_text(b->dims[i], text_b, sizeof text_b));
    return tt_dims_status(net->dims);
}
