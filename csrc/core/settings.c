// The tables of settings as rows, and what can be said of any of them.
// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#define SITE_BYTES (EF_SITE_COUNT * sizeof(struct ef_site_config))

#define IS_SIGNED(type) ((type) - 1 < (type)1)
#define CHIP_ROW(NUMBER, name, type, low, high)                                        \
    {low,                                                                              \
     high,                                                                             \
     #name,                                                                            \
     EF_FIELD_##NUMBER,                                                                \
     offsetof(struct ef_settings, name),                                               \
     1,                                                                                \
     sizeof(type),                                                                     \
     IS_SIGNED(type),                                                                  \
     EF_DIGEST_YES},
#define CLASS_ROW(NUMBER, name, type, low, high)                                       \
    {low,                                                                              \
     high,                                                                             \
     #name,                                                                            \
     EF_FIELD_##NUMBER,                                                                \
     offsetof(struct ef_settings, name),                                               \
     EF_CLASSES_MAX,                                                                   \
     sizeof(type),                                                                     \
     IS_SIGNED(type),                                                                  \
     EF_DIGEST_YES},
#define LATER_ROW(NUMBER, name, type, low, high)                                       \
    {low,                                                                              \
     high,                                                                             \
     #name,                                                                            \
     EF_FIELD_##NUMBER,                                                                \
     offsetof(struct ef_settings, name),                                               \
     1,                                                                                \
     sizeof(type),                                                                     \
     IS_SIGNED(type),                                                                  \
     EF_DIGEST_IF_USED},
#define SITES_ROW(NUMBER, name, type, low, high)                                       \
    {low,        high, #name, EF_FIELD_##NUMBER, offsetof(struct ef_settings, name),   \
     SITE_BYTES, 1,    false, EF_DIGEST_YES},
#define LAYER_ROW(NUMBER, name, type, low, high)                                       \
    {low,                                                                              \
     high,                                                                             \
     "layers." #name,                                                                  \
     EF_FIELD_##NUMBER,                                                                \
     offsetof(struct ef_layer_config, name),                                           \
     1,                                                                                \
     sizeof(type),                                                                     \
     IS_SIGNED(type),                                                                  \
     EF_DIGEST_YES},
#define RATE_ROW(NUMBER, name, type, low, high)                                        \
    {low,                                                                              \
     high,                                                                             \
     "layers." #name,                                                                  \
     EF_FIELD_##NUMBER,                                                                \
     offsetof(struct ef_layer_config, name),                                           \
     1,                                                                                \
     sizeof(type),                                                                     \
     IS_SIGNED(type),                                                                  \
     EF_DIGEST_NO},

static const struct ef_setting chip_rows[] = {
    EF_SETTINGS(CHIP_ROW, CLASS_ROW, SITES_ROW, LATER_ROW)};
static const struct ef_setting layer_rows[] = {EF_LAYER_SETTINGS(LAYER_ROW, RATE_ROW)};

const struct ef_rows ef_chip_rows = {chip_rows, sizeof chip_rows / sizeof *chip_rows};
const struct ef_rows ef_layer_rows = {layer_rows,
                                      sizeof layer_rows / sizeof *layer_rows};

// A field that no row describes would show as bytes too many, as would padding.
// NOLINTBEGIN(bugprone-macro-parentheses): terms of a sum
#define SIZE(NUMBER, name, type, low, high) +sizeof(type)
#define CLASS_SIZE(NUMBER, name, type, low, high) +EF_CLASSES_MAX * sizeof(type)
#define SITES_SIZE(NUMBER, name, type, low, high) +SITE_BYTES
// NOLINTEND(bugprone-macro-parentheses)
_Static_assert(sizeof(struct ef_settings) ==
                   0u EF_SETTINGS(SIZE, CLASS_SIZE, SITES_SIZE, SIZE),
               "a field of ef_settings without a row, or padding");
_Static_assert(offsetof(struct ef_layer_config, activation) / sizeof(void *) ==
                   (0u EF_LAYER_SETTINGS(SIZE, SIZE) + sizeof(void *) - 1u) /
                       sizeof(void *),
               "a field of ef_layer_config without a row");

// What has no row of its own: the sites' four, what pointers show, what is gone.
static const char *other_name(int field)
{
    switch (field) {
    case EF_FIELD_SITES_BITS:
        return "sites.bits";
    case EF_FIELD_SITES_ROUNDING:
        return "sites.rounding";
    case EF_FIELD_SITES_OVERFLOW:
        return "sites.overflow";
    case EF_FIELD_SITES_SHIFT:
        return "sites.shift";
    case EF_FIELD_RESERVED: // a byte that error_deadband took
        return "reserved";
    case EF_FIELD_KNOTS:
        return "knots";
    case EF_FIELD_EXP_TABLE:
        return "exp_table";
    case EF_FIELD_LAYERS_ACTIVATION:
        return "layers.activation";
    case EF_FIELD_LAYERS_SLOPE:
        return "layers.slope";
    default:
        return NULL;
    }
}

const char *ef_field_name(int field)
{
    const struct ef_rows *const tables[] = {&ef_chip_rows, &ef_layer_rows};
    const char *name = other_name(field);
    for (uint32_t t = 0; t < 2u && name == NULL; t++) {
        for (uint32_t i = 0; i < tables[t]->count && name == NULL; i++) {
            name = tables[t]->at[i].number == field ? tables[t]->at[i].name : NULL;
        }
    }
    return name != NULL ? name : "unknown field";
}

int64_t ef_setting_get(const struct ef_setting *row, const void *record, uint32_t index)
{
    const uint8_t *at = (const uint8_t *)record + row->offset + index * row->size;
    switch (row->size) {
    case 1:
        return *at;
    case 2: {
        const uint16_t value = *(const uint16_t *)(const void *)at;
        return row->is_signed ? (int16_t)value : value;
    }
    default: {
        const uint32_t value = *(const uint32_t *)(const void *)at;
        return row->is_signed ? (int64_t)(int32_t)value : value;
    }
    }
}

static void set(const struct ef_setting *row, void *record, uint32_t index,
                uint32_t value)
{
    uint8_t *at = (uint8_t *)record + row->offset + index * row->size;
    switch (row->size) {
    case 1:
        *at = (uint8_t)value;
        break;
    case 2:
        *(uint16_t *)(void *)at = (uint16_t)value;
        break;
    default:
        *(uint32_t *)(void *)at = value;
        break;
    }
}

// ---- a configuration as words: the seed, the chip's rows, each layer's rows --------

static uint32_t count_words(const struct ef_rows *rows)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        count += rows->at[i].count;
    }
    return count;
}

static uint32_t *put_rows(uint32_t *at, const struct ef_rows *rows, const void *record)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        for (uint32_t k = 0; k < rows->at[i].count; k++) {
            *at = (uint32_t)ef_setting_get(&rows->at[i], record, k);
            at += 1;
        }
    }
    return at;
}

// Whether every word fits the width of its field.
static bool take_rows(const uint32_t **at, const struct ef_rows *rows, void *record)
{
    bool fits = true;
    for (uint32_t i = 0; i < rows->count; i++) {
        for (uint32_t k = 0; k < rows->at[i].count; k++) {
            set(&rows->at[i], record, k, **at);
            fits = fits && (uint32_t)ef_setting_get(&rows->at[i], record, k) == **at;
            *at += 1;
        }
    }
    return fits;
}

uint32_t ef_config_words(uint32_t layer_count)
{
    return layer_count > EF_LAYERS_MAX ? 0u
                                       : 2u + count_words(&ef_chip_rows) +
                                             layer_count * count_words(&ef_layer_rows);
}

int ef_config_to_words(uint32_t *words, uint32_t count, const struct ef_config *config)
{
    if (words == NULL || config == NULL) {
        return EF_ERROR_NULL;
    }
    const uint32_t needed = ef_config_words(config->settings.layer_count);
    if (needed == 0u || count != needed) {
        return EF_ERROR_RANGE;
    }
    words[0] = (uint32_t)config->seed;
    words[1] = (uint32_t)(config->seed >> 32);
    uint32_t *at = put_rows(words + 2, &ef_chip_rows, &config->settings);
    for (uint32_t l = 0; l < config->settings.layer_count; l++) {
        at = put_rows(at, &ef_layer_rows, &config->layers[l]);
    }
    return EF_OK;
}

int ef_config_from_words(struct ef_config *config, const uint32_t *words,
                         uint32_t count)
{
    if (words == NULL || config == NULL) {
        return EF_ERROR_NULL;
    }
    if (count < ef_config_words(0)) {
        return EF_ERROR_RANGE;
    }
    struct ef_config made = {.seed = (uint64_t)words[1] << 32u | words[0]};
    const uint32_t *at = words + 2;
    bool fits = take_rows(&at, &ef_chip_rows, &made.settings);
    if (!fits || count != ef_config_words(made.settings.layer_count)) {
        return EF_ERROR_RANGE;
    }
    for (uint32_t l = 0; l < made.settings.layer_count; l++) {
        fits = take_rows(&at, &ef_layer_rows, &made.layers[l]) && fits;
    }
    if (!fits) {
        return EF_ERROR_RANGE;
    }
    *config = made;
    return EF_OK;
}
