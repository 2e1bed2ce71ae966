/* The list of engines, and the live engine: counted, with contexts for any number of threads. */
#include "engine/blob.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define ENGINE(name) extern const tt_engine_iface tt_engine_##name;
#include "engine/engines.def"
#undef ENGINE

static const tt_engine_iface *const engines[] = {
#define ENGINE(name) &tt_engine_##name,
#include "engine/engines.def"
#undef ENGINE
};

const tt_engine_iface *tt_engine_at(size_t i) { return i < TT_COUNT(engines) ? engines[i] : NULL; }

const tt_engine_iface *tt_engine_find(const char *name)
{
    for (size_t i = 0; i < TT_COUNT(engines); i++)
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    return NULL;
}

ttrt_status tt_engine_runs_here(const tt_engine_iface *engine, tt_reason *why)
{
    TT_TRY(engine->probe(why));
    return engine->runs_here ? engine->runs_here(why) : TTRT_OK;
}

bool tt_refuse(tt_reason *why, const char *fmt, ...)
{
    va_list args;

    if (why) {
        va_start(args, fmt);
        vsnprintf(why->text, sizeof why->text, fmt, args);
        va_end(args);
    }
    return false;
}

/* ---- live engines ---- */

/* Contexts kept for the next run; those of more threads at once are made and freed. With this many, a run rather waits
 * for a busy one than make another. */
#define MAX_IDLE 16

struct tt_engine {
    atomic_int refs;
    const tt_engine_iface *iface;
    void *payload;
    tt_mapping *owner;
    uint8_t id[16];
    pthread_mutex_t lock; /* of what follows */
    void *idle[MAX_IDLE];
    int n_idle;
};

/* Engines use their bytes in place and rely on alignment; a blob that lies elsewhere is copied once. */
static ttrt_status align_payload(tt_blob *blob, tt_mapping *owner, tt_mapping **out)
{
    if ((uintptr_t)blob->payload % 64 == 0) {
        *out = owner ? tt_mapping_ref(owner) : NULL;
        return TTRT_OK;
    }
    void *copy = tt_alloc_aligned(blob->payload_bytes);
    if (!copy)
        return TTRT_ERR_MEMORY;
    ttrt_status status = tt_mapping_wrap(copy, blob->payload_bytes, tt_free_aligned, copy, out);
    if (status != TTRT_OK) {
        tt_free_aligned(copy);
        return status;
    }
    memcpy(copy, blob->payload, blob->payload_bytes);
    blob->payload = copy;
    return TTRT_OK;
}

ttrt_status tt_engine_open(const uint8_t *bytes, size_t size, tt_mapping *owner, bool verify, tt_engine **out)
{
    tt_blob blob;

    TT_TRY(tt_blob_read(bytes, size, verify, &blob));
    tt_engine *e = tt_calloc(1, sizeof *e);
    if (!e)
        return TTRT_ERR_MEMORY;
    memcpy(e->id, blob.id, sizeof e->id);
    ttrt_status status = align_payload(&blob, owner, &e->owner);
    if (status == TTRT_OK)
        status = blob.iface->deserialize(blob.payload, blob.payload_bytes, blob.id, e->owner, &e->payload);
    if (status != TTRT_OK) {
        tt_mapping_unref(e->owner);
        tt_free(e);
        return status;
    }
    e->iface = blob.iface;
    atomic_init(&e->refs, 1);
    pthread_mutex_init(&e->lock, NULL);
    *out = e;
    return TTRT_OK;
}

tt_engine *tt_engine_ref(tt_engine *e)
{
    atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    return e;
}

void tt_engine_unref(tt_engine *e)
{
    if (!e || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (int i = 0; i < e->n_idle; i++)
        e->iface->context_free(e->idle[i]);
    e->iface->destroy(e->payload);
    tt_mapping_unref(e->owner);
    pthread_mutex_destroy(&e->lock);
    tt_free(e);
}

const tt_engine_iface *tt_engine_kind(const tt_engine *e) { return e->iface; }

void tt_engine_get_info(const tt_engine *e, tt_engine_info *out) { e->iface->info(e->payload, out); }

const uint8_t *tt_engine_id(const tt_engine *e) { return e->id; }

void *tt_engine_payload(tt_engine *e) { return e->payload; }

/* ---- runs ---- */

static int best_idle(tt_engine *e, const tt_run_options *options, tt_suits *how)
{
    int best = e->n_idle - 1;

    *how = best >= 0 ? TT_SUITS_BEST : TT_SUITS_NOT;
    if (!e->iface->context_suits)
        return best;
    *how = TT_SUITS_NOT;
    for (int i = e->n_idle - 1; i >= 0 && *how != TT_SUITS_BEST; i--) {
        tt_suits suits = e->iface->context_suits(e->idle[i], options);
        if (suits == TT_SUITS_NEVER) {
            e->iface->context_free(e->idle[i]);
            best = best == --e->n_idle ? i : best;
            e->idle[i] = e->idle[e->n_idle];
        } else if (suits > *how) {
            *how = suits;
            best = i;
        }
    }
    return best;
}

static ttrt_status take_context(tt_engine *e, const tt_run_options *options, void **out)
{
    void *context = NULL;
    tt_suits how;

    pthread_mutex_lock(&e->lock);
    int i = best_idle(e, options, &how);
    if (how > TT_SUITS_BUSY || (how == TT_SUITS_BUSY && e->n_idle == MAX_IDLE)) {
        context = e->idle[i];
        e->idle[i] = e->idle[--e->n_idle];
    }
    pthread_mutex_unlock(&e->lock);
    if (!context)
        return e->iface->context_new(e->payload, options, out);
    *out = context;
    return TTRT_OK;
}

static void give_context(tt_engine *e, void *context)
{
    pthread_mutex_lock(&e->lock);
    if (e->n_idle < MAX_IDLE) {
        e->idle[e->n_idle++] = context;
        context = NULL;
    }
    pthread_mutex_unlock(&e->lock);
    if (context)
        e->iface->context_free(context);
}

ttrt_status tt_engine_run(tt_engine *e, tt_io *outs, const tt_output_alloc *alloc, const tt_io *ins,
                          const tt_run_options *options)
{
    static const tt_run_options defaults;
    tt_run_options placed;
    void *context;

    if (!options)
        options = &defaults;
    if (e->iface->place) {
        placed = *options;
        TT_TRY(e->iface->place(e->payload, ins, &placed));
        options = &placed;
    }
    TT_TRY(take_context(e, options, &context));
    ttrt_status status = e->iface->run(context, outs, alloc, ins, options);
    /* A device's fault leaves its context unusable. */
    if (status == TTRT_ERR_DEVICE)
        e->iface->context_free(context);
    else
        give_context(e, context);
    return status;
}
