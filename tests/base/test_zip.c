#include "base_test.h"

#include <pthread.h>
#include <sys/mman.h>

#include "base/reader.h"
#include "base/zip.h"

static char folder[300], path[400];

static int setup(void **state)
{
    temp_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/a.zip", folder);
    return 0;
}

static int teardown(void **state)
{
    remove_folder(folder);
    return 0;
}

/* A hand-made archive: each entry can lie about itself. */
typedef struct item {
    const char *name, *data;
    const char *local_name; /* NULL: as name */
    unsigned flags, method, local_method, crc_off;
    int64_t size_off, local_off; /* added to the central directory's values */
    bool wide;                   /* sizes and offset in a zip64 field */
} item;

typedef struct tail {
    int count_off, size_off, offset_off; /* added to the end record's values */
    bool zip64, unsaturated; /* unsaturated: the end record has the values beside zip64's, as PyTorch writes */
    int locator_off, end64_off;
    unsigned disk;
    const char *comment, *garbage, *gap; /* gap: bytes before the central directory */
    bool twice;                          /* the central directory lists its entries again, uncounted */
} tail;

static void add_local(tt_writer *w, const item *it)
{
    const char *name = it->local_name ? it->local_name : it->name;
    size_t size = strlen(it->data);
    bool later = it->flags & 8;
    uint32_t crc = tt_crc32(0, it->data, size);

    tt_write_u32(w, 0x04034b50);
    tt_write_u16(w, 45);
    tt_write_u16(w, (uint16_t)it->flags);
    tt_write_u16(w, (uint16_t)(it->method + it->local_method));
    tt_write_u32(w, 0);
    tt_write_u32(w, later ? 0 : crc);
    tt_write_u32(w, later ? 0 : it->wide ? UINT32_MAX : (uint32_t)size);
    tt_write_u32(w, later ? 0 : it->wide ? UINT32_MAX : (uint32_t)size);
    tt_write_u16(w, (uint16_t)strlen(name));
    tt_write_u16(w, it->wide ? 20 : 0);
    tt_write_bytes(w, name, strlen(name));
    if (it->wide) {
        tt_write_u16(w, 1);
        tt_write_u16(w, 16);
        tt_write_u64(w, size);
        tt_write_u64(w, size);
    }
    tt_write_bytes(w, it->data, size);
    if (later) {
        tt_write_u32(w, 0x08074b50);
        tt_write_u32(w, crc);
        tt_write_u32(w, (uint32_t)size);
        tt_write_u32(w, (uint32_t)size);
    }
}

static void add_central(tt_writer *w, const item *it, uint64_t at)
{
    uint64_t size = strlen(it->data) + (uint64_t)it->size_off;

    at += (uint64_t)it->local_off;
    tt_write_u32(w, 0x02014b50);
    tt_write_u16(w, 45);
    tt_write_u16(w, 45);
    tt_write_u16(w, (uint16_t)it->flags);
    tt_write_u16(w, (uint16_t)it->method);
    tt_write_u32(w, 0);
    tt_write_u32(w, tt_crc32(0, it->data, strlen(it->data)) + it->crc_off);
    tt_write_u32(w, it->wide ? UINT32_MAX : (uint32_t)size);
    tt_write_u32(w, it->wide ? UINT32_MAX : (uint32_t)size);
    tt_write_u16(w, (uint16_t)strlen(it->name));
    tt_write_u16(w, it->wide ? 28 : 0);
    tt_write_u16(w, 0);
    tt_write_u16(w, 0);
    tt_write_u16(w, 0);
    tt_write_u32(w, 0);
    tt_write_u32(w, it->wide ? UINT32_MAX : (uint32_t)at);
    tt_write_bytes(w, it->name, strlen(it->name));
    if (it->wide) {
        tt_write_u16(w, 1);
        tt_write_u16(w, 24);
        tt_write_u64(w, size);
        tt_write_u64(w, size);
        tt_write_u64(w, at);
    }
}

static void add_tail(tt_writer *w, const tail *t, size_t n, uint64_t offset, uint64_t size)
{
    uint64_t end64 = w->size;
    bool ones = t->zip64 && !t->unsaturated;
    const char *comment = t->comment ? t->comment : "";

    n += (size_t)t->count_off;
    size += (uint64_t)t->size_off;
    offset += (uint64_t)t->offset_off;
    if (t->zip64) {
        tt_write_u32(w, 0x06064b50);
        tt_write_u64(w, (uint64_t)(44 + t->end64_off));
        tt_write_u32(w, 45);
        tt_write_u32(w, t->disk);
        tt_write_u32(w, 0);
        tt_write_u64(w, n);
        tt_write_u64(w, n);
        tt_write_u64(w, size);
        tt_write_u64(w, offset);
        tt_write_u32(w, 0x07064b50);
        tt_write_u32(w, 0);
        tt_write_u64(w, end64 + (uint64_t)t->locator_off);
        tt_write_u32(w, 1);
    }
    tt_write_u32(w, 0x06054b50);
    tt_write_u16(w, (uint16_t)t->disk);
    tt_write_u16(w, 0);
    tt_write_u16(w, ones ? UINT16_MAX : (uint16_t)n);
    tt_write_u16(w, ones ? UINT16_MAX : (uint16_t)n);
    tt_write_u32(w, ones ? UINT32_MAX : (uint32_t)size);
    tt_write_u32(w, ones ? UINT32_MAX : (uint32_t)offset);
    tt_write_u16(w, (uint16_t)strlen(comment));
    tt_write_bytes(w, comment, strlen(comment));
    if (t->garbage)
        tt_write_bytes(w, t->garbage, strlen(t->garbage));
}

static void build(tt_writer *w, const item *items, size_t n, const tail *t)
{
    uint64_t at[8];

    for (size_t i = 0; i < n; i++) {
        at[i] = w->size;
        add_local(w, &items[i]);
    }
    if (t->gap)
        tt_write_bytes(w, t->gap, strlen(t->gap));
    uint64_t offset = w->size;
    for (int times = t->twice ? 2 : 1; times > 0; times--)
        for (size_t i = 0; i < n; i++)
            add_central(w, &items[i], at[i]);
    add_tail(w, t, n, offset, w->size - offset);
    assert_ok(tt_writer_status(w));
}

/* Opens a copy of exactly this size, so that the address sanitizer sees reads past its end. */
static ttrt_status open_bytes(const void *data, size_t n, tt_zip **out)
{
    void *copy = tt_alloc(n);
    tt_mapping *m = NULL;
    ttrt_status status = TTRT_ERR_MEMORY;

    if (!copy)
        return status;
    memcpy(copy, data, n);
    status = tt_mapping_wrap(copy, n, tt_free, copy, &m);
    if (status != TTRT_OK)
        tt_free(copy);
    else
        status = tt_zip_open(m, out);
    tt_mapping_unref(m);
    return status;
}

static ttrt_status open_built(const item *items, size_t n, const tail *t, tt_zip **out)
{
    tt_writer w = {0};

    build(&w, items, n, t);
    ttrt_status status = open_bytes(w.data, w.size, out);
    tt_writer_dispose(&w);
    return status;
}

static void expect_entry(tt_zip *z, const char *name, const void *data, size_t n)
{
    const tt_zip_entry *e = tt_zip_find(z, name);

    assert_non_null(e);
    assert_string_equal(e->name, name);
    assert_int_equal(e->size, n);
    assert_memory_equal(e->data, data, n);
    assert_ok(tt_zip_verify(z, e));
    assert_ok(tt_zip_verify(z, e));
}

static const item two[] = {{.name = "a/one", .data = "first"}, {.name = "two", .data = "the second"}};

static void test_good(void **state)
{
    static const item wide[] = {{.name = "a/one", .data = "first", .wide = true},
                                {.name = "two", .data = "the second", .flags = 8}};
    static const tail tails[] = {
        {0},
        {.comment = "a comment"},
        {.comment = "with an end record's signature PK\x05\x06 inside it, and enough bytes behind it"},
        {.zip64 = true},
        {.zip64 = true, .unsaturated = true, .comment = "c"},
        {.gap = "a gap"},
    };

    for (size_t i = 0; i < TT_COUNT(tails); i++)
        for (int k = 0; k < 2; k++) {
            tt_zip *z = NULL;
            assert_ok(open_built(k ? wide : two, 2, &tails[i], &z));
            assert_int_equal(tt_zip_count(z), 2);
            assert_string_equal(tt_zip_at(z, 0)->name, "a/one");
            assert_null(tt_zip_at(z, 2));
            assert_null(tt_zip_find(z, "one"));
            expect_entry(z, "a/one", "first", 5);
            expect_entry(z, "two", "the second", 10);
            tt_zip_free(z);
        }
    tt_zip *z = NULL;
    assert_ok(open_built(NULL, 0, &(tail){0}, &z));
    assert_int_equal(tt_zip_count(z), 0);
    assert_null(tt_zip_find(z, ""));
    tt_zip_free(z);
    tt_zip_free(NULL);
}

typedef struct bad_case {
    item items[2];
    tail tail;
    ttrt_status status;
    const char *text;
} bad_case;

#define ONE                                                                                                            \
    {                                                                                                                  \
        .name = "one", .data = "first"                                                                                 \
    }
#define TWO                                                                                                            \
    {                                                                                                                  \
        .name = "two", .data = "the second"                                                                            \
    }

static const bad_case bad_cases[] = {
    {{ONE, {.name = "one", .data = "x"}}, {0}, TTRT_ERR_FORMAT, "two entries have the name \"one\""},
    {{ONE, {.name = "two", .data = "x", .method = 8}}, {0}, TTRT_ERR_UNSUPPORTED, "compressed (method 8, deflate)"},
    {{ONE, {.name = "two", .data = "x", .method = 77}}, {0}, TTRT_ERR_UNSUPPORTED, "method 77, unknown"},
    {{ONE, {.name = "two", .data = "x", .flags = 1}}, {0}, TTRT_ERR_UNSUPPORTED, "encrypted"},
    {{ONE, {.name = "two", .data = "x", .flags = 1 << 13}}, {0}, TTRT_ERR_UNSUPPORTED, "encrypted"},
    {{ONE, {.name = "two", .data = "x", .local_name = "tow"}}, {0}, TTRT_ERR_FORMAT, "another name"},
    {{ONE, {.name = "two", .data = "x", .local_name = "twoo"}}, {0}, TTRT_ERR_FORMAT, "another name"},
    {{ONE, {.name = "two", .data = "x", .local_method = 8}}, {0}, TTRT_ERR_FORMAT, "another method"},
    {{ONE, {.name = "two", .data = "x", .size_off = 1}}, {0}, TTRT_ERR_FORMAT, "another size"},
    {{ONE, {.name = "two", .data = "x", .crc_off = 1}}, {0}, TTRT_ERR_FORMAT, "another size or CRC"},
    {{ONE, {.name = "two", .data = "x", .flags = 8, .size_off = 100}}, {0}, TTRT_ERR_FORMAT, "are left before"},
    {{ONE, {.name = "two", .data = "x", .flags = 8, .size_off = INT64_MAX, .wide = true}},
     {0},
     TTRT_ERR_FORMAT,
     "left"},
    {{ONE, {.name = "two", .data = "x", .local_off = 1}}, {0}, TTRT_ERR_FORMAT, "is not there"},
    {{ONE, {.name = "two", .data = "x", .local_off = 1000}}, {0}, TTRT_ERR_FORMAT, "lies outside"},
    {{ONE, {.name = "two", .data = "x", .local_off = -1000, .wide = true}}, {0}, TTRT_ERR_FORMAT, "lies outside"},
    {{{.name = "one", .data = "first", .flags = 8, .size_off = 20}, TWO}, {0}, TTRT_ERR_FORMAT, "overlap"},
    {{ONE, {.name = "", .data = "x"}}, {0}, TTRT_ERR_FORMAT, "no name"},
    {{ONE, TWO}, {.count_off = 1}, TTRT_ERR_FORMAT, "3 entries do not fit"},
    {{ONE, TWO}, {.count_off = -1}, TTRT_ERR_FORMAT, "more than the 1 entries"},
    {{ONE, TWO}, {.count_off = 1000}, TTRT_ERR_FORMAT, "do not fit"},
    {{ONE, TWO}, {.count_off = 1 << 30, .zip64 = true}, TTRT_ERR_FORMAT, "do not fit"},
    {{ONE, TWO}, {.size_off = 1}, TTRT_ERR_FORMAT, "central directory"},
    {{ONE, TWO}, {.offset_off = 1}, TTRT_ERR_FORMAT, "central directory"},
    {{ONE, TWO}, {.offset_off = -7, .size_off = 7}, TTRT_ERR_FORMAT, "no entry of the central directory"},
    {{ONE, TWO}, {.offset_off = -7, .zip64 = true}, TTRT_ERR_FORMAT, "central directory"},
    {{ONE, TWO}, {.locator_off = 1, .zip64 = true}, TTRT_ERR_FORMAT, "locator"},
    {{ONE, TWO}, {.locator_off = 1 << 30, .zip64 = true}, TTRT_ERR_FORMAT, "locator"},
    {{ONE, TWO}, {.locator_off = -1000000, .zip64 = true}, TTRT_ERR_FORMAT, "locator"},
    {{ONE, TWO}, {.end64_off = 1, .zip64 = true}, TTRT_ERR_FORMAT, "locator"},
    {{ONE, TWO}, {.disk = 1}, TTRT_ERR_UNSUPPORTED, "split"},
    {{ONE, TWO}, {.disk = 1, .zip64 = true}, TTRT_ERR_UNSUPPORTED, "split"},
    {{ONE, TWO}, {.garbage = "more"}, TTRT_ERR_FORMAT, "4 bytes follow the end"},
    {{ONE, TWO}, {.twice = true}, TTRT_ERR_FORMAT, "more than the 2 entries"},
};

static void test_bad(void **state)
{
    for (size_t i = 0; i < TT_COUNT(bad_cases); i++) {
        const bad_case *c = &bad_cases[i];
        tt_zip *z = NULL;
        assert_fails(c->status, c->text, open_built(c->items, 2, &c->tail, &z));
        assert_non_null(strstr(ttrt_last_error()->where, "<memory>, byte "));
        assert_null(z);
    }
}

static void test_overlap(void **state)
{
    /* Two names for the same bytes: the second directory entry points to the first one's local header. */
    static const item first = {.name = "one", .data = "first"};
    tt_writer w = {0};
    tt_zip *z = NULL;

    add_local(&w, &first);
    uint64_t offset = w.size;
    add_central(&w, &first, 0);
    add_central(&w, &(item){.name = "oxe", .data = "first"}, 0);
    add_tail(&w, &(tail){0}, 2, offset, w.size - offset);
    assert_fails(TTRT_ERR_FORMAT, "another name", open_bytes(w.data, w.size, &z));
    tt_writer_dispose(&w);

    /* An entry within another one's data. */
    tt_writer inner = {0};
    add_local(&inner, &first);
    tt_write_u8(&inner, 0);
    static char hidden[200]; /* the header's own NULs would end a string: put in by hand */
    memset(hidden, '.', sizeof hidden - 1);
    item outer = {.name = "outer", .data = hidden};
    add_local(&w, &outer);
    size_t inside = 30 + 5 + 50;
    memcpy(w.data + inside, inner.data, inner.size - 1);
    offset = w.size;
    add_central(&w, &outer, 0);
    add_central(&w, &first, inside);
    add_tail(&w, &(tail){0}, 2, offset, w.size - offset);
    assert_fails(TTRT_ERR_FORMAT, "\"outer\" and \"one\" overlap", open_bytes(w.data, w.size, &z));
    tt_writer_dispose(&inner);
    tt_writer_dispose(&w);
}

static void test_no_zip(void **state)
{
    tt_zip *z = NULL;

    assert_fails(TTRT_ERR_FORMAT, "not a zip archive: it starts with 80 02 7d", open_bytes("\x80\x02}q\x00.", 6, &z));
    assert_fails(TTRT_ERR_FORMAT, ".ELF",
                 open_bytes("\x7f"
                            "ELF and more than twenty-two bytes of it",
                            42, &z));
    assert_fails(TTRT_ERR_FORMAT, "{\"a\": 1}", open_bytes("{\"a\": 1}", 8, &z));
    assert_fails(TTRT_ERR_FORMAT, "starts with 50", open_bytes("P", 1, &z));
    assert_fails(TTRT_ERR_FORMAT, "truncated", open_bytes("PK\x03\x04", 4, &z));
    assert_fails(TTRT_ERR_ARGUMENT, "m", tt_zip_open(NULL, &z));
}

static void test_wrong_crc(void **state)
{
    tt_writer w = {0};
    tt_zip *z = NULL;

    build(&w, two, 2, &(tail){0});
    w.data[30 + 5 + 2] ^= 1; /* in "first" */
    assert_ok(open_bytes(w.data, w.size, &z));
    for (int i = 0; i < 2; i++) {
        assert_fails(TTRT_ERR_FORMAT, "entry \"a/one\": CRC", tt_zip_verify(z, tt_zip_find(z, "a/one")));
        assert_non_null(strstr(ttrt_last_error()->where, "byte 35"));
    }
    assert_ok(tt_zip_verify(z, tt_zip_find(z, "two")));
    tt_zip_entry other = *tt_zip_at(z, 0);
    assert_fails(TTRT_ERR_ARGUMENT, "e", tt_zip_verify(z, &other));
    tt_zip_free(z);
    tt_writer_dispose(&w);
}

/* Whatever opens is read to its last byte. */
static void touch(const uint8_t *data, size_t n)
{
    tt_zip *z = NULL;

    if (open_bytes(data, n, &z) != TTRT_OK)
        return;
    for (size_t i = 0; i < tt_zip_count(z); i++) {
        const tt_zip_entry *e = tt_zip_at(z, i);
        assert_ptr_equal(tt_zip_find(z, e->name), e);
        (void)tt_zip_verify(z, e);
    }
    tt_zip_free(z);
}

static void test_truncated_and_flipped(void **state)
{
    static const item items[] = {{.name = "one", .data = "first", .wide = true},
                                 {.name = "two", .data = "the second", .flags = 8},
                                 {.name = "three", .data = ""}};

    for (int zip64 = 0; zip64 < 2; zip64++) {
        tt_writer w = {0};
        tt_zip *z = NULL;
        build(&w, items, 3, &(tail){.zip64 = zip64, .comment = zip64 ? NULL : "some comment"});
        for (size_t n = 0; n < w.size; n++)
            assert_int_equal(open_bytes(w.data, n, &z), TTRT_ERR_FORMAT);
        for (size_t i = 0; i < w.size; i++)
            for (int bit = 0; bit < 8; bit++) {
                w.data[i] ^= (uint8_t)(1 << bit);
                touch(w.data, w.size);
                w.data[i] ^= (uint8_t)(1 << bit);
            }
        for (size_t i = 0; i < w.size; i++) {
            uint8_t old = w.data[i];
            w.data[i] = 255;
            touch(w.data, w.size);
            w.data[i] = 0;
            touch(w.data, w.size);
            w.data[i] = old;
        }
        tt_writer_dispose(&w);
    }
}

static void test_open_allocation_failures(void **state)
{
    tt_writer w = {0};
    ttrt_status status = TTRT_ERR_MEMORY;
    tt_zip *z = NULL;
    uint64_t n = 0;

    build(&w, two, 2, &(tail){0});
    while (status != TTRT_OK) {
        tt_alloc_fail_at(++n);
        status = open_bytes(w.data, w.size, &z);
        assert_true(status == TTRT_OK || ttrt_last_error()->status == TTRT_ERR_MEMORY);
    }
    tt_alloc_fail_at(0);
    assert_true(n > 5);
    tt_zip_free(z);
    tt_writer_dispose(&w);
}

static ttrt_status write_archive(size_t n)
{
    static uint8_t data[100000];
    tt_zip_writer *w = NULL;
    char name[40];

    TT_TRY(tt_zip_writer_open(path, &w));
    ttrt_status status = TTRT_OK;
    for (size_t i = 0; i < n && status == TTRT_OK; i++) {
        snprintf(name, sizeof name, "top/weights/w%zu", i);
        memset(data, (int)(i & 255), sizeof data);
        status = tt_zip_writer_add(w, name, data, n < 100 ? i * 3331 : i % 3);
    }
    if (status == TTRT_OK)
        return tt_zip_writer_commit(w);
    tt_zip_writer_abort(w);
    return status;
}

static void expect_archive(size_t n)
{
    tt_mapping *m = NULL;
    tt_zip *z = NULL;
    char name[40];

    assert_ok(tt_mapping_open(path, &m));
    assert_ok(tt_zip_open(m, &z));
    assert_int_equal(tt_zip_count(z), n);
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "top/weights/w%zu", i);
        const tt_zip_entry *e = tt_zip_find(z, name);
        assert_non_null(e);
        assert_int_equal(e->offset % 64, 0);
        assert_int_equal(e->size, n < 100 ? i * 3331 : i % 3);
        assert_int_equal((uintptr_t)e->data % 64, 0);
        assert_ok(tt_zip_verify(z, e));
        if (e->size)
            assert_int_equal(e->data[e->size - 1], i & 255);
    }
    tt_mapping_unref(m); /* the archive has its own reference */
    assert_non_null(tt_zip_find(z, "top/weights/w0"));
    tt_zip_free(z);
}

static void test_writing(void **state)
{
    tt_mapping *before = NULL, *after = NULL;

    assert_ok(write_archive(30));
    expect_archive(30);
    assert_ok(tt_mapping_open(path, &before));
    assert_ok(write_archive(30)); /* equal content, equal bytes; the old mapping stays valid */
    assert_ok(tt_mapping_open(path, &after));
    assert_int_equal(tt_mapping_size(before), tt_mapping_size(after));
    assert_memory_equal(tt_mapping_data(before), tt_mapping_data(after), tt_mapping_size(after));
    tt_mapping_unref(before);
    tt_mapping_unref(after);
    for (size_t n = 65533; n <= 65537; n++) { /* zip64 starts at 65535 entries */
        assert_ok(write_archive(n));
        expect_archive(n);
    }
}

static void test_writer_arguments(void **state)
{
    static char long_name[65537];
    tt_zip_writer *w = NULL;
    tt_mapping *m = NULL;
    tt_zip *z = NULL;

    memset(long_name, 'n', 65536);
    assert_ok(tt_zip_writer_open(path, &w));
    assert_ok(tt_zip_writer_add(w, "a", NULL, 0));
    assert_fails(TTRT_ERR_ARGUMENT, "already", tt_zip_writer_add(w, "a", "x", 1));
    assert_fails(TTRT_ERR_ARGUMENT, "name", tt_zip_writer_add(w, "", "x", 1));
    assert_fails(TTRT_ERR_ARGUMENT, "65536", tt_zip_writer_add(w, long_name, "x", 1));
    assert_fails(TTRT_ERR_ARGUMENT, "data", tt_zip_writer_add(w, "b", NULL, 1));
    assert_ok(tt_zip_writer_add(w, long_name + 1, "x", 1)); /* refusals spoil nothing */
    assert_ok(tt_zip_writer_add(w, "caf\xc3\xa9", "y", 1));
    assert_ok(tt_zip_writer_commit(w));
    assert_ok(tt_mapping_open(path, &m));
    assert_ok(tt_zip_open(m, &z));
    expect_entry(z, "a", "", 0);
    expect_entry(z, long_name + 1, "x", 1);
    expect_entry(z, "caf\xc3\xa9", "y", 1);
    tt_zip_free(z);
    tt_mapping_unref(m);
    assert_ok(tt_zip_writer_open(path, &w));
    tt_zip_writer_abort(w);
    tt_zip_writer_abort(NULL);
    assert_int_equal(access(path, F_OK), 0);
}

static void test_writer_allocation_failures(void **state)
{
    ttrt_status status = TTRT_ERR_MEMORY;
    uint64_t n = 0;

    while (status != TTRT_OK) {
        tt_alloc_fail_at(++n);
        status = write_archive(5);
        assert_true(status == TTRT_OK || ttrt_last_error()->status == TTRT_ERR_MEMORY);
        assert_int_equal(access(path, F_OK) == 0, status == TTRT_OK);
    }
    tt_alloc_fail_at(0);
    assert_true(n > 10);
    expect_archive(5);
}

static void *verify_all(void *arg)
{
    tt_zip *z = arg;

    for (size_t i = 0; i < tt_zip_count(z); i++)
        if (tt_zip_verify(z, tt_zip_at(z, i)) != TTRT_OK)
            return z;
    return NULL;
}

static void test_verify_in_threads(void **state)
{
    pthread_t threads[4];
    tt_mapping *m = NULL;
    tt_zip *z = NULL;

    assert_ok(write_archive(30));
    assert_ok(tt_mapping_open(path, &m));
    assert_ok(tt_zip_open(m, &z));
    for (size_t i = 0; i < TT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, verify_all, z), 0);
    for (size_t i = 0; i < TT_COUNT(threads); i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    tt_zip_free(z);
    tt_mapping_unref(m);
}

/* 4 GiB of disk and half a minute: only when asked for. */
static void test_beyond_4_gib(void **state)
{
    const size_t size = ((size_t)1 << 32) + 5;
    tt_zip_writer *w = NULL;
    tt_mapping *m = NULL;
    tt_zip *z = NULL;

    if (!getenv("TTRT_TEST_LARGE"))
        skip();
    void *zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(zeros, MAP_FAILED);
    assert_ok(tt_zip_writer_open(path, &w));
    assert_ok(tt_zip_writer_add(w, "large", zeros, size));
    assert_ok(tt_zip_writer_add(w, "behind", "small", 5));
    assert_ok(tt_zip_writer_commit(w));
    munmap(zeros, size);
    assert_ok(tt_mapping_open(path, &m));
    assert_ok(tt_zip_open(m, &z));
    assert_int_equal(tt_zip_find(z, "large")->size, size);
    assert_ok(tt_zip_verify(z, tt_zip_find(z, "large")));
    expect_entry(z, "behind", "small", 5);
    assert_int_equal(tt_zip_find(z, "behind")->offset % 64, 0);
    tt_zip_free(z);
    tt_mapping_unref(m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),
        TEST(test_bad),
        TEST(test_overlap),
        TEST(test_no_zip),
        TEST(test_wrong_crc),
        TEST(test_truncated_and_flipped),
        TEST(test_open_allocation_failures),
        TEST(test_writing),
        TEST(test_writer_arguments),
        TEST(test_writer_allocation_failures),
        TEST(test_verify_in_threads),
        TEST(test_beyond_4_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
