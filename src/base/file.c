/* Files: counted read-only mappings, and writing that either replaces the target whole or leaves it as it was. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/threads.h"

struct tt_mapping {
    _Atomic size_t refs;
    const uint8_t *data;
    size_t size;
    bool mapped; /* else the caller's memory */
    void (*release)(void *user);
    void *user;
    char name[];
};

static tt_mapping *mapping_new(const char *name)
{
    size_t len = strlen(name);
    tt_mapping *m = tt_alloc(sizeof *m + len + 1);

    if (!m)
        return NULL;
    *m = (tt_mapping){.refs = 1};
    memcpy(m->name, name, len + 1);
    return m;
}

static ttrt_status fail_errno(int error, const char *what, const char *path)
{
    char text[128];

    tt_fail(error == ENOMEM ? TTRT_ERR_MEMORY : TTRT_ERR_IO, "%s: %s", what, strerror_r(error, text, sizeof text));
    return tt_fail_where("%s", path);
}

static ttrt_status check_file(const struct stat *st, const char *path)
{
    if (S_ISDIR(st->st_mode))
        tt_fail(TTRT_ERR_IO, "a file wanted, found a directory");
    else if (!S_ISREG(st->st_mode))
        tt_fail(TTRT_ERR_IO, "not a regular file; it cannot be mapped");
    else if (st->st_size == 0)
        tt_fail(TTRT_ERR_FORMAT, "the file is empty");
    else if ((uint64_t)st->st_size > SIZE_MAX)
        tt_fail(TTRT_ERR_UNSUPPORTED, "%lld bytes do not fit this process' address space", (long long)st->st_size);
    else
        return TTRT_OK;
    return tt_fail_where("%s", path);
}

ttrt_status tt_mapping_open(const char *path, tt_mapping **out)
{
    ttrt_status status;
    struct stat st;
    tt_mapping *m = NULL;
    int fd;

    TT_CHECK_ARG(path && out);
    do /* a FIFO must not block the open; for a regular file the flag means nothing */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return fail_errno(errno, "cannot open", path);
    if (fstat(fd, &st) != 0) {
        status = fail_errno(errno, "cannot be examined", path);
        goto done;
    }
    TT_TRY_DONE(check_file(&st, path));
    if (!(m = mapping_new(path))) {
        status = TTRT_ERR_MEMORY;
        goto done;
    }
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        status = fail_errno(errno, "cannot be mapped", path);
        goto done;
    }
    m->data = data;
    m->size = (size_t)st.st_size;
    m->mapped = true;
    *out = m;
    m = NULL;
done:
    tt_free(m);
    close(fd);
    return status;
}

ttrt_status tt_mapping_wrap(const void *data, size_t size, void (*release)(void *user), void *user, tt_mapping **out)
{
    TT_CHECK_ARG(out && (data || size == 0));
    tt_mapping *m = mapping_new("<memory>");
    if (!m)
        return TTRT_ERR_MEMORY;
    m->data = data;
    m->size = size;
    m->release = release;
    m->user = user;
    *out = m;
    return TTRT_OK;
}

tt_mapping *tt_mapping_ref(tt_mapping *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
    return m;
}

void tt_mapping_unref(tt_mapping *m)
{
    if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (m->mapped)
        munmap((void *)(uintptr_t)m->data, m->size);
    else if (m->release)
        m->release(m->user);
    tt_free(m);
}

const uint8_t *tt_mapping_data(const tt_mapping *m) { return m->data; }

size_t tt_mapping_size(const tt_mapping *m) { return m->size; }

const char *tt_mapping_name(const tt_mapping *m) { return m->name; }

void tt_mapping_release_pages(const tt_mapping *m, size_t offset, size_t size)
{
    if (!m->mapped || offset >= m->size) /* the caller's own memory would read as zeros afterwards */
        return;
    size = size < m->size - offset ? size : m->size - offset;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t begin = (offset + page - 1) & ~(page - 1), end = (offset + size) & ~(page - 1);
    if (offset + size == m->size)
        end = m->size; /* the last page is ours to its end */
    if (begin < end)
        (void)madvise((void *)(uintptr_t)(m->data + begin), end - begin, MADV_DONTNEED);
}

#define BUFFER ((size_t)64 << 10)

struct tt_file_writer {
    int fd;
    uint64_t at;
    size_t n_buffered;
    char *path, *temp;  /* of the target, and of what is written meanwhile */
    ttrt_status failed; /* the first failure; the file is of no use after it */
    uint8_t buffer[BUFFER];
};

static ttrt_status copy_text(const char *text, char **out)
{
    size_t bytes = strlen(text) + 1;

    if (!(*out = tt_alloc(bytes)))
        return TTRT_ERR_MEMORY;
    memcpy(*out, text, bytes);
    return TTRT_OK;
}

/* Where `path` is a link, its target is what gets replaced. What stands there must be a file: renaming over /dev/null
 * would take it away. *mode is the permission of the file there, -1 where there is none. */
static ttrt_status find_target(const char *path, char **target, int *mode)
{
    struct stat st;
    char *real = realpath(path, NULL);

    *mode = -1;
    if (real && stat(real, &st) == 0) {
        if (!S_ISREG(st.st_mode)) {
            tt_fail(TTRT_ERR_IO, "%s stands where the file would be written",
                    S_ISDIR(st.st_mode) ? "a directory" : "something that is not a regular file");
            tt_fail_where("%s", path);
            free(real);
            return TTRT_ERR_IO;
        }
        *mode = (int)(st.st_mode & 0777);
    }
    ttrt_status status = copy_text(real ? real : path, target);
    free(real);
    return status;
}

/* A name of its own in the target's folder: a rename does not cross file systems. Its length does not depend on the
 * target's, which may be as long as names get. */
static ttrt_status open_temp(tt_file_writer *w, const char *path)
{
    static _Atomic unsigned counter;
    const char *slash = strrchr(w->path, '/');
    size_t folder = slash ? (size_t)(slash - w->path) + 1 : 0, bytes = folder + 64;

    if (!(w->temp = tt_alloc(bytes)))
        return TTRT_ERR_MEMORY;
    memcpy(w->temp, w->path, folder);
    for (int i = 0; i < 100; i++) {
        snprintf(w->temp + folder, bytes - folder, ".ttrt-%ld-%u-%llx.tmp", (long)getpid(),
                 atomic_fetch_add(&counter, 1), (unsigned long long)tt_time_ns());
        w->fd = open(w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (w->fd >= 0 || (errno != EEXIST && errno != EINTR))
            break;
    }
    return w->fd >= 0 ? TTRT_OK : fail_errno(errno, "cannot write a new file in its folder", path);
}

static void writer_free(tt_file_writer *w)
{
    tt_free(w->path);
    tt_free(w->temp);
    tt_free(w);
}

ttrt_status tt_file_writer_open(const char *path, tt_file_writer **out)
{
    ttrt_status status;
    int mode;

    TT_CHECK_ARG(path && *path && out);
    tt_file_writer *w = tt_calloc(1, sizeof *w);
    if (!w)
        return TTRT_ERR_MEMORY;
    w->fd = -1;
    TT_TRY_DONE(find_target(path, &w->path, &mode));
    TT_TRY_DONE(open_temp(w, path));
    if (mode >= 0)
        (void)fchmod(w->fd, (mode_t)mode); /* a file system without modes is no reason to give up */
    *out = w;
    return TTRT_OK;
done:
    writer_free(w);
    return status;
}

static ttrt_status put(tt_file_writer *w, const uint8_t *data, size_t n)
{
    while (n > 0) {
        size_t piece = n < ((size_t)1 << 30) ? n : (size_t)1 << 30; /* Linux writes at most 2 GiB - 4 KiB a call */
        ssize_t done = write(w->fd, data, piece);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return w->failed = fail_errno(done < 0 ? errno : ENOSPC, "cannot write", w->path);
        data += done;
        n -= (size_t)done;
    }
    return TTRT_OK;
}

static ttrt_status flush(tt_file_writer *w)
{
    size_t n = w->n_buffered;

    w->n_buffered = 0;
    return put(w, w->buffer, n);
}

static ttrt_status refuse_failed(const tt_file_writer *w)
{
    tt_fail(w->failed, "an earlier write of this file went wrong");
    return tt_fail_where("%s", w->path);
}

ttrt_status tt_file_writer_write(tt_file_writer *w, const void *data, size_t n)
{
    if (w->failed != TTRT_OK)
        return refuse_failed(w);
    if (n > BUFFER - w->n_buffered)
        TT_TRY(flush(w));
    if (n >= BUFFER) {
        TT_TRY(put(w, data, n));
    } else if (n > 0) {
        memcpy(w->buffer + w->n_buffered, data, n);
        w->n_buffered += n;
    }
    w->at += n;
    return TTRT_OK;
}

uint64_t tt_file_writer_at(const tt_file_writer *w) { return w->at; }

/* Makes the rename itself durable; where a folder cannot be synced the file is still whole. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    char folder[4096] = ".";

    if (len >= sizeof folder)
        return;
    if (len > 0) {
        memcpy(folder, path, len);
        folder[len] = 0;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static ttrt_status finish(tt_file_writer *w)
{
    int failed;

    if (w->failed != TTRT_OK)
        return refuse_failed(w);
    TT_TRY(flush(w));
    do
        failed = fsync(w->fd);
    while (failed && errno == EINTR);
    if (failed)
        return fail_errno(errno, "cannot be flushed to disk", w->path);
    failed = close(w->fd);
    w->fd = -1;
    if (failed && errno != EINTR)
        return fail_errno(errno, "cannot be closed", w->path);
    if (rename(w->temp, w->path) != 0)
        return fail_errno(errno, "cannot take the place of the old file", w->path);
    sync_folder(w->path);
    return TTRT_OK;
}

ttrt_status tt_file_writer_commit(tt_file_writer *w)
{
    ttrt_status status = finish(w);

    if (status != TTRT_OK)
        tt_file_writer_abort(w);
    else
        writer_free(w);
    return status;
}

void tt_file_writer_abort(tt_file_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    unlink(w->temp);
    writer_free(w);
}
