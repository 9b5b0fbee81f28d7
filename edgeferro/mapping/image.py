"""What a chip is brought up from: made by the mapping, and kept in files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from edgeferro.core.binding import words_of
from edgeferro.core.structs import Calibration, Trim
from edgeferro.errors import ConfigError, DataError, SnapshotError, StateError
from edgeferro.mapping.digest import arrays_digest
from edgeferro.mapping.image_file import ImageFile, check_same_chip
from edgeferro.mapping.image_parts import (
    array_of,
    layers_of,
    record_of,
    registers_of,
    registers_parts,
)
from edgeferro.mapping.ir_drop import IrDrop
from edgeferro.mapping.lookup_tables import own_table

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.mapping.configuration import Registers

R = TypeVar("R")

__all__ = ["Image", "LayerScale", "read_chip", "write_chip"]


@dataclass(frozen=True)
class LayerScale:
    """What one unit of a layer's integers is worth in the float network.

    Attributes:
        weight: float weight of a readable weight of 1.0 (Q0.15 32768).
        input: value of one input code.
        code: pre-activation of one forward ADC code.
        error: float error of one error code at exponent 0.
        learning_rate: the rate that the quantised registers really give.
        bias: value that the bias column's code stands for.
        output: value of one code of its activation; 1 where it has none.
    """

    weight: float
    input: float
    code: float
    error: float
    learning_rate: float
    bias: float
    output: float = 1.0


def _records(
    kind: type[R], parts: dict[str, Any], name: str, count: int
) -> tuple[R, ...]:
    """A record for each layer.

    Raises:
        SnapshotError: another number of them, or one that is none.
    """
    found = parts[name]
    if not isinstance(found, list) or len(found) != count:
        message = f"{name}: not a record for each of {count} layers"
        raise SnapshotError(message)
    return tuple(record_of(kind, one, f"{name}[{i}]") for i, one in enumerate(found))


@dataclass(frozen=True)
class Image:
    """Everything a :class:`~edgeferro.controller.Controller` is brought up from.

    Attributes:
        registers: the chip's configuration registers.
        scales: one a layer.
        targets: int16 (rows, columns) Q0.15 weights to program, one a layer.
        references: int16 Q0.15 states that stand for weight 0, one a layer: for
            reference cells or stored codes (rows, columns), for offsets (columns,);
            None without a reference.
        calibrations: how to find each cell's symmetry point, one a layer; None where
            ``references`` holds as it is.
        drops: the largest IR drop of each layer.
        trim: how converters are trimmed; None where the chip file asks for no trim.
        chip: that it was laid out for, its device with it; None where nobody knows.
    """

    registers: Registers
    scales: tuple[LayerScale, ...]
    targets: tuple[np.ndarray, ...]
    references: tuple[np.ndarray, ...] | None
    calibrations: tuple[Calibration, ...] | None = None
    drops: tuple[IrDrop, ...] = ()
    trim: Trim | None = None
    chip: Chip | None = None

    def with_table(self, layer: int, codes: Any, slope: Any) -> Image:
        """Return the image with an activation of one's own in a layer (SPEC 6.4).

        Gains and rates stay as they are: an output code goes on being worth
        ``scales[layer].output``, a slope of 256 the steepest place of the table that
        was there.

        Args:
            layer: index of a layer that has a table.
            codes: integers, one an ADC code from the lowest on, of magnitudes up to
                2^activation_bits - 1.
            slope: as many, -32767..32767.

        Raises:
            DataError: no such layer, another number of entries, or one out of range.
        """
        layers, sites = self.registers.layers, self.registers.sites
        tabled = [i for i, each in enumerate(layers) if each.activation is not None]
        if layer not in tabled:
            message = f"layer: {layer} has no activation table; {tabled} have"
            raise DataError(message)
        bits, top = sites[1].bits, (1 << sites[2].bits) - 1
        table = own_table(codes, "codes", adc_bits=bits, largest=top)
        slopes = own_table(slope, "slope", adc_bits=bits, largest=32767)
        changed = list(layers)
        changed[layer] = layers[layer].with_(activation=table, slope=slopes)
        return replace(self, registers=self.registers.with_(layers=tuple(changed)))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden neurons and outputs of the network."""
        layers = self.registers.layers
        return (int(layers[0].inputs), *(int(layer.rows) for layer in layers))

    @property
    def digest(self) -> str:
        """16 hex digits of everything that a chip is brought up with.

        Registers and tables, weights, references, and how to calibrate and to trim.
        """
        words, digest = words_of(self.registers)  # which has tables, but no rates
        plain = [
            digest,
            [asdict(how) for how in self.calibrations or ()],
            None if self.trim is None else asdict(self.trim),
            self.references is None,
        ]
        arrays = [words, *self.targets, *(self.references or ())]
        return arrays_digest(arrays, repr(plain))

    def parts(self) -> dict[str, Any]:
        """Take the image apart: plain values and arrays; the chip is not among them."""
        calibrations, references = self.calibrations, self.references
        return {
            "digest": self.digest,
            "registers": registers_parts(self.registers),
            "scales": [asdict(scale) for scale in self.scales],
            "targets": list(self.targets),
            "references": None if references is None else list(references),
            "calibrations": calibrations and [asdict(how) for how in calibrations],
            "drops": [drop.to_dict() for drop in self.drops],
            "trim": None if self.trim is None else asdict(self.trim),
        }

    @classmethod
    def of_parts(cls, parts: Any, chip: Chip | None, where: str) -> Self:
        """Put an image together from what :meth:`parts` gave.

        Args:
            parts: from anywhere.
            chip: that it was laid out for.
            where: what to call it in messages.

        Raises:
            SnapshotError: names the first thing that is wrong.
        """
        try:
            found = cls._of_parts(parts if isinstance(parts, dict) else {}, chip)
            digest = found.digest
        except (SnapshotError, ConfigError, StateError) as error:
            message = f"{where}: {error}"
            raise SnapshotError(message) from None
        except (KeyError, TypeError):
            message = f"{where}: an image lacks a part"
            raise SnapshotError(message) from None
        said = str(parts.get("digest"))
        if digest != said:
            message = f"{where}: its digest is {digest}, not {said[:16]!r}"
            raise SnapshotError(message)
        return found

    @classmethod
    def _of_parts(cls, parts: dict[str, Any], chip: Chip | None) -> Self:
        registers = registers_of(parts["registers"])
        count = len(registers.layers)
        targets = layers_of(parts["targets"], np.int16, "targets", count)
        columns = [layer.inputs + layer.bias for layer in registers.layers]
        for index, layer in enumerate(registers.layers):
            shape = (layer.rows, columns[index])
            if targets[index].shape != shape:
                message = f"targets[{index}]: {targets[index].shape} is not {shape}"
                raise SnapshotError(message)
        references = parts["references"]
        if references is not None:
            references = layers_of(references, np.int16, "references", count, (1, 2))
        trim = parts["trim"]
        return cls(
            registers=registers,
            scales=_records(LayerScale, parts, "scales", count),
            targets=targets,
            references=references,
            calibrations=(
                None
                if parts["calibrations"] is None
                else _records(Calibration, parts, "calibrations", count)
            ),
            drops=_records(IrDrop, parts, "drops", len(parts["drops"])),
            trim=None if trim is None else record_of(Trim, trim, "trim"),
            chip=chip,
        )

    def save(self, path: Path | str) -> None:
        """Write the image to a file of its own, whole or not at all.

        Args:
            path: of the file; :meth:`load` and ``edgeferro train --image`` read it.
        """
        unit = {"image": self.parts()}
        ImageFile(Path(path), self.chip, {(None, None): unit}, {}).write()

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        subject: int | None = None,
        seed: int | None = None,
        chip: Chip | None = None,
    ) -> Self:
        """Read an image from a file of :meth:`save` or ``edgeferro train``.

        Args:
            path: of the file.
            subject: where the file holds several: whose chip's.
            seed: the same.
            chip: that the image has to be of; None takes any.

        Raises:
            SnapshotError: no such file, damaged, of another version or of another chip.
            DataError: no such image, or several.
        """
        found = ImageFile.read(path)
        if chip is not None:
            check_same_chip(found.chip, chip, str(path))
        unit = found.pick(subject, seed)
        return cls.of_parts(unit.get("image"), found.chip, str(path))


def write_chip(path: Path | str, image: Image, state: bytes, signature: str) -> None:
    """Write an image and a chip's state to a file of their own, whole or not at all."""
    unit = {
        "image": image.parts(),
        "state": np.frombuffer(state, np.uint8),
        "signature": signature,
    }
    ImageFile(Path(path), image.chip, {(None, None): unit}, {}).write()


def read_chip(
    path: Path | str, subject: int | None, seed: int | None
) -> tuple[Image, bytes]:
    """Read an image and its chip's state, which a controller judges.

    Raises:
        SnapshotError: no such file, damaged, of another version, or without state.
        DataError: no such chip, or several.
    """
    found = ImageFile.read(path)
    unit = found.pick(subject, seed)
    image = Image.of_parts(unit.get("image"), found.chip, str(path))
    if unit.get("state") is None:
        message = f"{path}: an image without a state; Image.load reads it"
        raise SnapshotError(message)
    try:
        state = array_of(unit["state"], np.uint8, "state", 1, 1)
    except SnapshotError as error:
        message = f"{path}: {error}"
        raise SnapshotError(message) from None
    return image, state.tobytes()
