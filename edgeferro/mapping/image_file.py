"""Files of images: of a run's chips or of one, with what they had learned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from edgeferro._version import __version__
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.chip.pinned import chip_differences, pin_chip, unpin_chip
from edgeferro.core.enums import CONTRACT
from edgeferro.errors import ConfigError, DataError, SnapshotError
from edgeferro.files.blocks import BlockFile

__all__ = ["IMAGE_VERSION", "ImageFile", "check_same_chip"]

IMAGE_VERSION: Final = 1
_FILE: Final = BlockFile(b"EFIMAGE\n", IMAGE_VERSION, "image file")
_NAMED: Final = {"device.name": Device}
# What an image doesn't follow from: names, prices, how it is taught, who carries it.
_FREE: Final = ("chip", "energy", "task", "usage")
_SHOWN: Final = 3  # units that a message names


@dataclass(frozen=True)
class ImageFile:
    """What a file holds, as it stands there; each image is judged when it is taken.

    Attributes:
        path: of the file.
        chip: that the images were laid out for; None where they don't say.
        units: by (subject, seed), which are None where an image is of no run.
        about: what else is said of them all.
    """

    path: Path
    chip: Chip | None
    units: dict[tuple[int | None, int | None], dict[str, Any]]
    about: dict[str, str]

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a file of images.

        Raises:
            SnapshotError: no such file, damaged, cut short, of another version or
                contract, or of an impossible chip.
        """
        path = Path(path)
        content = _FILE.read(path)
        contract = content.get("contract")
        if type(contract) is not int or contract != CONTRACT:
            message = f"{path}: of contract {contract!r}; this is {CONTRACT}"
            raise SnapshotError(message)
        pinned, about, found = (content.get(k) for k in ("chip", "about", "units"))
        units = {_unit_key(u): u for u in (found if isinstance(found, list) else [])}
        whole = isinstance(about, dict) and all(type(v) is str for v in about.values())
        good = whole and isinstance(found, list) and len(units) == len(found) > 0
        if not good or about is None or "none" in units:
            message = f"{path}: image file lacks its units, or what is about them"
            raise SnapshotError(message)
        chip = None if pinned is None else _chip(pinned, path)
        return cls(path, chip, units, about)

    def write(self) -> None:
        """Write the file whole or not at all."""
        content = {
            "edgeferro": __version__,
            "contract": CONTRACT,
            "chip": None if self.chip is None else pin_chip(self.chip, _NAMED),
            "about": self.about,
            "units": [
                {**unit, "subject": subject, "seed": seed}
                for (subject, seed), unit in self.units.items()
            ],
        }
        _FILE.write(self.path, content)

    def pick(self, subject: int | None = None, seed: int | None = None) -> Any:
        """The one unit that a subject and a seed name, or the only one.

        Raises:
            DataError: there is none, or several; names those that are there.
        """
        found = [
            unit
            for (its_subject, its_seed), unit in self.units.items()
            if subject in (None, its_subject) and seed in (None, its_seed)
        ]
        if len(found) == 1:
            return found[0]
        asked = {"subject": subject, "seed": seed}
        wanted = ", ".join(f"{k} {v}" for k, v in asked.items() if v is not None)
        there = [f"subject {one}, seed {other}" for one, other in self.units]
        if len(there) > _SHOWN:
            there[_SHOWN:] = [f"{len(there) - _SHOWN} more"]
        what = f"{len(found) or 'no'} images{wanted and ' of '}{wanted}"
        message = f"{self.path}: {what}, not one; it holds {'; '.join(there)}"
        raise DataError(message)


def _unit_key(unit: Any) -> Any:
    """Subject and seed of a unit; 'none' where it is none."""
    if not isinstance(unit, dict):
        return "none"
    key = unit.get("subject"), unit.get("seed")
    return key if {type(n) for n in key} <= {int, type(None)} else "none"


def _chip(pinned: Any, path: Path) -> Chip:
    where = f"{path}: chip"
    try:
        return unpin_chip(pinned if isinstance(pinned, dict) else {}, _NAMED, where)
    except ConfigError as error:
        raise SnapshotError(str(error)) from None


def check_same_chip(saved: Chip | None, here: Chip, where: str) -> None:
    """Refuse a chip that an image was not laid out for, by what differs.

    Names, prices, the task's habits and the use of a chip may differ.

    Args:
        saved: the image's; None refuses all.
        here: the one that is to take it.
        where: option and file, for the message.

    Raises:
        SnapshotError: names the first setting that differs.
    """
    if saved is None:
        message = f"{where}: doesn't say of which chip its images are"
        raise SnapshotError(message)
    found = chip_differences(saved, here, _NAMED, _FREE, figures=False)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        message = f"{where}: of another chip: {found[0]}{more}"
        raise SnapshotError(message)
