/* Opening programs, and compiling those that are not compiled yet. */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_precision(const cli_args *args, ttrt_dtype *out)
{
    static const struct {
        const char *name;
        ttrt_dtype dtype;
    } names[] = {
        {"fp32", TTRT_DTYPE_FLOAT32},      {"float32", TTRT_DTYPE_FLOAT32}, {"fp16", TTRT_DTYPE_FLOAT16},
        {"float16", TTRT_DTYPE_FLOAT16},   {"half", TTRT_DTYPE_FLOAT16},    {"bf16", TTRT_DTYPE_BFLOAT16},
        {"bfloat16", TTRT_DTYPE_BFLOAT16},
    };
    const char *text = args_value(args, "precision");

    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (!strcmp(text, names[i].name)) {
            *out = names[i].dtype;
            return true;
        }
    if (text)
        print_usage_error("--precision is '%s'; fp32, fp16 or bf16 is wanted", text);
    return !text;
}

int read_build_options(const cli_args *args, const char **shapes, ttrt_compile_options *out)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    long level = o.optimization_level, threads = 0;

    if (!read_precision(args, &o.precision) || !args_int(args, "optimization-level", 0, 5, &level) ||
        !args_int(args, "threads", 0, 4096, &threads))
        return CLI_USAGE;
    o.engine = args_value(args, "engine");
    o.targets = args_value(args, "targets");
    o.optimization_level = (int)level;
    o.num_threads = (int)threads;
    o.n_shapes = args_values(args, "shapes", shapes);
    o.shapes = shapes;
    *out = o;
    return CLI_OK;
}

/* ---- progress ---- */

static bool draws, line_is_open;
static char last_line[72];
static volatile sig_atomic_t interrupted;

static void draw(const char *phase, double share)
{
    char line[sizeof last_line];

    snprintf(line, sizeof line, "%-60.60s %3.0f %%", phase, share * 100);
    if (!strcmp(line, last_line))
        return;
    fprintf(stderr, "\r%s", line);
    fflush(stderr);
    memcpy(last_line, line, sizeof line);
    line_is_open = true;
}

static int progress(void *user, const char *phase, double share)
{
    if (draws)
        draw(phase, share);
    return !interrupted;
}

static void interrupt(int signal) { interrupted = 1; }

/* The first interrupt stops the build where it can be stopped, so that nothing is left half written; the second one
 * ends the process as ever. */
void show_progress(ttrt_compile_options *options)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    draws = isatty(STDERR_FILENO);
    sigaction(SIGINT, &action, NULL);
    options->progress = progress;
}

void end_progress(void)
{
    if (line_is_open)
        fprintf(stderr, "\r%*s\r", (int)sizeof last_line, "");
    line_is_open = false;
}

/* ---- programs ---- */

static int compile_in_memory(const cli_args *args, ttrt_program *program, ttrt_program **out)
{
    const char **shapes = calloc(args->n_options + 1, sizeof *shapes);
    ttrt_compile_options o;
    ttrt_choice choice;

    if (!shapes)
        return print_failure("no memory");
    int rc = read_build_options(args, shapes, &o);
    if (rc == CLI_OK && ttrt_program_choose(program, &o, &choice) != TTRT_OK)
        rc = print_error();
    if (rc == CLI_OK) {
        fprintf(stderr, "torchtrtc: %s is not compiled: compiling it in memory for engine %s (%s)\n", args->files[0],
                choice.engine, choice.reason);
        show_progress(&o);
        rc = ttrt_program_compile(program, &o, out) == TTRT_OK ? CLI_OK : print_error();
        end_progress();
    }
    free(shapes);
    return rc;
}

int open_runnable(const cli_args *args, ttrt_program **out)
{
    ttrt_program *program;

    if (ttrt_program_open(args->files[0], &program) != TTRT_OK)
        return print_error();
    if (ttrt_program_is_compiled(program)) {
        *out = program;
        return CLI_OK;
    }
    int rc = compile_in_memory(args, program, out);
    ttrt_program_unref(program);
    return rc;
}

json_t *describe_program(ttrt_program *program, const ttrt_compile_options *options)
{
    const char *text;

    if (ttrt_program_describe_for(program, options, &text) != TTRT_OK) {
        print_error();
        return NULL;
    }
    json_t *facts = json_loads(text, 0, NULL);
    if (!facts)
        print_failure("the program's description is no JSON");
    return facts;
}
