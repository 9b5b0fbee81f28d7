// Descriptors, locks, rests, what was cut, and what was counted.
// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "ef_access.h"

#define UNLOCK_KEY 0xEF10C4EDu
#define LOCK_BITS 0xFu
#define CONTROL_BITS (EF_CONTROL_ENABLE_MASK | EF_CONTROL_HALT_ON_ERROR_MASK)
#define MODE_MAX 2u
#define PHASES 6u
#define EVENTS 20u
#define CLASSES 16u

static bool is_gain(const uint32_t *gain)
{
    return efd_within(gain[0], 1, 255) && gain[1] <= 47u;
}

static uint32_t gain_word(const uint32_t *gain)
{
    return gain[0] | gain[1] << EF_LAYER_GAIN_SHIFT_SHIFT;
}

int efd_describe(struct ef_dev *dev, uint32_t layer, const struct efd_layer *told)
{
    if (dev == NULL || told == NULL || layer >= dev->layers || told->rule > 3u ||
        told->pulse_class > 15u || told->program_class > 15u || !is_gain(told->gain) ||
        !is_gain(told->back_gain) || !is_gain(told->verify_gain)) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_LAYER, layer);
    efd_put(dev, EF_REG_LAYER_RULE,
            told->rule | told->pulse_class << EF_LAYER_RULE_PULSE_CLASS_SHIFT |
                told->program_class << EF_LAYER_RULE_PROGRAM_CLASS_SHIFT);
    efd_put(dev, EF_REG_LAYER_GAIN, gain_word(told->gain));
    efd_put(dev, EF_REG_LAYER_BACK_GAIN, gain_word(told->back_gain));
    efd_put(dev, EF_REG_LAYER_VERIFY_GAIN, gain_word(told->verify_gain));
    efd_put(dev, EF_REG_LAYER_THRESHOLD, told->threshold);
    efd_put(dev, EF_REG_LAYER_CODES,
            ((uint32_t)told->bias_code & EF_LAYER_CODES_BIAS_MASK) |
                (uint32_t)told->verify_code << EF_LAYER_CODES_VERIFY_SHIFT);
    return efd_settle(dev);
}

int efd_lock(struct ef_dev *dev, uint32_t bits)
{
    if (dev == NULL || bits > LOCK_BITS) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_LOCK, efd_get(dev, EF_REG_LOCK) | bits);
    return efd_settle(dev);
}

int efd_unlock(struct ef_dev *dev, uint32_t bits)
{
    if (dev == NULL || bits > LOCK_BITS) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_UNLOCK, UNLOCK_KEY);
    efd_put(dev, EF_REG_LOCK, efd_get(dev, EF_REG_LOCK) & ~bits);
    return efd_settle(dev);
}

int efd_apply(struct ef_dev *dev)
{
    int status = efd_unlock(dev, EF_LOCK_APPLY_MASK);
    if (status == EFD_OK) {
        status = efd_do(dev, EF_COMMAND_APPLY);
        efd_put(dev, EF_REG_LOCK, efd_get(dev, EF_REG_LOCK) | EF_LOCK_APPLY_MASK);
    }
    return status;
}

static int stop(struct ef_dev *dev, uint32_t how)
{
    efd_put(dev, EF_REG_CONTROL, CONTROL_BITS | how);
    const int status = efd_idle(dev);
    efd_collect(dev);
    dev->filled = dev->taken;
    dev->submitted = 0;
    return status;
}

int efd_abort(struct ef_dev *dev)
{
    return dev == NULL ? EFD_ARGUMENT : stop(dev, EF_CONTROL_ABORT_MASK);
}

int efd_reset(struct ef_dev *dev)
{
    if (dev == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = stop(dev, EF_CONTROL_RESET_MASK);
    const struct ef_dev was = *dev;
    const int opened = status == EFD_OK ? efd_open(dev, was.base, was.port) : status;
    dev->timeout = was.timeout;
    dev->ended = was.ended;
    dev->user = was.user;
    return opened == EFD_OK && was.polling ? efd_poll(dev, true) : opened;
}

int efd_rest(struct ef_dev *dev, uint32_t mode)
{
    if (dev == NULL || mode > MODE_MAX) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    const uint32_t kept = efd_get(dev, EF_REG_POWER) & EF_POWER_KEEP_MASK;
    efd_put(dev, EF_REG_POWER, kept | mode);
    return EFD_OK; // another access would wake it
}

int efd_keep_accumulators(struct ef_dev *dev, bool keep)
{
    if (dev == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    const uint32_t mode = efd_get(dev, EF_REG_POWER) & EF_POWER_MODE_MASK;
    efd_put(dev, EF_REG_POWER, mode | (keep ? EF_POWER_KEEP_MASK : 0u));
    return efd_settle(dev);
}

int efd_cut(struct ef_dev *dev, struct efd_cut *cut)
{
    if (dev == NULL || cut == NULL) {
        return EFD_ARGUMENT;
    }
    const uint32_t word = efd_get(dev, EF_REG_CUT);
    *cut = (struct efd_cut){
        .opcode = EFD_PART(word, CUT_OPCODE),
        .layer = EFD_PART(word, CUT_LAYER),
        .cause = EFD_PART(word, CUT_CAUSE),
        .steps = EFD_PART(word, CUT_STEPS),
        .pulsed = EFD_PART(word, CUT_PULSED) != 0u,
    };
    if (cut->cause == 0u) {
        return EFD_NOTHING;
    }
    efd_put(dev, EF_REG_CUT, EF_CUT_CAUSE_MASK);
    return EFD_OK;
}

static int counter(struct ef_dev *dev, uint64_t *count, uint32_t select)
{
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_TALLY_SELECT, select);
    *count = efd_get(dev, EF_REG_TALLY_LOW);
    *count |= (uint64_t)efd_get(dev, EF_REG_TALLY_HIGH) << 32u;
    return efd_settle(dev);
}

int efd_event(struct ef_dev *dev, uint64_t *count, uint32_t phase, uint32_t event)
{
    if (dev == NULL || count == NULL || phase >= PHASES || event >= EVENTS) {
        return EFD_ARGUMENT;
    }
    return counter(dev, count, phase | event << EF_TALLY_SELECT_EVENT_SHIFT);
}

int efd_pulses(struct ef_dev *dev, uint64_t *count, uint32_t phase,
               uint32_t pulse_class)
{
    uint64_t sum = 0;
    int status = EFD_OK;
    if (dev == NULL || count == NULL || phase >= PHASES || pulse_class >= CLASSES) {
        return EFD_ARGUMENT;
    }
    for (uint32_t polarity = 0; status == EFD_OK && polarity < 2u; polarity++) {
        uint64_t part = 0;
        status = counter(dev, &part,
                         phase | 1u << EF_TALLY_SELECT_KIND_SHIFT |
                             pulse_class << EF_TALLY_SELECT_PULSE_CLASS_SHIFT |
                             polarity << EF_TALLY_SELECT_POLARITY_SHIFT);
        sum += part;
    }
    if (status == EFD_OK) {
        *count = sum;
    }
    return status;
}
