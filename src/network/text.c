#include "network/text.h"

#include "base/checked.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C library's tests of characters depend on the locale. */
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool tt_text_is_name(const char *s)
{
    if (!is_letter(*s))
        return false;
    while (is_letter(*s) || is_digit(*s) || *s == '.')
        s++;
    return *s == 0;
}

/* ---- strings ---- */

void tt_text_add_string(tt_str *s, const char *text)
{
    tt_str_add(s, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            tt_str_addf(s, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            tt_str_addf(s, "\\x%02x", (unsigned)*text);
        else
            tt_str_add_n(s, text, 1);
    }
    tt_str_add(s, "\"");
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character after its '\'. 0: none that the printer writes. */
static char unescape(const char **at)
{
    char c = *(*at)++;

    if (c == '"' || c == '\\')
        return c;
    if (c != 'x' || hex_digit((*at)[0]) < 0 || hex_digit((*at)[1]) < 0)
        return 0;
    *at += 2;
    return (char)(hex_digit((*at)[-2]) * 16 + hex_digit((*at)[-1]));
}

char *tt_text_string(tt_arena *arena, const char **at)
{
    if (**at != '"') {
        tt_fail(TTRT_ERR_FORMAT, "expected a string");
        return NULL;
    }
    const char *p = *at + 1, *end = p;
    while (*end && *end != '"')
        end += *end == '\\' && end[1] ? 2 : 1;
    if (!*end) {
        tt_fail(TTRT_ERR_FORMAT, "a string has no end");
        return NULL;
    }
    char *text = tt_arena_alloc(arena, (size_t)(end - p) + 1), *to = text;
    while (text && p < end) {
        char c = *p++;
        if (c == '\\' && !(c = unescape(&p))) {
            tt_fail(TTRT_ERR_FORMAT, "a string has an unknown escape");
            return NULL;
        }
        *to++ = c;
    }
    *at = end + 1;
    return text;
}

/* ---- numbers ---- */

static double read_f64(const char *text)
{
    char buffer[64];
    char *point;

    snprintf(buffer, sizeof buffer, "%s", text);
    if ((point = strchr(buffer, '.')))
        *point = localeconv()->decimal_point[0];
    return strtod(buffer, NULL);
}

static void write_f64(char *buffer, size_t size, int digits, double v)
{
    int n = snprintf(buffer, size, "%.*g", digits, v);

    for (int i = 0; i < n; i++)
        if (!is_digit(buffer[i]) && !strchr("+-einfa", buffer[i]))
            buffer[i] = '.';
}

void tt_text_add_element(tt_str *s, const void *element, tt_dtype dtype)
{
    size_t size = ttrt_dtype_size(dtype);
    char text[64];
    uint64_t again = 0;

    if (!tt_dtype_is_float(dtype)) {
        tt_str_addf(s, "%lld", (long long)tt_load_i64(element, dtype));
        return;
    }
    double v = tt_load_f64(element, dtype);
    if (isnan(v)) {
        tt_str_add(s, "nan");
        return;
    }
    for (int digits = 2; digits <= 17; digits++) {
        write_f64(text, sizeof text, digits, v);
        tt_store_f64(&again, dtype, read_f64(text));
        if (memcmp(&again, element, size) == 0)
            break;
    }
    tt_str_add(s, text);
}

void tt_text_add_f64(tt_str *s, double v) { tt_text_add_element(s, &v, TTRT_DTYPE_FLOAT64); }

bool tt_text_f64(const char **at, double *out)
{
    const char *p = *at;
    char text[64];
    size_t n = 0;
    bool minus = *p == '-';

    if (strncmp(p + minus, "inf", 3) == 0 || strncmp(p + minus, "nan", 3) == 0) {
        *out = p[(int)minus] == 'n' ? NAN : minus ? -INFINITY : INFINITY;
        *at = p + minus + 3;
        return true;
    }
    while (n < sizeof text - 1 && (is_digit(p[n]) || (p[n] && strchr("+-.e", p[n]))))
        n++;
    if (n == sizeof text - 1 || !is_digit(p[(int)minus]))
        return false;
    memcpy(text, p, n);
    text[n] = 0;
    *out = read_f64(text);
    *at = p + n;
    return true;
}

bool tt_text_i64(const char **at, int64_t *out)
{
    const char *p = *at;
    bool minus = *p == '-';
    int64_t v = 0;

    p += minus;
    if (!is_digit(*p))
        return false;
    /* Built up below zero, where the range reaches one further. */
    for (; is_digit(*p); p++)
        if (!tt_mul_i64(v, 10, &v) || !tt_sub_i64(v, *p - '0', &v))
            return false;
    if (!minus && !tt_sub_i64(0, v, &v))
        return false;
    *out = v;
    *at = p;
    return true;
}
