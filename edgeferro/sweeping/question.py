"""What a sweep is to decide: against which point, and how finely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeferro.errors import DataError
from edgeferro.training.asked import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Question"]


@dataclass(frozen=True)
class Question:
    """What is to be decided between the points of a grid.

    Attributes:
        asked: how fine, and whether seeds are added for it.
        against: values of the point that others are held against; the first's if empty.
    """

    asked: Asked = field(default_factory=Asked)
    against: dict[str, Any] = field(default_factory=dict)

    @property
    def resolve(self) -> float:
        """Smallest difference that matters, a part of one."""
        return self.asked.resolve / 100.0

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
