/* The text of graphs: what is read prints as text that reads back as the same, and compiles. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tt_arena *arena = tt_arena_new();
    char *text = arena ? tt_arena_strndup(arena, (const char *)data, size) : NULL;
    tt_str first = {0}, second = {0};
    tt_graph *g = NULL, *again = NULL;

    if (text && tt_graph_parse(text, &g) == TTRT_OK) {
        if (tt_graph_print(g, &first) == TTRT_OK) {
            fuzz_check(tt_graph_parse(tt_str_text(&first), &again) == TTRT_OK, "a printed graph reads back");
            /* What is no UTF-8 is replaced in print. */
            if (tt_graph_print(again, &second) == TTRT_OK && !strstr(tt_str_text(&first), "\\ufffd"))
                fuzz_check(strcmp(tt_str_text(&first), tt_str_text(&second)) == 0, "a graph reads back as itself");
        }
        /* Readers of files verify what they read; this one is for tests. */
        if (tt_graph_verify(g) == TTRT_OK && fuzz_fill_weights(g) == TTRT_OK)
            fuzz_compile_graph(g, (unsigned)size);
    }
    tt_graph_free(again);
    tt_graph_free(g);
    tt_str_dispose(&first);
    tt_str_dispose(&second);
    tt_arena_free(arena);
    return 0;
}
