"""Faults in what a mean's interval, a verdict and added seeds are."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

FAULTS: Final = (
    within(
        "intervals/estimate.py",
        "package/test_intervals.py",
        {
            "deviation of all, not of a sample": (
                "error = float(each.std(ddof=1)) / math.sqrt(seeds)",
                "error = float(each.std()) / math.sqrt(seeds)",
            ),
            "a seed too many is free": (
                "half = _reach(confidence, seeds - 1) * error",
                "half = _reach(confidence, seeds) * error",
            ),
            "worst is the best": ("np.argmin(table.mean", "np.argmax(table.mean"),
            "people are drawn by nobody": (
                "whole = max(of_seeds + of_subjects - of_rest, of_seeds, of_subjects)",
                "whole = of_seeds",
            ),
        },
    )
    | within(
        "intervals/auto.py",
        "package/test_auto_seeds.py",
        {
            "first look at little": (
                "_FIRST_LOOK: Final = 0.99",
                "_FIRST_LOOK: Final = 0.8",
            ),
            "seeds until it is shown": (
                "or 2.0 * half <= resolve:",
                "or found.shown():",
            ),
            "no limit of seeds": ("min(asked(way), most)", "asked(way)"),
        },
    )
    | within(
        "training/compare.py",
        "commands/test_seeds.py",
        {
            "first minus second": (
                "pair = (self.second.accuracies(name), self.first.accuracies(name))",
                "pair = (self.first.accuracies(name), self.second.accuracies(name))",
            ),
        },
    )
)
