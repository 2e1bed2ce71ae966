/* Networks as text become TensorRT plans: what engine tensorrt claims to take, it builds; that needs the library and no
 * GPU. Where there is one, it also runs, beside engine cpu. */
#ifndef TENSORRT_TEST_H
#define TENSORRT_TEST_H

#include "tensorrt_compare.h"

#include "engine/engine.h"
#include "engine/tensorrt/library.h"

extern const tt_engine_iface tt_engine_tensorrt;

static inline void need_library(void)
{
    const tt_trt_library *library;

    if (tt_trt_library_get(&library) != TTRT_OK) {
        print_message("not run: %s\n", ttrt_last_error()->what);
        skip();
    }
}

static inline bool all_supported(const tt_network *net, tt_reason *why)
{
    TT_EACH_LAYER (net, l)
        if (!tt_engine_tensorrt.supports(l, why))
            return false;
    return true;
}

/* The whole is built, and the blob tells the same inputs and outputs again. False leaves the reason in the last error.
 */
static inline bool builds(const char *text)
{
    const tt_build_options options = {0};
    tt_writer blob = {0};
    tt_engine *engine;
    tt_engine_info info;

    tt_network *net = parsed(text);
    bool ok = tt_blob_build(&tt_engine_tensorrt, net, &options, &blob) == TTRT_OK;
    if (ok) {
        expect_ok(tt_engine_open(blob.data, blob.size, NULL, true, &engine));
        tt_engine_get_info(engine, &info);
        assert_int_equal(info.n_inputs, net->n_inputs);
        assert_int_equal(info.n_outputs, net->n_outputs);
        for (int i = 0; i < net->n_outputs; i++) {
            assert_int_equal(info.outputs[i]->dtype, net->outputs[i]->dtype);
            assert_int_equal(info.outputs[i]->rank, net->outputs[i]->rank);
        }
        tt_engine_unref(engine);
    }
    tt_writer_dispose(&blob);
    tt_network_free(net);
    return ok;
}

static inline void expect_builds(const char *text)
{
    tt_reason why = {""};

    need_library();
    tt_network *net = parsed(text);
    if (!all_supported(net, &why))
        fail_msg("refused: %s\n%s", why.text, text);
    tt_network_free(net);
    if (!builds(text))
        fail_msg("%s\n%s", ttrt_last_error()->what, text);
    if (gpu_is_here()) {
        tt_str failures = {0};
        compare_engines(text, &failures);
        if (failures.len)
            fail_msg("%s", tt_str_text(&failures));
    }
}

/* ---- tables: a case is a network whose '$' stands for each data type in turn ----
 *
 *   {"f32 f16", "(%x: $[s0,3]) %y = transpose(%x) {permutation=[1,0]} return %y"}
 *
 * is taken with f32 and f16, and refused with every other type; types are NULL where a text names its own and is taken.
 * All that are taken become one plan. */
typedef struct trt_case {
    const char *types;
    const char *text;
} trt_case;

/* Data types of cases. */
#define FLOATS   "f32 f16 bf16"
#define INTEGERS "i64 i32 i8 u8"
#define NUMBERS  FLOATS " " INTEGERS
#define ALL      NUMBERS " b8"

/* Layers that several tables have, with the inputs and attributes in which their cases differ. */
#define CAST(input, type)                                                                                              \
    {                                                                                                                  \
        ALL, "(%x: $" input ") %y = cast(%x) {to_type=" type "} return %y"                                             \
    }
#define REDUCE(types, input, operation, axes, parameter)                                                               \
    {                                                                                                                  \
        types, "(%x: $" input ") %y = reduce(%x) {operation=" operation ", axes=" axes ", parameter=" parameter        \
               "} return %y"                                                                                           \
    }
#define NORMALIZATION(inputs, operands, kind, axes, groups, bias_only)                                                 \
    {                                                                                                                  \
        FLOATS, "(" inputs ") %y = normalization(" operands ") {kind=" kind ", axes=" axes                             \
                ", eps=1e-05, num_groups=" groups ", has_bias_only=" bias_only "} return %y"                           \
    }
#define ATTENTION(inputs, operands, causal, scale)                                                                     \
    {                                                                                                                  \
        FLOATS, "(" inputs ") %y = attention(" operands ") {is_causal=" causal ", scale=" scale "} return %y"          \
    }

#define MOST_CASES 1024

/* Names get a prefix, so that many cases can be one network. */
static inline void add_renamed(tt_str *s, const char *text, const char *end, const char *dtype, int id)
{
    for (; text < end; text++)
        if (*text == '%' && id >= 0)
            tt_str_addf(s, "%%c%d_", id);
        else if (*text == '$')
            tt_str_add(s, dtype);
        else
            tt_str_add_n(s, text, 1);
}

typedef struct trt_merged {
    const char *symbols;
    tt_str inputs, body, outputs;
    int n;
} trt_merged;

static inline void add_case(trt_merged *all, const char *text, const char *dtype, int id)
{
    const char *inputs = strchr(text, '(') + 1, *body = strchr(inputs, ')'), *outputs = strstr(body, "return ");

    assert_non_null(outputs);
    if (all->inputs.len > 0 && body > inputs)
        tt_str_add(&all->inputs, ", ");
    add_renamed(&all->inputs, inputs, body, dtype, id);
    add_renamed(&all->body, body + 1, outputs, dtype, id);
    tt_str_add(&all->outputs, all->outputs.len > 0 ? ", " : "return ");
    outputs += strlen("return ");
    add_renamed(&all->outputs, outputs, outputs + strlen(outputs), dtype, id);
    all->n++;
}

/* The caller's, tt_free(). */
static inline char *merged_text(trt_merged *all)
{
    tt_str s = {0};

    tt_str_addf(&s, "%s network \"t\"(%s)%s%s", all->symbols, tt_str_text(&all->inputs), tt_str_text(&all->body),
                tt_str_text(&all->outputs));
    tt_str_dispose(&all->inputs);
    tt_str_dispose(&all->body);
    tt_str_dispose(&all->outputs);
    all->n = 0;
    return tt_str_take(&s);
}

static inline char *case_text(const char *symbols, const char *text, const char *dtype)
{
    trt_merged one = {.symbols = symbols};

    add_case(&one, text, dtype, -1);
    return merged_text(&one);
}

static inline bool is_listed(const char *types, const char *dtype)
{
    const size_t n = strlen(dtype);

    if (!types)
        return true;
    for (const char *at = types; (at = strstr(at, dtype)); at += n)
        if ((at == types || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return true;
    return false;
}

/* Whether supports() says what the table says; a text that breaks the layer's own rules for a type is no support. */
static inline bool check_support(const char *symbols, const trt_case *c, const char *dtype)
{
    char *text = case_text(symbols, c->text, dtype);
    tt_network *net = NULL;
    tt_reason why = {"the network's rules"};
    bool is = tt_network_parse(text, strlen(text), NULL, &net) == TTRT_OK && all_supported(net, &why);

    if (is && !is_listed(c->types, dtype))
        fail_msg("%s is taken and not listed\n%s", dtype, text);
    if (!is && is_listed(c->types, dtype))
        fail_msg("%s is listed and refused: %s, %s\n%s", dtype, why.text, net ? "" : ttrt_last_error()->what, text);
    tt_network_free(net);
    tt_free(text);
    return is;
}

/* One by one, to tell which ones fail. */
static inline void build_each(const char *symbols, int n, const trt_case *const *cases, const char *const *dtypes)
{
    tt_str failed = {0};

    for (int i = 0; i < n; i++) {
        char *text = case_text(symbols, cases[i]->text, dtypes[i]);
        if (!builds(text))
            tt_str_addf(&failed, "%s\n    %s\n", text, ttrt_last_error()->what);
        tt_free(text);
    }
    fail_msg("%s", failed.len ? tt_str_text(&failed) : "each case builds, all together do not");
}

/* One by one: a case that fails hides no other. */
static inline void compare_each(const char *symbols, int n, const trt_case *const *cases, const char *const *dtypes)
{
    tt_str failures = {0};

    for (int i = 0; i < n; i++) {
        char *text = case_text(symbols, cases[i]->text, dtypes[i]);
        compare_engines(text, &failures);
        tt_free(text);
    }
    if (failures.len)
        fail_msg("%s", tt_str_text(&failures));
}

static inline void expect_cases(const char *symbols, int n, const trt_case *cases)
{
    static const char *const all_dtypes[] = {"f32", "f16", "bf16", "i64", "i32", "i8", "u8", "b8"};
    trt_merged all = {.symbols = symbols};
    const trt_case *taken[MOST_CASES];
    const char *dtypes[MOST_CASES];

    need_library();
    for (int i = 0; i < n; i++)
        for (size_t t = 0; t < (cases[i].types ? TT_COUNT(all_dtypes) : 1); t++) {
            if (!check_support(symbols, &cases[i], all_dtypes[t]))
                continue;
            assert_true(all.n < MOST_CASES);
            taken[all.n] = &cases[i];
            dtypes[all.n] = all_dtypes[t];
            add_case(&all, cases[i].text, all_dtypes[t], all.n);
        }
    n = all.n;
    char *text = merged_text(&all);
    if (n > 0 && !builds(text))
        build_each(symbols, n, taken, dtypes);
    tt_free(text);
    if (gpu_is_here())
        compare_each(symbols, n, taken, dtypes);
}

#endif
