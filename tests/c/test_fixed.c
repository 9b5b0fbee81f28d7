// Every arithmetic function over its whole domain, or over every edge of it, against an
// oracle that divides instead of shifting (SPEC 1, 2.4, 2.5, 3.5).
// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "fixed.h"
#include "random.h"

typedef __int128 wide;

// floor(v / 2^n) and what is left, by division.
static int64_t oracle_round(int64_t value, int32_t n, int rounding)
{
    const wide unit = (wide)1 << n;
    wide quotient = value / unit;
    wide rest = value % unit;
    if (rest < 0) {
        quotient -= 1;
        rest += unit;
    }
    const wide twice = 2 * rest;
    bool up = false;
    switch (rounding) {
    case EF_ROUND_ZERO:
        up = value < 0 && rest != 0;
        break;
    case EF_ROUND_NEAREST_UP:
        up = twice >= unit && n > 0;
        break;
    case EF_ROUND_NEAREST_EVEN:
        up = twice > unit || (twice == unit && quotient % 2 != 0);
        break;
    case EF_ROUND_NEAREST_AWAY:
        up = twice > unit || (twice == unit && value > 0);
        break;
    default:
        break;
    }
    return (int64_t)(quotient + (up ? 1 : 0));
}

static void every_small_value(void)
{
    for (int mode = 0; mode < EF_ROUND_STOCHASTIC; mode++) {
        for (int32_t n = 0; n <= 20; n++) {
            for (int64_t v = -(1 << 18); v <= 1 << 18; v++) {
                CHECK_EQUAL("round_shift", oracle_round(v, n, mode),
                            ef_round_shift(v, n, mode));
            }
        }
    }
}

// Values beside each power of two and its half, at every shift of 0..63.
static void every_edge(void)
{
    for (int mode = 0; mode < EF_ROUND_STOCHASTIC; mode++) {
        for (int32_t n = 0; n <= 63; n++) {
            for (int32_t k = 0; k < 62; k++) {
                for (int64_t near = -3; near <= 3; near++) {
                    const int64_t v = ef_min(((int64_t)1 << k) + near, EF_WIDE_MAX);
                    CHECK_EQUAL("edge", oracle_round(v, n, mode),
                                ef_round_shift(v, n, mode));
                    CHECK_EQUAL("edge", oracle_round(-v, n, mode),
                                ef_round_shift(-v, n, mode));
                }
            }
            CHECK_EQUAL("top", oracle_round(EF_WIDE_MAX, n, mode),
                        ef_round_shift(EF_WIDE_MAX, n, mode));
            CHECK_EQUAL("bottom", oracle_round(-EF_WIDE_MAX, n, mode),
                        ef_round_shift(-EF_WIDE_MAX, n, mode));
        }
    }
}

static void left_shifts(void)
{
    for (int32_t n = 0; n <= 130; n++) {
        for (int32_t k = 0; k < 62; k++) {
            const int64_t v = ((int64_t)1 << k) - (k > 3 ? 3 : 0);
            const wide exact = n < 64 ? (wide)v << n : (wide)1 << 100;
            const int64_t expected = exact > EF_WIDE_MAX ? EF_WIDE_MAX : (int64_t)exact;
            CHECK_EQUAL("shift_left", expected, ef_shift_left(v, n));
            CHECK_EQUAL("shift_left", -expected, ef_shift_left(-v, n));
            CHECK_EQUAL("shift_round", expected, ef_shift_round(v, -n, 0));
        }
        CHECK_EQUAL("shift_left of 0", 0, ef_shift_left(0, n));
    }
}

static void every_width(void)
{
    for (uint32_t bits = 1; bits <= 12; bits++) {
        const struct ef_range range = ef_signed_range(bits);
        const int64_t size = (int64_t)1 << bits;
        uint64_t outside = 0;
        struct ef_site_stats stats = {0, 0, 0};
        for (int64_t v = -3 * size; v <= 3 * size; v++) {
            const int64_t held = v < range.low    ? range.low
                                 : v > range.high ? range.high
                                                  : v;
            int64_t turned = ((v - range.low) % size + size) % size + range.low;
            outside += v != held ? 2u : 0u;
            CHECK_EQUAL("saturate", held, ef_narrow(&stats, v, range, EF_SATURATE));
            CHECK_EQUAL("wrap", turned, ef_narrow(&stats, v, range, EF_WRAP));
        }
        CHECK_EQUAL("saturated count", outside, stats.saturated);
        CHECK_EQUAL("peak", -range.low, stats.peak);
    }
}

static void bit_lengths(void)
{
    int32_t expected = 0;
    for (uint64_t v = 0; v < 1u << 22; v++) {
        expected += v >> expected != 0u ? 1 : 0;
        CHECK_EQUAL("bit_length", expected, ef_bit_length(v));
    }
    for (int32_t k = 1; k < 64; k++) {
        CHECK_EQUAL("bit_length", k + 1, ef_bit_length((uint64_t)1 << k));
        CHECK_EQUAL("bit_length", k, ef_bit_length(((uint64_t)1 << k) - 1u));
    }
}

// Each 2^9th state and both sides of each knot, against exact division.
static void interpolation(void)
{
    int32_t knots[EF_KNOTS];
    for (int32_t i = 0; i < EF_KNOTS; i++) {
        knots[i] = (int32_t)(ef_draw(7, (uint64_t)i) >> 33);
    }
    for (int64_t u = 0; u < (int64_t)1 << 32; u += u % (1 << 26) < 3 ? 1 : 509) {
        const int32_t state = (int32_t)(u - ((int64_t)1 << 31));
        const int64_t i = u / (1 << 26);
        const wide product = (wide)(knots[i + 1] - (int64_t)knots[i]) * (u % (1 << 26));
        wide part = product / (1 << 26);
        part -= product % (1 << 26) < 0 ? 1 : 0;
        CHECK_EQUAL("interpolate", knots[i] + (int64_t)part,
                    ef_interpolate(knots, state));
    }
    CHECK_EQUAL("conductance", 0, ef_conductance(INT32_MIN));
    CHECK_EQUAL("conductance", 32768, ef_conductance(0));
    CHECK_EQUAL("conductance", 65535, ef_conductance(INT32_MAX));
}

static void check_root(uint64_t value)
{
    const wide root = ef_root(value);
    CHECK_EQUAL("root", 1, root * root <= value && value < (root + 1) * (root + 1));
}

// Every small value, and those beside squares all the way up to the last.
static void roots(void)
{
    for (uint64_t v = 0; v < 1u << 18; v++) {
        check_root(v);
        check_root(UINT64_MAX - v);
    }
    for (uint64_t i = 0; i < 1u << 18; i++) {
        const uint64_t root = ef_draw(3, i) >> (32u + i % 32u);
        check_root(root * root - 1u);
        check_root(root * root);
        check_root(root * root + 1u);
    }
}

static void exact_shifts(void)
{
    for (int32_t n = -62; n <= 36; n++) {
        for (int64_t v = -70000; v <= 70000; v += 7) {
            const int64_t expected = n < 0 ? oracle_round(v, -n, EF_ROUND_FLOOR)
                                           : (int64_t)((wide)v * ((wide)1 << n));
            CHECK_EQUAL("exact shift", expected, ef_shift_exact(v, n));
        }
    }
}

static uint32_t one_step(uint32_t s)
{
    const uint32_t bit = (s ^ (s >> 1) ^ (s >> 2) ^ (s >> 22)) & 1u;
    return (s >> 1) | (bit << 31);
}

// A leap is eight steps; and the register walks through all 2^32 - 1 states: 2^32 - 1
// is odd, so leaps of eight visit them all before they come back.
static void shift_register(void)
{
    for (uint64_t i = 0; i < 1u << 20; i++) {
        uint32_t slow = (uint32_t)ef_draw(1, i);
        const uint32_t fast = ef_leap(slow);
        for (int k = 0; k < 8; k++) {
            slow = one_step(slow);
        }
        CHECK_EQUAL("leap", slow, fast);
    }
    uint32_t state = 1;
    uint64_t period = 0;
    do {
        state = ef_leap(state);
        period += 1u;
    } while (state != 1u);
    CHECK_EQUAL("period", 0xFFFFFFFFu, period);
}

static void noise_sums(void)
{
    for (uint64_t i = 0; i < 1u << 20; i++) {
        const uint64_t bits = ef_draw(2, i);
        int32_t sum = -1020;
        for (uint32_t k = 0; k < 8u; k++) {
            sum += (int32_t)((bits >> (8u * k)) & 0xFFu);
        }
        CHECK_EQUAL("noise", sum, ef_noise(bits));
    }
    CHECK_EQUAL("noise", -1020, ef_noise(0));
    CHECK_EQUAL("noise", 1020, ef_noise(UINT64_MAX));
}

int main(void)
{
    every_small_value();
    every_edge();
    left_shifts();
    every_width();
    bit_lengths();
    interpolation();
    roots();
    exact_shifts();
    shift_register();
    noise_sums();
    puts("arithmetic: every case agrees with the oracle");
    return 0;
}
