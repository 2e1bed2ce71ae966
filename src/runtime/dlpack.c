/* DLPack: tensors of other libraries seen as ours, and ours handed over. The structs are those of dlpack.h 1.x, which
 * is fixed by its ABI promise. */
#include "runtime/runtime.h"

#include <string.h>

#include "base/checked.h"

enum { DL_CPU = 1, DL_CUDA = 2, DL_CUDA_HOST = 3, DL_CUDA_MANAGED = 13 };

typedef enum {
    DL_INT = 0,
    DL_UINT = 1,
    DL_FLOAT = 2,
    DL_BFLOAT = 4,
    DL_COMPLEX = 5,
    DL_BOOL = 6,
    DL_FLOAT8_E4M3FN = 10,
    DL_FLOAT8_E4M3FNUZ = 11,
    DL_FLOAT8_E5M2 = 12,
    DL_FLOAT8_E5M2FNUZ = 13,
    DL_FLOAT8_E8M0FNU = 14
} dl_code;

typedef struct {
    void *data;
    struct {
        int32_t type, id;
    } device;
    int32_t ndim;
    struct {
        uint8_t code, bits;
        uint16_t lanes;
    } dtype;
    int64_t *shape, *strides;
    uint64_t byte_offset;
} dl_tensor;

typedef struct dl_managed {
    dl_tensor tensor;
    void *context;
    void (*deleter)(struct dl_managed *self);
} dl_managed;

typedef struct dl_versioned {
    struct {
        uint32_t major, minor;
    } version;
    void *context;
    void (*deleter)(struct dl_versioned *self);
    uint64_t flags;
    dl_tensor tensor;
} dl_versioned;

static const struct {
    uint8_t code, bits;
    ttrt_dtype dtype;
} types[] = {
    {DL_UINT, 8, TTRT_DTYPE_UINT8},
    {DL_INT, 8, TTRT_DTYPE_INT8},
    {DL_INT, 16, TTRT_DTYPE_INT16},
    {DL_INT, 32, TTRT_DTYPE_INT32},
    {DL_INT, 64, TTRT_DTYPE_INT64},
    {DL_FLOAT, 16, TTRT_DTYPE_FLOAT16},
    {DL_FLOAT, 32, TTRT_DTYPE_FLOAT32},
    {DL_FLOAT, 64, TTRT_DTYPE_FLOAT64},
    {DL_COMPLEX, 32, TTRT_DTYPE_COMPLEX32},
    {DL_COMPLEX, 64, TTRT_DTYPE_COMPLEX64},
    {DL_COMPLEX, 128, TTRT_DTYPE_COMPLEX128},
    {DL_BOOL, 8, TTRT_DTYPE_BOOL},
    {DL_BFLOAT, 16, TTRT_DTYPE_BFLOAT16},
    {DL_FLOAT8_E5M2, 8, TTRT_DTYPE_FLOAT8_E5M2},
    {DL_FLOAT8_E4M3FN, 8, TTRT_DTYPE_FLOAT8_E4M3FN},
    {DL_FLOAT8_E5M2FNUZ, 8, TTRT_DTYPE_FLOAT8_E5M2FNUZ},
    {DL_FLOAT8_E4M3FNUZ, 8, TTRT_DTYPE_FLOAT8_E4M3FNUZ},
    {DL_UINT, 16, TTRT_DTYPE_UINT16},
    {DL_UINT, 32, TTRT_DTYPE_UINT32},
    {DL_UINT, 64, TTRT_DTYPE_UINT64},
    {DL_FLOAT8_E8M0FNU, 8, TTRT_DTYPE_FLOAT8_E8M0FNU},
};

static ttrt_status view(const dl_tensor *dl, ttrt_tensor *out)
{
    ttrt_tensor t = TTRT_TENSOR_INIT;
    size_t known = 0, bytes;

    bool on_gpu = dl->device.type == DL_CUDA || dl->device.type == DL_CUDA_MANAGED;
    if (!on_gpu && dl->device.type != DL_CPU && dl->device.type != DL_CUDA_HOST)
        TT_FAIL(TTRT_ERR_UNSUPPORTED,
                "the tensor lies on DLPack device type %d, neither in host memory nor on an "
                "NVIDIA GPU",
                (int)dl->device.type);
    if (dl->ndim < 0 || dl->ndim > TTRT_MAX_RANK)
        TT_FAIL(TTRT_ERR_ARGUMENT, "the tensor has %d dimensions; at most %d are taken", (int)dl->ndim, TTRT_MAX_RANK);
    while (known < TT_COUNT(types) && (types[known].code != dl->dtype.code || types[known].bits != dl->dtype.bits))
        known++;
    if (known == TT_COUNT(types) || dl->dtype.lanes != 1)
        TT_FAIL(TTRT_ERR_DTYPE, "DLPack type code %d of %d bits and %d lanes has no counterpart", dl->dtype.code,
                dl->dtype.bits, dl->dtype.lanes);
    TT_CHECK_ARG(dl->ndim == 0 || dl->shape != NULL);
    t.dtype = types[known].dtype;
    t.rank = dl->ndim;
    t.device_type = on_gpu ? TTRT_DEVICE_CUDA : TTRT_DEVICE_CPU;
    t.device_index = on_gpu ? dl->device.id : 0;
    if (dl->ndim)
        memcpy(t.dims, dl->shape, (size_t)dl->ndim * sizeof *t.dims);
    if (!tt_tensor_bytes(t.dtype, t.rank, t.dims, &bytes))
        TT_FAIL(TTRT_ERR_ARGUMENT, "the tensor's shape is negative or its size overflows");
    if (dl->strides && dl->ndim)
        memcpy(t.strides, dl->strides, (size_t)dl->ndim * sizeof *t.strides);
    else
        tt_contiguous_strides(t.rank, t.dims, t.strides);
    t.data = dl->data ? (char *)dl->data + dl->byte_offset : NULL;
    *out = t;
    return TTRT_OK;
}

ttrt_status ttrt_tensor_from_dlpack(const void *managed, int versioned, ttrt_tensor *out)
{
    TT_CHECK_ARG(managed != NULL && out != NULL);
    if (!versioned)
        return view(&((const dl_managed *)managed)->tensor, out);
    const dl_versioned *v = managed;
    if (v->version.major != 1)
        TT_FAIL(TTRT_ERR_VERSION, "DLPack version %u.%u; 1.x is known", v->version.major, v->version.minor);
    return view(&v->tensor, out);
}

/* What to_dlpack hands over, in one piece. */
typedef struct {
    dl_managed managed;
    int64_t dims[TTRT_MAX_RANK], strides[TTRT_MAX_RANK];
    void *owner;
} handed;

static void handed_delete(dl_managed *self)
{
    handed *h = self->context;

    if (h->managed.tensor.device.type == DL_CUDA)
        tt_memory_free(TTRT_DEVICE_CUDA, h->managed.tensor.device.id, h->owner);
    else
        tt_memory_free(TTRT_DEVICE_CPU, 0, h->owner);
    tt_free(h);
}

ttrt_status ttrt_tensor_to_dlpack(ttrt_tensor *tensor, void **out)
{
    size_t known = 0;

    TT_CHECK_ARG(tensor != NULL && out != NULL);
    TT_CHECK_ARG(tensor->rank >= 0 && tensor->rank <= TTRT_MAX_RANK);
    while (known < TT_COUNT(types) && types[known].dtype != tensor->dtype)
        known++;
    if (known == TT_COUNT(types))
        TT_FAIL(TTRT_ERR_DTYPE, "%s has no DLPack type", ttrt_dtype_name(tensor->dtype));
    handed *h = tt_calloc(1, sizeof *h);
    if (!h)
        return TTRT_ERR_MEMORY;
    memcpy(h->dims, tensor->dims, sizeof h->dims);
    memcpy(h->strides, tensor->strides, sizeof h->strides);
    h->owner = tensor->owner;
    h->managed.tensor.data = tensor->data;
    h->managed.tensor.device.type = tensor->device_type == TTRT_DEVICE_CUDA ? DL_CUDA : DL_CPU;
    h->managed.tensor.device.id = tensor->device_index;
    h->managed.tensor.ndim = tensor->rank;
    h->managed.tensor.dtype.code = types[known].code;
    h->managed.tensor.dtype.bits = types[known].bits;
    h->managed.tensor.dtype.lanes = 1;
    h->managed.tensor.shape = h->dims;
    h->managed.tensor.strides = h->strides;
    h->managed.context = h;
    h->managed.deleter = handed_delete;
    if (h->owner)
        *tensor = (ttrt_tensor)TTRT_TENSOR_INIT;
    *out = &h->managed;
    return TTRT_OK;
}
