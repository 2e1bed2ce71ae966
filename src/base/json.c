/* Reading JSON: limits on foreign text, and access that names the path of what is wrong. */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdalign.h>
#include <string.h>

#include "base/str.h"

/* What stdin is in jansson's archive, see meson.build. */
extern void *tt_json_stdin;
void *tt_json_stdin;

#define MAX_DEPTH 256
#define MAX_BYTES ((size_t)1 << 30)

/* Jansson's lexer takes no notice when its buffer cannot grow: it loses characters, and a string whose closing quote is
 * lost makes it write past its memory. So no allocation may fail inside of the parser: one that does leaves it by
 * longjmp, and all that it had is freed. Every block therefore knows its neighbours; those of one document form a ring,
 * which the parse heads while it lasts. */
typedef struct block {
    alignas(max_align_t) struct block *prev;
    struct block *next;
} block;

static _Thread_local struct {
    bool runs;
    block head;
    jmp_buf out_of_memory;
} parse;

static void *alloc(size_t bytes)
{
    block *b = bytes <= SIZE_MAX - sizeof *b ? tt_alloc(sizeof *b + bytes) : NULL;

    if (!b && parse.runs)
        longjmp(parse.out_of_memory, 1);
    if (!b)
        return NULL;
    b->prev = b->next = b;
    if (parse.runs) {
        b->prev = parse.head.prev;
        b->next = &parse.head;
        b->prev->next = b->next->prev = b;
    }
    return b + 1;
}

static void unlink_block(block *b)
{
    b->prev->next = b->next;
    b->next->prev = b->prev;
}

static void release(void *p)
{
    if (!p)
        return;
    block *b = (block *)p - 1;
    unlink_block(b);
    tt_free(b);
}

/* Before anything is allocated: whoever shares this copy of jansson (torchtrtc of a wheel) allocates the same way. */
__attribute__((constructor)) static void set_alloc(void) { json_set_alloc_funcs(alloc, release); }

/* The parser recurses; the depth is known before it starts. Brackets in strings do not count. */
static ttrt_status check_depth(const char *text, size_t size, const char *name)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH) {
                tt_fail(TTRT_ERR_FORMAT, "JSON is nested deeper than %d", MAX_DEPTH);
                return tt_fail_where("%s, byte %zu", name, i);
            }
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        }
    }
    return TTRT_OK;
}

ttrt_status tt_json_parse(const char *text, size_t size, const char *name, json_t **out)
{
    json_error_t error;

    if (size > MAX_BYTES) {
        tt_fail(TTRT_ERR_FORMAT, "JSON text of %zu bytes; at most %zu are read", size, MAX_BYTES);
        return tt_fail_where("%s", name);
    }
    TT_TRY(check_depth(text, size, name));
    parse.head = (block){&parse.head, &parse.head};
    if (setjmp(parse.out_of_memory)) {
        parse.runs = false;
        while (parse.head.next != &parse.head)
            release(parse.head.next + 1);
        tt_fail(TTRT_ERR_MEMORY, "no memory for JSON of %zu bytes", size);
        return tt_fail_where("%s", name);
    }
    parse.runs = true;
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    parse.runs = false;
    unlink_block(&parse.head);
    if (!value) {
        tt_fail(TTRT_ERR_FORMAT, "bad JSON: %s", error.text);
        return tt_fail_where("%s, line %d, column %d, byte %d", name, error.line, error.column, error.position);
    }
    *out = value;
    return TTRT_OK;
}

ttrt_status tt_json_text(const json_t *value, tt_arena *arena, const char **out)
{
    size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT);
    char *text = size ? tt_arena_alloc(arena, size + 1) : NULL;

    if (!text || json_dumpb(value, text, size, JSON_COMPACT) != size)
        return tt_fail(TTRT_ERR_MEMORY, "no memory for JSON text");
    text[size] = 0;
    *out = text;
    return TTRT_OK;
}

tt_json tt_json_root(const json_t *value, const char *name) { return (tt_json){.value = value, .name = name}; }

static void add_path(tt_str *path, const tt_json *at)
{
    if (!at->parent)
        return;
    add_path(path, at->parent);
    if (at->key)
        tt_str_addf(path, "%s%s", path->len ? "." : "", at->key);
    else
        tt_str_addf(path, "[%zu]", at->index);
}

const char *tt_json_document(const tt_json *at)
{
    while (at->parent)
        at = at->parent;
    return at->name ? at->name : "JSON";
}

ttrt_status tt_json_fail(const tt_json *at, const char *fmt, ...)
{
    tt_str message = {0};
    va_list args;

    add_path(&message, at);
    if (message.len)
        tt_str_add(&message, ": ");
    va_start(args, fmt);
    tt_str_addv(&message, fmt, args);
    va_end(args);
    tt_fail(TTRT_ERR_FORMAT, "%s", message.failed ? fmt : tt_str_text(&message));
    tt_fail_where("%s", tt_json_document(at));
    tt_str_dispose(&message);
    return TTRT_ERR_FORMAT;
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}

static ttrt_status fail_type(const tt_json *at, const char *wanted)
{
    return tt_json_fail(at, "%s wanted, found %s", wanted, type_name(at->value));
}

ttrt_status tt_json_get(const tt_json *obj, const char *key, tt_json *out)
{
    TT_TRY(tt_json_object(obj));
    const json_t *value = json_object_get(obj->value, key);
    if (!value)
        return tt_json_fail(obj, "member \"%s\" is missing", key);
    *out = (tt_json){.value = value, .parent = obj, .key = key};
    return TTRT_OK;
}

bool tt_json_find(const tt_json *obj, const char *key, tt_json *out)
{
    const json_t *value = json_object_get(obj->value, key); /* NULL too where obj is no object */

    if (!value || json_is_null(value))
        return false;
    *out = (tt_json){.value = value, .parent = obj, .key = key};
    return true;
}

ttrt_status tt_json_array(const tt_json *at, size_t *n)
{
    if (!json_is_array(at->value))
        return fail_type(at, "an array");
    *n = json_array_size(at->value);
    return TTRT_OK;
}

tt_json tt_json_item(const tt_json *array, size_t i)
{
    return (tt_json){.value = json_array_get(array->value, i), .parent = array, .index = i};
}

ttrt_status tt_json_object(const tt_json *at)
{
    return json_is_object(at->value) ? TTRT_OK : fail_type(at, "an object");
}

ttrt_status tt_json_str(const tt_json *at, const char **out)
{
    if (!json_is_string(at->value))
        return fail_type(at, "a string");
    const char *text = json_string_value(at->value);
    if (strlen(text) != json_string_length(at->value))
        return tt_json_fail(at, "the string holds a NUL");
    *out = text;
    return TTRT_OK;
}

ttrt_status tt_json_i64(const tt_json *at, int64_t *out)
{
    if (!json_is_integer(at->value))
        return fail_type(at, "an integer");
    *out = json_integer_value(at->value);
    return TTRT_OK;
}

ttrt_status tt_json_f64(const tt_json *at, double *out)
{
    static const struct {
        const char *text;
        double value;
    } specials[] = {{"Infinity", INFINITY}, {"-Infinity", -INFINITY}, {"NaN", NAN}};

    if (json_is_number(at->value)) {
        *out = json_number_value(at->value);
        return TTRT_OK;
    }
    if (!json_is_string(at->value))
        return fail_type(at, "a number");
    for (size_t i = 0; i < TT_COUNT(specials); i++)
        if (strcmp(json_string_value(at->value), specials[i].text) == 0) {
            *out = specials[i].value;
            return TTRT_OK;
        }
    return tt_json_fail(at, "a number wanted, found the string \"%.40s\"", json_string_value(at->value));
}

ttrt_status tt_json_bool(const tt_json *at, bool *out)
{
    if (!json_is_boolean(at->value))
        return fail_type(at, "true or false");
    *out = json_is_true(at->value);
    return TTRT_OK;
}

ttrt_status tt_json_union(const tt_json *at, const char **tag, tt_json *out)
{
    TT_TRY(tt_json_object(at));
    if (json_object_size(at->value) != 1)
        return tt_json_fail(at, "an object with one member wanted, found %zu members", json_object_size(at->value));
    /* Jansson's iterators ask for a mutable object; reading through them changes nothing. */
    json_t *object = (json_t *)(uintptr_t)at->value;
    void *iter = json_object_iter(object);
    const char *key = json_object_iter_key(iter);
    *out = (tt_json){.value = json_object_iter_value(iter), .parent = at, .key = key};
    *tag = key;
    return TTRT_OK;
}
