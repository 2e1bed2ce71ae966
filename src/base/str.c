/* The growing string. */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/checked.h"

/* Room for n more characters and the NUL. */
static bool reserve(tt_str *s, size_t n)
{
    size_t need;

    if (s->failed)
        return false;
    if (!tt_add_size(s->len, n, &need) || !tt_add_size(need, 1, &need)) {
        tt_fail(TTRT_ERR_MEMORY, "no memory for a text of %zu more bytes", n);
        s->failed = true;
        return false;
    }
    if (need <= s->cap)
        return true;
    size_t cap = s->cap < 64 ? 64 : s->cap;
    if (!tt_mul_size(cap, 2, &cap) || cap < need)
        cap = need;
    char *data = tt_realloc(s->data, cap);
    if (!data) {
        s->failed = true;
        return false;
    }
    s->data = data;
    s->cap = cap;
    return true;
}

void tt_str_add_n(tt_str *s, const char *text, size_t n)
{
    if (!reserve(s, n))
        return;
    if (n)
        memcpy(s->data + s->len, text, n);
    s->len += n;
    s->data[s->len] = 0;
}

void tt_str_add(tt_str *s, const char *text) { tt_str_add_n(s, text, strlen(text)); }

void tt_str_addv(tt_str *s, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0)
        s->failed = true;
    else if (reserve(s, (size_t)len)) {
        vsnprintf(s->data + s->len, (size_t)len + 1, fmt, again);
        s->len += (size_t)len;
    }
    va_end(again);
}

void tt_str_addf(tt_str *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tt_str_addv(s, fmt, args);
    va_end(args);
}

void tt_str_add_dims(tt_str *s, const int64_t *dims, size_t n)
{
    tt_str_add(s, "[");
    for (size_t i = 0; i < n; i++)
        tt_str_addf(s, "%s%lld", i ? ", " : "", (long long)dims[i]);
    tt_str_add(s, "]");
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629: shortest form, no surrogates), 0 where there is none. */
static size_t utf8_length(const unsigned char *p)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* JSON's short escapes, or 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

void tt_str_add_json(tt_str *s, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    tt_str_add_n(s, "\"", 1);
    while (*p) {
        size_t n = utf8_length(p);
        char e = short_escape(*p);
        if (e)
            tt_str_add_n(s, (const char[]){'\\', e}, 2);
        else if (*p < 0x20)
            tt_str_addf(s, "\\u%04x", *p);
        else if (n == 0) /* JSON is UTF-8: what is not becomes the replacement character */
            tt_str_add(s, "\\ufffd");
        else
            tt_str_add_n(s, (const char *)p, n);
        p += n ? n : 1;
    }
    tt_str_add_n(s, "\"", 1);
}

const char *tt_str_text(const tt_str *s) { return s->data ? s->data : ""; }

char *tt_str_take(tt_str *s)
{
    if (!s->failed)
        tt_str_add_n(s, "", 0); /* an empty text is a heap piece too */
    char *data = s->data;
    if (s->failed) {
        tt_free(data);
        data = NULL;
    }
    *s = (tt_str){0};
    return data;
}

ttrt_status tt_str_status(const tt_str *s)
{
    if (!s->failed)
        return TTRT_OK;
    /* Said again: other calls may have failed since the append did. */
    return tt_fail(TTRT_ERR_MEMORY, "no memory for a text that holds %zu bytes", s->len);
}

void tt_str_dispose(tt_str *s)
{
    tt_free(s->data);
    *s = (tt_str){0};
}
