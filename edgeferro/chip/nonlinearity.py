"""A converter's integral nonlinearity, as a list or as a file of measured codes."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Annotated, Final, NoReturn

import numpy as np
from pydantic import Field, WithJsonSchema

from edgeferro.files.read import Real

__all__ = ["INL_KNOTS", "INL_MOST", "Curve", "read_curve"]

INL_KNOTS: Final = 65  # of the core's table (SPEC 5.11)
INL_MOST: Final = 127.0  # codes, what a knot holds and a sign
_NAMES: Final = ["code", "inl"]

Curve = Annotated[
    tuple[Annotated[Real, Field(ge=-INL_MOST, le=INL_MOST)], ...],
    Field(min_length=2, max_length=1025),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "array",
                    "items": {
                        "type": "number",
                        "minimum": -INL_MOST,
                        "maximum": INL_MOST,
                    },
                    "minItems": 2,
                    "maxItems": 1025,
                },
                {"type": "string"},
            ]
        }
    ),
]


def _refuse(path: str, line: int | None, text: str) -> NoReturn:
    place = "" if line is None else f"line {line}: "
    message = f"adc_inl: {path}: {place}{text}"
    raise ValueError(message)


def _text(path: str) -> str:
    """Content of the file, or what is the matter with it."""
    place = Path(path)
    if not place.is_file():
        _refuse(path, None, "a folder or device" if place.exists() else "no such file")
    try:
        return place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(path, None, f"not UTF-8 text (byte {error.start})")
    except OSError as error:
        _refuse(path, None, f"can't be read: {error.strerror}")


def _number(path: str, line: int, name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        _refuse(path, line, f"{name} is {cell!r}, not a number")
    if not math.isfinite(value):
        _refuse(path, line, f"{name} is {cell!r}, not finite")
    return value


def _points(path: str) -> tuple[list[float], list[float]]:
    """Codes and their nonlinearity; the codes ascend."""
    codes: list[float] = []
    values: list[float] = []
    named = False
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        for row in reader:
            cells, line = [cell.strip() for cell in row], reader.line_num
            if not any(cells) or cells[0].startswith("#"):
                continue
            if not named:
                if [cell.lower() for cell in cells] != _NAMES:
                    _refuse(path, line, "the first line is not code,inl")
                named = True
                continue
            if len(cells) != len(_NAMES):
                _refuse(path, line, f"{len(cells)} fields, not code,inl")
            code, value = (
                _number(path, line, name, cell)
                for name, cell in zip(_NAMES, cells, strict=True)
            )
            if codes and code <= codes[-1]:
                text = f"code {code:g} is not above {codes[-1]:g} of the line before"
                _refuse(path, line, text)
            if abs(value) > INL_MOST:
                text = f"inl {value:g} is not in {-INL_MOST:g}..{INL_MOST:g}"
                _refuse(path, line, text)
            codes.append(code)
            values.append(value)
    except csv.Error as error:
        _refuse(path, reader.line_num, str(error))
    if not named:
        _refuse(path, None, "the file is empty")
    return codes, values


def read_curve(path: str, bits: int) -> tuple[float, ...]:
    """Read a CSV file of code and inl.

    Between measured codes the curve is straight; past the highest it stays.

    Args:
        path: of the file.
        bits: of the converter, whose codes it must cover.

    Returns:
        65 values, from the lowest code to one past the highest.

    Raises:
        ValueError: names the file, and its line, what is wrong and what would pass.
    """
    codes, values = _points(path)
    half = 1 << (bits - 1)
    if not codes or codes[0] > -half or codes[-1] < half - 1:
        found = f"codes {codes[0]:g}..{codes[-1]:g} do" if codes else "no codes"
        text = f"{found} not cover {-half}..{half - 1} of a converter of {bits} bits"
        if not codes:
            text = f"no codes; {-half}..{half - 1} are those of {bits} bits"
        elif codes[0] >= 0.0 and codes[-1] >= 2 * half - 1:
            text += f"; subtract {half}"
        _refuse(path, None, text)
    if codes[0] < -half or codes[-1] > half:
        text = (
            f"codes {codes[0]:g}..{codes[-1]:g} go beyond {-half}..{half - 1} of a "
            f"converter of {bits} bits"
        )
        if codes[0] >= 0.0:
            text += f"; subtract {half}"
        _refuse(path, None, text)
    knots = np.linspace(-half, half, INL_KNOTS)
    return tuple(np.interp(knots, codes, values).tolist())
