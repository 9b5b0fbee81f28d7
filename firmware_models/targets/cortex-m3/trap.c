// Traps of a Cortex-M: an access to the block's address is handed to the emulator, its
// line pends an interrupt, and whatever else goes wrong is reported.
// All faults come as HardFaults, which are taken wherever the program is: in its
// handlers, and with its interrupts masked.
// SPDX-License-Identifier: Apache-2.0
#include "decode.h"
#include "platform.h"

#define WORD(address) (*(volatile uint32_t *)(address))
#define CFSR WORD(0xE000ED28u)
#define HFSR WORD(0xE000ED2Cu)
#define MMFAR WORD(0xE000ED34u)
#define BFAR WORD(0xE000ED38u)
#define CFSR_STACK 0x00101010u // MSTKERR, STKERR, STKOF
#define CFSR_MMARVALID 0x00000080u
#define CFSR_BFARVALID 0x00008000u
#define BELOW_STACK 0x100000u
#define HARD_FAULT 3u
#define USAGE_FAULT 6u
#define UDF 0xDEE0u // and the event
#define EVENTS 4u
#define STACK_WORDS 16384u

extern uint32_t _estack, _stack_limit, _ram_end;
extern const uint32_t _text_end;

void machine_entry(void);
uint32_t machine_trapped(uint32_t *stacked, uint32_t *saved);
bool machine_alarm_rang(uint32_t number); // machine.c

__attribute__((weak)) void HardFault_Handler(void);
__attribute__((weak)) void MemManage_Handler(void);
__attribute__((weak)) void BusFault_Handler(void);
__attribute__((weak)) void UsageFault_Handler(void);
__attribute__((weak)) void Default_Handler(void);
__attribute__((weak)) enum machine_answer
machine_serve(enum machine_event event, struct machine_access *access, uint32_t ticks);
__attribute__((weak)) void machine_leave(void);

// Above the program's own stack, so that its limit is not reached in here.
static _Alignas(8) uint32_t emulator_stack[STACK_WORDS];
uint32_t *const machine_stack_top = emulator_stack + STACK_WORDS;
// What a debugger, or whoever ends the image, looks at: nonzero while a trap is served,
// and the program counter and link register that it came from.
volatile uint32_t machine_trap_of[3];
static struct machine_frame dying;

// r0: the frame, r1: r4 to r11. A handler's address comes back where the program's own
// is to see the exception as the core took it.
__asm__(".syntax unified\n"
        ".section .text.machine_entry, \"ax\"\n"
        ".thumb_func\n"
        ".globl machine_entry\n"
        ".type machine_entry, %function\n"
        "machine_entry:\n"
        "    tst lr, #4\n"
        "    ite eq\n"
        "    mrseq r0, msp\n"
        "    mrsne r0, psp\n"
        "    mov r2, sp\n"
        "    ldr r1, =machine_stack_top\n"
        "    ldr sp, [r1]\n"
        "    push {r2, lr}\n"
        "    push {r4-r11}\n"
        "    mov r1, sp\n"
        "    bl machine_trapped\n"
        "    pop {r4-r11}\n"
        "    pop {r2, lr}\n"
        "    mov sp, r2\n"
        "    cbz r0, 1f\n"
        "    bx r0\n"
        "1:  bx lr\n"
        "    .pool\n"
        ".size machine_entry, . - machine_entry\n"
        ".text\n");

static bool is_call(uint32_t word)
{
    const uint32_t at = word & ~1u;
    if ((word & 1u) == 0u || at < 8u || at >= (uint32_t)(uintptr_t)&_text_end) {
        return false;
    }
    const uint16_t *code = (const uint16_t *)(uintptr_t)(at - 4u);
    const bool direct = code[0] >> 11u == 0x1Eu && (code[1] & 0xD000u) == 0xD000u;
    return direct || (code[1] & 0xFF87u) == 0x4780u;
}

// Where the core had no room for its frame: the last call that still found some.
static uint32_t last_call(const uint32_t *at)
{
    const uint32_t *const top = &_estack;
    at = at < &_stack_limit || at > top ? &_stack_limit : at;
    while (at < top && !is_call(*at)) {
        at++;
    }
    return at < top ? *at : 0u;
}

// Within what a frame or two beyond the limit reach.
static bool below_stack(uint32_t causes)
{
    const uint32_t limit = (uint32_t)(uintptr_t)&_stack_limit;
    const uint32_t address = (causes & CFSR_MMARVALID) != 0u ? MMFAR : BFAR;
    return (causes & (CFSR_MMARVALID | CFSR_BFARVALID)) != 0u &&
           limit - address <= BELOW_STACK;
}

static void report(bool there)
{
    uint32_t number = 0;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    const uint32_t causes = CFSR;
    crash_put("number", number);
    crash_put("cfsr", causes);
    crash_put("hfsr", HFSR);
    crash_put("mmfar", MMFAR);
    crash_put("bfar", BFAR);
    const uint32_t sp = (uint32_t)(uintptr_t)dying.stacked;
    crash_put("sp", sp);
    const bool over = !there || (causes & CFSR_STACK) != 0u || below_stack(causes);
    if (there) {
        crash_put("pc", dying.stacked[FRAME_PC]);
        crash_put("lr", dying.stacked[FRAME_LR]);
    } else {
        crash_put("call", last_call(dying.stacked));
    }
    const bool fault = number >= HARD_FAULT && number <= USAGE_FAULT;
    crash_end(over ? "stack" : (fault ? "fault" : "interrupt"));
}

// Where the core had no room for it, its stack pointer is at the limit or below.
static bool frame_is_there(const uint32_t *stacked)
{
    return stacked > &_stack_limit && stacked + 8 <= &_ram_end;
}

// Waiting goes on where there was nothing to wake for.
static void answer(const struct machine_frame *frame, enum machine_answer said,
                   uint32_t back)
{
    if (said == MACHINE_ASLEEP) {
        frame->stacked[FRAME_PC] -= back;
    } else if (said == MACHINE_DEAD) {
        crash_put("pc", frame->stacked[FRAME_PC]);
        crash_put("lr", frame->stacked[FRAME_LR]);
        crash_end("asleep");
    }
}

// Told apart by the instruction alone: to look at the fault's registers takes longer
// than all the rest.
static bool serve_fault(const struct machine_frame *frame, uint32_t ticks)
{
    const uint32_t code = *(const uint16_t *)(uintptr_t)frame->stacked[FRAME_PC];
    struct thumb_access access = {{0}, 0, 0, 0, 0, false};
    if (code - UDF < EVENTS) {
        access.bus.value = frame->stacked[0];
        const enum machine_answer said =
            machine_serve((enum machine_event)(code - UDF), &access.bus, ticks);
        thumb_skip(frame, 2);
        answer(frame, said, 4); // to the wait before this, and after that one
        return true;
    }
    if (!thumb_decode(frame, &access) ||
        access.bus.address - EF_BASE >= EF_BASE_BYTES ||
        machine_serve(MACHINE_ACCESS, &access.bus, ticks) == MACHINE_FOREIGN) {
        return false;
    }
    thumb_complete(frame, &access);
    return true;
}

// The registers say of every fault so far what it was. Cleared, and the instruction
// done again, they say it of this one alone.
static bool again(const struct machine_frame *frame)
{
    static uint32_t cleared_for;
    if (cleared_for == frame->stacked[FRAME_PC]) {
        return false;
    }
    cleared_for = frame->stacked[FRAME_PC];
    CFSR = 0xFFFFFFFFu;
    HFSR = 0xFFFFFFFFu;
    return true;
}

static uint32_t own_handler(uint32_t number)
{
    switch (number) {
    case 3u:
        return (uint32_t)(uintptr_t)HardFault_Handler;
    case 4u:
        return (uint32_t)(uintptr_t)MemManage_Handler;
    case 5u:
        return (uint32_t)(uintptr_t)BusFault_Handler;
    case 6u:
        return (uint32_t)(uintptr_t)UsageFault_Handler;
    default:
        return (uint32_t)(uintptr_t)Default_Handler;
    }
}

uint32_t machine_trapped(uint32_t *stacked, uint32_t *saved)
{
    const uint32_t ticks = platform_ticks();
    uint32_t number = 0;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    const struct machine_frame frame = {stacked, saved};
    const bool there = frame_is_there(stacked);
    const bool fault = number >= HARD_FAULT && number <= USAGE_FAULT;
    if (machine_serve != 0 && there) {
        machine_freeze();
        machine_trap_of[1] = stacked[FRAME_PC];
        machine_trap_of[2] = stacked[FRAME_LR];
        machine_trap_of[0] = 1;
        bool served = false;
        if (machine_alarm_rang(number)) {
            struct machine_access none = {stacked[FRAME_PC], 0, 0, false};
            answer(&frame, machine_serve(MACHINE_ALARM, &none, ticks), 2);
            served = true;
        } else if (fault) {
            served = serve_fault(&frame, ticks);
        }
        machine_trap_of[0] = 0;
        if (served) {
            machine_leave();
            return 0;
        }
    }
    if (there && fault && again(&frame)) {
        return 0;
    }
    dying = frame;
    const uint32_t own = own_handler(number);
    if (own == 0u) {
        report(there);
    }
    return own;
}
