"""Every count of a budget with its price: what JSON and CSV list."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from edgeferro.energy.ends import QJ_PER_J
from edgeferro.energy.quantity import Quantity
from edgeferro.energy.rows import Row, row_of

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget
    from edgeferro.budget.day import Day
    from edgeferro.product.rows import LoadRow

__all__ = ["budget_rows", "csv_text", "load_row"]

_QJ_PER_AJ: Final = 10**12
_COLUMNS: Final = (
    "phase",
    "part",
    "event",
    "counted",
    "count",
    "unit",
    "price_aj",
    "run_aj",
    "per_day",
    "day_aj",
)


def _plain(count: int | Fraction) -> int | float:
    """A whole number as one; another to a double."""
    return int(count) if count == int(count) else float(count)


def load_row(load: LoadRow) -> Row:
    """What is beside the chip as a row of a day."""
    low, value, high = (round(end * QJ_PER_J) for end in load.joules)
    return Row(
        phase="product",
        part=load.name.partition(".")[0],
        event=load.name,
        count=Fraction(load.count),
        unit=load.unit,
        price=load.price_j,
        energy=Quantity(low, value, high),
        formula=load.what,
        source=load.source,
        kind=load.kind,
    )


def budget_rows(budget: Budget) -> list[dict[str, Any]]:
    """Rows of the chip, in a run and in a day, and of what is beside it in a day."""
    found = _chip_rows(budget.day)
    for load in budget.powers.rows:
        row = load_row(load)
        figures = row.to_dict()
        a_day = {"per_day": figures["count"], "day_j": figures.pop("energy_j")}
        a_day["day_aj"] = row.energy.value // _QJ_PER_AJ
        found.append({**figures, "count": 0, "run_aj": 0, **a_day})
    return found


def _chip_rows(day: Day) -> list[dict[str, Any]]:
    """What was counted in the run and is in a day, what one takes, and who says so.

    Whole attojoules of run and day are rounded down once, as in the tables by part.
    """
    report = day.run.energy
    run = {(e.phase, e.event, e.name): e for e in report.entries}
    a_day = {(e.phase, e.event, e.name): e for e in day.entries}
    found = []
    for key in dict.fromkeys([*run, *a_day]):
        row = row_of(report, a_day.get(key) or run[key])
        figures, in_run = row.to_dict(), run.get(key)
        once = a_day.get(key)
        energy = figures.pop("energy_j")
        found.append(
            {
                **figures,
                "count": 0 if in_run is None else _plain(in_run.count),
                "run_aj": in_run.energy.value // _QJ_PER_AJ if in_run else 0,
                "per_day": 0 if once is None else _plain(once.count),
                "day_j": energy if once else dict.fromkeys(energy, 0.0),
                "day_aj": once.energy.value // _QJ_PER_AJ if once else 0,
            }
        )
    return found


def csv_text(rows: list[dict[str, Any]]) -> str:
    """The same as a table: energies in attojoules, prices typical."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        typical = {**row, "price_aj": row["price_j"]["value"] * 1e18}
        writer.writerow([typical[name] for name in _COLUMNS])
    return stream.getvalue()
