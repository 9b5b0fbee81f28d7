"""The register map in the forms that others read, through the PeakRDL tools.

SystemVerilog comes from peakrdl-etana and not from regblock, whose unpacked structures
Icarus 11 and yosys 0.23 refuse. HTML and IP-XACT have no place for the map's own
properties but the extra ones that the first takes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import fill
from typing import Any, Final

from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError, StateError
from edgeferro.files.packages import need
from edgeferro.files.write import check_folder, write_whole
from edgeferro.firmware.build import source_folder
from edgeferro.firmware.svd import Place, svd

__all__ = ["export_registers", "read_map"]

_VERSION: Final = REGISTERS["VERSION"].reset >> REGISTERS["VERSION"].fields["map"][1]
_FORMS: Final = {
    "html": ("html", "--title", "edgeferro registers"),
    "edgeferro.ip-xact.xml": (
        *("ip-xact", "--vendor", "edgeferro", "--library", "edgeferro"),
        *("--name", "edgeferro", "--version", str(_VERSION)),
    ),
    "verilog": (
        *("etana", "--cpuif", "apb4-flat", "-P", "EMULATED=false"),
        *("--err-if-bad-addr", "--err-if-bad-rw"),
    ),
}
_SETTINGS: Final = """
[html]
extra_doc_properties = ["of_the_chip", "write_while_busy", "waits"]
generate_source_links = false
"""
_NOTES: Final = """\
# What edgeferro.sv is, and is not

The registers of edgeferro.rdl behind APB4, as peakrdl-etana writes them: decoding,
storage, write-one-to-clear, error responses for addresses without a register and for
writes of read-only and reads of write-only ones. The harness (0x800 on) is left out.
`verilator --lint-only -Wall waivers.vlt edgeferro.sv` and `iverilog -g2012 -Wall
edgeferro.sv` have nothing to say. It is not the emulator's bus. What SPEC 19 asks for
beyond it is the controller's, on the `hwif` ports:

- An error response sets no bit of ERROR, neither ERROR_ADDRESS nor ERROR_COMMAND.
- Nothing is refused for being busy: only {busy} may be written while a command is
  under way.
- Nothing waits: {waits} answer at once, without ERROR.stale.
- Ranges of values and bits without a field are not checked; LOCK and UNLOCK are
  storage.
- Bytes can be written alone (`s_apb_pstrb`), and the two lowest bits of an address
  are ignored, which the emulator's bus refuses as unaligned.
- {taken} only tell that they were read (`swacc`): taking an entry, moving ROW,
  holding the high half is the controller's.
- {chip} have no reset: they come up as the chip is, or was configured.
- The FIFO, the queue, numbers of commands, steps, rests and all time are the
  controller's.
"""
_WAIVERS: Final = """\
// What Verilator -Wall says of edgeferro.sv, and why it may. SPDX-License-Identifier:
// Apache-2.0
`verilator_config
// Registers that are read combinationally from their ports need no strobe.
lint_off -rule UNUSEDSIGNAL -file "*edgeferro.sv" -match "*'decoded_reg_strb_*'*"
// No register is outside the block.
lint_off -rule UNUSEDSIGNAL -file "*edgeferro.sv" -match "*'readback_external_rd_ack'*"
// A select is an access; all are taken at once, whatever their protection.
lint_off -rule UNUSEDSIGNAL -file "*edgeferro.sv" -match "*'s_apb_penable'*"
lint_off -rule UNUSEDSIGNAL -file "*edgeferro.sv" -match "*'s_apb_pprot'*"
// Words only.
lint_off -rule UNUSEDSIGNAL -file "*edgeferro.sv" -match "*'s_apb_paddr'[1:0]*"
"""


def _rdl() -> Path:
    return source_folder() / "csrc" / "bus" / "edgeferro.rdl"


def read_map(*, emulated: bool = True) -> Any:
    """Read the map with SystemRDL's compiler, with the harness where it is emulated.

    Raises:
        PackageError: PeakRDL is not installed, whose compiler that is.
    """
    need("systemrdl", "edgeferro firmware registers")
    from systemrdl.compiler import RDLCompiler

    compiler = RDLCompiler()
    compiler.compile_file(str(_rdl()))
    return compiler.elaborate(parameters={"EMULATED": emulated}).top


def _notes() -> str:
    """What the SystemVerilog leaves to the controller, by the map's properties."""
    silicon = list(read_map(emulated=False).registers())

    def those(name: str) -> str:
        return ", ".join(r.inst_name for r in silicon if r.get_property(name))

    taken = (r for r in silicon if any(f.get_property("swacc") for f in r.fields()))
    text = _NOTES.format(
        busy=those("write_while_busy"),
        waits=those("waits"),
        taken=", ".join(r.inst_name for r in taken),
        chip=those("of_the_chip"),
    )
    head, *points = text.split("\n- ")
    wrapped = (fill(" ".join(p.split()), 86, subsequent_indent="  ") for p in points)
    return "\n- ".join([head, *wrapped]) + "\n"


def _peakrdl() -> str:
    beside = Path(sys.executable).parent  # a virtual environment need not be on PATH
    tool = shutil.which("peakrdl") or shutil.which("peakrdl", path=str(beside))
    if tool is None:
        message = f"peakrdl: no such command on PATH, nor in {beside}"
        raise DataError(message)
    return tool


def _run(tool: str, form: tuple[str, ...], out: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        settings = Path(name) / "peakrdl.toml"
        settings.write_text(_SETTINGS, encoding="utf-8")
        done = subprocess.run(
            [tool, "--peakrdl-cfg", settings, *form, str(_rdl()), "-o", str(out)],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    if done.returncode:
        message = f"peakrdl {form[0]}: {done.stderr.strip()[-500:]}"
        raise StateError(message)


def export_registers(folder: Path, place: Place | None = None) -> list[Path]:
    """Write SVD, HTML, IP-XACT and a SystemVerilog register block.

    Args:
        folder: where to; it is there.
        place: of the block in a system, for the SVD.

    Raises:
        DataError: no such folder.
        PackageError: PeakRDL or its etana is not installed.
        StateError: PeakRDL refuses.
    """
    check_folder("firmware registers", folder)
    for package in ("peakrdl", "peakrdl_etana"):
        need(package, "edgeferro firmware registers")
    tool = _peakrdl()
    made = [folder / "edgeferro.svd"]
    write_whole(made[0], svd(read_map(), place))
    for name, form in _FORMS.items():
        made.append(folder / name)
        _run(tool, form, made[-1])
    beside = folder / "verilog"
    write_whole(beside / "NOTES.md", _notes().encode())
    write_whole(beside / "waivers.vlt", _WAIVERS.encode())
    return made
