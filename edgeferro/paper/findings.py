"""The paper's four findings, looked for in our runs; what doesn't appear is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgeferro.chip.device import Device
from edgeferro.energy.report import Quantity
from edgeferro.paper.comparison import MIXED, SCHEMES, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Finding", "energy_text", "find_findings"]


@dataclass(frozen=True)
class Finding:
    """One finding, looked for in the results.

    Attributes:
        claim: in words.
        appears: 'yes', 'no', 'measured widths' (not where the device is inter- or
            extrapolated), or the widths at which it does.
        numbers: what the results show.
    """

    claim: str
    appears: str
    numbers: str


def energy_text(femtojoules: float | None) -> str:
    """Write an energy; a dash where there is none."""
    return "-" if femtojoules is None else str(Quantity.of_fj(femtojoules))


def _monotone(values: Sequence[float | None], sign: int) -> bool:
    """Whether all are known and each lies above (below) the one before it."""
    known = [value for value in values if value is not None]
    return len(known) == len(values) and bool(np.all(sign * np.diff(known) > 0))


def _with_width(
    claim: str,
    found: Sequence[Result],
    values: Sequence[float | None],
    *,
    sign: int = 1,
    text: Callable[[float | None], str] = energy_text,
) -> Finding:
    """Look for values that rise (sign 1) or fall (-1) with every step of width."""
    order = sorted(range(len(found)), key=lambda i: found[i].width_ns)
    found, values = [found[i] for i in order], [values[i] for i in order]
    measured = [
        value
        for r, value in zip(found, values, strict=True)
        if Device.load(r.device).kind != "assumed"
    ]
    appears = "no"
    if len(found) < 2 or len(found[0].curve) < 2:
        appears = "not tested"
    elif _monotone(values, sign):
        appears = "yes"
    elif len(measured) > 1 and _monotone(measured, sign):
        appears = "measured widths"
    parts = [f"{r.width} {text(v)}" for r, v in zip(found, values, strict=True)]
    return Finding(claim, appears, ", ".join(parts))


def _at_widths(
    claim: str, widths: dict[str, bool], numbers: Sequence[str], *, learned: bool
) -> Finding:
    """Look for something that is true or not at each width by itself."""
    where = [width for width, there in widths.items() if there]
    if not learned:
        return Finding(claim, "not tested", "no passes")
    appears = "yes" if len(where) == len(widths) else ", ".join(where) or "no"
    parts = [f"{w} {n}" for w, n in zip(widths, numbers, strict=True)]
    return Finding(claim, appears, ", ".join(parts))


def _schemes(found: Sequence[Result]) -> list[Finding]:
    """Compare SGD, mixed precision and shifted SGD, width by width."""
    by = {(r.scheme, r.device): 100 * r.accuracy for r in found}
    mixed = [r for r in found if r.scheme == MIXED]
    learned = len(mixed[0].curve) > 1
    rows = {r.width: [by[scheme, r.device] for scheme in SCHEMES] for r in mixed}
    return [
        _at_widths(
            "(d) plain SGD is below mixed precision (SGD / mixed / shifted SGD, %)",
            {w: plain < best for w, (plain, best, _) in rows.items()},
            [" / ".join(f"{a:.1f}" for a in three) for three in rows.values()],
            learned=learned,
        ),
        _at_widths(
            "(d) shifting brings SGD to within 2 points of it (points behind)",
            {w: best - shifted <= 2 for w, (_, best, shifted) in rows.items()},
            [f"{best - shifted:.1f}" for _, best, shifted in rows.values()],
            learned=learned,
        ),
    ]


def find_findings(found: Sequence[Result], goal: float) -> list[Finding]:
    """Look for the paper's four findings; (a) to (c) in the mixed-precision runs.

    Args:
        found: of :func:`edgeferro.sweeping.paper.results`.
        goal: accuracy for epochs and energy.
    """
    mixed = [r for r in found if r.scheme == MIXED]
    reach = f"to {100 * goal:g} %"
    return [
        _with_width(
            "(a) a shorter pulse takes less energy: in its cell",
            mixed,
            [r.cell_fj for r in mixed],
        ),
        _with_width(
            "(a) ... an update cycle of the whole chip",
            mixed,
            [r.update_fj for r in mixed],
        ),
        _with_width(
            f"(b) shorter pulses need more epochs {reach}",
            mixed,
            [r.epochs_to(goal) for r in mixed],
            sign=-1,
            text=lambda e: "-" if e is None else f"{e:.2f}",
        ),
        _with_width(
            f"(c) and still less energy in all {reach}: in the cells",
            mixed,
            [r.energy_to(goal, r.cells_fj) for r in mixed],
        ),
        _with_width(
            "(c) ... learning of the whole chip",
            mixed,
            [r.energy_to(goal, r.learning_fj) for r in mixed],
        ),
        *_schemes(found),
    ]
