/* Partitioning: which nodes run in which engine. Works on the functionalized graph, whose nodes correspond one to one
 * with fx nodes; sets node->segment (engine segments numbered like the sub-modules' names, -1 for nodes left to
 * PyTorch). With a second engine, the fallback, nodes that the first refuses go there; a block of the first that is too
 * small goes there as a whole, where the fallback takes all of it. */
#ifndef TT_PARTITION_H
#define TT_PARTITION_H

#include "convert/convert.h"

typedef enum tt_partitioner { TT_PARTITION_FAST = 0, TT_PARTITION_GLOBAL = 1 } tt_partitioner;

typedef struct tt_partition_options {
    const tt_engine_iface *engine;
    const tt_engine_iface *fallback; /* runs what `engine` does not take; NULL: it is left to the host */
    int64_t min_block_size;          /* INT64_MAX for float("inf") */
    bool require_full_compilation;
    const char *const *torch_executed_ops; /* "aten.add.Tensor", "torch.ops.aten.add.Tensor", "aten.add" */
    size_t n_torch_executed_ops;
    tt_partitioner partitioner;
    bool truncate_double;             /* an engine that lacks float64 takes what it would take in float32 */
    bool fallback_data_dependent_ops; /* operators that find out sizes are left to the host */
    /* In order of priority: "NAME" takes what `engine` takes, "NAME=op,op" the operators listed, for the host to run
     * with that backend. Blocks end where the backend changes; they are named "_run_on_acc_NAME_0". */
    const char *const *backends;
    size_t n_backends;
} tt_partition_options;

typedef struct tt_segment {
    bool is_engine;
    const tt_engine_iface *engine; /* NULL: left to the host; of a listed backend, its name and nothing else */
    bool truncates;                /* its engine gets and gives float32 where the graph has float64 */
    const char *name; /* "_run_on_acc_0", "_run_on_gpu_1": one counter over all; with a backend's name before it */
    int number;
    tt_node **nodes; /* in graph order */
    size_t n_nodes;
    tt_segment_io io;
} tt_segment;

typedef struct tt_refusal { /* a node not in an engine, or in the second one, and why */
    tt_node *node;
    const char *reason;
} tt_refusal;

typedef struct tt_partition {
    tt_segment *segments; /* in order of execution */
    size_t n_segments;
    tt_refusal *refusals; /* nodes in no engine */
    size_t n_refusals;
    tt_refusal *moved; /* nodes in the fallback */
    size_t n_moved;
    size_t n_total, n_supported; /* call nodes; those in an engine */
} tt_partition;

/* In the graph's arena. With require_full_compilation, anything left out is TTRT_ERR_UNSUPPORTED listing every operator
 * with count, reason and Python source line. */
ttrt_status tt_partition_graph(tt_graph *g, const tt_partition_options *options, tt_partition **out);
/* The text of that list, for pure C, where nothing can be left to PyTorch. */
ttrt_status tt_partition_refusal_error(const tt_graph *g, const tt_partition *p);

#endif
