/* Tensors made of numbers: constants, ranges, triangles. Random ones are refused: an engine's would differ from
 * PyTorch's. */
#include "convert/formula.h"

/* ---- one number everywhere ---- */

static ttrt_status fill(tt_convert *c, const tt_node *n, int rank, const tt_dim *dims, const tt_arg *number,
                        tt_tensor **out)
{
    tt_tensor *x = NULL;
    TT_TRY(tt_filled(c, rank, dims, tt_out_dtype(n), number, &x));
    return tt_finish(c, n, 0, x, out);
}

/* The number: an argument, or the row's parameter. What PyTorch leaves uninitialised is 0 here. */
static tt_arg number_of(const tt_node *n)
{
    size_t at = tt_arg_find(n, "fill_value");
    if (at == n->n_args)
        at = tt_arg_find(n, "value");
    if (at < n->n_args && !tt_arg_is_none(n, at))
        return n->args[at];
    return (tt_arg){.kind = TT_ARG_INT, .dim = tt_dim_const(tt_converter_parameter(n))};
}

/* full, zeros, ones, empty, new_*: by `size`. */
ttrt_status tt_convert_full(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    size_t at = tt_arg_find(n, "size");
    if (at == n->n_args)
        at = tt_arg_find(n, "shape");
    tt_arg number = number_of(n);
    tt_dim dims[TT_MAX_RANK_NET];
    int rank = 0;
    TT_TRY(tt_arg_dims(n, at, dims, &rank));
    return fill(c, n, rank, dims, &number, out);
}

/* full_like, zeros_like, ones_like, empty_like, fill, zero: the shape of the first argument. */
ttrt_status tt_convert_full_like(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    const tt_value *like = n->args[0].value;
    tt_arg number = number_of(n);
    return fill(c, n, (int)like->rank, like->dims, &number, out);
}

ttrt_status tt_convert_scalar_tensor(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return fill(c, n, 0, NULL, &n->args[0], out);
}

/* copy: the second argument in type and shape of the first. */
ttrt_status tt_convert_copy(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    const tt_value *like = n->args[0].value;
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor_as(c, n, 1, tt_out_dtype(n), &x));
    TT_TRY(tt_net_expand(c->net, x, (int)like->rank, like->dims, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- ranges ---- */

static ttrt_status range(tt_convert *c, tt_dim length, tt_dtype dtype, double start, double step, int64_t start_int,
                         int64_t step_int, tt_tensor **out)
{
    tt_fill_attrs attrs = {.operation = TT_FILL_LINSPACE,
                           .dimensions = {1, &length},
                           .to_type = dtype,
                           .alpha = start,
                           .beta = step,
                           .alpha_int = start_int,
                           .beta_int = step_int};
    return tt_net_add(c->net, TT_LAYER_FILL, &attrs, NULL, 0, out);
}

/* start + step * i with a start or step that is known when running. */
static tt_tensor *symbolic_range(tt_convert *c, const tt_node *n, size_t start, size_t step)
{
    tt_tensor *x = NULL;
    if (range(c, n->outs[0]->dims[0], tt_out_dtype(n), 0, 1, 0, 1, &x) != TTRT_OK)
        return NULL;
    if (step < n->n_args)
        x = tt_f_binary(c, TT_ELEMENTWISE_PROD, x, tt_f_arg(c, n, step, tt_out_dtype(n), 1));
    if (start < n->n_args)
        x = tt_f_binary(c, TT_ELEMENTWISE_SUM, x, tt_f_arg(c, n, start, tt_out_dtype(n), 1));
    return x;
}

/* arange.*, prims.iota: the graph tells the length. */
ttrt_status tt_convert_arange(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    size_t start = tt_arg_find(n, "start"), step = tt_arg_find(n, "step");
    bool known = tt_arg_is_known(n, start) && tt_arg_is_known(n, step);
    if (n->outs[0]->rank != 1)
        TT_FAIL(TTRT_ERR_FORMAT, "%s gives rank %zu", n->op->name, n->outs[0]->rank);
    if (!known)
        return tt_f_finish(c, n, 0, symbolic_range(c, n, start, step), out);
    tt_tensor *x = NULL;
    TT_TRY(range(c, n->outs[0]->dims[0], tt_out_dtype(n), tt_arg_float(n, start, 0), tt_arg_float(n, step, 1),
                 tt_arg_int(n, start, 0), tt_arg_int(n, step, 1), &x));
    return tt_finish(c, n, 0, x, out);
}

bool tt_linspace_accepts(const tt_node *n, tt_reason *why)
{
    tt_dtype d = tt_out_dtype(n);
    if (d != TTRT_DTYPE_FLOAT32 && d != TTRT_DTYPE_FLOAT64)
        return tt_refuse(why, "in %s", tt_dtype_short(d));
    if (!tt_arg_is_known(n, 0) || !tt_arg_is_known(n, 1) || tt_arg_is_symbolic(n, 2))
        return tt_refuse(why, "start, end and steps must be known");
    int64_t steps = tt_arg_int(n, 2, 0);
    return (steps >= 0 && steps <= 1 << 24) || tt_refuse(why, "%lld steps", (long long)steps);
}

/* PyTorch counts the second half from the end, so that the last element is `end` exactly. */
ttrt_status tt_convert_linspace(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t steps = tt_arg_int(n, 2, 0);
    double start = tt_arg_float(n, 0, 0), end = tt_arg_float(n, 1, 0);
    bool is_f32 = tt_out_dtype(n) == TTRT_DTYPE_FLOAT32;
    float step32 = steps > 1 ? ((float)end - (float)start) / (float)(steps - 1) : 0;
    double step64 = steps > 1 ? (end - start) / (double)(steps - 1) : 0;
    size_t size = is_f32 ? sizeof(float) : sizeof(double);
    uint8_t *data = tt_arena_array(c->net->arena, (size_t)steps + 1, size);
    if (data == NULL)
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < steps; i++) {
        bool first_half = i < steps / 2 || steps == 1;
        int64_t back = steps - 1 - i;
        if (is_f32)
            ((float *)data)[i] = first_half ? (float)start + step32 * (float)i : (float)end - step32 * (float)back;
        else
            ((double *)data)[i] = first_half ? start + step64 * (double)i : end - step64 * (double)back;
    }
    tt_tensor *x = NULL;
    TT_TRY(tt_net_constant_ref(c->net, data, tt_out_dtype(n), 1, &steps, NULL, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- matrices ---- */

/* Row number == column number. */
ttrt_status tt_convert_eye(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_tensor *rows = NULL, *columns = NULL;
    tt_dim n_rows, n_columns;
    TT_TRY(tt_out_dim(n, 0, &n_rows));
    TT_TRY(tt_out_dim(n, 1, &n_columns));
    TT_TRY(range(c, n_rows, TTRT_DTYPE_INT64, 0, 1, 0, 1, &rows));
    TT_TRY(range(c, n_columns, TTRT_DTYPE_INT64, 0, 1, 0, 1, &columns));
    TT_TRY(tt_unsqueeze_at(c, rows, 1, &rows));
    return tt_f_finish(c, n, 0, tt_f_binary(c, TT_ELEMENTWISE_EQUAL, rows, columns), out);
}

/* tril, triu (parameter 1) */
ttrt_status tt_convert_triangle(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    tt_trilu_attrs attrs = {.upper = tt_converter_parameter(n) == 1, .diagonal = tt_arg_dim(n, 1, 0)};
    tt_tensor *x = NULL;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    TT_TRY(tt_net_add(c->net, TT_LAYER_TRILU, &attrs, &x, 1, &x));
    return tt_finish(c, n, 0, x, out);
}

/* ---- random ---- */

bool tt_random_accepts(const tt_node *n, tt_reason *why)
{
    return tt_refuse(why, "random numbers of an engine would differ from PyTorch's generator");
}

ttrt_status tt_convert_random(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: random numbers of an engine would differ from PyTorch's generator", n->op->name);
}
