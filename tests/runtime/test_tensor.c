/* Tensors, .npy files and DLPack. */
#include "runtime_test.h"

static void test_wrap_and_new(void **state)
{
    float data[6];
    const int64_t dims[] = {2, 3}, negative[] = {2, -1}, huge[] = {INT64_MAX / 2, 4}, empty[] = {0, INT64_MAX};
    ttrt_tensor t;

    assert_ok(ttrt_tensor_wrap(data, TTRT_DTYPE_FLOAT32, 2, dims, &t));
    assert_int_equal(t.strides[0], 3);
    assert_int_equal(t.strides[1], 1);
    assert_int_equal(t.capacity_bytes, sizeof data);
    assert_null(t.owner);
    assert_int_equal(ttrt_tensor_count(&t), 6);
    assert_fails(ttrt_tensor_new(TTRT_DTYPE_FLOAT32, 2, negative, &t), TTRT_ERR_ARGUMENT, "dimension 1 is -1");
    assert_fails(ttrt_tensor_new(TTRT_DTYPE_FLOAT32, 2, huge, &t), TTRT_ERR_ARGUMENT, "overflows");
    assert_fails(ttrt_tensor_new((ttrt_dtype)99, 0, NULL, &t), TTRT_ERR_ARGUMENT, "99");
    assert_int_equal(ttrt_tensor_new(TTRT_DTYPE_INT8, 65, dims, &t), TTRT_ERR_ARGUMENT);
    assert_ok(ttrt_tensor_new(TTRT_DTYPE_INT64, 0, NULL, &t));
    assert_int_equal(*(int64_t *)t.data, 0);
    ttrt_tensor_dispose(&t);
    ttrt_tensor_dispose(&t);
    ttrt_tensor_dispose(NULL);
    assert_ok(ttrt_tensor_new(TTRT_DTYPE_INT64, 2, empty, &t));
    assert_int_equal(ttrt_tensor_count(&t), 0);
    assert_non_null(t.data);
    ttrt_tensor_dispose(&t);
}

static void test_copy(void **state)
{
    int16_t src[] = {0, 1, 2, 3, 4, 5}, dst[6];
    tt_io from = {.data = src + 5, .dtype = TTRT_DTYPE_INT16, .rank = 2, .dims = {3, 2}, .strides = {-1, -3}};
    tt_io to = {.data = dst, .dtype = TTRT_DTYPE_INT16, .rank = 2, .dims = {3, 2}, .strides = {2, 1}};
    const int16_t wanted[] = {5, 2, 4, 1, 3, 0}, repeated[] = {7, 7, 7, 7, 7, 7};
    int16_t one = 7;

    tt_io_copy(&to, &from);
    assert_memory_equal(dst, wanted, sizeof wanted);
    from = (tt_io){.data = &one, .dtype = TTRT_DTYPE_INT16, .rank = 2, .dims = {3, 2}};
    tt_io_copy(&to, &from);
    assert_memory_equal(dst, repeated, sizeof repeated);
    to.dims[0] = from.dims[0] = 0;
    dst[0] = 1;
    tt_io_copy(&to, &from);
    assert_int_equal(dst[0], 1);
    to = (tt_io){.data = dst, .dtype = TTRT_DTYPE_INT16};
    from = (tt_io){.data = &one, .dtype = TTRT_DTYPE_INT16};
    tt_io_copy(&to, &from);
    assert_int_equal(dst[0], 7);
}

static void write_bytes(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
}

static void write_npy(const char *path, int version, const char *header, const void *data, size_t n)
{
    uint8_t bytes[512] = {0x93, 'N', 'U', 'M', 'P', 'Y', (uint8_t)version, 0};
    size_t length = strlen(header), at = version == 1 ? 10 : 12;

    bytes[8] = (uint8_t)length;
    memcpy(bytes + at, header, length);
    memcpy(bytes + at + length, data, n);
    write_bytes(path, bytes, at + length + n);
}

static void test_npy_forms(void **state)
{
    const char *path = temporary_path("forms.npy");
    const uint8_t big[] = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6};
    const int16_t fortran[] = {1, 4, 2, 5, 3, 6}, wanted[] = {1, 2, 3, 4, 5, 6};
    ttrt_tensor t;

    for (int version = 1; version <= 3; version++) {
        write_npy(path, version, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }\n", fortran,
                  sizeof fortran);
        assert_ok(ttrt_tensor_read_npy(path, &t));
        assert_int_equal(t.dtype, TTRT_DTYPE_INT16);
        assert_memory_equal(t.data, wanted, sizeof wanted);
        ttrt_tensor_dispose(&t);
    }
    write_npy(path, 1, "{\"shape\":(6,),\"fortran_order\":False,\"descr\":\">i2\"}", big, sizeof big);
    assert_ok(ttrt_tensor_read_npy(path, &t));
    assert_memory_equal(t.data, wanted, sizeof wanted);
    ttrt_tensor_dispose(&t);
    write_npy(path, 1, "{'descr': '|b1', 'fortran_order': True, 'shape': (0, 9223372036854775807)}", big, 0);
    assert_ok(ttrt_tensor_read_npy(path, &t));
    assert_int_equal(ttrt_tensor_count(&t), 0);
    ttrt_tensor_dispose(&t);
    remove(path);
}

static void test_npy_refusals(void **state)
{
    static const struct {
        const char *header;
        ttrt_status status;
    } cases[] = {
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (3,)}", TTRT_ERR_FORMAT}, /* 4 bytes are there */
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (99999999999999999999,)}", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (-1,)}", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (1", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'fortran_order': Maybe, 'shape': (1,)}", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'shape': (1,)}", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'descr': '<i2', 'fortran_order': False, 'shape': (1,)}", TTRT_ERR_FORMAT},
        {"{'descr': '<i2', 'x': 1, 'fortran_order': False, 'shape': (1,)}", TTRT_ERR_FORMAT},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", TTRT_ERR_DTYPE},
        {"{'descr': '<U7', 'fortran_order': False, 'shape': (1,)}", TTRT_ERR_DTYPE},
        {"{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (1,)}", TTRT_ERR_FORMAT},
        {"", TTRT_ERR_FORMAT},
    };
    const char *path = temporary_path("bad.npy");
    ttrt_tensor t;

    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        write_npy(path, 1, cases[i].header, "\0\0\0", 4);
        if (ttrt_tensor_read_npy(path, &t) != cases[i].status)
            fail_msg("%s: %s", cases[i].header, ttrt_last_error()->what);
    }
    write_npy(path, 4, "{}", "", 0);
    assert_fails(ttrt_tensor_read_npy(path, &t), TTRT_ERR_VERSION, "version 4");
    write_bytes(path, "\x93NUMPY\1\0\xff\xff{", 11);
    assert_int_equal(ttrt_tensor_read_npy(path, &t), TTRT_ERR_FORMAT);
    write_bytes(path, "PK", 2);
    assert_int_equal(ttrt_tensor_read_npy(path, &t), TTRT_ERR_FORMAT);
    remove(path);
    assert_int_equal(ttrt_tensor_read_npy(path, &t), TTRT_ERR_IO);
}

static void test_npy_round_trip(void **state)
{
    static const ttrt_dtype dtypes[] = {
        TTRT_DTYPE_BOOL,      TTRT_DTYPE_UINT8,      TTRT_DTYPE_INT8,     TTRT_DTYPE_INT16,
        TTRT_DTYPE_INT32,     TTRT_DTYPE_INT64,      TTRT_DTYPE_UINT16,   TTRT_DTYPE_UINT32,
        TTRT_DTYPE_UINT64,    TTRT_DTYPE_FLOAT16,    TTRT_DTYPE_FLOAT32,  TTRT_DTYPE_FLOAT64,
        TTRT_DTYPE_COMPLEX64, TTRT_DTYPE_COMPLEX128, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_FLOAT8_E5M2};
    const int64_t dims[] = {3, 1, 2};
    const char *path = temporary_path("trip.npy");

    for (size_t i = 0; i < TT_COUNT(dtypes); i++) {
        for (int rank = 0; rank <= 3; rank++) {
            ttrt_tensor t, back;
            assert_ok(ttrt_tensor_new(dtypes[i], rank, dims, &t));
            for (size_t b = 0; b < t.capacity_bytes; b++)
                ((uint8_t *)t.data)[b] = (uint8_t)(b * 7 + 1);
            assert_ok(ttrt_tensor_write_npy(&t, path));
            assert_ok(ttrt_tensor_read_npy(path, &back));
            assert_int_equal(back.rank, rank);
            assert_int_equal(ttrt_dtype_size(back.dtype), ttrt_dtype_size(dtypes[i]));
            assert_memory_equal(back.data, t.data, t.capacity_bytes);
            ttrt_tensor_dispose(&t);
            ttrt_tensor_dispose(&back);
        }
    }
    remove(path);
    ttrt_tensor t;
    assert_ok(ttrt_tensor_new(TTRT_DTYPE_COMPLEX32, 0, NULL, &t));
    assert_fails(ttrt_tensor_write_npy(&t, path), TTRT_ERR_DTYPE, "complex32");
    ttrt_tensor_dispose(&t);
}

/* As dlpack.h has it. */
typedef struct dl_managed {
    void *data;
    int32_t device_type, device_id, ndim;
    uint8_t code, bits;
    uint16_t lanes;
    int64_t *shape, *strides;
    uint64_t byte_offset;
    void *context;
    void (*deleter)(struct dl_managed *self);
} dl_managed;

static void test_dlpack(void **state)
{
    const int64_t dims[] = {2, 3};
    ttrt_tensor t, view;
    void *handed;

    assert_ok(ttrt_tensor_new(TTRT_DTYPE_BFLOAT16, 2, dims, &t));
    void *data = t.data;
    assert_ok(ttrt_tensor_to_dlpack(&t, &handed));
    assert_null(t.data);
    dl_managed *dl = handed;
    assert_int_equal(dl->code, 4);
    assert_int_equal(dl->bits, 16);
    assert_ok(ttrt_tensor_from_dlpack(dl, 0, &view));
    assert_ptr_equal(view.data, data);
    assert_int_equal(view.dtype, TTRT_DTYPE_BFLOAT16);
    assert_memory_equal(view.dims, dims, sizeof dims);
    dl->strides = NULL;
    dl->byte_offset = 2;
    assert_ok(ttrt_tensor_from_dlpack(dl, 0, &view));
    assert_ptr_equal(view.data, (char *)data + 2);
    assert_int_equal(view.strides[0], 3);
    assert_int_equal(view.device_type, TTRT_DEVICE_CPU);
    dl->device_type = 2;
    assert_ok(ttrt_tensor_from_dlpack(dl, 0, &view));
    assert_int_equal(view.device_type, TTRT_DEVICE_CUDA);
    assert_int_equal(view.device_index, dl->device_id);
    dl->device_type = 4;
    assert_fails(ttrt_tensor_from_dlpack(dl, 0, &view), TTRT_ERR_UNSUPPORTED, "device type 4");
    dl->device_type = 1;
    dl->lanes = 4;
    assert_int_equal(ttrt_tensor_from_dlpack(dl, 0, &view), TTRT_ERR_DTYPE);
    dl->deleter(dl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap_and_new), cmocka_unit_test(test_copy),           cmocka_unit_test(test_npy_forms),
        cmocka_unit_test(test_npy_refusals), cmocka_unit_test(test_npy_round_trip), cmocka_unit_test(test_dlpack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
