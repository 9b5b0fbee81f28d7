"""SPEC 7 and 8: output error, error codes, the way back."""

from __future__ import annotations

from typing import Any

from golden.arithmetic import shift_round
from golden.reads import ERROR, backward, table_index


def output_error(chip: Any, layer: Any, label: int) -> list[int]:
    """SPEC 7."""
    c, rows = chip.config, layer.rows
    if c.error_kind == 0:
        top = max(layer.y)
        entries = [
            int(c.exp_table[min((top - y) >> c.exp_shift, 255)]) for y in layer.y
        ]
        total = sum(entries)
        chip.tally.add("backward", lookup=rows, add=3 * rows, divide=rows, compare=rows)
        chip.tally.add("backward", cycle=4 * rows)
        shares = [entry * 32768 // total for entry in entries]
        return [(32768 if i == label else 0) - p for i, p in enumerate(shares)]
    chip.tally.add("backward", lookup=2 * rows, add=rows, mac=rows, cycle=2 * rows)
    found = []
    for i, y in enumerate(layer.y):
        at = table_index(chip, y)
        target = c.target_high if i == label else c.target_low
        found.append(
            (target - int(layer.config.activation[at])) * int(layer.config.slope[at])
        )
    return found


def without_small_errors(chip: Any, layer: Any, errors: list[int]) -> list[int]:
    """SPEC 7.3."""
    band = chip.config.error_deadband
    if band == 0:
        return errors
    chip.tally.add("backward", compare=layer.rows, cycle=layer.rows)
    return [d if 128 * band <= abs(d) else 0 for d in errors]


def error_codes(chip: Any, layer: Any, errors: list[int], above: int) -> bool:
    """SPEC 8.1, 8.2; whether any code is not zero."""
    config, site = chip.config.sites[ERROR], layer.sites[ERROR]
    top = max(map(abs, errors))
    half = 2 ** (config.bits - 1)
    k = top.bit_length() - (config.bits - 1)
    for r, d in enumerate(errors):
        code = 0 if top == 0 else shift_round(d, k, config.rounding)
        layer.e[r] = site.narrow(code, -(half - 1), half - 1)
        site.underflowed += d != 0 and layer.e[r] == 0
    layer.exponent = 0 if top == 0 else k + above
    rows = layer.rows
    chip.tally.add("backward", compare=rows, add=rows, cycle=2 * rows)
    return any(layer.e)


def backward_pass(chip: Any, label: int) -> None:
    """SPEC 8.3, 8.4, 9.1."""
    above = chip.layers[-1]
    errors = without_small_errors(chip, above, output_error(chip, above, label))
    alive = error_codes(chip, above, errors, 0)
    for layer in reversed(chip.layers[:-1]):
        if not alive:
            layer.e = [0] * layer.rows
            layer.exponent = 0
        else:
            codes = backward(chip, above, "backward")
            slopes = [int(layer.config.slope[table_index(chip, y)]) for y in layer.y]
            errors = [b * s for b, s in zip(codes, slopes, strict=True)]
            rows = layer.rows
            chip.tally.add("backward", lookup=rows, mac=rows, cycle=rows)
            alive = error_codes(chip, layer, errors, above.exponent)
        above = layer
