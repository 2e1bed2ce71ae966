/* Which engine a program is compiled for.
 *
 *   one by name ─► that one
 *   "auto" ─┬─► options name a device ───────────► the engine of that device
 *           ├─► the engine is for elsewhere ─────► tensorrt where it can build here, else cpu
 *           ├─► a host's graph, tensors in place ─► the engine of their device
 *           └─► a file ────────────────────────────► tensorrt where it can run here, else cpu */
#include "runtime/runtime.h"

#include <stdarg.h>
#include <string.h>

#include "base/log.h"

static bool is_gpu(const char *device) { return !strncmp(device, "cuda", 4) && (!device[4] || device[4] == ':'); }

static const tt_engine_iface *engine_of_device(const char *device)
{
    return tt_engine_find(is_gpu(device) ? "tensorrt" : "cpu");
}

static ttrt_status check_device(const char *device)
{
    if (!strcmp(device, "cpu") || is_gpu(device))
        return TTRT_OK;
    tt_fail(TTRT_ERR_ARGUMENT, "no engine runs on device '%s'", device);
    return tt_fail_hint("cpu, cuda or cuda:N");
}

static ttrt_status unknown_engine(const char *name)
{
    tt_str known = {0};

    for (size_t i = 0; tt_engine_at(i); i++)
        tt_str_addf(&known, ", %s", tt_engine_at(i)->name);
    tt_fail(TTRT_ERR_ARGUMENT, "there is no engine '%s'", name);
    tt_fail_hint("auto%s", tt_str_text(&known));
    tt_str_dispose(&known);
    return TTRT_ERR_ARGUMENT;
}

/* The device of weights and inputs: a GPU where any is there (numbers stay on the CPU even then). */
static const char *device_of_tensors(const tt_graph *g)
{
    for (size_t i = 0; i < g->n_inputs; i++) {
        const tt_value *v = g->inputs[i].value;
        if (v && v->device && is_gpu(v->device))
            return v->device;
    }
    return "cpu";
}

static void because(tt_choice *c, const tt_engine_iface *engine, const char *fmt, ...)
{
    va_list args;

    c->engine = engine;
    va_start(args, fmt);
    vsnprintf(c->reason, sizeof c->reason, fmt, args);
    va_end(args);
}

static void prefer_tensorrt(tt_choice *c, bool to_run)
{
    const tt_engine_iface *gpu = tt_engine_find("tensorrt");
    const char *what = to_run ? "run" : "build";
    tt_reason why = {""};

    if ((to_run ? tt_engine_runs_here(gpu, &why) : gpu->probe(&why)) == TTRT_OK)
        because(c, gpu, "it can %s here", what);
    else
        because(c, tt_engine_find("cpu"), "tensorrt cannot %s here: %s", what, why.text);
}

ttrt_status tt_program_choose(const ttrt_program *p, const ttrt_compile_options *o, tt_use use, tt_choice *out)
{
    tt_choice c = {0};
    tt_reason why = {""};
    const bool in_host = p->source && tt_source_is_host(p->source);

    if (o->device)
        TT_TRY(check_device(o->device));
    if (o->engine && strcmp(o->engine, "auto")) {
        because(&c, tt_engine_find(o->engine), "it was asked for");
        if (!c.engine)
            return unknown_engine(o->engine);
        if (o->device && engine_of_device(o->device) != c.engine)
            TT_FAIL(TTRT_ERR_ARGUMENT, "engine %s does not run on device '%s'", o->engine, o->device);
    } else if (o->device) {
        because(&c, engine_of_device(o->device), "the program is for device %s", o->device);
    } else if (use == TT_USE_HERE && in_host) {
        const char *device = device_of_tensors(p->graph);
        because(&c, engine_of_device(device), "the program's tensors are on device %s", device);
    } else {
        prefer_tensorrt(&c, use == TT_USE_HERE);
    }
    if (c.engine->probe(&why) != TTRT_OK)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "engine %s does not work here: %s (%s)", c.engine->name, why.text, c.reason);
    tt_log(TTRT_LOG_INFO, "compile", "engine %s: %s", c.engine->name, c.reason);
    *out = c;
    return TTRT_OK;
}

ttrt_status ttrt_program_choose(const ttrt_program *program, const ttrt_compile_options *options, ttrt_choice *out)
{
    ttrt_compile_options o;
    tt_choice c;

    TT_CHECK_ARG(program != NULL && out != NULL);
    TT_TRY(tt_compile_options_read(options, &o));
    TT_TRY(tt_program_choose(program, &o, TT_USE_HERE, &c));
    out->engine = c.engine->name;
    memcpy(out->reason, c.reason, sizeof out->reason);
    return TTRT_OK;
}
