"""Random chips, each a function of its seed, over the whole range of every register."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import plain


def random_sites(rng: random.Random, stochastic_rule: bool) -> list[SimpleNamespace]:
    """Widths, roundings and overflows over all ranges, ordinary ones more often."""
    bits = [rng.choice(b) for b in ([8, 8, 1, 4, 9], [9, 9, 4, 14], [8], [8, 8, 3, 12])]
    bits += [32, rng.choice([16, 16, 8, 9, 24, 32]), 8, 16]
    sites = [plain.site(b, rng.randrange(5)) for b in bits]
    sites[0].shift = rng.choice([0, 0, 0, 3, 15])
    for index in (0, 1, 5):
        sites[index].overflow = rng.choice([0, 0, 1])
    for index in (1, 4, 6):
        if rng.random() < 0.3 and not (index == 4 and stochastic_rule):
            sites[index].rounding = plain.STOCHASTIC
    return sites


def random_knots(rng: random.Random, classes: int) -> np.ndarray:
    """Tables flat, sloped, bell-shaped, rough, and with zeros."""
    tables = np.zeros((classes, 2, 65), np.int64)
    grid = np.arange(65)
    for k in range(classes):
        for way in range(2):
            top = rng.choice([2**20, 2**24, 2**27, 2**30])
            shape = rng.randrange(4)
            if shape == 0:
                tables[k, way] = top
            elif shape == 1:
                tables[k, way] = top * (grid if way else 64 - grid) // 64
            elif shape == 2:
                tables[k, way] = top * grid * (64 - grid) // 1024
            else:
                tables[k, way] = [rng.randrange(top + 1) for _ in grid]
    return tables.astype(np.int32)


def random_layers(
    rng: random.Random, adc_bits: int, classes: int, squared: bool
) -> list[SimpleNamespace]:
    """One to three layers; gains so that most codes are neither 0 nor saturated."""
    layers: list[SimpleNamespace] = []
    count, inputs = rng.choice([1, 2, 2, 3]), rng.randint(1, 6)
    for index in range(count):
        rows = rng.randint(1, 6)
        rule = rng.choice([0, 1, 1, 2, 2, 3, 3, 3])
        shift = 30 - adc_bits + rng.choice([-1, 0, 0, 1])
        found = plain.layer(rows, inputs, bias=rng.randrange(2), rule=rule)
        found.bias_code = rng.choice([127, 1, 0, -255, 511])
        found.verify_code = rng.choice([127, 1, 511])
        for name in ("gain", "back", "verify"):
            setattr(found, f"{name}_mantissa", rng.choice([255, 129, 1]))
            setattr(found, f"{name}_shift", shift + rng.choice([0, 0, -3]))
        found.rate_mantissa = rng.choice([1, 128, 255])
        found.rate_shift = rng.choice([2, 9, 13, 16, 20, 26, 62])
        found.threshold = rng.choice([1, 60, 100, 1000, 4096, 2**20])
        found.pulse_class = rng.randrange(classes)
        found.program_class = rng.randrange(classes)
        if index < count - 1 or squared:
            entries = 1 << min(adc_bits, 12)
            found.activation = np.array(
                [rng.randint(-255, 255) for _ in range(entries)], np.int16
            )
            found.slope = np.array(
                [rng.choice([0, 1, 256, 300, 32767]) for _ in range(entries)], np.int16
            )
        layers.append(found)
        inputs = rows
    return layers


def random_ageing(rng: random.Random, low: int, high: int) -> dict[str, int]:
    """What fails and ages: half of the chips are without."""
    if rng.random() < 0.5:
        return {}
    return {
        "stuck_low": rng.choice([0, 2**28, 2**30]),
        "stuck_high": rng.choice([0, 2**28, 2**31]),
        "fatigue": rng.choice([0, 500, 2**16 - 1]),
        "imprint": rng.choice([0, 300, -300, 2**16 - 1]),
        "wear_onset": rng.choice([0, 0, 3, 31]),
        "disturb": rng.choice([0, 1, 2000, 2**16]),
        "drift": rng.choice([0, 100, 2**20]),
        "retention_s": rng.choice([0, 1, 1000, 2**32 - 1]),
        "retention_level": rng.choice([0, low, high]),
    }


def random_chain(seed: int, disturb: int) -> dict[str, int]:
    """The read chain and the access: half of the chips have none of it.

    Drawn apart from all else of a chip, so that the rest of it stays what it was.
    """
    rng = random.Random(f"chain {seed}")
    if rng.random() < 0.5:
        return {}
    return {
        "read_shot": rng.choice([0, 1, 2**16, 2**31 - 1, rng.randrange(2**31)]),
        "read_base": rng.choice([0, 1, 2**13, 2**24, rng.randrange(2**24)]),
        "line_limit": rng.choice([0, 1, 2**12, 2**14, 2**30, rng.randrange(2**18)]),
        "adc_gain": rng.choice([0, 1, 500, 2**13, rng.randrange(2**13)]),
        "adc_offset": rng.choice([0, 1, 2**8, 2**16, rng.randrange(2**16)]),
        "access": rng.choice([0, 1] if disturb else [0, 1, 2]),
    }


def random_inl(rng: random.Random) -> list[int] | None:
    """No table, bows and steps of some codes, noise, and the ends of int16."""
    shape, grid = rng.randrange(6), range(65)
    top = rng.choice([1, 300, 2000, 2**15 - 1])
    if shape == 0:
        return None
    if shape == 1:
        return [top * i * (64 - i) // 1024 for i in grid]
    if shape == 2:
        return [top if i % 16 < 8 else -top for i in grid]
    if shape == 3:
        return [-top + 2 * top * i // 64 for i in grid]
    if shape == 4:
        return [rng.choice([-(2**15), 2**15 - 1]) for _ in grid]
    return [rng.randint(-top, top) for _ in grid]


def random_trims(seed: int) -> dict[str, Any]:
    """Trims and nonlinearity: drawn apart, as the read chain is; half are without."""
    rng = random.Random(f"trim {seed}")
    if rng.random() < 0.5:
        return {}
    return {
        "trim_gain": rng.choice([0, 1, 2**13, rng.randrange(2**13)]),
        "trim_offset": rng.choice([0, 1, 2**16, rng.randrange(2**16)]),
        "adc_inl": random_inl(rng),
    }


def random_coarse(
    seed: int, classes: int, layers: list[SimpleNamespace]
) -> dict[str, int]:
    """Coarse pulses: drawn apart; half of the chips that may have them do."""
    rng = random.Random(f"coarse {seed}")
    if any(x.rule == 1 for x in layers) or rng.random() < 0.5:
        return {}
    ratio = rng.choice([512, 513, 1100, 2**15, rng.randrange(512, 8192)])
    return {"coarse_class": rng.randrange(classes), "coarse_ratio": ratio}


def turn_slopes(seed: int, layers: list[SimpleNamespace]) -> None:
    """Slopes of either sign: drawn apart; in half of the chips they stay."""
    rng = random.Random(f"slopes {seed}")
    if rng.random() < 0.5:
        return
    for layer in layers:
        if layer.slope is not None:
            signs = [rng.choice([-1, 1]) for _ in layer.slope]
            layer.slope = layer.slope * np.array(signs, np.int16)


def random_registers(seed: int) -> SimpleNamespace:
    """A random chip, a function of the seed alone."""
    rng = random.Random(seed)
    squared, classes = rng.random() < 0.4, rng.choice([1, 1, 2, 16])
    adc_bits = rng.choice([9, 9, 4, 12, 14])
    layers = random_layers(rng, adc_bits, classes, squared)
    sites = random_sites(rng, any(x.rule == 1 for x in layers))
    sites[1].bits = adc_bits
    reference = rng.randrange(4)
    noisy = rng.random() < 0.7
    low, high = rng.choice([(-(2**31) + 1, 2**31 - 1), (-(2**30), 2**29), (-1, 1)])
    changes = {
        "seed": rng.choice([0, 1, 2**64 - 1, rng.randrange(2**64)]),
        "reference": reference,
        "both_sides": rng.randrange(2) if reference == 1 else 0,
        "input_signed": rng.randrange(2),
        "error_kind": int(squared),
        "target_low": rng.choice([0, -511, -100]),
        "target_high": rng.choice([100, 511]),
        "sites": sites,
        "train_length": rng.choice([31, 31, 1, 7]),
        "train_bits": rng.choice([12, 4, 16]),
        "train_managed": rng.randrange(2),
        "pulse_limit": rng.choice([1, 3, 31, 127]),
        "excess": rng.randrange(2),
        "class_count": classes,
        "transfer_every": rng.choice([1, 1, 2, 3]),
        "lines_per_row_lfsr": rng.choice([1, 2, 4096]),
        "lines_per_column_lfsr": rng.choice([1, 3, 4096]),
        "lanes": rng.choice([1, 4, 4096]),
        "program_tolerance": rng.choice([0, 2, 255]),
        "program_iterations": rng.choice([1, 4, 10]),
        "program_limit": rng.choice([1, 5, 127]),
        "program_reads": rng.choice([1, 1, 3, 64]),
        "program_mantissa": rng.choice([1, 128, 255]),
        "program_shift": rng.choice([0, 5, 9, 31]),
        "exp_shift": rng.choice([0, 1, 8]),
        "initial_state": rng.choice([low, 0, high]),
        "bound_low": low,
        "bound_high": high,
        "bound_spread": rng.choice([0, 2**20, 2**26]),
        "d2d_common": rng.choice([0, 13172, 2**17]),
        "d2d_asymmetry": rng.choice([0, 13172, 2**17]),
        "read_noise": rng.choice([0, 2**14, 2**24]) if noisy else 0,
        "c2c": [rng.choice([0, 2007, 2**18]) if noisy else 0 for _ in range(16)],
        "c2c_additive": [rng.choice([0, 0, 500, 2**20]) for _ in range(16)],
        **random_ageing(rng, low, high),
        "width_ns": [20 * (k + 1) for k in range(16)],
        "knots": random_knots(rng, classes),
    }
    turn_slopes(seed, layers)
    changes |= random_coarse(seed, classes, layers)
    changes |= random_chain(seed, changes.get("disturb", 0)) | random_trims(seed)
    return plain.registers(layers, **changes)
