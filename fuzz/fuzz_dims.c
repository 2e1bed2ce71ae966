/* Symbolic dimensions: sympy's form, our own text, arithmetic, evaluation. The first byte chooses the form. */
#include "fuzz.h"

#include <string.h>

static bool same_values(const tt_dims *t, tt_dim a, tt_dim b)
{
    int64_t values[16], va, vb;
    size_t n = tt_dims_count(t);

    for (int64_t k = 0; k < 8 && n <= 16; k++) {
        for (size_t i = 0; i < n; i++)
            values[i] = k * (int64_t)(i + 3) % 17;
        bool has_a = tt_dim_eval(a, values, &va), has_b = tt_dim_eval(b, values, &vb);
        if (has_a && has_b && va != vb)
            return false;
    }
    return true;
}

static void check_text(tt_dims *t, tt_dim d)
{
    tt_str text = {0};
    tt_dim again;
    int64_t min, max;

    tt_dim_print(&text, d);
    const char *at = tt_str_text(&text);
    if (tt_str_status(&text) == TTRT_OK && tt_dim_parse(t, &at, &again) == TTRT_OK)
        fuzz_check(*at != 0 || same_values(t, d, again), "a printed dimension reads back with the same values");
    tt_str_dispose(&text);
    tt_dim_range(d, &min, &max);
    fuzz_check(min <= max, "a range has its bounds in order");
    tt_dim other = tt_dim_add(t, tt_dim_symbol(t, "s0"), tt_dim_const(1)), quotient;
    (void)tt_dim_divide_exact(t, d, other, &quotient);
    (void)tt_dim_known_equal(t, d, other);
    (void)tt_dim_mod(t, tt_dim_mul(t, d, other), tt_dim_const(6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tt_arena *arena = tt_arena_new();
    tt_dims *t = tt_dims_new();
    char *text = arena && size ? tt_arena_strndup(arena, (const char *)data + 1, size - 1) : NULL;
    const char *at = text;
    tt_dim d;

    if (t && text && (data[0] & 1 ? tt_dim_parse(t, &at, &d) : tt_dim_parse_srepr(t, text, &d)) == TTRT_OK)
        check_text(t, d);
    tt_dims_unref(t);
    tt_arena_free(arena);
    return 0;
}
