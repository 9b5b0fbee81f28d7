"""How sure a budget is, in the terminal: draws, whose variance, pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from edgeferro.product.words import amount, count_text, days_text, digits, percent

if TYPE_CHECKING:
    from rich.console import Console


__all__ = ["NAMES", "below_text", "figure_text", "show_pairs", "show_uncertain"]

# What the figures of `Uncertain` are, in words.
NAMES: Final = {
    "inference": "an inference",
    "update": "an update cycle",
    "day": "the chip's day",
    "product": "the product's day",
    "battery": "the battery",
    "temperature": "the tissue",
}
_ALIKE: Final = 0.01  # of 1, a ratio that decides nothing
_LEAST: Final = 0.005  # share of a variance that is told
_NEAR: Final = 0.02  # of the typical value; a median so near is not told besides


def figure_text(value: float, unit: str) -> str:
    """A figure in its unit."""
    return days_text(value) if unit == "days" else amount(value, unit)


def _owners(shares: list[dict[str, Any]]) -> str:
    """Groups by their share of the variance."""
    told = [s for s in shares if s["share"] >= _LEAST or s == shares[0]]
    return ", ".join(f"{s['group']} {percent(s['share'])}" for s in told)


def show_uncertain(uncertainty: dict[str, Any], console: Console) -> None:
    """Print a line for each figure: draws, median, and whose variance it is.

    Args:
        uncertainty: of a budget's figures.
        console: to print on.
    """
    first = next(iter(uncertainty.values()))
    count, seed = count_text(first["draws"]), first["seed"]
    console.print(f"how sure: 90 % of {count} draws of the prices (seed {seed})")
    table = Table(show_header=True)
    for name in ("", "typical", "median", "90 % of the price draws"):
        table.add_column(name, justify="right" if name else "left")
    owners = []
    for name, one in uncertainty.items():
        typical, low, half, high = (
            figure_text(one[key], one["unit"])
            for key in ("typical", "p5", "p50", "p95")
        )
        near = abs(one["p50"] - one["typical"]) <= _NEAR * one["typical"]
        table.add_row(NAMES[name], typical, "" if near else half, f"{low} to {high}")
        if one["shares"]:
            owners.append(f"  {NAMES[name]}: {_owners(one['shares'])}")
    console.print(table)
    console.print("whose variance that is (groups are independent of each other):")
    for line in owners:
        console.print(line)


def below_text(pair: dict[str, float]) -> str:
    """How often the second is below; of two that nearly agree, only that they do."""
    ends = (pair["ratio_p5"], pair["ratio_p95"])
    if all(abs(end - 1.0) < _ALIKE for end in ends):
        return "within 1 %"
    return percent(pair["second_below_first"])


def show_pairs(compared: dict[str, Any], name: str, console: Console) -> None:
    """Print ratios draw by draw, and how often the second one is below."""
    table = Table(title=f"{name} over the first, draw by draw", title_justify="left")
    for head in ("", "ratio, 90 % of the price draws", "below the first in"):
        table.add_column(head, justify="right" if head else "left")
    for key, pair in compared["paired"].items():
        low, half, high = (digits(pair[f"ratio_{p}"]) for p in ("p5", "p50", "p95"))
        ratio = half if low == high else f"{half} ({low}..{high})"
        table.add_row(NAMES[key], ratio, below_text(pair))
    console.print(table)
    if compared["apart"]:
        names = ", ".join(compared["apart"])
        console.print(f"drawn by themselves in {name}: {names}; all else is shared")
    else:
        console.print("both share every number: its draws are the same in both")
