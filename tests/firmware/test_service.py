"""Calibration in service: firmware's levels are those of Python, and near the truth."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.calibrating.truth import true_points
from edgeferro.core.enums import COMMANDS
from edgeferro.core.port import Access
from edgeferro.core.register_map import REGISTERS
from edgeferro.core.structs import POINT_DTYPE
from edgeferro.core.symmetry import map_points
from edgeferro.firmware.programs import make_package
from edgeferro.firmware.session import Session

NAMES = {register.address: name for name, register in REGISTERS.items()}


class Listener:
    """What crosses the bus: records of judged columns, and what reference cells get."""

    def __init__(self, session: Any) -> None:
        """Listen to a session that has not started."""
        self.session, self.shapes = session, session.bus.core.shape
        self.values: dict[str, int] = {}
        self.window: list[int] = []
        self.searched = False
        self.points: dict[int, np.ndarray] = {}
        self.levels: dict[int, np.ndarray] = {}

    def __call__(self, access: Access) -> None:
        """Take an access in before it is made."""
        name = NAMES.get(access.address, "")
        if access.kind == "write":
            self.values[name] = access.value
            if name == "ROW":
                self.window = []
            elif name == "WINDOW":
                self.window.append(np.uint16(access.value & 0xFFFF).astype(np.int16))
            elif name == "COMMAND":
                self.command(access.value)

    def command(self, command: int) -> None:
        """A column has been judged, or a column of reference cells is written."""
        layer, column = self.values.get("LAYER", 0), self.values.get("COLUMN", 0)
        rows, columns = self.shapes(layer)
        if command == COMMANDS["calibrate_column"]:
            self.searched = True
        elif command == COMMANDS["program_column"] and self.searched:
            if self.values["PLANE"] == 1:
                found = self.levels.setdefault(layer, np.zeros((rows, columns)))
                found[:, column] = self.window
            elif layer not in self.levels:
                kept = self.points.setdefault(
                    layer, np.zeros((rows, columns), POINT_DTYPE)
                )
                for row in range(rows):
                    point = self.session.bus.pointer.points[row]
                    kept["sums"][row, column] = list(point.sums)
                    kept["verdict"][row, column] = point.verdict


# rms of what is left in the cells, parts of full scale: what write and verify leaves,
# for the ideal chip one code of seven bits spread evenly, 0.0141 / sqrt(3), and the
# search's own 0.0044
LEFT = {"watch-hzo-200ns": 0.012, "ideal-watch-hzo-200ns": 0.0093}


@pytest.fixture(scope="module", params=LEFT)
def served(request: pytest.FixtureRequest) -> tuple[Any, Listener]:
    """A service run from its first access to its end, and what was heard."""
    session = ef.Firmware("calibrate_and_shift").session(chip=request.param)
    listener = Listener(session)
    assert "ok" == session.run(listener).status
    return session, listener


def test_levels_are_those_of_python(served: tuple[Any, Listener]) -> None:
    """The same records give the same bits on either side (SPEC 16.5)."""
    session, heard = served
    image = session.package.image
    assert {0, 1} == set(heard.points) == set(heard.levels)
    for layer, how in enumerate(image.calibrations):
        code = int(image.registers.layers[layer].verify_code)
        expected = map_points(heard.points[layer], how, code).levels
        assert np.array_equal(expected, heard.levels[layer])


def test_reference_cells_stand_at_their_points(served: tuple[Any, Listener]) -> None:
    """What was programmed goes as 1.00 with the truth, within the write's tolerance."""
    session, _ = served
    core = session.bus.core
    looked: Any = SimpleNamespace(image=session.package.image, peek=core.peek)
    truth = np.concatenate([true_points(looked, layer).ravel() for layer in (0, 1)])
    states = [core.peek("state", layer, 1).ravel() / 2**31 for layer in (0, 1)]
    found = np.concatenate(states)
    assert 1.0 == pytest.approx(np.polyfit(truth, found, 1)[0], abs=0.02)
    left = LEFT[session.package.chip.chip.name]
    assert np.sqrt(np.mean((found - truth) ** 2)) / 2 < left


def test_a_chip_without_points() -> None:
    """Where all cells are stuck the routine ends with a refusal of its data."""
    package = make_package("calibrate_and_shift")
    registers = package.image.registers.with_(stuck_high=2**32 - 1)
    package.image = replace(package.image, registers=registers)
    assert "data" in Session(package).run().status
