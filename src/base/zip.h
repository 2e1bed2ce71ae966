/* Zip archives whose entries are stored (not compressed), as PyTorch writes them: 64-byte aligned, sizes in data
 * descriptors (flag bit 3), zip64 where needed. Only the central directory is believed, and it is checked: names
 * unique, entries inside the file, not overlapping, local header agreeing, CRC right (checked on first use of an
 * entry). */
#ifndef TT_ZIP_H
#define TT_ZIP_H

#include "base/file.h"

typedef struct tt_zip tt_zip;
typedef struct tt_zip_entry {
    const char *name;
    const uint8_t *data; /* in the mapping */
    size_t size;
    uint64_t offset; /* of data in the file */
    uint32_t crc;
} tt_zip_entry;

/* Holds a reference to the mapping. */
ttrt_status tt_zip_open(tt_mapping *m, tt_zip **out);
void tt_zip_free(tt_zip *z);
size_t tt_zip_count(const tt_zip *z);
const tt_zip_entry *tt_zip_at(const tt_zip *z, size_t i);
const tt_zip_entry *tt_zip_find(const tt_zip *z, const char *name); /* exact match; NULL */
/* Checks the entry's CRC (once); TTRT_ERR_FORMAT names file, entry, offset, both values. */
ttrt_status tt_zip_verify(tt_zip *z, const tt_zip_entry *e);

typedef struct tt_zip_writer tt_zip_writer;
ttrt_status tt_zip_writer_open(const char *path, tt_zip_writer **out);
ttrt_status tt_zip_writer_add(tt_zip_writer *w, const char *name, const void *data, size_t size);
ttrt_status tt_zip_writer_commit(tt_zip_writer *w); /* central directory, flush, rename; frees it in both cases */
void tt_zip_writer_abort(tt_zip_writer *w);         /* NULL is fine */

#endif
