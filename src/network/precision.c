/*  %1: f32 = matrix_multiply(%x, %w)    becomes    %2: f16 = cast(%x)
 *                                                 %4: f16 = matrix_multiply(%2, %3: f16 = constant)
 *                                                 %1: f32 = cast(%4)
 *
 * Sums inside these layers are taken in f32 by every engine. What is delicate (statistics, exponentials, powers, long
 * sums) is not among them. Casts between two such layers meet again: up and down cancel, also through views. */
#include "network/precision.h"

#include <math.h>
#include <string.h>

typedef struct caster {
    tt_network *net;
    tt_dtype type;
    bool (*takes)(const tt_layer *l, struct tt_reason *why);
    tt_str *report;
    const tt_precision_options *options;
} caster;

static bool takes_low(tt_layer_kind kind)
{
    return kind == TT_LAYER_MATRIX_MULTIPLY || kind == TT_LAYER_CONVOLUTION || kind == TT_LAYER_DECONVOLUTION ||
           kind == TT_LAYER_ATTENTION;
}

static bool is_view(tt_layer_kind kind)
{
    return kind == TT_LAYER_RESHAPE || kind == TT_LAYER_TRANSPOSE || kind == TT_LAYER_EXPAND || kind == TT_LAYER_SLICE;
}

static bool is_mask(const tt_layer *l, int i) { return l->kind == TT_LAYER_ATTENTION && i == 3; }

static tt_layer *root(const tt_tensor *t)
{
    while (t->layer && is_view(t->layer->kind))
        t = t->layer->in[0];
    return t->layer;
}

/* ---- constants ---- */

static const tt_net_weights *plain_weights(const tt_tensor *t)
{
    const tt_layer *l = root(t);

    if (!l || l->kind != TT_LAYER_CONSTANT || l->attrs.constant.weights.format ||
        l->out[0]->dtype != TTRT_DTYPE_FLOAT32)
        return NULL;
    return &l->attrs.constant.weights;
}

static uint16_t convert(float v, tt_dtype type)
{
    return type == TTRT_DTYPE_FLOAT16 ? tt_f32_to_f16(v) : tt_f32_to_bf16(v);
}

/* The largest f32 that rounds to a finite number. */
static float largest(tt_dtype type) { return type == TTRT_DTYPE_FLOAT16 ? 0x1.ffdffep15f : 0x1.fefffep127f; }

static bool fits(const tt_net_weights *w, tt_dtype type)
{
    const char *p = w->data;
    float v, limit = largest(type);

    for (size_t i = 0; i < w->bytes; i += sizeof v) {
        memcpy(&v, p + i, sizeof v);
        if (fabsf(v) > limit && isfinite(v))
            return false;
    }
    return true;
}

static ttrt_status convert_constant(caster *c, const tt_layer *l, tt_tensor **out)
{
    tt_constant_attrs a = l->attrs.constant;
    size_t n = a.weights.bytes / sizeof(float);
    uint16_t *to = tt_arena_array(c->net->arena, n, sizeof *to);
    const char *from = a.weights.data;
    float v;

    if (!to)
        return TTRT_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        memcpy(&v, from + i * sizeof v, sizeof v);
        to[i] = convert(v, c->type);
    }
    a.weights.data = to;
    a.weights.bytes = n * sizeof *to;
    a.weights.dtype = c->type;
    return tt_net_add(c->net, TT_LAYER_CONSTANT, &a, NULL, 0, out);
}

/* ---- casting down ---- */

static bool comes_from_low(const caster *c, const tt_tensor *t)
{
    const tt_layer *l = root(t);

    return l && (plain_weights(t) || (l->kind == TT_LAYER_CAST && l->in[0]->dtype == c->type));
}

/* A tensor's counterpart of the low type is made once; its `data` holds it. */
static ttrt_status low(caster *c, tt_tensor *t, tt_tensor **out)
{
    tt_layer *l = t->layer;

    if (t->data) {
        *out = t->data;
        return TTRT_OK;
    }
    if (!comes_from_low(c, t)) {
        TT_TRY(tt_net_cast(c->net, t, c->type, out));
    } else if (l->kind == TT_LAYER_CAST) {
        *out = l->in[0];
    } else if (l->kind == TT_LAYER_CONSTANT) {
        TT_TRY(convert_constant(c, l, out));
    } else {
        tt_tensor *x;
        TT_TRY(low(c, l->in[0], &x));
        TT_TRY(tt_net_add(c->net, l->kind, &l->attrs, &x, 1, out));
    }
    t->data = *out;
    return TTRT_OK;
}

/* Masks hold the lowest number of f32, which is -inf below it; a row of that would count as forbidden. Only what is
 * -inf stays so: select(mask == -inf, mask, max(mask, lowest)). */
static ttrt_status low_mask(caster *c, tt_tensor *mask, tt_tensor **out)
{
    tt_tensor *lowest, *infinity, *is_infinity, *clipped;

    if (mask->dtype == TTRT_DTYPE_BOOL) {
        *out = mask;
        return TTRT_OK;
    }
    const tt_net_weights *w = plain_weights(mask);
    if (mask->data || (w ? fits(w, c->type) : comes_from_low(c, mask)))
        return low(c, mask, out);
    TT_TRY(tt_net_scalar(c->net, -largest(c->type), TTRT_DTYPE_FLOAT32, mask->rank, &lowest));
    TT_TRY(tt_net_scalar(c->net, -INFINITY, TTRT_DTYPE_FLOAT32, mask->rank, &infinity));
    TT_TRY(tt_net_elementwise(c->net, TT_ELEMENTWISE_EQUAL, mask, infinity, &is_infinity));
    TT_TRY(tt_net_elementwise(c->net, TT_ELEMENTWISE_MAX, mask, lowest, &clipped));
    TT_TRY(tt_net_select(c->net, is_infinity, mask, clipped, &clipped));
    TT_TRY(tt_net_cast(c->net, clipped, c->type, out));
    mask->data = *out;
    return TTRT_OK;
}

/* *why: the reason of a layer that stays as it is after all; what was made for it is dead. */
static ttrt_status lower_layer(caster *c, tt_layer *l, const char **why)
{
    tt_tensor *in[4], *y;

    c->net->before = l;
    c->net->label = l->name;
    c->net->source = l->source;
    for (int i = 0; i < l->n_in; i++)
        TT_TRY(is_mask(l, i) ? low_mask(c, l->in[i], &in[i]) : low(c, l->in[i], &in[i]));
    TT_TRY(tt_net_add(c->net, l->kind, &l->attrs, in, l->n_in, &y));
    if (c->takes && !c->takes(y->layer, NULL)) {
        *why = "the engine does not take it in the lower type";
        return TTRT_OK;
    }
    TT_TRY(tt_net_cast(c->net, y, TTRT_DTYPE_FLOAT32, &y));
    tt_net_replace(c->net, l->out[0], y);
    tt_net_remove(c->net, l);
    return TTRT_OK;
}

/* ---- the choice ---- */

static bool is_excluded(const caster *c, const tt_layer *l)
{
    for (size_t i = 0; l->name && i < c->options->n_float32_nodes; i++)
        if (strcmp(l->name, c->options->float32_nodes[i]) == 0)
            return true;
    return false;
}

static const char *why_kept(const caster *c, const tt_layer *l)
{
    if (takes_low(l->kind)) {
        if (l->out[0]->dtype != TTRT_DTYPE_FLOAT32)
            return "as the model has it";
        if (is_excluded(c, l))
            return "as it is asked for";
        for (int i = 0; i < l->n_in; i++)
            if (!is_mask(l, i) && plain_weights(l->in[i]) && !fits(plain_weights(l->in[i]), c->type))
                return "its constants exceed the lower type's range";
        return NULL;
    }
    switch (l->kind) {
    case TT_LAYER_NORMALIZATION:
        return "statistics";
    case TT_LAYER_SOFTMAX:
        return "exponentials";
    case TT_LAYER_REDUCE:
    case TT_LAYER_CUMULATIVE:
        return "long sums";
    case TT_LAYER_UNARY:
        return "a function that magnifies errors";
    default:
        return "follows its inputs";
    }
}

/* Layers that compute nothing have no choice to tell. */
static bool is_told(const tt_layer *l)
{
    return l->kind != TT_LAYER_CONSTANT && l->kind != TT_LAYER_CAST && !is_view(l->kind) &&
           tt_dtype_is_float(l->out[0]->dtype);
}

static void tell(const caster *c, const tt_layer *l, const char *why)
{
    if (!c->report || !is_told(l))
        return;
    tt_str_addf(c->report, "%s: %s in %s%s%s%s\n", l->name ? l->name : "?", tt_layer_info_of(l->kind)->name,
                ttrt_dtype_name(why ? l->out[0]->dtype : c->type), why ? " (" : "", why ? why : "", why ? ")" : "");
}

static ttrt_status lower_layers(caster *c)
{
    TT_EACH_LAYER (c->net, l) {
        TT_EACH_NETWORK_OF (l, sub)
            TT_TRY(tt_network_precision(sub, c->options, c->report));
        const char *why = why_kept(c, l);
        const tt_layer told = *l; /* lowering may remove it */
        if (!why)
            TT_TRY(lower_layer(c, l, &why));
        tell(c, &told, why);
    }
    return c->report ? tt_str_status(c->report) : TTRT_OK;
}

/* ---- sums that stay in the lower type ---- */

static bool is_convolution(const tt_layer *l)
{
    return l->kind == TT_LAYER_CONVOLUTION || l->kind == TT_LAYER_DECONVOLUTION;
}

static bool is_sum(const tt_layer *l)
{
    return l->kind == TT_LAYER_ELEMENTWISE && l->attrs.elementwise.operation == TT_ELEMENTWISE_SUM;
}

static int count_inputs(const tt_layer *l, const tt_tensor *t)
{
    int n = 0;

    for (int i = 0; i < l->n_in; i++)
        n += l->in[i] == t;
    return n;
}

/* Whether convolutions read the result of `cast`, and only sums behind it read what it reads. */
static bool is_kept_low(const caster *c, const tt_layer *cast)
{
    bool has_convolution = false;
    int sums = 0;

    if (cast->kind != TT_LAYER_CAST || cast->out[0]->dtype != c->type || cast->in[0]->dtype != TTRT_DTYPE_FLOAT32)
        return false;
    for (const tt_layer *l = cast->next; l; l = l->next) {
        has_convolution |= is_convolution(l) && l->in[0] == cast->out[0];
        sums += is_sum(l) ? count_inputs(l, cast->in[0]) : 0;
    }
    return has_convolution && sums > 0 && tt_net_uses(c->net, cast->in[0]) == 1 + sums;
}

/* Residual connections between convolutions are in the lower type, as in PyTorch's autocast. Their feature maps are
 * large: kept in both types, memory would be what bounds the sums.
 *
 *   %1: bf16 = cast(%y)                         %1: bf16 = cast(%y)
 *   %2: bf16 = convolution(%1, %w)   becomes    %2: bf16 = convolution(%1, %w)
 *   %4 = elementwise(%3, %y) {SUM}              %4 = elementwise(%3, cast(%1)) {SUM} */
static ttrt_status keep_low(caster *c)
{
    TT_EACH_LAYER (c->net, cast) {
        tt_tensor *wide;
        if (!is_kept_low(c, cast))
            continue;
        c->net->before = cast->next;
        c->net->label = cast->name;
        c->net->source = cast->source;
        TT_TRY(tt_net_cast(c->net, cast->out[0], TTRT_DTYPE_FLOAT32, &wide));
        for (tt_layer *l = wide->layer->next; l; l = l->next)
            for (int i = 0; i < l->n_in; i++)
                if (l->in[i] == cast->in[0])
                    l->in[i] = wide;
    }
    return TTRT_OK;
}

static void clear_data(tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        net->inputs[i]->data = NULL;
    TT_EACH_LAYER (net, l)
        for (int i = 0; i < l->n_out; i++)
            l->out[i]->data = NULL;
}

ttrt_status tt_network_precision(tt_network *net, const tt_precision_options *options, tt_str *report)
{
    caster c = {.net = net, .type = options->type, .takes = options->takes, .report = report, .options = options};

    if (c.type != TTRT_DTYPE_FLOAT16 && c.type != TTRT_DTYPE_BFLOAT16)
        TT_FAIL(TTRT_ERR_ARGUMENT, "precision %s, expected float16 or bfloat16", ttrt_dtype_name(c.type));
    clear_data(net);
    ttrt_status status = lower_layers(&c);
    if (status == TTRT_OK)
        status = keep_low(&c);
    net->before = NULL;
    net->label = net->source = NULL;
    clear_data(net);
    tt_net_remove_dead(net);
    return status;
}
