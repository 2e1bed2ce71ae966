/* Elementary functions on vectors of floats: the whole range (NaN, infinities, denormals), errors of 1 to 3 ulp. */
#ifndef TT_CPU_VECMATH_H
#define TT_CPU_VECMATH_H

#include "engine/cpu/kernels/vec.h"

/* exp(r) - 1 - r for |r| <= ln(2) / 2. */
static inline vf vf_exp_tail(vf r)
{
    vf p = vf_set(1.98527617612853646e-4f);
    p = vf_fma(p, r, vf_set(1.39304355252534151e-3f));
    p = vf_fma(p, r, vf_set(8.33336077630519867e-3f));
    p = vf_fma(p, r, vf_set(4.16664853692054749e-2f));
    p = vf_fma(p, r, vf_set(1.66666671633720398e-1f));
    p = vf_fma(p, r, vf_set(0.5f));
    return r * r * p;
}

/* x = n * ln(2) + r; gives n. x beyond +-160, where exp is long 0 or inf, counts as that; NaN goes on in r. */
static inline vf vf_exp_reduce(vf x, vf *r)
{
    x = vf_min(vf_set(160), vf_max(vf_set(-160), x));
    vf n = vf_rint(x * 1.44269504f);
    /* The first part of ln(2) has 9 bits: its product is exact without FMA too. */
    *r = vf_fma(n, vf_set(2.12194440e-4f), vf_fma(n, vf_set(-0.693359375f), x));
    return n;
}

static inline vf vf_exp(vf x)
{
    /* What becomes 0, such as masked scores, gets there without an underflow: that costs the processor a detour. */
    vm gone = vf_lt(x, vf_set(-104));
    vf r, n = vf_exp_reduce(vf_select(gone, vf_set(0), x), &r);
    return vf_select(gone, vf_set(0), vf_ldexp(vf_exp_tail(r) + r + 1, n));
}

static inline vf vf_exp2(vf x)
{
    x = vf_min(vf_set(200), vf_max(vf_set(-200), x));
    vf n = vf_rint(x), r = (x - n) * 0.693147181f;
    return vf_ldexp(vf_exp_tail(r) + r + 1, n);
}

/* exp2 where the result is a normal number, relative error 1.5e-7. */
static inline vf vf_exp2_bounded(vf x)
{
    vf n = vf_rint(x), r = x - n, p = vf_set(1.3264726390451165e-3f);
    p = vf_fma(p, r, vf_set(9.67151269726348e-3f));
    p = vf_fma(p, r, vf_set(5.550733745934315e-2f));
    p = vf_fma(p, r, vf_set(0.240222420841192f));
    p = vf_fma(p, r, vf_set(0.6931469775972974f));
    return vf_ldexp(vf_fma(p, r, vf_set(1)), n);
}

/* The same for every x <= 0: results below the normal numbers are 0. */
static inline vf vf_exp2_quick(vf x)
{
    vm gone = vf_lt(x, vf_set(-126));
    return vf_select(gone, vf_set(0), vf_exp2_bounded(vf_select(gone, vf_set(0), x)));
}

static inline vf vf_expm1(vf x)
{
    vf r, n = vf_exp_reduce(vf_min(vf_set(89), x), &r), e = vf_exp_tail(r) + r;
    /* 2^n would overflow one step before the result does. */
    vf half = vf_ldexp(vf_set(0.5f), n);
    vf big = vf_fma(half, e, half - 0.5f) * 2;
    return vf_select(vf_eq(n, vf_set(0)), vf_select(vf_eq(x, vf_set(0)), x, e), big);
}

/* x = m * 2^e with sqrt(1/2) <= m < sqrt(2); for positive finite x. */
static inline vf vf_frexp(vf x, vf *e)
{
    vm tiny = vf_lt(x, vf_set(1.17549435e-38f));
    x = vf_select(tiny, x * 8388608.0f, x);
    vu bits = (vu)x - 0x3f3504f3;
    *e = vf_from_vi((vi)bits >> 23) - vf_select(tiny, vf_set(23), vf_set(0));
    return (vf)((bits & 0x7fffff) + 0x3f3504f3);
}

/* log(m) - (m - 1) for vf_frexp's m. */
static inline vf vf_log_tail(vf f)
{
    vf z = f * f, p = vf_set(7.0376836292e-2f);
    p = vf_fma(p, f, vf_set(-1.1514610310e-1f));
    p = vf_fma(p, f, vf_set(1.1676998740e-1f));
    p = vf_fma(p, f, vf_set(-1.2420140846e-1f));
    p = vf_fma(p, f, vf_set(1.4249322787e-1f));
    p = vf_fma(p, f, vf_set(-1.6668057665e-1f));
    p = vf_fma(p, f, vf_set(2.0000714765e-1f));
    p = vf_fma(p, f, vf_set(-2.4999993993e-1f));
    p = vf_fma(p, f, vf_set(3.3333331174e-1f));
    return p * f * z;
}

/* What every logarithm gives outside the positive finite numbers. */
static inline vf vf_log_edges(vf x, vf log)
{
    log = vf_select(vf_eq(x, vf_set(0)), vf_set(-INFINITY), log);
    log = vf_select(vf_lt(x, vf_set(0)), vf_set(NAN), log);
    return vf_select(vf_lt(x, vf_set(INFINITY)), log, x); /* inf and NaN */
}

static inline vf vf_log(vf x)
{
    vf e, f = vf_frexp(x, &e) - 1;
    vf p = vf_fma(e, vf_set(-2.12194440e-4f), vf_log_tail(f));
    p = vf_fma(f * f, vf_set(-0.5f), p);
    return vf_log_edges(x, vf_fma(e, vf_set(0.693359375f), f + p));
}

static inline vf vf_log2(vf x)
{
    vf e, f = vf_frexp(x, &e) - 1;
    vf p = vf_fma(f * f, vf_set(-0.5f), vf_log_tail(f));
    const float over = 0.44269504088896340736f; /* log2(e) - 1 */
    vf y = vf_fma(f, vf_set(over), p * over);
    return vf_log_edges(x, e + (f + (p + y)));
}

static inline vf vf_log10(vf x)
{
    vf e, f = vf_frexp(x, &e) - 1;
    vf p = vf_fma(f * f, vf_set(-0.5f), vf_log_tail(f));
    vf y = (f + p) * 7.00731903251827651129e-4f;
    y = vf_fma(p, vf_set(4.3359375e-1f), y);
    y = vf_fma(f, vf_set(4.3359375e-1f), y);
    y = vf_fma(e, vf_set(2.48745663981195213739e-4f), y);
    return vf_log_edges(x, vf_fma(e, vf_set(3.0078125e-1f), y));
}

/* log(1 + x): the rounding error of 1 + x comes back as a first-order term. */
static inline vf vf_log1p(vf x)
{
    vf u = x + 1, lost = vf_select(vf_lt(vf_abs(x), vf_set(1)), x - (u - 1), 1 - (u - x));
    vf log = vf_log(u);
    vm plain = vf_lt(vf_abs(log), vf_set(INFINITY));
    return vf_select(plain, vf_select(vf_eq(u, vf_set(1)), x, log + lost / u), log);
}

static inline vf vf_sigmoid(vf x) { return 1 / (1 + vf_exp(-x)); }

static inline vf vf_tanh(vf x)
{
    vf a = vf_min(vf_set(10), vf_abs(x)), e = vf_expm1(a + a);
    vf t = vf_copysign(e / (e + 2), x);
    return vf_select(vf_isnan(x), x, t);
}

/* exp(-t^2) with t^2 to twice the precision where the level fuses. */
static inline vf vf_gauss(vf t)
{
    vf s = t * t, lost = vf_fma(t, t, -s);
    vf r, n = vf_exp_reduce(-s, &r);
    return vf_ldexp(vf_exp_tail(r - lost) + (r - lost) + 1, n);
}

/* erfc(t) * exp(t^2) for 0 <= t <= 10.2: a polynomial in 1 / (1 + 0.3 t), relative error 2e-8. */
static inline vf vf_erfcx(vf t)
{
    vf u = 1 / vf_fma(t, vf_set(0.3f), vf_set(1)), p = vf_set(-0.1295417696237564f);
    p = vf_fma(p, u, vf_set(0.4856620728969574f));
    p = vf_fma(p, u, vf_set(-0.5125001668930054f));
    p = vf_fma(p, u, vf_set(0.54799884557724f));
    p = vf_fma(p, u, vf_set(-0.09486446529626846f));
    p = vf_fma(p, u, vf_set(0.215028315782547f));
    p = vf_fma(p, u, vf_set(0.1483093947172165f));
    p = vf_fma(p, u, vf_set(0.17072004079818726f));
    p = vf_fma(p, u, vf_set(0.16918767988681793f));
    return p * u;
}

/* |x| <= 0.93 */
static inline vf vf_erf_small(vf x)
{
    vf s = x * x, p = vf_set(-5.96761703e-4f);
    p = vf_fma(p, s, vf_set(4.99119423e-3f));
    p = vf_fma(p, s, vf_set(-2.67681349e-2f));
    p = vf_fma(p, s, vf_set(1.12819925e-1f));
    p = vf_fma(p, s, vf_set(-3.76125336e-1f));
    p = vf_fma(p, s, vf_set(1.28379166e-1f));
    return vf_fma(p, x, x);
}

static inline vf vf_erfc(vf x)
{
    vf a = vf_abs(x), t = vf_min(vf_set(10.2f), a);
    vf tail = vf_erfcx(t) * vf_gauss(t);
    vf big = vf_select(vf_lt(x, vf_set(0)), 2 - tail, tail);
    return vf_select(vf_lt(vf_set(0.5f), a), big, 1 - vf_erf_small(x));
}

static inline vf vf_erf(vf x)
{
    vf a = vf_abs(x), t = vf_min(vf_set(10.2f), a);
    vf big = vf_copysign(1 - vf_erfcx(t) * vf_gauss(t), x);
    return vf_select(vf_lt(vf_set(0.92f), a), big, vf_erf_small(x));
}

/* x * Phi(x). The lower tail, exp(-x^2 / 2) times a polynomial in 1 / (1 + 0.4 |x|), keeps its relative precision,
 * which 1 + erf(x) would lose; beyond -12.9 it is below the normal numbers and counts as 0. */
static inline vf vf_gelu(vf x)
{
    vf size = vf_abs(x), a = vf_min(vf_set(12.9f), size), s = a * a;
    vf u = vf_reciprocal(vf_fma(a, vf_set(0.4f), vf_set(1))), p = vf_set(6.812132894992828e-2f);
    p = vf_fma(p, u, vf_set(-0.18642786145210266f));
    p = vf_fma(p, u, vf_set(0.10536298155784607f));
    p = vf_fma(p, u, vf_set(5.554068461060524e-2f));
    p = vf_fma(p, u, vf_set(0.13900226354599f));
    p = vf_fma(p, u, vf_set(0.1590999960899353f));
    p = vf_fma(p, u, vf_set(0.159595787525177f));
    vf tail = p * u * vf_exp2_bounded(s * -0.72134752f);
    tail = vf_select(vf_lt(size, vf_set(12.9f)), tail, vf_set(0));
    vf phi = vf_select(vf_lt(x, vf_set(0)), tail, 1 - tail);
    vf q = vf_set(9.151441918220371e-5f);
    q = vf_fma(q, s, vf_set(-1.163120032288134e-3f));
    q = vf_fma(q, s, vf_set(9.96240135282278e-3f));
    q = vf_fma(q, s, vf_set(-6.648819893598557e-2f));
    q = vf_fma(q, s, vf_set(0.39894214272499084f));
    return x * vf_select(vf_lt(size, vf_set(1)), vf_fma(q, x, vf_set(0.5f)), phi);
}

static inline vf vf_gelu_tanh(vf x)
{
    /* 0.5 (1 + tanh(u)) = sigmoid(2 u) */
    vf u = x * vf_fma(x * x, vf_set(2 * 0.044715f * 0.79788456080286536f), vf_set(2 * 0.79788456080286536f));
    return x * vf_sigmoid(u);
}

static inline vf vf_silu(vf x) { return x / (1 + vf_exp(-x)); }

/* log(1 + exp(-|x|)) */
static inline vf vf_softplus_tail(vf x) { return vf_log1p(vf_exp(-vf_abs(x))); }

static inline vf vf_softplus(vf x)
{
    return vf_select(vf_lt(vf_set(20), x), x, vf_max_nan(x, vf_set(0)) + vf_softplus_tail(x));
}

static inline vf vf_logsigmoid(vf x) { return vf_min_nan(x, vf_set(0)) - vf_softplus_tail(x); }

/* x tanh(log(1 + e)) = x n / (n + 2) with n = e (e + 2), e = exp(x). */
static inline vf vf_mish(vf x)
{
    vf e = vf_exp(vf_min(vf_set(20), x)), n = e * (e + 2);
    vf y = x * (n / (n + 2));
    return vf_select(vf_isnan(x), x, y);
}

#endif
