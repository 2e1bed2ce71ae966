/* Conversions of type, operators that change nothing an engine sees, and those that need no layer. */
#include "convert/formula.h"

#include <string.h>

/* clone, contiguous, to.*: memory formats mean nothing to an engine. */
ttrt_status tt_convert_to(tt_convert *c, const tt_node *n, tt_tensor **out)
{
    return tt_f_finish(c, n, 0, tt_f_arg(c, n, 0, tt_out_dtype(n), 0), out);
}

/* "cuda:0" and "cuda:1" are of one kind; which one an engine runs on is settled for all of it. */
static bool same_device_kind(const char *a, const char *b)
{
    size_t length = strcspn(a, ":");
    return strncmp(a, b, length) == 0 && (b[length] == '\0' || b[length] == ':');
}

bool tt_to_accepts(const tt_node *n, tt_reason *why)
{
    const char *from = n->args[0].value->device, *to = n->outs[0]->device;
    return !from || !to || same_device_kind(from, to) || tt_refuse(why, "moves from %s to %s", from, to);
}

/* Integers computed from shapes are expressions wherever they are used; assertions on them were proven when exporting.
 */
ttrt_status tt_convert_nothing(tt_convert *c, const tt_node *n, tt_tensor **out) { return TTRT_OK; }
