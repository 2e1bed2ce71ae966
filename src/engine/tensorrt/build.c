/* A network to a plan: map ─► profiles ─► settings ─► TensorRT's builder ─► payload. Needs no GPU with TensorRT-RTX. */
#include "engine/tensorrt/build.h"

#include <stdio.h>
#include <string.h>

#include "engine/tensorrt/map.h"
#include "engine/tensorrt/profile.h"
#include "engine/tensorrt/settings.h"

typedef struct {
    const tt_trt_library *library;
    const tt_build_options *options;
    const ttrt_compile_options *settings;
    tt_network *net;
    tt_trt_errors errors;
    tt_trt_progress progress;
    tt_arena *arena;
    IBuilder *builder;
    INetworkDefinition *network;
    IBuilderConfig *config;
} building;

/* ---- TensorRT's objects ---- */

static ttrt_status start(building *b)
{
    TT_TRY(tt_trt_library_get(&b->library));
    if (!(b->arena = tt_arena_new()))
        return TTRT_ERR_MEMORY;
    b->builder = b->library->create_builder(tt_trt_logger(), b->library->version);
    if (!b->builder)
        TT_FAIL(TTRT_ERR_DEVICE, "%s makes no builder", b->library->title);
    trt_IBuilder_setErrorRecorder(b->builder, tt_trt_errors_recorder(&b->errors));
    b->network = trt_IBuilder_createNetworkV2(b->builder, 1u << TRT_NetworkDefinitionCreationFlag_kSTRONGLY_TYPED);
    b->config = trt_IBuilder_createBuilderConfig(b->builder);
    if (!b->network || !b->config)
        return tt_trt_fail(&b->errors, TTRT_ERR_DEVICE, "%s makes no network", b->library->title);
    trt_INetworkDefinition_setErrorRecorder(b->network, tt_trt_errors_recorder(&b->errors));
    if (b->net->name)
        trt_INetworkDefinition_setName(b->network, b->net->name);
    return TTRT_OK;
}

static void finish(building *b)
{
    trt_delete(b->config);
    trt_delete(b->network);
    trt_delete(b->builder);
    tt_arena_free(b->arena);
    tt_trt_errors_dispose(&b->errors);
    tt_trt_progress_dispose(&b->progress);
}

static ttrt_status configure(building *b)
{
    TT_TRY(tt_trt_apply_settings(b->config, b->library, b->settings, &b->errors));
    if (b->options->progress)
        trt_IBuilderConfig_setProgressMonitor(b->config, tt_trt_progress_monitor(&b->progress));
    return tt_trt_add_profiles(b->builder, b->config, b->net, &b->options->profiles, &b->errors);
}

/* ---- the payload ---- */

/* Inputs and outputs as the inputs of a network without layers. */
static ttrt_status describe_io(const building *b, tt_str *text)
{
    const tt_network *net = b->net;
    tt_network *io = tt_network_new(net->name, net->dims);
    tt_weight_table none = {0};
    char name[TT_TRT_NAME];
    bool ok = io != NULL;

    for (int i = 0; ok && i < net->n_inputs; i++) {
        const tt_tensor *t = net->inputs[i];
        ok = t->is_dim ? tt_network_dim_input(io, t->name, t->value)
                       : tt_network_input(io, t->name, t->dtype, t->rank, t->dims);
    }
    for (int i = 0; ok && i < net->n_outputs; i++) {
        const tt_tensor *t = net->outputs[i];
        tt_trt_output_name(net, i, name, sizeof name);
        ok = tt_network_input(io, name, t->dtype, t->rank, t->dims);
    }
    ttrt_status status = ok ? tt_network_write(io, text, &none) : TTRT_ERR_MEMORY;
    tt_network_free(io);
    return status;
}

/* All but the plan, whose size is not known yet: it goes to *size_at. */
static ttrt_status write_head(const building *b, tt_writer *blob, size_t *size_at)
{
    tt_str text = {0}, profiles = {0};
    ttrt_status status = describe_io(b, &text);

    tt_trt_print_profiles(b->net->dims, &b->options->profiles, &profiles);
    if (status == TTRT_OK)
        status = tt_str_status(&profiles);
    if (status == TTRT_OK) {
        tt_write_u32(blob, TT_TRT_PAYLOAD_VERSION);
        tt_write_u32(blob, (uint32_t)b->library->version);
        tt_write_u8(blob, b->library->is_rtx);
        tt_write_string(blob, b->settings->targets ? b->settings->targets : "");
        tt_write_string(blob, tt_str_text(&profiles));
        tt_write_u32(blob, (uint32_t)b->net->n_inputs);
        tt_write_string(blob, tt_str_text(&text));
        *size_at = blob->size;
        tt_write_u64(blob, 0);
        tt_write_align(blob, 64);
        status = tt_writer_status(blob);
    }
    tt_str_dispose(&text);
    tt_str_dispose(&profiles);
    return status;
}

static void write_size(tt_writer *blob, size_t at, uint64_t size)
{
    const size_t end = blob->size;

    blob->size = at;
    tt_write_u64(blob, size);
    blob->size = end;
}

/* A plan is its weights and little else: room for it once, so that it is not moved while it grows. */
static size_t plan_estimate(const tt_network *net)
{
    size_t bytes = 1 << 20;

    TT_EACH_LAYER (net, l)
        if (l->kind == TT_LAYER_CONSTANT)
            bytes += l->attrs.constant.weights.bytes;
    return bytes;
}

/* TensorRT writes the plan piece by piece into the blob. At the peak there are the program's weights once, as they are
 * mapped, and TensorRT's own copy; then that copy and the blob. */
static ttrt_status build_plan(building *b, tt_writer *blob)
{
    tt_trt_stream stream;
    size_t size_at = 0;

    TT_TRY(write_head(b, blob, &size_at));
    TT_TRY(tt_writer_reserve(blob, plan_estimate(b->net)));
    const size_t start = blob->size;
    tt_trt_stream_init(&stream, b->net, blob);
    tt_trt_errors_clear(&b->errors);
    bool ok =
        trt_IBuilder_buildSerializedNetworkToStream(b->builder, b->network, b->config, tt_trt_stream_writer(&stream));
    if (b->progress.cancelled)
        TT_FAIL(TTRT_ERR_CANCELLED, "cancelled while TensorRT was building");
    TT_TRY(tt_writer_status(blob));
    if (!ok || blob->size == start)
        return tt_trt_fail(&b->errors, TTRT_ERR_UNSUPPORTED, "%s builds no engine", b->library->title);
    tt_trt_keep_timings(b->config, b->settings);
    write_size(blob, size_at, blob->size - start);
    return TTRT_OK;
}

ttrt_status tt_trt_build(tt_network *net, const tt_build_options *options, tt_writer *blob)
{
    static const ttrt_compile_options defaults = TTRT_COMPILE_OPTIONS_INIT;
    building b = {.net = net, .options = options, .settings = options->settings ? options->settings : &defaults};
    ttrt_status status;

    tt_trt_errors_init(&b.errors);
    tt_trt_progress_init(&b.progress, options);
    TT_TRY_DONE(start(&b));
    tt_trt_bound_symbols(net);
    tt_trt_map m = {.net = net, .trt = b.network, .errors = &b.errors, .arena = b.arena};
    TT_TRY_DONE(tt_trt_map_network(&m));
    TT_TRY_DONE(configure(&b));
    status = build_plan(&b, blob);
done:
    finish(&b);
    return status;
}

ttrt_status tt_trt_payload_read(const uint8_t *bytes, size_t size, tt_trt_payload *out)
{
    tt_reader r = {.data = bytes, .size = size, .name = "engine"};
    tt_trt_payload p = {0};
    tt_arena *arena = tt_arena_new();
    const tt_weight_table none = {0};
    uint32_t payload, version, n_inputs;
    uint8_t is_rtx;
    uint64_t plan_bytes;
    char *targets, *profiles, *text;
    const void *plan;
    ttrt_status status;

    if (!arena)
        return TTRT_ERR_MEMORY;
    TT_TRY_DONE(tt_read_u32(&r, &payload));
    if (payload != TT_TRT_PAYLOAD_VERSION) {
        status = tt_fail(TTRT_ERR_VERSION, "engine of payload version %u; this library reads %d", (unsigned)payload,
                         TT_TRT_PAYLOAD_VERSION);
        goto done;
    }
    TT_TRY_DONE(tt_read_u32(&r, &version));
    TT_TRY_DONE(tt_read_u8(&r, &is_rtx));
    TT_TRY_DONE(tt_read_string(&r, arena, &targets));
    TT_TRY_DONE(tt_read_string(&r, arena, &profiles));
    TT_TRY_DONE(tt_read_u32(&r, &n_inputs));
    TT_TRY_DONE(tt_read_string(&r, arena, &text));
    TT_TRY_DONE(tt_read_u64(&r, &plan_bytes));
    TT_TRY_DONE(tt_read_align(&r, 64));
    if (plan_bytes != size - r.at) {
        status = tt_fail(TTRT_ERR_FORMAT, "engine: a plan of %llu bytes in %zu", (unsigned long long)plan_bytes,
                         size - r.at);
        goto done;
    }
    TT_TRY_DONE(tt_read_bytes(&r, plan_bytes, &plan));
    TT_TRY_DONE(tt_network_parse(text, strlen(text), &none, &p.io));
    if (n_inputs > (uint32_t)p.io->n_inputs) {
        status = tt_fail(TTRT_ERR_FORMAT, "engine: %u inputs of %d tensors", (unsigned)n_inputs, p.io->n_inputs);
        goto done;
    }
    p.n_inputs = (int)n_inputs;
    p.version = (int)version;
    p.is_rtx = is_rtx;
    p.plan = plan;
    p.plan_bytes = plan_bytes;
    if (!(p.targets = tt_arena_strdup(p.io->arena, targets)) ||
        !(p.profiles = tt_arena_strdup(p.io->arena, profiles))) {
        status = TTRT_ERR_MEMORY;
        goto done;
    }
    *out = p;
    p.io = NULL;
done:
    tt_network_free(p.io);
    tt_arena_free(arena);
    return status;
}
