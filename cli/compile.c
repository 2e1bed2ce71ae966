#include "cli.h"

#include <stdlib.h>

static void print_report(const cli_args *args, const json_t *facts, double seconds)
{
    const json_t *report = json_object_get(facts, "report"), *segment;
    char bytes[32];
    size_t i;

    printf("%s: engine %s (%s), %s, optimization level %.0f\n", args_value(args, "output"), json_text(report, "engine"),
           json_text(report, "chosen"), json_text(report, "precision"), json_number(report, "optimization_level"));
    json_array_foreach (json_object_get(report, "segments"), i, segment) {
        print_bytes(bytes, sizeof bytes, json_number(segment, "bytes"));
        printf("  %-24s %-8s %4.0f nodes in %4.0f layers, %s\n", json_text(segment, "name"),
               json_text(segment, "engine"), json_number(segment, "nodes"), json_number(segment, "layers"), bytes);
    }
    if (json_array_size(json_object_get(report, "segments")) == 0)
        printf("  no engine: the program computes nothing\n");
    print_nodes(json_object_get(report, "moved"), "\non engine cpu, since engine tensorrt does not take them:\n");
    print_bytes(bytes, sizeof bytes, (double)peak_memory_bytes());
    printf("  no graph breaks; %.1f s, peak memory %s\n", seconds, bytes);
}

static int report(const cli_args *args, ttrt_program *compiled, double seconds)
{
    json_t *facts = describe_program(compiled, NULL);

    if (!facts)
        return CLI_FAILED;
    if (!args_has(args, "json")) {
        print_report(args, facts, seconds);
        json_decref(facts);
        return CLI_OK;
    }
    json_t *all = json_pack("{s:o, s:O, s:f, s:I}", "output", json_path(args_value(args, "output")), "report",
                            json_object_get(facts, "report"), "seconds", seconds, "peak_memory_bytes",
                            (json_int_t)peak_memory_bytes());
    json_decref(facts);
    return print_json(all);
}

static int compile(const cli_args *args, const ttrt_compile_options *o)
{
    ttrt_program *program, *compiled;
    double start = now_seconds();

    if (ttrt_program_open(args->files[0], &program) != TTRT_OK)
        return print_error();
    ttrt_status status = ttrt_program_compile(program, o, &compiled);
    ttrt_program_unref(program);
    if (status != TTRT_OK)
        return print_error();
    end_progress();
    int rc = ttrt_program_save(compiled, args_value(args, "output")) == TTRT_OK
                 ? report(args, compiled, now_seconds() - start)
                 : print_error();
    ttrt_program_unref(compiled);
    return rc;
}

static int run(const cli_args *args)
{
    const char **texts;
    ttrt_compile_options o;

    if (!args_value(args, "output"))
        return print_usage_error("compile wants -o OUT.pt2");
    if (!(texts = calloc(2 * args->n_options + 1, sizeof *texts)))
        return print_failure("no memory");
    int rc = read_build_options(args, texts, &o);
    show_progress(&o);
    if (rc == CLI_OK)
        rc = compile(args, &o);
    free(texts);
    return rc;
}

static const cli_option options[] = {
    {"output", 'o', "OUT.pt2", 0, "the compiled program; an old file stays as it is when the command fails"},
    CLI_BUILD_OPTIONS,
    CLI_JSON_OPTION,
    {0},
};
const cli_command command_compile = {
    "compile",
    "FILE.pt2 -o OUT.pt2 [options]",
    "compiles an exported program",
    "The result runs with `torchtrtc run`, through the C library, and in Python: import torch_tensorrt; "
    "torch.export.load(\"OUT.pt2\").\n"
    "Dynamic dimensions keep the ranges of the export; --shapes narrows them and tells which sizes to tune for:\n"
    "  torchtrtc compile model.pt2 -o fast.pt2 --shapes x:1..8..32x3x224x224",
    1,
    options,
    run,
    true,
};
