"""The seam between chip file and core: structures as flat fields, and what differs.

``flat`` is the one place that knows how the structure is laid out in Python.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from edgeferro._core import ffi

from edgeferro.chip.chip import Chip

__all__ = ["GROUPS", "chip_of", "device_file", "difference", "flat", "flat_struct"]

# Members that only hold others: a field counts as the whole structure's own,
# wherever it stands.
GROUPS: Final = ("settings",)
FIGURE: Final = 'kind = "assumed", source = "by hand"'
STEP: Final = '{ kind = "constant", a = 0.0009765625 }'  # 2^-10 of W, 2^22 in Q0.31
HALF: Final = '{ kind = "constant", a = 0.00048828125 }'  # 2^-11, 2^21
SPREADS: Final = ("d2d_common", "d2d_asymmetry", "c2c", "c2c_additive", "bound")


def device_file(
    folder: Path, name: str = "cell", *, up: str = STEP, down: str = STEP, **more: Any
) -> Path:
    """Write a device of round numbers: two classes, no spread but what is given."""

    def figure(key: str, value: float, unit: str) -> str:
        number = more.get(key, value)
        return f'{key} = {{ value = {number}, unit = "{unit}", {FIGURE} }}'

    def pulses(width: int, volts: float, up: str, down: str) -> str:
        amplitude = f'{{ value = {volts}, unit = "V", {FIGURE} }}'
        head = f"[[classes]]\nwidth_ns = {width}\namplitude_v = {amplitude}"
        return f"{head}\nup = {up}\ndown = {down}"

    lines = [
        f'name = "{name}"',
        'description = "round numbers"',
        'source = "by hand"',
        'kind = "assumed"',
        figure("g_min_ns", 1.0, "nS"),
        figure("g_max_ns", 3.0, "nS"),
        figure("area_um2", 2.0, "um2"),
        figure("thickness_nm", 10.0, "nm"),
        figure("permittivity", 50.0, "1"),
        figure("polarization_uc_cm2", 50.0, "uC/cm2"),
        figure("endurance", 1e6, "pulses"),
        f"bound_low = {more.get('bound_low', -1.0)}",
        f"bound_high = {more.get('bound_high', 1.0)}",
        "[spread]",
        *(figure(spread, 0.0, "1") for spread in SPREADS),
        pulses(more.get("width_ns", 200), 2.0, up, down),
        pulses(1000, 4.0, HALF, HALF),
    ]
    path = folder / f"{name}.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def chip_of(device: Path | str, more: str = "") -> Chip:
    """A chip of defaults on a device, at a rate of 0.1, and with what more is said."""
    head = f'[chip]\nname = "seam"\n[device]\nname = "{device}"\n'
    head += "" if "[controller]" in more else "[controller]\nlearning_rate = 0.1\n"
    return Chip.loads(head + more)


def _named(record: Any) -> list[tuple[str, Any]] | None:
    """Members of a record by name; None for what is no record."""
    if isinstance(record, dict):
        return list(record.items())
    if is_dataclass(record):
        return [(f.name, getattr(record, f.name)) for f in fields(record)]
    if hasattr(record, "__dict__") and not isinstance(record, np.ndarray):
        return list(vars(record).items())
    return None


def flat(record: Any, where: str = "") -> dict[str, Any]:
    """Every field of a structure by its path, as ``sites[7].rounding``.

    Tables of numbers stand whole, as lists.
    """
    found: dict[str, Any] = {}
    for name, value in _named(record) or ():
        path = f"{where}{name}"
        if name in GROUPS:
            found |= flat(value, where)
        elif isinstance(value, np.ndarray):
            found[path] = value.tolist()
        elif isinstance(value, tuple | list):
            for index, item in enumerate(value):
                at = f"{path}[{index}]"
                inner = flat(item, f"{at}.")
                found |= inner or {
                    at: item.tolist() if isinstance(item, np.ndarray) else item
                }
        elif _named(value) is not None:
            found |= flat(value, f"{path}.")
        else:
            found[path] = value
    return found


def flat_struct(record: Any, where: str = "") -> dict[str, Any]:
    """The same of a structure of the core, tables left out."""
    found: dict[str, Any] = {}
    for name, member in ffi.typeof(record).fields:
        value, path = getattr(record, name), f"{where}{name}"
        kind = member.type.kind
        if kind == "struct":
            inner = where if name in GROUPS else f"{path}."
            found |= flat_struct(value, inner)
        elif kind == "array":
            for index in range(member.type.length):
                at = f"{path}[{index}]"
                if member.type.item.kind == "struct":
                    found |= flat_struct(value[index], f"{at}.")
                else:
                    found[at] = value[index]
        elif kind != "pointer":
            found[path] = value
    return found


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Fields that are not what they were, as they are now; None where one is gone."""
    names = {**before, **after}
    return {n: after.get(n) for n in names if before.get(n) != after.get(n)}
