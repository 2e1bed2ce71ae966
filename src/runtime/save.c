/* Programs as .pt2 files. */
#include "runtime/runtime.h"

ttrt_status ttrt_program_save(const ttrt_program *program, const char *path)
{
    TT_CHECK_ARG(program != NULL && path != NULL);
    return tt_pt2_write(path, program->graph, program->info);
}
