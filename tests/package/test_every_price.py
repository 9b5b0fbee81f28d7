"""Every event takes energy; every number of a price file moves some."""

from __future__ import annotations

import copy
import tomllib
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from by_hand import tally

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.energy.price import PRICED
from edgeferro.energy.prices import Prices
from edgeferro.energy.report import BOUNDS, EnergyReport
from edgeferro.errors import ConfigError
from edgeferro.product.battery import Battery
from edgeferro.product.implant import Implant
from edgeferro.product.limits import Lives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeferro.files.read import Shipped

EVERYTHING = tally(
    {(phase, event): 10**9 for phase in PHASES for event in EVENTS},
    {(phase, 0, 0, which): 10**12 for phase in PHASES for which in range(3)},
)
# converters' rate counts at clocks above it
FAST = {"controller.clock_mhz": 100.0}


SIZES = (30, 32, 7)


def report(prices: Prices, counts: Tally, **changes: Any) -> EnergyReport:
    chip = Chip.load("watch-hzo-200ns").with_(**FAST, **changes)
    return EnergyReport(counts, prices, chip.load_device(), chip, sizes=SIZES)


def ends(found: EnergyReport) -> list[int]:
    return [getattr(found.total, bound) for bound in BOUNDS]


def everything(prices: Prices) -> list[int]:
    """Ends of a run that did everything, of an hour at 37 C, of a wake-up."""
    found = report(prices, EVERYTHING)
    asleep = found.asleep(3600, (37.0, 37.0, 37.0)).values()
    wakes = [found.each("wake", bound) for bound in BOUNDS]
    leaks = [getattr(q, bound) for q in asleep for bound in BOUNDS]
    return [*ends(found), *leaks, *wakes]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_takes_energy(phase: str, event: str) -> None:
    """In every phase, at both ends and in between, and in the total."""
    prices = Prices.load("cmos-130nm-mixed")
    access = {"array.access": "passive-half"}
    found = report(prices, tally({(phase, event): 1}), **access)
    assert all(end > 0 for end in ends(found))
    assert found.total == found.by_phase[phase]


@pytest.mark.parametrize("access", ["passive-half", "passive-third", "1t1r"])
def test_every_count_of_a_pulse_takes_energy(access: str) -> None:
    """Pulses, what they conduct and what they switch; beside them by access."""
    prices = Prices.load("cmos-130nm-mixed")
    for which in range(3):
        counts = tally(pulses={("update", 0, 1, which): 10**6})
        assert min(ends(report(prices, counts, **{"array.access": access}))) > 0
    beside = tally({("update", "half_selected"): 1})
    found = report(prices, beside, **{"array.access": access})
    assert (access != "1t1r") == bool(found.total.high)


def numbers(data: dict[str, Any], *path: Any) -> Iterator[tuple[Any, ...]]:
    """Paths of all numbers of a file."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from numbers(value, *path, key)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from numbers(item, *path, key, index)
        elif isinstance(value, float):
            yield (*path, key)


def changed(data: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """One number moved, without leaving its range."""
    new = copy.deepcopy(data)
    holder = new
    for key in path[:-1]:
        holder = holder[key]
    low, value, high = (holder.get(k, holder["value"]) for k in BOUNDS)
    holder[path[-1]] = {
        "low": 0.9 * low if low else 0.4 * value,
        "value": 0.8 * value + 0.2 * (low if low < value else high),
        "high": 0.5 * (1 + high) if "current_ma" in holder else 1.3 * high,
        "fastest_mhz": 10.0,
        "current_ma": 1.1 * holder.get("current_ma", 0.0),
    }[path[-1]]
    return new


def merged(name: str) -> dict[str, Any]:
    """A price file with what its base says."""
    data = tomllib.loads(files.load(name, "prices")[0])
    base = data.pop("base", None)
    below = tomllib.loads(files.load(base, "prices")[0]) if base else {}
    events = {**below.get("events", {}), **data.get("events", {})}
    return {**below, **data, "events": events}


@pytest.mark.parametrize("name", Prices.shipped())
def test_every_number_of_a_price_file_counts(name: str) -> None:
    """Moving any one of them moves the energy of a run that did everything.

    With it an hour asleep at 37 C, and a wake-up, which a day adds.
    """
    data = merged(name)
    before = everything(files.validate(Prices, data, name))
    paths = list(numbers(data))
    assert len(paths) >= 3 * len(PRICED)
    for path in paths:
        prices = files.validate(Prices, changed(data, path), name)
        assert before != everything(prices), path


def answers(holder: Shipped) -> list[float]:
    """All that a budget asks of a battery or an implant."""
    if isinstance(holder, Implant):
        heat = [holder.rise_c(1e-3, b) for b in BOUNDS]
        load = [holder.density_mw_cm2(1e-3, b) for b in BOUNDS]
        other = [holder.other_mw.bound(b) for b in BOUNDS]
        limits = (holder.limit_c, holder.limit_mw_cm2)
        judged = [limit.bound(b) for limit in limits for b in ("low", "value")]
        return [*heat, *load, *other, *judged]
    assert isinstance(holder, Battery)
    # loads that empty it, that the shelf outlives, and to both sides of a harvester's
    loads = np.geomspace(1e-9, 1e-2, 300).tolist()
    life = [holder.days(watts, b) for watts in loads for b in BOUNDS]
    pulsed = [holder.days(1e-3, b, mA) for mA in (20.0, 25.0, 40.0) for b in BOUNDS]
    under = [holder.volts(10.0, b) for b in BOUNDS]
    charges = [x.days for x in Lives(holder, (1e-4, 1e-3, 1e-2)).limits]
    ends = [days for limit in charges for days in limit]
    return [*life, *pulsed, *under, *ends, holder.peak_w(), holder.peak_w("low")]


HOLDERS = [(kind, name) for kind in (Battery, Implant) for name in kind.shipped()]


@pytest.mark.parametrize(("kind", "name"), HOLDERS)
def test_every_number_of_a_battery_or_implant_counts(
    kind: type[Battery | Implant], name: str
) -> None:
    """Typical value and both ends: each moves an answer, or is refused."""
    data = tomllib.loads(files.load(name, kind.FOLDER)[0])
    for key, figure in data.items():
        for point in figure if isinstance(figure, list) else ():
            point.setdefault("low", 0.5 * point["value"])
        if not isinstance(figure, dict):
            continue
        value = figure["value"]
        least = 0.9 if key == "voltage_v" else 0.5  # it stays above the cut-off
        figure.setdefault("low", least * value)
        judged = key in {"limit_c", "limit_mw_cm2", "cutoff_v", "peak_current_ma"}
        if not judged:
            figure.setdefault("high", 1.5 * value or 1.0)
    before = answers(files.validate(kind, data, name))
    for path in numbers(data):
        if path[-1] == "low" and reduce(getitem, path[:-1], data)["value"] == 0.0:
            continue  # nothing is below
        moved = files.validate(kind, changed(data, path), name)
        assert before != answers(moved), path


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        (Implant, "cortex-array", "limit_c"),
        (Implant, "cortex-array", "limit_mw_cm2"),
        (Battery, "cr2032", "cutoff_v"),
        (Battery, "cr2032", "peak_current_ma"),
    ],
)
def test_a_high_end_that_nothing_is_judged_by(
    kind: type[Battery | Implant], name: str, key: str
) -> None:
    """What only its low end decides has no high one."""
    data = tomllib.loads(files.load(name, kind.FOLDER)[0])
    data[key]["high"] = 2 * data[key]["value"]
    with pytest.raises(ConfigError, match=rf"{key}\.high: has no effect"):
        files.validate(kind, data, name)
