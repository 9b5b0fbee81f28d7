#!/bin/sh
# Installs the compilers, emulators and browser that the tests use, where that is possible.
set -eu

packages="cmake make gcc clang gcc-arm-none-eabi
gcc-riscv64-unknown-elf qemu-system-arm qemu-system-misc qemu-user
gcc-s390x-linux-gnu libc6-dev-s390x-cross chromium cppcheck clang-tidy
verilator iverilog"
tools="cmake make gcc clang arm-none-eabi-gcc riscv64-unknown-elf-gcc
qemu-system-arm qemu-system-riscv32 qemu-s390x s390x-linux-gnu-gcc chromium cppcheck clang-tidy
verilator iverilog"

missing=""
for tool in $tools; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
# clang comes without its sanitizer library on Debian
if command -v clang >/dev/null 2>&1; then
    runtime=$(clang -print-file-name=libclang_rt.asan-x86_64.a)
    case "$(uname -m)" in
        x86_64) [ -e "$runtime" ] || missing="$missing libclang-rt" ;;
    esac
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -qq -y --no-install-recommends $packages >/dev/null
    version=$(clang -dumpversion | cut -d. -f1)
    apt-get install -qq -y --no-install-recommends "libclang-rt-$version-dev" >/dev/null
else
    echo "missing:$missing" >&2
    echo "on Debian or Ubuntu: sudo apt-get install" $packages "libclang-rt-*-dev" >&2
    exit 1
fi
