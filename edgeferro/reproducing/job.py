"""``edgeferro reproduce``: run again what a JSON says, and hold the two together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeferro.core.enums import CONTRACT
from edgeferro.files.write import check_apart, check_place, write_json
from edgeferro.reproducing import show
from edgeferro.reproducing.parting import Parting, part_of_run, part_of_unit
from edgeferro.reproducing.recorded import Places, Recorded, recorded_runs
from edgeferro.terminal import hint
from edgeferro.training.record import environment
from edgeferro.training.run import check_workers, run_plan
from edgeferro.training.show import progress

if TYPE_CHECKING:
    from edgeferro.training.plan import Plan, Unit

__all__ = ["Found", "reproduce"]


@dataclass(frozen=True)
class Found:
    """What running one run again came to.

    Attributes:
        label: which run of the file; '' for the only or the first one.
        plan: that was run.
        parted: units that left what they were, and where, in the plan's order.
        rounded: units whose float weights round otherwise, to the same codes.
        figures: where the figures of the run differ though no unit does.
    """

    label: str
    plan: Plan
    parted: dict[Unit, Parting]
    rounded: int
    figures: Parting | None

    @property
    def same(self) -> bool:
        """Whether everything is what it was."""
        return not self.parted and self.figures is None

    def to_dict(self) -> dict[str, Any]:
        """Return the findings of ``--json``."""
        units = [
            {
                "subject": unit.subject,
                "seed": unit.seed,
                "left_at": self.parted[unit].step if unit in self.parted else None,
                "detail": self.parted[unit].detail if unit in self.parted else None,
            }
            for unit in self.plan.units
        ]
        return {
            "run": self.label,
            "same": self.same,
            "weights_rounded": self.rounded,
            "figures": None if self.figures is None else self.figures.detail,
            "units": units,
        }


def environment_lines(record: dict[str, Any]) -> list[str]:
    """What the run was made with, where it is another here."""
    contract = record.get("contract")
    lines = []
    if contract != CONTRACT:
        lines.append(
            f"made by contract {contract}; this is {CONTRACT}: bits differ by right"
        )
    made, here = record.get("environment"), environment()
    if isinstance(made, dict):
        other = [
            f"{name} {made.get(name)}, here {value}"
            for name, value in here.items()
            if made.get(name) != value
        ]
        if other:
            lines.append(f"made with {'; '.join(other)}")
    return lines


def reproduce(
    path: Path, places: Places, json_file: Path | None, *, workers: int, quiet: bool
) -> bool:
    """Run, compare, write, show.

    Args:
        path: JSON of a run.
        places: where things lie now.
        json_file: where the findings go, if anywhere.
        workers: threads; results don't depend on it.
        quiet: no progress bar.

    Returns:
        whether all came to the same.

    Raises:
        DataError: a file that is none, or that can't be run; before any is run.
    """
    check_place("--json", json_file)
    check_workers(workers)
    sources = (path, places.image, places.data)
    check_apart({"--json": json_file}, tuple(p for p in sources if p is not None))
    runs = recorded_runs(path)
    plans = [run.plan(places) for run in runs]
    for run, plan in zip(runs, plans, strict=True):
        if {unit.key for unit in plan.units} != set(run.trails()):
            run.refuse("units are others than subjects and seeds say")
    for line in (*environment_lines(runs[0].record), *_changed(runs, plans)):
        hint(line)
    found = []
    for run, plan in zip(runs, plans, strict=True):
        with progress(plan, quiet=quiet) as on_progress:
            found.append(_again(run, plan, workers, on_progress))
    same = all(one.same for one in found)
    if json_file is not None:
        content = {"file": path.name, "same": same, "environment": environment()}
        write_json(json_file, {**content, "runs": [one.to_dict() for one in found]})
    show.report(path, found)
    return same


def _changed(runs: list[Recorded], plans: list[Plan]) -> list[str]:
    """What files say now, each line once."""
    lines = [
        line
        for run, plan in zip(runs, plans, strict=True)
        for line in run.changed_files(plan.chip)
    ]
    return list(dict.fromkeys(lines))[:1]


def _again(run: Recorded, plan: Plan, workers: int, on_progress: Any) -> Found:
    """Run a plan and hold each unit beside what it was."""
    outcome = run_plan(plan, workers=workers, on_progress=on_progress)
    trails, parted, rounded = run.trails(), {}, 0
    for result in outcome.results:
        trail, figures = trails[result.unit.key]
        parting = part_of_unit(trail, figures, result)
        if parting is not None:
            parted[result.unit] = parting
        elif result.trail is not None and trail.weights != result.trail.weights:
            rounded += 1
    left = None if parted else part_of_run(run.figures, outcome.to_dict())
    return Found(run.label, plan, parted, rounded, left)
