"""Devices: what a pulse does to a cell, and where each number comes from."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from numbers import Integral
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from edgeferro import files
from edgeferro.chip.device_text import device_toml, remarks_of, width_text
from edgeferro.chip.geometry import Geometry
from edgeferro.chip.kernel import KNOTS, Kernel
from edgeferro.errors import ConfigError
from edgeferro.files.read import Figure, Real, Strict, Text, Whole
from edgeferro.notebook import html_table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KNOTS", "Device", "Kernel", "PulseClass"]

_ONE = 1 << 31  # Q0.31
_TOP_STEP = (1 << 31) - 1
_UP, _DOWN = 0, 1


class PulseClass(Strict):
    """One kind of write pulse: width, amplitude, and what it does to a cell.

    Attributes:
        width_ns: 1..10^9.
        amplitude_v: of the write pulse.
        up: response to potentiation (conductance up).
        down: response to depression.
    """

    width_ns: Annotated[Whole, Field(ge=1, le=10**9)]
    amplitude_v: Figure
    up: Kernel
    down: Kernel

    @model_validator(mode="after")
    def _physical(self) -> Self:
        self.amplitude_v.check("amplitude_v", "V")
        return self


class Spread(Strict):
    """Variability. Standard deviations relative to the step or to the full range.

    Attributes:
        d2d_common: of a cell's step, up and down alike, 0..0.9.
        d2d_asymmetry: of a cell's step, up against down, 0..0.9.
        c2c: of each pulse's step, multiplicative, 0..3.
        c2c_additive: of each pulse, in parts of the full range, 0..0.05.
        bound: of a cell's bounds, in parts of half the range, 0..0.9.
    """

    d2d_common: Figure
    d2d_asymmetry: Figure
    c2c: Figure
    c2c_additive: Figure
    bound: Figure

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        tops = {
            "d2d_common": 0.9,
            "d2d_asymmetry": 0.9,
            "c2c": 3.0,
            "c2c_additive": 0.05,
            "bound": 0.9,
        }
        for name, top in tops.items():
            value = getattr(self, name).value
            if getattr(self, name).unit != "1":
                message = f"{name}.unit: {getattr(self, name).unit!r} is not '1'"
                raise ValueError(message)
            if not 0.0 <= value <= top:
                message = f"{name}.value: {value} is not in 0..{top}"
                raise ValueError(message)
        return self


class Device(Geometry):
    """A memory cell of the crossbar.

    Attributes:
        name: as in chip files.
        description: one sentence.
        source: of the response, kind included in the text.
        kind: of the response.
        endurance: pulses until wear-out, or value 0 where nothing is known.
        bound_low: lowest state a cell reaches, -1..0.
        bound_high: highest state, 0..1.
        spread: variability.
        classes: 1 to 16 pulse classes.
    """

    FOLDER: ClassVar = "devices"

    name: Text
    description: str
    source: Text
    kind: files.Kind
    endurance: Figure
    bound_low: Annotated[Real, Field(ge=-1.0, lt=0.0)]
    bound_high: Annotated[Real, Field(gt=0.0, le=1.0)]
    spread: Spread
    classes: Annotated[tuple[PulseClass, ...], Field(min_length=1, max_length=16)]
    _remarks: dict[str, list[str]] = PrivateAttr(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Whether all numbers and texts are the same, tables that follow aside."""
        if not isinstance(other, Device):
            return NotImplemented
        return self._numbers() == other._numbers()

    def __hash__(self) -> int:
        """Follow :meth:`__eq__`."""
        return hash(self._numbers())

    def _numbers(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in type(self).model_fields)

    @classmethod
    def loads(cls, text: str, label: str = "device") -> Self:
        """Read a device from TOML text, whose comments :meth:`to_toml` keeps.

        Args:
            text: of the file.
            label: what to call it in messages.

        Raises:
            ConfigError: everything that is wrong with it.
        """
        device = super().loads(text, label)
        device._remarks = remarks_of(text)
        return device

    def to_toml(self) -> str:
        """Write the device as TOML; :meth:`loads` makes an equal one of it.

        Comments of the file that it was read from stand before what they stood before.
        """
        return device_toml(self, remarks=self._remarks)

    @model_validator(mode="after")
    def _physical(self) -> Self:
        self.check_geometry()
        self.endurance.check("endurance", "pulses", zero=True)
        self.check_contradictions(self.pulses_pj)
        return self

    @cached_property
    def knots(self) -> np.ndarray:
        """Response tables, int32 (classes, 2, 65), Q0.31 of the state (SPEC 3.5).

        A step in W is twice as large in the state s = 2 W - 1.
        """
        w = np.linspace(0.0, 1.0, KNOTS)
        tables = np.empty((len(self.classes), 2, KNOTS), np.int32)
        for index, pulses in enumerate(self.classes):
            for polarity, kernel in enumerate((pulses.up, pulses.down)):
                name = f"classes.{index}.{'up' if polarity == _UP else 'down'}"
                steps = np.rint(kernel.step(w, polarity) * 2.0 * _ONE)
                if steps.max() < 1:
                    message = f"{name}: no step reaches one unit of 2^-31"
                    raise ValueError(message)
                if steps.max() > _TOP_STEP:
                    message = f"{name}: a step of {steps.max() / _ONE:g} is above 1"
                    raise ValueError(message)
                tables[index, polarity] = steps.astype(np.int32)
        return tables

    def step_at(self, state: float, pulse_class: int = 0) -> tuple[float, float]:
        """Return the up and down steps at a state, all in -1..1 units.

        Raises:
            ConfigError: a state beyond -1..1, or a class that the device doesn't have.
        """
        self._need_class(pulse_class)
        if not -1.0 <= state <= 1.0:
            message = f"state: {state:g} is not in -1..1"
            raise ConfigError(message)
        at = (state + 1.0) * 32.0
        return tuple(
            float(np.interp(at, np.arange(KNOTS), self.knots[pulse_class, p])) / _ONE
            for p in (_UP, _DOWN)
        )  # type: ignore[return-value]

    def _need_class(self, pulse_class: int) -> None:
        top = len(self.classes) - 1
        if not isinstance(pulse_class, Integral) or not 0 <= pulse_class <= top:
            message = f"device {self.name}: class {pulse_class!r} is not in 0..{top}"
            raise ConfigError(message)

    def symmetry_point(self, pulse_class: int = 0) -> float:
        """Return the state, -1..1, where an up and a down pulse cancel.

        Exact for the tables: the stable crossing (up the larger step below it, down
        above it); with several, the one nearest 0. Steps of zero at a rail don't count.

        Raises:
            ConfigError: the tables don't cross.
        """
        self._need_class(pulse_class)
        excess = np.diff(self.knots[pulse_class].astype(np.int64), axis=0)[0]
        grid = np.linspace(-1.0, 1.0, KNOTS)
        inside = (grid >= self.bound_low) & (grid <= self.bound_high)
        decided = np.flatnonzero(excess)
        if not len(decided):
            return 0.0  # up and down cancel everywhere
        points = []
        for i, j in pairwise(decided):
            if excess[i] < 0 < excess[j]:
                if j == i + 1:
                    part = excess[i] / (excess[i] - excess[j])
                    points.append(float(grid[i] + part * (grid[j] - grid[i])))
                else:  # a stretch where they cancel: its state nearest 0
                    points.append(float(np.clip(0.0, grid[i + 1], grid[j - 1])))
        points = [p for p in points if self.bound_low <= p <= self.bound_high]
        if not points:
            signs = set(np.sign(excess[inside & (excess != 0)]).tolist())
            if len(signs) > 1:
                why = "the steps cross, but any state near it is driven away from it"
            else:
                larger = "up" if signs == {-1} else "down"
                why = f"the {larger} step is the larger one wherever they differ"
                if self.bound_low > -1.0 or self.bound_high < 1.0:
                    why += f" in {self.bound_low:g}..{self.bound_high:g}"
            message = (
                f"device {self.name}, class {pulse_class}: no symmetry point; {why}"
            )
            raise ConfigError(message)
        return min(points, key=abs)

    def states(self, pulse_class: int = 0) -> float:
        """Return how many steps fill the range, with steps as at the symmetry point."""
        up, down = self.step_at(self.symmetry_point(pulse_class), pulse_class)
        return 2.0 / ((up + down) / 2.0)

    def working_point(self, level: float, pulse_class: int = 0) -> tuple[float, float]:
        """Return the mean step at a state, and the state itself.

        Raises:
            ConfigError: a pulse does nothing there.
        """
        up, down = self.step_at(level, pulse_class)
        step = (up + down) / 2.0
        if step <= 0.0 or not math.isfinite(step):
            message = f"device {self.name}: a pulse moves nothing at state {level:g}"
            raise ConfigError(message)
        return step, level

    @property
    def pulses_pj(self) -> list[float]:
        """What a pulse of each class takes in its cell, picojoules.

        Switched is its step at the symmetry point; the largest one without such.
        """
        found = []
        for index, pulses in enumerate(self.classes):
            try:
                share = 1.0 / self.states(index)
            except (ConfigError, ZeroDivisionError):
                share = float(self.knots[index].max()) / (2.0 * _ONE)
            volts = pulses.amplitude_v.value
            found.append(self.pulse_pj(volts, pulses.width_ns, share))
        return found

    def geometry_lines(self) -> list[str]:
        """Say what area and film imply, and which numbers contradict each other."""
        c, (low, high) = self.capacitance_ff, self.density_ps_um2
        ends = ", ".join(f"{energy:.3g}" for energy in self.pulses_pj)
        lines = [
            f"capacitance: {c.value:.4g} fF ({c.low:.3g}..{c.high:.3g}, {c.kind}), "
            f"{c.source}",
            f"conductance density: {low:.3g}..{high:.3g} pS/um2",
            f"full switch: {1e12 * float(self.coulombs()):.3g} pC",
            f"a pulse in its cell: {ends} pJ (charge, switching, conduction)",
        ]
        found = self.contradictions(self.pulses_pj)
        lines += [f"contradiction: {one.text}" for one in found]
        if self.contradiction is not None:
            factor = f"{self.contradiction.value:g}"
            lines.append(f"contradiction: the file lets up to {factor} times pass")
        return lines

    def with_spread(self, **changes: float) -> Self:
        """Return the device with other standard deviations (see :class:`Spread`)."""
        spread = self.spread.model_dump()
        for name, value in changes.items():
            spread[name] = {
                "value": value,
                "unit": "1",
                "kind": "assumed",
                "source": "set in the chip file",
            }
        data = {**self.model_dump(exclude={"spread"}), "spread": spread}
        found = files.validate(type(self), data, f"device {self.name}")
        found._remarks = self._remarks
        return found

    def assumed(self) -> list[str]:
        """Name every number of the device that is assumed, with the reason."""
        lines = []
        for path, figure in _figures(self):
            if figure.kind == "assumed":
                shown = str(figure).removesuffix(" (assumed)")
                lines.append(f"{path} = {shown}: {figure.source}")
        return lines

    def _repr_html_(self) -> str:
        """Show every number with its kind and source in a notebook."""
        heads = ("number", "value", "kind", "source")
        rows = [
            (p, f"{f.value:g} {f.unit}", f.kind, f.source) for p, f in _figures(self)
        ]
        return html_table(f"{self.name} ({self.kind})", heads, rows, self.source)

    def plot(self, path: Path | str) -> None:
        """Draw steps over the state, with the symmetry points, into a file.

        The lines of a response that is assumed are thin.
        """
        from edgeferro.files.look import add_legend, look_of
        from edgeferro.files.pictures import new_figure, save_figure

        figure, axes = new_figure(width=6.4, height=4.4)
        grid = np.linspace(-1.0, 1.0, KNOTS)
        assumed = self.kind == "assumed"
        for index, pulses in enumerate(self.classes):
            up, down = self.knots[index] / _ONE
            look = {"color": look_of(index).colour, "lw": 0.9 if assumed else 1.8}
            label = width_text(pulses.width_ns) + (", assumed" if assumed else "")
            axes.plot(grid, up, "-", label=f"up, {label}", **look)
            axes.plot(grid, down, "--", label=f"down, {label}", **look)
            try:
                point = self.symmetry_point(index)
            except ConfigError:
                continue
            which = f"{label}: " if len(self.classes) > 1 else ""
            label = f"{which}symmetry point {point:+.3f}"
            mark = {"marker": look_of(index).mark, "markevery": [1], "ls": ":"}
            step = self.step_at(point, index)[0]
            axes.plot([point, point], [0.0, step], "k", lw=0.9, label=label, **mark)
        axes.set_xlabel("state (-1 = lowest, 1 = highest conductance)")
        axes.set_ylabel("step of one pulse (state, of -1..1)")
        axes.set_ylim(bottom=0.0)
        said = "ASSUMED, not measured" if assumed else self.kind
        axes.set_title(f"{self.name}: response ({said})")
        axes.grid(alpha=0.3)
        add_legend(figure, [axes])
        save_figure(figure, path)


def _figures(model: Any, path: str = "") -> list[tuple[str, Figure]]:
    """All figures below a model, with their paths."""
    found: list[tuple[str, Figure]] = []
    if isinstance(model, Figure):
        return [(path, model)]
    if isinstance(model, Strict):
        for name in type(model).model_fields:
            found += _figures(getattr(model, name), f"{path}.{name}".lstrip("."))
    if isinstance(model, tuple):
        for index, item in enumerate(model):
            found += _figures(item, f"{path}.{index}")
    return found
