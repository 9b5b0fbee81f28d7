"""Public cases and invariances: what must hold whatever the chip."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import plain
import pytest

from edgeferro.core.emulator import Core, TraceBuffer
from edgeferro.core.tally import PHASES, Tally

EVERY_RULE = ["sgd-stochastic", "sgd-counted", "mixed-precision"]


def small(rule: str, **changes: object) -> SimpleNamespace:
    """Registers of a noisy two-layer chip in the training regime."""
    shift = 13 if rule == "mixed-precision" else 22
    layers = [
        plain.layer(8, 10, bias=1, rule=plain.RULES[rule], rate_shift=shift),
        plain.layer(4, 8, rule=plain.RULES[rule], rate_shift=shift),
    ]
    return plain.registers(
        layers, c2c=[2007] * 16, d2d_common=9000, read_noise=9000, **changes
    )


def samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random samples of ten codes, four classes."""
    rng = np.random.default_rng(count)
    codes = rng.integers(-127, 128, (count, 10)).astype(np.int16)
    return codes, rng.integers(0, 4, count).astype(np.int32)


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_two_batches_are_one(rule: str) -> None:
    """learn(a + b) = learn(a); learn(b), to the last bit."""
    x, y = samples(60)
    whole, parts = Core(small(rule)), Core(small(rule))
    whole.learn(x, y)
    for start in (0, 1, 20):
        end = {0: 1, 1: 20, 20: 60}[start]
        parts.learn(x[start:end], y[start:end])
    assert whole.signature() == parts.signature()


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_snapshot_anywhere_is_invisible(rule: str) -> None:
    """Saving and restoring after every sample changes nothing."""
    x, y = samples(25)
    whole, hopping = Core(small(rule)), Core(small(rule))
    whole.learn(x, y)
    for i in range(len(x)):
        hopping.learn(x[i : i + 1], y[i : i + 1])
        data = hopping.snapshot()
        hopping = Core(small(rule))
        hopping.restore(data)
    assert whole.signature() == hopping.signature()


@pytest.mark.parametrize("excess", [0, 1])
@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("overflow", [0, 1])
def test_nothing_vanishes(excess: int, every: int, overflow: int) -> None:
    """Pulses and gradients are all accounted for, cell by cell and in sum."""
    registers = small(
        "mixed-precision", excess=excess, transfer_every=every, pulse_limit=2
    )
    registers.sites[5] = plain.site(13, overflow=overflow)
    for layer in registers.layers:
        layer.rate_shift, layer.threshold = 9, 900
    chip = Core(registers)
    chip.learn(*samples(80))
    tally = Tally.from_words(chip.tally_words())
    for phase in PHASES:
        a = tally.account(phase)
        assert a["requested"] == a["issued"] + a["deferred"] + a["dropped"]
        assert a["issued"] == a["applied"] + a["saturated"]
    rest = "dropped" if excess else "deferred"
    assert tally.account("update")[rest] > 0
    for index in range(2):
        g = chip.info(index).gradient
        total = int(chip.peek("chi", index).astype(np.int64).sum())
        assert total == g.requested - g.issued - g.lost


def crossing(gradient: int, **changes: object) -> tuple[int, int, Core]:
    """Give one accumulator one gradient; threshold 1000. Pulses, residual, chip.

    One output of two at zero weights has error 16384: code 64 at exponent 8. With
    input 125 and rate 2^-11 x mantissa the gradient is 125 x 64 x mantissa / 8.
    """
    layer = plain.layer(2, 1, rate_shift=11, threshold=1000)
    layer.rate_mantissa = gradient // 1000
    registers = plain.registers([layer], **changes)
    registers.sites[5] = plain.site(24)
    chip = Core(registers)
    chip.learn(np.array([[125]], np.int16), np.zeros(1, np.int32))
    return int(chip.peek("wear", 0)[0, 0]), int(chip.peek("chi", 0)[0, 0]), chip


def test_three_thresholds_are_three_pulses() -> None:
    """Threshold 0.1 and an update of 0.3, as codes: 3 pulses, residual 0."""
    pulses, residual, _ = crossing(3000)
    assert (3, 0) == (pulses, residual)


@pytest.mark.parametrize(
    ("excess", "kept", "rest"), [(0, 2400, "deferred"), (1, 400, "dropped")]
)
def test_excess_is_kept_or_dropped(excess: int, kept: int, rest: str) -> None:
    """3.4 thresholds, one pulse allowed: issued + rest = 3, residual told."""
    layer = plain.layer(2, 1, rate_shift=11, threshold=1000, rate_mantissa=34)
    registers = plain.registers([layer], pulse_limit=1, excess=excess)
    registers.sites[5] = plain.site(24)
    chip = Core(registers)
    # 100 x 64 x 34 x 2^(8 - 11) = 27200 is 3400 at a shift of 14
    chip.set_rate(0, 34, 14)
    chip.learn(np.array([[100]], np.int16), np.zeros(1, np.int32))
    account = Tally.from_words(chip.tally_words()).account("update")
    assert kept == chip.peek("chi", 0)[0, 0]
    both = 2  # the other output gets the same with the other sign
    assert 3 * both == account["requested"] == account["issued"] + account[rest]
    assert 1 * both == account["issued"]


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_zero_gradient_costs_no_update(rule: str) -> None:
    """Without an error there is no pulse and no update event; reads as ever."""
    layer = plain.layer(1, 3, rule=plain.RULES[rule])
    learning, looking = plain.core([layer]), plain.core([layer])
    x = np.full((5, 3), 99, np.int16)
    learning.learn(x, np.zeros(5, np.int32))  # one class: its probability is 1
    looking.infer(x)
    tally = Tally.from_words(learning.tally_words())
    expected = Tally.from_words(looking.tally_words())
    assert 0 == tally.total_pulses
    assert tally.to_dict()["events"].get("update") is None
    infer = tally.to_dict()["events"]["infer"]
    assert expected.to_dict()["events"]["infer"] == infer


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_trace_is_the_tally(rule: str) -> None:
    """The trace's pulses, by class and sign, are the tally's."""
    chip, buffer = Core(small(rule)), TraceBuffer(1 << 18)
    chip.learn(*samples(50), buffer)
    counts = buffer.take()["count"].astype(int)
    pulses = Tally.from_words(chip.tally_words()).pulses[2, 0, :, 0]
    assert pulses.tolist() == [counts[counts > 0].sum(), -counts[counts < 0].sum()]
    assert pulses.sum() > 0


def test_trace_shows_the_state() -> None:
    """Replaying the trace on a chip of the same seed ends in the same states."""
    registers = small("sgd-counted")
    learned, buffer = Core(registers), TraceBuffer(1 << 18)
    learned.learn(*samples(30), buffer)
    replayed = Core(registers)
    for entry in buffer.take():
        layer = int(entry["layer"])
        counts = np.zeros(replayed.shape(layer), np.int8)
        counts[entry["row"], entry["column"]] = entry["count"]
        replayed.pulse(layer, int(entry["plane"]), int(entry["pulse_class"]), counts)
    for layer in range(2):
        expected = learned.peek("state", layer)
        assert np.array_equal(expected, replayed.peek("state", layer))
