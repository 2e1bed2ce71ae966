/* A network in stages at work: the plans of each stage for the sizes met last, and memory for what stages hand over.
 * A loop has runners of its own, for its condition and its body. */
#ifndef TT_CPU_RUNNER_H
#define TT_CPU_RUNNER_H

#include "engine/cpu/stages.h"

typedef struct tt_runner tt_runner;

/* What all runners of a context share: none needs it while another one is at work. */
typedef struct tt_workspace {
    char *scratch;
    size_t scratch_bytes;
    char **base;
    int base_count;
} tt_workspace;
void tt_workspace_dispose(tt_workspace *w);

typedef struct tt_runner_call {
    tt_io *outs;
    const tt_output_alloc *alloc;
    const tt_io *ins;      /* of the types that the network declares */
    const int64_t *values; /* of the table's symbols, as far as they are known */
    const tt_threads *threads;
    const tt_run_options *options; /* may be NULL */
} tt_runner_call;

/* Stages and workspace are lent. */
ttrt_status tt_runner_new(const tt_stages *stages, tt_workspace *workspace, tt_runner **out);
void tt_runner_free(tt_runner *r);
ttrt_status tt_runner_run(tt_runner *r, const tt_runner_call *call);

#endif
