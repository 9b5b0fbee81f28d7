"""What a call costs before it does any work, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from chips import build_network, name, samples

from edgeferro.tasks import watch

if TYPE_CHECKING:
    from collections.abc import Callable

_TINY = (4, 2)
_BATCH = 1000


@pytest.mark.parametrize("command", ["infer", "learn"])
def test_one_sample(
    command: str,
    benchmark: Any,
    note: Callable[..., None],
    median: Callable[[], float],
) -> None:
    """Time a call with one sample on 4 x 2 cells, less a sample of a long batch."""
    benchmark.group = "calls"
    core, _ = build_network(_TINY, "sgd-counted")
    inputs, labels = samples(_TINY[0], _TINY[1], _BATCH)
    batch = (inputs, labels) if command == "learn" else (inputs,)
    one = tuple(array[:1] for array in batch)
    call = getattr(core, command)
    spent = []
    for _ in range(20):
        begin = time.perf_counter()
        call(*batch)
        spent.append((time.perf_counter() - begin) / _BATCH)
    benchmark(call, *one)
    work = sorted(spent)[len(spent) // 2]
    seconds = median()
    note(
        f"call {command}, one sample",
        us=seconds * 1e6,
        work_us=work * 1e6,
        overhead_us=(seconds - work) * 1e6,
    )


@pytest.mark.parametrize("sizes", [_TINY, (784, 128, 10)], ids=name)
@pytest.mark.parametrize("command", ["peek", "snapshot", "restore", "signature"])
def test_look(
    command: str,
    sizes: tuple[int, ...],
    benchmark: Any,
    note: Callable[..., None],
    median: Callable[[], float],
) -> None:
    """Time looking at a chip: a view is free, a snapshot is a copy and a hash."""
    benchmark.group = f"looking, {name(sizes)}"
    core, _ = build_network(sizes, "mixed-precision")
    arguments: dict[str, tuple[Any, ...]] = {
        "peek": ("state", 0),
        "restore": (core.snapshot(),),
    }
    benchmark(getattr(core, command), *arguments.get(command, ()))
    note(f"call {command}, {name(sizes)}", us=median() * 1e6)


@pytest.mark.parametrize("what", ["sys", "numpy", "edgeferro.core", "edgeferro"])
def test_import(what: str, benchmark: Any, note: Callable[..., None]) -> None:
    """Time a fresh process that imports; inside is the import alone."""
    benchmark.group = "import in a fresh process"
    code = (
        f"import sys, time; sys.path[:] = {sys.path!r}; begin = time.perf_counter(); "
        f"import {what}; print(time.perf_counter() - begin)"
    )
    inside = []

    def run() -> None:
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, check=True, capture_output=True, encoding="utf-8"
        )
        inside.append(float(done.stdout))

    benchmark.pedantic(run, rounds=7, warmup_rounds=1)
    middle = sorted(inside)[len(inside) // 2]
    note(f"import {what}", inside_ms=middle * 1e3)


def test_watch_task(benchmark: Any, note: Callable[..., None]) -> None:
    """Features of all recordings, from the shipped file: well below a second."""
    benchmark.group = "load a task"
    benchmark(watch.load)
    note("load the watch task")
