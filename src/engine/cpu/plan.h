/* Making a plan: the builder that plan.c, expression.c, views.c and steps/ share. */
#ifndef TT_CPU_PLAN_H
#define TT_CPU_PLAN_H

#include "engine/cpu/cpu.h"
#include "engine/cpu/kernels/walk.h"

/* A tensor of the network in the plan. */
typedef struct tt_place {
    bool ready;     /* it lies in memory: `at` and `view` are set */
    bool is_static; /* depends on shapes alone */
    bool forced;    /* it is to be made at `want`, contiguous */
    tt_operand want;
    int uses;
    const tt_layer *consumer; /* the last layer that reads it; NULL: none, or it is an output */
    int depth;                /* of lazy layers below it */
    int rank;
    int64_t dims[TT_CPU_RANK];
    tt_operand at;
    tt_view view;
} tt_place;

typedef struct tt_builder {
    const tt_network *net;
    const int64_t *values; /* of symbols */
    tt_plan *plan;
    const tt_kernels *kernels;
    const tt_threads *threads;
    int n_workers;
    tt_place *places; /* by tensor id */
    int *output_buffers;
    size_t cap_steps, cap_buffers;
} tt_builder;

static inline tt_place *tt_place_of(const tt_builder *b, const tt_tensor *t) { return &b->places[t->id]; }

/* ---- plan.c ---- */
/* Makes sure that the tensor lies in memory, emitting what it needs. */
ttrt_status tt_plan_materialize(tt_builder *b, const tt_tensor *t, tt_place **out);
/* The same, and contiguous row-major; or in channels-last order: [n, c, spatial...] with c innermost and dense. A copy
 * where it is not. */
ttrt_status tt_plan_contiguous(tt_builder *b, const tt_tensor *t, tt_place **out);
ttrt_status tt_plan_channels_last(tt_builder *b, const tt_tensor *t, tt_place **out);
void tt_channels_last_order(int rank, int *order);
ttrt_status tt_plan_copy_to(tt_builder *b, const tt_tensor *t, const tt_place *from, tt_operand to,
                            const tt_view *view);
/* Gives the tensor memory, dense in `order`, dimensions outermost first (NULL: row-major). A forced place is taken when
 * it is row-major. */
ttrt_status tt_plan_allocate(tt_builder *b, const tt_tensor *t, const int *order, tt_place **out);
ttrt_status tt_plan_buffer(tt_builder *b, size_t bytes, int *out);
ttrt_status tt_plan_constant_buffer(tt_builder *b, const void *data, size_t bytes, int *out);
/* Appends a step with room for operands and its family's arguments; `args` is the address of the pointer to them. */
ttrt_status tt_plan_step(tt_builder *b, const tt_layer *l, const char *kind,
                         ttrt_status (*run)(const tt_step *, const tt_run *), int n_out, int n_in, size_t scratch_bytes,
                         size_t args_bytes, tt_step **out, void *args);
int64_t tt_plan_dim(const tt_builder *b, tt_dim d); /* bound: tensors' dimensions were checked before */
bool tt_layer_has_step(tt_layer_kind kind);
bool tt_layer_is_view(const tt_layer *l);

/* ---- check.c ---- */
/* Once the places' dimensions are known: proves that every layer's rules hold for them. */
ttrt_status tt_plan_check_shapes(const tt_builder *b, int n_tensors);

/* ---- views.c ---- */
void tt_view_contiguous(tt_view *v, tt_dtype dtype, int rank, const int64_t *dims);
void tt_view_ordered(tt_view *v, tt_dtype dtype, int rank, const int64_t *dims, const int *order);
bool tt_view_is_contiguous(const tt_view *v);
/* Its dimensions from the outermost in memory to the innermost; those of 1 stay where they are. */
void tt_view_memory_order(const tt_view *v, int *order);
/* The same memory under other dims; false where strides do not allow it. */
bool tt_view_reshape(const tt_view *v, int rank, const int64_t *dims, tt_view *out);
/* Broadcast to `dims` at equal rank: strides 0 where the dimension is 1. */
void tt_view_broadcast(const tt_view *v, const int64_t *dims, tt_view *out);
/* One stride for the dimensions [from, to) taken as one; false where they do not collapse. Dimensions of 1 are free. */
bool tt_view_collapse(const tt_view *v, int from, int to, int64_t *stride);

/* ---- expression.c ---- */
bool tt_layer_is_pointwise(const tt_layer *l);
bool tt_layer_takes_epilogue(const tt_layer *l);
/* Plans the pointwise layer that makes `t` with all that fuses into it. */
ttrt_status tt_plan_expression(tt_builder *b, const tt_tensor *t);

/* What runs on a product's [m, n] result before it is stored. `result` is the tensor that is written: the product's
 * own, or the one that the fused pointwise layers end in, whose dimensions are those of the product's result (or its
 * reshape, which keeps the last one). Input 0 is the result's tile; the bias is an input like others. */
typedef struct tt_fusion {
    const tt_tensor *result;
    tt_pw_program program;
    bool plain; /* nothing but a store in the result's own type */
    tt_operand in[TT_PW_MAX_IO];
    int64_t in_row[TT_PW_MAX_IO], in_col[TT_PW_MAX_IO];
} tt_fusion;
/* f NULL: the product alone, with its bias. */
ttrt_status tt_plan_product(tt_builder *b, const tt_layer *l, const tt_fusion *f);
/* ---- steps/: one planner for each kind of layer ---- */
typedef ttrt_status (*tt_plan_fn)(tt_builder *b, const tt_layer *l);
#define STEP(kind, KIND) ttrt_status tt_plan_##kind(tt_builder *b, const tt_layer *l);
#include "engine/cpu/steps/steps.def"
#undef STEP
typedef ttrt_status (*tt_plan_product_fn)(tt_builder *b, const tt_layer *l, const tt_fusion *f);
ttrt_status tt_plan_matrix_multiply(tt_builder *b, const tt_layer *l, const tt_fusion *f);
ttrt_status tt_plan_convolution(tt_builder *b, const tt_layer *l, const tt_fusion *f);

#endif
