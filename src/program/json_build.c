/* Building JSON with one check at the end. */
#include "program/pt2_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void no_memory(tt_pt2_writer *w)
{
    if (w->status == TTRT_OK)
        w->status = tt_fail(TTRT_ERR_MEMORY, "no memory for the program's JSON");
}

void tt_pt2_set(tt_pt2_writer *w, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        no_memory(w);
}

void tt_pt2_push(tt_pt2_writer *w, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        no_memory(w);
}

json_t *tt_pt2_one(tt_pt2_writer *w, const char *key, json_t *value)
{
    json_t *object = json_object();
    tt_pt2_set(w, object, key, value);
    return object;
}

json_t *tt_pt2_float(double f)
{
    if (isnan(f))
        return json_string("NaN");
    if (isinf(f))
        return json_string(f < 0 ? "-Infinity" : "Infinity");
    return json_real(f);
}

json_t *tt_pt2_device_json(tt_pt2_writer *w, const char *device)
{
    json_t *object = json_object();
    const char *colon = strchr(device, ':');
    tt_pt2_set(w, object, "type", json_stringn(device, colon ? (size_t)(colon - device) : strlen(device)));
    tt_pt2_set(w, object, "index", colon ? json_integer(atoi(colon + 1)) : json_null());
    return object;
}
