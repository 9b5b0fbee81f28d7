"""A product file: a chip's battery, the parts beside it, and what they take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from edgeferro import files
from edgeferro.errors import ConfigError
from edgeferro.files.read import Figure, Real, Shipped, Text
from edgeferro.product.parts import ChargePump, Load, Regulator, Supply

__all__ = ["Product"]

_NAMED = {"battery": "batteries", "implant": "implants", "core": "cores"}


def _celsius(figure: Figure) -> Figure:
    """Refuse what is no temperature that silicon works at."""
    low, high = figure.bound("low"), figure.bound("high")
    if figure.unit != "C":
        message = f"unit: {figure.unit!r} is not 'C'"
        raise ValueError(message)
    if not -55.0 <= low <= high <= 150.0:
        message = f"value: {low:g}..{high:g} C is not in -55..150"
        raise ValueError(message)
    return figure


class Product(Shipped):
    """What a chip is built into.

    Attributes:
        name: as in chip files.
        description: one sentence.
        battery: shipped battery or path of a file; 'none'.
        implant: shipped implant or path of a file; 'none'.
        core: shipped core or path of a file, for loads of instructions; 'none'.
        temperature_c: of the chip at work and asleep.
        wanted_days: life that is asked of the battery, or from charge to charge.
        supply: of the chip.
        regulator: between battery and loads; where there is none, loads take their
            power from the battery as it is.
        charge_pump: of the write voltage; where there is none, pulses take what reaches
            the array.
        parts: tables ``[loads.NAME]``: whatever else takes power.
    """

    FOLDER: ClassVar = "products"

    name: Text
    description: Text
    battery: Text = "none"
    implant: Text = "none"
    core: Text = "none"
    temperature_c: Annotated[Figure, AfterValidator(_celsius)]
    wanted_days: Annotated[Real, Field(gt=0.0, le=1e5)] | None = None
    supply: Supply
    regulator: Regulator | None = None
    charge_pump: ChargePump | None = None
    parts: Annotated[
        dict[str, Load], Field(alias="loads", max_length=64, default_factory=dict)
    ]

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped one by name, or a file by path; what it names may lie beside.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        found = super().load(name)
        folder = files.find(name, cls.FOLDER).parent
        beside = {
            part: str(folder / value)
            for part, kind in _NAMED.items()
            if (value := getattr(found, part)) not in {"none", *files.shipped(kind)}
            and not Path(value).is_file()
            and (folder / value).is_file()
        }
        return found.model_copy(update=beside)

    @model_validator(mode="after")
    def _counted(self) -> Self:
        for name, load in self.parts.items():
            if load.needs_core and self.core == "none":
                message = f"core: 'none', but loads.{name} needs one"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _fed(self) -> Self:
        if self.regulator is None:
            return self
        most = self.regulator.most_uw.bound("low")
        powers = {
            name: load.power.bound("high")
            for name, load in self.parts.items()
            if load.power is not None and load.rail == "regulator"
        }
        asked = sum(powers.values())
        if asked > most:
            parts = ", ".join(f"{name} {power:g}" for name, power in powers.items())
            message = (
                f"regulator.most_uw: {most:g} uW do not feed its loads, {asked:g} uW "
                f"while they are on ({parts})"
            )
            raise ValueError(message)
        return self

    def files(self) -> tuple[Path, ...]:
        """Files of one's own that it names."""
        named = {getattr(self, part): kind for part, kind in _NAMED.items()}
        own = (n for n, k in named.items() if n not in {"none", *files.shipped(k)})
        return tuple(Path(name) for name in own)

    def check_battery(self, name: str, voltage: Figure | None) -> None:
        """Refuse a battery that this product's regulator can't work from.

        Args:
            name: of the battery.
            voltage: of it; none of a harvester.

        Raises:
            ConfigError: its voltage is below what the regulator needs.
        """
        if self.regulator is None or voltage is None:
            return
        least, has = self.regulator.least_v.value, voltage.bound("low")
        if has < least:
            message = (
                f"product {self.name}: regulator.least_v: battery {name} gives "
                f"{has:g} V at its low end, below the {least:g} V that the regulator "
                "works from"
            )
            raise ConfigError(message)

    def figures(self) -> list[tuple[str, Figure]]:
        """All its numbers with a source, by their path."""
        return list(_figures(self, ""))


def _figures(holder: Any, path: str) -> list[tuple[str, Figure]]:
    """Figures in a model, table or list, in the file's order."""
    if isinstance(holder, Figure):
        return [(path, holder)]
    items: list[tuple[str, Any]] = []
    if isinstance(holder, dict):
        items = [(f"{path}.{key}", value) for key, value in holder.items()]
    elif isinstance(holder, tuple):
        items = [(f"{path}[{index}]", value) for index, value in enumerate(holder)]
    elif hasattr(type(holder), "model_fields"):
        fields = type(holder).model_fields
        items = [
            (f"{path}.{field.alias or key}".strip("."), getattr(holder, key))
            for key, field in fields.items()
        ]
    return [found for key, value in items for found in _figures(value, key)]
