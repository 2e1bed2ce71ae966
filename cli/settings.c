/* The settings of a build as options of the commands that build, and `torchtrtc settings`. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static json_t *rows;
static cli_option *options;

/* Short forms; and what has an option of another name or needs a host that runs the rest. */
static const struct {
    const char *name;
    char letter;
} letters[] = {{"precision", 'p'}, {"optimization_level", 'O'}, {"min_block_size", 'm'}};
static const char *const hidden[] = {"engine", "num_threads"};

static bool is_hidden(const char *name)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (!strcmp(hidden[i], name))
            return true;
    return false;
}

static const char *value_of(const char *type, const char *choices)
{
    if (!strcmp(type, "flag"))
        return "0|1";
    if (*choices)
        return choices;
    return !strcmp(type, "text") ? "TEXT" : !strcmp(type, "bytes") ? "BYTES" : "N";
}

/* "help; default 5"; that a flag is off needs no word. */
static char *help_of(const json_t *row)
{
    const char *help = json_text(row, "help"), *fallback = json_text(row, "default");
    bool is_told = *fallback && (strcmp(json_text(row, "type"), "flag") || strcmp(fallback, "0"));
    size_t size = strlen(help) + strlen(fallback) + 16;
    char *text = malloc(size);

    if (text)
        snprintf(text, size, is_told ? "%s; default %s" : "%s", help, fallback);
    return text;
}

static bool fill(cli_option *o, const json_t *row)
{
    char *name = strdup(json_text(row, "name"));

    for (size_t i = 0; name && i < sizeof letters / sizeof *letters; i++)
        if (!strcmp(letters[i].name, name))
            o->letter = letters[i].letter;
    for (char *c = name; c && *c; c++)
        *c = *c == '_' ? '-' : *c;
    o->name = name;
    o->value = value_of(json_text(row, "type"), json_text(row, "choices"));
    o->help = help_of(row);
    o->with_equals = !strcmp(json_text(row, "type"), "flag");
    return name && o->help;
}

/* Made once; kept to the end of the process. */
const cli_option *setting_options(void)
{
    const json_t *row;
    size_t i, n = 0;

    if (options)
        return options;
    rows = json_loads(ttrt_settings(), 0, NULL);
    cli_option *made = calloc(json_array_size(rows) + 1, sizeof *made);
    if (!rows || !made)
        return NULL;
    json_array_foreach (rows, i, row)
        if (!is_hidden(json_text(row, "name")) && !fill(&made[n++], row))
            return NULL;
    options = made;
    return options;
}

const char *setting_name(const char *option, char *out, size_t size)
{
    for (const cli_option *o = setting_options(); o && o->name; o++)
        if (!strcmp(o->name, option)) {
            snprintf(out, size, "%s", option);
            for (char *c = out; *c; c++)
                *c = *c == '-' ? '_' : *c;
            return out;
        }
    return NULL;
}

static int run(const cli_args *args)
{
    if (args_has(args, "json")) {
        printf("%s\n", ttrt_settings());
        return CLI_OK;
    }
    const cli_option *o = setting_options();
    if (!o)
        return print_failure("the library's list is no JSON");
    for (; o->name; o++)
        printf("--%-34s %s\n", o->name, o->help);
    return CLI_OK;
}

static const cli_option own[] = {CLI_JSON_OPTION, {0}};
const cli_command command_settings = {"settings", "", "lists the settings of a build", NULL, 0, own, run, false};
