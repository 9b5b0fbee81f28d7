// Saving and restoring a bus with its chip, byte by byte, the same on every machine
// (SPEC 20).
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"
#include "hash.h"

#define POINT_BYTES 40u
#define LAYER_BYTES 19u
#define CONFIG_BYTES (2u * (8u + 4u + EF_LAYERS_MAX * LAYER_BYTES)) // both
#define HEADER_BYTES 20u // magic, version, clock
#define JOB_SCALARS ((uint32_t)(offsetof(struct ef_job, sums) / 4u))
#define JOB_BYTES (4u * (JOB_SCALARS + EF_LINES_MAX) + 5u * EF_LINES_MAX)
#define HASH_BYTES 8u
#define DIGEST_AT 16u // in the chip's snapshot (SPEC 13)
#define BUS_MAGIC 0x53425F46455F4645u

// Fields that lie one after the other and are of one size.
struct part {
    size_t offset;
    uint32_t size;
    uint32_t count;
};

enum part_index {
    PART_TIMES, // now to steps
    PART_BASE,
    PART_VALUES,
    PART_ENTRIES, // the command under way, and those that wait
    PART_STATE,   // running_steps to harness_open
    PART_RESULTS,
    PART_FIFO,
    PART_CODES,
    PART_WINDOW,
    PART_COUNT
};

// Words from one field of a structure to another, both of 32 bits.
#define WORDS(type, first, last)                                                       \
    ((uint32_t)(offsetof(struct type, last) - offsetof(struct type, first)) / 4u)
#define ENTRY_WORDS ((uint32_t)sizeof(struct ef_bus_entry) / 4u)
#define VALUE_WORDS ((uint32_t)sizeof((struct ef_bus *)0)->values / 4u)
#define TALLY_WORDS ((uint32_t)(sizeof(struct ef_tally) / 8u))

static const struct part parts[PART_COUNT] = {
    [PART_TIMES] = {offsetof(struct ef_bus, now), 8,
                    WORDS(ef_bus, now, steps) / 2u + 1u},
    [PART_BASE] = {offsetof(struct ef_bus, base), 8, TALLY_WORDS},
    [PART_VALUES] = {offsetof(struct ef_bus, values), 4, VALUE_WORDS},
    [PART_ENTRIES] = {offsetof(struct ef_bus, running), 4,
                      ENTRY_WORDS * (1u + EF_BUS_QUEUE)},
    [PART_STATE] = {offsetof(struct ef_bus, running_steps), 4,
                    WORDS(ef_bus, running_steps, harness_open) + 1u},
    [PART_RESULTS] = {offsetof(struct ef_bus, results), 4, 2u * EF_BUS_RESULTS},
    [PART_FIFO] = {offsetof(struct ef_bus, fifo), 2, EF_BUS_FIFO},
    [PART_CODES] = {offsetof(struct ef_bus, codes), 2, EF_LINES_MAX},
    [PART_WINDOW] = {offsetof(struct ef_bus, window), 4, EF_LINES_MAX},
};

_Static_assert(WORDS(ef_bus, now, steps) == 18u, "a field among the times");
_Static_assert(WORDS(ef_bus, running, queue) == ENTRY_WORDS, "a gap in the entries");
_Static_assert(WORDS(ef_bus, running_steps, harness_open) == 15u,
               "a field among the state");
_Static_assert(sizeof(struct ef_bus_entry) == 28u, "an entry of another length");

static uint8_t *put(uint8_t *at, uint64_t value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> (8u * i));
    }
    return at + size;
}

static uint64_t get(const uint8_t **at, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++) {
        value |= (uint64_t)(*at)[i] << (8u * i);
    }
    *at += size;
    return value;
}

static uint64_t item(const void *from, uint32_t size, uint32_t index)
{
    switch (size) {
    case 2:
        return ((const uint16_t *)from)[index];
    case 4:
        return ((const uint32_t *)from)[index];
    default:
        return ((const uint64_t *)from)[index];
    }
}

static void set_item(void *to, uint32_t size, uint32_t index, uint64_t value)
{
    switch (size) {
    case 2:
        ((uint16_t *)to)[index] = (uint16_t)value;
        break;
    case 4:
        ((uint32_t *)to)[index] = (uint32_t)value;
        break;
    default:
        ((uint64_t *)to)[index] = value;
        break;
    }
}

static uint64_t bus_bytes(void)
{
    uint64_t size =
        HEADER_BYTES + EF_LINES_MAX * POINT_BYTES + CONFIG_BYTES + JOB_BYTES;
    for (size_t p = 0; p < PART_COUNT; p++) {
        size += (uint64_t)parts[p].size * parts[p].count;
    }
    return size;
}

uint64_t ef_bus_snapshot_size(const struct ef_bus *bus)
{
    return bus == NULL ? 0u : bus_bytes() + ef_snapshot_size(bus->chip) + HASH_BYTES;
}

static uint8_t *put_config(uint8_t *at, const struct ef_config *config)
{
    at = put(at, config->seed, 8);
    at = put(at, config->settings.program_tolerance, 1);
    at = put(at, config->settings.program_iterations, 1);
    at = put(at, config->settings.program_limit, 1);
    at = put(at, config->settings.program_reads, 1);
    for (uint32_t l = 0; l < EF_LAYERS_MAX; l++) {
        const struct ef_layer_config *layer = &config->layers[l];
        const uint8_t bytes[] = {
            layer->rule,          layer->pulse_class,     layer->program_class,
            layer->gain_mantissa, layer->gain_shift,      layer->back_mantissa,
            layer->back_shift,    layer->verify_mantissa, layer->verify_shift,
            layer->rate_mantissa, layer->rate_shift,
        };
        for (size_t i = 0; i < sizeof bytes; i++) {
            at = put(at, bytes[i], 1);
        }
        at = put(at, (uint16_t)layer->bias_code, 2);
        at = put(at, (uint16_t)layer->verify_code, 2);
        at = put(at, layer->threshold, 4);
    }
    return at;
}

static void get_config(const uint8_t **at, struct ef_config *config)
{
    config->seed = get(at, 8);
    config->settings.program_tolerance = (uint8_t)get(at, 1);
    config->settings.program_iterations = (uint8_t)get(at, 1);
    config->settings.program_limit = (uint8_t)get(at, 1);
    config->settings.program_reads = (uint8_t)get(at, 1);
    for (uint32_t l = 0; l < EF_LAYERS_MAX; l++) {
        struct ef_layer_config *layer = &config->layers[l];
        uint8_t *bytes[] = {
            &layer->rule,          &layer->pulse_class,     &layer->program_class,
            &layer->gain_mantissa, &layer->gain_shift,      &layer->back_mantissa,
            &layer->back_shift,    &layer->verify_mantissa, &layer->verify_shift,
            &layer->rate_mantissa, &layer->rate_shift,
        };
        for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
            *bytes[i] = (uint8_t)get(at, 1);
        }
        layer->bias_code = (int16_t)(uint16_t)get(at, 2);
        layer->verify_code = (int16_t)(uint16_t)get(at, 2);
        layer->threshold = (uint32_t)get(at, 4);
    }
}

static uint8_t *put_point(uint8_t *at, const struct ef_point *point)
{
    for (int i = 0; i < 4; i++) {
        at = put(at, (uint32_t)point->window[i], 4);
    }
    for (int i = 0; i < 4; i++) {
        at = put(at, (uint32_t)point->sums[i], 4);
    }
    at = put(at, (uint32_t)point->last, 4);
    at = put(at, point->quads, 2);
    at = put(at, point->windows, 1);
    return put(at, point->verdict, 1);
}

static void get_point(const uint8_t **at, struct ef_point *point)
{
    for (int i = 0; i < 4; i++) {
        point->window[i] = (int32_t)(uint32_t)get(at, 4);
    }
    for (int i = 0; i < 4; i++) {
        point->sums[i] = (int32_t)(uint32_t)get(at, 4);
    }
    point->last = (int32_t)(uint32_t)get(at, 4);
    point->quads = (uint16_t)get(at, 2);
    point->windows = (uint8_t)get(at, 1);
    point->verdict = (uint8_t)get(at, 1);
}

static uint8_t *put_job(uint8_t *at, const struct ef_job *job)
{
    for (uint32_t i = 0; i < JOB_SCALARS; i++) {
        at = put(at, item(job, 4, i), 4);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        at = put(at, (uint32_t)job->sums[i], 4);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        at = put(at, (uint16_t)job->codes[i], 2);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        at = put(at, (uint16_t)job->targets[i], 2);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        at = put(at, job->pending[i], 1);
    }
    return at;
}

static void get_job(const uint8_t **at, struct ef_job *job)
{
    for (uint32_t i = 0; i < JOB_SCALARS; i++) {
        set_item(job, 4, i, get(at, 4));
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        job->sums[i] = (int32_t)(uint32_t)get(at, 4);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        job->codes[i] = (int16_t)(uint16_t)get(at, 2);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        job->targets[i] = (int16_t)(uint16_t)get(at, 2);
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        job->pending[i] = (uint8_t)get(at, 1);
    }
}

int ef_bus_snapshot(const struct ef_bus *bus, uint8_t *bytes, uint64_t size)
{
    if (bus == NULL || bytes == NULL) {
        return EF_ERROR_NULL;
    }
    if (size < ef_bus_snapshot_size(bus)) {
        return EF_ERROR_MEMORY;
    }
    uint8_t *at = put(bytes, BUS_MAGIC, 8);
    at = put(at, EF_BUS_SNAPSHOT_VERSION, 4);
    at = put(at, bus->clock_hz, 8);
    at = put_config(at, &bus->applied);
    at = put_config(at, &bus->config);
    for (size_t p = 0; p < PART_COUNT; p++) {
        const void *from = (const uint8_t *)bus + parts[p].offset;
        for (uint32_t i = 0; i < parts[p].count; i++) {
            at = put(at, item(from, parts[p].size, i), parts[p].size);
        }
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        at = put_point(at, &bus->points[i]);
    }
    at = put_job(at, &bus->job);
    const int status = ef_snapshot(bus->chip, at, ef_snapshot_size(bus->chip));
    at += ef_snapshot_size(bus->chip);
    (void)put(at, ef_hash_bytes(EF_HASH_START, bytes, (uint64_t)(at - bytes)), 8);
    return status;
}

// A word of a part of 32-bit words.
static uint32_t word_at(const uint8_t *bytes, enum part_index part, uint32_t index)
{
    const uint8_t *at = bytes + HEADER_BYTES + CONFIG_BYTES;
    for (uint32_t p = 0; p < (uint32_t)part; p++) {
        at += (uint64_t)parts[p].size * parts[p].count;
    }
    at += 4u * index;
    return (uint32_t)get(&at, 4);
}

static uint32_t state_at(const uint8_t *bytes, uint32_t word)
{
    return word_at(bytes, PART_STATE, word);
}

#define STATE(bytes, field) state_at(bytes, WORDS(ef_bus, running_steps, field))

// A command, under way or waiting, that could have been accepted.
static bool entry_fits(const struct ef_config *config, const uint8_t *bytes,
                       uint32_t index, uint32_t *codes)
{
    uint32_t word[ENTRY_WORDS];
    for (uint32_t i = 0; i < ENTRY_WORDS; i++) {
        word[i] = word_at(bytes, PART_ENTRIES, index * ENTRY_WORDS + i);
    }
    const struct ef_bus_entry entry = {word[0], word[1], word[2], word[3],
                                       word[4], word[5], word[6]};
    if (entry.layer >= config->settings.layer_count) {
        return false;
    }
    const struct ef_layer_config *layer = &config->layers[entry.layer];
    *codes += entry.codes;
    return ef_bus_is_opcode(entry.opcode) && entry.plane < EF_PLANE_COUNT &&
           entry.label < EF_LINES_MAX && entry.column < ef_bus_columns(layer) &&
           entry.codes == ef_bus_codes_of(config, entry.opcode, entry.layer);
}

static bool entries_fit(const struct ef_config *config, const uint8_t *bytes)
{
    const uint32_t queued = STATE(bytes, queued);
    uint32_t codes = 0;
    uint32_t taken = 0;
    bool fits = queued <= EF_BUS_QUEUE && STATE(bytes, fifo_level) <= EF_BUS_FIFO;
    if (fits && word_at(bytes, PART_ENTRIES, 0) != 0u) {
        fits = entry_fits(config, bytes, 0, &taken);
    }
    for (uint32_t i = 0; fits && i < queued; i++) {
        fits = entry_fits(config, bytes, 1u + i, &codes);
    }
    return fits && codes <= STATE(bytes, fifo_level);
}

static bool points_fit(const uint8_t *bytes)
{
    const uint8_t *at = bytes + bus_bytes() - JOB_BYTES - EF_LINES_MAX * POINT_BYTES;
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        struct ef_point point;
        get_point(&at, &point);
        if (ef_point_check(&point) != EF_OK) {
            return false;
        }
    }
    return true;
}

// Whether what is restored could have come about: nothing may point outside later.
static bool plausible(const struct ef_config *config, const uint8_t *bytes)
{
    const uint32_t layers = config->settings.layer_count;
    bool fits = entries_fit(config, bytes) && points_fit(bytes) &&
                STATE(bytes, over) <= 1u && STATE(bytes, running_refused) <= 1u &&
                STATE(bytes, stopping) <= EF_CAUSE_RESET &&
                STATE(bytes, result_count) <= EF_BUS_RESULTS &&
                STATE(bytes, leaves) <= EF_LINES_MAX &&
                STATE(bytes, crc_column) <= EF_LINES_MAX;
    for (uint32_t i = 0; fits && i < EF_REGISTER_COUNT; i++) {
        const uint32_t bits = ef_bus_map[i].read | ef_bus_map[i].write;
        fits = (word_at(bytes, PART_VALUES, i) & ~bits) == 0u;
    }
    return fits && word_at(bytes, PART_VALUES, EF_INDEX_LAYER) < layers &&
           word_at(bytes, PART_VALUES, EF_INDEX_OUTPUT_SELECT) < EF_LINES_MAX &&
           word_at(bytes, PART_VALUES, EF_INDEX_ROW) <= EF_LINES_MAX;
}

// Head and descriptors of a snapshot.
struct told {
    struct ef_config applied;
    struct ef_config pending;
};

static int read_head(struct told *told, const struct ef_bus *bus, const uint8_t *bytes,
                     uint64_t size)
{
    if (size < bus_bytes() + HASH_BYTES) {
        return EF_ERROR_SNAPSHOT;
    }
    const uint8_t *at = bytes + size - HASH_BYTES;
    if (get(&at, 8) != ef_hash_bytes(EF_HASH_START, bytes, size - HASH_BYTES)) {
        return EF_ERROR_SNAPSHOT;
    }
    at = bytes;
    if (get(&at, 8) != BUS_MAGIC) {
        return EF_ERROR_SNAPSHOT;
    }
    if (get(&at, 4) != EF_BUS_SNAPSHOT_VERSION) {
        return EF_ERROR_VERSION;
    }
    if (get(&at, 8) != bus->clock_hz) {
        return EF_ERROR_CHIP;
    }
    told->applied = bus->applied;
    told->pending = bus->config;
    get_config(&at, &told->applied);
    get_config(&at, &told->pending);
    return EF_OK;
}

// Whether the silicon takes these descriptors and, under them, the job; nothing is
// changed.
static bool chip_takes(const struct ef_bus *bus, const struct ef_config *config,
                       const struct ef_job *job)
{
    struct ef_fault fault = {0};
    struct ef_config told = *config;
    told.seed = bus->applied.seed;
    return ef_job_check_told(bus->chip, &fault, &told, job) == EF_OK;
}

static void take(struct ef_bus *bus, const uint8_t *at, const struct told *told)
{
    bus->applied = told->applied;
    bus->config = told->pending;
    for (size_t p = 0; p < PART_COUNT; p++) {
        void *to = (uint8_t *)bus + parts[p].offset;
        for (uint32_t i = 0; i < parts[p].count; i++) {
            set_item(to, parts[p].size, i, get(&at, parts[p].size));
        }
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        get_point(&at, &bus->points[i]);
    }
    get_job(&at, &bus->job);
}

int ef_bus_restore(struct ef_bus *bus, const uint8_t *bytes, uint64_t size)
{
    struct told told;
    struct ef_job job;
    if (bus == NULL || bytes == NULL) {
        return EF_ERROR_NULL;
    }
    int status = read_head(&told, bus, bytes, size);
    if (status != EF_OK) {
        return status;
    }
    const uint64_t ahead = bus_bytes();
    const uint8_t *at = bytes + ahead - JOB_BYTES;
    get_job(&at, &job);
    if (!plausible(&told.applied, bytes) || !chip_takes(bus, &told.applied, &job)) {
        return EF_ERROR_SNAPSHOT;
    }
    // The chip's own check comes first; a chip of another configuration is given up
    // only for a snapshot that says it is of the one that is restored.
    status = ef_restore(bus->chip, bytes + ahead, size - ahead - HASH_BYTES);
    at = bytes + ahead + DIGEST_AT;
    if (status == EF_ERROR_CHIP && get(&at, 8) == ef_config_digest(&told.applied)) {
        status = ef_bus_make(bus, &told.applied);
        if (status == EF_OK) {
            status = ef_restore(bus->chip, bytes + ahead, size - ahead - HASH_BYTES);
        }
        if (status != EF_OK) { // values that no chip holds, under good checksums
            (void)ef_bus_make(bus, &bus->applied);
        }
    }
    if (status == EF_OK) {
        take(bus, bytes + HEADER_BYTES + CONFIG_BYTES, &told);
    }
    return status;
}
