#include "base_test.h"

#include "base/reader.h"

static void test_round_trip(void **state)
{
    tt_arena *a = tt_arena_new();
    tt_writer w = {0};
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    char *text;
    const void *bytes;

    tt_write_u8(&w, 0x12);
    tt_write_u16(&w, 0x3456);
    tt_write_u32(&w, 0x789abcde);
    tt_write_u64(&w, 0xfedcba9876543210);
    tt_write_string(&w, "");
    tt_write_string(&w, "text");
    tt_write_align(&w, 64);
    assert_int_equal(w.size, 64);
    tt_write_align(&w, 64);
    tt_write_align(&w, 1);
    tt_write_bytes(&w, "xyz", 3);
    tt_write_bytes(&w, NULL, 0);
    assert_ok(tt_writer_status(&w));
    assert_memory_equal(w.data, "\x12\x56\x34\xde\xbc\x9a\x78\x10", 8);

    tt_reader r = {.data = w.data, .size = w.size, .name = "n"};
    assert_ok(tt_read_u8(&r, &u8));
    assert_ok(tt_read_u16(&r, &u16));
    assert_ok(tt_read_u32(&r, &u32));
    assert_ok(tt_read_u64(&r, &u64));
    assert_true(u8 == 0x12 && u16 == 0x3456 && u32 == 0x789abcde && u64 == 0xfedcba9876543210);
    assert_ok(tt_read_string(&r, a, &text));
    assert_string_equal(text, "");
    assert_ok(tt_read_string(&r, a, &text));
    assert_string_equal(text, "text");
    assert_ok(tt_read_align(&r, 64));
    assert_int_equal(r.at, 64);
    assert_ok(tt_read_align(&r, 64));
    assert_ok(tt_read_bytes(&r, 3, &bytes));
    assert_memory_equal(bytes, "xyz", 3);
    assert_ok(tt_read_bytes(&r, 0, &bytes));
    assert_fails(TTRT_ERR_FORMAT, "1 bytes wanted, 0 left", tt_read_u8(&r, &u8));
    tt_writer_dispose(&w);
    tt_arena_free(a);
}

static void test_hostile(void **state)
{
    static const uint8_t data[] = {9, 0, 0, 0, 'a', 'b', 3, 0, 0, 0, 'a', 0, 'b'};
    tt_arena *a = tt_arena_new();
    tt_reader r = {.data = data, .size = sizeof data, .name = "file", .base = 1000};
    const void *bytes;
    uint64_t u64;
    char *text = NULL;

    r.size = 6;
    assert_fails(TTRT_ERR_FORMAT, "file, byte 1004", tt_read_string(&r, a, &text));
    r = (tt_reader){.data = data, .size = sizeof data, .at = 6, .name = "file", .base = 1000};
    assert_fails(TTRT_ERR_FORMAT, "holds a NUL", tt_read_string(&r, a, &text));
    assert_null(text);
    assert_fails(TTRT_ERR_FORMAT, "wanted", tt_read_bytes(&r, SIZE_MAX, &bytes));
    r.at = 6;
    assert_fails(TTRT_ERR_FORMAT, "8 bytes wanted, 7 left", tt_read_u64(&r, &u64));
    assert_int_equal(r.at, 6);
    assert_fails(TTRT_ERR_FORMAT, "padding", tt_read_align(&r, 8));
    r.at = 9;
    assert_fails(TTRT_ERR_FORMAT, "wanted", tt_read_align(&r, 64));
    tt_arena_free(a);
}

static void test_writer_failing(void **state)
{
    tt_writer w = {0};

    tt_write_u8(&w, 1);
    tt_alloc_fail_at(1);
    for (int i = 0; i < 1000; i++)
        tt_write_u32(&w, 7);
    tt_write_align(&w, 4096);
    tt_write_string(&w, "x");
    assert_true(w.failed);
    assert_fails(TTRT_ERR_MEMORY, "buffer", tt_writer_status(&w));
    tt_writer_dispose(&w);
    assert_ok(tt_writer_status(&w));
}

static uint32_t crc_by_bits(uint32_t crc, const uint8_t *p, size_t n)
{
    for (crc = ~crc; n > 0; n--, p++) {
        crc ^= *p;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void test_crc(void **state)
{
    static uint8_t data[5000];
    uint32_t seed = 1;

    assert_int_equal(tt_crc32(0, "", 0), 0);
    assert_int_equal(tt_crc32(0, "123456789", 9), 0xcbf43926);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    for (size_t n = 0; n < 400; n++)
        for (size_t from = 0; from < 3; from++)
            assert_int_equal(tt_crc32(0, data + from, n), crc_by_bits(0, data + from, n));
    uint32_t whole = crc_by_bits(0, data, sizeof data);
    for (size_t cut = 0; cut <= sizeof data; cut += 37) /* in two steps, every way */
        assert_int_equal(tt_crc32(tt_crc32(0, data, cut), data + cut, sizeof data - cut), whole);
}

static int compare_ids(const void *a, const void *b) { return memcmp(a, b, 16); }

static void test_hash(void **state)
{
    enum { BYTES = 300, BITS = BYTES * 8 };
    static uint8_t ids[BITS + 1 + BYTES][16];
    uint8_t data[BYTES] = {0}, again[16];
    size_t n = 0, flipped = 0;

    /* All lengths of zeros, and all single bits: no two ids are equal, nor are halves of them. */
    for (size_t len = 0; len <= BYTES; len++)
        tt_hash128(data, len, ids[n++]);
    memcpy(again, ids[n - 1], 16);
    for (size_t bit = 0; bit < BITS; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        tt_hash128(data, sizeof data, ids[n]);
        for (int i = 0; i < 16; i++)
            flipped += (size_t)__builtin_popcount(ids[n][i] ^ again[i]);
        data[bit / 8] = 0;
        n++;
    }
    assert_int_equal(n, TT_COUNT(ids));
    assert_in_range(flipped / BITS, 60, 68); /* about half of 128 bits */
    for (int half = 0; half < 2; half++) {
        for (size_t i = 0; i < n; i++)
            memcpy(ids[i], ids[i] + 8 * half, half ? 8 : 0);
        qsort(ids, n, 16, compare_ids);
        for (size_t i = 1; i < n; i++)
            assert_memory_not_equal(ids[i - 1], ids[i], 8);
    }
    tt_hash128("abc", 3, ids[0]);
    tt_hash128("abc\0", 4, ids[1]);
    assert_memory_not_equal(ids[0], ids[1], 16);
}

/* Ids stand in files: the function stays as it is. */
static void test_hash_is_fixed(void **state)
{
    const char *text = "The same bytes have the same id in every release and on every machine; longer than a block.";
    uint8_t id[16];
    char hex[33];

    tt_hash128(text, strlen(text), id);
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    assert_string_equal(hex, "6147fb03862909bc0ba3c0ada33ccc60");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_hostile), cmocka_unit_test(test_writer_failing),
        cmocka_unit_test(test_crc),        cmocka_unit_test(test_hash),    cmocka_unit_test(test_hash_is_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
