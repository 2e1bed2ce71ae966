/* The engine blob's header, and live engines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/engine.h"

static uint8_t *blob; /* 64-byte aligned */
static size_t blob_bytes;

static void expect_ok(ttrt_status status)
{
    if (status != TTRT_OK)
        fail_msg("%s: %s [%s]", ttrt_status_name(status), ttrt_last_error()->what, ttrt_last_error()->where);
}

/* One layer: y = -x. */
static int build(void **state)
{
    static const tt_build_options options;
    static const char text[] = "network \"negate\"(%x: f32[2,3]) %1 = unary(%x) {operation=NEG} return %1 \"y\"";
    tt_network *net;
    tt_writer w = {0};

    expect_ok(tt_network_parse(text, sizeof text - 1, NULL, &net));
    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, &options, &w));
    tt_network_free(net);
    blob = tt_alloc_aligned(w.size);
    blob_bytes = w.size;
    memcpy(blob, w.data, w.size);
    tt_writer_dispose(&w);
    return 0;
}

static int drop(void **state)
{
    tt_free_aligned(blob);
    return 0;
}

static void refused(const uint8_t *bytes, size_t size, ttrt_status status, const char *message)
{
    tt_engine *e = NULL;

    assert_int_equal(tt_engine_open(bytes, size, NULL, true, &e), status);
    if (!strstr(ttrt_last_error()->what, message))
        fail_msg("\"%s\" does not say \"%s\"", ttrt_last_error()->what, message);
}

/* After a change of the header, its checksum is made to fit again. */
static void seal(uint8_t *header)
{
    uint32_t crc = tt_crc32(0, header, 56);

    for (int i = 0; i < 4; i++)
        header[56 + i] = (uint8_t)(crc >> 8 * i);
}

static ttrt_status use(void *user, int i, tt_io *io)
{
    io->data = user;
    for (int64_t d = io->rank - 1, step = 1; d >= 0; step *= io->dims[d--])
        io->strides[d] = step;
    return TTRT_OK;
}

static void negates(tt_engine *e)
{
    float x[6] = {1, 2, -3, 4, INFINITY, 0}, y[6] = {0};
    tt_io in = {.data = x, .dtype = TTRT_DTYPE_FLOAT32, .rank = 2, .dims = {2, 3}, .strides = {3, 1}}, out = {0};

    expect_ok(tt_engine_run(e, &out, &(tt_output_alloc){use, y}, &in, NULL));
    for (int i = 0; i < 6; i++)
        assert_true(y[i] == -x[i]);
}

static void list(void **state)
{
    assert_null(tt_engine_find("none"));
    for (size_t i = 0; tt_engine_at(i); i++)
        assert_ptr_equal(tt_engine_find(tt_engine_at(i)->name), tt_engine_at(i));
    assert_null(tt_engine_at(1000));
}

static void opens(void **state)
{
    tt_engine *e;
    tt_engine_info info;

    expect_ok(tt_engine_open(blob, blob_bytes, NULL, true, &e));
    assert_ptr_equal(tt_engine_kind(e), tt_engine_find("cpu"));
    assert_memory_equal(tt_engine_id(e), blob + 16, 16);
    assert_non_null(tt_engine_payload(e));
    tt_engine_get_info(e, &info);
    assert_int_equal(info.n_inputs, 1);
    assert_int_equal(info.n_outputs, 1);
    assert_int_equal(info.inputs[0]->rank, 2);
    tt_engine *again = tt_engine_ref(e);
    tt_engine_unref(e);
    negates(again);
    negates(again);
    tt_engine_unref(again);
}

/* Any alignment; the owner lives as long as the engine. */
static void release(void *user) { *(bool *)user = true; }

static void lies_anywhere(void **state)
{
    uint8_t *copy = tt_alloc(blob_bytes + 1);
    bool released = false;
    tt_mapping *owner;
    tt_engine *e;

    memcpy(copy + 1, blob, blob_bytes);
    expect_ok(tt_engine_open(copy + 1, blob_bytes, NULL, true, &e));
    memset(copy, 0, blob_bytes + 1);
    negates(e);
    tt_engine_unref(e);
    tt_free(copy);

    expect_ok(tt_mapping_wrap(blob, blob_bytes, release, &released, &owner));
    expect_ok(tt_engine_open(blob, blob_bytes, owner, true, &e));
    tt_mapping_unref(owner);
    assert_false(released);
    negates(e);
    tt_engine_unref(e);
    assert_true(released);
}

static void damaged(void **state)
{
    uint8_t *copy = tt_alloc_aligned(blob_bytes);
    tt_engine *e;

    for (size_t i = 0; i < blob_bytes; i += i < 64 || blob_bytes < 4096 ? 1 : 61) {
        memcpy(copy, blob, blob_bytes);
        copy[i] ^= 0x40;
        ttrt_status status = tt_engine_open(copy, blob_bytes, NULL, true, &e);
        if (i >= 60 && i < 64) { /* nobody reads these */
            expect_ok(status);
            tt_engine_unref(e);
        } else {
            assert_int_equal(status, i >= 8 && i < 12 ? TTRT_ERR_VERSION : TTRT_ERR_FORMAT);
        }
    }
    for (size_t n = 0; n < blob_bytes; n += n < 80 ? 1 : 61) {
        assert_int_equal(tt_engine_open(blob, n, NULL, false, &e), TTRT_ERR_FORMAT);
        assert_non_null(strstr(ttrt_last_error()->what, n < 8 ? "not an engine blob" : "truncated"));
    }
    tt_free_aligned(copy);
}

static void foreign(void **state)
{
    uint8_t *copy = tt_alloc_aligned(blob_bytes);

    refused((const uint8_t *)"PK\3\4 and so on", 16, TTRT_ERR_FORMAT, "not an engine blob");
    memcpy(copy, blob, blob_bytes);
    copy[8] = 7;
    refused(copy, blob_bytes, TTRT_ERR_VERSION, "version 7");
    memcpy(copy, blob, blob_bytes);
    memcpy(copy + 32, "warp-drive", 11);
    seal(copy);
    refused(copy, blob_bytes, TTRT_ERR_UNSUPPORTED, "warp-drive");
    memset(copy + 32, 'x', 16);
    seal(copy);
    refused(copy, blob_bytes, TTRT_ERR_FORMAT, "name has no end");
    memcpy(copy, blob, blob_bytes);
    memset(copy + 48, 0xff, 8);
    seal(copy);
    refused(copy, blob_bytes, TTRT_ERR_FORMAT, "truncated");
    memcpy(copy, blob, blob_bytes);
    copy[12] = 0;
    seal(copy);
    refused(copy, blob_bytes, TTRT_ERR_FORMAT, "its header tells of");
    tt_free_aligned(copy);
}

static void no_memory(void **state)
{
    ttrt_status status = TTRT_ERR_MEMORY;
    tt_engine *e = NULL;

    for (uint64_t n = 1; status != TTRT_OK; n++) {
        tt_alloc_fail_at(n);
        status = tt_engine_open(blob, blob_bytes, NULL, true, &e);
        tt_alloc_fail_at(0);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
    }
    tt_engine_unref(e);
}

static void refusing(void **state)
{
    tt_reason why;

    assert_false(tt_refuse(NULL, "nobody asks"));
    assert_false(tt_refuse(&why, "rank %d", 9));
    assert_string_equal(why.text, "rank 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list),     cmocka_unit_test(opens),   cmocka_unit_test(lies_anywhere),
        cmocka_unit_test(damaged),  cmocka_unit_test(foreign), cmocka_unit_test(no_memory),
        cmocka_unit_test(refusing),
    };
    return cmocka_run_group_tests(tests, build, drop);
}
