"""What a program comes to, without bus and driver: the controller does what it does.

The programs of ``firmware_models`` once more, in Python, on the controller of
``edgeferro train``. A chip that ends with another signature shows that program, driver,
bus or machine did something else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.controller import Controller
from edgeferro.core.enums import EVENTS, REFERENCES
from edgeferro.core.structs import POINT_DTYPE
from edgeferro.core.symmetry import map_points
from edgeferro.firmware.decoder import HOW, decoder_codes
from edgeferro.firmware.programs import KEEP
from edgeferro.training.plan import Plan, Unit
from edgeferro.training.unit import run_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.core.symmetry import LayerMap
    from edgeferro.core.tally import Tally
    from edgeferro.firmware.package import Package
    from edgeferro.tasks.base import Task

__all__ = ["accuracy_after", "expected_signature", "trained_signature"]

_LEARNING: Final = ("backward", "update")  # phases that energy_governor prices


def trained_signature(
    package: Package, task: Task, subject: int, seed: int, passes: int
) -> str:
    """What ``edgeferro train`` comes to with the same chip, person and seed."""
    plan = Plan(package.chip, task, (seed,), (subject,), passes, "interleaved")
    result = run_unit(plan, Unit(subject, seed))
    return "" if result is None else result.signature


class _Play:
    """A program's samples, on a controller that is not brought up yet."""

    def __init__(self, package: Package, codes: np.ndarray) -> None:
        self.package = package
        self.sections = package.sections
        self.codes = codes
        self.labels = self.sections["LABL"].astype(np.int64)
        self.tests = self.sections["TEST"]
        self.order = self.sections["ORDR"]
        self.controller = Controller(package.image)

    def test(self) -> float:
        """Classify what a program is tested on; the part that is right."""
        if not len(self.tests):
            return 0.0
        found = self.controller.predict(self.codes[self.tests])
        return float(np.mean(found == self.labels[self.tests]))

    def learn(self, index: int) -> None:
        """Learn one sample."""
        at = int(index)
        self.controller.learn(self.codes[at : at + 1], self.labels[at : at + 1])


def expected_signature(package: Package) -> str:
    """The chip's signature after a program, by the controller alone.

    Args:
        package: of any but watch_personalise, which is training itself.
    """
    plays: dict[str, Callable[[_Play], None]] = {
        "neural_decoder": _decode,
        "calibrate_and_shift": _service,
        "energy_governor": _govern,
        "power_cut": _journal,
        "duty_cycle": _cycle,
    }
    own = package.sections.get("CODE")
    play = _Play(package, decoder_codes(package) if own is None else own)
    plays[package.name](play)
    return play.controller.signature


def _journal(play: _Play) -> None:
    play.controller.program()
    for index in play.order:
        play.learn(index)


def accuracy_after(package: Package, keep: str) -> tuple[float, Tally]:
    """Accuracy after the last pass of duty_cycle, and what the chip counted.

    Args:
        package: its data, for whatever way.
        keep: of :data:`edgeferro.firmware.programs.KEEP`, in place of the package's.
    """
    play = _Play(package, package.sections["CODE"])
    return _learn_cycled(play, KEEP[keep]), play.controller.tally


def _cycle(play: _Play) -> None:
    _learn_cycled(play, int(play.sections["PARM"][5]))


def _learn_cycled(play: _Play, how: int) -> float:
    """Off after each window, but where it is always on; accuracy at the end."""
    play.controller.program()
    right = play.test()
    passes = int(play.sections["PARM"][3])
    for part in np.split(play.order, passes) if passes else ():
        for index in part:
            play.learn(index)
            if how != KEEP["on"]:
                kept = how != KEEP["lost"]
                play.controller.core.power_cycle(keep_accumulators=kept)
        right = play.test()
    return right


def _decode(play: _Play) -> None:
    controller = play.controller
    how, confidence = (int(n) for n in play.sections["PARM"][5:7])
    controller.program()
    for index in play.order:
        play.learn(index)
    for index in play.tests:
        code = play.codes[index : index + 1]
        found, outputs = controller.core.infer(code)
        best, following = sorted(outputs[0].tolist(), reverse=True)[:2]
        if how == HOW["labels"]:
            play.learn(index)
        elif how == HOW["confident"] and best - following >= confidence:
            controller.learn(code, found.astype(np.int64))


def _govern(play: _Play) -> None:
    days, allowance, pulse = (int(n) for n in play.sections["PARM"][6:9])
    prices = [int(n) for n in play.sections["PRIC"]]
    controller = play.controller

    def spent() -> int:
        tally = controller.tally
        total = sum(tally.phase_pulses(phase) for phase in _LEARNING) * pulse
        for phase in _LEARNING:
            pairs = zip(EVENTS, prices, strict=True)
            total += sum(tally.event(phase, e) * p for e, p in pairs)
        return total

    controller.program()
    play.test()
    now = morning = 0
    for count, index in enumerate(play.order):
        morning = now if count % days == 0 else morning
        if now - morning < allowance * 1000:
            play.learn(index)
        else:
            controller.predict(play.codes[index : index + 1])
        now = spent()
    play.test()


class _Service:
    """Symmetry points in service: a sample before each window and each column."""

    def __init__(self, play: _Play) -> None:
        self.play, self.core, self.at = play, play.controller.core, 0
        self.image = play.package.image

    def sample(self) -> None:
        tests = self.play.tests
        self.core.infer(self.play.codes[tests[self.at] : tests[self.at] + 1])
        self.at = (self.at + 1) % len(tests)

    def write(self, layer: int, plane: int, column: int, codes: np.ndarray) -> None:
        wanted = np.ascontiguousarray(codes[:, column])
        self.core.program_column(layer, plane, column, wanted)

    def search(self, layer: int) -> LayerMap:
        how = (self.image.calibrations or ())[layer]
        targets = self.image.targets[layer]
        points = np.zeros(targets.shape, POINT_DTYPE)
        for column in range(targets.shape[1]):
            own = np.zeros(len(targets), POINT_DTYPE)
            while (own["verdict"] == 0).any():
                self.sample()
                self.core.calibrate_column(layer, 0, column, own, how)
            points[:, column] = own
            self.write(layer, 0, column, targets)
        code = int(self.image.registers.layers[layer].verify_code)
        return map_points(points, how, code)

    def shift(self, layer: int, found: LayerMap) -> None:
        kind = self.image.registers.reference
        if kind == REFERENCES["offset"]:
            self.core.store_offset(layer, found.offsets())
        for column in range(found.levels.shape[1]):
            self.sample()
            if kind == REFERENCES["cell"]:
                self.write(layer, 1, column, found.levels)
            elif kind == REFERENCES["stored"]:
                codes = np.ascontiguousarray(found.levels[:, column])
                self.core.store_reference_column(layer, column, codes)
            self.write(layer, 0, column, self.image.targets[layer])


def _service(play: _Play) -> None:
    image: Any = play.package.image
    play.controller.image = replace(image, calibrations=None)  # written as it comes
    play.controller.program()
    play.test()
    service = _Service(play)
    for layer in range(len(image.targets)):
        service.shift(layer, service.search(layer))
    play.test()
