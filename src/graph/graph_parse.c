/* Graphs from the text that graph_print.c writes. Types, trailing arguments that have defaults, and the overload
 * ".default" may be left out; line ends mean nothing but the end of a comment. */
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 256, MAX_NESTING = 16 };

typedef struct reader {
    const char *text, *at;
    tt_graph *g;    /* the one being read */
    tt_map *values; /* of that graph, by name */
    int nesting;
} reader;

/* A growing list in the arena. */
typedef struct list {
    void *items;
    size_t n, cap;
} list;

static ttrt_status fail_at(const reader *r, const char *what)
{
    size_t line = 1;
    for (const char *c = r->text; c < r->at; c++)
        line += *c == '\n';
    tt_fail(TTRT_ERR_FORMAT, "%s at '%.32s'", what, r->at);
    return tt_fail_where("line %zu of the graph", line);
}

static void skip_space(reader *r)
{
    for (;;) {
        r->at += strspn(r->at, " \t\r\n");
        if (*r->at != '#')
            return;
        r->at += strcspn(r->at, "\n");
    }
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool accept(reader *r, const char *text)
{
    size_t n = strlen(text);
    skip_space(r);
    if (strncmp(r->at, text, n) != 0 || (is_name_char(text[n - 1]) && is_name_char(r->at[n])))
        return false;
    r->at += n;
    return true;
}

static ttrt_status expect(reader *r, const char *text)
{
    char what[64];
    if (accept(r, text))
        return TTRT_OK;
    snprintf(what, sizeof what, "expected '%s'", text);
    return fail_at(r, what);
}

/* Names hold letters, digits and _; operators' names also dots. */
static ttrt_status read_name(reader *r, bool dots, char name[MAX_NAME])
{
    size_t n = 0;
    skip_space(r);
    for (; is_name_char(*r->at) || (dots && *r->at == '.'); r->at++) {
        if (n + 1 == MAX_NAME)
            return fail_at(r, "a name is too long");
        name[n++] = *r->at;
    }
    name[n] = 0;
    return n > 0 ? TTRT_OK : fail_at(r, "expected a name");
}

static ttrt_status push(reader *r, list *l, const void *item, size_t size)
{
    TT_TRY(tt_arena_grow(r->g->arena, &l->items, &l->cap, l->n, size));
    memcpy((char *)l->items + l->n++ * size, item, size);
    return TTRT_OK;
}

static int hex(const char *at)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *d = at[i] ? strchr(digits, at[i]) : NULL;
        if (d == NULL)
            return -1;
        v = v * 16 + (int)(d - digits) % 16;
    }
    return v;
}

/* What tt_str_add_json writes: \uXXXX stands for control characters, and for U+FFFD in the place of no UTF-8. */
static ttrt_status read_string(reader *r, const char **out)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

    TT_TRY(expect(r, "\""));
    char *text = tt_arena_alloc(r->g->arena, strcspn(r->at, "\n") + 1), *end = text;
    if (text == NULL)
        return TTRT_ERR_MEMORY;
    for (; *r->at != '"'; r->at++) {
        if (*r->at == 0 || *r->at == '\n')
            return fail_at(r, "a string without end");
        if (*r->at != '\\') {
            *end++ = *r->at;
            continue;
        }
        r->at++;
        const char *escape = *r->at ? strchr(plain, *r->at) : NULL;
        int code = *r->at == 'u' ? hex(r->at + 1) : -1;
        if (escape == NULL && code != 0xfffd && (code <= 0 || code > 0x7f))
            return fail_at(r, "an unknown escape");
        if (code == 0xfffd) { /* half as long as its escape */
            memcpy(end, "\xef\xbf\xbd", 3);
            end += 3;
        } else {
            *end++ = escape ? meant[escape - plain] : (char)code;
        }
        r->at += escape ? 0 : 4;
    }
    r->at++;
    *out = text;
    return TTRT_OK;
}

static ttrt_status read_dim(reader *r, tt_dim *out)
{
    skip_space(r);
    ttrt_status status = tt_dim_parse(r->g->dims, &r->at, out);
    return status == TTRT_ERR_FORMAT ? tt_fail_where("the graph at '%.32s'", r->at) : status;
}

static ttrt_status read_dims(reader *r, const char *open, const char *close, const tt_dim **dims, size_t *n)
{
    list l = {0};
    tt_dim d;
    TT_TRY(expect(r, open));
    if (!accept(r, close)) {
        do {
            TT_TRY(read_dim(r, &d));
            TT_TRY(push(r, &l, &d, sizeof d));
        } while (accept(r, ","));
        TT_TRY(expect(r, close));
    }
    *dims = l.items;
    *n = l.n;
    return TTRT_OK;
}

/* ---- values ---- */

static ttrt_status new_value(reader *r, tt_value **out)
{
    char name[MAX_NAME];
    TT_TRY(expect(r, "%"));
    TT_TRY(read_name(r, false, name));
    if (tt_map_has(r->values, name))
        return fail_at(r, "a second value of that name before");
    *out = tt_graph_value(r->g, name, TT_VALUE_TENSOR);
    return *out ? tt_map_put(r->values, name, *out) : TTRT_ERR_MEMORY;
}

static ttrt_status old_value(reader *r, tt_value **out)
{
    char name[MAX_NAME];
    TT_TRY(expect(r, "%"));
    TT_TRY(read_name(r, false, name));
    *out = tt_map_get(r->values, name);
    return *out ? TTRT_OK : fail_at(r, "an undefined value before");
}

static ttrt_status read_device(reader *r, const char **out)
{
    size_t n = strspn(r->at, "abcdefghijklmnopqrstuvwxyz:0123456789");
    *out = tt_arena_strndup(r->g->arena, r->at, n);
    r->at += n;
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status read_type(reader *r, tt_value *v)
{
    char name[MAX_NAME];
    size_t n_strides;

    if (accept(r, "?"))
        strcpy(name, "?");
    else
        TT_TRY(read_name(r, false, name));
    if (strcmp(name, "int") == 0 || strcmp(name, "bool") == 0) {
        v->kind = name[0] == 'i' ? TT_VALUE_INT : TT_VALUE_BOOL;
        TT_TRY(expect(r, "("));
        TT_TRY(read_dim(r, &v->dim));
        return expect(r, ")");
    }
    static const char *const others[] = {
        [TT_VALUE_FLOAT] = "float", [TT_VALUE_NONE] = "none", [TT_VALUE_OTHER] = "other"};
    for (int k = TT_VALUE_FLOAT; k <= TT_VALUE_OTHER; k++) {
        if (strcmp(name, others[k]) == 0) {
            v->kind = (tt_value_kind)k;
            return TTRT_OK;
        }
    }
    v->dtype = tt_dtype_from_short(name);
    if (v->dtype == TT_DTYPE_NONE && name[0] != '?')
        return fail_at(r, "an unknown type before");
    TT_TRY(read_dims(r, "[", "]", &v->dims, &v->rank));
    if (*r->at == '{') {
        TT_TRY(read_dims(r, "{", "}", &v->strides, &n_strides));
        if (n_strides != v->rank)
            return fail_at(r, "as many strides as dimensions are needed before");
    }
    if (*r->at == '@') {
        r->at++;
        TT_TRY(read_device(r, &v->device));
    }
    return TTRT_OK;
}

/* ---- arguments ---- */

static ttrt_status read_arg(reader *r, uint8_t type, tt_arg *out);
static ttrt_status read_graph(reader *r);

/* Items of one kind; integers among floats become floats. */
static ttrt_status merge_items(reader *r, const tt_arg *items, size_t n, uint8_t type, tt_arg *out)
{
    bool values = type == TT_TYPE_TENSORS || type == TT_TYPE_TENSOR, floats = type == TT_TYPE_FLOATS,
         bools = type == TT_TYPE_BOOLS;
    bool strings = false;
    for (size_t i = 0; i < n; i++) {
        values |= items[i].kind == TT_ARG_VALUE || items[i].kind == TT_ARG_NONE;
        floats |= items[i].kind == TT_ARG_FLOAT;
        bools |= items[i].kind == TT_ARG_BOOL;
        strings |= items[i].kind == TT_ARG_STRING;
    }
    size_t size = values || strings ? sizeof(void *) : floats ? sizeof(double) : bools ? sizeof(bool) : sizeof(tt_dim);
    out->kind = values    ? TT_ARG_VALUES
                : strings ? TT_ARG_STRINGS
                : floats  ? TT_ARG_FLOATS
                : bools   ? TT_ARG_BOOLS
                          : TT_ARG_INTS;
    out->n = n;
    out->values = tt_arena_array(r->g->arena, n + 1, size);
    if (out->values == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const tt_arg *a = &items[i];
        if (values && (a->kind == TT_ARG_VALUE || a->kind == TT_ARG_NONE))
            out->values[i] = a->kind == TT_ARG_VALUE ? a->value : NULL;
        else if (!values && strings && a->kind == TT_ARG_STRING)
            out->strings[i] = a->string;
        else if (!values && !strings && floats && (a->kind == TT_ARG_FLOAT || (a->kind == TT_ARG_INT && !a->dim.expr)))
            out->floats[i] = a->kind == TT_ARG_FLOAT ? a->f : (double)a->dim.value;
        else if (!values && !strings && !floats && bools && a->kind == TT_ARG_BOOL)
            out->bools[i] = a->b;
        else if (!values && !strings && !floats && !bools && a->kind == TT_ARG_INT)
            out->dims[i] = a->dim;
        else
            return fail_at(r, "a list of items of different kinds before");
    }
    return TTRT_OK;
}

static ttrt_status read_list(reader *r, uint8_t type, tt_arg *out)
{
    list l = {0};
    tt_arg item;
    if (!accept(r, "]")) {
        do {
            TT_TRY(read_arg(r, TT_TYPE_OTHER, &item));
            TT_TRY(push(r, &l, &item, sizeof item));
        } while (accept(r, ","));
        TT_TRY(expect(r, "]"));
    }
    return merge_items(r, l.items, l.n, type, out);
}

/* True where a number with a point, an exponent, or inf or nan stands. */
static bool read_float(reader *r, double *out)
{
    skip_space(r);
    const char *digits = r->at + (*r->at == '-');
    bool word = strncmp(digits, "inf", 3) == 0 || strncmp(digits, "nan", 3) == 0;
    if (word) {
        if (is_name_char(digits[3]))
            return false;
        *out = digits[0] == 'n' ? (double)NAN : *r->at == '-' ? -(double)INFINITY : (double)INFINITY;
        r->at = digits + 3;
        return true;
    }
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || (digits[n] != '.' && digits[n] != 'e'))
        return false;
    char *end;
    *out = strtod(r->at, &end);
    r->at = end;
    return true;
}

/* f32, contiguous_format, ...: words that are no symbols. */
static bool read_word(reader *r, tt_arg *out)
{
    static const struct {
        const char *name;
        tt_arg arg;
    } words[] = {
        {"None", {.kind = TT_ARG_NONE}},
        {"True", {.kind = TT_ARG_BOOL, .b = true}},
        {"False", {.kind = TT_ARG_BOOL, .b = false}},
        {"contiguous_format", {.kind = TT_ARG_MEMORY_FORMAT, .number = 0}},
        {"preserve_format", {.kind = TT_ARG_MEMORY_FORMAT, .number = 1}},
        {"channels_last", {.kind = TT_ARG_MEMORY_FORMAT, .number = 2}},
        {"channels_last_3d", {.kind = TT_ARG_MEMORY_FORMAT, .number = 3}},
    };
    char name[32];
    size_t n = 0;

    for (size_t i = 0; i < TT_COUNT(words); i++) {
        if (accept(r, words[i].name)) {
            *out = words[i].arg;
            return true;
        }
    }
    while (n + 1 < sizeof name && is_name_char(r->at[n])) {
        name[n] = r->at[n];
        n++;
    }
    name[n] = 0;
    tt_dtype dtype = tt_dtype_from_short(name);
    if (n == 0 || dtype == TT_DTYPE_NONE || is_name_char(r->at[n]))
        return false;
    r->at += n;
    *out = (tt_arg){.kind = TT_ARG_DTYPE, .dtype = dtype};
    return true;
}

bool tt_graph_is_word(const char *text)
{
    reader r = {.at = text};
    tt_arg arg;
    double f;

    return read_word(&r, &arg) || read_float(&r, &f);
}

static ttrt_status read_subgraph(reader *r, tt_arg *out)
{
    reader inner = *r;
    inner.g = tt_graph_new_sub(r->g, "");
    inner.values = tt_map_new(r->g->arena);
    if (inner.g == NULL || inner.values == NULL)
        return TTRT_ERR_MEMORY;
    if (++inner.nesting > MAX_NESTING)
        return fail_at(r, "too much nesting");
    TT_TRY(read_graph(&inner));
    r->at = inner.at;
    *out = (tt_arg){.kind = TT_ARG_GRAPH, .graph = inner.g};
    return expect(r, "}");
}

static ttrt_status read_call_arg(reader *r, tt_arg *out)
{
    tt_dim d;
    if (accept(r, "device(")) {
        out->kind = TT_ARG_DEVICE;
        TT_TRY(read_string(r, &out->string));
    } else if (accept(r, "layout(")) {
        out->kind = TT_ARG_LAYOUT;
        TT_TRY(read_dim(r, &d));
        out->number = d.value;
    } else {
        TT_TRY(expect(r, "complex("));
        out->kind = TT_ARG_COMPLEX;
        if (!read_float(r, &out->f))
            return fail_at(r, "expected a float");
        TT_TRY(expect(r, ","));
        if (!read_float(r, &out->imag))
            return fail_at(r, "expected a float");
    }
    return expect(r, ")");
}

static ttrt_status read_arg(reader *r, uint8_t type, tt_arg *out)
{
    double f;
    *out = (tt_arg){.kind = TT_ARG_NONE};
    skip_space(r);
    switch (*r->at) {
    case '%':
        out->kind = TT_ARG_VALUE;
        return old_value(r, &out->value);
    case '"':
        out->kind = TT_ARG_STRING;
        return read_string(r, &out->string);
    case '[':
        r->at++;
        if (++r->nesting > MAX_NESTING)
            return fail_at(r, "too much nesting");
        TT_TRY(read_list(r, type, out));
        r->nesting--;
        return TTRT_OK;
    case '{':
        r->at++;
        return read_subgraph(r, out);
    default:
        break;
    }
    if (read_word(r, out))
        return TTRT_OK;
    if (strncmp(r->at, "device(", 7) == 0 || strncmp(r->at, "layout(", 7) == 0 || strncmp(r->at, "complex(", 8) == 0)
        return read_call_arg(r, out);
    if (read_float(r, &f)) {
        *out = (tt_arg){.kind = TT_ARG_FLOAT, .f = f};
        return TTRT_OK;
    }
    out->kind = TT_ARG_INT;
    return read_dim(r, &out->dim);
}

/* ---- nodes ---- */

/* An operator of the table, or one made for this graph. */
static ttrt_status find_op(reader *r, const char *name, size_t n_args, const tt_op **out)
{
    *out = tt_op_find(name);
    if (*out != NULL)
        return TTRT_OK;
    *out = tt_op_unlisted(r->g->arena, tt_op_bare_name(name), n_args);
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

typedef struct named_arg {
    const char *name; /* "" where by position */
    tt_arg arg;
} named_arg;

static int find_schema_arg(const tt_op *op, const char *name)
{
    for (size_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* The name in `name=...`, "" where there is none. */
static ttrt_status read_arg_name(reader *r, const char **out)
{
    skip_space(r);
    size_t n = 0;
    while (is_name_char(r->at[n]))
        n++;
    *out = "";
    if (n == 0 || r->at[n] != '=' || r->at[n + 1] == '=')
        return TTRT_OK;
    *out = tt_arena_strndup(r->g->arena, r->at, n);
    r->at += n + 1;
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status read_args(reader *r, const tt_op *op, list *l)
{
    named_arg a;
    TT_TRY(expect(r, "("));
    if (accept(r, ")"))
        return TTRT_OK;
    do {
        TT_TRY(read_arg_name(r, &a.name));
        int i = op == NULL ? -1 : a.name[0] ? find_schema_arg(op, a.name) : (int)l->n;
        TT_TRY(read_arg(r, op && i >= 0 && i < op->n_args ? op->args[i].type : TT_TYPE_OTHER, &a.arg));
        TT_TRY(push(r, l, &a, sizeof a));
    } while (accept(r, ","));
    return expect(r, ")");
}

static ttrt_status place_args(reader *r, tt_node *n, const named_arg *args, size_t n_args)
{
    const tt_op *op = n->op;
    bool *given = tt_arena_array(r->g->arena, op->n_args + 1, sizeof *given);
    if (given == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n_args; i++) {
        int at = args[i].name[0] ? find_schema_arg(op, args[i].name) : (int)i;
        if (at < 0 || at >= op->n_args || given[at])
            return fail_at(r, "an argument that the operator does not take, before");
        n->args[at] = args[i].arg;
        given[at] = true;
    }
    for (size_t i = 0; i < op->n_args; i++) {
        if (!given[i] && !op->args[i].fallback && !op->args[i].optional)
            return fail_at(r, "an argument is missing before");
        if (!given[i])
            TT_TRY(tt_op_arg_default(r->g, &op->args[i], &n->args[i]));
    }
    return TTRT_OK;
}

static ttrt_status keep_args(reader *r, tt_node *n, const named_arg *args, size_t n_args)
{
    n->arg_names = tt_arena_array(r->g->arena, n_args + 1, sizeof *n->arg_names);
    if (n->arg_names == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n_args; i++) {
        n->args[i] = args[i].arg;
        n->arg_names[i] = args[i].name;
    }
    return TTRT_OK;
}

/* "  # file.py:3 in forward" at the end of the node's line. */
static ttrt_status read_source(reader *r, tt_node *n)
{
    r->at += strspn(r->at, " \t");
    if (*r->at != '#')
        return TTRT_OK;
    const char *start = r->at + 1 + strspn(r->at + 1, " ");
    r->at = start + strcspn(start, "\n");
    n->source = tt_arena_strndup(r->g->arena, start, (size_t)(r->at - start));
    return n->source ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status read_outs(reader *r, list *outs, bool *is_list)
{
    *is_list = accept(r, "[");
    skip_space(r);
    if (*r->at == '%') {
        do {
            tt_value *v;
            TT_TRY(new_value(r, &v));
            if (accept(r, ":"))
                TT_TRY(read_type(r, v));
            TT_TRY(push(r, outs, &v, sizeof(tt_value *)));
        } while (accept(r, ","));
    }
    if (*is_list)
        TT_TRY(expect(r, "]"));
    return outs->n > 0 || *is_list ? expect(r, "=") : TTRT_OK;
}

static ttrt_status read_node(reader *r)
{
    char name[MAX_NAME];
    list outs = {0}, args = {0};
    bool is_list;
    const tt_op *op;

    TT_TRY(read_outs(r, &outs, &is_list));
    TT_TRY(read_name(r, true, name));
    TT_TRY(read_args(r, tt_op_find(name), &args));
    if (args.n > UINT16_MAX)
        return fail_at(r, "too many arguments before");
    TT_TRY(find_op(r, name, args.n, &op));
    tt_value **values = outs.items;
    const char *base = strchr(op->name, '.') ? strchr(op->name, '.') + 1 : op->name;
    char *node_name = tt_arena_strndup(r->g->arena, base, strcspn(base, "."));
    const char *fresh = outs.n > 0 ? values[0]->name : node_name ? tt_graph_fresh_name(r->g, node_name) : NULL;
    tt_node *n = fresh ? tt_node_new(r->g, op, fresh, outs.n) : NULL;
    if (n == NULL)
        return TTRT_ERR_MEMORY;
    n->outs_are_list = is_list;
    for (size_t i = 0; i < outs.n; i++)
        n->outs[i] = values[i];
    if (op->id >= 0)
        TT_TRY(place_args(r, n, args.items, args.n));
    else
        TT_TRY(keep_args(r, n, args.items, args.n));
    tt_node_insert(r->g, n, NULL);
    return read_source(r, n);
}

/* ---- the signature ---- */

static ttrt_status add_weight(reader *r, tt_graph_input *in)
{
    tt_value *v = in->value;
    tt_weight *w = tt_arena_alloc(r->g->arena, sizeof *w);
    int64_t *dims = tt_arena_array(r->g->arena, 2 * v->rank + 1, sizeof *dims), stride = 1;

    if (w == NULL || dims == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = v->rank; i-- > 0;) {
        if (!tt_dim_is_const(v->dims[i]))
            return fail_at(r, "a weight of symbolic shape before");
        dims[i] = v->dims[i].value;
        dims[v->rank + i] = stride;
        if (__builtin_mul_overflow(stride, dims[i], &stride))
            return fail_at(r, "a weight of more than 2^63 elements before");
    }
    *w = (tt_weight){.fqn = in->target,
                     .dtype = v->dtype,
                     .rank = v->rank,
                     .dims = dims,
                     .strides = dims + v->rank,
                     .is_param = in->kind == TT_INPUT_PARAM};
    v->weight = w;
    return TTRT_OK;
}

static ttrt_status read_input(reader *r)
{
    tt_graph_input in = {.kind = TT_INPUT_USER, .persistent = true};
    TT_TRY(new_value(r, &in.value));
    in.name = in.value->name;
    if (accept(r, ":"))
        TT_TRY(read_type(r, in.value));
    if (accept(r, "=")) {
        if (accept(r, "const")) {
            in.value = NULL;
            TT_TRY(read_arg(r, TT_TYPE_OTHER, &in.constant));
            return tt_graph_add_input(r->g, in);
        }
        in.persistent = !accept(r, "temporary");
        if (accept(r, "param"))
            in.kind = TT_INPUT_PARAM;
        else if (accept(r, "buffer"))
            in.kind = TT_INPUT_BUFFER;
        else {
            TT_TRY(expect(r, "constant"));
            in.kind = TT_INPUT_CONSTANT;
        }
        TT_TRY(read_string(r, &in.target));
        TT_TRY(add_weight(r, &in));
    }
    return tt_graph_add_input(r->g, in);
}

static ttrt_status read_output(reader *r)
{
    tt_graph_output out = {.kind = TT_OUTPUT_USER};
    if (accept(r, "mutate")) {
        if (accept(r, "buffer"))
            out.kind = TT_OUTPUT_BUFFER_MUTATION;
        else if (accept(r, "input"))
            out.kind = TT_OUTPUT_INPUT_MUTATION;
        else {
            TT_TRY(expect(r, "param"));
            out.kind = TT_OUTPUT_PARAM_MUTATION;
        }
        TT_TRY(read_string(r, &out.target));
        TT_TRY(expect(r, "="));
    }
    TT_TRY(read_arg(r, TT_TYPE_OTHER, &out.arg));
    return tt_graph_add_output(r->g, out);
}

static ttrt_status read_bound(reader *r, int64_t *out)
{
    skip_space(r);
    const char *start = r->at;
    tt_dim d;
    /* Digits only: "1..8" is no float and no sum. */
    bool negative = accept(r, "-");
    if (!(*r->at >= '0' && *r->at <= '9')) {
        r->at = start;
        return TTRT_OK;
    }
    TT_TRY(read_dim(r, &d));
    *out = negative ? -d.value : d.value;
    return TTRT_OK;
}

static ttrt_status read_symbols(reader *r)
{
    char name[MAX_NAME];
    do {
        TT_TRY(read_name(r, false, name));
        tt_symbol *s = tt_dims_symbol(r->g->dims, name);
        if (s == NULL)
            return TTRT_ERR_MEMORY;
        s->min = INT64_MIN;
        TT_TRY(expect(r, ":"));
        TT_TRY(read_bound(r, &s->min));
        TT_TRY(expect(r, ".."));
        TT_TRY(read_bound(r, &s->max));
        if (accept(r, "="))
            TT_TRY(read_bound(r, &s->hint));
        if (s->min > s->max)
            return fail_at(r, "a symbol's range is empty");
    } while (accept(r, ","));
    return expect(r, ")");
}

static ttrt_status read_graph(reader *r)
{
    if (r->g->parent == NULL && accept(r, "symbols("))
        TT_TRY(read_symbols(r));
    TT_TRY(expect(r, "graph("));
    if (!accept(r, ")")) {
        do {
            TT_TRY(read_input(r));
        } while (accept(r, ","));
        TT_TRY(expect(r, ")"));
    }
    while (!accept(r, "return"))
        TT_TRY(read_node(r));
    skip_space(r);
    if (*r->at == 0 || *r->at == '}')
        return TTRT_OK;
    do {
        TT_TRY(read_output(r));
    } while (accept(r, ","));
    return TTRT_OK;
}

ttrt_status tt_graph_parse(const char *text, tt_graph **out)
{
    tt_graph *g = tt_graph_new(NULL);
    if (g == NULL)
        return TTRT_ERR_MEMORY;
    reader r = {.text = text, .at = text, .g = g, .values = tt_map_new(g->arena)};
    ttrt_status status = r.values ? read_graph(&r) : TTRT_ERR_MEMORY;
    skip_space(&r);
    if (status == TTRT_OK && *r.at != 0)
        status = fail_at(&r, "text left over");
    if (status != TTRT_OK) {
        tt_graph_free(g);
        return status;
    }
    *out = g;
    return TTRT_OK;
}
