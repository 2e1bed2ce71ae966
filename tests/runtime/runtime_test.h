/* What the tests of the runtime share. Programs come from data/, see data/make.py. */
#ifndef RUNTIME_TEST_H
#define RUNTIME_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/runtime.h"

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != TTRT_OK)                                                                                         \
            fail_msg("%s: %s: %s (%s)", #call, ttrt_status_name(ttrt_last_error()->status), ttrt_last_error()->what,   \
                     ttrt_last_error()->where);                                                                        \
    } while (0)
#define assert_fails(call, wanted, text)                                                                               \
    do {                                                                                                               \
        assert_int_equal(call, wanted);                                                                                \
        if (!strstr(ttrt_last_error()->what, text))                                                                    \
            fail_msg("%s: the message is \"%s\", \"%s\" is wanted", #call, ttrt_last_error()->what, text);             \
    } while (0)

static inline const char *data_path(const char *name)
{
    static _Thread_local char path[4096];

    snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    return path;
}

static inline const char *temporary_path(const char *name)
{
    static _Thread_local char path[4096];
    const char *folder = getenv("TMPDIR");

    snprintf(path, sizeof path, "%s/torchtrt-%d-%s", folder ? folder : "/tmp", (int)getpid(), name);
    return path;
}

static inline ttrt_tensor read_tensor(const char *name)
{
    ttrt_tensor t = TTRT_TENSOR_INIT;

    assert_ok(ttrt_tensor_read_npy(data_path(name), &t));
    return t;
}

/* float32 ones within 1e-5 of each other, others bit by bit. */
static inline void assert_tensor(const ttrt_tensor *got, const char *name)
{
    ttrt_tensor wanted = read_tensor(name);

    assert_int_equal(got->dtype, wanted.dtype);
    assert_int_equal(got->rank, wanted.rank);
    assert_memory_equal(got->dims, wanted.dims, (size_t)wanted.rank * sizeof *wanted.dims);
    for (int64_t i = 0; i < ttrt_tensor_count(&wanted); i++) {
        if (wanted.dtype == TTRT_DTYPE_FLOAT32)
            assert_float_equal(((float *)got->data)[i], ((float *)wanted.data)[i], 1e-5);
        else
            assert_memory_equal((char *)got->data + (size_t)i * ttrt_dtype_size(got->dtype),
                                (char *)wanted.data + (size_t)i * ttrt_dtype_size(got->dtype),
                                ttrt_dtype_size(got->dtype));
    }
    ttrt_tensor_dispose(&wanted);
}

#endif
