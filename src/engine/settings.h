/* The table of a build's settings: checks, texts, JSON and the word about what an engine does not honour come from the
 * rows of settings.def. */
#ifndef TT_SETTINGS_H
#define TT_SETTINGS_H

#include "engine/engine.h"

typedef enum tt_setting_type {
    TT_SETTING_FLAG,
    TT_SETTING_INT,
    TT_SETTING_LONG,
    TT_SETTING_BYTES,
    TT_SETTING_CHOICE,
    TT_SETTING_DTYPE,
    TT_SETTING_TEXT
} tt_setting_type;

typedef enum tt_setting_answer {
    TT_SETTING_HONOURS,
    TT_SETTING_NOTHING,
    TT_SETTING_LACKS,
    TT_SETTING_REFUSES
} tt_setting_answer;

typedef struct tt_setting {
    const char *name;
    tt_setting_type type;
    size_t offset; /* in ttrt_compile_options */
    int64_t min, max;
    const char *choices; /* "none|fast", NULL: any */
    tt_setting_answer cpu, rtx;
    const char *help;
} tt_setting;

const tt_setting *tt_setting_at(size_t i);                                     /* NULL past the last */
int64_t tt_setting_number(const tt_setting *s, const ttrt_compile_options *o); /* any type but TEXT */
/* The value as a text: "1", "fast", "float16"; "" for no text. */
void tt_setting_text(const tt_setting *s, const ttrt_compile_options *o, char *out, size_t size);
bool tt_setting_is_default(const tt_setting *s, const ttrt_compile_options *o);

/* Each plain setting inside its range. */
ttrt_status tt_settings_check(const ttrt_compile_options *o);
/* Names once, in the log, what was changed and engine cpu lacks: a warning, or info where nothing is lost. */
void tt_settings_name_lacking(const ttrt_compile_options *o);

#endif
