"""Two runs with the same seeds: whether they differ, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeferro.intervals.auto import judge
from edgeferro.intervals.estimate import SEEDS_LEAST
from edgeferro.intervals.paired import Paired
from edgeferro.training.asked import Asked

if TYPE_CHECKING:
    from edgeferro.training.outcome import Outcome

__all__ = ["Comparison"]


@dataclass(frozen=True)
class Comparison:
    """A second run beside a first one, with the same seeds and subjects.

    Attributes:
        first: as given.
        second: with something changed.
        asked: what is to be decided.
    """

    first: Outcome
    second: Outcome
    asked: Asked = field(default_factory=Asked)

    @property
    def names(self) -> tuple[str, ...]:
        """Accuracies that both have."""
        learns = self.first.plan.passes and self.second.plan.passes
        return ("before", "after", "online") if learns else ("before", "after")

    @property
    def resolve(self) -> float:
        """What is to be found, in parts of one."""
        return self.asked.resolve / 100.0

    def paired(self, name: str) -> Paired:
        """Second minus first of an accuracy; what was asked is of ``after``.

        Where seeds were added for it, it has the confidence that was left by then.
        """
        if not self.asked.auto:
            return self._paired(name)
        pair = (self.second.accuracies("after"), self.first.accuracies("after"))
        after = judge(*pair, self.resolve)
        if name == "after":
            return after
        return self._paired(name, after.over_seeds.confidence)

    def _paired(self, name: str, *confidence: float) -> Paired:
        pair = (self.second.accuracies(name), self.first.accuracies(name))
        return Paired.of(*pair, *confidence)

    def seeds_needed(self, name: str) -> int | None:
        """Seeds that would decide; None where too few say anything of it."""
        found = self.paired(name)
        if found.over_seeds.seeds < SEEDS_LEAST:
            return None
        return found.seeds_needed(self.resolve)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``, in parts of one, second minus first."""
        figures = {}
        for name in self.names:
            found = self.paired(name)
            figures[name] = {
                "over_seeds": found.over_seeds.to_dict(),
                "over_both": found.over_both.to_dict(),
                "verdict": found.verdict(self.resolve),
                "resolve": self.resolve,
                "seeds_needed": self.seeds_needed(name),
            }
        return figures
