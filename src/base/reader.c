/* The checked cursor over foreign bytes. */
#include "base/reader.h"

#include <string.h>

static ttrt_status fail_short(const tt_reader *r, size_t n)
{
    tt_fail(TTRT_ERR_FORMAT, "truncated: %zu bytes wanted, %zu left", n, r->size - r->at);
    return tt_fail_where("%s, byte %zu", r->name, r->base + r->at);
}

ttrt_status tt_read_bytes(tt_reader *r, size_t n, const void **out)
{
    if (n > r->size - r->at)
        return fail_short(r, n);
    *out = r->data + r->at;
    r->at += n;
    return TTRT_OK;
}

static ttrt_status read_number(tt_reader *r, size_t n, uint64_t *out)
{
    const void *bytes = NULL;
    uint64_t v = 0;

    TT_TRY(tt_read_bytes(r, n, &bytes));
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)((const uint8_t *)bytes)[i] << 8 * i;
    *out = v;
    return TTRT_OK;
}

ttrt_status tt_read_u8(tt_reader *r, uint8_t *out)
{
    uint64_t v;

    TT_TRY(read_number(r, sizeof *out, &v));
    *out = (uint8_t)v;
    return TTRT_OK;
}

ttrt_status tt_read_u16(tt_reader *r, uint16_t *out)
{
    uint64_t v;

    TT_TRY(read_number(r, sizeof *out, &v));
    *out = (uint16_t)v;
    return TTRT_OK;
}

ttrt_status tt_read_u32(tt_reader *r, uint32_t *out)
{
    uint64_t v;

    TT_TRY(read_number(r, sizeof *out, &v));
    *out = (uint32_t)v;
    return TTRT_OK;
}

ttrt_status tt_read_u64(tt_reader *r, uint64_t *out) { return read_number(r, sizeof *out, out); }

ttrt_status tt_read_string(tt_reader *r, tt_arena *arena, char **out)
{
    size_t start = r->at;
    const void *bytes = NULL;
    uint32_t len;

    TT_TRY(tt_read_u32(r, &len));
    TT_TRY(tt_read_bytes(r, len, &bytes));
    if (memchr(bytes, 0, len)) {
        tt_fail(TTRT_ERR_FORMAT, "a string of %u bytes holds a NUL", len);
        return tt_fail_where("%s, byte %zu", r->name, r->base + start);
    }
    char *copy = tt_arena_strndup(arena, bytes, len);
    if (!copy)
        return TTRT_ERR_MEMORY;
    *out = copy;
    return TTRT_OK;
}

ttrt_status tt_read_align(tt_reader *r, size_t alignment)
{
    size_t rest = alignment > 1 ? r->at % alignment : 0;
    const void *bytes = NULL;

    if (rest == 0)
        return TTRT_OK;
    TT_TRY(tt_read_bytes(r, alignment - rest, &bytes));
    for (size_t i = 0; i < alignment - rest; i++)
        if (((const uint8_t *)bytes)[i] != 0) {
            tt_fail(TTRT_ERR_FORMAT, "padding holds the byte 0x%02x", ((const uint8_t *)bytes)[i]);
            return tt_fail_where("%s, byte %zu", r->name, r->base + r->at - (alignment - rest) + i);
        }
    return TTRT_OK;
}
