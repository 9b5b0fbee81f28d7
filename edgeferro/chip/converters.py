"""The part of a chip file between array and controller: ranges and defaults."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from edgeferro.chip.nonlinearity import Curve, read_curve
from edgeferro.errors import least_text
from edgeferro.files.read import Flag, Real, Strict, Whole

__all__ = [
    "SPREAD_REACH",
    "AnyRounding",
    "ConverterPart",
    "Overflow",
    "PerLayer",
    "Rounding",
    "each_layer",
]

Rounding = Literal["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]
AnyRounding = Literal[
    "floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away", "stochastic"
]
Overflow = Literal["saturate", "wrap"]
_SIGNALS: Final = (0.01, 1000.0)  # pre-activations
_LAYERS: Final = 16


def _per_layer(value: Any) -> Any:
    """Take one signal for all layers or one a layer; one message for all."""
    many = isinstance(value, list | tuple)
    for signal in value if many else [value]:
        number = isinstance(signal, int | float) and not isinstance(signal, bool)
        if not number or not _SIGNALS[0] <= signal <= _SIGNALS[1]:
            message = f"{signal!r} is not in {_SIGNALS[0]:g}..{_SIGNALS[1]:g}"
            raise ValueError(message)
    if many and not 1 <= len(value) <= _LAYERS:
        message = f"{len(value)} layers are not in 1..{_LAYERS}"
        raise ValueError(message)
    return tuple(map(float, value)) if many else float(value)


PerLayer = Annotated[
    float | tuple[float, ...],
    BeforeValidator(_per_layer),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": _SIGNALS[0], "maximum": _SIGNALS[1]},
                {
                    "type": "array",
                    "items": {
                        "type": "number",
                        "minimum": _SIGNALS[0],
                        "maximum": _SIGNALS[1],
                    },
                    "minItems": 1,
                    "maxItems": _LAYERS,
                },
            ]
        }
    ),
]
# Deviations at which the converters' spread ends: 127 units of 39/256 of a noise unit,
# whose deviation is sqrt(43690) (SPEC 2.4, 5.11).
SPREAD_REACH: Final = 127 / (43690.0**0.5 * 39 / 256)


def each_layer(value: float | tuple[float, ...], layers: int) -> tuple[float, ...]:
    """Say what is one for all layers, or one a layer, as one a layer."""
    return value if isinstance(value, tuple) else (value,) * layers


class ConverterPart(Strict):
    """Widths and roundings at the wall between array and controller.

    Attributes:
        input_bits: DAC code, 2..9; signed as ``input_signed`` says.
        input_signed: two's complement inputs.
        input_overflow: of inputs outside the code range.
        adc_bits: 4..14.
        adc_rounding: of the line sum.
        adc_overflow: of the code.
        adc_headroom: full scale over the signal that is seen before learning, 0.05..16:
            below 1 the largest signals are cut off, and others have finer codes.
        adc_percentile: which of the signals seen that is, over all samples and lines of
            a layer, 50..100; 100 is the largest.
        adc_range: full scale as a pre-activation, in place of both: one for all layers
            or a list of one a layer, 0.01..1000.
        adc_gain_error: spread of the converters' gains, a standard deviation, 0 or
            1.53e-5..0.03: finer ones are below the 2^-16 of a gain.
        adc_offset_error: spread of their offsets, codes, 0 or 0.00389..500.
        adc_inl: integral nonlinearity, the same for all: 2..1025 codes of -127..127 at
            equal distances over the whole range, both ends included, or a CSV file of
            code and inl. The core keeps 65 of them.
        trim: measure each converter's offset and gain before programming and take them
            back with two registers of 8 bits.
        trim_offset_range: that its 127 units reach, codes, 0.02..2032; left out: a
            quarter further than the errors spread, 4.99 deviations.
        trim_gain_range: the same of the gain, parts of 1, 0.00194..0.124: units below
            the 2^-16 that a gain is worked out in would do nothing.
        trim_reads: averaged a reading, 1..64.
        activation_bits: output code of a hidden layer, 2..9.
        error_bits: error code, 3..12.
        error_rounding: of the error code.
        reference_rounding: of state difference to weight.
    """

    input_bits: Annotated[Whole, Field(ge=2, le=9)] = 8
    input_signed: Flag = True
    input_overflow: Overflow = "saturate"
    adc_bits: Annotated[Whole, Field(ge=4, le=14)] = 9
    adc_rounding: AnyRounding = "nearest-even"
    adc_overflow: Overflow = "saturate"
    adc_headroom: Annotated[Real, Field(ge=0.05, le=16.0)] = 1.5
    adc_percentile: Annotated[Real, Field(ge=50.0, le=100.0)] = 100.0
    adc_range: PerLayer | None = None
    adc_gain_error: Annotated[Real, Field(ge=0.0, le=0.03)] = 0.0
    adc_offset_error: Annotated[Real, Field(ge=0.0, le=500.0)] = 0.0
    adc_inl: Curve | None = None
    trim: Flag = False
    trim_offset_range: Annotated[Real, Field(ge=0.02, le=2032.0)] | None = None
    trim_gain_range: Annotated[Real, Field(ge=0.00194, le=0.124)] | None = None
    trim_reads: Annotated[Whole, Field(ge=1, le=64)] = 16
    activation_bits: Annotated[Whole, Field(ge=2, le=9)] = 8
    error_bits: Annotated[Whole, Field(ge=3, le=12)] = 8
    error_rounding: Rounding = "nearest-even"
    reference_rounding: Rounding = "nearest-even"

    @model_validator(mode="before")
    @classmethod
    def _curve(cls, data: Any) -> Any:
        """Put a file of measured codes in its place."""
        if not isinstance(data, dict) or not isinstance(data.get("adc_inl"), str):
            return data
        bits = data.get("adc_bits", cls.model_fields["adc_bits"].default)
        if type(bits) is not int or not 4 <= bits <= 14:
            return {k: v for k, v in data.items() if k != "adc_inl"}  # bits are refused
        return {**data, "adc_inl": read_curve(data["adc_inl"], bits)}

    @property
    def input_top(self) -> int:
        """Largest code of an input."""
        return (1 << (self.input_bits - int(self.input_signed))) - 1

    @property
    def error_top(self) -> int:
        """Largest code of an error."""
        return (1 << (self.error_bits - 1)) - 1

    @model_validator(mode="after")
    def _reached(self) -> Self:
        if self.adc_inl is not None and max(map(abs, self.adc_inl)) <= 2.0**-9:
            message = "adc_inl: has no effect; a value of 0.00196 or more has"
            raise ValueError(message)
        ranges = (self.trim_offset_range, self.trim_gain_range)
        errors = (self.adc_offset_error, self.adc_gain_error)
        for name, error, reach in zip(("offset", "gain"), errors, ranges, strict=True):
            least = error * SPREAD_REACH
            if reach is not None and reach < least:
                message = (
                    f"trim_{name}_range: {reach:g} does not reach the errors of "
                    f"adc_{name}_error {error:g}; at least {least_text(least)}"
                )
                raise ValueError(message)
        return self
