"""Faults planted in what is drawn."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

DRAWN: Final = "package/test_pictures.py"
LOOK: Final = "package/test_look.py"
PAPER: Final = "commands/test_paper.py"

FAULTS: Final = (
    within(
        "paper/pictures.py",
        f"{DRAWN}::test_paper_energies_are_joules",
        {
            "femtojoules drawn as joules": (
                "joules = [_J * row for row in values]",
                "joules = list(values)",
            ),
            "a femtojoule of 1e-12": ("_J: Final = 1e-15", "_J: Final = 1e-12"),
            "a pulse's line of the update": (
                '"cells": [r.cell_fj for r',
                '"cells": [r.update_fj for r',
            ),
            "energies of another rule": (
                "if r.scheme == scheme), key",
                "if r.scheme != scheme), key",
            ),
            "learning drawn for cells": (
                "r.energy_to(goal, part)",
                'r.energy_to(goal, "chip")',
            ),
            "one panel's unit wrong": (
                'update.set_ylabel(f"energy ({unit})")',
                'update.set_ylabel("energy (J)")',
            ),
            "runs at one rate among the tuned": ('if r.rates == "tuned"', "if r.rates"),
        },
    )
    | within(
        "paper/pictures.py",
        f"{DRAWN}::test_paper_accuracies_are_percent",
        {
            "accuracy in parts": (
                "2),\n                scale=100.0",
                "2),\n                scale=1.0",
            ),
            "last accuracy in parts": ("shift=shift, scale=100.0", "shift=shift"),
        },
    )
    | within(
        "paper/pictures.py",
        f"{DRAWN}::test_widths_that_were_not_measured",
        {
            "what was not measured joined": ("joined=real", "joined=True"),
            "what was not measured filled": ("measured=real", "measured=True"),
        },
    )
    | within(
        "paper/comparison.py",
        f"{PAPER}::test_results_are_of_a_chip_and_by_seed",
        {
            "energy of all chips": ("column(name) / chips", "column(name)"),
            "pulses of all chips": (
                'column("pulses") / chips',
                'column("pulses")',
            ),
        },
    )
    | within(
        "paper/comparison.py",
        f"{PAPER}::test_epochs_and_energy_to_a_goal",
        {"an epoch late": ("float(index - 1 + (goal", "float(index + (goal")},
    )
    | within(
        "training/picture.py",
        f"{DRAWN}::test_training_curve",
        {
            "accuracy in parts": ("scale=100.0", "scale=1.0"),
            "bars of seeds for subjects": (
                "result.curve(Estimate.over_both)\n        chip",
                "result.curve()\n        chip",
            ),
        },
    )
    | within(
        "training/outcome.py",
        f"{DRAWN}::test_training_curve",
        {
            "before drawn last": (
                "[r.before, *r.curve] for",
                "[*r.curve, r.before] for",
            ),
            "passes drawn backward": ("table[..., i]", "table[..., -1 - i]"),
        },
    )
    | within(
        "calibrating/picture.py",
        f"{DRAWN}::test_calibration",
        {
            "found drawn for true": (
                "left.plot(truth, found, **look)",
                "left.plot(found, truth, **look)",
            ),
            "what is left in halves": (
                "50 * (found - truth)",
                "100 * (found - truth)",
            ),
            "bars of another figure": ('choice.zero("p95")', 'choice.zero("rms")'),
            "bars in parts": ("[100 * one.mean for", "[one.mean for"),
        },
    )
    | within(
        "chip/device.py",
        f"{DRAWN}::test_device",
        {
            "steps of W drawn": (
                "up, down = self.knots[index] / _ONE",
                "up, down = self.knots[index] / _ONE / 2",
            ),
            "down drawn for up": (
                "up, down = self.knots[index] / _ONE",
                "down, up = self.knots[index] / _ONE",
            ),
        },
    )
    | within(
        "fitting/picture.py",
        f"{DRAWN}::test_fit",
        {
            "curve in parts of the range": (
                "fit.curve() * scale + steps.g_low",
                "fit.curve() * scale",
            ),
            "one kernel for both ways": ("fit.kernels()[index]", "fit.kernels()[0]"),
            "steps of the other branch": (
                '(("up", fit.steps.up), (',
                '(("up", ~fit.steps.up), (',
            ),
        },
    )
    | within(
        "files/look.py",
        f"{LOOK}::test_one_unit_a_figure",
        {
            "energies in the smallest's unit": (
                "middle = math.sqrt(min(known)) * math.sqrt(max(known))",
                "middle = min(known)",
            ),
            "a nanojoule a thousandth": ('(1e9, "nJ")', '(1e6, "nJ")'),
        },
    )
    | within(
        "files/look.py",
        f"{LOOK}::test_ticks_of_a_logarithmic_scale",
        {
            "ticks beyond the scale": (
                "if low <= tick <= high]\n        if",
                "]\n        if",
            )
        },
    )
    | within(
        "files/look.py",
        f"{LOOK}::test_bars_and_means",
        {
            "means in another unit than bars": (
                "means = [scale * one.mean for one in found]",
                "means = [one.mean for one in found]",
            ),
            "thin bars of the seeds alone": (
                "((wide, _THIN, 0.0), (found",
                "((found, _THIN, 0.0), (found",
            ),
        },
    )
    | within(
        "files/look.py",
        f"{LOOK}::test_colours_differ_for_who_sees_no_green",
        {"two greens": ('"#D55E00")', '"#CC8A9A")')},
    )
    | within(
        "files/look.py",
        f"{LOOK}::test_what_cannot_be_read_is_seen",
        {"a legend on the data": ('"outside lower center"', '"center"')},
    )
    | within(
        "sweeping/trade.py",
        f"{DRAWN}::test_frontier",
        {
            "femtojoules of a frontier as joules": (
                "_J: Final = 1e-15",
                "_J: Final = 1.0",
            ),
            "a frontier in parts": (
                "[100.0 * choice.after.mean for choice in line]",
                "[choice.after.mean for choice in line]",
            ),
            "the beaten on the line": (
                "sorted((c for c in found if c.mark)",
                "sorted((c for c in found)",
            ),
            "bars over all for those over seeds": (
                "(choice.after, 1.8, 2.0)",
                "(choice.both, 1.8, 2.0)",
            ),
        },
    )
)
