/* Resizing and sampling of images. TensorRT's resize where its positions are PyTorch's for certain; else one dimension
 * after the other, each output from the places that it reads and their weights:
 *
 *     [n, c, h, w]  ─►  [n, c, oh, taps, w]  ─►  sum over taps of weights[oh, taps] * it                          */
#include "engine/resize_places.h"
#include "engine/tensorrt/formula.h"
#include "engine/tensorrt/window.h"

static bool is_nearest(const tt_resize_attrs *a)
{
    return a->mode == TT_RESIZE_NEAREST || a->mode == TT_RESIZE_NEAREST_EXACT;
}

static double scale_of(const tt_resize_attrs *a, int i) { return a->scales.n ? a->scales.v[i] : 0; }

/* out = in * factor for a whole factor. */
static bool grows_by(tt_dims *t, tt_dim in, tt_dim out, int64_t *factor)
{
    tt_dim quotient;

    if (!tt_dim_divide_exact(t, out, in, &quotient) || !tt_dim_is_const(quotient))
        return false;
    *factor = quotient.value;
    return true;
}

/* TensorRT takes the ratio of the sizes: where a factor was given, PyTorch takes that, which is another where
 * in * factor is no whole number. */
static bool is_ratio_of_sizes(tt_dims *t, double scale, tt_dim in, tt_dim out)
{
    int64_t factor;

    if (!(scale > 0))
        return true;
    if (tt_dim_is_const(in) && tt_dim_is_const(out))
        return (double)in.value * scale == (double)out.value;
    return grows_by(t, in, out, &factor) && (double)factor == scale;
}

static bool is_power_of_two(int64_t v) { return v > 0 && (v & (v - 1)) == 0; }

/* Positions are exact in any arithmetic: a nearest one cannot fall to the other side. */
static bool is_exact(tt_dims *t, tt_dim in, tt_dim out)
{
    int64_t factor;

    return grows_by(t, out, in, &factor) || (grows_by(t, in, out, &factor) && is_power_of_two(factor));
}

static bool is_layer(tt_dims *t, const tt_layer *l)
{
    const tt_resize_attrs *a = &l->attrs.resize;
    Dims64 known;

    if (a->antialias || !tt_dtype_is_float(l->in[0]->dtype))
        return false;
    /* With a symbolic dimension, be it the batch, each one after the first costs TensorRT-RTX 6 s to build. */
    if (a->mode == TT_RESIZE_CUBIC && !tt_trt_static(l->out[0]->rank, l->out[0]->dims, &known))
        return false;
    for (int i = 0; i < a->output_size.n; i++) {
        const tt_dim in = l->in[0]->dims[2 + i], out = a->output_size.v[i];
        if (!a->align_corners && !is_ratio_of_sizes(t, scale_of(a, i), in, out))
            return false;
        if (is_nearest(a) && !is_exact(t, in, out))
            return false;
    }
    return true;
}

bool tt_trt_accepts_resize(const tt_layer *l, tt_reason *why)
{
    const tt_resize_attrs *a = &l->attrs.resize;

    for (int i = 0; i < a->output_size.n && a->antialias; i++)
        if (!tt_dim_is_const(a->output_size.v[i]) || !tt_dim_is_const(l->in[0]->dims[2 + i]))
            return tt_refuse(why, "TensorRT resizes with antialias between sizes that are known");
    return true;
}

static ttrt_status map_layer(tt_trt_map *m, const tt_layer *l)
{
    static const int32_t modes[] = {[TT_RESIZE_NEAREST] = TRT_InterpolationMode_kNEAREST,
                                    [TT_RESIZE_NEAREST_EXACT] = TRT_InterpolationMode_kNEAREST,
                                    [TT_RESIZE_LINEAR] = TRT_InterpolationMode_kLINEAR,
                                    [TT_RESIZE_CUBIC] = TRT_InterpolationMode_kCUBIC};
    const tt_resize_attrs *a = &l->attrs.resize;
    const tt_tensor *to = l->out[0];
    Dims64 dims;
    ITensor *x, *shape = NULL;

    const bool is_static = tt_trt_static(to->rank, to->dims, &dims);
    if (!is_static)
        TT_TRY(tt_trt_shape(m, to->rank, to->dims, &shape));
    IResizeLayer *r = trt_INetworkDefinition_addResize(m->trt, tt_trt_in(m, l, 0));
    if (is_static)
        trt_IResizeLayer_setOutputDimensions(r, &dims);
    else if (r)
        trt_ILayer_setInput((ILayer *)r, 1, shape);
    trt_IResizeLayer_setResizeMode(r, modes[a->mode]);
    trt_IResizeLayer_setCoordinateTransformation(r, a->align_corners ? TRT_ResizeCoordinateTransformation_kALIGN_CORNERS
                                                    : a->mode == TT_RESIZE_NEAREST
                                                        ? TRT_ResizeCoordinateTransformation_kASYMMETRIC
                                                        : TRT_ResizeCoordinateTransformation_kHALF_PIXEL);
    /* A single output is the first place where corners are aligned, the middle elsewhere. */
    trt_IResizeLayer_setSelectorForSinglePixel(r, a->align_corners ? TRT_ResizeSelector_kUPPER
                                                                   : TRT_ResizeSelector_kFORMULA);
    trt_IResizeLayer_setNearestRounding(r, a->mode == TT_RESIZE_NEAREST ? TRT_ResizeRoundMode_kFLOOR
                                                                        : TRT_ResizeRoundMode_kHALF_UP);
    trt_IResizeLayer_setCubicCoeff(r, -0.75f);
    TT_TRY(tt_trt_added(m, r, &x));
    return tt_trt_set_out(m, l, 0, x);
}

/* ---- places and weights ---- */

/* Of one dimension: index [out] or [out, taps], weights [out, taps] or NULL where elements only move. */
typedef struct interpolation {
    const tt_layer *l;
    tt_resize_axis axis; /* sizes are 0 where they are symbolic */
    tt_dim in, out;
    int64_t taps;
    ITensor *weights;
} interpolation;

static interpolation start_interpolation(const tt_layer *l, int i)
{
    static const tt_resize_mode modes[] = {[TT_RESIZE_NEAREST] = TT_RESIZE_MODE_NEAREST,
                                           [TT_RESIZE_NEAREST_EXACT] = TT_RESIZE_MODE_NEAREST_EXACT,
                                           [TT_RESIZE_LINEAR] = TT_RESIZE_MODE_LINEAR,
                                           [TT_RESIZE_CUBIC] = TT_RESIZE_MODE_CUBIC};
    const tt_resize_attrs *a = &l->attrs.resize;
    const tt_dim in = l->in[0]->dims[2 + i], out = a->output_size.v[i];

    return (interpolation){
        .l = l,
        .in = in,
        .out = out,
        .axis = {modes[a->mode], a->align_corners, a->antialias, false, in.value, out.value, scale_of(a, i)}};
}

static ttrt_status known_places(tt_trt_map *m, interpolation *p, tt_trt_taps *t)
{
    const int64_t n = p->out.value, taps = tt_resize_taps(&p->axis), dims[] = {n, taps};
    int64_t *places = tt_arena_array(m->arena, (size_t)(n * taps), sizeof *places);
    double *weights = tt_arena_array(m->arena, (size_t)taps, sizeof *weights);
    float *all = tt_arena_array(m->arena, (size_t)(n * taps), sizeof *all);

    if (!places || !weights || !all)
        return TTRT_ERR_MEMORY;
    for (int64_t o = 0; o < n; o++) {
        const int64_t count = tt_resize_places(&p->axis, o, places + o * taps, weights);
        for (int64_t k = 0; k < taps; k++) {
            all[o * taps + k] = k < count ? (float)weights[k] : 0;
            if (k >= count)
                places[o * taps + k] = -1;
        }
    }
    *t = (tt_trt_taps){n, taps, places};
    p->taps = taps;
    return taps == 1 ? TTRT_OK : tt_trt_constant(m, all, TTRT_DTYPE_FLOAT32, 2, dims, &p->weights);
}

/* Sizes that are known when running: PyTorch's formulas, in float32 as there. */

static ITensor *float_size(tt_trt_map *m, tt_dim d)
{
    return tt_trt_f_cast(m, tt_trt_f_size(m, d, 1), TTRT_DTYPE_FLOAT32);
}

static ITensor *step_of(tt_trt_map *m, const interpolation *p, ITensor *like)
{
    if (p->axis.align_corners)
        return f_div(m, f_add_number(m, float_size(m, p->in), -1),
                     f_max_number(m, f_add_number(m, float_size(m, p->out), -1), 1));
    if (p->axis.scale > 0)
        return tt_trt_f_number(m, 1 / p->axis.scale, like);
    return f_div(m, float_size(m, p->in), float_size(m, p->out));
}

static bool moves(const interpolation *p) { return p->axis.mode <= TT_RESIZE_MODE_NEAREST_EXACT; }

/* Source positions, [out]. */
static ITensor *positions(tt_trt_map *m, const interpolation *p)
{
    ITensor *o = tt_trt_f_cast(m, tt_trt_f_iota(m, p->out, 1, 0), TTRT_DTYPE_FLOAT32), *step = step_of(m, p, o);

    if (p->axis.mode == TT_RESIZE_MODE_NEAREST || p->axis.align_corners)
        return f_mul(m, o, step);
    o = f_mul(m, f_add_number(m, o, 0.5), step);
    if (p->axis.mode == TT_RESIZE_MODE_NEAREST_EXACT)
        return o;
    o = f_add_number(m, o, -0.5);
    return p->axis.mode == TT_RESIZE_MODE_LINEAR ? f_max_number(m, o, 0) : o;
}

/* The place `by` after these, inside the dimension. */
static ITensor *neighbour(tt_trt_map *m, const interpolation *p, ITensor *first, int by)
{
    ITensor *at = tt_trt_f_cast(m, f_add_number(m, first, by), TTRT_DTYPE_INT64);

    return f_max_number(m, f_min(m, at, f_add_number(m, tt_trt_f_size(m, p->in, 1), -1)), 0);
}

static ITensor *cubic_near(tt_trt_map *m, ITensor *x)
{
    static const double c[] = {1, 0, -2.25, 1.25};

    return tt_trt_f_polynomial(m, x, TT_COUNT(c), c);
}

static ITensor *cubic_far(tt_trt_map *m, ITensor *x)
{
    static const double c[] = {3, -6, 3.75, -0.75};

    return tt_trt_f_polynomial(m, x, TT_COUNT(c), c);
}

static ttrt_status side_by_side(tt_trt_map *m, const interpolation *p, ITensor **columns, ITensor **out)
{
    const tt_dim column[] = {p->out, tt_dim_const(1)};

    for (int64_t k = 0; k < p->taps; k++)
        if (!(columns[k] = tt_trt_f_reshape(m, columns[k], 2, column)))
            return ttrt_last_error()->status;
    return tt_trt_concat(m, (int)p->taps, columns, 1, out);
}

static ttrt_status computed_places(tt_trt_map *m, interpolation *p, ITensor **index)
{
    ITensor *at = positions(m, p), *first = f_floor(m, at), *places[4], *weights[4];

    p->taps = moves(p) ? 1 : p->axis.mode == TT_RESIZE_MODE_LINEAR ? 2 : 4;
    if (p->taps == 1) {
        *index = neighbour(m, p, first, 0);
        return *index ? TTRT_OK : ttrt_last_error()->status;
    }
    ITensor *past = f_sub(m, at, first), *left = tt_trt_f_number_with(m, TRT_ElementWiseOperation_kSUB, 1, past);
    if (p->taps == 2) {
        weights[0] = left;
        weights[1] = past;
    } else {
        weights[0] = cubic_far(m, f_add_number(m, past, 1));
        weights[1] = cubic_near(m, past);
        weights[2] = cubic_near(m, left);
        weights[3] = cubic_far(m, f_add_number(m, left, 1));
    }
    for (int k = 0; k < p->taps; k++)
        places[k] = neighbour(m, p, first, k - (p->taps == 4));
    TT_TRY(side_by_side(m, p, weights, &p->weights));
    return side_by_side(m, p, places, index);
}

/* [..., out, taps, ...] times weights, summed. */
static ttrt_status weigh(tt_trt_map *m, const interpolation *p, int rank, int axis, ITensor *x, ITensor **out)
{
    tt_dim dims[TT_TRT_RANK];
    ITensor *weights;

    *out = x;
    if (p->taps == 1)
        return TTRT_OK;
    for (int i = 0; i <= rank; i++)
        dims[i] = i == axis ? p->out : tt_dim_const(i == axis + 1 ? p->taps : 1);
    TT_TRY(tt_trt_reshape(m, p->weights, rank + 1, dims, &weights));
    TT_TRY(tt_trt_binary(m, TRT_ElementWiseOperation_kPROD, x, weights, &x));
    return tt_trt_reduce(m, TRT_ReduceOperation_kSUM, x, 2u << axis, false, out);
}

static ttrt_status interpolate(tt_trt_map *m, const tt_layer *l, int i, tt_dtype dtype, tt_dim *dims, ITensor **x)
{
    interpolation p = start_interpolation(l, i);
    const int rank = l->in[0]->rank, axis = 2 + i;
    tt_trt_taps t;
    ITensor *index;

    if (tt_dim_equal(p.in, p.out) && !(p.axis.scale > 0))
        return TTRT_OK;
    if (tt_dim_is_const(p.in) && tt_dim_is_const(p.out)) {
        TT_TRY(known_places(m, &p, &t));
        TT_TRY(tt_trt_gather_taps(m, *x, dtype, rank, dims, axis, &t, x));
    } else {
        TT_TRY(computed_places(m, &p, &index));
        TT_TRY(tt_trt_gather(m, *x, index, axis, x));
    }
    dims[axis] = p.out;
    return weigh(m, &p, rank, axis, *x, x);
}

static ttrt_status map_places(tt_trt_map *m, const tt_layer *l)
{
    const tt_tensor *in = l->in[0];
    tt_dim dims[5];
    ITensor *x = tt_trt_in(m, l, 0);
    tt_dtype dtype = is_nearest(&l->attrs.resize) ? tt_trt_carrier(in->dtype) : TTRT_DTYPE_FLOAT32;

    for (int i = 0; i < in->rank; i++)
        dims[i] = in->dims[i];
    TT_TRY(tt_trt_cast(m, x, dtype, &x));
    for (int i = 0; i < in->rank - 2; i++)
        TT_TRY(interpolate(m, l, i, dtype, dims, &x));
    return tt_trt_set_carried_out(m, l, 0, x);
}

ttrt_status tt_trt_map_resize(tt_trt_map *m, const tt_layer *l)
{
    return is_layer(m->net->dims, l) ? map_layer(m, l) : map_places(m, l);
}

/* ---- grid_sample ---- */

bool tt_trt_accepts_grid_sample(const tt_layer *l, tt_reason *why)
{
    return l->in[0]->rank == 4 || tt_refuse(why, "TensorRT samples images, no volumes");
}

ttrt_status tt_trt_map_grid_sample(tt_trt_map *m, const tt_layer *l)
{
    static const int32_t modes[] = {[TT_INTERPOLATION_NEAREST] = TRT_InterpolationMode_kNEAREST,
                                    [TT_INTERPOLATION_LINEAR] = TRT_InterpolationMode_kLINEAR,
                                    [TT_INTERPOLATION_CUBIC] = TRT_InterpolationMode_kCUBIC};
    static const int32_t outside[] = {[TT_SAMPLE_ZEROS] = TRT_SampleMode_kFILL,
                                      [TT_SAMPLE_CLAMP] = TRT_SampleMode_kCLAMP,
                                      [TT_SAMPLE_REFLECT] = TRT_SampleMode_kREFLECT};
    const tt_grid_sample_attrs *a = &l->attrs.grid_sample;
    ITensor *x;

    IGridSampleLayer *s = trt_INetworkDefinition_addGridSample(m->trt, tt_trt_in(m, l, 0), tt_trt_in(m, l, 1));
    trt_IGridSampleLayer_setInterpolationMode(s, modes[a->interpolation_mode]);
    trt_IGridSampleLayer_setSampleMode(s, outside[a->sample_mode]);
    trt_IGridSampleLayer_setAlignCorners(s, a->align_corners);
    TT_TRY(tt_trt_added(m, s, &x));
    return tt_trt_set_out(m, l, 0, x);
}
