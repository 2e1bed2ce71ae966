/* See library.h. */
#include "engine/tensorrt/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/log.h"
#include "torchtrt/engine.h"

int tt_trt_version;
bool tt_trt_is_rtx;

/* Layouts only grow within these ranges; below and above them slots have moved. */
static const struct {
    bool is_rtx;
    int first, last;
    const char *text;
} known[] = {
    {true, 10500, 19999, "TensorRT-RTX 1.5 to 1.x"},
    {false, 110000, 119999, "TensorRT 11.x"},
};

#define INSTALL "pip install tensorrt-rtx-cu13-libs"

/* Beside the folder of our own package, as pip lays wheels; then whatever the loader finds. */
static const char *const beside[] = {"tensorrt_rtx_libs/libtensorrt_rtx.so.1", "tensorrt_libs/libnvinfer.so.11"};
static const char *const by_name[] = {"libtensorrt_rtx.so.1", "libnvinfer.so.11"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool asked;
static ttrt_status answer;
static tt_error_text problem;
static tt_trt_library library;
static char suggested[PATH_MAX], opened[PATH_MAX];

/* ---- finding ---- */

static void *open_path(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (handle)
        snprintf(opened, sizeof opened, "%s", path);
    else
        tt_log(TTRT_LOG_DEBUG, "tensorrt", "%s", dlerror());
    return handle;
}

/* SITE/torch_tensorrt/lib/libtorchtrt.so.0 ─► SITE/tensorrt_rtx_libs/libtensorrt_rtx.so.1 */
static void *open_beside(void)
{
    Dl_info us;
    char site[PATH_MAX], path[PATH_MAX];
    void *handle = NULL;

    if (!dladdr(&library, &us) || !us.dli_fname)
        return NULL;
    snprintf(site, sizeof site, "%s", us.dli_fname);
    for (int up = 0; up < 3; up++) {
        char *slash = strrchr(site, '/');
        if (!slash)
            return NULL;
        *slash = '\0';
    }
    for (size_t i = 0; !handle && i < TT_COUNT(beside); i++)
        if (snprintf(path, sizeof path, "%s/%s", site, beside[i]) < (int)sizeof path)
            handle = open_path(path);
    return handle;
}

static ttrt_status find(void **handle)
{
    const char *explicit = tt_env_get()->tensorrt_library;

    if (explicit && *explicit) {
        if ((*handle = open_path(explicit)))
            return TTRT_OK;
        tt_fail(TTRT_ERR_UNSUPPORTED, "TTRT_TENSORRT_LIBRARY=%s cannot be opened", explicit);
        return tt_fail_hint("give the path of libtensorrt_rtx.so.1 or libnvinfer.so.11");
    }
    *handle = *suggested ? open_path(suggested) : NULL;
    if (!*handle)
        *handle = open_beside();
    for (size_t i = 0; !*handle && i < TT_COUNT(by_name); i++)
        *handle = open_path(by_name[i]);
    if (*handle)
        return TTRT_OK;
    tt_fail(TTRT_ERR_UNSUPPORTED, "no TensorRT library is installed");
    return tt_fail_hint(INSTALL ", or set TTRT_TENSORRT_LIBRARY to the path of libtensorrt_rtx.so.1 or libnvinfer.so");
}

/* ---- checking ---- */

static ttrt_status symbol(void *handle, const char *name, void *out)
{
    void *address = dlsym(handle, name);

    if (!address) {
        tt_fail(TTRT_ERR_UNSUPPORTED, "%s is no TensorRT library: it has no %s", opened, name);
        return tt_fail_hint(INSTALL);
    }
    memcpy(out, &address, sizeof address);
    return TTRT_OK;
}

/* TensorRT-RTX counts its versions from 1, TensorRT has long been past that. Neither checks who calls it. */
static ttrt_status check_version(int version, tt_trt_library *l)
{
    l->version = version;
    l->is_rtx = version < 20000;
    snprintf(l->title, sizeof l->title, "TensorRT%s %d.%d.%d", l->is_rtx ? "-RTX" : "", version / 10000,
             version / 100 % 100, version % 100);
    for (size_t i = 0; i < TT_COUNT(known); i++)
        if (known[i].is_rtx == l->is_rtx && version >= known[i].first && version <= known[i].last)
            return TTRT_OK;
    tt_fail(TTRT_ERR_VERSION, "%s is %s, whose binary interface is not known; known are %s and %s", opened, l->title,
            known[0].text, known[1].text);
    return tt_fail_hint(INSTALL);
}

static ttrt_status open_library(tt_trt_library *out)
{
    tt_trt_library l = {.path = opened};
    void *handle = NULL;
    int32_t (*version)(void) = NULL;

    TT_TRY(find(&handle));
    ttrt_status status = symbol(handle, "getInferLibVersion", &version);
    if (status == TTRT_OK)
        status = check_version(version(), &l);
    if (status == TTRT_OK)
        status = symbol(handle, "createInferBuilder_INTERNAL", &l.create_builder);
    if (status == TTRT_OK)
        status = symbol(handle, "createInferRuntime_INTERNAL", &l.create_runtime);
    if (status == TTRT_OK)
        status = symbol(handle, "createInferRefitter_INTERNAL", &l.create_refitter);
    if (status != TTRT_OK) {
        dlclose(handle);
        return status;
    }
    *out = l;
    tt_trt_version = l.version;
    tt_trt_is_rtx = l.is_rtx;
    tt_log(TTRT_LOG_INFO, "tensorrt", "%s from %s", l.title, l.path);
    return TTRT_OK;
}

ttrt_status tt_trt_library_get(const tt_trt_library **out)
{
    pthread_mutex_lock(&lock);
    if (!asked) {
        answer = open_library(&library);
        if (answer != TTRT_OK)
            tt_error_save(&problem);
        asked = true;
    }
    pthread_mutex_unlock(&lock);
    if (answer != TTRT_OK)
        return tt_error_restore(&problem);
    *out = &library;
    return TTRT_OK;
}

ttrt_status ttrt_tensorrt_suggest(const char *path)
{
    TT_CHECK_ARG(path != NULL && strlen(path) < sizeof suggested);
    pthread_mutex_lock(&lock);
    memcpy(suggested, path, strlen(path) + 1);
    pthread_mutex_unlock(&lock);
    return TTRT_OK;
}
