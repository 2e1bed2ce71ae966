/* Engine cpu as a whole: what fuses must compute what its layers compute one by one. Each network runs as it is, and
 * once more with every tensor an output, which keeps layers apart; with one thread and three, with dense and strided
 * inputs. */
#include "../network/network_test.h"

#include <math.h>

#include "engine/cpu/cpu.h"

#define MAX_IO 64

typedef struct result {
    int n;
    tt_io outs[MAX_IO];
} result;

static ttrt_status allocate(void *user, int i, tt_io *io)
{
    size_t n = ttrt_dtype_size(io->dtype);

    for (int d = 0; d < io->rank; d++)
        n *= (size_t)io->dims[d];
    io->data = tt_alloc_aligned(n + 1);
    return io->data ? TTRT_OK : TTRT_ERR_MEMORY;
}

static int64_t count(const tt_io *io)
{
    int64_t n = 1;

    for (int d = 0; d < io->rank; d++)
        n *= io->dims[d];
    return n;
}

/* Symbols are 3; values are small and of both signs. `strided`: every second element of a larger piece. */
static tt_io make_input(const tt_tensor *t, bool strided)
{
    tt_io io = {.dtype = t->dtype, .rank = t->rank};
    int64_t stride = strided ? 2 : 1;

    for (int d = t->rank - 1; d >= 0; d--) {
        io.dims[d] = t->dims[d].expr ? 3 : t->dims[d].value;
        io.strides[d] = stride;
        stride *= io.dims[d];
    }
    size_t size = ttrt_dtype_size(t->dtype), step = strided ? 2 : 1;
    io.data = tt_alloc_aligned((size_t)count(&io) * step * size + 1);
    for (int64_t i = 0; i < count(&io); i++)
        tt_store_f64((char *)io.data + (size_t)i * step * size, t->dtype,
                     t->dtype == TTRT_DTYPE_BOOL ? (double)(i % 3 == 0) : (double)(i * 7 % 11) / 2 - 2);
    return io;
}

static void all_tensors_out(tt_network *net)
{
    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_out; i++)
            expect_ok(tt_network_output(net, l->out[i], NULL));
}

static void run(const char *text, bool apart, bool strided, int threads, result *out)
{
    static const tt_output_alloc alloc = {allocate, NULL};
    const tt_run_options options = {.threads = tt_pool_threads(threads)};
    tt_network *net = parsed(text);
    tt_engine *e = NULL;
    tt_writer blob = {0};
    tt_engine_info info;
    tt_io ins[8];

    out->n = net->n_outputs;
    if (apart)
        all_tensors_out(net);
    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, NULL, &blob));
    tt_network_free(net);
    expect_ok(tt_engine_open(blob.data, blob.size, NULL, true, &e));
    tt_engine_get_info(e, &info);
    assert_true(info.n_outputs <= MAX_IO);
    for (int i = 0; i < info.n_inputs; i++)
        ins[i] = make_input(info.inputs[i], strided);
    for (int again = 0; again < 2; again++) { /* the second run uses the first one's plan */
        memset(out->outs, 0, sizeof out->outs);
        expect_ok(tt_engine_run(e, out->outs, &alloc, ins, &options));
        for (int i = again ? out->n : 0; i < info.n_outputs; i++)
            tt_free_aligned(out->outs[i].data);
    }
    for (int i = 0; i < info.n_inputs; i++)
        tt_free_aligned(ins[i].data);
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

static void expect_equal(const result *a, const result *b, double tolerance)
{
    for (int i = 0; i < a->n; i++) {
        const tt_io *x = &a->outs[i], *y = &b->outs[i];
        size_t size = ttrt_dtype_size(x->dtype);

        assert_int_equal(x->rank, y->rank);
        assert_memory_equal(x->dims, y->dims, sizeof(int64_t) * (size_t)x->rank);
        for (int64_t k = 0; k < count(x); k++) {
            double p = tt_load_f64((char *)x->data + (size_t)k * size, x->dtype),
                   q = tt_load_f64((char *)y->data + (size_t)k * size, x->dtype);
            if (fabs(p - q) > tolerance * (1 + fabs(q)) || isnan(p) != isnan(q))
                fail_msg("output %d, element %lld: %g, and %g layer by layer", i, (long long)k, p, q);
        }
    }
}

static void dispose(result *r)
{
    for (int i = 0; i < r->n; i++)
        tt_free_aligned(r->outs[i].data);
}

static void expect_fused(const char *text, double tolerance)
{
    result apart, fused;

    run(text, true, false, 1, &apart);
    for (int variant = 0; variant < 4; variant++) {
        run(text, false, variant & 1, variant & 2 ? 3 : 1, &fused);
        expect_equal(&fused, &apart, tolerance);
        dispose(&fused);
    }
    dispose(&apart);
}

#define SYMBOL "symbol s0 in [1, 8]\n"

static void products_take_what_follows(void **state)
{
    expect_fused(SYMBOL "network \"linear\"(%x: f32[s0,4], %w: f32[5,4], %b: f32[5], %r: f32[s0,5])\n"
                        "  %1: f32[s0,5] = matrix_multiply(%x, %w, %b) {transpose_a=false, transpose_b=true}\n"
                        "  %2: f32[s0,5] = elementwise(%r, %1) {operation=SUM}\n"
                        "  %3: f32[s0,5] = activation(%2) {type=GELU_ERF, alpha=0, beta=0}\n"
                        "  return %3 \"y\"\n",
                 1e-6);
    /* Through the reshape that a linear of three dimensions has, and with a residual that broadcasts over the batch. */
    expect_fused(SYMBOL "network \"linear3\"(%x: f32[s0,2,4], %w: f32[5,4], %r: f32[1,2,5])\n"
                        "  %1: f32[s0*2,4] = reshape(%x) {dimensions=[s0*2,4]}\n"
                        "  %2: f32[s0*2,5] = matrix_multiply(%1, %w) {transpose_a=false, transpose_b=true}\n"
                        "  %3: f32[s0,2,5] = reshape(%2) {dimensions=[s0,2,5]}\n"
                        "  %4: f32[s0,2,5] = elementwise(%3, %r) {operation=PROD}\n"
                        "  %5: bf16[s0,2,5] = cast(%4) {to_type=bf16}\n"
                        "  return %5 \"y\", %4 \"z\"\n",
                 1e-6);
    expect_fused(SYMBOL "network \"batched\"(%x: f32[s0,2,3,4], %w: f32[s0,1,4,5], %m: f32[s0,1,1,5])\n"
                        "  %1: f32[s0,2,3,5] = matrix_multiply(%x, %w) {transpose_a=false, transpose_b=false}\n"
                        "  %2: f32[s0,2,3,5] = elementwise(%1, %m) {operation=SUM}\n"
                        "  %3: f32[s0,2,3,5] = softmax(%2) {axis=3, is_log=false}\n"
                        "  return %3 \"y\"\n",
                 1e-6);
    expect_fused(SYMBOL "network \"double\"(%x: f64[s0,4], %w: f64[4,5], %b: f64[5])\n"
                        "  %1: f64[s0,5] = matrix_multiply(%x, %w, %b) {transpose_a=false, transpose_b=false}\n"
                        "  %2: f64[s0,5] = unary(%1) {operation=ABS}\n"
                        "  return %2 \"y\"\n",
                 1e-13);
}

static void convolutions_take_what_follows(void **state)
{
    expect_fused(SYMBOL
                 "network \"block\"(%x: f32[s0,3,7,5], %w: f32[4,3,3,3], %b: f32[4], %d: f32[4,3,1,1], %s: f32[4])\n"
                 "  %1: f32[s0,4,4,3] = convolution(%x, %w, %b) {stride=[2,2], pre_padding=[1,1], post_padding=[1,1], "
                 "dilation=[1,1], groups=1}\n"
                 "  %2: f32[s0,4,4,3] = scale(%1, %s, %b)\n"
                 "  %3: f32[s0,4,4,3] = convolution(%x, %d) {stride=[2,2], pre_padding=[0,0], post_padding=[0,0], "
                 "dilation=[1,1], groups=1}\n"
                 "  %4: f32[s0,4,4,3] = elementwise(%2, %3) {operation=SUM}\n"
                 "  %5: f32[s0,4,4,3] = activation(%4) {type=RELU, alpha=0, beta=0}\n"
                 "  %6: f32[s0,4,2,1] = pooling(%5) {type=MAX, window_size=[2,2], stride=[2,2], pre_padding=[0,0], "
                 "post_padding=[0,0], dilation=[1,1],"
                 " ceil_mode=false, average_count_excludes_padding=false, divisor=0, has_indices=false}\n"
                 "  %7: f32[s0,4,1,1] = reduce(%6) {operation=AVG, axes=[2,3], parameter=0}\n"
                 "  %8: f32[s0,4] = reshape(%7) {dimensions=[s0,4]}\n"
                 "  return %8 \"y\", %5 \"z\"\n",
                 1e-5);
    expect_fused(SYMBOL "network \"depthwise\"(%x: f32[s0,6,5], %w: f32[6,1,3], %t: f32[6,2,2])\n"
                        "  %1: f32[s0,6,5] = convolution(%x, %w) {stride=[1], pre_padding=[1], post_padding=[1], "
                        "dilation=[1], groups=6}\n"
                        "  %2: f32[s0,6,5] = activation(%1) {type=CLIP, alpha=0, beta=6}\n"
                        "  %3: f32[s0,4,10] = deconvolution(%2, %t) {stride=[2], pre_padding=[0], post_padding=[0], "
                        "output_padding=[0], dilation=[1], groups=2}\n"
                        "  %4: f32[s0,4,10] = activation(%3) {type=TANH, alpha=0, beta=0}\n"
                        "  return %4 \"y\"\n",
                 1e-5);
}

static void views_cost_nothing_and_stay_right(void **state)
{
    expect_fused(SYMBOL "network \"heads\"(%x: f32[s0,4,6], %m: b8[1,1,4,4])\n"
                        "  %1: f32[s0,4,2,3] = reshape(%x) {dimensions=[s0,4,2,3]}\n"
                        "  %2: f32[s0,2,4,3] = transpose(%1) {permutation=[0,2,1,3]}\n"
                        "  %3: f32[s0,2,4,3] = attention(%2, %2, %2, %m) {is_causal=false, scale=0.5}\n"
                        "  %4: f32[s0,4,2,3] = transpose(%3) {permutation=[0,2,1,3]}\n"
                        "  %5: f32[s0,4,6] = reshape(%4) {dimensions=[s0,4,6]}\n"
                        "  %6: f32[s0,2,6] = slice(%5) {start=[0,3,0], size=[s0,2,6], stride=[1,-2,1]}\n"
                        "  %7: f32[s0,2,6] = unary(%6) {operation=NEG}\n"
                        "  return %7 \"y\", %5 \"z\"\n",
                 1e-5);
    expect_fused(SYMBOL "network \"channels\"(%x: f32[s0,3,2,2], %w: f32[4,3,1,1])\n"
                        "  %1: f32[s0,4,2,2] = convolution(%x, %w) {stride=[1,1], pre_padding=[0,0], "
                        "post_padding=[0,0], dilation=[1,1], groups=1}\n"
                        "  %2: f32[s0,4,4] = reshape(%1) {dimensions=[s0,4,4]}\n"
                        "  %3: f32[s0,16] = reshape(%2) {dimensions=[s0,16]}\n"
                        "  %4: f32[s0,4,4] = transpose(%2) {permutation=[0,2,1]}\n"
                        "  %5: f32[s0,4,8] = concatenation(%4, %4) {axis=2}\n"
                        "  return %3 \"y\", %5 \"z\", %3 \"again\", %x \"input\"\n",
                 1e-5);
}

static void what_depends_on_shapes_alone(void **state)
{
    expect_fused(SYMBOL "network \"positions\"(%x: f32[s0,4])\n"
                        "  %1: i64[s0] = fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha=0, beta=0, "
                        "alpha_int=1, beta_int=2}\n"
                        "  %2: f32[s0] = cast(%1) {to_type=f32}\n"
                        "  %3: f32[s0] = unary(%2) {operation=COS}\n"
                        "  %4: f32[s0,1] = reshape(%3) {dimensions=[s0,1]}\n"
                        "  %5: i64[] = dimension() {value=2*s0 + 1}\n"
                        "  %6: f32[] = cast(%5) {to_type=f32}\n"
                        "  %7: f32[1,1] = reshape(%6) {dimensions=[1,1]}\n"
                        "  %8: f32[s0,4] = elementwise(%x, %4) {operation=PROD}\n"
                        "  %9: f32[s0,4] = elementwise(%8, %7) {operation=DIV}\n"
                        "  return %9 \"y\", %2 \"p\", %5 \"n\"\n",
                 1e-6);
}

static tt_engine *opened(const char *text, tt_writer *blob)
{
    tt_network *net = parsed(text);
    tt_engine *e = NULL;

    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, NULL, blob));
    tt_network_free(net);
    expect_ok(tt_engine_open(blob->data, blob->size, NULL, true, &e));
    return e;
}

/* What a layer makes of a constant by a size is known only when it runs. */
static void constants_by_sizes(void **state)
{
    static const tt_output_alloc alloc = {allocate, NULL};
    static const int32_t wanted[] = {3, 6, 0};
    tt_writer blob = {0};
    tt_engine *e = opened(SYMBOL "network \"n\"(%x: f32[s0,4])\n"
                                 "  %1 = constant() {weights=i32 {1, 2, 3, 4, 5, 6, 7, 8, 9}, dimensions=[3,3]}\n"
                                 "  %2: i32[3,3] = trilu(%1) {upper=true, diagonal=s0 - 2}\n"
                                 "  %3: i32[3,1] = slice(%2) {start=[0,s0 - 1], size=[3,1], stride=[1,1]}\n"
                                 "  return %3 \"y\"",
                          &blob);
    tt_engine_info info;
    tt_engine_get_info(e, &info);
    tt_io in = make_input(info.inputs[0], false), out = {0};
    expect_ok(tt_engine_run(e, &out, &alloc, &in, NULL));
    assert_memory_equal(out.data, wanted, sizeof wanted);
    tt_free_aligned(in.data);
    tt_free_aligned(out.data);
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

/* More elements than a block has: what a constant's register holds must outlive the first one. */
static void constants_last(void **state)
{
    expect_fused("network \"rsub\"(%x: i32[3001], %y: f32[3001])\n"
                 "  %1: i32[1] = constant() {weights=i32 {3}, dimensions=[1]}\n"
                 "  %2: f32[1] = constant() {weights=f32 {0.5}, dimensions=[1]}\n"
                 "  %3: i32[3001] = elementwise(%1, %x) {operation=SUB}\n"
                 "  %4: i32[3001] = elementwise(%3, %1) {operation=PROD}\n"
                 "  %5: f32[3001] = elementwise(%2, %y) {operation=SUB}\n"
                 "  return %4 \"y\", %5 \"z\"\n",
                 1e-6);
    tt_writer blob = {0};
    tt_engine *e = opened("network \"n\"(%x: i32[3001]) %1 = constant() {weights=i32 {3}, dimensions=[1]}"
                          " %2: i32[3001] = elementwise(%1, %x) {operation=SUB} return %2 \"y\"",
                          &blob);
    static const tt_output_alloc alloc = {allocate, NULL};
    tt_engine_info info;
    tt_engine_get_info(e, &info);
    tt_io in = make_input(info.inputs[0], false), out = {0};
    expect_ok(tt_engine_run(e, &out, &alloc, &in, NULL));
    for (int i = 0; i < 3001; i++)
        assert_int_equal(((int32_t *)out.data)[i], 3 - ((int32_t *)in.data)[i]);
    tt_free_aligned(in.data);
    tt_free_aligned(out.data);
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

static void long_chains_are_cut(void **state)
{
    tt_str s = {0};

    tt_str_add(&s,
               SYMBOL "network \"chain\"(%x: f32[s0,4], %r: f32[s0,4])\n  %1: f32[s0,4] = unary(%x) {operation=ABS}\n");
    for (int i = 2; i < 60; i++)
        tt_str_addf(&s, "  %%%d: f32[s0,4] = elementwise(%%%d, %%r) {operation=%s}\n", i, i - 1,
                    i % 3 == 0   ? "SUM"
                    : i % 3 == 1 ? "MAX"
                                 : "SUB");
    tt_str_add(&s, "  return %59 \"y\"\n");
    expect_fused(tt_str_text(&s), 1e-5);
    tt_str_dispose(&s);
}

/* ---- errors ---- */

/* Each stage is planned once the symbols before it have values. */
static void sizes_that_data_tell(void **state)
{
    expect_fused(SYMBOL "symbol u0 in [0, inf]\nsymbol u1 in [0, inf]\n"
                        "network \"chain\"(%x: f32[s0,4], %w: f32[4,5])\n"
                        "  %1: i64[u0,2] = non_zero(%x) {count=u0}\n"
                        "  %2: i64[u0,1] = slice(%1) {start=[0,0], size=[u0,1], stride=[1,1]}\n"
                        "  %3: i64[u0] = reshape(%2) {dimensions=[u0]}\n"
                        "  %4: f32[u0,4] = gather(%x, %3) {mode=DEFAULT, axis=0, wrap=false}\n"
                        "  %5: f32[u0,5] = matrix_multiply(%4, %w) {transpose_a=false, transpose_b=false}\n"
                        "  %6: f32[u0,5] = activation(%5) {type=RELU, alpha=0, beta=0}\n"
                        "  %7: i64[u1,2] = non_zero(%6) {count=u1}\n"
                        "  %8: i64[] = dimension() {value=u0 + u1}\n"
                        "  return %7 \"y\", %7 \"again\", %1 \"z\", %8 \"n\", %x \"x\"\n",
                 1e-6);
    /* Two that are bound at once, a constant that both stages read and one that a binder reads, a number. */
    expect_fused(SYMBOL "symbol u0 in [0, inf]\nsymbol u1 in [0, inf]\nsymbol u2 in [0, 9]\n"
                        "network \"side by side\"(%x: f32[s0,4])\n"
                        "  %c: i64[4] = constant() {weights=i64 {0, 7, 0, 7}, dimensions=[4]}\n"
                        "  %1: i64[u0,1] = non_zero(%c) {count=u0}\n"
                        "  %2: i64[u1,2] = non_zero(%x) {count=u1}\n"
                        "  %3: i64[1] = reduce(%c) {operation=MAX, axes=[0], parameter=0}\n"
                        "  %4: i64[] = reshape(%3) {dimensions=[]}\n"
                        "  %5: i64[] = item(%4) {value=u2}\n"
                        "  %6: f32[u2] = fill() {operation=CONSTANT, dimensions=[u2], to_type=f32, alpha=2.5, beta=0}\n"
                        "  return %1 \"a\", %2 \"b\", %6 \"c\", %5 \"d\"\n",
                 0);
    /* Nothing but the binder. */
    expect_fused(SYMBOL "symbol u0 in [0, inf]\n"
                        "network \"alone\"(%x: b8[s0])\n"
                        "  %1: i64[u0,1] = non_zero(%x) {count=u0}\n"
                        "  return %1 \"y\"\n",
                 0);
}

static ttrt_status run_once(const char *text)
{
    static const tt_output_alloc alloc = {allocate, NULL};
    tt_network *net = parsed(text);
    tt_engine *e = NULL;
    tt_writer blob = {0};
    tt_engine_info info;
    tt_io ins[8], outs[8] = {0};

    expect_ok(tt_blob_build(tt_engine_find("cpu"), net, NULL, &blob));
    tt_network_free(net);
    expect_ok(tt_engine_open(blob.data, blob.size, NULL, true, &e));
    tt_engine_get_info(e, &info);
    for (int i = 0; i < info.n_inputs; i++)
        ins[i] = make_input(info.inputs[i], false);
    ttrt_status status = tt_engine_run(e, outs, &alloc, ins, NULL);
    for (int i = 0; i < info.n_inputs; i++)
        tt_free_aligned(ins[i].data);
    for (int i = 0; i < info.n_outputs; i++)
        tt_free_aligned(outs[i].data);
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
    return status;
}

static void sizes_that_the_program_does_not_allow(void **state)
{
    assert_int_equal(run_once("symbol u0 in [5, 6]\nnetwork \"range\"(%x: b8[3])\n"
                              "  %1: i64[u0,1] = non_zero(%x) {count=u0} \"mask\"\n  return %1 \"y\"\n"),
                     TTRT_ERR_SHAPE);
    assert_string_equal(ttrt_last_error()->what, "'mask' gives 1, the program allows 5 to 6");
    assert_int_equal(run_once("symbol u0 in [0, inf]\nnetwork \"given\"(%x: b8[3], %g: f32[u0])\n"
                              "  %1: i64[u0,1] = non_zero(%x) {count=u0} \"mask\"\n  return %1 \"y\"\n"),
                     TTRT_ERR_SHAPE);
    assert_string_equal(ttrt_last_error()->what, "'mask' gives u0 = 1, an input gives 3");
    /* Taken for equal, and not. */
    assert_int_equal(
        run_once("symbol u0 in [0, inf]\nsymbol u1 in [0, inf]\nnetwork \"differ\"(%x: b8[3], %y: f32[3])\n"
                 "  %1: i64[u0,1] = non_zero(%x) {count=u0}\n"
                 "  %2: i64[u1,1] = non_zero(%y) {count=u1}\n"
                 "  %3: i64[u0,1] = elementwise(%1, %2) {operation=PROD}\n  return %3 \"y\"\n"),
        TTRT_ERR_SHAPE);
}

static void wrong_inputs_are_named(void **state)
{
    static const tt_output_alloc alloc = {allocate, NULL};
    float data[64] = {0};
    tt_writer blob = {0};
    tt_io out[1], in = {.data = data, .dtype = TTRT_DTYPE_FLOAT32, .rank = 2, .dims = {9, 4}, .strides = {4, 1}};
    tt_engine *e =
        opened(SYMBOL "network \"n\"(%x: f32[s0,4]) %1: f32[s0,4] = unary(%x) {operation=NEG} return %1 \"y\"", &blob);

    assert_int_equal(tt_engine_run(e, out, &alloc, &in, NULL), TTRT_ERR_SHAPE);
    assert_non_null(strstr(ttrt_last_error()->what, "'x'"));
    assert_non_null(strstr(ttrt_last_error()->what, "9"));
    in.dims[0] = 2;
    in.dtype = TTRT_DTYPE_INT64;
    assert_int_equal(tt_engine_run(e, out, &alloc, &in, NULL), TTRT_ERR_DTYPE);
    in.dtype = TTRT_DTYPE_FLOAT32;
    in.rank = 1;
    assert_int_equal(tt_engine_run(e, out, &alloc, &in, NULL), TTRT_ERR_SHAPE);
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

static void bad_indices_are_errors(void **state)
{
    static const tt_output_alloc alloc = {allocate, NULL};
    float data[8] = {0};
    int64_t index[2] = {0, 2};
    tt_writer blob = {0};
    tt_io out[1] = {{0}},
          in[2] = {{.data = data, .dtype = TTRT_DTYPE_FLOAT32, .rank = 2, .dims = {2, 4}, .strides = {4, 1}},
                   {.data = index, .dtype = TTRT_DTYPE_INT64, .rank = 1, .dims = {2}, .strides = {1}}};
    tt_engine *e = opened("network \"n\"(%x: f32[2,4], %i: i64[2]) %1: f32[2,4] = gather(%x, %i) {mode=DEFAULT, "
                          "axis=0, wrap=false} return %1 \"y\"",
                          &blob);

    assert_int_equal(tt_engine_run(e, out, &alloc, in, NULL), TTRT_ERR_INDEX);
    tt_free_aligned(out[0].data);
    tt_engine_unref(e);
    tt_writer_dispose(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_take_what_follows),
        cmocka_unit_test(convolutions_take_what_follows),
        cmocka_unit_test(views_cost_nothing_and_stay_right),
        cmocka_unit_test(what_depends_on_shapes_alone),
        cmocka_unit_test(constants_by_sizes),
        cmocka_unit_test(constants_last),
        cmocka_unit_test(long_chains_are_cut),
        cmocka_unit_test(sizes_that_data_tell),
        cmocka_unit_test(sizes_that_the_program_does_not_allow),
        cmocka_unit_test(wrong_inputs_are_named),
        cmocka_unit_test(bad_indices_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
