/* Operators whose results' sizes the data tell. Each size is a symbol that a layer binds when it runs: non_zero counts,
 * item reads a number. */
#include "convert/formula.h"

#include <stdio.h>
#include <string.h>

/* ---- symbols and positions ---- */

static bool is_bound_inside(const tt_network *net, const tt_symbol *wanted)
{
    TT_EACH_LAYER (net, l) {
        if (tt_layer_binds(l) == wanted)
            return true;
        TT_EACH_NETWORK_OF (l, sub) {
            if (is_bound_inside(sub, wanted))
                return true;
        }
    }
    return false;
}

static bool is_bound(const tt_network *net, tt_dim d)
{
    const tt_symbol *wanted;
    if (!tt_dim_is_symbol(d, &wanted))
        return false;
    for (; net; net = net->parent)
        TT_EACH_LAYER (net, l)
            if (tt_layer_binds(l) == wanted)
                return true;
    return false;
}

/* The program's symbol where it has one that nothing binds yet; else one of the network's own: PyTorch may know that
 * two counts are equal, or that a count is a constant, and a run must find out whether they are. */
static tt_dim symbol_for(tt_convert *c, tt_dim wanted)
{
    const tt_symbol *s;
    char name[32];
    if (tt_dim_is_symbol(wanted, &s) && s->unbacked && !is_bound(c->net, wanted))
        return wanted;
    for (int k = 0;; k++) {
        snprintf(name, sizeof name, "ux%d", k);
        tt_dim own = tt_dim_symbol(c->net->dims, name);
        /* Constant: no memory. A loop before this binds its own symbols. */
        if (tt_dim_is_const(own) || (!is_bound(c->net, own) && !is_bound_inside(c->net, own.expr->symbol)))
            return own;
    }
}

static bool mentions(const tt_tensor *t, const tt_symbol *s)
{
    for (int d = 0; d < t->rank; d++)
        if (tt_dim_mentions(t->dims[d], s))
            return true;
    return t->is_dim && tt_dim_mentions(t->value, s);
}

static bool is_given(const tt_network *net, const tt_symbol *s)
{
    for (; net; net = net->parent)
        for (int i = 0; i < net->n_inputs; i++)
            if (mentions(net->inputs[i], s))
                return true;
    return false;
}

bool tt_is_new_size(const tt_network *net, tt_dim d)
{
    const tt_symbol *s;
    return tt_dim_is_symbol(d, &s) && s->unbacked && !is_bound(net, d) && !is_given(net, s);
}

ttrt_status tt_bind_size(tt_convert *c, tt_dim told, tt_dim size)
{
    const tt_symbol *s;
    const tt_item_attrs attrs = {.value = told};
    tt_tensor *x;
    if (!tt_is_new_size(c->net, told) || (tt_dim_is_symbol(told, &s) && tt_dim_mentions(size, s)))
        return TTRT_OK;
    x = tt_f_reshape(c, tt_f_dim(c, size, TTRT_DTYPE_INT64), 0, NULL);
    return x ? tt_net_add(c->net, TT_LAYER_ITEM, &attrs, &x, 1, &x) : ttrt_last_error()->status;
}

ttrt_status tt_number_at(tt_convert *c, tt_tensor *x, int64_t i, tt_dim *out)
{
    const tt_item_attrs attrs = {.value = symbol_for(c, tt_dim_const(0))};
    *out = attrs.value;
    if (!attrs.value.expr)
        return tt_dims_status(c->net->dims);
    attrs.value.expr->symbol->min = INT64_MIN;
    x = tt_f_reshape(c, tt_f_slice(c, x, 0, tt_dim_const(i), tt_dim_const(1), 1), 0, NULL);
    return x ? tt_net_add(c->net, TT_LAYER_ITEM, &attrs, &x, 1, &x) : ttrt_last_error()->status;
}

/* Where this tensor is not zero, if that is known already under a name that will do. */
static tt_tensor *known_positions(const tt_convert *c, const tt_tensor *x, tt_dim wanted)
{
    bool any = tt_dim_is_const(wanted) || is_bound(c->net, wanted);
    TT_EACH_LAYER (c->net, l)
        if (l->kind == TT_LAYER_NON_ZERO && l->in[0] == x && (any || tt_dim_equal(l->attrs.non_zero.count, wanted)))
            return l->out[0];
    return NULL;
}

ttrt_status tt_positions(tt_convert *c, tt_tensor *x, tt_dim wanted, tt_tensor **out)
{
    *out = known_positions(c, x, wanted);
    if (*out)
        return TTRT_OK;
    tt_non_zero_attrs attrs = {.count = symbol_for(c, wanted)};
    TT_TRY(tt_dims_status(c->net->dims));
    return tt_net_add(c->net, TT_LAYER_NON_ZERO, &attrs, &x, 1, out);
}

ttrt_status tt_positions_along(tt_convert *c, tt_tensor *positions, int axis, tt_tensor **out)
{
    tt_tensor *x = tt_f_slice(c, positions, 1, tt_dim_const(axis), tt_dim_const(1), 1);
    *out = tt_f_reshape(c, x, 1, positions->dims);
    return *out ? TTRT_OK : ttrt_last_error()->status;
}

/* What the graph says of a size is checked when the count is known: the reshape fails where it is another. */
static ttrt_status finish(tt_convert *c, const tt_node *n, size_t i, tt_tensor *x, tt_tensor **out)
{
    const tt_value *v = n->outs[i];
    return tt_f_finish(c, n, i, tt_f_reshape(c, x, (int)v->rank, v->dims), &out[i]);
}

/* ---- nonzero ---- */

/* nonzero, argwhere */
ttrt_status tt_convert_nonzero(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim count = tt_dim_const(0);
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_out_dim(n, 0, &count));
    TT_TRY(tt_positions(c, x, count, &x));
    return finish(c, n, 0, x, out);
}

/* nonzero_numpy, where of a condition alone: a list, one for each dimension. */
ttrt_status tt_convert_nonzero_list(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *column = NULL;
    tt_dim count = tt_dim_const(0);
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    if (n->n_outs != (size_t)x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %zu outputs for rank %d", n->op->name, n->n_outs, x->rank);
    TT_TRY(tt_out_dim(n, 0, &count));
    TT_TRY(tt_positions(c, x, count, &x));
    for (size_t i = 0; i < n->n_outs; i++) {
        TT_TRY(tt_positions_along(c, x, (int)i, &column));
        TT_TRY(finish(c, n, i, column, out));
    }
    return TTRT_OK;
}

/* The first `size` positions, and rows of the fill value where there are fewer. */
ttrt_status tt_convert_nonzero_static(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *rows[2] = {NULL};
    const tt_dim *dims = n->outs[0]->dims;
    if (tt_out_rank(n) != 2)
        TT_FAIL(TTRT_ERR_FORMAT, "%s gives rank %d", n->op->name, tt_out_rank(n));
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_positions(c, x, tt_dim_const(0), &rows[0]));
    TT_TRY(tt_arg_operand(c, n, 2, TTRT_DTYPE_INT64, 2, &rows[1]));
    TT_TRY(tt_net_expand(c->net, rows[1], 2, dims, &rows[1]));
    TT_TRY(tt_net_concat(c->net, 2, rows, 0, &x));
    return tt_f_finish(c, n, 0, tt_f_slice(c, x, 0, tt_dim_const(0), dims[0], 1), out);
}

static tt_tensor *flat(tt_convert *c, tt_tensor *x)
{
    tt_dim count = x ? tt_dim_product(c->net->dims, x->dims, (size_t)x->rank) : tt_dim_const(0);
    return tt_f_reshape(c, x, 1, &count);
}

ttrt_status tt_convert_masked_select(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *mask = NULL, *places = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor(c, n, 1, &mask));
    int rank = x->rank > mask->rank ? x->rank : mask->rank;
    tt_dim dims[TT_MAX_RANK_NET];
    TT_TRY(tt_net_rank_at_least(c->net, x, rank, &x));
    TT_TRY(tt_net_rank_at_least(c->net, mask, rank, &mask));
    TT_TRY(tt_broadcast_dims(c->net, x, mask, dims));
    x = flat(c, tt_f_expand(c, x, rank, dims));
    mask = flat(c, tt_f_expand(c, mask, rank, dims));
    if (!x || !mask)
        return ttrt_last_error()->status;
    tt_dim count = tt_dim_const(0);
    TT_TRY(tt_out_dim(n, 0, &count));
    TT_TRY(tt_positions(c, mask, count, &places));
    TT_TRY(tt_positions_along(c, places, 0, &places));
    return finish(c, n, 0, tt_f_gather(c, TT_GATHER_DEFAULT, x, places, 0, false), out);
}

/* ---- unique ---- */

static tt_tensor *running_sum(tt_convert *c, tt_tensor *x)
{
    tt_cumulative_attrs attrs = {.operation = TT_CUMULATIVE_SUM};
    return x && tt_net_add(c->net, TT_LAYER_CUMULATIVE, &attrs, &x, 1, &x) == TTRT_OK ? x : NULL;
}

/* Zeros [n] into which updates are set, or added where several have one index. */
static tt_tensor *scattered(tt_convert *c, tt_enum_scatter mode, tt_dim n, tt_tensor *index, tt_tensor *updates)
{
    tt_tensor *zeros = tt_f_expand(c, tt_f_dim(c, tt_dim_const(0), TTRT_DTYPE_INT64), 1, &n);
    return tt_f_scatter(c, mode, zeros, index, updates, 0);
}

static tt_tensor *ones(tt_convert *c, const tt_dim *n)
{
    return tt_f_expand(c, tt_f_dim(c, tt_dim_const(1), TTRT_DTYPE_INT64), 1, n);
}

/* x, in which equal slices along its first dimension stand together: [n], true where a group starts. A NaN is a group
 * of its own. */
static tt_tensor *group_starts(tt_convert *c, tt_tensor *x)
{
    const int64_t row = 1;
    tt_tensor *at = x ? tt_f_arange(c, x->dims[0]) : NULL;
    tt_tensor *before = tt_f_with(c, TT_ELEMENTWISE_MAX, tt_f_with(c, TT_ELEMENTWISE_SUB, at, 1), 0);
    tt_tensor *last = tt_f_gather(c, TT_GATHER_DEFAULT, x, before, 0, false);
    tt_tensor *differs = tt_f_binary(c, TT_ELEMENTWISE_NOT_EQUAL, x, last);
    if (differs && differs->rank == 2)
        differs = tt_f_reduce(c, TT_REDUCE_ANY, differs, 1, &row, false, 0);
    return tt_f_binary(c, TT_ELEMENTWISE_OR, differs, tt_f_with(c, TT_ELEMENTWISE_EQUAL, at, 0));
}

/* Slices that are put into groups. */
typedef struct slices {
    tt_tensor *x; /* along `axis`; equal ones stand together */
    int axis;
    tt_tensor *starts; /* group_starts() of them */
    tt_tensor *order;  /* where they were before they were sorted; NULL: here */
} slices;

/* Outputs: one of each group; the group of each slice; the sizes of groups. The last two as far as the arguments ask
 * for them. */
static ttrt_status groups(tt_convert *c, const tt_node *n, const slices *s, tt_tensor **out)
{
    const char *inverse_name = "return_inverse", *counts_name = "return_counts";
    tt_tensor *group = tt_f_with(c, TT_ELEMENTWISE_SUB, running_sum(c, tt_f_cast(c, s->starts, TTRT_DTYPE_INT64)), 1);
    tt_tensor *first = NULL;
    if (group == NULL)
        return ttrt_last_error()->status;
    const tt_dim *all = group->dims;
    tt_dim count = tt_dim_const(0);
    TT_TRY(tt_out_dim(n, s->axis, &count));
    TT_TRY(tt_positions(c, s->starts, count, &first));
    TT_TRY(tt_positions_along(c, first, 0, &first));
    TT_TRY(finish(c, n, 0, tt_f_gather(c, TT_GATHER_DEFAULT, s->x, first, s->axis, false), out));
    if (tt_arg_bool(n, tt_arg_find(n, inverse_name), false))
        TT_TRY(finish(c, n, 1, s->order ? scattered(c, TT_SCATTER_SET, all[0], s->order, group) : group, out));
    if (tt_arg_bool(n, tt_arg_find(n, counts_name), false))
        TT_TRY(finish(c, n, 2, scattered(c, TT_SCATTER_ADD, first->dims[0], group, ones(c, all)), out));
    return TTRT_OK;
}

static bool gives(const tt_node *n, size_t i, const char *argument, tt_reason *why)
{
    const tt_value *v = n->outs[i];
    if (tt_value_uses(n->graph, v) == 0)
        return true;
    if (!tt_arg_bool(n, tt_arg_find(n, argument), false))
        return tt_refuse(why, "output %zu is used without %s", i, argument);
    /* PyTorch 2.10 writes the type of the input there, and what follows may have been exported by it. */
    return v->dtype == TTRT_DTYPE_INT64 ||
           tt_refuse(why, "the program says that output %zu is %s; it is int64", i, ttrt_dtype_name(v->dtype));
}

/* _unique2, unique_consecutive. */
bool tt_unique_accepts(const tt_node *n, tt_reason *why)
{
    size_t dim = tt_arg_find(n, "dim");
    bool is_flat = dim == n->n_args || tt_arg_is_none(n, dim);
    const tt_value *x = n->args[0].kind == TT_ARG_VALUE ? n->args[0].value : NULL;
    if (!gives(n, 1, "return_inverse", why) || !gives(n, 2, "return_counts", why))
        return false;
    /* So it is for a negative dim of unique_consecutive. */
    return is_flat || (x && x->rank == n->outs[0]->rank) ||
           tt_refuse(why, "the program tells a result of another rank");
}

/* [slices along `axis`, elements of each] */
static tt_tensor *as_rows(tt_convert *c, tt_tensor *x, int axis)
{
    tt_dim dims[2] = {x->dims[axis], tt_dim_const(1)};
    int64_t permutation[TT_MAX_RANK_NET] = {axis};
    for (int d = 0, k = 1; d < x->rank; d++) {
        if (d == axis)
            continue;
        permutation[k++] = d;
        dims[1] = tt_dim_mul(c->net->dims, dims[1], x->dims[d]);
    }
    return tt_f_reshape(c, tt_f_transpose(c, x, permutation), 2, dims);
}

static ttrt_status sorted_order(tt_convert *c, tt_tensor *x, tt_tensor **sorted, tt_tensor **order)
{
    tt_sort_attrs attrs = {.stable = true};
    tt_tensor *both[2];
    TT_TRY(tt_net_add(c->net, TT_LAYER_SORT, &attrs, &x, 1, both));
    *sorted = both[0];
    *order = both[1];
    return TTRT_OK;
}

ttrt_status tt_convert_unique(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    slices s = {0};
    TT_TRY(tt_arg_tensor(c, n, 0, &s.x));
    s.x = flat(c, s.x);
    if (s.x == NULL)
        return ttrt_last_error()->status;
    TT_TRY(sorted_order(c, s.x, &s.x, &s.order));
    s.starts = group_starts(c, s.x);
    return groups(c, n, &s, out);
}

ttrt_status tt_convert_unique_consecutive(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    slices s = {0};
    size_t dim = tt_arg_find(n, "dim");
    TT_TRY(tt_arg_tensor(c, n, 0, &s.x));
    if (tt_arg_is_none(n, dim) || s.x->rank == 0) {
        s.x = flat(c, s.x);
        s.starts = group_starts(c, s.x);
    } else {
        int64_t axis;
        TT_TRY(tt_arg_axis(n, dim, 0, s.x->rank, &axis));
        s.axis = (int)axis;
        s.starts = group_starts(c, as_rows(c, s.x, s.axis));
    }
    return groups(c, n, &s, out);
}

/* Rows are sorted by their last element, then by the one before it, ...: as many sorts as a row has elements. */
#define MAX_ROW 64

static int64_t row_elements(const tt_value *x, int64_t axis)
{
    int64_t n = 1;
    for (int64_t d = 0; d < (int64_t)x->rank; d++)
        if (d != axis)
            n = tt_dim_is_const(x->dims[d]) && n <= MAX_ROW && x->dims[d].value <= MAX_ROW ? n * x->dims[d].value
                                                                                           : MAX_ROW + 1;
    return n;
}

bool tt_unique_dim_accepts(const tt_node *n, tt_reason *why)
{
    const tt_value *x = n->args[0].kind == TT_ARG_VALUE ? n->args[0].value : NULL;
    int64_t axis;
    if (!tt_unique_accepts(n, why))
        return false;
    if (x == NULL || x->rank == 0 || tt_arg_axis(n, 1, 0, (int)x->rank, &axis) != TTRT_OK)
        return tt_refuse(why, "along no dimension of its input");
    return row_elements(x, axis) <= MAX_ROW || tt_refuse(why, "slices of more than %d elements are sorted", MAX_ROW);
}

ttrt_status tt_convert_unique_dim(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    slices s = {0};
    int64_t axis;
    TT_TRY(tt_arg_tensor(c, n, 0, &s.x));
    TT_TRY(tt_arg_axis(n, 1, 0, s.x->rank, &axis));
    s.axis = (int)axis;
    tt_tensor *rows = as_rows(c, s.x, s.axis), *key, *place = NULL;
    s.order = tt_f_arange(c, s.x->dims[axis]);
    for (int64_t i = row_elements(n->args[0].value, axis) - 1; i >= 0; i--) {
        key = tt_f_slice(c, rows, 1, tt_dim_const(i), tt_dim_const(1), 1);
        key = tt_f_gather(c, TT_GATHER_DEFAULT, tt_f_reshape(c, key, 1, &s.x->dims[axis]), s.order, 0, false);
        if (key == NULL)
            return ttrt_last_error()->status;
        TT_TRY(sorted_order(c, key, &key, &place));
        s.order = tt_f_gather(c, TT_GATHER_DEFAULT, s.order, place, 0, false);
    }
    s.x = tt_f_gather(c, TT_GATHER_DEFAULT, s.x, s.order, s.axis, false);
    s.starts = group_starts(c, tt_f_gather(c, TT_GATHER_DEFAULT, rows, s.order, 0, false));
    return groups(c, n, &s, out);
}

/* ---- item, repeat_interleave ---- */

/* The symbol behind an integer read from data, or behind a truth value, which PyTorch writes as u0 == 1. */
static tt_dim symbol_of_number(const tt_value *v)
{
    tt_dim d = v->dim;
    if (v->kind == TT_VALUE_BOOL && d.expr && d.expr->kind == TT_EXPR_EQ && d.expr->args[1]->kind == TT_EXPR_CONST &&
        d.expr->args[1]->value == 1)
        d.expr = d.expr->args[0];
    return d;
}

bool tt_item_accepts(const tt_node *n, tt_reason *why)
{
    const tt_symbol *s;
    if (!n->args[0].value || n->args[0].kind != TT_ARG_VALUE || tt_dtype_is_float(n->args[0].value->dtype))
        return tt_refuse(why, "reads a number that is no integer");
    return (tt_dim_is_symbol(symbol_of_number(n->outs[0]), &s) && s->unbacked) ||
           tt_refuse(why, "the program takes the number for a constant");
}

ttrt_status tt_convert_item(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_item_attrs attrs = {.value = symbol_of_number(n->outs[0])};
    tt_tensor *x = NULL, *unused = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, TTRT_DTYPE_INT64, &x));
    TT_TRY(tt_net_reshape(c->net, x, 0, NULL, &x));
    if (is_bound(c->net, attrs.value))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: a second number takes the place of one", n->op->name);
    return tt_net_add(c->net, TT_LAYER_ITEM, &attrs, &x, 1, &unused);
}

/* How long the result is: told by the argument, else the sum of the repeats. */
static ttrt_status total_of(tt_convert *c, const tt_node *n, tt_tensor *repeats, tt_dim wanted, tt_dim *out)
{
    const int64_t axis = 0;
    tt_item_attrs attrs = {.value = symbol_for(c, wanted)};
    tt_tensor *sum = NULL;
    size_t given = tt_arg_find(n, "output_size");
    *out = attrs.value;
    if (!tt_arg_is_none(n, given)) {
        *out = tt_arg_dim(n, given, 0);
        return TTRT_OK;
    }
    TT_TRY(tt_net_reduce(c->net, TT_REDUCE_SUM, repeats, 1, &axis, false, 0, &sum));
    return tt_net_add(c->net, TT_LAYER_ITEM, &attrs, &sum, 1, &sum);
}

/* For each place of the result, which of the repeats [n] it belongs to: the number of runs that end at or before it. */
static ttrt_status runs(tt_convert *c, const tt_node *n, tt_tensor *repeats, tt_dim wanted, tt_tensor **out)
{
    tt_dim total;
    TT_TRY(total_of(c, n, repeats, wanted, &total));
    tt_dim places = tt_dim_add(c->net->dims, total, tt_dim_const(1)); /* the last run ends past the end */
    tt_tensor *ends = scattered(c, TT_SCATTER_ADD, places, running_sum(c, repeats), ones(c, repeats->dims));
    *out = tt_f_slice(c, running_sum(c, ends), 0, tt_dim_const(0), total, 1);
    return *out ? TTRT_OK : ttrt_last_error()->status;
}

ttrt_status tt_convert_repeat_places(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *repeats = NULL, *x = NULL;
    tt_dim total = tt_dim_const(0);
    TT_TRY(tt_arg_tensor_as(c, n, 0, TTRT_DTYPE_INT64, &repeats));
    TT_TRY(tt_out_dim(n, 0, &total));
    if (repeats->rank != 1)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: repeats of rank %d", n->op->name, repeats->rank);
    TT_TRY(runs(c, n, repeats, total, &x));
    return finish(c, n, 0, x, out);
}

/* repeat_interleave by a tensor: a number of copies for each slice, or one for all. */
ttrt_status tt_convert_repeat_slices(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL, *repeats = NULL, *place = NULL;
    tt_dim total = tt_dim_const(0);
    int64_t axis = 0;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_arg_tensor_as(c, n, 1, TTRT_DTYPE_INT64, &repeats));
    if (tt_arg_is_none(n, 2)) {
        x = flat(c, x);
    } else {
        TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &axis));
        TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
    }
    if (x == NULL)
        return ttrt_last_error()->status;
    repeats = tt_f_expand(c, repeats, 1, &x->dims[axis]);
    if (repeats == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_out_dim(n, axis, &total));
    TT_TRY(runs(c, n, repeats, total, &place));
    return finish(c, n, 0, tt_f_gather(c, TT_GATHER_DEFAULT, x, place, axis, false), out);
}
