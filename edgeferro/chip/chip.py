"""Chip files: one TOML that says everything about a chip."""

from __future__ import annotations

import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TypeVar

from pydantic import PrivateAttr, model_validator

from edgeferro import files
from edgeferro.chip.converters import ConverterPart
from edgeferro.chip.device import Device
from edgeferro.chip.device_text import device_toml
from edgeferro.chip.effects import lost_settings, without_effect
from edgeferro.chip.older import refuse_older
from edgeferro.chip.paths import check_path, setting_paths
from edgeferro.chip.sections import (
    ArrayPart,
    CalibrationPart,
    ControllerPart,
    DevicePart,
    EnergyPart,
    Head,
    NetworkPart,
    ProgramPart,
    ReliabilityPart,
    TaskPart,
    UsagePart,
)
from edgeferro.errors import ConfigError
from edgeferro.files.read import Shipped
from edgeferro.files.write import toml_value
from edgeferro.notebook import html_table

__all__ = ["Chip"]

S = TypeVar("S", bound=Shipped)


# Settings that name a file, and the folder of those that are shipped.
_NAMED: Final = {
    "device.name": "devices",
    "energy.prices": "prices",
    "usage.product": "products",
    "usage.battery": "batteries",
    "usage.implant": "implants",
}
_NO_FILE: Final = {"none", "product"}  # names for nothing, and for a product's own
_RULE: Final = "controller.rule"
_RANGE: Final = "converters.adc_range"  # and what finds one where it is not said:
_ROOM: Final = {
    "converters.adc_headroom",
    "converters.adc_percentile",
    "network.signal_limit",
}
_CURVES: Final = "curves"  # of converters: a file is read once, and its values stay


def _look_beside(data: dict[str, Any], folder: Path) -> None:
    """Write the place of files that lie beside the chip file into what it names."""
    for path, kind in (*_NAMED.items(), ("converters.adc_inl", _CURVES)):
        part, _, setting = path.partition(".")
        table = data.get(part)
        if not isinstance(table, dict):
            continue
        name = table.get(setting)
        if not isinstance(name, str):
            continue
        if kind != _CURVES and name in {*files.shipped(kind), *_NO_FILE}:
            continue
        here, near = os.path.isfile(name), folder / name  # noqa: PTH113
        if not here and os.path.isfile(near):  # noqa: PTH113
            table[setting] = str(near)


class _Read(dict[tuple[str, str], Any]):
    """Files that a chip names, as they were read: no part of what the chip is."""

    def __eq__(self, other: object) -> bool:
        """Never tell two chips apart."""
        return isinstance(other, _Read)

    __hash__ = None


class Chip(Shipped):
    """A chip: cells, array, converters, controller, network, ageing, prices, use.

    The files that it names are read once for it, and for the chips made of it with
    :meth:`with_`: a run sees each of them as it was in the beginning.
    """

    FOLDER: ClassVar = "profiles"

    chip: Head
    device: DevicePart
    array: ArrayPart = ArrayPart()
    converters: ConverterPart = ConverterPart()
    controller: ControllerPart = ControllerPart()
    program: ProgramPart = ProgramPart()
    network: NetworkPart = NetworkPart()
    calibration: CalibrationPart = CalibrationPart()
    reliability: ReliabilityPart = ReliabilityPart()
    energy: EnergyPart = EnergyPart()
    task: TaskPart = TaskPart()
    usage: UsagePart = UsagePart()
    _read: _Read = PrivateAttr(default_factory=_Read)

    @model_validator(mode="before")
    @classmethod
    def _today(cls, data: Any) -> Any:
        refuse_older(data)
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for path, needs in lost_settings(self.given(), self.value).items():
            if needs.refused:
                message = f"{path}: has no effect {needs.text(self.value)}"
                raise ValueError(message)
        layers = len(self.network.hidden) + 1
        for path in ("converters.adc_range", "network.signal_limit"):
            value = self.value(path)
            if isinstance(value, tuple) and len(value) != layers:
                message = (
                    f"{path}: a list of {len(value)} is not one for each of "
                    f"{layers} layers (network.hidden and the output)"
                )
                raise ValueError(message)
        steps = self.dac_steps
        least = math.ceil(steps * 1000.0 / self.controller.clock_mhz)
        if self.array.noise != "none" and self.array.read_ns < least:
            message = (
                f"array.read_ns: {self.array.read_ns} is shorter than the DAC's "
                f"{steps} steps at {self.controller.clock_mhz:g} MHz; at least {least}"
            )
            raise ValueError(message)
        return self

    @property
    def dac_steps(self) -> int:
        """Largest code that a DAC of the chip is given: steps of a pulse-width DAC.

        One clock of fixed length drives all lines, so that a code takes the same time
        in each layer, for an input, an activation and an error; ``array.read_ns`` is
        the largest one's.
        """
        converters = self.converters
        most = [
            converters.input_top,
            converters.error_top,
        ]
        if self.network.hidden:
            most.append((1 << converters.activation_bits) - 1)
        return max(most)

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped chip by name, or a chip file by path.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        text, label = files.load(name, cls.FOLDER)
        return cls.loads(text, label, files.find(name, cls.FOLDER).parent)

    @classmethod
    def loads(cls, text: str, label: str = "chip", folder: Path | None = None) -> Self:
        """Read a chip from TOML text.

        Args:
            text: of the file.
            label: what to call it in messages.
            folder: the file's; what the chip names may lie there.
        """
        data = files.parse(text, label)
        files.check_kind(data, cls.FOLDER, label)
        if folder is not None:
            _look_beside(data, folder)
        chip = files.validate(cls, data, label)
        curve = data.get("converters", {}).get("adc_inl")
        if isinstance(curve, str):
            chip._read[_CURVES, curve] = chip.converters.adc_inl
        files.find(chip.energy.prices, "prices")  # not only after a long run
        chip.load_device()
        return chip

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of chip files."""
        return cls.model_json_schema()

    def with_(self, **changes: Any) -> Self:
        """Return the chip with settings changed by dotted path.

        Settings that the changes leave without effect, like those of another rule, are
        taken back to their defaults, unless they are among the changes; so is an ADC's
        range that was said, where a change tells how to find one, and another rule's
        learning rate. A path is looked for from where Python runs.

        Raises:
            ConfigError: no such path (near ones are named), or a value out of range.
        """
        data = self.model_dump(exclude_unset=True)
        data["device"]["name"] = self.device.name
        paths = setting_paths(type(self))
        for path in changes:
            check_path(path, paths)
        before = lost_settings(paths, self.value)
        after = lost_settings(paths, lambda p: changes.get(p, self.value(p)))
        for path in after.keys() - before.keys() - changes.keys():
            part, _, name = path.partition(".")
            data.get(part, {}).pop(name, None)
        if changes.get(_RULE, self.controller.rule) != self.controller.rule:
            data.get("controller", {}).pop("learning_rate", None)
        if _ROOM & changes.keys() and _RANGE not in changes:
            data.get("converters", {}).pop("adc_range", None)
        for path, value in changes.items():
            part, _, name = path.partition(".")
            data.setdefault(part, {})[name] = value
        chip = files.validate(type(self), data, self.chip.name)
        chip._read = self._read
        chip.load_device()
        return chip

    @classmethod
    def paths(cls) -> list[str]:
        """Dotted paths of all settings."""
        return list(setting_paths(cls))

    def given(self) -> list[str]:
        """Paths of the settings that somebody set, in a file or by a change."""
        return [
            path
            for path in self.paths()
            if path.partition(".")[2]
            in getattr(self, path.partition(".")[0]).model_fields_set
        ]

    def value(self, path: str) -> Any:
        """Value of a setting, by its dotted path.

        Raises:
            ConfigError: no such path (near ones are named).
        """
        check_path(path, setting_paths(type(self)))
        part, _, name = path.partition(".")
        return getattr(getattr(self, part), name)

    def without_effect(self, *, trained: bool | None = None) -> list[str]:
        """A line for each reason that leaves settings of the file without effect.

        Args:
            trained: whether its network was trained before; None where nobody knows.
        """
        return without_effect(self.given(), self.value, trained=trained)

    def files(self) -> tuple[Path, ...]:
        """Files of one's own that the chip names."""
        named = {kind: self.value(path) for path, kind in _NAMED.items()}
        own = [
            name
            for kind, name in named.items()
            if isinstance(name, str) and name not in {*files.shipped(kind), *_NO_FILE}
        ]
        own += [name for kind, name in self._read if kind == _CURVES]
        return tuple(Path(name) for name in own if os.path.isfile(name))  # noqa: PTH113

    def check_files(self) -> None:
        """Refuse a file that isn't there, also where only a budget will read it.

        Raises:
            ConfigError: names it, and near ones that are shipped.
        """
        for path, kind in _NAMED.items():
            name = self.value(path)
            if isinstance(name, str) and name not in _NO_FILE:
                files.find(name, kind)

    def named(self, kind: type[S], name: Any) -> S:
        """Load a file that the chip names, once; what is no name is it already."""
        if isinstance(name, kind):
            return name
        key = (kind.FOLDER, name)
        if key not in self._read:
            self._read[key] = kind.load(name)
        found: S = self._read[key]
        return found

    def keep(self, path: str, content: Shipped) -> None:
        """Take what a setting names from here, and not from any file.

        Args:
            path: of the setting, like 'device.name'.
            content: of the file.
        """
        self._read[content.FOLDER, self.value(path)] = content

    def load_device(self) -> Device:
        """Return the device with the chip file's spread.

        Raises:
            ConfigError: not found or faulty, no such pulse class, or no symmetry point
                where the reference asks for one.
        """
        device = self.named(Device, self.device.name)
        changes: dict[str, float] = {}
        if self.device.d2d is not None:
            part = self.device.d2d / 2.0**0.5
            changes |= {"d2d_common": part, "d2d_asymmetry": part}
        if self.device.c2c is not None:
            changes["c2c"] = self.device.c2c
        if changes:
            device = device.with_spread(**changes)
        top = len(device.classes) - 1
        for name in ("pulse_class", "program_class", "coarse_class"):
            value = getattr(self.device, name)
            if value is not None and value > top:
                message = f"device.{name}: {value} is not in 0..{top} ({device.name})"
                raise ConfigError(message)
        self.reference_state(device)
        return device

    def reference_state(self, device: Device) -> float:
        """Return the state that stands for weight 0, or a calibrated chip's typical."""
        if self.array.reference == "none":
            return 0.0
        level = self.array.reference_level
        if isinstance(level, str):
            return device.symmetry_point(self.device.pulse_class)
        return level

    def adc_offset(self, device: Device) -> float:
        """Return what weights are off by at the ADC: a digital reference's state."""
        if self.array.reference not in {"stored", "offset"}:
            return 0.0
        return self.reference_state(device)

    @property
    def output_signal(self) -> float:
        """Pre-activation at full scale of the output layer, as the file alone says."""
        value = self.converters.adc_range or self.network.signal_limit
        return value[-1] if isinstance(value, tuple) else value

    @property
    def calibrates(self) -> bool:
        """Whether the controller looks for each cell's symmetry point."""
        array = self.array
        return array.reference != "none" and array.reference_level == "calibrated"

    def to_dict(self) -> dict[str, Any]:
        """Return every setting, defaults included; a device that is none's file too."""
        return self.model_dump(mode="json")

    def to_toml(self) -> str:
        """Write the chip as TOML with every default that has an effect written out."""
        lost = lost_settings(set(self.paths()) - set(self.given()), self.value)
        lines, own = [], self.device.name
        for part, settings in self.to_dict().items():
            written = [
                f"{name} = {toml_value(value)}"
                for name, value in settings.items()
                if value is not None
                and f"{part}.{name}" not in lost
                and not isinstance(value, dict)
            ]
            if written:
                lines += [f"[{part}]", *written, ""]
            if part == "device" and isinstance(own, Device):
                lines += [device_toml(own, "device.name")]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show every setting in a notebook, and where it comes from."""
        rows = []
        for part, settings in self.to_dict().items():
            given = getattr(self, part).model_fields_set
            for name, value in settings.items():
                said = "chip file" if name in given else "default"
                shown = value["name"] if isinstance(value, dict) else value
                rows.append((f"{part}.{name}", json.dumps(shown), said))
        return html_table(self.chip.name, ("setting", "value", "from"), rows)

    def fingerprint(self) -> str:
        """16 hex digits of all that a run depends on; of the device and its tables."""
        device = self.load_device()
        settings = {k: v for k, v in self.to_dict().items() if k != "usage"}
        if not self.task.power_off_every:  # as chips were before they could lose power
            del settings["task"]["power_off_every"]
        parts = [
            json.dumps(settings, sort_keys=True),
            device.knots.astype("<i4").tobytes().hex(),
            json.dumps(device.model_dump(mode="json"), sort_keys=True),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
