/* Pointwise layers, gathered into one register program: the layer that is asked for, and every pointwise layer below it
 * that nobody else reads. If one of the leaves is a product (matrix multiply, convolution) that nobody else reads, the
 * program runs as its epilogue; otherwise as one loop over memory.
 *
 *   add(residual, reshape(matrix_multiply(x, w, bias)))   becomes   matrix_multiply with: tile + bias[col] +
 * residual[row, col] */
#include <stdlib.h>
#include <string.h>

#include "engine/cpu/plan.h"
#include "engine/cpu/pointwise_layers.h"

#define LAYER_INSTRUCTIONS 10 /* the most that one layer becomes */

typedef struct leaf {
    const tt_tensor *tensor;
    int axis; /* -1: broadcasts as it is; else a vector along this dimension of the result */
    uint8_t reg;
} leaf;

typedef struct expression {
    tt_builder *b;
    const tt_tensor *result;
    const tt_place *place; /* of the result */
    tt_pw_program program; /* registers are virtual until allocate_registers() */
    leaf leaves[TT_PW_MAX_IO];
    bool may_fuse;
    const tt_layer *product;           /* leaf 0 is its tile */
    int reserved_ins, reserved_leaves; /* of the layers around: an operand each counts itself */
    uint8_t n_virtual;
} expression;

bool tt_layer_takes_epilogue(const tt_layer *l)
{
    return l->kind == TT_LAYER_MATRIX_MULTIPLY || l->kind == TT_LAYER_CONVOLUTION || l->kind == TT_LAYER_DECONVOLUTION;
}

static bool fits_epilogue(const tt_layer *l)
{
    return tt_layer_takes_epilogue(l) && tt_pw_type_of(l->out[0]->dtype) == TT_PW_F32;
}

/* The result's dimension that is the column of its tile. */
static int column_dim(const tt_layer *product, int rank)
{
    return product->kind == TT_LAYER_MATRIX_MULTIPLY ? rank - 1 : 1;
}

/* ---- instructions ---- */

static ttrt_status push(expression *e, tt_pw_ins ins, uint8_t *out)
{
    TT_INVARIANT(e->program.n_ins < TT_PW_MAX_INS);
    ins.dst = ins.op == TT_PW_STORE ? 0 : e->n_virtual++;
    e->program.ins[e->program.n_ins++] = ins;
    if (out)
        *out = ins.dst;
    return TTRT_OK;
}

static ttrt_status push_into(void *user, tt_pw_ins ins, uint8_t *out) { return push(user, ins, out); }

static ttrt_status load_leaf(expression *e, const tt_tensor *t, int axis, uint8_t *reg)
{
    tt_pw_program *p = &e->program;

    for (int i = 0; i < p->n_in; i++)
        if (e->leaves[i].tensor == t && e->leaves[i].axis == axis && !(i == 0 && e->product)) {
            *reg = e->leaves[i].reg;
            return TTRT_OK;
        }
    TT_INVARIANT(p->n_in < TT_PW_MAX_IO);
    int i = p->n_in++;
    tt_pw_type type = tt_pw_type_of(t->dtype);
    p->in_dtype[i] = t->dtype;
    e->leaves[i] = (leaf){t, axis, 0};
    TT_TRY(
        push(e,
             (tt_pw_ins){
                 .op = TT_PW_LOAD, .type = (uint8_t)type, .to = (uint8_t)type, .a = (uint8_t)i, .wrap = TT_DTYPE_NONE},
             reg));
    e->leaves[i].reg = *reg;
    return TTRT_OK;
}

/* The tile of the product that this expression is fused into, plus its bias. */
static ttrt_status load_tile(expression *e, const tt_layer *product, uint8_t *reg)
{
    uint8_t bias;

    TT_TRY(load_leaf(e, product->out[0], -1, reg));
    e->product = product;
    e->program.in_dtype[0] = TTRT_DTYPE_FLOAT32;
    if (product->n_in == 3) {
        int axis = column_dim(product, e->place->rank);
        TT_TRY(load_leaf(e, product->in[2], axis, &bias));
        TT_TRY(
            push(e,
                 (tt_pw_ins){
                     .op = TT_PW_ADD, .type = TT_PW_F32, .to = TT_PW_F32, .a = *reg, .b = bias, .wrap = TT_DTYPE_NONE},
                 reg));
    }
    return TTRT_OK;
}

/* ---- which tensors go inside ---- */

/* The product behind `t`, through reshapes that keep rows whole; NULL where there is none to fuse. */
static const tt_layer *product_behind(const expression *e, const tt_tensor *t)
{
    const tt_builder *b = e->b;
    const tt_place *p = tt_place_of(b, t);
    int64_t last = e->place->rank ? e->place->dims[e->place->rank - 1] : 1;
    bool reshaped = false;

    for (;; t = t->layer->in[0], p = tt_place_of(b, t)) {
        if (p->ready || p->uses != 1 || !t->layer)
            return NULL;
        if (t->layer->kind != TT_LAYER_RESHAPE)
            break;
        reshaped = true;
    }
    if (!fits_epilogue(t->layer))
        return NULL;
    if (t->layer->kind == TT_LAYER_MATRIX_MULTIPLY) {
        int64_t rows = 1, result_rows = 1;
        for (int i = 0; i + 1 < p->rank; i++)
            rows *= p->dims[i];
        for (int i = 0; i + 1 < e->place->rank; i++)
            result_rows *= e->place->dims[i];
        return e->place->rank > 0 && p->dims[p->rank - 1] == last && rows == result_rows ? t->layer : NULL;
    }
    if (reshaped || p->rank != e->place->rank)
        return NULL;
    return memcmp(p->dims, e->place->dims, sizeof(int64_t) * (size_t)p->rank) == 0 ? t->layer : NULL;
}

static bool is_rounding_cast(const tt_layer *l)
{
    return l->kind == TT_LAYER_CAST && tt_dtype_is_float(l->attrs.cast.to_type) &&
           ttrt_dtype_size(l->attrs.cast.to_type) < 4;
}

static bool goes_inside(const expression *e, const tt_tensor *t)
{
    const tt_place *p = tt_place_of(e->b, t);
    const tt_layer *l = t->layer;

    if (p->ready || !l || p->uses != 1 || p->is_static != e->place->is_static || !tt_layer_is_pointwise(l) ||
        is_rounding_cast(l))
        return false;
    if (p->rank != e->place->rank || memcmp(p->dims, e->place->dims, sizeof(int64_t) * (size_t)p->rank) != 0)
        return false; /* smaller: computing it once is cheaper than once an element */
    return e->program.n_ins + e->reserved_ins + LAYER_INSTRUCTIONS + 4 <= TT_PW_MAX_INS &&
           e->program.n_in + e->reserved_leaves + l->n_in + 2 <= TT_PW_MAX_IO;
}

static bool constant_value(const expression *e, const tt_tensor *t, tt_pw_ins *ins)
{
    const tt_layer *l = t->layer;
    tt_pw_type type = tt_pw_type_of(t->dtype);

    *ins = (tt_pw_ins){.op = TT_PW_CONST, .type = (uint8_t)type, .to = (uint8_t)type, .wrap = TT_DTYPE_NONE};
    if (!l)
        return false;
    if (l->kind == TT_LAYER_DIMENSION) {
        ins->i = tt_plan_dim(e->b, l->attrs.dimension.value);
        return true;
    }
    if (l->kind != TT_LAYER_CONSTANT || l->attrs.constant.weights.format)
        return false;
    const tt_place *p = tt_place_of(e->b, t);
    for (int i = 0; i < p->rank; i++)
        if (p->dims[i] != 1)
            return false;
    ins->f = tt_load_f64(l->attrs.constant.weights.data, t->dtype);
    ins->i = type == TT_PW_I64 || type == TT_PW_BOOL ? tt_load_i64(l->attrs.constant.weights.data, t->dtype) : 0;
    return true;
}

static ttrt_status emit_layer(expression *e, const tt_layer *l, uint8_t *reg);

static ttrt_status emit(expression *e, const tt_tensor *t, uint8_t *reg)
{
    tt_pw_ins constant;

    if (constant_value(e, t, &constant))
        return push(e, constant, reg);
    if (e->may_fuse && !e->product && e->program.n_in == 0) {
        const tt_layer *product = product_behind(e, t);
        if (product)
            return load_tile(e, product, reg);
    }
    if (goes_inside(e, t))
        return emit_layer(e, t->layer, reg);
    return load_leaf(e, t, -1, reg);
}

/* A product must be leaf 0, so the operand that leads to one is visited first. */
static bool leads_to_product(const expression *e, const tt_tensor *t, int depth)
{
    if (product_behind(e, t))
        return true;
    if (depth > 16 || !goes_inside(e, t))
        return false;
    for (int i = 0; i < t->layer->n_in; i++)
        if (leads_to_product(e, t->layer->in[i], depth + 1))
            return true;
    return false;
}

static ttrt_status emit_layer(expression *e, const tt_layer *l, uint8_t *reg)
{
    uint8_t operands[3] = {0, 0, 0};
    int n = l->kind == TT_LAYER_SCALE ? 1 : l->n_in, first = 0;

    e->reserved_ins += LAYER_INSTRUCTIONS;
    e->reserved_leaves += l->n_in - 1;
    if (e->may_fuse && !e->product && e->program.n_in == 0)
        for (int i = 0; i < n; i++)
            if (leads_to_product(e, l->in[i], 0)) {
                first = i;
                break;
            }
    for (int i = 0; i < n; i++) {
        int k = i == 0 ? first : i <= first ? i - 1 : i;
        TT_TRY(emit(e, l->in[k], &operands[k]));
    }
    if (l->kind == TT_LAYER_SCALE) {
        TT_TRY(load_leaf(e, l->in[1], 1, &operands[1]));
        TT_TRY(load_leaf(e, l->in[2], 1, &operands[2]));
    }
    e->reserved_ins -= LAYER_INSTRUCTIONS;
    e->reserved_leaves -= l->n_in - 1;
    return tt_pointwise_layer(l, operands, push_into, e, reg);
}

/* ---- registers ---- */

static bool reads(const tt_pw_ins *ins, int k, uint8_t *reg)
{
    static const uint8_t n_operands[] = {
#define PW(NAME, n) n,
#include "engine/cpu/kernels/pointwise.def"
#undef PW
    };
    if (ins->op == TT_PW_STORE) {
        *reg = ins->b;
        return k == 0;
    }
    *reg = k == 0 ? ins->a : k == 1 ? ins->b : ins->c;
    return k < n_operands[ins->op];
}

static void write_operand(tt_pw_ins *ins, int k, uint8_t reg)
{
    if (ins->op == TT_PW_STORE)
        ins->b = reg;
    else if (k == 0)
        ins->a = reg;
    else if (k == 1)
        ins->b = reg;
    else
        ins->c = reg;
}

/* Virtual to real registers: each is free again after its last use, but for those of constants. */
static ttrt_status allocate_registers(tt_pw_program *p)
{
    int last[TT_PW_MAX_INS + 1] = {0};
    uint8_t real[TT_PW_MAX_INS + 1] = {0}, reg;
    bool busy[TT_PW_MAX_REGS] = {false};

    for (int i = 0; i < p->n_ins; i++)
        for (int k = 0; k < 3; k++)
            if (reads(&p->ins[i], k, &reg))
                last[reg] = i;
    /* The evaluator writes a constant's register once, not once a block: it is never free again. */
    for (int i = 0; i < p->n_ins; i++)
        if (p->ins[i].op == TT_PW_CONST)
            last[p->ins[i].dst] = p->n_ins;
    for (int i = 0; i < p->n_ins; i++) {
        tt_pw_ins *ins = &p->ins[i];
        uint8_t virtual_dst = ins->dst, freed[3];
        int n_freed = 0;

        for (int k = 0; k < 3; k++)
            if (reads(ins, k, &reg)) {
                write_operand(ins, k, real[reg]);
                if (last[reg] == i)
                    freed[n_freed++] = real[reg];
            }
        if (ins->op == TT_PW_STORE)
            continue;
        int r = 0;
        while (r < TT_PW_MAX_REGS && busy[r])
            r++;
        TT_INVARIANT(r < TT_PW_MAX_REGS);
        busy[r] = last[virtual_dst] > i;
        real[virtual_dst] = ins->dst = (uint8_t)r;
        p->n_regs = r + 1 > p->n_regs ? r + 1 : p->n_regs;
        /* Only now: a result wider than its operand (a cast, a condition) must not lie over it. */
        for (int k = 0; k < n_freed; k++)
            busy[freed[k]] = false;
    }
    return TTRT_OK;
}

/* ---- where operands lie ---- */

/* The leaf's memory as a view with the result's dimensions. */
static ttrt_status leaf_view(expression *e, const leaf *f, tt_operand *at, tt_view *view)
{
    tt_place *p;
    const tt_place *to = e->place;

    TT_TRY(tt_plan_materialize(e->b, f->tensor, &p));
    *at = p->at;
    if (f->axis >= 0) {
        *view = (tt_view){.dtype = f->tensor->dtype, .rank = to->rank};
        memcpy(view->dims, to->dims, sizeof to->dims);
        view->strides[f->axis] = p->dims[p->rank - 1] == 1 ? 0 : p->view.strides[p->rank - 1];
        return TTRT_OK;
    }
    TT_INVARIANT(p->rank == to->rank);
    for (int i = 0; i < p->rank; i++)
        if (p->dims[i] != to->dims[i] && p->dims[i] != 1)
            TT_FAIL(TTRT_ERR_SHAPE, "'%s': dimension %d of an operand is %lld, the result's is %lld",
                    e->result->layer->name ? e->result->layer->name : "", i, (long long)p->dims[i],
                    (long long)to->dims[i]);
    tt_view_broadcast(&p->view, to->dims, view);
    return TTRT_OK;
}

/* Rows and columns of a tile, from a view with the result's dimensions. */
static bool tile_strides(const expression *e, const tt_view *v, int64_t *row, int64_t *col)
{
    tt_view rows = *v;
    int col_dim = column_dim(e->product, v->rank);

    *col = v->strides[col_dim];
    for (int i = col_dim; i + 1 < v->rank; i++) {
        rows.dims[i] = v->dims[i + 1];
        rows.strides[i] = v->strides[i + 1];
    }
    return tt_view_collapse(&rows, 0, v->rank - 1, row);
}

static ttrt_status plan_fused(expression *e, bool *done)
{
    tt_fusion f = {.result = e->result, .program = e->program};
    tt_view view;

    *done = false;
    for (int i = 1; i < e->program.n_in; i++) {
        TT_TRY(leaf_view(e, &e->leaves[i], &f.in[i], &view));
        if (!tile_strides(e, &view, &f.in_row[i], &f.in_col[i]))
            return TTRT_OK;
    }
    f.plain = e->program.n_ins == 2 && e->product->out[0]->dtype == e->result->dtype;
    *done = true;
    return tt_plan_product(e->b, e->product, &f);
}

typedef struct loop_args {
    tt_pw_loop loop;
} loop_args;

static ttrt_status run_loop(const tt_step *s, const tt_run *r)
{
    const loop_args *a = s->args;
    void *outs[1] = {tt_at(r, s->out[0])};
    const void *ins[TT_PW_MAX_IO];

    for (int i = 0; i < s->n_in; i++)
        ins[i] = tt_at(r, s->in[i]);
    tt_pw_run(r->kernels, r->threads, &a->loop, outs, ins);
    return TTRT_OK;
}

/* Dimensions of the largest operand from the outermost in memory to the innermost: the result follows it. */
static bool order_like(const tt_view *views, int n, const tt_place *to, int *order)
{
    const tt_view *best = NULL;

    for (int i = 0; i < n && !best; i++) {
        bool whole = true;
        for (int d = 0; d < to->rank; d++)
            whole &= to->dims[d] == 1 || views[i].strides[d] != 0;
        if (whole)
            best = &views[i];
    }
    if (!best)
        return false;
    tt_view_memory_order(best, order);
    return true;
}

static ttrt_status plan_loop(expression *e)
{
    tt_view views[TT_PW_MAX_IO];
    tt_operand at[TT_PW_MAX_IO];
    int order[TT_CPU_RANK];
    tt_place *to;
    tt_step *s;
    loop_args *a;
    int n = e->program.n_in;

    for (int i = 0; i < n; i++)
        TT_TRY(leaf_view(e, &e->leaves[i], &at[i], &views[i]));
    bool ordered = !tt_place_of(e->b, e->result)->forced && order_like(views, n, e->place, order);
    TT_TRY(tt_plan_allocate(e->b, e->result, ordered ? order : NULL, &to));
    TT_TRY(tt_plan_step(e->b, e->result->layer, "pointwise", run_loop, 1, n, 0, sizeof *a, &s, &a));
    s->out[0] = to->at;
    memcpy(s->in, at, sizeof *at * (size_t)n);
    return tt_pw_bind(&e->program, &to->view, views, &a->loop);
}

/* ---- entry points ---- */

static ttrt_status finish_program(expression *e, uint8_t reg)
{
    tt_pw_type type = tt_pw_type_of(e->result->dtype);

    e->program.n_out = 1;
    e->program.out_dtype[0] = e->result->dtype;
    TT_TRY(push(
        e,
        (tt_pw_ins){
            .op = TT_PW_STORE, .type = (uint8_t)type, .to = (uint8_t)type, .a = 0, .b = reg, .wrap = TT_DTYPE_NONE},
        NULL));
    TT_TRY(allocate_registers(&e->program));
    return tt_pw_check(&e->program);
}

static ttrt_status plan_expression(tt_builder *b, const tt_tensor *t, bool may_fuse, bool *done)
{
    expression e = {.b = b, .result = t, .place = tt_place_of(b, t), .may_fuse = may_fuse};
    tt_pw_ins constant;
    uint8_t reg;

    if (constant_value(&e, t, &constant))
        TT_TRY(push(&e, constant, &reg));
    else
        TT_TRY(emit_layer(&e, t->layer, &reg));
    TT_TRY(finish_program(&e, reg));
    *done = true;
    return e.product ? plan_fused(&e, done) : plan_loop(&e);
}

ttrt_status tt_plan_expression(tt_builder *b, const tt_tensor *t)
{
    bool done;

    TT_TRY(plan_expression(b, t, true, &done));
    /* An operand does not fit rows and columns: the product is computed by itself. */
    return done ? TTRT_OK : plan_expression(b, t, false, &done);
}

/* For types whose products take no epilogue: result = result + bias, in place. */
static ttrt_status add_bias(tt_builder *b, const tt_layer *l)
{
    uint8_t type = (uint8_t)tt_pw_type_of(l->out[0]->dtype);
    tt_dtype d = l->out[0]->dtype;
    tt_pw_program p = {
        .n_ins = 4,
        .n_regs = 2,
        .n_in = 2,
        .n_out = 1,
        .in_dtype = {d, d},
        .out_dtype = {d},
        .ins = {{.op = TT_PW_LOAD, .type = type, .to = type, .dst = 0, .a = 0, .wrap = TT_DTYPE_NONE},
                {.op = TT_PW_LOAD, .type = type, .to = type, .dst = 1, .a = 1, .wrap = TT_DTYPE_NONE},
                {.op = TT_PW_ADD, .type = type, .to = type, .dst = 0, .a = 0, .b = 1, .wrap = TT_DTYPE_NONE},
                {.op = TT_PW_STORE, .type = type, .to = type, .a = 0, .b = 0, .wrap = TT_DTYPE_NONE}}};
    tt_place *to = tt_place_of(b, l->out[0]);
    expression e = {.b = b, .result = l->out[0], .place = to};
    const leaf bias = {l->in[2], l->kind == TT_LAYER_MATRIX_MULTIPLY ? to->rank - 1 : 1, 0};
    tt_operand at;
    tt_view views[2] = {to->view};
    tt_step *s;
    loop_args *a;

    TT_TRY(leaf_view(&e, &bias, &at, &views[1]));
    TT_TRY(tt_plan_step(b, l, "pointwise", run_loop, 1, 2, 0, sizeof *a, &s, &a));
    s->out[0] = s->in[0] = to->at;
    s->in[1] = at;
    return tt_pw_bind(&p, &to->view, views, &a->loop);
}

ttrt_status tt_plan_product(tt_builder *b, const tt_layer *l, const tt_fusion *f)
{
    tt_plan_product_fn plan = l->kind == TT_LAYER_MATRIX_MULTIPLY ? tt_plan_matrix_multiply : tt_plan_convolution;
    expression e = {.b = b, .result = l->out[0], .place = tt_place_of(b, l->out[0])};
    uint8_t reg;
    bool done;

    if (f)
        return plan(b, l, f);
    if (!fits_epilogue(l)) {
        TT_TRY(plan(b, l, NULL));
        return l->n_in == 3 ? add_bias(b, l) : TTRT_OK;
    }
    TT_TRY(load_tile(&e, l, &reg));
    TT_TRY(finish_program(&e, reg));
    return plan_fused(&e, &done);
}
