"""The golden chip: registers as plain lists, commands as SPEC orders them."""

from __future__ import annotations

from typing import Any

from golden import (
    calibrating,
    learning,
    programming,
    reads,
    resting,
    snapshot,
    trimming,
    updating,
)
from golden.arithmetic import Site
from golden.cell import Plane, weight_of
from golden.chain import Converters
from golden.counting import Found, Steps, Tally, through
from golden.randomness import key, seed_of


class Layer:
    """One layer's registers and cells."""

    def __init__(self, chip: GoldenChip, index: int) -> None:
        c = chip.config
        self.config, self.index = c.layers[index], index
        self.rows, self.inputs = self.config.rows, self.config.inputs
        self.columns = self.inputs + self.config.bias
        shape = range(self.rows)
        self.planes = [
            Plane(chip, index, p, self.rows, self.columns)
            for p in range(2 if c.reference == 1 else 1)
        ]
        self.chi = [[0] * self.columns for _ in shape]
        self.stored = [[0] * self.columns for _ in shape]
        self.weights = [[0] * self.columns for _ in shape]
        self.x, self.y, self.e = [0] * self.columns, [0] * self.rows, [0] * self.rows
        self.exponent = self.transfer_count = self.t = self.pairs = 0
        self.forward_reads = self.backward_reads = self.verify_reads = 0
        self.requested = self.issued = self.lost = 0
        self.rate = [self.config.rate_mantissa, self.config.rate_shift]
        self.sites = [Site() for _ in range(8)]
        names = {"forward": 4, "backward": 5, "verify": 9}
        self.keys = {n: key(c.seed, s, index) for n, s in names.items()}
        self.row_converters = Converters(c, 12, index, self.rows)
        self.column_converters = Converters(c, 13, index, self.inputs)
        self.chip_config = c
        self.seed_lfsrs()

    def seed_lfsrs(self) -> None:
        """SPEC 2: shift registers at their seeds."""
        c, index = self.chip_config, self.index
        row_groups = reads.ceil_div(self.rows, c.lines_per_row_lfsr)
        column_groups = reads.ceil_div(self.columns, c.lines_per_column_lfsr)
        row_key, column_key = key(c.seed, 6, index), key(c.seed, 7, index)
        self.row_lfsr = [seed_of(row_key, g) for g in range(row_groups)]
        self.column_lfsr = [seed_of(column_key, g) for g in range(column_groups)]

    def lose(self) -> None:
        """SPEC 18.1: what accumulators held is counted as lost."""
        self.lost += sum(map(sum, self.chi))
        self.chi = [[0] * self.columns for _ in range(self.rows)]
        self.transfer_count = 0

    def forget(self, keep: bool) -> None:
        """SPEC 18: what stands in registers and SRAM is gone, but what is kept."""
        if not keep:
            self.lose()
        self.x, self.y, self.e = ([0] * len(v) for v in (self.x, self.y, self.e))
        self.exponent = 0
        self.seed_lfsrs()


class GoldenChip:
    """A chip from a register object, as the core takes it."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.tally = Tally()
        self.trace: list[tuple[int, ...]] = []
        self.cycle = self.rests = 0
        self.round_lfsr = seed_of(key(config.seed, 8, 0), 0)
        self.layers = [Layer(self, i) for i in range(config.layer_count)]
        for layer in self.layers:
            for r in range(layer.rows):
                for c in range(layer.columns):
                    self.refresh(layer, r, c, Site())

    def refresh(self, layer: Layer, row: int, column: int, site: Site) -> None:
        """SPEC 4.2: work out a readable weight anew."""
        level = layer.planes[0].states[row][column]
        if self.config.reference == 1:
            level -= layer.planes[1].states[row][column]
        mode = self.config.sites[reads.REFERENCE].rounding
        layer.weights[row][column] = weight_of(level, mode, site)

    def write(
        self,
        layer: Layer,
        phase: str,
        where: tuple[int, int],
        pulse_class: int,
        plans: list[tuple[int, int]],
    ) -> None:
        """SPEC 9.6: pulses on one or both planes of a cell, traced; then its weight."""
        for plane, count in plans:
            layer.planes[plane].pulse(self.tally, phase, where, pulse_class, count)
            entry = (self.cycle, *where, layer.index, plane, pulse_class, count)
            self.trace.append(entry)
        self.refresh(layer, *where, layer.sites[reads.REFERENCE])

    def finish(self) -> None:
        """SPEC 9.7, 11.2: the command's end, or where it is cut."""
        self.cycle = self.tally.cycle
        for account in self.tally.account.values():
            parts = account["issued"] + account["deferred"] + account["dropped"]
            assert account["requested"] == parts
            assert account["issued"] == account["applied"] + account["saturated"]
        for layer in self.layers:
            total = sum(map(sum, layer.chi))
            assert total == layer.requested - layer.issued - layer.lost

    def whole(self, steps: Steps[Found]) -> Found:
        """A command from its begin to its end."""
        found = through(steps)
        self.finish()
        return found

    def power_cycle(self, keep: bool = False) -> None:
        """SPEC 18: loss of power, with or without the accumulators."""
        self.round_lfsr = seed_of(key(self.config.seed, 8, 0), 0)
        for layer in self.layers:
            layer.forget(keep)

    def infer(self, raw: list[int]) -> int:
        """One forward pass."""
        return self.whole(reads.forward_pass(self, raw))

    def learn(self, raw: list[int], label: int) -> int:
        """SPEC 9.1: one learning step with a label; the class predicted before it."""
        found = self.whole(self.learning(raw, label, []))
        self.tally.updates += 1
        return found

    def learn_targets(self, raw: list[int], targets: list[int]) -> list[int]:
        """SPEC 9.9: a learning step with a target a row; codes from before it."""
        self.whole(self.learning(raw, None, targets))
        self.tally.updates += 1
        return list(self.layers[-1].y)

    def learning(
        self, raw: list[int], label: int | None, targets: list[int]
    ) -> Steps[int]:
        """SPEC 9.1, 9.9, 11.3; updates count at the end, by whoever ends it."""
        if label is not None and self.config.error_kind == 1:
            label, targets = None, learning.label_targets(self, label)
        found = yield from reads.forward_pass(self, raw)
        yield from learning.backward_pass(self, label, targets)
        for layer in self.layers:
            yield from updating.update(self, layer)
        return found

    def update_layer(
        self, layer: int, inputs: list[int], errors: list[int], exponent: int
    ) -> None:
        """SPEC 9.10: one layer's update from codes of one's own."""
        self.whole(self.updating(layer, inputs, errors, exponent))

    def updating(
        self, layer: int, inputs: list[int], errors: list[int], exponent: int
    ) -> Steps[None]:
        """SPEC 9.10, 11.3: its codes are loaded even where it has no step."""
        found = self.layers[layer]
        found.x, found.e, found.exponent = list(inputs), list(errors), exponent
        yield from updating.update(self, found)

    def activate(self, layer: int, codes: list[int]) -> list[int]:
        """SPEC 6.5."""
        found = self.layers[layer]
        self.tally.add("infer", lookup=found.rows, cycle=found.rows)
        self.finish()
        table = found.config.activation
        return [int(table[reads.table_index(self, code)]) for code in codes]

    def slopes(self, layer: int, codes: list[int], back: list[int]) -> list[int]:
        """SPEC 8.5."""
        found = learning.slope_products(self, self.layers[layer], codes, back)
        self.finish()
        return found

    def error_codes(
        self, layer: int, wide: list[int], above: int
    ) -> tuple[list[int], int]:
        """SPEC 8.6."""
        found = self.layers[layer]
        learning.error_codes(self, found, wide, above)
        self.finish()
        return list(found.e), found.exponent

    def program_column(
        self, layer: int, plane: int, column: int, targets: list[int]
    ) -> int:
        """SPEC 10.1."""
        found = self.layers[layer]
        return self.whole(programming.program(self, found, plane, column, targets))

    def read_column(self, layer: int, plane: int, column: int, count: int) -> list[int]:
        """SPEC 5.5."""
        found = self.layers[layer]
        rows = list(range(found.rows))
        how = programming.as_programmed(found, plane, count)
        sums = programming.read_group(self, found, how, column, rows)
        self.tally.add("program", compare=found.rows)
        self.finish()
        return list(sums.values())

    def forward(self, layer: int, codes: list[int]) -> list[int]:
        """A direct forward read."""
        found = self.layers[layer]
        found.x = list(codes)
        reads.forward(self, found, "infer")
        self.finish()
        return list(found.y)

    def backward(self, layer: int, codes: list[int]) -> list[int]:
        """A direct backward read."""
        found = self.layers[layer]
        found.e = list(codes)
        codes = reads.backward(self, found, "backward")
        self.finish()
        return codes

    def pulse(
        self, layer: int, plane: int, pulse_class: int, counts: list[list[int]]
    ) -> None:
        """SPEC 10.2."""
        programming.direct(self, self.layers[layer], plane, pulse_class, counts)
        self.finish()

    def store_reference(self, layer: int, codes: list[list[int]]) -> None:
        """SPEC 4.3; two bytes of SRAM a code."""
        found = self.layers[layer]
        found.stored = [list(row) for row in codes]
        self.tally.add("program", sram_write=2 * found.rows * found.columns)

    def store_offset(self, layer: int, codes: list[int]) -> None:
        """SPEC 4.3: one code a column."""
        found = self.layers[layer]
        found.stored = [list(codes) for _ in range(found.rows)]
        self.tally.add("program", sram_write=2 * found.columns)

    def calibrate(
        self, layer: int, plane: int, column: int, points: list[Any], how: Any
    ) -> None:
        """SPEC 16: one window of one column."""
        found = self.layers[layer]
        self.whole(calibrating.calibrate(self, found, plane, column, points, how))

    def trim(self, layer: int, backward: int, reads: int, code: int) -> int:
        """SPEC 5.12: one side of one layer."""
        found = self.layers[layer]
        return self.whole(trimming.trim(self, found, backward, reads, code))

    def rest(self, seconds: int) -> None:
        """SPEC 17.3."""
        resting.rest(self, seconds)
        self.finish()

    def snapshot(self) -> bytes:
        """SPEC 13."""
        return snapshot.snapshot(self)

    def signature(self) -> str:
        """SPEC 13.3."""
        return snapshot.signature(self)
