"""Figures of batteries and implants: taken in any unit of their kind, kept in one."""

from __future__ import annotations

from pydantic import AfterValidator

from edgeferro.energy.units import to_unit
from edgeferro.files.read import Figure

__all__ = ["kept_in"]


def kept_in(unit: str, *, zero: bool = False, high: bool = True) -> AfterValidator:
    """Make the annotation of a figure above 0 (or 0, where ``zero``) in a unit.

    Args:
        unit: that it is kept in.
        zero: whether it may be 0.
        high: whether a high end has an effect; else it is refused.
    """

    def convert(figure: Figure | None) -> Figure | None:
        """Write the same figure in the unit.

        Raises:
            ValueError: a unit of another kind, a value not above 0, or a high end of
                what is only judged at its low one.
        """
        if figure is None:
            return None
        if figure.high is not None and not high:
            message = "high: has no effect; only the low end is judged by"
            raise ValueError(message)
        if figure.unit != unit:
            numbers = {
                name: float(to_unit(number, figure.unit, unit))
                for name in ("value", "low", "high")
                if (number := getattr(figure, name)) is not None
            }
            figure = figure.model_copy(update={**numbers, "unit": unit})
        least = figure.bound("low")
        if least < 0.0 or (least == 0.0 and not zero):
            message = f"value: {least} is not {'0 or ' * zero}above 0"
            raise ValueError(message)
        return figure

    return AfterValidator(convert)
