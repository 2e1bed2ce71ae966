/* JSON, by jansson: reading foreign text with limits, and access that says what is wrong and where.
 * Texts are at most 1 GiB, nesting at most 256 deep, keys unique. Errors name the path:
 * "graph_module.graph.nodes[3].target". */
#ifndef TT_JSON_H
#define TT_JSON_H

#include <jansson.h>
#include "base/alloc.h"

/* `name` is what errors call the text (file and entry). Free with json_decref(). */
ttrt_status tt_json_parse(const char *text, size_t size, const char *name, json_t **out);
/* The value as text on one line, in the arena. */
ttrt_status tt_json_text(const json_t *value, tt_arena *arena, const char **out);

/* A place in a document, for errors: linked up to the root, on the stack. */
typedef struct tt_json {
    const json_t *value;
    const struct tt_json *parent;
    const char *key;  /* in an object; NULL in an array */
    size_t index;     /* in an array */
    const char *name; /* the document's name; only the root needs it */
} tt_json;

tt_json tt_json_root(const json_t *value, const char *name);
const char *tt_json_document(const tt_json *at); /* the document's name */
/* Records TTRT_ERR_FORMAT with the path. */
ttrt_status tt_json_fail(const tt_json *at, const char *fmt, ...) TT_PRINTF(2, 3);
/* Members. get: must be there (null counts as there). find: false where absent or null. */
ttrt_status tt_json_get(const tt_json *obj, const char *key, tt_json *out);
bool tt_json_find(const tt_json *obj, const char *key, tt_json *out);
ttrt_status tt_json_array(const tt_json *at, size_t *n);      /* must be an array */
tt_json tt_json_item(const tt_json *array, size_t i);         /* i < n */
ttrt_status tt_json_object(const tt_json *at);                /* must be an object */
ttrt_status tt_json_str(const tt_json *at, const char **out); /* lent by the document; NULs inside are refused */
ttrt_status tt_json_i64(const tt_json *at, int64_t *out);
ttrt_status tt_json_f64(const tt_json *at, double *out); /* numbers, and the strings "Infinity", "-Infinity", "NaN" */
ttrt_status tt_json_bool(const tt_json *at, bool *out);
/* The one member of a tagged union object {"as_int": 3}; more or fewer members is an error. */
ttrt_status tt_json_union(const tt_json *at, const char **tag, tt_json *out);

#endif
