/* Values of a graph object: tensors with their metadata, symbolic integers and booleans. */
#include "program/pt2_impl.h"

#include <string.h>

static ttrt_status no_memory(const void *p) { return p ? TTRT_OK : TTRT_ERR_MEMORY; }

/* {"expr_str": ..., "hint": {"as_int": 4}}; the same few texts come again and again. */
static ttrt_status sym_expr(tt_pt2_reader *r, const tt_json *at, tt_dim *out)
{
    static const char *const known_members[] = {"expr_str", "hint", NULL};
    tt_json text, hint, value;
    const char *srepr, *tag;
    const tt_symbol *symbol;

    TT_TRY(tt_pt2_known_members(at, known_members));
    TT_TRY(tt_json_get(at, "expr_str", &text));
    TT_TRY(tt_json_str(&text, &srepr));
    const tt_dim *known = tt_map_get(r->exprs, srepr);
    if (known != NULL) {
        *out = *known;
        return TTRT_OK;
    }
    ttrt_status status = tt_dim_parse_srepr(r->g->dims, srepr, out);
    if (status == TTRT_ERR_FORMAT)
        return tt_json_fail(at, "%s", ttrt_last_error()->what);
    TT_TRY(status);
    if (tt_dim_is_symbol(*out, &symbol) && symbol->hint == -1 && tt_json_find(at, "hint", &hint)) {
        TT_TRY(tt_json_union(&hint, &tag, &value));
        if (strcmp(tag, "as_int") == 0)
            TT_TRY(tt_json_i64(&value, &tt_dims_at(r->g->dims, symbol->index)->hint));
    }
    tt_dim *copy = tt_arena_copy(r->g->arena, out, sizeof *out);
    TT_TRY(no_memory(copy));
    return tt_map_put(r->exprs, srepr, copy);
}

ttrt_status tt_pt2_sym_int(tt_pt2_reader *r, const tt_json *at, tt_dim *out)
{
    tt_json value;
    const char *tag;
    int64_t number;

    TT_TRY(tt_json_union(at, &tag, &value));
    if (strcmp(tag, "as_expr") == 0)
        return sym_expr(r, &value, out);
    if (strcmp(tag, "as_int") != 0)
        return tt_json_fail(at, "unknown kind of symbolic integer \"%s\"", tag);
    TT_TRY(tt_json_i64(&value, &number));
    *out = tt_dim_const(number);
    return TTRT_OK;
}

ttrt_status tt_pt2_sym_int_named(tt_pt2_scope *s, const tt_json *name, tt_dim *out)
{
    tt_json meta;
    const char *text;
    TT_TRY(tt_json_str(name, &text));
    if (s->sym_ints.value == NULL || !tt_json_find(&s->sym_ints, text, &meta))
        return tt_json_fail(name, "\"%s\" is not in sym_int_values", text);
    return tt_pt2_sym_int(s->r, &meta, out);
}

ttrt_status tt_pt2_sym_bool_named(tt_pt2_scope *s, const tt_json *name, tt_dim *out)
{
    tt_json meta, value;
    const char *text, *tag;
    bool b;

    TT_TRY(tt_json_str(name, &text));
    if (s->sym_bools.value == NULL || !tt_json_find(&s->sym_bools, text, &meta))
        return tt_json_fail(name, "\"%s\" is not in sym_bool_values", text);
    TT_TRY(tt_json_union(&meta, &tag, &value));
    if (strcmp(tag, "as_expr") == 0)
        return sym_expr(s->r, &value, out);
    TT_TRY(tt_json_bool(&value, &b));
    *out = tt_dim_const(b);
    return TTRT_OK;
}

ttrt_status tt_pt2_tensor_name(const tt_json *at, tt_json *name)
{
    static const char *const known[] = {"name", NULL};
    TT_TRY(tt_pt2_known_members(at, known));
    return tt_json_get(at, "name", name);
}

/* Whether `at`, the outputs of a node or a part of them, gives a value this name. */
static bool gives(const json_t *at, const char *name)
{
    const char *key;
    json_t *item;
    size_t i;

    json_array_foreach (at, i, item)
        if (gives(item, name))
            return true;
    json_object_foreach((json_t *)(uintptr_t)at, key, item)
    {
        const char *text = json_string_value(item);
        if (text ? (strcmp(key, "name") == 0 || strcmp(key, "as_name") == 0) && strcmp(text, name) == 0
                 : gives(item, name))
            return true;
    }
    return false;
}

/* Nodes come in the order in which they run, so a cycle shows as a value that a later node gives. */
static ttrt_status fail_undefined(const tt_pt2_scope *s, const tt_json *at, const char *name)
{
    const json_t *node;
    size_t i;

    json_array_foreach (json_object_get(s->graph->value, "nodes"), i, node) {
        if (gives(json_object_get(node, "outputs"), name))
            return tt_json_fail(at, "value \"%s\" is used before node %zu defines it: a cycle, or nodes out of order",
                                name, i);
    }
    return tt_json_fail(at, "value \"%s\" is used, and nothing defines it", name);
}

ttrt_status tt_pt2_find_value(tt_pt2_scope *s, const tt_json *name, tt_value **out)
{
    const char *text;
    TT_TRY(tt_json_str(name, &text));
    *out = tt_map_get(s->values, text);
    return *out ? TTRT_OK : fail_undefined(s, name, text);
}

ttrt_status tt_pt2_bind_value(tt_pt2_scope *s, const char *name, tt_value *v) { return tt_map_put(s->values, name, v); }

/* A value of the scope's graph. Names of inlined sub-graphs may be taken already. */
static ttrt_status new_value(tt_pt2_scope *s, const tt_json *name, tt_value_kind kind, tt_value **out)
{
    const char *text, *fresh;
    TT_TRY(tt_json_str(name, &text));
    if (text[0] == 0)
        return tt_json_fail(name, "a value without name");
    if (tt_map_has(s->values, text))
        return tt_json_fail(name, "a second value is named \"%s\"", text);
    fresh = tt_graph_fresh_name(s->g, text);
    TT_TRY(no_memory(fresh));
    *out = tt_graph_value(s->g, fresh, kind);
    TT_TRY(no_memory(*out));
    return tt_map_put(s->values, text, *out);
}

static ttrt_status dims_of(tt_pt2_reader *r, const tt_json *at, size_t *n, const tt_dim **out)
{
    TT_TRY(tt_json_array(at, n));
    if (*n > TT_MAX_RANK)
        return tt_json_fail(at, "%zu dimensions, at most %d", *n, TT_MAX_RANK);
    tt_dim *dims = tt_arena_array(r->g->arena, *n + 1, sizeof *dims);
    TT_TRY(no_memory(dims));
    for (size_t i = 0; i < *n; i++) {
        tt_json item = tt_json_item(at, i);
        TT_TRY(tt_pt2_sym_int(r, &item, &dims[i]));
    }
    *out = dims;
    return TTRT_OK;
}

static const char *const TENSOR_META[] = {"dtype",   "sizes",          "requires_grad", "device",
                                          "strides", "storage_offset", "layout",        NULL};

static ttrt_status check_layout(const tt_json *meta, const char *name)
{
    tt_json layout;
    int64_t number;
    TT_TRY(tt_pt2_known_members(meta, TENSOR_META));
    TT_TRY(tt_json_get(meta, "layout", &layout));
    TT_TRY(tt_pt2_layout(&layout, &number));
    if (number != 0)
        return tt_fail(TTRT_ERR_UNSUPPORTED, "tensor '%s' is not strided (layout %lld)", name, (long long)number);
    return TTRT_OK;
}

ttrt_status tt_pt2_new_tensor(tt_pt2_scope *s, const tt_json *name, tt_value **out)
{
    tt_json meta, dtype, sizes, strides, device;
    const char *text;
    size_t n_strides;

    TT_TRY(tt_json_str(name, &text));
    if (s->tensors.value == NULL || !tt_json_find(&s->tensors, text, &meta))
        return tt_json_fail(name, "\"%s\" is not in tensor_values", text);
    TT_TRY(new_value(s, name, TT_VALUE_TENSOR, out));
    tt_value *v = *out;
    TT_TRY(check_layout(&meta, text));
    TT_TRY(tt_json_get(&meta, "dtype", &dtype));
    TT_TRY(tt_pt2_dtype(&dtype, &v->dtype));
    TT_TRY(tt_json_get(&meta, "sizes", &sizes));
    TT_TRY(dims_of(s->r, &sizes, &v->rank, &v->dims));
    TT_TRY(tt_json_get(&meta, "strides", &strides));
    TT_TRY(dims_of(s->r, &strides, &n_strides, &v->strides));
    if (n_strides != v->rank)
        return tt_json_fail(&strides, "%zu strides for %zu dimensions", n_strides, v->rank);
    TT_TRY(tt_json_get(&meta, "device", &device));
    return tt_pt2_device(&device, s->g->arena, &v->device);
}

ttrt_status tt_pt2_new_number(tt_pt2_scope *s, const tt_json *name, tt_value_kind kind, tt_value **out)
{
    tt_dim dim = tt_dim_const(0);
    if (kind == TT_VALUE_INT)
        TT_TRY(tt_pt2_sym_int_named(s, name, &dim));
    if (kind == TT_VALUE_BOOL)
        TT_TRY(tt_pt2_sym_bool_named(s, name, &dim));
    TT_TRY(new_value(s, name, kind, out));
    (*out)->dim = dim;
    return TTRT_OK;
}

/* ---- weights ---- */

static ttrt_status const_dims(const tt_json *at, tt_arena *arena, size_t *n, const int64_t **out)
{
    TT_TRY(tt_json_array(at, n));
    if (*n > TT_MAX_RANK)
        return tt_json_fail(at, "%zu dimensions, at most %d", *n, TT_MAX_RANK);
    int64_t *dims = tt_arena_array(arena, *n + 1, sizeof *dims);
    TT_TRY(no_memory(dims));
    for (size_t i = 0; i < *n; i++) {
        tt_json item = tt_json_item(at, i), value;
        TT_TRY(tt_json_get(&item, "as_int", &value));
        TT_TRY(tt_json_i64(&value, &dims[i]));
    }
    *out = dims;
    return TTRT_OK;
}

ttrt_status tt_pt2_tensor_meta(const tt_json *meta, tt_arena *arena, tt_weight *out)
{
    tt_json at, value;
    size_t n_strides;

    TT_TRY(check_layout(meta, out->fqn));
    TT_TRY(tt_json_get(meta, "dtype", &at));
    TT_TRY(tt_pt2_dtype(&at, &out->dtype));
    TT_TRY(tt_json_get(meta, "sizes", &at));
    TT_TRY(const_dims(&at, arena, &out->rank, &out->dims));
    TT_TRY(tt_json_get(meta, "strides", &at));
    TT_TRY(const_dims(&at, arena, &n_strides, &out->strides));
    if (n_strides != out->rank)
        return tt_json_fail(&at, "%zu strides for %zu dimensions", n_strides, out->rank);
    TT_TRY(tt_json_get(meta, "storage_offset", &at));
    TT_TRY(tt_json_get(&at, "as_int", &value));
    return tt_json_i64(&value, &out->storage_offset);
}

static ttrt_status weight_leaves(const tt_weight *w)
{
    tt_str dims = {0}, strides = {0};

    tt_str_add_dims(&dims, w->dims, w->rank);
    tt_str_add_dims(&strides, w->strides, w->rank);
    tt_fail(TTRT_ERR_FORMAT,
            "weight '%s' reaches beyond the %zu bytes of its storage: %s %s, strides %s, from element %lld", w->fqn,
            w->bytes, ttrt_dtype_name(w->dtype), tt_str_text(&dims), tt_str_text(&strides),
            (long long)w->storage_offset);
    tt_str_dispose(&dims);
    tt_str_dispose(&strides);
    return TTRT_ERR_FORMAT;
}

ttrt_status tt_pt2_check_weight(const tt_weight *w)
{
    int64_t last = w->storage_offset, span, elems;
    /* An empty weight, too, starts inside its storage or at its end. */
    bool empty = false, ok = last >= 0 && (uint64_t)last <= w->bytes / ttrt_dtype_size(w->dtype);

    for (size_t i = 0; i < w->rank; i++) {
        if (w->dims[i] < 0 || w->strides[i] < 0)
            return tt_fail(TTRT_ERR_FORMAT, "weight '%s' has dimension %lld with stride %lld", w->fqn,
                           (long long)w->dims[i], (long long)w->strides[i]);
        empty |= w->dims[i] == 0;
    }
    for (size_t i = 0; i < w->rank && ok && !empty; i++)
        ok =
            !__builtin_mul_overflow(w->dims[i] - 1, w->strides[i], &span) && !__builtin_add_overflow(last, span, &last);
    ok = ok && (empty ||
                (!__builtin_add_overflow(last, 1, &elems) && (uint64_t)elems <= w->bytes / ttrt_dtype_size(w->dtype)));
    return ok ? TTRT_OK : weight_leaves(w);
}
