"""Chip files: one TOML that says everything about a chip."""

from __future__ import annotations

import difflib
import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from edgeferro import files
from edgeferro.device import Device
from edgeferro.errors import ConfigError
from edgeferro.files import Flag, Level, Real, Strict, Whole

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Chip"]

Rounding = Literal["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]
AnyRounding = Literal[
    "floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away", "stochastic"
]
Overflow = Literal["saturate", "wrap"]
Rule = Literal["sgd-stochastic", "sgd-counted", "mixed-precision"]


# Settings that only some rules use; one written in a chip file under another rule
# would have no effect.
_RULE_SETTINGS: Final = {
    "train_length": {"sgd-stochastic"},
    "train_bits": {"sgd-stochastic"},
    "train_managed": {"sgd-stochastic"},
    "lines_per_row_lfsr": {"sgd-stochastic"},
    "lines_per_column_lfsr": {"sgd-stochastic"},
    "threshold": {"mixed-precision"},
    "accumulator_bits": {"mixed-precision"},
    "accumulator_overflow": {"mixed-precision"},
    "transfer_every": {"mixed-precision"},
    "excess": {"mixed-precision"},
    "pulse_rounding": {"sgd-counted"},
    "gradient_rounding": {"sgd-stochastic", "mixed-precision"},
}


class Head(Strict):
    """What the chip is called."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    description: str = ""


class DevicePart(Strict):
    """The cells.

    Attributes:
        name: shipped device, or path of a device file.
        pulse_class: of updates, index into the device's classes.
        program_class: of programming.
        d2d: independent spread of up and down steps, 0..0.9; None keeps the device's.
        c2c: spread of each pulse, 0..3; None keeps the device's.
    """

    name: str
    pulse_class: Annotated[Whole, Field(ge=0, le=15)] = 0
    program_class: Annotated[Whole, Field(ge=0, le=15)] = 0
    d2d: Annotated[Real, Field(ge=0.0, le=0.9)] | None = None
    c2c: Annotated[Real, Field(ge=0.0, le=3.0)] | None = None


class ArrayPart(Strict):
    """The crossbar.

    Attributes:
        reference: what a cell is read against: 'none' (mid-level), 'cell' (a second
            cell) or 'stored' (a digital code, subtracted after the ADC).
        reference_level: state of the reference, -1..1, or 'symmetry-point'.
        both_sides: pulse both cells of a pair, opposite ways (reference 'cell').
        weight_span: part of the weight range that programmed weights use, 0.05..1.
        read_noise: deviation of a line sum, in weights of 1.0 driven with the largest
            input code, 0..1.
        read_ns: one array read, 1..10^9.
        read_v: read voltage, 0.01..1.
        gap_ns: between pulses, 0..10^9.
        initial_state: of the cells before programming, -1..1.
    """

    reference: Literal["none", "cell", "stored"] = "cell"
    reference_level: Level = "symmetry-point"
    both_sides: Flag = False
    weight_span: Annotated[Real, Field(ge=0.05, le=1.0)] = 0.35
    read_noise: Annotated[Real, Field(ge=0.0, le=1.0)] = 0.0
    read_ns: Annotated[Whole, Field(ge=1, le=10**9)] = 10_000
    read_v: Annotated[Real, Field(ge=0.01, le=1.0)] = 0.1
    gap_ns: Annotated[Whole, Field(ge=0, le=10**9)] = 20
    initial_state: Annotated[Real, Field(ge=-1.0, le=1.0)] = 0.0


class ConverterPart(Strict):
    """Widths and roundings at the wall between array and controller.

    Attributes:
        input_bits: DAC code, 2..9; signed as ``input_signed`` says.
        input_signed: two's complement inputs.
        input_overflow: of inputs outside the code range.
        adc_bits: 4..14.
        adc_rounding: of the line sum.
        adc_overflow: of the code.
        activation_bits: output code of a hidden layer, 2..9.
        error_bits: error code, 3..12.
        error_rounding: of the error code.
        reference_rounding: of state difference to weight.
    """

    input_bits: Annotated[Whole, Field(ge=2, le=9)] = 8
    input_signed: Flag = True
    input_overflow: Overflow = "saturate"
    adc_bits: Annotated[Whole, Field(ge=4, le=14)] = 9
    adc_rounding: AnyRounding = "nearest-even"
    adc_overflow: Overflow = "saturate"
    activation_bits: Annotated[Whole, Field(ge=2, le=9)] = 8
    error_bits: Annotated[Whole, Field(ge=3, le=12)] = 8
    error_rounding: Rounding = "nearest-even"
    reference_rounding: Rounding = "nearest-even"


class ControllerPart(Strict):
    """The learning rule and its registers.

    Attributes:
        rule: 'sgd-stochastic', 'sgd-counted' or 'mixed-precision'.
        learning_rate: of the float network it stands for, 1e-6..100.
        error: 'softmax' (cross-entropy) or 'squared'.
        pulse_limit: pulses a cell and update, 1..127.
        train_length: slots of a pulse train (BL), 1..31.
        train_bits: width of a train probability, 4..16.
        train_managed: let the length follow the largest product.
        lines_per_row_lfsr: rows that share a shift register, 1..4096.
        lines_per_column_lfsr: the same for columns.
        accumulator_bits: 8..32.
        accumulator_overflow: of the accumulator.
        threshold: accumulator units of one pulse, 1..2^30.
        transfer_every: samples between transfers, 1..65535.
        excess: pulses over the limit are deferred or dropped.
        gradient_rounding: of a product to accumulator units or a train probability.
        pulse_rounding: of a product to pulses.
        lanes: parallel digital lanes, 1..4096.
        clock_mhz: controller clock, 0.001..10000.
    """

    rule: Rule = "mixed-precision"
    learning_rate: Annotated[Real, Field(ge=1e-6, le=100.0)] = 0.1
    error: Literal["softmax", "squared"] = "softmax"
    pulse_limit: Annotated[Whole, Field(ge=1, le=127)] = 31
    train_length: Annotated[Whole, Field(ge=1, le=31)] = 31
    train_bits: Annotated[Whole, Field(ge=4, le=16)] = 12
    train_managed: Flag = False
    lines_per_row_lfsr: Annotated[Whole, Field(ge=1, le=4096)] = 1
    lines_per_column_lfsr: Annotated[Whole, Field(ge=1, le=4096)] = 1
    accumulator_bits: Annotated[Whole, Field(ge=8, le=32)] = 16
    accumulator_overflow: Overflow = "saturate"
    threshold: Annotated[Whole, Field(ge=1, le=1 << 30)] = 4096
    transfer_every: Annotated[Whole, Field(ge=1, le=65535)] = 1
    excess: Literal["defer", "drop"] = "defer"
    gradient_rounding: AnyRounding = "nearest-even"
    pulse_rounding: AnyRounding = "stochastic"
    lanes: Annotated[Whole, Field(ge=1, le=4096)] = 16
    clock_mhz: Annotated[Real, Field(ge=0.001, le=10_000.0)] = 10.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        top = (1 << (self.accumulator_bits - 1)) - 1
        if self.rule == "mixed-precision" and self.threshold > top:
            message = (
                f"threshold: {self.threshold} is not in 1..{top} "
                f"(largest value of an accumulator of {self.accumulator_bits} bits)"
            )
            raise ValueError(message)
        if self.rule == "sgd-stochastic" and self.gradient_rounding == "stochastic":
            message = (
                "gradient_rounding: 'stochastic' is not allowed with sgd-stochastic "
                "(the trains are random already)"
            )
            raise ValueError(message)
        return self


class ProgramPart(Strict):
    """Write and verify.

    Attributes:
        tolerance: accepted difference, ADC codes, 0..255.
        iterations: of write and read, 1..255.
        limit: pulses a cell and iteration, 1..127.
        reads: averaged a verify, 1..64.
    """

    tolerance: Annotated[Whole, Field(ge=0, le=255)] = 4
    iterations: Annotated[Whole, Field(ge=1, le=255)] = 40
    limit: Annotated[Whole, Field(ge=1, le=127)] = 15
    reads: Annotated[Whole, Field(ge=1, le=64)] = 1


class NetworkPart(Strict):
    """The network laid out on the chip.

    Attributes:
        hidden: sizes of the hidden layers, up to 15.
        activation: of the hidden layers.
        output: activation of the last layer with squared errors.
        bias: a bias column in every array.
        weight_limit: float weight at a readable weight of 1.0, for networks that start
            from nothing, 0.01..100.
        signal_limit: least pre-activation at the ADC's full scale, for the same,
            0.01..1000.
    """

    hidden: Annotated[
        tuple[Annotated[Whole, Field(ge=1, le=4096)], ...], Field(max_length=15)
    ] = (32,)
    activation: Literal["identity", "relu", "hard-sigmoid", "sigmoid", "tanh"] = "relu"
    output: Literal["identity", "sigmoid", "hard-sigmoid", "tanh"] = "sigmoid"
    bias: Flag = True
    weight_limit: Annotated[Real, Field(ge=0.01, le=100.0)] = 1.0
    signal_limit: Annotated[Real, Field(ge=0.01, le=1000.0)] = 6.0


class EnergyPart(Strict):
    """Where prices come from."""

    prices: str = "cmos-130nm-mixed"


class TaskPart(Strict):
    """Defaults of the task the chip is made for."""

    passes: Annotated[Whole, Field(ge=0, le=10_000)] = 5


class Chip(Strict):
    """A chip: device, array, converters, controller, network, prices, task."""

    chip: Head
    device: DevicePart
    array: ArrayPart = ArrayPart()
    converters: ConverterPart = ConverterPart()
    controller: ControllerPart = ControllerPart()
    program: ProgramPart = ProgramPart()
    network: NetworkPart = NetworkPart()
    energy: EnergyPart = EnergyPart()
    task: TaskPart = TaskPart()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.array.both_sides and self.array.reference != "cell":
            message = "array.both_sides: has no effect with a reference other than cell"
            raise ValueError(message)
        given = self.controller.model_fields_set
        for name, rules in _RULE_SETTINGS.items():
            if name in given and self.controller.rule not in rules:
                message = (
                    f"controller.{name}: has no effect with rule "
                    f"{self.controller.rule} (only with {', '.join(sorted(rules))})"
                )
                raise ValueError(message)
        if "output" in self.network.model_fields_set and (
            self.controller.error == "softmax"
        ):
            message = "network.output: has no effect with error softmax"
            raise ValueError(message)
        if (
            self.array.reference == "none"
            and "reference_level" in self.array.model_fields_set
        ):
            message = "array.reference_level: has no effect with reference none"
            raise ValueError(message)
        return self

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped chip by name, or a chip file by path.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        text, label = files.load(name, "profiles")
        return cls.loads(text, label)

    @classmethod
    def loads(cls, text: str, label: str = "chip") -> Self:
        """Read a chip from TOML text."""
        chip = files.validate(cls, files.parse(text, label), label)
        files.load(chip.energy.prices, "prices")  # not only after a long run
        chip.load_device()
        return chip

    @classmethod
    def shipped(cls) -> list[str]:
        """Names of the shipped chips."""
        return files.shipped("profiles")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of chip files."""
        return cls.model_json_schema()

    def with_(self, **changes: Any) -> Self:
        """Return the chip with settings changed by dotted path.

        Settings that have no effect with a newly chosen rule or reference are taken
        back to their defaults, unless they are among the changes.

        Raises:
            ConfigError: no such path (near ones are named), or a value out of range.
        """
        data = self.model_dump(exclude_unset=True)
        paths = {
            f"{part}.{name}": part
            for part, field in type(self).model_fields.items()
            for name in field.annotation.model_fields  # type: ignore[union-attr]
        }
        for path in changes:
            if path not in paths:
                near = difflib.get_close_matches(path, paths, 3, 0.4)
                message = f"{path}: no such setting (near: {', '.join(near) or 'none'})"
                raise ConfigError(message)
        rule = changes.get("controller.rule", self.controller.rule)
        for name, rules in _RULE_SETTINGS.items():
            if rule not in rules:
                data.get("controller", {}).pop(name, None)
        if changes.get("controller.error", self.controller.error) == "softmax":
            data.get("network", {}).pop("output", None)
        if changes.get("array.reference", self.array.reference) == "none":
            data.get("array", {}).pop("reference_level", None)
        for path, value in changes.items():
            part, _, name = path.partition(".")
            data.setdefault(part, {})[name] = value
        chip = files.validate(type(self), data, self.chip.name)
        chip.load_device()
        return chip

    def load_device(self) -> Device:
        """Return the device with the chip file's spread.

        Raises:
            ConfigError: not found or faulty, no such pulse class, or no symmetry point
                where the reference asks for one.
        """
        device = Device.load(self.device.name)
        changes: dict[str, float] = {}
        if self.device.d2d is not None:
            part = self.device.d2d / 2.0**0.5
            changes |= {"d2d_common": part, "d2d_asymmetry": part}
        if self.device.c2c is not None:
            changes["c2c"] = self.device.c2c
        if changes:
            device = device.with_spread(**changes)
        top = len(device.classes) - 1
        for name in ("pulse_class", "program_class"):
            value = getattr(self.device, name)
            if value > top:
                message = f"device.{name}: {value} is not in 0..{top} ({device.name})"
                raise ConfigError(message)
        self.reference_state(device)
        return device

    def reference_state(self, device: Device) -> float:
        """Return the state that stands for weight 0, -1..1."""
        if self.array.reference == "none":
            return 0.0
        level = self.array.reference_level
        if isinstance(level, str):
            return device.symmetry_point(self.device.pulse_class)
        return level

    def adc_offset(self, device: Device) -> float:
        """Return what every weight is off by at the ADC: a stored reference's state."""
        if self.array.reference != "stored":
            return 0.0
        return self.reference_state(device)

    def to_dict(self) -> dict[str, Any]:
        """Return every setting, defaults included."""
        return self.model_dump(mode="json")

    def to_toml(self) -> str:
        """Write the chip as TOML with every default that has an effect written out."""
        lines = []
        for part, settings in self.to_dict().items():
            lines.append(f"[{part}]")
            for name, value in settings.items():
                rules = _RULE_SETTINGS.get(name) if part == "controller" else None
                if rules is not None and self.controller.rule not in rules:
                    continue
                if name == "reference_level" and self.array.reference == "none":
                    continue
                if name == "output" and self.controller.error == "softmax":
                    continue
                if value is not None:
                    text = json.dumps(value, ensure_ascii=False)
                    lines.append(f"{name} = {text}".replace("\x7f", "\\u007f"))
            lines.append("")
        return "\n".join(lines)

    def fingerprint(self) -> str:
        """16 hex digits of every setting, of the device and of its tables."""
        device = self.load_device()
        parts = [
            json.dumps(self.to_dict(), sort_keys=True),
            device.knots.astype("<i4").tobytes().hex(),
            json.dumps(device.model_dump(mode="json"), sort_keys=True),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
