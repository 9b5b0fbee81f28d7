"""One cell, one geometry: what a film's area and thickness imply, held together.

A ferroelectric cell is a plate capacitor, C = eps0 eps_r A / d. The same area A carries
the switched charge 2 Pr A and the conductance. So the three can contradict each other,
and a file says by how much where they do:

- the conductance over the area against a published density (``g_density_ps_um2``),
- what a pulse takes in its cell, C V^2 + 2 Pr A V / states + G V^2 t, against the most
  that a pulse was published to take (``pulse_energy_pj``).

A driver that charges a cell to V supplies C V^2. Half of it is lost in the line's
resistance at once, half is stored and lost at discharge: no driver takes it back.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from edgeferro.files.read import Figure, Shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ALLOWED", "EPS0", "G_CODES", "Contradiction", "Geometry"]

EPS0: Final = Fraction("8.8541878128e-12")  # F/m (CODATA 2018)
G_CODES: Final = 65535  # conductance codes from G_min to G_max (SPEC 3.1)
ALLOWED: Final = 3.0  # factor of a contradiction that needs no name
_RANGES: Final = {  # unit, least, most
    "area_um2": ("um2", 1e-4, 1e6),
    "thickness_nm": ("nm", 0.5, 1000.0),
    "permittivity": ("1", 1.0, 1e4),
    "polarization_uc_cm2": ("uC/cm2", 0.0, 1000.0),
    "g_density_ps_um2": ("pS/um2", 1e-6, 1e9),
    "pulse_energy_pj": ("pJ", 1e-6, 1e6),
    "contradiction": ("1", 1.0, 1e6),
    "read_v_max": ("V", 0.01, 1.0),
}
# The end of each that gives the capacitance's own end.
_OTHER: Final = {"low": "high", "value": "value", "high": "low"}


class Contradiction(NamedTuple):
    """Two numbers of a device that can't both be right.

    Attributes:
        factor: by which they are apart, above 1.
        text: what contradicts what.
    """

    factor: float
    text: str


def _exact(value: float) -> Fraction:
    return Fraction(repr(float(value)))


class Geometry(Shipped):
    """A cell's film and what was measured on it.

    Attributes:
        g_min_ns: conductance at state -1, nanosiemens.
        g_max_ns: conductance at state 1.
        area_um2: electrode area, 1e-4..1e6.
        thickness_nm: of the film, 0.5..1000.
        permittivity: of the film, relative, 1..10000.
        polarization_uc_cm2: 2 Pr of the film, for the switched charge, 0..1000.
        g_density_ps_um2: published conductance of such films over their area, low to
            high; a check.
        pulse_energy_pj: most that a pulse was published to take in its cell; a check.
        contradiction: factor by which numbers may contradict each other, above 3; why,
            in its source.
        read_v_max: most volts that a cell is read with, 0.01..1; more would write it.
            None where nothing is known.
    """

    g_min_ns: Figure
    g_max_ns: Figure
    area_um2: Figure
    thickness_nm: Figure
    permittivity: Figure
    polarization_uc_cm2: Figure
    g_density_ps_um2: Figure | None = None
    pulse_energy_pj: Figure | None = None
    contradiction: Figure | None = None
    read_v_max: Figure | None = None

    def check_geometry(self) -> None:
        """Refuse other units, and numbers outside their ranges.

        Raises:
            ValueError: names the field and its range.
        """
        self.g_min_ns.check("g_min_ns", "nS")
        self.g_max_ns.check("g_max_ns", "nS")
        for name, (unit, least, most) in _RANGES.items():
            figure: Figure | None = getattr(self, name)
            if figure is None:
                continue
            if figure.unit != unit:
                message = f"{name}.unit: {figure.unit!r} is not {unit!r}"
                raise ValueError(message)
            for end in ("low", "value", "high"):
                if not least <= figure.bound(end) <= most:
                    message = (
                        f"{name}.{end}: {figure.bound(end):g} is not in "
                        f"{least:g}..{most:g}"
                    )
                    raise ValueError(message)
        if not 0.0 < self.g_min_ns.value < self.g_max_ns.value:
            message = (
                f"g_min_ns: {self.g_min_ns.value} is not in 0..{self.g_max_ns.value} "
                f"(g_max_ns), ends excluded"
            )
            raise ValueError(message)

    def farads(self, bound: str = "value") -> Fraction:
        """Capacitance eps0 eps_r A / d, exactly, at one end of its range."""
        area = _exact(self.area_um2.bound(bound)) / 10**12
        depth = _exact(self.thickness_nm.bound(_OTHER[bound])) / 10**9
        return EPS0 * _exact(self.permittivity.bound(bound)) * area / depth

    def coulombs(self, bound: str = "value") -> Fraction:
        """Charge 2 Pr A of a full switch, exactly, at one end of its range."""
        area = _exact(self.area_um2.bound(bound)) / 10**12
        return _exact(self.polarization_uc_cm2.bound(bound)) / 100 * area

    @property
    def capacitance_ff(self) -> Figure:
        """Capacitance of a cell, low to high; assumed, where a part of it is."""
        parts = (self.permittivity, self.area_um2, self.thickness_nm)
        assumed = any(part.kind == "assumed" for part in parts)
        return Figure(
            **{end: float(self.farads(end) * 10**15) for end in _OTHER},
            unit="fF",
            kind="assumed" if assumed else "derived",
            source="eps0 eps_r A / d",
        )

    @property
    def density_ps_um2(self) -> tuple[float, float]:
        """Conductance at both ends of the window over the area, pS/um2."""
        low, high = (
            float(_exact(g.value) * 1000 / _exact(self.area_um2.value))
            for g in (self.g_min_ns, self.g_max_ns)
        )
        return low, high

    def pulse_pj(self, volts: float, width_ns: int, share: float) -> float:
        """What a pulse takes in its cell: charge, switching and conduction, pJ.

        Args:
            volts: amplitude.
            width_ns: of the pulse.
            share: part of a full switch that it moves.
        """
        v = _exact(volts)
        siemens = (_exact(self.g_min_ns.value) + _exact(self.g_max_ns.value)) / 2
        joules = self.farads() * v * v + self.coulombs() * v * _exact(share)
        joules += siemens / 10**9 * v * v * width_ns / 10**9
        return float(joules * 10**12)

    def contradictions(self, pulses_pj: Sequence[float]) -> list[Contradiction]:
        """Numbers that are apart, the worst first.

        Args:
            pulses_pj: what a pulse of each class takes in its cell.
        """
        found = []
        published = self.g_density_ps_um2
        if published is not None:
            low, high = self.density_ps_um2
            least, most = published.bound("low"), published.bound("high")
            apart = max(low / most, least / high)
            side = "above" if low > most else "below"
            text = (
                f"g_min_ns and g_max_ns on area_um2 are {low:.3g}..{high:.3g} pS/um2, "
                f"{apart:.3g} times {side} g_density_ps_um2 {least:g}..{most:g}"
            )
            found.append(Contradiction(apart, text))
        if self.pulse_energy_pj is not None:
            most = self.pulse_energy_pj.bound("high")
            for index, energy in enumerate(pulses_pj):
                text = (
                    f"a pulse of class {index} takes {energy:.3g} pJ in its cell, "
                    f"{energy / most:.3g} times above pulse_energy_pj {most:g}"
                )
                found.append(Contradiction(energy / most, text))
        return sorted((c for c in found if c.factor > 1.0), reverse=True)

    def check_contradictions(self, pulses_pj: Sequence[float]) -> None:
        """Refuse numbers further apart than the file says that they may be.

        Raises:
            ValueError: says what contradicts what, and what would pass.
        """
        found = self.contradictions(pulses_pj)
        worst = found[0].factor if found else 1.0
        named = self.contradiction
        if named is not None and worst <= ALLOWED:
            message = (
                f"contradiction: has no effect; nothing is more than {ALLOWED:g} "
                f"times apart"
            )
            raise ValueError(message)
        allowed = ALLOWED if named is None else named.value
        if worst > allowed:
            least = -(-worst // 0.1) / 10  # one digit, rounded up
            message = (
                f"contradiction: {found[0].text}; {allowed:g} pass, more need "
                f'contradiction = {{ value = {least:.1f}, unit = "1", kind, source }}'
            )
            raise ValueError(message)
