"""SPEC 19.7: commands of samples, columns, points and trims, step by step."""

from __future__ import annotations

import zlib
from struct import pack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from golden import bus_parts as b
from golden import bus_work as w
from golden import calibrating, programming, reads, trimming
from golden.calibrating import Point

if TYPE_CHECKING:
    from collections.abc import Callable

    from golden.counting import Steps

    Work = Steps[Callable[[], None] | None]

# -- samples


def infer(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A sample's class."""
    found = yield from reads.forward_pass(bus.chip, codes)
    return lambda: bus.put_result(entry, found)


def learn(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A learning step."""
    found = yield from bus.chip.learning(codes, entry.label, [])
    return lambda: bus.put_result(entry, found)


def learn_targets(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A learning step with the window's targets."""
    top = 2 ** bus.config.sites[reads.ACTIVATION].bits - 1
    targets = w.words(bus, bus.chip.layers[-1].rows, -top, top)
    found = yield from bus.chip.learning(codes, None, targets)
    return lambda: bus.put_result(entry, found)


# -- the array


def program_column(bus: Any, entry: Any, codes: list[int]) -> Work:
    """Write and verify."""
    layer = bus.chip.layers[entry.layer]
    targets = w.words(bus, layer.rows)
    steps = programming.program(bus.chip, layer, entry.plane, entry.column, targets)
    missed = yield from steps
    return w.register(bus, "MISSED", missed)


def read_one(bus: Any, entry: Any, column: int) -> list[int]:
    """SPEC 5.7: sums of a column's codes."""
    layer = bus.chip.layers[entry.layer]
    how = programming.as_programmed(layer, entry.plane, bus.v["READS"])
    rows = list(range(layer.rows))
    sums = programming.read_group(bus.chip, layer, how, column, rows)
    bus.chip.tally.add("program", compare=layer.rows)
    return list(sums.values())


def read_column(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A column's codes."""
    sums = read_one(bus, entry, entry.column)
    yield
    return w.to_window(bus, sums)


def checksum(bus: Any, entry: Any, codes: list[int]) -> Work:
    """The CRC of all columns."""
    crc = 0
    for column in range(bus.chip.layers[entry.layer].columns):
        sums = read_one(bus, entry, column)
        crc = zlib.crc32(pack(f"<{len(sums)}i", *sums), crc)
        w.settle(bus)
        yield
    return w.register(bus, "CHECKSUM", crc)


def calibrate_column(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A window of the search for symmetry points."""
    v, fields = bus.v, b.MAP.by_name
    window = {n: f.of(v["CAL_WINDOW"]) for n, f in fields["CAL_WINDOW"].fields.items()}
    rest = {n: f.of(v["CAL_GAIN"]) for n, f in fields["CAL_GAIN"].fields.items()}
    how = SimpleNamespace(**window, **rest, limit=v["CAL_LIMIT"])
    w.need(how.pulse_class < bus.config.class_count)
    w.need(1 <= how.reads <= 16 and 1 <= how.quads <= 64 and 1 <= how.windows <= 64)
    w.need(how.tolerance >= 1 and 3 <= how.probe <= 15)
    w.need(how.mantissa >= 1 and how.shift <= 47 and 1 <= how.limit <= 60000)
    layer = bus.chip.layers[entry.layer]
    points, column = bus.points[: layer.rows], entry.column
    yield from calibrating.calibrate(bus.chip, layer, entry.plane, column, points, how)
    return None


def clear_points(bus: Any, entry: Any, codes: list[int]) -> Work:
    """New records."""
    bus.points = [Point() for _ in bus.points]
    return None
    yield


def trim(bus: Any, entry: Any, codes: list[int]) -> Work:
    """The converters of a side."""
    word, layer, bits = bus.v["TRIM"], bus.chip.layers[entry.layer], 0
    bits = bus.config.sites[reads.ADC].bits
    code, count, side = word & 0x3FFF, word >> 16 & 127, word >> 24
    shift = layer.config.back_shift if side else layer.config.gain_shift
    w.need(2 ** (bits - 3) <= code < 3 * 2 ** (bits - 3) and code << shift < 2**46)
    ends = yield from trimming.trim(bus.chip, layer, side, count, code)
    return w.register(bus, "TRIM_ENDS", ends)


WORK: dict[str, Callable[[Any, Any, list[int]], Work]] = {
    "INFER": infer,
    "LEARN": learn,
    "LEARN_TARGETS": learn_targets,
    "PROGRAM_COLUMN": program_column,
    "READ_COLUMN": read_column,
    "CHECKSUM": checksum,
    "CALIBRATE_COLUMN": calibrate_column,
    "CLEAR_POINTS": clear_points,
    "TRIM": trim,
}
