/* The engine blob, opened and run. Its header's checksum and size are made right first, as an attacker would make them.
 */
#include "fuzz.h"

#include <string.h>

#include "base/reader.h"

enum { PAYLOAD_BYTES_AT = 48, CRC_AT = 56 };

static void put(uint8_t *p, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = tt_alloc_aligned(size);
    tt_engine *e;

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    if (size >= TT_BLOB_HEADER_BYTES) {
        put(copy + PAYLOAD_BYTES_AT, size - TT_BLOB_HEADER_BYTES, 8);
        put(copy + CRC_AT, tt_crc32(0, copy, CRC_AT), 4);
    }
    if (tt_engine_open(copy, size, NULL, false, &e) == TTRT_OK) {
        tt_str text = {0};
        (void)tt_engine_describe(e, size, &text);
        tt_str_dispose(&text);
        fuzz_run_engine(e, (unsigned)size);
        tt_engine_unref(e);
    }
    tt_free_aligned(copy);
    return 0;
}
