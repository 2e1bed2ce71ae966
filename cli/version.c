#include "cli.h"

static int run(const cli_args *args)
{
    if (args_has(args, "json"))
        return print_json(json_pack("{s:s}", "version", ttrt_version()));
    printf("torchtrtc %s\n", ttrt_version());
    return CLI_OK;
}

static const cli_option options[] = {CLI_JSON_OPTION, {0}};
const cli_command command_version = {"version", "", "prints the version", NULL, 0, options, run};
