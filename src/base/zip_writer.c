/* Writing zip archives as PyTorch's readers want them: stored entries whose data start at multiples of 64 bytes, by a
 * padding extra field in the local header. Sizes and CRC are known, so no data descriptors; zip64 only where a number
 * needs it. Equal content gives equal bytes: all times are zip's first, 1980-01-01. */
#include "base/zip.h"

#include <string.h>

#include "base/checked.h"
#include "base/reader.h"
#include "base/str.h"

#define ALIGNMENT    64u
#define LOCAL_BYTES  30u
#define FIELD_BYTES  4u  /* an extra field's id and size */
#define WIDE_BYTES   20u /* zip64's extra field with two sizes */
#define FIRST_DAY    0x21u
#define FLAG_UTF8    (1u << 11)
#define MADE_ON_UNIX (3u << 8)
#define FILE_MODE    (0100644u << 16)
#define PADDING_ID   0x4246u /* "FB", PyTorch's own */

struct tt_zip_writer {
    tt_file_writer *file;
    tt_writer central;
    tt_arena *arena;
    tt_map *names;
    ttrt_status failed; /* an entry that is there in part spoils the archive */
};

ttrt_status tt_zip_writer_open(const char *path, tt_zip_writer **out)
{
    ttrt_status status;

    TT_CHECK_ARG(path && out);
    tt_zip_writer *w = tt_calloc(1, sizeof *w);
    if (!w)
        return TTRT_ERR_MEMORY;
    status = TTRT_ERR_MEMORY;
    if (!(w->arena = tt_arena_new()) || !(w->names = tt_map_new(w->arena)))
        goto done;
    TT_TRY_DONE(tt_file_writer_open(path, &w->file));
    *out = w;
    return TTRT_OK;
done:
    tt_zip_writer_abort(w);
    return status;
}

/* Readers take names that are not plain ASCII for an old code page unless told. */
static uint16_t name_flags(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name >= 0x80)
            return FLAG_UTF8;
    return 0;
}

static uint32_t saturate(uint64_t v) { return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX; }

/* What the local and the central header share, from "version needed" up to the extra field's length. */
static void write_common(tt_writer *h, const char *name, uint64_t size, uint32_t crc, bool zip64, size_t extra)
{
    tt_write_u16(h, zip64 ? 45 : 20);
    tt_write_u16(h, name_flags(name));
    tt_write_u16(h, 0); /* stored */
    tt_write_u16(h, 0);
    tt_write_u16(h, FIRST_DAY);
    tt_write_u32(h, crc);
    tt_write_u32(h, saturate(size));
    tt_write_u32(h, saturate(size));
    tt_write_u16(h, (uint16_t)strlen(name));
    tt_write_u16(h, (uint16_t)extra);
}

static void write_local(tt_writer *h, const char *name, uint64_t size, uint32_t crc, uint64_t at)
{
    bool wide = size >= UINT32_MAX;
    size_t fixed = LOCAL_BYTES + strlen(name) + (wide ? WIDE_BYTES : 0) + FIELD_BYTES;
    size_t padding = (size_t)(-(at + fixed) % ALIGNMENT);

    tt_write_u32(h, 0x04034b50);
    write_common(h, name, size, crc, wide, (wide ? WIDE_BYTES : 0) + FIELD_BYTES + padding);
    tt_write_bytes(h, name, strlen(name));
    if (wide) {
        tt_write_u16(h, 1);
        tt_write_u16(h, WIDE_BYTES - FIELD_BYTES);
        tt_write_u64(h, size);
        tt_write_u64(h, size);
    }
    tt_write_u16(h, PADDING_ID);
    tt_write_u16(h, (uint16_t)padding);
    for (size_t i = 0; i < padding; i++)
        tt_write_u8(h, 'Z');
}

static void write_central(tt_writer *h, const char *name, uint64_t size, uint32_t crc, uint64_t at)
{
    bool wide = size >= UINT32_MAX, far = at >= UINT32_MAX;
    size_t values = (wide ? 16 : 0) + (far ? 8 : 0);

    tt_write_u32(h, 0x02014b50);
    tt_write_u16(h, MADE_ON_UNIX | 45);
    write_common(h, name, size, crc, wide || far, values ? FIELD_BYTES + values : 0);
    tt_write_u16(h, 0); /* comment */
    tt_write_u16(h, 0); /* disk */
    tt_write_u16(h, 0);
    tt_write_u32(h, FILE_MODE);
    tt_write_u32(h, saturate(at));
    tt_write_bytes(h, name, strlen(name));
    if (values) {
        tt_write_u16(h, 1);
        tt_write_u16(h, (uint16_t)values);
    }
    if (wide) {
        tt_write_u64(h, size);
        tt_write_u64(h, size);
    }
    if (far)
        tt_write_u64(h, at);
}

static ttrt_status add(tt_zip_writer *w, const char *name, const void *data, size_t size)
{
    uint64_t at = tt_file_writer_at(w->file);
    uint32_t crc = tt_crc32(0, data, size);
    tt_writer local = {0};
    ttrt_status status;

    write_local(&local, name, size, crc, at);
    write_central(&w->central, name, size, crc, at);
    TT_TRY_DONE(tt_writer_status(&local));
    TT_TRY_DONE(tt_writer_status(&w->central));
    TT_TRY_DONE(tt_map_put(w->names, name, w));
    TT_TRY_DONE(tt_file_writer_write(w->file, local.data, local.size));
    TT_TRY_DONE(tt_file_writer_write(w->file, data, size));
done:
    tt_writer_dispose(&local);
    return status;
}

ttrt_status tt_zip_writer_add(tt_zip_writer *w, const char *name, const void *data, size_t size)
{
    TT_CHECK_ARG(w && name && (data || size == 0));
    size_t len = strlen(name);
    if (len == 0 || len > UINT16_MAX)
        TT_FAIL(TTRT_ERR_ARGUMENT, "an entry's name has 1 to 65535 bytes, this one %zu", len);
    if (tt_map_has(w->names, name))
        TT_FAIL(TTRT_ERR_ARGUMENT, "the archive has an entry \"%s\" already", name);
    if (w->failed != TTRT_OK)
        TT_FAIL(w->failed, "an earlier entry of this archive went wrong");
    w->failed = add(w, name, data, size);
    return w->failed;
}

static void write_end64(tt_writer *h, uint64_t n, uint64_t size, uint64_t offset)
{
    tt_write_u32(h, 0x06064b50);
    tt_write_u64(h, 44); /* bytes of this record that follow */
    tt_write_u16(h, MADE_ON_UNIX | 45);
    tt_write_u16(h, 45);
    tt_write_u32(h, 0);
    tt_write_u32(h, 0);
    tt_write_u64(h, n);
    tt_write_u64(h, n);
    tt_write_u64(h, size);
    tt_write_u64(h, offset);
    /* The locator. */
    tt_write_u32(h, 0x07064b50);
    tt_write_u32(h, 0);
    tt_write_u64(h, offset + size);
    tt_write_u32(h, 1);
}

static void write_end(tt_writer *h, uint64_t n, uint64_t size, uint64_t offset)
{
    uint16_t count = n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;

    if (n >= UINT16_MAX || size >= UINT32_MAX || offset >= UINT32_MAX)
        write_end64(h, n, size, offset);
    tt_write_u32(h, 0x06054b50);
    tt_write_u16(h, 0);
    tt_write_u16(h, 0);
    tt_write_u16(h, count);
    tt_write_u16(h, count);
    tt_write_u32(h, saturate(size));
    tt_write_u32(h, saturate(offset));
    tt_write_u16(h, 0);
}

ttrt_status tt_zip_writer_commit(tt_zip_writer *w)
{
    ttrt_status status;

    if (w->failed != TTRT_OK) {
        status = tt_fail(w->failed, "an earlier entry of this archive went wrong");
        goto done;
    }
    write_end(&w->central, tt_map_count(w->names), w->central.size, tt_file_writer_at(w->file));
    TT_TRY_DONE(tt_writer_status(&w->central));
    TT_TRY_DONE(tt_file_writer_write(w->file, w->central.data, w->central.size));
    status = tt_file_writer_commit(w->file);
    w->file = NULL;
done:
    tt_zip_writer_abort(w);
    return status;
}

void tt_zip_writer_abort(tt_zip_writer *w)
{
    if (!w)
        return;
    tt_file_writer_abort(w->file);
    tt_writer_dispose(&w->central);
    tt_arena_free(w->arena);
    tt_free(w);
}
