// Samples: classified and learned, waited for or not.
// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "ef_access.h"

static bool plausible(const struct ef_dev *dev, const int16_t *codes, uint32_t count)
{
    return dev != NULL && codes != NULL && count == dev->inputs;
}

// A refused command leaves its codes, which must not go before the next sample.
static int push_sample(struct ef_dev *dev, uint32_t opcode, const int16_t *codes,
                       uint32_t count)
{
    efd_send(dev, codes, count);
    const int status = efd_push(dev, opcode);
    if (status != EFD_OK) {
        efd_flush(dev);
    }
    return status;
}

static int classify(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
                    uint32_t count, uint32_t opcode)
{
    int status = push_sample(dev, opcode, codes, count);
    status = status == EFD_OK ? efd_idle(dev) : status;
    status = status == EFD_OK ? efd_settle(dev) : status;
    if (status == EFD_OK) {
        *label = EFD_PART(efd_get(dev, EF_REG_RESULT), RESULT_LABEL);
    }
    return status;
}

int efd_infer(struct ef_dev *dev, uint32_t *label, const int16_t *codes, uint32_t count)
{
    if (!plausible(dev, codes, count) || label == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    return status == EFD_OK ? classify(dev, label, codes, count, EF_COMMAND_INFER)
                            : status;
}

int efd_learn(struct ef_dev *dev, uint32_t *label, const int16_t *codes, uint32_t count,
              uint32_t right)
{
    if (!plausible(dev, codes, count) || label == NULL || right >= dev->classes) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_LABEL, right);
    return classify(dev, label, codes, count, EF_COMMAND_LEARN);
}

int efd_learn_targets(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
                      uint32_t count, const int16_t *targets)
{
    if (!plausible(dev, codes, count) || label == NULL || targets == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_LAYER, dev->layers - 1u); // row 0
    for (uint32_t r = 0; r < dev->classes; r++) {
        efd_put(dev, EF_REG_WINDOW, (uint32_t)(int32_t)targets[r]);
    }
    return classify(dev, label, codes, count, EF_COMMAND_LEARN_TARGETS);
}

int efd_output(struct ef_dev *dev, int32_t *code, uint32_t row)
{
    if (dev == NULL || code == NULL || row >= dev->classes) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_OUTPUT_SELECT, row);
    *code = (int32_t)efd_get(dev, EF_REG_OUTPUT);
    return efd_settle(dev);
}

// What is submitted is known to the handler before it can end.
static int submit(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                  uint32_t count, uint32_t opcode)
{
    if (dev->submitted == EFD_PENDING_MAX) {
        return EFD_FULL;
    }
    dev->submitted += 1u;
    const int status = push_sample(dev, opcode, codes, count);
    if (status == EFD_OK) {
        *number = dev->number;
    } else {
        dev->submitted -= 1u;
    }
    return status;
}

int efd_submit_infer(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count)
{
    if (!plausible(dev, codes, count) || number == NULL) {
        return EFD_ARGUMENT;
    }
    return submit(dev, number, codes, count, EF_COMMAND_INFER);
}

int efd_submit_learn(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count, uint32_t right)
{
    if (!plausible(dev, codes, count) || number == NULL || right >= dev->classes) {
        return EFD_ARGUMENT;
    }
    efd_put(dev, EF_REG_LABEL, right);
    return submit(dev, number, codes, count, EF_COMMAND_LEARN);
}

// The handler collects too: the line is masked while the list is looked at.
int efd_complete(struct ef_dev *dev, struct efd_done *done)
{
    if (dev == NULL || done == NULL) {
        return EFD_ARGUMENT;
    }
    int status = EFD_NOTHING;
    efd_put(dev, EF_REG_IRQ_ENABLE, 0);
    if (dev->submitted != 0u) {
        efd_collect(dev);
    }
    if (dev->filled != dev->taken) {
        *done = dev->done[dev->taken % EFD_PENDING_MAX];
        dev->taken += 1u;
        dev->submitted -= 1u;
        status = EFD_OK;
    }
    efd_put(dev, EF_REG_IRQ_ENABLE, dev->enabled);
    return status;
}

int efd_wait(struct ef_dev *dev)
{
    if (dev == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = efd_idle(dev);
    efd_put(dev, EF_REG_IRQ_ENABLE, 0);
    efd_collect(dev);
    efd_put(dev, EF_REG_IRQ_ENABLE, dev->enabled);
    return status;
}
