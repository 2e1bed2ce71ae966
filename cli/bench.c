#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double *seconds;     /* of each run */
    double *gpu_seconds; /* that the GPU was at it */
    size_t n, cap;
    double load, first;
    bool on_gpu;
} timings;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile_of(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t i = (size_t)at;

    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static double percentile(const timings *t, double share) { return percentile_of(t->seconds, t->n, share); }

static double mean_of(const timings *t)
{
    double sum = 0;

    for (size_t i = 0; i < t->n; i++)
        sum += t->seconds[i];
    return sum / (double)t->n;
}

static double deviation_of(const timings *t)
{
    double mean = mean_of(t), sum = 0;

    for (size_t i = 0; i < t->n; i++)
        sum += (t->seconds[i] - mean) * (t->seconds[i] - mean);
    return sqrt(sum / (double)t->n);
}

static bool grow(double **list, size_t cap)
{
    double *more = realloc(*list, cap * sizeof *more);

    *list = more ? more : *list;
    return more != NULL;
}

static bool keep(timings *t, double seconds, double gpu_seconds)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 1024;
        if (!grow(&t->seconds, cap) || !grow(&t->gpu_seconds, cap))
            return false;
        t->cap = cap;
    }
    t->gpu_seconds[t->n] = gpu_seconds;
    t->seconds[t->n++] = seconds;
    return true;
}

/* ---- measuring ---- */

typedef struct {
    long runs, warm_up;
    double seconds;
} plan;

static int read_plan(const cli_args *args, plan *p, long *threads)
{
    *p = (plan){.runs = 0, .warm_up = 3, .seconds = 3};
    if (!args_int(args, "runs", 1, 1000000000, &p->runs) || !args_int(args, "warm-up", 0, 1000000000, &p->warm_up) ||
        !args_number(args, "seconds", 0, &p->seconds) || !args_int(args, "threads", 0, 4096, threads))
        return CLI_USAGE;
    return CLI_OK;
}

/* With its GPU time asked for, a run waits for its end. */
static int one_run(ttrt_context *context, ttrt_tensor *out, size_t n_out, const cli_inputs *in, double *seconds,
                   double *gpu_seconds)
{
    ttrt_run_options o = TTRT_RUN_OPTIONS_INIT;
    double start = now_seconds();

    o.device_ms = gpu_seconds;
    if (ttrt_context_run(context, out, n_out, in->tensors, in->n, &o) != TTRT_OK)
        return print_error();
    *seconds = now_seconds() - start;
    *gpu_seconds *= 1e-3;
    return CLI_OK;
}

static int measure(ttrt_context *context, ttrt_tensor *out, size_t n_out, const cli_inputs *in, const plan *p,
                   timings *t)
{
    double seconds = 0, gpu_seconds = 0, start;
    int rc = one_run(context, out, n_out, in, &t->first, &gpu_seconds);

    for (long i = 0; i < p->warm_up && rc == CLI_OK; i++)
        rc = one_run(context, out, n_out, in, &seconds, &gpu_seconds);
    start = now_seconds();
    while (rc == CLI_OK && (p->runs ? (long)t->n < p->runs : t->n < 3 || now_seconds() - start < p->seconds)) {
        rc = one_run(context, out, n_out, in, &seconds, &gpu_seconds);
        if (rc == CLI_OK && !keep(t, seconds, gpu_seconds))
            rc = print_failure("no memory");
    }
    qsort(t->seconds, t->n, sizeof *t->seconds, by_size);
    qsort(t->gpu_seconds, t->n, sizeof *t->gpu_seconds, by_size);
    return rc;
}

/* ---- telling ---- */

static void print_inputs(const cli_inputs *in, const ttrt_program *program)
{
    char shape[512];
    ttrt_io_info info;

    for (size_t i = 0; i < in->n; i++) {
        if (ttrt_program_input(program, i, &info) != TTRT_OK || info.rank < 0)
            continue;
        shape_text(&in->tensors[i], shape, sizeof shape);
        printf("  input %s: %s\n", info.name, shape);
    }
}

static void print_timings(const cli_args *args, const ttrt_program *program, const cli_inputs *in, const timings *t)
{
    double mean = mean_of(t), spread = deviation_of(t) / mean;
    char bytes[32];

    printf("%s: %zu runs\n", args->files[0], t->n);
    print_inputs(in, program);
    printf("  latency     p50 %.4g ms, p90 %.4g ms, p99 %.4g ms, min %.4g ms, mean %.4g ms\n", percentile(t, 0.5) * 1e3,
           percentile(t, 0.9) * 1e3, percentile(t, 0.99) * 1e3, t->seconds[0] * 1e3, mean * 1e3);
    if (t->on_gpu)
        printf("  GPU time    p50 %.4g ms, p90 %.4g ms, min %.4g ms\n", percentile_of(t->gpu_seconds, t->n, 0.5) * 1e3,
               percentile_of(t->gpu_seconds, t->n, 0.9) * 1e3, t->gpu_seconds[0] * 1e3);
    printf("  throughput  %.2f runs a second\n", 1 / mean);
    printf("  load        %.3f s, first run %.3f s\n", t->load, t->first);
    print_bytes(bytes, sizeof bytes, (double)peak_memory_bytes());
    printf("  peak memory %s\n", bytes);
    if (spread > 0.1)
        printf("  the runs vary by %.0f %%: other work on this machine, or too few runs\n", spread * 100);
}

static int print_timings_json(const cli_args *args, const timings *t)
{
    json_t *facts =
        json_pack("{s:o, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I}", "file", json_path(args->files[0]),
                  "runs", (json_int_t)t->n, "p50_ms", percentile(t, 0.5) * 1e3, "p90_ms", percentile(t, 0.9) * 1e3,
                  "p99_ms", percentile(t, 0.99) * 1e3, "min_ms", t->seconds[0] * 1e3, "mean_ms", mean_of(t) * 1e3,
                  "deviation_ms", deviation_of(t) * 1e3, "runs_per_second", 1 / mean_of(t), "load_s", t->load,
                  "first_run_s", t->first, "peak_memory_bytes", (json_int_t)peak_memory_bytes());

    if (t->on_gpu) {
        json_object_set_new(facts, "gpu_p50_ms", json_real(percentile_of(t->gpu_seconds, t->n, 0.5) * 1e3));
        json_object_set_new(facts, "gpu_min_ms", json_real(t->gpu_seconds[0] * 1e3));
    }
    return print_json(facts);
}

static int bench(const cli_args *args, ttrt_program *program, timings *t, double start)
{
    cli_inputs in = {0};
    ttrt_context *context = NULL;
    size_t n_out = ttrt_program_n_outputs(program);
    ttrt_tensor *out = calloc(n_out + 1, sizeof *out);
    long threads = 0;
    ttrt_device_type device = TTRT_DEVICE_CPU;
    plan p;
    int rc = out ? read_plan(args, &p, &threads) : print_failure("no memory");

    if (rc == CLI_OK && (ttrt_context_new(program, &context) != TTRT_OK ||
                         ttrt_context_set_num_threads(context, (int)threads) != TTRT_OK))
        rc = print_error();
    if (rc == CLI_OK && ttrt_program_device(program, &device) != TTRT_OK)
        rc = print_error();
    t->on_gpu = device == TTRT_DEVICE_CUDA;
    t->load = now_seconds() - start;
    if (rc == CLI_OK)
        rc = load_inputs(args, program, true, &in);
    if (rc == CLI_OK)
        rc = send_inputs(program, &in);
    if (rc == CLI_OK)
        rc = measure(context, out, n_out, &in, &p, t);
    if (rc == CLI_OK && args_has(args, "json"))
        rc = print_timings_json(args, t);
    else if (rc == CLI_OK)
        print_timings(args, program, &in, t);
    ttrt_context_free(context);
    free_inputs(&in);
    free_tensors(out, n_out);
    return rc;
}

static int run(const cli_args *args)
{
    timings t = {0};
    ttrt_program *program;
    double start = now_seconds();
    int rc = open_runnable(args, &program);

    if (rc != CLI_OK)
        return rc;
    rc = bench(args, program, &t, start);
    free(t.seconds);
    free(t.gpu_seconds);
    ttrt_program_unref(program);
    return rc;
}

static const cli_option options[] = {
    {"input", 'i', "NAME=FILE.npy", '=', "an input from a file instead of chance. Repeatable"},
    {"seed", 0, "N", 0, "of the random inputs; default 1"},
    {"integers", 0, "N", 0, "random integers are from 0 to N - 1; default 2"},
    {"runs", 'n', "N", 0, "timed runs; without it, as many as fit into --seconds"},
    {"seconds", 0, "X", 0, "time to spend; default 3"},
    {"warm-up", 'w', "N", 0, "runs before the clock starts, behind the first one; default 3"},
    CLI_BUILD_OPTIONS,
    CLI_JSON_OPTION,
    {0},
};
const cli_command command_bench = {
    "bench",
    "FILE.pt2 [options]",
    "times a program: latency percentiles, throughput, load time, peak memory",
    "Inputs are random at the shapes that the engine is tuned for; --shapes x:4x3x224x224 takes others. Load time "
    "counts all up to\n"
    "the first run (for a program that is not compiled, the build too). On a GPU a run is timed until its end, and the "
    "GPU's own time\nis told beside it.",
    1,
    options,
    run,
    true,
};
