"""What passes on the bus and happens behind it, as JSON lines and as a VCD."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Final

from edgeferro.core.bus import COMMANDS
from edgeferro.core.register_map import REGISTERS
from edgeferro.files.packages import need
from edgeferro.files.write import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.core.bus import BusEvent

__all__ = ["Recorder", "write_json_lines", "write_vcd"]

_NAMES: Final = {r.address: name for name, r in REGISTERS.items()}
_OPCODES: Final = {number: name for name, number in COMMANDS.items()}
# Strobes toggle at each event, so that equal accesses one after the other are seen.
_SIGNALS: Final = (
    ("read", 1),
    ("write", 1),
    ("refused", 1),
    ("address", 32),
    ("data", 32),
    ("error_bits", 12),
    ("state", 4),  # opcode under way, 0: idle
    ("pulses", 32),
    ("adc", 1),
    ("adc_row", 12),
    ("adc_code", 16),
    ("interrupt", 1),
)
_STROBES: Final = {
    "read": "read",
    "write": "write",
    "refused": "refused",
    "code": "adc",
}
_PS: Final = 1_000_000  # picoseconds a microsecond


class Recorder:
    """Keeps what a bus tells: ``bus.observe(recorder)``."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.events: list[BusEvent] = []

    def __call__(self, event: BusEvent) -> None:
        """Take one event."""
        self.events.append(event)


def _line(event: BusEvent) -> dict[str, object]:
    """One event with names in place of numbers."""
    line: dict[str, object] = {"cycle": event.cycle, "kind": event.kind}
    if event.kind in {"read", "write", "refused"}:
        line["register"] = _NAMES.get(event.address, f"{event.address:#x}")
        line["address"] = event.address
    elif event.kind in {"start", "done", "pulses"}:
        line["command"] = _OPCODES.get(event.address, event.address)
    elif event.kind == "code":
        line["row"] = event.address
    value = event.value
    if event.kind == "code" and value >= 1 << 31:
        value -= 1 << 32
    line["value"] = value
    return line


def write_json_lines(events: list[BusEvent], path: Path) -> None:
    """Write an object a line."""
    text = "".join(json.dumps(_line(event)) + "\n" for event in events)
    write_whole(path, text.encode())


def _changes(event: BusEvent) -> dict[str, int]:
    """Which signals an event sets."""
    kind, address, value = event.kind, event.address, event.value
    found: dict[str, dict[str, int]] = {
        "read": {"address": address, "data": value},
        "write": {"address": address, "data": value},
        "refused": {"address": address, "error_bits": value},
        "start": {"state": address},
        "done": {"state": 0},
        "pulses": {"pulses": value},
        "code": {"adc_row": address, "adc_code": value & 0xFFFF},
        "interrupt": {"interrupt": value},
    }
    return found[kind]


def write_vcd(events: list[BusEvent], path: Path, clock_mhz: float = 1.0) -> None:
    """Write a value change dump that GTKWave opens.

    Args:
        events: in the order of time.
        path: of the file.
        clock_mhz: of the controller; a cycle takes 1000 / clock_mhz nanoseconds.

    Raises:
        PackageError: pyvcd is not installed.
    """
    need("vcd", "--vcd")
    from vcd import VCDWriter

    stream = io.StringIO()
    with VCDWriter(stream, timescale="1 ps") as writer:
        signals = {
            name: writer.register_var("edgeferro", name, "wire", size, init=0)
            for name, size in _SIGNALS
        }
        at = 0  # what is said of time 0 are the values before the first event
        for event in events:
            changes = _changes(event)
            strobe = _STROBES.get(event.kind)
            if strobe is not None:
                changes[strobe] = 1 - signals[strobe].value
            # what happens in one cycle is told a picosecond apart, in its order
            at = max(at + 1, round(event.cycle * _PS / clock_mhz))
            for name, value in changes.items():
                writer.change(signals[name], at, value)
    write_whole(path, stream.getvalue().encode())
