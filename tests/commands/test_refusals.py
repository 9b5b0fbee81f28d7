"""What the command line refuses: one line that names the option, exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from console import call

import edgeferro
from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.core.tally import Tally
from edgeferro.files.read import shipped_file
from edgeferro.firmware.session import Session
from edgeferro.fitting import job as fitting

LINES = {
    "fit": "FILE: missing; see ",
    "info chip": "NAME: missing; see ",
    "train --workers two": "--workers: 'two' is not a whole number",
    "train --workers 1.5": "--workers: '1.5' is not a whole number",
    "budget --draws 1e4": "--draws: '1e4' is not a whole number",
    "fit a.csv --amplitude-v x": "--amplitude-v: 'x' is not a number",
    "train --seeds": "Option '--seeds' requires an argument.",
    "budget --quiet=3": "Option '--quiet' does not take a value.",
    "train --workers 0": "--workers: 0 is not in 1..4096",
    "calibrate --workers -1": "--workers: -1 is not in 1..4096",
    "train --seeds 0-99999999999": "--seeds: '0-99999999999' names more than 1000000",
    "sweep --subjects 0-99999999999": "--subjects: '0-99999999999' names more than",
    "train --chip=": "'': no such file, and not shipped in profiles (",
    "sweep --task=": "task: '' is not one of watch, digits, mnist",
    "train --task=": "task: '' is not one of watch, digits, mnist",
    "train --subject 1": "No such option: --subject",
    "trian": "No such command 'trian'. Did you mean 'train'?",
    "fit nowhere.csv": "nowhere.csv: No such file or directory",
}


@pytest.mark.parametrize("line", LINES)
def test_one_line_names_the_option(line: str, tmp_path: Path) -> None:
    """A wrong or missing argument is told in one line, with its name and its value."""
    done = call(*line.split(), cwd=tmp_path)
    assert 2 == done.returncode
    assert "" == done.stdout
    assert 1 == done.stderr.count("\n")
    assert done.stderr.startswith(f"edgeferro: {LINES[line]}")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["", "info", "firmware"])
def test_no_command_shows_the_help(line: str) -> None:
    """Without a command there is help, and no empty line after it."""
    done = call(*line.split())
    assert 2 == done.returncode
    assert "Usage" in done.stdout + done.stderr
    assert "edgeferro: \n" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_console(encoding: str, tmp_path: Path) -> None:
    """A name that the console can't show is escaped, printed or refused alike."""
    device = shipped_file("devices", "hzo-200ns.toml").read_text(encoding="utf-8")
    place = tmp_path / "gerät Ω.toml"
    place.write_text(device.replace("hzo-200ns", "gerät Ω"), encoding="utf-8")
    shown = "gerät Ω".encode(encoding, "backslashreplace")
    for name, code in ((place.name, 0), ("gerät Ω", 2)):
        done = subprocess.run(
            [sys.executable, "-m", "edgeferro", "info", "device", name],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert code == done.returncode
        if encoding != "ascii":  # which click takes for a mistake, and writes UTF-8
            assert shown in (done.stderr if code else done.stdout)
        assert b"Traceback" not in done.stderr


# Options that name a file: of a picture, of a table, of anything, read again.
PLACES = {
    "train": {"--plot": "p", "--json": "a", "--trace": "a", "--save": "r"},
    "calibrate": {"--plot": "p", "--json": "a"},
    "fit data.csv": {"--plot": "p", "--json": "a", "--out": "a"},
    "sweep": {"--out": "t"},
    "paper": {"--out": "t"},
    "budget --no-html": {"--json": "a", "--csv": "a"},
    "budget": {"--html": "a"},
    "firmware run power_cut": {"--json": "a", "--trace": "a", "--vcd": "a"},
    "info device hzo-200ns": {"--plot": "p"},
}
ENDINGS = {"p": ".png", "t": ".csv", "a": ".x", "r": ".x"}
OPTIONS = [(line, o, kind) for line, its in PLACES.items() for o, kind in its.items()]


def no_work(*_: object, **__: object) -> None:
    """Stand in for the work of a command."""
    message = "work was begun"
    raise AssertionError(message)


@pytest.mark.parametrize(("line", "option", "kind"), OPTIONS)
def test_places_before_work(
    line: str, option: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that can't be is refused by name before any chip, session or fit."""
    monkeypatch.setattr(Controller, "__init__", no_work)
    monkeypatch.setattr(Session, "__init__", no_work)
    monkeypatch.setattr(fitting, "fit_measurement", no_work)
    (tmp_path / "data.csv").write_bytes(b"")
    ending = ENDINGS[kind]
    (tmp_path / f"folder{ending}").mkdir()
    bad = {f"no/a{ending}": "folder no is not there", f"folder{ending}": "is a folder"}
    bad[f"/proc/a{ending}"] = "folder /proc can't be written to"
    if kind in "pt":
        bad["a.xyz"] = "'a.xyz' does not end in ."
    if kind in "rt":
        os.mkfifo(tmp_path / f"pipe{ending}")
        bad[f"pipe{ending}"] = "is no file"
    before = sorted(tmp_path.iterdir())
    for place, words in bad.items():
        done = call(*line.split(), option, place, cwd=tmp_path)
        assert 2 == done.returncode
        assert done.stderr.startswith(f"edgeferro: {option}: ")
        assert words in done.stderr
        assert 1 == done.stderr.count("\n")
        assert "" == done.stdout
    assert before == sorted(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train --json a --trace a", "--trace: a: --json writes it too"),
        ("train --json a --save ./a", "--save: a: --json writes it too"),
        ("calibrate --json a.png --plot a.png", "--plot: a.png: --json writes it too"),
        ("fit data.csv --out data.csv", "--out: data.csv: it is read"),
        ("budget run.json --no-html --json run.json", "--json: run.json: it is read"),
        (
            "budget run.json --prices my.toml --html my.toml",
            "--html: my.toml: it is read",
        ),
        (
            "budget run.json --no-html --set usage.battery=my.toml --csv my.toml",
            "--csv: my.toml: it is read",
        ),
        (
            "budget run.json --no-html --compare energy.prices=my.toml --csv my.toml",
            "--csv: my.toml: it is read",
        ),
        ("train --chip my.toml --json my.toml", "--json: my.toml: it is read"),
        ("calibrate my.toml --json my.toml", "--json: my.toml: it is read"),
        (
            "train --set energy.prices=my.toml --json ./my.toml",
            "--json: my.toml: it is read",
        ),
        ("firmware run power_cut --json a --vcd a", "--vcd: a: --json writes it too"),
        ("fit data.csv --name x", "--name: only with --out"),
        ("fit data.csv --width-ns 20", "--width-ns: only with --out"),
    ],
)
def test_one_file_twice(line: str, said: str, tmp_path: Path) -> None:
    """No output replaces another one or what is read; no option is ignored."""
    for name in ("data.csv", "run.json", "my.toml"):
        (tmp_path / name).write_bytes(b"kept")
    done = call(*line.split(), cwd=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert {b"kept"} == {path.read_bytes() for path in tmp_path.iterdir()}


def test_sweep_keeps_links(tmp_path: Path) -> None:
    """A table goes through its link; finished runs aren't kept behind one."""
    (tmp_path / "sweep.csv.part").symlink_to("elsewhere")
    done = call("sweep", "--rule", "sgd-counted,mixed-precision", cwd=tmp_path)
    assert 2 == done.returncode
    assert "--out: sweep.csv.part is a link" in done.stderr
    assert (tmp_path / "sweep.csv.part").is_symlink()
    (tmp_path / "sweep.csv.part").unlink()
    (tmp_path / "sweep.csv").symlink_to("real.csv")
    short = "--subjects 0 --seeds 0 --passes 1 --quiet --workers 1".split()
    done = call("sweep", "--backend", "threading", *short, cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert (tmp_path / "sweep.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes().startswith(b"key,")
    left = {"sweep.csv", "sweep-points.csv", "real.csv"}
    assert left == {path.name for path in tmp_path.iterdir()}


def test_device_and_pipe_of_commands(tmp_path: Path) -> None:
    """`--json /dev/stdout` stands before what is printed; /dev/null stays a device."""
    command = [sys.executable, "-m", "edgeferro", "train", "--subjects", "0"]
    command += "--seeds 0 --passes 1 --quiet --json /dev/stdout".split()
    command += ["--trace", os.devnull]
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)
    found, end = json.JSONDecoder().raw_decode(done.stdout.decode())
    assert "watch" == found["task"]
    assert "signature" in done.stdout.decode()[end:]
    assert Path(os.devnull).is_char_device()
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train --resume x --passes 7", "--resume: not together with --passes"),
        ("train --resume x --task watch", "--resume: not together with --task"),
        ("budget run.json --task watch", "--task: run.json is a run already"),
        ("budget run.json --seeds 0 --workers 1", "--seeds, --workers: run.json is"),
        ("budget --explain adc --compare x", "--explain: not together with --compare"),
        ("budget --explain adc --html b", "--explain: not together with --html"),
        ("budget --html b --no-html", "--no-html: not together with --html"),
        (
            "budget --prices a --set energy.prices=b",
            "--prices: not together with --set energy.prices",
        ),
        (
            "budget --battery a --set usage.battery=b",
            "--battery: not together with --set usage.battery",
        ),
        ("firmware run power_cut --trials kdd", "--trials: has no effect on power_cut"),
        (
            "firmware run energy_governor --passes 2",
            "--passes: has no effect on energy_governor",
        ),
        ("budget --passes 0", "the run has no update cycle to price"),
        (
            "budget --solve day_mj<=1e999 --vary usage.duty_cycle",
            "--solve: 1e999 is not in 0..1e308",
        ),
        (
            "budget --solve day_mj<=9 --vary usage.battery",
            "--vary: 'usage.battery' is not one of",
        ),
        (
            "budget --solve day_mj<=9 --vary usage.calibrations_per_year",
            "--vary: the run has no calibration to price",
        ),
        ("budget --compare nochip", "nochip: no such file, and not shipped"),
        ("budget --compare no.json", "no.json: No such file"),
        ("budget --compare energy.prices=x", "x: no such file, and not shipped in pri"),
        ("budget --compare usage.battery=x", "x: no such file, and not shipped in bat"),
        ("budget --compare usage.product=x", "x: no such file, and not shipped in pro"),
        ("budget --compare usage.nothing=1", "usage.nothing: no such setting"),
        ("budget --compare array.read_ns=x", "array.read_ns: 'x' is not an integer"),
        (
            "budget --compare usage.calibrations_per_year=5",
            "usage.calibrations_per_year: 5, but the run has no calibration to price",
        ),
        (
            "budget run.json --compare converters.adc_bits=7 "
            "--set usage.updates_per_day=0",
            "--compare converters.adc_bits: needs another run; run.json is one already",
        ),
        (
            "budget --compare run.json --set array.read_v=0.05",
            "--set array.read_v: needs another run; run.json is one already",
        ),
        (
            "budget run.json --compare watch-hzo-20us --seeds 0 --cycled",
            "--cycled: run.json is a run already",
        ),
        (
            "budget --solve temperature_k<=1 --vary usage.duty_cycle",
            "--solve: temperature_k needs an implant",
        ),
    ],
)
def test_no_option_is_ignored(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option that another one leaves without effect is refused, before any work."""
    monkeypatch.setattr(Controller, "__init__", no_work)
    monkeypatch.setattr(Session, "__init__", no_work)
    (tmp_path / "run.json").write_text(json.dumps(run_of_nothing()), encoding="utf-8")
    done = call(*line.split(), cwd=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert 1 == done.stderr.count("\n")
    assert ["run.json"] == [path.name for path in tmp_path.iterdir()]


def run_of_nothing() -> dict[str, Any]:
    """Figures of a run that never did anything."""
    return {
        **dict.fromkeys(("passes", "worn_setup", "worn_learning"), 0),
        "chips": 1,
        "task": "watch",
        "chip": "mine",
        "chip_file": Chip.load("watch-hzo-200ns").to_toml(),
        "signature": "0",
        "sizes": [30, 32, 7],
        "accuracy": {"after": 0.5},
        "tally": Tally.zero().to_words().tolist(),
        "reads": [],
        "remarks": [],
    }


def test_page_before_a_closed_pipe(tmp_path: Path) -> None:
    """`budget ... | head -1` has its page: it is written before anything is printed."""
    command = [sys.executable, "-m", "edgeferro", "budget", "--subjects", "0"]
    command += "--passes 1 --quiet --html b.html".split()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert b"Traceback" not in said
    assert b"</html>" in (tmp_path / "b.html").read_bytes()


def test_strange_prices(tmp_path: Path) -> None:
    """A price of nothing, or of gigajoules a step, is taken with a remark."""
    text = """
        base = "cmos-130nm-mixed"
        name = "mine"
        [events.adc]
        value = 0
        low = 0
        high = 1
        unit = "GJ"
        formula = "per-step"
        node = "-"
        kind = "assumed"
        source = "none"
        """
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    done = call("info", "prices", "--name", "p.toml", cwd=tmp_path)
    assert 0 == done.returncode
    assert "mine: events.adc: 0 GJ is outside 1 aJ..1 uJ" in done.stderr
    assert "note" not in call("info", "prices").stderr


def test_the_version_is_told() -> None:
    """The package's own, in one line, before any command."""
    done = call("--version")
    assert (0, f"edgeferro {edgeferro.__version__}\n") == (done.returncode, done.stdout)
    assert "" == done.stderr
