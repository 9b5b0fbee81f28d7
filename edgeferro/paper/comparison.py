"""The runs of ``edgeferro paper``, and what each scheme came to at each width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.chip.device import Device
from edgeferro.chip.device_text import width_text
from edgeferro.paper.schemes import REFERENCES, SCHEMES, WIDTHS, Scheme, paper_point
from edgeferro.sweeping.grid import Point, check_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edgeferro.paper.schemes import Choice
    from edgeferro.paper.tuning import Tuning
    from edgeferro.sweeping.row import Row

__all__ = ["ENERGIES", "Result", "paper_points", "results", "width_text"]

# Energies of learning by pass, from the cells to the whole chip.
ENERGIES: Final = {
    "cells": "cell_energy_curve_fj",
    "array": "array_energy_curve_fj",
    "chip": "learning_energy_curve_fj",
}


def paper_points(
    task: str,
    seeds: Sequence[int],
    tuning: Tuning,
    *,
    common: Choice | None,
    widths: Sequence[str] = WIDTHS,
    passes: int | None = None,
    mnist_folder: str | None = None,
) -> list[Point]:
    """All runs of one task: schemes x widths x seeds, tuned and at one common rate.

    Args:
        task: of the comparison.
        seeds: a run each.
        tuning: choices by task and scheme.
        common: the choice of the runs at one rate, which leave calibration out; None
            for none.
        widths: devices.
        passes: None for the task's own.
        mnist_folder: of the four IDX files.
    """
    how: dict[str, Any] = {"passes": passes, "mnist_folder": mnist_folder}
    points = []
    for scheme in SCHEMES:
        for width in widths:
            chosen = {"tuned": tuning[task, scheme]}
            if common is not None and scheme.reference != REFERENCES[-1]:
                chosen["common"] = common
            points += [
                paper_point(task, scheme, width, seed, choice=c, rates=rates, **how)
                for rates, c in chosen.items()
                for seed in seeds
                if rates == "tuned" or c != chosen["tuned"]
            ]
    return check_points(points)


@dataclass(frozen=True)
class Result:
    """One scheme at one width, a row a seed in every table.

    Attributes:
        rates: 'tuned' or 'common'.
        scheme: rule and reference.
        device: name.
        width_ns: of its pulses.
        curve: (seeds, 1 + passes) accuracy before learning and after each pass.
        spent: by name of :data:`ENERGIES`, (seeds, 1 + passes) femtojoules of a chip.
        cell_fj: (seeds,) energy of a pulse in its cell.
        update_fj: (seeds,) energy of everything in an update.
        pulses: (seeds,) of a chip's learning.
        rate: learning rate in the network's own units.
    """

    rates: str
    scheme: Scheme
    device: str
    width_ns: int
    curve: np.ndarray
    spent: dict[str, np.ndarray]
    cell_fj: np.ndarray
    update_fj: np.ndarray
    pulses: np.ndarray
    rate: float

    @property
    def after(self) -> np.ndarray:
        """Accuracy after the last pass, by seed."""
        return self.curve[:, -1]

    @property
    def measured(self) -> bool:
        """Whether this width was measured, not inter- or extrapolated."""
        return _measured(self.device)

    def epochs_to(self, goal: float) -> np.ndarray:
        """Passes of each seed until a goal, linear between passes; nan: not reached."""
        return np.array([_crossing(curve, goal) for curve in self.curve])

    def energy_to(self, goal: float, name: str) -> np.ndarray:
        """Femtojoules of a chip until then, by seed; nan: not reached."""
        epochs = self.epochs_to(goal)
        spent = self.spent[name]
        return np.array(
            [
                np.interp(e, range(len(s)), s) if math.isfinite(e) else math.nan
                for e, s in zip(epochs, spent, strict=True)
            ]
        )


@cache
def _measured(device: str) -> bool:
    return Device.load(device).kind != "assumed"


def _crossing(curve: np.ndarray, goal: float) -> float:
    if curve[0] >= goal:
        return 0.0
    for index in range(1, len(curve)):
        if curve[index] >= goal:
            rise = curve[index] - curve[index - 1]
            return float(index - 1 + (goal - curve[index - 1]) / rise)
    return math.nan


def _result(rates: str, scheme: Scheme, rows: Sequence[Row], chips: int) -> Result:
    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in rows], dtype=float)

    def by_pass(name: str) -> np.ndarray:
        spent = column(name) / chips
        return np.hstack([np.zeros((len(rows), 1)), spent])

    return Result(
        rates=rates,
        scheme=scheme,
        device=rows[0]["device"],
        width_ns=rows[0]["width_ns"],
        curve=np.hstack([column("before")[:, None], column("accuracy_curve")]),
        spent={name: by_pass(curve) for name, curve in ENERGIES.items()},
        cell_fj=column("cell_energy_fj"),
        update_fj=column("update_energy_fj"),
        pulses=column("pulses") / chips,
        rate=rows[0]["learning_rate"],
    )


def results(rows: Sequence[Row], chips: int) -> list[Result]:
    """Put a task's rows together: a result for each scheme, width and kind of rate.

    A tuned run whose choice is the common one stands for both.

    Args:
        rows: of :func:`paper_points`, in their order.
        chips: a run has, one a subject.
    """
    names = {scheme.name: scheme for scheme in SCHEMES}
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["rates"], row["scheme"], row["device"]), []).append(row)
    found: Mapping[tuple[str, str, str], list[Row]] = dict(groups)
    for rates, scheme, device in found:
        twin = ("common", scheme, device)
        wanted = any(g[0] == "common" for g in found) and rates == "tuned"
        if wanted and names[scheme].reference != REFERENCES[-1] and twin not in groups:
            groups[twin] = found[rates, scheme, device]
    return [_result(g[0], names[g[1]], its, chips) for g, its in groups.items()]
