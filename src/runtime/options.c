/* The settings of a build, read so that callers compiled against an older struct keep working. */
#include "runtime/runtime.h"

#include <string.h>

ttrt_status tt_compile_options_read(const ttrt_compile_options *given, ttrt_compile_options *out)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    if (given) {
        if (given->size < offsetof(ttrt_compile_options, precision) || given->size > 4096)
            TT_FAIL(TTRT_ERR_ARGUMENT, "compile options of %zu bytes: start with TTRT_COMPILE_OPTIONS_INIT",
                    given->size);
        memcpy(&o, given, given->size < sizeof o ? given->size : sizeof o);
        o.size = sizeof o;
    }
    if (o.precision != TTRT_DTYPE_FLOAT32 && o.precision != TTRT_DTYPE_FLOAT16 && o.precision != TTRT_DTYPE_BFLOAT16)
        TT_FAIL(TTRT_ERR_ARGUMENT, "precision is %s; float32, float16 and bfloat16 are known",
                ttrt_dtype_name(o.precision));
    if (o.optimization_level < 0 || o.optimization_level > 5)
        TT_FAIL(TTRT_ERR_ARGUMENT, "optimization_level is %d; 0 to 5 are known", o.optimization_level);
    if (o.min_block_size < 0 || o.num_threads < 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "min_block_size is %lld and num_threads %d; neither may be negative",
                (long long)o.min_block_size, o.num_threads);
    if ((o.n_shapes && !o.shapes) || (o.n_torch_executed_ops && !o.torch_executed_ops))
        TT_FAIL(TTRT_ERR_ARGUMENT, "a list of the compile options has a count and no items");
    *out = o;
    return TTRT_OK;
}

/* The first that works here, in the order of engines.def. */
static ttrt_status preferred_engine(const tt_engine_iface **out)
{
    tt_reason why = {""};

    for (size_t i = 0; tt_engine_at(i); i++)
        if (tt_engine_at(i)->probe(&why) == TTRT_OK) {
            *out = tt_engine_at(i);
            return TTRT_OK;
        }
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "no engine works here: %s", why.text);
}

ttrt_status tt_compile_options_engine(const ttrt_compile_options *o, const tt_engine_iface **out)
{
    tt_reason why = {""};
    tt_str known = {0};

    if (!o->engine || !strcmp(o->engine, "auto"))
        return preferred_engine(out);
    const tt_engine_iface *engine = tt_engine_find(o->engine);
    if (engine) {
        if (engine->probe(&why) != TTRT_OK)
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "engine %s does not work here: %s", o->engine, why.text);
        *out = engine;
        return TTRT_OK;
    }
    for (size_t i = 0; tt_engine_at(i); i++)
        tt_str_addf(&known, ", %s", tt_engine_at(i)->name);
    tt_fail(TTRT_ERR_ARGUMENT, "there is no engine '%s'", o->engine);
    tt_fail_hint("auto%s", tt_str_text(&known));
    tt_str_dispose(&known);
    return TTRT_ERR_ARGUMENT;
}
