"""How long cells last, in words."""

from __future__ import annotations

from test_budget import run

from edgeferro.budget.budget import Budget


def test_wear_that_is_cut_off() -> None:
    """Years beyond what is of interest are said to be more, not to be that many."""
    idle = {"updates_per_day": 0.0, "calibrations_per_year": 0.0}
    rarely = run().chip.usage.model_copy(update=idle)
    assert "over 10^6 years" == Budget(run(), rarely, 100, 0).wear_text
    often = rarely.model_copy(update={"updates_per_day": 1e9})
    assert not Budget(run(), often, 100, 0).wear_text.startswith("over")
