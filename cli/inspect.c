#include "cli.h"

#include <stdlib.h>
#include <string.h>

static void print_range(const json_t *io)
{
    const json_t *min = json_object_get(io, "min"), *max = json_object_get(io, "max");
    size_t i;
    const json_t *low;

    json_array_foreach (min, i, low) {
        const json_t *high = json_array_get(max, i);
        if (json_is_null(high))
            printf("  dim %zu: at least %lld", i, (long long)json_integer_value(low));
        else if (json_integer_value(low) != json_integer_value(high))
            printf("  dim %zu: %lld to %lld", i, (long long)json_integer_value(low),
                   (long long)json_integer_value(high));
    }
}

static void print_io(const json_t *facts, const char *key)
{
    const json_t *io;
    size_t i;

    printf("\n%s:\n", key);
    json_array_foreach (json_object_get(facts, key), i, io) {
        printf("  %-32s ", json_text(io, "name"));
        if (!strcmp(json_text(io, "kind"), "constant"))
            printf("constant");
        else
            printf("%s%s", json_text(io, "dtype"),
                   !strcmp(json_text(io, "kind"), "number") ? " (a number)" : json_text(io, "shape"));
        print_range(io);
        printf("\n");
    }
}

static void print_mutations(const json_t *facts)
{
    const json_t *m;
    size_t i;

    json_array_foreach (json_object_get(facts, "mutations"), i, m)
        printf("%s  %s %s\n", i ? "" : "\nwrites:\n", json_text(m, "kind"), json_text(m, "target"));
}

static void print_operators(const json_t *facts)
{
    const json_t *op;
    size_t i;

    printf("\noperators:\n");
    json_array_foreach (json_object_get(facts, "operators"), i, op) {
        double count = json_number(op, "count"), refused = json_number(op, "refused");
        printf("  %6.0f  %-48s", count, json_text(op, "name"));
        if (json_object_get(op, "refused") && refused > 0)
            printf(" %.0f refused: %s", refused, json_text(op, "reason"));
        else if (json_object_get(op, "refused"))
            printf(" supported");
        printf("\n");
    }
}

/* Refusals of operators that lowering made stand in no row above. */
static void print_verdict(const json_t *facts)
{
    const json_t *error = json_object_get(facts, "error"), *refusals = json_object_get(facts, "refusals");

    if (error)
        printf("\nit does not compile: %s\n%s%s%s", json_text(error, "what"),
               json_text(error, "where")[0] ? "  at: " : "", json_text(error, "where"),
               json_text(error, "where")[0] ? "\n" : "");
    else if (refusals)
        printf("\nengine %s: %.0f of %.0f nodes supported%s\n", json_text(facts, "engine"),
               json_number(facts, "supported"), json_number(facts, "nodes"),
               json_array_size(refusals) ? ":" : "; the program compiles as a whole");
    print_nodes(refusals, "");
    print_nodes(json_object_get(facts, "moved"), "\non engine cpu, since engine tensorrt does not take them:\n");
}

static void print_engines(const json_t *facts)
{
    const json_t *e;
    size_t i;
    char bytes[32];

    json_array_foreach (json_object_get(facts, "engines"), i, e) {
        const json_t *about = json_object_get(e, "facts");
        print_bytes(bytes, sizeof bytes, json_number(about, "bytes"));
        printf("%s  %-24s engine %s, %s, id %s\n", i ? "" : "\nengines:\n", json_text(e, "node"),
               json_text(about, "engine"), bytes, json_text(about, "id"));
    }
}

static void print_facts(const char *file, const json_t *facts)
{
    const json_t *weights = json_object_get(facts, "weights");
    char bytes[32], parameters[32], flops[32];

    printf("%s: %s program, schema %s, PyTorch %s\n", file,
           json_is_true(json_object_get(facts, "compiled")) ? "a compiled" : "an exported", json_text(facts, "schema"),
           json_text(facts, "torch_version"));
    print_io(facts, "inputs");
    print_io(facts, "outputs");
    print_mutations(facts);
    print_bytes(bytes, sizeof bytes, json_number(weights, "bytes"));
    print_count(parameters, sizeof parameters, json_number(weights, "parameters"), "");
    printf("\nweights: %.0f tensors, %s, %s parameters\n", json_number(weights, "tensors"), bytes, parameters);
    if (json_object_get(facts, "flops")) {
        print_count(flops, sizeof flops, json_number(facts, "flops"), "FLOP");
        printf("operations: %s a run at the opt shapes\n", flops);
    }
    print_operators(facts);
    print_engines(facts);
    print_verdict(facts);
}

static int inspect(const cli_args *args, ttrt_program *program, const ttrt_compile_options *o)
{
    json_t *facts = describe_program(program, o);

    if (!facts)
        return CLI_FAILED;
    if (args_has(args, "json"))
        return print_json(facts);
    print_facts(args->files[0], facts);
    json_decref(facts);
    return CLI_OK;
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
        rc = inspect(args, program, &o);
        ttrt_program_unref(program);
    }
    free(texts);
    return rc;
}

static const cli_option options[] = {CLI_BUILD_OPTIONS, CLI_JSON_OPTION, {0}};
const cli_command command_inspect = {
    "inspect",
    "FILE.pt2 [options]",
    "shows a program: signature, dimensions, operators and their support, weights, operations",
    "Nothing is built. For an exported program each operator is shown with its count and whether an engine takes it; "
    "what is\n"
    "refused comes with its reason and the line of Python that it came from.",
    1,
    options,
    run,
    true,
};
