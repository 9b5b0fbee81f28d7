"""What the electrons of a read allow: its own noise in codes, and its effective bits.

A read integrates the current of a line for ``array.read_ns``. The charge comes in whole
electrons, and junctions at the read voltage V and the temperature T carry shot and
thermal noise together: S_I = 2 q I coth(q V / 2 k T), which is 2 q I far above k T / q
and 4 k T G near 0 V (A. van der Ziel, Noise in Solid State Devices and Circuits, 1986).
Over a read of N electrons that is a variance of N coth(q V / 2 k T). Both planes of a
differential pair add to N, though the signal is their difference.

Nothing here changes a bit: the emulated chip reads with what the chip file states
(``array.read_noise``). Reports hold that against this floor, which no circuit beats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.core.tally import Tally

__all__ = ["ReadQuality", "read_quality"]

_Q: Final = 1.602176634e-19  # C, exact (SI, 2019)
_K: Final = 1.380649e-23  # J/K, exact (SI, 2019)
_TEMPERATURE: Final = 310.0  # K: on or in a body
_WEIGHTS: Final = 65536  # weight codes from G_min to G_max (SPEC 3.1, 4.2)
_G_CODES: Final = 65535  # conductance codes (SPEC 3.1)
_WEIGHT_ONE: Final = 32768  # code of a weight of 1.0 (SPEC 4.2)
_READS: Final = ("infer",)  # phases whose reads are forward passes alone


@dataclass(frozen=True)
class ReadQuality:
    """One layer's forward read, by the charge that its lines carry on the mean.

    Attributes:
        layer: its index.
        electrons_per_code: what one ADC code stands for.
        electrons: that flow through a line in a read, all planes.
        noise_codes: shot and thermal noise of these electrons, rms, codes.
        stated_codes: what the chip file states and the emulator adds, rms, codes.
        bits: effective bits with the larger of the two noises.
        adc_bits: of the converter.
        floor: ``array.read_noise`` that states this layer's own noise.
    """

    layer: int
    electrons_per_code: float
    electrons: float
    noise_codes: float
    stated_codes: float
    bits: float
    adc_bits: int
    floor: float

    @property
    def hidden(self) -> bool:
        """Whether noise of more than a code is left out by the chip file."""
        return self.noise_codes > 1.0 and self.stated_codes < 0.5 * self.noise_codes

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "layer": self.layer,
            "electrons_per_code": self.electrons_per_code,
            "electrons_per_line": self.electrons,
            "noise_codes": self.noise_codes,
            "stated_noise_codes": self.stated_codes,
            "effective_bits": self.bits,
            "adc_bits": self.adc_bits,
        }

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"read of layer {self.layer}: {self.electrons_per_code:.3g} electrons a "
            f"code, shot noise {self.noise_codes:.2g} codes rms, "
            f"{self.bits:.1f} effective bits of {self.adc_bits}"
        )


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
    converters, array = chip.converters, chip.array
    top = (1 << (converters.input_bits - int(converters.input_signed))) - 1
    low, high = device.g_min_ns.value * 1e-9, device.g_max_ns.value * 1e-9
    # electrons of one siemens of a cell that is driven with code 1
    each = array.read_v * array.read_ns * 1e-9 / top / _Q
    codes, charge = (
        sum(tally.event(phase, event) for phase in _READS)
        for event in ("read_codes", "read_charge")
    )
    electrons = (low * codes + (high - low) / _G_CODES * charge) * each / lines
    unit = (high - low) / _WEIGHTS * each  # electrons of a weight code x input code
    factor = 1.0 / math.tanh(_Q * array.read_v / (2.0 * _K * _TEMPERATURE))
    noise = math.sqrt(electrons * factor)
    stated = array.read_noise * _WEIGHT_ONE * top * unit
    found = []
    for layer, (mantissa, shift) in enumerate(gains):
        per_code = unit * 2.0**shift / mantissa
        rms = max(noise, stated) / per_code
        found.append(
            ReadQuality(
                layer=layer,
                electrons_per_code=per_code,
                electrons=electrons,
                noise_codes=noise / per_code,
                stated_codes=stated / per_code,
                bits=converters.adc_bits - 0.5 * math.log2(1.0 + 12.0 * rms**2),
                adc_bits=converters.adc_bits,
                floor=noise / (_WEIGHT_ONE * top * unit),
            )
        )
    return found
