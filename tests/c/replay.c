// Replays a file of vectors (SPEC 22) line by line: the configuration register by
// register, steps, and what the chip must say after them.
// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "check.h"
#include "settings.h"

static char line[1 << 18];
static int64_t numbers[1 << 14];
static uint32_t count;
static int32_t tables[1 << 18]; // of the configuration at hand, 16 bits or 32 each
static size_t used;
static struct ef_config config;
static struct ef_chip *chip;
static _Alignas(EF_ALIGNMENT) uint8_t block[1 << 22];

static void store(void *at, uint32_t size)
{
    for (uint32_t i = 0; i < count; i++) {
        const int64_t value = numbers[i];
        uint8_t *item = (uint8_t *)at + i * size;
        memcpy(item, size == 1u   ? (void *)&(uint8_t){(uint8_t)value}
                     : size == 2u ? (void *)&(uint16_t){(uint16_t)value}
                                  : (void *)&(uint32_t){(uint32_t)value}, size);
    }
}

// A field that is given fewer values than it has repeats the last.
static void repeat(uint32_t wanted)
{
    for (; count < wanted; count++) {
        numbers[count] = numbers[count - 1u];
    }
}

static const void *table(uint32_t size, uint32_t entries)
{
    repeat(entries);
    int32_t *at = tables + used;
    used += count;
    store(at, size);
    return at;
}

static void set(char *name)
{
    const struct ef_rows *rows = &ef_chip_rows;
    void *record = &config.settings;
    if (strncmp(name, "layers[", 7) == 0) {
        struct ef_layer_config *layer = &config.layers[strtoul(name + 7, &name, 10)];
        name += 2; // "]."
        rows = &ef_layer_rows;
        record = layer;
        if (strcmp(name, "activation") == 0) {
            layer->activation = table(2, ef_table_entries(&config));
            return;
        }
        if (strcmp(name, "slope") == 0) {
            layer->slope = table(2, ef_table_entries(&config));
            return;
        }
    } else if (strcmp(name, "seed") == 0) {
        config.seed = (uint64_t)numbers[0];
        return;
    } else if (strcmp(name, "knots") == 0) {
        config.knots = table(4, config.settings.class_count * 2u * EF_KNOTS);
        return;
    } else if (strcmp(name, "exp_table") == 0) {
        config.exp_table = table(2, EF_EXP_ENTRIES);
        return;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        const char *dot = strchr(rows->at[i].name, '.');
        if (strcmp(dot != NULL ? dot + 1 : rows->at[i].name, name) == 0) {
            repeat(rows->at[i].count);
            store((uint8_t *)record + rows->at[i].offset, rows->at[i].size);
            return;
        }
    }
    CHECK_EQUAL(name, 1, 0); // no such field
}

static int64_t predicted, missed;

static void step(const char *verb)
{
    static int16_t codes[EF_LINES_MAX];
    uint64_t size = 0;
    struct ef_fault fault;
    if (strcmp(verb, "up") == 0) {
        CHECK_EQUAL(verb, EF_OK, ef_init(&chip, block, sizeof block, &fault, &config));
    } else if (strcmp(verb, "learn") == 0) {
        const int32_t label = (int32_t)numbers[0];
        int32_t found = 0;
        for (uint32_t i = 1; i < count; i++) {
            codes[i - 1u] = (int16_t)numbers[i];
        }
        CHECK_EQUAL(verb, EF_OK, ef_learn(chip, &size, &found, NULL, codes, &label, 1));
        predicted = found;
    } else if (strcmp(verb, "program") == 0) {
        uint32_t found = 0;
        for (uint32_t i = 3; i < count; i++) {
            codes[i - 3u] = (int16_t)numbers[i];
        }
        CHECK_EQUAL(verb, EF_OK,
                    ef_program_column(chip, &found, NULL, (uint32_t)numbers[0],
                                      (uint32_t)numbers[1], (uint32_t)numbers[2],
                                      codes));
        missed = found;
    }
}

static void expect(const char *what)
{
    if (strcmp(what, "signature") == 0) {
        CHECK_EQUAL(line, numbers[0], ef_signature(chip));
    } else if (strcmp(what, "digest") == 0) {
        CHECK_EQUAL(line, numbers[0], ef_config_digest(&config));
    } else if (strcmp(what, "codes") == 0) {
        uint64_t size = 0;
        const uint32_t last = config.settings.layer_count - 1u;
        const int16_t *seen = ef_peek(chip, &size, last, 0, EF_VIEW_CODE);
        for (uint32_t i = 0; i < count; i++) {
            CHECK_EQUAL(line, numbers[i], seen[i]);
        }
    } else {
        CHECK_EQUAL(line, numbers[0], *what == 'p' ? predicted : missed);
    }
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argc > 1 ? argv[1] : "learning.txt", "r");
    uint32_t held = 0;
    CHECK_EQUAL("a file of vectors", 1, file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        char *verb = strtok(line, " \n");
        if (verb == NULL || *verb == '#') {
            continue;
        }
        const bool named = strcmp(verb, "set") == 0 || strcmp(verb, "expect") == 0;
        char *name = named ? strtok(NULL, " \n") : verb;
        const bool hex = strcmp(name, "signature") == 0 || strcmp(name, "digest") == 0;
        count = 0;
        for (char *word; (word = strtok(NULL, " \n")) != NULL; count++) {
            const uint64_t size = strtoull(word + (*word == '-'), NULL, hex ? 16 : 10);
            numbers[count] = (int64_t)(*word == '-' ? 0u - size : size);
        }
        if (strcmp(verb, "spec") == 0) {
            CHECK_EQUAL("version of SPEC", EF_SPEC_VERSION, numbers[0]);
        } else if (strcmp(verb, "chip") == 0) {
            config = (struct ef_config){0};
            used = 0;
        } else if (strcmp(verb, "set") == 0) {
            set(name);
        } else if (strcmp(verb, "expect") == 0) {
            expect(name);
            held++;
        } else {
            step(verb);
        }
    }
    (void)fclose(file);
    printf("replay: %u expectations held\n", held);
    return held > 0u ? 0 : 1;
}
