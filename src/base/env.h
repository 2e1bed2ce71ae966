/* Environment variables, read once. The list, with help texts, is env.def. */
#ifndef TT_ENV_H
#define TT_ENV_H

#include <stdint.h>

typedef struct tt_env {
#define ENV_STR(field, name, help)           const char *field; /* NULL where unset */
#define ENV_INT(field, name, fallback, help) int64_t field;
#include "base/env.def"
#undef ENV_STR
#undef ENV_INT
} tt_env;

const tt_env *tt_env_get(void);

#endif
