# Cortex-M3 on QEMU's mps2-an385.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb -ffreestanding -ffunction-sections -fdata-sections")
set(CMAKE_ASM_FLAGS_INIT "-mcpu=cortex-m3 -mthumb")
set(EF_TARGETS ${CMAKE_CURRENT_LIST_DIR}/..)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib -Wl,--gc-sections -T ${CMAKE_CURRENT_LIST_DIR}/link.ld")
set(EF_PLATFORM_SOURCES ${CMAKE_CURRENT_LIST_DIR}/startup.c ${CMAKE_CURRENT_LIST_DIR}/trap.c
    ${CMAKE_CURRENT_LIST_DIR}/decode.c ${CMAKE_CURRENT_LIST_DIR}/machine.c ${EF_TARGETS}/crash.c ${EF_TARGETS}/minilib.c)
set(EF_LIBRARIES gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M mps2-an385 -display none -monitor none
    -serial none -chardev stdio,id=c -semihosting-config enable=on,target=native,chardev=c -kernel)
