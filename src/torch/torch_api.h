/* PyTorch as plain C sees it: its stable C interface, looked up by name in the process. Prototypes are those of
 * torch/csrc/inductor/aoti_torch/c/shim.h and torch/csrc/stable/c/shim.h; lists and strings exist since 2.10. */
#ifndef TT_TORCH_API_H
#define TT_TORCH_API_H

#include "engine/engine.h"

typedef struct tt_torch_tensor_opaque *tt_torch_tensor;
typedef struct tt_torch_list_opaque *tt_torch_list;
typedef struct tt_torch_string_opaque *tt_torch_string;
typedef struct tt_torch_library_opaque *tt_torch_library;
typedef uint64_t tt_torch_value; /* one place of the stack: a number, or a handle */

/* F(result, name, arguments): all return 0 for success, but for check, which throws a C++ exception. */
/* clang-format off */
#define TT_TORCH_API(F)                                                                                                \
    F(int32_t, aoti_torch_library_init_fragment, (const char *space, const char *file, uint32_t line, tt_torch_library *out)) \
    F(int32_t, aoti_torch_library_init_impl, (const char *space, const char *key, const char *file, uint32_t line, tt_torch_library *out)) \
    F(int32_t, aoti_torch_library_def, (tt_torch_library lib, const char *schema))                                     \
    F(int32_t, torch_library_impl, (tt_torch_library lib, const char *name, void (*fn)(tt_torch_value *, uint64_t, uint64_t), uint64_t built_for)) \
    F(int32_t, torch_new_list_reserve_size, (size_t size, tt_torch_list *out))                                         \
    F(int32_t, torch_list_size, (tt_torch_list list, size_t *out))                                                     \
    F(int32_t, torch_list_get_item, (tt_torch_list list, size_t i, tt_torch_value *out))                               \
    F(int32_t, torch_list_push_back, (tt_torch_list list, tt_torch_value item))                                        \
    F(int32_t, torch_delete_list, (tt_torch_list list))                                                                \
    F(int32_t, torch_delete_string, (tt_torch_string string))                                                          \
    F(int32_t, torch_get_num_threads, (uint32_t *out))                                                                 \
    F(int32_t, aoti_torch_delete_tensor_object, (tt_torch_tensor t))                                                   \
    F(int32_t, aoti_torch_new_tensor_handle, (tt_torch_tensor t, tt_torch_tensor *out))                                \
    F(int32_t, aoti_torch_get_data_ptr, (tt_torch_tensor t, void **out))                                               \
    F(int32_t, aoti_torch_get_dim, (tt_torch_tensor t, int64_t *out))                                                  \
    F(int32_t, aoti_torch_get_sizes, (tt_torch_tensor t, int64_t **out))                                               \
    F(int32_t, aoti_torch_get_strides, (tt_torch_tensor t, int64_t **out))                                             \
    F(int32_t, aoti_torch_get_dtype, (tt_torch_tensor t, int32_t *out))                                                \
    F(int32_t, aoti_torch_get_device_type, (tt_torch_tensor t, int32_t *out))                                          \
    F(int32_t, aoti_torch_get_device_index, (tt_torch_tensor t, int32_t *out))                                         \
    F(int32_t, aoti_torch_is_contiguous, (tt_torch_tensor t, bool *out))                                               \
    F(int32_t, aoti_torch_empty_strided, (int64_t rank, const int64_t *sizes, const int64_t *strides, int32_t dtype, int32_t device, int32_t index, tt_torch_tensor *out)) \
    F(int32_t, aoti_torch_copy_, (tt_torch_tensor dst, tt_torch_tensor src, int32_t non_blocking))                     \
    F(void, aoti_torch_check, (bool ok, const char *function, const char *file, uint32_t line, const char *text))

/* clang-format on */

typedef struct tt_torch_api {
#define F(result, name, arguments) result(*name) arguments;
    TT_TORCH_API(F)
#undef F
} tt_torch_api;

extern tt_torch_api tt_torch; /* filled by ttrt_torch_register() */

/* PyTorch's current stream on a GPU; NULL where this PyTorch has no CUDA, and for the default stream. */
void *tt_torch_stream(int device_index);

/* The live engine of a blob that lies in a tensor, one reference; the engine keeps the tensor's memory for as long as
 * it uses it. */
ttrt_status tt_torch_engine(tt_torch_tensor blob, tt_engine **out);

/* The kernel of tensorrt::execute_engine. */
void tt_torch_execute_engine(tt_torch_value *stack, uint64_t n_args, uint64_t n_outs);

#endif
