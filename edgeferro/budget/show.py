"""A budget in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from edgeferro.budget.cycling import cycling_lines
from edgeferro.budget.figures import DISCLAIMER
from edgeferro.budget.published import reference_points
from edgeferro.budget.show_alternative import show_alternative
from edgeferro.budget.show_product import judged, show_product
from edgeferro.budget.show_uncertain import show_pairs, show_uncertain
from edgeferro.energy.report import Quantity
from edgeferro.energy.units import DAY_S
from edgeferro.mapping.read_quality import bits_text, worst_read
from edgeferro.product.words import (
    amount,
    count_text,
    days_text,
    digits,
    percent,
)
from edgeferro.terminal import hint
from edgeferro.training.show import drop_line, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeferro.budget.budget import Budget
    from edgeferro.budget.solve import Answer

__all__ = ["show_answer", "show_budget", "show_comparison"]

_COUNTED = 8  # counts of a day


def _seconds(seconds: float) -> str:
    if seconds >= 3600.0:
        return f"{digits(seconds / 3600.0)} h"
    return amount(seconds, "s") if seconds else "-"


def _title(budget: Budget) -> str:
    run = budget.run
    return (
        f"{run.task} on {run.chip.chip.name}, {run.chip.controller.rule}, "
        f"prices of {run.energy.prices.name}"
    )


def _operations(budget: Budget) -> Table:
    table = Table(title="the chip", title_justify="left")
    table.add_column("a day holds", no_wrap=True)
    for name in ("of them", "energy of one", "time", "energy a day"):
        table.add_column(name, justify="right")
    day = budget.day
    for o in day.operations:
        share = _product(o.energy, float(o.per_day))
        count = count_text(float(o.per_day))
        if not day.counted[o.name]:
            table.add_row(o.name, count, "not in this run", "-", "-")
            continue
        table.add_row(o.name, count, str(o.energy), _seconds(o.seconds), str(share))
    asleep = day.lines["idle", "leak_bit"] + day.lines["idle", "leak_base"]
    table.add_row("leaking", "", "", _seconds(DAY_S), str(asleep))
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
            share = quantity.value / total if total else 0.0
            table.add_row(name, str(quantity), percent(share))
    return table


def _counts(budget: Budget) -> Table:
    """What the chip's day is counted as, and what one of it takes; most first."""
    table = Table(title="the chip's day, count by count", title_justify="left")
    for name in ("", "a day", "of them", "one takes", "share"):
        left = name in {"", "of them"}
        table.add_column(name, justify="left" if left else "right")
    total = budget.day.total.value
    rows = [row for row in budget.day.rows() if row.energy.high]
    rows.sort(key=lambda row: -row.energy.value)
    for row in rows[:_COUNTED]:
        share = row.energy.value / total if total else 0.0
        count, price = count_text(float(row.count)), amount(row.price[1], "J")
        name = f"{row.phase} {row.event}"
        table.add_row(name, count, row.unit, price, percent(share))
    if len(rows) > _COUNTED:
        rest = f"and {len(rows) - _COUNTED} more, in --json and --csv"
        table.add_row("", "", rest, "", "")
    return table


def _points(budget: Budget) -> Table:
    table = Table(title="beside published figures", title_justify="left")
    for name in ("", "energy", "per"):
        table.add_column(name)
    ours = budget.day.operation("inference").energy
    table.add_row(
        f"this chip ({budget.run.energy.prices.name})", str(ours), "inference"
    )
    for point in reference_points():
        energy = amount(point.energy_nj * 1e-9, "J")
        table.add_row(point.name, energy, point.per)
    return table


def _counted(console: Console) -> None:
    """What each published figure counts: below the table, which stays narrow."""
    ours = "converters, lines, array, digital, memories; features not"
    for name, counts in [
        ("this chip", ours),
        *((point.name, point.counts) for point in reference_points()),
    ]:
        console.print(f"  {name}: {counts}")


def show_budget(budget: Budget, figures: dict[str, Any]) -> None:
    """Print verdict, product, chip and sources; ``figures`` are those of ``--json``."""
    console, day = Console(markup=False, highlight=False), budget.day
    console.print(_title(budget))
    judged(budget, figures["verdict"], console)
    show_product(budget, console)
    console.print(_operations(budget))
    show_alternative(figures["alternative"], console)
    title = "where the chip's energy of a day goes"
    console.print(_parts(title, day.by_part(), day.total.value))
    console.print(_counts(budget))
    show_uncertain(figures["uncertainty"], console)
    console.print(f"the chip is awake {percent(day.busy_s / DAY_S)} of the day")
    for line in cycling_lines(budget.cycling, budget.learned):
        console.print(line)
    run = budget.run
    drop_line(run.drops, console)
    console.print(
        f"wear: {budget.wear_text} to the endurance of a cell; pulses of "
        f"the most pulsed one: {run.worn_setup} a set-up, {run.worn_learning} in "
        f"{count_text(run.tally.updates // run.chips)} updates"
    )
    read_lines(run.reads, console)
    console.print(_points(budget))
    _counted(console)
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
    found["the chip's day"] = (str(day.total), day.total.fj)
    kept = sum(budget.run.energy.retained_bits.values())
    found["bits kept asleep"] = (f"{kept:,}", kept)
    leaks = day.by_part()["leakage"].value * 1e-30 / DAY_S
    found["the chip asleep"] = (amount(leaks, "W"), leaks)
    watts, share = budget.powers.watts[1], budget.powers.chip_share
    found["mean power of the chip"] = (amount(day.average_w[1], "W"), day.average_w[1])
    found["of the product"] = (amount(watts, "W"), watts)
    found["the chip's share"] = (percent(share), share)
    found["sample and update"] = (_seconds(day.sample_s), day.sample_s)
    if budget.battery is not None:
        life = budget.life_days()[1]
        found["battery"] = (days_text(life), life)
    if budget.implant is not None:
        found["temperature"] = (amount(budget.rise_c[1], "K"), budget.rise_c[1])
    found["wear"] = (budget.wear_text, budget.wear_years)
    read = worst_read(budget.run.reads)
    if read is not None:
        found["effective bits"] = (bits_text(budget.run.reads), read.bits)
    return found


def show_comparison(
    first: Budget, second: Budget, name: str, paired: dict[str, Any]
) -> None:
    """Print two budgets side by side, and their ratio, typical and draw by draw."""
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
    console = Console(markup=False, highlight=False)
    console.print(table)
    show_pairs(paired, name, console)
    for remark in second.run.remarks:
        hint(f"{name}: {remark.text}")


def show_answer(answer: Answer) -> None:
    """Print what solves a wish."""
    Console(markup=False).print(f"solve: {answer.text}", soft_wrap=True)
