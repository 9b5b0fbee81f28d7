// The bus against any traffic: no crash, no access outside, and a snapshot that is
// saved and restored at any point changes nothing. libFuzzer's entry; fuzz_main.c feeds
// it where there is no libFuzzer.
// SPDX-License-Identifier: Apache-2.0
#include "access.h"
#include "config.h"
#include "ef_bus.h"
#include "ef_registers.h"

#include <stdlib.h>
#include <string.h>

#define STEP_BYTES 6u
#define CLOCK_HZ 10000000u
#define BLOCK_BYTES (256u * 1024u)
#define SNAPSHOT_BYTES (512u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern unsigned long long fuzz_accesses;
unsigned long long fuzz_accesses; // reads and writes of all inputs so far

static _Alignas(64) uint8_t block[BLOCK_BYTES];
static _Alignas(64) uint8_t other_block[BLOCK_BYTES];
static struct ef_bus bus;
static struct ef_bus other; // restored into: a field that is not saved would show
static struct ef_config made;
static uint8_t saved[SNAPSHOT_BYTES];
static uint8_t again[SNAPSHOT_BYTES];
static int16_t activation[CONFIG_TABLE];
static int16_t slope[CONFIG_TABLE];
static int32_t knots[2 * 2 * EF_KNOTS];
static uint16_t exp_table[EF_EXP_ENTRIES];
static const int16_t curve[EF_KNOTS] = {0, 300, -200, 90, -32768, 32767};

static const struct ef_register map[EF_REGISTER_COUNT] = {EF_REGISTER_TABLE};

// What firmware does first; the harness is open, and nothing is locked.
static void open_up(void)
{
    (void)ef_bus_write32(&bus, EF_REG_CONTROL, 1);
    (void)ef_bus_write32(&bus, EF_REG_HARNESS_KEY, EF_BUS_HARNESS_KEY);
    (void)ef_bus_write32(&bus, EF_REG_UNLOCK, EF_BUS_UNLOCK_KEY);
    (void)ef_bus_write32(&bus, EF_REG_LOCK, 0);
}

static void power_up(uint8_t kind)
{
    struct ef_config config = config_plain(knots, exp_table);
    config.seed = 7;
    config.settings.layer_count = 2;
    config.settings.reference = kind % 4u;
    config.settings.target_low = -100;
    config.settings.target_high = 100;
    config.settings.class_count = 2;
    config.settings.lines_per_row_lfsr = 2;
    config.settings.lines_per_column_lfsr = 3;
    config.settings.lanes = 4;
    config.settings.program_tolerance = 2;
    config.settings.program_iterations = 4;
    config.settings.program_limit = 20;
    config.settings.program_mantissa = 128;
    config.settings.program_shift = 5;
    config.settings.d2d_common = 9000;
    config.settings.read_noise = 300;
    config.settings.read_ns = 100;
    config.settings.gap_ns = 20;
    config.settings.disturb = 100;
    config.settings.drift = 10;
    config.settings.retention_s = 1000;
    if (kind / 4u % 2u != 0u) {
        config.settings.adc_offset = 200;
        config.settings.trim_gain = 600;
        config.settings.trim_offset = 210;
        config.adc_inl = curve;
    }
    config.settings.fatigue = 100;
    for (int k = 0; k < 2; k++) {
        config.settings.c2c[k] = 2007;
        config.settings.width_ns[k] = 200;
    }
    config_relu(activation, slope);
    config_decay(exp_table);
    for (int i = 0; i < EF_KNOTS; i++) {
        knots[i] = knots[2 * EF_KNOTS + i] = (EF_KNOTS - 1 - i) * 2000000;
        knots[EF_KNOTS + i] = knots[3 * EF_KNOTS + i] = i * 1500000;
    }
    config.layers[0] = config_learning_layer(5, 4, EF_RULE_MIXED_PRECISION);
    config.layers[1] = config_learning_layer(3, 5, EF_RULE_MIXED_PRECISION);
    if (kind / 8u % 2u != 0u) { // targets, and pulses of two classes
        config.settings.error_kind = EF_OUTPUT_ERROR_SQUARED;
        config.settings.coarse_class = 1;
        config.settings.coarse_ratio = 1100;
        config.layers[0].pulse_class = 0;
        config.layers[1].activation = activation;
        config.layers[1].slope = slope;
    }
    config.layers[0].activation = activation;
    config.layers[0].slope = slope;
    struct ef_fault fault = {0};
    made = config;
    if (ef_bus_init(&bus, block, sizeof block, &fault, &config, CLOCK_HZ) != EF_OK) {
        abort();
    }
    open_up();
}

// Saved, restored into another bus and saved again: byte for byte the same.
static void check_snapshot(void)
{
    const uint64_t size = ef_bus_snapshot_size(&bus);
    struct ef_fault fault = {0};
    if (ef_bus_init(&other, other_block, sizeof other_block, &fault, &made, CLOCK_HZ) !=
            EF_OK ||
        size > sizeof saved || ef_bus_snapshot(&bus, saved, size) != EF_OK ||
        ef_bus_restore(&other, saved, size) != EF_OK ||
        ef_bus_snapshot(&other, again, size) != EF_OK ||
        memcmp(saved, again, size) != 0) {
        abort();
    }
}

// All opcodes, and a few that are none.
static uint32_t opcode_of(uint32_t value)
{
    const uint32_t among = value % 28u;
    return among < 24u ? among : among - 24u + EF_COMMAND_NEW_CHIP;
}

// As many codes as some command of this chip takes, without the others.
static void give_codes(uint32_t value)
{
    (void)ef_bus_write32(&bus, EF_REG_CONTROL, 1u | EF_CONTROL_FLUSH_MASK);
    for (uint32_t i = 0; i < 3u + value % 5u; i++) {
        (void)ef_bus_write32(&bus, EF_REG_SAMPLE, (value >> i) % 128u);
    }
}

static void step(const uint8_t *at)
{
    const uint32_t value = (uint32_t)at[2] | (uint32_t)at[3] << 8u |
                           (uint32_t)at[4] << 16u | (uint32_t)at[5] << 24u;
    uint32_t read = 0;
    const uint32_t address = map[at[1] % EF_REGISTER_COUNT].address;
    const uint32_t kind = at[0] % 16u;
    fuzz_accesses += kind == 2u || kind == 3u || kind == 4u ? 0u : 1u;
    switch (kind) {
    case 0:
        (void)ef_bus_read32(&bus, value, &read);
        break;
    case 1:
        (void)ef_bus_write32(&bus, value, address);
        break;
    case 2:
        ef_bus_advance(&bus, value % 100000u);
        break;
    case 3:
        if (at[1] % 32u == 0u) { // slow beside the others
            check_snapshot();
        }
        break;
    case 4:
        ef_bus_power_cycle(&bus);
        open_up();
        break;
    case 5:
    case 6:
    case 7:
        (void)ef_bus_read32(&bus, address, &read);
        break;
    case 8:
    case 9:
    case 10:
        (void)ef_bus_write32(&bus, address, value & 0xFFu);
        break;
    case 11:
        (void)ef_bus_write32(&bus, EF_REG_SAMPLE,
                             (uint32_t)(int32_t)(int16_t)(value & 0xFFFFu));
        break;
    case 12:
        give_codes(value >> 8u);
        (void)ef_bus_write32(&bus, EF_REG_COMMAND, opcode_of(value));
        ef_bus_advance(&bus, value >> 31u != 0u ? 1000000u : value >> 20u);
        break;
    default:
        (void)ef_bus_write32(&bus, address, value);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0u) {
        return 0;
    }
    power_up(data[0]);
    for (size_t at = 1; at + STEP_BYTES <= size; at += STEP_BYTES) {
        step(data + at);
    }
    if (data[0] < 32u) { // slow: of one input in eight
        check_snapshot();
    }
    return 0;
}
