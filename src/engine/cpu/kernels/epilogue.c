/* Epilogues: the commonest by one pass (tile_kernels.h), others by the evaluator. */
#include <math.h>

#include "engine/cpu/kernels/table.h"

/* Reads a program from its begin; constants may stand anywhere. */
typedef struct matcher {
    const tt_epilogue *e;
    int at;
    int8_t input[TT_PW_MAX_REGS]; /* that the register was loaded from; -1: none */
    bool is_constant[TT_PW_MAX_REGS];
    float constant[TT_PW_MAX_REGS];
    int value; /* register of the result so far; -1: none */
} matcher;

static bool is_tile_dtype(tt_dtype d) { return d == TTRT_DTYPE_FLOAT32 || d == TTRT_DTYPE_BFLOAT16; }

static bool is_plain(const tt_pw_ins *ins)
{
    return ins->type == TT_PW_F32 && ins->to == TT_PW_F32 && ins->wrap == TT_DTYPE_NONE;
}

/* The next instruction that is not LOAD or CONST. */
static const tt_pw_ins *next(matcher *m)
{
    const tt_pw_program *p = &m->e->program;

    for (; m->at < p->n_ins; m->at++) {
        const tt_pw_ins *ins = &p->ins[m->at];
        if (!is_plain(ins))
            return NULL;
        if (ins->op != TT_PW_LOAD && ins->op != TT_PW_CONST)
            return ins;
        if (ins->dst == m->value)
            return NULL;
        m->input[ins->dst] = ins->op == TT_PW_LOAD ? (int8_t)ins->a : -1;
        m->is_constant[ins->dst] = ins->op == TT_PW_CONST;
        m->constant[ins->dst] = (float)ins->f;
        if (ins->op == TT_PW_LOAD && ins->a == 0)
            m->value = ins->dst;
    }
    return NULL;
}

static void take(matcher *m, const tt_pw_ins *ins)
{
    m->value = ins->dst;
    m->input[ins->dst] = -1;
    m->is_constant[ins->dst] = false;
    m->at++;
}

/* value = value op an input that lies like the columns, or (is_matrix) like the tile. */
static bool match_operand(matcher *m, tt_pw_op op, bool is_matrix, tt_tile_row *out)
{
    const tt_pw_ins *ins = next(m);

    if (!ins || ins->op != op || (ins->a != m->value && ins->b != m->value) || ins->a == ins->b)
        return false;
    int i = m->input[ins->a == m->value ? ins->b : ins->a];
    if (i < 1)
        return false;
    tt_dtype d = m->e->program.in_dtype[i];
    if (!is_tile_dtype(d) || m->e->in_col[i] != 1 || (!is_matrix && m->e->in_row[i] != 0))
        return false;
    *out = (tt_tile_row){m->e->in[i], d, m->e->in_row[i]};
    take(m, ins);
    return true;
}

static void match_activation(matcher *m, tt_tile *t)
{
    const tt_pw_ins *ins = next(m);

    if (ins && ins->op == TT_PW_RELU && ins->a == m->value) {
        t->low = 0;
        t->high = INFINITY;
    } else if (ins && ins->op == TT_PW_CLAMP && ins->a == m->value && m->is_constant[ins->b] &&
               m->is_constant[ins->c] && !isnan(m->constant[ins->b]) && !isnan(m->constant[ins->c])) {
        t->low = m->constant[ins->b];
        t->high = m->constant[ins->c];
    } else {
        return;
    }
    take(m, ins);
}

bool tt_tile_match(const tt_epilogue *e, tt_tile *t)
{
    matcher m = {.e = e, .value = -1};

    *t = (tt_tile){
        .low = -INFINITY, .high = INFINITY, .out = e->out, .out_dtype = e->program.out_dtype[0], .out_ld = e->out_row};
    if (!is_tile_dtype(t->out_dtype))
        return false;
    for (int r = 0; r < TT_PW_MAX_REGS; r++)
        m.input[r] = -1;
    match_operand(&m, TT_PW_MUL, false, &t->scale);
    match_operand(&m, TT_PW_ADD, false, &t->bias);
    match_operand(&m, TT_PW_ADD, true, &t->residual);
    match_activation(&m, t);
    const tt_pw_ins *ins = next(&m);
    return ins && ins->op == TT_PW_STORE && ins->b == m.value && m.at == e->program.n_ins - 1;
}

void tt_finish_init(tt_finish *f, const tt_epilogue *e, void *out, tt_dtype dtype, int64_t ld)
{
    *f = (tt_finish){.epilogue = e, .out = out, .dtype = dtype, .ld = ld};
    if (e) {
        f->in_one_pass = tt_tile_match(e, &f->tile);
    } else {
        f->in_one_pass = is_tile_dtype(dtype);
        f->tile = (tt_tile){.low = -INFINITY, .high = INFINITY, .out = out, .out_dtype = dtype, .out_ld = ld};
    }
}

/* Columns [col, col + TT_GEMM_NR) of n_rows rows. */
static inline void prefetch_rows(const void *data, tt_dtype d, int64_t ld, int64_t row, int64_t n_rows, int64_t col,
                                 bool to_write)
{
    const int64_t size = d == TTRT_DTYPE_FLOAT32 ? 4 : 2;
    const char *at = (const char *)data + (row * ld + col) * size;

    for (int64_t r = 0; r < n_rows; r++, at += ld * size)
        for (int64_t byte = 0; byte < TT_GEMM_NR * size; byte += 64)
            if (to_write)
                __builtin_prefetch(at + byte, 1, 3);
            else
                __builtin_prefetch(at + byte, 0, 3);
}

void tt_finish_prefetch(const tt_finish *f, int64_t row, int64_t n_rows, int64_t col)
{
    const tt_tile *t = &f->tile;

    if (!f->in_one_pass)
        return;
    prefetch_rows(t->out, t->out_dtype, t->out_ld, row, n_rows, col, true);
    if (t->residual.data)
        prefetch_rows(t->residual.data, t->residual.dtype, t->residual.ld, row, n_rows, col, false);
}

void tt_finish_run(const tt_kernels *k, const tt_finish *f, const float *tile, int64_t ld, int64_t row, int64_t n_rows,
                   int64_t col, int64_t n_cols)
{
    if (f->in_one_pass)
        k->tile.finish(&f->tile, &(tt_tile_part){tile, ld, row, n_rows, col, n_cols});
    else if (f->epilogue)
        tt_epilogue_evaluate(k, f->epilogue, tile, ld, row, n_rows, col, n_cols);
    else
        for (int64_t r = 0; r < n_rows; r++)
            k->gemm.store((char *)f->out + ((row + r) * f->ld + col) * (int64_t)ttrt_dtype_size(f->dtype), f->dtype,
                          tile + r * ld, n_cols);
}

void tt_epilogue_run(const tt_kernels *k, const tt_epilogue *e, const float *tile, int64_t ld, int64_t row,
                     int64_t n_rows, int64_t col, int64_t n_cols)
{
    tt_finish f;

    tt_finish_init(&f, e, NULL, TTRT_DTYPE_FLOAT32, 0);
    tt_finish_run(k, &f, tile, ld, row, n_rows, col, n_cols);
}
