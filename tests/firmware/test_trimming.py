"""Firmware trims the converters as the controller does, before it programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import plain
import pytest
from test_blob import power_up

from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.core.emulator import Core
from edgeferro.firmware.blob import chip_sections, pack
from edgeferro.firmware.package import Package
from edgeferro.firmware.programs import make_package
from edgeferro.firmware.session import STATUS, Session

ERRORS = {"adc_gain": 2000, "adc_offset": 300, "trim_gain": 1900, "trim_offset": 290}
CURVE = (100 * np.sin(np.arange(65) / 5)).astype(np.int16)


def package(*words: int, **registers: Any) -> Package:
    """A program that only trims and programs, on a chip whose converters err."""
    found = make_package("power_cut", samples=0)
    chip = found.image.registers.with_(**{**ERRORS, "adc_inl": CURVE, **registers})
    found.image = replace(found.image, registers=chip)
    found.sections["TRIM"] = np.array(words, np.uint32)
    return found


def test_firmware_trims_as_the_controller_does() -> None:
    """One signature; the converters of the first layer's inputs are left alone."""
    made = package(4, 64)
    session = Session(made)
    found = session.run()
    controller = Controller(made.image)
    for layer in range(controller.core.layers):
        for side in range(2 if layer else 1):
            controller.core.trim(layer, side, 4, 64)
    controller.program()
    assert "ok" == found.status
    assert controller.signature == found.signature
    trims = session.bus.core.peek("trim", 0)
    rows, _ = session.bus.core.shape(0)
    assert trims[:rows].any()
    assert not trims[rows:].any()


def test_a_chip_file_asks_for_it() -> None:
    """Of a chip with a trim, firmware and controller end alike, counts and all."""
    settings = {"trim": True, "trim_reads": 3, "adc_gain_error": 0.01}
    settings |= {"adc_offset_error": 2.0, "adc_inl": [0.5, -0.5, 1.0]}
    chip = Chip.load("watch-hzo-200ns").with_(
        **{f"converters.{name}": value for name, value in settings.items()}
    )
    made = make_package("power_cut", chip, samples=0)
    found = Session(made).run()
    controller = Controller(made.image)
    controller.program()
    assert controller.trimming is not None
    assert controller.signature == found.signature
    assert controller.tally == found.tally


@pytest.mark.parametrize(
    ("words", "registers", "status"),
    [
        ((4,), {}, "the data are missing or wrong"),
        ((0, 64), {}, "a driver call's argument is wrong"),
        ((65, 64), {}, "a driver call's argument is wrong"),
        ((4, 1 << 14), {}, "a driver call's argument is wrong"),
        ((4, 31), {}, "the controller refused something"),
        ((4, 96), {}, "the controller refused something"),
        (
            (4, 64),
            {"trim_gain": 0, "trim_offset": 0},
            "the controller refused something",
        ),
    ],
)
def test_what_can_not_be_trimmed_is_told(
    words: tuple[int, ...], registers: dict[str, int], status: str
) -> None:
    """Too short, out of a driver's or the chip's range, or a chip without trims."""
    assert status == Session(package(*words, **registers)).run().status


def test_a_curve_comes_with_the_image() -> None:
    """It is the chip's own; of another length or missing, the chip doesn't start."""
    registers = plain.registers([plain.layer(2, 2)], adc_inl=CURVE, **ERRORS)
    sections = chip_sections(registers)
    assert (0, Core(registers).signature()) == power_up(pack(sections))
    for wrong in (CURVE[:-1], np.append(CURVE, np.int16(0))):
        assert (109, "") == power_up(pack({**sections, "INL_": wrong}))
    assert "INL_" in STATUS[109]
    del sections["INL_"]
    assert (107, "") == power_up(pack(sections))
