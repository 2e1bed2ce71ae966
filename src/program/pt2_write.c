/* Writing the archive; its layout is described in pt2_read.c. */
#include "base/zip.h"
#include "program/pt2_impl.h"

#include <stdio.h>
#include <string.h>

typedef struct archive {
    tt_zip_writer *zip;
    tt_arena *arena;
    const char *model;
} archive;

static ttrt_status add(archive *a, const char *path, const void *data, size_t size)
{
    char *name = tt_arena_printf(a->arena, "%s/%s", a->model, path);
    return name ? tt_zip_writer_add(a->zip, name, data, size) : TTRT_ERR_MEMORY;
}

static ttrt_status add_text(archive *a, const char *path, const char *text) { return add(a, path, text, strlen(text)); }

static ttrt_status add_json(archive *a, const char *path, const json_t *json)
{
    const char *text;

    TT_TRY(tt_json_text(json, a->arena, &text));
    return add_text(a, path, text);
}

/* ---- weights ---- */

static bool in_weights(const tt_graph_input *in)
{
    return in->kind == TT_INPUT_PARAM || (in->kind == TT_INPUT_BUFFER && in->persistent);
}

/* The first input of this folder whose weight lies in the same storage. */
static size_t first_of_storage(const tt_graph *g, size_t i)
{
    const tt_weight *w = g->inputs[i].value->weight;
    for (size_t k = 0; k < i; k++) {
        const tt_weight *other = g->inputs[k].value ? g->inputs[k].value->weight : NULL;
        if (other && other->data == w->data && other->bytes == w->bytes &&
            in_weights(&g->inputs[k]) == in_weights(&g->inputs[i]))
            return k;
    }
    return i;
}

static ttrt_status write_folder(archive *a, const tt_graph *g, bool weights, json_t *config)
{
    const char *folder = weights ? "weights" : "constants", *stem = weights ? "weight" : "tensor";
    tt_pt2_writer w = {.g = g, .arena = a->arena};
    char path[96];

    for (size_t i = 0; i < g->n_inputs; i++) {
        const tt_graph_input *in = &g->inputs[i];
        if (in->value == NULL || in->kind == TT_INPUT_USER || in_weights(in) != weights)
            continue;
        const tt_weight *weight = in->value->weight;
        if (weight == NULL || (weight->data == NULL && tt_pt2_check_weight(weight) != TTRT_OK))
            return tt_fail(TTRT_ERR_ARGUMENT, "weight '%s' has no bytes to write", in->target);
        size_t first = first_of_storage(g, i);
        snprintf(path, sizeof path, "data/%s/%s_%zu", folder, stem, first);
        if (first == i)
            TT_TRY(add(a, path, weight->data ? weight->data : (const uint8_t *)"", weight->bytes));
        json_t *payload = tt_pt2_one(&w, "path_name", json_string(strrchr(path, '/') + 1));
        tt_pt2_set(&w, payload, "is_param", json_boolean(in->kind == TT_INPUT_PARAM));
        tt_pt2_set(&w, payload, "use_pickle", json_false());
        tt_pt2_set(&w, payload, "tensor_meta", tt_pt2_tensor_meta_json(&w, weight, in->value->device));
        tt_pt2_set(&w, config, in->target, payload);
        TT_TRY(w.status);
    }
    snprintf(path, sizeof path, "data/%s/%s_%s_config.json", folder, a->model, folder);
    json_t *whole = tt_pt2_one(&w, "config", json_incref(config));
    ttrt_status status = w.status == TTRT_OK ? add_json(a, path, whole) : w.status;
    json_decref(whole);
    return status;
}

static ttrt_status write_weights(archive *a, const tt_graph *g)
{
    for (int weights = 1; weights >= 0; weights--) {
        json_t *config = json_object();
        if (config == NULL)
            return TTRT_ERR_MEMORY;
        ttrt_status status = write_folder(a, g, weights != 0, config);
        json_decref(config);
        TT_TRY(status);
    }
    return TTRT_OK;
}

static ttrt_status write_program(archive *a, const tt_graph *g, const tt_pt2_info *info)
{
    json_t *program = NULL;
    char path[96];

    TT_TRY(tt_pt2_program_json(g, info, &program));
    snprintf(path, sizeof path, "models/%s.json", a->model);
    ttrt_status status = add_json(a, path, program);
    json_decref(program);
    TT_TRY(status);
    /* A pickle of example inputs, or, as here, nothing; PyTorch's reader wants the entry. */
    snprintf(path, sizeof path, "data/sample_inputs/%s.pt", a->model);
    return add(a, path, "", 0);
}

static ttrt_status write_all(archive *a, const tt_graph *g, const tt_pt2_info *info)
{
    TT_TRY(add_text(a, "archive_format", "pt2"));
    TT_TRY(add_text(a, "archive_version", "0"));
    TT_TRY(add_text(a, "byteorder", "little"));
    TT_TRY(add_text(a, ".data/version", "6\n"));
    TT_TRY(write_weights(a, g));
    return write_program(a, g, info);
}

ttrt_status tt_pt2_write(const char *path, const tt_graph *graph, const tt_pt2_info *info)
{
    archive a = {.model = info->model_name ? info->model_name : "model"};
    ttrt_status status = TTRT_ERR_MEMORY;

    TT_CHECK_ARG(info->in_spec && info->out_spec && strlen(a.model) < 32);
    a.arena = tt_arena_new();
    if (a.arena == NULL)
        goto done;
    TT_TRY_DONE(tt_zip_writer_open(path, &a.zip));
    TT_TRY_DONE(write_all(&a, graph, info));
    status = tt_zip_writer_commit(a.zip);
    a.zip = NULL;
done:
    tt_zip_writer_abort(a.zip);
    tt_arena_free(a.arena);
    return status;
}
