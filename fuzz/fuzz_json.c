/* The JSON of an ExportedProgram. What is read is printed as text that reads back, written as JSON, and compiled. */
#include "fuzz.h"

#include <string.h>

#include "program/pt2_impl.h"

static void read_back(const tt_graph *g)
{
    tt_str first = {0}, second = {0};
    tt_graph *again = NULL;

    if (tt_graph_print(g, &first) == TTRT_OK && tt_graph_parse(tt_str_text(&first), &again) == TTRT_OK &&
        tt_graph_print(again, &second) == TTRT_OK)
        fuzz_check(strcmp(tt_str_text(&first), tt_str_text(&second)) == 0, "a printed graph reads back as itself");
    tt_graph_free(again);
    tt_str_dispose(&first);
    tt_str_dispose(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tt_graph *g;
    tt_pt2_info *info;
    json_t *json;

    if (tt_pt2_read_json((const char *)data, size, "fuzz", NULL, NULL, &g, &info) != TTRT_OK)
        return 0;
    read_back(g);
    if (fuzz_fill_weights(g) == TTRT_OK) {
        if (tt_pt2_program_json(g, info, &json) == TTRT_OK)
            json_decref(json);
        fuzz_compile_graph(g, (unsigned)size);
    }
    tt_graph_free(g);
    return 0;
}
