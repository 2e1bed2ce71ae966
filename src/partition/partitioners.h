/* What the partitioners share. Nodes are numbered in graph order; node->data points at its entry while a partitioner
 * runs. */
#ifndef TT_PARTITIONERS_H
#define TT_PARTITIONERS_H

#include "convert/segment_io.h"
#include "partition/partition.h"

typedef struct tt_plan_node {
    tt_node *node;
    const tt_engine_iface *engine; /* that takes it; NULL: none */
    int block;                     /* -1: none yet (fast), left in the parent (global) */
    size_t n_fx;                   /* fx nodes that it stands for: a getitem for each used output of several */
    const char *reason;            /* why it is not in the first engine */
    bool fits_fallback, asked_fallback;
    bool views_weights;  /* only */
    bool read_by_engine; /* or an output of the graph */
} tt_plan_node;

typedef struct tt_block {
    const tt_engine_iface *engine; /* NULL: the host's */
    size_t n_fx;
    int number; /* in the name */
} tt_block;

typedef struct tt_plan {
    tt_graph *graph;
    const tt_partition_options *options;
    const tt_engine_iface **kinds; /* of blocks, in the order in which they are tried; the host's, NULL, comes last */
    size_t n_kinds;
    tt_int_values ints;
    tt_plan_node *nodes;
    size_t n_nodes;
    tt_block *blocks; /* in order of execution when a partitioner is done */
    size_t n_blocks, blocks_cap;
} tt_plan;

static inline tt_plan_node *tt_plan_node_of(const tt_value *v) { return v && v->def ? v->def->data : NULL; }

/* Each sets node->block and the blocks, numbers and reasons of blocks that are too small included. */
ttrt_status tt_partition_fast(tt_plan *plan);
ttrt_status tt_partition_global(tt_plan *plan);
/* Adds a block; its number is *out. */
ttrt_status tt_plan_add_block(tt_plan *plan, const tt_engine_iface *engine, int *out);
/* Whether there is a fallback that takes all nodes of a block. */
bool tt_plan_fits_fallback(tt_plan *plan, int block);
const char *tt_plan_too_small(tt_plan *plan, size_t n_fx); /* the reason; NULL without memory */

#endif
