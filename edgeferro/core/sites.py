"""Counters of the quantizer sites, where bits are short or wasted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edgeferro.core.enums import SITES
from edgeferro.notebook import html_table

if TYPE_CHECKING:
    from edgeferro.core.emulator import Core

__all__ = ["SiteReport", "site_rows"]

_HEADS: Final = ("layer", "site", "saturated", "underflowed", "peak")


class SiteReport(list[dict[str, Any]]):
    """Rows of counters, a list that shows itself as a table."""

    def __repr__(self) -> str:
        """Say a row a line."""
        lines = [
            f"{_HEADS[0]:>5}  {_HEADS[1]:<11}"
            + "".join(map("{:>13}".format, _HEADS[2:]))
        ]
        for row in self:
            counts = "".join(f"{row[name]:>13,}" for name in _HEADS[2:])
            lines.append(f"{row['layer']:>5}  {row['site']:<11}{counts}")
        return "\n".join(lines)

    def table(self, title: str) -> str:
        """Return the rows as HTML under a title."""
        return html_table(title, _HEADS, [[row[n] for n in _HEADS] for row in self])

    def _repr_html_(self) -> str:
        """Show the rows in a notebook."""
        return self.table("quantizer sites")


def site_rows(core: Core) -> SiteReport:
    """Counters of each layer's quantizer sites, whatever drives the core."""
    rows = SiteReport()
    for layer in range(core.layers):
        info = core.info(layer)
        for name, site in zip(SITES, info.sites, strict=True):
            if name == "activation" or (name == "input" and layer):
                continue  # a table cuts nothing off; codes between layers are its own
            row = {"layer": layer, "site": name, "saturated": int(site.saturated)}
            row |= {"underflowed": int(site.underflowed), "peak": int(site.peak)}
            rows.append(row)
    return rows
