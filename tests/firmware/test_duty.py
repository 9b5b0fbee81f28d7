"""Off between windows: a chip that keeps accumulators learns as one that is on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from console import call

import edgeferro as ef
from edgeferro.budget.duty import compare_ways
from edgeferro.errors import DataError
from edgeferro.firmware.expected import trained_signature
from edgeferro.firmware.programs import KEEP, make_package
from edgeferro.firmware.session import Session
from edgeferro.tasks import watch


@pytest.mark.parametrize("keep", KEEP)
def test_the_program_is_what_is_compared(keep: str) -> None:
    """Accuracies of the program over the bus are those of the comparison."""
    chip = ef.Chip.load("watch-hzo-200ns")
    found = Session(make_package("duty_cycle", chip, passes=1, keep=keep)).run()
    assert "ok" == found.status
    ways = {way.keep: way for way in compare_ways(chip, [0], [0], 1)}
    assert ways[keep].accuracy.mean == pytest.approx(found.accuracy[-1])
    assert found.values[0] == (0 if keep == "on" else len_of(chip))


def len_of(chip: ef.Chip) -> int:
    """Samples of a pass."""
    return len(make_package("duty_cycle", chip, passes=1).sections["ORDR"])


def test_lost_is_training_that_loses_its_power() -> None:
    """Accumulators that are lost give the chip of task.power_off_every = 1."""
    chip = ef.Chip.load("watch-hzo-200ns")
    package = make_package("duty_cycle", chip, passes=1, keep="lost")
    found = Session(package).run().signature
    package.chip = chip.with_(**{"task.power_off_every": 1})
    assert found == trained_signature(package, watch.load(), 0, 0, 1)


def test_kept_accumulators_cost_no_accuracy() -> None:
    """Within half a point of always on, kept either way, over people."""
    ways = compare_ways(ef.Chip.load("watch-hzo-200ns"), range(4), [0], None)
    against = {way.keep: way.against for way in ways if way.against is not None}
    for keep in ("retained", "saved"):
        both = against[keep].over_both
        assert abs(100 * both.mean) + 100 * both.half < 0.5, keep
    assert against["lost"].over_both.mean < 0.0


def test_the_command(tmp_path: Path) -> None:
    """A table of four ways, and a file with their intervals and watts."""
    place = tmp_path / "duty.json"
    words = ["--subjects", "0-1", "--passes", "1", "--json", str(place)]
    done = call("firmware", "duty", *words)
    assert 0 == done.returncode, done.stderr
    assert all(keep in done.stdout for keep in KEEP)
    ways = json.loads(place.read_text())["ways"]
    assert list(KEEP) == [way["keep"] for way in ways]
    typical = {way["keep"]: way["between_w"][1] for way in ways}
    assert typical["lost"] < typical["retained"] < typical["on"]


def test_what_a_chip_cannot_keep() -> None:
    """No accumulators, nothing to keep; another word names those that pass."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"controller.rule": "sgd-counted"})
    with pytest.raises(DataError, match="'on' or 'lost' passes"):
        make_package("duty_cycle", chip, keep="retained")
    with pytest.raises(DataError, match="one of on, lost, retained, saved"):
        make_package("duty_cycle", chip, keep="always")
