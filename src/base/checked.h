/* Checked arithmetic for sizes and counts that come from files or callers. All return false on overflow and leave *out.
 */
#ifndef TT_CHECKED_H
#define TT_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool tt_mul_size(size_t a, size_t b, size_t *out)
{
    size_t r;
    return !__builtin_mul_overflow(a, b, &r) && (*out = r, true);
}
static inline bool tt_add_size(size_t a, size_t b, size_t *out)
{
    size_t r;
    return !__builtin_add_overflow(a, b, &r) && (*out = r, true);
}
static inline bool tt_mul_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t r;
    return !__builtin_mul_overflow(a, b, &r) && (*out = r, true);
}
static inline bool tt_add_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t r;
    return !__builtin_add_overflow(a, b, &r) && (*out = r, true);
}
static inline bool tt_sub_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t r;
    return !__builtin_sub_overflow(a, b, &r) && (*out = r, true);
}

/* Product of n non-negative dimensions, 1 for n = 0. False on a negative one or overflow. */
bool tt_count_elems(const int64_t *dims, size_t n, int64_t *out);

#endif
