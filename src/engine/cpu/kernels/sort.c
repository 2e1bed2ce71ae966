/* A row becomes entries: an unsigned key in the order of the values and the index, which makes every key different and
 * every sort stable. Types of at most 32 bits have both in one 64-bit number. Short rows are merged, long ones sorted
 * by bytes. */
#include "engine/cpu/kernels/sort.h"

#include <string.h>

#include "engine/cpu/kernels/walk.h"

enum { SRC = 0, VALUES = 1, INDICES = 2, RUN = 16, RADIX_FROM = 1024 };

typedef struct sort_job {
    tt_walk walk; /* over rows; the last dimension is the row */
    tt_dtype dtype;
    bool descending;
    int64_t n, k, size;                        /* elements in, out; bytes of one */
    int64_t src_step, values_step, index_step; /* the first two in bytes */
    const char *src;
    char *values;
    int64_t *index;
    char *scratch;
    size_t worker_bytes;
    bool wide;
} sort_job;

typedef struct wide_entry {
    uint64_t key, index;
} wide_entry;

static inline void copy_element(char *dst, const char *src, int64_t size)
{
    switch (size) {
    case 1:
        memcpy(dst, src, 1);
        return;
    case 2:
        memcpy(dst, src, 2);
        return;
    case 4:
        memcpy(dst, src, 4);
        return;
    default:
        memcpy(dst, src, 8);
    }
}

/* Floats of `bits` bits: magnitudes above `infinity` are NaN and largest; -0 is 0; negative ones turn round. */
static inline uint64_t float_key(uint64_t v, int bits, uint64_t infinity)
{
    const uint64_t sign = 1ull << (bits - 1), all = sign | (sign - 1), magnitude = v & (sign - 1);

    if (magnitude > infinity)
        return all;
    if (magnitude == 0)
        return sign;
    return v & sign ? ~v & all : v | sign;
}

static inline uint64_t f32_key(const char *p)
{
    uint32_t v;
    return memcpy(&v, p, sizeof v), float_key(v, 32, 0x7f800000);
}
static inline uint64_t f64_key(const char *p)
{
    uint64_t v;
    return memcpy(&v, p, sizeof v), float_key(v, 64, 0x7ffull << 52);
}
static inline uint64_t f16_key(const char *p)
{
    uint16_t v;
    return memcpy(&v, p, sizeof v), float_key(v, 16, 0x7c00);
}
static inline uint64_t bf16_key(const char *p)
{
    uint16_t v;
    return memcpy(&v, p, sizeof v), float_key(v, 16, 0x7f80);
}

#define DEFINE_INT_KEY(name, T, BIAS)                                                                                  \
    static inline uint64_t name##_key(const char *p)                                                                   \
    {                                                                                                                  \
        T v;                                                                                                           \
        return memcpy(&v, p, sizeof v), (uint64_t)v ^ (BIAS);                                                          \
    }
DEFINE_INT_KEY(i8, uint8_t, 0x80)
DEFINE_INT_KEY(i16, uint16_t, 0x8000)
DEFINE_INT_KEY(i32, uint32_t, 0x80000000)
DEFINE_INT_KEY(i64, uint64_t, 1ull << 63)
DEFINE_INT_KEY(u8, uint8_t, 0)
DEFINE_INT_KEY(u16, uint16_t, 0)
DEFINE_INT_KEY(u32, uint32_t, 0)
DEFINE_INT_KEY(u64, uint64_t, 0)

static inline uint64_t any_float_key(const char *p, tt_dtype d)
{
    float v = (float)tt_load_f64(p, d);
    return f32_key((const char *)&v);
}

/* One loop a type, so that the compiler sees the key's formula. */
#define EACH_KEY(key)                                                                                                  \
    for (int64_t j = 0; j < job->n; j++)                                                                               \
        e[j] = MAKE(key ^ flip, (uint64_t)j);                                                                          \
    return

#define F(name)       name##_packed
#define ENTRY         uint64_t
#define KEY(e)        ((e) >> 32)
#define KEY_BYTES     4
#define INDEX(e)      ((e)&0xffffffff)
#define LESS(a, b)    ((a) < (b))
#define MAKE(key, at) ((key) << 32 | (at))
static void make_entries_packed(const sort_job *job, const char *src, uint64_t *e)
{
    const uint64_t flip = job->descending ? 0xffffffff : 0;
    const int64_t step = job->src_step;

    switch (job->dtype) {
    case TTRT_DTYPE_FLOAT32:
        EACH_KEY(f32_key(src + j * step));
    case TTRT_DTYPE_FLOAT16:
        EACH_KEY(f16_key(src + j * step));
    case TTRT_DTYPE_BFLOAT16:
        EACH_KEY(bf16_key(src + j * step));
    case TTRT_DTYPE_INT8:
        EACH_KEY(i8_key(src + j * step));
    case TTRT_DTYPE_INT16:
        EACH_KEY(i16_key(src + j * step));
    case TTRT_DTYPE_INT32:
        EACH_KEY(i32_key(src + j * step));
    case TTRT_DTYPE_UINT8:
    case TTRT_DTYPE_BOOL:
        EACH_KEY(u8_key(src + j * step));
    case TTRT_DTYPE_UINT16:
        EACH_KEY(u16_key(src + j * step));
    case TTRT_DTYPE_UINT32:
        EACH_KEY(u32_key(src + j * step));
    default:
        EACH_KEY(any_float_key(src + j * step, job->dtype));
    }
}
#include "engine/cpu/kernels/sort_typed.h"
#undef F
#undef ENTRY
#undef KEY
#undef KEY_BYTES
#undef INDEX
#undef LESS
#undef MAKE

#define F(name)       name##_wide
#define ENTRY         wide_entry
#define KEY(e)        ((e).key)
#define KEY_BYTES     8
#define INDEX(e)      ((e).index)
#define LESS(a, b)    ((a).key < (b).key || ((a).key == (b).key && (a).index < (b).index))
#define MAKE(key, at) ((wide_entry){(key), (at)})
static void make_entries_wide(const sort_job *job, const char *src, wide_entry *e)
{
    const uint64_t flip = job->descending ? UINT64_MAX : 0;
    const int64_t step = job->src_step;

    switch (job->dtype) {
    case TTRT_DTYPE_FLOAT64:
        EACH_KEY(f64_key(src + j * step));
    case TTRT_DTYPE_INT64:
        EACH_KEY(i64_key(src + j * step));
    case TTRT_DTYPE_UINT64:
        EACH_KEY(u64_key(src + j * step));
    case TTRT_DTYPE_INT32:
        EACH_KEY(i32_key(src + j * step));
    case TTRT_DTYPE_INT16:
        EACH_KEY(i16_key(src + j * step));
    case TTRT_DTYPE_INT8:
        EACH_KEY(i8_key(src + j * step));
    case TTRT_DTYPE_UINT8:
    case TTRT_DTYPE_BOOL:
        EACH_KEY(u8_key(src + j * step));
    case TTRT_DTYPE_UINT16:
        EACH_KEY(u16_key(src + j * step));
    case TTRT_DTYPE_UINT32:
        EACH_KEY(u32_key(src + j * step));
    default:
        EACH_KEY(any_float_key(src + j * step, job->dtype));
    }
}
#include "engine/cpu/kernels/sort_typed.h"

/* Indices of a packed entry have 32 bits. */
static bool is_wide(tt_dtype dtype, int64_t n) { return ttrt_dtype_size(dtype) == 8 || n > UINT32_MAX; }

static size_t worker_bytes(tt_dtype dtype, int64_t n)
{
    return 2 * (size_t)n * (is_wide(dtype, n) ? sizeof(wide_entry) : sizeof(uint64_t));
}

size_t tt_sort_scratch_bytes(tt_dtype dtype, int64_t n, int n_workers)
{
    return worker_bytes(dtype, n) * (size_t)n_workers;
}

static void sort_rows(void *ctx, int64_t begin, int64_t end, int worker)
{
    const sort_job *job = ctx;
    char *scratch = job->scratch + job->worker_bytes * (size_t)worker;
    tt_cursor at;

    tt_cursor_seek(&at, &job->walk, job->walk.rank - 1, begin);
    for (int64_t row = begin; row < end; row++) {
        const char *src = job->src + at.offset[SRC];
        char *values = job->values ? job->values + at.offset[VALUES] : NULL;
        int64_t *index = job->index ? (int64_t *)((char *)job->index + at.offset[INDICES]) : NULL;
        if (job->wide)
            sort_row_wide(job, src, values, index, scratch);
        else
            sort_row_packed(job, src, values, index, scratch);
        tt_cursor_next(&at, &job->walk);
    }
}

void tt_topk_run(const tt_threads *threads, bool largest, const tt_view *values, void *values_data,
                 const tt_view *index, int64_t *index_data, const tt_view *from, const void *src, void *scratch)
{
    const tt_view *to = values ? values : index;
    const int last = from->rank - 1;
    sort_job job = {.dtype = from->dtype,
                    .descending = largest,
                    .size = (int64_t)ttrt_dtype_size(from->dtype),
                    .src = src,
                    .values = values_data,
                    .index = index_data,
                    .scratch = scratch};
    tt_walk *w = &job.walk;

    /* A 0-d tensor is a row of one. */
    const int64_t one = 1, zero = 0;
    const bool scalar = from->rank == 0;
    tt_walk_init(w, scalar ? 1 : from->rank, scalar ? &one : from->dims);
    tt_walk_add(w, scalar ? &zero : from->strides, (size_t)job.size);
    tt_walk_add(w, scalar ? &zero : to->strides, (size_t)job.size);
    tt_walk_add(w, scalar ? &zero : index ? index->strides : to->strides, sizeof(int64_t));
    job.n = w->dims[w->rank - 1];
    job.k = scalar ? 1 : to->dims[last];
    job.src_step = w->steps[SRC][w->rank - 1];
    job.values_step = w->steps[VALUES][w->rank - 1];
    job.index_step = w->steps[INDICES][w->rank - 1] / (int64_t)sizeof(int64_t);
    job.wide = is_wide(from->dtype, job.n);
    job.worker_bytes = worker_bytes(from->dtype, job.n);
    const int64_t rows = tt_walk_count(w, w->rank - 1);
    if (rows == 0 || job.k == 0)
        return;
    tt_parallel_for(threads, rows, tt_move_grain(job.n * 32), sort_rows, &job);
}

void tt_sort_run(const tt_threads *threads, bool descending, const tt_view *values, void *values_data,
                 const tt_view *index, int64_t *index_data, const tt_view *from, const void *src, void *scratch)
{
    tt_topk_run(threads, descending, values, values_data, index, index_data, from, src, scratch);
}
