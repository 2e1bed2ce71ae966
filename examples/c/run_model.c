/* Opens a .pt2 program, compiles it if need be, and runs it once on random numbers.
 *
 *   cc run_model.c $(pkg-config --cflags --libs torchtrt) -o run_model && ./run_model model.pt2 */
#include <stdio.h>
#include <stdlib.h>

#include <torchtrt/torchtrt.h>

#define TRY(call)                                                                                                      \
    if ((call) != TTRT_OK) {                                                                                           \
        fprintf(stderr, "%s\n  at: %s\n  hint: %s\n", ttrt_last_error()->what, ttrt_last_error()->where,               \
                ttrt_last_error()->hint);                                                                              \
        return 1;                                                                                                      \
    }

int main(int argc, char **argv)
{
    ttrt_program *program, *compiled;
    ttrt_context *context;

    if (argc != 2) {
        fprintf(stderr, "usage: run_model MODEL.pt2\n");
        return 2;
    }
    TRY(ttrt_program_open(argv[1], &program));
    if (!ttrt_program_is_compiled(program)) {
        TRY(ttrt_program_compile(program, NULL, &compiled));
        ttrt_program_unref(program);
        program = compiled;
    }
    TRY(ttrt_context_new(program, &context));

    size_t n_in = ttrt_program_n_inputs(program), n_out = ttrt_program_n_outputs(program);
    ttrt_tensor *in = calloc(n_in + 1, sizeof *in),
                *out = calloc(n_out + 1, sizeof *out); /* out: allocated by the library */
    for (size_t i = 0; i < n_in; i++) {
        ttrt_io_info info;
        TRY(ttrt_program_input(program, i, &info));
        if (info.rank >= 0) /* not a constant */
            TRY(ttrt_tensor_new(info.dtype, info.rank, info.opt, &in[i]));
        for (int64_t k = 0; info.dtype == TTRT_DTYPE_FLOAT32 && k < ttrt_tensor_count(&in[i]); k++)
            ((float *)in[i].data)[k] = (float)rand() / (float)RAND_MAX;
    }
    TRY(ttrt_context_run(context, out, n_out, in, n_in, NULL));
    for (size_t i = 0; i < n_out; i++) {
        printf("output %zu: %s, %lld elements\n", i, ttrt_dtype_name(out[i].dtype),
               (long long)ttrt_tensor_count(&out[i]));
        ttrt_tensor_dispose(&out[i]);
    }
    for (size_t i = 0; i < n_in; i++)
        ttrt_tensor_dispose(&in[i]);
    free(in);
    free(out);
    ttrt_context_free(context);
    ttrt_program_unref(program);
    return 0;
}
