"""Small chips for tests of the core, register by register, nothing worked out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from edgeferro.core.binding import setting_fields
from edgeferro.core.emulator import Core

RULES = {"none": 0, "sgd-stochastic": 1, "sgd-counted": 2, "mixed-precision": 3}
ZEROS = vars(setting_fields("Settings", "struct ef_settings")())
LAYER_ZEROS = vars(setting_fields("LayerSettings", "struct ef_layer_config")())
FLOOR, ZERO, UP, EVEN, AWAY, STOCHASTIC = range(6)


def site(
    bits: int, rounding: int = EVEN, overflow: int = 0, shift: int = 0
) -> SimpleNamespace:
    """Return one quantizer site's registers."""
    return SimpleNamespace(bits=bits, rounding=rounding, overflow=overflow, shift=shift)


def layer(rows: int, inputs: int, **changes: Any) -> SimpleNamespace:
    """Return one layer's registers; ADC at one weight of 1.0 driven with 127."""
    fields: dict[str, Any] = {
        **LAYER_ZEROS,
        "rows": rows,
        "inputs": inputs,
        "rule": RULES["mixed-precision"],
        "bias_code": 127,
        "verify_code": 127,
        "gain_mantissa": 129,
        "gain_shift": 21,
        "back_mantissa": 129,
        "back_shift": 21,
        "verify_mantissa": 129,
        "verify_shift": 21,
        "rate_mantissa": 200,
        "rate_shift": 13,
        "threshold": 4096,
        "activation": None,
        "slope": None,
    }
    return SimpleNamespace(**{**fields, **changes})


def registers(layers: list[SimpleNamespace], **changes: Any) -> SimpleNamespace:
    """Return a chip's registers: a constant step of 2^22, no noise, no spread."""
    for hidden in layers[:-1]:
        if hidden.activation is None:
            hidden.activation = np.clip(np.arange(-256, 256), 0, 255).astype(np.int16)
            hidden.slope = np.where(np.arange(-256, 256) > 0, 256, 0).astype(np.int16)
    fields: dict[str, Any] = {
        **ZEROS,
        "seed": 1,
        "layer_count": len(layers),
        "input_signed": 1,
        "target_low": -100,
        "target_high": 100,
        "sites": [site(b) for b in (8, 9, 8, 8, 32, 16, 8, 16)],
        "train_length": 31,
        "train_bits": 12,
        "pulse_limit": 31,
        "class_count": 1,
        "transfer_every": 1,
        "lines_per_row_lfsr": 16,
        "lines_per_column_lfsr": 16,
        "lanes": 16,
        "program_tolerance": 2,
        "program_iterations": 20,
        "program_limit": 20,
        "program_reads": 1,
        "program_mantissa": 128,
        "program_shift": 5,
        "bound_low": -(2**31) + 1,
        "bound_high": 2**31 - 1,
        "read_ns": 100,
        "gap_ns": 20,
        "width_ns": [200] * 16,
        "knots": np.full((1, 2, 65), 1 << 22, np.int32),
        "exp_table": np.round(65535 * np.exp(-np.arange(256) / 20)).astype(np.uint16),
        "adc_inl": None,
        "layers": layers,
    }
    return SimpleNamespace(**{**fields, **changes})


def core(layers: list[SimpleNamespace], **changes: Any) -> Core:
    """Return a chip brought up from :func:`registers`."""
    return Core(registers(layers, **changes))
