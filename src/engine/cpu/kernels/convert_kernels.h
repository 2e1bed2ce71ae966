/* The per-level entries that move blocks of elements between memory's data types and the registers of the pointwise
 * evaluator. A data type's own register type: F32 for f32, f16, bf16 and f8; F64; I64 for all integers; BOOL. */
#ifndef TT_CPU_CONVERT_KERNELS_H
#define TT_CPU_CONVERT_KERNELS_H

#include "engine/cpu/kernels/pointwise.h"

#define TT_N_DTYPES   45 /* one more than the highest number of a data type */
#define TT_N_PW_TYPES 4

static inline tt_pw_type tt_own_type(tt_dtype d)
{
    if (d == TTRT_DTYPE_BOOL)
        return TT_PW_BOOL;
    if (d == TTRT_DTYPE_FLOAT64)
        return TT_PW_F64;
    return tt_dtype_is_float(d) ? TT_PW_F32 : TT_PW_I64;
}

/* Memory of this data type is a register's content without conversion. */
static inline bool tt_is_register_form(tt_dtype d)
{
    return d == TTRT_DTYPE_FLOAT32 || d == TTRT_DTYPE_FLOAT64 || d == TTRT_DTYPE_INT64 || d == TTRT_DTYPE_UINT64 ||
           d == TTRT_DTYPE_BOOL;
}

static inline size_t tt_type_size(tt_pw_type type) { return type == TT_PW_F32 ? 4 : type == TT_PW_BOOL ? 1 : 8; }

/* n contiguous elements; dst is src or does not overlap it. */
typedef void (*tt_convert_fn)(void *dst, const void *src, int64_t n);

struct tt_convert_kernels {
    tt_convert_fn load[TT_N_DTYPES];     /* memory to the data type's own register type; NULL for complex */
    tt_convert_fn store[TT_N_DTYPES];    /* and back; floats to nearest even, integers wrap */
    tt_convert_fn load_f32[TT_N_DTYPES]; /* memory to F32 */
    tt_convert_fn wrap[TT_N_DTYPES];     /* a register of the data type's own type, rounded or wrapped to its range */
    tt_convert_fn cast[TT_N_PW_TYPES][TT_N_PW_TYPES]; /* register [from] to register [to]; NULL on the diagonal */
};

#endif
