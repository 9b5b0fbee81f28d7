"""Two budgets beside each other: which run each has, and how often anything is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from console import call

from edgeferro.budget import sides
from edgeferro.training.outcome import Outcome
from edgeferro.training.plan import Plan

SHORT = "--subjects 0 --passes 1 --quiet".split()
OTHER = "ideal-watch-hzo-200ns"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Figures of a short run."""
    place = tmp_path_factory.mktemp("run") / "run.json"
    done = call("train", *SHORT, "--seeds", "0", "--json", place)
    assert 0 == done.returncode, done.stderr
    return place


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of chips that were run."""
    names: list[str] = []
    true = sides.run_plan

    def counted(plan: Plan, **options: Any) -> Outcome:
        names.append(plan.chip.chip.name)
        return true(plan, **options)

    monkeypatch.setattr(sides, "run_plan", counted)
    return names


@pytest.mark.parametrize(
    ("line", "chips"),
    [
        ("RUN --compare energy.prices=cmos-28nm", []),
        ("RUN --compare RUN", []),
        ("RUN --compare usage.product=none", []),
        ("RUN --compare OTHER --subjects 0 --passes 1", [OTHER]),
        ("--compare RUN --subjects 0 --passes 1", ["watch-hzo-200ns"]),
        (
            "--compare energy.prices=cmos-28nm --subjects 0 --passes 1",
            ["watch-hzo-200ns"],
        ),
        (
            "--compare OTHER --subjects 0 --passes 1",
            ["watch-hzo-200ns", OTHER],
        ),
        (
            "--compare converters.adc_bits=7 --subjects 0 --passes 1",
            ["watch-hzo-200ns"] * 2,
        ),
    ],
)
def test_each_side_has_its_run(
    line: str, chips: list[str], run: Path, ran: list[str], tmp_path: Path
) -> None:
    """What is there is read, a use or price needs no run, and no run is made twice.

    Options of a run are for the side that is run.
    """
    words = [{"RUN": str(run), "OTHER": OTHER}.get(word, word) for word in line.split()]
    out = tmp_path / "b.json"
    done = call("budget", *words, "--quiet", "--no-html", "--json", out)
    assert done.returncode in {0, 1}, done.stderr
    assert chips == ran
    found = json.loads(out.read_text(encoding="utf-8"))
    assert "watch-hzo-200ns" == found["chip"]
    assert (OTHER if "OTHER" in line else found["chip"]) == found["compare"]["chip"]
    alike = found["signature"] == found["compare"]["signature"]
    assert alike == ("OTHER" not in line and "adc_bits" not in line)


def test_options_of_a_run_without_one(run: Path, ran: list[str]) -> None:
    """Where both sides are runs that are there, an option of a run is refused."""
    done = call("budget", run, "--compare", run, "--subjects", "0", "--no-html")
    assert 2 == done.returncode
    assert "--subjects: " in done.stderr
    assert [] == ran
