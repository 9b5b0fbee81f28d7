"""SPEC 20: a snapshot's bytes as the golden bus stands, part by part."""

from __future__ import annotations

from struct import calcsize, pack
from typing import TYPE_CHECKING, Any

from golden import bus_parts as b
from golden.bus_map import WORDS
from golden.bus_registers import READS
from golden.snapshot import digest, payload

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC, VERSION, CHIP_MAGIC = b"EF_EF_BS", 3, b"EDGEFERR"
POINT = "<9iH2B"
JOB = 25 * 4 + 4096 * (4 + 2 + 2 + 1)  # struct ef_job of the header (20.4)
ENTRY = "<7I"
# Of a part None stands for bytes that no clause gives: what is behind a count, what a
# register holds that is worked out, and how far a command under way has come inside.
Part = tuple[str, "bytes | None", int]


def part(name: str, data: bytes, size: int | None = None) -> Iterator[Part]:
    """Bytes, and behind them what nobody gives, up to a size."""
    yield name, data, len(data)
    if size is not None and size > len(data):
        yield name, None, size - len(data)


def register_words(bus: Any) -> Iterator[Part]:
    """Words of plain registers; behind the last one 0."""
    for name, register in b.MAP.by_name.items():
        plain = (
            register.read and name not in READS and not name.startswith(("ID", "VE"))
        )
        yield from part(f"word of {name}", pack("<I", bus.v[name]) if plain else b"", 4)
    left = WORDS - len(b.MAP.by_name)
    yield from part("words behind the last register", bytes(4 * left))


def command_words(bus: Any) -> Iterator[Part]:
    """The command under way and those that wait, and what is known of the former."""
    running = bus.running
    entries = [running.entry if running else b.Entry(), *bus.queue]
    entries += [b.Entry()] * (1 + b.QUEUE - len(entries))
    for index, entry in enumerate(entries):
        yield from part(f"entry {index}", pack(ENTRY, *vars(entry).values()))
    state = [0] * 4
    if running:
        state = [running.steps, running.refused, running.over, running.stopping]
    state += [len(bus.queue), bus.accepted, bus.ended, len(bus.results)]
    state += [len(bus.fifo), bool(bus.output)]
    names = "steps refused over stopping queued accepted ended results fifo output"
    for name, value in zip(names.split(), state, strict=True):
        yield from part(name, pack("<I", value))
    yield "what the command under way leaves", None, 4 * 4
    yield from part("unlocked, open", pack("<2I", bus.unlocked, bus.open))


def chip_bytes(bus: Any) -> bytes:
    """SPEC 13.1, without the checksum."""
    body = payload(bus.chip)
    key = bus.applied.bytes()
    if key not in bus.digests:
        bus.digests[key] = digest(bus.config)
    head = pack("<2I2Q", 2, 3, bus.digests[key], len(body))
    return CHIP_MAGIC + head + body


def parts(bus: Any) -> Iterator[Part]:
    """All of SPEC 20.1 but the checksums."""
    yield from part("magic", MAGIC)
    yield from part("version, clock", pack("<IQ", VERSION, bus.clock_hz))
    yield from part("descriptors applied", bus.applied.bytes())
    yield from part("descriptors", bus.descriptors.bytes())
    running = bus.running
    for name, value in (
        ("now", bus.now),
        ("CYCLE", bus.cycle),
        ("latched tally", bus.latched_tally),
        ("latched cycle", bus.latched_cycle),
        ("start", running.started if running else 0),
        ("until", running.until if running else 0),
        ("spent cycles", running.spent[0] if running else 0),
        ("spent ns", running.spent[1] if running else 0),
        ("spent pulses", running.spent[2] if running else 0),
        ("steps so far", bus.steps),
    ):
        yield from part(name, pack("<Q", value))
    yield from part("tally at power-up", pack(f"<{len(bus.base)}Q", *bus.base))
    yield from register_words(bus)
    yield from command_words(bus)
    results = [word for entry in bus.results for word in entry]
    yield from part("RESULT", pack(f"<{len(results)}I", *results), 8 * b.RESULTS)
    yield from part("FIFO", pack(f"<{len(bus.fifo)}h", *bus.fifo), 2 * b.FIFO)
    yield from part("OUTPUT", pack(f"<{len(bus.output)}h", *bus.output), 2 * b.LINES)
    yield from part("window", pack(f"<{b.LINES}i", *bus.window))
    for row, point in enumerate(bus.points):
        yield from part(f"point {row}", pack(POINT, *point.words()))
    left = calcsize(POINT) * (b.LINES - len(bus.points))
    yield from part("points behind the last row", bytes(left))
    yield "job", None, JOB
    chip = chip_bytes(bus)
    yield from part("chip's head", chip[:32])
    yield from part("chip's cycle", chip[32:40])
    yield from part("chip", chip[40:])


def difference(bus: Any, data: bytes) -> str:
    """The first part in which a snapshot differs, and how; nothing where none does."""
    at = 0
    for name, expected, size in parts(bus):
        found = data[at : at + size]
        if expected is not None and expected != found:
            pairs = enumerate(zip(expected, found, strict=False))
            first = next((i for i, (a, c) in pairs if a != c), len(found))
            near = slice(first & ~7, (first & ~7) + 16)
            place = f"{name} at byte {first} of {size} ({at + first})"
            return f"{place}: {expected[near].hex()}, found {found[near].hex()}"
        at += size
    behind = 8 * 2  # the chip's checksum and the bus's
    return "" if len(data) == at + behind else f"length: {at + behind}, {len(data)}"
