// Made from edgeferro.rdl by csrc/bus/make_registers.py; don't edit.
// How they lie in memory.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_BLOCK_H
#define EF_BLOCK_H

#include <stdint.h>

struct ef_block {
    volatile const uint32_t ID;
    volatile const uint32_t VERSION;
    volatile const uint32_t CHIP;
    volatile const uint32_t CAPABILITY;
    volatile uint32_t CONTROL;
    volatile const uint32_t STATUS;
    volatile const uint32_t BUSY;
    volatile uint32_t CUT;
    volatile uint32_t IRQ_STATUS;
    volatile uint32_t IRQ_ENABLE;
    volatile uint32_t ERROR;
    volatile const uint32_t ERROR_ADDRESS;
    volatile const uint32_t FAULT;
    volatile const uint32_t ERROR_COMMAND;
    volatile const uint32_t DEPTHS;
    volatile const uint32_t CLOCK;
    volatile uint32_t COMMAND;
    volatile uint32_t LABEL;
    volatile uint32_t SAMPLE;
    volatile const uint32_t RESULT;
    volatile uint32_t OUTPUT_SELECT;
    volatile const uint32_t OUTPUT;
    volatile uint32_t SAMPLE_PAIR;
    volatile uint32_t WATERMARK;
    volatile uint32_t LAYER;
    volatile const uint32_t LAYER_SHAPE;
    volatile uint32_t LAYER_RULE;
    volatile uint32_t LAYER_GAIN;
    volatile uint32_t LAYER_BACK_GAIN;
    volatile uint32_t LAYER_VERIFY_GAIN;
    volatile uint32_t LAYER_RATE;
    volatile uint32_t LAYER_THRESHOLD;
    volatile uint32_t LAYER_CODES;
    uint32_t reserved_084[5];
    volatile uint32_t PROGRAM;
    uint32_t reserved_09c[1];
    volatile uint32_t PLANE;
    volatile uint32_t COLUMN;
    volatile uint32_t ROW;
    volatile uint32_t WINDOW;
    volatile const uint32_t MISSED;
    volatile uint32_t READS;
    volatile const uint32_t CHECKSUM;
    uint32_t reserved_0bc[1];
    volatile uint32_t CAL_WINDOW;
    volatile uint32_t CAL_GAIN;
    volatile uint32_t CAL_LIMIT;
    volatile uint32_t POINT_SELECT;
    volatile const uint32_t POINT_SUM;
    volatile const uint32_t POINT_STATE;
    volatile uint32_t TRIM;
    volatile const uint32_t TRIM_ENDS;
    volatile const uint32_t NUMBER;
    volatile uint32_t POWER;
    volatile const uint32_t WAKE;
    volatile uint32_t LOCK;
    volatile uint32_t TALLY_SELECT;
    volatile const uint32_t TALLY_LOW;
    volatile const uint32_t TALLY_HIGH;
    volatile const uint32_t UPDATES;
    volatile const uint32_t CYCLE_LOW;
    volatile const uint32_t CYCLE_HIGH;
    volatile uint32_t EXPONENT;
    volatile uint32_t UNLOCK;
    uint32_t reserved_110[444];
    volatile uint32_t HARNESS_KEY;
    volatile const uint32_t HARNESS;
    volatile uint32_t SEED_LOW;
    volatile uint32_t SEED_HIGH;
    volatile uint32_t REST;
    volatile uint32_t CUT_AFTER;
};

#define EF_BLOCK_BYTES 0x1000u // that the block answers to
#define EF_BLOCK(base) ((struct ef_block *)(base))

#endif
