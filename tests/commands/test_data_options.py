"""Own data on the command line: learned, personalised, resumed, swept, priced."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import Done, call

from edgeferro.errors import StateError
from edgeferro.sweeping.engine import Engine
from edgeferro.sweeping.grid import Axis, make_points
from edgeferro.sweeping.job import SweepRun, run_sweep
from edgeferro.sweeping.row import run_point
from edgeferro.tasks.own import DataFile
from edgeferro.training.options import TrainOptions, make_plan

COLUMNS = "--label gesture --group person --half half".split()
GESTURES, PEOPLE, ROWS = ("rest", "wave", "grip"), ("ann", "bob", "cyd"), 36


def gestures(path: Path) -> Path:
    """Three people make three gestures, each person in a way of their own."""
    draw = np.random.default_rng(2)
    centres = 3.0 * draw.normal(size=(3, 5))
    lines = ["a,b,c,d,e,gesture,person,half"]
    for person in PEOPLE:
        habit = 2.0 * draw.normal(size=5)
        for k in range(ROWS):
            reading = centres[k % 3] + habit + draw.normal(size=5)
            half = "learn" if k < ROWS // 2 else "test"
            numbers = ",".join(f"{1e-3 * number:.6g}" for number in reading)
            lines.append(f"{numbers},{GESTURES[k % 3]},{person},{half}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A table of gestures."""
    return gestures(tmp_path / "gestures.csv")


def train(file: Path, *arguments: str) -> dict[str, Any]:
    """Train on a file in this process and return what --json wrote."""
    out = file.with_name("out.json")
    done = call(
        *("train", "--data", file, *arguments, "--seeds", "0", "--quiet"),
        *("--json", out),
    )
    assert 0 == done.returncode, done.stderr
    content: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return content


def short_run(file: Path, **changes: Any) -> TrainOptions:
    """A short run on the file's first two people."""
    values: dict[str, Any] = {
        "task": "own",
        "chip": "watch-hzo-200ns",
        "settings": {},
        "rule": None,
        "passes": 1,
        "subjects": ("ann", "bob"),
        "seeds": (0,),
        "order": "interleaved",
        "mnist_folder": None,
        "data": DataFile.of(file, "gesture", "person", "half"),
    }
    return TrainOptions(**{**values, **changes})


def test_a_chip_learns_its_person(file: Path) -> None:
    """Pre-trained on the others, a chip that learns its own person gets better."""
    found = train(file, *COLUMNS)
    assert found["accuracy"]["after"] >= 0.9
    assert found["accuracy"]["after"] >= found["accuracy"]["before"] + 0.1
    assert list(PEOPLE) == [part["name"] for part in found["subjects"]]
    assert "gestures.csv" == found["task"]
    data = found["data"]
    assert ("gestures.csv", len(PEOPLE) * ROWS) == (data["file"], data["rows"])
    assert sorted(GESTURES) == data["classes"]
    assert list("abcde") == data["features"]
    digest = DataFile.of(file, "gesture").digest
    assert digest == data["sha256"]


def test_the_report_names_people_and_classes(file: Path) -> None:
    """A table by name, the classes below it, and notes before the run."""
    done = call("train", "--data", file, *COLUMNS, "--passes", 0, "--quiet")
    assert 0 == done.returncode, done.stderr
    assert "note: gestures.csv: 108 rows, 5 features, 3 groups; classes: grip, " in (
        done.stderr
    )
    assert "classes: grip, rest, wave" in done.stdout
    assert "gestures.csv on watch-hzo-200ns" in done.stdout
    for name in PEOPLE:
        assert f"│ {name} " in done.stdout


def test_names_that_look_like_markup(file: Path) -> None:
    """Brackets in names are shown as they are, whatever a terminal makes of them."""
    text = file.read_text("utf-8")
    marked = file.with_name("[red].csv")
    marked.write_text(text.replace("ann", "[b]ann").replace("wave", "[/]"), "utf-8")
    options = ("--set", "chip.name=[/b]", "--passes", 0)  # with a bar, which has it too
    done = call("train", "--data", marked, *COLUMNS, *options)
    assert 0 == done.returncode, done.stderr
    assert "[red].csv on [/b]: " in done.stdout
    assert "│ [b]ann " in done.stdout
    assert "classes: [/], grip, rest" in done.stdout


def test_a_task_without_people(tmp_path: Path) -> None:
    """X and y of an npz file, no groups and no halves: learned from random weights."""
    draw = np.random.default_rng(4)
    y = np.arange(150) % 3
    X = 100.0 * (
        np.eye(3)[y] @ draw.normal(size=(3, 6)) * 2 + draw.normal(size=(150, 6))
    )
    np.savez(tmp_path / "own.npz", X=X, y=y)
    found = train(tmp_path / "own.npz", "--label", "y")
    assert found["accuracy"]["after"] >= 0.85
    assert [-1] == [part["subject"] for part in found["subjects"]]
    assert ["0", "1", "2"] == found["data"]["classes"]
    assert [f"X[{k}]" for k in range(6)] == found["data"]["features"]


def test_people_by_name_or_by_index(file: Path) -> None:
    """--subjects takes both, and a format of the file changes no bit."""
    short = [*COLUMNS, "--passes", "1"]
    named = train(file, *short, "--subjects", "bob, cyd")
    indexed = train(file, *short, "--subjects", "1-2")
    assert named["signature"] == indexed["signature"]
    assert ["bob", "cyd"] == [part["name"] for part in named["subjects"]]
    other = file.with_name("german.csv")
    text = file.read_text("utf-8")
    other.write_text(text.replace(",", ";").replace(".", ","), "utf-8")
    assert named["signature"] == train(other, *short, "--subjects", "1,2")["signature"]


def test_resume(file: Path) -> None:
    """A run that goes on ends as one in one go, and never with another file."""
    saved = file.with_name("run.save")
    short = [*COLUMNS, "--passes", "1"]
    whole = train(file, *short, "--save", str(saved))
    content = json.loads(saved.read_text("utf-8"))
    del content["done"]["subject 1, seed 0"]
    saved.write_text(json.dumps(content), "utf-8")
    out = file.with_name("resumed.json")
    again = ("train", "--resume", saved, "--quiet", "--json", out)
    text = file.read_text("utf-8")

    file.write_text(text.replace("learn", "test", 1), "utf-8")
    done = call(*again)
    assert 2 == done.returncode
    assert "gestures.csv: has changed: sha256 " in done.stderr
    file.unlink()
    done = call(*again)
    assert 2 == done.returncode
    assert "gestures.csv: no such file" in done.stderr
    assert not out.exists()

    file.write_text(text, "utf-8")
    done = call(*again, cwd=file.parent.parent)
    assert 0 == done.returncode, done.stderr
    resumed = json.loads(out.read_text("utf-8"))
    for key in ("signature", "accuracy", "data", "energy_fj"):
        assert whole[key] == resumed[key]


def test_fingerprints_know_the_file(file: Path) -> None:
    """Other bytes or other columns are another run; another folder is not."""
    first = make_plan(short_run(file)).fingerprint()
    moved = file.parent / "elsewhere"
    moved.mkdir()
    copy = gestures(moved / file.name)
    assert first == make_plan(short_run(copy)).fingerprint()
    no_half = DataFile.of(copy, "gesture", "person")
    with copy.open("a", encoding="utf-8") as stream:
        stream.write("1,1,1,1,1,grip,ann,learn\n")
    other = make_plan(short_run(copy)).fingerprint()
    assert first != other
    copy.write_text(file.read_text("utf-8").replace("learn", "0").replace("test", "1"))
    numbered = DataFile.of(copy, "gesture", "person")
    assert no_half != numbered
    assert first != make_plan(short_run(copy, data=numbered)).fingerprint()


def test_a_sweep_over_own_data(file: Path) -> None:
    """Its row is the run's, and goes on from what is there."""
    table = file.with_name("sweep.csv")
    short = [*COLUMNS, "--subjects", "ann", "--passes", "1"]
    line = ("sweep", "--data", file, *short, "--seeds", 0, "--device", "hzo-20us")
    line = (*line, "--backend", "threading", "--out", table, "--quiet")
    done = call(*line)
    assert 0 == done.returncode, done.stderr
    header, row = (text.split(",") for text in table.read_text("utf-8").splitlines())
    found = train(file, *short, "--set", "device.name=hzo-20us")
    assert found["signature"] == row[header.index("signature")]
    assert "gestures.csv" == row[header.index("task")]
    before = table.read_bytes()
    assert 0 == call(*line).returncode
    assert before == table.read_bytes()
    with file.open("a", encoding="utf-8") as stream:
        stream.write("1,1,1,1,1,grip,ann,learn\n")
    done = call(*line)
    assert 2 == done.returncode
    assert "holds 1 runs of another sweep" in done.stderr


def test_workers_read_the_file_that_was_meant(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker in another folder finds the file; one that changed is refused."""
    points = make_points(short_run(file), [Axis("rule", ("mixed-precision",))], (0,))
    far = tmp_path / "far"
    far.mkdir()
    monkeypatch.chdir(far)
    key, row = run_point(pickle.loads(pickle.dumps(points[0])))
    assert points[0].key == key
    assert isinstance(row, dict)
    late = make_points(short_run(file), [Axis("rule", ("sgd-counted",))], (0,))
    with file.open("a", encoding="utf-8") as stream:
        stream.write("1,1,1,1,1,grip,ann,learn\n")
    run = SweepRun(far / "out.csv", Engine("threading", 1), quiet=True)
    with pytest.raises(StateError, match=r"refused.*gestures\.csv: has changed"):
        run_sweep(late, run)


def test_calibrate_with_own_data(file: Path) -> None:
    """The residuals' report carries the file in each of its runs."""
    out = file.with_name("map.json")
    short = ("--subjects", "bob", "--passes", 1, "--seeds", 0, "--quiet")
    done = call("calibrate", "--data", file, *COLUMNS, *short, "--json", out)
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text("utf-8"))
    assert {"gestures.csv"} == {run["data"]["file"] for run in found["choices"]}


def test_budget_of_own_data(file: Path) -> None:
    """A budget of the file is that of its run's JSON; both at once are refused."""
    short = (*COLUMNS, "--subjects", "bob", "--passes", "1")
    train(file, *short)
    run, out = file.with_name("out.json"), file.with_name("budget.json")
    tail = ("--json", out, "--no-html", "--quiet", "--draws", 100)
    done = call("budget", "--data", file, *short, *tail)
    assert 0 == done.returncode, done.stderr
    direct = json.loads(out.read_text("utf-8"))
    assert "gestures.csv" == direct["task"]
    assert DataFile.of(file, "gesture").digest == direct["data_sha256"]
    done = call("budget", run, *tail)
    assert 0 == done.returncode, done.stderr
    read = json.loads(out.read_text("utf-8"))
    assert {**direct, "command": ""} == {**read, "command": ""}
    done = call("budget", run, "--data", file, *COLUMNS, *tail)
    assert 2 == done.returncode
    assert "is a run already" in done.stderr
    content = json.loads(run.read_text("utf-8"))
    content["data"]["sha256"] = "<b>"
    run.write_text(json.dumps(content), "utf-8")
    done = call("budget", run, *tail)
    assert 2 == done.returncode
    assert "data.sha256: '<b>' is not 64 hex digits" in done.stderr


def refusal(*arguments: object) -> Done:
    """Call a command that has to refuse."""
    done = call(*arguments)
    assert 2 == done.returncode, done.stdout
    assert 1 == len(done.stderr.splitlines()), done.stderr
    return done


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--label: which column of gestures.csv has the classes?"),
        (["--label", "gestur"], "no column 'gestur' (--label); did you mean gesture?"),
        (["--label", "gesture"], "column 'person', line 2: 'ann' is not a finite num"),
        (["--label", "gesture", "--half", "gesture"], "both name column 'gesture'"),
        ([*COLUMNS, "--task", "watch"], "--task: not together with --data"),
        ([*COLUMNS, "--mnist", "."], "--mnist: not together with --data"),
        ([*COLUMNS, "--subjects", "anne"], "'anne' is no group (ann), nor in 0..2"),
        ([*COLUMNS, "--subjects", "3"], "'3' is no group (ann, bob, cyd), nor in"),
        ([*COLUMNS, "--subjects", ""], "'' is no group"),
        ([*COLUMNS, "--chip", "mnist-symmetric"], "converters.input_signed: false"),
    ],
)
def test_refusals(file: Path, arguments: list[str], words: str) -> None:
    """One line, before anything is trained."""
    assert words in refusal("train", "--data", file, *arguments).stderr


@pytest.mark.parametrize("command", ["train", "calibrate", "sweep", "budget"])
def test_columns_want_a_file(command: str, tmp_path: Path) -> None:
    """Every command refuses a column without --data, and a file that is not there."""
    done = refusal(command, "--group", "person")
    assert "--group: has an effect with --data only" in done.stderr
    done = refusal(command, "--data", tmp_path / "none.csv", "--label", "y")
    assert "none.csv: no such file" in done.stderr


def test_groups_of_one_and_wide_files(file: Path, tmp_path: Path) -> None:
    """A person with a single row has no test; 4096 features leave no bias column."""
    line = ("train", "--data", file, "--label", "gesture", "--group", "person")
    with file.open("a", encoding="utf-8") as stream:
        stream.write("1,1,1,1,1,grip,dan,learn\n")
    done = refusal(*line, "--half", "half")
    assert "subject dan: 1 rows, but none to test on" in done.stderr
    done = call(*line, "--half", "half", "--subjects", "ann", "--passes", 0, "--quiet")
    assert 0 == done.returncode, done.stderr
    wide = tmp_path / "wide.npz"
    np.savez(wide, X=np.arange(6 * 4096.0).reshape(6, -1), y=[0, 1] * 3)
    done = refusal("train", "--data", wide, "--label", "y")
    assert "wide.npz: 4096 features; 1..4095 fit" in done.stderr


@pytest.mark.parametrize("command", ["train", "calibrate", "budget"])
def test_the_data_is_never_written_over(command: str, file: Path) -> None:
    """An output in the data's place is refused, under any of its names."""
    before = file.read_bytes()
    link = file.with_name("link.json")
    link.symlink_to(file)
    for place in (file, link):
        done = refusal(command, "--data", file, *COLUMNS, "--json", place)
        assert f"--json: {place}: it is read" in done.stderr
    done = refusal("sweep", "--data", file, *COLUMNS, "--out", file)
    assert f"--out: {file}: it is read" in done.stderr
    assert before == file.read_bytes()
