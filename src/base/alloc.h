/* Memory: every allocation of the library goes through here, so that tests can make the n-th one fail
 * (TTRT_ALLOC_FAIL=n). */
#ifndef TT_ALLOC_H
#define TT_ALLOC_H

#include "base/status.h"

/* All return NULL with TTRT_ERR_MEMORY recorded. Size 0 gives a unique pointer. Memory of tt_alloc is not cleared. */
void *tt_alloc(size_t bytes);
void *tt_calloc(size_t count, size_t size); /* checks count * size */
void *tt_realloc(void *p, size_t bytes);
void tt_free(void *p);
/* 64-byte aligned, freed with tt_free_aligned. Large ones come in huge-page friendly form. */
void *tt_alloc_aligned(size_t bytes);
void tt_free_aligned(void *p);
/* Test hook: the n-th allocation from now on fails once; 0 turns it off. */
void tt_alloc_fail_at(uint64_t n);

/* An arena: what is built up and thrown away together. In debug builds (TT_DEBUG) each piece is its own malloc. */
typedef struct tt_arena tt_arena;
tt_arena *tt_arena_new(void);
void tt_arena_free(tt_arena *arena);                              /* NULL is fine */
void *tt_arena_alloc(tt_arena *arena, size_t bytes);              /* cleared, 16-byte aligned */
void *tt_arena_array(tt_arena *arena, size_t count, size_t size); /* the same with a checked product */
char *tt_arena_strdup(tt_arena *arena, const char *s);
char *tt_arena_strndup(tt_arena *arena, const char *s, size_t n);
char *tt_arena_printf(tt_arena *arena, const char *fmt, ...) TT_PRINTF(2, 3);
void *tt_arena_copy(tt_arena *arena, const void *src, size_t bytes);

/* Makes room for one more item in a growing arena array: doubles when full. `*items` moves; the old piece stays until
 * the arena goes. Use: TT_TRY(tt_arena_grow(a, &v->items, &v->cap, v->n, sizeof *v->items)); v->items[v->n++] = x; */
ttrt_status tt_arena_grow(tt_arena *arena, void *items, size_t *cap, size_t n, size_t size);

#endif
