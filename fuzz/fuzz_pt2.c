/* A whole .pt2: opened, described, compiled, run. The checksums of its entries are made right first, as an attacker
 * would make them. */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "base/reader.h"

#define CENTRAL_BYTES 46

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t u16_at(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }

static void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* Walks the central directory as far as it makes sense. */
static void repair_checksums(uint8_t *data, size_t size)
{
    if (size < 22)
        return;
    size_t at = u32_at(data + size - 6);
    while (at <= size && size - at >= CENTRAL_BYTES && u32_at(data + at) == 0x02014b50) {
        uint8_t *entry = data + at;
        size_t bytes = u32_at(entry + 20), local = u32_at(entry + 42);
        at += CENTRAL_BYTES + u16_at(entry + 28) + u16_at(entry + 30) + u16_at(entry + 32);
        if (local > size || size - local < 30)
            continue;
        size_t start = local + 30 + u16_at(data + local + 26) + u16_at(data + local + 28);
        if (start > size || bytes > size - start)
            continue;
        uint32_t crc = tt_crc32(0, data + start, bytes);
        put_u32(entry + 16, crc);
        if (u32_at(data + local + 14)) /* else it stands behind the data */
            put_u32(data + local + 14, crc);
    }
}

static bool inputs_are_small(const ttrt_program *p)
{
    ttrt_io_info info;
    double count = 1;

    for (size_t i = 0; i < ttrt_program_n_inputs(p); i++) {
        if (ttrt_program_input(p, i, &info) != TTRT_OK)
            return false;
        for (int d = 0; d < info.rank; d++)
            count *= info.opt[d] > 0 ? (double)info.opt[d] : 1;
    }
    return count < 1 << 18 && fuzz_is_small(p->graph);
}

static void run(ttrt_program *p, ttrt_context *c)
{
    size_t n_in = ttrt_program_n_inputs(p), n_out = ttrt_program_n_outputs(p);
    ttrt_tensor *in = tt_calloc(n_in + 1, sizeof *in), *out = tt_calloc(n_out + 1, sizeof *out);
    ttrt_io_info info;

    for (size_t i = 0; in && out && i < n_in; i++)
        if (ttrt_program_input(p, i, &info) == TTRT_OK && info.rank >= 0 &&
            ttrt_tensor_new(info.dtype, info.rank, info.opt, &in[i]) == TTRT_OK)
            fuzz_fill(in[i].data, in[i].dtype, (size_t)ttrt_tensor_count(&in[i]), (unsigned)i);
    if (in && out && ttrt_context_set_num_threads(c, 1) == TTRT_OK &&
        ttrt_context_run(c, out, n_out, in, n_in, NULL) != TTRT_OK)
        for (size_t i = 0; i < n_out; i++)
            fuzz_check(out[i].data == NULL, "a run that fails hands nothing over");
    for (size_t i = 0; in && i < n_in; i++)
        ttrt_tensor_dispose(&in[i]);
    for (size_t i = 0; out && i < n_out; i++)
        ttrt_tensor_dispose(&out[i]);
    tt_free(in);
    tt_free(out);
}

static void use(ttrt_program *p)
{
    ttrt_compile_options o = TTRT_COMPILE_OPTIONS_INIT;
    ttrt_program *compiled = NULL;
    ttrt_context *c;
    const char *text;

    if (ttrt_program_describe(p, &text) == TTRT_OK) {
        json_t *json = NULL;
        fuzz_check(tt_json_parse(text, strlen(text), "description", &json) == TTRT_OK, "a description is JSON");
        json_decref(json);
    }
    o.num_threads = 1;
    if (!inputs_are_small(p))
        return;
    if (!ttrt_program_is_compiled(p) && ttrt_program_compile(p, &o, &compiled) != TTRT_OK)
        return;
    if (ttrt_context_new(compiled ? compiled : p, &c) == TTRT_OK) {
        run(compiled ? compiled : p, c);
        ttrt_context_free(c);
    }
    ttrt_program_unref(compiled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = tt_alloc_aligned(size);
    ttrt_program *p;

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    repair_checksums(copy, size);
    if (ttrt_program_open_memory(copy, size, NULL, NULL, &p) == TTRT_OK) {
        use(p);
        ttrt_program_unref(p);
    }
    tt_free_aligned(copy);
    return 0;
}
