/* Strings and numbers as the network's text holds them; what printer and reader share. */
#ifndef TT_TEXT_H
#define TT_TEXT_H

#include "base/dtype.h"
#include "base/str.h"

/* Constants of at most so many elements stand in the text. */
#define TT_TEXT_INLINE 16

/* A letter or '_', then letters, digits, '_' and '.': what may follow a '%' as a name. */
bool tt_text_is_name(const char *s);
/* Quoted; '"', '\' and control characters escaped. */
void tt_text_add_string(tt_str *s, const char *text);
/* Reads a quoted string at *at, a '"', and moves past it; NULL where it is none. */
char *tt_text_string(tt_arena *arena, const char **at);

/* The shortest text that reads back as this element; "nan", "inf". Independent of the locale. */
void tt_text_add_element(tt_str *s, const void *element, tt_dtype dtype);
void tt_text_add_f64(tt_str *s, double v);
bool tt_text_f64(const char **at, double *out);
bool tt_text_i64(const char **at, int64_t *out);

#endif
