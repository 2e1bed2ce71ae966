/* Tensors of the tests of data movement: each in a heap piece of its exact size, so that a sanitizer sees every
 * overrun, and addressed by row-major position, so that a plain formula can stand beside the kernel. */
#ifndef TENSOR_TEST_H
#define TENSOR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/cpu/kernels/kernels.h"

typedef struct tensor {
    tt_view view;
    char *memory; /* the heap piece */
    char *data;   /* the element at index 0: not the first where strides are negative */
} tensor;

static uint64_t seed = 7;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed >> 11;
}

static inline int64_t random_in(int64_t low, int64_t high)
{
    return low + (int64_t)(random_bits() % (uint64_t)(high - low + 1));
}
static inline bool chance(int percent) { return random_in(0, 99) < percent; }

static int64_t count_of(const tt_view *v)
{
    int64_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n *= v->dims[d];
    return n;
}

/* Index of row-major position i. */
static void index_of(const tt_view *v, int64_t i, int64_t *index)
{
    for (int d = v->rank - 1; d >= 0; d--) {
        index[d] = i % v->dims[d];
        i /= v->dims[d];
    }
}

static char *element_at(const tensor *t, const int64_t *index)
{
    int64_t offset = 0;
    for (int d = 0; d < t->view.rank; d++)
        offset += index[d] * t->view.strides[d];
    return t->data + offset * (int64_t)ttrt_dtype_size(t->view.dtype);
}

static inline char *element(const tensor *t, int64_t i)
{
    int64_t index[TT_CPU_RANK];
    index_of(&t->view, i, index);
    return element_at(t, index);
}

/* Uninitialised memory; dimension order[i] is the i-th from the outside. order NULL: contiguous. */
static tensor tensor_ordered(tt_dtype dtype, int rank, const int64_t *dims, const int *order)
{
    tensor t = {.view = {.dtype = dtype, .rank = rank}};
    int64_t stride = 1;

    for (int i = rank - 1; i >= 0; i--) {
        int d = order ? order[i] : i;
        t.view.dims[d] = dims[d];
        t.view.strides[d] = stride;
        stride *= dims[d];
    }
    t.memory = t.data = malloc((size_t)stride * ttrt_dtype_size(dtype) + (stride == 0));
    return t;
}

static inline tensor tensor_new(tt_dtype dtype, int rank, const int64_t *dims)
{
    return tensor_ordered(dtype, rank, dims, NULL);
}

static inline void random_order(int rank, int *order)
{
    for (int i = 0; i < rank; i++) {
        int j = (int)random_in(0, i);
        order[i] = order[j];
        order[j] = i;
    }
}

/* In any order of memory. */
static inline tensor tensor_shuffled(tt_dtype dtype, int rank, const int64_t *dims)
{
    int order[TT_CPU_RANK] = {0};
    random_order(rank, order);
    return tensor_ordered(dtype, rank, dims, order);
}

/* [n, c, spatial...] with the channels last in memory. */
static inline tensor tensor_channels_last(tt_dtype dtype, int rank, const int64_t *dims)
{
    int order[TT_CPU_RANK] = {0};
    for (int d = 2; d < rank; d++)
        order[d - 1] = d;
    order[rank - 1] = 1;
    return tensor_ordered(dtype, rank, dims, order);
}

static inline void fill_random_bytes(const tensor *t)
{
    size_t bytes = (size_t)count_of(&t->view) * ttrt_dtype_size(t->view.dtype);
    for (size_t i = 0; i < bytes; i++)
        t->memory[i] = (char)random_bits();
}

/* Whole numbers in low..high: exact in every type and sum. */
static inline void fill_random_integers(const tensor *t, int64_t low, int64_t high)
{
    for (int64_t i = 0; i < count_of(&t->view); i++)
        tt_store_i64(element(t, i), t->view.dtype, random_in(low, high));
}

static inline tensor tensor_copy(const tensor *t)
{
    tensor to = tensor_new(t->view.dtype, t->view.rank, t->view.dims);
    for (int64_t i = 0; i < count_of(&t->view); i++)
        memcpy(element(&to, i), element(t, i), ttrt_dtype_size(t->view.dtype));
    return to;
}

static inline void assert_same_element(const void *a, const void *b, tt_dtype dtype)
{
    assert_memory_equal(a, b, ttrt_dtype_size(dtype));
}

static inline double value_of(const tensor *t, int64_t i) { return tt_load_f64(element(t, i), t->view.dtype); }

static inline void tensor_free(tensor *t) { free(t->memory); }

static inline const tt_threads *some_threads(void) { return chance(50) ? tt_pool_threads(2) : NULL; }

/* A level that this CPU has. */
static inline const tt_kernels *some_level(void)
{
    const tt_kernels *k = tt_kernels_level((tt_isa)random_in(0, TT_ISA_COUNT - 1));
    return k ? k : tt_kernels_get();
}

#endif
