/* Padding. PyTorch's list starts at the last dimension: [left, right, top, bottom, ...]; negative amounts crop. */
#include "convert/formula.h"

#include <string.h>

static ttrt_status padded(tt_convert *c, const tt_node *n, tt_enum_pad mode, double value, tt_tensor **out)
{
    tt_tensor *x = NULL;
    tt_dim pre[TT_MAX_RANK_NET], post[TT_MAX_RANK_NET];
    size_t count = tt_arg_count(n, 1);
    bool changes = false;
    TT_TRY(tt_arg_tensor(c, n, 0, &x));
    if (count % 2 || count / 2 > (size_t)x->rank)
        TT_FAIL(TTRT_ERR_FORMAT, "%s: %zu amounts for a tensor of rank %d", n->op->name, count, x->rank);
    for (int d = 0; d < x->rank; d++) {
        size_t from_end = 2 * (size_t)(x->rank - 1 - d);
        pre[d] = from_end < count ? tt_arg_dim_at(n, 1, from_end) : tt_dim_const(0);
        post[d] = from_end < count ? tt_arg_dim_at(n, 1, from_end + 1) : tt_dim_const(0);
        changes = changes || !tt_dim_is(pre[d], 0) || !tt_dim_is(post[d], 0);
    }
    tt_pad_attrs attrs = {.pre_padding = {x->rank, pre}, .post_padding = {x->rank, post}, .mode = mode, .value = value};
    if (changes)
        TT_TRY(tt_net_add(c->net, TT_LAYER_PAD, &attrs, &x, 1, &x));
    return tt_finish(c, n, 0, x, out);
}

bool tt_pad_accepts(const tt_node *n, tt_reason *why)
{
    size_t value = tt_arg_find(n, "value");
    return tt_arg_is_known(n, value) || tt_refuse(why, "the value to pad with must be known");
}

ttrt_status tt_convert_pad(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    static const struct {
        const char *name;
        tt_enum_pad mode;
    } modes[] = {
        {"constant", TT_PAD_CONSTANT},
        {"reflect", TT_PAD_REFLECT},
        {"replicate", TT_PAD_REPLICATE},
        {"circular", TT_PAD_CIRCULAR},
    };
    const char *name = tt_arg_string(n, 2, "constant");
    for (size_t i = 0; i < TT_COUNT(modes); i++)
        if (strcmp(name, modes[i].name) == 0)
            return padded(c, n, modes[i].mode, tt_arg_float(n, 3, 0), out);
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: mode '%s'", n->op->name, name);
}

ttrt_status tt_convert_constant_pad(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return padded(c, n, TT_PAD_CONSTANT, tt_arg_float(n, 2, 0), out);
}

/* reflection_pad, replication_pad, _pad_circular: the parameter is the mode. */
ttrt_status tt_convert_mode_pad(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return padded(c, n, tt_converter_parameter(n), 0, out);
}

/* _pad_enum: PyTorch numbers the modes as the layer does. */
ttrt_status tt_convert_pad_enum(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    int64_t mode = tt_arg_int(n, 2, 0);
    if (mode < 0 || mode > TT_PAD_CIRCULAR)
        TT_FAIL(TTRT_ERR_UNSUPPORTED, "%s: mode %lld", n->op->name, (long long)mode);
    return padded(c, n, (tt_enum_pad)mode, tt_arg_float(n, 3, 0), out);
}
