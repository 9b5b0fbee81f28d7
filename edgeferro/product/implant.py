"""How warm an implant gets: Pennes' bioheat equation, steady state, a small sphere.

Around a warm body the rise of temperature obeys k div grad T = w c (T - T_blood)
(Pennes 1948). Outside a sphere of radius a the solution is T(r) = T(a) a/r
exp(-(r - a)/L) with L = sqrt(k / (w c)), so that a power P at its surface gives
T(a) = P / (4 pi k a (1 + a / L)). A package is taken as the sphere of its area.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Final

from edgeferro.files.read import Figure, Shipped, Text
from edgeferro.product.convert import kept_in

__all__ = ["Implant"]

_OTHER: Final = {"low": "high", "value": "value", "high": "low"}


class Implant(Shipped):
    """A package in tissue.

    Attributes:
        name: as in chip files.
        description: one sentence.
        area_mm2: of the package's surface.
        conductivity: of the tissue, W/(m K).
        perfusion: blood's heat capacity x flow, w c, W/(m3 K).
        limit_c: rise of temperature that is allowed, K.
        limit_mw_cm2: power density that is allowed.
        other_mw: power of the implant's other parts.
    """

    FOLDER: ClassVar = "implants"

    name: Text
    description: Text
    area_mm2: Annotated[Figure, kept_in("mm2")]
    conductivity: Annotated[Figure, kept_in("W/(m K)")]
    perfusion: Annotated[Figure, kept_in("W/(m3 K)", zero=True)]
    limit_c: Annotated[Figure, kept_in("K", high=False)]
    limit_mw_cm2: Annotated[Figure, kept_in("mW/cm2", high=False)]
    other_mw: Annotated[Figure, kept_in("mW", zero=True)]

    def rise_c(self, watts: float, bound: str = "value") -> float:
        """Steady rise of temperature at the surface, K, at one end of its range.

        Tissue and area that carry less heat away go with the high end.
        """
        end = _OTHER[bound]
        radius = math.sqrt(self.area_mm2.bound(end) * 1e-6 / (4.0 * math.pi))
        k = self.conductivity.bound(end)
        reach = math.sqrt(self.perfusion.bound(end) / k) * radius  # a / L
        return watts / (4.0 * math.pi * k * radius * (1.0 + reach))

    def density_mw_cm2(self, watts: float, bound: str = "value") -> float:
        """Power over the package's area, at one end of its range."""
        return watts * 1e3 / (self.area_mm2.bound(_OTHER[bound]) * 1e-2)
