"""A budget recounted: its counts times the prices of files, by nothing of edgeferro.

``python tests/support/recount.py budget.json`` takes what ``edgeferro budget --json``
wrote: how often each thing was counted, and the chip file. All prices it reads again
from the files that those name, multiplies, adds, and says how far the budget's own
figures are away. It is written to be read: the formulas are those of docs/formats.md,
in joules, seconds and doubles, without rounding.

Each figure is three: with all prices low, typical and high.
"""

from __future__ import annotations

import json
import math
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

BOUNDS = ("low", "value", "high")
OTHER = {"low": "high", "value": "value", "high": "low"}
SHIPPED = Path(__file__).parents[2] / "edgeferro" / "shipped"
DAY_S = 86_400
YEAR_DAYS = 365.25
MOST_APART = 1e-9

Table = dict[str, Any]
Three = dict[str, float]

# ---- units and files

PREFIXES = {"z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "": 0}
PREFIXES |= {"k": 3, "M": 6, "G": 9}
SIZES = {"Wh": 3600.0, "Ah": 3600.0, "eV": 1.602176634e-19}
SIZES |= dict.fromkeys("JWFVASCs", 1.0)
OTHERS = {"1": 1.0, "%": 0.01, "1/year": 1.0, "%/year": 0.01, "year": 1.0}
OTHERS |= {"um2": 1e-12, "nm": 1e-9, "uC/cm2": 1e-2, "K": 1.0}


def size_of(unit: str) -> float:
    """What one of a unit is without its prefix."""
    if unit in OTHERS:
        return OTHERS[unit]
    for name, size in SIZES.items():
        prefix = unit.removesuffix(name)
        if unit.endswith(name) and prefix in PREFIXES:
            return size * 10.0 ** PREFIXES[prefix]
    raise ValueError(unit)


def of(figure: Table, bound: str) -> float:
    """A figure's low, typical or high end; typical where no other is said."""
    number = figure.get(bound, figure["value"])
    return float(number) * size_of(figure["unit"])


def read(folder: str, name: str) -> Table:
    """A shipped file by its name, or one's own by its path; its base below it."""
    path = SHIPPED / folder / f"{name}.toml"
    if not path.exists():
        path = Path(name)
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    if "base" not in found:
        return found
    below = read(folder, found["base"])
    return below | found | {"events": below["events"] | found.get("events", {})}


def three(each: Any) -> Three:
    """A number at all three ends."""
    return {bound: each(bound) for bound in BOUNDS}


# ---- what one of a count takes


class Chip:
    """A chip file with the price file and the device file that it names."""

    def __init__(self, chip_file: str) -> None:
        """Read them all."""
        self.settings = tomllib.loads(chip_file)
        self.prices = read("prices", self.settings["energy"]["prices"])
        self.device = read("devices", self.settings["device"]["name"])

    def price(self, row: Table, bound: str) -> float:
        """Joules of one of what a row counts."""
        phase, event, counted = row["phase"], row["event"], row["counted"]
        if event == "pulse_switching" and "pulse" in self.prices:
            return of(self.prices["pulse"], bound)  # published: it stands for all
        if event.startswith("pulse_") and event != "pulse_line_cells":
            pulses = self.device["classes"][int(counted.split()[-1])]
            return self.pulse(event, counted, pulses, bound)
        if event == "half_selected":
            return self.beside(phase, bound)
        if event == "read_conduction":
            return self.conducted(counted == "read_charge", *self.of_a_code())
        if event == "read_cells":
            return self.farads(bound) * self.of_a_code()[0] ** 2
        return self.event(event, bound)

    def event(self, event: str, bound: str) -> float:
        """What the price file says of an event, by its formula."""
        price, converters = self.prices["events"][event], self.settings["converters"]
        formula, number = price.get("formula", "energy"), of(price, bound)
        if formula == "per-bit":
            codes = {"dac_input": "input_bits", "dac_error": "error_bits"}
            return number * float(converters[codes[event]])
        if formula in {"per-step", "conversion"}:
            steps = 2.0 ** converters["adc_bits"]
            if formula == "per-step":
                number *= steps
            else:
                number += of(price["step"], bound) * steps
                number += of(price["thermal"], bound) * steps**2
            clock = self.settings["controller"]["clock_mhz"]
            return number * max(1.0, clock / price.get("fastest_mhz", clock))
        if formula == "capacitance":
            volts = float(self.settings["array"]["read_v"])
            if event == "pulse_line_cells":
                volts = of(self.class_of("learn")["amplitude_v"], bound)
            return number * volts**2
        return number * (1e-9 if event == "bias_ns" else 1.0)  # power: of a nanosecond

    def of_a_code(self) -> tuple[float, float]:
        """Volts and seconds of one code of a read, a step of the longest DAC."""
        converters, array = self.settings["converters"], self.settings["array"]
        tops = [2 ** (converters["input_bits"] - converters["input_signed"]) - 1]
        tops.append(2 ** (converters["error_bits"] - 1) - 1)
        if self.settings["network"]["hidden"]:
            tops.append(2 ** converters["activation_bits"] - 1)
        return array["read_v"], array["read_ns"] * 1e-9 / max(tops)

    def conducted(self, above: bool, volts: float, seconds: float) -> float:
        """G V^2 t of a cell at its least conductance, or of one code above it."""
        low, high = (self.device[name]["value"] for name in ("g_min_ns", "g_max_ns"))
        siemens = (high - low) / 65535 if above else low
        return float(siemens * 1e-9 * volts**2 * seconds)

    def farads(self, bound: str) -> float:
        """Capacitance of a cell, eps0 eps_r A / d: a thin film has more."""
        d = self.device
        plate = of(d["area_um2"], bound) / of(d["thickness_nm"], OTHER[bound])
        return 8.8541878128e-12 * of(d["permittivity"], bound) * plate

    def class_of(self, phase: str) -> Table:
        """The class of a phase's pulses."""
        which = "program_class" if phase == "program" else "pulse_class"
        found: Table = self.device["classes"][self.settings["device"][which]]
        return found

    def pulse(self, event: str, counted: str, pulses: Table, bound: str) -> float:
        """A part of a pulse in its cell: charge, switched polarization, conduction."""
        volts = of(pulses["amplitude_v"], bound)
        if event == "pulse_charge":
            return self.farads(bound) * volts**2
        if event == "pulse_switching":  # a swing from one end to the other is 2^32
            charge = of(self.device["polarization_uc_cm2"], bound)
            return charge * of(self.device["area_um2"], bound) * volts / 2**32
        above = counted.startswith("conduction")
        return self.conducted(above, volts, pulses["width_ns"] * 1e-9)

    def beside(self, phase: str, bound: str) -> float:
        """What a half-selected cell takes of C V^2; more without its own supply."""
        shares = {
            "passive-half": (1 / 4, 1 / 2),
            "passive-third": (1 / 9, 1 / 3),
            "1t1r": (0.0, 0.0),
        }[self.settings["array"]["access"]]
        volts = of(self.class_of(phase)["amplitude_v"], bound)
        return self.farads(bound) * volts**2 * shares[bound == "high"]

    def warm(self, celsius: Table, bound: str) -> float:
        """How many times what leaks at 25 C leaks at a temperature."""
        away = float(celsius.get(bound, celsius["value"])) - 25.0
        least = OTHER[bound] if away >= 0.0 else bound
        return float(2.0 ** (away / of(self.prices["doubling_k"], least)))


# ---- what the chip takes


PHASES = {
    "inference": ("infer",),
    "update cycle": ("backward", "update"),
    "calibration": ("calibrate",),
    "programming": ("program",),
}


def rates_of(usage: Table) -> dict[str, float]:
    """How often a day each operation happens; an update begins with an inference."""
    samples = DAY_S * usage["duty_cycle"] / usage["sample_period_s"]
    updates, setups = usage["updates_per_day"], usage["calibrations_per_year"]
    return {
        "inference": max(samples, updates),
        "update cycle": updates,
        "calibration": setups / YEAR_DAYS,
        "programming": setups / YEAR_DAYS,
    }


class ChipDay:
    """Operations and a day of the chip.

    Args:
        budget: the JSON.
        chip: with its prices.
        celsius: of the chip.
    """

    def __init__(self, budget: Table, chip: Chip, celsius: Table) -> None:
        """Keep what is counted."""
        self.rows = [row for row in budget["rows"] if row["phase"] != "product"]
        self.done = {name: o["counted"] for name, o in budget["operations"].items()}
        self.bits = sum(budget["retained_bits"].values())
        self.rates = rates_of(chip.settings["usage"])
        self.chip, self.celsius = chip, celsius

    def one(self, operation: str, bound: str, part: str | None = None) -> float:
        """Energy of an operation, the mean of the run's."""
        done = self.done[operation]
        return sum(
            row["count"] * self.chip.price(row, bound) / done
            for row in self.rows
            if row["phase"] in PHASES[operation] and part in {None, row["part"]}
        )

    def leaks(self, bound: str) -> float:
        """What leaks in a day, asleep or at work: each bit that is kept, and a base."""
        bit, base = (self.chip.event(name, bound) for name in ("leak_bit", "leak_base"))
        return DAY_S * (self.bits * bit + base) * self.chip.warm(self.celsius, bound)

    def day(self, bound: str, part: str | None = None) -> float:
        """Energy of a day: so many of each operation, and what leaks."""
        total = self.leaks(bound) if part in {None, "leakage"} else 0.0
        for operation, rate in self.rates.items():
            if self.done[operation] and rate:
                total += rate * self.one(operation, bound, part)
        return total


# ---- what is around it


class Product:
    """A product's day, from the files of product, core, implant and battery."""

    def __init__(self, chip: Chip) -> None:
        """Read them."""
        usage = chip.settings["usage"]
        self.file = read("products", usage["product"])
        self.core = self.named("core", "cores", "product")
        self.battery = self.named("battery", "batteries", usage["battery"])
        self.implant = self.named("implant", "implants", usage["implant"])
        counts = tomllib.loads((SHIPPED / "data" / "instructions.toml").read_text())
        self.counts = counts["counts"]

    def named(self, part: str, folder: str, asked: str) -> Table | None:
        """What the chip file asks for, or the product's own."""
        name = self.file.get(part, "none") if asked == "product" else asked
        return None if name == "none" else read(folder, name)

    def load(self, load: Table, rates: dict[str, float], bound: str) -> float:
        """Energy a day of one load: power x time, or energy x how often."""
        core = self.core or {}
        power = core.get("asleep_uw") if load.get("of_core") == "asleep" else None
        power = load.get("power", power)
        if power is not None:
            duty = of(load["duty"], bound) if "duty" in load else 1.0
            return of(power, bound) * duty * DAY_S
        often = DAY_S / load["every_s"] if "every_s" in load else rates[load["per"]]
        if load.get("of_core") == "wake":
            return often * of(core["wake_nj"], bound)
        if "energy" in load:
            return often * of(load["energy"], bound)
        if "runs" in load:
            number = self.instructions(core["name"], load["runs"])
            if "beside" in load:
                number -= self.instructions(core["name"], load["beside"])
        else:
            number = of(load["instructions"], bound)
        cycles = number * of(core["cycles_an_instruction"], bound)
        return often * cycles * of(core["cycle_pj"], bound)

    def instructions(self, core: str, runs: str) -> float:
        """Instructions of a program's command, as they were counted on a core."""
        program, command = runs.split("/")
        wanted = (core, program, command)
        (found,) = (
            row["instructions"]
            for row in self.counts
            if (row["core"], row["program"], row["command"]) == wanted
        )
        return float(found)

    def loads(self, rail: str, rates: dict[str, float], bound: str) -> float:
        """All loads of a rail; the implant's other parts are past the regulator."""
        total = sum(
            self.load(load, rates, bound)
            for load in self.file.get("loads", {}).values()
            if load.get("rail", "regulator") == rail
        )
        if rail == "battery" and self.implant is not None:
            total += of(self.implant["other_mw"], bound) * DAY_S
        return total

    def pump(self, day: ChipDay, bound: str) -> float:
        """Starts of the charge pump, and what it loses of what it takes for pulses."""
        pump = self.file.get("charge_pump")
        if pump is None:
            return 0.0
        starts = sum(rate for name, rate in day.rates.items() if name != "inference")
        lost = 1.0 / of(pump["efficiency"], OTHER[bound]) - 1.0
        pulses = day.day(bound, "array pulses")
        return starts * of(pump["start"], bound) + lost * pulses

    def rail(self, day: ChipDay, bound: str) -> float:
        """What the regulator gives: the chip, its loads, and the charge pump."""
        fed = self.loads("regulator", events_of(day.rates), bound)
        return day.day(bound) + fed + self.pump(day, bound)

    def efficiency(self, watts: float, bound: str) -> float:
        """Of the regulator at a load: a line between points, in the load's log."""
        points = self.file["regulator"]["efficiency"]
        loads = [point["load_uw"] * 1e-6 for point in points]
        ends = [of(point, bound) for point in points]
        if watts <= loads[0]:
            return ends[0]
        for (a, b), (low, high) in zip(pairwise(loads), pairwise(ends), strict=True):
            if watts <= b:
                return low + (high - low) * math.log(watts / a) / math.log(b / a)
        return ends[-1]

    def day(self, day: ChipDay, bound: str) -> float:
        """What the battery gives in a day."""
        rail = self.rail(day, bound)
        past = self.loads("battery", events_of(day.rates), bound)
        if "regulator" not in self.file:
            return rail + past
        watts = self.rail(day, "value") / DAY_S
        own = of(self.file["regulator"]["quiescent"], bound) * DAY_S
        return rail / self.efficiency(watts, OTHER[bound]) + past + own

    def life(self, day: ChipDay, bound: str) -> float:
        """Days of a cell: load and self-discharge, dE/dt = -P - s E, or its shelf."""
        cell, worst = self.battery, OTHER[bound]
        assert cell is not None
        watts = self.day(day, worst) / DAY_S
        joules = of(cell["capacity_mah"], bound) * of(cell["voltage_v"], bound)
        joules *= self.usable(bound)
        loss = of(cell["self_discharge"], worst) / (YEAR_DAYS * DAY_S)
        seconds = joules / watts
        if loss:
            seconds = math.log1p(loss * joules / watts) / loss
        return min(seconds / DAY_S, of(cell["shelf_years"], bound) * YEAR_DAYS)

    def usable(self, bound: str) -> float:
        """Part of a cell's capacity that is left under the largest burst's current."""
        assert self.battery is not None
        points = self.battery.get("under_pulses", [])
        bursts = [
            load["burst"]
            for load in self.file.get("loads", {}).values()
            if "burst" in load
        ]
        most = max((of(b["current"], OTHER[bound]) * 1e3 for b in bursts), default=0.0)
        if not points or most < points[0]["current_ma"]:
            return 1.0
        for below, above in pairwise(points):
            a, b = below["current_ma"], above["current_ma"]
            if most <= b:
                low, high = of(below, bound), of(above, bound)
                return low + (most - a) / (b - a) * (high - low)
        return of(points[-1], bound)


def events_of(rates: dict[str, float]) -> dict[str, float]:
    """How often what a load may go with happens; each inference wakes the core."""
    once = {"update": rates["update cycle"], "wake": rates["inference"], "day": 1.0}
    return rates | once


# ---- the comparison


def recount(budget: Table) -> dict[str, Three]:
    """All figures anew, joules and days."""
    chip = Chip(budget["chip_file"])
    product = Product(chip)
    day = ChipDay(budget, chip, product.file["temperature_c"])
    found = {
        name: three(lambda bound, name=name: day.one(name, bound))
        for name, done in day.done.items()
        if done
    }
    found["chip's day"] = three(day.day)
    found["product's day"] = three(lambda bound: product.day(day, bound))
    if product.battery is not None and "capacity_mah" in product.battery:
        found["battery, days"] = three(lambda bound: product.life(day, bound))
    return found


def told(budget: Table) -> dict[str, Three]:
    """The same figures as the budget has them."""
    found = {
        name: three(lambda bound, o=o: o["energy_fj"][bound] * 1e-15)
        for name, o in budget["operations"].items()
        if o["energy_fj"] is not None
    }
    found["chip's day"] = three(lambda bound: budget["day_fj"][bound] * 1e-15)
    found["product's day"] = budget["product"]["day_j"]
    if budget["battery_days"] is not None:
        found["battery, days"] = budget["battery_days"]
    return found


def apart(mine: float, its: float) -> float:
    """Relative difference."""
    return abs(mine - its) / max(abs(mine), abs(its)) if mine != its else 0.0


def main(path: str) -> int:
    """Print both and how far they are apart; 1 where that is too far."""
    budget = json.loads(Path(path).read_text(encoding="utf-8"))
    mine, its, worst = recount(budget), told(budget), 0.0
    for name, ends in mine.items():
        for bound in BOUNDS:
            far = apart(ends[bound], its[name][bound])
            worst = max(worst, far)
            print(
                f"{name:<15} {bound:<5} recounted {ends[bound]:.12g}, "
                f"told {its[name][bound]:.12g}, apart {far:.1e}"
            )
    print(f"at most {worst:.1e} apart")
    return int(worst > MOST_APART)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
