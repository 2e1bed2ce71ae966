/* A whole ExportedProgram: versions, ranges, inputs and outputs as the signature names them. */
#include "program/pt2_impl.h"

#include <string.h>

static const char *const PROGRAM[] = {"graph_module", "opset_version", "range_constraints", "schema_version",
                                      "verifiers",    "torch_version", "guards_code",       NULL};
static const char *const MODULE[] = {
    "graph", "signature", "module_call_graph", "metadata", "treespec_namedtuple_fields", NULL};
static const char *const SIGNATURE[] = {"input_specs", "output_specs", NULL};
static const char *const RANGE[] = {"min_val", "max_val", NULL};
static const char *const CALL[] = {"fqn", "signature", NULL};
static const char *const CALL_SIGNATURE[] = {"inputs", "outputs", "in_spec", "out_spec", "forward_arg_names", NULL};

static ttrt_status copy_string(tt_pt2_reader *r, const tt_json *at, const char **out)
{
    const char *text;
    TT_TRY(tt_json_str(at, &text));
    *out = tt_arena_strdup(r->g->arena, text);
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status read_version(tt_pt2_reader *r, const tt_json *root)
{
    tt_json version, at;
    tt_pt2_info *info = r->info;

    TT_TRY(tt_json_get(root, "schema_version", &version));
    TT_TRY(tt_json_get(&version, "major", &at));
    TT_TRY(tt_json_i64(&at, &info->schema_major));
    TT_TRY(tt_json_get(&version, "minor", &at));
    TT_TRY(tt_json_i64(&at, &info->schema_minor));
    info->torch_version = "";
    if (tt_json_find(root, "torch_version", &at))
        TT_TRY(copy_string(r, &at, &info->torch_version));
    if (info->schema_major != TT_PT2_MAJOR) {
        tt_fail(TTRT_ERR_VERSION, "export schema %lld.%lld (PyTorch %s), expected %d.x", (long long)info->schema_major,
                (long long)info->schema_minor, info->torch_version, TT_PT2_MAJOR);
        return tt_fail_hint(info->schema_major < TT_PT2_MAJOR ? "save the program again with PyTorch 2.10 or newer"
                                                              : "use a newer version of this library");
    }
    return tt_pt2_known_members(root, PROGRAM);
}

static ttrt_status read_bound(const tt_json *range, const char *key, int64_t absent, int64_t *out)
{
    tt_json at;
    *out = absent;
    return tt_json_find(range, key, &at) ? tt_json_i64(&at, out) : TTRT_OK;
}

/* Ranges come first: expressions simplify by them. */
static ttrt_status read_ranges(tt_pt2_reader *r, const tt_json *root)
{
    tt_json ranges;
    const char *name;
    json_t *value;

    if (!tt_json_find(root, "range_constraints", &ranges))
        return TTRT_OK;
    TT_TRY(tt_json_object(&ranges));
    json_object_foreach((json_t *)(uintptr_t)ranges.value, name, value)
    {
        tt_json range;
        TT_TRY(tt_json_get(&ranges, name, &range));
        TT_TRY(tt_pt2_known_members(&range, RANGE));
        tt_symbol *s = tt_dims_symbol(r->g->dims, name);
        if (s == NULL)
            return TTRT_ERR_MEMORY;
        TT_TRY(read_bound(&range, "min_val", INT64_MIN, &s->min));
        TT_TRY(read_bound(&range, "max_val", TT_DIM_NO_MAX, &s->max));
        if (s->min > s->max)
            return tt_json_fail(&range, "the range of %s is empty: %lld to %lld", name, (long long)s->min,
                                (long long)s->max);
        if (s->max >= INT64_MAX - 1) /* PyTorch's "largest integer" */
            s->max = TT_DIM_NO_MAX;
    }
    return TTRT_OK;
}

/* ---- inputs ---- */

/* Kernels read elements at their natural alignment. PyTorch writes weights 64-byte aligned; a file that was packed anew
 * by another program costs a copy. */
static ttrt_status align_weight(tt_pt2_reader *r, tt_weight *w)
{
    tt_mapping *m;

    if ((uintptr_t)w->data % ttrt_dtype_size(w->dtype) == 0)
        return TTRT_OK;
    void *copy = tt_alloc_aligned(w->bytes);
    if (copy == NULL)
        return TTRT_ERR_MEMORY;
    memcpy(copy, w->data, w->bytes);
    ttrt_status status = tt_mapping_wrap(copy, w->bytes, tt_free_aligned, copy, &m);
    if (status != TTRT_OK) {
        tt_free_aligned(copy);
        return status;
    }
    w->data = copy;
    w->owner = m;
    status = tt_graph_hold(r->g, m);
    tt_mapping_unref(m);
    return status;
}

static ttrt_status weight_differs(const tt_json *spec, const tt_weight *w, const tt_value *v)
{
    tt_str is = {0}, expected = {0};

    tt_str_add_dims(&is, w->dims, w->rank);
    for (size_t i = 0; i < v->rank; i++) {
        tt_str_add(&expected, i ? ", " : "");
        tt_dim_print(&expected, v->dims[i]);
    }
    ttrt_status status = tt_json_fail(
        spec, "weight '%s' has another data type or shape than value '%s': %s %s, expected %s [%s]", w->fqn, v->name,
        ttrt_dtype_name(w->dtype), tt_str_text(&is), ttrt_dtype_name(v->dtype), tt_str_text(&expected));
    tt_str_dispose(&is);
    tt_str_dispose(&expected);
    return status;
}

static ttrt_status bind_weight(tt_pt2_reader *r, const tt_json *spec, tt_graph_input *in)
{
    tt_value *v = in->value;
    tt_weight *w = tt_arena_alloc(r->g->arena, sizeof *w);
    if (w == NULL)
        return TTRT_ERR_MEMORY;
    if (r->weight == NULL)
        return TTRT_OK;
    w->fqn = in->target;
    TT_TRY(r->weight(r->user, in->target, w));
    w->fqn = in->target;
    w->is_param = in->kind == TT_INPUT_PARAM;
    bool same = w->dtype == v->dtype && w->rank == v->rank;
    for (size_t i = 0; same && i < w->rank; i++)
        same = tt_dim_is(v->dims[i], w->dims[i]);
    if (!same)
        return weight_differs(spec, w, v);
    TT_TRY(tt_pt2_check_weight(w));
    TT_TRY(align_weight(r, w));
    if (w->owner != NULL)
        TT_TRY(tt_graph_hold(r->g, w->owner));
    v->weight = w;
    return TTRT_OK;
}

static ttrt_status weight_input(tt_pt2_scope *s, const tt_json *spec, tt_input_kind kind, const char *name_key,
                                tt_graph_input *in)
{
    const char *const known[] = {"arg", name_key, kind == TT_INPUT_BUFFER ? "persistent" : NULL, NULL};
    tt_json arg, name, target, persistent;

    in->kind = kind;
    in->persistent = true;
    TT_TRY(tt_pt2_known_members(spec, known));
    TT_TRY(tt_json_get(spec, "arg", &arg));
    TT_TRY(tt_pt2_tensor_name(&arg, &name));
    TT_TRY(tt_pt2_new_tensor(s, &name, &in->value));
    TT_TRY(copy_string(s->r, &name, &in->name));
    TT_TRY(tt_json_get(spec, name_key, &target));
    TT_TRY(copy_string(s->r, &target, &in->target));
    if (tt_json_find(spec, "persistent", &persistent))
        TT_TRY(tt_json_bool(&persistent, &in->persistent));
    return bind_weight(s->r, spec, in);
}

static ttrt_status user_input(tt_pt2_scope *s, const tt_json *spec, size_t i, tt_graph_input *in)
{
    static const char *const known[] = {"arg", NULL};
    tt_json arg, value, name;
    const char *tag;

    TT_TRY(tt_pt2_known_members(spec, known));
    TT_TRY(tt_json_get(spec, "arg", &arg));
    TT_TRY(tt_json_union(&arg, &tag, &value));
    bool tensor = strcmp(tag, "as_tensor") == 0, sym_int = strcmp(tag, "as_sym_int") == 0;
    if (tensor || sym_int) {
        TT_TRY(tensor ? tt_pt2_tensor_name(&value, &name) : tt_json_get(&value, "as_name", &name));
        TT_TRY(tensor ? tt_pt2_new_tensor(s, &name, &in->value)
                      : tt_pt2_new_number(s, &name, TT_VALUE_INT, &in->value));
        return copy_string(s->r, &name, &in->name);
    }
    if (strcmp(tag, "as_sym_float") == 0 || strcmp(tag, "as_sym_bool") == 0)
        return tt_fail(TTRT_ERR_UNSUPPORTED, "user input %zu is a symbolic %s", i, tag + strlen("as_sym_"));
    TT_TRY(tt_pt2_arg(s, &arg, false, &in->constant));
    in->name = tt_arena_printf(s->g->arena, "constant_%zu", i);
    return in->name ? TTRT_OK : TTRT_ERR_MEMORY;
}

static ttrt_status constant_input(tt_pt2_scope *s, const tt_json *spec, tt_graph_input *in)
{
    static const char *const known[] = {"name", "value", NULL};
    tt_json name, value;
    TT_TRY(tt_pt2_known_members(spec, known));
    TT_TRY(tt_json_get(spec, "name", &name));
    TT_TRY(copy_string(s->r, &name, &in->name));
    TT_TRY(tt_json_get(spec, "value", &value));
    return tt_pt2_arg(s, &value, false, &in->constant);
}

static ttrt_status read_input(tt_pt2_scope *s, const tt_json *at, size_t i)
{
    tt_graph_input in = {.kind = TT_INPUT_USER};
    tt_json spec;
    const char *tag;

    TT_TRY(tt_json_union(at, &tag, &spec));
    if (strcmp(tag, "user_input") == 0)
        TT_TRY(user_input(s, &spec, i, &in));
    else if (strcmp(tag, "constant_input") == 0)
        TT_TRY(constant_input(s, &spec, &in));
    else if (strcmp(tag, "parameter") == 0)
        TT_TRY(weight_input(s, &spec, TT_INPUT_PARAM, "parameter_name", &in));
    else if (strcmp(tag, "buffer") == 0)
        TT_TRY(weight_input(s, &spec, TT_INPUT_BUFFER, "buffer_name", &in));
    else if (strcmp(tag, "tensor_constant") == 0)
        TT_TRY(weight_input(s, &spec, TT_INPUT_CONSTANT, "tensor_constant_name", &in));
    else if (strcmp(tag, "custom_obj") == 0 || strcmp(tag, "token") == 0)
        return tt_fail(TTRT_ERR_UNSUPPORTED, "input %zu of the program is a %s", i,
                       tag[0] == 't' ? "token" : "custom object");
    else
        return tt_json_fail(at, "unknown kind of input \"%s\"", tag);
    return tt_graph_add_input(s->g, in);
}

/* ---- outputs ---- */

static ttrt_status mutation(tt_pt2_scope *s, const tt_json *spec, const char *key, tt_graph_output *out)
{
    const char *const known[] = {"arg", key, NULL};
    tt_json arg, name, target;
    TT_TRY(tt_pt2_known_members(spec, known));
    TT_TRY(tt_json_get(spec, "arg", &arg));
    TT_TRY(tt_pt2_tensor_name(&arg, &name));
    out->arg.kind = TT_ARG_VALUE;
    TT_TRY(tt_pt2_find_value(s, &name, &out->arg.value));
    TT_TRY(tt_json_get(spec, key, &target));
    return copy_string(s->r, &target, &out->target);
}

static ttrt_status read_output(tt_pt2_scope *s, const tt_json *at, size_t i)
{
    static const struct {
        const char *tag, *key;
        tt_output_kind kind;
    } mutations[] = {
        {"buffer_mutation", "buffer_name", TT_OUTPUT_BUFFER_MUTATION},
        {"user_input_mutation", "user_input_name", TT_OUTPUT_INPUT_MUTATION},
        {"parameter_mutation", "parameter_name", TT_OUTPUT_PARAM_MUTATION},
    };
    static const char *const user_output[] = {"arg", NULL};
    tt_graph_output out = {.kind = TT_OUTPUT_USER};
    tt_json spec, arg;
    const char *tag;

    TT_TRY(tt_json_union(at, &tag, &spec));
    if (strcmp(tag, "user_output") == 0) {
        TT_TRY(tt_pt2_known_members(&spec, user_output));
        TT_TRY(tt_json_get(&spec, "arg", &arg));
        TT_TRY(tt_pt2_arg(s, &arg, true, &out.arg));
        return tt_graph_add_output(s->g, out);
    }
    for (size_t k = 0; k < TT_COUNT(mutations); k++) {
        if (strcmp(tag, mutations[k].tag) == 0) {
            out.kind = mutations[k].kind;
            TT_TRY(mutation(s, &spec, mutations[k].key, &out));
            return tt_graph_add_output(s->g, out);
        }
    }
    if (strcmp(tag, "loss_output") == 0 || strncmp(tag, "gradient_", 9) == 0 || strcmp(tag, "token") == 0) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "output %zu of the program is a %s", i, tag);
        return tt_fail_hint("export the program for inference");
    }
    return tt_json_fail(at, "unknown kind of output \"%s\"", tag);
}

static ttrt_status read_specs(tt_pt2_scope *s, const tt_json *signature, const char *key,
                              ttrt_status (*read)(tt_pt2_scope *, const tt_json *, size_t))
{
    tt_json specs;
    size_t n;
    TT_TRY(tt_json_get(signature, key, &specs));
    TT_TRY(tt_json_array(&specs, &n));
    for (size_t i = 0; i < n; i++) {
        tt_json spec = tt_json_item(&specs, i);
        TT_TRY(read(s, &spec, i));
    }
    return TTRT_OK;
}

/* ---- what the calling convention needs ---- */

static ttrt_status read_strings(tt_pt2_reader *r, const tt_json *at, size_t *n, const char ***out)
{
    TT_TRY(tt_json_array(at, n));
    *out = tt_arena_array(r->g->arena, *n + 1, sizeof **out);
    if (*out == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < *n; i++) {
        tt_json item = tt_json_item(at, i);
        TT_TRY(copy_string(r, &item, &(*out)[i]));
    }
    return TTRT_OK;
}

/* The entry of the whole program has the name "". */
static ttrt_status read_call(tt_pt2_reader *r, const tt_json *module)
{
    tt_json calls, fqn, signature, at;
    tt_pt2_info *info = r->info;
    const char *name;
    size_t n;

    TT_TRY(tt_json_get(module, "module_call_graph", &calls));
    TT_TRY(tt_json_array(&calls, &n));
    for (size_t i = 0; i < n; i++) {
        tt_json call = tt_json_item(&calls, i);
        TT_TRY(tt_pt2_known_members(&call, CALL));
        TT_TRY(tt_json_get(&call, "fqn", &fqn));
        TT_TRY(tt_json_str(&fqn, &name));
        if (name[0] != 0 || !tt_json_find(&call, "signature", &signature))
            continue;
        TT_TRY(tt_pt2_known_members(&signature, CALL_SIGNATURE));
        TT_TRY(tt_json_get(&signature, "in_spec", &at));
        TT_TRY(copy_string(r, &at, &info->in_spec));
        TT_TRY(tt_json_get(&signature, "out_spec", &at));
        TT_TRY(copy_string(r, &at, &info->out_spec));
        info->has_forward_arg_names = tt_json_find(&signature, "forward_arg_names", &at);
        if (info->has_forward_arg_names)
            TT_TRY(read_strings(r, &at, &info->n_forward_arg_names, &info->forward_arg_names));
        return TTRT_OK;
    }
    return tt_json_fail(&calls, "no entry for the whole program");
}

static ttrt_status read_extras(tt_pt2_reader *r, const tt_json *root, const tt_json *module)
{
    tt_json at;
    if (tt_json_find(root, "guards_code", &at))
        TT_TRY(read_strings(r, &at, &r->info->n_guards, &r->info->guards));
    if (tt_json_find(module, "treespec_namedtuple_fields", &at) && json_object_size(at.value) > 0)
        TT_TRY(tt_json_text(at.value, r->g->arena, &r->info->namedtuple_fields_json));
    return read_call(r, module);
}

static ttrt_status read_program(tt_pt2_reader *r, const tt_json *root)
{
    tt_json module, graph, signature;
    tt_pt2_scope scope;

    TT_TRY(tt_json_object(root));
    TT_TRY(read_version(r, root));
    TT_TRY(read_ranges(r, root));
    TT_TRY(tt_json_get(root, "graph_module", &module));
    TT_TRY(tt_pt2_known_members(&module, MODULE));
    TT_TRY(tt_json_get(&module, "graph", &graph));
    TT_TRY(tt_json_get(&module, "signature", &signature));
    TT_TRY(tt_pt2_known_members(&signature, SIGNATURE));
    TT_TRY(tt_pt2_scope_init(&scope, r, r->g, &graph, 0));
    TT_TRY(read_specs(&scope, &signature, "input_specs", read_input));
    TT_TRY(tt_pt2_nodes(&scope, &graph));
    TT_TRY(read_specs(&scope, &signature, "output_specs", read_output));
    TT_TRY(read_extras(r, root, &module));
    ttrt_status status = tt_graph_verify(r->g);
    /* The graph's rules know the node's line of Python, not the file. */
    return status == TTRT_ERR_FORMAT ? tt_fail_where("%s", tt_json_document(root)) : status;
}

ttrt_status tt_pt2_program(const json_t *json, const char *name, tt_pt2_weight_fn weight, void *user, tt_graph **graph,
                           tt_pt2_info **info)
{
    tt_pt2_reader r = {.weight = weight, .user = user, .g = tt_graph_new(NULL)};
    tt_json root = tt_json_root(json, name);

    if (r.g == NULL)
        return TTRT_ERR_MEMORY;
    r.exprs = tt_map_new(r.g->arena);
    r.ops = tt_map_new(r.g->arena);
    r.strings = tt_map_new(r.g->arena);
    r.info = tt_arena_alloc(r.g->arena, sizeof *r.info);
    ttrt_status status = r.exprs && r.ops && r.strings && r.info ? read_program(&r, &root) : TTRT_ERR_MEMORY;
    if (status != TTRT_OK) {
        if (ttrt_last_error()->where[0] == 0)
            tt_fail_where("%s", name);
        tt_graph_free(r.g);
        return status;
    }
    *graph = r.g;
    *info = r.info;
    return TTRT_OK;
}

ttrt_status tt_pt2_read_json(const char *json, size_t size, const char *name, tt_pt2_weight_fn weight, void *user,
                             tt_graph **graph, tt_pt2_info **info)
{
    json_t *value = NULL;
    TT_TRY(tt_json_parse(json, size, name, &value));
    ttrt_status status = tt_pt2_program(value, name, weight, user, graph, info);
    json_decref(value);
    if (status == TTRT_OK)
        (*info)->model_name = "model";
    return status;
}
