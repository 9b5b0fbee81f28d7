"""The controller: doors, refusals, and what must hold whatever is done."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from fxpmath import Fxp

import edgeferro as ef
from edgeferro.controller import Controller
from edgeferro.core.formats import WEIGHT_FORMAT
from edgeferro.core.structs import PULSE_DTYPE
from edgeferro.mapping.images import initial_weights
from edgeferro.mapping.network import Image, compile_network


def make_image(
    chip: str = "watch-hzo-200ns", seed: int = 0, **changes: object
) -> Image:
    """Compile a small network with random weights on a shipped chip."""
    found = ef.Chip.load(chip)
    if changes:
        renamed = {path.replace("__", "."): v for path, v in changes.items()}
        found = found.with_(**renamed)
    weights = initial_weights((6, 5, 3), bias=True, seed=seed)
    return compile_network(
        found,
        found.load_device(),
        weights,
        weight_scales=[2.0, 2.0],
        signal_limits=[4.0, 4.0],
        seed=seed,
    )


def make_controller(trace: bool = False, **changes: object) -> Controller:
    """Bring up and program a small chip."""
    image = make_image(**changes)  # type: ignore[arg-type]
    controller = Controller(image, trace=trace)
    controller.program()
    return controller


@pytest.fixture
def samples() -> tuple[np.ndarray, np.ndarray]:
    """Forty random samples of six codes, three classes."""
    rng = np.random.default_rng(5)
    return rng.integers(-127, 128, (40, 6)), rng.integers(0, 3, 40)


def test_one_by_one_equals_a_batch(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """learn_one for each sample ends in the same signature as one learn call."""
    x, y = samples
    batch, single = make_controller(), make_controller()
    predicted = batch.learn(x, y)
    assert predicted.tolist() == [
        single.learn_one(a, int(b)) for a, b in zip(x, y, strict=True)
    ]
    assert batch.signature == single.signature


def test_predictions_before_learning(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """Learn predicts each sample with the weights from before its update."""
    x, y = samples
    learning, looking = make_controller(), make_controller()
    expected = looking.predict_one(x[0])
    assert expected == learning.learn(x[:1], y[:1])[0]


def test_fxp_objects_in_and_out(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """Fxp samples of the input format mean the same as their integers."""
    x, y = samples
    plain, objects = make_controller(), make_controller()
    fmt = objects.input_format
    assert "s8.7" == str(fmt)
    values = Fxp(x, signed=True, n_word=fmt.bits, n_frac=fmt.fraction_bits, raw=True)
    plain.learn(x, y)
    objects.learn(values, y)
    assert plain.signature == objects.signature
    weights = WEIGHT_FORMAT.to_fxp(objects.peek("weight", 0))
    assert objects.peek("weight", 0).tolist() == weights.val.tolist()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((2, 5), int), r"inputs: shape \(2, 5\) is not \(n, 6\)"),
        (np.zeros(6, int), r"inputs: shape \(6,\) is not \(n, 6\)"),
        (np.zeros((0, 6), int), "no samples"),
        (np.zeros((2, 6)), "dtype float64 is not an integer type"),
        (np.full((2, 6), np.nan), "not an integer type"),
        (np.full((2, 6), 128), r"inputs\[0, 0\]: 128 is not in -128..127"),
        (Fxp(np.zeros((2, 6)), True, 16, 8), "Fxp format s16.8 is not s8.7"),
    ],
)
def test_bad_samples(bad: object, message: str) -> None:
    """Each bad sample array gets its line, and nothing is learned or counted."""
    controller = make_controller()
    before = controller.signature
    with pytest.raises(ef.DataError, match=message):
        controller.learn(bad, np.zeros(2, int))
    with pytest.raises(ef.DataError, match=message):
        controller.predict(bad)
    assert before == controller.signature


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], r"labels\[1\]: 3 is not in 0..2"),
        ([0, -1], r"labels\[1\]: -1 is not in 0..2"),
        ([0], r"labels: shape \(1,\) is not \(2,\)"),
        ([0.0, 1.0], "dtype float64 is not an integer type"),
    ],
)
def test_bad_labels(labels: list[float], message: str) -> None:
    """Each bad label array gets its line, and nothing is learned."""
    controller = make_controller()
    before = controller.signature
    with pytest.raises(ef.DataError, match=message):
        controller.learn(np.zeros((2, 6), int), labels)
    assert before == controller.signature


def test_awkward_arrays_are_welcome(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """Read-only and non-contiguous samples of any integer type give the same result."""
    x, y = samples
    plain, awkward = make_controller(), make_controller()
    turned = np.asfortranarray(x.astype(np.int64))
    turned.flags.writeable = False
    plain.learn(x.astype(np.int8), y.astype(np.uint8))
    awkward.learn(turned, y[::-1][::-1])
    assert plain.signature == awkward.signature


def test_core_refuses_what_it_would_misread() -> None:
    """The binding takes only C-contiguous arrays of the exact type and shape."""
    core = make_controller().core
    good = np.zeros((2, 6), np.int16)
    with pytest.raises(ef.DataError, match="dtype int32 is not int16"):
        core.infer(good.astype(np.int32))
    with pytest.raises(ef.DataError, match="not C-contiguous"):
        core.infer(np.zeros((2, 12), np.int16)[:, ::2])
    with pytest.raises(ef.DataError, match=r"shape \(2, 5\)"):
        core.infer(np.zeros((2, 5), np.int16))
    read_only = good.copy()
    read_only.flags.writeable = False
    assert 2 == len(core.infer(read_only)[0])


def test_snapshot_is_invisible(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """Going on from a snapshot in a fresh chip ends where going on ends."""
    x, y = samples
    first = make_controller()
    first.learn(x[:15], y[:15])
    second = Controller(make_image())
    second.restore(first.snapshot())
    first.learn(x[15:], y[15:])
    second.learn(x[15:], y[15:])
    assert first.signature == second.signature
    assert first.tally == second.tally


@pytest.mark.parametrize("cut", [0, 1, 8, 31, 40, -1])
def test_snapshot_cut_short(cut: int) -> None:
    """A snapshot cut anywhere is refused and nothing changes."""
    controller = make_controller()
    data = controller.snapshot()
    before = controller.signature
    with pytest.raises(ef.SnapshotError, match="cut short or damaged"):
        controller.restore(data[:cut])
    assert before == controller.signature


def test_snapshot_with_one_bit_turned() -> None:
    """Any single bit turned is noticed (every 97th byte is tried)."""
    controller = make_controller()
    data = bytearray(controller.snapshot())
    before = controller.signature
    for at in range(0, len(data), 97):
        data[at] ^= 0x10
        with pytest.raises(ef.SnapshotError):
            controller.restore(bytes(data))
        data[at] ^= 0x10
    assert before == controller.signature
    controller.restore(bytes(data))


def test_snapshot_of_another_chip_or_version() -> None:
    """A snapshot of another chip or version is refused by name."""
    controller = make_controller()
    other = make_controller(chip="watch-hzo-20us")
    with pytest.raises(ef.SnapshotError, match="of another chip"):
        controller.restore(other.snapshot())
    with pytest.raises(ef.SnapshotError, match="of another chip"):
        controller.restore(make_controller(seed=1).snapshot())
    data = bytearray(controller.snapshot())
    data[8] += 1
    with pytest.raises(ef.SnapshotError, match="of another version"):
        controller.restore(bytes(data))


def test_trace_sums_equal_the_tally(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """The pulse trace holds every pulse that the tally counts, and no other."""
    x, y = samples
    controller = make_controller(trace=True, controller__rule="sgd-stochastic")
    controller.learn(x, y)
    trace = controller.trace
    assert PULSE_DTYPE == trace.dtype
    assert controller.tally.total_pulses == np.abs(trace["count"].astype(int)).sum()
    pulses = controller.tally.pulses[..., 0].sum(axis=(0, 1))
    counts = trace["count"].astype(int)
    assert pulses.tolist() == [counts[counts > 0].sum(), -counts[counts < 0].sum()]
    assert (np.diff(trace["cycle"].astype(np.int64)) >= 0).all()
    quiet = make_controller(controller__rule="sgd-stochastic")
    quiet.learn(x, y)
    assert quiet.signature == controller.signature


def test_trace_must_be_asked_for() -> None:
    """Without trace=True there is a clear error instead of an empty trace."""
    with pytest.raises(ef.StateError, match="trace=True"):
        _ = make_controller().trace


def test_read_back_shows_the_weights() -> None:
    """Weights read through the ADC are within one verify code of the truth."""
    controller = make_controller(chip="ideal-watch-hzo-200ns")  # reads without noise
    layer = controller.image.registers.layers[0]
    code = 2.0**layer.verify_shift / (layer.verify_mantissa * layer.verify_code)
    difference = controller.read_back(0, reads=4) - controller.peek("weight", 0)
    assert np.abs(difference.astype(int)).max() <= code


def test_programming_meets_its_tolerance() -> None:
    """All cells but those reported end within the tolerance of their targets."""
    controller = Controller(make_image(chip="ideal-symmetric"))
    assert [0, 0] == controller.program()
    layer = controller.image.registers.layers[0]
    code = 2.0**layer.verify_shift / (layer.verify_mantissa * layer.verify_code)
    tolerance = controller.image.registers.program_tolerance + 1
    off = controller.peek("weight", 0) - controller.image.targets[0].astype(int)
    assert np.abs(off).max() <= tolerance * code


def test_views_cost_no_copy_and_change_nothing() -> None:
    """A peek follows the chip and can't be written to."""
    controller = make_controller()
    wear = controller.peek("wear", 0)
    before = int(wear.sum())
    counts = np.ones(controller.core.shape(0), np.int8)
    controller.core.pulse(0, 0, 0, counts)
    assert before + counts.size == wear.sum()
    with pytest.raises(ValueError, match="read-only"):
        wear[0, 0] = 1
    with pytest.raises(ef.DataError, match="has none on this chip"):
        controller.peek("stored", 0)


def test_the_lock_is_released_while_the_core_works() -> None:
    """Another Python thread gets on while a call is in the core.

    Whoever holds the lock keeps it while it may: with so long a switch interval the
    other thread runs only if the call gives the lock away.
    """
    controller = make_controller()
    x = np.zeros((200_000, 6), np.int16)
    called, ran = threading.Event(), threading.Event()

    def other() -> None:
        called.wait()
        ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e6)
    try:
        called.set()
        controller.predict(x)
        found = ran.is_set()
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    assert found


def test_same_seed_same_chip_other_seed_other_chip() -> None:
    """The seed is the only thing that two chips of one file differ by."""
    assert make_controller().signature == make_controller().signature
    assert make_controller().signature != make_controller(seed=1).signature


def test_site_report_names_every_place() -> None:
    """The site report has a row for each layer and narrowing place."""
    controller = make_controller()
    controller.learn(np.full((5, 6), 127), np.zeros(5, int))
    rows = controller.site_report()
    assert 7 + 6 == len(rows)  # inputs are the first layer's
    assert {"layer", "site", "saturated", "underflowed", "peak"} == set(rows[0])
    assert any(row["site"] == "adc" and row["peak"] > 0 for row in rows)
