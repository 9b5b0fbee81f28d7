"""From a float network to a chip image: scales, gains, rates, weight targets.

Everything here is set-up work done once outside the chip; floats end here. What one
unit of each register is worth is kept in :class:`LayerScale`, so that every integer on
the chip can be turned back into the network's own units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.core.arguments import judge_layers, need_kind, whole_number
from edgeferro.core.structs import Calibration
from edgeferro.errors import ConfigError
from edgeferro.mapping.configuration import build_registers, write_gain, write_rate
from edgeferro.mapping.image import Image, LayerScale
from edgeferro.mapping.ir_drop import ir_drops
from edgeferro.mapping.lookup_tables import activation_table, exp_table
from edgeferro.mapping.read_chain import check_integrators
from edgeferro.mapping.trim import trim_of
from edgeferro.mapping.verify import verify_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.mapping.configuration import LayerRegisters

__all__ = ["Image", "LayerScale", "compile_network"]

_Q15 = 1 << 15
_PROBABILITY_UNIT = 1.0 / 32768  # SPEC 7.1: softmax errors are Q0.15


def _weight_codes(
    matrix: np.ndarray, scale: LayerScale, bias: bool, what: str
) -> np.ndarray:
    """Float weights as Q0.15 targets; the bias column in the bias code's units."""
    scaled = matrix / scale.weight
    if bias:
        scaled = scaled.copy()
        scaled[:, -1] /= scale.bias
    if np.abs(scaled).max() > 1:
        largest = np.abs(matrix).max()
        message = f"{what}: a weight of {largest:.3g} is above {scale.weight:.3g}"
        raise ConfigError(message)
    return np.clip(np.rint(scaled * _Q15), -_Q15, _Q15 - 1).astype(np.int16)


@dataclass(frozen=True)
class _Plan:
    """What every layer's registers are worked out from."""

    chip: Chip
    device: Device
    step: float  # state change of one pulse at the working point, -1..1
    level: float  # the reference's state
    sides: int
    error_top: int


def _verify(plan: _Plan, code: int) -> tuple[int, int]:
    """Gain of a verify read: the converter's range covers what is programmed."""
    top = verify_span(plan.chip, plan.device) * _Q15 * code
    half = 2.0 ** (plan.chip.converters.adc_bits - 1)
    mantissa, shift, _ = write_gain(half / top, "verify gain")
    return mantissa, shift


def _rate(plan: _Plan, scale: LayerScale, *at: int) -> tuple[int, int, float]:
    """Learning-rate registers, and the rate that they really give."""
    chip = plan.chip
    moved = scale.weight * plan.step * plan.sides
    factor = chip.controller.learning_rate * scale.error * scale.input / moved
    if chip.controller.rule == "mixed-precision":
        factor *= chip.controller.threshold
    mantissa, shift, real = write_rate(factor, chip.controller.learning_rate, *at)
    return mantissa, shift, chip.controller.learning_rate * real / factor


def _forward_layers(
    plan: _Plan,
    blank: Sequence[LayerRegisters],
    weight_scales: Sequence[float],
    signal_limits: Sequence[float],
    input_scale: float,
) -> tuple[list[LayerRegisters], list[LayerScale], float, int]:
    """Gains and tables from the first layer to the last.

    Returns:
        the layers; their scales, whose ``error`` is the slope factor so far; and the
        last activation's scale and largest code (the input's, where it has none).
    """
    chip = plan.chip
    converters = chip.converters
    half = 2.0 ** (converters.adc_bits - 1)
    top = converters.input_top
    layers, scales = [], []
    for index, unset in enumerate(blank):
        name = f"layer {index}"
        bias_code = max(1, min(top, round(1.0 / input_scale)))
        real = weight_scales[index] * input_scale / _Q15
        wanted = real * half / signal_limits[index]
        gain, shift, found = write_gain(wanted, f"{name} forward gain")
        verify, verify_shift = _verify(plan, top)
        layer = unset.with_(
            bias_code=bias_code if chip.network.bias else 0,
            verify_code=top,
            gain_mantissa=gain,
            gain_shift=shift,
            verify_mantissa=verify,
            verify_shift=verify_shift,
        )
        scale = LayerScale(
            weight=weight_scales[index],
            input=input_scale,
            code=real / found,
            error=1.0,
            learning_rate=chip.controller.learning_rate,
            bias=bias_code * input_scale,
        )
        last = index == len(blank) - 1
        if not last or chip.controller.error == "squared":
            table = activation_table(
                chip.network.output if last else chip.network.activation,
                adc_bits=converters.adc_bits,
                lsb=scale.code,
                bits=converters.activation_bits,
            )
            layer = layer.with_(activation=table.codes, slope=table.slope)
            error = table.max_slope / 256
            scale = replace(scale, error=error, output=table.scale)
            input_scale, top = table.scale, table.top_code
        layers.append(layer)
        scales.append(scale)
    return layers, scales, input_scale, top


def compile_network(
    chip: Chip,
    device: Device,
    weights: Sequence[np.ndarray],
    *,
    weight_scales: Sequence[float],
    signal_limits: Sequence[float],
    seed: int,
    input_code: int | None = None,
) -> Image:
    """Lay a float network out on a chip.

    Args:
        chip: the chip file.
        device: its device.
        weights: float (outputs, inputs + bias) a layer, the bias column last.
        weight_scales: float weight that a readable weight of 1.0 stands for, a layer.
        signal_limits: |pre-activation| at the forward ADC's full scale, a layer.
        seed: of everything random on the chip.
        input_code: code that stands for an input of 1.0; default the largest.

    Returns:
        the image; its scales hold the values that the quantised registers really give.

    Raises:
        ConfigError: a gain or rate can't be represented; names it and the range.
        DataError: weights that are no chain of finite layers.
    """
    need_kind(chip, Chip, "chip", "Chip.load(name or file)")
    need_kind(device, Device, "device", "chip.load_device()")
    one_each = {"weight_scales": weight_scales, "signal_limits": signal_limits}
    judge_layers(weights, chip.network.bias, one_each)
    seed = whole_number(seed, "seed")
    converters = chip.converters
    step, level = device.working_point(
        chip.reference_state(device), chip.device.pulse_class
    )
    plan = _Plan(
        chip=chip,
        device=device,
        step=step,
        level=level,
        sides=2 if chip.array.both_sides else 1,
        error_top=converters.error_top,
    )
    shapes = [matrix.shape for matrix in weights]
    bias = chip.network.bias
    registers = build_registers(chip, device, shapes, seed)
    top = converters.input_top
    layers, scales, last_scale, last_top = _forward_layers(
        plan, registers.layers, weight_scales, signal_limits, 1.0 / (input_code or top)
    )
    gains = [(layer.gain_mantissa, layer.gain_shift) for layer in layers]
    check_integrators(chip, registers.line_limit, gains)
    layers, scales = _way_back(plan, layers, scales, last_scale)
    step_codes = _program_rate(plan, layers[0])
    registers = registers.with_(
        layers=tuple(layers),
        **_output_registers(chip, scales[-1].code, last_top),
        program_mantissa=step_codes[0],
        program_shift=step_codes[1],
    )
    targets = tuple(
        _weight_codes(matrix, scale, bias, f"layer {i}")
        for i, (matrix, scale) in enumerate(zip(weights, scales, strict=True))
    )
    return Image(
        registers,
        tuple(scales),
        targets,
        _references(plan, shapes),
        _calibrations(plan, layers) if chip.calibrates else None,
        ir_drops(chip, device, layers),
        trim_of(chip, registers.trim_gain, registers.trim_offset),
        chip,
    )


def _output_registers(chip: Chip, lsb: float, top_code: int) -> dict[str, Any]:
    """Registers of the output error: a softmax table, or the target codes."""
    if chip.controller.error == "softmax":
        table, shift = exp_table(lsb, chip.converters.adc_bits)
        return {"exp_table": table, "exp_shift": shift}
    signed = chip.network.output in ("tanh", "identity")
    return {"target_high": top_code, "target_low": -top_code if signed else 0}


def _way_back(
    plan: _Plan,
    layers: list[LayerRegisters],
    scales: list[LayerScale],
    output_scale: float,
) -> tuple[list[LayerRegisters], list[LayerScale]]:
    """Backward gains, error units and rates, from the last layer to the first.

    A layer's ``scales[i].error`` comes in as its slope factor and leaves as the unit.
    """
    converters = plan.chip.converters
    half = 2.0 ** (converters.adc_bits - 1)
    squared = plan.chip.controller.error == "squared"
    unit = _PROBABILITY_UNIT
    if squared:
        unit = scales[-1].error * output_scale
    for index in reversed(range(len(layers))):
        layer = layers[index]
        spread = 2.0 if index == len(layers) - 1 else math.sqrt(layer.rows)
        largest = _Q15 * plan.chip.array.weight_span * plan.error_top * spread
        back, back_shift, found = write_gain(half / largest, "backward gain")
        slope = scales[index - 1].error if index else 1.0
        scale = replace(scales[index], error=unit)
        mantissa, shift, rate = _rate(plan, scale, index, len(layers))
        scales[index] = replace(scale, learning_rate=rate)
        layers[index] = layer.with_(
            back_mantissa=back,
            back_shift=back_shift,
            rate_mantissa=mantissa,
            rate_shift=shift,
        )
        unit = unit * scale.weight / _Q15 / found * slope
    return layers, scales


def _program_rate(plan: _Plan, layer: LayerRegisters) -> tuple[int, int]:
    """Pulses per code of the difference, which a group of reads sums up (SPEC 10.1)."""
    code = _Q15 * layer.verify_code * layer.verify_mantissa * 2.0**-layer.verify_shift
    code *= plan.chip.program.reads
    mantissa, shift, _ = write_gain(1.0 / (plan.step * code), "program rate", 31)
    return mantissa, shift


def _references(
    plan: _Plan, shapes: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, ...] | None:
    """One level for all cells, or all columns."""
    kind = plan.chip.array.reference
    if kind == "none":
        return None
    code = int(np.clip(round(plan.level * _Q15), -_Q15, _Q15 - 1))
    if kind == "offset":
        return tuple(np.full(columns, code, np.int16) for _, columns in shapes)
    return tuple(np.full(shape, code, np.int16) for shape in shapes)


def _calibrations(
    plan: _Plan, layers: Sequence[LayerRegisters]
) -> tuple[Calibration, ...]:
    """The chip file's settings, with a gain that shows a cell's whole range."""
    chip = plan.chip
    half = 2.0 ** (chip.converters.adc_bits - 1)
    found = []
    for layer in layers:
        mantissa, shift, _ = write_gain(half / (_Q15 * layer.verify_code), "gain")
        settings = chip.calibration.model_dump()
        pulses = chip.device.pulse_class
        found.append(Calibration(pulses, mantissa=mantissa, shift=shift, **settings))
    return tuple(found)
