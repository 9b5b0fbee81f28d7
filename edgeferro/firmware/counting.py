"""Instructions of programs, counted under QEMU: one measurement for table and file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edgeferro.energy.mcu import Count, Counts
from edgeferro.files.write import toml_value
from edgeferro.firmware.machines import run_image
from edgeferro.firmware.programs import make_package

if TYPE_CHECKING:
    from edgeferro.firmware.package import Package

__all__ = ["CORES", "counts_text", "measure_counts", "shape_of"]

CORES: Final = ("cortex-m3", "cortex-m33", "rv32")
# Programs whose commands are counted with all that leads to them, and the commands.
_PROGRAMS: Final[dict[str, dict[str, Any]]] = {
    "watch_personalise": {"passes": 1},
    "neural_decoder": {"passes": 1},
}
_COMMANDS: Final = ("infer", "learn")
_HEAD: Final = """\
# Instructions (not cycles) by core, program, command and shape (inputs, then lines of
# each layer), the mean of so many times. Made by `edgeferro firmware cost --into`.
# A program's command counts with what leads to it: features of a window, scaling,
# register accesses, waiting.
"""


def shape_of(package: Package) -> tuple[int, ...]:
    """Inputs of a program's network, then lines of each layer; no bias column."""
    registers = package.image.registers
    inputs = package.image.targets[0].shape[1] - int(package.chip.network.bias)
    return (inputs, *(layer.rows for layer in registers.layers))


def _of_programs(core: str) -> list[Count]:
    """What one core takes for each program's commands."""
    found = []
    for program, options in _PROGRAMS.items():
        package = make_package(program, **options)
        costs = run_image(package, core).costs
        for command in _COMMANDS:
            times, mean = costs[command]
            found.append(
                Count(
                    core=core,
                    program=program,
                    command=command,
                    shape=shape_of(package),
                    times=times,
                    instructions=round(mean, 1),
                )
            )
    return found


def measure_counts() -> Counts:
    """Build and run everything that is counted; half a minute.

    Raises:
        DataError: a compiler or QEMU is not installed.
    """
    return Counts(counts=tuple(count for core in CORES for count in _of_programs(core)))


def counts_text(counts: Counts) -> str:
    """The file that ships: what :func:`edgeferro.energy.mcu.counted` reads."""
    blocks = [
        "\n".join(
            f"{name} = {toml_value(value)}"
            for name, value in count.model_dump().items()
        )
        for count in counts.counts
    ]
    return _HEAD + "".join(f"\n[[counts]]\n{block}\n" for block in blocks)
