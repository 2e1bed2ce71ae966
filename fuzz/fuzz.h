/* What the fuzzers share. Each is one entry over one reader of foreign bytes; libFuzzer calls it with inputs of its
 * own making, replay.c with files. Inputs may be refused; what must never happen is a crash, a leak, a hang, a report
 * of a sanitizer, or a broken promise that fuzz_check() states. */
#ifndef FUZZ_H
#define FUZZ_H

#include "runtime/runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops with the message of the last error. */
void fuzz_check(bool holds, const char *promise);

/* Choices made from the input's bytes; zeros behind its end. */
typedef struct fuzz_bytes {
    const uint8_t *data;
    size_t size, at;
} fuzz_bytes;
unsigned fuzz_byte(fuzz_bytes *b);
unsigned fuzz_pick(fuzz_bytes *b, unsigned n); /* 0..n-1 */
bool fuzz_chance(fuzz_bytes *b, unsigned of);  /* true once in `of` bytes */

/* Elements that are any of their type's, mostly small; the same for the same seed. */
void fuzz_fill(void *data, tt_dtype dtype, size_t count, unsigned seed);
/* Gives each parameter, buffer and constant of a graph bytes of its shape, in the graph's arena. */
ttrt_status fuzz_fill_weights(tt_graph *g);
/* False where a tensor of the graph has so many elements that computing takes long, and memory would be there. */
bool fuzz_is_small(const tt_graph *g);
/* Lowers, builds engine cpu and runs it; destroys the graph's order. */
void fuzz_compile_graph(tt_graph *g, unsigned seed);
/* Runs an engine twice on the same inputs of its smallest shapes: both give the same. One with loops is not run. */
void fuzz_run_engine(tt_engine *e, unsigned seed);

#endif
