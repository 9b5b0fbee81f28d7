// A chip's configuration from its blob: every number of struct ef_config in order, as
// 32-bit words (64-bit ones low half first), without the tables; they are the sections
// KNOT, EXPT, and ACT0.. and SLO0.. of the layers that have them.
// SPDX-License-Identifier: Apache-2.0
#include "emulator.h"

struct words {
    const uint32_t *at;
    uint32_t left;
};

static uint32_t next(struct words *words)
{
    if (words->left == 0u) {
        return 0;
    }
    words->left -= 1u;
    const uint32_t value = *words->at;
    words->at += 1;
    return value;
}

static void read_layer(struct words *w, struct ef_layer_config *layer)
{
    layer->rows = next(w);
    layer->inputs = next(w);
    layer->bias = (uint8_t)next(w);
    layer->rule = (uint8_t)next(w);
    layer->pulse_class = (uint8_t)next(w);
    layer->program_class = (uint8_t)next(w);
    layer->bias_code = (int16_t)next(w);
    layer->verify_code = (int16_t)next(w);
    layer->gain_mantissa = (uint8_t)next(w);
    layer->gain_shift = (uint8_t)next(w);
    layer->back_mantissa = (uint8_t)next(w);
    layer->back_shift = (uint8_t)next(w);
    layer->verify_mantissa = (uint8_t)next(w);
    layer->verify_shift = (uint8_t)next(w);
    layer->rate_mantissa = (uint8_t)next(w);
    layer->rate_shift = (uint8_t)next(w);
    layer->threshold = next(w);
}

static void read_head(struct words *w, struct ef_config *c)
{
    c->seed = next(w);
    c->seed |= (uint64_t)next(w) << 32u;
    c->settings.layer_count = next(w);
    c->settings.reference = (uint8_t)next(w);
    c->settings.both_sides = (uint8_t)next(w);
    c->settings.input_signed = (uint8_t)next(w);
    c->settings.error_kind = (uint8_t)next(w);
    c->settings.target_low = (int16_t)next(w);
    c->settings.target_high = (int16_t)next(w);
    for (int i = 0; i < EF_SITE_COUNT; i++) {
        c->settings.sites[i].bits = (uint8_t)next(w);
        c->settings.sites[i].rounding = (uint8_t)next(w);
        c->settings.sites[i].overflow = (uint8_t)next(w);
        c->settings.sites[i].shift = (uint8_t)next(w);
    }
    c->settings.train_length = (uint8_t)next(w);
    c->settings.train_bits = (uint8_t)next(w);
    c->settings.train_managed = (uint8_t)next(w);
    c->settings.pulse_limit = (uint8_t)next(w);
    c->settings.excess = (uint8_t)next(w);
    c->settings.class_count = (uint8_t)next(w);
    c->settings.transfer_every = (uint16_t)next(w);
    c->settings.lines_per_row_lfsr = (uint16_t)next(w);
    c->settings.lines_per_column_lfsr = (uint16_t)next(w);
    c->settings.lanes = next(w);
    c->settings.program_tolerance = (uint8_t)next(w);
    c->settings.program_iterations = (uint8_t)next(w);
    c->settings.program_limit = (uint8_t)next(w);
    c->settings.program_reads = (uint8_t)next(w);
    c->settings.program_mantissa = (uint8_t)next(w);
    c->settings.program_shift = (uint8_t)next(w);
    c->settings.exp_shift = (uint8_t)next(w);
    c->settings.reserved = (uint8_t)next(w);
}

static void read_device(struct words *w, struct ef_config *c)
{
    c->settings.initial_state = (int32_t)next(w);
    c->settings.bound_low = (int32_t)next(w);
    c->settings.bound_high = (int32_t)next(w);
    c->settings.bound_spread = next(w);
    c->settings.d2d_common = next(w);
    c->settings.d2d_asymmetry = next(w);
    c->settings.read_noise = next(w);
    c->settings.read_ns = next(w);
    c->settings.gap_ns = next(w);
    c->settings.stuck_low = next(w);
    c->settings.stuck_high = next(w);
    c->settings.fatigue = next(w);
    c->settings.imprint = (int32_t)next(w);
    c->settings.wear_onset = next(w);
    c->settings.disturb = next(w);
    c->settings.drift = next(w);
    c->settings.retention_s = next(w);
    c->settings.retention_level = (int32_t)next(w);
    for (int k = 0; k < EF_CLASSES_MAX; k++) {
        c->settings.c2c[k] = next(w);
    }
    for (int k = 0; k < EF_CLASSES_MAX; k++) {
        c->settings.c2c_additive[k] = next(w);
    }
    for (int k = 0; k < EF_CLASSES_MAX; k++) {
        c->settings.width_ns[k] = next(w);
    }
}

int fw_power_up(struct ef_bus *bus, void *block, uint64_t size,
                const struct fw_world *world)
{
    static struct ef_config config;
    struct ef_fault fault = {0};
    uint32_t bytes = 0;
    struct words words = {fw_section(world, "CONF", &bytes), 0};
    if (words.at == NULL) {
        return FW_DATA;
    }
    words.left = bytes / 4u;
    read_head(&words, &config);
    read_device(&words, &config);
    const uint64_t knots =
        config.settings.class_count * 2u * EF_KNOTS * sizeof(int32_t);
    config.knots = fw_section(world, "KNOT", &bytes);
    if (bytes < knots || config.settings.layer_count > EF_LAYERS_MAX) {
        return FW_DATA;
    }
    config.exp_table = fw_section(world, "EXPT", &bytes);
    for (uint32_t l = 0; l < config.settings.layer_count; l++) {
        struct ef_layer_config *layer = &config.layers[l];
        char tag[5] = {'A', 'C', 'T', (char)('0' + (int)l), '\0'};
        read_layer(&words, layer);
        layer->activation = fw_section(world, tag, &bytes);
        tag[0] = 'S';
        tag[1] = 'L';
        tag[2] = 'O';
        layer->slope = fw_section(world, tag, &bytes);
    }
    return ef_bus_init(bus, block, size, &fault, &config);
}
