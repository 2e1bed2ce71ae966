/* See pointwise_layers.h. One table for each enumeration; what takes more than one instruction is a small function. */
#include "engine/cpu/plan.h"
#include "engine/cpu/pointwise_layers.h"

#define NO_OP 0xffff

typedef struct emitter {
    tt_pw_push push;
    void *user;
    tt_pw_type type; /* of the operands */
    tt_dtype wrap;   /* of integer results */
} emitter;

tt_pw_type tt_pw_type_of(tt_dtype d)
{
    if (d == TTRT_DTYPE_FLOAT64)
        return TT_PW_F64;
    if (d == TTRT_DTYPE_BOOL)
        return TT_PW_BOOL;
    return tt_dtype_is_float(d) ? TT_PW_F32 : TT_PW_I64;
}

bool tt_layer_is_pointwise(const tt_layer *l)
{
    switch (l->kind) {
    case TT_LAYER_CAST:
    case TT_LAYER_UNARY:
    case TT_LAYER_ACTIVATION:
    case TT_LAYER_ELEMENTWISE:
    case TT_LAYER_SELECT:
    case TT_LAYER_SCALE:
    case TT_LAYER_DIMENSION:
        return true;
    case TT_LAYER_FILL:
        return l->attrs.fill.operation == TT_FILL_CONSTANT;
    default:
        return false;
    }
}

static ttrt_status ins(emitter *m, tt_pw_op op, uint8_t a, uint8_t b, uint8_t c, uint8_t *reg)
{
    return m->push(m->user,
                   (tt_pw_ins){.op = (uint16_t)op,
                               .type = (uint8_t)m->type,
                               .to = (uint8_t)m->type,
                               .a = a,
                               .b = b,
                               .c = c,
                               .wrap = m->wrap},
                   reg);
}

/* BOOL result. */
static ttrt_status compare(emitter *m, tt_pw_op op, uint8_t a, uint8_t b, uint8_t *reg)
{
    return m->push(
        m->user,
        (tt_pw_ins){
            .op = (uint16_t)op, .type = (uint8_t)m->type, .to = TT_PW_BOOL, .a = a, .b = b, .wrap = TT_DTYPE_NONE},
        reg);
}

static ttrt_status constant(emitter *m, double v, uint8_t *reg)
{
    return m->push(
        m->user,
        (tt_pw_ins){.op = TT_PW_CONST,
                    .type = (uint8_t)m->type,
                    .to = (uint8_t)m->type,
                    .wrap = TT_DTYPE_NONE,
                    .f = v,
                    .i = v >= -0x1p63 && v < 0x1p63 ? (int64_t)v : 0}, /* read where the type is an integer */
        reg);
}

/* ---- unary ---- */

static const uint16_t unary_ops[TT_UNARY_COUNT] = {
    [TT_UNARY_EXP] = TT_PW_EXP,          [TT_UNARY_LOG] = TT_PW_LOG,       [TT_UNARY_SQRT] = TT_PW_SQRT,
    [TT_UNARY_RECIP] = TT_PW_RECIPROCAL, [TT_UNARY_ABS] = TT_PW_ABS,       [TT_UNARY_NEG] = TT_PW_NEG,
    [TT_UNARY_SIN] = TT_PW_SIN,          [TT_UNARY_COS] = TT_PW_COS,       [TT_UNARY_TAN] = TT_PW_TAN,
    [TT_UNARY_SINH] = TT_PW_SINH,        [TT_UNARY_COSH] = TT_PW_COSH,     [TT_UNARY_ASIN] = TT_PW_ASIN,
    [TT_UNARY_ACOS] = TT_PW_ACOS,        [TT_UNARY_ATAN] = TT_PW_ATAN,     [TT_UNARY_ASINH] = TT_PW_ASINH,
    [TT_UNARY_ACOSH] = TT_PW_ACOSH,      [TT_UNARY_ATANH] = TT_PW_ATANH,   [TT_UNARY_CEIL] = TT_PW_CEIL,
    [TT_UNARY_FLOOR] = TT_PW_FLOOR,      [TT_UNARY_ERF] = TT_PW_ERF,       [TT_UNARY_NOT] = TT_PW_NOT,
    [TT_UNARY_SIGN] = TT_PW_SIGN,        [TT_UNARY_ROUND] = TT_PW_ROUND,   [TT_UNARY_ISINF] = TT_PW_ISINF,
    [TT_UNARY_ISNAN] = TT_PW_ISNAN,      [TT_UNARY_RSQRT] = TT_PW_RSQRT,   [TT_UNARY_EXP2] = TT_PW_EXP2,
    [TT_UNARY_EXPM1] = TT_PW_EXPM1,      [TT_UNARY_LOG2] = TT_PW_LOG2,     [TT_UNARY_LOG10] = TT_PW_LOG10,
    [TT_UNARY_LOG1P] = TT_PW_LOG1P,      [TT_UNARY_TRUNC] = TT_PW_TRUNC,   [TT_UNARY_ERFC] = TT_PW_ERFC,
    [TT_UNARY_ERFINV] = TT_PW_ERFINV,    [TT_UNARY_LGAMMA] = TT_PW_LGAMMA, [TT_UNARY_DIGAMMA] = TT_PW_DIGAMMA,
    [TT_UNARY_BITWISE_NOT] = TT_PW_NOT,
};

/* Integers and bools: what they have, and what rounding functions leave alone. */
static uint16_t unary_integer_op(int64_t op)
{
    switch (op) {
    case TT_UNARY_ABS:
    case TT_UNARY_NEG:
    case TT_UNARY_SIGN:
    case TT_UNARY_NOT:
    case TT_UNARY_BITWISE_NOT:
        return unary_ops[op];
    case TT_UNARY_CEIL:
    case TT_UNARY_FLOOR:
    case TT_UNARY_ROUND:
    case TT_UNARY_TRUNC:
        return TT_PW_MOV;
    case TT_UNARY_ISINF:
    case TT_UNARY_ISNAN:
        return TT_PW_NE; /* x != x: false */
    default:
        return NO_OP;
    }
}

static uint16_t unary_op(int64_t op, tt_pw_type type)
{
    if (type == TT_PW_I64)
        return unary_integer_op(op);
    if (type == TT_PW_BOOL)
        return op == TT_UNARY_NOT || op == TT_UNARY_BITWISE_NOT ? TT_PW_NOT : NO_OP;
    return op == TT_UNARY_NOT || op == TT_UNARY_BITWISE_NOT ? NO_OP : unary_ops[op];
}

static ttrt_status emit_unary(emitter *m, int64_t operation, uint8_t x, uint8_t *reg)
{
    uint16_t op = unary_op(operation, m->type);

    if (op == TT_PW_ISINF || op == TT_PW_ISNAN || op == TT_PW_NE)
        return compare(m, op, x, x, reg);
    return ins(m, op, x, 0, 0, reg);
}

/* ---- activation ---- */

static ttrt_status emit_clamp(emitter *m, uint8_t x, double low, double high, uint8_t *reg)
{
    uint8_t a, b;

    TT_TRY(constant(m, low, &a));
    TT_TRY(constant(m, high, &b));
    return ins(m, TT_PW_CLAMP, x, a, b, reg);
}

/* x > threshold ? x : other */
static ttrt_status emit_above(emitter *m, uint8_t x, double threshold, uint8_t other, uint8_t *reg)
{
    uint8_t t, above;

    TT_TRY(constant(m, threshold, &t));
    TT_TRY(compare(m, TT_PW_GT, x, t, &above));
    return ins(m, TT_PW_WHERE, above, x, other, reg);
}

static ttrt_status emit_scaled(emitter *m, uint8_t x, double scale, uint8_t *reg)
{
    uint8_t s;

    *reg = x;
    if (scale == 1)
        return TTRT_OK;
    TT_TRY(constant(m, scale, &s));
    return ins(m, TT_PW_MUL, x, s, 0, reg);
}

static ttrt_status emit_elu(emitter *m, uint8_t x, double alpha, double scale, uint8_t *reg)
{
    uint8_t y;

    TT_TRY(ins(m, TT_PW_EXPM1, x, 0, 0, &y));
    TT_TRY(emit_scaled(m, y, alpha, &y));
    TT_TRY(emit_above(m, x, 0, y, &y));
    return emit_scaled(m, y, scale, reg);
}

static ttrt_status emit_softsign(emitter *m, uint8_t x, uint8_t *reg)
{
    uint8_t y, one;

    TT_TRY(ins(m, TT_PW_ABS, x, 0, 0, &y));
    TT_TRY(constant(m, 1, &one));
    TT_TRY(ins(m, TT_PW_ADD, y, one, 0, &y));
    return ins(m, TT_PW_DIV, x, y, 0, reg);
}

static ttrt_status emit_hard_sigmoid(emitter *m, uint8_t x, double alpha, double beta, uint8_t *reg)
{
    uint8_t a, y;

    TT_TRY(emit_scaled(m, x, alpha, &y));
    TT_TRY(constant(m, beta, &a));
    TT_TRY(ins(m, TT_PW_ADD, y, a, 0, &y));
    return emit_clamp(m, y, 0, 1, reg);
}

static ttrt_status emit_wrapped(emitter *m, tt_pw_op op, uint8_t x, double outer, double inner, uint8_t *reg)
{
    uint8_t y;

    TT_TRY(emit_scaled(m, x, inner, &y));
    TT_TRY(ins(m, op, y, 0, 0, &y));
    return emit_scaled(m, y, outer, reg);
}

static ttrt_status emit_activation(emitter *m, const tt_activation_attrs *a, uint8_t x, uint8_t *reg)
{
    uint8_t y;

    switch (a->type) {
    case TT_ACTIVATION_RELU:
        if (m->type != TT_PW_I64)
            return ins(m, TT_PW_RELU, x, 0, 0, reg);
        TT_TRY(constant(m, 0, &y));
        return ins(m, TT_PW_MAX, x, y, 0, reg);
    case TT_ACTIVATION_SIGMOID:
        return ins(m, TT_PW_SIGMOID, x, 0, 0, reg);
    case TT_ACTIVATION_TANH:
        return ins(m, TT_PW_TANH, x, 0, 0, reg);
    case TT_ACTIVATION_LEAKY_RELU:
        TT_TRY(emit_scaled(m, x, a->alpha, &y));
        return emit_above(m, x, 0, y, reg);
    case TT_ACTIVATION_ELU:
        return emit_elu(m, x, a->alpha, 1, reg);
    case TT_ACTIVATION_SELU:
        return emit_elu(m, x, a->alpha, a->beta, reg);
    case TT_ACTIVATION_SOFTSIGN:
        return emit_softsign(m, x, reg);
    case TT_ACTIVATION_SOFTPLUS:
        return emit_wrapped(m, TT_PW_SOFTPLUS, x, a->alpha, a->beta, reg);
    case TT_ACTIVATION_CLIP:
        return emit_clamp(m, x, a->alpha, a->beta, reg);
    case TT_ACTIVATION_HARD_SIGMOID:
        return emit_hard_sigmoid(m, x, a->alpha, a->beta, reg);
    case TT_ACTIVATION_SCALED_TANH:
        return emit_wrapped(m, TT_PW_TANH, x, a->alpha, a->beta, reg);
    case TT_ACTIVATION_THRESHOLDED_RELU:
        TT_TRY(constant(m, 0, &y));
        return emit_above(m, x, a->alpha, y, reg);
    case TT_ACTIVATION_GELU_ERF:
        return ins(m, TT_PW_GELU, x, 0, 0, reg);
    case TT_ACTIVATION_GELU_TANH:
        return ins(m, TT_PW_GELU_TANH, x, 0, 0, reg);
    case TT_ACTIVATION_SILU:
        return ins(m, TT_PW_SILU, x, 0, 0, reg);
    case TT_ACTIVATION_MISH:
        return ins(m, TT_PW_MISH, x, 0, 0, reg);
    case TT_ACTIVATION_HARD_SWISH:
        return ins(m, TT_PW_HARDSWISH, x, 0, 0, reg);
    case TT_ACTIVATION_LOG_SIGMOID:
        return ins(m, TT_PW_LOGSIGMOID, x, 0, 0, reg);
    default:
        TT_FAIL(TTRT_ERR_INTERNAL, "activation %lld", (long long)a->type);
    }
}

/* ---- elementwise ---- */

#define FLOATS   1
#define INTEGERS 2
#define BOOLS    4
#define REALS    (FLOATS | INTEGERS)
static const struct {
    uint16_t op;
    uint8_t types;
    uint16_t bool_op; /* what it is on bools, where `types` has them */
} elementwise_ops[TT_ELEMENTWISE_COUNT] = {
    [TT_ELEMENTWISE_SUM] = {TT_PW_ADD, REALS | BOOLS, TT_PW_OR},
    [TT_ELEMENTWISE_PROD] = {TT_PW_MUL, REALS | BOOLS, TT_PW_AND},
    [TT_ELEMENTWISE_MAX] = {TT_PW_MAX, REALS | BOOLS, TT_PW_OR},
    [TT_ELEMENTWISE_MIN] = {TT_PW_MIN, REALS | BOOLS, TT_PW_AND},
    [TT_ELEMENTWISE_SUB] = {TT_PW_SUB, REALS, 0},
    [TT_ELEMENTWISE_DIV] = {TT_PW_DIV, FLOATS, 0},
    [TT_ELEMENTWISE_POW] = {TT_PW_POW, REALS, 0},
    [TT_ELEMENTWISE_FLOOR_DIV] = {TT_PW_DIV_FLOOR, REALS, 0},
    [TT_ELEMENTWISE_AND] = {TT_PW_AND, INTEGERS | BOOLS, TT_PW_AND},
    [TT_ELEMENTWISE_OR] = {TT_PW_OR, INTEGERS | BOOLS, TT_PW_OR},
    [TT_ELEMENTWISE_XOR] = {TT_PW_XOR, INTEGERS | BOOLS, TT_PW_XOR},
    [TT_ELEMENTWISE_EQUAL] = {TT_PW_EQ, REALS | BOOLS, TT_PW_EQ},
    [TT_ELEMENTWISE_GREATER] = {TT_PW_GT, REALS | BOOLS, TT_PW_GT},
    [TT_ELEMENTWISE_LESS] = {TT_PW_LT, REALS | BOOLS, TT_PW_LT},
    [TT_ELEMENTWISE_NOT_EQUAL] = {TT_PW_NE, REALS | BOOLS, TT_PW_NE},
    [TT_ELEMENTWISE_GREATER_EQUAL] = {TT_PW_GE, REALS | BOOLS, TT_PW_GE},
    [TT_ELEMENTWISE_LESS_EQUAL] = {TT_PW_LE, REALS | BOOLS, TT_PW_LE},
    [TT_ELEMENTWISE_TRUNC_DIV] = {TT_PW_DIV_TRUNC, REALS, 0},
    [TT_ELEMENTWISE_REMAINDER] = {TT_PW_REMAINDER, REALS, 0},
    [TT_ELEMENTWISE_FMOD] = {TT_PW_FMOD, REALS, 0},
    [TT_ELEMENTWISE_FMAX] = {TT_PW_FMAX, REALS, 0},
    [TT_ELEMENTWISE_FMIN] = {TT_PW_FMIN, REALS, 0},
    [TT_ELEMENTWISE_ATAN2] = {TT_PW_ATAN2, FLOATS, 0},
    [TT_ELEMENTWISE_COPYSIGN] = {TT_PW_COPYSIGN, FLOATS, 0},
    [TT_ELEMENTWISE_HYPOT] = {TT_PW_HYPOT, FLOATS, 0},
    [TT_ELEMENTWISE_NEXTAFTER] = {TT_PW_NEXTAFTER, FLOATS, 0},
    [TT_ELEMENTWISE_LEFT_SHIFT] = {TT_PW_SHL, INTEGERS, 0},
    [TT_ELEMENTWISE_RIGHT_SHIFT] = {TT_PW_SHR, INTEGERS, 0},
};

static uint8_t type_bit(tt_pw_type type) { return type == TT_PW_BOOL ? BOOLS : type == TT_PW_I64 ? INTEGERS : FLOATS; }

static ttrt_status emit_elementwise(emitter *m, int64_t operation, uint8_t a, uint8_t b, uint8_t *reg)
{
    uint16_t op = m->type == TT_PW_BOOL ? elementwise_ops[operation].bool_op : elementwise_ops[operation].op;

    if (op >= TT_PW_EQ && op <= TT_PW_GE)
        return compare(m, op, a, b, reg);
    return ins(m, op, a, b, 0, reg);
}

static ttrt_status emit_cast(emitter *m, tt_dtype from, tt_dtype to, uint8_t x, uint8_t *reg)
{
    tt_pw_type type = tt_pw_type_of(to);
    bool narrows = type == TT_PW_I64 && to != TTRT_DTYPE_INT64 && from != to;

    if (type == m->type && !narrows) {
        *reg = x;
        return TTRT_OK;
    }
    return m->push(m->user,
                   (tt_pw_ins){.op = TT_PW_CAST,
                               .type = (uint8_t)m->type,
                               .to = (uint8_t)type,
                               .a = x,
                               .wrap = narrows ? to : TT_DTYPE_NONE},
                   reg);
}

static ttrt_status emit_fill(const tt_layer *l, emitter *m, uint8_t *reg)
{
    const tt_fill_attrs *a = &l->attrs.fill;

    return m->push(m->user,
                   (tt_pw_ins){.op = TT_PW_CONST,
                               .type = (uint8_t)m->type,
                               .to = (uint8_t)m->type,
                               .wrap = TT_DTYPE_NONE,
                               .f = a->alpha,
                               .i = a->alpha_int},
                   reg);
}

ttrt_status tt_pointwise_layer(const tt_layer *l, const uint8_t *operands, tt_pw_push push, void *user, uint8_t *reg)
{
    const tt_tensor *x = l->kind == TT_LAYER_SELECT ? l->in[1] : l->n_in ? l->in[0] : l->out[0];
    emitter m = {push, user, tt_pw_type_of(x->dtype), TT_DTYPE_NONE};
    uint8_t y;

    if (m.type == TT_PW_I64 && x->dtype != TTRT_DTYPE_INT64)
        m.wrap = x->dtype;
    switch (l->kind) {
    case TT_LAYER_CAST:
        return emit_cast(&m, x->dtype, l->out[0]->dtype, operands[0], reg);
    case TT_LAYER_UNARY:
        return emit_unary(&m, l->attrs.unary.operation, operands[0], reg);
    case TT_LAYER_ACTIVATION:
        return emit_activation(&m, &l->attrs.activation, operands[0], reg);
    case TT_LAYER_ELEMENTWISE:
        return emit_elementwise(&m, l->attrs.elementwise.operation, operands[0], operands[1], reg);
    case TT_LAYER_SELECT:
        return ins(&m, TT_PW_WHERE, operands[0], operands[1], operands[2], reg);
    case TT_LAYER_SCALE:
        TT_TRY(ins(&m, TT_PW_MUL, operands[0], operands[1], 0, &y));
        return ins(&m, TT_PW_ADD, y, operands[2], 0, reg);
    case TT_LAYER_FILL:
        return emit_fill(l, &m, reg);
    default:
        TT_FAIL(TTRT_ERR_INTERNAL, "layer %s is not pointwise", tt_layer_info_of(l->kind)->name);
    }
}

bool tt_pointwise_supports(const tt_layer *l, tt_reason *why)
{
    const tt_tensor *x = l->kind == TT_LAYER_SELECT ? l->in[1] : l->n_in ? l->in[0] : l->out[0];
    tt_pw_type type = tt_pw_type_of(x->dtype);
    bool fits = true;

    if (l->kind == TT_LAYER_UNARY)
        fits = unary_op(l->attrs.unary.operation, type) != NO_OP;
    else if (l->kind == TT_LAYER_ELEMENTWISE)
        fits = elementwise_ops[l->attrs.elementwise.operation].types & type_bit(type);
    else if (l->kind == TT_LAYER_ACTIVATION)
        fits = type == TT_PW_F32 || type == TT_PW_F64 ||
               (type == TT_PW_I64 &&
                (l->attrs.activation.type == TT_ACTIVATION_RELU || l->attrs.activation.type == TT_ACTIVATION_CLIP));
    return fits || tt_refuse(why, "engine cpu has no %s of this operation for %s", tt_layer_info_of(l->kind)->name,
                             tt_dtype_short(x->dtype));
}
