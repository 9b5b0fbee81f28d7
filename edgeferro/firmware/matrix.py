"""``edgeferro firmware matrix``: programs on many chips and machines, as in training.

Each program ends with one signature on every machine: that of ``edgeferro train``
(watch_personalise), or of the controller of Python that does what the program does.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table

from edgeferro.chip.chip import Chip
from edgeferro.errors import DataError, EdgeferroError, StateError
from edgeferro.files.write import write_json
from edgeferro.firmware.expected import expected_signature, trained_signature
from edgeferro.firmware.images import run_image
from edgeferro.firmware.programs import PROGRAMS, make_package
from edgeferro.firmware.session import Session
from edgeferro.firmware.targets import TARGETS
from edgeferro.tasks import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from edgeferro.firmware.package import Package

__all__ = ["CHIPS", "LEVELS", "MACHINES", "REFERENCES", "Case", "Matrix", "run_matrix"]

CHIPS: Final = ("watch-hzo-20ns", "watch-hzo-200ns", "watch-hzo-20us")
REFERENCES: Final = ("none", "cell", "stored", "offset")
LEVELS: Final[dict[str, Any]] = {
    "middle": 0.0,
    "symmetry-point": "symmetry-point",
    "calibrated": "calibrated",
}
MACHINES: Final = ("host", *TARGETS)
_KIND, _LEVEL = "array.reference", "array.reference_level"
# What makes a program's run short; it is as much of a chip's life as a long one.
_SHORT: Final[dict[str, dict[str, Any]]] = {
    "watch_personalise": {"passes": 1},
    "neural_decoder": {"passes": 1},
    "duty_cycle": {"passes": 1},
}


@dataclass(frozen=True)
class Case:
    """A program on a chip, and what each machine came to.

    Attributes:
        program: its name.
        chip: name of the profile.
        reference: kind of reference.
        level: of :data:`LEVELS`; empty without a reference.
        expected: signature.
        found: signature, or what went wrong, by machine.
    """

    program: str
    chip: str
    reference: str
    level: str
    expected: str
    found: dict[str, str]

    @property
    def agrees(self) -> bool:
        """Whether all machines came to what was expected."""
        return all(found == self.expected for found in self.found.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {**self.__dict__, "agrees": self.agrees}


@dataclass(frozen=True)
class Matrix:
    """What is tried: each with each.

    Attributes:
        programs: names.
        chips: names of profiles of the watch.
        references: kinds.
        levels: names.
        machines: names.
        subject: of the watch task.
        seed: of pre-training and chip.
    """

    programs: Sequence[str] = tuple(PROGRAMS)
    chips: Sequence[str] = CHIPS
    references: Sequence[str] = REFERENCES
    levels: Sequence[str] = tuple(LEVELS)
    machines: Sequence[str] = MACHINES
    subject: int = 0
    seed: int = 0

    def check(self) -> None:
        """Refuse names that are none.

        Raises:
            DataError: names the option and what passes.
        """
        known: dict[str, tuple[Sequence[str], Sequence[str]]] = {
            "--programs": (self.programs, tuple(PROGRAMS)),
            "--chips": (self.chips, CHIPS),
            "--references": (self.references, REFERENCES),
            "--levels": (self.levels, tuple(LEVELS)),
            "--machines": (self.machines, MACHINES),
        }
        for option, (names, passing) in known.items():
            for name in names or [""]:
                if name not in passing:
                    message = f"{option}: {name!r} is not one of {', '.join(passing)}"
                    raise DataError(message)
        if not list(self.combinations()):
            message = "--levels: no reference has one; references and levels go apart"
            raise DataError(message)

    def combinations(self) -> Iterator[tuple[str, str, str, str]]:
        """Program, chip, reference and level; a chip without reference has no level.

        A service that shifts references needs one to shift; it looks for points itself,
        whatever the level is that it begins with.
        """
        for program, chip, kind in product(self.programs, self.chips, self.references):
            if kind == "none":
                if program != "calibrate_and_shift":
                    yield program, chip, kind, ""
                continue
            levels = self.levels
            if program == "calibrate_and_shift":
                levels = levels[:1]
            for level in levels:
                yield program, chip, kind, level

    def _package(self, program: str, name: str, kind: str, level: str) -> Package:
        changes: dict[str, Any] = {_KIND: kind}
        if level:
            changes[_LEVEL] = LEVELS[level]
        chip = Chip.load(name).with_(**changes)
        options = dict(_SHORT.get(program, {}))
        if program != "neural_decoder":
            options["subject"] = self.subject
        return make_package(program, chip, seed=self.seed, **options)

    def _expected(self, package: Package) -> str:
        if package.name != "watch_personalise":
            return expected_signature(package)
        return trained_signature(package, watch.load(), self.subject, self.seed, 1)

    def run(self, tell: Callable[[Case], None]) -> list[Case]:
        """Run all; each case is told as soon as its machines are done."""
        cases = []
        for program, chip, kind, level in self.combinations():
            package = self._package(program, chip, kind, level)
            expected = self._expected(package)
            found = {name: _on(package, name) for name in self.machines}
            cases.append(Case(program, chip, kind, level, expected, found))
            tell(cases[-1])
        return cases


def _on(package: Package, machine: str) -> str:
    """The signature that a machine comes to, or what went wrong there."""
    try:
        if machine == "host":
            result = Session(package).run()
        else:
            result = run_image(package, machine)
    except EdgeferroError as error:
        return str(error).splitlines()[0]
    return result.signature if result.status == "ok" else result.status


def _row(case: Case) -> list[str]:
    found = ["same" if text == case.expected else text for text in case.found.values()]
    what = f"{case.reference}, {case.level}" if case.level else case.reference
    return [case.program, case.chip, what, case.expected, *found]


def run_matrix(matrix: Matrix, json_file: Path | None = None) -> None:
    """Run the cases, show them in one table.

    Args:
        matrix: what is tried.
        json_file: where the figures go.

    Raises:
        DataError: a name that is none.
        StateError: a machine came to something else.
    """
    matrix.check()
    console = Console(markup=False)
    errors = Console(stderr=True, markup=False)
    total = len(list(matrix.combinations()))
    done: list[Case] = []

    def tell(case: Case) -> None:
        done.append(case)
        if errors.is_terminal:
            errors.print(f"{len(done)} of {total}: {case.program}, {case.chip}")

    cases = matrix.run(tell)
    table = Table(title="signatures", title_justify="left")
    for head in ("program", "chip", "reference", "expected", *matrix.machines):
        table.add_column(head)
    for case in cases:
        table.add_row(*_row(case))
    console.print(table)
    if json_file is not None:
        write_json(json_file, {"cases": [case.to_dict() for case in cases]})
    wrong = sum(not case.agrees for case in cases)
    console.print(f"{len(cases) - wrong} of {len(cases)} as in training, each machine")
    if wrong:
        message = f"matrix: {wrong} of {len(cases)} cases differ"
        raise StateError(message)
