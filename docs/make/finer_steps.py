"""Write a shipped device whose pulses move it by a part of what they do.

    python docs/make/finer_steps.py hzo-20us 4 fine.toml

Its response keeps its shape, and its symmetry point: what changes with it follows from
the size of a step alone.
"""

from __future__ import annotations

import re
import sys
from importlib import resources
from pathlib import Path

__all__ = ["finer"]


def finer(text: str, parts: float) -> str:
    """A device file's text with every step divided.

    Args:
        text: of a device of beta kernels.
        parts: that a step is divided into.
    """
    found = re.compile(r'(kind = "beta", a = )([0-9.]+)')
    return found.sub(lambda m: f"{m[1]}{float(m[2]) / parts:.8f}", text)


if __name__ == "__main__":
    name, parts, place = sys.argv[1:]
    folder = resources.files("edgeferro") / "shipped" / "devices"
    text = (folder / f"{name}.toml").read_text(encoding="utf-8")
    Path(place).write_text(finer(text, float(parts)), encoding="utf-8")
