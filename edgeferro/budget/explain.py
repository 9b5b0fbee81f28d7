"""``--explain NAME``: count times price for all that a budget's tables name."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from edgeferro.budget.day import OPERATIONS
from edgeferro.budget.rows import load_row
from edgeferro.core.tally import PHASES
from edgeferro.energy.explain import MEANS, explain, names, prices_text, sum_text
from edgeferro.energy.rows import row_of
from edgeferro.energy.units import DAY_S
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.budget.budget import Budget
    from edgeferro.energy.entry import Entry
    from edgeferro.energy.pricing import Pricing

__all__ = ["explain_budget", "explain_prices"]

_SUMS: Final = (*OPERATIONS, "asleep", "day")


def _check(name: str, loads: Sequence[str] = ()) -> None:
    known = list(dict.fromkeys([*names(), *_SUMS, "product", *loads]))
    if name not in known:
        message = f"--explain: {name!r} is not one of {', '.join(known)}"
        raise ConfigError(message)


def explain_prices(pricing: Pricing, name: str) -> str:
    """Say what goes into a name's price, where no run has counted anything.

    Raises:
        ConfigError: no such name.
    """
    _check(name)
    if name == "product":
        return "product: no run, so nothing is counted; give the JSON of one"
    if name in _SUMS and name not in MEANS:
        part = "leakage" if name == "asleep" else ""
        return prices_text(pricing, name, part)
    return explain(pricing, name, (), {})


def explain_budget(budget: Budget, name: str) -> str:
    """Say what a name takes: an operation and a phase by the run, others by the day.

    Raises:
        ConfigError: no such name.
    """
    loads = [load_row(load) for load in budget.powers.rows]
    _check(name, [row.event for row in loads])
    day, report = budget.day, budget.run.energy
    if name in MEANS or name in PHASES:
        return report.explain(name)
    mine = [row for row in loads if name in {row.event, row.part, row.phase}]
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
