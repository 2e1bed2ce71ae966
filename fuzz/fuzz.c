#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "lower/pass.h"

#define MAX_ELEMS ((int64_t)1 << 18) /* of a tensor that is computed */
#define MAX_PAIRS ((int64_t)1 << 22) /* of elements of two inputs, which a convolution may all multiply */
#define MAX_SIDE  64                 /* of an image or a kernel */

void fuzz_check(bool holds, const char *promise)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\nlast error: %s [%s]\n", promise, ttrt_last_error()->what, ttrt_last_error()->where);
    abort();
}

unsigned fuzz_byte(fuzz_bytes *b) { return b->at < b->size ? b->data[b->at++] : 0; }

unsigned fuzz_pick(fuzz_bytes *b, unsigned n)
{
    return n > 256 ? (fuzz_byte(b) << 8 | fuzz_byte(b)) % n : fuzz_byte(b) % n;
}

bool fuzz_chance(fuzz_bytes *b, unsigned of) { return fuzz_byte(b) % of == of - 1; }

void fuzz_fill(void *data, tt_dtype dtype, size_t count, unsigned seed)
{
    static const double rare[] = {0, -0.0, 1e-30, 1e30, -1e30, 1.0 / 0.0, -1.0 / 0.0, 0.0 / 0.0};
    uint32_t state = seed * 2654435761u + 1;
    size_t size = ttrt_dtype_size(dtype);

    if (tt_dtype_is_complex(dtype)) {
        memset(data, 0, count * size);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        void *at = (char *)data + i * size;
        if (tt_dtype_is_float(dtype))
            tt_store_f64(at, dtype,
                         state % 16 == 0 ? rare[state / 16 % TT_COUNT(rare)] : (int)(state / 16 % 64) / 8.0 - 4);
        else
            tt_store_i64(at, dtype, dtype == TTRT_DTYPE_BOOL ? (int)(state & 1) : (int)(state % 12) - 3);
    }
}

ttrt_status fuzz_fill_weights(tt_graph *g)
{
    for (size_t i = 0; i < g->n_inputs; i++) {
        tt_value *v = g->inputs[i].value;
        int64_t count;
        if (g->inputs[i].kind == TT_INPUT_USER || v == NULL)
            continue;
        int64_t *dims = tt_arena_array(g->arena, v->rank * 2 + 1, sizeof *dims);
        tt_weight *w = v->weight ? v->weight : tt_arena_alloc(g->arena, sizeof *w);
        if (!dims || !w)
            return TTRT_ERR_MEMORY;
        for (size_t d = 0; d < v->rank; d++) {
            if (!tt_dim_is_const(v->dims[d]))
                TT_FAIL(TTRT_ERR_FORMAT, "a weight of no fixed shape");
            dims[d] = v->dims[d].value;
        }
        if (!tt_count_elems(dims, v->rank, &count) || count > MAX_ELEMS)
            TT_FAIL(TTRT_ERR_FORMAT, "a weight of many elements");
        tt_contiguous_strides((int)v->rank, dims, dims + v->rank);
        *w = (tt_weight){
            .fqn = g->inputs[i].target, .dtype = v->dtype, .rank = v->rank, .dims = dims, .strides = dims + v->rank};
        w->bytes = (size_t)count * ttrt_dtype_size(v->dtype);
        uint8_t *data = tt_arena_alloc(g->arena, w->bytes + 1);
        if (!data)
            return TTRT_ERR_MEMORY;
        fuzz_fill(data, v->dtype, (size_t)count, (unsigned)i);
        w->data = data;
        v->weight = w;
    }
    return TTRT_OK;
}

static bool is_small(const tt_value *v)
{
    double count = 1;

    for (size_t d = 0; v && v->kind == TT_VALUE_TENSOR && d < v->rank; d++)
        count *= tt_dim_is_const(v->dims[d]) ? (double)v->dims[d].value : 8;
    return count <= MAX_ELEMS || count > 1e12; /* what no machine has is refused at once */
}

bool fuzz_is_small(const tt_graph *g)
{
    for (size_t i = 0; i < g->n_inputs; i++)
        if (!is_small(g->inputs[i].value))
            return false;
    TT_EACH_NODE (g, n)
        for (size_t i = 0; i < n->n_outs; i++)
            if (!is_small(n->outs[i]))
                return false;
    return true;
}

/* ---- running ---- */

typedef struct outputs {
    tt_arena *arena;
    void **data;
    size_t *bytes;
} outputs;

static ttrt_status place(void *user, int i, tt_io *io)
{
    outputs *o = user;

    if (!tt_tensor_bytes(io->dtype, io->rank, io->dims, &o->bytes[i]))
        TT_FAIL(TTRT_ERR_SHAPE, "output %d is too large", i);
    tt_contiguous_strides(io->rank, io->dims, io->strides);
    o->data[i] = io->data = tt_arena_alloc(o->arena, o->bytes[i]);
    return io->data ? TTRT_OK : TTRT_ERR_MEMORY;
}

/* The smallest value of each symbol, or one next to it. */
static bool choose_values(const tt_engine_info *info, unsigned seed, int64_t *values)
{
    for (size_t i = 0; i < tt_dims_count(info->dims); i++) {
        const tt_symbol *s = tt_dims_at(info->dims, i);
        values[i] = s->min > 0 ? s->min : 0;
        if (values[i] < s->max)
            values[i] += seed >> (i % 8) & 1;
        if (values[i] > 64)
            return false;
    }
    return true;
}

static bool make_inputs(const tt_engine_info *info, tt_arena *arena, const int64_t *values, unsigned seed, tt_io *ins)
{
    int64_t count = 0, total = 0, largest = 1;

    for (int i = 0; i < info->n_inputs; i++) {
        const tt_tensor *t = info->inputs[i];
        ins[i] = (tt_io){.dtype = t->dtype, .rank = t->rank};
        for (int d = 0; d < t->rank; d++)
            if (!tt_dim_eval(t->dims[d], values, &ins[i].dims[d]) || (t->rank > 3 && ins[i].dims[d] > MAX_SIDE))
                return false;
        if (!tt_count_elems(ins[i].dims, (size_t)t->rank, &count) || (total += count) > MAX_ELEMS || count > MAX_ELEMS)
            return false;
        if (count * largest > MAX_PAIRS)
            return false;
        largest = count > largest ? count : largest;
        tt_contiguous_strides(t->rank, ins[i].dims, ins[i].strides);
        ins[i].data = tt_arena_alloc(arena, (size_t)count * ttrt_dtype_size(t->dtype) + 1);
        if (!ins[i].data)
            return false;
        fuzz_fill(ins[i].data, t->dtype, (size_t)count, seed + (unsigned)i);
        if (t->is_dim && tt_dim_eval(t->value, values, &count))
            tt_store_i64(ins[i].data, t->dtype, count);
    }
    return true;
}

static void run_twice(tt_engine *e, const tt_engine_info *info, tt_arena *arena, unsigned seed)
{
    size_t n_in = (size_t)info->n_inputs + 1, n_out = (size_t)info->n_outputs + 1;
    int64_t *values = tt_arena_array(arena, tt_dims_count(info->dims) + 1, sizeof *values);
    tt_io *ins = tt_arena_array(arena, n_in, sizeof *ins), *outs = tt_arena_array(arena, n_out, sizeof *outs);
    const tt_threads alone = {.n_workers = 1};
    const tt_run_options options = {.threads = &alone};
    outputs o[2];

    if (!values || !ins || !outs || !choose_values(info, seed, values) || !make_inputs(info, arena, values, seed, ins))
        return;
    for (int k = 0; k < 2; k++) {
        o[k] = (outputs){arena, tt_arena_array(arena, n_out, sizeof(void *)),
                         tt_arena_array(arena, n_out, sizeof(size_t))};
        if (!o[k].data || !o[k].bytes ||
            tt_engine_run(e, outs, &(tt_output_alloc){place, &o[k]}, ins, &options) != TTRT_OK) {
            fuzz_check(k == 0, "an engine that ran once runs again");
            return;
        }
    }
    for (int i = 0; i < info->n_outputs; i++)
        fuzz_check(o[0].bytes[i] == o[1].bytes[i] && memcmp(o[0].data[i], o[1].data[i], o[0].bytes[i]) == 0,
                   "equal inputs give equal outputs");
}

/* Loops go on as long as their program wants, for ever too. */
static bool may_not_end(tt_engine *e)
{
    tt_str layers = {0};
    if (!tt_engine_kind(e)->inspect)
        return false;
    bool has_loop = tt_engine_kind(e)->inspect(tt_engine_payload(e), &layers) != TTRT_OK ||
                    strstr(tt_str_text(&layers), "\"kind\": \"loop\"") != NULL;
    tt_str_dispose(&layers);
    return has_loop;
}

void fuzz_run_engine(tt_engine *e, unsigned seed)
{
    tt_arena *arena = tt_arena_new();
    tt_engine_info info;

    tt_engine_get_info(e, &info);
    if (arena && !may_not_end(e))
        run_twice(e, &info, arena, seed);
    tt_arena_free(arena);
}

/* ---- compiling ---- */

static void run_blob(const tt_built *built, unsigned seed)
{
    tt_engine *e;
    ttrt_status status = tt_engine_open(built->bytes, built->size, NULL, true, &e);

    /* Two layers over symbols may each fit, and not what they are simplified to: then the shapes of the program do not
     * follow, and it is refused here. */
    if (status != TTRT_OK)
        return;
    fuzz_run_engine(e, seed);
    tt_engine_unref(e);
}

void fuzz_compile_graph(tt_graph *g, unsigned seed)
{
    static const ttrt_dtype precisions[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT16,
                                            TTRT_DTYPE_BFLOAT16};
    const tt_partition_options how = {.engine = tt_engine_find("cpu"),
                                      .min_block_size = 1,
                                      .require_full_compilation = true,
                                      .partitioner = TT_PARTITION_GLOBAL};
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    const tt_profiles profiles = {0};
    tt_partition *p = NULL;

    o.precision = precisions[seed % TT_COUNT(precisions)];
    o.optimization_level = (int)(seed / 4 % 6);
    o.num_threads = 1;
    if (!fuzz_is_small(g) || tt_lower_graph(g) != TTRT_OK || tt_partition_graph(g, &how, &p) != TTRT_OK)
        return;
    for (size_t i = 0; i < p->n_segments; i++) {
        tt_built built = {0};
        if (p->segments[i].is_engine && tt_segment_build(g, &p->segments[i], &o, &profiles, &built) == TTRT_OK)
            run_blob(&built, seed);
        tt_free_aligned(built.bytes);
    }
}
