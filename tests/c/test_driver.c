// The driver against the emulated bus: every argument that it refuses, before anything
// but LAYER is written; what the controller refuses; a controller that isn't one.
// SPDX-License-Identifier: Apache-2.0
#include "ef_driver.h"

#include <stddef.h>

#include "check.h"
#include "config.h"
#include "ef_bus.h"
#include "ef_port.h"
#include "ef_registers.h"

#define ROWS 3u
#define COLUMNS 5u // four inputs and the bias

static _Alignas(EF_ALIGNMENT) uint8_t block[1 << 20];
static struct ef_bus bus;
static uint32_t writes; // but those of LAYER
static struct efd dev;
static struct {
    uint32_t address; // a register that reads as it isn't; 0xFFFFFFFF: none does
    uint32_t value;
} lie = {UINT32_MAX, 0};

uint32_t ef_port_read32(uint32_t address)
{
    uint32_t value = lie.value;
    if (address != lie.address) {
        (void)ef_bus_read32(&bus, address, &value);
    }
    return value;
}

void ef_port_write32(uint32_t address, uint32_t value)
{
    writes += address != EF_REG_LAYER ? 1u : 0u;
    (void)ef_bus_write32(&bus, address, value);
}

// A call with an argument that is out of range, and no word written.
#define REFUSED(call)                                                                  \
    do {                                                                               \
        const uint32_t before = writes;                                                \
        CHECK_EQUAL(#call, EFD_ARGUMENT, call);                                        \
        CHECK_EQUAL("words written", before, writes);                                  \
    } while (0)

static void power_up(void)
{
    static int32_t knots[2 * EF_KNOTS];
    static uint16_t exp_table[EF_EXP_ENTRIES];
    config_decay(exp_table);
    struct ef_config config = config_plain(knots, exp_table);
    config.layers[0] = config_learning_layer(ROWS, COLUMNS - 1u, EF_RULE_SGD_COUNTED);
    config.layers[0].pulse_class = 0;
    struct ef_fault fault;
    CHECK_EQUAL("up", EF_OK, ef_bus_init(&bus, block, sizeof block, &fault, &config));
    CHECK_EQUAL("open", EFD_OK, efd_open(&dev, 1));
    CHECK_EQUAL("inputs", COLUMNS - 1u, dev.inputs);
    CHECK_EQUAL("classes", ROWS, dev.classes);
}

static void refuse_samples(void)
{
    static const int16_t codes[COLUMNS];
    uint32_t label = 0;
    int32_t code = 0;
    REFUSED(efd_infer(NULL, &label, codes));
    REFUSED(efd_infer(&dev, NULL, codes));
    REFUSED(efd_infer(&dev, &label, NULL));
    REFUSED(efd_learn(NULL, &label, codes, 0));
    REFUSED(efd_learn(&dev, NULL, codes, 0));
    REFUSED(efd_learn(&dev, &label, NULL, 0));
    REFUSED(efd_learn(&dev, &label, codes, ROWS));
    REFUSED(efd_output(NULL, &code, 0));
    REFUSED(efd_output(&dev, NULL, 0));
    REFUSED(efd_output(&dev, &code, ROWS));
    REFUSED(efd_set_rate(NULL, 0, 1, 0));
    REFUSED(efd_set_rate(&dev, 1, 1, 0));
    REFUSED(efd_set_rate(&dev, 0, 0, 0));
    REFUSED(efd_set_rate(&dev, 0, 256, 0));
    REFUSED(efd_set_rate(&dev, 0, 1, 63));
}

static void refuse_columns(void)
{
    static int16_t targets[ROWS];
    int32_t sums[ROWS];
    uint32_t n = 0;
    REFUSED(efd_shape(NULL, 0, &n, &n));
    REFUSED(efd_shape(&dev, 0, NULL, &n));
    REFUSED(efd_shape(&dev, 0, &n, NULL));
    REFUSED(efd_shape(&dev, 1, &n, &n));
    REFUSED(efd_program_column(NULL, &n, 0, 0, 0, targets));
    REFUSED(efd_program_column(&dev, NULL, 0, 0, 0, targets));
    REFUSED(efd_program_column(&dev, &n, 0, 0, 0, NULL));
    REFUSED(efd_program_column(&dev, &n, 1, 0, 0, targets));
    REFUSED(efd_program_column(&dev, &n, 0, 1, 0, targets));
    REFUSED(efd_program_column(&dev, &n, 0, 0, COLUMNS, targets));
    REFUSED(efd_read_column(NULL, sums, 0, 0, 0, 1));
    REFUSED(efd_read_column(&dev, NULL, 0, 0, 0, 1));
    REFUSED(efd_read_column(&dev, sums, 1, 0, 0, 1));
    REFUSED(efd_read_column(&dev, sums, 0, 1, 0, 1));
    REFUSED(efd_read_column(&dev, sums, 0, 0, COLUMNS, 1));
    REFUSED(efd_read_column(&dev, sums, 0, 0, 0, 0));
    REFUSED(efd_read_column(&dev, sums, 0, 0, 0, 65));
    REFUSED(efd_trim(NULL, &n, 0, 0, 1, 64));
    REFUSED(efd_trim(&dev, NULL, 0, 0, 1, 64));
    REFUSED(efd_trim(&dev, &n, 1, 0, 1, 64));
    REFUSED(efd_trim(&dev, &n, 0, 2, 1, 64));
    REFUSED(efd_trim(&dev, &n, 0, 0, 0, 64));
    REFUSED(efd_trim(&dev, &n, 0, 0, 65, 64));
    REFUSED(efd_trim(&dev, &n, 0, 0, 1, EF_TRIM_CODE_MASK + 1u));
}

static void refuse_layers(void)
{
    static const int16_t in[COLUMNS] = {100, -50, 20, 7, 127};
    static const int32_t wide[ROWS] = {1000, -2000, 3000};
    int16_t out[COLUMNS];
    int32_t far[ROWS];
    int32_t z = 0;
    uint32_t n = 0;
    REFUSED(efd_learn_targets(NULL, &n, in, in));
    REFUSED(efd_learn_targets(&dev, NULL, in, in));
    REFUSED(efd_learn_targets(&dev, &n, NULL, in));
    REFUSED(efd_learn_targets(&dev, &n, in, NULL));
    REFUSED(efd_forward(NULL, out, 0, in));
    REFUSED(efd_forward(&dev, NULL, 0, in));
    REFUSED(efd_forward(&dev, out, 1, in));
    REFUSED(efd_forward(&dev, out, 0, NULL));
    REFUSED(efd_activate(NULL, out, 0, in));
    REFUSED(efd_activate(&dev, NULL, 0, in));
    REFUSED(efd_activate(&dev, out, 1, in));
    REFUSED(efd_activate(&dev, out, 0, NULL));
    REFUSED(efd_backward(NULL, out, 0, 4, in));
    REFUSED(efd_backward(&dev, NULL, 0, 4, in));
    REFUSED(efd_backward(&dev, out, 1, 4, in));
    REFUSED(efd_backward(&dev, out, 0, COLUMNS + 1u, in));
    REFUSED(efd_backward(&dev, out, 0, 4, NULL));
    REFUSED(efd_slopes(NULL, far, 0, in, in));
    REFUSED(efd_slopes(&dev, NULL, 0, in, in));
    REFUSED(efd_slopes(&dev, far, 1, in, in));
    REFUSED(efd_slopes(&dev, far, 0, NULL, in));
    REFUSED(efd_slopes(&dev, far, 0, in, NULL));
    REFUSED(efd_errors(NULL, out, &z, 0, wide, 0));
    REFUSED(efd_errors(&dev, NULL, &z, 0, wide, 0));
    REFUSED(efd_errors(&dev, out, NULL, 0, wide, 0));
    REFUSED(efd_errors(&dev, out, &z, 1, wide, 0));
    REFUSED(efd_errors(&dev, out, &z, 0, NULL, 0));
    REFUSED(efd_errors(&dev, out, &z, 0, wide, -513));
    REFUSED(efd_errors(&dev, out, &z, 0, wide, 512));
    REFUSED(efd_update(NULL, 0, in, in, 0));
    REFUSED(efd_update(&dev, 1, in, in, 0));
    REFUSED(efd_update(&dev, 0, NULL, in, 0));
    REFUSED(efd_update(&dev, 0, in, NULL, 0));
    REFUSED(efd_update(&dev, 0, in, in, -1025));
    REFUSED(efd_update(&dev, 0, in, in, 1024));
    CHECK_EQUAL("forward", EFD_OK, efd_forward(&dev, out, 0, in));
    CHECK_EQUAL("errors", EFD_OK, efd_errors(&dev, out, &z, 0, wide, 2));
    CHECK_EQUAL("exponent", 7, z); // 3000 has 12 bits of 7, and 2
    CHECK_EQUAL("code", 94, out[2]);
    CHECK_EQUAL("backward", EFD_OK, efd_backward(&dev, out, 0, 4, out));
    CHECK_EQUAL("no table", EFD_REFUSED, efd_activate(&dev, out, 0, in));
    CHECK_EQUAL("its bit", EF_REFUSED_RANGE_MASK, dev.errors);
    CHECK_EQUAL("no slopes", EFD_REFUSED, efd_slopes(&dev, far, 0, in, in));
    CHECK_EQUAL("codes that stay", 0, bus.fifo_level);
    CHECK_EQUAL("no targets", EFD_REFUSED, efd_learn_targets(&dev, &n, in, in));
    CHECK_EQUAL("no such code", EFD_REFUSED,
                efd_update(&dev, 0, in, (int16_t[]){0, 0, 128}, 0));
    CHECK_EQUAL("an update", EFD_OK, efd_update(&dev, 0, in, in, -20));
}

// A calibration with one setting beyond its range.
#define SETTING(field, wrong)                                                          \
    do {                                                                               \
        struct efd_calibration how = good;                                             \
        how.field = wrong;                                                             \
        REFUSED(efd_calibrate_column(&dev, 0, 0, 0, &how));                            \
    } while (0)

static void refuse_calibrations(void)
{
    static const struct efd_calibration good = {.reads = 1,
                                                .quads = 1,
                                                .windows = 1,
                                                .tolerance = 4,
                                                .probe = 3,
                                                .mantissa = 129,
                                                .shift = 21,
                                                .limit = 9};
    struct efd_point point;
    uint64_t count = 0;
    REFUSED(efd_calibrate_column(NULL, 0, 0, 0, &good));
    REFUSED(efd_calibrate_column(&dev, 0, 0, 0, NULL));
    REFUSED(efd_calibrate_column(&dev, 1, 0, 0, &good));
    REFUSED(efd_calibrate_column(&dev, 0, 1, 0, &good));
    REFUSED(efd_calibrate_column(&dev, 0, 0, COLUMNS, &good));
    SETTING(pulse_class, 16);
    SETTING(reads, 0);
    SETTING(reads, 17);
    SETTING(quads, 0);
    SETTING(quads, 65);
    SETTING(windows, 0);
    SETTING(windows, 65);
    SETTING(tolerance, 0);
    SETTING(tolerance, 256);
    SETTING(probe, 2);
    SETTING(probe, 16);
    SETTING(mantissa, 0);
    SETTING(mantissa, 256);
    SETTING(shift, 48);
    SETTING(limit, 0);
    SETTING(limit, 60001);
    REFUSED(efd_clear_points(NULL));
    REFUSED(efd_point(NULL, &point, 0));
    REFUSED(efd_point(&dev, NULL, 0));
    REFUSED(efd_event(NULL, &count, 0, 0));
    REFUSED(efd_event(&dev, NULL, 0, 0));
    REFUSED(efd_event(&dev, &count, 6, 0));
    REFUSED(efd_event(&dev, &count, 0, 20));
    REFUSED(efd_pulses(NULL, &count, 0, 0));
    REFUSED(efd_pulses(&dev, NULL, 0, 0));
    REFUSED(efd_pulses(&dev, &count, 6, 0));
    REFUSED(efd_pulses(&dev, &count, 0, 16));
    CHECK_EQUAL("a calibration", EFD_OK, efd_calibrate_column(&dev, 0, 0, 0, &good));
    SETTING(pulse_class, 16);
    struct efd_calibration other = good;
    other.pulse_class = 1; // that a driver knows, and this chip hasn't
    CHECK_EQUAL("no such class", EFD_REFUSED,
                efd_calibrate_column(&dev, 0, 0, 0, &other));
    CHECK_EQUAL("its bit", EF_REFUSED_RANGE_MASK, dev.errors);
}

// What only the controller knows to be wrong: its bits are kept, and cleared behind it.
static void refuse_by_controller(void)
{
    static const int16_t codes[COLUMNS] = {100, -50, 20, 7};
    struct efd_point point;
    uint32_t n = 0;
    CHECK_EQUAL("a row", EFD_REFUSED, efd_point(&dev, &point, EF_LINES_MAX));
    CHECK_EQUAL("no trims", EFD_REFUSED, efd_trim(&dev, &n, 0, 0, 1, 64));
    CHECK_EQUAL("its bit", EF_REFUSED_RANGE_MASK, dev.errors);
    ef_port_write32(EF_REG_SAMPLE, 1); // a stray code must not shift the sample
    CHECK_EQUAL("a step", EFD_OK, efd_learn(&dev, &n, codes, 1));
    CHECK_EQUAL("steps", 1, efd_updates());
    const uint64_t cycles = efd_cycles();
    CHECK_EQUAL("time", bus.latched_cycle, cycles);
    dev.inputs -= 1u; // one code too few: refused, and none of them stays
    CHECK_EQUAL("too few", EFD_REFUSED, efd_infer(&dev, &n, codes));
    CHECK_EQUAL("its bit", EF_ERROR_EMPTY_MASK, dev.errors);
    CHECK_EQUAL("codes that stay", 0, bus.fifo_level);
    dev.inputs += 1u;
    CHECK_EQUAL("a sample", EFD_OK, efd_infer(&dev, &n, codes));
}

// Targets, and a layer taken apart: what the driver does is what the core does.
static void learn_like_the_core(void)
{
    static _Alignas(EF_ALIGNMENT) uint8_t beside[1 << 20];
    static int32_t knots[2 * EF_KNOTS];
    static int16_t activation[CONFIG_TABLE];
    static int16_t slope[CONFIG_TABLE];
    static const int16_t in[COLUMNS] = {100, -50, 20, 7, 127};
    static const int16_t targets[ROWS] = {200, -100, 30};
    static const int32_t wide[ROWS] = {1000, -2000, 3000};
    struct ef_fault fault;
    for (uint32_t i = 0; i < 2u * EF_KNOTS; i++) {
        knots[i] = 1 << 24;
    }
    for (uint32_t i = 0; i < CONFIG_TABLE; i++) {
        activation[i] = (int16_t)((int32_t)i / 2 - (int32_t)CONFIG_TABLE / 4);
        slope[i] = 200;
    }
    struct ef_config config = config_plain(knots, NULL);
    config.settings.error_kind = EF_OUTPUT_ERROR_SQUARED;
    config.layers[0] = config_learning_layer(ROWS, COLUMNS - 1u, EF_RULE_SGD_COUNTED);
    config.layers[0].pulse_class = 0;
    config.layers[0].activation = activation;
    config.layers[0].slope = slope;
    struct ef_chip *chip = NULL;
    CHECK_EQUAL("up", EF_OK, ef_init(&chip, beside, sizeof beside, &fault, &config));
    CHECK_EQUAL("up", EF_OK, ef_bus_init(&bus, block, sizeof block, &fault, &config));
    CHECK_EQUAL("open", EFD_OK, efd_open(&dev, 1));
    int16_t out[COLUMNS], its[COLUMNS];
    int32_t far[ROWS], theirs[ROWS], z = 0, other = 0;
    uint64_t done = 0;
    uint32_t n = 0;
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL("step", EFD_OK, efd_learn_targets(&dev, &n, in, targets));
        CHECK_EQUAL("step", EF_OK,
                    ef_learn_targets(chip, &done, its, NULL, in, targets, 1));
        CHECK_EQUAL("output", EFD_OK, efd_output(&dev, &z, n));
        CHECK_EQUAL("its code", its[n], z);
    }
    CHECK_EQUAL("forward", EFD_OK, efd_forward(&dev, out, 0, in));
    CHECK_EQUAL("forward", EF_OK, ef_array_forward(chip, its, 0, in));
    CHECK_EQUAL("slopes", EFD_OK, efd_slopes(&dev, far, 0, out, out));
    CHECK_EQUAL("slopes", EF_OK, ef_array_slopes(chip, theirs, 0, its, its));
    CHECK_EQUAL("wide", theirs[1], far[1]);
    CHECK_EQUAL("activate", EFD_OK, efd_activate(&dev, out, 0, out));
    CHECK_EQUAL("activate", EF_OK, ef_array_activate(chip, its, 0, its));
    CHECK_EQUAL("activation", its[2], out[2]);
    CHECK_EQUAL("errors", EFD_OK, efd_errors(&dev, out, &z, 0, wide, -3));
    CHECK_EQUAL("errors", EF_OK, ef_array_errors(chip, its, &other, 0, wide, -3));
    CHECK_EQUAL("exponent", other, z);
    CHECK_EQUAL("update", EFD_OK, efd_update(&dev, 0, in, out, z));
    CHECK_EQUAL("update", EF_OK, ef_update_layer(chip, NULL, 0, in, its, other));
    CHECK_EQUAL("backward", EFD_OK, efd_backward(&dev, out, 0, COLUMNS - 1u, out));
    CHECK_EQUAL("backward", EF_OK, ef_array_backward(chip, its, 0, its));
    CHECK_EQUAL("signature", ef_signature(chip), ef_signature(bus.chip));
}

static void open_another(uint32_t address, uint32_t value, int expected)
{
    lie.address = address;
    lie.value = value;
    CHECK_EQUAL("another controller", expected, efd_open(&dev, 1));
    lie.address = UINT32_MAX;
}

int main(void)
{
    power_up();
    REFUSED(efd_open(NULL, 1));
    REFUSED(efd_open(&dev, 2));
    refuse_samples();
    refuse_columns();
    refuse_layers();
    refuse_calibrations();
    refuse_by_controller();
    open_another(EF_REG_ID, 0xEDFE0002u, EFD_NOT_FOUND);
    open_another(EF_REG_VERSION, 1u << EF_VERSION_MAP_SHIFT, EFD_NOT_FOUND);
    open_another(EF_REG_STATUS, EF_STATUS_BUSY_MASK, EFD_TIMEOUT);
    CHECK_EQUAL("open again", EFD_OK, efd_open(&dev, 1));
    learn_like_the_core();
    printf("driver: refused what it must\n");
    return 0;
}
