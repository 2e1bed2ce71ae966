/* The growing byte buffer. */
#include "base/reader.h"

#include <string.h>

#include "base/checked.h"

/* 64-byte aligned, because engines are built in it and then run from it. */
static ttrt_status grow(tt_writer *w, size_t cap)
{
    uint8_t *data = tt_alloc_aligned(cap);

    if (!data) {
        w->failed = true;
        return TTRT_ERR_MEMORY;
    }
    if (w->size)
        memcpy(data, w->data, w->size);
    tt_free_aligned(w->data);
    w->data = data;
    w->cap = cap;
    return TTRT_OK;
}

ttrt_status tt_writer_reserve(tt_writer *w, size_t n)
{
    size_t need;

    if (w->failed || !tt_add_size(w->size, n, &need)) {
        w->failed = true;
        return tt_writer_status(w);
    }
    return need > w->cap ? grow(w, need) : TTRT_OK;
}

void *tt_write_space(tt_writer *w, size_t n)
{
    size_t need;

    if (w->failed || !tt_add_size(w->size, n, &need)) {
        w->failed = true;
        return NULL;
    }
    if (need > w->cap) {
        size_t cap = w->cap < 128 ? 128 : w->cap;
        if (!tt_mul_size(cap, 2, &cap) || cap < need)
            cap = need;
        if (grow(w, cap) != TTRT_OK)
            return NULL;
    }
    uint8_t *at = w->data + w->size;
    w->size = need;
    return at;
}

void tt_write_bytes(tt_writer *w, const void *data, size_t n)
{
    uint8_t *at = n ? tt_write_space(w, n) : NULL;

    if (at)
        memcpy(at, data, n);
}

static void write_number(tt_writer *w, uint64_t v, size_t n)
{
    uint8_t *at = tt_write_space(w, n);

    for (size_t i = 0; at && i < n; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

void tt_write_u8(tt_writer *w, uint8_t v) { write_number(w, v, sizeof v); }

void tt_write_u16(tt_writer *w, uint16_t v) { write_number(w, v, sizeof v); }

void tt_write_u32(tt_writer *w, uint32_t v) { write_number(w, v, sizeof v); }

void tt_write_u64(tt_writer *w, uint64_t v) { write_number(w, v, sizeof v); }

void tt_write_string(tt_writer *w, const char *s)
{
    size_t len = strlen(s);

    if (len > UINT32_MAX) {
        w->failed = true;
        return;
    }
    tt_write_u32(w, (uint32_t)len);
    tt_write_bytes(w, s, len);
}

void tt_write_align(tt_writer *w, size_t alignment)
{
    size_t rest = alignment > 1 ? w->size % alignment : 0;
    uint8_t *at = rest ? tt_write_space(w, alignment - rest) : NULL;

    if (at)
        memset(at, 0, alignment - rest);
}

ttrt_status tt_writer_status(const tt_writer *w)
{
    if (!w->failed)
        return TTRT_OK;
    return tt_fail(TTRT_ERR_MEMORY, "no memory for a buffer that holds %zu bytes", w->size);
}

void tt_writer_dispose(tt_writer *w)
{
    tt_free_aligned(w->data);
    *w = (tt_writer){0};
}
