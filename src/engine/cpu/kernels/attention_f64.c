/* See the header. */
#include "engine/cpu/kernels/attention_f64.h"

#include <math.h>

typedef struct job {
    const tt_attention *a;
    double *out, *scratch;
    const double *q, *k, *v;
    const void *mask;
} job;

size_t tt_attention_f64_scratch(const tt_attention *a)
{
    return ((size_t)a->sk + 8) * sizeof(double) * (size_t)a->n_workers;
}

static int64_t row_at(const tt_view *v, int64_t b, int64_t h, int64_t s)
{
    return b * v->strides[0] + h * v->strides[1] + s * v->strides[2];
}

static double mask_at(const job *j, int64_t b, int64_t h, int64_t query, int64_t key)
{
    const tt_view *m = &j->a->mask;
    if (m->dtype == TT_DTYPE_NONE)
        return 0;
    const char *at =
        (const char *)j->mask + (row_at(m, b, h, query) + key * m->strides[3]) * (int64_t)ttrt_dtype_size(m->dtype);
    double v = tt_load_f64(at, m->dtype);
    return m->dtype == TTRT_DTYPE_BOOL ? (v != 0 ? 0 : -INFINITY) : v;
}

/* Scores of one query, and the largest; NaN stays. */
static double score(const job *j, int64_t b, int64_t h, int64_t query, int64_t n, double *scores)
{
    const tt_attention *a = j->a;
    const double *q = j->q + row_at(&a->q, b, h, query);
    double best = -INFINITY;

    for (int64_t key = 0; key < n; key++) {
        const double *k = j->k + row_at(&a->k, b, h / (a->heads / a->kv_heads), key);
        double sum = 0;
        for (int64_t i = 0; i < a->d; i++)
            sum += q[i * a->q.strides[3]] * k[i * a->k.strides[3]];
        scores[key] = sum * a->double_scale + mask_at(j, b, h, query, key);
        best = scores[key] > best || isnan(scores[key]) ? scores[key] : best;
    }
    return best;
}

static void attend(const job *j, int64_t b, int64_t h, int64_t query, double *scores)
{
    const tt_attention *a = j->a;
    const int64_t n = a->causal && query + 1 < a->sk ? query + 1 : a->sk;
    double best = score(j, b, h, query, n, scores), total = 0, *out = j->out + row_at(&a->out, b, h, query);

    for (int64_t key = 0; key < n; key++)
        total += scores[key] = best == -INFINITY ? 0 : exp(scores[key] - best);
    for (int64_t i = 0; i < a->dv; i++) {
        double sum = 0;
        for (int64_t key = 0; key < n; key++)
            sum += scores[key] * j->v[row_at(&a->v, b, h / (a->heads / a->kv_heads), key) + i * a->v.strides[3]];
        out[i * a->out.strides[3]] = total == 0 ? 0 : sum / total;
    }
}

static void attend_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    const job *j = ctx;
    double *scores = j->scratch + (int64_t)worker * (j->a->sk + 8);

    for (int64_t row = begin; row < end; row++)
        attend(j, row / j->a->sq / j->a->heads, row / j->a->sq % j->a->heads, row % j->a->sq, scores);
}

void tt_attention_f64_run(const tt_threads *threads, const tt_attention *a, void *out, const void *q, const void *k,
                          const void *v, const void *mask, void *scratch)
{
    job j = {.a = a, .out = out, .scratch = scratch, .q = q, .k = k, .v = v, .mask = mask};

    tt_parallel_for(threads, a->batch * a->heads * a->sq, 1 + 65536 / (a->sk * (a->d + a->dv) + 1), attend_rows, &j);
}
