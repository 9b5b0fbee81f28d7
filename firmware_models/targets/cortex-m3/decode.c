// Loads and stores of Thumb-2: one register, immediate and register offsets,
// write-back. SPDX-License-Identifier: Apache-2.0
#include "decode.h"

#define NO_BASE 16u
#define XPSR_ALIGNED (1u << 9) // a word of padding lies above the frame

uint32_t *thumb_register(const struct machine_frame *frame, uint32_t number)
{
    if (number < 4u) {
        return &frame->stacked[number];
    }
    if (number < 12u) {
        return &frame->saved[number - 4u];
    }
    if (number == 12u) {
        return &frame->stacked[4];
    }
    return number == 14u ? &frame->stacked[FRAME_LR] : 0;
}

static uint32_t value_of(const struct machine_frame *frame, uint32_t number)
{
    const uint32_t *at = thumb_register(frame, number);
    if (at != 0) {
        return *at;
    }
    const uint32_t padding =
        (frame->stacked[FRAME_XPSR] & XPSR_ALIGNED) != 0u ? 4u : 0u;
    return (uint32_t)(uintptr_t)(frame->stacked + 8) + padding; // the stack pointer
}

// 0101 ooo Rm Rn Rt: by the operation, width, direction and sign.
static void decode_register(const struct machine_frame *frame, uint32_t code,
                            struct thumb_access *found)
{
    static const uint8_t widths[8] = {4, 2, 1, 1, 4, 2, 1, 2};
    const uint32_t operation = code >> 9u & 7u;
    found->bus.width = widths[operation];
    found->bus.write = operation < 3u;
    found->extended = operation == 3u || operation == 7u;
    found->bus.address =
        value_of(frame, code >> 3u & 7u) + value_of(frame, code >> 6u & 7u);
    found->target = code & 7u;
}

static bool decode_short(const struct machine_frame *frame, uint32_t code,
                         struct thumb_access *found)
{
    const uint32_t kind = code >> 12u;
    found->length = 2;
    if (kind == 5u) {
        decode_register(frame, code, found);
        return true;
    }
    if (kind < 6u || kind > 8u) {
        return false;
    }
    // 0110 words, 0111 bytes, 1000 halfwords
    found->bus.width = kind == 8u ? 2u : (kind == 7u ? 1u : 4u);
    found->bus.write = (code >> 11u & 1u) == 0u;
    found->bus.address =
        value_of(frame, code >> 3u & 7u) + (code >> 6u & 31u) * found->bus.width;
    found->target = code & 7u;
    return true;
}

// 1111100s ussl Rn, then Rt and an immediate, or a register and its shift.
static bool decode_long(const struct machine_frame *frame, uint32_t first,
                        uint32_t second, struct thumb_access *found)
{
    const uint32_t size = first >> 5u & 3u;
    const uint32_t base = first & 15u;
    if (first >> 9u != 0x7Cu || size == 3u || base == 15u) {
        return false;
    }
    found->length = 4;
    found->extended = (first >> 8u & 1u) != 0u;
    found->bus.width = 1u << size;
    found->bus.write = (first >> 4u & 1u) == 0u;
    found->target = second >> 12u;
    uint32_t address = value_of(frame, base);
    if ((first >> 7u & 1u) != 0u) {
        address += second & 0xFFFu;
    } else if ((second >> 11u & 1u) != 0u) {
        const uint32_t offset = second & 0xFFu;
        const uint32_t moved =
            (second >> 9u & 1u) != 0u ? address + offset : address - offset;
        address = (second >> 10u & 1u) != 0u ? moved : address;
        if ((second >> 8u & 1u) != 0u) {
            found->base = base;
            found->moved = moved;
        }
    } else if ((second >> 6u & 31u) == 0u) {
        address += value_of(frame, second & 15u) << (second >> 4u & 3u);
    } else {
        return false;
    }
    found->bus.address = address;
    return found->target < 13u || found->target == 14u;
}

bool thumb_decode(const struct machine_frame *frame, struct thumb_access *found)
{
    const uint16_t *code =
        (const uint16_t *)(uintptr_t)(frame->stacked[FRAME_PC] & ~1u);
    *found = (struct thumb_access){.base = NO_BASE};
    const bool wide = code[0] >> 11u >= 0x1Du;
    const bool known = wide ? decode_long(frame, code[0], code[1], found)
                            : decode_short(frame, code[0], found);
    if (known && found->bus.write) {
        found->bus.value = value_of(frame, found->target);
        if (found->bus.width < 4u) {
            found->bus.value &= (1u << 8u * found->bus.width) - 1u;
        }
    }
    return known;
}

// An instruction of an IT block leaves the next one's condition behind.
void thumb_skip(const struct machine_frame *frame, uint32_t length)
{
    uint32_t *xpsr = &frame->stacked[FRAME_XPSR];
    frame->stacked[FRAME_PC] += length;
    uint32_t state = (*xpsr >> 8u & 0xFCu) | (*xpsr >> 25u & 3u);
    if (state != 0u) {
        state = (state & 7u) == 0u ? 0u : (state & 0xE0u) | (state << 1u & 0x1Fu);
        *xpsr &= ~0x0600FC00u;
        *xpsr |= (state & 0xFCu) << 8u | (state & 3u) << 25u;
    }
}

void thumb_complete(const struct machine_frame *frame, const struct thumb_access *done)
{
    if (done->base != NO_BASE && thumb_register(frame, done->base) != 0) {
        *thumb_register(frame, done->base) = done->moved;
    }
    if (!done->bus.write && thumb_register(frame, done->target) != 0) {
        uint32_t value = done->bus.value;
        if (done->extended) {
            const uint32_t unused = 32u - 8u * done->bus.width;
            value = (uint32_t)((int32_t)(value << unused) >> unused);
        }
        *thumb_register(frame, done->target) = value;
    }
    thumb_skip(frame, done->length);
}
