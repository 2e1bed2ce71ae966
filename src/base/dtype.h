/* Facts about data types, and conversions of single elements. */
#ifndef TT_DTYPE_H
#define TT_DTYPE_H

#include "base/status.h"

typedef ttrt_dtype tt_dtype;

#define TT_DTYPE_NONE ((tt_dtype)-1)

bool tt_dtype_is_known(int number);
bool tt_dtype_is_float(tt_dtype d);   /* f16 bf16 f32 f64 f8* */
bool tt_dtype_is_integer(tt_dtype d); /* without bool */
bool tt_dtype_is_signed(tt_dtype d);
bool tt_dtype_is_complex(tt_dtype d);
/* Short names, "f32", "bf16", "i64", "u8", "b8", "f8e4m3fn": what printers write and readers take. */
const char *tt_dtype_short(tt_dtype d);
tt_dtype tt_dtype_from_short(const char *name); /* TT_DTYPE_NONE */
/* torch.promote_types. */
tt_dtype tt_dtype_promote(tt_dtype a, tt_dtype b);

float tt_f16_to_f32(uint16_t h);
uint16_t tt_f32_to_f16(float f); /* to nearest even */
float tt_bf16_to_f32(uint16_t h);
uint16_t tt_f32_to_bf16(float f); /* to nearest even; NaN stays NaN */
/* One element as double / int64 (bool 0 or 1) and back, with PyTorch's conversion rules; any real dtype. */
double tt_load_f64(const void *p, tt_dtype d);
int64_t tt_load_i64(const void *p, tt_dtype d);
void tt_store_f64(void *p, tt_dtype d, double v);
void tt_store_i64(void *p, tt_dtype d, int64_t v);

#endif
