"""The parts of a chip file, each with its settings, ranges and defaults."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from edgeferro.chip.converters import AnyRounding, Overflow, PerLayer
from edgeferro.chip.device import Device
from edgeferro.errors import ConfigError
from edgeferro.files.read import Flag, Level, Real, Strict, Text, Whole, validate

__all__ = [
    "RATES",
    "ArrayPart",
    "CalibrationPart",
    "ControllerPart",
    "DevicePart",
    "EnergyPart",
    "Head",
    "NetworkPart",
    "ProgramPart",
    "ReliabilityPart",
    "TaskPart",
    "UsagePart",
]

Rule = Literal["sgd-stochastic", "sgd-counted", "mixed-precision"]
# A rate for each rule where a file gives none, measured on digits (64-32-10, ideal
# symmetric cells, full scale 6, ten passes, splits 0 to 2): of 0.01, 0.02, 0.03,
# 0.05 and 0.1 mixed precision learns up to 0.03 (96.7 %) and runs away at 0.05,
# stochastic trains up to 0.05 (97.0 %) and not at 0.1; counted pulses learn at all of
# them (95.0 % at 0.05).
RATES: Final[dict[str, float]] = {
    "mixed-precision": 0.03,
    "sgd-counted": 0.05,
    "sgd-stochastic": 0.05,
}


class Head(Strict):
    """What the chip is called."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    description: str = ""


def _cell(value: Any) -> Any:
    """Take a name, a path, a device, or a table with all that a device file holds."""
    if isinstance(value, dict):
        try:
            return validate(Device, value, "device")
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("device: ")) from None
    if isinstance(value, str | Device):
        return value
    message = f"{value!r} is not a text, nor a device"
    raise ValueError(message)


class DevicePart(Strict):
    """The cells.

    Attributes:
        name: shipped device, path of a device file, or the device itself: a table
            ``[device.name]`` of what such a file holds, in Python a ``Device``.
        pulse_class: of updates, index into the device's classes.
        program_class: of programming.
        d2d: independent spread of up and down steps, 0..0.9; None keeps the device's.
        c2c: spread of each pulse, 0..3; None keeps the device's.
        coarse_class: of coarse pulses beside those of pulse_class, which are then the
            fine ones; None sends fine ones alone (rules sgd-counted, mixed-precision).
        coarse_ratio: fine pulses that a coarse one stands for, 2..128; None takes it
            from the device, as their steps at the reference's state have it.
    """

    name: Annotated[str | Device, BeforeValidator(_cell)]
    pulse_class: Annotated[Whole, Field(ge=0, le=15)] = 0
    program_class: Annotated[Whole, Field(ge=0, le=15)] = 0
    d2d: Annotated[Real, Field(ge=0.0, le=0.9)] | None = None
    c2c: Annotated[Real, Field(ge=0.0, le=3.0)] | None = None
    coarse_class: Annotated[Whole, Field(ge=0, le=15)] | None = None
    coarse_ratio: Annotated[Real, Field(ge=2.0, le=128.0)] | None = None

    @model_validator(mode="after")
    def _coarse(self) -> Self:
        if self.coarse_class == self.pulse_class:
            message = (
                f"coarse_class: {self.coarse_class} is pulse_class; a coarse pulse is "
                f"of another class"
            )
            raise ValueError(message)
        return self


class ArrayPart(Strict):
    """The crossbar.

    Attributes:
        reference: what a cell is read against: 'none' (mid-level), 'cell' (a second
            cell), 'stored' (a digital code a cell, subtracted after the ADC) or
            'offset' (one digital code a column, subtracted after the ADC).
        reference_level: state of the reference, -1..1; 'symmetry-point', the
            device's; or 'calibrated', each cell's own as the controller finds it.
        both_sides: pulse both cells of a pair, opposite ways (reference 'cell').
        weight_span: part of the weight range that programmed weights use, 0.05..1.
        access: how a pulse reaches one cell: 'passive-half' (V/2 on the lines),
            'passive-third' (V/3 on all other cells) or '1t1r' (a transistor a cell).
        noise: of reads: 'stated' (read_noise alone), 'charge' (shot and thermal noise
            of the charge that flows, and of the capacitor; read_noise on top of them)
            or 'none' (an ideal read, which no circuit makes: no noise, whatever its
            charge, and no clock that its DAC's steps have to fit).
        read_noise: deviation of a line sum, in weights of 1.0 driven with the largest
            input code, 0..1; with noise 'charge' what the amplifier adds.
        read_ns: one array read, 1..10^9.
        read_v: read voltage, 0.01..1.
        temperature_k: of the cells and converters, 250..400 (noise 'charge').
        capacitor_ff: of a line's integrator, 1..10^9 (noise 'charge').
        swing_v: it takes before it clips, 0.05..5 (noise 'charge').
        line_ohm: wire from cell to cell, along rows and columns, 0..10^4; None derives
            it from the electrode's size and the metal of 130 nm.
        driver_ohm: of what drives a line, 0..10^6.
        gap_ns: between pulses, 0..10^9.
        initial_state: of the cells before programming, -1..1.
    """

    reference: Literal["none", "cell", "stored", "offset"] = "cell"
    reference_level: Level = "symmetry-point"
    both_sides: Flag = False
    weight_span: Annotated[Real, Field(ge=0.05, le=1.0)] = 0.35
    access: Literal["passive-half", "passive-third", "1t1r"] = "passive-half"
    noise: Literal["stated", "charge", "none"] = "none"
    read_noise: Annotated[Real, Field(ge=0.0, le=1.0)] = 0.0
    read_ns: Annotated[Whole, Field(ge=1, le=10**9)] = 10_000
    read_v: Annotated[Real, Field(ge=0.01, le=1.0)] = 0.1
    temperature_k: Annotated[Real, Field(ge=250.0, le=400.0)] = 310.0
    capacitor_ff: Annotated[Real, Field(ge=1.0, le=1e9)] = 200.0
    swing_v: Annotated[Real, Field(ge=0.05, le=5.0)] = 0.8
    line_ohm: Annotated[Real, Field(ge=0.0, le=1e4)] | None = None
    driver_ohm: Annotated[Real, Field(ge=0.0, le=1e6)] = 50.0
    gap_ns: Annotated[Whole, Field(ge=0, le=10**9)] = 20
    initial_state: Annotated[Real, Field(ge=-1.0, le=1.0)] = 0.0


class ControllerPart(Strict):
    """The learning rule and its registers.

    Attributes:
        rule: 'sgd-stochastic', 'sgd-counted' or 'mixed-precision'.
        learning_rate: of the float network it stands for, 1e-6..100; where none is
            given, the rule's own: 0.03 of 'mixed-precision', 0.05 of the others.
        error: 'softmax' (cross-entropy) or 'squared'.
        error_deadband: output errors below this part of one count as none, 0..0.99.
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
    learning_rate: Annotated[Real, Field(ge=1e-6, le=100.0)] = RATES["mixed-precision"]
    error: Literal["softmax", "squared"] = "softmax"
    error_deadband: Annotated[Real, Field(ge=0.0, le=0.99)] = 0.0
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
    def _own_rate(self) -> Self:
        if "learning_rate" not in self.model_fields_set:  # and it stays not given
            self.__dict__["learning_rate"] = RATES[self.rule]
        return self

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
        tolerance: accepted difference of a weight, or of a reference cell's state, of
            their -1..1, 0..0.5; whole codes of a verify read, the nearest number.
        iterations: of write and read, 1..255.
        limit: pulses a cell and iteration, 1..127.
        reads: averaged a verify, 1..64.
    """

    tolerance: Annotated[Real, Field(ge=0.0, le=0.5)] = 0.011
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
            0.01..1000: one for all layers or a list of one a layer.
    """

    hidden: Annotated[
        tuple[Annotated[Whole, Field(ge=1, le=4096)], ...], Field(max_length=15)
    ] = (32,)
    activation: Literal["identity", "relu", "hard-sigmoid", "sigmoid", "tanh"] = "relu"
    output: Literal["identity", "sigmoid", "hard-sigmoid", "tanh"] = "sigmoid"
    bias: Flag = True
    weight_limit: Annotated[Real, Field(ge=0.01, le=100.0)] = 1.0
    signal_limit: PerLayer = 6.0


class EnergyPart(Strict):
    """Where prices come from."""

    prices: str = "cmos-130nm-mixed"


class CalibrationPart(Strict):
    """How the controller looks for symmetry points (SPEC 16).

    Attributes:
        reads: averaged a reading, 1..16.
        quads: of pulses (up, up, down, down) a window, 1..64.
        windows: measured once a cell is quiet, 1..64.
        tolerance: a cell is quiet when its mean level moves less than this from one
            window to the next, in 1/16 step, 1..255.
        probe: pulses of the test for a rail beyond the quads, 3..15.
        limit: quads a cell has to become quiet, 1..60000.
    """

    reads: Annotated[Whole, Field(ge=1, le=16)] = 1
    quads: Annotated[Whole, Field(ge=1, le=64)] = 8
    windows: Annotated[Whole, Field(ge=1, le=64)] = 6
    tolerance: Annotated[Whole, Field(ge=1, le=255)] = 4
    probe: Annotated[Whole, Field(ge=3, le=15)] = 3
    limit: Annotated[Whole, Field(ge=1, le=60_000)] = 512


class ReliabilityPart(Strict):
    """What fails and ages (SPEC 3.2, 3.7, 17); by default nothing does.

    Attributes:
        stuck_low: part of the cells that stand at their low bound for ever, 0..0.5.
        stuck_high: the same at the high bound.
        fatigue: part of a step that each doubling of a cell's pulses takes, 0..0.9.
        imprint: part that up steps gain and down steps lose a doubling, -0.9..0.9.
        wear_onset: pulses before wear counts, a power of two, 1..2^31.
        disturb: part of a step that a half-selected cell moves, 0..0.0625.
        drift: deviation of a state after a second of rest, 0..0.1; it grows with the
            root of time.
        retention_s: seconds of rest that halve a state's distance from
            ``retention_level``, 1..2^32-1; 0: states stay.
        retention_level: what a state relaxes to, -1..1.
    """

    stuck_low: Annotated[Real, Field(ge=0.0, le=0.5)] = 0.0
    stuck_high: Annotated[Real, Field(ge=0.0, le=0.5)] = 0.0
    fatigue: Annotated[Real, Field(ge=0.0, le=0.9)] = 0.0
    imprint: Annotated[Real, Field(ge=-0.9, le=0.9)] = 0.0
    wear_onset: Annotated[Whole, Field(ge=1, le=1 << 31)] = 1
    disturb: Annotated[Real, Field(ge=0.0, le=0.0625)] = 0.0
    drift: Annotated[Real, Field(ge=0.0, le=0.1)] = 0.0
    retention_s: Annotated[Whole, Field(ge=0, le=(1 << 32) - 1)] = 0
    retention_level: Annotated[Real, Field(ge=-1.0, le=1.0)] = 0.0

    @model_validator(mode="after")
    def _powers(self) -> Self:
        if self.wear_onset & (self.wear_onset - 1):
            message = f"wear_onset: {self.wear_onset} is not a power of two"
            raise ValueError(message)
        if self.stuck_low + self.stuck_high >= 1.0:
            message = "stuck_low, stuck_high: together they are not below 1"
            raise ValueError(message)
        return self


class TaskPart(Strict):
    """Defaults of the task the chip is made for.

    Attributes:
        passes: over the samples to learn, 0..10000.
        rest_s: seconds of rest after each pass, 0..2^32-1 (see ``[reliability]``).
        power_off_every: learning steps after which the chip loses power, over and over,
            and comes up again, 1..2^31; 0: never. Accumulators and shift registers are
            lost, cells are not.
    """

    passes: Annotated[Whole, Field(ge=0, le=10_000)] = 5
    rest_s: Annotated[Whole, Field(ge=0, le=(1 << 32) - 1)] = 0
    power_off_every: Annotated[Whole, Field(ge=0, le=1 << 31)] = 0


class UsagePart(Strict):
    """How the chip is used, for budgets; no run depends on it.

    Attributes:
        sample_period_s: seconds from a sample to the next while samples come,
            1e-6..1e6.
        duty_cycle: part of the day in which samples come, 0..1.
        updates_per_day: learning steps, 0..1e9.
        calibrations_per_year: calibrations (trim of converters, symmetry points: what
            the chip does of it), each with programming, 0..1e5. A run that has none
            can't price any.
        product: shipped product or path of a file; 'none': the chip alone.
        battery: shipped battery or path of a file; 'product': the product's own;
            'none'.
        implant: shipped implant or path of a file; 'product': the product's own;
            'none'.
    """

    sample_period_s: Annotated[Real, Field(ge=1e-6, le=1e6)] = 1.0
    duty_cycle: Annotated[Real, Field(ge=0.0, le=1.0)] = 1.0
    updates_per_day: Annotated[Real, Field(ge=0.0, le=1e9)] = 100.0
    calibrations_per_year: Annotated[Real, Field(ge=0.0, le=1e5)] = 0.0
    product: Text = "none"
    battery: Text = "product"
    implant: Text = "product"
