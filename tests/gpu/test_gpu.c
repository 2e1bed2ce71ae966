/* Engine tensorrt on a GPU, from C: right results at every size, from streams, threads and graphs; what is refused and
 * that the process goes on; memory. Needs an NVIDIA GPU and a TensorRT library that runs on it; else nothing is run. */
#include "../engine/tensorrt_test.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/tensorrt/build.h"
#include "engine/tensorrt/cache.h"
#include "engine/tensorrt/cuda.h"
#include "torchtrt/torchtrt.h"

static const tt_cuda *cuda;
static const tt_cuda_device *gpu;

#define assert_fails(call, wanted, text)                                                                               \
    do {                                                                                                               \
        assert_int_equal(call, wanted);                                                                                \
        if (!strstr(ttrt_last_error()->what, text))                                                                    \
            fail_msg("%s: the message is \"%s\", \"%s\" is wanted", #call, ttrt_last_error()->what, text);             \
    } while (0)

static bool has_gpu(void)
{
    tt_reason why = {""};

    if (tt_engine_runs_here(&tt_engine_tensorrt, &why) == TTRT_OK && tt_cuda_get(&cuda) == TTRT_OK &&
        tt_cuda_device_get(0, &gpu) == TTRT_OK)
        return true;
    printf("not run: %s\n", why.text[0] ? why.text : ttrt_last_error()->what);
    return false;
}

/* ---- engines and tensors ---- */

/* y = relu(x * w + 1), small whole numbers: exact in every precision. */
#define BATCH 16
static const char linear_text[] = "symbol s0 in [1, 16] network \"linear\"(%x: f32[s0,4])"
                                  "%w = constant() {weights=f32 {1,2,3,-4,5,6,-7,8,9,1,-1,2}, dimensions=[4,3]}"
                                  "%one = constant() {weights=f32 {1}, dimensions=[1,1]}"
                                  "%m = matrix_multiply(%x, %w) {transpose_a=false, transpose_b=false}"
                                  "%a = elementwise(%m, %one) {operation=SUM}"
                                  "%y = activation(%a) {type=RELU} return %y";

static void linear(float *y, const float *x, int64_t n)
{
    static const float w[4][3] = {{1, 2, 3}, {-4, 5, 6}, {-7, 8, 9}, {1, -1, 2}};

    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) {
            float v = 1;
            for (int j = 0; j < 4; j++)
                v += x[4 * i + j] * w[j][k];
            y[3 * i + k] = v > 0 ? v : 0;
        }
}

static tt_writer blob_of(const char *text)
{
    const tt_build_options options = {0};
    tt_writer blob = {0};
    tt_network *net = parsed(text);

    expect_ok(tt_blob_build(&tt_engine_tensorrt, net, &options, &blob));
    tt_network_free(net);
    return blob;
}

static void release(void *user) { tt_free_aligned(user); }

static ttrt_engine *open_blob(tt_writer blob)
{
    ttrt_engine *engine;

    expect_ok(ttrt_engine_open(blob.data, blob.size, release, blob.data, &engine));
    return engine;
}

static ttrt_engine *engine_of(const char *text) { return open_blob(blob_of(text)); }

static ttrt_tensor on_gpu(const void *data, ttrt_dtype dtype, int rank, const int64_t *dims)
{
    ttrt_tensor host, t = TTRT_TENSOR_INIT;

    expect_ok(ttrt_tensor_wrap((void *)data, dtype, rank, dims, &host));
    expect_ok(ttrt_tensor_to(&host, TTRT_DEVICE_CUDA, 0, &t));
    assert_int_equal(t.device_type, TTRT_DEVICE_CUDA);
    return t;
}

static void read_back(const ttrt_tensor *t, void *out, size_t bytes)
{
    ttrt_tensor host = TTRT_TENSOR_INIT;

    expect_ok(ttrt_tensor_to(t, TTRT_DEVICE_CPU, 0, &host));
    assert_int_equal(host.capacity_bytes, bytes);
    memcpy(out, host.data, bytes);
    ttrt_tensor_dispose(&host);
}

static void numbers(float *x, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((i * 7 + seed * 13) % 11) - 5;
}

static void expect_linear(const ttrt_tensor *y, const float *x, int64_t n)
{
    float got[BATCH * 3], wanted[BATCH * 3];

    assert_int_equal(y->rank, 2);
    assert_int_equal(y->dims[0], n);
    assert_int_equal(y->dims[1], 3);
    read_back(y, got, (size_t)n * 3 * sizeof *got);
    linear(wanted, x, n);
    for (int64_t i = 0; i < n * 3; i++)
        if (got[i] != wanted[i])
            fail_msg("element %d is %g, %g is wanted", (int)i, (double)got[i], (double)wanted[i]);
}

static void run_linear(ttrt_engine *engine, int64_t n, unsigned seed, const ttrt_run_options *options)
{
    const int64_t dims[] = {n, 4};
    float data[BATCH * 4];

    numbers(data, (size_t)n * 4, seed);
    ttrt_tensor x = on_gpu(data, TTRT_DTYPE_FLOAT32, 2, dims), y = TTRT_TENSOR_INIT;
    expect_ok(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, options));
    if (options && options->stream)
        expect_ok(tt_cuda_synchronize(gpu, options->stream));
    expect_linear(&y, data, n);
    ttrt_tensor_dispose(&x);
    ttrt_tensor_dispose(&y);
}

/* ---- results ---- */

static void every_size(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);

    for (int64_t n = 1; n <= BATCH; n++)
        run_linear(engine, n, (unsigned)n, NULL);
    for (unsigned i = 0; i < 20; i++)
        run_linear(engine, 1 + i * 5 % BATCH, i, NULL);
    ttrt_engine_unref(engine);
}

static void written_in_place(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    const int64_t dims[] = {3, 4};
    float data[12];
    ttrt_tensor y = TTRT_TENSOR_INIT;

    numbers(data, 12, 1);
    ttrt_tensor x = on_gpu(data, TTRT_DTYPE_FLOAT32, 2, dims);
    expect_ok(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL));
    void *where = y.data;
    expect_ok(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL));
    assert_ptr_equal(y.data, where);
    expect_linear(&y, data, 3);
    y.capacity_bytes = 35;
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_SMALL, "needs 36 bytes");
    assert_int_equal(y.capacity_bytes, 36);
    ttrt_tensor_dispose(&y);
    ttrt_tensor_dispose(&x);
    ttrt_engine_unref(engine);
}

/* Rows of a wider tensor, a transposed one, and memory that starts anywhere. */
static void askew(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    const int64_t wide_dims[] = {5, 7}, turned_dims[] = {4, 5}, room_dims[] = {64};
    float wide[35], data[20];
    ttrt_tensor y = TTRT_TENSOR_INIT;

    numbers(wide, 35, 3);
    for (int i = 0; i < 20; i++)
        data[i] = wide[i / 4 * 7 + 2 + i % 4];
    ttrt_tensor whole = on_gpu(wide, TTRT_DTYPE_FLOAT32, 2, wide_dims), x = whole;
    x.data = (char *)whole.data + 2 * sizeof(float);
    x.dims[1] = 4;
    expect_ok(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL));
    expect_linear(&y, data, 5);
    ttrt_tensor_dispose(&whole);

    whole = on_gpu(wide, TTRT_DTYPE_FLOAT32, 2, turned_dims);
    for (int i = 0; i < 20; i++)
        data[i] = wide[i % 4 * 5 + i / 4];
    x = whole;
    x.dims[0] = 5, x.dims[1] = 4;
    x.strides[0] = 1, x.strides[1] = 5;
    ttrt_tensor room, out;
    expect_ok(ttrt_tensor_new_on(TTRT_DEVICE_CUDA, 0, TTRT_DTYPE_FLOAT32, 1, room_dims, &room));
    out = room;
    out.data = (char *)room.data + 4;
    out.capacity_bytes = 63 * 4;
    expect_ok(ttrt_engine_run(engine, &out, 1, &x, 1, NULL, NULL));
    expect_linear(&out, data, 5);
    ttrt_tensor_dispose(&room);
    ttrt_tensor_dispose(&whole);
    ttrt_tensor_dispose(&y);
    ttrt_engine_unref(engine);
}

/* A number as a size, and as a value. */
static void numbers_are_in_host_memory(void **state)
{
    ttrt_engine *engine = engine_of(
        "symbol s0 in [1, 16] symbol s1 in [1, 16] network \"n\"(%x: f32[s0], %n: i64[] = dim s1)"
        "%v = reshape(%n) {dimensions=[1]} %c = cast(%v) {to_type=f32} %a = elementwise(%x, %c) {operation=SUM}"
        "%r = reshape(%a) {dimensions=[1,s0]} %y = expand(%r) {dimensions=[s1,s0]} return %y");
    const int64_t dims[] = {3};
    const float data[] = {1, 2, 3};
    ttrt_tensor in[2] = {on_gpu(data, TTRT_DTYPE_FLOAT32, 1, dims)}, y = TTRT_TENSOR_INIT;
    float got[48];
    int64_t n;

    expect_ok(ttrt_tensor_wrap(&n, TTRT_DTYPE_INT64, 0, NULL, &in[1]));
    for (n = 1; n <= 16; n += 3) {
        ttrt_tensor_dispose(&y);
        expect_ok(ttrt_engine_run(engine, &y, 1, in, 2, NULL, NULL));
        assert_int_equal(y.dims[0], n);
        read_back(&y, got, (size_t)n * 3 * sizeof *got);
        for (int i = 0; i < 3 * n; i++)
            assert_true(got[i] == data[i % 3] + (float)n);
    }
    n = 17;
    assert_fails(ttrt_engine_run(engine, &y, 1, in, 2, NULL, NULL), TTRT_ERR_SHAPE, "input 'n' is 17");
    ttrt_tensor_dispose(&y);
    ttrt_tensor_dispose(&in[0]);
    ttrt_engine_unref(engine);
}

/* No size depends on it, so that TensorRT wants it on the GPU. */
static void numbers_are_values(void **state)
{
    ttrt_engine *engine =
        engine_of("symbol s1 in [-5000000000, 5000000000] network \"v\"(%x: i64[2], %n: i64[] = dim s1)"
                  "%v = reshape(%n) {dimensions=[1]} %a = elementwise(%x, %v) {operation=SUM} return %a");
    const int64_t dims[] = {2}, data[] = {1, 2}, wanted[] = {-4999999999, 0, 4999999999};
    ttrt_tensor in[2] = {on_gpu(data, TTRT_DTYPE_INT64, 1, dims)}, y = TTRT_TENSOR_INIT;
    int64_t n, got[2];

    expect_ok(ttrt_tensor_wrap(&n, TTRT_DTYPE_INT64, 0, NULL, &in[1]));
    for (size_t i = 0; i < TT_COUNT(wanted); i++) {
        n = wanted[i];
        expect_ok(ttrt_engine_run(engine, &y, 1, in, 2, NULL, NULL));
        read_back(&y, got, sizeof got);
        assert_true(got[0] == n + 1 && got[1] == n + 2);
    }
    ttrt_tensor_dispose(&y);
    ttrt_tensor_dispose(&in[0]);
    ttrt_engine_unref(engine);
}

static void every_type(void **state)
{
    static const struct {
        const char *name;
        ttrt_dtype dtype;
    } types[] = {{"f32", TTRT_DTYPE_FLOAT32},
                 {"f16", TTRT_DTYPE_FLOAT16},
                 {"bf16", TTRT_DTYPE_BFLOAT16},
                 {"i64", TTRT_DTYPE_INT64},
                 {"i32", TTRT_DTYPE_INT32}};
    const int64_t dims[] = {2, 5};
    char text[256];
    uint8_t data[80], got[80], element[8];

    for (size_t t = 0; t < TT_COUNT(types); t++) {
        size_t size = ttrt_dtype_size(types[t].dtype);
        snprintf(text, sizeof text,
                 "network \"t\"(%%x: %s[2,5]) %%y = elementwise(%%x, %%x) {operation=SUM} return %%y", types[t].name);
        ttrt_engine *engine = engine_of(text);
        for (size_t i = 0; i < 10; i++)
            tt_store_i64(data + i * size, types[t].dtype, (int64_t)i - 4);
        ttrt_tensor x = on_gpu(data, types[t].dtype, 2, dims), y = TTRT_TENSOR_INIT;
        expect_ok(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL));
        assert_int_equal(y.dtype, types[t].dtype);
        read_back(&y, got, 10 * size);
        for (size_t i = 0; i < 10; i++) {
            tt_store_i64(element, types[t].dtype, 2 * ((int64_t)i - 4));
            assert_memory_equal(got + i * size, element, size);
        }
        ttrt_tensor_dispose(&x);
        ttrt_tensor_dispose(&y);
        ttrt_engine_unref(engine);
    }
}

/* ---- streams, threads, graphs ---- */

static void streams(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    ttrt_run_options o[3] = {TTRT_RUN_OPTIONS_INIT, TTRT_RUN_OPTIONS_INIT, TTRT_RUN_OPTIONS_INIT};
    tt_cuda_scope scope;

    expect_ok(tt_cuda_enter(gpu, &scope));
    for (int i = 1; i < 3; i++)
        assert_int_equal(cuda->cuStreamCreate((tt_cu_stream *)&o[i].stream, 1),
                         0); /* not in step with the default one */
    for (unsigned i = 0; i < 60; i++)
        run_linear(engine, 1 + i % BATCH, i, &o[i % 3]);
    tt_cuda_leave(&scope);
    ttrt_engine_unref(engine);
}

typedef struct {
    ttrt_engine *engine;
    ttrt_run_options options;
    unsigned seed;
} worker;

static void *work(void *user)
{
    const worker *w = user;

    for (unsigned i = 0; i < 100; i++)
        run_linear(w->engine, 1 + (i + w->seed) % BATCH, i + w->seed, &w->options);
    return NULL;
}

static void threads_share_an_engine(void **state)
{
    enum { N = 4 };
    ttrt_engine *engine = engine_of(linear_text);
    pthread_t threads[N];
    worker workers[N];
    tt_cuda_scope scope;

    expect_ok(tt_cuda_enter(gpu, &scope));
    for (unsigned i = 0; i < N; i++) {
        workers[i] = (worker){engine, TTRT_RUN_OPTIONS_INIT, i * 3};
        if (i % 2)
            assert_int_equal(cuda->cuStreamCreate((tt_cu_stream *)&workers[i].options.stream, 1), 0);
    }
    tt_cuda_leave(&scope);
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    ttrt_engine_unref(engine);
}

/* The caller's current context is as it was. */
static void contexts_are_left_alone(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    tt_cu_context before, after;

    assert_int_equal(cuda->cuCtxSetCurrent(NULL), 0);
    run_linear(engine, 2, 0, NULL);
    assert_int_equal(cuda->cuCtxGetCurrent(&after), 0);
    assert_null(after);
    assert_int_equal(cuda->cuCtxSetCurrent(gpu->context), 0);
    run_linear(engine, 2, 0, NULL);
    assert_int_equal(cuda->cuCtxGetCurrent(&before), 0);
    assert_ptr_equal(before, gpu->context);
    ttrt_engine_unref(engine);
}

static void *driver_function(const char *name)
{
    void *f = dlsym(dlopen("libcuda.so.1", RTLD_NOW), name);

    assert_non_null(f);
    return f;
}

/* ---- graphs ---- */

static struct {
    int (*begin)(tt_cu_stream, int);
    int (*end)(tt_cu_stream, tt_cu_graph *);
    int (*instantiate)(void **, tt_cu_graph, unsigned long long);
    int (*launch)(void *, tt_cu_stream);
    int (*exec_destroy)(void *);
    int (*destroy)(tt_cu_graph);
} graphs;

static void open_graphs(void)
{
    graphs.begin = driver_function("cuStreamBeginCapture_v2");
    graphs.end = driver_function("cuStreamEndCapture");
    graphs.instantiate = driver_function("cuGraphInstantiateWithFlags");
    graphs.launch = driver_function("cuGraphLaunch");
    graphs.exec_destroy = driver_function("cuGraphExecDestroy");
    graphs.destroy = driver_function("cuGraphDestroy");
}

typedef struct {
    ttrt_engine *engine;
    ttrt_run_options options;
    ttrt_tensor x, y; /* three rows */
    float data[12];
    void *exec;
} recorded;

static void record(recorded *r, int mode)
{
    const int64_t dims[] = {3, 4};
    tt_cu_graph graph;

    r->options.specialization = TTRT_SPECIALIZATION_NONE;
    if (!r->options.stream)
        assert_int_equal(cuda->cuStreamCreate((tt_cu_stream *)&r->options.stream, 1), 0);
    numbers(r->data, 12, 0);
    if (!r->x.data)
        r->x = on_gpu(r->data, TTRT_DTYPE_FLOAT32, 2, dims);
    expect_ok(ttrt_engine_run(r->engine, &r->y, 1, &r->x, 1, NULL, &r->options));
    expect_ok(tt_cuda_synchronize(gpu, r->options.stream));
    assert_int_equal(graphs.begin(r->options.stream, mode), 0);
    ttrt_status status = ttrt_engine_run(r->engine, &r->y, 1, &r->x, 1, NULL, &r->options);
    assert_int_equal(graphs.end(r->options.stream, &graph), 0);
    expect_ok(status);
    assert_int_equal(graphs.instantiate(&r->exec, graph, 0), 0);
    assert_int_equal(graphs.destroy(graph), 0);
}

static void replay(recorded *r, unsigned seed)
{
    const int64_t dims[] = {3, 4};
    ttrt_tensor host;

    numbers(r->data, 12, seed);
    expect_ok(ttrt_tensor_wrap(r->data, TTRT_DTYPE_FLOAT32, 2, dims, &host));
    expect_ok(ttrt_tensor_to(&host, TTRT_DEVICE_CUDA, 0, &r->x));
    assert_int_equal(graphs.launch(r->exec, r->options.stream), 0);
    expect_ok(tt_cuda_synchronize(gpu, r->options.stream));
    expect_linear(&r->y, r->data, 3);
}

static int contexts_of(ttrt_engine *engine)
{
    const char *json, *at;

    expect_ok(ttrt_engine_describe(engine, &json));
    assert_non_null(at = strstr(json, "\"contexts\": "));
    return atoi(at + strlen("\"contexts\": "));
}

/* Recorded once, launched with other data; runs outside of the graph do not disturb it. When it is gone, what it used
 * is used again. */
static void recorded_into_a_graph(void **state)
{
    recorded r = {.engine = engine_of(linear_text), .options = TTRT_RUN_OPTIONS_INIT};
    tt_cuda_scope scope;

    open_graphs();
    expect_ok(tt_cuda_enter(gpu, &scope));
    for (int i = 0; i < 9; i++) {
        record(&r, i % 3); /* no other thread may allocate, not this one, whoever likes */
        for (unsigned k = 1; k < 5; k++) {
            run_linear(r.engine, 1 + k, 77, NULL);
            replay(&r, k);
        }
        assert_int_equal(graphs.exec_destroy(r.exec), 0);
        usleep(20000); /* CUDA tells of it on another thread */
    }
    assert_true(contexts_of(r.engine) <= 4);
    tt_cuda_leave(&scope);
    ttrt_tensor_dispose(&r.x);
    ttrt_tensor_dispose(&r.y);
    ttrt_engine_unref(r.engine);
}

/* Two graphs of one engine have each its memory; both outlive the caller's engine. */
static void graphs_outlive_the_engine(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    recorded a = {.engine = engine, .options = TTRT_RUN_OPTIONS_INIT}, b = a;
    tt_cuda_scope scope;

    open_graphs();
    expect_ok(tt_cuda_enter(gpu, &scope));
    record(&a, 0);
    record(&b, 0);
    ttrt_engine_unref(engine);
    for (unsigned i = 0; i < 3; i++) {
        replay(&a, i);
        replay(&b, i + 1);
    }
    assert_int_equal(graphs.exec_destroy(a.exec), 0);
    assert_int_equal(graphs.exec_destroy(b.exec), 0);
    tt_cuda_leave(&scope);
    ttrt_tensor_dispose(&a.x);
    ttrt_tensor_dispose(&a.y);
    ttrt_tensor_dispose(&b.x);
    ttrt_tensor_dispose(&b.y);
    engine = engine_of(linear_text);
    run_linear(engine, 3, 0, NULL);
    ttrt_engine_unref(engine);
}

/* TensorRT's own graphs, and each way of compiling kernels. */
static void settings(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    ttrt_run_options o = TTRT_RUN_OPTIONS_INIT;

    for (int g = 0; g < 2; g++)
        for (int s = 0; s < 3; s++) {
            o.cuda_graphs = (ttrt_cuda_graphs)g;
            o.specialization = (ttrt_specialization)s;
            for (unsigned i = 0; i < 8; i++)
                run_linear(engine, 1 + i / 4 * 5, i, &o);
        }
    ttrt_engine_unref(engine);
}

static void count_step(void *user, const char *step, uint64_t time_ns)
{
    assert_non_null(step);
    ++*(int *)user;
}

static void profiled_and_timed(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    ttrt_run_options o = TTRT_RUN_OPTIONS_INIT;
    double ms = -1;
    int steps = 0;

    o.profile = count_step;
    o.profile_user = &steps;
    o.device_ms = &ms;
    run_linear(engine, 4, 0, &o);
    assert_true(steps > 0);
    assert_true(ms > 0 && ms < 10000);
    ttrt_engine_unref(engine);
}

/* ---- refusals; the engine runs on afterwards ---- */

static void wrong_tensors(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    const int64_t dims[] = {2, 4}, many[] = {17, 4}, narrow[] = {2, 3};
    float data[17 * 4] = {0};
    ttrt_tensor y = TTRT_TENSOR_INIT, x;

    expect_ok(ttrt_tensor_wrap(data, TTRT_DTYPE_FLOAT32, 2, dims, &x));
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_ARGUMENT, "'x' is in host memory");
    x.device_type = TTRT_DEVICE_CUDA;
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_ARGUMENT, "is no memory of a GPU");
    x.device_index = 63;
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_ARGUMENT, "there is no GPU 63");
    x = on_gpu(data, TTRT_DTYPE_FLOAT32, 2, many);
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_SHAPE, "input 'x', dimension 0 is 17");
    ttrt_tensor_dispose(&x);
    x = on_gpu(data, TTRT_DTYPE_FLOAT32, 2, narrow);
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_SHAPE, "input 'x', dimension 1 is 3");
    ttrt_tensor_dispose(&x);
    x = on_gpu(data, TTRT_DTYPE_FLOAT32, 2, dims);
    expect_ok(ttrt_tensor_wrap(data, TTRT_DTYPE_FLOAT32, 2, dims, &y));
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_ARGUMENT, "output 0 is in host memory");
    x.strides[0] = 0;
    y = (ttrt_tensor)TTRT_TENSOR_INIT;
    assert_fails(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL), TTRT_ERR_UNSUPPORTED, "strides");
    ttrt_tensor_dispose(&x);
    assert_null(y.data);
    run_linear(engine, 2, 1, NULL);
    ttrt_engine_unref(engine);
}

static void no_memory(void **state)
{
    const int64_t dims[] = {(int64_t)1 << 50};
    ttrt_engine *engine = engine_of(linear_text);
    ttrt_tensor t;

    assert_fails(ttrt_tensor_new_on(TTRT_DEVICE_CUDA, 0, TTRT_DTYPE_UINT8, 1, dims, &t), TTRT_ERR_MEMORY,
                 "1125899906842624 bytes asked");
    assert_non_null(strstr(ttrt_last_error()->what, "free"));
    run_linear(engine, 2, 1, NULL);
    ttrt_engine_unref(engine);
}

/* A plan of another version, and damaged ones: all but the payload's own facts is TensorRT's to find. */
static void wrong_plans(void **state)
{
    tt_writer blob = blob_of(linear_text);
    uint8_t *payload = blob.data + TT_BLOB_HEADER_BYTES;
    size_t size = blob.size - TT_BLOB_HEADER_BYTES;
    const uint8_t id[16] = {9};
    tt_run_options o = {0};
    tt_trt_payload facts;
    void *engine, *context;

    expect_ok(tt_trt_payload_read(payload, size, &facts));
    tt_network_free(facts.io);
    for (int damage = 0; damage < 2; damage++) {
        tt_writer copy = {0};
        tt_write_bytes(&copy, payload, size);
        if (damage == 0)
            copy.data[4] ^= 1; /* the library's version */
        else
            memset(copy.data + (facts.plan - payload), 0, 512);
        expect_ok(tt_engine_tensorrt.deserialize(copy.data, copy.size, id, NULL, &engine));
        ttrt_status status = tt_engine_tensorrt.context_new(engine, &o, &context);
        assert_int_equal(status, damage == 0 ? TTRT_ERR_VERSION : TTRT_ERR_UNSUPPORTED);
        print_message("%s (%s)\n", ttrt_last_error()->what, ttrt_last_error()->hint);
        tt_engine_tensorrt.destroy(engine);
        tt_writer_dispose(&copy);
    }
    tt_writer_dispose(&blob);
    ttrt_engine *good = engine_of(linear_text);
    run_linear(good, 2, 1, NULL);
    ttrt_engine_unref(good);
}

/* ---- memory ---- */

static size_t free_bytes(void)
{
    size_t room, total;
    tt_cuda_scope scope;

    expect_ok(tt_cuda_enter(gpu, &scope));
    assert_int_equal(cuda->cuMemGetInfo_v2(&room, &total), 0);
    tt_cuda_leave(&scope);
    return room;
}

static void nothing_is_left_behind(void **state)
{
    tt_writer blob = blob_of(linear_text);
    size_t before = 0;

    for (unsigned i = 0; i < 110; i++) {
        ttrt_engine *engine;
        if (i == 10)
            before = free_bytes();
        expect_ok(ttrt_engine_open(blob.data, blob.size, NULL, NULL, &engine));
        run_linear(engine, 1 + i % BATCH, i, NULL);
        ttrt_engine_unref(engine);
    }
    size_t after = free_bytes();
    print_message("free before %zu, after 100 engines %zu\n", before, after);
    assert_true(after + ((size_t)32 << 20) >= before);
    tt_writer_dispose(&blob);
}

static void memory_is_accounted_for(void **state)
{
    ttrt_engine *engine = engine_of(linear_text);
    const char *json;

    expect_ok(ttrt_engine_describe(engine, &json));
    assert_non_null(strstr(json, "\"devices\": []"));
    run_linear(engine, 2, 1, NULL);
    expect_ok(ttrt_engine_describe(engine, &json));
    print_message("%s\n", json);
    assert_non_null(strstr(json, "\"gpu\": 0"));
    assert_non_null(strstr(json, "\"contexts\": 1"));
    assert_non_null(strstr(json, "\"runs\": 1"));
    assert_null(strstr(json, "\"activation_bytes\": 0,"));
    ttrt_engine_unref(engine);
}

/* ---- compiled kernels ---- */

static char cache_folder[256];

static int count_kept(void)
{
    DIR *dir = opendir(cache_folder);
    struct dirent *d;
    int n = 0;

    while (dir && (d = readdir(dir)))
        n += strstr(d->d_name, ".kernels") != NULL;
    if (dir)
        closedir(dir);
    return n;
}

static void kernels_are_kept(void **state)
{
    tt_writer blob = blob_of("symbol s0 in [1, 64] network \"k\"(%x: f32[s0,32,32])"
                             "%m = matrix_multiply(%x, %x) {transpose_a=false, transpose_b=true} return %m");
    const tt_trt_library *library;
    int kept = count_kept();

    expect_ok(tt_trt_library_get(&library));
    if (!library->is_rtx)
        skip();
    for (int i = 0; i < 2; i++) {
        const int64_t dims[] = {2, 32, 32};
        ttrt_engine *engine;
        ttrt_tensor x, y = TTRT_TENSOR_INIT;
        uint64_t start = tt_time_ns();
        expect_ok(ttrt_engine_open(blob.data, blob.size, NULL, NULL, &engine));
        expect_ok(ttrt_tensor_new_on(TTRT_DEVICE_CUDA, 0, TTRT_DTYPE_FLOAT32, 3, dims, &x));
        expect_ok(ttrt_engine_run(engine, &y, 1, &x, 1, NULL, NULL));
        expect_ok(tt_cuda_synchronize(gpu, NULL));
        print_message("first run %s kept kernels: %.1f ms\n", i ? "with" : "without",
                      (double)(tt_time_ns() - start) * 1e-6);
        ttrt_tensor_dispose(&x);
        ttrt_tensor_dispose(&y);
        ttrt_engine_unref(engine);
        assert_int_equal(count_kept(), kept + 1);
    }
    tt_writer_dispose(&blob);
}

/* ---- tensors ---- */

static void tensors_travel(void **state)
{
    const int64_t dims[] = {3, 5};
    int32_t data[15], got[15];
    ttrt_tensor back = TTRT_TENSOR_INIT, view;
    void *handed;

    for (int i = 0; i < 15; i++)
        data[i] = i * 3;
    ttrt_tensor t = on_gpu(data, TTRT_DTYPE_INT32, 2, dims);
    read_back(&t, got, sizeof got);
    assert_memory_equal(got, data, sizeof data);
    view = t; /* every second column, turned */
    view.dims[0] = 3, view.dims[1] = 3;
    view.strides[0] = 2, view.strides[1] = 5;
    expect_ok(ttrt_tensor_to(&view, TTRT_DEVICE_CPU, 0, &back));
    for (int i = 0; i < 9; i++)
        assert_int_equal(((int32_t *)back.data)[i], data[i % 3 * 5 + i / 3 * 2]);
    ttrt_tensor_dispose(&back);
    expect_ok(ttrt_tensor_to_dlpack(&t, &handed));
    assert_null(t.data);
    expect_ok(ttrt_tensor_from_dlpack(handed, 0, &view));
    assert_int_equal(view.device_type, TTRT_DEVICE_CUDA);
    read_back(&view, got, sizeof got);
    assert_memory_equal(got, data, sizeof data);
    (*(void (**)(void *))((char *)handed + 56))(handed); /* its deleter: behind the tensor (48 bytes) and its context */
    expect_ok(ttrt_tensor_new_on(TTRT_DEVICE_CUDA, 0, TTRT_DTYPE_INT32, 2, dims, &t));
    read_back(&t, got, sizeof got);
    for (int i = 0; i < 15; i++)
        assert_int_equal(got[i], 0);
    ttrt_tensor_dispose(&t);
}

/* ---- programs ---- */

static ttrt_tensor read_npy(const char *name)
{
    char path[512];
    ttrt_tensor t;

    snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    expect_ok(ttrt_tensor_read_npy(path, &t));
    return t;
}

static void send(ttrt_tensor *t)
{
    ttrt_tensor moved = TTRT_TENSOR_INIT;

    expect_ok(ttrt_tensor_to(t, TTRT_DEVICE_CUDA, 0, &moved));
    ttrt_tensor_dispose(t);
    *t = moved;
}

static ttrt_context *context_of(const char *name, ttrt_program **out)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    ttrt_program *p;
    ttrt_context *c;
    ttrt_device_type device;
    char path[512];

    o.engine = "tensorrt";
    o.min_block_size = 1;
    snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    expect_ok(ttrt_program_open(path, &p));
    expect_ok(ttrt_program_compile(p, &o, out));
    ttrt_program_unref(p);
    expect_ok(ttrt_program_device(*out, &device));
    assert_int_equal(device, TTRT_DEVICE_CUDA);
    expect_ok(ttrt_context_new(*out, &c));
    return c;
}

static void expect_like(const ttrt_tensor *got, const char *name)
{
    ttrt_tensor wanted = read_npy(name), host = TTRT_TENSOR_INIT;

    expect_ok(ttrt_tensor_to(got, TTRT_DEVICE_CPU, 0, &host));
    assert_int_equal(host.rank, wanted.rank);
    assert_memory_equal(host.dims, wanted.dims, (size_t)wanted.rank * sizeof *wanted.dims);
    for (int64_t i = 0; i < ttrt_tensor_count(&wanted); i++) {
        size_t size = ttrt_dtype_size(wanted.dtype);
        double a = tt_load_f64((char *)host.data + (size_t)i * size, host.dtype);
        double b = tt_load_f64((char *)wanted.data + (size_t)i * size, wanted.dtype);
        if (a - b > 1e-2 || b - a > 1e-2) /* products may be in TF32 */
            fail_msg("%s: element %d is %g, %g is wanted", name, (int)i, a, b);
    }
    ttrt_tensor_dispose(&host);
    ttrt_tensor_dispose(&wanted);
}

static void whole_programs(void **state)
{
    ttrt_program *p;
    ttrt_context *c = context_of("two.pt2", &p);
    ttrt_tensor in[3] = {read_npy("two.in0.npy"), read_npy("two.in1.npy")}, out[6] = {0};
    char name[32];

    assert_fails(ttrt_context_run(c, out, 6, in, 3, NULL), TTRT_ERR_ARGUMENT,
                 "is in host memory; the program wants it");
    send(&in[0]);
    send(&in[1]);
    for (int run = 0; run < 3; run++)
        expect_ok(ttrt_context_run(c, out, 6, in, 3, NULL));
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "two.out%d.npy", i);
        expect_like(&out[i], name);
        assert_int_equal(out[i].device_type, i < 3 ? TTRT_DEVICE_CUDA : TTRT_DEVICE_CPU);
    }
    for (int i = 0; i < 6; i++)
        ttrt_tensor_dispose(&out[i]);
    ttrt_tensor_dispose(&in[0]);
    ttrt_tensor_dispose(&in[1]);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

static void buffers_and_inputs_are_written(void **state)
{
    ttrt_program *p;
    ttrt_context *c = context_of("counter.pt2", &p);
    ttrt_tensor in = read_npy("counter.in0.npy"), out[2] = {0};

    send(&in);
    expect_ok(ttrt_context_run(c, out, 2, &in, 1, NULL));
    expect_like(&out[0], "counter.out0.npy");
    expect_like(&out[1], "counter.out1.npy");
    for (int64_t run = 2; run < 5; run++) {
        int64_t count;
        expect_ok(ttrt_context_run(c, out, 2, &in, 1, NULL));
        read_back(&out[1], &count, sizeof count);
        assert_int_equal(count, run);
    }
    ttrt_tensor_dispose(&out[0]);
    ttrt_tensor_dispose(&out[1]);
    ttrt_tensor_dispose(&in);
    ttrt_context_free(c);
    ttrt_program_unref(p);

    c = context_of("writes_input.pt2", &p);
    ttrt_tensor before = read_npy("writes_input.in0.npy"), after = TTRT_TENSOR_INIT;
    in = read_npy("writes_input.in0.npy");
    send(&in);
    out[0] = (ttrt_tensor)TTRT_TENSOR_INIT;
    expect_ok(ttrt_context_run(c, out, 1, &in, 1, NULL));
    expect_like(&out[0], "writes_input.out0.npy");
    expect_ok(ttrt_tensor_to(&in, TTRT_DEVICE_CPU, 0, &after));
    for (int64_t i = 0; i < ttrt_tensor_count(&before); i++)
        assert_true(((float *)after.data)[i] == 3 * ((float *)before.data)[i]);
    ttrt_tensor_dispose(&before);
    ttrt_tensor_dispose(&after);
    ttrt_tensor_dispose(&out[0]);
    ttrt_tensor_dispose(&in);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

enum { SKIPPED = 77 }; /* meson's */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size),
        cmocka_unit_test(written_in_place),
        cmocka_unit_test(askew),
        cmocka_unit_test(numbers_are_in_host_memory),
        cmocka_unit_test(numbers_are_values),
        cmocka_unit_test(every_type),
        cmocka_unit_test(streams),
        cmocka_unit_test(threads_share_an_engine),
        cmocka_unit_test(contexts_are_left_alone),
        cmocka_unit_test(recorded_into_a_graph),
        cmocka_unit_test(graphs_outlive_the_engine),
        cmocka_unit_test(settings),
        cmocka_unit_test(profiled_and_timed),
        cmocka_unit_test(wrong_tensors),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(wrong_plans),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(memory_is_accounted_for),
        cmocka_unit_test(kernels_are_kept),
        cmocka_unit_test(tensors_travel),
        cmocka_unit_test(whole_programs),
        cmocka_unit_test(buffers_and_inputs_are_written),
    };
    const char *tmp = getenv("TMPDIR");

    snprintf(cache_folder, sizeof cache_folder, "%s/torchtrt-gpu-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(cache_folder) || setenv("TTRT_CACHE_DIR", cache_folder, 1))
        return 1;
    if (!has_gpu())
        return rmdir(cache_folder) ? 1 : SKIPPED;
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    tt_trt_cache_shrink(cache_folder, 0);
    rmdir(cache_folder);
    return failures;
}
