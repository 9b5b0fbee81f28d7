"""A product's day: the chip, its loads, charge pump and regulator, to the battery."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from edgeferro.energy.ends import BOUNDS, QJ_PER_J, Ends, summed
from edgeferro.energy.factors import Factor
from edgeferro.energy.report import Quantity, part_of
from edgeferro.energy.units import DAY_S
from edgeferro.product.parts import at_load
from edgeferro.product.rows import LoadRow, factor, least_sure, load_row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from edgeferro.energy.factors import Product as Term
    from edgeferro.energy.mcu import McuCore
    from edgeferro.product.implant import Implant
    from edgeferro.product.product import Product

__all__ = ["ChipDay", "Powers"]

_STARTS: Final = ("update", "calibration", "programming")  # each brings the pump up


@dataclass(frozen=True)
class ChipDay:
    """What the chip takes a day, and how often it does what.

    Attributes:
        lines: energies by phase and event.
        terms: the same as products, quectojoules.
        rates: events a day: inference, update, calibration, programming, wake, day.
    """

    lines: Mapping[tuple[str, str], Quantity]
    terms: list[Term]
    rates: Mapping[str, Fraction]

    def joules(self, part: str | None = None) -> Ends:
        """Energy a day, joules, of all parts or of one."""
        total = Quantity(0, 0, 0)
        for (_, event), spent in self.lines.items():
            if part in {None, part_of(event)}:
                total += spent
        return total.low / QJ_PER_J, total.value / QJ_PER_J, total.high / QJ_PER_J


def _lost(name: str, efficiency: Ends) -> Factor:
    """What is lost for each joule that comes out."""
    low, value, high = (1.0 / part - 1.0 for part in reversed(efficiency))
    return Factor(name, low, value, high, 1, name.partition(":")[0])


@dataclass(frozen=True)
class Powers:
    """What a product takes from its battery.

    Attributes:
        product: its file.
        chip: what the chip takes at its supply.
        core: of the product, if it has one.
        implant: whose other parts live of the battery too.
    """

    product: Product
    chip: ChipDay
    core: McuCore | None = None
    implant: Implant | None = None

    @cached_property
    def loads(self) -> list[LoadRow]:
        """Loads of the file, and the implant's other parts."""
        found = [
            load_row(name, load, self.chip.rates, self.core)
            for name, load in self.product.parts.items()
        ]
        other = None if self.implant is None else self.implant.other_mw
        if other is not None and other.bound("high") > 0.0:
            each = (factor("other_mw", other),)
            what, source = "other parts of the implant", other.source
            found.append(
                LoadRow(
                    "other_mw", what, DAY_S, "s", 1e-3, each, source, other.kind, False
                )
            )
        return found

    @cached_property
    def pump(self) -> list[LoadRow]:
        """Starts of the charge pump, and what it loses beside what reaches pulses."""
        pump = self.product.charge_pump
        if pump is None:
            return []
        starts = float(sum(self.chip.rates[name] for name in _STARTS))
        low, pulses, high = self.chip.joules("array pulses")
        least, value, most = (pump.efficiency.bound(b) for b in BOUNDS)
        each = [_lost("charge_pump: loss", (least, value, most))]
        if pulses:
            each.append(Factor("pulses", low / pulses, 1.0, high / pulses))
        return [
            LoadRow(
                "charge_pump.start",
                "charge pump of the write voltage, brought up",
                starts,
                "starts",
                1e-9,
                (factor("charge_pump: start", pump.start),),
                pump.start.source,
                pump.start.kind,
            ),
            LoadRow(
                "charge_pump.loss",
                "what it loses beside what reaches the pulses",
                pulses,
                "J of pulses",
                1.0,
                tuple(each),
                pump.efficiency.source,
                pump.efficiency.kind,
            ),
        ]

    @cached_property
    def rail(self) -> Ends:
        """Energy a day that the regulator gives, joules."""
        fed = [row.joules for row in (*self.loads, *self.pump) if row.on_rail]
        return summed(self.chip.joules(), *fed)

    @cached_property
    def efficiency(self) -> Ends:
        """Of the regulator at its mean load, low, typical, high; 1 without one."""
        regulator = self.product.regulator
        if regulator is None:
            return 1.0, 1.0, 1.0
        load_uw = self.rail[1] / DAY_S * 1e6
        low, value, high = (at_load(regulator.efficiency, load_uw, b) for b in BOUNDS)
        return low, value, high

    def _load_s_range(self) -> tuple[Factor, ...]:
        """The regulator's load over its typical value."""
        low, value, high = self.rail
        return (Factor("regulator: load", low / value, 1.0, high / value),) * (
            value > 0.0
        )

    @cached_property
    def regulator(self) -> list[LoadRow]:
        """What the regulator takes whatever the load, and what it loses beside it."""
        regulator = self.product.regulator
        if regulator is None:
            return []
        sources = dict.fromkeys(point.source for point in regulator.efficiency)
        return [
            LoadRow(
                "regulator.quiescent",
                "regulator, whatever its load",
                DAY_S,
                "s",
                1e-6,
                (factor("regulator: quiescent", regulator.quiescent),),
                regulator.quiescent.source,
                regulator.quiescent.kind,
                on_rail=False,
            ),
            LoadRow(
                "regulator.loss",
                f"what it loses of its load, {self.efficiency[1]:.0%} efficient",
                self.rail[1],
                "J of load",
                1.0,
                (_lost("regulator: loss", self.efficiency), *self._load_s_range()),
                "; ".join(sources),
                least_sure(*regulator.efficiency),
                on_rail=False,
            ),
        ]

    @property
    def rows(self) -> list[LoadRow]:
        """Everything but the chip."""
        return [*self.loads, *self.pump, *self.regulator]

    @cached_property
    def joules(self) -> Ends:
        """Energy a day that the battery gives, joules."""
        past = [row.joules for row in self.loads if not row.on_rail]
        low, value, high = self.efficiency
        rail = self.rail
        fed = (rail[0] / high, rail[1] / value, rail[2] / low)
        own = [row.joules for row in self.regulator[:1]]
        return summed(fed, *past, *own)

    @property
    def watts(self) -> Ends:
        """The same as mean power."""
        low, value, high = (joules / DAY_S for joules in self.joules)
        return low, value, high

    @property
    def chip_watts(self) -> Ends:
        """Mean power of the chip at its own supply."""
        low, value, high = (joules / DAY_S for joules in self.chip.joules())
        return low, value, high

    @property
    def chip_share(self) -> float:
        """The chip's part of all that the battery gives, typical."""
        return self.chip.joules()[1] / self.joules[1] if self.joules[1] else 0.0

    @cached_property
    def terms(self) -> list[Term]:
        """The day of the product as products of what is uncertain, quectojoules."""
        feeding: tuple[Factor, ...] = ()
        if self.product.regulator is not None:
            name = "regulator: efficiency"
            feeding = (Factor(name, *self.efficiency, -1, "regulator"),)
        pumped: tuple[Factor, ...] = ()
        if self.product.charge_pump is not None:
            name = "charge_pump: efficiency"
            pumped = (factor(name, self.product.charge_pump.efficiency, -1),)
        found = []
        for term in self.chip.terms:
            more = pumped if part_of(term.event) == "array pulses" else ()
            factors = (*term.factors, *more, *feeding)
            found.append(term._replace(factors=factors))
        for row in (*self.loads, *self.pump[:1], *self.regulator[:1]):
            found.append(row.term(*(feeding if row.on_rail else ())))
        return found
