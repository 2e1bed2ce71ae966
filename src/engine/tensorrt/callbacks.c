/* See callbacks.h. A virtual table is an array of functions; its first four places are the same in every interface. */
#include "engine/tensorrt/callbacks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Both products have these interfaces in one form. */
_Static_assert(TRT_SLOT_ILogger_log == TRT_RTX_SLOT_ILogger_log, "ILogger");
_Static_assert(TRT_SLOT_IErrorRecorder_decRefCount == TRT_RTX_SLOT_IErrorRecorder_decRefCount, "IErrorRecorder");
_Static_assert(TRT_SLOT_IStreamWriter_write == TRT_RTX_SLOT_IStreamWriter_write, "IStreamWriter");
_Static_assert(TRT_SLOT_IProgressMonitor_phaseFinish == TRT_RTX_SLOT_IProgressMonitor_phaseFinish, "IProgressMonitor");

int32_t tt_trt_language(const void *self) { return TRT_APILanguage_kCPP; }

void tt_trt_keep(void *self) {}

/* ---- logger ---- */

static InterfaceInfo logger_info(const void *self) { return (InterfaceInfo){"ILogger", 1, 0}; }

static void log_message(void *self, int32_t severity, const char *text)
{
    static const ttrt_log_level levels[] = {
        [TRT_ILogger_Severity_kINTERNAL_ERROR] = TTRT_LOG_ERROR, [TRT_ILogger_Severity_kERROR] = TTRT_LOG_ERROR,
        [TRT_ILogger_Severity_kWARNING] = TTRT_LOG_WARNING,      [TRT_ILogger_Severity_kINFO] = TTRT_LOG_INFO,
        [TRT_ILogger_Severity_kVERBOSE] = TTRT_LOG_DEBUG,
    };

    if (severity >= 0 && (size_t)severity < TT_COUNT(levels))
        tt_log(levels[severity], "tensorrt", "%s", text);
}

ILogger *tt_trt_logger(void)
{
    static const trt_fn methods[] = {TT_TRT_COMMON(logger_info), [TRT_SLOT_ILogger_log] = (trt_fn)log_message};
    static const trt_fn *logger = methods;

    return (ILogger *)&logger;
}

/* ---- error recorder ---- */

static InterfaceInfo errors_info(const void *self) { return (InterfaceInfo){"IErrorRecorder", 1, 0}; }

static int32_t errors_count(const tt_trt_errors *e) { return e->count > 0; }

static int32_t errors_code(const tt_trt_errors *e, int32_t i) { return i == 0 ? e->code : TRT_ErrorCode_kSUCCESS; }

static const char *errors_text(const tt_trt_errors *e, int32_t i) { return i == 0 ? e->text : ""; }

static bool errors_overflowed(const tt_trt_errors *e) { return e->count > 1; }

static void errors_clear(tt_trt_errors *e)
{
    pthread_mutex_lock(&e->lock);
    e->count = 0;
    e->code = TRT_ErrorCode_kSUCCESS;
    e->text[0] = '\0';
    pthread_mutex_unlock(&e->lock);
}

static bool errors_report(tt_trt_errors *e, int32_t code, const char *text)
{
    pthread_mutex_lock(&e->lock);
    if (e->count++ == 0) {
        e->code = code;
        snprintf(e->text, sizeof e->text, "%s", text);
    }
    pthread_mutex_unlock(&e->lock);
    return true;
}

static int32_t errors_ref(void *self) { return 1; }

void tt_trt_errors_init(tt_trt_errors *e)
{
    static const trt_fn methods[] = {
        TT_TRT_COMMON(errors_info),
        [TRT_SLOT_IErrorRecorder_getNbErrors] = (trt_fn)errors_count,
        [TRT_SLOT_IErrorRecorder_getErrorCode] = (trt_fn)errors_code,
        [TRT_SLOT_IErrorRecorder_getErrorDesc] = (trt_fn)errors_text,
        [TRT_SLOT_IErrorRecorder_hasOverflowed] = (trt_fn)errors_overflowed,
        [TRT_SLOT_IErrorRecorder_clear] = (trt_fn)errors_clear,
        [TRT_SLOT_IErrorRecorder_reportError] = (trt_fn)errors_report,
        [TRT_SLOT_IErrorRecorder_incRefCount] = (trt_fn)errors_ref,
        [TRT_SLOT_IErrorRecorder_decRefCount] = (trt_fn)errors_ref,
    };

    *e = (tt_trt_errors){.methods = methods};
    pthread_mutex_init(&e->lock, NULL);
}

void tt_trt_errors_dispose(tt_trt_errors *e) { pthread_mutex_destroy(&e->lock); }

IErrorRecorder *tt_trt_errors_recorder(tt_trt_errors *e) { return (IErrorRecorder *)e; }

void tt_trt_errors_clear(tt_trt_errors *e) { errors_clear(e); }

ttrt_status tt_trt_fail(tt_trt_errors *e, ttrt_status status, const char *fmt, ...)
{
    char what[256], said[sizeof e->text];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    pthread_mutex_lock(&e->lock);
    if (e->code == TRT_ErrorCode_kFAILED_ALLOCATION)
        status = TTRT_ERR_MEMORY;
    snprintf(said, sizeof said, "%s", e->count ? e->text : "TensorRT gives no reason");
    pthread_mutex_unlock(&e->lock);
    for (char *c = said; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    return tt_fail(status, "%s: %s", what, said);
}

/* ---- progress monitor ---- */

static InterfaceInfo progress_info(const void *self) { return (InterfaceInfo){"IProgressMonitor", 1, 0}; }

static void phase_start(tt_trt_progress *p, const char *name, const char *parent, int32_t n_steps)
{
    pthread_mutex_lock(&p->lock);
    if (p->depth++ == 0) {
        p->steps = n_steps;
        p->done = 0;
    }
    pthread_mutex_unlock(&p->lock);
}

static bool step_complete(tt_trt_progress *p, const char *name, int32_t step)
{
    pthread_mutex_lock(&p->lock);
    if (p->depth == 1)
        p->done = step + 1;
    double share = p->steps > 0 ? (double)p->done / p->steps : 0;
    if (!p->cancelled && !p->options->progress(p->options->progress_user, name, share < 1 ? share : 1))
        p->cancelled = true;
    bool go_on = !p->cancelled;
    pthread_mutex_unlock(&p->lock);
    return go_on;
}

static void phase_finish(tt_trt_progress *p, const char *name)
{
    pthread_mutex_lock(&p->lock);
    p->depth--;
    pthread_mutex_unlock(&p->lock);
}

void tt_trt_progress_init(tt_trt_progress *p, const tt_build_options *options)
{
    static const trt_fn methods[] = {
        TT_TRT_COMMON(progress_info),
        [TRT_SLOT_IProgressMonitor_phaseStart] = (trt_fn)phase_start,
        [TRT_SLOT_IProgressMonitor_stepComplete] = (trt_fn)step_complete,
        [TRT_SLOT_IProgressMonitor_phaseFinish] = (trt_fn)phase_finish,
    };

    *p = (tt_trt_progress){.methods = methods, .options = options};
    pthread_mutex_init(&p->lock, NULL);
}

void tt_trt_progress_dispose(tt_trt_progress *p) { pthread_mutex_destroy(&p->lock); }

IProgressMonitor *tt_trt_progress_monitor(tt_trt_progress *p) { return (IProgressMonitor *)p; }

/* ---- stream writer ---- */

static InterfaceInfo stream_info(const void *self) { return (InterfaceInfo){"IStreamWriter", 1, 0}; }

static void release_weights(tt_trt_stream *s)
{
    for (int i = 0; s->net && i < s->net->n_owners; i++)
        tt_mapping_release_pages(s->net->owners[i], 0, tt_mapping_size(s->net->owners[i]));
    s->net = NULL;
}

/* The number of bytes taken: less than all ends the build. */
static int64_t stream_write(tt_trt_stream *s, const void *data, int64_t n)
{
    release_weights(s);
    tt_write_bytes(s->out, data, (size_t)n);
    return tt_writer_status(s->out) == TTRT_OK ? n : 0;
}

void tt_trt_stream_init(tt_trt_stream *s, const tt_network *net, tt_writer *out)
{
    static const trt_fn methods[] = {TT_TRT_COMMON(stream_info), [TRT_SLOT_IStreamWriter_write] = (trt_fn)stream_write};

    *s = (tt_trt_stream){methods, out, net};
}

IStreamWriter *tt_trt_stream_writer(tt_trt_stream *s) { return (IStreamWriter *)s; }
