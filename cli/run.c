#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- comparing ---- */

typedef struct {
    double max_abs, max_rel, scale;
    bool same_type, fits;
} difference;

static bool same_shape(const ttrt_tensor *a, const ttrt_tensor *b)
{
    return a->rank == b->rank && !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims);
}

static bool same_dtype(const ttrt_tensor *got, const ttrt_tensor *wanted)
{
    return got->dtype == wanted->dtype || (wanted->dtype == TTRT_DTYPE_UINT16 && got->dtype == TTRT_DTYPE_BFLOAT16) ||
           (wanted->dtype == TTRT_DTYPE_UINT8 && ttrt_dtype_size(got->dtype) == 1 &&
            got->dtype >= TTRT_DTYPE_FLOAT8_E5M2);
}

static void compare(const ttrt_tensor *got, ttrt_tensor *wanted, double tolerance, difference *out)
{
    *out = (difference){.same_type = same_shape(got, wanted) && same_dtype(got, wanted)};
    if (!out->same_type)
        return;
    wanted->dtype = got->dtype;
    for (int64_t i = 0; i < ttrt_tensor_count(got); i++) {
        double a = element_value(got, i), b = element_value(wanted, i), d = fabs(a - b);
        if ((isnan(a) && isnan(b)) || a == b)
            d = 0;
        if (isnan(d))
            d = INFINITY;
        out->max_abs = fmax(out->max_abs, d);
        if (b != 0 && isfinite(b)) {
            out->max_rel = fmax(out->max_rel, d / fabs(b));
            out->scale = fmax(out->scale, fabs(b));
        }
    }
    out->fits = out->max_abs <= tolerance * (out->scale > 0 ? out->scale : 1);
}

/* ---- outputs ---- */

/* A name comes from a file: it must not lead out of the folder. */
static void output_path(const char *folder, const char *name, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/", folder);

    snprintf(out + n, size - (size_t)n, "%s.npy", name);
    for (char *c = out + n; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
            *c = '_';
    if (out[n] == '.')
        out[n] = '_';
}

/* With those it lies in. */
static int make_folder(const char *path)
{
    char outer[4096];
    size_t n = strlen(path);

    if (n >= sizeof outer)
        return print_failure("the folder's name is longer than %zu bytes", sizeof outer - 1);
    memcpy(outer, path, n + 1);
    for (size_t i = 1; i < n; i++)
        if (outer[i] == '/') {
            outer[i] = 0;
            (void)mkdir(outer, 0777); /* the last one tells what is wrong */
            outer[i] = '/';
        }
    struct stat st;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return CLI_OK;
    return print_failure("the folder %s cannot be made: %s", path, strerror(errno));
}

static int write_outputs(const char *folder, const ttrt_program *program, const ttrt_tensor *out)
{
    char path[4096];
    ttrt_io_info info;
    int rc = make_folder(folder);

    for (size_t i = 0; i < ttrt_program_n_outputs(program) && rc == CLI_OK; i++) {
        if (ttrt_program_output(program, i, &info) != TTRT_OK)
            return print_error();
        if (strlen(folder) + strlen(info.name) + 8 > sizeof path)
            return print_failure("the path of output '%s' is too long", info.name);
        output_path(folder, info.name, path, sizeof path);
        if (out[i].rank >= 0 && ttrt_tensor_write_npy(&out[i], path) != TTRT_OK)
            rc = print_error();
    }
    return rc;
}

static int compare_output(const char *folder, const char *name, const ttrt_tensor *got, double tolerance, json_t *row)
{
    char path[4096], got_shape[512], wanted_shape[512];
    ttrt_tensor wanted = TTRT_TENSOR_INIT;
    difference d;

    if (strlen(folder) + strlen(name) + 8 > sizeof path)
        return print_failure("the path of output '%s' is too long", name);
    output_path(folder, name, path, sizeof path);
    if (ttrt_tensor_read_npy(path, &wanted) != TTRT_OK)
        return print_error();
    shape_text(&wanted, wanted_shape, sizeof wanted_shape);
    compare(got, &wanted, tolerance, &d);
    ttrt_tensor_dispose(&wanted);
    shape_text(got, got_shape, sizeof got_shape);
    if (!d.same_type)
        return print_failure("output '%s' is %s, %s is expected", name, got_shape, wanted_shape);
    /* JSON has no infinity */
    json_object_set_new(row, "max_abs", json_real(isfinite(d.max_abs) ? d.max_abs : 1.7e308));
    json_object_set_new(row, "max_rel", json_real(isfinite(d.max_rel) ? d.max_rel : 1.7e308));
    json_object_set_new(row, "scale", json_real(d.scale));
    json_object_set_new(row, "fits", json_boolean(d.fits));
    if (!d.fits)
        return print_failure("output '%s' differs from %s by %.3g, %.3g of its scale; --tolerance is %g", name, path,
                             d.max_abs, d.scale > 0 ? d.max_abs / d.scale : d.max_abs, tolerance);
    return CLI_OK;
}

static int describe_output(const cli_args *args, const char *name, const ttrt_tensor *t, double tolerance, json_t *rows)
{
    char shape[512];
    json_t *row = json_object();
    int rc = CLI_OK;

    shape_text(t, shape, sizeof shape);
    json_object_set_new(row, "name", json_string(name));
    json_object_set_new(row, "shape", json_string(shape));
    if (args_has(args, "expect"))
        rc = compare_output(args_value(args, "expect"), name, t, tolerance, row);
    if (!args_has(args, "json")) {
        printf("%-32s %s", name, shape);
        if (json_object_get(row, "max_abs"))
            printf("  max abs %.3g, max rel %.3g, scale %.3g", json_number(row, "max_abs"), json_number(row, "max_rel"),
                   json_number(row, "scale"));
        printf("\n");
    }
    json_array_append_new(rows, row);
    return rc;
}

static int finish(const cli_args *args, const ttrt_program *program, const ttrt_tensor *out)
{
    json_t *rows = json_array();
    double tolerance = 1e-4;
    ttrt_io_info info;
    int rc = CLI_OK;

    if (!args_number(args, "tolerance", 0, &tolerance))
        rc = CLI_USAGE;
    if (rc == CLI_OK && args_has(args, "output"))
        rc = write_outputs(args_value(args, "output"), program, out);
    for (size_t i = 0; i < ttrt_program_n_outputs(program) && rc != CLI_USAGE; i++) {
        if (ttrt_program_output(program, i, &info) != TTRT_OK)
            rc = print_error();
        else if (out[i].rank >= 0 && describe_output(args, info.name, &out[i], tolerance, rows) != CLI_OK)
            rc = CLI_FAILED;
    }
    if (!args_has(args, "json") || rc == CLI_USAGE) {
        json_decref(rows);
        return rc;
    }
    int printed = print_json(json_pack("{s:o}", "outputs", rows));
    return rc == CLI_OK ? printed : rc;
}

static int run_program(const cli_args *args, ttrt_program *program)
{
    cli_inputs in = {0};
    ttrt_context *context = NULL;
    size_t n_out = ttrt_program_n_outputs(program);
    ttrt_tensor *out = calloc(n_out + 1, sizeof *out);
    long threads = 0;
    int rc = out ? CLI_OK : print_failure("no memory");

    if (rc == CLI_OK && !args_int(args, "threads", 0, 4096, &threads))
        rc = CLI_USAGE;
    if (rc == CLI_OK)
        rc = load_inputs(args, program, args_has(args, "random"), &in);
    if (rc == CLI_OK)
        rc = send_inputs(program, &in);
    if (rc == CLI_OK && (ttrt_context_new(program, &context) != TTRT_OK ||
                         ttrt_context_set_num_threads(context, (int)threads) != TTRT_OK ||
                         ttrt_context_run(context, out, n_out, in.tensors, in.n, NULL) != TTRT_OK))
        rc = print_error();
    if (rc == CLI_OK)
        rc = fetch_outputs(out, n_out);
    if (rc == CLI_OK)
        rc = finish(args, program, out);
    ttrt_context_free(context);
    free_inputs(&in);
    free_tensors(out, n_out);
    return rc;
}

static int run(const cli_args *args)
{
    ttrt_program *program;
    int rc = open_runnable(args, &program);

    if (rc != CLI_OK)
        return rc;
    rc = run_program(args, program);
    ttrt_program_unref(program);
    return rc;
}

static const cli_option options[] = {
    {"input", 'i', "NAME=FILE.npy", '=',
     "an input, named as `torchtrtc inspect` shows it; a number: NAME=5. Repeatable"},
    {"random", 'r', NULL, 0, "fill inputs that are not given at random, at the opt shapes"},
    {"seed", 0, "N", 0, "of --random; default 1"},
    {"integers", 0, "N", 0, "--random fills integers from 0 to N - 1; default 2"},
    {"output", 'o', "DIR", 0, "write each output to DIR/NAME.npy"},
    {"expect", 'e', "DIR", 0, "compare each output with DIR/NAME.npy; exit code 1 where one differs too much"},
    {"tolerance", 0, "X", 0, "largest difference in units of the output's largest expected value; default 1e-4"},
    CLI_BUILD_OPTIONS,
    CLI_JSON_OPTION,
    {0},
};
const cli_command command_run = {
    "run",
    "FILE.pt2 -i NAME=in.npy ... -o DIR [options]",
    "runs a program on .npy files",
    "bfloat16 and 8-bit floats have no NumPy type: they are read and written as their bits, in uint16 and uint8. "
    "Integer outputs are\n"
    "written as 0-d int64. A program that is not compiled is compiled in memory first.",
    1,
    options,
    run,
    true,
};
