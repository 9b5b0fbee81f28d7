"""Faults between what the core counted and what a person sees."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

HAND: Final = "package/test_by_hand.py"
UNIT: Final = "package/test_unit_by_hand.py"

PRICE: Final = "package/test_energy.py"
PAPER: Final = "commands/test_paper.py"

# ---- tally

TALLY: Final = within(
    "core/tally.py",
    HAND,
    {
        "seconds without analog time": (" + analog / 1e9", ""),
        "analog time in microseconds": ("analog / 1e9", "analog / 1e6"),
        "seconds of a 10 MHz clock": ("(clock_mhz * 1e6)", "1e7"),
        "pulses of all phases": ("[PHASES.index(phase), :, :, 0]", "[:, :, :, 0]"),
        "pulses of one way": (
            "[PHASES.index(phase), :, :, 0]",
            "[PHASES.index(phase), :, 0, 0]",
        ),
        "pulses of class 0": (
            "[PHASES.index(phase), :, :, 0]",
            "[PHASES.index(phase), 0, :, 0]",
        ),
        "switched for pulses": (
            "[PHASES.index(phase), :, :, 0]",
            "[PHASES.index(phase), :, :, 2]",
        ),
        "updates for inferences": ("int(self.words[0])", "int(self.words[1])"),
    },
) | within(
    "core/enums.py",
    f"{PRICE}::test_events_are_those_of_the_core",
    {
        "phases in the order of their names": (
            'tuple(_members("ef_phase", "EF_PHASE_"))',
            'tuple(sorted(_members("ef_phase", "EF_PHASE_")))',
        ),
    },
)

# ---- energy

ENERGY: Final = (
    within(
        "energy/price.py",
        f"{PRICE}::test_each_event_has_its_part",
        {"memory told as digital": ('"sram_read": "memory"', '"sram_read": "digital"')},
    )
    | within(
        "energy/price.py",
        f"{PRICE}::test_one_event_costs_its_price",
        {
            "no range": ("getattr(self, bound), self.unit", "self.value, self.unit"),
            "conversion steps of one bit less": (
                "step * (1 << at.adc_bits)",
                "step * (1 << at.adc_bits - 1)",
            ),
            "voltage without its range": (
                "exact(self.write_v[bound])",
                'exact(self.write_v["value"])',
            ),
        },
    )
    | within(
        "energy/cells.py",
        "package/test_energy_by_hand.py",
        {
            "half-select at the whole voltage": (
                '"passive-half": (Fraction(1, 4),',
                '"passive-half": (Fraction(1),',
            ),
            "reads of the largest code": (
                "array.read_ns, steps * 10**9",
                "array.read_ns, 10**9",
            ),
            "swing without its voltage": (
                "coulombs(bound) * volts *",
                "coulombs(bound) *",
            ),
            "conduction above G_max": ("/ 10**9 - low", "/ 10**9"),
            "a pulse charges half": (
                "charge = self._device.farads(bound) * volts**2",
                "charge = self._device.farads(bound) * volts**2 / 2",
            ),
        },
    )
    | within(
        "energy/cells.py",
        HAND,
        {
            "width of class 0": (
                "width = self._device.classes[pulse_class]",
                "width = self._device.classes[0]",
            ),
            "volts of class 0": (
                "self._device.classes[pulse_class].amplitude_v.bound",
                "self._device.classes[0].amplitude_v.bound",
            ),
        },
    )
    | within(
        "energy/report.py",
        HAND,
        {
            "cells without conduction": (
                'total += self.lines[phase, "pulse_conduction"]',
                "total += total.share(0)",
            ),
            "update cycle without backward": (
                '("backward", "update")).share',
                '("update",)).share',
            ),
            "inferences shared by updates": (
                "share(self.tally.inferences)",
                "share(self.tally.updates)",
            ),
        },
    )
    | within(
        "energy/entries.py",
        HAND,
        {
            "charge and codes exchanged": (
                '("read_codes", base), ("read_charge", step)',
                '("read_charge", base), ("read_codes", step)',
            ),
        },
    )
    | within(
        "energy/quantity.py",
        HAND,
        {
            "share of one more": ("self.value // count", "self.value // (count + 1)"),
            "high end of the typical": (
                "self.high + other.high",
                "self.high + other.value",
            ),
        },
    )
)

# ---- outcomes

OUTCOMES: Final = (
    within(
        "training/outcome.py",
        HAND,
        {
            "worst subject is the best": (
                "worst_subject(table[:, order])",
                "worst_subject(-table[:, order])",
            ),
            "mean of the best chip": (
                "np.mean([getattr(result, name)",
                "np.max([getattr(result, name)",
            ),
            "worst before learning": (
                'table = self.accuracies("after")',
                'table = self.accuracies("before")',
            ),
            "first of equals": (
                "order = np.argsort(subjects)",
                "order = np.arange(len(subjects))",
            ),
            "missed by the worst chip": (
                '"cells_missed": sum(',
                '"cells_missed": max(',
            ),
            "calibration of all chips": (
                'self._calibrating.seconds("calibrate", mhz) / count',
                'self._calibrating.seconds("calibrate", mhz)',
            ),
            "energy after the last pass": (
                "result.history[index]",
                "result.history[-1]",
            ),
            "pulses of programming": (
                'phase_pulses("update")',
                'phase_pulses("program")',
            ),
            "low end typical": (
                '"per_inference_low": energy.per_inference.low_fj',
                '"per_inference_low": energy.per_inference.fj',
            ),
        },
    )
    | within(
        "sweeping/row.py",
        HAND,
        {
            "set-up without calibration": (
                'energy.by_phase["calibrate"] + energy',
                "energy",
            ),
            "curve of the best chip": (
                "sum(c[i] for c in curves) / len(curves)",
                "max(c[i] for c in curves)",
            ),
            "a pulse shared by updates": (
                ".share(outcome.update_pulses)",
                ".share(updates)",
            ),
            "worst is the mean": (
                "outcome.worst_subject()[1]",
                'outcome.mean("after")',
            ),
            "learning without backward": (
                'report.by_phase["backward"] + report',
                "report",
            ),
        },
    )
    | within(
        "training/unit.py",
        UNIT,
        {
            "after the first pass": ("progress.curve[-1] if", "progress.curve[0] if"),
            "online of the last chunk": (
                "progress.correct += int(",
                "progress.correct = int(",
            ),
            "worn by set-up and learning": (
                "max(int((a - b).max())",
                "max(int(a.max())",
            ),
            "tested on what is learned": (
                "controller.predict(lesson.test_codes)",
                "controller.predict(lesson.learn_codes)",
            ),
        },
    )
    | within(
        "core/symmetry.py",
        UNIT,
        {
            "one read too many": (
                "setattr(reads, field, getattr(how, field))",
                'setattr(reads, field, getattr(how, field) + (field == "reads"))',
            ),
            "sums of the last window": ('points["sums"]', 'points["window"]'),
            "offset of all cells": (
                "np.where(found, self.levels, 0)",
                "np.where(True, self.levels, 0)",
            ),
        },
    )
    | within(
        "training/ageing.py",
        UNIT,
        {
            "rest of all chips": (
                'tally.event("idle", "rest_s") / units',
                'tally.event("idle", "rest_s")',
            ),
            "half-selects of reads": (
                '("update", "calibrate", "program")',
                '("update", "calibrate", "infer", "program")',
            ),
            "doublings from the first pulse": (
                "max(worn, 1) / r.wear_onset",
                "max(worn, 1)",
            ),
        },
    )
)

ORDERS: Final = within(
    "training/plan.py",
    UNIT,
    {
        "the same order every pass": (
            "[unit.seed, unit.subject + 1, index]",
            "[unit.seed, unit.subject + 1, 0]",
        ),
        "the same order every seed": (
            "[unit.seed, unit.subject + 1, index]",
            "[unit.subject + 1, index]",
        ),
        "the same order every subject": (
            "[unit.seed, unit.subject + 1, index]",
            "[unit.seed, 0, index]",
        ),
        "recordings shuffled": (
            'if plan.order == "recording":',
            'if plan.order == "":',
        ),
    },
) | within(
    "core/structs.py",
    UNIT,
    {
        "stuck cells told by another mark": (
            "STUCK_UNIT: Final = -128",
            "STUCK_UNIT: Final = -127",
        )
    },
)

FAULTS: Final = {**TALLY, **ENERGY, **OUTCOMES, **ORDERS}
