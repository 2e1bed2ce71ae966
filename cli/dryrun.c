#include "cli.h"

#include <stdlib.h>

static void print_segments(const json_t *facts)
{
    const json_t *segment;
    size_t i;

    json_array_foreach (json_object_get(facts, "segments"), i, segment)
        printf("  %-28s %-8s %4zu nodes, %zu inputs, %zu outputs\n", json_text(segment, "name"),
               json_is_true(json_object_get(segment, "engine")) ? "engine" : "PyTorch",
               json_array_size(json_object_get(segment, "nodes")), json_array_size(json_object_get(segment, "inputs")),
               json_array_size(json_object_get(segment, "outputs")));
}

static int print_partition(const cli_args *args, ttrt_partition *partition)
{
    const char *text;

    if (ttrt_partition_describe(partition, &text) != TTRT_OK)
        return print_error();
    if (args_has(args, "json")) {
        printf("%s\n", text);
        return CLI_OK;
    }
    json_t *facts = json_loads(text, 0, NULL);
    if (!facts)
        return print_failure("the partition's description is no JSON");
    printf("%s: %.0f of %.0f nodes can run in engine %s (%s)\n", args->files[0], json_number(facts, "supported"),
           json_number(facts, "total"), json_text(facts, "engine"), json_text(facts, "chosen"));
    print_segments(facts);
    print_nodes(json_object_get(facts, "refusals"), "\nleft to PyTorch:\n");
    json_decref(facts);
    return CLI_OK;
}

static int partition_program(const cli_args *args, ttrt_program *program, ttrt_compile_options *o)
{
    ttrt_partition *partition;

    if (args_has(args, "global"))
        o->use_fast_partitioner = 0;
    if (ttrt_partition_new(program, o, &partition) != TTRT_OK)
        return print_error();
    int rc = print_partition(args, partition);
    ttrt_partition_free(partition);
    return rc;
}

static int run(const cli_args *args)
{
    const char **texts = calloc(2 * args->n_options + 1, sizeof *texts);
    ttrt_compile_options o;
    ttrt_program *program;

    if (!texts)
        return print_failure("no memory");
    int rc = read_build_options(args, texts, &o);
    if (rc == CLI_OK && ttrt_program_open(args->files[0], &program) != TTRT_OK) {
        rc = print_error();
    } else if (rc == CLI_OK) {
        rc = partition_program(args, program, &o);
        ttrt_program_unref(program);
    }
    free(texts);
    return rc;
}

static const cli_option options[] = {
    CLI_BUILD_OPTIONS,
    {"global", 0, NULL, 0, "partition globally instead of by adjacency"},
    CLI_JSON_OPTION,
    {0},
};
const cli_command command_dryrun = {
    "dryrun",
    "FILE.pt2 [options]",
    "shows how a program would be split between engines and PyTorch, without building",
    "This is the split that the Python package makes. `torchtrtc compile` leaves nothing to PyTorch: a program that "
    "has nodes left\n"
    "here does not compile in pure C.",
    1,
    options,
    run,
    true,
};
