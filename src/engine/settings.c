/* See settings.h. */
#include "engine/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/log.h"
#include "base/str.h"
#include "torchtrt/engine.h"

static const tt_setting rows[] = {
#define SETTING(name, type, min, max, choices, cpu, rtx, help)                                                         \
    {#name,                                                                                                            \
     TT_SETTING_##type,                                                                                                \
     offsetof(ttrt_compile_options, name),                                                                             \
     min,                                                                                                              \
     max,                                                                                                              \
     choices,                                                                                                          \
     TT_SETTING_##cpu,                                                                                                 \
     TT_SETTING_##rtx,                                                                                                 \
     help},
#include "engine/settings.def"
#undef SETTING
};

/* A row says what its field is. */
typedef int field_FLAG, field_INT, field_CHOICE;
typedef int64_t field_LONG, field_BYTES;
typedef ttrt_dtype field_DTYPE;
typedef const char *field_TEXT;
#define SETTING(name, type, min, max, choices, cpu, rtx, help)                                                         \
    _Static_assert(_Generic(((ttrt_compile_options *)0)->name, field_##type : 1, default : 0), #name);
#include "engine/settings.def"
#undef SETTING

static const ttrt_compile_options defaults = TTRT_COMPILE_OPTIONS_INIT;

/* What people write for a data type. */
static const struct {
    const char *name;
    ttrt_dtype dtype;
} dtypes[] = {
    {"float32", TTRT_DTYPE_FLOAT32}, {"float16", TTRT_DTYPE_FLOAT16}, {"bfloat16", TTRT_DTYPE_BFLOAT16},
    {"fp32", TTRT_DTYPE_FLOAT32},    {"fp16", TTRT_DTYPE_FLOAT16},    {"bf16", TTRT_DTYPE_BFLOAT16},
    {"half", TTRT_DTYPE_FLOAT16},
};

const tt_setting *tt_setting_at(size_t i) { return i < TT_COUNT(rows) ? &rows[i] : NULL; }

/* ---- fields ---- */

static const void *field(const tt_setting *s, const ttrt_compile_options *o) { return (const char *)o + s->offset; }

static const char *text_field(const tt_setting *s, const ttrt_compile_options *o)
{
    const char *text = *(const char *const *)field(s, o);
    return text ? text : "";
}

int64_t tt_setting_number(const tt_setting *s, const ttrt_compile_options *o)
{
    switch (s->type) {
    case TT_SETTING_LONG:
    case TT_SETTING_BYTES:
        return *(const int64_t *)field(s, o);
    case TT_SETTING_DTYPE:
        return (int64_t) * (const ttrt_dtype *)field(s, o);
    case TT_SETTING_TEXT:
        return 0;
    default:
        return *(const int *)field(s, o);
    }
}

static void set_number(const tt_setting *s, ttrt_compile_options *o, int64_t v)
{
    void *at = (char *)o + s->offset;

    if (s->type == TT_SETTING_LONG || s->type == TT_SETTING_BYTES)
        *(int64_t *)at = v;
    else if (s->type == TT_SETTING_DTYPE)
        *(ttrt_dtype *)at = (ttrt_dtype)v;
    else
        *(int *)at = (int)v;
}

bool tt_setting_is_default(const tt_setting *s, const ttrt_compile_options *o)
{
    if (s->type == TT_SETTING_TEXT)
        return !strcmp(text_field(s, o), text_field(s, &defaults));
    return tt_setting_number(s, o) == tt_setting_number(s, &defaults);
}

/* ---- texts ---- */

/* The n-th of "a|b|c"; NULL past the last. */
static const char *choice(const char *choices, int64_t n, size_t *length)
{
    for (; n > 0 && choices; n--)
        choices = strchr(choices, '|') ? strchr(choices, '|') + 1 : NULL;
    if (choices)
        *length = strcspn(choices, "|");
    return choices;
}

void tt_setting_text(const tt_setting *s, const ttrt_compile_options *o, char *out, size_t size)
{
    size_t n = 0;
    const char *name;

    if (s->type == TT_SETTING_TEXT)
        snprintf(out, size, "%s", text_field(s, o));
    else if (s->type == TT_SETTING_DTYPE)
        snprintf(out, size, "%s", ttrt_dtype_name((ttrt_dtype)tt_setting_number(s, o)));
    else if (s->type == TT_SETTING_CHOICE && (name = choice(s->choices, tt_setting_number(s, o), &n)))
        snprintf(out, size, "%.*s", (int)n, name);
    else
        snprintf(out, size, "%" PRId64, tt_setting_number(s, o));
}

static ttrt_status bad(const tt_setting *s, const char *text)
{
    if (s->choices) {
        tt_fail(TTRT_ERR_ARGUMENT, "%s is '%s'", s->name, text);
        return tt_fail_hint("one of %s", s->choices);
    }
    if (s->type == TT_SETTING_FLAG)
        return tt_fail(TTRT_ERR_ARGUMENT, "%s is '%s'; 0 or 1 is wanted", s->name, text);
    if (s->max == INT64_MAX)
        return tt_fail(TTRT_ERR_ARGUMENT, "%s is '%s'; a number of at least %" PRId64 " is wanted", s->name, text,
                       s->min);
    return tt_fail(TTRT_ERR_ARGUMENT, "%s is '%s'; a number from %" PRId64 " to %" PRId64 " is wanted", s->name, text,
                   s->min, s->max);
}

static bool parse_number(const tt_setting *s, const char *text, int64_t *out)
{
    static const char units[] = "kMGT";
    char *end;

    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text)
        return false;
    *out = v;
    if (!*end)
        return true;
    const char *unit = strchr(units, *end);
    if (s->type != TT_SETTING_BYTES || !unit || end[1])
        return false;
    for (const char *u = units; u <= unit; u++)
        if (!tt_mul_i64(*out, 1024, out))
            return false;
    return true;
}

static bool parse_choice(const tt_setting *s, const char *text, int64_t *out)
{
    size_t n;
    const char *name;

    for (int64_t i = 0; (name = choice(s->choices, i, &n)); i++)
        if (strlen(text) == n && !memcmp(name, text, n)) {
            *out = i;
            return true;
        }
    return false;
}

static bool parse_dtype(const char *text, int64_t *out)
{
    for (size_t i = 0; i < TT_COUNT(dtypes); i++)
        if (!strcmp(text, dtypes[i].name)) {
            *out = (int64_t)dtypes[i].dtype;
            return true;
        }
    return false;
}

ttrt_status ttrt_compile_options_set(ttrt_compile_options *options, const char *name, const char *text)
{
    const tt_setting *s = NULL;
    int64_t v = 0;

    TT_CHECK_ARG(options != NULL && name != NULL && text != NULL && options->size == sizeof *options);
    for (size_t i = 0; i < TT_COUNT(rows); i++)
        if (!strcmp(rows[i].name, name))
            s = &rows[i];
    if (!s)
        TT_FAIL(TTRT_ERR_ARGUMENT, "there is no setting '%s'", name);
    if (s->type == TT_SETTING_TEXT) {
        *(const char **)((char *)options + s->offset) = text;
        return TTRT_OK;
    }
    bool known = s->type == TT_SETTING_CHOICE  ? parse_choice(s, text, &v)
                 : s->type == TT_SETTING_DTYPE ? parse_dtype(text, &v)
                                               : parse_number(s, text, &v);
    if (!known || (s->type != TT_SETTING_DTYPE && (v < s->min || v > s->max)))
        return bad(s, text);
    set_number(s, options, v);
    return TTRT_OK;
}

/* ---- checks ---- */

ttrt_status tt_settings_check(const ttrt_compile_options *o)
{
    char text[64];

    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        const tt_setting *s = &rows[i];
        int64_t v = tt_setting_number(s, o);
        bool ok = s->type == TT_SETTING_TEXT || (v >= s->min && v <= s->max);
        if (s->type == TT_SETTING_DTYPE)
            ok = v == TTRT_DTYPE_FLOAT32 || v == TTRT_DTYPE_FLOAT16 || v == TTRT_DTYPE_BFLOAT16;
        if (ok)
            continue;
        tt_setting_text(s, o, text, sizeof text);
        return bad(s, text);
    }
    if (o->immutable_weights && o->refit_identical_engine_weights)
        TT_FAIL(TTRT_ERR_ARGUMENT, "refit_identical_engine_weights needs immutable_weights=0");
    return TTRT_OK;
}

void tt_settings_name_lacking(const ttrt_compile_options *o)
{
    char text[256];

    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        const tt_setting *s = &rows[i];
        if (s->cpu == TT_SETTING_HONOURS || tt_setting_is_default(s, o))
            continue;
        tt_setting_text(s, o, text, sizeof text);
        if (s->cpu == TT_SETTING_NOTHING)
            tt_log_once(TTRT_LOG_INFO, "cpu", "engine cpu has no use for the setting %s=%s", s->name, text);
        else
            tt_log_once(TTRT_LOG_WARNING, "cpu", "engine cpu does not honour the setting %s=%s", s->name, text);
    }
}

/* ---- the table for others ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *json;

static void add_row(tt_str *s, const tt_setting *row)
{
    static const char *const types[] = {"flag", "int", "long", "bytes", "choice", "dtype", "text"};
    static const char *const answers[] = {"honours", "nothing", "lacks", "refuses"};
    char text[64];

    tt_setting_text(row, &defaults, text, sizeof text);
    tt_str_addf(s, "{\"name\": \"%s\", \"type\": \"%s\", \"offset\": %zu, \"default\": ", row->name, types[row->type],
                row->offset);
    tt_str_add_json(s, text);
    tt_str_addf(s, ", \"min\": %" PRId64 ", \"max\": %" PRId64 ", \"choices\": ", row->min, row->max);
    tt_str_add_json(s, row->choices ? row->choices : "");
    tt_str_addf(s, ", \"cpu\": \"%s\", \"rtx\": \"%s\", \"help\": ", answers[row->cpu], answers[row->rtx]);
    tt_str_add_json(s, row->help);
    tt_str_add(s, "}");
}

static void write_json(void)
{
    tt_str s = {0};

    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        tt_str_add(&s, i ? ", " : "[");
        add_row(&s, &rows[i]);
    }
    tt_str_add(&s, "]");
    json = tt_str_take(&s);
}

const char *ttrt_settings(void)
{
    pthread_once(&once, write_json);
    return json ? json : "[]";
}
