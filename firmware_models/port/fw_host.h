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

enum fw_host_status {
    FW_DIED = 120, // the program's own code was stopped by a signal: fw_run.crash
    FW_LATE = 121  // it was ended because it took too long
};

struct fw_crash { // where a program of one's own died, or was when it was ended
    uint32_t signal;
    uint32_t stack; // 1: it went beyond its stack
    uint64_t counter;
    uint64_t address; // that it reached for
};

struct fw_world;
struct fw_calls;
// fw_guest_run of a program's library (guest.c).
typedef int (*fw_guest)(const struct fw_calls *calls, const char *name,
                        const struct fw_world *world);

struct fw_run {
    struct ef_bus *bus;
    fw_guest guest; // a program of one's own; null: one of fw_find
    const uint8_t *blob;
    uint32_t blob_size;
    uint32_t *nvm;         // 64 words
    uint64_t cut;          // accesses after which the power is lost; 0: never
    uint64_t cut_cycle;    // period of the bus at which it is; 0: never
    fw_access_hook access; // or null
    void *context;
    uint64_t *marked; // FW_MARKS counts of accesses by mark, or null
    struct fw_crash *crash;
};

// Bring the chip of an image's data up, as the image does: an enum fw_status.
int fw_host_power_up(struct ef_bus *bus, void *block, uint64_t size,
                     const uint8_t *blob, uint32_t blob_size);
// Run a program from reset to its end; FW_CUT where the power was lost, FW_DATA
// where there is no such program. The bus lost its power where it did so by itself.
int fw_host_run(const char *program, const struct fw_run *run,
                struct fw_report *report);
// Get ready to end programs that take too long: the signal that ends the one of the
// thread it is sent to (FW_LATE); 0 where there is none.
int fw_host_stop_signal(void);
// </cdef>

// What a program in a library of its own calls.
struct fw_calls {
    const struct ef_port *(*port)(void);
    uintptr_t (*base)(void);
    uint32_t (*nvm_read)(uint32_t word);
    void (*nvm_write)(uint32_t word, uint32_t value);
    void (*mark)(uint32_t mark);
    void (*supply_cycle)(void);
    void (*on_interrupt)(fw_handler handler, void *context);
};

#endif
