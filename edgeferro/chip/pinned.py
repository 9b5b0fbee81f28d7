"""A chip with the content of the files that it names, wherever those may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from edgeferro.files.read import Shipped

__all__ = ["chip_differences", "pin_chip", "unpin_chip"]


def _content(chip: Chip, path: str, kind: type[Shipped]) -> Shipped:
    """What a setting names, or is."""
    value = chip.value(path)
    return value if isinstance(value, kind) else chip.named(kind, value)


def pin_chip(chip: Chip, kinds: Mapping[str, type[Shipped]]) -> dict[str, Any]:
    """What a chip is, as plain values: its settings, and the files that they name.

    Args:
        chip: to be pinned.
        kinds: of files, by the path of the setting that names one.
    """
    named = {path: _content(chip, path, kind) for path, kind in kinds.items()}
    return {
        "settings": chip.model_dump(mode="json", exclude_unset=True),
        "files": {
            path: found.model_dump(mode="json", exclude_unset=True)
            for path, found in named.items()
        },
    }


def unpin_chip(
    data: dict[str, Any], kinds: Mapping[str, type[Shipped]], label: str
) -> Chip:
    """Rebuild a chip from what :func:`pin_chip` gave; no file is looked at.

    Args:
        data: plain values, from anywhere; more files are passed over.
        kinds: as they were pinned.
        label: what to call them in messages.

    Raises:
        ConfigError: everything that is wrong with it.
    """
    settings, contents = (
        part if isinstance(part, dict) else {}
        for part in (data.get("settings"), data.get("files"))
    )
    if not settings or not all(isinstance(contents.get(p), dict) for p in kinds):
        message = f"{label}: is no chip with the content of {', '.join(kinds)}"
        raise ConfigError(message)
    chip = files.validate(Chip, settings, label)
    for path, kind in kinds.items():
        if not isinstance(chip.value(path), kind):
            found = files.validate(kind, contents[path], f"{label}: {path}")
            chip.keep(path, found)
    chip.load_device()
    return chip


_FIGURE: Final = {"value", "unit", "kind", "source"}
_WORDS: Final = {"name", "description", "source"}  # that nothing is computed from


def _leaves(
    value: Any, path: str = "", *, figures: bool = True
) -> Iterator[tuple[str, Any]]:
    """Every number and text of tables and lists within each other, by its path.

    Args:
        value: what is looked through.
        path: of it.
        figures: with all that a figure says, and with words; else its value alone.
    """
    if isinstance(value, dict):
        whole = figures or not value.keys() >= _FIGURE
        for name, inner in value.items():
            if name == "value" or (whole and (figures or name not in _WORDS)):
                below = f"{path}.{name}".lstrip(".")
                yield from _leaves(inner, below, figures=figures)
    elif isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]", figures=figures)
    else:
        yield path, list(value) if isinstance(value, tuple) else value


def chip_differences(
    one: Chip,
    other: Chip,
    kinds: Mapping[str, type[Shipped]],
    without: Iterable[str] = (),
    *,
    figures: bool = True,
) -> list[str]:
    """Say what two chips differ in, a line each: path, the one's value, the other's.

    Files are compared by what is in them, not by where they lie.

    Args:
        one: a chip.
        other: another one.
        kinds: of files to compare, by the path of the setting that names them.
        without: paths, or first parts of paths, that don't matter.
        figures: whether what a file says of its numbers matters, beside their values.
    """
    left = {*kinds, *without}
    tables = []
    for chip in (one, other):
        found = {
            path: value
            for path, value in _leaves(chip.to_dict())
            if not {path, path.partition(".")[0], ".".join(path.split(".")[:2])} & left
        }
        for path, kind in kinds.items():
            content = _content(chip, path, kind).model_dump(mode="json")
            found |= {
                f"{path}: {p}": value for p, value in _leaves(content, figures=figures)
            }
        tables.append(found)
    first, second = tables
    return [
        f"{path} {first.get(path, 'none')!r}, here {second.get(path, 'none')!r}"
        for path in dict.fromkeys([*first, *second])
        if first.get(path) != second.get(path)
    ]
