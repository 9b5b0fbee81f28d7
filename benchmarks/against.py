"""How long learning steps take, against the core of another revision, in one run.

``python benchmarks/against.py REVISION`` builds the core of this checkout and that of
the revision with the same flags, opens both in one process, and prints for each chip
the ratio of their times with its interval: above 1, this checkout is slower. It says
too whether both cores left the same cells behind: a ratio between two different chips
says little. Nothing fails because of a clock.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import chips
from builds import ROOT, Build, export
from noises import NOISES
from paired import compare
from steps import STEPS, learning

if TYPE_CHECKING:
    from paired import Ratio

_NETWORK: Final = (784, 128, 10)


def _known(build: Build, rule: str, noise: str) -> str:
    """Choose noise as stated for a core that knows none by charge."""
    try:
        learning(build, _NETWORK, rule, NOISES[noise])
    except LookupError:
        return "noise as stated"
    return noise


def _row(what: str, ratio: Ratio, there: str | None = None) -> str:
    """Write a line of the table; there: what the other core was given instead."""
    here, other = (f"{ns / 1000 / STEPS:.1f}" for ns in ratio.turns)
    said = f"there: {there}" if there else "same" if ratio.same else "OTHER"
    return f"{what:<34}{here:>8}{other:>8}  {ratio!s:<24}{said}"


def main() -> None:
    """Take the words of the command line and print a row a chip."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("revision", help="of git, or a folder that holds csrc")
    parser.add_argument("--within", type=float, default=0.01, metavar="PART")
    parser.add_argument("--rule", action="append", choices=list(chips.RULES))
    parser.add_argument("--noise", action="append", choices=list(NOISES))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        other = Path(asked.revision) / "csrc"
        if not other.is_dir():
            other = export(asked.revision, folder / "sources")
        builds = (
            Build(ROOT / "csrc", folder / "here"),
            Build(other, folder / "there"),
        )
        print(f"a learning step of {chips.name(_NETWORK)}, us")
        print(f"{'':<34}{'here':>8}{'there':>8}  {'ratio':<24}cells")
        for rule in asked.rule or chips.RULES:
            for noise in asked.noise or NOISES:
                there = _known(builds[1], rule, noise)
                ways = [
                    partial(learning, build, _NETWORK, rule, NOISES[its])
                    for build, its in zip(builds, (noise, there), strict=True)
                ]
                ratio = compare(*ways, within=asked.within)
                what = f"{rule}, {noise}"
                print(_row(what, ratio, there if there != noise else None), flush=True)


if __name__ == "__main__":
    main()
