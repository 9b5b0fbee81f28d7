// Snapshots are untrusted: bytes turned at random, with the checksum put right again,
// must be refused or give a chip that works, and never reach undefined behaviour (run
// under the sanitizers).
// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "config.h"
#include "hash.h"

#define ROWS 4u
#define INPUTS 5u
#define TRIES 20000u
#define HEADER_BYTES 32u

static _Alignas(64) uint8_t block[65536];
static uint8_t good[32768];
static uint8_t bad[32768];
static int32_t knots[2 * EF_KNOTS];
static uint16_t exp_table[EF_EXP_ENTRIES];

static uint64_t number(uint64_t index, uint64_t below)
{
    return (ef_draw_number(0xF022, index) >> 32) % below;
}

static struct ef_chip *make_chip(void)
{
    static struct ef_chip *chip;
    struct ef_config config = config_plain(knots, exp_table);
    config.seed = 9;
    config.settings.reference = EF_REFERENCE_CELL;
    config.settings.adc_offset = 2000;
    config.settings.trim_gain = 900;
    config.settings.trim_offset = 1900;
    config.settings.transfer_every = 2;
    config.settings.lines_per_row_lfsr = 2;
    config.settings.lines_per_column_lfsr = 2;
    config.settings.bound_low = -2000000000;
    config.settings.bound_high = 2000000000;
    config.layers[0] = config_layer(ROWS, INPUTS);
    config.layers[0].rule = EF_RULE_MIXED_PRECISION;
    config.layers[0].gain_mantissa = 255;
    config.layers[0].gain_shift = 20;
    config.layers[0].back_shift = 15;
    config.layers[0].rate_mantissa = 200;
    config.layers[0].rate_shift = 10;
    config.layers[0].threshold = 100;
    for (int i = 0; i < EF_KNOTS; i++) {
        knots[i] = 1 << 24;
        knots[EF_KNOTS + i] = 1 << 24;
    }
    exp_table[0] = 65535;
    struct ef_fault fault;
    CHECK_EQUAL("init", EF_OK, ef_init(&chip, block, sizeof block, &fault, &config));
    return chip;
}

static void learn(struct ef_chip *chip, uint64_t first)
{
    int16_t inputs[INPUTS];
    for (uint64_t i = first; i < first + 4u; i++) {
        uint64_t done = 0;
        const int32_t label = (int32_t)number(i, ROWS);
        for (uint32_t c = 0; c < INPUTS; c++) {
            inputs[c] = (int16_t)((int32_t)number(i * INPUTS + c, 255) - 127);
        }
        const int status = ef_learn(chip, &done, NULL, NULL, inputs, &label, 1);
        if (status != EF_OK && status != EF_ERROR_ACCOUNT) {
            CHECK_EQUAL("learn", EF_OK, status); // a false account is told, no more
        }
    }
}

static void write_checksum(uint8_t *bytes, uint64_t size)
{
    const uint64_t sum = ef_hash_bytes(EF_HASH_START, bytes, size - 8u);
    for (uint32_t i = 0; i < 8u; i++) {
        bytes[size - 8u + i] = (uint8_t)(sum >> (8u * i));
    }
}

int main(void)
{
    struct ef_chip *chip = make_chip();
    const uint64_t size = ef_snapshot_size(chip);
    uint32_t refused = 0;
    uint32_t ends = 0;
    CHECK_EQUAL("trim", EF_OK, ef_trim(chip, &ends, 0, EF_SIDE_ROWS, 2, 100));
    learn(chip, 0);
    CHECK_EQUAL("snapshot", EF_OK, ef_snapshot(chip, good, size));
    for (uint64_t t = 0; t < TRIES; t++) {
        for (uint64_t i = 0; i < size; i++) {
            bad[i] = good[i];
        }
        for (uint64_t k = 0; k <= t % 4u; k++) {
            const uint64_t at =
                HEADER_BYTES + number(10u * t + k, size - HEADER_BYTES - 8u);
            bad[at] = (uint8_t)number(20u * t + k, 256);
        }
        write_checksum(bad, size);
        refused += ef_restore(chip, bad, size) != EF_OK ? 1u : 0u;
        learn(chip, t);
    }
    CHECK_EQUAL("restore", EF_OK, ef_restore(chip, good, size));
    printf("restore: %u of %u damaged snapshots refused, none did harm\n", refused,
           TRIES);
    return 0;
}
