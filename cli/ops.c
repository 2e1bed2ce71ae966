#include "cli.h"

static int run(const cli_args *args)
{
    const json_t *row;
    size_t i;

    if (args_has(args, "json")) {
        printf("%s\n", ttrt_operators());
        return CLI_OK;
    }
    json_t *rows = json_loads(ttrt_operators(), 0, NULL);
    if (!rows)
        return print_failure("the library's list is no JSON");
    printf("%-56s %-24s %s\n", "operator", "converter", "dynamic shapes");
    json_array_foreach (rows, i, row)
        printf("%-56s %-24s %s\n", json_text(row, "operator"), json_text(row, "converter"),
               json_is_true(json_object_get(row, "dynamic")) ? "yes" : "no");
    printf("\n%zu operators\n", json_array_size(rows));
    json_decref(rows);
    return CLI_OK;
}

static const cli_option options[] = {CLI_JSON_OPTION, {0}};
const cli_command command_ops = {"ops", "", "lists the operators that have a converter", NULL, 0, options, run};
