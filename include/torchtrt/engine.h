/**
 * torchtrt/engine.h: single engines and partitions, for hosts that run the rest of a program themselves (PyTorch).
 */
#ifndef TORCHTRT_ENGINE_H
#define TORCHTRT_ENGINE_H

#include "torchtrt/program.h"

/** A partition of a program's graph into segments for an engine and segments left to the host. */
typedef struct ttrt_partition ttrt_partition;

/**
 * Functionalizes and partitions. The program's nodes keep their names.
 * @return with options->require_full_compilation, TTRT_ERR_UNSUPPORTED listing what is left out.
 */
TTRT_API ttrt_status ttrt_partition_new(ttrt_program *program, const ttrt_compile_options *options,
                                        ttrt_partition **out);
TTRT_API void ttrt_partition_free(ttrt_partition *partition);

/**
 * The partition as JSON, lent until it goes: {"total": n, "supported": n, "segments": [{"name": "_run_on_acc_0",
 * "engine": true, "truncates": false, "nodes": [names], "inputs": [value names], "outputs": [value names]}],
 * "refusals": [{"node", "operator", "reason", "source"}]}. An engine that truncates takes and gives float32 where the
 * program has float64.
 */
TTRT_API ttrt_status ttrt_partition_describe(ttrt_partition *partition, const char **json);

/**
 * Builds the engine of segment `name`.
 * @param[out] blob       the engine as bytes, one allocation; ttrt_bytes_free().
 * @param[out] signature  what `execute_engine` needs while tracing, when the engine's bytes are not there: dtype and
 * shape of each output, as text; lent until the partition goes.
 *
 * The text, for two outputs of an engine whose first input is [s0, 384]: "f32[s0,2*s0 + 1]|i64[]; in: s0=0.0"
 *
 *     signature = [output {"|" output}] ["; in: " symbol {", " symbol}]
 *     output    = dtype "[" [dim {"," dim}] "]"   dtype: f64 f32 f16 bf16 i64 i32 i16 i8 u8 u16 u32 u64 b8 f8e4m3fn
 * f8e5m2 ... dim       = a number, or an expression over symbols in Python's syntax: 2*s0 + 1, (s0 - 1)//2, max(1, s0),
 * s0 % 4 (commas inside parentheses belong to the expression) symbol    = name "=" place | name "=(" place "-" number
 * ")//" number place     = input "." dimension             the size of that dimension: inputs[0].shape[1] is "0.1" |
 * input ".item"                   the number in that 0-d int64 input
 *
 * A symbol without an entry is only known when the engine has run (a fresh unbacked size while tracing). Outputs are
 * fresh and contiguous, none is an alias of an input.
 */
TTRT_API ttrt_status ttrt_partition_build(ttrt_partition *partition, const char *name,
                                          const ttrt_compile_options *options, void **blob, size_t *blob_bytes,
                                          const char **signature);
TTRT_API void ttrt_bytes_free(void *bytes); /**< NULL is fine */

/** A live engine, counted. */
typedef struct ttrt_engine ttrt_engine;

/**
 * Opens an engine's bytes (of ttrt_partition_build, or the uint8 constant of a saved program).
 * @param bytes  lent: `release(user)` is called once, when the engine is gone; not at all when this call fails.
 * @return TTRT_ERR_FORMAT damaged, TTRT_ERR_VERSION of another version, TTRT_ERR_UNSUPPORTED of an engine not in this
 * build.
 */
TTRT_API ttrt_status ttrt_engine_open(const void *bytes, size_t size, void (*release)(void *user), void *user,
                                      ttrt_engine **out);
TTRT_API void ttrt_engine_unref(ttrt_engine *engine); /**< NULL is fine */

/**
 * Compiles a whole program into one engine. Its inputs and outputs are the program's, in the order of the signature and
 * by its names; what the program writes (a buffer, an input) is an input and a further output. Engine "auto" without a
 * device is tensorrt where its library is, for the bytes are wanted elsewhere.
 * @return TTRT_ERR_UNSUPPORTED lists every operator that the engine does not take; other causes as
 * ttrt_program_compile().
 */
TTRT_API ttrt_status ttrt_program_convert(ttrt_program *program, const ttrt_compile_options *options,
                                          ttrt_engine **out);
/** The bytes that the engine's own library reads, lent until the engine goes: a TensorRT plan; of engine cpu, whose
 * library this is, what ttrt_engine_open() takes. */
TTRT_API ttrt_status ttrt_engine_plan(const ttrt_engine *engine, const void **plan, size_t *plan_bytes);

/** Facts as JSON, lent until the next such call or the engine goes: engine, inputs, outputs, steps; on a GPU where it
 * runs, its memory: weights and activations. */
TTRT_API ttrt_status ttrt_engine_describe(ttrt_engine *engine, const char **json);

/** Runs it; as ttrt_context_run, with threads told by the call (NULL: the library's pool). Tensors lie where the engine
 * runs ("device" in its description), numbers in host memory. Safe from many threads at once. */
TTRT_API ttrt_status ttrt_engine_run(ttrt_engine *engine, ttrt_tensor *out, size_t n_out, const ttrt_tensor *in,
                                     size_t n_in, const ttrt_threads *threads, const ttrt_run_options *options);

/**
 * Where TensorRT's library may lie: tried before the usual places (a wheel beside this library, the loader's path), and
 * after TTRT_TENSORRT_LIBRARY. Has an effect only before engine tensorrt is first asked for.
 * @param path  of libtensorrt_rtx.so.1 or libnvinfer.so.11; copied.
 */
TTRT_API ttrt_status ttrt_tensorrt_suggest(const char *path);

/** What was found on this machine: version, engines with their state, CPU level, threads, environment. JSON, static
 * storage. */
TTRT_API const char *ttrt_doctor(void);

/** The converters as JSON: [{"operator", "converter", "dynamic"}]. Static storage. */
TTRT_API const char *ttrt_operators(void);

#endif
