/* The thread pool. One parallel loop runs at a time per pool user; nested loops run inline. The pool survives fork: a
 * child starts its threads anew at first use. A host may hand in its own parallel-for (ttrt_parallel_for_fn), see
 * runtime. */
#ifndef TT_THREADS_H
#define TT_THREADS_H

#include "base/alloc.h"

/* Does items [begin, end) of a loop. `worker` is in [0, workers): at most one call at a time has a given worker number.
 */
typedef void (*tt_loop_fn)(void *ctx, int64_t begin, int64_t end, int worker);

/* How loops run. `parallel_for` calls fn on disjoint ranges that cover [0, n) and returns when all are done. */
typedef struct tt_threads {
    int n_workers; /* >= 1: worker numbers are below it */
    void (*parallel_for)(void *self, int64_t n, int64_t grain, tt_loop_fn fn, void *ctx);
    void *self;
} tt_threads;

/* Runs fn over [0, n), in pieces of at least `grain` items; inline when n <= grain, or 1 worker, or threads is NULL. */
void tt_parallel_for(const tt_threads *threads, int64_t n, int64_t grain, tt_loop_fn fn, void *ctx);

/* The process-wide pool of our own with `n` workers in all, the caller's thread counted; n <= 0: the processors
 * available. Threads start at first use and spin briefly (some 50 us) before they sleep, so that a row of short loops
 * stays cheap. */
const tt_threads *tt_pool_threads(int n);
int tt_cpu_count(void);
uint64_t tt_time_ns(void); /* monotonic */

#endif
