// Firmware inside the Python process: every access can be watched, and be the last one.
// SPDX-License-Identifier: Apache-2.0
#ifndef FW_HOST_H
#define FW_HOST_H

#include "emulator.h"

// <cdef>
enum fw_access_kind { FW_READ = 0, FW_WRITE = 1, FW_NVM_READ = 2, FW_NVM_WRITE = 3 };

// Called before an access; anything but 0 cuts the power before it.
typedef int (*fw_access_hook)(void *context, uint32_t kind, uint32_t address,
                              uint32_t value);

struct fw_run {
    struct ef_bus *bus;
    const uint8_t *blob;
    uint32_t blob_size;
    uint32_t *nvm;         // 64 words
    uint64_t cut;          // accesses after which the power is lost; 0: never
    fw_access_hook access; // or null
    void *context;
    uint64_t *marked; // FW_MARKS counts of accesses by mark, or null
};

// Bring the chip of an image's data up, as the image does: an enum fw_status.
int fw_host_power_up(struct ef_bus *bus, void *block, uint64_t size,
                     const uint8_t *blob, uint32_t blob_size);
// Run a program from reset to its end; FW_CUT where the power was lost, FW_DATA
// where there is no such program.
int fw_host_run(const char *program, const struct fw_run *run,
                struct fw_report *report);
// </cdef>

#endif
