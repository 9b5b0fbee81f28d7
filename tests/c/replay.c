// Replays a file of vectors (SPEC 22) line by line: the configuration register by
// register, the steps, and what the chip must say after them.
// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "check.h"
#include "settings.h"

static char line[1 << 18];
static int64_t numbers[1 << 14];
static uint32_t count;
static uint32_t memory[1 << 18], used; // tables of the configuration at hand
static struct ef_config config;
static struct ef_chip *chip;
static _Alignas(EF_ALIGNMENT) uint8_t block[1 << 22];
static int64_t predicted, missed;
static uint32_t ends; // of the last trim

// Puts the numbers into some items of 1, 2, 4 or 8 bytes; the last one is repeated.
static void store(void *at, uint32_t size, uint32_t items)
{
    for (uint32_t i = 0; i < items; i++) {
        const uint64_t value = (uint64_t)numbers[i < count ? i : count - 1u];
        switch (size) {
        case 1:
            ((uint8_t *)at)[i] = (uint8_t)value;
            break;
        case 2:
            ((uint16_t *)at)[i] = (uint16_t)value;
            break;
        case 4:
            ((uint32_t *)at)[i] = (uint32_t)value;
            break;
        default:
            ((uint64_t *)at)[i] = value;
            break;
        }
    }
}

static void set(char *name)
{
    struct ef_layer_config *layer = &config.layers[0];
    const struct ef_rows *rows = &ef_chip_rows;
    if (strncmp(name, "layers[", 7) == 0) {
        layer = &config.layers[strtoul(name + 7, &name, 10)];
        name += 2; // "]."
        rows = &ef_layer_rows;
    }
    void *record = rows == &ef_layer_rows ? (void *)layer : (void *)&config.settings;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct ef_setting *row = &rows->at[i];
        const char *dot = strchr(row->name, '.');
        if (strcmp(dot != NULL ? dot + 1 : row->name, name) == 0) {
            store((uint8_t *)record + row->offset, row->size, row->count);
            return;
        }
    }
    const bool knots = strcmp(name, "knots") == 0, slope = strcmp(name, "slope") == 0;
    const bool curve = slope || strcmp(name, "activation") == 0;
    const bool inl = strcmp(name, "adc_inl") == 0;
    const uint32_t items = knots   ? config.settings.class_count * 2u * EF_KNOTS
                           : curve ? ef_table_entries(&config)
                           : inl   ? EF_KNOTS
                                   : EF_EXP_ENTRIES;
    void *table = memory + used;
    if (strcmp(name, "seed") == 0) {
        store(&config.seed, 8, 1);
    } else if (knots) {
        config.knots = table;
    } else if (curve) {
        *(slope ? &layer->slope : &layer->activation) = table;
    } else if (inl) {
        config.adc_inl = table;
    } else {
        CHECK_EQUAL(name, 0, strcmp(name, "exp_table"));
        config.exp_table = table;
    }
    store(table, knots ? 4 : 2, items);
    used += items;
}

// Does a step; the line's numbers follow the places that a command names first.
static int step(const char *verb)
{
    static int16_t codes[EF_LINES_MAX];
    struct ef_fault fault;
    const uint32_t n[4] = {(uint32_t)numbers[0], (uint32_t)numbers[1],
                           (uint32_t)numbers[2], (uint32_t)numbers[3]};
    const uint32_t places = strcmp(verb, "learn") == 0 ? 1 : 3;
    for (uint32_t i = places; i < count; i++) {
        codes[i - places] = (int16_t)numbers[i];
    }
    if (strcmp(verb, "up") == 0) {
        return ef_init(&chip, block, sizeof block, &fault, &config);
    }
    if (strcmp(verb, "trim") == 0) {
        return ef_trim(chip, &ends, n[0], n[1], n[2], n[3]);
    }
    const int32_t label = (int32_t)n[0];
    int32_t found = 0;
    uint32_t left = 0;
    uint64_t done = 0;
    const int status =
        places == 1u ? ef_learn(chip, &done, &found, NULL, codes, &label, 1)
                     : ef_program_column(chip, &left, NULL, n[0], n[1], n[2], codes);
    predicted = found;
    missed = left;
    return status;
}

// The i-th value of what the chip says.
static int64_t say(const char *what, uint32_t i)
{
    uint64_t size = 0;
    const uint32_t last = config.settings.layer_count - 1u;
    const int16_t *codes = ef_peek(chip, &size, last, 0, EF_VIEW_CODE);
    return strcmp(what, "signature") == 0 ? (int64_t)ef_signature(chip)
           : strcmp(what, "digest") == 0  ? (int64_t)ef_config_digest(&config)
           : strcmp(what, "codes") == 0   ? codes[i]
           : strcmp(what, "missed") == 0  ? missed
           : strcmp(what, "ends") == 0    ? ends
                                          : predicted;
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argc > 1 ? argv[1] : "learning.txt", "r");
    uint32_t held = 0;
    CHECK_EQUAL("a file of vectors", 1, file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        const char *verb = strtok(line, " \n");
        if (verb == NULL || *verb == '#') {
            continue;
        }
        const bool expect = strcmp(verb, "expect") == 0;
        const bool sets = strcmp(verb, "set") == 0;
        char *name = expect || sets ? strtok(NULL, " \n") : "";
        const int base =
            strcmp(name, "signature") == 0 || strcmp(name, "digest") == 0 ? 16 : 10;
        count = 0;
        for (char *word; (word = strtok(NULL, " \n")) != NULL; count++) {
            const uint64_t size = strtoull(word + (*word == '-'), NULL, base);
            numbers[count] = (int64_t)(*word == '-' ? 0u - size : size);
        }
        if (strcmp(verb, "spec") == 0) {
            CHECK_EQUAL("version of SPEC", EF_SPEC_VERSION, numbers[0]);
        } else if (strcmp(verb, "chip") == 0) {
            config = (struct ef_config){0};
            used = 0;
        } else if (sets) {
            set(name);
        } else if (!expect) {
            CHECK_EQUAL(verb, EF_OK, step(verb));
        }
        for (uint32_t i = 0; expect && i < count; i++, held++) {
            CHECK_EQUAL(name, numbers[i], say(name, i));
        }
    }
    (void)fclose(file);
    printf("replay: %u values are as expected\n", held);
    return held > 0u ? 0 : 1;
}
