/* See cache.h. A file: { magic "TTRTKRN\0", u64 bytes, u8 hash[16], kernels }. */
#include "engine/tensorrt/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"

#define SUFFIX ".kernels"
/* A file is some 100 KB to some MB. */
#define BOUND_BYTES ((uint64_t)1 << 30)

static const char magic[8] = "TTRTKRN";

enum { HEAD_BYTES = 32 };

/* ---- the folder ---- */

/* TTRT_CACHE_DIR, or torchtrt in XDG_CACHE_HOME or ~/.cache. */
static bool find_folder(char *out, size_t size)
{
    const char *ours = tt_env_get()->cache_dir, *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n;

    if (ours)
        n = snprintf(out, size, "%s", ours);
    else if (xdg && *xdg == '/')
        n = snprintf(out, size, "%s/torchtrt", xdg);
    else if (home && *home == '/')
        n = snprintf(out, size, "%s/.cache/torchtrt", home);
    else
        return false;
    return n > 0 && (size_t)n < size;
}

/* The folder and those above it. */
static bool make_folder(char *path)
{
    for (char *c = path + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = '\0';
        int failed = mkdir(path, 0700);
        *c = '/';
        if (failed && errno != EEXIST)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

char *tt_trt_cache_path(const uint8_t *id, const tt_trt_library *library, const tt_cuda_device *device)
{
    char folder[PATH_MAX - 128], path[PATH_MAX], hex[33];
    const tt_cuda *cuda;

    if (!tt_env_get()->runtime_cache || !library->is_rtx || tt_cuda_get(&cuda) != TTRT_OK)
        return NULL;
    if (!find_folder(folder, sizeof folder)) {
        tt_log(TTRT_LOG_WARNING, "tensorrt",
               "compiled kernels are not kept: there is no folder for them; set "
               "TTRT_CACHE_DIR");
        return NULL;
    }
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    snprintf(path, sizeof path, "%s/%s-rtx%d-sm%d%d-cuda%d" SUFFIX, folder, hex, library->version, device->major,
             device->minor, cuda->driver_version);
    char *out = tt_alloc(strlen(path) + 1);
    if (out)
        memcpy(out, path, strlen(path) + 1);
    return out;
}

typedef struct {
    char name[NAME_MAX + 1];
    uint64_t bytes;
    struct timespec used;
} entry;

static int oldest_first(const void *a, const void *b)
{
    const struct timespec *x = &((const entry *)a)->used, *y = &((const entry *)b)->used;

    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

static entry *list_folder(DIR *dir, size_t *n, uint64_t *total)
{
    entry *entries = NULL;
    size_t cap = 0;
    struct dirent *d;
    struct stat facts;

    *n = 0;
    *total = 0;
    while ((d = readdir(dir))) {
        size_t length = strlen(d->d_name), tail = strlen(SUFFIX);
        if (length <= tail || strcmp(d->d_name + length - tail, SUFFIX) != 0 ||
            fstatat(dirfd(dir), d->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(facts.st_mode))
            continue;
        if (*n == cap) {
            entry *more = tt_realloc(entries, (cap ? 2 * cap : 64) * sizeof *more);
            if (!more)
                break;
            entries = more;
            cap = cap ? 2 * cap : 64;
        }
        entries[*n] = (entry){.bytes = (uint64_t)facts.st_size, .used = facts.st_mtim};
        memcpy(entries[(*n)++].name, d->d_name, length + 1);
        *total += (uint64_t)facts.st_size;
    }
    return entries;
}

void tt_trt_cache_shrink(const char *folder, uint64_t bound)
{
    DIR *dir = opendir(folder);
    uint64_t total;
    size_t n;

    if (!dir)
        return;
    entry *entries = list_folder(dir, &n, &total);
    if (total > bound)
        qsort(entries, n, sizeof *entries, oldest_first);
    for (size_t i = 0; i < n && total > bound; i++)
        if (unlinkat(dirfd(dir), entries[i].name, 0) == 0)
            total -= entries[i].bytes;
    tt_free(entries);
    closedir(dir);
}

/* ---- files ---- */

bool tt_trt_cache_check(const uint8_t *bytes, size_t size, const void **kernels, size_t *kernel_bytes)
{
    tt_reader r = {.data = bytes, .size = size, .name = "kernels"};
    uint8_t hash[16];
    const void *told;
    uint64_t n;

    if (size < HEAD_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    r.at = sizeof magic;
    if (tt_read_u64(&r, &n) != TTRT_OK || n != size - HEAD_BYTES || tt_read_bytes(&r, sizeof hash, &told) != TTRT_OK)
        return false;
    tt_hash128(bytes + HEAD_BYTES, (size_t)n, hash);
    *kernels = bytes + HEAD_BYTES;
    *kernel_bytes = (size_t)n;
    return memcmp(hash, told, sizeof hash) == 0;
}

ttrt_status tt_trt_cache_store(const char *path, const void *kernels, size_t n)
{
    char folder[PATH_MAX];
    tt_writer head = {0};
    uint8_t hash[16];
    tt_file_writer *w = NULL;
    ttrt_status status;

    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    if (!make_folder(folder))
        TT_FAIL(TTRT_ERR_IO, "the folder %s cannot be made: %s", folder, strerror(errno));
    tt_hash128(kernels, n, hash);
    tt_write_bytes(&head, magic, sizeof magic);
    tt_write_u64(&head, n);
    tt_write_bytes(&head, hash, sizeof hash);
    TT_TRY_DONE(tt_writer_status(&head));
    TT_TRY_DONE(tt_file_writer_open(path, &w));
    TT_TRY_DONE(tt_file_writer_write(w, head.data, head.size));
    TT_TRY_DONE(tt_file_writer_write(w, kernels, n));
    status = tt_file_writer_commit(w);
    w = NULL;
    if (status == TTRT_OK)
        tt_trt_cache_shrink(folder, BOUND_BYTES);
done:
    tt_file_writer_abort(w);
    tt_writer_dispose(&head);
    return status;
}

void tt_trt_cache_read(const char *path, const IRuntimeCache *cache)
{
    tt_mapping *m;
    const void *kernels;
    size_t n;

    if (access(path, R_OK) != 0 || tt_mapping_open(path, &m) != TTRT_OK)
        return;
    if (!tt_trt_cache_check(tt_mapping_data(m), tt_mapping_size(m), &kernels, &n))
        tt_log(TTRT_LOG_WARNING, "tensorrt", "%s is damaged: kernels are compiled again", path);
    else if (!trt_IRuntimeCache_deserialize(cache, kernels, n))
        tt_log(TTRT_LOG_WARNING, "tensorrt", "%s is not taken by TensorRT: kernels are compiled again", path);
    else
        utimensat(AT_FDCWD, path, NULL, 0); /* the mark of its last use */
    tt_mapping_unref(m);
}

void tt_trt_cache_write(const char *path, const IRuntimeCache *cache)
{
    IHostMemory *kernels = trt_IRuntimeCache_serialize(cache);

    if (kernels && trt_IHostMemory_size(kernels) > 0 &&
        tt_trt_cache_store(path, trt_IHostMemory_data(kernels), trt_IHostMemory_size(kernels)) != TTRT_OK)
        tt_log(TTRT_LOG_WARNING, "tensorrt", "compiled kernels are not kept: %s", ttrt_last_error()->what);
    trt_delete(kernels);
}
