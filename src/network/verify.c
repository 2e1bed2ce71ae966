/* The network's rules, all of them, from scratch. */
#include "network/infer.h"

#include "base/str.h"

#include <string.h>

typedef struct verifier {
    tt_network *net;
    tt_arena *arena;
    tt_tensor **defined; /* by id: those seen so far */
    int n;
    tt_map *names; /* of inputs */
    tt_map *bound; /* symbols that layers bind */
} verifier;

static ttrt_status fail_at(const tt_layer *l, const char *what, int i)
{
    tt_fail(TTRT_ERR_INTERNAL, "network: %s %d of layer %s breaks the rules", what, i, tt_layer_info_of(l->kind)->name);
    return tt_fail_where("layer \"%s\"", l->name ? l->name : "");
}

static bool is_defined(const verifier *v, const tt_tensor *t)
{
    return t && t->id >= 0 && t->id < v->n && v->defined[t->id] == t;
}

static ttrt_status verify_input(verifier *v, int i)
{
    tt_tensor *t = v->net->inputs[i];

    if (t->layer || t->out_index != i || t->rank < 0 || t->rank > TT_MAX_RANK_NET ||
        !tt_dtype_is_known((int)t->dtype) || (t->is_dim && (t->rank != 0 || t->dtype != TTRT_DTYPE_INT64)))
        TT_FAIL(TTRT_ERR_INTERNAL, "network: input %d '%s' breaks the rules", i, t->name);
    if (tt_map_has(v->names, t->name))
        TT_FAIL(TTRT_ERR_INTERNAL, "network: two inputs are called '%s'", t->name);
    for (int k = 0; k < t->rank; k++) {
        int64_t min, max;
        tt_dim_range(t->dims[k], &min, &max);
        if (max < 0)
            TT_FAIL(TTRT_ERR_INTERNAL, "network: input '%s', dimension %d is negative", t->name, k);
    }
    v->defined[t->id] = t;
    return tt_map_put(v->names, t->name, t);
}

/* Dimensions taken as equal may be written differently: only what can never agree is a fault. */
static ttrt_status verify_output(verifier *v, const tt_layer *l, int i, const tt_infer_type *is)
{
    tt_tensor *t = l->out[i];

    if (t->layer != l || t->out_index != i || t->dtype != is->dtype || t->rank != is->rank)
        return fail_at(l, "output", i);
    for (int k = 0; k < t->rank; k++)
        if (!tt_infer_may_equal(v->net->dims, t->dims[k], is->dims[k]))
            return fail_at(l, "output", i);
    v->defined[t->id] = t;
    return tt_dims_status(v->net->dims);
}

static ttrt_status verify_binding(verifier *v, const tt_layer *l)
{
    const tt_symbol *symbol = tt_layer_binds(l);

    if (!symbol)
        return TTRT_OK;
    if (tt_map_has(v->bound, symbol->name))
        TT_FAIL(TTRT_ERR_INTERNAL, "network: two layers bind %s", symbol->name);
    return tt_map_put(v->bound, symbol->name, (void *)l);
}

static ttrt_status verify_layer(verifier *v, const tt_layer *l)
{
    const tt_layer_info *info = tt_layer_info_of(l->kind);
    tt_infer inferred;

    if (l->n_in < info->min_in || (info->max_in >= 0 && l->n_in > info->max_in))
        return fail_at(l, "number of inputs", l->n_in);
    for (int i = 0; i < l->n_in; i++)
        if (!is_defined(v, l->in[i]))
            return fail_at(l, "input", i);
    TT_TRY(tt_infer_run(v->net, l, &inferred));
    if (inferred.n_out != l->n_out)
        return fail_at(l, "number of outputs", l->n_out);
    for (int i = 0; i < l->n_out; i++) {
        const tt_infer_type is = tt_infer_type_of(&inferred, i);
        TT_TRY(verify_output(v, l, i, &is));
    }
    TT_EACH_NETWORK_OF (l, sub)
        TT_TRY(tt_network_verify(sub));
    return verify_binding(v, l);
}

static ttrt_status verify_links(const tt_network *net)
{
    const tt_layer *last = NULL;
    int n = 0;

    for (const tt_layer *l = net->first; l; l = l->next, n++) {
        if (l->prev != last || n >= net->n_layers)
            break;
        last = l;
    }
    if (n != net->n_layers || net->last != last)
        TT_FAIL(TTRT_ERR_INTERNAL, "network: its list of layers is broken after %d of %d", n, net->n_layers);
    return TTRT_OK;
}

static ttrt_status verify(verifier *v)
{
    TT_TRY(verify_links(v->net));
    v->n = tt_network_number(v->net);
    v->defined = tt_arena_array(v->arena, (size_t)v->n, sizeof *v->defined);
    v->names = tt_map_new(v->arena);
    v->bound = tt_map_new(v->arena);
    if (!v->defined || !v->names || !v->bound)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < v->net->n_inputs; i++)
        TT_TRY(verify_input(v, i));
    TT_EACH_LAYER (v->net, l)
        TT_TRY(verify_layer(v, l));
    for (int i = 0; i < v->net->n_outputs; i++)
        if (!is_defined(v, v->net->outputs[i]))
            TT_FAIL(TTRT_ERR_INTERNAL, "network: output %d is not defined", i);
    return TTRT_OK;
}

ttrt_status tt_network_verify(const tt_network *net)
{
    /* Inference interns dimensions in the table, and numbering writes ids: the network itself stays as it is. */
    verifier v = {.net = (tt_network *)net, .arena = tt_arena_new()};

    if (!v.arena)
        return TTRT_ERR_MEMORY;
    ttrt_status status = verify(&v);
    tt_arena_free(v.arena);
    return status;
}
