"""Run the commands of docs/results.md and compare every figure with the page.

    python docs/make/results.py             # the quick ones, some ten seconds
    python docs/make/results.py --all       # every one, about half an hour on two cores

A command is a block of its own; the table after it has a row a figure: its name, its
value, and where it stands in what the command wrote. That is a path into its JSON, or,
of a sweep's table, a column ``where`` other columns have values (the mean of the rows).
What is shown is compared to the digits that are shown. Float pre-training may round
another last bit on another machine: then figures are *near*, within a point or 3 %.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Figure", "Result", "read_page", "verdict"]

PAGE = Path(__file__).resolve().parents[1] / "results.md"
BLOCK = re.compile(
    r"^(?:<!-- (?P<note>[^\n]*?) -->\n)?```sh\n(?P<command>.*?)^```\n\n"
    r"(?P<table>(?:\|[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
# A unit of the page, and what one of it is in the unit of the file (femtojoules).
UNITS = {"%": 0.01, "nJ": 1e6, "uJ": 1e9, "mJ": 1e12, "pJ": 1e3, "fJ": 1.0, "": 1.0}
NEAR_POINTS, NEAR_PART = 1.0, 0.03


@dataclass(frozen=True)
class Figure:
    """One row of a table: what it is called, what the page shows, and where it is."""

    name: str
    shown: str
    place: str

    def found(self, folder: Path) -> str:
        """The figure of today, written as the page writes it."""
        number, _, unit = self.shown.partition(" ")
        value = self._value(folder)
        if isinstance(value, str):
            return value
        decimals = len(number.partition(".")[2])
        if "_aj." in self.place:
            value /= 1000  # attojoules
        return f"{value / UNITS[unit]:.{decimals}f} {unit}".strip()

    def _value(self, folder: Path) -> Any:
        place, _, condition = self.place.partition(" where ")
        if condition:
            tables = folder.glob("*.csv")  # of runs, and one of points beside it
            (table,) = (path for path in tables if not path.stem.endswith("-points"))
            wanted = [pair.split("=") for pair in condition.split(", ")]
            with table.open(newline="", encoding="utf-8") as stream:
                rows = [
                    float(row[place])
                    for row in csv.DictReader(stream)
                    if all(row[key] == text for key, text in wanted)
                ]
            return sum(rows) / len(rows)
        (file,) = folder.glob("*.json")
        value = json.loads(file.read_text(encoding="utf-8"))
        for key in place.split("."):
            value = value[int(key) if isinstance(value, list) else key]
        return value


@dataclass(frozen=True)
class Result:
    """A command of the page, and the figures that it gives."""

    command: str
    slow: bool
    needs: str
    figures: tuple[Figure, ...]


def read_page(text: str) -> list[Result]:
    """Commands and figures of the page."""
    results = []
    for match in BLOCK.finditer(text):
        rows = [
            [cell.strip() for cell in line.strip("|\n").split("|")]
            for line in match["table"].splitlines()[2:]
        ]
        figures = tuple(Figure(name, shown, at.strip("`")) for name, shown, at in rows)
        note = match["note"] or ""
        needs = note.partition("needs ")[2]
        command = match["command"].replace("\\\n", " ").strip()
        results.append(Result(command, bool(note), needs, figures))
    return results


def verdict(shown: str, found: str) -> str:
    """'equal', 'near' (another machine's rounding), or 'DIFFERS'."""
    if shown == found:
        return "equal"
    (one, unit), (other, _) = (f"{text} ".split(" ")[:2] for text in (shown, found))
    try:
        apart = abs(float(one) - float(other))
    except ValueError:
        return "DIFFERS"
    limit = NEAR_POINTS if unit == "%" else NEAR_PART * abs(float(one))
    return "near" if apart <= limit else "DIFFERS"


def main() -> int:
    """Run, compare, and say how many figures differ."""
    everything = "--all" in sys.argv[1:]
    wrong = 0
    for result in read_page(PAGE.read_text(encoding="utf-8")):
        if (result.slow and not everything) or result.needs:
            reason = f"needs {result.needs}" if result.needs else "slow: --all"
            print(f"not run ({reason}): {result.command}")
            continue
        print(result.command)
        with tempfile.TemporaryDirectory() as folder:
            line = result.command.replace(
                "edgeferro ", f"{sys.executable} -P -m edgeferro "
            )
            subprocess.run(
                ["sh", "-e", "-c", line],
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            for figure in result.figures:
                found = figure.found(Path(folder))
                said = verdict(figure.shown, found)
                wrong += said == "DIFFERS"
                print(f"  {said:8}{figure.name}: {figure.shown}; today {found}")
    print(f"{wrong} figures differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
