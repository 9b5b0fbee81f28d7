"""Networks so deep that their first layers have no learning rate left."""

from __future__ import annotations

import re

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.errors import ConfigError
from edgeferro.mapping.configuration import write_rate
from edgeferro.mapping.network import Image

SAMPLES = np.random.default_rng(2).uniform(-1.0, 1.0, (30, 12))
CHIP = ef.Chip.load("ideal-watch-hzo-200ns")


def image(hidden: int, rate: float = 0.12) -> Image:
    """A new network of so many hidden layers of 16."""
    chip = CHIP.with_(**{"controller.learning_rate": rate})
    return ef.new_image(chip, (12, *[16] * hidden, 4), SAMPLES, 0)


def test_a_deep_network_is_told_what_would_do() -> None:
    """One line: the layer, and as many hidden layers, or the rate, that it takes."""
    with pytest.raises(ConfigError, match=r"learning rate: .* is not in") as refused:
        image(15)
    text = str(refused.value)
    found = re.search(
        r"; network\.hidden of (\d+) layers, or a controller\.learning_rate of at "
        r"least (\S+) would do$",
        text,
    )
    assert found, text
    fits = int(found[1])
    assert fits + 1 == len(image(fits).registers.layers)


def test_a_rate_that_is_too_small_or_too_large() -> None:
    """2^-62 x 128 to 255 fit; half and twice need twice and half the rate."""
    least = 128 * 2.0**-62
    assert (128, 62, least) == write_rate(least, 0.1, 0, 2)
    with pytest.raises(ConfigError, match=r"layer 0 .*; a .* of at least 0\.2 would"):
        write_rate(least / 2, 0.1, 0, 2)
    with pytest.raises(ConfigError, match=r"layer 1 .*; a .* of at most 0\.05 would"):
        write_rate(510.0, 0.1, 1, 2)
    with pytest.raises(
        ConfigError, match=r"layer 6 .* network\.hidden of 5 layers, or"
    ):
        write_rate(least / 2, 0.1, 6, 16)
    with pytest.raises(ConfigError, match=r"is not above 0$"):
        write_rate(0.0, 0.1, 0, 2)
