"""Levels of symmetry points: golden model and core in lockstep, and ends by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from edgeferro._core import ffi, lib
from golden import symmetry

FOUND, STUCK, NO_CROSSING, NOT_SETTLED = 1, 2, 3, 4
MOST = 8192  # codes of a reading
FIELDS = ("quads", "windows", "reads", "mantissa", "shift", "verify_code")
Cells = list[list[int]]


def core(
    sums: Sequence[Sequence[int]], verdicts: Sequence[int], how: SimpleNamespace
) -> list[int] | None:
    """Levels as the core has them; None where it says that no cell was found."""
    rows = np.array(sums, np.int32).reshape(-1)
    found = np.zeros(len(verdicts), np.int16)
    status = lib.ef_symmetry_levels(
        ffi.from_buffer("int16_t[]", found),
        ffi.from_buffer("int32_t[]", rows),
        ffi.from_buffer("uint8_t[]", np.array(verdicts, np.uint8)),
        len(verdicts),
        ffi.new("struct ef_symmetry_reads *", {f: getattr(how, f) for f in FIELDS}),
    )
    if status == lib.EF_SYMMETRY_ERROR_NONE:
        return None
    assert lib.EF_SYMMETRY_OK == status
    return [int(level) for level in found]


def random_how(rng: random.Random) -> SimpleNamespace:
    """Settings at ordinary places and at both ends."""
    return SimpleNamespace(
        quads=rng.choice([1, 5, 8, 64]),
        windows=rng.choice([1, 2, 6, 64]),
        reads=rng.choice([1, 3, 16]),
        mantissa=rng.choice([1, 129, 255]),
        shift=rng.choice([0, 7, 15, 16, 17, 21, 22, 30, 47]),
        verify_code=rng.choice([1, 127, 511]),
    )


def anything(rng: random.Random, top: int) -> list[int]:
    """Four sums that no cell need have left."""
    return [rng.randint(-top, top) for _ in range(4)]


def ordered(rng: random.Random, top: int) -> list[int]:
    """A quad as a cell goes it, anywhere, of any size."""
    x, z = sorted(rng.sample(range(-top, top + 1), 2))
    if rng.random() < 0.5:
        z = min(z, x + max(2, top // rng.choice([20, 300])))
    return [x, rng.randint(x, z), z, rng.randint(x, z)]


def bent(rng: random.Random, top: int) -> list[int]:
    """A quad of steps that follow a law over the level, each with some noise."""
    base, fall, rise = top // 20, rng.choice([0.5, 0.9]), rng.choice([0.2, 0.7])
    start = rng.uniform(-0.8, 0.6)
    place, found = start, [int(start * top)]
    for sign in (1, 1, -1):
        step = 1 - fall * place + place**2 / 4 if sign > 0 else 1 + rise * place
        step *= base * rng.uniform(0.8, 1.2)
        found.append(found[-1] + int(sign * step))
        place = found[-1] / top
    return [max(-top, min(top, total)) for total in found]


def tight(rng: random.Random, top: int) -> list[int]:
    """A step of a code or two, nearly all of it in the first pulse up."""
    code = max(3, top // 512)
    x = rng.randint(-top, max(-top, top - 2 * code))
    z = x + rng.randint(code, 2 * code)
    return [x, z - rng.randint(1, code // 3), z, rng.randint(x + 1, z - 1)]


def random_cells(rng: random.Random, top: int, count: int) -> Cells:
    """Cells of one kind, or of all kinds; or a few cells again and again, or nearly."""
    kinds = [anything, ordered, bent, tight]
    chosen = rng.choice([kinds, [ordered], [bent], [tight], [bent, bent, anything]])
    cells = [rng.choice(chosen)(rng, top) for _ in range(count)]
    few = rng.choice([1, 2, 3, count, count, count])
    if few == count:
        return cells
    apart = rng.choice([0, 1, 2])  # in 1/256 of a swing: what tells two terms apart
    again = [rng.choice(cells[:few]) for _ in cells]
    moves = [rng.randint(-apart, apart) * abs(c[2] - c[0]) // 256 for c in again]
    return [
        [max(-top, min(top, s + m)) for s in c]
        for c, m in zip(again, moves, strict=True)
    ]


COUNTS = (1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 200)


@pytest.mark.parametrize("count", COUNTS)
def test_levels_in_lockstep(count: int) -> None:
    """Every level of random arrays agrees, at every number of voters that matters."""
    for seed in range(40):
        rng = random.Random(f"{count} {seed}")
        how = random_how(rng)
        readings = how.quads * how.windows * how.reads
        top = rng.choice([1, 30, 512, 512, 513, 2000, MOST]) * readings
        sums = random_cells(rng, top, count)
        verdicts = [FOUND] * count
        if rng.random() < 0.5:
            verdicts = [rng.choice([FOUND, FOUND, STUCK, NO_CROSSING, NOT_SETTLED])
                        for _ in sums]  # fmt: skip
            short = MOST * how.quads * how.reads
            for i, verdict in enumerate(verdicts):
                if verdict != FOUND:
                    sums[i] = anything(rng, short)
        expected = symmetry.levels(sums, verdicts, how)
        assert expected == core(sums, verdicts, how), f"seed {seed}"


@pytest.mark.slow
def test_an_array_whose_sums_are_shifted() -> None:
    """17000 cells of the greatest weight and a fall over all levels (SPEC 16.5.3).

    A swing of 92681, half of it 46340 of 2^16, has the largest square of 31 bits: each
    weight is 2^16 - 60, and their sum times 2^16 is above 2^46.
    """
    how = SimpleNamespace(quads=64, windows=64, reads=16, mantissa=255, shift=22,
                          verify_code=511)  # fmt: skip
    starts = range(-(2**25), 2**25 - 2**17, 2**26 // 17000)
    sums = [[x, x + 92600, x + 92681, x + 40000] for x in starts]
    assert 46340 * 92600 >> 16 == 2**16 - 60
    assert len(sums) * (2**16 - 60) * 2**16 > 2**46
    found = [FOUND] * len(sums)
    assert symmetry.levels(sums, found, how) == core(sums, found, how)


@pytest.mark.parametrize("steps", [(1, 30000), (2, 30000), (1, 1), (65535, 65535)])
def test_steps_that_weigh_nothing(steps: tuple[int, int]) -> None:
    """Swings of one code whose first steps are 2^-16 of it, and nearly all of it."""
    how = SimpleNamespace(quads=64, windows=64, reads=16, mantissa=255, shift=30,
                          verify_code=511)  # fmt: skip
    up, down = steps
    for count in (1, 4, 40):
        sums = [[x, x + up, x + 2**16, x + 2**16 - down] for x in range(count)]
        found = [FOUND] * count
        assert symmetry.levels(sums, found, how) == core(sums, found, how)


@pytest.mark.parametrize("g", [1, 4])
def test_finer_converters(g: int) -> None:
    """Codes 2^g finer, read with a gain 2^g higher, give the same levels to the bit."""
    rng = random.Random(g)
    how = SimpleNamespace(quads=8, windows=6, reads=1, mantissa=129, shift=20,
                          verify_code=127)  # fmt: skip
    top = 512 * 48
    sums = [[-top, -top + 600, -top + 1000, -top + 300]]
    sums += [bent(rng, top) for _ in range(40)]
    found = [FOUND] * len(sums)
    expected = core(sums, found, how)
    assert expected == symmetry.levels(sums, found, how)
    how.shift -= g
    finer = [[total * 2**g for total in four] for four in sums]
    assert expected == core(finer, found, how)
    if g < 4:
        finer[0][0] -= 1  # one more than 512 of this unit: the next one is taken
        assert core(finer, found, how) == symmetry.levels(finer, found, how)
