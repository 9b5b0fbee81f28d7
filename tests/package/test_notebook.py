"""Objects show themselves in a notebook."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.core.tally import ACCOUNTS, EVENTS, PHASES
from edgeferro.mapping.images import new_image
from edgeferro.notebook import html_table


class Cells(HTMLParser):
    """Rows of a table, and every tag and attribute that it uses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.used: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.used |= {tag, *(name for name, _ in attrs)}
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def learned() -> ef.Controller:
    """A small chip that was programmed and has learned."""
    chip = ef.Chip.load("watch-hzo-200ns")
    codes = np.random.default_rng(2).integers(0, 128, (20, 4))
    controller = ef.Controller(new_image(chip, (4, 6, 3), codes / 127, seed=1))
    controller.program()
    controller.learn(codes, codes[:, :3].argmax(axis=1))
    return controller


def test_chip_shows_every_setting() -> None:
    """Each setting once, with its value and whether the chip file says it."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"converters.adc_bits": 7})
    rows = {row[0]: row[1:] for row in Cells(chip._repr_html_()).rows[1:]}
    assert ["7", "chip file"] == rows["converters.adc_bits"]
    assert ["8", "default"] == rows["converters.input_bits"]
    settings = chip.to_dict()
    assert sum(len(part) for part in settings.values()) == len(rows)


def test_device_shows_sources() -> None:
    """Each number of a device stands beside its kind and source."""
    device = ef.Device.load("hzo-200ns")
    rows = {row[0]: row[1:] for row in Cells(device._repr_html_()).rows[1:]}
    assert ["0.4 nS", "assumed", device.g_min_ns.source] == rows["g_min_ns"]
    assert "classes.0.amplitude_v" in rows


def test_tally_shows_every_count(learned: ef.Controller) -> None:
    """Each count that is not zero stands in its row and phase, and no other row."""
    tally = learned.tally
    head, *rows = Cells(tally._repr_html_()).rows
    assert ["event", *PHASES] == head
    shown = {row[0]: [int(re.sub(r"\D", "", c)) for c in row[1:]] for row in rows}
    counted = {e: [tally.event(p, e) for p in PHASES] for e in EVENTS}
    counted["pulses"] = [tally.phase_pulses(p) for p in PHASES]
    for name in ACCOUNTS:
        counted[f"pulses {name}"] = [tally.account(p)[name] for p in PHASES]
    assert {name: v for name, v in counted.items() if any(v)} == shown
    assert 20 == tally.updates


def test_energy_shows_parts_and_phases(learned: ef.Controller) -> None:
    """Each part's energy in each phase that took any, and the sums."""
    report = ef.EnergyReport.of_chip(learned.tally, ef.Chip.load("watch-hzo-200ns"))
    head, *rows = Cells(report._repr_html_()).rows
    assert ["part", "infer", "backward", "update", "program"] == head
    assert [*report.parts, "all"] == [row[0] for row in rows]
    parts = dict(zip(report.parts, rows, strict=False))
    assert str(report.of("infer", "adc")) == parts["adc"][1]
    assert [str(report.by_phase[phase]) for phase in head[1:]] == rows[-1][1:]


def test_text_is_escaped_and_nothing_is_fetched() -> None:
    """What a file says can't become a tag; tables name nothing outside the page."""
    nasty = '<script src="//x">&</script>'
    text = html_table(nasty, (nasty,), [(nasty,)], nasty)
    assert "<script" not in text
    assert [[nasty], [nasty]] == Cells(text).rows
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"chip.description": nasty})
    tags = {"table", "caption", "b", "thead", "tbody", "tr", "th", "td", "p", "style"}
    for shown in (text, chip._repr_html_(), ef.Device.load("hzo-20ns")._repr_html_()):
        assert Cells(shown).used <= tags
