"""SPEC 16: looking for symmetry points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from golden.counting import Steps
from golden.programming import Verify, read_group, send
from golden.updating import Row

PENDING, FOUND, STUCK, NO_CROSSING, NOT_SETTLED = range(5)


@dataclass
class Point:
    """One cell's record."""

    window: list[int] = field(default_factory=lambda: [0] * 4)
    sums: list[int] = field(default_factory=lambda: [0] * 4)
    last: int = 0
    quads: int = 0
    windows: int = 0
    verdict: int = PENDING

    def words(self) -> list[int]:
        """All fields, in the header's order."""
        return [*self.window, *self.sums, self.last, self.quads, self.windows,
                self.verdict]  # fmt: skip


class Bench:
    """A column and the rows that take part."""

    def __init__(self, chip: Any, layer: Any, plane: int, column: int, how: Any):
        self.chip, self.layer, self.plane, self.column = chip, layer, plane, column
        self.how = how
        gain = how.mantissa, how.shift
        self.verify = Verify("calibrate", plane, how.reads, True, *gain)

    def visit(self, rows: dict[int, Point], counts: list[int]) -> Steps[None]:
        """SPEC 16.2, 11.3: turn by turn a reading of all rows and the same pulses."""
        for place, count in enumerate(counts):
            pending = list(rows)
            got = read_group(self.chip, self.layer, self.verify, self.column, pending)
            n = len(pending)
            self.chip.tally.add("calibrate", sram_read=4 * n, sram_write=4 * n, add=n)
            for r in pending:
                rows[r].window[place] += got[r]
            yield
            line = Row(
                self.chip, self.layer, self.how.pulse_class, self.column, [self.plane],
                True,
            )  # fmt: skip
            for r in pending:
                plan = ("calibrate", self.plane, count)
                send(self.chip, self.layer, line, (r, self.column), plan)
            line.close("calibrate")
            yield

    def note(self, count: int) -> None:
        """SPEC 11 and 12: comparisons at a window's end."""
        self.chip.tally.add("calibrate", compare=2 * count, cycle=2 * count)


def settle(point: Point, how: Any) -> None:
    """SPEC 16.3."""
    level, swing = sum(point.window), point.window[2] - point.window[0]
    moved, size = abs(level - point.last), how.quads * how.reads
    if point.quads > how.quads:
        if swing < size and moved <= 2 * size:
            point.verdict = STUCK
        elif 8 * moved <= how.tolerance * swing:
            point.windows = 1
    point.last = level
    waits = point.verdict == PENDING and not point.windows
    if waits and point.quads + how.quads > how.limit:
        point.verdict = NOT_SETTLED
    if point.verdict != PENDING:
        point.sums = list(point.window)


def judge(point: Point, how: Any) -> None:
    """SPEC 16.4: window holds the readings of the rail test."""
    swing, seen = point.sums[2] - point.sums[0], point.window
    readings = how.windows * how.quads
    beyond = [
        readings * seen[1] - point.sums[2], point.sums[0] - readings * seen[2]
    ]  # fmt: skip
    if swing < readings * how.reads:
        point.verdict = STUCK
    elif any(8 * distance < swing for distance in beyond):
        point.verdict = NO_CROSSING
    else:
        point.verdict = FOUND


def calibrate(
    chip: Any, layer: Any, plane: int, column: int, points: list[Point], how: Any
) -> Steps[None]:
    """SPEC 16.2 to 16.5, 11.3: one window."""
    bench = Bench(chip, layer, plane, column, how)
    rows = {r: p for r, p in enumerate(points) if p.verdict == PENDING}
    if not rows:
        return
    for point in rows.values():
        point.window = [0] * 4
    for _ in range(how.quads):
        yield from bench.visit(rows, [1, 1, -1, -1])
    for point in rows.values():
        point.quads += how.quads
        if point.windows:
            point.sums = [a + b for a, b in zip(point.sums, point.window, strict=True)]
            point.windows += 1
        else:
            settle(point, how)
    n = len(rows)
    chip.tally.add("calibrate", sram_read=40 * n, sram_write=40 * n)
    bench.note(n)
    done = {
        r: p
        for r, p in rows.items()
        if p.verdict == PENDING and p.windows > how.windows
    }
    for point in done.values():
        point.window = [0] * 4
    yield
    if done:
        counts = [how.probe + 2, -2 * how.probe - 2, how.probe]
        yield from bench.visit(done, counts)
        for point in done.values():
            judge(point, how)
        bench.note(len(done))
        yield
