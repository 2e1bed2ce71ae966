/* Arguments of nodes as converters want them: tensors, constants, axes, and PyTorch's type promotion. */
#include "convert/families.h"

#include <inttypes.h>
#include <string.h>

#include "base/checked.h"

/* ---- integers ---- */

size_t tt_arg_find(const tt_node *n, const char *name)
{
    for (size_t i = 0; i < n->op->n_args; i++)
        if (strcmp(n->op->args[i].name, name) == 0)
            return i;
    return n->n_args;
}

static const char *arg_name(const tt_node *n, size_t i) { return i < n->op->n_args ? n->op->args[i].name : "?"; }

bool tt_arg_is_symbolic(const tt_node *n, size_t i)
{
    if (tt_arg_is_none(n, i))
        return false;
    const tt_arg *a = &n->args[i];
    if (a->kind == TT_ARG_INT)
        return !tt_dim_is_const(a->dim);
    for (size_t k = 0; a->kind == TT_ARG_INTS && k < a->n; k++)
        if (!tt_dim_is_const(a->dims[k]))
            return true;
    return a->kind == TT_ARG_VALUE && a->value->kind != TT_VALUE_TENSOR;
}

bool tt_arg_is_known(const tt_node *n, size_t i)
{
    return i >= n->n_args || (!tt_arg_is_symbolic(n, i) && n->args[i].kind != TT_ARG_VALUE);
}

ttrt_status tt_arg_unknown(const tt_node *n, size_t i)
{
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: argument '%s' must be known before the program runs", n->op->name,
            arg_name(n, i));
}

static ttrt_status must_be_known(const tt_node *n, size_t i)
{
    return tt_arg_is_symbolic(n, i) ? tt_arg_unknown(n, i) : TTRT_OK;
}

ttrt_status tt_arg_now(const tt_node *n, size_t i, int64_t fallback, int64_t *out)
{
    TT_TRY(must_be_known(n, i));
    *out = tt_arg_int(n, i, fallback);
    return TTRT_OK;
}

ttrt_status tt_arg_ints_now(const tt_node *n, size_t i, int64_t fallback, int count, int64_t *out)
{
    TT_TRY(must_be_known(n, i));
    size_t given = tt_arg_count(n, i);
    if (given > 1 && given != (size_t)count)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: argument '%s' has %zu items, %d expected", n->op->name, arg_name(n, i), given,
                count);
    for (int k = 0; k < count; k++)
        out[k] = given == 0 ? fallback : tt_arg_dim_at(n, i, given == 1 ? 0 : (size_t)k).value;
    return TTRT_OK;
}

int64_t tt_wrap_dim(int64_t dim, int64_t rank)
{
    if (rank == 0)
        rank = 1;
    return dim < 0 ? dim + rank : dim;
}

static ttrt_status checked_axis(const tt_node *n, size_t i, int64_t given, int rank, int64_t *out)
{
    int64_t axis = tt_wrap_dim(given, rank);
    if (axis < 0 || axis >= (rank ? rank : 1))
        TT_FAIL(TTRT_ERR_FORMAT, "%s: argument '%s' is %" PRId64 " for a tensor of rank %d", n->op->name,
                arg_name(n, i), given, rank);
    *out = axis;
    return TTRT_OK;
}

ttrt_status tt_arg_axis(const tt_node *n, size_t i, int64_t fallback, int rank, int64_t *out)
{
    int64_t given = 0;
    TT_TRY(tt_arg_now(n, i, fallback, &given));
    return checked_axis(n, i, given, rank, out);
}

ttrt_status tt_arg_axes(const tt_node *n, size_t i, int rank, int64_t *axes, int *n_axes)
{
    TT_TRY(must_be_known(n, i));
    size_t given = tt_arg_count(n, i);
    bool reduced[TT_MAX_RANK_NET] = {false};
    for (size_t k = 0; k < given; k++) {
        int64_t axis = 0;
        TT_TRY(checked_axis(n, i, tt_arg_dim_at(n, i, k).value, rank, &axis));
        if (reduced[axis])
            TT_FAIL(TTRT_ERR_FORMAT, "%s: dimension %" PRId64 " stands twice in '%s'", n->op->name, axis,
                    arg_name(n, i));
        reduced[axis] = true;
    }
    *n_axes = 0;
    for (int d = 0; d < rank; d++)
        if (given == 0 || reduced[d])
            axes[(*n_axes)++] = d;
    return TTRT_OK;
}

ttrt_status tt_arg_dims(const tt_node *n, size_t i, tt_dim *dims, int *n_dims)
{
    size_t count = tt_arg_count(n, i);
    if (count > TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: argument '%s' has %zu items", n->op->name, arg_name(n, i), count);
    for (size_t k = 0; k < count; k++)
        dims[k] = tt_arg_dim_at(n, i, k);
    *n_dims = (int)count;
    return TTRT_OK;
}

/* ---- weights ---- */

/* Where the element of a row-major index lies; tt_weight's proof covers it. */
static const uint8_t *element(const tt_weight *w, int64_t index)
{
    int64_t at = w->storage_offset;
    for (size_t d = w->rank; d-- > 0;) {
        at += index % w->dims[d] * w->strides[d];
        index /= w->dims[d];
    }
    return w->data + (size_t)at * ttrt_dtype_size(w->dtype);
}

int64_t tt_weight_i64(const tt_weight *w, int64_t index) { return tt_load_i64(element(w, index), w->dtype); }

static bool is_contiguous(const tt_weight *w)
{
    int64_t expected = 1;
    for (size_t d = w->rank; d-- > 0;) {
        if (w->dims[d] != 1 && w->strides[d] != expected)
            return false;
        expected *= w->dims[d];
    }
    return true;
}

/* Engines want constants row-major; a transposed or expanded weight is the one case that is copied. */
static ttrt_status gathered_constant(tt_convert *c, const tt_weight *w, int64_t n_elems, tt_tensor **out)
{
    size_t size = ttrt_dtype_size(w->dtype);
    uint8_t *bytes = tt_arena_array(c->net->arena, n_elems ? (size_t)n_elems : 1, size);
    if (bytes == NULL)
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < n_elems; i++)
        memcpy(bytes + (size_t)i * size, element(w, i), size);
    return tt_net_constant_ref(c->net, bytes, w->dtype, (int)w->rank, w->dims, w->fqn, out);
}

static ttrt_status weight_tensor(tt_convert *c, const tt_value *v, tt_tensor **out)
{
    const tt_weight *w = v->weight;
    int64_t n_elems = 0;
    if (!tt_count_elems(w->dims, w->rank, &n_elems))
        TT_FAIL(TTRT_ERR_FORMAT, "the shape of '%s' overflows", w->fqn ? w->fqn : v->name);
    if (w->data == NULL && n_elems > 0) /* PyTorch's empty tensors have no address */
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "the bytes of '%s' are not there", w->fqn ? w->fqn : v->name);
    if (w->owner)
        TT_TRY(tt_network_own(c->net, w->owner));
    const char *label = c->net->label;
    c->net->label = w->fqn ? w->fqn : v->name;
    ttrt_status status =
        is_contiguous(w) && w->data
            ? tt_net_constant_ref(c->net, w->data + (size_t)w->storage_offset * ttrt_dtype_size(w->dtype), w->dtype,
                                  (int)w->rank, w->dims, w->fqn, out)
            : gathered_constant(c, w, n_elems, out);
    c->net->label = label;
    return status;
}

/* ---- tensors ---- */

ttrt_status tt_value_tensor(tt_convert *c, const tt_value *v, tt_tensor **out)
{
    if (v == NULL)
        TT_FAIL(TTRT_ERR_FORMAT, "a tensor is missing among the arguments");
    *out = tt_map_get(c->tensors, v->name);
    if (*out)
        return TTRT_OK;
    if (v->kind == TT_VALUE_INT || v->kind == TT_VALUE_BOOL)
        TT_TRY(tt_net_dim_tensor(c->net, v->dim, v->kind == TT_VALUE_INT ? TTRT_DTYPE_INT64 : TTRT_DTYPE_BOOL, 0, out));
    else if (v->weight)
        TT_TRY(weight_tensor(c, v, out));
    else
        TT_FAIL(TTRT_ERR_INTERNAL, "value '%s' has no tensor yet", v->name);
    return tt_map_put(c->tensors, v->name, *out);
}

ttrt_status tt_arg_tensor(tt_convert *c, const tt_node *n, size_t i, tt_tensor **out)
{
    *out = NULL;
    if (tt_arg_is_none(n, i))
        return TTRT_OK;
    const tt_arg *a = &n->args[i];
    if (a->kind == TT_ARG_VALUE)
        return tt_value_tensor(c, a->value, out);
    if (a->kind == TT_ARG_INT)
        return tt_net_dim_tensor(c->net, a->dim, TTRT_DTYPE_INT64, 0, out);
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: argument '%s' is no tensor", n->op->name, arg_name(n, i));
}

ttrt_status tt_arg_tensor_as(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype, tt_tensor **out)
{
    TT_TRY(tt_arg_tensor(c, n, i, out));
    return *out ? tt_net_cast(c->net, *out, dtype, out) : TTRT_OK;
}

ttrt_status tt_number(tt_convert *c, const tt_arg *number, tt_dtype dtype, int rank, tt_tensor **out)
{
    switch (number->kind) {
    case TT_ARG_INT:
        if (!tt_dim_is_const(number->dim))
            return tt_net_dim_tensor(c->net, number->dim, dtype, rank, out);
        return tt_dtype_is_float(dtype) ? tt_net_scalar(c->net, (double)number->dim.value, dtype, rank, out)
                                        : tt_net_scalar_int(c->net, number->dim.value, dtype, rank, out);
    case TT_ARG_BOOL:
        return tt_net_scalar_int(c->net, number->b, dtype, rank, out);
    case TT_ARG_FLOAT:
        return tt_net_scalar(c->net, number->f, dtype, rank, out);
    default:
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "a number is wanted here, argument kind %d given", (int)number->kind);
    }
}

ttrt_status tt_arg_operand(tt_convert *c, const tt_node *n, size_t i, tt_dtype dtype, int rank, tt_tensor **out)
{
    *out = NULL;
    if (tt_arg_is_none(n, i))
        return TTRT_OK;
    if (n->args[i].kind == TT_ARG_VALUE)
        return tt_arg_tensor_as(c, n, i, dtype, out);
    return tt_number(c, &n->args[i], dtype, rank, out);
}

/* ---- types ---- */

static tt_dtype promoted(tt_dtype a, tt_dtype b)
{
    if (a == TT_DTYPE_NONE)
        return b;
    return b == TT_DTYPE_NONE ? a : tt_dtype_promote(a, b);
}

/* A lower category counts only where it brings another kind of number: bool < integer < float < complex. */
static tt_dtype combined(tt_dtype higher, tt_dtype lower)
{
    if (higher == TT_DTYPE_NONE || lower == TT_DTYPE_NONE)
        return higher == TT_DTYPE_NONE ? lower : higher;
    if (tt_dtype_is_complex(higher) || (tt_dtype_is_float(higher) && !tt_dtype_is_complex(lower)))
        return higher;
    if (higher == TTRT_DTYPE_BOOL || tt_dtype_is_float(lower) || tt_dtype_is_complex(lower))
        return tt_dtype_promote(higher, lower);
    return higher;
}

static tt_dtype number_dtype(const tt_arg *a)
{
    switch (a->kind) {
    case TT_ARG_INT:
        return TTRT_DTYPE_INT64;
    case TT_ARG_BOOL:
        return TTRT_DTYPE_BOOL;
    case TT_ARG_FLOAT:
        return TTRT_DTYPE_FLOAT32;
    case TT_ARG_COMPLEX:
        return TTRT_DTYPE_COMPLEX64;
    default:
        return TT_DTYPE_NONE;
    }
}

tt_dtype tt_result_dtype(const tt_node *n, size_t n_args, const size_t *args)
{
    tt_dtype with_dims = TT_DTYPE_NONE, zero_dims = TT_DTYPE_NONE, numbers = TT_DTYPE_NONE;
    for (size_t k = 0; k < n_args; k++) {
        if (tt_arg_is_none(n, args[k]))
            continue;
        const tt_arg *a = &n->args[args[k]];
        if (a->kind != TT_ARG_VALUE)
            numbers = promoted(numbers, number_dtype(a));
        else if (a->value->kind != TT_VALUE_TENSOR)
            numbers = promoted(numbers, a->value->kind == TT_VALUE_BOOL ? TTRT_DTYPE_BOOL : TTRT_DTYPE_INT64);
        else if (a->value->rank > 0)
            with_dims = promoted(with_dims, a->value->dtype);
        else
            zero_dims = promoted(zero_dims, a->value->dtype);
    }
    return combined(with_dims, combined(zero_dims, numbers));
}

tt_dtype tt_compute_dtype(tt_dtype d)
{
    return tt_dtype_is_float(d) && ttrt_dtype_size(d) < 4 ? TTRT_DTYPE_FLOAT32 : d;
}

tt_dtype tt_float_dtype(tt_dtype d) { return tt_dtype_is_float(d) ? d : TTRT_DTYPE_FLOAT32; }

/* ---- layers ---- */

ttrt_status tt_filled(tt_convert *c, int rank, const tt_dim *dims, tt_dtype dtype, const tt_arg *number,
                      tt_tensor **out)
{
    if (number->kind == TT_ARG_VALUE || (number->kind == TT_ARG_INT && !tt_dim_is_const(number->dim))) {
        tt_tensor *s = NULL;
        if (number->kind == TT_ARG_VALUE)
            TT_TRY(tt_value_tensor(c, number->value, &s));
        else
            TT_TRY(tt_number(c, number, dtype, 0, &s));
        TT_TRY(tt_net_cast(c->net, s, dtype, &s));
        return tt_net_expand(c->net, s, rank, dims, out);
    }
    bool is_int = number->kind == TT_ARG_INT || number->kind == TT_ARG_BOOL;
    int64_t whole = number->kind == TT_ARG_INT ? number->dim.value : number->kind == TT_ARG_BOOL && number->b;
    tt_fill_attrs attrs = {.operation = TT_FILL_CONSTANT, .dimensions = {rank, dims}, .to_type = dtype};
    attrs.alpha = is_int ? (double)whole : number->f;
    /* PyTorch refuses to fill integers with what they cannot hold; the range keeps the conversion here defined. */
    attrs.alpha_int = is_int ? whole : number->f >= -0x1p63 && number->f < 0x1p63 ? (int64_t)number->f : 0;
    return tt_net_add(c->net, TT_LAYER_FILL, &attrs, NULL, 0, out);
}

ttrt_status tt_squeeze_at(tt_convert *c, tt_tensor *x, int axis, tt_tensor **out)
{
    tt_dim dims[TT_MAX_RANK_NET];
    int rank = 0;
    for (int d = 0; d < x->rank; d++)
        if (d != axis)
            dims[rank++] = x->dims[d];
    return tt_net_reshape(c->net, x, rank, dims, out);
}

ttrt_status tt_flatten(tt_convert *c, tt_tensor *x, tt_tensor **out)
{
    tt_dim count = tt_dim_product(c->net->dims, x->dims, (size_t)x->rank);
    return tt_net_reshape(c->net, x, 1, &count, out);
}

ttrt_status tt_unsqueeze_at(tt_convert *c, tt_tensor *x, int axis, tt_tensor **out)
{
    if (x->rank >= TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "rank %d", x->rank + 1);
    if (axis < 0 || axis > x->rank) /* an axis of another tensor, which this one does not have */
        TT_FAIL(TTRT_ERR_SHAPE, "a new dimension %d of a tensor of rank %d", axis, x->rank);
    tt_dim dims[TT_MAX_RANK_NET];
    for (int d = 0, k = 0; d <= x->rank; d++)
        dims[d] = d == axis ? tt_dim_const(1) : x->dims[k++];
    return tt_net_reshape(c->net, x, x->rank + 1, dims, out);
}

ttrt_status tt_finish(tt_convert *c, const tt_node *n, size_t i, tt_tensor *x, tt_tensor **out)
{
    const tt_value *v = n->outs[i];
    TT_TRY(tt_net_cast(c->net, x, v->dtype, &x));
    if (x->rank != (int)v->rank) {
        /* Dimensions of 1 come or go; anything else is a graph that does not follow. */
        if (!tt_dim_known_equal(c->net->dims, tt_dim_product(c->net->dims, x->dims, (size_t)x->rank),
                                tt_dim_product(c->net->dims, v->dims, v->rank)))
            TT_FAIL(TTRT_ERR_SHAPE, "%s (%s): the result has rank %d and another size, the graph says rank %zu",
                    n->name, n->op->name, x->rank, v->rank);
        TT_TRY(tt_net_reshape(c->net, x, (int)v->rank, v->dims, &x));
    }
    *out = x;
    return TTRT_OK;
}
