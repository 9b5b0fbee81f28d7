"""What all parts of the golden bus share: its numbers, and its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from golden.bus_map import the_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from golden.counting import Steps

ACCESS, GATED_WAKE, SETTLE_NS = 4, 2, 10_000
QUEUE, RESULTS, FIFO, LINES = 4, 4, 4096, 4096
RUN, GATED, RETAINED = range(3)
ABORTED, RESET, POWER = 1, 2, 3
DONE, RESULT, ERROR, IDLE, WATERMARK = (1 << i for i in range(5))  # of IRQ_STATUS
MAP = the_map()
E = {name: 1 << field.low for name, field in MAP.by_name["ERROR"].fields.items()}
COMMAND, RESULT_AT = (MAP.by_name[name].address for name in ("COMMAND", "RESULT"))
PLAIN = {name: r.reset for name, r in MAP.by_name.items()}


class RefusedError(Exception):
    """An access, or a command at its start, with the bit of ERROR that it sets."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def refuse(error: str) -> NoReturn:
    """Refuse an access or a command."""
    raise RefusedError(error)


@dataclass
class Entry:
    """SPEC 19.3: a command as it was written."""

    opcode: int = 0
    label: int = 0
    layer: int = 0
    plane: int = 0
    column: int = 0
    codes: int = 0
    number: int = 0


@dataclass
class Running:
    """SPEC 19.4: the command under way."""

    entry: Entry
    started: int
    spent: tuple[int, int, int]
    steps: int = 0
    refused: bool = False
    over: bool = False
    stopping: int = 0
    until: int = 0
    work: Steps[Any] | None = None
    leave: Callable[[], None] | None = None
