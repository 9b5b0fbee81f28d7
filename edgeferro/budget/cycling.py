"""Power off between samples instead of kept: what each takes, and from when it pays.

The array keeps its weights without power; what else a chip must know after a wake-up is
written again over the bus by the microcontroller, which keeps the time in between too.
What accumulators held is lost each time, unless it is saved over the bus or stands in a
supply of its own; only a run says what losing it does to learning
(``task.power_off_every``, ``edgeferro firmware duty``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from edgeferro.energy.ends import BOUNDS, QJ, Ends, named, summed, times
from edgeferro.energy.leakage import ROOM
from edgeferro.energy.mcu import counted
from edgeferro.energy.units import DAY_S
from edgeferro.product.words import amount, count_text, ranged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.energy.mcu import Count, McuCore
    from edgeferro.energy.report import EnergyReport

__all__ = [
    "Cycling",
    "Learned",
    "cycling_figures",
    "cycling_lines",
    "instructions_a_word",
]

# Bits of a chip that nobody writes after a wake-up: they come up at zero or a seed.
_LOST: Final = ("accumulators", "shift registers")
_WRITABLE: Final = ("configuration", "references")  # what the map has a place for
_WORD: Final = 32


def instructions_a_word(core: str, counts: Sequence[Count]) -> float:
    """Instructions for one access more of a driver that writes word after word.

    What the counted inferences of two networks differ by: codes of their inputs.

    Args:
        core: its name; of one that was not counted, the most of any.
        counts: what was counted.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for one in counts:
        if one.accesses is not None and one.command == "infer":
            found.setdefault(one.core, []).append((one.accesses, one.instructions))
    slopes = {}
    for name, pairs in found.items():
        (few, least), (many, most) = min(pairs), max(pairs)
        slopes[name] = (most - least) / (many - few)
    return slopes.get(core, max(slopes.values()))


@dataclass(frozen=True)
class Cycling:
    """Two ways to spend the time between samples.

    Attributes:
        report: prices, and the bits that the chip keeps.
        wakes: a day; each with its sample.
        busy_s: seconds a day in which the chip is awake.
        celsius: temperature of the chip, its low end, typical and high.
        core: that writes the words; None where nobody says which, and the bus alone is
            priced.
        pump_j: of one start of the charge pump, joules, None without one. A pump that
            sleeps with its chip starts for each update either way, so that it decides
            nothing here.
    """

    report: EnergyReport
    wakes: float
    busy_s: float
    celsius: Ends = ROOM
    core: McuCore | None = None
    pump_j: Ends | None = None

    @cached_property
    def words(self) -> dict[str, int]:
        """Words of 32 bits that are written at each wake-up, by what they hold."""
        kept = self.report.retained_bits
        return {
            name: -(-bits // _WORD) for name, bits in kept.items() if name not in _LOST
        }

    @property
    def without_register(self) -> list[str]:
        """Those of them that the register map has no place for."""
        return [name for name in self.words if name not in _WRITABLE]

    @cached_property
    def retained_w(self) -> Ends:
        """What the chip leaks for being kept on, watts."""
        spent = self.report.asleep(1, self.celsius).values()
        return summed(*((q.low * QJ, q.value * QJ, q.high * QJ) for q in spent))

    def _each(self, event: str) -> Ends:
        scale = float(self.report.scale) * QJ
        low, value, high = (self.report.each(event, b) * scale for b in BOUNDS)
        return low, value, high

    @property
    def instructions(self) -> float | None:
        """Of the core, for one word; None without one."""
        if self.core is None:
            return None
        return instructions_a_word(self.core.name, counted().counts)

    @cached_property
    def word_j(self) -> Ends:
        """One word written over the bus, with the core's part of it, joules."""
        bus = self._each("register")
        core, each = self.core, self.instructions
        if core is None or each is None:
            return bus
        low, value, high = (each * core.instruction_pj(b) * 1e-12 for b in BOUNDS)
        return summed(bus, (low, value, high))

    @property
    def rewriting_j(self) -> Ends:
        """All words of a wake-up."""
        return times(self.word_j, sum(self.words.values()))

    @cached_property
    def wake_j(self) -> Ends:
        """One wake-up out of power-off, all that is written with it, joules."""
        return summed(self._each("wake"), self.rewriting_j)

    @property
    def saving_words(self) -> int:
        """Words out and in again, were accumulators to be saved over the bus."""
        return 2 * -(-self.report.retained_bits.get("accumulators", 0) // _WORD)

    @property
    def saving_j(self) -> Ends:
        """What these would take at each wake-up."""
        return times(self.word_j, self.saving_words)

    @property
    def awake_s(self) -> float:
        """Of a sample, mean."""
        return self.busy_s / self.wakes if self.wakes else 0.0

    @property
    def between_s(self) -> float:
        """Time from one wake-up to the next, mean of a day; infinite without any."""
        return DAY_S / self.wakes if self.wakes else float("inf")

    @property
    def wins_from_s(self) -> Ends:
        """Time between wake-ups from which power off takes less.

        Its ends are of prices that are all against it, and all for it.
        """
        (least, wake, most), (low, kept, high) = self.wake_j, self.retained_w
        awake = self.awake_s
        return awake + least / high, awake + wake / kept, awake + most / low

    @property
    def cycled_w(self) -> Ends:
        """What is left of sleep at these wake-ups: them, and leakage while awake."""
        awake = times(self.retained_w, self.busy_s / DAY_S)
        return summed(awake, times(self.wake_j, self.wakes / DAY_S))

    @property
    def verdict(self) -> str:
        """Whether it pays: surely, at typical prices, or not."""
        low, value, high = self.wins_from_s
        word = "pays" if self.between_s >= value else "does not pay"
        surely = self.between_s >= high or self.between_s < low
        return word if surely else f"{word} at typical prices"

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "retained_w": named(self.retained_w),
            "retained_bits": sum(self.report.retained_bits.values()),
            "cycled_w": named(self.cycled_w),
            "cycled_j_per_wake": named(self.wake_j),
            "wake_j": named(self._each("wake")),
            "words": self.words,
            "words_without_register": self.without_register,
            "word_j": named(self.word_j),
            "core": None if self.core is None else self.core.name,
            "instructions_a_word": self.instructions,
            "charge_pump_start_j": None if self.pump_j is None else named(self.pump_j),
            "wakes_per_day": self.wakes,
            "between_wakes_s": self.between_s if self.wakes else None,
            "wins_from_s": named(self.wins_from_s),
            "verdict": self.verdict,
            "accumulators": {
                "bits": self.report.retained_bits.get("accumulators", 0),
                "window": True,
                "saving_words": self.saving_words,
                "saving_j": named(self.saving_j),
            },
        }


@dataclass(frozen=True)
class Learned:
    """Accuracies after learning, parts of one.

    Attributes:
        kept: with power on all the time; None where the run was none of these.
        lost: with power off after each ``every`` learning steps; None without a run.
        every: these steps.
        chips: that the means are of.
    """

    kept: float | None
    lost: float | None
    every: int
    chips: int

    def line(self) -> str:
        """What learning comes to; without a run, which command shows it."""
        chips = "one chip" if self.chips == 1 else f"{self.chips} chips"
        what = "each learning step" if self.every == 1 else f"{self.every} steps"
        if self.lost is None:
            return (
                "what losing its registers does to learning is a run's to show: "
                "--cycled, or edgeferro train --compare task.power_off_every=1"
            )
        text = f"learned with power off after {what}: {100 * self.lost:.1f} %"
        if self.kept is None:
            return f"{text} (mean of {chips}); this run is one of these"
        gap = 100 * (self.lost - self.kept)
        return (
            f"{text} after learning, {100 * self.kept:.1f} % with power kept "
            f"({gap:+.1f} points, means of {chips})"
        )

    def to_dict(self) -> dict[str, Any] | None:
        """Return the figures of ``--json``; None where there is no run."""
        if self.lost is None:
            return None
        return {
            "kept": self.kept,
            "lost": self.lost,
            "power_off_every": self.every,
            "chips": self.chips,
        }


def cycling_lines(found: Cycling, learned: Learned) -> list[str]:
    """What power-cycling comes to, in three lines at most."""
    by = "the bus alone" if found.core is None else f"bus and {found.core.name}"
    words = sum(found.words.values())
    kept, wake = ranged(found.retained_w, "W"), ranged(found.wake_j, "J")
    lines = [
        f"power off between samples: {wake} a wake-up, {count_text(words)} words "
        f"written again ({by}), against {kept} for what is kept on: less from "
        f"{ranged(found.wins_from_s, 's')} between wake-ups on; here, "
        f"{amount(found.between_s, 's')} apart, {ranged(found.cycled_w, 'W')} in its "
        f"place: it {found.verdict}"
    ]
    without = found.without_register
    if found.saving_words:
        bits = found.report.retained_bits["accumulators"]
        lines.append(
            f"{bits:,} bits of accumulators are lost each time; to save them over the "
            f"bus takes {ranged(found.saving_j, 'J')} more"
        )
    if without:
        lines[-1] += f"; no register for {', '.join(without)}: priced as if one was"
    return [*lines, learned.line()]


def cycling_figures(found: Cycling, learned: Learned) -> dict[str, Any]:
    """The same with its numbers, for ``--json``."""
    accuracy, text = learned.to_dict(), cycling_lines(found, learned)
    return {**found.to_dict(), "accuracy": accuracy, "text": text}
