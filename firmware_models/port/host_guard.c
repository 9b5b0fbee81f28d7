// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "host_guard.h"

#if defined(__unix__) || defined(__APPLE__)
#include <signal.h>
#if defined(__linux__)
#include <pthread.h>
#include <ucontext.h>
#endif

#define STACK_BYTES 65536
#define BELOW_STACK 0x10000u // what a call may skip of it
#define ROOM 0x20000u        // of the stack, that the emulator may take

static const int FATAL[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
#define FATALS (sizeof FATAL / sizeof FATAL[0])

static struct sigaction before[FATALS];
static _Thread_local jmp_buf *back;
static _Thread_local struct fw_crash *told;
static _Thread_local volatile sig_atomic_t inside;
static _Thread_local volatile sig_atomic_t late;
static _Thread_local stack_t stack_before;
static _Thread_local uint8_t stack[STACK_BYTES];
static _Thread_local uintptr_t lowest; // that the program's stack may reach down to

static uint64_t counter_of(const void *context, uint64_t *top)
{
#if defined(__linux__) && defined(__x86_64__)
    const ucontext_t *at = context;
    *top = (uint64_t)at->uc_mcontext.gregs[REG_RSP];
    return (uint64_t)at->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
    const ucontext_t *at = context;
    *top = (uint64_t)at->uc_mcontext.sp;
    return (uint64_t)at->uc_mcontext.pc;
#else
    (void)context;
    *top = 0;
    return 0;
#endif
}

static void leave(int number, const siginfo_t *info, const void *context, int status)
{
    uint64_t top = 0;
    told->signal = (uint32_t)number;
    told->counter = counter_of(context, &top);
    told->address = status == FW_DIED ? (uint64_t)(uintptr_t)info->si_addr : 0u;
    told->stack = number == SIGSEGV && top != 0u &&
                  top - told->address + BELOW_STACK < 2u * BELOW_STACK;
    inside = 0;
    longjmp(*back, status);
}

static void died(int number, siginfo_t *info, void *context)
{
    if (inside != 0) {
        leave(number, info, context, FW_DIED);
    }
    for (size_t i = 0; i < FATALS; i++) { // not ours: again, for whoever watched before
        if (FATAL[i] == number) {
            (void)sigaction(number, &before[i], NULL);
        }
    }
}

static void asked(int number, siginfo_t *info, void *context)
{
    late = back != NULL;
    if (inside != 0) {
        leave(number, info, context, FW_LATE);
    }
}

// Where the thread's stack ends, and room for the emulator above it; 0: not known.
static uintptr_t lowest_of_thread(void)
{
    uintptr_t found = 0;
#if defined(__linux__)
    pthread_attr_t attributes;
    void *end = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &end, &size) == 0) {
            found = (uintptr_t)end + ROOM;
        }
        (void)pthread_attr_destroy(&attributes);
    }
#endif
    return found;
}

int fw_host_stop_signal(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    action.sa_sigaction = asked;
    return sigaction(SIGVTALRM, &action, NULL) == 0 ? SIGVTALRM : 0;
}

bool host_guard_begin(jmp_buf *where, struct fw_crash *crash)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    if (sigaltstack(&own, &stack_before) != 0) {
        return false;
    }
    back = where;
    told = crash;
    *crash = (struct fw_crash){0};
    late = 0;
    lowest = lowest_of_thread();
    action.sa_sigaction = died;
    for (size_t i = 0; i < FATALS; i++) {
        struct sigaction old;
        (void)sigaction(FATAL[i], &action, &old);
        if (old.sa_sigaction != died) {
            before[i] = old;
        }
    }
    return true;
}

void host_guard_end(void)
{
    inside = 0;
    late = 0;
    back = NULL;
    (void)sigaltstack(&stack_before, NULL);
}

void host_guard_inside(bool now)
{
    inside = back != NULL && now;
}

bool host_guard_late(void)
{
    return late != 0;
}

bool host_guard_full(void)
{
    const char here = 0;
    if (back == NULL || (uintptr_t)&here >= lowest) {
        return false;
    }
    told->signal = SIGSEGV;
    told->stack = 1;
    return true;
}

#else

bool host_guard_begin(jmp_buf *where, struct fw_crash *crash)
{
    (void)where;
    (void)crash;
    return false;
}

void host_guard_end(void)
{
}

void host_guard_inside(bool now)
{
    (void)now;
}

bool host_guard_late(void)
{
    return false;
}

bool host_guard_full(void)
{
    return false;
}

int fw_host_stop_signal(void)
{
    return 0;
}

#endif
