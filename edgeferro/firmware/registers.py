"""The register map in the forms that others read, through the PeakRDL tools."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from edgeferro.errors import DataError, StateError
from edgeferro.firmware.image import source_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export_registers"]

_FORMS: Final = {
    "html": ("html",),
    "edgeferro.xml": ("ip-xact",),
    "verilog": ("regblock", "--cpuif", "passthrough"),
}


def export_registers(folder: Path) -> list[Path]:
    """Write HTML, IP-XACT and a SystemVerilog register block.

    Raises:
        DataError: no such folder, or PeakRDL is not installed.
        StateError: PeakRDL refuses.
    """
    if not folder.is_dir():
        message = f"firmware registers: folder {folder} is not there"
        raise DataError(message)
    if shutil.which("peakrdl") is None:
        message = "peakrdl is not installed: pip install 'edgeferro[rdl]'"
        raise DataError(message)
    rdl = source_folder() / "csrc" / "edgeferro.rdl"
    made = []
    for place, form in _FORMS.items():
        out = folder / place
        done = subprocess.run(
            ["peakrdl", *form, str(rdl), "-o", str(out)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"peakrdl {form[0]}: {done.stderr.strip()[-500:]}"
            raise StateError(message)
        made.append(out)
    return made
