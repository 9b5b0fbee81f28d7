"""Accesses of the bus are counted by a driver that runs, and priced."""

from __future__ import annotations

from test_budget import run

from edgeferro.core.tally import EVENTS, PHASES
from edgeferro.firmware.accesses import bus_accesses


def test_accesses_are_those_of_the_driver() -> None:
    """So many an inference, update, set-up and calibration; no other count moves."""
    figures = run()
    each = bus_accesses(figures.chip, figures.sizes)
    expected = {
        "infer": each["infer"] * figures.tally.inferences,
        "update": (each["learn"] - each["infer"]) * figures.tally.updates,
        "program": each["program"],
        "calibrate": each["calibrate"],
    }
    for phase in PHASES:
        counted = figures.driven.event(phase, "register")
        assert round(expected.get(phase, 0.0)) == counted
        for event in set(EVENTS) - {"register"}:
            assert figures.tally.event(phase, event) == figures.driven.event(
                phase, event
            )
    assert min(expected.values()) > 0


def test_accesses_have_a_price() -> None:
    """Count times price is a line of the report, and in an inference."""
    report, counted = run().energy, run().driven.event("infer", "register")
    spent = report.lines["infer", "register"].value
    assert counted * report.each("register") == spent
    assert spent > 0.01 * report.by_phase["infer"].value
