"""Counters of the quantizer sites, where bits are short or wasted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeferro.core.enums import SITES

if TYPE_CHECKING:
    from edgeferro.core.emulator import Core

__all__ = ["site_rows"]


def site_rows(core: Core) -> list[dict[str, Any]]:
    """Counters of each layer's quantizer sites, whatever drives the core."""
    rows = []
    for layer in range(core.layers):
        info = core.info(layer)
        for name, site in zip(SITES, info.sites, strict=True):
            if name == "activation":
                continue  # a table lookup cuts nothing off
            row = {"layer": layer, "site": name, "saturated": int(site.saturated)}
            row |= {"underflowed": int(site.underflowed), "peak": int(site.peak)}
            rows.append(row)
    return rows
