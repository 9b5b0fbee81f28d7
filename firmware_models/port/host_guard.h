// A program of one's own that dies, or doesn't end, takes only itself along: a signal
// that strikes in its code ends its run. Where there are no such signals, nothing does.
// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_GUARD_H
#define HOST_GUARD_H

#include <setjmp.h>
#include <stdbool.h>

#include "fw_host.h"

// Watch this thread until host_guard_end: a signal jumps to where with FW_DIED or
// FW_LATE, and says where it struck. False where that can't be had.
bool host_guard_begin(jmp_buf *where, struct fw_crash *crash);
void host_guard_end(void);
// Whether the thread is in the program's code, and not in the emulator's, which is
// never left in the middle.
void host_guard_inside(bool inside);
bool host_guard_full(void); // its stack leaves the emulator no room
bool host_guard_late(void); // it was asked to end while it was in the emulator

#endif
