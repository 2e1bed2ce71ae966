/* From an engine's bytes in a tensor to the live engine.
 *
 * Nothing tells when a tensor dies, and addresses are used again: so the key is the content id in the blob's header,
 * read at every call. A live engine holds a handle of the tensor whose bytes it uses. Engines that have not run for a
 * while go, the oldest first, once all together are larger than a bound.
 *
 * Reading the header of a blob in device memory would stop the device at every call. There the key is the address,
 * which stays the tensor's while we hold a handle of it; such a blob must not be changed in place. */
#include <pthread.h>
#include <string.h>

#include "runtime/runtime.h"
#include "torch/torch_api.h"

enum { BUCKETS = 256, ID_OFFSET = 16, ID_BYTES = 16 };
#define BOUND_BYTES ((size_t)1 << 30)
#define IDLE_NS     UINT64_C(10000000000)

typedef struct entry {
    uint8_t id[ID_BYTES];
    tt_torch_tensor held; /* of a blob in device memory, with its address; NULL: `id` is the key */
    const void *address;
    tt_engine *engine;
    size_t bytes;
    uint64_t used_ns;
    struct entry *next;
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static entry *buckets[BUCKETS];
static size_t total_bytes;

static void fork_prepare(void) { pthread_mutex_lock(&lock); }

static void fork_done(void) { pthread_mutex_unlock(&lock); }

static void watch_forks(void) { pthread_atfork(fork_prepare, fork_done, fork_done); }

/* ---- the bytes ---- */

typedef struct {
    tt_torch_tensor tensor; /* borrowed */
    uint8_t *data;
    size_t size;
    bool on_device;
    uint8_t id[ID_BYTES]; /* of one in host memory */
} blob;

static ttrt_status torch_failed(const char *what) { return tt_fail(TTRT_ERR_DEVICE, "PyTorch refused to %s", what); }

static ttrt_status copy_to_host(const blob *b, tt_torch_tensor *out)
{
    const int64_t size = (int64_t)b->size, stride = 1;
    tt_torch_tensor host = NULL;

    if (tt_torch.aoti_torch_empty_strided(1, &size, &stride, TTRT_DTYPE_UINT8, TTRT_DEVICE_CPU, 0, &host))
        TT_FAIL(TTRT_ERR_MEMORY, "PyTorch has no memory for the engine");
    if (tt_torch.aoti_torch_copy_(host, b->tensor, 0)) {
        tt_torch.aoti_torch_delete_tensor_object(host);
        return torch_failed("copy the engine's tensor to host memory");
    }
    *out = host;
    return TTRT_OK;
}

static ttrt_status look_at(tt_torch_tensor t, blob *b)
{
    int32_t dtype, device;
    int64_t rank, *sizes;
    bool contiguous;
    void *data = NULL;

    if (tt_torch.aoti_torch_get_dtype(t, &dtype) || tt_torch.aoti_torch_get_dim(t, &rank) ||
        tt_torch.aoti_torch_get_sizes(t, &sizes) || tt_torch.aoti_torch_is_contiguous(t, &contiguous) ||
        tt_torch.aoti_torch_get_device_type(t, &device))
        return torch_failed("tell the engine's shape");
    if (dtype != TTRT_DTYPE_UINT8 || rank != 1 || !contiguous || sizes[0] < TT_BLOB_HEADER_BYTES)
        TT_FAIL(TTRT_ERR_ARGUMENT, "the engine must be a contiguous one-dimensional uint8 tensor of at least %d bytes",
                TT_BLOB_HEADER_BYTES);
    if (tt_torch.aoti_torch_get_data_ptr(t, &data))
        return torch_failed("give the engine's bytes");
    *b = (blob){.tensor = t, .data = data, .size = (size_t)sizes[0], .on_device = device != TTRT_DEVICE_CPU};
    if (!b->on_device)
        memcpy(b->id, b->data + ID_OFFSET, ID_BYTES);
    return TTRT_OK;
}

/* ---- the live engine ---- */

static void release_tensor(void *user) { tt_torch.aoti_torch_delete_tensor_object(user); }

/* Takes the handle over, on failure too. */
static ttrt_status open_held(tt_torch_tensor held, size_t size, tt_engine **out)
{
    tt_mapping *m = NULL;
    void *data;

    if (tt_torch.aoti_torch_get_data_ptr(held, &data)) {
        release_tensor(held);
        return torch_failed("give the engine's bytes");
    }
    ttrt_status status = tt_mapping_wrap(data, size, release_tensor, held, &m);
    if (status != TTRT_OK) {
        release_tensor(held);
        return status;
    }
    status = tt_engine_open(data, size, m, false, out);
    tt_mapping_unref(m);
    return status;
}

/* ---- the table; callers hold the lock ---- */

static entry **bucket_of(const blob *b)
{
    return &buckets[b->on_device ? (uintptr_t)b->data / 512 % BUCKETS : b->id[0]];
}

static entry *find(const blob *b)
{
    for (entry *e = *bucket_of(b); e; e = e->next)
        if (e->bytes == b->size &&
            (b->on_device ? e->held && e->address == b->data : !e->held && !memcmp(e->id, b->id, ID_BYTES)))
            return e;
    return NULL;
}

static entry **oldest(void)
{
    entry **found = NULL;

    for (int b = 0; b < BUCKETS; b++)
        for (entry **at = &buckets[b]; *at; at = &(*at)->next)
            if (!found || (*at)->used_ns < (*found)->used_ns)
                found = at;
    return found;
}

/* Takes entries out until the rest fits; the caller lets go of them when the lock is open again. */
static entry *evict(uint64_t now)
{
    entry *gone = NULL, **at;

    while (total_bytes > BOUND_BYTES && (at = oldest()) && now - (*at)->used_ns > IDLE_NS) {
        entry *e = *at;
        *at = e->next;
        total_bytes -= e->bytes;
        e->next = gone;
        gone = e;
    }
    return gone;
}

static void free_entries(entry *e)
{
    while (e) {
        entry *next = e->next;
        tt_engine_unref(e->engine);
        if (e->held)
            tt_torch.aoti_torch_delete_tensor_object(e->held);
        tt_free(e);
        e = next;
    }
}

/* Takes the references of `engine` and `held` over, on failure too. Another thread may have opened the same engine
 * meanwhile: then its one stays. */
static ttrt_status remember(const blob *b, tt_engine *engine, tt_torch_tensor held, tt_engine **out)
{
    entry *fresh = tt_calloc(1, sizeof *fresh), *gone = NULL;

    if (!fresh) {
        tt_engine_unref(engine);
        if (held)
            tt_torch.aoti_torch_delete_tensor_object(held);
        return TTRT_ERR_MEMORY;
    }
    memcpy(fresh->id, b->id, ID_BYTES);
    fresh->held = held;
    fresh->address = b->data;
    fresh->engine = engine;
    fresh->bytes = b->size;
    fresh->used_ns = tt_time_ns();
    pthread_mutex_lock(&lock);
    entry *known = find(b);
    if (known) {
        fresh->next = NULL;
        gone = fresh;
    } else {
        known = fresh;
        fresh->next = *bucket_of(b);
        *bucket_of(b) = fresh;
        total_bytes += fresh->bytes;
        gone = evict(fresh->used_ns);
    }
    *out = tt_engine_ref(known->engine);
    pthread_mutex_unlock(&lock);
    free_entries(gone);
    return TTRT_OK;
}

static tt_engine *look_up(const blob *b)
{
    tt_engine *engine = NULL;

    pthread_mutex_lock(&lock);
    entry *e = find(b);
    if (e) {
        e->used_ns = tt_time_ns();
        engine = tt_engine_ref(e->engine);
    }
    pthread_mutex_unlock(&lock);
    return engine;
}

static ttrt_status from_host(const blob *b, tt_engine **out)
{
    tt_torch_tensor held;
    tt_engine *engine;

    if ((*out = look_up(b)))
        return TTRT_OK;
    if (tt_torch.aoti_torch_new_tensor_handle(b->tensor, &held))
        return torch_failed("hold the engine's tensor");
    TT_TRY(open_held(held, b->size, &engine));
    return remember(b, engine, NULL, out);
}

/* A copy in host memory is the one that runs; what is on the device only leads to it. */
static ttrt_status from_device(const blob *b, tt_engine **out)
{
    tt_torch_tensor copy = NULL, held;
    tt_engine *engine;
    blob host;

    if ((*out = look_up(b)))
        return TTRT_OK;
    TT_TRY(copy_to_host(b, &copy));
    ttrt_status status = look_at(copy, &host);
    if (status == TTRT_OK)
        status = from_host(&host, &engine);
    tt_torch.aoti_torch_delete_tensor_object(copy);
    TT_TRY(status);
    if (tt_torch.aoti_torch_new_tensor_handle(b->tensor, &held)) {
        tt_engine_unref(engine);
        return torch_failed("hold the engine's tensor");
    }
    return remember(b, engine, held, out);
}

ttrt_status tt_torch_engine(tt_torch_tensor tensor, tt_engine **out)
{
    blob b;

    pthread_once(&once, watch_forks);
    TT_TRY(look_at(tensor, &b));
    return b.on_device ? from_device(&b, out) : from_host(&b, out);
}
