/* The export schema's enumerations and devices, and its rule for members from newer versions. */
#include "program/pt2_impl.h"

#include <string.h>

/* torch/_export/serde/schema.py: ScalarType. */
static const struct {
    uint8_t number;
    tt_dtype dtype;
} DTYPES[] = {
    {1, TTRT_DTYPE_UINT8},
    {2, TTRT_DTYPE_INT8},
    {3, TTRT_DTYPE_INT16},
    {4, TTRT_DTYPE_INT32},
    {5, TTRT_DTYPE_INT64},
    {6, TTRT_DTYPE_FLOAT16},
    {7, TTRT_DTYPE_FLOAT32},
    {8, TTRT_DTYPE_FLOAT64},
    {9, TTRT_DTYPE_COMPLEX32},
    {10, TTRT_DTYPE_COMPLEX64},
    {11, TTRT_DTYPE_COMPLEX128},
    {12, TTRT_DTYPE_BOOL},
    {13, TTRT_DTYPE_BFLOAT16},
    {28, TTRT_DTYPE_UINT16},
    {29, TTRT_DTYPE_FLOAT8_E4M3FN},
    {30, TTRT_DTYPE_FLOAT8_E5M2},
    {31, TTRT_DTYPE_FLOAT8_E4M3FNUZ},
    {32, TTRT_DTYPE_FLOAT8_E5M2FNUZ},
    {33, TTRT_DTYPE_FLOAT8_E8M0FNU},
    {34, TTRT_DTYPE_UINT32},
    {35, TTRT_DTYPE_UINT64},
};

ttrt_status tt_pt2_dtype(const tt_json *at, tt_dtype *out)
{
    int64_t number;
    TT_TRY(tt_json_i64(at, &number));
    for (size_t i = 0; i < TT_COUNT(DTYPES); i++) {
        if (DTYPES[i].number == number) {
            *out = DTYPES[i].dtype;
            return TTRT_OK;
        }
    }
    return tt_json_fail(at, "no scalar type has the number %lld", (long long)number);
}

int tt_pt2_dtype_number(tt_dtype d)
{
    for (size_t i = 0; i < TT_COUNT(DTYPES); i++)
        if (DTYPES[i].dtype == d)
            return DTYPES[i].number;
    return 0;
}

/* Position: the schema's number; value: c10's. */
static const int8_t LAYOUTS[] = {-1, 1, 2, 4, 5, 6, 3, 0};
static const int8_t MEMORY_FORMATS[] = {-1, 0, 2, 3, 1};

static ttrt_status lookup(const tt_json *at, const char *what, const int8_t *table, size_t n, int64_t *out)
{
    int64_t number;
    TT_TRY(tt_json_i64(at, &number));
    if (number < 0 || (size_t)number >= n || table[number] < 0)
        return tt_json_fail(at, "no %s has the number %lld", what, (long long)number);
    *out = table[number];
    return TTRT_OK;
}

static int reverse(const int8_t *table, size_t n, int64_t c10)
{
    for (size_t i = 0; i < n; i++)
        if (table[i] == c10)
            return (int)i;
    return 0;
}

ttrt_status tt_pt2_layout(const tt_json *at, int64_t *out)
{
    return lookup(at, "layout", LAYOUTS, TT_COUNT(LAYOUTS), out);
}

int tt_pt2_layout_number(int64_t c10) { return reverse(LAYOUTS, TT_COUNT(LAYOUTS), c10); }

ttrt_status tt_pt2_memory_format(const tt_json *at, int64_t *out)
{
    return lookup(at, "memory format", MEMORY_FORMATS, TT_COUNT(MEMORY_FORMATS), out);
}

int tt_pt2_memory_format_number(int64_t c10) { return reverse(MEMORY_FORMATS, TT_COUNT(MEMORY_FORMATS), c10); }

ttrt_status tt_pt2_device(const tt_json *at, tt_arena *arena, const char **out)
{
    static const char *const known[] = {"type", "index", NULL};
    tt_json type, index;
    const char *name;
    int64_t number;

    TT_TRY(tt_pt2_known_members(at, known));
    TT_TRY(tt_json_get(at, "type", &type));
    TT_TRY(tt_json_str(&type, &name));
    if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
        return tt_json_fail(&type, "\"%s\" is no kind of device", name);
    if (tt_json_find(at, "index", &index)) {
        TT_TRY(tt_json_i64(&index, &number));
        *out = tt_arena_printf(arena, "%s:%lld", name, (long long)number);
    } else if (strcmp(name, "cpu") == 0) {
        *out = "cpu";
    } else {
        *out = tt_arena_strdup(arena, name);
    }
    return *out ? TTRT_OK : TTRT_ERR_MEMORY;
}

static bool is_empty(const json_t *v)
{
    return json_is_null(v) || json_is_false(v) || (json_is_object(v) && json_object_size(v) == 0) ||
           (json_is_array(v) && json_array_size(v) == 0);
}

ttrt_status tt_pt2_known_members(const tt_json *at, const char *const *known)
{
    const char *key;
    json_t *member;

    TT_TRY(tt_json_object(at));
    json_object_foreach((json_t *)(uintptr_t)at->value, key, member)
    {
        bool found = is_empty(member);
        for (size_t i = 0; known[i] && !found; i++)
            found = strcmp(known[i], key) == 0;
        if (!found) {
            tt_json_fail(at, "member \"%s\" belongs to a newer schema than %d.%d", key, TT_PT2_MAJOR, TT_PT2_MINOR);
            return tt_fail_hint("save the program with an older PyTorch, or use a newer version of this library");
        }
    }
    return TTRT_OK;
}
