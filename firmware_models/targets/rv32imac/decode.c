// Loads and stores of RV32IC.
// SPDX-License-Identifier: Apache-2.0
#include "decode.h"

#define LOAD 0x03u
#define STORE 0x23u
#define C_LW 0x4000u
#define C_SW 0xC000u
#define C_KIND 0xE003u

static uint32_t value_of(const uint32_t *frame, uint32_t number)
{
    return number == 0u ? 0u : frame[number];
}

static uint32_t sign_extend(uint32_t value, uint32_t bits)
{
    const uint32_t unused = 32u - bits;
    return (uint32_t)((int32_t)(value << unused) >> unused);
}

static bool decode_short(const uint32_t *frame, uint32_t code,
                         struct riscv_access *found)
{
    const uint32_t kind = code & C_KIND;
    if (kind != C_LW && kind != C_SW) {
        return false;
    }
    const uint32_t offset =
        (code >> 7u & 0x38u) | (code >> 4u & 4u) | (code << 1u & 0x40u);
    found->length = 2;
    found->bus.width = 4;
    found->bus.write = kind == C_SW;
    found->bus.address = value_of(frame, 8u + (code >> 7u & 7u)) + offset;
    found->target = 8u + (code >> 2u & 7u);
    return true;
}

static bool decode_long(const uint32_t *frame, uint32_t code,
                        struct riscv_access *found)
{
    const uint32_t opcode = code & 0x7Fu;
    const uint32_t kind = code >> 12u & 7u; // b, h, w, -, bu, hu
    if ((opcode != LOAD && opcode != STORE) || (kind & 3u) == 3u) {
        return false;
    }
    found->length = 4;
    found->bus.write = opcode == STORE;
    found->bus.width = 1u << (kind & 3u);
    found->extended = kind < 4u;
    const uint32_t offset =
        found->bus.write ? (code >> 20u & 0xFE0u) | (code >> 7u & 31u) : code >> 20u;
    found->bus.address = value_of(frame, code >> 15u & 31u) + sign_extend(offset, 12);
    found->target = found->bus.write ? code >> 20u & 31u : code >> 7u & 31u;
    return true;
}

bool riscv_decode(const uint32_t *frame, struct riscv_access *found)
{
    const uint16_t *halves = (const uint16_t *)(uintptr_t)frame[0];
    *found = (struct riscv_access){.target = 0};
    const bool wide = (halves[0] & 3u) == 3u;
    const bool known =
        wide ? decode_long(frame, halves[0] | (uint32_t)halves[1] << 16u, found)
             : decode_short(frame, halves[0], found);
    if (known && found->bus.write) {
        found->bus.value = value_of(frame, found->target);
        if (found->bus.width < 4u) {
            found->bus.value &= (1u << 8u * found->bus.width) - 1u;
        }
    }
    return known;
}

void riscv_complete(uint32_t *frame, const struct riscv_access *done)
{
    if (!done->bus.write && done->target != 0u) {
        const uint32_t bits = 8u * done->bus.width;
        frame[done->target] = done->extended && bits < 32u
                                  ? sign_extend(done->bus.value, bits)
                                  : done->bus.value;
    }
    frame[0] += done->length;
}
