/* The log: levels by room, one line a call, to standard error or the host's function. */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/reader.h"

#define MAX_ROOMS   32
#define ONCE_SLOTS  1024
#define LEVEL_UNSET (-1)

static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* What TTRT_LOG says; filled once. A room named there keeps its level whatever ttrt_set_log() says. */
static struct {
    char name[24];
    int level;
} rooms[MAX_ROOMS];
static int n_rooms;
static _Atomic int general_level = LEVEL_UNSET;
static pthread_once_t levels_once = PTHREAD_ONCE_INIT;

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static ttrt_log_fn sink;
static void *sink_user;
static _Thread_local bool inside; /* a sink that makes the library log would come back here with the lock held */

static _Atomic uint64_t logged[ONCE_SLOTS];

/* One write() a line, so that lines of threads and processes do not mix. */
static void to_stderr(ttrt_log_level level, const char *room, const char *text)
{
    char line[2304];
    int len = snprintf(line, sizeof line, "torchtrt: %s: [%s] %s", level_names[level], room, text);

    if (len < 0)
        return;
    len = (size_t)len < sizeof line - 1 ? len : (int)sizeof line - 2;
    line[len++] = '\n';
    /* Where standard error is closed or full there is nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line, (size_t)len);
    (void)written;
}

static void say(ttrt_log_level level, const char *room, const char *text)
{
    if (inside)
        return;
    inside = true;
    pthread_mutex_lock(&sink_lock);
    if (sink)
        sink(sink_user, level, room, text);
    else
        to_stderr(level, room, text);
    pthread_mutex_unlock(&sink_lock);
    inside = false;
}

static int level_from(const char *text, size_t len)
{
    for (size_t i = 0; i < TT_COUNT(level_names); i++)
        if (strlen(level_names[i]) == len && memcmp(level_names[i], text, len) == 0)
            return (int)i;
    return LEVEL_UNSET;
}

/* "debug" or "convert:debug". False: neither. */
static bool take_setting(const char *text, size_t len, int *general)
{
    const char *colon = memchr(text, ':', len);

    if (!colon) {
        int level = level_from(text, len);
        *general = level != LEVEL_UNSET ? level : *general;
        return level != LEVEL_UNSET;
    }
    size_t name_len = (size_t)(colon - text);
    int level = level_from(colon + 1, len - name_len - 1);
    if (level == LEVEL_UNSET || name_len == 0 || name_len >= sizeof rooms[0].name || n_rooms == MAX_ROOMS)
        return false;
    memcpy(rooms[n_rooms].name, text, name_len);
    rooms[n_rooms++].level = level;
    return true;
}

/* A child of fork has only the thread that called it; the lock may have been another's. */
static void after_fork(void)
{
    sink_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    inside = false;
}

static void levels_read(void)
{
    const char *setting = tt_env_get()->log, *wrong = NULL;
    int level = LEVEL_UNSET, wrong_len = 0;

    pthread_atfork(NULL, NULL, after_fork);
    while (setting && *setting) {
        size_t len = strcspn(setting, ",");
        if (len && !take_setting(setting, len, &level)) {
            wrong = setting;
            wrong_len = len < 100 ? (int)len : 100;
        }
        setting += len + (setting[len] == ',');
    }
    int unset = LEVEL_UNSET;
    atomic_compare_exchange_strong(&general_level, &unset, level == LEVEL_UNSET ? TTRT_LOG_WARNING : level);
    if (wrong) {
        char text[200];
        snprintf(text, sizeof text, "TTRT_LOG: \"%.*s\" is no level and no room:level", wrong_len, wrong);
        say(TTRT_LOG_WARNING, "env", text);
    }
}

static void levels_ready(void)
{
    tt_env_get(); /* it may log itself: not inside levels_read(), which must have run by then */
    pthread_once(&levels_once, levels_read);
}

bool tt_log_on(ttrt_log_level level, const char *room)
{
    levels_ready();
    for (int i = 0; i < n_rooms; i++)
        if (strcmp(rooms[i].name, room) == 0)
            return (int)level <= rooms[i].level;
    return (int)level <= atomic_load_explicit(&general_level, memory_order_relaxed);
}

/* A printed graph is many lines of log. */
static void say_lines(ttrt_log_level level, const char *room, char *text)
{
    for (char *line = text, *end; line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (end)
            *end = 0;
        if (*line || (line == text && !end)) /* no line for a newline at the end */
            say(level, room, line);
    }
}

static void say_formatted(ttrt_log_level level, const char *room, const char *fmt, va_list args)
{
    char brief[2048], *text = brief;
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(brief, sizeof brief, fmt, args);
    if (len >= (int)sizeof brief) {
        tt_error_text error;
        tt_error_save(&error); /* logging leaves the last error alone */
        char *all = tt_alloc((size_t)len + 1);
        tt_error_restore(&error);
        if (all) {
            vsnprintf(all, (size_t)len + 1, fmt, again);
            text = all;
        }
    }
    va_end(again);
    if (len >= 0)
        say_lines(level, room, text);
    if (text != brief)
        tt_free(text);
}

void tt_log(ttrt_log_level level, const char *room, const char *fmt, ...)
{
    va_list args;

    if (!tt_log_on(level, room))
        return;
    va_start(args, fmt);
    say_formatted(level, room, fmt, args);
    va_end(args);
}

/* True for the first caller with this text. A full table tells all lines. */
static bool first_time(const char *room, const char *text)
{
    uint8_t id[2][16];
    uint64_t key[2];

    tt_hash128(text, strlen(text), id[0]);
    tt_hash128(room, strlen(room), id[1]);
    memcpy(&key[0], id[0], sizeof key[0]);
    memcpy(&key[1], id[1], sizeof key[1]);
    uint64_t wanted = (key[0] ^ (key[1] << 1 | key[1] >> 63)) | 1; /* 0 is a free slot */
    for (size_t i = 0; i < ONCE_SLOTS; i++) {
        _Atomic uint64_t *slot = &logged[((wanted >> 8) + i) % ONCE_SLOTS];
        uint64_t seen = 0;
        if (atomic_compare_exchange_strong(slot, &seen, wanted))
            return true;
        if (seen == wanted)
            return false;
    }
    return true;
}

void tt_log_once(ttrt_log_level level, const char *room, const char *fmt, ...)
{
    char text[2048];
    va_list args;

    if (!tt_log_on(level, room))
        return;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len >= 0 && first_time(room, text))
        say_lines(level, room, text);
}

void ttrt_set_log(ttrt_log_fn fn, void *user, ttrt_log_level level)
{
    levels_ready();
    pthread_mutex_lock(&sink_lock);
    sink = fn;
    sink_user = user;
    pthread_mutex_unlock(&sink_lock);
    atomic_store(&general_level, (int)level);
}
