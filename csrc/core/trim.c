// SPDX-License-Identifier: Apache-2.0
#include "trim.h"

#include "convert.h"
#include "line.h"
#include "random.h"

#define READS_MAX 64u // and what one noise group has room for
#define EVENT_LINES 4096u
#define CHARGE_BITS 46  // of a reference charge, as of any scaled sum
#define TRIM_LOW (-128) // below the lowest trim: no bit taken
#define TRIM_HIGH 127
#define TOP_BIT 128            // of a trim
#define TRIM_TURNS 8u          // its bits
enum { GAIN = 0, OFFSET = 1 }; // places of a converter's two trims

// A side of a layer under trim.
struct bench {
    struct ef_chip *chip;
    struct ef_layer *layer;
    uint32_t side;
    uint32_t lines;
    uint32_t reads;
    int64_t mantissa;
    int32_t shift;
    uint64_t key;    // of the noise
    int32_t *sums;   // by line
    int16_t *chosen; // by line: U of SPEC 5.12
};

static int32_t shift_of(const struct ef_layer *layer, uint32_t side)
{
    return side == EF_SIDE_INPUTS ? layer->back_shift : layer->gain_shift;
}

bool ef_can_trim(const struct ef_chip *chip, const struct ef_layer *layer,
                 uint32_t side, uint32_t reads, uint32_t code)
{
    const uint32_t eighth = 1u << (chip->settings.sites[EF_SITE_ADC].bits - 3u);
    return ef_has_trim(&chip->settings) && reads >= 1u && reads <= READS_MAX &&
           code >= eighth && code < 3u * eighth &&
           ef_bit_length(code) + shift_of(layer, side) <= CHARGE_BITS;
}

// The code of one line for a charge: floored, so that half a code below it is where
// the line stands exactly.
static int64_t read_once(const struct bench *b, const struct ef_converter *converter,
                         int64_t charge, uint64_t index)
{
    const struct ef_range range = ef_site_range(b->chip, EF_SITE_ADC);
    const uint32_t noise = b->chip->settings.read_noise;
    int64_t sum = charge;
    if (noise != 0u) {
        sum += ((ef_noise(ef_draw(b->key, index)) * (int64_t)noise) >> 8) * b->mantissa;
    }
    const int64_t seen = ef_converted(b->chip, sum, b->shift, converter);
    return ef_clamp(ef_round_shift(seen, b->shift, EF_ROUND_FLOOR), range.low,
                    range.high);
}

// One reading of all lines.
static void read_lines(struct bench *b, uint32_t code, bool driven)
{
    const uint64_t first = b->layer->verify_reads * EVENT_LINES;
    const int64_t charge = ef_shift_left((int64_t)code, b->shift);
    const uint64_t reads = b->reads;
    for (uint32_t i = 0; i < b->lines; i++) {
        const struct ef_converter *converter =
            ef_converter(b->chip, b->layer, b->side, i);
        int64_t sum = 0;
        for (uint32_t j = 0; j < b->reads; j++) {
            sum += read_once(b, converter, charge, (first + i) * READS_MAX + j);
        }
        b->sums[i] = (int32_t)sum;
    }
    b->layer->verify_reads += 1u;
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_DAC_INPUT, driven ? reads : 0u);
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_ADC, reads * b->lines);
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_COMPARE, b->lines);
    ef_spend(b->chip, EF_PHASE_CALIBRATE, reads * (1u + (uint64_t)b->lines),
             reads * b->chip->settings.read_ns);
}

static void set_trim(struct bench *b, uint32_t line, int which, int32_t trim)
{
    ef_trims(b->chip, b->layer, b->side, line)[which] = (int8_t)trim;
    ef_refresh_converter(b->chip, b->layer, b->side, line);
}

// The trims that a kind's search begins with: none taken, offsets without a gain.
static void begin_search(struct bench *b, int which)
{
    for (uint32_t i = 0; i < b->lines; i++) {
        b->chosen[i] = TRIM_LOW;
        if (which == OFFSET) {
            set_trim(b, i, GAIN, 0);
        }
    }
}

// One bit of the smallest trim at which a line does not read below the code.
static void try_bit(struct bench *b, int which, uint32_t code, int32_t bit)
{
    const int32_t turn = (2 * (int32_t)code - 1) * (int32_t)b->reads; // of two sums
    for (uint32_t i = 0; i < b->lines; i++) {
        set_trim(b, i, which, b->chosen[i] + bit);
    }
    read_lines(b, code, which == GAIN);
    for (uint32_t i = 0; i < b->lines; i++) {
        const bool below = 2 * b->sums[i] < turn;
        b->chosen[i] = (int16_t)(b->chosen[i] + (below ? bit : 0));
    }
}

// Sets what a search found; returns how many lines end at an end.
static uint32_t end_search(struct bench *b, int which)
{
    uint32_t ends = 0;
    for (uint32_t i = 0; i < b->lines; i++) {
        const int32_t trim = (int32_t)ef_min(b->chosen[i] + 1, TRIM_HIGH);
        set_trim(b, i, which, trim);
        ends += ef_abs(trim) == TRIM_HIGH ? 1u : 0u;
    }
    return ends;
}

static struct bench make_bench(struct ef_chip *chip, struct ef_layer *layer,
                               const struct ef_trimming *at)
{
    const bool inputs = at->side == EF_SIDE_INPUTS;
    return (struct bench){
        .chip = chip,
        .layer = layer,
        .side = at->side,
        .lines = inputs ? layer->inputs : layer->rows,
        .reads = at->reads,
        .mantissa = inputs ? layer->back_mantissa : layer->gain_mantissa,
        .shift = shift_of(layer, at->side),
        .key = ef_key(chip->seed, inputs ? EF_STREAM_COLUMN_TRIM : EF_STREAM_ROW_TRIM,
                      layer->index),
        .sums = (int32_t *)ef_at(chip, chip->partial),
        .chosen = at->chosen,
    };
}

uint32_t ef_trim_begin(const struct ef_chip *chip)
{
    return chip->settings.trim_offset != 0u ? EF_TRIM_OFFSET : EF_TRIM_GAIN;
}

void ef_trim_step(struct ef_chip *chip, struct ef_layer *layer, struct ef_trimming *at)
{
    struct bench b = make_bench(chip, layer, at);
    const bool offset = at->stage == EF_TRIM_OFFSET;
    const int which = offset ? OFFSET : GAIN;
    if (at->stage == EF_TRIM_END) {
        ef_count(chip, EF_PHASE_CALIBRATE, EF_EVENT_SRAM_WRITE, 2u * (uint64_t)b.lines);
        ef_spend(chip, EF_PHASE_CALIBRATE, b.lines, 0);
        at->stage = EF_TRIM_DONE;
        return;
    }
    if (at->turn == 0u) {
        begin_search(&b, which);
    }
    try_bit(&b, which, offset ? 0u : at->code, TOP_BIT >> at->turn);
    at->turn += 1u;
    if (at->turn == TRIM_TURNS) {
        at->ends += end_search(&b, which);
        at->turn = 0;
        at->stage =
            offset && chip->settings.trim_gain != 0u ? EF_TRIM_GAIN : EF_TRIM_END;
    }
}

uint32_t ef_trim_side(struct ef_chip *chip, struct ef_layer *layer, uint32_t side,
                      uint32_t reads, uint32_t code)
{
    struct ef_trimming at = {
        .side = side,
        .reads = reads,
        .code = code,
        .stage = ef_trim_begin(chip),
        .chosen = (int16_t *)ef_at(chip, chip->back),
    };
    while (at.stage != EF_TRIM_DONE) {
        ef_trim_step(chip, layer, &at);
    }
    return at.ends;
}
