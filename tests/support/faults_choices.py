"""Faults between a sweep's runs and what they are said to decide, and in hardware."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

CHOICES: Final = (
    within(
        "sweeping/choice.py",
        "package/test_choice.py",
        {
            "worst as the mean of each seed's lowest": (
                "worst=worst_subject(table)[1].mean",
                "worst=float(table.min(axis=1).mean())",
            ),
            "both is over seeds alone": (
                "both=Estimate.over_both(table)",
                "both=Estimate.over_seeds(table)",
            ),
            "held against the first whatever is named": (
                "base = question.base_of([choice.values for choice in found])",
                "base = 0",
            ),
            "the base held against the point": (
                "return Paired.of(table, against)",
                "return Paired.of(against, table)",
            ),
            "a star for a mean": (
                'return paired.verdict(question.resolve) == "higher"',
                "return paired.over_seeds.mean > 0.0",
            ),
        },
    )
    | within(
        "sweeping/frontier.py",
        "package/test_frontier.py",
        {
            "what is not known is worse": (
                "better(index, found[-1]) is False",
                "not better(index, found[-1])",
            ),
            "shown against the first": (
                "better(index, found[-1])",
                "better(index, found[0])",
            ),
        },
    )
    | within(
        "sweeping/grid.py",
        "commands/test_sweep_grid.py",
        {
            "refused points in silence": (
                "refused.append(Refused(chosen, str(error)))",
                "pass",
            ),
        },
    )
)

HARDWARE: Final = within(
    "energy/blocks.py",
    "package/test_hardware.py",
    {
        "accumulators of every rule": (
            'k.accumulator_bits * (k.rule == "mixed-precision")',
            "k.accumulator_bits",
        ),
        "one plane": ("planes = 2 if", "planes = 1 if"),
        "read back to layer 0": (
            "sum(s.inputs for s in above)",
            "sum(s.inputs for s in shapes)",
        ),
        "references of bytes": ("_WORD: Final = 16", "_WORD: Final = 8"),
        "a register for part of a group": (
            "return -(-lines // shared)",
            "return lines // shared",
        ),
        "no bias column": (
            "Shape(rows, before + bias, before)",
            "Shape(rows, before, before)",
        ),
    },
) | within(
    "energy/hardware.py",
    "package/test_hardware.py",
    {
        "gates without room": (' / areas.at("utilization", bound)', ""),
        "lanes for one": ("k.lanes * self.lane()", "self.lane()"),
        "conversions a microsecond": ("1e9 / chip.array.read_ns", "1e6"),
        "macros of any size": (
            "return min(macro, _gates_um2(gates, areas, bound))",
            "return macro",
        ),
    },
)

FAULTS: Final = {**CHOICES, **HARDWARE}
