// Snapshot, restore, signature (SPEC 13): one walk over the state, four uses of it.
// SPDX-License-Identifier: Apache-2.0
#include "array.h"
#include "cell.h"
#include "fixed.h"
#include "hash.h"
#include "line.h"

#define HEADER_BYTES 32u // magic, two versions, digest, payload length
#define FOOTER_BYTES 8u  // checksum

static const uint8_t MAGIC[8] = {'E', 'D', 'G', 'E', 'F', 'E', 'R', 'R'};

// What the walk does with each value it meets.
enum use { MEASURE, HASH, WRITE, LOAD };

struct walk {
    enum use use;
    uint8_t *out;               // WRITE
    const uint8_t *in;          // LOAD
    const struct ef_chip *chip; // LOAD: where the walk goes,
    struct ef_chip *target;     // and the same chip to store in; null: only looks
    uint64_t size;              // bytes met so far
    uint64_t hash;              // HASH
};

static uint64_t read_value(const uint8_t *bytes, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++) {
        value |= (uint64_t)bytes[i] << (8u * i);
    }
    return value;
}

static void write_value(uint8_t *bytes, uint64_t value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8u * i));
    }
}

// One value of 1, 2, 4 or 8 bytes; returns what it is afterwards.
static uint64_t visit(struct walk *walk, uint64_t value, uint32_t size)
{
    switch (walk->use) {
    case HASH:
        walk->hash = ef_hash_value(walk->hash, value, size);
        break;
    case WRITE:
        write_value(walk->out + walk->size, value, size);
        break;
    case LOAD:
        value = read_value(walk->in + walk->size, size);
        break;
    case MEASURE:
        break;
    }
    walk->size += size;
    return value;
}

// Where to store what is loaded over a value of the chip; null for walks that only
// look: the chip is const to them, and they leave its memory untouched.
static void *place_of(const struct walk *walk, const void *value)
{
    if (walk->target == NULL) {
        return NULL;
    }
    return (uint8_t *)walk->target +
           ((const uint8_t *)value - (const uint8_t *)walk->chip);
}

static void visit_u8(struct walk *walk, const uint8_t *value)
{
    uint8_t *const place = (uint8_t *)place_of(walk, value);
    const uint8_t found = (uint8_t)visit(walk, *value, 1);
    if (place != NULL) {
        *place = found;
    }
}

static void visit_8(struct walk *walk, const void *values, uint64_t count)
{
    const uint8_t *const from = (const uint8_t *)values;
    for (uint64_t i = 0; i < count; i++) {
        visit_u8(walk, from + i);
    }
}

// Signed values are visited as the unsigned ones of their width.
static void visit_16(struct walk *walk, const void *values, uint64_t count)
{
    const uint16_t *const from = (const uint16_t *)values;
    uint16_t *const place = (uint16_t *)place_of(walk, values);
    for (uint64_t i = 0; i < count; i++) {
        const uint16_t found = (uint16_t)visit(walk, from[i], 2);
        if (place != NULL) {
            place[i] = found;
        }
    }
}

static void visit_32(struct walk *walk, const void *values, uint64_t count)
{
    const uint32_t *const from = (const uint32_t *)values;
    uint32_t *const place = (uint32_t *)place_of(walk, values);
    for (uint64_t i = 0; i < count; i++) {
        const uint32_t found = (uint32_t)visit(walk, from[i], 4);
        if (place != NULL) {
            place[i] = found;
        }
    }
}

static void visit_64(struct walk *walk, const void *values, uint64_t count)
{
    const uint64_t *const from = (const uint64_t *)values;
    uint64_t *const place = (uint64_t *)place_of(walk, values);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t found = visit(walk, from[i], 8);
        if (place != NULL) {
            place[i] = found;
        }
    }
}

static void visit_tally(struct walk *walk, const struct ef_tally *tally)
{
    visit_64(walk, &tally->inferences, 1);
    visit_64(walk, &tally->updates, 1);
    for (uint32_t p = 0; p < EF_PHASE_COUNT; p++) {
        visit_64(walk, tally->events[p], EF_EVENT_COUNT);
    }
    for (uint32_t p = 0; p < EF_PHASE_COUNT; p++) {
        for (uint32_t k = 0; k < EF_CLASSES_MAX; k++) {
            for (uint32_t polarity = 0; polarity < 2u; polarity++) {
                const struct ef_pulse_tally *pulses = &tally->pulses[p][k][polarity];
                visit_64(walk, &pulses->pulses, 1);
                visit_64(walk, &pulses->conduction, 1);
                visit_64(walk, &pulses->switched, 1);
            }
        }
    }
    for (uint32_t p = 0; p < EF_PHASE_COUNT; p++) {
        const struct ef_account *a = &tally->account[p];
        const uint64_t *const fields[] = {&a->requested, &a->issued,  &a->deferred,
                                          &a->dropped,   &a->applied, &a->saturated};
        for (uint32_t i = 0; i < 6u; i++) {
            visit_64(walk, fields[i], 1);
        }
    }
}

static void visit_counters(struct walk *walk, const struct ef_layer *layer)
{
    visit_u8(walk, &layer->rate_mantissa);
    visit_u8(walk, &layer->rate_shift);
    visit_16(walk, &layer->transfer_count, 1);
    visit_32(walk, &layer->exponent, 1);
    visit_64(walk, &layer->forward_reads, 1);
    visit_64(walk, &layer->backward_reads, 1);
    visit_64(walk, &layer->verify_reads, 1);
    visit_64(walk, &layer->gradient.requested, 1);
    visit_64(walk, &layer->gradient.issued, 1);
    visit_64(walk, &layer->gradient.lost, 1);
    for (uint32_t i = 0; i < EF_SITE_COUNT; i++) {
        visit_64(walk, &layer->sites[i].saturated, 1);
        visit_64(walk, &layer->sites[i].underflowed, 1);
        visit_64(walk, &layer->sites[i].peak, 1);
    }
}

// A matrix of the layer without the padding of its rows.
static void visit_matrix(struct walk *walk, const struct ef_layer *layer,
                         const void *matrix, uint32_t size)
{
    for (uint32_t r = 0; r < layer->rows; r++) {
        const uint8_t *row =
            (const uint8_t *)matrix + (uint64_t)r * layer->stride * size;
        if (size == 4u) {
            visit_32(walk, row, layer->columns);
        } else {
            visit_16(walk, row, layer->columns);
        }
    }
}

static void visit_cells(struct walk *walk, const struct ef_chip *chip,
                        const struct ef_layer *layer)
{
    for (uint32_t p = 0; p < chip->plane_count; p++) {
        visit_matrix(walk, layer, ef_see(chip, layer->planes[p].state), 4);
        visit_matrix(walk, layer, ef_see(chip, layer->planes[p].wear), 4);
    }
    if (layer->rule == EF_RULE_MIXED_PRECISION) {
        visit_matrix(walk, layer, ef_see(chip, layer->chi), 4);
    }
    if (chip->settings.reference == EF_REFERENCE_STORED) {
        visit_matrix(walk, layer, ef_see(chip, layer->stored), 2);
    } else if (chip->settings.reference == EF_REFERENCE_OFFSET) {
        visit_16(walk, ef_see(chip, layer->stored), layer->columns);
    }
}

static uint64_t trim_bytes(const struct ef_layer *layer)
{
    return EF_TRIM_BYTES * ((uint64_t)layer->rows + layer->inputs);
}

// Every value that is state, in the payload's order (SPEC 13.2).
static struct walk walk_state(const struct ef_chip *chip, struct walk walk)
{
    visit_64(&walk, &chip->cycle, 1);
    visit_32(&walk, &chip->round_lfsr, 1);
    visit_32(&walk, &chip->rests, 1);
    visit_tally(&walk, &chip->tally);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        const struct ef_layer *layer = &chip->layers[l];
        visit_counters(&walk, layer);
        visit_16(&walk, ef_see(chip, layer->input), layer->columns);
        visit_16(&walk, ef_see(chip, layer->code), layer->rows);
        visit_16(&walk, ef_see(chip, layer->error), layer->rows);
        visit_32(&walk, ef_see(chip, layer->row_lfsr), layer->row_groups);
        visit_32(&walk, ef_see(chip, layer->column_lfsr), layer->column_groups);
        visit_cells(&walk, chip, layer);
        if (ef_has_trim(&chip->settings)) {
            visit_8(&walk, ef_see(chip, layer->trims), trim_bytes(layer));
        }
    }
    return walk;
}

static uint64_t payload_size(const struct ef_chip *chip)
{
    return walk_state(chip, (struct walk){.use = MEASURE}).size;
}

uint64_t ef_snapshot_size(const struct ef_chip *chip)
{
    return chip == NULL ? 0u : HEADER_BYTES + payload_size(chip) + FOOTER_BYTES;
}

uint64_t ef_signature(const struct ef_chip *chip)
{
    if (chip == NULL) {
        return 0;
    }
    const uint64_t start = ef_hash_value(EF_HASH_START, chip->digest, 8);
    return walk_state(chip, (struct walk){.use = HASH, .hash = start}).hash;
}

int ef_snapshot(const struct ef_chip *chip, uint8_t *bytes, uint64_t size)
{
    if (chip == NULL || bytes == NULL) {
        return EF_ERROR_NULL;
    }
    const uint64_t payload = payload_size(chip);
    if (size != HEADER_BYTES + payload + FOOTER_BYTES) {
        return EF_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < 8u; i++) {
        bytes[i] = MAGIC[i];
    }
    write_value(bytes + 8, EF_SNAPSHOT_VERSION, 4);
    write_value(bytes + 12, EF_SPEC_VERSION, 4);
    write_value(bytes + 16, chip->digest, 8);
    write_value(bytes + 24, payload, 8);
    (void)walk_state(chip, (struct walk){.use = WRITE, .out = bytes + HEADER_BYTES});
    const uint64_t sum = ef_hash_bytes(EF_HASH_START, bytes, HEADER_BYTES + payload);
    write_value(bytes + HEADER_BYTES + payload, sum, 8);
    return EF_OK;
}

static int check_frame(const struct ef_chip *chip, const uint8_t *bytes, uint64_t size)
{
    if (size < HEADER_BYTES + FOOTER_BYTES) {
        return EF_ERROR_SNAPSHOT;
    }
    for (uint32_t i = 0; i < 8u; i++) {
        if (bytes[i] != MAGIC[i]) {
            return EF_ERROR_SNAPSHOT;
        }
    }
    if (read_value(bytes + 8, 4) != EF_SNAPSHOT_VERSION ||
        read_value(bytes + 12, 4) != EF_SPEC_VERSION) {
        return EF_ERROR_VERSION;
    }
    if (read_value(bytes + 16, 8) != chip->digest) {
        return EF_ERROR_CHIP;
    }
    const uint64_t payload = payload_size(chip);
    if (read_value(bytes + 24, 8) != payload ||
        size != HEADER_BYTES + payload + FOOTER_BYTES) {
        return EF_ERROR_SNAPSHOT;
    }
    const uint64_t sum = ef_hash_bytes(EF_HASH_START, bytes, HEADER_BYTES + payload);
    return sum == read_value(bytes + HEADER_BYTES + payload, 8) ? EF_OK
                                                                : EF_ERROR_SNAPSHOT;
}

// Whether a run of 32-bit registers in the payload holds no zero.
static bool all_running(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (read_value(bytes + 4u * (uint64_t)i, 4) == 0u) {
            return false;
        }
    }
    return true;
}

// Whether the signed sums of the gradient account leave room to count on.
static bool sums_inside(const uint8_t *bytes)
{
    for (uint32_t i = 0; i < 3u; i++) {
        const int64_t sum = (int64_t)read_value(bytes + 8u * i, 8);
        if (sum < -EF_WIDE_MAX || sum > EF_WIDE_MAX) {
            return false;
        }
    }
    return true;
}

static bool states_inside(const struct ef_chip *chip, const struct ef_layer *layer,
                          const struct ef_plane_map *map, const uint8_t *bytes)
{
    const int8_t *spreads = ef_see(chip, map->spread);
    for (uint32_t r = 0; r < layer->rows; r++) {
        for (uint32_t c = 0; c < layer->columns; c++) {
            const uint64_t at = (uint64_t)r * layer->stride + c;
            const struct ef_bounds bounds =
                ef_cell_bounds(chip, spreads + at * EF_SPREAD_BYTES);
            const int32_t state = (int32_t)read_value(bytes, 4);
            if (state < bounds.low || state > bounds.high) {
                return false;
            }
            bytes += 4;
        }
    }
    return true;
}

static bool chi_inside(const struct ef_chip *chip, const uint8_t *bytes, uint64_t cells)
{
    const struct ef_range range =
        ef_signed_range(chip->settings.sites[EF_SITE_ACCUMULATOR].bits);
    for (uint64_t i = 0; i < cells; i++) {
        if (!ef_inside((int32_t)read_value(bytes + 4u * i, 4), range)) {
            return false;
        }
    }
    return true;
}

static bool trims_inside(const uint8_t *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if ((int8_t)bytes[i] == INT8_MIN) {
            return false;
        }
    }
    return true;
}

// Bytes of the payload before the first layer, and of a layer before its input codes.
#define CHIP_BYTES (8u + 4u + 4u + sizeof(struct ef_tally))
#define COUNTER_BYTES (4u + 4u + 3u * 8u + 3u * 8u + EF_SITE_COUNT * 3u * 8u)
#define GRADIENT_OFFSET (4u + 4u + 3u * 8u) // of a layer's gradient account

// One layer's part of the payload: its registers, then its cells. Returns its length,
// or 0 where a value is out of range (SPEC 13.4).
static uint64_t check_layer(const struct ef_chip *chip, const struct ef_layer *layer,
                            const uint8_t *bytes)
{
    const uint64_t cells = (uint64_t)layer->rows * layer->columns;
    const uint32_t lfsrs = layer->row_groups + layer->column_groups;
    uint64_t at = COUNTER_BYTES + 2u * (layer->columns + 2u * (uint64_t)layer->rows);
    if (bytes[0] == 0u || bytes[1] > 62u || !sums_inside(bytes + GRADIENT_OFFSET) ||
        !all_running(bytes + at, lfsrs)) {
        return 0;
    }
    at += 4u * (uint64_t)lfsrs;
    for (uint32_t p = 0; p < chip->plane_count; p++) {
        if (!states_inside(chip, layer, &layer->planes[p], bytes + at)) {
            return 0;
        }
        at += 8u * cells; // states and wear
    }
    if (layer->rule == EF_RULE_MIXED_PRECISION) {
        if (!chi_inside(chip, bytes + at, cells)) {
            return 0;
        }
        at += 4u * cells;
    }
    if (chip->settings.reference == EF_REFERENCE_STORED) {
        at += 2u * cells;
    }
    if (chip->settings.reference == EF_REFERENCE_OFFSET) {
        at += 2u * layer->columns;
    }
    if (ef_has_trim(&chip->settings)) {
        if (!trims_inside(bytes + at, trim_bytes(layer))) {
            return 0;
        }
        at += trim_bytes(layer);
    }
    return at;
}

static int check_payload(const struct ef_chip *chip, const uint8_t *payload)
{
    if (!all_running(payload + 8, 1)) {
        return EF_ERROR_SNAPSHOT;
    }
    uint64_t at = CHIP_BYTES;
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        const uint64_t length = check_layer(chip, &chip->layers[l], payload + at);
        if (length == 0u) {
            return EF_ERROR_SNAPSHOT;
        }
        at += length;
    }
    return EF_OK;
}

int ef_restore(struct ef_chip *chip, const uint8_t *bytes, uint64_t size)
{
    if (chip == NULL || bytes == NULL) {
        return EF_ERROR_NULL;
    }
    int status = check_frame(chip, bytes, size);
    if (status == EF_OK) {
        status = check_payload(chip, bytes + HEADER_BYTES);
    }
    if (status != EF_OK) {
        return status;
    }
    (void)walk_state(chip, (struct walk){.use = LOAD,
                                         .in = bytes + HEADER_BYTES,
                                         .chip = chip,
                                         .target = chip});
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        ef_array_refresh(chip, &chip->layers[l]);
        ef_refresh_converters(chip, &chip->layers[l]);
    }
    return EF_OK;
}
