/* Shared by the reader's and writer's files only. */
#ifndef TT_PT2_IMPL_H
#define TT_PT2_IMPL_H

#include "base/json.h"
#include "program/pt2.h"

enum { TT_PT2_MAJOR = 8, TT_PT2_MINOR = 20 }; /* of the schema that this code was written by */

/* ---- enumerations (json_enums.c); the schema numbers them differently from c10 ---- */

ttrt_status tt_pt2_dtype(const tt_json *at, tt_dtype *out);
int tt_pt2_dtype_number(tt_dtype d);
ttrt_status tt_pt2_layout(const tt_json *at, int64_t *out);
int tt_pt2_layout_number(int64_t c10);
ttrt_status tt_pt2_memory_format(const tt_json *at, int64_t *out);
int tt_pt2_memory_format_number(int64_t c10);
ttrt_status tt_pt2_device(const tt_json *at, tt_arena *arena, const char **out); /* "cuda:0" */
/* Refuses members that this code does not know, unless they are empty. `known` ends with NULL. */
ttrt_status tt_pt2_known_members(const tt_json *at, const char *const *known);

/* ---- reading (json_*.c) ---- */

typedef struct tt_pt2_reader {
    tt_graph *g;     /* the outermost */
    tt_map *exprs;   /* srepr text -> tt_dim */
    tt_map *ops;     /* operators outside ops.def */
    tt_map *strings; /* sources and module paths, which repeat */
    tt_pt2_weight_fn weight;
    void *user;
    tt_pt2_info *info;
} tt_pt2_reader;

/* Names of one graph object of the file. An inlined sub-graph has its own, but adds to the graph around it. */
typedef struct tt_pt2_scope {
    tt_pt2_reader *r;
    tt_graph *g;
    const tt_json *graph;                             /* the object */
    tt_map *values;                                   /* name in the file -> tt_value */
    tt_json tensors, sym_ints, sym_bools, sym_floats; /* value NULL where absent */
    int depth;
} tt_pt2_scope;

/* json_values.c */
ttrt_status tt_pt2_sym_int(tt_pt2_reader *r, const tt_json *at, tt_dim *out);        /* SymInt */
ttrt_status tt_pt2_sym_int_named(tt_pt2_scope *s, const tt_json *name, tt_dim *out); /* through sym_int_values */
ttrt_status tt_pt2_sym_bool_named(tt_pt2_scope *s, const tt_json *name, tt_dim *out);
ttrt_status tt_pt2_find_value(tt_pt2_scope *s, const tt_json *name, tt_value **out); /* must be defined */
/* New values of the scope; `name` is the JSON string. */
ttrt_status tt_pt2_new_tensor(tt_pt2_scope *s, const tt_json *name, tt_value **out);
ttrt_status tt_pt2_new_number(tt_pt2_scope *s, const tt_json *name, tt_value_kind kind, tt_value **out);
ttrt_status tt_pt2_bind_value(tt_pt2_scope *s, const char *name, tt_value *v);
ttrt_status tt_pt2_tensor_name(const tt_json *at, tt_json *name); /* of a TensorArgument */

/* json_args.c: an Argument. `symbolic_float_ok`: a symbolic float may be given as its value. */
ttrt_status tt_pt2_arg(tt_pt2_scope *s, const tt_json *at, bool symbolic_float_ok, tt_arg *out);
/* json_graph.c */
ttrt_status tt_pt2_scope_init(tt_pt2_scope *s, tt_pt2_reader *r, tt_graph *g, const tt_json *graph, int depth);
ttrt_status tt_pt2_nodes(tt_pt2_scope *s, const tt_json *graph);
ttrt_status tt_pt2_subgraph(tt_pt2_scope *s, const tt_json *at, tt_graph **out); /* a GraphArgument */
/* json_meta.c: source line and module of a node, from its metadata */
ttrt_status tt_pt2_node_origin(tt_pt2_reader *r, const tt_json *node, tt_node *n);
/* json_program.c: a whole ExportedProgram */
ttrt_status tt_pt2_program(const json_t *json, const char *name, tt_pt2_weight_fn weight, void *user, tt_graph **graph,
                           tt_pt2_info **info);
/* Proves that all elements of a weight lie inside its storage; errors name `fqn`. */
ttrt_status tt_pt2_check_weight(const tt_weight *w);
/* pt2_read.c: a TensorMeta without symbols */
ttrt_status tt_pt2_tensor_meta(const tt_json *meta, tt_arena *arena, tt_weight *out);

/* ---- writing ---- */

/* One graph object on its way to JSON. After a failure `status` is set and further additions do nothing. */
typedef struct tt_pt2_writer {
    const tt_graph *g;
    tt_arena *arena;
    tt_map *names; /* all names of the graph, and those made here */
    json_t *nodes, *tensors, *sym_ints, *sym_bools;
    struct tt_pt2_known {      /* values written so far whose expression or shape others may need */
        const tt_value *value; /* a tensor, or NULL */
        const tt_expr *expr;   /* of an integer or boolean */
        const char *name;
    } * known;
    size_t n_known, cap_known;
    int64_t *hints; /* by symbol; TT_DIM_UNBOUND for unbacked ones */
    ttrt_status status;
} tt_pt2_writer;

/* json_build.c: building with one check at the end. Values are taken over, also on failure; NULL values count as no
 * memory. */
void tt_pt2_set(tt_pt2_writer *w, json_t *object, const char *key, json_t *value);
void tt_pt2_push(tt_pt2_writer *w, json_t *array, json_t *value);
json_t *tt_pt2_one(tt_pt2_writer *w, const char *key, json_t *value); /* {key: value} */
json_t *tt_pt2_float(double f); /* PyTorch writes what JSON has no number for as a string */
json_t *tt_pt2_device_json(tt_pt2_writer *w, const char *device);
/* json_dims.c: SymInt of the schema, and the name of a node that computes an expression (written now if there is none).
 */
json_t *tt_pt2_dim_json(tt_pt2_writer *w, tt_dim d, bool truth);
const char *tt_pt2_dim_name(tt_pt2_writer *w, const tt_expr *e); /* NULL: failed */
void tt_pt2_know(tt_pt2_writer *w, const tt_value *v);
const char *tt_pt2_fresh_name(tt_pt2_writer *w, const char *base); /* base_1, base_2, ...; NULL: failed */
/* json_write.c: the whole ExportedProgram. */
ttrt_status tt_pt2_program_json(const tt_graph *g, const tt_pt2_info *info, json_t **out);
json_t *tt_pt2_arg_json(tt_pt2_writer *w, const tt_arg *a, tt_arg_type type);
json_t *tt_pt2_tensor_meta_json(tt_pt2_writer *w, const tt_weight *weight, const char *device);

#endif
