"""Writes the C source of the extension; the declarations are cut from the headers."""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

from cffi import FFI

ROOT = Path(__file__).resolve().parent.parent
HEADERS = (
    "csrc/include/ef_enums.h",
    "csrc/include/ef_fields.h",
    "csrc/include/edgeferro.h",
    "csrc/include/ef_job.h",
    "csrc/include/ef_features.h",
    "csrc/include/ef_symmetry.h",
    "csrc/include/ef_bus.h",
    "firmware_models/common/fw.h",
    "firmware_models/port/fw_host.h",
)
OBSERVER = """
extern "Python" {
    void ef_observe(void *context, const struct ef_bus_event *event);
    int fw_access(void *context, uint32_t kind, uint32_t address, uint32_t value);
}
"""


def declarations() -> str:
    """Return what stands between the cdef marks of the public headers."""
    regions = []
    for name in HEADERS:
        text = (ROOT / name).read_text(encoding="utf-8")
        found = re.findall(r"// <cdef>\n(.*?)// </cdef>", text, re.DOTALL)
        if not found:
            message = f"{name}: no region between // <cdef> and // </cdef>"
            raise SystemExit(message)
        regions += found
    return re.sub(r"//.*", "", "\n".join(regions))


def check_python() -> None:
    """Refuse an interpreter that the extension can't be built for.

    Raises:
        SystemExit: it has no GIL, and with it no stable ABI.
    """
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        message = (
            f"edgeferro: Python {version}t (free-threaded) is not supported: it has "
            f"no stable ABI; use Python {version}"
        )
        raise SystemExit(message)


def main() -> None:
    """Write the source to the path given as the only argument, or --check Python."""
    check_python()
    if sys.argv[1] == "--check":
        return
    ffi = FFI()
    ffi.cdef(declarations())
    ffi.cdef(OBSERVER)
    includes = "\n".join(f'#include "{Path(name).name}"' for name in HEADERS)
    ffi.set_source("edgeferro._core", includes, py_limited_api=True)
    ffi.emit_c_code(sys.argv[1])


if __name__ == "__main__":
    main()
