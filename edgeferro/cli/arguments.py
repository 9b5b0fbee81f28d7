"""Arguments of the command line as values."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from edgeferro.errors import ConfigError, DataError

if TYPE_CHECKING:
    import typer

    from edgeferro.training.asked import Asked

__all__ = [
    "given",
    "grid_axes",
    "number_list",
    "overrides",
    "pairs_of",
    "power_settings",
    "refuse_with",
    "seeds_asked",
    "subject_list",
    "texts",
    "values_of",
]

_MOST_NUMBERS = 1_000_000  # of one range


def number_list(text: str, name: str) -> tuple[int, ...]:
    """Read 3, 0-9 or 1,4,7-9 as numbers.

    Raises:
        DataError: not of that form, or more numbers than anybody has chips for.
    """
    numbers: list[int] = []
    for part in text.split(","):
        low, _, high = part.strip().partition("-")
        try:
            first, last = int(low), int(high or low)
        except ValueError:
            message = f"{name}: {text!r} is not like 0-9 or 1,4,7"
            raise DataError(message) from None
        if last - first >= _MOST_NUMBERS:  # before they fill the memory
            message = f"{name}: {text!r} names more than {_MOST_NUMBERS} numbers"
            raise DataError(message)
        numbers += range(first, last + 1)
    if len(set(numbers)) != len(numbers) or not numbers:
        message = f"{name}: {text!r} names no number, or one twice"
        raise DataError(message)
    return tuple(numbers)


def seeds_asked(
    seeds: str, resolve: float | None, most: int | None
) -> tuple[tuple[int, ...], Asked]:
    """Read ``--seeds``, which may be auto, with ``--resolve`` and ``--seeds-most``.

    Raises:
        DataError: an option out of its range, without effect, or too few seeds.
    """
    from edgeferro.training.asked import Asked

    asked = Asked.of(seeds, resolve, most)
    numbers = asked.first if asked.auto else number_list(seeds, "--seeds")
    asked.check(numbers)
    return numbers, asked


def subject_list(text: str | None) -> tuple[int, ...] | None:
    """Read ``--subjects`` as :func:`number_list` does; None stays None: all of them."""
    return None if text is None else number_list(text, "--subjects")


def pairs_of(pairs: list[str], name: str) -> list[tuple[str, str]]:
    """Split path=value pairs.

    Raises:
        ConfigError: no equals sign, or a path twice.
    """
    split: dict[str, str] = {}
    for pair in pairs:
        path, sign, text = (part.strip() for part in pair.partition("="))
        if not sign:
            message = f"{name}: {pair!r} is not path=value"
            raise ConfigError(message)
        if path in split:
            message = f"{name}: {path} is given twice"
            raise ConfigError(message)
        split[path] = text
    return list(split.items())


def overrides(pairs: list[str], name: str) -> dict[str, Any]:
    """Read path=value pairs; values are TOML, bare words are strings.

    Raises:
        ConfigError: no equals sign.
    """
    return {path: _value(text) for path, text in pairs_of(pairs, name)}


def power_settings(settings: dict[str, Any], every: int | None) -> dict[str, Any]:
    """Settings with what ``--power-off-every`` says, which they may not say too.

    Raises:
        ConfigError: said twice, or not 1 or more.
    """
    path, option = "task.power_off_every", "--power-off-every"
    if every is None:
        return settings
    if path in settings:
        refuse_with(option, [f"--set {path}"])
    if not 1 <= every <= 1 << 31:
        message = f"{option}: {every} is not in 1..{1 << 31}; without it power stays on"
        raise ConfigError(message)
    return settings | {path: every}


def texts(text: str | None) -> tuple[str, ...]:
    """Split a,b,c; nothing is an empty list."""
    return () if text is None else tuple(part.strip() for part in text.split(","))


def values_of(text: str) -> tuple[Any, ...]:
    """Read a,b,c as TOML values; what is none is a string."""
    try:
        return tuple(tomllib.loads(f"v = [{text}]")["v"])
    except (tomllib.TOMLDecodeError, RecursionError):
        return tuple(part.strip() for part in text.split(","))


def grid_axes(pairs: list[str], name: str) -> dict[str, tuple[Any, ...]]:
    """Read path=v1,v2 axes, and a,b=1:2,3:4 of settings that vary together.

    Raises:
        ConfigError: no equals sign, or a path twice.
    """
    axes: dict[str, tuple[Any, ...]] = {}
    for path, text in pairs_of(pairs, name):
        names = [part.strip() for part in path.split(",")]
        if len(names) == 1:
            axes[path] = values_of(text)
            continue
        steps = (_parts(step, ":") for step in _parts(text, ","))
        axes[",".join(names)] = tuple(tuple(map(_value, step)) for step in steps)
    return axes


def _parts(text: str, mark: str) -> list[str]:
    """Split at a mark that stands in no brackets and no quotes."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if sign == mark and not depth and not quote:
            parts.append("")
            continue
        if quote or sign in "\"'":
            quote = "" if sign == quote else quote or sign
        else:
            depth += (sign in "[{") - (sign in "]}")
        parts[-1] += sign
    return [part.strip() for part in parts]


def _value(text: str) -> Any:
    """Read a TOML value; what is none is a string."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def given(context: typer.Context, *but: str) -> list[str]:
    """Options that stand on the command line, as they are written there.

    Args:
        context: of the command.
        but: options that are left out.
    """
    found = []
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if parameter.param_type_name == "option" and source is not None:
            name = max(parameter.opts, key=len)
            if source.name == "COMMANDLINE" and name not in but:
                found.append(name)
    return found


def refuse_with(option: str, others: list[str], why: str = "") -> None:
    """Refuse options that another one leaves without effect.

    Raises:
        ConfigError: names them all, if there are any.
    """
    if others:
        message = f"{option}: not together with {', '.join(others)}{why}"
        raise ConfigError(message)
