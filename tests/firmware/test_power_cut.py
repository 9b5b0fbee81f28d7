"""Loss of power: at every access of a short run, again and again in a longer one."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest

import edgeferro as ef
from edgeferro.core.bus import Access
from edgeferro.firmware.programs import make_package
from edgeferro.firmware.session import Session


@cache
def small_cut_package() -> Any:
    """Three samples on a small network."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"network.hidden": [2]})
    return make_package("power_cut", chip, samples=3)


def states(session: Session) -> list[bytes]:
    """Cells and their wear, and the count of learning steps."""
    core = session.bus.core
    found = [str(session.bus.read("UPDATES")).encode()]
    for layer in range(core.layers):
        for plane in (0, 1):
            found.append(core.peek("state", layer, plane).tobytes())
            found.append(core.peek("wear", layer, plane).tobytes())
    return found


def journal(session: Session) -> tuple[int, int]:
    """Next sample and count of learning steps, of the newer slot."""
    slots = [session.nvm[6 * slot : 6 * slot + 4].tolist() for slot in (0, 1)]
    newest = max(slots)
    return newest[1], newest[2]


def count_accesses(package: Any) -> tuple[int, int]:
    """Accesses of an uninterrupted run; how many of them until all is programmed."""
    count, ready = 0, 0

    def hook(access: Access) -> bool:
        nonlocal count, ready
        count += 1
        if access.kind == "nvm write" and access.address != 16 and not ready:
            ready = count
        return False

    assert "ok" == Session(package).run(hook).status
    return count, ready


@pytest.mark.slow
def test_power_cut_at_every_access() -> None:
    """Resumed cells, counters and journal are those of a run without a cut, always.

    Where the cut comes before programming is finished, it is done again: then cells may
    stand elsewhere within the tolerance, and no update may be lost or made twice.
    """
    package = small_cut_package()
    whole = Session(package)
    assert "ok" == whole.run().status
    expected, count, (_, updates) = states(whole), 0, journal(whole)
    total, ready = count_accesses(package)
    legal = legal_states(package)
    for cut in range(1, total):
        session = Session(package)
        assert "power was cut" == session.run(cut=cut).status
        if cut > ready + 6:
            assert states(session) in legal, cut
            count += 1
        assert "ok" == session.run().status
        assert (3, updates) == journal(session), cut
        assert 3 == session.bus.read("UPDATES"), cut
        if cut > ready + 6:
            assert expected == states(session), cut
    assert count > 100


def legal_states(package: Any) -> list[list[bytes]]:
    """Cells after programming and after each sample of an uninterrupted run."""
    found: list[list[bytes]] = []
    session = Session(package)

    def hook(access: Access) -> bool:
        if access.kind == "nvm write" and access.address != 16:
            found.append(states(session))
        return False

    session.run(hook)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_many_cuts(seed: int) -> None:
    """Twenty samples, power lost again and again at random: as without."""
    package = make_package("power_cut", samples=20)
    whole, session, rng = Session(package), Session(package), random.Random(seed)
    assert "ok" == whole.run().status
    session.run(cut=count_accesses_until_ready(package))
    cuts = 0
    while session.run(cut=rng.randint(1, 700)).status != "ok":
        cuts += 1
        assert cuts < 10_000
    assert cuts > 3
    assert states(whole) == states(session)
    assert journal(whole) == journal(session)


def test_learning_pulses_cells() -> None:
    """There is something to lose: on the default chip and on the small one."""
    for package in (make_package("power_cut"), small_cut_package()):
        assert Session(package).run().tally.phase_pulses("update") > 0


@cache
def ready_at(samples: int) -> int:
    """Accesses until the journal says that all is programmed."""
    return count_accesses(make_package("power_cut", samples=samples))[1]


def count_accesses_until_ready(package: Any) -> int:
    """The same for a package of twenty samples."""
    return ready_at(len(package.sections["ORDR"])) + 6
