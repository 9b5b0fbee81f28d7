"""Chips that lose power while they learn: by hand, cut in pieces, refused, said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_hand import outcome, result, tally, task
from console import call
from seam import chip_of, device_file

from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.training import unit as units
from edgeferro.training.lesson import make_lesson
from edgeferro.training.plan import Plan, pass_order
from edgeferro.training.power import losses

PIXELS = np.array(
    [[9, 1], [1, 9], [7, 3], [3, 6], [8, 4], [5, 8], [6, 5], [4, 5]], np.uint8
)
ONE = ["--subjects", "0", "--seeds", "0", "--quiet"]
RULES = ["mixed-precision", "sgd-counted", "sgd-stochastic"]


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Chip:
    """Defaults on the device of round numbers; a layer between, high thresholds."""
    chip = chip_of(device_file(tmp_path_factory.mktemp("device")))
    wide = {"network.weight_limit": 2.0, "network.hidden": [3]}
    return chip.with_(**wide, **{"program.iterations": 12})


def plan(chip: Chip, every: int, rule: str) -> Plan:
    """Six passes over four samples: 24 steps, power lost after each N-th of them."""
    own = chip.with_(**{"controller.rule": rule, "task.power_off_every": every})
    eight = replace(task(), features=PIXELS * 25)
    return Plan(own, eight, (7,), (-1,), 6, "interleaved")


def replayed(how: Plan, every: int) -> tuple[Controller, float]:
    """Step by step; what accumulators held before each loss, in thresholds."""
    lesson = make_lesson(how.chip, how.task, -1, 7)
    itself = Controller(lesson.image)
    itself.program()
    itself.predict(lesson.test_codes)
    held, steps = 0.0, 0
    for index in range(6):
        for sample in pass_order(how, how.units[0], lesson, index):
            label = int(lesson.learn_labels[sample])
            itself.learn_one(lesson.learn_codes[sample], label)
            steps += 1
            if steps in range(every, 25, every):
                if how.chip.controller.rule == "mixed-precision":
                    for layer in (0, 1):
                        chi = itself.peek("chi", layer).astype(float)
                        threshold = lesson.image.registers.layers[layer].threshold
                        held += np.abs(chi).sum() / threshold
                itself.core.power_cycle()
        itself.predict(lesson.test_codes)
    return itself, held


@pytest.mark.parametrize("every", [1, 3, 5, 24])
@pytest.mark.parametrize("rule", RULES)
def test_power_goes_after_each_nth_step(chip: Chip, rule: str, every: int) -> None:
    """A unit is what single steps with losses between them are, passes and all."""
    how = plan(chip, every, rule)
    itself, held = replayed(how, every)
    found = units.run_unit(how, how.units[0])
    assert found is not None
    assert itself.signature == found.signature
    assert itself.tally == found.tally
    assert held == pytest.approx(found.forgotten)
    assert (held > 0) == (rule == "mixed-precision")


@pytest.mark.parametrize("rule", RULES)
def test_pieces_and_a_stop_move_nothing(
    chip: Chip, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Samples cut otherwise, and a unit stopped between two losses, end alike."""
    how = plan(chip, 5, rule)
    whole = units.run_unit(how, how.units[0])
    monkeypatch.setattr(units, "CHUNK", 3)
    kept: list[dict[str, Any]] = []

    def stop(state: dict[str, Any] | None, _part: float) -> bool:
        assert state is not None
        kept.append(json.loads(json.dumps(state)))
        return len(kept) != 5

    assert (
        units.run_unit(how, how.units[0], on_checkpoint=stop, keep_state=True) is None
    )
    assert 11 == kept[-1]["learned"]  # 3, 4, 7, 8, 11: losses after 5, 10 and 15
    again = units.run_unit(how, how.units[0], resume=kept[-1])
    assert whole == again


def test_losses_by_hand(chip: Chip) -> None:
    """24 steps hold 4 losses of every 5, one of every 24, none of every 25 or of 0."""
    assert [24, 4, 1, 0, 0] == [losses(24, every) for every in (1, 5, 24, 25, 0)]
    often = chip.with_(**{"task.power_off_every": 5})
    counts = tally({}, {("update", 0, 0, 0): 30}, updates=24)
    two = [result(seed=s, tally=counts, forgotten=7.0 + 2 * s) for s in (0, 1)]
    found = outcome(often, *two)
    assert 8 == found.to_dict()["power_losses"]
    line = "power: off after every 5 learning steps, 4 times a chip; accumulators lost"
    assert [f"{line} 8 pulses' worth, 30 were sent"] == found.power()
    assert [] == outcome(chip, *two).power()
    assert 0 == outcome(chip, *two).to_dict()["power_losses"]


def test_a_chip_that_keeps_its_power_is_the_same_chip(chip: Chip) -> None:
    """0 leaves the fingerprint; any loss is another run."""
    every = [chip.with_(**{"task.power_off_every": n}).fingerprint() for n in (0, 1, 2)]
    assert chip.fingerprint() == every[0]
    assert 3 == len(set(every))


def test_a_run_says_resumes_and_reproduces_it(tmp_path: Path) -> None:
    """The option is the setting: in the figures, compared with, and run again."""
    file = tmp_path / "run.json"
    done = call(
        "train", *ONE, "--power-off-every", "10", "--compare", "task.power_off_every=1",
        "--json", file,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert "power: off after every 10 learning steps, 63 times a chip" in done.stdout
    found = json.loads(file.read_text())
    assert [63, 630] == [found["power_losses"], found["compare"]["power_losses"]]
    # the accumulators of mixed precision need their time: fewer pulses come of them
    assert 0 < found["compare"]["pulses"] < found["pulses"]
    assert 10 == found["record"]["options"]["settings"]["task.power_off_every"]
    again = call("reproduce", file, "--quiet")
    assert 0 == again.returncode, again.stdout


REFUSED = [
    (["--power-off-every", "0"], "--power-off-every: 0 is not in 1..2147483648; "),
    (["--power-off-every", "-3"], "--power-off-every: -3 is not in 1..2147483648; "),
    (
        ["--power-off-every", "2", "--set", "task.power_off_every=3"],
        "--power-off-every: not together with --set task.power_off_every",
    ),
    (
        ["--power-off-every", "631"],
        "task.power_off_every: 631 is not in 1..630, the learning steps of subject 0",
    ),
    (
        ["--power-off-every", "9", "--passes", "0"],
        "task.power_off_every: 9 has no effect in a run of 0 passes, only 0",
    ),
    (
        ["--set", "task.power_off_every=1.5"],
        "watch-hzo-200ns: task.power_off_every: 1.5",
    ),
    (
        ["--set", "task.power_off_every=-1"],
        "watch-hzo-200ns: task.power_off_every: -1",
    ),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_losses_that_would_do_nothing_are_refused(
    words: list[str], said: str, tmp_path: Path
) -> None:
    """One line that names the number, before anything is trained or written."""
    file = tmp_path / "run.json"
    done = call("train", *ONE, *words, "--json", file)
    assert 2 == done.returncode
    assert done.stderr.startswith(f"edgeferro: {said}"), done.stderr
    assert 1 == done.stderr.count("\n")
    assert not file.exists()


def test_programs_keep_their_power(tmp_path: Path) -> None:
    """A firmware program on a chip that is to lose power is refused, not run on."""
    file = tmp_path / "often.toml"
    often = Chip.load("watch-hzo-200ns").with_(**{"task.power_off_every": 10})
    file.write_text(often.to_toml(), encoding="utf-8")
    done = call("firmware", "run", "watch_personalise", "--chip", file)
    assert 2 == done.returncode
    assert "task.power_off_every: 10, but programs keep their power" in done.stderr
