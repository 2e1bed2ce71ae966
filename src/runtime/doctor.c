/* What this machine offers, as JSON: asked when something is slow or does not start. */
#include "runtime/runtime.h"

#include "base/env.h"
#include "engine/cpu/kernels/kernels.h"

/* Whether what it builds runs here, what is missing, and the line that mends it. */
static void add_runs(tt_str *s, const tt_engine_iface *engine)
{
    tt_reason why = {""};
    bool runs = tt_engine_runs_here(engine, &why) == TTRT_OK;

    tt_str_addf(s, ", \"runs\": %s, \"missing\": ", runs ? "true" : "false");
    tt_str_add_json(s, runs ? "" : ttrt_last_error()->what);
    tt_str_add(s, ", \"mend\": ");
    tt_str_add_json(s, runs ? "" : ttrt_last_error()->hint);
}

static void add_engines(tt_str *s)
{
    tt_str_add(s, ", \"engines\": [");
    for (size_t i = 0; tt_engine_at(i); i++) {
        const tt_engine_iface *engine = tt_engine_at(i);
        tt_reason why = {""};
        bool works = engine->probe(&why) == TTRT_OK;
        tt_str_add(s, i ? ", {\"name\": " : "{\"name\": ");
        tt_str_add_json(s, engine->name);
        tt_str_addf(s, ", \"works\": %s, \"reason\": ", works ? "true" : "false");
        tt_str_add_json(s, works ? "" : why.text);
        add_runs(s, engine);
        if (engine->doctor)
            engine->doctor(s);
        tt_str_add(s, "}");
    }
    tt_str_add(s, "]");
}

static void add_cpu(tt_str *s)
{
    static const char *const levels[TT_ISA_COUNT] = {"c", "avx2", "avx512"};

    tt_str_addf(s, ", \"cpu\": {\"level\": \"%s\", \"bf16\": %s, \"processors\": %d, \"threads\": %d}",
                levels[tt_cpu_isa()], tt_cpu_has_bf16() ? "true" : "false", tt_cpu_count(),
                tt_pool_threads(0)->n_workers);
}

static void add_variable(tt_str *s, const char *name, const char *value, const char *help, const char **separator)
{
    tt_str_addf(s, "%s{\"name\": \"%s\", \"value\": ", *separator, name);
    tt_str_add_json(s, value ? value : "");
    tt_str_add(s, ", \"help\": ");
    tt_str_add_json(s, help);
    tt_str_add(s, "}");
    *separator = ", ";
}

static void add_environment(tt_str *s)
{
    const tt_env *env = tt_env_get();
    const char *separator = "";
    char number[24];

    tt_str_add(s, ", \"environment\": [");
#define ENV_STR(field, name, help) add_variable(s, name, env->field, help, &separator);
#define ENV_INT(field, name, fallback, help)                                                                           \
    snprintf(number, sizeof number, "%lld", (long long)env->field);                                                    \
    add_variable(s, name, number, help, &separator);
#include "base/env.def"
#undef ENV_STR
#undef ENV_INT
    tt_str_add(s, "]");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *text;

static void write_text(void)
{
    tt_str s = {0};

    tt_str_addf(&s, "{\"version\": \"%s\"", ttrt_version());
    add_engines(&s);
    add_cpu(&s);
    add_environment(&s);
    tt_str_add(&s, "}");
    text = tt_str_take(&s);
}

const char *ttrt_doctor(void)
{
    pthread_once(&once, write_text);
    return text ? text : "{}";
}
