"""Core and golden model side by side: every register compared after every command."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import plain
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

    def __init__(self, registers: SimpleNamespace) -> None:
        self.registers = registers
        self.golden = GoldenChip(registers)
        self.core = Core(registers)
        self.buffer = TraceBuffer(1 << 16)
        self.compare()

    def learn(self, raw: list[int], label: int) -> None:
        """One learning step."""
        codes = np.array([raw], np.int16)
        labels = np.array([label], np.int32)
        found, _ = self.core.learn(codes, labels, self.buffer)
        same("predicted", self.golden.learn(raw, label), found[0])
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
        self.core = Core(self.registers)
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
    changes |= random_chain(seed, changes.get("disturb", 0))
    return plain.registers(layers, **changes)


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
        match rng.choice(["learn"] * 12 + list("iprfbudsxctw")):
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
            case "t":
                pair.rest(rng.choice([1, 60, 86400, 2**32 - 1]))
            case "w":
                pair.power_cycle()
            case "s":
                pair.set_rate(layer, rng.randint(1, 255), rng.randint(0, 62))
            case _:
                pair.restart()
    pair.restart()
