/* Conversion as text: a graph in, a network out. */
#ifndef CONVERT_TEST_H
#define CONVERT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "convert/convert.h"

static inline void expect_ok(ttrt_status status)
{
    if (status != TTRT_OK)
        fail_msg("%s: %s [%s]", ttrt_status_name(status), ttrt_last_error()->what, ttrt_last_error()->where);
}

/* Text has no bytes of weights: they are set to zeros. */
static inline tt_graph *graph_of(const char *text)
{
    tt_graph *g = NULL;
    expect_ok(tt_graph_parse(text, &g));
    for (size_t i = 0; i < g->n_inputs; i++) {
        tt_weight *w = g->inputs[i].value ? g->inputs[i].value->weight : NULL;
        if (w == NULL)
            continue;
        w->bytes = ttrt_dtype_size(w->dtype);
        for (size_t d = 0; d < w->rank; d++)
            w->bytes *= (size_t)w->dims[d];
        w->data = tt_arena_alloc(g->arena, w->bytes + 1);
        assert_non_null(w->data);
    }
    return g;
}

static inline char *network_text(const tt_network *net)
{
    tt_str s = {0};
    expect_ok(tt_network_print(net, &s));
    return tt_str_take(&s);
}

/* The graph as a whole converts to this network; both are printed in one way before they are compared. */
static inline void expect_network(const char *graph, const char *network)
{
    tt_graph *g = graph_of(graph);
    tt_segment_io io;
    tt_network *net = NULL, *expected = NULL;
    expect_ok(tt_segment_io_find(g, TT_SEGMENT_ALL, &io));
    expect_ok(tt_convert_segment(g, TT_SEGMENT_ALL, &io, "main", &net));
    expect_ok(tt_network_verify(net));
    expect_ok(tt_network_parse(network, strlen(network), NULL, &expected));
    char *is = network_text(net), *should_be = network_text(expected);
    assert_string_equal(is, should_be);
    tt_free(is);
    tt_free(should_be);
    tt_network_free(expected);
    tt_network_free(net);
    tt_graph_free(g);
}

static inline bool takes_all(const tt_layer *l, tt_reason *why) { return true; }
static const tt_engine_iface any_engine = {.version = 1, .name = "any", .supports = takes_all};

/* The last node of the graph is refused, and the reason says so. */
static inline void expect_refusal(const char *graph, const char *reason)
{
    tt_graph *g = graph_of(graph);
    tt_reason why = {""};
    if (tt_node_supported(g, g->last, &any_engine, false, &why))
        fail_msg("not refused: %s", graph);
    if (!strstr(why.text, reason))
        fail_msg("\"%s\" does not say \"%s\"", why.text, reason);
    tt_graph_free(g);
}

#endif
