#include "engine/cpu/kernels/walk.h"

#include <stdlib.h>
#include <string.h>

void tt_walk_init(tt_walk *w, int rank, const int64_t *dims)
{
    w->rank = rank;
    w->n = 0;
    for (int d = 0; d < rank; d++)
        w->dims[d] = dims[d];
}

/* The stride of a dimension of 1 or 0 may be anything. */
void tt_walk_add(tt_walk *w, const int64_t *strides, size_t size)
{
    for (int d = 0; d < w->rank; d++)
        w->steps[w->n][d] = (int64_t)((uint64_t)strides[d] * size);
    w->n++;
}

static void copy_dim(tt_walk *w, int to, int from)
{
    w->dims[to] = w->dims[from];
    for (int o = 0; o < w->n; o++)
        w->steps[o][to] = w->steps[o][from];
}

void tt_walk_move(tt_walk *w, int from, int to)
{
    tt_walk was = *w;
    int next = 0;
    for (int d = 0; d < w->rank; d++) {
        int take = d == to ? from : (next == from ? ++next : next);
        w->dims[d] = was.dims[take];
        for (int o = 0; o < w->n; o++)
            w->steps[o][d] = was.steps[o][take];
        next += d != to;
    }
}

void tt_walk_sort(tt_walk *w)
{
    for (int d = 1; d < w->rank; d++) {
        int to = d;
        while (to > 0 && llabs(w->steps[0][to - 1]) < llabs(w->steps[0][d]))
            to--;
        if (to != d)
            tt_walk_move(w, d, to);
    }
}

static bool can_merge(const tt_walk *w, int outer, int inner)
{
    for (int o = 0; o < w->n; o++)
        if (w->steps[o][outer] != w->steps[o][inner] * w->dims[inner])
            return false;
    return true;
}

void tt_walk_merge(tt_walk *w)
{
    int rank = 0;
    for (int d = 0; d < w->rank; d++) {
        if (w->dims[d] == 0) {
            w->dims[0] = 0;
            w->rank = 1;
            return;
        }
        if (w->dims[d] == 1)
            continue;
        if (rank > 0 && can_merge(w, rank - 1, d)) {
            int64_t outer = w->dims[rank - 1];
            copy_dim(w, rank - 1, d);
            w->dims[rank - 1] *= outer;
        } else {
            copy_dim(w, rank++, d);
        }
    }
    if (rank == 0) {
        w->dims[0] = 1;
        for (int o = 0; o < w->n; o++)
            w->steps[o][0] = 0;
    }
    w->rank = rank > 0 ? rank : 1;
}

int64_t tt_walk_count(const tt_walk *w, int rank)
{
    int64_t n = 1;
    for (int d = 0; d < rank; d++)
        n *= w->dims[d];
    return n;
}

void tt_cursor_seek(tt_cursor *c, const tt_walk *w, int rank, int64_t linear)
{
    c->rank = rank;
    memset(c->offset, 0, sizeof c->offset[0] * (size_t)w->n);
    for (int d = rank - 1; d >= 0; d--) {
        c->at[d] = 0;
        if (linear == 0) /* also in an empty space, which has no other place */
            continue;
        c->at[d] = linear % w->dims[d];
        linear /= w->dims[d];
        for (int o = 0; o < w->n; o++)
            c->offset[o] += c->at[d] * w->steps[o][d];
    }
}

int64_t tt_view_count(const tt_view *v)
{
    int64_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n *= v->dims[d];
    return n;
}
