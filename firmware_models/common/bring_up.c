// From a chip as it comes to one that can learn: trims, symmetry points, references,
// weights, in the order of edgeferro/controller.py, so that both end alike.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"
#include "points.h"

#define REFERENCES_MAX 2048u // codes, of all layers; edgeferro/firmware/programs.py

struct codes { // what is left of an array
    const int16_t *at;
    uint32_t left;
};

// The next of them; null where there are not as many.
static const int16_t *take(struct codes *codes, uint32_t count)
{
    if (count > codes->left) {
        return NULL;
    }
    const int16_t *taken = codes->at;
    codes->at += count;
    codes->left -= count;
    return taken;
}

uint32_t lesson_reference_codes(uint32_t reference, const struct place *at)
{
    if (reference == EF_REFERENCE_NONE) {
        return 0;
    }
    return reference == EF_REFERENCE_OFFSET ? at->columns : at->rows * at->columns;
}

int lesson_place(struct lesson *lesson, uint32_t layer, struct place *at)
{
    at->layer = layer;
    return efd_shape(&lesson->dev, layer, &at->rows, &at->columns);
}

int lesson_trim(struct lesson *lesson)
{
    int status = EFD_OK;
    if (lesson->trim == NULL) {
        return status;
    }
    for (uint32_t layer = 0; status == EFD_OK && layer < lesson->dev.layers; layer++) {
        const uint32_t sides = layer == 0u ? 1u : 2u; // nothing goes back to the inputs
        for (uint32_t side = 0; status == EFD_OK && side < sides; side++) {
            uint32_t ends = 0; // those are as good as they get
            status = efd_trim(&lesson->dev, &ends, layer, side, lesson->trim[0],
                              lesson->trim[1]);
        }
    }
    return status;
}

int lesson_write_plane(struct lesson *lesson, uint32_t plane, const struct place *at,
                       const int16_t *codes, uint32_t *missed)
{
    int status = EFD_OK;
    for (uint32_t c = 0; status == EFD_OK && c < at->columns; c++) {
        uint32_t few = 0;
        status = efd_program_column(&lesson->dev, &few, at->layer, plane, c,
                                    codes + (size_t)c * at->rows, at->rows);
        *missed += few;
    }
    return status;
}

// What a weight of zero is read against; nothing where there is no reference.
static int write_reference(struct lesson *lesson, uint32_t reference,
                           const struct place *at, const int16_t *codes,
                           uint32_t *missed)
{
    int status = EFD_OK;
    if (reference == EF_REFERENCE_CELL) {
        status = lesson_write_plane(lesson, EF_PLANE_REFERENCE, at, codes, missed);
    } else if (reference == EF_REFERENCE_OFFSET) {
        status = efd_store_offsets(&lesson->dev, at->layer, codes, at->columns);
    } else if (reference == EF_REFERENCE_STORED) {
        for (uint32_t c = 0; status == EFD_OK && c < at->columns; c++) {
            status = efd_store_reference(&lesson->dev, at->layer, c,
                                         codes + (size_t)c * at->rows, at->rows);
        }
    }
    return status;
}

// Layer by layer; references of the blob unless others were found.
static int write_layers(struct lesson *lesson, struct codes *found, uint32_t *missed)
{
    struct codes codes = {lesson->targets, lesson->target_count};
    struct efd_capabilities chip;
    int status = efd_capabilities(&lesson->dev, &chip);
    *missed = 0;
    for (uint32_t layer = 0; status == EFD_OK && layer < lesson->dev.layers; layer++) {
        struct place at;
        status = lesson_place(lesson, layer, &at);
        if (status != EFD_OK) {
            return status;
        }
        const uint32_t count = lesson_reference_codes(chip.reference, &at);
        const int16_t *level = take(&codes, count);
        const int16_t *weights = take(&codes, at.rows * at.columns);
        if (found != NULL) {
            level = take(found, count);
        }
        if (level == NULL || weights == NULL) {
            return FW_DATA;
        }
        status = write_reference(lesson, chip.reference, &at, level, missed);
        if (status == EFD_OK) {
            status = lesson_write_plane(lesson, EF_PLANE_MAIN, &at, weights, missed);
        }
    }
    return status;
}

int lesson_write(struct lesson *lesson, uint32_t *missed)
{
    const int status = lesson_trim(lesson);
    return status == EFD_OK ? write_layers(lesson, NULL, missed) : status;
}

// All layers, before anything is written; their references one after the other.
static int find_references(struct lesson *lesson, struct points *points,
                           int16_t *references, uint32_t *count)
{
    struct efd_capabilities chip;
    int status = efd_capabilities(&lesson->dev, &chip);
    for (uint32_t layer = 0; status == EFD_OK && layer < lesson->dev.layers; layer++) {
        struct place at;
        status = lesson_place(lesson, layer, &at);
        for (uint32_t c = 0; status == EFD_OK && c < at.columns; c++) {
            status = points_search(points, &lesson->dev, &at, c, NULL, NULL);
        }
        if (status == EFD_OK) {
            status = points_levels(points, &at);
        }
        if (status != EFD_OK) {
            return status;
        }
        if (chip.reference == EF_REFERENCE_OFFSET) {
            points_offsets(points, &at);
        }
        const uint32_t codes = lesson_reference_codes(chip.reference, &at);
        if (codes > REFERENCES_MAX - *count) {
            return FW_DATA;
        }
        for (uint32_t i = 0; i < codes; i++) {
            references[*count + i] = points->levels[i];
        }
        *count += codes;
    }
    return status;
}

int lesson_program(struct lesson *lesson, uint32_t *missed)
{
    FW_STATIC int16_t references[REFERENCES_MAX];
    struct points *points = points_memory();
    struct codes found = {references, 0};
    *missed = 0;
    int status = lesson_trim(lesson);
    if (status != EFD_OK || !lesson->calibrates) {
        return status == EFD_OK ? write_layers(lesson, NULL, missed) : status;
    }
    status = points_open(points, lesson->world, lesson->dev.layers);
    if (status == EFD_OK) {
        status = find_references(lesson, points, references, &found.left);
    }
    return status == EFD_OK ? write_layers(lesson, &found, missed) : status;
}
