// Time and the queue of the chip behind its bus: when a command starts, when its steps
// begin, when it ends, and what an access takes (SPEC 19.1, 19.4, 19.10).
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

#define NS 1000000000u // a second's

// Periods for a time, rounded up. No product leaves 64 bits: both factors of each are
// at most 10^9 and 10^10.
static uint64_t periods(uint64_t nanoseconds, uint64_t hertz)
{
    return nanoseconds / NS * hertz + (nanoseconds % NS * hertz + NS - 1u) / NS;
}

static uint32_t mode_of(const struct ef_bus *bus)
{
    return FIELD(bus->values[EF_INDEX_POWER], POWER_MODE);
}

uint64_t ef_bus_wake_time(const struct ef_bus *bus, uint32_t mode)
{
    return mode == EF_MODE_GATED ? EF_BUS_WAKE_GATED
                                 : periods(EF_BUS_WAKE_NS, bus->clock_hz);
}

// CYCLE counts where the clock runs.
static void pass(struct ef_bus *bus, uint64_t moment, bool accessed)
{
    if (accessed || ef_bus_is_busy(bus) || mode_of(bus) == EF_MODE_RUN) {
        bus->cycle += moment - bus->now;
    }
    bus->now = moment;
}

static void end_command(struct ef_bus *bus)
{
    const uint32_t opcode = bus->running.opcode;
    const uint32_t cause = bus->stopping;
    uint32_t bits = EF_IRQ_STATUS_DONE_MASK;
    if (cause != EF_CAUSE_NONE) {
        ef_bus_note_cut(bus, (enum ef_cause)cause);
    } else {
        if (bus->running_refused == 0u) {
            ef_bus_finish(bus);
        }
        ef_bus_tell(bus, EF_BUS_PULSES, opcode,
                    (uint32_t)(ef_bus_pulses(bus->chip) - bus->spent_pulses));
    }
    ef_bus_tell(bus, EF_BUS_DONE, opcode, bus->running_refused);
    bus->ended = bus->running.number;
    ef_bus_forget_command(bus);
    bits |= bus->queued == 0u ? EF_IRQ_STATUS_IDLE_MASK : 0u;
    ef_bus_raise(bus, bits);
    if (cause == EF_CAUSE_RESET) {
        ef_bus_forget(bus);
        ef_bus_reset_registers(bus);
    }
}

// The next step begins; its end follows from what the chip counted (SPEC 19.4).
static void go_on(struct ef_bus *bus)
{
    if (!ef_bus_has_step(bus)) {
        bus->over = 1;
        bus->until += 1u;
        return;
    }
    bus->running_steps += 1u;
    bus->steps += 1u;
    ef_bus_tell(bus, EF_BUS_STEP, bus->running.opcode, bus->running_steps);
    ef_bus_step(bus);
    uint64_t cycles = 0;
    uint64_t nanoseconds = 0;
    ef_spent(bus->chip, &cycles, &nanoseconds);
    bus->until = bus->started + (cycles - bus->spent_cycles) +
                 periods(nanoseconds - bus->spent_ns, bus->clock_hz);
    uint32_t *left = &bus->values[EF_INDEX_CUT_AFTER];
    if (*left != 0u) {
        *left -= 1u;
        if (*left == 0u) {
            ef_bus_power_cycle(bus);
        }
    }
}

static void start_command(struct ef_bus *bus)
{
    bus->running = bus->queue[0];
    bus->queued -= 1u;
    for (uint32_t i = 0; i < bus->queued; i++) {
        bus->queue[i] = bus->queue[i + 1u];
    }
    bus->queue[bus->queued] = (struct ef_bus_entry){0};
    bus->running_steps = 0;
    bus->over = 0;
    bus->started = bus->now;
    bus->until = bus->now;
    ef_spent(bus->chip, &bus->spent_cycles, &bus->spent_ns);
    bus->spent_pulses = ef_bus_pulses(bus->chip);
    ef_bus_tell(bus, EF_BUS_START, bus->running.opcode, bus->running.layer);
    bus->running_refused = ef_bus_begin(bus) ? 0u : 1u;
    go_on(bus);
}

// Do everything that is due by a moment.
static void run_until(struct ef_bus *bus, uint64_t moment, bool accessed)
{
    for (;;) {
        if (bus->running.opcode == 0u) {
            if (bus->queued == 0u || ef_bus_is_halted(bus)) {
                break;
            }
            start_command(bus);
        } else if (bus->until > moment) {
            break;
        } else {
            pass(bus, bus->until, accessed);
            if (bus->over != 0u || bus->stopping != EF_CAUSE_NONE) {
                end_command(bus);
            } else {
                go_on(bus);
            }
        }
    }
    pass(bus, moment, accessed);
}

void ef_bus_stop(struct ef_bus *bus, enum ef_cause cause)
{
    for (uint32_t i = 0; i < bus->queued; i++) {
        bus->queue[i] = (struct ef_bus_entry){0};
    }
    bus->queued = 0;
    ef_bus_keep_codes(bus, 0);
    if (bus->running.opcode == 0u) {
        if (cause == EF_CAUSE_RESET) {
            ef_bus_forget(bus);
            ef_bus_reset_registers(bus);
        }
        return;
    }
    if (bus->stopping != EF_CAUSE_RESET) { // which it stays, whatever follows
        bus->stopping = (uint32_t)cause;
    }
    if (bus->over != 0u) {
        end_command(bus);
    }
}

void ef_bus_access_time(struct ef_bus *bus)
{
    const uint32_t mode = mode_of(bus);
    uint64_t time = EF_BUS_ACCESS_CYCLES;
    if (mode != EF_MODE_RUN && !ef_bus_is_busy(bus)) {
        time += ef_bus_wake_time(bus, mode);
        if (mode == EF_MODE_RETAINED) {
            bus->values[EF_INDEX_POWER] &= ~EF_POWER_MODE_MASK;
        }
    }
    run_until(bus, bus->now + time, true);
}

void ef_bus_advance(struct ef_bus *bus, uint64_t cycles)
{
    if (bus != NULL) {
        run_until(bus, bus->now + cycles, false);
    }
}

uint64_t ef_bus_next_event(const struct ef_bus *bus)
{
    return bus == NULL || bus->running.opcode == 0u ? 0u : bus->until - bus->now;
}
