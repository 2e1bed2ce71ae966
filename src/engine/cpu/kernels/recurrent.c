/* The gates of recurrent networks. */
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/kernels/vecmath.h"

static inline vf load(const float *p, int64_t left) { return left < TT_VL ? vf_load_n(p, left) : vf_load(p); }

static inline void store(float *p, vf v, int64_t left)
{
    if (left < TT_VL)
        vf_store_n(p, v, left);
    else
        vf_store(p, v);
}

/* Gate k of unit i. */
#define GATE(k) (load(x + (k)*n + i, n - i) + load(g + (k)*n + i, n - i))

static void lstm(float *h, float *c, const float *x, const float *g, int64_t n)
{
    for (int64_t i = 0; i < n; i += TT_VL) {
        vf in = vf_sigmoid(GATE(0)), forget = vf_sigmoid(GATE(1)), cell = vf_tanh(GATE(2)), out = vf_sigmoid(GATE(3));
        vf state = vf_fma(forget, load(c + i, n - i), in * cell);
        store(c + i, state, n - i);
        store(h + i, out * vf_tanh(state), n - i);
    }
}

static void gru(float *h, const float *x, const float *g, int64_t n)
{
    for (int64_t i = 0; i < n; i += TT_VL) {
        vf reset = vf_sigmoid(GATE(0)), update = vf_sigmoid(GATE(1));
        vf fresh = vf_tanh(vf_fma(reset, load(g + 2 * n + i, n - i), load(x + 2 * n + i, n - i)));
        store(h + i, vf_fma(update, load(h + i, n - i) - fresh, fresh), n - i);
    }
}

static void rnn_tanh(float *h, const float *x, const float *g, int64_t n)
{
    for (int64_t i = 0; i < n; i += TT_VL)
        store(h + i, vf_tanh(GATE(0)), n - i);
}

static void rnn_relu(float *h, const float *x, const float *g, int64_t n)
{
    for (int64_t i = 0; i < n; i += TT_VL)
        store(h + i, vf_max_nan(GATE(0), vf_set(0)), n - i);
}

void TT_FOR_ISA(tt_recurrent_fill)(tt_kernels *k)
{
    k->recurrent.lstm = lstm;
    k->recurrent.gru = gru;
    k->recurrent.tanh = rnn_tanh;
    k->recurrent.relu = rnn_relu;
}
