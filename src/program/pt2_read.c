/* The archive: which entries there are, what other archives look like, and the bytes of weights.
 *
 *   <root>/archive_format "pt2"    <root>/archive_version "0"    <root>/byteorder "little"
 *   <root>/models/<name>.json      the ExportedProgram
 *   <root>/data/weights/<name>_weights_config.json, data/weights/weight_0, ...      parameters and persistent buffers
 *   <root>/data/constants/<name>_constants_config.json, data/constants/tensor_0, ... other buffers and constants
 *
 * <root> is any one folder, or none. */
#include "base/zip.h"
#include "program/pt2_impl.h"

#include <string.h>

typedef struct archive {
    tt_zip *zip;
    tt_mapping *m;
    tt_arena *arena;  /* names, for the time of reading */
    const char *root; /* "" or "name/" */
    const char *model;
    json_t *configs[2]; /* of weights, of constants; NULL where there are none */
    const char *config_names[2];
} archive;

static const char *const FOLDERS[2] = {"weights", "constants"};

/* NULL where there is none. */
static ttrt_status find(const archive *a, const char *path, const tt_zip_entry **out)
{
    char *name = tt_arena_printf(a->arena, "%s%s", a->root, path);
    *out = name ? tt_zip_find(a->zip, name) : NULL;
    return name ? TTRT_OK : TTRT_ERR_MEMORY;
}

static bool has_under(const archive *a, const char *folder)
{
    size_t root = strlen(a->root);
    for (size_t i = 0; i < tt_zip_count(a->zip); i++) {
        const char *name = tt_zip_at(a->zip, i)->name;
        if (strncmp(name, a->root, root) == 0 && strncmp(name + root, folder, strlen(folder)) == 0)
            return true;
    }
    return false;
}

/* An entry of this name at the top or in a folder there. */
static const char *find_at_top(const archive *a, const char *name)
{
    for (size_t i = 0; i < tt_zip_count(a->zip); i++) {
        const char *entry = tt_zip_at(a->zip, i)->name, *slash = strchr(entry, '/');
        const char *base = slash ? slash + 1 : entry;
        if (strcmp(base, name) == 0 || strcmp(entry, name) == 0)
            return entry;
    }
    return NULL;
}

static ttrt_status refuse(const archive *a, ttrt_status status, const char *what, const char *hint)
{
    tt_fail(status, "%s", what);
    tt_fail_where("%s", tt_mapping_name(a->m));
    return tt_fail_hint("%s", hint);
}

/* What else is a zip with PyTorch in it. */
static ttrt_status refuse_other(const archive *a)
{
    if (find_at_top(a, "serialized_exported_program.json"))
        return refuse(a, TTRT_ERR_VERSION,
                      "an exported program in the layout of PyTorch 2.7 and older, whose weights are pickles",
                      "save it again with torch.export.save of PyTorch 2.10 or newer");
    if (find_at_top(a, "constants.pkl"))
        return refuse(a, TTRT_ERR_UNSUPPORTED, "a TorchScript module, not an exported program",
                      "export the model with torch.export.export and save it with torch.export.save");
    if (find_at_top(a, "data.pkl"))
        return refuse(a, TTRT_ERR_UNSUPPORTED, "a checkpoint of torch.save (a pickle), not an exported program",
                      "export the model with torch.export.export and save it with torch.export.save");
    return refuse(a, TTRT_ERR_FORMAT, "a zip archive without the entry archive_format: no .pt2 program",
                  "save the program with torch.export.save of PyTorch 2.10 or newer");
}

static bool entry_is(const tt_zip_entry *e, const char *text)
{
    size_t n = e->size;
    while (n > 0 && (e->data[n - 1] == '\n' || e->data[n - 1] == ' '))
        n--;
    return n == strlen(text) && memcmp(e->data, text, n) == 0;
}

static ttrt_status check_text(archive *a, const char *name, const char *wanted, ttrt_status status)
{
    const tt_zip_entry *e;
    TT_TRY(find(a, name, &e));
    if (e == NULL) {
        tt_fail(TTRT_ERR_FORMAT, "the entry %s is missing", name);
        return tt_fail_where("%s", tt_mapping_name(a->m));
    }
    TT_TRY(tt_zip_verify(a->zip, e));
    if (entry_is(e, wanted))
        return TTRT_OK;
    tt_fail(status, "%s is \"%.*s\", expected \"%s\"", name, e->size < 32 ? (int)e->size : 32, (const char *)e->data,
            wanted);
    return tt_fail_where("%s", tt_mapping_name(a->m));
}

static ttrt_status find_root(archive *a)
{
    static const char format[] = "archive_format";
    const char *entry = find_at_top(a, format);
    if (entry == NULL)
        return refuse_other(a);
    a->root = tt_arena_strndup(a->arena, entry, strlen(entry) - (sizeof format - 1));
    if (a->root == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(check_text(a, format, "pt2", TTRT_ERR_FORMAT));
    TT_TRY(check_text(a, "archive_version", "0", TTRT_ERR_VERSION));
    return check_text(a, "byteorder", "little", TTRT_ERR_UNSUPPORTED);
}

/* "<root>models/<name>.json": the one named "model", or the only one. */
static ttrt_status find_model(archive *a)
{
    char *prefix = tt_arena_printf(a->arena, "%smodels/", a->root);
    size_t n = 0, length = prefix ? strlen(prefix) : 0;

    if (prefix == NULL)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < tt_zip_count(a->zip); i++) {
        const char *name = tt_zip_at(a->zip, i)->name, *base = name + length;
        size_t end = strlen(name);
        if (strncmp(name, prefix, length) != 0 || end < length + 6 || strcmp(name + end - 5, ".json") != 0 ||
            strchr(base, '/'))
            continue;
        n++;
        if (a->model != NULL && strcmp(a->model, "model") == 0)
            continue;
        a->model = tt_arena_strndup(a->arena, base, end - length - 5);
        if (a->model == NULL)
            return TTRT_ERR_MEMORY;
    }
    if (n == 0 && has_under(a, "data/aotinductor/"))
        return refuse(a, TTRT_ERR_UNSUPPORTED, "a package of AOTInductor: machine code without the program",
                      "save the exported program itself with torch.export.save");
    if (n == 0)
        return refuse(a, TTRT_ERR_FORMAT, "the archive holds no models/<name>.json",
                      "save the program with torch.export.save");
    if (n > 1 && strcmp(a->model, "model") != 0)
        return refuse(a, TTRT_ERR_UNSUPPORTED, "the archive holds several models, none of them named \"model\"",
                      "save each model in its own file");
    return TTRT_OK;
}

static ttrt_status parse_entry(archive *a, const tt_zip_entry *e, const char **name, json_t **out)
{
    *name = tt_arena_printf(a->arena, "%s: %s", tt_mapping_name(a->m), e->name);
    if (*name == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(tt_zip_verify(a->zip, e));
    return tt_json_parse((const char *)e->data, e->size, *name, out);
}

static ttrt_status read_configs(archive *a)
{
    for (int i = 0; i < 2; i++) {
        char *path = tt_arena_printf(a->arena, "data/%s/%s_%s_config.json", FOLDERS[i], a->model, FOLDERS[i]);
        if (path == NULL)
            return TTRT_ERR_MEMORY;
        const tt_zip_entry *e;
        TT_TRY(find(a, path, &e));
        if (e != NULL)
            TT_TRY(parse_entry(a, e, &a->config_names[i], &a->configs[i]));
    }
    return TTRT_OK;
}

static const char *const CONFIG[] = {"config", NULL};
static const char *const PAYLOAD[] = {"path_name", "is_param", "use_pickle", "tensor_meta", NULL};

static ttrt_status read_payload(archive *a, int folder, const tt_json *payload, tt_weight *out)
{
    tt_json at;
    const char *path;
    bool pickled;

    TT_TRY(tt_pt2_known_members(payload, PAYLOAD));
    TT_TRY(tt_json_get(payload, "use_pickle", &at));
    TT_TRY(tt_json_bool(&at, &pickled));
    if (pickled || !tt_json_find(payload, "tensor_meta", &at)) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "'%s' is stored as a pickle: a custom object or a tensor subclass", out->fqn);
        tt_fail_where("%s", tt_mapping_name(a->m));
        return tt_fail_hint("replace it with plain tensors before exporting; no pickle is read here");
    }
    TT_TRY(tt_pt2_tensor_meta(&at, a->arena, out));
    TT_TRY(tt_json_get(payload, "path_name", &at));
    TT_TRY(tt_json_str(&at, &path));
    char *name = tt_arena_printf(a->arena, "data/%s/%s", FOLDERS[folder], path);
    if (name == NULL)
        return TTRT_ERR_MEMORY;
    const tt_zip_entry *e;
    TT_TRY(find(a, name, &e));
    if (e == NULL)
        return tt_json_fail(&at, "the archive has no entry %s", name);
    TT_TRY(tt_zip_verify(a->zip, e));
    out->data = e->data;
    out->bytes = e->size;
    out->owner = a->m;
    return TTRT_OK;
}

static ttrt_status find_weight(void *user, const char *fqn, tt_weight *out)
{
    archive *a = user;
    for (int i = 0; i < 2; i++) {
        tt_json root = tt_json_root(a->configs[i], a->config_names[i]), config, payload;
        if (a->configs[i] == NULL)
            continue;
        TT_TRY(tt_pt2_known_members(&root, CONFIG));
        TT_TRY(tt_json_get(&root, "config", &config));
        if (tt_json_find(&config, fqn, &payload)) {
            out->fqn = fqn;
            return read_payload(a, i, &payload, out);
        }
    }
    for (int i = 0; i < 2; i++) {
        char *name = tt_arena_printf(a->arena, "data/%s/%s.pt", FOLDERS[i], a->model);
        const tt_zip_entry *e = NULL;
        if (name == NULL)
            return TTRT_ERR_MEMORY;
        TT_TRY(find(a, name, &e));
        if (e != NULL)
            return refuse(a, TTRT_ERR_UNSUPPORTED, "the program's weights are a pickle, as PyTorch 2.8 writes them",
                          "save it again with torch.export.save of PyTorch 2.10 or newer; no pickle is read here");
    }
    tt_fail(TTRT_ERR_FORMAT, "the archive holds no bytes for '%s'", fqn);
    return tt_fail_where("%s", tt_mapping_name(a->m));
}

/* Dimensions of weights lie in the reader's arena so far. */
static ttrt_status keep_weights(tt_graph *g)
{
    for (size_t i = 0; i < g->n_inputs; i++) {
        tt_weight *w = g->inputs[i].value ? g->inputs[i].value->weight : NULL;
        if (w == NULL)
            continue;
        w->dims = tt_arena_copy(g->arena, w->dims, w->rank * sizeof *w->dims);
        w->strides = tt_arena_copy(g->arena, w->strides, w->rank * sizeof *w->strides);
        if (w->dims == NULL || w->strides == NULL)
            return TTRT_ERR_MEMORY;
    }
    return TTRT_OK;
}

static ttrt_status read_model(archive *a, tt_graph **graph, tt_pt2_info **info)
{
    const tt_zip_entry *e;
    json_t *json = NULL;
    const char *name;

    char *path = tt_arena_printf(a->arena, "models/%s.json", a->model);
    if (path == NULL)
        return TTRT_ERR_MEMORY;
    TT_TRY(find(a, path, &e));
    TT_TRY(parse_entry(a, e, &name, &json));
    ttrt_status status = tt_pt2_program(json, name, find_weight, a, graph, info);
    json_decref(json);
    TT_TRY(status);
    (*info)->model_name = tt_arena_strdup((*graph)->arena, a->model);
    status = (*info)->model_name ? keep_weights(*graph) : TTRT_ERR_MEMORY;
    if (status != TTRT_OK)
        tt_graph_free(*graph);
    return status;
}

ttrt_status tt_pt2_read(tt_mapping *m, tt_graph **graph, tt_pt2_info **info)
{
    archive a = {.m = m, .arena = tt_arena_new()};
    tt_graph *g = NULL;
    ttrt_status status = TTRT_ERR_MEMORY;

    if (a.arena == NULL)
        goto done;
    TT_TRY_DONE(tt_zip_open(m, &a.zip));
    TT_TRY_DONE(find_root(&a));
    TT_TRY_DONE(find_model(&a));
    TT_TRY_DONE(read_configs(&a));
    TT_TRY_DONE(read_model(&a, &g, info));
    *graph = g;
done:
    for (int i = 0; i < 2; i++)
        json_decref(a.configs[i]);
    tt_zip_free(a.zip);
    tt_arena_free(a.arena);
    return status;
}
