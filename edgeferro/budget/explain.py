"""``--explain NAME``: count times price for all that a budget's tables name."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from edgeferro.budget.budget import Budget, find_product
from edgeferro.budget.day import OPERATIONS
from edgeferro.budget.rows import load_row
from edgeferro.core.tally import PHASES
from edgeferro.energy.explain import (
    EVENTS,
    MEANS,
    NO_RUN,
    explain,
    names,
    prices_text,
    sum_text,
)
from edgeferro.energy.price import part_of
from edgeferro.energy.rows import Row, row_of
from edgeferro.errors import ConfigError
from edgeferro.files.read import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.energy.pricing import Pricing
    from edgeferro.energy.report import EnergyReport
    from edgeferro.product.product import Product

__all__ = ["explain_budget", "explain_prices"]

_DAY: Final = ("day", "chip")
_SLEEP: Final = ("asleep", "leaking")
_SUMS: Final = (*OPERATIONS, *_SLEEP, *_DAY)
_LOADS: Final = "loads"


def _own(load: str) -> str:
    """A load's name; behind "loads." where the chip has one of that name."""
    return f"loads.{load}" if load in {*names(), *_SUMS} else load


def _group(pricing: Pricing, event: str) -> str:
    """Under what its uncertainty is counted: a price's group, or the device's."""
    price = pricing.prices.events.get(event)
    return "device" if price is None else price.group or event


def _check(pricing: Pricing, name: str, loads: Sequence[str]) -> None:
    groups = [_group(pricing, event) for event in EVENTS]
    known = [*names(), *_SUMS, *groups, "product", _LOADS, *loads]
    if name not in known:
        listed = ", ".join(dict.fromkeys(known))
        message = f"--explain: {name!r} is not one of {listed}"
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
    _check(report, name, list(loads))
    if name == _LOADS:
        return "\n".join([f"{name}: {NO_RUN}", *loads.values()])
    if name == "product":
        return "\n".join([prices_text(report, name), *loads.values()])
    if name in loads:
        return f"{loads[name]}\n{NO_RUN}"
    if name in _SLEEP:
        return prices_text(report, name, _in_part("leakage"))
    if name in MEANS or name in names():
        return explain(report, name, (), {})
    grouped = [event for event in EVENTS if _group(report, event) == name]
    return prices_text(report, name, grouped or EVENTS)


def _in_part(part: str) -> list[str]:
    return [event for event in EVENTS if part_of(event) == part]


def explain_budget(budget: Budget, name: str) -> str:
    """Say what a name takes: an operation and a phase by the run, others by the day.

    Where a load has the name of an operation, that is said too.

    Raises:
        ConfigError: no such name.
    """
    loads = [load_row(load) for load in budget.powers.rows]
    _check(budget.run.energy, name, [_own(row.event) for row in loads])
    mine = [row for row in loads if name in {row.event, _own(row.event)}]
    beside = [sum_text(_own(row.event), [row], "of a day") for row in mine]
    return "\n".join([*_of_chip(budget, name, loads), *beside])


def _of_chip(budget: Budget, name: str, loads: list[Row]) -> list[str]:
    """What a name takes of the chip, of a group or of all; nothing if a load's own."""
    day, report = budget.day, budget.run.energy
    if name in MEANS or name in PHASES:
        return [report.explain(name)]
    if name == _LOADS:
        return [sum_text(name, loads, "of a day")]
    rows = [row_of(report, entry) for entry in day.entries]
    if name == "product":
        said = "a day, at the battery: the chip, and all that is beside it"
        return [sum_text(name, [*rows, *loads], said)]
    if name in _SLEEP:
        rows = [row for row in rows if row.phase == "idle"]
        return [_sum(name, rows, "all day long, asleep or at work")]
    if name in _DAY:
        return [_sum(name, rows, "a day of the chip, by its usage")]
    if name in OPERATIONS:
        count = day.counted[name]
        one = Fraction(1, count or 1)
        once = [e.times(one) for e in report.entries if e.phase in OPERATIONS[name]]
        rows = [row_of(report, entry) for entry in once if count]
        return [_sum(name, rows, f"the mean of {count:,}")]
    if name in names():
        return [explain(report, name, day.entries, {}, said="of a day")]
    grouped = [row for row in rows if _group(report, row.event) == name]
    return [_sum(name, grouped, "of the chip's day, as a group of draws")] * any(
        _group(report, event) == name for event in EVENTS
    )


def _sum(name: str, rows: Sequence[Row], said: str) -> str:
    return sum_text(name, rows, said) if rows else f"{name}: not in this run"
