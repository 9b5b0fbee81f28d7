"""The register map in the forms that others read, through the PeakRDL tools."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError, StateError
from edgeferro.files.packages import need
from edgeferro.files.write import check_folder, write_whole
from edgeferro.firmware.build import source_folder

__all__ = ["export_registers", "svd"]

_FORMS: Final = {
    "html": ("html",),
    "edgeferro.ip-xact.xml": ("ip-xact",),
    "verilog": ("regblock", "--cpuif", "passthrough"),
}


_ACCESS: Final = {"ro": "read-only", "wo": "write-only"}


def _child(parent: Xml.Element, **values: object) -> None:
    for name, value in values.items():
        Xml.SubElement(parent, name).text = str(value)


def _texts() -> dict[str, str]:
    """What the map says of each register, and of its fields as REGISTER.field."""
    from systemrdl.compiler import RDLCompiler
    from systemrdl.node import RegNode

    compiler = RDLCompiler()
    compiler.compile_file(str(source_folder() / "csrc" / "bus" / "edgeferro.rdl"))
    found = {}
    for node in compiler.elaborate().top.children():
        if isinstance(node, RegNode):
            name, text = node.get_property("name"), node.get_property("desc")
            found[node.inst_name] = f"{name}. {text}"
            for field in node.fields():
                place = f"{node.inst_name}.{field.inst_name}"
                found[place] = str(field.get_property("desc"))
    return found


def svd() -> bytes:
    """The map as CMSIS-SVD, for debuggers; PeakRDL reads that and doesn't write it.

    Raises:
        PackageError: PeakRDL is not installed, whose compiler reads the map's texts.
    """
    need("peakrdl", "edgeferro firmware registers")
    texts = _texts()
    device = Xml.Element("device", schemaVersion="1.3")
    _child(device, name="edgeferro", version="1", description="learning controller")
    _child(device, addressUnitBits=8, width=32, size=32)
    peripherals = Xml.SubElement(device, "peripherals")
    block = Xml.SubElement(peripherals, "peripheral")
    _child(block, name="EDGEFERRO", baseAddress="0x0")
    space = Xml.SubElement(block, "addressBlock")
    _child(space, offset="0x0", size="0x1000", usage="registers")
    registers = Xml.SubElement(block, "registers")
    for name, register in REGISTERS.items():
        one = Xml.SubElement(registers, "register")
        _child(one, name=name, description=texts[name])
        _child(one, addressOffset=f"{register.address:#x}", size=32)
        _child(one, access=_ACCESS.get(register.access, "read-write"))
        _child(one, resetValue=f"{register.reset:#010x}")
        fields = Xml.SubElement(one, "fields")
        for field, (high, low) in register.fields.items():
            part = Xml.SubElement(fields, "field")
            _child(part, name=field, description=texts[f"{name}.{field}"])
            _child(part, bitRange=f"[{high}:{low}]")
            if register.clear:
                _child(part, modifiedWriteValues="oneToClear")
    Xml.indent(device)
    text: bytes = Xml.tostring(device, "utf-8", xml_declaration=True)
    return text + b"\n"


def export_registers(folder: Path) -> list[Path]:
    """Write SVD, HTML, IP-XACT and a SystemVerilog register block.

    Raises:
        DataError: no such folder.
        PackageError: PeakRDL is not installed.
        StateError: PeakRDL refuses.
    """
    check_folder("firmware registers", folder)
    need("peakrdl", "edgeferro firmware registers")
    beside = Path(sys.executable).parent  # a virtual environment need not be on PATH
    tool = shutil.which("peakrdl") or shutil.which("peakrdl", path=str(beside))
    if tool is None:
        message = f"peakrdl: no such command on PATH, nor in {beside}"
        raise DataError(message)
    rdl = source_folder() / "csrc" / "bus" / "edgeferro.rdl"
    made = [folder / "edgeferro.svd"]
    write_whole(made[0], svd())
    for place, form in _FORMS.items():
        out = folder / place
        done = subprocess.run(
            [tool, *form, str(rdl), "-o", str(out)],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            message = f"peakrdl {form[0]}: {done.stderr.strip()[-500:]}"
            raise StateError(message)
        made.append(out)
    return made
