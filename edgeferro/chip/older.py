"""Settings as older files have them, refused with what they come to now."""

from __future__ import annotations

from typing import Any, Final

from edgeferro.chip.converters import ConverterPart
from edgeferro.chip.sections import ArrayPart

__all__ = ["refuse_older"]

_CODES: Final = 255  # of a tolerance
_PARTS: Final[dict[str, Any]] = {"array": ArrayPart, "converters": ConverterPart}


def refuse_older(data: Any) -> None:
    """Refuse a tolerance in codes.

    Args:
        data: of a chip file that was not checked yet.

    Raises:
        ValueError: with the tolerance that it comes to.
    """
    program = data.get("program") if isinstance(data, dict) else None
    codes = program.get("tolerance") if isinstance(program, dict) else None
    if type(codes) is int and 1 <= codes <= _CODES:
        span = _number(data, "array", "weight_span")
        bits = _number(data, "converters", "adc_bits")
        weight = min(2.0 * span, 1.0) * codes / 2.0 ** (bits - 1.0)
        message = (
            f"program.tolerance: {codes} counts codes, but it is of a weight of "
            f"-1..1 now, 0..0.5: {codes} codes of this chip are {weight:.3g}"
        )
        raise ValueError(message)


def _number(data: dict[str, Any], part: str, name: str) -> float:
    """A number of a file that was not checked yet; the default where it is none."""
    table, default = data.get(part), _PARTS[part].model_fields[name].default
    value: Any = table.get(name) if isinstance(table, dict) else None
    return float(value if type(value) in (int, float) and 0 < value < 15 else default)
