"""Parts of a product besides the chip: loads, regulator, charge pump, supply."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from edgeferro.files.read import Figure, Real, Strict, Text
from edgeferro.product.convert import kept_in

__all__ = ["Burst", "ChargePump", "Load", "Part", "Regulator", "Supply", "at_load"]

PER = Literal["inference", "update", "calibration", "programming", "day", "wake"]


def _part(figure: Figure | None) -> Figure | None:
    """Refuse what is no part of a whole."""
    if figure is not None and figure.bound("high") > 1.0:
        message = f"value: {figure.bound('high'):g} is not in 0..1"
        raise ValueError(message)
    return figure


Part: Final = AfterValidator(_part)


class Burst(Strict):
    """What a load takes for moments, from the battery.

    Attributes:
        current: while it lasts.
        time: how long.
    """

    current: Annotated[Figure, kept_in("mA")]
    time: Annotated[Figure, kept_in("ms")]


class Load(Strict):
    """One part that takes power, in one of five ways.

    Attributes:
        what: it is.
        power: while it is on.
        duty: part of the time that it is on, 0..1; always, where none is said.
        energy: of one event.
        instructions: of one event, on the product's core.
        runs: what counts the instructions instead: a shipped program and command, as
            in 'watch_personalise/infer'.
        beside: what of these instructions another load has: they are taken off.
        of_core: 'asleep' for the core's power asleep, 'wake' for its energy of one.
        per: what brings an event: a 'wake' of the microcontroller comes with each
            inference.
        every_s: seconds from an event to the next, in place of ``per``.
        rail: 'regulator', or 'battery' where it takes its power past the regulator.
        burst: what it takes for moments.
    """

    what: Text
    power: Annotated[Figure | None, kept_in("uW", zero=True)] = None
    duty: Annotated[Figure | None, kept_in("1", zero=True), Part] = None
    energy: Annotated[Figure | None, kept_in("uJ", zero=True)] = None
    instructions: Annotated[Figure | None, kept_in("1", zero=True)] = None
    runs: Text | None = None
    beside: Text | None = None
    of_core: Literal["asleep", "wake"] | None = None
    per: PER | None = None
    every_s: Annotated[Real, Field(ge=1e-3, le=1e8)] | None = None
    rail: Literal["regulator", "battery"] = "regulator"
    burst: Burst | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("power", "energy", "instructions", "runs", "of_core")
        said = [name for name in ways if getattr(self, name) is not None]
        if len(said) != 1:
            message = (
                f"{' and '.join(said) or 'no power'}: a load says one of "
                f"{', '.join(ways)}"
            )
            raise ValueError(message)
        if self.beside is not None and self.runs is None:
            message = "beside: has no effect on a load without runs"
            raise ValueError(message)
        often = [name for name in ("per", "every_s") if getattr(self, name) is not None]
        if self.is_power:
            if often:
                message = f"{often[0]}: has no effect on a load of power"
                raise ValueError(message)
            return self
        if self.duty is not None:
            message = f"duty: has no effect on a load with {said[0]}"
            raise ValueError(message)
        if len(often) != 1:
            message = (
                f"{' and '.join(often) or 'per'}: a load with {said[0]} says one of "
                "per, every_s"
            )
            raise ValueError(message)
        return self

    @property
    def is_power(self) -> bool:
        """Whether it takes power for a part of the time, and not energy of events."""
        return self.power is not None or self.of_core == "asleep"

    @property
    def needs_core(self) -> bool:
        """Whether it says what the product's core takes."""
        return self.instructions is not None or bool(self.runs or self.of_core)


class Efficiency(Figure):
    """Part of what a regulator takes that comes out of it, at one load."""

    load_uw: Annotated[Real, Field(gt=0.0, le=1e9)]


def at_load(points: tuple[Efficiency, ...], load_uw: float, bound: str) -> float:
    """Efficiency at a load, between two points in the load's logarithm.

    Beyond the first and the last point it stays as it is there.
    """
    first, last = points[0], points[-1]
    if load_uw <= first.load_uw:
        return first.bound(bound)
    for below, above in pairwise(points):
        if load_uw <= above.load_uw:
            whole = math.log(above.load_uw / below.load_uw)
            share = math.log(load_uw / below.load_uw) / whole
            low, high = below.bound(bound), above.bound(bound)
            return low + share * (high - low)
    return last.bound(bound)


class Regulator(Strict):
    """What stands between the battery and most of the loads.

    Attributes:
        quiescent: power that it takes itself, whatever the load.
        efficiency: over its load, by rising load.
        most_uw: that it can give.
        least_v: of a battery, that it works from.
    """

    quiescent: Annotated[Figure, kept_in("uW", zero=True)]
    efficiency: Annotated[tuple[Efficiency, ...], Field(min_length=1, max_length=64)]
    most_uw: Annotated[Figure, kept_in("uW", high=False)]
    least_v: Annotated[Figure, kept_in("V", high=False)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        loads = [point.load_uw for point in self.efficiency]
        if loads != sorted(set(loads)):
            message = "efficiency: load_uw does not rise from point to point"
            raise ValueError(message)
        for index, point in enumerate(self.efficiency):
            ends = (point.bound("low"), point.bound("high"))
            if point.unit != "1" or not 0.0 < ends[0] <= ends[1] <= 1.0:
                message = (
                    f"efficiency[{index}]: {ends[0]:g}..{ends[1]:g} {point.unit} is "
                    "not above 0 and at most 1, of unit '1'"
                )
                raise ValueError(message)
        return self


class ChargePump(Strict):
    """What makes the write voltage, of which the array's pulses live.

    Attributes:
        efficiency: part of what it takes that reaches the pulses.
        start: energy to bring its output up, once an update and once a programming
            and calibration.
    """

    efficiency: Annotated[Figure, kept_in("1"), Part]
    start: Annotated[Figure, kept_in("nJ", zero=True)]


class Supply(Strict):
    """The chip's supply, which a capacitor holds up in a burst.

    Attributes:
        voltage: of the rail.
        droop: that the chip bears.
        capacitor: that stands there; where none is said, a budget says which it takes.
    """

    voltage: Annotated[Figure, kept_in("V")]
    droop: Annotated[Figure, kept_in("V", high=False)]
    capacitor: Annotated[Figure | None, kept_in("uF", high=False)] = None

    @model_validator(mode="after")
    def _within(self) -> Self:
        most, volts = self.droop.value, self.voltage.bound("low")
        if most >= volts:
            message = f"droop: {most:g} V is not below the rail's {volts:g} V"
            raise ValueError(message)
        return self
