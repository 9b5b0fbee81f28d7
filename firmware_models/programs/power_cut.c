// SPDX-License-Identifier: Apache-2.0
// Learns a list of samples once each, whatever happens to the power: at any access, at
// any step of any command, in the middle of a word of the journal. After a cut a chip
// is in one of two states, which its registers tell apart, and each is a legal one:
//   1. Nothing of the sample's update stands (its learning had not begun, or had only
//      read; or it had ended before, which UPDATES says). The chip is as before it, or
//      as after it, to the bit. What was not learned is learned again.
//   2. Its update had begun: CUT says so. The chip holds what the steps that had begun
//      left, no pulse more and none twice. The sample counts, and is not repeated:
//      pulses can't be taken back, and the rest of them is lost with the error codes.
// An update has begun where cells were pulsed; under mixed precision also where
// accumulators were added to, so behind the reads of all layers, their errors and the
// first layer's products (with them, where transfers wait for several samples,
// PARM[5]). Accumulators outlast one loss in their own supply. A second one before a
// start has asked for that again takes them; the last value counts the starts that
// found none.
//
// A journal of two slots says which sample comes next and what UPDATES was then. The
// word that makes a slot whole is written last and cleared first, so that a slot with a
// word half written doesn't count. CUT stays until the journal has taken it in: `told`
// says that it has, and may be cleared.
// Weights are brought up once, which the journal says too.
// Values: samples learned by this start, starts, samples that were cut (state 2),
// starts without accumulators. SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define MAGIC 0x4A4E4C32u
#define SLOT_WORDS 16u
#define ROWS_MAX 512u

struct entry {
    uint32_t sequence;
    uint32_t next;    // sample to learn
    uint32_t updates; // the chip's count before it
    uint32_t ready;   // 1: weights are there
    uint32_t told;    // 1: what CUT says is taken in
    uint32_t starts;
    uint32_t cuts;
    uint32_t lost;
};

#define ENTRY_WORDS (sizeof(struct entry) / sizeof(uint32_t))

static void to_words(uint32_t *words, const struct entry *entry)
{
    const uint32_t each[ENTRY_WORDS] = {entry->sequence, entry->next, entry->updates,
                                        entry->ready,    entry->told, entry->starts,
                                        entry->cuts,     entry->lost};
    for (size_t i = 0; i < ENTRY_WORDS; i++) {
        words[i] = each[i];
    }
}

static uint32_t check(const uint32_t *words)
{
    uint32_t sum = MAGIC;
    for (size_t i = 0; i < ENTRY_WORDS; i++) {
        sum = (sum ^ words[i]) * 0x01000193u;
    }
    return sum == 0u ? MAGIC : sum; // 0 is a slot that is being written
}

// The newer of two slots that are whole; false on a new device.
static bool read_journal(struct entry *newest)
{
    bool found = false;
    for (uint32_t slot = 0; slot < 2u; slot++) {
        uint32_t w[ENTRY_WORDS];
        for (uint32_t i = 0; i < ENTRY_WORDS; i++) {
            w[i] = fw_nvm_read(slot * SLOT_WORDS + i);
        }
        const uint32_t sum = fw_nvm_read(slot * SLOT_WORDS + ENTRY_WORDS);
        if (sum == check(w) && (!found || w[0] > newest->sequence)) {
            *newest = (struct entry){w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]};
            found = true;
        }
    }
    return found;
}

static void write_journal(struct entry *entry)
{
    uint32_t words[ENTRY_WORDS];
    entry->sequence += 1u;
    to_words(words, entry);
    const uint32_t at = entry->sequence % 2u * SLOT_WORDS;
    fw_nvm_write(at + ENTRY_WORDS, 0);
    for (uint32_t i = 0; i < ENTRY_WORDS; i++) {
        fw_nvm_write(at + i, words[i]);
    }
    fw_nvm_write(at + ENTRY_WORDS, check(words));
}

// What the chip's rule makes of a cut.
struct rule {
    bool accumulates;
    uint32_t before; // steps of a learning step before its update has begun
};

static int read_rule(struct lesson *lesson, struct rule *rule)
{
    uint32_t size = 0;
    struct efd_descriptors first = {0};
    const uint32_t *parameters = fw_section(lesson->world, "PARM", &size);
    const int status = efd_read_descriptors(&lesson->dev, &first, 0);
    rule->accumulates = first.rule == EF_RULE_MIXED_PRECISION;
    // a step for each layer's inference, one for its errors, the first products
    rule->before = 2u * lesson->dev.layers + (parameters[5] == 0u ? 1u : 0u);
    return status;
}

static bool update_had_begun(const struct efd_cut *cut, const struct rule *rule)
{
    return cut->opcode == EF_COMMAND_LEARN &&
           (cut->pulsed || (rule->accumulates && cut->steps > rule->before));
}

// The journal first, then CUT: where this is cut itself, it is done again.
static int take_in(struct lesson *lesson, struct entry *entry, const struct rule *rule)
{
    struct efd_cut cut = {0};
    const uint32_t updates = efd_updates(&lesson->dev);
    const int status = entry->told == 0u ? efd_cut(&lesson->dev, &cut) : EFD_NOTHING;
    if (status != EFD_OK && status != EFD_NOTHING) {
        return status;
    }
    if (updates != entry->updates) {
        entry->next += 1u; // it was learned before the cut
    } else if (update_had_begun(&cut, rule)) {
        entry->next += 1u;
        entry->cuts += 1u;
    }
    entry->updates = updates;
    entry->told = 1;
    write_journal(entry);
    return efd_forget_cut(&lesson->dev);
}

// Whether all accumulators are 0, as after a loss and hardly ever else.
static int look_at_accumulators(struct lesson *lesson, bool *empty)
{
    FW_STATIC int32_t chi[ROWS_MAX];
    int status = EFD_OK;
    *empty = true;
    for (uint32_t layer = 0; status == EFD_OK && layer < lesson->dev.layers; layer++) {
        struct place at = {0};
        status = lesson_place(lesson, layer, &at);
        if (at.rows > ROWS_MAX) {
            return FW_DATA;
        }
        for (uint32_t c = 0; status == EFD_OK && *empty && c < at.columns; c++) {
            status = efd_read_accumulators(&lesson->dev, chi, at.rows, layer, c);
            for (uint32_t r = 0; r < at.rows; r++) {
                *empty = *empty && chi[r] == 0;
            }
        }
    }
    return status;
}

// A chip that has weights: what came of the sample under way, and of accumulators.
static int resume(struct lesson *lesson, struct entry *entry, const struct rule *rule)
{
    bool empty = false;
    int status = EFD_OK;
    if (rule->accumulates && entry->next > 0u) {
        status = look_at_accumulators(lesson, &empty);
        entry->lost += empty ? 1u : 0u;
    }
    return status == EFD_OK ? take_in(lesson, entry, rule) : status;
}

static int bring_up(struct lesson *lesson, struct entry *entry)
{
    uint32_t missed = 0;
    write_journal(entry); // a start
    const int status = lesson_program(lesson, &missed);
    entry->updates = efd_updates(&lesson->dev);
    entry->next = 0;
    return status == EFD_OK ? efd_forget_cut(&lesson->dev) : status;
}

// From power-up to the first sample.
static int begin(struct lesson *lesson, struct entry *entry)
{
    struct rule rule = {0};
    const bool found = read_journal(entry);
    int status = read_rule(lesson, &rule);
    entry->starts += 1u;
    if (status == EFD_OK && rule.accumulates) {
        status = efd_keep_accumulators(&lesson->dev, true);
    }
    if (status == EFD_OK) {
        status = found && entry->ready != 0u ? resume(lesson, entry, &rule)
                                             : bring_up(lesson, entry);
    }
    if (status == EFD_OK) {
        entry->ready = 1;
        entry->told = 0;
        write_journal(entry);
    }
    return status;
}

int power_cut(const struct fw_world *world)
{
    struct lesson lesson;
    struct entry entry = {0};
    uint32_t learned = 0;
    int status = lesson_open(&lesson, world);
    if (status == EFD_OK) {
        status = begin(&lesson, &entry);
    }
    while (status == EFD_OK && entry.next < lesson.order_count) {
        uint32_t label = 0;
        status = lesson_learn(&lesson, lesson.order[entry.next], &label);
        if (status == EFD_OK) {
            learned += 1u;
            entry.next += 1u;
            entry.updates = efd_updates(&lesson.dev);
            write_journal(&entry);
        }
    }
    fw_say(world->report, learned);
    fw_say(world->report, entry.starts);
    fw_say(world->report, entry.cuts);
    fw_say(world->report, entry.lost);
    return status;
}
