/* Runs a fuzzer's entry over files, and over the files in folders: its corpus as a test, or one input that crashed it.
 * usage: fuzz_NAME FILE|FOLDER... */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int failed, n_files;

static void replay_file(const char *path, FILE *file)
{
    char *data = NULL;
    size_t size = 0, cap = 0, n;

    do {
        if (cap - size < 65536 && !(data = realloc(data, cap += 1 << 20)))
            abort();
        n = fread(data + size, 1, cap - size, file);
        size += n;
    } while (n > 0);
    failed |= ferror(file) != 0;
    /* Its own memory, as long as the input: a sanitizer sees every read beyond. */
    uint8_t *input = malloc(size ? size : 1);
    if (!input)
        abort();
    memcpy(input, data, size);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
    free(data);
    n_files++;
}

static void replay(const char *path)
{
    DIR *folder = opendir(path);
    FILE *file = folder ? NULL : fopen(path, "rb");
    char name[4096];

    if (file) {
        replay_file(path, file);
        fclose(file);
    } else if (!folder) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        failed = 1;
    }
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        replay(name);
    }
    if (folder)
        closedir(folder);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%d inputs\n", n_files);
    return failed || n_files == 0;
}
