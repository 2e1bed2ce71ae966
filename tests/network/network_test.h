/* Networks as text, for tests. */
#ifndef NETWORK_TEST_H
#define NETWORK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "network/network.h"

static inline void expect_ok(ttrt_status status)
{
    if (status != TTRT_OK)
        fail_msg("%s: %s [%s]", ttrt_status_name(status), ttrt_last_error()->what, ttrt_last_error()->where);
}

static inline tt_network *parsed(const char *text)
{
    tt_network *net = NULL;

    expect_ok(tt_network_parse(text, strlen(text), NULL, &net));
    return net;
}

/* The caller's, tt_free(). */
static inline char *printed(const tt_network *net)
{
    tt_str s = {0};

    expect_ok(tt_network_print(net, &s));
    return tt_str_take(&s);
}

/* The network equals this text, read and printed again. */
static inline void expect_text(const tt_network *net, const char *text)
{
    tt_network *expected = parsed(text);
    char *a = printed(net), *b = printed(expected);

    expect_ok(tt_network_verify(net));
    assert_string_equal(a, b);
    tt_free(a);
    tt_free(b);
    tt_network_free(expected);
}

/* Text fails to parse, and the message says so. */
static inline void expect_refused(const char *text, const char *message)
{
    tt_network *net = NULL;

    assert_int_equal(tt_network_parse(text, strlen(text), NULL, &net), TTRT_ERR_FORMAT);
    if (!strstr(ttrt_last_error()->what, message))
        fail_msg("\"%s\" does not say \"%s\" of %s", ttrt_last_error()->what, message, text);
}

#endif
