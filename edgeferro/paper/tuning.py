"""Each scheme tuned by the same budget, on seeds of its own.

Two rounds on a fixed grid, at the measured widths: all rates with both activations for
a short while; the best of them for the whole while on another seed, with two widths of
the error code, of which the better is taken. *Best* is by the mean over the widths: a
choice a width would follow the luck of single runs, and stand in the comparison as a
difference between widths.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from edgeferro.errors import ConfigError, StateError
from edgeferro.paper.schemes import (
    SCHEMES,
    TASKS,
    Choice,
    Scheme,
    every_cell,
    paper_point,
)
from edgeferro.training.options import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edgeferro.sweeping.engine import Engine

__all__ = [
    "SEEDS",
    "TUNED",
    "Tuning",
    "budget_digest",
    "load_tuning",
    "tune",
    "write_tuning",
]

SEEDS: Final = (1000, 1001)  # of the first and the second round; no result uses them
RATES: Final = (0.01, 0.04, 0.16)
ACTIVATIONS: Final = ("relu", "sigmoid")
ERROR_BITS: Final = (8, 3)
SHORT: Final = 1  # passes of the first round
# Widths that were measured; the others, inter- and extrapolated, take the same.
TUNED: Final = ("hzo-20ns", "hzo-200ns", "hzo-20us")

Cell = tuple[str, Scheme, str]
Tuning = dict[tuple[str, Scheme], Choice]
FILE: Final = "tuning.json"


def budget_digest(task: str) -> str:
    """16 hex digits of all that a task's tuning follows from but the version."""
    parts = []
    for scheme, width in every_cell(TUNED):
        choice = TASKS[task].common
        point = paper_point(task, scheme, width, 0, choice=choice, rates="common")
        parts.append(make_plan(point.options).fingerprint())
    parts.append(repr((SEEDS, RATES, ACTIVATIONS, ERROR_BITS, SHORT)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _scores(
    cells: Sequence[tuple[Cell, Choice]],
    seed: int,
    passes: int | None,
    *,
    engine: Engine,
    said: Callable[[int, int], None],
) -> list[float]:
    """Accuracy after the last pass of each cell with a choice.

    Raises:
        StateError: a run was refused.
    """
    points = [
        paper_point(t, s, w, seed, choice=c, rates="tuning", passes=passes)
        for (t, s, w), c in cells
    ]
    found: dict[str, float] = {}
    for key, row in engine.run(points):
        if isinstance(row, str):
            message = f"tuning: a run was refused: {row}"
            raise StateError(message)
        found[key] = row["after"]
        said(len(found), len(points))
    return [found[point.key] for point in points]


def _best(
    cells: Sequence[tuple[Cell, Choice]], scores: Sequence[float]
) -> dict[Scheme, tuple[Choice, float]]:
    """The choice of each scheme that is best in the mean over widths.

    Of two that are equal, the one that came first.
    """
    tried: dict[Scheme, dict[Choice, list[float]]] = {}
    for ((_, scheme, _), choice), score in zip(cells, scores, strict=True):
        tried.setdefault(scheme, {}).setdefault(choice, []).append(score)
    best = {}
    for scheme, its in tried.items():
        means = {choice: sum(found) / len(found) for choice, found in its.items()}
        choice = max(means, key=lambda c: means[c])
        best[scheme] = (choice, means[choice])
    return best


def tune(
    tasks: Sequence[str],
    engine: Engine,
    said: Callable[[int, int], None],
    *,
    widths: Sequence[str] = TUNED,
) -> list[dict[str, Any]]:
    """Tune every scheme; an entry each, as the file keeps them."""
    entries = []
    for task in tasks:
        cells = [(task, s, w) for s, w in every_cell(widths)]
        first = [
            (cell, Choice(rate, activation, ERROR_BITS[0]))
            for cell in cells
            for rate, activation in product(RATES, ACTIVATIONS)
        ]
        scores = _scores(first, SEEDS[0], SHORT, engine=engine, said=said)
        best = _best(first, scores)
        second = [
            (cell, replace(best[cell[1]][0], error_bits=bits))
            for cell in cells
            for bits in ERROR_BITS
        ]
        scores = _scores(second, SEEDS[1], None, engine=engine, said=said)
        entries += [
            {"task": task, **asdict(scheme), **asdict(choice)}
            | {"accuracy": round(score, 4)}
            for scheme, (choice, score) in _best(second, scores).items()
        ]
    return entries


def write_tuning(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Keep what tuning found, and what it followed from."""
    lines = ",\n".join(f"  {json.dumps(entry)}" for entry in entries)
    tasks = dict.fromkeys(entry["task"] for entry in entries)
    budget = {task: budget_digest(task) for task in tasks}
    head = json.dumps({"budget": budget, "seeds": SEEDS})[1:-1]
    path.write_text(f'{{{head}, "chosen": [\n{lines}\n]}}\n', encoding="utf-8")


def load_tuning(
    path: Path | None = None, tasks: Sequence[str] = tuple(TASKS)
) -> tuple[Tuning, list[str]]:
    """Read a tuning, by default the shipped one.

    Returns:
        the choices, and the tasks whose chips, data or budget are others today.

    Raises:
        ConfigError: not a tuning, or one that lacks a scheme.
    """
    place = resources.files("edgeferro") / "shipped" / "paper" / FILE
    try:
        text = (place if path is None else path).read_text(encoding="utf-8")
        data = json.loads(text)
        chosen = {
            (e["task"], Scheme(e["rule"], e["reference"])): Choice(
                float(e["rate"]), str(e["activation"]), int(e["error_bits"])
            )
            for e in data["chosen"]
        }
        budget = dict(data["budget"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path or FILE}: not a tuning of edgeferro paper ({error})"
        raise ConfigError(message) from None
    for task, scheme in product(tasks, SCHEMES):
        if (task, scheme) not in chosen:
            message = f"{path or FILE}: no choice for {task}, {scheme.name}"
            raise ConfigError(message)
    return chosen, [t for t in tasks if budget.get(t) != budget_digest(t)]
