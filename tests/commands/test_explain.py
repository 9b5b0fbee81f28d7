"""Where a price comes from: formula, numbers and sources of one event."""

from __future__ import annotations

from console import call


def test_explain() -> None:
    """Formula, numbers and sources of an event, without a run."""
    unknown = call("budget", "--explain", "watt")
    assert 2 == unknown.returncode
    assert "event: 'watt' is not one of" in unknown.stderr
    assert unknown.stderr.endswith(
        "leak_base, wake, read_charge, read_codes, half_selected, pulse\n"
    )
    said = call("budget", "--explain", "adc").stdout
    assert "b = 0.0467 pJ" in said
    assert "here 24.0 pJ (3.33..136) at 8 bits" in said
    lab = call("budget", "--explain", "pulse", "--prices", "cmos-130nm-hzo-lab").stdout
    assert "arXiv 2601.01186" in lab
