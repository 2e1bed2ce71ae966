/* From our network to TensorRT's: what the files map_*.c share.
 *
 *   tt_network ── inputs, symbols ─► ITensors ── a mapper for each layer (map.def) ─► INetworkDefinition
 *
 * Everything here returns a status and puts the new tensor last. Tensors are TensorRT's, dimensions are ours: where one
 * is symbolic, it is written out as a shape tensor (shapes.c). TensorRT pads no ranks and casts nothing; nor do these.
 */
#ifndef TT_TENSORRT_MAP_H
#define TT_TENSORRT_MAP_H

#include "engine/tensorrt/callbacks.h"
#include "engine/tensorrt/library.h"
#include "network/network.h"

typedef struct tt_trt_symbolic { /* a dimension that has a shape tensor already */
    const tt_expr *expr;
    ITensor *tensor;
} tt_trt_symbolic;

typedef struct tt_trt_map {
    tt_network *net;
    INetworkDefinition *trt;
    tt_trt_errors *errors;
    tt_arena *arena;   /* bytes that TensorRT reads until the build is done */
    ITensor **tensors; /* by the id of our tensors */
    tt_trt_symbolic *symbolic;
    size_t n_symbolic, symbolic_cap;
    const tt_layer *layer; /* at work */
    int part;              /* of its TensorRT layers: "linear_3", "linear_3/1", ... */
} tt_trt_map;

/* The whole network: inputs, layers, outputs. */
ttrt_status tt_trt_map_network(tt_trt_map *m);
/* Output i's name in the plan: the network's, or "output_2" where that is taken by an input or an output before. */
#define TT_TRT_NAME 256
void tt_trt_output_name(const tt_network *net, int i, char *out, size_t size);
/* Whether a fully inferred layer has a mapper that takes it, as the loaded library's version does. */
bool tt_trt_supports(const tt_layer *l, tt_reason *why);
bool tt_trt_takes(const tt_tensor *t, tt_reason *why); /* type, rank, size */
int32_t tt_trt_dtype(tt_dtype dtype);                  /* TRT_DataType_k..., -1 where there is none */

#define MAP(kind, KIND, types, accepts) ttrt_status tt_trt_map_##kind(tt_trt_map *m, const tt_layer *l);
#include "engine/tensorrt/mappers.def"
#undef MAP
/* What is refused beyond types and ranks, with its reason; each beside its mapper. */
typedef bool tt_trt_accepts(const tt_layer *l, tt_reason *why);
tt_trt_accepts tt_trt_accepts_constant, tt_trt_accepts_unary, tt_trt_accepts_activation, tt_trt_accepts_elementwise,
    tt_trt_accepts_convolution, tt_trt_accepts_deconvolution, tt_trt_accepts_matrix_multiply, tt_trt_accepts_reduce,
    tt_trt_accepts_attention, tt_trt_accepts_index_put, tt_trt_accepts_scatter, tt_trt_accepts_pooling,
    tt_trt_accepts_topk, tt_trt_accepts_sort, tt_trt_accepts_search, tt_trt_accepts_cumulative, tt_trt_accepts_check,
    tt_trt_accepts_adaptive_pooling, tt_trt_accepts_resize, tt_trt_accepts_grid_sample, tt_trt_accepts_fold;

/* ---- operands ---- */

ITensor *tt_trt_in(const tt_trt_map *m, const tt_layer *l, int i); /* input i of a layer */
/* Output i of a layer is this tensor. Type, rank and known dimensions must be those that our inference tells. */
ttrt_status tt_trt_set_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *t);
/* TensorRT has uint8 for inputs and outputs of the network alone: between those it is int32 of the same values. */
tt_dtype tt_trt_carrier(tt_dtype dtype);
ttrt_status tt_trt_set_carried_out(tt_trt_map *m, const tt_layer *l, int i, ITensor *t); /* converted to its type */

/* ---- TensorRT layers ---- */

/* Every layer that is added goes through here: NULL is a failure with TensorRT's reason; it gets our layer's name and
 * source line; its output `i` comes back. */
ttrt_status tt_trt_added(tt_trt_map *m, const void *layer, ITensor **out);
ttrt_status tt_trt_added_at(tt_trt_map *m, const void *layer, int i, ITensor **out);

/* Constants. Bytes of tt_trt_constant are lent until the build is done, the others are kept in the arena. */
ttrt_status tt_trt_constant(tt_trt_map *m, const void *data, tt_dtype dtype, int rank, const int64_t *dims,
                            ITensor **out);
ttrt_status tt_trt_scalar(tt_trt_map *m, double v, tt_dtype dtype, int rank, ITensor **out); /* shape [1] * rank */
ttrt_status tt_trt_scalar_i64(tt_trt_map *m, int64_t v, tt_dtype dtype, int rank, ITensor **out);
ttrt_status tt_trt_ints(tt_trt_map *m, int n, const int64_t *v, ITensor **out); /* [n], i64 */

ttrt_status tt_trt_count(tt_trt_map *m, tt_dim n, ITensor **out); /* 0 ... n - 1, i64 */

ttrt_status tt_trt_cast(tt_trt_map *m, ITensor *x, tt_dtype to, ITensor **out); /* to its own type: x itself */
ttrt_status tt_trt_unary(tt_trt_map *m, int32_t operation, ITensor *x, ITensor **out);
ttrt_status tt_trt_activation(tt_trt_map *m, int32_t type, double alpha, double beta, ITensor *x, ITensor **out);
ttrt_status tt_trt_binary(tt_trt_map *m, int32_t operation, ITensor *a, ITensor *b, ITensor **out); /* equal ranks */
ttrt_status tt_trt_select(tt_trt_map *m, ITensor *condition, ITensor *a, ITensor *b, ITensor **out);
ttrt_status tt_trt_reduce(tt_trt_map *m, int32_t operation, ITensor *x, uint32_t axes, bool keep, ITensor **out);
ttrt_status tt_trt_matmul(tt_trt_map *m, ITensor *a, bool ta, ITensor *b, bool tb, ITensor **out);
ttrt_status tt_trt_concat(tt_trt_map *m, int n, ITensor *const *x, int axis, ITensor **out);
ttrt_status tt_trt_gather(tt_trt_map *m, ITensor *x, ITensor *index, int axis, ITensor **out); /* default mode */
ttrt_status tt_trt_transpose(tt_trt_map *m, ITensor *x, int rank, const int64_t *permutation, ITensor **out);
ttrt_status tt_trt_reshape(tt_trt_map *m, ITensor *x, int rank, const tt_dim *dims, ITensor **out);
/* The same where x's dimensions are at hand: symbolic ones that stay need no shape tensor. */
ttrt_status tt_trt_reshape_from(tt_trt_map *m, ITensor *x, int n_from, const tt_dim *from, int rank, const tt_dim *dims,
                                ITensor **out);
/* Equal rank. x has the dimensions `from`; TensorRT may know less of them. */
ttrt_status tt_trt_expand(tt_trt_map *m, ITensor *x, int rank, const tt_dim *from, const tt_dim *dims, ITensor **out);
/* mode: TRT_SampleMode_k...; fill: its value, of x's type and rank 0, or NULL. */
ttrt_status tt_trt_slice(tt_trt_map *m, ITensor *x, int rank, const tt_dim *start, const tt_dim *size,
                         const int64_t *stride, int32_t mode, ITensor *fill, ITensor **out);
/* x with pre[i] more in front of dimension i and post[i] behind it; `value` counts in mode TRT_SampleMode_kFILL. */
ttrt_status tt_trt_padded(tt_trt_map *m, ITensor *x, tt_dtype dtype, int rank, const tt_dim *dims, const tt_dim *pre,
                          const tt_dim *post, int32_t mode, double value, ITensor **out);
int tt_trt_rank(const ITensor *t); /* -1 where TensorRT finds the tensor's layer wrong */

/* ---- shapes ---- */

ttrt_status tt_trt_dim(tt_trt_map *m, tt_dim d, ITensor **out);                    /* [1], i64 */
ttrt_status tt_trt_shape(tt_trt_map *m, int n, const tt_dim *dims, ITensor **out); /* [n], i64 */
bool tt_trt_static(int n, const tt_dim *dims, Dims64 *out); /* false, with -1 for them, where some are symbolic */
Dims64 tt_trt_dims(int n, const int64_t *v);
int64_t tt_trt_longest(tt_dim d); /* its upper bound */
extern const tt_dim tt_trt_ones[TT_TRT_RANK];

#endif
