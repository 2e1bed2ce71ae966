/* Shape and type inference of one layer: what the files infer*.c share. */
#ifndef TT_INFER_H
#define TT_INFER_H

#include "network/network.h"

#define TT_MAX_OUTS 2

typedef struct tt_infer_out {
    tt_dtype dtype;
    int rank;
    tt_dim dims[TT_MAX_RANK_NET];
} tt_infer_out;

typedef struct tt_infer {
    tt_dims *dims;
    const tt_layer *layer;
    int n_out;
    bool passes; /* the outputs are as the first inputs, and `out` holds none: any number of them */
    tt_infer_out out[TT_MAX_OUTS];
} tt_infer;

/* What output i is. */
typedef struct tt_infer_type {
    tt_dtype dtype;
    int rank;
    const tt_dim *dims;
} tt_infer_type;
tt_infer_type tt_infer_type_of(const tt_infer *c, int i);

/* Checks every rule of a layer and computes what its outputs are; changes nothing but the table of dimensions. */
ttrt_status tt_infer_run(tt_network *net, const tt_layer *l, tt_infer *c);

/* TTRT_ERR_UNSUPPORTED, "convolution: <text>", with the layer's name as the place. */
ttrt_status tt_infer_fail(tt_infer *c, const char *fmt, ...) TT_PRINTF(2, 3);
#define TT_RULE(cond, ...)                                                                                             \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            return tt_infer_fail(c, __VA_ARGS__);                                                                      \
    } while (0)

/* Adds an output; the dimensions may be filled in afterwards. */
tt_infer_out *tt_infer_add(tt_infer *c, tt_dtype dtype, int rank, const tt_dim *dims);
tt_infer_out *tt_infer_like(tt_infer *c, const tt_tensor *x);
/* False where two dimensions can never be equal. What cannot be told now is checked when the network runs. */
bool tt_infer_may_equal(tt_dims *t, tt_dim a, tt_dim b);
/* The rule "these are equal", and the more telling of the two. */
ttrt_status tt_infer_equal(tt_infer *c, const char *what, tt_dim a, tt_dim b, tt_dim *out);
/* One dimension of a broadcast. */
bool tt_infer_broadcast(tt_dims *t, tt_dim a, tt_dim b, tt_dim *out);
/* The rule "this list has n items, and each is at least min". */
ttrt_status tt_infer_ints(tt_infer *c, const char *what, tt_attr_ints list, int n, int64_t min);
/* The rule "an axis of a tensor of this rank". */
ttrt_status tt_infer_axis(tt_infer *c, int64_t axis, int rank);
/* The rule "axes of a tensor of this rank, none twice"; sets bit i of *set for each axis i. */
ttrt_status tt_infer_axes(tt_infer *c, tt_attr_ints axes, int rank, uint64_t *set);
ttrt_status tt_infer_float(tt_infer *c, const tt_tensor *x);
ttrt_status tt_infer_same_dtype(tt_infer *c, const tt_tensor *a, const tt_tensor *b);

bool tt_infer_is_float(tt_dtype d);  /* that arithmetic is done on: without the 8-bit ones */
bool tt_infer_is_number(tt_dtype d); /* these and integers */
bool tt_infer_is_index(tt_dtype d);  /* i32, i64 */

#define LAYER(name, NAME, lo, hi, outs, attrs) ttrt_status tt_infer_layer_##name(tt_infer *c);
#include "network/layers.def"
#undef LAYER

#endif
