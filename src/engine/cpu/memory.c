/* Where buffers lie. Scratch memory is shared: two buffers may overlap unless some step needs both. */
#include <stdlib.h>

#include "engine/cpu/memory.h"

#define ALIGNMENT 64

static size_t align_up(size_t n) { return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static void touch(tt_plan *plan, tt_operand o, int step)
{
    if (o.buffer < 0)
        return;
    tt_buffer *buffer = &plan->buffers[o.buffer];
    if (buffer->first < 0)
        buffer->first = step;
    buffer->last = step;
}

static void find_lifetimes(tt_plan *plan)
{
    for (int i = 0; i < plan->n_buffers; i++)
        plan->buffers[i].first = plan->buffers[i].last = -1;
    for (int i = 0; i < plan->n_steps; i++) {
        const tt_step *s = plan->steps[i];

        for (int k = 0; k < s->n_in; k++)
            touch(plan, s->in[k], i);
        for (int k = 0; k < s->n_out; k++)
            touch(plan, s->out[k], i);
        touch(plan, s->scratch, i);
    }
}

static int by_bytes(const void *pa, const void *pb)
{
    const tt_buffer *a = *(tt_buffer *const *)pa, *b = *(tt_buffer *const *)pb;

    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return a->first != b->first ? (a->first < b->first ? -1 : 1) : (a < b ? -1 : a > b);
}

static int by_offset(const void *pa, const void *pb)
{
    const tt_buffer *a = *(tt_buffer *const *)pa, *b = *(tt_buffer *const *)pb;

    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* The lowest gap that holds `buffer` among those placed whose lifetimes meet its own. */
static size_t find_gap(tt_buffer **placed, size_t n, tt_buffer **meeting, const tt_buffer *buffer)
{
    size_t n_meeting = 0, at = 0;

    for (size_t i = 0; i < n; i++)
        if (placed[i]->first <= buffer->last && buffer->first <= placed[i]->last)
            meeting[n_meeting++] = placed[i];
    qsort(meeting, n_meeting, sizeof *meeting, by_offset);
    for (size_t i = 0; i < n_meeting; i++) {
        if (meeting[i]->offset >= at + align_up(buffer->bytes))
            break;
        size_t end = meeting[i]->offset + align_up(meeting[i]->bytes);
        at = end > at ? end : at;
    }
    return at;
}

ttrt_status tt_plan_place_buffers(tt_plan *plan, int n_static)
{
    ttrt_status status = TTRT_OK;
    size_t count = (size_t)plan->n_buffers, n = 0;
    tt_buffer **order = tt_calloc(count + 1, sizeof *order), **meeting = tt_calloc(count + 1, sizeof *meeting);

    if (!order || !meeting) {
        status = TTRT_ERR_MEMORY;
        goto done;
    }
    find_lifetimes(plan);
    for (int i = 0; i < plan->n_buffers; i++) {
        tt_buffer *buffer = &plan->buffers[i];

        if (buffer->space != TT_SPACE_SCRATCH || buffer->first < 0)
            continue;
        if (buffer->first < n_static && buffer->last >= n_static) { /* made once, read by every run */
            buffer->space = TT_SPACE_STATIC;
            buffer->offset = plan->static_bytes;
            plan->static_bytes += align_up(buffer->bytes);
        } else {
            order[n++] = buffer;
        }
    }
    qsort(order, n, sizeof *order, by_bytes);
    for (size_t i = 0; i < n; i++) {
        order[i]->offset = find_gap(order, i, meeting, order[i]);
        size_t end = order[i]->offset + align_up(order[i]->bytes);
        plan->scratch_bytes = end > plan->scratch_bytes ? end : plan->scratch_bytes;
    }
done:
    tt_free(order);
    tt_free(meeting);
    return status;
}
