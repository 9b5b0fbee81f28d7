"""TOML files checked by pydantic: one way to read them, one way to refuse them."""

from __future__ import annotations

import difflib
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "Figure",
    "Kind",
    "Real",
    "Strict",
    "Whole",
    "load",
    "parse",
    "shipped",
    "validate",
]

M = TypeVar("M", bound=BaseModel)

Kind = Literal["measured", "fitted", "simulated", "derived", "assumed"]


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"{value!r} is not an integer"
        raise ValueError(message)
    return value


def _real(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{value!r} is not a number"
        raise ValueError(message)
    if not math.isfinite(value):
        message = f"{value!r} is not finite"
        raise ValueError(message)
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Real = Annotated[float, BeforeValidator(_real)]


class Strict(BaseModel):
    """A frozen model that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Figure(Strict):
    """A number that can be followed to where it comes from.

    Attributes:
        value: in the unit.
        unit: text; '1' for a pure number.
        kind: measured, fitted, simulated, derived or assumed.
        source: where it stands, or the reason for assuming it.
    """

    value: Real
    unit: str
    kind: Kind
    source: str

    def __str__(self) -> str:
        """Write value and unit, and say so if it is assumed."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        label = " (assumed)" if self.kind == "assumed" else ""
        return f"{self.value:g}{unit}{label}"


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Keys of the model that a path leads into."""
    current: Any = model
    for part in path:
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            return []
        current = fields[part].annotation
    return list(getattr(current, "model_fields", {}))


def _range(details: dict[str, Any]) -> str:
    """Write the limits that pydantic tells of."""
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return " and ".join(f"{words[k]} {v}" for k, v in details.items() if k in words)


def _limits(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Both limits of a field as low..high, if it has them."""
    current: Any = model
    for part in path[:-1]:
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            return ""
        current = fields[part].annotation
    field = getattr(current, "model_fields", {}).get(path[-1] if path else "")
    if field is None:
        return ""
    found = {}
    for item in field.metadata:
        for key in ("ge", "gt", "le", "lt"):
            if getattr(item, key, None) is not None:
                found[key] = getattr(item, key)
    low, high = found.get("ge"), found.get("le")
    if low is not None and high is not None:
        return f"{low}..{high}"
    return _range(found)


def _line(model: type[BaseModel], error: ErrorDetails) -> str:
    """Say one thing that is wrong: path, value, allowed range."""
    path = ".".join(str(part) for part in error["loc"])
    value = error.get("input")
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, error["loc"][:-1])
        near = difflib.get_close_matches(str(error["loc"][-1]), known, 1, 0.5)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"{path}: unknown key{hint}"
    if kind == "missing":
        return f"{path}: missing"
    if kind in {
        "greater_than_equal",
        "less_than_equal",
        "greater_than",
        "less_than",
    }:
        limits = _limits(model, error["loc"]) or _range(error.get("ctx", {}))
        return f"{path}: {value} is not in {limits}"
    if kind == "literal_error":
        return f"{path}: {value!r} is not one of {error['ctx']['expected']}"
    if kind == "value_error":
        text = error["msg"].removeprefix("Value error, ")
        return f"{path}: {text}" if path else text
    wanted = {
        "bool_type": "true or false",
        "string_type": "a text",
        "tuple_type": "a list",
        "model_type": "a table",
        "model_attributes_type": "a table",
        "dict_type": "a table",
    }.get(kind)
    if wanted is not None:
        return f"{path}: {value!r} is not {wanted}"
    return f"{path}: {error['msg']}"


def validate(model: type[M], data: dict[str, Any], name: str) -> M:
    """Check a table against a model.

    Raises:
        ConfigError: a line for each thing that is wrong, with its path.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [_line(model, detail) for detail in error.errors()]
        message = f"{name}: " + "; ".join(lines)
        raise ConfigError(message) from None


def parse(text: str, name: str) -> dict[str, Any]:
    """Read TOML text.

    Raises:
        ConfigError: a syntax error, with the file and the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise ConfigError(message) from None


def shipped(folder: str) -> list[str]:
    """Names of the files shipped in a folder of the package."""
    found = files("edgeferro").joinpath(folder).iterdir()
    return sorted(p.name.removesuffix(".toml") for p in found if p.name[-5:] == ".toml")


def load(name: str | Path, folder: str) -> tuple[str, str]:
    """Find a shipped file by name, or any file by path.

    Returns:
        its text, and what to call it in messages.

    Raises:
        ConfigError: neither shipped nor a file.
    """
    text = str(name)
    if text in shipped(folder):
        resource = files("edgeferro").joinpath(folder, f"{text}.toml")
        return resource.read_text(encoding="utf-8"), text
    path = Path(text)
    if not path.is_file():
        near = difflib.get_close_matches(text, shipped(folder), 3, 0.4)
        hint = ", ".join(near or shipped(folder))
        message = f"{text}: no such file, and not shipped in {folder} ({hint})"
        raise ConfigError(message)
    try:
        return path.read_text(encoding="utf-8"), text
    except UnicodeDecodeError as error:
        message = f"{text}: not UTF-8 text (byte {error.start})"
        raise ConfigError(message) from None
