/* The payload of an engine blob of engine cpu:
 *
 *   u32 version | u32 n weights | each: format, name, u32 dtype, u64 offset, u64 bytes | u64 text bytes | text |
 * weights
 *
 * Strings have a u32 length; offsets count from the payload's start and are multiples of 64. The text is the network's
 * (see network.h); its constants name weights by number. Packed weights are used in place. */
#ifndef TT_CPU_BLOB_H
#define TT_CPU_BLOB_H

#include "engine/cpu/cpu.h"

#define TT_CPU_PAYLOAD_VERSION 1

/* Constants marked with a format by the optimizer are packed while they are written. */
ttrt_status tt_cpu_blob_write(tt_network *net, const tt_build_options *options, tt_writer *blob);
ttrt_status tt_cpu_blob_read(const uint8_t *bytes, size_t size, tt_network **out);

#endif
