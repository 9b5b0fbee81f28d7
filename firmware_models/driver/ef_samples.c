// Samples: classified and learned, waited for or not.
// SPDX-License-Identifier: Apache-2.0
#include "ef_access.h"

#define RESULTS_MAX 8u

static bool is_sample(const struct ef_dev *dev, const int16_t *codes, uint32_t count)
{
    return (dev != NULL) && (codes != NULL) && (count == dev->inputs);
}

// A refused command leaves its codes, which must not go before the next sample.
static int push_sample(struct ef_dev *dev, uint32_t opcode, const int16_t *codes)
{
    efd_send(dev, codes, dev->inputs);
    const int status = efd_push(dev, opcode);
    if (status == EFD_REFUSED) {
        efd_flush(dev);
    }
    return status;
}

// The class that the last command found; what others left goes by.
static int take_label(struct ef_dev *dev, uint32_t *label, uint32_t word)
{
    int status = EFD_LOST;
    uint32_t left = word;
    for (uint32_t i = 0; (i < RESULTS_MAX) && (status != EFD_OK) &&
                         ((left & EF_STATUS_RESULT_MASK) != 0u);
         i++) {
        const uint32_t result = efd_get(dev, EF_REG_RESULT);
        if (EFD_PART(result, RESULT_COMMAND) == dev->number) {
            *label = EFD_PART(result, RESULT_LABEL);
            status = EFD_OK;
        } else {
            left = efd_get(dev, EF_REG_STATUS);
        }
    }
    if (status != EFD_OK) {
        const uint32_t numbers = efd_get(dev, EF_REG_NUMBER);
        status =
            (EFD_PART(numbers, NUMBER_ENDED) == dev->number) ? EFD_LOST : efd_gone(dev);
    }
    return status;
}

static int classify(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
                    uint32_t opcode)
{
    uint32_t word = 0;
    int status = push_sample(dev, opcode, codes);
    status = (status == EFD_OK) ? efd_end(dev, &word) : status;
    return (status == EFD_OK) ? take_label(dev, label, word) : status;
}

int efd_infer(struct ef_dev *dev, uint32_t *label, const int16_t *codes, uint32_t count)
{
    int status = efd_enter(dev, is_sample(dev, codes, count) && (label != NULL));
    if (status == EFD_OK) {
        status = efd_leave(dev, classify(dev, label, codes, EF_COMMAND_INFER));
    }
    return status;
}

int efd_learn(struct ef_dev *dev, uint32_t *label, const int16_t *codes, uint32_t count,
              uint32_t right)
{
    const bool fits =
        is_sample(dev, codes, count) && (label != NULL) && (right < dev->classes);
    int status = efd_enter(dev, fits);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_LABEL, right);
        status = efd_leave(dev, classify(dev, label, codes, EF_COMMAND_LEARN));
    }
    return status;
}

int efd_learn_targets(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
                      uint32_t count, const int16_t *targets, uint32_t target_count)
{
    const bool fits = is_sample(dev, codes, count) && (label != NULL) &&
                      (targets != NULL) && (target_count == dev->classes);
    int status = efd_enter(dev, fits);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_LAYER, dev->layers - 1u);
        efd_show_codes(dev, targets, target_count);
        status = efd_settle(dev);
        status = (status == EFD_OK)
                     ? classify(dev, label, codes, EF_COMMAND_LEARN_TARGETS)
                     : status;
        efd_release(dev);
    }
    return status;
}

int efd_output(struct ef_dev *dev, int32_t *code, uint32_t row)
{
    int status =
        efd_visit(dev, (dev != NULL) && (code != NULL) && (row < dev->classes));
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_OUTPUT_SELECT, row);
        *code = (int32_t)efd_get(dev, EF_REG_OUTPUT);
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

// Room for one more: in the slots, and in the FIFO behind those that wait.
static int make_room(struct ef_dev *dev)
{
    int status = EFD_OK;
    const uint32_t word = efd_get(dev, EF_REG_STATUS);
    if ((word & (EF_STATUS_RESULT_MASK | EF_STATUS_ERROR_MASK)) != 0u) {
        status = efd_collect(dev);
    }
    if (status == EFD_OK) {
        efd_sweep(dev, word);
        const uint32_t claimed = EFD_PART(word, STATUS_QUEUED) * dev->inputs;
        const bool full = ((dev->put - dev->taken) >= EFD_SAMPLES_MAX) ||
                          ((word & EF_STATUS_QUEUE_FULL_MASK) != 0u) ||
                          ((claimed + dev->inputs) > dev->fifo);
        status = full ? EFD_FULL : EFD_OK;
    }
    return status;
}

static int submit(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                  uint32_t opcode, uint32_t right)
{
    efd_hold(dev);
    int status = make_room(dev);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_LABEL, right);
        status = push_sample(dev, opcode, codes);
    }
    if (status == EFD_OK) {
        struct efd_slot *slot = &dev->slots[dev->put % EFD_SAMPLES_MAX];
        slot->number = dev->number;
        slot->status = EFD_LOST; // unless its result is seen
        slot->label = 0;
        slot->errors = 0;
        dev->put += 1u;
        *number = dev->number;
    }
    return efd_leave(dev, status);
}

int efd_submit_infer(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count)
{
    int status = EFD_ARGUMENT;
    if (is_sample(dev, codes, count) && (number != NULL)) {
        status = submit(dev, number, codes, EF_COMMAND_INFER, 0);
    }
    return status;
}

int efd_submit_learn(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count, uint32_t right)
{
    int status = EFD_ARGUMENT;
    if (is_sample(dev, codes, count) && (number != NULL) && (right < dev->classes)) {
        status = submit(dev, number, codes, EF_COMMAND_LEARN, right);
    }
    return status;
}

int efd_complete(struct ef_dev *dev, struct efd_done *done)
{
    int status = EFD_ARGUMENT;
    if ((dev != NULL) && (done != NULL)) {
        efd_hold(dev);
        status = EFD_NOTHING;
        if ((dev->taken == dev->over) && (dev->put != dev->over)) {
            const int seen = efd_collect(dev); // the line may be late, or not there
            status = (seen == EFD_OK) ? EFD_NOTHING : seen;
        }
        if (dev->taken != dev->over) {
            const struct efd_slot *slot = &dev->slots[dev->taken % EFD_SAMPLES_MAX];
            done->number = slot->number;
            done->status = slot->status;
            done->label = slot->label;
            done->errors = slot->errors;
            dev->taken += 1u;
            status = EFD_OK;
        }
        efd_release(dev);
    }
    return status;
}

int efd_wait(struct ef_dev *dev)
{
    const int status = efd_visit(dev, dev != NULL);
    return (status == EFD_OK) ? efd_leave(dev, status) : status;
}
