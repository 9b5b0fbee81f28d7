// The emulator's side of the port in an image: every trap first brings the bus to the
// moment that the processor is at, then does what the firmware wanted of it.
// Instructions are counted between the traps, so that the emulator's own don't count.
// SPDX-License-Identifier: Apache-2.0
#include "access.h" // where the bus keeps its registers
#include "costs.h"
#include "ef_registers.h"
#include "machine.h"
#include "platform.h"

static struct ef_bus *bus;
static uint32_t left_at;     // ticks when the firmware was entered again
static struct fw_cost since; // of firmware since the last command
static struct fw_cost costs[FW_COSTS];
static struct fw_cost marked[FW_MARKS];
static struct fw_time total;
static uint32_t at; // the mark
static bool asleep;
static uint64_t step_up;   // controller cycles of so many
static uint64_t step_down; // of the processor
static uint64_t carry;     // of step_down: cycles of the bus not yet gone by

// What a trap takes of the instructions between two, by how it came about; measured by
// two with nothing between them.
static uint32_t calibrated; // traps of the measurement so far, of CALIBRATION
static uint32_t call_takes;
static uint32_t access_takes;
#define CALIBRATION 4u
#define LEAVING 16u // from setting the alarm until then

static void bring_up(uint64_t cycles)
{
    while (cycles != 0u) { // in pieces that don't overflow
        const uint64_t piece = cycles < 1u << 24u ? cycles : 1u << 24u;
        carry += piece * step_up;
        ef_bus_advance(bus, carry / step_down);
        carry %= step_down;
        cycles -= piece;
    }
}

static void spend(uint32_t instructions)
{
    since.instructions += instructions;
    marked[at].instructions += instructions;
    total.awake += instructions;
}

static bool calibrate(uint32_t passed)
{
    calibrated += 1u;
    if (calibrated == 2u) {
        call_takes = passed;
    } else if (calibrated == CALIBRATION) {
        access_takes = passed;
    }
    return true;
}

static void access_bus(struct machine_access *access)
{
    since.accesses += 1u;
    marked[at].accesses += 1u;
    const uint32_t offset = access->address - EF_BASE;
    const uint32_t narrow = access->width < 4u ? 1u : 0u; // refused as unaligned
    if (access->write) {
        if (offset == EF_REG_COMMAND && access->value < FW_COSTS) {
            costs[access->value].count += 1u;
            costs[access->value].instructions += since.instructions;
            costs[access->value].accesses += since.accesses;
            since = (struct fw_cost){0};
        }
        (void)ef_bus_write32(bus, offset | narrow, access->value);
    } else {
        access->value = 0;
        (void)ef_bus_read32(bus, offset | narrow, &access->value);
    }
}

static void take(uint32_t told)
{
    if (told == MACHINE_SUPPLY) {
        ef_bus_power_cycle(bus);
    } else {
        at = told < FW_MARKS ? told : FW_OTHER;
        marked[at].count += 1u;
    }
}

// Whether the line may rise by itself.
static bool is_due(void)
{
    return ef_bus_interrupt(bus) == 0 && ef_bus_next_event(bus) != 0u &&
           bus->values[EF_INDEX_IRQ_ENABLE] != 0u;
}

static enum machine_answer sleep_or_wake(enum machine_event event)
{
    if (event == MACHINE_SLEEP) {
        asleep = true;
        return is_due() || machine_can_wake() || machine_waiting() ? MACHINE_DONE
                                                                   : MACHINE_DEAD;
    }
    if (is_due() && !machine_waiting()) {
        return MACHINE_ASLEEP; // an event that raised no interrupt
    }
    asleep = false;
    return MACHINE_DONE;
}

enum machine_answer machine_serve(enum machine_event event,
                                  struct machine_access *access, uint32_t ticks)
{
    const uint32_t passed = machine_instructions(ticks - left_at);
    if (bus == NULL) {
        return MACHINE_FOREIGN;
    }
    if (calibrated < CALIBRATION) {
        return calibrate(passed) ? MACHINE_DONE : MACHINE_FOREIGN;
    }
    const uint32_t takes = event < MACHINE_ACCESS ? call_takes : access_takes;
    uint32_t spent = passed > takes ? passed - takes : 0u;
    spent += event == MACHINE_ACCESS ? 1u : 0u; // the one that trapped
    bring_up(spent);
    if (asleep) {
        total.asleep += spent;
    } else {
        spend(spent);
    }
    if (event == MACHINE_ACCESS) {
        asleep = false;
        access_bus(access);
    } else if (event == MACHINE_TOLD) {
        take(access->value);
    }
    machine_line(ef_bus_interrupt(bus) != 0);
    const bool sleeps = event == MACHINE_SLEEP ||
                        (asleep && event != MACHINE_ACCESS && event != MACHINE_TOLD);
    return sleeps ? sleep_or_wake(event) : MACHINE_DONE;
}

// Interrupts are taken when they are due, also where the firmware does nothing that
// traps; where none can come, nothing is set.
void machine_leave(void)
{
    if (bus != NULL && calibrated >= CALIBRATION && is_due()) {
        const uint64_t cycles = ef_bus_next_event(bus) * step_down;
        const uint64_t left = cycles > carry ? cycles - carry : 0u;
        machine_alarm((left + step_up - 1u) / step_up + access_takes + LEAVING);
    } else {
        machine_quiet();
    }
    machine_thaw(access_takes);
    left_at = platform_ticks(); // what follows always takes as long
}

void fw_attach(struct ef_bus *target, uint64_t processor)
{
    const uint64_t controller = target->clock_hz;
    processor = processor == 0u ? controller : processor;
    uint64_t a = processor;
    uint64_t b = controller;
    while (b != 0u) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    step_up = controller / a;
    step_down = processor / a;
    bus = target;
    machine_calibrate();
}

const struct fw_cost *fw_costs(void)
{
    return costs;
}

const struct fw_cost *fw_marked_costs(void)
{
    return marked;
}

struct fw_time fw_time(void)
{
    return total;
}
