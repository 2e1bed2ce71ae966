/* Arenas. Pieces are cut from chunks; in debug builds each is its own allocation, so that sanitizers see every overrun.
 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"

#define PIECE_ALIGN ((size_t)16)
#define CHUNK_FIRST ((size_t)4 << 10)
#define CHUNK_MOST  ((size_t)1 << 20)

typedef struct chunk {
    struct chunk *next;
    size_t size; /* of the bytes behind this head */
} chunk;
_Static_assert(sizeof(chunk) % 16 == 0, "pieces behind a chunk's head keep malloc's alignment");

struct tt_arena {
    chunk *chunks; /* the one in use first */
    size_t used;   /* of the first chunk */
};

tt_arena *tt_arena_new(void) { return tt_calloc(1, sizeof(tt_arena)); }

void tt_arena_free(tt_arena *arena)
{
    if (!arena)
        return;
    for (chunk *c = arena->chunks, *next; c; c = next) {
        next = c->next;
        tt_free(c);
    }
    tt_free(arena);
}

static chunk *chunk_new(size_t size)
{
    size_t bytes;

    if (!tt_add_size(size, sizeof(chunk), &bytes)) {
        tt_fail(TTRT_ERR_MEMORY, "no memory for %zu bytes", size);
        return NULL;
    }
    chunk *c = tt_alloc(bytes);
    if (c)
        *c = (chunk){.size = size};
    return c;
}

#ifdef TT_DEBUG

static void *piece(tt_arena *arena, size_t bytes)
{
    chunk *c = chunk_new(bytes);

    if (!c)
        return NULL;
    c->next = arena->chunks;
    arena->chunks = c;
    return c + 1;
}

#else

static void *piece(tt_arena *arena, size_t bytes)
{
    chunk *first = arena->chunks;

    bytes = bytes ? bytes : 1; /* every piece has an address of its own */
    if (first && first->size - arena->used >= bytes) {
        char *at = (char *)(first + 1) + arena->used;
        size_t used = arena->used + ((bytes + PIECE_ALIGN - 1) & ~(PIECE_ALIGN - 1));
        arena->used = used < first->size ? used : first->size;
        return at;
    }
    size_t size = first ? first->size * 2 : CHUNK_FIRST;
    size = size < CHUNK_FIRST ? CHUNK_FIRST : size > CHUNK_MOST ? CHUNK_MOST : size;
    bool alone = bytes > size / 4;
    chunk *c = chunk_new(alone ? bytes : size);
    if (!c)
        return NULL;
    if (alone && first) { /* a big piece gets its own chunk; the first one stays in use */
        c->next = first->next;
        first->next = c;
        return c + 1;
    }
    c->next = first;
    arena->chunks = c;
    arena->used = alone ? c->size : (bytes + PIECE_ALIGN - 1) & ~(PIECE_ALIGN - 1);
    return c + 1;
}

#endif

void *tt_arena_alloc(tt_arena *arena, size_t bytes)
{
    void *p = piece(arena, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *tt_arena_array(tt_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    if (!tt_mul_size(count, size, &bytes)) {
        tt_fail(TTRT_ERR_MEMORY, "no memory for %zu items of %zu bytes", count, size);
        return NULL;
    }
    return tt_arena_alloc(arena, bytes);
}

char *tt_arena_strndup(tt_arena *arena, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *p = piece(arena, len + 1);

    if (!p)
        return NULL;
    memcpy(p, s, len);
    p[len] = 0;
    return p;
}

char *tt_arena_strdup(tt_arena *arena, const char *s) { return tt_arena_strndup(arena, s, strlen(s)); }

char *tt_arena_printf(tt_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    char *p = NULL;

    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0)
        tt_fail(TTRT_ERR_INTERNAL, "the text of format \"%s\" cannot be made", fmt);
    else if ((p = piece(arena, (size_t)len + 1)))
        vsnprintf(p, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(args);
    return p;
}

void *tt_arena_copy(tt_arena *arena, const void *src, size_t bytes)
{
    void *p = piece(arena, bytes);

    if (p && bytes)
        memcpy(p, src, bytes);
    return p;
}

ttrt_status tt_arena_grow(tt_arena *arena, void *items, size_t *cap, size_t n, size_t size)
{
    void *old;

    if (n < *cap)
        return TTRT_OK;
    size_t more = 8;
    if (n >= more && !tt_mul_size(n, 2, &more))
        TT_FAIL(TTRT_ERR_MEMORY, "no memory for %zu items of %zu bytes", n, size);
    void *grown = tt_arena_array(arena, more, size);
    if (!grown)
        return TTRT_ERR_MEMORY;
    memcpy(&old, items, sizeof old); /* `items` is the address of a pointer of any type */
    if (n)
        memcpy(grown, old, n * size);
    memcpy(items, &grown, sizeof grown);
    *cap = more;
    return TTRT_OK;
}
