/* Layers that move nothing, or move what another one moves back. */
#include "network/infer.h"
#include "network/optimize.h"

/* ---- no_ops ---- */

static bool is_full_slice(const tt_layer *l)
{
    const tt_slice_attrs *a = &l->attrs.slice;

    for (int i = 0; i < a->start.n; i++)
        if (!tt_dim_is(a->start.v[i], 0) || a->stride.v[i] != 1)
            return false;
    return true;
}

static bool is_zero_pad(const tt_layer *l)
{
    const tt_pad_attrs *a = &l->attrs.pad;

    for (int i = 0; i < a->pre_padding.n; i++)
        if (!tt_dim_is(a->pre_padding.v[i], 0) || !tt_dim_is(a->post_padding.v[i], 0))
            return false;
    return true;
}

static bool is_identity_permutation(tt_attr_ints p)
{
    for (int i = 0; i < p.n; i++)
        if (p.v[i] != i)
            return false;
    return true;
}

/* x + 0 of floats is none: it makes 0 of -0. x & true is. */
static tt_tensor *unchanged_by_elementwise(const tt_layer *l)
{
    tt_enum_elementwise op = (tt_enum_elementwise)l->attrs.elementwise.operation;
    tt_tensor *const *in = l->in, *t = l->out[0];
    double neutral = 1;

    switch (op) {
    case TT_ELEMENTWISE_PROD:
    case TT_ELEMENTWISE_DIV:
    case TT_ELEMENTWISE_POW:
        break;
    case TT_ELEMENTWISE_AND:
        if (t->dtype != TTRT_DTYPE_BOOL)
            return NULL;
        break;
    case TT_ELEMENTWISE_OR:
        neutral = 0;
        break;
    case TT_ELEMENTWISE_SUM:
    case TT_ELEMENTWISE_SUB:
        if (tt_dtype_is_float(t->dtype))
            return NULL;
        neutral = 0;
        break;
    default:
        return NULL;
    }
    bool commutes = op != TT_ELEMENTWISE_DIV && op != TT_ELEMENTWISE_POW && op != TT_ELEMENTWISE_SUB;
    for (int i = 0; i < (commutes ? 2 : 1); i++)
        if (tt_same_dims(in[i], t) && tt_uniform_is(in[1 - i], neutral))
            return in[i];
    return NULL;
}

/* The input that the layer's output always equals; NULL where there is none. */
static tt_tensor *unchanged(const tt_layer *l)
{
    tt_tensor *x = l->n_in > 0 ? l->in[0] : NULL;

    switch (l->kind) {
    case TT_LAYER_CAST:
        return x->dtype == l->out[0]->dtype ? x : NULL;
    case TT_LAYER_RESHAPE:
    case TT_LAYER_EXPAND:
        return tt_same_dims(x, l->out[0]) ? x : NULL;
    case TT_LAYER_TRANSPOSE:
        return is_identity_permutation(l->attrs.transpose.permutation) ? x : NULL;
    case TT_LAYER_SLICE:
        return tt_same_dims(x, l->out[0]) && is_full_slice(l) ? x : NULL;
    case TT_LAYER_PAD:
        return is_zero_pad(l) ? x : NULL;
    case TT_LAYER_CONCATENATION:
        return l->n_in == 1 ? x : NULL;
    case TT_LAYER_ELEMENTWISE:
        return unchanged_by_elementwise(l);
    default:
        return NULL;
    }
}

ttrt_status tt_opt_no_ops(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        tt_tensor *x = unchanged(l);
        if (x)
            tt_opt_replace(net, l, x, changes);
    }
    return TTRT_OK;
}

/* ---- casts ---- */

/* Bits that integers of a type need, or that a floating type keeps of them; 0: not compared. */
static int bits(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_BOOL:
        return 1;
    case TTRT_DTYPE_INT8:
        return 7;
    case TTRT_DTYPE_UINT8:
        return 8;
    case TTRT_DTYPE_INT16:
        return 15;
    case TTRT_DTYPE_UINT16:
        return 16;
    case TTRT_DTYPE_INT32:
        return 31;
    case TTRT_DTYPE_UINT32:
        return 32;
    case TTRT_DTYPE_INT64:
        return 63;
    case TTRT_DTYPE_UINT64:
        return 64;
    case TTRT_DTYPE_BFLOAT16:
        return 8;
    case TTRT_DTYPE_FLOAT16:
        return 11;
    case TTRT_DTYPE_FLOAT32:
        return 24;
    case TTRT_DTYPE_FLOAT64:
        return 53;
    default:
        return 0;
    }
}

/* Whether `to` has every value of `from`. */
static bool is_exact(tt_dtype from, tt_dtype to)
{
    if (bits(from) == 0 || bits(to) == 0 || bits(from) > bits(to))
        return false;
    if (tt_dtype_is_float(from))
        return tt_dtype_is_float(to) && (from != TTRT_DTYPE_BFLOAT16 || to != TTRT_DTYPE_FLOAT16);
    return tt_dtype_is_float(to) || !tt_dtype_is_signed(from) || tt_dtype_is_signed(to);
}

/*  %1: f32 = cast(%x: f16)
 *  %2: bf16 = cast(%1)          becomes   %2: bf16 = cast(%x) */
ttrt_status tt_opt_casts(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        const tt_layer *first = l->kind == TT_LAYER_CAST ? tt_made_by(l->in[0], TT_LAYER_CAST) : NULL;
        if (!first || !is_exact(first->in[0]->dtype, first->out[0]->dtype))
            continue;
        l->in[0] = first->in[0];
        ++*changes;
    }
    return TTRT_OK;
}

/* ---- reshapes, transposes ---- */

/* reshape(reshape(x)) becomes reshape(x) */
ttrt_status tt_opt_reshapes(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        const tt_layer *first = l->kind == TT_LAYER_RESHAPE ? tt_made_by(l->in[0], TT_LAYER_RESHAPE) : NULL;
        if (!first)
            continue;
        l->in[0] = first->in[0];
        ++*changes;
    }
    return TTRT_OK;
}

/* transpose(transpose(x)) becomes transpose(x) */
ttrt_status tt_opt_transposes(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        const tt_layer *first = l->kind == TT_LAYER_TRANSPOSE ? tt_made_by(l->in[0], TT_LAYER_TRANSPOSE) : NULL;
        if (!first)
            continue;
        tt_attr_ints *p = &l->attrs.transpose.permutation;
        int64_t *both = tt_arena_array(net->arena, (size_t)p->n, sizeof *both);
        if (!both)
            return TTRT_ERR_MEMORY;
        for (int i = 0; i < p->n; i++)
            both[i] = first->attrs.transpose.permutation.v[p->v[i]];
        p->v = both;
        l->in[0] = first->in[0];
        ++*changes;
    }
    return TTRT_OK;
}

/* ---- padding ---- */

/* Zeros around the spatial dimensions of [n, c, spatial...], numbers known. */
static bool pads_space(const tt_layer *l)
{
    const tt_pad_attrs *a = &l->attrs.pad;

    if (a->mode != TT_PAD_CONSTANT || a->value != 0 || a->pre_padding.n < 3)
        return false;
    for (int i = 0; i < a->pre_padding.n; i++) {
        tt_dim pre = a->pre_padding.v[i], post = a->post_padding.v[i];
        if (i < 2 ? !tt_dim_is(pre, 0) || !tt_dim_is(post, 0)
                  : !tt_dim_is_const(pre) || !tt_dim_is_const(post) || pre.value < 0 || post.value < 0)
            return false;
    }
    return true;
}

/*  %1 = pad(%x) {pre_padding=[0,0,1], post_padding=[0,0,2]}
 *  %2 = convolution(%1, %w) {pre_padding=[0], post_padding=[0]}
 *  becomes   %2 = convolution(%x, %w) {pre_padding=[1], post_padding=[2]} */
ttrt_status tt_opt_padding(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l) {
        const tt_layer *pad = l->kind == TT_LAYER_CONVOLUTION ? tt_made_by(l->in[0], TT_LAYER_PAD) : NULL;
        if (!pad || !pads_space(pad))
            continue;
        tt_convolution_attrs *a = &l->attrs.convolution;
        int n = a->pre_padding.n;
        int64_t *amounts = tt_arena_array(net->arena, 2 * (size_t)n, sizeof *amounts);
        if (!amounts)
            return TTRT_ERR_MEMORY;
        for (int i = 0; i < n; i++) {
            amounts[i] = a->pre_padding.v[i] + pad->attrs.pad.pre_padding.v[2 + i].value;
            amounts[n + i] = a->post_padding.v[i] + pad->attrs.pad.post_padding.v[2 + i].value;
        }
        a->pre_padding.v = amounts;
        a->post_padding.v = amounts + n;
        l->in[0] = pad->in[0];
        ++*changes;
    }
    return TTRT_OK;
}

/* ---- expands ---- */

/* Whether the layer broadcasts this input itself. */
static bool broadcasts(const tt_layer *l, int i)
{
    switch (l->kind) {
    case TT_LAYER_ELEMENTWISE:
    case TT_LAYER_SELECT:
        return true;
    case TT_LAYER_MATRIX_MULTIPLY:
        return i < 2;
    case TT_LAYER_ATTENTION:
        return i == 3;
    default:
        return false;
    }
}

static ttrt_status keeps_output(tt_network *net, const tt_layer *l, bool *out)
{
    tt_infer c;

    *out = tt_infer_run(net, l, &c) == TTRT_OK && c.out[0].rank == l->out[0]->rank;
    if (!*out && ttrt_last_error()->status == TTRT_ERR_MEMORY)
        return TTRT_ERR_MEMORY;
    for (int i = 0; *out && i < c.out[0].rank; i++)
        *out = tt_dim_equal(c.out[0].dims[i], l->out[0]->dims[i]);
    return TTRT_OK;
}

/*  %1: [s0,4] = expand(%x: [1,4])
 *  %2 = elementwise(%1, %y: [s0,4])    becomes   %2 = elementwise(%x, %y) */
ttrt_status tt_opt_expands(tt_network *net, int *changes)
{
    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_in; i++) {
            tt_tensor *expanded = l->in[i];
            bool keeps;
            if (!broadcasts(l, i) || !tt_made_by(expanded, TT_LAYER_EXPAND))
                continue;
            l->in[i] = expanded->layer->in[0];
            TT_TRY(keeps_output(net, l, &keeps));
            if (keeps)
                ++*changes;
            else
                l->in[i] = expanded;
        }
    return TTRT_OK;
}
