"""What one event costs: a number with its range, formula, kind and source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from edgeferro.core.tally import EVENTS
from edgeferro.energy.factors import Factor
from edgeferro.energy.units import exact, to_unit
from edgeferro.files.read import Kind, Real, Strict, Text

__all__ = [
    "FORMULAS",
    "FORMULA_PARTS",
    "FROM_DEVICE",
    "PARTS",
    "PRICED",
    "STATIC",
    "TIMES",
    "USUAL",
    "Operating",
    "Price",
    "part_of",
]

# In which part of a report each priced event belongs.
PARTS: Final[dict[str, str]] = {
    "dac_input": "dac",
    "dac_error": "dac",
    "adc": "adc",
    "line_cells": "array reads",
    "read_charge": "array reads",
    "read_codes": "array reads",
    "pulse_line_cells": "array pulses",
    "half_selected": "array pulses",
    "mac": "digital",
    "add": "digital",
    "divide": "digital",
    "compare": "digital",
    "lookup": "memory",
    "lfsr_step": "digital",
    "sram_read": "memory",
    "sram_write": "memory",
    "register": "digital",
    "cycle": "digital",
    "bias_row": "bias",
    "bias_ns": "bias",
    "leak_bit": "leakage",
    "leak_base": "leakage",
    "wake": "leakage",
}
# Lines that follow from the device, beside the priced events.
FORMULA_PARTS: Final = {
    "read_conduction": "array reads",
    "read_cells": "array reads",
    "pulse_switching": "array pulses",
    "pulse_conduction": "array pulses",
    "pulse_charge": "array pulses",
}
# Worked out from the device and the chip, not from a price file (see cells.py).
FROM_DEVICE: Final = ("read_charge", "read_codes", "half_selected")
# Times of the tally, which have no price of their own: bias and leakage go with them.
TIMES: Final = ("analog_ns", "rest_s")
# What has a price beside the tally's events (see static.py).
STATIC: Final = ("bias_row", "bias_ns", "leak_bit", "leak_base", "wake")
# Every event that a price file prices.
PRICED: Final = (
    *(event for event in EVENTS if event not in (*FROM_DEVICE, *TIMES)),
    *STATIC,
)
# What a price's number is, by formula: its unit, and how it becomes an energy.
FORMULAS: Final = {
    "energy": ("zJ", "the energy of one event"),
    "per-bit": ("zJ", "energy of a bit x bits of the DAC"),
    "per-step": ("zJ", "energy of a conversion step x 2^bits of the ADC"),
    "conversion": ("zJ", "a + b 2^bits + c 4^bits of the ADC"),
    "capacitance": ("F", "C V^2 at the voltage that the lines or cells see"),
    "power": ("W", "power x the time that one event stands for"),
}
_VOLTS: Final = {
    "line_cells": ("read", Fraction(1)),
    "pulse_line_cells": ("write", Fraction(1)),
}
_CONVERTED: Final = ("per-step", "conversion")
_SECONDS: Final = {
    "bias_ns": Fraction(1, 10**9),
    "leak_bit": Fraction(1),
    "leak_base": Fraction(1),
}
# What one event, one step or one bit costs in any technology, widely taken.
USUAL: Final = {
    "J": (Fraction(1, 10**18), Fraction(1, 10**6), "1 aJ..1 uJ"),
    "F": (Fraction(1, 10**18), Fraction(1, 10**9), "1 aF..1 nF"),
    "W": (Fraction(1, 10**12), Fraction(1), "1 pW..1 W"),
}
_ZJ: Final = 10**21  # zeptojoules in a joule


def part_of(event: str) -> str:
    """Part of a report that an event of :attr:`EnergyReport.lines` belongs to."""
    return FORMULA_PARTS.get(event) or PARTS[event]


@dataclass(frozen=True)
class Operating:
    """What formulas need to know of the chip and its device.

    Attributes:
        adc_bits: of the converters.
        dac_bits: of input and of error codes, by event.
        read_v: voltage of a read.
        write_v: of a pulse: low, value (typical) and high.
        clock_mhz: of the controller.
    """

    adc_bits: int
    dac_bits: dict[str, int]
    read_v: float
    write_v: dict[str, float]
    clock_mhz: float

    def volts(self, which: str, bound: str) -> Fraction:
        """Voltage of reads or writes at one end of its range."""
        if which == "read":
            return exact(self.read_v)
        return exact(self.write_v[bound])


class Term(Strict):
    """A part of a conversion's energy, with its range.

    Attributes:
        value: typical.
        low: not above value.
        high: not below value.
        unit: of energy.
    """

    value: Annotated[Real, Field(ge=0.0, le=1e15)]
    low: Annotated[Real, Field(ge=0.0, le=1e15)]
    high: Annotated[Real, Field(ge=0.0, le=1e15)]
    unit: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            message = f"value: {self.value} is not in {self.low}..{self.high}"
            raise ValueError(message)
        to_unit(1.0, self.unit, "zJ")
        return self

    def __str__(self) -> str:
        """Value and range."""
        return f"{self.value:g} {self.unit} ({self.low:g} .. {self.high:g})"


class Price(Strict):
    """What one event costs.

    Attributes:
        value: typical.
        low: not above value.
        high: not below value.
        unit: of energy, capacitance or power, as the formula asks.
        formula: 'energy' (of an event), 'per-bit' (x DAC bits), 'per-step' (x 2^ADC
            bits), 'conversion' (value + step x 2^ADC bits + thermal x 4^ADC bits),
            'capacitance' (x V^2) or 'power' (x time).
        step: energy of each of 2^bits steps (conversion).
        thermal: energy of each of 4^bits parts (conversion): what noise of kT asks for.
        fastest_mhz: rate up to which the figures hold (per-step, conversion). A
            converter that lines share converts once a clock (SPEC 11); at faster clocks
            an energy grows in proportion, as those of published converters do beyond
            their corner. None: at any clock.
        node: process it holds for.
        kind: measured, fitted, simulated, derived or assumed.
        source: where it stands, or the reason for assuming it.
        group: under which a budget's shares of variance count it; draws of different
            groups are independent. Its event's own, where none is said.
        together: prices with the same word here rise and fall together in a budget's
            draws, since one figure or one scaling stands behind them.
    """

    value: Annotated[Real, Field(ge=0.0, le=1e15)]
    low: Annotated[Real, Field(ge=0.0, le=1e15)]
    high: Annotated[Real, Field(ge=0.0, le=1e15)]
    unit: Text
    formula: Literal[
        "energy", "per-bit", "per-step", "conversion", "capacitance", "power"
    ] = "energy"
    step: Term | None = None
    thermal: Term | None = None
    fastest_mhz: Annotated[Real, Field(gt=0.0, le=1e6)] | None = None
    node: Text
    kind: Kind
    source: Text
    group: Text | None = None
    together: Text | None = None

    def factor(self, event: str) -> Factor:
        """The number itself, for what an energy is a product of."""
        name = event if self.together is None else self.together
        return Factor(name, self.low, self.value, self.high, 1, self.group or event)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            message = f"value: {self.value} is not in {self.low}..{self.high}"
            raise ValueError(message)
        to_unit(1.0, self.unit, FORMULAS[self.formula][0])
        for name in ("step", "thermal"):
            given = getattr(self, name) is not None
            if given != (self.formula == "conversion"):
                what = "has no effect with" if given else "is needed by"
                message = f"{name}: {what} formula {self.formula!r}"
                raise ValueError(message)
        if self.fastest_mhz is not None and self.formula not in _CONVERTED:
            message = f"fastest_mhz: has no effect with formula {self.formula!r}"
            raise ValueError(message)
        return self

    def energy(self, event: str, bound: str, at: Operating) -> Fraction:
        """Zeptojoules of one event at 'low', 'value' or 'high'.

        Formulas rise with everything in them, so low goes with low.
        """
        unit = FORMULAS[self.formula][0]
        number: Fraction = to_unit(getattr(self, bound), self.unit, unit)
        if self.formula == "per-bit":
            return number * at.dac_bits[event]
        if self.formula == "per-step":
            return number * (1 << at.adc_bits) * self._haste(at)
        if self.step is not None and self.thermal is not None:
            step, thermal = (
                to_unit(getattr(term, bound), term.unit, unit)
                for term in (self.step, self.thermal)
            )
            number += step * (1 << at.adc_bits) + thermal * (1 << 2 * at.adc_bits)
            return number * self._haste(at)
        if self.formula == "capacitance":
            which, part = _VOLTS[event]
            return number * (at.volts(which, bound) * part) ** 2 * _ZJ
        if self.formula == "power":
            return number * _SECONDS[event] * _ZJ
        return number

    def _haste(self, at: Operating) -> Fraction:
        """How many times more a conversion takes at the chip's clock."""
        if self.fastest_mhz is None:
            return Fraction(1)
        return max(Fraction(1), exact(at.clock_mhz) / exact(self.fastest_mhz))

    def inputs(self, event: str, at: Operating) -> str:
        """What the formula takes from the chip, in words; empty for a plain energy."""
        if self.formula == "per-bit":
            return f" at {at.dac_bits[event]} bits"
        if self.formula in {"per-step", "conversion"}:
            return f" at {at.adc_bits} bits" + self._rate(at)
        if self.formula == "capacitance":
            which, part = _VOLTS[event]
            ends = [float(at.volts(which, b) * part) for b in ("low", "high")]
            return f" at {'..'.join(f'{v:g}' for v in dict.fromkeys(ends))} V"
        if self.formula == "power":
            return f" in {float(_SECONDS[event]):g} s"
        return ""

    def _rate(self, at: Operating) -> str:
        """The rate of conversions, beside that of the figures."""
        if self.fastest_mhz is None:
            return f" and {at.clock_mhz:g} MS/s"
        return (
            f" and {at.clock_mhz:g} MS/s; the figures hold up to {self.fastest_mhz:g}"
        )

    def check_event(self, event: str) -> None:
        """Refuse a formula that an event has no voltage or time for.

        Raises:
            ValueError: names the event.
        """
        allowed = {
            "per-bit": ("dac_input", "dac_error"),
            "per-step": ("adc",),
            "conversion": ("adc",),
            "capacitance": tuple(_VOLTS),
            "power": tuple(_SECONDS),
        }.get(self.formula)
        if allowed is not None and event not in allowed:
            message = (
                f"events.{event}.formula: {self.formula!r} is only for "
                f"{', '.join(allowed)}"
            )
            raise ValueError(message)

    def __str__(self) -> str:
        """Value, range and formula."""
        text = f"{self.value:g} {self.unit} ({self.low:g} .. {self.high:g})"
        if self.formula == "energy":
            return text
        if self.formula == "conversion":
            text = f"a = {text}, b = {self.step}, c = {self.thermal}"
        return f"{FORMULAS[self.formula][1]}; {text}"
