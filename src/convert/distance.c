/* Norms of rows and matrices, and distances between rows. */
#include "convert/formula.h"

#include <math.h>
#include <string.h>

/* The p-norm over some dimensions. The layer's 2-norm is the common one. */
static tt_tensor *norm_over(tt_convert *c, tt_tensor *x, int n_axes, const int64_t *axes, bool keep, double p)
{
    if (isinf(p))
        return tt_f_reduce(c, p > 0 ? TT_REDUCE_MAX : TT_REDUCE_MIN, tt_f_unary(c, TT_UNARY_ABS, x), n_axes, axes, keep,
                           0);
    if (p == 0)
        return tt_f_reduce(c, TT_REDUCE_SUM, tt_f_cast(c, tt_f_with(c, TT_ELEMENTWISE_NOT_EQUAL, x, 0), x->dtype),
                           n_axes, axes, keep, 0);
    return tt_f_reduce(c, TT_REDUCE_NORM, x, n_axes, axes, keep, p);
}

static tt_tensor *norm_of_last(tt_convert *c, tt_tensor *x, bool keep, double p)
{
    return x ? norm_over(c, x, 1, &(int64_t){x->rank - 1}, keep, p) : NULL;
}

/* In the operands' own type, in which integers wrap around; then in the type of the result's formula. */
static tt_tensor *difference(tt_convert *c, const tt_node *n)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *a = NULL, *b = NULL;
    if (tt_arg_tensor(c, n, 0, &a) != TTRT_OK || tt_arg_tensor(c, n, 1, &b) != TTRT_OK)
        return NULL;
    tt_dtype own = tt_dtype_promote(a->dtype, b->dtype);
    if (tt_dtype_is_float(own))
        own = dtype;
    return tt_f_cast(c, tt_f_binary(c, TT_ELEMENTWISE_SUB, tt_f_cast(c, a, own), tt_f_cast(c, b, own)), dtype);
}

/* ---- norms of matrices ---- */

typedef struct matrix {
    tt_tensor *x;
    int64_t row, col;
    bool keep;
} matrix;

/* Sums or square sums along one of the two dimensions, then the largest or smallest along the other. */
static tt_tensor *matrix_norm(tt_convert *c, const matrix *m, double order)
{
    int64_t first = fabs(order) == 1 ? m->row : m->col, second = fabs(order) == 1 ? m->col : m->row;
    tt_tensor *sums = tt_f_reduce(c, TT_REDUCE_SUM, tt_f_unary(c, TT_UNARY_ABS, m->x), 1, &first, true, 0);
    tt_tensor *y = tt_f_reduce(c, order > 0 ? TT_REDUCE_MAX : TT_REDUCE_MIN, sums, 1, &second, true, 0);
    if (m->keep || !y)
        return y;
    /* Both are 1 now. */
    return tt_f_reduce(c, TT_REDUCE_SUM, y, 2, (int64_t[]){m->row, m->col}, false, 0);
}

static tt_tensor *frobenius(tt_convert *c, const matrix *m)
{
    return norm_over(c, m->x, 2, (int64_t[]){m->row, m->col}, m->keep, 2);
}

static ttrt_status read_matrix(tt_convert *c, const tt_node *n, matrix *m)
{
    size_t dim = tt_arg_find(n, "dim"), count = tt_arg_count(n, dim);
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), &m->x));
    m->keep = tt_arg_bool(n, tt_arg_find(n, "keepdim"), false);
    m->row = count == 2 ? tt_wrap_dim(tt_arg_dim_at(n, dim, 0).value, m->x->rank) : m->x->rank - 2;
    m->col = count == 2 ? tt_wrap_dim(tt_arg_dim_at(n, dim, 1).value, m->x->rank) : m->x->rank - 1;
    if (m->x->rank < 2 || m->row == m->col || m->row < 0 || m->col < 0 || m->row >= m->x->rank || m->col >= m->x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: dims of a tensor of rank %d", n->op->name, m->x->rank);
    return TTRT_OK;
}

/* Those of singular values need a decomposition that no layer has. */
bool tt_matrix_norm_accepts(const tt_node *n, tt_reason *why)
{
    const tt_arg *ord = &n->args[1];
    if (ord->kind == TT_ARG_STRING)
        return strcmp(ord->string, "fro") == 0 ||
               tt_refuse(why, "the norm '%s' is one of singular values", ord->string);
    bool is_matrix = strncmp(n->op->name, "aten.linalg_matrix", 18) == 0 || tt_arg_count(n, 2) == 2 ||
                     (tt_arg_is_none(n, 2) && n->args[0].value->rank == 2);
    return !is_matrix || tt_arg_is_none(n, 1) || fabs(tt_arg_float(n, 1, 0)) != 2 ||
           tt_refuse(why, "the matrix norm 2 is one of singular values");
}

/* linalg_matrix_norm: ord is a number or "fro". */
ttrt_status tt_convert_matrix_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    matrix m;
    TT_TRY(read_matrix(c, n, &m));
    return tt_f_finish(
        c, n, 0, n->args[1].kind == TT_ARG_STRING ? frobenius(c, &m) : matrix_norm(c, &m, tt_arg_float(n, 1, 1)), out);
}

/* linalg_norm: without ord of all elements as one row; with one and two dims, or rank 2, of matrices; else of rows. */
ttrt_status tt_convert_linalg_norm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axes[TT_MAX_RANK_NET];
    int n_axes = 0;
    bool keep = tt_arg_bool(n, 3, false);
    if (!tt_arg_is_none(n, 1) && (tt_arg_count(n, 2) == 2 || (tt_arg_is_none(n, 2) && n->args[0].value->rank == 2)))
        return tt_convert_matrix_norm(c, n, out);
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), &x));
    TT_TRY(tt_arg_axes(n, 2, x->rank, axes, &n_axes));
    if (x->rank == 0) {
        TT_TRY(tt_net_rank_at_least(c->net, x, 1, &x));
        axes[n_axes++] = 0;
    }
    return tt_f_finish(c, n, 0, norm_over(c, x, n_axes, axes, keep, tt_arg_float(n, 1, 2)), out);
}

/* Slices along a dimension whose norm exceeds maxnorm are scaled to it. */
ttrt_status tt_convert_renorm(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x = NULL;
    int64_t axis = 0, axes[TT_MAX_RANK_NET];
    int n_axes = 0;
    double most = tt_arg_float(n, 3, 0);
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), &x));
    TT_TRY(tt_arg_axis(n, 2, 0, x->rank, &axis));
    for (int d = 0; d < x->rank; d++)
        if (d != axis)
            axes[n_axes++] = d;
    if (n_axes == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, x->rank);
    tt_tensor *norm = norm_over(c, x, n_axes, axes, true, tt_arg_float(n, 1, 2));
    tt_tensor *factor = tt_f_number_with(c, TT_ELEMENTWISE_DIV, most, tt_f_with(c, TT_ELEMENTWISE_SUM, norm, 1e-7));
    factor = tt_f_select(c, tt_f_with(c, TT_ELEMENTWISE_GREATER, norm, most), factor,
                         factor ? tt_f_scalar(c, 1, factor) : NULL);
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_PROD, x, factor), out);
}

/* ---- distances ---- */

/* dist: of all elements as one row. */
ttrt_status tt_convert_dist(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *d = difference(c, n);
    if (d == NULL)
        return ttrt_last_error()->status;
    TT_TRY(tt_flatten(c, d, &d));
    return tt_f_finish(c, n, 0, norm_of_last(c, d, false, tt_arg_float(n, 2, 2)), out);
}

ttrt_status tt_convert_pairwise_distance(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *d = tt_f_with(c, TT_ELEMENTWISE_SUM, difference(c, n), tt_arg_float(n, 3, 1e-6));
    return tt_f_finish(c, n, 0, norm_of_last(c, d, tt_arg_bool(n, 4, false), tt_arg_float(n, 2, 2)), out);
}

/* Rows of length at least eps. */
static tt_tensor *unit_rows(tt_convert *c, tt_tensor *x, int64_t axis, double eps)
{
    tt_tensor *norm = x ? norm_over(c, x, 1, &axis, true, 2) : NULL;
    return tt_f_binary(c, TT_ELEMENTWISE_DIV, x, tt_f_with(c, TT_ELEMENTWISE_MAX, norm, eps));
}

ttrt_status tt_convert_cosine_similarity(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *x[2] = {NULL};
    int64_t axis = 0;
    int rank = 0;
    for (int i = 0; i < 2; i++) {
        TT_TRY(tt_arg_tensor_as(c, n, (size_t)i, dtype, &x[i]));
        rank = x[i]->rank > rank ? x[i]->rank : rank;
    }
    TT_TRY(tt_arg_axis(n, 2, 1, rank, &axis));
    for (int i = 0; i < 2; i++)
        TT_TRY(tt_net_rank_at_least(c->net, x[i], rank > 1 ? rank : 1, &x[i]));
    /* A dimension of 1 that the other side broadcasts counts as many times. */
    tt_dim length = tt_dim_is(x[0]->dims[axis], 1) ? x[1]->dims[axis] : x[0]->dims[axis];
    for (int i = 0; i < 2; i++) {
        tt_dim dims[TT_MAX_RANK_NET];
        memcpy(dims, x[i]->dims, sizeof *dims * (size_t)x[i]->rank);
        dims[axis] = length;
        x[i] = unit_rows(c, tt_f_expand(c, x[i], x[i]->rank, dims), axis, tt_arg_float(n, 3, 1e-8));
    }
    tt_tensor *y = tt_f_binary(c, TT_ELEMENTWISE_PROD, x[0], x[1]);
    return tt_f_finish(c, n, 0, tt_f_reduce(c, TT_REDUCE_SUM, y, 1, &axis, false, 0), out);
}

/* cdist: [..., p, m] and [..., r, m] give [..., p, r], from all differences. */
ttrt_status tt_convert_cdist(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dtype dtype = tt_compute_dtype(tt_out_dtype(n));
    tt_tensor *a = NULL, *b = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 0, dtype, &a));
    TT_TRY(tt_arg_tensor_as(c, n, 1, dtype, &b));
    if (a->rank < 2 || b->rank < 2)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: ranks %d and %d", n->op->name, a->rank, b->rank);
    TT_TRY(tt_unsqueeze_at(c, a, a->rank - 1, &a));
    TT_TRY(tt_unsqueeze_at(c, b, b->rank - 2, &b));
    tt_tensor *d = tt_f_binary(c, TT_ELEMENTWISE_SUB, a, b);
    return tt_f_finish(c, n, 0, norm_of_last(c, d, false, tt_arg_float(n, 2, 2)), out);
}

/* pdist: [n, m] gives the distance of each row i to each later row j, n (n - 1) / 2 of them. Those of row i start at
 * i (2 n - 1 - i) / 2. */
ttrt_status tt_convert_pdist(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_dims *t = c->net->dims;
    tt_tensor *x = NULL;
    tt_dim count;
    TT_TRY(tt_arg_tensor_as(c, n, 0, tt_compute_dtype(tt_out_dtype(n)), &x));
    TT_TRY(tt_out_dim(n, 0, &count));
    if (x->rank != 2)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of a tensor of rank %d", n->op->name, x->rank);
    tt_dim twice = tt_dim_sub(t, tt_dim_mul(t, tt_dim_const(2), x->dims[0]), tt_dim_const(1));
    tt_tensor *row = tt_f_arange(c, x->dims[0]), *place = tt_f_arange(c, count);
    tt_tensor *rest = tt_f_binary(c, TT_ELEMENTWISE_SUB, tt_f_dim(c, twice, TTRT_DTYPE_INT64), row);
    tt_tensor *start = tt_f_with(c, TT_ELEMENTWISE_FLOOR_DIV, tt_f_binary(c, TT_ELEMENTWISE_PROD, row, rest), 2);
    tt_tensor *i = tt_f_with(c, TT_ELEMENTWISE_SUB, tt_f_search(c, start, place, true), 1);
    tt_tensor *behind =
        tt_f_binary(c, TT_ELEMENTWISE_SUB, place, tt_f_gather(c, TT_GATHER_DEFAULT, start, i, 0, false));
    tt_tensor *j = tt_f_with(c, TT_ELEMENTWISE_SUM, tt_f_binary(c, TT_ELEMENTWISE_SUM, i, behind), 1);
    tt_tensor *d = tt_f_binary(c, TT_ELEMENTWISE_SUB, tt_f_gather(c, TT_GATHER_DEFAULT, x, i, 0, false),
                               tt_f_gather(c, TT_GATHER_DEFAULT, x, j, 0, false));
    return tt_f_finish(c, n, 0, norm_of_last(c, d, false, tt_arg_float(n, 1, 2)), out);
}
