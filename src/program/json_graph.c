/* Nodes of a graph object, sub-graphs, and the wrappers that are inlined. */
#include "program/pt2_impl.h"

#include <string.h>

enum { MAX_SUBGRAPHS = 32 }; /* nesting */

static const char *const GRAPH[] = {"inputs",
                                    "outputs",
                                    "nodes",
                                    "tensor_values",
                                    "sym_int_values",
                                    "sym_bool_values",
                                    "is_single_tensor_return",
                                    "custom_obj_values",
                                    "sym_float_values",
                                    NULL};
static const char *const NODE[] = {"target", "inputs", "outputs", "metadata", "is_hop_single_tensor_return",
                                   "name",   NULL};
static const char *const NAMED_ARGUMENT[] = {"name", "arg", "kind", NULL};
static const char *const GRAPH_ARGUMENT[] = {"name", "graph", NULL};

ttrt_status tt_pt2_scope_init(tt_pt2_scope *s, tt_pt2_reader *r, tt_graph *g, const tt_json *graph, int depth)
{
    *s = (tt_pt2_scope){.r = r, .g = g, .graph = graph, .depth = depth};
    if (depth > MAX_SUBGRAPHS)
        return tt_json_fail(graph, "sub-graphs are nested more than %d deep", MAX_SUBGRAPHS);
    TT_TRY(tt_pt2_known_members(graph, GRAPH));
    s->values = tt_map_new(g->arena);
    if (s->values == NULL)
        return TTRT_ERR_MEMORY;
    tt_json_find(graph, "tensor_values", &s->tensors);
    tt_json_find(graph, "sym_int_values", &s->sym_ints);
    tt_json_find(graph, "sym_bool_values", &s->sym_bools);
    tt_json_find(graph, "sym_float_values", &s->sym_floats);
    return TTRT_OK;
}

/* ---- operators ---- */

/* An operator that ops.def does not list: by its name, with arguments as the file gives them. */
static ttrt_status unlisted_op(tt_pt2_reader *r, const char *target, size_t n_args, const tt_op **out)
{
    const char *name = tt_op_bare_name(target);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("()[]{}=,%\"", *c))
            return tt_fail(TTRT_ERR_FORMAT, "the operator's name \"%s\" holds a character that none has", name);
    char *key = tt_arena_printf(r->g->arena, "%s/%zu", name, n_args);
    if (key == NULL)
        return TTRT_ERR_MEMORY;
    *out = tt_map_get(r->ops, key);
    if (*out != NULL)
        return TTRT_OK;
    *out = tt_op_unlisted(r->g->arena, name, n_args);
    return *out ? tt_map_put(r->ops, key, (void *)(uintptr_t)*out) : TTRT_ERR_MEMORY;
}

/* Functions of Python on numbers: no tensors, arguments by position. */
static bool is_scalar_function(const tt_op *op)
{
    return strncmp(op->name, "_operator.", 10) == 0 || strncmp(op->name, "torch.sym_", 10) == 0 ||
           strncmp(op->name, "math.", 5) == 0;
}

/* ---- arguments ---- */

static int schema_arg(const tt_op *op, const char *name)
{
    for (size_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* ArgumentKind: unknown, positional, keyword. The schema of the operator tells which an argument is. */
static ttrt_status check_argument_kind(const tt_json *at)
{
    tt_json kind = *at;
    int64_t number = 0;
    if (tt_json_find(at, "kind", &kind))
        TT_TRY(tt_json_i64(&kind, &number));
    return number >= 0 && number <= 2
               ? TTRT_OK
               : tt_json_fail(&kind, "no kind of argument has the number %lld", (long long)number);
}

static ttrt_status read_arg(tt_pt2_scope *s, tt_node *n, const tt_json *at, size_t i, bool *given)
{
    tt_json name_at, arg;
    const char *name;
    int slot = (int)i;

    TT_TRY(tt_pt2_known_members(at, NAMED_ARGUMENT));
    TT_TRY(check_argument_kind(at));
    TT_TRY(tt_json_get(at, "name", &name_at));
    TT_TRY(tt_json_str(&name_at, &name));
    TT_TRY(tt_json_get(at, "arg", &arg));
    bool by_position = n->op->id < 0 || is_scalar_function(n->op);
    if (!by_position)
        slot = schema_arg(n->op, name);
    if (slot < 0 || (size_t)slot >= n->n_args)
        return tt_json_fail(at, "%s takes no argument \"%s\"", n->op->name, name);
    if (given[slot])
        return tt_json_fail(at, "%s gets its argument \"%s\" twice", n->op->name, name);
    given[slot] = true;
    if (n->op->id < 0 && (n->arg_names[i] = tt_arena_strdup(s->g->arena, name)) == NULL)
        return TTRT_ERR_MEMORY;
    return tt_pt2_arg(s, &arg, by_position, &n->args[slot]);
}

static ttrt_status read_args(tt_pt2_scope *s, tt_node *n, const tt_json *inputs)
{
    size_t n_given;
    bool *given = tt_arena_array(s->g->arena, n->n_args + 1, sizeof *given);

    TT_TRY(tt_json_array(inputs, &n_given));
    if (n->op->id < 0)
        n->arg_names = tt_arena_array(s->g->arena, n_given + 1, sizeof *n->arg_names);
    if (given == NULL || (n->op->id < 0 && n->arg_names == NULL))
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n_given; i++) {
        tt_json item = tt_json_item(inputs, i);
        TT_TRY(read_arg(s, n, &item, i, given));
    }
    for (size_t i = 0; n->op->id >= 0 && i < n->n_args; i++) {
        const tt_op_arg *a = &n->op->args[i];
        if (given[i])
            continue;
        if (a->fallback == NULL && !a->optional)
            return tt_json_fail(inputs, "%s lacks its argument \"%s\"", n->op->name, a->name);
        TT_TRY(tt_op_arg_default(s->g, a, &n->args[i]));
    }
    return TTRT_OK;
}

/* ---- outputs ---- */

typedef struct outs {
    tt_value **values;
    size_t n, cap;
    bool is_list;
} outs;

static ttrt_status push_out(tt_pt2_scope *s, outs *o, tt_value *v)
{
    TT_TRY(tt_arena_grow(s->g->arena, &o->values, &o->cap, o->n, sizeof(tt_value *)));
    o->values[o->n++] = v;
    return TTRT_OK;
}

static ttrt_status unnamed_out(tt_pt2_scope *s, outs *o, const char *node, tt_value_kind kind, tt_dim dim)
{
    const char *name = tt_graph_fresh_name(s->g, node);
    tt_value *v = name ? tt_graph_value(s->g, name, kind) : NULL;
    if (v == NULL)
        return TTRT_ERR_MEMORY;
    v->dim = dim;
    return push_out(s, o, v);
}

static ttrt_status tensor_out(tt_pt2_scope *s, const tt_json *tensor, outs *o)
{
    tt_json name;
    tt_value *v;
    TT_TRY(tt_pt2_tensor_name(tensor, &name));
    TT_TRY(tt_pt2_new_tensor(s, &name, &v));
    return push_out(s, o, v);
}

static ttrt_status optional_out(tt_pt2_scope *s, const tt_json *at, const char *node, outs *o)
{
    tt_json value;
    const char *tag;
    TT_TRY(tt_json_union(at, &tag, &value));
    return strcmp(tag, "as_tensor") == 0 ? tensor_out(s, &value, o)
                                         : unnamed_out(s, o, node, TT_VALUE_NONE, tt_dim_const(0));
}

/* {"as_name": "add_1"}, or a number that turned out constant. */
static ttrt_status number_out(tt_pt2_scope *s, const tt_json *at, const char *node, tt_value_kind kind, outs *o)
{
    tt_json name, constant;
    tt_value *v;
    int64_t i = 0;
    bool b = false;

    if (tt_json_find(at, "as_name", &name)) {
        TT_TRY(tt_pt2_new_number(s, &name, kind, &v));
        return push_out(s, o, v);
    }
    if (tt_json_find(at, "as_int", &constant))
        TT_TRY(tt_json_i64(&constant, &i));
    if (tt_json_find(at, "as_bool", &constant))
        TT_TRY(tt_json_bool(&constant, &b));
    return unnamed_out(s, o, node, kind, tt_dim_const(kind == TT_VALUE_BOOL ? b : i));
}

static ttrt_status read_out(tt_pt2_scope *s, const tt_json *at, const char *node, outs *o)
{
    tt_json value;
    const char *tag;
    size_t n = 0;

    TT_TRY(tt_json_union(at, &tag, &value));
    if (strcmp(tag, "as_tensor") == 0)
        return tensor_out(s, &value, o);
    if (strcmp(tag, "as_none") == 0)
        return unnamed_out(s, o, node, TT_VALUE_NONE, tt_dim_const(0));
    if (strcmp(tag, "as_optional_tensor") == 0)
        return optional_out(s, &value, node, o);
    if (strcmp(tag, "as_sym_int") == 0)
        return number_out(s, &value, node, TT_VALUE_INT, o);
    if (strcmp(tag, "as_sym_bool") == 0)
        return number_out(s, &value, node, TT_VALUE_BOOL, o);
    if (strcmp(tag, "as_sym_float") == 0)
        return number_out(s, &value, node, TT_VALUE_FLOAT, o);
    if (strcmp(tag, "as_int") == 0 || strcmp(tag, "as_bool") == 0)
        return number_out(s, at, node, tag[3] == 'i' ? TT_VALUE_INT : TT_VALUE_BOOL, o);
    bool optional = strcmp(tag, "as_optional_tensors") == 0;
    if (!optional && strcmp(tag, "as_tensors") != 0)
        return tt_fail(TTRT_ERR_UNSUPPORTED, "node '%s' returns a value of the kind %s", node, tag);
    TT_TRY(tt_json_array(&value, &n));
    o->is_list = true;
    for (size_t i = 0; i < n; i++) {
        tt_json item = tt_json_item(&value, i);
        TT_TRY(optional ? optional_out(s, &item, node, o) : tensor_out(s, &item, o));
    }
    return TTRT_OK;
}

static ttrt_status read_outs(tt_pt2_scope *s, const tt_json *node, const char *name, outs *o)
{
    tt_json outputs;
    size_t n;
    TT_TRY(tt_json_get(node, "outputs", &outputs));
    TT_TRY(tt_json_array(&outputs, &n));
    for (size_t i = 0; i < n; i++) {
        tt_json item = tt_json_item(&outputs, i);
        TT_TRY(read_out(s, &item, name, o));
        if (o->is_list && n > 1)
            return tt_fail(TTRT_ERR_UNSUPPORTED, "node '%s' returns a list of tensors among other values", name);
    }
    /* A higher-order operator returns a tuple, unless it says that it returns one tensor. */
    tt_json single;
    if (tt_json_find(node, "is_hop_single_tensor_return", &single))
        o->is_list |= json_is_false(single.value);
    return TTRT_OK;
}

/* ---- sub-graphs ---- */

static ttrt_status sub_input(tt_pt2_scope *s, const tt_json *at, size_t i)
{
    tt_graph_input in = {.kind = TT_INPUT_USER};
    tt_json value, name;
    const char *tag;

    TT_TRY(tt_json_union(at, &tag, &value));
    if (strcmp(tag, "as_tensor") == 0) {
        TT_TRY(tt_pt2_tensor_name(&value, &name));
        TT_TRY(tt_pt2_new_tensor(s, &name, &in.value));
    } else if (strcmp(tag, "as_sym_int") == 0 && tt_json_find(&value, "as_name", &name)) {
        TT_TRY(tt_pt2_new_number(s, &name, TT_VALUE_INT, &in.value));
    } else {
        TT_TRY(tt_pt2_arg(s, at, false, &in.constant));
    }
    in.name = in.value ? in.value->name : tt_arena_printf(s->g->arena, "constant_%zu", i);
    return in.name ? tt_graph_add_input(s->g, in) : TTRT_ERR_MEMORY;
}

ttrt_status tt_pt2_subgraph(tt_pt2_scope *s, const tt_json *at, tt_graph **out)
{
    tt_json name_at, graph, list;
    tt_pt2_scope inner;
    const char *name;
    size_t n;

    TT_TRY(tt_pt2_known_members(at, GRAPH_ARGUMENT));
    TT_TRY(tt_json_get(at, "name", &name_at));
    TT_TRY(tt_json_str(&name_at, &name));
    TT_TRY(tt_json_get(at, "graph", &graph));
    *out = tt_graph_new_sub(s->g, name);
    if (*out == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(tt_pt2_scope_init(&inner, s->r, *out, &graph, s->depth + 1));
    TT_TRY(tt_json_get(&graph, "inputs", &list));
    TT_TRY(tt_json_array(&list, &n));
    for (size_t i = 0; i < n; i++) {
        tt_json item = tt_json_item(&list, i);
        TT_TRY(sub_input(&inner, &item, i));
    }
    TT_TRY(tt_pt2_nodes(&inner, &graph));
    TT_TRY(tt_json_get(&graph, "outputs", &list));
    TT_TRY(tt_json_array(&list, &n));
    for (size_t i = 0; i < n; i++) {
        tt_json item = tt_json_item(&list, i);
        tt_graph_output o = {.kind = TT_OUTPUT_USER};
        TT_TRY(tt_pt2_arg(&inner, &item, false, &o.arg));
        TT_TRY(tt_graph_add_output(*out, o));
    }
    return TTRT_OK;
}

/* Names of a sub-graph's inputs stand for the wrapper's operands. Symbols are the same in all graphs of a program. */
static ttrt_status bind_operands(tt_pt2_scope *s, tt_pt2_scope *inner, const tt_json *graph, const tt_json *inputs,
                                 size_t first)
{
    tt_json list;
    size_t n, n_inputs;

    TT_TRY(tt_json_get(graph, "inputs", &list));
    TT_TRY(tt_json_array(&list, &n));
    TT_TRY(tt_json_array(inputs, &n_inputs));
    if (n_inputs - first != n)
        return tt_json_fail(inputs, "%zu operands for a sub-graph of %zu inputs", n_inputs - first, n);
    for (size_t i = 0; i < n; i++) {
        tt_json formal = tt_json_item(&list, i), given = tt_json_item(inputs, first + i), arg, value, name;
        const char *tag, *text;
        tt_arg a;
        TT_TRY(tt_json_get(&given, "arg", &arg));
        TT_TRY(tt_pt2_arg(s, &arg, true, &a));
        TT_TRY(tt_json_union(&formal, &tag, &value));
        if (strcmp(tag, "as_tensor") != 0)
            continue;
        TT_TRY(tt_json_get(&value, "name", &name));
        TT_TRY(tt_json_str(&name, &text));
        if (a.kind != TT_ARG_VALUE)
            return tt_json_fail(&given, "no tensor for the sub-graph's input \"%s\"", text);
        TT_TRY(tt_pt2_bind_value(inner, text, a.value));
    }
    return TTRT_OK;
}

/* The name of result `i` of a wrapper: outputs are tensors one by one, or one list of them. NULL where it is no tensor.
 */
static ttrt_status result_name(const tt_json *outputs, size_t i, const char **out)
{
    tt_json value, first = tt_json_item(outputs, 0), item, name;
    const char *tag;
    size_t n;

    *out = NULL;
    TT_TRY(tt_json_array(outputs, &n));
    bool is_list = n == 1 && tt_json_find(&first, "as_tensors", &value);
    if (is_list)
        TT_TRY(tt_json_array(&value, &n));
    if (i >= n)
        return tt_json_fail(outputs, "%zu results; the sub-graph gives more", n);
    item = tt_json_item(is_list ? &value : outputs, i);
    if (is_list) {
        TT_TRY(tt_json_get(&item, "name", &name));
        return tt_json_str(&name, out);
    }
    tt_json tensor;
    TT_TRY(tt_json_union(&item, &tag, &tensor));
    if (strcmp(tag, "as_tensor") != 0)
        return TTRT_OK;
    TT_TRY(tt_json_get(&tensor, "name", &name));
    return tt_json_str(&name, out);
}

static ttrt_status bind_results(tt_pt2_scope *s, tt_pt2_scope *inner, const tt_json *graph, const tt_json *node)
{
    tt_json list, outputs;
    size_t n;

    TT_TRY(tt_json_get(graph, "outputs", &list));
    TT_TRY(tt_json_array(&list, &n));
    TT_TRY(tt_json_get(node, "outputs", &outputs));
    for (size_t i = 0; i < n; i++) {
        tt_json item = tt_json_item(&list, i);
        const char *text;
        tt_arg a;
        TT_TRY(tt_pt2_arg(inner, &item, true, &a));
        TT_TRY(result_name(&outputs, i, &text));
        if (a.kind != TT_ARG_VALUE || text == NULL)
            continue;
        if (tt_map_has(s->values, text))
            return tt_json_fail(&outputs, "a second value is named \"%s\"", text);
        TT_TRY(tt_pt2_bind_value(s, text, a.value));
    }
    return TTRT_OK;
}

/* wrap_with_set_grad_enabled(False, submod, *operands): what it wraps stands in its place. `at_graph` is the argument
 * that holds the sub-graph; the operands follow it. */
static ttrt_status inline_wrapper(tt_pt2_scope *s, const tt_json *node, size_t at_graph)
{
    tt_json inputs, item, arg, holder, graph;
    tt_pt2_scope inner;
    size_t n;

    TT_TRY(tt_json_get(node, "inputs", &inputs));
    TT_TRY(tt_json_array(&inputs, &n));
    if (n <= at_graph)
        return tt_json_fail(&inputs, "a wrapper without its sub-graph");
    item = tt_json_item(&inputs, at_graph);
    TT_TRY(tt_json_get(&item, "arg", &arg));
    TT_TRY(tt_json_get(&arg, "as_graph", &holder));
    TT_TRY(tt_json_get(&holder, "graph", &graph));
    TT_TRY(tt_pt2_scope_init(&inner, s->r, s->g, &graph, s->depth + 1));
    TT_TRY(bind_operands(s, &inner, &graph, &inputs, at_graph + 1));
    TT_TRY(tt_pt2_nodes(&inner, &graph));
    return bind_results(s, &inner, &graph, node);
}

/* wrap_with_autocast(device, dtype, enabled, cache_enabled, submod, *operands) changes nothing where it is off. */
static bool is_autocast_off(const tt_json *node)
{
    tt_json inputs, item, arg, value;
    bool enabled = true;
    if (!tt_json_find(node, "inputs", &inputs) || !json_is_array(inputs.value) || json_array_size(inputs.value) < 5)
        return false;
    item = tt_json_item(&inputs, 2);
    return tt_json_find(&item, "arg", &arg) && tt_json_find(&arg, "as_bool", &value) &&
           tt_json_bool(&value, &enabled) == TTRT_OK && !enabled;
}

/* ---- nodes ---- */

static ttrt_status read_node_name(tt_pt2_scope *s, const tt_json *node, const char *target, const char **out)
{
    tt_json name;
    const char *text;
    if (tt_json_find(node, "name", &name)) {
        TT_TRY(tt_json_str(&name, &text));
    } else {
        /* Written before nodes had names. */
        text = strrchr(target, '.') ? strrchr(target, '.') + 1 : target;
    }
    *out = tt_graph_fresh_name(s->g, text);
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status read_node(tt_pt2_scope *s, const tt_json *at)
{
    tt_json target_at, inputs;
    const char *target, *name;
    size_t n_given;
    outs o = {0};

    TT_TRY(tt_pt2_known_members(at, NODE));
    TT_TRY(tt_json_get(at, "target", &target_at));
    TT_TRY(tt_json_str(&target_at, &target));
    if (strcmp(target, "torch.ops.higher_order.wrap_with_set_grad_enabled") == 0)
        return inline_wrapper(s, at, 1);
    if (strcmp(target, "torch.ops.higher_order.wrap_with_autocast") == 0 && is_autocast_off(at))
        return inline_wrapper(s, at, 4);
    TT_TRY(tt_json_get(at, "inputs", &inputs));
    TT_TRY(tt_json_array(&inputs, &n_given));
    if (n_given > UINT16_MAX)
        return tt_json_fail(&inputs, "%zu arguments, at most %d", n_given, UINT16_MAX);
    const tt_op *op = tt_op_find(target);
    if (op == NULL)
        TT_TRY(unlisted_op(s->r, target, n_given, &op));
    TT_TRY(read_node_name(s, at, target, &name));
    TT_TRY(read_outs(s, at, name, &o));
    tt_node *n = tt_node_new(s->g, op, name, o.n);
    if (n == NULL)
        return TTRT_ERR_MEMORY;
    if (o.n > 0)
        memcpy(n->outs, o.values, o.n * sizeof *n->outs);
    n->outs_are_list = o.is_list;
    TT_TRY(read_args(s, n, &inputs));
    TT_TRY(tt_pt2_node_origin(s->r, at, n));
    tt_node_insert(s->g, n, NULL);
    return TTRT_OK;
}

ttrt_status tt_pt2_nodes(tt_pt2_scope *s, const tt_json *graph)
{
    tt_json nodes;
    size_t n;
    TT_TRY(tt_json_get(graph, "nodes", &nodes));
    TT_TRY(tt_json_array(&nodes, &n));
    for (size_t i = 0; i < n; i++) {
        tt_json node = tt_json_item(&nodes, i);
        ttrt_status status = read_node(s, &node);
        /* Failures of the graph say where in the file; those of the operators say at which node. */
        if (status == TTRT_ERR_UNSUPPORTED && ttrt_last_error()->where[0] == 0) {
            const char *name = json_string_value(json_object_get(node.value, "name"));
            return tt_fail_where("%s, node %zu '%s' (%s)", tt_json_document(graph), i, name ? name : "",
                                 json_string_value(json_object_get(node.value, "target")));
        }
        TT_TRY(status);
    }
    return TTRT_OK;
}
