/**
 * torchtrt/tensor.h: tensors in host memory and on NVIDIA GPUs, DLPack, and NumPy files.
 */
#ifndef TORCHTRT_TENSOR_H
#define TORCHTRT_TENSOR_H

#include "torchtrt/base.h"

#define TTRT_MAX_RANK 64

/** Where a tensor's memory lies. Numbers never change; they are those of PyTorch's c10::DeviceType. */
typedef enum ttrt_device_type {
    TTRT_DEVICE_CPU = 0, /**< host memory */
    TTRT_DEVICE_CUDA = 1 /**< memory of an NVIDIA GPU, in its primary context, as PyTorch and the CUDA runtime use it */
} ttrt_device_type;

/**
 * A strided tensor. Plain data: copy it freely; who owns `data` is told by each call. Start with TTRT_TENSOR_INIT,
 * which is in host memory.
 */
typedef struct ttrt_tensor {
    void *data;
    size_t capacity_bytes; /**< room at `data` from the caller (outputs); 0 where unknown (inputs) */
    ttrt_dtype dtype;
    int32_t rank; /**< 0..TTRT_MAX_RANK */
    int64_t dims[TTRT_MAX_RANK];
    int64_t strides[TTRT_MAX_RANK]; /**< in elements; any sign and overlap on inputs, contiguous on outputs made here */
    void *owner;                    /**< set by the library on tensors that it allocated; NULL otherwise */
    ttrt_device_type device_type;   /**< where `data` lies */
    int32_t device_index;           /**< which GPU, as CUDA counts them */
} ttrt_tensor;
#define TTRT_TENSOR_INIT                                                                                               \
    {                                                                                                                  \
        0                                                                                                              \
    }

/** Describes `data`, in host memory, as a contiguous tensor; for memory of a GPU set its device afterwards. Nothing is
 * copied; `data` may be NULL (an output for the library to allocate). */
TTRT_API ttrt_status ttrt_tensor_wrap(void *data, ttrt_dtype dtype, int32_t rank, const int64_t *dims,
                                      ttrt_tensor *out);

/** Allocates a contiguous tensor, 64-byte aligned and cleared. Release it with ttrt_tensor_dispose(). */
TTRT_API ttrt_status ttrt_tensor_new(ttrt_dtype dtype, int32_t rank, const int64_t *dims, ttrt_tensor *out);

/**
 * The same on a device (256-byte aligned on a GPU).
 * @return TTRT_ERR_UNSUPPORTED without an NVIDIA driver, TTRT_ERR_ARGUMENT for a GPU that is not there,
 *         TTRT_ERR_MEMORY with the bytes asked and free. Since 0.1.
 */
TTRT_API ttrt_status ttrt_tensor_new_on(ttrt_device_type device_type, int32_t device_index, ttrt_dtype dtype,
                                        int32_t rank, const int64_t *dims, ttrt_tensor *out);

/**
 * Copies a tensor to a device, from host memory or any GPU. Waits for what was enqueued on CUDA's default stream (runs
 * without a stream of the caller's are), and until the copy is done.
 * @param src       any strides in host memory; on a GPU, strides that some row copies can follow (slices, transposes).
 * @param[out] out  data == NULL: allocated here, ttrt_tensor_dispose(); otherwise written in place (contiguous, on the
 *                  device asked for), at most `capacity_bytes`.
 * @return as ttrt_tensor_new_on; TTRT_ERR_SMALL with the need in `capacity_bytes`; TTRT_ERR_UNSUPPORTED for strides on
 * a GPU that are none of these. Since 0.1.
 */
TTRT_API ttrt_status ttrt_tensor_to(const ttrt_tensor *src, ttrt_device_type device_type, int32_t device_index,
                                    ttrt_tensor *out);

/** Frees what the library allocated for it (owner != NULL) and clears the struct. NULL and cleared ones are fine. */
TTRT_API void ttrt_tensor_dispose(ttrt_tensor *tensor);

/** Elements; 1 for rank 0. */
TTRT_API int64_t ttrt_tensor_count(const ttrt_tensor *tensor);

/**
 * A view of a DLPack tensor: `managed` is a DLManagedTensor* or, with versioned != 0, a DLManagedTensorVersioned*
 * (DLPack 1.x). It stays the caller's and must outlive the view. TTRT_ERR_UNSUPPORTED unless it lies in host memory or
 * on an NVIDIA GPU; TTRT_ERR_DTYPE for a type that has no counterpart.
 */
TTRT_API ttrt_status ttrt_tensor_from_dlpack(const void *managed, int versioned, ttrt_tensor *out);

/**
 * Hands a tensor over as DLPack. On success the DLManagedTensor* in *out owns `tensor`'s memory when the library
 * allocated it (tensor is cleared); memory of the caller is lent. Call its deleter when done.
 */
TTRT_API ttrt_status ttrt_tensor_to_dlpack(ttrt_tensor *tensor, void **out);

/**
 * Reads a .npy file (format 1 to 3, C or Fortran order, little or big endian bool, integers, floats). bfloat16 and
 * float8 have no NumPy type: they travel as their bits in uint16 and uint8. Dispose of the result.
 */
TTRT_API ttrt_status ttrt_tensor_read_npy(const char *path, ttrt_tensor *out);

/** Writes a .npy file (format 1, C order), to a temporary name first. bfloat16 and float8 are written as their bits. A
 * tensor on a GPU is copied to host memory for it. */
TTRT_API ttrt_status ttrt_tensor_write_npy(const ttrt_tensor *tensor, const char *path);

#endif
