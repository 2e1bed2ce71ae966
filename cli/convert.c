#include "cli.h"

#include <stdlib.h>
#include <string.h>

static void print_tensors(const json_t *facts, const char *key)
{
    const json_t *t;
    size_t i;

    json_array_foreach (json_object_get(facts, key), i, t)
        printf("  %-8s %-24s %s%s\n", i ? "" : key, json_text(t, "name"), json_text(t, "dtype"), json_text(t, "shape"));
}

static int report(const cli_args *args, ttrt_engine *engine, size_t plan_bytes, double seconds)
{
    const char *text;
    char bytes[32];

    if (ttrt_engine_describe(engine, &text) != TTRT_OK)
        return print_error();
    json_t *facts = json_loads(text, 0, NULL);
    if (!facts)
        return print_failure("the engine's description is no JSON");
    if (args_has(args, "json"))
        return print_json(json_pack("{s:o, s:I, s:f, s:o}", "output", json_path(args_value(args, "output")), "bytes",
                                    (json_int_t)plan_bytes, "seconds", seconds, "engine", facts));
    print_bytes(bytes, sizeof bytes, (double)plan_bytes);
    printf("%s: engine %s, %s, %.1f s\n", args_value(args, "output"), json_text(facts, "engine"), bytes, seconds);
    print_tensors(facts, "inputs");
    print_tensors(facts, "outputs");
    json_decref(facts);
    return CLI_OK;
}

static int convert(const cli_args *args, const ttrt_compile_options *o)
{
    ttrt_program *program;
    ttrt_engine *engine;
    const void *plan;
    size_t plan_bytes;
    double start = now_seconds();

    if (ttrt_program_open(args->files[0], &program) != TTRT_OK)
        return print_error();
    ttrt_status status = ttrt_program_convert(program, o, &engine);
    ttrt_program_unref(program);
    if (status != TTRT_OK)
        return print_error();
    end_progress();
    int rc = ttrt_engine_plan(engine, &plan, &plan_bytes) == TTRT_OK
                 ? write_file(args_value(args, "output"), plan, plan_bytes)
                 : print_error();
    if (rc == CLI_OK)
        rc = report(args, engine, plan_bytes, now_seconds() - start);
    ttrt_engine_unref(engine);
    return rc;
}

static int run(const cli_args *args)
{
    const char **texts;
    ttrt_compile_options o;

    if (!args_value(args, "output"))
        return print_usage_error("convert wants -o OUT");
    if (!(texts = calloc(2 * args->n_options + 1, sizeof *texts)))
        return print_failure("no memory");
    int rc = read_build_options(args, texts, &o);
    show_progress(&o);
    if (rc == CLI_OK)
        rc = convert(args, &o);
    free(texts);
    return rc;
}

static const cli_option options[] = {
    {"output", 'o', "OUT", 0, "the engine's bytes; an old file stays as it is when the command fails"},
    CLI_BUILD_OPTIONS,
    CLI_JSON_OPTION,
    {0},
};
const cli_command command_convert = {
    "convert",
    "FILE.pt2 -o OUT [options]",
    "converts a whole program into one engine, as the engine's own library reads it",
    "Of engine tensorrt this is a plain TensorRT plan, for TensorRT's own tools and runtime; its inputs and outputs "
    "have "
    "the\n"
    "program's names. No GPU is needed. Without --engine it is built wherever TensorRT's library is found:\n"
    "  torchtrtc convert model.pt2 --engine tensorrt -o model.plan",
    1,
    options,
    run,
    true,
};
