"""Which of a sweep's choices are worth their energy: the frontier, and its knee."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["frontier", "knee"]


def frontier(
    energies: Sequence[float],
    accuracies: Sequence[float],
    better: Callable[[int, int], bool | None] | None = None,
) -> list[int]:
    """Choices that are worth their energy, from the least energy to the most.

    Beside the cheapest one these are the ones that are more accurate than all cheaper
    ones of the frontier. Means are compared as tables show them, an energy to three
    digits and an accuracy to a tenth of a per cent. Where seeds can say more they do: a
    dearer choice that isn't shown to be more accurate is not worth a star.

    Args:
        energies: of each choice, above 0.
        accuracies: of each choice, 0..1.
        better: whether one choice is shown to be more accurate than another one; None
            where there are too few seeds to say so. Left out: nothing is known.

    Returns:
        their indices; of equal choices the first.
    """
    shown = [float(f"{energy:.3g}") for energy in energies]
    tenths = [float(f"{100 * accuracy:.1f}") for accuracy in accuracies]
    found: list[int] = []
    for index in sorted(range(len(shown)), key=lambda i: (shown[i], -tenths[i], i)):
        if found and tenths[index] <= tenths[found[-1]]:
            continue
        if found and better is not None and better(index, found[-1]) is False:
            continue
        found.append(index)
    return found


def knee(
    line: Sequence[int], energies: Sequence[float], accuracies: Sequence[float]
) -> int | None:
    """Return the choice of the frontier beyond which accuracy costs the most energy.

    It is the one farthest above the straight line between the frontier's ends, accuracy
    over the logarithm of energy, both scaled to 0..1 (the "kneedle" of Satopaa et al.,
    ICDCS workshops 2011). None where the frontier has fewer than three choices, or
    bends the other way.

    Args:
        line: the frontier's choices.
        energies: of all choices.
        accuracies: of all choices.
    """
    if len(line) < 3:
        return None
    first, last = line[0], line[-1]
    width = math.log(energies[last] / energies[first])
    height = accuracies[last] - accuracies[first]
    above = {
        i: (accuracies[i] - accuracies[first]) / height
        - math.log(energies[i] / energies[first]) / width
        for i in line[1:-1]
    }
    best = max(above, key=lambda i: above[i])
    return best if above[best] > 0.0 else None
