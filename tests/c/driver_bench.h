// A chip on a bench: behind a port through which a test can lie, look in at any access,
// let an interrupt come there, and kill the bus.
// SPDX-License-Identifier: Apache-2.0
#ifndef DRIVER_BENCH_H
#define DRIVER_BENCH_H

#include "check.h"
#include "config.h"
#include "ef_bus.h"
#include "ef_driver.h"
#include "ef_registers.h"

#include <stddef.h>

#define ROWS 3u
#define INPUTS 4u
#define COLUMNS 5u // the inputs and the bias
#define CLOCK 10000000u
#define NEVER UINT32_MAX
#define ALWAYS 0u

typedef void (*bench_hook)(void);

static struct {
    struct ef_bus bus;
    struct ef_dev dev;
    uint32_t accesses;
    uint32_t writes; // but those of LAYER
    bool inside;     // of a hook: its own accesses count for nothing
    uint32_t at;     // access before which the hook comes; ALWAYS, NEVER
    bench_hook hook;
    uint32_t lie_address; // a register that reads as it isn't; NEVER: none does
    uint32_t lie_value;
    uint32_t dead_from; // access from which on nobody answers
    uint32_t dead_value;
    uint32_t sleeps;
    bool broken; // the line: a tick alone ends a sleep
} bench;

static _Alignas(EF_ALIGNMENT) uint8_t bench_block[1 << 20];

static void bench_before(void)
{
    if (!bench.inside) {
        bench.accesses += 1u;
        if (bench.hook != NULL && (bench.at == ALWAYS || bench.at == bench.accesses)) {
            bench.inside = true;
            bench.hook();
            bench.inside = false;
        }
    }
}

static uint32_t bench_read(void *context, uint32_t offset)
{
    uint32_t value = bench.lie_value;
    (void)context;
    bench_before();
    if (bench.accesses >= bench.dead_from) {
        value = bench.dead_value;
    } else if (offset != bench.lie_address) {
        (void)ef_bus_read32(&bench.bus, offset, &value);
    }
    return value;
}

static void bench_write(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    bench_before();
    bench.writes += offset != EF_REG_LAYER ? 1u : 0u;
    if (bench.accesses < bench.dead_from) {
        (void)ef_bus_write32(&bench.bus, offset, value);
    }
}

// A sleep: until the line is up and handled, or, where it is broken, until a tick.
static void bench_wait(void *context, const volatile uint32_t *events, uint32_t seen)
{
    (void)context;
    bench.sleeps += 1u;
    CHECK_EQUAL("slept on its own events", 1, events == &bench.dev.events);
    while (!bench.broken && *events == seen && ef_bus_next_event(&bench.bus) != 0u) {
        ef_bus_advance(&bench.bus, ef_bus_next_event(&bench.bus));
        if (ef_bus_interrupt(&bench.bus) != 0) {
            const bool inside = bench.inside;
            bench.inside = true;
            efd_interrupt(&bench.dev);
            bench.inside = inside;
        }
    }
    if (bench.broken) {
        ef_bus_advance(&bench.bus, 1000);
    }
}

static const struct ef_port bench_polled = {bench_read, bench_write, NULL, NULL};
static const struct ef_port bench_waited = {bench_read, bench_write, bench_wait, NULL};

// A layer that learns, with cells that move.
static struct ef_config bench_config(uint8_t rule)
{
    static int32_t knots[2 * EF_KNOTS];
    static uint16_t exp_table[EF_EXP_ENTRIES];
    for (uint32_t i = 0; i < 2u * EF_KNOTS; i++) {
        knots[i] = 1 << 24;
    }
    config_decay(exp_table);
    struct ef_config config = config_plain(knots, exp_table);
    config.layers[0] = config_learning_layer(ROWS, INPUTS, rule);
    config.layers[0].pulse_class = 0;
    return config;
}

static void bench_untouched(void)
{
    bench.accesses = 0;
    bench.hook = NULL;
    bench.at = NEVER;
    bench.lie_address = NEVER;
    bench.dead_from = NEVER;
    bench.broken = false;
}

static void bench_up(const struct ef_config *config, const struct ef_port *port)
{
    struct ef_fault fault;
    bench_untouched();
    CHECK_EQUAL("up", EF_OK,
                ef_bus_init(&bench.bus, bench_block, sizeof bench_block, &fault, config,
                            CLOCK));
    CHECK_EQUAL("open", EFD_OK, efd_open(&bench.dev, 0, port));
    CHECK_EQUAL("inputs", INPUTS, bench.dev.inputs);
    CHECK_EQUAL("classes", ROWS, bench.dev.classes);
    bench.accesses = 0;
}

#endif
