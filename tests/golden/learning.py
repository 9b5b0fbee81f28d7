"""SPEC 7 and 8: output error, error codes, the way back."""

from __future__ import annotations

from typing import Any

from golden.arithmetic import shift_round
from golden.counting import Steps
from golden.reads import ERROR, backward, table_index


def label_targets(chip: Any, label: int) -> list[int]:
    """SPEC 7.2: a target for each row of the last layer."""
    rows = range(chip.layers[-1].rows)
    return [chip.config.target_high if i == label else chip.config.target_low
            for i in rows]  # fmt: skip


def softmax_error(chip: Any, layer: Any, label: int) -> list[int]:
    """SPEC 7.1."""
    c, rows = chip.config, layer.rows
    top = max(layer.y)
    entries = [int(c.exp_table[min((top - y) >> c.exp_shift, 255)]) for y in layer.y]
    total = sum(entries)
    chip.tally.add("backward", lookup=rows, add=3 * rows, divide=rows, compare=rows)
    chip.tally.add("backward", cycle=4 * rows)
    shares = [entry * 32768 // total for entry in entries]
    return [(32768 if i == label else 0) - p for i, p in enumerate(shares)]


def squared_error(chip: Any, layer: Any, targets: list[int]) -> list[int]:
    """SPEC 7.2, 7.4."""
    rows = layer.rows
    chip.tally.add("backward", lookup=2 * rows, add=rows, mac=rows, cycle=2 * rows)
    found = []
    for target, y in zip(targets, layer.y, strict=True):
        at = table_index(chip, y)
        found.append(
            (target - int(layer.config.activation[at])) * int(layer.config.slope[at])
        )
    return found


def slope_products(
    chip: Any, layer: Any, codes: list[int], back: list[int]
) -> list[int]:
    """SPEC 8.3, 8.5."""
    rows = layer.rows
    chip.tally.add("backward", lookup=rows, mac=rows, cycle=rows)
    slopes = [int(layer.config.slope[table_index(chip, y)]) for y in codes]
    return [b * s for b, s in zip(back, slopes, strict=True)]


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


def without_errors(layers: list[Any]) -> None:
    """SPEC 8.4: what layers hold to which no error goes back."""
    for layer in layers:
        layer.e, layer.exponent = [0] * layer.rows, 0


def backward_pass(chip: Any, label: int | None, targets: list[int]) -> Steps[None]:
    """SPEC 8.3, 8.4, 9.1, 11.3; a label for softmax, else a target a row."""
    above = chip.layers[-1]
    if label is None:
        errors = squared_error(chip, above, targets)
    else:
        errors = softmax_error(chip, above, label)
    errors = without_small_errors(chip, above, errors)
    alive = error_codes(chip, above, errors, 0)
    for index in range(len(chip.layers) - 2, -1, -1):
        if not alive:
            without_errors(chip.layers[: index + 1])
            break
        yield
        layer = chip.layers[index]
        codes = backward(chip, above, "backward")
        errors = slope_products(chip, layer, layer.y, codes)
        alive = error_codes(chip, layer, errors, above.exponent)
        above = layer
    yield
