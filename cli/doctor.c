#include "cli.h"

#include <string.h>

static void print_gpus(const json_t *engine)
{
    const json_t *gpu;
    size_t i;

    json_array_foreach (json_object_get(engine, "gpus"), i, gpu) {
        bool runs = json_is_true(json_object_get(gpu, "runs"));
        printf("  GPU %.0f         %s, compute capability %s: %s%s\n", json_number(gpu, "index"),
               json_text(gpu, "name"), json_text(gpu, "compute_capability"),
               runs ? "runs" : "does not run: ", runs ? "" : json_text(gpu, "reason"));
    }
}

/* What an engine that needs more than this library has found. */
static void print_findings(const json_t *engine)
{
    if (!json_object_get(engine, "library"))
        return;
    if (json_text(engine, "library")[0])
        printf("  library       %s, %s\n", json_text(engine, "library_version"), json_text(engine, "library"));
    printf("  driver        %s\n", json_text(engine, "driver")[0] ? json_text(engine, "driver") : "none");
    print_gpus(engine);
}

static void print_engines(const json_t *facts)
{
    const json_t *engine;
    size_t i;

    json_array_foreach (json_object_get(facts, "engines"), i, engine) {
        bool works = json_is_true(json_object_get(engine, "works")),
             runs = json_is_true(json_object_get(engine, "runs"));
        const char *mend = json_text(engine, "mend");
        printf("engine %-8s %s%s\n", json_text(engine, "name"),
               runs    ? "works"
               : works ? "builds, and does not run here: "
                       : "does not work: ",
               runs ? "" : json_text(engine, "missing"));
        print_findings(engine);
        if (!runs && mend[0])
            printf("  to mend it    %s\n", mend);
    }
}

static void print_environment(const json_t *facts)
{
    const json_t *variable;
    size_t i;

    printf("\nenvironment variables:\n");
    json_array_foreach (json_object_get(facts, "environment"), i, variable)
        printf("  %-18s %-10s %s\n", json_text(variable, "name"),
               json_text(variable, "value")[0] ? json_text(variable, "value") : "-", json_text(variable, "help"));
}

static int run(const cli_args *args)
{
    if (args_has(args, "json")) {
        printf("%s\n", ttrt_doctor());
        return CLI_OK;
    }
    json_t *facts = json_loads(ttrt_doctor(), 0, NULL);
    if (!facts)
        return print_failure("the library's facts are no JSON");
    const json_t *cpu = json_object_get(facts, "cpu");
    printf("torchtrt %s\n", json_text(facts, "version"));
    print_engines(facts);
    printf("processor       level %s%s, %.0f processors, %.0f threads\n", json_text(cpu, "level"),
           json_is_true(json_object_get(cpu, "bf16")) ? " with bfloat16" : "", json_number(cpu, "processors"),
           json_number(cpu, "threads"));
    print_environment(facts);
    json_decref(facts);
    return CLI_OK;
}

static const cli_option options[] = {CLI_JSON_OPTION, {0}};
const cli_command command_doctor = {
    "doctor", "", "tells what this machine offers: engines, processor level, threads, environment", NULL, 0,
    options,  run};
