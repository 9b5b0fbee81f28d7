// SPDX-License-Identifier: Apache-2.0
#include "cell.h"

#include "fixed.h"
#include "random.h"

#define SCALE_ONE 16384 // Q2.14
#define SCALE_LOW 1024  // a cell keeps at least 1/16 of its step
#define SCALE_HIGH 65535
#define SPREAD_GAIN 39 // noise units to spread units: 209.02 x 39 / 256 = 31.84
#define SPREAD_LIMIT 127
#define STUCK (-128) // no spread unit: marks a cell that is stuck
#define FACTOR_ONE ((int64_t)1 << 24)
#define FACTOR_HIGH ((int64_t)1 << 26)

struct ef_bounds ef_cell_bounds(const struct ef_chip *chip, const int8_t *spread)
{
    const int64_t unit = chip->settings.bound_spread;
    const int64_t high = chip->settings.bound_high + spread[2] * unit;
    const int64_t low = chip->settings.bound_low - spread[3] * unit;
    struct ef_bounds bounds = {
        .low = (int32_t)ef_clamp(low, -INT32_MAX, -1),
        .high = (int32_t)ef_clamp(high, 1, INT32_MAX),
    };
    if (spread[0] == STUCK) { // at one of them
        bounds.low = spread[1] > 0 ? bounds.high : bounds.low;
        bounds.high = spread[1] > 0 ? bounds.high : bounds.low;
    }
    return bounds;
}

int8_t ef_spread_unit(uint64_t drawn)
{
    const int64_t unit = ((int64_t)ef_noise(drawn) * SPREAD_GAIN + 128) >> 8;
    return (int8_t)ef_clamp(unit, -SPREAD_LIMIT, SPREAD_LIMIT);
}

void ef_cell_spread(const struct ef_chip *chip, const struct ef_plane_map *map,
                    int8_t *spread, uint64_t cell)
{
    for (uint32_t k = 0; k < EF_SPREAD_BYTES; k++) {
        spread[k] =
            ef_spread_unit(ef_draw(map->spread_key, cell * EF_SPREAD_BYTES + k));
    }
    const uint64_t chance = ef_draw(map->stuck_key, cell) & UINT32_MAX;
    if (chance < (uint64_t)chip->settings.stuck_low + chip->settings.stuck_high) {
        spread[0] = STUCK;
        spread[1] = chance < chip->settings.stuck_low ? -1 : 1;
    }
}

struct ef_driver ef_driver_make(struct ef_chip *chip, struct ef_layer *layer,
                                uint32_t plane, uint32_t pulse_class, int phase)
{
    const struct ef_plane_map *map = &layer->planes[plane];
    struct ef_pulse_tally *tally = chip->tally.pulses[phase][pulse_class];
    return (struct ef_driver){
        .chip = chip,
        .map = map,
        .states = (int32_t *)ef_at(chip, map->state),
        .spreads = (const int8_t *)ef_at(chip, map->spread),
        .wear = (uint32_t *)ef_at(chip, map->wear),
        .knots = {ef_knots(chip, pulse_class, 0), ef_knots(chip, pulse_class, 1)},
        .tally = {&tally[0], &tally[1]},
        .account = &chip->tally.account[phase],
        .columns = layer->columns,
        .stride = layer->stride,
        .c2c = chip->settings.c2c[pulse_class],
        .c2c_additive = chip->settings.c2c_additive[pulse_class],
        .ages = chip->settings.fatigue != 0u || chip->settings.imprint != 0 ? 1u : 0u,
    };
}

// The cell's own factor on a step of one polarity (SPEC 3.3), Q2.14.
static int64_t cell_scale(const struct ef_chip *chip, const int8_t *spread,
                          uint32_t polarity)
{
    const int64_t common = spread[0] * (int64_t)chip->settings.d2d_common;
    const int64_t tilt = spread[1] * (int64_t)chip->settings.d2d_asymmetry;
    const int64_t sum = polarity == 0u ? common + tilt : common - tilt;
    return ef_clamp(SCALE_ONE + (sum >> 8), SCALE_LOW, SCALE_HIGH);
}

// Doublings of wear beyond the onset, in 1/256: log2 by straight lines (SPEC 3.7).
static int64_t doublings(uint32_t wear, uint32_t onset)
{
    if (wear >> onset == 0u) {
        return 0;
    }
    const int32_t whole = (int32_t)ef_max(ef_bit_length(wear) - 1, 0); // wear > 0
    const int64_t part = (int64_t)(((uint64_t)wear << 8) >> whole) - 256;
    return (whole - (int64_t)onset) * 256 + part;
}

// A step as wear has left it (SPEC 3.7).
static int64_t worn_step(const struct ef_chip *chip, int64_t step, uint32_t polarity,
                         uint32_t wear)
{
    const int64_t tilt =
        polarity == 0u ? chip->settings.imprint : -(int64_t)chip->settings.imprint;
    const int64_t lost = (int64_t)chip->settings.fatigue - tilt;
    const int64_t factor =
        FACTOR_ONE - lost * doublings(wear, chip->settings.wear_onset);
    return (step * ef_clamp(factor, 0, FACTOR_HIGH)) >> 24;
}

// How far one pulse moves a cell of this spread and wear, without noise and bounds.
static int64_t plain_step(const struct ef_driver *driver, int32_t state, int64_t scale,
                          uint32_t polarity, uint32_t wear)
{
    int64_t step = ef_interpolate(driver->knots[polarity], state);
    step = (step * scale) >> 14;
    return driver->ages != 0u ? worn_step(driver->chip, step, polarity, wear) : step;
}

// How far one pulse would move the cell, before its bounds; noise may turn its sign.
static int64_t pulse_step(const struct ef_driver *driver, int32_t state, int64_t scale,
                          uint32_t polarity, uint64_t cell, uint32_t wear)
{
    const uint64_t event = cell | wear;
    int64_t step = plain_step(driver, state, scale, polarity, wear);
    if (driver->c2c > 0u) {
        const int64_t noise = ef_noise(ef_draw(driver->map->cycle_key, event));
        const int64_t factor = SCALE_ONE + ((noise * driver->c2c) >> 8);
        step = (step * factor) >> 14;
    }
    if (driver->c2c_additive > 0u) {
        const int64_t noise = ef_noise(ef_draw(driver->map->additive_key, event));
        step += noise * driver->c2c_additive;
    }
    return step;
}

void ef_cell_pulse(struct ef_driver *driver, uint32_t row, uint32_t column,
                   uint32_t polarity, uint32_t count)
{
    const uint64_t at = (uint64_t)row * driver->stride + column;
    const uint64_t cell = ((uint64_t)row * driver->columns + column) << 32;
    const int8_t *spread = driver->spreads + at * EF_SPREAD_BYTES;
    const struct ef_bounds bounds = ef_cell_bounds(driver->chip, spread);
    const int64_t scale = cell_scale(driver->chip, spread, polarity);
    struct ef_pulse_tally *tally = driver->tally[polarity];
    int32_t state = driver->states[at];
    uint32_t wear = driver->wear[at];
    for (uint32_t i = 0; i < count; i++) {
        const int64_t step = pulse_step(driver, state, scale, polarity, cell, wear);
        const int64_t wished = polarity == 0u ? state + step : state - step;
        const int32_t next = (int32_t)ef_clamp(wished, bounds.low, bounds.high);
        tally->conduction += ef_conductance(state);
        tally->switched += (uint64_t)ef_abs((int64_t)next - state);
        driver->account->saturated += next != wished ? 1u : 0u;
        driver->account->applied += next == wished ? 1u : 0u;
        wear += wear < UINT32_MAX ? 1u : 0u;
        state = next;
    }
    tally->pulses += count;
    driver->states[at] = state;
    driver->wear[at] = wear;
}

void ef_cell_disturb(struct ef_driver *driver, uint32_t row, uint32_t column,
                     uint32_t polarity, uint32_t count)
{
    const uint64_t at = (uint64_t)row * driver->stride + column;
    const int8_t *spread = driver->spreads + at * EF_SPREAD_BYTES;
    const struct ef_bounds bounds = ef_cell_bounds(driver->chip, spread);
    const int64_t scale = cell_scale(driver->chip, spread, polarity);
    const int32_t state = driver->states[at];
    const int64_t step = plain_step(driver, state, scale, polarity, driver->wear[at]);
    const int64_t moved =
        (step * (int64_t)(count * driver->chip->settings.disturb)) >> 20;
    const int64_t wished = polarity == 0u ? state + moved : state - moved;
    driver->states[at] = (int32_t)ef_clamp(wished, bounds.low, bounds.high);
}
