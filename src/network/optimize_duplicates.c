/* Layers that compute the same twice: kind, attributes and inputs agree. */
#include "network/optimize.h"

#include "base/reader.h"

#include <string.h>

/* Constants up to this size are compared by content, larger ones by where their bytes lie: tied weights are the same
 * bytes. */
#define MAX_COMPARED_BYTES 4096

static void add_dim(tt_str *s, tt_dim d) { tt_str_addf(s, "%p:%lld,", (const void *)d.expr, (long long)d.value); }

static void add_f64(tt_str *s, double v)
{
    uint64_t image;

    memcpy(&image, &v, sizeof image);
    tt_str_addf(s, "%llx,", (unsigned long long)image);
}

/* Weights with a name stay apart: a refit may give them different contents. */
static void add_weights(tt_str *s, const tt_net_weights *w)
{
    tt_str_addf(s, "%d:%zu:%s:%s:", (int)w->dtype, w->bytes, w->format ? w->format : "", w->name ? w->name : "");
    if (w->format || w->bytes > MAX_COMPARED_BYTES) {
        tt_str_addf(s, "%p,", w->data);
        return;
    }
    uint64_t hash[2];
    tt_hash128(w->data, w->bytes, (uint8_t *)hash);
    tt_str_addf(s, "%llx %llx", (unsigned long long)hash[0], (unsigned long long)hash[1]);
}

static void add_attr(tt_str *s, const tt_attr_info *info, const void *field)
{
    const tt_attr_ints *ints = field;
    const tt_attr_dims *dims = field;
    const tt_attr_floats *floats = field;

    switch (info->type) {
    case TT_ATTR_i64:
    case TT_ATTR_enum:
        tt_str_addf(s, "%lld", (long long)*(const tt_attr_i64 *)field);
        break;
    case TT_ATTR_f64:
        add_f64(s, *(const tt_attr_f64 *)field);
        break;
    case TT_ATTR_bool:
        tt_str_addf(s, "%d", *(const tt_attr_bool *)field);
        break;
    case TT_ATTR_dtype:
        tt_str_addf(s, "%d", (int)*(const tt_attr_dtype *)field);
        break;
    case TT_ATTR_dim:
        add_dim(s, *(const tt_attr_dim *)field);
        break;
    case TT_ATTR_ints:
        for (int i = 0; i < ints->n; i++)
            tt_str_addf(s, "%lld,", (long long)ints->v[i]);
        break;
    case TT_ATTR_dims:
        for (int i = 0; i < dims->n; i++)
            add_dim(s, dims->v[i]);
        break;
    case TT_ATTR_floats:
        for (int i = 0; i < floats->n; i++)
            add_f64(s, floats->v[i]);
        break;
    case TT_ATTR_weights:
        add_weights(s, field);
        break;
    case TT_ATTR_network: /* each is its layer's own */
        tt_str_addf(s, "%p", (const void *)*(const tt_attr_network *)field);
        break;
    case TT_ATTR_str:
        tt_str_add(s, *(const tt_attr_str *)field ? *(const tt_attr_str *)field : "");
        break;
    }
    tt_str_add(s, ";");
}

/* All that decides what a layer computes, as text. */
static void add_key(tt_str *s, const tt_layer *l)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    tt_str_addf(s, "%d(", (int)l->kind);
    for (int i = 0; i < l->n_in; i++)
        tt_str_addf(s, "%p,", (const void *)l->in[i]);
    tt_str_add(s, ")");
    for (int i = 0; i < info->n_attrs; i++)
        add_attr(s, &info->attrs[i], (const char *)&l->attrs + info->attrs[i].offset);
}

/* Equal keys mean equal layers, but for constants whose key holds a hash. */
static bool has_other_content(const tt_layer *a, const tt_layer *b)
{
    const tt_net_weights *x = &a->attrs.constant.weights, *y = &b->attrs.constant.weights;

    return a->kind == TT_LAYER_CONSTANT && x->data != y->data && memcmp(x->data, y->data, x->bytes) != 0;
}

static ttrt_status merge(tt_network *net, tt_layer *l, tt_map *seen, int *changes)
{
    tt_str key = {0};

    add_key(&key, l);
    ttrt_status status = tt_str_status(&key);
    const tt_layer *first = status == TTRT_OK ? tt_map_get(seen, key.data) : NULL;
    if (first && !has_other_content(l, first)) {
        for (int i = 0; i < l->n_out; i++)
            tt_net_replace(net, l->out[i], first->out[i]);
        tt_net_remove(net, l);
        ++*changes;
    } else if (status == TTRT_OK && !first) {
        status = tt_map_put(seen, key.data, l);
    }
    tt_str_dispose(&key);
    return status;
}

ttrt_status tt_opt_duplicates(tt_network *net, int *changes)
{
    tt_arena *arena = tt_arena_new();
    tt_map *seen = arena ? tt_map_new(arena) : NULL;
    ttrt_status status = seen ? TTRT_OK : TTRT_ERR_MEMORY;

    TT_EACH_LAYER (net, l)
        if (status == TTRT_OK)
            status = merge(net, l, seen, changes);
    tt_arena_free(arena);
    return status;
}
