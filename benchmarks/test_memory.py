"""How many bytes a cell takes, what each is for, and what a process needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chips import NETWORKS, RULES, build_network, cells, name

from edgeferro.core.emulator import Core

if TYPE_CHECKING:
    from collections.abc import Callable

_VIEWS = ("state", "weight", "spread", "wear", "chi", "stored")
_STORED = 2  # reference
_LIMIT = 20  # bytes a cell

_CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from chips import build_network, samples
def peak():  # not ru_maxrss, which a child takes over from its parent
    with open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith("VmHWM"))
before = peak()
core, _ = build_network((784, 128, 10), sys.argv[2])
chip = peak()
for seed in range(10):  # small batches: the samples shall not be the peak
    core.learn(*samples(784, 10, 200, seed))
print(json.dumps([before, chip, peak(), core.size]))
"""


def _bytes_per_cell(core: Core) -> dict[str, int]:
    """Read from the views of layer 0 what each takes a cell."""
    found = {}
    for view in _VIEWS:
        values = core.peek(view, 0)
        rows, columns = core.shape(0)
        found[view] = values.itemsize * values.size // (rows * columns)
    return found


def test_bytes_of_a_cell(benchmark: Any, note: Callable[..., None]) -> None:
    """A cell with all options takes 20 bytes, each of them accounted for."""
    benchmark.group = "bring-up"
    core, registers = build_network((784, 128, 10), "mixed-precision", reference=2)
    found = _bytes_per_cell(core)
    benchmark.pedantic(Core, (registers,), rounds=20)
    assert dict(zip(_VIEWS, (4, 2, 4, 4, 4, 2), strict=True)) == found
    note("bytes a cell by view", **found, total=sum(found.values()))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", NETWORKS, ids=name)
def test_bytes_of_a_chip(
    sizes: tuple[int, ...], rule: str, benchmark: Any, note: Callable[..., None]
) -> None:
    """A chip of ten thousand cells or more takes at most 20 bytes a cell."""
    benchmark.group = "bring-up"
    core, registers = build_network(sizes, rule)
    benchmark.pedantic(Core, (registers,), rounds=5)
    note(
        f"memory {name(sizes)} {rule}",
        cells=cells(core),
        bytes=core.size,
        bytes_per_cell=core.size / cells(core),
    )
    if cells(core) >= 10_000:
        assert core.size <= _LIMIT * cells(core)


@pytest.mark.parametrize("rule", RULES)
def test_peak_of_a_process(
    rule: str, benchmark: Any, note: Callable[..., None]
) -> None:
    """Note the peak memory of a process that learns 2000 samples, in MB."""
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc on this system")
    benchmark.group = "process that learns 2000 samples of 784-128-10"
    found: list[int] = []

    def run() -> None:
        paths = json.dumps([str(Path(__file__).parent), *sys.path])
        command = [sys.executable, "-c", _CHILD, paths, rule]
        done = subprocess.run(
            command, check=True, capture_output=True, encoding="utf-8"
        )
        found[:] = json.loads(done.stdout)

    benchmark.pedantic(run, rounds=3)
    before, chip, peak = (value * 1024 / 1e6 for value in found[:3])
    note(
        f"process {rule}",
        import_mb=before,
        chip_mb=chip,
        peak_mb=peak,
        block_mb=found[3] / 1e6,
    )
