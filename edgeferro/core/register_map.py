"""Made from edgeferro.rdl by csrc/bus/make_registers.py; don't edit."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["REGISTERS", "Register"]


class Register(NamedTuple):
    """One word of the map: masks of what can be read, written, cleared."""

    address: int
    access: str
    read: int
    write: int
    clear: int
    reset: int
    busy: bool
    fields: dict[str, tuple[int, int]]


# name address access read write clear reset busy; below it fields, high low
_MAP: Final = """
ID 000 ro FFFFFFFF 00000000 00000000 EDFE0001 0
  value 31 0
VERSION 004 ro FFFFFFFF 00000000 00000000 00030003 0
  spec 15 0
  map 31 16
CHIP 008 ro 001F031F 00000000 00000000 00000000 0
  layers 4 0
  planes 9 8
  classes 20 16
CONTROL 010 rw 00000001 00000001 00000000 00000000 1
  enable 0 0
STATUS 014 ro 1FFF071F 00000000 00000000 00000000 0
  busy 0 0
  queue_full 1 1
  result 2 2
  error 3 3
  interrupt 4 4
  queued 10 8
  fill 28 16
BUSY 018 ro FFFFFFFF 00000000 00000000 00000000 0
  cycles 31 0
IRQ_STATUS 020 w1c 00000007 00000007 00000007 00000000 1
  done 0 0
  result 1 1
  error 2 2
IRQ_ENABLE 024 rw 00000007 00000007 00000000 00000000 1
  done 0 0
  result 1 1
  error 2 2
ERROR 028 w1c 00000FFF 00000FFF 00000FFF 00000000 1
  address 0 0
  unaligned 1 1
  read_only 2 2
  write_only 3 3
  busy 4 4
  reserved_bits 5 5
  empty 6 6
  overrun 7 7
  index 8 8
  range 9 9
  config 10 10
  command 11 11
ERROR_ADDRESS 02C ro FFFFFFFF 00000000 00000000 00000000 0
  address 31 0
FAULT 030 ro FFFFFFFF 00000000 00000000 00000000 0
  field_number 15 0
  index 31 16
COMMAND 040 wo 00000000 000000FF 00000000 00000000 1
  opcode 7 0
LABEL 044 rw 00000FFF 00000FFF 00000000 00000000 1
  label 11 0
SAMPLE 048 wo 00000000 0000FFFF 00000000 00000000 1
  code 15 0
RESULT 04C ro 00000FFF 00000000 00000000 00000000 0
  label 11 0
OUTPUT_SELECT 050 rw 00000FFF 00000FFF 00000000 00000000 1
  row 11 0
OUTPUT 054 ro FFFFFFFF 00000000 00000000 00000000 0
  code 31 0
LAYER 060 rw 0000000F 0000000F 00000000 00000000 0
  layer 3 0
LAYER_SHAPE 064 ro 1FFF1FFF 00000000 00000000 00000000 0
  rows 12 0
  columns 28 16
LAYER_RULE 068 rw 00000FF3 00000FF3 00000000 00000000 0
  rule 1 0
  pulse_class 7 4
  program_class 11 8
LAYER_GAIN 06C rw 00003FFF 00003FFF 00000000 00000000 0
  mantissa 7 0
  shift 13 8
LAYER_BACK_GAIN 070 rw 00003FFF 00003FFF 00000000 00000000 0
  mantissa 7 0
  shift 13 8
LAYER_VERIFY_GAIN 074 rw 00003FFF 00003FFF 00000000 00000000 0
  mantissa 7 0
  shift 13 8
LAYER_RATE 078 rw 00003FFF 00003FFF 00000000 00000000 0
  mantissa 7 0
  shift 13 8
LAYER_THRESHOLD 07C rw 7FFFFFFF 7FFFFFFF 00000000 00000000 0
  units 30 0
LAYER_CODES 080 rw FFFFFFFF FFFFFFFF 00000000 00000000 0
  bias 15 0
  verify 31 16
SEED_LOW 090 rw FFFFFFFF FFFFFFFF 00000000 00000000 0
  bits 31 0
SEED_HIGH 094 rw FFFFFFFF FFFFFFFF 00000000 00000000 0
  bits 31 0
PROGRAM 098 rw 7F7FFFFF 7F7FFFFF 00000000 00000000 0
  tolerance 7 0
  iterations 15 8
  limit 22 16
  reads 30 24
PLANE 0A0 rw 00000001 00000001 00000000 00000000 0
  plane 0 0
COLUMN 0A4 rw 00001FFF 00001FFF 00000000 00000000 0
  column 12 0
ROW 0A8 rw 00001FFF 00001FFF 00000000 00000000 0
  row 12 0
WINDOW 0AC rw FFFFFFFF FFFFFFFF 00000000 00000000 0
  data 31 0
MISSED 0B0 ro 00001FFF 00000000 00000000 00000000 0
  cells 12 0
READS 0B4 rw 0000007F 0000007F 00000000 00000001 0
  reads 6 0
CAL_WINDOW 0C0 rw 7F7F1F0F 7F7F1F0F 00000000 06080100 0
  pulse_class 3 0
  reads 12 8
  quads 22 16
  windows 30 24
CAL_GAIN 0C4 rw 3FFF0FFF 3FFF0FFF 00000000 15800304 0
  tolerance 7 0
  probe 11 8
  mantissa 23 16
  shift 29 24
CAL_LIMIT 0C8 rw 0000FFFF 0000FFFF 00000000 00000200 0
  limit 15 0
POINT_SELECT 0CC rw 00000003 00000003 00000000 00000000 0
  which 1 0
POINT_SUM 0D0 ro FFFFFFFF 00000000 00000000 00000000 0
  sum 31 0
POINT_STATE 0D4 ro 07FFFFFF 00000000 00000000 00000000 0
  quads 15 0
  windows 23 16
  verdict 26 24
TRIM 0D8 rw 017F3FFF 017F3FFF 00000000 00100080 0
  code 13 0
  reads 22 16
  side 24 24
TRIM_ENDS 0DC ro 00003FFF 00000000 00000000 00000000 0
  registers 13 0
REST 0E0 rw FFFFFFFF FFFFFFFF 00000000 00000001 0
  seconds 31 0
TALLY_SELECT 0F0 rw 01F31F07 01F31F07 00000000 00000000 1
  phase 2 0
  event 12 8
  kind 17 16
  pulse_class 23 20
  polarity 24 24
TALLY_LOW 0F4 ro FFFFFFFF 00000000 00000000 00000000 0
  bits 31 0
TALLY_HIGH 0F8 ro FFFFFFFF 00000000 00000000 00000000 0
  bits 31 0
UPDATES 0FC ro FFFFFFFF 00000000 00000000 00000000 0
  count 31 0
CYCLE_LOW 100 ro FFFFFFFF 00000000 00000000 00000000 0
  bits 31 0
CYCLE_HIGH 104 ro FFFFFFFF 00000000 00000000 00000000 0
  bits 31 0
EXPONENT 108 rw FFFFFFFF FFFFFFFF 00000000 00000000 0
  value 31 0
"""


def _registers() -> dict[str, Register]:
    found: dict[str, Register] = {}
    for line in _MAP.strip().splitlines():
        name, *rest = line.split()
        if line.startswith(" "):
            high, low = map(int, rest)
            next(reversed(found.values())).fields[name] = (high, low)
            continue
        address, access, *masks, busy = rest
        read, write, clear, reset = (int(mask, 16) for mask in masks)
        found[name] = Register(
            int(address, 16),
            access,
            read,
            write,
            clear,
            reset,
            busy == "1",
            {},
        )
    return found


REGISTERS: Final = _registers()
