"""A program of one's own, and samples for it: as little of both as there can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from console import Done, call

# Touches little: one read of the chip, the memory that lasts, and what is planted.
SOURCE = """\
#include "fw.h"

static uint32_t starts;

static int own(const struct fw_world *world)
{
    const struct ef_port *port = fw_port();
    starts += 1u;
    fw_say(world->report, starts);
    fw_say(world->report, fw_nvm_read(3) + 1u);
    fw_nvm_write(3, fw_nvm_read(3) + 1u);
    %s
    fw_say(world->report, port != 0 ? port->read(port->context, 0) : 0u);
    return 0;
}

fw_program fw_find(const char *name)
{
    (void)name;
    return own;
}
"""


def tiny(classes: int = 2) -> dict[str, np.ndarray]:
    """Six samples of a network of three inputs and four hidden neurons."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (6, 3))
    return {
        "X": x,
        "y": np.arange(6) % classes,
        "weights0": rng.uniform(-0.5, 0.5, (4, 4)),
        "weights1": rng.uniform(-0.5, 0.5, (classes, 5)),
    }


def program(folder: Path, planted: str = "") -> Path:
    """A C file with a line planted in it."""
    path = folder / "own.c"
    path.write_text(SOURCE % planted, encoding="utf-8")
    return path


def run(path: Path, *more: str) -> Done:
    """Run it with the tiny samples."""
    data = path.parent / "tiny.npz"
    np.savez(data, **tiny())  # type: ignore[arg-type]
    return call("firmware", "run", str(path), "--data", str(data), *more)
