"""What is uncertain is drawn once: sums of energies that follow from one cell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from by_hand import tally

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import EVENTS
from edgeferro.energy.draws import Draws
from edgeferro.energy.factors import Factor, Product
from edgeferro.energy.prices import Prices
from edgeferro.energy.products import products
from edgeferro.energy.report import EnergyReport

COUNTS = {
    **{("infer", e): 1000 + n for n, e in enumerate(EVENTS)},
    **{("program", e): 100 + n for n, e in enumerate(EVENTS)},
}
PULSES = {("program", 0, 0, w): n for w, n in enumerate((7, 300_000, 2**29))}


def test_a_quantile_by_hand() -> None:
    """1 to 2 to 8: a third of the logarithm lies below the mode; ends and middle."""
    factor = Factor("area", 1.0, 2.0, 8.0)
    found = factor.at(np.array([0.0, 1 / 3, 0.5, 1.0]))
    half = 8.0 * math.exp(-math.log(8.0) * math.sqrt(0.5 * 2 / 3))
    assert [1.0, 2.0, half, 8.0] == pytest.approx(found.tolist())
    linear = Factor("charge", 0.0, 1.0, 4.0).at(np.array([0.0, 0.25, 1.0]))
    assert [0.0, 1.0, 4.0] == pytest.approx(linear.tolist())
    assert [3.0, 3.0] == Factor("none", 3.0, 3.0, 3.0).at(np.array([0.1, 0.9])).tolist()


def test_one_number_behind_two_energies_moves_both() -> None:
    """Two energies of one area spread like it, not like two numbers that average."""
    area = Factor("area", 1.0, 2.0, 4.0)
    other = area._replace(name="another area")
    one = [Product.of(e, 10**30, (area,)) for e in ("charge", "beside")]
    apart = [one[0], Product.of("beside", 10**30, (other,))]
    # 5 of 100 of a symmetric triangle: sqrt(0.05 / 2) of its width
    low = 2.0 * math.exp(math.log(4.0) * math.sqrt(0.025)) / 2.0
    draws = Draws(100_000, 3)
    together, averaged = draws.spread(one), draws.spread(apart)
    assert low == pytest.approx(together.p5, rel=0.01)
    assert 4.0 / low == pytest.approx(together.p95, rel=0.01)
    assert averaged.p5 > 1.1 * together.p5
    assert averaged.p95 < together.p95 / 1.1


def test_a_thicker_film_takes_less() -> None:
    """The energy's low end is where a factor of power -1 is largest."""
    film = Product.of("charge", 12, (Factor("thickness", 2.0, 3.0, 4.0, -1),))
    assert [9.0, 18.0] == pytest.approx([film.at_end("thickness", e) for e in ENDS])
    (drawn,) = film.drawn({"thickness": np.array([1.0])})
    assert 9.0 == pytest.approx(drawn)


ENDS = ("low", "high")


def chips() -> list[Any]:
    found = [Chip.load(name) for name in Chip.shipped()]
    lab = found[0].with_(**{"energy.prices": "cmos-130nm-hzo-lab"})
    return [*found, lab, found[0].with_(**{"array.access": "passive-third"})]


@pytest.mark.parametrize("chip", chips(), ids=lambda c: f"{c.chip.name}")
def test_all_factors_at_an_end_are_that_end(chip: Chip) -> None:
    """Every energy's own ends come out where all its factors stand at theirs."""
    report = EnergyReport.of_chip(tally(COUNTS, PULSES), chip, (6, 8, 3))
    for key, spent in report.lines.items():
        found = products(report, {key: spent})
        assert bool(spent.high) == bool(found), key
        for end, product in ((e, p) for e in ENDS for p in found):
            factors = product.factors
            value = product.scale * math.prod(f.end(end) ** f.power for f in factors)
            assert getattr(spent, end) == pytest.approx(value, rel=1e-5), key


def test_the_cell_stands_behind_its_energies() -> None:
    """One area, one thickness, one permittivity for pulses, half-selects and reads."""
    chip = Chip.load("watch-hzo-200ns").with_(**{"array.access": "passive-half"})
    report = EnergyReport.of_chip(tally(COUNTS, PULSES), chip, (6, 8, 3))
    named = {
        p.event: {f.name for f in p.factors} for p in products(report, report.lines)
    }
    film = {"area_um2", "thickness_nm", "permittivity"}
    volts = {"amplitude_v of class 0"}
    assert film == named["read_cells"]
    assert film | volts == named["pulse_charge"]
    assert film | volts | {"supply of half-selects"} == named["half_selected"]
    assert {"polarization_uc_cm2", "area_um2"} | volts == named["pulse_switching"]
    assert {"lines"} | volts == named["pulse_line_cells"]
    assert {"lines"} == named["line_cells"]
    assert {"node and voltage"} == named["sram_read"] == named["lookup"] == named["mac"]


@pytest.mark.parametrize("name", Prices.shipped())
def test_prices_of_one_figure_are_drawn_together(name: str) -> None:
    """A word that only one price has would have no effect."""
    words = [p.together for p in Prices.load(name).events.values() if p.together]
    assert words
    assert all(words.count(word) > 1 for word in words)
