/* Where a program's graph comes from: an archive that stays mapped, or JSON with weights that the caller lends. Either
 * can be read again, so that compiling never touches the graph that others look at. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/checked.h"
#include "base/str.h"

struct tt_source {
    tt_mapping *mapping; /* of an archive; else: */
    tt_arena *arena;
    char *json;
    size_t size;
    tt_map *weights; /* fqn -> tt_weight */
};

void tt_source_free(tt_source *s)
{
    if (!s)
        return;
    tt_mapping_unref(s->mapping);
    tt_arena_free(s->arena);
    tt_free(s);
}

ttrt_status tt_source_from_mapping(tt_mapping *m, tt_source **out)
{
    tt_source *s = tt_calloc(1, sizeof *s);

    if (!s)
        return TTRT_ERR_MEMORY;
    s->mapping = tt_mapping_ref(m);
    *out = s;
    return TTRT_OK;
}

/* Asks the caller for each weight once and remembers the answer for later reads. */
typedef struct {
    tt_source *source;
    ttrt_weight_fn weight;
    void *user;
} asker;

/* The last element that a caller's strides reach from its data pointer. */
static ttrt_status weight_span(const char *name, const ttrt_tensor *t, int64_t *last)
{
    *last = 0;
    for (int d = 0; d < t->rank; d++) {
        int64_t reach;
        if (t->dims[d] < 0 || t->strides[d] < 0 || !tt_mul_i64(t->dims[d] - 1, t->strides[d], &reach) ||
            !tt_add_i64(*last, reach > 0 ? reach : 0, last))
            TT_FAIL(TTRT_ERR_ARGUMENT, "weight '%s': dimension %d has size %lld and stride %lld", name, d,
                    (long long)t->dims[d], (long long)t->strides[d]);
    }
    return TTRT_OK;
}

static ttrt_status weight_from_tensor(tt_arena *arena, const char *name, const ttrt_tensor *t, tt_weight **out)
{
    int64_t last, count = ttrt_tensor_count(t);
    tt_weight *w = tt_arena_alloc(arena, sizeof *w);

    if (!w)
        return TTRT_ERR_MEMORY;
    if (t->rank < 0 || t->rank > TTRT_MAX_RANK || ttrt_dtype_size(t->dtype) == 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "weight '%s' has rank %d and data type number %d", name, (int)t->rank,
                (int)t->dtype);
    TT_TRY(weight_span(name, t, &last));
    if (count && !t->data)
        TT_FAIL(TTRT_ERR_ARGUMENT, "weight '%s' has no data", name);
    w->fqn = tt_arena_strdup(arena, name);
    w->dtype = t->dtype;
    w->rank = (size_t)t->rank;
    w->dims = tt_arena_copy(arena, t->dims, w->rank * sizeof *t->dims);
    w->strides = tt_arena_copy(arena, t->strides, w->rank * sizeof *t->strides);
    w->data = t->data;
    if (!w->fqn || !w->dims || !w->strides)
        return TTRT_ERR_MEMORY;
    if (count && !tt_mul_size((size_t)last + 1, ttrt_dtype_size(t->dtype), &w->bytes))
        TT_FAIL(TTRT_ERR_ARGUMENT, "weight '%s': its size overflows", name);
    *out = w;
    return TTRT_OK;
}

static ttrt_status answer(void *user, const char *fqn, tt_weight *out)
{
    asker *a = user;
    tt_weight *w = tt_map_get(a->source->weights, fqn);

    if (!w && a->weight) {
        ttrt_tensor t = TTRT_TENSOR_INIT;
        TT_TRY(a->weight(a->user, fqn, &t));
        TT_TRY(weight_from_tensor(a->source->arena, fqn, &t, &w));
        TT_TRY(tt_map_put(a->source->weights, fqn, w));
    }
    if (!w)
        TT_FAIL(TTRT_ERR_INTERNAL, "weight '%s' was not asked for at the first reading", fqn);
    *out = *w; /* no owner: the caller keeps the bytes for as long as anything needs them */
    return TTRT_OK;
}

static ttrt_status read_json(tt_source *s, ttrt_weight_fn weight, void *user, tt_graph **graph, tt_pt2_info **info)
{
    asker a = {s, weight, user};

    return tt_pt2_read_json(s->json, s->size, "<memory>", answer, &a, graph, info);
}

ttrt_status tt_source_from_json(const char *json, size_t size, ttrt_weight_fn weight, void *user, tt_source **out)
{
    tt_source *s = tt_calloc(1, sizeof *s);
    tt_graph *graph = NULL;
    tt_pt2_info *info;
    ttrt_status status = TTRT_ERR_MEMORY;

    if (!s)
        return TTRT_ERR_MEMORY;
    s->arena = tt_arena_new();
    if (!s->arena || !(s->weights = tt_map_new(s->arena)) || !(s->json = tt_arena_strndup(s->arena, json, size)))
        goto done;
    s->size = size;
    /* Read once now: the caller's function is only there during this call. */
    TT_TRY_DONE(read_json(s, weight, user, &graph, &info));
    tt_graph_free(graph);
    *out = s;
    return TTRT_OK;
done:
    tt_source_free(s);
    return status;
}

bool tt_source_is_host(const tt_source *s) { return !s->mapping; }

ttrt_status tt_source_blame(const tt_source *s, ttrt_status status)
{
    if (status == TTRT_OK || !s || !s->mapping || strstr(ttrt_last_error()->where, tt_mapping_name(s->mapping)))
        return status;
    return tt_fail_where("%s", tt_mapping_name(s->mapping));
}

ttrt_status tt_source_read(tt_source *s, tt_graph **graph, tt_pt2_info **info)
{
    return s->mapping ? tt_pt2_read(s->mapping, graph, info) : read_json(s, NULL, NULL, graph, info);
}
