/* PyTorch's .pt2 archive (torch.export.save of 2.10 and newer; export schema major 8) to a graph, and a graph back to
 * one.
 *
 * Nothing in a file is executed or opened as a path, and no pickle is read. Weights stay where they are mapped. */
#ifndef TT_PT2_H
#define TT_PT2_H

#include "graph/graph.h"

/* What an archive holds besides the graph; needed to write a program with the same call convention. In the graph's
 * arena. */
typedef struct tt_pt2_info {
    const char *model_name; /* "model" */
    int64_t schema_major, schema_minor;
    const char *torch_version;
    const char *in_spec, *out_spec; /* pytree specs, as text */
    const char **forward_arg_names;
    size_t n_forward_arg_names;
    bool has_forward_arg_names;
    size_t n_guards; /* guards_code lines (kept as they are) */
    const char **guards;
    const char *namedtuple_fields_json; /* treespec_namedtuple_fields, as JSON text; NULL: none */
} tt_pt2_info;

/* Reads an archive. Higher-order wrappers (wrap_with_set_grad_enabled) are inlined. The graph holds references to `m`.
 */
ttrt_status tt_pt2_read(tt_mapping *m, tt_graph **graph, tt_pt2_info **info);

/* Reads the JSON of a model handed over in memory. `weight` gives the bytes of parameter, buffer or constant `fqn`
 * (lent until the graph goes; dtype, dims and strides are proven against the graph's). */
typedef ttrt_status (*tt_pt2_weight_fn)(void *user, const char *fqn, tt_weight *out);
ttrt_status tt_pt2_read_json(const char *json, size_t size, const char *name, tt_pt2_weight_fn weight, void *user,
                             tt_graph **graph, tt_pt2_info **info);

/* Writes an archive that torch.export.load and tt_pt2_read take. Weights are written once per storage; atomic
 * (temporary name, then rename). */
ttrt_status tt_pt2_write(const char *path, const tt_graph *graph, const tt_pt2_info *info);

#endif
