"""What all commands say on a terminal: one bar, one kind of remark, one percent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unicodedata import category

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["has_control", "hint", "percent", "plain", "progress"]


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
    """Print a remark on stderr, if there is one."""
    if text:
        line = f"note: {plain(text)}"
        Console(stderr=True).print(line, markup=False, soft_wrap=True)


def percent(value: float) -> str:
    """Write a part of one as a percentage with one digit."""
    return f"{100 * value:.1f} %"
