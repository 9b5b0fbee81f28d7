"""Loss of power: at every step and access of a short run, and within words."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.core.enums import RULES
from edgeferro.firmware.programs import make_package
from edgeferro.firmware.session import Session

SLOT, WORDS = 16, 8  # words of a slot; before its check
READY = 3  # sequence, next, updates, ready, told, starts, cuts, lost
# Rules, each so that three samples pulse cells; transfers of one sample and of two.
CHIPS: dict[str, dict[str, Any]] = {
    "sgd-counted": {"controller.pulse_rounding": "nearest-even"},
    "sgd-stochastic": {},
    "mixed-precision": {"controller.threshold": 16},
    "every second sample": {"controller.threshold": 16, "controller.transfer_every": 2},
}


@cache
def package(name: str, samples: int = 3) -> Any:
    """A few samples on a small network that learns fast."""
    rule = name if name in RULES else "mixed-precision"
    changes = {"network.hidden": [2], "controller.rule": rule}
    if rule != "mixed-precision":
        changes |= {"controller.learning_rate": 1.0}
        if rule == "sgd-stochastic":
            changes |= {"array.reference": "none", "array.access": "1t1r"}
    chip = ef.Chip.load("watch-hzo-200ns").with_(**changes | CHIPS[name])
    return make_package("power_cut", chip, samples=samples)


def cells(session: Session) -> list[bytes]:
    """All that learning changes: cells, their wear, accumulators."""
    core, found = session.bus.core, []
    planes = 1 + int(session.package.chip.array.reference == "cell")
    for layer in range(core.layers):
        for plane in range(planes):
            found.append(core.peek("state", layer, plane).tobytes())
            found.append(core.peek("wear", layer, plane).tobytes())
        if session.package.chip.controller.rule == "mixed-precision":
            found.append(core.peek("chi", layer).tobytes())
    return found


def journal(nvm: np.ndarray) -> list[int]:
    """The newer slot."""
    return max(nvm[SLOT * i : SLOT * i + WORDS].tolist() for i in (0, 1))


class Start:
    """Watches a run: what each sample leaves, by how many the journal says are over."""

    def __init__(self, session: Session, *, stop: bool = False) -> None:
        """Before anything; it may stop where the weights are there."""
        self.session, self.stop, self.accesses = session, stop, 0
        self.writes: list[int] = []  # accesses that write the journal
        self.legal: dict[int, list[bytes]] = {}

    def __call__(self, access: Any) -> bool:
        """Look at an access before it is made."""
        self.accesses += 1
        if access.kind != "nvm write":
            return False
        self.writes.append(self.accesses)
        slot = access.address // SLOT * SLOT
        whole = access.address % SLOT == WORDS and access.value
        if whole and self.session.nvm[slot + READY]:
            self.legal[int(self.session.nvm[slot + 1])] = cells(self.session)
            if self.stop:
                self.session.nvm[access.address] = access.value
                return True
        return False


@cache
def ready(name: str, samples: int = 3) -> tuple[bytes, np.ndarray, int]:
    """A chip whose weights are there, its journal, and the steps that it took."""
    session = Session(package(name, samples))
    stopped = session.run(Start(session, stop=True))
    assert "power was cut" == stopped.status
    return session.bus.snapshot(), session.nvm.copy(), session.bus.steps


def resumed(name: str, samples: int = 3) -> Session:
    """A session that goes on from there."""
    session = Session(package(name, samples))
    data, nvm, _ = ready(name, samples)
    session.bus.restore(data)
    session.nvm[:] = nvm
    return session


@cache
def whole(name: str) -> tuple[Session, Start]:
    """A run without a cut."""
    session = resumed(name)
    start = Start(session)
    assert "ok" == session.run(start).status
    return session, start


def finish(name: str, data: bytes, first: int) -> list[bytes]:
    """What a chip comes to that learns the samples from the first on, by the core."""
    session = Session(package(name))
    session.bus.restore(data)
    sections = session.package.sections
    for index in sections["ORDR"][first:]:
        code, label = sections["CODE"][index], sections["LABL"][index]
        session.bus.core.learn(code[None, :], np.array([label], np.int32))
    return cells(session)


@pytest.mark.parametrize("name", CHIPS)
def test_a_cut_at_every_step(name: str) -> None:
    """Each step of three samples: one of the two legal states, and the rest is learned.

    Nothing of the update under way stands: the chip is as before or behind the sample.
    Or some of it does: then the journal says so, and goes on with the next sample.
    """
    session, start = whole(name)
    first, kinds = resumed(name).bus.steps, set()
    assert {0, 1, 2, 3} == set(start.legal)
    for step in range(1, session.bus.steps - first + 1):
        cut = resumed(name)
        assert "power was cut" == cut.run(cut_step=step).status, step
        _, done, updates, *_ = journal(cut.nvm)
        left, data = cells(cut), cut.bus.snapshot()
        assert "ok" == cut.run().status
        _, following, counted, _, _, _, cuts, _ = journal(cut.nvm)
        assert (3, 3 - cuts, done) == (following, counted, updates), step
        assert cuts or left == start.legal[done], step
        assert finish(name, data, done + cuts) == cells(cut), step
        kinds.add(left == start.legal[done])
    assert {True, False} == kinds


def bring_up_cuts(name: str) -> list[int]:
    """Steps of the bring-up, some of them, its first and last among them."""
    steps = ready(name)[2]
    return sorted({1, 2, steps, *random.Random(0).sample(range(1, steps), 6)})


@pytest.mark.parametrize("name", ["sgd-counted", "mixed-precision"])
def test_a_cut_while_weights_are_written(name: str) -> None:
    """They are written again, and all samples learned once, none of them cut."""
    for step in bring_up_cuts(name):
        session = Session(package(name))
        assert "power was cut" == session.run(cut_step=step).status
        assert "ok" == session.run().status
        _, following, counted, ready, _, _, cuts, _ = journal(session.nvm)
        assert (3, 3, 1, 0) == (following, counted, ready, cuts), step


def torn(session: Session, at: int, mask: int) -> Any:
    """A hook that loses power within an access: of a word, some bits are new."""
    count = 0

    def hook(access: Any) -> bool:
        nonlocal count
        count += 1
        if count == at and access.kind == "nvm write":
            old = int(session.nvm[access.address])
            session.nvm[access.address] = old & ~mask | access.value & mask
        return count == at

    return hook


@pytest.mark.parametrize("name", ["sgd-counted", "mixed-precision"])
def test_a_cut_at_every_access(name: str) -> None:
    """As at every step; a word of the journal is left as a mix of old and new bits.

    Commands go on while the driver looks at other registers: cuts fall into them too.
    """
    _, start = whole(name)
    rng = random.Random(1)
    waiting = rng.sample(range(1, start.accesses), 60)
    for at in sorted({*waiting, *start.writes}):
        session = resumed(name)
        mask = rng.choice([0, 0xFFFFFFFF, rng.getrandbits(32), rng.getrandbits(32)])
        assert "power was cut" == session.run(torn(session, at, mask)).status
        data = session.bus.snapshot()
        done = session.bus.read("UPDATES")
        assert "ok" == session.run().status
        _, following, counted, _, _, _, cuts, _ = journal(session.nvm)
        assert (3, 3 - cuts) == (following, counted), at
        assert finish(name, data, done + cuts) == cells(session), (at, mask)


@pytest.mark.parametrize("seed", range(3))
def test_many_cuts(seed: int) -> None:
    """Twelve samples, power lost again and again at random: each counts once."""
    session, rng = resumed("sgd-counted", 12), random.Random(seed)
    _, start = whole("sgd-counted")
    starts = 1
    while True:
        at = rng.choice([*start.writes[:24], 10**9])  # of a start, or none of them
        hook = torn(session, at, rng.getrandbits(32))
        if session.run(hook, cut_step=rng.randint(1, 40)).status == "ok":
            break
        starts += 1
        assert starts < 1000
    _, following, counted, _, _, _, cuts, _ = journal(session.nvm)
    assert starts > 3
    assert (12, 12 - cuts) == (following, counted)


def test_accumulators_that_are_lost_are_counted() -> None:
    """A second loss before they are kept again takes them; the journal says so."""
    name = "mixed-precision"
    session = resumed(name)
    session.run(cut_step=whole(name)[0].bus.steps - ready(name)[2])
    session.bus.power_cycle()
    assert "ok" == session.run().status
    assert 1 == journal(session.nvm)[-1]


def test_learning_pulses_cells() -> None:
    """There is something to lose, under each rule."""
    for name in CHIPS:
        _, start = whole(name)
        assert len({tuple(each) for each in start.legal.values()}) > 2, name
