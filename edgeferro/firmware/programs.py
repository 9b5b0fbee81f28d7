"""Data of each program: from a chip, a task, a person and a seed to a blob."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.core.arguments import whole_number
from edgeferro.core.tally import EVENTS, Tally
from edgeferro.energy.blocks import shapes_from
from edgeferro.energy.price import TIMES
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import ConfigError, DataError
from edgeferro.firmware.blob import target_section
from edgeferro.firmware.decoder import decoder_package
from edgeferro.firmware.package import Package
from edgeferro.firmware.samples import SEED_MAX
from edgeferro.tasks import watch
from edgeferro.tasks.features import fit_normaliser
from edgeferro.training.lesson import make_lesson
from edgeferro.training.plan import Plan, Unit, pass_order
from edgeferro.training.saved import SavedImages

__all__ = ["KEEP", "PROGRAMS", "check_program", "check_task", "make_package"]

PROGRAMS: Final = {
    "watch_personalise": "raw inertial samples, features, learning on labelled windows",
    "neural_decoder": "test-then-train on brain signals, with labels or when confident",
    "calibrate_and_shift": "symmetry points a column at a time, between samples",
    "energy_governor": "learns only while a day's allowance of energy lasts",
    "power_cut": "a journal that survives loss of power at any step, within any word",
    "duty_cycle": "power for a window at a time, accumulators kept or not",
}
# What each program's data can be told, besides chip and seed.
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "watch_personalise": ("passes", "image"),
    "neural_decoder": ("trials", "how", "confidence", "passes"),
    "calibrate_and_shift": (),
    "energy_governor": ("allowance_pj", "image"),
    "power_cut": ("samples",),
    "duty_cycle": ("passes", "keep"),
}
KEEP: Final = {"on": 0, "lost": 1, "retained": 2, "saved": 3}  # programs/duty_cycle.c
_SAMPLES_A_DAY: Final = 20
_SUBJECTS: Final = 10  # of the watch task
_SAMPLES_MAX: Final = 65_536
_TESTS: Final = 64  # that a report holds (common/fw.h)
_FEATURES, _CLASSES = 30, 7  # of the watch task
_CELLS_LAYER, _CELLS = 1024, 2048  # calibrated (common/points.h, bring_up.c)


def _watch(
    chip: Chip,
    subject: int,
    seed: int,
    passes: int,
    *,
    raw: bool,
    image: Path | str | None = None,
) -> Package:
    """The watch task of one person: learn on first halves, test on second ones."""
    task, start = watch.load(), None
    if image is not None:
        saved = SavedImages.read(Path(image), chip, task, [(subject, seed)])
        start = saved.starts[subject, seed]
    lesson = make_lesson(chip, task, subject, seed, start)
    mine = task.groups == subject
    learn = np.flatnonzero(mine & (task.half == 0))
    test = np.flatnonzero(mine & (task.half == 1))
    plan = Plan(chip, task, (seed,), (subject,), passes, "interleaved")
    orders = [pass_order(plan, Unit(subject, seed), lesson, i) for i in range(passes)]
    order = np.concatenate(orders) if orders else np.zeros(0)
    bits = chip.converters.input_bits
    sections: dict[str, Any] = {
        "PARM": np.array([0, watch.WINDOW, 6, passes, bits, 0], np.uint32),
        "TARG": target_section(lesson.image),
        "LABL": task.labels[np.concatenate([learn, test])].astype(np.uint8),
        "TEST": np.arange(len(learn), len(learn) + len(test), dtype=np.uint16),
        "ORDR": order.astype(np.uint16),
    }
    if raw:
        samples, starts = _windows(np.concatenate([learn, test]), task)
        scaling = fit_normaliser(task.features[task.groups != subject], code_bits=bits)
        sections |= {
            "RAW_": samples,
            "WIND": starts,
            "MEAN": scaling.mean.astype(np.int16),
            "MANT": scaling.mantissa.astype(np.uint16),
            "SHFT": scaling.shift.astype(np.uint8),
        }
    else:
        codes = np.concatenate([lesson.learn_codes, lesson.test_codes])
        sections["CODE"] = codes.astype(np.int16)
    return Package("watch_personalise", lesson.image, chip, sections)


def _windows(rows: np.ndarray, task: Any) -> tuple[np.ndarray, np.ndarray]:
    """Raw samples of some windows, cut from the recordings they are of."""
    recordings = watch.recordings()
    wanted = sorted(set(task.recording[rows].tolist()))
    parts, begin, at = [], {}, 0
    for index in wanted:
        first, end = recordings.offsets[index], recordings.offsets[index + 1]
        parts.append(recordings.samples[first:end])
        begin[index] = at
        at += end - first
    local = _local_starts(task)
    starts = [begin[task.recording[row]] + local[row] for row in rows]
    return np.concatenate(parts).astype(np.int16), np.array(starts, np.uint32)


def _local_starts(task: Any) -> np.ndarray:
    """First sample of each window within its recording."""
    number = np.zeros(len(task), np.int64)
    for index in np.unique(task.recording):
        rows = np.flatnonzero(task.recording == index)
        number[rows] = np.arange(len(rows)) * watch.STEP
    return number


def _calibrate(chip: Chip, subject: int, seed: int) -> Package:
    """The same person's chip, written at its level and then calibrated in service."""
    level = chip.with_(**{"array.reference_level": "calibrated"})
    found = _watch(level, subject, seed, 0, raw=False)
    found.name = "calibrate_and_shift"
    return found


def _governor(
    chip: Chip, subject: int, seed: int, allowance_pj: int, image: Path | str | None
) -> Package:
    """The watch, with prices in whole femtojoules and an allowance a day."""
    found = _watch(chip, subject, seed, 2, raw=False, image=image)
    report = EnergyReport.of_chip(Tally.zero(), chip, found.image.sizes)
    each = {event: report.each(event) for event in EVENTS if event not in TIMES}
    each["line_cells"] += report.cells.read_charge()
    each["adc"] += report.each("bias_row")
    each["analog_ns"] = report.each("bias_ns")
    each["rest_s"] = sum(q.value for q in report.asleep(1).values())
    events = [round(each[event] / 10**15) for event in EVENTS]
    terms = report.pulse_terms(0)
    cell = terms.charge + terms.base + terms.step * 32768 + terms.swing * 2**27
    pulse = round(cell / 10**15)
    days = [*found.sections["PARM"].tolist(), _SAMPLES_A_DAY, allowance_pj, pulse]
    found.sections["PARM"] = np.array(days, np.uint32)
    found.sections["PRIC"] = np.array(events, np.uint32)
    found.name = "energy_governor"
    return found


def _power_cut(chip: Chip, subject: int, seed: int, samples: int) -> Package:
    """A few samples of one pass."""
    found = _watch(chip, subject, seed, 1, raw=False)
    found.sections["ORDR"] = found.sections["ORDR"][:samples]
    found.sections["PARM"][5] = chip.controller.transfer_every > 1
    found.name = "power_cut"
    return found


def _duty_cycle(chip: Chip, subject: int, seed: int, passes: int, keep: str) -> Package:
    """The watch, with power for its windows alone."""
    if keep not in KEEP:
        message = f"keep: {keep!r} is not one of {', '.join(KEEP)}"
        raise DataError(message)
    if chip.controller.rule != "mixed-precision" and keep in {"retained", "saved"}:
        message = f"keep: {keep!r} is of accumulators, which {chip.chip.name} hasn't; "
        message += "'on' or 'lost' passes"
        raise DataError(message)
    found = _watch(chip, subject, seed, passes, raw=False)
    found.sections["PARM"][5] = KEEP[keep]
    found.name = "duty_cycle"
    return found


def _passes(chip: Chip, passes: int | None) -> int:
    """Passes over the samples: those asked for, or the chip's."""
    count = chip.task.passes if passes is None else passes
    return whole_number(count, "passes", 0, _TESTS - 1)  # a test each


def check_program(name: str) -> None:
    """Refuse a name that is not in :data:`PROGRAMS`.

    Raises:
        DataError: names those that are.
    """
    if name not in PROGRAMS:
        message = f"firmware: {name!r} is not one of {', '.join(PROGRAMS)}"
        raise DataError(message)


def check_task(chip: Chip) -> None:
    """Refuse what a run of ``edgeferro train`` does to a chip, and no program.

    Raises:
        ConfigError: names the setting, and what passes.
    """
    for setting, does in (("power_off_every", "lose it"), ("rest_s", "rest")):
        value = getattr(chip.task, setting)
        if value:
            message = (
                f"{chip.chip.name}: task.{setting}: {value}, but programs keep their "
                f"power and don't rest; 0 passes (edgeferro train can {does})"
            )
            raise ConfigError(message)


def _check_options(name: str, subject: int, options: dict[str, Any]) -> None:
    """Refuse what a program's data would not listen to."""
    deaf = [option for option in options if option not in _OPTIONS[name]]
    if name == "neural_decoder" and subject:
        deaf.append("subject")
    if deaf:
        message = f"{deaf[0]}: has no effect on {name}"
        raise DataError(message)


def _check_reference(name: str, chip: Chip) -> None:
    """Refuse a reference that a program can't bring up or shift.

    Raises:
        ConfigError: names the setting, and what passes.
    """
    where = f"{chip.chip.name}: array.reference"
    if name == "calibrate_and_shift" and chip.array.reference == "none":
        message = f"{where}: 'none' can't be shifted; cell, stored or offset passes"
        raise ConfigError(message)
    calibrates = chip.calibrates or name == "calibrate_and_shift"
    if not calibrates or name == "neural_decoder":
        return
    sizes = (_FEATURES, *chip.network.hidden, _CLASSES)
    cells = [s.rows * s.columns for s in shapes_from(sizes, bias=chip.network.bias)]
    if max(cells) > _CELLS_LAYER or sum(cells) > _CELLS:
        message = (
            f"{chip.chip.name}: network.hidden: {max(cells)} cells in a layer, "
            f"{sum(cells)} in all; firmware calibrates {_CELLS_LAYER} and {_CELLS}"
        )
        raise ConfigError(message)


def make_package(
    name: str,
    chip: Chip | str | None = None,
    *,
    subject: int = 0,
    seed: int = 0,
    **options: Any,
) -> Package:
    """Put a program's data together.

    Args:
        name: of :data:`PROGRAMS`.
        chip: a chip or its name; None for the watch chip (or the decoder's own).
        subject: of the watch task; neural_decoder has none.
        seed: of pre-training and chip.
        options: ``passes`` (watch_personalise), ``allowance_pj`` (energy_governor),
            ``image``, a file of ``edgeferro train --save-image`` to start from (both),
            ``samples`` (power_cut), ``passes`` and ``keep`` of :data:`KEEP`
            (duty_cycle), ``trials``, ``how``, ``confidence`` and ``passes``
            (neural_decoder).

    Raises:
        DataError: no such program, or an option that it does not listen to.
        SnapshotError: an image file that is none, or of another chip.
        ConfigError: a reference that it does not bring up as the controller does.
    """
    check_program(name)
    _check_options(name, subject, options)
    subject = whole_number(subject, "subject", 0, _SUBJECTS - 1)
    seed = whole_number(seed, "seed", 0, SEED_MAX)
    usual = "decoder-hzo-200ns" if name == "neural_decoder" else "watch-hzo-200ns"
    found = chip if isinstance(chip, Chip) else Chip.load(chip or usual)
    _check_reference(name, found)
    check_task(found)
    if name == "neural_decoder":
        return decoder_package(found, seed, **options)
    if name == "watch_personalise":
        count, image = _passes(found, options.get("passes")), options.get("image")
        return _watch(found, subject, seed, count, raw=True, image=image)
    if name == "duty_cycle":
        count, keep = _passes(found, options.get("passes")), options.get("keep")
        kept = "retained" if found.controller.rule == "mixed-precision" else "lost"
        return _duty_cycle(found, subject, seed, count, keep or kept)
    if name == "calibrate_and_shift":
        return _calibrate(found, subject, seed)
    if name == "energy_governor":
        allowance = options.get("allowance_pj", 150_000)
        allowance = whole_number(allowance, "allowance_pj", 0, (1 << 32) - 1)
        return _governor(found, subject, seed, allowance, options.get("image"))
    samples = whole_number(options.get("samples", 20), "samples", 0, _SAMPLES_MAX)
    return _power_cut(found, subject, seed, samples)
