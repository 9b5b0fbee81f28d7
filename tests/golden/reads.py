"""SPEC 5 and 6: reads through the converters, and the forward pass."""

from __future__ import annotations

from typing import Any, NamedTuple

from golden.arithmetic import EVEN, STOCHASTIC, round_shift, shift_round, signed
from golden.cell import conductance
from golden.chain import Converters, Read, add_noise, clipped, noise_size
from golden.counting import Steps
from golden.randomness import leap

INPUT, ADC, ACTIVATION, ERROR, GRADIENT, ACCUMULATOR, PULSE, REFERENCE = range(8)


def ceil_div(a: int, b: int) -> int:
    """Ceiling of a / b."""
    return -(-a // b)


def stochastic(chip: Any, phase: str, value: int, n: int, mode: int) -> int:
    """SPEC 2.6, and SPEC 1.4 for the other modes."""
    if mode != STOCHASTIC or n <= 0:
        return shift_round(value, n, mode)
    if n > 32:
        value, n = value >> min(n - 32, 63), 32
    count, drawn = ceil_div(n, 8), 0
    for _ in range(count):
        chip.round_lfsr, byte = leap(chip.round_lfsr)
        drawn = drawn * 256 + byte
    chip.tally.add(phase, lfsr_step=8 * count)
    return (value + (drawn >> (8 * count - n))) >> n


def plain_mode(chip: Any) -> int:
    """SPEC 5.4, 5.5: the ADC's mode, or 3 where it is stochastic."""
    mode: int = chip.config.sites[ADC].rounding
    return EVEN if mode == STOCHASTIC else mode


class End(NamedTuple):
    """What stands at the end of one line: its converter, and the nominal gain."""

    converters: Converters
    line: int
    mantissa: int
    shift: int


def adc(chip: Any, layer: Any, phase: str, sums: tuple[int, int], end: End) -> int:
    """SPEC 5.2, 5.10; sums: the analog one and that of the stored reference (5.4)."""
    config, site = chip.config.sites[ADC], layer.sites[ADC]
    low, high = signed(config.bits)
    held = clipped(chip, sums[0])
    value = end.converters.scaled(end.line, held * end.mantissa, end.shift)
    rounded = stochastic(chip, phase, value, end.shift, config.rounding)
    before = site.saturated
    code = site.narrow(rounded, low, high, config.overflow)
    if held != sums[0]:
        site.saturated = before + 1
    site.underflowed += value != 0 and code == 0
    if chip.config.reference >= 2:
        offset = round_shift(sums[1] * end.mantissa, end.shift, plain_mode(chip))
        code = layer.sites[REFERENCE].narrow(code - offset, low, high)
    return code


def charge(layer: Any, codes: list[int], along: str) -> int:
    """SPEC 12: sum of |code| x conductance code over all planes."""
    total = 0
    for plane in layer.planes:
        for r, row in enumerate(plane.states):
            for c, state in enumerate(row):
                total += abs(codes[c if along == "columns" else r]) * conductance(state)
    return total


def tally_stored(chip: Any, layer: Any, phase: str, codes: int) -> None:
    """SPEC 11, 12: the digital side's product with the stored reference."""
    if chip.config.reference >= 2:
        each = chip.config.reference == 2
        products = layer.rows * layer.columns if each else layer.columns
        chip.tally.add(phase, mac=products, sram_read=2 * products, add=codes)
        chip.tally.add(phase, cycle=ceil_div(products, chip.config.lanes))


def forward(chip: Any, layer: Any, phase: str) -> None:
    """SPEC 5.1, 5.2, 5.4."""
    x, planes = layer.x, len(layer.planes)
    gain = (layer.config.gain_mantissa, layer.config.gain_shift)
    codes = sum(map(abs, x)) * layer.rows * planes
    read = Read(charge(layer, x, "columns"), codes, layer.rows)
    size = noise_size(chip, read)
    for r in range(layer.rows):
        total = sum(w * v for w, v in zip(layer.weights[r], x, strict=True))
        stored = sum(w * v for w, v in zip(layer.stored[r], x, strict=True))
        index = layer.forward_reads * 4096 + r
        total = add_noise(total, size, layer.keys["forward"], index)
        end = End(layer.row_converters, r, *gain)
        layer.y[r] = adc(chip, layer, phase, (total, stored), end)
    layer.forward_reads += 1
    used = sum(v != 0 for v in x)
    chip.tally.add(
        phase,
        dac_input=layer.columns,
        line_cells=used * layer.rows * planes,
        read_charge=read.charge,
        read_codes=read.codes,
        adc=layer.rows,
        cycle=layer.columns + layer.rows,
        analog_ns=chip.config.read_ns,
    )
    tally_stored(chip, layer, phase, layer.rows)


def backward(chip: Any, layer: Any, phase: str) -> list[int]:
    """SPEC 5.3, 5.4: codes of the inputs."""
    e, planes = layer.e, len(layer.planes)
    gain = (layer.config.back_mantissa, layer.config.back_shift)
    driven = sum(map(abs, e)) * layer.columns * planes
    read = Read(charge(layer, e, "rows"), driven, layer.columns)
    size = noise_size(chip, read)
    codes = []
    for c in range(layer.inputs):
        total = sum(layer.weights[r][c] * e[r] for r in range(layer.rows))
        stored = sum(layer.stored[r][c] * e[r] for r in range(layer.rows))
        index = layer.backward_reads * 4096 + c
        total = add_noise(total, size, layer.keys["backward"], index)
        end = End(layer.column_converters, c, *gain)
        codes.append(adc(chip, layer, phase, (total, stored), end))
    layer.backward_reads += 1
    used = sum(v != 0 for v in e)
    chip.tally.add(
        phase,
        dac_error=layer.rows,
        line_cells=used * layer.columns * planes,
        read_charge=read.charge,
        read_codes=read.codes,
        adc=layer.inputs,
        cycle=layer.rows + layer.inputs,
        analog_ns=chip.config.read_ns,
    )
    tally_stored(chip, layer, phase, layer.inputs)
    return codes


def table_index(chip: Any, code: int) -> int:
    """SPEC 6.2."""
    bits = chip.config.sites[ADC].bits
    return (code + 2 ** (bits - 1)) >> max(0, bits - 12)


def take_inputs(chip: Any, raw: list[int]) -> None:
    """SPEC 6.1 for layer 0."""
    layer, site = chip.layers[0], chip.config.sites[INPUT]
    low, high = signed(site.bits) if chip.config.input_signed else (0, 2**site.bits - 1)
    for c, value in enumerate(raw):
        rounded = round_shift(value, site.shift, site.rounding)
        code = layer.sites[INPUT].narrow(rounded, low, high, site.overflow)
        layer.sites[INPUT].underflowed += value != 0 and code == 0
        layer.x[c] = code
    if layer.config.bias:
        layer.x[-1] = layer.config.bias_code


def forward_pass(chip: Any, raw: list[int]) -> Steps[int]:
    """SPEC 6, 11.3: a step a layer, its read and its look-up or arg max."""
    take_inputs(chip, raw)
    for index, layer in enumerate(chip.layers):
        forward(chip, layer, "infer")
        if index + 1 < len(chip.layers):
            after = chip.layers[index + 1]
            for r in range(layer.rows):
                after.x[r] = int(layer.config.activation[table_index(chip, layer.y[r])])
            if after.config.bias:
                after.x[-1] = after.config.bias_code
            chip.tally.add("infer", lookup=layer.rows, cycle=layer.rows)
            yield
    chip.tally.add("infer", compare=layer.rows, cycle=layer.rows)
    chip.tally.inferences += 1
    yield
    found: int = layer.y.index(max(layer.y))
    return found
