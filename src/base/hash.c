/* The 128-bit content id: four lanes of 64 x 64 -> 128 bit multiplies over blocks of 64 bytes, then a mix down to 128
 * bits. Ids are stored in files, so the function never changes. */
#include "base/reader.h"

#include <string.h>

#define BLOCK 64

static const uint64_t keys[6] = {0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu,
                                 0xd6e8feb86659fd93u, 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu};

static uint64_t multiply(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t rotate(uint64_t v, int by) { return v << by | v >> (64 - by); }

static uint64_t word(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static void take_block(uint64_t lane[4], const uint8_t *p)
{
    for (int i = 0; i < 4; i++) {
        uint64_t a = word(p + 16 * i), b = word(p + 16 * i + 8);
        /* What was there goes on beside the product too: a zero factor would wipe it out. */
        lane[i] = (rotate(lane[i], 29) + a + rotate(b, 17)) ^ multiply(a ^ keys[i], b ^ lane[i]);
    }
}

void tt_hash128(const void *data, size_t n, uint8_t out[16])
{
    uint64_t lane[4] = {keys[1], keys[2], keys[3], keys[4]};
    uint64_t half[2] = {n ^ keys[0], n ^ keys[5]};
    uint8_t last[BLOCK] = {0};
    const uint8_t *p = data;
    size_t left = n;

    for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
        take_block(lane, p);
    if (left > 0) {
        memcpy(last, p, left);
        take_block(lane, last);
    }
    for (int i = 0; i < 4; i++) {
        half[0] = multiply(half[0] ^ lane[i], keys[i]) + rotate(half[1], 31);
        half[1] = multiply(half[1] ^ rotate(lane[i], 32), keys[5 - i]) + half[0];
    }
    for (int i = 0; i < 2; i++) {
        half[0] = multiply(half[0] ^ keys[i], half[1] ^ keys[i + 2]) ^ rotate(half[0], 23);
        half[1] = multiply(half[1] ^ keys[i + 1], half[0] ^ keys[i + 4]) ^ rotate(half[1], 41);
    }
    for (int i = 0; i < 16; i++)
        out[i] = (uint8_t)(half[i / 8] >> 8 * (i % 8));
}
