"""The same classifier on the microcontroller alone, beside the chip with all it needs.

Without the chip the microcontroller takes instructions, counted by running them
(``firmware_models/alternative``), and keeps the weights in its RAM where it learns.
With it the chip takes what its report says, through the product's regulator, and the
microcontroller runs the driver, which reads and writes the bus; while the chip reads,
it sleeps, and is woken once more. What is the same on both sides (features, sleep, the
window's own wake-up) is left out of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edgeferro.budget.day import OPERATIONS
from edgeferro.energy.ends import BOUNDS, QJ, Ends, named, summed, times
from edgeferro.energy.leakage import warm
from edgeferro.energy.mcu import McuCore, counted
from edgeferro.energy.mcu_fits import Estimate, alone, driver, driving
from edgeferro.energy.units import DAY_S
from edgeferro.firmware.accesses import bus_accesses

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget

__all__ = ["Alternative", "Sides"]

_CORE: Final = "cortex-m3"  # of a product without one
_WEIGHT_BITS: Final = 16  # firmware_models/alternative/alternative.h
_PJ: Final = 1e-12
_NJ: Final = 1e-9
_ZERO: Final[Ends] = (0.0, 0.0, 0.0)


class Sides(NamedTuple):
    """What something takes without the chip and with it, joules.

    Attributes:
        alone: on the microcontroller, part by part.
        chip: with the chip, part by part.
    """

    alone: dict[str, Ends]
    chip: dict[str, Ends]

    @property
    def totals(self) -> tuple[Ends, Ends]:
        """Both sides."""
        return summed(_ZERO, *self.alone.values()), summed(_ZERO, *self.chip.values())

    @property
    def pays(self) -> bool:
        """Whether the chip takes less, at typical prices."""
        without, with_it = self.totals
        return with_it[1] < without[1]

    @property
    def surely(self) -> bool:
        """Whether the same is so at both ends of all prices too."""
        pairs = zip(*self.totals, strict=True)
        return len({with_it < without for without, with_it in pairs}) == 1

    def to_dict(self) -> dict[str, Any]:
        """Both sides as plain values."""
        without, with_it = self.totals
        return {
            "alone_j": named(without),
            "chip_j": named(with_it),
            "alone_parts_j": {name: named(e) for name, e in self.alone.items()},
            "chip_parts_j": {name: named(e) for name, e in self.chip.items()},
            "pays": self.pays,
            "surely": self.surely,
        }


@dataclass(frozen=True)
class Alternative:
    """A budget's chip against its microcontroller.

    Attributes:
        budget: of the chip.
    """

    budget: Budget

    @cached_property
    def core(self) -> McuCore:
        """The product's core; a product without one is compared with a shipped one."""
        return self.budget.core or McuCore.load(_CORE)

    @cached_property
    def accesses(self) -> dict[str, float]:
        """Accesses of the bus by what they are for."""
        run = self.budget.run
        return bus_accesses(run.chip, run.sizes)

    @cached_property
    def alone(self) -> dict[str, Estimate]:
        """Instructions on the microcontroller alone: 'infer', 'learn'."""
        run, name = self.budget.run, self.core.name
        return {c: alone(name, c, run.sizes, run.task) for c in ("infer", "learn")}

    @cached_property
    def driver(self) -> dict[str, Estimate]:
        """The driver's instructions: 'infer', 'learn'."""
        sizes, name = self.budget.run.sizes, self.core.name
        commands = ("infer", "learn")
        return {c: driver(name, c, sizes, self.accesses[c]) for c in commands}

    def _instructions(self, count: float) -> Ends:
        low, value, high = (count * self.core.instruction_pj(b) * _PJ for b in BOUNDS)
        return low, value, high

    def _bus(self, count: float) -> Ends:
        report = self.budget.run.energy
        low, value, high = (
            count * report.each("register", b) * float(report.scale) * QJ
            for b in BOUNDS
        )
        return low, value, high

    @cached_property
    def _waking(self) -> Ends:
        low, value, high = (self.core.wake_nj.bound(b) * _NJ for b in BOUNDS)
        return low, value, high

    def _through(self, joules: Ends) -> Ends:
        """What the battery gives for what the regulator gives."""
        low, value, high = self.budget.powers.efficiency
        return joules[0] / high, joules[1] / value, joules[2] / low

    def _own(self, name: str) -> Ends:
        """The chip's own energy of an operation, its bus left out."""
        report, count = self.budget.run.energy, self.budget.day.counted[name]
        spent = [
            (q.low * QJ / count, q.value * QJ / count, q.high * QJ / count)
            for (phase, event), q in report.lines.items()
            if phase in OPERATIONS[name] and event != "register"
        ]
        return self._through(summed(_ZERO, *spent))

    @cached_property
    def inference(self) -> Sides | None:
        """One inference; None of a run without any."""
        if not self.budget.day.counted["inference"]:
            return None
        count = self.accesses["infer"]
        return Sides(
            {"instructions": self._instructions(self.alone["infer"].instructions)},
            {
                "chip": self._own("inference"),
                "bus": self._through(self._bus(count)),
                "driver": self._instructions(self.driver["infer"].instructions),
                "waking": self._waking,
            },
        )

    @cached_property
    def update(self) -> Sides | None:
        """What an update takes beside its inference; None of a run without any."""
        if not self.budget.day.counted["update cycle"]:
            return None

        def beside(counts: dict[str, Estimate]) -> float:
            return counts["learn"].instructions - counts["infer"].instructions

        count = self.accesses["learn"] - self.accesses["infer"]
        return Sides(
            {"instructions": self._instructions(beside(self.alone))},
            {
                "chip": self._own("update cycle"),
                "bus": self._through(self._bus(count)),
                "driver": self._instructions(max(0.0, beside(self.driver))),
            },
        )

    @property
    def ram_bits(self) -> int:
        """Bits of weights that the microcontroller keeps where it learns."""
        sizes = self.budget.run.sizes
        cells = sum(b * (a + 1) for a, b in pairwise(sizes))
        return cells * _WEIGHT_BITS if self.budget.day.rates["update cycle"] else 0

    @cached_property
    def ram_w(self) -> Ends:
        """What they leak, watts, as warm as the product is."""
        prices, celsius = self.budget.run.energy.prices, self.budget.day.celsius
        low, value, high = (
            self.ram_bits
            * self.core.ram_bit_pw.bound(bound)
            * _PJ
            * float(warm(prices, temperature, bound))
            for bound, temperature in zip(BOUNDS, celsius, strict=True)
        )
        return low, value, high

    @cached_property
    def leaking(self) -> Ends:
        """What the chip leaks a day, at the battery, joules."""
        lines = self.budget.day.lines
        spent = [lines["idle", event] for event in ("leak_bit", "leak_base")]
        ends = ((q.low * QJ, q.value * QJ, q.high * QJ) for q in spent)
        return self._through(summed(*ends))

    @cached_property
    def setting_up(self) -> Ends:
        """Set-ups a day: chip, bus and driver, joules."""
        found = [_ZERO]
        names = {"programming": "program", "calibration": "calibrate"}
        for name, command in names.items():
            day, accesses = self.budget.day, self.accesses.get(command, 0.0)
            often = float(day.rates[name])
            if often and day.counted[name]:
                work = driving(self.core.name, accesses)
                each = summed(
                    self._own(name),
                    self._through(self._bus(accesses)),
                    self._instructions(work),
                )
                found.append(times(each, often))
        return summed(*found)

    @cached_property
    def day(self) -> Sides:
        """A day of both."""
        rates = self.budget.day.rates
        without, with_it = [], []
        for name, sides in (("inference", self.inference), ("update", self.update)):
            rate = float(rates["update cycle" if name == "update" else name])
            if sides is not None:
                without.append((name, times(sides.totals[0], rate)))
                with_it.append((name, times(sides.totals[1], rate)))
        kept = {"weights kept": times(self.ram_w, DAY_S)}
        other = {"leaking": self.leaking, "set-ups": self.setting_up}
        return Sides(dict(without) | kept, dict(with_it) | other)

    @property
    def saved_share(self) -> float | None:
        """Part of the product's power that the chip saves (or costs, below 0).

        None where nothing stands beside the chip that it could be a part of.
        """
        if not self.budget.product.parts:
            return None
        without, with_it = self.day.totals
        total = self.budget.powers.joules[1] + without[1] - with_it[1]
        return (without[1] - with_it[1]) / total if total else 0.0

    @property
    def break_even_pj(self) -> float | None:
        """Energy of an instruction from which on an inference pays; None: never."""
        if self.inference is None:
            return None
        parts = self.inference.chip
        fixed = sum(parts[name][1] for name in ("chip", "bus", "waking"))
        saved = self.alone["infer"].instructions - self.driver["infer"].instructions
        return fixed / saved / _PJ if saved > 0.0 else None

    @property
    def pays_from(self) -> float | None:
        """Inferences a day from which on the day pays; None: never."""
        if self.inference is None:
            return None
        without, with_it = self.inference.totals
        saved = without[1] - with_it[1]
        rate = float(self.budget.day.rates["inference"])
        totals = self.day.totals
        fixed = (totals[1][1] - rate * with_it[1]) - (totals[0][1] - rate * without[1])
        return max(0.0, fixed / saved) if saved > 0.0 else None

    @property
    def features(self) -> float | None:
        """Instructions of a window's features and scaling, where a program has them."""
        shape, name = tuple(self.budget.run.sizes), self.core.name
        for count in counted().counts:
            programs = count.program in {"watch_personalise", "neural_decoder"}
            same = (count.core, count.shape, count.command) == (name, shape, "infer")
            if programs and same:
                return count.instructions - self.driver["infer"].instructions
        return None

    def to_dict(self) -> dict[str, Any]:
        """Counts, prices and both sides as plain values."""
        both = {"inference": self.inference, "update": self.update, "day": self.day}
        sides = {name: side and side.to_dict() for name, side in both.items()}
        three = {f"{name}_j": side and side["alone_j"] for name, side in sides.items()}
        three |= {
            f"chip_with_bus_{name}_j": side and side["chip_j"]
            for name, side in sides.items()
        }
        bounds = [self.core.instruction_pj(bound) * _PJ for bound in BOUNDS]
        return {
            "core": self.core.name,
            **three,
            "sides": sides,
            "instructions": {
                "alone": {name: e._asdict() for name, e in self.alone.items()},
                "driver": {name: e._asdict() for name, e in self.driver.items()},
                "features": self.features,
            },
            "accesses": self.accesses,
            "ram_bits": self.ram_bits,
            "instruction_j": dict(zip(BOUNDS, bounds, strict=True)),
            "access_j": named(self._bus(1.0)),
            "wake_j": named(self._waking),
            "ram_w": named(self.ram_w),
            "regulator_efficiency": named(self.budget.powers.efficiency),
            "break_even_pj": self.break_even_pj,
            "pays_from_inferences_a_day": self.pays_from,
            "saved_share": self.saved_share,
            "pays": self.day.pays,
        }
