"""What a sweep is to decide: against which point, how finely, and with which seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from edgeferro.errors import DataError
from edgeferro.intervals.auto import SEEDS_FIRST, SEEDS_MOST
from edgeferro.intervals.estimate import SEEDS_LEAST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RESOLVE", "Question"]

RESOLVE: Final = 1.0  # points of accuracy
_MOST: Final = 1000


@dataclass(frozen=True)
class Question:
    """What is to be decided between the points of a grid.

    Attributes:
        resolve: smallest difference that matters, points of accuracy, 0.01..100.
        against: values of the point that others are held against; the first's if empty.
        auto: whether seeds are added until it is decided.
        most: seeds of a point with ``auto``, 10..1000.
        named: whether somebody asked for a resolution.
    """

    resolve: float = RESOLVE
    against: dict[str, Any] = field(default_factory=dict)
    auto: bool = False
    most: int = SEEDS_MOST
    named: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers out of range.

        Raises:
            DataError: names the option, the value and the range.
        """
        if not 0.01 <= self.resolve <= 100.0:
            message = f"--resolve: {self.resolve:g} is not in 0.01..100 (points)"
            raise DataError(message)
        if not SEEDS_FIRST <= self.most <= _MOST:
            message = f"--seeds-most: {self.most} is not in {SEEDS_FIRST}..{_MOST}"
            raise DataError(message)

    def check_seeds(self, seeds: int) -> None:
        """Refuse a resolution that so few seeds can say nothing of.

        Raises:
            DataError: says how many can.
        """
        if self.named and not self.auto and seeds < SEEDS_LEAST:
            message = (
                f"--resolve: {seeds} of --seeds can't tell differences; "
                f"{SEEDS_LEAST} or more can, or auto"
            )
            raise DataError(message)

    def base_of(self, places: Sequence[Mapping[str, Any]]) -> int:
        """Index of the point that others are held against.

        Raises:
            DataError: none that ran has the values of ``against``, or several have.
        """
        if not self.against:
            return 0
        named = ", ".join(f"{name}={value}" for name, value in self.against.items())
        for name in self.against:
            if name not in places[0]:
                axes = ", ".join(places[0]) or "none"
                message = f"--against: {name} is no axis; of the grid: {axes}"
                raise DataError(message)
        found = [
            index
            for index, place in enumerate(places)
            if all(str(place[n]) == str(v) for n, v in self.against.items())
        ]
        if not found:
            message = f"--against: no point of the grid that can run has {named}"
            raise DataError(message)
        if len(found) > 1:
            left = ", ".join(name for name in places[0] if name not in self.against)
            message = f"--against: {len(found)} points have {named}; name {left} too"
            raise DataError(message)
        return found[0]
