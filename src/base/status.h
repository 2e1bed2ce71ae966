/* Statuses and the thread's last error. The text lives in fixed per-thread buffers, so running out of memory can be
 * told too. */
#ifndef TT_STATUS_H
#define TT_STATUS_H

#include <stdbool.h>

#include "torchtrt/base.h"

#define TT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Records a failure of this thread and returns `status`. One line, no "failed to". Clears where and hint. */
ttrt_status tt_fail(ttrt_status status, const char *fmt, ...) TT_PRINTF(2, 3);
/* Adds to the failure just recorded; both return its status, so that they can end a chain. */
ttrt_status tt_fail_where(const char *fmt, ...) TT_PRINTF(1, 2);
ttrt_status tt_fail_hint(const char *fmt, ...) TT_PRINTF(1, 2);
/* Copies this thread's failure to `to`, and one thread's to another (worker threads hand theirs to the caller). */
typedef struct tt_error_text {
    ttrt_status status;
    char what[1024], where[512], hint[512];
} tt_error_text;
void tt_error_save(tt_error_text *to);
ttrt_status tt_error_restore(const tt_error_text *from);

/* Passes a failure up untouched: the lowest message knows most. */
#define TT_TRY(call)                                                                                                   \
    do {                                                                                                               \
        ttrt_status tt_try_status_ = (call);                                                                           \
        if (tt_try_status_ != TTRT_OK)                                                                                 \
            return tt_try_status_;                                                                                     \
    } while (0)
/* The same in functions with one exit: needs `ttrt_status status` and the label `done`. */
#define TT_TRY_DONE(call)                                                                                              \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != TTRT_OK)                                                                                         \
            goto done;                                                                                                 \
    } while (0)
#define TT_FAIL(status, ...) return tt_fail(status, __VA_ARGS__)
/* Public arguments: checked in every build. */
#define TT_CHECK_ARG(cond)                                                                                             \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            return tt_fail(TTRT_ERR_ARGUMENT, "%s: argument check failed: %s", __func__, #cond);                       \
    } while (0)
/* Internal invariants: stop a debug build, return TTRT_ERR_INTERNAL in a release. Bad input reaches none. */
#ifdef TT_DEBUG
#define TT_INVARIANT(cond)                                                                                             \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            __builtin_trap();                                                                                          \
    } while (0)
#else
#define TT_INVARIANT(cond)                                                                                             \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            return tt_fail(TTRT_ERR_INTERNAL, "internal: %s at %s:%d", #cond, __FILE__, __LINE__);                     \
    } while (0)
#endif

#define TT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
