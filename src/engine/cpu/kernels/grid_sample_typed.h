/* Sampling for one data type; grid_sample.c includes this once for each. It defines before
 *     F(name)      the name of a function of this type
 *     T            the type in memory, R that of the arithmetic
 *     WIDEN(v), NARROW(v)                                       */

static R F(clip)(R v, int64_t n) { return (R)fmin(fmax(v, 0), (double)(n - 1)); /* NaN becomes 0 */ }

/* Mirrors at twice_low / 2 and twice_high / 2. */
static R F(reflect)(R v, int64_t twice_low, int64_t twice_high)
{
    const R low = (R)twice_low / 2, span = (R)(twice_high - twice_low) / 2;

    if (twice_low == twice_high)
        return 0;
    v = (R)fabs(v - low);
    const R extra = (R)fmod(v, span);
    return fmod(floor(v / span), 2) == 0 ? extra + low : span - extra + low;
}

static R F(pad)(const grid_job *job, R v, int64_t n)
{
    if (job->padding == TT_GRID_ZEROS)
        return v;
    if (job->padding == TT_GRID_REFLECTION)
        v = job->align_corners ? F(reflect)(v, 0, 2 * (n - 1)) : F(reflect)(v, -1, 2 * n - 1);
    return F(clip)(v, n);
}

/* Places of one dimension and their weights; a place outside of the image is -1. */
static int F(axis_places)(const grid_job *job, R coordinate, int64_t n, int64_t *place, R *weight)
{
    R v = job->align_corners ? (coordinate + 1) / 2 * (R)(n - 1) : ((coordinate + 1) * (R)n - 1) / 2;
    R at[4];
    int count = 0;

    if (job->mode == TT_GRID_CUBIC) {
        const R first = (R)floor(v), t = v - first, a = (R)-0.75;
        for (; count < 4; count++)
            at[count] = F(pad)(job, first - 1 + (R)count, n);
        weight[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
        weight[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
        weight[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1;
        weight[3] = ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a;
    } else if (job->mode == TT_GRID_NEAREST) {
        at[0] = (R)nearbyint(F(pad)(job, v, n));
        weight[0] = 1;
        count = 1;
    } else {
        v = F(pad)(job, v, n);
        at[0] = (R)floor(v);
        at[1] = at[0] + 1;
        weight[0] = at[1] - v;
        weight[1] = v - at[0];
        count = 2;
    }
    for (int i = 0; i < count; i++)
        place[i] = at[i] >= 0 && at[i] <= (R)(n - 1) ? (int64_t)at[i] : -1;
    return count;
}

/* All places of a point, as element offsets in a channel's plane. */
static int F(places)(const grid_job *job, const T *grid, int64_t *offset, R *weight)
{
    int64_t place[3][4];
    R w[3][4];
    int n[3], count = 0;

    /* The grid has x first, the image has it last. */
    for (int d = 0; d < 3; d++) {
        const int coordinate = 2 - d;
        n[d] = 1;
        place[d][0] = 0;
        w[d][0] = 1;
        if (coordinate < job->dims)
            n[d] = F(axis_places)(job, WIDEN(grid[coordinate * job->grid.strides[4]]), job->from.dims[2 + d], place[d],
                                  w[d]);
    }
    for (int z = 0; z < n[0]; z++)
        for (int y = 0; y < n[1]; y++)
            for (int x = 0; x < n[2]; x++) {
                if (place[0][z] < 0 || place[1][y] < 0 || place[2][x] < 0)
                    continue;
                offset[count] = place[0][z] * job->from.strides[2] + place[1][y] * job->from.strides[3] +
                                place[2][x] * job->from.strides[4];
                weight[count++] = w[0][z] * w[1][y] * w[2][x];
            }
    return count;
}

/* What a point outside of a zero-padded image gives: 0, or NaN where interpolation weighs by a coordinate that is not
 * finite. */
static R F(outside)(const grid_job *job, const T *grid)
{
    R v = 0;

    if (job->padding == TT_GRID_ZEROS && job->mode != TT_GRID_NEAREST)
        for (int d = 0; d < job->dims; d++)
            v += WIDEN(grid[d * job->grid.strides[4]]) * 0;
    return v;
}

static void F(points)(void *ctx, int64_t begin, int64_t end, int worker)
{
    const grid_job *job = ctx;
    const tt_view *to = &job->to, *from = &job->from, *grid = &job->grid;
    const int64_t channels = to->dims[1];
    int64_t offset[16];
    R weight[16];

    for (int64_t item = begin; item < end; item++) {
        int64_t x = item % to->dims[4], y = item / to->dims[4] % to->dims[3],
                z = item / (to->dims[4] * to->dims[3]) % to->dims[2];
        int64_t n = item / (to->dims[4] * to->dims[3] * to->dims[2]);
        const T *point = (const T *)job->points + n * grid->strides[0] + z * grid->strides[1] + y * grid->strides[2] +
                         x * grid->strides[3];
        const T *src = (const T *)job->src + n * from->strides[0];
        T *dst = (T *)job->dst + n * to->strides[0] + z * to->strides[2] + y * to->strides[3] + x * to->strides[4];
        const R none = F(outside)(job, point);
        int count = F(places)(job, point, offset, weight);
        for (int64_t c = 0; c < channels; c++, src += from->strides[1]) {
            R v = none;
            for (int i = 0; i < count; i++)
                v += weight[i] * WIDEN(src[offset[i]]);
            dst[c * to->strides[1]] = NARROW(v);
        }
    }
}
