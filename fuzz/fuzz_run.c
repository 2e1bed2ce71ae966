/* Random programs: the input's bytes choose operators that have converters, their arguments by schema, types and
 * shapes. Each program is lowered, compiled and run. FUZZ_PRINT=1 prints it. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NODES = 12, MAX_VALUES = 96, MAX_LIST = 4 };

typedef struct generator {
    fuzz_bytes b;
    tt_graph *g;
    tt_value *values[MAX_VALUES]; /* tensors made so far */
    unsigned n_values;
} generator;

/* ---- choices ---- */

static tt_dtype pick_dtype(fuzz_bytes *b)
{
    static const tt_dtype often[] = {TTRT_DTYPE_FLOAT32, TTRT_DTYPE_FLOAT32,  TTRT_DTYPE_FLOAT32, TTRT_DTYPE_INT64,
                                     TTRT_DTYPE_FLOAT16, TTRT_DTYPE_BFLOAT16, TTRT_DTYPE_BOOL,    TTRT_DTYPE_FLOAT64,
                                     TTRT_DTYPE_INT32,   TTRT_DTYPE_UINT8,    TTRT_DTYPE_INT8,    TTRT_DTYPE_INT16};
    return often[fuzz_pick(b, TT_COUNT(often))];
}

static int64_t pick_int(fuzz_bytes *b)
{
    static const int64_t rare[] = {7,       8,         16,        31,        64,        100,
                                   1 << 20, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, (int64_t)1 << 40};
    unsigned v = fuzz_byte(b);

    return v < 240 ? (int64_t)(v % 10) - 3 : rare[(v - 240) % TT_COUNT(rare)];
}

static double pick_float(fuzz_bytes *b)
{
    static const double some[] = {0, 1, 0.5, -1, 2, 1e-5, 3, -0.25, 1e30, -0.0, 1.0 / 0.0, 0.0 / 0.0};
    return some[fuzz_pick(b, TT_COUNT(some))];
}

static tt_dim pick_dim(generator *m)
{
    static const int64_t sizes[] = {1, 2, 3, 4, 5, 8, 1, 2, 4, 0, 17, 33};
    unsigned v = fuzz_byte(&m->b);

    return v % 8 == 7 ? tt_dim_symbol(m->g->dims, v & 8 ? "s0" : "s1") : tt_dim_const(sizes[v % TT_COUNT(sizes)]);
}

static tt_value *pick_value(generator *m)
{
    unsigned v = fuzz_byte(&m->b);

    if (m->n_values == 0)
        return NULL;
    return v & 1 ? m->values[m->n_values - 1] : m->values[v / 2 % m->n_values];
}

/* ---- inputs and weights ---- */

static bool add_input(generator *m)
{
    tt_graph_input in = {.kind = fuzz_chance(&m->b, 3) ? TT_INPUT_PARAM : TT_INPUT_USER, .persistent = true};
    tt_value *v = tt_graph_value(m->g, tt_graph_fresh_name(m->g, "x"), TT_VALUE_TENSOR);
    tt_dim *dims = tt_arena_array(m->g->arena, 8, sizeof *dims);

    if (!v || !dims)
        return false;
    v->dtype = pick_dtype(&m->b);
    v->rank = fuzz_pick(&m->b, 6);
    v->dims = dims;
    v->device = "cpu";
    for (size_t d = 0; d < v->rank; d++) {
        dims[d] = pick_dim(m);
        if (in.kind == TT_INPUT_PARAM && !tt_dim_is_const(dims[d]))
            dims[d] = tt_dim_const(2);
    }
    in.value = v;
    in.name = in.target = v->name;
    m->values[m->n_values++] = v;
    return tt_graph_add_input(m->g, in) == TTRT_OK;
}

/* ---- arguments ---- */

static bool fill_ints(generator *m, size_t n, tt_arg *out)
{
    *out = (tt_arg){.kind = TT_ARG_INTS, .n = n, .dims = tt_arena_array(m->g->arena, n + 1, sizeof(tt_dim))};
    for (size_t i = 0; out->dims && i < n; i++)
        out->dims[i] = fuzz_chance(&m->b, 12) ? pick_dim(m) : tt_dim_const(pick_int(&m->b));
    return out->dims != NULL;
}

static bool fill_values(generator *m, size_t n, tt_arg *out)
{
    *out = (tt_arg){.kind = TT_ARG_VALUES, .n = n, .values = tt_arena_array(m->g->arena, n + 1, sizeof(tt_value *))};
    for (size_t i = 0; out->values && i < n; i++)
        if (!(out->values[i] = pick_value(m)))
            return false;
    return out->values != NULL;
}

static bool fill_numbers(generator *m, size_t n, bool floats, tt_arg *out)
{
    *out = (tt_arg){.kind = floats ? TT_ARG_FLOATS : TT_ARG_BOOLS, .n = n};
    out->floats = tt_arena_array(m->g->arena, n + 1, sizeof(double));
    for (size_t i = 0; out->floats && i < n; i++)
        if (floats)
            out->floats[i] = pick_float(&m->b);
        else
            out->bools[i] = fuzz_byte(&m->b) & 1;
    return out->floats != NULL;
}

static void fill_scalar(generator *m, tt_arg *out)
{
    switch (fuzz_pick(&m->b, 4)) {
    case 0:
        *out = (tt_arg){.kind = TT_ARG_FLOAT, .f = pick_float(&m->b)};
        return;
    case 1:
        *out = (tt_arg){.kind = TT_ARG_BOOL, .b = fuzz_byte(&m->b) & 1};
        return;
    default:
        *out = (tt_arg){.kind = TT_ARG_INT, .dim = tt_dim_const(pick_int(&m->b))};
    }
}

static bool fill_tensor(generator *m, tt_arg *out)
{
    *out = (tt_arg){.kind = TT_ARG_VALUE, .value = pick_value(m)};
    return out->value != NULL;
}

/* A file may give a number where a tensor is expected, and None in a list of tensors. */
static void spoil_arg(generator *m, tt_node *n)
{
    size_t i = n->n_args ? fuzz_pick(&m->b, (unsigned)n->n_args) : 0;

    if (n->n_args && n->op->args[i].type == TT_TYPE_TENSOR)
        fill_scalar(m, &n->args[i]);
    else if (n->n_args && n->args[i].kind == TT_ARG_VALUES && n->args[i].n)
        n->args[i].values[0] = NULL;
}

static bool fill_arg(generator *m, const tt_op_arg *a, tt_arg *out)
{
    static const char *const strings[] = {"none",     "tanh",      "mean",         "sum",       "floor",
                                          "trunc",    "constant",  "reflect",      "replicate", "circular",
                                          "bilinear", "nearest",   "border",       "linear",    "ij",
                                          "xy",       "ij,jk->ik", "...ij->...ji", "amax",      "prod"};
    size_t n = fuzz_pick(&m->b, MAX_LIST + 1);

    if (a->optional && fuzz_byte(&m->b) % 2 == 0)
        return true; /* None */
    if (a->fallback && fuzz_byte(&m->b) % 2 == 0)
        return tt_op_arg_default(m->g, a, out) == TTRT_OK;
    switch (a->type) {
    case TT_TYPE_TENSOR:
        return fill_tensor(m, out);
    case TT_TYPE_TENSORS:
        return fill_values(m, n, out);
    case TT_TYPE_INT:
        *out =
            (tt_arg){.kind = TT_ARG_INT, .dim = fuzz_chance(&m->b, 12) ? pick_dim(m) : tt_dim_const(pick_int(&m->b))};
        return true;
    case TT_TYPE_INTS:
        return fill_ints(m, n, out);
    case TT_TYPE_FLOAT:
        *out = (tt_arg){.kind = TT_ARG_FLOAT, .f = pick_float(&m->b)};
        return true;
    case TT_TYPE_FLOATS:
    case TT_TYPE_BOOLS:
        return fill_numbers(m, n, a->type == TT_TYPE_FLOATS, out);
    case TT_TYPE_BOOL:
        *out = (tt_arg){.kind = TT_ARG_BOOL, .b = fuzz_byte(&m->b) & 1};
        return true;
    case TT_TYPE_SCALAR:
        fill_scalar(m, out);
        return true;
    case TT_TYPE_SCALARS:
        return fuzz_byte(&m->b) & 1 ? fill_ints(m, n, out) : fill_numbers(m, n, true, out);
    case TT_TYPE_STRING:
        *out = (tt_arg){.kind = TT_ARG_STRING, .string = strings[fuzz_pick(&m->b, TT_COUNT(strings))]};
        return true;
    case TT_TYPE_DTYPE:
        *out = (tt_arg){.kind = TT_ARG_DTYPE, .dtype = pick_dtype(&m->b)};
        return true;
    case TT_TYPE_DEVICE:
        *out = (tt_arg){.kind = TT_ARG_DEVICE, .string = "cpu"};
        return true;
    case TT_TYPE_MEMORY_FORMAT:
        *out = (tt_arg){.kind = TT_ARG_MEMORY_FORMAT, .number = fuzz_pick(&m->b, 4)};
        return true;
    default:
        return a->optional || a->type == TT_TYPE_OTHER || tt_op_arg_default(m->g, a, out) == TTRT_OK;
    }
}

/* ---- nodes ---- */

/* A guess: as the first tensor, mostly. */
static bool make_outputs(generator *m, tt_node *n)
{
    const tt_value *like = NULL;

    for (size_t i = 0; i < n->n_args && !like; i++)
        like = n->args[i].kind == TT_ARG_VALUE                    ? n->args[i].value
               : n->args[i].kind == TT_ARG_VALUES && n->args[i].n ? n->args[i].values[0]
                                                                  : NULL;
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_value *v = tt_graph_value(m->g, tt_graph_fresh_name(m->g, "v"), TT_VALUE_TENSOR);
        unsigned how = fuzz_byte(&m->b);
        if (!v)
            return false;
        v->dtype = like && how % 4 ? like->dtype : pick_dtype(&m->b);
        v->rank = like ? like->rank : 0;
        if (how & 32)
            v->rank = fuzz_pick(&m->b, 6);
        tt_dim *dims = tt_arena_array(m->g->arena, v->rank, sizeof *dims); /* no more: reading beyond is seen */
        if (!dims)
            return false;
        for (size_t d = 0; d < v->rank; d++)
            dims[d] = like && d < like->rank ? like->dims[d] : tt_dim_const(1);
        v->dims = dims;
        v->device = "cpu";
        v->def = n;
        v->out_index = i;
        n->outs[i] = v;
    }
    n->outs_are_list = n->op->returns_list;
    return true;
}

static void add_trial_input(void *user, tt_value *v)
{
    tt_convert *c = user;
    tt_tensor *t;

    if (!v || v->weight || v->kind != TT_VALUE_TENSOR || tt_map_has(c->tensors, v->name))
        return;
    if ((t = tt_network_input(c->net, v->name, v->dtype, (int)v->rank, v->dims)))
        (void)tt_map_put(c->tensors, v->name, t);
}

/* The shapes that a trial conversion comes to take the guesses' place: else hardly any program would hold together. */
static void correct_shapes(generator *m, tt_node *n, tt_tensor **out)
{
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_dim *dims = out[i] ? tt_arena_copy(m->g->arena, out[i]->dims, (size_t)out[i]->rank * sizeof *dims) : NULL;
        if (!dims)
            continue;
        n->outs[i]->rank = (size_t)out[i]->rank;
        n->outs[i]->dims = dims;
    }
}

static void try_conversion(generator *m, tt_node *n)
{
    const tt_converter *converter = tt_converter_find(n->op);
    tt_convert c = {.graph = m->g, .net = tt_network_new("trial", m->g->dims)};
    tt_reason why;

    if (c.net && (c.tensors = tt_map_new(c.net->arena)) && (!converter->accepts || converter->accepts(n, &why))) {
        tt_tensor **out = tt_arena_array(c.net->arena, n->n_outs + 1, sizeof *out);
        tt_node_each_input(n, add_trial_input, &c);
        if (out && converter->convert(&c, n, out) == TTRT_OK)
            correct_shapes(m, n, out);
    }
    tt_network_free(c.net);
}

static bool fits_schema(const tt_node *n)
{
    for (size_t i = 0; i < n->n_args; i++)
        if (n->args[i].kind == TT_ARG_NONE && !n->op->args[i].optional && n->op->args[i].type != TT_TYPE_OTHER)
            return false;
    return true;
}

/* A node that the engine takes, or none. */
static bool add_node(generator *m, unsigned n_converters)
{
    const tt_op *op = tt_op_at(tt_converter_at(fuzz_pick(&m->b, n_converters))->op);
    size_t n_outs = op->returns_list ? fuzz_pick(&m->b, MAX_LIST) + 1 : op->n_outs;
    tt_node *n = tt_node_new(m->g, op, tt_graph_fresh_name(m->g, "n"), n_outs);
    tt_reason why;

    if (!n)
        return false;
    for (size_t i = 0; i < n->n_args; i++)
        if (!fill_arg(m, &op->args[i], &n->args[i]))
            return true;
    if (!fits_schema(n))
        return true;
    if (!make_outputs(m, n))
        return false;
    try_conversion(m, n);
    if (fuzz_chance(&m->b, 12))
        spoil_arg(m, n);
    if (tt_dims_status(m->g->dims) != TTRT_OK)
        return false;
    if (!tt_node_supported(m->g, n, tt_engine_find("cpu"), false, &why) || m->n_values + n_outs > MAX_VALUES)
        return true;
    tt_node_insert(m->g, n, NULL);
    for (size_t i = 0; i < n_outs; i++)
        m->values[m->n_values++] = n->outs[i];
    return true;
}

static bool add_outputs(generator *m)
{
    for (unsigned i = 0; i < m->n_values; i++) {
        tt_graph_output o = {.kind = TT_OUTPUT_USER, .arg = {.kind = TT_ARG_VALUE, .value = m->values[i]}};
        bool wanted = i + 1 == m->n_values || tt_value_uses(m->g, m->values[i]) == 0 || fuzz_chance(&m->b, 8);
        if (wanted && tt_graph_add_output(m->g, o) != TTRT_OK)
            return false;
    }
    return true;
}

static bool generate(generator *m)
{
    unsigned n_inputs = 1 + fuzz_pick(&m->b, 4), n_converters = 0;

    while (tt_converter_at(n_converters) && tt_converter_at(n_converters)->op >= 0)
        n_converters++;
    for (const char *name = "s0"; name; name = strcmp(name, "s0") == 0 ? "s1" : NULL) {
        tt_symbol *s = tt_dims_symbol(m->g->dims, name);
        if (!s)
            return false;
        s->min = 1;
        s->max = 9;
        s->hint = 3;
    }
    for (unsigned i = 0; i < n_inputs; i++)
        if (!add_input(m))
            return false;
    if (fuzz_fill_weights(m->g) != TTRT_OK)
        return false;
    for (int i = 0; i < MAX_NODES && m->b.at < m->b.size; i++)
        if (!add_node(m, n_converters))
            return false;
    return add_outputs(m);
}

static void print(const tt_graph *g)
{
    tt_str s = {0};

    if (getenv("FUZZ_PRINT") && tt_graph_print(g, &s) == TTRT_OK)
        fputs(tt_str_text(&s), stderr);
    tt_str_dispose(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    generator m = {.b = {data, size, 0}, .g = tt_graph_new(NULL)};
    unsigned seed = size;

    if (m.g && generate(&m)) {
        print(m.g);
        fuzz_check(tt_graph_verify(m.g) == TTRT_OK || ttrt_last_error()->status != TTRT_ERR_INTERNAL,
                   "a graph that converters took breaks no rule");
        fuzz_compile_graph(m.g, seed);
    }
    tt_graph_free(m.g);
    return 0;
}
