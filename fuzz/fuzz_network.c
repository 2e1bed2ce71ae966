/* The text of networks: what is read prints as text that reads back as the same, builds and runs. Weights beside the
 * text are a few that are always there. */
#include "fuzz.h"

#include <string.h>

#include "network/optimize.h"

static float weights[64];
static tt_net_weights items[] = {
    {.data = weights, .bytes = sizeof weights, .dtype = TTRT_DTYPE_FLOAT32},
    {.data = weights, .bytes = 48 * sizeof(float), .dtype = TTRT_DTYPE_FLOAT32, .name = "w"},
    {.data = weights, .bytes = 32 * sizeof(int64_t), .dtype = TTRT_DTYPE_INT64},
    {.data = weights, .bytes = 128 * sizeof(uint16_t), .dtype = TTRT_DTYPE_BFLOAT16},
};

static bool is_small(const tt_network *net)
{
    TT_EACH_LAYER (net, l) {
        TT_EACH_NETWORK_OF (l, sub)
            if (!is_small(sub))
                return false;
        for (int i = 0; i < l->n_out; i++) {
            double count = 1;
            for (int d = 0; d < l->out[i]->rank; d++)
                count *= tt_dim_is_const(l->out[i]->dims[d]) ? (double)l->out[i]->dims[d].value : 8;
            if (count > 1 << 18 && count < 1e12)
                return false;
        }
    }
    return true;
}

static void build(tt_network *net, unsigned seed)
{
    const tt_threads alone = {.n_workers = 1};
    ttrt_compile_options settings = TTRT_COMPILE_OPTIONS_INIT;
    const tt_build_options options = {.threads = &alone, .settings = &settings};
    tt_writer blob = {0};
    tt_reason why;
    tt_engine *e;

    settings.optimization_level = (int)seed % 6;
    TT_EACH_LAYER (net, l)
        if (!tt_engine_find("cpu")->supports(l, &why))
            return;
    if (!is_small(net) || tt_network_optimize(net) != TTRT_OK)
        return;
    if (tt_blob_build(tt_engine_find("cpu"), net, &options, &blob) == TTRT_OK) {
        ttrt_status status = tt_engine_open(blob.data, blob.size, NULL, true, &e);
        fuzz_check(status == TTRT_OK || status == TTRT_ERR_MEMORY, "what is built opens");
        if (status == TTRT_OK) {
            fuzz_run_engine(e, seed);
            tt_engine_unref(e);
        }
    }
    tt_writer_dispose(&blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tt_weight_table table = {.n = TT_COUNT(items), .items = items};
    tt_network *net, *again = NULL;
    tt_str first = {0}, second = {0};
    tt_weight_table written = {0};

    for (size_t i = 0; i < TT_COUNT(weights); i++)
        weights[i] = (float)(i % 7) - 3;
    if (tt_network_parse((const char *)data, size, &table, &net) != TTRT_OK)
        return 0;
    if (tt_network_write(net, &first, &written) == TTRT_OK) {
        fuzz_check(tt_network_parse(tt_str_text(&first), first.len, &written, &again) == TTRT_OK,
                   "a written network reads back");
        written = (tt_weight_table){0};
        if (tt_network_write(again, &second, &written) == TTRT_OK)
            fuzz_check(strcmp(tt_str_text(&first), tt_str_text(&second)) == 0,
                       "a written network reads back as itself");
    }
    build(net, (unsigned)size);
    tt_network_free(again);
    tt_network_free(net);
    tt_str_dispose(&first);
    tt_str_dispose(&second);
    return 0;
}
