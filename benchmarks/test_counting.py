"""What counting costs: a learning step of the core with its counters, and without."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chips import NETWORKS, RULES, name

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "support"))
_ROUNDS = 9  # turn and turn about, so that both see the same machine
_WITHOUT = {
    "core/state.h": (
        "    chip->tally.events[phase][event] += amount;\n",
        "    (void)chip, (void)phase, (void)event, (void)amount;\n",
    ),
    "core/cell.c": (
        "        tally->conduction += ef_conductance(state);\n"
        "        tally->switched += (uint64_t)ef_abs((int64_t)next - state);\n",
        "",
    ),
}
_SCRIPT = """
import sys, time
import chips
core, _ = chips.build_network(SIZES, RULE)
inputs, labels = chips.samples(SIZES[0], SIZES[-1], 400)
core.learn(inputs, labels)
start, best = core.snapshot(), float("inf")
for _ in range(5):
    core.restore(start)
    at = time.perf_counter()
    core.learn(inputs[:200], labels[:200])
    best = min(best, time.perf_counter() - at)
print(best)
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The package built twice with the same flags: as it is, and without counters."""
    from variants import build

    found = {}
    for kind in ("with", "without"):
        folder = tmp_path_factory.mktemp(kind)
        csrc = folder / "csrc"
        shutil.copytree(ROOT / "csrc", csrc)
        for file, (line, other) in _WITHOUT.items() if kind == "without" else ():
            text = (csrc / file).read_text(encoding="utf-8")
            assert line in text, file
            (csrc / file).write_text(text.replace(line, other), encoding="utf-8")
        build(csrc, folder / "package" / "edgeferro", "-O3")
        found[kind] = folder / "package"
    return found


def _seconds(package: Path, sizes: tuple[int, ...], rule: str) -> float:
    script = _SCRIPT.replace("SIZES", repr(sizes)).replace("RULE", repr(rule))
    places = f"{package}:{ROOT / 'benchmarks'}"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={"PYTHONPATH": places, "PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert 0 == done.returncode, done.stderr
    return float(done.stdout)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", NETWORKS, ids=name)
def test_counting(
    sizes: tuple[int, ...],
    rule: str,
    packages: dict[str, Path],
    benchmark: Any,
    note: Callable[..., None],
) -> None:
    """Best of nine turns each, 200 steps; the ratio is what counting costs."""
    benchmark.group = f"counting, {name(sizes)}, {rule}"
    best = dict.fromkeys(packages, float("inf"))

    def turn() -> None:
        for kind, package in packages.items():
            best[kind] = min(best[kind], _seconds(package, sizes, rule))

    benchmark.pedantic(turn, rounds=_ROUNDS)
    ratio = best["with"] / best["without"]
    note(f"counting {name(sizes)} {rule}", ratio=ratio)
