#include "engine/cpu/kernels/search.h"

#include <string.h>

#include "engine/cpu/kernels/walk.h"

enum { DST = 0, VALUES = 1, SEQUENCE = 2 };

typedef struct search_job {
    tt_walk walk;
    bool right;
    tt_dtype dtype, out;
    char *dst;
    const char *values, *sequence;
    int64_t n, step; /* of the sequence; step in bytes */
} search_job;

/* The first place whose element is not below the value. Written with >= and >, so that a NaN value goes behind all. */
#define DEFINE_BOUND(name, T, LOAD)                                                                                    \
    static int64_t bound_##name(const search_job *job, const char *sequence, const char *p)                            \
    {                                                                                                                  \
        const T v = LOAD(p, job->dtype);                                                                               \
        int64_t low = 0, high = job->n;                                                                                \
        while (low < high) {                                                                                           \
            int64_t middle = low + (high - low) / 2;                                                                   \
            T at = LOAD(sequence + middle * job->step, job->dtype);                                                    \
            if (job->right ? at > v : at >= v)                                                                         \
                high = middle;                                                                                         \
            else                                                                                                       \
                low = middle + 1;                                                                                      \
        }                                                                                                              \
        return low;                                                                                                    \
    }
DEFINE_BOUND(f64, double, tt_load_f64)
DEFINE_BOUND(i64, int64_t, tt_load_i64)

static void search_range(void *ctx, int64_t begin, int64_t end, int worker)
{
    const search_job *job = ctx;
    const bool floats = tt_dtype_is_float(job->dtype);
    tt_cursor at;

    tt_cursor_seek(&at, &job->walk, job->walk.rank, begin);
    for (int64_t i = begin; i < end; i++, tt_cursor_next(&at, &job->walk)) {
        const char *sequence = job->sequence + at.offset[SEQUENCE], *value = job->values + at.offset[VALUES];
        tt_store_i64(job->dst + at.offset[DST], job->out,
                     floats ? bound_f64(job, sequence, value) : bound_i64(job, sequence, value));
    }
}

void tt_search_run(const tt_threads *threads, bool right, const tt_view *to, void *dst, const tt_view *sequence,
                   const void *sequence_data, const tt_view *values, const void *values_data)
{
    const size_t size = ttrt_dtype_size(values->dtype);
    const int last = sequence->rank - 1;
    search_job job = {.right = right,
                      .dtype = values->dtype,
                      .out = to->dtype,
                      .dst = dst,
                      .values = values_data,
                      .sequence = sequence_data,
                      .n = sequence->dims[last],
                      .step = sequence->strides[last] * (int64_t)size};
    int64_t row_strides[TT_CPU_RANK] = {0};

    if (sequence->rank > 1)
        memcpy(row_strides, sequence->strides, sizeof row_strides[0] * (size_t)last);
    tt_walk_init(&job.walk, values->rank, values->dims);
    tt_walk_add(&job.walk, to->strides, ttrt_dtype_size(to->dtype));
    tt_walk_add(&job.walk, values->strides, size);
    tt_walk_add(&job.walk, row_strides, size);
    tt_walk_merge(&job.walk);
    tt_parallel_for(threads, tt_walk_count(&job.walk, job.walk.rank), 1024, search_range, &job);
}
