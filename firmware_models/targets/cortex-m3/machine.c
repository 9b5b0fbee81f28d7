// The block's line, the alarm, the program's timer and what is guarded, on a Cortex-M
// of ARM's FPGA boards. SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "platform.h"

#ifndef TIMER_BASE
#define TIMER_BASE 0x40000000u
#endif
#ifndef ALARM_IRQ
#define ALARM_IRQ 10u // of the CMSDK dual timer
#endif
#define LINE_IRQ 31u // nobody's on these boards; EdgeFerro_IRQHandler
#define FIRST_IRQ 16u

#define WORD(address) (*(volatile uint32_t *)(address))
#define ALARM_LOAD WORD(TIMER_BASE + 0x2000u)
#define ALARM_CONTROL WORD(TIMER_BASE + 0x2008u)
#define ALARM_CLEAR WORD(TIMER_BASE + 0x200Cu)
#define ALARM_RUNS 0xA3u // once, 32 bits, with its interrupt
#define ALARM_LONGEST 0x7FFFFFFFu
#define SYST_CSR WORD(0xE000E010u)
#define SYST_RUNS 1u
#define SYST_TRAPS 3u
#define NVIC_ISER WORD(0xE000E100u)
#define NVIC_ICER WORD(0xE000E180u)
#define NVIC_ISPR WORD(0xE000E200u)
#define NVIC_ICPR WORD(0xE000E280u)
#define ICSR WORD(0xE000ED04u)
#define ICSR_WAITING 0x001FF000u // number of an enabled exception that waits
#define MPU_CTRL WORD(0xE000ED94u)
#define MPU_RNR WORD(0xE000ED98u)
#define MPU_RBAR WORD(0xE000ED9Cu)
#define MPU_RASR WORD(0xE000EDA0u) // RLAR of ARMv8-M
#define BELOW_STACK 0x10000000u
#define MPU_ON 5u // and the rest as without

// Under -icount shift=7 an instruction is 128 ns: 3.2 ticks of 25 MHz, 2.56 of 20 MHz.
#define MANY_INSTRUCTIONS 25u
#ifndef MANY_TICKS
#define MANY_TICKS 80u
#endif

extern uint32_t _stack_limit;
static bool frozen;
static bool pending; // as machine_line left it
static bool armed;

uint32_t machine_instructions(uint32_t ticks)
{
    return (uint32_t)(((uint64_t)ticks * MANY_INSTRUCTIONS + MANY_TICKS / 2u) /
                      MANY_TICKS);
}

void machine_line(bool high)
{
    if (high) {
        NVIC_ISPR = 1u << LINE_IRQ;
    } else if (pending) {
        NVIC_ICPR = 1u << LINE_IRQ;
    }
    pending = high;
}

void machine_quiet(void)
{
    if (armed) {
        ALARM_CONTROL = 0;
        ALARM_CLEAR = 1;
        NVIC_ICPR = 1u << ALARM_IRQ;
        armed = false;
    }
}

void machine_alarm(uint64_t instructions)
{
    const uint64_t ticks =
        (instructions * MANY_TICKS + MANY_INSTRUCTIONS - 1u) / MANY_INSTRUCTIONS;
    machine_quiet();
    ALARM_LOAD = ticks < ALARM_LONGEST ? (uint32_t)ticks : ALARM_LONGEST;
    ALARM_CONTROL = ALARM_RUNS;
    NVIC_ISER = 1u << ALARM_IRQ;
    armed = true;
}

bool machine_alarm_rang(uint32_t number)
{
    return number == FIRST_IRQ + ALARM_IRQ;
}

bool machine_waiting(void)
{
    return (ICSR & ICSR_WAITING) != 0u;
}

bool machine_can_wake(void)
{
    const uint32_t others = NVIC_ISER & ~(1u << LINE_IRQ) & ~(1u << ALARM_IRQ);
    return others != 0u || (SYST_CSR & SYST_TRAPS) == SYST_TRAPS;
}

void machine_freeze(void)
{
    const uint32_t control = SYST_CSR;
    frozen = (control & SYST_RUNS) != 0u;
    if (frozen) {
        SYST_CSR = control & ~SYST_RUNS;
    }
}

// SysTick can't be set back: it sees what lies outside.
void machine_thaw(uint32_t takes)
{
    (void)takes;
    if (frozen) {
        SYST_CSR |= SYST_RUNS;
    }
}

void machine_enable(bool on)
{
    if (on) {
        NVIC_ISER = 1u << LINE_IRQ;
    } else {
        NVIC_ICER = 1u << LINE_IRQ;
    }
}

uint32_t machine_mask(void)
{
    uint32_t before = 0;
    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(before)::"memory");
    return before;
}

void machine_unmask(uint32_t before)
{
    __asm__ volatile("msr primask, %0" ::"r"(before) : "memory");
}

void machine_tell(uint32_t what)
{
    register uint32_t r0 __asm__("r0") = what;
    __asm__ volatile(".inst.n 0xdee2" ::"r"(r0) : "memory");
}

void machine_calibrate(void)
{
    uint32_t word = 0;
    __asm__ volatile(".inst.n 0xdee3\n .inst.n 0xdee3\n ldr %0, [%1]\n ldr %0, [%1]"
                     : "=&r"(word)
                     : "r"(EF_BASE)
                     : "memory");
}

// Nothing may be read or written through a null pointer, nor below the stack, which is
// the lowest of the memory.
void machine_guard(void);
void machine_guard(void)
{
#if defined(__ARM_ARCH_8M_MAIN__)
    for (uint32_t region = 0; region < 2u; region++) { // two that overlap let nobody in
        MPU_RNR = region;
        MPU_RBAR = 1u; // never executed
        MPU_RASR = 0xFE0u | 1u;
    }
    __asm__ volatile("msr msplim, %0" ::"r"(&_stack_limit));
#else
    MPU_RNR = 0;
    MPU_RBAR = 0;
    MPU_RASR = 1u << 28u | 11u << 1u | 1u; // 4 KiB, no access, never executed
    MPU_RNR = 1;
    MPU_RBAR = (uint32_t)(uintptr_t)&_stack_limit - BELOW_STACK;
    MPU_RASR = 1u << 28u | 27u << 1u | 1u; // as much as BELOW_STACK
#endif
    MPU_CTRL = MPU_ON;
    __asm__ volatile("dsb\n isb");
}
