/* Arguments: options of a command by its table, in any order with the files. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const cli_option *find_in(const cli_option *options, const char *name, size_t n)
{
    for (const cli_option *o = options; o && o->name; o++)
        if (strlen(o->name) == n && !strncmp(o->name, name, n))
            return o;
    return NULL;
}

static const cli_option *find_long(const cli_command *command, const char *name, size_t n)
{
    const cli_option *own = find_in(command->options, name, n);

    return own || !command->builds ? own : find_in(setting_options(), name, n);
}

static const cli_option *find_letter(const cli_option *options, char letter)
{
    for (const cli_option *o = options; o && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static const cli_option *find_short(const cli_command *command, char letter)
{
    const cli_option *own = find_letter(command->options, letter);

    return own || !command->builds ? own : find_letter(setting_options(), letter);
}

static void add(cli_args *args, const cli_option *o, const char *value)
{
    args->names[args->n_options] = o->name;
    args->values[args->n_options++] = value;
}

/* One option at argv[*i], with its values. */
static int take_option(cli_args *args, int argc, char **argv, int *i)
{
    const char *text = argv[*i], *equals = NULL;
    const cli_option *o;

    if (text[1] == '-') {
        equals = strchr(text, '=');
        o = find_long(args->command, text + 2, equals ? (size_t)(equals - text - 2) : strlen(text + 2));
    } else {
        o = find_short(args->command, text[1]);
        equals = o && text[2] ? text + 1 : NULL; /* -ofile */
    }
    if (!o)
        return print_usage_error("%s has no option %s; see torchtrtc %s --help", args->command->name, text,
                                 args->command->name);
    if (!o->value || (o->with_equals && !equals)) {
        if (equals)
            return print_usage_error("option --%s takes no value", o->name);
        add(args, o, o->value ? "1" : "");
        return CLI_OK;
    }
    if (!equals && *i + 1 >= argc)
        return print_usage_error("option --%s wants %s", o->name, o->value);
    add(args, o, equals ? equals + 1 : argv[++*i]);
    while (o->more && *i + 1 < argc && argv[*i + 1][0] != '-' && strchr(argv[*i + 1], o->more))
        add(args, o, argv[++*i]);
    return CLI_OK;
}

int args_parse(const cli_command *command, int argc, char **argv, cli_args *out)
{
    bool only_files = false;

    *out = (cli_args){.command = command};
    out->files = calloc((size_t)argc + 1, sizeof *out->files);
    out->names = calloc((size_t)argc + 1, sizeof *out->names);
    out->values = calloc((size_t)argc + 1, sizeof *out->values);
    if (!out->files || !out->names || !out->values)
        return print_usage_error("no memory");
    for (int i = 0; i < argc; i++) {
        if (!only_files && !strcmp(argv[i], "--")) {
            only_files = true;
        } else if (only_files || argv[i][0] != '-' || !argv[i][1]) {
            out->files[out->n_files++] = argv[i];
        } else {
            int rc = take_option(out, argc, argv, &i);
            if (rc != CLI_OK)
                return rc;
        }
    }
    if (out->n_files != (size_t)command->n_files)
        return print_usage_error("usage: torchtrtc %s %s", command->name, command->usage);
    return CLI_OK;
}

void args_dispose(cli_args *args)
{
    free(args->files);
    free(args->names);
    free(args->values);
}

bool args_has(const cli_args *args, const char *name) { return args_value(args, name) != NULL; }

const char *args_value(const cli_args *args, const char *name)
{
    for (size_t i = args->n_options; i-- > 0;)
        if (!strcmp(args->names[i], name))
            return args->values[i];
    return NULL;
}

size_t args_values(const cli_args *args, const char *name, const char **out)
{
    size_t n = 0;

    for (size_t i = 0; i < args->n_options; i++) {
        if (strcmp(args->names[i], name))
            continue;
        if (out)
            out[n] = args->values[i];
        n++;
    }
    return n;
}

bool args_int(const cli_args *args, const char *name, long min, long max, long *out)
{
    const char *text = args_value(args, name);
    char *end;

    if (!text)
        return true;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max) {
        print_usage_error("--%s is '%s'; a number from %ld to %ld is wanted", name, text, min, max);
        return false;
    }
    *out = v;
    return true;
}

bool args_number(const cli_args *args, const char *name, double min, double *out)
{
    const char *text = args_value(args, name);
    char *end;

    if (!text)
        return true;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= min)) {
        print_usage_error("--%s is '%s'; a number of at least %g is wanted", name, text, min);
        return false;
    }
    *out = v;
    return true;
}

static void print_option(const cli_option *o)
{
    char left[96];
    int n = o->letter ? snprintf(left, sizeof left, "-%c, --%s", o->letter, o->name)
                      : snprintf(left, sizeof left, "    --%s", o->name);

    if (o->value)
        snprintf(left + n, sizeof left - (size_t)n, o->with_equals ? "[=%s]" : " %s", o->value);
    if (strlen(left) <= 44)
        printf("  %-44s %s\n", left, o->help);
    else
        printf("  %s\n  %-44s %s\n", left, "", o->help);
}

void args_print_help(const cli_command *command)
{
    printf("usage: torchtrtc %s%s%s\n\n%s.\n", command->name, command->usage[0] ? " " : "", command->usage,
           command->summary);
    if (command->text)
        printf("\n%s\n", command->text);
    printf("\noptions:\n");
    for (const cli_option *o = command->options; o->name; o++)
        print_option(o);
    printf("  %-44s %s\n", "-h, --help", "this text");
    if (command->builds)
        printf("\nsettings of the build:\n");
    for (const cli_option *o = command->builds ? setting_options() : NULL; o && o->name; o++)
        if (!find_in(command->options, o->name, strlen(o->name)))
            print_option(o);
    printf("\nExit codes: 0 fine, 1 the operation failed, 2 wrong usage.\n");
}
