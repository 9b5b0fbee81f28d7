// Traps of an RV32 core: an access to the block's address is handed to the emulator,
// its line is the software interrupt, and whatever else goes wrong is reported.
// SPDX-License-Identifier: Apache-2.0
#include "decode.h"
#include "platform.h"

#define INTERRUPT 0x80000000u
#define CAUSE_ILLEGAL 2u
#define CAUSE_LOAD 5u
#define CAUSE_STORE 7u
#define CAUSE_ALARM (INTERRUPT | 11u)
#define CALL 0x0000000Bu // and the event from bit 12 up: of the opcodes left to vendors
#define EVENTS 4u
#define STACK_WORDS 16384u

extern uint32_t _stack_limit, _stack_guard;

void machine_trapped(uint32_t *frame);
void machine_unhandled(void);

__attribute__((weak)) void Exception_Handler(void);
__attribute__((weak)) enum machine_answer
machine_serve(enum machine_event event, struct machine_access *access, uint32_t ticks);
__attribute__((weak)) void machine_leave(void);

static _Alignas(16) uint32_t emulator_stack[STACK_WORDS];
uint32_t *const machine_stack_top = emulator_stack + STACK_WORDS;
// What a debugger, or whoever ends the image, looks at: nonzero while a trap is served,
// and the program counter and return address that it came from.
volatile uint32_t machine_trap_of[3];

static uint32_t read_cause(void)
{
    uint32_t cause = 0;
    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    return cause;
}

__attribute__((noreturn)) static void report(const uint32_t *frame, uint32_t cause,
                                             const char *what)
{
    uint32_t value = 0;
    __asm__ volatile("csrr %0, mtval" : "=r"(value));
    crash_put("mcause", cause);
    crash_put("mtval", value);
    crash_put("sp", frame[2]);
    crash_put("pc", frame[0]);
    crash_put("lr", frame[1]);
    const uint32_t guard = (uint32_t)(uintptr_t)&_stack_guard;
    const uint32_t limit = (uint32_t)(uintptr_t)&_stack_limit;
    const bool over =
        (cause == CAUSE_LOAD || cause == CAUSE_STORE) && value - guard < limit - guard;
    crash_end(over ? "stack" : what);
}

void machine_unhandled(void)
{
    uint32_t frame[3] = {0};
    __asm__ volatile("csrr %0, mepc" : "=r"(frame[0]));
    report(frame, read_cause(), "interrupt");
}

// Waiting goes on where there was nothing to wake for.
static void answer(uint32_t *frame, enum machine_answer said, uint32_t back)
{
    if (said == MACHINE_ASLEEP) {
        frame[0] -= back;
    } else if (said == MACHINE_DEAD) {
        crash_put("pc", frame[0]);
        crash_put("lr", frame[1]);
        crash_end("asleep");
    }
}

static bool serve(uint32_t *frame, uint32_t cause, uint32_t ticks)
{
    struct riscv_access access = {{0}, 0, 0, false};
    if (cause == CAUSE_ALARM) {
        access.bus.address = frame[0];
        answer(frame, machine_serve(MACHINE_ALARM, &access.bus, ticks), 4);
        return true;
    }
    if (cause == CAUSE_ILLEGAL) {
        const uint16_t *code = (const uint16_t *)(uintptr_t)frame[0];
        const uint32_t event = code[0] >> 12u;
        if ((code[0] & 0xFFFu) != CALL || code[1] != 0u || event >= EVENTS) {
            return false;
        }
        access.bus.value = frame[10];
        const enum machine_answer said =
            machine_serve((enum machine_event)event, &access.bus, ticks);
        frame[0] += 4u;
        answer(frame, said, 8); // to the wait before this, and after that one
        return true;
    }
    if ((cause != CAUSE_LOAD && cause != CAUSE_STORE) ||
        !riscv_decode(frame, &access) ||
        access.bus.address - EF_BASE >= EF_BASE_BYTES ||
        machine_serve(MACHINE_ACCESS, &access.bus, ticks) == MACHINE_FOREIGN) {
        return false;
    }
    riscv_complete(frame, &access);
    return true;
}

void machine_trapped(uint32_t *frame)
{
    const uint32_t ticks = platform_ticks();
    const uint32_t cause = read_cause();
    bool served = false;
    if (machine_serve != 0) {
        machine_freeze();
        machine_trap_of[1] = frame[0];
        machine_trap_of[2] = frame[1];
        machine_trap_of[0] = 1;
        served = serve(frame, cause, ticks);
        machine_trap_of[0] = 0;
    }
    if (!served && Exception_Handler != 0) {
        Exception_Handler();
    }
    if (!served) {
        report(frame, cause, "fault");
    }
    if (served) {
        machine_leave();
    }
}
