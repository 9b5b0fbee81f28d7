"""A read's electrons as settings of the core: noise, clipping, converters that err.

A read integrates the current of a line for ``array.read_ns``; a code x is driven for
the part x / steps of it, ``Chip.dac_steps`` being the largest code of any layer. The
charge comes in electrons, and junctions at the read voltage V and the temperature T
carry shot and thermal noise together: S_I = 2 q I coth(q V / 2 k T), which is 2 q I far
above k T / q and 4 k T G near 0 V (A. van der Ziel, Noise in Solid State Devices and
Circuits, 1986). Over a read of N electrons that is a variance of N coth(q V / 2 k T).
Both planes of a differential pair add to N, though the signal is their difference. An
integrator of capacitance C adds k T C / q^2, and holds C V_swing / q.

The core counts in *line sums*: weight codes x input codes (SPEC 5.1), of which one is
:attr:`ReadUnits.electrons`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from edgeferro.chip.geometry import G_CODES
from edgeferro.errors import ConfigError, least_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.converters import ConverterPart
    from edgeferro.chip.device import Device

__all__ = [
    "AMPLITUDE",
    "NOISE_SIGMA",
    "SPREAD_SIGMA",
    "WEIGHT_ONE",
    "ReadUnits",
    "chain_settings",
    "check_integrators",
    "check_volts",
]

Q: Final = 1.602176634e-19  # C, exact (SI, 2019)
K: Final = 1.380649e-23  # J/K, exact (SI, 2019)
NOISE_SIGMA: Final = 43690.0**0.5  # of a noise unit (SPEC 2.4)
SPREAD_SIGMA: Final = NOISE_SIGMA * 39 / 256  # spread units a deviation (SPEC 3.2)
WEIGHT_ONE: Final = 32768  # code of a weight of 1.0 (SPEC 4.2)
_WEIGHTS: Final = 2 * WEIGHT_ONE  # weight codes from G_min to G_max
AMPLITUDE: Final = 256 / NOISE_SIGMA  # read_noise of a deviation of one line sum
_GAIN: Final = 2.0**-16  # in which a converter's gain is worked out (SPEC 5.11)
_LIMITS: Final = {"read_shot": (1 << 31) - 1, "read_base": 1 << 24}


@dataclass(frozen=True)
class ReadUnits:
    """What a chip's reads count in.

    Attributes:
        electrons: of one line sum: a weight code x an input code.
        siemens: electrons of one siemens of a cell that is driven with code 1.
        factor: coth(q V / 2 k T), the variance of a read of one electron.
        top: largest input code.
    """

    electrons: float
    siemens: float
    factor: float
    top: int

    @classmethod
    def of(cls, chip: Chip, device: Device) -> Self:
        """Take volts, nanoseconds, kelvins and siemens from chip and device."""
        array, converters = chip.array, chip.converters
        top = converters.input_top
        siemens = array.read_v * array.read_ns * 1e-9 / chip.dac_steps / Q
        window = (device.g_max_ns.value - device.g_min_ns.value) * 1e-9
        angle = Q * array.read_v / (2.0 * K * array.temperature_k)
        return cls(window / _WEIGHTS * siemens, siemens, 1.0 / math.tanh(angle), top)

    def charge(self, device: Device, codes: float, charge: float) -> float:
        """Electrons of READ_CODES and READ_CHARGE (SPEC 12.1)."""
        low, high = device.g_min_ns.value * 1e-9, device.g_max_ns.value * 1e-9
        return (low * codes + (high - low) / G_CODES * charge) * self.siemens


def _fits(name: str, value: float) -> int:
    register = round(value)
    if register > _LIMITS[name]:
        message = (
            f"array.read_ns, array.read_v: a line sum is so few electrons that "
            f"{name} would be {register}, above {_LIMITS[name]}; read longer"
        )
        raise ConfigError(message)
    return register


def check_volts(chip: Chip, device: Device) -> None:
    """Refuse a read that would write: the core's reads move no cell.

    Raises:
        ConfigError: names the volts that pass.
    """
    limit, volts = device.read_v_max, chip.array.read_v
    if limit is not None and volts > limit.value:
        message = (
            f"array.read_v: {volts:g} V is above the read_v_max of device "
            f"{device.name}, as such reads would write; at most {limit.value:g} passes"
        )
        raise ConfigError(message)


def chain_settings(chip: Chip, device: Device) -> dict[str, int]:
    """Settings of the core for the noise, the integrators and the converters.

    Raises:
        ConfigError: volts that would write, or a noise or an error too small to have
            an effect.
    """
    check_volts(chip, device)
    array, converters = chip.array, chip.converters
    units = ReadUnits.of(chip, device)
    own = 0.0 if array.noise == "none" else array.read_noise
    stated = own * WEIGHT_ONE * units.top  # line sums
    settings = {
        "adc_gain": round(converters.adc_gain_error * 2**24 / SPREAD_SIGMA),
        "adc_offset": round(converters.adc_offset_error * 2**12 / SPREAD_SIGMA),
    }
    _check_errors(converters)
    if array.noise == "charge":
        window = device.g_max_ns.value - device.g_min_ns.value
        base = G_CODES * device.g_min_ns.value / window
        shot = (AMPLITUDE**2 * units.factor / units.electrons) * (_WEIGHTS / G_CODES)
        farads = array.capacitor_ff * 1e-15
        kelvin = K * array.temperature_k * farads / Q**2 / units.electrons**2
        stated = math.hypot(stated, math.sqrt(kelvin))
        settings["read_shot"] = _fits("read_shot", shot * 2**16)
        settings["read_base"] = _fits("read_base", base)
        limit = farads * array.swing_v / Q / units.electrons
        settings["line_limit"] = min(max(round(limit / 256), 1), 1 << 30)  # 0: nowhere
    settings["read_noise"] = round(stated * AMPLITUDE)
    if stated > 0.0 and settings["read_noise"] == 0 and array.noise == "stated":
        least = least_text(0.5 / (AMPLITUDE * WEIGHT_ONE * units.top))
        message = f"array.read_noise: {array.read_noise:g} has no effect; the least is"
        message = f"{message} {least}"
        raise ConfigError(message)
    return settings


def _check_errors(converters: ConverterPart) -> None:
    """Refuse deviations that no converter would show."""
    errors = {
        "adc_gain_error": (converters.adc_gain_error, _GAIN),
        "adc_offset_error": (converters.adc_offset_error, SPREAD_SIGMA / 2**13),
    }
    for name, (value, least) in errors.items():
        if 0.0 < value < least:
            message = (
                f"converters.{name}: {value:g} has no effect; the least is "
                f"{least_text(least)}"
            )
            raise ConfigError(message)


def check_integrators(
    chip: Chip, line_limit: int, gains: Sequence[tuple[int, int]]
) -> None:
    """Refuse integrators that clip before the converter's mid-scale.

    Args:
        chip: capacitor and swing.
        line_limit: of the core's settings; 0: no clipping.
        gains: mantissa and shift of each layer's forward converter (SPEC 5.2).

    Raises:
        ConfigError: names the layer, and the capacitor that would do.
    """
    half = 2.0 ** (chip.converters.adc_bits - 1)
    for layer, (mantissa, shift) in enumerate(gains):
        middle = half / 2 * 2.0**shift / mantissa  # line sums
        if line_limit and line_limit * 256 < middle:
            enough = chip.array.capacitor_ff * (middle / 256 + 1) / line_limit
            message = (
                f"array.capacitor_ff: {chip.array.capacitor_ff:g} clips at "
                f"{100 * line_limit * 128 / middle:.0f} % of the range of layer "
                f"{layer}'s converter, below its half; at least {least_text(enough)}"
            )
            raise ConfigError(message)
