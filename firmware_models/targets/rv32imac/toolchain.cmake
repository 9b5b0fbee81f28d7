# RV32IMAC on QEMU's virt machine.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# -misa-spec=2.2 keeps the CSR instructions within I, so that Debian's libgcc is found.
set(CMAKE_C_FLAGS_INIT "-march=rv32imac -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany -ffreestanding -ffunction-sections -fdata-sections")
set(CMAKE_ASM_FLAGS_INIT "-march=rv32imac -mabi=ilp32 -misa-spec=2.2")
set(EF_TARGETS ${CMAKE_CURRENT_LIST_DIR}/..)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib -Wl,--gc-sections,--no-warn-rwx-segments -T ${CMAKE_CURRENT_LIST_DIR}/link.ld")
set(EF_PLATFORM_SOURCES ${CMAKE_CURRENT_LIST_DIR}/start.S ${CMAKE_CURRENT_LIST_DIR}/platform.c
    ${CMAKE_CURRENT_LIST_DIR}/trap.c ${CMAKE_CURRENT_LIST_DIR}/decode.c ${CMAKE_CURRENT_LIST_DIR}/machine.c
    ${EF_TARGETS}/crash.c ${EF_TARGETS}/minilib.c)
set(EF_LIBRARIES gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-riscv32 -M virt -bios none -nographic -monitor none -serial stdio -kernel)
