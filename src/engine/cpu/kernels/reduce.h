/* Reductions over any set of axes, of any data type. No scratch. */
#ifndef TT_CPU_REDUCE_H
#define TT_CPU_REDUCE_H

#include "engine/cpu/kernels/lines.h"
#include "engine/cpu/kernels/rows_kernels.h"

/* PyTorch's meanings: max, min and their places let NaN win, the first place counts; ANY and ALL count NaN as true.
 * Empty: sum 0, product 1, mean and variance NaN; max and min of nothing are the caller's error. Floats of 32 bits and
 * less accumulate in blocks that join in double, so the error does not grow with the length; integers in int64. */
typedef struct tt_reduce {
    tt_lines lines;
    tt_reduce_op op;
    tt_dtype out_dtype;
    double param; /* p of NORM_P, correction of VAR and STD */
} tt_reduce;

/* axes[d]: dimension d is reduced. The output is contiguous, the kept dimensions in order, of out_dtype (ARGMAX: the
 * position along the reduced axes, flattened). */
ttrt_status tt_reduce_bind(const tt_view *in, const bool *axes, tt_reduce_op op, tt_dtype out_dtype, double param,
                           tt_reduce *r);
void tt_reduce_run(const tt_kernels *k, const tt_threads *threads, const tt_reduce *r, void *out, const void *in);

#endif
