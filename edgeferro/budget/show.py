"""A budget in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edgeferro.budget.figures import DISCLAIMER
from edgeferro.budget.published import reference_points
from edgeferro.energy.report import Quantity
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.mapping.read_quality import bits_text, worst_read
from edgeferro.terminal import hint
from edgeferro.training.show import drop_line, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeferro.budget.budget import Budget
    from edgeferro.budget.solve import Answer

__all__ = ["days_text", "show_answer", "show_budget", "show_comparison"]

_SHOWN = 6  # prices of the tornado


def days_text(days: float) -> str:
    """Write days, in years where they are many."""
    if days >= 1e6:
        return "for ever"
    return f"{days:.3g} days" if days < 1000 else f"{days / YEAR_DAYS:.3g} years"


def _seconds(seconds: float) -> str:
    for size, unit in ((3600.0, "h"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns" if seconds else "-"


def _title(budget: Budget) -> str:
    run = budget.run
    return (
        f"{run.task} on {run.chip.chip.name}, {run.chip.controller.rule}, "
        f"prices of {run.energy.prices.name}"
    )


def _operations(budget: Budget) -> Table:
    table = Table(title=_title(budget), title_justify="left", padding=0)
    table.add_column("a day holds", no_wrap=True)
    for name in ("energy of one", "time", "a day", "energy a day"):
        table.add_column(name, justify="right", no_wrap=True)
    day = budget.day
    for o in day.operations:
        share = _product(o.energy, float(o.per_day))
        count = f"{float(o.per_day):.4g}"
        if not day.counted[o.name]:
            table.add_row(o.name, "not in this run", "-", count, "-")
            continue
        table.add_row(o.name, str(o.energy), _seconds(o.seconds), count, str(share))
    asleep = day.lines["idle", "leak_bit"] + day.lines["idle", "leak_base"]
    table.add_row("leaking", "", _seconds(DAY_S), "", str(asleep))
    table.add_section()
    table.add_row("all", "", "", "", str(day.total))
    return table


def _product(energy: Quantity, factor: float) -> Quantity:
    low, value, high = (
        int(q * factor) for q in (energy.low, energy.value, energy.high)
    )
    return Quantity(low, value, high)


def _parts(title: str, parts: Mapping[str, Quantity], total: int) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("part", "energy a day", "share"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for name, quantity in sorted(parts.items(), key=lambda p: -p[1].value):
        if quantity.high:
            share = 100 * quantity.value / total if total else 0.0
            table.add_row(name, str(quantity), f"{share:.2g} %")
    return table


def _tornado(budget: Budget) -> Table:
    table = Table(title="what moves the day most", title_justify="left")
    for name in ("price", "day at its low", "at its high"):
        table.add_column(name, justify="left" if name == "price" else "right")
    for swing in budget.tornado[:_SHOWN]:
        ends = (str(Quantity(e, e, e)) for e in (swing.low, swing.high))
        table.add_row(swing.event, *ends)
    return table


def _points(budget: Budget) -> Table:
    table = Table(title="beside published figures", title_justify="left")
    for name in ("", "energy", "per", "what it counts"):
        table.add_column(name)
    ours = budget.day.operation("inference").energy
    counts = "converters, lines, array, digital, memories; features not"
    table.add_row(
        f"this chip ({budget.run.energy.prices.name})", str(ours), "inference", counts
    )
    for point in reference_points():
        table.add_row(point.name, f"{point.energy_nj:g} nJ", point.per, point.counts)
    return table


def show_budget(budget: Budget) -> None:
    """Print tables and verdicts."""
    console, day = Console(markup=False), budget.day
    console.print(_operations(budget))
    console.print(_parts("where a day's energy goes", day.by_part(), day.total.value))
    spread = budget.spread
    low, middle, high = (
        Quantity.of_fj(joules * 1e15) for joules in (spread.p5, spread.p50, spread.p95)
    )
    console.print(
        f"over {spread.draws} draws of all prices and of the cell (seed "
        f"{spread.seed}), 90 of 100 days take {low} to {high}, half of them below "
        f"{middle}"
    )
    console.print(_tornado(budget))
    watts = [w * 1e6 for w in day.average_w]
    console.print(
        f"mean power: {watts[1]:.3g} uW ({watts[0]:.3g}..{watts[2]:.3g}); awake "
        f"{100 * day.busy_s / DAY_S:.3g} % of the day"
    )
    if budget.battery is not None:
        with_it, without = budget.life_days(), budget.life_days(learning=False)
        console.print(
            f"{budget.battery.name}: {days_text(with_it[1])} "
            f"({days_text(with_it[0])} .. {days_text(with_it[2])}); "
            f"without learning {days_text(without[1])}"
        )
    run = budget.run
    drop_line(run.drops, console)
    console.print(
        f"wear: {budget.wear_text} to the endurance of a cell; pulses of "
        f"the most pulsed one: {run.worn_setup} a set-up, {run.worn_learning} in "
        f"{run.tally.updates / run.chips:.0f} updates"
    )
    read_lines(run.reads, console)
    for verdict in budget.verdicts:
        style = "green" if verdict.fits and verdict.surely else "yellow"
        style = style if verdict.fits else "bold red"
        line = Text.assemble(f"{verdict.name}: ", (verdict.word, style))
        console.print(line.append(f", {verdict.text}"))
    console.print(_points(budget))
    console.print(f"signature: {budget.run.signature}. {DISCLAIMER}")
    for remark in run.remarks:
        hint(remark.text)


def _headlines(budget: Budget) -> dict[str, tuple[str, float]]:
    """Figures to compare: text and number."""
    day = budget.day
    found: dict[str, tuple[str, float]] = {
        "accuracy after learning": (
            f"{100 * budget.run.accuracy:.1f} %",
            budget.run.accuracy,
        )
    }
    for o in day.operations:
        if day.counted[o.name]:
            found[o.name] = (str(o.energy), o.energy.fj)
    found["day"] = (str(day.total), day.total.fj)
    found["mean power"] = (f"{day.average_w[1] * 1e6:.3g} uW", day.average_w[1])
    found["sample and update"] = (_seconds(day.sample_s), day.sample_s)
    if budget.battery is not None:
        life = budget.life_days()[1]
        found["battery"] = (days_text(life), life)
    if budget.implant is not None:
        found["temperature"] = (f"{budget.rise_c[1]:.3g} K", budget.rise_c[1])
    found["wear"] = (budget.wear_text, budget.wear_years)
    read = worst_read(budget.run.reads)
    if read is not None:
        found["effective bits"] = (bits_text(budget.run.reads), read.bits)
    return found


def show_comparison(first: Budget, second: Budget, name: str) -> None:
    """Print two budgets side by side, and their ratio."""
    table = Table(title="side by side", title_justify="left")
    for head in ("", first.run.chip.chip.name, name, "ratio"):
        table.add_column(head, justify="right" if head else "left")
    ours, theirs = _headlines(first), _headlines(second)
    for key in ours | theirs:
        text, number = ours.get(key, ("-", 0.0))
        other, value = theirs.get(key, ("-", 0.0))
        both = key in ours and key in theirs and number
        ratio: Any = f"{value / number:.3g}" if both else "-"
        table.add_row(key, text, other, ratio)
    Console(markup=False).print(table)
    for remark in second.run.remarks:
        hint(f"{name}: {remark.text}")


def show_answer(answer: Answer) -> None:
    """Print what solves a wish."""
    Console(markup=False).print(f"solve: {answer.text}", soft_wrap=True)
