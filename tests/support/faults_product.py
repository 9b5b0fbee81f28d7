"""Faults in a product's day, its bursts, and what ends its battery."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

DAY: Final = "package/test_product.py"
BURST: Final = "package/test_bursts.py"
RECOUNT: Final = "commands/test_recount.py"

FAULTS: Final = (
    within(
        "product/rows.py",
        DAY,
        {
            "duty left out": ("seconds *= load.duty.value", "seconds *= 1.0"),
            "off is for ever": (
                'factors.append(factor(f"{name}: duty", load.duty))',
                "pass",
            ),
            "every second": ("DAY_S / load.every_s", "float(DAY_S)"),
            "one cycle an instruction": (
                'factor(f"{core.name}: cycles_an_instruction", cycles),',
                "",
            ),
            "nanojoules are microjoules": ('"nJ": 1e-9', '"nJ": 1e-6'),
        },
    )
    | within(
        "product/powers.py",
        DAY,
        {
            "other parts behind the regulator": (
                "each, source, other.kind, False",
                "each, source, other.kind, True",
            ),
            "no quiescent power": (
                "own = [row.joules for row in self.regulator[:1]]",
                "own: list[Ends] = []",
            ),
            "past it through it": (
                "past = [row.joules for row in self.loads if not row.on_rail]",
                "past = [row.joules for row in self.loads]",
            ),
            "low efficiency at the low end": (
                "fed = (rail[0] / high, rail[1] / value, rail[2] / low)",
                "fed = (rail[0] / low, rail[1] / value, rail[2] / high)",
            ),
            "starts of updates alone": (
                '("update", "calibration", "programming")',
                '("update",)',
            ),
            "terms without the pump": (
                'more = pumped if part_of(term.event) == "array pulses" else ()',
                "more = ()",
            ),
        },
    )
    | within(
        "product/parts.py",
        DAY,
        {
            "between points by halves": (
                "share = math.log(load_uw",
                "share = 0.5 * math.log(load_uw",
            ),
        },
    )
    | within(
        "product/burst.py",
        BURST,
        {
            "all the voltage": (
                "(volts**2 - (volts - droop) ** 2)",
                "volts**2",
            ),
            "half of a capacitor": ("return 2.0 * joules /", "return joules /"),
            "filled by all it gives": (
                "self.source_w(bound) - self.mean_w[bound]",
                "self.source_w(bound)",
            ),
            "a harvester at its best": (
                'self.battery.peak_w("low" if bound == "high" else "value")',
                "self.battery.peak_w()",
            ),
            "loads without current": (
                "* 1e3 + self.loads_ma[bound]",
                "* 1e3",
            ),
            "no cut-off": (
                "self.cell_v(bound) <= self.empty_v",
                "self.cell_v(bound) <= 0.0",
            ),
        },
    )
    | within(
        "product/limits.py",
        BURST,
        {
            "charges count once": ("spent = [n * d for", "spent = [d for"),
            "always the load": (
                'name = "load" if self.watts[1] >= battery.loss_w() else',
                'name = "load" if self.watts[1] >= 0.0 else',
            ),
            "a year without loss": ("+ battery.loss_per_year(end)", ""),
        },
    )
    | within(
        "product/battery.py",
        BURST,
        {
            "pulses are free": ("* self.usable(pulse_ma, bound)", ""),
            "a cell without resistance": ("- milliamperes * 1e-3 * ohm", ""),
        },
    )
    | within(
        "budget/counts.py",
        "commands/test_bus_priced.py",
        {
            "a step with its forward pass twice": (
                'each["learn"] - each["infer"], self.tally.updates',
                'each["learn"], self.tally.updates',
            ),
            "the core's own counts alone": (
                "EnergyReport.of_chip(self.driven, self.chip, self.sizes)",
                "EnergyReport.of_chip(self.tally, self.chip, self.sizes)",
            ),
        },
    )
    | within(
        "budget/budget.py",
        "commands/test_product_budget.py",
        {
            "the chip's power alone empties it": (
                "return Lives(self.battery, powers.watts,",
                "return Lives(self.battery, powers.chip_watts,",
            ),
        },
    )
    | within(
        "budget/turners.py",
        "commands/test_product_budget.py",
        {
            "an end the other way round": (
                'end = f.low if which == "low" else f.high',
                'end = f.high if which == "low" else f.low',
            ),
        },
    )
    | within(
        "budget/job.py",
        "commands/test_product_budget.py",
        {
            "only what is slow fails": ("if one.fails:", "if one.day.too_slow:"),
        },
    )
    | within(
        "budget/sides.py",
        "commands/test_refusals.py",
        {
            "the other one after the run": ("            second.check()\n", ""),
            "rates that nothing was counted for": (
                "check_counted(vary, updates=self.updates, calibrates=self.calibrates)",
                "check_counted(vary, updates=True, calibrates=True)",
            ),
        },
    )
    | within(
        "budget/sides.py",
        "commands/test_sides.py",
        {
            "a price is another run": (
                "all(path.startswith(_PREFIXES) for path in changes)",
                "False",
            ),
        },
    )
    | within(
        "budget/counts.py",
        "commands/test_run_figures.py",
        {
            "sizes as they stand": ("if tuple(sizes[1:-1]) != hidden:", "if False:"),
            "chips that nobody programmed": (
                "if programming and programming < chips:",
                "if False:",
            ),
        },
    )
    | within(
        "product/words.py",
        BURST,
        {
            "a thousand of a unit": ("0.9995 * size", "size"),
            "a range in units of its own": ("digits(low / size)", "amount(low, unit)"),
        },
    )
    | within(
        "energy/leakage.py",
        RECOUNT,
        {"least warmth at the high end": ("other if away >= 0.0 else bound", "bound")},
    )
    | within(
        "budget/day.py",
        RECOUNT,
        {
            "updates without their inference": (
                "max(inferences, updates)",
                "inferences",
            ),
            "set-ups of a year of 365 days": ("exact(YEAR_DAYS)", "365"),
        },
    )
    | within(
        "chip/geometry.py",
        RECOUNT,
        {
            "a thick film holds more": (
                "self.thickness_nm.bound(_OTHER[bound])",
                "self.thickness_nm.bound(bound)",
            ),
        },
    )
)
