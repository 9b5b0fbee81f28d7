"""What a person sees of a run that was run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console

from edgeferro.terminal import hint, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["report"]

_SHOWN = 10  # units that are named


def _who(plan: Any, unit: Any) -> str:
    if unit.subject < 0:
        return f"seed {unit.seed}"
    return f"subject {plan.task.subject_name(unit.subject)}, seed {unit.seed}"


def report(path: Path, found: Sequence[Any]) -> None:
    """Print a line for each unit that left what it was, and the verdict last.

    Args:
        path: of the run's JSON.
        found: what each of its runs came to.
    """
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for one in found:
        plan, count = one.plan, len(one.plan.units)
        name = f"{plan.task.name} on {plan.chip.chip.name}"
        label = f" ({one.label})" if one.label else ""
        for unit, parting in [*one.parted.items()][:_SHOWN]:
            who = _who(plan, unit)
            line = f"{who}: left at {parting.step} ({parting.detail})"
            console.print(plain(line))
        if len(one.parted) > _SHOWN:
            console.print(f"and {len(one.parted) - _SHOWN} more")
        if one.rounded:
            hint(
                f"float weights of {one.rounded} chips round otherwise, to equal codes"
            )
        if one.figures is not None:
            console.print(plain(f"figures: {one.figures.detail}"))
        chips = "1 chip" if count == 1 else f"{count} chips"
        verdict = f"{chips} the same: data, image, every pass, end"
        if one.parted:
            unit, parting = next(iter(one.parted.items()))
            verdict = (
                f"not the same: {len(one.parted)} of {chips} left, the first "
                f"({_who(plan, unit)}) at {parting.step}"
            )
        elif one.figures is not None:
            verdict = f"{chips} the same, but their figures are not"
        console.print(plain(f"{path.name}{label}, {name}: {verdict}"))
