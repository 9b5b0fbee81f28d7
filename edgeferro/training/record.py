"""What a run was: all that is needed to run it again, and where it ran."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro._version import __version__
from edgeferro.chip.device import Device
from edgeferro.chip.pinned import pin_chip
from edgeferro.core.enums import CONTRACT
from edgeferro.energy.prices import Prices

if TYPE_CHECKING:
    from edgeferro.files.read import Shipped
    from edgeferro.training.options import TrainOptions
    from edgeferro.training.plan import Plan

__all__ = ["NAMED", "RECORD_VERSION", "environment", "run_record"]

RECORD_VERSION: Final = 1
# Files that a run's figures follow from, by the setting that names them.
NAMED: Final[dict[str, type[Shipped]]] = {
    "device.name": Device,
    "energy.prices": Prices,
}


def _blas() -> str:
    """Name and version of what NumPy multiplies matrices with."""
    try:
        config: Any = np.show_config(mode="dicts")
        blas = config["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']}"
    except (KeyError, TypeError):
        return "unknown"


def environment() -> dict[str, str]:
    """Versions of what may round differently; of the machine its kind alone."""
    return {
        "edgeferro": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": _blas(),
        "platform": f"{sys.platform} {platform.machine()}",
    }


def run_record(options: TrainOptions, plan: Plan) -> dict[str, Any]:
    """Return the record of a run for ``--json``.

    Args:
        options: as they were asked for.
        plan: what they came to.
    """
    return {
        "version": RECORD_VERSION,
        "contract": CONTRACT,
        "environment": environment(),
        "options": asdict(options),
        "seeds": list(plan.seeds),
        "subjects": list(plan.subjects),
        "passes": plan.passes,
        "order": plan.order,
        "task_digest": plan.task.digest,
        "fingerprint": plan.fingerprint(),
        "chip": pin_chip(plan.chip, NAMED),
    }
