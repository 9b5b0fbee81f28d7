"""Includes of the core's files go one way; a step backwards fails."""

from __future__ import annotations

import re
from pathlib import Path

CSRC = Path(__file__).resolve().parents[2] / "csrc"
# A file may include those of its own rank and of lower ones.
HEADERS = (
    ("ef_assume.h", "edgeferro.h", "ef_features.h", "hash.h"),
    ("fixed.h", "random.h"),
    ("state.h", "config.h", "products.h"),
    ("cell.h", "rules.h", "update.h"),
    ("array.h", "accumulate.h"),
    ("convert.h",),
    ("learn.h", "pulses.h", "rest.h"),
    ("program.h",),
    ("calibrate.h",),
    ("ef_bus.h", "ef_registers.h"),
    ("bus.h",),
)
SOURCES = {
    "core/cell.c": "cell.h",
    "core/array.c": "array.h",
    "core/convert.c": "convert.h",
    "core/learn.c": "learn.h",
    "core/pulses.c": "pulses.h",
    "core/update.c": "array.h",
    "core/products.c": "products.h",
    "core/update_counted.c": "pulses.h",
    "core/update_mixed.c": "pulses.h",
    "core/update_stochastic.c": "pulses.h",
    "core/program.c": "program.h",
    "core/calibrate.c": "calibrate.h",
    "core/rest.c": "rest.h",
    "core/control.c": "calibrate.h",
    "core/peek.c": "array.h",
    "core/snapshot.c": "array.h",
    "core/chip.c": "array.h",
    "core/config.c": "config.h",
    "core/digest.c": "config.h",
    "core/features.c": "ef_features.h",
    "bus/registers.c": "bus.h",
    "bus/commands.c": "bus.h",
    "bus/time.c": "bus.h",
    "bus/read.c": "bus.h",
    "bus/power.c": "bus.h",
    "bus/write.c": "bus.h",
    "bus/snapshot.c": "bus.h",
}


def name(path: Path) -> str:
    """Folder and name of a file of the core."""
    return path.relative_to(CSRC).as_posix()


def ranks(groups: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    """Rank of each name."""
    return {name: rank for rank, group in enumerate(groups) for name in group}


def test_every_c_file_has_a_place() -> None:
    """Each header and source of the core is in the order above."""
    headers = {p.name for p in CSRC.glob("*/*.h")}
    assert set(ranks(HEADERS)) == headers
    assert set(SOURCES) == {name(path) for path in CSRC.glob("*/*.c")}


def test_includes_go_one_way() -> None:
    """No file includes one that stands above it, nor a library beyond three headers."""
    order = ranks(HEADERS)
    allowed = {"stdbool.h", "stddef.h", "stdint.h"}
    for path in [*CSRC.glob("*/*.h"), *CSRC.glob("*/*.c")]:
        text = path.read_text()
        assert set(re.findall(r"#include <(.+?)>", text)) <= allowed, path.name
        own = order[SOURCES.get(name(path), path.name)]
        for other in re.findall(r'#include "(.+?)"', text):
            assert order[other] <= own, f"{path.name} includes {other}"
