/* Runs pointwise programs: checking, binding to shapes, and the loop over blocks. A block is `rows` x `cols` elements,
 * few enough that all registers stay in the L1 cache; each instruction runs over the whole block by a kernel of
 * pointwise.c.
 *
 * Memory is touched no more than needed: a LOAD of contiguous memory in register form only points the register there,
 * and an instruction whose result the next one STOREs as it is writes to the output itself. An output may lie on an
 * input, so what a register still needs after the first STORE is copied (`copied`). */
#include <stdlib.h>
#include <string.h>

#include "engine/cpu/kernels/table.h"

#define SCRATCH_BYTES 24576 /* half of an L1 cache, the rest is for what programs read and write */
#define MAX_BLOCK     1024
#define MIN_ROW       256   /* shorter rows go several to a block */
#define GRAIN         16384 /* elements worth a hand-over to another thread */
#define TRANSPOSE     32    /* rows and columns of a block that reads its input across */

static const char *const op_names[TT_PW_OP_COUNT] = {
#define PW(NAME, n_operands) #NAME,
#include "engine/cpu/kernels/pointwise.def"
#undef PW
};

static const uint8_t op_operands[TT_PW_OP_COUNT] = {
#define PW(NAME, n_operands) n_operands,
#include "engine/cpu/kernels/pointwise.def"
#undef PW
};

static tt_pw_type result_type(const tt_pw_ins *ins)
{
    switch (ins->op) {
    case TT_PW_EQ:
    case TT_PW_NE:
    case TT_PW_LT:
    case TT_PW_LE:
    case TT_PW_GT:
    case TT_PW_GE:
    case TT_PW_ISNAN:
    case TT_PW_ISINF:
        return TT_PW_BOOL;
    case TT_PW_LOAD:
    case TT_PW_CONST:
    case TT_PW_CAST:
        return (tt_pw_type)ins->to;
    default:
        return (tt_pw_type)ins->type;
    }
}

/* ---- checking */

typedef struct checker {
    const tt_pw_program *program;
    int8_t type[TT_PW_MAX_REGS]; /* -1: nothing yet */
    uint32_t stored;             /* outputs */
} checker;

static bool holds(const checker *c, int r, int type) { return r < c->program->n_regs && c->type[r] == type; }

static bool dtype_known(tt_dtype d)
{
    const tt_kernels *k = tt_kernels_level(TT_ISA_C);
    return (unsigned)d < TT_N_DTYPES && k->convert.load[d];
}

static bool operands_fit(const checker *c, const tt_pw_ins *ins)
{
    int n = op_operands[ins->op], first = ins->op == TT_PW_WHERE ? TT_PW_BOOL : ins->type;

    return (n < 1 || holds(c, ins->a, first)) && (n < 2 || holds(c, ins->b, ins->type)) &&
           (n < 3 || holds(c, ins->c, ins->type));
}

static bool instruction_fits(checker *c, const tt_pw_ins *ins)
{
    const tt_pw_program *p = c->program;

    switch (ins->op) {
    case TT_PW_LOAD:
        return ins->a < p->n_in && dtype_known(p->in_dtype[ins->a]) && !c->stored;
    case TT_PW_STORE:
        if (ins->a >= p->n_out || !dtype_known(p->out_dtype[ins->a]) || (c->stored & (1u << ins->a)))
            return false;
        c->stored |= 1u << ins->a;
        return holds(c, ins->b, ins->type);
    case TT_PW_CONST:
        return true;
    case TT_PW_CAST:
        return operands_fit(c, ins);
    default:
        return tt_kernels_level(TT_ISA_C)->pointwise.fn[ins->op][ins->type] && result_type(ins) == ins->to &&
               operands_fit(c, ins);
    }
}

ttrt_status tt_pw_check(const tt_pw_program *p)
{
    checker c = {.program = p};

    if (p->n_ins < 1 || p->n_ins > TT_PW_MAX_INS || p->n_regs < 1 || p->n_regs > TT_PW_MAX_REGS || p->n_in < 0 ||
        p->n_in > TT_PW_MAX_IO || p->n_out < 1 || p->n_out > TT_PW_MAX_IO)
        TT_FAIL(TTRT_ERR_INTERNAL, "pointwise program of %d instructions, %d registers, %d inputs, %d outputs",
                p->n_ins, p->n_regs, p->n_in, p->n_out);
    memset(c.type, -1, sizeof c.type);
    for (int i = 0; i < p->n_ins; i++) {
        const tt_pw_ins *ins = &p->ins[i];
        if (ins->op >= TT_PW_OP_COUNT || ins->type >= TT_N_PW_TYPES || ins->to >= TT_N_PW_TYPES ||
            (ins->op != TT_PW_STORE && ins->dst >= p->n_regs) || !instruction_fits(&c, ins))
            TT_FAIL(TTRT_ERR_INTERNAL, "pointwise instruction %d: %s dst %d a %d b %d c %d type %d to %d", i,
                    ins->op < TT_PW_OP_COUNT ? op_names[ins->op] : "?", ins->dst, ins->a, ins->b, ins->c, ins->type,
                    ins->to);
        if (ins->op != TT_PW_STORE)
            c.type[ins->dst] = (int8_t)ins->to;
    }
    if (c.stored != (1u << p->n_out) - 1)
        TT_FAIL(TTRT_ERR_INTERNAL, "pointwise program stores outputs 0x%x of %d", c.stored, p->n_out);
    return TTRT_OK;
}

/* ---- one block */

typedef struct span {
    char *p; /* inputs are only read */
    int64_t row, col;
} span;

typedef struct reg {
    void *p;
    int64_t mask; /* 0: TT_PW_LANES copies of one value */
} reg;

typedef struct block {
    const tt_kernels *k;
    const tt_pw_program *program;
    uint64_t copied; /* bit i: LOAD i may not alias its input */
    int64_t rows, cols;
    span in[TT_PW_MAX_IO], out[TT_PW_MAX_IO];
    reg regs[TT_PW_MAX_REGS];
    uint8_t *scratch;
    size_t slot_bytes;
} block;

static void *slot(const block *b, int r) { return b->scratch + (size_t)r * b->slot_bytes; }

/* Two slots behind the registers', for values on their way. */
static void *temporary(const block *b, int i) { return slot(b, b->program->n_regs + i); }

static bool is_run(const block *b, const span *s)
{
    return (s->col == 1 || b->cols == 1) && (s->row == b->cols || b->rows == 1);
}

static bool is_one_value(const block *b, const span *s)
{
    return (s->col == 0 || b->cols == 1) && (s->row == 0 || b->rows == 1);
}

#define FILL(T)                                                                                                        \
    for (int64_t i = 0; i < n; i++)                                                                                    \
        ((T *)dst)[i] = ((const T *)value)[0];

static void fill(void *dst, const void *value, int64_t n, size_t size)
{
    switch (size) {
    case 1:
        memset(dst, *(const uint8_t *)value, (size_t)n);
        break;
    case 2:
        FILL(uint16_t) break;
    case 4:
        FILL(uint32_t) break;
    default:
        FILL(uint64_t) break;
    }
}

#define GATHER(T)                                                                                                      \
    if (outer_is_near)                                                                                                 \
        for (int64_t j = 0; j < cols; j++)                                                                             \
            for (int64_t i = 0; i < rows; i++)                                                                         \
                ((T *)dst)[i * cols + j] = ((const T *)src)[i * s->row + j * s->col];                                  \
    else                                                                                                               \
        for (int64_t i = 0; i < rows; i++)                                                                             \
            for (int64_t j = 0; j < cols; j++)                                                                         \
                ((T *)dst)[i * cols + j] = ((const T *)src)[i * s->row + j * s->col];

static void gather_elements(const block *b, void *dst, const span *s, size_t size)
{
    int64_t rows = b->rows, cols = b->cols;
    bool outer_is_near = s->row == 1;
    const void *src = s->p;

    switch (size) {
    case 1:
        GATHER(uint8_t) break;
    case 2:
        GATHER(uint16_t) break;
    case 4:
        GATHER(uint32_t) break;
    default:
        GATHER(uint64_t) break;
    }
}

/* A block of any strides to contiguous memory. */
static void gather(const block *b, void *dst, const span *s, size_t size)
{
    size_t row_bytes = (size_t)b->cols * size;
    char *d = dst;

    if (s->col != 0 && s->col != 1) {
        gather_elements(b, dst, s, size);
        return;
    }
    for (int64_t i = 0; i < b->rows; i++, d += row_bytes) {
        const char *src = s->p + i * s->row * (int64_t)size;
        if (s->row == 0 && i > 0)
            memcpy(d, dst, row_bytes);
        else if (s->col == 1)
            memcpy(d, src, row_bytes);
        else
            fill(d, src, b->cols, size);
    }
}

#define SCATTER(T)                                                                                                     \
    for (int64_t i = 0; i < b->rows; i++)                                                                              \
        for (int64_t j = 0; j < b->cols; j++)                                                                          \
            ((T *)dst)[i * s->row + j * s->col] = ((const T *)src)[i * b->cols + j];

static void scatter(const block *b, const span *s, const void *src, size_t size)
{
    void *dst = s->p;

    if (s->col == 1) {
        for (int64_t i = 0; i < b->rows; i++)
            memcpy(s->p + i * s->row * (int64_t)size, (const char *)src + (size_t)(i * b->cols) * size,
                   (size_t)b->cols * size);
        return;
    }
    switch (size) {
    case 1:
        SCATTER(uint8_t) break;
    case 2:
        SCATTER(uint16_t) break;
    case 4:
        SCATTER(uint32_t) break;
    default:
        SCATTER(uint64_t) break;
    }
}

/* n elements of a data type in memory to a register of type `to`. */
static void convert_in(const block *b, void *dst, tt_pw_type to, const void *src, tt_dtype d, int64_t n)
{
    const struct tt_convert_kernels *k = &b->k->convert;
    tt_pw_type own = tt_own_type(d);

    if (own == to) {
        k->load[d](dst, src, n);
    } else if (to == TT_PW_F32) {
        k->load_f32[d](dst, src, n);
    } else {
        k->load[d](temporary(b, 1), src, n);
        k->cast[own][to](dst, temporary(b, 1), n);
    }
}

static void convert_out(const block *b, void *dst, tt_dtype d, const void *src, tt_pw_type from, int64_t n)
{
    const struct tt_convert_kernels *k = &b->k->convert;
    tt_pw_type own = tt_own_type(d);

    if (own != from) {
        k->cast[from][own](temporary(b, 1), src, n);
        src = temporary(b, 1);
    }
    k->store[d](dst, src, n);
}

static bool wraps(const tt_pw_ins *ins)
{
    return ins->wrap != TT_DTYPE_NONE && tt_own_type(ins->wrap) == (tt_pw_type)ins->to &&
           !tt_is_register_form(ins->wrap);
}

static void wrap(const block *b, const tt_pw_ins *ins, void *values, int64_t n)
{
    if (wraps(ins))
        b->k->convert.wrap[ins->wrap](values, values, n);
}

/* A register of one value: `lanes` has it at [0]. */
static reg one_value(void *lanes, tt_pw_type type)
{
    fill(lanes, lanes, TT_PW_LANES, tt_type_size(type));
    return (reg){lanes, 0};
}

static reg load(const block *b, const tt_pw_ins *ins, bool copied, void *dst)
{
    const span *s = &b->in[ins->a];
    tt_dtype d = b->program->in_dtype[ins->a];
    int64_t n = b->rows * b->cols;
    bool as_is = tt_is_register_form(d) && tt_own_type(d) == (tt_pw_type)ins->to;

    if (n > 1 && is_one_value(b, s)) {
        /* Not to the output: a register of one value takes TT_PW_LANES elements. */
        dst = slot(b, ins->dst);
        convert_in(b, dst, ins->to, s->p, d, 1);
        wrap(b, ins, dst, 1);
        return one_value(dst, ins->to);
    }
    if (is_run(b, s)) {
        if (as_is && !copied && !wraps(ins))
            return (reg){s->p, -1};
        convert_in(b, dst, ins->to, s->p, d, n);
    } else if (as_is) {
        gather(b, dst, s, tt_type_size(ins->to));
    } else {
        gather(b, temporary(b, 0), s, ttrt_dtype_size(d));
        convert_in(b, dst, ins->to, temporary(b, 0), d, n);
    }
    wrap(b, ins, dst, n);
    return (reg){dst, -1};
}

static void store(const block *b, const tt_pw_ins *ins)
{
    const span *s = &b->out[ins->a];
    tt_dtype d = b->program->out_dtype[ins->a];
    const reg *r = &b->regs[ins->b];
    size_t size = ttrt_dtype_size(d);
    int64_t n = b->rows * b->cols;
    bool run = is_run(b, s);
    void *dst = run ? s->p : temporary(b, 0);

    if (r->mask == 0 && n > 1) {
        convert_out(b, temporary(b, 0), d, r->p, ins->type, 1);
        fill(temporary(b, 1), temporary(b, 0), n, size);
        scatter(b, s, temporary(b, 1), size);
        return;
    }
    if (!run && tt_is_register_form(d) && tt_own_type(d) == (tt_pw_type)ins->type)
        dst = r->p;
    else
        convert_out(b, dst, d, r->p, ins->type, n);
    if (!run)
        scatter(b, s, dst, size);
}

static reg constant(const block *b, const tt_pw_ins *ins)
{
    void *dst = slot(b, ins->dst);

    switch ((tt_pw_type)ins->to) {
    case TT_PW_F32:
        *(float *)dst = (float)ins->f;
        break;
    case TT_PW_F64:
        *(double *)dst = ins->f;
        break;
    case TT_PW_I64:
        *(int64_t *)dst = ins->i;
        break;
    case TT_PW_BOOL:
        *(uint8_t *)dst = ins->i != 0;
        break;
    }
    wrap(b, ins, dst, 1);
    return one_value(dst, ins->to);
}

/* Where the result goes: to the output if the next instruction would only copy it there. */
static void *target(const block *b, int i)
{
    const tt_pw_ins *ins = &b->program->ins[i], *next = ins + 1;

    if (i + 1 < b->program->n_ins && next->op == TT_PW_STORE && next->b == ins->dst) {
        tt_dtype d = b->program->out_dtype[next->a];
        if (tt_is_register_form(d) && tt_own_type(d) == (tt_pw_type)ins->to && is_run(b, &b->out[next->a]))
            return b->out[next->a].p;
    }
    return slot(b, ins->dst);
}

static reg cast(const block *b, const tt_pw_ins *ins, int i)
{
    const reg *a = &b->regs[ins->a];
    int64_t n = a->mask ? b->rows * b->cols : TT_PW_LANES;
    void *dst = a->mask ? target(b, i) : slot(b, ins->dst);

    if (ins->type != ins->to)
        b->k->convert.cast[ins->type][ins->to](dst, a->p, n);
    else if (dst != a->p)
        memcpy(dst, a->p, (size_t)n * tt_type_size(ins->to));
    wrap(b, ins, dst, n);
    return (reg){dst, a->mask};
}

static reg compute(const block *b, const tt_pw_ins *ins, int i)
{
    int operands = op_operands[ins->op];
    const reg *a = &b->regs[ins->a], *second = operands > 1 ? &b->regs[ins->b] : a,
              *third = operands > 2 ? &b->regs[ins->c] : a;
    int64_t mask = a->mask | second->mask | third->mask;
    tt_pw_args args = {
        .dst = mask ? target(b, i) : slot(b, ins->dst),
        .a = a->p,
        .b = second->p,
        .c = third->p,
        .a_mask = a->mask,
        .b_mask = second->mask,
        .c_mask = third->mask,
        .n = mask ? b->rows * b->cols : TT_PW_LANES,
    };

    b->k->pointwise.fn[ins->op][ins->type](&args);
    wrap(b, ins, args.dst, args.n);
    return (reg){args.dst, mask};
}

static void run_block(block *b)
{
    for (int i = 0; i < b->program->n_ins; i++) {
        const tt_pw_ins *ins = &b->program->ins[i];
        switch (ins->op) {
        case TT_PW_LOAD:
            b->regs[ins->dst] = load(b, ins, b->copied >> i & 1, target(b, i));
            break;
        case TT_PW_STORE:
            /* Already there where its register was computed in place. */
            if (b->regs[ins->b].p != b->out[ins->a].p || b->regs[ins->b].mask == 0)
                store(b, ins);
            break;
        case TT_PW_CONST:
            b->regs[ins->dst] = constant(b, ins);
            break;
        case TT_PW_CAST:
            b->regs[ins->dst] = cast(b, ins, i);
            break;
        default:
            b->regs[ins->dst] = compute(b, ins, i);
            break;
        }
    }
}

/* ---- a program's needs */

/* LOADs whose register is read after the first STORE, which may have overwritten the input. */
static uint64_t loads_to_copy(const tt_pw_program *p)
{
    uint64_t copied = 0;
    uint32_t late = 0; /* registers */
    int first = 0;

    while (p->ins[first].op != TT_PW_STORE)
        first++;
    for (int i = first + 1; i < p->n_ins; i++) {
        const tt_pw_ins *ins = &p->ins[i];
        int operands = op_operands[ins->op];
        if (ins->op == TT_PW_STORE)
            late |= 1u << ins->b;
        else
            late |= (operands > 0 ? 1u << ins->a : 0) | (operands > 1 ? 1u << ins->b : 0) |
                    (operands > 2 ? 1u << ins->c : 0);
    }
    for (int i = 0; i < first; i++)
        if (p->ins[i].op == TT_PW_LOAD && late >> p->ins[i].dst & 1)
            copied |= (uint64_t)1 << i;
    return copied;
}

static bool is_wide(const tt_pw_program *p)
{
    for (int i = 0; i < p->n_ins; i++)
        if (tt_type_size(p->ins[i].to) == 8 || tt_type_size(p->ins[i].type) == 8)
            return true;
    for (int i = 0; i < p->n_in; i++)
        if (tt_type_size(tt_own_type(p->in_dtype[i])) == 8)
            return true;
    for (int i = 0; i < p->n_out; i++)
        if (tt_type_size(tt_own_type(p->out_dtype[i])) == 8)
            return true;
    return false;
}

static int64_t block_length(const tt_pw_program *p, bool wide)
{
    int64_t length = SCRATCH_BYTES / ((p->n_regs + 2) * (wide ? 8 : 4)) & ~(int64_t)63;
    return length < MAX_BLOCK ? length : MAX_BLOCK;
}

static void block_init(block *b, const tt_kernels *k, const tt_pw_program *p, void *scratch)
{
    bool wide = is_wide(p);

    b->k = k;
    b->program = p;
    b->copied = loads_to_copy(p);
    b->scratch = scratch;
    b->slot_bytes = (size_t)block_length(p, wide) * (wide ? 8 : 4);
}

/* ---- binding */

static bool strides_of(const tt_view *v, const tt_view *shape, int64_t *strides)
{
    if (v->rank != shape->rank)
        return false;
    for (int d = 0; d < v->rank; d++) {
        strides[d] = v->dims[d] == 1 ? 0 : v->strides[d];
        if (v->dims[d] != shape->dims[d] && strides[d] != 0)
            return false;
    }
    return true;
}

static void move_dim(tt_pw_loop *l, int from, int to)
{
    int step = from < to ? 1 : -1;

    for (int d = from; d != to; d += step) {
#define SWAP(array)                                                                                                    \
    do {                                                                                                               \
        int64_t kept = (array)[d];                                                                                     \
        (array)[d] = (array)[d + step];                                                                                \
        (array)[d + step] = kept;                                                                                      \
    } while (0)
        SWAP(l->dims);
        for (int i = 0; i < l->program.n_in; i++)
            SWAP(l->in_strides[i]);
        for (int i = 0; i < l->program.n_out; i++)
            SWAP(l->out_strides[i]);
#undef SWAP
    }
}

static void drop_dim(tt_pw_loop *l, int d)
{
    move_dim(l, d, l->rank - 1);
    l->rank--;
}

/* Outer to inner by falling strides of output 0. */
static void sort_dims(tt_pw_loop *l)
{
    for (int d = 1; d < l->rank; d++) {
        int to = d;
        while (to > 0 && llabs(l->out_strides[0][to - 1]) < llabs(l->out_strides[0][d]))
            to--;
        move_dim(l, d, to);
    }
}

static bool merges(const int64_t *strides, const int64_t *dims, int d)
{
    return strides[d] == strides[d + 1] * dims[d + 1];
}

/* Makes one dimension of neighbours that are one in every view. */
static void merge_dims(tt_pw_loop *l)
{
    for (int d = l->rank - 2; d >= 0; d--) {
        bool all = true;
        for (int i = 0; i < l->program.n_in; i++)
            all = all && merges(l->in_strides[i], l->dims, d);
        for (int i = 0; i < l->program.n_out; i++)
            all = all && merges(l->out_strides[i], l->dims, d);
        if (!all)
            continue;
        l->dims[d + 1] *= l->dims[d];
        drop_dim(l, d);
    }
}

/* An input read across gets the dimension in which it is contiguous next to the innermost, so that blocks use whole
 * lines. */
static void place_across(tt_pw_loop *l)
{
    for (int i = 0; i < l->program.n_in; i++) {
        const int64_t *strides = l->in_strides[i];
        if (l->rank < 3 || strides[l->rank - 1] == 0 || strides[l->rank - 1] == 1)
            continue;
        for (int d = 0; d < l->rank - 2; d++)
            if (strides[d] == 1) {
                move_dim(l, d, l->rank - 2);
                return;
            }
    }
}

ttrt_status tt_pw_bind(const tt_pw_program *p, const tt_view *outs, const tt_view *ins, tt_pw_loop *loop)
{
    TT_TRY(tt_pw_check(p));
    memset(loop, 0, sizeof *loop);
    loop->program = *p;
    loop->rank = outs[0].rank;
    if (loop->rank < 0 || loop->rank > TT_CPU_RANK)
        TT_FAIL(TTRT_ERR_INTERNAL, "pointwise loop of rank %d", loop->rank);
    memcpy(loop->dims, outs[0].dims, (size_t)loop->rank * sizeof loop->dims[0]);
    for (int i = 0; i < p->n_in; i++)
        if (ins[i].dtype != p->in_dtype[i] || !strides_of(&ins[i], &outs[0], loop->in_strides[i]))
            TT_FAIL(TTRT_ERR_INTERNAL, "pointwise input %d does not fit its program or shape", i);
    for (int i = 0; i < p->n_out; i++)
        if (outs[i].dtype != p->out_dtype[i] || !strides_of(&outs[i], &outs[0], loop->out_strides[i]))
            TT_FAIL(TTRT_ERR_INTERNAL, "pointwise output %d does not fit its program or shape", i);
    for (int d = loop->rank - 1; d >= 0; d--)
        if (loop->dims[d] == 1)
            drop_dim(loop, d);
    sort_dims(loop);
    merge_dims(loop);
    place_across(loop);
    return TTRT_OK;
}

/* ---- running a loop */

typedef struct job {
    const tt_kernels *k;
    const tt_pw_loop *loop;
    void *const *outs;
    const void *const *ins;
    int64_t dims[2], tile[2], n_tiles[2]; /* of the two innermost dimensions */
    int64_t in_strides[TT_PW_MAX_IO][2], out_strides[TT_PW_MAX_IO][2];
    size_t in_size[TT_PW_MAX_IO], out_size[TT_PW_MAX_IO];
} job;

/* Byte addresses of the two innermost dimensions at position `outer` of the others. */
static void seek(const job *j, block *b, int64_t outer, char **in, char **out)
{
    const tt_pw_loop *l = j->loop;

    for (int i = 0; i < l->program.n_in; i++)
        in[i] = (char *)j->ins[i];
    for (int i = 0; i < l->program.n_out; i++)
        out[i] = j->outs[i];
    for (int d = l->rank - 3; d >= 0; d--) {
        int64_t at = outer % l->dims[d];
        outer /= l->dims[d];
        for (int i = 0; i < l->program.n_in; i++)
            in[i] += at * l->in_strides[i][d] * (int64_t)j->in_size[i];
        for (int i = 0; i < l->program.n_out; i++)
            out[i] += at * l->out_strides[i][d] * (int64_t)j->out_size[i];
    }
}

static void place(const job *j, block *b, const int64_t *tile, char *const *in, char *const *out)
{
    int64_t row = tile[0] * j->tile[0], col = tile[1] * j->tile[1];

    b->rows = j->dims[0] - row < j->tile[0] ? j->dims[0] - row : j->tile[0];
    b->cols = j->dims[1] - col < j->tile[1] ? j->dims[1] - col : j->tile[1];
    for (int i = 0; i < b->program->n_in; i++)
        b->in[i].p = in[i] + (row * j->in_strides[i][0] + col * j->in_strides[i][1]) * (int64_t)j->in_size[i];
    for (int i = 0; i < b->program->n_out; i++)
        b->out[i].p = out[i] + (row * j->out_strides[i][0] + col * j->out_strides[i][1]) * (int64_t)j->out_size[i];
}

static void run_tiles(void *ctx, int64_t begin, int64_t end, int worker)
{
    const job *j = ctx;
    _Alignas(64) uint8_t scratch[SCRATCH_BYTES];
    char *in[TT_PW_MAX_IO], *out[TT_PW_MAX_IO];
    int64_t seen = -1, per_outer = j->n_tiles[0] * j->n_tiles[1];
    block b;

    block_init(&b, j->k, &j->loop->program, scratch);
    for (int i = 0; i < b.program->n_in; i++)
        b.in[i] = (span){NULL, j->in_strides[i][0], j->in_strides[i][1]};
    for (int i = 0; i < b.program->n_out; i++)
        b.out[i] = (span){NULL, j->out_strides[i][0], j->out_strides[i][1]};
    for (int64_t t = begin; t < end; t++) {
        int64_t outer = t / per_outer, left = t % per_outer;
        int64_t tile[2] = {left / j->n_tiles[1], left % j->n_tiles[1]};
        if (outer != seen)
            seek(j, &b, outer, in, out);
        seen = outer;
        place(j, &b, tile, in, out);
        run_block(&b);
    }
}

/* The shape of blocks: long rows whole, short ones several together; squares where an input is read across. */
static void choose_tile(job *j, int64_t length)
{
    const tt_pw_loop *l = j->loop;
    bool across = false;

    for (int i = 0; i < l->program.n_in; i++)
        across = across || (j->in_strides[i][1] != 0 && j->in_strides[i][1] != 1 && j->in_strides[i][0] == 1);
    if (across && length > TRANSPOSE)
        j->tile[1] = j->dims[1] < TRANSPOSE ? j->dims[1] : TRANSPOSE;
    else
        j->tile[1] = j->dims[1] < length ? j->dims[1] : length;
    j->tile[0] = j->tile[1] < MIN_ROW ? length / j->tile[1] : 1;
    if (j->tile[0] > j->dims[0])
        j->tile[0] = j->dims[0];
    for (int d = 0; d < 2; d++)
        j->n_tiles[d] = (j->dims[d] + j->tile[d] - 1) / j->tile[d];
}

void tt_pw_run(const tt_kernels *k, const tt_threads *threads, const tt_pw_loop *loop, void *const *outs,
               const void *const *ins)
{
    const tt_pw_program *p = &loop->program;
    job j = {.k = k, .loop = loop, .outs = outs, .ins = ins, .dims = {1, 1}};
    int64_t outer = 1;

    for (int d = 0; d < loop->rank; d++)
        if (loop->dims[d] == 0)
            return;
    for (int d = 0; d < loop->rank - 2; d++)
        outer *= loop->dims[d];
    for (int d = 0; d < 2; d++) {
        int from = loop->rank - 2 + d;
        if (from < 0)
            continue;
        j.dims[d] = loop->dims[from];
        for (int i = 0; i < p->n_in; i++)
            j.in_strides[i][d] = loop->in_strides[i][from];
        for (int i = 0; i < p->n_out; i++)
            j.out_strides[i][d] = loop->out_strides[i][from];
    }
    for (int i = 0; i < p->n_in; i++)
        j.in_size[i] = ttrt_dtype_size(p->in_dtype[i]);
    for (int i = 0; i < p->n_out; i++)
        j.out_size[i] = ttrt_dtype_size(p->out_dtype[i]);
    choose_tile(&j, block_length(p, is_wide(p)));
    int64_t grain = GRAIN / (j.tile[0] * j.tile[1]);
    tt_parallel_for(threads, outer * j.n_tiles[0] * j.n_tiles[1], grain < 1 ? 1 : grain, run_tiles, &j);
}

/* ---- epilogues */

void tt_epilogue_evaluate(const tt_kernels *k, const tt_epilogue *e, const float *tile, int64_t ld, int64_t row,
                          int64_t n_rows, int64_t col, int64_t n_cols)
{
    const tt_pw_program *p = &e->program;
    _Alignas(64) uint8_t scratch[SCRATCH_BYTES];
    int64_t length = block_length(p, is_wide(p)), cols = n_cols < length ? n_cols : length;
    int64_t rows = cols < MIN_ROW && cols > 0 ? length / cols : 1;
    int64_t in_size[TT_PW_MAX_IO], out_size = (int64_t)ttrt_dtype_size(p->out_dtype[0]);
    block b;

    block_init(&b, k, p, scratch);
    b.in[0] = (span){NULL, ld, 1};
    for (int i = 1; i < p->n_in; i++) {
        b.in[i] = (span){NULL, e->in_row[i], e->in_col[i]};
        in_size[i] = (int64_t)ttrt_dtype_size(p->in_dtype[i]);
    }
    b.out[0] = (span){NULL, e->out_row, 1};
    for (int64_t r = 0; r < n_rows; r += rows)
        for (int64_t c = 0; c < n_cols; c += cols) {
            b.rows = n_rows - r < rows ? n_rows - r : rows;
            b.cols = n_cols - c < cols ? n_cols - c : cols;
            b.in[0].p = (char *)(tile + r * ld + c);
            for (int i = 1; i < p->n_in; i++)
                b.in[i].p = (char *)e->in[i] + ((row + r) * e->in_row[i] + (col + c) * e->in_col[i]) * in_size[i];
            b.out[0].p = (char *)e->out + ((row + r) * e->out_row + col + c) * out_size;
            run_block(&b);
        }
}
