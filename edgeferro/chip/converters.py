"""The part of a chip file between array and controller: ranges and defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edgeferro.files.read import Flag, Real, Strict, Whole

__all__ = ["AnyRounding", "ConverterPart", "Overflow", "Rounding"]

Rounding = Literal["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]
AnyRounding = Literal[
    "floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away", "stochastic"
]
Overflow = Literal["saturate", "wrap"]


class ConverterPart(Strict):
    """Widths and roundings at the wall between array and controller.

    Attributes:
        input_bits: DAC code, 2..9; signed as ``input_signed`` says.
        input_signed: two's complement inputs.
        input_overflow: of inputs outside the code range.
        adc_bits: 4..14.
        adc_rounding: of the line sum.
        adc_overflow: of the code.
        adc_gain_error: spread of the converters' gains, a standard deviation, 0..0.015.
        adc_offset_error: spread of their offsets, codes, 0..500.
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
    adc_gain_error: Annotated[Real, Field(ge=0.0, le=0.015)] = 0.0
    adc_offset_error: Annotated[Real, Field(ge=0.0, le=500.0)] = 0.0
    activation_bits: Annotated[Whole, Field(ge=2, le=9)] = 8
    error_bits: Annotated[Whole, Field(ge=3, le=12)] = 8
    error_rounding: Rounding = "nearest-even"
    reference_rounding: Rounding = "nearest-even"
