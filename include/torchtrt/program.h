/**
 * torchtrt/program.h: programs: open, inspect, compile, run, save.
 */
#ifndef TORCHTRT_PROGRAM_H
#define TORCHTRT_PROGRAM_H

#include "torchtrt/tensor.h"

/** A program: a graph as PyTorch exported it, or, compiled, engines and the order in which they run. Immutable and
 * counted. */
typedef struct ttrt_program ttrt_program;
/** What one thread needs to run a program. */
typedef struct ttrt_context ttrt_context;

/**
 * Opens a .pt2 file written by torch.export.save (PyTorch 2.10 and newer; 2.8 keeps weights in a pickle, which is not
 * read), torch_tensorrt.save or ttrt_program_save. Weights stay mapped from the file. No pickle is read; nothing in the
 * file is executed or opened as a path.
 * @param[out] out  the program, one reference, ttrt_program_unref().
 * @return TTRT_ERR_IO, TTRT_ERR_FORMAT (file, entry, JSON path), TTRT_ERR_VERSION, TTRT_ERR_UNSUPPORTED (pickled
 * weights, custom classes, machine code), TTRT_ERR_MEMORY.
 */
TTRT_API ttrt_status ttrt_program_open(const char *path, ttrt_program **out);

/** The same from memory, which is lent: `release(user)` (may be NULL) is called once, when nothing needs it any more,
 * and not at all when this call fails. */
TTRT_API ttrt_status ttrt_program_open_memory(const void *data, size_t size, void (*release)(void *user), void *user,
                                              ttrt_program **out);

/**
 * A program from a graph in memory: `json` is the export schema's ExportedProgram, as models/model.json of an archive.
 * `weight` is called during this call for every parameter, buffer and constant by its fully qualified name: it fills
 * `out` (data, dtype, rank, dims, strides), which stays lent until the program and everything compiled from it is gone.
 */
typedef ttrt_status (*ttrt_weight_fn)(void *user, const char *name, ttrt_tensor *out);
TTRT_API ttrt_status ttrt_program_from_json(const char *json, size_t size, ttrt_weight_fn weight, void *user,
                                            ttrt_program **out);

TTRT_API ttrt_program *ttrt_program_ref(ttrt_program *program);
TTRT_API void ttrt_program_unref(ttrt_program *program); /**< NULL is fine */

/** Inputs and outputs of the call, flattened in signature order. */
typedef struct ttrt_io_info {
    const char *name; /**< the signature's name; lent by the program */
    int is_tensor;    /**< 0: a Python integer (0-d int64 here), or a constant that takes no tensor (rank -1) */
    ttrt_dtype dtype;
    int32_t rank;
    int64_t min[TTRT_MAX_RANK], opt[TTRT_MAX_RANK],
        max[TTRT_MAX_RANK]; /**< equal where static; max INT64_MAX: no bound */
    const char *shape;      /**< as text: "[s0, 3, 224, 224]" */
} ttrt_io_info;
TTRT_API size_t ttrt_program_n_inputs(const ttrt_program *program);
TTRT_API size_t ttrt_program_n_outputs(const ttrt_program *program);
TTRT_API ttrt_status ttrt_program_input(const ttrt_program *program, size_t i, ttrt_io_info *out);
TTRT_API ttrt_status ttrt_program_output(const ttrt_program *program, size_t i, ttrt_io_info *out);
TTRT_API int ttrt_program_is_compiled(const ttrt_program *program);

/**
 * Where the tensors of ttrt_context_run lie: TTRT_DEVICE_CUDA for a compiled program with an engine that runs on a GPU,
 * else TTRT_DEVICE_CPU. Integers among inputs and outputs are in host memory always. Needs no GPU.
 * @return TTRT_ERR_FORMAT and the like where an engine of the program cannot be read. Since 0.1.
 */
TTRT_API ttrt_status ttrt_program_device(ttrt_program *program, ttrt_device_type *out);

/** Settings of a build. Start with TTRT_COMPILE_OPTIONS_INIT; fields are only added at the end. */
typedef struct ttrt_compile_options {
    size_t size; /**< sizeof(ttrt_compile_options) */
    /** "cpu", "tensorrt", or "auto" (default): the engine of `device`; without one, for a program from a host's
     * memory, that of the device where its tensors are; for one from a file, tensorrt where it can run here, else cpu.
     * "tensorrt" needs NVIDIA's library, not a GPU: TTRT_ERR_UNSUPPORTED where there is none. */
    const char *engine;
    ttrt_dtype precision;   /**< TTRT_DTYPE_FLOAT32 (default), FLOAT16 or BFLOAT16: the type that products may use */
    int64_t min_block_size; /**< nodes an engine must have at least; default 5; INT64_MAX: no engine at all */
    int require_full_compilation; /**< default 0. In pure C a program always compiles as a whole or not at all */
    const char *const *torch_executed_ops; /**< operators kept out of engines, "aten.add.Tensor" */
    size_t n_torch_executed_ops;
    int use_fast_partitioner; /**< default 1; 0: the global one */
    int optimization_level;   /**< 0..5, default 3 */
    int num_threads;          /**< for building; 0 (default): all */
    /** Narrows dimensions: `n_shapes` of "NAME:DIMxDIM..." with DIM = n or min..opt..max. Several for one name are
     * profiles: ranges that engine tensorrt tunes for one by one; other names have as many, or one for all. */
    const char *const *shapes;
    size_t n_shapes;
    /** Called with the phase and a share in [0, 1]; returning 0 cancels (TTRT_ERR_CANCELLED). May be NULL. */
    int (*progress)(void *user, const char *phase, double share);
    void *progress_user;
    /** Where the program will run: "cpu", "cuda", "cuda:1". Default NULL: not told. */
    const char *device;
    /** GPUs that TensorRT-RTX builds for, "sm86,sm89" (sm75, sm80, sm86, sm89, sm120, sm121, or "current"). Default
     * NULL: one plan for all that it knows, from Ampere on. */
    const char *targets;

    /* What follows is TensorRT's. Engine cpu, and each product and version of TensorRT, names once in the log (room
     * "cpu" or "tensorrt") what it does not honour. */
    int64_t workspace_size;   /**< bytes of scratch memory that an engine may use; default 0: the library's own limit */
    int max_aux_streams;      /**< streams that an engine may use beside its own; default -1: the library decides */
    int version_compatible;   /**< a plan that later versions of TensorRT run, too; default 0 */
    int hardware_compatible;  /**< a plan that other GPUs (Ampere and later) run, too; default 0 */
    int disable_tf32;         /**< products of float32 never use TF32; default 0 */
    int sparse_weights;       /**< kernels for weights of 2:4 sparsity may be used; default 0 */
    int engine_capability;    /**< 0 standard (default), 1 safety, 2 DLA standalone */
    int num_avg_timing_iters; /**< runs of which a kernel's time is the mean while kernels are chosen; default 1 */
    int tiling_optimization_level; /**< effort of the search for tilings: 0 none (default), 1 fast, 2 moderate, 3 full
                                    */
    int64_t l2_limit_for_tiling;   /**< bytes of L2 cache that tilings may take; default -1: the library decides */
    int immutable_weights;         /**< default 1; 0: the plan can be refitted */
    int strip_engine_weights;      /**< a plan without weights; default 0. Needs immutable_weights == 0 */
    int refit_identical_engine_weights; /**< will be refitted with the same weights; default 0. Needs the same */
    int enable_weight_streaming;        /**< weights may stay in host memory and come when they are needed; default 0 */
    const char
        *timing_cache_path;       /**< file of kernel timings, read before a build and written after it; default NULL */
    int dla_core;                 /**< DLA core to build for; default -1: the GPU */
    int allow_gpu_fallback;       /**< what the DLA core does not take runs on the GPU; default 0 */
    int64_t dla_sram_size;        /**< bytes of a DLA core's managed SRAM; default 1 MiB */
    int64_t dla_local_dram_size;  /**< bytes of a DLA core's local DRAM; default 1 GiB */
    int64_t dla_global_dram_size; /**< bytes of a DLA core's global DRAM; default 512 MiB */
    int profiling_verbosity;      /**< what the plan tells of layers: 0 their names (default), 1 nothing, 2 details */
    int decompose_attention;      /**< attention as products and softmax, not as one layer; default 0 */
    int use_fp32_acc;             /**< float16 products are computed in float32 and rounded; default 0 */
    int truncate_double;          /**< an engine without float64 computes in float32 in its place; default 0 */
    /** Partitions for hosts (ttrt_partition_new): operators whose data decides on sizes stay there; default 0. */
    int fallback_data_dependent_ops;
    /** Partitions for hosts: backends of the host beside the engine, in order of priority. "NAME" takes what the engine
     * takes, "NAME=op,op" the operators listed. Segments end where the backend changes, and are named
     * "_run_on_acc_NAME_0"; those of listed backends are the host's to run. Needs use_fast_partitioner. */
    const char *const *backends;
    size_t n_backends;
    /** With a lower precision: nodes of the program, by name, whose products stay float32; nodes that become one layer
     * (attention) go by the last one's name. A name that the program lacks costs a warning. Default none. */
    const char *const *float32_nodes;
    size_t n_float32_nodes;
} ttrt_compile_options;
#define TTRT_COMPILE_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        .size = sizeof(ttrt_compile_options), .engine = "auto", .precision = TTRT_DTYPE_FLOAT32, .min_block_size = 5,  \
        .use_fast_partitioner = 1, .optimization_level = 3, .max_aux_streams = -1, .num_avg_timing_iters = 1,          \
        .l2_limit_for_tiling = -1, .immutable_weights = 1, .dla_core = -1, .dla_sram_size = 1 << 20,                   \
        .dla_local_dram_size = 1 << 30, .dla_global_dram_size = 1 << 29                                                \
    }

/**
 * Sets one plain setting from a text, as a command line has it: "1", "16M" (bytes; k, M, G, T are powers of 1024),
 * "fast", "float16" or "fp16".
 * @param name  a field of ttrt_compile_options, as ttrt_settings() lists them.
 * @param text  borrowed for the call; of a setting that is a text itself, for as long as the options are used.
 * @return TTRT_ERR_ARGUMENT for a name that is none, or a text that is out of range; the hint tells what is known.
 */
TTRT_API ttrt_status ttrt_compile_options_set(ttrt_compile_options *options, const char *name, const char *text);

/** The plain settings as JSON: [{"name", "type", "offset", "default", "min", "max", "choices", "cpu", "rtx", "help"}].
 * Type is flag, int, long, bytes, choice, dtype or text; "cpu" and "rtx" tell what engine cpu and TensorRT-RTX make of
 * it: honours, nothing, lacks, refuses. Static storage. */
TTRT_API const char *ttrt_settings(void);

/**
 * Facts as JSON text, lent until the program goes. Signature, dimensions, operators with counts and support (and each
 * refusal's reason and source line), weights, FLOPs; for a compiled program its engines, the report of its build.
 */
TTRT_API ttrt_status ttrt_program_describe(ttrt_program *program, const char **json);
/** The same, with support as a compile with these options would have it. Lent until the next such call, too. */
TTRT_API ttrt_status ttrt_program_describe_for(ttrt_program *program, const ttrt_compile_options *options,
                                               const char **json);

/** Which engine a compile takes, and why: "cpu", "tensorrt cannot run here: no TensorRT library is installed". */
typedef struct ttrt_choice {
    const char *engine; /**< static storage */
    char reason[320];
} ttrt_choice;
/**
 * Tells which engine a compile with these options (NULL: the defaults) takes, without compiling.
 * @return TTRT_ERR_UNSUPPORTED where that engine cannot build here, with the reason.
 */
TTRT_API ttrt_status ttrt_program_choose(const ttrt_program *program, const ttrt_compile_options *options,
                                         ttrt_choice *out);

/**
 * Compiles a program: functionalize, partition, lower, convert, build. The source program is not changed.
 * @param options  NULL for the defaults.
 * @return TTRT_ERR_UNSUPPORTED lists every operator that no engine takes: name, count, reason, Python source line.
 */
TTRT_API ttrt_status ttrt_program_compile(ttrt_program *program, const ttrt_compile_options *options,
                                          ttrt_program **out);

/** Writes a compiled program (or an uncompiled one) as a .pt2 that torch.export.load reads after `import
 * torch_tensorrt`, and ttrt_program_open. To a temporary name first: on failure an old file at `path` is as it was. */
TTRT_API ttrt_status ttrt_program_save(const ttrt_program *program, const char *path);

/** What a host's parallel-for gets: fn must be called on disjoint ranges that cover [0, n), each with a worker number
 * below n_workers that no other running call has; return when all are done. */
typedef void (*ttrt_loop_fn)(void *ctx, int64_t begin, int64_t end, int worker);
typedef struct ttrt_threads {
    int n_workers;
    void (*parallel_for)(void *self, int64_t n, int64_t grain, ttrt_loop_fn fn, void *ctx);
    void *self;
} ttrt_threads;

/** @param program a compiled one. One reference is held until ttrt_context_free(). */
TTRT_API ttrt_status ttrt_context_new(ttrt_program *program, ttrt_context **out);
TTRT_API void ttrt_context_free(ttrt_context *context); /**< NULL is fine */
/** Threads of this context's runs: n of the library's own pool (default: all processors), or the host's own, copied. */
TTRT_API ttrt_status ttrt_context_set_num_threads(ttrt_context *context, int n);
TTRT_API ttrt_status ttrt_context_set_threads(ttrt_context *context, const ttrt_threads *threads);

/** Whether TensorRT-RTX records the work of an engine as a CUDA graph and launches that, which takes the host a
 * fraction of the time. Not the default: while it records, no other thread of the process may do what CUDA forbids then
 * (allocate, wait for the default stream), and numbers that an engine reads from host memory must stay as they were. A
 * run that the caller records into a graph of its own is never recorded twice. */
typedef enum ttrt_cuda_graphs {
    TTRT_CUDA_GRAPHS_OFF = 0, /**< the default */
    TTRT_CUDA_GRAPHS_WHOLE = 1
} ttrt_cuda_graphs;

/** When TensorRT-RTX compiles kernels for sizes that an engine has not seen. */
typedef enum ttrt_specialization {
    TTRT_SPECIALIZATION_LAZY = 0,  /**< in the background, while general kernels run; the default */
    TTRT_SPECIALIZATION_EAGER = 1, /**< at once: the first run at new sizes waits */
    TTRT_SPECIALIZATION_NONE = 2   /**< never */
} ttrt_specialization;

typedef struct ttrt_run_options {
    size_t size; /**< sizeof(ttrt_run_options) */
    /** Called after each step of the engines with its name and time. May be NULL. With it a run on a GPU waits for its
     * end. */
    void (*profile)(void *user, const char *step, uint64_t time_ns);
    void *profile_user;
    /** Runs on a GPU: the stream (CUstream or cudaStream_t) on which all is enqueued; the call does not wait for it.
     * The stream must outlive that. NULL: in step with CUDA's default stream, as work enqueued there would be. */
    void *stream;
    int device_index; /**< the GPU of a run that has no input on one; default 0 */
    ttrt_cuda_graphs cuda_graphs;
    ttrt_specialization specialization;
    /** Not NULL: the milliseconds that the GPU took for the run, measured by events; the call waits for its end. 0 for
     * a program that uses no GPU. */
    double *device_ms;
} ttrt_run_options;
#define TTRT_RUN_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        .size = sizeof(ttrt_run_options)                                                                               \
    }

/**
 * Runs a program once on the caller's tensors.
 *
 * @param context   borrowed; one run at a time. Contexts of one program may run in different threads at once.
 * @param[out] out  `n_out` tensors in signature order. data == NULL: allocated here, then the caller's,
 * ttrt_tensor_dispose(); otherwise written in place (contiguous, on the program's device), at most `capacity_bytes`.
 * dtype, rank, dims and device are set in both cases. Memory of the caller overlaps neither an input nor another
 * output.
 * @param in        `n_in` tensors in signature order, on the program's device (ttrt_program_device; one GPU for all).
 * dtype as declared; each dimension inside its declared range; any strides, on a GPU those that row copies can follow.
 * Read during the call only (on a GPU: until the stream is past it), except inputs that the program mutates, which are
 * written back.
 * @param options   NULL for the defaults.
 * @return TTRT_OK           every output is written; on a GPU: enqueued on the stream.
 *         TTRT_ERR_ARGUMENT wrong counts, or a tensor on the wrong device: names it.
 *         TTRT_ERR_MEMORY   no memory; on a GPU with the bytes asked and free.
 *         TTRT_ERR_VERSION  an engine was built by another version of TensorRT than the one that is here.
 *         TTRT_ERR_DEVICE   the device reported a fault.
 *         TTRT_ERR_DTYPE    names input, its type and the declared one.
 *         TTRT_ERR_SHAPE    rank or a dimension is wrong or out of range, or two uses of one symbol differ. Names
 * input, value, range. TTRT_ERR_SMALL    an output does not fit; its `capacity_bytes` now holds the need.
 *         TTRT_ERR_INDEX    an index in the data is out of range.
 *         On any error `out` owns nothing new.
 * Buffers that the program mutates are kept in the context: each context starts from the file's values.
 * Source: the call convention of torch.export.ExportedProgram.module(). Since 0.1.
 */
TTRT_API ttrt_status ttrt_context_run(ttrt_context *context, ttrt_tensor *out, size_t n_out, const ttrt_tensor *in,
                                      size_t n_in, const ttrt_run_options *options);

#endif
