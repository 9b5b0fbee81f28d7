"""What each load takes a day: a count times a price, and the factors it goes with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edgeferro.energy.ends import BOUNDS, QJ_PER_J, Ends
from edgeferro.energy.factors import Factor
from edgeferro.energy.factors import Product as Term
from edgeferro.energy.mcu import counted
from edgeferro.energy.units import DAY_S
from edgeferro.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from edgeferro.energy.mcu import McuCore
    from edgeferro.files.read import Figure
    from edgeferro.product.parts import Load

__all__ = ["LoadRow", "factor", "least_sure", "load_row"]

_JOULES: Final = {"uW": 1e-6, "uJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12, "1": 1.0}
# What a day's events are called where there is one or many of them.
_UNITS: Final = {
    "inference": "inferences",
    "update": "updates",
    "calibration": "calibrations",
    "programming": "programmings",
    "day": "days",
    "wake": "wake-ups",
}


def factor(name: str, figure: Figure, power: int = 1) -> Factor:
    """A figure of a product file as a factor that draws may move."""
    low, value, high = (figure.bound(bound) for bound in BOUNDS)
    return Factor(name, low, value, high, power, name.partition(":")[0])


@dataclass(frozen=True)
class LoadRow:
    """One load of a day.

    Attributes:
        name: of it in the file.
        what: it is.
        count: of what it takes energy for, typical.
        unit: that the count is in.
        scale: joules a unit of the factors' product.
        factors: numbers, with their ranges, whose product is the energy of one count;
            those of the count with them, over its typical value.
        source: where its numbers stand.
        kind: measured, derived or assumed: the least sure of its numbers.
        on_rail: whether the regulator feeds it.
    """

    name: str
    what: str
    count: float
    unit: str
    scale: float
    factors: tuple[Factor, ...]
    source: str
    kind: str
    on_rail: bool = True

    @property
    def price_j(self) -> Ends:
        """Energy of one count, joules: low, typical, high."""
        low, high = (
            math.prod(f.end(which) ** f.power for f in self.factors) * self.scale
            for which in ("low", "high")
        )
        value = math.prod(f.value**f.power for f in self.factors) * self.scale
        return low, value, high

    @property
    def joules(self) -> Ends:
        """Energy a day, joules, on the rail that it takes it from."""
        low, value, high = (self.count * price for price in self.price_j)
        return low, value, high

    @property
    def watts(self) -> Ends:
        """The same as mean power."""
        low, value, high = (joules / DAY_S for joules in self.joules)
        return low, value, high

    def term(self, *more: Factor) -> Term:
        """The energy a day as a product, quectojoules."""
        return Term(
            f"loads.{self.name}",
            self.count * self.scale * QJ_PER_J,
            (*self.factors, *more),
        )


_KINDS: Final = ("measured", "fitted", "simulated", "derived", "assumed")


def least_sure(*figures: Figure) -> str:
    """The kind of the number among these that is known the least."""
    return max((figure.kind for figure in figures), key=_KINDS.index)


def _relative(name: str, figure: Figure) -> Factor:
    """A figure over its typical value: what a count that holds that value leaves."""
    low, value, high = (figure.bound(bound) for bound in BOUNDS)
    return Factor(name, low / value, 1.0, high / value, 1, name.partition(":")[0])


def _of_power(name: str, load: Load, power: Figure) -> LoadRow:
    """A load that is on for a part of the day; its duty is in its seconds."""
    factors, used, seconds = [factor(f"{name}: power", power)], [power], float(DAY_S)
    if load.duty is not None:
        used.append(load.duty)
        seconds *= load.duty.value
        if load.duty.value:
            factors.append(_relative(f"{name}: duty", load.duty))
        else:  # typically off: its high end still counts
            seconds = float(DAY_S)
            factors.append(factor(f"{name}: duty", load.duty))
    return LoadRow(
        name,
        load.what,
        seconds,
        "s",
        _JOULES[power.unit],
        tuple(factors),
        "; ".join(figure.source for figure in used),
        least_sure(*used),
        load.rail == "regulator",
    )


def load_row(
    name: str,
    load: Load,
    rates: Mapping[str, Fraction],
    core: McuCore | None,
) -> LoadRow:
    """What one load takes a day.

    Args:
        name: of it in the file.
        load: what the file says.
        rates: events a day.
        core: of the product, where a load needs one.

    Raises:
        DataError: a program that was not counted on this core.
    """
    if load.power is not None:
        return _of_power(name, load, load.power)
    if load.of_core == "asleep" and core is not None:
        return _of_power(name, load, core.asleep_uw)
    if load.every_s is not None:
        count, unit = DAY_S / load.every_s, f"times, every {load.every_s:g} s"
    else:
        per = str(load.per)
        count, unit = float(rates[per]), _UNITS[per]
    energy = load.energy
    if load.of_core == "wake" and core is not None:
        energy = core.wake_nj
    if energy is not None:
        return LoadRow(
            name,
            load.what,
            count,
            unit,
            _JOULES[energy.unit],
            (factor(f"{name}: energy", energy),),
            energy.source,
            energy.kind,
            load.rail == "regulator",
        )
    return _of_instructions(name, load, count, core)


def _counted(load: Load, core: str) -> float:
    """Instructions of a load's program, without those that another load has.

    Raises:
        DataError: one that was not counted, or more beside it than it has.
    """
    number = float(counted().find(core, str(load.runs)).instructions)
    if load.beside is None:
        return number
    other = float(counted().find(core, load.beside).instructions)
    if other > number:
        message = (
            f"{load.runs} takes {number:,.0f} instructions on {core}, fewer than the "
            f"{other:,.0f} of {load.beside} beside it"
        )
        raise DataError(message)
    return number - other


def _of_instructions(
    name: str, load: Load, count: float, core: McuCore | None
) -> LoadRow:
    """Instructions of a day times what the core takes for one."""
    assert core is not None  # a product without a core has no such load
    cycle, cycles = core.cycle_pj, core.cycles_an_instruction
    factors = [
        factor(f"{core.name}: cycle_pj", cycle),
        factor(f"{core.name}: cycles_an_instruction", cycles),
    ]
    if load.instructions is not None:
        number, source = load.instructions.value, load.instructions.source
        if number:
            factors.append(_relative(f"{name}: instructions", load.instructions))
    else:
        number = _counted(load, core.name)
        runs = f"{load.runs}{f' less {load.beside}' if load.beside else ''}"
        source = f"{runs}, {number:,.0f} instructions counted on {core.name}"
    return LoadRow(
        name,
        load.what,
        count * number,
        "instructions",
        _JOULES[cycle.unit],
        tuple(factors),
        f"{source}; {cycle.source}; {cycles.source}",
        least_sure(cycle, cycles),
        load.rail == "regulator",
    )
