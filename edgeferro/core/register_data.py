"""Made from edgeferro.rdl by csrc/bus/make_registers.py; don't edit."""

from typing import Final

__all__ = ["ENUMS", "MAP"]

# name address access read write clear reset, then busy, waits, of the chip;
# below it fields: high, low, enumeration
MAP: Final = """
ID 000 ro FFFFFFFF 00000000 00000000 EDFE0001 0 0 0
  value 31 0
VERSION 004 ro FFFFFFFF 00000000 00000000 00040003 0 0 0
  spec 15 0
  map 31 16
CHIP 008 ro 001F031F 00000000 00000000 00000000 0 0 1
  layers 4 0
  planes 9 8
  classes 20 16
CAPABILITY 00C ro 000FFF1F 00000000 00000000 00000000 0 0 1
  reference 1 0 reference
  trims 2 2
  targets 3 3
  accumulators 4 4
  adc_bits 11 8
  input_bits 15 12
  error_bits 19 16
CONTROL 010 rw 00000003 00000703 00000000 00000000 1 0 0
  enable 0 0
  halt_on_error 1 1
  flush 8 8
  abort 9 9
  reset 10 10
STATUS 014 ro 1FFF777F 00000000 00000000 00000000 0 0 0
  busy 0 0
  queue_full 1 1
  result 2 2
  error 3 3
  irq 4 4
  cut 5 5
  halted 6 6
  queued 10 8
  results 14 12
  fill 28 16
BUSY 018 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  cycles 31 0
CUT 01C w1c FFFFF7FF 00000300 00000300 00000000 1 0 1
  opcode 7 0 command
  cause 9 8 cause
  pulsed 10 10
  layer 15 12
  steps 31 16
IRQ_STATUS 020 w1c 0000001F 0000001F 0000001F 00000000 1 0 0
  done 0 0
  result 1 1
  error 2 2
  idle 3 3
  watermark 4 4
IRQ_ENABLE 024 rw 0000001F 0000001F 00000000 00000000 1 0 0
  done 0 0
  result 1 1
  error 2 2
  idle 3 3
  watermark 4 4
ERROR 028 w1c 00007FFF 00007FFF 00007FFF 00000000 1 0 0
  address 0 0
  unaligned 1 1
  read_only 2 2
  write_only 3 3
  busy 4 4
  reserved_bits 5 5
  underrun 6 6
  overrun 7 7
  index 8 8
  range 9 9
  config 10 10
  command 11 11
  stale 12 12
  locked 13 13
  length 14 14
ERROR_ADDRESS 02C ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  address 31 0
FAULT 030 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  field_number 15 0
  index 31 16
ERROR_COMMAND 034 ro 00FFFFFF 00000000 00000000 00000000 0 0 0
  command 15 0
  opcode 23 16 command
DEPTHS 038 ro 00771FFF 00000000 00000000 00000000 0 0 1
  fifo 12 0
  queue 18 16
  results 22 20
CLOCK 03C ro FFFFFFFF 00000000 00000000 00000000 0 0 1
  hertz 31 0
COMMAND 040 wo 00000000 000000FF 00000000 00000000 1 0 0
  opcode 7 0 command
LABEL 044 rw 00000FFF 00000FFF 00000000 00000000 1 0 0
  label 11 0
SAMPLE 048 wo 00000000 FFFFFFFF 00000000 00000000 1 0 0
  code 31 0
RESULT 04C ro FFFF0FFF 00000000 00000000 00000000 0 0 0
  label 11 0
  command 31 16
OUTPUT_SELECT 050 rw 00000FFF 00000FFF 00000000 00000000 1 0 0
  row 11 0
OUTPUT 054 ro FFFFFFFF 00000000 00000000 00000000 0 1 0
  code 31 0
SAMPLE_PAIR 058 wo 00000000 FFFFFFFF 00000000 00000000 1 0 0
  first 15 0
  second 31 16
WATERMARK 05C rw 00001FFF 00001FFF 00000000 00000000 1 0 0
  codes 12 0
LAYER 060 rw 0000000F 0000000F 00000000 00000000 0 0 0
  layer 3 0
LAYER_SHAPE 064 ro 1FFF9FFF 00000000 00000000 00000000 0 0 1
  rows 12 0
  bias 15 15
  columns 28 16
LAYER_RULE 068 rw 00000FF3 00000FF3 00000000 00000000 0 0 1
  rule 1 0 rule
  pulse_class 7 4
  program_class 11 8
LAYER_GAIN 06C rw 00003FFF 00003FFF 00000000 00000000 0 0 1
  mantissa 7 0
  shift 13 8
LAYER_BACK_GAIN 070 rw 00003FFF 00003FFF 00000000 00000000 0 0 1
  mantissa 7 0
  shift 13 8
LAYER_VERIFY_GAIN 074 rw 00003FFF 00003FFF 00000000 00000000 0 0 1
  mantissa 7 0
  shift 13 8
LAYER_RATE 078 rw 00003FFF 00003FFF 00000000 00000000 0 0 1
  mantissa 7 0
  shift 13 8
LAYER_THRESHOLD 07C rw 7FFFFFFF 7FFFFFFF 00000000 00000000 0 0 1
  units 30 0
LAYER_CODES 080 rw FFFFFFFF FFFFFFFF 00000000 00000000 0 0 1
  bias 15 0
  verify 31 16
PROGRAM 098 rw 7F7FFFFF 7F7FFFFF 00000000 00000000 0 0 1
  tolerance 7 0
  iterations 15 8
  limit 22 16
  reads 30 24
PLANE 0A0 rw 00000001 00000001 00000000 00000000 0 0 0
  plane 0 0 plane
COLUMN 0A4 rw 00001FFF 00001FFF 00000000 00000000 0 0 0
  column 12 0
ROW 0A8 rw 00001FFF 00001FFF 00000000 00000000 0 0 0
  row 12 0
WINDOW 0AC rw FFFFFFFF FFFFFFFF 00000000 00000000 0 1 0
  data 31 0
MISSED 0B0 ro 00001FFF 00000000 00000000 00000000 0 1 0
  cells 12 0
READS 0B4 rw 0000007F 0000007F 00000000 00000001 0 0 0
  reads 6 0
CHECKSUM 0B8 ro FFFFFFFF 00000000 00000000 00000000 0 1 0
  crc 31 0
CAL_WINDOW 0C0 rw 7F7F1F0F 7F7F1F0F 00000000 06080100 0 0 0
  pulse_class 3 0
  reads 12 8
  quads 22 16
  windows 30 24
CAL_GAIN 0C4 rw 3FFF0FFF 3FFF0FFF 00000000 15800304 0 0 0
  tolerance 7 0
  probe 11 8
  mantissa 23 16
  shift 29 24
CAL_LIMIT 0C8 rw 0000FFFF 0000FFFF 00000000 00000200 0 0 0
  limit 15 0
POINT_SELECT 0CC rw 00000003 00000003 00000000 00000000 0 0 0
  which 1 0
POINT_SUM 0D0 ro FFFFFFFF 00000000 00000000 00000000 0 1 0
  sum 31 0
POINT_STATE 0D4 ro 07FFFFFF 00000000 00000000 00000000 0 1 0
  quads 15 0
  windows 23 16
  verdict 26 24 verdict
TRIM 0D8 rw 017F3FFF 017F3FFF 00000000 00100080 0 0 0
  code 13 0
  reads 22 16
  side 24 24 side
TRIM_ENDS 0DC ro 00003FFF 00000000 00000000 00000000 0 1 0
  registers 13 0
NUMBER 0E0 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  accepted 15 0
  ended 31 16
POWER 0E4 rw 00000103 00000103 00000000 00000000 1 0 0
  mode 1 0 mode
  keep 8 8
WAKE 0E8 ro FFFFFFFF 00000000 00000000 00000000 0 0 1
  gated 15 0
  retained 31 16
LOCK 0EC rw 0000000F 0000000F 00000000 00000001 1 0 0
  apply 0 0
  program 1 1
  calibrate 2 2
  descriptors 3 3
TALLY_SELECT 0F0 rw 01F31F07 01F31F07 00000000 00000000 0 0 0
  phase 2 0 phase
  event 12 8 event
  kind 17 16 counter
  pulse_class 23 20
  polarity 24 24
TALLY_LOW 0F4 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  bits 31 0
TALLY_HIGH 0F8 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  bits 31 0
UPDATES 0FC ro FFFFFFFF 00000000 00000000 00000000 0 0 1
  count 31 0
CYCLE_LOW 100 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  bits 31 0
CYCLE_HIGH 104 ro FFFFFFFF 00000000 00000000 00000000 0 0 0
  bits 31 0
EXPONENT 108 rw FFFFFFFF FFFFFFFF 00000000 00000000 0 1 0
  value 31 0
UNLOCK 10C wo 00000000 FFFFFFFF 00000000 00000000 1 0 0
  key 31 0
HARNESS_KEY 800 wo 00000000 FFFFFFFF 00000000 00000000 1 0 0
  key 31 0
HARNESS 804 ro 00000001 00000000 00000000 00000000 0 0 0
  open 0 0
SEED_LOW 808 rw FFFFFFFF FFFFFFFF 00000000 00000000 0 0 1
  bits 31 0
SEED_HIGH 80C rw FFFFFFFF FFFFFFFF 00000000 00000000 0 0 1
  bits 31 0
REST 810 rw FFFFFFFF FFFFFFFF 00000000 00000001 0 0 0
  seconds 31 0
CUT_AFTER 814 rw FFFFFFFF FFFFFFFF 00000000 00000000 1 0 0
  steps 31 0
"""
# enumerations; below them members
ENUMS: Final = """
reference
  none 0
  cell 1
  stored 2
  offset 3
command
  apply 1
  infer 2
  learn 3
  program_column 4
  read_column 5
  calibrate_column 6
  clear_points 7
  trim 10
  learn_targets 11
  forward 12
  activate 13
  backward 14
  slopes 15
  errors 16
  update 17
  store_reference 18
  store_offset 19
  read_accumulators 20
  write_accumulators 21
  checksum 22
  new_chip 128
  rest 129
  read_wear 130
cause
  none 0
  aborted 1
  reset 2
  power 3
rule
  none 0
  sgd_stochastic 1
  sgd_counted 2
  mixed_precision 3
plane
  main 0
  reference 1
verdict
  pending 0
  found 1
  stuck 2
  no_crossing 3
  not_settled 4
side
  rows 0
  inputs 1
mode
  run 0
  gated 1
  retained 2
phase
  infer 0
  backward 1
  update 2
  calibrate 3
  program 4
  idle 5
event
  dac_input 0
  dac_error 1
  adc 2
  line_cells 3
  read_charge 4
  pulse_line_cells 5
  half_selected 6
  mac 7
  add 8
  divide 9
  compare 10
  lookup 11
  lfsr_step 12
  sram_read 13
  sram_write 14
  register 15
  cycle 16
  analog_ns 17
  read_codes 18
  rest_s 19
counter
  event 0
  pulses 1
  conduction 2
  switched 3
"""
