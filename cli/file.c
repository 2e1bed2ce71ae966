/* Files that appear whole or not at all. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (!f)
        return false;
    bool ok = fwrite(bytes, 1, size, f) == size && fflush(f) == 0 && fsync(fileno(f)) == 0;
    return fclose(f) == 0 && ok;
}

int write_file(const char *path, const void *bytes, size_t size)
{
    char *temporary = malloc(strlen(path) + 32);

    if (!temporary)
        return print_failure("no memory");
    sprintf(temporary, "%s.%ld.part", path, (long)getpid());
    bool ok = write_bytes(temporary, bytes, size) && rename(temporary, path) == 0;
    if (!ok) {
        const char *why = strerror(errno);
        unlink(temporary);
        print_failure("%s: %s", path, why);
    }
    free(temporary);
    return ok ? CLI_OK : CLI_FAILED;
}
