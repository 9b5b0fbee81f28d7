"""SPEC 19.3, 19.7, 19.8: which commands are accepted; those of the whole chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden import bus_array, bus_layer, resting
from golden import bus_parts as b
from golden import bus_work as w
from golden.bus_descriptors import FieldError, check, own_config
from golden.chip import GoldenChip

if TYPE_CHECKING:
    from collections.abc import Callable

    from golden.counting import Steps

    Work = Steps["Callable[[], None] | None"]

MIXED, HARNESS_FROM = 3, 128
LOCKS = {"APPLY": 1, "PROGRAM_COLUMN": 2, "STORE_REFERENCE": 2, "STORE_OFFSET": 2,
         "WRITE_ACCUMULATORS": 2, "CALIBRATE_COLUMN": 4, "TRIM": 4}  # fmt: skip
OPCODES = b.MAP.opcodes
NAMES = {opcode: name for name, opcode in OPCODES.items()}


def learns(opcode: int) -> bool:
    """Whether a command counts as a learning step."""
    return NAMES[opcode] in {"LEARN", "LEARN_TARGETS"}


def can(bus: Any, name: str) -> bool:
    """SPEC 19.3: whether there is such a command on this chip."""
    c = bus.config
    return {
        "LEARN_TARGETS": c.error_kind == 1,
        "TRIM": bool(c.trim_gain or c.trim_offset),
        "STORE_REFERENCE": c.reference == 2,
        "STORE_OFFSET": c.reference == 3,
    }.get(name, True)


def takes(bus: Any, name: str) -> int:
    """Codes that a command takes from the FIFO."""
    layer = bus.chip.layers[bus.v["LAYER"]]
    if name in {"INFER", "LEARN", "LEARN_TARGETS"}:
        return int(bus.chip.layers[0].inputs)
    if name in {"FORWARD", "UPDATE"}:
        return int(layer.columns)
    return int(layer.rows) if name == "SLOPES" else 0


def write(bus: Any, opcode: int) -> None:
    """SPEC 19.3: a write of COMMAND."""
    v = bus.v
    if not v["CONTROL"] & 1 or opcode not in NAMES:
        b.refuse("command")
    name = NAMES[opcode]
    if opcode >= HARNESS_FROM and not bus.open:
        b.refuse("locked")
    if v["LOCK"] & LOCKS.get(name, 0):
        b.refuse("locked")
    if not can(bus, name):
        b.refuse("command")
    if len(bus.queue) == b.QUEUE:
        b.refuse("overrun")
    codes = takes(bus, name)
    if codes and bus.unclaimed != codes:
        b.refuse("underrun" if bus.unclaimed < codes else "length")
    bus.accepted = bus.accepted % 65535 + 1
    places = v["LABEL"], v["LAYER"], v["PLANE"], v["COLUMN"]
    bus.queue.append(b.Entry(opcode, *places, codes, bus.accepted))


# -- the whole chip


def apply(bus: Any, entry: Any, codes: list[int]) -> Work:
    """SPEC 19.8: take the descriptors; cells stay."""
    wished = bus.descriptors.copy()
    accept(bus, wished)
    wished.seed = bus.applied.seed
    wished.into(bus.config)
    for layer, numbers in zip(bus.chip.layers, wished.layers, strict=True):
        if numbers["rule"] != MIXED:
            layer.lose()
        layer.rate = [numbers["rate_mantissa"], numbers["rate_shift"]]
    bus.applied = wished
    return None
    yield


def accept(bus: Any, wished: Any) -> None:
    """Refuse descriptors with the field that is at fault."""
    try:
        check(bus.config, wished, bus.has_accumulators)
    except FieldError as fault:
        bus.v["FAULT"] = fault.word
        b.refuse("config")


def new_chip(bus: Any, entry: Any, codes: list[int]) -> Work:
    """Another chip from SEED."""
    wished = bus.descriptors.copy()
    accept(bus, wished)
    bus.config = own_config(bus.config)
    wished.into(bus.config)
    bus.applied, bus.chip = wished, GoldenChip(bus.config)
    bus.base = [0] * len(bus.base)
    bus.running.spent = (0, 0, 0)
    return None
    yield


def rest(bus: Any, entry: Any, codes: list[int]) -> Work:
    """Time without work."""
    resting.rest(bus.chip, bus.v["REST"])
    return None
    yield


def read_wear(bus: Any, entry: Any, codes: list[int]) -> Work:
    """Pulses that a column's cells have had."""
    plane = bus.chip.layers[entry.layer].planes[entry.plane]
    worn = [row[entry.column] for row in plane.wear]
    return w.to_window(bus, [n - ((n >> 31) << 32) for n in worn])
    yield


WORK: dict[str, Callable[[Any, Any, list[int]], Work]] = {
    **bus_array.WORK,
    **bus_layer.WORK,
    "APPLY": apply,
    "NEW_CHIP": new_chip,
    "REST": rest,
    "READ_WEAR": read_wear,
}


def work(bus: Any, entry: Any, codes: list[int]) -> Work:
    """The work of a command."""
    return WORK[NAMES[entry.opcode]](bus, entry, codes)
