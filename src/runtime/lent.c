/* Memory that a caller lends for longer than a call: released once by the library, but not when the call fails. */
#include "runtime/runtime.h"

struct tt_lent {
    void (*release)(void *user); /* NULL until armed */
    void (*wanted)(void *user);
    void *user;
};

static void lent_release(void *user)
{
    tt_lent *l = user;

    if (l->release)
        l->release(l->user);
    tt_free(l);
}

ttrt_status tt_lent_wrap(const void *data, size_t size, void (*release)(void *user), void *user, tt_mapping **out,
                         tt_lent **lent)
{
    tt_lent *l = tt_calloc(1, sizeof *l);

    if (!l)
        return TTRT_ERR_MEMORY;
    l->wanted = release;
    l->user = user;
    ttrt_status status = tt_mapping_wrap(data, size, lent_release, l, out);
    if (status != TTRT_OK) {
        tt_free(l);
        return status;
    }
    *lent = l;
    return TTRT_OK;
}

void tt_lent_arm(tt_lent *lent) { lent->release = lent->wanted; }
