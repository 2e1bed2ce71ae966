/* The archive: its directory, every entry, every checksum. */
#include "fuzz.h"

#include "base/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tt_mapping *m;
    tt_zip *z;
    volatile uint8_t sum = 0;

    if (tt_mapping_wrap(data, size, NULL, NULL, &m) != TTRT_OK)
        return 0;
    if (tt_zip_open(m, &z) == TTRT_OK) {
        for (size_t i = 0; i < tt_zip_count(z); i++) {
            const tt_zip_entry *e = tt_zip_at(z, i);
            fuzz_check(tt_zip_find(z, e->name) == e, "an entry is found by its name");
            fuzz_check(e->data >= data && e->size <= (size_t)(data + size - e->data), "an entry lies in the file");
            for (size_t k = 0; k < e->size; k++)
                sum ^= e->data[k];
            (void)tt_zip_verify(z, e);
        }
        tt_zip_free(z);
    }
    tt_mapping_unref(m);
    return 0;
}
