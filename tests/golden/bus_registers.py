"""SPEC 19.2, 19.5, 19.9 to 19.12: what reads and writes of single registers do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden import bus_commands
from golden import bus_parts as b
from golden.counting import EVENTS, PHASES

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = 2**32 - 1
UNLOCK_KEY, HARNESS_KEY = 0xEF10C4ED, 0x454D554C
DESCRIPTORS_LOCK = 8
COUNTERS = 2 + len(PHASES) * len(EVENTS)  # words of a tally before its pulses


def signed(value: int) -> int:
    """A word as two's complement."""
    return value - 2**32 if value >> 31 else value


def layer_of(bus: Any) -> Any:
    """The layer that is selected."""
    return bus.chip.layers[bus.v["LAYER"]]


def described(bus: Any) -> dict[str, int]:
    """Descriptors of that layer."""
    found: dict[str, int] = bus.descriptors.layers[bus.v["LAYER"]]
    return found


# -- reads


def read_chip(bus: Any) -> int:
    """Layers, planes, classes."""
    c = bus.config
    planes = len(bus.chip.layers[0].planes)
    return int(c.layer_count | planes << 8 | c.class_count << 16)


def read_capability(bus: Any) -> int:
    """What the chip can do."""
    c = bus.config
    found = c.reference | bool(c.trim_gain or c.trim_offset) << 2
    found |= (c.error_kind == 1) << 3 | all(bus.has_accumulators) << 4
    return int(found | c.sites[1].bits << 8 | c.sites[0].bits << 12
               | c.sites[3].bits << 16)  # fmt: skip


def read_status(bus: Any) -> int:
    """What the controller is doing."""
    waits, entries = len(bus.queue), len(bus.results)
    found = bus.busy | (waits == b.QUEUE) << 1 | (entries > 0) << 2
    found |= (bus.v["ERROR"] != 0) << 3 | bus.interrupt << 4
    found |= (bus.v["CUT"] >> 8 & 3 != 0) << 5 | (bus.halted and waits > 0) << 6
    return int(found | waits << 8 | entries << 12 | len(bus.fifo) << 16)


def read_busy(bus: Any) -> int:
    """Periods until the step under way ends; behind the last one the command."""
    return min(bus.next_event, WORD)


def read_result(bus: Any) -> int:
    """The oldest entry, which goes."""
    if not bus.results:
        b.refuse("stale")
    label, number = bus.results.pop(0)
    return int(label | number << 16)


def read_output(bus: Any) -> int:
    """An ADC code of the last result."""
    if not bus.output:
        b.refuse("stale")
    return int(bus.output[bus.v["OUTPUT_SELECT"]]) & WORD


def read_shape(bus: Any) -> int:
    """Rows, bias, columns."""
    layer = layer_of(bus)
    return int(layer.rows | (layer.columns - layer.inputs) << 15 | layer.columns << 16)


def here(bus: Any, rows: int) -> int:
    """ROW, where it is one of so many."""
    row: int = bus.v["ROW"]
    if row >= rows:
        b.refuse("index")
    return row


def reach(bus: Any) -> int:
    """Rows of the window."""
    layer = layer_of(bus)
    return max(layer.rows, layer.columns)


def read_window(bus: Any) -> int:
    """A number of the window; ROW moves on."""
    row = here(bus, reach(bus))
    bus.v["ROW"] += 1
    return int(bus.window[row]) & WORD


def read_sum(bus: Any) -> int:
    """A sum of a cell's record."""
    row = here(bus, layer_of(bus).rows)
    return int(bus.points[row].sums[bus.v["POINT_SELECT"]]) & WORD


def read_state(bus: Any) -> int:
    """The rest of a cell's record that can be seen."""
    point = bus.points[here(bus, layer_of(bus).rows)]
    return int(point.quads | point.windows << 16 | point.verdict << 24)


def read_cycle(bus: Any) -> int:
    """CYCLE's low half; the high one is kept for its register."""
    bus.latched_cycle = bus.cycle
    return int(bus.cycle & WORD)


def pair(name: str, first: tuple[str, int], second: tuple[str, int]) -> None:
    """A descriptor of two fields: where each stands."""

    def read(bus: Any) -> int:
        numbers = described(bus)
        bits = 0xFFFF if first[0] == "bias_code" else 0xFF
        return sum((numbers[f] & bits) << low for f, low in (first, second))

    READS[name] = read


READS: dict[str, Callable[[Any], int]] = {
    "CHIP": read_chip,
    "CAPABILITY": read_capability,
    "STATUS": read_status,
    "BUSY": read_busy,
    "DEPTHS": lambda bus: b.FIFO | b.QUEUE << 16 | b.RESULTS << 20,
    "CLOCK": lambda bus: min(bus.clock_hz, WORD),
    "RESULT": read_result,
    "OUTPUT": read_output,
    "LAYER_SHAPE": read_shape,
    "LAYER_RULE": lambda bus: (
        described(bus)["rule"]
        | described(bus)["pulse_class"] << 4
        | described(bus)["program_class"] << 8
    ),
    "LAYER_THRESHOLD": lambda bus: described(bus)["threshold"],
    "PROGRAM": lambda bus: sum(
        v << 8 * i for i, v in enumerate(bus.descriptors.program)
    ),
    "WINDOW": read_window,
    "POINT_SUM": read_sum,
    "POINT_STATE": read_state,
    "NUMBER": lambda bus: bus.accepted | bus.ended << 16,
    "WAKE": lambda bus: b.GATED_WAKE | min(bus.wake, 0xFFFF) << 16,
    "TALLY_LOW": lambda bus: bus.latched_tally & WORD,
    "TALLY_HIGH": lambda bus: bus.latched_tally >> 32,
    "UPDATES": lambda bus: bus.chip.tally.updates & WORD,
    "CYCLE_LOW": read_cycle,
    "CYCLE_HIGH": lambda bus: bus.latched_cycle >> 32,
    "HARNESS": lambda bus: int(bus.open),
    "SEED_LOW": lambda bus: bus.descriptors.seed & WORD,
    "SEED_HIGH": lambda bus: bus.descriptors.seed >> 32,
}
for short, long in (("GAIN", "gain"), ("BACK_GAIN", "back"), ("VERIFY_GAIN", "verify"),
                    ("RATE", "rate")):  # fmt: skip
    pair(f"LAYER_{short}", (f"{long}_mantissa", 0), (f"{long}_shift", 8))
pair("LAYER_CODES", ("bias_code", 0), ("verify_code", 16))


# -- writes


def within(value: int, low: int, high: int) -> None:
    """A number in its range."""
    if not low <= value <= high:
        b.refuse("range")


def write_control(bus: Any, value: int) -> None:
    """Enable and halt; then flush, abort and reset, in this order."""
    bus.v["CONTROL"] = value & 3
    if value & 1 << 8:
        bus.drop(len(bus.fifo) - bus.unclaimed, len(bus.fifo))
    if value & 1 << 9:
        bus.ask_to_stop(b.ABORTED)
    if value & 1 << 10:
        bus.ask_to_stop(b.RESET)


def write_cut(bus: Any, value: int) -> None:
    """Any 1 clears all of it."""
    if value:
        bus.v["CUT"] = 0


def write_sample(bus: Any, value: int) -> None:
    """A code into the FIFO."""
    within(signed(value), -(2**15), 2**15 - 1)
    push(bus, [signed(value)])


def write_pair(bus: Any, value: int) -> None:
    """Two of them."""
    halves = value & 0xFFFF, value >> 16
    push(bus, [half - 2**16 if half >> 15 else half for half in halves])


def push(bus: Any, codes: list[int]) -> None:
    """Codes into the FIFO, if all of them have room."""
    if len(bus.fifo) + len(codes) > b.FIFO:
        b.refuse("overrun")
    bus.fifo += codes


def write_layer(bus: Any, value: int) -> None:
    """Which layer; its first row and column."""
    if value >= len(bus.chip.layers):
        b.refuse("index")
    bus.v["LAYER"], bus.v["ROW"], bus.v["COLUMN"] = value, 0, 0


def indexed(name: str, count: Callable[[Any], int]) -> Callable[[Any, int], None]:
    """A plain register that names something that has to be there."""

    def write(bus: Any, value: int) -> None:
        if value >= count(bus):
            b.refuse("index")
        bus.v[name] = value

    return write


def ranged(name: str, holds: Callable[[Any, int], bool]) -> Callable[[Any, int], None]:
    """A plain register with a range."""

    def write(bus: Any, value: int) -> None:
        if not holds(bus, value):
            b.refuse("range")
        bus.v[name] = value

    return write


def unlocked(bus: Any) -> None:
    """SPEC 19.9: descriptors may be written."""
    if bus.v["LOCK"] & DESCRIPTORS_LOCK:
        b.refuse("locked")


def gain(name: str, top: int) -> Callable[[Any, int], None]:
    """A mantissa and a shift of a layer."""

    def write(bus: Any, value: int) -> None:
        unlocked(bus)
        mantissa, shift = value & 0xFF, value >> 8
        within(mantissa, 1, 255)
        within(shift, 0, top)
        numbers = described(bus)
        numbers[f"{name}_mantissa"], numbers[f"{name}_shift"] = mantissa, shift
        if name == "rate":
            layer_of(bus).rate = [mantissa, shift]

    return write


def write_rule(bus: Any, value: int) -> None:
    """Rule and classes."""
    unlocked(bus)
    numbers = described(bus)
    numbers["rule"] = value & 3
    numbers["pulse_class"], numbers["program_class"] = value >> 4 & 15, value >> 8 & 15


def write_threshold(bus: Any, value: int) -> None:
    """Accumulator units a pulse."""
    unlocked(bus)
    described(bus)["threshold"] = value


def write_codes(bus: Any, value: int) -> None:
    """Codes of the bias column and of a verify read."""
    unlocked(bus)
    halves = (signed(half << 16) >> 16 for half in (value & 0xFFFF, value >> 16))
    described(bus)["bias_code"], described(bus)["verify_code"] = halves


def write_program(bus: Any, value: int) -> None:
    """Write and verify."""
    unlocked(bus)
    bus.descriptors.program = [value >> 8 * i & 255 for i in range(4)]


def write_window(bus: Any, value: int) -> None:
    """A number of the window; ROW moves on."""
    row = here(bus, reach(bus))
    bus.window[row] = signed(value)
    bus.v["ROW"] += 1


def write_lock(bus: Any, value: int) -> None:
    """SPEC 19.9."""
    if bus.v["LOCK"] & ~value and not bus.unlocked:
        b.refuse("locked")
    bus.v["LOCK"], bus.unlocked = value, False


def write_tally(bus: Any, value: int) -> None:
    """Take a counter."""
    phase, event, kind = value & 7, value >> 8 & 31, value >> 16 & 3
    within(phase, 0, len(PHASES) - 1)
    within(event, 0, len(EVENTS) - 1)
    at = 2 + phase * len(EVENTS) + event
    if kind:
        line = (phase * 16 + (value >> 20 & 15)) * 2 + (value >> 24)
        at = COUNTERS + line * 3 + kind - 1
    bus.v["TALLY_SELECT"] = value
    bus.latched_tally = (bus.chip.tally.words()[at] - bus.base[at]) % 2**64


def write_seed(low: int) -> Callable[[Any, int], None]:
    """Half of the seed."""

    def write(bus: Any, value: int) -> None:
        rest = bus.descriptors.seed & (WORD << 32 - low)
        bus.descriptors.seed = rest | value << low

    return write


def key(name: str, wanted: int) -> Callable[[Any, int], None]:
    """A register that takes a key, or takes it back."""
    return lambda bus, value: setattr(bus, name, value == wanted)


def clears(name: str) -> Callable[[Any, int], None]:
    """A register whose bits are cleared by ones."""

    def write(bus: Any, value: int) -> None:
        bus.v[name] &= ~value

    return write


def last_rows(bus: Any) -> int:
    """Classes."""
    return int(bus.chip.layers[-1].rows)


WRITES: dict[str, Callable[[Any, int], None]] = {
    "CONTROL": write_control,
    "CUT": write_cut,
    "IRQ_STATUS": clears("IRQ_STATUS"),
    "ERROR": clears("ERROR"),
    "COMMAND": bus_commands.write,
    "LABEL": ranged("LABEL", lambda bus, v: v < last_rows(bus)),
    "SAMPLE": write_sample,
    "OUTPUT_SELECT": ranged("OUTPUT_SELECT", lambda bus, v: v < last_rows(bus)),
    "SAMPLE_PAIR": write_pair,
    "WATERMARK": ranged("WATERMARK", lambda bus, v: v <= b.FIFO),
    "LAYER": write_layer,
    "LAYER_RULE": write_rule,
    "LAYER_GAIN": gain("gain", 47),
    "LAYER_BACK_GAIN": gain("back", 47),
    "LAYER_VERIFY_GAIN": gain("verify", 47),
    "LAYER_RATE": gain("rate", 62),
    "LAYER_THRESHOLD": write_threshold,
    "LAYER_CODES": write_codes,
    "PROGRAM": write_program,
    "PLANE": indexed("PLANE", lambda bus: len(bus.chip.layers[0].planes)),
    "COLUMN": indexed("COLUMN", lambda bus: layer_of(bus).columns),
    "ROW": indexed("ROW", reach),
    "WINDOW": write_window,
    "READS": ranged("READS", lambda bus, v: 1 <= v <= 64),
    "TRIM": ranged("TRIM", lambda bus, v: 1 <= v >> 16 & 127 <= 64),
    "POWER": ranged("POWER", lambda bus, v: v & 3 <= b.RETAINED),
    "LOCK": write_lock,
    "TALLY_SELECT": write_tally,
    "EXPONENT": ranged("EXPONENT", lambda bus, v: -1024 <= signed(v) <= 1023),
    "UNLOCK": key("unlocked", UNLOCK_KEY),
    "HARNESS_KEY": key("open", HARNESS_KEY),
    "SEED_LOW": write_seed(0),
    "SEED_HIGH": write_seed(32),
    "REST": ranged("REST", lambda bus, v: v != 0),
}
