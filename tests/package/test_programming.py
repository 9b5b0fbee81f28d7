"""Write and verify: reads that are averaged, and what counts as written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.mapping.remarks import run_remarks

SIZES = (20, 24, 6)
SAMPLES = np.random.default_rng(2).uniform(-1, 1, (50, SIZES[0]))
STATED = {"array.noise": "stated", "controller.clock_mhz": 30.0}


def written(chip: str, **changes: Any) -> tuple[ef.Controller, list[int], np.ndarray]:
    """A chip as programmed, what missed, and by how much all weights are off."""
    nine = {"converters.adc_bits": 9, "program.tolerance": 0.0105}
    nine |= {"network.hidden": [SIZES[1]]} | changes
    found = ef.Chip.load(chip).with_(**nine)
    controller = ef.Controller(ef.new_image(found, SIZES, SAMPLES, 4))
    missed = controller.program()
    off = [
        (controller.peek("weight", i) - target.astype(int)).ravel() / 32768
        for i, target in enumerate(controller.image.targets)
    ]
    return controller, missed, np.concatenate(off)


@pytest.mark.parametrize("reads", [2, 8, 64])
def test_reads_without_noise_are_alike(reads: int) -> None:
    """Averaging equal reads writes every cell as one read does, pulse by pulse."""
    one, missed_one, off_one = written("ideal-watch-hzo-200ns")
    many, missed_many, off_many = written(
        "ideal-watch-hzo-200ns", **{"program.reads": reads}
    )
    assert missed_one == missed_many
    np.testing.assert_array_equal(off_one, off_many)
    assert one.tally.phase_pulses("program") == many.tally.phase_pulses("program")


def test_reads_with_noise_write_better() -> None:
    """The more reads a verify averages, the nearer weights come to their targets."""
    noise = {**STATED, "array.read_noise": 0.03}
    rms = []
    for reads in (1, 4, 16, 64):
        chip = "ideal-watch-hzo-200ns"
        _, _, off = written(chip, **noise, **{"program.reads": reads})
        rms.append(np.sqrt(np.mean(off**2)))
    assert sorted(rms, reverse=True) == rms
    assert rms[-1] < rms[0] / 3


def test_reads_help_where_electrons_are_noisy() -> None:
    """On a shipped chip sixteen reads miss no more cells than one does."""
    own = {"converters.adc_bits": 8, "program.tolerance": 0.0234}
    _, one, _ = written("watch-hzo-200ns", **own)
    _, many, _ = written("watch-hzo-200ns", **own, **{"program.reads": 16})
    assert sum(one) >= sum(many)


@pytest.mark.parametrize(("bits", "codes"), [(7, 1), (9, 4), (11, 16), (14, 129)])
def test_a_tolerance_is_of_weights(bits: int, codes: int) -> None:
    """0.011 of a weight are four of 256 codes of 0.7, and as much with any bits."""
    chip = ef.Chip.load("ideal-symmetric").with_(**{"converters.adc_bits": bits})
    image = ef.new_image(chip, (3, 32, 2), np.ones((1, 3)), 0)
    assert 0.011 == chip.program.tolerance
    assert 0.35 == chip.array.weight_span
    assert codes == image.registers.program_tolerance


def test_finer_converters_write_alike() -> None:
    """From nine bits to twelve, weights are as far off: bits are not write accuracy."""
    chip = "ideal-watch-hzo-200ns"
    rms = []
    for bits in (9, 10, 12):
        _, _, off = written(chip, **{"converters.adc_bits": bits})
        rms.append(np.sqrt(np.mean(off**2)))
    assert max(rms) < 1.15 * min(rms)


def test_a_wider_tolerance_writes_worse_with_fewer_pulses() -> None:
    """Five times the tolerance: weights further off, fewer missed, fewer pulses."""
    tight, tight_missed, off = written("ideal-watch-hzo-200ns")
    loose, loose_missed, further = written(
        "ideal-watch-hzo-200ns", **{"program.tolerance": 0.0525}
    )
    assert np.mean(off**2) < np.mean(further**2) / 4
    assert sum(loose_missed) < sum(tight_missed)
    pulses = [c.tally.phase_pulses("program") for c in (loose, tight)]
    assert pulses[0] < pulses[1] / 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"program.tolerance": 3},
            "program.tolerance: 3 counts codes, but it is of a weight of -1..1 now, "
            "0..0.5: 3 codes of this chip are 0.0105",
        ),
        ({"program.tolerance": 0.6}, "program.tolerance: 0.6 is not in 0.0..0.5"),
        (
            {"program.tolerance": 0.4, "converters.adc_bits": 14},
            "program.tolerance: 0.4 is 3641 codes of a verify read with "
            "converters.adc_bits 14, above 255; at most 0.028$",
        ),
    ],
)
def test_tolerances_that_are_refused(changes: dict[str, Any], message: str) -> None:
    """One of codes, as files had it, with what it comes to; and one too large."""
    with pytest.raises(ef.ConfigError, match=message):
        written("ideal-watch-hzo-200ns", **changes)


def test_the_most_that_a_refusal_names_passes() -> None:
    """The tolerance of the message is taken."""
    changes = {"converters.adc_bits": 14, "program.tolerance": 0.028}
    found = ef.Chip.load("ideal-watch-hzo-200ns").with_(**changes)
    assert ef.new_image(found, SIZES, SAMPLES, 4).registers


@pytest.mark.parametrize("iterations", [1, 4, 40])
def test_cells_that_missed_are_counted_plane_by_plane(iterations: int) -> None:
    """As many as an ideal read finds outside the tolerance, of weights and references.

    Weights are read last, and a reference cell is not pulsed after its own writing.
    """
    changes = {"program.iterations": iterations}
    controller, missed, _ = written("ideal-watch-hzo-200ns", **changes)
    registers = controller.image.registers
    targets = controller.image.targets, controller.image.references
    for plane, counts in enumerate((missed, controller.reference_missed)):
        for layer, wanted in enumerate(targets[plane] or ()):
            how = registers.layers[layer]
            lsb = 2.0**how.verify_shift / (how.verify_mantissa * how.verify_code)
            codes = np.rint(controller.read_back(layer, plane=plane) / lsb)
            away = np.abs(codes - np.rint(wanted / lsb))
            assert counts[layer] == np.sum(away > registers.program_tolerance)
    assert sum(controller.reference_missed) > 0


def test_no_reference_cells_miss_where_there_are_none() -> None:
    """Codes are stored as they are, and mid-level is no cell."""
    for kind in ("none", "stored", "offset"):
        controller, _, _ = written("ideal-watch-hzo-200ns", **{"array.reference": kind})
        assert [0, 0] == controller.reference_missed


@pytest.mark.parametrize(("bits", "said"), [(6, True), (7, True), (8, False)])
def test_a_tolerance_below_a_code_is_remarked(bits: int, said: bool) -> None:
    """0.0105 are three codes at 9 bits, one and a half at 8, less than one at 7."""
    changes = {"converters.adc_bits": bits, "program.tolerance": 0.0105}
    chip = ef.Chip.load("ideal-watch-hzo-200ns").with_(**changes)
    found = run_remarks(chip, ef.Tally.zero(), (3, 2), [], [])
    texts = [r.text for r in found if "verify reads too coarse" == r.kind]
    assert said == bool(texts)
    if 7 == bits:
        assert [
            "program.tolerance 0.0105 is 0.75 codes of a verify read, which are 0.0141 "
            "of a weight each: what is off by less than a code counts as written"
        ] == texts


@pytest.mark.parametrize("name", ef.Chip.shipped())
def test_shipped_chips_can_tell_whether_they_are_written(name: str) -> None:
    """No shipped chip asks for less than a code of its verify reads."""
    found = run_remarks(ef.Chip.load(name), ef.Tally.zero(), (3, 2), [], [])
    assert "verify reads too coarse" not in {remark.kind for remark in found}
