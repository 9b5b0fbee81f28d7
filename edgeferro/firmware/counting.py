"""Instructions of programs, counted under QEMU: one measurement for table and file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edgeferro.chip.chip import Chip
from edgeferro.core.enums import MARKS
from edgeferro.energy.mcu import Count, Counts
from edgeferro.files.write import toml_value
from edgeferro.firmware.accesses import bus_accesses, drill_package
from edgeferro.firmware.alternative import random_lesson, watch_lesson
from edgeferro.firmware.images import run_image
from edgeferro.firmware.programs import make_package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.firmware.package import Package

__all__ = ["CORES", "counts_text", "measure_counts", "shape_of"]

CORES: Final = ("cortex-m3", "cortex-m33", "rv32")
# Programs whose commands are counted with all that leads to them, and the commands.
_PROGRAMS: Final[dict[str, dict[str, Any]]] = {
    "watch_personalise": {"passes": 1},
    "neural_decoder": {"passes": 1},
}
_COMMANDS: Final = ("infer", "learn")
_WATCH: Final = "watch-hzo-200ns"
# Chips and sizes that the driver alone is counted on: some of what fits an image.
_DRIVEN: Final[tuple[tuple[str, tuple[int, ...]], ...]] = (
    (_WATCH, (30, 32, 7)),
    ("decoder-hzo-200ns", (168, 2)),
    ("digits-symmetric", (64, 32, 10)),
    ("digits-symmetric", (20, 9, 3)),
)
# Sizes that the classifier without the chip is counted at, on random samples: those of
# the shipped tasks, and others so that what lies between can be told.
_ALONE: Final[tuple[tuple[int, ...], ...]] = (
    (30, 32, 7),
    (168, 2),
    (32, 2),
    (64, 32, 10),
    (784, 128, 10),
    (784, 10),
    (100, 40, 20, 5),
    (17, 13, 11, 4),
    (256, 64, 3),
    (50, 6),
    (128, 96, 26),
    (11, 64, 64, 2),
)
_CELLS_FEW: Final = 20_000  # weights with which 40 samples don't take long
_HEAD: Final = """\
# Instructions (not cycles) by core, program, command and shape (inputs, then lines of
# each layer), the mean of so many times. Made by `edgeferro firmware cost --into`.
# A program's command counts with what leads to it: features of a window, scaling,
# register accesses, waiting. `driver`: the driver alone, from codes that are there,
# with its accesses of the bus. `alternative`: the same network and its learning step
# (forward pass included) on the microcontroller alone, on random samples;
# `alternative-watch`: while it learns the watch task.
"""


def shape_of(package: Package) -> tuple[int, ...]:
    """Inputs of a program's network, then lines of each layer; no bias column."""
    registers = package.image.registers
    inputs = package.image.targets[0].shape[1] - int(package.chip.network.bias)
    return (inputs, *(layer.rows for layer in registers.layers))


def _counts(
    core: str,
    program: str,
    shape: tuple[int, ...],
    costs: dict[str, tuple[int, float]],
    accesses: dict[str, float] | None = None,
) -> list[Count]:
    """What was measured of each command; no core takes a tenth of an instruction."""
    return [
        Count(
            core=core,
            program=program,
            command=command,
            shape=shape,
            times=costs[command][0],
            instructions=round(costs[command][1], 1),
            accesses=None if accesses is None else accesses[command],
        )
        for command in _COMMANDS
    ]


def _of_core(core: str) -> list[Count]:
    """What one core takes for each program's commands, the driver's, and alone."""
    found = []
    for program, options in _PROGRAMS.items():
        package = make_package(program, **options)
        costs = run_image(package, core).costs
        found += _counts(core, program, shape_of(package), costs)
    for name, sizes in _DRIVEN:
        chip = Chip.load(name)
        marked = run_image(drill_package(chip, sizes), core).marked
        costs = {command: marked[MARKS[command]] for command in _COMMANDS}
        found += _counts(core, "driver", sizes, costs, bus_accesses(chip, sizes))
    watch = watch_lesson(Chip.load(_WATCH), 0, 0)
    costs = watch.run(core).costs
    found += _counts(core, "alternative-watch", watch.net.sizes, costs)
    for sizes in _ALONE:
        samples = 40 if sizes[0] * sizes[1] < _CELLS_FEW else 8
        costs = random_lesson(Chip.load(_WATCH), sizes, samples).run(core).costs
        found += _counts(core, "alternative", sizes, costs)
    return found


def measure_counts(cores: Sequence[str] = CORES) -> Counts:
    """Build and run everything that is counted; a minute a core.

    Args:
        cores: of :data:`CORES`.

    Raises:
        DataError: a compiler or QEMU is not installed.
    """
    return Counts(counts=tuple(count for core in cores for count in _of_core(core)))


def counts_text(counts: Counts) -> str:
    """The file that ships: what :func:`edgeferro.energy.mcu.counted` reads."""
    blocks = [
        "\n".join(
            f"{name} = {toml_value(value)}"
            for name, value in count.model_dump(exclude_none=True).items()
        )
        for count in counts.counts
    ]
    return _HEAD + "".join(f"\n[[counts]]\n{block}\n" for block in blocks)
