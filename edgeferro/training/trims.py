"""How far a run's converters were off, and what their trim took, over all units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from edgeferro.core.tally import Tally
from edgeferro.energy.report import EnergyReport
from edgeferro.mapping.remarks import Remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.energy.report import Quantity
    from edgeferro.training.unit import UnitResult

__all__ = [
    "ConverterFigures",
    "TrimFigures",
    "converter_figures",
    "trim_figures",
    "trim_tally",
]


@dataclass(frozen=True)
class ConverterFigures:
    """Errors of one layer's converters on one side, rms over converters and units.

    Known to the emulator alone. The nonlinearity that all converters share is not in
    them.

    Attributes:
        layer: its index.
        side: 'forward' (of rows) or 'backward' (of inputs).
        drawn_codes: offset as the chip was made, codes.
        drawn_gain: gain beside 1, the same.
        codes: offset at the end of the run, trimmed where the chip trims.
        gain: gain at the end, the same.
    """

    layer: int
    side: str
    drawn_codes: float
    drawn_gain: float
    codes: float
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "layer": self.layer,
            "side": self.side,
            "drawn_offset_codes_rms": self.drawn_codes,
            "drawn_gain_rms": self.drawn_gain,
            "offset_codes_rms": self.codes,
            "gain_rms": self.gain,
        }

    def line(self, *, trims: bool) -> str:
        """Say it in one line."""
        text = (
            f"converters of layer {self.layer}, {self.side}: offset "
            f"{self.drawn_codes:.3g} codes rms, gain {100 * self.drawn_gain:.2g} % rms"
        )
        if not trims:
            return f"{text}; not trimmed (converters.trim)"
        return (
            f"{text}; after their trim {self.codes:.2g} codes, {100 * self.gain:.2g} %"
        )


@dataclass(frozen=True)
class TrimFigures:
    """What the trim of a chip took, means over units.

    Attributes:
        chips: units.
        energy: of a chip.
        seconds: of a chip.
        conversions: of a chip.
        registers: of all chips.
        ends: registers of all chips that stand at their end.
    """

    chips: int
    energy: Quantity
    seconds: float
    conversions: float
    registers: int
    ends: int

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "energy_fj": {
                "low": self.energy.low_fj,
                "value": self.energy.fj,
                "high": self.energy.high_fj,
            },
            "seconds": self.seconds,
            "conversions": self.conversions,
            "registers": self.registers,
            "registers_at_their_end": self.ends,
        }

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"trim of a chip's converters: {self.conversions:.0f} conversions, "
            f"{self.seconds:.3g} s, {self.energy!s}"
        )

    def remarks(self) -> list[Remark]:
        """Say so if errors, or noise in their readings, go beyond the registers."""
        if not self.ends:
            return []
        text = (
            f"{self.ends} of {self.registers} trim registers stand at their end: "
            f"converters err beyond converters.trim_offset_range or trim_gain_range, "
            f"or the noise of the readings goes beyond it (a longer range, or more "
            f"converters.trim_reads)"
        )
        return [Remark("trim at its end", text)]


def converter_figures(results: Sequence[UnitResult]) -> list[ConverterFigures]:
    """Errors by layer and side over all units; none where converters are alike."""
    found = []
    for index, row in enumerate(results[0].drawn):

        def rms(rows: str, name: str, at: int = index) -> float:
            values = [getattr(r, rows)[at][name] for r in results]
            return math.sqrt(sum(v * v for v in values) / len(values))

        found.append(
            ConverterFigures(
                layer=row["layer"],
                side=row["side"],
                drawn_codes=rms("drawn", "offset_codes"),
                drawn_gain=rms("drawn", "gain"),
                codes=rms("converters", "offset_codes"),
                gain=rms("converters", "gain"),
            )
        )
    return found


def trim_tally(results: Sequence[UnitResult]) -> Tally:
    """What trimming counted over all units."""
    spent = [r.trimming.tally for r in results if r.trimming is not None]
    return reduce(add, spent, Tally.zero())


def trim_figures(chip: Chip, results: Sequence[UnitResult]) -> TrimFigures | None:
    """What trimming took; None where the chip doesn't trim."""
    trims = [r.trimming for r in results if r.trimming is not None]
    if not trims:
        return None
    tally, count = trim_tally(results), len(results)
    spent = EnergyReport.of_chip(tally, chip).by_phase["calibrate"]
    return TrimFigures(
        chips=count,
        energy=spent.share(count),
        seconds=tally.seconds("calibrate", chip.controller.clock_mhz) / count,
        conversions=tally.event("calibrate", "adc") / count,
        registers=sum(t.registers for t in trims),
        ends=sum(t.ends for t in trims),
    )
