"""What each step of a unit came to, so that two runs can be told apart at the first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from edgeferro.mapping.digest import arrays_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.training.lesson import Lesson

__all__ = ["Trail", "data_digest", "digest_over"]


def data_digest(lesson: Lesson) -> str:
    """16 hex digits of the codes and labels that a unit learns and is tested with."""
    return arrays_digest(
        [
            lesson.learn_codes,
            lesson.learn_labels,
            lesson.learn_recordings,
            lesson.test_codes,
            lesson.test_labels,
        ]
    )


@dataclass(frozen=True)
class Trail:
    """Digests of a unit, step by step; 16 hex digits each.

    Attributes:
        data: of what is learned and tested.
        weights: of the float weights of pre-training; None where none was done here.
        targets: of the Q0.15 weights to program.
        image: of these, of registers, tables and references.
        programmed: signature of the chip after set-up, before anything is read.
        passes: signatures after each pass and its test.
    """

    data: str
    weights: str | None
    targets: str
    image: str
    programmed: str
    passes: tuple[str, ...] = ()

    @classmethod
    def of(cls, lesson: Lesson, programmed: str, passes: list[str]) -> Self:
        """Work the digests out.

        Args:
            lesson: of the unit.
            programmed: signature of its chip before learning.
            passes: the same after each pass.
        """
        weights = lesson.weights
        return cls(
            data=data_digest(lesson),
            weights=None if weights is None else arrays_digest(weights),
            targets=arrays_digest(lesson.image.targets),
            image=lesson.image.digest,
            programmed=programmed,
            passes=tuple(passes),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that :meth:`from_dict` takes back."""
        return {**asdict(self), "passes": list(self.passes)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a trail from :meth:`to_dict`.

        Raises:
            ValueError: a digest that is none, by name.
            TypeError: another set of them.
        """
        found = cls(**{**data, "passes": tuple(data["passes"])})
        for name, value in asdict(found).items():
            several = value if name == "passes" else [value]
            for digest in several:
                if not isinstance(digest, str) and (digest, name) != (None, "weights"):
                    message = f"trail.{name}: {digest!r} is not a digest"
                    raise ValueError(message)
        return found


def digest_over(trails: Sequence[Trail | None], name: str) -> str:
    """16 hex digits over one step of all units; empty where none has it.

    Args:
        trails: of the units, in the plan's order.
        name: of an attribute of theirs.
    """
    found = [None if trail is None else getattr(trail, name) for trail in trails]
    return arrays_digest([], repr(found)) if any(found) else ""
