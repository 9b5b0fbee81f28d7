"""What the electrons of a read allow: its own noise in codes, and its effective bits.

A chip with ``array.noise = "charge"`` reads with this noise (:mod:`.read_chain` says
where it comes from). One with ``"stated"`` reads with what its file states, whatever it
is; reports hold that against this floor, which no circuit beats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.mapping.read_chain import (
    AMPLITUDE,
    WEIGHT_ONE,
    ReadUnits,
    chain_settings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.core.tally import Tally

__all__ = ["ReadQuality", "bits_text", "nominal_read", "read_quality", "worst_read"]

_INPUTS: Final = 32  # of a line, where no hidden layer tells


@dataclass(frozen=True)
class ReadQuality:
    """One layer's forward read, by the charge that its lines carry on the mean.

    Attributes:
        layer: its index.
        electrons_per_code: what one ADC code stands for.
        electrons: that flow through a line in a read, all planes.
        noise_codes: shot and thermal noise of these electrons, rms, codes.
        stated_codes: what the emulated read carries, rms, codes.
        amplifier_codes: of that, ``array.read_noise`` alone.
        bits: effective bits with the larger of the two noises, 0 or more.
        adc_bits: of the converter.
        floor: ``array.read_noise`` that states this layer's own noise.
        ideal: whether the chip file says that its reads have no noise at all.
    """

    layer: int
    electrons_per_code: float
    electrons: float
    noise_codes: float
    stated_codes: float
    amplifier_codes: float
    bits: float
    adc_bits: int
    floor: float
    ideal: bool = False

    @property
    def hidden(self) -> bool:
        """Whether noise of more than a code is left out by the chip file."""
        left_out = self.stated_codes < 0.5 * self.noise_codes
        return self.noise_codes > 1.0 and left_out and not self.ideal

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "layer": self.layer,
            "electrons_per_code": self.electrons_per_code,
            "electrons_per_line": self.electrons,
            "noise_codes": self.noise_codes,
            "stated_noise_codes": self.stated_codes,
            "read_noise_codes": self.amplifier_codes,
            "effective_bits": self.bits,
            "adc_bits": self.adc_bits,
            "own_read_noise": self.floor,
            "ideal": self.ideal,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ReadQuality:
        """Take back what :meth:`to_dict` gave.

        Raises:
            ValueError: a figure that is none or out of range, by name; other errors
                where it lacks one.
        """
        for name, value in data.items():
            if name == "ideal" and isinstance(value, bool):
                continue
            if type(value) not in {int, float} or not math.isfinite(value):
                message = f"reads.{name}: {value!r} is not a number"
                raise ValueError(message)
            if value < 0:
                message = f"reads.{name}: {value!r} is not 0 or above"
                raise ValueError(message)
        if data["effective_bits"] > data["adc_bits"]:
            message = (
                f"reads.effective_bits: {data['effective_bits']!r} is not in "
                f"0..{data['adc_bits']} (adc_bits)"
            )
            raise ValueError(message)
        return cls(
            layer=int(data["layer"]),
            electrons_per_code=data["electrons_per_code"],
            electrons=data["electrons_per_line"],
            noise_codes=data["noise_codes"],
            stated_codes=data["stated_noise_codes"],
            amplifier_codes=data["read_noise_codes"],
            bits=data["effective_bits"],
            adc_bits=int(data["adc_bits"]),
            floor=data["own_read_noise"],
            ideal=bool(data["ideal"]),
        )

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"read of layer {self.layer}: {self.electrons_per_code:.3g} electrons a "
            f"code, shot noise {self.noise_codes:.2g} codes rms, {self._emulated()}"
            f"{self.bits:.1f} effective bits of {self.adc_bits}"
            + " (an ideal read: the emulated one has no noise)"
            * self.ideal
        )

    def _emulated(self) -> str:
        """Noise of the emulated read, where the bits may come from it alone."""
        shot, found = f"{self.noise_codes:.2g}", f"{self.stated_codes:.2g}"
        if self.ideal or shot == found:
            return ""
        if not self.amplifier_codes:
            return f"with kT/C {found}, "
        own = f"(array.read_noise {self.amplifier_codes:.2g})"
        return f"the emulated read's {found} {own}, by the larger "


def read_quality(
    chip: Chip,
    device: Device,
    tally: Tally,
    rows: Sequence[int],
    gains: Sequence[tuple[int, int]],
) -> list[ReadQuality]:
    """Work out each layer's forward read.

    Args:
        chip: volts, nanoseconds, converters.
        device: conductances.
        tally: of runs of such chips; its forward reads give the mean charge of a line.
        rows: lines of each layer.
        gains: mantissa and shift of each layer's converter (SPEC 5.2).

    Returns:
        one figure a layer; none where nothing was inferred.
    """
    lines = sum(rows) * tally.inferences
    if not lines:
        return []
    units = ReadUnits.of(chip, device)
    codes, charge = (
        tally.event("infer", event) for event in ("read_codes", "read_charge")
    )
    electrons = units.charge(device, codes, charge) / lines
    return [
        _quality(chip, device, layer, electrons, 2.0**shift / mantissa)
        for layer, (mantissa, shift) in enumerate(gains)
    ]


def _quality(
    chip: Chip, device: Device, layer: int, electrons: float, code: float
) -> ReadQuality:
    """One layer's read.

    Args:
        chip: volts, nanoseconds, converters.
        device: conductances.
        layer: its index.
        electrons: that flow through a line.
        code: line sums of one ADC code.
    """
    units = ReadUnits.of(chip, device)
    noise = math.sqrt(electrons * units.factor)  # electrons
    full = WEIGHT_ONE * units.top * units.electrons  # of a weight of 1.0 at the top
    stated = chain_settings(chip, device)["read_noise"] / AMPLITUDE * units.electrons
    if chip.array.noise == "charge":
        stated = math.hypot(stated, noise)
    per_code = units.electrons * code
    rms = max(noise, stated) / per_code
    return ReadQuality(
        layer=layer,
        electrons_per_code=per_code,
        electrons=electrons,
        noise_codes=noise / per_code,
        stated_codes=stated / per_code,
        amplifier_codes=chip.array.read_noise * full / per_code,
        bits=max(chip.converters.adc_bits - 0.5 * math.log2(1.0 + 12.0 * rms**2), 0.0),
        adc_bits=chip.converters.adc_bits,
        floor=noise / full,
        ideal=chip.array.noise == "none",
    )


def nominal_read(chip: Chip) -> tuple[ReadQuality, int]:
    """A read of the output layer before anything has run, and the inputs of a line.

    As in a network that starts from nothing, with all cells at the middle of their
    window and driven by half the largest code. Without a hidden layer 32 inputs.
    """
    device, converters, network = chip.load_device(), chip.converters, chip.network
    units = ReadUnits.of(chip, device)
    inputs = (*network.hidden, _INPUTS)[max(len(network.hidden) - 1, 0)]
    inputs += int(network.bias)
    cells = inputs * (2 if chip.array.reference == "cell" else 1)
    siemens = (device.g_min_ns.value + device.g_max_ns.value) / 2e9
    electrons = cells * siemens * units.siemens * chip.dac_steps / 2.0
    half = 2.0 ** (converters.adc_bits - 1)
    one = WEIGHT_ONE * chip.dac_steps / network.weight_limit  # line sums of 1.0
    code = chip.output_signal * one / half
    return _quality(chip, device, len(network.hidden), electrons, code), inputs


def worst_read(reads: Sequence[ReadQuality]) -> ReadQuality | None:
    """Return the layer's read with the fewest effective bits; None of none."""
    return min(reads, key=lambda read: read.bits, default=None)


def bits_text(reads: Sequence[ReadQuality]) -> str:
    """Say the fewest effective bits of several reads, and of how many; '-' of none."""
    worst = worst_read(reads)
    return "-" if worst is None else f"{worst.bits:.1f} of {worst.adc_bits}"
