"""`edgeferro reproduce`: the same where it is, and the first step where it isn't."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console import Done, call

from edgeferro import files
from edgeferro.reproducing import job
from edgeferro.training import lesson

RUN = ("--subjects", "0,3", "--seeds", "0", "--passes", "2", "--quiet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run's figures and its chips."""
    place = tmp_path_factory.mktemp("run")
    call("train", *RUN, "--json", "run.json", "--save-image", "run.img", cwd=place)
    return place


def again(folder: Path, *arguments: str, file: str = "run.json") -> Done:
    """Run it again."""
    return call("reproduce", file, "--quiet", *arguments, cwd=folder)


def figures(folder: Path, file: str = "run.json") -> Any:
    """What a JSON says."""
    return json.loads((folder / file).read_text(encoding="utf-8"))


def write(folder: Path, content: Any) -> str:
    """Write another JSON; returns its name."""
    (folder / "other.json").write_text(json.dumps(content), encoding="utf-8")
    return "other.json"


@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_the_same(workers: str, folder: Path) -> None:
    """A run comes to the same with any number of threads, and exit code 0 says so."""
    done = again(folder, "--workers", workers, "--json", "found.json")
    assert 0 == done.returncode
    assert "2 chips the same: data, image, every pass, end" in done.stdout
    assert "" == done.stderr
    found = figures(folder, "found.json")
    assert found["same"] is True
    assert [None, None] == [unit["left_at"] for unit in found["runs"][0]["units"]]


def test_another_process(folder: Path) -> None:
    """A process of its own, with one thread in BLAS, comes to the same."""
    command = [sys.executable, "-P", "-m", "edgeferro", "reproduce", "run.json"]
    env = {"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, check=False
    )
    assert 0 == done.returncode, done.stderr


STEPS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "data": lambda u: u["trail"].update(data="0" * 16),
    "pre-training": lambda u: u["trail"].update(weights="0" * 16, image="0" * 16),
    "image": lambda u: u["trail"].update(image="0" * 16),
    "before learning": lambda u: u["trail"].update(programmed="0" * 16),
    "pass 1": lambda u: u["trail"].update(passes=["0" * 16, "1" * 16]),
    "pass 2": lambda u: u["trail"]["passes"].__setitem__(1, "0" * 16),
    "end": lambda u: u.update(signature="0" * 16),
    "figures": lambda u: u.update(after=0.123),
}


@pytest.mark.parametrize("step", STEPS)
def test_where_it_left(step: str, folder: Path) -> None:
    """The first step that came to something else is named with its unit; code 1."""
    content = figures(folder)
    STEPS[step](content["units"][1])
    done = again(folder, "--json", "found.json", file=write(folder, content))
    assert 1 == done.returncode
    assert f"subject 3, seed 0: left at {step} (" in done.stdout
    last = f"1 of 2 chips left, the first (subject 3, seed 0) at {step}"
    assert last in done.stdout.splitlines()[-1]
    found = figures(folder, "found.json")
    assert found["same"] is False
    assert [None, step] == [unit["left_at"] for unit in found["runs"][0]["units"]]


def test_figures_of_the_run(folder: Path) -> None:
    """Chips that are the same, whose sum is not what was written: named, code 1."""
    content = figures(folder)
    content["energy_fj"]["per_update"] *= 2
    done = again(folder, file=write(folder, content))
    assert 1 == done.returncode
    assert "figures: energy_fj.per_update " in done.stdout
    assert "2 chips the same, but their figures are not" in done.stdout


def test_weights_that_round_otherwise(folder: Path) -> None:
    """Other floats that give the same codes are remarked; the run is the same."""
    content = figures(folder)
    content["units"][0]["trail"]["weights"] = "0" * 16
    done = again(folder, file=write(folder, content))
    assert 0 == done.returncode
    assert (
        "note: float weights of 1 chips round otherwise, to equal codes" in done.stderr
    )


def test_from_saved_chips(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pre-training comes to something else, the saved chips take its place."""
    real = lesson.pretrained

    def rounded(*args: Any, **settings: Any) -> Any:
        return tuple(weights * (1 + 1e-3) for weights in real(*args, **settings))

    monkeypatch.setattr(lesson, "pretrained", rounded)
    done = again(folder)
    assert 1 == done.returncode
    assert "subject 0, seed 0: left at pre-training (" in done.stdout
    assert 0 == again(folder, "--image", "run.img").returncode


def test_a_run_that_started_from_chips(folder: Path) -> None:
    """Such a run starts from them again; where they are gone it says which option."""
    shutil.copy(folder / "run.img", folder / "moved.img")
    call("train", *RUN, "--json", "i.json", "--image", "moved.img", cwd=folder)
    assert 0 == again(folder, file="i.json").returncode
    (folder / "moved.img").unlink()
    done = again(folder, file="i.json")
    assert 2 == done.returncode
    assert "say where with --image" in done.stderr
    assert 0 == again(folder, "--image", "run.img", file="i.json").returncode


def test_both_chips_of_a_comparison(folder: Path) -> None:
    """Both runs of a comparison are run, and what left is said of each."""
    options = (*RUN, "--compare", "converters.adc_bits=7", "--json", "c.json")
    call("train", *options, cwd=folder)
    assert 0 == again(folder, file="c.json").returncode
    content = figures(folder, "c.json")
    content["compare"]["units"][0]["trail"]["programmed"] = "0" * 16
    done = again(folder, file=write(folder, content))
    assert 1 == done.returncode
    first, _, second = done.stdout.splitlines()
    assert "2 chips the same" in first
    assert "other.json (compare), " in second
    assert "1 of 2 chips left, the first (subject 0, seed 0) at before" in second


@pytest.mark.slow
def test_a_calibration(tmp_path: Path) -> None:
    """Each way to shift of a calibration is run again."""
    call("calibrate", "--subjects", "0", "--seeds", "0", "--passes", "1", "--json",
         "c.json", "--quiet", cwd=tmp_path)  # fmt: skip
    done = again(tmp_path, file="c.json")
    assert 0 == done.returncode, done.stdout
    assert 5 == done.stdout.count("1 chip the same")


def test_files_that_moved_or_changed(tmp_path: Path) -> None:
    """The run's own chip is used; that its file says something else now is noted."""
    chip, device = tmp_path / "chip.toml", tmp_path / "cell.toml"
    device.write_text(files.load("hzo-200ns", "devices")[0], encoding="utf-8")
    text = files.load("watch-hzo-200ns", "profiles")[0]
    chip.write_text(text.replace('"hzo-200ns"', '"cell.toml"'), encoding="utf-8")
    assert '"cell.toml"' in chip.read_text(encoding="utf-8")
    options = ("--subjects", "0", "--seeds", "0", "--passes", "1", "--quiet")
    call("train", "--chip", "chip.toml", *options, "--json", "run.json", cwd=tmp_path)
    assert "" == again(tmp_path).stderr
    old, new = "c2c = { value = 0.1,", "c2c = { value = 0.2,"
    edited = device.read_text(encoding="utf-8").replace(old, new)
    device.write_text(edited, encoding="utf-8")
    done = again(tmp_path)
    assert 0 == done.returncode
    line = (
        "note: chip chip.toml is another now: device.name: spread.c2c.value 0.1, here"
    )
    assert line in done.stderr
    device.unlink()
    done = again(tmp_path)
    assert 0 == done.returncode
    assert "note: chip chip.toml can't be had now: " in done.stderr
    chip.unlink()
    assert 0 == again(tmp_path).returncode


def test_own_data(tmp_path: Path) -> None:
    """Own data are found where they lay or where --data says; others are 'data'."""
    lines = ["a,b,who,what"]
    lines += [f"{i % 7},{i % 5},p{i % 3},{i % 2}" for i in range(60)]
    (tmp_path / "own.csv").write_text("\n".join(lines), encoding="utf-8")
    own = ("--data", "own.csv", "--label", "what", "--group", "who", "--subjects", "p1")
    more = ("--passes", "1", "--seeds", "1", "--quiet", "--json", "run.json")
    call("train", *own, *more, cwd=tmp_path)
    assert 0 == again(tmp_path).returncode
    (tmp_path / "own.csv").rename(tmp_path / "moved.csv")
    done = again(tmp_path)
    assert 2 == done.returncode
    assert "say where with --data" in done.stderr
    assert 0 == again(tmp_path, "--data", "moved.csv").returncode
    lines[5] = "6,6,p1,1"
    (tmp_path / "own.csv").write_text("\n".join(lines), encoding="utf-8")
    done = again(tmp_path)
    assert 1 == done.returncode
    assert "subject p1, seed 1: left at data (" in done.stdout


def test_versions_are_said(folder: Path) -> None:
    """Another edgeferro, NumPy or contract is said, and the run is run."""
    content = figures(folder)
    content["record"]["contract"] = 2
    content["record"]["environment"] |= {"edgeferro": "0.0.9", "numpy": "1.0"}
    done = again(folder, file=write(folder, content))
    assert 0 == done.returncode
    assert "note: made by contract 2; this is " in done.stderr
    assert "note: made with edgeferro 0.0.9, here " in done.stderr
    assert "; numpy 1.0, here " in done.stderr


def without(*path: str) -> Callable[[Any], None]:
    """Take something out of a JSON."""

    def change(content: Any) -> None:
        for part in path[:-1]:
            content = content[part]
        del content[path[-1]]

    return change


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no record": (without("record"), "other.json: doesn't say how it was run"),
    "a later record": (
        lambda c: c["record"].update(version=2),
        "other.json: record of version 2; this is 1",
    ),
    "no options": (without("record", "options"), "record.options are missing"),
    "an option too few": (without("record", "options", "rule"), "options are missing"),
    "another option": (
        lambda c: c["record"]["options"].update(x=1),
        "record.options are missing, or of another edgeferro",
    ),
    "an option's type": (
        lambda c: c["record"]["options"].update(task=7),
        "record.options.task: 7 is no such option",
    ),
    "passes": (lambda c: c["record"].update(passes=1.5), "record.passes: 1.5 is not a"),
    "too many passes": (
        lambda c: c["record"].update(passes=10**6),
        "passes: 1000000 is not in 0..10000",
    ),
    "order": (lambda c: c["record"].update(order=1), "order: '1' is not one of"),
    "seeds": (lambda c: c["record"].update(seeds=[0, 0]), "record.seeds: [0, 0] is no"),
    "other seeds": (
        lambda c: c["record"].update(seeds=[4]),
        "units are others than subjects and seeds say",
    ),
    "no such subject": (
        lambda c: c["record"].update(subjects=[77]),
        "subjects: 77 is not in 0..9",
    ),
    "no chip": (without("record", "chip"), "record.chip: is no chip with the content"),
    "an impossible chip": (
        lambda c: c["record"]["chip"]["settings"]["array"].update(read_v=-1.0),
        "record.chip: array.read_v: -1.0 is not",
    ),
    "no units": (without("units"), "units are missing or damaged"),
    "no trail": (lambda c: c["units"][0].pop("trail"), "units are missing or damaged"),
    "a damaged trail": (
        lambda c: c["units"][0]["trail"].update(data=1),
        "units are missing or damaged (trail.data: 1 is not a digest)",
    ),
    "no list": (lambda c: c.update(units=7), "units are missing or damaged"),
    "a comparison of nothing": (
        lambda c: c.update(compare=[]),
        "other.json, compare: doesn't say how it was run",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JSON that can't be run is refused in one line, before anything is run."""
    monkeypatch.setattr(job, "run_plan", None)
    change, said = REFUSED[what]
    content = copy.deepcopy(figures(folder))
    change(content)
    done = again(folder, "--json", "none.json", file=write(folder, content))
    assert 2 == done.returncode, done.stdout
    assert said in done.stderr
    assert 1 == done.stderr.count("\n")
    assert not (folder / "none.json").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "other.json: No such file or directory"),
        ("", "other.json: is no JSON of a run"),
        ("[" * 100_000, "other.json: is no JSON of a run"),
        ("[]", "other.json: doesn't say how it was run"),
        ('{"choices": [7]}', "other.json, choices: doesn't say how it was run"),
        ('{"choices": []}', "other.json: holds no run"),
    ],
    ids=["missing", "empty", "deep", "a list", "no choice", "no choices"],
)
def test_no_run_at_all(text: str | None, said: str, tmp_path: Path) -> None:
    """What is no JSON of a run is refused in one line."""
    if text is not None:
        (tmp_path / "other.json").write_text(text, encoding="utf-8")
    done = again(tmp_path, file="other.json")
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--data x.csv", "--data: has no effect, the task is watch"),
        ("--mnist x", "--mnist: has no effect, the task is watch"),
        ("--workers 0", "--workers: 0 is not in 1..4096"),
        ("--json run.json", "--json: run.json: it is read"),
        ("--image run.json", "--image: run.json: is no image file, or cut short"),
    ],
)
def test_options_refused(arguments: str, said: str, folder: Path) -> None:
    """What would be ignored, or would overwrite the run, is refused."""
    done = again(folder, *arguments.split())
    assert 2 == done.returncode
    assert said in done.stderr
