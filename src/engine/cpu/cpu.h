/* Engine cpu, inside. From a network to steps:
 *
 *   network ─► optimize/ (fold constants, fold scale into convolution, pack weights) ─► blob
 *   blob ─► engine (the network, its weights in place) ─► plan, one for each set of shapes ─► run
 *
 * A plan is made for known dimensions (plan.c): tensors become views of buffers, layers become steps. Pointwise layers
 * are lazy: they are gathered into one expression, which runs as the epilogue of the product that feeds it, or as one
 * pass over memory (expression.c). Reshape, transpose, expand and slice are views where strides allow. What depends on
 * shapes alone (positions, masks, rotary tables) is computed once, when the plan is made. Buffers share memory by their
 * lifetimes (memory.c). */
#ifndef TT_CPU_H
#define TT_CPU_H

#include "engine/cpu/kernels/pointwise.h"
#include "engine/engine.h"

typedef struct tt_plan tt_plan;
typedef struct tt_step tt_step;

/* ---- what runs ---- */

typedef enum tt_space {
    TT_SPACE_SCRATCH, /* memory of the context, shared by lifetimes */
    TT_SPACE_STATIC,  /* memory of the plan, filled when it is made */
    TT_SPACE_CONST,   /* a constant's bytes */
    TT_SPACE_INPUT,
    TT_SPACE_OUTPUT
} tt_space;

typedef struct tt_buffer {
    tt_space space;
    size_t bytes;
    size_t offset;    /* in scratch or static memory */
    const void *data; /* CONST */
    int index;        /* INPUT, OUTPUT */
    int first, last;  /* steps that use it */
} tt_buffer;

typedef struct tt_operand {
    int buffer;
    int64_t offset; /* bytes */
} tt_operand;

typedef struct tt_run {
    char **base; /* of each buffer */
    const tt_kernels *kernels;
    const tt_threads *threads;
} tt_run;

/* Where something may have no address since it has no elements: an offset to NULL is not defined, not even 0. */
static inline char *tt_address(void *memory)
{
    static _Alignas(64) char nowhere;
    return memory ? memory : &nowhere;
}

static inline void *tt_at(const tt_run *r, tt_operand o) { return r->base[o.buffer] + o.offset; }

struct tt_step {
    ttrt_status (*run)(const tt_step *s, const tt_run *r);
    const char *kind; /* "gemm", "pointwise", ... */
    const char *name; /* of the layer whose result it writes */
    tt_operand *out, *in;
    int n_out, n_in;
    tt_operand scratch; /* buffer -1: none */
    bool is_static;
    const void *args; /* the family's own */
};

/* Memory of the step's own; an address too where it needs none. */
static inline void *tt_scratch(const tt_run *r, const tt_step *s)
{
    return s->scratch.buffer >= 0 ? tt_at(r, s->scratch) : tt_address(NULL);
}

struct tt_plan {
    tt_arena *arena;
    int64_t *symbols; /* the key: their values */
    size_t n_symbols;
    int n_workers; /* and the workers it was made for */
    tt_step **steps;
    int n_steps;
    tt_buffer *buffers;
    int n_buffers;
    size_t scratch_bytes, static_bytes;
    char *static_memory;
    tt_view *outputs; /* contiguous */
    int n_outputs;
    uint64_t used; /* for the cache */
};

/* values: of the network's symbols. Runs the static steps. */
ttrt_status tt_plan_new(const tt_network *net, int n_tensors, const int64_t *values, const tt_threads *threads,
                        tt_plan **out);
void tt_plan_free(tt_plan *plan);
/* base: n_buffers pointers, already set for inputs and outputs; scratch: scratch_bytes, 64-byte aligned. */
ttrt_status tt_plan_run(const tt_plan *plan, char **base, char *scratch, const tt_threads *threads,
                        const tt_run_options *options);

/* ---- optimize/ ---- */

/* Scales into the weights of their convolutions, in the precision of the model. */
ttrt_status tt_cpu_prepare(tt_network *net);
ttrt_status tt_cpu_optimize(tt_network *net, const tt_build_options *options);
bool tt_cpu_supports(const tt_layer *l, tt_reason *why);

/* Computes a network without inputs; outputs are written contiguously into memory of `arena`. */
ttrt_status tt_cpu_evaluate(tt_network *net, tt_arena *arena, void **outs);

#endif
