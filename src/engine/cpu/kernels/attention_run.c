/* Attention: for each block of queries of each head, over blocks of keys:
 *
 *   scores = q k^T        q_block x k_block in scratch, keys packed in panels once for a head
 *   p = exp(scores + mask - max), as a power of 2, the running sum; what was added up before shrinks when the maximum
 * grows sum += p v
 *
 * and in the end out = sum / the sum of p. Workers take runs of (batch, head, query block), so a head's packed keys
 * serve all of its blocks, and those of the heads that share them. */
#include <math.h>
#include <string.h>

#include "engine/cpu/kernels/attention.h"
#include "engine/cpu/kernels/attention_f64.h"
#include "engine/cpu/kernels/table.h"

#define Q_BLOCK     48 /* a multiple of the 6 rows of a register tile */
#define K_BLOCK     512
#define V_CHUNK     128 /* rows of v that stay in the L1 cache while the queries pass */
#define DIRECT_ROWS 4   /* packing costs about as much as this many queries */

static int64_t round_up(int64_t n) { return (n + TT_ATTENTION_LANES - 1) / TT_ATTENTION_LANES * TT_ATTENTION_LANES; }

static bool is_storage(tt_dtype d)
{
    return d == TTRT_DTYPE_FLOAT32 || d == TTRT_DTYPE_FLOAT16 || d == TTRT_DTYPE_BFLOAT16;
}

static bool is_f64(const tt_view *v) { return v->dtype == TTRT_DTYPE_FLOAT64; }

static bool has_shape(const tt_view *v, int64_t b, int64_t h, int64_t s, int64_t d)
{
    return v->rank == 4 && v->dims[0] == b && v->dims[1] == h && v->dims[2] == s && v->dims[3] == d;
}

/* The mask's strides over [b, h, sq, sk]: 0 where it is broadcast. */
static ttrt_status bind_mask(const tt_view *mask, const int64_t *dims, tt_view *bound)
{
    if (mask->rank > 4 || mask->rank < 0 ||
        !(mask->dtype == TTRT_DTYPE_BOOL || mask->dtype == TTRT_DTYPE_FLOAT64 || is_storage(mask->dtype)))
        TT_FAIL(TTRT_ERR_INTERNAL, "attention mask of rank %d, %s", mask->rank, tt_dtype_short(mask->dtype));
    *bound = (tt_view){.dtype = mask->dtype, .rank = 4};
    for (int d = 0; d < 4; d++) {
        int from = d - (4 - mask->rank);
        bound->dims[d] = dims[d];
        if (from < 0 || mask->dims[from] == 1)
            continue;
        if (mask->dims[from] != dims[d])
            TT_FAIL(TTRT_ERR_INTERNAL, "attention mask dimension %d is %lld, not %lld", d, (long long)mask->dims[from],
                    (long long)dims[d]);
        bound->strides[d] = mask->strides[from];
    }
    return TTRT_OK;
}

ttrt_status tt_attention_bind(const tt_view *out, const tt_view *q, const tt_view *k, const tt_view *v,
                              const tt_view *mask, bool causal, double scale, int n_workers, tt_attention *a)
{
    if (q->rank != 4 || k->rank != 4 || v->rank != 4)
        TT_FAIL(TTRT_ERR_INTERNAL, "attention of ranks %d, %d, %d", q->rank, k->rank, v->rank);
    *a = (tt_attention){.batch = q->dims[0],
                        .heads = q->dims[1],
                        .kv_heads = k->dims[1],
                        .sq = q->dims[2],
                        .sk = k->dims[2],
                        .d = q->dims[3],
                        .dv = v->dims[3],
                        .q = *q,
                        .k = *k,
                        .v = *v,
                        .out = *out,
                        .causal = causal,
                        .scale = (float)(scale * 1.44269504088896340736),
                        .double_scale = scale,
                        .n_workers = n_workers};
    if (!has_shape(k, a->batch, a->kv_heads, a->sk, a->d) || !has_shape(v, a->batch, a->kv_heads, a->sk, a->dv) ||
        !has_shape(out, a->batch, a->heads, a->sq, a->dv) || a->kv_heads < 1 || a->heads % a->kv_heads)
        TT_FAIL(TTRT_ERR_INTERNAL,
                "attention shapes: %lld heads over %lld, %lld queries, %lld keys, %lld and %lld elements",
                (long long)a->heads, (long long)a->kv_heads, (long long)a->sq, (long long)a->sk, (long long)a->d,
                (long long)a->dv);
    bool all_f64 = is_f64(q) && is_f64(k) && is_f64(v) && is_f64(out);
    if (!all_f64 &&
        (!is_storage(q->dtype) || !is_storage(k->dtype) || !is_storage(v->dtype) || !is_storage(out->dtype)))
        TT_FAIL(TTRT_ERR_INTERNAL, "attention of %s, %s, %s to %s", tt_dtype_short(q->dtype), tt_dtype_short(k->dtype),
                tt_dtype_short(v->dtype), tt_dtype_short(out->dtype));
    a->mask.dtype = TT_DTYPE_NONE;
    if (mask)
        TT_TRY(bind_mask(mask, (const int64_t[]){a->batch, a->heads, a->sq, a->sk}, &a->mask));
    /* Blocks of one size: 128 queries are 3 x 43, rounded up to whole tiles of 6. */
    int64_t blocks = (a->sq + Q_BLOCK - 1) / Q_BLOCK;
    a->q_block = blocks ? ((a->sq + blocks - 1) / blocks + 5) / 6 * 6 : 6;
    a->k_block = a->sk < K_BLOCK ? round_up(a->sk) : K_BLOCK;
    a->direct = a->sq <= DIRECT_ROWS;
    a->copy_v = v->dtype != TTRT_DTYPE_FLOAT32 || v->strides[3] != 1 || a->dv % TT_ATTENTION_LANES;
    return TTRT_OK;
}

/* ---- scratch of one worker, in floats */

typedef struct layout {
    int64_t keys, values, q, scores, sums, max, total, mask, rows; /* offsets */
    int64_t size;
    int64_t ld_scores, ld_sums;
} layout;

static int64_t book(layout *l, int64_t n)
{
    int64_t at = l->size;
    l->size += round_up(n);
    return at;
}

static layout layout_of(const tt_attention *a)
{
    /* Rows of scores are no power of two apart: they would fall into the same cache sets. */
    layout l = {.ld_scores = a->k_block + TT_ATTENTION_LANES, .ld_sums = round_up(a->dv)};

    l.keys = book(&l, a->direct ? 0 : round_up(a->sk) * a->d);
    l.values = book(&l, a->copy_v ? a->sk * l.ld_sums : 0);
    l.q = book(&l, a->q_block * a->d);
    l.scores = book(&l, a->q_block * l.ld_scores);
    l.sums = book(&l, a->q_block * l.ld_sums);
    l.max = book(&l, a->q_block);
    l.total = book(&l, a->q_block);
    l.mask = book(&l, a->k_block);
    l.rows = book(&l, 64 * a->d); /* keys on their way to a panel */
    return l;
}

size_t tt_attention_scratch(const tt_attention *a)
{
    if (is_f64(&a->q))
        return tt_attention_f64_scratch(a);
    return (size_t)layout_of(a).size * sizeof(float) * (size_t)a->n_workers;
}

/* ---- rows of any view as floats */

static const char *row_of(const tt_view *v, const void *base, int64_t b, int64_t h, int64_t s)
{
    int64_t offset = b * v->strides[0] + h * v->strides[1] + s * v->strides[2];
    return (const char *)base + offset * (int64_t)ttrt_dtype_size(v->dtype);
}

static void load_row(const tt_kernels *k, float *dst, const tt_view *v, const char *src, int64_t n)
{
    size_t size = ttrt_dtype_size(v->dtype);

    if (v->strides[3] == 1) {
        k->convert.load_f32[v->dtype](dst, src, n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        k->convert.load_f32[v->dtype](dst + i, src + i * v->strides[3] * (int64_t)size, 1);
}

static bool is_plain(const tt_view *v) { return v->dtype == TTRT_DTYPE_FLOAT32 && v->strides[3] == 1; }

/* ---- the work of one worker */

typedef struct job {
    const tt_kernels *k;
    const tt_attention *a;
    layout l;
    char *out;
    const void *q, *keys, *values, *mask;
    float *scratch;
} job;

typedef struct head {
    int64_t b, h, kv;
    float *scratch;      /* this worker's */
    const float *values; /* f32 rows of v */
    int64_t ld_values;
} head;

static void pack_keys(const job *j, const head *at)
{
    const tt_attention *a = j->a;
    int64_t panel = j->k->attention.panel;
    float *dst = at->scratch + j->l.keys, *rows = at->scratch + j->l.rows;

    for (int64_t first = 0; first < a->sk; first += panel) {
        int64_t n = a->sk - first < panel ? a->sk - first : panel;
        const float *src = rows;
        int64_t ld = a->d;
        if (is_plain(&a->k)) {
            src = (const float *)(const void *)row_of(&a->k, j->keys, at->b, at->kv, first);
            ld = a->k.strides[2];
        } else {
            for (int64_t i = 0; i < n; i++)
                load_row(j->k, rows + i * a->d, &a->k, row_of(&a->k, j->keys, at->b, at->kv, first + i), a->d);
        }
        j->k->attention.pack(dst + first * a->d, src, ld, n, a->d);
    }
}

/* What all query blocks of a head need, and of the heads that share its keys. */
static void prepare_values(const job *j, head *at)
{
    const tt_attention *a = j->a;
    float *copy = at->scratch + j->l.values;

    if (!a->copy_v) {
        at->values = (const float *)(const void *)row_of(&a->v, j->values, at->b, at->kv, 0);
        at->ld_values = a->v.strides[2];
        return;
    }
    for (int64_t i = 0; i < a->sk; i++) {
        float *row = copy + i * j->l.ld_sums;
        load_row(j->k, row, &a->v, row_of(&a->v, j->values, at->b, at->kv, i), a->dv);
        memset(row + a->dv, 0, (size_t)(j->l.ld_sums - a->dv) * sizeof *row);
    }
    at->values = copy;
    at->ld_values = j->l.ld_sums;
}

static void load_queries(const job *j, const head *at, int64_t first, int64_t n)
{
    const tt_attention *a = j->a;

    for (int64_t i = 0; i < n; i++) {
        float *row = at->scratch + j->l.q + i * a->d;
        load_row(j->k, row, &a->q, row_of(&a->q, j->q, at->b, at->h, first + i), a->d);
        j->k->attention.scale(row, row, a->d, a->scale);
    }
}

/* scores[i][0..n) of queries against keys [key, key + n). */
static void score(const job *j, const head *at, int64_t n_rows, int64_t key, int64_t n)
{
    const tt_attention *a = j->a;
    const struct tt_attention_kernels *k = &j->k->attention;
    float *scores = at->scratch + j->l.scores, *q = at->scratch + j->l.q;

    for (int64_t p = 0; !a->direct && p < n; p += k->panel) {
        int64_t width = round_up(a->sk - key - p < k->panel ? a->sk - key - p : k->panel);
        k->multiply(scores + p, j->l.ld_scores, q, a->d, at->scratch + j->l.keys + (key + p) * a->d, width, n_rows,
                    width, a->d, false);
    }
    if (!a->direct)
        return;
    if (is_plain(&a->k)) {
        const float *keys = (const float *)(const void *)row_of(&a->k, j->keys, at->b, at->kv, key);
        for (int64_t i = 0; i < n_rows; i++)
            k->dots(scores + i * j->l.ld_scores, q + i * a->d, keys, a->k.strides[2], n, a->d);
        return;
    }
    float *rows = at->scratch + j->l.rows;
    for (int64_t p = 0; p < n; p++) {
        load_row(j->k, rows, &a->k, row_of(&a->k, j->keys, at->b, at->kv, key + p), a->d);
        for (int64_t i = 0; i < n_rows; i++)
            k->dots(scores + i * j->l.ld_scores + p, q + i * a->d, rows, 0, 1, a->d);
    }
}

/* The mask of one query as floats to add: in place, or converted to `buffer`. */
static const float *mask_row(const job *j, const head *at, int64_t query, int64_t key, int64_t n, float *buffer)
{
    const tt_view *m = &j->a->mask;
    const char *src =
        row_of(m, j->mask, at->b, at->h, query) + key * m->strides[3] * (int64_t)ttrt_dtype_size(m->dtype);

    if (is_plain(m))
        return (const float *)(const void *)src;
    if (m->dtype != TTRT_DTYPE_BOOL)
        load_row(j->k, buffer, m, src, n);
    else if (m->strides[3] == 1)
        j->k->attention.mask_of_bool(buffer, (const uint8_t *)src, n);
    else
        for (int64_t i = 0; i < n; i++)
            buffer[i] = src[i * m->strides[3]] ? 0.0f : -INFINITY;
    return buffer;
}

/* Turns a block's scores into weights and brings max and total up to date. */
static void weigh(const job *j, const head *at, int64_t query, int64_t n_rows, int64_t key, int64_t n)
{
    const tt_attention *a = j->a;
    const struct tt_attention_kernels *k = &j->k->attention;
    float *max = at->scratch + j->l.max, *total = at->scratch + j->l.total;
    const float *mask = NULL;

    for (int64_t i = 0; i < n_rows; i++) {
        float *s = at->scratch + j->l.scores + i * j->l.ld_scores;
        int64_t valid = !a->causal || query + i + 1 - key >= n ? n : query + i + 1 - key > 0 ? query + i + 1 - key : 0;
        if (a->mask.dtype != TT_DTYPE_NONE && (!mask || a->mask.strides[2] != 0))
            mask = mask_row(j, at, query + i, key, n, at->scratch + j->l.mask);
        float best = k->mask_max(s, mask, valid), old = max[i];
        float now = best > old || best != best ? best : old;
        memset(s + valid, 0, (size_t)(n - valid) * sizeof *s);
        if (now == -INFINITY) { /* nothing to attend to yet: weights of 0 */
            memset(s, 0, (size_t)valid * sizeof *s);
            continue;
        }
        float shrink = old == -INFINITY ? 0 : exp2f(old - now);
        total[i] = total[i] * shrink + k->exp_sum(s, valid, now);
        max[i] = now;
        if (key > 0 && shrink != 1) {
            float *sums = at->scratch + j->l.sums + i * j->l.ld_sums;
            k->scale(sums, sums, j->l.ld_sums, shrink);
        }
    }
}

/* sums (+)= weights * values[key, key + n) */
static void add_values(const job *j, const head *at, int64_t n_rows, int64_t key, int64_t n)
{
    const struct tt_attention_kernels *k = &j->k->attention;
    float *sums = at->scratch + j->l.sums;
    const float *weights = at->scratch + j->l.scores;

    for (int64_t p = 0; p < n; p += V_CHUNK) {
        int64_t depth = n - p < V_CHUNK ? n - p : V_CHUNK;
        for (int64_t c = 0; c < j->l.ld_sums; c += k->panel) {
            int64_t width = j->l.ld_sums - c < k->panel ? j->l.ld_sums - c : k->panel;
            k->multiply(sums + c, j->l.ld_sums, weights + p, j->l.ld_scores, at->values + (key + p) * at->ld_values + c,
                        at->ld_values, n_rows, width, depth, key + p > 0);
        }
    }
}

static void write_out(const job *j, const head *at, int64_t query, int64_t n_rows)
{
    const tt_attention *a = j->a;
    tt_convert_fn store = j->k->convert.store[a->out.dtype];
    size_t size = ttrt_dtype_size(a->out.dtype);

    for (int64_t i = 0; i < n_rows; i++) {
        float *sums = at->scratch + j->l.sums + i * j->l.ld_sums, total = at->scratch[j->l.total + i];
        char *dst = j->out + (at->b * a->out.strides[0] + at->h * a->out.strides[1] + (query + i) * a->out.strides[2]) *
                                 (int64_t)size;
        j->k->attention.scale(sums, sums, a->dv, total == 0 ? 0 : 1 / total);
        if (a->out.strides[3] == 1)
            store(dst, sums, a->dv);
        for (int64_t c = 0; a->out.strides[3] != 1 && c < a->dv; c++)
            store(dst + c * a->out.strides[3] * (int64_t)size, sums + c, 1);
    }
}

static void attend(const job *j, const head *at, int64_t query, int64_t n_rows)
{
    const tt_attention *a = j->a;
    int64_t end = a->causal && query + n_rows < a->sk ? query + n_rows : a->sk;

    load_queries(j, at, query, n_rows);
    for (int64_t i = 0; i < n_rows; i++) {
        at->scratch[j->l.max + i] = -INFINITY;
        at->scratch[j->l.total + i] = 0;
    }
    for (int64_t key = 0; key < end; key += a->k_block) {
        int64_t n = end - key < a->k_block ? end - key : a->k_block;
        score(j, at, n_rows, key, n);
        weigh(j, at, query, n_rows, key, n);
        add_values(j, at, n_rows, key, n);
    }
    if (end == 0)
        memset(at->scratch + j->l.sums, 0, (size_t)(n_rows * j->l.ld_sums) * sizeof(float));
    write_out(j, at, query, n_rows);
}

static void attend_blocks(void *ctx, int64_t begin, int64_t end, int worker)
{
    const job *j = ctx;
    const tt_attention *a = j->a;
    int64_t blocks = (a->sq + a->q_block - 1) / a->q_block, seen = -1;
    head at = {.scratch = j->scratch + (int64_t)worker * j->l.size};

    for (int64_t item = begin; item < end; item++) {
        int64_t of_heads = item / blocks, query = item % blocks * a->q_block;
        at.b = of_heads / a->heads;
        at.h = of_heads % a->heads;
        at.kv = at.h / (a->heads / a->kv_heads);
        if (at.b * a->kv_heads + at.kv != seen) {
            seen = at.b * a->kv_heads + at.kv;
            if (!a->direct)
                pack_keys(j, &at);
            prepare_values(j, &at);
        }
        attend(j, &at, query, a->sq - query < a->q_block ? a->sq - query : a->q_block);
    }
}

void tt_attention_run(const tt_kernels *kernels, const tt_threads *threads, const tt_attention *a, void *out,
                      const void *q, const void *k, const void *v, const void *mask, void *scratch)
{
    job j = {.k = kernels,
             .a = a,
             .l = layout_of(a),
             .out = out,
             .q = q,
             .keys = k,
             .values = v,
             .mask = mask,
             .scratch = scratch};
    int64_t blocks = (a->sq + a->q_block - 1) / a->q_block;
    int64_t rows = a->sq < a->q_block ? a->sq : a->q_block;
    int64_t work = rows * (a->sk + 1) * (a->d + a->dv + 1); /* multiply-adds of an item */

    if (a->sq == 0 || a->dv == 0 || a->batch == 0)
        return;
    if (is_f64(&a->q)) {
        tt_attention_f64_run(threads, a, out, q, k, v, mask, scratch);
        return;
    }
    tt_parallel_for(threads, a->batch * a->heads * blocks, work >= 200000 ? 1 : 200000 / work, attend_blocks, &j);
}
