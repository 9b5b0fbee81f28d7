"""One thing that is wrong with a file's table, as one line."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

__all__ = ["problem"]


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


def _metadata(annotation: Any) -> list[Any]:
    """Everything an annotation is annotated with, inside unions and tuples too."""
    found = list(getattr(annotation, "__metadata__", ()))
    for item in list(found):  # a Field keeps its limits inside
        found += getattr(item, "metadata", [])
    for inner in get_args(annotation):
        found += _metadata(inner)
    return found


def _limits(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Both limits of a field as low..high, if it has them."""
    current: Any = model
    metadata: list[Any] = []
    for part in path:
        if isinstance(part, int):  # an item: its tuple's annotation knows
            inner = [a for a in get_args(current) if a is not Ellipsis]
            current = inner[0] if inner else None
            metadata = _metadata(current)
            continue
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            return ""
        current = field.annotation
        metadata = [*field.metadata, *_metadata(current)]
    found = {}
    for item in metadata:
        for key in ("ge", "gt", "le", "lt"):
            if getattr(item, key, None) is not None:
                found[key] = getattr(item, key)
    low, high = found.get("ge"), found.get("le")
    if low is not None and high is not None:
        return f"{low}..{high}"
    return _range(found)


def problem(model: type[BaseModel], error: ErrorDetails) -> str:
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
        inside = "in " if ".." in limits else ""
        return f"{path}: {value} is not {inside}{limits}"
    if kind == "literal_error":
        return f"{path}: {value!r} is not one of {error['ctx']['expected']}"
    if kind == "value_error":
        text = error["msg"].removeprefix("Value error, ")
        joint = "." if re.match(r"[a-z_0-9.]+: ", text) else ": "
        return f"{path}{joint}{text}" if path else text
    if kind in {"too_short", "too_long"}:
        count = error["ctx"]["actual_length"]
        low, high = (error["ctx"].get(f"{end}_length") for end in ("min", "max"))
        limit = f"at most {high}" if low is None else f"at least {low}"
        return f"{path}: {count} items, allowed {limit}"
    if kind == "string_too_short":
        return f"{path}: empty"
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
