// Learns a list of samples once each, whatever happens to the power. A journal of two
// slots says which sample comes next and what the chip's count of learning steps was
// then; the count is not lost with the power, so after a cut it tells whether that
// sample was learned. Weights are programmed once, which the journal says too.
// Values: samples learned by this start, starts so far.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define MAGIC 0x4A4E4C31u
#define SLOT_WORDS 6u
#define STARTS 16u // word of the NVM that counts starts

struct entry {
    uint32_t sequence;
    uint32_t next;    // sample to learn
    uint32_t updates; // the chip's count before it
    uint32_t ready;   // 1: weights are programmed
};

static uint32_t check(const struct entry *entry)
{
    uint32_t sum = MAGIC;
    const uint32_t words[] = {entry->sequence, entry->next, entry->updates,
                              entry->ready};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        sum = (sum ^ words[i]) * 0x01000193u;
    }
    return sum;
}

// The newer of two slots that are whole; none on a new device.
static int read_journal(struct entry *newest)
{
    int found = 0;
    for (uint32_t slot = 0; slot < 2u; slot++) {
        const uint32_t at = slot * SLOT_WORDS;
        const struct entry entry = {fw_nvm_read(at), fw_nvm_read(at + 1u),
                                    fw_nvm_read(at + 2u), fw_nvm_read(at + 3u)};
        if (fw_nvm_read(at + 4u) == check(&entry) &&
            (found == 0 || entry.sequence > newest->sequence)) {
            *newest = entry;
            found = 1;
        }
    }
    return found;
}

// The check word comes last: a slot that a cut leaves half-written doesn't count.
static void write_journal(struct entry *entry)
{
    entry->sequence += 1u;
    const uint32_t at = entry->sequence % 2u * SLOT_WORDS;
    fw_nvm_write(at + 4u, 0);
    fw_nvm_write(at, entry->sequence);
    fw_nvm_write(at + 1u, entry->next);
    fw_nvm_write(at + 2u, entry->updates);
    fw_nvm_write(at + 3u, entry->ready);
    fw_nvm_write(at + 4u, check(entry));
}

int power_cut(const struct fw_world *world)
{
    struct lesson lesson;
    struct entry entry = {0};
    uint32_t learned = 0;
    fw_nvm_write(STARTS, fw_nvm_read(STARTS) + 1u);
    int status = lesson_open(&lesson, world);
    if (status != EFD_OK) {
        return status;
    }
    const int found = read_journal(&entry);
    if (found == 0 || entry.ready == 0u) {
        uint32_t missed = 0;
        status = lesson_program(&lesson, &missed);
        entry.ready = 1;
        entry.next = 0;
        entry.updates = efd_updates(&lesson.dev);
        if (status == EFD_OK) {
            write_journal(&entry);
        }
    } else if (efd_updates(&lesson.dev) != entry.updates) {
        entry.next += 1u; // the sample was learned before the cut
        entry.updates = efd_updates(&lesson.dev);
        write_journal(&entry);
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
    fw_say(world->report, fw_nvm_read(STARTS));
    return status;
}
