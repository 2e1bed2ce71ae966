/* Reading zip archives of stored entries. The file is hostile until its central directory has been checked: then every
 * entry's bytes lie inside the mapping, and no two entries share any.
 *
 *   [local header, name, extra, data]...  [central directory]  ([zip64 end] [zip64 locator])  [end, comment]
 */
#include "base/zip.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/reader.h"
#include "base/str.h"

#define LOCAL_SIGNATURE   0x04034b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_SIGNATURE     0x06054b50u
#define END64_SIGNATURE   0x06064b50u
#define LOCATOR_SIGNATURE 0x07064b50u
#define LOCAL_BYTES       30u
#define CENTRAL_BYTES     46u
#define END_BYTES         22u
#define END64_BYTES       56u
#define LOCATOR_BYTES     20u
#define COMMENT_MOST      65535u

#define FLAG_ENCRYPTED  (1u << 0)
#define FLAG_DESCRIPTOR (1u << 3) /* sizes and CRC follow the data */
#define FLAG_PATCH      (1u << 5)
#define FLAG_STRONG     (1u << 6)
#define FLAG_MASKED     (1u << 13)

struct tt_zip {
    tt_mapping *mapping;
    tt_arena *arena;
    tt_map *by_name;
    tt_zip_entry *entries;
    _Atomic bool *verified; /* of each entry */
    size_t n;
};

/* Where the central directory lies. */
typedef struct directory {
    uint64_t offset, size, n;
} directory;

/* What a central or local header says of one entry. */
typedef struct header {
    uint32_t flags, method, crc;
    uint64_t stored, size, local;
    size_t name_len, extra_len, comment_len;
    const char *name;
    const uint8_t *extra;
} header;

/* Where an entry begins and ends, to find overlaps. */
typedef struct extent {
    uint64_t begin, end;
    const char *name;
} extent;

static uint16_t u16_at(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static uint32_t u32_at(const uint8_t *p) { return u16_at(p) | (uint32_t)u16_at(p + 2) << 16; }

static uint64_t u64_at(const uint8_t *p) { return u32_at(p) | (uint64_t)u32_at(p + 4) << 32; }

/* Ends a failure with the place: file and offset. */
static ttrt_status at_byte(const tt_mapping *m, uint64_t offset)
{
    return tt_fail_where("%s, byte %llu", tt_mapping_name(m), (unsigned long long)offset);
}

static ttrt_status fail_no_zip(const tt_mapping *m)
{
    const uint8_t *data = tt_mapping_data(m);
    size_t n = tt_mapping_size(m) < 8 ? tt_mapping_size(m) : 8;
    char hex[8 * 3 + 1] = "", plain[8 + 1] = "";

    for (size_t i = 0; i < n; i++) {
        snprintf(hex + 3 * i, 4, " %02x", data[i]);
        plain[i] = data[i] >= 0x20 && data[i] < 0x7f ? (char)data[i] : '.';
    }
    tt_fail(TTRT_ERR_FORMAT, "not a zip archive: it starts with%s (\"%s\")", n ? hex : " nothing", plain);
    tt_fail_hint("a program saved by torch.export.save() is a zip archive");
    return at_byte(m, 0);
}

static ttrt_status fail_no_end(const tt_mapping *m)
{
    size_t size = tt_mapping_size(m);

    if (size < 4 || u32_at(tt_mapping_data(m)) != LOCAL_SIGNATURE)
        return fail_no_zip(m);
    tt_fail(TTRT_ERR_FORMAT, "truncated zip archive: %zu bytes, and no end record", size);
    tt_fail_hint("copy or save the file again");
    return at_byte(m, size);
}

/* Whether a directory could end at this end record. Those of archives inside of this one count from their own start. */
static bool may_end_here(const uint8_t *p, size_t at)
{
    uint64_t size = u32_at(p + 12), offset = u32_at(p + 16);

    return offset + size == at || offset == UINT32_MAX || size == UINT32_MAX;
}

/* The end record is the last one whose comment reaches exactly to the end of the file. */
static ttrt_status find_end(const tt_mapping *m, size_t *out)
{
    const uint8_t *data = tt_mapping_data(m);
    size_t size = tt_mapping_size(m), found = SIZE_MAX;

    if (size < END_BYTES)
        return fail_no_end(m);
    size_t last = size - END_BYTES, first = last > COMMENT_MOST ? last - COMMENT_MOST : 0;
    for (size_t at = last + 1; at-- > first;) {
        if (u32_at(data + at) != END_SIGNATURE)
            continue;
        if (at + END_BYTES + u16_at(data + at + 20) == size) {
            *out = at;
            return TTRT_OK;
        }
        if (found == SIZE_MAX && may_end_here(data + at, at))
            found = at;
    }
    if (found == SIZE_MAX)
        return fail_no_end(m);
    uint64_t end = (uint64_t)found + END_BYTES + u16_at(data + found + 20);
    if (end > size)
        tt_fail(TTRT_ERR_FORMAT, "truncated zip archive: its comment ends at byte %llu", (unsigned long long)end);
    else
        tt_fail(TTRT_ERR_FORMAT, "%llu bytes follow the end of the zip archive", (unsigned long long)(size - end));
    return at_byte(m, end > size ? size : end);
}

/* A field of the end record is either all ones, for "see zip64", or the value itself. */
static bool agrees(uint64_t narrow, uint64_t ones, uint64_t wide) { return narrow == ones || narrow == wide; }

static ttrt_status read_end64(const tt_mapping *m, size_t end, directory *dir, uint64_t *dir_end)
{
    const uint8_t *data = tt_mapping_data(m), *locator = data + end - LOCATOR_BYTES;
    uint64_t at = u64_at(locator + 8);

    if (u32_at(locator + 4) != 0 || u32_at(locator + 16) > 1) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "the zip archive is split over several files");
        return at_byte(m, end - LOCATOR_BYTES);
    }
    if (end - LOCATOR_BYTES < END64_BYTES || at > end - LOCATOR_BYTES - END64_BYTES ||
        u32_at(data + at) != END64_SIGNATURE || u64_at(data + at + 4) != end - LOCATOR_BYTES - at - 12) {
        tt_fail(TTRT_ERR_FORMAT, "the zip64 locator points to byte %llu, which holds no zip64 end record",
                (unsigned long long)at);
        return at_byte(m, end - LOCATOR_BYTES);
    }
    const uint8_t *p = data + at;
    directory wide = {.n = u64_at(p + 32), .size = u64_at(p + 40), .offset = u64_at(p + 48)};
    if (u32_at(p + 16) != 0 || u32_at(p + 20) != 0 || u64_at(p + 24) != wide.n) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "the zip archive is split over several files");
        return at_byte(m, at);
    }
    if (!agrees(dir->n, UINT16_MAX, wide.n) || !agrees(dir->size, UINT32_MAX, wide.size) ||
        !agrees(dir->offset, UINT32_MAX, wide.offset)) {
        tt_fail(TTRT_ERR_FORMAT, "the end record and the zip64 end record disagree");
        return at_byte(m, at);
    }
    *dir = wide;
    *dir_end = at;
    return TTRT_OK;
}

static ttrt_status find_directory(const tt_mapping *m, directory *dir)
{
    size_t end = 0;

    TT_TRY(find_end(m, &end));
    const uint8_t *data = tt_mapping_data(m), *p = data + end;
    uint64_t dir_end = end;
    *dir = (directory){.n = u16_at(p + 10), .size = u32_at(p + 12), .offset = u32_at(p + 16)};
    bool split = (u16_at(p + 4) != 0 && u16_at(p + 4) != UINT16_MAX) ||
                 (u16_at(p + 6) != 0 && u16_at(p + 6) != UINT16_MAX) || u16_at(p + 8) != u16_at(p + 10);
    if (split) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "the zip archive is split over several files");
        return at_byte(m, end);
    }
    if (end >= LOCATOR_BYTES && u32_at(p - LOCATOR_BYTES) == LOCATOR_SIGNATURE)
        TT_TRY(read_end64(m, end, dir, &dir_end));
    if (dir->offset > dir_end || dir->size != dir_end - dir->offset) {
        tt_fail(TTRT_ERR_FORMAT, "the central directory, %llu bytes from %llu on, does not end at byte %llu",
                (unsigned long long)dir->size, (unsigned long long)dir->offset, (unsigned long long)dir_end);
        return at_byte(m, end);
    }
    /* Compared before anything is allocated by this count. */
    if (dir->n > dir->size / CENTRAL_BYTES) {
        tt_fail(TTRT_ERR_FORMAT, "%llu entries do not fit a central directory of %llu bytes",
                (unsigned long long)dir->n, (unsigned long long)dir->size);
        return at_byte(m, end);
    }
    return TTRT_OK;
}

/* Takes the 64-bit values from the zip64 field, for those of the header's fields that are all ones, in this order. */
static bool read_extra(header *h, bool with_offset)
{
    const uint8_t *p = h->extra;
    size_t left = h->extra_len;
    uint64_t *wide[3] = {&h->size, &h->stored, with_offset ? &h->local : NULL};

    while (left >= 4) {
        size_t id = u16_at(p), n = u16_at(p + 2);
        if (n > left - 4)
            return false;
        p += 4;
        left -= 4;
        for (size_t i = 0, used = 0; id == 1 && i < TT_COUNT(wide); i++) {
            if (!wide[i] || *wide[i] != UINT32_MAX)
                continue;
            if (n - used < 8)
                return false;
            *wide[i] = u64_at(p + used);
            wide[i] = NULL;
            used += 8;
        }
        p += n;
        left -= n;
    }
    return true; /* up to three bytes of slack are common in the wild */
}

static ttrt_status read_central(const tt_mapping *m, tt_reader *r, header *h)
{
    const void *fixed = NULL, *tail = NULL;
    uint64_t at = r->base + r->at;

    TT_TRY(tt_read_bytes(r, CENTRAL_BYTES, &fixed));
    const uint8_t *p = fixed;
    if (u32_at(p) != CENTRAL_SIGNATURE) {
        tt_fail(TTRT_ERR_FORMAT, "no entry of the central directory: 0x%08x", u32_at(p));
        return at_byte(m, at);
    }
    *h = (header){
        .flags = u16_at(p + 8),
        .method = u16_at(p + 10),
        .crc = u32_at(p + 16),
        .stored = u32_at(p + 20),
        .size = u32_at(p + 24),
        .name_len = u16_at(p + 28),
        .extra_len = u16_at(p + 30),
        .comment_len = u16_at(p + 32),
        .local = u32_at(p + 42),
    };
    TT_TRY(tt_read_bytes(r, h->name_len + h->extra_len + h->comment_len, &tail));
    h->name = tail;
    h->extra = (const uint8_t *)tail + h->name_len;
    if (h->name_len == 0 || memchr(h->name, 0, h->name_len)) {
        tt_fail(TTRT_ERR_FORMAT, h->name_len ? "an entry's name holds a NUL" : "an entry has no name");
        return at_byte(m, at);
    }
    if (!read_extra(h, true)) {
        tt_fail(TTRT_ERR_FORMAT, "entry \"%.*s\": broken extra field", (int)h->name_len, h->name);
        return at_byte(m, at);
    }
    return TTRT_OK;
}

static const char *method_name(uint32_t method)
{
    switch (method) {
    case 8:
        return "deflate";
    case 9:
        return "deflate64";
    case 12:
        return "bzip2";
    case 14:
        return "lzma";
    case 93:
        return "zstd";
    case 95:
        return "xz";
    default:
        return "unknown";
    }
}

static ttrt_status check_supported(const tt_mapping *m, const header *h, uint64_t at)
{
    if (h->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "entry \"%.*s\" is encrypted", (int)h->name_len, h->name);
        return at_byte(m, at);
    }
    if (h->method != 0 || h->flags & FLAG_PATCH) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "entry \"%.*s\" is compressed (method %u, %s)", (int)h->name_len, h->name,
                h->method, h->flags & FLAG_PATCH ? "patch data" : method_name(h->method));
        tt_fail_hint("save the file again without compression, as torch.export.save() does; entries are used in place");
        return at_byte(m, at);
    }
    if (h->stored != h->size) {
        tt_fail(TTRT_ERR_FORMAT, "entry \"%.*s\" is stored, but in %llu bytes for %llu", (int)h->name_len, h->name,
                (unsigned long long)h->stored, (unsigned long long)h->size);
        return at_byte(m, at);
    }
    return TTRT_OK;
}

static ttrt_status fail_local(const tt_mapping *m, const header *h, const char *what)
{
    tt_fail(TTRT_ERR_FORMAT, "entry \"%.*s\": its local header %s", (int)h->name_len, h->name, what);
    return at_byte(m, h->local);
}

/* Checks the local header against the central one; *data is where the entry's bytes start. `limit`: where entries must
 * end. */
static ttrt_status check_local(const tt_mapping *m, const header *h, uint64_t limit, uint64_t *data)
{
    if (h->local > limit || limit - h->local < LOCAL_BYTES)
        return fail_local(m, h, "lies outside the entries' part of the file");
    const uint8_t *p = tt_mapping_data(m) + h->local;
    uint64_t left = limit - h->local - LOCAL_BYTES;
    header l = {
        .flags = u16_at(p + 6),
        .method = u16_at(p + 8),
        .crc = u32_at(p + 14),
        .stored = u32_at(p + 18),
        .size = u32_at(p + 22),
        .name_len = u16_at(p + 26),
        .extra_len = u16_at(p + 28),
        .name = (const char *)p + LOCAL_BYTES,
    };
    if (u32_at(p) != LOCAL_SIGNATURE)
        return fail_local(m, h, "is not there");
    if (left < l.name_len + l.extra_len)
        return fail_local(m, h, "does not end before the central directory");
    l.extra = p + LOCAL_BYTES + l.name_len;
    if (l.name_len != h->name_len || memcmp(l.name, h->name, h->name_len) != 0)
        return fail_local(m, h, "has another name than the central directory");
    if (l.method != h->method || ((l.flags ^ h->flags) & (FLAG_ENCRYPTED | FLAG_DESCRIPTOR)))
        return fail_local(m, h, "has another method or other flags than the central directory");
    if (!read_extra(&l, false))
        return fail_local(m, h, "has a broken extra field");
    if (!(l.flags & FLAG_DESCRIPTOR) && (l.size != h->size || l.stored != h->stored || l.crc != h->crc))
        return fail_local(m, h, "has another size or CRC than the central directory");
    left -= l.name_len + l.extra_len;
    if (h->size > left) {
        tt_fail(TTRT_ERR_FORMAT, "entry \"%.*s\" has %llu bytes; %llu are left before the central directory",
                (int)h->name_len, h->name, (unsigned long long)h->size, (unsigned long long)left);
        return at_byte(m, limit - left);
    }
    *data = limit - left;
    return TTRT_OK;
}

static ttrt_status add_entry(tt_zip *z, const header *h, uint64_t data)
{
    char *name = tt_arena_strndup(z->arena, h->name, h->name_len);

    if (!name)
        return TTRT_ERR_MEMORY;
    if (tt_map_has(z->by_name, name)) {
        tt_fail(TTRT_ERR_FORMAT, "two entries have the name \"%s\"", name);
        return at_byte(z->mapping, h->local);
    }
    tt_zip_entry *e = &z->entries[z->n];
    *e = (tt_zip_entry){
        .name = name,
        .data = tt_mapping_data(z->mapping) + data,
        .size = (size_t)h->size,
        .offset = data,
        .crc = h->crc,
    };
    TT_TRY(tt_map_put(z->by_name, name, e));
    z->n++;
    return TTRT_OK;
}

static int compare_extents(const void *a, const void *b)
{
    const extent *x = a, *y = b;
    return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1) : (x->end > y->end) - (x->end < y->end);
}

static ttrt_status check_overlaps(const tt_mapping *m, extent *extents, size_t n)
{
    qsort(extents, n, sizeof *extents, compare_extents);
    for (size_t i = 1; i < n; i++)
        if (extents[i].begin < extents[i - 1].end) {
            tt_fail(TTRT_ERR_FORMAT, "entries \"%s\" and \"%s\" overlap", extents[i - 1].name, extents[i].name);
            return at_byte(m, extents[i].begin);
        }
    return TTRT_OK;
}

static ttrt_status read_entries(tt_zip *z, const directory *dir, extent *extents)
{
    const tt_mapping *m = z->mapping;
    tt_reader r = {
        .data = tt_mapping_data(m) + dir->offset,
        .size = (size_t)dir->size,
        .name = tt_mapping_name(m),
        .base = (size_t)dir->offset,
    };
    header h;
    uint64_t data = 0;

    for (uint64_t i = 0; i < dir->n; i++) {
        uint64_t at = r.base + r.at;
        TT_TRY(read_central(m, &r, &h));
        TT_TRY(check_supported(m, &h, at));
        TT_TRY(check_local(m, &h, dir->offset, &data));
        TT_TRY(add_entry(z, &h, data));
        extents[i] = (extent){.begin = h.local, .end = data + h.size, .name = z->entries[i].name};
    }
    if (r.at != r.size) {
        tt_fail(TTRT_ERR_FORMAT, "the central directory holds more than the %zu entries that it counts", z->n);
        return at_byte(m, r.base + r.at);
    }
    return check_overlaps(m, extents, z->n);
}

ttrt_status tt_zip_open(tt_mapping *m, tt_zip **out)
{
    ttrt_status status;
    extent *extents = NULL;
    tt_zip *z = NULL;
    directory dir;

    TT_CHECK_ARG(m && out);
    TT_TRY(find_directory(m, &dir));
    status = TTRT_ERR_MEMORY;
    if (!(z = tt_calloc(1, sizeof *z)))
        goto done;
    z->mapping = tt_mapping_ref(m);
    if (!(z->arena = tt_arena_new()) || !(z->by_name = tt_map_new(z->arena)) ||
        !(z->entries = tt_arena_array(z->arena, (size_t)dir.n, sizeof *z->entries)) ||
        !(z->verified = tt_arena_array(z->arena, (size_t)dir.n, sizeof *z->verified)) ||
        !(extents = tt_calloc((size_t)dir.n, sizeof *extents)))
        goto done;
    TT_TRY_DONE(read_entries(z, &dir, extents));
    *out = z;
    z = NULL;
done:
    tt_free(extents);
    tt_zip_free(z);
    return status;
}

void tt_zip_free(tt_zip *z)
{
    if (!z)
        return;
    tt_arena_free(z->arena);
    tt_mapping_unref(z->mapping);
    tt_free(z);
}

size_t tt_zip_count(const tt_zip *z) { return z->n; }

const tt_zip_entry *tt_zip_at(const tt_zip *z, size_t i) { return i < z->n ? &z->entries[i] : NULL; }

const tt_zip_entry *tt_zip_find(const tt_zip *z, const char *name) { return tt_map_get(z->by_name, name); }

ttrt_status tt_zip_verify(tt_zip *z, const tt_zip_entry *e)
{
    TT_CHECK_ARG(z && e >= z->entries && e < z->entries + z->n);
    _Atomic bool *verified = &z->verified[e - z->entries];
    if (atomic_load_explicit(verified, memory_order_relaxed))
        return TTRT_OK;
    uint32_t crc = tt_crc32(0, e->data, e->size);
    if (crc != e->crc) {
        tt_fail(TTRT_ERR_FORMAT, "entry \"%s\": CRC 0x%08x wanted, its %zu bytes have 0x%08x", e->name, e->crc, e->size,
                crc);
        tt_fail_hint("the file is damaged; copy or save it again");
        return at_byte(z->mapping, e->offset);
    }
    atomic_store_explicit(verified, true, memory_order_relaxed);
    return TTRT_OK;
}
