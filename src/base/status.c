/* The thread's last error, and names of statuses. Texts sit in fixed per-thread buffers. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local tt_error_text error_text;
static _Thread_local ttrt_error error_view;

/* What a thread says is one line of printable text, whatever a foreign name in it holds; a cut never leaves half a
 * UTF-8 sequence, since Python and JSON want whole ones. */
static void tidy(char *text, size_t cap, int wanted)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    if (wanted < 0 || (size_t)wanted < cap)
        return;
    size_t end = strlen(text), start = end;
    while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        text[start - 1] = 0;
}

/* A text that is too long loses its middle: a foreign name may be of any length, and reasons stand behind names. */
static void shorten(char *text, size_t cap, const char *all, size_t len)
{
    static const char gap[] = " ... ";
    const size_t head = cap / 2 - sizeof gap;

    memcpy(text, all, head);
    text[head] = 0;
    tidy(text, head, (int)head);
    size_t n = strlen(text) + sizeof gap - 1;
    strcat(text, gap);
    const char *tail = all + len - (cap - 1 - n);
    while (((unsigned char)*tail & 0xc0) == 0x80)
        tail++;
    strcpy(text + n, tail);
}

static void format(char *text, size_t cap, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    int wanted = vsnprintf(text, cap, fmt, args);
    char *all = wanted >= 0 && (size_t)wanted >= cap ? malloc((size_t)wanted + 1) : NULL;
    if (all) {
        vsnprintf(all, (size_t)wanted + 1, fmt, again);
        shorten(text, cap, all, (size_t)wanted);
    }
    va_end(again);
    tidy(text, cap, all ? 0 : wanted);
    free(all);
}

ttrt_status tt_fail(ttrt_status status, const char *fmt, ...)
{
    char what[sizeof error_text.what]; /* the arguments may lie in the old text */
    va_list args;

    va_start(args, fmt);
    format(what, sizeof what, fmt, args);
    va_end(args);
    memcpy(error_text.what, what, sizeof what);
    error_text.where[0] = 0;
    error_text.hint[0] = 0;
    error_text.status = status;
    return status;
}

/* A second text goes behind the first: the lower function knew the place more exactly. */
static void append(char *text, size_t cap, const char *fmt, va_list args)
{
    char add[512];
    size_t len = strlen(text);

    format(add, sizeof add, fmt, args);
    int wanted = snprintf(text + len, cap - len, "%s%s", len ? "; " : "", add);
    tidy(text, cap, wanted < 0 ? wanted : (int)len + wanted);
}

ttrt_status tt_fail_where(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    append(error_text.where, sizeof error_text.where, fmt, args);
    va_end(args);
    return error_text.status;
}

ttrt_status tt_fail_hint(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    append(error_text.hint, sizeof error_text.hint, fmt, args);
    va_end(args);
    return error_text.status;
}

void tt_error_save(tt_error_text *to) { *to = error_text; }

ttrt_status tt_error_restore(const tt_error_text *from)
{
    error_text = *from;
    return from->status;
}

const ttrt_error *ttrt_last_error(void)
{
    error_view = (ttrt_error){
        .status = error_text.status,
        .what = error_text.what,
        .where = error_text.where,
        .hint = error_text.hint,
    };
    return &error_view;
}

const char *ttrt_status_name(ttrt_status status)
{
    switch (status) {
    case TTRT_OK:
        return "TTRT_OK";
    case TTRT_ERR_ARGUMENT:
        return "TTRT_ERR_ARGUMENT";
    case TTRT_ERR_MEMORY:
        return "TTRT_ERR_MEMORY";
    case TTRT_ERR_IO:
        return "TTRT_ERR_IO";
    case TTRT_ERR_FORMAT:
        return "TTRT_ERR_FORMAT";
    case TTRT_ERR_VERSION:
        return "TTRT_ERR_VERSION";
    case TTRT_ERR_UNSUPPORTED:
        return "TTRT_ERR_UNSUPPORTED";
    case TTRT_ERR_SHAPE:
        return "TTRT_ERR_SHAPE";
    case TTRT_ERR_DTYPE:
        return "TTRT_ERR_DTYPE";
    case TTRT_ERR_SMALL:
        return "TTRT_ERR_SMALL";
    case TTRT_ERR_DEVICE:
        return "TTRT_ERR_DEVICE";
    case TTRT_ERR_CANCELLED:
        return "TTRT_ERR_CANCELLED";
    case TTRT_ERR_INDEX:
        return "TTRT_ERR_INDEX";
    case TTRT_ERR_INTERNAL:
        return "TTRT_ERR_INTERNAL";
    }
    return "TTRT_ERR_UNKNOWN";
}

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

const char *ttrt_version(void)
{
    return TEXT(TTRT_VERSION_MAJOR) "." TEXT(TTRT_VERSION_MINOR) "." TEXT(TTRT_VERSION_PATCH);
}
