// SPDX-License-Identifier: Apache-2.0
#include "calibrate.h"

#include "fixed.h"

#define PLACES 4u        // readings of a quad: before up, up, down, down
#define PROBES 3u        // readings of a rail test: before up, down, and up again
#define READING_BYTES 4u // of a row's sum in SRAM
#define RECORD_BYTES 40u // of a row's record in SRAM

// A column under calibration.
struct bench {
    struct ef_chip *chip;
    struct ef_layer *layer;
    const struct ef_calibration *how;
    struct ef_point *points;
    struct ef_writer writer;
    struct ef_verify verify;
    uint32_t column;
    uint32_t pending_count;
    uint8_t *pending; // by row
    int32_t *sums;    // by row
};

static void choose(struct bench *b, uint32_t row, bool pending)
{
    b->pending[row] = pending ? 1u : 0u;
    b->pending_count += pending ? 1u : 0u;
}

// One reading of every pending row, added to its record.
static void read_rows(struct bench *b, uint32_t place)
{
    ef_verify_read(b->chip, b->sums, b->layer, &b->verify, b->column, b->pending);
    for (uint32_t r = 0; r < b->layer->rows; r++) {
        if (b->pending[r] != 0u) {
            b->points[r].window[place] += b->sums[r];
        }
    }
    const uint64_t bytes = (uint64_t)READING_BYTES * b->pending_count;
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_SRAM_READ, bytes);
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_SRAM_WRITE, bytes);
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_ADD, b->pending_count);
}

// The same pulses on every pending row.
static void pulse_rows(struct bench *b, int32_t count)
{
    struct ef_slots slots = {0, 0, 0};
    for (uint32_t r = 0; r < b->layer->rows; r++) {
        if (b->pending[r] != 0u) {
            ef_send(&b->writer, &slots, r, b->column, count);
        }
    }
    ef_close_line(&b->writer, &slots, EF_PHASE_CALIBRATE, b->column);
}

static void clear_window(struct ef_point *point)
{
    for (uint32_t place = 0; place < PLACES; place++) {
        point->window[place] = 0;
    }
}

static void run_window(struct bench *b)
{
    for (uint32_t quad = 0; quad < b->how->quads; quad++) {
        for (uint32_t place = 0; place < PLACES; place++) {
            read_rows(b, place);
            pulse_rows(b, place < PLACES / 2u ? 1 : -1);
        }
    }
}

static int32_t level_of(const int32_t *codes)
{
    return codes[0] + codes[1] + codes[2] + codes[3];
}

// Whether a pulse moves the reading by less than half a code, over some quads.
static bool hardly_moves(const struct ef_calibration *how, const int32_t *codes,
                         uint32_t windows)
{
    const int32_t readings = (int32_t)(windows * how->quads * how->reads);
    return codes[2] - codes[0] < readings;
}

// A cell that is not quiet yet (SPEC 16.3).
static void judge_settling(struct ef_point *point, const struct ef_calibration *how)
{
    const int32_t level = level_of(point->window);
    const int64_t moved = ef_abs((int64_t)level - point->last);
    const int64_t swing = point->window[2] - point->window[0];
    const int64_t half_code = 2 * (int64_t)how->quads * how->reads;
    if (point->quads > how->quads) {
        if (hardly_moves(how, point->window, 1) && moved <= half_code) {
            point->verdict = EF_VERDICT_STUCK;
        } else if (8 * moved <= how->tolerance * swing) {
            point->windows = 1;
        }
    }
    point->last = level;
    if (point->verdict == EF_VERDICT_PENDING && point->windows == 0u &&
        (uint32_t)point->quads + how->quads > how->limit) {
        point->verdict = EF_VERDICT_NOT_SETTLED;
    }
    for (uint32_t place = 0; point->verdict != EF_VERDICT_PENDING && place < PLACES;
         place++) {
        point->sums[place] = point->window[place];
    }
}

static void measure(struct ef_point *point)
{
    for (uint32_t place = 0; place < PLACES; place++) {
        point->sums[place] += point->window[place];
    }
    point->windows += 1u;
}

// Whether probe pulses took a cell less than a quarter of a step beyond where its quads
// run, up or down (SPEC 16.4): `beyond` is the distance, in readings of all windows.
static bool at_rail(const struct ef_point *point, int64_t beyond)
{
    return 8 * beyond < (int64_t)point->sums[2] - point->sums[0];
}

static void judge_measured(struct ef_point *point, const struct ef_calibration *how)
{
    const int64_t readings = (int64_t)how->windows * how->quads;
    if (hardly_moves(how, point->sums, how->windows)) {
        point->verdict = EF_VERDICT_STUCK;
    } else if (at_rail(point, readings * point->window[1] - point->sums[2]) ||
               at_rail(point, point->sums[0] - readings * point->window[2])) {
        point->verdict = EF_VERDICT_NO_CROSSING;
    } else {
        point->verdict = EF_VERDICT_FOUND;
    }
}

// The rail test of all rows that have been measured. Two pulses more up: a quad's
// highest reading is two above its lowest, where the test begins.
static void probe_rows(struct bench *b)
{
    const int32_t probe = b->how->probe;
    const int32_t pulses[PROBES] = {probe + 2, -2 * (probe + 1), probe};
    b->pending_count = 0;
    for (uint32_t r = 0; r < b->layer->rows; r++) {
        struct ef_point *point = &b->points[r];
        const bool measured =
            point->verdict == EF_VERDICT_PENDING && point->windows > b->how->windows;
        choose(b, r, measured);
        if (measured) {
            clear_window(point);
        }
    }
    for (uint32_t place = 0; b->pending_count != 0u && place < PROBES; place++) {
        read_rows(b, place);
        pulse_rows(b, pulses[place]);
    }
    for (uint32_t r = 0; r < b->layer->rows; r++) {
        if (b->pending[r] != 0u) {
            judge_measured(&b->points[r], b->how);
        }
    }
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_COMPARE, 2u * b->pending_count);
    ef_spend(b->chip, EF_PHASE_CALIBRATE, 2u * b->pending_count, 0);
}

void ef_calibrate(struct ef_chip *chip, struct ef_point *points, struct ef_trace *trace,
                  struct ef_layer *layer, uint32_t plane, uint32_t column,
                  const struct ef_calibration *how)
{
    const int phase = EF_PHASE_CALIBRATE;
    struct bench b = {
        .chip = chip,
        .layer = layer,
        .how = how,
        .points = points,
        .writer =
            ef_writer_make(chip, layer, trace, plane, false, how->pulse_class, phase),
        .verify = {phase, plane, how->reads, true, how->mantissa, how->shift},
        .column = column,
        .pending = (uint8_t *)ef_at(chip, chip->chance),
        .sums = (int32_t *)ef_at(chip, chip->partial),
    };
    b.writer.upright = 1u;
    for (uint32_t r = 0; r < layer->rows; r++) {
        choose(&b, r, points[r].verdict == EF_VERDICT_PENDING);
        if (b.pending[r] != 0u) {
            clear_window(&points[r]);
        }
    }
    if (b.pending_count == 0u) {
        return;
    }
    run_window(&b);
    for (uint32_t r = 0; r < layer->rows; r++) {
        if (b.pending[r] != 0u) {
            points[r].quads = (uint16_t)(points[r].quads + how->quads);
            if (points[r].windows == 0u) {
                judge_settling(&points[r], how);
            } else {
                measure(&points[r]);
            }
        }
    }
    const uint64_t bytes = (uint64_t)RECORD_BYTES * b.pending_count;
    ef_count(chip, phase, EF_EVENT_SRAM_READ, bytes);
    ef_count(chip, phase, EF_EVENT_SRAM_WRITE, bytes);
    ef_count(chip, phase, EF_EVENT_COMPARE, 2u * b.pending_count);
    ef_spend(chip, phase, 2u * b.pending_count, 0);
    probe_rows(&b);
}
