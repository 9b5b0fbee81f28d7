"""Faults in what a chip saves against its microcontroller alone, and in counts."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

PAYS: Final = "commands/test_does_it_pay.py"
SLOPE: Final = "firmware/test_alternative.py::test_a_step_goes_down_the_slope"
SHAPES: Final = (
    "firmware/test_alternative.py::test_a_shape_left_out_is_told_by_the_others"
)
TOLD: Final = "firmware/test_alternative.py::test_estimates_say_how_they_were_made"
BUS: Final = "firmware/test_accesses.py"

FAULTS: Final = (
    within(
        "budget/alternative.py",
        PAYS,
        {
            "the bus twice": (' and event != "register"', ""),
            "no second wake-up": (
                '"waking": self._waking,',
                '"waking": (0.0, 0.0, 0.0),',
            ),
            "past the regulator": (
                "return joules[0] / high, joules[1] / value, joules[2] / low",
                "return joules",
            ),
            "its ends the wrong way": (
                "return joules[0] / high, joules[1] / value, joules[2] / low",
                "return joules[0] / low, joules[1] / value, joules[2] / high",
            ),
            "an update with its inference": (
                'return counts["learn"].instructions - counts["infer"].instructions',
                'return counts["learn"].instructions',
            ),
            "accesses of a whole step": (
                'count = self.accesses["learn"] - self.accesses["infer"]',
                'count = self.accesses["learn"]',
            ),
            "weights without a bias": ("b * (a + 1)", "b * a"),
            "weights of eight bits": (
                "_WEIGHT_BITS: Final = 16",
                "_WEIGHT_BITS: Final = 8",
            ),
            "kept where nothing learns": (
                '* _WEIGHT_BITS if self.budget.day.rates["update cycle"] else 0',
                "* _WEIGHT_BITS",
            ),
            "the base alone leaks": ('("leak_bit", "leak_base")', '("leak_base",)'),
            "set-ups for nothing": ("found.append(times(each, often))", "pass"),
            "pays where it takes more": (
                "return with_it[1] < without[1]",
                "return with_it[1] > without[1]",
            ),
            "sure at one price": ("== 1", ">= 1"),
            "a break-even with the driver in it": (
                'for name in ("chip", "bus", "waking")',
                "for name in parts",
            ),
        },
    )
    | within(
        "budget/pays.py",
        PAYS,
        {
            "pays whatever it saves": ("_LITTLE: Final = 0.01", "_LITTLE: Final = 0.0"),
            "a fit for a count": (
                'if estimate.how == "counted":',
                'if estimate.how != "":',
            ),
        },
    )
    | within(
        "energy/mcu_fits.py",
        SHAPES,
        {
            "hidden rows for nothing": (
                "hidden, layers[-1][0], fours, ones, count.shape[0]",
                "fours",
            ),
        },
    )
    | within(
        "energy/mcu_fits.py",
        TOLD,
        {
            "no error of a fit": (
                "error = max(abs(part) for part in left_out(*kind).values())",
                "error = 0.0",
            ),
            "random samples for a task": (
                'own = f"{ALONE}-{task}"',
                'own = "nothing"',
            ),
        },
    )
    | within(
        "firmware/alternative.py",
        SLOPE,
        {
            "a rate twice": ("_RATE: Final = 1 << 16", "_RATE: Final = 1 << 17"),
            "errors from below twice": (
                "unit *= 2.0**back_shift * scale.slope",
                "unit *= 2.0 ** (back_shift + 1) * scale.slope",
            ),
        },
    )
    | within(
        "firmware/accesses.py",
        BUS,
        {
            "half as many samples": ("inferred / _SAMPLES", "inferred / 8"),
            "a search of four columns": (
                "* shape[1] / min(shape[1], _COLUMNS)",
                "",
            ),
        },
    )
)
