# Start of a RISC-V image on QEMU's virt machine, and its vectors.
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
    la t0, vectors + 1
    csrw mtvec, t0
    la a0, _sbss
    la a1, _ebss
1:  bgeu a0, a1, 2f
    sw zero, 0(a0)
    addi a0, a0, 4
    j 1b
2:  la t0, machine_stack_top
    lw t0, 0(t0)
    csrw mscratch, t0
    call machine_guard
    li t0, 8                    # mstatus.MIE
    csrs mstatus, t0
    call main
    call platform_exit
park:
    .word 0x10500073            # wfi
    j park

# Exceptions, and the alarm's interrupt, pass the emulator; the block's line is the
# software interrupt, SysTick_Handler the machine timer's.
    .option push
    .option norvc
    .balign 64
vectors:
    j machine_entry
    j machine_entry
    j machine_entry
    j line_entry
    j machine_entry
    j machine_entry
    j machine_entry
    j timer_entry
    j machine_entry
    j machine_entry
    j machine_entry
    j machine_entry
    .option pop

    .macro HANDLE name
    addi sp, sp, -80
    sw ra, 0(sp)
    sw t0, 4(sp)
    sw t1, 8(sp)
    sw t2, 12(sp)
    sw a0, 16(sp)
    sw a1, 20(sp)
    sw a2, 24(sp)
    sw a3, 28(sp)
    sw a4, 32(sp)
    sw a5, 36(sp)
    sw a6, 40(sp)
    sw a7, 44(sp)
    sw t3, 48(sp)
    sw t4, 52(sp)
    sw t5, 56(sp)
    sw t6, 60(sp)
    csrr t0, mepc               # accesses in the handler trap too
    csrr t1, mstatus
    sw t0, 64(sp)
    sw t1, 68(sp)
    call \name
    lw t0, 64(sp)
    lw t1, 68(sp)
    csrw mepc, t0
    csrw mstatus, t1
    lw ra, 0(sp)
    lw t0, 4(sp)
    lw t1, 8(sp)
    lw t2, 12(sp)
    lw a0, 16(sp)
    lw a1, 20(sp)
    lw a2, 24(sp)
    lw a3, 28(sp)
    lw a4, 32(sp)
    lw a5, 36(sp)
    lw a6, 40(sp)
    lw a7, 44(sp)
    lw t3, 48(sp)
    lw t4, 52(sp)
    lw t5, 56(sp)
    lw t6, 60(sp)
    addi sp, sp, 80
    mret
    .endm

line_entry:
    HANDLE EdgeFerro_IRQHandler
timer_entry:
    HANDLE SysTick_Handler

    .weak EdgeFerro_IRQHandler
    .weak SysTick_Handler
EdgeFerro_IRQHandler:
SysTick_Handler:
    j machine_unhandled

# A frame of 32 words on the emulator's own stack: pc, then x1 to x31.
    .globl machine_entry
machine_entry:
    csrrw sp, mscratch, sp
    addi sp, sp, -128
    sw x1, 4(sp)
    .irp n,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sw x\n, 4*\n(sp)
    .endr
    csrr t0, mscratch
    sw t0, 8(sp)
    csrr t0, mepc
    sw t0, 0(sp)
    mv a0, sp
    call machine_trapped
    lw t0, 0(sp)
    csrw mepc, t0
    lw x1, 4(sp)
    .irp n,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    lw x\n, 4*\n(sp)
    .endr
    addi sp, sp, 128
    csrrw sp, mscratch, sp
    mret
