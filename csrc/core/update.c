// Which rule a layer follows, and when all its accumulators are looked at (SPEC 9.1,
// 9.5.5).
// SPDX-License-Identifier: Apache-2.0
#include "update.h"

#include "array.h"
#include "rules.h"

void ef_update(struct ef_chip *chip, struct ef_layer *layer, struct ef_trace *trace)
{
    const bool active = ef_nonzero(ef_errors(chip, layer), layer->rows) != 0u &&
                        ef_nonzero(ef_inputs(chip, layer), layer->columns) != 0u;
    switch (layer->rule) {
    case EF_RULE_SGD_COUNTED:
        if (active) {
            ef_update_counted(chip, layer, trace);
        }
        break;
    case EF_RULE_SGD_STOCHASTIC:
        if (active) {
            ef_update_stochastic(chip, layer, trace);
        }
        break;
    case EF_RULE_MIXED_PRECISION:
        if (active) {
            ef_update_mixed(chip, layer, trace);
        }
        layer->transfer_count += 1u;
        if (layer->transfer_count >= chip->settings.transfer_every) {
            layer->transfer_count = 0;
            if (chip->settings.transfer_every > 1u) {
                ef_transfer_all(chip, layer, trace);
            }
        }
        break;
    default: // EF_RULE_NONE
        break;
    }
}
