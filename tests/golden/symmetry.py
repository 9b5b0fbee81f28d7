"""SPEC 16.5 and 16.6: the levels of an array's cells from their calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from golden.arithmetic import clamp
from golden.calibrating import FOUND, NO_CROSSING

ONE = 2**16
Curve = Callable[[int], int]


class Means(NamedTuple):
    """Four mean readings in 2^g codes, Q16 (16.5.1)."""

    x: int
    y: int
    z: int
    w: int

    @property
    def half(self) -> int:
        """Half of the way that a quad goes."""
        return (self.z - self.x) >> 1

    @property
    def middles(self) -> tuple[int, int]:
        """M_u and M_d."""
        return (self.x + self.y) >> 1, (self.z + self.w) >> 1

    @property
    def up(self) -> tuple[int, int]:
        """First and second step up."""
        return self.y - self.x, self.z - self.y

    @property
    def down(self) -> tuple[int, int]:
        """First and second step down."""
        return self.z - self.w, self.w - self.x

    def votes(self) -> bool:
        """Whether the curves are fitted through this cell."""
        return self.half >= 2**15 and min(*self.up, *self.down) >= 1

    def plain(self) -> int:
        """The middle of all four."""
        return sum(self) >> 2


def means(sums: Sequence[int], n: int) -> Means:
    """Sums of n readings as means (16.5.1)."""
    return Means(*(int(total) * ONE // n for total in sums))


def ratio(a: int, b: int, m: int) -> int:
    """16.5.3: a·2^m / b, bounded."""
    while abs(a) >= 2 ** (62 - m):
        a, b = a >> 1, b >> 1
    return clamp(a * 2**m // max(b, 1), -(2**30), 2**30)


def terms(t: int, a: list[int], b: list[int]) -> list[int]:
    """p_0 .. p_n at a place, of n coefficients a and b (16.5.3)."""
    found, before = [ONE], 0
    for one, other in zip(a, b, strict=True):
        here = found[-1]
        found.append(((t - one) * here - other * before) >> 16)
        before = here
    return found


def fit(voters: list[tuple[int, int, int]]) -> Curve:
    """16.5.3: the curve through places, weights and falls."""
    last = sum(len(voters) >= enough for enough in (4, 32, 64))
    a: list[int] = []
    b: list[int] = []
    c: list[int] = []
    whole, before = sum(w for _, w, _ in voters), 0
    for j in range(last + 1):
        p = [terms(t, a, b)[j] for t, _, _ in voters]
        square = [value * value >> 16 for value in p]
        q = sum(w * s for (_, w, _), s in zip(voters, square, strict=True))
        moment = sum(
            w * (s * t >> 16) for (t, w, _), s in zip(voters, square, strict=True)
        )
        fall = sum(y * value >> 8 for (_, _, y), value in zip(voters, p, strict=True))
        if whole == 0 or q < whole:
            break
        a.append(ratio(moment, q, 16))
        b.append(ratio(q, before, 16) if j else 0)
        c.append(ratio(fall, q, 24))
        before = q

    def value(t: int) -> int:
        if not c:
            return 0
        p = terms(clamp(t, -ONE, ONE), a[:-1], b[:-1])
        total = sum(one * other >> 16 for one, other in zip(c, p, strict=True))
        return clamp(total, -(2**24), 2**24)

    return value


class Array:
    """What the voters of an array agree on (16.5.2, 16.5.3)."""

    def __init__(self, voters: list[Means]) -> None:
        low, high = min(v.x for v in voters), max(v.z for v in voters)
        self.centre = (low + high) >> 1
        self.reach = high - self.centre
        k = max(0, (max(v.half for v in voters) ** 2).bit_length() - 15)

        def side(
            steps: tuple[int, int], middle: int, half: int
        ) -> tuple[int, int, int]:
            first, second = steps
            fall = (first - second) * self.reach >> k
            return self.at(middle), half * first >> k, fall

        self.alpha = fit([side(v.up, v.middles[0], v.half) for v in voters])
        self.gamma = fit([side(v.down, v.middles[1], v.half) for v in voters])

    def length(self, value: int) -> int:
        """A difference of readings in parts of R (16.5.2)."""
        return value * ONE // self.reach

    def at(self, value: int) -> int:
        """A level's place."""
        return self.length(value - self.centre)

    def bend(self, curve: Curve, first: int, second: int, sign: int) -> int:
        """16.5.4: a side's bend between two readings, the lower one first."""
        q = clamp(self.length(second - first), -(2**17), 2**17)
        begin, end = curve(self.at(first)), curve(self.at(second))
        e = ((begin + end) >> 1) * q >> 16
        return (e * e >> 16) - sign * ((end - begin) * q >> 16)

    def crossing(self, cell: Means) -> int:
        """16.5.4 and the first sentence of 16.5.5: the symmetry point, Q16."""
        u, d = (self.at(middle) for middle in cell.middles)
        up = self.bend(self.alpha, cell.x, cell.y, 1)
        down = self.bend(self.gamma, cell.w, cell.z, -1)
        k, s = (down - up) >> 3, (u + d) >> 1
        for _ in range(4):
            a, g = self.alpha((u + s) >> 1), self.gamma((d + s) >> 1)
            if a + g < 1 or (a + g) * (d - u) < 2**22:
                s = (u + d) >> 1
                break
            s = clamp((a * u + g * d + k * ONE) // (a + g), 2 * u - d, 2 * d - u)
        return self.centre + (s * self.reach >> 16)


def coarseness(sums: Iterable[Sequence[int]], readings: int) -> int:
    """16.5: g, by which means of fine converters are made smaller."""
    top, g = max(abs(int(total)) for four in sums for total in four), 0
    while top > 512 * readings * 2**g:
        g += 1
    return g


def level_of(value: int, how: Any, g: int = 0) -> int:
    """16.5.5: the state nearest to a reading."""
    exact = Fraction(value) * Fraction(2) ** (how.shift + g - 16)
    exact /= how.mantissa * how.verify_code
    return clamp(floor(exact + Fraction(1, 2)), -(2**15), 2**15 - 1)


def levels(
    sums: Sequence[Sequence[int]], verdicts: Sequence[int], how: Any
) -> list[int] | None:
    """All cells' levels; None for an array without a found cell (16.6)."""
    short = how.quads * how.reads
    own_sums = {
        i: s
        for i, (s, verdict) in enumerate(zip(sums, verdicts, strict=True))
        if verdict == FOUND
    }
    if not own_sums:
        return None
    g = coarseness(own_sums.values(), how.windows * short)
    found = {i: means(s, how.windows * short * 2**g) for i, s in own_sums.items()}
    voters = [cell for cell in found.values() if cell.votes()]
    array = Array(voters) if voters else None
    own = {
        i: level_of(array.crossing(cell) if array else cell.plain(), how, g)
        for i, cell in found.items()
    }
    mean = floor(Fraction(sum(own.values()), len(own)) + Fraction(1, 2))
    rest = {
        i: mean if verdict == NO_CROSSING else level_of(means(s, short).plain(), how)
        for i, (s, verdict) in enumerate(zip(sums, verdicts, strict=True))
        if verdict != FOUND
    }
    return [(own | rest)[i] for i in range(len(verdicts))]
