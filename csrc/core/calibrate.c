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

static struct bench make_bench(struct ef_chip *chip, struct ef_trace *trace,
                               struct ef_layer *layer, const struct ef_calibrating *at)
{
    const int phase = EF_PHASE_CALIBRATE;
    const struct ef_calibration *how = at->how;
    struct bench b = {
        .chip = chip,
        .layer = layer,
        .how = how,
        .points = at->points,
        .writer = ef_writer_make(chip, layer, trace, at->plane, false, how->pulse_class,
                                 phase),
        .verify = {phase, at->plane, how->reads, true, how->mantissa, how->shift},
        .column = at->column,
        .pending = at->pending,
        .sums = at->sums,
    };
    b.writer.upright = 1u;
    for (uint32_t r = 0; r < layer->rows; r++) {
        b.pending_count += b.pending[r] != 0u ? 1u : 0u;
    }
    return b;
}

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

// The rows that have been measured are put to the rail test.
static void choose_measured(struct bench *b)
{
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
}

static void end_window(struct bench *b)
{
    for (uint32_t r = 0; r < b->layer->rows; r++) {
        struct ef_point *point = &b->points[r];
        if (b->pending[r] != 0u) {
            point->quads = (uint16_t)(point->quads + b->how->quads);
            if (point->windows == 0u) {
                judge_settling(point, b->how);
            } else {
                measure(point);
            }
        }
    }
    const uint64_t bytes = (uint64_t)RECORD_BYTES * b->pending_count;
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_SRAM_READ, bytes);
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_SRAM_WRITE, bytes);
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_COMPARE, 2u * b->pending_count);
    ef_spend(b->chip, EF_PHASE_CALIBRATE, 2u * b->pending_count, 0);
}

// Two pulses more up: a quad's highest reading is two above its lowest, where the test
// begins.
static void probe(struct bench *b, uint32_t place)
{
    const int32_t size = b->how->probe;
    const int32_t pulses[PROBES] = {size + 2, -2 * (size + 1), size};
    pulse_rows(b, pulses[place]);
}

static void end_probe(struct bench *b)
{
    for (uint32_t r = 0; r < b->layer->rows; r++) {
        if (b->pending[r] != 0u) {
            judge_measured(&b->points[r], b->how);
        }
    }
    ef_count(b->chip, EF_PHASE_CALIBRATE, EF_EVENT_COMPARE, 2u * b->pending_count);
    ef_spend(b->chip, EF_PHASE_CALIBRATE, 2u * b->pending_count, 0);
}

uint32_t ef_calibrate_begin(const struct ef_layer *layer, struct ef_point *points,
                            uint8_t *pending)
{
    uint32_t count = 0;
    for (uint32_t r = 0; r < layer->rows; r++) {
        pending[r] = points[r].verdict == EF_VERDICT_PENDING ? 1u : 0u;
        if (pending[r] != 0u) {
            clear_window(&points[r]);
            count += 1u;
        }
    }
    return count != 0u ? EF_CALIBRATE_READ : EF_CALIBRATE_DONE;
}

void ef_calibrate_step(struct ef_chip *chip, struct ef_trace *trace,
                       struct ef_layer *layer, struct ef_calibrating *at)
{
    struct bench b = make_bench(chip, trace, layer, at);
    const uint32_t place = at->turn % PLACES;
    switch (at->stage) {
    case EF_CALIBRATE_READ:
        read_rows(&b, place);
        at->stage = EF_CALIBRATE_PULSE;
        break;
    case EF_CALIBRATE_PULSE:
        pulse_rows(&b, place < PLACES / 2u ? 1 : -1);
        at->turn += 1u;
        at->stage = at->turn == PLACES * at->how->quads ? EF_CALIBRATE_WINDOW
                                                        : EF_CALIBRATE_READ;
        break;
    case EF_CALIBRATE_WINDOW:
        end_window(&b);
        choose_measured(&b);
        at->turn = 0;
        at->stage = b.pending_count != 0u ? EF_CALIBRATE_PROBE_READ : EF_CALIBRATE_DONE;
        break;
    case EF_CALIBRATE_PROBE_READ:
        read_rows(&b, at->turn);
        at->stage = EF_CALIBRATE_PROBE_PULSE;
        break;
    case EF_CALIBRATE_PROBE_PULSE:
        probe(&b, at->turn);
        at->turn += 1u;
        at->stage =
            at->turn == PROBES ? EF_CALIBRATE_PROBE_END : EF_CALIBRATE_PROBE_READ;
        break;
    default: // EF_CALIBRATE_PROBE_END
        end_probe(&b);
        at->stage = EF_CALIBRATE_DONE;
        break;
    }
}

void ef_calibrate(struct ef_chip *chip, struct ef_point *points, struct ef_trace *trace,
                  struct ef_layer *layer, uint32_t plane, uint32_t column,
                  const struct ef_calibration *how)
{
    struct ef_calibrating at = {
        .plane = plane,
        .column = column,
        .how = how,
        .points = points,
        .pending = (uint8_t *)ef_at(chip, chip->chance),
        .sums = (int32_t *)ef_at(chip, chip->partial),
    };
    at.stage = ef_calibrate_begin(layer, points, at.pending);
    while (at.stage != EF_CALIBRATE_DONE) {
        ef_calibrate_step(chip, trace, layer, &at);
    }
}

#define CALIBRATION_LIMIT 60000u         // quads; leaves room for the measured windows
#define POINT_SUM_MAX ((int32_t)1 << 29) // codes of all measured windows

// Whether a record is one that calibration could have left.
bool ef_point_inside(const struct ef_point *point)
{
    const struct ef_range range = {-POINT_SUM_MAX, POINT_SUM_MAX};
    bool inside = ef_inside(point->last, range) && point->windows <= 65u &&
                  point->quads <= UINT16_MAX - 64u &&
                  point->verdict <= EF_VERDICT_NOT_SETTLED;
    for (uint32_t place = 0; place < 4u; place++) {
        inside = inside && ef_inside(point->sums[place], range);
    }
    return inside;
}

bool ef_points_inside(const struct ef_point *points, uint32_t count)
{
    for (uint32_t r = 0; r < count; r++) {
        if (!ef_point_inside(&points[r])) {
            return false;
        }
    }
    return true;
}

bool ef_calibration_inside(const struct ef_chip *chip, const struct ef_calibration *how)
{
    return how->pulse_class < chip->settings.class_count && how->reads >= 1u &&
           how->reads <= 16u && how->quads >= 1u && how->quads <= 64u &&
           how->windows >= 1u && how->windows <= 64u && how->tolerance >= 1u &&
           how->probe >= 3u && how->probe <= 15u && how->mantissa >= 1u &&
           how->shift <= 47u && how->limit >= 1u && how->limit <= CALIBRATION_LIMIT;
}

struct ef_calibration ef_how_of(const struct ef_job *job)
{
    return (struct ef_calibration){
        .pulse_class = (uint8_t)job->pulse_class,
        .reads = (uint8_t)job->reads,
        .quads = (uint8_t)job->quads,
        .windows = (uint8_t)job->windows,
        .tolerance = (uint8_t)job->tolerance,
        .probe = (uint8_t)job->probe,
        .mantissa = (uint8_t)job->mantissa,
        .shift = (uint8_t)job->shift,
        .limit = job->limit,
    };
}
