"""One HTML table for notebooks: small, self-contained, every text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["html_table"]

# Numbers to the right, words to the left; colours are the notebook's own, so that the
# table reads on light and on dark ground.
_LEFT = ' style="text-align:left"'


def html_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    note: str = "",
) -> str:
    """Return a table that needs nothing from outside the page.

    Args:
        title: stands above it.
        columns: heads; the first column holds names.
        rows: as many cells a row as there are columns.
        note: stands below it.
    """
    lines = [f"<table><caption{_LEFT}><b>{escape(title)}</b></caption>"]
    heads = "".join(f"<th{_LEFT}>{escape(head)}</th>" for head in columns)
    lines.append(f"<thead><tr>{heads}</tr></thead><tbody>")
    for row in rows:
        cells = [
            f"<td{'' if isinstance(cell, int | float) else _LEFT}>{_shown(cell)}</td>"
            for cell in row
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</tbody></table>")
    if note:
        lines.append(f"<p{_LEFT}>{escape(note)}</p>")
    return "\n".join(lines)


def _shown(cell: object) -> str:
    """Write a whole number in groups of three digits, anything else as its text."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}".replace(",", "&#8239;")
    return escape(str(cell))
