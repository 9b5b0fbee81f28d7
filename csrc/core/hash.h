// FNV-1a, 64 bits, over explicit little-endian bytes: the same on every machine.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_HASH_H
#define EF_HASH_H

#include <stdint.h>

#define EF_HASH_START 0xCBF29CE484222325u
#define EF_HASH_PRIME 0x00000100000001B3u

static inline uint64_t ef_hash_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * EF_HASH_PRIME;
}

static inline uint64_t ef_hash_bytes(uint64_t hash, const uint8_t *bytes, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        hash = ef_hash_byte(hash, bytes[i]);
    }
    return hash;
}

// The low `size` bytes of a value, lowest first.
static inline uint64_t ef_hash_value(uint64_t hash, uint64_t value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        hash = ef_hash_byte(hash, (uint8_t)(value >> (8u * i)));
    }
    return hash;
}

#endif
