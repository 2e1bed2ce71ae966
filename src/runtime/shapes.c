/* Dimensions narrowed by the caller, "NAME:DIMxDIM..." with DIM = n or min..opt..max, and the shapes an engine is tuned
 * for; several for one input: profiles. */
#include "runtime/runtime.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

typedef struct {
    int64_t min, opt, max;
} range;

/* Who narrowed a symbol, and to what. */
typedef struct {
    bool set;
    range r;
    const char *input;
    int dim;
} narrowed;

typedef struct {
    tt_graph *g;
    narrowed *symbols;
    const char *text;
} shapes;

static ttrt_status bad_text(const shapes *s, const char *what)
{
    tt_fail(TTRT_ERR_ARGUMENT, "shape '%s': %s", s->text, what);
    return tt_fail_hint("write NAME:DIMxDIM..., each DIM a number or min..opt..max, as in x:1..8..32x3x224x224");
}

static bool take_number(const char **at, int64_t *out)
{
    int64_t v = 0;
    const char *start = *at;

    for (; isdigit((unsigned char)**at); (*at)++)
        if (!tt_mul_i64(v, 10, &v) || !tt_add_i64(v, **at - '0', &v))
            return false;
    *out = v;
    return *at != start;
}

static bool take_dots(const char **at)
{
    if ((*at)[0] != '.' || (*at)[1] != '.')
        return false;
    *at += 2;
    return true;
}

static bool take_range(const char **at, range *r)
{
    if (!take_number(at, &r->min))
        return false;
    r->opt = r->max = r->min;
    if (!take_dots(at))
        return true;
    return take_number(at, &r->opt) && take_dots(at) && take_number(at, &r->max) && r->min <= r->opt &&
           r->opt <= r->max;
}

static void range_text(int64_t min, int64_t max, char *out, size_t size)
{
    if (max == TT_DIM_NO_MAX)
        snprintf(out, size, "at least %" PRId64, min);
    else if (min == max)
        snprintf(out, size, "%" PRId64, min);
    else
        snprintf(out, size, "%" PRId64 "..%" PRId64, min, max);
}

static ttrt_status out_of_range(const char *input, int dim, const range *r, int64_t min, int64_t max)
{
    char wanted[64], allowed[64];

    range_text(r->min, r->max, wanted, sizeof wanted);
    range_text(min, max, allowed, sizeof allowed);
    tt_fail(TTRT_ERR_SHAPE, "input '%s', dimension %d: %s is asked for, the program allows %s", input, dim, wanted,
            allowed);
    return tt_fail_hint("the range was set when the program was exported (torch.export.Dim)");
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

/* Values of s for which a * s + b lies in r. */
static bool solve(const range *r, int64_t a, int64_t b, range *out)
{
    int64_t low, high, opt;

    if (!tt_sub_i64(a > 0 ? r->min : r->max, b, &low) || !tt_sub_i64(a > 0 ? r->max : r->min, b, &high) ||
        !tt_sub_i64(r->opt, b, &opt))
        return false;
    out->min = -floor_div(-low, a);
    out->max = floor_div(high, a);
    out->opt = floor_div(opt, a);
    out->opt = out->opt < out->min ? out->min : out->opt > out->max ? out->max : out->opt;
    return out->min <= out->max;
}

static ttrt_status narrow_symbol(shapes *s, const char *input, int dim, tt_symbol *symbol, const range *r,
                                 const range *asked)
{
    narrowed *n = &s->symbols[symbol->index];

    if (r->min < tt_symbol_least(symbol) || r->max > symbol->max)
        return out_of_range(input, dim, asked, tt_symbol_least(symbol), symbol->max);
    if (n->set && (n->r.min != r->min || n->r.max != r->max || n->r.opt != r->opt))
        TT_FAIL(TTRT_ERR_SHAPE,
                "input '%s', dimension %d and input '%s', dimension %d are the same size (%s), but are given different "
                "ranges",
                n->input, n->dim, input, dim, symbol->name);
    *n = (narrowed){true, *r, input, dim};
    return TTRT_OK;
}

static ttrt_status narrow_dim(shapes *s, const char *input, int dim, tt_dim declared, const range *r)
{
    int64_t min, max, a, b;
    tt_symbol *symbol;
    range solved;

    tt_dim_range(declared, &min, &max);
    if (tt_dim_is_const(declared) ? r->min != min || r->max != max : r->max < min || r->min > max)
        return out_of_range(input, dim, r, min, max);
    if (tt_dim_is_const(declared))
        return TTRT_OK;
    if (!tt_dim_linear(s->g->dims, declared, &symbol, &a, &b))
        return TTRT_OK; /* of several symbols: the inputs that have them narrow them */
    if (a == 1 && b == 0)
        return narrow_symbol(s, input, dim, symbol, r, r);
    if (!solve(r, a, b, &solved))
        return out_of_range(input, dim, r, min, max);
    return narrow_symbol(s, input, dim, symbol, &solved, r);
}

static ttrt_status find_input(const shapes *s, const char *name, size_t n, const tt_graph_input **out)
{
    tt_str known = {0};

    for (size_t i = 0; i < s->g->n_inputs; i++) {
        const tt_graph_input *in = &s->g->inputs[i];
        if (in->kind != TT_INPUT_USER)
            continue;
        if (in->value && strlen(in->name) == n && !memcmp(in->name, name, n)) {
            tt_str_dispose(&known);
            *out = in;
            return TTRT_OK;
        }
        tt_str_addf(&known, "%s%s", known.len ? ", " : "", in->name);
    }
    tt_fail(TTRT_ERR_ARGUMENT, "shape '%s' names no input", s->text);
    tt_fail_hint("the inputs are %s", tt_str_text(&known));
    tt_str_dispose(&known);
    return TTRT_ERR_ARGUMENT;
}

static ttrt_status apply_one(shapes *s)
{
    const char *colon = strrchr(s->text, ':'), *at;
    const tt_graph_input *in;

    if (!colon)
        return bad_text(s, "no colon");
    TT_TRY(find_input(s, s->text, (size_t)(colon - s->text), &in));
    const tt_value *v = in->value;
    size_t rank = v->kind == TT_VALUE_TENSOR ? v->rank : 1;
    const tt_dim *dims = v->kind == TT_VALUE_TENSOR ? v->dims : &v->dim;
    at = colon + 1;
    for (size_t d = 0; d < rank; d++) {
        range r;
        if (d && *at++ != 'x')
            TT_FAIL(TTRT_ERR_SHAPE, "shape '%s' has too few dimensions: input '%s' has %zu", s->text, in->name, rank);
        if (!take_range(&at, &r))
            return bad_text(s, "a dimension is no number and no min..opt..max in rising order");
        TT_TRY(narrow_dim(s, in->name, (int)d, dims[d], &r));
    }
    if (*at == 'x')
        TT_FAIL(TTRT_ERR_SHAPE, "shape '%s' has too many dimensions: input '%s' has %zu", s->text, in->name, rank);
    return *at ? bad_text(s, "text is left behind the dimensions") : TTRT_OK;
}

/* The value that engines are tuned for: the example's, or one in the middle. */
static void choose_hint(tt_symbol *symbol)
{
    int64_t min = symbol->min < 1 ? 1 : symbol->min, max = symbol->max;

    if (symbol->unbacked)
        return;
    if (symbol->hint < 0)
        symbol->hint = max == TT_DIM_NO_MAX || max < min ? min : (int64_t)sqrt((double)min * (double)max);
    symbol->hint = symbol->hint < symbol->min ? symbol->min : symbol->hint > max ? max : symbol->hint;
}

/* ---- profiles ---- */

static size_t name_length(const char *text) { return (size_t)(strrchr(text, ':') ? strrchr(text, ':') - text : 0); }

static bool same_input(const char *a, const char *b)
{
    size_t n = name_length(a);

    return n && n == name_length(b) && !memcmp(a, b, n);
}

/* How many of the texts before `end` are about the input of texts[i]. */
static size_t count_of(const char *const *texts, size_t i, size_t end)
{
    size_t n = 0;

    for (size_t k = 0; k < end; k++)
        n += same_input(texts[k], texts[i]);
    return n;
}

/* An input has one text for each profile, or one for all of them. */
static ttrt_status count_profiles(const char *const *texts, size_t n, size_t *out)
{
    *out = 1;
    for (size_t i = 0; i < n; i++) {
        TT_CHECK_ARG(texts[i] != NULL);
        size_t count = count_of(texts, i, n);
        *out = count > *out ? count : *out;
    }
    for (size_t i = 0; i < n; i++) {
        size_t count = count_of(texts, i, n);
        if (count > 1 && count != *out)
            TT_FAIL(TTRT_ERR_ARGUMENT, "shape '%s': %zu profiles of this input, another has %zu", texts[i], count,
                    *out);
    }
    return TTRT_OK;
}

static ttrt_status apply_profile(shapes *s, const char *const *texts, size_t n, size_t profile, tt_size_range *ranges)
{
    size_t n_symbols = tt_dims_count(s->g->dims);

    memset(s->symbols, 0, n_symbols * sizeof *s->symbols);
    for (size_t i = 0; i < n; i++) {
        if (count_of(texts, i, n) > 1 && count_of(texts, i, i) != profile)
            continue;
        s->text = texts[i];
        TT_TRY(apply_one(s));
    }
    for (size_t i = 0; i < n_symbols; i++) {
        const tt_symbol *symbol = tt_dims_at(s->g->dims, i);
        const range *r = &s->symbols[i].r;
        ranges[i] = s->symbols[i].set ? (tt_size_range){r->min, r->opt, r->max}
                                      : (tt_size_range){symbol->min, symbol->hint, symbol->max};
    }
    return TTRT_OK;
}

/* The union of the profiles; the first one's opt. */
static void narrow(tt_symbol *symbol, const tt_size_range *ranges, size_t n_symbols, size_t n_profiles)
{
    symbol->min = ranges[symbol->index].min;
    symbol->hint = ranges[symbol->index].opt;
    symbol->max = ranges[symbol->index].max;
    for (size_t p = 1; p < n_profiles; p++) {
        const tt_size_range *r = &ranges[p * n_symbols + symbol->index];
        symbol->min = r->min < symbol->min ? r->min : symbol->min;
        symbol->max = r->max > symbol->max ? r->max : symbol->max;
    }
    choose_hint(symbol);
}

ttrt_status tt_shapes_apply(tt_graph *g, const char *const *texts, size_t n, tt_profiles *out)
{
    shapes s = {.g = g};
    size_t n_symbols = tt_dims_count(g->dims), n_profiles;

    TT_TRY(count_profiles(texts, n, &n_profiles));
    s.symbols = tt_arena_array(g->arena, n_symbols + 1, sizeof *s.symbols);
    tt_size_range *ranges = tt_arena_array(g->arena, n_profiles * n_symbols + 1, sizeof *ranges);
    if (!s.symbols || !ranges)
        return TTRT_ERR_MEMORY;
    for (size_t p = 0; p < n_profiles; p++)
        TT_TRY(apply_profile(&s, texts, n, p, ranges + p * n_symbols));
    for (size_t i = 0; i < n_symbols; i++)
        narrow(tt_dims_at(g->dims, i), ranges, n_symbols, n_profiles);
    *out = (tt_profiles){.n = n_profiles > 1 ? (int)n_profiles : 0, .n_symbols = n_symbols, .ranges = ranges};
    return TTRT_OK;
}
