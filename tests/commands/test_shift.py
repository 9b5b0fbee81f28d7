"""Calibration and shift from the package: points, choices of reference, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import plain
import pytest
from console import call
from rich.console import Console

from edgeferro.calibrating.job import few_cells
from edgeferro.calibrating.show import map_table
from edgeferro.calibrating.truth import (
    Line,
    map_line,
    map_residual,
    true_points,
    zero_residual,
)
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.controller import Controller
from edgeferro.core.emulator import Core
from edgeferro.core.enums import VERDICTS
from edgeferro.core.structs import POINT_DTYPE, Calibration
from edgeferro.core.symmetry import LayerMap
from edgeferro.errors import ConfigError, StateError
from edgeferro.files.read import shipped_file
from edgeferro.terminal import show_table
from edgeferro.training.lesson import make_lesson
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan
from edgeferro.training.save_file import SaveFile

SPECK = "[[classes]]\nwidth_ns = 200\namplitude_v = {v}\nup = {up}\ndown = {down}\n"
VOLTS = '{ value = 3.0, unit = "V", kind = "assumed", source = "test" }'


def device(tmp_path: Path, up: str, down: str) -> Path:
    """An ideal device file with other responses."""
    text = shipped_file("devices", "ideal-symmetric.toml").read_text()
    head = text.partition("[[classes]]")[0]
    path = tmp_path / "cell.toml"
    path.write_text(head + SPECK.format(v=VOLTS, up=up, down=down))
    return path


def soft(a: float, b: float) -> tuple[str, str]:
    """Soft bounds a (1 - w) up, b (1 + w) down, w in -1..1."""
    return (
        f'{{ kind = "soft-bounds", a = {a} }}',
        f'{{ kind = "soft-bounds", a = {b} }}',
    )


BETA = tuple(
    f'{{ kind = "beta", a = {a}, alpha = {alpha}, beta = {beta} }}'
    for a, alpha, beta in ((0.2611, 1.6429, 1.9873), (0.5969, 2.4585, 1.6885))
)


def find(path: Path, start: float) -> np.ndarray:
    """Let a 6 x 2 array of a device look for its points from one state."""
    knots = np.array(Device.load(path).knots)
    registers = plain.registers(
        [plain.layer(6, 2)],
        knots=knots,
        initial_state=round(start * (2**31 - 1)),
    )
    how = Calibration(
        pulse_class=0,
        reads=1,
        quads=8,
        windows=4,
        tolerance=4,
        probe=4,
        mantissa=129,
        shift=21,
        limit=512,
    )
    chip, points = Core(registers), np.zeros(6, POINT_DTYPE)
    for _ in range(80):
        chip.calibrate_column(0, 0, 1, points, how)
    return points


def level(points: np.ndarray) -> np.ndarray:
    """Mean reading of the windows after the first, as a state."""
    return points["sums"].sum(1) / (4 * 8 * (points["windows"] - 1)) / 255


@pytest.mark.parametrize("start", [-0.9, 0.0, 0.9])
@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        (soft(0.02 * 1.3, 0.02 * 0.7), 0.30),
        (soft(0.02, 0.014), 0.1765),
        (BETA, 2 * 0.3158 - 1),
    ],
    ids=["asymmetry 0.3", "0.02 and 0.014", "beta"],
)
def test_known_points(
    tmp_path: Path, responses: tuple[str, str], expected: float, start: float
) -> None:
    """Published constants: from anywhere, within one step of (a - b) / (a + b).

    The last has twelve states, and its point so near the rail that four pulses all but
    reach it: still a crossing, since they go on below the quads.
    """
    path = device(tmp_path, *responses)
    found = Device.load(path)
    assert expected == pytest.approx(found.symmetry_point(), abs=2e-3)
    points = find(path, start)
    assert ["found"] * 6 == [VERDICTS[v] for v in points["verdict"].tolist()]
    step = found.step_at(expected)[0]
    assert level(points) == pytest.approx(np.full(6, expected), abs=step)


def test_no_crossing_is_refused(tmp_path: Path) -> None:
    """A device whose up step is larger everywhere can't be calibrated to a point."""
    up, down = '{ kind = "constant", a = 0.02 }', '{ kind = "constant", a = 0.01 }'
    path = device(tmp_path, up, down)
    text = f'[chip]\nname = "x"\n[device]\nname = "{path}"\n'
    text += '[array]\nreference = "cell"\nreference_level = "calibrated"\n'
    chip_file = tmp_path / "chip.toml"
    chip_file.write_text(text)
    with pytest.raises(ConfigError, match="no symmetry point; the up step is the larg"):
        make_lesson_of(Chip.load(chip_file))


def make_lesson_of(chip: Chip) -> Any:
    """The watch lesson of subject 0 on a chip."""
    options = plan_options(chip=chip)
    return make_lesson(chip, make_plan(options).task, 0, 0)


def plan_options(**changes: Any) -> TrainOptions:
    """One subject, one seed, one pass of the watch task."""
    values: dict[str, Any] = {
        "task": "watch",
        "chip": "watch-hzo-200ns",
        "settings": {},
        "rule": None,
        "passes": 1,
        "subjects": (0,),
        "seeds": (0,),
        "order": "interleaved",
        "mnist_folder": None,
        **changes,
    }
    if isinstance(values["chip"], Chip):
        values["chip"] = "watch-hzo-200ns"
    return TrainOptions(**values)


def bring_up(name: str = "watch-hzo-200ns", **settings: Any) -> Controller:
    """The watch chip, programmed, with settings like array__reference='cell'."""
    changes = {name.replace("__", "."): value for name, value in settings.items()}
    chip = Chip.load(name).with_(**changes)
    controller = Controller(make_lesson_of(chip).image)
    controller.program()
    return controller


def calibrated(kind: str) -> Controller:
    """A chip calibrated and shifted in one way."""
    return bring_up(array__reference=kind, array__reference_level="calibrated")


STAIRCASE = {"device.name": "hzo-staircase-50mv"}  # of twelve states
MAPPED: list[tuple[str, dict[str, Any], int]] = [
    # pulses that one weight for a whole array took, at slopes of 1.12, 1.13 and 1.13
    ("watch-hzo-200ns", {"device.c2c": 0.1}, 377_584),
    ("watch-hzo-20us", {"device.c2c": 0.1}, 365_296),
    ("ideal-watch-hzo-200ns", STAIRCASE, 371_888),
]


@pytest.mark.parametrize(("name", "settings", "pulses"), MAPPED)
def test_map_is_near_the_truth(
    name: str, settings: dict[str, Any], pulses: int
) -> None:
    """No slope, half a percent of full scale, 97 of 100 within 1/64; no pulse more.

    Cells differ by 10 % in both steps; a change of the chips' reads may move a few
    pulses of the search, which is why one in a hundred is left.
    """
    controller = bring_up(
        name, array__reference="stored", array__reference_level="calibrated", **settings
    )
    residual, line = map_residual(controller), map_line(controller)
    assert 1.0 == pytest.approx(line.slope, abs=0.02)
    assert residual.rms <= 0.005
    assert abs(residual.bias) <= 0.001
    assert residual.within >= 0.97
    assert residual.cells == sum(m.levels.size for m in controller.maps or ())
    assert controller.tally.phase_pulses("calibrate") <= 1.01 * pulses


def test_noise_hides_no_point() -> None:
    """Where pulses scatter twice as much, every cell is found all the same."""
    controller = bring_up(
        array__reference="stored", array__reference_level="calibrated", device__c2c=0.2
    )
    counts = [found.count("found") for found in controller.maps or ()]
    assert [found.levels.size for found in controller.maps or ()] == counts
    assert 1.0 == pytest.approx(map_line(controller).slope, abs=0.02)


@pytest.mark.slow
def test_map_of_a_large_array() -> None:
    """128 x 785 cells: as near the truth as a small array's, and its price is told."""
    eight = {"array.reference_level": "calibrated", "converters.adc_bits": 8}
    chip = Chip.load("mnist-hzo-200ns").with_(**eight)
    task = make_plan(
        TrainOptions(
            "mnist", "mnist-hzo-200ns", {}, None, 1, None, (0,), "interleaved", None
        )
    ).task
    controller = Controller(make_lesson(chip, task, -1, 0).image)
    assert (128, 785) == controller.core.shape(0)
    controller.calibrate()
    residual, line = map_residual(controller), map_line(controller)
    assert 1.0 == pytest.approx(line.slope, abs=0.02)
    assert residual.rms <= 0.005
    assert residual.within >= 0.97
    assert controller.tally.phase_pulses("calibrate") > 128 * 785


def test_each_shift_leaves_its_residual() -> None:
    """Stored codes are nearest, then calibrated cells, the device's level, none."""
    stored, cell, offset = (zero_residual(calibrated(k)).rms for k in SHIFTS)
    device_level = zero_residual(bring_up(array__reference="cell")).rms
    none = zero_residual(bring_up(array__reference="none")).rms
    assert stored < cell < 0.02 < offset <= device_level < none


SHIFTS = ("stored", "cell", "offset")


def test_shift_sets_the_stored_codes() -> None:
    """Stored codes are the map; offsets are means of its columns."""
    controller = calibrated("stored")
    maps = controller.maps or ()
    assert np.array_equal(maps[0].levels, controller.peek("stored", 0))
    controller = calibrated("offset")
    maps = controller.maps or ()
    expected = np.rint(maps[1].levels.mean(axis=0))
    assert np.array_equal(expected, controller.peek("stored", 1).reshape(-1))


def test_weights_are_programmed_again() -> None:
    """After calibration and shift the weights stand where the image wants them."""
    controller = calibrated("cell")
    wanted = controller.image.targets[0].astype(float)
    main, other = (controller.peek("state", 0, p) / 65536 for p in (0, 1))
    step = Device.load("hzo-200ns").step_at(0.1)[0] * 32768
    assert np.quantile(np.abs(main - other - wanted), 0.9) < step


def test_stuck_cells_are_told() -> None:
    """Cells that no pulse moves are stuck in the map, and nowhere else."""
    controller = bring_up(
        array__reference="stored",
        array__reference_level="calibrated",
        reliability__stuck_low=0.02,
        reliability__stuck_high=0.02,
    )
    for layer, found in enumerate(controller.maps or ()):
        stuck = controller.peek("spread", layer)[..., 0] == -128
        assert np.array_equal(stuck, found.verdicts == VERDICTS.index("stuck"))
        assert np.isnan(true_points(controller, layer)[stuck]).all()


def test_calibrate_needs_the_chip_file() -> None:
    """A chip that isn't to be calibrated says which setting is missing."""
    with pytest.raises(StateError, match="reference_level is not 'calibrated'"):
        bring_up(array__reference="cell").calibrate()


def test_resumed_calibrated_run_is_the_same() -> None:
    """A run stopped after calibration goes on to the same signature."""
    plan = make_plan(plan_options(calibrate=True, passes=4))
    whole = run_plan(plan)
    save = SaveFile(None, plan.fingerprint())
    asked = 0

    def stop(_unit: object, _part: float) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(plan, save=save, workers=1, on_progress=stop)
    again = run_plan(plan, save=save)
    assert whole.signature == again.signature
    assert whole.verdicts == again.verdicts


def test_command_shows_the_choices(tmp_path: Path) -> None:
    """`calibrate` writes map, residuals, prices and a picture of all five choices."""
    json_file, plot = tmp_path / "c.json", tmp_path / "c.png"
    files = ["--json", str(json_file), "--plot", str(plot)]
    short = "--subjects 0-1 --seeds 0 --passes 1 --quiet".split()
    done = call("calibrate", *short, *files)
    assert 0 == done.returncode, done.stderr
    assert plot.read_bytes().startswith(b"\x89PNG")
    found = json.loads(json_file.read_text())
    names = [choice["choice"] for choice in found["choices"]]
    assert ["none", "cell, device's level", "cell, calibrated"] == names[:3]
    assert ["stored, calibrated", "offset, calibrated"] == names[3:]
    by = dict(zip(names, found["choices"], strict=True))
    cells = sum(layer["rows"] * layer["columns"] for layer in found["map"]["layers"])
    assert 1223 == cells == by["cell, calibrated"]["extra_cells"]
    assert 2 * cells == by["stored, calibrated"]["memory_bytes"]
    spent = by["stored, calibrated"]["calibration"]
    assert 2 * cells == sum(spent["verdicts"].values())
    assert spent["energy_fj"]["low"] < spent["energy_fj"]["value"]
    assert spent["update_cycles"] > 1
    assert spent["pulses"] > cells
    prices = {n: c["energy_fj"]["per_inference"] for n, c in by.items()}
    assert prices["cell, calibrated"] < prices["offset, calibrated"]
    assert prices["offset, calibrated"] < prices["stored, calibrated"]
    for word in ("worth", "what each reference gives", "within 1/64", "found"):
        assert word in done.stdout
    line, residual = found["map"]["line"], found["map"]["residual"]
    assert 1.0 == pytest.approx(line["slope"], abs=0.02)
    assert line["scatter"] <= residual["rms"] <= 0.005
    assert 0.97 <= residual["within"]
    said = " ".join(done.stdout.split())
    slope, rms = f"slope {line['slope']:.3f}", f"rms {100 * residual['rms']:.2f} %"
    share = f"{100 * residual['within']:.1f} % of 1223 cells within 1/64"
    assert [] == [words for words in (slope, rms, share) if words not in said]


def test_the_line_through_points() -> None:
    """Found points of 0.5 x true + 0.1 and 0.2 off to either side; or all in one."""
    truth = np.array([-0.4, -0.4, 0.4, 0.4])
    found = 0.5 * truth + 0.1 + np.array([0.2, -0.2, 0.2, -0.2])
    line = Line.through(truth, found)
    # a full scale is 2: 0.2 states are 0.1 of it
    expected = pytest.approx([0.5, 0.1, 0.1])
    assert expected == [line.slope, line.offset, line.scatter]
    assert "found = 0.500 x true +0.1000" == line.text()
    flat = Line.through(np.full(3, 0.4), found[:3])
    assert (None, "-") == (flat.slope, flat.slope_text())
    assert None is Line.through(truth[:1], found[:1]).slope


def test_a_map_fits_a_terminal() -> None:
    """80 columns hold the heads and five digits; a map says its cells by verdict."""
    found = np.full((2, 3), VERDICTS.index("found"), np.uint8)
    found[0, 0] = VERDICTS.index("no crossing")
    held = LayerMap(np.zeros((2, 3), np.int16), found, np.ones((2, 3), np.uint16))
    names = "5 found, 0 stuck, 1 no crossing, 0 not settled"
    assert f"LayerMap(2 x 3 cells: {names})" == repr(held)
    row = {"rows": 100, "columns": 999, "mean": -0.123, "deviation": 0.1}
    row |= {"verdicts": dict.fromkeys(VERDICTS[1:], 99_900), "quads_mean": 500.0}
    console = Console(width=80)
    with console.capture() as captured:
        show_table(map_table({"layers": [row]}), console)
    shown = captured.get()
    assert "crossing" in shown
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    assert 5 == shown.count("99900")


def test_few_cells_are_told_of() -> None:
    """An array of few found cells is remarked, one that is large enough is not."""
    layers = [{"verdicts": {"found": count}} for count in (63, 64, 3)]
    first, second = few_cells({"layers": layers})
    assert first.startswith("layer 0: 63 cells found; ")
    assert second.startswith("layer 2: 3 cells found; ")


def test_a_chip_without_points_is_refused() -> None:
    """Not one cell was quiet within the limit: one line and nothing trained."""
    short = "--subjects 0 --seeds 0 --passes 1 --quiet".split()
    dead = ["--set", "calibration.limit=1"]
    done = call("calibrate", *short, *dead)
    assert 2 == done.returncode
    assert "cells has a symmetry point" in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--set array.reference=cell", "--set array.reference: calibrate compares"),
        ("--set calibration.reads=0", "calibration.reads: 0 is not in 1..16"),
        ("--json no/c.json", "--json: folder no is not there"),
    ],
)
def test_command_refuses(arguments: str, said: str) -> None:
    """Bad settings and places: exit code 2, one line."""
    done = call("calibrate", *arguments.split())
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())


def test_train_calibrates(tmp_path: Path) -> None:
    """`train --calibrate` tells verdicts and price beside the accuracy."""
    out = tmp_path / "t.json"
    short = "--subjects 0 --seeds 0 --passes 1 --quiet --calibrate".split()
    done = call("train", *short, "--json", str(out))
    assert 0 == done.returncode, done.stderr
    assert "calibration: 1223 found" in done.stdout
    assert json.loads(out.read_text())["calibration"]["verdicts"]["found"] == 1223


RELIABILITY = {
    "stuck_low=0.01": "stuck cells: ",
    "fatigue=0.05": "fatigue: steps of the most worn cell at ",
    "imprint=0.02": "imprint: steps of the most worn cell +",
    "disturb=0.001": "disturb: ",
    "drift=0.0001": "drift: deviation ",
    "retention_s=100000": "retention: ",
}


def test_each_wear_has_its_line() -> None:
    """What a chip file switches on is in the report of the run, and only that."""
    short = "train --subjects 0 --seeds 0 --passes 1 --quiet".split()
    quiet = call(*short).stdout
    for setting, line in RELIABILITY.items():
        assert line not in quiet
        more = ["--set", f"reliability.{setting}", "--set", "task.rest_s=3600"]
        more += ["--set", "reliability.wear_onset=16"]
        more += ["--set", "array.access=passive-half"]  # 1t1r disturbs none
        done = call(*short, *more)
        assert 0 == done.returncode, done.stderr
        assert line in done.stdout
    onset = call(*short, "--set", "reliability.wear_onset=3")
    assert 2 == onset.returncode
    assert "wear_onset: 3 is not a power of two" in onset.stderr
