#include "base/checked.h"

bool tt_count_elems(const int64_t *dims, size_t n, int64_t *out)
{
    int64_t count = 1;
    bool overflow = false, empty = false;

    /* A zero makes the product zero, however large the others are. */
    for (size_t i = 0; i < n; i++) {
        if (dims[i] < 0)
            return false;
        empty |= dims[i] == 0;
        overflow |= !empty && !tt_mul_i64(count, dims[i], &count);
    }
    if (empty)
        count = 0;
    else if (overflow)
        return false;
    *out = count;
    return true;
}
