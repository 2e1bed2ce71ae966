/* torchtrtc: compiles, runs and examines .pt2 programs, with no Python and no libtorch. */
#include "cli.h"

#include <string.h>

static const cli_command *const commands[] = {
    &command_inspect, &command_dryrun, &command_compile,  &command_convert, &command_run,     &command_bench,
    &command_profile, &command_ops,    &command_settings, &command_doctor,  &command_version,
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static int print_overview(FILE *out)
{
    fprintf(out, "usage: torchtrtc COMMAND ...\n\nCompiles and runs PyTorch .pt2 programs, with no Python and no "
                 "libtorch.\n\ncommands:\n");
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out,
            "\n\"torchtrtc COMMAND --help\" tells more. Exit codes: 0 fine, 1 the operation failed, 2 wrong usage.\n");
    return out == stdout ? CLI_OK : CLI_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return false;
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    cli_args args;

    if (wants_help(argc, argv)) {
        args_print_help(command);
        return CLI_OK;
    }
    int rc = args_parse(command, argc, argv, &args);
    if (rc == CLI_OK)
        rc = command->run(&args);
    args_dispose(&args);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_overview(stderr);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return print_overview(stdout);
    const char *name = strcmp(argv[1], "--version") ? argv[1] : "version";
    for (int i = 0; i < N_COMMANDS; i++)
        if (!strcmp(name, commands[i]->name))
            return run_command(commands[i], argc - 2, argv + 2);
    print_usage_error("there is no command '%s'; see torchtrtc --help", argv[1]);
    return CLI_USAGE;
}
