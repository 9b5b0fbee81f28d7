// The driver against the emulated bus: every argument that it refuses, before anything
// but LAYER is written; what the controller refuses; what is no controller.
// SPDX-License-Identifier: Apache-2.0
#include "driver_bench.h"

// A call with an argument that is out of range, and no word written.
#define REFUSED(call)                                                                  \
    do {                                                                               \
        const uint32_t before = bench.writes;                                          \
        CHECK_EQUAL(#call, EFD_ARGUMENT, call);                                        \
        CHECK_EQUAL("words written", before, bench.writes);                            \
    } while (0)

static void refuse_samples(void)
{
    static const int16_t codes[COLUMNS];
    uint32_t label = 0;
    int32_t code = 0;
    REFUSED(efd_infer(NULL, &label, codes, INPUTS));
    REFUSED(efd_infer(&bench.dev, NULL, codes, INPUTS));
    REFUSED(efd_infer(&bench.dev, &label, NULL, INPUTS));
    REFUSED(efd_learn(NULL, &label, codes, INPUTS, 0));
    REFUSED(efd_learn(&bench.dev, NULL, codes, INPUTS, 0));
    REFUSED(efd_learn(&bench.dev, &label, NULL, INPUTS, 0));
    REFUSED(efd_learn(&bench.dev, &label, codes, INPUTS, ROWS));
    REFUSED(efd_output(NULL, &code, 0));
    REFUSED(efd_output(&bench.dev, NULL, 0));
    REFUSED(efd_output(&bench.dev, &code, ROWS));
    REFUSED(efd_set_rate(NULL, 0, 1, 0));
    REFUSED(efd_set_rate(&bench.dev, 1, 1, 0));
    REFUSED(efd_set_rate(&bench.dev, 0, 0, 0));
    REFUSED(efd_set_rate(&bench.dev, 0, 256, 0));
    REFUSED(efd_set_rate(&bench.dev, 0, 1, 63));
}

static void refuse_columns(void)
{
    static int16_t targets[ROWS];
    int32_t sums[ROWS];
    uint32_t n = 0;
    REFUSED(efd_shape(NULL, 0, &n, &n));
    REFUSED(efd_shape(&bench.dev, 0, NULL, &n));
    REFUSED(efd_shape(&bench.dev, 0, &n, NULL));
    REFUSED(efd_shape(&bench.dev, 1, &n, &n));
    REFUSED(efd_program_column(NULL, &n, 0, 0, 0, targets, ROWS));
    REFUSED(efd_program_column(&bench.dev, NULL, 0, 0, 0, targets, ROWS));
    REFUSED(efd_program_column(&bench.dev, &n, 0, 0, 0, NULL, ROWS));
    REFUSED(efd_program_column(&bench.dev, &n, 1, 0, 0, targets, ROWS));
    REFUSED(efd_program_column(&bench.dev, &n, 0, 1, 0, targets, ROWS));
    REFUSED(efd_program_column(&bench.dev, &n, 0, 0, COLUMNS, targets, ROWS));
    REFUSED(efd_read_column(NULL, sums, ROWS, 0, 0, 0, 1));
    REFUSED(efd_read_column(&bench.dev, NULL, ROWS, 0, 0, 0, 1));
    REFUSED(efd_read_column(&bench.dev, sums, ROWS, 1, 0, 0, 1));
    REFUSED(efd_read_column(&bench.dev, sums, ROWS, 0, 1, 0, 1));
    REFUSED(efd_read_column(&bench.dev, sums, ROWS, 0, 0, COLUMNS, 1));
    REFUSED(efd_read_column(&bench.dev, sums, ROWS, 0, 0, 0, 0));
    REFUSED(efd_read_column(&bench.dev, sums, ROWS, 0, 0, 0, 65));
    REFUSED(efd_trim(NULL, &n, 0, 0, 1, 64));
    REFUSED(efd_trim(&bench.dev, NULL, 0, 0, 1, 64));
    REFUSED(efd_trim(&bench.dev, &n, 1, 0, 1, 64));
    REFUSED(efd_trim(&bench.dev, &n, 0, 2, 1, 64));
    REFUSED(efd_trim(&bench.dev, &n, 0, 0, 0, 64));
    REFUSED(efd_trim(&bench.dev, &n, 0, 0, 65, 64));
    REFUSED(efd_trim(&bench.dev, &n, 0, 0, 1, EF_TRIM_CODE_MASK + 1u));
}

static void refuse_layers(void)
{
    static const int16_t in[COLUMNS] = {100, -50, 20, 7, 127};
    static const int32_t wide[ROWS] = {1000, -2000, 3000};
    int16_t out[COLUMNS];
    int32_t far[ROWS];
    int32_t z = 0;
    uint32_t n = 0;
    REFUSED(efd_learn_targets(NULL, &n, in, INPUTS, in, ROWS));
    REFUSED(efd_learn_targets(&bench.dev, NULL, in, INPUTS, in, ROWS));
    REFUSED(efd_learn_targets(&bench.dev, &n, NULL, INPUTS, in, ROWS));
    REFUSED(efd_learn_targets(&bench.dev, &n, in, INPUTS, NULL, ROWS));
    REFUSED(efd_forward(NULL, out, ROWS, 0, in, COLUMNS));
    REFUSED(efd_forward(&bench.dev, NULL, ROWS, 0, in, COLUMNS));
    REFUSED(efd_forward(&bench.dev, out, ROWS, 1, in, COLUMNS));
    REFUSED(efd_forward(&bench.dev, out, ROWS, 0, NULL, COLUMNS));
    REFUSED(efd_activate(NULL, out, 0, in, ROWS));
    REFUSED(efd_activate(&bench.dev, NULL, 0, in, ROWS));
    REFUSED(efd_activate(&bench.dev, out, 1, in, ROWS));
    REFUSED(efd_activate(&bench.dev, out, 0, NULL, ROWS));
    REFUSED(efd_backward(NULL, out, 4, 0, in, ROWS));
    REFUSED(efd_backward(&bench.dev, NULL, 4, 0, in, ROWS));
    REFUSED(efd_backward(&bench.dev, out, 4, 1, in, ROWS));
    REFUSED(efd_backward(&bench.dev, out, COLUMNS + 1u, 0, in, ROWS));
    REFUSED(efd_backward(&bench.dev, out, 4, 0, NULL, ROWS));
    REFUSED(efd_slopes(NULL, far, 0, in, in, ROWS));
    REFUSED(efd_slopes(&bench.dev, NULL, 0, in, in, ROWS));
    REFUSED(efd_slopes(&bench.dev, far, 1, in, in, ROWS));
    REFUSED(efd_slopes(&bench.dev, far, 0, NULL, in, ROWS));
    REFUSED(efd_slopes(&bench.dev, far, 0, in, NULL, ROWS));
    REFUSED(efd_errors(NULL, out, &z, 0, wide, ROWS, 0));
    REFUSED(efd_errors(&bench.dev, NULL, &z, 0, wide, ROWS, 0));
    REFUSED(efd_errors(&bench.dev, out, NULL, 0, wide, ROWS, 0));
    REFUSED(efd_errors(&bench.dev, out, &z, 1, wide, ROWS, 0));
    REFUSED(efd_errors(&bench.dev, out, &z, 0, NULL, ROWS, 0));
    REFUSED(efd_errors(&bench.dev, out, &z, 0, wide, ROWS, -513));
    REFUSED(efd_errors(&bench.dev, out, &z, 0, wide, ROWS, 512));
    REFUSED(efd_update(NULL, 0, in, COLUMNS, in, ROWS, 0));
    REFUSED(efd_update(&bench.dev, 1, in, COLUMNS, in, ROWS, 0));
    REFUSED(efd_update(&bench.dev, 0, NULL, COLUMNS, in, ROWS, 0));
    REFUSED(efd_update(&bench.dev, 0, in, COLUMNS, NULL, ROWS, 0));
    REFUSED(efd_update(&bench.dev, 0, in, COLUMNS, in, ROWS, -1025));
    REFUSED(efd_update(&bench.dev, 0, in, COLUMNS, in, ROWS, 1024));
    CHECK_EQUAL("forward", EFD_OK, efd_forward(&bench.dev, out, ROWS, 0, in, COLUMNS));
    CHECK_EQUAL("errors", EFD_OK, efd_errors(&bench.dev, out, &z, 0, wide, ROWS, 2));
    CHECK_EQUAL("exponent", 7, z); // 3000 has 12 bits of 7, and 2
    CHECK_EQUAL("code", 94, out[2]);
    CHECK_EQUAL("backward", EFD_OK, efd_backward(&bench.dev, out, 4, 0, out, ROWS));
    CHECK_EQUAL("no table", EFD_REFUSED, efd_activate(&bench.dev, out, 0, in, ROWS));
    CHECK_EQUAL("its bit", EF_REFUSED_RANGE_MASK, bench.dev.errors);
    CHECK_EQUAL("no slopes", EFD_REFUSED, efd_slopes(&bench.dev, far, 0, in, in, ROWS));
    CHECK_EQUAL("codes that stay", 0, bench.bus.fifo_level);
    CHECK_EQUAL("no targets", EFD_REFUSED,
                efd_learn_targets(&bench.dev, &n, in, INPUTS, in, ROWS));
    CHECK_EQUAL(
        "no such code", EFD_REFUSED,
        efd_update(&bench.dev, 0, in, COLUMNS, (int16_t[]){0, 0, 128}, ROWS, 0));
    CHECK_EQUAL("an update", EFD_OK,
                efd_update(&bench.dev, 0, in, COLUMNS, in, ROWS, -20));
}

// A calibration with one setting beyond its range.
#define SETTING(field, wrong)                                                          \
    do {                                                                               \
        struct efd_calibration how = good;                                             \
        how.field = wrong;                                                             \
        REFUSED(efd_calibrate_column(&bench.dev, 0, 0, 0, &how));                      \
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
    REFUSED(efd_calibrate_column(&bench.dev, 0, 0, 0, NULL));
    REFUSED(efd_calibrate_column(&bench.dev, 1, 0, 0, &good));
    REFUSED(efd_calibrate_column(&bench.dev, 0, 1, 0, &good));
    REFUSED(efd_calibrate_column(&bench.dev, 0, 0, COLUMNS, &good));
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
    REFUSED(efd_point(&bench.dev, NULL, 0));
    REFUSED(efd_event(NULL, &count, 0, 0));
    REFUSED(efd_event(&bench.dev, NULL, 0, 0));
    REFUSED(efd_event(&bench.dev, &count, 6, 0));
    REFUSED(efd_event(&bench.dev, &count, 0, 20));
    REFUSED(efd_pulses(NULL, &count, 0, 0));
    REFUSED(efd_pulses(&bench.dev, NULL, 0, 0));
    REFUSED(efd_pulses(&bench.dev, &count, 6, 0));
    REFUSED(efd_pulses(&bench.dev, &count, 0, 16));
    CHECK_EQUAL("a calibration", EFD_OK,
                efd_calibrate_column(&bench.dev, 0, 0, 0, &good));
    SETTING(pulse_class, 16);
    struct efd_calibration other = good;
    other.pulse_class = 1; // that a driver knows, and this chip hasn't
    CHECK_EQUAL("no such class", EFD_REFUSED,
                efd_calibrate_column(&bench.dev, 0, 0, 0, &other));
    CHECK_EQUAL("its bit", EF_REFUSED_RANGE_MASK, bench.dev.errors);
}

// Every length one off.
static void refuse_lengths(void)
{
    static const int16_t in[COLUMNS + 1u] = {100, -50, 20, 7, 127};
    static const int32_t wide[ROWS + 1u] = {1000, -2000, 3000};
    int16_t out[COLUMNS + 1u];
    int32_t far[COLUMNS + 1u];
    int32_t z = 0;
    uint32_t n = 0;
    struct ef_dev *dev = &bench.dev;
    for (uint32_t off = 0; off < 2u; off++) {
        const uint32_t inputs = off == 0u ? INPUTS - 1u : INPUTS + 1u;
        const uint32_t rows = off == 0u ? ROWS - 1u : ROWS + 1u;
        const uint32_t columns = off == 0u ? COLUMNS - 1u : COLUMNS + 1u;
        REFUSED(efd_infer(dev, &n, in, inputs));
        REFUSED(efd_learn(dev, &n, in, inputs, 0));
        REFUSED(efd_submit_infer(dev, &n, in, inputs));
        REFUSED(efd_submit_learn(dev, &n, in, inputs, 0));
        REFUSED(efd_learn_targets(dev, &n, in, inputs, in, ROWS));
        REFUSED(efd_learn_targets(dev, &n, in, INPUTS, in, rows));
        REFUSED(efd_program_column(dev, &n, 0, 0, 0, in, rows));
        REFUSED(efd_read_column(dev, far, rows, 0, 0, 0, 1));
        REFUSED(efd_store_reference(dev, 0, 0, in, rows));
        REFUSED(efd_store_offsets(dev, 0, in, columns));
        REFUSED(efd_read_accumulators(dev, far, rows, 0, 0));
        REFUSED(efd_write_accumulators(dev, 0, 0, wide, rows));
        REFUSED(efd_forward(dev, out, rows, 0, in, COLUMNS));
        REFUSED(efd_forward(dev, out, ROWS, 0, in, columns));
        REFUSED(efd_activate(dev, out, 0, in, rows));
        REFUSED(efd_backward(dev, out, INPUTS, 0, in, rows));
        REFUSED(efd_slopes(dev, far, 0, in, in, rows));
        REFUSED(efd_errors(dev, out, &z, 0, wide, rows, 0));
        REFUSED(efd_update(dev, 0, in, columns, in, ROWS, 0));
        REFUSED(efd_update(dev, 0, in, COLUMNS, in, rows, 0));
    }
}

// Descriptors with one of them beyond its range.
#define DESCRIBED(field, wrong)                                                        \
    do {                                                                               \
        struct efd_descriptors told = good;                                            \
        told.field = wrong;                                                            \
        REFUSED(efd_write_descriptors(&bench.dev, 0, &told));                          \
    } while (0)

static void refuse_settings(void)
{
    struct ef_dev *dev = &bench.dev;
    struct efd_descriptors good;
    struct efd_programming how = {1, 1, 1, 1};
    REFUSED(efd_read_descriptors(NULL, &good, 0));
    REFUSED(efd_read_descriptors(dev, NULL, 0));
    REFUSED(efd_read_descriptors(dev, &good, 1));
    CHECK_EQUAL("as it is", EFD_OK, efd_read_descriptors(dev, &good, 0));
    REFUSED(efd_write_descriptors(NULL, 0, &good));
    REFUSED(efd_write_descriptors(dev, 1, &good));
    REFUSED(efd_write_descriptors(dev, 0, NULL));
    DESCRIBED(rule, 4);
    DESCRIBED(pulse_class, 16);
    DESCRIBED(program_class, 16);
    DESCRIBED(forward.mantissa, 0);
    DESCRIBED(forward.mantissa, 256);
    DESCRIBED(forward.shift, 48);
    DESCRIBED(back.mantissa, 0);
    DESCRIBED(verify.shift, 48);
    DESCRIBED(threshold, 0);
    DESCRIBED(threshold, (1 << 30) + 1);
    DESCRIBED(bias_code, 32768);
    DESCRIBED(bias_code, -32769);
    DESCRIBED(verify_code, 32768);
    REFUSED(efd_read_programming(dev, NULL));
    REFUSED(efd_write_programming(NULL, &how));
    REFUSED(efd_write_programming(dev, NULL));
    how.tolerance = 256;
    REFUSED(efd_write_programming(dev, &how));
    REFUSED(efd_apply(NULL, NULL));
}

static void refuse_what_is_left(void)
{
    struct ef_dev *dev = &bench.dev;
    struct efd_capabilities chip;
    struct efd_cut cut;
    struct efd_done done;
    int32_t chi[ROWS];
    uint32_t n = 0;
    REFUSED(efd_lock(NULL, 1));
    REFUSED(efd_lock(dev, 16));
    REFUSED(efd_unlock(NULL, 1));
    REFUSED(efd_unlock(dev, 16));
    REFUSED(efd_power(NULL, 0));
    REFUSED(efd_power(dev, 3));
    REFUSED(efd_keep_accumulators(NULL, true));
    REFUSED(efd_cut(NULL, &cut));
    REFUSED(efd_cut(dev, NULL));
    REFUSED(efd_forget_cut(NULL));
    REFUSED(efd_abort(NULL));
    REFUSED(efd_reset(NULL));
    REFUSED(efd_close(NULL));
    REFUSED(efd_poll(NULL, true));
    REFUSED(efd_wait(NULL));
    REFUSED(efd_complete(NULL, &done));
    REFUSED(efd_complete(dev, NULL));
    REFUSED(efd_capabilities(NULL, &chip));
    REFUSED(efd_capabilities(dev, NULL));
    REFUSED(efd_checksum(NULL, &n, 0, 0, 1));
    REFUSED(efd_checksum(dev, NULL, 0, 0, 1));
    REFUSED(efd_checksum(dev, &n, 1, 0, 1));
    REFUSED(efd_checksum(dev, &n, 0, 1, 1));
    REFUSED(efd_checksum(dev, &n, 0, 0, 65));
    REFUSED(efd_store_reference(dev, 0, COLUMNS, (int16_t[ROWS]){0}, ROWS));
    REFUSED(efd_store_reference(dev, 0, 0, NULL, ROWS));
    REFUSED(efd_store_offsets(dev, 1, (int16_t[COLUMNS]){0}, COLUMNS));
    REFUSED(efd_read_accumulators(dev, NULL, ROWS, 0, 0));
    REFUSED(efd_read_accumulators(dev, chi, ROWS, 0, COLUMNS));
    REFUSED(efd_write_accumulators(dev, 1, 0, chi, ROWS));
    efd_interrupt(NULL);
    CHECK_EQUAL("of no device", 0, efd_updates(NULL));
    CHECK_EQUAL("of no device", 0, efd_cycles(NULL));
}

// What only the controller knows to be wrong: its bits are kept, and cleared behind it.
static void refuse_by_controller(void)
{
    static const int16_t codes[COLUMNS] = {100, -50, 20, 7};
    static const int32_t chi[ROWS];
    struct ef_dev *dev = &bench.dev;
    struct efd_point point;
    uint32_t n = 0;
    CHECK_EQUAL("a row", EFD_REFUSED, efd_point(dev, &point, EF_LINES_MAX));
    CHECK_EQUAL("its bit", EF_REFUSED_INDEX_MASK, dev->errors);
    CHECK_EQUAL("no trims", EFD_REFUSED, efd_trim(dev, &n, 0, 0, 1, 64));
    CHECK_EQUAL("its bit", EF_REFUSED_COMMAND_MASK, dev->errors);
    CHECK_EQUAL("not stored", EFD_REFUSED, efd_store_reference(dev, 0, 0, codes, ROWS));
    CHECK_EQUAL("no offsets", EFD_REFUSED, efd_store_offsets(dev, 0, codes, COLUMNS));
    CHECK_EQUAL("not mixed", EFD_REFUSED, efd_write_accumulators(dev, 0, 0, chi, ROWS));
    CHECK_EQUAL("its bit", EF_REFUSED_RANGE_MASK, dev->errors);
    (void)ef_bus_write32(&bench.bus, EF_REG_SAMPLE, 1); // a stray code
    CHECK_EQUAL("a step", EFD_OK, efd_learn(dev, &n, codes, INPUTS, 1));
    CHECK_EQUAL("steps", 1, efd_updates(dev));
    const uint64_t cycles = efd_cycles(dev);
    CHECK_EQUAL("time", bench.bus.latched_cycle, cycles);
    dev->inputs -= 1u; // one code too few: refused, and none of them stays
    CHECK_EQUAL("too few", EFD_REFUSED, efd_infer(dev, &n, codes, INPUTS - 1u));
    CHECK_EQUAL("its bit", EF_REFUSED_UNDERRUN_MASK, dev->errors);
    CHECK_EQUAL("codes that stay", 0, bench.bus.fifo_level);
    dev->inputs += 1u;
    CHECK_EQUAL("a sample", EFD_OK, efd_infer(dev, &n, codes, INPUTS));
    CHECK_EQUAL("lock", EFD_OK, efd_lock(dev, EF_LOCK_PROGRAM_MASK));
    CHECK_EQUAL("locked", EFD_REFUSED,
                efd_program_column(dev, &n, 0, 0, 0, codes, ROWS));
    CHECK_EQUAL("its bit", EF_REFUSED_LOCKED_MASK, dev->errors);
    CHECK_EQUAL("unlock", EFD_OK, efd_unlock(dev, EF_LOCK_PROGRAM_MASK));
    CHECK_EQUAL("as before", EFD_OK, efd_program_column(dev, &n, 0, 0, 0, codes, ROWS));
}

static void open_another(uint32_t address, uint32_t value, int expected)
{
    bench.lie_address = address;
    bench.lie_value = value;
    CHECK_EQUAL("another controller", expected, efd_open(&bench.dev, 0, &bench_polled));
    bench.lie_address = NEVER;
}

int main(void)
{
    static const struct ef_port half = {bench_read, NULL, NULL, NULL};
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    bench_up(&config, &bench_polled);
    REFUSED(efd_open(NULL, 0, &bench_polled));
    REFUSED(efd_open(&bench.dev, 0, &half));
    refuse_samples();
    refuse_columns();
    refuse_lengths();
    refuse_settings();
    refuse_what_is_left();
    refuse_layers();
    refuse_calibrations();
    refuse_by_controller();
    open_another(EF_REG_ID, 0xEDFE0002u, EFD_NOT_FOUND);
    open_another(EF_REG_VERSION, 1u << EF_VERSION_MAP_SHIFT, EFD_NOT_FOUND);
    open_another(EF_REG_STATUS, EF_STATUS_BUSY_MASK, EFD_TIMEOUT);
    CHECK_EQUAL("open again", EFD_OK, efd_open(&bench.dev, 0, &bench_polled));
    printf("driver: refused what it must\n");
    return 0;
}
