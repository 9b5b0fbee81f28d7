"""What a page carries so that its sliders can work the day out anew, as plain values.

Energies are joules and come in threes: low, typical, high. A load that an event brings
stands with the energy of one event; what doesn't go with the rates stands with a day's.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.day import OPERATIONS
from edgeferro.energy.ends import BOUNDS, QJ
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.errors import ConfigError
from edgeferro.product.battery import Battery
from edgeferro.product.rows import load_row

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget
    from edgeferro.energy.quantity import Quantity
    from edgeferro.files.read import Figure

__all__ = ["page_model"]

_EVENTS: Final = {  # as loads of a product name them
    "inference": "inference",
    "update cycle": "update",
    "calibration": "calibration",
    "programming": "programming",
}


def _joules(spent: Quantity) -> list[float]:
    return [end * QJ for end in (spent.low, spent.value, spent.high)]


def _ends(figure: Figure | None) -> list[float] | None:
    return None if figure is None else [figure.bound(bound) for bound in BOUNDS]


def _operations(budget: Budget) -> dict[str, Any]:
    """Energy and time of one of each operation that the run counted."""
    report, found = budget.run.energy, {}
    for operation in budget.day.operations:
        count = budget.day.counted[operation.name]
        if not count:
            continue
        pulses = sum(
            (report.of(p, "array pulses") for p in OPERATIONS[operation.name]),
            start=report.of("idle", "array pulses"),
        )
        found[_EVENTS[operation.name]] = {
            "j": _joules(operation.energy),
            "pulses_j": _joules(pulses.share(count)),
            "seconds": operation.seconds,
        }
    return found


def _loads(budget: Budget) -> list[dict[str, Any]]:
    """Loads, each with what one of its events takes, or a day where none brings it."""
    once = dict.fromkeys(budget.day.events, Fraction(1))
    found = []
    for row in budget.powers.loads:
        load, each = budget.product.parts.get(row.name), row
        per = "day" if load is None or load.per is None else load.per
        if load is not None and load.per is not None:
            each = load_row(row.name, load, once, budget.core)
        joules = list(each.joules)
        found.append({"name": row.name, "per": per, "j": joules, "rail": row.on_rail})
    return found


def _battery(battery: Battery) -> dict[str, Any]:
    """What a life follows from."""
    return {
        "name": battery.name,
        "description": battery.description,
        "kind": battery.kind,
        "capacity_mah": _ends(battery.capacity_mah),
        "voltage_v": _ends(battery.voltage_v),
        "self_discharge": _ends(battery.self_discharge),
        "shelf_years": _ends(battery.shelf_years),
        "cycles": _ends(battery.cycles),
        "power_uw": _ends(battery.power_uw),
        "under_pulses": [
            {"current_ma": point.current_ma, "part": _ends(point)}
            for point in battery.under_pulses
        ],
    }


def _batteries(budget: Budget) -> list[dict[str, Any]]:
    """The budget's own, and the shipped ones that the product can work from."""
    own = budget.battery
    if own is None:
        return []
    found = [own]
    for name in Battery.shipped():
        battery = budget.run.chip.named(Battery, name)  # read once
        try:
            budget.product.check_battery(battery.name, battery.voltage_v)
        except ConfigError:
            continue
        if name != own.name:
            found.append(battery)
    return [_battery(battery) for battery in found]


def page_model(budget: Budget) -> dict[str, Any]:
    """Everything that a page's sliders need, for JSON."""
    day, product = budget.day, budget.product
    regulator, pump, lives = product.regulator, product.charge_pump, budget.lives
    leaks = [day.lines["idle", event] for event in ("leak_bit", "leak_base")]
    implant = budget.implant
    warm = None
    if implant is not None:
        warm = {
            "k_per_w": [implant.rise_c(1.0, bound) for bound in BOUNDS],
            "limit_k": [implant.limit_c.bound(b) for b in ("low", "value", "value")],
        }
    usage = budget.usage
    return {
        "day_s": DAY_S,
        "year_days": float(YEAR_DAYS),
        "usage": {
            "sample_period_s": usage.sample_period_s,
            "duty_cycle": usage.duty_cycle,
            "updates_per_day": usage.updates_per_day,
            "calibrations_per_year": usage.calibrations_per_year,
        },
        "operations": _operations(budget),
        "leaks_j": _joules(leaks[0] + leaks[1]),
        "loads": _loads(budget),
        "pump": None
        if pump is None
        else {
            "efficiency": _ends(pump.efficiency),
            "start_j": [joules * 1e-9 for joules in _ends(pump.start) or ()],
        },
        "regulator": None
        if regulator is None
        else {
            "quiescent_w": [w * 1e-6 for w in _ends(regulator.quiescent) or ()],
            "efficiency": [
                {"load_uw": point.load_uw, "part": _ends(point)}
                for point in regulator.efficiency
            ],
        },
        "wanted_days": product.wanted_days,
        "pulse_ma": [0.0] * 3 if lives is None else list(lives.pulse_ma),
        "batteries": _batteries(budget),
        "warm": warm,
    }
