"""Settings that no field of the structure holds: what they change in its place.

Each stands beside a figure that follows from it, at its default and at another value,
both worked out by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from by_hand import outcome, result, tally, task

from edgeferro.budget.budget import Budget
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.day import Day
from edgeferro.chip.wires import line_ohm
from edgeferro.energy.report import EnergyReport
from edgeferro.mapping.images import trained_image
from edgeferro.mapping.ladder import kept_back
from edgeferro.training.lesson import make_lesson
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.plan import Plan
from edgeferro.training.unit import run_unit

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip

__all__ = ["PATHS", "ROWS", "Elsewhere"]


@dataclass(frozen=True)
class Elsewhere:
    """One setting, and a figure that follows from it.

    Attributes:
        path: of the setting.
        value: other than its default.
        figure: worked out by the package, of a chip.
        before: the figure of the default chip, by hand.
        after: with the value, by hand.
        given: settings of both chips.
    """

    path: str
    value: Any
    figure: Callable[[Chip], Any]
    before: Any
    after: Any
    given: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.path


def _kept(ohms: float) -> float:
    """What a cell of 2 ohm lacks of its current with as many in all, by hand."""
    return round(1 / 2 - 1 / ohms, 9)


def _lost(chip: Chip) -> float:
    """The same by the chip's lines and drivers."""
    wire = line_ohm(chip, chip.load_device()).value
    (kept,) = kept_back(np.full((1, 1), 0.5), np.ones(1), wire, chip.array.driver_ohm)
    return round(float(kept), 9)


def _full_scale(chip: Chip) -> float:
    """Of a layer that passes 0.2, 0.4 and 1 on, to a hundredth."""
    samples = np.array([[0.2], [0.4], [1.0]])
    image = trained_image(chip, [np.array([[1.0, 0.0]])], samples, 0)
    return float(round(image.scales[0].code * 256, 2))


def _run(chip: Chip) -> RunFigures:
    """A run that did nothing."""
    return RunFigures.of(outcome(chip, result()))


def _name(chip: Chip) -> str:
    name: str = outcome(chip, result()).to_dict()["chip"]
    return name


def _description(chip: Chip) -> str:
    """The line that a file of the chip has."""
    lines = chip.to_toml().splitlines()
    return next(line for line in lines if line.startswith("description"))


def _device(chip: Chip) -> str:
    return chip.load_device().name


def _shapes(chip: Chip) -> list[tuple[int, int]]:
    """Rows and inputs of the arrays for three pixels and two classes."""
    registers = make_lesson(chip, task(), -1, 0).image.registers
    return [(layer.rows, layer.inputs) for layer in registers.layers]


def _prices(chip: Chip) -> str:
    return EnergyReport.of_chip(tally(), chip).prices.name


def _read(chip: Chip) -> int:
    """Zeptojoules of one cell at G_min, read with the largest code."""
    counts = tally({("infer", "read_codes"): 255})
    report = EnergyReport.of_chip(counts, chip)
    return round(report.by_part["array reads"].value / 10**9)


def _seconds(chip: Chip) -> float:
    """Of 30,000 cycles of updating."""
    busy = result(tally=tally({("update", "cycle"): 30_000}))
    return outcome(chip, busy).phase_seconds("update")


def _passes(chip: Chip) -> int:
    """Of a run that does not say how many."""
    path = Path(chip.device.name).with_name("passes.toml")
    path.write_text(chip.to_toml(), encoding="utf-8")
    options = TrainOptions(
        task="watch",
        chip=str(path),
        settings={},
        rule=None,
        passes=None,
        subjects=(0,),
        seeds=(0,),
        order="interleaved",
        mnist_folder=None,
    )
    return make_plan(options).passes


def _rest(chip: Chip) -> int:
    """Seconds of rest in three passes."""
    small = chip.with_(**{"network.hidden": [], "network.weight_limit": 2.0})
    plan = Plan(small, task(), (0,), (-1,), 3, "interleaved")
    done = run_unit(plan, plan.units[0])
    assert done is not None
    return done.tally.event("idle", "rest_s")


def _losses(chip: Chip) -> int:
    """Of power, in twelve learning steps."""
    steps = result(tally=tally(updates=12))
    found: int = outcome(chip, steps).to_dict()["power_losses"]
    return found


def _rate(name: str) -> Callable[[Chip], Fraction]:
    return lambda chip: Day(_run(chip), chip.usage).rates[name]


def _product(chip: Chip) -> str:
    return Budget(_run(chip), chip.usage).product.name


def _battery(chip: Chip) -> str | None:
    found = Budget(_run(chip), chip.usage).battery
    return None if found is None else found.name


def _implant(chip: Chip) -> str | None:
    found = Budget(_run(chip), chip.usage).implant
    return None if found is None else found.name


ROWS: Final = [
    Elsewhere("chip.name", "other", _name, "seam", "other"),
    Elsewhere(
        "chip.description",
        "one of two",
        _description,
        'description = ""',
        'description = "one of two"',
    ),
    # of the largest signal, 1; the median is 0.4
    Elsewhere("converters.adc_headroom", 0.75, _full_scale, 1.5, 0.75),
    Elsewhere("converters.adc_percentile", 50.0, _full_scale, 1.5, 0.6),
    Elsewhere("network.hidden", [5, 4], _shapes, [(32, 3), (2, 32)],
              [(5, 3), (4, 5), (2, 4)]),
    Elsewhere("energy.prices", "cmos-28nm", _prices, "cmos-130nm-mixed", "cmos-28nm"),
    # 1 nS x (0.1 V)^2 x 10 us = 1e-16 J; four times that at twice the voltage
    # a cell of 2 ohm, a driver of 50 and two wires in series: of metal 0.047 x
    # (1 + 0.2 / sqrt(2)) = 0.0536, or of 2
    Elsewhere("array.line_ohm", 2.0, _lost, _kept(52.1072), _kept(2 + 50 + 2 * 2)),
    Elsewhere("array.driver_ohm", 30.0, _lost, _kept(52.1072), _kept(32.1072)),
    Elsewhere("array.read_v", 0.2, _read, 100_000, 400_000),
    # 30,000 cycles at 10 MHz, at 4 MHz
    Elsewhere("controller.clock_mhz", 4.0, _seconds, 0.003, 0.0075),
    Elsewhere("task.passes", 7, _passes, 5, 7),
    Elsewhere("task.rest_s", 600, _rest, 0, 1800),
    Elsewhere("task.power_off_every", 5, _losses, 0, 2),
    # a day of 86,400 s
    Elsewhere("usage.sample_period_s", 2.0, _rate("inference"), 86_400, 43_200),
    Elsewhere("usage.duty_cycle", 0.25, _rate("inference"), 86_400, 21_600),
    Elsewhere("usage.updates_per_day", 30.0, _rate("update cycle"), 100, 30),
    # each update begins with an inference: more of them than samples are
    Elsewhere("usage.updates_per_day", 1e6, _rate("inference"), 86_400, 10**6),
    # a year of 365.25 days
    Elsewhere(
        "usage.calibrations_per_year",
        3.0,
        _rate("calibration"),
        Fraction(0),
        Fraction(12, 1461),
    ),
    Elsewhere("usage.product", "watch-lean", _product, "none", "watch-lean"),
    Elsewhere("usage.battery", "micra-cell", _battery, "cr2032", "micra-cell"),
    Elsewhere("usage.battery", "none", _battery, "cr2032", None),
    Elsewhere("usage.implant", "cortex-array", _implant, None, "cortex-array"),
]  # fmt: skip
PATHS: Final = {row.path for row in ROWS} | {"device.name"}  # a test of its own
