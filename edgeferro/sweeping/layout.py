"""Tables of a sweep in any width: no figure is cut off, names give way.

A row stands for a point of the grid. Where its values don't fit beside the figures, the
points are listed above with numbers, and the rows have the numbers alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.measure import Measurement
from rich.table import Table

from edgeferro.terminal import show_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

__all__ = ["Sheet", "point_words", "print_sheets", "short_names"]

WORDS: Final = ("verdict", "mark")  # columns of words
_WIDE: Final = 10_000  # columns of a terminal on which everything fits


class Sheet:
    """One table: a row of figures for each point.

    Args:
        title: above it.
        heads: of the columns of figures.
        rows: figures of each point, in the points' order.
        shown: whether a point has a row; all have by default.
    """

    def __init__(
        self,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        shown: Sequence[bool] | None = None,
    ) -> None:
        """Keep all of it."""
        self.title = title
        self.heads = heads
        self.rows = rows
        self.shown = [True] * len(rows) if shown is None else shown

    def table(self, heads: Sequence[str], points: Sequence[Sequence[str]]) -> Table:
        """Lay it out, each row led by what stands for its point."""
        table = Table(title=self.title, title_justify="left")
        for name in heads:
            table.add_column(name, no_wrap=True)
        for name in self.heads:
            words = name in WORDS
            table.add_column(
                name, justify="left" if words else "right", no_wrap=not words
            )
        for point, row, shown in zip(points, self.rows, self.shown, strict=True):
            if shown:
                table.add_row(*point, *row)
        return table


def short_names(names: Sequence[str]) -> list[str]:
    """Names of axes without what is plain: the last part, where it is one axis's."""
    short = [name.removesuffix(".name").rpartition(".")[2] for name in names]
    return [
        one if short.count(one) == 1 else name
        for one, name in zip(short, names, strict=True)
    ]


def point_words(values: Mapping[str, Any]) -> str:
    """A point in words."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _fits(console: Console, table: Table) -> bool:
    wide = console.options.update(max_width=_WIDE)
    return Measurement.get(console, wide, table).maximum <= console.width


def print_sheets(
    console: Console, points: Sequence[Mapping[str, Any]], sheets: Sequence[Sheet]
) -> None:
    """Print tables, all of them with values or all with numbers.

    Args:
        console: where to.
        points: values of the axes of each point.
        sheets: with a row for each.
    """
    heads = short_names(list(points[0]))
    named = [[str(value) for value in point.values()] for point in points]
    tables = [sheet.table(heads, named) for sheet in sheets]
    if not all(_fits(console, table) for table in tables):
        for number, point in enumerate(points, 1):
            console.print(f"{number}: {point_words(point)}")
        numbers = [[str(number)] for number in range(1, len(points) + 1)]
        tables = [sheet.table(["#"], numbers) for sheet in sheets]
    for table in tables:
        show_table(table, console)
