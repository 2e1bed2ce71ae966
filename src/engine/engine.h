/* What an engine is. A network goes in, a blob of bytes comes out; a blob becomes a live engine; contexts of it run.
 * One folder and one row in engines.def an engine. */
#ifndef TT_ENGINE_H
#define TT_ENGINE_H

#include "base/threads.h"
#include "network/network.h"
#include "torchtrt/program.h"

/* Why something is refused: shown by partitioner, dry run and inspect. */
typedef struct tt_reason {
    char text[256];
} tt_reason;
bool tt_refuse(tt_reason *why, const char *fmt, ...) TT_PRINTF(2, 3); /* false; why may be NULL */

/* Ranges of sizes that one engine is tuned for. */
typedef struct tt_size_range {
    int64_t min, opt, max;
} tt_size_range;
typedef struct tt_profiles {
    int n;                       /* 0: one, the symbols' own ranges */
    size_t n_symbols;            /* a symbol made later has its own range in all */
    const tt_size_range *ranges; /* [profile * n_symbols + the symbol's index] */
} tt_profiles;

typedef struct tt_build_options {
    const tt_threads *threads;
    const ttrt_compile_options *settings; /* the caller's, checked; NULL: the defaults */
    tt_profiles profiles;
    /* Called now and then with a share in [0, 1]; false cancels the build. May be NULL. */
    bool (*progress)(void *user, const char *phase, double share);
    void *progress_user;
    /* Called when one more weight is in the blob: what was read so far is hardly needed any more. May be NULL. */
    void (*stored)(void *user);
    void *stored_user;
} tt_build_options;

/* A tensor that a run reads or writes. Strides in elements. */
typedef struct tt_io {
    void *data;
    tt_dtype dtype;
    int rank;
    int64_t dims[TT_MAX_RANK_NET];
    int64_t strides[TT_MAX_RANK_NET];
    int device_type, device_index; /* TTRT_DEVICE_...; which GPU */
} tt_io;

/* How a run gets the memory of its outputs. Called once for each output, on the calling thread, when its shape
 * (io->dims, rank, dtype) and device are known; sets io->data and io->strides, contiguous. */
typedef struct tt_output_alloc {
    ttrt_status (*alloc)(void *user, int i, tt_io *io);
    void *user;
} tt_output_alloc;

typedef struct tt_run_options {
    const tt_threads *threads; /* NULL: the engine's own default */
    /* Called after each step with its name and time; NULL: no profile. */
    void (*profile)(void *user, const char *step, uint64_t time_ns);
    void *profile_user;
    /* Engines on a GPU. */
    int device_index;   /* of a run that has no input on a GPU; set by place() */
    void *stream;       /* a CUstream; NULL: CUDA's default stream. Never NULL after place() */
    uint64_t capture;   /* the CUDA graph that the stream is being recorded into; 0: none. Set by place() */
    bool cuda_graphs;   /* the engine may record its work and launch that */
    int specialization; /* TTRT_SPECIALIZATION_... */
} tt_run_options;

/* How well a context suits a run. NEVER: nor any later one, so it may be freed. BUSY: the device is still at its last
 * run, it would wait. */
typedef enum tt_suits { TT_SUITS_NEVER, TT_SUITS_NOT, TT_SUITS_BUSY, TT_SUITS, TT_SUITS_BEST } tt_suits;

/* What an engine's inputs and outputs are; the arrays live as long as the engine. */
typedef struct tt_engine_info {
    int n_inputs, n_outputs;
    tt_tensor *const *inputs, *const *outputs;
    tt_dims *dims;
    const char *const *output_names; /* the program's; items may be NULL. NULL: those of the tensors */
} tt_engine_info;

typedef struct tt_engine_iface {
    uint32_t version; /* 1 */
    const char *name;
    int device_type; /* where inputs and outputs of its runs lie, TTRT_DEVICE_...; numbers are always in host memory */
    bool lacks_f64;  /* truncate_double lets it compute in float32 in its place */
    /* TTRT_OK where it can build here; else why not. */
    ttrt_status (*probe)(tt_reason *why);
    /* TTRT_OK where what it builds runs here, too; else why not. NULL: wherever it builds. */
    ttrt_status (*runs_here)(tt_reason *why);
    /* Whether it takes this fully inferred layer. */
    bool (*supports)(const tt_layer *l, tt_reason *why);
    /* Whether a tensor can go in or come out: not every node becomes a layer. Optional: any tensor. */
    bool (*takes)(const tt_tensor *t, tt_reason *why);
    /* What changes constants, so that they are rounded once, afterwards: called before a lower precision is chosen for
     * layers. Optional: nothing. */
    ttrt_status (*prepare)(tt_network *net);
    /* The network may be changed by it. Appends the blob to `blob`. */
    ttrt_status (*build)(tt_network *net, const tt_build_options *options, tt_writer *blob);
    /* bytes stay where they are: `owner` is referenced for as long as the engine lives. `id` is the 16 bytes of their
     * content id. */
    ttrt_status (*deserialize)(const uint8_t *bytes, size_t size, const uint8_t *id, tt_mapping *owner, void **engine);
    void (*destroy)(void *engine);
    void (*info)(const void *engine, tt_engine_info *out);
    /* Fills in where a run goes, as far as the options leave it open. Optional: nothing to fill in. */
    ttrt_status (*place)(void *engine, const tt_io *ins, tt_run_options *options);
    ttrt_status (*context_new)(void *engine, const tt_run_options *options, void **context);
    void (*context_free)(void *context);
    /* How well an idle context suits a run. Optional: each suits every run. */
    tt_suits (*context_suits)(void *context, const tt_run_options *options);
    /* Inputs in the network's order. One run of a context at a time. */
    ttrt_status (*run)(void *context, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                       const tt_run_options *options);
    /* JSON about the engine's steps; appended. Optional. */
    ttrt_status (*inspect)(void *engine, tt_str *json);
    /* The bytes that the engine's own library reads, lent while the engine lives. NULL: its blob is its own format. */
    void (*plan)(const void *engine, const uint8_t **bytes, size_t *size);
    /* For doctor: what was found on this machine, as members of a JSON object, each with a comma before it. Optional.
     */
    void (*doctor)(tt_str *json);
} tt_engine_iface;

const tt_engine_iface *tt_engine_find(const char *name); /* "cpu", "tensorrt"; NULL */
ttrt_status tt_engine_runs_here(const tt_engine_iface *engine, tt_reason *why);
const tt_engine_iface *tt_engine_at(size_t i); /* NULL past the last */

/* The blob: header { magic "TTRTENG\0", u32 version, u32 header bytes, u8 content id[16], char engine[16], u64 payload
 * bytes, u32 crc of header up to here }, then the payload at a multiple of 64. */
#define TT_BLOB_VERSION      1
#define TT_BLOB_HEADER_BYTES 64
ttrt_status tt_blob_build(const tt_engine_iface *iface, tt_network *net, const tt_build_options *options,
                          tt_writer *blob);

/* A live engine with an atomic count. */
typedef struct tt_engine tt_engine;
/* Checks the header, content id against the payload when `verify`, then lets the named engine deserialize. */
ttrt_status tt_engine_open(const uint8_t *bytes, size_t size, tt_mapping *owner, bool verify, tt_engine **out);
tt_engine *tt_engine_ref(tt_engine *e);
void tt_engine_unref(tt_engine *e);
const tt_engine_iface *tt_engine_kind(const tt_engine *e);
void tt_engine_get_info(const tt_engine *e, tt_engine_info *out);
const uint8_t *tt_engine_id(const tt_engine *e); /* 16 bytes */
/* Contexts: a small free list in the engine hands them out, so that any number of threads may run. */
ttrt_status tt_engine_run(tt_engine *e, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                          const tt_run_options *options);
void *tt_engine_payload(tt_engine *e); /* what deserialize made */

#endif
