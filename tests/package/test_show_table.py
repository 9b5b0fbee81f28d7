"""Tables that are printed whole, however narrow the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.table import Table

from edgeferro.terminal import show_table

FIGURES = (
    "100.0 ±12.5",
    "-17.7..+112.2",
    "18446744073709551615",
    "37.4 nJ (3.84..365)",
)


def made(rows: int) -> Table:
    """A table as wide as ours come, with a column that is not to be wrapped."""
    table = Table(title="a title of some words", title_justify="left", caption="below")
    table.add_column("a choice of reference")
    for index, name in enumerate(("accuracy", "over both", "pulses", "an inference")):
        table.add_column(name, justify="right", no_wrap=index == 1)
    for row in range(rows):
        table.add_row(f"cell, calibrated, {row}", *FIGURES)
    table.add_section()
    table.add_row("all", *FIGURES)
    return table


@pytest.mark.parametrize("width", [22, 40, 60, 79, 80, 100, 200])
def test_every_word_is_there(width: int) -> None:
    """No figure is cut or broken, none is left out, no line is too long."""
    file = io.StringIO()
    show_table(made(3), Console(file=file, width=width, markup=False))
    text = file.getvalue()
    assert "…" not in text
    assert width >= max(map(len, text.splitlines()))
    words = text.split()
    for figure in FIGURES:
        for word in figure.split():
            assert 4 == words.count(word), word
    for word in ("accuracy", "inference", "title", "below"):
        assert any(word in found for found in words)


def test_a_wide_table_is_a_table() -> None:
    """Where there is room, it has its lines, and its columns their natural width."""
    file = io.StringIO()
    show_table(made(1), Console(file=file, width=200, markup=False))
    text = file.getvalue()
    for figure in FIGURES:
        assert f" {figure} │" in text
    assert 1 == text.count("cell, calibrated, 0")


def test_without_room_each_row_has_its_lines() -> None:
    """Names come first, then a line for each figure with the name of its column."""
    file = io.StringIO()
    show_table(made(1), Console(file=file, width=40, markup=False))
    lines = file.getvalue().splitlines()
    assert ["a title of some words", "cell, calibrated, 0"] == lines[:2]
    assert "  over both: -17.7..+112.2" == lines[3]
    assert "below" == lines[-1]
