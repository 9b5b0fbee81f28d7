"""Runs as their JSON tells them: untrusted, checked, and made into plans again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from edgeferro.chip.pinned import chip_differences, unpin_chip
from edgeferro.errors import ConfigError, DataError
from edgeferro.tasks.own import DataFile
from edgeferro.training.lesson import check_lessons
from edgeferro.training.options import TrainOptions, find_task, make_chip
from edgeferro.training.plan import Plan, Unit
from edgeferro.training.power import check_losses
from edgeferro.training.record import NAMED, RECORD_VERSION
from edgeferro.training.saved import SavedImages
from edgeferro.training.trail import Trail

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip

__all__ = ["Places", "Recorded", "recorded_runs"]

_LIKE: dict[str, tuple[type, ...]] = {
    "task": (str,),
    "chip": (str,),
    "settings": (dict,),
    "rule": (str, type(None)),
    "passes": (int, type(None)),
    "subjects": (list, type(None)),
    "seeds": (list,),
    "order": (str,),
    "mnist_folder": (str, type(None)),
    "calibrate": (bool,),
    "data": (dict, type(None)),
    "image": (str, type(None)),
}


@dataclass(frozen=True)
class Places:
    """Where things lie now, if not where they lay.

    Attributes:
        image: file of the chips to start from.
        data: file of own data.
        mnist: folder of MNIST's files.
    """

    image: Path | None = None
    data: Path | None = None
    mnist: str | None = None


@dataclass(frozen=True)
class Recorded:
    """One run of a JSON file.

    Attributes:
        label: which of them, '' for the only one or the first.
        where: file and label, for messages.
        record: what was run, as the file has it.
        figures: all that the run wrote.
        changes: to the chip's settings, beside the options.
    """

    label: str
    where: str
    record: dict[str, Any]
    figures: dict[str, Any]
    changes: dict[str, Any]

    def trails(self) -> dict[tuple[int, int], tuple[Trail, dict[str, Any]]]:
        """Digests and figures of each unit, by subject and seed.

        Raises:
            DataError: names what is missing or damaged.
        """
        found = {}
        try:
            for unit in self.figures["units"]:
                key = Unit(unit["subject"], unit["seed"]).key
                found[key] = Trail.from_dict(unit["trail"]), unit
                _ = unit["signature"] + ""
        except (KeyError, TypeError, ValueError) as error:
            self.refuse(f"units are missing or damaged ({error})")
        return found

    def refuse(self, what: str) -> NoReturn:
        """Refuse the file.

        Raises:
            DataError: always.
        """
        message = f"{self.where}: {' '.join(what.split())}"
        raise DataError(message)

    def options(self) -> TrainOptions:
        """The options as they were given.

        Raises:
            DataError: one is missing, unknown or of another type.
        """
        found = self.record.get("options")
        if not isinstance(found, dict) or set(found) != set(_LIKE):
            self.refuse("record.options are missing, or of another edgeferro")
        for name, kinds in _LIKE.items():
            value = found[name]
            if not isinstance(value, kinds) or (type(value) is bool) != (bool in kinds):
                self.refuse(f"record.options.{name}: {value!r} is no such option")
        try:
            options = TrainOptions.from_dict(found)
        except (KeyError, TypeError, ValueError):
            self.refuse("record.options are damaged")
        data = options.data
        if data is not None:
            texts = (data.file, data.label, data.group or "", data.half or "")
            if not all(isinstance(text, str) for text in texts):
                self.refuse("record.options.data: not texts")
        return options

    def _numbers(self, name: str) -> tuple[int, ...]:
        found = self.record.get(name)
        whole = isinstance(found, list) and all(type(n) is int for n in found)
        if not whole or not found or len(set(found)) != len(found):
            self.refuse(f"record.{name}: {found!r} is no list of different numbers")
        return tuple(found)

    def plan(self, places: Places) -> Plan:
        """What was run, from the file's own content.

        Args:
            places: where data and saved chips lie now.

        Raises:
            ConfigError: the chip is none.
            DataError: data or saved chips are not there, or the file is damaged.
        """
        options = self._found(self.options(), places)
        pinned = self.record.get("chip")
        pinned = pinned if isinstance(pinned, dict) else {}
        chip = unpin_chip(pinned, NAMED, f"{self.where}: record.chip")
        task = find_task(options)
        passes, order = self.record.get("passes"), self.record.get("order")
        if type(passes) is not int:
            self.refuse(f"record.passes: {passes!r} is not a whole number")
        plan = Plan(
            chip=chip,
            task=task,
            seeds=self._numbers("seeds"),
            subjects=self._numbers("subjects"),
            passes=passes,
            order=str(order),
        )
        check_lessons(chip, task, plan.subjects)
        check_losses(plan)
        if options.image is None:
            return plan
        units = [unit.key for unit in plan.units]
        images = SavedImages.read(Path(options.image), chip, task, units)
        return replace(plan, images=images)

    def _found(self, options: TrainOptions, places: Places) -> TrainOptions:
        """The options with the places of today.

        Raises:
            DataError: names the option that would say where something lies.
        """
        data, image = options.data, options.image
        if places.data is not None and data is None:
            self.refuse(f"--data: has no effect, the task is {options.task}")
        if places.mnist is not None and options.task != "mnist":
            self.refuse(f"--mnist: has no effect, the task is {options.task}")
        if data is not None:
            file = Path(data.file) if places.data is None else places.data
            if not file.is_file():
                self.refuse(f"own data are not at {file}; say where with --data")
            data = DataFile.of(file, data.label, data.group, data.half)
        if places.image is not None:
            image = str(places.image)
        elif image is not None and not Path(image).is_file():
            self.refuse(f"it started from chips in {image}; say where with --image")
        folder = options.mnist_folder if places.mnist is None else places.mnist
        return replace(options, data=data, image=image, mnist_folder=folder)

    def changed_files(self, chip: Chip) -> list[str]:
        """What the chip's files say now, where it is not what the run was.

        Args:
            chip: as it was.
        """
        options = self.options()
        name = options.chip
        try:
            now = make_chip(options, self.changes)
        except (ConfigError, DataError) as error:
            return [f"chip {name} can't be had now: {error}"]
        found = chip_differences(chip, now, NAMED)
        if not found:
            return []
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return [f"chip {name} is another now: {found[0]}{more}"]


def _with_record(
    label: str, path: Path, figures: Any, changes: dict[str, Any]
) -> Recorded:
    """One run of a file.

    Raises:
        DataError: it doesn't say how it was run.
    """
    where = f"{path}{label and f', {label}'}"
    record = figures.get("record") if isinstance(figures, dict) else None
    if not isinstance(record, dict):
        message = (
            f"{where}: doesn't say how it was run (edgeferro train --json and "
            "calibrate --json do)"
        )
        raise DataError(message)
    version = record.get("version")
    if version != RECORD_VERSION:
        message = f"{where}: record of version {version!r}; this is {RECORD_VERSION}"
        raise DataError(message)
    return Recorded(label, where, record, figures, changes)


def recorded_runs(path: Path) -> list[Recorded]:
    """Read the runs of a JSON file of ``edgeferro train`` or ``calibrate``.

    Raises:
        DataError: no such file, no JSON, or none that says how it was run.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise DataError(message) from None
    except (ValueError, RecursionError):
        message = f"{path}: is no JSON of a run"
        raise DataError(message) from None
    if isinstance(content, dict) and isinstance(content.get("choices"), list):
        if not content["choices"]:
            message = f"{path}: holds no run"
            raise DataError(message)
        return [
            _with_record(_choice_name(choice), path, choice, _choice_changes(choice))
            for choice in content["choices"]
        ]
    runs = [_with_record("", path, content, {})]
    if "compare" in content:
        second = content["compare"]
        changes = second.get("set") if isinstance(second, dict) else None
        changes = changes if isinstance(changes, dict) else {}
        runs.append(_with_record("compare", path, second, changes))
    return runs


def _choice_name(choice: Any) -> str:
    return str(choice.get("choice")) if isinstance(choice, dict) else "choices"


def _choice_changes(choice: Any) -> dict[str, Any]:
    """What a way to shift sets beside the options: it stands in the chip's settings."""
    try:
        array = choice["record"]["chip"]["settings"]["array"]
        found = {n: array[n] for n in ("reference", "reference_level") if n in array}
    except (KeyError, TypeError):
        found = {}
    return {f"array.{name}": value for name, value in found.items()}
