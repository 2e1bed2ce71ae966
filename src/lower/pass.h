/* Graph passes. passes.def lists them in the order in which they run; the manager times, prints and verifies. */
#ifndef TT_PASS_H
#define TT_PASS_H

#include "graph/graph.h"

typedef struct tt_pass_stats {
    size_t changes;
} tt_pass_stats;

typedef ttrt_status (*tt_pass_fn)(tt_graph *g, tt_pass_stats *stats);

typedef struct tt_pass {
    const char *name;
    tt_pass_fn run;
} tt_pass;

#define PASS(name) ttrt_status tt_pass_##name(tt_graph *g, tt_pass_stats *stats);
#include "lower/passes.def"
#undef PASS

/* The names of the user outputs, one for each in order, NULL for constants; and the outputs given them again. */
ttrt_status tt_output_names_get(tt_graph *g, const char ***out);
ttrt_status tt_output_names_restore(tt_graph *g, const char *const *names);

/* Runs the passes of passes.def, in sub-graphs first; outputs keep their names. */
ttrt_status tt_lower_graph(tt_graph *g);
/* In the sub-graphs alone: whoever keeps the nodes of the graph as they are does not see into those. */
ttrt_status tt_lower_subgraphs(tt_graph *g);
const tt_pass *tt_pass_find(const char *name);

#endif
