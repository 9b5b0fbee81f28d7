"""What each setting of a chip file becomes, written by hand from SPEC and header.

A row: path, value, and the fields of ``struct ef_config`` that differ from those of the
default chip, with the settings beside it that it needs to have an effect. Numbers in
units of a field were worked out on paper; how stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["DEVICE_ROWS", "ERRING", "ROWS", "TRIMMED", "DeviceRow", "Row", "layers"]


@dataclass(frozen=True)
class Row:
    """One setting at one value that is not its default.

    Attributes:
        path: of the setting.
        value: of it.
        expected: fields that differ, with their values.
        given: settings of both chips, for those that a rule or reference asks for.
    """

    path: str
    value: Any
    expected: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path}={self.value}"


def layers(name: str, value: Any) -> dict[str, Any]:
    """One value in both layers."""
    return {f"layers[{index}].{name}": value for index in (0, 1)}


SGD: Final = {"controller.rule": "sgd-stochastic"}
COUNTED: Final = {"controller.rule": "sgd-counted"}
# 127 steps of a DAC at 10 MHz, in every layer.
LONG: Final = {"array.read_ns": 12_700, "converters.activation_bits": 7}
CHARGE: Final = {**LONG, "array.noise": "charge"}
# A clock at which the DAC's 255 steps fit 10 us.
STATED: Final = {"array.noise": "stated", "controller.clock_mhz": 30.0}
UNSIGNED: Final = {"converters.input_signed": False}
ERRING: Final = {
    "converters.adc_gain_error": 0.01,
    "converters.adc_offset_error": 2.0,
}
TRIMMED: Final = {**ERRING, "converters.trim": True}
ROUNDINGS: Final = {  # enum ef_rounding; nearest-even, 3, is the default
    "floor": 0,
    "toward-zero": 1,
    "nearest-up": 2,
    "nearest-away": 4,
}
ANY_ROUNDING: Final = {**ROUNDINGS, "stochastic": 5}

# Noise: one unit has a deviation of sqrt(43690) = 209.02153 (SPEC 2.4); a spread unit
# is 39/256 of that, 31.843124 to the deviation (SPEC 3.2).
DEVICE: Final = [
    Row("device.pulse_class", 1, layers("pulse_class", 1)),
    Row("device.program_class", 1, layers("program_class", 1)),
    # class 1 steps by 2^-11, class 0 by 2^-10: 2 fine pulses, 512 / 256
    Row(
        "device.coarse_class",
        0,
        {"coarse_ratio": 512},
        {"device.pulse_class": 1},
    ),
    Row(
        "device.coarse_ratio",
        4.3,  # 1100.8
        {"coarse_ratio": 1101},
        {"device.pulse_class": 1, "device.coarse_class": 0},
    ),
    # 0.2 / sqrt 2 each; x 2^22 / 31.843124 (SPEC 3.3) = 18627.70
    Row("device.d2d", 0.2, {"d2d_common": 18628, "d2d_asymmetry": 18628}),
    # 0.1 x 2^22 / 209.02153 (3.6: F - 1 = noise x c2c / 2^8 / 2^14) = 2006.64
    Row("device.c2c", 0.1, {"c2c[0]": 2007, "c2c[1]": 2007}),
]

ARRAY: Final = [
    Row("array.reference", "none", {"reference": 0}),
    Row("array.reference", "stored", {"reference": 2}),
    Row("array.reference", "offset", {"reference": 3}),
    Row("array.both_sides", True, {"both_sides": 1}),
    # 0.01 x 32768 x 127 line units = 41615.36; x 2^8 / 209.02153 (5.1) = 50968.59
    Row("array.read_noise", 0.01, {"read_noise": 50969}, STATED),
    # the largest code is 255: 0.01 x 32768 x 255 x 2^8 / 209.02153 = 102338.50
    Row("array.read_noise", 0.01, {"read_noise": 102339}, {**UNSIGNED, **STATED}),
    Row("array.access", "passive-third", {"access": 1}),
    Row("array.access", "1t1r", {"access": 2}),
    # the device's window is 2 nS above 1 nS; 12.7 us at 0.1 V and a top code of 127: a
    # line sum is 2e-9 / 65536 x 0.1 x 12.7e-6 / 127 / q = 1.9047574e-3 electrons.
    # Shot: coth(q 0.1 / 2 k 310) = 1.0484953, x 65536^2 / 43690 for read_noise's unit,
    # x 65536 / 65535 (conductance codes), / 1.9047574e-3, x 2^16 (5.9) = 54114204.7.
    # Base: 65535 x 1 / 2 = 32767.5. kT/C of 200 fF: sqrt(k 310 2e-13) / q = 182.611
    # electrons = 95871.2 line sums x 256 / 209.02153 = 117418.5. 0.8 V: 2e-13 x 0.8 / q
    # = 998641 electrons = 524288000 line sums = 2048000 x 2^8.
    Row("array.noise", "stated", {}, LONG),  # of none
    Row(
        "array.noise",
        "charge",
        {
            "read_shot": 54_114_205,
            "read_base": 32_768,
            "read_noise": 117_418,
            "line_limit": 2_048_000,
        },
        LONG,
    ),
    # as a stated noise of 0, by name
    Row("array.noise", "none", {}, {**LONG, "array.noise": "stated"}),
    # coth at 400 K is 1.1163150; the noise of the capacitor x sqrt(400 / 310)
    Row(
        "array.temperature_k",
        400.0,
        {"read_shot": 57_614_465, "read_noise": 133_378},
        CHARGE,
    ),
    # x sqrt 2, and twice the charge
    Row(
        "array.capacitor_ff",
        400.0,
        {"read_noise": 166_055, "line_limit": 4_096_000},
        CHARGE,
    ),
    Row("array.swing_v", 1.6, {"line_limit": 4_096_000}, CHARGE),
    # the amplifier's 50968.59 beside the capacitor's 117418.46: their root of squares
    Row("array.read_noise", 0.01, {"read_noise": 128_003}, CHARGE),
    Row("array.read_ns", 777, {"read_ns": 777}),
    Row("array.gap_ns", 0, {"gap_ns": 0}),
    Row("array.initial_state", 0.25, {"initial_state": 2**29}),
    Row("array.initial_state", -0.5, {"initial_state": -(2**30)}),
    Row("array.initial_state", -1.0, {"initial_state": -(2**31) + 1}),
]

CONVERTERS: Final = [
    Row("converters.input_bits", 5, {"sites[0].bits": 5}),
    Row("converters.input_signed", False, {"input_signed": 0}),
    Row("converters.input_overflow", "wrap", {"sites[0].overflow": 1}),
    # the tolerance of 0.011 is 0.011 x 2048 / 0.7 = 32.18 codes
    Row("converters.adc_bits", 12, {"sites[1].bits": 12, "program_tolerance": 32}),
    *(
        Row("converters.adc_rounding", name, {"sites[1].rounding": mode})
        for name, mode in ANY_ROUNDING.items()
    ),
    Row("converters.adc_overflow", "wrap", {"sites[1].overflow": 1}),
    # 0.01 x 2^24 / 31.843124 = 5268.71; 2 x 2^12 / 31.843124 = 257.26 (5.11)
    Row("converters.adc_gain_error", 0.01, {"adc_gain": 5269}),
    Row("converters.adc_offset_error", 2.0, {"adc_offset": 257}),
    # a line through 0 at 65 places, in 1/256 code
    Row("converters.adc_inl", [-0.25, 0.25], {"adc_inl": [*range(-64, 65, 2)]}),
    # a trim without a range reaches a quarter further: 1.25 x 5269, 1.25 x 257
    Row("converters.trim", True, {"trim_gain": 6586, "trim_offset": 321}, ERRING),
    # 0.05 x 2^24 / 127 = 6605.20; 10 x 2^12 / 127 = 322.52 (5.12)
    Row("converters.trim_gain_range", 0.05, {"trim_gain": 6605}, TRIMMED),
    Row("converters.trim_offset_range", 10.0, {"trim_offset": 323}, TRIMMED),
    Row("converters.activation_bits", 6, {"sites[2].bits": 6}),
    Row("converters.error_bits", 4, {"sites[3].bits": 4}),
    *(
        Row("converters.error_rounding", name, {"sites[3].rounding": mode})
        for name, mode in ROUNDINGS.items()
    ),
    *(
        Row("converters.reference_rounding", name, {"sites[7].rounding": mode})
        for name, mode in ROUNDINGS.items()
    ),
]

CONTROLLER: Final = [
    Row("controller.rule", "sgd-stochastic", layers("rule", 1)),
    Row("controller.rule", "sgd-counted", layers("rule", 2)),
    Row("controller.error", "squared", {"error_kind": 1}),
    Row("controller.error_deadband", 0.25, {"error_deadband": 64}),
    Row("controller.pulse_limit", 7, {"pulse_limit": 7}),
    Row("controller.train_length", 13, {"train_length": 13}, SGD),
    Row("controller.train_bits", 9, {"train_bits": 9}, SGD),
    Row("controller.train_managed", True, {"train_managed": 1}, SGD),
    Row("controller.lines_per_row_lfsr", 5, {"lines_per_row_lfsr": 5}, SGD),
    Row("controller.lines_per_column_lfsr", 6, {"lines_per_column_lfsr": 6}, SGD),
    Row("controller.accumulator_bits", 20, {"sites[5].bits": 20}),
    Row("controller.accumulator_overflow", "wrap", {"sites[5].overflow": 1}),
    Row("controller.threshold", 1000, layers("threshold", 1000)),
    Row("controller.transfer_every", 40, {"transfer_every": 40}),
    Row("controller.excess", "drop", {"excess": 1}),
    *(
        Row("controller.gradient_rounding", name, {"sites[4].rounding": mode})
        for name, mode in ANY_ROUNDING.items()
    ),
    Row("controller.gradient_rounding", "floor", {"sites[4].rounding": 0}, SGD),
    *(  # the default is stochastic
        Row("controller.pulse_rounding", name, {"sites[6].rounding": mode}, COUNTED)
        for name, mode in {**ROUNDINGS, "nearest-even": 3}.items()
    ),
    Row("controller.lanes", 3, {"lanes": 3}),
]

PROGRAM: Final = [
    # 0.025 x 256 / 0.7 = 9.14 codes
    Row("program.tolerance", 0.025, {"program_tolerance": 9}),
    Row("program.iterations", 11, {"program_iterations": 11}),
    Row("program.limit", 12, {"program_limit": 12}),
    Row("program.reads", 13, {"program_reads": 13}),
]

NETWORK: Final = [
    # the arrays stay 3 and 4 columns wide: a bias less is an input more
    Row(
        "network.bias",
        False,
        layers("bias", 0) | {"layers[0].inputs": 3, "layers[1].inputs": 4},
    ),
]

RELIABILITY: Final = [
    Row("reliability.stuck_low", 0.01, {"stuck_low": 42949673}),  # 42949672.96
    Row("reliability.stuck_high", 0.25, {"stuck_high": 2**30}),
    Row("reliability.fatigue", 0.05, {"fatigue": 3277}),  # 0.05 x 2^16 = 3276.8
    Row("reliability.imprint", 0.5, {"imprint": 2**15}),
    Row("reliability.imprint", -0.02, {"imprint": -1311}),  # -1310.72
    Row("reliability.wear_onset", 1024, {"wear_onset": 10}),  # log2
    Row("reliability.wear_onset", 2**31, {"wear_onset": 31}),
    Row("reliability.disturb", 0.001, {"disturb": 1049}),  # 0.001 x 2^20 = 1048.576
    # 0.01 x 2^31 / 209.02153 (17.3, R / 2^8 = 1 after a second) = 102739.83
    Row("reliability.drift", 0.01, {"drift": 102740}),
    Row("reliability.retention_s", 3600, {"retention_s": 3600}),
    Row("reliability.retention_level", 0.25, {"retention_level": 2**29}),
    Row("reliability.retention_level", -1.0, {"retention_level": -(2**31) + 1}),
]

ROWS: Final = [
    *DEVICE,
    *ARRAY,
    *CONVERTERS,
    *CONTROLLER,
    *PROGRAM,
    *NETWORK,
    *RELIABILITY,
]


@dataclass(frozen=True)
class DeviceRow:
    """One number of a device file, and the fields that follow from it.

    Attributes:
        name: as ``support/seam.py`` writes it.
        value: of it.
        expected: fields that differ.
    """

    name: str
    value: Any
    expected: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


# What each device number becomes. Knots: 2^-12 of W is 2^-11 of the state, 2^20.
_FLAT, _HALF, _SMALL = [2**22] * 65, [2**21] * 65, [2**20] * 65
_FEW: Final = '{ kind = "constant", a = 0.000244140625 }'
DEVICE_ROWS: Final = [
    DeviceRow("width_ns", 555, {"width_ns[0]": 555}),
    DeviceRow("bound_low", -0.5, {"bound_low": -(2**30)}),
    DeviceRow("bound_high", 0.75, {"bound_high": 3 * 2**29}),
    # 0.05 x 2^22 / 31.843124 (SPEC 3.3) = 6585.89
    DeviceRow("d2d_common", 0.05, {"d2d_common": 6586}),
    DeviceRow("d2d_asymmetry", 0.05, {"d2d_asymmetry": 6586}),
    DeviceRow("c2c", 0.1, {"c2c[0]": 2007, "c2c[1]": 2007}),
    # parts of the full range, 2^32: 0.001 x 2^32 / 209.02153 (3.6) = 20547.97
    DeviceRow(
        "c2c_additive", 0.001, {"c2c_additive[0]": 20548, "c2c_additive[1]": 20548}
    ),
    # parts of half the range, 2^31: 0.01 x 2^31 / 31.843124 (3.4) = 674394.78
    DeviceRow("bound", 0.01, {"bound_spread": 674395}),
    DeviceRow("up", _FEW, {"knots": [[_SMALL, _FLAT], [_HALF, _HALF]]}),
    DeviceRow("down", _FEW, {"knots": [[_FLAT, _SMALL], [_HALF, _HALF]]}),
]
