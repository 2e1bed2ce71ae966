/* A graph as PyTorch's ExportedProgram in JSON. */
#include "program/pt2_impl.h"

#include <stdio.h>
#include <string.h>

static json_t *graph_json(tt_pt2_writer *outer, const tt_graph *g);

/* ---- tensors ---- */

static json_t *dims_json(tt_pt2_writer *w, const tt_dim *dims, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        tt_pt2_push(w, list, tt_pt2_dim_json(w, dims[i], false));
    return list;
}

static json_t *contiguous_strides(tt_pt2_writer *w, const tt_value *v)
{
    tt_dim strides[TT_MAX_RANK], stride = tt_dim_const(1);
    for (size_t i = v->rank; i-- > 0;) {
        strides[i] = stride;
        /* PyTorch counts an empty dimension as one element here. */
        stride = tt_dim_mul(w->g->dims, stride, tt_dim_is(v->dims[i], 0) ? tt_dim_const(1) : v->dims[i]);
    }
    return dims_json(w, strides, v->rank);
}

static json_t *meta_json(tt_pt2_writer *w, tt_dtype dtype, json_t *sizes, json_t *strides, int64_t offset, bool grad,
                         const char *device)
{
    json_t *meta = json_object();
    tt_pt2_set(w, meta, "dtype", json_integer(tt_pt2_dtype_number(dtype)));
    tt_pt2_set(w, meta, "sizes", sizes);
    tt_pt2_set(w, meta, "requires_grad", json_boolean(grad));
    tt_pt2_set(w, meta, "device", tt_pt2_device_json(w, device ? device : "cpu"));
    tt_pt2_set(w, meta, "strides", strides);
    tt_pt2_set(w, meta, "storage_offset", tt_pt2_one(w, "as_int", json_integer(offset)));
    tt_pt2_set(w, meta, "layout", json_integer(tt_pt2_layout_number(0)));
    return meta;
}

static bool wants_grad(const tt_weight *weight)
{
    return weight && weight->is_param && (tt_dtype_is_float(weight->dtype) || tt_dtype_is_complex(weight->dtype));
}

static json_t *ints_json(tt_pt2_writer *w, const int64_t *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        tt_pt2_push(w, list, tt_pt2_one(w, "as_int", json_integer(v[i])));
    return list;
}

json_t *tt_pt2_tensor_meta_json(tt_pt2_writer *w, const tt_weight *weight, const char *device)
{
    return meta_json(w, weight->dtype, ints_json(w, weight->dims, weight->rank),
                     ints_json(w, weight->strides, weight->rank), weight->storage_offset, wants_grad(weight), device);
}

/* Enters a value into the graph's tables, and gives {"name": ...} or {"as_name": ...} for the places that name it. */
static json_t *define(tt_pt2_writer *w, const tt_value *v)
{
    tt_pt2_know(w, v);
    if (v->kind == TT_VALUE_TENSOR) {
        json_t *strides = v->strides ? dims_json(w, v->strides, v->rank) : contiguous_strides(w, v);
        tt_pt2_set(
            w, w->tensors, v->name,
            meta_json(w, v->dtype, dims_json(w, v->dims, v->rank), strides, 0, wants_grad(v->weight), v->device));
        return tt_pt2_one(w, "name", json_string(v->name));
    }
    bool truth = v->kind == TT_VALUE_BOOL;
    tt_pt2_set(w, truth ? w->sym_bools : w->sym_ints, v->name, tt_pt2_dim_json(w, v->dim, truth));
    return tt_pt2_one(w, "as_name", json_string(v->name));
}

/* ---- arguments ---- */

static json_t *tensor_name(tt_pt2_writer *w, const tt_value *v) { return tt_pt2_one(w, "name", json_string(v->name)); }

static json_t *values_json(tt_pt2_writer *w, const tt_arg *a)
{
    json_t *list = json_array();
    bool optional = false;
    for (size_t i = 0; i < a->n; i++)
        optional |= a->values[i] == NULL;
    for (size_t i = 0; i < a->n; i++) {
        if (!optional)
            tt_pt2_push(w, list, tensor_name(w, a->values[i]));
        else if (a->values[i])
            tt_pt2_push(w, list, tt_pt2_one(w, "as_tensor", tensor_name(w, a->values[i])));
        else
            tt_pt2_push(w, list, tt_pt2_one(w, "as_none", json_true()));
    }
    return tt_pt2_one(w, optional ? "as_optional_tensors" : "as_tensors", list);
}

/* {"as_name": ...}, {"as_int": 3} */
static json_t *sym_int(tt_pt2_writer *w, tt_dim d)
{
    if (d.expr == NULL)
        return tt_pt2_one(w, "as_int", json_integer(d.value));
    const char *name = tt_pt2_dim_name(w, d.expr);
    return tt_pt2_one(w, "as_name", name ? json_string(name) : NULL);
}

static json_t *int_json(tt_pt2_writer *w, tt_dim d, tt_arg_type type)
{
    if (d.expr == NULL)
        return tt_pt2_one(w, "as_int", json_integer(d.value));
    bool truth = type == TT_TYPE_BOOL || (d.expr->kind >= TT_EXPR_EQ && d.expr->kind <= TT_EXPR_NOT);
    return tt_pt2_one(w, truth ? "as_sym_bool" : "as_sym_int", sym_int(w, d));
}

static json_t *dim_list_json(tt_pt2_writer *w, const tt_arg *a)
{
    json_t *list = json_array();
    bool symbolic = false;
    for (size_t i = 0; i < a->n; i++)
        symbolic |= a->dims[i].expr != NULL;
    for (size_t i = 0; i < a->n; i++)
        tt_pt2_push(w, list, symbolic ? sym_int(w, a->dims[i]) : json_integer(a->dims[i].value));
    return tt_pt2_one(w, symbolic ? "as_sym_ints" : "as_ints", list);
}

static json_t *list_json(tt_pt2_writer *w, const tt_arg *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n; i++) {
        if (a->kind == TT_ARG_FLOATS)
            tt_pt2_push(w, list, tt_pt2_float(a->floats[i]));
        else if (a->kind == TT_ARG_BOOLS)
            tt_pt2_push(w, list, json_boolean(a->bools[i]));
        else
            tt_pt2_push(w, list, json_string(a->strings[i]));
    }
    return tt_pt2_one(w,
                      a->kind == TT_ARG_FLOATS  ? "as_floats"
                      : a->kind == TT_ARG_BOOLS ? "as_bools"
                                                : "as_strings",
                      list);
}

static json_t *complex_json(tt_pt2_writer *w, const tt_arg *a)
{
    json_t *object = tt_pt2_one(w, "real", tt_pt2_float(a->f));
    tt_pt2_set(w, object, "imag", tt_pt2_float(a->imag));
    return tt_pt2_one(w, "as_complex", object);
}

static json_t *subgraph_json(tt_pt2_writer *w, const tt_graph *g)
{
    json_t *object = tt_pt2_one(w, "name", json_string(g->name));
    tt_pt2_set(w, object, "graph", graph_json(w, g));
    return tt_pt2_one(w, "as_graph", object);
}

json_t *tt_pt2_arg_json(tt_pt2_writer *w, const tt_arg *a, tt_arg_type type)
{
    switch (a->kind) {
    case TT_ARG_NONE:
        return tt_pt2_one(w, "as_none", json_true());
    case TT_ARG_VALUE:
        if (a->value->kind == TT_VALUE_NONE)
            return tt_pt2_one(w, "as_none", json_true());
        return tt_pt2_one(w, "as_tensor", tensor_name(w, a->value));
    case TT_ARG_VALUES:
        return values_json(w, a);
    case TT_ARG_INT:
        return int_json(w, a->dim, type);
    case TT_ARG_INTS:
        return dim_list_json(w, a);
    case TT_ARG_FLOAT:
        return tt_pt2_one(w, "as_float", tt_pt2_float(a->f));
    case TT_ARG_BOOL:
        return tt_pt2_one(w, "as_bool", json_boolean(a->b));
    case TT_ARG_STRING:
        return tt_pt2_one(w, "as_string", json_string(a->string));
    case TT_ARG_DTYPE:
        return tt_pt2_one(w, "as_scalar_type", json_integer(tt_pt2_dtype_number(a->dtype)));
    case TT_ARG_DEVICE:
        return tt_pt2_one(w, "as_device", tt_pt2_device_json(w, a->string));
    case TT_ARG_LAYOUT:
        return tt_pt2_one(w, "as_layout", json_integer(tt_pt2_layout_number(a->number)));
    case TT_ARG_MEMORY_FORMAT:
        return tt_pt2_one(w, "as_memory_format", json_integer(tt_pt2_memory_format_number(a->number)));
    case TT_ARG_GRAPH:
        return subgraph_json(w, a->graph);
    case TT_ARG_COMPLEX:
        return complex_json(w, a);
    case TT_ARG_FLOATS:
    case TT_ARG_BOOLS:
    case TT_ARG_STRINGS:
        return list_json(w, a);
    }
    return NULL;
}

/* ---- nodes ---- */

static bool is_default(tt_pt2_writer *w, const tt_op_arg *schema, const tt_arg *a)
{
    tt_graph lists = {.arena = w->arena};
    tt_arg d;
    if (schema->fallback == NULL || tt_op_arg_default(&lists, schema, &d) != TTRT_OK || d.kind != a->kind)
        return false;
    switch (a->kind) {
    case TT_ARG_NONE:
        return true;
    case TT_ARG_INT:
        return tt_dim_equal(a->dim, d.dim);
    case TT_ARG_FLOAT:
        return a->f == d.f;
    case TT_ARG_BOOL:
        return a->b == d.b;
    case TT_ARG_STRING:
        return strcmp(a->string, d.string) == 0;
    case TT_ARG_DTYPE:
        return a->dtype == d.dtype;
    case TT_ARG_MEMORY_FORMAT:
        return a->number == d.number;
    case TT_ARG_INTS:
        for (size_t i = 0; i < a->n && a->n == d.n; i++)
            if (!tt_dim_equal(a->dims[i], d.dims[i]))
                return false;
        return a->n == d.n;
    default:
        return false;
    }
}

/* Defaults are left out, as PyTorch does; by position only after the last one that is not a default. */
static json_t *inputs_json(tt_pt2_writer *w, const tt_node *n)
{
    json_t *inputs = json_array();
    const tt_op *op = n->op;
    size_t n_positional = 0;

    for (size_t i = 0; op->id >= 0 && i < n->n_args; i++)
        if (!op->args[i].keyword && !is_default(w, &op->args[i], &n->args[i]))
            n_positional = i + 1;
    for (size_t i = 0; i < n->n_args; i++) {
        bool listed = op->id >= 0, keyword = listed ? op->args[i].keyword : n->arg_names && n->arg_names[i][0] != 0;
        if (listed && (keyword ? is_default(w, &op->args[i], &n->args[i]) : i >= n_positional))
            continue;
        json_t *input = json_object();
        tt_pt2_set(w, input, "name", json_string(listed ? op->args[i].name : n->arg_names ? n->arg_names[i] : ""));
        tt_pt2_set(w, input, "arg",
                   tt_pt2_arg_json(w, &n->args[i], listed ? (tt_arg_type)op->args[i].type : TT_TYPE_OTHER));
        tt_pt2_set(w, input, "kind", json_integer(keyword ? 2 : 1));
        tt_pt2_push(w, inputs, input);
    }
    return inputs;
}

static json_t *output_json(tt_pt2_writer *w, const tt_value *v)
{
    switch (v->kind) {
    case TT_VALUE_TENSOR:
        return tt_pt2_one(w, "as_tensor", define(w, v));
    case TT_VALUE_INT:
        return tt_pt2_one(w, "as_sym_int", define(w, v));
    case TT_VALUE_BOOL:
        return tt_pt2_one(w, "as_sym_bool", define(w, v));
    default:
        return tt_pt2_one(w, "as_none", json_true());
    }
}

static bool is_higher_order(const tt_op *op) { return op->id < 0 && strncmp(op->name, "higher_order.", 13) == 0; }

static json_t *outputs_json(tt_pt2_writer *w, const tt_node *n)
{
    json_t *outputs = json_array();
    if (!n->outs_are_list || is_higher_order(n->op)) {
        for (size_t i = 0; i < n->n_outs; i++)
            tt_pt2_push(w, outputs, output_json(w, n->outs[i]));
        return outputs;
    }
    json_t *list = json_array();
    bool optional = false;
    for (size_t i = 0; i < n->n_outs; i++)
        optional |= n->outs[i]->kind != TT_VALUE_TENSOR;
    for (size_t i = 0; i < n->n_outs; i++)
        tt_pt2_push(w, list, optional ? output_json(w, n->outs[i]) : define(w, n->outs[i]));
    tt_pt2_push(w, outputs, tt_pt2_one(w, optional ? "as_optional_tensors" : "as_tensors", list));
    return outputs;
}

/* "file.py:3 in forward: code" as one frame of a Python traceback. */
static json_t *metadata_json(tt_pt2_writer *w, const tt_node *n)
{
    json_t *metadata = json_object();
    char file[128], function[128];
    int line, at = 0;

    if (n->source == NULL || sscanf(n->source, "%127[^:]:%d in %127[^:]%n", file, &line, function, &at) != 3)
        return metadata;
    const char *code = n->source + at + strspn(n->source + at, ": ");
    char *trace = tt_arena_printf(w->arena, "  File \"%s\", line %d, in %s\n    %s", file, line, function, code);
    tt_pt2_set(w, metadata, "stack_trace", trace ? json_string(trace) : NULL);
    return metadata;
}

/* Arithmetic on Python numbers. Its nodes are not written: json_dims.c writes what a number's users need. */
static bool is_scalar_function(const tt_op *op)
{
    return strncmp(op->name, "_operator.", 10) == 0 || strncmp(op->name, "torch.sym_", 10) == 0 ||
           strncmp(op->name, "math.", 5) == 0;
}

/* In fx each of several outputs is a node of its own, whose name the operator's node cannot have. */
static const char *node_name(tt_pt2_writer *w, const tt_node *n)
{
    for (size_t i = 0; (n->n_outs > 1 || n->outs_are_list) && i < n->n_outs; i++)
        if (strcmp(n->name, n->outs[i]->name) == 0)
            return tt_pt2_fresh_name(w, n->name);
    return n->name;
}

static void write_node(tt_pt2_writer *w, const tt_node *n)
{
    json_t *inputs = inputs_json(w, n); /* may write nodes that compute sizes, before this one */
    json_t *node = json_object();
    char *target = tt_arena_printf(w->arena, "torch.ops.%s", n->op->name);

    tt_pt2_set(w, node, "target", target ? json_string(target) : NULL);
    tt_pt2_set(w, node, "inputs", inputs);
    tt_pt2_set(w, node, "outputs", outputs_json(w, n));
    tt_pt2_set(w, node, "metadata", metadata_json(w, n));
    /* Tells a tuple of one tensor from the tensor. */
    json_t *single = is_higher_order(n->op) ? json_boolean(!n->outs_are_list) : json_null();
    tt_pt2_set(w, node, "is_hop_single_tensor_return", single);
    const char *name = node_name(w, n);
    tt_pt2_set(w, node, "name", name ? json_string(name) : NULL);
    tt_pt2_push(w, w->nodes, node);
}

/* ---- graphs ---- */

static json_t *input_json(tt_pt2_writer *w, const tt_graph_input *in)
{
    if (in->value == NULL)
        return tt_pt2_arg_json(w, &in->constant, TT_TYPE_OTHER);
    return tt_pt2_one(w, in->value->kind == TT_VALUE_TENSOR ? "as_tensor" : "as_sym_int", define(w, in->value));
}

static ttrt_status take_names(tt_pt2_writer *w, const tt_graph *g)
{
    for (size_t i = 0; i < g->n_inputs; i++)
        TT_TRY(tt_map_put(w->names, g->inputs[i].name, w));
    for (const tt_node *n = g->first; n; n = n->next) {
        TT_TRY(tt_map_put(w->names, n->name, w));
        for (size_t i = 0; i < n->n_outs; i++)
            TT_TRY(tt_map_put(w->names, n->outs[i]->name, w));
    }
    return TTRT_OK;
}

static json_t *graph_json(tt_pt2_writer *outer, const tt_graph *g)
{
    tt_pt2_writer w = {.g = g,
                       .arena = outer->arena,
                       .names = tt_map_new(outer->arena),
                       .hints = outer->hints,
                       .status = outer->status};
    json_t *graph = json_object(), *inputs = json_array(), *outputs = json_array();

    w.nodes = json_array();
    w.tensors = json_object();
    w.sym_ints = json_object();
    w.sym_bools = json_object();
    if (w.status == TTRT_OK)
        w.status = w.names ? take_names(&w, g) : TTRT_ERR_MEMORY;
    for (size_t i = 0; i < g->n_inputs; i++)
        tt_pt2_push(&w, inputs, input_json(&w, &g->inputs[i]));
    for (const tt_node *n = g->first; n && w.status == TTRT_OK; n = n->next)
        if (!is_scalar_function(n->op))
            write_node(&w, n);
    for (size_t i = 0; i < g->n_outputs && w.status == TTRT_OK; i++)
        tt_pt2_push(&w, outputs, tt_pt2_arg_json(&w, &g->outputs[i].arg, TT_TYPE_OTHER));
    tt_pt2_set(&w, graph, "inputs", inputs);
    tt_pt2_set(&w, graph, "outputs", outputs);
    tt_pt2_set(&w, graph, "nodes", w.nodes);
    tt_pt2_set(&w, graph, "tensor_values", w.tensors);
    tt_pt2_set(&w, graph, "sym_int_values", w.sym_ints);
    tt_pt2_set(&w, graph, "sym_bool_values", w.sym_bools);
    tt_pt2_set(&w, graph, "is_single_tensor_return", json_false());
    tt_pt2_set(&w, graph, "custom_obj_values", json_object());
    tt_pt2_set(&w, graph, "sym_float_values", json_object());
    outer->status = w.status;
    return graph;
}

/* ---- the signature ---- */

static json_t *input_spec(tt_pt2_writer *w, const tt_graph_input *in)
{
    static const char *const tags[] = {
        [TT_INPUT_PARAM] = "parameter", [TT_INPUT_BUFFER] = "buffer", [TT_INPUT_CONSTANT] = "tensor_constant"};
    static const char *const keys[] = {[TT_INPUT_PARAM] = "parameter_name",
                                       [TT_INPUT_BUFFER] = "buffer_name",
                                       [TT_INPUT_CONSTANT] = "tensor_constant_name"};
    json_t *spec = json_object();

    if (in->value == NULL) {
        tt_pt2_set(w, spec, "name", json_string(in->name));
        tt_pt2_set(w, spec, "value", tt_pt2_arg_json(w, &in->constant, TT_TYPE_OTHER));
        return tt_pt2_one(w, "constant_input", spec);
    }
    bool tensor = in->value->kind == TT_VALUE_TENSOR;
    json_t *name = tt_pt2_one(w, tensor ? "name" : "as_name", json_string(in->value->name));
    if (in->kind == TT_INPUT_USER) {
        tt_pt2_set(w, spec, "arg", tt_pt2_one(w, tensor ? "as_tensor" : "as_sym_int", name));
        return tt_pt2_one(w, "user_input", spec);
    }
    tt_pt2_set(w, spec, "arg", name);
    tt_pt2_set(w, spec, keys[in->kind], json_string(in->target));
    if (in->kind == TT_INPUT_BUFFER)
        tt_pt2_set(w, spec, "persistent", json_boolean(in->persistent));
    return tt_pt2_one(w, tags[in->kind], spec);
}

static json_t *output_spec(tt_pt2_writer *w, const tt_graph_output *out, const json_t *arg)
{
    static const char *const tags[] = {
        "user_output", [TT_OUTPUT_BUFFER_MUTATION] = "buffer_mutation",
        [TT_OUTPUT_INPUT_MUTATION] = "user_input_mutation", [TT_OUTPUT_PARAM_MUTATION] = "parameter_mutation"};
    static const char *const keys[] = {[TT_OUTPUT_BUFFER_MUTATION] = "buffer_name",
                                       [TT_OUTPUT_INPUT_MUTATION] = "user_input_name",
                                       [TT_OUTPUT_PARAM_MUTATION] = "parameter_name"};
    json_t *spec = json_object();

    if (out->kind == TT_OUTPUT_USER) {
        tt_pt2_set(w, spec, "arg", json_deep_copy(arg));
    } else {
        tt_pt2_set(w, spec, "arg", tensor_name(w, out->arg.value));
        tt_pt2_set(w, spec, keys[out->kind], json_string(out->target));
    }
    return tt_pt2_one(w, tags[out->kind], spec);
}

/* Outputs that are sizes were given names when the graph was written. */
static json_t *signature_json(tt_pt2_writer *w, const tt_graph *g, const json_t *graph)
{
    json_t *signature = json_object(), *in = json_array(), *out = json_array();
    const json_t *outputs = json_object_get(graph, "outputs");
    for (size_t i = 0; i < g->n_inputs; i++)
        tt_pt2_push(w, in, input_spec(w, &g->inputs[i]));
    for (size_t i = 0; i < g->n_outputs && w->status == TTRT_OK; i++)
        tt_pt2_push(w, out, output_spec(w, &g->outputs[i], json_array_get(outputs, i)));
    tt_pt2_set(w, signature, "input_specs", in);
    tt_pt2_set(w, signature, "output_specs", out);
    return signature;
}

static json_t *strings_json(tt_pt2_writer *w, const char *const *items, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        tt_pt2_push(w, list, json_string(items[i]));
    return list;
}

static json_t *calls_json(tt_pt2_writer *w, const tt_pt2_info *info)
{
    json_t *calls = json_array(), *call = json_object(), *signature = json_object();
    tt_pt2_set(w, signature, "inputs", json_array());
    tt_pt2_set(w, signature, "outputs", json_array());
    tt_pt2_set(w, signature, "in_spec", json_string(info->in_spec));
    tt_pt2_set(w, signature, "out_spec", json_string(info->out_spec));
    tt_pt2_set(w, signature, "forward_arg_names",
               info->has_forward_arg_names ? strings_json(w, info->forward_arg_names, info->n_forward_arg_names)
                                           : json_null());
    tt_pt2_set(w, call, "fqn", json_string(""));
    tt_pt2_set(w, call, "signature", signature);
    tt_pt2_push(w, calls, call);
    return calls;
}

static json_t *module_json(tt_pt2_writer *w, const tt_graph *g, const tt_pt2_info *info)
{
    json_t *module = json_object(), *graph = graph_json(w, g);
    const char *fields = info->namedtuple_fields_json;
    json_t *named = fields ? NULL : json_object();

    if (fields && w->status == TTRT_OK)
        w->status = tt_json_parse(fields, strlen(fields), "treespec_namedtuple_fields", &named);
    tt_pt2_set(w, module, "signature", signature_json(w, g, graph));
    tt_pt2_set(w, module, "graph", graph);
    tt_pt2_set(w, module, "module_call_graph", calls_json(w, info));
    tt_pt2_set(w, module, "metadata", json_object());
    tt_pt2_set(w, module, "treespec_namedtuple_fields", named);
    return module;
}

static json_t *ranges_json(tt_pt2_writer *w, const tt_dims *dims)
{
    json_t *ranges = json_object();
    for (size_t i = 0; i < tt_dims_count(dims); i++) {
        const tt_symbol *s = tt_dims_at(dims, i);
        /* PyTorch counts on from the numbers that it finds here; networks' own symbols (ux0) are none of the program's.
         */
        if (s->unbacked && !(s->name[1] >= '0' && s->name[1] <= '9'))
            continue;
        json_t *range = json_object();
        tt_pt2_set(w, range, "min_val", s->min == INT64_MIN ? json_null() : json_integer(s->min));
        tt_pt2_set(w, range, "max_val", s->max == TT_DIM_NO_MAX ? json_null() : json_integer(s->max));
        tt_pt2_set(w, ranges, s->name, range);
    }
    return ranges;
}

/* PyTorch wants an example's value for every size that inputs give. */
static ttrt_status fill_hints(tt_pt2_writer *w, const tt_dims *dims)
{
    size_t n = tt_dims_count(dims);
    w->hints = tt_arena_array(w->arena, n + 1, sizeof *w->hints);
    if (w->hints == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const tt_symbol *s = tt_dims_at(dims, i);
        int64_t hint = s->hint >= 0 ? s->hint : 8;
        hint = hint < s->min ? s->min : hint > s->max ? s->max : hint;
        w->hints[i] = s->unbacked ? TT_DIM_UNBOUND : hint;
    }
    return TTRT_OK;
}

static json_t *version_json(tt_pt2_writer *w)
{
    json_t *version = tt_pt2_one(w, "major", json_integer(TT_PT2_MAJOR));
    tt_pt2_set(w, version, "minor", json_integer(TT_PT2_MINOR));
    return version;
}

ttrt_status tt_pt2_program_json(const tt_graph *g, const tt_pt2_info *info, json_t **out)
{
    enum { ATEN_OPSET = 10 }; /* torch._C._get_max_operator_version() of all PyTorch 2.x */
    tt_pt2_writer w = {.g = g, .arena = tt_arena_new()};
    json_t *program = json_object();

    if (w.arena == NULL || program == NULL) {
        tt_arena_free(w.arena);
        json_decref(program);
        return TTRT_ERR_MEMORY;
    }
    w.status = fill_hints(&w, g->dims);
    if (w.status == TTRT_OK) {
        tt_pt2_set(&w, program, "graph_module", module_json(&w, g, info));
        tt_pt2_set(&w, program, "opset_version", tt_pt2_one(&w, "aten", json_integer(ATEN_OPSET)));
        tt_pt2_set(&w, program, "range_constraints", ranges_json(&w, g->dims));
        tt_pt2_set(&w, program, "schema_version", version_json(&w));
        tt_pt2_set(&w, program, "verifiers", strings_json(&w, (const char *const[]){"TRAINING"}, 1));
        tt_pt2_set(&w, program, "torch_version", json_string(info->torch_version ? info->torch_version : ""));
        tt_pt2_set(&w, program, "guards_code", strings_json(&w, info->guards, info->n_guards));
    }
    if (w.status == TTRT_OK)
        w.status = tt_dims_status(g->dims);
    tt_arena_free(w.arena);
    if (w.status != TTRT_OK)
        json_decref(program);
    else
        *out = program;
    return w.status;
}
