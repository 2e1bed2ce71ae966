#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    char *name;
    double seconds; /* of all runs */
    size_t runs;
} step;

typedef struct {
    step *steps; /* in order of execution */
    size_t n, cap, at;
    bool failed;
} steps;

static void note(void *user, const char *name, uint64_t time_ns)
{
    steps *s = user;

    if (s->at == s->n) {
        if (s->n == s->cap) {
            size_t cap = s->cap ? 2 * s->cap : 256;
            step *more = realloc(s->steps, cap * sizeof *more);
            s->failed = s->failed || !more;
            if (!more)
                return;
            s->steps = more;
            s->cap = cap;
        }
        s->steps[s->n++] = (step){.name = strdup(name ? name : "")};
    }
    s->steps[s->at].seconds += (double)time_ns * 1e-9;
    s->steps[s->at].runs++;
    s->at++;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const step *)a)->seconds, y = ((const step *)b)->seconds;
    return (x < y) - (x > y);
}

static double total_of(const steps *s)
{
    double total = 0;

    for (size_t i = 0; i < s->n; i++)
        total += s->steps[i].seconds;
    return total > 0 ? total : 1e-9;
}

static void print_steps(const steps *s, long runs, size_t top)
{
    double total = total_of(s), sum = 0;

    printf("%10s %7s %7s  %s\n", "ms a run", "share", "sum", "step");
    for (size_t i = 0; i < s->n && i < top; i++) {
        sum += s->steps[i].seconds;
        printf("%10.4f %6.1f%% %6.1f%%  %s\n", s->steps[i].seconds * 1e3 / (double)runs,
               s->steps[i].seconds / total * 100, sum / total * 100, s->steps[i].name);
    }
    printf("%10.4f          in %zu steps\n", total * 1e3 / (double)runs, s->n);
}

static int print_steps_json(const steps *s, long runs)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(rows, json_pack("{s:s, s:f, s:f}", "step", s->steps[i].name ? s->steps[i].name : "", "ms",
                                              s->steps[i].seconds * 1e3 / (double)runs, "share",
                                              s->steps[i].seconds / total_of(s)));
    return print_json(json_pack("{s:I, s:o}", "runs", (json_int_t)runs, "steps", rows));
}

static int profile_runs(ttrt_context *context, ttrt_tensor *out, size_t n_out, const cli_inputs *in, long runs,
                        steps *s)
{
    ttrt_run_options o = TTRT_RUN_OPTIONS_INIT;

    for (long i = -2; i < runs; i++) { /* two to warm up */
        s->at = 0;
        o.profile = i < 0 ? NULL : note;
        o.profile_user = s;
        if (ttrt_context_run(context, out, n_out, in->tensors, in->n, &o) != TTRT_OK)
            return print_error();
    }
    return s->failed ? print_failure("no memory") : CLI_OK;
}

static int profile(const cli_args *args, ttrt_program *program, steps *s)
{
    cli_inputs in = {0};
    ttrt_context *context = NULL;
    size_t n_out = ttrt_program_n_outputs(program);
    ttrt_tensor *out = calloc(n_out + 1, sizeof *out);
    long threads = 0, runs = 10, top = 30;
    int rc = out ? CLI_OK : print_failure("no memory");

    if (rc == CLI_OK && (!args_int(args, "threads", 0, 4096, &threads) || !args_int(args, "runs", 1, 1000000, &runs) ||
                         !args_int(args, "top", 1, 1000000000, &top)))
        rc = CLI_USAGE;
    if (rc == CLI_OK && (ttrt_context_new(program, &context) != TTRT_OK ||
                         ttrt_context_set_num_threads(context, (int)threads) != TTRT_OK))
        rc = print_error();
    if (rc == CLI_OK)
        rc = load_inputs(args, program, true, &in);
    if (rc == CLI_OK)
        rc = send_inputs(program, &in);
    if (rc == CLI_OK)
        rc = profile_runs(context, out, n_out, &in, runs, s);
    if (rc == CLI_OK && !args_has(args, "in-order"))
        qsort(s->steps, s->n, sizeof *s->steps, by_time);
    if (rc == CLI_OK && args_has(args, "json"))
        rc = print_steps_json(s, runs);
    else if (rc == CLI_OK)
        print_steps(s, runs, (size_t)top);
    ttrt_context_free(context);
    free_inputs(&in);
    free_tensors(out, n_out);
    return rc;
}

static int run(const cli_args *args)
{
    steps s = {0};
    ttrt_program *program;
    int rc = open_runnable(args, &program);

    if (rc != CLI_OK)
        return rc;
    rc = profile(args, program, &s);
    for (size_t i = 0; i < s.n; i++)
        free(s.steps[i].name);
    free(s.steps);
    ttrt_program_unref(program);
    return rc;
}

static const cli_option options[] = {
    {"input", 'i', "NAME=FILE.npy", '=', "an input from a file instead of chance. Repeatable"},
    {"seed", 0, "N", 0, "of the random inputs; default 1"},
    {"integers", 0, "N", 0, "random integers are from 0 to N - 1; default 2"},
    {"runs", 'n', "N", 0, "runs to sum over; default 10"},
    {"top", 0, "N", 0, "print the N slowest steps; default 30"},
    {"in-order", 0, NULL, 0, "in order of execution instead of by time"},
    CLI_BUILD_OPTIONS,
    CLI_JSON_OPTION,
    {0},
};
const cli_command command_profile = {"profile",
                                     "FILE.pt2 [options]",
                                     "times the steps of a program's engines",
                                     "Each step bears the name of the PyTorch node whose result it writes.",
                                     1,
                                     options,
                                     run,
                                     true};
