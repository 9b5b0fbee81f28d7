// An image of the classifier without the chip: it is tested, learns pass after pass, is
// tested after each, and prints lines of key=value. Its data are one blob of words
// (u32, little-endian); arrays behind them begin at multiples of four bytes.
//   magic, layers, samples, tests, passes, samples of a pass
//   of each layer: rows, columns, bias, limit, shift, back shift, error limit, rate,
//   rate shift
//   exponential (u16, 256); of each layer but the last activation and slope (i16, 256)
//   codes (i16, samples x inputs); labels (u16, samples); tests (u16); order (u16, all
//   passes); weights of each layer (i16, rows x columns)
// SPDX-License-Identifier: Apache-2.0
#include "alternative.h"

#include <stddef.h>

#include "platform.h"

#define MAGIC 0x31544C41u
#define WEIGHTS_MAX 262144u
#define LINES_MAX 8192u // rows, or columns, of all layers
#define EMPTY_TIMES 100u
#define FNV_OFFSET 2166136261u
#define FNV_PRIME 16777619u

extern const uint8_t fw_blob[];
extern const uint8_t fw_blob_end[];
int main(void);

static int16_t weights[WEIGHTS_MAX];
static int16_t codes[LINES_MAX];
static int32_t sums[LINES_MAX];
static int16_t errors[LINES_MAX];

struct head {
    uint32_t magic;
    uint32_t layers;
    uint32_t samples;
    uint32_t tests;
    uint32_t passes;
    uint32_t each;
};

struct layer_head {
    uint32_t rows;
    uint32_t columns;
    uint32_t bias;
    uint32_t limit;
    uint32_t shift;
    uint32_t back_shift;
    uint32_t error_limit;
    uint32_t rate;
    uint32_t rate_shift;
};

struct lesson {
    struct head head;
    struct alt_net net;
    const int16_t *samples;
    const uint16_t *labels;
    const uint16_t *tests;
    const uint16_t *order;
    uint32_t inputs;
};

struct cost {
    uint32_t times;
    uint64_t ticks;
};

static const uint8_t *at; // what of the blob comes next
static struct cost inferred;
static struct cost learned;

static void put(const char *name, uint64_t value)
{
    char text[24];
    uint32_t place = sizeof text - 1u;
    text[place] = '\0';
    do {
        place -= 1u;
        text[place] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0u);
    platform_puts(name);
    platform_puts("=");
    platform_puts(text + place);
    platform_puts("\n");
}

// The next part of the blob; null where it ends before.
static const void *part(uint64_t bytes)
{
    const void *found = at;
    const uint64_t padded = (bytes + 3u) & ~(uint64_t)3u;
    if (at == NULL || padded > (uint64_t)(fw_blob_end - at)) {
        at = NULL;
        return NULL;
    }
    at += padded;
    return found;
}

static bool read_layers(struct lesson *lesson)
{
    uint64_t rows = 0;
    uint64_t columns = 0;
    for (uint32_t l = 0; l < lesson->head.layers; l++) {
        const struct layer_head *head = part(sizeof *head);
        if (head == NULL || head->rows > ALT_WIDTH_MAX ||
            head->columns > ALT_WIDTH_MAX) {
            return false;
        }
        lesson->net.layer[l] = (struct alt_layer){
            .rows = head->rows,
            .columns = head->columns,
            .bias = (int32_t)head->bias,
            .limit = (int32_t)head->limit,
            .shift = head->shift,
            .back_shift = head->back_shift,
            .error_limit = (int32_t)head->error_limit,
            .rate = head->rate,
            .rate_shift = head->rate_shift,
        };
        rows += head->rows;
        columns += head->columns;
    }
    lesson->inputs = lesson->net.layer[0].columns - 1u;
    return rows <= LINES_MAX && columns <= LINES_MAX;
}

static bool read_weights(struct alt_net *net)
{
    uint64_t used = 0;
    for (uint32_t l = 0; l < net->layers; l++) {
        struct alt_layer *layer = &net->layer[l];
        const uint64_t count = (uint64_t)layer->rows * layer->columns;
        const int16_t *from = part(2u * count);
        if (from == NULL || used + count > WEIGHTS_MAX) {
            return false;
        }
        layer->weights = weights + used;
        for (uint64_t i = 0; i < count; i++) {
            layer->weights[i] = from[i];
        }
        used += count;
    }
    return true;
}

static bool below(const uint16_t *list, uint32_t count, uint32_t most)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] >= most) {
            return false;
        }
    }
    return true;
}

static bool read_lesson(struct lesson *lesson)
{
    at = fw_blob;
    const struct head *head = part(sizeof *head);
    if (head == NULL || head->magic != MAGIC || head->layers < 1u ||
        head->layers > ALT_LAYERS_MAX) {
        return false;
    }
    lesson->head = *head;
    struct alt_net *net = &lesson->net;
    *net = (struct alt_net){
        .layers = head->layers, .codes = codes, .sums = sums, .errors = errors};
    if (!read_layers(lesson)) {
        return false;
    }
    net->exponential = part(2u * ALT_ENTRIES);
    for (uint32_t l = 0; l + 1u < net->layers; l++) {
        net->layer[l].activation = part(2u * ALT_ENTRIES);
        net->layer[l].slope = part(2u * ALT_ENTRIES);
    }
    const uint64_t learned_all = (uint64_t)head->passes * head->each;
    lesson->samples = part(2u * (uint64_t)head->samples * lesson->inputs);
    lesson->labels = part(2u * (uint64_t)head->samples);
    lesson->tests = part(2u * (uint64_t)head->tests);
    lesson->order = part(2u * learned_all);
    return lesson->order != NULL && read_weights(net) && alt_fits(net) &&
           below(lesson->tests, head->tests, head->samples) &&
           below(lesson->order, (uint32_t)learned_all, head->samples) &&
           below(lesson->labels, head->samples, net->layer[net->layers - 1u].rows);
}

// Which weights there are, over their bytes from low to high (FNV-1a).
static uint32_t digest(const struct alt_net *net)
{
    uint32_t hash = FNV_OFFSET;
    for (uint32_t l = 0; l < net->layers; l++) {
        const struct alt_layer *layer = &net->layer[l];
        for (uint32_t i = 0; i < layer->rows * layer->columns; i++) {
            const uint32_t weight = (uint16_t)layer->weights[i];
            hash = (hash ^ (weight & 0xFFu)) * FNV_PRIME;
            hash = (hash ^ weight >> 8u) * FNV_PRIME;
        }
    }
    return hash;
}

static void test(struct lesson *lesson)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < lesson->head.tests; i++) {
        const uint32_t sample = lesson->tests[i];
        const int16_t *inputs = lesson->samples + (size_t)sample * lesson->inputs;
        const uint32_t began = platform_ticks();
        const uint32_t found = alt_infer(&lesson->net, inputs);
        inferred.ticks += platform_ticks() - began;
        inferred.times += 1u;
        right += found == lesson->labels[sample] ? 1u : 0u;
    }
    put("right", right);
    put("digest", digest(&lesson->net));
}

static void learn(struct lesson *lesson, const uint16_t *order)
{
    for (uint32_t i = 0; i < lesson->head.each; i++) {
        const uint32_t sample = order[i];
        const int16_t *inputs = lesson->samples + (size_t)sample * lesson->inputs;
        const uint32_t began = platform_ticks();
        (void)alt_learn(&lesson->net, inputs, lesson->labels[sample]);
        learned.ticks += platform_ticks() - began;
        learned.times += 1u;
    }
}

// What looking at the counter takes, which is no part of what is counted.
static uint64_t looking(void)
{
    uint64_t ticks = 0;
    for (uint32_t i = 0; i < EMPTY_TIMES; i++) {
        const uint32_t began = platform_ticks();
        ticks += platform_ticks() - began;
    }
    return ticks;
}

int main(void)
{
    static struct lesson lesson;
    if (!read_lesson(&lesson)) {
        platform_puts("status=1\n");
        return 1;
    }
    test(&lesson);
    for (uint32_t pass = 0; pass < lesson.head.passes; pass++) {
        learn(&lesson, lesson.order + (size_t)pass * lesson.head.each);
        test(&lesson);
    }
    put("infer_times", inferred.times);
    put("infer_ticks", inferred.ticks);
    put("learn_times", learned.times);
    put("learn_ticks", learned.ticks);
    put("looking_ticks", looking());
    platform_puts("status=0\n");
    return 0;
}
