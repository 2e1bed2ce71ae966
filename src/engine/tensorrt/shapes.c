/* Symbolic dimensions as shape tensors: int64 arithmetic that TensorRT does on the host before a run.
 *
 *   s0          ─► shape(x)[0]                     where input x has s0 as dimension 0
 *   s0          ─► (shape(x)[0] - b) / a           where it has a * s0 + b
 *   s0          ─► the input itself                where a number comes in as one
 *   2*s0 + 1    ─► elementwise layers over those, each expression once */
#include <string.h>

#include "engine/tensorrt/map.h"

bool tt_trt_static(int n, const tt_dim *dims, Dims64 *out)
{
    bool all = true;

    *out = (Dims64){.nbDims = n};
    for (int i = 0; i < n; i++) {
        out->d[i] = tt_dim_is_const(dims[i]) ? dims[i].value : -1;
        all = all && tt_dim_is_const(dims[i]);
    }
    return all;
}

const tt_dim tt_trt_ones[TT_TRT_RANK] = {{NULL, 1}, {NULL, 1}, {NULL, 1}, {NULL, 1},
                                         {NULL, 1}, {NULL, 1}, {NULL, 1}, {NULL, 1}};

int64_t tt_trt_longest(tt_dim d)
{
    int64_t min, max;

    tt_dim_range(d, &min, &max);
    return max;
}

/* ---- symbols ---- */

static ttrt_status size_of_input(tt_trt_map *m, const tt_tensor *t, int d, ITensor **out)
{
    const Dims64 start = {1, {d}}, one = {1, {1}};
    ITensor *shape;

    TT_TRY(tt_trt_added(m, trt_INetworkDefinition_addShape(m->trt, m->tensors[t->id]), &shape));
    return tt_trt_added(m, trt_INetworkDefinition_addSlice(m->trt, shape, &start, &one, &one), out);
}

static ttrt_status combine(tt_trt_map *m, int32_t operation, ITensor *a, int64_t b, ITensor **out)
{
    ITensor *number;

    TT_TRY(tt_trt_ints(m, 1, &b, &number));
    return tt_trt_binary(m, operation, a, number, out);
}

/* The symbol from declared = a * s + b. */
static ttrt_status solve(tt_trt_map *m, ITensor *actual, int64_t a, int64_t b, ITensor **out)
{
    *out = actual;
    if (b)
        TT_TRY(combine(m, TRT_ElementWiseOperation_kSUB, *out, b, out));
    if (a != 1)
        TT_TRY(combine(m, TRT_ElementWiseOperation_kDIV, *out, a, out));
    return TTRT_OK;
}

static ttrt_status map_symbol(tt_trt_map *m, const tt_symbol *s, ITensor **out)
{
    const tt_network *net = m->net;
    const tt_dim one = tt_dim_const(1);
    tt_symbol *found;
    int64_t a, b;

    for (int i = 0; i < net->n_inputs; i++) {
        const tt_tensor *t = net->inputs[i];

        if (t->is_dim && tt_dim_linear(net->dims, t->value, &found, &a, &b) && found == s) {
            TT_TRY(tt_trt_reshape(m, m->tensors[t->id], 1, &one, out));
            return solve(m, *out, a, b, out);
        }
        for (int d = 0; d < t->rank; d++)
            if (tt_dim_linear(net->dims, t->dims[d], &found, &a, &b) && found == s) {
                TT_TRY(size_of_input(m, t, d, out));
                return solve(m, *out, a, b, out);
            }
    }
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "the size %s is read from data: engine tensorrt takes sizes from its inputs' shapes",
            s->name);
}

/* ---- expressions ---- */

/* Python's: the quotient rounds down, whatever the signs; so does TensorRT's FLOOR_DIV. */
static ttrt_status modulo(tt_trt_map *m, ITensor *a, ITensor *b, ITensor **out)
{
    ITensor *whole;

    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kFLOOR_DIV, a, b, &whole));
    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kPROD, whole, b, &whole));
    return tt_trt_binary(m, TRT_ElementWiseOperation_kSUB, a, whole, out);
}

static ttrt_status truth_to_number(tt_trt_map *m, ITensor *truth, bool negated, ITensor **out)
{
    const int64_t numbers[] = {negated, !negated};
    ITensor *no, *yes;

    TT_TRY(tt_trt_ints(m, 1, &numbers[0], &no));
    TT_TRY(tt_trt_ints(m, 1, &numbers[1], &yes));
    return tt_trt_select(m, truth, yes, no, out);
}

static ttrt_status compare(tt_trt_map *m, int32_t operation, ITensor *a, ITensor *b, bool negated, ITensor **out)
{
    TT_TRY(tt_trt_binary(m, operation, a, b, out));
    return truth_to_number(m, *out, negated, out);
}

static ttrt_status pair(tt_trt_map *m, tt_expr_kind kind, ITensor *a, ITensor *b, ITensor **out)
{
    switch (kind) {
    case TT_EXPR_ADD:
        return tt_trt_binary(m, TRT_ElementWiseOperation_kSUM, a, b, out);
    case TT_EXPR_MUL:
    case TT_EXPR_AND: /* of 0 and 1 */
        return tt_trt_binary(m, TRT_ElementWiseOperation_kPROD, a, b, out);
    case TT_EXPR_FLOORDIV:
        return tt_trt_binary(m, TRT_ElementWiseOperation_kFLOOR_DIV, a, b, out);
    case TT_EXPR_MOD:
        return modulo(m, a, b, out);
    case TT_EXPR_MAX:
    case TT_EXPR_OR:
        return tt_trt_binary(m, TRT_ElementWiseOperation_kMAX, a, b, out);
    case TT_EXPR_MIN:
        return tt_trt_binary(m, TRT_ElementWiseOperation_kMIN, a, b, out);
    case TT_EXPR_POW:
        return tt_trt_binary(m, TRT_ElementWiseOperation_kPOW, a, b, out);
    case TT_EXPR_EQ:
        return compare(m, TRT_ElementWiseOperation_kEQUAL, a, b, false, out);
    case TT_EXPR_NE:
        return compare(m, TRT_ElementWiseOperation_kEQUAL, a, b, true, out);
    case TT_EXPR_LT:
        return compare(m, TRT_ElementWiseOperation_kLESS, a, b, false, out);
    case TT_EXPR_LE:
        return compare(m, TRT_ElementWiseOperation_kGREATER, a, b, true, out);
    default:
        TT_FAIL(TTRT_ERR_INTERNAL, "an expression of kind %d", (int)kind);
    }
}

static ttrt_status map_expr(tt_trt_map *m, const tt_expr *e, ITensor **out);

static ttrt_status map_arg(tt_trt_map *m, const tt_expr *e, ITensor **out)
{
    return e->kind == TT_EXPR_CONST ? tt_trt_ints(m, 1, &e->value, out) : map_expr(m, e, out);
}

static ttrt_status is_true(tt_trt_map *m, const tt_expr *e, ITensor **out)
{
    ITensor *x;

    TT_TRY(map_arg(m, e, &x));
    return combine(m, TRT_ElementWiseOperation_kGREATER, x, 0, out);
}

static ttrt_status map_operation(tt_trt_map *m, const tt_expr *e, ITensor **out)
{
    ITensor *args[2], *truth;

    if (e->kind == TT_EXPR_NOT) {
        TT_TRY(is_true(m, e->args[0], &truth));
        return truth_to_number(m, truth, true, out);
    }
    if (e->kind == TT_EXPR_SELECT) {
        TT_TRY(is_true(m, e->args[0], &truth));
        for (int i = 0; i < 2; i++)
            TT_TRY(map_arg(m, e->args[1 + i], &args[i]));
        return tt_trt_select(m, truth, args[0], args[1], out);
    }
    TT_TRY(map_arg(m, e->args[0], out));
    for (size_t i = 1; i < e->n_args; i++) {
        TT_TRY(map_arg(m, e->args[i], &args[1]));
        TT_TRY(pair(m, e->kind, *out, args[1], out));
    }
    return TTRT_OK;
}

static ttrt_status map_expr(tt_trt_map *m, const tt_expr *e, ITensor **out)
{
    for (size_t i = 0; i < m->n_symbolic; i++)
        if (m->symbolic[i].expr == e) {
            *out = m->symbolic[i].tensor;
            return TTRT_OK;
        }
    TT_TRY(e->kind == TT_EXPR_SYMBOL ? map_symbol(m, e->symbol, out) : map_operation(m, e, out));
    TT_TRY(tt_arena_grow(m->arena, &m->symbolic, &m->symbolic_cap, m->n_symbolic, sizeof *m->symbolic));
    m->symbolic[m->n_symbolic++] = (tt_trt_symbolic){e, *out};
    return TTRT_OK;
}

ttrt_status tt_trt_dim(tt_trt_map *m, tt_dim d, ITensor **out)
{
    return d.expr ? map_expr(m, d.expr, out) : tt_trt_ints(m, 1, &d.value, out);
}

ttrt_status tt_trt_shape(tt_trt_map *m, int n, const tt_dim *dims, ITensor **out)
{
    Dims64 known;
    ITensor *parts[TT_TRT_RANK];

    if (tt_trt_static(n, dims, &known))
        return tt_trt_ints(m, n, known.d, out);
    for (int i = 0; i < n; i++)
        TT_TRY(tt_trt_dim(m, dims[i], &parts[i]));
    if (n == 1) {
        *out = parts[0];
        return TTRT_OK;
    }
    return tt_trt_concat(m, n, parts, 0, out);
}
