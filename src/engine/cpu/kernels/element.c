#include "engine/cpu/kernels/element.h"

#include <stdbool.h>

typedef struct pair64 {
    uint64_t v[2];
} pair64;

#define DEFINE_STRIDED(size, T)                                                                                        \
    static void strided_##size(char *dst, int64_t dst_step, const char *src, int64_t src_step, int64_t n)              \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            T v;                                                                                                       \
            memcpy(&v, src + i * src_step, sizeof v);                                                                  \
            memcpy(dst + i * dst_step, &v, sizeof v);                                                                  \
        }                                                                                                              \
    }
DEFINE_STRIDED(1, uint8_t)
DEFINE_STRIDED(2, uint16_t)
DEFINE_STRIDED(4, uint32_t)
DEFINE_STRIDED(8, uint64_t)
DEFINE_STRIDED(16, pair64)

#define DEFINE_FILL(size, T)                                                                                           \
    static void fill_##size(char *dst, const void *value, int64_t n)                                                   \
    {                                                                                                                  \
        T v;                                                                                                           \
        memcpy(&v, value, sizeof v);                                                                                   \
        for (int64_t i = 0; i < n; i++)                                                                                \
            memcpy(dst + i * (int64_t)sizeof v, &v, sizeof v);                                                         \
    }
DEFINE_FILL(2, uint16_t)
DEFINE_FILL(4, uint32_t)
DEFINE_FILL(8, uint64_t)
DEFINE_FILL(16, pair64)

static bool one_byte_repeated(const void *value, int64_t size)
{
    const uint8_t *v = value;
    return memcmp(v, v + 1, (size_t)size - 1) == 0;
}

void tt_fill_row(void *dst, const void *value, int64_t n, int64_t size)
{
    if (one_byte_repeated(value, size)) {
        memset(dst, *(const uint8_t *)value, (size_t)(n * size));
        return;
    }
    switch (size) {
    case 2:
        fill_2(dst, value, n);
        return;
    case 4:
        fill_4(dst, value, n);
        return;
    case 8:
        fill_8(dst, value, n);
        return;
    case 16:
        fill_16(dst, value, n);
        return;
    default:
        for (int64_t i = 0; i < n; i++)
            tt_move_bytes((char *)dst + i * size, value, size);
    }
}

void tt_move_row(void *dst, int64_t dst_step, const void *src, int64_t src_step, int64_t n, int64_t size)
{
    if (dst_step == size && src_step == size) {
        tt_move_bytes(dst, src, n * size);
        return;
    }
    if (dst_step == size && src_step == 0) {
        tt_fill_row(dst, src, n, size);
        return;
    }
    switch (size) {
    case 1:
        strided_1(dst, dst_step, src, src_step, n);
        return;
    case 2:
        strided_2(dst, dst_step, src, src_step, n);
        return;
    case 4:
        strided_4(dst, dst_step, src, src_step, n);
        return;
    case 8:
        strided_8(dst, dst_step, src, src_step, n);
        return;
    case 16:
        strided_16(dst, dst_step, src, src_step, n);
        return;
    default:
        for (int64_t i = 0; i < n; i++)
            tt_move_bytes((char *)dst + i * dst_step, (const char *)src + i * src_step, size);
    }
}
