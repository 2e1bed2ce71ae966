/* What the tests of src/base share. */
#ifndef TT_BASE_TEST_H
#define TT_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != TTRT_OK)                                                                                         \
            fail_msg("%s: %s (%s)", #call, ttrt_last_error()->what, ttrt_last_error()->where);                         \
    } while (0)

/* The call fails with this status, and what or where holds the text. */
#define assert_fails(expected, text, call)                                                                             \
    do {                                                                                                               \
        tt_fail(TTRT_ERR_INTERNAL, "nothing said");                                                                    \
        assert_int_equal(call, expected);                                                                              \
        assert_int_equal(ttrt_last_error()->status, expected);                                                         \
        if (!strstr(ttrt_last_error()->what, text) && !strstr(ttrt_last_error()->where, text))                         \
            fail_msg("\"%s\" is in neither \"%s\" nor \"%s\"", text, ttrt_last_error()->what,                          \
                     ttrt_last_error()->where);                                                                        \
    } while (0)

/* A fresh folder for one test; removed with all that is in it. */
static inline void temp_folder(char *path, size_t cap)
{
    const char *base = getenv("TMPDIR");
    snprintf(path, cap, "%s/ttrt-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
}

static inline void remove_folder(const char *path)
{
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

#endif
