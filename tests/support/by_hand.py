"""Results, tallies and tasks of round numbers, put together by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.tasks.base import Task
from edgeferro.training.outcome import Outcome
from edgeferro.training.plan import Plan, Unit
from edgeferro.training.unit import UnitResult

__all__ = ["outcome", "result", "tally", "task"]

# Words of struct ef_tally: inferences, updates, events by phase and event; pulses by
# phase, 16 classes, 2 polarities and (pulses, conduction, switched); accounts.
_PULSES = 2 + 6 * 20
_WORDS = _PULSES + 6 * 16 * 2 * 3 + 6 * 6


def tally(
    events: dict[tuple[str, str], int] | None = None,
    pulses: dict[tuple[str, int, int, int], int] | None = None,
    inferences: int = 0,
    updates: int = 0,
) -> Tally:
    """Counts by phase and event; pulses by phase, class, polarity and which count."""
    words = np.zeros(_WORDS, np.uint64)
    words[0], words[1] = inferences, updates
    for (phase, event), count in (events or {}).items():
        words[2 + 20 * PHASES.index(phase) + EVENTS.index(event)] = count
    for (phase, kind, polarity, which), count in (pulses or {}).items():
        at = ((16 * PHASES.index(phase) + kind) * 2 + polarity) * 3 + which
        words[_PULSES + at] = count
    return Tally.from_words(words)


def task(groups: int = 1) -> Task:
    """Eight samples of three pixels, two classes, ``groups`` subjects in turn."""
    count = 8
    rows = np.arange(count)
    return Task(
        name="eight",
        features=(np.arange(3 * count, dtype=np.uint8) * 10).reshape(count, 3),
        labels=rows % 2,
        groups=rows % groups,
        recording=(rows // 2)[::-1].copy(),
        half=(rows // 4).astype(np.int8),
        class_names=("even", "odd"),
        input_signed=False,
        description="made up",
        source="made up",
        licence="none",
    )


def result(subject: int = -1, seed: int = 0, **changes: Any) -> UnitResult:
    """One unit that did nothing, but for the changes."""
    fields: dict[str, Any] = {
        "before": 0.0,
        "after": 0.0,
        "online": 0.0,
        "curve": (),
        "missed": 0,
        "verdicts": {},
        "stuck": 0,
        "cells": 0,
        "worn": 0,
        "worn_setup": 0,
        "worn_learning": 0,
        "tally": Tally.zero(),
        "history": (),
        "signature": f"{subject + 2:08x}{seed:08x}",
    }
    return UnitResult(unit=Unit(subject, seed), **{**fields, **changes})


def outcome(chip: Chip, *results: UnitResult, passes: int = 1) -> Outcome:
    """Results of one plan on the task of eight samples."""
    subjects = tuple(dict.fromkeys(r.unit.subject for r in results))
    seeds = tuple(dict.fromkeys(r.unit.seed for r in results))
    groups = max(*subjects, 0) + 1
    plan = Plan(
        chip=chip,
        task=task(groups),
        seeds=seeds,
        subjects=subjects,
        passes=passes,
        order="interleaved",
    )
    return Outcome(plan, results)
