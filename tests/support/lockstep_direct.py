"""Commands of one layer and learning with targets, at random, on both models."""

from __future__ import annotations

import random
from types import SimpleNamespace

import numpy as np
from lockstep import Pair, random_commands, random_input
from random_chips import random_registers

ENDS = (-(2**31), -(2**31) + 1, -1, 0, 1, 2**31 - 1)


def random_direct(seed: int) -> SimpleNamespace:
    """A random chip with slopes of both signs and, where it may, coarse pulses."""
    registers = random_registers(seed)
    rng = random.Random(f"direct {seed}")
    for layer in registers.layers:
        if layer.slope is not None and rng.random() < 0.7:
            signs = [rng.choice([-1, 1]) for _ in layer.slope]
            layer.slope = (layer.slope * np.array(signs)).astype(np.int16)
    if all(layer.rule != 1 for layer in registers.layers) and rng.random() < 0.9:
        registers.coarse_ratio = rng.choice([512, 2**15, rng.randint(512, 2**15)])
        registers.coarse_class = rng.randrange(registers.class_count)
        registers.pulse_limit = rng.choice([registers.pulse_limit, 31, 127])
    return registers


def adc_codes(pair: Pair, rng: random.Random, count: int) -> list[int]:
    """Codes of the ADC's range, its ends among them."""
    half = 2 ** (pair.registers.sites[1].bits - 1)
    return [
        rng.choice([-half, half - 1, 0, rng.randint(-half, half - 1)])
        for _ in range(count)
    ]


def random_update(pair: Pair, rng: random.Random, index: int) -> None:
    """One layer's update: sparse and dense, codes at their ends, any exponent."""
    layer = pair.golden.layers[index]
    half = 2 ** (pair.registers.sites[3].bits - 1) - 1
    far = rng.choice([1, 20, 511])
    x = [rng.choice([0, far, -far, rng.randint(-far, far)]) for _ in layer.x]
    e = [rng.choice([0, half, -half, rng.randint(-half, half)]) for _ in layer.e]
    if rng.random() < 0.1:
        x, e = rng.choice([([0] * len(x), e), (x, [0] * len(e))])
    near = layer.rate[1] - 10 + rng.randint(-6, 6)
    near = max(-1024, min(1023, near))
    pair.update(index, x, e, rng.choice([near, near, near, 0, -1024, 1023]))


def random_targets(pair: Pair, rng: random.Random) -> list[int]:
    """A target a row of the last layer, at the ends of the range or within."""
    top = 2 ** pair.registers.sites[2].bits - 1
    rows = range(pair.golden.layers[-1].rows)
    return [rng.choice([-top, top, rng.randint(-top, top)]) for _ in rows]


def direct_commands(pair: Pair, rng: random.Random, count: int) -> None:
    """Send random commands of one layer, and others between them."""
    layers = pair.golden.layers
    for _ in range(count):
        index = rng.randrange(len(layers))
        layer = layers[index]
        table = layer.config.activation is not None
        match rng.choice("tttuuuueasox"):
            case "t" if pair.registers.error_kind == 1:
                raw = [random_input(rng) for _ in range(layers[0].inputs)]
                pair.learn_targets(raw, random_targets(pair, rng))
            case "u" if layer.config.rule:
                random_update(pair, rng, index)
            case "e":
                far = rng.choice([1, 1000, 2**31 - 1])
                wide = [
                    rng.choice([0, rng.choice(ENDS), rng.randint(-far, far)])
                    for _ in layer.e
                ]
                pair.error_codes(index, wide, rng.choice([-512, 511, 0, -7]))
            case "a" if table:
                pair.activate(index, adc_codes(pair, rng, layer.rows))
            case "s" if table:
                codes = adc_codes(pair, rng, layer.rows)
                pair.slopes(index, codes, adc_codes(pair, rng, layer.rows))
            case "x":
                pair.restart()
            case _:
                random_commands(pair, rng, 1)
    pair.restart()
