/* The hash map from strings: open addressing, linear probing, at most 3/4 full. */
#include "base/str.h"

#include <string.h>

typedef struct slot {
    const char *key; /* NULL: free */
    void *value;
    uint64_t hash;
} slot;

struct tt_map {
    tt_arena *arena;
    slot *slots;
    size_t n_slots, n; /* n_slots: a power of two, or 0 */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Keys come from files. The map's address in the seed, random in each process, keeps a file from choosing keys that
 * collide. */
static uint64_t hash_of(const tt_map *map, const char *key, size_t len)
{
    uint64_t h = mix((uint64_t)(uintptr_t)map ^ 0x9e3779b97f4a7c15u, len ^ 0xd6e8feb86659fd93u);
    uint64_t word;

    for (; len >= 8; len -= 8, key += 8) {
        memcpy(&word, key, 8);
        h = mix(h ^ word, 0xa0761d6478bd642fu);
    }
    word = 0;
    memcpy(&word, key, len);
    return mix(h ^ word, 0xe7037ed1a0b428dbu);
}

/* The key's slot, or the free one where it belongs. There is always a free one. */
static slot *find(const tt_map *map, const char *key, uint64_t hash)
{
    for (size_t i = hash & (map->n_slots - 1);; i = (i + 1) & (map->n_slots - 1)) {
        slot *s = &map->slots[i];
        if (!s->key || (s->hash == hash && strcmp(s->key, key) == 0))
            return s;
    }
}

static ttrt_status grow(tt_map *map)
{
    tt_map wider = *map;

    wider.n_slots = map->n_slots ? map->n_slots * 2 : 16;
    wider.slots = tt_arena_array(map->arena, wider.n_slots, sizeof(slot));
    if (!wider.slots)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < map->n_slots; i++)
        if (map->slots[i].key)
            *find(&wider, map->slots[i].key, map->slots[i].hash) = map->slots[i];
    *map = wider;
    return TTRT_OK;
}

tt_map *tt_map_new(tt_arena *arena)
{
    tt_map *map = tt_arena_alloc(arena, sizeof *map);

    if (map)
        map->arena = arena;
    return map;
}

ttrt_status tt_map_put(tt_map *map, const char *key, void *value)
{
    size_t len = strlen(key);
    uint64_t hash = hash_of(map, key, len);

    slot *s = map->n_slots ? find(map, key, hash) : NULL;
    if (!s || !s->key) {
        if (map->n + 1 > map->n_slots / 4 * 3)
            TT_TRY(grow(map));
        s = find(map, key, hash);
        const char *copy = tt_arena_strndup(map->arena, key, len);
        if (!copy)
            return TTRT_ERR_MEMORY;
        *s = (slot){.key = copy, .hash = hash};
        map->n++;
    }
    s->value = value;
    return TTRT_OK;
}

static const slot *lookup(const tt_map *map, const char *key)
{
    if (map->n == 0)
        return NULL;
    const slot *s = find(map, key, hash_of(map, key, strlen(key)));
    return s->key ? s : NULL;
}

void *tt_map_get(const tt_map *map, const char *key)
{
    const slot *s = lookup(map, key);
    return s ? s->value : NULL;
}

bool tt_map_has(const tt_map *map, const char *key) { return lookup(map, key) != NULL; }

size_t tt_map_count(const tt_map *map) { return map->n; }
