"""Instructions of a network that nobody counted, from those of networks that were.

The driver's are a sum: of a call, of each input code that it sends, of each access of
the bus, polls among them. Those of the classifier without the chip go with weights,
rows and layers; its dot product takes four weights at a time. The factors are least
squares over the counts that ship, of relative errors, and say how far they are off.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from edgeferro.energy.mcu import Count, counted
from edgeferro.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ALONE", "DRIVER", "Estimate", "alone", "driver", "driving", "left_out"]

ALONE: Final = "alternative"
DRIVER: Final = "driver"
_AT_ONCE: Final = 4  # weights (firmware_models/alternative/alternative.c)


class Estimate(NamedTuple):
    """Instructions of one command.

    Attributes:
        instructions: mean of one.
        how: 'counted' or 'fitted'.
        error: of a fit, the largest part by which it misses a count that it was made
            without; 0 where it was counted.
    """

    instructions: float
    how: str
    error: float = 0.0


def _layers(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Rows and columns of each layer, the bias column among them."""
    return [(rows, before + 1) for before, rows in pairwise(sizes)]


def _forward_terms(count: Count) -> list[float]:
    layers = _layers(count.shape)
    fours = sum(rows * (columns // _AT_ONCE) for rows, columns in layers)
    ones = sum(rows * (columns % _AT_ONCE) for rows, columns in layers)
    hidden = sum(rows for rows, _ in layers[:-1])
    return [1.0, len(layers), hidden, layers[-1][0], fours, ones, count.shape[0]]


def _learning_terms(count: Count) -> list[float]:
    layers = _layers(count.shape)
    rows = sum(rows for rows, _ in layers)
    below = sum(rows * columns for rows, columns in layers[:-1])
    return [1.0, len(layers), rows, below, layers[-1][0] * layers[-1][1]]


def _driver_terms(count: Count) -> list[float]:
    # inputs follow from accesses, two a write: a term of their own would be the same
    return [1.0, count.accesses or 0.0]


_TERMS: Final[dict[tuple[str, str], Callable[[Count], list[float]]]] = {
    (ALONE, "infer"): _forward_terms,
    (ALONE, "learn"): _learning_terms,
    (DRIVER, "infer"): _driver_terms,
    (DRIVER, "learn"): _driver_terms,
}


def _solved(terms: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Factors that make relative errors least."""
    ones = np.ones(len(found))
    factors: np.ndarray = np.linalg.lstsq(terms / found[:, None], ones, rcond=None)[0]
    return factors


def _known(core: str, program: str, command: str) -> list[Count]:
    """What was counted of a kind; of the driver, both commands make one sum."""
    commands = ("infer", "learn") if program == DRIVER else (command,)
    found = [
        count
        for count in counted().counts
        if (count.core, count.program) == (core, program) and count.command in commands
    ]
    if not found:
        cores = sorted({count.core for count in counted().counts})
        message = f"{program} was not counted on {core!r}; {', '.join(cores)} pass"
        raise DataError(message)
    return found


@cache
def left_out(core: str, program: str, command: str) -> dict[str, float]:
    """How far a fit without it misses each count, by command and shape; a part of it.

    Args:
        core: name of a core.
        program: 'alternative' or 'driver'.
        command: 'infer' or 'learn'.
    """
    known = _known(core, program, command)
    terms = np.array([_TERMS[program, command](count) for count in known])
    found = np.array([count.instructions for count in known])
    errors = {}
    for index, count in enumerate(known):
        others = np.arange(len(known)) != index
        fitted = terms[index] @ _solved(terms[others], found[others])
        name = f"{count.command} {'-'.join(map(str, count.shape))}"
        errors[name] = float(fitted / found[index] - 1.0)
    return errors


def _fitted(wanted: Count) -> Estimate:
    kind = (wanted.core, wanted.program, wanted.command)
    known = _known(*kind)
    terms = np.array([_TERMS[kind[1:]](count) for count in known])
    found = np.array([count.instructions for count in known])
    factors = _solved(terms, found)
    value = float(np.array(_TERMS[kind[1:]](wanted)) @ factors)
    error = max(abs(part) for part in left_out(*kind).values())
    return Estimate(value, "fitted", error)


def _asked(core: str, program: str, command: str, sizes: Sequence[int]) -> Count:
    shape = tuple(sizes)
    if (program, command) not in _TERMS:
        message = f"command: {command!r} is not one of infer, learn"
        raise DataError(message)
    # a count to be, of which the number is what is looked for
    return Count(
        core=core,
        program=program,
        command=command,
        shape=shape,
        times=1,
        instructions=1,
    )


def alone(
    core: str, command: str, sizes: Sequence[int], task: str | None = None
) -> Estimate:
    """Instructions of the classifier without the chip.

    Args:
        core: name of a core.
        command: 'infer', or 'learn', a learning step with its forward pass.
        sizes: inputs, hidden neurons and outputs.
        task: name; on 'watch' it was counted while it learned, else on random samples,
            where errors are large: a trained network takes fewer.

    Raises:
        DataError: another command, or a core that nothing was counted on.
    """
    wanted = _asked(core, ALONE, command, sizes)
    known = _known(core, ALONE, command)
    if task is not None:
        own = f"{ALONE}-{task}"
        known = [*(c for c in counted().counts if c.program == own), *known]
    for count in known:
        if (count.core, count.command, count.shape) == (core, command, wanted.shape):
            return Estimate(count.instructions, "counted")
    return _fitted(wanted)


def driver(core: str, command: str, sizes: Sequence[int], accesses: float) -> Estimate:
    """Instructions of the shipped driver for one command of the chip.

    Args:
        core: name of a core.
        command: 'infer', or 'learn', a learning step with its forward pass.
        sizes: inputs, hidden neurons and outputs.
        accesses: of the bus for one (:mod:`edgeferro.firmware.accesses`).

    Raises:
        DataError: another command, or a core that nothing was counted on.
    """
    wanted = _asked(core, DRIVER, command, sizes)
    return _fitted(wanted.model_copy(update={"accesses": accesses}))


def driving(core: str, accesses: float) -> float:
    """Instructions of so many accesses of the bus, in whatever the driver does.

    Args:
        core: name of a core.
        accesses: of the bus.

    Raises:
        DataError: a core that nothing was counted on.
    """
    known = _known(core, DRIVER, "infer")
    terms = np.array([_driver_terms(count) for count in known])
    found = np.array([count.instructions for count in known])
    return accesses * float(_solved(terms, found)[-1])
