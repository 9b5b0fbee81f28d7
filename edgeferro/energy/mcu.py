"""The microcontroller beside the chip: what its cores take, and what it was counted at.

Instructions are counted by running programs under QEMU (``edgeferro firmware cost``
writes them to ``shipped/data/instructions.toml``); nobody runs QEMU to make a budget.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final, Self

from pydantic import Field, model_validator

from edgeferro.errors import DataError
from edgeferro.files.read import (
    Figure,
    Real,
    Shipped,
    Strict,
    Text,
    Whole,
    parse,
    shipped_file,
    validate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Count", "Counts", "McuCore", "counted"]

_UNITS: Final = {
    "cycle_pj": "pJ",
    "cycles_an_instruction": "1",
    "asleep_uw": "uW",
    "wake_nj": "nJ",
    "ram_bit_pw": "pW",
}


class McuCore(Shipped):
    """A processor core in the part that it is sold in.

    Attributes:
        name: of the file.
        description: one sentence.
        cycle_pj: energy of a cycle, picojoules, memories and regulator with it.
        cycles_an_instruction: mean; instructions are counted and cycles are not.
        asleep_uw: power asleep, clock and RAM kept, microwatts.
        wake_nj: energy of one wake-up, nanojoules.
        ram_bit_pw: power of a bit of RAM that is kept, picowatts at 25 C.
    """

    FOLDER: ClassVar[str] = "cores"

    name: Text
    description: Text
    cycle_pj: Figure
    cycles_an_instruction: Figure
    asleep_uw: Figure
    wake_nj: Figure
    ram_bit_pw: Figure

    @model_validator(mode="after")
    def _checked(self) -> Self:
        for name, unit in _UNITS.items():
            getattr(self, name).check(name, unit)
        return self

    def instruction_pj(self, bound: str = "value") -> float:
        """Energy of an instruction at 'low', 'value' or 'high', picojoules."""
        cycles = self.cycles_an_instruction.bound(bound)
        return self.cycle_pj.bound(bound) * cycles


class Count(Strict):
    """Instructions of one command of one program on one core.

    Attributes:
        core: it was counted on.
        program: of ``edgeferro firmware list``, or another one of firmware_models.
        command: of the program.
        shape: inputs, then lines of each layer.
        times: that it was counted.
        instructions: mean of one.
        accesses: of the bus, mean of one, where the driver alone was counted.
    """

    core: Text
    program: Text
    command: Text
    shape: tuple[Whole, ...] = Field(min_length=2)
    times: Whole = Field(ge=1)
    instructions: Real = Field(gt=0.0)
    accesses: Real | None = Field(default=None, gt=0.0)


class Counts(Strict):
    """What was counted, as ``edgeferro firmware cost`` wrote it.

    Attributes:
        counts: one a core, program, command and shape.
    """

    counts: tuple[Count, ...] = Field(min_length=1)

    def find(self, core: str, runs: str, shape: Sequence[int] | None = None) -> Count:
        """The count of a program's command.

        Args:
            core: name of a core.
            runs: program and command, as in 'watch_personalise/infer'.
            shape: inputs, then lines of each layer; None where there is only one.

        Raises:
            DataError: it was not counted; names what was.
        """
        wanted = None if shape is None else tuple(shape)
        same = [c for c in self.counts if f"{c.program}/{c.command}" == runs]
        found = [c for c in same if c.core == core and wanted in {None, c.shape}]
        if len(found) == 1:
            return found[0]
        if not same:
            known = sorted({f"{c.program}/{c.command}" for c in self.counts})
            message = f"{runs!r} was not counted; {', '.join(known)} were"
        elif core not in {c.core for c in same}:
            known = sorted({c.core for c in same})
            message = f"{runs} was not counted on {core!r}; {', '.join(known)} pass"
        else:
            shapes = ["-".join(map(str, c.shape)) for c in same if c.core == core]
            asked = "-".join(map(str, wanted or ())) or "no shape"
            message = f"{runs}: {asked} was not counted; {', '.join(shapes)} were"
        raise DataError(message)


@cache
def counted() -> Counts:
    """The counts that ship with the package."""
    label = "instructions.toml"
    path = shipped_file("data", label)
    return validate(Counts, parse(path.read_text(encoding="utf-8"), label), label)
