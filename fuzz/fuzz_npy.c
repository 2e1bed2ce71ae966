/* NumPy files. What is read is written and read again. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char in[64], out[64];

static void open_files(void)
{
    static int fd_in = -1;

    if (fd_in >= 0)
        return;
    fd_in = memfd_create("in.npy", 0);
    fuzz_check(fd_in >= 0, "there is memory for a file");
    snprintf(in, sizeof in, "/proc/self/fd/%d", fd_in);
    snprintf(out, sizeof out, "/tmp/fuzz-%d.npy", (int)getpid());
}

static void write_input(const uint8_t *data, size_t size)
{
    FILE *file = fopen(in, "wb");

    fuzz_check(file && fwrite(data, 1, size, file) == size && fclose(file) == 0, "the input can be written");
}

static void read_again(const ttrt_tensor *t)
{
    ttrt_tensor again;

    if (ttrt_tensor_write_npy(t, out) != TTRT_OK)
        return;
    fuzz_check(ttrt_tensor_read_npy(out, &again) == TTRT_OK, "what was written reads back");
    unlink(out);
    fuzz_check(again.dtype == t->dtype && again.rank == t->rank &&
                   memcmp(again.dims, t->dims, (size_t)t->rank * sizeof *t->dims) == 0 &&
                   memcmp(again.data, t->data, (size_t)ttrt_tensor_count(t) * ttrt_dtype_size(t->dtype)) == 0,
               "what was written reads back as itself");
    ttrt_tensor_dispose(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ttrt_tensor t;

    open_files();
    write_input(data, size);
    if (ttrt_tensor_read_npy(in, &t) == TTRT_OK) {
        if (size % 16 == 0) /* writing flushes to disk: now and then */
            read_again(&t);
        ttrt_tensor_dispose(&t);
    }
    return 0;
}
