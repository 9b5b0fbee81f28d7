"""Learning steps of a chip in training, as something to be timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import chips
from paired import Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builds import Build

__all__ = ["STEPS", "learning"]

_WARM: Final = 400  # steps before, so that the chip trains and doesn't start
STEPS: Final = 100  # a turn; each begins with the same chip


def learning(
    build: Build, sizes: tuple[int, ...], rule: str, noise: Mapping[str, int]
) -> Way:
    """Bring a network up in a core whose code lies in memory anew, and train it.

    Raises:
        LookupError: the core has no such noise.
    """
    build.move()
    inputs, labels = chips.samples(sizes[0], sizes[-1], _WARM + STEPS)
    start, _ = chips.build_network(sizes, rule, make=build.chip, **noise)
    start.learn(inputs[:_WARM].copy(), labels[:_WARM].copy())
    codes, wanted = inputs[_WARM:].copy(), labels[_WARM:].copy()
    chip = start.clone()
    return Way(
        lambda: chip.learn(codes, wanted), lambda: chip.adopt(start), chip.contents
    )
