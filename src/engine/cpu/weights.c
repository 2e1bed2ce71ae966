/* See weights.h. */
#include "engine/cpu/weights.h"

tt_pack_format tt_gemm_format_of(tt_dtype d)
{
    switch (d) {
    case TTRT_DTYPE_FLOAT32:
        return TT_PACK_F32_N32;
    case TTRT_DTYPE_BFLOAT16:
        return TT_PACK_BF16_N32K2;
    case TTRT_DTYPE_FLOAT16:
        return TT_PACK_F16_N32;
    case TTRT_DTYPE_FLOAT64:
        return TT_PACK_F64_N32;
    case TTRT_DTYPE_INT64:
        return TT_PACK_I64_N32;
    default:
        return TT_PACK_NONE;
    }
}

ttrt_status tt_pack_format_parse(const char *name, tt_pack_format *out)
{
    *out = tt_pack_format_from_name(name);
    if (*out == TT_PACK_NONE)
        TT_FAIL(TTRT_ERR_VERSION, "weights are packed as '%s', which this version does not know", name);
    return TTRT_OK;
}
