/* Interpolation in one type of arithmetic; resize.c includes this once for each. It defines before
 *     F(name)  the name of a function of this type
 *     R        the type                              */

static void F(add_row)(R *sum, const R *row, R weight, int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        sum[j] += weight * row[j];
}

static void F(scale_row)(R *sum, const R *row, R weight, int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        sum[j] = weight * row[j];
}

/* The common two taps in one pass. */
static void F(blend_rows)(R *sum, const R *a, R weight_a, const R *b, R weight_b, int64_t n)
{
    for (int64_t j = 0; j < n; j++)
        sum[j] = weight_a * a[j] + weight_b * b[j];
}

static const R *F(load_row)(const resize_job *job, const row_buffers *buffers, const char *src)
{
    const tt_dtype d = job->r->from.dtype;
    const char *row = packed_row(job, buffers->packed, src);

    if (d == TTRT_DTYPE_FLOAT32 || d == TTRT_DTYPE_FLOAT64)
        return (const R *)row;
    job->k->convert.load_f32[d](buffers->wide, row, job->r->from.dims[4] * job->r->inner);
    return buffers->wide;
}

/* The source rows of an output row, weighted and added. */
static const R *F(sum_rows)(const resize_job *job, const out_row *row, const row_buffers *buffers)
{
    const axis_table *az = &job->axis[0], *ay = &job->axis[1];
    const int64_t n = job->r->from.dims[4] * job->r->inner;
    R *sum = buffers->sum;
    bool first = true;

    for (int64_t i = 0; i < az->n[row->z]; i++)
        for (int64_t j = 0; j < ay->n[row->y]; j++) {
            int64_t z = row->z * az->taps + i, y = row->y * ay->taps + j;
            R weight = (R)(az->weight[z] * ay->weight[y]);
            const R *from = F(load_row)(job, buffers, source_row(job, row, az->index[z], ay->index[y]));
            if (az->taps == 1 && ay->taps == 1)
                return from;
            if (first)
                F(scale_row)(sum, from, weight, n);
            else
                F(add_row)(sum, from, weight, n);
            first = false;
        }
    return sum;
}

static void F(outputs_of_row)(const resize_job *job, R *out, const R *row)
{
    const axis_table *ax = &job->axis[2];
    const int64_t n = job->r->to.dims[4], inner = job->r->inner;

    if (inner == 1 && ax->taps == 2) {
        for (int64_t o = 0; o < n; o++)
            out[o] =
                (R)ax->weight[2 * o] * row[ax->index[2 * o]] + (R)ax->weight[2 * o + 1] * row[ax->index[2 * o + 1]];
        return;
    }
    for (int64_t o = 0; o < n; o++) {
        const int64_t *index = ax->index + o * ax->taps;
        const double *weight = ax->weight + o * ax->taps;
        if (inner == 1) {
            R v = (R)weight[0] * row[index[0]];
            for (int64_t j = 1; j < ax->n[o]; j++)
                v += (R)weight[j] * row[index[j]];
            out[o] = v;
        } else if (ax->taps == 2) {
            F(blend_rows)
            (out + o * inner, row + index[0] * inner, (R)weight[0], row + index[1] * inner, (R)weight[1], inner);
        } else {
            F(scale_row)(out + o * inner, row + index[0] * inner, (R)weight[0], inner);
            for (int64_t j = 1; j < ax->n[o]; j++)
                F(add_row)(out + o * inner, row + index[j] * inner, (R)weight[j], inner);
        }
    }
}

static void F(rows)(void *ctx, int64_t begin, int64_t end, int worker)
{
    const resize_job *job = ctx;
    const row_buffers buffers = buffers_of(job, worker);

    for (int64_t item = begin; item < end; item++) {
        out_row row = row_at(job, item);
        if (is_direct(job)) {
            F(outputs_of_row)(job, (R *)row.dst, F(sum_rows)(job, &row, &buffers));
            continue;
        }
        F(outputs_of_row)(job, buffers.out, F(sum_rows)(job, &row, &buffers));
        write_row(job, row.dst, &buffers);
    }
}
