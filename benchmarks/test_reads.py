"""What a read costs with noise by its charge, against one with noise as stated."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import chips
import pytest
from builds import ROOT, Build
from noises import CHARGE, ERRORS, STATED
from paired import Way, compare

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZES = ((30, 32), (784, 128), (511, 512))  # with the bias column 31, 785 and 512
_CELLS = 2_000_000  # read in a turn
_CHAINS = {"charge": CHARGE, "charge and errors": CHARGE | ERRORS}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The core of this checkout."""
    return Build(ROOT / "csrc", tmp_path_factory.mktemp("build"))


def _way(build: Build, sizes: tuple[int, int], noise: dict[str, int], side: str) -> Way:
    count = _CELLS // (sizes[0] * sizes[1])
    inputs, _ = chips.samples(*sizes, count)
    errors, _ = chips.samples(sizes[1], sizes[1], count)
    build.move()
    chip, _ = chips.build_network(sizes, "sgd-counted", make=build.chip, **noise)
    work = {
        "forward": lambda: chip.infer(inputs),
        "backward": lambda: chip.read_back(errors),
    }
    return Way(work[side], lambda: None, lambda: None)


@pytest.mark.parametrize("chain", _CHAINS)
@pytest.mark.parametrize("side", ["forward", "backward"])
@pytest.mark.parametrize("sizes", _SIZES, ids=lambda s: f"{s[1]}x{s[0] + 1}")
def test_reads(
    sizes: tuple[int, int],
    side: str,
    chain: str,
    build: Build,
    benchmark: Any,
    note: Callable[..., None],
) -> None:
    """Reads turn and turn about with those of a chip with noise as it is stated."""
    benchmark.group = f"reads, {sizes[1]}x{sizes[0] + 1}, {side}, {chain}"

    ways = [partial(_way, build, sizes, n, side) for n in (_CHAINS[chain], STATED)]
    found = benchmark.pedantic(lambda: compare(*ways, within=0.01), rounds=1)
    note(
        f"read {sizes[1]}x{sizes[0] + 1} {side} {chain}",
        us=found.turns[0] / 1000 / (_CELLS // (sizes[0] * sizes[1])),
        ratio=found.value,
        error=found.error,
    )
