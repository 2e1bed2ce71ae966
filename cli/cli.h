/* What the commands of torchtrtc share. Written against the public headers alone. */
#ifndef CLI_H
#define CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "torchtrt/torchtrt.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* ---- arguments (args.c) ---- */

typedef struct cli_option {
    const char *name;  /* "output" for --output */
    char letter;       /* 'o' for -o; 0: none */
    const char *value; /* what its value is called in the help; NULL: a flag */
    char more; /* further arguments with this character in them are values too: -i a=x.npy b=y.npy; 0: one value */
    const char *help;
    bool with_equals; /* its value may be left out: --flag, --flag=0 */
} cli_option;

struct cli_args;

typedef struct cli_command {
    const char *name;
    const char *usage;         /* behind "torchtrtc <name>" */
    const char *summary;       /* one line */
    const char *text;          /* more about it, for its help */
    int n_files;               /* positional arguments */
    const cli_option *options; /* ends with a name of NULL */
    int (*run)(const struct cli_args *args);
    bool builds; /* takes the settings of a build (ttrt_settings), too */
} cli_command;

typedef struct cli_args {
    const cli_command *command;
    const char **files;
    const char **names, **values; /* of options as they came */
    size_t n_files, n_options;
} cli_args;

#define CLI_JSON_OPTION                                                                                                \
    {                                                                                                                  \
        "json", 0, NULL, 0, "print JSON"                                                                               \
    }
#define CLI_ENGINE_OPTION                                                                                              \
    {                                                                                                                  \
        "engine", 0, "NAME", 0, "cpu, tensorrt, or auto (default): tensorrt where it can run here, else cpu"           \
    }
#define CLI_SHAPES_OPTION                                                                                              \
    {                                                                                                                  \
        "shapes", 's', "NAME:DIMxDIM...", ':',                                                                         \
            "narrow an input's dimensions; DIM is n or min..opt..max. Again for the same name: a second profile"       \
    }
#define CLI_OPERATORS_OPTION                                                                                           \
    {                                                                                                                  \
        "torch-executed-op", 'x', "OPERATOR", 0, "keep an operator out of engines, aten.add.Tensor. Repeatable"        \
    }
#define CLI_FLOAT32_OPTION                                                                                             \
    {                                                                                                                  \
        "float32-node", 0, "NODE", 0, "with --precision: a node whose product stays float32. Repeatable"               \
    }
#define CLI_THREADS_OPTION                                                                                             \
    {                                                                                                                  \
        "threads", 't', "N", 0, "threads; 0 (default): all processors"                                                 \
    }
/* Of commands that build; what else they take are settings, each by its name: --optimization-level 5. */
#define CLI_BUILD_OPTIONS                                                                                              \
    CLI_ENGINE_OPTION, CLI_SHAPES_OPTION, CLI_OPERATORS_OPTION, CLI_FLOAT32_OPTION, CLI_THREADS_OPTION

/* CLI_OK and *out, or CLI_USAGE with a message printed. args_dispose() in both cases. */
int args_parse(const cli_command *command, int argc, char **argv, cli_args *out);
void args_dispose(cli_args *args);
bool args_has(const cli_args *args, const char *name);
const char *args_value(const cli_args *args, const char *name);               /* the last one; NULL */
size_t args_values(const cli_args *args, const char *name, const char **out); /* all; out may be NULL */
/* A number in [min, max]; false with a message printed. Leaves *out where the option is absent. */
bool args_int(const cli_args *args, const char *name, long min, long max, long *out);
bool args_number(const cli_args *args, const char *name, double min, double *out);
void args_print_help(const cli_command *command);
/* The settings as options: "optimization-level". Ends with a name of NULL; NULL: no memory. */
const cli_option *setting_options(void);
/* The setting behind an option's name, "optimization_level"; NULL where it is none. */
const char *setting_name(const char *option, char *out, size_t size);

/* ---- messages (print.c) ---- */

int print_error(void); /* the library's last error; CLI_FAILED */
int print_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* CLI_USAGE */
int print_failure(const char *fmt, ...) __attribute__((format(printf, 1, 2)));     /* CLI_FAILED */
int print_json(json_t *value);                                                     /* takes the reference; CLI_OK */
void print_nodes(const json_t *nodes, const char *title); /* each with its reason and source line; nothing for none */
json_t *json_path(const char *path);                      /* file names need not be UTF-8: other bytes become '?' */
void print_bytes(char *out, size_t size, double bytes);   /* "12.3 MB" */
void print_count(char *out, size_t size, double count, const char *unit); /* "8.2 GFLOP" */
int64_t peak_memory_bytes(void); /* of this process; 0 where it cannot be told */
double now_seconds(void);
const char *json_text(const json_t *object, const char *key); /* "" where absent */
double json_number(const json_t *object, const char *key);    /* 0 where absent */

/* ---- files (file.c) ---- */

/* Under a temporary name, then renamed; prints what is wrong. */
int write_file(const char *path, const void *bytes, size_t size);

/* ---- programs (open.c) ---- */

/* Reads --engine, --shapes, --torch-executed-op, --float32-node, --threads and the settings by their names. `texts` has
 * room for twice the options and is borrowed. */
int read_build_options(const cli_args *args, const char **texts, ttrt_compile_options *out);
/* A progress line on a terminal; an interrupt cancels the build. */
void show_progress(ttrt_compile_options *options);
void end_progress(void);
/* Opens the file; one that is not compiled is compiled in memory, and that is said on standard error. */
int open_runnable(const cli_args *args, ttrt_program **out);
/* NULL with the error printed. options may be NULL. */
json_t *describe_program(ttrt_program *program, const ttrt_compile_options *options);

/* ---- values (values.c) ---- */

/* The program's inputs: from NAME=FILE.npy or NAME=NUMBER texts; those not named at random where `random`, else it is
 * an error. */
typedef struct cli_inputs {
    ttrt_tensor *tensors;
    size_t n;
} cli_inputs;
int load_inputs(const cli_args *args, const ttrt_program *program, bool random, cli_inputs *out);
void free_inputs(cli_inputs *inputs);
/* Tensors of the inputs go where the program wants them, tensors that it made come back to host memory. */
int send_inputs(ttrt_program *program, cli_inputs *inputs);
int fetch_outputs(ttrt_tensor *tensors, size_t n);
void free_tensors(ttrt_tensor *tensors, size_t n);
double element_value(const ttrt_tensor *t, int64_t i); /* of a contiguous one */
void shape_text(const ttrt_tensor *t, char *out, size_t size);

extern const cli_command command_inspect, command_dryrun, command_compile, command_convert, command_run, command_bench,
    command_profile, command_ops, command_settings, command_doctor, command_version;

#endif
