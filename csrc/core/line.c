// SPDX-License-Identifier: Apache-2.0
#include "line.h"

#include "cell.h"

#define INL_BITS 8  // fraction bits of its nonlinearity
#define KNOT_BITS 6 // 2^6 pieces between the knots of its curve

uint32_t ef_noise_amplitude(const struct ef_chip *chip, uint64_t charge, uint64_t codes,
                            uint64_t lines)
{
    const struct ef_settings *s = &chip->settings;
    if (s->read_shot == 0u) {
        return s->read_noise;
    }
    const uint64_t line = (charge + (uint64_t)s->read_base * codes) / lines; // < 2^49
    const uint64_t floor = (uint64_t)s->read_noise * s->read_noise;
    return ef_root(floor + ef_scale(line, s->read_shot));
}

void ef_refresh_converter(struct ef_chip *chip, const struct ef_layer *layer,
                          uint32_t side, uint32_t line)
{
    const struct ef_settings *s = &chip->settings;
    const bool inputs = side == EF_SIDE_INPUTS;
    const uint64_t key = ef_key(
        chip->seed, inputs ? EF_STREAM_COLUMN_ADC : EF_STREAM_ROW_ADC, layer->index);
    const int64_t gain = ef_spread_unit(ef_draw(key, 2u * (uint64_t)line));
    const int64_t offset = ef_spread_unit(ef_draw(key, 2u * (uint64_t)line + 1u));
    const int8_t none[EF_TRIM_BYTES] = {0, 0};
    const int8_t *trim = ef_has_trim(s) ? ef_trims(chip, layer, side, line) : none;
    struct ef_converter *at = (struct ef_converter *)ef_at(chip, layer->converters);
    at[(inputs ? layer->rows : 0u) + line] = (struct ef_converter){
        .gain = (int32_t)((gain * s->adc_gain + (int64_t)trim[0] * s->trim_gain) >> 8),
        .offset = (int32_t)(offset * s->adc_offset + (int64_t)trim[1] * s->trim_offset),
    };
}

void ef_refresh_converters(struct ef_chip *chip, const struct ef_layer *layer)
{
    if (layer->has_errors == 0u) {
        return;
    }
    for (uint32_t r = 0; r < layer->rows; r++) {
        ef_refresh_converter(chip, layer, EF_SIDE_ROWS, r);
    }
    for (uint32_t c = 0; c < layer->inputs; c++) {
        ef_refresh_converter(chip, layer, EF_SIDE_INPUTS, c);
    }
}

const struct ef_converter *ef_converter(const struct ef_chip *chip,
                                        const struct ef_layer *layer, uint32_t side,
                                        uint32_t line)
{
    if (layer->has_errors == 0u) {
        return NULL;
    }
    const struct ef_converter *at =
        (const struct ef_converter *)ef_see(chip, layer->converters);
    return at + (side == EF_SIDE_INPUTS ? layer->rows : 0u) + line;
}

int64_t ef_nonlinearity(const struct ef_chip *chip, int64_t scaled, int32_t shift)
{
    const int16_t *knots = (const int16_t *)ef_see(chip, chip->inl);
    const uint32_t bits = chip->settings.sites[EF_SITE_ADC].bits;
    const int32_t fraction_bits = (int32_t)bits + INL_BITS - KNOT_BITS;
    const int64_t top = ((int64_t)1 << (bits + INL_BITS)) - 1;
    const int64_t middle = (int64_t)1 << (bits + INL_BITS - 1u);
    const int64_t fine = ef_shift_round(scaled, shift - INL_BITS, EF_ROUND_FLOOR);
    const int64_t place = ef_clamp(fine + middle, 0, top);
    const int64_t i = place >> fraction_bits;
    const int64_t part = place - (i << fraction_bits);
    const int64_t rise = (int64_t)knots[i + 1] - knots[i];
    const int64_t curve = knots[i] + ((rise * part) >> fraction_bits);
    return ef_shift_round(curve, INL_BITS - shift, EF_ROUND_FLOOR);
}
