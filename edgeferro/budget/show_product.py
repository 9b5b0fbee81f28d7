"""A product in the terminal: verdict first, then what takes its battery's power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from edgeferro.energy.units import DAY_S
from edgeferro.product.words import amount, count_text, percent, ranged

if TYPE_CHECKING:
    from rich.console import Console

    from edgeferro.budget.budget import Budget
    from edgeferro.product.rows import LoadRow

__all__ = ["judged", "show_product"]

_GREEN, _YELLOW, _RED = "green", "yellow", "bold red"
_NAME: Final = 30  # columns of a load's name
_SMALL: Final = 1e-5  # a part of all below which a load has no line of its own


def _style(*, fits: bool, surely: bool) -> str:
    if not fits:
        return _RED
    return _GREEN if surely else _YELLOW


def judged(budget: Budget, verdict: dict[str, Any], console: Console) -> None:
    """Whether it fits, what limits it, and the chip's share, before anything else."""
    style = _style(fits=verdict["fits"], surely=verdict["surely"])
    console.print(Text.assemble((verdict["word"], style), f": {verdict['text']}"))
    console.print(f"what limits it: {verdict['limit']}")
    turning = "; ".join(turner["text"] for turner in verdict["turners"])
    if turning:
        console.print(f"what could turn it, from its low end to its high: {turning}")
    for one in budget.verdicts:
        style = _style(fits=one.fits, surely=one.surely)
        line = Text.assemble(f"{one.name}: ", (one.word, style))
        console.print(line.append(f", {one.text}"))


def _how(row: LoadRow) -> str:
    """Count times price of a day."""
    price = row.price_j[1]
    each = amount(price, "W" if row.unit == "s" else "J")
    return f"{count_text(row.count)} {row.unit} x {each}"


def show_product(budget: Budget, console: Console) -> None:
    """Print what takes the battery's power; below the table what each of it is."""
    powers = budget.powers
    total = powers.joules[1]
    table = Table(title=f"the product: {budget.product.name}", title_justify="left")
    for name in ("what takes it", "mean power", "share"):
        left = name == "what takes it"
        # a long name is cut, a figure never is
        width = _NAME if left else None
        table.add_column(
            name, justify="left" if left else "right", no_wrap=True, max_width=width
        )
    rows = [(row.name, row.watts) for row in powers.rows]
    rows.append(("chip", powers.chip_watts))
    for name, watts in sorted(rows, key=lambda row: -row[1][1]):
        share = watts[1] * DAY_S / total if total else 0.0
        if share >= _SMALL or name == "chip":
            table.add_row(name, ranged(watts, "W"), percent(share))
    table.add_section()
    table.add_row("all that the battery gives", ranged(powers.watts, "W"), "")
    console.print(table)
    small = []
    for row in sorted(powers.rows, key=lambda row: -row.watts[1]):
        if total and row.joules[1] / total < _SMALL:
            small.append(f"{row.name} {amount(row.watts[1], 'W')}")
        else:
            console.print(f"  {row.name}: {row.what}: {_how(row)} ({row.kind})")
    if small:
        console.print(f"  below 0.001 %: {', '.join(small)}")
    console.print("  --explain NAME has the numbers and sources of each")
