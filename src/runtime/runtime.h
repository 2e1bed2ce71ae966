/* What the files of the runtime share.
 *
 *   open ─► ttrt_program ─┬─► compile ─► ttrt_program ─► tt_exec (steps, made at the first context) ─► ttrt_context ─►
 * run └─► partition (a host that runs the rest itself) ─► engines' bytes ─► ttrt_engine ─► run */
#ifndef TT_RUNTIME_H
#define TT_RUNTIME_H

#include <pthread.h>
#include <stdio.h>
#include <stdatomic.h>

#include "base/str.h"
#include "engine/engine.h"
#include "partition/partition.h"
#include "program/pt2.h"
#include "torchtrt/torchtrt.h"

/* ---- programs ---- */

/* Where a graph can be read from again: compiling works on a graph of its own. */
typedef struct tt_source tt_source;
ttrt_status tt_source_from_mapping(tt_mapping *m, tt_source **out); /* takes a reference */
ttrt_status tt_source_from_json(const char *json, size_t size, ttrt_weight_fn weight, void *user, tt_source **out);
void tt_source_free(tt_source *s); /* NULL is fine */
ttrt_status tt_source_read(tt_source *s, tt_graph **graph, tt_pt2_info **info);
bool tt_source_is_host(const tt_source *s); /* a graph handed over in memory, its weights where the host has them */
/* Ends a failure with the file's name where it does not stand there yet. NULL is fine. */
ttrt_status tt_source_blame(const tt_source *s, ttrt_status status);

typedef struct tt_exec tt_exec;

typedef struct tt_user_io { /* one of the user's inputs or outputs */
    size_t index;           /* among the graph's */
    const char *name;
    const char *shape;     /* as text */
    const tt_value *value; /* NULL: a constant */
} tt_user_io;

struct ttrt_program {
    atomic_int refs;
    tt_graph *graph;
    tt_pt2_info *info; /* in the graph's arena */
    tt_source *source; /* NULL: compiled in this process */
    char *report;      /* of the build, JSON; NULL: none */
    tt_user_io *inputs, *outputs;
    size_t n_inputs, n_outputs;
    size_t n_engine_nodes, n_other_nodes;
    pthread_mutex_t lock; /* guards what is made at first use */
    tt_exec *exec;
    char *description, *description_for; /* for the defaults; for the options of the last call */
};

/* Takes graph, source and report over, on failure too. */
ttrt_status tt_program_new(tt_graph *graph, tt_pt2_info *info, tt_source *source, char *report, ttrt_program **out);
/* A graph of its own for a pass to change. */
ttrt_status tt_program_reread(ttrt_program *p, tt_graph **graph, tt_pt2_info **info);
/* The steps; made at the first call. Lent. */
ttrt_status tt_program_exec(ttrt_program *p, const tt_exec **out);

/* ---- compiling ---- */

/* The caller's options with what older callers do not have filled in, checked. */
ttrt_status tt_compile_options_read(const ttrt_compile_options *given, ttrt_compile_options *out);
/* Warns of float32_nodes that the program, as it was read, lacks. */
void tt_compile_options_name_unknown(const ttrt_compile_options *o, const tt_graph *g);
/* The engine that a program is compiled for, and why that one. */
typedef struct tt_choice {
    const tt_engine_iface *engine;
    char reason[sizeof((ttrt_choice *)0)->reason];
} tt_choice;
typedef enum tt_use { TT_USE_HERE, TT_USE_ELSEWHERE } tt_use; /* what is built: run here; its bytes wanted */
/* The engine can build here. */
ttrt_status tt_program_choose(const ttrt_program *p, const ttrt_compile_options *o, tt_use use, tt_choice *out);
/* Narrows the symbols of a graph by "NAME:DIMxDIM..." texts and gives every symbol a hint inside its range. Several
 * texts for one input are profiles: a symbol's range is then the union, its hint that of the first. In the graph's
 * arena. */
ttrt_status tt_shapes_apply(tt_graph *g, const char *const *shapes, size_t n, tt_profiles *out);
/* Builds the bytes of one segment with its engine, 64-byte aligned; tt_free_aligned() them. `name` is the segment's. */
typedef struct tt_built {
    void *bytes;
    size_t size;
    char *signature; /* in the graph's arena */
    char *precision; /* a line for each layer, in the graph's arena; NULL: all as the program has it */
    int n_layers;
} tt_built;
ttrt_status tt_segment_build(tt_graph *g, const tt_segment *segment, const ttrt_compile_options *o,
                             const tt_profiles *profiles, tt_built *out);
/* Gives a value of a compiled program the strides of a contiguous tensor. */
ttrt_status tt_value_contiguous(tt_graph *g, tt_value *v);
/* Names the sizes of a compiled program that PyTorch could not know (fresh_sizes.c). */
ttrt_status tt_program_name_sizes(tt_graph *g);
/* What execute_engine needs while tracing; the grammar stands in torchtrt/engine.h. */
ttrt_status tt_signature_print(const tt_segment_io *io, bool truncates, tt_dims *dims, tt_str *out);

/* ---- engines ---- */

/* Appends facts about an engine of `bytes` bytes as JSON. */
ttrt_status tt_engine_describe(tt_engine *e, size_t bytes, tt_str *s);
/* Appends a list of nodes and why they are in it, as JSON. */
void tt_refusals_describe(const tt_refusal *refusals, size_t n, tt_str *s);
/* The caller's memory as a mapping whose release is called only once it is armed: a call that fails leaves the memory
 * alone. */
typedef struct tt_lent tt_lent;
ttrt_status tt_lent_wrap(const void *data, size_t size, void (*release)(void *user), void *user, tt_mapping **out,
                         tt_lent **lent);
void tt_lent_arm(tt_lent *lent);

/* ---- executing ---- */

#define TT_NO_SLOT UINT32_MAX

/* One value of the program while it runs. */
typedef struct tt_slot {
    const tt_value *value;
    const tt_weight *weight; /* a buffer or constant; NULL: an input, or made by a step */
    uint32_t input;          /* the user's input it comes from; TT_NO_SLOT */
    uint32_t output;         /* the first of the user's outputs that it becomes; TT_NO_SLOT */
    bool mutated;            /* a buffer that the program writes: a copy in each context */
} tt_slot;

typedef enum tt_exec_kind {
    TT_EXEC_ENGINE,
    TT_EXEC_SCALAR, /* out[0] is the symbolic integer `dim` as a 0-d tensor */
    TT_EXEC_ITEM    /* the number in in[0] becomes the symbol `dim` */
} tt_exec_kind;

typedef struct tt_exec_step {
    tt_exec_kind kind;
    const char *name;
    tt_engine *engine;
    tt_dim dim;
    uint32_t *in, *out; /* slots; TT_NO_SLOT: an output that nobody reads */
    size_t n_in, n_out;
} tt_exec_step;

typedef enum tt_result_kind {
    TT_RESULT_NOTHING,
    TT_RESULT_TENSOR,
    TT_RESULT_INT,
    TT_RESULT_BOOL,
    TT_RESULT_FLOAT
} tt_result_kind;

typedef struct tt_result { /* one of the user's outputs */
    tt_result_kind kind;
    uint32_t slot;
    bool first; /* the slot's first output: it is made in place where a step makes it */
    tt_dim dim;
    double number;
} tt_result;

typedef struct tt_write_back { /* after the steps: the value of slot `from` becomes that of slot `to` */
    uint32_t from, to;
} tt_write_back;

typedef struct tt_bind { /* where a pair of tt_dims_bind comes from */
    uint32_t input;
    int32_t dim; /* -1: the number that the input is */
} tt_bind;

struct tt_exec {
    tt_arena *arena;
    const ttrt_program *program; /* its owner */
    tt_slot *slots;
    size_t n_slots;
    tt_exec_step *steps;
    size_t n_steps;
    tt_result *results;    /* one for each of the user's outputs */
    uint32_t *input_slots; /* one for each of the user's inputs; TT_NO_SLOT: an integer or a constant */
    tt_write_back *backs;
    size_t n_backs;
    tt_bind *binds;
    tt_dim *bind_dims;
    size_t n_binds;
    int device_type; /* of the user's tensors: a GPU where a step runs on one */
};

ttrt_status tt_exec_new(const ttrt_program *program, tt_exec **out);
void tt_exec_free(tt_exec *e); /* NULL is fine */
/* Whether a run needs no PyTorch for this node. */
bool tt_exec_takes(const tt_node *n);
/* The engine in the constant of an execute_engine node. */
ttrt_status tt_open_node_engine(const tt_node *n, tt_engine **out);

/* Memory that grows and stays, on one device. */
typedef struct tt_scratch {
    void *data;
    size_t bytes;
    int device_type, device_index;
} tt_scratch;
ttrt_status tt_scratch_reserve(tt_scratch *s, int device_type, int device_index, size_t bytes);
void tt_scratch_dispose(tt_scratch *s);

/* A slot's value where a step wants it, on the other device than it is. */
typedef struct tt_moved {
    tt_scratch memory;
    tt_io io;
    uint64_t run; /* in which it was copied; 0: never */
} tt_moved;

struct ttrt_context {
    ttrt_program *program;
    const tt_exec *exec;
    tt_threads threads;
    int64_t *values; /* of symbols */
    tt_dim_pair *pairs;
    int device_index;     /* the GPU of all runs; -1: none yet */
    uint64_t run;         /* counts */
    tt_io *slots;         /* where each value is now */
    tt_scratch *scratch;  /* of each slot */
    tt_moved *moved;      /* likewise */
    int64_t *numbers;     /* of scalar steps, one for each slot */
    tt_io *ins, *outs;    /* of the widest step */
    tt_scratch *aside;    /* for each write-back whose source a write-back may change */
    tt_io *back;          /* the source of each write-back */
    ttrt_tensor *results; /* handed over when all went well */
};

/* The first run tells on which GPU a context is: its buffers are placed there. */
ttrt_status tt_context_settle(ttrt_context *c, int device_index);
/* The caller's options with what older callers do not have filled in, checked. */
ttrt_status tt_run_options_read(const ttrt_run_options *given, ttrt_run_options *out);
tt_run_options tt_run_options_of(const ttrt_run_options *o, const tt_threads *threads);

/* ---- tensors ---- */

/* Bytes of a contiguous tensor; false on a negative dimension or overflow. */
bool tt_tensor_bytes(tt_dtype dtype, int rank, const int64_t *dims, size_t *out);
void tt_contiguous_strides(int rank, const int64_t *dims, int64_t *strides);
/* Copies equal shapes and dtypes, any strides. They may be the same memory only if strides agree too. */
void tt_io_copy(const tt_io *dst, const tt_io *src);
bool tt_io_is_contiguous(const tt_io *io);
/* What an assignment does, without the 1 KB of dimensions that a tensor of few does not have. */
void tt_io_assign(tt_io *to, const tt_io *from);
void tt_io_from_tensor(const ttrt_tensor *t, tt_io *out);
/* Points `out` at memory for `io`, on io's device: its own where it has some and it is large enough (TTRT_ERR_SMALL
 * tells the need), else a new allocation. io->data and strides are set. */
ttrt_status tt_tensor_place(ttrt_tensor *out, size_t index, tt_io *io);
/* A run writes into tensors of its own: they start with the caller's memory, and a run that fails gives up what it
 * allocated and tells the caller what room was needed. */
void tt_result_start(ttrt_tensor *result, const ttrt_tensor *out);
void tt_result_give_up(ttrt_tensor *result, ttrt_tensor *out);

/* ---- devices (device.c) ---- */

/* Memory of any device, 64-byte aligned on the host, 256 on a GPU. */
ttrt_status tt_memory_alloc(int device_type, int device_index, size_t bytes, void **out);
void tt_memory_free(int device_type, int device_index, void *p); /* NULL is fine */
/* Copies equal shapes and dtypes between any devices. On a GPU it is enqueued on `stream` (NULL: the default stream),
 * but for a copy to the host, which is waited for. */
ttrt_status tt_io_move(const tt_io *dst, const tt_io *src, void *stream);
/* An input must be where it says it is. */
ttrt_status tt_tensor_check_memory(const ttrt_tensor *t, const char *name);
const char *tt_device_text(int device_type, int device_index, char *buffer, size_t size); /* "in host memory" */
/* The GPU's time between two marks on a stream. NULL `ms` does nothing. */
typedef struct tt_timer {
    void *start, *end; /* events */
    int device_index;
    void *stream;
} tt_timer;
ttrt_status tt_timer_start(tt_timer *t, int device_index, void *stream);
ttrt_status tt_timer_stop(tt_timer *t, double *ms); /* waits */
void tt_timer_dispose(tt_timer *t);

#endif
