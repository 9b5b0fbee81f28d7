"""Commands step by step: all steps are the whole call, some of them are its prefix."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockstep import Pair, random_commands
from lockstep_direct import direct_commands, random_direct
from random_chips import random_registers
from stepped import SteppedCore

SEEDS: Final = range(80)
CHUNK: Final = 20


def steps_of_update(chip: SimpleNamespace, layer: Any, counted: int) -> int:
    """How many steps an update of a golden layer took, by SPEC 11.3.

    Args:
        chip: settings.
        layer: with the codes that it was updated by.
        counted: the count towards a transfer before it.
    """
    rows = sum(e != 0 for e in layer.e)
    active = rows != 0 and any(layer.x)
    match layer.config.rule:
        case 1:
            return int(active)
        case 2:
            return active * (1 + rows)
        case 3 if chip.transfer_every == 1:
            return 1 + active * rows
        case 3:
            due = counted + 1 == chip.transfer_every
            return 1 + due * (1 + layer.rows)
        case _:
            return 0


class SteppedPair(Pair):
    """Golden model and a core that takes steps; the number of them is counted too."""

    made_by = SteppedCore

    def _expect(self, expected: int) -> None:
        found = self.core
        assert isinstance(found, SteppedCore)
        assert expected == found.steps

    def _learned(self, counts: list[int]) -> None:
        layers = self.golden.layers
        back = sum(any(layer.e) for layer in layers[1:])
        updates = [
            steps_of_update(self.registers, layer, count)
            for layer, count in zip(layers, counts, strict=True)
        ]
        self._expect(len(layers) + 1 + back + sum(updates))

    def learn(self, raw: list[int], label: int) -> None:
        """One learning step."""
        counts = [layer.transfer_count for layer in self.golden.layers]
        super().learn(raw, label)
        self._learned(counts)

    def learn_targets(self, raw: list[int], targets: list[int]) -> None:
        """One learning step with a target a row."""
        counts = [layer.transfer_count for layer in self.golden.layers]
        super().learn_targets(raw, targets)
        self._learned(counts)

    def update(
        self, layer: int, inputs: list[int], errors: list[int], exponent: int
    ) -> None:
        """One update of one layer."""
        found = self.golden.layers[layer]
        count = found.transfer_count
        super().update(layer, inputs, errors, exponent)
        self._expect(steps_of_update(self.registers, found, count))

    def infer(self, raw: list[int]) -> None:
        """One forward pass."""
        super().infer(raw)
        self._expect(len(self.golden.layers))

    def read(self, layer: int, plane: int, column: int, reads: int) -> None:
        """Verify-read one column."""
        super().read(layer, plane, column, reads)
        self._expect(1)

    def program(self, layer: int, plane: int, column: int, targets: list[int]) -> None:
        """Write and verify one column: a reading more than there are pulses."""
        before = self.golden.layers[layer].verify_reads
        super().program(layer, plane, column, targets)
        self._expect(2 * (self.golden.layers[layer].verify_reads - before) - 1)

    def trim(self, layer: int, backward: int, reads: int, code: int) -> None:
        """Eight bits of each trim that there is, and the end."""
        super().trim(layer, backward, reads, code)
        chip = self.registers
        self._expect(8 * (bool(chip.trim_gain) + bool(chip.trim_offset)) + 1)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(SEEDS), CHUNK))
def test_fixed_seeds(first: int) -> None:
    """Twenty chips taken in steps agree with the golden model after every command."""
    for seed in range(first, first + CHUNK):
        pair = SteppedPair(random_registers(seed))
        random_commands(pair, random.Random(seed), 12)


@settings(max_examples=30)
@given(st.integers(1000, 2**32), st.integers(0, 2**32))
def test_random_chips(chip: int, commands: int) -> None:
    """Any chip and command: coarse pulses, targets and updates of one layer too."""
    pair = SteppedPair(random_direct(chip))
    direct_commands(pair, random.Random(commands), 8)
