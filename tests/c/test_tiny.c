// A 2 x 2 array whose cells have five states: every combination of states meets every
// combination of pulses, and everything that follows is worked out beside it.
// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "config.h"

#define STEP (1 << 29)
#define STATES 5 // -2 .. 2 steps
#define PULSES 5 // -2 .. 2 pulses
#define CELLS 4
#define CASES 625 // STATES ^ CELLS, and PULSES ^ CELLS

static _Alignas(64) uint8_t block[65536];
static int32_t knots[2 * EF_KNOTS];
static uint16_t exp_table[EF_EXP_ENTRIES];

static struct ef_chip *make_chip(void)
{
    static struct ef_chip *chip;
    struct ef_config config = config_plain(knots, exp_table);
    config.settings.bound_low = -2 * STEP;
    config.settings.bound_high = 2 * STEP;
    config.layers[0] = config_layer(2, 2);
    config.layers[0].gain_shift = 13;
    config.layers[0].back_shift = 13;
    for (int i = 0; i < EF_KNOTS; i++) {
        knots[i] = STEP;
        knots[EF_KNOTS + i] = STEP;
    }
    exp_table[0] = 65535;
    struct ef_fault fault;
    CHECK_EQUAL("init", EF_OK, ef_init(&chip, block, sizeof block, &fault, &config));
    return chip;
}

static const int32_t *states(struct ef_chip *chip, uint64_t *stride)
{
    struct ef_layer_info info;
    uint64_t size = 0;
    CHECK_EQUAL("info", EF_OK, ef_layer_info(chip, &info, 0));
    *stride = info.stride;
    return ef_peek(chip, &size, 0, 0, EF_VIEW_STATE);
}

// Digits of a case number: what each cell holds or gets, -2..2.
static void digits(int32_t *values, int32_t number)
{
    for (int i = 0; i < CELLS; i++) {
        values[i] = number % STATES - 2;
        number /= STATES;
    }
}

static void one_case(struct ef_chip *chip, const int32_t *from, const int32_t *pulses)
{
    int8_t counts[CELLS];
    int64_t pressed = 0; // pulses that meet a bound
    int64_t sent = 0;
    uint64_t stride = 0;
    const struct ef_account before = ef_tally(chip)->account[EF_PHASE_UPDATE];
    for (uint32_t i = 0; i < CELLS; i++) {
        CHECK_EQUAL("poke", EF_OK,
                    ef_poke_state(chip, 0, 0, i / 2u, i % 2u, from[i] * STEP));
        counts[i] = (int8_t)pulses[i];
        const int32_t wished = from[i] + pulses[i];
        pressed += wished > 2 ? wished - 2 : wished < -2 ? -2 - wished : 0;
        sent += pulses[i] < 0 ? -pulses[i] : pulses[i];
    }
    CHECK_EQUAL("pulse", EF_OK, ef_array_pulse(chip, NULL, 0, 0, 0, counts));
    const int32_t *now = states(chip, &stride);
    int16_t inputs[2] = {1, 0};
    int16_t codes[2];
    CHECK_EQUAL("read", EF_OK, ef_array_forward(chip, codes, 0, inputs));
    for (uint32_t i = 0; i < CELLS; i++) {
        const int32_t wished = from[i] + pulses[i];
        const int32_t held = wished > 2 ? 2 : wished < -2 ? -2 : wished;
        CHECK_EQUAL("state", held * STEP, now[(i / 2u) * stride + i % 2u]);
        if (i % 2u == 0u) { // column 0 is read: one step is one code
            CHECK_EQUAL("code", held, codes[i / 2u]);
        }
    }
    const struct ef_account after = ef_tally(chip)->account[EF_PHASE_UPDATE];
    CHECK_EQUAL("issued", sent, after.issued - before.issued);
    CHECK_EQUAL("saturated", pressed, after.saturated - before.saturated);
    CHECK_EQUAL("applied", sent - pressed, after.applied - before.applied);
}

int main(void)
{
    struct ef_chip *chip = make_chip();
    int32_t from[CELLS];
    int32_t pulses[CELLS];
    for (int32_t s = 0; s < CASES; s++) {
        digits(from, s);
        for (int32_t p = 0; p < CASES; p++) {
            digits(pulses, p);
            one_case(chip, from, pulses);
        }
    }
    printf("tiny array: %d combinations of states and pulses agree\n", CASES * CASES);
    return 0;
}
