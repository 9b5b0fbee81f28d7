"""``edgeferro sweep --paper``: pulse widths and update rules beside each other.

The paper (arXiv 2509.18121, abstract): shorter pulses take less energy an update, more
epochs, and less energy in all; plain SGD is less accurate than mixed precision, and
shifting the symmetry point restores it. What "shifting" is there can't be read from the
abstract; here it is a second cell at the symmetry point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.sweeping.grid import Point, check_points, point_key
from edgeferro.training.options import TrainOptions, make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.row import Row

__all__ = [
    "SCHEMES",
    "TASKS",
    "WIDTHS",
    "Result",
    "paper_points",
    "results",
]

WIDTHS: Final = ("hzo-20ns", "hzo-200ns", "hzo-2us", "hzo-20us", "hzo-200us")
SGD, MIXED, SHIFTED = SCHEMES = ("SGD", "mixed precision", "shifted SGD")


@dataclass(frozen=True)
class PaperTask:
    """How a task is run for the paper's comparison.

    The chip's registers are those of the 200 ns device at every width, as if only the
    pulse generator were set anew: a pulse stands for the same sum of gradients. In the
    network's own units the learning rate then goes with the step of the device.

    Attributes:
        chip: profile; the device is put in its place.
        passes: over the samples.
        goal: accuracy that all widths are to reach with mixed precision.
        mixed: settings of mixed precision on the 200 ns device.
        sgd: the same of plain SGD, shifted or not. Both were chosen for the 200 ns
            device, shifted, on seeds that are not the comparison's.
    """

    chip: str
    passes: int
    goal: float
    mixed: dict[str, Any]
    sgd: dict[str, Any]


_RATE: Final = "controller.learning_rate"
TASKS: Final = {
    "mnist": PaperTask(
        "ideal-mnist-hzo-200ns",
        10,
        0.90,
        {_RATE: 0.01},
        {_RATE: 0.04, "converters.error_bits": 3},
    ),
    "watch": PaperTask("ideal-watch-hzo-200ns", 5, 0.92, {_RATE: 0.12}, {_RATE: 0.01}),
}


def _step(device: str) -> float:
    """Step of a device at its symmetry point, states."""
    found = Device.load(device)
    return found.step_at(found.symmetry_point())[0]


def _settings(task: PaperTask, device: str, scheme: str) -> dict[str, Any]:
    """Chip settings of one scheme: the rule, its rate, and where weight zero is."""
    chosen = task.mixed if scheme == MIXED else task.sgd
    scale = _step(device) / _step(Chip.load(task.chip).load_device().name)
    return {
        **chosen,
        "device.name": device,
        "array.reference": "none" if scheme == SGD else "cell",
        _RATE: chosen[_RATE] * scale,
    }


def paper_points(
    task: str,
    seeds: Sequence[int],
    *,
    widths: Sequence[str] = WIDTHS,
    passes: int | None = None,
    mnist_folder: str | None = None,
) -> list[Point]:
    """All runs of one task: widths x schemes x seeds."""
    how = TASKS[task]
    points = []
    for device in widths:
        for scheme in SCHEMES:
            for seed in seeds:
                options = TrainOptions(
                    task=task,
                    chip=how.chip,
                    settings=_settings(how, device, scheme),
                    rule="mixed-precision" if scheme == MIXED else "sgd-counted",
                    passes=how.passes if passes is None else passes,
                    subjects=None,
                    seeds=(seed,),
                    order="interleaved",
                    mnist_folder=mnist_folder if task == "mnist" else None,
                )
                values = {"scheme": scheme, "device.name": device}
                points.append(Point(point_key(make_plan(options)), options, values))
    return check_points(points)


@dataclass(frozen=True)
class Result:
    """One scheme on one device: means over seeds.

    Attributes:
        scheme: one of :data:`SCHEMES`.
        device: name.
        width_ns: of its pulses.
        curve: accuracy before learning and after each pass.
        spread: standard deviation of the last accuracy over seeds.
        cell_fj: energy of a pulse in its cell.
        update_fj: energy of everything in an update cycle.
        learning_fj: energy of learning, a chip, by the end of each pass; 0 before.
        cells_fj: the part of it that the pulses left in their cells.
        pulses: of a chip's learning.
    """

    scheme: str
    device: str
    width_ns: int
    curve: tuple[float, ...]
    spread: float
    cell_fj: float
    update_fj: float
    learning_fj: tuple[float, ...]
    cells_fj: tuple[float, ...]
    pulses: float

    @property
    def accuracy(self) -> float:
        """After the last pass."""
        return self.curve[-1]

    def epochs_to(self, goal: float) -> float | None:
        """Passes until the mean accuracy reaches a goal, linear between passes."""
        curve = self.curve
        if curve[0] >= goal:
            return 0.0
        for index in range(1, len(curve)):
            if curve[index] >= goal:
                rise = curve[index] - curve[index - 1]
                return index - 1 + (goal - curve[index - 1]) / rise
        return None

    @property
    def width(self) -> str:
        """Width in a unit that suits it."""
        ns = self.width_ns
        return f"{ns / 1e3:g} us" if ns >= 1000 else f"{ns} ns"

    def energy_to(self, goal: float, spent: Sequence[float]) -> float | None:
        """Femtojoules of a chip until then, of one of the energies by pass."""
        epochs = self.epochs_to(goal)
        return (
            None
            if epochs is None
            else float(np.interp(epochs, range(len(spent)), spent))
        )


def _result(rows: Sequence[Row], chips: int) -> Result:
    def mean(name: str) -> float:
        return float(np.mean([row[name] for row in rows]))

    def by_pass(name: str) -> tuple[float, ...]:
        spent = np.mean([row[name] for row in rows], axis=0) / chips
        return (0.0, *spent.tolist())

    curves = np.array([[row["before"], *row["accuracy_curve"]] for row in rows])
    after = curves[:, -1]
    return Result(
        scheme=rows[0]["scheme"],
        device=rows[0]["device"],
        width_ns=rows[0]["width_ns"],
        curve=tuple(curves.mean(axis=0).tolist()),
        spread=float(after.std(ddof=1)) if len(rows) > 1 else 0.0,
        cell_fj=mean("cell_energy_fj"),
        update_fj=mean("update_energy_fj"),
        learning_fj=by_pass("learning_energy_curve_fj"),
        cells_fj=by_pass("cell_energy_curve_fj"),
        pulses=mean("pulses") / chips,
    )


def results(rows: Sequence[Row], chips: int) -> list[Result]:
    """Put a task's rows together: a result for each scheme and width.

    Args:
        rows: of :func:`paper_points`, in their order.
        chips: a run has, one a subject.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["scheme"], row["device"]), []).append(row)
    return [_result(group, chips) for group in groups.values()]
