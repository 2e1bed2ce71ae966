/* The tables that layers.def and enums.h expand to. */
#include "network/network.h"

#include <string.h>

const tt_layer_info *tt_layer_info_of(tt_layer_kind kind)
{
    switch (kind) {
#define A(type, field)        {#field, TT_ATTR_##type, offsetof(attrs_of_layer, field), NULL},
#define E(enumeration, field) {#field, TT_ATTR_enum, offsetof(attrs_of_layer, field), #enumeration},
#define LAYER(name, NAME, lo, hi, outs, attrs)                                                                         \
    case TT_LAYER_##NAME: {                                                                                            \
        typedef tt_##name##_attrs attrs_of_layer;                                                                      \
        static const tt_attr_info list[] = {attrs{NULL, TT_ATTR_i64, offsetof(attrs_of_layer, unused_), NULL}};        \
        static const tt_layer_info info = {#name, lo, hi, outs, (int)TT_COUNT(list) - 1, list};                        \
        return &info;                                                                                                  \
    }
#include "network/layers.def"
#undef LAYER
#undef A
#undef E
    case TT_LAYER_COUNT:
        break;
    }
    return NULL;
}

const tt_symbol *tt_layer_binds(const tt_layer *l)
{
    const tt_symbol *symbol = NULL;

    if (l->kind == TT_LAYER_NON_ZERO)
        tt_dim_is_symbol(l->attrs.non_zero.count, &symbol);
    else if (l->kind == TT_LAYER_ITEM)
        tt_dim_is_symbol(l->attrs.item.value, &symbol);
    return symbol;
}

tt_network *tt_layer_network_after(const tt_layer *l, const tt_network *last)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    for (int i = 0; i < info->n_attrs; i++) {
        if (info->attrs[i].type != TT_ATTR_network)
            continue;
        tt_network *sub = *(const tt_attr_network *)((const char *)&l->attrs + info->attrs[i].offset);
        if (last == NULL)
            return sub;
        last = sub == last ? NULL : last;
    }
    return NULL;
}

#define ENUM(value)   #value,
#define X(name, NAME) static const char *const name##_names[] = {TT_ENUM_##NAME(ENUM)};
TT_ENUMS(X)
#undef X
#undef ENUM

static const struct {
    const char *enumeration;
    const char *const *names;
    int64_t n;
} enums[] = {
#define X(name, NAME) {#name, name##_names, TT_##NAME##_COUNT},
    TT_ENUMS(X)
#undef X
};

const char *tt_enum_name(const char *enumeration, int64_t value)
{
    for (size_t i = 0; i < TT_COUNT(enums); i++)
        if (strcmp(enums[i].enumeration, enumeration) == 0)
            return value >= 0 && value < enums[i].n ? enums[i].names[value] : NULL;
    return NULL;
}
