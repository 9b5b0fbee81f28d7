// What a core does with a block of registers, scene by scene; each says what it saw.
// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "ef_registers.h"
#include "fw.h"
#include "scenes.h"

#define INPUTS 30u
#define SAMPLES 3u
#define ENABLED EF_IRQ_ENABLE_IDLE_MASK
#define OPCODE_INFER 2u
#define OPCODE_LEARN 3u

static volatile uint32_t done;
static volatile uint32_t handled;

static uint32_t get(uint32_t offset)
{
    return fw_port()->read(fw_port()->context, offset);
}

static void put(uint32_t offset, uint32_t value)
{
    fw_port()->write(fw_port()->context, offset, value);
}

static void on_line(void *context)
{
    (void)context;
    const uint32_t bits = get(EF_REG_IRQ_STATUS);
    put(EF_REG_IRQ_STATUS, bits);
    handled += 1u;
    done = 1u;
}

static void send(uint32_t sample, uint32_t opcode)
{
    for (uint32_t i = 0; i < INPUTS; i++) {
        put(EF_REG_SAMPLE, (sample * 7u + i * 5u) % 100u);
    }
    put(EF_REG_LABEL, sample);
    done = 0;
    put(EF_REG_COMMAND, opcode);
}

// Asleep until the handler ran.
static void wait_for_handler(void)
{
    while (done == 0u) {
        fw_port()->wait(fw_port()->context, &done, 0);
    }
}

int scenes(const struct fw_world *world)
{
    put(EF_REG_CONTROL, EF_CONTROL_ENABLE_MASK);
    fw_on_interrupt(on_line, NULL);
    put(EF_REG_IRQ_ENABLE, ENABLED);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        send(i, OPCODE_LEARN);
        wait_for_handler();
        fw_say(world->report, get(EF_REG_RESULT));
    }
    fw_say(world->report, handled);
    send(0, OPCODE_INFER);
#if defined(EF_BASE_IS_MAPPED)
    while (done == 0u) { // awake: interrupted without an access
    }
#else
    wait_for_handler();
#endif
    fw_say(world->report, get(EF_REG_RESULT));
    fw_say(world->report, handled);
    core_scenes(world->report);
    fw_on_interrupt(NULL, NULL);
    return FW_OK;
}

// Waits with nothing under way.
static int sleeps(const struct fw_world *world)
{
    (void)world;
    fw_on_interrupt(on_line, NULL);
    done = 0;
    wait_for_handler();
    return FW_OK;
}

static void leave_it(void *context)
{
    (void)context;
}

// Takes the interrupt without taking the line back.
static int storms(const struct fw_world *world)
{
    (void)world;
    put(EF_REG_CONTROL, EF_CONTROL_ENABLE_MASK);
    fw_on_interrupt(leave_it, NULL);
    put(EF_REG_IRQ_ENABLE, ENABLED);
    send(0, OPCODE_INFER);
    wait_for_handler();
    return FW_OK;
}

fw_program fw_find(const char *name)
{
    const fw_program others[] = {sleeps, storms, scenes};
    return others[name[1] == 'l' ? 0 : (name[1] == 't' ? 1 : 2)];
}
