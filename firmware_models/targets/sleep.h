// Included before every source of an image: `wfi` tells the emulator before and after,
// so that the time asleep is the block's and not counted as instructions. On silicon
// there is only the middle one.
// SPDX-License-Identifier: Apache-2.0
#ifndef SLEEP_H
#define SLEEP_H

#if defined(__thumb__)
#define SLEEP_MACRO                                                                    \
    ".macro wfi\n .inst.n 0xdee0\n .inst.n 0xbf30\n .inst.n 0xdee1\n .endm\n"
#elif defined(__riscv)
#define SLEEP_MACRO                                                                    \
    ".macro wfi\n .word 0x0000000b\n .word 0x10500073\n .word 0x0000100b\n .endm\n"
#endif
#if defined(SLEEP_MACRO) && !defined(__ASSEMBLER__)
__asm__(SLEEP_MACRO);
#endif

#endif
