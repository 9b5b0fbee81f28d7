"""Make ``hzo-2us`` and ``hzo-200us``: widths for which no response is published.

Each of the six beta parameters is linear in log10(width) between 200 ns and 20 us; the
same line goes on to 0.2 ms. Everything else is that of ``hzo-20us``.

    python edgeferro/shipped/devices/make_interpolated.py
"""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
MADE: Final = {"hzo-2us": 2_000, "hzo-200us": 200_000}  # name, width in ns
PUBLISHED: Final = ("hzo-20ns", "hzo-200ns", "hzo-20us")


def parameters(width_ns: int) -> dict[str, dict[str, float]]:
    """Return a, alpha and beta of up and down at a width, 7 decimals."""
    tables = [
        tomllib.loads((FOLDER / f"{n}.toml").read_text(encoding="utf-8"))
        for n in PUBLISHED
    ]
    points = sorted((t["classes"][0]["width_ns"], t["classes"][0]) for t in tables)
    inside = [k for k in range(1, len(points)) if points[k][0] >= width_ns]
    k = inside[0] if inside else len(points) - 1  # beyond the last: its line goes on
    (left, low), (right, high) = points[k - 1], points[k]
    part = math.log10(width_ns / left) / math.log10(right / left)
    return {
        side: {
            name: round(
                low[side][name] + part * (high[side][name] - low[side][name]), 7
            )
            for name in ("a", "alpha", "beta")
        }
        for side in ("up", "down")
    }


def make(name: str) -> str:
    """Return the text of a device file."""
    width = MADE[name]
    how = "interpolated" if width <= 20_000 else "EXTRAPOLATED"
    lines = [
        "# Made by make_interpolated.py; don't edit. No response is published for "
        "this width.",
        "# Bounds: W is clamped to 0.01..0.99 in the source, so the state to +-0.98.",
        f'name = "{name}"',
        f'description = "ASSUMED, {how} in log10(width): HfO2/ZrO2 ferroelectric '
        f'weight, {width} ns pulses (beta kernel)"',
        f'source = "{how} linearly in log10(width) from the published parameters for '
        f'200 ns and 20 us (EEG-Ferro, arXiv 2601.00020); not measured, not fitted"',
        'kind = "assumed"',
    ]
    kept = False
    for line in (FOLDER / "hzo-20us.toml").read_text(encoding="utf-8").splitlines():
        kept = kept or line.startswith("g_min_ns")
        if line.startswith("width_ns"):
            lines.append(f"width_ns = {width}")
        elif match := re.match(r"(up|down) = ", line):
            values = parameters(width)[match[1]].items()
            numbers = ", ".join(f"{n} = {v}" for n, v in values)
            lines.append(f'{match[1]} = {{ kind = "beta", {numbers} }}')
        elif kept:
            lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for device in MADE:
        (FOLDER / f"{device}.toml").write_text(make(device), encoding="utf-8")
