// Symmetry points of one array from the sums that calibration leaves (SPEC 16.5, 16.6).
// SPDX-License-Identifier: Apache-2.0
#include "ef_symmetry.h"

#include <stdbool.h>
#include <stddef.h>

#define ONE ((int64_t)1 << 16)  // Q16
#define READING_MAX 8192        // largest magnitude of a reading, in codes
#define CODE_MAX 512            // and once it is in units of 2^coarse codes
#define HALF_CODE (ONE / 2)     // smallest step that counts
#define WEIGHT_BITS 15          // of a vote
#define VALUE_MAX (ONE << 8)    // of a curve
#define HEIGHT_MAX (ONE << 14)  // of a coefficient
#define FLAT ((int64_t)1 << 22) // 2^-10 in Q32: steps that hardly bend
#define ROUNDS 4                // of the search for a level
#define TOP ((int64_t)1 << 60)  // of a scaled level: 2^43 states and more
#define TERMS 4u                // of a curve

enum { FOUND = 1, STUCK = 2, NO_CROSSING = 3, NOT_SETTLED = 4 };

// One cell's mean readings, Q16: before the ups, before the downs. In units of 2^coarse
// codes if it was found, else in codes.
struct cell {
    int64_t x, y, z, w;
};

// What the votes of an array have in common (SPEC 16.5.2).
struct scale {
    uint32_t voter_count;
    int64_t centre; // of the readings, Q16
    int64_t radius; // 0 without voters
    int32_t shift;  // of a vote's weight
};

// Relative slope of a step along the level, by orthogonal terms (SPEC 16.5.3).
struct curve {
    uint32_t terms;
    int64_t centre[TERMS];
    int64_t ratio[TERMS];
    int64_t height[TERMS];
};

// All that is known of an array.
struct array {
    const int32_t *sums;
    const uint8_t *verdicts;
    uint32_t cell_count;
    uint32_t found_count;
    const struct ef_symmetry_reads *how;
    int32_t coarse; // log2 of the codes that a unit of reading is (SPEC 16.5: g)
    struct scale scale;
    struct curve up;
    struct curve down;
};

// A vote on one side's curve.
struct vote {
    int64_t place; // Q16 of the radius
    int64_t weight;
    int64_t fall;
};

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

// Toward minus infinity; b > 0.
static int64_t divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

// a 2^shift / b, both shortened until it fits, within +-HEIGHT_MAX. b >= 0.
static int64_t ratio(int64_t a, int64_t b, int32_t shift)
{
    const int64_t top = (int64_t)1 << (62 - shift);
    while (a >= top || a <= -top) {
        a >>= 1;
        b >>= 1;
    }
    const int64_t found = divide(a * ((int64_t)1 << shift), b > 1 ? b : 1);
    return clamp(found, -HEIGHT_MAX, HEIGHT_MAX);
}

static uint32_t readings(const struct ef_symmetry_reads *how, uint8_t verdict)
{
    const bool measured = verdict == FOUND || verdict == NO_CROSSING;
    return how->quads * how->reads * (measured ? how->windows : 1u);
}

static struct cell means(const struct array *a, uint32_t index)
{
    const int32_t *sums = &a->sums[(size_t)index * 4u];
    const bool found = a->verdicts[index] == FOUND;
    const int64_t n = (int64_t)readings(a->how, a->verdicts[index])
                      << (found ? a->coarse : 0);
    return (struct cell){
        .x = divide(sums[0] * ONE, n),
        .y = divide(sums[1] * ONE, n),
        .z = divide(sums[2] * ONE, n),
        .w = divide(sums[3] * ONE, n),
    };
}

static int64_t half_swing(const struct cell *c)
{
    return (c->z - c->x) >> 1;
}

static bool votes(const struct array *a, uint32_t index, struct cell *c)
{
    if (a->verdicts[index] != FOUND) {
        return false;
    }
    *c = means(a, index);
    return half_swing(c) >= HALF_CODE && c->y > c->x && c->z > c->y && c->z > c->w &&
           c->w > c->x;
}

static int64_t lower(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t higher(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

// Where the votes' readings lie, and how large their weights may be (SPEC 16.5.2). A
// voter's X is its lowest reading and Z its highest.
static struct scale measure(const struct array *a)
{
    struct scale s = {0u, 0, 0, 0};
    int64_t low = CODE_MAX * ONE;
    int64_t high = -CODE_MAX * ONE;
    int64_t largest = 0;
    struct cell c;
    for (uint32_t i = 0; i < a->cell_count; i++) {
        if (votes(a, i, &c)) {
            s.voter_count += 1u;
            low = lower(low, c.x);
            high = higher(high, c.z);
            largest = higher(largest, half_swing(&c));
        }
    }
    if (s.voter_count != 0u) {
        s.centre = (low + high) >> 1;
        s.radius = high - s.centre;
    }
    while ((largest * largest) >> s.shift >> WEIGHT_BITS != 0) {
        s.shift += 1;
    }
    return s;
}

// A length in parts of the radius, Q16. radius > 0.
static int64_t parts(const struct scale *s, int64_t length)
{
    return divide(length * ONE, s->radius);
}

static int64_t place(const struct scale *s, int64_t level)
{
    return parts(s, level - s->centre);
}

static struct vote make_vote(const struct scale *s, const struct cell *c, bool up)
{
    const int64_t first = up ? c->y - c->x : c->z - c->w;
    const int64_t second = up ? c->z - c->y : c->w - c->x;
    const int64_t middle = (up ? c->x + c->y : c->z + c->w) >> 1;
    return (struct vote){
        .place = place(s, middle),
        .weight = (half_swing(c) * first) >> s->shift,
        .fall = ((first - second) * s->radius) >> s->shift,
    };
}

// The term after p = p_j, q = p_(j-1), at a place (SPEC 16.5.3).
static int64_t next_term(const struct curve *f, uint32_t j, int64_t at, int64_t p,
                         int64_t q)
{
    return ((at - f->centre[j]) * p - f->ratio[j] * q) >> 16;
}

// p_j at a place, from the terms before it.
static int64_t term(const struct curve *f, uint32_t j, int64_t at)
{
    int64_t p = ONE;
    int64_t q = 0;
    for (uint32_t k = 0; k < j; k++) {
        const int64_t next = next_term(f, k, at, p, q);
        q = p;
        p = next;
    }
    return p;
}

static int64_t value(const struct curve *f, int64_t at)
{
    const int64_t inside = clamp(at, -ONE, ONE);
    int64_t p = ONE;
    int64_t q = 0;
    int64_t sum = 0;
    for (uint32_t j = 0; j < f->terms; j++) {
        sum += (f->height[j] * p) >> 16;
        const int64_t next = next_term(f, j, inside, p, q);
        q = p;
        p = next;
    }
    return clamp(sum, -VALUE_MAX, VALUE_MAX);
}

static uint32_t terms_for(uint32_t voter_count)
{
    return 1u + (voter_count >= 4u) + (voter_count >= 32u) + (voter_count >= 64u);
}

// One side's curve: least squares, one orthogonal term after the other.
static struct curve fit(const struct array *a, bool up)
{
    struct curve f = {0u, {0}, {0}, {0}};
    const uint32_t most = terms_for(a->scale.voter_count);
    int64_t before = 0;
    for (uint32_t j = 0; j < most; j++) {
        int64_t weights = 0;
        int64_t squares = 0;
        int64_t along = 0;
        int64_t falls = 0;
        struct cell c;
        for (uint32_t i = 0; i < a->cell_count; i++) {
            if (votes(a, i, &c)) {
                const struct vote v = make_vote(&a->scale, &c, up);
                const int64_t p = term(&f, j, v.place);
                const int64_t square = (p * p) >> 16;
                weights += v.weight;
                squares += v.weight * square;
                along += v.weight * ((square * v.place) >> 16);
                falls += (v.fall * p) >> 8;
            }
        }
        if (weights == 0 || squares < weights) {
            return f; // the places don't tell this term from those before
        }
        f.centre[j] = ratio(along, squares, 16);
        f.ratio[j] = j == 0u ? 0 : ratio(squares, before, 16);
        f.height[j] = ratio(falls, squares, 24);
        f.terms = j + 1u;
        before = squares;
    }
    return f;
}

// How far the mean of a side's two steps is from the step at their middle, relative,
// eight times: (slope^2 - its change) x step^2 (SPEC 16.5.4).
static int64_t bend(const struct curve *f, int64_t falling, int64_t first,
                    int64_t second, int64_t step)
{
    const int64_t here = value(f, first);
    const int64_t there = value(f, second);
    const int64_t length = clamp(step, -2 * ONE, 2 * ONE);
    const int64_t slope = (((here + there) >> 1) * length) >> 16;
    return ((slope * slope) >> 16) - falling * (((there - here) * length) >> 16);
}

// Where the up step has fallen, and the down step risen, to the same (SPEC 16.5.4).
static int64_t crossing(const struct array *a, const struct cell *c)
{
    const struct scale *s = &a->scale;
    const int64_t x = place(s, c->x);
    const int64_t y = place(s, c->y);
    const int64_t z = place(s, c->z);
    const int64_t w = place(s, c->w);
    const int64_t up = place(s, (c->x + c->y) >> 1);
    const int64_t down = place(s, (c->z + c->w) >> 1);
    const int64_t bends = (bend(&a->down, -1, w, z, parts(s, c->z - c->w)) -
                           bend(&a->up, 1, x, y, parts(s, c->y - c->x))) >>
                          3;
    const int64_t middle = (up + down) >> 1;
    int64_t level = middle;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const int64_t falls = value(&a->up, (up + level) >> 1);
        const int64_t rises = value(&a->down, (down + level) >> 1);
        const int64_t both = falls + rises;
        if (both < 1 || both * (down - up) < FLAT) {
            return middle;
        }
        const int64_t found = divide(falls * up + rises * down + bends * ONE, both);
        level = clamp(found, 2 * up - down, 2 * down - up);
    }
    return level;
}

// Q0.15 of a level in units of 2^coarse codes, Q16; to nearest, ties up.
static int16_t state_of(const struct ef_symmetry_reads *how, int64_t level,
                        int32_t coarse)
{
    const int32_t shift = (int32_t)how->shift + coarse - 16;
    int64_t gain = (int64_t)how->mantissa * how->verify_code;
    int64_t top = level;
    if (shift >= 0) {
        const int64_t most = TOP >> shift; // beyond it any gain saturates
        top = clamp(level, -most, most) * ((int64_t)1 << shift);
    } else {
        gain *= (int64_t)1 << -shift;
    }
    const int64_t state = divide(2 * top + gain, 2 * gain);
    return (int16_t)clamp(state, INT16_MIN, INT16_MAX);
}

static int16_t level_of(const struct array *a, uint32_t index)
{
    const struct cell c = means(a, index);
    const bool found = a->verdicts[index] == FOUND;
    int64_t level = (c.x + c.y + c.z + c.w) >> 2;
    if (found && a->scale.radius != 0) {
        level = a->scale.centre + ((crossing(a, &c) * a->scale.radius) >> 16);
    }
    return state_of(a->how, level, found ? a->coarse : 0);
}

static bool between(uint32_t value, uint32_t low, uint32_t high)
{
    return value >= low && value <= high;
}

// Whether calibration can have left these records; counts the found cells.
static int32_t check(struct array *a)
{
    const struct ef_symmetry_reads *how = a->how;
    if (!between(how->quads, 1u, 64u) || !between(how->windows, 1u, 64u) ||
        !between(how->reads, 1u, 16u) || !between(how->mantissa, 1u, 255u) ||
        how->shift > 47u || !between(how->verify_code, 1u, 511u)) {
        return EF_SYMMETRY_ERROR_RANGE;
    }
    for (uint32_t i = 0; i < a->cell_count; i++) {
        if (!between(a->verdicts[i], FOUND, NOT_SETTLED)) {
            return EF_SYMMETRY_ERROR_RANGE;
        }
        const int32_t top = READING_MAX * (int32_t)readings(how, a->verdicts[i]);
        for (size_t j = 0; j < 4u; j++) {
            const int32_t sum = a->sums[(size_t)i * 4u + j];
            if (sum > top || sum < -top) {
                return EF_SYMMETRY_ERROR_RANGE;
            }
        }
        a->found_count += a->verdicts[i] == FOUND ? 1u : 0u;
    }
    return a->found_count != 0u ? EF_SYMMETRY_OK : EF_SYMMETRY_ERROR_NONE;
}

// The least unit in which no found cell reads more than CODE_MAX (SPEC 16.5).
static int32_t coarseness(const struct array *a)
{
    const int32_t all = (int32_t)readings(a->how, FOUND);
    int32_t top = CODE_MAX * all;
    int32_t coarse = 0;
    for (size_t i = 0; i < (size_t)a->cell_count * 4u; i++) {
        while (a->verdicts[i / 4u] == FOUND &&
               (a->sums[i] > top || a->sums[i] < -top)) {
            top *= 2;
            coarse += 1;
        }
    }
    return coarse;
}

int32_t ef_symmetry_levels(int16_t *levels, const int32_t *sums,
                           const uint8_t *verdicts, uint32_t cell_count,
                           const struct ef_symmetry_reads *reads)
{
    if (levels == NULL || sums == NULL || verdicts == NULL || reads == NULL ||
        !between(cell_count, 1u, EF_SYMMETRY_CELLS_MAX)) {
        return EF_SYMMETRY_ERROR_RANGE;
    }
    struct array a = {
        .sums = sums, .verdicts = verdicts, .cell_count = cell_count, .how = reads};
    const int32_t status = check(&a);
    if (status != EF_SYMMETRY_OK) {
        return status;
    }
    a.coarse = coarseness(&a);
    a.scale = measure(&a);
    a.up = fit(&a, true);
    a.down = fit(&a, false);
    int64_t total = 0;
    for (uint32_t i = 0; i < cell_count; i++) {
        levels[i] = level_of(&a, i);
        total += verdicts[i] == FOUND ? levels[i] : 0;
    }
    const int64_t count = a.found_count;
    const int16_t typical = (int16_t)divide(2 * total + count, 2 * count);
    for (uint32_t i = 0; i < cell_count; i++) {
        levels[i] = verdicts[i] == NO_CROSSING ? typical : levels[i];
    }
    return EF_SYMMETRY_OK;
}
