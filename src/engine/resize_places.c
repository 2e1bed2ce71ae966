/* See resize_places.h. Positions are computed in float as PyTorch does, in double for f64: results at halves and
 * thresholds depend on it. */
#include "engine/resize_places.h"

#include <math.h>

static bool is_nearest(const tt_resize_axis *a)
{
    return a->mode == TT_RESIZE_MODE_NEAREST || a->mode == TT_RESIZE_MODE_NEAREST_EXACT;
}

static double rounded(const tt_resize_axis *a, double v) { return a->in_double && !is_nearest(a) ? v : (float)v; }

/* Source places an output place. */
static double step_of(const tt_resize_axis *a)
{
    double step;

    if (a->align_corners && !is_nearest(a))
        step = a->out > 1 ? rounded(a, (double)(a->in - 1)) / (double)(a->out - 1) : 0;
    else
        step = a->scale > 0 ? 1.0 / a->scale : rounded(a, (double)a->in) / (double)a->out;
    return rounded(a, step);
}

static int64_t clamp64(int64_t i, int64_t low, int64_t high) { return i < low ? low : i > high ? high : i; }

static int64_t nearest_place(const tt_resize_axis *a, int64_t o)
{
    const double at = a->mode == TT_RESIZE_MODE_NEAREST_EXACT ? (double)o + 0.5 : (double)o;

    return clamp64((int64_t)floor(rounded(a, rounded(a, at) * step_of(a))), 0, a->in - 1);
}

static double source_position(const tt_resize_axis *a, int64_t o)
{
    const double step = step_of(a);

    if (a->align_corners)
        return rounded(a, step * (double)o);
    double at = rounded(a, rounded(a, step * rounded(a, (double)o + 0.5)) - 0.5);
    return a->mode == TT_RESIZE_MODE_LINEAR && at < 0 ? 0 : at;
}

static double cubic_near(double x, double a) { return ((a + 2) * x - (a + 3)) * x * x + 1; }
static double cubic_far(double x, double a) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; }

static int64_t interpolated_places(const tt_resize_axis *a, int64_t o, int64_t *index, double *weight)
{
    const double c = -0.75, at = source_position(a, o);
    const int64_t first = clamp64((int64_t)floor(at), -1, a->in - 1);
    const double past = fmin(fmax(rounded(a, at - (double)first), 0), 1);

    if (a->mode == TT_RESIZE_MODE_LINEAR) {
        index[0] = first;
        index[1] = first + (first < a->in - 1);
        weight[0] = rounded(a, 1 - past);
        weight[1] = past;
        return 2;
    }
    weight[0] = cubic_far(past + 1, c);
    weight[1] = cubic_near(past, c);
    weight[2] = cubic_near(1 - past, c);
    weight[3] = cubic_far(2 - past, c);
    for (int j = 0; j < 4; j++)
        index[j] = clamp64(first - 1 + j, 0, a->in - 1);
    return 4;
}

static double antialias_filter(tt_resize_mode mode, double x)
{
    x = fabs(x);
    if (mode == TT_RESIZE_MODE_LINEAR)
        return x < 1 ? 1 - x : 0;
    return x < 1 ? cubic_near(x, -0.5) : x < 2 ? cubic_far(x, -0.5) : 0;
}

static double antialias_support(const tt_resize_axis *a)
{
    const double half = a->mode == TT_RESIZE_MODE_LINEAR ? 1 : 2, step = step_of(a);
    return step >= 1 ? half * step : half;
}

static int64_t antialiased_places(const tt_resize_axis *a, int64_t o, int64_t *index, double *weight)
{
    const double step = step_of(a), support = antialias_support(a), shrink = step >= 1 ? 1 / step : 1;
    /* Half a place is added with align_corners too, as PyTorch does. */
    const double center = step * ((double)o + 0.5);
    const int64_t taps = tt_resize_taps(a), first = clamp64((int64_t)(center - support + 0.5), 0, a->in - 1);
    const int64_t left = a->in - first,
                  n = clamp64((int64_t)(center + support + 0.5) - first, 1, left < taps ? left : taps);
    double total = 0;

    for (int64_t j = 0; j < n; j++) {
        index[j] = first + j;
        weight[j] = antialias_filter(a->mode, ((double)(first + j) - center + 0.5) * shrink);
        total += weight[j];
    }
    for (int64_t j = 0; j < n && total != 0; j++)
        weight[j] /= total;
    return n;
}

static bool is_kept(const tt_resize_axis *a) { return a->in == a->out && !(a->scale > 0); }

int64_t tt_resize_taps(const tt_resize_axis *a)
{
    if (is_nearest(a) || is_kept(a))
        return 1;
    if (!a->antialias)
        return a->mode == TT_RESIZE_MODE_LINEAR ? 2 : 4;
    double most = ceil(antialias_support(a)) * 2 + 1;
    return most < (double)a->in ? (int64_t)most : a->in > 2 ? a->in : 2;
}

int64_t tt_resize_places(const tt_resize_axis *a, int64_t o, int64_t *index, double *weight)
{
    if (is_nearest(a) || is_kept(a)) {
        index[0] = is_nearest(a) ? nearest_place(a, o) : o;
        weight[0] = 1;
        return 1;
    }
    return a->antialias ? antialiased_places(a, o, index, weight) : interpolated_places(a, o, index, weight);
}
