"""Commands step by step: all steps are the whole call, some of them are its prefix."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, Final

import plain
import pytest
from edgeferro._core import ffi, lib
from hypothesis import given, settings
from hypothesis import strategies as st
from lockstep import Pair, random_commands
from lockstep_direct import direct_commands, random_direct
from random_chips import random_registers
from stepped import Job, SteppedCore, codes

from edgeferro.core.emulator import Core, TraceBuffer

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


def small(rule: int, **changes: Any) -> SimpleNamespace:
    """Registers of 3 x (4 + bias) and 2 x 3 weights, 4 lanes, 100 ns a read."""
    layers = [plain.layer(3, 4, bias=1, rule=rule), plain.layer(2, 3, rule=0)]
    layers[0].rate_shift = layers[1].rate_shift = 23
    return plain.registers(layers, lanes=4, **changes)


def durations(core: Core, name: str, *arguments: Any) -> list[tuple[int, int]]:
    """Cycles and nanoseconds of each step of a command."""
    job = Job(core, name, *arguments)
    job.run()
    job.end()
    return job.durations


RAW: Final = codes([100, -50, 20, 127])
FORWARD: Final = [(5 + 3 + 3, 100), (3 + 2 + 2, 100)]  # columns + rows, activation
ERROR: Final = (4 * 2 + 2 * 2, 0)  # softmax, codes
BACK: Final = (2 + 3 + 3 + 2 * 3, 100)  # read, slope products, codes


X: Final = codes([100, 0, 0, 20, 127])
E: Final = codes([50, 0, -50])
PRODUCTS: Final = (2, 0)  # 3 x 2 pairs by 4 lanes
# At an exponent of 5: 50 x 200 x (100, 20, 127) / 2^18 are 4, 1 and 5 pulses of 220 ns.
COUNTED: Final = [PRODUCTS, (2, 5 * 220), (2, 5 * 220)]


def test_time_of_learning_by_hand() -> None:
    """Each step of an inference and of learning takes what SPEC 11.1 says."""
    registers = small(2)
    assert FORWARD == durations(Core(registers), "infer", RAW)
    core = Core(registers)
    steps = durations(core, "learn", RAW, 1)
    # weights of 0: what comes back is 0 at a slope of 0, and layer 0 has no update
    assert [*FORWARD, ERROR, BACK] == steps
    registers.error_deadband = 255  # all errors are small: 2 compares, and no way back
    registers.error_kind, registers.target_low = 1, 0
    registers.target_high = 0
    registers.layers[1].activation = registers.layers[0].activation
    registers.layers[1].slope = registers.layers[0].slope
    assert [*FORWARD, (2 * 2 + 2 + 2 * 2, 0)] == durations(
        Core(registers), "learn", RAW, 1
    )


@pytest.mark.parametrize(
    ("rule", "changes", "exponent", "expected"),
    [
        (1, {}, 0, [[(3 + 5 + 2 * 31, 2 * 31 * 220)]]),
        (2, {}, 5, [COUNTED]),
        # at 2^-13 they are 122, 24 and 155: one pulse of 100 each
        (3, {}, 10, [[PRODUCTS, (2, 220), (2, 220)]]),
        # twice: 244 and 310 are 2 and 3 pulses; 15 accumulators by 4 lanes
        (
            3,
            {"transfer_every": 2},
            10,
            [[PRODUCTS], [PRODUCTS, (4, 0), (2, 660), (0, 0), (2, 660)]],
        ),
    ],
)
def test_time_of_an_update_by_hand(
    rule: int,
    changes: dict[str, Any],
    exponent: int,
    expected: list[list[tuple[int, int]]],
) -> None:
    """Products, then a row that has an error code after another; or a train."""
    registers = small(rule, **changes)
    registers.layers[0].threshold = 100
    core = Core(registers)
    for steps in expected:
        assert steps == durations(core, "update", 0, X, E, exponent)


@pytest.mark.parametrize("inputs", [X, codes([0] * 5)])
@pytest.mark.parametrize(("rule", "steps"), [(1, []), (2, []), (3, [(0, 0)])])
def test_an_update_of_nothing(rule: int, steps: list[Any], inputs: Any) -> None:
    """Without an error or an input: none but mixed precision's count."""
    errors = codes([0] * 3) if inputs is X else E
    assert steps == durations(Core(small(rule)), "update", 0, inputs, errors, 5)


def test_time_of_columns_by_hand() -> None:
    """Readings of so many rows, and pulses of a column."""
    reading, pulses = (4, 100), (2, 220)  # 1 + 3 rows
    assert [(8, 200)] == durations(Core(small(2)), "read", 0, 0, 4, 2)
    zeros, far = codes([0, 0, 0]), codes([0, 0, 32767])
    assert [reading] == durations(Core(small(2)), "program", 0, 0, 4, zeros)
    # 20 pulses are allowed; then one row is read
    one = Core(small(2, program_iterations=1))
    assert [reading, (2, 20 * 220), (2, 100)] == durations(one, "program", 0, 0, 4, far)
    how = {"reads": 1, "quads": 1, "windows": 1, "tolerance": 4, "probe": 3}
    settings = ffi.new(
        "struct ef_calibration *", {**how, "mantissa": 129, "shift": 21, "limit": 9}
    )
    points = ffi.new("struct ef_point[3]")
    core = Core(small(2))
    for window in range(3):  # two to settle, one to measure
        job = Job(core, "calibrate", points, 0, 0, 4, settings)
        job.run()
        expected = [*([reading, pulses] * 4), (6, 0)]
        if window == 2:  # a rail test: 5 up, 8 down, 3 up
            for count in (5, 8, 3):
                expected += [reading, (2, 220 * count)]
            expected.append((6, 0))
        assert expected == job.durations
        job.end()
    over = Job(core, "calibrate", points, 0, 0, 4, settings)
    assert over.over  # all three have their verdict
    chip = small(2, adc_gain=9, trim_offset=100)
    assert [reading] * 8 + [(3, 0)] == durations(Core(chip), "trim", 0, 0, 1, 100)


def test_a_step_asks_for_its_own_room() -> None:
    """A buffer that holds the whole command holds its last step, and none less."""
    core = Core(small(2))
    job = Job(core, "update", 0, X, E, 5)
    job.run(1)
    before, kept = core.snapshot(), bytes(ffi.buffer(job.record))
    less, row = TraceBuffer(4), TraceBuffer(5)
    for room, status in ((less, lib.EF_ERROR_TRACE), (row, lib.EF_OK)):
        assert (before, kept) == (core.snapshot(), bytes(ffi.buffer(job.record)))
        found = lib.ef_job_step(core._chip, job.record, ffi.NULL, room.record)
        assert status == found
    assert 3 == len(row.take())
    whole = TraceBuffer(15)
    Job(core, "update", 0, X, E, 5).run(trace=whole)
    assert 6 == len(whole.take())
