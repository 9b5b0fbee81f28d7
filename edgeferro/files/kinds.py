"""Files of a kind in the place of another: told apart by what stands at their top."""

from __future__ import annotations

from typing import Any, Final

from edgeferro.errors import ConfigError

__all__ = ["check_kind"]

# A folder's kind in words, and keys that only its files have at their top.
_KINDS: Final = {
    "profiles": ("a chip", {"chip"}),
    "devices": ("a device", {"classes"}),
    "prices": ("a price", {"events"}),
    "areas": ("an area", {"parts"}),
    "batteries": ("a battery", {"capacity_mah", "power_uw"}),
    "implants": ("an implant", {"perfusion"}),
    "products": ("a product", {"supply"}),
    "cores": ("a core", {"cycle_pj"}),
}


def check_kind(data: dict[str, Any], folder: str, label: str) -> None:
    """Refuse a file of another kind in one line, not by all that it lacks.

    Raises:
        ConfigError: says what it is.
    """
    wanted, marks = _KINDS[folder]
    for kind, keys in _KINDS.values():
        if keys & data.keys() and not marks & data.keys():
            message = f"{label} is {kind} file, not {wanted} file"
            raise ConfigError(message)
