"""TOML files checked by pydantic: one way to read them, one way to refuse them."""

from __future__ import annotations

import difflib
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from edgeferro.errors import ConfigError
from edgeferro.files.kinds import check_kind
from edgeferro.files.problems import problem
from edgeferro.terminal import has_control

__all__ = [
    "Figure",
    "Flag",
    "Kind",
    "Level",
    "Real",
    "Shipped",
    "Strict",
    "Text",
    "Whole",
    "find",
    "load",
    "parse",
    "shipped",
    "shipped_file",
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
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _level(value: Any) -> Any:
    """Take a state in -1..1, 'symmetry-point' or 'calibrated'; one message for all."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    named = isinstance(value, str) and value in ("symmetry-point", "calibrated")
    if named or (number and -1.0 <= value <= 1.0):
        return value
    message = f"{value!r} is not in -1..1, nor 'symmetry-point' or 'calibrated'"
    raise ValueError(message)


Level = Annotated[
    float | str,
    BeforeValidator(_level),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -1.0, "maximum": 1.0},
                {"enum": ["symmetry-point", "calibrated"]},
            ]
        }
    ),
]


class Strict(BaseModel):
    """A frozen model that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    if not TYPE_CHECKING:  # checkers take pydantic's own, which know the fields

        def __init__(self, /, **data: Any) -> None:
            """Check the fields; refuse them as a file is refused, in one line."""
            try:
                super().__init__(**data)
            except ValidationError as error:
                raise _refusal(type(self), error, type(self).__name__) from None

        # pydantic then checks tables within tables without coming by here
        __init__.__pydantic_base_init__ = True

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse a change: what was checked stays."""
            try:
                super().__setattr__(name, value)
            except ValidationError:
                raise self._unchanging(name) from None

        def __delattr__(self, name: str) -> None:
            """Refuse a loss, as a change."""
            try:
                super().__delattr__(name)
            except ValidationError:
                raise self._unchanging(name) from None

    def _unchanging(self, name: str) -> ConfigError:
        fields = type(self).model_fields
        if name not in fields:
            near = difflib.get_close_matches(name, fields, 1, 0.5)
            hint = f" (did you mean {near[0]}?)" if near else ""
            return ConfigError(f"{name}: no such field of {type(self).__name__}{hint}")
        return ConfigError(
            f"{name}: a {type(self).__name__} is not changed once it is checked; make "
            "another (of a chip with chip.with_)"
        )

    @model_validator(mode="after")
    def _harmless(self) -> Self:
        for name in type(self).model_fields:
            text = getattr(self, name)
            lines = "" if name == "name" else "\n\t"
            if isinstance(text, str) and has_control(text, lines):
                message = f"{name}: {text!r} holds a control character; take it out"
                raise ValueError(message)
        return self


class Figure(Strict):
    """A number that can be followed to where it comes from.

    Attributes:
        value: in the unit.
        low: where a range is known or assumed, its low end; else the value.
        high: its high end; else the value.
        unit: text; '1' for a pure number.
        kind: measured, fitted, simulated, derived or assumed.
        source: where it stands, or the reason for assuming it.
    """

    value: Real
    low: Real | None = None
    high: Real | None = None
    unit: Text
    kind: Kind
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, value, high = (self.bound(b) for b in ("low", "value", "high"))
        if not low <= value <= high:
            message = f"value: {value} is not in {low}..{high}"
            raise ValueError(message)
        return self

    def bound(self, which: str) -> float:
        """Return 'low', 'value' or 'high'."""
        found: float | None = getattr(self, which)
        return self.value if found is None else found

    def check(self, name: str, unit: str, *, zero: bool = False) -> None:
        """Refuse another unit, or a value not above 0 (or 0, where ``zero``)."""
        if self.unit != unit:
            message = f"{name}.unit: {self.unit!r} is not {unit!r}"
            raise ValueError(message)
        least = self.bound("low")
        if least < 0.0 or (least == 0.0 and not zero):
            message = f"{name}.value: {least} is not {'0 or ' * zero}above 0"
            raise ValueError(message)

    def __str__(self) -> str:
        """Write value and unit, and say so if it is assumed."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        label = " (assumed)" if self.kind == "assumed" else ""
        return f"{self.value:g}{unit}{label}"


def _refusal(model: type[BaseModel], error: ValidationError, name: str) -> ConfigError:
    """All that is wrong in one line."""
    details = error.errors()
    lines = [
        problem(model, detail)
        for detail in details
        if not (  # a list is short because its items were refused
            detail["type"] == "too_short"
            and any(
                len(other["loc"]) > len(detail["loc"])
                and other["loc"][: len(detail["loc"])] == detail["loc"]
                for other in details
            )
        )
    ]
    return ConfigError(f"{name}: " + "; ".join(lines))


def validate(model: type[M], data: dict[str, Any], name: str) -> M:
    """Check a table against a model.

    Raises:
        ConfigError: a line for each thing that is wrong, with its path.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _refusal(model, error, name) from None


def parse(text: str, name: str) -> dict[str, Any]:
    """Read TOML text.

    Raises:
        ConfigError: no text, or a syntax error, with the file and the line.
    """
    if not isinstance(text, str):
        message = f"{name}: {type(text).__name__} is not the text of a TOML file"
        raise ConfigError(message)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise ConfigError(message) from None
    except RecursionError:
        message = f"{name}: tables or lists within each other too deep to be read"
        raise ConfigError(message) from None


def shipped_file(*parts: str) -> Path:
    """Place of a file or folder that ships with the package."""
    return Path(str(files("edgeferro"))).joinpath("shipped", *parts)


def shipped(folder: str) -> list[str]:
    """Names of the files shipped in a folder of the package."""
    found = shipped_file(folder).iterdir()
    return sorted(p.name.removesuffix(".toml") for p in found if p.name[-5:] == ".toml")


def find(name: str | Path, folder: str) -> Path:
    """Find a shipped file by name, or any file by path.

    Raises:
        ConfigError: neither shipped nor a file.
    """
    text = str(name)
    if text in shipped(folder):
        return shipped_file(folder, f"{text}.toml")
    path = Path(text)
    if text and path.exists() and not path.is_file():
        message = f"{text}: a folder, pipe or device, not a file"
        raise ConfigError(message)
    if not path.is_file():
        near = difflib.get_close_matches(text, shipped(folder), 3, 0.4)
        hint = ", ".join(near or shipped(folder))
        message = (
            f"{text or repr(text)}: no such file, and not shipped in {folder} ({hint})"
        )
        raise ConfigError(message)
    return path


def load(name: str | Path, folder: str) -> tuple[str, str]:
    """Read a shipped file by name, or any file by path.

    Returns:
        its text, and what to call it in messages.

    Raises:
        ConfigError: neither shipped nor a file, or not UTF-8.
    """
    path, text = find(name, folder), str(name)
    try:
        return path.read_text(encoding="utf-8"), text
    except UnicodeDecodeError as error:
        message = f"{text}: not UTF-8 text (byte {error.start})"
        raise ConfigError(message) from None


class Shipped(Strict):
    """A model whose files are shipped in a folder of the package."""

    FOLDER: ClassVar[str]

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped one by name, or a file by path.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        text, label = load(name, cls.FOLDER)
        return cls.loads(text, label)

    @classmethod
    def loads(cls, text: str, label: str) -> Self:
        """Read one from TOML text, which messages call ``label``."""
        data = parse(text, label)
        check_kind(data, cls.FOLDER, label)
        return validate(cls, data, label)

    def __repr__(self) -> str:
        """Say the name, and what it is in a sentence."""
        head: Any = getattr(self, "chip", self)
        about = getattr(head, "description", "")
        return f"{type(self).__name__}({head.name!r}{about and f': {about}'})"

    @classmethod
    def shipped(cls) -> list[str]:
        """Names of the shipped ones."""
        return shipped(cls.FOLDER)

    def figures(self) -> list[tuple[str, Figure]]:
        """Its own numbers with a source, by name."""
        found = ((name, getattr(self, name)) for name in type(self).model_fields)
        return [(name, f) for name, f in found if isinstance(f, Figure)]
