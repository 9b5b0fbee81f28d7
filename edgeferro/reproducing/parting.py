"""Where two runs part: the first step of a unit that came to something else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.training.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeferro.training.unit import UnitResult

__all__ = ["Parting", "part_of_run", "part_of_unit"]

# Of a run: how it was run, what was said, and what units or files' names tell better.
_APART: Final = ("record", "remarks", "units", "task", "data")


@dataclass(frozen=True)
class Parting:
    """A step that came to something else.

    Attributes:
        step: 'data', 'pre-training', 'image', 'before learning', 'pass 3', 'end' or
            'figures'.
        detail: what it was, and what it is here.
    """

    step: str
    detail: str


def _unlike(step: str, was: Any, here: Any) -> Parting:
    return Parting(step, f"{was}, here {here}")


def part_of_unit(
    trail: Trail, figures: dict[str, Any], result: UnitResult
) -> Parting | None:
    """The first step at which a unit left what it was; None if it didn't.

    Float weights that round otherwise are passed over if their codes are the same.

    Args:
        trail: of the unit as it was.
        figures: of the same.
        result: of the unit now.
    """
    here = result.trail
    if here is None:
        return Parting("end", "no digests here")
    if trail.data != here.data:
        return _unlike("data", trail.data, here.data)
    if trail.image != here.image:
        if None not in (trail.weights, here.weights) and trail.weights != here.weights:
            return _unlike("pre-training", trail.weights, here.weights)
        return _unlike("image", trail.image, here.image)
    if trail.programmed != here.programmed:
        return _unlike("before learning", trail.programmed, here.programmed)
    for index, (was, now) in enumerate(zip(trail.passes, here.passes, strict=False)):
        if was != now:
            return _unlike(f"pass {index + 1}", was, now)
    if figures["signature"] != result.signature:
        return _unlike("end", figures["signature"], result.signature)
    return _first_unlike(figures, _plain(result.to_dict()), ("trail",))


def part_of_run(figures: dict[str, Any], now: dict[str, Any]) -> Parting | None:
    """The first figure of a whole run that is another, once all its units are the same.

    Args:
        figures: as they were written.
        now: as they would be.
    """
    return _first_unlike(figures, _plain(now), _APART)


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}".lstrip("."))
    else:
        yield path, json.dumps(value)  # in which NaN is like NaN


def _first_unlike(
    was: dict[str, Any], now: dict[str, Any], without: tuple[str, ...]
) -> Parting | None:
    """The first figure that both have and that differs."""
    names = [name for name in now if name in was and name not in without]
    here = dict(_leaves({name: now[name] for name in names}, ""))
    for path, value in _leaves({name: was[name] for name in names}, ""):
        if path in here and here[path] != value:
            return Parting("figures", f"{path} {value[:40]}, here {here[path][:40]}")
    return None
