"""Energies of a report as products of what is uncertain in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeferro.energy.factors import Factor, Product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeferro.energy.report import EnergyReport, Quantity

__all__ = ["products"]


def _factors(report: EnergyReport, phase: str, event: str) -> tuple[Factor, ...]:
    """What a line's energy goes with; nothing, where its own range is all there is."""
    price, part = report.prices.events.get(event), report.chip.device
    if price is not None and price.formula == "capacitance":
        volts = report.cells.amplitude(part.pulse_class)._replace(power=2)
        found = (price.factor(event), volts)
        return found if event == "pulse_line_cells" else found[:1]
    published = event == "pulse_switching" and report.prices.pulse is not None
    if price is not None or published:
        return ()
    index = part.program_class if phase == "program" else part.pulse_class
    return report.cells.factors(event, index)


def products(
    report: EnergyReport, lines: Mapping[tuple[str, str], Quantity]
) -> list[Product]:
    """Write energies by phase and event as products.

    Args:
        report: prices, cells and classes that they follow from.
        lines: energies, those of the report or sums and parts of them.

    Returns:
        one a set of factors and event, whatever the phase; none for what takes nothing.
    """
    sums: dict[tuple[str, tuple[Factor, ...]], Quantity] = {}
    for (phase, event), spent in lines.items():
        if not spent.high:
            continue
        factors = _factors(report, phase, event)
        if not all(factor.value > 0.0 for factor in factors):
            factors = ()  # typically nothing: only its own ends say what it may be
        before = sums.get((event, factors))
        sums[event, factors] = spent if before is None else before + spent
    return [
        Product.of(event, spent.value, factors)
        if factors
        else Product(event, 1.0, (_alone(report, event, spent),))
        for (event, factors), spent in sums.items()
    ]


def _alone(report: EnergyReport, event: str, spent: Quantity) -> Factor:
    """An energy as a factor of its own, drawn with those of prices like it."""
    price = report.prices.events.get(event)
    ends = (float(spent.low), float(spent.value), float(spent.high))
    if price is None:
        return Factor(event, *ends, 1, "device")
    name = event if price.together is None else price.together
    return Factor(name, *ends, 1, price.group or event)
