// Which rule a layer follows, and its steps (SPEC 9.1, 9.5.5, 11.3).
// SPDX-License-Identifier: Apache-2.0
#include "update.h"

#include "array.h"
#include "rules.h"

static bool is_active(struct ef_chip *chip, const struct ef_layer *layer)
{
    return ef_nonzero(ef_errors(chip, layer), layer->rows) != 0u &&
           ef_nonzero(ef_inputs(chip, layer), layer->columns) != 0u;
}

static bool each_sample(const struct ef_chip *chip)
{
    return chip->settings.transfer_every == 1u;
}

struct ef_update ef_update_begin(struct ef_chip *chip, const struct ef_layer *layer)
{
    struct ef_update none = {EF_UPDATE_DONE, 0};
    switch (layer->rule) {
    case EF_RULE_SGD_COUNTED:
        return is_active(chip, layer) ? (struct ef_update){EF_UPDATE_PRODUCTS, 0}
                                      : none;
    case EF_RULE_SGD_STOCHASTIC:
        return is_active(chip, layer) ? (struct ef_update){EF_UPDATE_TRAIN, 0} : none;
    case EF_RULE_MIXED_PRECISION:
        return (struct ef_update){EF_UPDATE_PRODUCTS, 0};
    default: // EF_RULE_NONE
        return none;
    }
}

// Counts towards a transfer; true where one is due.
static bool transfer_is_due(const struct ef_chip *chip, struct ef_layer *layer)
{
    layer->transfer_count += 1u;
    if (layer->transfer_count < chip->settings.transfer_every) {
        return false;
    }
    layer->transfer_count = 0;
    return !each_sample(chip);
}

static struct ef_update products(struct ef_chip *chip, struct ef_layer *layer,
                                 struct ef_trace *trace)
{
    const bool active = is_active(chip, layer);
    if (layer->rule == EF_RULE_SGD_COUNTED) {
        ef_count_products(chip, layer);
        return (struct ef_update){EF_UPDATE_ROWS, 0};
    }
    if (active) {
        ef_count_accumulations(chip, layer);
        if (!each_sample(chip)) { // no pulses go out of these
            ef_update_mixed(chip, layer, trace, (struct ef_span){0, layer->rows});
        }
    }
    const bool due = transfer_is_due(chip, layer);
    const uint32_t next = due                           ? EF_UPDATE_SWEEP
                          : active && each_sample(chip) ? EF_UPDATE_ROWS
                                                        : EF_UPDATE_DONE;
    return (struct ef_update){next, 0};
}

// From this row on, the first that has an error code; the number of rows if none has.
static uint32_t next_row(struct ef_chip *chip, const struct ef_layer *layer,
                         uint32_t row)
{
    const int16_t *e = ef_errors(chip, layer);
    while (row < layer->rows && e[row] == 0) {
        row += 1u;
    }
    return row;
}

static void update_rows(struct ef_chip *chip, struct ef_layer *layer,
                        struct ef_trace *trace, uint32_t stage, struct ef_span rows)
{
    if (stage == EF_UPDATE_TRANSFER) {
        ef_transfer_rows(chip, layer, trace, rows);
    } else if (layer->rule == EF_RULE_SGD_COUNTED) {
        ef_update_counted(chip, layer, trace, rows);
    } else {
        ef_update_mixed(chip, layer, trace, rows);
    }
}

struct ef_update ef_update_settle(struct ef_chip *chip, const struct ef_layer *layer,
                                  struct ef_update at)
{
    if (at.stage == EF_UPDATE_ROWS) {
        at.row = next_row(chip, layer, at.row);
    }
    const bool rows = at.stage == EF_UPDATE_ROWS || at.stage == EF_UPDATE_TRANSFER;
    return rows && at.row >= layer->rows ? (struct ef_update){EF_UPDATE_DONE, 0} : at;
}

struct ef_update ef_update_step(struct ef_chip *chip, struct ef_layer *layer,
                                struct ef_trace *trace, struct ef_update at,
                                uint32_t rows)
{
    switch (at.stage) {
    case EF_UPDATE_PRODUCTS:
        return products(chip, layer, trace);
    case EF_UPDATE_SWEEP:
        ef_count_sweep(chip, layer);
        return (struct ef_update){EF_UPDATE_TRANSFER, 0};
    case EF_UPDATE_TRAIN:
        if (is_active(chip, layer)) { // a job of a file may say so of any codes
            ef_update_stochastic(chip, layer, trace);
        }
        return (struct ef_update){EF_UPDATE_DONE, 0};
    default: { // rows, and those of a transfer
        const uint32_t left = layer->rows - at.row;
        const uint32_t end = at.row + (rows < left ? rows : left);
        update_rows(chip, layer, trace, at.stage, (struct ef_span){at.row, end});
        return (struct ef_update){at.stage, end};
    }
    }
}

void ef_update(struct ef_chip *chip, struct ef_layer *layer, struct ef_trace *trace)
{
    struct ef_update at = ef_update_begin(chip, layer);
    while (at.stage != EF_UPDATE_DONE) {
        at = ef_update_step(chip, layer, trace, at, layer->rows);
        at = ef_update_settle(chip, layer, at);
    }
}
