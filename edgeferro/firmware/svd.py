"""The register map as CMSIS-SVD, for debuggers and code generators.

Written here, for no exporter of PeakRDL's does: peakrdl-svd 0.1 reads the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as Xml

from edgeferro.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BLOCK_BYTES", "CPUS", "Place", "svd"]

BLOCK_BYTES: Final = 0x1000
CPUS: Final = {  # with bits of priority, which the format asks for
    "CM0": 2,
    "CM0PLUS": 2,
    "CM3": 3,
    "CM4": 4,
    "CM7": 4,
    "CM23": 2,
    "CM33": 3,
    "CM55": 3,
    "other": 3,  # RISC-V among them
}
_INTERRUPTS_MOST: Final = 1023
_ACCESS: Final = {"r": "read-only", "w": "write-only", "rw": "read-write"}
_MARKS: Final = {  # properties of the map that the format has no place for
    "of_the_chip": "Comes up as the chip is.",
    "write_while_busy": "May be written while busy.",
    "waits": "A result: refused while busy.",
}
_HARNESS: Final = 0x800  # registers from here on only an emulator has


@dataclass(frozen=True)
class Place:
    """Where the block stands in a system; images for QEMU have it there.

    Attributes:
        base: address of the block.
        interrupt: number of its line.
        cpu: one of :data:`CPUS`.

    Raises:
        DataError: not on a page of 4 KiB of 32 bits of address; no such line or
            processor.
    """

    base: int = 0x5F000000
    interrupt: int = 31
    cpu: str = "CM3"

    def __post_init__(self) -> None:
        """Check what no debugger would take."""
        last = (1 << 32) - BLOCK_BYTES
        if not 0 <= self.base <= last or self.base % BLOCK_BYTES:
            near = min(max(self.base, 0), last) // BLOCK_BYTES * BLOCK_BYTES
            message = (
                f"--base: {self.base:#x} is not a multiple of {BLOCK_BYTES:#x} in "
                f"0..{last:#x}; {near:#x} is"
            )
            raise DataError(message)
        if not 0 <= self.interrupt <= _INTERRUPTS_MOST:
            message = f"--interrupt: {self.interrupt} is not in 0..{_INTERRUPTS_MOST}"
            raise DataError(message)
        if self.cpu not in CPUS:
            message = f"--cpu: {self.cpu!r} is not one of {', '.join(CPUS)}"
            raise DataError(message)


def svd(top: Any, place: Place | None = None) -> bytes:
    """Write the map, as systemrdl-compiler has read it, with its place in a system."""
    place = place or Place()
    device = Xml.Element("device", schemaVersion="1.3")
    device.set("xmlns:xs", "http://www.w3.org/2001/XMLSchema-instance")
    device.set("xs:noNamespaceSchemaLocation", "CMSIS-SVD.xsd")
    registers = list(top.registers())
    version = next(r for r in registers if r.inst_name == "VERSION")
    _add(device, vendor="edgeferro", name="edgeferro")
    _add(device, version=version.get_child_by_name("map").get_property("reset"))
    _add(device, description=_text(top.get_property("desc")))
    cpu = _add(device, cpu=None)
    _add(cpu, name=place.cpu, revision="r0p0", endian="little")
    _add(cpu, nvicPrioBits=CPUS[place.cpu], vendorSystickConfig="false")
    _add(device, addressUnitBits=8, width=32, size=32)
    block = _add(_add(device, peripherals=None), peripheral=None)
    _add(block, name="EDGEFERRO", description=top.get_property("name"))
    _add(block, headerStructName="ef_block", baseAddress=f"{place.base:#010x}")
    space = _add(block, addressBlock=None)
    _add(space, offset="0x0", size=f"{BLOCK_BYTES:#x}", usage="registers")
    line = _add(block, interrupt=None)
    _add(line, name="EdgeFerro", description="a bit of IRQ_STATUS that is enabled")
    _add(line, value=place.interrupt)
    within = _add(block, registers=None)
    for node in registers:
        _register(within, node)
    Xml.indent(device)
    text: bytes = Xml.tostring(device, "utf-8", xml_declaration=True)
    return text + b"\n"


def _add(parent: Xml.Element, **values: object) -> Xml.Element:
    """Add children by name, with a text unless it is None; return the last."""
    child = parent
    for name, value in values.items():
        child = Xml.SubElement(parent, name)
        if value is not None:
            child.text = str(value)
    return child


def _text(description: object) -> str:
    return " ".join(str(description).split())


def _has_side_effects(node: Any) -> bool:
    """Whether a debugger's read would change something, or be refused aloud.

    Results are refused while they wait, the harness's settings until it is open.
    """
    taken = any(field.get_property("swacc") for field in node.fields())
    closed = node.absolute_address >= _HARNESS and node.has_sw_writable
    return taken or closed or bool(node.get_property("waits"))


def _register(parent: Xml.Element, node: Any) -> None:
    one = _add(parent, register=None)
    said = [f"{node.get_property('name')}. {node.get_property('desc')}"]
    said += [text for name, text in _MARKS.items() if node.get_property(name)]
    if node.absolute_address >= _HARNESS:
        said.append("Only an emulator has it.")
    fields = list(node.fields())
    known = 0 if node.get_property("of_the_chip") else _mask(fields, "r rw")
    reset = sum((f.get_property("reset") or 0) << f.low for f in fields)
    _add(one, name=node.inst_name, description=_text(" ".join(said)))
    _add(one, addressOffset=f"{node.absolute_address:#x}", size=32)
    readable, writable = node.has_sw_readable, node.has_sw_writable
    _add(one, access=_ACCESS["r" * readable + "w" * writable])
    _add(one, resetValue=f"{reset & known:#010x}", resetMask=f"{known:#010x}")
    if readable and _has_side_effects(node):
        _add(one, readAction="modifyExternal")
    within = _add(one, fields=None)
    for field in fields:
        _field(within, field)


def _mask(fields: Iterable[Any], kinds: str) -> int:
    kept = (f for f in fields if f.get_property("sw").name in kinds.split())
    return sum((2 << f.high) - (1 << f.low) for f in kept)


def _field(parent: Xml.Element, field: Any) -> None:
    part = _add(parent, field=None)
    _add(part, name=field.inst_name, description=_text(field.get_property("desc")))
    _add(part, bitRange=f"[{field.high}:{field.low}]")
    _add(part, access=_ACCESS[field.get_property("sw").name])
    if field.get_property("onwrite") is not None:
        _add(part, modifiedWriteValues="oneToClear")
    enum = field.get_property("encode")
    if enum is None:
        return
    values = _add(part, enumeratedValues=None)
    _add(values, name=enum.type_name.removesuffix("_e"))
    for member in enum:
        value = _add(values, enumeratedValue=None)
        _add(value, name=member.name, description=_text(member.rdl_desc))
        _add(value, value=member.value)
