// What the emulator in an image needs of the core it runs on: traps, an interrupt line,
// an alarm, and a count of instructions.
// SPDX-License-Identifier: Apache-2.0
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

// Where the block lies: nothing answers there, so that every access traps.
#ifndef EF_BASE
#define EF_BASE 0u
#endif
#define EF_BASE_BYTES 0x1000u

struct machine_access {
    uint32_t address;
    uint32_t value; // written, or to be read
    uint32_t width; // bytes
    bool write;
};

// Why the image's emulator was entered.
enum machine_event {
    MACHINE_SLEEP = 0,     // the core is about to wait for an interrupt
    MACHINE_WOKE = 1,      // it has stopped waiting
    MACHINE_TOLD = 2,      // what follows is counted as of another kind, or:
    MACHINE_CALIBRATE = 3, // nothing: what a trap takes is measured
    MACHINE_ACCESS = 4,
    MACHINE_ALARM = 5
};

#define MACHINE_SUPPLY 0x100u // the block's supply is switched off, and on again

enum machine_answer {
    MACHINE_FOREIGN = 0, // the firmware's own fault
    MACHINE_DONE = 1,
    MACHINE_ASLEEP = 2, // nothing to wake for yet
    MACHINE_DEAD = 3    // nothing can wake it
};

// The emulator of an image; one without has none, and its traps are all crashes.
// Where it is told something, access->value is what; ticks are those at which the core
// was entered.
enum machine_answer machine_serve(enum machine_event event,
                                  struct machine_access *access, uint32_t ticks);
void machine_leave(void); // the last of every trap

uint32_t machine_instructions(uint32_t ticks); // in so many of platform_ticks
void machine_line(bool high);                  // of the block, at the core
void machine_alarm(uint64_t instructions);     // trap after so many
void machine_quiet(void);                      // no alarm
bool machine_waiting(void);  // an interrupt that is enabled waits to be taken
bool machine_can_wake(void); // anything but the block could end a sleep
// The program's timer stands while the emulator works; how many instructions of a trap
// lie outside, so that they can be taken off where the core lets them.
void machine_freeze(void);
void machine_thaw(uint32_t takes);

// What a program does with its line and its sleep (ef_port.h).
void machine_enable(bool on);
uint32_t machine_mask(void); // all interrupts; gives what machine_unmask takes
void machine_unmask(uint32_t before);

void machine_tell(uint32_t what);
void machine_calibrate(void); // two calls of the emulator with nothing between, then
                              // two accesses

// One line of a crash report, key=hexadecimal; and its end.
void crash_put(const char *key, uint32_t value);
__attribute__((noreturn)) void crash_end(const char *cause);

#endif
