/* Moving elements whose values do not matter: by size, at any alignment. */
#ifndef TT_CPU_ELEMENT_H
#define TT_CPU_ELEMENT_H

#include <stdint.h>
#include <string.h>

#define TT_ELEMENT_MAX 16

static inline int tt_element_log2(int64_t size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : size == 8 ? 3 : 4;
}

/* A short run of bytes without the cost of a call: overlapping halves. */
static inline void tt_move_bytes(void *dst, const void *src, int64_t n)
{
    char *to = dst;
    const char *from = src;

    if (n > 32) {
        memcpy(to, from, (size_t)n);
    } else if (n >= 16) {
        char a[16], b[16];
        memcpy(a, from, 16), memcpy(b, from + n - 16, 16);
        memcpy(to, a, 16), memcpy(to + n - 16, b, 16);
    } else if (n >= 8) {
        uint64_t a, b;
        memcpy(&a, from, 8), memcpy(&b, from + n - 8, 8);
        memcpy(to, &a, 8), memcpy(to + n - 8, &b, 8);
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, from, 4), memcpy(&b, from + n - 4, 4);
        memcpy(to, &a, 4), memcpy(to + n - 4, &b, 4);
    } else {
        for (int64_t i = 0; i < n; i++)
            to[i] = from[i];
    }
}

/* n elements of `size` bytes, dst_step and src_step bytes apart (source step 0: the same one). `size`: any for
 * contiguous or whole pieces; 1, 2, 4, 8, 16 are the fast ones. */
void tt_move_row(void *dst, int64_t dst_step, const void *src, int64_t src_step, int64_t n, int64_t size);
/* n copies of one element, contiguous. */
void tt_fill_row(void *dst, const void *value, int64_t n, int64_t size);

#endif
