"""The branches of a measurement, and what each pulse did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from edgeferro.errors import DataError

if TYPE_CHECKING:
    from edgeferro.fitting.measurement import Measurement

__all__ = ["Steps", "find_steps"]

_TURN = 0.3  # a reversal by this part of the range is a turning point
_JUMP, _JUMP_LEAST = 3.0, 0.1  # of the branch's largest step; of the range


def _refuse(text: str) -> NoReturn:
    raise DataError(text)


@dataclass(frozen=True)
class Steps:
    """What each pulse with a reading on each side did.

    ``u`` is the conductance before it, 0..1 over the readings, ``du`` its change,
    ``up`` whether its polarity raises it, ``run`` the stretch of one polarity,
    ``position`` counts within that; ``after`` is the next reading's index, ``weight``
    that of the residual (geometric mean 1).
    """

    u: np.ndarray
    du: np.ndarray
    up: np.ndarray
    run: np.ndarray
    position: np.ndarray
    after: np.ndarray
    g_low: float
    g_high: float
    staircase: bool
    notes: tuple[str, ...]
    weight: np.ndarray


def find_steps(data: Measurement) -> Steps:
    """Find the branches and the step of each pulse.

    Raises:
        DataError: one branch, too few readings, constant, branches that don't join.
    """
    g = data.conductance
    at = np.flatnonzero(np.isfinite(g))
    if len(at) < 4:
        _refuse(f"{data.name}: not identifiable, {len(at)} readings (4 at least)")
    low, high = float(g[at].min()), float(g[at].max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        _refuse(f"{data.name}: not identifiable, conductance is constant ({high:g})")
    u = (g - low) / (high - low)
    signs = _turns(u) if data.signs is None else np.nan_to_num(data.signs)
    if len(set(signs.tolist()) - {0.0}) < 2:
        branch = "potentiation" if u[at[-1]] > u[at[0]] else "depression"
        _refuse(
            f"{data.place(0)} to {data.line[-1]}: one branch only ({branch}); "
            f"potentiation and depression are needed"
        )
    turned = np.concatenate([[False], signs[1:] != signs[:-1]])
    run = np.cumsum(turned)
    first = np.maximum.accumulate(np.where(turned, np.arange(len(u)), 0))
    change, gap = np.diff(u), np.diff(data.number)
    follows = (gap == 1) | ((gap < 0) & (data.number[1:] == 1))
    after = 1 + np.flatnonzero(np.isfinite(change) & follows & (signs[1:] != 0.0))
    notes = list(data.notes)
    volts = None if data.voltage is None else np.abs(data.voltage[signs != 0.0])
    staircase = volts is not None and bool(volts.max() > 1.01 * volts.min())
    position = np.arange(len(u)) - first
    if staircase:
        after = after[position[after] > 0]
        notes.append("staircase: each branch's first, lowest pulse left out")
    du, up = change[after - 1], signs[after] > 0.0
    if min(up.sum(), (~up).sum()) < 2:
        _refuse(f"{data.name}: not identifiable, fewer than 2 steps in a branch")
    arrays = u[after - 1], du, up, run[after], position[after], after
    steps = Steps(*arrays, low, high, staircase, tuple(notes), np.ones(len(du)))
    for bad, most in _jumps(steps):
        text = f"a jump of {du[bad]:+.2f} of the range at the turn, the largest step"
        text = f"the branches don't join, {text} within the branch is {most:.2f}"
        _refuse(f"{data.place(after[bad])}: {text}")
    means = du[up].mean(), du[~up].mean()
    if means[0] * means[1] >= 0.0:
        way = "raise" if means[0] > 0.0 else "lower"
        _refuse(f"{data.name}: pulses of both polarities {way} the conductance")
    if means[0] < 0.0:
        notes.append("positive pulses lower the conductance: depression")
        steps = replace(steps, up=~up, notes=tuple(notes))
    return steps


def _turns(u: np.ndarray) -> np.ndarray:
    """Sign of each reading's pulse from the turning points of the conductance."""
    bounds, heading, low, top = [0], 0, *[int(np.isfinite(u).argmax())] * 2
    for i in np.flatnonzero(np.isfinite(u)).tolist():
        low, top = (i if u[i] < u[low] else low), (i if u[i] > u[top] else top)
        if heading >= 0 and u[top] - u[i] >= _TURN:
            bounds += [top + 1] * (heading > 0)
            heading, low = -1, i
        elif heading <= 0 and u[i] - u[low] >= _TURN:
            bounds += [low + 1] * (heading < 0)
            heading, top = 1, i
        if heading:
            low = top = low if heading < 0 else top
    signs = np.zeros(len(u))
    for k, start in enumerate(bounds):
        signs[start:] = heading * (-1) ** (len(bounds) - 1 - k)
    return signs


def _jumps(steps: Steps) -> list[tuple[int, float]]:
    """Steps at a turn that dwarf the largest within their branch, and that one."""
    turn, size, found = steps.position == 0, np.abs(steps.du), []
    for up in (True, False):
        branch = steps.up == up
        most = float(size[branch & ~turn].max(initial=0.0))
        far = branch & turn & (size > max(_JUMP * most, _JUMP_LEAST))
        found += [(int(k), most) for k in np.flatnonzero(far)]
    return found
