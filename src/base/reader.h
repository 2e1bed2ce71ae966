/* A checked cursor over foreign bytes. Every read proves its size against what is left. */
#ifndef TT_READER_H
#define TT_READER_H

#include "base/alloc.h"

typedef struct tt_reader {
    const uint8_t *data;
    size_t size, at;
    const char *name; /* the file's name, for errors */
    size_t base;      /* offset of data[0] in the file, for errors */
} tt_reader;

ttrt_status tt_read_bytes(tt_reader *r, size_t n, const void **out); /* lent, unaligned */
ttrt_status tt_read_u8(tt_reader *r, uint8_t *out);
ttrt_status tt_read_u16(tt_reader *r, uint16_t *out); /* little endian, all */
ttrt_status tt_read_u32(tt_reader *r, uint32_t *out);
ttrt_status tt_read_u64(tt_reader *r, uint64_t *out);
ttrt_status tt_read_string(tt_reader *r, tt_arena *arena, char **out); /* u32 length, bytes; no NUL inside; arena's */
ttrt_status tt_read_align(tt_reader *r, size_t alignment);             /* skips zero bytes up to it */

/* Its counterpart: a growing buffer, 64-byte aligned (tt_free_aligned). Appends after a failure do nothing; check
 * tt_writer_status() once. Start with {0}. */
typedef struct tt_writer {
    uint8_t *data;
    size_t size, cap;
    bool failed;
} tt_writer;
void tt_write_bytes(tt_writer *w, const void *data, size_t n);
void *tt_write_space(tt_writer *w, size_t n); /* n bytes to be filled in; NULL on failure; moves with later writes */
ttrt_status tt_writer_reserve(tt_writer *w, size_t n); /* room for n more bytes, so that no write in between moves it */
void tt_write_u8(tt_writer *w, uint8_t v);
void tt_write_u16(tt_writer *w, uint16_t v);
void tt_write_u32(tt_writer *w, uint32_t v);
void tt_write_u64(tt_writer *w, uint64_t v);
void tt_write_string(tt_writer *w, const char *s);
void tt_write_align(tt_writer *w, size_t alignment);
ttrt_status tt_writer_status(const tt_writer *w);
void tt_writer_dispose(tt_writer *w);

uint32_t tt_crc32(uint32_t crc, const void *data, size_t n); /* zip's; start with 0 */
/* A 128-bit content id (fast, not cryptographic). */
void tt_hash128(const void *data, size_t n, uint8_t out[16]);

#endif
