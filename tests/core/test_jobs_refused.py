"""Jobs that may not begin, and jobs out of a file that no chip could have left."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib
from random_chips import random_registers
from stepped import Job, codes

from edgeferro.core.emulator import Core

NULL: Final = ffi.NULL
INDEX, RANGE = lib.EF_ERROR_INDEX, lib.EF_ERROR_RANGE
HOW: Final = {"reads": 1, "quads": 2, "windows": 1, "tolerance": 4, "probe": 3,
              "mantissa": 1, "limit": 9}  # fmt: skip


def registers(**changes: Any) -> SimpleNamespace:
    """Three layers, one a rule, squared errors, converters that can be trimmed."""
    table = np.clip(np.arange(-256, 256), -255, 255).astype(np.int16)
    layers = [
        plain.layer(3, 4, bias=1, rule=rule + 1, activation=table, slope=abs(table))
        for rule in range(3)
    ]
    for layer in layers[1:]:
        layer.inputs = 3
    fields = {"error_kind": 1, "adc_gain": 9, "trim_gain": 64, "trim_offset": 64}
    return plain.registers(layers, **{**fields, **changes})


def how(**changes: int) -> Any:
    """Settings of a calibration."""
    return ffi.new("struct ef_calibration *", {**HOW, **changes})


def points(**changes: Any) -> Any:
    """Records of three rows, the last one changed."""
    return ffi.new("struct ef_point[3]", [{}, {}, changes])


FOUR, THREE, FIVE = codes([1] * 4), codes([1] * 3), codes([1] * 5)
BEGINS: Final = [
    ("learn", (FOUR, 3), RANGE),
    ("learn", (FOUR, -1), RANGE),
    ("learn_targets", (FOUR, codes([0, 0, 256])), RANGE),
    ("learn_targets", (FOUR, codes([0, -256, 0])), RANGE),
    *(("program", (*where, THREE), INDEX)
      for where in ((3, 0, 0), (0, 1, 0), (0, 0, 5), (1, 0, 4), (0, 2**32 - 1, 0))),
    *(("read", (*where, 1), INDEX)
      for where in ((3, 0, 0), (0, 1, 0), (0, 0, 5), (2**32 - 1, 0, 0))),
    ("read", (0, 0, 0, 0), RANGE),
    ("read", (0, 0, 0, 65), RANGE),
    ("calibrate", (points(), 3, 0, 0, how()), INDEX),
    ("calibrate", (points(), 0, 1, 0, how()), INDEX),
    ("calibrate", (points(), 0, 0, 5, how()), INDEX),
    ("calibrate", (points(windows=66), 0, 0, 0, how()), RANGE),
    ("calibrate", (points(verdict=5), 0, 0, 0, how()), RANGE),
    *(("calibrate", (points(), 0, 0, 0, how(**{name: value})), RANGE)
      for name, value in {"pulse_class": 1, "reads": 17, "quads": 65, "windows": 65,
                          "tolerance": 0, "probe": 16, "mantissa": 0, "shift": 48,
                          "limit": 60001}.items()),
    ("trim", (3, 0, 1, 100), INDEX),
    ("trim", (0, 2, 1, 100), INDEX),
    ("trim", (0, 0, 0, 100), RANGE),
    ("trim", (0, 0, 65, 100), RANGE),
    ("trim", (0, 0, 1, 63), RANGE),
    ("trim", (0, 0, 1, 192), RANGE),
    ("update", (3, FIVE, THREE, 0), INDEX),
    ("update", (0, codes([0, 0, 0, 0, 512]), THREE, 0), RANGE),
    ("update", (0, FIVE, codes([0, 0, 128]), 0), RANGE),
    ("update", (0, FIVE, THREE, 1024), RANGE),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "status"), BEGINS)
def test_a_job_that_may_not_begin(
    name: str, arguments: tuple[Any, ...], status: int
) -> None:
    """As the whole call: neither the job nor the chip has changed, nor a record."""
    core = Core(registers())
    job = ffi.new("struct ef_job *", {"kind": 77, "over": 5, "label": -3})
    before = core._block.tobytes(), bytes(ffi.buffer(job))
    record = arguments[0] if name == "calibrate" else None
    kept = bytes(ffi.buffer(record)) if record else b""
    assert status == getattr(lib, f"ef_job_{name}")(job, core._chip, *arguments)
    assert before == (core._block.tobytes(), bytes(ffi.buffer(job)))
    assert kept == (bytes(ffi.buffer(record)) if record else b"")


def test_targets_and_trims_that_are_not_there() -> None:
    """Softmax has no targets, a layer without a rule no update, a chip no trim."""
    core = plain.core([plain.layer(2, 3, rule=0)])
    job = ffi.new("struct ef_job *")
    x, y = codes([0] * 3), codes([0] * 2)
    assert INDEX == lib.ef_job_learn_targets(job, core._chip, x, y)
    assert INDEX == lib.ef_job_update(job, core._chip, 0, x, y, 0)
    assert RANGE == lib.ef_job_trim(job, core._chip, 0, 0, 1, 100)
    job.kind = lib.EF_JOB_CALIBRATE
    status = lib.ef_job_step(core._chip, job, NULL, NULL)
    assert lib.EF_ERROR_NULL == status


LEARN, INFER, UPDATE = lib.EF_JOB_LEARN, lib.EF_JOB_INFER, lib.EF_JOB_UPDATE
PROGRAM, READ = lib.EF_JOB_PROGRAM, lib.EF_JOB_READ
CALIBRATE, TRIM = lib.EF_JOB_CALIBRATE, lib.EF_JOB_TRIM
FORWARD, ERROR, BACK, UPDATING = range(4)
PRODUCTS, ROWS, SWEEP, TRANSFER, TRAIN = range(1, 6)
WINDOW = {**HOW, "kind": CALIBRATE}
# As they could be, and with one number beyond.
FORGED: Final = [
    ({"kind": LEARN, "stage": FORWARD, "layer": 2},
     [{"layer": 3}, {"label": 3}, {"label": -1}, {"stage": 4}, {"over": 2}]),
    ({"kind": INFER, "stage": FORWARD, "layer": 2},
     [{"stage": BACK}, {"stage": UPDATING, "part": ROWS}, {"layer": 4, "over": 1}]),
    ({"kind": LEARN, "stage": ERROR, "layer": 3},
     [{"layer": 2}, {"layer": 4}, {"kind": INFER}, {"kind": UPDATE}]),
    ({"kind": LEARN, "stage": BACK, "layer": 1},
     [{"layer": 0}, {"layer": 3}, {"kind": UPDATE}]),
    ({"kind": UPDATE, "stage": UPDATING, "layer": 0, "part": TRAIN},
     [{"layer": 1}, {"layer": 2}, {"part": 0}, {"part": 6}, {"stage": FORWARD}]),
    ({"kind": UPDATE, "stage": UPDATING, "layer": 1, "part": ROWS, "turn": 2},
     [{"layer": 0}, {"turn": 3}, {"part": TRAIN}, {"part": TRANSFER}, {"kind": 9}]),
    ({"kind": LEARN, "stage": UPDATING, "layer": 2, "part": PRODUCTS},
     [{"layer": 0}, {"part": SWEEP}, {"part": TRANSFER}]),
    ({"kind": PROGRAM, "stage": 1, "layer": 0, "column": 4, "turn": 19},
     [{"turn": 20}, {"column": 5}, {"plane": 1}, {"layer": 3}, {"stage": 2}]),
    ({"kind": PROGRAM, "stage": 0, "turn": 20}, [{"turn": 21}]),
    ({"kind": READ, "reads": 64}, [{"reads": 0}, {"reads": 65}, {"column": 5}]),
    ({**WINDOW, "stage": 1, "turn": 7},
     [{"turn": 8}, {"reads": 257}, {"probe": 16}, {"stage": 0}, {"stage": 7}]),
    ({**WINDOW, "stage": 3, "turn": 8}, [{"turn": 7}, {"turn": 9}]),
    ({**WINDOW, "stage": 5, "turn": 2}, [{"turn": 3}, {"quads": 2**32 - 1}]),
    ({**WINDOW, "stage": 6, "turn": 3}, [{"turn": 2}]),
    ({"kind": TRIM, "stage": 1, "reads": 1, "code": 100, "turn": 7,
      "targets": [126, 126, 126]},
     [{"targets": [0, 0, 127]}, {"targets": [0, -129]}, {"turn": 8}, {"side": 2},
      {"stage": 0}, {"stage": 4}, {"code": 192}, {"reads": 0}, {"layer": 3}]),
    ({"kind": lib.EF_JOB_LEARN_TARGETS, "targets": [255, -255]},
     [{"targets": [256]}, {"targets": [0, 0, -256]}]),
]  # fmt: skip


@pytest.mark.parametrize(("job", "changes"), FORGED)
def test_a_job_of_a_file(job: dict[str, Any], changes: list[dict[str, Any]]) -> None:
    """One that could be is accepted; one number beyond, and it is none."""
    core = Core(registers())

    def status(record: dict[str, Any]) -> int:
        return int(lib.ef_job_check(core._chip, ffi.new("struct ef_job *", record)))

    assert lib.EF_OK == status(job)
    for change in changes:
        assert lib.EF_ERROR_SNAPSHOT == status({**job, **change}), change


def test_sweeps_are_of_several_samples_a_transfer() -> None:
    """With transfer_every above 1 mixed precision has sweeps, and no rows alone."""
    core = Core(registers(transfer_every=3))
    record = {"kind": UPDATE, "stage": UPDATING, "layer": 2}
    parts = {PRODUCTS: True, ROWS: False, SWEEP: True, TRANSFER: True, TRAIN: False}
    for part, fits in parts.items():
        job = ffi.new("struct ef_job *", {**record, "part": part, "turn": 2})
        expected = lib.EF_OK if fits else lib.EF_ERROR_SNAPSHOT
        assert expected == lib.ef_job_check(core._chip, job)


@pytest.mark.parametrize("places", [(2**29, True), (2**29 + 1, False)])
def test_a_point_of_a_file(places: tuple[int, bool]) -> None:
    """What a window may have summed up to, either way."""
    size, fits = places
    for value in (size, -size):
        point = ffi.new("struct ef_point *", {"window": [0, 0, 0, value]})
        expected = lib.EF_OK if fits else lib.EF_ERROR_SNAPSHOT
        assert expected == lib.ef_point_check(point)


def random_job(rng: random.Random) -> dict[str, Any]:
    """Numbers that are mostly near what a job has."""
    near = (0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 63, 2**32 - 1)
    names = [n for n, f in ffi.typeof("struct ef_job").fields if f.type.cname ==
             "uint32_t"]  # fmt: skip
    record: dict[str, Any] = {name: rng.choice(near) for name in names}
    record |= {name: rng.choice([v, record[name]]) for name, v in HOW.items()}
    record |= {"kind": rng.randrange(10), "over": 0, "label": rng.choice([-1, 0, 1, 2])}
    record["code"] = rng.choice([100, record["code"]])
    record["sums"] = [rng.randint(-(2**31), 2**31 - 1) for _ in range(8)]
    record["targets"] = [rng.randint(-300, 300) for _ in range(8)]
    record["codes"] = [rng.randint(-(2**15), 2**15 - 1) for _ in range(8)]
    record["pending"] = [rng.randrange(256) for _ in range(8)]
    return record


@pytest.mark.parametrize("seed", range(60))
def test_whatever_fits_comes_to_an_end(seed: int) -> None:
    """A job of any numbers that is accepted goes on and ends, within its chip.

    What was configured stands as it did, and the chip's snapshot can be restored.
    """
    chip = registers() if seed % 2 else random_registers(seed)
    core, rng = Core(chip), random.Random(seed)
    head = ffi.sizeof("uint64_t") * 3  # digest, seed, size
    start = core._block[:head].tobytes()
    fitting = 0
    for _ in range(300):
        record = ffi.new("struct ef_job *", random_job(rng))
        if lib.ef_job_check(core._chip, record) != lib.EF_OK:
            continue
        fitting += 1
        job = object.__new__(Job)
        job.core, job.record, job.durations = core, record, []
        job.points = ffi.new("struct ef_point[4096]")
        job.run(4000)
        assert job.over
        job.end()
        assert start == core._block[:head].tobytes()
    assert fitting > 3
    again = Core(chip)
    again.restore(core.snapshot())
    assert again.signature() == core.signature()
