"""`edgeferro firmware`: figures, traces, programs of one's own, refusals."""

from __future__ import annotations

import bisect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from console import Done, call

from edgeferro.training import lesson


def command(*arguments: str, cwd: Path | None = None) -> Done:
    """Run `edgeferro firmware`."""
    return call("firmware", *arguments, cwd=cwd)


def test_traces(tmp_path: Path) -> None:
    """JSON lines name registers and commands; the VCD changes as the bus does."""
    lines, vcd = tmp_path / "t.jsonl", tmp_path / "t.vcd"
    done = command("run", "power_cut", "--trace", str(lines), "--vcd", str(vcd))
    assert 0 == done.returncode, done.stderr
    events = [json.loads(line) for line in lines.read_text().splitlines()]
    assert sorted(e["cycle"] for e in events) == [e["cycle"] for e in events]
    starts = [e["command"] for e in events if e["kind"] == "start"]
    assert 20 == starts.count("learn")
    assert {"CONTROL", "SAMPLE_PAIR", "COMMAND"} <= {e.get("register") for e in events}
    changes = read_vcd(vcd.read_text())
    began = [value for _, value in changes["opcode"] if value]
    assert len(starts) == len(began)
    assert 3 in began
    assert ["learn"] * 20 == [v for _, v in changes["state"] if v == "learn"]
    strobes = {
        "read": "read",
        "write": "write",
        "adc": "code",
        "nvm_write": "nvm write",
    }
    for strobe, kind in strobes.items():
        wires = {"adc": ("adc_row", "adc_code"), "nvm_write": ("nvm_word", "nvm_data")}
        names = wires.get(strobe, ("address", "data"))
        seen = [
            tuple(value_at(changes[name], at) for name in names)
            for at, _ in changes[strobe]
        ]
        fields = {"adc": ("row", "code"), "nvm_write": ("word", "data")}
        keys = fields.get(strobe, ("address", "data"))
        mask = 0xFFFF if strobe == "adc" else 0xFFFFFFFF
        told = [(e[keys[0]], e[keys[1]] & mask) for e in events if e["kind"] == kind]
        assert told == seen, strobe
        assert told, strobe


def value_at(changes: list[tuple[int, Any]], moment: int) -> Any:
    """What a signal is at a moment."""
    at = bisect.bisect_right(changes, (moment, 1 << 40)) - 1
    return changes[at][1] if at >= 0 else 0


def read_vcd(text: str) -> dict[str, list[tuple[int, Any]]]:
    """Times and values of each signal, from its first change on."""
    names = dict(re.findall(r"\$var \w+ \d+ (\S) (\S+) \$end", text))
    found: dict[str, list[tuple[int, Any]]] = {name: [] for name in names.values()}
    now, last = 0, -1
    for line in text.partition("$dumpvars")[2].partition("$end")[2].splitlines():
        if line.startswith("#"):
            now = int(line[1:])
            assert now > last
            last = now
        elif line.startswith("b"):
            value, mark = line[1:].split()
            found[names[mark]].append((now, int(value, 2)))
        elif line.startswith("s"):
            text_of, mark = line[1:].split()
            found[names[mark]].append((now, text_of))
        elif line and line[0] in "01":
            found[names[line[1]]].append((now, int(line[0])))
    return found


def test_run_writes_its_figures(tmp_path: Path) -> None:
    """Signature, accuracy, pulses and energy, for who compares machines."""
    out = tmp_path / "w.json"
    done = command("run", "watch_personalise", "--passes", "1", "--json", str(out))
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text())
    run = tmp_path / "t.json"
    one = ["--seeds", "0", "--subjects", "0", "--passes", "1", "--json", str(run)]
    trained = call("train", *one, "--quiet")
    unit = json.loads(run.read_text(encoding="utf-8"))["units"][0]
    assert unit["signature"] == found["signature"]
    for told in (done.stdout, trained.stdout):
        line = [at for at in told.splitlines() if "signature of the chip" in at]
        assert unit["signature"] in line[0]
    assert found["accuracy"][-1] == pytest.approx(unit["after"])
    assert found["energy_fj"]["per_inference"] > 0
    assert "ok" == found["status"]


def test_a_saved_chip_in_firmware(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Firmware starts from a run's chip, without pre-training, and ends as it did."""
    run = ["--seeds", "0", "--subjects", "0,4", "--passes", "1", "--quiet"]
    saved = [
        "--save-image",
        str(tmp_path / "a.img"),
        "--json",
        str(tmp_path / "a.json"),
    ]
    assert 0 == call("train", *run, *saved).returncode
    unit = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["units"][1]
    monkeypatch.setattr(lesson, "pretrained", None)
    options = ["--image", str(tmp_path / "a.img"), "--subject", "4"]
    out = tmp_path / "w.json"
    done = call("firmware", "run", "watch_personalise", *options, "--passes", "1",
                "--json", str(out))  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert unit["signature"] == json.loads(out.read_text(encoding="utf-8"))["signature"]
    for name, more, said in (
        ("watch_personalise", ["--seed", "1"], "holds no chip of subject 4, seed 1"),
        ("energy_governor", ["--chip", "watch-hzo-20ns"], "a.img: of another chip: "),
        ("watch_personalise", ["--json", options[1]], "a.img: it is read"),
        ("power_cut", [], "--image: has no effect on power_cut"),
    ):
        done = call("firmware", "run", name, *options, *more)
        assert 2 == done.returncode
        assert said in done.stderr


def test_new_program_builds_and_learns(tmp_path: Path) -> None:
    """`firmware new` and one command: a program of one's own learns."""
    assert 0 == command("new", "mine", "--into", str(tmp_path)).returncode
    assert {"mine.c", "Makefile", "README.md"} == {
        p.name for p in (tmp_path / "mine").iterdir()
    }
    done = command("run", str(tmp_path / "mine"), "--on", "host-image", "--passes", "1")
    assert 0 == done.returncode, done.stderr
    assert "mine on host-image: ok" in done.stdout
    assert 2 == command("new", "mine", "--into", str(tmp_path)).returncode


def test_a_folder_without_a_program_is_refused(tmp_path: Path) -> None:
    """Before anything is compiled, with the folder's name."""
    done = command("run", str(tmp_path))
    assert 2 == done.returncode
    assert f"folder {tmp_path} has no program" in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run watch", "'watch' is not one of watch_personalise"),
        ("run power_cut --on z80", "'z80' is not one of host"),
        ("run power_cut --on rv32 --vcd a.vcd", "--vcd: only with --on host"),
        ("run power_cut --json no/a.json", "--json: folder no is not there"),
        ("run neural_decoder --trials eeg", "'eeg' is not one of scp1, kdd"),
        ("run neural_decoder --how hope", "'hope' is not one of frozen, labels"),
        ("new 2fast", "is not a C name"),
        ("new int", "'int' is taken"),
        ("new power_cut", "'power_cut' is taken"),
        ("run watch_personalise --passes 64", "passes: 64 is not in 0..63"),
        ("run energy_governor --allowance-pj -1", "allowance_pj: -1 is not in 0..4"),
        ("registers no", "folder no is not there"),
        ("run power_cut --passes 3", "--passes: has no effect on power_cut"),
        ("run calibrate_and_shift --passes 0", "--passes: has no effect on calibrate"),
        ("run neural_decoder --subject 3", "--subject: has no effect on neural_de"),
        ("new efd_open", "'efd_open' is taken"),
        ("new uint32_t", "'uint32_t' is taken"),
        ("new bool", "'bool' is taken"),
    ],
)
def test_refusals(arguments: str, said: str) -> None:
    """Exit code 2 and one line."""
    done = command(*arguments.split())
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
