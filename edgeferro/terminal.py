"""What all commands say on a terminal: one bar, one kind of remark, one percent."""

from __future__ import annotations

from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Final
from unicodedata import category

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.table import Table

__all__ = [
    "has_control",
    "hint",
    "percent",
    "plain",
    "progress",
    "show_below",
    "show_list",
    "show_table",
]

_LEAST: Final = 20  # of a terminal's columns, for words beside a name
_WIDE: Final = 60  # for the last column of a table, else it stands below


def has_control(text: str, allowed: str = "") -> bool:
    """Whether a text holds what a terminal obeys instead of showing it."""
    return any(category(c) == "Cc" and c not in allowed for c in text)


def plain(text: str) -> str:
    """Write control characters of a text as escapes; a new line stays one."""
    return "".join(
        repr(c)[1:-1] if category(c) == "Cc" and c != "\n" else c for c in text
    )


@contextmanager
def progress(
    title: str, total: int, done: int = 0, *, unit: str = "", quiet: bool
) -> Iterator[Callable[[float], None]]:
    """Show a bar on stderr while a command works.

    Args:
        title: what is worked on.
        total: pieces of work.
        done: of them, before this start.
        unit: what a piece is called, behind the count.
        quiet: no bar.

    Yields:
        what is to be called with all that is done so far, in pieces.
    """
    columns = (
        TextColumn("{task.description}", markup=False),  # a chip file's name is in it
        BarColumn(),
        MofNCompleteColumn(),
        *((TextColumn(unit),) if unit else ()),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task(title, total=total, completed=done)

        def reached(pieces: float) -> None:
            bar.update(task, completed=round(pieces, 2))

        yield reached


def hint(text: str) -> None:
    """Print a remark on stderr, if there is one; on one line where nobody looks."""
    if text:
        console = Console(stderr=True)
        line = f"note: {plain(text)}"
        console.print(line, markup=False, soft_wrap=not console.is_terminal)


def percent(value: float) -> str:
    """Write a part of one as a percentage with one digit."""
    return f"{100 * value:.1f} %"


def _lengths(text: str) -> tuple[int, int]:
    """Longest word and longest line of a cell."""
    words, lines = text.split(), text.splitlines()
    longest = max(map(cell_len, words), default=0)
    return longest, max(map(cell_len, lines), default=0)


def _widths(columns: list[list[str]], whole: list[bool], room: int) -> list[int]:
    """Widths of columns for which no word is cut; empty if there is no room.

    The widest gives way first, and none below its longest word.

    Args:
        columns: text of their cells.
        whole: which of them are not to be wrapped at all.
        room: for all of them.
    """
    sizes = [[_lengths(cell) for cell in cells] for cells in columns]
    wide = [max(size[1] for size in found) for found in sizes]
    least = [max(size[0] for size in found) for found in sizes]
    least = [w if keep else n for n, w, keep in zip(least, wide, whole, strict=True)]
    if sum(least) > room:
        return []
    while sum(wide) > room:
        slack = [w if w > n else 0 for w, n in zip(wide, least, strict=True)]
        wide[slack.index(max(slack))] -= 1
    return wide


def _broken(words: str, room: int) -> list[str]:
    """Lines of words, none of which is broken, at a hyphen neither."""
    return wrap(words, room, break_long_words=False, break_on_hyphens=False)


def show_list(rows: Iterable[tuple[str, str]], console: Console | None = None) -> None:
    """Print names, and beside each what it is, wrapped between words.

    Args:
        rows: name and words.
        console: where to; stdout by default.
    """
    console = Console(markup=False) if console is None else console
    pairs = list(rows)
    wide = max((cell_len(name) for name, _ in pairs), default=0) + 2
    room = max(console.width - wide, _LEAST)
    for name, words in pairs:
        first, *others = _broken(words, room) or [""]
        lines = [f"{name:{wide}}{first}", *(f"{'':{wide}}{line}" for line in others)]
        for line in lines:
            console.print(line, highlight=False, soft_wrap=True)


def show_below(table: Table, name: str, console: Console | None = None) -> None:
    """Print a table whose last column is long: below it where it would be narrow.

    Args:
        table: its first column has names.
        name: of the last column.
        console: where to; stdout by default.
    """
    console = Console(markup=False) if console is None else console
    *kept, last = table.columns
    texts = [[str(column.header), *map(str, column.cells)] for column in kept]
    taken = sum(max(_lengths(cell)[1] for cell in cells) for cells in texts)
    if console.width - taken - 3 * len(table.columns) - 1 >= _WIDE:
        show_table(table, console)
        return
    words = list(zip(map(str, kept[0].cells), map(str, last.cells), strict=True))
    table.columns = kept
    show_table(table, console)
    console.print(f"{name}:", highlight=False)
    show_list([(label, text) for label, text in words if text], console)


def show_table(table: Table, console: Console | None = None) -> None:
    """Print a table of text so that no word or figure of it is cut, however narrow.

    Columns are wrapped between words. A table that has no room even so is printed
    row by row, a line for each of its cells.

    Args:
        table: its cells are text; a column with ``no_wrap`` isn't wrapped.
        console: where to; stdout by default.
    """
    console = Console(markup=False) if console is None else console
    columns = [
        [str(column.header), *map(str, column.cells)] for column in table.columns
    ]
    pad = table.padding[1] + table.padding[3]
    edges = len(columns) + 1 + len(columns) * pad
    edges -= 0 if table.pad_edge else pad
    whole = [column.no_wrap for column in table.columns]
    widths = _widths(columns, whole, console.width - edges)
    if widths:
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        console.print(table)
        return
    if table.title:
        console.print(str(table.title), highlight=False)
    heads, *rows = zip(*columns, strict=True)
    for name, *cells in rows:
        console.print(name, highlight=False)
        for head, cell in zip(heads[1:], cells, strict=True):
            if cell:
                console.print(f"  {head}: {cell}".rstrip(), highlight=False)
    if table.caption:
        console.print(str(table.caption), highlight=False)
