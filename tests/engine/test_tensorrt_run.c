/* What running needs and refuses, as far as a machine without a GPU can tell: tensors on the wrong device, no driver,
 * compiled kernels on disk. Runs themselves are tested in tests/gpu. */
#include "../network/network_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/engine.h"
#include "engine/tensorrt/cache.h"
#include "engine/tensorrt/live.h"
#include "engine/tensorrt/run.h"
#include "torchtrt/torchtrt.h"

extern const tt_engine_iface tt_engine_tensorrt, tt_engine_cpu;

/* ---- engines ---- */

/* Input x [s0, 4] and a number, output [s0, 3]. No plan: what is asked here never gets to it. */
static const char io_text[] =
    "symbol s0 in [1, 8] network \"t\"(%x: f32[s0,4], %n: i64[] = dim s0, %output_0: f32[s0,3]) return";

static tt_writer payload_of(const char *text, uint32_t n_inputs)
{
    tt_writer w = {0};

    tt_write_u32(&w, TT_TRT_PAYLOAD_VERSION);
    tt_write_u32(&w, 10701);
    tt_write_u8(&w, 1);
    tt_write_string(&w, "");
    tt_write_string(&w, "s0=1..2..4; s0=5..5..8");
    tt_write_u32(&w, n_inputs);
    tt_write_string(&w, text);
    tt_write_u64(&w, 64);
    tt_write_align(&w, 64);
    tt_write_space(&w, 64);
    assert_int_equal(tt_writer_status(&w), TTRT_OK);
    return w;
}

static const uint8_t id[16] = {1, 2, 3};

static void *open_engine(const tt_writer *w)
{
    void *engine;

    expect_ok(tt_engine_tensorrt.deserialize(w->data, w->size, id, NULL, &engine));
    return engine;
}

typedef struct {
    float x[8];
    int64_t n;
    tt_io ins[2];
} arguments;

static void fill(arguments *a, int device)
{
    a->n = 2;
    a->ins[0] = (tt_io){
        .data = a->x, .dtype = TTRT_DTYPE_FLOAT32, .rank = 2, .dims = {2, 4}, .strides = {4, 1}, .device_type = device};
    a->ins[1] = (tt_io){.data = &a->n, .dtype = TTRT_DTYPE_INT64};
}

static void expect_run_refused(void *engine, const tt_io *ins, ttrt_status status, const char *text)
{
    tt_run_options o = {0};

    assert_int_equal(tt_engine_tensorrt.place(engine, ins, &o), status);
    if (!strstr(ttrt_last_error()->what, text))
        fail_msg("\"%s\" is not in \"%s\"", text, ttrt_last_error()->what);
}

static void tensors_are_checked(void **state)
{
    tt_writer w = payload_of(io_text, 2);
    void *engine = open_engine(&w);
    arguments a;

    fill(&a, TTRT_DEVICE_CPU);
    expect_run_refused(engine, a.ins, TTRT_ERR_ARGUMENT,
                       "input 'x' is in host memory; engine tensorrt wants it on GPU 0");
    fill(&a, TTRT_DEVICE_CUDA);
    a.ins[1].device_type = TTRT_DEVICE_CUDA;
    expect_run_refused(engine, a.ins, TTRT_ERR_ARGUMENT,
                       "the number 'n' is on GPU 0; engine tensorrt wants it in host");
    fill(&a, TTRT_DEVICE_CUDA);
    a.ins[0].dtype = TTRT_DTYPE_FLOAT16;
    expect_run_refused(engine, a.ins, TTRT_ERR_DTYPE, "input 'x' is float16, expected float32");
    fill(&a, TTRT_DEVICE_CUDA);
    a.ins[0].rank = 1;
    expect_run_refused(engine, a.ins, TTRT_ERR_SHAPE, "input 'x' has 1 dimensions, expected 2");
    tt_engine_tensorrt.destroy(engine);
    tt_writer_dispose(&w);
}

static void two_gpus_are_told_apart(void **state)
{
    tt_writer w = payload_of("network \"t\"(%a: f32[2], %b: f32[2]) return", 2);
    void *engine = open_engine(&w);
    float data[2];
    tt_io ins[2] = {
        {.data = data,
         .dtype = TTRT_DTYPE_FLOAT32,
         .rank = 1,
         .dims = {2},
         .strides = {1},
         .device_type = TTRT_DEVICE_CUDA,
         .device_index = 1},
        {.data = data,
         .dtype = TTRT_DTYPE_FLOAT32,
         .rank = 1,
         .dims = {2},
         .strides = {1},
         .device_type = TTRT_DEVICE_CUDA},
    };

    expect_run_refused(engine, ins, TTRT_ERR_ARGUMENT, "input 'b' is on GPU 0; engine tensorrt wants it on GPU 1");
    tt_engine_tensorrt.destroy(engine);
    tt_writer_dispose(&w);
}

static void no_driver_is_told(void **state)
{
    tt_writer w = payload_of(io_text, 2);
    void *engine = open_engine(&w);
    const int64_t dims[] = {2};
    const tt_cuda *cuda;
    ttrt_tensor t;
    arguments a;

    if (tt_cuda_get(&cuda) == TTRT_OK) {
        expect_run_refused(engine, (fill(&a, TTRT_DEVICE_CUDA), a.ins[0].device_index = 4711, a.ins), TTRT_ERR_ARGUMENT,
                           "there is no GPU 4711");
    } else {
        fill(&a, TTRT_DEVICE_CUDA);
        expect_run_refused(engine, a.ins, TTRT_ERR_UNSUPPORTED, "NVIDIA");
        assert_int_equal(ttrt_tensor_new_on(TTRT_DEVICE_CUDA, 0, TTRT_DTYPE_FLOAT32, 1, dims, &t),
                         TTRT_ERR_UNSUPPORTED);
    }
    tt_engine_tensorrt.destroy(engine);
    tt_writer_dispose(&w);
}

static void damaged_payloads_are_refused(void **state)
{
    tt_writer w = payload_of(io_text, 2);
    void *engine;

    for (size_t n = 0; n < w.size; n++)
        assert_int_not_equal(tt_engine_tensorrt.deserialize(w.data, n, id, NULL, &engine), TTRT_OK);
    tt_writer_dispose(&w);
    w = payload_of(io_text, 4);
    assert_int_equal(tt_engine_tensorrt.deserialize(w.data, w.size, id, NULL, &engine), TTRT_ERR_FORMAT);
    tt_writer_dispose(&w);
}

static void inspected_without_a_gpu(void **state)
{
    tt_writer w = payload_of(io_text, 2);
    void *engine = open_engine(&w);
    tt_str json = {0};

    expect_ok(tt_engine_tensorrt.inspect(engine, &json));
    assert_string_equal(tt_str_text(&json),
                        "{\"built_by\": \"TensorRT-RTX 1.7.1\", \"targets\": \"\", "
                        "\"profiles\": \"s0=1..2..4; s0=5..5..8\", \"plan_bytes\": 64, \"devices\": []}");
    tt_str_dispose(&json);
    tt_engine_tensorrt.destroy(engine);
    tt_writer_dispose(&w);
}

/* ---- engine cpu takes no tensor on a GPU ---- */

static ttrt_status allocate(void *user, int i, tt_io *io) { return TTRT_ERR_INTERNAL; }

static void cpu_refuses_gpu_tensors(void **state)
{
    const tt_build_options options = {0};
    tt_network *net = parsed("network \"t\"(%x: f32[2]) %y = unary(%x) {operation=EXP} return %y");
    tt_writer blob = {0};
    tt_engine *engine;
    float data[2] = {0};
    tt_io in = {.data = data,
                .dtype = TTRT_DTYPE_FLOAT32,
                .rank = 1,
                .dims = {2},
                .strides = {1},
                .device_type = TTRT_DEVICE_CUDA,
                .device_index = 2},
          out;

    expect_ok(tt_blob_build(&tt_engine_cpu, net, &options, &blob));
    expect_ok(tt_engine_open(blob.data, blob.size, NULL, true, &engine));
    assert_int_equal(tt_engine_run(engine, &out, &(tt_output_alloc){allocate, NULL}, &in, NULL), TTRT_ERR_ARGUMENT);
    assert_non_null(strstr(ttrt_last_error()->what, "input 'x' is on GPU 2; engine cpu wants it in host memory"));
    tt_engine_unref(engine);
    tt_writer_dispose(&blob);
    tt_network_free(net);
}

/* ---- tensors ---- */

static void copies_within_the_host(void **state)
{
    const float data[] = {1, 2, 3, 4, 5, 6}, wanted[] = {1, 4, 2, 5, 3, 6};
    ttrt_tensor src = {.data = (void *)data, .dtype = TTRT_DTYPE_FLOAT32, .rank = 2, .dims = {3, 2}, .strides = {1, 3}};
    ttrt_tensor out = TTRT_TENSOR_INIT;
    float room[5];

    expect_ok(ttrt_tensor_to(&src, TTRT_DEVICE_CPU, 0, &out));
    assert_memory_equal(out.data, wanted, sizeof wanted);
    assert_int_equal(out.device_type, TTRT_DEVICE_CPU);
    ttrt_tensor_dispose(&out);
    out.data = room;
    out.capacity_bytes = sizeof room;
    assert_int_equal(ttrt_tensor_to(&src, TTRT_DEVICE_CPU, 0, &out), TTRT_ERR_SMALL);
    assert_int_equal(out.capacity_bytes, sizeof data);
    assert_int_equal(ttrt_tensor_to(&src, (ttrt_device_type)7, 0, &(ttrt_tensor)TTRT_TENSOR_INIT), TTRT_ERR_ARGUMENT);
}

/* ---- compiled kernels on disk ---- */

static char folder[256];

static const char *in_folder(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_temporary(void **state)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/torchtrt-cache-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_temporary(void **state)
{
    tt_trt_cache_shrink(in_folder("deep/er"), 0);
    rmdir(in_folder("deep/er"));
    rmdir(in_folder("deep"));
    tt_trt_cache_shrink(folder, 0);
    unlink(in_folder("keep.txt"));
    return rmdir(folder);
}

static void kernels_are_kept(void **state)
{
    const char text[] = "some kernels";
    const void *kernels;
    tt_mapping *m;
    size_t n;

    expect_ok(tt_trt_cache_store(in_folder("deep/er/a.kernels"), text, sizeof text));
    expect_ok(tt_mapping_open(in_folder("deep/er/a.kernels"), &m));
    assert_true(tt_trt_cache_check(tt_mapping_data(m), tt_mapping_size(m), &kernels, &n));
    assert_int_equal(n, sizeof text);
    assert_memory_equal(kernels, text, n);
    uint8_t *damaged = tt_alloc(tt_mapping_size(m));
    for (size_t i = 0; i < tt_mapping_size(m); i++) {
        memcpy(damaged, tt_mapping_data(m), tt_mapping_size(m));
        damaged[i] ^= 1;
        assert_false(tt_trt_cache_check(damaged, tt_mapping_size(m), &kernels, &n));
        assert_false(tt_trt_cache_check(tt_mapping_data(m), i, &kernels, &n));
    }
    tt_free(damaged);
    tt_mapping_unref(m);
}

static void touch(const char *path, time_t when)
{
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void the_folder_is_bounded(void **state)
{
    const char zeros[1000] = {0};
    struct stat facts;
    FILE *f = fopen(in_folder("keep.txt"), "w");

    assert_non_null(f);
    fclose(f);
    for (int i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.kernels", i);
        expect_ok(tt_trt_cache_store(in_folder(name), zeros, sizeof zeros));
        touch(in_folder(name), i == 1 ? 9000 : 1000 + i); /* 1 was used last */
    }
    tt_trt_cache_shrink(folder, 2100);
    assert_int_not_equal(stat(in_folder("0.kernels"), &facts), 0);
    assert_int_equal(stat(in_folder("1.kernels"), &facts), 0);
    assert_int_not_equal(stat(in_folder("2.kernels"), &facts), 0);
    assert_int_equal(stat(in_folder("3.kernels"), &facts), 0);
    assert_int_equal(stat(in_folder("keep.txt"), &facts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_checked),     cmocka_unit_test(two_gpus_are_told_apart),
        cmocka_unit_test(no_driver_is_told),       cmocka_unit_test(damaged_payloads_are_refused),
        cmocka_unit_test(inspected_without_a_gpu), cmocka_unit_test(cpu_refuses_gpu_tensors),
        cmocka_unit_test(copies_within_the_host),  cmocka_unit_test(kernels_are_kept),
        cmocka_unit_test(the_folder_is_bounded),
    };

    return cmocka_run_group_tests(tests, make_temporary, remove_temporary);
}
