// What an image of this machine says when it dies, or is ended because it doesn't end:
// as the others do, and the same lines.
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES 65536
#define BELOW_STACK 0x100000u

static uint8_t stack[STACK_BYTES];

static uintptr_t counter_of(const ucontext_t *context, uintptr_t *top)
{
#if defined(__x86_64__)
    *top = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    *top = (uintptr_t)context->uc_mcontext.sp;
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    *top = 0;
    return 0;
#endif
}

static void die(int number, siginfo_t *info, void *context)
{
    uintptr_t top = 0;
    const uintptr_t counter = counter_of(context, &top);
    const uintptr_t address = (uintptr_t)info->si_addr;
    const bool over =
        number == SIGSEGV && top - address + BELOW_STACK < 2u * BELOW_STACK;
    char text[160];
    const int length = snprintf(
        text, sizeof text, "pc=%llx\nsignal=%x\naddress=%llx\ncrash=%s\n",
        (unsigned long long)counter, (unsigned)number, (unsigned long long)address,
        number == SIGTERM ? "timeout" : (over ? "stack" : "signal"));
    (void)!write(STDOUT_FILENO, text, (size_t)length);
    _exit(99);
}

__attribute__((constructor)) static void watch(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM};
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = die,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigaltstack(&own, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)sigaction(numbers[i], &action, NULL);
    }
}
