#include "network/affine.h"

#include "base/checked.h"
#include "network/optimize.h"

#include <string.h>

/* Tensors looked at for one answer: sums of sums of one tensor would double with each step. */
#define MAX_VISITS 256

typedef struct visit {
    tt_dims *dims;
    int left;
} visit;

static bool affine(visit *v, const tt_tensor *t, tt_affine *out);

static void start(const tt_tensor *t, tt_dim c, tt_affine *out)
{
    memset(out, 0, sizeof *out);
    out->rank = t->rank;
    out->dims = t->dims;
    out->c = c;
}

/* c += n * step */
static void move(visit *v, tt_dim *c, tt_dim n, int64_t step)
{
    *c = tt_dim_add(v->dims, *c, tt_dim_mul(v->dims, n, tt_dim_const(step)));
}

/* Along a dimension of 1 the step means nothing. */
static void normalize(tt_affine *a)
{
    for (int i = 0; i < a->rank; i++)
        if (tt_dim_is(a->dims[i], 1))
            a->step[i] = 0;
}

/* ---- sources ---- */

static bool of_uniform(const tt_tensor *t, tt_affine *out)
{
    double value;

    /* Beyond, a double is no longer the integer that it was read from. */
    if (!tt_uniform_value(t, &value) || !(value >= -0x1p53 && value <= 0x1p53))
        return false;
    start(t, tt_dim_const((int64_t)value), out);
    return true;
}

static bool of_fill(const tt_layer *l, tt_affine *out)
{
    const tt_fill_attrs *a = &l->attrs.fill;

    if (a->operation != TT_FILL_LINSPACE)
        return false;
    start(l->out[0], tt_dim_const(a->alpha_int), out);
    out->step[0] = a->beta_int;
    return true;
}

/* ---- views ---- */

/* Only dimensions of 1 come and go. */
static bool of_reshape(visit *v, const tt_layer *l, tt_affine *out)
{
    const tt_tensor *t = l->out[0];
    tt_affine a;
    int k = 0;

    if (!affine(v, l->in[0], &a))
        return false;
    start(t, a.c, out);
    for (int i = 0; i < t->rank; i++) {
        if (tt_dim_is(t->dims[i], 1))
            continue;
        while (k < a.rank && tt_dim_is(a.dims[k], 1))
            k++;
        if (k == a.rank || !tt_dim_equal(a.dims[k], t->dims[i]))
            return false;
        out->step[i] = a.step[k++];
    }
    while (k < a.rank && tt_dim_is(a.dims[k], 1))
        k++;
    return k == a.rank;
}

static bool of_expand(visit *v, const tt_layer *l, tt_affine *out)
{
    if (!affine(v, l->in[0], out))
        return false;
    out->dims = l->out[0]->dims;
    return true;
}

static bool of_transpose(visit *v, const tt_layer *l, tt_affine *out)
{
    tt_affine a;

    if (!affine(v, l->in[0], &a))
        return false;
    start(l->out[0], a.c, out);
    for (int i = 0; i < a.rank; i++)
        out->step[i] = a.step[l->attrs.transpose.permutation.v[i]];
    return true;
}

static bool of_slice(visit *v, const tt_layer *l, tt_affine *out)
{
    const tt_slice_attrs *s = &l->attrs.slice;

    if (!affine(v, l->in[0], out))
        return false;
    out->dims = l->out[0]->dims;
    for (int i = 0; i < out->rank; i++) {
        move(v, &out->c, s->start.v[i], out->step[i]);
        if (!tt_mul_i64(out->step[i], s->stride.v[i], &out->step[i]))
            return false;
    }
    return true;
}

/* ---- several inputs ---- */

static bool of_sum(visit *v, const tt_layer *l, bool subtract, tt_affine *out)
{
    tt_affine a, b;

    if (!affine(v, l->in[0], &a) || !affine(v, l->in[1], &b))
        return false;
    start(l->out[0], subtract ? tt_dim_sub(v->dims, a.c, b.c) : tt_dim_add(v->dims, a.c, b.c), out);
    for (int i = 0; i < out->rank; i++)
        if (!(subtract ? tt_sub_i64(a.step[i], b.step[i], &out->step[i])
                       : tt_add_i64(a.step[i], b.step[i], &out->step[i])))
            return false;
    return true;
}

/* Whether `b` goes on along the axis where `a`, `n` long, ends; then a's step is known too. */
static bool goes_on(visit *v, tt_affine *a, int64_t n, const tt_affine *b, int axis)
{
    if (n == 1) {
        tt_dim step = tt_dim_sub(v->dims, b->c, a->c);
        if (!tt_dim_is_const(step))
            return false;
        a->step[axis] = step.value;
    }
    for (int i = 0; i < a->rank; i++)
        if (a->step[i] != b->step[i] && !(i == axis && tt_dim_is(b->dims[i], 1)))
            return false;
    tt_dim next = a->c;
    move(v, &next, tt_dim_const(n), a->step[axis]);
    return tt_dim_equal(next, b->c);
}

static bool of_concatenation(visit *v, const tt_layer *l, tt_affine *out)
{
    int axis = (int)l->attrs.concatenation.axis;
    tt_affine next;
    tt_dim n = l->in[0]->dims[axis];

    if (!affine(v, l->in[0], out))
        return false;
    for (int i = 1; i < l->n_in; i++) {
        if (!tt_dim_is_const(n) || n.value < 1 || !affine(v, l->in[i], &next) || !goes_on(v, out, n.value, &next, axis))
            return false;
        n = tt_dim_add(v->dims, n, l->in[i]->dims[axis]);
    }
    out->dims = l->out[0]->dims;
    return true;
}

/* A running sum of one number is that number times the position, counted from 1. */
static bool of_cumulative(visit *v, const tt_layer *l, tt_affine *out)
{
    if (l->attrs.cumulative.operation != TT_CUMULATIVE_SUM || !affine(v, l->in[0], out) || !tt_dim_is_const(out->c))
        return false;
    for (int i = 0; i < out->rank; i++)
        if (out->step[i] != 0)
            return false;
    out->step[l->attrs.cumulative.axis] = out->c.value;
    return true;
}

/* out += step * index, whose dimensions begin at `position` of out */
static bool add_index(visit *v, const tt_affine *index, int64_t step, int position, tt_affine *out)
{
    int64_t min, max, part;

    /* Negative indices count from the end. */
    tt_affine_range(index, &min, &max);
    if (step != 0 && min < 0)
        return false;
    move(v, &out->c, index->c, step);
    for (int i = 0; i < index->rank; i++)
        if (!tt_mul_i64(step, index->step[i], &part) ||
            !tt_add_i64(out->step[position + i], part, &out->step[position + i]))
            return false;
    return true;
}

static bool of_index(visit *v, const tt_layer *l, tt_affine *out)
{
    const tt_index_attrs *at = &l->attrs.index;
    int position = (int)at->position, n_index = l->in[1]->rank, to = 0;
    tt_affine a, index;
    uint64_t indexed = 0;

    if (!affine(v, l->in[0], &a))
        return false;
    start(l->out[0], a.c, out);
    for (int i = 0; i < at->axes.n; i++) {
        indexed |= (uint64_t)1 << at->axes.v[i];
        if (!affine(v, l->in[1 + i], &index) || !add_index(v, &index, a.step[at->axes.v[i]], position, out))
            return false;
    }
    for (int i = 0; i < a.rank; i++)
        if (!(indexed >> i & 1)) {
            out->step[to < position ? to : to + n_index] = a.step[i];
            to++;
        }
    return true;
}

static bool affine_layer(visit *v, const tt_layer *l, tt_affine *out)
{
    switch (l->kind) {
    case TT_LAYER_FILL:
        return of_fill(l, out);
    case TT_LAYER_DIMENSION:
        start(l->out[0], l->attrs.dimension.value, out);
        return true;
    case TT_LAYER_RESHAPE:
        return of_reshape(v, l, out);
    case TT_LAYER_EXPAND:
        return of_expand(v, l, out);
    case TT_LAYER_TRANSPOSE:
        return of_transpose(v, l, out);
    case TT_LAYER_SLICE:
        return of_slice(v, l, out);
    case TT_LAYER_CONCATENATION:
        return of_concatenation(v, l, out);
    case TT_LAYER_CUMULATIVE:
        return of_cumulative(v, l, out);
    case TT_LAYER_INDEX:
        return of_index(v, l, out);
    case TT_LAYER_ELEMENTWISE:
        if (l->attrs.elementwise.operation == TT_ELEMENTWISE_SUM)
            return of_sum(v, l, false, out);
        return l->attrs.elementwise.operation == TT_ELEMENTWISE_SUB && of_sum(v, l, true, out);
    default:
        return false;
    }
}

static bool affine(visit *v, const tt_tensor *t, tt_affine *out)
{
    if (t->dtype != TTRT_DTYPE_INT64 || v->left-- <= 0)
        return false;
    if (t->is_dim) {
        start(t, t->value, out);
        return true;
    }
    if (!of_uniform(t, out) && !(t->layer && affine_layer(v, t->layer, out)))
        return false;
    normalize(out);
    return true;
}

/* Arithmetic that overflows leaves the table's status failed: no answer, and no failure of the pass. */
static bool succeeded(const visit *v, bool found) { return tt_dims_status(v->dims) == TTRT_OK && found; }

bool tt_affine_of(tt_network *net, const tt_tensor *t, tt_affine *out)
{
    visit v = {net->dims, MAX_VISITS};

    return succeeded(&v, affine(&v, t, out));
}

bool tt_affine_difference(tt_network *net, const tt_layer *l, tt_affine *out)
{
    visit v = {net->dims, MAX_VISITS};

    return succeeded(&v, of_sum(&v, l, true, out));
}

/* Saturates: no bound. */
static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;

    return tt_add_i64(a, b, &sum) ? sum : b < 0 ? INT64_MIN : INT64_MAX;
}

void tt_affine_range(const tt_affine *a, int64_t *min, int64_t *max)
{
    tt_dim_range(a->c, min, max);
    for (int i = 0; i < a->rank; i++) {
        int64_t n_min, n_max, reach;
        tt_dim_range(a->dims[i], &n_min, &n_max);
        if (a->step[i] == 0 || n_max <= 1)
            continue;
        bool bounded = n_max != INT64_MAX && tt_mul_i64(a->step[i], n_max - 1, &reach);
        if (a->step[i] > 0)
            *max = bounded ? plus(*max, reach) : INT64_MAX;
        else
            *min = bounded ? plus(*min, reach) : INT64_MIN;
    }
}
