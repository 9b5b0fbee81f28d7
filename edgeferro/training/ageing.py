"""What failed and aged in a run: a line for each thing that is switched on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.core.structs import STUCK_UNIT

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.core.tally import Tally

__all__ = ["reliability_lines", "stuck_cells"]


def stuck_cells(spread: np.ndarray) -> int:
    """Cells that no pulse moves, from the view ``spread`` (rows, columns, 4)."""
    return int((spread[..., 0] == STUCK_UNIT).sum())


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def reliability_lines(
    chip: Chip, tally: Tally, *, units: int, cells: int, stuck: int, worn: int
) -> list[str]:
    """Say what each setting of ``[reliability]`` came to.

    Args:
        chip: the chip file.
        tally: of all units.
        units: chips.
        cells: of all units.
        stuck: of them, stuck.
        worn: most pulses on one cell.
    """
    r = chip.reliability
    lines = []
    if r.stuck_low or r.stuck_high:
        stated = f"stated {_percent(r.stuck_low)} low, {_percent(r.stuck_high)} high"
        lines.append(f"stuck cells: {stuck} of {cells} ({stated})")
    doublings = max(0.0, math.log2(max(worn, 1) / r.wear_onset))
    where = f"after {worn} pulses, {doublings:.1f} doublings beyond {r.wear_onset}"
    if r.fatigue:
        left = max(0.0, 1.0 - r.fatigue * doublings)
        lines.append(
            f"fatigue: steps of the most worn cell at {_percent(left)} {where}"
        )
    if r.imprint:
        change = f"{100 * r.imprint * doublings:+.3g} % up, "
        change += f"{-100 * r.imprint * doublings:+.3g} % down"
        lines.append(f"imprint: steps of the most worn cell {change} {where}")
    if r.disturb:
        seen = sum(tally.event(phase, "half_selected") for phase in _WRITING)
        each = f"{_percent(r.disturb)} of a step each"
        lines.append(f"disturb: {seen / units:.3g} half-selects a chip, {each}")
    rested = tally.event("idle", "rest_s") / units
    if r.retention_s:
        left = 0.5 ** (rested / r.retention_s)
        lines.append(
            f"retention: {_percent(left)} of the distance to {r.retention_level:+g} "
            f"is left of what stood before {rested:g} s of rest"
        )
    if r.drift:
        size = r.drift * math.sqrt(rested)
        lines.append(
            f"drift: deviation {size:.3g} of a state after {rested:g} s of rest"
        )
    if (r.retention_s or r.drift) and not rested:
        lines.append("retention and drift act at rest; task.rest_s is 0")
    return lines


_WRITING: Final = ("update", "calibrate", "program")
