"""A command that is cut leaves the prefix of its steps: reached by other ways too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib
from lockstep import random_calibration
from lockstep_direct import random_direct
from random_chips import random_registers
from stepped import Job, codes
from test_direct import looked_at, output_error, sample

from edgeferro.core.binding import configure
from edgeferro.core.emulator import Core


def of_rules(registers: Any) -> Any:
    """The chip with a rule in each layer: direct commands have no other updates."""
    for layer in registers.layers:
        layer.rule = layer.rule or 2
    return registers


def update_parts(
    core: Core, registers: Any, layer: int, x: np.ndarray, e: np.ndarray, k: int
) -> Iterator[None]:
    """One layer's update in the steps of SPEC 11.3, by updates of single rows."""
    rule, every = registers.layers[layer].rule, registers.transfer_every
    active = bool(x.any() and e.any())
    if rule == 1:
        if active:
            core.update(layer, x, e, k)
            yield
        return
    if rule == 3 and every > 1:
        core.update(layer, x, e, k)  # up to a transfer, which test_a_transfer has
        yield
        return
    if rule == 3 or active:
        yield  # products: events alone
    for row in np.flatnonzero(e) if active else ():
        alone = np.zeros_like(e)
        alone[row] = e[row]
        core.update(layer, x, alone, k)
        yield


def by_hand(
    core: Core, registers: Any, raw: np.ndarray, label: int, seen: Core
) -> Iterator[None]:
    """A learning step after its inference, one step of SPEC 11.3 after another.

    Args:
        core: does it, by commands of single layers.
        registers: its settings.
        raw: inputs.
        label: of them.
        seen: has the inference's codes.
    """
    core.infer(raw)
    layers = core.layers
    inputs = [core.peek("input", i).copy() for i in range(layers)]
    own = [core.peek("code", i).copy() for i in range(layers)]
    assert all((own[i] == seen.peek("code", i)).all() for i in range(layers))
    yield
    wide, last = output_error(registers, own[-1].tolist(), label), layers - 1
    errors = [np.zeros(len(y), np.int16) for y in own]
    exponents = [0] * layers
    for i in reversed(range(layers)):
        above = exponents[i + 1] if i < last else 0
        errors[i], exponents[i] = core.error_codes(i, wide, above)
        done = i == 0 or not errors[i].any()
        if done:
            for j in range(i):
                core.error_codes(j, np.zeros(len(own[j]), np.int32), 0)
            yield
            break
        yield
        wide = core.slopes(i - 1, own[i - 1], core.backward(i, errors[i]))
    for i in range(layers):
        parts = inputs[i], errors[i], exponents[i]
        yield from update_parts(core, registers, i, *parts)


def left(core: Core, registers: Any) -> dict[str, Any]:
    """What a step leaves, but for events, and the error codes of a row alone."""
    kept = ("state", "wear", "weight", "input", "code", "chi", "row_lfsr")
    kept += ("column_lfsr", "gradient", "reads", "pulses", "account", "lfsr")
    found = looked_at(core, registers)
    return {k: v for k, v in found.items() if k.split(" ")[0] in kept}


@pytest.mark.parametrize("seed", range(40))
def test_each_prefix_of_learning(seed: int) -> None:
    """After each step cells, accumulators, LFSRs and pulses are those of the parts."""
    registers = of_rules(random_direct(seed) if seed % 2 else random_registers(seed))
    if registers.transfer_every > 1:
        registers.transfer_every = 2**16 - 1
    steps, parts = Core(registers), Core(registers)
    rng = random.Random(seed)
    for _ in range(3):
        raw, label = sample(registers, rng)
        job = Job(steps, "learn", codes(raw), label)
        job.run(steps.layers)
        for _ in by_hand(parts, registers, raw, label, steps):
            assert left(parts, registers) == left(steps, registers)
            job.step()
        assert job.over
        assert left(parts, registers) == left(steps, registers)
        job.end()


def states(core: Core, registers: Any) -> list[bytes]:
    """All cells and what they have had."""
    planes = 2 if registers.reference == 1 else 1
    views = [
        core.peek(view, layer, plane)
        for view in ("state", "wear")
        for layer in range(core.layers)
        for plane in range(planes)
    ]
    return [view.tobytes() for view in views]


@pytest.mark.parametrize("seed", range(30))
def test_each_prefix_of_programming(seed: int) -> None:
    """Stopped behind its i-th pulses and reading, it is a programming of i iterations.

    Registers can allow so many only; what was allowed before is said again behind it,
    so that signatures agree.
    """
    registers = random_registers(seed)
    registers.program_iterations = 6
    rng = random.Random(seed)
    layer = rng.randrange(len(registers.layers))
    rows, columns = Core(registers).shape(layer)
    column = rng.randrange(columns)
    plane = rng.randrange(2 if registers.reference == 1 else 1)
    targets = codes([rng.randint(-32768, 32767) for _ in range(rows)])
    for iterations in range(1, 7):
        cut, few = Core(registers), Core(registers)
        told(few, registers, program_iterations=iterations)
        wanted = np.array(list(targets), np.int16)
        missed = few.program_column(layer, plane, column, wanted)
        told(few, registers, program_iterations=6)
        job = Job(cut, "program", layer, plane, column, targets)
        job.run(2 * iterations)
        before = states(cut, registers)
        job.run(1)
        assert states(few, registers) == before == states(cut, registers)
        assert missed == job.record.left
        job.end()
        assert few.signature() == cut.signature()
        assert few.snapshot() == cut.snapshot()


def told(core: Core, registers: Any, **changes: int) -> None:
    """Other descriptors for a chip."""
    for name, value in changes.items():
        setattr(registers, name, value)
    _, config, _keep = configure(registers)
    fault = ffi.new("struct ef_fault *")
    assert lib.EF_OK == lib.ef_reconfigure(core._chip, fault, config)


@pytest.mark.parametrize("seed", range(30))
def test_each_prefix_of_a_calibration(seed: int) -> None:
    """Its cells are those of the pulses sent straight, its records those of readings.

    A column of pulses on all pending rows, 1 up, up, down, down in each quad, then 3
    more than a quad's the rail test: p + 2 up, 2 (p + 1) down, p up. Without disturb,
    as pulses that are sent straight go along rows.
    """
    registers = random_registers(seed)
    registers.disturb = 0
    rng = random.Random(seed)
    how = random_calibration(rng, registers.class_count)
    cut, straight = Core(registers), Core(registers)
    layer = rng.randrange(cut.layers)
    rows, columns = cut.shape(layer)
    column = rng.randrange(columns)
    points = ffi.new(f"struct ef_point[{rows}]")
    settings = ffi.new("struct ef_calibration *", asdict(how))
    for row in range(0, rows, 3):
        points[row].verdict = lib.EF_VERDICT_FOUND
    if rows == 1:
        points[0].verdict = lib.EF_VERDICT_PENDING
    job = Job(cut, "calibrate", points, layer, 0, column, settings)
    quad = [1, 1, -1, -1] * how.quads
    for turn, count in enumerate(quad):
        before, windows = states(cut, registers), windows_of(points)
        job.step()
        assert before == states(cut, registers)
        grown = [a - b for a, b in zip(windows_of(points), windows, strict=True)]
        places = [place for place, sums in enumerate(grown) if any(sums)]
        assert places in ([], [turn % 4])
        pulse(straight, job, layer, column, how.pulse_class, count)
        job.step()
        assert states(straight, registers) == states(cut, registers)
    quads = [points[row].quads for row in range(rows)]
    assert [0] * rows == quads
    pending = list(job.record.pending[0:rows])
    job.step()
    assert [how.quads * taking for taking in pending] == [
        points[row].quads for row in range(rows)
    ]
    probe = how.probe
    for count in () if job.over else (probe + 2, -2 * (probe + 1), probe):
        job.step()
        pulse(straight, job, layer, column, how.pulse_class, count)
        job.step()
        assert states(straight, registers) == states(cut, registers)
    job.run()
    assert states(straight, registers) == states(cut, registers)


def windows_of(points: Any) -> np.ndarray:
    """Sums of the window, by place and row."""
    rows = len(points)
    return np.array([list(points[row].window) for row in range(rows)]).T


def pulse(
    core: Core, job: Job, layer: int, column: int, pulse_class: int, count: int
) -> None:
    """The pulses of a job's pending rows, straight."""
    counts = np.zeros(core.shape(layer), np.int8)
    rows = len(counts)
    counts[:, column] = np.array(list(job.record.pending[0:rows]), np.int8) * count
    core.pulse(layer, 0, pulse_class, counts)


@pytest.mark.parametrize("seed", range(12))
def test_a_transfer_row_by_row(seed: int) -> None:
    """Behind row r of a transfer all rows up to it are as at the end, the others not.

    Accumulators take the products of all rows first; no cell moves in that step and in
    the sweep's.
    """
    registers = random_registers(seed)
    registers.disturb, registers.transfer_every = 0, 2
    for layer in registers.layers:
        layer.rule, layer.threshold = 3, 1 + layer.threshold % 64
    steps, whole = Core(registers), Core(registers)
    rows, columns = steps.shape(0)
    rng = np.random.default_rng(seed)
    for turn in range(6):
        x = rng.integers(-511, 512, columns).astype(np.int16)
        e = rng.integers(-1, 2, rows).astype(np.int16)
        job = Job(steps, "update", 0, codes(x), codes(e), 7)
        start = cells_of(steps)
        whole.update(0, x, e, 7)
        job.step()
        assert start[0] == cells_of(steps)[0]
        assert (turn % 2 == 0) == job.over
        if not job.over:
            summed, end = cells_of(steps), cells_of(whole)
            job.step()
            assert summed == cells_of(steps)
            for row in range(rows):
                job.step()
                found = cells_of(steps)
                for kind in range(2):
                    expected = end[kind][: row + 1] + summed[kind][row + 1 :]
                    assert expected == found[kind]
        assert job.over
        job.end()
        assert whole.signature() == steps.signature()


def cells_of(core: Core) -> tuple[list[bytes], list[bytes]]:
    """States with wear, and accumulators, of layer 0 by row."""
    pairs = zip(core.peek("state", 0), core.peek("wear", 0), strict=True)
    cells = [state.tobytes() + wear.tobytes() for state, wear in pairs]
    return cells, [row.tobytes() for row in core.peek("chi", 0)]


@pytest.mark.parametrize("side", [0, 1])
def test_each_prefix_of_a_trim(side: int) -> None:
    """Each reading has the trims of a search by halves; the eighth the found ones too.

    Converters of offsets alone: a step's trims differ from those before by the bit that
    was tried, taken back where the line reads too high, and the next one.
    """
    layer = plain.layer(6, 5)
    registers = plain.registers(
        [layer], adc_gain=2**12, adc_offset=2**11, trim_gain=64, trim_offset=512
    )
    core, whole = Core(registers), Core(registers)
    lines = slice(0, 6) if side == 0 else slice(6, 11)
    job = Job(core, "trim", 0, side, 4, 100)
    for which in (1, 0):  # offset, then gain
        chosen = np.full(lines.stop - lines.start, -128)
        for turn in range(8):
            bit = 128 >> turn
            assert not job.over
            job.step()
            trims = core.peek("trim", 0)[lines, which].astype(int)
            if turn < 7:
                assert (chosen + bit == trims).all()
                chosen = np.array(list(job.record.targets[0 : len(chosen)]))
                assert set((chosen + bit - trims).tolist()) <= {0, bit}
            else:
                last = np.array(list(job.record.targets[0 : len(chosen)]))
                assert (np.minimum(last + 1, 127) == trims).all()
                assert set((last - chosen).tolist()) <= {0, 1}
    assert job.step() == (len(chosen), 0)
    assert job.over
    job.end()
    assert whole.trim(0, side, 4, 100) == job.record.ends
    assert whole.signature() == core.signature()


def test_a_cut_command_counts_no_step() -> None:
    """Its end settles the cycle counter alone; nothing is left to begin."""
    registers = plain.registers([plain.layer(3, 4, rule=2)])
    core = Core(registers)
    job = Job(core, "learn", codes([100, -50, 20, 127]), 1)
    job.run(2)
    before = core.snapshot()
    assert (0, 0) == (core.cycle, lib.ef_tally(core._chip).updates)
    job.end()
    # the read, 4 + 3, and arg max, 3; softmax 4 x 3 and codes 2 x 3 (SPEC 11.1)
    assert (28, 0) == (core.cycle, lib.ef_tally(core._chip).updates)
    assert lib.EF_JOB_NONE == job.record.kind
    assert before != core.snapshot()
    settled = core.snapshot()
    job.record.over = 0
    job.step()
    assert job.over
    assert settled == core.snapshot()
