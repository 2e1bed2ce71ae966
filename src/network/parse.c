/* Reads the text that print.c writes. The text is foreign: every number is checked, every layer is inferred anew, and
 * what is inferred counts; types that the text tells must agree with it. */
#include "network/infer.h"
#include "network/text.h"

#include "base/checked.h"

#include <string.h>

#define MAX_TEXT_BYTES ((size_t)256 << 20)
#define MAX_LAYERS     1000000
#define MAX_INPUTS     65536
#define MAX_WORD       64
#define MAX_DEPTH      32 /* of networks in networks */

typedef struct typed_name {
    char name[MAX_WORD];
    bool has_type;
    tt_dtype dtype;
    tt_attr_dims dims;
} typed_name;

typedef struct parser {
    const char *start, *at; /* ends in NUL */
    tt_network *net;
    tt_arena *arena;
    tt_map *tensors, *symbols;
    const tt_weight_table *table;
    tt_tensor **in; /* of the layer at hand */
    size_t n_in, cap_in;
    typed_name *outs; /* and what the text says of its outputs */
    size_t n_outs, cap_outs;
    int depth;
} parser;

static ttrt_status where(const parser *p)
{
    const char *line = p->start;
    int n = 1;

    for (const char *c = p->start; c < p->at && *c; c++)
        if (*c == '\n') {
            n++;
            line = c + 1;
        }
    return tt_fail_where("network text, line %d, column %d", n, (int)(p->at - line) + 1);
}

static ttrt_status fail(const parser *p, const char *what)
{
    tt_fail(TTRT_ERR_FORMAT, "network text: %s", what);
    return where(p);
}

/* A rule of layers or dimensions that the text breaks makes the text wrong; only memory is another matter. */
static ttrt_status foreign(const parser *p, ttrt_status status)
{
    tt_error_text e;

    if (status == TTRT_OK || status == TTRT_ERR_MEMORY)
        return status;
    tt_error_save(&e);
    tt_fail(TTRT_ERR_FORMAT, "network text: %s", e.what);
    return where(p);
}

/* ---- words ---- */

static void skip_space(parser *p)
{
    while (*p->at && strchr(" \t\r\n", *p->at))
        p->at++;
}

static bool accept(parser *p, char c)
{
    skip_space(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static ttrt_status expect(parser *p, char c)
{
    char text[] = "expected ' '";

    text[10] = c;
    return accept(p, c) ? TTRT_OK : fail(p, text);
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Reads letters, digits and '_' (and '.' in names of tensors). */
static ttrt_status word(parser *p, bool dots, char *out)
{
    size_t n = 0;

    skip_space(p);
    while (is_word_char(p->at[n]) || (dots && p->at[n] == '.'))
        n++;
    if (n == 0 || n >= MAX_WORD)
        return fail(p, n ? "a word is too long" : "expected a word");
    memcpy(out, p->at, n);
    out[n] = 0;
    p->at += n;
    return TTRT_OK;
}

static bool accept_word(parser *p, const char *text)
{
    size_t n = strlen(text);

    skip_space(p);
    if (strncmp(p->at, text, n) != 0 || is_word_char(p->at[n]))
        return false;
    p->at += n;
    return true;
}

static ttrt_status expect_word(parser *p, const char *text)
{
    if (accept_word(p, text))
        return TTRT_OK;
    tt_fail(TTRT_ERR_FORMAT, "network text: expected '%s'", text);
    return where(p);
}

static ttrt_status string(parser *p, const char **out)
{
    skip_space(p);
    *out = tt_text_string(p->arena, &p->at);
    return *out ? TTRT_OK : foreign(p, ttrt_last_error()->status);
}

/* A string where there is one; else NULL. */
static ttrt_status optional_string(parser *p, const char **out)
{
    *out = NULL;
    skip_space(p);
    return *p->at == '"' ? string(p, out) : TTRT_OK;
}

static ttrt_status integer(parser *p, int64_t *out)
{
    skip_space(p);
    return tt_text_i64(&p->at, out) ? TTRT_OK : fail(p, "expected an integer of 64 bits");
}

static ttrt_status number(parser *p, double *out)
{
    skip_space(p);
    return tt_text_f64(&p->at, out) ? TTRT_OK : fail(p, "expected a number");
}

static ttrt_status dim(parser *p, tt_dim *out)
{
    skip_space(p);
    return foreign(p, tt_dim_parse(p->net->dims, &p->at, out));
}

static ttrt_status dtype(parser *p, tt_dtype *out)
{
    char text[MAX_WORD];

    TT_TRY(word(p, false, text));
    *out = tt_dtype_from_short(text);
    return *out != TT_DTYPE_NONE ? TTRT_OK : fail(p, "unknown data type");
}

/* ---- lists ---- */

/* "[", then true for each item to read: call it until it says false or *status fails. */
static bool more_items(parser *p, int n, ttrt_status *status)
{
    *status = TTRT_OK;
    if (n == 0 && (*status = expect(p, '[')))
        return false;
    if (accept(p, ']'))
        return false;
    if (n == TT_MAX_RANK_NET)
        *status = fail(p, "a list is too long");
    else if (n > 0)
        *status = expect(p, ',');
    return *status == TTRT_OK;
}

#define READ_LIST(type, item, read)                                                                                    \
    do {                                                                                                               \
        type *list = field;                                                                                            \
        item items[TT_MAX_RANK_NET];                                                                                   \
        ttrt_status status = TTRT_OK;                                                                                  \
        for (list->n = 0; more_items(p, list->n, &status); list->n++)                                                  \
            TT_TRY(read(p, &items[list->n]));                                                                          \
        TT_TRY(status);                                                                                                \
        list->v = tt_arena_copy(p->arena, items, (size_t)list->n * sizeof *items);                                     \
        return list->v ? TTRT_OK : TTRT_ERR_MEMORY;                                                                    \
    } while (0)

static ttrt_status ints(parser *p, void *field) { READ_LIST(tt_attr_ints, int64_t, integer); }

static ttrt_status dims(parser *p, void *field) { READ_LIST(tt_attr_dims, tt_dim, dim); }

static ttrt_status floats(parser *p, void *field) { READ_LIST(tt_attr_floats, double, number); }

/* ---- attributes ---- */

static ttrt_status element(parser *p, tt_dtype type, void *out)
{
    double f;
    int64_t i;

    if (tt_dtype_is_float(type)) {
        TT_TRY(number(p, &f));
        tt_store_f64(out, type, f);
    } else {
        TT_TRY(integer(p, &i));
        tt_store_i64(out, type, i);
    }
    return TTRT_OK;
}

static ttrt_status inline_weights(parser *p, tt_net_weights *w)
{
    size_t size = ttrt_dtype_size(w->dtype), n = 0;
    char *data = tt_arena_array(p->net->arena, TT_TEXT_INLINE, size); /* stays with the constant */

    if (!data)
        return TTRT_ERR_MEMORY;
    if (tt_dtype_is_complex(w->dtype))
        return fail(p, "complex elements");
    TT_TRY(expect(p, '{'));
    while (!accept(p, '}')) {
        if (n == TT_TEXT_INLINE)
            return fail(p, "too many elements");
        if (n > 0)
            TT_TRY(expect(p, ','));
        TT_TRY(element(p, w->dtype, data + n++ * size));
    }
    w->data = data;
    w->bytes = n * size;
    return TTRT_OK;
}

static ttrt_status weights(parser *p, tt_net_weights *w)
{
    int64_t i;

    TT_TRY(dtype(p, &w->dtype));
    if (accept(p, '@')) {
        TT_TRY(integer(p, &i));
        if (i < 0 || !p->table || (uint64_t)i >= p->table->n)
            return fail(p, "no such weights in the table");
        if (p->table->items[i].dtype != w->dtype || (!p->table->items[i].data && p->table->items[i].bytes > 0))
            return fail(p, "the table holds other weights");
        *w = p->table->items[i];
    } else {
        TT_TRY(inline_weights(p, w));
    }
    return optional_string(p, &w->name);
}

static ttrt_status enumerator(parser *p, const char *enumeration, int64_t *out)
{
    char text[MAX_WORD];
    const char *name;

    TT_TRY(word(p, false, text));
    for (*out = 0; (name = tt_enum_name(enumeration, *out)); ++*out)
        if (strcmp(name, text) == 0)
            return TTRT_OK;
    tt_fail(TTRT_ERR_FORMAT, "network text: no %s is called '%s'", enumeration, text);
    return where(p);
}

static ttrt_status boolean(parser *p, bool *out)
{
    *out = accept_word(p, "true");
    return *out || accept_word(p, "false") ? TTRT_OK : fail(p, "expected true or false");
}

static ttrt_status sub_network(parser *p, tt_network **out);

static ttrt_status attribute(parser *p, const tt_attr_info *info, void *field)
{
    switch (info->type) {
    case TT_ATTR_i64:
        return integer(p, field);
    case TT_ATTR_f64:
        return number(p, field);
    case TT_ATTR_bool:
        return boolean(p, field);
    case TT_ATTR_dtype:
        return dtype(p, field);
    case TT_ATTR_dim:
        return dim(p, field);
    case TT_ATTR_ints:
        return ints(p, field);
    case TT_ATTR_dims:
        return dims(p, field);
    case TT_ATTR_floats:
        return floats(p, field);
    case TT_ATTR_weights:
        return weights(p, field);
    case TT_ATTR_str:
        return string(p, field);
    case TT_ATTR_network:
        return sub_network(p, field);
    case TT_ATTR_enum:
        return enumerator(p, info->enumeration, field);
    }
    return TTRT_OK;
}

/* {name=value, ...}; those left out are zero. */
static ttrt_status attributes(parser *p, const tt_layer_info *info, tt_attrs *out)
{
    uint64_t seen = 0;
    char name[MAX_WORD];

    if (!accept(p, '{'))
        return TTRT_OK;
    while (!accept(p, '}')) {
        int i = 0;
        if (seen)
            TT_TRY(expect(p, ','));
        TT_TRY(word(p, false, name));
        while (i < info->n_attrs && strcmp(info->attrs[i].name, name) != 0)
            i++;
        if (i == info->n_attrs || seen >> i & 1)
            return fail(p, i == info->n_attrs ? "unknown attribute" : "an attribute stands twice");
        seen |= (uint64_t)1 << i;
        TT_TRY(expect(p, '='));
        TT_TRY(attribute(p, &info->attrs[i], (char *)out + info->attrs[i].offset));
    }
    return TTRT_OK;
}

/* ---- tensors ---- */

static ttrt_status new_name(parser *p, char *name)
{
    TT_TRY(expect(p, '%'));
    TT_TRY(word(p, true, name));
    return tt_map_has(p->tensors, name) ? fail(p, "a name is defined twice") : TTRT_OK;
}

static ttrt_status optional_type(parser *p, typed_name *t)
{
    t->has_type = accept(p, ':');
    if (!t->has_type)
        return TTRT_OK;
    TT_TRY(dtype(p, &t->dtype));
    return dims(p, &t->dims);
}

static ttrt_status tensor(parser *p, tt_tensor **out)
{
    char name[MAX_WORD];

    TT_TRY(expect(p, '%'));
    TT_TRY(word(p, true, name));
    *out = tt_map_get(p->tensors, name);
    return *out ? TTRT_OK : fail(p, "a tensor is not defined");
}

static ttrt_status input(parser *p)
{
    typed_name t;
    const char *name;
    tt_dim value;
    tt_tensor *made;

    TT_TRY(new_name(p, t.name));
    TT_TRY(optional_string(p, &name));
    TT_TRY(optional_type(p, &t));
    if (!t.has_type)
        return fail(p, "an input has no type");
    name = name ? name : t.name;
    if (accept(p, '=')) {
        TT_TRY(expect_word(p, "dim"));
        TT_TRY(dim(p, &value));
        if (t.dtype != TTRT_DTYPE_INT64 || t.dims.n != 0)
            return fail(p, "a dimension input is no i64[]");
        made = tt_network_dim_input(p->net, name, value);
    } else {
        made = tt_network_input(p->net, name, t.dtype, t.dims.n, t.dims.v);
    }
    return made ? tt_map_put(p->tensors, t.name, made) : foreign(p, ttrt_last_error()->status);
}

static ttrt_status check_type(parser *p, const typed_name *t, const tt_tensor *is)
{
    if (!t->has_type)
        return TTRT_OK;
    if (t->dtype != is->dtype || t->dims.n != is->rank)
        return fail(p, "a tensor is not of the type told");
    for (int i = 0; i < is->rank; i++)
        if (!tt_infer_may_equal(p->net->dims, t->dims.v[i], is->dims[i]))
            return fail(p, "a tensor is not of the shape told");
    return foreign(p, tt_dims_status(p->net->dims));
}

/* ---- lines ---- */

static ttrt_status range_end(parser *p, int64_t *out)
{
    if (!accept_word(p, "inf"))
        return integer(p, out);
    *out = TT_DIM_NO_MAX;
    return TTRT_OK;
}

/* symbol s0 in [1, 64] hint 8 */
static ttrt_status symbol_line(parser *p)
{
    char name[MAX_WORD];
    int64_t min, max, hint = -1;

    TT_TRY(word(p, false, name));
    if (tt_map_has(p->symbols, name) || !tt_text_is_name(name))
        return fail(p, "not a new symbol");
    TT_TRY(expect_word(p, "in"));
    TT_TRY(expect(p, '['));
    TT_TRY(integer(p, &min));
    TT_TRY(expect(p, ','));
    TT_TRY(range_end(p, &max));
    TT_TRY(expect(p, ']'));
    if (accept_word(p, "hint"))
        TT_TRY(integer(p, &hint));
    if (min > max || hint < -1)
        return fail(p, "a symbol's range is empty");
    tt_symbol *symbol = tt_dims_symbol(p->net->dims, name);
    if (!symbol)
        return TTRT_ERR_MEMORY;
    symbol->min = min;
    symbol->max = max;
    symbol->hint = hint;
    return tt_map_put(p->symbols, name, symbol);
}

static ttrt_status layer_kind(parser *p, tt_layer_kind *out)
{
    char name[MAX_WORD];

    TT_TRY(word(p, false, name));
    for (int k = 0; k < TT_LAYER_COUNT; k++)
        if (strcmp(tt_layer_info_of((tt_layer_kind)k)->name, name) == 0) {
            *out = (tt_layer_kind)k;
            return TTRT_OK;
        }
    tt_fail(TTRT_ERR_FORMAT, "network text: no layer is called '%s'", name);
    return where(p);
}

static ttrt_status layer_inputs(parser *p)
{
    TT_TRY(expect(p, '('));
    for (p->n_in = 0; !accept(p, ')'); p->n_in++) {
        if (p->n_in == MAX_INPUTS)
            return fail(p, "a layer has too many inputs");
        if (p->n_in > 0)
            TT_TRY(expect(p, ','));
        TT_TRY(tt_arena_grow(p->arena, &p->in, &p->cap_in, p->n_in, sizeof *p->in));
        TT_TRY(tensor(p, &p->in[p->n_in]));
    }
    return TTRT_OK;
}

static ttrt_status layer_outputs(parser *p)
{
    for (p->n_outs = 0; p->n_outs == 0 || accept(p, ','); p->n_outs++) {
        if (p->n_outs == MAX_INPUTS)
            return fail(p, "a layer has too many outputs");
        TT_TRY(tt_arena_grow(p->arena, &p->outs, &p->cap_outs, p->n_outs, sizeof *p->outs));
        TT_TRY(new_name(p, p->outs[p->n_outs].name));
        TT_TRY(optional_type(p, &p->outs[p->n_outs]));
    }
    return expect(p, '=');
}

/* %1: f32[2], %2 = kind(%a, %b) {attributes} "label" from "source" */
static ttrt_status layer_line(parser *p)
{
    tt_tensor **made;
    tt_attrs attrs = {0};
    tt_layer_kind kind = TT_LAYER_COUNT;

    TT_TRY(layer_outputs(p));
    TT_TRY(layer_kind(p, &kind));
    TT_TRY(layer_inputs(p));
    if (!(made = tt_arena_array(p->arena, p->n_in + TT_MAX_OUTS, sizeof *made)))
        return TTRT_ERR_MEMORY;
    TT_TRY(attributes(p, tt_layer_info_of(kind), &attrs));
    TT_TRY(optional_string(p, &p->net->label));
    p->net->source = NULL;
    if (accept_word(p, "from"))
        TT_TRY(string(p, &p->net->source));
    TT_TRY(foreign(p, tt_net_add(p->net, kind, &attrs, p->in, (int)p->n_in, made)));
    if ((size_t)made[0]->layer->n_out != p->n_outs)
        return fail(p, "a layer has another number of outputs");
    for (size_t i = 0; i < p->n_outs; i++) {
        if (tt_map_has(p->tensors, p->outs[i].name))
            return fail(p, "a name is defined twice");
        TT_TRY(check_type(p, &p->outs[i], made[i]));
        TT_TRY(tt_map_put(p->tensors, p->outs[i].name, made[i]));
    }
    return TTRT_OK;
}

static ttrt_status network_name(parser *p)
{
    const char *name;

    TT_TRY(string(p, &name));
    p->net->name = tt_arena_strdup(p->net->arena, name);
    return p->net->name ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status header(parser *p)
{
    while (p->depth == 0 && accept_word(p, "symbol"))
        TT_TRY(symbol_line(p));
    TT_TRY(expect_word(p, "network"));
    TT_TRY(network_name(p));
    TT_TRY(expect(p, '('));
    while (!accept(p, ')')) {
        if (p->net->n_inputs == MAX_INPUTS)
            return fail(p, "too many inputs");
        if (p->net->n_inputs > 0)
            TT_TRY(expect(p, ','));
        TT_TRY(input(p));
    }
    return TTRT_OK;
}

static ttrt_status return_line(parser *p)
{
    tt_tensor *t;
    const char *name;

    TT_TRY(expect_word(p, "return"));
    skip_space(p);
    while (*p->at && *p->at != '}') {
        if (p->net->n_outputs == MAX_INPUTS)
            return fail(p, "too many outputs");
        if (p->net->n_outputs > 0)
            TT_TRY(expect(p, ','));
        TT_TRY(tensor(p, &t));
        TT_TRY(optional_string(p, &name));
        TT_TRY(tt_network_output(p->net, t, name));
        skip_space(p);
    }
    return TTRT_OK;
}

static ttrt_status parse(parser *p)
{
    TT_TRY(header(p));
    for (skip_space(p); *p->at == '%'; skip_space(p)) {
        if (p->net->n_layers == MAX_LAYERS)
            return fail(p, "too many layers");
        TT_TRY(layer_line(p));
    }
    p->net->label = p->net->source = NULL;
    return return_line(p);
}

/* Names of its tensors are its own; symbols and weights are those of the text. */
static ttrt_status sub_network(parser *p, tt_network **out)
{
    parser inner = {.start = p->start,
                    .at = p->at,
                    .net = tt_network_new_sub(p->net, ""),
                    .arena = p->arena,
                    .tensors = tt_map_new(p->arena),
                    .symbols = p->symbols,
                    .table = p->table,
                    .depth = p->depth + 1};

    if (!inner.net || !inner.tensors)
        return TTRT_ERR_MEMORY;
    if (inner.depth > MAX_DEPTH)
        return fail(p, "networks are nested too deep");
    TT_TRY(expect(&inner, '{'));
    TT_TRY(parse(&inner));
    TT_TRY(expect(&inner, '}'));
    p->at = inner.at;
    *out = inner.net;
    return TTRT_OK;
}

static ttrt_status parse_all(parser *p)
{
    TT_TRY(parse(p));
    if (*p->at)
        return fail(p, "expected its end");
    return foreign(p, tt_network_verify(p->net));
}

static ttrt_status parser_init(parser *p, const char *text, size_t size)
{
    char *copy = tt_arena_strndup(p->arena, text, size);

    p->tensors = tt_map_new(p->arena);
    p->symbols = tt_map_new(p->arena);
    p->start = p->at = copy;
    return copy && p->tensors && p->symbols ? TTRT_OK : TTRT_ERR_MEMORY;
}

ttrt_status tt_network_parse(const char *text, size_t size, const tt_weight_table *table, tt_network **out)
{
    ttrt_status status;

    if (size > MAX_TEXT_BYTES || memchr(text, 0, size))
        TT_FAIL(TTRT_ERR_FORMAT, "network text of %zu bytes is too long or holds a NUL", size);
    parser p = {.net = tt_network_new("", NULL), .arena = tt_arena_new(), .table = table};
    if (!p.net || !p.arena) {
        status = TTRT_ERR_MEMORY;
        goto done;
    }
    TT_TRY_DONE(parser_init(&p, text, size));
    TT_TRY_DONE(parse_all(&p));
    *out = p.net;
    p.net = NULL;
done:
    tt_arena_free(p.arena);
    tt_network_free(p.net);
    return status;
}
