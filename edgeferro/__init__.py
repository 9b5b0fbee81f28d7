"""edgeferro: bit-accurate emulator of an on-chip learning controller.

    import edgeferro as ef
    chip = ef.Chip.load("watch-hzo-200ns")
    clf = ef.FerroClassifier(chip, hidden=(32,), random_state=0)

Names are imported when they are first used, so that ``import edgeferro`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edgeferro._version import __version__

if TYPE_CHECKING:
    from edgeferro.array import Array
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.classifier import FerroClassifier
    from edgeferro.controller import Controller
    from edgeferro.core.formats import Format
    from edgeferro.core.tally import Tally
    from edgeferro.energy.prices import Prices
    from edgeferro.energy.report import EnergyReport
    from edgeferro.errors import (
        ConfigError,
        DataError,
        EdgeferroError,
        SnapshotError,
        StateError,
    )
    from edgeferro.firmware import Firmware
    from edgeferro.mapping.network import compile_network

__all__ = [
    "Array",
    "Chip",
    "ConfigError",
    "Controller",
    "DataError",
    "Device",
    "EdgeferroError",
    "EnergyReport",
    "FerroClassifier",
    "Firmware",
    "Format",
    "Prices",
    "SnapshotError",
    "StateError",
    "Tally",
    "__version__",
    "compile_network",
]

_HOMES = {
    "Array": "array",
    "Chip": "chip.chip",
    "Controller": "controller",
    "Device": "chip.device",
    "EnergyReport": "energy.report",
    "FerroClassifier": "classifier",
    "Firmware": "firmware",
    "Format": "core.formats",
    "Prices": "energy.prices",
    "Tally": "core.tally",
    "compile_network": "mapping.network",
    "ConfigError": "errors",
    "DataError": "errors",
    "EdgeferroError": "errors",
    "SnapshotError": "errors",
    "StateError": "errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOMES:
        message = f"module 'edgeferro' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"edgeferro.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
