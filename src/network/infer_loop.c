/* Inference of layers that own networks. */
#include "network/infer.h"

static ttrt_status takes(tt_infer *c, const tt_network *sub, const char *what)
{
    TT_RULE(sub, "it has no %s", what);
    TT_RULE(sub->n_inputs == c->layer->n_in, "%d inputs for a %s of %d", c->layer->n_in, what, sub->n_inputs);
    for (int i = 0; i < sub->n_inputs; i++) {
        const tt_tensor *formal = sub->inputs[i], *given = c->layer->in[i];
        TT_RULE(!formal->is_dim, "input %d of its %s is a dimension", i, what);
        TT_RULE(formal->dtype == given->dtype && formal->rank == given->rank,
                "input %d is %s of rank %d, its %s takes %s of rank %d", i, ttrt_dtype_name(given->dtype), given->rank,
                what, ttrt_dtype_name(formal->dtype), formal->rank);
        for (int d = 0; d < given->rank; d++)
            TT_TRY(tt_infer_equal(c, "sizes of an input", given->dims[d], formal->dims[d], NULL));
    }
    return TTRT_OK;
}

static ttrt_status tells(tt_infer *c, const tt_network *condition)
{
    TT_RULE(condition->n_outputs == 1, "its condition has %d results", condition->n_outputs);
    TT_RULE(condition->outputs[0]->dtype == TTRT_DTYPE_BOOL && condition->outputs[0]->rank == 0,
            "its condition is %s of rank %d, expected bool of rank 0", ttrt_dtype_name(condition->outputs[0]->dtype),
            condition->outputs[0]->rank);
    return TTRT_OK;
}

static ttrt_status carries(tt_infer *c, const tt_network *body)
{
    TT_RULE(body->n_outputs >= 1 && body->n_outputs <= c->layer->n_in, "%d inputs, and %d results of its body",
            c->layer->n_in, body->n_outputs);
    for (int i = 0; i < body->n_outputs; i++) {
        const tt_tensor *made = body->outputs[i], *carried = c->layer->in[i];
        TT_RULE(made->dtype == carried->dtype && made->rank == carried->rank,
                "carried value %d is %s of rank %d, its body makes %s of rank %d", i, ttrt_dtype_name(carried->dtype),
                carried->rank, ttrt_dtype_name(made->dtype), made->rank);
        for (int d = 0; d < carried->rank; d++)
            TT_TRY(tt_infer_equal(c, "sizes of a carried value", carried->dims[d], made->dims[d], NULL));
    }
    return TTRT_OK;
}

ttrt_status tt_infer_layer_loop(tt_infer *c)
{
    const tt_loop_attrs *a = &c->layer->attrs.loop;

    TT_TRY(takes(c, a->condition, "condition"));
    TT_TRY(takes(c, a->body, "body"));
    TT_TRY(tells(c, a->condition));
    TT_TRY(carries(c, a->body));
    c->n_out = a->body->n_outputs;
    c->passes = true;
    return TTRT_OK;
}
