/* Single engines: opened from bytes, described, run. */
#include "runtime/runtime.h"

struct ttrt_engine {
    tt_engine *engine;
    tt_mapping *bytes;
    pthread_mutex_t lock; /* guards the description */
    char *description;
};

ttrt_status ttrt_engine_open(const void *bytes, size_t size, void (*release)(void *user), void *user, ttrt_engine **out)
{
    tt_lent *lent;

    TT_CHECK_ARG(bytes != NULL && out != NULL);
    ttrt_engine *e = tt_calloc(1, sizeof *e);
    if (!e)
        return TTRT_ERR_MEMORY;
    ttrt_status status = tt_lent_wrap(bytes, size, release, user, &e->bytes, &lent);
    if (status == TTRT_OK)
        status = tt_engine_open(bytes, size, e->bytes, true, &e->engine);
    if (status != TTRT_OK) {
        tt_mapping_unref(e->bytes);
        tt_free(e);
        return status;
    }
    tt_lent_arm(lent);
    pthread_mutex_init(&e->lock, NULL);
    *out = e;
    return TTRT_OK;
}

void ttrt_engine_unref(ttrt_engine *engine)
{
    if (!engine)
        return;
    tt_engine_unref(engine->engine);
    tt_mapping_unref(engine->bytes);
    pthread_mutex_destroy(&engine->lock);
    tt_free(engine->description);
    tt_free(engine);
}

/* ---- description ---- */

static void describe_tensors(tt_str *s, const char *key, tt_tensor *const *tensors, const char *const *names, int n)
{
    tt_str shape = {0};

    tt_str_addf(s, ", \"%s\": [", key);
    for (int i = 0; i < n; i++) {
        tt_str_dispose(&shape);
        tt_str_add(&shape, "[");
        for (int d = 0; d < tensors[i]->rank; d++) {
            tt_str_add(&shape, d ? ", " : "");
            tt_dim_print(&shape, tensors[i]->dims[d]);
        }
        tt_str_add(&shape, "]");
        tt_str_add(s, i ? ", {\"name\": " : "{\"name\": ");
        const char *name = names && names[i] ? names[i] : tensors[i]->name;
        tt_str_add_json(s, name ? name : "");
        tt_str_addf(s, ", \"dtype\": \"%s\", \"shape\": ", ttrt_dtype_name(tensors[i]->dtype));
        tt_str_add_json(s, tt_str_text(&shape));
        tt_str_add(s, tensors[i]->is_dim ? ", \"number\": true}" : "}");
    }
    tt_str_add(s, "]");
    s->failed = s->failed || shape.failed;
    tt_str_dispose(&shape);
}

ttrt_status tt_engine_describe(tt_engine *e, size_t bytes, tt_str *s)
{
    const tt_engine_iface *iface = tt_engine_kind(e);
    const uint8_t *id = tt_engine_id(e);
    tt_engine_info info;

    tt_engine_get_info(e, &info);
    tt_str_add(s, "{\"engine\": ");
    tt_str_add_json(s, iface->name);
    tt_str_add(s, ", \"id\": \"");
    for (int i = 0; i < 16; i++)
        tt_str_addf(s, "%02x", id[i]);
    tt_str_addf(s, "\", \"bytes\": %zu, \"device\": \"%s\"", bytes,
                iface->device_type == TTRT_DEVICE_CUDA ? "cuda" : "cpu");
    describe_tensors(s, "inputs", info.inputs, NULL, info.n_inputs);
    describe_tensors(s, "outputs", info.outputs, info.output_names, info.n_outputs);
    if (iface->inspect) {
        tt_str_add(s, ", \"steps\": ");
        TT_TRY(iface->inspect(tt_engine_payload(e), s));
    }
    tt_str_add(s, "}");
    return tt_str_status(s);
}

ttrt_status ttrt_engine_describe(ttrt_engine *engine, const char **json)
{
    ttrt_status status;

    TT_CHECK_ARG(engine != NULL && json != NULL);
    pthread_mutex_lock(&engine->lock);
    tt_str s = {0};
    status = tt_engine_describe(engine->engine, tt_mapping_size(engine->bytes), &s);
    if (status == TTRT_OK) {
        tt_free(engine->description);
        *json = engine->description = tt_str_take(&s);
    }
    tt_str_dispose(&s);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

ttrt_status ttrt_engine_plan(const ttrt_engine *engine, const void **plan, size_t *plan_bytes)
{
    const uint8_t *bytes;
    size_t size;

    TT_CHECK_ARG(engine != NULL && plan != NULL && plan_bytes != NULL);
    const tt_engine_iface *iface = tt_engine_kind(engine->engine);
    bytes = tt_mapping_data(engine->bytes);
    size = tt_mapping_size(engine->bytes);
    if (iface->plan)
        iface->plan(tt_engine_payload(engine->engine), &bytes, &size);
    *plan = bytes;
    *plan_bytes = size;
    return TTRT_OK;
}

/* ---- run ---- */

static ttrt_status check_input(const tt_tensor *declared, int i, tt_dtype dtype, int rank)
{
    if (declared->dtype != dtype)
        TT_FAIL(TTRT_ERR_DTYPE, "input %d ('%s') is %s, the engine wants %s", i, declared->name, ttrt_dtype_name(dtype),
                ttrt_dtype_name(declared->dtype));
    if (declared->rank != rank)
        TT_FAIL(TTRT_ERR_SHAPE, "input %d ('%s') has rank %d, the engine wants %d", i, declared->name, rank,
                declared->rank);
    return TTRT_OK;
}

static ttrt_status place(void *user, int i, tt_io *io)
{
    ttrt_tensor *results = user;
    return tt_tensor_place(&results[i], (size_t)i, io);
}

static ttrt_status take_inputs(const tt_engine_info *info, const ttrt_tensor *in, tt_io *ins)
{
    for (int i = 0; i < info->n_inputs; i++) {
        TT_TRY(check_input(info->inputs[i], i, in[i].dtype, in[i].rank));
        TT_TRY(tt_tensor_check_memory(&in[i], info->inputs[i]->name));
        tt_io_from_tensor(&in[i], &ins[i]);
    }
    return TTRT_OK;
}

static ttrt_status run(ttrt_engine *engine, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options, double *device_ms)
{
    tt_run_options placed = *options;
    const tt_engine_iface *iface = tt_engine_kind(engine->engine);
    tt_timer timer = {0};
    ttrt_status status;

    if (device_ms)
        *device_ms = 0;
    if (!device_ms || iface->device_type != TTRT_DEVICE_CUDA)
        return tt_engine_run(engine->engine, outs, alloc, ins, options);
    TT_TRY(iface->place(tt_engine_payload(engine->engine), ins, &placed));
    TT_TRY_DONE(tt_timer_start(&timer, placed.device_index, placed.stream));
    TT_TRY_DONE(tt_engine_run(engine->engine, outs, alloc, ins, options));
    status = tt_timer_stop(&timer, device_ms);
done:
    tt_timer_dispose(&timer);
    return status;
}

ttrt_status ttrt_engine_run(ttrt_engine *engine, ttrt_tensor *out, size_t n_out, const ttrt_tensor *in, size_t n_in,
                            const ttrt_threads *threads, const ttrt_run_options *options)
{
    tt_engine_info info;
    ttrt_run_options given;
    tt_io *ios = NULL;
    ttrt_tensor *results = NULL;
    ttrt_status status = TTRT_ERR_MEMORY;

    TT_CHECK_ARG(engine != NULL && (out != NULL || n_out == 0) && (in != NULL || n_in == 0));
    TT_CHECK_ARG(threads == NULL || (threads->n_workers >= 1 && threads->parallel_for != NULL));
    tt_engine_get_info(engine->engine, &info);
    if (n_in != (size_t)info.n_inputs || n_out != (size_t)info.n_outputs)
        TT_FAIL(TTRT_ERR_ARGUMENT, "%zu inputs and %zu outputs given, the engine has %d and %d", n_in, n_out,
                info.n_inputs, info.n_outputs);
    tt_threads pool =
        threads ? (tt_threads){threads->n_workers, threads->parallel_for, threads->self} : *tt_pool_threads(0);
    TT_TRY(tt_run_options_read(options, &given));
    tt_run_options o = tt_run_options_of(&given, &pool);

    ios = tt_calloc(n_in + n_out + 1, sizeof *ios);
    results = tt_calloc(n_out + 1, sizeof *results);
    if (!ios || !results)
        goto done;
    for (size_t i = 0; i < n_out; i++)
        tt_result_start(&results[i], &out[i]);
    TT_TRY_DONE(take_inputs(&info, in, ios));
    status = run(engine, ios + n_in, &(tt_output_alloc){place, results}, ios, &o, given.device_ms);
    for (size_t i = 0; i < n_out; i++) {
        if (status == TTRT_OK)
            out[i] = results[i];
        else
            tt_result_give_up(&results[i], &out[i]);
    }
done:
    tt_free(ios);
    tt_free(results);
    return status;
}
