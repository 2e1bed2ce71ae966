/* Log lines: `room` is the part that speaks. TTRT_LOG=convert:debug,cpu:info or TTRT_LOG=debug sets levels. */
#ifndef TT_LOG_H
#define TT_LOG_H

#include "base/status.h"

bool tt_log_on(ttrt_log_level level, const char *room);
void tt_log(ttrt_log_level level, const char *room, const char *fmt, ...) TT_PRINTF(3, 4);
/* The same line, by its text, is logged once in the life of the process. */
void tt_log_once(ttrt_log_level level, const char *room, const char *fmt, ...) TT_PRINTF(3, 4);

#endif
