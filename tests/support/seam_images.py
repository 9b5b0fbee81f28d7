"""Settings that reach the structure by way of a network's scales; numbers by hand.

The chip is the default one on the device of round numbers: a step of 2^-9 of the state
(2^22 in Q0.31) both ways, so that its symmetry point is 0. The network is 2-4-2; its
samples are zero, so that every full scale is ``signal_limit`` = 6.
"""

from __future__ import annotations

from typing import Any, Final

from seam_rows import ERRING, TRIMMED, Row, layers

__all__ = ["ACTIVATIONS", "DEFAULT", "PATHS", "ROWS", "SIZES"]

SIZES: Final = (2, 4, 2)
# Gains are m x 2^-s with m = 128..255, the nearest:
# layer 0: code 127 stands for 1.0, ADC half 256 for 6.0 at weight 1 / 32768:
#   1/127/32768 x 256 / 6 = 172.010 x 2^-24. One ADC code is then 0.02343893.
# Its relu reaches 256 codes, 255 output codes: one is 0.02353085, 1.0 is code 42.497.
# layer 1: 0.02353085 / 32768 x 256 / 6 = 128.510 x 2^-22. An ADC code: 0.02334844.
# verify: 256 / (2 x 0.35 x 32768 x 127) = 184.297 x 2^-21; x 255: 183.574 x 2^-22.
# backward: 256 / (0.35 x 32768 x 127 x 2), 2 being the root of 4 rows too: the same.
# rates: 0.1 x error x input / (2^-9) x 4096:
#   layer 1: error 2^-15, input 0.02353085: 154.212 x 2^-10.
#   layer 0: error 2^-15 x 2^-15 / (184 x 2^-21) / 256, input 1/127: 143.591 x 2^-21.
# programming: one step is 2^-9 x 32768 x 127 x 184 x 2^-21 = 365.125 / 512 codes:
#   512 / 365.125 = 179.489 x 2^-7.
# softmax: 255 codes reach 5.95; twice as many are needed and 11 is not reached: 1.
DEFAULT: Final[dict[str, Any]] = {
    "layers[0].bias_code": 127,
    "layers[0].verify_code": 127,
    "layers[0].gain_mantissa": 172,
    "layers[0].gain_shift": 24,
    "layers[0].back_mantissa": 184,
    "layers[0].back_shift": 21,
    "layers[0].verify_mantissa": 184,
    "layers[0].verify_shift": 21,
    "layers[0].rate_mantissa": 144,
    "layers[0].rate_shift": 21,
    "layers[1].bias_code": 42,
    "layers[1].verify_code": 255,
    "layers[1].gain_mantissa": 129,
    "layers[1].gain_shift": 22,
    "layers[1].back_mantissa": 184,
    "layers[1].back_shift": 21,
    "layers[1].verify_mantissa": 184,
    "layers[1].verify_shift": 22,
    "layers[1].rate_mantissa": 154,
    "layers[1].rate_shift": 10,
    "program_mantissa": 179,
    "program_shift": 7,
    "exp_shift": 1,
    "target_low": 0,
    "target_high": 0,
}
LEVEL: Final = "array.reference_level"
SEARCH: Final = {LEVEL: "calibrated"}


def references(code: int) -> dict[str, Any]:
    """One state for all cells of both arrays."""
    return {"references[0]": [[code] * 3] * 4, "references[1]": [[code] * 5] * 2}


def searches(**settings: int) -> dict[str, Any]:
    """Settings of the search in both arrays."""
    return {
        f"calibrations[{index}].{name}": value
        for index in (0, 1)
        for name, value in settings.items()
    }


ROWS: Final = [
    # twice the rate: a shift less
    Row(
        "controller.learning_rate",
        0.2,
        {"layers[0].rate_shift": 20, "layers[1].rate_shift": 9},
    ),
    # a pulse for twice as many units: each product is twice as many
    Row(
        "controller.threshold",
        8192,
        layers("threshold", 8192)
        | {"layers[0].rate_shift": 20, "layers[1].rate_shift": 9},
    ),
    # two cells move for one pulse of the rule
    Row(
        "array.both_sides",
        True,
        {"both_sides": 1, "layers[0].rate_shift": 22, "layers[1].rate_shift": 11},
    ),
    # pulses of half the step: twice as many, in learning and in programming
    Row(
        "device.pulse_class",
        1,
        layers("pulse_class", 1)
        | {
            "layers[0].rate_shift": 20,
            "layers[1].rate_shift": 9,
            "program_shift": 6,
        },
    ),
    # a weight code is worth twice as much: half the gain, half the rate where the
    # error's unit does not grow with it, as it does in layer 0
    Row(
        "network.weight_limit",
        2.0,
        {
            "layers[0].gain_shift": 25 - 2,
            "layers[1].gain_shift": 21,
            "layers[1].rate_shift": 11,
        },
    ),
    # ADC codes are worth twice as much: half the gain of layer 0, whose outputs are
    # worth twice as much too (1.0 is code 21.249), so that layer 1's gain stays; its
    # inputs raise its rate. 255 codes of 0.0467 reach 11.9: the table needs no shift,
    # and holds the same steps.
    Row(
        "network.signal_limit",
        12.0,
        {
            "layers[0].gain_shift": 25,
            "layers[1].bias_code": 21,
            "layers[1].rate_shift": 9,
            "exp_shift": 0,
        },
    ),
    # the same, said
    Row(
        "converters.adc_range",
        12.0,
        {
            "layers[0].gain_shift": 25,
            "layers[1].bias_code": 21,
            "layers[1].rate_shift": 9,
            "exp_shift": 0,
        },
    ),
    # layer 1 alone: half the gain, and codes worth twice as much
    Row(
        "converters.adc_range",
        [6.0, 12.0],
        {"layers[1].gain_shift": 23, "exp_shift": 0},
    ),
    # programmed weights reach 0.7, and the verify range all states: 256 / (32768 x
    # 127) = 129.008 x 2^-21, x 255: 128.502 x 2^-22. Half the backward gain; twice
    # the unit of layer 0's error. 512 / (32768 x 127 x 129 x 2^-21) = 128.008 x 2^-6.
    Row(
        "array.weight_span",
        0.7,
        {
            "layers[0].verify_mantissa": 129,
            "layers[1].verify_mantissa": 129,
            "layers[0].back_shift": 22,
            "layers[1].back_shift": 22,
            "layers[0].rate_shift": 20,
            "program_mantissa": 128,
            "program_shift": 6,
            "program_tolerance": 3,  # 0.011 x 256 = 2.82
        },
    ),
    # -0.75 x 32768; the verify range reaches 1.25 x 0.75: 256 / (0.9375 x 32768 x
    # 127) = 137.608 x 2^-21, x 255: 137.069 x 2^-22; programming 239.319 x 2^-7
    Row(
        LEVEL,
        -0.75,
        references(-24576)
        | {
            "layers[0].verify_mantissa": 138,
            "layers[1].verify_mantissa": 137,
            "program_mantissa": 239,
            "program_tolerance": 3,  # 0.011 x 256 / 0.9375 = 3.004
        },
    ),
    # a cell read alone spans all states: the gains of a verify range of 1
    Row(
        LEVEL,
        "calibrated",
        searches(
            pulse_class=0,
            reads=1,
            quads=8,
            windows=6,
            tolerance=4,
            probe=3,
            mantissa=129,
            limit=512,
        )
        | {"calibrations[0].shift": 21, "calibrations[1].shift": 22},
    ),
    # a search sends the pulses of learning
    Row(
        "device.pulse_class",
        1,
        layers("pulse_class", 1)
        | searches(pulse_class=1)
        | {
            "layers[0].rate_shift": 20,
            "layers[1].rate_shift": 9,
            "program_shift": 6,
        },
        SEARCH,
    ),
    Row("calibration.reads", 3, searches(reads=3), SEARCH),
    Row("calibration.quads", 5, searches(quads=5), SEARCH),
    Row("calibration.windows", 9, searches(windows=9), SEARCH),
    Row("calibration.tolerance", 2, searches(tolerance=2), SEARCH),
    Row("calibration.probe", 6, searches(probe=6), SEARCH),
    Row("calibration.limit", 1000, searches(limit=1000), SEARCH),
    # a quarter of 2^9 codes; a register for the gain, one for the offset
    Row(
        "converters.trim",
        True,
        {"trim_gain": 6586, "trim_offset": 321}
        | {"trim.reads": 16, "trim.code": 128, "trim.registers": 2},
        ERRING,
    ),
    Row(
        "converters.trim",
        True,
        {"trim_gain": 6586, "trim.reads": 16, "trim.code": 128, "trim.registers": 1},
        {"converters.adc_gain_error": 0.01},
    ),
    Row("converters.trim_reads", 5, {"trim.reads": 5}, TRIMMED),
    Row("array.reference", "none", {"reference": 0, "references[0]": None,
                                    "references[1]": None}),
    Row("array.reference", "stored", {"reference": 2}),
    Row("array.reference", "offset", {"reference": 3, "references[0]": [0] * 3,
                                      "references[1]": [0] * 5}),
]  # fmt: skip

# Names of activations; their tables are worked out in test_seam_images.py.
ACTIVATIONS: Final = [
    (f"network.{place}", name)
    for place in ("activation", "output")
    for name in ("identity", "relu", "hard-sigmoid", "sigmoid", "tanh")
]
PATHS: Final = {row.path for row in ROWS} | {path for path, _ in ACTIVATIONS}
