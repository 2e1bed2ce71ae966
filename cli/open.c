/* Opening programs, and compiling those that are not compiled yet. */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every option that is a setting. */
static int read_settings(const cli_args *args, ttrt_compile_options *o)
{
    char name[64];

    for (size_t i = 0; args->command->builds && i < args->n_options; i++)
        if (setting_name(args->names[i], name, sizeof name) &&
            ttrt_compile_options_set(o, name, args->values[i]) != TTRT_OK) {
            print_error();
            return CLI_USAGE;
        }
    return CLI_OK;
}

int read_build_options(const cli_args *args, const char **texts, ttrt_compile_options *out)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    long threads = 0;

    if (read_settings(args, &o) != CLI_OK || !args_int(args, "threads", 0, 4096, &threads))
        return CLI_USAGE;
    o.engine = args_value(args, "engine");
    o.num_threads = (int)threads;
    o.n_shapes = args_values(args, "shapes", texts);
    o.shapes = texts;
    o.n_torch_executed_ops = args_values(args, "torch-executed-op", texts + o.n_shapes);
    o.torch_executed_ops = texts + o.n_shapes;
    o.float32_nodes = o.torch_executed_ops + o.n_torch_executed_ops;
    o.n_float32_nodes = args_values(args, "float32-node", texts + o.n_shapes + o.n_torch_executed_ops);
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
    const char **texts = calloc(2 * args->n_options + 1, sizeof *texts);
    ttrt_compile_options o;
    ttrt_choice choice;

    if (!texts)
        return print_failure("no memory");
    int rc = read_build_options(args, texts, &o);
    if (rc == CLI_OK && ttrt_program_choose(program, &o, &choice) != TTRT_OK)
        rc = print_error();
    if (rc == CLI_OK) {
        fprintf(stderr, "torchtrtc: %s is not compiled: compiling it in memory for engine %s (%s)\n", args->files[0],
                choice.engine, choice.reason);
        show_progress(&o);
        rc = ttrt_program_compile(program, &o, out) == TTRT_OK ? CLI_OK : print_error();
        end_progress();
        signal(SIGINT, SIG_DFL); /* what follows leaves nothing half done */
        if (rc == CLI_OK && interrupted) {
            ttrt_program_unref(*out);
            rc = print_failure("interrupted");
        }
    }
    free(texts);
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
