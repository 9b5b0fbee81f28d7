"""What counting costs: a learning step of the core with its counters, and without."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import chips
import pytest
from builds import ROOT, Build
from paired import compare
from steps import learning

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Build, Build]:
    """The core built twice with the same flags: as it is, and without counters."""
    folder = tmp_path_factory.mktemp("builds")
    csrc = folder / "csrc"
    shutil.copytree(ROOT / "csrc", csrc)
    for file, (lines, other) in _WITHOUT.items():
        text = (csrc / file).read_text(encoding="utf-8")
        assert lines in text, file
        (csrc / file).write_text(text.replace(lines, other), encoding="utf-8")
    return Build(ROOT / "csrc", folder / "with"), Build(csrc, folder / "without")


@pytest.mark.parametrize("rule", chips.RULES)
@pytest.mark.parametrize("sizes", chips.NETWORKS, ids=chips.name)
def test_counting(
    sizes: tuple[int, ...],
    rule: str,
    builds: tuple[Build, Build],
    benchmark: Any,
    note: Callable[..., None],
) -> None:
    """Turn and turn about; the ratio is what counting costs, the cells are the same."""
    benchmark.group = f"counting, {chips.name(sizes)}, {rule}"
    ways = [partial(learning, build, sizes, rule, {}) for build in builds]
    found = benchmark.pedantic(lambda: compare(*ways, within=0.015), rounds=1)
    assert found.same
    note(f"counting {chips.name(sizes)} {rule}", ratio=found.value, error=found.error)
