/* Inputs of a program from files, numbers or chance, and single elements of tensors. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- elements ---- */

static float half_value(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    float sign = h & 0x8000 ? -1.0f : 1.0f;

    if (exponent == 31)
        return fraction ? NAN : sign * INFINITY;
    return sign * (exponent ? ldexpf((float)(fraction + 1024), exponent - 25) : ldexpf((float)fraction, -24));
}

static float bfloat_value(uint16_t b)
{
    uint32_t bits = (uint32_t)b << 16;
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

#define ELEMENT(type) ((double)((const type *)t->data)[i])

double element_value(const ttrt_tensor *t, int64_t i)
{
    switch (t->dtype) {
    case TTRT_DTYPE_UINT8:
    case TTRT_DTYPE_BOOL:
        return ELEMENT(uint8_t);
    case TTRT_DTYPE_INT8:
        return ELEMENT(int8_t);
    case TTRT_DTYPE_INT16:
        return ELEMENT(int16_t);
    case TTRT_DTYPE_UINT16:
        return ELEMENT(uint16_t);
    case TTRT_DTYPE_INT32:
        return ELEMENT(int32_t);
    case TTRT_DTYPE_UINT32:
        return ELEMENT(uint32_t);
    case TTRT_DTYPE_INT64:
        return ELEMENT(int64_t);
    case TTRT_DTYPE_UINT64:
        return ELEMENT(uint64_t);
    case TTRT_DTYPE_FLOAT32:
        return ELEMENT(float);
    case TTRT_DTYPE_FLOAT64:
        return ELEMENT(double);
    case TTRT_DTYPE_FLOAT16:
        return half_value(((const uint16_t *)t->data)[i]);
    case TTRT_DTYPE_BFLOAT16:
        return bfloat_value(((const uint16_t *)t->data)[i]);
    default:
        return ELEMENT(uint8_t); /* 8-bit floats: as their bits */
    }
}

void shape_text(const ttrt_tensor *t, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%s[", ttrt_dtype_name(t->dtype));

    for (int d = 0; d < t->rank && n < size; d++)
        n += (size_t)snprintf(out + n, size - n, d ? ", %lld" : "%lld", (long long)t->dims[d]);
    if (n < size)
        snprintf(out + n, size - n, "]");
}

/* ---- chance ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static double uniform(uint64_t *state) { return (double)(next_random(state) >> 11) * 0x1p-53; }

static double normal(uint64_t *state)
{
    return sqrt(-2 * log(1 - uniform(state))) * cos(6.283185307179586 * uniform(state));
}

static uint16_t half_bits(float f)
{
    int exponent;
    float fraction = frexpf(fabsf(f), &exponent); /* in [0.5, 1) */

    if (exponent < -13)
        return f < 0 ? 0x8000 : 0; /* too small to matter for chance */
    return (uint16_t)((f < 0 ? 0x8000 : 0) | (exponent + 14) << 10 | ((int)(fraction * 2048) & 1023));
}

static void fill_random(ttrt_tensor *t, uint64_t *state, long n_integers)
{
    int64_t count = ttrt_tensor_count(t);
    size_t size = ttrt_dtype_size(t->dtype);

    for (int64_t i = 0; i < count; i++) {
        char *at = (char *)t->data + (size_t)i * size;
        float f = (float)normal(state);
        uint64_t number = next_random(state) % (uint64_t)n_integers;
        uint32_t bits;
        double d = f;
        uint16_t half = half_bits(f);
        switch (t->dtype) {
        case TTRT_DTYPE_FLOAT32:
        case TTRT_DTYPE_COMPLEX64:
            memcpy(at, &f, sizeof f);
            break;
        case TTRT_DTYPE_FLOAT64:
        case TTRT_DTYPE_COMPLEX128:
            memcpy(at, &d, sizeof d);
            break;
        case TTRT_DTYPE_FLOAT16:
        case TTRT_DTYPE_COMPLEX32:
            memcpy(at, &half, sizeof half);
            break;
        case TTRT_DTYPE_BFLOAT16:
            memcpy(&bits, &f, sizeof bits);
            half = (uint16_t)(bits >> 16);
            memcpy(at, &half, sizeof half);
            break;
        case TTRT_DTYPE_BOOL:
            *at = (char)(number & 1);
            break;
        default:
            memcpy(at, &number, size); /* little endian: the low bytes */
        }
    }
}

/* ---- dimensions ---- */

typedef struct {
    char names[64][32]; /* symbols that --shapes told */
    int64_t values[64];
    int n;
} known_sizes;

/* Dimension d of a shape's text, "[s0, 3]". */
static void dim_text(const char *shape, int d, char *out, size_t size)
{
    int depth = 0;
    size_t n = 0;

    for (const char *c = shape + 1; *c && n + 1 < size; c++) {
        if (*c == '(')
            depth++;
        if (depth == 0 && (*c == ',' || *c == ']')) {
            if (d-- == 0)
                break;
            continue;
        }
        if (*c == ')')
            depth--;
        if (d == 0 && *c != ' ')
            out[n++] = *c;
    }
    out[n] = 0;
}

/* The tuned-for sizes of "NAME:DIMxDIM..." for input `info`; false where the text is about another input. */
static bool dims_from_text(const char *text, const ttrt_io_info *info, int64_t *dims)
{
    const char *colon = strrchr(text, ':'), *at = colon ? colon + 1 : NULL;

    if (!colon || strlen(info->name) != (size_t)(colon - text) || strncmp(text, info->name, (size_t)(colon - text)))
        return false;
    for (int d = 0; d < info->rank && *at; d++) {
        char *end;
        dims[d] = strtoll(at, &end, 10);
        if (end[0] == '.' && end[1] == '.')
            dims[d] = strtoll(end + 2, &end, 10);
        at = end + strcspn(end, "x");
        at += *at == 'x';
    }
    return true;
}

static void learn_sizes(known_sizes *k, const ttrt_io_info *info, const int64_t *dims)
{
    for (int d = 0; d < info->rank && k->n < 64; d++) {
        dim_text(info->shape, d, k->names[k->n], sizeof k->names[0]);
        k->values[k->n] = dims[d];
        k->n += k->names[k->n][0] != 0;
    }
}

static void choose_dims(const cli_args *args, known_sizes *k, const ttrt_io_info *info, int64_t *dims)
{
    for (int d = 0; d < info->rank; d++) {
        char name[32];
        dims[d] = info->opt[d];
        dim_text(info->shape, d, name, sizeof name);
        for (int i = 0; i < k->n; i++)
            if (!strcmp(k->names[i], name))
                dims[d] = k->values[i];
    }
    for (size_t i = 0; i < args->n_options; i++)
        if (!strcmp(args->names[i], "shapes"))
            dims_from_text(args->values[i], info, dims);
}

/* ---- inputs ---- */

static const char *text_for(const cli_args *args, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < args->n_options; i++)
        if (!strcmp(args->names[i], "input") && !strncmp(args->values[i], name, n) && args->values[i][n] == '=')
            return args->values[i] + n + 1;
    return NULL;
}

/* bfloat16 and 8-bit floats travel as their bits. */
static int check_dtype(const ttrt_io_info *info, ttrt_tensor *t)
{
    bool as_bits = (t->dtype == TTRT_DTYPE_UINT16 && info->dtype == TTRT_DTYPE_BFLOAT16) ||
                   (t->dtype == TTRT_DTYPE_UINT8 && info->dtype >= TTRT_DTYPE_FLOAT8_E5M2 &&
                    info->dtype <= TTRT_DTYPE_FLOAT8_E4M3FNUZ) ||
                   (t->dtype == TTRT_DTYPE_UINT8 && info->dtype == TTRT_DTYPE_FLOAT8_E8M0FNU);

    if (as_bits)
        t->dtype = info->dtype;
    if (t->dtype == info->dtype)
        return CLI_OK;
    return print_failure("input '%s' is %s in its file, the program wants %s", info->name, ttrt_dtype_name(t->dtype),
                         ttrt_dtype_name(info->dtype));
}

static int load_input(const char *text, const ttrt_io_info *info, ttrt_tensor *t)
{
    char *end;
    int64_t number = strtoll(text, &end, 10);

    if (end == text || *end || info->is_tensor)
        return ttrt_tensor_read_npy(text, t) == TTRT_OK ? check_dtype(info, t) : print_error();
    if (ttrt_tensor_new(TTRT_DTYPE_INT64, 0, NULL, t) != TTRT_OK)
        return print_error();
    memcpy(t->data, &number, sizeof number);
    return CLI_OK;
}

static int random_input(const cli_args *args, known_sizes *k, const ttrt_io_info *info, uint64_t *state,
                        long n_integers, ttrt_tensor *t)
{
    int64_t dims[TTRT_MAX_RANK];

    choose_dims(args, k, info, dims);
    if (ttrt_tensor_new(info->dtype, info->rank, dims, t) != TTRT_OK) {
        print_error();
        fprintf(stderr, "  at: %s: input '%s'\n", args->files[0], info->name);
        return CLI_FAILED;
    }
    fill_random(t, state, n_integers);
    return CLI_OK;
}

static int no_such_input(const ttrt_program *program, const char *text)
{
    char names[512] = "";
    ttrt_io_info info;

    for (size_t i = 0; i < ttrt_program_n_inputs(program); i++) {
        if (ttrt_program_input(program, i, &info) != TTRT_OK)
            return print_error();
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", info.name);
    }
    return print_usage_error("-i %s names no input; the inputs are %s", text, names);
}

static int check_names(const cli_args *args, const ttrt_program *program)
{
    for (size_t i = 0; i < args->n_options; i++) {
        const char *equals = strchr(args->values[i], '=');
        ttrt_io_info info;
        bool found = false;
        if (strcmp(args->names[i], "input"))
            continue;
        for (size_t k = 0; equals && k < ttrt_program_n_inputs(program) && !found; k++)
            found = ttrt_program_input(program, k, &info) == TTRT_OK &&
                    strlen(info.name) == (size_t)(equals - args->values[i]) &&
                    !strncmp(info.name, args->values[i], strlen(info.name));
        if (!found)
            return no_such_input(program, args->values[i]);
    }
    return CLI_OK;
}

static void learn_all(const cli_args *args, const ttrt_program *program, known_sizes *k)
{
    int64_t dims[TTRT_MAX_RANK];
    ttrt_io_info info;

    for (size_t i = 0; i < args->n_options; i++) {
        for (size_t j = 0; j < ttrt_program_n_inputs(program) && !strcmp(args->names[i], "shapes"); j++) {
            if (ttrt_program_input(program, j, &info) != TTRT_OK || info.rank < 0)
                continue;
            memcpy(dims, info.opt, sizeof dims);
            if (dims_from_text(args->values[i], &info, dims))
                learn_sizes(k, &info, dims);
        }
    }
}

int load_inputs(const cli_args *args, const ttrt_program *program, bool random, cli_inputs *out)
{
    long seed = 1, n_integers = 2;
    known_sizes k = {.n = 0};
    uint64_t state;
    int rc = check_names(args, program);

    out->n = ttrt_program_n_inputs(program);
    out->tensors = calloc(out->n + 1, sizeof *out->tensors);
    if (!out->tensors)
        return print_failure("no memory");
    if (rc != CLI_OK || !args_int(args, "seed", 0, 2000000000, &seed) ||
        !args_int(args, "integers", 1, 2000000000, &n_integers))
        return CLI_USAGE;
    state = (uint64_t)seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    learn_all(args, program, &k);
    for (size_t i = 0; i < out->n && rc == CLI_OK; i++) {
        ttrt_io_info info;
        if (ttrt_program_input(program, i, &info) != TTRT_OK)
            return print_error();
        const char *text = text_for(args, info.name);
        if (info.rank < 0)
            continue;
        if (text)
            rc = load_input(text, &info, &out->tensors[i]);
        else if (random)
            rc = random_input(args, &k, &info, &state, n_integers, &out->tensors[i]);
        else
            rc = print_usage_error("input '%s' is missing: -i %s=FILE.npy", info.name, info.name);
    }
    return rc;
}

void free_tensors(ttrt_tensor *tensors, size_t n)
{
    for (size_t i = 0; tensors && i < n; i++)
        ttrt_tensor_dispose(&tensors[i]);
    free(tensors);
}

void free_inputs(cli_inputs *inputs) { free_tensors(inputs->tensors, inputs->n); }

/* ---- devices ---- */

static int move(ttrt_tensor *t, ttrt_device_type device)
{
    ttrt_tensor moved = TTRT_TENSOR_INIT;

    if (t->device_type == device || !t->data)
        return CLI_OK;
    if (ttrt_tensor_to(t, device, 0, &moved) != TTRT_OK)
        return print_error();
    ttrt_tensor_dispose(t);
    *t = moved;
    return CLI_OK;
}

int send_inputs(ttrt_program *program, cli_inputs *inputs)
{
    ttrt_device_type device;
    ttrt_io_info info;
    int rc = ttrt_program_device(program, &device) == TTRT_OK ? CLI_OK : print_error();

    for (size_t i = 0; i < inputs->n && rc == CLI_OK; i++) {
        if (ttrt_program_input(program, i, &info) != TTRT_OK)
            rc = print_error();
        else if (info.is_tensor)
            rc = move(&inputs->tensors[i], device);
    }
    return rc;
}

int fetch_outputs(ttrt_tensor *tensors, size_t n)
{
    int rc = CLI_OK;

    for (size_t i = 0; i < n && rc == CLI_OK; i++)
        rc = move(&tensors[i], TTRT_DEVICE_CPU);
    return rc;
}
