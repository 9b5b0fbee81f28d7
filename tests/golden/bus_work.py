"""SPEC 19.7: what commands have in common: numbers in, checked, and numbers out.

The work of a command is a generator: what stands before its first yield happens at its
start, each yield ends a step's deed, and it returns what moves at the command's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden import bus_parts as b
from golden import reads
from golden.arithmetic import signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from golden.counting import Steps

    Work = Steps[Callable[[], None] | None]


def need(holds: bool) -> None:
    """Refuse a command at its start, with `range`."""
    if not holds:
        b.refuse("range")


def words(
    bus: Any, count: int, low: int = -(2**15), high: int = 2**15 - 1
) -> list[int]:
    """Numbers of the window, each in its range."""
    found: list[int] = bus.window[:count]
    need(all(low <= value <= high for value in found))
    return found


def all_within(codes: list[int], low: int, high: int) -> None:
    """Refuse codes that are not all in a range."""
    need(all(low <= code <= high for code in codes))


def to_window(bus: Any, found: list[int]) -> Callable[[], None]:
    """What a command leaves in the window's first rows."""

    def leave() -> None:
        bus.window[: len(found)] = found

    return leave


def register(bus: Any, name: str, value: int) -> Callable[[], None]:
    """What a command leaves in a register."""
    return lambda: bus.v.update({name: value})


def adc_range(bus: Any) -> tuple[int, int]:
    """Codes of the ADC."""
    return signed(bus.config.sites[reads.ADC].bits)


def error_range(bus: Any) -> tuple[int, int]:
    """Error codes."""
    half = 2 ** (bus.config.sites[reads.ERROR].bits - 1) - 1
    return -half, half


def settle(bus: Any) -> None:
    """SPEC 11.2: a read or command of one step advances the chip's cycle counter."""
    bus.chip.finish()
