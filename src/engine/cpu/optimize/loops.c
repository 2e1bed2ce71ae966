/* The networks of loops, with the constants that folding made. */
#include "engine/cpu/optimize/optimize.h"
#include "network/optimize.h"

ttrt_status tt_cpu_pass_loops(tt_network *net)
{
    int changes = 0;

    TT_TRY(tt_loops_take_constants(net, &changes));
    TT_EACH_LAYER (net, l)
        TT_EACH_NETWORK_OF (l, sub)
            TT_TRY(tt_cpu_optimize(sub, NULL));
    return TTRT_OK;
}
