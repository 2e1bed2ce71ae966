/* A network in stages. What depends on a symbol that a layer binds (non_zero, item) can only be planned once that layer
 * has run, so such layers stand between stages:
 *
 *   stage 0 ─► non_zero: u0 = 5 ─► stage 1, planned with u0 = 5 ─► ...
 *
 * So do loops, whose condition and body are networks in stages too, run as often as it takes.
 *
 * Each stage is a network of its own, as early as what it reads allows. Tensors that cross are wires. A network in
 * which nothing is bound and that has no loops is one stage, itself. */
#ifndef TT_CPU_STAGES_H
#define TT_CPU_STAGES_H

#include "engine/cpu/cpu.h"

/* A tensor that stages, binders and loops hand over. Of the network's inputs, input i is wire i. */
typedef struct tt_wire {
    int input, output; /* the network's it is; -1 */
} tt_wire;

/* A layer that binds a symbol, run when its stage has. */
typedef struct tt_binder {
    const tt_layer *layer;
    const tt_symbol *symbol;
    int in, out; /* wires */
} tt_binder;

typedef struct tt_stages tt_stages;

/* A loop, run when its stage and the binders behind it have. */
typedef struct tt_loop {
    const tt_layer *layer;
    tt_stages *condition, *body;
    int *in, *out; /* wires */
} tt_loop;

typedef struct tt_stage {
    tt_network *net;
    int n_tensors;
    bool *mentions; /* by symbol, of n_symbols: whether a plan of it depends on the symbol's value */
    size_t n_symbols;
    int *in, *out; /* the wires of its inputs and outputs */
    tt_binder *binders;
    int n_binders;
    tt_loop *loops;
    int n_loops;
    size_t cap_in, cap_out, cap_binders, cap_loops;
} tt_stage;

struct tt_stages {
    const tt_network *net;
    tt_stage *items;
    int n;
    tt_wire *wires;
    int n_wires;
    size_t cap_wires;
    tt_arena *arena;
};

/* The network is lent: it outlives the stages. */
ttrt_status tt_stages_new(tt_network *net, tt_stages *out);
void tt_stages_dispose(tt_stages *s);

#endif
