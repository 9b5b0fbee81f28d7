// SPDX-License-Identifier: Apache-2.0
#include "scenes.h"

#if defined(EF_BASE_IS_MAPPED)
#include "ef_registers.h"
#include "machine.h"

#define AT(offset) (*(volatile uint32_t *)(EF_BASE + (offset)))
#define BYTE_AT(offset) (*(volatile uint8_t *)(EF_BASE + (offset)))
#define HALF_AT(offset) (*(volatile uint16_t *)(EF_BASE + (offset)))
#define TURNS 1000u
#define PERIOD 10000u // of the timer, in instructions
#define WORD(address) (*(volatile uint32_t *)(address))

static volatile uint32_t rang;

#if defined(__thumb__)
#define LOOP "1: subs %2, #1\n bne 1b\n"
#define LOAD "ldr"
#define FIRST "[%3]"

static void start_timer(void)
{
    WORD(0xE000E014u) = PERIOD * MANY_TICKS / 25u - 1u;
    WORD(0xE000E018u) = 0;
    WORD(0xE000E010u) = 7u;
}

static void stop_timer(void)
{
    WORD(0xE000E010u) = 0;
}

void SysTick_Handler(void);
void SysTick_Handler(void)
{
    rang += 1u;
}

// Each form of a load: what it loaded is added up, and so is where it left the base.
static uint32_t forms(uint32_t *moved)
{
    uint32_t sum = 0;
    uint32_t base = EF_BASE;
    __asm__ volatile("ldr r3, [%1]\n add %0, r3\n" // 16 bits, immediate
                     "movs r2, #4\n ldr r3, [%1, r2]\n add %0, r3\n"
                     "ldr.w r3, [%1, #4]\n add %0, r3\n"
                     "add %1, #16\n ldr r3, [%1, #-16]\n add %0, r3\n"
                     "ldr r3, [%1, #-16]!\n add %0, r3\n"
                     "ldr r3, [%1], #8\n add %0, r3\n"
                     "sub %1, #8\n movs r2, #1\n ldr.w r3, [%1, r2, lsl #2]\n"
                     "add %0, r3\n"
                     "movs r3, #0\n cmp r3, #0\n itte eq\n ldreq r3, [%1]\n"
                     "addeq %0, r3\n movne %0, #0\n"
                     "add r12, %1, #4\n ldr r12, [r12]\n add %0, r12\n"
                     : "+r"(sum), "+r"(base)::"r2", "r3", "r12", "cc", "memory");
    *moved = base;
    return sum - 5u * AT(EF_REG_ID) - 4u * AT(EF_REG_VERSION);
}
#else
#define LOOP "1: addi %2, %2, -1\n bnez %2, 1b\n"
#define LOAD "lw"
#define FIRST "0(%3)"

static void set_timer(void)
{
    static uint32_t due;
    due = (rang == 0u ? WORD(0x0200BFF8u) : due) + PERIOD * 128u / 100u;
    WORD(0x02004004u) = 0;
    WORD(0x02004000u) = due;
}

static void start_timer(void)
{
    set_timer();
    __asm__ volatile("csrs mie, %0" ::"r"(0x80));
}

static void stop_timer(void)
{
    __asm__ volatile("csrc mie, %0" ::"r"(0x80));
}

void SysTick_Handler(void);
void SysTick_Handler(void)
{
    rang += 1u;
    set_timer();
}

static uint32_t forms(uint32_t *moved)
{
    uint32_t sum = 0;
    uint32_t base = EF_BASE;
    __asm__ volatile("mv a4, %1\n c.lw a5, 0(a4)\n add %0, %0, a5\n"
                     "c.lw a5, 4(a4)\n add %0, %0, a5\n"
                     "lw t0, 0(%1)\n add %0, %0, t0\n"
                     "addi t1, %1, 16\n lw t0, -12(t1)\n add %0, %0, t0\n"
                     "lw zero, 0(%1)\n add %0, %0, zero\n"
                     : "+r"(sum)
                     : "r"(base)
                     : "a4", "a5", "t0", "t1", "memory");
    *moved = base;
    return sum - 2u * AT(EF_REG_ID) - 2u * AT(EF_REG_VERSION);
}
#endif

// From one reading of the clock to the next: a loop of two instructions, and the load.
static uint32_t time_of_loop(uint32_t turns)
{
    uint32_t before = 0;
    uint32_t after = 0;
    __asm__ volatile(LOAD " %0, " FIRST "\n" LOOP LOAD " %1, " FIRST "\n"
                     : "=&r"(before), "=&r"(after), "+r"(turns)
                     : "r"(EF_BASE + EF_REG_CYCLE_LOW)
                     : "memory");
    return after - before;
}

static void refusals(struct fw_report *report)
{
    AT(EF_REG_ERROR) = 0xFFFFFFFFu;
    fw_say(report, BYTE_AT(EF_REG_VERSION));
    fw_say(report, AT(EF_REG_ERROR));
    AT(EF_REG_ERROR) = 0xFFFFFFFFu;
    fw_say(report, HALF_AT(EF_REG_VERSION));
    fw_say(report, AT(EF_REG_ERROR));
    AT(EF_REG_ERROR) = 0xFFFFFFFFu;
    fw_say(report, AT(EF_REG_VERSION + 2u));
    fw_say(report, AT(EF_REG_ERROR));
    AT(EF_REG_ERROR) = 0xFFFFFFFFu;
    BYTE_AT(EF_REG_LABEL) = 1u;
    fw_say(report, AT(EF_REG_ERROR));
    HALF_AT(EF_REG_LABEL) = 1u;
    AT(EF_REG_LABEL + 1u) = 1u;
    fw_say(report, AT(EF_REG_LABEL)); // the last one's that was whole
    AT(EF_REG_ERROR) = 0xFFFFFFFFu;
}

void core_scenes(struct fw_report *report)
{
    uint32_t moved = 0;
    fw_say(report, time_of_loop(TURNS));
    fw_say(report, forms(&moved));
    fw_say(report, moved - EF_BASE);
    refusals(report);
    start_timer();
    for (uint32_t i = 0; i < 51u; i++) {
        (void)time_of_loop(TURNS); // 102000 instructions of the program's own
    }
    stop_timer();
    fw_say(report, rang);
}
#else
void core_scenes(struct fw_report *report)
{
    (void)report;
}
#endif
