#include "base_test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"

static char folder[300];

static int setup(void **state)
{
    temp_folder(folder, sizeof folder);
    return 0;
}

static int teardown(void **state)
{
    remove_folder(folder);
    return 0;
}

static const char *in_folder(const char *name)
{
    static char paths[4][600];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* How many names the folder holds; a left-over temporary file would be one. */
static int count_names(void)
{
    char command[700];
    int n = -1;

    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &n), 1);
    pclose(f);
    return n;
}

static void test_mapping(void **state)
{
    const char *path = in_folder("data");
    tt_mapping *m = NULL;

    put(path, "hello", 5);
    assert_ok(tt_mapping_open(path, &m));
    assert_int_equal(tt_mapping_size(m), 5);
    assert_memory_equal(tt_mapping_data(m), "hello", 5);
    assert_string_equal(tt_mapping_name(m), path);
    assert_ptr_equal(tt_mapping_ref(m), m);
    tt_mapping_unref(m);
    tt_mapping_release_pages(m, 0, 5);
    tt_mapping_release_pages(m, 2, SIZE_MAX);
    tt_mapping_release_pages(m, 100, 5);
    assert_memory_equal(tt_mapping_data(m), "hello", 5);
    tt_mapping_unref(m);
    tt_mapping_unref(NULL);
}

static void test_release_pages(void **state)
{
    static uint8_t data[10 * 4096 + 100];
    tt_mapping *m = NULL;

    memset(data, 7, sizeof data);
    put(in_folder("pages"), data, sizeof data);
    assert_ok(tt_mapping_open(in_folder("pages"), &m));
    for (size_t from = 0; from < 3 * 4096; from += 1000)
        tt_mapping_release_pages(m, from, sizeof data - 2 * from);
    assert_memory_equal(tt_mapping_data(m), data, sizeof data);
    tt_mapping_unref(m);
}

static void test_mapping_errors(void **state)
{
    tt_mapping *m = NULL;

    assert_fails(TTRT_ERR_IO, "No such file", tt_mapping_open(in_folder("none"), &m));
    assert_fails(TTRT_ERR_IO, "directory", tt_mapping_open(folder, &m));
    put(in_folder("empty"), "", 0);
    assert_fails(TTRT_ERR_FORMAT, "empty", tt_mapping_open(in_folder("empty"), &m));
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    assert_fails(TTRT_ERR_IO, "not a regular file", tt_mapping_open(in_folder("fifo"), &m));
    assert_fails(TTRT_ERR_IO, "not a regular file", tt_mapping_open("/dev/null", &m));
    assert_fails(TTRT_ERR_ARGUMENT, "path", tt_mapping_open(NULL, &m));
    put(in_folder("data"), "x", 1);
    tt_alloc_fail_at(1);
    assert_fails(TTRT_ERR_MEMORY, "no memory", tt_mapping_open(in_folder("data"), &m));
    tt_alloc_fail_at(1);
    assert_fails(TTRT_ERR_MEMORY, "no memory", tt_mapping_wrap("x", 1, NULL, NULL, &m));
    assert_null(m);
}

static void count_release(void *user) { ++*(int *)user; }

static void test_wrap(void **state)
{
    static char page[3 * 4096];
    tt_mapping *m = NULL;
    int released = 0;

    memset(page, 5, sizeof page);
    assert_ok(tt_mapping_wrap(page, sizeof page, count_release, &released, &m));
    assert_string_equal(tt_mapping_name(m), "<memory>");
    tt_mapping_release_pages(m, 0, sizeof page); /* must not lose the caller's bytes */
    assert_int_equal(page[5000], 5);
    tt_mapping_ref(m);
    tt_mapping_unref(m);
    assert_int_equal(released, 0);
    tt_mapping_unref(m);
    assert_int_equal(released, 1);
    assert_ok(tt_mapping_wrap(NULL, 0, NULL, NULL, &m));
    tt_mapping_unref(m);
    assert_fails(TTRT_ERR_ARGUMENT, "data", tt_mapping_wrap(NULL, 1, NULL, NULL, &m));
}

static void expect_content(const char *path, const void *data, size_t n)
{
    tt_mapping *m = NULL;

    assert_ok(tt_mapping_open(path, &m));
    assert_int_equal(tt_mapping_size(m), n);
    assert_memory_equal(tt_mapping_data(m), data, n);
    tt_mapping_unref(m);
}

static void test_writing(void **state)
{
    static uint8_t big[200000], all[3 + sizeof big + 4];
    const char *path = in_folder("out");
    tt_file_writer *w = NULL;
    struct stat st;

    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 31);
    assert_ok(tt_file_writer_open(path, &w));
    assert_int_equal(tt_file_writer_at(w), 0);
    assert_ok(tt_file_writer_write(w, "abc", 3));
    assert_ok(tt_file_writer_write(w, NULL, 0));
    assert_ok(tt_file_writer_write(w, big, sizeof big));
    assert_int_equal(access(path, F_OK), -1); /* nothing is there before the commit */
    assert_ok(tt_file_writer_write(w, "defg", 4));
    assert_int_equal(tt_file_writer_at(w), sizeof all);
    assert_ok(tt_file_writer_commit(w));
    memcpy(all, "abc", 3);
    memcpy(all + 3, big, sizeof big);
    memcpy(all + 3 + sizeof big, "defg", 4);
    expect_content(path, all, sizeof all);
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0666 & ~mask);

    /* In pieces of every size around the buffer. */
    assert_ok(tt_file_writer_open(path, &w));
    for (size_t at = 0, n = 65530; at < sizeof big; n++) {
        n = n < sizeof big - at ? n : sizeof big - at;
        assert_ok(tt_file_writer_write(w, big + at, n));
        at += n;
    }
    assert_ok(tt_file_writer_commit(w));
    expect_content(path, big, sizeof big);
    assert_int_equal(count_names(), 1);
}

static void test_abort(void **state)
{
    const char *path = in_folder("out");
    tt_file_writer *w = NULL, *other = NULL;

    put(path, "old", 3);
    assert_ok(tt_file_writer_open(path, &w));
    assert_ok(tt_file_writer_open(path, &other)); /* two at once have names of their own */
    assert_ok(tt_file_writer_write(w, "new", 3));
    assert_int_equal(count_names(), 3);
    tt_file_writer_abort(w);
    tt_file_writer_abort(NULL);
    expect_content(path, "old", 3);
    assert_ok(tt_file_writer_commit(other));
    assert_int_equal(count_names(), 1);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void test_targets(void **state)
{
    tt_file_writer *w = NULL;
    struct stat st;
    char name[256];

    assert_fails(TTRT_ERR_IO, "directory", tt_file_writer_open(folder, &w));
    assert_fails(TTRT_ERR_IO, "No such file", tt_file_writer_open(in_folder("none/out"), &w));
    assert_fails(TTRT_ERR_IO, "not a regular file", tt_file_writer_open("/dev/null", &w));
    assert_fails(TTRT_ERR_ARGUMENT, "path", tt_file_writer_open("", &w));

    /* The permission of the file that is replaced stays, and a link keeps pointing to it. */
    put(in_folder("real"), "old", 3);
    assert_int_equal(chmod(in_folder("real"), 0640), 0);
    assert_int_equal(symlink("real", in_folder("link")), 0);
    assert_ok(tt_file_writer_open(in_folder("link"), &w));
    assert_ok(tt_file_writer_write(w, "new!", 4));
    assert_ok(tt_file_writer_commit(w));
    expect_content(in_folder("real"), "new!", 4);
    assert_int_equal(lstat(in_folder("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(in_folder("real"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);

    memset(name, 'n', 255); /* as long as names get */
    name[255] = 0;
    assert_ok(tt_file_writer_open(in_folder(name), &w));
    assert_ok(tt_file_writer_commit(w));

    char here[4096]; /* a bare name: the current folder */
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    assert_ok(tt_file_writer_open("bare", &w));
    assert_ok(tt_file_writer_commit(w));
    assert_int_equal(chdir(here), 0);
    assert_int_equal(access(in_folder("bare"), F_OK), 0);
    assert_int_equal(count_names(), 4);
}

static void test_full_disk(void **state)
{
    static uint8_t big[100000];
    tt_file_writer *w = NULL;

    if (access("/dev/full", W_OK) != 0)
        skip();
    /* The descriptor of the temporary file is made to point to a device that is always full. */
    int before = dup(0);
    close(before);
    put(in_folder("out"), "old", 3);
    assert_ok(tt_file_writer_open(in_folder("out"), &w));
    int full = open("/dev/full", O_WRONLY);
    assert_int_equal(dup2(full, before), before);
    close(full);
    assert_fails(TTRT_ERR_IO, "No space left", tt_file_writer_write(w, big, sizeof big));
    assert_fails(TTRT_ERR_IO, "earlier", tt_file_writer_write(w, "x", 1));
    assert_fails(TTRT_ERR_IO, "earlier", tt_file_writer_commit(w));
    expect_content(in_folder("out"), "old", 3);
    assert_int_equal(count_names(), 1);

    assert_ok(tt_file_writer_open(in_folder("out"), &w)); /* found out only by the flush */
    full = open("/dev/full", O_WRONLY);
    assert_int_equal(dup2(full, before), before);
    close(full);
    assert_ok(tt_file_writer_write(w, "x", 1));
    assert_fails(TTRT_ERR_IO, "out", tt_file_writer_commit(w));
    expect_content(in_folder("out"), "old", 3);
    assert_int_equal(count_names(), 1);
}

static void test_writer_allocation_failures(void **state)
{
    tt_file_writer *w = NULL;
    uint64_t n = 0;

    for (ttrt_status status = TTRT_ERR_MEMORY; status != TTRT_OK;) {
        tt_alloc_fail_at(++n);
        status = tt_file_writer_open(in_folder("out"), &w);
        assert_true(status == TTRT_OK || (status == TTRT_ERR_MEMORY && count_names() == 0));
    }
    tt_alloc_fail_at(0);
    assert_int_equal(n, 4);
    tt_file_writer_abort(w);
    assert_int_equal(count_names(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mapping), TEST(test_release_pages), TEST(test_mapping_errors),
        TEST(test_wrap),    TEST(test_writing),       TEST(test_abort),
        TEST(test_targets), TEST(test_full_disk),     TEST(test_writer_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
