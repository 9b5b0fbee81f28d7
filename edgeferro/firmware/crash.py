"""What a dead image left behind, as a sentence: where, in which function, and why."""

from __future__ import annotations

import re
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from edgeferro.firmware.targets import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["crash_sentence", "place_of", "symbol_address"]

_NULL: Final = 4096  # bytes behind a null pointer that nobody may touch
_RETURNS: Final = 0xFF000000  # no address: a Cortex-M's way back from an exception
_CFSR: Final = {
    0: "an instruction fetched from where nothing is executed",
    1: "an access that is not allowed",
    8: "an instruction fetched from where nothing answers",
    9: "an access where nothing answers",
    16: "an instruction that the core doesn't know",
    17: "a jump to an address that is no Thumb code",
    18: "a return that no exception asked for",
    19: "an instruction of a coprocessor that isn't there",
    24: "an unaligned access",
    25: "a division by zero",
}
_MCAUSE: Final = {
    0: "a jump to an odd address",
    1: "an instruction fetched from where nothing answers",
    2: "an instruction that the core doesn't know",
    3: "a breakpoint",
    4: "an unaligned load",
    5: "a load where nothing answers",
    6: "an unaligned store",
    7: "a store where nothing answers",
    11: "a call of an environment that isn't there",
}
_NAMED: Final = ("cfsr", "hfsr", "mmfar", "bfar", "mcause", "mtval")
_MMFAR_VALID, _BFAR_VALID = 1 << 7, 1 << 15


def _tool(name: str, image: Path, *arguments: str, tool: str) -> str:
    try:
        done = subprocess.run(
            [TARGETS[name].tool(tool), *arguments, str(image)],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:  # the image alone was kept, not the compiler
        return ""
    return done.stdout


def symbol_address(name: str, image: Path, symbol: str) -> int | None:
    """Address of a symbol of an image, if it has it."""
    found = re.search(
        rf"^([0-9a-f]+) \w {symbol}$", _tool(name, image, tool="nm"), re.M
    )
    return None if found is None else int(found[1], 16)


def place_of(name: str, image: Path, address: int) -> str:
    """An address as a reader looks for it: '0x000011a4 in learn (own.c:12)'."""
    text = _tool(name, image, "-f", "-s", hex(address), "-e", tool="addr2line")
    function, _, line = text.strip().partition("\n")
    line = line.split(" ")[0]
    if not function or function == "??":
        return f"0x{address:08x}"
    known = "" if "?" in line else f" ({line})"
    return f"0x{address:08x} in {function}{known}"


def _cause(found: dict[str, int]) -> str:
    """What the core's fault registers say, before they are quoted."""
    if "mcause" in found:
        cause, address = found["mcause"], found.get("mtval", 0)
        text = _MCAUSE.get(cause, f"exception {cause}")
        touched = cause in {4, 5, 6, 7}
    else:
        causes = found.get("cfsr", 0)
        said = [text for bit, text in _CFSR.items() if causes >> bit & 1]
        text = said[0] if said else "a fault"
        valid = causes & (_MMFAR_VALID | _BFAR_VALID)
        address = found.get("mmfar" if causes & _MMFAR_VALID else "bfar", 0)
        touched = bool(valid)
    if not touched:
        return text
    null = ", through a null pointer" if address < _NULL else ""
    return f"{text}: address 0x{address:08x}{null}"


def _signal(found: dict[str, int]) -> str:
    number = found.get("signal", 0)
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    address = found.get("address", 0)
    null = ", through a null pointer" if address < _NULL else ""
    reached = name in {"SIGSEGV", "SIGBUS"}
    return f"signal {number} ({name})" + (
        f": address 0x{address:x}{null}" if reached else ""
    )


def _where(name: str, image: Path, found: dict[str, int]) -> str:
    """'at ..., called from ...'; nothing where the core kept no place."""
    if "pc" not in found:
        return ""
    text = f" at {place_of(name, image, found['pc'])}"
    link = found.get("lr", 0)
    if link and link < _RETURNS:
        text += f", called from {place_of(name, image, (link & ~1) - 2)}"
    return text


def _overflow(name: str, image: Path, found: dict[str, int]) -> str:
    if "pc" in found:
        inside = place_of(name, image, found["pc"])
        function = inside.split(" in ")[-1].split(" ")[0]
        return f"stack overflow in {function}{_where(name, image, found)}"
    if found.get("call"):
        inside = place_of(name, image, (found["call"] & ~1) - 2)
        function = inside.split(" in ")[-1].split(" ")[0]
        return (
            f"stack overflow in {function}, or in what it calls: the last call that "
            f"found room was at {inside}"
        )
    return "stack overflow; the core kept no place"


def crash_sentence(name: str, image: Path, text: str) -> str | None:
    """What an image that died said, in one line; nothing where it didn't.

    Args:
        name: of the machine.
        image: its file, for the symbols.
        text: what it printed.
    """
    locked = re.search(r"^qemu: fatal: (Lockup.*)$", text, re.M)
    if locked is not None:
        counter = re.search(r"R15=([0-9a-f]{8})", text)
        found = {} if counter is None else {"pc": int(counter[1], 16)}
        return f"the core locked up{_where(name, image, found)}: {locked[1]}"
    cause = re.search(r"^crash=(\w+)\r?$", text, re.M)
    if cause is None:
        return None
    found = {
        key: int(value, 16)
        for key, value in re.findall(r"^(\w+)=([0-9a-f]+)\r?$", text, re.M)
    }
    where = _where(name, image, found)
    said = {
        "asleep": f"it sleeps for ever{where}: nothing is under way that could wake it",
        "storm": "its interrupt handler leaves the line high: it is called for ever",
        "timeout": f"it is still running{where}",
        "interrupt": f"an interrupt that has no handler{where}",
    }
    if cause[1] in said:
        return said[cause[1]]
    if cause[1] == "signal":
        return f"{_signal(found)}{where}"
    quoted = ", ".join(f"{k} 0x{found[k]:08x}" for k in _NAMED if k in found)
    if cause[1] == "stack":
        sentence = _overflow(name, image, found)
        return f"{sentence} [{quoted}]" if quoted else sentence
    return f"it died{where}: {_cause(found)} [{quoted}]"
