"""A measured file's text, as a semiconductor analyser writes one: a staircase."""

from __future__ import annotations

import numpy as np

from edgeferro.chip.device import Kernel

HEAD = """Export_timestamp:\t2026-11-13T19:55:46
Device:\t01-02
Device_area_m2:\t8300.0
Vwrite_step_V:\t0.05
pulse_duration_s:\t0.0005
settle_s:\t0.25
four_wire:\tFalse

cycle\tV_write\tR_neg_ohm\tR_pos_ohm\tI_neg_A\tI_pos_A\tVread_min_V\tVread_max_V
"""
LOW, HIGH = 4.85, 70.4  # nS at the two rails
VOLTS = [0.05 * i for i in range(21)] + [-0.05 * i for i in range(1, 26)]


def staircase(up: Kernel, down: Kernel, cycles: int = 10, c2c: float = 0.1) -> str:
    """Rising voltages of both signs; positive ones depress, as in many junctions.

    Each pulse is a step of its branch's kernel; a reading at 0 V stands between.
    """
    rng, w, lines = np.random.default_rng(5), 0.9, []
    for row, volts in enumerate(VOLTS * cycles, 1):
        if volts:
            kernel, polarity = (down, 1) if volts > 0 else (up, 0)
            step = float(kernel.step(np.array([w]), polarity)[0])
            step *= 1.0 + c2c * rng.standard_normal()
            w = min(max(w - step if volts > 0 else w + step, 0.0), 1.0)
        ohm = 1e9 / (LOW + (HIGH - LOW) * w)
        values = [volts, 0.9 * ohm, ohm, 0.08 / (0.9 * ohm), 0.1 / ohm, -0.08, 0.1]
        lines.append("\t".join([str(row), *map(repr, values)]))
    return HEAD + "\n".join(lines) + "\n"
