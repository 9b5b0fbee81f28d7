"""Area files: what gates, memories, converters and drivers take of a die."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from edgeferro import files
from edgeferro.files.base import with_base
from edgeferro.files.read import Figure, Real, Shipped

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

__all__ = ["PARTS", "Areas"]

# Parts of a file and their units; what stands for what is said by hardware.py.
PARTS: Final = {
    "nand2_um2": "um2",
    "utilization": "1",
    "flip_flop_ge": "GE",
    "full_adder_ge": "GE",
    "mux_ge": "GE",
    "xor_ge": "GE",
    "multiplier_bit_ge": "GE",
    "rounding_ge": "GE",
    "control_ge": "GE",
    "sram_bit_um2": "um2",
    "sram_block_um2": "um2",
    "dac_switch_um2": "um2",
    "write_driver_um2": "um2",
    "integrator_um2": "um2",
    "mim_ff_um2": "fF/um2",
    "adc_scale": "um2",
    "adc_node_exponent": "1",
    "adc_rate_exponent": "1",
    "adc_energy_exponent": "1",
    "adc_rate_least": "Hz",
}
# Of these more means less area: the low end of an area takes their high one.
_SHRINK: Final = ("utilization", "mim_ff_um2")
_OTHER: Final = {"low": "high", "value": "value", "high": "low"}


class Areas(Shipped):
    """What parts of a chip take at one technology.

    A file may name another one as its ``base`` and change some of its parts.

    Attributes:
        name: as in price files.
        description: one sentence.
        node_nm: of the process, 1..1000.
        parts: by name of :data:`PARTS`.
    """

    FOLDER: ClassVar = "areas"

    name: str
    description: str
    node_nm: Annotated[Real, Field(ge=1.0, le=1000.0)]
    parts: dict[str, Figure]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, unit in PARTS.items():
            if name not in self.parts:
                message = f"parts.{name}: missing"
                raise ValueError(message)
            self.parts[name].check(f"parts.{name}", unit)
        for name in self.parts:
            if name not in PARTS:
                message = f"parts.{name}: unknown; known: {', '.join(PARTS)}"
                raise ValueError(message)
        if self.parts["utilization"].bound("high") > 1.0:
            message = "parts.utilization.high: above 1"
            raise ValueError(message)
        return self

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped area file by name, or one by path.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        text, label = files.load(name, cls.FOLDER)
        data = files.parse(text, label)
        files.check_kind(data, cls.FOLDER, label)
        data = with_base(data, label, cls.FOLDER, "parts")
        return files.validate(cls, data, label)

    def at(self, name: str, bound: str) -> float:
        """A figure as an area's low end, value or high end asks for it."""
        end = _OTHER[bound] if name in _SHRINK else bound
        return self.parts[name].bound(end)

    def table(self) -> Table:
        """Every figure with value, range, kind and source."""
        from rich.table import Table as RichTable

        title = f"{self.name}: {self.description}"
        table = RichTable(title=title, title_justify="left")
        for name in ("part", "value", "range", "kind", "source"):
            table.add_column(name)
        for name, found in self.parts.items():
            ends = f"{found.bound('low'):g} .. {found.bound('high'):g}"
            value = f"{found.value:g} {found.unit}"
            table.add_row(name, value, ends, found.kind, found.source)
        return table
