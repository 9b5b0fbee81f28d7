"""A command reads each file once: it sees one version of it, from first to last."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from console import call

from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.controller import Controller
from edgeferro.files.read import shipped_file

SHORT = "--subjects 0,1 --seeds 0 --passes 1 --quiet".split()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often each TOML file is opened."""
    counts: Counter[str] = Counter()
    true_open = io.open

    def counting(file: object, *rest: object, **named: object) -> object:
        if str(file).endswith(".toml"):
            counts[Path(str(file)).name] += 1
        return true_open(file, *rest, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(io, "open", counting)
    return counts


def test_train(opened: Counter[str], tmp_path: Path) -> None:
    """Two units, figures and a changed setting: profile, device, prices, once each."""
    more = ["--json", tmp_path / "a.json", "--set", "array.read_noise=0.01"]
    done = call("train", *SHORT, *more)
    assert 0 == done.returncode, done.stderr
    files = ("watch-hzo-200ns.toml", "hzo-200ns.toml", "cmos-130nm-mixed.toml")
    assert dict.fromkeys(files, 1) == opened


def test_budget(opened: Counter[str], tmp_path: Path) -> None:
    """A battery and an implant are read once too, however often they are asked for."""
    more = "--battery cr2032 --implant subdermal --html b.html"
    solve = "--solve battery_days>=9 --vary usage.updates_per_day --draws 100"
    done = call("budget", *SHORT, *more.split(), *solve.split(), cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    for name in ("hzo-200ns", "cmos-130nm-mixed", "cr2032", "subdermal"):
        assert 1 == opened[f"{name}.toml"], name


def test_a_chip_keeps_what_it_read(tmp_path: Path) -> None:
    """A device file that changes later is that of chips loaded later, not before."""
    place = tmp_path / "mine.toml"
    text = shipped_file("devices", "hzo-200ns.toml").read_text(encoding="utf-8")
    place.write_text(text, encoding="utf-8")
    chip = Chip.load("watch-hzo-200ns").with_(**{"device.name": str(place)})
    before = chip.load_device().g_max_ns.value
    assert text.count(f"value = {before}") == 1
    place.write_text(text.replace(f"value = {before}", "value = 2.0"), encoding="utf-8")
    assert before == chip.load_device().g_max_ns.value
    assert before == chip.with_(**{"array.read_v": 0.2}).load_device().g_max_ns.value
    later = Chip.load("watch-hzo-200ns").with_(**{"device.name": str(place)})
    assert 2.0 == later.load_device().g_max_ns.value
    assert chip == later
    assert 2.0 == Device.load(str(place)).g_max_ns.value


@pytest.mark.parametrize(
    ("setting", "folder", "shipped", "said"),
    [
        ("energy.prices", "prices", "cmos-130nm-mixed", "description"),
        ("usage.battery", "batteries", "cr2032", "capacity_mah"),
        ("usage.implant", "implants", "subdermal", "area_mm2"),
    ],
)
def test_faulty_before_work(
    setting: str,
    folder: str,
    shipped: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A price, battery or implant file with a fault is refused before any chip."""
    monkeypatch.setattr(Controller, "__init__", None)
    text = shipped_file(folder, f"{shipped}.toml").read_text(encoding="utf-8")
    (tmp_path / "bad.toml").write_text(text.replace(said, "x"), encoding="utf-8")
    for line in ("train", "budget --no-html"):
        if line == "train" and folder != "prices":
            continue  # which asks for no battery
        command = [*line.split(), *SHORT, "--set", f"{setting}=bad.toml"]
        done = call(*command, cwd=tmp_path)
        assert 2 == done.returncode
        assert "edgeferro: bad.toml: " in done.stderr
        assert 1 == done.stderr.count("\n")
