// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>

#include "fw_host.h"
#include "host_guard.h"
#include "host_line.h"

// Programs run side by side, each in its own thread.
static _Thread_local const struct fw_run *active;
static _Thread_local jmp_buf reset;
static _Thread_local uint64_t accesses;
static _Thread_local uint32_t at;     // the mark
static _Thread_local uint32_t losses; // of power, when the program began
static _Thread_local struct host_line line;
static _Thread_local fw_handler own_handler; // the program's, that the line's calls

static void end_run(int status)
{
    host_guard_inside(false);
    longjmp(reset, status);
}

// Before an access: from here on, until it is over, no signal may end the program.
static void watch(uint32_t kind, uint32_t address, uint32_t value)
{
    host_guard_inside(false);
    if (host_guard_full()) {
        end_run(FW_DIED);
    }
    if (host_guard_late()) {
        end_run(FW_LATE);
    }
    if (active->cut != 0u && accesses == active->cut) {
        end_run(FW_CUT);
    }
    const uint64_t after = active->bus->now + EF_BUS_ACCESS_CYCLES;
    if (active->cut_cycle != 0u && after > active->cut_cycle) {
        ef_bus_advance(active->bus, active->cut_cycle - active->bus->now);
        end_run(FW_CUT);
    }
    accesses += 1u;
    if (active->marked != NULL && kind <= FW_WRITE) {
        active->marked[at] += 1u;
    }
    if (active->access != NULL &&
        active->access(active->context, kind, address, value) != 0) {
        end_run(FW_CUT);
    }
}

static void go_on(int status)
{
    if (status != FW_OK) {
        end_run(status);
    }
}

static void leave(void)
{
    if (active->bus->losses != losses) { // by itself, in the middle of a command
        end_run(FW_CUT);
    }
    go_on(host_line_serve(&line, active->bus));
    host_guard_inside(active->guest != NULL);
}

static void handle(void *context)
{
    host_guard_inside(active->guest != NULL);
    own_handler(context);
    host_guard_inside(false);
}

void fw_on_interrupt(fw_handler handler, void *context)
{
    host_guard_inside(false);
    own_handler = handler;
    line.handler = handler == NULL ? NULL : handle;
    line.context = context;
    leave();
}

static void wait(void *context, const volatile uint32_t *events, uint32_t seen)
{
    (void)context;
    host_guard_inside(false);
    if (line.handler != NULL && *events == seen) {
        go_on(host_line_wait(&line, active->bus, active->cut_cycle));
    }
    leave();
}

static uint32_t read_word(void *context, uint32_t address)
{
    (void)context;
    uint32_t value = 0;
    watch(FW_READ, address, 0);
    (void)ef_bus_read32(active->bus, address, &value);
    leave();
    return value;
}

static void write_word(void *context, uint32_t address, uint32_t value)
{
    (void)context;
    watch(FW_WRITE, address, value);
    (void)ef_bus_write32(active->bus, address, value);
    leave();
}

const struct ef_port *fw_port(void)
{
    static const struct ef_port port = {
        .read = read_word, .write = write_word, .wait = wait};
    return &port;
}

uintptr_t fw_base(void)
{
    return 0;
}

void fw_supply_cycle(void)
{
    host_guard_inside(false);
    ef_bus_power_cycle(active->bus);
    losses = active->bus->losses;
    host_guard_inside(active->guest != NULL);
}

uint32_t fw_nvm_read(uint32_t word)
{
    watch(FW_NVM_READ, word, 0);
    const uint32_t value = word < FW_NVM_WORDS ? active->nvm[word] : 0u;
    leave();
    return value;
}

void fw_nvm_write(uint32_t word, uint32_t value)
{
    watch(FW_NVM_WRITE, word, value);
    if (word < FW_NVM_WORDS) {
        active->nvm[word] = value;
    }
    leave();
}

void fw_mark(uint32_t mark)
{
    at = mark < FW_MARKS ? mark : FW_OTHER;
}

static int run_guest(const struct fw_run *run, const char *program,
                     const struct fw_world *world)
{
    static const struct fw_calls calls = {fw_port,        fw_base, fw_nvm_read,
                                          fw_nvm_write,   fw_mark, fw_supply_cycle,
                                          fw_on_interrupt};
    host_guard_inside(true);
    const int status = run->guest(&calls, program, world);
    host_guard_inside(false);
    return status;
}

int fw_host_run(const char *program, const struct fw_run *run, struct fw_report *report)
{
    const fw_program found = run->guest == NULL ? fw_find(program) : NULL;
    if (run->guest == NULL && found == NULL) {
        return FW_DATA;
    }
    const struct fw_world world = {run->blob, run->blob_size, report};
    active = run;
    accesses = 0;
    at = FW_OTHER;
    losses = run->bus->losses;
    line = (struct host_line){0};
    *report = (struct fw_report){0};
    const bool guarded = run->guest != NULL && host_guard_begin(&reset, run->crash);
    const int ended = setjmp(reset);
    int status = ended;
    if (ended == 0) {
        status = run->guest != NULL ? run_guest(run, program, &world) : found(&world);
    }
    if (guarded) {
        host_guard_end();
    }
    return status;
}

int fw_host_power_up(struct ef_bus *bus, void *block, uint64_t size,
                     const uint8_t *blob, uint32_t blob_size)
{
    const struct fw_world world = {blob, blob_size, NULL};
    return fw_power_up(bus, block, size, &world);
}
