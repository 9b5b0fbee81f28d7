"""Energy: counts times prices, exactly, as integers until it is shown.

The unit is the quectojoule, 1e-30 J: fine enough that the price of a single count is
a whole number to six digits or better. So energies of runs add up exactly, parts add
up to the total, and prices times k give energies times k.

What conducts, switches and charges in cells comes from physics and the device file
instead of a price (:mod:`edgeferro.energy.cells`).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Self

from edgeferro.chip.chip import Chip
from edgeferro.core.arguments import need_kind
from edgeferro.core.tally import PHASES, Tally
from edgeferro.energy.ends import BOUNDS
from edgeferro.energy.entries import count_all, count_of
from edgeferro.energy.entry import lines_of
from edgeferro.energy.explain import explain
from edgeferro.energy.price import FORMULA_PARTS, PARTS, PRICED, part_of
from edgeferro.energy.prices import Prices
from edgeferro.energy.pricing import Pricing
from edgeferro.energy.quantity import Quantity
from edgeferro.energy.rows import Row, row_of
from edgeferro.notebook import html_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.device import Device

__all__ = ["BOUNDS", "EnergyReport", "Quantity", "part_of"]

_ZERO: Final = Quantity(0, 0, 0)


class EnergyReport(Pricing):
    """What a tally costs on a chip.

    Args:
        tally: the counts.
        prices: the technology.
        device: for conductances, area, polarization and pulse amplitude.
        chip: for read voltage and time.
        scale: factor on every price, for what-if.
        sizes: inputs, hidden neurons and outputs, as of
            :func:`edgeferro.mapping.images.new_image`: what leaks goes with the bits
            that a network keeps. Only reports of rests need them.

    Raises:
        ConfigError: pulses of a class that the device doesn't have: no price. Rests,
            but no sizes.
    """

    def __init__(
        self,
        tally: Tally,
        prices: Prices,
        device: Device,
        chip: Chip,
        scale: Fraction | int = 1,
        *,
        sizes: Sequence[int] | None = None,
    ) -> None:
        """Multiply every count by its price."""
        need_kind(tally, Tally, "tally", "controller.tally")
        need_kind(chip, Chip, "chip", "Chip.load(name or file)")
        super().__init__(prices, device, chip, scale, sizes)
        self.tally = tally
        self.entries = count_all(self, tally)
        self.lines = self._sum_lines()

    @classmethod
    def of_chip(
        cls, tally: Tally, chip: Chip, sizes: Sequence[int] | None = None
    ) -> Self:
        """Price a tally with the prices and the device that the chip file names."""
        need_kind(chip, Chip, "chip", "Chip.load(name or file)")
        prices = chip.named(Prices, chip.energy.prices)
        return cls(tally, prices, chip.load_device(), chip, sizes=sizes)

    def count(self, phase: str, event: str) -> int:
        """What a priced event of :attr:`lines` was counted as in a phase."""
        return count_of(self, self.tally, phase, event)

    @property
    def counts(self) -> dict[tuple[str, str], int | Fraction]:
        """What was counted, by phase and by name; nothing that is zero."""
        return {(e.phase, e.name): e.count for e in self.entries}

    def named_counts(self) -> dict[str, Any]:
        """Return the counts as plain values: by phase and by name."""
        found: dict[str, Any] = {
            "inferences": self.tally.inferences,
            "updates": self.tally.updates,
        }
        for (phase, name), count in self.counts.items():
            found.setdefault(phase, {})[name] = int(count)
        return found

    def rows(self) -> list[Row]:
        """Every entry in words: what was counted, by what formula, who says so."""
        return [row_of(self, entry) for entry in self.entries]

    def _sum_lines(self) -> dict[tuple[str, str], Quantity]:
        """Energy by phase and event: sums of entries."""
        events = (*PRICED, "half_selected", *FORMULA_PARTS)
        lines = dict.fromkeys(product(PHASES, events), _ZERO)
        return lines | lines_of(self.entries)

    def in_cells(self, phase: str) -> Quantity:
        """Energy that a phase's write pulses took in their own cells.

        Charge, switching and conduction; what lines and half-selected cells take
        besides is in the part 'array pulses' too.
        """
        total = self.lines[phase, "pulse_switching"]
        total += self.lines[phase, "pulse_conduction"]
        return total + self.lines[phase, "pulse_charge"]

    def _sum(self, phases: tuple[str, ...], part: str | None = None) -> Quantity:
        total = _ZERO
        for (phase, event), term in self.lines.items():
            if phase in phases and part in (None, part_of(event)):
                total += term
        return total

    @property
    def parts(self) -> list[str]:
        """Names of parts, in the order of a report."""
        return list(dict.fromkeys(PARTS.values()))

    @property
    def total(self) -> Quantity:
        """Everything."""
        return self._sum(PHASES)

    @property
    def by_phase(self) -> dict[str, Quantity]:
        """By what the chip was doing."""
        return {phase: self._sum((phase,)) for phase in PHASES}

    @property
    def by_part(self) -> dict[str, Quantity]:
        """By what took it."""
        return {part: self._sum(PHASES, part) for part in self.parts}

    def of(self, phase: str, part: str) -> Quantity:
        """One phase's energy in one part."""
        return self._sum((phase,), part)

    @property
    def per_inference(self) -> Quantity:
        """Energy of a forward pass (mean over all of them)."""
        return self._sum(("infer",)).share(self.tally.inferences)

    @property
    def per_update(self) -> Quantity:
        """Energy of an update cycle: errors, backward reads, update (mean)."""
        return self._sum(("backward", "update")).share(self.tally.updates)

    def explain(self, name: str) -> str:
        """Say what an event, a part, a phase or an operation takes, down to sources.

        Raises:
            ConfigError: no such name.
        """
        counted = {
            "inference": self.tally.inferences,
            "update cycle": self.tally.updates,
        }
        return explain(self, name, self.entries, counted)

    def __repr__(self) -> str:
        """Say the total, and what an inference and an update cycle take."""
        return (
            f"EnergyReport({self.total}; an inference {self.per_inference}, an update "
            f"cycle {self.per_update}; prices of {self.prices.name})"
        )

    def _repr_html_(self) -> str:
        """Show energy by part and phase, low to high, in a notebook."""
        phases = [phase for phase, spent in self.by_phase.items() if spent.high]
        rows = [(p, *(self.of(phase, p) for phase in phases)) for p in self.parts]
        rows.append(("all", *(self.by_phase[phase] for phase in phases)))
        title = f"energy, prices of {self.prices.name}"
        note = f"an inference {self.per_inference}, an update cycle {self.per_update}"
        return html_table(title, ("part", *phases), rows, note)

    def to_dict(self) -> dict[str, Any]:
        """Return totals as integers (1e-30 J) beside readable femtojoules."""

        def both(q: Quantity) -> dict[str, Any]:
            return {"qj": [q.low, q.value, q.high], "fj": q.fj}

        return {
            "counts": self.named_counts(),
            "total": both(self.total),
            "by_phase": {k: both(v) for k, v in self.by_phase.items()},
            "by_part": {k: both(v) for k, v in self.by_part.items()},
            "per_inference": both(self.per_inference),
            "per_update": both(self.per_update),
        }
