/* The text that lets a host trace execute_engine without the engine's bytes; its grammar: torchtrt/engine.h. */
#include "runtime/runtime.h"

#include <inttypes.h>

#include "network/rewrite.h"

static bool outputs_mention(const tt_segment_io *io, const tt_symbol *s)
{
    for (size_t i = 0; i < io->n_outputs; i++)
        for (size_t d = 0; io->outputs[i]->kind == TT_VALUE_TENSOR && d < io->outputs[i]->rank; d++)
            if (tt_dim_mentions(io->outputs[i]->dims[d], s))
                return true;
    return false;
}

/* Where a symbol can be read: "s0=0.1", from a linear dimension "s0=(0.1-1)//2", from a number "s0=2.item". */
static bool print_place(tt_str *out, tt_dims *dims, const tt_symbol *s, tt_dim d, const char *place)
{
    tt_symbol *found;
    int64_t a, b;

    if (!tt_dim_linear(dims, d, &found, &a, &b) || found != s)
        return false;
    tt_str_addf(out, "%s=", s->name);
    if (a == 1 && b == 0)
        tt_str_add(out, place);
    else
        tt_str_addf(out, "(%s-%" PRId64 ")//%" PRId64, place, b, a);
    return true;
}

static bool print_symbol(tt_str *out, const tt_segment_io *io, tt_dims *dims, const tt_symbol *s, const char *separator)
{
    char place[48];
    size_t start = out->len;

    tt_str_add(out, separator);
    for (size_t i = 0; i < io->n_inputs; i++) {
        const tt_value *v = io->inputs[i];
        snprintf(place, sizeof place, "%zu.item", i);
        if (v->kind != TT_VALUE_TENSOR) {
            if (print_place(out, dims, s, v->dim, place))
                return true;
            continue;
        }
        for (size_t d = 0; d < v->rank; d++) {
            snprintf(place, sizeof place, "%zu.%zu", i, d);
            if (print_place(out, dims, s, v->dims[d], place))
                return true;
        }
    }
    if (!out->failed) {
        out->len = start;
        out->data[start] = 0;
    }
    return false;
}

static void print_output(tt_str *out, const tt_value *v, bool truncates)
{
    bool is_tensor = v->kind == TT_VALUE_TENSOR;

    tt_dtype dtype = !is_tensor ? TTRT_DTYPE_INT64 : truncates ? tt_truncated(v->dtype) : v->dtype;

    tt_str_addf(out, "%s[", tt_dtype_short(dtype));
    for (size_t d = 0; is_tensor && d < v->rank; d++) {
        tt_str_add(out, d ? "," : "");
        tt_dim_print(out, v->dims[d]);
    }
    tt_str_add(out, "]");
}

ttrt_status tt_signature_print(const tt_segment_io *io, bool truncates, tt_dims *dims, tt_str *out)
{
    const char *separator = "; in: ";

    for (size_t i = 0; i < io->n_outputs; i++) {
        tt_str_add(out, i ? "|" : "");
        print_output(out, io->outputs[i], truncates);
    }
    for (size_t i = 0; i < tt_dims_count(dims); i++) {
        const tt_symbol *s = tt_dims_at(dims, i);
        if (outputs_mention(io, s) && print_symbol(out, io, dims, s, separator))
            separator = ", ";
    }
    return tt_str_status(out);
}
