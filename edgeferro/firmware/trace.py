"""What passes on the bus and happens behind it, as JSON lines and as a VCD."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edgeferro._version import __version__
from edgeferro.core.bus import COMMANDS, BusEvent
from edgeferro.core.port import BusView, bus_view
from edgeferro.core.register_map import REGISTERS
from edgeferro.files.packages import need
from edgeferro.files.write import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.core.bus import Bus
    from edgeferro.core.port import Access
    from edgeferro.firmware.session import Session

__all__ = ["Moment", "Recorder", "write_json_lines", "write_vcd"]

_NAMES: Final = {r.address: name for name, r in REGISTERS.items()}
_OPCODES: Final = {number: name for name, number in COMMANDS.items()}
_CAUSES: Final = ("none", "aborted", "reset", "power")  # enum ef_cause
_IDLE: Final = "idle"
_PS: Final = 1_000_000  # picoseconds a microsecond
# Events have a moment and no value: equal ones, one after the other, are all seen.
_EVENTS: Final = {
    "read": "read",
    "write": "write",
    "refused": "refused",
    "code": "adc",
    "step": "step",
    "cut": "cut",
    "power": "power_lost",
    "nvm read": "nvm_read",
    "nvm write": "nvm_write",
}
_WIRES: Final = (
    ("address", 32),
    ("data", 32),
    ("error_bits", 16),
    ("busy", 1),
    ("queue", 3),
    ("fill", 13),
    ("label", 13),
    ("result", 13),
    ("opcode", 8),
    ("layer", 4),
    ("steps", 32),
    ("pulses", 32),
    ("adc_row", 13),
    ("adc_code", 16),
    ("interrupt", 1),
    ("irq_status", 8),
    ("nvm_word", 6),
    ("nvm_data", 32),
)
# As GTKWave shows them.
_TEXTS: Final = ("state", "register")


class Moment(NamedTuple):
    """An event, and what the bus held when it was told."""

    event: BusEvent
    view: BusView


class Recorder:
    """Keeps what a bus tells, ``bus.observe(recorder)``, and accesses of the NVM."""

    def __init__(self, bus: Bus) -> None:
        """Begin with nothing."""
        self.moments: list[Moment] = []
        self._bus = bus

    def __call__(self, event: BusEvent) -> None:
        """Take one event."""
        self.moments.append(Moment(event, bus_view(self._bus)))

    def watch(self, session: Session, access: Access) -> bool:
        """Take an access of a session's non-volatile memory; never cuts the power."""
        if access.kind.startswith("nvm"):
            word, value = access.address, access.value
            if access.kind == "nvm read":
                value = int(session.nvm[word]) if word < len(session.nvm) else 0
            self(BusEvent(self._bus.now, access.kind, word, value))
        return False


def _register(address: int) -> dict[str, Any]:
    return {
        "register": _NAMES.get(address, f"{address:#x}"),
        "address": address,
    }


def _command(opcode: int) -> dict[str, Any]:
    return {"command": _OPCODES.get(opcode, opcode)}


def _errors(bits: int) -> list[str]:
    fields = REGISTERS["ERROR"].fields.items()
    return [name for name, (_, low) in fields if bits >> low & 1]


def _signed(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value


def _fields(event: BusEvent) -> dict[str, Any]:
    """What an event says, each number under its own name."""
    kind, address, value = event.kind, event.address, event.value
    if kind in {"read", "write"}:
        return {**_register(address), "data": value}
    if kind == "refused":
        access = "write" if event.write else "read"
        found = {**_register(address), "access": access, "errors": _errors(value)}
        return found | ({"data": event.data} if event.write else {})
    if kind == "code":
        return {"row": address, "code": _signed(value)}
    if kind == "interrupt":
        return {"status": address, "level": value}
    if kind in {"nvm read", "nvm write"}:
        return {"word": address, "data": value}
    if kind == "power":
        return {}
    found = _command(address)
    if kind == "start":
        found["layer"] = value
    elif kind == "done":
        found["refused"] = bool(value)
    elif kind == "cut":
        found["cause"] = _CAUSES[value] if value < len(_CAUSES) else value
    else:  # pulses, step
        found[kind] = value
    return found


def write_json_lines(moments: list[Moment], path: Path) -> None:
    """Write an object a line: cycle, kind, and what is of that kind."""
    lines = [
        json.dumps({"cycle": e.cycle, "kind": e.kind, **_fields(e)}) + "\n"
        for e, _ in moments
    ]
    write_whole(path, "".join(lines).encode())


def _changes(event: BusEvent, view: BusView) -> dict[str, Any]:
    """Which signals an event sets."""
    kind, address, value = event.kind, event.address, event.value
    name = _NAMES.get(address, f"{address:#x}")
    state = str(_OPCODES.get(address, address))
    idle = {"state": _IDLE, "opcode": 0}
    found: dict[str, dict[str, Any]] = {
        "read": {"address": address, "data": value, "register": name},
        "write": {"address": address, "data": value, "register": name},
        "refused": {
            "address": address,
            "data": event.data,
            "register": name,
            "error_bits": value,
        },
        "start": {"state": state, "opcode": address, "layer": value},
        "done": idle,
        "cut": idle,
        "power": idle,
        "step": {"steps": value},
        "pulses": {"pulses": value},
        "code": {"adc_row": address, "adc_code": value & 0xFFFF},
        "interrupt": {"interrupt": value, "irq_status": address},
        "nvm read": {"nvm_word": address, "nvm_data": value},
        "nvm write": {"nvm_word": address, "nvm_data": value},
    }
    seen = {name: getattr(view, name) for name in ("busy", "queue", "fill")}
    if view.busy:
        seen["label"] = view.label
    if view.result >= 0:
        seen["result"] = view.result
    return seen | found[kind]


def write_vcd(moments: list[Moment], path: Path, clock_mhz: float = 1.0) -> None:
    """Write a value change dump that GTKWave opens.

    Args:
        moments: in the order of time.
        path: of the file.
        clock_mhz: of the controller; a cycle takes 1000 / clock_mhz nanoseconds.

    Raises:
        PackageError: pyvcd is not installed.
    """
    need("vcd", "--vcd")
    from vcd import VCDWriter

    stream = io.StringIO()
    version = f"edgeferro {__version__}"
    # no date: the same run gives the same file
    with VCDWriter(stream, timescale="1 ps", date="", version=version) as writer:
        scope = "edgeferro"
        signals = {
            name: writer.register_var(scope, name, "wire", size, init=0)
            for name, size in _WIRES
        }
        for name in _TEXTS:
            init = _IDLE if name == "state" else "-"
            signals[name] = writer.register_var(scope, name, "string", init=init)
        for name in _EVENTS.values():
            signals[name] = writer.register_var(scope, name, "event")
        at = 0  # what is said of time 0 are the values before the first event
        for event, view in moments:
            changes = _changes(event, view)
            strobe = _EVENTS.get(event.kind)
            if strobe is not None:
                changes[strobe] = True
            # what happens in one cycle is told a picosecond apart, in its order
            at = max(at + 1, round(event.cycle * _PS / clock_mhz))
            for name, value in changes.items():
                writer.change(signals[name], at, value)
    write_whole(path, stream.getvalue().encode())
