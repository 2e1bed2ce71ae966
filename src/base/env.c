/* Environment variables, read once. Nothing here allocates through tt_alloc, which asks for TTRT_ALLOC_FAIL itself. */
#include "base/env.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static tt_env env;
static pthread_once_t env_once = PTHREAD_ONCE_INIT;
/* Names of variables that are no numbers; told once, after reading, since the log reads its own variable here. */
static const char *faulty[8];
static _Atomic size_t n_faulty;

static int64_t read_int(const char *name, int64_t fallback)
{
    const char *text = getenv(name);
    char *end;

    if (!text || !*text)
        return fallback;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (!*end && errno == 0)
        return v;
    size_t n = n_faulty;
    if (n < TT_COUNT(faulty)) {
        faulty[n] = name;
        n_faulty = n + 1;
    }
    return fallback;
}

/* Copied: a later setenv() would pull it away. Out of memory, it reads as unset. */
static const char *read_str(const char *name)
{
    const char *text = getenv(name);
    return text && *text ? strdup(text) : NULL;
}

static void read_all(void)
{
#define ENV_STR(field, name, help)           env.field = read_str(name);
#define ENV_INT(field, name, fallback, help) env.field = read_int(name, fallback);
#include "base/env.def"
#undef ENV_STR
#undef ENV_INT
}

const tt_env *tt_env_get(void)
{
    pthread_once(&env_once, read_all);
    if (atomic_load_explicit(&n_faulty, memory_order_relaxed) != 0)
        for (size_t n = atomic_exchange(&n_faulty, 0); n > 0; n--)
            tt_log(TTRT_LOG_WARNING, "env", "%s is not an integer; it is ignored", faulty[n - 1]);
    return &env;
}
