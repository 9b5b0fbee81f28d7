// The block's line, the alarm, the program's timer and what is guarded, on QEMU's virt.
// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "platform.h"

#define WORD(address) (*(volatile uint32_t *)(address))
#define MSIP WORD(0x02000000u)
#define MTIME_LOW WORD(0x0200BFF8u)
#define MTIME_HIGH WORD(0x0200BFFCu)
// The alarm is the board's clock (Goldfish), in nanoseconds, through the PLIC.
#define CLOCK_LOW WORD(0x00101000u)
#define CLOCK_HIGH WORD(0x00101004u)
#define CLOCK_ALARM_LOW WORD(0x00101008u)
#define CLOCK_ALARM_HIGH WORD(0x0010100Cu)
#define CLOCK_ENABLE WORD(0x00101010u)
#define CLOCK_CANCEL WORD(0x00101014u)
#define CLOCK_CLEAR WORD(0x0010101Cu)
#define CLOCK_IRQ 11u
#define PLIC_PRIORITY WORD(0x0C000000u + 4u * CLOCK_IRQ)
#define PLIC_ENABLE WORD(0x0C002000u)
#define PLIC_THRESHOLD WORD(0x0C200000u)
#define PLIC_CLAIM WORD(0x0C200004u)
#define NS 128u      // an instruction under -icount shift=7
#define TICK_NS 100u // of mtime
#define MSI 0x008u
#define MTI 0x080u
#define MEI 0x800u
#define MIE 0x008u // of mstatus

extern uint32_t _stack_guard;
static uint32_t time_low;
static uint32_t time_high;
static uint32_t late; // ns of traps that were not taken off yet
static bool armed;
static bool pending;

static uint32_t read_mie(void)
{
    uint32_t value = 0;
    __asm__ volatile("csrr %0, mie" : "=r"(value));
    return value;
}

static uint32_t read_mip(void)
{
    uint32_t value = 0;
    __asm__ volatile("csrr %0, mip" : "=r"(value));
    return value;
}

uint32_t machine_instructions(uint32_t ticks)
{
    return ticks;
}

void machine_line(bool high)
{
    if (high != pending) {
        MSIP = high ? 1u : 0u;
        pending = high;
    }
}

void machine_quiet(void)
{
    if (armed) {
        armed = false;
        CLOCK_CANCEL = 1;
        CLOCK_CLEAR = 1;
        const uint32_t claimed = PLIC_CLAIM;
        if (claimed != 0u) {
            PLIC_CLAIM = claimed;
        }
    }
}

void machine_alarm(uint64_t instructions)
{
    machine_quiet();
    const uint32_t low = CLOCK_LOW; // latches the high half
    const uint64_t now = (uint64_t)CLOCK_HIGH << 32u | low;
    const uint64_t then = now + instructions * NS;
    CLOCK_ENABLE = 1;
    CLOCK_ALARM_HIGH = (uint32_t)(then >> 32u);
    CLOCK_ALARM_LOW = (uint32_t)then;
    armed = true;
}

bool machine_waiting(void)
{
    return (read_mip() & read_mie() & ~MEI) != 0u;
}

bool machine_can_wake(void)
{
    return (read_mie() & ~(MEI | MSI)) != 0u;
}

// Written back, the machine's time doesn't see the emulator's work.
void machine_freeze(void)
{
    __asm__ volatile("csrr %0, timeh\n csrr %1, time"
                     : "=r"(time_high), "=r"(time_low));
}

void machine_thaw(uint32_t takes)
{
    uint64_t time = (uint64_t)time_high << 32u | time_low;
    late += takes * NS;
    time -= late / TICK_NS;
    late %= TICK_NS;
    MTIME_LOW = (uint32_t)time;
    MTIME_HIGH = (uint32_t)(time >> 32u);
}

void machine_enable(bool on)
{
    if (on) {
        __asm__ volatile("csrs mie, %0" ::"r"(MSI));
    } else {
        __asm__ volatile("csrc mie, %0" ::"r"(MSI));
    }
}

uint32_t machine_mask(void)
{
    uint32_t before = 0;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before)::"memory");
    return before & MIE;
}

void machine_unmask(uint32_t before)
{
    __asm__ volatile("csrs mstatus, %0" ::"r"(before) : "memory");
}

void machine_tell(uint32_t what)
{
    register uint32_t a0 __asm__("a0") = what;
    __asm__ volatile(".word 0x0000200b" ::"r"(a0) : "memory");
}

void machine_calibrate(void)
{
    uint32_t word = 0;
    __asm__ volatile(".word 0x0000300b\n .word 0x0000300b\n lw %0, 0(%1)\n lw %0, 0(%1)"
                     : "=&r"(word)
                     : "r"(EF_BASE)
                     : "memory");
}

// 64 KiB below the stack that nobody may touch; nothing answers at address 0 here.
void machine_guard(void);
void machine_guard(void)
{
    const uint32_t low = (uint32_t)(uintptr_t)&_stack_guard;
    const uint32_t napot = low >> 2u | 0x1FFFu;
    __asm__ volatile("csrw pmpaddr0, %0\n csrw pmpcfg0, %1" ::"r"(napot), "r"(0x98));
    PLIC_PRIORITY = 1;
    PLIC_ENABLE = 1u << CLOCK_IRQ;
    PLIC_THRESHOLD = 0;
    __asm__ volatile("csrs mie, %0" ::"r"(MEI));
}
