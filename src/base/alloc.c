/* The one door to the heap, with the hook that makes the n-th allocation fail. */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/checked.h"
#include "base/env.h"

#define HUGE_PAGE     ((size_t)2 << 20)
#define HUGE_FROM     ((size_t)4 << 20)
#define ALIGNMENT     ((size_t)64)
#define UNINITIALIZED UINT64_MAX

/* Allocations left until one fails; 0: none will. It starts from TTRT_ALLOC_FAIL. */
static _Atomic uint64_t until_failure = UNINITIALIZED;

static bool fails_slowly(uint64_t left)
{
    if (left == UNINITIALIZED) {
        int64_t n = tt_env_get()->alloc_fail;
        if (atomic_compare_exchange_strong(&until_failure, &left, n > 0 ? (uint64_t)n : 0))
            left = n > 0 ? (uint64_t)n : 0;
    }
    while (left != 0)
        if (atomic_compare_exchange_weak(&until_failure, &left, left - 1))
            return left == 1;
    return false;
}

static inline bool fails(void)
{
    uint64_t left = atomic_load_explicit(&until_failure, memory_order_relaxed);
    return left != 0 && fails_slowly(left);
}

static void *checked(void *p, size_t bytes)
{
    if (!p)
        tt_fail(TTRT_ERR_MEMORY, "no memory for %zu bytes", bytes);
    return p;
}

void tt_alloc_fail_at(uint64_t n) { atomic_store(&until_failure, n == UNINITIALIZED ? 0 : n); }

void *tt_alloc(size_t bytes) { return checked(fails() ? NULL : malloc(bytes ? bytes : 1), bytes); }

void *tt_calloc(size_t count, size_t size)
{
    size_t bytes;

    if (!tt_mul_size(count, size, &bytes)) {
        tt_fail(TTRT_ERR_MEMORY, "no memory for %zu items of %zu bytes", count, size);
        return NULL;
    }
    return checked(fails() ? NULL : calloc(1, bytes ? bytes : 1), bytes);
}

void *tt_realloc(void *p, size_t bytes) { return checked(fails() ? NULL : realloc(p, bytes ? bytes : 1), bytes); }

void tt_free(void *p) { free(p); }

void *tt_alloc_aligned(size_t bytes)
{
    bool huge = bytes >= HUGE_FROM;
    void *p = NULL;

    if (fails() || posix_memalign(&p, huge ? HUGE_PAGE : ALIGNMENT, bytes ? bytes : 1) != 0)
        return checked(NULL, bytes);
    if (huge)
        (void)madvise(p, bytes & ~(HUGE_PAGE - 1), MADV_HUGEPAGE); /* a hint: kernels without it do as well */
    return p;
}

void tt_free_aligned(void *p) { free(p); }
