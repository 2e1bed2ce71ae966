/* Files: read-only mappings with a count, and atomic writing. */
#ifndef TT_FILE_H
#define TT_FILE_H

#include "base/alloc.h"

/* Mapped bytes (a file, or memory of the caller). Counted atomically: weights are views that hold a reference. */
typedef struct tt_mapping tt_mapping;
ttrt_status tt_mapping_open(const char *path, tt_mapping **out);
/* Caller's memory, not copied; `release` (may be NULL) is called with `user` when the last reference goes. */
ttrt_status tt_mapping_wrap(const void *data, size_t size, void (*release)(void *user), void *user, tt_mapping **out);
tt_mapping *tt_mapping_ref(tt_mapping *m);
void tt_mapping_unref(tt_mapping *m); /* NULL is fine */
const uint8_t *tt_mapping_data(const tt_mapping *m);
size_t tt_mapping_size(const tt_mapping *m);
const char *tt_mapping_name(const tt_mapping *m); /* the path, or "<memory>" */
/* Gives the pages of a range back to the kernel (they can be read again); a hint, never fails. */
void tt_mapping_release_pages(const tt_mapping *m, size_t offset, size_t size);

/* Writes to a temporary name beside `path`; commit flushes, renames, and only then the old file is gone. */
typedef struct tt_file_writer tt_file_writer;
ttrt_status tt_file_writer_open(const char *path, tt_file_writer **out);
ttrt_status tt_file_writer_write(tt_file_writer *w, const void *data, size_t n);
uint64_t tt_file_writer_at(const tt_file_writer *w);
ttrt_status tt_file_writer_commit(tt_file_writer *w); /* frees it in both cases */
void tt_file_writer_abort(tt_file_writer *w);         /* NULL is fine; removes the temporary file */

#endif
