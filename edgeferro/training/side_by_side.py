"""What a person sees of two runs: figures side by side, and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from edgeferro.intervals.auto import SEEDS_FIRST
from edgeferro.intervals.estimate import SEEDS_LEAST
from edgeferro.intervals.paired import NOT_DECIDED
from edgeferro.intervals.words import (
    confidence_text,
    count,
    gap_text,
    points,
    range_text,
    spread_text,
    verdict_text,
)
from edgeferro.mapping.read_quality import bits_text
from edgeferro.terminal import hint, show_table
from edgeferro.training.show import named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edgeferro.training.compare import Comparison
    from edgeferro.training.outcome import Outcome

__all__ = [
    "change_text",
    "comparison",
    "difference_table",
    "too_few_text",
    "verdict_lines",
]


def change_text(changes: dict[str, Any]) -> str:
    """Write what a second chip has otherwise."""
    texts = {
        p: str(v).lower() if isinstance(v, bool) else v for p, v in changes.items()
    }
    return ", ".join(f"{path}={value}" for path, value in texts.items())


def comparison(found: Comparison, changes: dict[str, Any]) -> None:
    """Print two runs side by side, and what their difference shows."""
    first, second = found.first, found.second
    label = change_text(changes)
    table = Table(
        title=f"side by side: as given, and with {label}; accuracies in %",
        title_justify="left",
    )
    table.add_column("")
    table.add_column("as given", justify="right")
    table.add_column(label, justify="right")
    rows: list[tuple[str, Callable[[Outcome], str]]] = [
        ("accuracy before", lambda o: spread_text(o.over_seeds("before"))),
        ("accuracy after", lambda o: spread_text(o.over_seeds("after"))),
        ("worst subject", lambda o: spread_text(o.worst()[1])),
        ("pulses of learning", lambda o: str(o.update_pulses)),
        ("energy per inference", lambda o: str(o.energy().per_inference)),
        ("energy per update cycle", lambda o: str(o.energy().per_update)),
        ("effective bits of a read", lambda o: bits_text(o.reads())),
        ("signature", lambda o: o.signature),
    ]
    for name, text in rows:
        table.add_row(name, text(first), text(second))
    console = Console(markup=False)
    show_table(table, console)
    names = named("online" in found.names)
    differences = {text: (found, name) for name, text in names.items()}
    title = f"with {label}, minus as given, seed by seed, in points"
    show_table(difference_table(title, "accuracy", differences), console)
    for line in verdict_lines(found, label):
        console.print(line, highlight=False)
    for remark in second.remarks():
        hint(f"with {label}: {remark.text}")


def difference_table(
    title: str, head: str, rows: Mapping[str, tuple[Comparison, str]]
) -> Table:
    """A line for each difference: its intervals, verdict, and seeds that decide it.

    Args:
        title: of the table.
        head: of the column of names.
        rows: by name, a comparison and which accuracy of it.
    """
    pairs = {text: found.paired(name) for text, (found, name) in rows.items()}
    first, *_ = pairs.values()
    levels = {confidence_text(pair.over_seeds) for pair in pairs.values()}
    level = f"{levels.copy().pop()} " if len(levels) == 1 else ""
    resolve = next(found.asked.resolve for found, _ in rows.values())
    many = first.over_both.subjects > 1
    table = Table(title=title, title_justify="left")
    table.add_column(head)
    table.add_column("differs by", justify="right")
    table.add_column(f"{level}over seeds", justify="right")
    if many:
        table.add_column(f"{level}over {first.over_both.over}", justify="right")
    table.add_column(f"shown at {points(resolve)}")
    table.add_column("seeds to decide", justify="right")
    for text, (found, name) in rows.items():
        pair = pairs[text]
        verdict, needed = pair.verdict(found.resolve), found.seeds_needed(name)
        more = "enough" if verdict != NOT_DECIDED else str(needed or "-")
        gap, ends = gap_text(pair.over_seeds), range_text(pair.over_seeds)
        ends += "" if level else f" ({confidence_text(pair.over_seeds)})"
        both = [range_text(pair.over_both)] if many else []
        table.add_row(text, gap, ends, *both, verdict, more)
    return table


def too_few_text(seeds: int) -> str:
    """Say that so few seeds decide nothing, and how many may."""
    return (
        f"of {count(seeds, 'seed')} nothing is decided; --seeds 0-{SEEDS_LEAST - 1} "
        f"is the least, --seeds auto finds out how many"
    )


def verdict_lines(found: Comparison, label: str) -> list[str]:
    """What the difference after learning says, and what it would take to say more."""
    pair = found.paired("after")
    seeds, needed = pair.over_seeds.seeds, found.seeds_needed("after")
    if seeds < SEEDS_LEAST:
        return [f"after learning: {too_few_text(seeds)}"]
    said = verdict_text(pair, found.asked.resolve)
    level = confidence_text(pair.over_seeds)
    lines = [
        f"after learning, with {label}: {said} ({level} over {count(seeds, 'seed')})"
    ]
    if pair.verdict(found.resolve) == NOT_DECIDED:
        where = f"guessed from {seeds}; --seeds auto begins with {SEEDS_FIRST}"
        if found.asked.auto:
            where = f"above --seeds-most {found.asked.most}"
        lines.append(f"up to {needed} seeds would decide, {where}")
    return lines
