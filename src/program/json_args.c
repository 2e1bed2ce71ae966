/* Arguments of nodes. */
#include "program/pt2_impl.h"

#include <string.h>

typedef ttrt_status (*arg_fn)(tt_pt2_scope *s, const tt_json *at, tt_arg *out);

static ttrt_status arg_none(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_NONE;
    return TTRT_OK;
}

static ttrt_status arg_tensor(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    tt_json name;
    out->kind = TT_ARG_VALUE;
    TT_TRY(tt_pt2_tensor_name(at, &name));
    return tt_pt2_find_value(s, &name, &out->value);
}

static ttrt_status arg_int(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    int64_t v;
    TT_TRY(tt_json_i64(at, &v));
    *out = (tt_arg){.kind = TT_ARG_INT, .dim = tt_dim_const(v)};
    return TTRT_OK;
}

static ttrt_status arg_float(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_FLOAT;
    return tt_json_f64(at, &out->f);
}

static ttrt_status arg_bool(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_BOOL;
    return tt_json_bool(at, &out->b);
}

static ttrt_status copy_string(tt_pt2_scope *s, const tt_json *at, const char **out)
{
    const char *text;
    TT_TRY(tt_json_str(at, &text));
    *out = tt_arena_strdup(s->g->arena, text);
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status arg_string(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_STRING;
    return copy_string(s, at, &out->string);
}

static ttrt_status arg_dtype(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_DTYPE;
    return tt_pt2_dtype(at, &out->dtype);
}

static ttrt_status arg_layout(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_LAYOUT;
    return tt_pt2_layout(at, &out->number);
}

static ttrt_status arg_memory_format(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_MEMORY_FORMAT;
    return tt_pt2_memory_format(at, &out->number);
}

static ttrt_status arg_device(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_DEVICE;
    return tt_pt2_device(at, s->g->arena, &out->string);
}

static ttrt_status arg_sym_int(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    tt_json value;
    const char *tag;
    TT_TRY(tt_json_union(at, &tag, &value));
    if (strcmp(tag, "as_int") == 0)
        return arg_int(s, &value, out);
    if (strcmp(tag, "as_name") != 0)
        return tt_json_fail(at, "unknown kind of symbolic integer \"%s\"", tag);
    out->kind = TT_ARG_INT;
    return tt_pt2_sym_int_named(s, &value, &out->dim);
}

static ttrt_status arg_sym_bool(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    tt_json value;
    const char *tag;
    TT_TRY(tt_json_union(at, &tag, &value));
    if (strcmp(tag, "as_bool") == 0)
        return arg_bool(s, &value, out);
    if (strcmp(tag, "as_name") != 0)
        return tt_json_fail(at, "unknown kind of symbolic boolean \"%s\"", tag);
    tt_dim d;
    TT_TRY(tt_pt2_sym_bool_named(s, &value, &d));
    *out =
        tt_dim_is_const(d) ? (tt_arg){.kind = TT_ARG_BOOL, .b = d.value != 0} : (tt_arg){.kind = TT_ARG_INT, .dim = d};
    return TTRT_OK;
}

static ttrt_status arg_sym_float(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    tt_json value, meta, number;
    const char *tag, *name;

    TT_TRY(tt_json_union(at, &tag, &value));
    if (strcmp(tag, "as_float") == 0)
        return arg_float(s, &value, out);
    TT_TRY(tt_json_str(&value, &name));
    if (s->sym_floats.value != NULL && tt_json_find(&s->sym_floats, name, &meta) &&
        tt_json_find(&meta, "as_float", &number))
        return arg_float(s, &number, out);
    out->kind = TT_ARG_VALUE;
    return tt_pt2_find_value(s, &value, &out->value);
}

static ttrt_status arg_optional_tensor(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    tt_json value;
    const char *tag;
    TT_TRY(tt_json_union(at, &tag, &value));
    return strcmp(tag, "as_tensor") == 0 ? arg_tensor(s, &value, out) : arg_none(s, &value, out);
}

static ttrt_status arg_complex(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    static const char *const known[] = {"real", "imag", NULL};
    tt_json real, imag;
    out->kind = TT_ARG_COMPLEX;
    TT_TRY(tt_pt2_known_members(at, known));
    TT_TRY(tt_json_get(at, "real", &real));
    TT_TRY(tt_json_f64(&real, &out->f));
    TT_TRY(tt_json_get(at, "imag", &imag));
    return tt_json_f64(&imag, &out->imag);
}

static ttrt_status arg_graph(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    out->kind = TT_ARG_GRAPH;
    return tt_pt2_subgraph(s, at, &out->graph);
}

/* ---- lists ---- */

/* Reads each item by `item` and gives the memory for n of `size` bytes. */
static ttrt_status list_of(tt_pt2_scope *s, const tt_json *at, tt_arg_kind kind, size_t size, tt_arg *out)
{
    *out = (tt_arg){.kind = kind};
    TT_TRY(tt_json_array(at, &out->n));
    out->values = tt_arena_array(s->g->arena, out->n + 1, size);
    return out->values ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status values_by(tt_pt2_scope *s, const tt_json *at, arg_fn item, tt_arg *out)
{
    TT_TRY(list_of(s, at, TT_ARG_VALUES, sizeof *out->values, out));
    for (size_t i = 0; i < out->n; i++) {
        tt_json one = tt_json_item(at, i);
        tt_arg a = {.kind = TT_ARG_NONE};
        TT_TRY(item(s, &one, &a));
        out->values[i] = a.kind == TT_ARG_VALUE && a.value->kind != TT_VALUE_NONE ? a.value : NULL;
    }
    return TTRT_OK;
}

static ttrt_status arg_tensors(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    return values_by(s, at, arg_tensor, out);
}

static ttrt_status arg_optional_tensors(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    return values_by(s, at, arg_optional_tensor, out);
}

static ttrt_status ints_by(tt_pt2_scope *s, const tt_json *at, arg_fn item, tt_arg *out)
{
    TT_TRY(list_of(s, at, TT_ARG_INTS, sizeof *out->dims, out));
    for (size_t i = 0; i < out->n; i++) {
        tt_json one = tt_json_item(at, i);
        tt_arg a = {.kind = TT_ARG_NONE};
        TT_TRY(item(s, &one, &a));
        out->dims[i] = a.kind == TT_ARG_BOOL ? tt_dim_const(a.b) : a.dim;
    }
    return TTRT_OK;
}

static ttrt_status arg_ints(tt_pt2_scope *s, const tt_json *at, tt_arg *out) { return ints_by(s, at, arg_int, out); }

static ttrt_status arg_sym_ints(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    return ints_by(s, at, arg_sym_int, out);
}

static ttrt_status arg_floats(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    TT_TRY(list_of(s, at, TT_ARG_FLOATS, sizeof *out->floats, out));
    for (size_t i = 0; i < out->n; i++) {
        tt_json one = tt_json_item(at, i);
        TT_TRY(tt_json_f64(&one, &out->floats[i]));
    }
    return TTRT_OK;
}

static ttrt_status arg_sym_floats(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    TT_TRY(list_of(s, at, TT_ARG_FLOATS, sizeof *out->floats, out));
    for (size_t i = 0; i < out->n; i++) {
        tt_json one = tt_json_item(at, i);
        tt_arg a;
        TT_TRY(arg_sym_float(s, &one, &a));
        if (a.kind != TT_ARG_FLOAT)
            return tt_fail(TTRT_ERR_UNSUPPORTED, "the symbolic float '%s' in a list", a.value->name);
        out->floats[i] = a.f;
    }
    return TTRT_OK;
}

static ttrt_status arg_bools(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    TT_TRY(list_of(s, at, TT_ARG_BOOLS, sizeof *out->bools, out));
    for (size_t i = 0; i < out->n; i++) {
        tt_json one = tt_json_item(at, i);
        TT_TRY(tt_json_bool(&one, &out->bools[i]));
    }
    return TTRT_OK;
}

static ttrt_status arg_sym_bools(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    return ints_by(s, at, arg_sym_bool, out);
}

static ttrt_status arg_strings(tt_pt2_scope *s, const tt_json *at, tt_arg *out)
{
    TT_TRY(list_of(s, at, TT_ARG_STRINGS, sizeof *out->strings, out));
    for (size_t i = 0; i < out->n; i++) {
        tt_json one = tt_json_item(at, i);
        TT_TRY(copy_string(s, &one, &out->strings[i]));
    }
    return TTRT_OK;
}

static const struct {
    const char *tag;
    arg_fn read; /* NULL: known, but nothing here can hold it */
} KINDS[] = {
    {"as_none", arg_none},
    {"as_tensor", arg_tensor},
    {"as_tensors", arg_tensors},
    {"as_int", arg_int},
    {"as_ints", arg_ints},
    {"as_float", arg_float},
    {"as_floats", arg_floats},
    {"as_string", arg_string},
    {"as_strings", arg_strings},
    {"as_sym_int", arg_sym_int},
    {"as_sym_ints", arg_sym_ints},
    {"as_scalar_type", arg_dtype},
    {"as_memory_format", arg_memory_format},
    {"as_layout", arg_layout},
    {"as_device", arg_device},
    {"as_bool", arg_bool},
    {"as_bools", arg_bools},
    {"as_sym_bool", arg_sym_bool},
    {"as_sym_bools", arg_sym_bools},
    {"as_graph", arg_graph},
    {"as_optional_tensors", arg_optional_tensors},
    {"as_custom_obj", NULL},
    {"as_operator", arg_string},
    {"as_sym_float", arg_sym_float},
    {"as_sym_floats", arg_sym_floats},
    {"as_optional_tensor", arg_optional_tensor},
    {"as_complex", arg_complex},
    {"as_nested_tensors", NULL},
    {"as_int_lists", NULL},
    {"as_string_to_argument", NULL},
    {"as_float_lists", NULL},
};

ttrt_status tt_pt2_arg(tt_pt2_scope *s, const tt_json *at, bool symbolic_float_ok, tt_arg *out)
{
    tt_json value;
    const char *tag;

    TT_TRY(tt_json_union(at, &tag, &value));
    for (size_t i = 0; i < TT_COUNT(KINDS); i++) {
        if (strcmp(KINDS[i].tag, tag) != 0)
            continue;
        if (KINDS[i].read == NULL)
            return tt_fail(TTRT_ERR_UNSUPPORTED, "an argument of the kind %s", tag);
        *out = (tt_arg){.kind = TT_ARG_NONE};
        TT_TRY(KINDS[i].read(s, &value, out));
        if (out->kind == TT_ARG_VALUE && out->value->kind == TT_VALUE_FLOAT && !symbolic_float_ok)
            return tt_fail(TTRT_ERR_UNSUPPORTED, "the symbolic float '%s' as an argument", out->value->name);
        if (out->kind == TT_ARG_VALUE && out->value->kind == TT_VALUE_NONE)
            *out = (tt_arg){.kind = TT_ARG_NONE};
        return TTRT_OK;
    }
    return tt_json_fail(at, "unknown kind of argument \"%s\"", tag);
}
