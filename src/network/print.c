/* The network as text:
 *
 *   symbol s0 in [1, 64] hint 8
 *   network "resnet"(%x: f32[s0,3,224,224], %n: i64[] = dim s1)
 *     %2: f32[64,3,7,7] = constant() {weights=f32 @0 "conv1.weight", dimensions=[64,3,7,7]} "conv1.weight"
 *     %3: f32[s0,64,112,112] = convolution(%x, %2) {stride=[2,2], ...} "conv1" from "model.py:12 in forward"
 *     return %3 "output0"
 *
 * A layer that owns networks has each as {network ...}, in the form above, without symbols.
 *
 * A label says which node of the program a layer comes from. An input whose name is no plain name is "%0 "its name":
 * ...". */
#include "network/network.h"
#include "network/text.h"

#include "base/checked.h"

#include <string.h>

typedef struct printer {
    const tt_network *net;
    tt_str *s;
    tt_arena *arena; /* of the table */
    tt_weight_table *table;
    bool *used; /* by symbol */
    int depth;  /* of networks in networks */
} printer;

/* ---- symbols ---- */

static void mark_expr(printer *p, const tt_expr *e)
{
    if (!e)
        return;
    if (e->kind == TT_EXPR_SYMBOL)
        p->used[e->symbol->index] = true;
    for (size_t i = 0; i < e->n_args; i++)
        mark_expr(p, e->args[i]);
}

static void mark_dims(printer *p, int n, const tt_dim *dims)
{
    for (int i = 0; i < n; i++)
        mark_expr(p, dims[i].expr);
}

static void mark_network(printer *p, const tt_network *net);

static void mark_layer(printer *p, const tt_layer *l)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    for (int i = 0; i < l->n_out; i++)
        mark_dims(p, l->out[i]->rank, l->out[i]->dims);
    for (int i = 0; i < info->n_attrs; i++) {
        const void *field = (const char *)&l->attrs + info->attrs[i].offset;
        if (info->attrs[i].type == TT_ATTR_dim)
            mark_dims(p, 1, field);
        else if (info->attrs[i].type == TT_ATTR_dims)
            mark_dims(p, ((const tt_attr_dims *)field)->n, ((const tt_attr_dims *)field)->v);
    }
    TT_EACH_NETWORK_OF (l, sub)
        mark_network(p, sub);
}

static void mark_network(printer *p, const tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++) {
        mark_dims(p, net->inputs[i]->rank, net->inputs[i]->dims);
        mark_expr(p, net->inputs[i]->value.expr);
    }
    TT_EACH_LAYER (net, l)
        mark_layer(p, l);
}

static ttrt_status print_symbols(printer *p)
{
    size_t n = tt_dims_count(p->net->dims);

    if (!(p->used = tt_arena_array(p->arena, n, sizeof *p->used)))
        return TTRT_ERR_MEMORY;
    mark_network(p, p->net);
    for (size_t i = 0; i < n; i++) {
        const tt_symbol *symbol = tt_dims_at(p->net->dims, i);
        if (!p->used[i])
            continue;
        tt_str_addf(p->s, "symbol %s in [%lld, ", symbol->name, (long long)symbol->min);
        if (symbol->max == TT_DIM_NO_MAX)
            tt_str_add(p->s, "inf]");
        else
            tt_str_addf(p->s, "%lld]", (long long)symbol->max);
        if (symbol->hint >= 0)
            tt_str_addf(p->s, " hint %lld", (long long)symbol->hint);
        tt_str_add(p->s, "\n");
    }
    return TTRT_OK;
}

/* ---- attributes ---- */

#define PRINT_LIST(type, print)                                                                                        \
    do {                                                                                                               \
        const type *list = field;                                                                                      \
        tt_str_add(p->s, "[");                                                                                         \
        for (int i = 0; i < list->n; i++) {                                                                            \
            tt_str_add(p->s, i ? "," : "");                                                                            \
            print(p->s, list->v[i]);                                                                                   \
        }                                                                                                              \
        tt_str_add(p->s, "]");                                                                                         \
    } while (0)

static void print_int(tt_str *s, int64_t v) { tt_str_addf(s, "%lld", (long long)v); }

static bool same_weights(const tt_net_weights *a, const tt_net_weights *b)
{
    return a->data == b->data && a->bytes == b->bytes && a->dtype == b->dtype &&
           strcmp(a->format ? a->format : "", b->format ? b->format : "") == 0;
}

/* The same bytes twice, as tied parameters are, stand in the table once. */
static ttrt_status print_index(printer *p, const tt_net_weights *w)
{
    tt_weight_table *t = p->table;
    size_t i = 0;

    while (i < t->n && !same_weights(&t->items[i], w))
        i++;
    if (i == t->n) {
        TT_TRY(tt_arena_grow(p->arena, &t->items, &t->cap, t->n, sizeof *t->items));
        t->items[t->n++] = *w;
    }
    tt_str_addf(p->s, "@%zu", i);
    return TTRT_OK;
}

static ttrt_status print_weights(printer *p, const tt_net_weights *w)
{
    size_t size = ttrt_dtype_size(w->dtype), n = w->bytes / size;

    tt_str_addf(p->s, "%s ", tt_dtype_short(w->dtype));
    if (w->format || n > TT_TEXT_INLINE || tt_dtype_is_complex(w->dtype)) {
        TT_TRY(print_index(p, w));
    } else {
        tt_str_add(p->s, "{");
        for (size_t i = 0; i < n; i++) {
            tt_str_add(p->s, i ? ", " : "");
            tt_text_add_element(p->s, (const char *)w->data + i * size, w->dtype);
        }
        tt_str_add(p->s, "}");
    }
    if (w->name) {
        tt_str_add(p->s, " ");
        tt_text_add_string(p->s, w->name);
    }
    return TTRT_OK;
}

static ttrt_status print_network(printer *p, const tt_network *net);

static ttrt_status print_attr(printer *p, const tt_attr_info *info, const void *field)
{
    switch (info->type) {
    case TT_ATTR_i64:
        print_int(p->s, *(const tt_attr_i64 *)field);
        break;
    case TT_ATTR_f64:
        tt_text_add_f64(p->s, *(const tt_attr_f64 *)field);
        break;
    case TT_ATTR_bool:
        tt_str_add(p->s, *(const tt_attr_bool *)field ? "true" : "false");
        break;
    case TT_ATTR_dtype:
        tt_str_add(p->s, tt_dtype_short(*(const tt_attr_dtype *)field));
        break;
    case TT_ATTR_dim:
        tt_dim_print(p->s, *(const tt_attr_dim *)field);
        break;
    case TT_ATTR_ints:
        PRINT_LIST(tt_attr_ints, print_int);
        break;
    case TT_ATTR_dims:
        PRINT_LIST(tt_attr_dims, tt_dim_print);
        break;
    case TT_ATTR_floats:
        PRINT_LIST(tt_attr_floats, tt_text_add_f64);
        break;
    case TT_ATTR_weights:
        return print_weights(p, field);
    case TT_ATTR_str:
        tt_text_add_string(p->s, *(const tt_attr_str *)field ? *(const tt_attr_str *)field : "");
        break;
    case TT_ATTR_network:
        tt_str_add(p->s, "{");
        p->depth++;
        TT_TRY(print_network(p, *(const tt_attr_network *)field));
        p->depth--;
        tt_str_add(p->s, "}");
        break;
    case TT_ATTR_enum:
        tt_str_add(p->s, tt_enum_name(info->enumeration, *(const tt_attr_i64 *)field));
        break;
    }
    return TTRT_OK;
}

static ttrt_status print_attrs(printer *p, const tt_layer *l)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);

    for (int i = 0; i < info->n_attrs; i++) {
        tt_str_addf(p->s, "%s%s=", i ? ", " : " {", info->attrs[i].name);
        TT_TRY(print_attr(p, &info->attrs[i], (const char *)&l->attrs + info->attrs[i].offset));
    }
    if (info->n_attrs > 0)
        tt_str_add(p->s, "}");
    return TTRT_OK;
}

/* ---- tensors and layers ---- */

static void print_ref(printer *p, const tt_tensor *t)
{
    if (!t->layer && tt_text_is_name(t->name))
        tt_str_addf(p->s, "%%%s", t->name);
    else
        tt_str_addf(p->s, "%%%d", t->id);
}

static void print_type(printer *p, const tt_tensor *t)
{
    const tt_attr_dims dims = {t->rank, t->dims};
    const void *field = &dims;

    tt_str_addf(p->s, ": %s", tt_dtype_short(t->dtype));
    PRINT_LIST(tt_attr_dims, tt_dim_print);
}

static void print_input(printer *p, const tt_tensor *t)
{
    print_ref(p, t);
    if (!tt_text_is_name(t->name)) {
        tt_str_add(p->s, " ");
        tt_text_add_string(p->s, t->name);
    }
    print_type(p, t);
    if (t->is_dim) {
        tt_str_add(p->s, " = dim ");
        tt_dim_print(p->s, t->value);
    }
}

static void print_indent(printer *p)
{
    for (int i = 0; i <= p->depth; i++)
        tt_str_add(p->s, "  ");
}

static ttrt_status print_layer(printer *p, const tt_layer *l)
{
    for (int i = 0; i < l->n_out; i++) {
        if (i == 0)
            print_indent(p);
        else
            tt_str_add(p->s, ", ");
        print_ref(p, l->out[i]);
        print_type(p, l->out[i]);
    }
    tt_str_addf(p->s, " = %s(", tt_layer_info_of(l->kind)->name);
    for (int i = 0; i < l->n_in; i++) {
        tt_str_add(p->s, i ? ", " : "");
        print_ref(p, l->in[i]);
    }
    tt_str_add(p->s, ")");
    TT_TRY(print_attrs(p, l));
    if (l->name) {
        tt_str_add(p->s, " ");
        tt_text_add_string(p->s, l->name);
    }
    if (l->source) {
        tt_str_add(p->s, " from ");
        tt_text_add_string(p->s, l->source);
    }
    tt_str_add(p->s, "\n");
    return TTRT_OK;
}

static ttrt_status print_network(printer *p, const tt_network *net)
{
    tt_network_number(net);
    tt_str_add(p->s, "network ");
    tt_text_add_string(p->s, net->name);
    tt_str_add(p->s, "(");
    for (int i = 0; i < net->n_inputs; i++) {
        tt_str_add(p->s, i ? ", " : "");
        print_input(p, net->inputs[i]);
    }
    tt_str_add(p->s, ")\n");
    TT_EACH_LAYER (net, l)
        TT_TRY(print_layer(p, l));
    print_indent(p);
    tt_str_add(p->s, "return");
    for (int i = 0; i < net->n_outputs; i++) {
        tt_str_add(p->s, i ? ", " : " ");
        print_ref(p, net->outputs[i]);
        if (net->output_names[i]) {
            tt_str_add(p->s, " ");
            tt_text_add_string(p->s, net->output_names[i]);
        }
    }
    if (p->depth == 0)
        tt_str_add(p->s, "\n");
    return tt_str_status(p->s);
}

static ttrt_status print_all(printer *p)
{
    TT_TRY(print_symbols(p));
    return print_network(p, p->net);
}

ttrt_status tt_network_write(const tt_network *net, tt_str *text, tt_weight_table *table)
{
    printer p = {.net = net, .s = text, .arena = net->arena, .table = table};

    return print_all(&p);
}

ttrt_status tt_network_print(const tt_network *net, tt_str *out)
{
    tt_weight_table table = {0};
    printer p = {.net = net, .s = out, .arena = tt_arena_new(), .table = &table};

    if (!p.arena)
        return TTRT_ERR_MEMORY;
    ttrt_status status = print_all(&p);
    tt_arena_free(p.arena);
    return status;
}
