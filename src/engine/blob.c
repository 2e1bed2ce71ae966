/* The engine blob: a header in front of what an engine wrote. */
#include "engine/blob.h"

#include <string.h>

static const char magic[8] = "TTRTENG";

enum { CRC_AT = 56, ID_BYTES = 16, NAME_BYTES = 16 };

/* ---- writing ---- */

static ttrt_status write_header(const tt_engine_iface *iface, const uint8_t *payload, size_t payload_bytes,
                                uint8_t *header)
{
    tt_writer w = {0};
    uint8_t id[ID_BYTES];
    char name[NAME_BYTES] = {0};

    TT_INVARIANT(strlen(iface->name) < sizeof name);
    memcpy(name, iface->name, strlen(iface->name));
    tt_hash128(payload, payload_bytes, id);
    tt_write_bytes(&w, magic, sizeof magic);
    tt_write_u32(&w, TT_BLOB_VERSION);
    tt_write_u32(&w, TT_BLOB_HEADER_BYTES);
    tt_write_bytes(&w, id, sizeof id);
    tt_write_bytes(&w, name, sizeof name);
    tt_write_u64(&w, payload_bytes);
    tt_write_u32(&w, tt_crc32(0, w.data, w.size));
    tt_write_align(&w, TT_BLOB_HEADER_BYTES);
    ttrt_status status = tt_writer_status(&w);
    if (status == TTRT_OK)
        memcpy(header, w.data, TT_BLOB_HEADER_BYTES);
    tt_writer_dispose(&w);
    return status;
}

ttrt_status tt_blob_build(const tt_engine_iface *iface, tt_network *net, const tt_build_options *options,
                          tt_writer *blob)
{
    static const uint8_t room[TT_BLOB_HEADER_BYTES];
    size_t start = blob->size, payload = start + TT_BLOB_HEADER_BYTES;
    ttrt_status status;

    /* Engines align their parts to the writer's start. */
    TT_INVARIANT(start % TT_BLOB_HEADER_BYTES == 0);
    tt_write_bytes(blob, room, sizeof room);
    TT_TRY_DONE(tt_writer_status(blob));
    TT_TRY_DONE(iface->build(net, options, blob));
    TT_TRY_DONE(tt_writer_status(blob));
    TT_TRY_DONE(write_header(iface, blob->data + payload, blob->size - payload, blob->data + start));
done:
    if (status != TTRT_OK && blob->size > start)
        blob->size = start;
    return status;
}

/* ---- reading ---- */

static ttrt_status read_engine_name(tt_reader *r, const tt_engine_iface **out)
{
    const char *name;

    TT_TRY(tt_read_bytes(r, NAME_BYTES, (const void **)&name));
    if (!memchr(name, 0, NAME_BYTES))
        TT_FAIL(TTRT_ERR_FORMAT, "engine blob: the engine's name has no end");
    if (!(*out = tt_engine_find(name))) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "engine blob: made by engine '%s', which this library does not have", name);
        return tt_fail_hint("build the engine anew from the program, or use a library that has it");
    }
    return TTRT_OK;
}

static ttrt_status read_version(tt_reader *r)
{
    const void *start;
    uint32_t version;

    if (r->size < sizeof magic || memcmp(r->data, magic, sizeof magic) != 0)
        TT_FAIL(TTRT_ERR_FORMAT, "not an engine blob: it does not start with \"%s\"", magic);
    if (r->size < TT_BLOB_HEADER_BYTES)
        TT_FAIL(TTRT_ERR_FORMAT, "engine blob: truncated, %zu bytes of a header of %d", r->size, TT_BLOB_HEADER_BYTES);
    TT_TRY(tt_read_bytes(r, sizeof magic, &start));
    TT_TRY(tt_read_u32(r, &version));
    if (version != TT_BLOB_VERSION) {
        tt_fail(TTRT_ERR_VERSION, "engine blob: version %u, this library reads version %d", (unsigned)version,
                TT_BLOB_VERSION);
        return tt_fail_hint("build the engine anew from the program with this library");
    }
    return TTRT_OK;
}

static ttrt_status verify_id(const tt_blob *blob)
{
    uint8_t id[ID_BYTES];

    tt_hash128(blob->payload, blob->payload_bytes, id);
    if (memcmp(id, blob->id, sizeof id) != 0)
        TT_FAIL(TTRT_ERR_FORMAT, "engine blob: damaged, its %zu bytes do not have the checksum told",
                blob->payload_bytes);
    return TTRT_OK;
}

/* The header is at least complete here. Its checksum stands behind what it covers. */
static ttrt_status check_crc(const tt_reader *r)
{
    tt_reader at = *r;
    uint32_t crc;

    at.at = CRC_AT;
    TT_TRY(tt_read_u32(&at, &crc));
    if (crc != tt_crc32(0, r->data, CRC_AT))
        TT_FAIL(TTRT_ERR_FORMAT, "engine blob: damaged, its header does not have the checksum told");
    return TTRT_OK;
}

ttrt_status tt_blob_read(const uint8_t *bytes, size_t size, bool verify, tt_blob *out)
{
    tt_reader r = {.data = bytes, .size = size, .name = "engine blob"};
    tt_blob blob = {0};
    uint32_t header_bytes;
    uint64_t payload_bytes;

    TT_TRY(read_version(&r));
    TT_TRY(check_crc(&r));
    TT_TRY(tt_read_u32(&r, &header_bytes));
    TT_TRY(tt_read_bytes(&r, ID_BYTES, (const void **)&blob.id));
    TT_TRY(read_engine_name(&r, &blob.iface));
    TT_TRY(tt_read_u64(&r, &payload_bytes));
    if (header_bytes != TT_BLOB_HEADER_BYTES || payload_bytes != size - TT_BLOB_HEADER_BYTES)
        TT_FAIL(TTRT_ERR_FORMAT, "engine blob: %zu bytes, its header tells of %u + %llu%s", size,
                (unsigned)header_bytes, (unsigned long long)payload_bytes,
                payload_bytes > size - TT_BLOB_HEADER_BYTES ? " (truncated)" : "");
    blob.payload = bytes + TT_BLOB_HEADER_BYTES;
    blob.payload_bytes = (size_t)payload_bytes;
    if (verify)
        TT_TRY(verify_id(&blob));
    *out = blob;
    return TTRT_OK;
}
