/* See blob.h. */
#include <string.h>

#include "engine/cpu/blob.h"
#include "engine/cpu/packing.h"

#define MAX_WEIGHTS ((uint32_t)1 << 20)

static size_t align_up(size_t n) { return (n + 63) / 64 * 64; }

static void write_table(tt_writer *w, const tt_weight_table *table, const tt_str *text, size_t first_offset)
{
    size_t offset = first_offset;

    tt_write_u32(w, TT_CPU_PAYLOAD_VERSION);
    tt_write_u32(w, (uint32_t)table->n);
    for (size_t i = 0; i < table->n; i++) {
        const tt_net_weights *item = &table->items[i];

        tt_write_string(w, item->format ? item->format : "");
        tt_write_string(w, item->name ? item->name : "");
        tt_write_u32(w, (uint32_t)item->dtype);
        tt_write_u64(w, offset);
        tt_write_u64(w, item->bytes);
        offset += align_up(item->bytes);
    }
    tt_write_u64(w, text->len);
    tt_write_bytes(w, tt_str_text(text), text->len);
}

static ttrt_status write_weights(tt_writer *blob, const tt_weight_table *table, const tt_build_options *options)
{
    for (size_t i = 0; i < table->n; i++) {
        const tt_net_weights *item = &table->items[i];
        size_t at = blob->size;
        void *dst = tt_write_space(blob, align_up(item->bytes));

        if (!dst)
            return tt_writer_status(blob);
        if (options && options->progress &&
            !options->progress(options->progress_user, "pack", (double)i / (double)table->n))
            TT_FAIL(TTRT_ERR_CANCELLED, "the build was cancelled");
        if (item->format)
            TT_TRY(tt_packing_run(item->data, options ? options->threads : NULL, dst));
        else if (item->bytes)
            memcpy(dst, item->data, item->bytes);
        if (options && options->stored)
            options->stored(options->stored_user);
        memset(blob->data + at + item->bytes, 0, align_up(item->bytes) - item->bytes);
    }
    return TTRT_OK;
}

/* Kernels hold fewer dimensions than networks, and not every type. */
static ttrt_status check_inputs(const tt_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i]->rank > TT_CPU_RANK || tt_dtype_is_complex(net->inputs[i]->dtype))
            TT_FAIL(TTRT_ERR_UNSUPPORTED, "engine input '%s' is %s of rank %d", net->inputs[i]->name,
                    ttrt_dtype_name(net->inputs[i]->dtype), net->inputs[i]->rank);
    return TTRT_OK;
}

ttrt_status tt_cpu_blob_write(tt_network *net, const tt_build_options *options, tt_writer *blob)
{
    ttrt_status status;
    tt_weight_table table = {0};
    tt_str text = {0};
    tt_writer head = {0};
    size_t weight_bytes = 0;

    TT_TRY_DONE(check_inputs(net));
    TT_TRY_DONE(tt_network_write(net, &text, &table));
    write_table(&head, &table, &text, 0);
    TT_TRY_DONE(tt_writer_status(&head));
    size_t first = align_up(head.size); /* offsets have a fixed width, so the head's size is final */
    tt_writer_dispose(&head);
    write_table(&head, &table, &text, first);
    tt_write_align(&head, 64);
    TT_TRY_DONE(tt_writer_status(&head));
    for (size_t i = 0; i < table.n; i++)
        weight_bytes += align_up(table.items[i].bytes);
    TT_TRY_DONE(tt_writer_reserve(blob, head.size + weight_bytes));
    tt_write_bytes(blob, head.data, head.size);
    status = write_weights(blob, &table, options);
done:
    tt_writer_dispose(&head);
    tt_str_dispose(&text);
    return status;
}

static ttrt_status read_table(tt_reader *r, tt_arena *arena, tt_weight_table *table)
{
    uint32_t version, n;

    TT_TRY(tt_read_u32(r, &version));
    if (version != TT_CPU_PAYLOAD_VERSION)
        TT_FAIL(TTRT_ERR_VERSION, "engine of payload version %u; this library reads %d", version,
                TT_CPU_PAYLOAD_VERSION);
    TT_TRY(tt_read_u32(r, &n));
    if (n > MAX_WEIGHTS || n > (r->size - r->at) / 28)
        TT_FAIL(TTRT_ERR_FORMAT, "engine with %u weights in %zu bytes", n, r->size);
    table->items = tt_arena_array(arena, (size_t)n + 1, sizeof *table->items);
    if (!table->items)
        return TTRT_ERR_MEMORY;
    for (table->n = 0; table->n < n; table->n++) {
        tt_net_weights *item = &table->items[table->n];
        char *format, *name;
        uint32_t dtype;
        uint64_t offset, bytes;

        TT_TRY(tt_read_string(r, arena, &format));
        TT_TRY(tt_read_string(r, arena, &name));
        TT_TRY(tt_read_u32(r, &dtype));
        TT_TRY(tt_read_u64(r, &offset));
        TT_TRY(tt_read_u64(r, &bytes));
        if (!tt_dtype_is_known((int)dtype) || offset % 64 || offset > r->size || bytes > r->size - offset)
            TT_FAIL(TTRT_ERR_FORMAT, "weights %zu of an engine: type %u, %llu bytes at %llu of %zu", table->n, dtype,
                    (unsigned long long)bytes, (unsigned long long)offset, r->size);
        *item = (tt_net_weights){.data = r->data + offset,
                                 .bytes = bytes,
                                 .format = format[0] ? format : NULL,
                                 .name = name[0] ? name : NULL,
                                 .dtype = (tt_dtype)dtype};
    }
    return TTRT_OK;
}

/* A blob that was not built here may have other layers. */
static ttrt_status check_supported(const tt_network *net)
{
    tt_reason why;

    TT_TRY(check_inputs(net));
    TT_EACH_LAYER (net, l)
        if (!tt_cpu_supports(l, &why))
            TT_FAIL(TTRT_ERR_FORMAT, "engine layer '%s': %s", l->name ? l->name : "", why.text);
    return TTRT_OK;
}

ttrt_status tt_cpu_blob_read(const uint8_t *bytes, size_t size, tt_network **out)
{
    ttrt_status status;
    tt_reader r = {.data = bytes, .size = size, .name = "engine"};
    tt_arena *arena = tt_arena_new();
    tt_weight_table table = {0};
    tt_network *net = NULL;
    uint64_t text_bytes;
    const void *text;

    if (!arena)
        return TTRT_ERR_MEMORY;
    TT_TRY_DONE(read_table(&r, arena, &table));
    TT_TRY_DONE(tt_read_u64(&r, &text_bytes));
    TT_TRY_DONE(tt_read_bytes(&r, text_bytes, &text));
    TT_TRY_DONE(tt_network_parse(text, text_bytes, &table, &net));
    TT_TRY_DONE(tt_cpu_check_packed(net));
    TT_TRY_DONE(check_supported(net));
    *out = net;
    net = NULL;
done:
    tt_network_free(net);
    tt_arena_free(arena);
    return status;
}
