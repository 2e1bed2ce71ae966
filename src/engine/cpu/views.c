/* Strided views: what can be had from memory without moving it. */
#include <stdlib.h>

#include "engine/cpu/plan.h"

void tt_view_ordered(tt_view *v, tt_dtype dtype, int rank, const int64_t *dims, const int *order)
{
    int64_t stride = 1;

    v->dtype = dtype;
    v->rank = rank;
    for (int i = 0; i < rank; i++)
        v->dims[i] = dims[i];
    for (int i = rank - 1; i >= 0; i--) {
        int d = order ? order[i] : i;
        v->strides[d] = stride;
        stride *= dims[d] > 0 ? dims[d] : 1;
    }
}

void tt_view_contiguous(tt_view *v, tt_dtype dtype, int rank, const int64_t *dims)
{
    tt_view_ordered(v, dtype, rank, dims, NULL);
}

bool tt_view_is_contiguous(const tt_view *v)
{
    int64_t stride = 1;

    if (tt_view_count(v) == 0)
        return true;
    for (int i = v->rank - 1; i >= 0; i--) {
        if (v->dims[i] != 1 && v->strides[i] != stride)
            return false;
        stride *= v->dims[i];
    }
    return true;
}

void tt_view_memory_order(const tt_view *v, int *order)
{
    for (int i = 0; i < v->rank; i++)
        order[i] = i;
    for (int i = 1; i < v->rank; i++)
        for (int k = i; k > 0; k--) {
            int outer = order[k - 1], inner = order[k];
            if (v->dims[inner] == 1 || v->dims[outer] == 1 || llabs(v->strides[outer]) >= llabs(v->strides[inner]))
                break;
            order[k - 1] = inner;
            order[k] = outer;
        }
}

bool tt_view_collapse(const tt_view *v, int from, int to, int64_t *stride)
{
    int64_t inner = 0, span = 1; /* of the dimensions seen so far, from the right */
    bool any = false;

    for (int i = to - 1; i >= from; i--) {
        if (v->dims[i] == 1)
            continue;
        if (!any)
            inner = v->strides[i];
        else if (v->strides[i] != inner * span)
            return false;
        any = true;
        span *= v->dims[i];
    }
    *stride = inner;
    return true;
}

/* Groups dimensions of both shapes into runs of equal size; each run of the source must collapse to one stride. */
bool tt_view_reshape(const tt_view *v, int rank, const int64_t *dims, tt_view *out)
{
    tt_view r = {.dtype = v->dtype, .rank = rank};
    int i = 0, j = 0;

    for (int d = 0; d < rank; d++)
        r.dims[d] = dims[d];
    if (tt_view_count(v) == 0 || tt_view_is_contiguous(v)) {
        tt_view_contiguous(&r, v->dtype, rank, dims);
        *out = r;
        return true;
    }
    while (i < v->rank || j < rank) {
        int i0 = i, j0 = j;
        int64_t a = i < v->rank ? v->dims[i++] : 1, b = j < rank ? dims[j++] : 1, stride;

        while (a != b) {
            if (a < b && i < v->rank)
                a *= v->dims[i++];
            else if (a > b && j < rank)
                b *= dims[j++];
            else
                return false;
        }
        if (!tt_view_collapse(v, i0, i, &stride))
            return false;
        for (int d = j - 1; d >= j0; d--) {
            r.strides[d] = stride;
            stride *= dims[d];
        }
    }
    *out = r;
    return true;
}

void tt_view_broadcast(const tt_view *v, const int64_t *dims, tt_view *out)
{
    *out = *v;
    for (int i = 0; i < v->rank; i++) {
        if (v->dims[i] == 1 && dims[i] != 1)
            out->strides[i] = 0;
        out->dims[i] = dims[i];
    }
}
