/* NumPy's .npy files: magic, version, a header that is a Python dict literal, then the elements. */
#include "runtime/runtime.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/checked.h"
#include "base/str.h"

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

static const struct {
    const char *descr; /* without the byte order */
    ttrt_dtype dtype;
    size_t word; /* bytes that a byte swap turns around */
} types[] = {
    {"b1", TTRT_DTYPE_BOOL, 1},      {"u1", TTRT_DTYPE_UINT8, 1},       {"i1", TTRT_DTYPE_INT8, 1},
    {"i2", TTRT_DTYPE_INT16, 2},     {"i4", TTRT_DTYPE_INT32, 4},       {"i8", TTRT_DTYPE_INT64, 8},
    {"u2", TTRT_DTYPE_UINT16, 2},    {"u4", TTRT_DTYPE_UINT32, 4},      {"u8", TTRT_DTYPE_UINT64, 8},
    {"f2", TTRT_DTYPE_FLOAT16, 2},   {"f4", TTRT_DTYPE_FLOAT32, 4},     {"f8", TTRT_DTYPE_FLOAT64, 8},
    {"c8", TTRT_DTYPE_COMPLEX64, 4}, {"c16", TTRT_DTYPE_COMPLEX128, 8},
};

/* The header while it is read: `at` moves towards `end`. */
typedef struct {
    const char *at, *end;
    const char *file, *path; /* the file's first byte, its name */
    size_t type;
    bool swap, fortran, has_descr, has_order, has_shape;
    int32_t rank;
    int64_t dims[TTRT_MAX_RANK];
} header;

static ttrt_status at_byte(const header *h) { return tt_fail_where("%s, byte %td", h->path, h->at - h->file); }

static ttrt_status bad(const header *h, const char *what)
{
    tt_fail(TTRT_ERR_FORMAT, "not a .npy header: %s", what);
    return at_byte(h);
}

static void skip_space(header *h)
{
    while (h->at < h->end && isspace((unsigned char)*h->at))
        h->at++;
}

static bool take(header *h, char c)
{
    skip_space(h);
    if (h->at == h->end || *h->at != c)
        return false;
    h->at++;
    return true;
}

static bool take_string(header *h, char *out, size_t size)
{
    skip_space(h);
    if (h->at == h->end || (*h->at != '\'' && *h->at != '"'))
        return false;
    char quote = *h->at++;
    size_t n = 0;
    while (h->at < h->end && *h->at != quote) {
        if (n + 1 == size)
            return false;
        out[n++] = *h->at++;
    }
    if (h->at == h->end)
        return false;
    h->at++;
    out[n] = 0;
    return true;
}

static bool take_word(header *h, const char *word)
{
    skip_space(h);
    size_t n = strlen(word);
    if ((size_t)(h->end - h->at) < n || memcmp(h->at, word, n))
        return false;
    h->at += n;
    return true;
}

static ttrt_status read_descr(header *h)
{
    char text[16];

    if (!take_string(h, text, sizeof text))
        return bad(h, "descr is no simple type");
    for (h->type = 0; h->type < TT_COUNT(types); h->type++)
        if (text[0] && !strcmp(text + 1, types[h->type].descr))
            break;
    if (h->type == TT_COUNT(types) || !strchr("<>|=", text[0])) {
        tt_fail(TTRT_ERR_DTYPE, "elements of type '%s' are not read", text);
        return at_byte(h);
    }
    h->swap = text[0] == '>' && types[h->type].word > 1;
    h->has_descr = true;
    return TTRT_OK;
}

static ttrt_status read_shape(header *h)
{
    if (!take(h, '('))
        return bad(h, "shape is no tuple");
    h->rank = 0;
    while (!take(h, ')')) {
        int64_t v = 0;
        size_t digits = 0;
        skip_space(h);
        for (; h->at < h->end && isdigit((unsigned char)*h->at); h->at++, digits++)
            if (!tt_mul_i64(v, 10, &v) || !tt_add_i64(v, *h->at - '0', &v))
                return bad(h, "a dimension overflows");
        if (h->at < h->end && *h->at == 'L') /* Python 2 wrote 3L */
            h->at++;
        if (!digits || h->rank == TTRT_MAX_RANK)
            return bad(h, "shape is no tuple of at most 64 numbers");
        h->dims[h->rank++] = v;
        if (!take(h, ',') && (h->at == h->end || *h->at != ')'))
            return bad(h, "shape is not closed");
    }
    h->has_shape = true;
    return TTRT_OK;
}

static ttrt_status read_header(header *h)
{
    if (!take(h, '{'))
        return bad(h, "no dict");
    while (!take(h, '}')) {
        char key[32];
        if (!take_string(h, key, sizeof key) || !take(h, ':'))
            return bad(h, "no key");
        if (!strcmp(key, "descr") && !h->has_descr) {
            TT_TRY(read_descr(h));
        } else if (!strcmp(key, "shape") && !h->has_shape) {
            TT_TRY(read_shape(h));
        } else if (!strcmp(key, "fortran_order") && !h->has_order) {
            h->has_order = true;
            h->fortran = take_word(h, "True");
            if (!h->fortran && !take_word(h, "False"))
                return bad(h, "fortran_order is neither True nor False");
        } else {
            return bad(h, "an unknown or repeated key");
        }
        if (!take(h, ',') && (h->at == h->end || *h->at != '}'))
            return bad(h, "the dict is not closed");
    }
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return bad(h, "descr, fortran_order or shape is missing");
    return TTRT_OK;
}

/* Up to the elements. */
static ttrt_status read_front(tt_reader *r, header *h)
{
    const void *bytes, *text;
    uint8_t major, minor;
    uint16_t short_size;
    uint32_t size;

    TT_TRY(tt_read_bytes(r, sizeof magic, &bytes));
    if (memcmp(bytes, magic, sizeof magic))
        return bad(h, "the first bytes are not \\x93NUMPY");
    TT_TRY(tt_read_u8(r, &major));
    TT_TRY(tt_read_u8(r, &minor));
    if (major < 1 || major > 3) {
        tt_fail(TTRT_ERR_VERSION, ".npy version %d.%d; 1 to 3 are read", major, minor);
        return at_byte(h);
    }
    if (major == 1) {
        TT_TRY(tt_read_u16(r, &short_size));
        size = short_size;
    } else {
        TT_TRY(tt_read_u32(r, &size));
    }
    TT_TRY(tt_read_bytes(r, size, &text));
    h->at = text;
    h->end = h->at + size;
    return read_header(h);
}

static void swap_words(char *p, size_t bytes, size_t word)
{
    for (size_t i = 0; i + word <= bytes; i += word)
        for (size_t k = 0; k < word / 2; k++) {
            char t = p[i + k];
            p[i + k] = p[i + word - 1 - k];
            p[i + word - 1 - k] = t;
        }
}

static ttrt_status read_mapped(const tt_mapping *m, ttrt_tensor *out)
{
    tt_reader r = {.data = tt_mapping_data(m), .size = tt_mapping_size(m), .name = tt_mapping_name(m)};
    header h = {.at = (const char *)r.data, .file = (const char *)r.data, .path = r.name};
    const void *bytes;
    size_t size;
    ttrt_tensor t;

    TT_TRY(read_front(&r, &h));
    if (!tt_tensor_bytes(types[h.type].dtype, h.rank, h.dims, &size) || size > r.size - r.at) {
        tt_fail(TTRT_ERR_FORMAT, "truncated .npy file: its shape needs more than the %zu bytes behind the header",
                r.size - r.at);
        return at_byte(&h);
    }
    TT_TRY(tt_read_bytes(&r, size, &bytes));
    TT_TRY(ttrt_tensor_new(types[h.type].dtype, h.rank, h.dims, &t));
    tt_io dst, src;
    tt_io_from_tensor(&t, &dst);
    src = dst;
    src.data = (void *)bytes;
    if (h.fortran && size) {
        int64_t step = 1;
        for (int d = 0; d < h.rank; d++) {
            src.strides[d] = step;
            step *= h.dims[d] > 1 ? h.dims[d] : 1;
        }
    }
    if (size)
        tt_io_copy(&dst, &src);
    if (h.swap)
        swap_words(t.data, size, types[h.type].word);
    *out = t;
    return TTRT_OK;
}

ttrt_status ttrt_tensor_read_npy(const char *path, ttrt_tensor *out)
{
    tt_mapping *m = NULL;

    TT_CHECK_ARG(path != NULL && out != NULL);
    TT_TRY(tt_mapping_open(path, &m));
    ttrt_status status = read_mapped(m, out);
    tt_mapping_unref(m);
    return status;
}

/* The type that stands for `dtype` in a file. */
static const char *descr_of(ttrt_dtype dtype)
{
    if (dtype == TTRT_DTYPE_BFLOAT16)
        return "u2";
    if (tt_dtype_is_float(dtype) && ttrt_dtype_size(dtype) == 1)
        return "u1";
    for (size_t i = 0; i < TT_COUNT(types); i++)
        if (types[i].dtype == dtype)
            return types[i].descr;
    return NULL;
}

static void print_header(tt_str *s, const char *descr, size_t element, const ttrt_tensor *t)
{
    tt_str_addf(s, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", element == 1 ? '|' : '<', descr);
    for (int d = 0; d < t->rank; d++)
        tt_str_addf(s, d ? ", %" PRId64 : "%" PRId64, t->dims[d]);
    tt_str_add(s, t->rank == 1 ? ",), }" : "), }");
    while ((10 + s->len + 1) % 64)
        tt_str_add(s, " ");
    tt_str_add(s, "\n");
}

ttrt_status ttrt_tensor_write_npy(const ttrt_tensor *tensor, const char *path)
{
    tt_file_writer *w = NULL;
    tt_str head = {0};
    ttrt_tensor plain = TTRT_TENSOR_INIT;
    ttrt_status status;
    size_t bytes;

    TT_CHECK_ARG(tensor != NULL && path != NULL);
    TT_CHECK_ARG(tensor->rank >= 0 && tensor->rank <= TTRT_MAX_RANK);
    const char *descr = descr_of(tensor->dtype);
    if (!descr)
        TT_FAIL(TTRT_ERR_DTYPE, "%s has no NumPy type", ttrt_dtype_name(tensor->dtype));
    if (!tt_tensor_bytes(tensor->dtype, tensor->rank, tensor->dims, &bytes))
        TT_FAIL(TTRT_ERR_ARGUMENT, "the tensor's shape is negative or its size overflows");
    TT_CHECK_ARG(bytes == 0 || tensor->data != NULL);

    TT_TRY_DONE(ttrt_tensor_new(tensor->dtype, tensor->rank, tensor->dims, &plain));
    tt_io dst, src;
    tt_io_from_tensor(&plain, &dst);
    tt_io_from_tensor(tensor, &src);
    TT_TRY_DONE(tt_io_move(&dst, &src, NULL));
    print_header(&head, descr, ttrt_dtype_size(tensor->dtype), tensor);
    TT_TRY_DONE(tt_str_status(&head));

    TT_TRY_DONE(tt_file_writer_open(path, &w));
    const uint8_t front[4] = {1, 0, (uint8_t)(head.len & 0xff), (uint8_t)(head.len >> 8)};
    TT_TRY_DONE(tt_file_writer_write(w, magic, sizeof magic));
    TT_TRY_DONE(tt_file_writer_write(w, front, sizeof front));
    TT_TRY_DONE(tt_file_writer_write(w, head.data, head.len));
    TT_TRY_DONE(tt_file_writer_write(w, plain.data, bytes));
    status = tt_file_writer_commit(w);
    w = NULL;
done:
    tt_file_writer_abort(w);
    tt_str_dispose(&head);
    ttrt_tensor_dispose(&plain);
    return status;
}
