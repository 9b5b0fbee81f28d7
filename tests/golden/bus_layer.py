"""SPEC 19.7: commands of one layer and of its numbers, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden import bus_work as w
from golden import learning, reads
from golden.arithmetic import signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from golden.counting import Steps

    Work = Steps[Callable[[], None] | None]

MIXED = 3


# -- one layer


def forward(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A direct forward read."""
    w.all_within(codes, -511, 511)
    layer = bus.chip.layers[entry.layer]
    layer.x = list(codes)
    reads.forward(bus.chip, layer, "infer")
    found = list(layer.y)
    w.settle(bus)
    yield
    return w.to_window(bus, found)


def table_of(bus: Any, entry: Any) -> Any:
    """A layer that has tables."""
    layer = bus.chip.layers[entry.layer]
    w.need(layer.config.activation is not None)
    return layer


def activate(bus: Any, entry: Any, codes: list[int]) -> Work:
    """ADC codes to activations."""
    layer = table_of(bus, entry)
    wanted = w.words(bus, layer.rows, *w.adc_range(bus))
    bus.chip.tally.add("infer", lookup=layer.rows, cycle=layer.rows)
    table = layer.config.activation
    found = [int(table[reads.table_index(bus.chip, code)]) for code in wanted]
    w.settle(bus)
    yield
    return w.to_window(bus, found)


def backward(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A direct backward read."""
    layer = bus.chip.layers[entry.layer]
    layer.e = w.words(bus, layer.rows, *w.error_range(bus))
    found = reads.backward(bus.chip, layer, "backward")
    w.settle(bus)
    yield
    return w.to_window(bus, found)


def slopes(bus: Any, entry: Any, codes: list[int]) -> Work:
    """What came back, times the slopes at the layer's codes."""
    layer = table_of(bus, entry)
    w.all_within(codes, *w.adc_range(bus))
    back = w.words(bus, layer.rows, *w.adc_range(bus))
    found = learning.slope_products(bus.chip, layer, codes, back)
    w.settle(bus)
    yield
    return w.to_window(bus, found)


def errors(bus: Any, entry: Any, codes: list[int]) -> Work:
    """Wide errors to codes and an exponent."""
    above = bus.v["EXPONENT"]
    above -= (above >> 31) << 32
    w.need(-512 <= above <= 511)
    layer = bus.chip.layers[entry.layer]
    learning.error_codes(bus.chip, layer, bus.window[: layer.rows], above)
    found, exponent = list(layer.e), layer.exponent
    w.settle(bus)
    yield

    def leave() -> None:
        bus.window[: len(found)] = found
        bus.v["EXPONENT"] = exponent % 2**32

    return leave


def update(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A layer's learning step."""
    layer = bus.chip.layers[entry.layer]
    w.need(layer.config.rule != 0)
    w.all_within(codes, -511, 511)
    wanted = w.words(bus, layer.rows, *w.error_range(bus))
    exponent = bus.v["EXPONENT"]
    exponent -= (exponent >> 31) << 32
    yield from bus.chip.updating(entry.layer, codes, wanted, exponent)
    return None


# -- numbers of the digital side


def store_reference(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A column of stored references."""
    layer = bus.chip.layers[entry.layer]
    for row, value in zip(layer.stored, w.words(bus, layer.rows), strict=True):
        row[entry.column] = value
    bus.chip.tally.add("program", sram_write=2 * layer.rows)
    w.settle(bus)
    yield
    return None


def store_offset(bus: Any, entry: Any, codes: list[int]) -> Work:
    """Offsets of a layer."""
    layer = bus.chip.layers[entry.layer]
    found = w.words(bus, layer.columns)
    layer.stored = [list(found) for _ in range(layer.rows)]
    bus.chip.tally.add("program", sram_write=2 * layer.columns)
    w.settle(bus)
    yield
    return None


def accumulators(bus: Any, entry: Any) -> Any:
    """A layer of mixed precision."""
    layer = bus.chip.layers[entry.layer]
    w.need(layer.config.rule == MIXED)
    return layer


def count_accumulators(bus: Any, layer: Any, event: str) -> None:
    """SPEC 19.7."""
    size = (bus.config.sites[reads.ACCUMULATOR].bits + 7) // 8
    cycles = reads.ceil_div(layer.rows, bus.config.lanes)
    bus.chip.tally.add("update", **{event: layer.rows * size}, cycle=cycles)


def read_accumulators(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A column's accumulators."""
    layer = accumulators(bus, entry)
    found = [row[entry.column] for row in layer.chi]
    count_accumulators(bus, layer, "sram_read")
    w.settle(bus)
    yield
    return w.to_window(bus, found)


def write_accumulators(bus: Any, entry: Any, codes: list[int]) -> Work:
    """A column's accumulators, and what is taken off `lost`."""
    layer = accumulators(bus, entry)
    wanted = w.words(bus, layer.rows, *signed(bus.config.sites[reads.ACCUMULATOR].bits))
    for row, value in zip(layer.chi, wanted, strict=True):
        layer.lost -= value - row[entry.column]
        row[entry.column] = value
        site = layer.sites[reads.ACCUMULATOR]
        site.peak = max(site.peak, abs(value))
    count_accumulators(bus, layer, "sram_write")
    w.settle(bus)
    yield
    return None


WORK: dict[str, Callable[[Any, Any, list[int]], Work]] = {
    "FORWARD": forward,
    "ACTIVATE": activate,
    "BACKWARD": backward,
    "SLOPES": slopes,
    "ERRORS": errors,
    "UPDATE": update,
    "STORE_REFERENCE": store_reference,
    "STORE_OFFSET": store_offset,
    "READ_ACCUMULATORS": read_accumulators,
    "WRITE_ACCUMULATORS": write_accumulators,
}
