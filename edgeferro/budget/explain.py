"""``--explain NAME``: count times price for all that a budget's tables name."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from edgeferro.budget.budget import Budget, find_product
from edgeferro.budget.day import OPERATIONS
from edgeferro.budget.rows import load_row
from edgeferro.core.tally import PHASES
from edgeferro.energy.explain import (
    MEANS,
    NO_RUN,
    explain,
    names,
    prices_text,
    sum_text,
)
from edgeferro.energy.rows import row_of
from edgeferro.energy.units import DAY_S
from edgeferro.errors import ConfigError
from edgeferro.files.read import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.energy.entry import Entry
    from edgeferro.energy.pricing import Pricing
    from edgeferro.energy.report import EnergyReport
    from edgeferro.product.product import Product

__all__ = ["explain_budget", "explain_prices"]

_SUMS: Final = (*OPERATIONS, "asleep", "day")


def _own(load: str) -> str:
    """A load's name; behind "loads." where the chip has one of that name."""
    return f"loads.{load}" if load in {*names(), *_SUMS} else load


def _check(name: str, loads: Sequence[str]) -> None:
    known = list(dict.fromkeys([*names(), *_SUMS, "product", *loads]))
    if name not in known:
        message = f"--explain: {name!r} is not one of {', '.join(known)}"
        raise ConfigError(message)


def _loads(product: Product) -> dict[str, str]:
    """What a product's loads are priced by, where nothing has been counted."""
    found = {}
    for name, load in product.parts.items():
        figures = {key: getattr(load, key) for key in type(load).model_fields}
        said = [
            f"{key} = {figure} ({figure.bound('low'):g} .. {figure.bound('high'):g}), "
            f"{figure.kind}: {figure.source}"
            for key, figure in figures.items()
            if isinstance(figure, Figure)
        ]
        found[_own(name)] = "; ".join([f"{name}: {load.what}", *said])
    return found


def explain_prices(report: EnergyReport, name: str) -> str:
    """Say what goes into a name's price, where no run has counted anything.

    Raises:
        ConfigError: no such name.
    """
    loads = _loads(find_product(report.chip, report.chip.usage))
    _check(name, list(loads))
    if name == "product":
        return "\n".join([prices_text(report, name), *loads.values()])
    if name in loads:
        return f"{loads[name]}\n{NO_RUN}"
    if name in _SUMS and name not in MEANS:
        return prices_text(report, name, "leakage" if name == "asleep" else "")
    return explain(report, name, (), {})


def explain_budget(budget: Budget, name: str) -> str:
    """Say what a name takes: an operation and a phase by the run, others by the day.

    Raises:
        ConfigError: no such name.
    """
    loads = [load_row(load) for load in budget.powers.rows]
    _check(name, [_own(row.event) for row in loads])
    day, report = budget.day, budget.run.energy
    if name in MEANS or name in PHASES:
        return report.explain(name)
    mine = [row for row in loads if name in {_own(row.event), row.phase}]
    if name == "product":
        own = [row_of(report, entry) for entry in day.entries]
        said = "a day, at the battery: the chip, and all that is beside it"
        return sum_text(name, [*own, *mine], said)
    if mine:
        return sum_text(name, mine, "of a day")
    if name == "asleep":
        said = "all day long, asleep or at work"
        return _sum(report, name, report.resting(DAY_S, day.celsius), said)
    if name == "day":
        return _sum(report, name, day.entries, "of the chip, by its usage")
    if name in OPERATIONS:
        count = day.counted[name]
        one = Fraction(1, count or 1)
        once = [e.times(one) for e in report.entries if e.phase in OPERATIONS[name]]
        return _sum(report, name, once if count else [], f"the mean of {count:,}")
    return explain(report, name, day.entries, {}, said="of a day")


def _sum(pricing: Pricing, name: str, entries: Sequence[Entry], said: str) -> str:
    if not entries:
        return f"{name}: not in this run"
    return sum_text(name, [row_of(pricing, entry) for entry in entries], said)
