/* Graphs as text; graph_parse.c reads it back.
 *
 *   symbols(s0: 1..8 = 2)
 *   graph(%x: f32[s0,3], %w: f32[4,3] = param "fc.weight", %n: int(s0), %flag = const True)
 *     %1: f32[s0,4] = aten.linear.default(%x, %w, None)  # model.py:7 in forward: return self.fc(x)
 *     [%2: f32[s0,2]{4,1}, %3: f32[s0,2]{4,1}] = aten.split.Tensor(%1, 2, 1)
 *     return %2, mutate buffer "count" = %3
 *
 * `symbols` lists the symbols with a range or a hint. Strides stand in braces where they are known and not those of a
 * contiguous tensor. Arguments of operators outside ops.def carry their names. */
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void indent(tt_str *s, int depth)
{
    for (int i = 0; i < depth; i++)
        tt_str_add(s, "  ");
}

static void print_dims(tt_str *s, const tt_dim *dims, size_t n, const char *comma)
{
    for (size_t i = 0; i < n; i++) {
        tt_str_add(s, i > 0 ? comma : "");
        tt_dim_print(s, dims[i]);
    }
}

static bool is_contiguous(tt_dims *t, const tt_value *v)
{
    tt_dim stride = tt_dim_const(1);
    for (size_t i = v->rank; i-- > 0;) {
        if (!tt_dim_equal(v->strides[i], stride))
            return false;
        stride = tt_dim_mul(t, stride, v->dims[i]);
    }
    return tt_dims_status(t) == TTRT_OK;
}

static void print_type(tt_str *s, const tt_graph *g, const tt_value *v)
{
    switch (v->kind) {
    case TT_VALUE_TENSOR:
        tt_str_addf(s, "%s[", v->dtype == TT_DTYPE_NONE ? "?" : tt_dtype_short(v->dtype));
        print_dims(s, v->dims, v->rank, ",");
        tt_str_add(s, "]");
        if (v->strides && !is_contiguous(g->dims, v)) {
            tt_str_add(s, "{");
            print_dims(s, v->strides, v->rank, ",");
            tt_str_add(s, "}");
        }
        if (v->device && strcmp(v->device, "cpu") != 0)
            tt_str_addf(s, "@%s", v->device);
        break;
    case TT_VALUE_INT:
    case TT_VALUE_BOOL:
        tt_str_add(s, v->kind == TT_VALUE_INT ? "int(" : "bool(");
        tt_dim_print(s, v->dim);
        tt_str_add(s, ")");
        break;
    case TT_VALUE_FLOAT:
        tt_str_add(s, "float");
        break;
    case TT_VALUE_NONE:
        tt_str_add(s, "none");
        break;
    case TT_VALUE_OTHER:
        tt_str_add(s, "other");
        break;
    }
}

static void print_typed(tt_str *s, const tt_graph *g, const tt_value *v)
{
    tt_str_addf(s, "%%%s: ", v->name);
    print_type(s, g, v);
}

/* The shortest form that reads back as the same number and is seen to be no integer. */
static void print_float(tt_str *s, double f)
{
    char text[40];
    if (isnan(f) || isinf(f)) {
        tt_str_add(s, isnan(f) ? "nan" : f < 0 ? "-inf" : "inf");
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            break;
    }
    tt_str_add(s, text);
    if (strpbrk(text, ".e") == NULL)
        tt_str_add(s, ".0");
}

static void print_value_ref(tt_str *s, const tt_value *v)
{
    if (v)
        tt_str_addf(s, "%%%s", v->name);
    else
        tt_str_add(s, "None");
}

/* An expression that begins with a word, as one over the symbol u8 may, stands in brackets. */
static void print_int(tt_str *s, tt_dim d)
{
    tt_str text = {0};

    tt_dim_print(&text, d);
    tt_str_addf(s, tt_graph_is_word(tt_str_text(&text)) ? "(%s)" : "%s", tt_str_text(&text));
    s->failed = s->failed || text.failed;
    tt_str_dispose(&text);
}

static void print_graph(tt_str *s, const tt_graph *g, int depth);

static void print_item(tt_str *s, const tt_arg *a, size_t i)
{
    if (a->kind == TT_ARG_VALUES)
        print_value_ref(s, a->values[i]);
    else if (a->kind == TT_ARG_INTS)
        print_int(s, a->dims[i]);
    else if (a->kind == TT_ARG_FLOATS)
        print_float(s, a->floats[i]);
    else if (a->kind == TT_ARG_BOOLS)
        tt_str_add(s, a->bools[i] ? "True" : "False");
    else
        tt_str_add_json(s, a->strings[i]);
}

static void print_arg(tt_str *s, const tt_arg *a, int depth)
{
    static const char *const formats[] = {"contiguous_format", "preserve_format", "channels_last", "channels_last_3d"};

    switch (a->kind) {
    case TT_ARG_NONE:
        tt_str_add(s, "None");
        break;
    case TT_ARG_VALUE:
        print_value_ref(s, a->value);
        break;
    case TT_ARG_INT:
        print_int(s, a->dim);
        break;
    case TT_ARG_FLOAT:
        print_float(s, a->f);
        break;
    case TT_ARG_COMPLEX:
        tt_str_add(s, "complex(");
        print_float(s, a->f);
        tt_str_add(s, ", ");
        print_float(s, a->imag);
        tt_str_add(s, ")");
        break;
    case TT_ARG_BOOL:
        tt_str_add(s, a->b ? "True" : "False");
        break;
    case TT_ARG_STRING:
        tt_str_add_json(s, a->string);
        break;
    case TT_ARG_DEVICE:
        tt_str_add(s, "device(");
        tt_str_add_json(s, a->string);
        tt_str_add(s, ")");
        break;
    case TT_ARG_DTYPE:
        tt_str_add(s, tt_dtype_short(a->dtype));
        break;
    case TT_ARG_LAYOUT:
        tt_str_addf(s, "layout(%lld)", (long long)a->number);
        break;
    case TT_ARG_MEMORY_FORMAT:
        tt_str_add(s, a->number >= 0 && a->number < 4 ? formats[a->number] : "contiguous_format");
        break;
    case TT_ARG_GRAPH:
        tt_str_add(s, "{\n");
        print_graph(s, a->graph, depth + 2);
        indent(s, depth + 1);
        tt_str_add(s, "}");
        break;
    case TT_ARG_VALUES:
    case TT_ARG_INTS:
    case TT_ARG_FLOATS:
    case TT_ARG_BOOLS:
    case TT_ARG_STRINGS:
        tt_str_add(s, "[");
        for (size_t i = 0; i < a->n; i++) {
            tt_str_add(s, i > 0 ? ", " : "");
            print_item(s, a, i);
        }
        tt_str_add(s, "]");
        break;
    }
}

static void print_symbols(tt_str *s, const tt_dims *t)
{
    bool any = false;
    for (size_t i = 0; i < tt_dims_count(t); i++) {
        const tt_symbol *symbol = tt_dims_at(t, i);
        if (symbol->min == 0 && symbol->max == TT_DIM_NO_MAX && symbol->hint == -1)
            continue;
        tt_str_addf(s, "%s%s: ", any ? ", " : "symbols(", symbol->name);
        any = true;
        if (symbol->min != INT64_MIN)
            tt_str_addf(s, "%lld", (long long)symbol->min);
        tt_str_add(s, "..");
        if (symbol->max != TT_DIM_NO_MAX)
            tt_str_addf(s, "%lld", (long long)symbol->max);
        if (symbol->hint != -1)
            tt_str_addf(s, " = %lld", (long long)symbol->hint);
    }
    if (any)
        tt_str_add(s, ")\n");
}

static void print_input(tt_str *s, const tt_graph *g, const tt_graph_input *in, int depth)
{
    static const char *const kinds[] = {
        [TT_INPUT_PARAM] = "param", [TT_INPUT_BUFFER] = "buffer", [TT_INPUT_CONSTANT] = "constant"};

    if (in->value == NULL) {
        tt_str_addf(s, "%%%s = const ", in->name);
        print_arg(s, &in->constant, depth);
        return;
    }
    print_typed(s, g, in->value);
    if (in->kind == TT_INPUT_USER)
        return;
    tt_str_addf(s, " = %s%s ", in->kind == TT_INPUT_BUFFER && !in->persistent ? "temporary " : "", kinds[in->kind]);
    tt_str_add_json(s, in->target ? in->target : "");
}

static void print_node(tt_str *s, const tt_graph *g, const tt_node *n, int depth)
{
    indent(s, depth + 1);
    tt_str_add(s, n->outs_are_list ? "[" : "");
    for (size_t i = 0; i < n->n_outs; i++) {
        tt_str_add(s, i > 0 ? ", " : "");
        print_typed(s, g, n->outs[i]);
    }
    tt_str_add(s, n->outs_are_list ? "]" : "");
    tt_str_addf(s, "%s%s(", n->n_outs > 0 || n->outs_are_list ? " = " : "", n->op->name);
    for (size_t i = 0; i < n->n_args; i++) {
        tt_str_add(s, i > 0 ? ", " : "");
        if (n->arg_names && n->arg_names[i][0])
            tt_str_addf(s, "%s=", n->arg_names[i]);
        print_arg(s, &n->args[i], depth);
    }
    tt_str_add(s, ")");
    if (n->source)
        tt_str_addf(s, "  # %s", n->source);
    tt_str_add(s, "\n");
}

static void print_output(tt_str *s, const tt_graph_output *out, int depth)
{
    static const char *const kinds[] = {[TT_OUTPUT_BUFFER_MUTATION] = "buffer",
                                        [TT_OUTPUT_INPUT_MUTATION] = "input",
                                        [TT_OUTPUT_PARAM_MUTATION] = "param"};

    if (out->kind != TT_OUTPUT_USER) {
        tt_str_addf(s, "mutate %s ", kinds[out->kind]);
        tt_str_add_json(s, out->target);
        tt_str_add(s, " = ");
    }
    print_arg(s, &out->arg, depth);
}

static void print_graph(tt_str *s, const tt_graph *g, int depth)
{
    indent(s, depth);
    tt_str_add(s, "graph(");
    for (size_t i = 0; i < g->n_inputs; i++) {
        tt_str_add(s, i > 0 ? ", " : "");
        print_input(s, g, &g->inputs[i], depth);
    }
    tt_str_add(s, ")\n");
    for (const tt_node *n = g->first; n; n = n->next)
        print_node(s, g, n, depth);
    indent(s, depth + 1);
    tt_str_add(s, "return");
    for (size_t i = 0; i < g->n_outputs; i++) {
        tt_str_add(s, i > 0 ? ", " : " ");
        print_output(s, &g->outputs[i], depth);
    }
    tt_str_add(s, "\n");
}

ttrt_status tt_graph_print(const tt_graph *g, tt_str *out)
{
    print_symbols(out, g->dims);
    print_graph(out, g, 0);
    return tt_str_status(out);
}
