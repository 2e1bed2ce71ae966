/* The per-level entries of recurrent networks: a step of one row, n hidden units. x and g are the gates, [gate][n]:
 * their part of the step's input and their part of the last state, to be added. All f32. */
#ifndef TT_CPU_RECURRENT_KERNELS_H
#define TT_CPU_RECURRENT_KERNELS_H

#include "engine/cpu/kernels/kernels.h"

struct tt_recurrent_kernels {
    void (*lstm)(float *h, float *c, const float *x, const float *g,
                 int64_t n);                                          /* c: the last cell state, then the new */
    void (*gru)(float *h, const float *x, const float *g, int64_t n); /* h: the last state, then the new */
    void (*tanh)(float *h, const float *x, const float *g, int64_t n);
    void (*relu)(float *h, const float *x, const float *g, int64_t n);
};

#endif
