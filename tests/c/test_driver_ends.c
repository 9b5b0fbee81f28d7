// How commands end: interrupts, looks of a debugger and lost results at any access, a
// bus that dies there, waits without an end, samples that are submitted, stops and
// cuts. SPDX-License-Identifier: Apache-2.0
#include "driver_bench.h"

#define LONG 1000000u  // cycles in which anything ends
#define ACCESSES 2000u // more than any script takes
#define NOWHERE 0x700u // no register is there

static const int16_t in[COLUMNS] = {100, -50, 20, 7, 127};

static void interrupt(void)
{
    efd_interrupt(&bench.dev);
}

// Everything that is under way ends here, and the line tells.
static void end_and_interrupt(void)
{
    ef_bus_advance(&bench.bus, LONG);
    efd_interrupt(&bench.dev);
}

static void look_around(void)
{
    uint32_t value = 0;
    CHECK_EQUAL("nothing there", EF_ERROR_RANGE,
                ef_bus_read32(&bench.bus, NOWHERE, &value));
}

// A sweep over the registers: its error has COMMAND's address.
static void look_at_command(void)
{
    uint32_t value = 0;
    CHECK_EQUAL("write only", EF_ERROR_RANGE,
                ef_bus_read32(&bench.bus, EF_REG_COMMAND, &value));
}

// Results that nobody here has asked for.
static uint32_t strangers;
static void leave_results(void)
{
    for (uint32_t i = 0; i < strangers; i++) {
        bench.bus.results[i] = (struct ef_bus_result){ROWS - 1u, 900u};
    }
    bench.bus.result_count = strangers;
}

static void take_result(void)
{
    uint32_t value = 0;
    ef_bus_advance(&bench.bus, LONG);
    (void)ef_bus_read32(&bench.bus, EF_REG_RESULT, &value);
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * 0x100000001B3u;
}

static struct efd_done next_done(void)
{
    struct efd_done done = {0, 0, 0, 0};
    int status = EFD_NOTHING;
    for (uint32_t i = 0; status == EFD_NOTHING && i < LONG; i++) {
        status = efd_complete(&bench.dev, &done);
    }
    CHECK_EQUAL("completed", EFD_OK, status);
    return done;
}

static uint64_t complete(uint64_t sum, uint32_t number)
{
    const struct efd_done done = next_done();
    CHECK_EQUAL("in order", number, done.number);
    CHECK_EQUAL("its end", EFD_OK, done.status);
    return mix(sum, done.label);
}

// Some of everything; all that it finds out, and the chip, in one number.
static uint64_t script(void)
{
    struct ef_dev *dev = &bench.dev;
    const struct efd_calibration how = {0, 1, 1, 1, 4, 3, 129, 21, 9};
    struct efd_point point;
    int32_t sums[ROWS];
    uint32_t n[3] = {0, 0, 0};
    uint32_t found = 0;
    uint64_t count = 0;
    uint64_t sum = 0;
    CHECK_EQUAL("1", EFD_OK, efd_submit_learn(dev, &n[0], in, INPUTS, 1));
    CHECK_EQUAL("2", EFD_OK, efd_submit_infer(dev, &n[1], in, INPUTS));
    CHECK_EQUAL("3", EFD_OK, efd_submit_learn(dev, &n[2], in, INPUTS, 2));
    sum = complete(complete(sum, n[0]), n[1]);
    CHECK_EQUAL("waits", EFD_OK, efd_infer(dev, &found, in, INPUTS));
    sum = mix(complete(sum, n[2]), found);
    CHECK_EQUAL("4", EFD_OK, efd_submit_infer(dev, &n[0], in, INPUTS));
    CHECK_EQUAL("column", EFD_OK, efd_program_column(dev, &found, 0, 0, 1, in, ROWS));
    sum = complete(mix(sum, found), n[0]);
    CHECK_EQUAL("read", EFD_OK, efd_read_column(dev, sums, ROWS, 0, 0, 1, 2));
    sum = mix(mix(sum, (uint32_t)sums[0]), (uint32_t)sums[2]);
    CHECK_EQUAL("learn", EFD_OK, efd_learn(dev, &found, in, INPUTS, 0));
    CHECK_EQUAL("window", EFD_OK, efd_calibrate_column(dev, 0, 0, 2, &how));
    CHECK_EQUAL("point", EFD_OK, efd_point(dev, &point, 1));
    sum = mix(mix(sum, (uint32_t)point.sums[3]), point.verdict);
    CHECK_EQUAL("event", EFD_OK, efd_event(dev, &count, EF_PHASE_UPDATE, EF_EVENT_MAC));
    sum = mix(mix(mix(sum, found), count), efd_updates(dev));
    CHECK_EQUAL("nobody's errors", 0, dev->stale);
    return mix(sum, ef_signature(bench.bus.chip));
}

// An interrupt between any two accesses, due or not, changes nothing.
static void interrupt_anywhere(const struct ef_port *port)
{
    static const bench_hook hooks[2] = {interrupt, end_and_interrupt};
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    bench_up(&config, port);
    const uint64_t expected = script();
    const uint32_t accesses = bench.accesses;
    CHECK_EQUAL("a script", 1, accesses > 100u && accesses < ACCESSES);
    for (uint32_t h = 0; h < 2u; h++) {
        for (uint32_t at = ALWAYS; at <= accesses; at++) {
            bench_up(&config, port);
            bench.hook = hooks[h];
            bench.at = at;
            CHECK_EQUAL("with an interrupt", expected, script());
        }
    }
}

// A refused access of somebody else, at any moment: a step is done and said to be, or
// it is refused and not done.
static void debug_anywhere(bench_hook look, uint32_t bit)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t refused = 0;
    uint32_t found = 0;
    uint32_t number = 0;
    bool ended = false;
    for (uint32_t at = 1; !ended; at++) {
        bench_up(&config, at % 2u == 0u ? &bench_polled : &bench_waited);
        bench.hook = look;
        bench.at = at;
        int status = efd_learn(dev, &found, in, INPUTS, 1);
        CHECK_EQUAL("done and said", status == EFD_OK ? 1u : 0u, efd_updates(dev));
        CHECK_EQUAL("or refused", 1, status == EFD_OK || status == EFD_REFUSED);
        ended = bench.accesses < at;
        refused += status == EFD_REFUSED ? 1u : 0u;

        bench_up(&config, at % 2u == 0u ? &bench_polled : &bench_waited);
        bench.hook = look;
        bench.at = at;
        status = efd_submit_learn(dev, &number, in, INPUTS, 1);
        CHECK_EQUAL("submitted", EFD_OK, status);
        CHECK_EQUAL("done", EFD_OK, next_done().status);
        CHECK_EQUAL("once", 1, efd_updates(dev));
        if (!ended && bench.accesses > at) {
            CHECK_EQUAL("waited", EFD_OK, efd_wait(dev));
            CHECK_EQUAL("put aside", bit, dev->stale);
        }
    }
    CHECK_EQUAL("of a sample", 0, refused); // it has no settings that could be wrong
}

// Others' results are not mine; where they leave no room, what was learned was learned.
static void find_strangers(void)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t expected = 0;
    uint32_t number = 0;
    bench_up(&config, &bench_polled);
    CHECK_EQUAL("alone", EFD_OK, efd_infer(dev, &expected, in, INPUTS));
    CHECK_EQUAL("another class", 1, expected != ROWS - 1u);
    for (strangers = 1; strangers <= EF_BUS_RESULTS; strangers++) {
        const int32_t end = strangers < EF_BUS_RESULTS ? EFD_OK : EFD_LOST;
        for (uint32_t submits = 0; submits < 2u; submits++) {
            uint32_t found = expected;
            bench_up(&config, &bench_polled);
            bench.hook = leave_results;
            bench.at = 5; // a code of the sample
            if (submits == 0u) {
                CHECK_EQUAL("end", end, efd_learn(dev, &found, in, INPUTS, 1));
            } else {
                CHECK_EQUAL("submit", EFD_OK,
                            efd_submit_learn(dev, &number, in, INPUTS, 1));
                ef_bus_advance(&bench.bus, LONG);
                const struct efd_done done = next_done();
                CHECK_EQUAL("end", end, done.status);
                found = end == EFD_OK ? done.label : found;
            }
            CHECK_EQUAL("mine", expected, found);
            CHECK_EQUAL("learned", 1, efd_updates(dev));
        }
    }
}

// Somebody reads RESULT: what was learned was learned.
static void lose_results(void)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t lost[2] = {0, 0};
    uint32_t found = 0;
    uint32_t number = 0;
    bool ended = false;
    for (uint32_t at = 1; !ended; at++) {
        bench_up(&config, &bench_polled);
        bench.hook = take_result;
        bench.at = at;
        const int status = efd_learn(dev, &found, in, INPUTS, 1);
        CHECK_EQUAL("learned", 1, efd_updates(dev));
        CHECK_EQUAL("and said", 1, status == EFD_OK || status == EFD_LOST);
        ended = bench.accesses < at;
        lost[0] += status == EFD_LOST ? 1u : 0u;

        bench_up(&config, &bench_polled);
        bench.hook = take_result;
        bench.at = at;
        CHECK_EQUAL("submit", EFD_OK, efd_submit_learn(dev, &number, in, INPUTS, 1));
        const struct efd_done done = next_done();
        CHECK_EQUAL("learned", 1, efd_updates(dev));
        CHECK_EQUAL("and said", 1, done.status == EFD_OK || done.status == EFD_LOST);
        lost[1] += done.status == EFD_LOST ? 1u : 0u;
    }
    CHECK_EQUAL("some were lost", 1, lost[0] > 0u && lost[1] > 0u);
}

// A call that begins on a dead bus says so, and soon.
#define ON_A_DEAD_BUS(call)                                                            \
    do {                                                                               \
        const uint32_t before = bench.accesses;                                        \
        const int status = call;                                                       \
        if (before >= bench.dead_from) {                                               \
            CHECK_EQUAL(#call, 1, status != EFD_OK && status != EFD_ARGUMENT);         \
            CHECK_EQUAL("soon", 1, bench.accesses - before < 100u);                    \
        }                                                                              \
    } while (0)

static void die_anywhere(uint32_t value)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    bool ended = false;
    for (uint32_t at = 1; !ended; at++) {
        const struct ef_port *port = at % 2u == 0u ? &bench_polled : &bench_waited;
        uint32_t n = 0;
        uint32_t columns = 0;
        int32_t sums[ROWS];
        uint64_t count = 0;
        struct efd_done done;
        struct efd_capabilities chip;
        bench_up(&config, port);
        bench.dead_from = at;
        bench.dead_value = value;
        ON_A_DEAD_BUS(efd_infer(dev, &n, in, INPUTS));
        ON_A_DEAD_BUS(efd_program_column(dev, &n, 0, 0, 1, in, ROWS));
        ON_A_DEAD_BUS(efd_submit_learn(dev, &n, in, INPUTS, 1));
        efd_interrupt(dev);
        ON_A_DEAD_BUS(efd_complete(dev, &done));
        ON_A_DEAD_BUS(efd_wait(dev));
        ON_A_DEAD_BUS(efd_shape(dev, 0, &n, &columns));
        ON_A_DEAD_BUS(efd_read_column(dev, sums, ROWS, 0, 0, 1, 1));
        ON_A_DEAD_BUS(efd_event(dev, &count, 0, 0));
        ON_A_DEAD_BUS(efd_capabilities(dev, &chip));
        ON_A_DEAD_BUS(efd_learn(dev, &n, in, INPUTS, 1));
        ended = bench.accesses < at;
        const uint32_t before = bench.accesses;
        ON_A_DEAD_BUS(efd_open(dev, 0, port));
        if (before >= at) {
            CHECK_EQUAL("ID alone", before + 1u, bench.accesses);
        }
    }
}

static void wait_without_end(void)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t found = 0;
    bench_up(&config, &bench_polled);
    bench.lie_address = EF_REG_STATUS;
    bench.lie_value = EF_STATUS_BUSY_MASK;
    dev->timeout = 5000;
    const uint64_t before = bench.bus.cycle;
    CHECK_EQUAL("late", EFD_TIMEOUT, efd_infer(dev, &found, in, INPUTS));
    const uint64_t waited = bench.bus.cycle - before;
    CHECK_EQUAL("by the cycles", 1, waited > 5000u && waited < 5300u);

    bench_up(&config, &bench_polled); // each word reads as STATUS.busy: no clock
    bench.dead_from = 0;
    bench.dead_value = EF_STATUS_BUSY_MASK;
    CHECK_EQUAL("stands", EFD_TIMEOUT, efd_infer(dev, &found, in, INPUTS));
    CHECK_EQUAL("soon", 1, bench.accesses < 50u);

    bench_up(&config, &bench_waited); // a line that doesn't come: ticks do
    bench.broken = true;
    CHECK_EQUAL("in spite", EFD_OK, efd_infer(dev, &found, in, INPUTS));
    bench.lie_address = EF_REG_STATUS;
    dev->timeout = 50000;
    CHECK_EQUAL("late", EFD_TIMEOUT, efd_infer(dev, &found, in, INPUTS));
}

static uint32_t told;
static void tell(struct ef_dev *dev, const struct efd_done *done)
{
    told += 1u;
    CHECK_EQUAL("whose", 7, *(const int *)dev->user);
    CHECK_EQUAL("in order", told, done->number);
    CHECK_EQUAL("its end", EFD_OK, done->status);
}

static void submit_more(void)
{
    static int mine = 7;
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    struct efd_done done;
    uint32_t n = 0;
    bench_up(&config, &bench_waited);
    CHECK_EQUAL("none", EFD_NOTHING, efd_complete(dev, &done));
    for (uint32_t i = 1; i <= EFD_SAMPLES_MAX; i++) {
        CHECK_EQUAL("room", EFD_OK, efd_submit_learn(dev, &n, in, INPUTS, 1));
        CHECK_EQUAL("number", i, n);
    }
    CHECK_EQUAL("none", EFD_FULL, efd_submit_infer(dev, &n, in, INPUTS));
    CHECK_EQUAL("all", EFD_OK, efd_wait(dev));
    CHECK_EQUAL("slept", 1, bench.sleeps > 0u);
    CHECK_EQUAL("full until taken", EFD_FULL, efd_submit_infer(dev, &n, in, INPUTS));
    for (uint32_t i = 1; i <= EFD_SAMPLES_MAX; i++) {
        CHECK_EQUAL("there", EFD_OK, efd_complete(dev, &done));
        CHECK_EQUAL("number", i, done.number);
    }
    CHECK_EQUAL("none", EFD_NOTHING, efd_complete(dev, &done));
    CHECK_EQUAL("steps", EFD_SAMPLES_MAX, efd_updates(dev));
    bench.lie_address = EF_REG_STATUS; // three wait, a fourth has no room beside them
    bench.lie_value = EF_STATUS_BUSY_MASK | 3u << EF_STATUS_QUEUED_SHIFT |
                      3u * INPUTS << EF_STATUS_FILL_SHIFT;
    dev->fifo = 4u * INPUTS - 1u;
    CHECK_EQUAL("no room", EFD_FULL, efd_submit_infer(dev, &n, in, INPUTS));
    dev->fifo = 4u * INPUTS;
    CHECK_EQUAL("room", EFD_OK, efd_submit_infer(dev, &n, in, INPUTS));

    bench_up(&config, &bench_waited);
    dev->ended = tell;
    dev->user = &mine;
    for (uint32_t i = 0; i < 3u; i++) {
        CHECK_EQUAL("room", EFD_OK, efd_submit_infer(dev, &n, in, INPUTS));
    }
    end_and_interrupt();
    CHECK_EQUAL("from the handler", 3, told);
    CHECK_EQUAL("none is left", EFD_NOTHING, efd_complete(dev, &done));
    told = 3;
    bench.hook = end_and_interrupt; // it ends within the call that submits it
    bench.at = ALWAYS;
    CHECK_EQUAL("room", EFD_OK, efd_submit_infer(dev, &n, in, INPUTS));
    CHECK_EQUAL("from the call", 4, told);
    bench.hook = NULL;
    for (uint32_t i = 5; i <= 65535u; i++) { // numbers wrap to 1
        CHECK_EQUAL("a command", EFD_OK, efd_clear_points(dev));
    }
    told = 0;
    CHECK_EQUAL("wrapped", EFD_OK, efd_submit_infer(dev, &n, in, INPUTS));
    CHECK_EQUAL("number", 1, n);
    CHECK_EQUAL("ended", EFD_OK, efd_poll(dev, true));
    CHECK_EQUAL("told", 1, told);
    CHECK_EQUAL("polls", EFD_OK, efd_infer(dev, &n, in, INPUTS));
}

static void cut_is(uint32_t cause, uint32_t opcode)
{
    struct efd_cut cut;
    CHECK_EQUAL("cut", EFD_OK, efd_cut(&bench.dev, &cut));
    CHECK_EQUAL("cut, still", EFD_OK, efd_cut(&bench.dev, &cut));
    CHECK_EQUAL("why", cause, cut.cause);
    CHECK_EQUAL("what", opcode, cut.opcode);
    CHECK_EQUAL("begun", 1, cut.steps > 0u);
    CHECK_EQUAL("forgotten", EFD_OK, efd_forget_cut(&bench.dev));
    CHECK_EQUAL("nothing", EFD_NOTHING, efd_cut(&bench.dev, &cut));
}

static void stop_and_go_on(const struct ef_port *port)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t n = 0;
    bench_up(&config, port);
    CHECK_EQUAL("ends", EFD_OK, efd_infer(dev, &n, in, INPUTS));
    CHECK_EQUAL("submit", EFD_OK, efd_submit_learn(dev, &n, in, INPUTS, 1));
    CHECK_EQUAL("submit", EFD_OK, efd_submit_infer(dev, &n, in, INPUTS));
    CHECK_EQUAL("abort", EFD_OK, efd_abort(dev));
    CHECK_EQUAL("cut", EFD_CUT, next_done().status);
    CHECK_EQUAL("dropped", EFD_CUT, next_done().status);
    CHECK_EQUAL("not learned", 0, efd_updates(dev));
    cut_is(EF_CAUSE_ABORTED, EF_COMMAND_LEARN);
    CHECK_EQUAL("goes on", EFD_OK, efd_learn(dev, &n, in, INPUTS, 1));

    CHECK_EQUAL("rests", EFD_OK, efd_power(dev, EF_MODE_GATED));
    CHECK_EQUAL("keeps", EFD_OK, efd_keep_accumulators(dev, true));
    (void)ef_bus_read32(&bench.bus, EF_REG_POWER, &n);
    CHECK_EQUAL("both", (1u << EF_POWER_KEEP_SHIFT) | EF_MODE_GATED, n);
    CHECK_EQUAL("submit", EFD_OK, efd_submit_learn(dev, &n, in, INPUTS, 1));
    CHECK_EQUAL("reset", EFD_OK, efd_reset(dev));
    CHECK_EQUAL("cut", EFD_CUT, next_done().status);
    (void)ef_bus_read32(&bench.bus, EF_REG_POWER, &n);
    CHECK_EQUAL("as after power-up", 0, n);
    cut_is(EF_CAUSE_RESET, EF_COMMAND_LEARN);
    CHECK_EQUAL("goes on", EFD_OK, efd_learn(dev, &n, in, INPUTS, 1));
    CHECK_EQUAL("steps", 2, efd_updates(dev));

    CHECK_EQUAL("close", EFD_OK, efd_close(dev));
    CHECK_EQUAL("closed", EFD_RESTARTED, efd_infer(dev, &n, in, INPUTS));
    CHECK_EQUAL("closed", EFD_RESTARTED, efd_wait(dev));
    CHECK_EQUAL("open again", EFD_OK, efd_open(dev, 0, port));
    CHECK_EQUAL("goes on", EFD_OK, efd_infer(dev, &n, in, INPUTS));
}

// Power is lost at each step of a learning step: the call says that it is gone, the
// next life what was cut, and how far it had come.
static void lose_power(const struct ef_port *port)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t n = 0;
    int status = EFD_RESTARTED;
    uint32_t step = 1;
    for (; status != EFD_OK; step++) {
        struct efd_cut cut;
        bench_up(&config, port);
        CHECK_EQUAL("before", EFD_OK, efd_infer(dev, &n, in, INPUTS));
        ef_bus_cut(&bench.bus, step);
        status = efd_learn(dev, &n, in, INPUTS, 1);
        if (status != EFD_OK) {
            CHECK_EQUAL("gone", EFD_RESTARTED, status);
            CHECK_EQUAL("still", EFD_RESTARTED, efd_infer(dev, &n, in, INPUTS));
            CHECK_EQUAL("still", EFD_RESTARTED, efd_abort(dev));
            CHECK_EQUAL("open", EFD_OK, efd_open(dev, 0, port));
            CHECK_EQUAL("cut", EFD_OK, efd_cut(dev, &cut));
            CHECK_EQUAL("steps", step, cut.steps);
            CHECK_EQUAL("not counted", 0, efd_updates(dev));
            cut_is(EF_CAUSE_POWER, EF_COMMAND_LEARN);
        }
    }
    CHECK_EQUAL("several steps", 1, step > 3u);

    bench_up(&config, port); // with samples on their way
    CHECK_EQUAL("submit", EFD_OK, efd_submit_learn(dev, &n, in, INPUTS, 1));
    ef_bus_power_cycle(&bench.bus);
    struct efd_done done;
    CHECK_EQUAL("gone", EFD_RESTARTED, efd_complete(dev, &done));
    CHECK_EQUAL("gone", EFD_RESTARTED, efd_wait(dev));
    CHECK_EQUAL("open", EFD_OK, efd_open(dev, 0, port));
    CHECK_EQUAL("none", EFD_NOTHING, efd_complete(dev, &done));
}

// Whoever was here before left a full house: commands, codes, results, errors.
static void take_over(const struct ef_port *port)
{
    const struct ef_config config = bench_config(EF_RULE_SGD_COUNTED);
    struct ef_dev *dev = &bench.dev;
    uint32_t n = 0;
    bench_up(&config, port);
    for (uint32_t i = 0; i < 3u; i++) {
        CHECK_EQUAL("submit", EFD_OK, efd_submit_learn(dev, &n, in, INPUTS, 1));
    }
    (void)ef_bus_write32(&bench.bus, EF_REG_SAMPLE, 5);
    look_around();
    CHECK_EQUAL("open", EFD_OK, efd_open(dev, 0, port));
    CHECK_EQUAL("they ended", 3, efd_updates(dev));
    CHECK_EQUAL("nobody's", EF_REFUSED_ADDRESS_MASK, dev->stale);
    CHECK_EQUAL("no codes", 0, bench.bus.fifo_level);
    CHECK_EQUAL("mine", EFD_OK, efd_learn(dev, &n, in, INPUTS, 1));
    CHECK_EQUAL("one more", 4, efd_updates(dev));
}

int main(void)
{
    interrupt_anywhere(&bench_polled);
    interrupt_anywhere(&bench_waited);
    debug_anywhere(look_around, EF_REFUSED_ADDRESS_MASK);
    debug_anywhere(look_at_command, EF_REFUSED_WRITE_ONLY_MASK);
    find_strangers();
    lose_results();
    die_anywhere(UINT32_MAX);
    die_anywhere(0);
    wait_without_end();
    submit_more();
    stop_and_go_on(&bench_polled);
    stop_and_go_on(&bench_waited);
    lose_power(&bench_polled);
    lose_power(&bench_waited);
    take_over(&bench_polled);
    take_over(&bench_waited);
    printf("driver: ends as it must\n");
    return 0;
}
