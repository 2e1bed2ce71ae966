/* Pooling for one data type; pool.c includes this once for each. It defines before
 *     F(name)  the name of a function of this type
 *     T        the type in memory, V that of a maximum, S that of a sum
 *     D        a sum of sums
 *     LOWEST   where a maximum starts                     */

static inline __attribute__((always_inline)) void F(max_block)(T *dst, const T *src, const int64_t *strides,
                                                               const window w[3], int64_t n)
{
    V best[BLOCK], buffer[BLOCK];
    for (int64_t j = 0; j < n; j++)
        best[j] = LOWEST;
    for (int64_t z = 0; z < w[0].n; z++)
        for (int64_t y = 0; y < w[1].n; y++) {
            const T *row = src + (w[0].start + z * w[0].step) * strides[0] + (w[1].start + y * w[1].step) * strides[1];
            for (int64_t x = 0; x < w[2].n; x++) {
                const V *v = F(load)(row + (w[2].start + x * w[2].step) * strides[2], buffer, n);
                for (int64_t j = 0; j < n; j++)
                    best[j] = BETTER(v[j], best[j]) ? v[j] : best[j];
            }
        }
    for (int64_t j = 0; j < n; j++)
        dst[j] = F(narrow)(best[j]);
}

/* Sums of runs are added up in a wider type: a long sum in float would drift away. */
static inline __attribute__((always_inline)) void F(avg_block)(T *dst, const T *src, const int64_t *strides,
                                                               const window w[3], int64_t divisor, int64_t n)
{
    V buffer[BLOCK];
    S run[BLOCK];
    D sum[BLOCK];
    int64_t in_run = 0;
    bool is_long = false;
    for (int64_t j = 0; j < n; j++)
        run[j] = 0;
    for (int64_t z = 0; z < w[0].n; z++)
        for (int64_t y = 0; y < w[1].n; y++) {
            const T *row = src + (w[0].start + z * w[0].step) * strides[0] + (w[1].start + y * w[1].step) * strides[1];
            for (int64_t x = 0; x < w[2].n; x++) {
                const V *v = F(load)(row + (w[2].start + x * w[2].step) * strides[2], buffer, n);
                for (int64_t j = 0; j < n; j++)
                    run[j] += v[j];
                if (++in_run == RUN) {
                    for (int64_t j = 0; j < n; j++) {
                        sum[j] = is_long ? sum[j] + run[j] : run[j];
                        run[j] = 0;
                    }
                    in_run = 0;
                    is_long = true;
                }
            }
        }
    if (is_long)
        for (int64_t j = 0; j < n; j++)
            dst[j] = F(narrow)((V)((sum[j] + run[j]) / (D)divisor));
    else
        for (int64_t j = 0; j < n; j++)
            dst[j] = F(narrow)(divisor ? (V)(run[j] / (S)divisor) : 0);
}

/* With positions. */
static void F(max_index_block)(T *dst, int64_t *index, int64_t index_stride, const T *src, const int64_t *strides,
                               const int64_t *dims, const window w[3], int64_t n)
{
    V best[BLOCK], buffer[BLOCK];
    int64_t at[BLOCK];
    for (int64_t j = 0; j < n; j++) {
        best[j] = LOWEST;
        at[j] = (w[0].start * dims[1] + w[1].start) * dims[2] + w[2].start;
    }
    for (int64_t z = 0; z < w[0].n; z++)
        for (int64_t y = 0; y < w[1].n; y++)
            for (int64_t x = 0; x < w[2].n; x++) {
                int64_t iz = w[0].start + z * w[0].step, iy = w[1].start + y * w[1].step;
                int64_t ix = w[2].start + x * w[2].step, flat = (iz * dims[1] + iy) * dims[2] + ix;
                const V *v = F(load)(src + iz * strides[0] + iy * strides[1] + ix * strides[2], buffer, n);
                for (int64_t j = 0; j < n; j++) {
                    bool better = BETTER(v[j], best[j]);
                    best[j] = better ? v[j] : best[j];
                    at[j] = better ? flat : at[j];
                }
            }
    for (int64_t j = 0; j < n; j++) {
        dst[j] = F(narrow)(best[j]);
        index[j * index_stride] = at[j];
    }
}

static void F(max_index)(T *dst, int64_t *index, const T *src, const int64_t *strides, const int64_t *dims,
                         const window w[3])
{
    V best = LOWEST;
    int64_t at = (w[0].start * dims[1] + w[1].start) * dims[2] + w[2].start;
    for (int64_t z = 0; z < w[0].n; z++)
        for (int64_t y = 0; y < w[1].n; y++)
            for (int64_t x = 0; x < w[2].n; x++) {
                int64_t iz = w[0].start + z * w[0].step, iy = w[1].start + y * w[1].step;
                int64_t ix = w[2].start + x * w[2].step;
                V v = F(widen)(src[iz * strides[0] + iy * strides[1] + ix * strides[2]]);
                if (BETTER(v, best)) {
                    best = v;
                    at = (iz * dims[1] + iy) * dims[2] + ix;
                }
            }
    *dst = F(narrow)(best);
    if (index)
        *index = at;
}

static void F(avg_one)(T *dst, const T *src, const int64_t *strides, const window w[3], int64_t divisor)
{
    D all = 0;
    for (int64_t z = 0; z < w[0].n; z++)
        for (int64_t y = 0; y < w[1].n; y++) {
            const T *row = src + (w[0].start + z * w[0].step) * strides[0] + (w[1].start + y * w[1].step) * strides[1] +
                           w[2].start * strides[2];
            S sum[LANES] = {0}, run = 0;
            for (int64_t x = 0; x < w[2].n; x += LANES) {
                int64_t n = min64(LANES, w[2].n - x);
                for (int64_t j = 0; j < n; j++)
                    sum[j] += F(widen)(row[(x + j) * w[2].step * strides[2]]);
            }
            for (int j = 0; j < LANES; j++)
                run += sum[j];
            all += run;
        }
    *dst = F(narrow)(divisor ? (V)(all / (D)divisor) : 0);
}

static void F(channels)(const tt_pool_job *job, T *dst, int64_t *index, const T *src, window w[3], int64_t n)
{
    const tt_pool *p = job->pool;
    const int64_t *strides = p->from.strides + 2;
    for (int64_t o = 0; o < p->to.dims[4]; o++) {
        T *to = dst + o * p->to.strides[4];
        w[2] = window_of(p, 2, o);
        if (index) {
            int64_t *at = index + o * p->index.strides[4], step = p->index.strides[1];
            for (int64_t c = 0; c < n; c += BLOCK)
                F(max_index_block)
            (to + c, at + c * step, step, src + c, strides, p->from.dims + 2, w, min64(BLOCK, n - c));
            continue;
        }
        int64_t divisor = divisor_of(p, w), c = 0;
        for (; c + BLOCK <= n; c += BLOCK)
            if (p->is_max)
                F(max_block)(to + c, src + c, strides, w, BLOCK);
            else
                F(avg_block)(to + c, src + c, strides, w, divisor, BLOCK);
        if (c < n && p->is_max)
            F(max_block)(to + c, src + c, strides, w, n - c);
        else if (c < n)
            F(avg_block)(to + c, src + c, strides, w, divisor, n - c);
    }
}

/* The strip's columns of the window's rows, combined. */
static void F(combine_rows)(const tt_pool *p, S *row, const T *src, const window w[3], const strip *s)
{
    const int64_t *strides = p->from.strides + 2, n = s->n_columns;
    V buffer[ROW];
    for (int64_t j = 0; j < n; j++)
        row[j] = p->is_max ? (S)LOWEST : 0;
    for (int64_t z = 0; z < w[0].n; z++)
        for (int64_t y = 0; y < w[1].n; y++) {
            const T *from = src + (w[0].start + z * w[0].step) * strides[0] +
                            (w[1].start + y * w[1].step) * strides[1] + s->x0 * strides[2];
            const V *v = buffer;
            if (strides[2] == 1)
                v = F(load)(from, buffer, n);
            else
                for (int64_t j = 0; j < n; j++)
                    buffer[j] = F(widen)(from[j * strides[2]]);
            if (p->is_max)
                for (int64_t j = 0; j < n; j++)
                    row[j] = BETTER(v[j], row[j]) ? (S)v[j] : row[j];
            else
                for (int64_t j = 0; j < n; j++)
                    row[j] += v[j];
        }
}

static inline S F(combine)(const S *at, const window *w, bool is_max)
{
    S v = is_max ? (S)LOWEST : 0;
    for (int64_t x = 0; x < w->n; x++)
        v = is_max ? (BETTER(at[x * w->step], v) ? at[x * w->step] : v) : v + at[x * w->step];
    return v;
}

/* Outputs whose windows are whole lie `stride` apart: one place of all windows at a time. */
static inline void F(combine_whole)(S *out, const S *row, const strip *s, int64_t stride, bool is_max)
{
    const window *w = &s->windows[s->whole];
    const int64_t n = s->n_whole;
    out += s->whole;
    row += w->start - s->x0;
    for (int64_t o = 0; o < n; o++)
        out[o] = is_max ? (S)LOWEST : 0;
    for (int64_t x = 0; x < w->n; x++)
        for (int64_t o = 0; o < n; o++) {
            S v = row[o * stride + x * w->step];
            out[o] = is_max ? (BETTER(v, out[o]) ? v : out[o]) : out[o] + v;
        }
}

static void F(strip_row)(const tt_pool *p, T *dst, const T *src, const window w[3], const strip *s)
{
    const int64_t stride = p->stride[2], whole_end = s->whole + s->n_whole, rows = w[0].n * w[1].n;
    const S padded = (S)(w[0].padded * w[1].padded);
    S row[ROW], out[OUTPUTS];

    F(combine_rows)(p, row, src, w, s);
    if (stride == 1)
        F(combine_whole)(out, row, s, 1, p->is_max);
    else if (stride == 2)
        F(combine_whole)(out, row, s, 2, p->is_max);
    else
        F(combine_whole)(out, row, s, stride, p->is_max);
    for (int64_t o = 0; o < s->n_outputs; o++) {
        const window *x = &s->windows[o];
        if (o < s->whole || o >= whole_end)
            out[o] = F(combine)(row + (x->start - s->x0), x, p->is_max);
        if (p->is_max)
            continue;
        if (rows == 0 || x->n == 0)
            out[o] = 0;
        else if (p->divisor)
            out[o] /= (S)p->divisor;
        else
            out[o] /= p->count_include_pad && !p->is_adaptive ? padded * (S)x->padded : (S)(rows * x->n);
    }
    for (int64_t o = 0; o < s->n_outputs; o++)
        dst[(s->first + o) * p->to.strides[4]] = F(narrow)((V)out[o]);
}

static void F(outputs_one_by_one)(const tt_pool *p, T *dst, int64_t *index, const T *src, window w[3], int64_t from,
                                  int64_t to)
{
    for (int64_t o = from; o < to; o++) {
        T *at = dst + o * p->to.strides[4];
        w[2] = window_of(p, 2, o);
        if (p->is_max)
            F(max_index)
        (at, index ? index + o * p->index.strides[4] : NULL, src, p->from.strides + 2, p->from.dims + 2, w);
        else F(avg_one)(at, src, p->from.strides + 2, w, divisor_of(p, w));
    }
}

static void F(channel_rows)(const tt_pool_job *job, int64_t begin, int64_t end)
{
    const tt_pool *p = job->pool;
    strip s;
    for (int64_t o = 0; o < p->to.dims[4]; o += s.n_outputs) {
        const bool fits = strip_of(p, o, &s);
        for (int64_t item = begin; item < end; item++) {
            item_row at = item_row_of(job, item);
            T *dst = (T *)job->dst + at.dst;
            const T *src = (const T *)job->src + at.src;
            /* Tall windows are summed one by one, for the sake of accuracy. */
            if (!fits || job->index || (!p->is_max && at.w[0].n * at.w[1].n > RUN))
                F(outputs_one_by_one)(p, dst, job->index ? job->index + at.index : NULL, src, at.w, o, o + s.n_outputs);
            else
                F(strip_row)(p, dst, src, at.w, &s);
        }
    }
}

static void F(items)(const tt_pool_job *job, int64_t begin, int64_t end)
{
    if (!job->by_channels) {
        F(channel_rows)(job, begin, end);
        return;
    }
    for (int64_t item = begin; item < end; item++) {
        item_row at = item_row_of(job, item);
        F(channels)
        (job, (T *)job->dst + at.dst, job->index ? job->index + at.index : NULL, (const T *)job->src + at.src, at.w,
         at.n_channels);
    }
}

#undef F
#undef T
#undef V
#undef S
#undef D
#undef LOWEST
