// What the block is, descriptors and locks, stops, rests, what was cut and counted.
// SPDX-License-Identifier: Apache-2.0
#include "ef_access.h"

#define UNLOCK_KEY 0xEF10C4EDu
#define LOCK_BITS                                                                      \
    (EF_LOCK_APPLY_MASK | EF_LOCK_PROGRAM_MASK | EF_LOCK_CALIBRATE_MASK |              \
     EF_LOCK_DESCRIPTORS_MASK)
#define CLASS_MAX 15u
#define THRESHOLD_MAX 0x40000000u

int efd_capabilities(struct ef_dev *dev, struct efd_capabilities *chip)
{
    int status = efd_visit(dev, (dev != NULL) && (chip != NULL));
    if (status == EFD_OK) {
        const uint32_t word = efd_get(dev, EF_REG_CAPABILITY);
        const uint32_t classes = efd_get(dev, EF_REG_CHIP);
        chip->layers = dev->layers;
        chip->planes = dev->planes;
        chip->pulse_classes = EFD_PART(classes, CHIP_CLASSES);
        chip->reference = EFD_PART(word, CAPABILITY_REFERENCE);
        chip->trims = EFD_PART(word, CAPABILITY_TRIMS) != 0u;
        chip->targets = EFD_PART(word, CAPABILITY_TARGETS) != 0u;
        chip->accumulators = EFD_PART(word, CAPABILITY_ACCUMULATORS) != 0u;
        chip->adc_bits = EFD_PART(word, CAPABILITY_ADC_BITS);
        chip->input_bits = EFD_PART(word, CAPABILITY_INPUT_BITS);
        chip->error_bits = EFD_PART(word, CAPABILITY_ERROR_BITS);
        chip->fifo = dev->fifo;
        chip->clock_hz = efd_get(dev, EF_REG_CLOCK);
        efd_release(dev);
    }
    return status;
}

int efd_shape(struct ef_dev *dev, uint32_t layer, uint32_t *rows, uint32_t *columns)
{
    const bool fits = (dev != NULL) && (rows != NULL) && (columns != NULL);
    int status = efd_visit(dev, fits && (layer < dev->layers));
    if (status == EFD_OK) {
        status = efd_leave(dev, efd_select(dev, layer, rows, columns));
    }
    return status;
}

static struct efd_gain read_gain(const struct ef_dev *dev, uint32_t offset)
{
    const uint32_t word = efd_get(dev, offset);
    const struct efd_gain gain = {EFD_PART(word, LAYER_GAIN_MANTISSA),
                                  EFD_PART(word, LAYER_GAIN_SHIFT)};
    return gain;
}

int efd_read_descriptors(struct ef_dev *dev, struct efd_descriptors *told,
                         uint32_t layer)
{
    const bool fits = (dev != NULL) && (told != NULL);
    const int status = efd_visit(dev, fits && (layer < dev->layers));
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_LAYER, layer);
        const uint32_t rule = efd_get(dev, EF_REG_LAYER_RULE);
        const uint32_t codes = efd_get(dev, EF_REG_LAYER_CODES);
        told->rule = EFD_PART(rule, LAYER_RULE_RULE);
        told->pulse_class = EFD_PART(rule, LAYER_RULE_PULSE_CLASS);
        told->program_class = EFD_PART(rule, LAYER_RULE_PROGRAM_CLASS);
        told->forward = read_gain(dev, EF_REG_LAYER_GAIN);
        told->back = read_gain(dev, EF_REG_LAYER_BACK_GAIN);
        told->verify = read_gain(dev, EF_REG_LAYER_VERIFY_GAIN);
        told->threshold = efd_get(dev, EF_REG_LAYER_THRESHOLD);
        const uint32_t bias = EFD_PART(codes, LAYER_CODES_BIAS);
        const uint32_t verify = EFD_PART(codes, LAYER_CODES_VERIFY);
        told->bias_code = (int16_t)bias;
        told->verify_code = (int16_t)verify;
        efd_release(dev);
    }
    return status;
}

static bool is_gain(const struct efd_gain *gain)
{
    return efd_within(gain->mantissa, 1, 255) && (gain->shift <= 47u);
}

static bool is_code(int32_t code)
{
    return (code >= INT16_MIN) && (code <= INT16_MAX);
}

static bool are_descriptors(const struct efd_descriptors *told)
{
    return (told->rule < (uint32_t)EF_RULE_COUNT) && (told->pulse_class <= CLASS_MAX) &&
           (told->program_class <= CLASS_MAX) && is_gain(&told->forward) &&
           is_gain(&told->back) && is_gain(&told->verify) &&
           efd_within(told->threshold, 1, THRESHOLD_MAX) && is_code(told->bias_code) &&
           is_code(told->verify_code);
}

static void write_gain(const struct ef_dev *dev, uint32_t offset,
                       const struct efd_gain *gain)
{
    efd_put(dev, offset, gain->mantissa | (gain->shift << EF_LAYER_GAIN_SHIFT_SHIFT));
}

int efd_write_descriptors(struct ef_dev *dev, uint32_t layer,
                          const struct efd_descriptors *told)
{
    const bool fits = (dev != NULL) && (told != NULL);
    int status = efd_visit(dev, fits && (layer < dev->layers) && are_descriptors(told));
    if (status == EFD_OK) {
        const uint32_t bias = (uint32_t)told->bias_code & EF_LAYER_CODES_BIAS_MASK;
        const uint32_t verify = (uint32_t)told->verify_code;
        efd_put(dev, EF_REG_LAYER, layer);
        efd_put(dev, EF_REG_LAYER_RULE,
                told->rule | (told->pulse_class << EF_LAYER_RULE_PULSE_CLASS_SHIFT) |
                    (told->program_class << EF_LAYER_RULE_PROGRAM_CLASS_SHIFT));
        write_gain(dev, EF_REG_LAYER_GAIN, &told->forward);
        write_gain(dev, EF_REG_LAYER_BACK_GAIN, &told->back);
        write_gain(dev, EF_REG_LAYER_VERIFY_GAIN, &told->verify);
        efd_put(dev, EF_REG_LAYER_THRESHOLD, told->threshold);
        efd_put(dev, EF_REG_LAYER_CODES,
                bias | (verify << EF_LAYER_CODES_VERIFY_SHIFT));
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

int efd_read_programming(struct ef_dev *dev, struct efd_programming *told)
{
    const int status = efd_visit(dev, (dev != NULL) && (told != NULL));
    if (status == EFD_OK) {
        const uint32_t word = efd_get(dev, EF_REG_PROGRAM);
        told->tolerance = EFD_PART(word, PROGRAM_TOLERANCE);
        told->iterations = EFD_PART(word, PROGRAM_ITERATIONS);
        told->limit = EFD_PART(word, PROGRAM_LIMIT);
        told->reads = EFD_PART(word, PROGRAM_READS);
        efd_release(dev);
    }
    return status;
}

int efd_write_programming(struct ef_dev *dev, const struct efd_programming *told)
{
    const bool fits = (dev != NULL) && (told != NULL) && (told->tolerance <= 255u) &&
                      (told->iterations <= 255u) && (told->limit <= 127u) &&
                      (told->reads <= 127u);
    int status = efd_visit(dev, fits);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_PROGRAM,
                told->tolerance | (told->iterations << EF_PROGRAM_ITERATIONS_SHIFT) |
                    (told->limit << EF_PROGRAM_LIMIT_SHIFT) |
                    (told->reads << EF_PROGRAM_READS_SHIFT));
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

static void change_locks(const struct ef_dev *dev, uint32_t cleared, uint32_t set)
{
    const uint32_t locks = efd_get(dev, EF_REG_LOCK);
    if (cleared != 0u) {
        efd_put(dev, EF_REG_UNLOCK, UNLOCK_KEY);
    }
    efd_put(dev, EF_REG_LOCK, (locks & ~cleared) | set);
}

int efd_lock(struct ef_dev *dev, uint32_t bits)
{
    int status = efd_visit(dev, (dev != NULL) && ((bits & ~LOCK_BITS) == 0u));
    if (status == EFD_OK) {
        change_locks(dev, 0, bits);
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

int efd_unlock(struct ef_dev *dev, uint32_t bits)
{
    int status = efd_visit(dev, (dev != NULL) && ((bits & ~LOCK_BITS) == 0u));
    if (status == EFD_OK) {
        change_locks(dev, bits, 0);
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

int efd_apply(struct ef_dev *dev, struct efd_fault *fault)
{
    int status = efd_enter(dev, dev != NULL);
    if (status == EFD_OK) {
        change_locks(dev, EF_LOCK_APPLY_MASK, 0);
        status = efd_do(dev, EF_COMMAND_APPLY);
        change_locks(dev, 0, EF_LOCK_APPLY_MASK);
        if (fault != NULL) {
            const uint32_t word =
                (status == EFD_REFUSED) ? efd_get(dev, EF_REG_FAULT) : 0u;
            fault->field = EFD_PART(word, FAULT_FIELD_NUMBER);
            fault->index = EFD_PART(word, FAULT_INDEX);
        }
        efd_release(dev);
    }
    return status;
}

// What is under way ends behind its step; samples without a result end as cut.
static int stop(struct ef_dev *dev, uint32_t how)
{
    uint32_t word = 0;
    int status = efd_collect(dev);
    for (uint32_t i = dev->over; i != dev->put; i++) {
        dev->slots[i % EFD_SAMPLES_MAX].status = EFD_CUT;
    }
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_CONTROL, EFD_CONTROL | how);
        status = efd_idle(dev, &word);
    }
    if ((status == EFD_OK) && (how == EF_CONTROL_ABORT_MASK)) {
        status = efd_collect(dev); // of one that ended just before
    }
    while (dev->over != dev->put) {
        efd_tell(dev);
    }
    return status;
}

int efd_abort(struct ef_dev *dev)
{
    int status = EFD_ARGUMENT;
    if (dev != NULL) {
        efd_hold(dev);
        status = efd_leave(dev, stop(dev, EF_CONTROL_ABORT_MASK));
    }
    return status;
}

int efd_reset(struct ef_dev *dev)
{
    int status = EFD_ARGUMENT;
    if (dev != NULL) {
        efd_hold(dev);
        status = efd_leave(dev, stop(dev, EF_CONTROL_RESET_MASK));
        if (status == EFD_OK) {
            status = efd_begin(dev, dev->polling);
        }
    }
    return status;
}

int efd_power(struct ef_dev *dev, uint32_t mode)
{
    const int status =
        efd_visit(dev, (dev != NULL) && (mode < (uint32_t)EF_MODE_COUNT));
    if (status == EFD_OK) {
        const uint32_t kept = efd_get(dev, EF_REG_POWER) & EF_POWER_KEEP_MASK;
        efd_put(dev, EF_REG_POWER, kept | mode);
        efd_release(dev); // without an access: it would wake the block
    }
    return status;
}

int efd_keep_accumulators(struct ef_dev *dev, bool keep)
{
    const int status = efd_visit(dev, dev != NULL);
    if (status == EFD_OK) {
        const uint32_t mode = efd_get(dev, EF_REG_POWER) & EF_POWER_MODE_MASK;
        efd_put(dev, EF_REG_POWER, mode | (keep ? EF_POWER_KEEP_MASK : 0u));
        efd_release(dev);
    }
    return status;
}

int efd_cut(struct ef_dev *dev, struct efd_cut *cut)
{
    int status = efd_visit(dev, (dev != NULL) && (cut != NULL));
    if (status == EFD_OK) {
        const uint32_t word = efd_get(dev, EF_REG_CUT);
        cut->opcode = EFD_PART(word, CUT_OPCODE);
        cut->layer = EFD_PART(word, CUT_LAYER);
        cut->cause = EFD_PART(word, CUT_CAUSE);
        cut->steps = EFD_PART(word, CUT_STEPS);
        cut->pulsed = EFD_PART(word, CUT_PULSED) != 0u;
        status = (cut->cause != 0u) ? EFD_OK : EFD_NOTHING;
        efd_release(dev);
    }
    return status;
}

int efd_forget_cut(struct ef_dev *dev)
{
    const int status = efd_visit(dev, dev != NULL);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_CUT, EF_CUT_CAUSE_MASK);
        efd_release(dev);
    }
    return status;
}

static uint64_t counter(const struct ef_dev *dev, uint32_t select)
{
    efd_put(dev, EF_REG_TALLY_SELECT, select);
    const uint64_t low = efd_get(dev, EF_REG_TALLY_LOW);
    const uint64_t high = efd_get(dev, EF_REG_TALLY_HIGH);
    return low | (high << 32u);
}

int efd_event(struct ef_dev *dev, uint64_t *count, uint32_t phase, uint32_t event)
{
    const bool fits = (dev != NULL) && (count != NULL) &&
                      (phase < (uint32_t)EF_PHASE_COUNT) &&
                      (event < (uint32_t)EF_EVENT_COUNT);
    int status = efd_visit(dev, fits);
    if (status == EFD_OK) {
        *count = counter(dev, phase | (event << EF_TALLY_SELECT_EVENT_SHIFT));
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

int efd_pulses(struct ef_dev *dev, uint64_t *count, uint32_t phase,
               uint32_t pulse_class)
{
    const bool fits = (dev != NULL) && (count != NULL) &&
                      (phase < (uint32_t)EF_PHASE_COUNT) && (pulse_class <= CLASS_MAX);
    int status = efd_visit(dev, fits);
    if (status == EFD_OK) {
        const uint32_t kind = EF_COUNTER_PULSES;
        const uint32_t up = phase | (kind << EF_TALLY_SELECT_KIND_SHIFT) |
                            (pulse_class << EF_TALLY_SELECT_PULSE_CLASS_SHIFT);
        *count = counter(dev, up);
        *count += counter(dev, up | EF_TALLY_SELECT_POLARITY_MASK);
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

uint32_t efd_updates(struct ef_dev *dev)
{
    return (dev == NULL) ? 0u : efd_get(dev, EF_REG_UPDATES);
}

uint64_t efd_cycles(struct ef_dev *dev)
{
    uint64_t cycles = 0;
    if (dev != NULL) {
        const uint64_t low = efd_get(dev, EF_REG_CYCLE_LOW);
        const uint64_t high = efd_get(dev, EF_REG_CYCLE_HIGH);
        cycles = low | (high << 32u);
    }
    return cycles;
}
