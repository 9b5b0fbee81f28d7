"""A budget as one HTML file that needs nothing else: for a review, or a USB stick."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.day import OPERATIONS
from edgeferro.energy.report import Quantity
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.files.packages import need
from edgeferro.mapping.read_quality import bits_text
from edgeferro.product.words import days_text

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget

__all__ = ["page"]

_COLOURS: Final = (
    "#35618f",
    "#d9822b",
    "#4f9d69",
    "#b04a5a",
    "#7a5ea8",
    "#8c7351",
    "#808a94",
)
_CURVE_POINTS: Final = 48


def _energy(femtojoules: float) -> str:
    return str(Quantity.of_fj(femtojoules))


def _bars(budget: Budget) -> list[dict[str, Any]]:
    """Where the energy of each operation, and of a day, goes: parts of 100 %."""
    report, parts = budget.run.energy, budget.run.energy.parts
    totals = {
        name: [sum(report.of(p, part).value for p in phases) for part in parts]
        for name, phases in OPERATIONS.items()
    }
    by_part = budget.day.by_part()
    totals["a day"] = [by_part[part].value for part in parts]
    bars = []
    for name, values in totals.items():
        whole = sum(values)
        if not whole:
            continue
        at, pieces = 0.0, []
        for part, value, colour in zip(parts, values, _COLOURS, strict=False):
            share = 100.0 * value / whole
            pieces.append({"part": part, "at": at, "share": share, "colour": colour})
            at += share
        bars.append({"name": name, "pieces": pieces})
    return bars


def _tornado(budget: Budget) -> list[dict[str, Any]]:
    """The widest swings, as parts of the widest of all."""
    swings = budget.tornado[:8]
    if not swings:
        return []
    low = min(s.low for s in swings)
    high = max(s.high for s in swings)
    span = (high - low) or 1
    middle = budget.day.total.value
    return [
        {
            "event": s.event,
            "at": 100.0 * (s.low - low) / span,
            "width": 100.0 * s.size / span,
            "middle": 100.0 * (middle - low) / span,
            "low": str(Quantity(s.low, s.low, s.low)),
            "high": str(Quantity(s.high, s.high, s.high)),
        }
        for s in swings
    ]


def _curve(budget: Budget) -> dict[str, Any] | None:
    """Charge of the battery over time, with and without learning."""
    battery = budget.battery
    if battery is None or battery.power_uw is not None:
        return None
    lives = [budget.life_days()[1], budget.life_days(learning=False)[1]]
    end = min(max(lives), 1e6)
    loss = battery.self_discharge.value / YEAR_DAYS if battery.self_discharge else 0.0
    lines = []
    for powers in (budget.powers, budget.still):
        joules, watts = battery.joules(), powers.watts[1]
        step, points, left = end / _CURVE_POINTS, [], joules
        for k in range(_CURVE_POINTS + 1):
            points.append(
                f"{600.0 * k / _CURVE_POINTS:.1f},{180 * (1 - left / joules):.1f}"
            )
            for _ in range(20):  # small steps, so that the fade is drawn as it is
                left = max(0.0, left - (watts * DAY_S + loss * left) * step / 20)
        lines.append(" ".join(points))
    return {
        "end": days_text(end),
        "learning": lines[0],
        "still": lines[1],
        "life": days_text(lives[0]),
        "life_still": days_text(lives[1]),
    }


def page(budget: Budget, figures: dict[str, Any]) -> str:
    """Write the page of a budget; ``figures`` are those of ``--json``."""
    need("jinja2", "--html")
    import jinja2

    source = (
        files("edgeferro")
        .joinpath("budget", "page.html.j2")
        .read_text(encoding="utf-8")
    )
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["energy"] = _energy
    environment.filters["days"] = days_text
    parts = budget.run.energy.parts
    return environment.from_string(source).render(
        f=figures,
        legend=list(zip(parts, _COLOURS, strict=False)),
        bars=_bars(budget),
        tornado=_tornado(budget),
        curve=_curve(budget),
        battery=budget.battery,
        implant=budget.implant,
        wear=budget.wear_text,
        bits=bits_text(budget.run.reads),
        chip_file=budget.run.chip.to_toml(),
    )
