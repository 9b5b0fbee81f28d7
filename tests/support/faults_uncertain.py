"""Faults in draws, shares, pairs, and in what a page's sliders work with."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

DRAWS: Final = "package/test_draws.py"
FIGURES: Final = "commands/test_uncertain.py"
PAGE: Final = "commands/test_page.py"
LOOK: Final = "commands/test_page_look.py"

FAULTS: Final = (
    within(
        "energy/draws.py",
        DRAWS,
        {
            "others at their ends, not their means": (
                "float(np.mean(v)) for name",
                "float(np.max(v)) for name",
            ),
            "shares of deviations": (
                "float(np.var(v)) / whole",
                "float(np.std(v)) / whole",
            ),
            "draws that are not stratified": (
                "rng.permutation(self.count) + rng.random(self.count)",
                "rng.random(self.count) * self.count",
            ),
            "seed without effect": ("[self.seed, stream]", "[0, stream]"),
            "nothing is apart": (
                'f"{name}, another" if name in self.apart else name',
                "name",
            ),
            "ratio upside down": ("second / first", "first / second"),
            "above counted as below": (
                "np.mean(second < first)",
                "np.mean(second > first)",
            ),
        },
    )
    | within(
        "budget/uncertain.py",
        FIGURES,
        {
            "a life of typical power": (
                'self.budget.battery, self.values("product") / DAY_S',
                "self.budget.battery, self.budget.powers.watts[1] + self.values("
                '"product") * 0',
            ),
            "a shelf that doesn't end it": (
                "np.minimum(seconds / DAY_S, shelf)",
                "seconds / DAY_S + 0 * shelf",
            ),
            "tissue without blood": ("(1.0 + reach)", "1.0"),
            "the same numbers in every file": (
                "if price != one[event]",
                "if price is None",
            ),
        },
    )
    | within(
        "budget/page_model.py",
        PAGE,
        {
            "one load that no rate moves": (
                "load_row(row.name, load, once, budget.core)",
                "row",
            ),
            "pulses of all chips": ("pulses.share(count)", "pulses"),
            "no quiescent power": (
                "[w * 1e-6 for w in _ends(regulator.quiescent) or ()]",
                "[0.0, 0.0, 0.0]",
            ),
        },
    )
    | within(
        "budget/page.js",
        PAGE,
        {
            "cheap at the high end": ("loadUw, HIGH - end)", "loadUw, end)"),
            "a cell that loses nothing": ("loss ? Math.log1p", "false ? Math.log1p"),
            "updates without their inference": (
                "Math.max(asked, updates)",
                "asked",
            ),
            "what a battery can't feed fits": (
                "watts > battery.power_uw",
                "watts < battery.power_uw",
            ),
            "what doesn't fit the link": ("if (show()) toLink();", "show();"),
            "a place that moves sliders": ("/^#[a-z]+[0-9]*$/", "/^$/"),
        },
    )
    | within(
        "budget/page_parts.py",
        LOOK,
        {"ticks beside their places": ("100.0 * k * step / end", "20.0 * k")},
    )
    | within(
        "budget/page.py",
        PAGE,
        {"a price of another row": ('made["place"]', '"made0"')},
    )
    | within(
        "budget/page.css",
        LOOK,
        {
            "a sum on each sheet": ("tfoot { display: table-row-group; }", ""),
            "labels that are cut": ("flex-wrap: wrap; justify", "justify"),
        },
    )
)
