/* Messages, numbers with units, and what the process used. */
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int print_error(void)
{
    const ttrt_error *e = ttrt_last_error();

    end_progress();
    fprintf(stderr, "torchtrtc: %s\n", e->what[0] ? e->what : ttrt_status_name(e->status));
    if (e->where[0])
        fprintf(stderr, "  at: %s\n", e->where);
    if (e->hint[0])
        fprintf(stderr, "  hint: %s\n", e->hint);
    return CLI_FAILED;
}

static void print_line(const char *fmt, va_list args)
{
    end_progress();
    fprintf(stderr, "torchtrtc: ");
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\n");
}

int print_usage_error(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print_line(fmt, args);
    va_end(args);
    return CLI_USAGE;
}

int print_failure(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print_line(fmt, args);
    va_end(args);
    return CLI_FAILED;
}

int print_json(json_t *value)
{
    if (!value)
        return print_failure("no memory");
    int rc = json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    printf("\n");
    json_decref(value);
    return rc ? print_failure("the JSON cannot be written") : CLI_OK;
}

void print_nodes(const json_t *nodes, const char *title)
{
    const json_t *n;
    size_t i;

    json_array_foreach (nodes, i, n) {
        printf("%s  %s (%s): %s\n", i ? "" : title, json_text(n, "node"), json_text(n, "operator"),
               json_text(n, "reason"));
        if (json_text(n, "source")[0])
            printf("      at %s\n", json_text(n, "source"));
    }
}

json_t *json_path(const char *path)
{
    char plain[4096];
    json_t *text = json_string(path);

    if (text)
        return text;
    snprintf(plain, sizeof plain, "%s", path);
    for (char *c = plain; *c; c++)
        *c = (unsigned char)*c < 0x80 ? *c : '?';
    return json_string(plain);
}

void print_count(char *out, size_t size, double count, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t p = 0;

    while (count >= 1000 && p + 1 < sizeof prefixes / sizeof *prefixes) {
        count /= 1000;
        p++;
    }
    snprintf(out, size, p ? "%.1f%s%s%s" : "%.0f%s%s%s", count, p || unit[0] ? " " : "", prefixes[p], unit);
}

void print_bytes(char *out, size_t size, double bytes) { print_count(out, size, bytes, "B"); }

int64_t peak_memory_bytes(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    int64_t kib = 0;

    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6))
            kib = strtoll(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kib * 1024;
}

double now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

double json_number(const json_t *object, const char *key) { return json_number_value(json_object_get(object, key)); }
