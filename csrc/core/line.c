// SPDX-License-Identifier: Apache-2.0
#include "line.h"

#include "cell.h"
#include "fixed.h"
#include "random.h"

#define OFFSET_BITS 12 // fraction bits of a converter's offset

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

int64_t ef_line_sum(const struct ef_chip *chip, bool *clipped, int64_t sum,
                    const struct ef_read_noise *noise, uint64_t index)
{
    if (noise->amplitude != 0u) {
        const int64_t drawn = ef_noise(ef_draw(noise->key, index));
        sum += (drawn * noise->amplitude) >> 8;
    }
    const int64_t limit = (int64_t)chip->settings.line_limit << 8;
    *clipped = limit != 0 && (sum > limit || sum < -limit);
    return *clipped ? ef_clamp(sum, -limit, limit) : sum;
}

static void draw_errors(int8_t *errors, uint64_t key, uint32_t lines)
{
    for (uint32_t i = 0; i < 2u * lines; i++) {
        errors[i] = ef_spread_unit(ef_draw(key, i));
    }
}

void ef_make_converters(struct ef_chip *chip, const struct ef_layer *layer)
{
    int8_t *errors = (int8_t *)ef_at(chip, layer->converters);
    if (layer->has_errors == 0u) {
        return;
    }
    draw_errors(errors, ef_key(chip->seed, EF_STREAM_ROW_ADC, layer->index),
                layer->rows);
    draw_errors(errors + 2u * layer->rows,
                ef_key(chip->seed, EF_STREAM_COLUMN_ADC, layer->index), layer->inputs);
}

const int8_t *ef_converter(const struct ef_chip *chip, const struct ef_layer *layer,
                           bool backward, uint32_t line)
{
    if (layer->has_errors == 0u) {
        return NULL;
    }
    const int8_t *errors = (const int8_t *)ef_see(chip, layer->converters);
    return errors + 2u * ((backward ? layer->rows : 0u) + line);
}

int64_t ef_converted(const struct ef_chip *chip, int64_t scaled, int32_t shift,
                     const int8_t *errors)
{
    if (errors == NULL) {
        return scaled;
    }
    const int64_t gain = (errors[0] * (int64_t)chip->settings.adc_gain) >> 8;
    const int64_t offset = errors[1] * (int64_t)chip->settings.adc_offset;
    return scaled + (((scaled >> 8) * gain) >> 8) +
           ef_shift_round(offset, OFFSET_BITS - shift, EF_ROUND_FLOOR);
}
