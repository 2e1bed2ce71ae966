/* Inference of layers that slide a window over the spatial dimensions of [n, c, spatial...]. */
#include "network/infer.h"

static tt_dim add_const(tt_infer *c, tt_dim d, int64_t v) { return tt_dim_add(c->dims, d, tt_dim_const(v)); }

static tt_dim mul_const(tt_infer *c, tt_dim d, int64_t v) { return tt_dim_mul(c->dims, d, tt_dim_const(v)); }

/* dilation * (window - 1) + 1: what a window covers. */
static tt_dim covered(tt_infer *c, tt_dim window, int64_t dilation)
{
    return add_const(c, mul_const(c, add_const(c, window, -1), dilation), 1);
}

static ttrt_status check_windows(tt_infer *c, int spatial, tt_attr_ints stride, tt_attr_ints pre, tt_attr_ints post,
                                 tt_attr_ints dilation)
{
    TT_RULE(spatial >= 1 && spatial <= 3, "%d spatial dimensions, expected 1 to 3", spatial);
    TT_TRY(tt_infer_ints(c, "stride", stride, spatial, 1));
    TT_TRY(tt_infer_ints(c, "pre_padding", pre, spatial, 0));
    TT_TRY(tt_infer_ints(c, "post_padding", post, spatial, 0));
    return tt_infer_ints(c, "dilation", dilation, spatial, 1);
}

static ttrt_status check_output_size(tt_infer *c, const tt_infer_out *out, int i)
{
    TT_RULE(!tt_dim_is_const(out->dims[i]) || out->dims[i].value > 0,
            "window is larger than the padded input in dimension %d", i);
    return TTRT_OK;
}

static ttrt_status check_conv_types(tt_infer *c)
{
    tt_tensor *const *in = c->layer->in;

    TT_RULE(tt_infer_is_number(in[0]->dtype), "input is %s", ttrt_dtype_name(in[0]->dtype));
    for (int i = 1; i < c->layer->n_in; i++)
        TT_TRY(tt_infer_same_dtype(c, in[0], in[i]));
    TT_RULE(in[0]->rank == in[1]->rank, "input of rank %d, kernel of rank %d", in[0]->rank, in[1]->rank);
    if (c->layer->n_in == 3)
        TT_RULE(in[2]->rank == 1, "bias of rank %d, expected 1", in[2]->rank);
    return TTRT_OK;
}

static ttrt_status check_divides(tt_infer *c, tt_dim channels, int64_t groups)
{
    TT_RULE(groups >= 1, "%lld groups", (long long)groups);
    TT_RULE(!tt_dim_is_const(channels) || channels.value % groups == 0, "%lld channels in %lld groups",
            (long long)channels.value, (long long)groups);
    return TTRT_OK;
}

/* Spatial sizes of zero are refused as PyTorch refuses them; an empty batch is fine. */
ttrt_status tt_infer_layer_convolution(tt_infer *c)
{
    const tt_convolution_attrs *a = &c->layer->attrs.convolution;
    const tt_tensor *x = c->layer->in[0], *w = c->layer->in[1];

    TT_TRY(check_conv_types(c));
    TT_TRY(check_windows(c, x->rank - 2, a->stride, a->pre_padding, a->post_padding, a->dilation));
    TT_TRY(check_divides(c, w->dims[0], a->groups));
    TT_TRY(tt_infer_equal(c, "input's and kernel's channels", x->dims[1], mul_const(c, w->dims[1], a->groups), NULL));
    if (c->layer->n_in == 3)
        TT_TRY(tt_infer_equal(c, "output channels and bias", w->dims[0], c->layer->in[2]->dims[0], NULL));
    tt_infer_out *out = tt_infer_like(c, x);
    out->dims[1] = w->dims[0];
    for (int i = 0; i < x->rank - 2; i++) {
        tt_dim in = add_const(c, add_const(c, x->dims[i + 2], a->pre_padding.v[i]), a->post_padding.v[i]);
        tt_dim room = tt_dim_sub(c->dims, in, covered(c, w->dims[i + 2], a->dilation.v[i]));
        out->dims[i + 2] = add_const(c, tt_dim_floordiv(c->dims, room, tt_dim_const(a->stride.v[i])), 1);
        TT_TRY(check_output_size(c, out, i + 2));
    }
    return TTRT_OK;
}

ttrt_status tt_infer_layer_deconvolution(tt_infer *c)
{
    const tt_deconvolution_attrs *a = &c->layer->attrs.deconvolution;
    const tt_tensor *x = c->layer->in[0], *w = c->layer->in[1];

    TT_TRY(check_conv_types(c));
    TT_TRY(check_windows(c, x->rank - 2, a->stride, a->pre_padding, a->post_padding, a->dilation));
    TT_TRY(tt_infer_ints(c, "output_padding", a->output_padding, x->rank - 2, 0));
    TT_TRY(check_divides(c, w->dims[0], a->groups));
    TT_TRY(tt_infer_equal(c, "input's and kernel's channels", x->dims[1], w->dims[0], NULL));
    tt_infer_out *out = tt_infer_like(c, x);
    out->dims[1] = mul_const(c, w->dims[1], a->groups);
    if (c->layer->n_in == 3)
        TT_TRY(tt_infer_equal(c, "output channels and bias", out->dims[1], c->layer->in[2]->dims[0], NULL));
    for (int i = 0; i < x->rank - 2; i++) {
        TT_RULE(a->output_padding.v[i] < a->stride.v[i] || a->output_padding.v[i] < a->dilation.v[i],
                "output_padding is not smaller than stride or dilation");
        tt_dim n = mul_const(c, add_const(c, x->dims[i + 2], -1), a->stride.v[i]);
        n = tt_dim_add(c->dims, n, covered(c, w->dims[i + 2], a->dilation.v[i]));
        n = add_const(c, add_const(c, n, -a->pre_padding.v[i]), -a->post_padding.v[i]);
        out->dims[i + 2] = add_const(c, n, a->output_padding.v[i]);
        TT_TRY(check_output_size(c, out, i + 2));
    }
    return TTRT_OK;
}

/* PyTorch's pooling_output_shape: with ceil_mode the division rounds up, but the last window must start inside the
 * input or its padding before; otherwise it is left out. */
static tt_dim pooled(tt_infer *c, const tt_pooling_attrs *a, tt_dim in, int i)
{
    int64_t stride = a->stride.v[i], pre = a->pre_padding.v[i], post = a->post_padding.v[i];
    int64_t reach = a->dilation.v[i] * (a->window_size.v[i] - 1);
    tt_dim last = add_const(c, add_const(c, in, pre), post - reach - 1 + (a->ceil_mode ? stride - 1 : 0));
    tt_dim n = add_const(c, tt_dim_floordiv(c->dims, last, tt_dim_const(stride)), 1);

    if (!a->ceil_mode || post - reach + stride - 1 <= 0)
        return n;
    tt_dim starts = tt_dim_floordiv(c->dims, add_const(c, in, pre - 1), tt_dim_const(stride));
    return tt_dim_min(c->dims, n, add_const(c, starts, 1));
}

static ttrt_status check_pooling(tt_infer *c, const tt_pooling_attrs *a, int spatial)
{
    TT_TRY(check_windows(c, spatial, a->stride, a->pre_padding, a->post_padding, a->dilation));
    TT_TRY(tt_infer_ints(c, "window_size", a->window_size, spatial, 1));
    for (int i = 0; i < spatial; i++) {
        tt_dim window = covered(c, tt_dim_const(a->window_size.v[i]), a->dilation.v[i]);
        TT_TRY(tt_dims_status(c->dims));
        TT_RULE(a->pre_padding.v[i] < window.value && a->post_padding.v[i] < window.value,
                "padding is as large as the window");
        TT_RULE(a->stride.v[i] < INT32_MAX, "stride %lld", (long long)a->stride.v[i]);
    }
    return TTRT_OK;
}

static ttrt_status check_pooled_type(tt_infer *c, int64_t type, bool has_indices)
{
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(type == TT_POOLING_MAX || !has_indices, "AVERAGE has no indices");
    TT_RULE(type == TT_POOLING_MAX ? tt_infer_is_number(x->dtype) : tt_infer_is_float(x->dtype), "%s of %s",
            tt_enum_name("pooling", type), ttrt_dtype_name(x->dtype));
    return TTRT_OK;
}

static void add_indices(tt_infer *c) { tt_infer_add(c, TTRT_DTYPE_INT64, c->out[0].rank, c->out[0].dims); }

ttrt_status tt_infer_layer_pooling(tt_infer *c)
{
    const tt_pooling_attrs *a = &c->layer->attrs.pooling;
    const tt_tensor *x = c->layer->in[0];

    TT_TRY(check_pooled_type(c, a->type, a->has_indices));
    TT_TRY(check_pooling(c, a, x->rank - 2));
    tt_infer_out *out = tt_infer_like(c, x);
    for (int i = 0; i < x->rank - 2; i++) {
        out->dims[i + 2] = pooled(c, a, x->dims[i + 2], i);
        TT_TRY(check_output_size(c, out, i + 2));
    }
    if (a->has_indices)
        add_indices(c);
    return TTRT_OK;
}

/* [n, c] of the input, then the sizes asked for. */
static ttrt_status resized(tt_infer *c, tt_attr_dims size)
{
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(x->rank >= 3 && x->rank <= 5, "input of rank %d, expected 3 to 5", x->rank);
    TT_RULE(size.n == x->rank - 2, "output_size has %d items, expected %d", size.n, x->rank - 2);
    tt_infer_out *out = tt_infer_like(c, x);
    for (int i = 0; i < size.n; i++) {
        TT_RULE(!tt_dim_is(x->dims[i + 2], 0) || tt_dim_is(size.v[i], 0), "spatial dimension %d has no elements", i);
        out->dims[i + 2] = size.v[i];
    }
    return TTRT_OK;
}

ttrt_status tt_infer_layer_adaptive_pooling(tt_infer *c)
{
    const tt_adaptive_pooling_attrs *a = &c->layer->attrs.adaptive_pooling;

    TT_TRY(check_pooled_type(c, a->type, a->has_indices));
    TT_TRY(resized(c, a->output_size));
    if (a->has_indices)
        add_indices(c);
    return TTRT_OK;
}

ttrt_status tt_infer_layer_resize(tt_infer *c)
{
    const tt_resize_attrs *a = &c->layer->attrs.resize;
    const tt_tensor *x = c->layer->in[0];
    bool nearest = a->mode == TT_RESIZE_NEAREST || a->mode == TT_RESIZE_NEAREST_EXACT;

    TT_RULE(nearest ? tt_infer_is_number(x->dtype) : tt_infer_is_float(x->dtype), "%s of %s",
            tt_enum_name("resize", a->mode), ttrt_dtype_name(x->dtype));
    TT_RULE(!nearest || (!a->align_corners && !a->antialias), "%s with align_corners or antialias",
            tt_enum_name("resize", a->mode));
    TT_RULE(x->rank == 4 || !(a->antialias || a->mode == TT_RESIZE_CUBIC), "CUBIC or antialias of a tensor of rank %d",
            x->rank);
    TT_RULE(a->scales.n == 0 || a->scales.n == a->output_size.n, "%d scales of %d", a->scales.n, a->output_size.n);
    return resized(c, a->output_size);
}

ttrt_status tt_infer_layer_grid_sample(tt_infer *c)
{
    const tt_tensor *x = c->layer->in[0], *grid = c->layer->in[1];

    TT_TRY(tt_infer_float(c, x));
    TT_TRY(tt_infer_same_dtype(c, x, grid));
    TT_RULE((x->rank == 4 || x->rank == 5) && grid->rank == x->rank, "ranks %d and %d, expected 4 or 5", x->rank,
            grid->rank);
    TT_RULE(x->rank == 4 || c->layer->attrs.grid_sample.interpolation_mode != TT_INTERPOLATION_CUBIC,
            "CUBIC of a tensor of rank 5");
    TT_TRY(tt_infer_equal(c, "batch sizes", x->dims[0], grid->dims[0], NULL));
    TT_TRY(tt_infer_equal(c, "coordinates and spatial dimensions", grid->dims[grid->rank - 1],
                          tt_dim_const(x->rank - 2), NULL));
    tt_infer_out *out = tt_infer_like(c, x);
    for (int i = 2; i < x->rank; i++) {
        TT_RULE(!tt_dim_is(x->dims[i], 0), "spatial dimension %d has no elements", i - 2);
        out->dims[i] = grid->dims[i - 1];
    }
    return TTRT_OK;
}

/* Blocks that fit into an image of h x w. */
static tt_dim n_blocks(tt_infer *c, const tt_fold_attrs *a, const tt_dim *size)
{
    tt_dim n = tt_dim_const(1);

    for (int i = 0; i < 2; i++) {
        tt_dim room = tt_dim_sub(c->dims, add_const(c, add_const(c, size[i], a->padding.v[i]), a->padding.v[i]),
                                 covered(c, tt_dim_const(a->window_size.v[i]), a->dilation.v[i]));
        n = tt_dim_mul(c->dims, n, add_const(c, tt_dim_floordiv(c->dims, room, tt_dim_const(a->stride.v[i])), 1));
    }
    return n;
}

/* im2col: [n, c, h, w] -> [n, c * kh * kw, blocks]; col2im the other way, with output_size [h, w]. */
ttrt_status tt_infer_layer_fold(tt_infer *c)
{
    const tt_fold_attrs *a = &c->layer->attrs.fold;
    const tt_tensor *x = c->layer->in[0];

    TT_RULE(tt_infer_is_number(x->dtype), "input is %s", ttrt_dtype_name(x->dtype));
    TT_TRY(check_windows(c, 2, a->stride, a->padding, a->padding, a->dilation));
    TT_TRY(tt_infer_ints(c, "window_size", a->window_size, 2, 1));
    TT_RULE(x->rank == (a->inverse ? 3 : 4), "input of rank %d, expected %d", x->rank, a->inverse ? 3 : 4);
    TT_RULE(a->output_size.n == (a->inverse ? 2 : 0), "output_size has %d items", a->output_size.n);
    tt_dim window = tt_dim_mul(c->dims, tt_dim_const(a->window_size.v[0]), tt_dim_const(a->window_size.v[1]));
    tt_dim blocks = n_blocks(c, a, a->inverse ? a->output_size.v : x->dims + 2);
    TT_TRY(tt_dims_status(c->dims));
    TT_RULE(!tt_dim_is_const(blocks) || blocks.value > 0, "window is larger than the padded image");
    if (!a->inverse) {
        tt_infer_add(c, x->dtype, 3, (tt_dim[]){x->dims[0], tt_dim_mul(c->dims, x->dims[1], window), blocks});
        return TTRT_OK;
    }
    TT_TRY(tt_infer_equal(c, "blocks", x->dims[2], blocks, NULL));
    TT_RULE(!tt_dim_is_const(x->dims[1]) || x->dims[1].value % window.value == 0,
            "%lld rows are no multiple of the window's %lld", (long long)x->dims[1].value, (long long)window.value);
    tt_dim channels = tt_dim_floordiv(c->dims, x->dims[1], window);
    tt_infer_add(c, x->dtype, 4, (tt_dim[]){x->dims[0], channels, a->output_size.v[0], a->output_size.v[1]});
    return TTRT_OK;
}
