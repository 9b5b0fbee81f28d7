"""``edgeferro firmware new``: a folder for a program of one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edgeferro.errors import DataError
from edgeferro.files.write import check_folder
from edgeferro.firmware.programs import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_skeleton"]

_TAKEN: Final = set(
    "auto break case char const continue default do double else enum extern float for "
    "goto if inline int long register restrict return short signed sizeof static "
    "struct switch typedef union unsigned void volatile while bool true false main "
    "lesson".split()
)
# Names of the headers that a program includes.
_OURS: Final = r"(ef|efd|fw|lesson)_.*|.*_t"

_SOURCE: Final = """\
// {name}: learns a wearer's exercises as they come and tells how often it was right.
// It sees the chip through the driver alone (ef_driver.h).
#include "lesson.h"

static int {name}(const struct fw_world *world)
{{
    struct lesson lesson;
    uint32_t missed = 0;
    uint32_t right = 0;
    int status = lesson_open(&lesson, world);
    if (status == EFD_OK) {{
        status = lesson_program(&lesson, &missed);
    }}
    for (uint32_t i = 0; status == EFD_OK && i < lesson.order_count; i++) {{
        const uint32_t sample = lesson.order[i];
        uint32_t found = 0;
        status = lesson_learn(&lesson, sample, &found); // predicts, then learns
        right += found == lesson.labels[sample] ? 1u : 0u;
    }}
    fw_tested(world->report, right, lesson.order_count);
    return status;
}}

fw_program fw_find(const char *name)
{{
    (void)name; // this image holds one program
    return {name};
}}
"""
_MAKEFILE: Final = """\
# Builds {name} with the emulator linked in, runs it, and shows what it found.
# ON: host-image, cortex-m3, cortex-m33 or rv32.
ON ?= host-image

run:
\tedgeferro firmware run . --on $(ON)

.PHONY: run
"""
_README: Final = """\
# {name}

    make              # on this machine
    make ON=rv32      # bare metal under QEMU; also cortex-m3, cortex-m33

`{name}.c` is the program. It gets a person's windows of the watch task; what else
comes with them stands in `firmware_models/common/lesson.h`, and the driver's calls in
`firmware_models/driver/ef_driver.h`, below the folder `edgeferro firmware sources`.
"""


def make_skeleton(name: str, folder: Path) -> Path:
    """Make a folder with a program that builds and learns.

    Raises:
        DataError: a name that C doesn't take, or a folder that is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        message = f"firmware new: {name!r} is not a C name of small letters"
        raise DataError(message)
    if name in PROGRAMS or name in _TAKEN or re.fullmatch(_OURS, name):
        message = (
            f"firmware new: {name!r} is taken, by C, a header or a shipped program"
        )
        raise DataError(message)
    place = folder / name
    if place.exists() or place.is_symlink():
        message = f"firmware new: {place} is there already"
        raise DataError(message)
    check_folder("firmware new", folder)
    place.mkdir()
    (place / f"{name}.c").write_text(_SOURCE.format(name=name), encoding="utf-8")
    (place / "Makefile").write_text(_MAKEFILE.format(name=name), encoding="utf-8")
    (place / "README.md").write_text(_README.format(name=name), encoding="utf-8")
    return place
