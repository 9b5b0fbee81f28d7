"""A chip file as configuration registers: the fields of ``struct ef_config``."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from edgeferro.core.binding import setting_fields
from edgeferro.core.enums import (
    ARRAY_ACCESSES,
    ERROR_KINDS,
    EXCESSES,
    OVERFLOWS,
    REFERENCES,
    ROUNDINGS,
    RULES,
)
from edgeferro.errors import ConfigError, least_text
from edgeferro.mapping.read_chain import NOISE_SIGMA, SPREAD_SIGMA, chain_settings
from edgeferro.mapping.trim import inl_knots, trim_settings
from edgeferro.mapping.verify import tolerance_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device

__all__ = [
    "LayerRegisters",
    "Registers",
    "SiteRegisters",
    "build_registers",
    "write_gain",
    "write_rate",
]

_ONE: Final = 1 << 31
_GAIN_MOST: Final = 255.0
_RATE_SHIFT: Final = 62
_COARSE: Final = (2.0, 128.0)  # fine pulses of a coarse one (SPEC 9.11)
_SPARE: Final = 3  # layers, for weights that turn out otherwise in a shallower network

# Bases with every number of a structure of the core, at 0: a setting that C gains is a
# field here without a line.
_Settings: Any = setting_fields("Settings", "struct ef_settings")
_LayerSettings: Any = setting_fields("LayerSettings", "struct ef_layer_config")
_SiteSettings: Any = setting_fields("SiteSettings", "struct ef_site_config")


@dataclass(frozen=True)
class SiteRegisters(_SiteSettings):  # type: ignore[misc] # made from C
    """``struct ef_site_config``."""

    rounding: int = ROUNDINGS["nearest-even"]


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerRegisters(_LayerSettings):  # type: ignore[misc] # made from C
    """``struct ef_layer_config``; gains and rates are set by the network."""

    verify_code: int = 1
    gain_mantissa: int = 1
    back_mantissa: int = 1
    verify_mantissa: int = 1
    rate_mantissa: int = 1
    rate_shift: int = 62
    activation: np.ndarray | None = None
    slope: np.ndarray | None = None

    def with_(self, **changes: Any) -> Self:
        """Return the same with other values; names as in the structure."""
        return replace(self, **changes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Registers(_Settings):  # type: ignore[misc] # made from C
    """``struct ef_config``, its settings among the other fields.

    Names and ranges stand in ``edgeferro.h``; what is not given is 0.
    """

    seed: int
    sites: tuple[SiteRegisters, ...]
    knots: np.ndarray
    layers: tuple[LayerRegisters, ...]
    exp_table: np.ndarray | None = None
    adc_inl: np.ndarray | None = None
    program_mantissa: int = 1

    def with_(self, **changes: Any) -> Self:
        """Return the same with other values; names as in the structure."""
        return replace(self, **changes)


def _state(value: float) -> int:
    """A state of -1..1 as Q0.31, symmetric."""
    return int(np.clip(round(value * _ONE), -_ONE + 1, _ONE - 1))


def _deviation(value: float, unit: float, name: str) -> int:
    """A standard deviation in units of its register; one too small is refused.

    Raises:
        ConfigError: above 0, but below half a unit: it would have no effect.
    """
    register = round(value * unit)
    if value > 0.0 and register == 0:
        least = least_text(0.5 / unit)
        message = f"{name}: {value:g} has no effect; the least is {least}"
        raise ConfigError(message)
    return register


def _part(value: float, unit: float, name: str) -> int:
    """A setting of ``[reliability]`` in units of its register."""
    return -_part(-value, unit, name) if value < 0 else _deviation(value, unit, name)


def _sites(chip: Chip) -> tuple[SiteRegisters, ...]:
    """The eight quantizer sites, in the order of ``enum ef_site``."""
    c, k = chip.converters, chip.controller
    rounding = ROUNDINGS
    return (
        SiteRegisters(c.input_bits, overflow=OVERFLOWS[c.input_overflow]),
        SiteRegisters(c.adc_bits, rounding[c.adc_rounding], OVERFLOWS[c.adc_overflow]),
        SiteRegisters(c.activation_bits),
        SiteRegisters(c.error_bits, rounding[c.error_rounding]),
        SiteRegisters(32, rounding[k.gradient_rounding]),
        SiteRegisters(k.accumulator_bits, overflow=OVERFLOWS[k.accumulator_overflow]),
        SiteRegisters(8, rounding[k.pulse_rounding]),
        SiteRegisters(16, rounding[c.reference_rounding]),
    )


def _coarse(chip: Chip, device: Device) -> dict[str, int]:
    """The class of coarse pulses, and what one is worth in fine ones, Q.8.

    Raises:
        ConfigError: the device's steps have another ratio than a chip can cut by.
    """
    d = chip.device
    if d.coarse_class is None:
        return {}
    ratio = d.coarse_ratio
    if ratio is None:
        level = chip.reference_state(device)
        fine, _ = device.working_point(level, d.pulse_class)
        coarse, _ = device.working_point(level, d.coarse_class)
        ratio = coarse / fine
    if not _COARSE[0] <= ratio <= _COARSE[1]:
        low, high = _COARSE
        message = (
            f"device.coarse_class: a step of class {d.coarse_class} is {ratio:.3g} of "
            f"class {d.pulse_class}, not {low:g} to {high:g}; device.coarse_ratio says "
            f"what it stands for"
        )
        raise ConfigError(message)
    return {"coarse_class": d.coarse_class, "coarse_ratio": round(ratio * 256)}


def _padded(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(values) + (0,) * (16 - len(values))


def build_registers(
    chip: Chip,
    device: Device,
    shapes: Sequence[tuple[int, int]],
    seed: int,
    *,
    bias: bool | None = None,
) -> Registers:
    """Work out every register that does not depend on the network's weights.

    Args:
        chip: the chip file.
        device: as :meth:`Chip.load_device` returns it.
        shapes: (rows, columns) of each array, the bias column included.
        seed: of everything random, taken modulo 2^64.
        bias: whether arrays have a bias column; None asks the chip file.
    """
    k, a, spread = chip.controller, chip.array, device.spread
    has_bias = chip.network.bias if bias is None else bias
    layers = tuple(
        LayerRegisters(
            rows=rows,
            inputs=columns - int(has_bias),
            bias=int(has_bias),
            rule=RULES[k.rule],
            pulse_class=chip.device.pulse_class,
            program_class=chip.device.program_class,
            threshold=k.threshold,
        )
        for rows, columns in shapes
    )
    count, r = len(device.classes), chip.reliability
    c2c = _deviation(spread.c2c.value, 2**22 / NOISE_SIGMA, "c2c")
    additive = _deviation(
        spread.c2c_additive.value, 2 * _ONE / NOISE_SIGMA, "c2c_additive"
    )
    chain: dict[str, Any] = {**chain_settings(chip, device)}
    chain |= trim_settings(chip, chain["adc_gain"], chain["adc_offset"])
    chain |= _coarse(chip, device)
    return Registers(
        seed=seed % 2**64,
        layer_count=len(shapes),
        reference=REFERENCES[a.reference],
        both_sides=int(a.both_sides),
        input_signed=int(chip.converters.input_signed),
        error_kind=ERROR_KINDS[k.error],
        sites=_sites(chip),
        train_length=k.train_length,
        train_bits=k.train_bits,
        train_managed=int(k.train_managed),
        error_deadband=_part(k.error_deadband, 256, "controller.error_deadband"),
        pulse_limit=k.pulse_limit,
        excess=EXCESSES[k.excess],
        class_count=count,
        transfer_every=k.transfer_every,
        lines_per_row_lfsr=k.lines_per_row_lfsr,
        lines_per_column_lfsr=k.lines_per_column_lfsr,
        lanes=k.lanes,
        program_tolerance=tolerance_codes(chip, device),
        program_iterations=chip.program.iterations,
        program_limit=chip.program.limit,
        program_reads=chip.program.reads,
        initial_state=_state(
            min(max(a.initial_state, device.bound_low), device.bound_high)
        ),
        bound_low=_state(device.bound_low),
        bound_high=_state(device.bound_high),
        bound_spread=_deviation(spread.bound.value, _ONE / SPREAD_SIGMA, "bound"),
        d2d_common=_deviation(
            spread.d2d_common.value, 2**22 / SPREAD_SIGMA, "d2d_common"
        ),
        d2d_asymmetry=_deviation(
            spread.d2d_asymmetry.value, 2**22 / SPREAD_SIGMA, "d2d_asymmetry"
        ),
        read_ns=a.read_ns,
        gap_ns=a.gap_ns,
        stuck_low=_part(r.stuck_low, 1 << 32, "reliability.stuck_low"),
        stuck_high=_part(r.stuck_high, 1 << 32, "reliability.stuck_high"),
        fatigue=_part(r.fatigue, 1 << 16, "reliability.fatigue"),
        imprint=_part(r.imprint, 1 << 16, "reliability.imprint"),
        wear_onset=r.wear_onset.bit_length() - 1,
        disturb=_part(r.disturb, 1 << 20, "reliability.disturb"),
        drift=_part(r.drift, _ONE / NOISE_SIGMA, "reliability.drift"),
        retention_s=r.retention_s,
        retention_level=_state(r.retention_level),
        c2c=_padded([c2c] * count),
        c2c_additive=_padded([additive] * count),
        width_ns=_padded([pulses.width_ns for pulses in device.classes]),
        knots=device.knots,
        layers=layers,
        access=ARRAY_ACCESSES[a.access],
        adc_inl=inl_knots(chip),
        **chain,
    )


def write_gain(value: float, name: str, top_shift: int = 47) -> tuple[int, int, float]:
    """Write value as mantissa 128..255 x 2^-shift; also the value that comes out.

    Raises:
        ConfigError: no shift in 0..top_shift does it.
    """
    if not (math.isfinite(value) and value > 0):
        message = f"{name}: {value} is not above 0"
        raise ConfigError(message)
    shift = 7 - math.floor(math.log2(value))
    mantissa = round(value * 2.0**shift)
    if mantissa == 256:
        mantissa, shift = 128, shift - 1
    if shift > top_shift or shift < 0:
        low, high = 128 * 2.0**-top_shift, _GAIN_MOST
        message = f"{name}: {value:.3g} is not in {low:.3g}..{high:.3g}"
        raise ConfigError(message)
    return mantissa, shift, mantissa * 2.0**-shift


def write_rate(
    value: float, learning_rate: float, layer: int, layers: int
) -> tuple[int, int, float]:
    """Write a learning rate as :func:`write_gain` does, with advice where none fits.

    A layer's errors are worth less the more layers lie above it: a deep network runs
    out of rate at its inputs.

    Args:
        value: of the register.
        learning_rate: of the chip file, which the value goes with.
        layer: index of the layer.
        layers: of the network.

    Raises:
        ConfigError: no shift does it; says which rate, or how few layers, would pass.
    """
    try:
        return write_gain(value, f"layer {layer} learning rate", _RATE_SHIFT)
    except ConfigError as error:
        least = 128 * 2.0**-_RATE_SHIFT
        if not 0.0 < value < math.inf:
            raise
        end, word = (least, "least") if value < least else (_GAIN_MOST, "most")
        rate = learning_rate * end / value
        advice = f"a controller.learning_rate of at {word} {rate:.3g}"
        fewer = layers - layer - _SPARE - 2  # hidden ones, of those that had a rate
        if value < least and fewer > 0:
            advice = f"network.hidden of {fewer} layers, or {advice}"
        message = f"{error}; {advice} would do"
        raise ConfigError(message) from None
