/* A growing string and a hash map from strings. */
#ifndef TT_STR_H
#define TT_STR_H

#include <stdarg.h>
#include "base/alloc.h"

/* A growing, always NUL-terminated string of its own heap piece. After a failed append `failed` is set and further
 * appends do nothing, so callers check once at the end with tt_str_status(). Start with {0}. */
typedef struct tt_str {
    char *data; /* NULL while empty; use tt_str_text() */
    size_t len, cap;
    bool failed;
} tt_str;
void tt_str_add(tt_str *s, const char *text);
void tt_str_add_n(tt_str *s, const char *text, size_t n);
void tt_str_addf(tt_str *s, const char *fmt, ...) TT_PRINTF(2, 3);
void tt_str_addv(tt_str *s, const char *fmt, va_list args);
void tt_str_add_dims(tt_str *s, const int64_t *dims, size_t n); /* "[2, 3]" */
void tt_str_add_json(tt_str *s, const char *text);              /* quoted and escaped as a JSON string */
const char *tt_str_text(const tt_str *s);                       /* "" while empty */
char *tt_str_take(tt_str *s); /* the heap piece, tt_free() it; NULL if it failed; s is empty again */
ttrt_status tt_str_status(const tt_str *s);
void tt_str_dispose(tt_str *s);

/* String -> pointer. Keys are copied into the arena the map was made in; the map goes with it. */
typedef struct tt_map tt_map;
tt_map *tt_map_new(tt_arena *arena);
ttrt_status tt_map_put(tt_map *map, const char *key, void *value); /* replaces */
void *tt_map_get(const tt_map *map, const char *key);              /* NULL where there is none */
bool tt_map_has(const tt_map *map, const char *key);
size_t tt_map_count(const tt_map *map);

#endif
