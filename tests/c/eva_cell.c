// For Frama-C EVA: the arithmetic and the cell under every value that the configuration
// allows. `make eva` expects no alarm. Not compiled into anything.
// SPDX-License-Identifier: Apache-2.0
#include "cell.h"
#include "fixed.h"
#include "random.h"

int Frama_C_interval(int low, int high);
unsigned int Frama_C_unsigned_int_interval(unsigned int low, unsigned int high);
long long Frama_C_long_long_interval(long long low, long long high);
void main(void);

static struct ef_chip chip;
static int32_t knots[2][EF_KNOTS];
static int8_t spread[EF_SPREAD_BYTES];
static int32_t state;
static uint32_t wear;
static struct ef_pulse_tally tally[2];
static struct ef_account account;
static struct ef_plane_map map;

static void arithmetic(void)
{
    const int64_t far = (int64_t)1 << 62;
    const int64_t value = Frama_C_long_long_interval(-far, far);
    struct ef_site_stats stats = {0};
    for (int rounding = 0; rounding <= 4; rounding++) {
        (void)ef_round_shift(value / 2, Frama_C_interval(0, 62), rounding);
        (void)ef_shift_round(value, Frama_C_interval(0, 62), rounding);
    }
    (void)ef_bit_length((uint64_t)value);
    (void)ef_narrow(&stats, value, ef_signed_range((uint32_t)Frama_C_interval(3, 32)),
                    Frama_C_interval(0, 1));
    (void)ef_interpolate(knots[0], state);
    (void)ef_conductance(state);
}

static void make_chip(void)
{
    chip.settings.bound_low = Frama_C_interval(-INT32_MAX, -1);
    chip.settings.bound_high = Frama_C_interval(1, INT32_MAX);
    chip.settings.bound_spread = Frama_C_unsigned_int_interval(0, 1u << 26u);
    chip.settings.d2d_common = Frama_C_unsigned_int_interval(0, 1u << 17u);
    chip.settings.d2d_asymmetry = Frama_C_unsigned_int_interval(0, 1u << 17u);
    chip.settings.fatigue = Frama_C_unsigned_int_interval(0, 65535);
    chip.settings.imprint = Frama_C_interval(-65535, 65535);
    chip.settings.wear_onset = Frama_C_unsigned_int_interval(0, 31);
    chip.settings.disturb = Frama_C_unsigned_int_interval(0, 1u << 16u);
    chip.settings.stuck_low = Frama_C_unsigned_int_interval(0, 1u << 30u);
    chip.settings.stuck_high = Frama_C_unsigned_int_interval(0, 1u << 30u);
    for (int i = 0; i < EF_KNOTS; i++) {
        knots[0][i] = Frama_C_interval(0, INT32_MAX);
        knots[1][i] = Frama_C_interval(0, INT32_MAX);
    }
    state = Frama_C_interval(-INT32_MAX, INT32_MAX);
    wear = Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

void main(void)
{
    make_chip();
    arithmetic();
    ef_cell_spread(&chip, &map, spread, Frama_C_unsigned_int_interval(0, 1u << 24u));
    struct ef_driver driver = {
        .chip = &chip,
        .map = &map,
        .states = &state,
        .spreads = spread,
        .wear = &wear,
        .knots = {knots[0], knots[1]},
        .tally = {&tally[0], &tally[1]},
        .account = &account,
        .columns = 1,
        .stride = 1,
        .c2c = Frama_C_unsigned_int_interval(0, 1u << 18u),
        .c2c_additive = Frama_C_unsigned_int_interval(0, 1u << 20u),
        .ages = Frama_C_unsigned_int_interval(0, 1),
    };
    for (uint32_t polarity = 0; polarity < 2u; polarity++) {
        ef_cell_pulse(&driver, 0, 0, polarity, 2);
        ef_cell_disturb(&driver, 0, 0, polarity, Frama_C_unsigned_int_interval(0, 254));
    }
}
