"""An image run to its end; or where it was, if it doesn't come to one."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Final

from edgeferro.errors import StateError
from edgeferro.firmware.build import need_tool
from edgeferro.firmware.crash import crash_sentence, symbol_address
from edgeferro.firmware.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SECONDS", "run_elf"]

SECONDS: Final = 600.0
_GRACE: Final = 10.0  # for an emulator or an image to say where it is


class _Monitor:
    """A line to QEMU's machine protocol, over a pair of sockets."""

    def __init__(self, line: socket.socket) -> None:
        line.settimeout(_GRACE)
        self._line = line
        self._file = line.makefile("rw", encoding="utf-8")

    def ask(self, command: str) -> str:
        """The answer to a command of its monitor for people."""
        asked: dict[str, object] = {
            "execute": "human-monitor-command",
            "arguments": {"command-line": command},
        }
        return str(self._send(asked))

    def halt(self) -> None:
        """Stop the machine where it is."""
        self._file.readline()  # a greeting
        self._send({"execute": "qmp_capabilities"})
        self._send({"execute": "stop"})

    def _send(self, message: dict[str, object]) -> object:
        self._file.write(json.dumps(message) + "\n")
        self._file.flush()
        while line := self._file.readline():
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
        return ""


def _stand(target: Target, name: str, image: Path, monitor: _Monitor) -> str:
    """Where the firmware is, as a crash says it; in a trap, where it came from."""
    monitor.halt()
    text = monitor.ask("info registers")
    values = {
        key: re.search(rf"(?<!\w){re.escape(register)}[= ]\s*([0-9a-f]{{8}})", text)
        for key, register in zip(("pc", "lr", "sp"), target.registers, strict=True)
    }
    found = {key: value[1] for key, value in values.items() if value is not None}
    trap = symbol_address(name, image, "machine_trap_of")
    if trap is not None:
        words = re.findall(r"0x([0-9a-f]{8})\b", monitor.ask(f"xp /3xw {trap:#x}"))
        if len(words) >= 3 and int(words[0], 16):
            found |= {"pc": words[1], "lr": words[2]}
    return "\n".join([*(f"{k}={v}" for k, v in found.items()), "crash=timeout", ""])


def _run_emulated(
    target: Target, name: str, image: Path, line: Sequence[str], seconds: float | None
) -> str:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        extra = [
            *("-chardev", f"socket,id=ask,fd={theirs.fileno()}"),
            *("-mon", "chardev=ask,mode=control"),
        ]
        with subprocess.Popen(
            [line[0], *extra, *line[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            pass_fds=[theirs.fileno()],
        ) as process:
            try:
                out, errors = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                try:
                    stands = _stand(target, name, image, _Monitor(ours))
                except OSError:  # it doesn't answer either
                    stands = "crash=timeout\n"
                process.kill()
                process.communicate()
                return stands
    return out + errors


def _run_here(line: Sequence[str], seconds: float | None) -> str:
    with subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
            try:
                out, _ = process.communicate(timeout=_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                out = "crash=timeout\n"
    return out


def run_elf(
    name: str,
    image: Path,
    timeout_s: float | None = SECONDS,
    debug: Sequence[str] = (),
) -> str:
    """Run an image to its end; what it prints.

    Args:
        name: of :data:`~edgeferro.firmware.targets.TARGETS`.
        image: its file.
        timeout_s: seconds after which it is ended; None: never.
        debug: what a debugger that drives it needs of the command line.

    Raises:
        DataError: an emulator that is not installed, by package name.
        StateError: it dies, or doesn't end in time: where, in which function, why.
    """
    target = TARGETS[name]
    if target.qemu:
        need_tool(target.qemu[0], target.package)
        line = [target.qemu[0], *debug, *target.qemu[1:], str(image)]
        text = _run_emulated(target, name, image, line, timeout_s)
    else:
        text = _run_here([*debug, str(image)], timeout_s)
    sentence = crash_sentence(name, image, text)
    if sentence is None:
        return text
    if "crash=timeout" in text:
        message = f"the image didn't end within {timeout_s:g} s: {sentence}"
    else:
        message = f"the image didn't come to its end: {sentence}"
    raise StateError(message)
