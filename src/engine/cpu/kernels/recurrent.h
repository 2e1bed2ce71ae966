/* LSTM, GRU and plain recurrent networks of one layer and direction, over inputs that are already multiplied by their
 * weights:
 *
 *   gates = x[t] + h * w^T        x [steps, batch, gates * hidden], w [gates * hidden, out], h [batch, out]
 *
 * Gates stand in PyTorch's order: LSTM in, forget, cell, out; GRU reset, update, new. With a projection p [out,
 * hidden], an LSTM's h is its output times p^T; else out = hidden. f32, f64; f16 and bf16 with gates and cell state in
 * f32. */
#ifndef TT_CPU_RECURRENT_H
#define TT_CPU_RECURRENT_H

#include "engine/cpu/kernels/gemm.h"

typedef enum tt_recurrent_op {
    TT_RECURRENT_OP_LSTM,
    TT_RECURRENT_OP_GRU,
    TT_RECURRENT_OP_TANH,
    TT_RECURRENT_OP_RELU
} tt_recurrent_op;

int64_t tt_recurrent_n_gates(tt_recurrent_op op);

typedef struct tt_recurrent {
    tt_recurrent_op op;
    tt_dtype dtype; /* of all tensors */
    int64_t steps, batch, hidden, out;
    bool reverse, has_bias, has_projection; /* bias: GRU only, of h * w^T */
    tt_pack_format format;                  /* that this type's products take */
    bool is_packed;                         /* w is in it already; else each run packs it */
    /* Filled by tt_recurrent_plan. */
    tt_gemm gates, projection;
    size_t state, gate, stored, bias, weights, projection_weights, work; /* offsets in scratch */
    size_t scratch_bytes;
} tt_recurrent;

/* TTRT_ERR_UNSUPPORTED where the sizes overflow or the type is no float. */
ttrt_status tt_recurrent_plan(const tt_kernels *k, tt_recurrent *r, int n_workers);
/* y [steps, batch, out], c_n [batch, hidden] (LSTM). All tensors contiguous; c0 is an LSTM's, bias and projection NULL
 * where there is none. y must overlap no other. */
void tt_recurrent_run(const tt_kernels *k, const tt_threads *threads, const tt_recurrent *r, void *y, void *c_n,
                      const void *x, const void *w, const void *h0, const void *c0, const void *bias,
                      const void *projection, void *scratch);

#endif
