/* See bind.h. Nothing here allocates but init: the rest runs with every call. */
#include "engine/bind.h"

#include <inttypes.h>
#include <stdio.h>

ttrt_status tt_binding_init(tt_binding *b, const tt_engine_iface *iface, const tt_engine_info *info)
{
    size_t n = 0;

    *b = (tt_binding){.engine = iface->name, .device_type = iface->device_type, .info = *info};
    for (int i = 0; i < info->n_inputs; i++)
        b->n_pairs += info->inputs[i]->is_dim ? 1 : (size_t)info->inputs[i]->rank;
    b->n_values = tt_dims_count(info->dims);
    b->values = tt_calloc(b->n_values + 1, sizeof *b->values);
    b->pairs = tt_calloc(b->n_pairs + 1, sizeof *b->pairs);
    b->places = tt_calloc(b->n_pairs + 1, sizeof *b->places);
    if (!b->values || !b->pairs || !b->places)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < info->n_inputs; i++) {
        const tt_tensor *t = info->inputs[i];

        if (t->is_dim) {
            b->places[n] = (struct tt_binding_place){i, -1};
            b->pairs[n++].declared = t->value;
        }
        for (int d = 0; d < t->rank; d++) {
            b->places[n] = (struct tt_binding_place){i, d};
            b->pairs[n++].declared = t->dims[d];
        }
    }
    return TTRT_OK;
}

void tt_binding_dispose(tt_binding *b)
{
    tt_free(b->values);
    tt_free(b->pairs);
    tt_free(b->places);
}

/* ---- checks ---- */

static const char *place_text(int type, int index, char *buffer, size_t size)
{
    if (type == TTRT_DEVICE_CPU)
        return "in host memory";
    snprintf(buffer, size, "on GPU %d", index);
    return buffer;
}

static ttrt_status fail_device(const tt_binding *b, const tt_tensor *t, const tt_io *in, int type, int index)
{
    char is[32], wanted[32];

    tt_fail(TTRT_ERR_ARGUMENT, "%s '%s' is %s; engine %s wants it %s", t->is_dim ? "the number" : "input", t->name,
            place_text(in->device_type, in->device_index, is, sizeof is), b->engine,
            place_text(type, index, wanted, sizeof wanted));
    return tt_fail_hint("move it there: ttrt_tensor_to(), in PyTorch tensor.to(device)");
}

ttrt_status tt_binding_check(const tt_binding *b, const tt_io *ins, int device_index)
{
    for (int i = 0; i < b->info.n_inputs; i++) {
        const tt_tensor *t = b->info.inputs[i];
        const tt_io *in = &ins[i];
        int type = t->is_dim ? TTRT_DEVICE_CPU : b->device_type;

        if (in->dtype != t->dtype)
            TT_FAIL(TTRT_ERR_DTYPE, "input '%s' is %s, expected %s", t->name, ttrt_dtype_name(in->dtype),
                    ttrt_dtype_name(t->dtype));
        if (in->rank != t->rank)
            TT_FAIL(TTRT_ERR_SHAPE, "input '%s' has %d dimensions, expected %d", t->name, in->rank, t->rank);
        if (in->device_type != type || (type != TTRT_DEVICE_CPU && in->device_index != device_index))
            return fail_device(b, t, in, type, device_index);
    }
    return TTRT_OK;
}

/* ---- symbols ---- */

static const char *label(void *user, size_t i, char *buffer, size_t size)
{
    const tt_binding *b = user;
    const char *name = b->info.inputs[b->places[i].input]->name;

    if (b->places[i].dim < 0)
        snprintf(buffer, size, "input '%s'", name);
    else
        snprintf(buffer, size, "input '%s', dimension %d", name, b->places[i].dim);
    return buffer;
}

ttrt_status tt_binding_set(tt_binding *b, const tt_io *ins)
{
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tt_io *in = &ins[b->places[i].input];
        int d = b->places[i].dim;

        b->pairs[i].actual = d < 0 ? tt_load_i64(in->data, in->dtype) : in->dims[d];
    }
    return tt_dims_bind(b->info.dims, b->pairs, b->n_pairs, label, b, b->values);
}
