"""What the paper's comparison runs: rules, references, pulse widths, and two tasks.

The paper (arXiv 2509.18121, abstract): shorter pulses take less energy an update, more
epochs, and less energy in all; plain SGD is less accurate than mixed precision, and
shifting the symmetry point restores it. What "shifting" is there can't be read from the
abstract; here it is that a weight's zero is a cell's symmetry point. Tasks, sizes and
the widths of 2 us and 200 us (inter- and extrapolated) are ours too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from edgeferro.sweeping.grid import Point, point_key
from edgeferro.training.options import TrainOptions, make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "REFERENCES",
    "RULES",
    "SCHEMES",
    "TASKS",
    "WIDTHS",
    "Choice",
    "PaperTask",
    "Scheme",
    "paper_point",
]

WIDTHS: Final = ("hzo-20ns", "hzo-200ns", "hzo-2us", "hzo-20us", "hzo-200us")
RULES: Final = ("sgd-stochastic", "sgd-counted", "mixed-precision")
REFERENCES: Final = ("mid-level", "model", "calibrated")
_SHORT: Final = {"sgd-stochastic": "SGD stochastic", "sgd-counted": "SGD counted"}


@dataclass(frozen=True, order=True)
class Scheme:
    """An update rule, and where weight zero is.

    Attributes:
        rule: of the controller.
        reference: 'mid-level'; 'model': a second cell at the device's symmetry point;
            'calibrated': a second cell at the point that pulses found for each cell.
    """

    rule: str
    reference: str

    @property
    def name(self) -> str:
        """In words."""
        return f"{_SHORT.get(self.rule, 'mixed precision')}, {self.reference}"


SCHEMES: Final = tuple(Scheme(*pair) for pair in product(RULES, REFERENCES))


@dataclass(frozen=True)
class Choice:
    """What is tuned of a scheme at a width; the rate is in the network's own units."""

    rate: float
    activation: str
    error_bits: int

    def settings(self) -> dict[str, Any]:
        """As a chip file has them."""
        return {
            "controller.learning_rate": self.rate,
            "network.activation": self.activation,
            "converters.error_bits": self.error_bits,
        }


@dataclass(frozen=True)
class PaperTask:
    """How a task is run; the same for all schemes but for what is tuned.

    Attributes:
        chip: profile; the device is put in its place.
        settings: for all runs. At mid-level every weight drifts to the cells' symmetry
            point, and 784 inputs of one sign carry that beyond a range that was set
            by what is seen before learning: hence the wide one on MNIST.
        passes: over the samples.
        goal: accuracy that epochs and energies are told for: above what one pass of
            mixed precision gives, so that passes are told apart.
        common: the one choice of the runs at one common rate.
    """

    chip: str
    settings: dict[str, Any]
    passes: int
    goal: float
    common: Choice


_RANGE: Final = {"converters.adc_bits": 9, "program.tolerance": 0.0105}
TASKS: Final = {
    "mnist": PaperTask(
        "ideal-mnist-hzo-200ns",
        {**_RANGE, "network.hidden": [64], "converters.adc_range": 48.0},
        3,
        0.88,
        Choice(0.02, "relu", 8),
    ),
    "watch": PaperTask(
        "ideal-watch-hzo-200ns",
        {**_RANGE, "converters.adc_headroom": 1.5},
        5,
        0.90,
        Choice(0.02, "relu", 8),
    ),
}


def paper_point(
    task: str,
    scheme: Scheme,
    width: str,
    seed: int,
    *,
    choice: Choice,
    rates: str,
    passes: int | None = None,
    mnist_folder: str | None = None,
) -> Point:
    """One run: a task, a scheme, a width and a seed.

    Args:
        task: of :data:`TASKS`.
        scheme: of :data:`SCHEMES`.
        width: device.
        seed: of chip, weights and order.
        choice: rate, activation and error bits.
        rates: 'tuned' or 'common', a column of the table.
        passes: None for the task's own.
        mnist_folder: of the four IDX files, for all 70,000 images.
    """
    how = TASKS[task]
    mid = scheme.reference == "mid-level"
    settings = {
        **how.settings,
        **choice.settings(),
        "device.name": width,
        "array.reference": "none" if mid else "cell",
    }
    options = TrainOptions(
        task=task,
        chip=how.chip,
        settings=settings,
        rule=scheme.rule,
        passes=how.passes if passes is None else passes,
        subjects=None,
        seeds=(seed,),
        order="interleaved",
        mnist_folder=mnist_folder if task == "mnist" else None,
        calibrate=scheme.reference == "calibrated",
    )
    values = {
        "rates": rates,
        "scheme": scheme.name,
        "device.name": width,
        "network.activation": choice.activation,
        "converters.error_bits": choice.error_bits,
    }
    return Point(point_key(make_plan(options)), options, values)


def every_cell(widths: Sequence[str]) -> list[tuple[Scheme, str]]:
    """Schemes x widths."""
    return list(product(SCHEMES, widths))
