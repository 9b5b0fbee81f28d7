// One layer's digital side and its update as commands of their own, for networks that
// are put together outside (SPEC 6.5, 8.5, 8.6, 9.10).
// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "convert.h"
#include "learn.h"
#include "update.h"

static const struct ef_range ABOVE_RANGE = {-512, 511};
static const struct ef_range EXPONENT_RANGE = {-1024, 1023};
static const struct ef_range INPUT_RANGE = {-EF_CODE_MAX, EF_CODE_MAX};

// A layer that has an activation table; null if there is none.
static struct ef_layer *find_table(struct ef_chip *chip, uint32_t layer)
{
    struct ef_layer *found = ef_find_layer(chip, layer);
    return found != NULL && found->has_activation != 0u ? found : NULL;
}

int ef_array_activate(struct ef_chip *chip, int16_t *outputs, uint32_t layer,
                      const int16_t *codes)
{
    if (chip == NULL || outputs == NULL || codes == NULL) {
        return EF_ERROR_NULL;
    }
    const struct ef_layer *found = find_table(chip, layer);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    if (!ef_codes_inside(codes, found->rows, ef_site_range(chip, EF_SITE_ADC))) {
        return EF_ERROR_RANGE;
    }
    ef_activations(chip, found, outputs, codes);
    return ef_finish(chip);
}

int ef_array_slopes(struct ef_chip *chip, int32_t *wide, uint32_t layer,
                    const int16_t *codes, const int16_t *back)
{
    if (chip == NULL || wide == NULL || codes == NULL || back == NULL) {
        return EF_ERROR_NULL;
    }
    const struct ef_layer *found = find_table(chip, layer);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    const struct ef_range range = ef_site_range(chip, EF_SITE_ADC);
    if (!ef_codes_inside(codes, found->rows, range) ||
        !ef_codes_inside(back, found->rows, range)) {
        return EF_ERROR_RANGE;
    }
    ef_slope_products(chip, found, wide, codes, back);
    return ef_finish(chip);
}

int ef_array_errors(struct ef_chip *chip, int16_t *errors, int32_t *exponent,
                    uint32_t layer, const int32_t *wide, int32_t above)
{
    if (chip == NULL || errors == NULL || exponent == NULL || wide == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    if (!ef_inside(above, ABOVE_RANGE)) {
        return EF_ERROR_RANGE;
    }
    int32_t *deltas = ef_deltas(chip, found);
    for (uint32_t r = 0; r < found->rows; r++) {
        deltas[r] = wide[r];
    }
    (void)ef_error_codes(chip, found, above);
    ef_copy_codes(errors, ef_errors(chip, found), found->rows);
    *exponent = found->exponent;
    return ef_finish(chip);
}

static int check_update(struct ef_chip *chip, uint32_t layer, const int16_t *inputs,
                        const int16_t *errors, int32_t exponent)
{
    if (chip == NULL || inputs == NULL || errors == NULL) {
        return EF_ERROR_NULL;
    }
    const struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL || found->rule == EF_RULE_NONE) {
        return EF_ERROR_INDEX;
    }
    return ef_codes_inside(inputs, found->columns, INPUT_RANGE) &&
                   ef_codes_inside(errors, found->rows,
                                   ef_site_range(chip, EF_SITE_ERROR)) &&
                   ef_inside(exponent, EXPONENT_RANGE)
               ? EF_OK
               : EF_ERROR_RANGE;
}

int ef_load_update(struct ef_chip *chip, uint32_t layer, const int16_t *inputs,
                   const int16_t *errors, int32_t exponent)
{
    const int status = check_update(chip, layer, inputs, errors, exponent);
    if (status == EF_OK) {
        struct ef_layer *found = &chip->layers[layer];
        ef_copy_codes(ef_inputs(chip, found), inputs, found->columns);
        ef_copy_codes(ef_errors(chip, found), errors, found->rows);
        found->exponent = exponent;
    }
    return status;
}

int ef_update_layer(struct ef_chip *chip, struct ef_trace *trace, uint32_t layer,
                    const int16_t *inputs, const int16_t *errors, int32_t exponent)
{
    const int status = check_update(chip, layer, inputs, errors, exponent);
    if (status != EF_OK) {
        return status;
    }
    struct ef_layer *found = &chip->layers[layer];
    if (!ef_has_room(trace, ef_cells_of(found) * ef_cell_entries(chip))) {
        return EF_ERROR_TRACE;
    }
    (void)ef_load_update(chip, layer, inputs, errors, exponent);
    ef_update(chip, found, trace);
    return ef_finish(chip);
}
