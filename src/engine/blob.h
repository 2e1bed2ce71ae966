/* The engine blob's header (laid out in engine.h), read. */
#ifndef TT_BLOB_H
#define TT_BLOB_H

#include "engine/engine.h"

typedef struct tt_blob {
    const tt_engine_iface *iface;
    const uint8_t *id; /* 16 bytes; all three lie in the blob */
    const uint8_t *payload;
    size_t payload_bytes;
} tt_blob;

/* Checks everything in the header; with `verify` the content id against the payload too.
 * TTRT_ERR_FORMAT: no blob, or a damaged one. TTRT_ERR_VERSION: of another version. TTRT_ERR_UNSUPPORTED: of an engine
 * that this library does not have. */
ttrt_status tt_blob_read(const uint8_t *bytes, size_t size, bool verify, tt_blob *out);

#endif
