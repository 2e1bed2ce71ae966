/* GEMM, what is the same on each level: formats, blocking, threads, the epilogue.
 *
 * The work is cut into blocks of mc rows x nc columns of C, which workers take one by one. A block goes through k in
 * pieces of kc: it packs its rows of A (mc x kc, stays in the L2 cache), and for each panel of B (kc x 32, stays in L1)
 * runs down the rows with the micro kernel. C itself collects the sums; where there is an epilogue or a narrow dtype, a
 * tile of scratch does: of one micro kernel's size, finished before it leaves the L1 cache, where k is one piece and
 * the epilogue one pass; else of the block's. */
#include <string.h>

#include "base/checked.h"
#include "engine/cpu/kernels/table.h"

#define NR TT_GEMM_NR
/* Budgets in bytes, for a core with 1 MB of L2 or more: a packed block of A, and a block of C between micro kernel and
 * epilogue. */
#define A_BLOCK_BYTES (384 << 10)
#define C_BLOCK_BYTES (384 << 10)
#define MIN_NC        256 /* columns of a block of C, where the result has them */
#define IN_PLACE_N    512
#define SMALL_B_BYTES (128 << 10) /* a B that stays in the L2 cache */
#define MICRO_LD      (NR + 16)   /* of a tile of one micro kernel */

static int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }
static int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

static const struct {
    const char *name;
    int step;       /* k values in a row of a panel */
    int step_bytes; /* of one column in a row of a panel */
} formats[] = {
    [TT_PACK_NONE] = {"none", 1, 0},
    [TT_PACK_F32_N32] = {"gemm_f32_n32", 1, 4},
    [TT_PACK_BF16_N32K2] = {"gemm_bf16_n32k2", 2, 4},
    [TT_PACK_F16_N32] = {"gemm_f16_n32", 1, 2},
    [TT_PACK_B16_N32] = {"gemm_b16_n32", 1, 2},
    [TT_PACK_F64_N32] = {"gemm_f64_n32", 1, 8},
    [TT_PACK_I64_N32] = {"gemm_i64_n32", 1, 8},
};

const char *tt_pack_format_name(tt_pack_format f)
{
    return (size_t)f < TT_COUNT(formats) ? formats[f].name : "unknown";
}

tt_pack_format tt_pack_format_from_name(const char *name)
{
    for (size_t f = 0; f < TT_COUNT(formats); f++)
        if (strcmp(name, formats[f].name) == 0)
            return (tt_pack_format)f;
    return TT_PACK_NONE;
}

/* Bytes of one panel. */
static size_t panel_bytes(tt_pack_format f, int64_t k)
{
    return (size_t)ceil_div(k, formats[f].step) * (size_t)formats[f].step_bytes * NR;
}

size_t tt_gemm_packed_bytes(tt_pack_format f, int64_t k, int64_t n)
{
    size_t steps_bytes, bytes;

    if (!tt_mul_size((size_t)ceil_div(k, formats[f].step), (size_t)formats[f].step_bytes * NR, &steps_bytes) ||
        !tt_mul_size(steps_bytes, (size_t)ceil_div(n, NR), &bytes))
        return SIZE_MAX;
    return bytes;
}

typedef struct pack_job {
    const tt_kernels *kernels;
    void *dst;
    const void *b;
    tt_pack_format format;
    tt_dtype dtype;
    int64_t k, n, row, col;
} pack_job;

static void pack_panels(void *ctx, int64_t begin, int64_t end, int worker)
{
    const pack_job *j = ctx;

    for (int64_t p = begin; p < end; p++)
        j->kernels->gemm.pack_panel((char *)j->dst + (size_t)p * panel_bytes(j->format, j->k), j->format,
                                    (const char *)j->b + p * NR * j->col * (int64_t)ttrt_dtype_size(j->dtype), j->dtype,
                                    j->k, min_i64(j->n - p * NR, NR), j->row, j->col);
}

void tt_gemm_pack(const tt_kernels *kernels, const tt_threads *threads, void *dst, tt_pack_format f, const void *b,
                  tt_dtype d, int64_t k, int64_t n, int64_t row, int64_t col)
{
    pack_job job = {kernels, dst, b, f, d, k, n, row, col};

    /* At least some 64 KB a piece. */
    tt_parallel_for(threads, ceil_div(n, NR), max_i64(1, (16 << 10) / (NR * max_i64(k, 1))), pack_panels, &job);
}

static bool computes_bf16(const tt_kernels *kernels, const tt_gemm *g)
{
    return g->format == TT_PACK_BF16_N32K2 && kernels->gemm.wide[TT_GEMM_BF16].mr > 0 &&
           g->m <= kernels->gemm.bf16_rows;
}

static tt_gemm_kind kind_of(const tt_kernels *kernels, const tt_gemm *g)
{
    if (g->format == TT_PACK_F64_N32)
        return TT_GEMM_F64;
    if (g->format == TT_PACK_I64_N32)
        return TT_GEMM_I64;
    return computes_bf16(kernels, g) ? TT_GEMM_BF16 : TT_GEMM_F32;
}

tt_gemm_form tt_gemm_a_form(const tt_kernels *kernels, const tt_gemm *g)
{
    if (g->format == TT_PACK_F64_N32 || g->format == TT_PACK_I64_N32)
        return TT_FORM_64;
    if (g->format != TT_PACK_BF16_N32K2)
        return TT_FORM_F32;
    return computes_bf16(kernels, g) ? TT_FORM_BF16 : TT_FORM_F32_VIA_BF16;
}

/* Panels that the micro kernel does not read as they are. */
static bool is_widened(const tt_kernels *kernels, const tt_gemm *g)
{
    return g->format == TT_PACK_F16_N32 || g->format == TT_PACK_B16_N32 ||
           (g->format == TT_PACK_BF16_N32K2 && !computes_bf16(kernels, g));
}

static bool has_tile(const tt_gemm *g)
{
    return g->has_epilogue || g->c_dtype == TTRT_DTYPE_FLOAT16 || g->c_dtype == TTRT_DTYPE_BFLOAT16;
}

/* Rows of a tile are not a power of two apart: they would share cache sets. */
static int64_t tile_ld(const tt_gemm *g) { return round_up(g->nc, NR) + 16; }
/* Bytes from row to row of packed A: an odd number of cache lines, so that the rows of a tile fall into different sets.
 */
static size_t packed_stride(const tt_kernels *kernels, const tt_gemm *g)
{
    return (((size_t)g->kc * tt_gemm_form_size(tt_gemm_a_form(kernels, g)) + 63) / 64 | 1) * 64;
}
static size_t a_block_bytes(const tt_kernels *kernels, const tt_gemm *g)
{
    return (size_t)g->mc * packed_stride(kernels, g);
}
static size_t wide_panel_bytes(const tt_kernels *kernels, const tt_gemm *g)
{
    return is_widened(kernels, g) ? (size_t)round_up(g->kc, 2) * NR * sizeof(float) : 0;
}

/* kc: k in pieces of equal length that fill a packed row. mc, nc: as large as the budgets allow, then cut until each
 * worker has some blocks to choose from. Rows are cut last, since each cut reads B once more. */
static void choose_blocks(const tt_kernels *kernels, tt_gemm *g, int n_workers)
{
    const int mr = kernels->gemm.wide[kind_of(kernels, g)].mr;
    const int64_t kc_max = TT_GEMM_KC * 4 / (int64_t)tt_gemm_form_size(tt_gemm_a_form(kernels, g));
    int64_t k = max_i64(g->k, 1), m = max_i64(g->m, 1), n = max_i64(round_up(g->n, NR), NR);

    g->kc = min_i64(round_up(ceil_div(k, ceil_div(k, kc_max)), 16), kc_max);
    /* With a short k, it is the block of C that bounds the rows: wide enough that its rows are whole lines of memory.
     */
    int64_t c_rows = C_BLOCK_BYTES / 4 / (min_i64(n, MIN_NC) + 16);
    int64_t mc_max = max_i64(min_i64(A_BLOCK_BYTES / (int64_t)packed_stride(kernels, g), c_rows) / mr * mr, mr);
    g->mc = round_up(ceil_div(m, ceil_div(m, mc_max)), mr);
    g->mc = min_i64(g->mc, m);
    /* Blocks then are low, so that A and the result go by once, in order. */
    if (tt_gemm_packed_bytes(g->format, g->k, g->n) <= SMALL_B_BYTES)
        g->mc = min_i64(g->mc, 4 * mr);
    int64_t nc_max = max_i64(C_BLOCK_BYTES / 4 / g->mc / NR * NR, NR);
    g->nc = round_up(ceil_div(n, ceil_div(n, nc_max)), NR);
    int64_t wanted = n_workers > 1 ? 4 * n_workers : 1;
    int64_t m_blocks = ceil_div(m, g->mc);
    if (m_blocks * ceil_div(n, g->nc) < wanted) {
        /* Below 4 panels, packing A again for each block begins to show, unless there is little of it. */
        int64_t floor = m <= mr ? NR : 4 * NR;
        int64_t n_blocks = ceil_div(wanted, m_blocks);
        g->nc = max_i64(round_up(ceil_div(n, n_blocks), NR), min_i64(floor, n));
    }
    if (m_blocks * ceil_div(n, g->nc) < wanted && m > mr) {
        m_blocks = min_i64(ceil_div(wanted, ceil_div(n, g->nc)), ceil_div(m, mr));
        g->mc = min_i64(round_up(ceil_div(m, m_blocks), mr), m);
    }
}

void tt_gemm_plan(const tt_kernels *kernels, tt_gemm *g, int n_workers)
{
    choose_blocks(kernels, g, n_workers);
    g->n_workers = n_workers;
    g->worker_bytes = a_block_bytes(kernels, g) + wide_panel_bytes(kernels, g) +
                      (has_tile(g) ? (size_t)(g->mc * tile_ld(g)) * sizeof(float) : 0);
    g->worker_bytes = (size_t)round_up((int64_t)g->worker_bytes, 64);
    g->scratch_bytes = g->worker_bytes * (size_t)n_workers;
}

/* One block in work. Sizes of C are in bytes, for micro kernels of any kind. */
typedef struct block {
    const tt_gemm_job *job;
    tt_gemm_kind kind;
    int64_t m0, rows, n0, cols;
    char *c; /* of the block's first element */
    int64_t ldc;
    size_t c_size;
    const char *a;
    size_t a_stride;
    float *wide_panel;
    bool finishes_tiles;     /* each as it is done */
    bool finishes_registers; /* whole ones before they are tiles */
} block;

/* Where the panel of column n of the block has its values of k0. */
static const char *panel_at(const block *t, int64_t n, int64_t k0)
{
    const tt_gemm *g = t->job->g;

    return (const char *)t->job->b + (size_t)((t->n0 + n) / NR) * panel_bytes(g->format, g->k) +
           (size_t)(k0 / formats[g->format].step) * (size_t)formats[g->format].step_bytes * NR;
}

/* Rows and columns of the block as the result has them. */
static int64_t row_of(const block *t, int64_t row)
{
    return row + t->m0 + (t->job->g->has_epilogue ? t->job->g->epilogue_row : 0);
}
static int64_t col_of(const block *t, int64_t col)
{
    return col + t->n0 + (t->job->g->has_epilogue ? t->job->g->epilogue_col : 0);
}

/* Rows [row, row + rows) and columns [col, col + cols) of the block, from a tile to where the result belongs. */
static void finish_tile(const block *t, const float *tile, int64_t row, int64_t rows, int64_t col, int64_t cols)
{
    tt_finish_run(t->job->kernels, &t->job->finish, tile, t->ldc, row_of(t, row), rows, col_of(t, col), cols);
}

/* Whether the kernels that finish in registers do what the tile would. */
static bool finishes_registers(const tt_gemm_job *job, tt_gemm_kind kind)
{
    const tt_tile *t = &job->finish.tile;

    return kind == TT_GEMM_BF16 && job->kernels->gemm.finishing[0] && t->out_dtype == TTRT_DTYPE_BFLOAT16 &&
           !t->scale.data && !t->residual.data;
}

/* What a micro kernel brings near: each of the last 2 tiles a half of the next panel. */
static const char *ahead_of(const char *panel, const char *b, int64_t steps, int64_t tiles, int64_t tiles_left)
{
    return tiles < 2 || tiles_left > 2 ? b : panel + (2 - tiles_left) * steps * TT_GEMM_AHEAD;
}

/* A whole panel times all rows of A, finished in registers. */
static void run_finishing(const block *t, int64_t n, const char *b, int64_t steps, const char *ahead)
{
    const struct tt_gemm_kernels *kernels = &t->job->kernels->gemm;
    const tt_tile *tile = &t->job->finish.tile;
    const int64_t col = col_of(t, n), tiles = ceil_div(t->rows, kernels->wide[t->kind].mr);
    float bias[NR];

    for (int i = 0; i < NR; i++)
        bias[i] = -0.0f; /* which changes nothing */
    if (tile->bias.data)
        kernels->convert(bias, (const char *)tile->bias.data + col * (int64_t)ttrt_dtype_size(tile->bias.dtype), NR,
                         tile->bias.dtype, TT_FORM_F32);
    for (int64_t i = 0; i < tiles; i++) {
        int64_t r0 = t->rows * i / tiles, r1 = t->rows * (i + 1) / tiles;
        const tt_gemm_finish f = {.out = (uint16_t *)tile->out + row_of(t, r0) * tile->out_ld + col,
                                  .ld = tile->out_ld,
                                  .bias = bias,
                                  .low = tile->low,
                                  .high = tile->high};
        kernels->finishing[r1 - r0 - 1](&f, t->a + (size_t)r0 * t->a_stride, t->a_stride, b, steps,
                                        t->job->a && n == 0 ? t->a + (size_t)r1 * t->a_stride
                                                            : ahead_of(ahead, b, steps, tiles, tiles - i));
    }
}

/* The part of one panel that k0 .. k0 + kc needs, times all rows of A. */
static void run_panel(const block *t, int64_t n, int64_t k0, int64_t kc)
{
    const struct tt_gemm_kernels *kernels = &t->job->kernels->gemm;
    int64_t steps = ceil_div(kc, formats[t->job->g->format].step);
    const char *b = panel_at(t, n, k0), *ahead = b;
    const size_t b_size = t->c_size;
    const bool reads_a = t->job->a && n == 0; /* for the first time */

    if (t->wide_panel) {
        kernels->widen(t->wide_panel, b, t->job->g->format, steps);
        b = ahead = (const char *)t->wide_panel;
        steps = kc;
    } else if (n + NR < t->cols) {
        ahead = panel_at(t, n + NR, k0);
    }
    int64_t end = min_i64(n + NR, t->cols);
    if (t->finishes_registers && end - n == NR) {
        run_finishing(t, n, b, steps, ahead);
        return;
    }
    for (int64_t j = n, width; j < end; j += width) {
        const tt_gemm_micros *micros = &kernels->wide[t->kind];
        if (kernels->narrow[t->kind].mr && end - j <= kernels->narrow[t->kind].width)
            micros = &kernels->narrow[t->kind];
        width = micros->width;
        int64_t tiles = ceil_div(t->rows, micros->mr);
        for (int64_t i = 0; i < tiles; i++) {
            int64_t r0 = t->rows * i / tiles, r1 = t->rows * (i + 1) / tiles;
            char *c = t->finishes_tiles ? t->c : t->c + (size_t)(r0 * t->ldc + j) * t->c_size;
            if (t->finishes_tiles)
                tt_finish_prefetch(&t->job->finish, row_of(t, r0), r1 - r0, col_of(t, j));
            micros->fn[r1 - r0 - 1](c, t->ldc, t->a + (size_t)r0 * t->a_stride, t->a_stride,
                                    b + (size_t)(j - n) * b_size, steps, min_i64(end - j, width), k0 > 0,
                                    reads_a ? t->a + (size_t)r1 * t->a_stride
                                            : ahead_of(ahead, b, steps, tiles, tiles - i));
            if (t->finishes_tiles)
                finish_tile(t, (const float *)c, r0, r1 - r0, j, min_i64(end - j, width));
        }
    }
}

static void clear_rows(const block *t)
{
    for (int64_t r = 0; r < t->rows; r++)
        memset(t->c + (size_t)(r * t->ldc) * t->c_size, 0, (size_t)t->cols * t->c_size);
}

static void pack_block(const tt_gemm_job *job, char *packed, size_t stride, int64_t m0, int64_t rows, int64_t k0,
                       int64_t kc)
{
    const tt_gemm_form form = tt_gemm_a_form(job->kernels, job->g);

    job->pack_a(job->kernels, job->pack_ctx, packed, stride, m0, rows, k0, kc, form);
    if (form == TT_FORM_BF16 && kc % 2) /* the second half of the last pair */
        for (int64_t r = 0; r < rows; r++)
            memset(packed + (size_t)r * stride + (size_t)kc * 2, 0, 2);
}

/* Where row m0 of an A that is read in place begins. */
static const char *row_in_place(const tt_gemm_job *job, int64_t m0)
{
    return (const char *)job->a + (size_t)(m0 / job->image) * job->image_bytes +
           (size_t)(m0 % job->image) * job->a_stride;
}

static void run_block(const tt_gemm_job *job, int64_t m0, int64_t rows, int64_t n0, int worker)
{
    const tt_gemm *g = job->g;
    const tt_gemm_form form = tt_gemm_a_form(job->kernels, g);
    char *scratch = (char *)job->scratch + (size_t)worker * g->worker_bytes, *packed = scratch;
    block t = {.job = job,
               .kind = kind_of(job->kernels, g),
               .m0 = m0,
               .rows = rows,
               .n0 = n0,
               .cols = min_i64(g->nc, g->n - n0),
               .c_size = form == TT_FORM_64 ? 8 : 4,
               .a_stride = job->a ? job->a_stride : packed_stride(job->kernels, g)};

    scratch += a_block_bytes(job->kernels, g);
    if (is_widened(job->kernels, g))
        t.wide_panel = (float *)scratch;
    scratch += wide_panel_bytes(job->kernels, g);
    t.c = has_tile(g) ? scratch : (char *)job->c + (size_t)(m0 * g->ldc + n0) * t.c_size;
    t.ldc = has_tile(g) ? tile_ld(g) : g->ldc;
    t.finishes_tiles = has_tile(g) && g->k > 0 && g->k <= g->kc && job->finish.in_one_pass;
    t.finishes_registers = t.finishes_tiles && finishes_registers(job, t.kind);
    if (t.finishes_tiles)
        t.ldc = MICRO_LD;
    if (g->k == 0)
        clear_rows(&t);
    for (int64_t k0 = 0; k0 < g->k; k0 += g->kc) {
        int64_t kc = min_i64(g->kc, g->k - k0);
        if (job->a) {
            t.a = row_in_place(job, m0) + (size_t)k0 * tt_gemm_form_size(form);
        } else {
            pack_block(job, packed, t.a_stride, m0, t.rows, k0, kc);
            t.a = packed;
        }
        for (int64_t n = 0; n < t.cols; n += NR)
            run_panel(&t, n, k0, kc);
    }
    if (has_tile(g) && !t.finishes_tiles)
        finish_tile(&t, (const float *)t.c, 0, t.rows, 0, t.cols);
}

static void run_blocks(void *ctx, int64_t begin, int64_t end, int worker)
{
    const tt_gemm_job *job = ctx;

    for (int64_t i = begin; i < end; i++) {
        int64_t image = i % job->m_blocks / job->image_blocks, row = i % job->image_blocks * job->g->mc;
        run_block(job, image * job->image + row, min_i64(job->g->mc, job->image - row), i / job->m_blocks * job->g->nc,
                  worker);
    }
}

void tt_gemm_job_run(const tt_threads *threads, tt_gemm_job *job)
{
    if (job->g->m == 0 || job->g->n == 0)
        return;
    job->image = job->image > 0 ? job->image : job->g->m;
    job->image_blocks = ceil_div(job->image, job->g->mc);
    job->m_blocks = job->g->m / job->image * job->image_blocks;
    job->n_blocks = ceil_div(job->g->n, job->g->nc);
    tt_finish_init(&job->finish, job->epilogue, job->c, job->g->c_dtype, job->g->ldc);
    tt_parallel_for(threads, job->m_blocks * job->n_blocks, 1, run_blocks, job);
}

/* Each block of columns would pack the rows anew, so for many columns packing pays, and for few it does not. Rows a
 * multiple of 4 KB apart share their cache sets. */
bool tt_gemm_reads_in_place(const tt_kernels *kernels, const tt_gemm *g, int64_t stride)
{
    const tt_gemm_form form = tt_gemm_a_form(kernels, g);
    /* bf16 is read in pairs of k. */
    bool as_is = (form == TT_FORM_F32 && g->a_dtype == TTRT_DTYPE_FLOAT32) ||
                 (form == TT_FORM_BF16 && g->a_dtype == TTRT_DTYPE_BFLOAT16 && g->k % 2 == 0);

    return as_is && g->n <= IN_PLACE_N && (stride * (int64_t)tt_gemm_form_size(form) % 4096 != 0 || g->m < 8);
}

typedef struct matrix {
    const void *data;
    tt_dtype dtype;
    size_t size;
    tt_gemm_rows rows;
} matrix;

static int64_t row_offset(const tt_gemm_rows *rows, int64_t i)
{
    int64_t offset = 0;

    if (rows->image > 0) {
        offset = i / rows->image * rows->image_stride;
        i %= rows->image;
    }
    if (rows->w > 0) {
        offset += i / rows->w * rows->outer;
        i %= rows->w;
    }
    return offset + i * rows->inner;
}

static void pack_matrix(const tt_kernels *kernels, const void *ctx, void *dst, size_t stride_bytes, int64_t row,
                        int64_t rows, int64_t k0, int64_t kc, tt_gemm_form form)
{
    const matrix *a = ctx;
    const int64_t seg_len = a->rows.n_seg > 1 ? a->rows.seg_len : INT64_MAX;

    for (int64_t r = 0; r < rows; r++) {
        const char *from = (const char *)a->data + row_offset(&a->rows, row + r) * (int64_t)a->size;
        char *to = (char *)dst + (size_t)r * stride_bytes;
        for (int64_t k = k0, n; k < k0 + kc; k += n) {
            int64_t in_seg = k % seg_len;
            n = min_i64(seg_len - in_seg, k0 + kc - k);
            kernels->gemm.convert(to + (size_t)(k - k0) * tt_gemm_form_size(form),
                                  from + (k / seg_len * a->rows.seg_stride + in_seg) * (int64_t)a->size, n, a->dtype,
                                  form);
        }
    }
}

void tt_gemm_run(const tt_kernels *kernels, const tt_threads *threads, const tt_gemm *g, void *c, const void *a,
                 const void *packed_b, const tt_epilogue *epilogue, void *scratch)
{
    matrix source = {a, g->a_dtype, ttrt_dtype_size(g->a_dtype), g->rows};
    tt_gemm_job job = {.kernels = kernels,
                       .g = g,
                       .c = c,
                       .b = packed_b,
                       .pack_a = pack_matrix,
                       .pack_ctx = &source,
                       .epilogue = epilogue,
                       .scratch = scratch};

    if (g->rows.image == 0 && g->rows.w == 0 && g->rows.n_seg <= 1 &&
        tt_gemm_reads_in_place(kernels, g, g->rows.inner)) {
        job.a = a;
        job.a_stride = (size_t)g->rows.inner * source.size;
    }
    tt_gemm_job_run(threads, &job);
}
