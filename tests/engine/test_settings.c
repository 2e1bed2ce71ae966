/* The table of settings: texts in and out, ranges, defaults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/settings.h"
#include "torchtrt/torchtrt.h"

static void expect_refused(const char *name, const char *text, const char *said)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    assert_int_equal(ttrt_compile_options_set(&o, name, text), TTRT_ERR_ARGUMENT);
    if (!strstr(ttrt_last_error()->what, said) && !strstr(ttrt_last_error()->hint, said))
        fail_msg("%s=%s: \"%s\" (%s), \"%s\" is wanted", name, text, ttrt_last_error()->what, ttrt_last_error()->hint,
                 said);
}

static void texts_are_read(void **state)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    assert_int_equal(ttrt_compile_options_set(&o, "workspace_size", "16M"), TTRT_OK);
    assert_int_equal(o.workspace_size, 16 << 20);
    assert_int_equal(ttrt_compile_options_set(&o, "l2_limit_for_tiling", "-1"), TTRT_OK);
    assert_int_equal(o.l2_limit_for_tiling, -1);
    assert_int_equal(ttrt_compile_options_set(&o, "tiling_optimization_level", "full"), TTRT_OK);
    assert_int_equal(o.tiling_optimization_level, 3);
    assert_int_equal(ttrt_compile_options_set(&o, "precision", "bf16"), TTRT_OK);
    assert_int_equal(o.precision, TTRT_DTYPE_BFLOAT16);
    assert_int_equal(ttrt_compile_options_set(&o, "immutable_weights", "0"), TTRT_OK);
    assert_int_equal(o.immutable_weights, 0);
    assert_int_equal(ttrt_compile_options_set(&o, "targets", "sm86"), TTRT_OK);
    assert_string_equal(o.targets, "sm86");
}

static void what_is_no_value_is_refused(void **state)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    expect_refused("frobnicate", "1", "no setting 'frobnicate'");
    expect_refused("optimization_level", "6", "from 0 to 5");
    expect_refused("optimization_level", "", "from 0 to 5");
    expect_refused("optimization_level", "1k", "from 0 to 5");
    expect_refused("workspace_size", "1kk", "at least 0");
    expect_refused("workspace_size", "9999999999G", "at least 0");
    expect_refused("workspace_size", "-1", "at least 0");
    expect_refused("disable_tf32", "yes", "0 or 1");
    expect_refused("engine_capability", "saf", "standard|safety|dla_standalone");
    expect_refused("precision", "float8", "float32|float16|bfloat16");
    o.size--;
    assert_int_equal(ttrt_compile_options_set(&o, "engine", "cpu"), TTRT_ERR_ARGUMENT);
}

/* A struct that a caller fills is checked like texts are. */
static void fields_are_checked(void **state)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    assert_int_equal(tt_settings_check(&o), TTRT_OK);
    o.disable_tf32 = 2;
    assert_int_equal(tt_settings_check(&o), TTRT_ERR_ARGUMENT);
    o.disable_tf32 = 0;
    o.precision = TTRT_DTYPE_INT8;
    assert_int_equal(tt_settings_check(&o), TTRT_ERR_ARGUMENT);
    assert_string_equal(ttrt_last_error()->what, "precision is 'int8'");
    o.precision = TTRT_DTYPE_FLOAT32;
    o.refit_identical_engine_weights = 1;
    assert_int_equal(tt_settings_check(&o), TTRT_ERR_ARGUMENT);
}

/* Every row: its default is in its range, its text reads back, and no two rows share a field. */
static void rows_are_sound(void **state)
{
    const ttrt_compile_options defaults = TTRT_COMPILE_OPTIONS_INIT;
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    const tt_setting *s;
    char text[64];

    for (size_t i = 0; (s = tt_setting_at(i)); i++) {
        tt_setting_text(s, &defaults, text, sizeof text);
        if (s->type != TT_SETTING_TEXT)
            assert_int_equal(ttrt_compile_options_set(&o, s->name, text), TTRT_OK);
        assert_true(tt_setting_is_default(s, &o));
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(tt_setting_at(k)->offset, s->offset);
        assert_non_null(strstr(ttrt_settings(), s->name));
    }
    assert_memory_equal(&o, &defaults, sizeof o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(rows_are_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
