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
// {name}: learns samples as they come and tells how often it was right. It sees the
// chip through the driver alone (ef_driver.h): a sample is submitted, the next one is
// made ready while the chip learns, and an interrupt says that it has ended.
#include "lesson.h"

#define CODES 512u

static int {name}(const struct fw_world *world)
{{
    static int16_t codes[CODES];
    struct lesson lesson;
    uint32_t missed = 0;
    uint32_t right = 0;
    int status = lesson_open(&lesson, world);
    struct ef_dev *dev = &lesson.dev;
    if (status == EFD_OK && dev->inputs > CODES) {{
        status = EFD_ARGUMENT;
    }}
    if (status == EFD_OK) {{
        status = lesson_program(&lesson, &missed);
    }}
    if (status == EFD_OK && lesson.order_count != 0u) {{
        status = lesson_codes(&lesson, codes, lesson.order[0]);
    }}
    for (uint32_t i = 0; status == EFD_OK && i < lesson.order_count; i++) {{
        const uint32_t label = lesson.labels[lesson.order[i]];
        struct efd_done done = {{0}};
        uint32_t number = 0;
        status = efd_submit_learn(dev, &number, codes, dev->inputs, label);
        if (status == EFD_OK && i + 1u < lesson.order_count) {{
            status = lesson_codes(&lesson, codes, lesson.order[i + 1u]);
        }}
        if (status == EFD_OK) {{
            status = efd_wait(dev); // sleeps until the interrupt
        }}
        if (status == EFD_OK) {{
            status = efd_complete(dev, &done);
        }}
        if (status == EFD_OK) {{
            status = done.status;
        }}
        right += done.label == label ? 1u : 0u; // predicted before it was learned
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
# Builds {name}, runs it on the emulated chip, and shows what it found.
# ON: host, host-image, cortex-m3, cortex-m33 or rv32; MORE: --data, --trace, --gdb ...
ON ?= host

run:
\tedgeferro firmware run . --on $(ON) $(MORE)

.PHONY: run
"""
_README: Final = """\
# {name}

    make                              # on this machine, in edgeferro's process
    make ON=rv32                      # under QEMU; also cortex-m3, cortex-m33
    make MORE="--data samples.npz"    # your samples: arrays X and y
    make MORE="--trace t.jsonl --vcd t.vcd --cut step:500"
    make ON=cortex-m3 MORE="--gdb --keep ."

`{name}.c` is the program. Without `--data` it gets a person's windows of the watch
task; what else comes with them stands in `firmware_models/common/lesson.h`, and the
driver's calls in `firmware_models/driver/ef_driver.h`, below the folder
`edgeferro firmware sources`.
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
