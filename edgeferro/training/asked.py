"""What a run's seeds are to decide: how fine, and whether seeds are added for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edgeferro.errors import DataError
from edgeferro.intervals.auto import SEEDS_FIRST, SEEDS_MOST
from edgeferro.intervals.estimate import SEEDS_LEAST

__all__ = ["AUTO", "RESOLVE", "Asked"]

AUTO: Final = "auto"
RESOLVE: Final = 1.0  # percent points
_SEEDS_TOP: Final = 10_000


@dataclass(frozen=True)
class Asked:
    """What is to be decided.

    Attributes:
        resolve: difference that is to be found, or half of a mean's interval, in
            percent points.
        named: whether somebody asked for it.
        auto: seeds are added until it is reached.
        most: seeds at which that ends.
    """

    resolve: float = RESOLVE
    named: bool = False
    auto: bool = False
    most: int = SEEDS_MOST

    @classmethod
    def of(cls, seeds: str, resolve: float | None, most: int | None) -> Asked:
        """Read the options; what ``--seeds`` names is not looked at.

        Raises:
            DataError: an option out of its range, or without effect.
        """
        auto = seeds.strip() == AUTO
        if resolve is not None and not 0.0 < resolve <= 100.0:
            message = f"--resolve: {resolve:g} is not above 0 and up to 100 points"
            raise DataError(message)
        if most is not None and not auto:
            message = f"--seeds-most: has no effect with --seeds {seeds}, but with auto"
            raise DataError(message)
        if most is not None and not SEEDS_FIRST <= most <= _SEEDS_TOP:
            message = (
                f"--seeds-most: {most} is not in {SEEDS_FIRST}..{_SEEDS_TOP}; "
                f"--seeds auto begins with {SEEDS_FIRST}"
            )
            raise DataError(message)
        return cls(
            resolve=RESOLVE if resolve is None else resolve,
            named=resolve is not None,
            auto=auto,
            most=SEEDS_MOST if most is None else most,
        )

    @property
    def first(self) -> tuple[int, ...]:
        """Seeds that ``--seeds auto`` begins with."""
        return tuple(range(SEEDS_FIRST))

    def check(self, seeds: tuple[int, ...]) -> None:
        """Refuse a resolution that so few seeds can't tell anything of.

        Raises:
            DataError: names the number that would do.
        """
        if self.named and len(seeds) < SEEDS_LEAST:
            message = (
                f"--resolve: {len(seeds)} of the {SEEDS_LEAST} seeds that it takes at "
                f"least; --seeds auto finds out how many"
            )
            raise DataError(message)
