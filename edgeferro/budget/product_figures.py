"""A product's figures as plain values: verdict, loads, limits, bursts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.turners import turners
from edgeferro.budget.verdicts import burst_text, limit_text
from edgeferro.energy.ends import BOUNDS, named
from edgeferro.energy.units import DAY_S
from edgeferro.product.words import (
    amount,
    count_text,
    days_text,
    percent,
    ranged,
    ranged_days,
)

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget
    from edgeferro.product.burst import Burst
    from edgeferro.product.rows import LoadRow

__all__ = ["overall", "product_figures"]

_NEAR: Final = 0.05  # of a typical life; a median so near is not told besides


def _median(spread: dict[str, Any]) -> str:
    """The median of the draws, where the typical life isn't it."""
    typical, half = spread["typical"], spread["p50"]
    if abs(half - typical) <= _NEAR * typical:
        return ""
    low, high = days_text(spread["p5"]), days_text(spread["p95"])
    return f" (over the draws {low} to {high}, median {days_text(half)})"


def _life(budget: Budget, uncertainty: dict[str, Any]) -> str:
    """How long the battery lasts, in words."""
    battery, lives = budget.battery, budget.lives
    if battery is None or lives is None:
        return "nothing feeds it"
    if battery.power_uw is not None:
        return f"{battery.name} feeds it" if lives.days[1] else f"{battery.name} fails"
    text = (
        f"{ranged_days(lives.days)} on {battery.name}{_median(uncertainty['battery'])}"
    )
    if budget.product.wanted_days is None:
        text += "; no life was asked for (wanted_days)"
    service = lives.service
    if service is None:
        return text
    return f"{text} from charge to charge, {ranged_days(service.days)} to the end"


def overall(budget: Budget, uncertainty: dict[str, Any]) -> dict[str, Any]:
    """The verdict over all: whether it fits, what limits it, and the chip's share."""
    life = _life(budget, uncertainty)
    fails, share = budget.fails, budget.powers.chip_share
    surely = not fails and all(v.surely for v in budget.verdicts)
    if fails:
        word = "FAILS"
        failed = ", ".join(dict.fromkeys(verdict.name for verdict in fails))
        text = f"{failed}; {life}"
    else:
        word = "fits" if surely else "fits at typical prices only"
        text = life
    watts = ranged(budget.powers.chip_watts, "W")
    text += f"; the chip takes {percent(share)} of the power, {watts}"
    return {
        "fits": not fails,
        "surely": surely,
        "word": word,
        "text": text,
        "limit": limit_text(budget.lives, budget.largest),
        "chip_share": share,
    }


def _counted(row: LoadRow) -> str:
    """How many a day of what; joules that a loss is a part of have their prefix."""
    if row.unit.startswith("J of "):
        return f"{amount(row.count, 'J')}{row.unit.removeprefix('J')}"
    return f"{count_text(row.count)} {row.unit}"


def _load(row: LoadRow, total: float) -> dict[str, Any]:
    return {
        "name": row.name,
        "what": row.what,
        "power_uw": named(row.watts, 1e6),
        "share": row.joules[1] / total if total else 0.0,
        "how": f"{_counted(row)} x {amount(row.price_j[1], 'J')}",
        "rail": "regulator" if row.on_rail else "battery",
        "kind": row.kind,
        "source": row.source,
    }


def _burst(burst: Burst) -> dict[str, Any]:
    again = burst.ends("recharge_s")
    return {
        "name": burst.name,
        "energy_j": named(burst.ends("joules")),
        "seconds": burst.seconds,
        "every_s": burst.every_s,
        "peak_w": named(burst.ends("peak_w")),
        "source_w": burst.source_w(),
        "current_a": named(burst.ends("milliamperes"), 1e-3),
        "droop_v": named(burst.ends("cell_droop_v")),
        "capacitor_f": named(burst.ends("need_f")),
        "recharge_s": {
            bound: None if math.isinf(value) else value
            for bound, value in zip(BOUNDS, again, strict=True)
        },
        "text": burst_text(burst),
    }


def product_figures(budget: Budget, uncertainty: dict[str, Any]) -> dict[str, Any]:
    """Everything of the product, by the keys of a budget's JSON.

    Args:
        budget: the budget.
        uncertainty: of its figures, as the JSON has it.
    """
    powers, lives = budget.powers, budget.lives
    celsius = budget.product.temperature_c
    regulator = None
    if budget.product.regulator is not None:
        load = powers.rail[1] / DAY_S * 1e6
        regulator = {"efficiency": named(powers.efficiency), "load_uw": load}
    found: dict[str, Any] = {
        "verdict": {
            **overall(budget, uncertainty),
            "turners": [turner.to_dict() for turner in turners(budget)],
        },
        "product": {
            "name": budget.product.name,
            "description": budget.product.description,
            "temperature_c": named(
                (celsius.bound("low"), celsius.value, celsius.bound("high"))
            ),
            "loads": [_load(row, powers.joules[1]) for row in powers.rows],
            "regulator": regulator,
            "chip_uw": named(powers.chip_watts, 1e6),
            "total_uw": named(powers.watts, 1e6),
            "day_j": named(powers.joules),
            "chip_share": powers.chip_share,
        },
        "bursts": [_burst(burst) for burst in budget.bursts],
        "burst": _burst(budget.bursts[0]) if budget.bursts else None,
        "limits": None,
    }
    if lives is not None:
        found["limits"] = {
            "binding": lives.binding.name,
            "text": limit_text(lives, budget.largest),
            "days": named(lives.days),
            "share_a_year": named(lives.share_a_year()),
            "all": [
                *({"name": x.name, "days": named(x.days)} for x in lives.limits),
                {"name": "wear", "days": named((budget.wear_years * 365.25,) * 3)},
            ],
        }
    return found
