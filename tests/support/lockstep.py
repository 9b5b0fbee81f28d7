"""Core and golden model side by side: every register compared after every command."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
from edgeferro._core import lib
from golden.calibrating import Point
from golden.chip import GoldenChip

from edgeferro.core.emulator import Core, TraceBuffer
from edgeferro.core.structs import POINT_DTYPE, Calibration

TRACE = ("cycle", "row", "column", "layer", "plane", "pulse_class", "count")
SITES = "input adc activation error gradient accumulator pulse reference".split()


def same(name: str, expected: Any, found: Any) -> None:
    """Fail with the register's name at the first difference."""
    expected, found = np.asarray(expected), np.asarray(found)
    assert expected.shape == found.shape, name
    if not np.array_equal(expected, found):
        at = tuple(np.argwhere(expected != found)[0])
        message = f"{name}{list(at)}: expected {expected[at]}, found {found[at]}"
        raise AssertionError(message)


class Pair:
    """Both chips; commands go to both, and everything must agree."""

    made_by: type[Core] = Core

    def __init__(self, registers: SimpleNamespace) -> None:
        self.registers = registers
        self.golden = GoldenChip(registers)
        self.core = self.made_by(registers)
        self.buffer = TraceBuffer(1 << 16)
        self.compare()

    def learn(self, raw: list[int], label: int) -> None:
        """One learning step."""
        codes = np.array([raw], np.int16)
        labels = np.array([label], np.int32)
        found, _ = self.core.learn(codes, labels, self.buffer)
        same("predicted", self.golden.learn(raw, label), found[0])
        self.compare()

    def learn_targets(self, raw: list[int], targets: list[int]) -> None:
        """One learning step with a target a row."""
        codes, wanted = np.array([raw], np.int16), np.array([targets], np.int16)
        found, done = self.core.learn_targets(codes, wanted, self.buffer)
        assert done == 1
        same("codes", self.golden.learn_targets(raw, targets), found[0])
        self.compare()

    def update(
        self, layer: int, inputs: list[int], errors: list[int], exponent: int
    ) -> None:
        """One update of one layer."""
        self.golden.update_layer(layer, inputs, errors, exponent)
        x, e = np.array(inputs, np.int16), np.array(errors, np.int16)
        self.core.update(layer, x, e, exponent, trace=self.buffer)
        self.compare()

    def activate(self, layer: int, codes: list[int]) -> None:
        """A layer's activation of codes."""
        found = self.core.activate(layer, np.array(codes, np.int16))
        same("activations", self.golden.activate(layer, codes), found)
        self.compare()

    def slopes(self, layer: int, codes: list[int], back: list[int]) -> None:
        """What came back, times a layer's slopes."""
        y, b = np.array(codes, np.int16), np.array(back, np.int16)
        found = self.core.slopes(layer, y, b)
        same("slope products", self.golden.slopes(layer, codes, back), found)
        self.compare()

    def error_codes(self, layer: int, wide: list[int], above: int) -> None:
        """Error codes of wide errors."""
        expected = self.golden.error_codes(layer, wide, above)
        codes, exponent = self.core.error_codes(layer, np.array(wide, np.int32), above)
        same("error codes", expected[0], codes)
        same("exponent", expected[1], exponent)
        self.compare()

    def infer(self, raw: list[int]) -> None:
        """One forward pass."""
        found, codes = self.core.infer(np.array([raw], np.int16))
        same("predicted", self.golden.infer(raw), found[0])
        same("codes", self.golden.layers[-1].y, codes[0])
        self.compare()

    def program(self, layer: int, plane: int, column: int, targets: list[int]) -> None:
        """Write and verify one column."""
        expected = self.golden.program_column(layer, plane, column, targets)
        wanted = np.array(targets, np.int16)
        found = self.core.program_column(layer, plane, column, wanted, self.buffer)
        same("missed", expected, found)
        self.compare()

    def read(self, layer: int, plane: int, column: int, reads: int) -> None:
        """Verify-read one column."""
        expected = self.golden.read_column(layer, plane, column, reads)
        same("sums", expected, self.core.read_column(layer, plane, column, reads))
        self.compare()

    def forward(self, layer: int, codes: list[int]) -> None:
        """A direct forward read."""
        expected = self.golden.forward(layer, codes)
        same("forward", expected, self.core.forward(layer, np.array(codes, np.int16)))
        self.compare()

    def backward(self, layer: int, codes: list[int]) -> None:
        """A direct backward read."""
        expected = self.golden.backward(layer, codes)
        same("backward", expected, self.core.backward(layer, np.array(codes, np.int16)))
        self.compare()

    def pulse(self, layer: int, plane: int, k: int, counts: list[list[int]]) -> None:
        """Direct pulses."""
        self.golden.pulse(layer, plane, k, counts)
        self.core.pulse(layer, plane, k, np.array(counts, np.int8), self.buffer)
        self.compare()

    def store(self, layer: int, codes: list[list[int]]) -> None:
        """Digital references."""
        self.golden.store_reference(layer, codes)
        self.core.store_reference(layer, np.array(codes, np.int16))
        self.compare()

    def store_offset(self, layer: int, codes: list[int]) -> None:
        """Offsets of columns."""
        self.golden.store_offset(layer, codes)
        self.core.store_offset(layer, np.array(codes, np.int16))
        self.compare()

    def calibrate(
        self, layer: int, plane: int, column: int, windows: int, how: Calibration
    ) -> None:
        """Some windows of one column; the records are compared after each."""
        rows = self.golden.layers[layer].rows
        expected = [Point() for _ in range(rows)]
        found = np.zeros(rows, POINT_DTYPE)
        for _ in range(windows):
            self.golden.calibrate(layer, plane, column, expected, how)
            self.core.calibrate_column(
                layer, plane, column, found, how, trace=self.buffer
            )
            for point, record in zip(expected, found, strict=True):
                words = [int(v) for name in POINT_DTYPE.names for v in
                         np.atleast_1d(record[name])]  # fmt: skip
                same("point", point.words(), words)
            self.compare()

    def trim(self, layer: int, backward: int, reads: int, code: int) -> None:
        """A side's converters are trimmed."""
        expected = self.golden.trim(layer, backward, reads, code)
        same("ends", expected, self.core.trim(layer, backward, reads, code))
        self.compare()

    def rest(self, seconds: int) -> None:
        """Time without work."""
        self.golden.rest(seconds)
        self.core.rest(seconds)
        self.compare()

    def power_cycle(self) -> None:
        """Loss of power."""
        self.golden.power_cycle()
        self.core.power_cycle()
        self.compare()

    def set_rate(self, layer: int, mantissa: int, shift: int) -> None:
        """A new learning rate."""
        self.golden.layers[layer].rate = [mantissa, shift]
        self.core.set_rate(layer, mantissa, shift)
        self.compare()

    def restart(self) -> None:
        """Go on in a fresh core from a snapshot, whose bytes are compared."""
        data = self.core.snapshot()
        assert self.golden.snapshot() == data
        self.core = self.made_by(self.registers)
        self.core.restore(data)
        self.compare()

    def compare(self) -> None:
        """Compare every register, counter and trace entry."""
        golden, core = self.golden, self.core
        for name, expected, found in zip(
            golden.tally.names(), golden.tally.words(), core.tally_words(), strict=True
        ):
            same(name, expected, int(found))
        same("cycle", golden.cycle, core.cycle)
        same("round_lfsr", golden.round_lfsr, lib.ef_round_lfsr(core._chip))
        trace = self.buffer.take()
        entries = [tuple(int(entry[f]) for f in TRACE) for entry in trace]
        assert golden.trace == entries
        golden.trace.clear()
        for index, layer in enumerate(golden.layers):
            self._compare_layer(index, layer)
        assert golden.signature() == core.signature()

    def _compare_layer(self, index: int, layer: Any) -> None:
        core, info = self.core, self.core.info(index)
        where = f"layer {index} "
        for p, plane in enumerate(layer.planes):
            same(f"{where}state {p}", plane.states, core.peek("state", index, p))
            same(f"{where}wear {p}", plane.wear, core.peek("wear", index, p))
            same(f"{where}spread {p}", plane.spread, core.peek("spread", index, p))
        views = {"weight": layer.weights, "input": layer.x, "code": layer.y}
        views |= {"error": layer.e, "row_lfsr": layer.row_lfsr}
        views |= {"column_lfsr": layer.column_lfsr}
        if layer.config.rule == 3:
            views["chi"] = layer.chi
        if self.registers.reference == 2:
            views["stored"] = layer.stored
        if self.registers.reference == 3:
            views["stored"] = layer.stored[0]
        if self.registers.trim_gain or self.registers.trim_offset:
            sides = layer.row_converters, layer.column_converters
            views["trim"] = [pair for side in sides for pair in side.trims]
        for name, expected in views.items():
            same(where + name, expected, core.peek(name, index))
        same(f"{where}exponent", layer.exponent, info.exponent)
        reads = [layer.forward_reads, layer.backward_reads]
        same(f"{where}reads", reads, [info.forward_reads, info.backward_reads])
        account = [layer.requested, layer.issued, layer.lost]
        gradient = info.gradient
        found = [gradient.requested, gradient.issued, gradient.lost]
        same(f"{where}gradient", account, found)
        for name, site, seen in zip(SITES, layer.sites, info.sites, strict=True):
            expected = [site.saturated, site.underflowed, site.peak]
            counts = [seen.saturated, seen.underflowed, seen.peak]
            same(f"{where}site {name}", expected, counts)


def random_calibration(rng: random.Random, classes: int) -> Calibration:
    """Short windows and loose or tight tolerances."""
    return Calibration(
        pulse_class=rng.randrange(classes),
        reads=rng.choice([1, 1, 3]),
        quads=rng.choice([1, 2, 4]),
        windows=rng.choice([1, 1, 2]),
        tolerance=rng.choice([255, 64, 4]),
        probe=rng.choice([3, 6, 15]),
        mantissa=rng.choice([129, 255, 1]),
        shift=rng.choice([21, 22, 0]),
        limit=rng.choice([1, 8, 1000]),
    )


def random_input(rng: random.Random) -> int:
    """A raw input: small, large, or outside every format."""
    near, far = rng.randint(-128, 127), rng.randint(-32768, 32767)
    return rng.choice([0, 0, 1, -1, 127, near, far])


def random_commands(pair: Pair, rng: random.Random, count: int) -> None:
    """Send random commands; most of them learn."""
    layers = pair.golden.layers
    for _ in range(count):
        layer = rng.randrange(len(layers))
        found = layers[layer]
        plane = rng.randrange(len(found.planes))
        column = rng.randrange(found.columns)
        raw = [random_input(rng) for _ in range(layers[0].inputs)]
        half = 2 ** (pair.registers.sites[3].bits - 1) - 1
        trims = pair.registers.trim_gain or pair.registers.trim_offset
        match rng.choice(
            ["learn"] * 12 + list("iprfbudsxctw") + ["trim"] * bool(trims)
        ):
            case "learn":
                pair.learn(raw, rng.randrange(layers[-1].rows))
            case "i":
                pair.infer(raw)
            case "p":
                targets = [rng.randint(-32768, 32767) for _ in range(found.rows)]
                pair.program(layer, plane, column, targets)
            case "r":
                pair.read(layer, plane, column, rng.choice([1, 2, 64]))
            case "f":
                pair.forward(layer, [rng.randint(-511, 511) for _ in found.x])
            case "b":
                pair.backward(layer, [rng.randint(-half, half) for _ in found.e])
            case "u":
                counts = [
                    [rng.choice([0, 1, -1, 5, -127]) for _ in found.x] for _ in found.y
                ]
                pair.pulse(layer, plane, found.config.pulse_class, counts)
            case "d" if pair.registers.reference == 2:
                codes = [[rng.randint(-9999, 9999) for _ in found.x] for _ in found.y]
                pair.store(layer, codes)
            case "d" if pair.registers.reference == 3:
                pair.store_offset(layer, [rng.randint(-9999, 9999) for _ in found.x])
            case "c":
                how = random_calibration(rng, pair.registers.class_count)
                pair.calibrate(layer, plane, column, rng.randint(1, 4), how)
            case "trim":
                least = 2 ** (pair.registers.sites[1].bits - 3)
                reads, code = rng.choice([1, 2, 64]), rng.randint(least, 3 * least - 1)
                pair.trim(layer, rng.randrange(2), reads, code)
            case "t":
                pair.rest(rng.choice([1, 60, 86400, 2**32 - 1]))
            case "w":
                pair.power_cycle()
            case "s":
                pair.set_rate(layer, rng.randint(1, 255), rng.randint(0, 62))
            case _:
                pair.restart()
    pair.restart()
