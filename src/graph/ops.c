/* The operators' schemas, from ops.def. */
#include "graph/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONAL = 1, KEYWORD = 2, WRITES = 4, MAX_NAME = 256 };

#define ARG(arg_name, arg_type, flags, letter, default_text)                                                           \
    {                                                                                                                  \
        .name = arg_name, .type = TT_TYPE_##arg_type, .optional = ((flags)&OPTIONAL) != 0,                             \
        .keyword = ((flags)&KEYWORD) != 0, .writes = ((flags)&WRITES) != 0, .alias = letter, .fallback = default_text  \
    }
#define OP(id, op_name, returns, list, letters, ...) static const tt_op_arg args_##id[] = {__VA_ARGS__};
#include "graph/ops.def"
#undef OP

#define OP(op_id, op_name, returns, list, letters, ...)                                                                \
    {.name = op_name,                                                                                                  \
     .id = TT_OP_##op_id,                                                                                              \
     .n_args = TT_COUNT(args_##op_id),                                                                                 \
     .n_outs = returns,                                                                                                \
     .returns_list = list,                                                                                             \
     .out_alias = letters,                                                                                             \
     .args = args_##op_id},
static const tt_op OPS[] = {
#include "graph/ops.def"
};
#undef OP
#undef ARG

const tt_op *tt_op_at(int id) { return id >= 0 && id < TT_OP_COUNT ? &OPS[id] : NULL; }

static int compare_name(const void *name, const void *op) { return strcmp(name, ((const tt_op *)op)->name); }

const char *tt_op_bare_name(const char *name)
{
    static const char prefix[] = "torch.ops.";
    while (strncmp(name, prefix, sizeof prefix - 1) == 0)
        name += sizeof prefix - 1;
    return name;
}

static const tt_op *listed(const char *name) { return bsearch(name, OPS, TT_COUNT(OPS), sizeof *OPS, compare_name); }

const tt_op *tt_op_find(const char *name)
{
    char full[MAX_NAME];
    const tt_op *op;

    name = tt_op_bare_name(name);
    op = listed(name);
    if (op != NULL || (size_t)snprintf(full, sizeof full, "%s.default", name) >= sizeof full)
        return op;
    return listed(full);
}

const tt_op *tt_op_unlisted(tt_arena *arena, const char *name, size_t n_args)
{
    tt_op *op = tt_arena_alloc(arena, sizeof *op);
    tt_op_arg *args = tt_arena_array(arena, n_args + 1, sizeof *args);

    if (op == NULL || args == NULL || (op->name = tt_arena_strdup(arena, name)) == NULL)
        return NULL;
    for (size_t i = 0; i < n_args; i++)
        args[i] = (tt_op_arg){.name = "", .type = TT_TYPE_OTHER, .optional = true};
    op->id = -1;
    op->n_args = (uint16_t)n_args;
    op->args = args;
    return op;
}

bool tt_op_is_inplace(const tt_op *op)
{
    for (size_t i = 0; i < op->n_args; i++)
        if (op->args[i].writes)
            return true;
    return false;
}

/* "[1, 1]" or "[]" */
static ttrt_status default_list(tt_graph *g, const tt_op_arg *a, tt_arg *out)
{
    const char *text = a->fallback + 1;
    size_t n = 0, cap = strlen(text) / 2 + 1;
    bool floats = a->type == TT_TYPE_FLOATS;
    void *items = tt_arena_array(g->arena, cap, floats ? sizeof(double) : sizeof(tt_dim));

    if (items == NULL)
        return TTRT_ERR_MEMORY;
    for (char *end; *text != ']' && *text != 0; text = end) {
        if (floats)
            ((double *)items)[n++] = strtod(text, &end);
        else
            ((tt_dim *)items)[n++] = tt_dim_const(strtoll(text, &end, 10));
        end += strspn(end, ", ");
    }
    if (floats)
        *out = (tt_arg){.kind = TT_ARG_FLOATS, .n = n, .floats = items};
    else if (a->type == TT_TYPE_TENSORS)
        *out = (tt_arg){.kind = TT_ARG_VALUES, .values = items};
    else if (a->type == TT_TYPE_BOOLS)
        *out = (tt_arg){.kind = TT_ARG_BOOLS, .bools = items};
    else
        *out = (tt_arg){.kind = TT_ARG_INTS, .n = n, .dims = items};
    return TTRT_OK;
}

ttrt_status tt_op_arg_default(tt_graph *g, const tt_op_arg *a, tt_arg *out)
{
    const char *text = a->fallback;

    *out = (tt_arg){.kind = TT_ARG_NONE};
    if (text == NULL || strcmp(text, "None") == 0)
        return TTRT_OK;
    if (text[0] == '[')
        return default_list(g, a, out);
    if (a->type == TT_TYPE_STRING)
        *out = (tt_arg){.kind = TT_ARG_STRING, .string = text};
    else if (a->type == TT_TYPE_MEMORY_FORMAT || a->type == TT_TYPE_LAYOUT)
        *out = (tt_arg){.kind = a->type == TT_TYPE_LAYOUT ? TT_ARG_LAYOUT : TT_ARG_MEMORY_FORMAT, .number = atoi(text)};
    else if (a->type == TT_TYPE_DTYPE)
        *out = (tt_arg){.kind = TT_ARG_DTYPE, .dtype = (tt_dtype)atoi(text)};
    else if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0)
        *out = (tt_arg){.kind = TT_ARG_BOOL, .b = text[0] == 'T'};
    else if (strpbrk(text, ".en") != NULL)
        *out = (tt_arg){.kind = TT_ARG_FLOAT, .f = strtod(text, NULL)};
    else
        *out = (tt_arg){.kind = TT_ARG_INT, .dim = tt_dim_const(strtoll(text, NULL, 10))};
    return TTRT_OK;
}
