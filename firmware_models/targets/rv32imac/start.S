# Start of a RISC-V image on QEMU's virt machine.
# SPDX-License-Identifier: Apache-2.0
    .section .text.init, "ax"
    .globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, _estack
    la t0, trap
    csrw mtvec, t0
    la a0, _sbss
    la a1, _ebss
1:  bgeu a0, a1, 2f
    sw zero, 0(a0)
    addi a0, a0, 4
    j 1b
2:  call main
    call platform_exit
park:
    wfi
    j park
    .align 2
trap:
    li a0, 99
    call platform_exit
    j park
