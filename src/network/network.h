/* The network: the engine-neutral definition that converters write and engines read. Strongly typed; dimensions are
 * symbolic integers over the input dimensions. Its layers are listed in layers.def. Meaning is PyTorch's. */
#ifndef TT_NETWORK_H
#define TT_NETWORK_H

#include "base/dtype.h"
#include "base/file.h"
#include "base/reader.h"
#include "graph/dim.h"

#define TT_MAX_RANK_NET 64

typedef struct tt_network tt_network;
typedef struct tt_layer tt_layer;
typedef struct tt_tensor tt_tensor;

/* Bytes of a constant. Plain: contiguous, row-major. Packed: in an engine's named format; dims are the plain ones. */
typedef struct tt_net_weights {
    const void *data;
    size_t bytes;
    const char *format; /* NULL: plain */
    const char *name;   /* the parameter's fqn where it is one, for refit; else NULL */
    tt_dtype dtype;     /* of the plain elements */
} tt_net_weights;

struct tt_tensor {
    const char *name;
    tt_dtype dtype;
    int rank;
    const tt_dim *dims;
    tt_layer *layer; /* NULL: an input of the network */
    int out_index;
    tt_dim value; /* inputs with is_dim: the symbol whose value a 0-d i64 input carries */
    bool is_dim;
    int id;     /* dense number, tt_network_number() */
    void *data; /* free for the pass or engine at work */
};

/* Types of attributes. */
typedef int64_t tt_attr_i64;
typedef double tt_attr_f64;
typedef bool tt_attr_bool;
typedef tt_dtype tt_attr_dtype;
typedef tt_dim tt_attr_dim;
typedef struct {
    int n;
    const int64_t *v;
} tt_attr_ints;
typedef struct {
    int n;
    const tt_dim *v;
} tt_attr_dims;
typedef struct {
    int n;
    const double *v;
} tt_attr_floats;
typedef tt_net_weights tt_attr_weights;
typedef const char *tt_attr_str;
typedef tt_network *tt_attr_network; /* tt_network_new_sub(): it goes with the network of its layer */

/* TT_UNARY_EXP, TT_ELEMENTWISE_SUM, ... numbered from 0 within each enumeration: see enums.h. */
#include "network/enums.h"

typedef enum tt_layer_kind {
#define LAYER(name, NAME, lo, hi, outs, attrs) TT_LAYER_##NAME,
#include "network/layers.def"
#undef LAYER
    TT_LAYER_COUNT
} tt_layer_kind;

/* struct tt_convolution_attrs { tt_attr_ints stride; ... } for each layer. */
#define A(type, field)        tt_attr_##type field;
#define E(enumeration, field) tt_attr_i64 field;
#define LAYER(name, NAME, lo, hi, outs, attrs)                                                                         \
    typedef struct tt_##name##_attrs {                                                                                 \
        char unused_;                                                                                                  \
        attrs                                                                                                          \
    } tt_##name##_attrs;
#include "network/layers.def"
#undef LAYER
#undef A
#undef E

typedef union tt_attrs {
#define LAYER(name, NAME, lo, hi, outs, attrs) tt_##name##_attrs name;
#include "network/layers.def"
#undef LAYER
} tt_attrs;

struct tt_layer {
    tt_layer_kind kind;
    tt_attrs attrs;
    int n_in, n_out;
    tt_tensor **in, **out;
    const char *name;   /* leads back to the PyTorch node: "linear_3", "linear_3.bias" */
    const char *source; /* its Python source line, or NULL */
    tt_layer *prev, *next;
    void *data;
};

typedef enum tt_attr_type {
    TT_ATTR_i64,
    TT_ATTR_f64,
    TT_ATTR_bool,
    TT_ATTR_dtype,
    TT_ATTR_dim,
    TT_ATTR_ints,
    TT_ATTR_dims,
    TT_ATTR_floats,
    TT_ATTR_weights,
    TT_ATTR_str,
    TT_ATTR_network,
    TT_ATTR_enum
} tt_attr_type;
typedef struct tt_attr_info {
    const char *name;
    tt_attr_type type;
    size_t offset;           /* in the layer's attrs struct */
    const char *enumeration; /* enums: "unary" */
} tt_attr_info;
typedef struct tt_layer_info {
    const char *name;          /* "convolution" */
    int min_in, max_in, n_out; /* -1: any */
    int n_attrs;
    const tt_attr_info *attrs;
} tt_layer_info;
const tt_layer_info *tt_layer_info_of(tt_layer_kind kind);
const tt_symbol *tt_layer_binds(const tt_layer *l); /* the symbol that it gives a value when run; NULL: none */
/* Each dimension among the attributes. */
void tt_layer_each_dim(const tt_layer *l, void (*visit)(void *user, tt_dim d), void *user);
bool tt_layer_is_symbolic(const tt_layer *l); /* an attribute has no value before shapes are known */
/* The network that it owns after `last`; NULL: the first, and past the last. */
tt_network *tt_layer_network_after(const tt_layer *l, const tt_network *last);
const char *tt_enum_name(const char *enumeration, int64_t value); /* NULL: out of range */

struct tt_network {
    tt_arena *arena;
    tt_dims *dims;
    const char *name;
    tt_layer *first, *last;
    int n_layers;
    tt_tensor **inputs, **outputs;
    int n_inputs, n_outputs;
    const char **output_names; /* items may be NULL */
    tt_mapping **owners;       /* references that constants' bytes need */
    int n_owners;
    const char *label; /* name given to layers made from now on; converters set the node's */
    const char *source;
    tt_network *parent; /* of a sub-network: shares arena, dims and owners; else NULL */
    tt_layer *before;   /* where tt_net_add and the shorthands put layers: before this one; NULL: at the end */
    size_t cap_inputs, cap_outputs, cap_output_names, cap_owners; /* of the arrays; network.c's */
};

tt_network *tt_network_new(const char *name, tt_dims *dims); /* takes a reference of dims; NULL: a new table */
/* A network that a layer of `parent` will own; never freed alone. NULL: no memory. */
tt_network *tt_network_new_sub(tt_network *parent, const char *name);
void tt_network_free(tt_network *net);
tt_tensor *tt_network_input(tt_network *net, const char *name, tt_dtype dtype, int rank,
                            const tt_dim *dims);                                   /* NULL: no memory */
tt_tensor *tt_network_dim_input(tt_network *net, const char *name, tt_dim symbol); /* 0-d i64 */
ttrt_status tt_network_output(tt_network *net, tt_tensor *t,
                              const char *name);            /* a tensor may be an output twice, or an input */
ttrt_status tt_network_own(tt_network *net, tt_mapping *m); /* takes a reference */
int tt_network_number(const tt_network *net);               /* sets tensors' id, 0..n-1; returns n */

#define TT_EACH_LAYER(net, l)                                                                                          \
    for (tt_layer *l = (net)->first, *l##_next = l ? l->next : NULL; l; l = l##_next, l##_next = l ? l->next : NULL)

#define TT_EACH_NETWORK_OF(l, sub)                                                                                     \
    for (tt_network *sub = tt_layer_network_after(l, NULL); sub; sub = tt_layer_network_after(l, sub))

/* Adds a layer at net->before (or before `before`): copies attributes into the arena, checks and infers its outputs'
 * dtypes and dimensions, TTRT_ERR_UNSUPPORTED or TTRT_ERR_INTERNAL with the reason where the rules of layers.def are
 * broken. attrs points at the kind's struct (tt_convolution_attrs); NULL for a layer without attributes. */
ttrt_status tt_net_add(tt_network *net, tt_layer_kind kind, const void *attrs, tt_tensor *const *in, int n_in,
                       tt_tensor **out);
ttrt_status tt_net_add_before(tt_network *net, tt_layer *before, tt_layer_kind kind, const void *attrs,
                              tt_tensor *const *in, int n_in, tt_tensor **out);
/* Puts a layer that is complete into the list, before `before`; NULL: at the end. */
void tt_net_link(tt_network *net, tt_layer *l, tt_layer *before);
void tt_net_remove(tt_network *net, tt_layer *l);                     /* outputs unused */
void tt_net_replace(tt_network *net, tt_tensor *from, tt_tensor *to); /* in layers and outputs */
int tt_net_uses(const tt_network *net, const tt_tensor *t);           /* layers' inputs and network outputs */
void tt_net_remove_dead(tt_network *net);

/* Shorthands, one for each often used layer. Those that change nothing return their input. */
ttrt_status tt_net_constant(tt_network *net, const void *data /* copied */, tt_dtype dtype, int rank,
                            const int64_t *dims, tt_tensor **out);
ttrt_status tt_net_constant_ref(tt_network *net, const void *data /* lent */, tt_dtype dtype, int rank,
                                const int64_t *dims, const char *name, tt_tensor **out);
ttrt_status tt_net_scalar(tt_network *net, double v, tt_dtype dtype, int rank, tt_tensor **out); /* shape [1] * rank */
ttrt_status tt_net_scalar_int(tt_network *net, int64_t v, tt_dtype dtype, int rank, tt_tensor **out);
ttrt_status tt_net_dim_tensor(tt_network *net, tt_dim v, tt_dtype dtype, int rank,
                              tt_tensor **out); /* symbolic: dimension + cast + reshape */
ttrt_status tt_net_cast(tt_network *net, tt_tensor *x, tt_dtype to, tt_tensor **out);
ttrt_status tt_net_unary(tt_network *net, tt_enum_unary op, tt_tensor *x, tt_tensor **out);
ttrt_status tt_net_activation(tt_network *net, tt_enum_activation type, double alpha, double beta, tt_tensor *x,
                              tt_tensor **out);
/* Broadcasts as PyTorch does (ranks aligned to the right, dimensions of 1), then adds the layer; dtypes must agree
 * already. */
ttrt_status tt_net_elementwise(tt_network *net, tt_enum_elementwise op, tt_tensor *a, tt_tensor *b, tt_tensor **out);
ttrt_status tt_net_select(tt_network *net, tt_tensor *condition, tt_tensor *a, tt_tensor *b,
                          tt_tensor **out); /* broadcasts too */
ttrt_status tt_net_reshape(tt_network *net, tt_tensor *x, int rank, const tt_dim *dims, tt_tensor **out);
ttrt_status tt_net_transpose(tt_network *net, tt_tensor *x, const int64_t *permutation, tt_tensor **out);
ttrt_status tt_net_expand(tt_network *net, tt_tensor *x, int rank, const tt_dim *dims,
                          tt_tensor **out); /* PyTorch's expand: adds leading dimensions too */
ttrt_status tt_net_rank_at_least(tt_network *net, tt_tensor *x, int rank, tt_tensor **out); /* leading 1s */
ttrt_status tt_net_slice(tt_network *net, tt_tensor *x, int axis, tt_dim start, tt_dim size, int64_t stride,
                         tt_tensor **out);
ttrt_status tt_net_reduce(tt_network *net, tt_enum_reduce op, tt_tensor *x, int n_axes, const int64_t *axes, bool keep,
                          double parameter, tt_tensor **out); /* drops axes unless keep */
ttrt_status tt_net_softmax(tt_network *net, tt_tensor *x, int64_t axis, bool is_log, tt_tensor **out);
ttrt_status tt_net_matmul(tt_network *net, tt_tensor *a, bool ta, tt_tensor *b, bool tb, tt_tensor *bias,
                          tt_tensor **out); /* PyTorch's matmul: any ranks, bias NULL */
ttrt_status tt_net_concat(tt_network *net, int n, tt_tensor *const *x, int64_t axis, tt_tensor **out);
ttrt_status tt_net_gather(tt_network *net, tt_enum_gather mode, tt_tensor *x, tt_tensor *index, int64_t axis, bool wrap,
                          tt_tensor **out);

/* Infers one layer's outputs again from its inputs and attributes (after a pass changed them). */
ttrt_status tt_layer_infer(tt_network *net, tt_layer *l);
/* The shape that a and b broadcast to, at equal rank; TTRT_ERR_SHAPE where they do not. */
ttrt_status tt_broadcast_dims(tt_network *net, const tt_tensor *a, const tt_tensor *b, tt_dim *out);

/* Text. The reader takes what the printer writes. Constants print their bytes up to 16 elements as {1, 2.5, nan};
 * larger ones as
 * `@index` into a table that travels beside the text (weights[index]); the reader proves size against dims. */
ttrt_status tt_network_print(const tt_network *net, tt_str *out);
typedef struct tt_weight_table {
    size_t n, cap;
    tt_net_weights *items;
} tt_weight_table;
/* Fills `table` (arena of the network) with the constants printed as @index, in order. */
ttrt_status tt_network_write(const tt_network *net, tt_str *text, tt_weight_table *table);
ttrt_status tt_network_parse(const char *text, size_t size, const tt_weight_table *table, tt_network **out);
/* Every rule of layers.def and infer.c; names unique, defined before use. TTRT_ERR_INTERNAL names the layer. */
ttrt_status tt_network_verify(const tt_network *net);

#endif
