// What is done through the driver is what the core does: targets, a layer taken apart,
// descriptors, what is stored, accumulators, checksums.
// SPDX-License-Identifier: Apache-2.0
#include "driver_bench.h"

// Targets, and a layer taken apart: what the driver does is what the core does.
static void learn_like_the_core(void)
{
    static _Alignas(EF_ALIGNMENT) uint8_t beside[1 << 20];
    static int16_t activation[CONFIG_TABLE];
    static int16_t slope[CONFIG_TABLE];
    static const int16_t in[COLUMNS] = {100, -50, 20, 7, 127};
    static const int16_t targets[ROWS] = {200, -100, 30};
    static const int32_t wide[ROWS] = {1000, -2000, 3000};
    struct ef_fault fault;
    for (uint32_t i = 0; i < CONFIG_TABLE; i++) {
        activation[i] = (int16_t)((int32_t)i / 2 - (int32_t)CONFIG_TABLE / 4);
        slope[i] = 200;
    }
    struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    config.settings.error_kind = EF_OUTPUT_ERROR_SQUARED;
    config.exp_table = NULL;
    config.layers[0].activation = activation;
    config.layers[0].slope = slope;
    struct ef_chip *chip = NULL;
    CHECK_EQUAL("up", EF_OK, ef_init(&chip, beside, sizeof beside, &fault, &config));
    bench_up(&config, &bench_waited);
    int16_t out[COLUMNS], its[COLUMNS];
    int32_t far[ROWS], theirs[ROWS], z = 0, other = 0;
    uint64_t done = 0;
    uint32_t n = 0;
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL("step", EFD_OK,
                    efd_learn_targets(&bench.dev, &n, in, INPUTS, targets, ROWS));
        CHECK_EQUAL("step", EF_OK,
                    ef_learn_targets(chip, &done, its, NULL, in, targets, 1));
        CHECK_EQUAL("output", EFD_OK, efd_output(&bench.dev, &z, n));
        CHECK_EQUAL("its code", its[n], z);
    }
    CHECK_EQUAL("forward", EFD_OK, efd_forward(&bench.dev, out, ROWS, 0, in, COLUMNS));
    CHECK_EQUAL("forward", EF_OK, ef_array_forward(chip, its, 0, in));
    CHECK_EQUAL("slopes", EFD_OK, efd_slopes(&bench.dev, far, 0, out, out, ROWS));
    CHECK_EQUAL("slopes", EF_OK, ef_array_slopes(chip, theirs, 0, its, its));
    CHECK_EQUAL("wide", theirs[1], far[1]);
    CHECK_EQUAL("activate", EFD_OK, efd_activate(&bench.dev, out, 0, out, ROWS));
    CHECK_EQUAL("activate", EF_OK, ef_array_activate(chip, its, 0, its));
    CHECK_EQUAL("activation", its[2], out[2]);
    CHECK_EQUAL("errors", EFD_OK, efd_errors(&bench.dev, out, &z, 0, wide, ROWS, -3));
    CHECK_EQUAL("errors", EF_OK, ef_array_errors(chip, its, &other, 0, wide, -3));
    CHECK_EQUAL("exponent", other, z);
    CHECK_EQUAL("update", EFD_OK, efd_update(&bench.dev, 0, in, COLUMNS, out, ROWS, z));
    CHECK_EQUAL("update", EF_OK, ef_update_layer(chip, NULL, 0, in, its, other));
    CHECK_EQUAL("backward", EFD_OK,
                efd_backward(&bench.dev, out, COLUMNS - 1u, 0, out, ROWS));
    CHECK_EQUAL("backward", EF_OK, ef_array_backward(chip, its, 0, its));
    CHECK_EQUAL("signature", ef_signature(chip), ef_signature(bench.bus.chip));
}

// Descriptors are taken at once or not at all, and say which one is wrong.
static void describe_and_apply(void)
{
    struct ef_dev *dev = &bench.dev;
    struct efd_descriptors told;
    struct efd_programming how = {2, 3, 4, 5};
    struct efd_fault fault = {1, 1};
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    bench_up(&config, &bench_polled);
    CHECK_EQUAL("as it is", EFD_OK, efd_read_descriptors(dev, &told, 0));
    CHECK_EQUAL("rule", EF_RULE_SGD_COUNTED, told.rule);
    CHECK_EQUAL("verify", 127, told.verify_code);
    told.forward.mantissa = 90;
    told.bias_code = -7;
    CHECK_EQUAL("written", EFD_OK, efd_write_descriptors(dev, 0, &told));
    CHECK_EQUAL("written", EFD_OK, efd_write_programming(dev, &how));
    CHECK_EQUAL("not yet", 180, bench.bus.applied.layers[0].gain_mantissa);
    CHECK_EQUAL("taken", EFD_OK, efd_apply(dev, &fault));
    CHECK_EQUAL("no fault", 0, fault.field);
    CHECK_EQUAL("gain", 90, bench.bus.applied.layers[0].gain_mantissa);
    CHECK_EQUAL("bias", -7, bench.bus.applied.layers[0].bias_code);
    CHECK_EQUAL("limit", 4, bench.bus.applied.settings.program_limit);
    CHECK_EQUAL("read back", EFD_OK, efd_read_programming(dev, &how));
    CHECK_EQUAL("reads", 5, how.reads);
    told.pulse_class = 9; // which this chip hasn't
    CHECK_EQUAL("written", EFD_OK, efd_write_descriptors(dev, 0, &told));
    CHECK_EQUAL("refused", EFD_REFUSED, efd_apply(dev, &fault));
    CHECK_EQUAL("its bit", EF_REFUSED_CONFIG_MASK, dev->errors);
    CHECK_EQUAL("field", EF_FIELD_LAYERS_PULSE_CLASS, fault.field);
    CHECK_EQUAL("locked again", EF_LOCK_APPLY_MASK,
                efd_lock(dev, 0) == EFD_OK ? 1u : 0u);
}

// CRC-32 of IEEE 802.3, a bit at a time.
static uint32_t crc_of_word(uint32_t crc, uint32_t word)
{
    crc ^= word;
    for (int i = 0; i < 32; i++) {
        crc = (crc & 1u) != 0u ? crc >> 1u ^ 0xEDB88320u : crc >> 1u;
    }
    return crc;
}

// What is stored through the driver is what the core stores.
static void store_like_the_core(uint8_t reference)
{
    static _Alignas(EF_ALIGNMENT) uint8_t beside[1 << 20];
    static const int16_t codes[COLUMNS] = {100, -50, 20, 7, 12};
    struct ef_dev *dev = &bench.dev;
    struct ef_fault fault;
    struct ef_chip *chip = NULL;
    struct ef_config config = bench_config(EF_RULE_MIXED_PRECISION);
    config.settings.reference = reference;
    CHECK_EQUAL("up", EF_OK, ef_init(&chip, beside, sizeof beside, &fault, &config));
    bench_up(&config, &bench_polled);
    struct efd_capabilities what;
    CHECK_EQUAL("told", EFD_OK, efd_capabilities(dev, &what));
    CHECK_EQUAL("reference", reference, what.reference);
    CHECK_EQUAL("accumulators", 1, what.accumulators);
    CHECK_EQUAL("clock", CLOCK, what.clock_hz);
    CHECK_EQUAL("fifo", EF_BUS_FIFO, what.fifo);
    if (reference == EF_REFERENCE_STORED) {
        CHECK_EQUAL("store", EFD_OK, efd_store_reference(dev, 0, 1, codes, ROWS));
        CHECK_EQUAL("store", EF_OK, ef_store_reference_column(chip, 0, 1, codes));
    } else {
        CHECK_EQUAL("store", EFD_OK, efd_store_offsets(dev, 0, codes, COLUMNS));
        CHECK_EQUAL("store", EF_OK, ef_store_offset(chip, 0, codes));
    }
    int32_t chi[ROWS] = {5, -6, 7};
    CHECK_EQUAL("write", EFD_OK, efd_write_accumulators(dev, 0, 4, chi, ROWS));
    CHECK_EQUAL("write", EF_OK, ef_write_accumulators(chip, 0, 4, chi));
    CHECK_EQUAL("signature", ef_signature(chip), ef_signature(bench.bus.chip));
    chi[1] = 0;
    CHECK_EQUAL("read", EFD_OK, efd_read_accumulators(dev, chi, ROWS, 0, 4));
    CHECK_EQUAL("accumulator", -6, chi[1]);
    uint32_t crc = UINT32_MAX;
    uint32_t found = 0;
    for (uint32_t c = 0; c < COLUMNS; c++) {
        CHECK_EQUAL("column", EFD_OK, efd_read_column(dev, chi, ROWS, 0, 0, c, 2));
        for (uint32_t r = 0; r < ROWS; r++) {
            crc = crc_of_word(crc, (uint32_t)chi[r]);
        }
    }
    CHECK_EQUAL("sum", EFD_OK, efd_checksum(dev, &found, 0, 0, 2));
    CHECK_EQUAL("of what was read", ~crc, found);
}

int main(void)
{
    learn_like_the_core();
    describe_and_apply();
    store_like_the_core(EF_REFERENCE_STORED);
    store_like_the_core(EF_REFERENCE_OFFSET);
    printf("driver: as the core\n");
    return 0;
}
