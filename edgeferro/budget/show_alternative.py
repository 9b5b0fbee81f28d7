"""The chip against its microcontroller alone, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from edgeferro.product.words import amount, ranged

if TYPE_CHECKING:
    from rich.console import Console


__all__ = ["show_alternative"]


def _ends(side: dict[str, Any], key: str) -> str:
    """A side's total with its range."""
    low, value, high = side[key].values()
    return ranged((low, value, high), "J")


def _parts(side: dict[str, Any]) -> str:
    """What the chip's side is of, the largest part first; nothing left of zero."""
    parts = {name: ends["value"] for name, ends in side["chip_parts_j"].items()}
    names = sorted((name for name in parts if parts[name]), key=lambda n: -parts[n])
    return ", ".join(f"{name} {amount(parts[name], 'J')}" for name in names)


def show_alternative(figures: dict[str, Any] | None, console: Console) -> None:
    """Print a table of both sides, and where the chip does not pay.

    Args:
        figures: of :func:`edgeferro.budget.pays.alternative`.
        console: to print on.
    """
    if figures is None:
        return
    title = f"the same on the {figures['core']} alone, and with the chip"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("alone", justify="right")
    table.add_column("with the chip", justify="right")
    table.add_column("of it")
    for name, side in figures["sides"].items():
        if side is not None:
            both = (_ends(side, key) for key in ("alone_j", "chip_j"))
            table.add_row(name, *both, _parts(side))
    console.print(table)
    for line in figures["short"]:
        console.print(line)
