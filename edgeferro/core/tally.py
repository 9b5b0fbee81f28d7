"""The tally: everything the core counted, as exact integers with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from edgeferro.core.enums import EVENTS, PHASES
from edgeferro.errors import DataError
from edgeferro.notebook import html_table

__all__ = ["ACCOUNTS", "EVENTS", "PHASES", "POLARITIES", "Tally"]

ACCOUNTS: Final = ("requested", "issued", "deferred", "dropped", "applied", "saturated")
POLARITIES: Final = ("up", "down")
_CLASSES = 16
_EVENT_WORDS = len(PHASES) * len(EVENTS)
_PULSE_WORDS = len(PHASES) * _CLASSES * 2 * 3
_ACCOUNT_WORDS = len(PHASES) * len(ACCOUNTS)
_WORDS = 2 + _EVENT_WORDS + _PULSE_WORDS + _ACCOUNT_WORDS


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts since reset, or between two moments (``after - before``).

    Attributes:
        words: uint64, ``struct ef_tally`` word by word (SPEC 12).
    """

    words: np.ndarray

    def __post_init__(self) -> None:
        words = self.words.copy()
        words.flags.writeable = False
        object.__setattr__(self, "words", words)

    def __repr__(self) -> str:
        """What is not zero, by name; hundreds of words are no answer."""
        counts = {name: part for name, part in self.to_dict().items() if part}
        return f"Tally({counts})"

    @classmethod
    def from_words(cls, words: np.ndarray) -> Self:
        """Take over ``struct ef_tally``.

        Raises:
            DataError: of another length, or no unsigned words.
        """
        if not isinstance(words, np.ndarray) or words.dtype.kind != "u":
            kind = getattr(words, "dtype", type(words).__name__)
            message = f"tally: {kind} is no array of unsigned words"
            raise DataError(message)
        if words.shape != (_WORDS,):
            message = f"tally: {words.shape} words, expected ({_WORDS},)"
            raise DataError(message)
        return cls(words.astype(np.uint64))

    @classmethod
    def zero(cls) -> Self:
        """Return the tally of a chip that did nothing."""
        return cls(np.zeros(_WORDS, np.uint64))

    def to_words(self) -> np.ndarray:
        """Return the words, uint64, a copy."""
        return self.words.copy()

    def __add__(self, other: Tally) -> Tally:
        """Add counts, as of one run after the other."""
        return Tally(self.words + other.words)

    def __sub__(self, earlier: Tally) -> Tally:
        """Return what was counted since an earlier tally of the same chip.

        Raises:
            DataError: the other one is not earlier.
        """
        if (self.words < earlier.words).any():
            message = "tally: a count would be below 0; the other tally is not earlier"
            raise DataError(message)
        return Tally(self.words - earlier.words)

    def __eq__(self, other: object) -> bool:
        """Tell whether every count is the same."""
        return isinstance(other, Tally) and bool((self.words == other.words).all())

    def __hash__(self) -> int:
        """Hash all counts."""
        return hash(self.words.tobytes())

    @property
    def inferences(self) -> int:
        """Forward passes, those of learning included."""
        return int(self.words[0])

    @property
    def updates(self) -> int:
        """Learning steps."""
        return int(self.words[1])

    def event(self, phase: str, event: str) -> int:
        """Return one count: a phase of :data:`PHASES`, an event of :data:`EVENTS`."""
        at = 2 + PHASES.index(phase) * len(EVENTS) + EVENTS.index(event)
        return int(self.words[at])

    def plus(self, phase: str, event: str, count: int) -> Tally:
        """Return the tally with more of one count, which the core can't see itself."""
        words = self.to_words()
        at = 2 + PHASES.index(phase) * len(EVENTS) + EVENTS.index(event)
        words[at] += np.uint64(count)
        return Tally(words)

    def seconds(self, phase: str, clock_mhz: float) -> float:
        """Time of one phase: cycles of the controller's clock, then analog time."""
        cycles, analog = self.event(phase, "cycle"), self.event(phase, "analog_ns")
        return cycles / (clock_mhz * 1e6) + analog / 1e9

    @property
    def pulses(self) -> np.ndarray:
        """uint64 (phases, classes, up/down, pulses/conduction/switched)."""
        start = 2 + _EVENT_WORDS
        flat = self.words[start : start + _PULSE_WORDS]
        return flat.reshape(len(PHASES), _CLASSES, 2, 3)

    def phase_pulses(self, phase: str) -> int:
        """Pulses of all classes and both polarities in a phase."""
        return int(self.pulses[PHASES.index(phase), :, :, 0].sum())

    @property
    def total_pulses(self) -> int:
        """Pulses of all phases."""
        return int(self.pulses[..., 0].sum())

    def account(self, phase: str) -> dict[str, int]:
        """Return where a phase's pulses went, by :data:`ACCOUNTS`."""
        start = _WORDS - _ACCOUNT_WORDS + PHASES.index(phase) * len(ACCOUNTS)
        values = self.words[start : start + len(ACCOUNTS)]
        return {name: int(v) for name, v in zip(ACCOUNTS, values, strict=True)}

    def _repr_html_(self) -> str:
        """Show what was counted, a column a phase, in a notebook."""
        rows = [(e, *(self.event(p, e) for p in PHASES)) for e in EVENTS]
        rows.append(("pulses", *map(self.phase_pulses, PHASES)))
        accounts = [self.account(phase) for phase in PHASES]
        rows += [(f"pulses {a}", *(of[a] for of in accounts)) for a in ACCOUNTS]
        title = f"{self.inferences} inferences, {self.updates} updates"
        return html_table(title, ("event", *PHASES), [r for r in rows if any(r[1:])])

    def to_dict(self) -> dict[str, Any]:
        """Return all counts that are not zero, by name."""
        events = {
            phase: {e: self.event(phase, e) for e in EVENTS if self.event(phase, e)}
            for phase in PHASES
        }
        pulses = {
            phase: {
                f"class_{k}": {
                    polarity: dict(
                        zip(
                            ("pulses", "conduction", "switched"),
                            map(int, self.pulses[p, k, s]),
                            strict=True,
                        )
                    )
                    for s, polarity in enumerate(POLARITIES)
                }
                for k in range(_CLASSES)
                if self.pulses[p, k].any()
            }
            for p, phase in enumerate(PHASES)
        }
        return {
            "inferences": self.inferences,
            "updates": self.updates,
            "events": {phase: counts for phase, counts in events.items() if counts},
            "pulses": {phase: counts for phase, counts in pulses.items() if counts},
            "account": {
                phase: self.account(phase)
                for phase in PHASES
                if any(self.account(phase).values())
            },
        }
