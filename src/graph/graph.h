/* The graph: SSA over ATen operators, as PyTorch's export schema has it.
 *
 *   graph(%x: f32[s0,3,224,224], %p_w: f32[64,3,7,7] = param "conv.weight")
 *     %1: f32[s0,64,112,112] = aten.conv2d.default(%x, %p_w, None, [2, 2], [3, 3], [1, 1], 1)
 *     return %1
 *
 * Arguments stand in the order of the operator's schema (ops.def), defaults filled in. Integers computed from shapes
 * are symbolic dimensions: an argument that names such a value holds its expression. An operator that returns several
 * tensors or a list of them has several outputs; there are no getitem nodes. All of it lives in the graph's arena. */
#ifndef TT_GRAPH_H
#define TT_GRAPH_H

#include "base/dtype.h"
#include "base/file.h"
#include "graph/dim.h"

#define TT_MAX_RANK 64

typedef struct tt_graph tt_graph;
typedef struct tt_node tt_node;
typedef struct tt_value tt_value;

/* ---- operators ---- */

typedef enum tt_arg_type { /* of a schema argument */
                           TT_TYPE_TENSOR,
                           TT_TYPE_TENSORS,
                           TT_TYPE_INT,
                           TT_TYPE_INTS,
                           TT_TYPE_FLOAT,
                           TT_TYPE_FLOATS,
                           TT_TYPE_BOOL,
                           TT_TYPE_BOOLS,
                           TT_TYPE_SCALAR,
                           TT_TYPE_SCALARS,
                           TT_TYPE_STRING,
                           TT_TYPE_DTYPE,
                           TT_TYPE_LAYOUT,
                           TT_TYPE_DEVICE,
                           TT_TYPE_MEMORY_FORMAT,
                           TT_TYPE_OTHER
} tt_arg_type;

typedef struct tt_arg tt_arg;
typedef struct tt_op_arg {
    const char *name;
    uint8_t type;         /* tt_arg_type */
    bool optional;        /* `?` */
    bool keyword;         /* after the `*` */
    bool writes;          /* `(a!)`: mutated in place */
    uint8_t alias;        /* 0: none, else the letter of its alias set: outputs with the same letter share memory */
    const char *fallback; /* the default in the schema's text, NULL: required */
} tt_op_arg;

typedef struct tt_op {
    const char *name; /* "aten.add.Tensor": namespace.name.overload */
    int id;           /* TT_OP_..., or -1 for an operator that ops.def does not list */
    uint16_t n_args, n_outs;
    bool returns_list;    /* Tensor[]: any number of outputs */
    uint8_t out_alias[8]; /* alias letter of each return; 0 none */
    const tt_op_arg *args;
} tt_op;

enum { /* TT_OP_aten_add_Tensor, ... in the order of ops.def */
#define OP(id, ...) TT_OP_##id,
#include "graph/ops.def"
#undef OP
       TT_OP_COUNT
};
const tt_op *tt_op_at(int id);
const char *tt_op_bare_name(const char *name); /* without "torch.ops." */
/* By "aten.add.Tensor", "torch.ops.aten.add.Tensor", "aten.relu" for its default overload, or "_operator.mul"; NULL for
 * one not listed. */
const tt_op *tt_op_find(const char *name);
bool tt_op_is_inplace(const tt_op *op); /* writes one of its arguments */
/* An operator that ops.def does not list: arguments of any kind, in the order of the file. NULL: no memory. */
const tt_op *tt_op_unlisted(tt_arena *arena, const char *name, size_t n_args);
/* The default of a schema argument; NONE where there is none. Lists lie in the graph's arena. */
ttrt_status tt_op_arg_default(tt_graph *g, const tt_op_arg *a, tt_arg *out);

/* ---- values ---- */

typedef enum tt_value_kind {
    TT_VALUE_TENSOR,
    TT_VALUE_INT,
    TT_VALUE_BOOL,
    TT_VALUE_FLOAT,
    TT_VALUE_NONE,
    TT_VALUE_OTHER
} tt_value_kind;

/* Bytes of a parameter, buffer or constant: a view into a mapping, or the caller's memory. Element i0,i1.. at
 * data + (storage_offset + sum i*stride) * element size; proven to lie inside `bytes`. */
typedef struct tt_weight {
    const char *fqn; /* "model.embed.weight" */
    tt_dtype dtype;
    size_t rank;
    const int64_t *dims, *strides;
    int64_t storage_offset;
    const uint8_t *data; /* the storage's start */
    size_t bytes;        /* the storage's size */
    tt_mapping *owner;   /* the mapping it lies in; a reference is held by the graph */
    bool is_param;
} tt_weight;

struct tt_value {
    const char *name;
    tt_value_kind kind;
    tt_dtype dtype; /* tensors */
    size_t rank;
    const tt_dim *dims;
    const tt_dim *strides; /* NULL where unknown */
    const char *device;    /* "cpu", "cuda:0"; NULL where unknown */
    tt_dim dim;            /* INT and BOOL: the expression */
    tt_node *def;          /* NULL: an input of the graph */
    size_t out_index;
    tt_weight *weight; /* inputs that are parameters, buffers, constants; else NULL */
    bool passes;       /* a float that only sizes are computed with: see tt_find_passing_floats() */
    void *data;        /* free for the pass that runs; cleared by tt_graph_clear_data */
};

typedef enum tt_arg_kind {
    TT_ARG_NONE,
    TT_ARG_VALUE,
    TT_ARG_VALUES, /* items may be NULL: None in a list of optional tensors */
    TT_ARG_INT,
    TT_ARG_INTS,
    TT_ARG_FLOAT,
    TT_ARG_FLOATS,
    TT_ARG_BOOL,
    TT_ARG_BOOLS,
    TT_ARG_STRING,
    TT_ARG_DTYPE,
    TT_ARG_DEVICE,
    TT_ARG_LAYOUT,
    TT_ARG_MEMORY_FORMAT,
    TT_ARG_GRAPH,
    TT_ARG_COMPLEX, /* real in f, imaginary in imag */
    TT_ARG_STRINGS
} tt_arg_kind;

struct tt_arg {
    tt_arg_kind kind;
    bool misread; /* a number known only when run, for which tt_arg_int() or its like gave the fallback */
    size_t n;     /* items of lists */
    union {
        tt_value *value;
        tt_value **values;
        tt_dim dim;   /* INT */
        tt_dim *dims; /* INTS */
        struct {
            double f, imag;
        };
        double *floats;
        bool b;
        bool *bools;
        const char *string; /* STRING, DEVICE */
        const char **strings;
        tt_dtype dtype;
        int64_t
            number; /* LAYOUT, MEMORY_FORMAT: PyTorch's c10 numbers (contiguous 0, preserve 1, channels_last 2, 3d 3) */
        tt_graph *graph;
    };
};

struct tt_node {
    const tt_op *op;
    const char *name; /* fx node name */
    size_t n_args, n_outs;
    tt_arg *args;           /* in schema order; for unlisted operators as given */
    const char **arg_names; /* unlisted operators only */
    tt_value **outs;
    bool outs_are_list; /* the operator returned one list of tensors */
    const char *source; /* innermost Python source line "file.py:134 in forward: return F.linear(...)", or NULL */
    const char *module; /* module path, or NULL */
    tt_node *prev, *next;
    tt_graph *graph;
    int segment; /* partition's: -1 PyTorch, else the engine's number */
    void *data;
};

/* ---- the graph ---- */

typedef enum tt_input_kind { TT_INPUT_USER, TT_INPUT_PARAM, TT_INPUT_BUFFER, TT_INPUT_CONSTANT } tt_input_kind;
typedef struct tt_graph_input {
    tt_input_kind kind;
    tt_value *value; /* NULL for a user input that is a Python constant (None, int, str): see constant */
    tt_arg constant;
    const char *name;   /* the placeholder's name */
    const char *target; /* fqn of a parameter, buffer, constant */
    bool persistent;    /* buffers */
} tt_graph_input;

typedef enum tt_output_kind {
    TT_OUTPUT_USER,
    TT_OUTPUT_BUFFER_MUTATION,
    TT_OUTPUT_INPUT_MUTATION,
    TT_OUTPUT_PARAM_MUTATION
} tt_output_kind;
typedef struct tt_graph_output {
    tt_output_kind kind;
    tt_arg arg;         /* VALUE, or a constant: INT (symbolic too), NONE, BOOL, FLOAT, STRING */
    const char *target; /* of a mutation: fqn, or the user input's name */
} tt_graph_output;

struct tt_graph {
    tt_arena *arena;
    tt_dims *dims;
    tt_node *first, *last;
    size_t n_nodes;
    tt_graph_input *inputs;
    size_t n_inputs;
    tt_graph_output *outputs;
    size_t n_outputs;
    tt_graph *parent; /* of a sub-graph: shares arena and dims; else NULL */
    const char *name;
};

tt_graph *tt_graph_new(tt_dims *dims); /* takes a reference; NULL: a new table. NULL result: no memory */
tt_graph *tt_graph_new_sub(tt_graph *parent, const char *name); /* goes with its parent; never freed alone */
void tt_graph_free(tt_graph *g);                                /* also drops the references that tt_graph_hold took */
/* Takes a reference to a mapping that weights of the graph lie in, until the graph goes. Once for each mapping is
 * enough. */
ttrt_status tt_graph_hold(tt_graph *g, tt_mapping *m);
/* Gives the pages of the mappings back to the kernel: they are read from the file again where they are needed. */
void tt_graph_release_pages(tt_graph *g);

#define TT_EACH_NODE(g, n)                                                                                             \
    for (tt_node *n = (g)->first, *n##_next = n ? n->next : NULL; n; n = n##_next, n##_next = n ? n->next : NULL)

/* Building. All return NULL without memory (recorded). Node arguments are cleared (NONE). */
tt_value *tt_graph_value(tt_graph *g, const char *name, tt_value_kind kind);
ttrt_status tt_graph_add_input(tt_graph *g, tt_graph_input input);
/* Whether the program writes this parameter or buffer: then it is no constant. */
bool tt_graph_is_written(const tt_graph *g, const tt_graph_input *in);
ttrt_status tt_graph_add_output(tt_graph *g, tt_graph_output output);
/* A node with op->n_args arguments, not yet in the list; insert puts it before `before`, at the end for NULL. */
tt_node *tt_node_new(tt_graph *g, const tt_op *op, const char *name, size_t n_outs);
void tt_node_insert(tt_graph *g, tt_node *n, tt_node *before);
void tt_node_remove(tt_graph *g, tt_node *n); /* its outputs must have no users */
/* Copies a value's type (kind, dtype, dims, device); a fresh name based on the given one. */
tt_value *tt_value_like(tt_graph *g, const tt_value *v, const char *name);
const char *tt_graph_fresh_name(tt_graph *g, const char *base);
ttrt_status tt_value_rename(tt_graph *g, tt_value *v, const char *name); /* which no other value may have */

/* Uses: arguments of nodes (lists counted item by item), and graph outputs. */
size_t tt_value_uses(const tt_graph *g, const tt_value *v);
bool tt_value_is_output(const tt_graph *g, const tt_value *v);
bool tt_value_is_input(const tt_value *v);                        /* defined by no node */
void tt_value_replace(tt_graph *g, tt_value *from, tt_value *to); /* in nodes and outputs */
/* Calls fn for each value that a node reads, in argument order. */
void tt_node_each_input(const tt_node *n, void (*fn)(void *user, tt_value *v), void *user);
void tt_graph_clear_data(tt_graph *g);

/* Text. The reader takes what the printer writes; weights print as `= param "fqn"` and read back without bytes. */
ttrt_status tt_graph_print(const tt_graph *g, tt_str *out);
ttrt_status tt_graph_parse(const char *text, tt_graph **out);
/* What an argument that begins like this is read as is no dimension: None, u8, inf, ... */
bool tt_graph_is_word(const char *text);
/* Every rule: defined before use, names unique, argument kinds fit the schema, outputs counted, ranks and dtypes known.
 * TTRT_ERR_FORMAT names the node. */
ttrt_status tt_graph_verify(const tt_graph *g);

/* Arguments by position, for converters and passes; kinds were checked against the schema by the verifier. */
static inline bool tt_arg_is_none(const tt_node *n, size_t i)
{
    return i >= n->n_args || n->args[i].kind == TT_ARG_NONE;
}
tt_value *tt_arg_value(const tt_node *n, size_t i);              /* NULL for None */
tt_dim tt_arg_dim(const tt_node *n, size_t i, int64_t fallback); /* int, symbolic too; fallback for None */
int64_t tt_arg_int(const tt_node *n, size_t i,
                   int64_t fallback); /* INT, BOOL, or integral FLOAT; fallback for None or symbolic */
double tt_arg_float(const tt_node *n, size_t i, double fallback); /* FLOAT or INT, BOOL */
bool tt_arg_bool(const tt_node *n, size_t i, bool fallback);
const char *tt_arg_string(const tt_node *n, size_t i, const char *fallback);
size_t tt_arg_count(const tt_node *n, size_t i);               /* items of a list; 0 for None */
tt_dim tt_arg_dim_at(const tt_node *n, size_t i, size_t item); /* of INTS (a single INT counts as a list of one) */
tt_value *tt_arg_value_at(const tt_node *n, size_t i, size_t item);

#endif
