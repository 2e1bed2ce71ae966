/* Programs from opening to running: compiled in memory, saved, opened again; what comes out and what is refused. */
#include "runtime_test.h"

#include <pthread.h>
#include <sys/wait.h>

#include "base/zip.h"

static ttrt_program *open_program(const char *name)
{
    ttrt_program *p;

    assert_ok(ttrt_program_open(data_path(name), &p));
    return p;
}

static ttrt_program *compile_program(const char *name)
{
    ttrt_program *p = open_program(name), *compiled;

    assert_ok(ttrt_program_compile(p, NULL, &compiled));
    ttrt_program_unref(p); /* what is compiled needs it no more */
    return compiled;
}

static ttrt_context *make_context(ttrt_program *p)
{
    ttrt_context *c;

    assert_ok(ttrt_context_new(p, &c));
    return c;
}

static void dispose(ttrt_tensor *tensors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ttrt_tensor_dispose(&tensors[i]);
}

/* ---- two: dynamic batch, all kinds of outputs ---- */

enum { TWO_IN = 3, TWO_OUT = 6 };

static void two_inputs(ttrt_tensor *in)
{
    in[0] = read_tensor("two.in0.npy");
    in[1] = read_tensor("two.in1.npy");
    in[2] = (ttrt_tensor)TTRT_TENSOR_INIT;
}

static void check_two(ttrt_program *p)
{
    ttrt_context *c = make_context(p);
    ttrt_tensor in[TWO_IN], out[TWO_OUT] = {0};
    char name[32];

    two_inputs(in);
    for (int run = 0; run < 2; run++) { /* the second one writes where the first one allocated */
        void *before = out[0].data;
        assert_ok(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL));
        for (int i = 0; i < 5; i++) {
            snprintf(name, sizeof name, "two.out%d.npy", i);
            assert_tensor(&out[i], name);
        }
        assert_int_equal(out[5].rank, -1);
        assert_true(run == 0 || before == out[0].data);
        assert_ptr_not_equal(out[0].data, out[1].data);
        assert_ptr_not_equal(out[2].data, in[0].data);
    }
    dispose(out, TWO_OUT);
    dispose(in, TWO_IN);
    ttrt_context_free(c);
}

static void test_signature_of_two(void **state)
{
    ttrt_program *p = open_program("two.pt2");
    ttrt_io_info io;

    assert_false(ttrt_program_is_compiled(p));
    assert_int_equal(ttrt_program_n_inputs(p), TWO_IN);
    assert_int_equal(ttrt_program_n_outputs(p), TWO_OUT);
    assert_ok(ttrt_program_input(p, 0, &io));
    assert_string_equal(io.name, "x");
    assert_true(io.is_tensor);
    assert_int_equal(io.rank, 2);
    assert_int_equal(io.min[0], 1);
    assert_int_equal(io.opt[0], 2);
    assert_int_equal(io.max[0], 16);
    assert_int_equal(io.min[1], 6);
    assert_int_equal(io.max[1], 6);
    assert_ok(ttrt_program_input(p, 2, &io));
    assert_int_equal(io.rank, -1);
    assert_ok(ttrt_program_output(p, 3, &io));
    assert_false(io.is_tensor);
    assert_int_equal(io.dtype, TTRT_DTYPE_INT64);
    assert_int_equal(io.rank, 0);
    assert_int_equal(ttrt_program_output(p, 6, &io), TTRT_ERR_ARGUMENT);
    ttrt_program_unref(p);
}

static void test_two(void **state)
{
    ttrt_program *p = compile_program("two.pt2");

    assert_true(ttrt_program_is_compiled(p));
    check_two(p);
    ttrt_program_unref(p);
}

static void test_save_and_open(void **state)
{
    const char *path = temporary_path("two.pt2");
    ttrt_program *p = compile_program("two.pt2"), *again;
    const char *json;

    assert_ok(ttrt_program_save(p, path));
    ttrt_program_unref(p);
    assert_ok(ttrt_program_open(path, &again));
    assert_true(ttrt_program_is_compiled(again));
    assert_ok(ttrt_program_describe(again, &json));
    assert_non_null(strstr(json, "\"engines\": [{"));
    check_two(again);
    assert_fails(ttrt_program_compile(again, NULL, &p), TTRT_ERR_ARGUMENT, "compiled already");
    ttrt_program_unref(again);
    remove(path);
}

static void count_release(void *user) { ++*(int *)user; }

static void test_open_memory(void **state)
{
    FILE *f = fopen(data_path("two.pt2"), "rb");
    static char bytes[1 << 16];
    int released = 0;
    ttrt_program *p, *compiled;

    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    assert_ok(ttrt_program_open_memory(bytes, n, count_release, &released, &p));
    assert_ok(ttrt_program_compile(p, NULL, &compiled));
    ttrt_program_unref(p);
    check_two(compiled);
    ttrt_program_unref(compiled);
    assert_int_equal(released, 1);
    assert_int_not_equal(ttrt_program_open_memory(bytes, n / 2, count_release, &released, &p), TTRT_OK);
    assert_int_equal(released, 1);
}

static void test_other_batch_and_strides(void **state)
{
    ttrt_program *p = compile_program("two.pt2");
    ttrt_context *c = make_context(p);
    ttrt_tensor in[TWO_IN], plain[TWO_OUT] = {0}, strided[TWO_OUT] = {0};
    const int64_t dims[] = {5, 6};

    two_inputs(in);
    ttrt_tensor_dispose(&in[0]);
    assert_ok(ttrt_tensor_new(TTRT_DTYPE_FLOAT32, 2, dims, &in[0]));
    for (int i = 0; i < 30; i++)
        ((float *)in[0].data)[i] = (float)i / 10 - 1;
    assert_ok(ttrt_context_run(c, plain, TWO_OUT, in, TWO_IN, NULL));
    assert_int_equal(plain[0].dims[0], 5);
    assert_int_equal(*(int64_t *)plain[3].data, 5);
    ttrt_tensor t = in[0];
    float columns[30];
    for (int i = 0; i < 30; i++)
        columns[i % 6 * 5 + i / 6] = ((float *)in[0].data)[i];
    in[0].data = columns;
    in[0].strides[0] = 1;
    in[0].strides[1] = 5;
    assert_ok(ttrt_context_run(c, strided, TWO_OUT, in, TWO_IN, NULL));
    assert_memory_equal(strided[2].data, t.data, 30 * sizeof(float));
    for (int i = 0; i < 15; i++)
        assert_float_equal(((float *)strided[0].data)[i], ((float *)plain[0].data)[i], 1e-6);
    in[0] = t;
    dispose(in, TWO_IN);
    dispose(plain, TWO_OUT);
    dispose(strided, TWO_OUT);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

static void test_refused_runs(void **state)
{
    ttrt_program *p = open_program("two.pt2"), *compiled;
    ttrt_context *c;
    ttrt_tensor in[TWO_IN], out[TWO_OUT] = {0};
    float small[3];

    assert_fails(ttrt_context_new(p, &c), TTRT_ERR_ARGUMENT, "not compiled");
    assert_ok(ttrt_program_compile(p, NULL, &compiled));
    ttrt_program_unref(p);
    c = make_context(compiled);
    ttrt_program_unref(compiled); /* the context keeps it */
    two_inputs(in);
    assert_fails(ttrt_context_run(c, out, 1, in, TWO_IN, NULL), TTRT_ERR_ARGUMENT, "3 inputs and 1 outputs given");
    in[1].dtype = TTRT_DTYPE_INT32;
    assert_fails(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL), TTRT_ERR_DTYPE,
                 "input 'scale' is int32, the program wants float32");
    in[1].dtype = TTRT_DTYPE_FLOAT32;
    in[0].device_type = TTRT_DEVICE_CUDA;
    in[0].device_index = 1;
    assert_fails(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL), TTRT_ERR_ARGUMENT,
                 "input 'x' is on GPU 1; the program wants it in host memory");
    in[0].device_type = TTRT_DEVICE_CPU;
    in[0].device_index = 0;
    in[0].rank = 1;
    assert_fails(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL), TTRT_ERR_SHAPE, "input 'x' has rank 1");
    in[0].rank = 2;
    in[0].dims[0] = 17;
    assert_fails(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL), TTRT_ERR_SHAPE, "input 'x', dimension 0");
    in[0].dims[0] = 2;
    in[0].dims[1] = 5;
    assert_fails(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL), TTRT_ERR_SHAPE, "input 'x', dimension 1");
    in[0].dims[1] = 6;
    for (int i = 0; i < TWO_OUT; i++)
        assert_null(out[i].data);
    out[0].data = small;
    out[0].capacity_bytes = sizeof small;
    assert_fails(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL), TTRT_ERR_SMALL, "output 0 needs 24 bytes");
    assert_int_equal(out[0].capacity_bytes, 24);
    assert_null(out[1].data);
    out[0].data = NULL;
    assert_ok(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL));
    dispose(out, TWO_OUT);
    dispose(in, TWO_IN);
    ttrt_context_free(c);
}

/* ---- mutations ---- */

static void run_counter(ttrt_context *c, float first, int64_t count)
{
    ttrt_tensor in = read_tensor("counter.in0.npy"), out[2] = {0};

    assert_ok(ttrt_context_run(c, out, 2, &in, 1, NULL));
    assert_float_equal(((float *)out[0].data)[1], first, 1e-6);
    assert_int_equal(*(int64_t *)out[1].data, count);
    dispose(out, 2);
    ttrt_tensor_dispose(&in);
}

static void test_buffers(void **state)
{
    ttrt_program *p = compile_program("counter.pt2");
    ttrt_context *a = make_context(p), *b = make_context(p);

    run_counter(a, -4, 1);
    run_counter(a, -8, 2);
    run_counter(b, -4, 1); /* each context starts from the file's values */
    run_counter(a, -12, 3);
    ttrt_context_free(a);
    ttrt_context_free(b);
    ttrt_program_unref(p);
}

static void test_written_input(void **state)
{
    ttrt_program *p = compile_program("writes_input.pt2");
    ttrt_context *c = make_context(p);
    ttrt_tensor in = read_tensor("writes_input.in0.npy"), out = {0};
    float columns[6] = {0, 3, 1, 4, 2, 5};

    in.strides[0] = 1;
    in.strides[1] = 2;
    void *data = in.data;
    in.data = columns;
    assert_ok(ttrt_context_run(c, &out, 1, &in, 1, NULL));
    assert_tensor(&out, "writes_input.out0.npy");
    assert_float_equal(columns[1], 9, 1e-6);
    assert_float_equal(columns[2], 3, 1e-6);
    in.data = data;
    ttrt_tensor_dispose(&out);
    ttrt_tensor_dispose(&in);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

static void test_nothing_to_compute(void **state)
{
    ttrt_program *p = compile_program("same.pt2");
    ttrt_context *c = make_context(p);
    ttrt_tensor in = read_tensor("same.in0.npy"), out = {0};

    assert_ok(ttrt_context_run(c, &out, 1, &in, 1, NULL));
    assert_tensor(&out, "same.out0.npy");
    assert_ptr_not_equal(out.data, in.data);
    ttrt_tensor_dispose(&out);
    ttrt_tensor_dispose(&in);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

/* ---- options ---- */

static int cancel(void *user, const char *phase, double share)
{
    ++*(int *)user;
    return strcmp(phase, "partition") != 0;
}

static void test_compile_options(void **state)
{
    ttrt_program *p = open_program("two.pt2"), *out;
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    const char *op = "aten.relu.default", *shape = "x:2..4..8x6";
    int calls = 0;
    ttrt_io_info io;

    o.engine = "none";
    assert_fails(ttrt_program_compile(p, &o, &out), TTRT_ERR_ARGUMENT, "there is no engine 'none'");
    o = (ttrt_compile_options)TTRT_COMPILE_OPTIONS_INIT;
    o.precision = TTRT_DTYPE_INT8;
    assert_fails(ttrt_program_compile(p, &o, &out), TTRT_ERR_ARGUMENT, "precision is 'int8'");
    o = (ttrt_compile_options)TTRT_COMPILE_OPTIONS_INIT;
    o.torch_executed_ops = &op;
    o.n_torch_executed_ops = 1;
    assert_fails(ttrt_program_compile(p, &o, &out), TTRT_ERR_UNSUPPORTED, "aten.relu.default");
    o = (ttrt_compile_options)TTRT_COMPILE_OPTIONS_INIT;
    o.progress = cancel;
    o.progress_user = &calls;
    assert_fails(ttrt_program_compile(p, &o, &out), TTRT_ERR_CANCELLED, "partition");
    assert_true(calls >= 2);
    o = (ttrt_compile_options)TTRT_COMPILE_OPTIONS_INIT;
    o.shapes = &shape;
    o.n_shapes = 1;
    assert_ok(ttrt_program_compile(p, &o, &out));
    assert_ok(ttrt_program_input(out, 0, &io));
    assert_int_equal(io.min[0], 2);
    assert_int_equal(io.opt[0], 4);
    assert_int_equal(io.max[0], 8);
    assert_ok(ttrt_program_input(p, 0, &io)); /* the source is not changed */
    assert_int_equal(io.max[0], 16);
    ttrt_program_unref(out);
    ttrt_program_unref(p);
}

static void count_steps(void *user, const char *step, uint64_t time_ns) { *(int *)user += step != NULL; }

/* A host's parallel-for that does everything itself, piece by piece. */
static void host_loop(void *self, int64_t n, int64_t grain, ttrt_loop_fn fn, void *ctx)
{
    for (int64_t at = 0; at < n; at += grain)
        fn(ctx, at, at + grain < n ? at + grain : n, (int)(at / grain % 3));
    ++*(int *)self;
}

static void test_threads_and_profile(void **state)
{
    ttrt_program *p = compile_program("two.pt2");
    ttrt_context *c = make_context(p);
    ttrt_tensor in[TWO_IN], out[TWO_OUT] = {0};
    ttrt_run_options o = TTRT_RUN_OPTIONS_INIT;
    int steps = 0, loops = 0;
    const ttrt_threads threads = {3, host_loop, &loops};

    two_inputs(in);
    o.profile = count_steps;
    o.profile_user = &steps;
    assert_ok(ttrt_context_set_num_threads(c, 1));
    assert_ok(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, &o));
    assert_true(steps > 0);
    assert_int_equal(ttrt_context_set_num_threads(c, -1), TTRT_ERR_ARGUMENT);
    assert_ok(ttrt_context_set_threads(c, &threads));
    assert_ok(ttrt_context_run(c, out, TWO_OUT, in, TWO_IN, NULL));
    assert_tensor(&out[0], "two.out0.npy");
    dispose(out, TWO_OUT);
    dispose(in, TWO_IN);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

static void *run_many(void *user)
{
    for (int i = 0; i < 20; i++)
        check_two(user);
    return NULL;
}

static void test_many_threads(void **state)
{
    ttrt_program *p = compile_program("two.pt2");
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, p), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ttrt_program_unref(p);
}

static void test_describe(void **state)
{
    ttrt_program *p = open_program("counter.pt2");
    const char *json;

    assert_ok(ttrt_program_describe(p, &json));
    assert_non_null(strstr(json, "\"mutations\": [{\"kind\": \"buffer\""));
    assert_non_null(strstr(json, "\"refusals\": []"));
    ttrt_program_unref(p);
    assert_non_null(strstr(ttrt_doctor(), "\"name\": \"cpu\", \"works\": true"));
    assert_non_null(strstr(ttrt_operators(), "aten.relu.default"));
}

/* ---- partitions and engines, as a host uses them ---- */

static void test_partition(void **state)
{
    ttrt_program *p = open_program("two.pt2");
    ttrt_partition *partition;
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    ttrt_engine *engine;
    const char *json, *signature;
    void *blob, *unaligned;
    size_t size;
    int released = 0;
    ttrt_tensor in[2] = {read_tensor("two.in0.npy"), read_tensor("two.in1.npy")}, out[2] = {0};

    o.min_block_size = 1;
    assert_ok(ttrt_partition_new(p, &o, &partition));
    assert_ok(ttrt_partition_describe(partition, &json));
    assert_non_null(strstr(json, "{\"name\": \"_run_on_acc_0\", \"engine\": true"));
    assert_int_equal(ttrt_partition_build(partition, "nobody", &o, &blob, &size, &signature), TTRT_ERR_ARGUMENT);
    assert_ok(ttrt_partition_build(partition, "_run_on_acc_0", &o, &blob, &size, &signature));
    assert_non_null(strstr(signature, "f32["));
    assert_int_equal((uintptr_t)blob % 64, 0);
    for (int shift = 0; shift < 2; shift++) {
        unaligned = malloc(size + 64);
        char *at = (char *)(((uintptr_t)unaligned + 63) & ~(uintptr_t)63) + shift;
        memcpy(at, blob, size);
        released = 0;
        assert_ok(ttrt_engine_open(at, size, count_release, &released, &engine));
        assert_ok(ttrt_engine_describe(engine, &json));
        assert_non_null(strstr(json, "\"engine\": \"cpu\""));
        assert_ok(ttrt_engine_run(engine, out, 2, in, 2, NULL, NULL)); /* the size of the batch is an output too */
        assert_tensor(&out[0], "two.out0.npy");
        assert_tensor(&out[1], "two.out3.npy");
        dispose(out, 2);
        assert_int_equal(ttrt_engine_run(engine, out, 2, in, 1, NULL, NULL), TTRT_ERR_ARGUMENT);
        assert_int_equal(ttrt_engine_run(engine, out, 2, in, 2, &(ttrt_threads){.n_workers = 2}, NULL),
                         TTRT_ERR_ARGUMENT);
        assert_int_equal(released, 0);
        ttrt_engine_unref(engine);
        assert_int_equal(released, 1);
        at[size / 2] ^= 1; /* damaged */
        assert_int_equal(ttrt_engine_open(at, size, count_release, &released, &engine), TTRT_ERR_FORMAT);
        assert_int_equal(ttrt_engine_open(at, size - 1, count_release, &released, &engine), TTRT_ERR_FORMAT);
        assert_int_equal(released, 1);
        free(unaligned);
    }
    ttrt_bytes_free(blob);
    ttrt_partition_free(partition);
    ttrt_program_unref(p);
    dispose(in, 2);
}

/* ---- programs handed over in memory ---- */

/* The weights of two.pt2 by name: a.weight is weight_0, ... as its config has them. */
static ttrt_status give_weight(void *user, const char *name, ttrt_tensor *out)
{
    static const struct {
        const char *name, *entry;
        int rank;
        int64_t dims[2];
    } weights[] = {
        {"a.weight", "two/data/weights/weight_0", 2, {8, 6}},
        {"a.bias", "two/data/weights/weight_1", 1, {8}},
        {"b.weight", "two/data/weights/weight_2", 2, {3, 8}},
        {"b.bias", "two/data/weights/weight_3", 1, {3}},
    };

    for (size_t i = 0; i < TT_COUNT(weights); i++) {
        const tt_zip_entry *e = tt_zip_find(user, weights[i].entry);
        if (!strcmp(weights[i].name, name) && e)
            return ttrt_tensor_wrap((void *)(uintptr_t)e->data, TTRT_DTYPE_FLOAT32, weights[i].rank, weights[i].dims,
                                    out);
    }
    return tt_fail(TTRT_ERR_ARGUMENT, "no weight '%s'", name);
}

static ttrt_status refuse_weight(void *user, const char *name, ttrt_tensor *out)
{
    return tt_fail(TTRT_ERR_CANCELLED, "not %s", name);
}

static ttrt_status narrow_weight(void *user, const char *name, ttrt_tensor *out)
{
    TT_TRY(give_weight(user, name, out));
    out->dims[0]--;
    return TTRT_OK;
}

static void test_from_json(void **state)
{
    tt_mapping *m;
    tt_zip *zip;
    ttrt_program *p, *compiled;

    assert_ok(tt_mapping_open(data_path("two.pt2"), &m));
    assert_ok(tt_zip_open(m, &zip));
    const tt_zip_entry *model = tt_zip_find(zip, "two/models/model.json");
    assert_non_null(model);
    char *json = strndup((const char *)model->data, model->size);
    assert_ok(ttrt_program_from_json(json, model->size, give_weight, zip, &p));
    memset(json, ' ', model->size); /* lent for the call only; the weights stay */
    free(json);
    assert_ok(ttrt_program_compile(p, NULL, &compiled));
    check_two(compiled);
    ttrt_program_unref(compiled);
    ttrt_program_unref(p);
    json = (char *)(uintptr_t)model->data;
    assert_fails(ttrt_program_from_json(json, model->size, refuse_weight, zip, &p), TTRT_ERR_CANCELLED, "not a.weight");
    assert_int_not_equal(ttrt_program_from_json(json, model->size, narrow_weight, zip, &p), TTRT_OK);
    assert_int_equal(ttrt_program_from_json(json, model->size / 2, give_weight, zip, &p), TTRT_ERR_FORMAT);
    tt_zip_free(zip);
    tt_mapping_unref(m);
}

static ttrt_program *parse_program(const char *text)
{
    tt_graph *g;
    ttrt_program *p;

    assert_ok(tt_graph_parse(text, &g));
    tt_pt2_info *info = tt_arena_alloc(g->arena, sizeof *info);
    assert_non_null(info);
    assert_ok(tt_program_new(g, info, NULL, NULL, &p));
    return p;
}

/* What Python saves when it leaves a part to PyTorch. */
static void test_hybrid_is_refused(void **state)
{
    ttrt_context *c;
    ttrt_program *p = parse_program("graph(%e: u8[64] = constant \"e\", %x: f32[2])\n"
                                    "  %1: f32[2] = aten.sin.default(%x)\n"
                                    "  [%2: f32[2]] = tensorrt.execute_engine.default([%1], %e, \"f32[2]\")\n"
                                    "  %3: f32[2] = aten.sin.default(%2)\n"
                                    "  %4: f32[2] = aten.cos.default(%3)\n"
                                    "  return %4");

    assert_true(ttrt_program_is_compiled(p));
    assert_fails(ttrt_context_new(p, &c), TTRT_ERR_UNSUPPORTED,
                 "left to PyTorch: aten.sin.default x2, aten.cos.default");
    ttrt_program_unref(p);
}

static void run_parsed(const char *text, ttrt_status status, const char *message)
{
    ttrt_program *p = parse_program(text);
    ttrt_context *c = NULL;

    assert_fails(ttrt_context_new(p, &c), status, message);
    ttrt_program_unref(p);
}

/* Files that pass the reader's checks and still make no sense. */
static void test_foreign_graphs(void **state)
{
    run_parsed("graph(%e: u8[64] = constant \"e\", %x: f32[2])\n"
               "  [%1: f32[2]] = tensorrt.execute_engine.default([%x], %e, \"f32[2]\")\n  return %1",
               TTRT_ERR_FORMAT, "no one-dimensional uint8 constant"); /* read from text, it has no bytes */
    run_parsed("graph(%x: f32[2])\n  return mutate buffer \"b\" = %x, %x", TTRT_ERR_FORMAT, "the mutation of 'b'");
    run_parsed("graph(%x: f32[2], %y: f32[3])\n  return mutate input \"y\" = %x, %x", TTRT_ERR_FORMAT,
               "the mutation of 'y'");
}

/* Two inputs that change places: each is read before the other is written. */
static void test_swapped_inputs(void **state)
{
    ttrt_program *p =
        parse_program("graph(%x: f32[2], %y: f32[2])\n  return mutate input \"x\" = %y, mutate input \"y\" = %x");
    ttrt_context *c = make_context(p);
    float x[] = {1, 2}, y[] = {3, 4};
    const int64_t dims[] = {2};
    ttrt_tensor in[2];

    assert_ok(ttrt_tensor_wrap(x, TTRT_DTYPE_FLOAT32, 1, dims, &in[0]));
    assert_ok(ttrt_tensor_wrap(y, TTRT_DTYPE_FLOAT32, 1, dims, &in[1]));
    assert_ok(ttrt_context_run(c, NULL, 0, in, 2, NULL));
    assert_true(x[0] == 3 && x[1] == 4 && y[0] == 1 && y[1] == 2);
    ttrt_context_free(c);
    ttrt_program_unref(p);
}

/* ---- sizes: dimensions without bounds, one of them a number ---- */

enum { SIZES_IN = 2, SIZES_OUT = 4 };

typedef struct sizes {
    ttrt_context *context;
    float x[12];
    int64_t n;
    ttrt_tensor in[SIZES_IN], out[SIZES_OUT];
} sizes;

static void sizes_begin(sizes *s)
{
    ttrt_program *p = compile_program("sizes.pt2");
    const int64_t dims[] = {3, 4};

    *s = (sizes){.context = make_context(p), .n = 5};
    ttrt_program_unref(p);
    for (int i = 0; i < 12; i++)
        s->x[i] = (float)i;
    assert_ok(ttrt_tensor_wrap(s->x, TTRT_DTYPE_FLOAT32, 2, dims, &s->in[0]));
    assert_ok(ttrt_tensor_wrap(&s->n, TTRT_DTYPE_INT64, 0, NULL, &s->in[1]));
}

static ttrt_status sizes_run(sizes *s)
{
    dispose(s->out, SIZES_OUT);
    return ttrt_context_run(s->context, s->out, SIZES_OUT, s->in, SIZES_IN, NULL);
}

static void sizes_end(sizes *s)
{
    dispose(s->out, SIZES_OUT);
    ttrt_context_free(s->context);
}

static void test_sizes(void **state)
{
    sizes s;
    char unaligned[49], name[32];

    sizes_begin(&s);
    assert_ok(sizes_run(&s));
    for (int i = 0; i < SIZES_OUT; i++) {
        snprintf(name, sizeof name, "sizes.out%d.npy", i);
        assert_tensor(&s.out[i], name);
    }
    s.in[0].data = memcpy(unaligned + 1, s.x, sizeof s.x);
    assert_ok(sizes_run(&s));
    assert_tensor(&s.out[0], "sizes.out0.npy");
    s.in[0].data = s.x + 11; /* from the last element backwards */
    s.in[0].strides[0] = -4;
    s.in[0].strides[1] = -1;
    assert_ok(sizes_run(&s));
    assert_float_equal(((float *)s.out[0].data)[0], 23, 0);
    assert_float_equal(((float *)s.out[0].data)[11], 1, 0);
    for (int64_t rows = 0; rows <= 1; rows++) { /* what PyTorch writes as "2 or more" takes these too */
        s.in[0] = (ttrt_tensor){.data = rows ? s.x : NULL, .rank = 2, .dims = {rows, 4}, .strides = {4, 1}};
        s.in[0].dtype = TTRT_DTYPE_FLOAT32;
        assert_ok(sizes_run(&s));
        assert_int_equal(s.out[0].dims[0], rows);
        assert_float_equal(*(float *)s.out[1].data, rows ? 6 : 0, 0);
    }
    sizes_end(&s);
}

static void refused(sizes *s, ttrt_status status, const char *text)
{
    assert_fails(sizes_run(s), status, text);
    for (int i = 0; i < SIZES_OUT; i++)
        assert_null(s->out[i].owner);
}

static void test_refused_sizes(void **state)
{
    sizes s;
    ttrt_tensor x, n;

    sizes_begin(&s);
    x = s.in[0];
    n = s.in[1];
    s.in[0].strides[0] = 0; /* one row in memory, and any number of them told */
    s.in[0].dims[0] = INT64_MAX;
    refused(&s, TTRT_ERR_SHAPE, "too many elements");
    s.in[0].dims[0] = (int64_t)1 << 61;
    refused(&s, TTRT_ERR_SHAPE, "too many elements");
    s.in[0].dims[0] = (int64_t)1 << 45;
    refused(&s, TTRT_ERR_MEMORY, "no memory for");
    s.in[0].dims[0] = -1;
    refused(&s, TTRT_ERR_SHAPE, "input 'x', dimension 0 is -1");
    s.in[0] = x;
    s.in[0].rank = -3;
    refused(&s, TTRT_ERR_SHAPE, "input 'x' has rank -3");
    s.in[0].rank = 1000000;
    refused(&s, TTRT_ERR_SHAPE, "input 'x' has rank 1000000");
    s.in[0] = x;
    s.in[0].dtype = (ttrt_dtype)77;
    refused(&s, TTRT_ERR_DTYPE, "input 'x' is unknown, the program wants float32");
    s.in[0] = x;
    s.in[0].data = NULL;
    refused(&s, TTRT_ERR_ARGUMENT, "input 'x' has no data");
    s.in[0] = x;
    s.n = -5;
    refused(&s, TTRT_ERR_SHAPE, "input 'n' is -5");
    s.n = INT64_MAX;
    refused(&s, TTRT_ERR_SHAPE, "too many elements");
    s.in[1].dtype = TTRT_DTYPE_INT32;
    refused(&s, TTRT_ERR_DTYPE, "input 'n' is int32");
    s.in[1] = n;
    s.in[1].data = NULL;
    refused(&s, TTRT_ERR_ARGUMENT, "input 'n' has no data");
    s.in[1] = n;
    s.in[1].rank = 1;
    refused(&s, TTRT_ERR_SHAPE, "input 'n' has rank 1");
    assert_fails(ttrt_context_run(NULL, s.out, SIZES_OUT, s.in, SIZES_IN, NULL), TTRT_ERR_ARGUMENT, "context != NULL");
    assert_fails(ttrt_context_run(s.context, NULL, SIZES_OUT, s.in, SIZES_IN, NULL), TTRT_ERR_ARGUMENT, "out != NULL");
    assert_fails(ttrt_context_run(s.context, s.out, SIZES_OUT, NULL, SIZES_IN, NULL), TTRT_ERR_ARGUMENT, "in != NULL");
    sizes_end(&s);
}

/* The caller's memory: just enough, too little, and beside outputs that the library allocates. */
static void test_outputs_of_the_caller(void **state)
{
    sizes s;
    float y[12], sum;

    sizes_begin(&s);
    s.out[0] = (ttrt_tensor){.data = y, .capacity_bytes = sizeof y};
    s.out[1] = (ttrt_tensor){.data = &sum, .capacity_bytes = sizeof sum - 1};
    assert_fails(ttrt_context_run(s.context, s.out, SIZES_OUT, s.in, SIZES_IN, NULL), TTRT_ERR_SMALL,
                 "output 1 needs 4 bytes, its capacity_bytes is 3");
    assert_int_equal(s.out[0].capacity_bytes, sizeof y);
    assert_int_equal(s.out[1].capacity_bytes, 4);
    assert_null(s.out[2].data);
    assert_ok(ttrt_context_run(s.context, s.out, SIZES_OUT, s.in, SIZES_IN, NULL));
    assert_ptr_equal(s.out[0].data, y);
    assert_null(s.out[0].owner);
    assert_float_equal(y[11], 23, 0);
    assert_float_equal(sum, 66, 0);
    assert_int_equal(s.out[2].dims[0], 5);
    assert_non_null(s.out[2].owner);
    s.out[0] = s.out[1] = (ttrt_tensor)TTRT_TENSOR_INIT;
    sizes_end(&s);
}

/* A child process goes on where its parent was, with threads of its own. */
static void test_fork(void **state)
{
    sizes s;
    int status;

    sizes_begin(&s);
    assert_ok(ttrt_context_set_num_threads(s.context, 4));
    assert_ok(sizes_run(&s));
    pid_t child = fork();
    if (child == 0) {
        sizes other;
        bool fine = sizes_run(&s) == TTRT_OK && ((float *)s.out[0].data)[11] == 23;
        sizes_begin(&other);
        _exit(fine && sizes_run(&other) == TTRT_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(sizes_run(&s));
    sizes_end(&s);
}

/* ---- running out of memory ---- */

typedef struct flow {
    const char *name; /* of the program in data/ */
    size_t n_in, n_out;
    const char *path; /* of the compiled one */
    ttrt_program *source, *compiled, *opened;
    ttrt_context *context;
    ttrt_tensor in[TWO_IN], out[TWO_OUT];
} flow;

/* From the file to the outputs of the saved and opened program, as far as it gets. */
static ttrt_status run_flow(flow *f)
{
    const char *json;
    char file[64];

    snprintf(file, sizeof file, "%s.pt2", f->name);
    TT_TRY(ttrt_program_open(data_path(file), &f->source));
    TT_TRY(ttrt_program_describe(f->source, &json));
    TT_TRY(ttrt_program_compile(f->source, NULL, &f->compiled));
    TT_TRY(ttrt_program_save(f->compiled, f->path));
    TT_TRY(ttrt_program_open(f->path, &f->opened));
    TT_TRY(ttrt_context_new(f->opened, &f->context));
    return ttrt_context_run(f->context, f->out, f->n_out, f->in, f->n_in, NULL);
}

static void end_flow(flow *f)
{
    ttrt_context_free(f->context);
    ttrt_program_unref(f->opened);
    ttrt_program_unref(f->compiled);
    ttrt_program_unref(f->source);
    dispose(f->out, TWO_OUT);
    f->context = NULL;
    f->opened = f->compiled = f->source = NULL;
}

/* Allocation n fails for n = 1, 2, ... until all goes well. */
static void fail_each_allocation(flow *f)
{
    char file[64];
    bool done = false;
    uint64_t n;

    snprintf(file, sizeof file, "%s.out0.npy", f->name);
    for (n = 1; !done && n < 100000; n++) {
        tt_alloc_fail_at(n);
        done = run_flow(f) == TTRT_OK;
        tt_alloc_fail_at(0);
        if (!done && ttrt_last_error()->status != TTRT_ERR_MEMORY)
            fail_msg("allocation %d: %s", (int)n, ttrt_last_error()->what);
        if (!done)
            assert_null(f->out[0].data);
        if (f->context) { /* it works all the same */
            assert_ok(ttrt_context_run(f->context, f->out, f->n_out, f->in, f->n_in, NULL));
            assert_tensor(&f->out[0], file);
        }
        end_flow(f);
    }
    assert_true(done);
    print_message("%s: %d allocations failed, once each\n", f->name, (int)n - 2);
    dispose(f->in, f->n_in);
}

static void test_allocations_that_fail(void **state)
{
    flow two = {.name = "two", .n_in = TWO_IN, .n_out = TWO_OUT, .path = temporary_path("flow.pt2")};
    flow mlp = {.name = "mlp", .n_in = 1, .n_out = 1, .path = two.path};

    two_inputs(two.in);
    fail_each_allocation(&two);
    mlp.in[0] = read_tensor("mlp.in0.npy");
    fail_each_allocation(&mlp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature_of_two),
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_save_and_open),
        cmocka_unit_test(test_open_memory),
        cmocka_unit_test(test_other_batch_and_strides),
        cmocka_unit_test(test_refused_runs),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_written_input),
        cmocka_unit_test(test_nothing_to_compute),
        cmocka_unit_test(test_compile_options),
        cmocka_unit_test(test_threads_and_profile),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_partition),
        cmocka_unit_test(test_from_json),
        cmocka_unit_test(test_hybrid_is_refused),
        cmocka_unit_test(test_foreign_graphs),
        cmocka_unit_test(test_swapped_inputs),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refused_sizes),
        cmocka_unit_test(test_outputs_of_the_caller),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_allocations_that_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
