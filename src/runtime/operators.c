/* The list of converters, as JSON. */
#include "runtime/runtime.h"

#include "convert/convert.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *text;

static void write_text(void)
{
    tt_str s = {0};

    tt_str_add(&s, "[");
    for (size_t i = 0; tt_converter_at(i); i++) {
        const tt_converter *c = tt_converter_at(i);
        tt_str_add(&s, i ? ", {\"operator\": " : "{\"operator\": ");
        tt_str_add_json(&s, c->name ? c->name : tt_op_at(c->op)->name);
        tt_str_add(&s, ", \"converter\": ");
        tt_str_add_json(&s, c->family);
        tt_str_addf(&s, ", \"dynamic\": %s}", c->dynamic ? "true" : "false");
    }
    tt_str_add(&s, "]");
    text = tt_str_take(&s);
}

const char *ttrt_operators(void)
{
    pthread_once(&once, write_text);
    return text ? text : "[]";
}
