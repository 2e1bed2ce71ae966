/* The settings of a build, read so that callers compiled against an older struct keep working. */
#include "runtime/runtime.h"

#include <string.h>

ttrt_status tt_compile_options_read(const ttrt_compile_options *given, ttrt_compile_options *out)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;

    if (given) {
        if (given->size < offsetof(ttrt_compile_options, precision) || given->size > 4096)
            TT_FAIL(TTRT_ERR_ARGUMENT, "compile options of %zu bytes: start with TTRT_COMPILE_OPTIONS_INIT",
                    given->size);
        memcpy(&o, given, given->size < sizeof o ? given->size : sizeof o);
        o.size = sizeof o;
    }
    if (o.precision != TTRT_DTYPE_FLOAT32 && o.precision != TTRT_DTYPE_FLOAT16 && o.precision != TTRT_DTYPE_BFLOAT16)
        TT_FAIL(TTRT_ERR_ARGUMENT, "precision is %s; float32, float16 and bfloat16 are known",
                ttrt_dtype_name(o.precision));
    if (o.optimization_level < 0 || o.optimization_level > 5)
        TT_FAIL(TTRT_ERR_ARGUMENT, "optimization_level is %d; 0 to 5 are known", o.optimization_level);
    if (o.min_block_size < 0 || o.num_threads < 0)
        TT_FAIL(TTRT_ERR_ARGUMENT, "min_block_size is %lld and num_threads %d; neither may be negative",
                (long long)o.min_block_size, o.num_threads);
    if ((o.n_shapes && !o.shapes) || (o.n_torch_executed_ops && !o.torch_executed_ops))
        TT_FAIL(TTRT_ERR_ARGUMENT, "a list of the compile options has a count and no items");
    *out = o;
    return TTRT_OK;
}
