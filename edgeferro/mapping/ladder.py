"""Resistive lines of a crossbar: what of a read's current they keep back.

Driven lines run down the cells of a column, sensed ones along those of a row; each is
fed or read at its first cell's end and is a ladder of one resistance a cell. With i
the currents of the cells, i = G (u - P i) holds, where P i are the falls of both lines
at each cell: two running sums a line. The currents that are kept back, y = G u - i,
obey (1 + G P) y = G P G u. Written with the roots of G this is symmetric and positive,
and conjugate gradients (Hestenes and Stiefel 1952) end in a few steps: their number
goes with the root of the largest fall, whatever the resistances.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["fall", "kept_back"]

_NEAR: Final = 1e-10  # of what is kept back: where the steps end
_MOST: Final = 300  # steps; more are asked for only where hardly anything arrives


def fall(current: np.ndarray, wire: float, driver: float) -> np.ndarray:
    """Fall of voltage at each cell, of its driven and its sensed line together.

    Args:
        current: of the cells, (sensed lines, driven lines), amperes.
        wire: ohms from a line's end to its first cell, and from cell to cell.
        driver: ohms of what drives a line.
    """
    below = np.cumsum(current[::-1], axis=0)[::-1]
    found = np.cumsum(below, axis=0)
    beyond = np.cumsum(current[:, ::-1], axis=1)[:, ::-1]
    found += np.cumsum(beyond, axis=1)
    found *= wire
    found += driver * below[:1]
    return found


def kept_back(
    siemens: np.ndarray, volts: np.ndarray, wire: float, driver: float
) -> np.ndarray:
    """Return the current that each sensed line lacks, amperes.

    Where lines fall so far that hardly anything arrives, all of it counts as lacking.

    Args:
        siemens: of the cells, (sensed lines, driven lines), 0 or more; distances from
            the lines' ends grow with both indices.
        volts: of the driven lines' sources; sensed lines are held at 0.
        wire: ohms from a line's end to its first cell, and from cell to cell.
        driver: ohms of what drives a line.

    Returns:
        of each sensed line, the sum of G V less what arrives at its end.
    """
    root = np.sqrt(siemens)
    residual = root * fall(siemens * volts, wire, driver)
    found, step = np.zeros_like(residual), residual.copy()
    size = float(np.vdot(residual, residual))
    goal = _NEAR**2 * size
    for _ in range(_MOST):
        if size <= goal:
            lacking: np.ndarray = (root * found).sum(axis=1)
            return lacking
        image = step + root * fall(root * step, wire, driver)
        length = size / float(np.vdot(step, image))
        found += length * step
        residual -= length * image
        before, size = size, float(np.vdot(residual, residual))
        step *= size / before
        step += residual
    nothing: np.ndarray = siemens @ volts
    return nothing
