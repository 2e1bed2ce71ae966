/* Einstein sums: products of tensors whose dimensions have labels, summed over the labels that the result lacks.
 *
 *   einsum("bij,bkj->bik")    tensordot, bilinear, kron: the same with labels made up here
 *
 * Tensors are multiplied from left to right. Two of them become one matrix product: labels of both that the rest still
 * needs are its batch, the other shared ones are summed, those of one side are its rows or columns. */
#include "convert/formula.h"

#include <ctype.h>
#include <string.h>

enum { N_LETTERS = 52, N_LABELS = N_LETTERS + TT_MAX_RANK_NET }; /* letters, then the dimensions of `...` */

typedef struct term {
    tt_tensor *x;
    int label[TT_MAX_RANK_NET]; /* of each dimension; no label twice */
} term;

typedef struct labels {
    bool has[N_LABELS];
} labels;

static int place_of(const term *t, int label)
{
    for (int d = 0; d < t->x->rank; d++)
        if (t->label[d] == label)
            return d;
    return -1;
}

static void drop_label(term *t, int d, int rank)
{
    memmove(t->label + d, t->label + d + 1, sizeof *t->label * (size_t)(rank - d - 1));
}

/* ---- one tensor ---- */

/* A label that stands twice takes the diagonal. */
static ttrt_status take_diagonals(tt_convert *c, term *t)
{
    for (int i = 0; i < t->x->rank; i++)
        for (int j = i + 1; j < t->x->rank; j++) {
            if (t->label[i] != t->label[j])
                continue;
            int label = t->label[i], rank = t->x->rank;
            TT_TRY(tt_diagonal_of(c, t->x, i, j, &t->x));
            drop_label(t, j, rank);
            drop_label(t, i, rank - 1);
            t->label[rank - 2] = label;
            i = -1; /* dimensions have moved */
            break;
        }
    return TTRT_OK;
}

/* Sums the dimensions whose label is not wanted. */
static ttrt_status sum_unwanted(tt_convert *c, term *t, const labels *wanted)
{
    int64_t axes[TT_MAX_RANK_NET];
    int n = 0, kept = 0;
    for (int d = 0; d < t->x->rank; d++) {
        if (!wanted->has[t->label[d]])
            axes[n++] = d;
        else
            t->label[kept++] = t->label[d];
    }
    return n ? tt_net_reduce(c->net, TT_REDUCE_SUM, t->x, n, axes, false, 0, &t->x) : TTRT_OK;
}

static ttrt_status squeeze_label(tt_convert *c, term *t, int label)
{
    int d = place_of(t, label), rank = t->x->rank;
    TT_TRY(tt_squeeze_at(c, t->x, d, &t->x));
    drop_label(t, d, rank);
    return TTRT_OK;
}

/* ---- two tensors ---- */

/* A dimension of 1 broadcasts to the other's: it is left out. */
static ttrt_status drop_broadcast(tt_convert *c, term *a, const term *b)
{
    for (int d = a->x->rank - 1; d >= 0; d--) {
        int other = place_of(b, a->label[d]);
        if (other >= 0 && tt_dim_is(a->x->dims[d], 1) && !tt_dim_is(b->x->dims[other], 1))
            TT_TRY(squeeze_label(c, a, a->label[d]));
    }
    return TTRT_OK;
}

typedef struct roles { /* of labels in a product */
    int batch[TT_MAX_RANK_NET], rows[TT_MAX_RANK_NET], cols[TT_MAX_RANK_NET], summed[TT_MAX_RANK_NET];
    int n_batch, n_rows, n_cols, n_summed;
} roles;

static void find_roles(const term *a, const term *b, const labels *wanted, roles *r)
{
    *r = (roles){.n_batch = 0};
    for (int d = 0; d < a->x->rank; d++) {
        int label = a->label[d];
        if (place_of(b, label) < 0)
            r->rows[r->n_rows++] = label;
        else if (wanted->has[label])
            r->batch[r->n_batch++] = label;
        else
            r->summed[r->n_summed++] = label;
    }
    for (int d = 0; d < b->x->rank; d++)
        if (place_of(a, b->label[d]) < 0)
            r->cols[r->n_cols++] = b->label[d];
}

static void append(const term *t, int n, const int *label, int64_t *permutation, int *rank, tt_dim *size, tt_dims *dims)
{
    *size = tt_dim_const(1);
    for (int i = 0; i < n; i++) {
        int d = place_of(t, label[i]);
        permutation[(*rank)++] = d;
        *size = tt_dim_mul(dims, *size, t->x->dims[d]);
    }
}

/* The tensor as [batch, outer, inner]. */
static tt_tensor *as_matrices(tt_convert *c, const term *t, int n_batch, const int *batch, int n_outer,
                              const int *outer, int n_inner, const int *inner)
{
    int64_t permutation[TT_MAX_RANK_NET];
    tt_dim dims[3];
    int rank = 0;
    append(t, n_batch, batch, permutation, &rank, &dims[0], c->net->dims);
    append(t, n_outer, outer, permutation, &rank, &dims[1], c->net->dims);
    append(t, n_inner, inner, permutation, &rank, &dims[2], c->net->dims);
    return tt_f_reshape(c, tt_f_transpose(c, t->x, permutation), 3, dims);
}

static void result_labels(const term *a, const term *b, const roles *r, term *out, tt_dim *dims, int *rank)
{
    *rank = 0;
    for (int i = 0; i < r->n_batch + r->n_rows + r->n_cols; i++) {
        bool is_col = i >= r->n_batch + r->n_rows;
        const term *from = is_col ? b : a;
        int label = i < r->n_batch ? r->batch[i]
                    : is_col       ? r->cols[i - r->n_batch - r->n_rows]
                                   : r->rows[i - r->n_batch];
        dims[*rank] = from->x->dims[place_of(from, label)];
        out->label[(*rank)++] = label;
    }
}

/* a becomes a times b, summed over what is not wanted any more. */
static ttrt_status multiply(tt_convert *c, term *a, term *b, const labels *wanted)
{
    roles r;
    term out;
    tt_dim dims[2 * TT_MAX_RANK_NET];
    int rank = 0;
    TT_TRY(drop_broadcast(c, a, b));
    TT_TRY(drop_broadcast(c, b, a));
    labels of_a = *wanted, of_b = *wanted;
    for (int d = 0; d < b->x->rank; d++)
        of_a.has[b->label[d]] = true;
    for (int d = 0; d < a->x->rank; d++)
        of_b.has[a->label[d]] = true;
    TT_TRY(sum_unwanted(c, a, &of_a));
    TT_TRY(sum_unwanted(c, b, &of_b));
    find_roles(a, b, wanted, &r);
    if (r.n_batch + r.n_rows + r.n_cols > TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "a product of rank %d", r.n_batch + r.n_rows + r.n_cols);
    result_labels(a, b, &r, &out, dims, &rank);
    tt_tensor *x = as_matrices(c, a, r.n_batch, r.batch, r.n_rows, r.rows, r.n_summed, r.summed);
    tt_tensor *y = as_matrices(c, b, r.n_batch, r.batch, r.n_summed, r.summed, r.n_cols, r.cols);
    if (!x || !y)
        return ttrt_last_error()->status;
    if (r.n_summed == 0)
        x = tt_f_binary(c, TT_ELEMENTWISE_PROD, x, y);
    else
        TT_TRY(tt_net_matmul(c->net, x, false, y, false, NULL, &x));
    out.x = tt_f_reshape(c, x, rank, dims);
    *a = out;
    return out.x ? TTRT_OK : ttrt_last_error()->status;
}

/* ---- all of them ---- */

/* terms[0] becomes the sum, its dimensions as `order` has them; a label that no term has gives a dimension of 1. */
static ttrt_status contract(tt_convert *c, int n_terms, term *terms, int n_order, const int *order)
{
    int64_t permutation[TT_MAX_RANK_NET];
    tt_dim dims[TT_MAX_RANK_NET];
    int rank = 0;
    for (int i = 0; i < n_terms; i++)
        TT_TRY(take_diagonals(c, &terms[i]));
    for (int i = 1; i < n_terms; i++) {
        labels wanted = {{false}};
        for (int k = 0; k < n_order; k++)
            wanted.has[order[k]] = true;
        for (int k = i + 1; k < n_terms; k++)
            for (int d = 0; d < terms[k].x->rank; d++)
                wanted.has[terms[k].label[d]] = true;
        TT_TRY(multiply(c, &terms[0], &terms[i], &wanted));
    }
    labels wanted = {{false}};
    for (int k = 0; k < n_order; k++)
        wanted.has[order[k]] = true;
    TT_TRY(sum_unwanted(c, &terms[0], &wanted));
    for (int k = 0; k < n_order; k++) {
        int d = place_of(&terms[0], order[k]);
        dims[k] = d >= 0 ? terms[0].x->dims[d] : tt_dim_const(1);
        if (d >= 0)
            permutation[rank++] = d;
    }
    terms[0].x = tt_f_reshape(c, tt_f_transpose(c, terms[0].x, permutation), n_order, dims);
    return terms[0].x ? TTRT_OK : ttrt_last_error()->status;
}

/* ---- einsum ---- */

static int letter(char ch) { return isupper((unsigned char)ch) ? ch - 'A' : 26 + ch - 'a'; }

/* The dimensions of one subscript: letters, and `...` for n_rest of them, which align at their end. *at moves past. */
static ttrt_status read_subscript(const char **at, int n_rest, int *label, int *count)
{
    const char *p = *at;
    for (*count = 0; *p && *p != ',' && !(p[0] == '-' && p[1] == '>'); p++) {
        if (*p == ' ')
            continue;
        bool dots = strncmp(p, "...", 3) == 0;
        if ((!dots && !isalpha((unsigned char)*p)) || *count + (dots ? n_rest : 1) > TT_MAX_RANK_NET)
            TT_FAIL(TTRT_ERR_FORMAT, "einsum: '%s' at character %d", p, (int)(p - *at));
        for (int i = 0; dots && i < n_rest; i++)
            label[(*count)++] = N_LETTERS + TT_MAX_RANK_NET - n_rest + i;
        if (dots)
            p += 2;
        else
            label[(*count)++] = letter(*p);
    }
    *at = p;
    return TTRT_OK;
}

static int n_letters(const char *p)
{
    int n = 0;
    for (; *p && *p != ',' && *p != '-'; p++)
        n += isalpha((unsigned char)*p) != 0;
    return n;
}

/* Without an arrow: the dimensions of `...`, then each letter that stands once, capitals first. */
static int implicit_result(int n_terms, const term *terms, int n_rest, int *order)
{
    int times[N_LETTERS] = {0}, n = 0;
    for (int i = 0; i < n_terms; i++)
        for (int d = 0; d < terms[i].x->rank; d++)
            if (terms[i].label[d] < N_LETTERS)
                times[terms[i].label[d]]++;
    for (int i = 0; i < n_rest; i++)
        order[n++] = N_LETTERS + TT_MAX_RANK_NET - n_rest + i;
    for (int l = 0; l < N_LETTERS && n < TT_MAX_RANK_NET; l++)
        if (times[l] == 1)
            order[n++] = l;
    return n;
}

ttrt_status tt_convert_einsum(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    const char *p = tt_arg_string(n, 0, "");
    int n_terms = (int)tt_arg_count(n, 1), most = 0, count = 0, order[TT_MAX_RANK_NET];
    term *terms = tt_arena_array(c->net->arena, (size_t)n_terms + 1, sizeof *terms);
    if (!terms)
        return TTRT_ERR_MEMORY;
    if (n_terms == 0)
        TT_FAIL(TTRT_ERR_FORMAT, "einsum of no tensors");
    for (int i = 0; i < n_terms; i++) {
        TT_TRY(tt_value_tensor(c, tt_arg_value_at(n, 1, (size_t)i), &terms[i].x));
        TT_TRY(tt_net_cast(c->net, terms[i].x, tt_out_dtype(n), &terms[i].x));
        int rest = terms[i].x->rank - n_letters(p);
        most = rest > most ? rest : most;
        TT_TRY(read_subscript(&p, rest > 0 ? rest : 0, terms[i].label, &count));
        if (count != terms[i].x->rank || *p != (i + 1 < n_terms ? ',' : *p == '-' ? '-' : '\0'))
            TT_FAIL(TTRT_ERR_FORMAT, "einsum '%s': operand %d has rank %d", tt_arg_string(n, 0, ""), i,
                    terms[i].x->rank);
        p += *p == ',';
    }
    if (*p == '-') {
        p += 2;
        TT_TRY(read_subscript(&p, most, order, &count));
    } else {
        count = implicit_result(n_terms, terms, most, order);
    }
    TT_TRY(contract(c, n_terms, terms, count, order));
    return tt_finish(c, n, 0, terms[0].x, out);
}

/* ---- its relatives ---- */

/* tensordot(self, other, dims_self, dims_other): these pairs are summed. */
ttrt_status tt_convert_tensordot(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    term terms[2];
    int order[2 * TT_MAX_RANK_NET], count = 0, next = 0;
    bool summed[TT_MAX_RANK_NET] = {false};
    for (int i = 0; i < 2; i++)
        TT_TRY(tt_arg_tensor_as(c, n, (size_t)i, tt_out_dtype(n), &terms[i].x));
    if (terms[0].x->rank + terms[1].x->rank > TT_MAX_RANK_NET || tt_arg_count(n, 2) != tt_arg_count(n, 3))
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of ranks %d and %d", n->op->name, terms[0].x->rank, terms[1].x->rank);
    for (int i = 0; i < 2; i++)
        for (int d = 0; d < terms[i].x->rank; d++)
            terms[i].label[d] = next++;
    for (size_t k = 0; k < tt_arg_count(n, 2); k++) {
        int64_t a = tt_wrap_dim(tt_arg_dim_at(n, 2, k).value, terms[0].x->rank);
        int64_t b = tt_wrap_dim(tt_arg_dim_at(n, 3, k).value, terms[1].x->rank);
        if (a < 0 || b < 0 || a >= terms[0].x->rank || b >= terms[1].x->rank)
            TT_FAIL(TTRT_ERR_FORMAT, "%s: dims do not fit", n->op->name);
        terms[1].label[b] = terms[0].label[a];
        summed[terms[0].label[a]] = true;
    }
    for (int i = 0; i < 2; i++)
        for (int d = 0; d < terms[i].x->rank; d++)
            if (!summed[terms[i].label[d]])
                order[count++] = terms[i].label[d];
    TT_TRY(contract(c, 2, terms, count, order));
    return tt_finish(c, n, 0, terms[0].x, out);
}

/* bilinear: x[..., i] w[o, i, j] y[..., j], summed over i and j, and a bias of o. */
ttrt_status tt_convert_bilinear(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    static const size_t args[3] = {0, 2, 1};
    enum { I = 0, J = 1, O = 2, LEAD = 3 };
    term terms[3];
    int order[TT_MAX_RANK_NET], rank = tt_out_rank(n);
    tt_tensor *bias = NULL;
    for (int i = 0; i < 3; i++)
        TT_TRY(tt_arg_tensor_as(c, n, args[i], tt_out_dtype(n), &terms[i].x));
    TT_TRY(tt_arg_tensor_as(c, n, 3, tt_out_dtype(n), &bias));
    if (rank < 1 || terms[0].x->rank != rank || terms[2].x->rank != rank || terms[1].x->rank != 3)
        TT_FAIL(TTRT_ERR_FORMAT, "%s of ranks %d and %d", n->op->name, terms[0].x->rank, terms[2].x->rank);
    for (int d = 0; d < rank; d++)
        terms[0].label[d] = terms[2].label[d] = order[d] = LEAD + d;
    terms[0].label[rank - 1] = terms[1].label[1] = I;
    terms[2].label[rank - 1] = terms[1].label[2] = J;
    order[rank - 1] = terms[1].label[0] = O;
    TT_TRY(contract(c, 3, terms, rank, order));
    return tt_f_finish(c, n, 0, bias ? tt_f_binary(c, TT_ELEMENTWISE_SUM, terms[0].x, bias) : terms[0].x, out);
}

/* kron: each dimension of the result is one of self and one of other, self's outside. */
ttrt_status tt_convert_kron(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *x[2] = {NULL};
    tt_dim dims[2][2 * TT_MAX_RANK_NET];
    int rank = tt_out_rank(n);
    if (2 * rank > TT_MAX_RANK_NET)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s of rank %d", n->op->name, rank);
    for (int i = 0; i < 2; i++) {
        TT_TRY(tt_arg_tensor_as(c, n, (size_t)i, tt_out_dtype(n), &x[i]));
        TT_TRY(tt_net_rank_at_least(c->net, x[i], rank, &x[i]));
        for (int d = 0; d < rank; d++) {
            dims[i][2 * d + i] = x[i]->dims[d];
            dims[i][2 * d + 1 - i] = tt_dim_const(1);
        }
        TT_TRY(tt_net_reshape(c->net, x[i], 2 * rank, dims[i], &x[i]));
    }
    tt_tensor *y = tt_f_binary(c, TT_ELEMENTWISE_PROD, x[0], x[1]);
    return tt_f_finish(c, n, 0, tt_f_reshape(c, y, rank, n->outs[0]->dims), out);
}
