"""Sweeps: grids, tables, resuming, dead workers, clusters."""

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from console import call

from edgeferro.errors import ConfigError, DataError, StateError
from edgeferro.files.read import shipped_file
from edgeferro.sweeping.engine import Engine
from edgeferro.sweeping.grid import Axis, make_points
from edgeferro.sweeping.job import SweepRun, run_points, run_sweep
from edgeferro.sweeping.journal import journal_path, open_journal
from edgeferro.sweeping.row import COLUMNS
from edgeferro.sweeping.table_file import read_table
from edgeferro.training.options import TrainOptions

HERE = Path(__file__).parent  # not the checkout, whose package has no extension
RULES = Axis("rule", ("mixed-precision", "sgd-counted@0.01"))
DEVICES = Axis("device.name", ("hzo-20ns", "hzo-20us"))
SHORT = "--subjects 0-1 --passes 1 --seeds 0-1 --quiet".split()


def options(**changes: object) -> TrainOptions:
    """A short run on the watch chip."""
    values: dict[str, object] = {
        "task": "watch",
        "chip": "watch-hzo-200ns",
        "settings": {},
        "rule": None,
        "passes": 1,
        "subjects": (0, 1),
        "seeds": (),
        "order": "interleaved",
        "mnist_folder": None,
    }
    return TrainOptions(**{**values, **changes})  # type: ignore[arg-type]


def run(out: Path, backend: str = "threading", address: str | None = None) -> SweepRun:
    """A quiet sweep into a file."""
    return SweepRun(out, Engine(backend, 2, address), quiet=True)


def command(*arguments: object, where: Path) -> list[str]:
    """The command line of a sweep into sweep.csv."""
    out = ["--out", str(where / "sweep.csv")]
    start = [sys.executable, "-m", "edgeferro", "sweep"]
    return [*start, *map(str, arguments), *out]


def test_grid_order() -> None:
    """The last axis varies fastest, seeds within it; a rule may bring its rate."""
    points = make_points(options(), [DEVICES, RULES], (3, 4))
    assert 8 == len(points)
    assert 8 == len({point.key for point in points})
    first = points[0]
    assert {"device.name": "hzo-20ns", "rule": "mixed-precision"} == first.values
    assert (3,) == first.options.seeds
    assert 0.01 == points[2].options.settings["controller.learning_rate"]
    assert "hzo-20us" == points[4].options.settings["device.name"]


def test_a_row_is_of_the_run_that_train_makes(tmp_path: Path) -> None:
    """The same chips in the same last state, and not those of another point.

    What the columns say of a run is held by numbers in package/test_by_hand.py.
    """
    points = make_points(options(), [RULES], (0,))
    first, second = run_sweep(points, run(tmp_path / "a.csv"))
    from edgeferro.training.options import make_plan
    from edgeferro.training.run import run_plan

    one = run_plan(make_plan(options(seeds=(0,))))
    settings = {"controller.learning_rate": 0.01}
    other = options(seeds=(0,), rule="sgd-counted", settings=settings)
    assert one.signature == first["signature"]
    assert run_plan(make_plan(other)).signature == second["signature"]
    assert first["signature"] != second["signature"]
    rules = (first["rule"], second["rule"])
    assert ("mixed-precision", "sgd-counted@0.01") == rules
    # energy of all updates is that of one times their number
    spent = first["learning_energy_curve_fj"][-1]
    assert spent == pytest.approx(
        first["update_energy_fj"] * first["updates"], rel=1e-9
    )


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_table_reads_back(tmp_path: Path, ending: str) -> None:
    """Numbers come back from either format to the last bit."""
    out = tmp_path / f"a.{ending}"
    axes = [Axis("controller.pulse_limit", (3, 31)), RULES]
    rows = run_sweep(make_points(options(), axes, (0,)), run(out))
    columns = {**COLUMNS, "controller.pulse_limit": int}
    assert rows == read_table(out, columns)
    assert [3, 3, 31, 31] == [row["controller.pulse_limit"] for row in rows]
    assert not journal_path(out).exists()


@pytest.mark.slow
def test_other_backends_agree(tmp_path: Path) -> None:
    """Threads, processes and a Dask cluster of two write the same bytes."""
    distributed = pytest.importorskip("distributed")
    points = make_points(options(), [RULES], (0, 1))
    run_sweep(points, run(tmp_path / "t.csv"))
    run_sweep(points, run(tmp_path / "l.csv", "loky"))
    quiet = {"dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(2, threads_per_worker=1, **quiet) as cluster:
        address = cluster.scheduler_address
        run_sweep(points, run(tmp_path / "d.csv", "dask", address=address))
    expected = (tmp_path / "t.csv").read_bytes()
    assert expected == (tmp_path / "l.csv").read_bytes()
    assert expected == (tmp_path / "d.csv").read_bytes()


def test_edited_prices_are_another_run(tmp_path: Path) -> None:
    """A price file that was changed doesn't mix with rows priced before."""
    text = shipped_file("prices", "cmos-28nm.toml").read_text()
    place = tmp_path / "mine.toml"
    place.write_text(text)
    base = options(settings={"energy.prices": str(place)})
    before = make_points(base, [RULES], (0,))
    place.write_text(text.replace("value = 0.42", "value = 0.43"))
    after = make_points(base, [RULES], (0,))
    assert not {p.key for p in before} & {p.key for p in after}


def test_two_sweeps_at_once(tmp_path: Path) -> None:
    """A second sweep into the same table is refused while the first one works."""
    part = journal_path(tmp_path / "a.csv")
    with (
        open_journal(part),
        pytest.raises(DataError, match="another sweep is at work"),
        open_journal(part),
    ):
        pass


def test_axis_values_read_back_the_same(tmp_path: Path) -> None:
    """A whole number beside a decimal one is written as it will be read."""
    out = tmp_path / "a.csv"
    points = make_points(options(), [Axis("controller.learning_rate", (1, 0.5))], (0,))
    rows = run_sweep(points[:1], run(out))
    assert [1.0] == [row["controller.learning_rate"] for row in rows]


def test_grown_grid_keeps_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is there already is not run again; more seeds add to it."""
    out = tmp_path / "a.csv"
    run_sweep(make_points(options(), [RULES], (0,)), run(out))
    asked: list[str] = []
    real = Engine.run

    def counted(self: Engine, points: list) -> object:  # type: ignore[type-arg]
        asked.extend(point.name for point in points)
        return real(self, points)

    monkeypatch.setattr(Engine, "run", counted)
    rows = run_sweep(make_points(options(), [RULES], (0, 1)), run(out))
    assert [0, 1, 0, 1] == [row["seed"] for row in rows]
    assert ["seed 1", "seed 1"] == [name.rpartition(", ")[2] for name in asked]


def test_foreign_rows_are_refused(tmp_path: Path) -> None:
    """A table of another sweep is left as it is."""
    out = tmp_path / "a.csv"
    run_sweep(make_points(options(), [RULES], (0,)), run(out))
    before = out.read_bytes()
    with pytest.raises(DataError, match="holds 2 runs of another sweep"):
        run_sweep(make_points(options(), [RULES], (5,)), run(out))
    out.with_name("b.csv").write_text("not,a\n1,2\n")
    with pytest.raises(DataError, match=r"b\.csv is there already, and not a table"):
        run_sweep(make_points(options(), [RULES], (5,)), run(tmp_path / "b.csv"))
    assert before == out.read_bytes()


def _wait_for_line(part: Path, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not (part.exists() and part.read_bytes()):
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_sweep_goes_on(tmp_path: Path) -> None:
    """SIGKILL in mid-sweep, then the same command: the same bytes as without."""
    arguments = "--rule mixed-precision,sgd-counted@0.01 --seeds 0-3 --quiet".split()
    arguments += "--passes 2 --subjects 0-3 --workers 1 --backend threading".split()
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    part = journal_path(cut / "sweep.csv")
    process = subprocess.Popen(command(*arguments, where=cut), cwd=HERE)
    _wait_for_line(part, process)
    process.kill()
    process.wait()
    assert not (cut / "sweep.csv").exists()
    kept = part.read_bytes()
    assert 0 < kept.count(b"\n") < 8
    part.write_bytes(kept + b'{"key": "cut sho')
    subprocess.run(
        command(*arguments, where=cut), check=True, capture_output=True, cwd=HERE
    )
    subprocess.run(
        command(*arguments, where=whole), check=True, capture_output=True, cwd=HERE
    )
    assert (whole / "sweep.csv").read_bytes() == (cut / "sweep.csv").read_bytes()
    assert not part.exists()


def _workers(parent: int) -> list[int]:
    """Loky's worker processes below a process."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in task.read_text().split():
            line = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"popen_loky" in line:
                found.append(int(child))
    return found


def _kill_workers(process: subprocess.Popen[bytes], times: int) -> None:
    """Kill a worker again and again, each time a new one."""
    seen: set[int] = set()
    while process.poll() is None and len(seen) < times:
        try:
            new = [pid for pid in _workers(process.pid) if pid not in seen]
            if new:
                seen.add(new[0])
                os.kill(new[0], signal.SIGKILL)
        except OSError:  # it ended between two looks
            pass
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize("times", [1, 50])
def test_dead_workers(tmp_path: Path, times: int) -> None:
    """One dead worker is made good; if they keep dying, what is done is kept."""
    arguments = "--rule mixed-precision,sgd-counted@0.01 --seeds 0-3 --quiet".split()
    arguments += "--workers 2".split()
    process = subprocess.Popen(
        command(*arguments, where=tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=HERE,
    )
    part = journal_path(tmp_path / "sweep.csv")
    _wait_for_line(part, process)
    killer = threading.Thread(target=_kill_workers, args=(process, times))
    killer.start()
    _, said = process.communicate()
    killer.join()
    if times == 1:
        assert 0 == process.returncode, said
        with (tmp_path / "sweep.csv").open() as stream:
            assert 8 == len(list(csv.DictReader(stream)))
        return
    assert 1 == process.returncode
    assert b"a worker died twice" in said
    assert b"run it again" in said
    assert 1 <= part.read_bytes().count(b"\n") < 8


def test_refused_runs_keep_the_others(tmp_path: Path) -> None:
    """A point that the chip refuses at bring-up is named; the others are kept."""
    axis = Axis("network.weight_limit", (1.0, 1e-2))
    base = options(
        task="digits",
        chip="digits-symmetric",
        subjects=None,
        settings={"controller.learning_rate": 99.0},
    )
    out = tmp_path / "a.csv"
    with pytest.raises(StateError, match="1 of 2 runs were refused, the first at net"):
        run_sweep(make_points(base, [axis], (0,)), run(out))
    assert 2 == out.read_bytes().count(b"\n")
    assert not journal_path(out).exists()
    ran = run_points(make_points(base, [axis], (0,)), run(out))
    assert [1.0] == [row["network.weight_limit"] for row in ran.rows]
    assert [0.01] == [p.values["network.weight_limit"] for p, _ in ran.refused]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--grid controler.rule=a,b", "controler.rule: no such setting"),
        ("--grid controller.rule", "--grid: 'controller.rule' is not path=value"),
        ("--device hzo-20ns,hzo-30ns", "hzo-30ns"),
        ("--rule sgd-counted@fast", "is not like sgd-counted or sgd-counted@0.02"),
        ("--rule sgd-counted,sgd-counted", "names no value, or one twice"),
        ("--reference cell,cel", "'cel' is not one of"),
        ("--backend slurm", "'slurm' is not one of loky, threading, dask, ray"),
        ("--backend dask", "--address: where is the dask cluster's scheduler?"),
        ("--address a:1", "--address: has no effect with backend loky"),
        ("--workers 0", "--workers: 0 is not in 1..4096, nor -1"),
        ("--paper", "--paper: is a command of its own now: edgeferro paper"),
    ],
)
def test_refusals(tmp_path: Path, arguments: str, said: str) -> None:
    """Bad axes, values and options: exit code 2, one line, nothing written."""
    done = call("sweep", *SHORT, *arguments.split(), "--out", tmp_path / "sweep.csv")
    assert 2 == done.returncode, done.stderr
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("a.xlsx", r"--out: 'a\.xlsx' does not end in .csv, .parquet"),
        ("no/a.csv", "is not there"),
    ],
)
def test_refused_places(tmp_path: Path, out: str, said: str) -> None:
    """A table's place is checked before any run."""
    with pytest.raises(DataError, match=said):
        run_sweep(make_points(options(), [RULES], (0,)), run(tmp_path / out))


def test_same_run_twice() -> None:
    """Two ways to name one run are refused."""
    axis = Axis("rule", ("mixed-precision", "mixed-precision@0.12"))
    with pytest.raises(DataError, match="are one run"):
        make_points(options(), [axis], (0,))
    with pytest.raises(ConfigError, match="names one twice"):
        make_points(options(), [RULES, RULES], (0,))
