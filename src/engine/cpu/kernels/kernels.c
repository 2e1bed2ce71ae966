/* Fills the dispatch table of each level once: every level starts as the one below it and overwrites what it does
 * better, so every entry can always be called, and a missing kernel costs speed, never correctness. */
#include <pthread.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "engine/cpu/kernels/table.h"

#ifdef __x86_64__
#define TT_X86(...) __VA_ARGS__
#else
#define TT_X86(...)
#endif

#define FAMILY(name) {tt_##name##_fill_c, TT_X86(tt_##name##_fill_avx2, tt_##name##_fill_avx512)},
static void (*const fill[][TT_ISA_COUNT])(tt_kernels *) = {
#include "engine/cpu/kernels/kernels.def"
};
#undef FAMILY

static tt_kernels tables[TT_ISA_COUNT];
static tt_isa best_isa, capped_isa;
static bool cpu_has_bf16;

static tt_isa detect_isa(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    /* F16C comes with every AVX2; clang 14 cannot ask for it. */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return TT_ISA_C;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512vnni"))
        return TT_ISA_AVX2;
    cpu_has_bf16 = __builtin_cpu_supports("avx512bf16");
    return TT_ISA_AVX512;
#else
    return TT_ISA_C;
#endif
}

static tt_isa isa_cap(void)
{
    static const char *const names[TT_ISA_COUNT] = {"c", "avx2", "avx512"};
    const char *cap = tt_env_get()->cpu_isa;

    for (int l = 0; cap && l < TT_ISA_COUNT; l++)
        if (strcmp(cap, names[l]) == 0)
            return (tt_isa)l;
    if (cap)
        tt_log(TTRT_LOG_WARNING, "cpu", "TTRT_CPU_ISA=%s is none of c, avx2, avx512; it is ignored", cap);
    return TT_ISA_AVX512;
}

static void fill_tables(void)
{
    const tt_isa cap = isa_cap();

    best_isa = detect_isa();
    capped_isa = cap < best_isa ? cap : best_isa;
    for (int level = 0; level <= (int)best_isa; level++) {
        tables[level].isa = (tt_isa)level;
        tables[level].has_bf16 = level == TT_ISA_AVX512 && cpu_has_bf16;
        for (size_t f = 0; f < TT_COUNT(fill); f++)
            for (int l = 0; l <= level; l++)
                fill[f][l](&tables[level]);
    }
}

static void fill_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fill_tables);
}

const tt_kernels *tt_kernels_get(void)
{
    fill_once();
    return &tables[capped_isa];
}

const tt_kernels *tt_kernels_level(tt_isa level)
{
    fill_once();
    return (unsigned)level <= (unsigned)best_isa ? &tables[level] : NULL;
}

tt_isa tt_cpu_isa(void)
{
    fill_once();
    return capped_isa;
}

bool tt_cpu_has_bf16(void)
{
    fill_once();
    return cpu_has_bf16;
}
