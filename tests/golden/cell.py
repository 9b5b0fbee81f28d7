"""SPEC 3 and 4.2: cells of one layer, their pulses, their readable weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden.arithmetic import Site, clamp, round_shift
from golden.randomness import draw, key, noise

if TYPE_CHECKING:
    from golden.counting import Tally

ONE = 2**31
STUCK = -128


class Plane:
    """Cells of one kind: states, wear, spread."""

    def __init__(self, chip: Any, layer: int, plane: int, rows: int, columns: int):
        c = chip.config
        self.config, self.columns = c, columns
        self.knots = [[[*map(int, way)] for way in of_class] for of_class in c.knots]
        self.cycle_key = key(c.seed, 2 + 16 * plane, layer)
        self.additive_key = key(c.seed, 3 + 16 * plane, layer)
        self.drift_key = key(c.seed, 11 + 16 * plane, layer)
        spread_key = key(c.seed, 1 + 16 * plane, layer)
        self.spread = [
            [
                [
                    clamp(
                        (noise(draw(spread_key, 4 * cell + k)) * 39 + 128) >> 8,
                        -127,
                        127,
                    )
                    for k in range(4)
                ]
                for cell in range(r * columns, (r + 1) * columns)
            ]
            for r in range(rows)
        ]
        stuck_key = key(c.seed, 10 + 16 * plane, layer)
        for r in range(rows):
            for k in range(columns):
                chance = draw(stuck_key, r * columns + k) % 2**32
                if chance < c.stuck_low:
                    self.spread[r][k][:2] = [STUCK, -1]
                elif chance < c.stuck_low + c.stuck_high:
                    self.spread[r][k][:2] = [STUCK, 1]
        self.wear = [[0] * columns for _ in range(rows)]
        self.states = [
            [clamp(c.initial_state, *self.bounds(r, k)) for k in range(columns)]
            for r in range(rows)
        ]

    def bounds(self, row: int, column: int) -> tuple[int, int]:
        """SPEC 3.4."""
        q = self.spread[row][column]
        unit = self.config.bound_spread
        high = clamp(self.config.bound_high + q[2] * unit, 1, ONE - 1)
        low = clamp(self.config.bound_low - q[3] * unit, -ONE + 1, -1)
        if q[0] == STUCK:
            return (high, high) if q[1] > 0 else (low, low)
        return low, high

    def scale(self, row: int, column: int, polarity: int) -> int:
        """SPEC 3.3."""
        q = self.spread[row][column]
        tilt = q[1] * self.config.d2d_asymmetry * (1 if polarity == 0 else -1)
        return clamp(16384 + ((q[0] * self.config.d2d_common + tilt) >> 8), 1024, 65535)

    def worn(self, step: int, row: int, column: int, polarity: int) -> int:
        """SPEC 3.7: a step after wear."""
        c, w = self.config, self.wear[row][column]
        if w < 2**c.wear_onset:
            return step
        whole = w.bit_length() - 1
        doublings = 256 * (whole - c.wear_onset) + (w * 256 // 2**whole) - 256
        loss = c.fatigue - c.imprint if polarity == 0 else c.fatigue + c.imprint
        return step * clamp(2**24 - loss * doublings, 0, 2**26) >> 24

    def step(self, k: int, row: int, column: int, polarity: int) -> int:
        """SPEC 3.5 to 3.7: a step without noise and bounds."""
        knots = self.knots[k][polarity]
        u = self.states[row][column] + ONE
        i, f = u >> 26, u & (2**26 - 1)
        d = knots[i] + ((knots[i + 1] - knots[i]) * f >> 26)
        d = d * self.scale(row, column, polarity) >> 14
        return self.worn(d, row, column, polarity)

    def disturb(self, k: int, where: tuple[int, int], polarity: int, n: int) -> None:
        """SPEC 17.2: n half-selects."""
        row, column = where
        d = self.step(k, row, column, polarity) * n * self.config.disturb >> 20
        wished = self.states[row][column] + (d if polarity == 0 else -d)
        self.states[row][column] = clamp(wished, *self.bounds(row, column))

    def pulse(
        self, tally: Tally, phase: str, where: tuple[int, int], k: int, count: int
    ) -> None:
        """SPEC 3.6: |count| pulses of class k, up if positive."""
        row, column = where
        polarity = 0 if count > 0 else 1
        low, high = self.bounds(row, column)
        record, account = tally.pulses[phase][k][polarity], tally.account[phase]
        for _ in range(abs(count)):
            state, wear = self.states[row][column], self.wear[row][column]
            event = (row * self.columns + column) * 2**32 + wear
            record[0] += 1
            record[1] += conductance(state)
            d = self.step(k, row, column, polarity)
            if self.config.c2c[k]:
                drawn = noise(draw(self.cycle_key, event))
                d = d * (16384 + (drawn * self.config.c2c[k] >> 8)) >> 14
            if self.config.c2c_additive[k]:
                d += noise(draw(self.additive_key, event)) * self.config.c2c_additive[k]
            wished = state + d if polarity == 0 else state - d
            now = clamp(wished, low, high)
            account["applied" if now == wished else "saturated"] += 1
            record[2] += abs(now - state)
            self.states[row][column] = now
            self.wear[row][column] = min(wear + 1, 2**32 - 1)


def conductance(state: int) -> int:
    """SPEC 3.1."""
    return (state >> 16) + 32768


def weight_of(difference: int, mode: int, site: Site) -> int:
    """SPEC 4.2: readable weight of a state difference."""
    return site.narrow(round_shift(difference, 16, mode), -32768, 32767)
