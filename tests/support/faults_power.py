"""Faults in what power off between samples takes, and what it does to learning."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

_PRICED: Final = "commands/test_cycling.py"

FAULTS: Final = (
    within(
        "budget/cycling.py",
        _PRICED,
        {
            "words are rounded down": ("-(-bits // _WORD) for", "bits // _WORD for"),
            "accumulators are written again": (
                '_LOST: Final = ("accumulators", ',
                "_LOST: Final = (",
            ),
            "saved once and never brought back": (
                "return 2 * -(-self",
                "return -(-self",
            ),
            "a wake-up is free": ('summed(self._each("wake"), ', "summed("),
            "the core's part is left out": (
                "return summed(bus, (low, value, high))",
                "return bus",
            ),
            "dear wake-ups against dear leaks": (
                "awake + least / high, awake + wake / kept, awake + most / low",
                "awake + least / low, awake + wake / kept, awake + most / high",
            ),
            "samples take no time": ("awake = self.awake_s", "awake = 0.0"),
            "nothing leaks while awake": ("self.busy_s / DAY_S)", "0.0)"),
            "always room temperature": ("asleep(1, self.celsius)", "asleep(1)"),
            "prices without their scale": (
                "scale = float(self.report.scale) * QJ",
                "scale = QJ",
            ),
            "learning steps are words": ('one.command == "infer"', "one.command"),
            "the least of any core": ("max(slopes.values())", "min(slopes.values())"),
            "it pays where it costs": (
                "self.between_s >= value",
                "self.between_s <= value",
            ),
        },
    )
    | within(
        "budget/sides.py",
        _PRICED,
        {
            "the second run keeps its power": (
                "cycled = Side.of(options, options.source, _CYCLED)",
                "cycled = Side.of(options, options.source, {})",
            ),
        },
    )
    | within(
        "budget/budget.py",
        _PRICED,
        {
            "a run of losses is one with power": (
                "        if every:\n",
                "        if 0:\n",
            ),
        },
    )
)
