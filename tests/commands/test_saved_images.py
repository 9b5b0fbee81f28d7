"""Runs that keep their chips, and runs that start from those of another."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import Done, call

import edgeferro as ef
from edgeferro.mapping import image_file
from edgeferro.tasks import load_task
from edgeferro.training import lesson
from edgeferro.training.lesson import make_lesson

RUN = ("train", "--subjects", "0,3", "--seeds", "0,1", "--passes", "1", "--quiet")


def figures(folder: Path, *arguments: str) -> dict[str, Any]:
    """What a run's JSON says."""
    place = folder / "run.json"
    done = call(*RUN, "--json", place, *arguments, cwd=folder)
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run's chips in run.img, and its figures in first.json."""
    place = tmp_path_factory.mktemp("run")
    figures(place, "--save-image", "run.img")
    shutil.copy(place / "run.json", place / "first.json")
    return place


@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_the_same_run(
    workers: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From saved chips, without pre-training: the same steps to the same end."""
    first = json.loads((folder / "first.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(lesson, "pretrained", None)
    options = ("--image", "run.img", "--save-image", "again.img", "--workers", workers)
    again = figures(folder, *options)
    assert first["units"] == again["units"]
    assert first["signature"] == again["signature"]
    assert first["record"]["fingerprint"] != again["record"]["fingerprint"]
    assert (folder / "run.img").read_bytes() == (folder / "again.img").read_bytes()


def test_a_part_in_another_order(folder: Path) -> None:
    """Some of the units, in another order and another process, are what they were."""
    command = [sys.executable, "-P", "-m", "edgeferro", *RUN, "--image", "run.img"]
    command[command.index("0,3")] = "3,0"
    command[command.index("0,1")] = "1"
    subprocess.run(
        [*command, "--json", "part.json"],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    first = json.loads((folder / "first.json").read_text(encoding="utf-8"))["units"]
    part = json.loads((folder / "part.json").read_text(encoding="utf-8"))["units"]
    assert [(3, 1), (0, 1)] == [(u["subject"], u["seed"]) for u in part]
    assert [first[3], first[2]] == part


def test_a_taught_chip_is_taken_along(folder: Path) -> None:
    """Python takes a chip from the file: as it was laid out, and as it ended."""
    first = json.loads((folder / "first.json").read_text(encoding="utf-8"))
    unit = first["units"][3]
    image = ef.Image.load(folder / "run.img", subject=3, seed=1)
    assert unit["trail"]["image"] == image.digest
    fresh = ef.Controller(image)
    fresh.program()
    assert unit["trail"]["programmed"] == fresh.signature
    taught = ef.Controller.load(folder / "run.img", subject=3, seed=1)
    assert unit["signature"] == taught.signature
    task = load_task("watch", None)
    chip = image.chip
    assert chip is not None
    test = make_lesson(chip, task, 3, 1)
    right = taught.predict(test.test_codes) == test.test_labels
    assert unit["after"] == pytest.approx(np.mean(right), abs=0.1)  # reads have noise


def test_a_task_from_nothing(tmp_path: Path) -> None:
    """Random weights are kept as well; there are no float ones."""
    options = ("--task", "digits", "--seeds", "2", "--passes", "0", "--quiet")
    for name, more in (("a", ("--save-image", "a.img")), ("b", ("--image", "a.img"))):
        call("train", *options, "--json", f"{name}.json", *more, cwd=tmp_path)
    found = [
        json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["units"]
        for name in "ab"
    ]
    assert found[0] == found[1]
    said = refused(tmp_path, "--image", "a.img", task="digits", seeds="4")
    assert "holds no chip of seed 4 (1 of seeds 2)" in said


def test_it_stops_and_goes_on(folder: Path) -> None:
    """A run from saved chips is resumed; with the file changed it is refused."""
    done = call(*RUN, "--image", "run.img", "--save", "s.json", cwd=folder)
    assert 0 == done.returncode
    content = json.loads((folder / "s.json").read_text(encoding="utf-8"))
    del content["done"]["subject 3, seed 1"]
    (folder / "s.json").write_text(json.dumps(content), encoding="utf-8")
    done = call("train", "--resume", "s.json", "--json", "r.json", cwd=folder)
    assert 0 == done.returncode
    first = json.loads((folder / "first.json").read_text(encoding="utf-8"))
    last = json.loads((folder / "r.json").read_text(encoding="utf-8"))
    assert first["units"] == last["units"]
    whole = (folder / "run.img").read_bytes()
    other = image_file._FILE.read(folder / "run.img")
    units = other["units"]
    units[0]["image"], units[2]["image"] = units[2]["image"], units[0]["image"]
    image_file._FILE.write(folder / "run.img", other)
    done = call("train", "--resume", "s.json", cwd=folder)
    (folder / "run.img").write_bytes(whole)
    assert 2 == done.returncode
    assert "saved by a run with fingerprint" in done.stderr


def refused(
    folder: Path, *arguments: str, task: str = "watch", seeds: str = "0"
) -> str:
    """The one line of a refusal, before anything was written."""
    before = sorted(path.name for path in folder.iterdir())
    command = ("train", "--task", task, "--seeds", seeds, "--quiet", *arguments)
    done: Done = call(*command, cwd=folder)
    assert 2 == done.returncode
    assert "" == done.stdout
    assert 1 == done.stderr.count("\n")
    assert before == sorted(path.name for path in folder.iterdir())
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--set converters.error_bits=5", "run.img: of another chip: converters.error"),
        ("--chip watch-hzo-20ns", "run.img: of another chip: "),
        ("--rule sgd-counted", "run.img: of another chip: controller.rule"),
        ("--compare converters.adc_bits=5", "of another chip: converters.adc_bits"),
        ("--seeds 5", "holds no chip of subject 0, seed 5 (4 of seeds 0, 1)"),
        ("--seeds auto", "--seeds auto: not together with --image"),
        ("--subjects 0,4", "holds no chip of subject 4, seed 0"),
        ("--save-image run.img", "--save-image: run.img: it is read"),
        ("--json run.img", "--json: run.img: it is read"),
    ],
)
def test_refused_with_an_image(arguments: str, said: str, folder: Path) -> None:
    """What the chips are not made for is refused in one line, by name."""
    wanted = ("--subjects", "0") if "--subjects" not in arguments else ()
    line = refused(folder, "--image", "run.img", *wanted, *arguments.split())
    assert said in line


def test_refused_with_save_image(folder: Path) -> None:
    """Two chips for each unit have no place in one file."""
    options = ("--save-image", "x.img", "--compare", "array.reference=none")
    done = call("train", *options, cwd=folder)
    assert 2 == done.returncode
    assert "--save-image: not together with --compare" in done.stderr
    assert not (folder / "x.img").exists()


def test_kept_across_a_stop(folder: Path) -> None:
    """A run that was stopped keeps the chips of units that had ended before, too."""
    options = ("--save", "k.json", "--save-image", "k.img")
    assert 0 == call(*RUN, *options, cwd=folder).returncode
    content = json.loads((folder / "k.json").read_text(encoding="utf-8"))
    del content["done"]["subject 0, seed 1"]
    (folder / "k.json").write_text(json.dumps(content), encoding="utf-8")
    resume = ("train", "--resume", "k.json", "--save-image", "r.img", "--quiet")
    assert 0 == call(*resume, cwd=folder).returncode
    whole = (folder / "run.img").read_bytes()
    assert whole == (folder / "k.img").read_bytes() == (folder / "r.img").read_bytes()
    del content["done"]["subject 3, seed 0"]["end"]
    (folder / "k.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "r.img").unlink()
    done = call(*resume, cwd=folder)
    assert 2 == done.returncode
    assert "--save-image: subject 3, seed 0 ended in k.json without it" in done.stderr
    content["done"]["subject 3, seed 0"]["end"] = "AAAA"
    (folder / "k.json").write_text(json.dumps(content), encoding="utf-8")
    done = call(*resume, cwd=folder)
    assert 2 == done.returncode
    assert "a state in the save file is damaged" in done.stderr
    assert not (folder / "r.img").exists()


def test_another_task_is_named(tmp_path: Path, folder: Path) -> None:
    """Chips of one person's data are not taken for others, nor for edited ones."""
    lines = ["a,b,who,what"]
    lines += [f"{i % 7},{i % 5},p{i % 3},{i % 2}" for i in range(60)]
    (tmp_path / "own.csv").write_text("\n".join(lines), encoding="utf-8")
    content = image_file._FILE.read(folder / "run.img")
    content["about"]["data"] = "0" * 16
    image_file._FILE.write(tmp_path / "a.img", content)
    said = refused(tmp_path, "--image", "a.img", "--subjects", "0")
    assert "a.img: of another task: data '0000000000000000', here" in said
    own = ("--data", "own.csv", "--label", "what", "--group", "who", "--passes", "0")
    done = call("train", *own, "--image", folder / "run.img", cwd=tmp_path)
    assert "run.img: of another task: task 'watch', here 'own.csv'" in done.stderr
    assert 0 == call("train", *own, "--seeds", "0", "--save-image", "o.img", "--quiet",
                     cwd=tmp_path).returncode  # fmt: skip
    assert 0 == call("train", *own, "--seeds", "0", "--image", "o.img", "--quiet",
                     cwd=tmp_path).returncode  # fmt: skip
    lines[5] = "6,6,p1,1"
    (tmp_path / "own.csv").write_text("\n".join(lines), encoding="utf-8")
    done = call("train", *own, "--seeds", "0", "--image", "o.img", cwd=tmp_path)
    assert 2 == done.returncode
    assert "o.img: of another task: data '" in done.stderr
