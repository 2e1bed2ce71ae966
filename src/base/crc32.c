/* The CRC of zip archives (polynomial 0x04c11db7, reflected). Weights of gigabytes are checked with it, so it has a
 * carry-less multiply form (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
 * Instruction", Intel 2009) next to the tables. */
#include "base/reader.h"

#include <pthread.h>
#include <string.h>

#define SLICES 16

/* table[s][b]: the CRC of byte b followed by s zero bytes. */
static uint32_t table[SLICES][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_fill(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b;
        for (int i = 0; i < 8; i++)
            c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
        table[0][b] = c;
    }
    for (int s = 1; s < SLICES; s++)
        for (int b = 0; b < 256; b++)
            table[s][b] = table[s - 1][b] >> 8 ^ table[0][table[s - 1][b] & 255];
}

static uint32_t crc_sliced(uint32_t c, const uint8_t *p, size_t n)
{
    for (; n >= SLICES; n -= SLICES, p += SLICES) {
        uint32_t next = 0;
        for (int i = 0; i < 4; i++)
            next ^= table[SLICES - 1 - i][p[i] ^ (c >> 8 * i & 255)];
        for (int i = 4; i < SLICES; i++)
            next ^= table[SLICES - 1 - i][p[i]];
        c = next;
    }
    for (; n > 0; n--, p++)
        c = c >> 8 ^ table[0][(c ^ *p) & 255];
    return c;
}

#if defined(__x86_64__)

#include <immintrin.h>

/* x moved on by the distance that the constants k stand for, plus `next`. */
__attribute__((target("pclmul,sse4.1"))) static inline __m128i fold(__m128i x, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(x, k, 0x00), high = _mm_clmulepi64_si128(x, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) static inline __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* n is a multiple of 16, at least 64. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t crc_folded(uint32_t c, const uint8_t *p, size_t n)
{
    const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i by_64 = _mm_set_epi64x(0, 0x0163cd6124);
    const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    const __m128i low_words = _mm_setr_epi32(-1, 0, -1, 0);
    __m128i x[4];

    for (int i = 0; i < 4; i++)
        x[i] = load(p + 16 * i);
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)c));
    for (p += 64, n -= 64; n >= 64; p += 64, n -= 64)
        for (int i = 0; i < 4; i++)
            x[i] = fold(x[i], by_512, load(p + 16 * i));
    for (int i = 1; i < 4; i++)
        x[0] = fold(x[0], by_128, x[i]);
    for (; n >= 16; p += 16, n -= 16)
        x[0] = fold(x[0], by_128, load(p));

    /* 128 bits to 64, then to 32 by Barrett's reduction. */
    __m128i r = _mm_xor_si128(_mm_srli_si128(x[0], 8), _mm_clmulepi64_si128(x[0], by_128, 0x10));
    r = _mm_xor_si128(_mm_srli_si128(r, 4), _mm_clmulepi64_si128(_mm_and_si128(r, low_words), by_64, 0x00));
    __m128i q = _mm_clmulepi64_si128(_mm_and_si128(r, low_words), barrett, 0x10);
    q = _mm_clmulepi64_si128(_mm_and_si128(q, low_words), barrett, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(r, q), 1);
}

static uint32_t crc_any(uint32_t c, const uint8_t *p, size_t n)
{
    size_t folded = n & ~(size_t)15;

    if (n < 64 || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("sse4.1"))
        return crc_sliced(c, p, n);
    c = crc_folded(c, p, folded);
    return crc_sliced(c, p + folded, n - folded);
}

#else

static uint32_t crc_any(uint32_t c, const uint8_t *p, size_t n) { return crc_sliced(c, p, n); }

#endif

uint32_t tt_crc32(uint32_t crc, const void *data, size_t n)
{
    pthread_once(&table_once, table_fill);
    return ~crc_any(~crc, data, n);
}
