"""Files that a chip names: where they are looked for, what they may say, kept whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from console import Done, call

from edgeferro.files.read import shipped_file
from edgeferro.terminal import has_control, plain

CHIP = """[chip]
name = "mine"
[device]
name = "mine-device.toml"
[energy]
prices = "mine-prices.toml"
[usage]
battery = "mine-battery.toml"
implant = "mine-implant.toml"
"""
FILES = {
    "mine-device.toml": ("devices", "hzo-200ns"),
    "mine-prices.toml": ("prices", "cmos-130nm-mixed"),
    "mine-battery.toml": ("batteries", "cr2032"),
    "mine-implant.toml": ("implants", "subdermal"),
}
SHORT = ("--subjects", "0", "--seeds", "0", "--passes", "1", "--quiet")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a chip file and all that it names."""
    folder = tmp_path / "chips"
    folder.mkdir()
    (folder / "mine.toml").write_text(CHIP, encoding="utf-8")
    for name, (kind, shipped) in FILES.items():
        source = shipped_file(kind, f"{shipped}.toml")
        (folder / name).write_bytes(source.read_bytes())
    return folder


def refused(done: Done, *says: str) -> None:
    """One line, exit code 2."""
    assert 2 == done.returncode, done.stderr
    assert 1 == len(done.stderr.splitlines()), done.stderr
    for text in says:
        assert text in done.stderr


def test_files_lie_beside_the_chip(place: Path) -> None:
    """What a chip names is found beside its file, also from another folder."""
    chip, run = "chips/mine.toml", place.parent / "run.json"
    line = ("train", "--chip", chip, *SHORT, "--json", run)
    done = call(*line, cwd=place.parent)
    assert 0 == done.returncode, done.stderr
    text = json.loads(run.read_text(encoding="utf-8"))["chip_file"]
    for name in FILES:
        assert f'"chips/{name}"' in text
    done = call("budget", run, "--no-html", "--draws", 100, cwd=place.parent)
    assert 0 == done.returncode, done.stderr
    assert "on cr2032" in done.stdout


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("command", ["train", "sweep", "calibrate", "budget"])
def test_a_file_that_is_not_there(place: Path, name: str, command: str) -> None:
    """Each command refuses it before it runs, the battery of a training run too."""
    (place / name).unlink()
    chip = ("--chip",) if command in {"train", "sweep"} else ()
    done = call(command, *chip, place / "mine.toml", *SHORT, cwd=place)
    refused(done, f"{name}: no such file, and not shipped in {FILES[name][0]}")
    assert not (place / "sweep.csv").exists()


@pytest.mark.parametrize("name", [*FILES, "mine.toml"])
@pytest.mark.parametrize(
    "line",
    [
        "train --chip mine.toml --json",
        "calibrate mine.toml --json",
        "budget mine.toml --no-html --json",
        "firmware run watch_personalise --chip mine.toml --json",
    ],
)
def test_no_output_takes_its_place(place: Path, name: str, line: str) -> None:
    """An output in the place of what the chip names is refused; the file stays."""
    before = (place / name).read_bytes()
    done = call(*line.split(), name, cwd=place)
    refused(done, f"--json: {name}: it is read")
    assert before == (place / name).read_bytes()


def test_no_table_of_a_sweep_does(place: Path) -> None:
    """The same for the table of a sweep, whatever its ending."""
    (place / "mine.toml").write_text(CHIP.replace("device.toml", "device.csv"))
    (place / "mine-device.toml").rename(place / "mine-device.csv")
    line = ("sweep", "--chip", "mine.toml", *SHORT, "--out", "mine-device.csv")
    refused(call(*line, cwd=place), "--out: mine-device.csv: it is read")


def test_no_budget_of_a_run_does(place: Path) -> None:
    """A run's figures name the chip's files too."""
    line = ("train", "--chip", "mine.toml", *SHORT, "--json", "run.json")
    assert 0 == call(*line, cwd=place).returncode
    done = call("budget", "run.json", "--no-html", "--json", "mine-battery.toml",
                cwd=place)  # fmt: skip
    refused(done, "--json: mine-battery.toml: it is read")


def test_no_picture_of_a_device_does(place: Path) -> None:
    """A device's picture doesn't take the place of its file."""
    (place / "mine-device.toml").rename(place / "d.png")
    done = call("info", "device", "d.png", "--plot", "d.png", cwd=place)
    refused(done, "--plot: d.png: it is read")


@pytest.mark.parametrize(
    ("setting", "name", "says"),
    [
        ("chip", "mine-device.toml", "is a device file, not a chip file"),
        ("chip", "mine-battery.toml", "is a battery file, not a chip file"),
        ("chip", "mine-prices.toml", "is a price file, not a chip file"),
        ("device.name", "mine.toml", "is a chip file, not a device file"),
        ("device.name", "mine-implant.toml", "is an implant file, not a device file"),
        ("energy.prices", "mine-device.toml", "is a device file, not a price file"),
    ],
)
def test_a_file_of_another_kind(
    place: Path, setting: str, name: str, says: str
) -> None:
    """One line says what a file is, where another kind is wanted."""
    line: tuple[str, ...] = ("train", "--chip", name)
    if setting != "chip":
        line = ("train", "--set", f"{setting}={name}")
    refused(call(*line, cwd=place), f"{name} {says}")


ESCAPE = r"\u001b[31mred"


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("mine.toml", f'[chip]\nname = "{ESCAPE}"', "mine.toml: chip.name: "),
        ("mine.toml", '[chip]\nname = "a\\nb"', "mine.toml: chip.name: "),
        ("mine-device.toml", f'name = "{ESCAPE}"', "mine-device.toml: name: "),
        ("mine-device.toml", f'source = "{ESCAPE}"', "mine-device.toml: source: "),
        ("mine-battery.toml", f'name = "{ESCAPE}"', "mine-battery.toml: name: "),
        ("mine-prices.toml", f'description = "{ESCAPE}"', "mine-prices.toml: descri"),
    ],
)
def test_control_characters_are_refused(
    place: Path, name: str, line: str, says: str
) -> None:
    """No text of a file makes a terminal do anything."""
    path, key = place / name, line.rpartition("\n")[2].partition(" ")[0]
    old = path.read_text(encoding="utf-8").splitlines()
    at = next(i for i, text in enumerate(old) if text.startswith(f"{key} = "))
    new = [*old[:at], line.rpartition("\n")[2], *old[at + 1 :]]
    path.write_text("\n".join(new), encoding="utf-8")
    done = call("budget", "mine.toml", *SHORT, "--no-html", cwd=place)
    refused(done, "holds a control character", says)
    assert not has_control(done.stderr, "\n")


def test_no_refusal_repeats_them(place: Path) -> None:
    """A key with an escape is unknown, and written as what it is."""
    text = f'{CHIP}\n[array]\n"{ESCAPE}" = 1\n'
    (place / "mine.toml").write_text(text, encoding="utf-8")
    done = call("train", "--chip", "mine.toml", cwd=place)
    refused(done, r"array.\x1b[31mred: unknown key")


@pytest.mark.parametrize("name", ["task", "chip", "signature"])
def test_no_figures_of_a_run_hold_them(place: Path, name: str) -> None:
    """Texts of a run's JSON are printed too."""
    run = place / "run.json"
    line = ("train", "--chip", "mine.toml", *SHORT, "--json", run)
    assert 0 == call(*line, cwd=place).returncode
    figures = json.loads(run.read_text(encoding="utf-8"))
    run.write_text(json.dumps({**figures, name: "\x1b[2J"}), encoding="utf-8")
    done = call("budget", run, "--no-html", cwd=place)
    refused(done, f"{name}: holds a control character")


def test_plain() -> None:
    """Escapes for what a terminal obeys; letters, signs and new lines stay."""
    assert "µ ok\n\\x1b[2J\\x07\\x9b" == plain("µ ok\n\x1b[2J\x07\x9b")
    assert has_control("a\tb")
    assert not has_control("a\tb", "\t")
