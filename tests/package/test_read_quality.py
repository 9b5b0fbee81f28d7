"""The electrons of a read against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.mapping.read_quality import ReadQuality, nominal_read, read_quality

NINE = {"converters.adc_bits": 9}


def tally(charge: int, codes: int) -> Tally:
    """One forward pass that read so much."""
    words = np.zeros_like(Tally.zero().to_words())
    words[0] = 1
    first = 2 + PHASES.index("infer") * len(EVENTS)
    words[first + EVENTS.index("read_charge")] = charge
    words[first + EVENTS.index("read_codes")] = codes
    return Tally.from_words(words)


def quality(changes: dict[str, float], charge: int, codes: int) -> ReadQuality:
    """Read one row of the watch chip: 0.40..0.91 nS, 0.1 V, 10 us, top code 127."""
    clocked = {"array.noise": "stated", "controller.clock_mhz": 20.0, **changes}
    clocked["converters.activation_bits"] = 7  # codes up to 127 in both layers
    chip = ef.Chip.load("ideal-watch-hzo-200ns").with_(**NINE, **clocked)
    device = chip.load_device()
    (found,) = read_quality(chip, device, tally(charge, codes), [1], [(128, 22)])
    return found


def test_two_cells_at_their_lowest_conductance() -> None:
    """2 x 0.40 nS x 0.1 V x 10 us are 4993 electrons, with a noise of 72.4.

    coth(q 0.1 V / 2 k 310 K) = coth(1.872) = 1.0485. One weight code x input code is
    0.51 nS / 65536 x 0.1 V x 10 us / 127 = 3.8245e-4 electrons, an ADC code 2^22 / 128
    = 32768 of them: 12.53. So the noise is 5.77 codes; 9 - log2(1 + 12 x 5.774^2) / 2.
    """
    found = quality({}, charge=0, codes=2 * 127)
    assert 4993.2 == pytest.approx(found.electrons, abs=0.1)
    assert 12.532 == pytest.approx(found.electrons_per_code, abs=1e-3)
    assert 5.774 == pytest.approx(found.noise_codes, abs=2e-3)
    assert 4.676 == pytest.approx(found.bits, abs=2e-3)
    assert found.hidden


def test_full_conductance_of_one_cell() -> None:
    """One cell at 0.91 nS: 5680 electrons; half of READ_CHARGE's code is half of it."""
    assert 5679.8 == pytest.approx(quality({}, 65535 * 127, 127).electrons, abs=0.1)
    assert 2496.6 == pytest.approx(quality({}, 0, 127).electrons, abs=0.1)


def test_a_hundred_times_the_charge_is_a_tenth_of_the_noise() -> None:
    """Codes hold 100 times the electrons, their noise only 10 times as many."""
    short = quality({}, 0, 254)
    long = quality({"array.read_ns": 1_000_000}, 0, 254)
    assert 10.0 == pytest.approx(short.noise_codes / long.noise_codes, rel=1e-9)
    assert 100.0 == pytest.approx(long.electrons / short.electrons, rel=1e-9)


def test_stated_noise_counts_where_it_is_larger() -> None:
    """array.read_noise 0.1 is 0.1 x 32768 x 127 / 32768 = 12.7 codes here.

    That is more than the charge's own 5.77: nothing is hidden, and it sets the bits,
    9 - log2(1 + 12 x 12.7^2) / 2 = 3.540.
    """
    found = quality({"array.read_noise": 0.1}, 0, 254)
    assert 12.7 == pytest.approx(found.stated_codes, rel=1e-6)
    assert 3.540 == pytest.approx(found.bits, abs=2e-3)
    assert not found.hidden


def test_the_remark_names_the_noise_that_would_state_it() -> None:
    """With what the remark proposes as array.read_noise, nothing is hidden.

    Its register is 230,000 units here, so that half a unit is 2e-6 of it.
    """
    first = quality({}, 0, 254)
    again = quality({"array.read_noise": first.floor}, 0, 254)
    assert first.noise_codes == pytest.approx(again.stated_codes, rel=3e-6)
    assert not again.hidden


def test_the_line_names_the_noise_that_sets_the_bits() -> None:
    """Stated noise beside shot noise, whichever is the larger; kT/C of a charge.

    The read alone has 5.8 codes of shot noise. 200 fF hold 182.6 electrons (kT/C), and
    12.7 us carry 1.27 times the charge of 10 us.
    """
    found = str(quality({"array.read_noise": 0.1}, 0, 254))
    assert "shot noise 5.8 codes rms, the emulated read's 13 " in found
    assert "(array.read_noise 13), by the larger 3.5 effective bits of 9" in found
    found = str(quality({"array.read_noise": 0.01}, 0, 254))
    assert "read's 1.3 (array.read_noise 1.3), by the larger 4.7 effective" in found
    charge = {"array.noise": "charge", "array.read_ns": 12_700}
    found = str(quality(charge, 0, 254))
    electrons = 4993.2 * 1.27
    shot, code = (electrons * 1.0485) ** 0.5, 12.532 * 1.27
    both = (shot**2 + 182.6**2) ** 0.5 / code
    assert f"{shot / code:.2g} codes rms, with kT/C {both:.2g}, " in found


def test_nothing_read_nothing_said() -> None:
    """Without an inference there is no charge to judge."""
    chip = ef.Chip.load("ideal-watch-hzo-200ns").with_(**NINE)
    assert [] == read_quality(chip, chip.load_device(), Tally.zero(), [1], [(128, 22)])


def test_an_ideal_read_says_so() -> None:
    """With noise 'none' the charge is told of, and nothing is left out of it."""
    found = quality({"array.noise": "none"}, 0, 254)
    assert 5.774 == pytest.approx(found.noise_codes, abs=2e-3)
    assert (True, False, 0.0) == (found.ideal, found.hidden, found.stated_codes)
    assert str(found).endswith("(an ideal read: the emulated one has no noise)")


def test_figures_come_back() -> None:
    """What a run's JSON holds of a read is read again as it was; nothing else is."""
    found = quality({"array.read_noise": 0.1}, 0, 254)
    assert found == ReadQuality.from_dict(found.to_dict())
    for wrong in ("9", None, float("nan"), True):
        with pytest.raises(ValueError, match=r"reads\.adc_bits: .* is not a number"):
            ReadQuality.from_dict({**found.to_dict(), "adc_bits": wrong})
    for name, value in (("effective_bits", 99), ("noise_codes", -5)):
        with pytest.raises(ValueError, match=rf"reads\.{name}: {value} is not"):
            ReadQuality.from_dict({**found.to_dict(), name: value})


def test_a_nominal_read() -> None:
    """Sixteen inputs and a bias of pairs at 0.655 nS, half driven for 10 us at 0.1 V.

    34 x 0.655 nS x 0.1 V x 5 us / q = 69498 electrons, noise sqrt(69498 x 1.0485) =
    269.94. A weight of 1.0 at the top is 0.51 nS / 2 x 0.1 V x 10 us / q = 1591.6
    electrons, the range of 6 over 256 codes 37.30 a code: 7.236 codes of noise.
    """
    chip = ef.Chip.load("ideal-watch-hzo-200ns").with_(
        **NINE, **{"network.hidden": [5, 16]}
    )
    found, inputs = nominal_read(chip)
    assert (2, 17) == (found.layer, inputs)
    assert 69498 == pytest.approx(found.electrons, rel=1e-4)
    assert 37.30 == pytest.approx(found.electrons_per_code, abs=0.01)
    assert 7.236 == pytest.approx(found.noise_codes, abs=2e-3)
    bare = {"network.hidden": [], "network.bias": False}
    found, inputs = nominal_read(chip.with_(**bare))
    assert (0, 32) == (found.layer, inputs)
