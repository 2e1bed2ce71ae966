/* Where a node comes from: the Python line and the module. */
#include "program/pt2_impl.h"

#include <stdio.h>
#include <string.h>

/* The texts repeat from node to node; one copy of each. */
static ttrt_status intern(tt_pt2_reader *r, const char *text, const char **out)
{
    *out = tt_map_get(r->strings, text);
    if (*out != NULL)
        return TTRT_OK;
    char *copy = tt_arena_strdup(r->g->arena, text);
    if (copy == NULL)
        return TTRT_ERR_MEMORY;
    *out = copy;
    return tt_map_put(r->strings, text, copy);
}

/* A frame is   File "path", line 12, in forward\n    code\n   The innermost one outside PyTorch tells most. */
static const char *best_frame(const char *trace)
{
    const char *best = NULL, *best_user = NULL;
    for (const char *at = strstr(trace, "File \""); at; at = strstr(at + 1, "\n  File \"")) {
        at += strcspn(at, "F");
        const char *end = strchr(at + 6, '"');
        const char *torch = strstr(at, "/torch/");
        best = at;
        if (end != NULL && (torch == NULL || torch > end))
            best_user = at;
    }
    return best_user ? best_user : best;
}

static bool format_frame(const char *frame, char *text, size_t size)
{
    const char *path = frame + strlen("File \""), *end = strchr(path, '"'), *base = path;
    int line = 0, name_len = 0, at = 0;
    if (end == NULL || sscanf(end, "\", line %d, in %n", &line, &at) != 1 || at == 0)
        return false;
    for (const char *c = path; c < end; c++)
        base = *c == '/' ? c + 1 : base;
    const char *function = end + at;
    name_len = (int)strcspn(function, "\n");
    const char *code = function + name_len;
    code += strspn(code, "\n ");
    int code_len = (int)strcspn(code, "\n");
    if (strncmp(code, "File \"", 6) == 0)
        code_len = 0;
    snprintf(text, size, "%.*s:%d in %.*s%s%.*s", (int)(end - base), base, line, name_len, function,
             code_len ? ": " : "", code_len, code);
    return true;
}

static ttrt_status read_source(tt_pt2_reader *r, const tt_json *trace, tt_node *n)
{
    char text[256];
    const char *whole;
    TT_TRY(tt_json_str(trace, &whole));
    const char *frame = best_frame(whole);
    return frame && format_frame(frame, text, sizeof text) ? intern(r, text, &n->source) : TTRT_OK;
}

/* "key,path,class;key,path,class": the last path. */
static ttrt_status read_module(tt_pt2_reader *r, const tt_json *stack, tt_node *n)
{
    char path[256];
    const char *whole;
    TT_TRY(tt_json_str(stack, &whole));
    const char *last = strrchr(whole, ';');
    last = last ? last + 1 : whole;
    const char *first_comma = strchr(last, ','), *last_comma = strrchr(last, ',');
    if (first_comma == last_comma || last_comma - first_comma < 2 || (size_t)(last_comma - first_comma) > sizeof path)
        return TTRT_OK;
    snprintf(path, sizeof path, "%.*s", (int)(last_comma - first_comma - 1), first_comma + 1);
    /* What PyTorch writes where it has no module. */
    return strstr(path, "_empty_nn_module_stack") ? TTRT_OK : intern(r, path, &n->module);
}

ttrt_status tt_pt2_node_origin(tt_pt2_reader *r, const tt_json *node, tt_node *n)
{
    tt_json metadata, item;
    if (!tt_json_find(node, "metadata", &metadata))
        return TTRT_OK;
    if (tt_json_find(&metadata, "stack_trace", &item))
        TT_TRY(read_source(r, &item, n));
    if (tt_json_find(&metadata, "nn_module_stack", &item))
        TT_TRY(read_module(r, &item, n));
    return TTRT_OK;
}
